"""When the next request may go: after the target's answer, whatever its length and pace."""

from __future__ import annotations

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.servers import Nginx, Recording
from tests.lab.topology import ThreeHosts

PATIENCE = 60
REQUESTS = 10
ASK = "GET / HTTP/1.1\\r\\n\\r\\n"
ASKED = b"GET / HTTP/1.1\r\n\r\n"


class OrderTest(labtest.LabTest):
    def dialogue(self, *target_behaviour: object) -> dict[str, object]:
        """Ten requests, each after 100 bytes of answer; returns how they came to the target."""
        net = ThreeHosts(self.lab)
        Recording(net.production, "production", [f"{net.PRODUCTION}:80"],
                  "--separator", "\\r\\n\\r\\n", "--answer-bytes", 100)
        target = Recording(net.target, "target", [f"{net.TARGET}:80"],
                           "--separator", "\\r\\n\\r\\n", *target_behaviour)
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80")
        net.play(f"{net.PRODUCTION}:80", *([f"send:{ASK}", "expect:100"] * REQUESTS)
                 ).succeed(PATIENCE)
        target.wait_for_streams([ASKED * REQUESTS], PATIENCE)
        target.wait_for_ends(1, PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=1)
        ledger.expect_all_delivered(len(ASKED) * REQUESTS)
        self.assertEqual(ledger.requests_seen, REQUESTS)
        return target.closed()[0]

    def test_equal_answers(self) -> None:
        self.assertEqual(self.dialogue("--answer-bytes", 100)["most_at_once"], 1)

    def test_slower_answers(self) -> None:
        came = self.dialogue("--answer-bytes", 100, "--delay", 0.1)
        self.assertEqual(came["most_at_once"], 1)

    def test_shorter_answers(self) -> None:
        self.assertEqual(self.dialogue("--answer-bytes", 10)["most_at_once"], 1)

    def test_longer_answers(self) -> None:
        """As many bytes as production answered open the gate, so requests may overlap here."""
        self.dialogue("--answer-bytes", 300_000)

    def test_an_answer_with_pauses(self) -> None:
        """Neither later turns nor the client's end run into what is left of it: nginx would close."""
        net, names = ThreeHosts(self.lab), ("large", "small", "small")
        production, target = (
            Nginx(host, name, [f"{address}:80"], location=f"limit_rate {rate};")
            for host, name, address, rate in (
                (net.production, "nginx", net.PRODUCTION, "0"),
                (net.target, "target", net.TARGET, "500k")))  # 64 kB, and 0.1 s nothing
        for server in (production, target):
            (server.folder / "root" / "large").write_bytes(bytes(1_000_000))
            (server.folder / "root" / "small").write_bytes(bytes(100))
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80")
        net.client.start("client", "curl", "-sS", *(
            word for name in names for word in ("-o", "/dev/null", f"http://{net.PRODUCTION}/{name}"))
            ).succeed(PATIENCE)
        target.wait_for_requests(len(names), PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=1)
        ledger.expect_all_delivered()
        self.assertEqual(ledger.requests_seen, len(names))

    def test_half_closed_client_still_gets_its_answer(self) -> None:
        net = ThreeHosts(self.lab)
        for host, name, address in ((net.production, "production", net.PRODUCTION),
                                    (net.target, "target", net.TARGET)):
            server = Recording(host, name, [f"{address}:80"], "--answer-at-end", "--answer-bytes",
                               200_000)
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80")
        net.play(f"{net.PRODUCTION}:80", "send:all of it", "shutdown", "wait-eof").succeed(PATIENCE)
        server.wait_for_ends(1, PATIENCE)
        copier.finish().expect(completed=1)
        self.assertEqual(server.streams(), [b"all of it"])
        self.assertEqual(server.ends(), ["fin"])


if __name__ == "__main__":
    labtest.main()
