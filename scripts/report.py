"""The report: what a run of the verifier found, as JSON; all that the site knows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from scripts.kinds import shape
from scripts.matching import is_layer_row

PATH = Path("build/report.json")
KEPT = Path("verified")  # reports of engines that are not run at every build, kept in git

COLUMNS, ROWS = 80, 24  # the window in which everything was typed, as a terminal first opens

Verdict = Literal["passed", "failed", "not run"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Command(_Model):
    """One command: as the transcript has it, as it was typed, and what appeared.

    `line` is its line in session.console, `prompt` what the terminal waited with, `status` its
    exit status (None where a program that it entered went on), `seconds` how long it took,
    `output` all that appeared, `shown` the lines of it that pages show, `...` among them,
    `next_prompt` what the terminal then waited with, if it did. `problems` says what is wrong,
    if anything. `recording` is what the terminal printed, control sequences and all, and when, in
    seconds since the command was typed; only of engines that are held.
    """

    line: int
    prompt: str
    command: str
    typed: str
    status: int | None
    output: tuple[str, ...]
    shown: tuple[str, ...] = ()
    next_prompt: str | None
    seconds: float
    problems: tuple[str, ...] = ()
    recording: tuple[tuple[float, str], ...] = ()


class Step(_Model):
    """One step, its verdict, and why it was not run, if so."""

    name: str
    verdict: Verdict
    reason: str = ""
    seconds: float
    commands: tuple[Command, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a command failed that was to end well."""
        return any("exit status" in problem for one in self.commands for problem in one.problems)


class Image(_Model):
    """An image that an example pulled, and whether it stands in for the one of that name."""

    name: str
    digest: str
    stand_in: bool


class Example(_Model):
    """One example.

    `digest` tells which version of it was run (see Example.digest), `basis` on what else its
    verdict rests: engine, stand-ins, verifier (see verify.Bench).
    """

    slug: str
    digest: str
    basis: str
    verdict: Verdict
    started: datetime
    seconds: float
    images: tuple[Image, ...]
    steps: tuple[Step, ...]

    def line(self, held: bool) -> str:
        """Return the line that sums it up; where nothing is held, what differs is no failure."""
        skipped = sum(step.verdict == "not run" for step in self.steps)
        steps = count(len(self.steps), "step") + (f", {skipped} not run" if skipped else "")
        verdict = self.verdict if held else _OBSERVED[self.verdict]
        return f"{verdict:8} {self.slug:32} {steps:20} {self.seconds:6.1f} s"


_OBSERVED: dict[Verdict, str] = {"passed": "same", "failed": "other", "not run": "not run"}


class Report(_Model):
    """What is known of some examples, on one engine and with one source of images.

    `started` and `seconds` are of the last run that typed something; each example has its own.
    `versions` are those of the engine and of all that comes with it. What differs on an engine
    that is not `held` is no fault: it is only observed.
    """

    engine: str
    held: bool
    versions: Mapping[str, str]
    images: Literal["hub", "standin"]
    started: datetime
    seconds: float
    examples: tuple[Example, ...]

    @property
    def version(self) -> str:
        """The version of the engine."""
        return self.versions["engine"]

    def result(self, slug: str, digest: str) -> Example | None:
        """Return what is known of an example, if it is about this very version of it."""
        found = self._by_slug.get(slug)
        return found if found and found.digest == digest else None

    @cached_property
    def _by_slug(self) -> dict[str, Example]:
        return {example.slug: example for example in self.examples}

    def summary(self, chosen: Iterable[str], unchanged: int) -> str:
        """Return the line that sums up some examples, `unchanged` of which were not run again."""
        wanted = set(chosen)
        examples = [example for example in self.examples if example.slug in wanted]
        steps = [step for example in examples for step in example.steps]
        sources = {"hub": "images of Docker Hub", "standin": "stand-in images"}
        again = f", {unchanged} of them unchanged" if unchanged else ""
        return (
            f"{count(len(examples), 'example')}{again}, {count(len(steps), 'step')}: "
            f"{', '.join(self._counts(steps))}; "
            f"Docker {self.version}, {sources[self.images]}"
        )

    def _counts(self, steps: Sequence[Step]) -> Iterator[str]:
        verdicts = Counter(step.verdict for step in steps)
        refused = sum(step.refused for step in steps if step.verdict == "failed")
        if self.held:
            yield f"{verdicts['passed']} passed"
            yield f"{verdicts['failed']} failed"
        else:
            yield f"{verdicts['passed']} same"
            yield f"{verdicts['failed'] - refused} other"
            yield f"{refused} refused"
        yield f"{verdicts['not run']} not run"

    def save(self, path: Path) -> None:
        """Write the report, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        partial.replace(path)


def differing(one: Step, other: Step) -> list[set[int]]:
    """Return for each command of `one` which of its shown lines `other` does not show.

    Ids, times and sizes are other ones in every run: what counts is what remains.
    """
    pairs = zip(one.commands, other.commands, strict=True)
    return [set(_differing(mine.shown, theirs.shown)) for mine, theirs in pairs]


def _differing(lines: Sequence[str], others: Sequence[str]) -> Iterator[int]:
    known = Counter(map(shape, others))
    for n, line in enumerate(lines):
        if known[shape(line)] == 0:
            yield n
        elif not is_layer_row(line):  # of layers, every image has another number
            known[shape(line)] -= 1


def path(engine: str, usual: str) -> Path:
    """Return where the report of an engine is: that of the usual one is made at every build."""
    return PATH if engine == usual else KEPT / f"{engine}.json"


def count(number: int, noun: str) -> str:
    """Return «1 step», «2 steps»."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def load(path: Path) -> Report | None:
    """Read a report; None if there is none, or none of this form: then nothing was verified."""
    if not path.exists():
        return None
    try:
        return Report.model_validate_json(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
