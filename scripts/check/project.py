"""The project as a whole: every check, over all that people read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from scripts import example, exercises, glossary, page
from scripts.check import coverage, dependencies, links, machines, parity, prose, texts, world
from scripts.check.coverage import Coverage
from scripts.check.evidence import Evidence
from scripts.errors import BadInput, Problem
from scripts.example import LANGUAGES, Example, Language
from scripts.page import Page
from scripts.practice import Exercise

RECORD = Path("docs/in-step.json")
WORDS = Path("docs/words.toml")


@dataclass(frozen=True)
class Project:
    """All that is checked, read once. `pages` are French and English, by slug."""

    root: Path
    examples: list[Example]
    exercises: list[Exercise]
    french: dict[str, Page]
    english: dict[str, Page]
    readme: Page
    pictures: list[Path]

    @property
    def record(self) -> Path:
        """Where it is noted which sections were in step."""
        return self.root / RECORD

    def texts(self) -> Iterator[texts.Text]:
        """Yield all that people read."""
        for language, pages in zip(LANGUAGES, (self.french, self.english), strict=True):
            yield from chain.from_iterable(texts.of_page(p, language) for p in pages.values())
        yield from texts.of_page(self.readme, "en")
        yield from texts.of_examples(self.examples)
        yield from texts.of_practices(self.examples)
        yield from texts.of_goals(self.exercises)
        yield from texts.of_pictures(self.pictures)
        yield from texts.of_glossary(self.root / "docs" / glossary.FILE)


def load(root: Path) -> Project:
    """Read the project in a folder. Raises BadInput with what cannot be read, or is not there."""
    docs = root / "docs"
    french, english = (page.pages(docs, language) for language in LANGUAGES)
    if not french:
        raise BadInput([Problem(docs / "fr", 1, "no page here", "stand in the project's folder")])
    pictures = sorted((docs / "assets").glob("*.svg"))
    readme = page.read(root / "README.md")
    examples = example.load_all(root / "examples")
    there: dict[Language, Page] = {"fr": french[exercises.PAGE], "en": english[exercises.PAGE]}
    practised = exercises.load(examples, there)
    return Project(root, examples, practised, french, english, readme, pictures)


@dataclass(frozen=True)
class Findings:
    """What the checks found, the figures that sum it up, what PowerShell would not do."""

    problems: list[Problem]
    figures: list[str]
    coverage: Coverage
    strange: list[str]


def check(project: Project, frozen: bool) -> Findings:
    """Run every check. Notes what has changed in both languages, unless `frozen` (see parity)."""
    pages = [*project.french.values(), *project.english.values()]
    evidence = Evidence(project.examples, project.root / ".ci" / "run")
    covered = coverage.cover(project.examples, pages, project.readme, project.pictures, evidence)
    freshness = parity.freshness(project.french, project.english, project.record)
    packages = dependencies.locked(project.root)
    faults = dependencies.faults(packages)
    shown = evidence.shown()
    read = list(prose.without_quotes(project.texts(), lambda quote: quote in shown))
    problems = [
        *covered.problems,
        *(problem for one in project.examples for problem in world.check(one.transcript)),
        *(problem for one in project.examples for problem in machines.check(one)),
        *_parity(project),
        *parity.out_of_step(freshness, project.french, project.english),
        *links.check(project.french, project.examples),
        *links.check(project.english, project.examples),
        *_prose(read, project.root / WORDS),
        *(faults or ()),
    ]
    if freshness.changed and frozen:
        instead = "type `make check`, and commit this file with the pages"
        problems.append(Problem(project.record, 1, "does not know of the latest changes", instead))
    elif freshness.changed and not problems:
        parity.save(project.record, freshness.fresh)
    words = prose.count(read)
    typed = sum(len(machines.typed(one)) for one in project.examples)
    strange = [line for one in project.examples for line in machines.not_for_powershell(one)]
    figures = [
        covered.figures(),
        freshness.figures(),
        f"readers: {typed} commands for Linux and Mac, {len(strange)} of them not for PowerShell",
        dependencies.figures(packages, faults),
        f"words: {words['fr']} in French, {words['en']} in English",
    ]
    return Findings(problems, figures, covered, strange)


def _parity(project: Project) -> Iterator[Problem]:
    yield from parity.compare(project.french, project.english)
    one, two = (project.root / name for name in ("mkdocs.yml", "mkdocs.en.yml"))
    yield from parity.compare_navigation(one, two, project.french)


def _prose(read: list[texts.Text], path: Path) -> Iterator[Problem]:
    words = prose.load(path)
    yield from prose.typography(read)
    yield from prose.vocabulary(read, words)
    yield from prose.spelling(read, words, path)
