"""A server that does as it is told and records every byte that each connection brought.

Run as a program in a host: `recording_server.py --listen 10.0.0.2:80 --record DIR [behaviour]`. Of every
accepted connection it leaves `DIR/00001.bytes`, numbered in order of acceptance, and a line of JSON in
`DIR/connections`: who, how many bytes, how it ended, what came out of turn. `ready` is printed when it listens.
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

    greeting: bytes = b""  # sent first
    greeting_delay: float = 0.0  # seconds before it
    answer: bytes = b""  # sent for every request
    separator: bytes = b""  # ends a request; empty: every read is one
    echo: bool = False
    delay: float = 0.0  # seconds before an answer
    answer_at_end: bool = False  # one answer, when the client has said all (FIN)
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

    def closed(self, **facts: object) -> None:
        self.index.write(json.dumps(facts).encode() + b"\n")


class Connection:
    """One accepted connection and what is to be told of it."""

    def __init__(self, does: Behaviour, record: BinaryIO, reader: asyncio.StreamReader,
                 writer: asyncio.StreamWriter) -> None:
        self.does = does
        self.record = record
        self.reader = reader
        self.writer = writer
        self.length = 0
        self.before_greeting = 0  # bytes that came before we had spoken
        self.most_at_once = 0  # requests that came together, the one before being answered
        self._rest = b""

    async def talk(self) -> str:
        """Until the connection ends; says how."""
        if self.does.greeting:
            await self._greet()
        while data := await self.reader.read(_CHUNK):
            self._take(data)
            if self.does.reset_after is not None and self.length >= self.does.reset_after:
                self._reset()
                return "reset by us"
            if self.does.close_after is not None and self.length >= self.does.close_after:
                return "closed by us"
            if not self.does.answer_at_end:
                await self._answer_all(data)
        if self.does.answer_at_end:
            await self._answer(b"")
        return "fin"

    def _take(self, data: bytes) -> None:
        self.record.write(data)
        self.length += len(data)

    async def _greet(self) -> None:
        if self.does.greeting_delay:
            try:
                early = await asyncio.wait_for(self.reader.read(_CHUNK), self.does.greeting_delay)
                self._take(early)
                self.before_greeting = len(early)
            except asyncio.TimeoutError:
                pass
        self.writer.write(self.does.greeting)

    async def _answer_all(self, data: bytes) -> None:
        requests = [data]
        if self.does.separator:
            *requests, self._rest = (self._rest + data).split(self.does.separator)
        self.most_at_once = max(self.most_at_once, len(requests))
        for request in requests:
            await self._answer(request)

    async def _answer(self, request: bytes) -> None:
        if self.does.delay:
            await asyncio.sleep(self.does.delay)
        if answer := request if self.does.echo else self.does.answer:
            self.writer.write(answer)
            await self.writer.drain()

    def _reset(self) -> None:
        """Closing with linger 0 makes the kernel send RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class Server:
    def __init__(self, behaviour: Behaviour, recorder: Recorder) -> None:
        self.behaviour = behaviour
        self.recorder = recorder

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, record = self.recorder.open()
        connection = Connection(self.behaviour, record, reader, writer)
        try:
            end = await connection.talk()
        except ConnectionError as error:
            end = type(error).__name__
        record.close()
        writer.close()
        self.recorder.closed(
            number=number, peer=writer.get_extra_info("peername")[:2], bytes=connection.length,
            before_greeting=connection.before_greeting, most_at_once=connection.most_at_once,
            end=end)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", action="append", required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--greeting", default="")
    parser.add_argument("--greeting-delay", type=float, default=0.0)
    parser.add_argument("--answer", default="")
    parser.add_argument("--answer-bytes", type=int, default=0)
    parser.add_argument("--separator", default="")
    parser.add_argument("--echo", action="store_true")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--answer-at-end", action="store_true")
    parser.add_argument("--close-after", type=int)
    parser.add_argument("--reset-after", type=int)
    return parser.parse_args(arguments)


def text(argument: str) -> bytes:
    """`\\r\\n` and the like may be written as in Python."""
    return argument.encode().decode("unicode_escape").encode("latin-1")


async def main() -> None:
    options = parse()
    behaviour = Behaviour(
        greeting=text(options.greeting), greeting_delay=options.greeting_delay,
        answer=text(options.answer) + b"x" * options.answer_bytes,
        separator=text(options.separator), echo=options.echo, delay=options.delay,
        answer_at_end=options.answer_at_end, close_after=options.close_after,
        reset_after=options.reset_after)
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
