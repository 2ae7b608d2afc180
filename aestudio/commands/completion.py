"""`aestudio completion`: a script with which a shell completes commands, options and names; made of the arguments."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable

from aestudio.commands import OK
from aestudio.commands.arguments import parser
from aestudio.commands.explained import EXPLAINED
from aestudio.commands.shared_arguments import RECIPES, RUNS, Parser

ASKED = {
    RECIPES: 'aestudio recipes --json 2>/dev/null | sed -n \'s/^{"name": "\\([^"]*\\)".*/\\1/p\'',
    RUNS: "printf 'last\\n'; aestudio runs --json 2>/dev/null | sed -n 's/^{\"id\": \\([0-9]*\\),.*/\\1/p'",
}
"""How a shell asks for names, which change."""
FOR_ZSH = """#compdef aestudio
autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
"""
FILES = ("DIR", "FILE", "FILES", "IN", "OUT", "MODEL", "NAME|PATH")
"""What an argument is called that takes a file or a folder."""


def completion(chosen: argparse.Namespace) -> int:
    """Prints the script."""
    print({"bash": bash, "zsh": zsh, "fish": fish}[chosen.shell](), end="")
    return OK


def options(command: Parser) -> list[argparse.Action]:
    """What begins with a dash, but for what no help names."""
    return [one for one in command._actions if one.option_strings and one.help is not argparse.SUPPRESS]


def words(action: argparse.Action) -> str:
    """What completes an argument, as a shell's words; empty for files."""
    offered = getattr(action, "offered", None) or action.choices or ()
    if isinstance(offered, str):
        return f"$({ASKED[offered]})"
    return " ".join(map(str, offered))


def _first(command: Parser) -> argparse.Action | None:
    """The argument that stands first behind a command."""
    return next((one for one in command._actions if not one.option_strings), None)


def _cases(command: Parser) -> Iterable[tuple[str, argparse.Action]]:
    """The options that want a value by their names, `-o|--out`."""
    for one in options(command):
        if one.nargs != 0:
            yield "|".join(one.option_strings), one


def bash() -> str:
    """For bash 4 and later: a function that is asked at each Tab."""
    commands = parser().commands()
    lines = [
        "_aestudio_files() {",
        "  local one",
        '  while IFS= read -r one; do COMPREPLY+=("$one"); done < <(compgen -f -- "$word")',
        "}",
        "_aestudio() {",
        '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}"',
        "  COMPREPLY=()",
        '  if [ "$COMP_CWORD" -eq 1 ]; then',
        f'    COMPREPLY=($(compgen -W "{" ".join(commands)} --help --version" -- "$word")); _aestudio_files',
        "    return",
        "  fi",
        '  case "$command" in',
    ]
    for name, command in commands.items():
        names = " ".join(option for one in options(command) for option in one.option_strings)
        lines += [f"    {name})", '      case "$before" in']
        lines += [f"        {option}) {_reply(one)}; return ;;" for option, one in _cases(command)]
        first = _first(command)
        lines += [
            "      esac",
            '      case "$word" in',
            f'        -*) COMPREPLY=($(compgen -W "{names}" -- "$word")) ;;',
            f"        *) {_reply(first)} ;;",
            "      esac ;;",
        ]
    return "\n".join([*lines, "  esac", "}", "complete -o filenames -o bashdefault -F _aestudio aestudio", ""])


def _reply(action: argparse.Action | None) -> str:
    """What is answered for an argument; a recipe or a run may be a file too."""
    offered = words(action) if action is not None else ""
    if not offered:
        takes_files = action is not None and action.metavar in FILES
        return "_aestudio_files" if takes_files else "COMPREPLY=()"
    also = "; _aestudio_files" if offered.startswith("$") else ""
    return f'COMPREPLY=($(compgen -W "{offered}" -- "$word")){also}'


def zsh() -> str:
    """For zsh: the script for bash, which zsh can take."""
    return f"{FOR_ZSH}{bash()}"


def fish() -> str:
    """For fish: a line for each command, option and argument, with what it is for."""
    lines = [
        "complete -c aestudio -n __fish_use_subcommand -l help",
        "complete -c aestudio -n __fish_use_subcommand -l version",
    ]
    for name, command in parser().commands().items():
        about = _quoted(str(EXPLAINED[name].short))
        lines.append(f"complete -c aestudio -n __fish_use_subcommand -a {name} -d {about}")
        here = f"complete -c aestudio -n '__fish_seen_subcommand_from {name}'"
        lines += [f"{here} {_option(one)}" for one in options(command)]
        first = _first(command)
        if first is not None and (offered := words(first)):
            lines.append(f"{here} -a {_quoted(_fish(offered))}")
    return "\n".join([*lines, ""])


def _option(action: argparse.Action) -> str:
    """Its names, what its value may be and what it is for, as fish takes them."""
    names = [f"-l {one[2:]}" if one.startswith("--") else f"-s {one[1:]}" for one in action.option_strings]
    offered = words(action)
    value = [] if action.nargs == 0 else ["-r", "-f", "-a", _quoted(_fish(offered))] if offered else ["-r"]
    return " ".join([*names, *value, *(["-d", _quoted(action.help)] if action.help else [])])


def _fish(offered: str) -> str:
    """Words as fish takes them: `(…)` asks a program."""
    return re.sub(r"^\$", "", offered)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
