#!/usr/bin/env bash
# Installs what the project needs on Debian 12 and does nothing where it is already there:
# Debian's packages, cargo-pgrx, and its registration of Debian's PostgreSQL 15.
# Works as root or through sudo. `setup.sh tests` adds what only tests and lint need.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

# Needed to build and to run: headers and clang for pgrx's bindgen, pg_cron for schedules.
readonly RUN_PACKAGES="postgresql-15 postgresql-server-dev-15 postgresql-15-cron build-essential
  pkg-config clang libclang-dev python3 openssl ca-certificates"
# Needed by `make test` and `make lint` only.
readonly TEST_PACKAGES="postgresql-15-plpgsql-check python3-venv libpq-dev git shellcheck sqlsmith
  pgbouncer"

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || echo "$package"
  done
}

install_packages() {
  local missing
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  say "installing Debian packages: $missing(about two minutes)"
  # An existing cluster is none of our business, and a new one is not wanted: every run starts its own.
  as_root mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  quietly as_root apt-get update
  # shellcheck disable=SC2086 # a list of names
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}

install_cargo_pgrx() {
  if ! cargo pgrx --version 2>/dev/null | grep -qx "cargo-pgrx $PGRX_VERSION"; then
    say "building cargo-pgrx $PGRX_VERSION (about five minutes, once)"
    quietly cargo install --locked cargo-pgrx --version "=$PGRX_VERSION"
  fi
  if ! grep -qs "^pg15 = \"$PG_CONFIG\"" "${PGRX_HOME:-$HOME/.pgrx}/config.toml"; then
    say "registering PostgreSQL 15 ($PG_CONFIG) with pgrx"
    # It replaces an entry with another path, and leaves those of other versions. --no-run: no data directory below ~/.pgrx.
    quietly cargo pgrx init --no-run --pg15="$PG_CONFIG"
  fi
}

# sudo has a PATH of its own, without the cargo of whoever called it.
command -v cargo >/dev/null || die "cargo is not on the PATH: install the Rust toolchain 1.95 first (https://rustup.rs)${SUDO_USER:+, or run \
this as $SUDO_USER: it calls sudo itself where it needs root}"
# shellcheck disable=SC2086 # lists of names
install_packages $RUN_PACKAGES $([ "${1:-}" = tests ] && echo $TEST_PACKAGES)
install_cargo_pgrx
