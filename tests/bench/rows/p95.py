"""How long people wait: p95 of an enqueue and of looking at a job, with 1,000 sessions through pgbouncer in transaction mode.

Each session is a user of its own, named for each transaction by a trusted gateway as PostgREST does it, under row security. On average
it looks at the job it has enqueued last every 2.5 seconds, half of the time in steward.job_status and half of the time in steward.jobs, and
enqueues another one every 10 seconds. pgbench keeps that rate whatever the answers take, and times a transaction from when it was due.
Meanwhile a real worker does the jobs. Draft reads, the third figure of the design's table, come with drafts.
"""

import collections
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import open_files
import pooler
from payload import PAYLOAD
from provider import Provider, define_carousel, worker
from support import GATEWAY, ROUNDS, SECONDS_EACH

SESSIONS = 1000
WORKSPACES = 20  # with 50 members each
RATE = 500  # transactions a second: 1,000 people, each every 2 seconds
WARM_UP = 2 * SECONDS_EACH  # seconds of each run that do not count: every session comes for the first time, the pooler opens its own
COUNTED = 4 * SECONDS_EACH  # seconds that do
DEADLINE = 30  # seconds until the jobs of the last round must be done
TOOL = "watched"  # and its queue

USER = "format('33333333-3333-4333-8333-%s', lpad((:client_id)::text, 12, '0'))"
ENQUEUE = f"select steward.enqueue('{TOOL}', {PAYLOAD}) as job \\gset\n"
# A session enqueues in its first transaction, whatever else it does there, so that it has a job to look at.
FORM = f"""\\set n random(1, 1000000)
begin;
set local role bench_visitor;
select set_config('request.jwt.claims', json_build_object('sub', {USER}, 'role', 'bench_visitor')::text, true);
\\if :fresh
{ENQUEUE}\\set fresh 0
\\endif
{{body}}commit;
"""
SCRIPTS = {  # name -> (its share of ten transactions, what it does, its target in ms)
    "enqueue": (2, ENQUEUE, 500),
    "status": (4, "select state, progress, message, updated_at from steward.job_status where id = (:job)::uuid;\n", 200),
    "job": (4, "select state, waiting_for, progress, result, error_code, error_message from steward.jobs where id = (:job)::uuid;\n", 200),
}


def let_users_in(admin):
    """A workspace for every 50 users, and a gateway that speaks for all of them."""
    admin.execute("select steward.trust_gateway(%s)", [GATEWAY])
    for workspace in range(WORKSPACES):
        admin.execute("""
            select steward.add_member(w.id, format('33333333-3333-4333-8333-%%s', lpad(n::text, 12, '0'))::uuid, 'editor')
            from (select steward.create_workspace(format('people-%%s', %(number)s::int), 'People') as id offset 0) w,
                generate_series(%(number)s::int, %(sessions)s::int - 1, %(workspaces)s::int) n""",
                      {"number": workspace, "sessions": SESSIONS, "workspaces": WORKSPACES})


def run(port):
    """Script -> milliseconds of its transactions."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = []
        for script, (share, body, _) in SCRIPTS.items():
            path = folder / f"{script}.sql"
            path.write_text(FORM.format(body=body), encoding="utf8")
            files += ["-f", f"{path}@{share}"]
        # extended: pgbouncer of Debian 12 knows no prepared statements.
        command = ["pgbench", "-n", "-M", "extended", "-h", "127.0.0.1", "-p", str(port), "-c", str(SESSIONS), "-j", "2", "-T", str(WARM_UP + COUNTED),
                   "-R", str(RATE), "-D", "fresh=1", "-D", "job=0", "--log", f"--log-prefix={folder / 'log'}", *files]
        done = subprocess.run(command, env={**os.environ, "PGUSER": GATEWAY}, capture_output=True, text=True, check=False)
        if done.returncode != 0 or "number of failed transactions: 0 " not in done.stdout:
            raise SystemExit(f"error: pgbench failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return read_logs(folder.glob("log.*"))


def read_logs(paths):
    """A line is: client, transaction of that client from 1, microseconds since it was due, script, seconds and microseconds when it ended, …"""
    rows = [[*map(int, line.split()[:6])] for path in paths for line in path.read_text(encoding="utf8").splitlines()]
    begin = min(row[4] for row in rows)
    times = collections.defaultdict(list)
    for _, number, microseconds, script, ended, _ in rows:
        if number > 1 and ended - begin >= WARM_UP:
            times[list(SCRIPTS)[script]].append(microseconds / 1000)
    return times


def wait_until_all_are_done(bench, working):
    """Or the sessions would have looked at jobs that nobody does."""
    deadline = time.time() + DEADLINE
    while True:
        open_jobs, = bench.admin.execute("select count(*) from steward.job where queue = %s and outcome is distinct from 'succeeded'", [TOOL]).fetchone()
        if open_jobs == 0:
            return
        if working.poll() is not None or time.time() > deadline:
            raise SystemExit(f"error: {open_jobs} jobs have not succeeded {DEADLINE} s after the last session left; the worker's exit code is {working.poll()}")
        time.sleep(0.1)


def measure(bench):
    """p95: 500 ms for an enqueue, 200 ms for a look at a job."""
    open_files.allow(SESSIONS + 200)
    provider = Provider()
    define_carousel(bench.admin, TOOL, provider)
    let_users_in(bench.admin)
    rounds = []
    with pooler.pooler(GATEWAY, SESSIONS) as port, worker(provider, TOOL) as working:
        run(port)
        bench.admin.execute("vacuum analyze")  # as autovacuum would have done in a database that lives for more than a minute
        for _ in range(ROUNDS):
            rounds.append(run(port))
        wait_until_all_are_done(bench, working)
    for script, (_, _, target) in SCRIPTS.items():
        p95 = [statistics.quantiles(times[script], n=20)[18] for times in rounds]
        count = sum(len(times[script]) for times in rounds)
        on = (f"{SESSIONS} sessions of as many users in {WORKSPACES} workspaces, {RATE} transactions a second ({share_of_each()}), {COUNTED} s after {WARM_UP} s, "
              f"pgbouncer in transaction mode with {pooler.POOL} server sessions, gateway with claims under row security, one worker doing the jobs; "
              f"{count} of these; {ROUNDS} rounds, medians")
        yield bench.at_most(f"p95_{script}", "ms", p95, target, on)


def share_of_each():
    return ", ".join(f"{share * 10} % {script}" for script, (share, _, _) in SCRIPTS.items())
