"""The doctor with an intercept on an assistant host, and one on the target that is only asked."""

from __future__ import annotations

from tests.lab import doctor, labtest
from tests.lab.doctor import diagnose, drop, mend
from tests.lab.intercept import Intercept


class AssistantTest(doctor.DoctorTest):
    """The target routes the clients to an assistant, where intercept catches its answers."""

    def setUp(self) -> None:
        super().setUp()
        self.net.route_clients_to(self.net.ASSISTANT, self.net.ASSISTANT6)
        self.options = ("-s", self.net.ASSISTANT)
        self.with_target = (*self.options, "--ask", self.net.TARGET)

    def test_healthy(self) -> None:
        Intercept(self.net.assistant)
        self.diagnose(*self.options).expect_healthy()
        Intercept(self.net.target)
        self.diagnose(*self.with_target).expect_healthy()

    def test_healthy_with_ipv6(self) -> None:
        Intercept(self.net.assistant)
        Intercept(self.net.target)
        diagnose(self.net.production, "-x", f"80-[{self.net.TARGET6}]:80", "--probe-client",
                 self.net.CLIENT6, *self.with_target).expect_healthy()

    def test_nothing_is_left_behind(self) -> None:
        Intercept(self.net.assistant)
        Intercept(self.net.target)
        self.diagnose(*self.with_target).expect_healthy()
        for host in (self.net.production, self.net.target, self.net.assistant):
            self.assertEqual(host.run("nft", "list", "ruleset"), "", host.name)
        self.assertNotIn("SYN-RECV", self.net.target.run("ss", "-tan"))

    def test_no_route_on_the_target(self) -> None:
        Intercept(self.net.assistant)
        Intercept(self.net.target)
        self.net.target.ip("route", "del", self.net.CLIENTS)
        finding = self.diagnose(*self.with_target).expect_problem("no-route-to-clients-on-target")
        self.assertEqual(finding.fix,
                         f"ip route replace {self.net.CLIENT}/32 via {self.net.ASSISTANT}")
        mend(finding, self.net.target)
        self.diagnose(*self.with_target).expect_healthy()

    def test_reverse_path_filter_on_the_target(self) -> None:
        """The target reaches the assistant, and so the clients, through another interface."""
        device, _ = self.lab.link(self.net.target, ["10.0.5.2/24"],
                                  self.net.assistant, ["10.0.5.3/24"])
        self.net.target.ip("route", "replace", self.net.CLIENTS, "via", "10.0.5.3")
        Intercept(self.net.assistant)
        Intercept(self.net.target)
        self.diagnose(*self.with_target).expect_healthy()
        self.net.target.sysctl("net/ipv4/conf/all/rp_filter", 1)
        finding = self.diagnose(*self.with_target).expect_problem("rp-filter-on-target")
        self.assertIn(device, finding.cause)
        self.assertEqual(finding.fix,
                         f"sysctl -w net.ipv4.conf.{self.net.target_device}.rp_filter=2")
        mend(finding, self.net.target)
        self.diagnose(*self.with_target).expect_healthy()

    def test_firewall_on_the_target(self) -> None:
        Intercept(self.net.assistant)
        Intercept(self.net.target)
        drop(self.net.target, "input", f"ip saddr {self.net.CLIENTS}")
        finding = self.diagnose(*self.with_target).expect_problem("firewall-on-target")
        self.assertIn(f"ip saddr {self.net.CLIENTS} drop", finding.cause)
        mend(finding, self.net.target)
        self.diagnose(*self.with_target).expect_healthy()

    def test_firewall_on_the_target_that_resets(self) -> None:
        """Without anybody there it is told from a closed port by an ordinary connection."""
        net = self.net
        Intercept(net.assistant)
        net.target.run("nft", "add table inet firewall; add chain inet firewall input "
                       "{ type filter hook input priority 0; }; add rule inet firewall input "
                       f"ip saddr {net.CLIENTS} reject with tcp reset")
        # So that the RST comes here.
        net.target.ip("route", "replace", net.CLIENTS, "via", net.PRODUCTION_INNER)
        self.diagnose(*self.options).expect_problem("firewall-resets")
        net.target.ip("route", "replace", net.CLIENTS, "via", net.ASSISTANT)
        Intercept(net.target)
        finding = self.diagnose(*self.with_target).expect_problem("firewall-on-target")
        mend(finding, net.target)
        self.diagnose(*self.with_target).expect_healthy()

    def test_firewall_on_the_reply(self) -> None:
        Intercept(self.net.assistant)
        Intercept(self.net.target)
        drop(self.net.target, "output", f"ip daddr {self.net.CLIENTS}")
        finding = self.diagnose(*self.with_target).expect_problem("firewall-on-reply")
        self.assertIn(f"ip daddr {self.net.CLIENTS} drop", finding.cause)
        mend(finding, self.net.target)
        self.diagnose(*self.with_target).expect_healthy()

    def test_a_firewall_behind_the_intercept_is_none(self) -> None:
        """It captures before its host's firewall."""
        Intercept(self.net.assistant)
        drop(self.net.assistant, "prerouting", f"ip saddr {self.net.TARGET}")
        self.diagnose(*self.options).expect_healthy()

    def test_firewall_on_the_way_out(self) -> None:
        """Only what bears a foreign address: the connections to intercept pass."""
        Intercept(self.net.assistant)
        drop(self.net.production, "output", f"ip saddr != {self.net.PRODUCTION_INNER}")
        finding = self.diagnose(*self.options, "--send=ip").expect_problem("firewall-output")
        mend(finding, self.net.production)
        self.diagnose(*self.options, "--send=ip").expect_healthy()

    def test_firewall_before_the_assistants_queue(self) -> None:
        """The queue takes what the firewall has let pass."""
        Intercept(self.net.assistant, "--catch=nfqueue")
        self.diagnose(*self.options).expect_healthy()
        self.net.assistant.run(
            "nft", "add table inet firewall; add chain inet firewall raw "
            "{ type filter hook prerouting priority -400; }; "
            f"add rule inet firewall raw ip saddr {self.net.TARGET} drop")
        finding = self.diagnose(*self.options).expect_problem("firewall-on-reply")
        self.assertEqual(finding.where, self.net.ASSISTANT)
        mend(finding, self.net.assistant)
        self.diagnose(*self.options).expect_healthy()

    def test_intercept_that_may_not_look(self) -> None:
        """It cannot name a rule, but knows what the kernel counts."""
        Intercept(self.net.assistant)
        Intercept(self.net.target, prefix=("setpriv", "--bounding-set", "-net_admin",
                                           "--inh-caps", "-net_admin"))
        drop(self.net.target, "input", f"ip saddr {self.net.CLIENTS}")
        finding = self.diagnose(*self.with_target).expect_problem("target-silent")
        self.assertIn("CAP_NET_ADMIN", finding.cause)

    def test_addresses_of_a_list(self) -> None:
        """Which nobody has; the target routes them to the assistant."""
        Intercept(self.net.assistant)
        self.net.route_clients_to(self.net.ASSISTANT, self.net.ASSISTANT6, "10.9.0.0/16")
        diagnosis = self.diagnose(*self.options, "-c", "10.9.8.x")
        diagnosis.expect_healthy()
        self.assertIn("a SYN from 10.9.8.", diagnosis.text)

    def test_at_the_link_layer(self) -> None:
        Intercept(self.net.assistant)
        self.diagnose(*self.options, "-o", self.net.production_device).expect_healthy()

    def test_forwarding_assistant(self) -> None:
        """It sends the answers on to the client, who resets."""
        Intercept(self.net.assistant)
        Intercept(self.net.target)
        net = self.net
        net.assistant.ip("route", "add", net.CLIENTS, "via", net.PRODUCTION_INNER)
        net.assistant.sysctl("net/ipv4/ip_forward", 1)
        for options in (self.options, self.with_target):
            self.diagnose(*options).expect_problem("forwarding-on-assistant")
        finding = self.diagnose(*self.options).problems[0]
        self.assertEqual(finding.where, net.ASSISTANT)
        mend(finding, net.assistant)
        self.diagnose(*self.with_target).expect_healthy()

    def test_an_assistant_that_could_forward(self) -> None:
        Intercept(self.net.assistant)
        self.net.assistant.sysctl("net/ipv4/ip_forward", 1)
        diagnosis = self.diagnose(*self.options)
        self.assertIn("forwarding-on-assistant", diagnosis.ids("warning") + diagnosis.ids("problem"))

    def test_client_that_resets(self) -> None:
        """The target's answers go through a router to the client itself."""
        net = self.net
        Intercept(net.assistant)
        Intercept(net.target)
        router = self.lab.host("router")
        _, port = self.lab.link(router, ["10.0.2.9/24"], net.switch, [])
        net.switch.ip("link", "set", port, "master", "hub")
        self.lab.link(router, ["10.0.6.1/24"], net.client, ["10.0.6.2/24"])
        router.ip("route", "add", net.CLIENTS, "via", "10.0.6.2")
        router.sysctl("net/ipv4/ip_forward", 1)
        net.client.ip("route", "add", "10.0.2.0/24", "via", "10.0.6.1")
        net.target.ip("route", "replace", net.CLIENTS, "via", "10.0.2.9")
        finding = self.diagnose(*self.with_target).expect_problem("client-resets")
        mend(finding, net.target)
        self.diagnose(*self.with_target).expect_healthy()

    def test_answers_that_go_elsewhere(self) -> None:
        """To a host that is there and swallows them."""
        net = self.net
        Intercept(net.assistant)
        Intercept(net.target)
        other = self.lab.host("other")
        _, port = self.lab.link(other, ["10.0.2.9/24"], net.switch, [])
        net.switch.ip("link", "set", port, "master", "hub")
        net.target.ip("route", "replace", net.CLIENTS, "via", "10.0.2.9")
        finding = self.diagnose(*self.with_target).expect_problem("reply-goes-elsewhere")
        mend(finding, net.target)
        self.diagnose(*self.with_target).expect_healthy()

    def test_a_gateway_that_is_not_there(self) -> None:
        net = self.net
        Intercept(net.assistant)
        Intercept(net.target)
        net.target.ip("route", "replace", net.CLIENTS, "via", "10.0.2.99")
        finding = self.diagnose(*self.with_target).expect_problem("no-next-hop-on-target")
        mend(finding, net.target)
        self.diagnose(*self.with_target).expect_healthy()

    def test_intercept_that_looks_elsewhere(self) -> None:
        device, _ = self.lab.link(self.net.assistant, ["10.0.7.1/24"], self.net.client,
                                  ["10.0.7.2/24"])
        Intercept(self.net.assistant, "-i", device)
        finding = self.diagnose(*self.options).expect_problem("intercept-does-not-catch")
        self.assertEqual(finding.fix, f"intercept -i {self.net.assistant_device}")

    def test_closed_port_of_the_target(self) -> None:
        Intercept(self.net.assistant)
        Intercept(self.net.target)
        for options in (self.options, self.with_target):
            diagnose(self.net.production, "-x", f"80-{self.net.TARGET}:8080", "--probe-client",
                     self.net.CLIENT, *options).expect_problem("target-port-closed")


if __name__ == "__main__":
    labtest.main()
