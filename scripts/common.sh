# Sourced by every script of the project: messages, becoming root, quiet long steps, fixed versions.

readonly PGRX_VERSION=0.18.1   # the same as pgrx in Cargo.toml; lint compares them
readonly PG_BIN=/usr/lib/postgresql/15/bin
# Not /usr/bin/pg_config: that one is Debian's wrapper, which asks the newest server installed, whichever that is.
readonly PG_CONFIG=$PG_BIN/pg_config

say() {
  if [ -t 2 ]; then printf '\033[1m==>\033[0m %s\n' "$*" >&2; else printf '==> %s\n' "$*" >&2; fi
}
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command as root: directly when we are, through sudo otherwise.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "this needs root: $*; run it as root, or install sudo and let $(id -un) use it"
  sudo "$@"
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
