"""Which folder may include which: the law of the architecture, kept by reading `#include` lines.

GCC with Bazel 4.2 offers no layering check of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tests.lint.source_tree import Finding, SourceFile

BASE, WIRE, TCP, TRACE = "netstack/base", "netstack/wire", "netstack/tcp", "netstack/trace"
RUNTIME, IO, REPLAY, APP = "src/runtime", "src/io", "src/replay", "src/app"
INTERCEPT, DIAGNOSIS = "src/intercept", "src/diagnosis"
NETSTACK = {BASE, WIRE, TCP, TRACE}
CHANNEL = "src/io/intercept"  # between tcpcopy and intercept
BACKENDS = {"src/io/pcap", "src/io/uring", "src/io/nfqueue", CHANNEL}
PARTS = NETSTACK | BACKENDS | {RUNTIME, IO, REPLAY, INTERCEPT, DIAGNOSIS}

# layer -> the layers that it may include, itself aside.
ALLOWED: dict[str, set[str]] = {
    BASE: set(),
    WIRE: {BASE},
    TCP: {BASE, WIRE},
    TRACE: {BASE, WIRE},
    RUNTIME: {BASE},
    IO: {BASE, WIRE, RUNTIME},
    **{backend: {BASE, WIRE, RUNTIME, IO} for backend in BACKENDS},
    REPLAY: NETSTACK | {RUNTIME, IO},
    INTERCEPT: NETSTACK | {RUNTIME, IO, CHANNEL},
    DIAGNOSIS: NETSTACK | BACKENDS | {RUNTIME, IO},
    APP: PARTS,
    "tools": PARTS | {APP},
    "tests": PARTS | {APP},
}
LAYERS = sorted(ALLOWED, key=len, reverse=True)  # the most specific first

# netstack is pure: no system calls, clocks, threads, coroutines or logging.
IMPURE = re.compile(
    r"(sys|linux|netinet|net)/.*|unistd\.h|poll\.h|pthread\.h|signal\.h|time\.h|ctime|fcntl\.h"
    r"|coroutine|thread|mutex|atomic|future|condition_variable|iostream|fstream|cstdio|stdio\.h"
    r"|pcap.*|liburing.*"
)
# The one that says why the process is about to stop.
IMPURE_BY_NATURE = "netstack/base/check.cc"
# System libraries that belong to one backend.
OWNED = {
    "pcap": "src/io/pcap",
    "liburing": "src/io/uring",
    "libnetfilter_queue": "src/io/nfqueue",
    "openssl": CHANNEL,
}

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def layer_of(path: str) -> str | None:
    return next((layer for layer in LAYERS if path.startswith(layer + "/")), None)


def check(files: Iterable[SourceFile]) -> Iterator[Finding]:
    for file in files:
        if not file.is_cpp:
            continue
        layer = layer_of(file.path)
        if layer is None:
            yield Finding(file.path, 1, "lies in no folder that the architecture knows")
            continue
        for match in _INCLUDE.finditer(file.code):
            problem = _problem(file.path, layer, match.group(1) == '"', match.group(2))
            if problem:
                yield Finding(file.path, file.line_of(match.start(1)), problem)


def _problem(path: str, layer: str, quoted: bool, included: str) -> str | None:
    if not quoted:
        return _system_problem(path, layer, included)
    target = layer_of(included)
    if target is None:
        return f'"{included}" is not a path from the top of the repository'
    if _is_oracle(path) and target == TCP:
        return f"a simulated target must not share {TCP}, the code under test"
    if target != layer and target not in ALLOWED[layer]:
        return f"{layer} must not include {target}"
    return None


def _is_oracle(path: str) -> bool:
    """The simulator's target server and what checks streams on its side."""
    return re.match(r"tests/sim/[^/]*(target|oracle)[^/]*\.(h|cc)$", path) is not None


def _system_problem(path: str, layer: str, included: str) -> str | None:
    if layer in NETSTACK and path != IMPURE_BY_NATURE and IMPURE.fullmatch(included):
        return f"netstack is pure and must not include <{included}>"
    for library, owner in OWNED.items():
        if re.match(library + r"\b", included) and layer.startswith("src/") and layer != owner:
            return f"<{included}> belongs to {owner}"
    return None
