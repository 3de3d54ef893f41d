"""Prints the reference figures of tests/leads_model.rs, found by scikit-learn 1.9.1 on the same leads and columns.

    python3 -m venv venv && venv/bin/pip install scikit-learn==1.9.1 && venv/bin/python reference.py
"""
import math

import numpy
from sklearn.linear_model import LogisticRegression

LEADS = 240


def lead(n):
    """Segment, headcount (or None), and whether the lead was won."""
    segment = "abc"[n * n % 3 if n % 5 else 2]
    headcount = None if n % 11 == 0 else (n * 37 % 101) / 4
    won = (n * 53 % 97) < 20 + 25 * (segment == "b") + (0 if headcount is None else headcount)
    return segment, headcount, won


def columns(leads):
    """One for each segment; deviations from the mean, and whether there is no headcount."""
    known = [headcount for _, headcount, _ in leads if headcount is not None]
    mean = sum(known) / len(known)
    deviation = math.sqrt(sum((headcount - mean) ** 2 for headcount in known) / len(known))
    for segment, headcount, _ in leads:
        number = 0.0 if headcount is None else (headcount - mean) / deviation
        yield [float(segment == level) for level in "abc"] + [number, float(headcount is None)]


leads = [lead(n) for n in range(LEADS)]
for l2 in [1.0, 0.01]:
    model = LogisticRegression(C=1 / l2, solver="newton-cholesky", tol=1e-14, max_iter=1000)
    model.fit(numpy.array(list(columns(leads))), [won for _, _, won in leads])
    print(l2, [round(float(number), 12) for number in [model.intercept_[0], *model.coef_[0]]])
