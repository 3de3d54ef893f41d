"""The first fifty of a million leads as a member opens them at nine, against fifty entries of the index that ranks them.

A second workspace, with as many leads and scores, lies in the same tables. Both sides are prepared statements of one connection of the same member, run again and again by pgbench. Ours is all
columns of steward.top_leads: score, word, trend, last signal and reasons of each, and the lead. The reference reads lead and score from the ledger by the index, under row security as well; how
far row security is the reason is seen from `top_leads_bare`, whose reference is a copy of the ledger without it.
"""

import leads

LIMIT = "select * from steward.top_leads limit 50"
# What is asked for -> how it is written.
OURS = {"top_leads": LIMIT, "top_leads_ranked": "select * from steward.top_leads where rank <= 50", "page_leads": "select * from steward.page_leads()",
        "top_leads_scores": "select rank, lead_id, company, score, heat from steward.top_leads limit 50"}
INDEX = "select s.lead_id, s.score from {} s where s.rubric_id = '{}' and s.superseded_at is null and not s.closed order by s.score desc, s.lead_id limit 50"
COPY = """
    drop table if exists bare.lead_score;
    create table bare.lead_score (like steward.lead_score including all);
    insert into bare.lead_score (rubric_id, lead_id, version, workspace_id, at, contributions, due_at, closed)
    select s.rubric_id, s.lead_id, s.version, s.workspace_id, s.at, s.contributions, s.due_at, s.closed from steward.lead_score s where s.superseded_at is null"""


def check(member, rubric):
    """What is measured finds the same leads as the index, a full page of them."""
    expected = [lead for lead, _ in member.execute(INDEX.format("steward.lead_score", rubric)).fetchall()]
    for name, query in OURS.items():
        found = [lead for lead, in member.execute(f"select q.lead_id from ({query}) q").fetchall()]
        if found != expected or len(found) != 50:
            raise SystemExit(f"error: {name} finds other leads than the index of ranks")


def measure(bench):
    """top_leads: a tenth of the index scan's rate."""
    for workspace, user in (("leads", leads.SELLER), ("others", leads.RIVAL)):
        leads.fill(bench.admin, workspace)
        member = leads.session(user)
        leads.put_in_force(bench.admin, member, "fit", "inbound_fit_v1")
        member.close()
    member = leads.session()
    rubric, = member.execute("select r.id from steward.rubrics r where r.state = 'published'").fetchone()
    check(member, rubric)
    bench.admin.execute(COPY)
    bench.admin.execute("vacuum analyze bare.lead_score")
    bench.admin.execute("grant select on bare.lead_score to bench_seller")
    queries = {**OURS, "index": INDEX.format("steward.lead_score", rubric), "bare": INDEX.format("bare.lead_score", rubric)}
    rates = bench.in_turn({name: lambda query=query: bench.pgbench(query, 1, leads.SELLER) for name, query in queries.items()})
    on = f"{leads.LEADS} leads, and as many of another workspace beside them; pgbench, one connection, prepared, as a member under row security"
    for name, target in (("top_leads", 0.1), ("top_leads_ranked", 0.1), ("page_leads", None), ("top_leads_scores", None)):
        yield bench.faster(name, rates[name], rates["index"], target, f"{OURS[name]}; {on}; reference: 50 entries of the same index by the same member", "pages/s")
    yield bench.faster("top_leads_bare", rates["top_leads"], rates["bare"], None, f"{LIMIT}; {on}; reference: 50 entries of that index on a copy without row security", "pages/s")
