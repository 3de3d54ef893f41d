# Checks of the SQL as PostgreSQL gets it: pgspot on the install script, plpgsql_check on the functions of a real database.

readonly PGSPOT_VERSION=0.9.4
readonly LINT_VENV=target/lint-venv

# Passes on what FILE does not allow. A line of FILE is an extended regular expression for whole findings, under a comment that
# gives the reason. One that allows nothing any more is a finding itself.
not_allowed() {
  local file=$1 findings pattern
  findings=$(cat)
  while IFS= read -r pattern; do
    grep -qxE -- "$pattern" <<<"$findings" || echo "$file allows something that is not found any more; remove: $pattern"
    findings=$(grep -vxE -- "$pattern" <<<"$findings")
  done < <(grep -vE '^(#|$)' "$file")
  grep -v '^$' <<<"$findings"
}

install_pgspot() {
  "$LINT_VENV/bin/pgspot" --version 2>/dev/null | grep -qwF "$PGSPOT_VERSION" && return 0
  python3 -m venv --clear "$LINT_VENV" && "$LINT_VENV/bin/pip" install -q --disable-pip-version-check "pgspot==$PGSPOT_VERSION"
}

check_pgspot() {
  local version script report findings
  install_pgspot || return 1
  # Another checkout may have installed its own.
  [ "${STEWARD_INSTALLED:-}" = 1 ] || extension_is_current ||
    { echo "what is installed was not made of these sources: run scripts/install.sh first"; return 1; }
  version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
  script=$("$PG_CONFIG" --sharedir)/extension/pg_steward--$version.sql
  [ -f "$script" ] || { echo "$script does not exist: run scripts/install.sh first"; return 1; }
  grep -qi '^create function' "$script" || { echo "$script creates no function: nothing was looked at"; return 1; }
  # -- pgspot stops at the first thing it cannot parse and says so only here: no summary, no result.
  report=$(scripts/lint/pgspot.py "$LINT_VENV/bin/pgspot" "$script") || { echo "$report"; return 1; }
  findings=$(not_allowed scripts/lint/pgspot.allowed <<<"$report")
  [ -z "$findings" ] || { echo "$findings"; return 1; }
}

check_plpgsql_check() {
  local report findings
  report=$(tests/cluster.sh "$PG_BIN/psql" -qXAt -v ON_ERROR_STOP=1 -f scripts/lint/plpgsql_check.sql) || { echo "$report"; return 1; }
  grep -q '^checked [1-9]' <<<"$report" || { echo "$report"; echo "plpgsql_check looked at no function"; return 1; }
  findings=$(grep -v '^checked ' <<<"$report" | not_allowed scripts/lint/plpgsql_check.allowed)
  [ -z "$findings" ] || { echo "$findings"; return 1; }
}
