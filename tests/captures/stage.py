"""Two hosts on which captures are played: the copier's, and the target with the recorded servers."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.captures.dissect import Endpoint, Stream
from tests.lab import ledger
from tests.lab.copier import Copier
from tests.lab.labnet import Lab
from tests.lab.path import Faults, FaultyPath
from tests.lab.wait import Timeout, wait_for

# Of the ranges for benchmarks, which no capture should hold.
COPIER, TARGET = "198.18.0.1", "198.18.0.2"
COPIER6, TARGET6 = "2001:2::1", "2001:2::2"
_FIRST_PORT = 20000
_RUN_SECONDS = 120.0
# For recorded servers whose answers were not captured; a lost packet must not look like one of them.
_ANSWER_TIMEOUT, _LOSSY_ANSWER_TIMEOUT = 5, 20
_ARRIVAL_SECONDS = 5.0


def is_v6(endpoint: Endpoint) -> bool:
    return ipaddress.ip_address(endpoint[0]).version == 6


def bracketed(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


@dataclass
class Performance:
    """What became of one capture."""

    received: dict[int, bytes]  # by number of the stream
    ledger: ledger.Ledger | None
    problem: str = ""
    complaints: list[str] = field(default_factory=list)  # of the copier about the file


class Stage:
    """The target routes everything to the copier's host: replies to any client's address go there."""

    def __init__(self, lab: Lab, faults: Faults | None = None, seed: object = 1) -> None:
        """With `faults` there is a path that has them both ways between the two hosts."""
        self.lab = lab
        self._answer_timeout = _LOSSY_ANSWER_TIMEOUT if faults else _ANSWER_TIMEOUT
        self.copier, self.target = lab.host("copier"), lab.host("target")
        ends = (self.copier, [f"{COPIER}/24", f"{COPIER6}/64"],
                self.target, [f"{TARGET}/24", f"{TARGET6}/64"])
        if faults is None:
            lab.link(*ends)
        else:
            FaultyPath(lab, *ends, rightward=faults, leftward=faults, seed=seed)
        for name in ("all", "default"):
            self.target.sysctl(f"net/ipv4/conf/{name}/rp_filter", 0)
        self.target.ip("route", "add", "default", "via", COPIER)
        self.target.ip("-6", "route", "add", "default", "via", COPIER6)
        self._port = _FIRST_PORT
        self._count = 0

    def perform(self, capture: Path, streams: list[Stream]) -> Performance:
        """Plays `capture`; every production endpoint has a port of its own, used once only.

        Clients keep their addresses, unless one is such that the target's kernel would drop it.
        """
        self._count += 1
        folder = self.lab.folder / f"capture{self._count}"
        folder.mkdir()
        ports: dict[Endpoint, int] = {}
        for stream in streams:
            if stream.server not in ports:
                self._port += 1
                ports[stream.server] = self._port
        plan = self.lab.folder / f"plan{self._count}.json"
        keep = all(stream.has_usable_client for stream in streams)
        plan.write_text(json.dumps(_plan(streams, ports, keep)))
        playback = self.target.python(f"playback{self._count}", "tests.captures.playback", plan,
                                      folder)
        playback.wait_for_output("ready", 20)
        result = self._run(capture, streams, ports, folder, keep)
        playback.stop()
        return result

    def _run(self, capture: Path, streams: list[Stream], ports: dict[Endpoint, int],
             folder: Path, keep: bool) -> Performance:
        mapping = ",".join(
            f"{bracketed(*server)}-{bracketed(TARGET6 if is_v6(server) else TARGET, port)}"
            for server, port in ports.items())
        copier = Copier(self.copier, "-i", capture.absolute(), "-x", mapping,
                        "-c", "keep" if keep else "self", "-a", "max", "-t", self._answer_timeout)
        account, problem = None, ""
        try:
            # 1: the file is damaged; what came before that has been replayed, and is in the ledger.
            code = copier.program.wait(_RUN_SECONDS)
            if code not in (0, 1) or not copier.summary.exists():
                raise AssertionError(copier.program.tail())
            account = ledger.read(copier.summary)
            account.check()
        except AssertionError as error:
            problem = str(error)
            copier.program.stop()
        complaints = copier.program.err.read_text().splitlines() if account and code else []

        def received() -> dict[int, bytes]:
            return {int(path.name): path.read_bytes() for path in folder.iterdir()}

        wanted = {n: s.client_bytes for n, s in enumerate(streams) if s.is_complete}
        try:  # what the copier saw acknowledged may still be on its way through the server
            wait_for(lambda: all(received().get(n) == data for n, data in wanted.items()),
                     0 if problem else _ARRIVAL_SECONDS, "all streams")
        except Timeout:
            pass  # the caller compares, and tells which ones
        return Performance(received(), account, problem, complaints)


def _plan(streams: list[Stream], ports: dict[Endpoint, int], keep: bool) -> dict[str, object]:
    parts = []
    for number, stream in enumerate(streams):
        all_bytes = len(stream.client_bytes)
        server = stream.of_server
        parts.append({
            "id": number, "client": stream.client if keep else None, "port": ports[stream.server],
            "script": [(need, said.hex()) for need, said in stream.script()],
            "fin_after": None if server.fin_ack is None else min(server.fin_ack, all_bytes),
            # Not earlier: a reset would destroy what the client had said by then.
            "reset_after": all_bytes if server.reset and server.fin_ack is None else None})
    listen = [(TARGET6 if is_v6(server) else TARGET, port) for server, port in ports.items()]
    return {"listen": listen, "parts": parts}
