"""Where results go: a JSON line each on standard output and in target/bench.jsonl, and a table for people on standard error."""

import json
import sys

from support import ROOT

HEADS = ("row", "unit", "ours", "reference", "ratio", "target", "")


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
    return (result["bench"], result["unit"], shown(result["ours"], ","), shown(result["reference"], ","), shown(result["ratio"], ".2f"),
            shown(result["target"], "g"), verdict)


def print_table(results):
    """One row per result. The target is a ratio where there is a reference, and in the row's unit where there is none."""
    rows = [HEADS, *map(cells, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    print(file=sys.stderr)
    for row in rows:
        named = [cell.ljust(width) for cell, width in zip(row[:2], widths)]
        line = "  ".join([*named, *(cell.rjust(width) for cell, width in zip(row[2:6], widths[2:6])), row[6]])
        print(line.rstrip(), file=sys.stderr)
