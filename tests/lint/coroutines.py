"""The rules for coroutines that a text can be checked for; GCC 12 miscompiles what breaks them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tests.lint.cpp_shape import closing_brace
from tests.lint.source_tree import Finding, SourceFile

_CO_AWAIT = re.compile(r"\bco_(await|yield)\b")
_COROUTINE = re.compile(r"\bco_(await|yield|return)\b")
_VALUE = r"(?:[^(){}\[\]]|\((?:[^(){}\[\]]|\([^(){}\[\]]*\))*\))*"
# `co_await f(x)` or `[const] Type name = co_await f(x)`; no lambda, no braces, no second co_await.
_ALONE = re.compile(rf"(?:(?:const\s+)?[\w:<>&*, ]+?[\s&*]\w+\s*=\s*)?co_await\s+{_VALUE}")
_CAPTURING_LAMBDA = re.compile(
    r"(?<![\w\])])\[(?!\[)[^\[\]]+\]\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?[^;{}()]*\{"
)


def check(files: Iterable[SourceFile]) -> Iterator[Finding]:
    for file in files:
        if file.is_cpp and _COROUTINE.search(file.code):
            yield from _check_statements(file)
            yield from _check_lambdas(file)


def _check_statements(file: SourceFile) -> Iterator[Finding]:
    code = file.code
    for match in _CO_AWAIT.finditer(code):
        start = max(code.rfind(mark, 0, match.start()) for mark in ";{}") + 1
        end = code.find(";", match.end())
        statement = " ".join(code[start:end].split())
        if not _ALONE.fullmatch(statement) or len(_CO_AWAIT.findall(statement)) > 1:
            yield Finding(file.path, file.line_of(match.start()),
                          "co_await stands alone: `co_await f(x);` or `const T v = co_await f(x);`")


def _check_lambdas(file: SourceFile) -> Iterator[Finding]:
    code = file.code
    for match in _CAPTURING_LAMBDA.finditer(code):
        body = code[match.end():closing_brace(code, match.end() - 1)]
        if _COROUTINE.search(body):
            yield Finding(file.path, file.line_of(match.start()),
                          "a coroutine is no lambda with captures: they die before its frame")
