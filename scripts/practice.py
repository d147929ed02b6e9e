"""A practice: an example whose reader types, with goals that the state of the engine meets or not.

`practice.toml` beside an example says what is to be reached (see Practice); the example's own
session is the solution. A goal is a condition on the account that the engine gives of itself (see
state), the same in a page and in a lab.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from scripts import example, settings
from scripts.errors import BadInput, Problem
from scripts.example import GOALS_FILE, PRACTICE_FILE, Caption, Example, Language
from scripts.settings import Strict, line_of
from scripts.state import Account, Container
from scripts.transcript import Step

INTERRUPT = " ^C"  # at the end of a turn: it does not come back by itself
CANCEL = "^C"  # where a program waits for an answer: the key alone, nothing typed


class Goal(Caption):
    """What is to be reached, in words and as a condition; `hint` helps on demand.

    One of `container`, `image`, `volume`, `network`, `address` and `printed` says what it is
    about. A container can be asked for its state, its image, a published port («8080->80»), a
    mount («data:/data») and a network. `absent` turns it round. `address` is met where the
    page there holds the text in `shows`; `printed` where a command shows that text, on a line of
    its own where it is written between line breaks.
    """

    hint: Caption
    container: str = ""
    state: Literal["", "created", "running", "paused", "exited"] = ""
    port: str = ""
    mount: str = ""
    image: str = ""
    volume: str = ""
    network: str = ""
    address: str = ""
    shows: str = ""
    printed: str = ""
    absent: bool = False

    def met(self, account: Account, printed: str) -> bool:
        """Say whether it is reached in a state of the engine, after a command that printed this."""
        if self.printed:
            return self.printed in "\n{}\n".format(printed.replace("\r\n", "\n"))
        return self._there(account) != self.absent

    def _there(self, account: Account) -> bool:
        if self.container:
            return any(map(self._fits, account.containers))
        if self.address:
            return self.shows in account.answers.get(self.address, "")
        named = (
            (self.image, (name for one in account.images for name in one.names)),
            (self.volume, (one.name for one in account.volumes)),
            (self.network, (one.name for one in account.networks)),
        )
        return any(wanted and wanted in names for wanted, names in named)

    def _fits(self, one: Container) -> bool:
        return (
            one.name == self.container
            and self.state in ("", one.state)
            and self.image in ("", one.image)
            and (not self.port or any(f":{self.port}/" in port for port in one.ports))
            and self.mount in ("", *one.mounts)
            and self.network in ("", *one.networks)
        )


class Situation(Strict):
    """Where the reader stands, in a sentence or two, and what to remember, in one language."""

    title: str = Field(min_length=1)
    situation: str = Field(min_length=1)
    remember: str = Field(min_length=1)


class Practice(Strict):
    """The whole of `practice.toml`.

    `begins` is the step of the solution that the reader is to type first: those before it make
    the situation. `ends` is its last step, that of the session where it says nothing. `turns` are
    commands that a learner may well type, right or wrong; one that does not come back by itself
    ends in ` ^C`. After `astray` of them that changed something only those in `repairs`, the
    solution, and turns that lead nowhere are explored. One turn off the solution all is explored,
    further off what reaches a goal, until there are `states` such states (see explore). `inside` is
    what may be typed in a container's shell, besides what is always answered there; `slips` are
    turns that are typed on the right way alone, and lead to where no other turn is. A container
    that turns call `spare` stands for one that a reader calls anything else. In a `case`,
    ports, mounts and networks are what is to be found: the page does not draw them until they are.
    """

    fr: Situation
    en: Situation
    begins: str
    ends: str = ""
    goals: tuple[Goal, ...] = Field(min_length=1, max_length=6, strict=False)
    turns: tuple[str, ...] = Field(default=(), strict=False)
    slips: tuple[str, ...] = Field(default=(), strict=False)
    repairs: tuple[str, ...] = Field(default=(), strict=False)
    inside: tuple[str, ...] = Field(default=(), strict=False)
    astray: int = Field(default=1, ge=0)
    states: int = Field(default=40, gt=0)
    case: bool = False

    @property
    def addresses(self) -> list[str]:
        """The addresses that goals are about."""
        return sorted({goal.address for goal in self.goals if goal.address})

    def words(self, language: Language) -> Situation:
        """Return what it says in a language."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True)
class Exercise:
    """A practice and the example it belongs to; `hidden` are files that are not there at first."""

    example: Example
    practice: Practice
    anchor: str = ""
    hidden: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """What it is called: an example may have several exercises, told apart by `anchor`."""
        return self.anchor or self.example.slug

    @property
    def path(self) -> Path:
        """Its file."""
        return self.example.folder / (GOALS_FILE if self.anchor else PRACTICE_FILE)

    @property
    def setup(self) -> tuple[Step, ...]:
        """The steps that make the situation."""
        return tuple(self._steps(before=True))

    @property
    def solution(self) -> tuple[str, ...]:
        """The commands that reach the goals."""
        return tuple(typed for step in self._steps(before=False) for typed in step.typed)

    def _steps(self, before: bool) -> Iterator[Step]:
        begun = False
        for step in self.example.transcript.steps:
            begun |= step.name == self.practice.begins
            if begun != before:
                yield step
            if step.name == self.practice.ends:
                return

    @property
    def digest(self) -> str:
        """A hash of what an exploration depends on, besides the engine: not on what texts say."""
        goals = {"__all__": {"fr", "en", "hint"}}
        asked = self.practice.model_dump_json(exclude={"fr": True, "en": True, "goals": goals})
        parts = [self.example.digest, asked]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def size(exercise: Exercise) -> int:
    """Return what the time that exploring it takes grows with, as 14 of them have shown."""
    practice = exercise.practice
    return practice.states * len(exercise.solution) + len(practice.turns)


def load_all(examples: Iterable[Example]) -> list[Exercise]:
    """Return the examples that can be practised. Raises BadInput with every line that is wrong."""
    found: list[Exercise] = []
    problems: list[Problem] = []
    for one in examples:
        path = one.folder / PRACTICE_FILE
        if not path.exists():
            continue
        try:
            found.append(Exercise(one, settings.read(path, Practice)))
            problems += _wrong(found[-1])
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)
    return found


def _wrong(exercise: Exercise) -> Iterator[Problem]:
    source = settings.text(exercise.path)
    names = [step.name for step in exercise.example.transcript.steps]
    if exercise.practice.begins not in names:
        what = f"«{exercise.practice.begins}» is no step of {example.TRANSCRIPT_FILE}"
        line = line_of(source, ["begins"])
        yield Problem(exercise.path, line, what, f"choose from: {', '.join(names)}")
    for n, goal in enumerate(exercise.practice.goals):
        about = ("container", "image", "volume", "network", "address", "printed")
        said = [key for key in about if getattr(goal, key)]
        of_container = goal.container and {*said} <= {"container", "image", "network"}
        if len(said) != 1 and not of_container:
            what = f"goal {n + 1} is about {' and '.join(said) or 'nothing'}"
            line = line_of(source, ["goals", str(n)])
            yield Problem(exercise.path, line, what, f"name one of: {', '.join(about)}")
