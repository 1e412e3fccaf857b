"""Makes the small captures in tests/captures/data: `make_captures.py DIR`.

Three dialogues between kernels of the lab are recorded on a cable, by both IP families; the same
packets are then written with other link layers, tunnels around them, byte orders and time
resolutions, in pieces, and twice. Run it again only to change what the captures hold; the tests use
the files.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.lab import labnet
from tests.lab.scripted_client import random_bytes
from tests.lab.servers import Recording
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_until_steady

PORT = 8080
_PATIENCE = 20.0
_ETHERNET, _NULL, _RAW, _SLL2 = 1, 0, 101, 276
_IPV4_IN_IP, _UDP, _GRE = 4, 17, 47
_PIECE_BYTES = 1000  # of fragments, a multiple of 8
_HEADER = "IHHiIII"

# Steps of the clients; the server greets with "hi\n" and answers each line with "ok\n".
DIALOGUES = (
    ("expect:3", "send:one\n", "expect:3", "send:two\n", "expect:3", "send:three\n", "expect:3"),
    ("send:before the greeting\n", "expect:6", "send-random:4000", "shutdown", "wait-eof"),
    ("expect:3", "send-random:3000", "expect:3", "reset"),
)
# What the server must have received of each.
CLIENT_BYTES = (b"one\ntwo\nthree\n", b"before the greeting\n" + random_bytes(4000),
                random_bytes(3000))


@dataclass(frozen=True)
class Packet:
    seconds: int
    microseconds: int
    frame: bytes  # Ethernet

    @property
    def ip(self) -> bytes:
        return self.frame[14:]


def record(lab: labnet.Lab, net: ThreeHosts, address: str, name: str) -> list[Packet]:
    file = lab.folder / name
    endpoint = f"[{address}]:{PORT}" if ":" in address else f"{address}:{PORT}"
    server = Recording(net.production, f"server-{file.name}", [endpoint], "--greeting", "hi\\n",
                       "--separator", "\\n", "--answer", "ok\\n")
    recorder = net.production.start(f"dumpcap-{file.name}", "dumpcap", "-P", "-i",
                                    net.client_cable, "-f", f"tcp port {PORT}", "-w", str(file))
    recorder.wait_for_output("File: ", _PATIENCE)
    for steps in DIALOGUES:
        net.play(endpoint, *steps).succeed(_PATIENCE)
    server.wait_for_ends(len(DIALOGUES), _PATIENCE)
    wait_until_steady(lambda: file.stat().st_size, _PATIENCE)
    recorder.stop()
    assert server.streams() == list(CLIENT_BYTES), server.streams()
    return read_pcap(file)


def read_pcap(file: Path) -> list[Packet]:
    data = file.read_bytes()
    assert struct.unpack_from("<" + _HEADER, data)[0] == 0xA1B2C3D4, "a pcap of microseconds"
    packets, offset = [], 24
    while offset < len(data):
        seconds, microseconds, length, _ = struct.unpack_from("<IIII", data, offset)
        packets.append(Packet(seconds, microseconds, data[offset + 16:offset + 16 + length]))
        offset += 16 + length
    return packets


def write_pcap(file: Path, packets: list[Packet], link: int, frame: Callable[[Packet], bytes],
               order: str = "<", nanoseconds: bool = False) -> None:
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    out = struct.pack(order + _HEADER, magic, 2, 4, 0, 0, 65535, link)
    for packet in packets:
        data = frame(packet)
        fraction = packet.microseconds * (1000 if nanoseconds else 1)
        out += struct.pack(order + "IIII", packet.seconds, fraction, len(data), len(data)) + data
    file.write_bytes(out)


def write_pcapng(file: Path, packets: list[Packet]) -> None:
    """One section, one Ethernet interface with timestamps of 10^-9 s."""
    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        length = struct.pack("<I", len(body) + 12)
        return struct.pack("<I", kind) + length + body + length

    resolution = struct.pack("<HHB3xHH", 9, 1, 9, 0, 0)
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(1, struct.pack("<HHI", _ETHERNET, 0, 65535) + resolution)
    for packet in packets:
        time = packet.seconds * 10**9 + packet.microseconds * 1000
        size = len(packet.frame)
        out += block(6, struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, size, size)
                     + packet.frame)
    file.write_bytes(out)


def tagged(*tags: tuple[int, int]) -> Callable[[Packet], bytes]:
    """Ethernet with VLAN tags: (type, number)."""
    inserted = b"".join(struct.pack(">HH", kind, number) for kind, number in tags)
    return lambda packet: packet.frame[:12] + inserted + packet.frame[12:]


def sll2(packet: Packet) -> bytes:
    header = struct.pack(">HHIHBB", 0x0800, 0, 2, 1, 0, 6) + packet.frame[6:12] + b"\0\0"
    return header + packet.ip


def ethernet(kind: int, *inside: bytes) -> bytes:
    return bytes.fromhex("020000000001020000000002") + struct.pack(">H", kind) + b"".join(inside)


def ipv4(protocol: int, *inside: bytes) -> bytes:
    """A packet between the ends of a tunnel; its checksum is left to the hardware."""
    payload = b"".join(inside)
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0,
                       bytes((203, 0, 113, 1)), bytes((203, 0, 113, 2))) + payload


def udp(port: int, *inside: bytes) -> bytes:
    payload = b"".join(inside)
    return ipv4(_UDP, struct.pack(">HHHH", 50000, port, 8 + len(payload), 0), payload)


def pppoe(packet: Packet) -> bytes:
    return ethernet(0x8864, struct.pack(">BBHHH", 0x11, 0, 9, 2 + len(packet.ip), 0x0057), packet.ip)


def mpls_pseudo_wire(packet: Packet) -> bytes:
    """Two labels, a control word, and the recorded frame."""
    return ethernet(0x8847, struct.pack(">III", 16 << 12 | 64, 17 << 12 | 1 << 8 | 64, 0),
                    packet.frame)


def erspan(packet: Packet) -> bytes:
    """Type II: what switches send from a mirrored port."""
    return ethernet(0x0800, ipv4(_GRE, struct.pack(">HHIII", 0x1000, 0x88BE, 1, 0x10000001, 0),
                                 packet.frame))


def vxlan(packet: Packet) -> bytes:
    return ethernet(0x0800, udp(4789, struct.pack(">II", 0x08000000, 42 << 8), packet.frame))


def geneve(packet: Packet) -> bytes:
    """With an option of four bytes."""
    return ethernet(0x0800, udp(6081, struct.pack(">BBHIHBB", 1, 0, 0x6558, 42 << 8, 0x0102, 0, 0),
                                packet.frame))


def gtp(packet: Packet) -> bytes:
    """As in a 5G network: with the extension header that bears the QoS flow."""
    header = struct.pack(">BBHI", 0x34, 255, 8 + len(packet.ip), 9)
    return ethernet(0x0800, udp(2152, header, b"\0\0\0\x85", b"\1\0\x09\0", packet.ip))


def in_pieces(packets: list[Packet]) -> list[Packet]:
    """IPv4 packets behind plain Ethernet, fragmented."""
    pieces = []
    for number, packet in enumerate(packets):
        header, payload = bytearray(packet.ip[:20]), packet.ip[20:]
        for at in range(0, len(payload), _PIECE_BYTES):
            piece = payload[at:at + _PIECE_BYTES]
            more = at + len(piece) < len(payload)
            struct.pack_into(">HHH", header, 2, 20 + len(piece), number, more << 13 | at // 8)
            pieces.append(replace(packet, frame=packet.frame[:14] + bytes(header) + piece))
    return pieces


def ip_in_ip(packets: list[Packet]) -> list[Packet]:
    """Fragments in a tunnel whose packets are fragmented themselves."""
    return in_pieces([replace(packet, frame=ethernet(0x0800, ipv4(_IPV4_IN_IP, packet.ip)))
                      for packet in in_pieces(packets)])


def seen_twice(packets: list[Packet]) -> list[Packet]:
    """As a capture of all interfaces shows a VLAN: on the cable with its tag, and without."""
    return [packet for original in packets for packet in
            (replace(original, frame=tagged((0x8100, 7))(original)), original)]


def with_reused_port(packets: list[Packet]) -> list[Packet]:
    """The second dialogue from the port of the first, which is over by then."""
    ports = []
    for packet in packets:
        source = struct.unpack_from(">H", packet.ip, 20)[0]
        if source != PORT and source not in ports:
            ports.append(source)
    first, second = (struct.pack(">H", port) for port in ports[:2])

    def renumber(packet: Packet) -> Packet:
        ends = packet.frame[34:38].replace(second, first)
        return Packet(packet.seconds, packet.microseconds,
                      packet.frame[:34] + ends + packet.frame[38:])

    return [renumber(packet) for packet in packets]


def main(folder: Path) -> None:
    lab = labnet.Lab()
    try:
        net = ThreeHosts(lab)
        packets = record(lab, net, net.PRODUCTION, "v4.pcap")
        packets6 = record(lab, net, net.PRODUCTION6, "v6.pcap")
    finally:
        lab.close()
    write(folder, packets, packets6)


def write(folder: Path, packets: list[Packet], packets6: list[Packet]) -> None:
    def plain(packet: Packet) -> bytes:
        return packet.frame

    write_pcapng(folder / "ipv6.pcapng", packets6)
    write_pcap(folder / "ethernet.pcap", packets, _ETHERNET, plain)
    write_pcap(folder / "vlan.pcap", packets, _ETHERNET, tagged((0x8100, 7)))
    write_pcap(folder / "qinq_nanoseconds.pcap", packets, _ETHERNET,
               tagged((0x88A8, 7), (0x8100, 8)), nanoseconds=True)
    write_pcap(folder / "sll2.pcap", packets, _SLL2, sll2)
    write_pcap(folder / "raw_big_endian.pcap", packets, _RAW, lambda packet: packet.ip, order=">")
    write_pcap(folder / "null_port_reused.pcap", with_reused_port(packets), _NULL,
               lambda packet: struct.pack("<I", 2) + packet.ip)
    for name, frame in (("mpls_pseudo_wire", mpls_pseudo_wire), ("erspan", erspan),
                        ("vxlan", vxlan), ("gtp", gtp)):
        write_pcap(folder / f"{name}.pcap", packets, _ETHERNET, frame)
    for name, frame in (("pppoe_ipv6", pppoe), ("geneve_ipv6", geneve)):
        write_pcap(folder / f"{name}.pcap", packets6, _ETHERNET, frame)
    write_pcap(folder / "ip_in_ip_fragments.pcap", ip_in_ip(packets), _ETHERNET, plain)
    write_pcap(folder / "seen_twice.pcap", seen_twice(packets), _ETHERNET, plain)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    labnet.enter()
    main(Path(sys.argv[1]))
