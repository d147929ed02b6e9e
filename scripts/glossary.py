"""The glossary: docs/glossary.toml, the terms of the site in both languages.

Each has its forms in both languages (the first is the word that the glossary lists) and what it
means.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from scripts import settings
from scripts.example import Language

FILE = "glossary.toml"


class Words(settings.Strict):
    """A term in one language: its forms, the first of which is listed, and what it means."""

    forms: Sequence[str] = Field(min_length=1)
    text: str = Field(min_length=1)

    @property
    def word(self) -> str:
        """The form that the glossary lists."""
        return self.forms[0]


class Term(settings.Strict):
    """A term: its id on the page of the glossary, and its words."""

    id: str
    fr: Words
    en: Words

    def words(self, language: Language) -> Words:
        """Return the words of a language."""
        return self.fr if language == "fr" else self.en


class Glossary(settings.Strict):
    """The whole of docs/glossary.toml."""

    term: Sequence[Term]


def load(docs: Path) -> list[Term]:
    """Read the glossary. Raises BadInput with every line that is wrong."""
    return list(settings.read(docs / FILE, Glossary).term)
