"""What every row needs: the database with its member, pgbench, rounds in turn with medians, and one line per result."""

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
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS_EACH = int(os.environ.get("SECONDS_EACH", "4"))  # of one contestant in one round, where pgbench drives it
MEMBER = "bench_member"
WORKER = "bench_worker"


def commit():
    """The commit that is measured, with + when files were changed since; None outside a repository."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


class Bench:
    """A database with one real member, and the ways to measure in it."""

    def __init__(self):
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-f", HERE / "world.sql"], check=True, stdout=subprocess.DEVNULL)
        self.admin = psycopg.connect(autocommit=True)
        self.check_member()
        self.machine = self.describe_machine()
        self.commit = commit()
        self.results = []

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
            command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(SECONDS_EACH), "-f", file.name]
            done = subprocess.run(command, env={**os.environ, "PGUSER": user}, capture_output=True, text=True, check=False)
        rate = re.search(r"tps = ([\d.]+) \(without", done.stdout)
        failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
        if done.returncode != 0 or not rate or not failed or failed[1] != "0":
            raise SystemExit(f"error: pgbench failed: {done.stdout}{done.stderr}")
        return float(rate[1])

    def result(self, name, ours, reference, target, on):
        """One line from the figures of both sides, round by round.

        The ratio is the median of the rounds' ratios: what slows a whole round down falls out of it. `reference` is None where there is
        nothing to compare with; `target` is the ratio to reach, or None for a figure that is only shown.
        """
        ratio = round(statistics.median(a / b for a, b in zip(ours, reference)), 3) if reference else None
        return self.line(
            name, "jobs/s", round(statistics.median(ours)), round(statistics.median(reference)) if reference else None, ratio, target,
            None if ratio is None or target is None else ratio >= target, f"{on}; {ROUNDS} rounds in turn, medians",
            {"ours": [round(rate) for rate in ours], "reference": [round(rate) for rate in reference or []]})

    def absolute(self, name, unit, ours, target, on):
        """One line for a figure that has to be at most `target`, from those of the rounds; its ratio is target / ours."""
        middle = statistics.median(ours)
        return self.line(name, unit, round(middle, 2), None, round(target / middle, 3), target, middle <= target, f"{on}; {ROUNDS} rounds, medians",
                         {"ours": [round(figure, 2) for figure in ours]})

    def line(self, name, unit, ours, reference, ratio, target, met, on, rounds):
        return {
            "bench": name, "unit": unit, "ours": ours, "reference": reference, "ratio": ratio, "target": target, "met": met,
            "on": f"{on}; {self.machine}", "rounds": rounds,
            "commit": self.commit, "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        }
