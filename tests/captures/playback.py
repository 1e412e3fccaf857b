"""The server side of a capture, played on real kernel sockets.

Run as a program on the target host: `playback.py PLAN RECORD_DIR`. PLAN is JSON: the address and ports
to listen on, and for each recorded stream who its client was, what the server said after how many of
the client's bytes, and how it closed. An accepted connection is known by its client's address and
port, or only by the port that it came to where the plan names no clients; streams that look the same
are taken in order. What a stream brought is left in `RECORD_DIR/<id>`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from collections import defaultdict, deque
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1 << 16


@dataclass
class Part:
    """One recorded stream, from the server's view."""

    id: int
    client: list[object] | None  # address and port; None: anybody
    port: int  # that stands for the production server's endpoint
    script: list[tuple[int, str]]  # after so many bytes of the client, these (hex)
    fin_after: int | None  # bytes of the client, then FIN; None: the client closes first, or nobody
    reset_after: int | None  # bytes of the client, then RST


class Play:
    def __init__(self, part: Part, record: BinaryIO, reader: asyncio.StreamReader,
                 writer: asyncio.StreamWriter) -> None:
        self.part = part
        self.record = record
        self.reader = reader
        self.writer = writer
        self.received = 0

    async def play(self) -> None:
        for need, said in self.part.script:
            await self._read(need)
            self.writer.write(bytes.fromhex(said))
            await self.writer.drain()
        if self.part.reset_after is not None:
            await self._read(self.part.reset_after)
            sock = self.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
            return
        if self.part.fin_after is not None:
            await self._read(self.part.fin_after)
            self.writer.write_eof()
        await self._read(None)

    async def _read(self, until: int | None) -> None:
        """Until so many bytes have come, or until the client's FIN."""
        while until is None or self.received < until:
            data = await self.reader.read(_CHUNK)
            if not data:
                return
            self.record.write(data)
            self.received += len(data)


class Stage:
    def __init__(self, parts: list[Part], folder: Path) -> None:
        self.folder = folder
        self.waiting: dict[tuple[object, ...], deque[Part]] = defaultdict(deque)
        for part in parts:
            self.waiting[(part.port, *(part.client or ()))].append(part)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address, port = writer.get_extra_info("peername")[:2]
        to = writer.get_extra_info("sockname")[1]
        key = (to, address, port) if (to, address, port) in self.waiting else (to,)
        if not self.waiting[key]:
            print(f"nobody recorded came from {address} port {port}", file=sys.stderr, flush=True)
            writer.close()
            return
        part = self.waiting[key].popleft()
        with open(self.folder / str(part.id), "wb", buffering=0) as record:
            try:
                await Play(part, record, reader, writer).play()
            except ConnectionError as error:
                print(f"{part.id}: {type(error).__name__}", file=sys.stderr, flush=True)
        writer.close()


async def main(plan_file: str, folder: str) -> None:
    plan = json.loads(Path(plan_file).read_text())
    stage = Stage([Part(**part) for part in plan["parts"]], Path(folder))
    listening = [await asyncio.start_server(stage.serve, address, port, backlog=1024)
                 for address, port in plan["listen"]]
    print("ready", flush=True)
    await asyncio.gather(*(one.serve_forever() for one in listening))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
