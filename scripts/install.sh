#!/usr/bin/env bash
# Builds the extension and the worker and installs the extension into Debian's PostgreSQL 15.
# Does nothing where nothing changed since the last installation: a stamp beside the build holds a digest of every source.
# Several at once are safe: the second waits for the first and then finds nothing to do.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

# STEWARD_INSTALLED=1: use what is installed as it is, for running one test again and again.
[ "${STEWARD_INSTALLED:-}" != 1 ] || exit 0

readonly STAMP=target/installed.sha256
mkdir -p target
exec 9>target/install.lock
flock 9

digest_of_sources() {
  find Cargo.toml Cargo.lock extension worker sql \( -name '*.rs' -o -name '*.sql' -o -name '*.toml' -o -name '*.lock' -o -name '*.control' \) -type f -print0 |
    sort -z | xargs -0 sha256sum | sha256sum
}

installed_and_current() {
  [ -f "$("$PG_CONFIG" --sharedir)/extension/pg_steward.control" ] && [ -x target/release/steward ] &&
    [ "$(cat "$STAMP" 2>/dev/null)" = "$(digest_of_sources)" ]
}

if installed_and_current; then exit 0; fi
rm -f "$STAMP"
say "building the worker (the first time about three minutes)"
quietly cargo build --locked --release -p steward-worker
say "building and installing the extension (the first time about three minutes)"
sudo_flag=$([ "$(id -u)" = 0 ] || echo --sudo)
# shellcheck disable=SC2086 # empty or one flag
quietly cargo pgrx install --release -p pg_steward --pg-config "$PG_CONFIG" $sudo_flag
digest_of_sources >"$STAMP"
