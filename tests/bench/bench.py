"""What a copied session costs: measures it beside other programs, in the lab, without root.

Prints a table of figures and of the goals that they should reach. Ends with 0 whatever they are.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import engine, limit, live, memory, offline, start, upload
from tests.bench.measure import busy_share
from tests.bench.report import Report
from tests.bench.settings import Settings
from tests.lab import labnet
from tests.lab.copier import binary

PARTS: dict[str, Callable[[labnet.Lab, Settings, Report], None]] = {
    "limit": limit.run,
    "offline": offline.run,
    "live": live.run,
    "engine": engine.run,
    "memory": memory.run,
    "upload": upload.run,
    "start": start.run,
}
_LOOK_SECONDS = 0.5
# Where `bazel run` was called: relative paths are meant from there.
_CALLER = Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."))


def _parts(text: str) -> list[str]:
    wanted = text.split(",")
    unknown = [one for one in wanted if one not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no part {unknown[0]}; there are {', '.join(PARTS)}")
    return wanted


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", type=_parts, default=list(PARTS), metavar="PART,...",
                        help=f"only these of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=3, help="times that each thing is measured")
    parser.add_argument("--json", type=Path, help="also writes what was found to this file")
    parser.add_argument("--markdown", type=Path, help="also writes the goals to this file")
    parser.add_argument("--tcpcopy", type=Path, help="another build to measure beside")
    parser.add_argument("--options", metavar="OPTIONS", help="tcpcopy with these options, to "
                        "measure beside; as one word: --options='--send=ip -R 200'")
    parser.add_argument("--smoke", action="store_true", help="tiny counts: only whether it works")
    parser.add_argument("--unpinned", action="store_true",
                        help="leave it to the kernel where programs run (otherwise clients and the "
                        "copier are on one CPU and the target on another)")
    return parser.parse_args(arguments)


def _run_part(name: str, settings: Settings, report: Report) -> None:
    lab = labnet.Lab()
    try:
        PARTS[name](lab, settings, report)
    except BaseException:
        lab.show_logs()
        raise
    finally:
        lab.close()


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    copiers = {"tcpcopy": [binary()]}
    if options.tcpcopy:
        copiers["other"] = [str((_CALLER / options.tcpcopy).absolute())]
    if options.options:
        copiers[f"tcpcopy {options.options}"] = [binary(), *shlex.split(options.options)]
    pinned = not options.unpinned and (os.cpu_count() or 1) > 1
    settings = Settings(copiers, options.rounds, options.smoke, pinned)
    report = Report()
    for name in options.only:
        busy = busy_share(_LOOK_SECONDS)
        report.note(f"{name}: {busy:.0%} of the CPUs were busy with other things right before")
        began = time.monotonic()
        _run_part(name, settings, report)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(report.table())
    if options.markdown:
        (_CALLER / options.markdown).write_text(report.markdown())
    if options.json:
        report.write(_CALLER / options.json, {
            "rounds": options.rounds, "pinned": pinned, "kernel": os.uname().release,
            "cpus": os.cpu_count(), "copiers": copiers})
    return 0


if __name__ == "__main__":
    labnet.enter()
    sys.exit(main(sys.argv[1:]))
