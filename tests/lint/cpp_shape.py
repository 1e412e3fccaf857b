"""Finds function bodies in C++ text. Not a parser: enough for the lint tests, and tested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CONTROL = re.compile(r"\b(if|for|while|switch|catch|do|else|namespace|class|struct|union|enum)\b")
_NAME_AND_PARAMETERS = re.compile(r"(operator\s*[^\s\w(]+|[~\w:]+)\s*\(")
_TEMPLATE = re.compile(r"^template\s*<[^()]*?>\s*(?=\w)")
_PARENTHESES = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class Function:
    name: str
    start: int  # offset of the first character of its head
    body: int  # offset of `{`
    end: int  # offset of the closing `}`


def closing_brace(code: str, opening: int) -> int:
    """The offset of the brace that closes the one at `opening` (the text's end if there is none)."""
    depth = 0
    for match in re.compile(r"[{}]").finditer(code, opening):
        depth += 1 if match.group(0) == "{" else -1
        if depth == 0:
            return match.start()
    return len(code)


def functions(code: str) -> Iterator[Function]:
    """Every function with a body that is not inside another one; `code` has no comments."""
    position = boundary = parentheses = 0
    for match in re.compile(r"[{};()]").finditer(code):
        if match.start() < position:
            continue
        mark = match.group(0)
        if mark in "()":
            parentheses = max(0, parentheses + (1 if mark == "(" else -1))
        if parentheses or mark in "()":
            continue
        if mark == "{":
            start, head = _head(code, boundary, match.start())
            name = _function_name(head)
            if name:
                end = closing_brace(code, match.start())
                yield Function(name, start, match.start(), end)
                position = end + 1
        boundary = max(match.end(), position)


def _head(code: str, start: int, end: int) -> tuple[int, str]:
    """The declaration before a `{`, without preprocessor lines."""
    head = re.sub(r"^[ \t]*#.*?(?<!\\)$", lambda m: " " * len(m.group(0)), code[start:end],
                  flags=re.MULTILINE | re.DOTALL)
    return start + len(head) - len(head.lstrip()), head.strip()


def _function_name(head: str) -> str | None:
    head = _TEMPLATE.sub("", head)
    match = _NAME_AND_PARAMETERS.search(head)
    if match is None or _CONTROL.search(head[:match.end()]):
        return None
    outside = head[:match.start()] + head[match.end() - 1:]
    while _PARENTHESES.search(outside):
        outside = _PARENTHESES.sub("", outside)
    if re.search(r"[=(,]|\breturn\b", outside.split(" : ")[0]):
        return None  # an initializer, an argument or a table
    return match.group(1)
