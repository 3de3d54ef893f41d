"""What every row needs: the database with its member, pgbench, rounds in turn, and one line per result."""

import datetime
import os
import pathlib
import re
import statistics
import subprocess
import tempfile

import psycopg

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
LONG = os.environ.get("LONG") == "1"
ROUNDS = int(os.environ.get("ROUNDS", "5" if LONG else "3"))
SECONDS_EACH = int(os.environ.get("SECONDS_EACH", "4"))  # of one contestant in one round, where a rate is measured for a time
# Of pgbench, whose sessions are new: 16 of them load the library, compile their tool and plan their functions first, which was a twentieth of 4 seconds.
PGBENCH_SECONDS = int(os.environ.get("SECONDS_EACH", "10"))
MEMBER = "bench_member"
WORKER = "bench_worker"
GATEWAY = "bench_gateway"


def run_sql(name, database=None):
    """Runs a script of this folder as the superuser."""
    where = ["-d", database] if database else []
    subprocess.run(["psql", "-qX", *where, "-v", "ON_ERROR_STOP=1", "-f", HERE / name], check=True, stdout=subprocess.DEVNULL)


def commit():
    """The commit that is measured, with + when files were changed since; None outside a repository."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


class Bench:
    """A database with one real member, and the ways to measure in it."""

    def __init__(self):
        run_sql("roles.sql")
        run_sql("world.sql")
        self.admin = psycopg.connect(autocommit=True)
        self.check_member()
        self.machine = self.describe_machine()
        self.commit = commit()

    def check_member(self):
        """A superuser, or a table without row security, would be measured without what every real call pays for."""
        with psycopg.connect(user=MEMBER, autocommit=True) as member:
            state = member.execute("""
                select row_security_active('steward.job'), rolsuper or rolbypassrls, (select count(*) from steward.my_workspaces())
                from pg_roles where rolname = session_user""").fetchone()
        if state != (True, False, 1):
            raise SystemExit(f"error: the benches must run as an ordinary member under row security, not {state}")

    def describe_machine(self):
        settings = ("server_version", "synchronous_commit", "fsync", "shared_buffers")
        values = [self.admin.execute(f"show {name}").fetchone()[0].split()[0] for name in settings]
        return f"PostgreSQL {values[0]}, " + ", ".join(map(" ".join, zip(settings[1:], values[1:]))) + f", {os.cpu_count()} cores"

    def in_turn(self, contestants):
        """Runs each contestant once a round and returns the figures of each, round by round.

        Every other round goes backwards, so that nobody always comes first on a machine that is slowing down.
        """
        figures = {name: [] for name in contestants}
        for number in range(ROUNDS):
            names = list(contestants) if number % 2 == 0 else list(reversed(contestants))
            for name in names:
                self.admin.execute("checkpoint")
                figures[name].append(contestants[name]())
        return figures

    def pgbench(self, script, clients, user=MEMBER):
        """Transactions per second of a pgbench script, each transaction one prepared statement."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(script)
            file.flush()
            command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(PGBENCH_SECONDS), "-f", file.name]
            done = subprocess.run(command, env={**os.environ, "PGUSER": user}, capture_output=True, text=True, check=False)
        rate = re.search(r"tps = ([\d.]+) \(without", done.stdout)
        failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
        if done.returncode != 0 or not rate or not failed or failed[1] != "0":
            raise SystemExit(f"error: pgbench failed: {done.stdout}{done.stderr}")
        return float(rate[1])

    def faster(self, name, ours, reference, target, on, unit="jobs/s"):
        """One line from the rates of both sides, round by round.

        The ratio is the median of the rounds' ratios: what slows a whole round down falls out of it. `reference` is None where there is
        nothing to compare with; `target` is the ratio to reach, or None for a figure that is only shown.
        """
        ratio = statistics.median(a / b for a, b in zip(ours, reference)) if reference else None
        return self.line(name, unit, ours, reference, ratio, target, f"{on}; {len(ours)} rounds in turn, medians")

    def sooner(self, name, unit, ours, reference, on):
        """One line from durations of both sides, round by round; its ratio is reference / ours, so that above 1 we are the faster one."""
        ratio = statistics.median(b / a for a, b in zip(ours, reference))
        return self.line(name, unit, ours, reference, ratio, None, f"{on}; {len(ours)} rounds in turn, medians")

    def at_most(self, name, unit, ours, target, on):
        """One line for a figure that has to be at most `target`, from those of the rounds; its ratio is target / ours."""
        return self.line(name, unit, ours, None, target / statistics.median(ours), target, on, least_ratio=1)

    def at_least(self, name, unit, ours, target, on):
        """One line for a figure that has to be at least `target`, from those of the rounds; its ratio is ours / target."""
        return self.line(name, unit, ours, None, statistics.median(ours) / target, target, on, least_ratio=1)

    def line(self, name, unit, ours, reference, ratio, target, on, least_ratio=None, rounds=None):
        """`target` is the ratio to reach, unless least_ratio says so. `rounds` where they are not what the medians are of."""
        least = target if least_ratio is None else least_ratio
        rounds = rounds or {"ours": ours, "reference": reference or []}
        return {
            "bench": name, "unit": unit, "ours": shown(statistics.median(ours)), "reference": shown(statistics.median(reference)) if reference else None,
            "ratio": None if ratio is None else round(ratio, 3), "target": target,
            "met": None if ratio is None or least is None else ratio >= least, "on": f"{on}; {self.machine}",
            "rounds": {side: [*map(shown, figures)] for side, figures in rounds.items()},
            "commit": self.commit, "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        }


def shown(figure):
    """Whole jobs a second, and hundredths of what is small."""
    return round(figure) if figure >= 1000 else round(figure, 2)
