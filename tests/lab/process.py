"""Programs of the lab: started in a host, logged to files, stopped by their own process only."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from tests.lab.wait import wait_for

_STOP_SECONDS = 10.0
_TAIL_LINES = 40


class Program:
    """A running program whose output goes to `<name>.out` and `<name>.err` below `folder`."""

    def __init__(self, name: str, command: list[str], folder: Path,
                 environment: dict[str, str]) -> None:
        self.name = name
        self.command = command
        self.out = folder / f"{name}.out"
        self.err = folder / f"{name}.err"
        self.stop_signal = signal.SIGTERM
        # setpriv: should the test be killed, the kernel kills what it started.
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *command],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder, env=environment)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """As of subprocess: negative is the signal that ended it, None while it runs."""
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float) -> int:
        """The exit code; fails when the program does not end by itself in time."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {seconds} s") from None

    def succeed(self, seconds: float) -> str:
        """Waits for exit code 0 and returns the standard output."""
        code = self.wait(seconds)
        if code != 0:
            raise AssertionError(f"{self.name} ended with {code}\n{self.tail()}")
        return self.out.read_text("utf-8", "replace")

    def stop(self) -> None:
        """`stop_signal`, and SIGKILL when that is ignored. Harmless when it has ended."""
        if self.running:
            self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)

    def output(self) -> str:
        return self.out.read_text("utf-8", "replace") + self.err.read_text("utf-8", "replace")

    def wait_for_output(self, text: str, seconds: float) -> None:
        """Until `text` is printed; fails at once when the program ends without having said it."""
        wait_for(lambda: text in self.output() or not self.running, seconds,
                 lambda: f"{self.name} prints {text!r}\n{self.tail()}")
        if text not in self.output():
            raise AssertionError(f"{self.name} ended ({self.exit_code}) before it printed {text!r}"
                                 f"\n{self.tail()}")

    def tail(self) -> str:
        """The end of its output, for failure messages."""
        parts = [f"--- {self.name} (exit {self.exit_code}): {' '.join(self.command)}"]
        for path in (self.out, self.err):
            lines = path.read_text("utf-8", "replace").splitlines()
            if len(lines) > _TAIL_LINES:
                parts.append(f"... {len(lines) - _TAIL_LINES} lines of {path.name} left out")
            parts.extend(lines[-_TAIL_LINES:])
        return "\n".join(parts)
