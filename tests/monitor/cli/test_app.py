"""Each command loads its own module alone, and none is forgotten by that."""

from __future__ import annotations

import pytest
import typer

from monitor.cli.app import COMMANDS, MODULES, app, needed, run


@pytest.mark.parametrize("module", COMMANDS)
def test_a_module_has_the_commands_by_which_it_is_found(module: str) -> None:
    group = typer.main.get_command(app([module]))
    assert set(getattr(group, "commands", {})) == {name for name, found in MODULES.items() if found == module}


@pytest.mark.parametrize(
    ("arguments", "modules"),
    [
        (["status"], ("status",)),
        (["--home", "status", "watch", "3"], ("crawl",)),
        (["--home=status", "import", "--help"], ("importing",)),
        (["--version"], ()),
        (["--home", "x", "--help"], COMMANDS),
        (["statsu"], COMMANDS),
        ([], COMMANDS),
    ],
)
def test_what_the_arguments_need(arguments: list[str], modules: tuple[str, ...]) -> None:
    assert tuple(needed(arguments)) == modules


def test_a_command_that_is_none_still_gets_a_proposal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["statsu"]) == 2
    assert "status" in capsys.readouterr().err
