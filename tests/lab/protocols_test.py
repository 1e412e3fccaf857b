"""Protocols that need the right order: pipelines, servers that speak first, long dialogues."""

from __future__ import annotations

import json

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.http_load import Plan
from tests.lab.servers import Nginx, Recording, Vsftpd
from tests.lab.topology import ThreeHosts, expect_planned, start_load
from tests.lab.wait import wait_for

PATIENCE = 30


class ProtocolsTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)

    def test_http_pipelining(self) -> None:
        net = self.net
        plan = Plan(net.PRODUCTION, 80, connections=50, requests=40, pipeline=8, rate=0, at_once=50)
        Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:80"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80")
        load = json.loads(start_load(net.client, "load", plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], 2000)
        target.wait_for_requests(2000, PATIENCE)
        ledger = copier.finish()
        byte_count = expect_planned(target, plan)
        ledger.expect(completed=50)
        ledger.expect_all_delivered(byte_count)

    def test_server_speaks_first(self) -> None:
        """FTP: a client that talks before the greeting, or two commands at once, is out of order."""
        net = self.net
        Vsftpd(net.production, "ftp", net.PRODUCTION, 21)
        target = Vsftpd(net.target, "target", net.TARGET, 21)
        copier = Copier.live(net.production, "-x", f"21-{net.TARGET}:21")
        greeting = len("220 The lab greets you.\r\n")
        dialogue = [f"expect:{greeting}", "send:USER anonymous\r\n", "expect:34",
                    "send:PASS me@here\r\n", "expect:23", "send:SYST\r\n", "expect:19",
                    "send:NOOP\r\n", "expect:14", "send:QUIT\r\n", "wait-eof"]
        net.play(f"{net.PRODUCTION}:21", *dialogue).succeed(PATIENCE)
        wanted = ["USER anonymous", "PASS <password>", "SYST", "NOOP", "QUIT"]
        wait_for(lambda: target.commands() == wanted, PATIENCE,
                 lambda: f"{wanted}, not {target.commands()}")
        ledger = copier.finish()
        ledger.expect(completed=1)
        ledger.expect_all_delivered()
        self.assertIn("230 Login successful.", target.log.read_text())

    def test_no_byte_before_the_greeting(self) -> None:
        """The target greets later than production did; the client's first bytes wait for that."""
        net = self.net
        Recording(net.production, "smtp", [f"{net.PRODUCTION}:25"], "--greeting", "220 hi\\r\\n",
                  "--separator", "\\r\\n", "--answer", "250 ok\\r\\n")
        target = Recording(net.target, "target", [f"{net.TARGET}:25"], "--greeting", "220 hello\\r\\n",
                           "--greeting-delay", 0.5, "--separator", "\\r\\n", "--answer", "250 ok\\r\\n")
        copier = Copier.live(net.production, "-x", f"25-{net.TARGET}:25")
        net.play(f"{net.PRODUCTION}:25", "expect:8", "send:EHLO here\r\n", "expect:8",
                 "send:NOOP\r\n", "expect:8").succeed(PATIENCE)
        target.wait_for_streams([b"EHLO here\r\nNOOP\r\n"], PATIENCE)
        target.wait_for_ends(1, PATIENCE)
        copier.finish().expect(completed=1)
        self.assertEqual(target.closed()[0]["before_greeting"], 0)
        self.assertEqual(target.closed()[0]["most_at_once"], 1)


if __name__ == "__main__":
    labtest.main()
