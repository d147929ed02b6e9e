"""Links: each leads to a page and to a place on it; each heading has an id to be led to.

Links to other hosts are not followed: a page must not fail because somebody else's is away.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from scripts.errors import Problem
from scripts.example import Example
from scripts.page import Page, Piece


def check(pages: Mapping[str, Page], examples: Iterable[Example]) -> Iterator[Problem]:
    """Yield the links of one language that lead nowhere, and the headings without an id."""
    steps = {one.slug: [step.name for step in one.transcript.steps] for one in examples}
    anchors = {slug: set(_anchors(page, steps)) for slug, page in pages.items()}
    for slug, page in pages.items():
        for section in page.sections[1:]:
            if section.id is None:
                instead = "end it with {#words-in-english}, the same in both languages"
                yield Problem(page.path, section.line, "a heading without an id", instead)
        for block in page.blocks:
            for piece in block.pieces:
                yield from _check(slug, page, piece, anchors)


def _anchors(page: Page, steps: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the ids of a page: its headings, and the sessions that it shows."""
    for section in page.sections:
        if section.id:
            yield section.id
    for call in page.calls:
        yield from (
            f"{slug}-{name}"
            for slug, names in steps.items()
            for name in names
            if call.shows(slug, name)
        )


def _check(
    slug: str, page: Page, piece: Piece, anchors: Mapping[str, set[str]]
) -> Iterator[Problem]:
    if piece.kind == "html":
        instead = "write Markdown or call a macro: HTML is not checked"
        yield Problem(page.path, piece.line, "HTML in a page", instead)
    if piece.kind != "link":
        return
    target = urlsplit(piece.text)
    if target.scheme or target.netloc:
        return
    path = posixpath.normpath(posixpath.join(posixpath.dirname(slug), target.path))
    name = path.removesuffix(".md") if target.path else slug
    if name not in anchors or (target.path and not target.path.endswith(".md")):
        what = f"a link to «{piece.text}», which is no page"
        yield Problem(page.path, piece.line, what, f"choose from: {', '.join(sorted(anchors))}")
    elif target.fragment and target.fragment not in anchors[name]:
        what = f"a link to «{piece.text}», where «#{target.fragment}» is no heading or session"
        instead = f"choose from: {', '.join(sorted(anchors[name]))}"
        yield Problem(page.path, piece.line, what, instead)
