"""A hundred claimers race for the money of a few limits while workers are killed, and the sandbox bills less, as much as and more than was set aside.

What runs is the scenario of tests/chaos/tests/overspend.rs, which says how and fails where anything but these figures is wrong.
"""

import json
import os
import subprocess

from support import ROOT

COMMAND = ["cargo", "test", "--locked", "-q", "-p", "steward-chaos", "overspend", "--", "--test-threads=1", "--nocapture"]
NANOS = 1_000_000_000


def measure(bench):
    """overspend: no dollar over any limit, and bill and ledger the same."""
    environment = {**os.environ}
    environment.pop("DATABASE_URL", None)  # the scenario makes databases of its own
    done = subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    races = [json.loads(line.removeprefix("race: ")) for line in done.stdout.splitlines() if line.startswith("race: ")]
    if done.returncode != 0 or len(races) != 2:
        raise SystemExit(f"error: the scenario failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    for race in races:
        over, agree = race["overspend"] / NANOS, race["ledger"] == race["bill"]
        beyond = race["models"] == "sandbox-bill-more"  # what a provider bills beyond its own bound nobody can hold before
        on = (f"{race['claimers']} racing claimers, {race['killed']} of {race['workers']} workers killed and {race['died']} sessions dead with a job; models {race['models']}; {race['calls']} calls paid; "
              f"of the answered ones the ledger has ${race['ledger'] / NANOS:.9f} and the sandbox billed ${race['bill'] / NANOS:.9f}; "
              f"versions of windows with something held that did not fit: {race['held_over']}")
        name = "overspend_more" if beyond else "overspend"
        yield {**bench.line(name, "$", [over], None, None, None if beyond else 0, on), "met": agree and race["held_over"] == 0 and (beyond or over == 0)}
