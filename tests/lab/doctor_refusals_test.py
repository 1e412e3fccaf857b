"""The doctor with an intercept on the target, and with those that are broken or refuse it."""

from __future__ import annotations

from tests.lab import doctor, labtest
from tests.lab.doctor import drop
from tests.lab.intercept import PORT, Intercept


class OnTargetTest(doctor.DoctorTest):
    """intercept runs on the target itself."""

    def setUp(self) -> None:
        super().setUp()
        self.options = ("-s", self.net.TARGET)

    def test_healthy(self) -> None:
        self.net.route_clients_to(self.net.ASSISTANT, self.net.ASSISTANT6)
        Intercept(self.net.target)
        self.diagnose(*self.options).expect_healthy()

    def test_healthy_with_the_queue(self) -> None:
        self.net.route_clients_to(self.net.PRODUCTION_INNER, self.net.PRODUCTION_INNER6)
        Intercept(self.net.target, "--catch=nfqueue")
        self.diagnose(*self.options).expect_healthy()

    def test_client_that_resets(self) -> None:
        """Captured answers reach the client, too; queued ones do not."""
        net = self.net
        router = self.lab.host("router")
        _, port = self.lab.link(router, ["10.0.2.9/24"], net.switch, [])
        net.switch.ip("link", "set", port, "master", "hub")
        self.lab.link(router, ["10.0.6.1/24"], net.client, ["10.0.6.2/24"])
        router.ip("route", "add", net.CLIENTS, "via", "10.0.6.2")
        router.sysctl("net/ipv4/ip_forward", 1)
        net.client.ip("route", "add", "10.0.2.0/24", "via", "10.0.6.1")
        net.target.ip("route", "add", net.CLIENTS, "via", "10.0.2.9")
        intercept = Intercept(net.target)
        finding = self.diagnose(*self.options).expect_problem("client-resets")
        self.assertEqual(finding.fix, "intercept --catch=nfqueue")
        intercept.finish()
        Intercept(net.target, "--catch=nfqueue")
        self.diagnose(*self.options).expect_healthy()


class BrokenInterceptTest(doctor.DoctorTest):
    def setUp(self) -> None:
        super().setUp()
        self.net.route_clients_to(self.net.ASSISTANT, self.net.ASSISTANT6)
        self.options = ("-s", self.net.ASSISTANT)

    def test_down(self) -> None:
        finding = self.diagnose(*self.options).expect_problem("intercept-down")
        self.assertEqual(finding.where, self.net.ASSISTANT)
        self.assertEqual(finding.fix, f"intercept -p {PORT}")
        Intercept(self.net.assistant, *finding.fix.split()[1:])
        self.diagnose(*self.options).expect_healthy()

    def test_wrong_port(self) -> None:
        Intercept(self.net.assistant)
        finding = self.diagnose("-s", f"{self.net.ASSISTANT}:36525").expect_problem(
            "intercept-wrong-port")
        self.assertEqual(finding.fix, f"tcpcopy -s {self.net.ASSISTANT}:{PORT}")
        self.diagnose(*finding.fix.split()[1:]).expect_healthy()

    def test_behind_a_firewall(self) -> None:
        Intercept(self.net.assistant)
        drop(self.net.assistant, "input", f"tcp dport {PORT}")
        self.diagnose(*self.options).expect_problem("intercept-unreachable")

    def test_nobody_has_that_address(self) -> None:
        self.diagnose("-s", "10.0.2.99").expect_problem("intercept-unreachable")

    def test_not_allowed(self) -> None:
        intercept = Intercept(self.net.assistant, "--allow", "192.0.2.0/24")
        finding = self.diagnose(*self.options).expect_problem("not-allowed")
        self.assertEqual(finding.where, self.net.ASSISTANT)
        intercept.finish()
        Intercept(self.net.assistant, *finding.fix.split()[1:])
        self.diagnose(*self.options).expect_healthy()

    def test_wrong_secret(self) -> None:
        right, wrong = self.secret("right", "sesame"), self.secret("wrong", "barley")
        Intercept(self.net.assistant, "--secret-file", right)
        self.diagnose(*self.options, "--secret-file", str(wrong)).expect_problem("wrong-secret")
        self.diagnose(*self.options).expect_problem("wrong-secret")
        self.diagnose(*self.options, "--secret-file", str(right)).expect_healthy()

    def test_other_protocol(self) -> None:
        Intercept(self.net.assistant, "--protocol", "classic")
        self.diagnose(*self.options).expect_problem("wrong-protocol")
        self.diagnose(*self.options, "--protocol", "classic").expect_healthy()


if __name__ == "__main__":
    labtest.main()
