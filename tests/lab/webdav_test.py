"""nginx with WebDAV: what curl stores, moves and removes leaves the same files at the target."""

from __future__ import annotations

import random
from collections import Counter

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.equal_data import wait_until_equal
from tests.lab.process import Program
from tests.lab.recorder import Recorder
from tests.lab.servers import Nginx
from tests.lab.topology import ThreeHosts

PATIENCE = 60
BUFFER = ("-B", "128")  # MB: all of it, should the copier not get a turn on a busy machine
CLIENTS = 6
SIZES = (0, 10, 100_000, 4_000_000)  # curl asks before it sends the largest (100 Continue)


class WebDavTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = net = ThreeHosts(self.lab)
        self.production = Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        self.target = Nginx(net.target, "target", [f"{net.TARGET}:80"])
        rng = random.Random(1)
        for size in SIZES:
            (self.lab.folder / f"body{size}").write_bytes(rng.randbytes(size))

    def requests(self, n: int) -> list[list[str]]:
        """What one client asks for in one connection: a list of curl's settings for each request."""
        base = f"http://{self.net.PRODUCTION}/dav/{n}"

        def store(size: int, path: str) -> list[str]:
            return [f"upload-file={self.lab.folder / f'body{size}'}", f"url={base}/{path}"]

        def ask(method: str, path: str, *more: str) -> list[str]:
            return [f"request={method}", f"url={base}/{path}", *more]

        def onto(path: str) -> str:
            return f"header=Destination: {base}/{path}"

        return [
            ask("MKCOL", ""),
            ask("MKCOL", ""),  # refused: it is there
            *(store(size, f"size{size}") for size in SIZES),
            ["header=Transfer-Encoding: chunked", *store(100_000, "chunked")],
            ask("GET", f"size{SIZES[-1]}"),
            ask("COPY", f"size{SIZES[-1]}", onto("copied")),
            store(10, "deep/er/file"),
            ask("MOVE", "deep/", onto("moved/")),
            ask("COPY", "moved/", onto("both/")),
            ask("COPY", "moved/", onto("both/"), "header=Overwrite: F"),  # refused
            ask("DELETE", "moved/"),
            ask("DELETE", "moved/"),  # refused: there is no such folder
            store(100_000, f"size{SIZES[1]}"),
            ask("DELETE", f"size{SIZES[2]}"),
            ask("PROPFIND", ""),  # refused: not a method that it has
            store(SIZES[-1], "last"),
        ]

    def start(self, n: int) -> Program:
        config = self.lab.folder / f"curl{n}"
        config.write_text("next\n".join("".join(
            f'{name} = "{value}"\n' for name, _, value in (line.partition("=") for line in request))
            + f"output = {self.lab.folder / f'got{n}'}\n" for request in self.requests(n)))
        return self.net.client.start(f"client{n}", "curl", "-sS", "-m", str(PATIENCE), "-K",
                                     str(config))

    def run_clients(self) -> None:
        for program in [self.start(n) for n in range(CLIENTS)]:
            program.succeed(PATIENCE)
        folder = self.production.folder / "root" / "dav"
        for n in range(CLIENTS):
            self.assertEqual(sorted(str(path.relative_to(folder / str(n)))
                                    for path in (folder / str(n)).rglob("*") if path.is_file()),
                             ["both/er/file", "chunked", "copied", "last", "size0", "size10",
                              f"size{SIZES[-1]}"])

    def expect_equal(self) -> None:
        """Files, and what the servers thought of each request."""
        self.target.wait_for_requests(self.production.count(), PATIENCE)  # nothing goes any more
        wait_until_equal(self.production, self.target, PATIENCE)
        done, copied = (Counter((line.request, line.number, line.status)
                                for line in server.requests())
                        for server in (self.production, self.target))
        self.assertEqual(done, copied)
        self.assertEqual(done.total(), CLIENTS * len(self.requests(0)))

    def test_live(self) -> None:
        copier = Copier.live(self.net.production, "-x", f"80-{self.net.TARGET}:80", *BUFFER)
        self.run_clients()
        self.expect_equal()
        ledger = copier.finish()
        ledger.expect(completed=CLIENTS)
        ledger.expect_all_delivered()

    def test_from_a_capture_file(self) -> None:
        recorder = Recorder(self.net.production, self.net.client_cable, "tcp port 80", *BUFFER)
        self.run_clients()
        copier = Copier(self.net.production, "-i", recorder.stop(), "-x",
                        f"80-{self.net.TARGET}:80", "-a", "max")
        ledger = copier.result(PATIENCE)
        self.expect_equal()
        ledger.expect(completed=CLIENTS)
        ledger.expect_all_delivered()


if __name__ == "__main__":
    labtest.main()
