"""The web application behind both front servers: version 1 in production, version 2 under test.

`shop.py --port P --version N --work-ms M --log FILE`. It answers every request after a moment of work
and logs method, path, length and checksum of every body, which is how the demo knows that bodies
arrived as they were sent.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import random
from pathlib import Path
from typing import TextIO

_LINES = {1: 3, 2: 9}  # the new version answers at greater length


class Shop:
    def __init__(self, version: int, work: float, log: TextIO) -> None:
        self.version = version
        self.work = work
        self.log = log

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request: front servers of this kind open a connection for each."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split("\r\n", 1)[0].split(" ", 2)
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        digest = hashlib.sha256(body).hexdigest()
        print(method, path, len(body), digest, sep="\t", file=self.log, flush=True)
        await asyncio.sleep(self.work * random.uniform(0.5, 1.5))
        answer = f"shop version {self.version}: {path}, {len(body)} bytes received\n" * _LINES[
            self.version]
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n"
                     f"Content-Type: text/plain\r\nConnection: close\r\n\r\n{answer}".encode())
        await writer.drain()
        writer.close()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--version", type=int, required=True)
    parser.add_argument("--work-ms", type=float, required=True)
    parser.add_argument("--log", type=Path, required=True)
    options = parser.parse_args()
    with open(options.log, "w", encoding="utf-8") as log:
        shop = Shop(options.version, options.work_ms / 1000, log)
        server = await asyncio.start_server(shop.serve, "127.0.0.1", options.port, backlog=1024)
        print("ready", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
