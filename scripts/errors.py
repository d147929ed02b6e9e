"""What can go wrong other than a page that is wrong: bad input, and a machine that cannot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a file: where, what, and what to write instead."""

    path: Path
    line: int
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{shown(self.path)}:{self.line}: {self.what}; {self.instead}"


class BadInput(Exception):  # noqa: N818 - reads as what it is
    """The input is wrong, so nothing was run (exit 2)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class MachineError(Exception):
    """The machine could not do it, whatever the pages say (exit 3).

    `remedy` is what to type, or to change, to mend it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.remedy = remedy
        super().__init__(f"{what}\nto mend it: {remedy}")


def shown(path: Path) -> Path:
    """Return `path` as a person standing in the current folder would write it."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path
