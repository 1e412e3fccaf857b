"""A replay whose options come from a file."""

from __future__ import annotations

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.servers import Recording
from tests.lab.topology import ThreeHosts

PATIENCE = 10


class ConfigTest(labtest.LabTest):
    def test_options_of_a_file_and_of_the_command_line(self) -> None:
        net = ThreeHosts(self.lab)
        Recording(net.production, "production", [f"{net.PRODUCTION}:80"], "--answer", "ok")
        target = Recording(net.target, "target", [f"{net.TARGET}:80"], "--answer", "ok")
        config = self.lab.folder / "shop.conf"
        config.write_text("# a target that is not there, and one that is\n"
                          f'transfer = "81-{net.TARGET}:81"\n'
                          "drain = 2  # s\n"
                          "no-wait = true\n")
        nowhere = Copier.live(net.production, "--config", config)
        copier = Copier.live(net.production, "--config", config, "-x", f"80-{net.TARGET}:80")
        net.play(f"{net.PRODUCTION}:80", "send:hello", "expect:2").succeed(PATIENCE)
        target.wait_for_streams([b"hello"], PATIENCE)
        target.wait_for_ends(1, PATIENCE)
        copier.finish().expect(completed=1)
        self.assertEqual(nowhere.finish().sessions_seen, 0)


if __name__ == "__main__":
    labtest.main()
