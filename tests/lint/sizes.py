"""Sizes that keep a file a pleasure to read."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.lint import cpp_shape
from tests.lint.source_tree import Finding, SourceFile

HEADER_LINES = 250
SOURCE_LINES = 400
FUNCTION_LINES = 70


def check(files: Iterable[SourceFile]) -> Iterator[Finding]:
    for file in files:
        limit = HEADER_LINES if file.is_header else SOURCE_LINES
        lines = file.text.count("\n")
        if lines > limit:
            yield Finding(file.path, limit + 1, f"{lines} lines, at most {limit}: "
                          "is a concept missing a name of its own?")
        for name, line, length in _functions(file):
            if length > FUNCTION_LINES:
                yield Finding(file.path, line, f"{name} has {length} lines, at most "
                              f"{FUNCTION_LINES}")


def _functions(file: SourceFile) -> Iterator[tuple[str, int, int]]:
    """Name, first line and number of lines of every function."""
    if file.is_cpp:
        for function in cpp_shape.functions(file.code):
            first = file.line_of(function.start)
            yield function.name, first, file.line_of(function.end) - first + 1
    elif file.is_python:
        for node in ast.walk(ast.parse(file.text, file.path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1
