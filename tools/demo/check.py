"""The proof at the end: the test site received what production received, byte for byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.lab.ledger import Ledger
from tools.demo.clients import GROUPS
from tools.demo.sites import Request, Site
from tools.demo.watch import bold


def streams(requests: list[Request]) -> Counter[tuple[object, ...]]:
    """The contents of each connection, in order; a port may serve several one after the other."""
    open_now: dict[str, list[object]] = {}
    done: Counter[tuple[object, ...]] = Counter()
    for request in requests:
        if request.first and request.connection in open_now:
            done[tuple(open_now.pop(request.connection))] += 1
        open_now.setdefault(request.connection, []).append(request.content)
    done.update(tuple(stream) for stream in open_now.values())
    return done


class Check:
    def __init__(self) -> None:
        self.passed = True

    def that(self, holds: bool, text: str, otherwise: Callable[[], str]) -> None:
        self.passed &= holds
        print(f"  {'ok  ' if holds else 'FAIL'}  {text}" + ("" if holds else f": {otherwise()}"))


def compare(production: Site, test: Site, ledger: Ledger) -> bool:
    check = Check()
    here, there = production.requests(), test.requests()
    sessions, requests = sum(g.sessions for g in GROUPS), sum(g.requests for g in GROUPS)
    size = sum(request.length for request in here)
    print(bold("\nDid the test server receive what production received?"))
    check.that(len(here) == requests, f"production answered all {requests} requests of the clients",
               lambda: f"{len(here)} in its log")
    check.that(len(there) == requests, f"the test server's log holds {requests} requests",
               lambda: f"{len(there)} in its log")
    check.that(streams(here) == streams(there),
               f"the same requests in the same order on the same {sessions} connections "
               "(request line, host, agent, length)",
               lambda: f"{(streams(here) - streams(there)).total()} connections differ")
    bodies_here, bodies_there = Counter(production.bodies()), Counter(test.bodies())
    check.that(bodies_here == bodies_there,
               f"the same {sum(1 for r in here if r.line.startswith('POST'))} POST bodies by SHA-256",
               lambda: f"{(bodies_here - bodies_there).total()} are missing or damaged")
    check.that(all(request.status == 200 for request in there), "the test server liked them all",
               lambda: str(Counter(request.status for request in there)))
    check.that(ledger.happened == {"completed": sessions},
               f"the ledger: {sessions} sessions, all completed", lambda: str(ledger.happened))
    check.that(ledger.bytes_delivered == size == sum(request.length for request in there),
               f"the ledger: {size} bytes delivered, as many as production and test server read",
               lambda: f"{ledger.bytes_delivered} delivered of {ledger.bytes_seen}, {size} in the "
               f"log of production, {sum(r.length for r in there)} in that of the test server")
    return check.passed
