"""The day of 10,000 accounts: one tick of the governor draws their caps, reads their backlogs and plans their moments.

Each round is a tick of its own day, ten minutes before the window of all accounts opens, called by an ordinary worker's session. Accounts have forty actions in their
backlog, and have done nothing yet: what a week's stop looks up of their ledgers is one probe of an index each.
"""

import time

import psycopg
from support import ROUNDS, WORKER

ACCOUNTS = 10_000
BACKLOG = 40
FIRST_DAY = "2027-03-01"  # a Monday
MEMBER_ID = "11111111-1111-1111-1111-111111111111"


def fill(admin):
    """Accounts as add_account and enable_account make them, and their backlogs; in statements over all of them."""
    admin.execute("select steward.define_provider('outreach', '{\"base_url\": \"https://outreach.example\"}')")
    admin.execute("""select steward.define_tool('outreach_send_invite', '{"executor": "http", "provider": "outreach", "adapter": "http_json", "governed": true, "max_tries": 1,
        "effect": "external", "on_lost": "in_doubt", "request": {"path": "/invite", "body": {"to": "{{ payload.person }}"}}, "response": {"result": ""}}')""")
    admin.execute("""
        insert into steward.account (id, workspace_id, name, provider, external_id, secret, created_at, enabled_at, warm_up_from, clean_since)
        select steward.new_id(), w.id, 'account ' || n, 'outreach', 'account ' || n, steward.random_secret(), now(), now(), '2026-01-01', now()
        from steward.workspace w, generate_series(1, %s) n""", [ACCOUNTS])
    admin.execute("insert into steward.account_zone (account_id, from_day, time_zone, set_at) select a.id, '-infinity', 'UTC', now() from steward.account a")
    admin.execute("select count(steward.add_policy(a.id, '{}', '-infinity', 'person')) from steward.account a")
    admin.execute("""
        insert into steward.action (id, workspace_id, account_id, kind, person, person_hash, payload, not_before, priority, state, scheduled_by, scheduled_at)
        select steward.new_id(), a.workspace_id, a.id, 'send_invite', p.person, sha256(convert_to(p.person, 'UTF8')), '{}', now(), 0, 'backlog', %s, now()
        from steward.account a cross join generate_series(1, %s) n cross join lateral (select format('%%s %%s', a.name, n) as person) p""", [MEMBER_ID, BACKLOG])
    for table in ("account", "account_zone", "policy", "policy_kind", "action"):
        admin.execute(f"vacuum analyze steward.{table}")


def tick(admin, week):
    """Seconds of one tick on the Monday of a week."""
    admin.execute(f"""do $$ begin execute format('alter role {WORKER} set steward.clock_offset = %L',
        extract(epoch from '{FIRST_DAY} 08:50+00'::timestamptz + {week} * interval '7 days' - clock_timestamp())::text); end $$""")
    before = planned(admin)
    with psycopg.connect(user=WORKER, autocommit=True) as worker:
        worker.execute("select steward.now()")  # loads the library
        began = time.perf_counter()
        worker.execute("select steward.governor_tick()")
        seconds = time.perf_counter() - began
    days, moments = planned(admin)
    if days - before[0] != ACCOUNTS or moments - before[1] < 20 * ACCOUNTS:
        raise SystemExit(f"error: {days - before[0]} days with {moments - before[1]} moments were planned, not those of {ACCOUNTS} accounts")
    return seconds


def planned(admin):
    """How many days are planned, and with how many moments."""
    return admin.execute("select count(*), coalesce(sum(cardinality(p.moments)), 0) from steward.day_plan p").fetchone()


def measure(bench):
    """plan: 1 s."""
    fill(bench.admin)
    rounds = [tick(bench.admin, week) for week in range(ROUNDS)]
    bench.admin.execute(f"alter role {WORKER} reset steward.clock_offset")
    yield bench.at_most("plan", "s", rounds, 1, (
        f"one tick that draws and plans a day of {ACCOUNTS} accounts with {BACKLOG} actions each (20 to 40 moments a day, stored); "
        f"{ROUNDS} days, median"))
