#!/usr/bin/env python3
"""Writes leads.csv: 500 invented people, always the same ones (fixed seed), some of them as dirty as a real export.

Nobody here exists or can be reached: domains end in .example (RFC 2606), and phone numbers come from ranges that the
regulators keep free for fiction (US and Canada 555-01xx, Ofcom, Bundesnetzagentur, Arcep, PTS, ACMA).
"""

import csv
import random
import unicodedata
from pathlib import Path

LEADS = 500
SEED = 2026

FIRST = """Ada Aisha Alma Amara Anders Anika Ben Björn Camille Carlos Chloé Clara Daniel Deepa Elena Emil Erik Esra Fatima
Felix Freya Grace Hana Hugo Ines Ivan Jana Jonas Kofi Lars Léa Lena Liam Linnea Lucas Maja Marc Maria Mateo Maya Mia Mohammed
Nadia Nina Noah Olga Omar Oscar Priya Rafael Rosa Sara Selin Simon Sofia Stefan Thomas Tilda Uma Viktor Wei Yara Zoe""".split()
LAST = """Abbott Ahmed Almeida Andersson Bauer Becker Berg Bianchi Blanc Brandt Carter Chen Costa Dubois Eriksson Fischer Fontaine
Garcia Graham Haddad Hansen Hartmann Hughes Iyer Jansen Johnson Keller Kim Kowalski Laurent Lee Lindqvist Lopez Martin Mensah
Meyer Moreau Murphy Nguyen Novak Nyström Okafor Olsen O'Neill Patel Petit Reyes Richter Rossi Santos Schmidt Sharma Silva Singh
Smith Sørensen Tanaka Taylor Vogel Weber Wilson Young Zimmermann""".split()
STEMS = """Alder Arbor Aster Beacon Birch Bright Cedar Clear Cobalt Coral Delta Ember Fathom Field Flint Harbor Hazel Helio Iris
Juniper Keel Lark Linden Lumen Maple Meridian North Novel Oak Onyx Orchard Pine Prism Quill Ridge Rowan Sable Sage Summit Tide
Vale Vector Willow Wren""".split()
LINES = {"Medical": ["GmbH", "AB", "Inc.", "Ltd"], "Diagnostics": ["SAS", "GmbH", "Inc"], "Devices": ["Ltd.", "AG", "Pty Ltd"],
         "Cloud": ["Inc", "Ltd", "AB"], "Analytics": ["Inc.", "SAS", "GmbH"], "Software": ["AG", "Ltd", "Inc"]}
TITLES = """Head of Regulatory Affairs|Regulatory Affairs Manager|VP Quality & Regulatory|Quality Engineer|Clinical Affairs Director
Chief Medical Officer|CEO|Founder & CEO|CTO|Chief Marketing Officer|VP Marketing|Marketing Director|Head of Growth|Content Manager
Demand Generation Specialist|Sales Director|Account Executive|VP of Sales|Software Engineer|Head of Engineering|Product Manager
Finance Manager|CFO|HR Business Partner|Senior Data Scientist|Managing Director|Office Assistant""".replace("\n", "|").split("|")
PHONES = ["+1 202 555 01{:02d}", "+1 (416) 555-01{:02d}", "+44 7700 9000{:02d}", "+49 30 231250{:02d}", "0033 1 99 00 12 {:02d}",
          "+46 70 17406{:02d}", "+61 2 5550 10{:02d}"]


def ascii_of(text):
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o")).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalnum())


def clean_lead(draw, companies):
    first, last, (company, domain) = draw.choice(FIRST), draw.choice(LAST), draw.choice(companies)
    return {
        "name": f"{first} {last}",
        "email": f"{ascii_of(first)}.{ascii_of(last)}@{domain}",
        "company": company,
        "website": f"https://www.{domain}/",
        "title": draw.choice(TITLES),
        "phone": draw.choice(PHONES).format(draw.randrange(5, 99)),
    }


def soil(draw, lead):
    """What people and exports do to a row; returns it changed."""
    kind = draw.choice(["upper", "spaces", "no_website", "no_website", "no_company", "no_title", "no_phone", "bad_email", "no_email"])
    changes = {
        "upper": {"name": lead["name"].upper(), "email": lead["email"].upper(), "company": lead["company"].lower()},
        "spaces": {"name": "  " + lead["name"].replace(" ", "   "), "email": lead["email"] + " ", "title": lead["title"].lower()},
        "no_website": {"website": ""},
        "no_company": {"company": "", "website": ""},
        "no_title": {"title": ""},
        "no_phone": {"phone": ""},
        "bad_email": {"email": lead["email"].replace("@", draw.choice([" at ", "@@", "@."]))},
        "no_email": {"email": ""},
    }
    return lead | changes[kind]


def leads():
    draw = random.Random(SEED)
    companies = []
    for stem in STEMS:
        line = draw.choice(list(LINES))
        companies.append((f"{stem} {line} {draw.choice(LINES[line])}", f"{stem}-{line}.example".lower()))
    rows, seen = [], set()
    while len(rows) < LEADS:
        if rows and draw.random() < 0.03:
            rows.append(rows[draw.randrange(len(rows))] | {"title": draw.choice(TITLES)})  # imported twice, months apart
            continue
        lead = clean_lead(draw, companies)
        if lead["email"] not in seen:
            seen.add(lead["email"])
            rows.append(soil(draw, lead) if draw.random() < 0.25 else lead)
    return rows


def main():
    rows = leads()
    with open(Path(__file__).with_name("leads.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
