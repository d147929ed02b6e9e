"""The exercises of the site, as practices for a desk (see desk).

Their words are those of the page; what is to be reached stands in `goals.toml` beside the example
that solves them. A file that belongs to a solution is not there at the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts import settings
from scripts.errors import BadInput, Problem
from scripts.example import GOALS_FILE, Caption, Example, Language
from scripts.page import Call, Page, Section
from scripts.practice import Exercise, Goal, Practice, Situation
from scripts.settings import Strict, line_of

PAGE = "exercises"
NOTHING = Caption(fr="-", en="-")


class Reached(Goal):
    """A goal of an exercise; its hint is that of the page."""

    hint: Caption = NOTHING


class Goals(Strict):
    """The whole of `goals.toml`: the goals of each exercise, by its anchor on the page."""

    exercises: dict[str, list[Reached]]


@dataclass(frozen=True)
class _Read:
    """An exercise as both pages have it."""

    anchor: str
    french: Section
    english: Section
    solution: Call

    def said(self, language: Language) -> Situation:
        section = self.french if language == "fr" else self.english
        title, *paragraphs = list(_texts(section, ""))
        return Situation(
            title=title.partition(". ")[2] or title,
            situation=" ".join(paragraphs),
            remember=" ".join(_texts(section, "success")),
        )

    def hint(self) -> Caption:
        texts = [" ".join(_texts(one, "question")) for one in (self.french, self.english)]
        return Caption(fr=texts[0], en=texts[1])


def load(examples: Iterable[Example], pages: Mapping[Language, Page]) -> list[Exercise]:
    """Return the exercises in the order of the page.

    Raises BadInput where one has no goals, or goals are of no exercise.
    """
    known = {one.slug: one for one in examples}
    goals = {slug: _goals(one) for slug, one in known.items() if (one.folder / GOALS_FILE).exists()}
    read = [one for one in _read(pages) if one.solution.arguments[0] in known]
    anchors = [one.anchor for one in read]
    for slug, anchor in ((slug, anchor) for slug, some in goals.items() for anchor in some):
        if anchor not in anchors:
            instead = f"choose from: {', '.join(anchors)}"
            raise _wrong(known[slug].folder / GOALS_FILE, anchor, "is no exercise", instead)
    return [_exercise(one, known[one.solution.arguments[0]], goals) for one in read]


def _goals(example: Example) -> dict[str, list[Reached]]:
    return dict(settings.read(example.folder / GOALS_FILE, Goals).exercises)


def _read(pages: Mapping[Language, Page]) -> Iterator[_Read]:
    french = {section.id: section for section in pages["fr"].sections}
    for section in pages["en"].sections:
        solution = next((call for call in section.calls if call.name == "solution"), None)
        if section.id and solution:
            yield _Read(section.id, french[section.id], section, solution)


def _exercise(
    read: _Read, example: Example, goals: Mapping[str, Mapping[str, list[Reached]]]
) -> Exercise:
    names = read.solution.arguments[1:]
    reached = goals.get(example.slug, {}).get(read.anchor, [])
    if not reached:
        instead = f"add [[exercises.{read.anchor}]]"
        raise _wrong(example.folder / GOALS_FILE, read.anchor, "has no goals", instead)
    steps = [name for name in names if Path(name) not in example.files]
    practice = Practice(
        fr=read.said("fr"),
        en=read.said("en"),
        begins=steps[0],
        ends=steps[-1],
        goals=tuple(goal.model_copy(update={"hint": read.hint()}) for goal in reached),
    )
    return Exercise(
        example, practice, read.anchor, tuple(name for name in names if name not in steps)
    )


def _wrong(path: Path, anchor: str, what: str, instead: str) -> BadInput:
    line = line_of(settings.text(path), ["exercises", anchor, "0"]) if path.exists() else 1
    return BadInput([Problem(path, line, f"«{anchor}» {what}", instead)])


def _texts(section: Section, aside: str) -> Iterator[str]:
    """Yield the paragraphs of a section in asides of a type, or in none; code between backticks."""
    for block in section.blocks:
        inside = block.asides[-1].type if block.asides else ""
        if inside != aside or block.fenced:
            continue
        text = "".join(
            f"`{piece.text}`" if piece.kind == "code" else piece.text
            for piece in block.pieces
            if piece.kind in ("text", "code")
        ).strip(" \ufffc")
        if text and not (block.asides and text == block.asides[-1].title):
            yield text
