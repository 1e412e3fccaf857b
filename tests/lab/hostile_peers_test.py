"""Whoever else comes to an intercept costs himself his connection, and those who belong there nothing."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.http_load import Plan
from tests.lab.intercept import PORT, Intercept
from tests.lab.labnet import Host
from tests.lab.process import Program
from tests.lab.servers import Nginx
from tests.lab.topology import FourHosts, expect_planned, start_load
from tests.lab.wait import wait_for

PATIENCE = 30


class HostilePeersTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = net = FourHosts(self.lab)
        net.route_clients_to(net.ASSISTANT, net.ASSISTANT6)
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80", f"{net.PRODUCTION}:81"])
        self.secret = self.secret_file("secret", "open sesame")

    def secret_file(self, name: str, text: str) -> Path:
        path = self.lab.folder / name
        path.write_text(text + "\n", "ascii")
        path.chmod(0o600)
        return path

    def intercept(self, *options: object) -> Intercept:
        return Intercept(self.net.assistant, "--allow", self.net.PRODUCTION_INNER,
                         "--secret-file", self.secret, *options)

    def copier_options(self, port: int = 80) -> list[object]:
        return ["-x", f"{port}-{self.net.TARGET}:{port + 8000}", "-s", self.net.ASSISTANT]

    def stranger(self, host: Host, *kinds: str) -> Program:
        number = sum(program.name.startswith("stranger") for program in self.lab.programs)
        return host.python(f"stranger{number + 1}", "tests.lab.hostile_peer",
                           f"{self.net.ASSISTANT}:{PORT}", *kinds)

    def start_load(self, name: str, connections: int, port: int = 80) -> tuple[Plan, Program]:
        plan = Plan(self.net.PRODUCTION, port, connections=connections, requests=2, pipeline=1,
                    rate=200.0, at_once=100)
        return plan, start_load(self.net.client, name, plan)

    def refused_copier(self, *options: object) -> str:
        """A tcpcopy that is never let in; what it said."""
        copier = Copier(self.net.production, *self.copier_options(81),
                        "--lost-intercept-timeout", "1", *options)
        self.assertEqual(copier.program.wait(PATIENCE), 1)
        return copier.program.output()

    def test_under_load(self) -> None:
        """Each kind of stranger, while the sessions of one who belongs there are replayed."""
        net = self.net
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        intercept = self.intercept()
        copier = Copier.live(net.production, *self.copier_options(), "--secret-file", self.secret)
        plan, load = self.start_load("load", 1000)
        target.wait_for_requests(100, PATIENCE)

        self.stranger(net.production, *["random"] * 5, "huge", "web", "guess").succeed(PATIENCE)
        strangers = [
            self.stranger(net.production, *["silent"] * 100, "half"),
            self.stranger(net.target, "web", "silent", "guess"),  # its address is not allowed
        ]
        wrong = self.secret_file("wrong", "open barley")
        self.assertIn("the secrets are not the same", self.refused_copier("--secret-file", wrong))
        self.assertIn("one side knows a secret and the other does not", self.refused_copier())
        for stranger in strangers:
            stranger.succeed(PATIENCE)

        self.assertEqual(json.loads(load.succeed(PATIENCE))["answered"], 2000)
        target.wait_for_requests(2000, PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=1000)
        ledger.expect_all_delivered(expect_planned(target, plan))
        told = intercept.finish()
        self.assertRegex(told, f"{net.PRODUCTION_INNER}:[0-9]+ is refused: "
                         "what came is no message of the protocol")
        self.assertIn("lines were left out before", told)  # they cannot fill the disk
        self.assertLess(told.count("is refused"), 60, told)

    def test_each_is_named_in_the_log(self) -> None:
        intercept = self.intercept()
        net = self.net
        for kind, host, why in (
                ("random", net.production, "what came is no message of the protocol"),
                ("huge", net.production, "what came is no message of the protocol"),
                ("guess", net.production, "the secrets are not the same"),
                ("silent", net.production, "nothing came for three seconds"),
                ("half", net.production, "nothing came for three seconds"),
                ("web", net.target, "the address is not one of those in --allow")):
            before = intercept.program.output().count(f"is refused: {why}")
            self.assertEqual(self.stranger(host, kind).succeed(PATIENCE), f"{kind} closed\n")
            self.assertEqual(intercept.program.output().count(f"is refused: {why}"), before + 1)

    def test_one_that_is_stopped(self) -> None:
        """A tcpcopy that does not run any more: the other one is served, and it comes back itself."""
        net = self.net
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        Nginx(net.target, "other", [f"{net.TARGET}:8081"])
        intercept = self.intercept()
        secret = ("--secret-file", self.secret)
        copier = Copier.live(net.production, *self.copier_options(), *secret)
        stopped = Copier.live(net.production, *self.copier_options(81), *secret, "-L")
        plan, load = self.start_load("load", 1000)
        _, other_load = self.start_load("other_load", 1000, port=81)
        target.wait_for_requests(200, PATIENCE)
        stopped.program.signal(signal.SIGSTOP)
        intercept.program.wait_for_output("is gone: nothing came for three seconds", PATIENCE)
        other_load.succeed(PATIENCE)
        load.succeed(PATIENCE)
        target.wait_for_requests(2000, PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=1000)
        ledger.expect_all_delivered(expect_planned(target, plan))
        came = intercept.program.output().count("is connected")
        stopped.program.signal(signal.SIGCONT)
        wait_for(lambda: intercept.program.output().count("is connected") > came, PATIENCE,
                 "the stopped tcpcopy is back")


if __name__ == "__main__":
    labtest.main()
