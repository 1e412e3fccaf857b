"""Counts packets in a host's own firewall, without changing what happens to them."""

from __future__ import annotations

from tests.lab.labnet import Host


class PacketCounter:
    """Incoming packets for which an nft expression holds, from the moment of its making."""

    _count = 0

    def __init__(self, host: Host, match: str) -> None:
        PacketCounter._count += 1
        self.host = host
        self.table = f"count{PacketCounter._count}"
        host.run("nft", f"add table inet {self.table}; add counter inet {self.table} seen; "
                 f"add chain inet {self.table} in {{ type filter hook prerouting priority -500; }}; "
                 f"add rule inet {self.table} in {match} counter name seen")

    def value(self) -> int:
        listed = self.host.run("nft", "list", "counter", "inet", self.table, "seen")
        return int(listed.split("packets ")[1].split()[0])
