"""Python programs and tests of the project.

Bazel 4.2's own py_binary and py_test start through `/usr/bin/env python`, which Debian 12 does not
have; so they are shell rules around `python3.sh`. Modules are imported by their path from the top of
the repository (`from tests.lab import labnet`).
"""

_LAUNCHER = "//tools/python:python3.sh"

def python_library(name, srcs, deps = [], **kwargs):
    native.filegroup(
        name = name,
        srcs = srcs + deps,
        **kwargs
    )

def python_test(name, main = None, args = [], deps = [], data = [], **kwargs):
    """A test that passes when `main` (by default `name`.py) exits with 0."""
    main = main or name + ".py"
    native.sh_test(
        name = name,
        srcs = [_LAUNCHER],
        args = ["$(location %s)" % main] + args,
        data = [main] + deps + data,
        **kwargs
    )

def python_binary(name, main = None, args = [], deps = [], data = [], **kwargs):
    main = main or name + ".py"
    native.sh_binary(
        name = name,
        srcs = [_LAUNCHER],
        args = ["$(location %s)" % main] + args,
        data = [main] + deps + data,
        **kwargs
    )
