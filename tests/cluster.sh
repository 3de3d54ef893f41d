#!/usr/bin/env bash
# tests/cluster.sh CMD…: runs CMD against a PostgreSQL cluster of its own and returns CMD's status.
#
# Builds and installs what is stale, starts a throwaway cluster (a socket, and 127.0.0.1 on a free port) with pg_cron preloaded,
# creates the database `steward` with the extension, and sets PGHOST, PGPORT, PGUSER, PGDATABASE and DATABASE_URL for CMD, which
# finds `steward` and the programs of PostgreSQL 15 first on its PATH. `tests/cluster.sh bash` is for looking around.
# Several at once do not meet, and while one runs nobody exchanges the extension below it: an installation waits for its end.
# As root the server runs as the account postgres. KEEP=1 leaves the cluster running. STEWARD_INSTALLED=1 takes what is
# installed, whatever it was made of. CLUSTER_CONF: further lines for postgresql.conf.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/common.sh"
[ $# -gt 0 ] || die "usage: tests/cluster.sh COMMAND [ARGUMENT …]"
[ -x "$PG_BIN/postgres" ] || die "PostgreSQL 15 is not installed in $PG_BIN: run scripts/setup.sh first"
. "$root/scripts/installed.sh"

# Between the installation and the lock another checkout may have installed its own.
hold_current_extension() {
  while :; do
    "$root/scripts/install.sh"
    lock_installation -s
    if (cd "$root" && extension_is_current); then return 0; fi
    exec 9<&-
  done
}
[ "${STEWARD_INSTALLED:-}" = 1 ] || hold_current_extension

# Short: the path of a socket may have 103 bytes at most.
dir=$(mktemp -d /tmp/steward.XXXXXX)
log=$dir/server.log
chmod 711 "$dir"
[ "$(id -u)" != 0 ] || chown postgres "$dir"

stop_cluster() {
  local status=$?
  trap - EXIT INT TERM
  cd /tmp  # where postgres may be, too
  # A server that is gone before its command is why the command failed.
  if ! as_postgres "$PG_BIN/pg_ctl" -D "$dir/data" status >/dev/null 2>&1 && [ -f "$log" ]; then
    say "the server is not running; the last lines of its log"
    tail -n 30 "$log" >&2
  fi
  as_postgres "$PG_BIN/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$dir"
  exit "$status"
}
trap stop_cluster EXIT
trap 'exit 130' INT TERM

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# The server's own certificate, which the tests of TLS trust, or do not.
make_certificate() {
  as_postgres openssl req -x509 -new -nodes -days 30 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -addext 'basicConstraints=critical,CA:FALSE' \
    -keyout "$dir/data/server.key" -out "$dir/server.crt" 2>/dev/null
}

init_cluster() {
  as_postgres "$PG_BIN/initdb" -D "$dir/data" --no-locale -E UTF8 -U postgres -A trust --nosync >/dev/null
  make_certificate
  as_postgres tee -a "$dir/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
ssl = on
ssl_cert_file = '$dir/server.crt'
unix_socket_directories = '$dir'
shared_preload_libraries = 'pg_cron'
cron.database_name = 'steward'
cron.host = '$dir'
max_connections = 300
wal_level = logical
timezone = 'UTC'
log_timezone = 'UTC'
${CLUSTER_CONF:-}
CONF
  # Before the first start: pg_cron ends with an error where its database does not exist.
  quietly as_postgres "$PG_BIN/postgres" --single -D "$dir/data" postgres <<<'create database steward'
}

# Somebody may take the port between our look and the server's bind, so a failed start tries another one.
start_cluster() {
  local attempt
  for attempt in 1 2 3 4 5; do
    PGPORT=$(free_port)
    if as_postgres env -u RUST_BACKTRACE "$PG_BIN/pg_ctl" -D "$dir/data" -l "$log" -o "-p $PGPORT" -w -t 60 start >/dev/null 9<&-; then return 0; fi
    say "the server did not start (attempt $attempt)"
  done
  return 1
}

started_in=$PWD
cd /tmp  # where postgres may be, too
init_cluster
start_cluster || die "PostgreSQL did not start: see the log above"
cd "$started_in"
export PGHOST=$dir PGPORT PGUSER=postgres PGDATABASE=steward PGTZ=UTC
export DATABASE_URL="postgresql://postgres@127.0.0.1:$PGPORT/steward"
export PATH=$root/target/release:$PG_BIN:$PATH
export STEWARD_BIN=$root/target/release/steward CLUSTER_DATA=$dir/data CLUSTER_LOG=$log CLUSTER_CERTIFICATE=$dir/server.crt
"$PG_BIN/psql" -qX -v ON_ERROR_STOP=1 -c 'create extension pg_steward' -c 'create extension pg_cron'

status=0
"$@" 9<&- || status=$?
if [ "${KEEP:-}" = 1 ]; then
  say "the cluster keeps running: psql -h $PGHOST -p $PGPORT -U postgres steward"
  say "stop it with: $([ "$(id -u)" != 0 ] || echo 'runuser -u postgres -- ')$PG_BIN/pg_ctl -D $dir/data -m fast stop && rm -r $dir"
  trap - EXIT
fi
exit "$status"
