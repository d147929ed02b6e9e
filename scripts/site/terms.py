"""Terms of the glossary in the prose of pages: linked and explained where they are first met."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from scripts.example import Language
from scripts.glossary import Term

# Where a term stays as it is: it is code, a link already, a heading, or in a table.
_LEFT_ALONE = {"a", "code", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "summary", "th", "td"}


def fold(word: str) -> str:
    """Return a word without its accents: «étiquette» becomes «etiquette»."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word)
    return "".join(part for part in parts if not unicodedata.combining(part))


# A term's link is as a page's own; the builder makes an address of it.
_GLOSSARY = "/glossary.md"


class Linker(Treeprocessor):
    """Makes the first mention of each term on a page a link to the glossary, with a tooltip."""

    def __init__(self, md: Markdown, terms: Sequence[Term], language: Language) -> None:
        super().__init__(md)
        self._forms = {
            form: (term.id, term.words(language).text)
            for term in terms
            for form in term.words(language).forms
        }
        self._lower = {form.lower(): known for form, known in reversed(self._forms.items())}
        longest_first = sorted(self._forms, key=len, reverse=True)
        words = "|".join(map(re.escape, longest_first))
        self._pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)

    def run(self, root: ElementTree.Element) -> None:
        """Link in a page that Python-Markdown has parsed."""
        self._link(root, set())

    def _link(self, parent: ElementTree.Element, met: set[str]) -> None:
        """Go through an element in reading order; `met` are the terms already linked."""
        at = self._split(parent, None, parent.text, met)
        for child in list(parent)[at:]:
            if child.tag not in _LEFT_ALONE:
                self._link(child, met)
            self._split(parent, child, child.tail, met)

    def _split(
        self,
        parent: ElementTree.Element,
        before: ElementTree.Element | None,
        text: str | None,
        met: set[str],
    ) -> int:
        """Cut links out of a text, below `parent` and behind `before`; return how many."""
        links = list(self._links(text or "", met))
        if not links:
            return 0
        start = links[0][0]
        at = 0 if before is None else list(parent).index(before) + 1
        if before is None:
            parent.text = (text or "")[:start]
        else:
            before.tail = (text or "")[:start]
        for n, (_, end, link) in enumerate(links):
            following = links[n + 1][0] if n + 1 < len(links) else None
            link.tail = (text or "")[end:following]
            parent.insert(at + n, link)
        return len(links)

    def _links(self, text: str, met: set[str]) -> Iterator[tuple[int, int, ElementTree.Element]]:
        for found in self._pattern.finditer(text):
            identity, meaning = self._form(found[0])
            if identity in met:
                continue
            met.add(identity)
            link = ElementTree.Element("a", {"class": "term", "title": meaning})
            link.set("href", f"{_GLOSSARY}#{identity}")
            link.text = found[0]
            yield found.start(), found.end(), link

    def _form(self, text: str) -> tuple[str, str]:
        return self._forms.get(text) or self._lower[text.lower()]
