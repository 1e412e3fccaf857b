"""Words that must not appear in some places: casts to structs, exceptions, clocks, sleeps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tests.lint.source_tree import Finding, SourceFile

NO_EXCEPTIONS = ("netstack/", "src/runtime/", "src/io/", "src/replay/")
PYTHON_WITH_SLEEP = ("tests/lab/wait.py",)

# The one place through which time enters.
CLOCK = "src/runtime/clock.cc"
# The one that waits while no event loop runs yet.
BEFORE_THE_LOOP = "src/io/when_free.h"

_EXCEPTIONS = re.compile(r"\b(throw|try|catch)\b")
# What a kernel interface asks for, and plain bytes. Packet headers are read byte by byte.
_CAST = re.compile(
    r"\breinterpret_cast\s*<(?!\s*(const\s+)?((::)?sockaddr(_\w+)?|(std::)?uint8_t|unsigned char"
    r"|char|(std::)?byte|void)(\s+const)?\s*\*\s*>|\s*(std::)?uintptr_t\s*>)[^>]*>"
)
_ANY_CAST = re.compile(r"\breinterpret_cast\b")
_NOW = re.compile(r"\b\w*_clock::now\b|\bclock_gettime\b|\bgettimeofday\b|\bstd::time\s*\("
                  r"|(?<![\w.>:])time\s*\(\s*(nullptr|NULL|0|&)")
_SLEEP = re.compile(r"\b(u|nano|clock_nano)?sleep(_for|_until)?\s*\(")
_PYTHON_SLEEP = re.compile(r"^[^#\n]*\btime\.sleep\(", re.MULTILINE)


def check(files: Iterable[SourceFile]) -> Iterator[Finding]:
    for file in files:
        if file.is_cpp:
            yield from _check_cpp(file)
        elif file.is_python:
            yield from _check_python(file)


def _check_cpp(file: SourceFile) -> Iterator[Finding]:
    path = file.path
    if file.is_header and not re.search(r"^#pragma once$", file.code, re.MULTILINE):
        yield Finding(path, 1, "a header begins with #pragma once")
    if path.startswith(NO_EXCEPTIONS):
        yield from file.findings(_EXCEPTIONS, "{0}: errors are values (Result) here")
    if path.startswith("netstack/"):
        yield from file.findings(_ANY_CAST, "netstack reads bytes by accessors, never by casts")
    elif path.startswith("src/"):
        yield from file.findings(_CAST, "{0}: bytes are read by accessors, never by casts")
    if path.startswith(("netstack/", "src/")) and path != CLOCK:
        yield from file.findings(_NOW, "{0}: time enters only through Clock")
        if path != BEFORE_THE_LOOP:
            yield from file.findings(_SLEEP, "{0}: waiting is the event loop's")
    if path.startswith("tests/") and not path.startswith("tests/lab/"):
        yield from file.findings(_NOW, "{0}: tests run on virtual time")
        yield from file.findings(_SLEEP, "{0}: tests run on virtual time")


def _check_python(file: SourceFile) -> Iterator[Finding]:
    if file.path.startswith("tests/lint/") or file.path in PYTHON_WITH_SLEEP:
        return
    for match in _PYTHON_SLEEP.finditer(file.text):
        yield Finding(file.path, file.line_of(match.start()),
                      "wait for a condition with a deadline (tests/lab/wait.py), never for time")
