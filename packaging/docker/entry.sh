#!/bin/sh
# A home without a configuration gets the container's; then newswatch takes this process's place, so that signals reach it.
set -eu
home=/var/lib/newswatch
[ -e "$home/newswatch.toml" ] || cp /usr/share/newswatch/newswatch.toml "$home/newswatch.toml"
exec newswatch --home "$home" "$@"
