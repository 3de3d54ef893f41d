#!/usr/bin/env python3
"""Enriches a CSV of leads; a script job of pg_steward.

    enrich.py DIRECTORY PACE_MS

Reads {"file": "leads.csv"} on standard input, a file in DIRECTORY: the payload of a job must not choose any path of the
worker's machine. Prints `Enriched n/500` as it goes, which becomes the job's progress, and the result as JSON in the last
line. Uses no network; PACE_MS is the time a look-up at a data provider would take for each lead.

It changes nothing but its own output, so running it again after a crash is harmless: its tool says on_lost = retry.
"""

import csv
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path

PROGRESS_EVERY = 25  # leads; at 20 ms each, two messages a second

EMAIL = re.compile(r"[a-z0-9._%+'-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}")
LEGAL_FORMS = re.compile(r"[ ,]+(inc|ltd|llc|gmbh|ag|ab|sas|pty ltd)\.?$", re.IGNORECASE)
CANADIAN_AREA_CODES = {"416", "437", "514", "604", "647"}
COUNTRY_OF_PREFIX = {"33": "FR", "44": "GB", "46": "SE", "49": "DE", "61": "AU"}

# The first row that matches wins, so the narrower ones come first.
SENIORITY = [
    ("founder", r"founder|owner"),
    ("executive", r"chief|\bc[efmt]o\b|managing director"),
    ("vp", r"\bvp\b|vice president"),
    ("director", r"director|head of"),
    ("manager", r"manager|lead\b|partner"),
    ("staff", r"."),
]
DEPARTMENT = [
    ("regulatory & quality", r"regulatory|quality|clinical|medical"),
    ("marketing", r"marketing|growth|content|demand|\bcmo\b"),
    ("sales", r"sales|account"),
    ("engineering", r"engineer|software|data|product|\bcto\b"),
    ("finance & people", r"finance|\bcfo\b|\bhr\b"),
    ("general management", r"founder|ceo|managing director|chief"),
    ("other", r"."),
]
DECIDES = {"founder", "executive", "vp", "director"}


class Rejected(Exception):
    """A row that cannot become a lead; the text is the reason."""


def squeezed(text):
    return " ".join(text.split())


def person_name(text):
    """Repairs names in one case only and leaves the others alone: McDonald and O'Neill are right as they are."""
    text = squeezed(text)
    return text.title() if text.isupper() or text.islower() else text


def domain_of(website, email):
    host = re.sub(r"^https?://", "", website.strip().lower()).split("/")[0].removeprefix("www.")
    return host or email.split("@")[1]


def company_name(text, domain):
    text = squeezed(text)
    if not text:
        return domain.split(".")[0].replace("-", " ").title()
    text = LEGAL_FORMS.sub("", text)
    return text.title() if text.islower() or text.isupper() else text


def phone_number(text):
    """E.164, or None."""
    digits = re.sub(r"[^\d+]", "", text)
    digits = "+" + digits[2:] if digits.startswith("00") else digits
    return digits if re.fullmatch(r"\+[1-9]\d{6,14}", digits) else None


def country_of(phone):
    if phone is None:
        return None
    if phone.startswith("+1"):
        return "CA" if phone[2:5] in CANADIAN_AREA_CODES else "US"
    return COUNTRY_OF_PREFIX.get(phone[1:3])


def first_match(rows, title):
    return next((name for name, pattern in rows if re.search(pattern, title, re.IGNORECASE)), None)


def enriched(row, line, seen):
    email = row["email"].strip().lower()
    if not email:
        raise Rejected("no e-mail address")
    if not EMAIL.fullmatch(email):
        raise Rejected("e-mail address is malformed")
    if email in seen:
        raise Rejected(f"duplicate of line {seen[email]}")
    seen[email] = line
    domain, phone, title = domain_of(row["website"], email), phone_number(row["phone"]), squeezed(row["title"])
    seniority = first_match(SENIORITY, title)
    return {
        "line": line,
        "name": person_name(row["name"]),
        "email": email,
        "company": company_name(row["company"], domain),
        "domain": domain,
        "title": title or None,
        "seniority": seniority,
        "department": first_match(DEPARTMENT, title),
        "phone": phone,
        "country": country_of(phone),
        "decides": seniority in DECIDES,
    }


def run(path, pace_seconds):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    leads, rejected, seen, filled = [], [], {}, Counter()
    for number, row in enumerate(rows, start=1):
        line = number + 1  # as an editor counts, below the header
        try:
            lead = enriched(row, line, seen)
            leads.append(lead)
            filled.update(key for key, value in lead.items() if value and not row.get(key))
        except Rejected as reason:
            rejected.append({"line": line, "reason": str(reason)})
        time.sleep(pace_seconds)
        if number % PROGRESS_EVERY == 0 or number == len(rows):
            print(f"Enriched {number}/{len(rows)}", flush=True)
    return {
        "read": len(rows),
        "enriched": len(leads),
        "rejected": rejected,
        "decision_makers": sum(lead["decides"] for lead in leads),
        "by_department": Counter(lead["department"] for lead in leads if lead["department"]),
        "filled_in": {key: filled[key] for key in ("company", "domain", "seniority", "department", "country")},
        "leads": leads,
    }


def main():
    directory, pace_ms = Path(sys.argv[1]), float(sys.argv[2])
    name = json.load(sys.stdin)["file"]
    if Path(name).name != name:
        sys.exit(f"{name!r} is not the name of a file in {directory}")
    print(json.dumps(run(directory / name, pace_ms / 1000), ensure_ascii=False))


if __name__ == "__main__":
    main()
