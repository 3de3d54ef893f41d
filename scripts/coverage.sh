#!/usr/bin/env bash
# Line coverage of the crates steward-core and steward-worker by their own tests, file by file; fails below 80 %.
# Neither PostgreSQL nor the extension is needed: what only the end-to-end tests reach counts as not covered.
#
# cargo-tarpaulin with its LLVM engine: it reads the compiler's own profiles itself, so no llvm-tools are needed, and unlike the
# ptrace engine it counts threads right. It builds with rustc 1.95.
# Everything it makes lies below target/: the program, and a build of its own, since the instrumentation changes every compiler call.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

readonly TARPAULIN_VERSION=0.37.5
readonly TOOLS=$PWD/target/coverage-tools
readonly BUILD=$PWD/target/coverage
readonly LEAST=80  # per cent of lines, over both crates

install_tarpaulin() {
  if [ "$("$TOOLS/bin/cargo-tarpaulin" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+')" != "$TARPAULIN_VERSION" ]; then
    say "building cargo-tarpaulin $TARPAULIN_VERSION (about three minutes, once)"
    # Without default features: they only send reports to a web service.
    CARGO_TARGET_DIR=$TOOLS/build quietly cargo install --locked cargo-tarpaulin --version "=$TARPAULIN_VERSION" \
      --no-default-features --root "$TOOLS"
    rm -rf "$TOOLS/build"
  fi
}

# The instrumentation puts a variable of its own into the environment of the processes it is in, which this test rightly finds.
run_tests() {
  "$TOOLS/bin/cargo-tarpaulin" tarpaulin --engine llvm --locked --skip-clean --color never \
    -p steward-core -p steward-worker --include-files 'extension/core/src/*' 'worker/src/*' \
    --target-dir "$BUILD" --out Json --output-dir "$BUILD" \
    -- --skip gives_the_script_a_clean_environment
}

# The lines of each file, then of each crate, then of both.
print_report() {
  python3 - "$BUILD/tarpaulin-report.json" "$LEAST" <<'PYTHON'
import json, sys

files, sums = [], {}
for file in json.load(open(sys.argv[1], encoding="utf8"))["files"]:
    path = "/".join(file["path"])
    crate = next((c for c in ("extension/core", "worker") if f"/{c}/src/" in path), None)
    if crate and file["coverable"]:
        files.append((path[path.rindex(f"/{crate}/src/") + 1 :], file["covered"], file["coverable"]))
        covered, coverable = sums.get(crate, (0, 0))
        sums[crate] = (covered + file["covered"], coverable + file["coverable"])
for crate in ("extension/core", "worker"):
    if crate not in sums:
        sys.exit(f"error: the report holds no line of {crate}: nothing was looked at")
both = [sum(column) for column in zip(*sums.values())]
for name, covered, coverable in sorted(files) + [(c, *sums[c]) for c in sorted(sums)] + [("both crates", *both)]:
    print(f"{100 * covered / coverable:6.1f} %  {covered:5} of {coverable:5} lines  {name}")
if 100 * both[0] / both[1] < float(sys.argv[2]):
    sys.exit(f"error: less than {sys.argv[2]} % of the lines are covered: test the files above that have the least")
PYTHON
}

trap 'rm -f build_rs_cov.profraw' EXIT  # a profile of build scripts that tarpaulin leaves in the working directory
install_tarpaulin
mkdir -p "$BUILD"
rm -f "$BUILD/tarpaulin-report.json"
say "running the tests of both crates with coverage (the first time about three minutes)"
quietly run_tests || die "the tests failed under coverage: see above; scripts/test.sh core worker runs them without"
print_report
