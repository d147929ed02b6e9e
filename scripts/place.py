"""Where a lab can be while a practice is explored: a state, and what is still to be typed there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scripts.asking import SURE
from scripts.graph import Answer
from scripts.kinds import shape
from scripts.state import Account
from scripts.transcript import SHELL_PROMPT

TRIES = 3  # how often a state is to be reached again, before it is given up


class At(NamedTuple):
    """Where a terminal is: the engine's account, and the prompt at which one types.

    `entered` is the command that a program was entered by, or that asked a question.
    """

    account: Account
    prompt: str
    entered: str

    def looks_from(self, before: At) -> bool:
        """Whether this is a container's shell, entered from there, and nothing else is new."""
        shell = self.prompt not in (SHELL_PROMPT, SURE)
        return shell and self.account.key == before.account.key

    @property
    def key(self) -> object:
        """What is equal in the same state."""
        return self.account.key, shape(self.prompt), shape(self.entered)


class Move(NamedTuple):
    """A command as it is typed, and the number of the state that it leads to."""

    command: str
    to: int


class Place:
    """A state while it is explored: what is still to be typed in it.

    `way` leads to it from the first one; `astray` of its commands are off the right way.
    """

    def __init__(self, at: At, way: tuple[Move, ...], astray: int, todo: Iterable[str]) -> None:
        self.at = at
        self.way = way
        self.astray = astray
        self.todo = list(dict.fromkeys(todo))
        self.missed = 0
        self.answers: list[Answer] = []

    def miss(self) -> None:
        """Note that it was not reached again; time and again, it is no place to answer for."""
        self.missed += 1
        if self.missed == TRIES:
            self.todo.clear()
