"""The graph of a practice: states, and what an engine answered in each, as JSON.

It is all that a page and a lab know of what was explored (see explore).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from scripts.practice import INTERRUPT, Exercise
from scripts.report import count
from scripts.state import Account

FOLDER = Path("build/practices")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class During(_Model):
    """How things stood while a command went on, until Ctrl-C: `before` counts the lines by then."""

    before: int
    account: Account
    met: tuple[int, ...]


class Said(_Model):
    """What a command showed, and its exit status: None where a program was entered."""

    typed: str
    output: tuple[str, ...]
    status: int | None


class Answer(Said):
    """What a command showed in a state, and the state that it led `to`.

    `during` is None where the command came back by itself. `names` says what this run called the
    things that the other state calls something else, by what that calls them. `met` are the goals
    that its output reached. One that is `alike` was typed in another state (see effect).
    """

    to: int
    during: During | None = None
    names: Mapping[str, str] = {}
    met: tuple[int, ...] = ()
    alike: bool = False

    @property
    def command(self) -> str:
        """The command as a lab types it."""
        return self.typed + (INTERRUPT if self.during else "")


class State(_Model):
    """A state: the engine's account of it, the goals that it meets, and what was answered in it.

    `prompt` is that at which one types, of the shell or of a program; `entered` is the command that
    such a program was entered by. What was answered `beyond` led further than was explored.
    """

    account: Account
    prompt: str
    entered: str
    met: tuple[int, ...]
    answers: tuple[Answer, ...] = ()
    beyond: tuple[Said, ...] = ()


class Option(_Model):
    """An option of a command: its long name, and whether it takes a value."""

    name: str
    valued: bool


class Command(_Model):
    """A command of Docker's, as its `--help` has it: all its names, and its options.

    Where it `ends` in a command of somebody else's, options behind the first other word are not
    its own.
    """

    names: tuple[str, ...]
    ends: bool
    options: Mapping[str, Option]


class Graph(_Model):
    """All that was answered, on which engine, and how commands are written.

    `digest` and `basis` tell what it rests on, `images` where they came from (see report). State 0
    is the situation. `anywhere` is what is answered whatever the state: by the client, and of what
    is not there.
    """

    slug: str
    digest: str
    basis: str
    version: str
    images: Literal["hub", "standin"]
    started: datetime
    seconds: float
    folder: str
    states: tuple[State, ...]
    commands: tuple[Command, ...]
    anywhere: tuple[Said, ...]

    @property
    def answers(self) -> int:
        """How many answers were recorded."""
        typed = sum(not one.alike for state in self.states for one in state.answers)
        return typed + len(self.anywhere)

    def summary(self) -> str:
        """Return the line that sums it up."""
        what = f"{len(self.states)} states, {self.answers} answers"
        return f"explored {self.slug:32} {what:24} {self.seconds:6.1f} s"

    def reaches(self, commands: tuple[str, ...], goals: int) -> int:
        """Return how many goals, one after the other, some commands reach from the start.

        What has been printed once stays met.
        """
        reached, here, printed = 0, self.states[0], set[int]()
        for command in commands:
            found = next((a for a in here.answers if a.typed == command), None)
            if found is None:
                return reached
            here = self.states[found.to]
            printed.update(found.met)
            while reached < goals and (reached in here.met or reached in printed):
                reached += 1
        return reached

    def save(self, path: Path) -> None:
        """Write it, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partly = path.with_suffix(".partial")
        partly.write_text(self.model_dump_json() + "\n", encoding="utf-8")
        partly.replace(path)


def load(folder: Path, exercise: Exercise, basis: str = "") -> Graph | None:
    """Return what was explored of this version of a practice (and on this basis), if anything."""
    try:
        text = (folder / f"{exercise.example.slug}.json").read_text(encoding="utf-8")
        found = Graph.model_validate_json(text)
    except (OSError, ValueError):
        return None
    holds = found.digest == exercise.digest and basis in ("", found.basis)
    return found if holds else None


def summary(graphs: Sequence[Graph], unchanged: int) -> str:
    """Return the line that sums up what was explored, `unchanged` of which was not again."""
    states = sum(len(graph.states) for graph in graphs)
    answers = sum(graph.answers for graph in graphs)
    again = f", {unchanged} of them unchanged" if unchanged else ""
    return f"{count(len(graphs), 'practice')}{again}: {states} states, {answers} answers"
