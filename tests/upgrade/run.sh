#!/usr/bin/env bash
# tests/upgrade/run.sh: an installation of every frozen version (VERSION/), with data and with the library of today, is upgraded, and has to be
# what a fresh installation is, byte for byte, to have every row it had, and to work. For tests/cluster.sh, with a cluster of its own:
# roles belong to the whole cluster, so everything is dropped and installed again here.
set -euo pipefail
cd "$(dirname "$0")"
. ../../scripts/common.sh
. ../../scripts/installed.sh
. ../backup/support.sh
UPGRADE=$(mktemp -d /tmp/steward_upgrade.XXXXXX)
SENTENCES=$UPGRADE/sentences
export UPGRADE SENTENCES
touch "$SENTENCES"
trap 'rm -rf "$UPGRADE"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

# What an installation consists of, sorted: every line is `object | fact`.
objects_of() {
  ask "$1" '\ir objects.sql' 'select o.object || $$ | $$ || o.line from pg_temp.object_lines o order by o.object collate "C", o.n, o.line collate "C"'
}

# What differs, with what removes the difference: lines with - are missing after the upgrade, lines with + should not be there.
same_objects() {
  local sentence=$1 found=$2 differences
  differences=$(diff "$UPGRADE/fresh" "$found" | grep -c '^[<>]' || true)
  holds "$sentence" "$differences lines that differ" "0 lines that differ"
  if [ "$differences" != 0 ]; then
    diff -U0 --label 'a fresh installation' --label 'an upgraded one' "$UPGRADE/fresh" "$found" | grep -v '^@@' || true
    python3 -B statements.py "$UPGRADE/fresh" "$found" "$EXTENSION_DIR/pg_steward--$CURRENT.sql"
  fi
}

# An installation of today: what it consists of, and that it brings rows only where these are compared.
look_at_a_fresh_installation() {
  story "a fresh installation of $CURRENT"
  "$PG_BIN/createdb" fresh
  ask fresh 'create extension pg_steward'
  objects_of fresh >"$UPGRADE/fresh"
  holds "besides its seed tables only the table of installations and the presets have rows" "$(ask fresh "$(cat filled.sql)")" 'steward.installation, steward.plan, steward.usage_limit, steward.usage_limit_version'
  forget_installation fresh
  "$PG_BIN/dropdb" fresh
}

# install_version VERSION DATABASE: by its own script with the library of today. Debian's servers look for scripts below extension_destdir first, so
# nothing has to be put where other clusters of this machine would see it.
install_version() {
  local version=$1 scripts=$UPGRADE/before$EXTENSION_DIR piece
  local script=$scripts/pg_steward--$version.sql
  mkdir -p "$scripts"
  for piece in "$version"/*.sql; do cat "$piece"; echo; done >"$script"
  chmod -R a+rX "$UPGRADE"
  holds "the script of $version is the one that was frozen" "$(sha256sum <"$script" | cut -d ' ' -f 1)" "$(cat "$version/sha256")"
  holds "every symbol that the SQL of $version calls is in the library" \
    "$(comm -23 <(symbols_called_by "$script") <(nm -D --defined-only "$LIBRARY_DIR/pg_steward.so" | awk '{ print $3 }' | LC_ALL=C sort) | paste -sd ' ')" ""
  PGOPTIONS="-c extension_destdir=$UPGRADE/before" ask "$2" "create extension pg_steward version '$version'"
}

# Of each function its code, and what says how it is to be called.
symbols_called_by() {
  sed -nE "s/^AS 'MODULE_PATHNAME', '(\w+)';$/\1\npg_finfo_\1/p" "$1" | LC_ALL=C sort -u
}

# The database is upgraded in the middle of sessions.sql, by the second of two sessions that both go on.
upgrade_from() {
  local version=$1
  story "from $version, which has data and is at work"
  "$PG_BIN/createdb" upgraded
  install_version "$version" upgraded
  play upgraded fill.sql
  ask upgraded "$(cat rows.sql)" >"$UPGRADE/rows.sql"
  [ -s "$UPGRADE/rows.sql" ] || die "rows.sql makes no query of the tables of $version: nothing would be compared"
  play upgraded ../upgrade/sessions.sql version="$version" current="$CURRENT"
  holds "no row was changed by the upgrade" "$({ diff "$UPGRADE/rows.before" "$UPGRADE/rows.after" || true; } 2>&1)" ""
  objects_of upgraded >"$UPGRADE/upgraded"
  same_objects "what was upgraded from $version is what a fresh installation of $CURRENT is" "$UPGRADE/upgraded"

  story "a dump of what was upgraded from $version"
  "$PG_BIN/createdb" restored
  holds "it is restored without an error" "$({ "$PG_BIN/pg_dump" --format custom upgraded | "$PG_BIN/pg_restore" -d restored; } 2>&1 | but_for_claims)" ""
  rows_of upgraded >"$UPGRADE/rows"
  same_rows "every row is as it was, and one more installation" "$UPGRADE/rows" restored 1
  objects_of restored >"$UPGRADE/restored"
  same_objects "and it is what a fresh installation is" "$UPGRADE/restored"
  "$PG_BIN/dropdb" restored

  story "what was loaded under $version, in the end"
  play upgraded ../upgrade/ends.sql
}

# Only where an upgrade left nothing different: what is different then was made so on purpose.
look_for_what_is_made_different() {
  story "the comparison itself"
  play upgraded ../upgrade/self_test.sql
}

CURRENT=$(ask postgres "select e.default_version from pg_available_extensions e where e.name = 'pg_steward'")
forget_installation steward
look_at_a_fresh_installation
count=0
for version in [0-9]*/; do
  [ "$count" = 0 ] || { "$PG_BIN/dropdb" upgraded; drop_roles; }
  upgrade_from "${version%/}"
  count=$((count + 1))
done
[ "$count" != 0 ] || die "no version is frozen in tests/upgrade: nothing was looked at"
look_for_what_is_made_different

held=$(grep -c '^ok ' "$SENTENCES" || true)
failed=$(grep -vcE '^(ok  |        -- )' "$SENTENCES" || true)
echo "upgrade: $held hold, $failed do not"
[ "$failed" = 0 ]
