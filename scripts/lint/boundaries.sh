# Checks of the architecture: what core may know, and what must agree between files.

readonly CORE=extension/core/src
# A check of core that finds no file would find nothing wrong with it either.
core_sources() {
  find "$CORE" -name '*.rs' -type f | grep . || { echo "there is no source file below $CORE: nothing was looked at" >&2; return 1; }
}

readonly FEATURES="engine money content governor leads events"

# pgrx's library, its cargo command and the lock file must be one version: they share the format of the schema section.
check_pgrx_version() {
  local found=0 locked
  grep -qE "^pgrx = .*\"=${PGRX_VERSION//./\\.}\"" extension/Cargo.toml ||
    { echo "extension/Cargo.toml does not pin pgrx to =$PGRX_VERSION (scripts/common.sh)"; found=1; }
  grep -qE '^name = "pgrx"$' Cargo.lock || { echo "Cargo.lock holds no pgrx: nothing was looked at"; found=1; }
  for locked in $(grep -A1 -E '^name = "pgrx(-macros|-pg-sys|-sql-entity-graph|-tests)?"$' Cargo.lock | sed -n 's/^version = "\(.*\)"/\1/p'); do
    [ "$locked" = "$PGRX_VERSION" ] || { echo "Cargo.lock holds a pgrx crate $locked, scripts/common.sh says $PGRX_VERSION"; found=1; }
  done
  return "$found"
}

# A file that nobody includes looks like part of the extension and is not.
check_sql_included() {
  local file found=0 count
  for file in sql/*.sql; do
    count=$(cat extension/src/lib.rs extension/src/*_sql.rs | grep -cF "\"../../$file\"")
    [ "$count" = 1 ] || { echo "$file is included $count times by lib.rs and *_sql.rs in extension/src (once is right)"; found=1; }
  done
  for file in sql/upgrades/*/*.sql; do
    count=$(grep -cxF "\ir ${file#sql/upgrades/}" "$(dirname "$file" | sed 's|upgrades/|&pg_steward--|').sql")
    [ "$count" = 1 ] || { echo "$file is named $count times by the script of its upgrade (once is right)"; found=1; }
  done
  for file in sql/queries/*.sql; do
    grep -rqF "$file\")" worker/src || { echo "$file is included by nothing in worker/src"; found=1; }
  done
  return "$found"
}

# Names of the other features in paths of one feature's files: crate::money::…, crate::{error::…, money::…}, super::money::….
imports_of_others() {
  local feature=$1 others file
  others=$(echo "$FEATURES" | tr ' ' '\n' | grep -vx "$feature" | paste -sd '|')
  while IFS= read -r file; do
    # One line per file: a list in braces may span several.
    tr '\n' ' ' <"$file" | grep -oE "(crate|super)::(\{[^;]*[^a-z_])?($others)(::|[ ,;}])" | sed "s|^|$file: |"
  done < <(find "$CORE" -path "$CORE/$feature/*" -name '*.rs' -o -path "$CORE/$feature.rs")
}

check_core_modules() {
  local feature found
  core_sources >/dev/null || return 1
  found=$(for feature in $FEATURES; do imports_of_others "$feature"; done)
  [ -z "$found" ] || { echo "$found"; echo "a feature of core imports another: pass the value as an argument instead"; return 1; }
}

# Every decision gets its time as an argument, or it could not be replayed.
check_core_clock() {
  local found
  core_sources >/dev/null || return 1
  found=$(grep -rnE '(SystemTime|Instant|Utc|Local)::now|UNIX_EPOCH\.elapsed' "$CORE")
  [ -z "$found" ] || { echo "$found"; echo "core reads a clock: take the time as an argument"; return 1; }
}

check_core_dependencies() {
  local tree found
  tree=$(cargo tree --locked -p steward-core --edges normal,build --prefix none) || { echo "$tree"; return 1; }
  [ "$(wc -l <<<"$tree")" -gt 1 ] || { echo "cargo tree shows no dependency of steward-core: nothing was looked at"; return 1; }
  found=$(grep -E '^(pgrx|tokio|postgres|reqwest|hyper)[a-z_-]* v' <<<"$tree" | sort -u)
  [ -z "$found" ] || { echo "$found"; echo "steward-core depends on the outside world: cargo tree -p steward-core -i CRATE"; return 1; }
}
