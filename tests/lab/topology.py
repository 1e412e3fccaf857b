"""Networks that the tests share."""

from __future__ import annotations

from collections.abc import Container

from tests.lab.http_load import Plan, request
from tests.lab.labnet import Host, Lab
from tests.lab.path import CLEAN, Faults, FaultyPath
from tests.lab.process import Program
from tests.lab.servers import Nginx


class ThreeHosts:
    """client -- production -- target, a cable each, both IP families; production does not forward.

    The copier runs on production, as it does for most people.
    """

    CLIENT, CLIENT6 = "10.0.1.2", "2001:db8:1::2"
    PRODUCTION, PRODUCTION6 = "10.0.1.1", "2001:db8:1::1"
    PRODUCTION_INNER, PRODUCTION_INNER6 = "10.0.2.1", "2001:db8:2::1"
    TARGET, TARGET6 = "10.0.2.2", "2001:db8:2::2"

    def __init__(self, lab: Lab, *, towards_target: Faults | None = None,
                 from_target: Faults | None = None, seed: object = 1,
                 fair: bool = False) -> None:
        """With faults, a path (`self.path`) is in the place of the cable to the target."""
        self.client = lab.host("client")
        self.production = lab.host("production")
        self.target = lab.host("target")
        self.client_device, self.client_cable = lab.link(
            self.client, [f"{self.CLIENT}/24", f"{self.CLIENT6}/64"],
            self.production, [f"{self.PRODUCTION}/24", f"{self.PRODUCTION6}/64"])
        ends = (self.production, [f"{self.PRODUCTION_INNER}/24", f"{self.PRODUCTION_INNER6}/64"],
                self.target, [f"{self.TARGET}/24", f"{self.TARGET6}/64"])
        if towards_target or from_target:
            self.path = FaultyPath(lab, *ends, rightward=towards_target or CLEAN,
                             leftward=from_target or CLEAN, seed=seed, fair=fair)
            self.target_cable, self.target_device = self.path.devices
        else:
            self.target_cable, self.target_device = lab.link(*ends)

    def add_address_only_by_ip(self) -> str:
        """An address of the target that its kernel alone gets packets to from production: a firewall
        rule chooses the route, and the next hop of the other one is nobody's."""
        behind, nobody, cable = "10.0.9.9", "10.0.2.77", self.target_cable
        self.target.address("lo", f"{behind}/32")
        self.production.ip("neigh", "add", nobody, "lladdr", "02:00:5e:10:00:77", "dev", cable)
        self.production.ip("route", "add", behind, "via", nobody)
        self.production.ip("route", "add", behind, "via", self.TARGET, "table", "100")
        self.production.ip("rule", "add", "fwmark", "1", "lookup", "100")
        self.production.run(
            "nft", "add table ip x; add chain ip x out { type route hook output priority 0; }; "
            f"add rule ip x out ip daddr {behind} meta mark set 1")
        return behind

    def play(self, endpoint: str, *steps: str) -> Program:
        """Starts a scripted client on the client host."""
        number = sum(program.name.startswith("script") for program in self.client.lab.programs)
        return self.client.python(f"script{number + 1}", "tests.lab.scripted_client", endpoint,
                                  *steps)


class FourHosts:
    """client -- production; production, target and an assistant host on one segment, both families.

    TCPCopy's set-up: the target sends what is meant for the clients' network to the assistant, which
    forwards nothing.
    """

    CLIENT, CLIENT6 = "10.0.1.2", "2001:db8:1::2"
    PRODUCTION, PRODUCTION6 = "10.0.1.1", "2001:db8:1::1"
    PRODUCTION_INNER, PRODUCTION_INNER6 = "10.0.2.1", "2001:db8:2::1"
    TARGET, TARGET6 = "10.0.2.2", "2001:db8:2::2"
    ASSISTANT, ASSISTANT6 = "10.0.2.3", "2001:db8:2::3"
    # Where the clients are.
    CLIENTS, CLIENTS6 = "10.0.1.0/24", "2001:db8:1::/64"

    def __init__(self, lab: Lab) -> None:
        self.client = lab.host("client")
        self.production = lab.host("production")
        self.target = lab.host("target")
        self.assistant = lab.host("assistant")
        self.switch = switch = lab.host("switch")
        switch.ip("link", "add", "hub", "type", "bridge")
        switch.ip("link", "set", "hub", "up")
        self.client_device, self.client_cable = lab.link(
            self.client, [f"{self.CLIENT}/24", f"{self.CLIENT6}/64"],
            self.production, [f"{self.PRODUCTION}/24", f"{self.PRODUCTION6}/64"])
        devices = []
        for host, address, address6 in (
                (self.production, self.PRODUCTION_INNER, self.PRODUCTION_INNER6),
                (self.target, self.TARGET, self.TARGET6),
                (self.assistant, self.ASSISTANT, self.ASSISTANT6)):
            device, port = lab.link(host, [f"{address}/24", f"{address6}/64"], switch, [])
            switch.ip("link", "set", port, "master", "hub")
            devices.append(device)
        self.production_device, self.target_device, self.assistant_device = devices

    def route_clients_to(self, gateway: str, gateway6: str, *networks: str) -> None:
        """The target sends what is meant for `networks` (default: the clients') that way."""
        for network in networks or (self.CLIENTS, self.CLIENTS6):
            via = gateway6 if ":" in network else gateway
            self.target.ip("route", "add", network, "via", via)


def start_load(host: Host, name: str, plan: Plan, congestion_control: str = "") -> Program:
    return host.python(
        name, "tests.lab.http_load", "--host", plan.host, "--port", plan.port,
        "--connections", plan.connections, "--requests", plan.requests,
        "--pipeline", plan.pipeline, "--rate", plan.rate, "--at-once", plan.at_once,
        "--upload", plan.upload, "--congestion-control", congestion_control)


def planned(plan: Plan) -> list[list[bytes]]:
    """The requests of a load: for each connection, in order."""
    return [[request(connection, number, plan.host_header, number == plan.requests)
             for number in range(1, plan.requests + 1)]
            for connection in range(1, plan.connections + 1)]


def expect_planned(nginx: Nginx, plan: Plan, ignore: Container[int] = (), times: int = 1) -> int:
    """`nginx` got exactly the planned load: every connection with its requests in order, every byte;
    and that so many times.

    `ignore` has nginx's numbers of other connections. Returns the number of bytes.
    """
    logged: dict[int, list[bytes]] = {}
    for line in nginx.requests():
        if line.connection in ignore:
            continue
        sent = line.as_sent()
        assert line.length == len(sent), f"{line.length} bytes, {sent!r} has {len(sent)}"
        assert line.status == 200, line
        stream = logged.setdefault(line.connection, [])
        stream.append(sent)
        assert line.number == len(stream), f"request {len(stream)} of its connection: {line}"
    expected = planned(plan) * times
    assert len(logged) == len(expected), f"{len(expected)} connections, {len(logged)} came"
    assert sorted(logged.values()) == sorted(expected), "a stream differs"
    return sum(len(one) for stream in expected for one in stream)
