"""Where a lab can be while a practice is explored: a state, and what is still to be typed there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scripts.asking import SURE
from scripts.graph import Answer, Said
from scripts.kinds import shape, tokens
from scripts.practice import INTERRUPT
from scripts.state import Account, bound
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

    def names(self, here: At) -> dict[str, str]:
        """Return what the things of this state are called here, where they are called otherwise."""
        names: dict[str, str] = {}
        if self.account is here.account:
            return names
        bindings = bound(self.account, here.account)
        for token in tokens(json.dumps(self.account.lines())):
            if token.kind and (other := bindings.to_seen(token.text)) != token.text:
                names[token.text] = other
                if len(token.text) == 64:  # an id: most commands show its first 12 digits
                    names[token.text[:12]] = other[:12]
        return names

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

    def __init__(self, at: At) -> None:
        self.at = at
        self.way: tuple[Move, ...] = ()
        self.astray = 0
        self.todo: list[str] = []
        self.missed = 0
        self.answers: list[Answer] = []
        self.beyond: dict[str, Said] = {}

    def reached(self, way: tuple[Move, ...], astray: int, asked: Iterable[str]) -> None:
        """Note a way to it, and what is asked there that has no answer yet."""
        typed = {answer.typed for answer in self.answers}
        self.way, self.astray = way, astray
        self.todo = [
            one for one in dict.fromkeys(asked) if one.removesuffix(INTERRUPT) not in typed
        ]

    def answered(self, answer: Answer) -> None:
        """Note an answer, unless another lab was given one to the same meanwhile."""
        if all(one.typed != answer.typed for one in self.answers):
            self.answers.append(answer)

    def went_beyond(self, said: Said, here: At) -> None:
        """Note what was said where it led too far; a program that was entered has said nothing."""
        if here.prompt == self.at.prompt:
            self.beyond.setdefault(said.typed, said)

    def only_beyond(self) -> Iterator[Said]:
        """Yield what was said beyond, and has no other answer."""
        typed = {answer.typed for answer in self.answers}
        yield from (said for said in self.beyond.values() if said.typed not in typed)

    def miss(self) -> None:
        """Note that it was not reached again; time and again, it is no place to answer for."""
        self.missed += 1
        if self.missed == TRIES:
            self.todo.clear()
