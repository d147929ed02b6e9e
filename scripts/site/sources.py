"""What the site is made of: examples, reports, pages and terms, read once for a whole build."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from scripts import example, glossary, graph, page, practice, report
from scripts.example import LANGUAGES, Example, Language
from scripts.glossary import Term
from scripts.page import Page
from scripts.report import Example as Result
from scripts.report import Report
from scripts.report import Step as Played
from scripts.tab import machine

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Run:
    """What a report says of an example, and the report; it is about this version of it."""

    report: Report
    result: Result

    @cached_property
    def steps(self) -> dict[str, Played]:
        """The steps, by name."""
        return {step.name: step for step in self.result.steps}

    def played(self, name: str) -> Played | None:
        """Return a step, if it was typed."""
        step = self.steps.get(name)
        return step if step and step.commands else None


class Sources:
    """Everything that pages can show. Raises BadInput with every line that is wrong."""

    def __init__(self) -> None:
        self.examples = {one.slug: one for one in example.load_all(ROOT / "examples")}
        self.exercises = {
            one.example.slug: one for one in practice.load_all(self.examples.values())
        }
        self.graphs = {
            slug: found
            for slug, one in self.exercises.items()
            if (found := graph.load(ROOT / graph.FOLDER, one))
        }
        self.machine = machine.load(ROOT / machine.FOLDER)
        self.reports = sorted(_reports(), key=_age)
        self.terms: list[Term] = glossary.load(DOCS)
        self.pages: dict[Language, dict[str, Page]] = {
            language: page.pages(DOCS, language) for language in LANGUAGES
        }
        self._runs = {slug: tuple(self._of(one)) for slug, one in self.examples.items()}

    def _of(self, one: Example) -> Iterator[Run]:
        for found in self.reports:
            if result := found.result(one.slug, one.on(found.engine).digest):
                yield Run(found, result)

    def runs(self, one: Example) -> tuple[Run, ...]:
        """Return the runs of this version of an example, that on the newest engine first."""
        return self._runs[one.slug]

    def run(self, one: Example, step: str) -> Run | None:
        """Return the run that pages show of a step: the newest in which it was typed."""
        runs = self.runs(one)
        typed = (run for run in runs if run.played(step))
        return next(typed, runs[0] if runs else None)

    @cached_property
    def anchors(self) -> dict[str, tuple[Example, str]]:
        """The example and the step of each terminal, by its anchor on a page."""
        return {
            f"{one.slug}-{step.name}": (one, step.name)
            for one in self.examples.values()
            for step in one.transcript.steps
        }

    def unverified(self) -> list[str]:
        """Return the steps, as «slug#step», that no run of this version has shown to hold."""
        return [
            f"{one.slug}#{step.name}"
            for one in self.examples.values()
            for step in one.transcript.steps
            if not any(
                name == step.name and played.verdict == "passed"
                for run in self.runs(one)
                for name, played in run.steps.items()
            )
        ]

    def verified(self) -> str:
        """Return how much of what is shown was verified, and on what."""
        total = sum(len(one.transcript.steps) for one in self.examples.values())
        engines = {run.report.version for one in self.examples.values() for run in self.runs(one)}
        on = f", on Docker {' and '.join(sorted(engines, reverse=True))}" if engines else ""
        return f"{total - len(self.unverified())} of {total} steps verified{on}"


def _reports() -> Iterator[Report]:
    """Yield the report of the last verification, and those that are kept."""
    for path in (ROOT / report.PATH, *sorted((ROOT / report.KEPT).glob("*.json"))):
        if found := report.load(path):
            yield found


def _age(found: Report) -> tuple[list[int], str]:
    """Order reports: the newest engine first, among equals the one with the shorter name."""
    return [-int(number) for number in re.findall(r"\d+", found.version)], found.engine


@cache
def sources() -> Sources:
    """Return what the site is made of, read when it is first asked for (see `forget`)."""
    return Sources()


def forget() -> None:
    """Have everything read anew."""
    sources.cache_clear()
