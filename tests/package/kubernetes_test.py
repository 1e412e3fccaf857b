"""The manifests for Kubernetes: sound YAML, and command lines that the program takes."""

from __future__ import annotations

import os
import shlex
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path("tools/package/kubernetes")
BINARY = Path("tools/tcpcopy").absolute()
# A network with a way to any target, so that a dry run finds one.
NETWORK = "ip link set lo up && ip route add default dev lo && exec sh -c "
EMPTY_CAPTURE = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)


def documents(name: str) -> dict[str, Any]:
    """The documents of a manifest by their kind."""
    found = list(yaml.safe_load_all((FOLDER / name).read_text()))
    kinds = {document["kind"]: document for document in found}
    assert len(kinds) == len(found), "two documents of a kind"
    return kinds


def pod(workload: dict[str, Any]) -> dict[str, Any]:
    return workload["spec"]["template"]["spec"]


def container(workload: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod(workload)["containers"]
    return only


def bytes_of(quantity: str) -> int:
    units = {"Mi": 1 << 20, "Gi": 1 << 30}
    return int(quantity[:-2]) * units[quantity[-2:]]


class KubernetesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("bin", "captures", "etc/tcpcopy", "results", "run/tcpcopy"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "captures/day.pcap").write_bytes(EMPTY_CAPTURE)

    def here(self, text: str) -> str:
        """The mounted folders are this test's."""
        for name in ("/captures/", "/etc/tcpcopy/", "/results/", "/run/tcpcopy/"):
            text = text.replace(name, f"{self.folder}{name}")
        return text

    def write_options(self, config_map: dict[str, Any]) -> None:
        for name, text in config_map["data"].items():
            (self.folder / "etc/tcpcopy" / name).write_text(self.here(text))

    def run_container(self, workload: dict[str, Any], more: str,
                      **environment: str) -> subprocess.CompletedProcess[str]:
        """The container's command with `more` behind the program's options."""
        program = self.folder / "bin/tcpcopy"
        program.write_text(f'#!/bin/sh\nexec {BINARY} "$@" {more}\n')
        program.chmod(0o755)
        spec = container(workload)
        environment |= {each["name"]: each["value"] for each in spec.get("env", [])}
        environment["PATH"] = f"{self.folder}/bin:{os.environ['PATH']}"
        command = shlex.join(map(self.here, [*spec["command"], *spec.get("args", [])]))
        return subprocess.run(
            ["unshare", "--user", "--map-root-user", "--net", "sh", "-c",
             NETWORK + shlex.quote(command)],
            env=environment, capture_output=True, text=True, check=False, timeout=60)

    def check_privileges(self, workload: dict[str, Any]) -> None:
        context = container(workload)["securityContext"]
        self.assertEqual(context["capabilities"],
                         {"drop": ["ALL"], "add": ["NET_RAW", "NET_ADMIN"]})
        self.assertEqual(context["runAsUser"], 0)
        self.assertIs(context["allowPrivilegeEscalation"], False)
        self.assertNotIn("privileged", context)

    def check_mounts(self, workload: dict[str, Any]) -> None:
        volumes = {volume["name"] for volume in pod(workload)["volumes"]}
        self.assertEqual(volumes, {mount["name"] for mount in container(workload)["volumeMounts"]})

    def check_memory(self, workload: dict[str, Any], options: str) -> None:
        """The limit is what the options allow, and a quarter more."""
        (megabytes,) = [line.split()[-1] for line in options.splitlines() if "memory" in line]
        limit = bytes_of(container(workload)["resources"]["limits"]["memory"])
        self.assertEqual(limit, int(megabytes) * 5 // 4 << 20)

    def test_each_pod_of_the_job_replays_its_part(self) -> None:
        kinds = documents("replay-job.yaml")
        job, options = kinds["Job"], kinds["ConfigMap"]
        self.write_options(options)
        spec = job["spec"]
        self.assertEqual(spec["completionMode"], "Indexed")
        self.assertEqual(spec["completions"], spec["parallelism"])
        self.assertEqual(pod(job)["restartPolicy"], "Never")
        for index in range(spec["completions"]):
            done = self.run_container(job, "--dry-run", JOB_COMPLETION_INDEX=str(index))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"  shard       {index + 1}/{spec['completions']} of the sessions",
                          done.stdout)
            self.assertIn(f"{self.folder}/captures/day.pcap", done.stdout)
        self.check_privileges(job)
        self.check_mounts(job)
        self.check_memory(job, options["data"]["replay.conf"])
        self.assertEqual(container(job)["securityContext"]["seccompProfile"]["type"], "Unconfined")
        self.assertEqual(options["metadata"]["name"], pod(job)["volumes"][0]["configMap"]["name"])

    def test_its_command_line_is_read(self) -> None:
        """What the test above shows could not be seen if the program ignored its options."""
        kinds = documents("replay-job.yaml")
        self.write_options(kinds["ConfigMap"])
        done = self.run_container(kinds["Job"], "--dry-run", JOB_COMPLETION_INDEX="4")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--shard: 4 shards have no number 5", done.stderr)

    def test_the_parts_are_added_up(self) -> None:
        job = documents("sum-job.yaml")["Job"]
        (self.folder / "results/part-1.json").write_text("{}")
        done = self.run_container(job, "")
        self.assertEqual(done.returncode, 2)
        self.assertIn("part-1.json: is no summary", done.stderr)
        self.check_privileges(job)
        self.check_mounts(job)

    def test_each_node_copies_its_traffic(self) -> None:
        kinds = documents("daemonset.yaml")
        workload, options = kinds["DaemonSet"], kinds["ConfigMap"]
        self.write_options(options)
        done = self.run_container(workload, "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("this host's addresses -> 10.0.0.2:8080", done.stdout)
        self.assertIs(pod(workload)["hostNetwork"], True)
        self.assertEqual(workload["spec"]["selector"]["matchLabels"],
                         workload["spec"]["template"]["metadata"]["labels"])
        self.check_privileges(workload)
        self.check_mounts(workload)
        self.check_memory(workload, options["data"]["live.conf"])
        self.assertEqual(container(workload)["securityContext"]["seccompProfile"]["type"],
                         "Unconfined")

    def test_the_probe_finds_a_process_that_lives(self) -> None:
        workload = documents("daemonset.yaml")["DaemonSet"]
        probe = [self.here(word) for word in container(workload)["readinessProbe"]["exec"]["command"]]
        number = self.folder / "run/tcpcopy/pid"
        ended = subprocess.Popen(["true"])
        ended.wait()
        for pid, code in ((os.getpid(), 0), (ended.pid, 1)):
            number.write_text(f"{pid}\n")
            done = subprocess.run(probe, capture_output=True, check=False, timeout=10)
            self.assertEqual(done.returncode, code)


if __name__ == "__main__":
    unittest.main()
