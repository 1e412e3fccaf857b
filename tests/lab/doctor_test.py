"""Set-ups that are broken, each in one way: the doctor names it, and its command mends it."""

from __future__ import annotations

from tests.lab import labtest
from tests.lab.doctor import Diagnosis, diagnose, drop, mend
from tests.lab.intercept import Intercept
from tests.lab.recorder import Recorder
from tests.lab.servers import Nginx
from tests.lab.topology import ThreeHosts


class SelfTest(labtest.LabTest):
    """Replays from production's own address: nobody else has to help."""

    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)
        self.target = Nginx(self.net.target, "target",
                            [f"{self.net.TARGET}:80", f"[{self.net.TARGET6}]:80"])
        self.options = ("-x", f"80-{self.net.TARGET}:80")

    def diagnose(self) -> Diagnosis:
        return diagnose(self.net.production, *self.options)

    def test_healthy(self) -> None:
        self.diagnose().expect_healthy()
        diagnose(self.net.production, "-x", f"80-[{self.net.TARGET6}]:80").expect_healthy()

    def test_healthy_on_this_host(self) -> None:
        Nginx(self.net.production, "nginx", ["127.0.0.1:8080"])
        diagnose(self.net.production, "-x", "80-127.0.0.1:8080").expect_healthy()

    def test_nothing_is_left_behind(self) -> None:
        """No table, and no half-open connection on the target."""
        self.diagnose().expect_healthy()
        self.assertEqual(self.net.production.run("nft", "list", "ruleset"), "")
        self.assertNotIn("SYN-RECV", self.net.target.run("ss", "-tan"))

    def test_firewall_on_the_way_out(self) -> None:
        self.options += ("--send", "ip")
        drop(self.net.production, "output", "tcp dport 80")
        finding = self.diagnose().expect_problem("firewall-output")
        self.assertIn("tcp dport 80 drop", finding.cause)
        self.assertEqual(finding.where, "here")
        mend(finding, self.net.production)
        self.diagnose().expect_healthy()

    def test_firewall_of_iptables_on_the_way_out(self) -> None:
        self.options += ("--send", "ip")
        self.net.production.run("iptables-nft", "-A", "OUTPUT", "-p", "tcp", "--dport", "80",
                                "-j", "DROP")
        finding = self.diagnose().expect_problem("firewall-output")
        self.assertTrue(finding.fix.startswith("iptables "), finding.fix)
        self.net.production.run("sh", "-c", finding.fix.replace("iptables", "iptables-nft", 1))
        self.diagnose().expect_healthy()

    def test_firewall_of_old_iptables_on_the_way_out(self) -> None:
        self.options += ("--send", "ip")
        self.net.production.run("iptables-legacy", "-A", "OUTPUT", "-p", "tcp", "--dport", "80",
                                "-j", "DROP")
        finding = self.diagnose().expect_problem("firewall-output")
        self.assertIn("-A OUTPUT -p tcp -m tcp --dport 80 -j DROP", finding.cause)
        mend(finding, self.net.production)
        self.diagnose().expect_healthy()

    def test_a_firewall_behind_the_capture_is_none(self) -> None:
        """Replies are captured before it; a replay works, and the doctor does not say otherwise."""
        drop(self.net.production, "input", "tcp sport 80")
        self.diagnose().expect_healthy()

    def test_firewall_on_the_target_that_says_so(self) -> None:
        self.net.target.run("nft", "add table inet firewall; add chain inet firewall input "
                            "{ type filter hook input priority 0; }; "
                            "add rule inet firewall input tcp dport 80 reject")
        self.diagnose().expect_problem("firewall-on-target")

    def test_firewall_on_the_target_that_says_nothing(self) -> None:
        drop(self.net.target, "input", "tcp dport 80")
        finding = self.diagnose().expect_problem("target-silent")
        self.assertIn("--ask", finding.fix)

    def test_closed_port_of_the_target(self) -> None:
        finding = diagnose(self.net.production, "-x", f"80-{self.net.TARGET}:8080").expect_problem(
            "target-port-closed")
        self.assertIn(f"-x 80-{self.net.TARGET}:80", finding.fix)

    def test_each_target_is_probed(self) -> None:
        """One of two is healthy."""
        net = self.net
        diagnosis = diagnose(net.production, "-x",
                             f"80-{net.TARGET}:80,81-{net.TARGET}:80,82-[{net.TARGET6}]:82")
        diagnosis.expect_problem("target-port-closed")
        self.assertEqual(diagnosis.ids("fine").count("comes-back"), 1)

    def test_at_the_link_layer(self) -> None:
        """It leaves past the firewall."""
        drop(self.net.production, "output", "tcp dport 80")
        diagnose(self.net.production, *self.options, "-o",
                 self.net.target_cable).expect_healthy()

    def test_a_target_that_only_the_kernel_can_reach(self) -> None:
        """A replay works there, but not from its beginning; the other target is not affected."""
        net = self.net
        behind = net.add_address_only_by_ip()
        Nginx(net.target, "behind", [f"{behind}:80"])
        diagnosis = diagnose(net.production, "-x", f"80-{behind}:80,81-{net.TARGET}:80")
        diagnosis.expect_healthy()
        self.assertEqual(diagnosis.ids("warning"), ["no-client-traffic", "frames-unanswered"])
        [finding] = [found for found in diagnosis.findings if found.id == "frames-unanswered"]
        self.assertIn(behind, finding.cause)
        self.assertEqual(finding.fix, "tcpcopy --send=ip")
        diagnosis = diagnose(net.production, "-x", f"80-{behind}:80", "--send=ip")
        self.assertEqual(diagnosis.ids("warning"), ["no-client-traffic"])
        finding = diagnose(net.production, "-x", f"80-{behind}:80",
                           "--send=link").expect_problem("frames-unanswered")
        self.assertTrue(finding.fix.startswith("tcpcopy --send=ip"), finding.fix)

    def test_one_port_that_only_the_kernel_can_reach(self) -> None:
        """Another one of that address answers frames, so a replay goes on to send them."""
        net = self.net
        net.production.run("nft", "add table ip x; add chain ip x out { type filter hook output "
                           "priority 0; }; add rule ip x out tcp dport 81 ip dscp set cs1")
        net.target.run("nft", "add table ip x; add chain ip x in { type filter hook input "
                       "priority 0; }; add rule ip x in tcp dport 81 ip dscp != cs1 drop")
        Nginx(net.target, "second", [f"{net.TARGET}:81"])
        for ports in ((81, 80), (80, 81)):
            mappings = ",".join(f"{port}-{net.TARGET}:{port}" for port in ports)
            finding = diagnose(net.production, "-x", mappings).expect_problem("frames-unanswered")
            self.assertIn(f"{net.TARGET}:81 ", finding.cause)
        diagnose(net.production, "-x", f"81-{net.TARGET}:81").expect_healthy()

    def test_no_such_target(self) -> None:
        diagnose(self.net.production, "-x", "80-10.0.2.77:80").expect_problem("next-hop-silent")

    def test_no_route_to_the_target(self) -> None:
        diagnose(self.net.production, "-x", "80-192.0.2.9:80").expect_problem("no-route-to-target")

    def test_no_capability(self) -> None:
        finding = diagnose(self.net.production, *self.options,
                           prefix=("setpriv", "--bounding-set", "-net_admin", "--inh-caps",
                                   "-net_admin")).expect_problem("no-capability")
        self.assertIn("setcap cap_net_raw,cap_net_admin+ep /", finding.fix)

    def test_wrong_interface(self) -> None:
        Nginx(self.net.production, "nginx", [f"{self.net.PRODUCTION}:80"])
        self.net.client.start("load", "sh", "-c", f"while curl -s {self.net.PRODUCTION} "
                              ">/dev/null; do sleep 0.1; done")
        wrong, right = self.net.target_cable, self.net.client_cable
        finding = diagnose(self.net.production, "-i", wrong, *self.options).expect_problem(
            "wrong-interface")
        self.assertEqual(finding.fix, f"tcpcopy -i {right}")
        healthy = diagnose(self.net.production, "-i", right, *self.options)
        healthy.expect_healthy()
        self.assertIn("clients", healthy.ids("fine"))


class KeepTest(labtest.LabTest):
    """Replays from the clients' own addresses, whose replies are routed to production."""

    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)
        Nginx(self.net.target, "target", [f"{self.net.TARGET}:80"])
        self.options = ("-c", "keep", "-x", f"80-{self.net.TARGET}:80")

    def diagnose(self, *options: str) -> Diagnosis:
        return diagnose(self.net.production, *self.options, "--probe-client", self.net.CLIENT,
                        *options)

    def test_healthy(self) -> None:
        """Even where production forwards: the guard keeps the answers from the client."""
        self.net.target.ip("route", "add", "default", "via", self.net.PRODUCTION_INNER)
        self.net.production.sysctl("net/ipv4/ip_forward", 1)
        self.diagnose().expect_healthy()

    def test_a_client_that_is_seen_is_probed_as(self) -> None:
        self.net.target.ip("route", "add", self.net.CLIENT, "via", self.net.PRODUCTION_INNER)
        Nginx(self.net.production, "nginx", [f"{self.net.PRODUCTION}:80"])
        self.net.client.start("load", "sh", "-c", f"while curl -s {self.net.PRODUCTION} "
                              ">/dev/null; do sleep 0.1; done")
        diagnosis = diagnose(self.net.production, *self.options)
        diagnosis.expect_healthy()
        self.assertIn(f"a SYN from {self.net.CLIENT}:", diagnosis.text)

    def test_a_client_of_a_capture_file_is_probed_as(self) -> None:
        net = self.net
        net.target.ip("route", "add", net.CLIENT, "via", net.PRODUCTION_INNER)
        Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        recorder = Recorder(net.production, net.client_cable, "tcp port 80")
        net.client.run("curl", "-sf", "-m", "5", f"http://{net.PRODUCTION}/")
        diagnosis = diagnose(net.production, "-i", recorder.stop(), *self.options)
        diagnosis.expect_healthy()
        self.assertIn(f"a SYN from {net.CLIENT}:", diagnosis.text)
        self.assertEqual(diagnosis.ids("warning"), [])

    def test_nobody_is_probed_as_when_no_client_is_known(self) -> None:
        self.net.target.ip("route", "add", "default", "via", self.net.PRODUCTION_INNER)
        diagnosis = diagnose(self.net.production, *self.options)
        diagnosis.expect_healthy()
        self.assertIn("no-client-known", diagnosis.ids("warning"))

    def test_no_route_and_nobody_to_ask(self) -> None:
        """From outside it cannot be told from other causes: all are named."""
        finding = self.diagnose().expect_problem("target-silent")
        for cause in ("rp_filter", "route", "firewall", "intercept"):
            self.assertIn(cause, finding.cause)

    def test_no_route_and_an_intercept_to_ask(self) -> None:
        Intercept(self.net.target)
        finding = self.diagnose("--ask", self.net.TARGET).expect_problem(
            "no-route-to-clients-on-target")
        self.assertEqual(finding.where, self.net.TARGET)
        mend(finding, self.net.target)
        self.diagnose("--ask", self.net.TARGET).expect_healthy()


if __name__ == "__main__":
    labtest.main()
