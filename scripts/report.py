"""The report: what a run of the verifier found, as JSON; all that the site knows of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

PATH = Path("build/report.json")

Verdict = Literal["passed", "failed", "not run"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Command(_Model):
    """One command: as the transcript has it, as it was typed, and what appeared.

    `line` is its line in session.console, `status` its exit status (None where a program that
    it entered went on), `seconds` how long it took, `next_prompt` what the terminal then waited
    with, if it did. `problems` says what is wrong, if anything.
    """

    line: int
    prompt: str
    command: str
    typed: str
    status: int | None
    output: tuple[str, ...]
    next_prompt: str | None
    seconds: float
    problems: tuple[str, ...] = ()


class Step(_Model):
    """One step, its verdict, and why it was not run, if so."""

    name: str
    verdict: Verdict
    reason: str = ""
    seconds: float
    commands: tuple[Command, ...] = ()


class Image(_Model):
    """An image that an example pulled, and whether it stands in for the one of that name."""

    name: str
    digest: str
    stand_in: bool


class Example(_Model):
    """One example. `digest` tells which version of it was run (see Example.digest)."""

    slug: str
    digest: str
    verdict: Verdict
    started: datetime
    seconds: float
    images: tuple[Image, ...]
    steps: tuple[Step, ...]


class Report(_Model):
    """A whole run: on which engine, with which images, and every example."""

    engine: str
    version: str
    images: Literal["hub", "standin"]
    started: datetime
    seconds: float
    examples: tuple[Example, ...]

    def save(self, path: Path) -> None:
        """Write the report, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        partial.replace(path)


def load(path: Path) -> Report | None:
    """Read a report; None if there is none. Raises ValueError if it is not one."""
    if not path.exists():
        return None
    return Report.model_validate_json(path.read_text(encoding="utf-8"))
