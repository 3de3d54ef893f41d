"""train_model in SQL, against scikit-learn's LogisticRegression on the matrix that the fitted model made of the same leads.

Ours is the whole call, as an analyst has it: leads read under way, levels and deciles found, weights fitted to nine digits, five more fits that calibrate them, figures on leads held out, alarms, the
model stored. scikit-learn is given the finished matrix and timed in fit alone, with its solver lbfgs as it comes, but for the rounds it may take. Both penalise alike (l2 = 1); with lbfgs made to
go on to the end, both say the same of every lead.
"""

import time

import numpy
import psycopg
import sklearn
from sklearn.linear_model import LogisticRegression

import bank

BANKER = "bench_banker"
MOST_APART = 1e-4  # of a probability, once lbfgs is made to go on to the end
TO_THE_END = 1e-8  # its gradient then; 1e-4 is what it stops at otherwise
ROUNDS_OF_LBFGS = 1000  # a hundred do not lead to the end
WORKSPACE = """
    select steward.add_member(steward.create_workspace('bank', 'Bank'), '44444444-4444-4444-4444-444444444444', 'owner'),
        steward.map_login('bench_banker', '44444444-4444-4444-4444-444444444444')"""


def train(member):
    """Seconds of a training, and the model that it stored."""
    began = time.perf_counter()
    version, = member.execute("select t.version from steward.train_model('likely') t").fetchone()
    return time.perf_counter() - began, version


def fit(matrix, won, gradient=1e-4):
    """Seconds of scikit-learn's fit, and what it has learned."""
    regression = LogisticRegression(C=1.0, max_iter=ROUNDS_OF_LBFGS, tol=gradient)
    began = time.perf_counter()
    regression.fit(matrix, won)
    return time.perf_counter() - began, regression


class Task:
    """The matrix of the training leads, and what is checked of it."""

    def __init__(self, admin, member, leads):
        _, version = train(member)
        self.model, = admin.execute("select m.fitted from steward.model m join steward.workspace w on w.id = m.workspace_id where w.slug = 'bank' and m.version = %s", [version]).fetchone()
        known = self.model["leads"]  # the earliest: what came later is held out
        self.sparse = bank.matrix(self.model, leads)[:known]
        self.dense = self.sparse.toarray()
        self.won = numpy.array([won for _, won in leads])[:known]
        counted = numpy.concatenate([feature["leads"] for feature in self.model["features"]])
        if not (numpy.asarray(self.sparse.sum(axis=0)).ravel() == counted).all() or self.won.sum() != self.model["wins"]:
            raise SystemExit("error: the matrix is not the one that the model was trained on")

    def apart(self, gradient):
        """How far its probabilities are from ours at most. The weights of columns that no lead has are anything: they move nobody."""
        weights, intercept = bank.weights(self.model)
        ours = 1 / (1 + numpy.exp(-(self.sparse @ weights + intercept)))
        return numpy.abs(ours - fit(self.dense, self.won, gradient)[1].predict_proba(self.sparse)[:, 1]).max()

    def check(self):
        if (apart := self.apart(TO_THE_END)) > MOST_APART:
            raise SystemExit(f"error: the two say of a lead what is {apart:.4f} apart")


def measure(bench):
    """train: 0.5 of scikit-learn's fit."""
    bench.admin.execute(WORKSPACE)
    member = psycopg.connect(user=BANKER, autocommit=True)
    leads = bank.import_all(member)
    bench.admin.execute("vacuum analyze steward.lead")
    task = Task(bench.admin, member, leads)
    seconds = bench.in_turn({"ours": lambda: train(member)[0], "dense": lambda: fit(task.dense, task.won)[0], "sparse": lambda: fit(task.sparse, task.won)[0]})
    task.check()
    on = (f"{len(leads)} contacts of a bank, {len(task.won)} to learn from, {task.dense.shape[1]} columns; the whole of train_model, by an owner, against the fit alone of "
          f"LogisticRegression(C=1, max_iter={ROUNDS_OF_LBFGS}) of scikit-learn {sklearn.__version__}; both find the same, but for {task.apart(1e-4):.0e} of a probability where it stops early")
    for name, side, target in (("train", "dense", 0.5), ("train_sparse", "sparse", 0.5)):
        yield bench.faster(name, [1 / each for each in seconds["ours"]], [1 / each for each in seconds[side]], target, f"{on}; matrix {side}", "trainings/s")
