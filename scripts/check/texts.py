"""Texts: all that people read, in one language, with its place: pages, captions, labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts import glossary, practice
from scripts.example import LANGUAGES, OPTIONS_FILE, Example, Language
from scripts.page import Page
from scripts.practice import Exercise
from scripts.settings import line_of

_LABEL = re.compile(r"\bt\(\"([^\"]*)\", \"([^\"]*)\"\)")


@dataclass(frozen=True)
class Text:
    """A stretch of prose; code and calls in it are holes (see page.HOLE)."""

    path: Path
    line: int
    language: Language
    text: str


def of_page(page: Page, language: Language) -> Iterator[Text]:
    """Yield the front matter and every paragraph, a line at a time."""
    for value in page.front.values():
        if isinstance(value, str):  # the others are settings
            yield Text(page.path, 1, language, value)
    for block in page.blocks:
        if not block.fenced:
            for line, text in block.lines.items():
                yield Text(page.path, line, language, text)


def of_examples(examples: Iterable[Example]) -> Iterator[Text]:
    """Yield titles and captions."""
    for one in examples:
        path = one.folder / OPTIONS_FILE
        source = path.read_text(encoding="utf-8")
        for language in LANGUAGES:
            yield Text(path, line_of(source, [language, "title"]), language, one.title(language))
            for name, step in one.options.steps.items():
                line = line_of(source, ["steps", name, language])
                yield Text(path, line, language, step.caption(language))
                line = line_of(source, ["steps", name, "commands"])
                for caption in step.commands.values():
                    yield Text(path, line, language, caption.caption(language))


def of_practices(examples: Iterable[Example]) -> Iterator[Text]:
    """Yield what practices say: situations, goals, hints."""
    for one in practice.load_all(examples):
        source = one.path.read_text(encoding="utf-8")
        for language in LANGUAGES:
            said = one.practice.words(language)
            for key in ("title", "situation", "remember"):
                line, text = line_of(source, [language, key]), getattr(said, key)
                yield Text(one.path, line, language, _prose(text))
            for n, goal in enumerate(one.practice.goals):
                line = line_of(source, ["goals", str(n), language])
                yield Text(one.path, line, language, _prose(goal.caption(language)))
                line = line_of(source, ["goals", str(n), "hint", language])
                yield Text(one.path, line, language, _prose(goal.hint.caption(language)))


def of_goals(exercises: Iterable[Exercise]) -> Iterator[Text]:
    """Yield what the goals of exercises say; the rest of their words are those of a page."""
    for one in exercises:
        source = one.path.read_text(encoding="utf-8")
        for n, goal in enumerate(one.practice.goals):
            for language in LANGUAGES:
                line = line_of(source, ["exercises", one.anchor, str(n), language])
                yield Text(one.path, line, language, _prose(goal.caption(language)))


def _prose(text: str) -> str:
    """Return a text without its code, which stands between backticks."""
    return re.sub(r" ?`[^`]*`", "", text)


def of_glossary(path: Path) -> Iterator[Text]:
    """Yield the words of every term, and what they mean."""
    source = path.read_text(encoding="utf-8")
    for n, term in enumerate(glossary.load(path.parent)):
        for language in LANGUAGES:
            line = line_of(source, ["term", str(n), language])
            words = term.words(language)
            yield Text(path, line, language, " / ".join(words.forms))
            yield Text(path, line, language, words.text)


def of_pictures(pictures: Iterable[Path]) -> Iterator[Text]:
    """Yield the labels of drawings, which stand in them as t("français", "English")."""
    for path in pictures:
        for n, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for found in _LABEL.finditer(row):
                for language, label in zip(LANGUAGES, found.groups(), strict=True):
                    yield Text(path, n, language, label)
