#!/usr/bin/env python3
"""scripts/update_prices.py WHEEL: makes packaging/prices/ anew from a wheel of genai-prices, or from where one was unpacked.

    pip download genai-prices --no-deps -d /tmp/prices && scripts/update_prices.py /tmp/prices/genai_prices-*.whl

The wheel carries its prices as Python objects and has no JSON in it. They are read here as a syntax tree of literals: nothing of the
wheel is executed, nothing has to be installed, and no number passes through a float. What comes out is the shape of the project's own
data.json, a list of providers, without what only people read; steward.import_prices takes either.
"""
import ast
import email
import json
import re
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent / "packaging" / "prices"
# What the import reads. Descriptions and links to web pages are for people, and a third of the size.
KEPT = {
    "Provider": ("id", "models", "extractors", "fallback_model_providers", "model_match", "provider_match"),
    "ModelInfo": ("id", "match", "prices", "deprecated", "context_window"),
}


MARK = "\u0001"


def number(text):
    """A number that is printed as it was written there: json knows floats only, so it goes through as a marked text."""
    return MARK + format(Decimal(text).normalize(), "f") + MARK


def printed(value):
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    mark = json.dumps(MARK)[1:-1]
    return re.sub(f'"{re.escape(mark)}([0-9.]+){re.escape(mark)}"', r"\1", text)


def plain(node):
    """The JSON value of a literal or of a call of a constructor with literal arguments."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [plain(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {plain(key): plain(value) for key, value in zip(node.keys, node.values)}
    if isinstance(node, ast.Call):
        return constructed(node)
    if isinstance(node, ast.Attribute) and node.attr in ("UTC", "utc"):
        return "Z"
    raise SystemExit(f"line {node.lineno}: {ast.dump(node)[:80]} is no literal")


def constructed(node):
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
    arguments = [plain(argument) for argument in node.args]
    fields = {keyword.arg.rstrip("_"): plain(keyword.value) for keyword in node.keywords}
    if name == "Decimal":
        return number(arguments[0])
    if name == "date":
        return "{:04}-{:02}-{:02}".format(*arguments)
    if name == "time":
        zone = fields.pop("tzinfo", "Z")
        if fields:
            raise SystemExit(f"line {node.lineno}: a time with {fields}")
        return "{:02}:{:02}:{:02}{}".format(*(arguments + [0, 0])[:3], zone)
    if name in ("timezone", "TzInfo"):
        seconds = int(arguments[0]) if arguments else 0
        return "{}{:02}:{:02}".format("+" if seconds >= 0 else "-", abs(seconds) // 3600, abs(seconds) // 60 % 60)
    if arguments:
        raise SystemExit(f"line {node.lineno}: {name} with arguments without names")
    if name in KEPT:
        fields = {key: fields[key] for key in KEPT[name] if key in fields}
    return {key: value for key, value in fields.items() if value is not None}


def providers_of(source):
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.AnnAssign) and statement.target.id == "providers":
            return plain(statement.value)
    raise SystemExit("the wheel has no genai_prices/data.py with a list named providers")


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    root = Path(sys.argv[1])
    root = root if root.is_dir() else zipfile.Path(root)
    about = next(part for part in root.iterdir() if part.name.endswith(".dist-info"))
    version = email.message_from_string((about / "METADATA").read_text())["Version"]
    providers = providers_of((root / "genai_prices" / "data.py").read_text())
    # A model a line: a difference between two snapshots is read by people.
    lines = []
    for provider in providers:
        models = provider.pop("models")
        head = printed(provider)[:-1]
        body = ",\n".join(printed(model) for model in models)
        lines.append(head + ',"models":[\n' + body + "\n]}")
    text = '{"source":"genai-prices ' + version + '","providers":[\n' + ",\n".join(lines) + "\n]}\n"
    json.loads(text)
    (HOME / "genai-prices.json").write_text(text)
    licence = next(about.joinpath("licenses").iterdir()).read_text()
    (HOME / "NOTICE").write_text(
        f"genai-prices.json was made by scripts/update_prices.py from genai-prices {version}\n"
        "(https://github.com/pydantic/genai-prices, https://pypi.org/project/genai-prices), whose licence follows.\n\n" + licence
    )
    print(f"genai-prices {version}: {len(providers)} providers, {sum(line.count(chr(10)) - 1 for line in lines)} models, {len(text)} bytes")


main()
