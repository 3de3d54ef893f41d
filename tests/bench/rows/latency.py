"""From the commit of an enqueue to the first byte of its call at the provider, at 100 enqueues a second, through a real worker."""

import steward_latency


def measure(bench):
    """latency: p50 of 2 ms and p99 of 8 ms."""
    rounds = bench.in_turn({"ours": lambda: steward_latency.p50_p99(bench.admin)})["ours"]
    p50, p99 = zip(*rounds)
    on = f"{steward_latency.ON}; {len(rounds)} rounds, medians"
    yield bench.at_most("latency_p50", "ms", p50, 2.0, on)
    yield bench.at_most("latency_p99", "ms", p99, 8.0, on)
