# Sourced by run.sh and peers.sh: what the benches need, installed below target/ where it is missing or of another version.

readonly BENCH_VENV=target/bench-venv
readonly PEERS=target/bench-peers
export PATH=$PG_BIN:$PATH  # pgbench
export PYTHONDONTWRITEBYTECODE=1  # no __pycache__ among the sources

# make_venv FOLDER REQUIREMENTS: the copy of the requirements beside the packages is written last, so a half-made one is made anew.
make_venv() {
  cmp -s "$2" "$1/installed.txt" && return 0
  say "installing the Python packages of $2 into $1"
  python3 -m venv --clear "$1" || return 1
  quietly "$1/bin/pip" install --disable-pip-version-check -r "$2" || return 1
  cp "$2" "$1/installed.txt"
}

make_node_modules() {
  cmp -s "$2" "$1/installed.json" && return 0
  command -v node >/dev/null && command -v npm >/dev/null || { say "npm is not installed (Debian: apt-get install npm)"; return 1; }
  say "installing the npm packages of $2 into $1"
  mkdir -p "$1"
  cp "$2" "$1/package.json"
  quietly npm install --prefix "$1" --no-audit --no-fund || return 1
  cp "$2" "$1/installed.json"
}

# A program in Rust. Its sources count as well: it is built anew when one of them has changed.
make_program() {
  cat "$2"/Cargo.toml "$2"/Cargo.lock "$2"/src/*.rs | cmp -s - "$1/installed.txt" && return 0
  command -v cargo >/dev/null || { say "cargo is not installed"; return 1; }
  say "building $2 into $1 (about five minutes, once)"
  CARGO_TARGET_DIR=$1/build quietly cargo install --locked --path "$2" --root "$1" --no-track --force || return 1
  rm -rf "$1/build"  # half a gigabyte
  cat "$2"/Cargo.toml "$2"/Cargo.lock "$2"/src/*.rs >"$1/installed.txt"
}

install_python() {
  make_venv "$BENCH_VENV" tests/bench/requirements.txt || die "the benches need psycopg: see the messages above"
}

# install_peer NAME: fails with a message where the peer cannot be had.
install_peer() {
  local from=tests/bench/peers/$1
  if [ -f "$from/package.json" ]; then
    make_node_modules "$PEERS/$1" "$from/package.json"
  elif [ -f "$from/Cargo.toml" ]; then
    make_program "$PEERS/$1" "$from"
  else
    make_venv "$PEERS/$1" "$from/requirements.txt"
  fi
}
