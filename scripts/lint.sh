#!/usr/bin/env bash
# Runs every check and prints `ok  name` for each, or its findings; fails when one of them failed.
# `scripts/lint.sh NAME…` runs some. A check is a function check_NAME in scripts/lint/*.sh: it prints findings and returns
# non-zero, or is silent. Findings that are right as they are stand by name, with the reason, in scripts/lint/*.allowed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/common.sh
. scripts/installed.sh
. scripts/lint/layout.sh
. scripts/lint/boundaries.sh
. scripts/lint/rust.sh
. scripts/lint/sql.sh

# From quick to slow.
readonly CHECKS="file_length tabs shell pgrx_version sql_included core_modules core_clock core_dependencies rustfmt
  clippy clippy_extension pgspot plpgsql_check"

failed=0
for check in ${*:-$CHECKS}; do
  declare -F "check_$check" >/dev/null || die "there is no check $check; the checks are: $(echo $CHECKS)"
  if findings=$("check_$check" 2>&1); then
    echo "ok  $check"
    [ -z "$findings" ] || echo "    $findings"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n%s\n' "$check" "$findings"
  fi
done
[ "$failed" = 0 ] || { echo "$failed checks failed"; exit 1; }
