"""The lab itself works: namespaces, links, servers, clients."""

from __future__ import annotations

import json
import subprocess
import unittest

from tests.lab import http_load, labnet, labtest, servers, wait


class LabnetTest(labtest.LabTest):
    def test_hosts_reach_each_other_by_both_families(self) -> None:
        left, right = self.lab.host("left"), self.lab.host("right")
        self.lab.link(left, ["10.0.0.1/24", "2001:db8::1/64"],
                      right, ["10.0.0.2/24", "2001:db8::2/64"])
        server = servers.Recording(right, "server", ["10.0.0.2:80", "[2001:db8::2]:80"],
                                   "--answer", "HTTP/1.1 204 Yes\\r\\n\\r\\n")
        for address in ("10.0.0.2", "[2001:db8::2]"):
            left.run("curl", "-sf", "-m", "5", f"http://{address}/")
        self.assertEqual(len(server.streams()), 2)

    def test_stops_what_it_started(self) -> None:
        program = self.lab.host("one").start("cat", "tail", "-f", "/dev/null")
        program.stop()
        self.assertEqual(program.exit_code, -15)

    def test_wait_for_names_what_did_not_come(self) -> None:
        with self.assertRaisesRegex(wait.Timeout, "the sun"):
            wait.wait_for(lambda: False, 0.05, "the sun")
        self.assertEqual(wait.wait_for(lambda: 7, 0.05, "seven"), 7)

    def test_commands_report_their_errors(self) -> None:
        with self.assertRaisesRegex(AssertionError, "exit"):
            labnet.run(["ip", "link", "show", "nowhere"])


class ServersTest(labtest.LabTest):
    def test_nginx_log_holds_every_byte_of_a_planned_request(self) -> None:
        host = self.lab.host("one")
        nginx = servers.Nginx(host, "nginx", ["127.0.0.1:80"])
        load = host.python("load", "tests.lab.http_load", "--host", "127.0.0.1", "--port", 80,
                           "--connections", 3, "--requests", 4, "--pipeline", 2)
        self.assertEqual(json.loads(load.succeed(20))["answered"], 12)
        nginx.wait_for_requests(12, 5)
        sent = [http_load.request(c, n, "127.0.0.1:80", n == 4)
                for c in (1, 2, 3) for n in (1, 2, 3, 4)]
        logged = nginx.requests()
        self.assertEqual(sorted(line.as_sent() for line in logged), sorted(sent))
        for line in logged:
            self.assertEqual(line.length, len(line.as_sent()))

    def test_nginx_keeps_what_is_put(self) -> None:
        host = self.lab.host("one")
        nginx = servers.Nginx(host, "nginx", ["127.0.0.1:80"])
        body = bytes(range(256)) * 100
        (self.lab.folder / "body").write_bytes(body)
        host.run("curl", "-sf", "-T", str(self.lab.folder / "body"), "http://127.0.0.1/put/a")
        self.assertEqual(nginx.put_file("a").read_bytes(), body)

    def test_others_start(self) -> None:
        host = self.lab.host("one")
        redis = servers.Redis(host, "redis", "127.0.0.1", 6379)
        empty = redis.digest()
        redis.cli("set", "a", "1")
        self.assertNotEqual(redis.digest(), empty)
        vsftpd = servers.Vsftpd(host, "vsftpd", "127.0.0.1", 21)
        host.run("curl", "-s", "-m", "5", "-Q", "SYST", "--head", "ftp://127.0.0.1/")
        self.assertIn("SYST", vsftpd.commands())

    def test_recorder_behaviours(self) -> None:
        host = self.lab.host("one")
        for number, (behaviour, ends) in enumerate([
                (["--close-after", 1], ["closed by us"]),
                (["--reset-after", 1], ["reset by us"]),
                (["--answer", "HTTP/1.1 200 OK\\r\\n\\r\\n", "--close-after", 10 ** 6], [])]):
            endpoint = f"127.0.0.1:{8000 + number}"
            server = servers.Recording(host, f"server{number}", [endpoint], *behaviour)
            subprocess.run(host.inside("curl", "-s", "-m", "1", f"http://{endpoint}/"), check=False,
                           capture_output=True)
            server.wait_for_ends(len(ends), 5)
            self.assertEqual(server.ends()[:len(ends)], ends)
            self.assertTrue(server.streams()[0].startswith(b"GET / HTTP/1.1\r\n"))


if __name__ == "__main__":
    labtest.main()
