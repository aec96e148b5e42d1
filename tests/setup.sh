#!/bin/sh
# Finds or installs what tests need beyond Python. Where it cannot, it says so and the tests that need it are skipped loudly.
set -u

say() { printf '%s\n' "tests/setup: $*" >&2; }

find_postgres() {
    command -v postgres >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1
}

install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" = 0 ] || return 1
    apt-get update -qq >/dev/null 2>&1
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

if ! find_postgres; then
    say "PostgreSQL is missing; installing it ..."
    install postgresql || true
    find_postgres || say "!!! NO POSTGRESQL: the tests that prove newswatch on it will be SKIPPED. Install Debian's 'postgresql'."
fi

find_chromium() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1
}

if ! find_chromium; then
    say "Chromium is missing; installing it ..."
    install chromium || true
    find_chromium || say "!!! NO CHROMIUM: the tests that try the pages in a browser will be SKIPPED. Install Debian's 'chromium'."
fi
exit 0
