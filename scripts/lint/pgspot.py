#!/usr/bin/env python3
"""pgspot.py PGSPOT SCRIPT: runs pgspot over an install script and prints each finding with the statement it is in.

pgspot names lines of the generated script, which mean nothing to a reader and move with every change. Here a finding reads
`PS001 in create view steward.jobs: Unqualified operator: '=' in t.id = j.tool_id`, which can be allowed by name.
"""

import re
import subprocess
import sys

# libpg_query knows no composite types: it takes a variable of one for a scalar, and `job.queue := …` ends the whole run with
# "not a known variable". As a record it is the same program to pgspot.
COMPOSITE_VARIABLE = re.compile(r"^(    \w+ (?:constant )?)steward\.\w+(;| :=)", re.MULTILINE)
# It knows no body that begins with return or begin atomic, either. The names in one are looked up when the script runs, with pg_catalog first, and never again.
RETURN = re.compile(r"^(    language sql [\w ]+)\n    return (.*?);$", re.MULTILINE | re.DOTALL)
ATOMIC = re.compile(r"^(    language sql [\w ]+)\nbegin atomic\n(.*?)\nend;$", re.MULTILINE | re.DOTALL)
FINDING = re.compile(r"^(PS\d+): (.*) at line (\d+)$")


def statement_at(lines, number):
    """The head of the statement at a line: pgspot counts the comments above a statement as part of it."""
    text = "\n".join(lines[number - 1 : number + 400])
    while True:
        text = text.lstrip()
        if text.startswith("--"):
            text = text.partition("\n")[2]
        elif text.startswith("/*"):
            text = text.partition("*/")[2]
        else:
            break
    return " ".join(re.split(r"[\s(;]+", text)[:3]).replace('"', "")


def main(pgspot, path):
    with open(path, encoding="utf8") as file:
        script = COMPOSITE_VARIABLE.sub(r"\1record\2", file.read())
    for body, select in [(RETURN, "select "), (ATOMIC, "")]:
        script = body.sub(rf"\1 set search_path = pg_catalog, pg_temp as $$\n{select}\2 $$;", script)
    lines = script.split("\n")
    # From standard input: given a file, it would swallow the error that ended it.
    done = subprocess.run([pgspot], input=script, capture_output=True, text=True, check=False)
    if "Errors: " not in done.stdout:
        print("pgspot could not read the whole script:", done.stderr.strip().rpartition("\n")[2])
        return 1
    if "Unknown: 0" not in done.stdout:
        print("pgspot met something it does not know:", done.stdout)
        return 1
    for line in done.stdout.splitlines():
        found = FINDING.match(line)
        if found:
            print(f"{found[1]} in {statement_at(lines, int(found[3]))}: {found[2]}")
        elif line.startswith("PS"):
            print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
