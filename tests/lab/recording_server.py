"""A server that does as it is told and records every byte that each connection brought.

Run as a program in a host: `recording_server.py --listen 10.0.0.2:80 --record DIR [behaviour]`. Of every
accepted connection it leaves `DIR/00001.bytes`, numbered in order of acceptance, and a line of JSON in
`DIR/connections`: number, peer, how many bytes, how it ended. `ready` is printed when it listens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1 << 16


@dataclass
class Behaviour:
    """What the server says and when."""

    greeting: bytes = b""  # sent before anything is read
    answer: bytes = b""  # sent for every request
    separator: bytes = b""  # ends a request; empty: every read is one
    echo: bool = False
    delay: float = 0.0  # seconds before an answer
    close_after: int | None = None  # bytes read, then FIN
    reset_after: int | None = None  # bytes read, then RST


@dataclass
class Recorder:
    folder: Path
    count: int = 0
    index: BinaryIO = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.index = open(self.folder / "connections", "ab", buffering=0)

    def open(self) -> tuple[int, BinaryIO]:
        self.count += 1
        return self.count, open(self.folder / f"{self.count:05}.bytes", "wb", buffering=0)

    def closed(self, number: int, peer: object, length: int, how: str) -> None:
        line = json.dumps({"number": number, "peer": peer, "bytes": length, "end": how})
        self.index.write(line.encode() + b"\n")


class Server:
    def __init__(self, behaviour: Behaviour, recorder: Recorder) -> None:
        self.behaviour = behaviour
        self.recorder = recorder

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, record = self.recorder.open()
        peer = writer.get_extra_info("peername")[:2]
        how, length = "fin", 0
        try:
            if self.behaviour.greeting:
                writer.write(self.behaviour.greeting)
            length, how = await self._talk(reader, writer, record)
        except ConnectionError as error:
            how = type(error).__name__
            length = record.tell()
        record.close()
        self.recorder.closed(number, peer, length, how)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
                    record: BinaryIO) -> tuple[int, str]:
        does = self.behaviour
        length = 0
        rest = b""
        while data := await reader.read(_CHUNK):
            record.write(data)
            length += len(data)
            if does.reset_after is not None and length >= does.reset_after:
                self._reset(writer)
                return length, "reset by us"
            if does.close_after is not None and length >= does.close_after:
                return length, "closed by us"
            requests, rest = self._requests(rest + data)
            for request in requests:
                await self._answer(writer, request)
        return length, "fin"

    def _requests(self, data: bytes) -> tuple[list[bytes], bytes]:
        if not self.behaviour.separator:
            return [data], b""
        *requests, rest = data.split(self.behaviour.separator)
        return requests, rest

    async def _answer(self, writer: asyncio.StreamWriter, request: bytes) -> None:
        if self.behaviour.delay:
            await asyncio.sleep(self.behaviour.delay)
        if answer := request if self.behaviour.echo else self.behaviour.answer:
            writer.write(answer)
            await writer.drain()

    @staticmethod
    def _reset(writer: asyncio.StreamWriter) -> None:
        """Closing with linger 0 makes the kernel send RST."""
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", action="append", required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--greeting", default="")
    parser.add_argument("--answer", default="")
    parser.add_argument("--answer-bytes", type=int, default=0)
    parser.add_argument("--separator", default="")
    parser.add_argument("--echo", action="store_true")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--close-after", type=int)
    parser.add_argument("--reset-after", type=int)
    return parser.parse_args(arguments)


def text(argument: str) -> bytes:
    """`\\r\\n` and the like may be written as in Python."""
    return argument.encode().decode("unicode_escape").encode("latin-1")


async def main() -> None:
    options = parse()
    behaviour = Behaviour(
        greeting=text(options.greeting), answer=text(options.answer) + b"x" * options.answer_bytes,
        separator=text(options.separator), echo=options.echo, delay=options.delay,
        close_after=options.close_after, reset_after=options.reset_after)
    server = Server(behaviour, Recorder(options.record))
    listening = []
    for endpoint in options.listen:
        host, port = endpoint.rsplit(":", 1)
        listening.append(await asyncio.start_server(
            server.serve, host.strip("[]"), int(port), backlog=4096))
    print("ready", flush=True)
    await asyncio.gather(*(one.serve_forever() for one in listening))


if __name__ == "__main__":
    asyncio.run(main())
