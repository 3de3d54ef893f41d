# Sourced: what is installed into PostgreSQL 15, from which sources, and who may change it. After common.sh.
#
# Every checkout on a machine installs into the same two directories. So the record of what is installed and the lock stand there
# too, beside the control file, and each checkout compares with its own sources. Root writes them, anybody may read and lock.

EXTENSION_DIR=$("$PG_CONFIG" --sharedir)/extension
LIBRARY_DIR=$("$PG_CONFIG" --pkglibdir)
readonly EXTENSION_DIR LIBRARY_DIR
readonly INSTALL_RECORD=$EXTENSION_DIR/pg_steward.installed
readonly INSTALL_LOCK=$EXTENSION_DIR/pg_steward.lock
# The worker stays in its checkout, and so does its record.
readonly WORKER=target/release/steward
readonly WORKER_RECORD=target/release/steward.installed

# Of everything that one of them is made of.
extension_sources() { digest_of extension sql packaging; }
worker_sources() { digest_of worker sql/queries; }

# The same for equal sources, wherever the checkout is. In the root of the checkout.
digest_of() {
  find Cargo.toml Cargo.lock "$@" \
    \( -name '*.rs' -o -name '*.sql' -o -name '*.toml' -o -name '*.lock' -o -name '*.control' -o -name '*.c' -o -name '*.h' -o -name '*.json' \) -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

# What a record holds: the sources, and the files made of them. So it also tells when somebody else, or half an installation,
# has changed a file since.
extension_record() {
  printf '%s\n' "$1"
  sha256sum "$EXTENSION_DIR/pg_steward.control" "$EXTENSION_DIR"/pg_steward--*.sql "$LIBRARY_DIR/pg_steward.so" 2>/dev/null
}

worker_record() {
  printf '%s\n' "$1"
  sha256sum "$WORKER" 2>/dev/null
}

extension_is_current() {
  [ -f "$INSTALL_RECORD" ] && [ "$(cat "$INSTALL_RECORD")" = "$(extension_record "$(extension_sources)")" ]
}

worker_is_current() {
  [ -x "$WORKER" ] && [ -f "$WORKER_RECORD" ] && [ "$(cat "$WORKER_RECORD")" = "$(worker_record "$(worker_sources)")" ]
}

# Who has the lock: its processes as far as we may look at them, by number and command.
lock_holders() {
  local fd pid
  for fd in /proc/[0-9]*/fd/9; do
    pid=$(cut -d / -f 3 <<<"$fd")
    if [ "$pid" != "$$" ] && [ "$fd" -ef "$INSTALL_LOCK" ]; then echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"; fi
  done
}

# lock_installation -x|-s: for changing what is installed, or for using it meanwhile unchanged. Held by file descriptor 9 until
# this process closes it; a child that may live longer gets it closed.
lock_installation() {
  if [ ! -e "$INSTALL_LOCK" ]; then
    as_root touch "$INSTALL_LOCK"
    as_root chmod 644 "$INSTALL_LOCK"
  fi
  exec 9<"$INSTALL_LOCK"
  if ! flock -n "$1" 9; then
    say "waiting for others who install pg_steward or run a cluster with it: $(exec 9<&-; lock_holders | paste -sd , -)"
    flock "$1" 9
  fi
}
