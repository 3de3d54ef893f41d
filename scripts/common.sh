# Sourced by every script of the project: messages, becoming root, quiet long steps, fixed versions.

readonly PGRX_VERSION=0.18.1   # the same as pgrx in Cargo.toml; lint compares them
readonly PG_BIN=/usr/lib/postgresql/15/bin
readonly PG_CONFIG=${PG_CONFIG:-/usr/bin/pg_config}

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command as root: directly when we are, through sudo otherwise.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# PostgreSQL refuses to run as root, so root steps down to the postgres account.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# Runs a long command silently and shows what it printed only when it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  [ "$status" = 0 ] || { tail -n 100 "$log" >&2; say "failed ($status): $*"; }
  rm -f "$log"
  return "$status"
}
