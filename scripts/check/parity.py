"""Parity: both languages have the same pages, headings, examples, pictures and links.

And freshness: where the prose of a section changes in one language only, someone must change
the other, or read both and confirm that they still say the same. What both said when they were
last in step is noted in a file that is committed, as a pair of hashes for each section.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import yaml

from scripts.errors import Problem
from scripts.page import Page, Section, navigated

Pages = Mapping[str, Page]
# Section («concepts/ports#publish») -> hash of its French prose, hash of its English prose.
Hashes = dict[str, tuple[str, str]]

_OTHER = "make both the same"


def compare(french: Pages, english: Pages) -> Iterator[Problem]:
    """Yield whatever one language has and the other has not."""
    for here, there, language in ((french, english, "en"), (english, french, "fr")):
        for slug in here:
            if slug not in there:
                what = f"the page «{slug}» has no counterpart"
                yield Problem(here[slug].path, 1, what, f"write docs/{language}/{slug}.md")
    for slug, page in french.items():
        if slug in english:
            yield from _compare_pages(page, english[slug])


def _compare_pages(one: Page, two: Page) -> Iterator[Problem]:
    if list(one.front) != list(two.front):
        yield _differs(one, 1, "front matter", list(one.front), two, 1, list(two.front))
    for a, b in zip_longest(one.sections, two.sections):
        if a is None or b is None or (a.level, a.id) != (b.level, b.id):
            yield _heading_differs(one, a, two, b)
            return
    for a, b in zip(one.sections, two.sections, strict=True):
        for name, features in _FEATURES.items():
            if features(a) != features(b):
                yield _differs(one, a.line, name, features(a), two, b.line, features(b))


def _heading_differs(one: Page, a: Section | None, two: Page, b: Section | None) -> Problem:
    if a is None:
        assert b is not None
        what = f"the heading {_named(b)} has no counterpart in {one.path}"
        return Problem(two.path, b.line, what, "write it there, or remove it here")
    if b is None:
        what = f"the heading {_named(a)} has no counterpart in {two.path}"
        return Problem(one.path, a.line, what, "write it there, or remove it here")
    what = f"the heading {_named(a)} stands where {two.path}:{b.line} has {_named(b)}"
    return Problem(one.path, a.line, what, "give both pages the same headings and ids")


def _named(section: Section) -> str:
    return f"{'#' * section.level} {{#{section.id}}}"


_FEATURES: dict[str, Callable[[Section], list[str]]] = {
    "examples, files or pictures": lambda s: [str(call) for call in s.calls],
    "links": lambda s: sorted(p.text for p in s.pieces if p.kind == "link"),
    "images": lambda s: [p.text for p in s.pieces if p.kind == "image"],
    "notes": lambda s: s.asides,
}


def _differs(one: Page, m: int, name: str, a: Any, two: Page, n: int, b: Any) -> Problem:
    only = [x for x in a if x not in b], [x for x in b if x not in a]
    shown = only if any(only) else (a, b)
    what = f"{name}: {shown[0] or 'none'} here, {shown[1] or 'none'} in {two.path}:{n}"
    return Problem(one.path, m, what, _OTHER)


def compare_navigation(one: Path, two: Path, slugs: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem if a MkDocs configuration leaves a page out, or the two differ."""
    a, b = (list(navigated(_yaml(path).get("nav", []))) for path in (one, two))
    if a != b:
        what = f"nav: {[x for x in a if x not in b]} only here, {[x for x in b if x not in a]} only"
        yield Problem(one, 1, f"{what} in {two}, or in another order", _OTHER)
    for slug in slugs:
        if f"{slug}.md" not in a:
            yield Problem(one, 1, f"nav: nothing leads to {slug}.md", "add it to both languages")


class _Yaml(yaml.SafeLoader):
    """Reads MkDocs's configuration, whose tags (`!ENV`) mean nothing here."""


_Yaml.add_multi_constructor("!", lambda *_: None)


def _yaml(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Yaml)
    return found


@dataclass
class Freshness:
    """What is in step, and what is not.

    `fresh` is what the record should say now; `changed` says whether it says something else.
    """

    fresh: Hashes
    recorded: Hashes
    stale: list[str]

    @property
    def changed(self) -> bool:
        """Whether the record is to be written anew."""
        return self.fresh != self.recorded

    def figures(self) -> str:
        """Return the line that sums it up."""
        return (
            f"sections: {len(self.fresh) - len(self.stale)} in step, {len(self.stale)} out of step"
        )


def freshness(french: Pages, english: Pages, record: Path) -> Freshness:
    """Compare the sections that both languages have with the record of when they were in step."""
    recorded = load(record)
    fresh: Hashes = {}
    stale = []
    for name, pair in hashes(french, english).items():
        before = recorded.get(name, ("", ""))
        changed = [old != new for old, new in zip(before, pair, strict=True)]
        one_sided = any(changed) and not all(changed)
        fresh[name] = before if one_sided else pair
        if one_sided:
            stale.append(name)
    return Freshness(fresh, recorded, stale)


def hashes(french: Pages, english: Pages) -> Hashes:
    """Return the hash of every section that has the same name in both languages."""
    one, two = (dict(_prose(pages)) for pages in (french, english))
    return {name: (_hash(one[name]), _hash(two[name])) for name in one if name in two}


def _prose(pages: Pages) -> Iterator[tuple[str, str]]:
    """Yield (name, source) of every section; what stands before headings is front matter."""
    for slug, page in pages.items():
        for section in page.sections:
            yield f"{slug}#{section.id or ''}", section.source


def _hash(text: str) -> str:
    """Hash what readers see: line breaks and runs of spaces do not count, no-break spaces do."""
    words = re.sub(r"[ \t\n]+", " ", text).strip()
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def load(record: Path) -> Hashes:
    """Read the record; empty if there is none."""
    if not record.exists():
        return {}
    pairs = json.loads(record.read_text(encoding="utf-8"))
    return {name: (one, two) for name, (one, two) in pairs.items()}


def save(record: Path, pairs: Hashes) -> None:
    """Write the record, a section a line, so that two people's changes can be merged."""
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(pairs[name])}" for name in sorted(pairs))
    record.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")


def out_of_step(found: Freshness, french: Pages, english: Pages) -> Iterator[Problem]:
    """Yield a problem for each section of which only one language has changed."""
    now = hashes(french, english)
    for name in found.stale:
        slug, _, identity = name.partition("#")
        moved = now[name][0] != found.recorded[name][0]
        changed, other = (french, english) if moved else (english, french)
        line = _section(changed[slug], identity).line
        place = f"{other[slug].path}:{_section(other[slug], identity).line}"
        what = f"«{name}» has changed here, and not in {place}"
        instead = f"change that, or read both and type: python -m scripts confirm {name}"
        yield Problem(changed[slug].path, line, what, instead)


def _section(page: Page, identity: str) -> Section:
    return next(s for s in page.sections if (s.id or "") == identity)


def confirm(names: Iterable[str], french: Pages, english: Pages, record: Path) -> list[str]:
    """Note that sections (`slug#id`, or `slug` for a whole page) say the same.

    Returns the names that no section has; then nothing is noted.
    """
    now, recorded = hashes(french, english), load(record)
    unknown = []
    for wanted in names:
        chosen = [name for name in now if wanted in (name, name.partition("#")[0])]
        recorded |= {name: now[name] for name in chosen}
        if not chosen:
            unknown.append(wanted)
    if not unknown:
        save(record, recorded)
    return unknown
