"""What is measured of each peer beside this queue, in turn: drain, latency and enqueue."""

import functools

import steward_drain
import steward_latency
from payload import PAYLOAD, with_number
from peer import PEERS, ROLE

CLIENTS = 16


def drain(peer, bench):
    rates = bench.in_turn({
        "ours": lambda: steward_drain.drain(peer.jobs),
        "peer": lambda: peer.drain(steward_drain.warm_up(peer.jobs)),
    })
    steward_drain.check(bench.admin)
    yield bench.faster(f"{peer.name}_drain", rates["ours"], rates["peer"], None,
                       f"{peer.jobs} no-op jobs, each side ran each exactly once; ours: {steward_drain.ON}; reference: {peer.on} ({peer.draining})")


def latency(peer, bench):
    """Their handler starts in their worker's process; ours is the provider's, and the request has arrived there."""
    rounds = bench.in_turn({"ours": lambda: steward_latency.p50_p99(bench.admin), "peer": peer.p50_p99})
    on = f"{steward_latency.ON}; reference: until the handler starts, {peer.on} ({peer.waiting}, woken by NOTIFY)"
    for place, name in enumerate(("p50", "p99")):
        ours, theirs = ([figures[place] for figures in rounds[side]] for side in ("ours", "peer"))
        yield bench.sooner(f"{peer.name}_latency_{name}", "ms", ours, theirs, on)


def enqueue(peer, bench):
    rates = bench.in_turn({
        "ours": lambda: bench.pgbench(with_number(f"select steward.enqueue('carousel', {PAYLOAD});\n"), CLIENTS),
        "peer": lambda: bench.pgbench(peer.enqueue_script(), CLIENTS, ROLE),
    })
    yield bench.faster(f"{peer.name}_enqueue", rates["ours"], rates["peer"], None,
                       f"{CLIENTS} clients, one job a transaction; ours: member under row security, http tool with payload_schema, "
                       f"realtime, the limits of the plan; reference: the SQL of {peer.on}")


MEASURES = {"drain": drain, "latency": latency, "enqueue": enqueue}  # in this order: what the last one leaves behind is never done


def measure(peer, of, bench):
    """Nothing where the peer is not installed."""
    if peer.installed():
        peer.create_schema()
        yield from of(peer, bench)


def rows():
    """NAME_MEASURE -> function that yields results."""
    return {f"{peer.name}_{name}": functools.partial(measure, peer, of) for peer in PEERS for name, of in MEASURES.items()}
