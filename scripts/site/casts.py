"""Casts: the recordings of the runs that verified the examples, to be played in the browser.

Asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/): a header and one event a line. What
was typed comes at the pace of a person, and pauses are cut short: the order and the text of
everything are those of the run, the waiting is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from scripts.report import COLUMNS, ROWS, Command
from scripts.report import Step as Played
from scripts.site.proof import FOLDER
from scripts.site.sources import Run, Sources

KEY = 0.04  # seconds from one key to the next
BREATH = 0.7  # seconds before a command is typed, and before Enter
READING = 0.05  # seconds to read a line of output, before the next command
LONGEST = 1.0  # seconds: what takes longer is cut short


@dataclass(frozen=True)
class Cast:
    """A replay of a run: its events, and when each step begins, in seconds."""

    events: tuple[tuple[float, str, str], ...]
    steps: dict[str, float]

    @classmethod
    def of(cls, run: Run) -> Cast | None:
        """Return the replay of a run; None if nothing of it was recorded."""
        if not any(command.recording for step in run.result.steps for command in step.commands):
            return None
        clock, events, steps = 0.0, list[tuple[float, str, str]](), dict[str, float]()
        for step in run.result.steps:
            steps[step.name] = clock
            events += [(clock, "m", step.name), *_step(step, clock)]
            clock = events[-1][0]
        return cls(tuple(events), steps)

    def save(self, path: Path) -> None:
        """Write it as a file."""
        header = {"version": 2, "width": COLUMNS, "height": ROWS}
        lines = (json.dumps(line, ensure_ascii=False) for line in (header, *map(_row, self.events)))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _row(event: tuple[float, str, str]) -> list[object]:
    when, kind, text = event
    return [round(when, 2), kind, text]


def _step(step: Played, clock: float) -> Iterator[tuple[float, str, str]]:
    for command in step.commands:
        for wait, text in _command(command):
            clock += wait
            yield clock, "o", text


def _command(command: Command) -> Iterator[tuple[float, str]]:
    """Yield what appears for a command, and how long to wait before."""
    yield 0, command.prompt
    for n, key in enumerate(command.typed):
        yield (KEY if n else BREATH), "\r\n> " if key == "\n" else key
    yield BREATH, "\r\n"
    times = [0.0, *(when for when, _ in command.recording)]
    for (before, now), (_, text) in zip(pairwise(times), command.recording, strict=True):
        yield min(now - before, LONGEST), text
    yield BREATH + READING * min(len(command.output), ROWS), ""


def publish(found: Sources, site: Path) -> None:
    """Write the replays into a site, beside the proof."""
    for slug, (_, cast) in casts(found).items():
        cast.save(site / address(slug))


def address(slug: str) -> str:
    """Return where the replay of an example is, as seen from the root of the site."""
    return f"{FOLDER}/{slug}.cast"


def casts(found: Sources) -> dict[str, tuple[Run, Cast]]:
    """Return the replay of each example, and the run it is of: the newest that was recorded."""
    all_of_them = {
        slug: ((run, cast) for run in found.runs(one) if (cast := Cast.of(run)))
        for slug, one in found.examples.items()
    }
    return {slug: first for slug, some in all_of_them.items() if (first := next(some, None))}
