"""The sources: all that pages are made of, read once, before anything is built."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scripts import example, glossary, page, report
from scripts.example import LANGUAGES, Example, Language
from scripts.glossary import Term
from scripts.page import Page
from scripts.report import Example as Result
from scripts.report import Report
from scripts.report import Step as StepResult
from scripts.transcript import Step

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Case:
    """An example, and what the last verification found of this very version of it, if anything.

    `version` is that of the engine.
    """

    example: Example
    result: Result | None
    version: str

    @cached_property
    def steps(self) -> dict[str, Step]:
        """The steps, by name."""
        return {step.name: step for step in self.example.transcript.steps}

    @cached_property
    def found(self) -> dict[str, StepResult]:
        """What was found of each step, by name."""
        return {step.name: step for step in self.result.steps} if self.result else {}


@dataclass(frozen=True)
class Sources:
    """The examples by slug, the report, the terms, and the pages of each language by slug."""

    cases: Mapping[str, Case]
    report: Report | None
    terms: Sequence[Term]
    pages: Mapping[Language, Mapping[str, Page]]


@functools.cache
def load() -> Sources:
    """Read all that pages are made of. Raises BadInput with what cannot be read."""
    examples = example.load_all(ROOT / "examples")
    last = report.load(ROOT / report.PATH)
    return Sources(
        cases=cases(examples, last),
        report=last,
        terms=glossary.load(DOCS),
        pages={language: page.pages(DOCS, language) for language in LANGUAGES},
    )


def cases(examples: Iterable[Example], last: Report | None) -> dict[str, Case]:
    """Pair examples with what a report says of this very version of them; return them by slug."""
    results = {(result.slug, result.digest): result for result in last.examples} if last else {}
    version = last.version if last else ""
    return {one.slug: Case(one, results.get((one.slug, one.digest)), version) for one in examples}
