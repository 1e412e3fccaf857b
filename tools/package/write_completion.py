"""Writes what a shell needs to complete the command line of a program.

    write_completion.py TABLES.json bash|zsh|fish PROGRAM
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.package import option_tables
from tools.package.option_tables import Option, Program

INTERFACES = "/sys/class/net"


def alternatives(names: list[str]) -> str:
    return "|".join(names)


def bash_case(option: Option) -> str | None:
    """What completes the value of `option`; none: nothing is known of it."""
    actions = []
    if option.words:
        actions.append(f"COMPREPLY+=($(compgen -W '{' '.join(option.words)}' -- \"$cur\"))")
    if option.takes_interface:
        actions.append(f"COMPREPLY+=($(compgen -W \"$(ls {INTERFACES})\" -- \"$cur\"))")
    if option.takes_file:
        actions.append("compopt -o filenames; "
                       "while IFS= read -r name; do COMPREPLY+=(\"$name\"); done "
                       "< <(compgen -f -- \"$cur\")")
    body = "".join(f"      {action}\n" for action in actions)
    return f"    {alternatives(option.names)})\n{body}      return ;;"


def bash(program: Program) -> str:
    cases = "\n".join(bash_case(o) for o in program.options() if o.value is not None)
    names = " ".join(name for option in program.options() for name in option.names)
    return f"""# bash completion for {program.name}

_{program.name}() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} name
  COMPREPLY=()
  # bash takes --name=value for three words.
  if [ "$cur" = = ]; then
    cur=
  elif [ "$prev" = = ] && [ "$COMP_CWORD" -ge 2 ]; then
    prev=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  case $prev in
{cases}
  esac
  COMPREPLY=($(compgen -W '{names}' -- "$cur"))
}} &&
  complete -F _{program.name} {program.name}
"""


def zsh_escape(text: str) -> str:
    for char in "\\[]:":
        text = text.replace(char, "\\" + char)
    return text.replace("'", "'\\''")


def zsh_action(option: Option) -> str:
    if option.takes_file:
        return "_files"
    if option.takes_interface:
        return "_net_interfaces"
    if option.words:
        return f"({' '.join(option.words)})"
    return " "


def zsh_spec(option: Option) -> str:
    value = ""
    if option.value is not None:
        value = f":{zsh_escape(option.value)}:{zsh_action(option)}"
    specs = []
    for name in option.names:
        glue = "" if option.value is None else "=" if name.startswith("--") else "+"
        specs.append(f"'({' '.join(option.names)}){name}{glue}[{zsh_escape(option.help)}]{value}'")
    return " \\\n  ".join(specs)


def zsh(program: Program) -> str:
    specs = " \\\n  ".join(zsh_spec(option) for option in program.options())
    return f"#compdef {program.name}\n\n_arguments -s \\\n  {specs}\n"


def fish_line(program: Program, option: Option) -> str:
    def quote(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    words = [f"complete -c {program.name}"]
    if option.short_name:
        words.append(f"-s {option.short_name[1:]}")
    words.append(f"-l {option.long_name[2:]}")
    if option.value is not None:
        words.append("-r -F" if option.takes_file else "-x")
        choices = " ".join(option.words)
        if option.takes_interface:
            choices += f" (ls {INTERFACES})"
        if choices:
            words.append(f"-a {quote(choices.strip())}")
    return " ".join([*words, "-d", quote(option.help)])


def fish(program: Program) -> str:
    lines = [fish_line(program, option) for option in program.options()]
    return "\n".join([f"complete -c {program.name} -f", *lines]) + "\n"


def main(tables_file: str, shell: str, name: str) -> None:
    program = option_tables.load(Path(tables_file)).programs[name]
    sys.stdout.write({"bash": bash, "zsh": zsh, "fish": fish}[shell](program))


if __name__ == "__main__":
    main(*sys.argv[1:])
