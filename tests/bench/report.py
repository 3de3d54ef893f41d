"""Where results go: a JSON line each on standard output and in target/bench.jsonl, and a table for people on standard error."""

import json
import sys

from support import ROOT

HEADS = ("row", "ours", "reference", "ratio", "target", "")


def keep(result):
    line = json.dumps(result)
    print(line, flush=True)
    path = ROOT / "target" / "bench.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf8") as file:
        file.write(line + "\n")


def cells(result):
    def shown(value, form):
        return "-" if value is None else format(value, form)
    verdict = {True: "met", False: "NOT MET", None: ""}[result["met"]]
    return (result["bench"], shown(result["ours"], ","), shown(result["reference"], ","), shown(result["ratio"], ".2f"),
            shown(result["target"], ".2f"), verdict)


def print_table(results):
    """One row per result; rates are jobs a second."""
    rows = [HEADS, *map(cells, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    print(file=sys.stderr)
    for row in rows:
        line = "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:5], widths[1:5])), row[5]])
        print(line.rstrip(), file=sys.stderr)
