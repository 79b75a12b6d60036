"""The page of commands: what each one's --help says, by the program itself, so it is of the build that is here."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

DEPTH_MAX = 3  # dwcp scenario check


def help_of(program: Path, command: list[str]) -> str:
    done = subprocess.run([str(program), *command, "--help"], capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise RuntimeError(f"{program} {' '.join(command)} --help ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip("\n")


def subcommands(text: str) -> list[str]:
    """The names below `Subcommands:`."""
    _, _, part = text.partition("\nSubcommands:\n")
    return re.findall(r"^  (\w[\w-]*)\s{2,}\S", part, re.MULTILINE)


def command_lines(program: Path, command: list[str]) -> list[str]:
    text = help_of(program, command)
    about, _, rest = text.partition("\n")
    lines = ["", f"{'#' * min(len(command) + 1, 4)} {' '.join(['dwcp', *command])}", "", about[:1].upper() + about[1:].strip() + ".", ""]
    lines += ["```text", *rest.strip("\n").split("\n"), "```"]
    if len(command) < DEPTH_MAX:
        for name in subcommands(text):
            lines += command_lines(program, [*command, name])
    return lines


def launcher_usage(launcher: str) -> str:
    match = re.search(r"cat <<'TEXT'\n(.*?)\nTEXT\n", launcher, re.DOTALL)
    if not match:
        raise RuntimeError("./dwcp has no usage text")
    return match[1]


def commands_page(root: Path, program: Path) -> str:
    text = help_of(program, [])
    lines = ["# Commands", "", "What `--help` says of each. The launcher `./dwcp` builds the program first, and has these besides:", ""]
    lines += ["```text", launcher_usage((root / "dwcp").read_text(encoding="utf-8")), "```"]
    lines += ["", "The exit status of every command is in the [table of the program](../../cli/README.md)."]
    for name in subcommands(text):
        lines += command_lines(program, [name])
    return "\n".join(lines) + "\n"
