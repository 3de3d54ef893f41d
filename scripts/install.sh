#!/usr/bin/env bash
# Builds the extension and the worker and installs the extension into Debian's PostgreSQL 15.
# Does nothing where what is installed was made of these very sources: see scripts/installed.sh.
# Several at once are safe, also from several checkouts: who comes second waits, and then looks again.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

# STEWARD_INSTALLED=1: use what is installed as it is, for running one test again and again.
[ "${STEWARD_INSTALLED:-}" != 1 ] || exit 0
[ -x "$PG_CONFIG" ] || die "$PG_CONFIG does not exist: run scripts/setup.sh first"
. scripts/installed.sh

readonly PACKAGE=$PWD/target/package
export CARGO_TARGET_DIR=$PWD/target  # whatever the environment says: tests, demo and `make clean` look there

build_worker() {
  local digest
  digest=$(worker_sources)
  say "building the worker (the first time about three minutes)"
  quietly cargo build --locked --release -p steward-worker 8<&-
  worker_record "$digest" >"$WORKER_RECORD"
}

# A script of an upgrade stands in pieces: sql/upgrades/pg_steward--A--B.sql names them, and here each takes the place of its line.
with_pieces() {
  local line
  while IFS= read -r line; do
    case $line in
      '\ir '*) cat "sql/upgrades/${line#\\ir }" || die "an upgrade script in sql/upgrades names a piece that cannot be read: $line" ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
}

# Into a directory of its own, as an ordinary user; nobody has to wait for it. pgrx copies scripts of upgrades from extension/sql, a link.
build_extension() {
  local script
  say "building the extension (the first time about three minutes)"
  rm -rf "$PACKAGE"
  quietly cargo pgrx package -p pg_steward --pg-config "$PG_CONFIG" --out-dir "$PACKAGE" 8<&-
  for script in "$PACKAGE$EXTENSION_DIR"/pg_steward--*--*.sql; do
    with_pieces <"sql/upgrades/$(basename "$script")" >"$script"
  done
}

# The record goes first and comes last: an installation that dies in between has none. Scripts of versions that are no more would
# still be taken for a way to install or to upgrade, so they go, too. `install` replaces a file by a new one,
# where `cp` would write into the library that running servers have mapped.
install_extension() {
  local digest=$1 file
  say "installing the extension into PostgreSQL 15"
  as_root rm -f "$INSTALL_RECORD"
  for file in "$EXTENSION_DIR"/pg_steward--*.sql; do
    [ -e "$PACKAGE$file" ] || as_root rm -f "$file"
  done
  while IFS= read -r -d '' file; do
    as_root install -D -m "$(case $file in *.so) echo 755 ;; *) echo 644 ;; esac)" "$PACKAGE$file" "$file"
  done < <(cd "$PACKAGE" && find . -type f -printf '/%P\0')
  extension_record "$digest" | as_root tee "$INSTALL_RECORD.new" >/dev/null
  as_root chmod 644 "$INSTALL_RECORD.new"
  as_root mv "$INSTALL_RECORD.new" "$INSTALL_RECORD"
}

mkdir -p target
exec 8>target/install.lock
flock 8  # of this checkout: what it builds into target/; no program that a build leaves running may hold it
worker_is_current || build_worker
if extension_is_current; then exit 0; fi
# It would wait for the end of the cluster that waits for it.
[ -z "${CLUSTER_DATA:-}" ] ||
  die "the sources have changed, and the cluster that this runs in uses what is installed: leave it first, or set STEWARD_INSTALLED=1"
digest=$(extension_sources)  # before the build: a source changed during it makes the record stale, not wrong
build_extension
lock_installation -x
install_extension "$digest"
