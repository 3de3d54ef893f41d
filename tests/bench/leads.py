"""The leads of the benches, and their owner's session: rows that score leads share them. See leads.sql."""

import os
import time

import psycopg

from support import run_sql

LEADS = int(os.environ.get("LEADS", "1000000"))
SELLER = "bench_seller"
RIVAL = "bench_rival"  # of the other workspace


def count(admin, workspace):
    """How many leads a workspace has; None without the workspace."""
    found, leads = admin.execute("""
        select count(distinct w.id), count(l.id) from steward.workspace w left join steward.lead l on l.workspace_id = w.id where w.slug = %s""", [workspace]).fetchone()
    return leads if found else None


def fill(admin, workspace="leads"):
    """LEADS leads in a workspace, unless an earlier row has put them there."""
    if count(admin, workspace) is None:
        run_sql("leads.sql")
    if count(admin, workspace) == 0:
        admin.execute("call bare.fill_leads(%s, %s)", [workspace, LEADS])
        admin.execute("vacuum analyze steward.lead")


def session(user=SELLER):
    """An ordinary member's; no figure counts that was taken past row security."""
    member = psycopg.connect(user=user, autocommit=True)
    state = member.execute("""
        select row_security_active('steward.lead'), row_security_active('steward.lead_score'), rolsuper or rolbypassrls
        from pg_roles where rolname = session_user""").fetchone()
    if state != (True, True, False):
        raise SystemExit(f"error: {user} must be an ordinary member under row security, not {state}")
    return member


def define(member, name, preset):
    """A new version of a rubric, made of a preset."""
    return member.execute("select steward.define_rubric(%s, steward.lead_preset('rubric', %s))", [name, preset]).fetchone()[0]


def put_in_force(admin, member, name, preset):
    """The rubric of that name with all its scores, as after a night's vacuum."""
    define(member, name, preset)
    member.execute("select steward.publish_rubric(%s)", [name])
    admin.execute("vacuum analyze steward.lead_score")


def timed(connection, statement, arguments=None):
    """Seconds of a statement, and the first value it returned."""
    began = time.perf_counter()
    found = connection.execute(statement, arguments)
    row = found.fetchone() if found.description else None
    return time.perf_counter() - began, row[0] if row else None
