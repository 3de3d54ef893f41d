#!/usr/bin/env python3
"""tests/upgrade/freeze.py SCRIPT: keeps a generated install script in pieces, for tests of upgrades from that version on.

SCRIPT is the pg_steward--VERSION.sql that `cargo pgrx package` wrote of the sources in this very checkout. It goes into VERSION/, a
piece for each file of sql/ and some for what pgrx declares of Rust functions, in their order. assemble.sh puts it together again.
Of the script only tabs are changed, which stand before arguments of Rust functions: each becomes four spaces.
"""

import hashlib
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
LIB = HERE / "../../extension/src/lib.rs"
END = "/* </end connected objects> */\n"
MOST_LINES = 250


def topic_at(line):
    """The file of sql/, without its ending, that lib.rs includes at this line."""
    included = "".join(LIB.read_text(encoding="utf-8").splitlines()[line - 1 :])
    return re.search(r'sql/(\w+)\.sql"', included).group(1)


def pieces(script):
    """(name, text) of each piece. Between two of them stands an empty line, and one at the end."""
    name, blocks, number = "000_bootstrap", [], 0
    for block in [block + END for block in script.split(END + "\n")[:-1]]:
        source = re.search(r"^-- extension/src/(\S+):(\d+)$", block, re.MULTILINE)
        is_ours = source and source.group(1) == "lib.rs"
        if is_ours:
            begins = topic_at(int(source.group(2)))
        elif source and "_rust_" in name:
            begins = name
        elif source:
            begins, number = f"{int(name[:3]) + 1:03}_rust_{number + 1}", number + 1
        else:
            begins = name
        if begins == name and "_rust_" in name and "\n".join([*blocks, block]).count("\n") > MOST_LINES:
            number += 1
            begins = f"{name[:3]}_rust_{number}"
        if begins != name and blocks:
            yield name, "\n".join(blocks)
            blocks = []
        name = begins
        blocks.append(block)
    yield name, "\n".join(blocks)


def main(path):
    version = re.fullmatch(r"pg_steward--([^-]+)\.sql", path.name).group(1)
    script = path.read_text(encoding="utf-8").replace("\t", "    ")
    folder = HERE / version
    folder.mkdir()
    written = list(pieces(script))
    assembled = "".join(text + "\n" for _, text in written)
    if assembled != script or sorted(name for name, _ in written) != [name for name, _ in written]:
        sys.exit(f"{path} does not come together again from its pieces: has pgrx another format now?")
    for name, text in written:
        if text.count("\n") > MOST_LINES:
            sys.exit(f"{name} has {text.count(chr(10))} lines, more than {MOST_LINES}: split its file in sql/")
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    (folder / "sha256").write_text(hashlib.sha256(script.encode()).hexdigest() + "\n", encoding="utf-8")
    print(f"{folder}: {len(written)} pieces, {script.count(chr(10))} lines")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
