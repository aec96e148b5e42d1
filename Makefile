# Everything sets itself up: a fresh clone needs Python 3.11 or newer, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NEWSWATCH_HOME ?= .newswatch
PORT ?= 8765
PYTEST_ARGS ?=

.PHONY: run demo test test-postgres torture upgrade fuzz audit lint check clean help bench

help:
	@echo "make run    start the service (home: $(NEWSWATCH_HOME)), review page on http://127.0.0.1:$(PORT)/"
	@echo "make demo   no network: a newsroom that edits itself, and newswatch watching it"
	@echo "make test   all tests, real servers included"
	@echo "make test-postgres  the same tests with every home on PostgreSQL"
	@echo "make torture  kill -9 at random moments, and faults of disk, clock and limits (KILLS=300 DATABASE=sqlite|postgresql SEED=8)"
	@echo "make fuzz   every reader of foreign bytes, fuzzed; then the API (SECONDS=60 a target, TARGET=all|page|feed|…)"
	@echo "make upgrade  a fleet upgraded while it works, by the code of two commits (OLD=commit; needs PostgreSQL and git's history)"
	@echo "make audit  known weaknesses of the libraries that are installed (asks the network)"
	@echo "make check  lint, types, import contracts and tests, as CI runs them"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "newswatch needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(BIN)/python pyproject.toml
	@echo "Installing newswatch into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "Installing the tools for development and tests ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

run: $(VENV)/.runtime
	@$(BIN)/newswatch --home $(NEWSWATCH_HOME) run --port $(PORT)

demo: $(VENV)/.runtime
	@$(BIN)/python -m tests.demo --port $(PORT)

test: $(VENV)/.dev
	@sh tests/setup.sh
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

# a server of its own for each test process, on a Unix socket in a temporary folder
test-postgres: $(VENV)/.dev
	@sh tests/setup.sh
	NEWSWATCH_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

KILLS ?= 300
DATABASE ?= sqlite
SEED ?= 8

torture: $(VENV)/.dev
	NEWSWATCH_TORTURE_KILLS=$(KILLS) NEWSWATCH_TORTURE_SEED=$(SEED) NEWSWATCH_TEST_DATABASE=$(DATABASE) \
		$(BIN)/python -m pytest tests/torture --timeout 0 $(PYTEST_ARGS)

SECONDS ?= 60
TARGET ?= all

fuzz: $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[fuzz]'
	$(BIN)/python -m tests.fuzz $(TARGET) --seconds $(SECONDS)
	$(BIN)/python -m tests.fuzz api --seconds $(SECONDS)

upgrade: $(VENV)/.dev
	$(BIN)/python -m tests.fleet.upgrading $(if $(OLD),--old $(OLD))

audit: $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.9'
	$(BIN)/pip-audit --local --skip-editable

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
