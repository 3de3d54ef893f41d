"""A new version of a rubric is published: the scores of all leads with their contributions, against the same nine terms written by hand.

Ours writes into the ledger, with the rank's index besides, and reads the leads as the owner of the tables, which publish_rubric is (security definer): row security costs it nothing. The others
write score and contributions into a table with a primary key. rescore.sql has what they run: one expression (a view that becomes part of the INSERT), as the member under row security and as the owner
of the tables; and PL/pgSQL in three forms, on a sample, for they take longest.
"""

import leads
from support import run_sql

SAMPLE = min(50_000, leads.LEADS)
INLINED = "insert into bare.score select i.lead_id, i.score, i.contributions from bare.inlined i"
TERMS = 9
OURS = f"s.score = b.score * 1000 and s.contributions[1:{TERMS}] = array[{', '.join(f'b.contributions[{place}] * 1000' for place in range(1, TERMS + 1))}]"
# Name of the row -> what is written for the sample, target, and what it is.
WRITTEN = {
    "rescore_plpgsql": ("select count(bare.score_lead(l.id)) from bare.sample l", 10, "a function in PL/pgSQL that is called for each lead, as the member: it asks a function for each term and writes"),
    "rescore_plpgsql_definer": ("select count(bare.score_lead_as_owner(l.id)) from bare.sample l", None, "the same as security definer, whose calls do not pay for row security"),
    "rescore_plpgsql_one": ("""
        insert into bare.score select w.id, least(100, round(100.0 * (select sum(p) from unnest(w.contributions) p) / 110)), w.contributions
        from (select l.id, bare.written_out(l) as contributions from bare.sample s join steward.lead l on l.id = s.id) w""", None, "all terms in one function in PL/pgSQL, called by one INSERT"),
}


class Side:
    """Writes the scores of all leads, or of the sample, in one statement."""

    def __init__(self, bench, member, statement, rows):
        self.bench, self.member, self.statement, self.rows = bench, member, statement, rows

    def rate(self):
        """Leads a second; what it wrote agrees with the ledger's scores."""
        self.bench.admin.execute("truncate bare.score")
        seconds, _ = leads.timed(self.member, self.statement)
        self.check()
        return self.rows / seconds

    def check(self):
        """Joined by hashing: a plan for the table as it was before it was filled would take an hour."""
        self.bench.admin.execute("set enable_nestloop = off")
        written, same = self.bench.admin.execute(f"""
            select count(*), count(*) filter (where {OURS}) from bare.score b
            join steward.lead_score s on s.lead_id = b.lead_id and s.rubric_id = (select r.id from steward.rubric r where r.name = 'fit' and r.state = 'published' and r.workspace_id = s.workspace_id)""").fetchone()
        self.bench.admin.execute("reset enable_nestloop")
        if (written, same) != (self.rows, self.rows):
            raise SystemExit(f"error: of {self.rows} scores written by hand {written} are in the ledger, and {same} are the same there")


def publish(member):
    """Leads a second of a version that nobody was scored by yet."""
    leads.define(member, "fit", "inbound_fit_v1")
    seconds, written = leads.timed(member, "select steward.publish_rubric('fit')")
    if written != leads.LEADS:
        raise SystemExit(f"error: {written} scores were written, not {leads.LEADS}")
    return leads.LEADS / seconds


def measure(bench):
    """rescore: 0.5 of one hand-written expression, and 10 times PL/pgSQL."""
    leads.fill(bench.admin)
    run_sql("rescore.sql")
    bench.admin.execute("insert into bare.sample select l.id from steward.lead l order by l.id limit %s", [SAMPLE])
    bench.admin.execute("analyze bare.sample")
    member = leads.session()
    sides = {"inlined": Side(bench, member, INLINED, leads.LEADS), "inlined_owner": Side(bench, bench.admin, INLINED, leads.LEADS)} | {name: Side(bench, member, statement, SAMPLE) for name, (statement, _, _) in WRITTEN.items()}
    rates = bench.in_turn({"ours": lambda: publish(member)} | {name: side.rate for name, side in sides.items()})
    on = f"{leads.LEADS} leads of 1.3 kB, nine terms, publish_rubric of a new version, scores and contributions written on both sides and the same on both for every lead compared"
    expression = "one SQL expression written by hand, INSERT … SELECT"
    yield bench.faster("rescore", rates["ours"], rates["inlined"], 0.5, f"{on}; reference: {expression}, as a member under row security", "leads/s")
    yield bench.faster("rescore_owner", rates["ours"], rates["inlined_owner"], 0.5, f"{on}; reference: {expression}, as the owner of the tables", "leads/s")
    for name, (_, target, what) in WRITTEN.items():
        yield bench.faster(name, rates["ours"], rates[name], target, f"{on}; reference: {what}; on {SAMPLE} leads", "leads/s")
