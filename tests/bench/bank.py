"""The bank's contacts as leads (tests/data/NOTICE), and the matrix that a fitted model makes of them."""

import csv
import datetime
import gzip
import json

import numpy
from scipy import sparse

from support import ROOT

BATCH = 5000  # leads an import, the most it takes
NUMBERS = {"age", "balance", "day", "campaign", "pdays", "previous"}


def contacts():
    """A dictionary for each row of the file: attributes by name, and whether the contact ended well."""
    with gzip.open(ROOT / "tests/data/bank.csv.gz", "rt", encoding="utf8") as file:
        for row in csv.DictReader(file):
            fields = {name.split(" ")[0].lower(): value for name, value in row.items()}
            won = fields.pop("output") == "yes"
            yield {name: float(value) if name in NUMBERS else value for name, value in fields.items()}, won


def import_all(member):
    """Imports them as an analyst does, and returns them; each was decided a minute after the one before, as they stand in the order of time."""
    leads = list(contacts())
    began = datetime.datetime(2008, 5, 1, tzinfo=datetime.timezone.utc)
    rows = [{"provider_id": f"contact {number}", **fields, "outcome": "won" if won else "lost", "outcome_at": (began + datetime.timedelta(minutes=number)).isoformat()}
            for number, (fields, won) in enumerate(leads)]
    for begin in range(0, len(rows), BATCH):
        inserted, = member.execute("select count(*) filter (where i.outcome = 'inserted') from steward.import_leads(%s::jsonb, 'bank') i", [json.dumps(rows[begin:begin + BATCH])]).fetchone()
        if inserted != len(rows[begin:begin + BATCH]):
            raise SystemExit(f"error: {inserted} of {BATCH} leads were imported")
    return leads


def columns_of(feature, values):
    """The column of each value in the feature's own columns, as extension/core/src/leads/model/encoder.rs puts it; the width of them."""
    if feature["as"] == "deciles":
        cuts = feature["cuts"]
        return numpy.searchsorted(cuts, values, side="left"), len(cuts) + 2
    known = {level: column for column, level in enumerate(feature["levels"])}
    return numpy.array([known.get(value, len(known)) for value in values]), len(known) + 2


def matrix(model, leads):
    """Ones where a lead has a column: of all leads, in the order of the features, sparse."""
    parts = []
    for feature in model["features"]:
        values = [fields[feature["field"].removeprefix("attributes.")] for fields, _ in leads]
        columns, width = columns_of(feature, values)
        parts.append(sparse.csr_matrix((numpy.ones(len(leads)), (numpy.arange(len(leads)), columns)), shape=(len(leads), width)))
    return sparse.hstack(parts, format="csr")


def weights(model):
    """Of all columns, and the intercept."""
    table = model["tables"][0]
    return numpy.concatenate(table["weights"]), table["intercept"]
