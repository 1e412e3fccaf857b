#!/bin/sh
# Runs a Python program of the project from its runfiles: `python3.sh tests/lab/x_test.py ...`.
# Imports are resolved there and nowhere else (`-P`), so a module that a BUILD file forgets is missed
# at once; nothing is written into the source tree (`-B`).
PYTHONPATH=$PWD
export PYTHONPATH
exec /usr/bin/python3 -P -B "$@"
