"""A service manager's notification socket, as sd_notify(3) has it."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.lab.wait import wait_for


class NotifySocket:
    """Collects what a program tells its manager. Its name goes to the program as NOTIFY_SOCKET."""

    def __init__(self, name: str) -> None:
        self.path = Path(f"/run/{name}.notify")  # the lab's own; its folder's name is too long
        self.messages: list[dict[str, str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)

    def close(self) -> None:
        self._socket.close()
        self.path.unlink()

    def told(self, name: str) -> list[str]:
        """All values of `name`, such as READY, until now."""
        while True:
            try:
                text = self._socket.recv(4096).decode()
            except BlockingIOError:
                break
            self.messages.append(dict(line.split("=", 1) for line in text.split("\n")))
        return [message[name] for message in self.messages if name in message]

    def wait_for(self, name: str, seconds: float) -> str:
        return wait_for(lambda: self.told(name), seconds,
                        lambda: f"{name}= told to the manager; it has {self.messages}")[-1]
