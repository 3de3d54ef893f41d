#!/usr/bin/env python3
"""tests/upgrade/statements.py FRESH UPGRADED SCRIPT: what a script of an upgrade lacks, as far as the difference says it.

FRESH and UPGRADED are what objects.sql says of two installations, SCRIPT is the install script of the fresh one. Prints statements to
put into sql/upgrades/; what it finds no statement for it names in a comment.
"""

import re
import sys
from pathlib import Path

# A statement ends at a semicolon that stands in no string, no name, no comment and no dollar quotes.
TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"|\$(\w*)\$.*?\$\1\$|;|[^-/'\"$;]+|.", re.DOTALL)
# What comes with something else: arrays, columns of views, indexes and types, defaults of columns. Row types, too.
FOLLOWS = re.compile(r'type .*\[\]|(view|index|composite type|sequence) column .*|default value for .*|rule "_RETURN" .*')
WORDS = {"table column": "column", "view column": "column", "table constraint": "constraint", "composite type": "type"}


def statements(script):
    """The statements of the install script, each without what stands before its first word."""
    current = ""
    for token in TOKEN.finditer(script):
        text = token.group()
        if not current and (text.isspace() or text.startswith(("--", "/*"))):
            continue
        current += text if current else text.lstrip()
        if text == ";":
            yield current.replace("\t", "    ")
            current = ""


def read(path):
    """For each object the facts about it."""
    objects, last = {}, None
    for line in Path(path).read_text(encoding="utf-8").split("\n")[:-1]:
        last, _, fact = line.partition(" | ")
        objects.setdefault(last, []).append(fact)
    return objects


def kind_and_name(thing):
    """('table column', 'steward.job.id') of `table column steward.job.id`: names of ours hold no blank before their schema."""
    kind, name = re.fullmatch(r"([a-z ]+?) (\S.*)", thing).groups()
    while match := re.fullmatch(r"([a-z]+) (.*)", name):
        if " on " in name or not re.match(r"[a-z]+ [a-z\"]", name):
            break
        kind, name = f"{kind} {match.group(1)}", match.group(2)
    return WORDS.get(kind, kind), name


def definitions(script, kind, name):
    """How the install script makes a function or a view; all functions of a name, whatever their arguments."""
    bare = re.escape(name.partition("(")[0].rpartition(".")[2])
    wanted = re.compile(rf'create\s+(?:or\s+replace\s+)?{kind}\s+(?:steward\.)?"?{bare}"?(?=[\s(])', re.IGNORECASE)
    for statement in script:
        if match := wanted.match(statement):
            yield f'create or replace {kind} steward.{name.partition("(")[0].rpartition(".")[2]}{statement[match.end():]}'


def follows(thing, things):
    name = thing.removeprefix("type ")
    return FOLLOWS.fullmatch(thing) or any(f"{kind} {name}" in things for kind in ("table", "view", "composite type", "sequence"))


def repaired(thing, fresh, upgraded, script, is_own):
    """The statements that make one object what it should be."""
    kind, name = kind_and_name(thing)
    missing, extra = [f for f in fresh if f not in upgraded], [f for f in upgraded if f not in fresh]
    if not fresh:
        if is_own:
            yield f"-- {thing} is in no fresh installation any more: drop it, and before it what needs it."
            if kind in ("function", "view"):
                yield f"drop {kind} {name};"
        return
    grants = [f for f in (*missing, *extra) if f.startswith(("grant ", "at installation "))]
    comments = [f for f in (*missing, *extra) if f.startswith("comment ")]
    rest = [f for f in (*missing, *extra) if f not in grants and f not in comments]
    if rest and kind in ("function", "view"):
        yield from definitions(script, kind, name)
    elif rest and is_own:
        yield f"-- {thing} differs, or is missing: alter or create it as sql/ does."
    for fact in comments:
        if fact in missing:
            yield f"comment on {kind} {name} is {fact.removeprefix('comment ')};"
        elif not any(f.startswith("comment ") for f in missing):
            yield f"comment on {kind} {name} is null;"
    on = {"view": "table"}.get(kind, kind)
    owners = [match.group(1) for f in (*missing, *extra) if (match := re.match(r"owner (\w+)", f))]
    if len(set(owners)) == 2:
        yield f"alter {kind} {name} owner to {owners[0]};"
    for fact in grants if is_own else []:
        match = re.match(r"grant (\S+) to (\S+)", fact)
        if match and match.group(2) != "steward_owner":
            verb, preposition = ("grant", "to") if fact in missing else ("revoke", "from")
            yield f"{verb} {match.group(1)} on {on} {name} {preposition} {match.group(2)};"


def main(fresh_path, upgraded_path, script_path):
    fresh, upgraded = read(fresh_path), read(upgraded_path)
    script = list(statements(Path(script_path).read_text(encoding="utf-8")))
    lines, seen = [], set()
    for thing in sorted(set(fresh) | set(upgraded)):
        facts = fresh.get(thing, []), upgraded.get(thing, [])
        if facts[0] != facts[1]:
            is_own = not follows(thing, fresh.keys() | upgraded.keys())
            lines += [line for line in repaired(thing, *facts, script, is_own) if not (line in seen or seen.add(line))]
    # Functions first, for views call them; what says something about an object after all of them.
    lines.sort(key=lambda line: (not line.startswith("create or replace function"), not line.startswith("create or replace view"), "drop" in line))
    print("\n-- For the pieces in sql/upgrades (read it: what has rows or is called by an older library needs more than this):\n")
    print("\n".join(lines))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
