"""bench.py rows|peers: measures the rows, or the peers (ONLY=a,b: some), prints one JSON line per result and ends with a table.

A row is a file of rows/ with a function `measure(bench)` that yields results of `bench.faster(…)` and its like: to add one, add a file.
A peer is a line in peer.py and a folder in peers/; its rows are called PEER_MEASURE, and ONLY takes either half, too.
"""

import importlib.util
import os
import sys

import peer_rows
import report
from support import HERE, Bench


def load(path):
    spec = importlib.util.spec_from_file_location(f"rows.{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measures(what):
    """Name -> function that yields results."""
    if what == "peers":
        return peer_rows.rows()
    return {path.stem: load(path).measure for path in sorted((HERE / "rows").glob("*.py"))}


def names_for(row, what):
    """By what ONLY may ask for a row."""
    return {row, *row.split("_")} if what == "peers" else {row}


def main(what):
    known = measures(what)
    only = set(filter(None, os.environ.get("ONLY", "").split(",")))
    allowed = {name for row in known for name in names_for(row, what)}
    if only - allowed:
        sys.exit(f"error: there is no {', '.join(sorted(only - allowed))}; there are {', '.join(known)}")
    bench = Bench()
    results, failed = [], []
    for name, measure in known.items():
        if not only or only & names_for(name, what):
            try:
                for result in measure(bench):
                    report.keep(result)
                    results.append(result)
            except SystemExit as problem:  # a run that says nothing; the other rows are measured all the same
                print(f"{name}: {problem}", file=sys.stderr)
                failed.append(name)
    report.print_table(results)
    if failed:
        sys.exit(f"error: not measured: {', '.join(failed)}; see above")


if __name__ == "__main__":
    main(sys.argv[1])
