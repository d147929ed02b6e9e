"""What Python-Markdown does for this site, whoever builds it: an extension, named in mkdocs.yml.

Terms of the glossary become links; where terminals are, readers choose their engine, and a line at
the end says how many of them were verified, when, and on what. Tables keep a space between their
cells for whoever takes the tags out, and titles in the table of contents the no-break spaces of
French, which Python-Markdown takes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.treeprocessors import Treeprocessor

from scripts.example import Language
from scripts.site import blocks
from scripts.site.sources import sources
from scripts.site.terms import Linker


class Site(Extension):
    """The extension; its option `language` is that of the pages."""

    def __init__(self, **options: Any) -> None:
        self.config = {"language": ["en", "the language of the pages"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - its name there
        """Register with Python-Markdown."""
        language: Language = self.getConfig("language")
        # Late, so that code and links are known for what they are; before links get addresses (0).
        md.treeprocessors.register(Linker(md, sources().terms, language), "terms", 1)
        md.treeprocessors.register(_Contents(md), "contents", 2)
        md.treeprocessors.register(_Proof(md, language), "proof", 1)
        md.postprocessors.register(_Engines(md, language), "engines", 1)
        md.postprocessors.register(_Cells(md), "cells", 0)


def makeExtension(**options: Any) -> Site:  # noqa: N802 - its name there
    """Return the extension; Python-Markdown looks for this."""
    return Site(**options)


class _Contents(Treeprocessor):
    def run(self, root: ElementTree.Element) -> None:
        _bind_again(getattr(self.md, "toc_tokens", []))


def _bind_again(entries: Iterable[dict[str, Any]]) -> None:
    for entry in entries:
        entry["name"] = re.sub(r" (?=[?!:;])", "\u00a0", entry["name"])
        _bind_again(entry["children"])


class _Proof(Treeprocessor):
    def __init__(self, md: Markdown, language: Language) -> None:
        super().__init__(md)
        self._language = language

    def run(self, root: ElementTree.Element) -> None:
        html = "\n".join(str(block) for block in self.md.htmlStash.rawHtmlBlocks)
        steps = [sources().anchors[anchor] for anchor in _SESSION.findall(html)]
        shown = [(sources().run(one, step), step) for one, step in steps]
        if told := blocks.proven(shown, self._language):
            line = ElementTree.SubElement(root, "p", {"class": "proven"})
            line.set("data-search-exclude", "true")
            ElementTree.SubElement(line, "a", {"href": _HOW}).text = told


_HOW = "/about/verification.md"
_SESSION = re.compile(r'<figure class="session" id="([^"]+)"')


class _Engines(Postprocessor):
    def __init__(self, md: Markdown, language: Language) -> None:
        super().__init__(md)
        self._choice = blocks.choice(sources().reports, language)

    def run(self, text: str) -> str:
        # Where all engines show the same, there is nothing to choose.
        return text.replace("</h1>", f"</h1>{self._choice}", 1) if _DIFFERS in text else text


_DIFFERS = 'class="engine"'


class _Cells(Postprocessor):
    def run(self, text: str) -> str:
        return _CELL.sub(r"\g<0> ", text)


_CELL = re.compile("</(td|th|dt|dd|figcaption|summary)>")
