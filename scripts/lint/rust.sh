# Checks by Rust's own tools.

check_rustfmt() {
  cargo fmt --all --check
}

check_clippy() {
  cargo clippy --locked --quiet --workspace --exclude pg_steward --all-targets -- -D warnings
}

# By itself: the feature that names a PostgreSQL version would mean nothing to the other packages.
check_clippy_extension() {
  cargo clippy --locked --quiet -p pg_steward --features pg15 -- -D warnings
}
