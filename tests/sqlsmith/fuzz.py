#!/usr/bin/env python3
"""fuzz.py LOGIN SECONDS SEED: calls every function of schema steward that a login may call with hostile arguments, each call for good.

First every hostile value for each argument beside usual ones, then random mixtures until the time is over. Every refusal must be one of
ours: an error inside our functions without DETAIL code=… is a finding, and so are SQLSTATE XX000 and a lost connection. Exit 1 with a finding.
"""
import collections
import os
import random
import re
import subprocess
import sys
import time

from values import BY_NAME, BY_TYPE, JSON_TEXT, TEXT, USUAL, USUAL_IN

# Calls in one psql: so many that its start costs nothing, so few that the end of the time is kept.
BATCH = 50
# Not ours, whoever is calling: cancelled by the limit on a statement, out of memory for a text that was asked for.
NOT_OURS = {"57014", "53200"}

FUNCTIONS = """
select p.proname, coalesce(a.name, ''), coalesce(format_type(a.type, null), '')
from pg_proc p
left join lateral unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) with ordinality as a (name, type, n) on true
where p.pronamespace = 'steward'::regnamespace and has_function_privilege(p.oid, 'execute') order by p.oid, a.n
"""


def psql(login, text, *options):
    """Runs psql as a login and returns what it wrote to standard output and standard error."""
    environment = dict(os.environ, PGUSER=login, PGOPTIONS="-c statement_timeout=5s -c client_min_messages=error -c jit=off")
    ended = subprocess.run(["psql", "-qXAt", *options], input=text, env=environment, capture_output=True, text=True, errors="replace", check=False)
    return ended.stdout, ended.stderr


def functions_of(login):
    """The functions a login may call, each with its arguments as (name, type)."""
    found = collections.defaultdict(list)
    for line in psql(login, FUNCTIONS)[0].splitlines():
        function, argument, kind = line.split("|")
        found[function] += [(argument, kind)] if argument else []
    return dict(found)


def call(function, arguments):
    """The statement that calls a function with arguments as (name, type, expression)."""
    passed = ", ".join(f"{name} => ({value})::{kind}" for name, kind, value in arguments)
    return f"select * from steward.{function}({passed})"


def usual(function, name):
    """A value that works."""
    return USUAL_IN.get((function, name), USUAL.get(name, "null"))


def single_calls(functions):
    """Each hostile value for each argument, beside usual ones."""
    for function, arguments in functions.items():
        yield call(function, [(name, kind, usual(function, name)) for name, kind in arguments])
        for changed, kind_of_changed in arguments:
            for hostile in BY_NAME.get(changed, BY_TYPE[kind_of_changed]):
                yield call(function, [(name, kind, hostile if name == changed else usual(function, name)) for name, kind in arguments])


def random_calls(functions, dice):
    """Mixtures, for ever."""
    with_arguments = [item for item in functions.items() if item[1]]
    while True:
        function, arguments = dice.choice(with_arguments)
        yield call(function, [(name, kind, dice.choice(BY_NAME.get(name, BY_TYPE[kind])) if dice.random() < 0.4 else usual(function, name)) for name, kind in arguments])


def claims():
    """What a gateway may say of whom it speaks for."""
    for setting in ("request.jwt.claims", "steward.user_id"):
        for value in TEXT[1:] + JSON_TEXT[1:]:
            yield f"select set_config('{setting}', {value}, true), steward.uid(), steward.actor_kind(), (select count(*) from steward.jobs)"


def refusals(batch, errors):
    """What psql said of each statement: (statement, SQLSTATE, whole report)."""
    for part in re.split(r"^@@", errors, flags=re.MULTILINE)[1:]:
        number, _, report = part.partition("\n")
        state = re.search(r"ERROR:  ([0-9A-Z]{5}):", report)
        if state or "connection" in report:
            yield batch[int(number)], state.group(1) if state else "lost", report


def is_finding(state, report):
    """Whether a refusal is a bug: an internal error, or an error inside our functions that has no words of ours."""
    context = report.partition("\nCONTEXT:  ")[2]
    ours = "PL/pgSQL function steward." in context or 'SQL function "' in context
    return state in ("XX000", "lost") or ours and "\nDETAIL:  code=" not in report and state not in NOT_OURS


def kind_of(statement, state, report):
    """What findings have in common that are one: function, SQLSTATE and message without numbers."""
    message = re.sub(r"[0-9a-f-]{36}|\d+", "#", report.splitlines()[0])[-150:]
    return statement.partition("(")[0], state, message


def run(login, batch):
    """Runs a batch and returns its refusals."""
    lines = ["\\set VERBOSITY verbose"]
    for number, statement in enumerate(batch):
        lines += [f"\\warn @@{number}", f"{statement} \\g /dev/null"]
    return list(refusals(batch, psql(login, "\n".join(lines) + "\n")[1]))


def main():
    """Fuzzes until the time is over, and says what was found."""
    login, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    end = time.monotonic() + seconds
    functions = functions_of(login)
    single = list(single_calls(functions)) + (list(claims()) if "gateway" in login else [])
    # Shuffled, so that a short run is a sample of all functions.
    dice = random.Random(seed)
    dice.shuffle(single)
    mixed = random_calls(functions, dice)
    states, findings, ran = collections.Counter(), {}, 0
    while time.monotonic() < end:
        batch, single = single[:BATCH], single[BATCH:]
        batch = batch or [next(mixed) for _ in range(BATCH)]
        for statement, state, report in run(login, batch):
            states[state] += 1
            if is_finding(state, report):
                findings.setdefault(kind_of(statement, state, report), (statement, report))
        ran += len(batch)
    left = f", {len(single)} single changes left" if single else ""
    print(f"fuzz: {login}: {ran} calls of {len(functions)} functions{left}; refused: {', '.join(f'{s} {n}' for s, n in sorted(states.items()))}")
    for statement, report in findings.values():
        print(f"FOUND as {login}: {statement}\n{report[:1500]}")
    sys.exit(1 if findings or not functions or not ran else 0)


main()
