"""One large request, from production's client to the target."""

from __future__ import annotations

from tests.lab.labnet import Host
from tests.lab.scripted_client import random_bytes
from tests.lab.servers import Nginx


def upload(client: Host, production: str, target: Nginx, size: int, seconds: float,
           rate: str = "") -> None:
    """Puts so many bytes to production and waits until the target has the same.

    `production` as in a URL; `rate` as curl's, bytes a second at most.
    """
    body = client.lab.folder / "body"
    body.write_bytes(random_bytes(size))
    limit = ["--limit-rate", rate] if rate else []
    client.run("curl", "-sSf", "-m", str(seconds), *limit, "-T", str(body),
               f"http://{production}/put/body")
    target.wait_for_requests(1, seconds)
    assert target.put_file("body").read_bytes() == body.read_bytes(), "another body came"
