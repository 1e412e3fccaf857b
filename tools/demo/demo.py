"""tcpcopy at work, on a small network of its own: no root, nothing touched outside.

    client ---- production (nginx, shop 1) ---- test (lighttpd, shop 2)
                 tcpcopy -x 80-test:8080

Real clients talk to production; tcpcopy, started live on production, gives the test server the same
traffic; in the end both sides' logs are compared. Exit code 0 when every byte arrived.
"""

from __future__ import annotations

import sys
import time

from tests.lab.copier import Copier
from tests.lab.labnet import Lab, enter
from tests.lab.process import Program
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_for
from tools.demo import clients
from tools.demo.check import compare
from tools.demo.sites import Production, Test, version
from tools.demo.watch import Table, bold

_LOAD_SECONDS = 45  # at most; the clients' plans take clients.SECONDS
_REST_SECONDS = 5  # what is on its way when they are done


def watch(table: Table, load: list[Program]) -> None:
    """A line each second until the clients are done and the test server has all requests."""
    table.print_head()
    start = time.monotonic()
    rest = _REST_SECONDS
    for second in range(1, _LOAD_SECONDS + 1):
        wait_for(lambda due=start + second: time.monotonic() >= due, 5, "the next second")
        table.print_second()
        if any(program.running for program in load):
            continue
        rest -= 1
        if rest == 0 or table.test.requests >= table.production.requests:
            break
    for program in load:
        program.succeed(0.1)


def show(lab: Lab) -> bool:
    net = ThreeHosts(lab)
    production = Production(net.production, net.PRODUCTION, 80, version=1, work_ms=3)
    test = Test(net.target, net.TARGET, 8080, version=2, work_ms=8)
    print(bold("A network of its own:"),
          f"client {net.CLIENT} -- production {net.PRODUCTION} ({version('nginx')}, shop 1) "
          f"-- test {net.TARGET} ({version('lighttpd')}, shop 2)")
    mapping = f"80-{net.TARGET}:{test.port}"
    copier = Copier.live(net.production, "-x", mapping)
    print(bold("On production:"), f"tcpcopy -x {mapping}")
    print(bold("Clients:"), *(f"  {group}" for group in clients.GROUPS), "", sep="\n")
    watch(Table(production, test), clients.start(net.client, net.PRODUCTION))
    ledger = copier.finish()
    print(bold("\nCtrl-C. What tcpcopy says of it:"))
    print(copier.program.out.read_text(), end="")
    return compare(production, test, ledger)


def main() -> int:
    lab = Lab()
    try:
        passed = show(lab)
        print(bold("\nEvery request arrived, byte for byte." if passed else "\nNot as it should be."))
        if not passed:
            lab.show_logs()
        return 0 if passed else 1
    except KeyboardInterrupt:
        return 130
    except AssertionError as error:
        print(f"\nthe demo failed: {error}", file=sys.stderr)
        lab.show_logs()
        return 1
    finally:
        lab.close()


if __name__ == "__main__":
    enter()
    sys.exit(main())
