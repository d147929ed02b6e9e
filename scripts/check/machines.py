"""Machines: what examples type at a reader's own shell has to work on the reader's own machine.

A Mac has no GNU tools, and its port 5000 is taken (AirPlay, since macOS 12). PowerShell reads most
commands as a POSIX shell does; where it does not is told, not refused: there, WSL is the way.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from scripts.errors import Problem
from scripts.example import Example
from scripts.transcript import Exchange

# Programs, and options of programs, that only GNU has; what to write instead.
_GNU: dict[tuple[str, str], str] = {
    ("sed", r"-i|--in-place"): "write `sed … FILE > new && mv new FILE`",
    ("sha256sum", ""): "write `shasum -a 256`",
    ("truncate", ""): "let a container do it",
    ("timeout", ""): "let a container do it",
    ("tac", ""): "write `tail -r`, or let a container do it",
    ("ss", ""): "write `lsof -i`",
    ("grep", "-[a-z]*P"): "write a pattern for `grep -E`",
    ("head", "-n?-"): "write how many lines to show",
    ("date", "-d"): "let a container do it",
    ("stat", "-c"): "write `ls -l`",
    ("base64", "-w"): "leave the option out",
}
_TAKEN = re.compile(r"(?:-p|--publish)[ =](?:[\d.]+:)?5000:")
# What PowerShell has under these names, by itself or as Windows does.
_POWERSHELL = set("docker curl cat echo ls cp mv rm mkdir cd tar whoami exit python3 kill".split())


def check(example: Example) -> Iterator[Problem]:
    """Yield the commands that a Mac cannot run."""
    for exchange in typed(example):
        for what, instead in _wrong(exchange):
            yield Problem(example.transcript.path, exchange.line, what, instead)


def not_for_powershell(example: Example) -> Iterator[str]:
    """Yield «path:line: not for PowerShell: what it reads otherwise or has not: command»."""
    for exchange in typed(example):
        if why := _strange(exchange.typed):
            where = f"{example.transcript.path}:{exchange.line}"
            yield f"{where}: not for PowerShell: {why}: {exchange.typed}"


def typed(example: Example) -> list[Exchange]:
    """Return what an example types at a reader's own shell."""
    return [one for one in example.transcript.exchanges if one.in_shell]


def _wrong(exchange: Exchange) -> Iterator[tuple[str, str]]:
    if len(exchange.command) > 1:
        yield "a command on more than one line", "write it on one, or ship a file"
    if _TAKEN.search(exchange.typed):
        yield "port 5000 of a Mac is taken, by AirPlay", "publish another, such as 5001"
    for program, *words in _simple(exchange.typed):
        for (name, option), instead in _GNU.items():
            if program == name and (not option or any(re.match(option, word) for word in words)):
                shown = f"{name} {option}".replace("|", " or ").strip()
                yield f"«{shown}» is not as on a Mac", instead


def _simple(typed: str) -> Iterator[list[str]]:
    """Yield the simple commands of a line, each as its words; quotes keep theirs together."""
    words: list[str] = []
    for word in shlex.shlex(typed, posix=True, punctuation_chars=True):
        if set(word) <= set("|&;") and words:
            yield words
            words = []
        else:
            words.append(word)
    if words:
        yield words


def _strange(typed: str) -> str:
    """Return why PowerShell would not do what a POSIX shell does, '' if it would."""
    for pattern, why in _OTHERWISE.items():
        if re.search(pattern, typed):
            return why
    unknown = [words[0] for words in _simple(typed) if words[0] not in _POWERSHELL]
    return f"no {unknown[0]}" if unknown else ""


_OTHERWISE = {
    r"^\w+=": "a variable before a command",
    r"^[^'\"]*<": "<",
    r'"[^"]*\$\w+:': "$NAME: is a drive",
    r'\\"': "a quote within quotes",
    r"&$": "& at the end",
    r"^(?:export|unset) ": "export and unset",
}
