"""A thousand leads do something: refresh_scores() computes theirs, against the score of every lead computed anew by the same rubric.

The rubric is inbound_engaged_v1, which reads signals. After each refresh every lead is computed again, and no score may turn out to be another one: the refresh has found all that had changed.
"""

import statistics

import leads
from support import ROUNDS

SIGNALS = 1000
# Each round's are other leads, of all ages.
CHOSEN = "select array_agg(c.id) from (select l.id from steward.lead l where abs(uuid_hash(l.id) %% %s) = %s limit %s) c"
RECORD = "select count(*) filter (where steward.record_signal(c, 'email_reply')) from unnest(%s::uuid[]) c"
CHANGED_BESIDES = """
    select count(*) from steward.lead_score n join steward.lead_score b on b.rubric_id = n.rubric_id and b.lead_id = n.lead_id and b.version = n.version - 1
    where n.superseded_at is null and n.at > %s and b.score <> n.score"""


def round_of(bench, member, number):
    """Seconds that recording, refreshing and computing everything took."""
    chosen, = member.execute(CHOSEN, [max(1, leads.LEADS // SIGNALS // 4), number, SIGNALS]).fetchone()
    bench.admin.execute("checkpoint")
    recording, recorded = leads.timed(member, RECORD, [chosen])
    refreshing, moved = leads.timed(member, "select steward.refresh_scores()")
    if (recorded, moved) != (SIGNALS, SIGNALS):
        raise SystemExit(f"error: {recorded} signals moved {moved} scores, not {SIGNALS}")
    before, = bench.admin.execute("select clock_timestamp()").fetchone()
    everything, _ = leads.timed(member, "select steward.score_leads()")
    missed, = bench.admin.execute(CHANGED_BESIDES, [before]).fetchone()
    if missed:
        raise SystemExit(f"error: the refresh left {missed} scores that were not so any more")
    return recording, refreshing, everything


def measure(bench):
    """refresh: 100 times faster than computing everything."""
    leads.fill(bench.admin)
    member = leads.session()
    leads.put_in_force(bench.admin, member, "engaged", "inbound_engaged_v1")
    rounds = [round_of(bench, member, number) for number in range(ROUNDS)]
    recording, refreshing, everything = ([figure * 1000 for figure in figures] for figures in zip(*rounds))
    on = f"{SIGNALS} signals on {leads.LEADS} leads, rubric inbound_engaged_v1, by their owner under row security; reference: score_leads(), which computes all and finds no other score; {ROUNDS} rounds, medians"
    ratio = statistics.median(all_leads / some for all_leads, some in zip(everything, refreshing))
    yield bench.line("refresh", "ms", refreshing, everything, ratio, 100, f"refresh_scores(); {on}")
    both = [one + other for one, other in zip(recording, refreshing)]
    yield bench.sooner("refresh_recorded", "ms", both, everything, f"the same with what the {SIGNALS} calls of record_signal took before it, in one statement; {on}")
