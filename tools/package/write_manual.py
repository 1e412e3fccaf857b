"""Writes a manual page: the prose of man/PROGRAM.8 with the options from the tables.

    write_manual.py TABLES.json PROSE DATE > PROGRAM.8

In the prose `@OPTIONS@` stands for the options, `@VERSION@` and `@DATE@` for what they say.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.package import option_tables
from tools.package.option_tables import Option, Program

WHOLE_NUMBER = "N"


def escape(text: str) -> str:
    """`text` as roff shows it: dashes are those of options, quotes those of a shell."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    escaped = escaped.replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\\&" + escaped if escaped.startswith(".") else escaped


def sentence(text: str) -> str:
    """`text` with a full stop; its first letter is a capital where it is the letter of a word."""
    first = text.split(" ", 1)[0].rstrip(",;:")
    if first.isalpha() and first.islower():
        text = text[0].upper() + text[1:]
    return text if text.endswith(".") else text + "."


def option_entry(option: Option) -> str:
    value = "" if option.value is None else f" \\fI{escape(option.value)}\\fR"
    names = ", ".join(f"\\fB{escape(name)}\\fR" for name in option.names)
    lines = [".TP", names + value, escape(sentence(option.help))]
    if option.value is not None and option.accepted not in option.help:
        lines += [".br", escape(f"Accepted: {option.accepted}, such as ") +
                  f"\\fB{escape(option.example)}\\fR."]
    return "\n".join(lines)


def options_section(program: Program) -> str:
    parts = []
    for group in program.groups:
        parts.append(f".SS {escape(group.title)}")
        parts += [option_entry(option) for option in group.options]
    return "\n".join(parts)


def main(tables_file: str, prose_file: str, date: str) -> None:
    tables = option_tables.load(Path(tables_file))
    program = tables.programs[Path(prose_file).stem]
    page = Path(prose_file).read_text("utf-8")
    for mark, text in {"@OPTIONS@": options_section(program), "@VERSION@": tables.version,
                       "@DATE@": date}.items():
        if mark not in page:
            raise SystemExit(f"{prose_file} has no {mark}")
        page = page.replace(mark, text)
    sys.stdout.write(page)


if __name__ == "__main__":
    main(*sys.argv[1:])
