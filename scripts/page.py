"""A page: the Markdown of one language, read into sections, with the line of every piece.

MkDocs renders pages; this reads the same text for everything that looks at pages as they are
written: the checks, and the tables that say on which page a command is shown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from scripts import settings
from scripts.errors import BadInput, Problem
from scripts.example import Language

_CALL = re.compile(r"\[\[\[ *(?P<name>\w+)\((?P<arguments>.*?)\) *\]\]\]")
_FRONT = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?\n)---[ \t]*(\n|\Z)", re.DOTALL)
HOLE = "\ufffc"  # stands in prose for a call or for code: the «object replacement character»
_HEADING_ID = re.compile(r"\s*\{#(?P<id>[\w-]+)\}$")

_MARKDOWN = (
    MarkdownIt("commonmark")
    .enable("table")
    .use(front_matter_plugin)
    .use(admon_plugin)
    .use(deflist_plugin)
    .use(attrs_plugin)
)

# The macros that show sessions.
SESSIONS = ("session", "solution", "practice")
# The macros that list chosen commands, each (slug, step) or (slug, step, number).
LISTS = ("commands", "cheats")
# A mark of code that was not run, and the reason that readers see behind it.
UNVERIFIED = "unverified"
_REASON = re.compile(
    r"^[\s\u00a0]*\((?:not verified: |non vérifiée?s?[ \u00a0]: )(?P<why>[^)]{3,})\)"
)

Kind = Literal["text", "code", "link", "image", "html"]


@dataclass(frozen=True)
class Piece:
    """A stretch of text or code, or the target of a link or image; `marks` are its classes."""

    kind: Kind
    text: str
    line: int
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, table cell or fence. `asides` are the admonitions around it."""

    pieces: tuple[Piece, ...]
    line: int
    fenced: bool = False
    asides: tuple[Aside, ...] = ()

    @property
    def lines(self) -> dict[int, str]:
        """The prose, line number to text, with a hole for each piece of code."""
        found: dict[int, str] = {}
        for piece in self.pieces:
            if piece.kind in ("text", "code"):
                text = piece.text if piece.kind == "text" else HOLE
                found[piece.line] = found.get(piece.line, "") + text
        return found

    def unverified(self, n: int) -> str | None:
        """Return why the nth piece was not run: '' if it is not said, None if it is not marked.

        The reason stands directly behind it, «(not verified: why)», or is the title of the
        admonition «unverified» around it.
        """
        titles = [aside.title for aside in self.asides if aside.type == UNVERIFIED]
        if titles or UNVERIFIED not in self.pieces[n].marks:
            return titles[-1] if titles else None
        after = "".join(piece.text for piece in self.pieces[n + 1 :] if piece.kind != "link")
        found = _REASON.match(after)
        return found["why"] if found else ""


@dataclass(frozen=True)
class Aside:
    """An admonition: its type, such as warning, and its title."""

    type: str
    title: str
    line: int


@dataclass(frozen=True)
class Call:
    """A macro that a page calls, such as `session("publish-a-port", "start")`."""

    name: str
    arguments: tuple[Any, ...]
    line: int

    def shows(self, slug: str, step: str) -> bool:
        """Say whether a session with that step appears here; without names, all steps do."""
        if self.name not in SESSIONS:
            return False
        return self.arguments[0] == slug and (self.arguments[1:] or (step,)).count(step) > 0

    @property
    def named(self) -> tuple[tuple[Any, ...], ...]:
        """What is taken from examples: each an example's name, then its steps or files."""
        if self.name in (*LISTS, "question"):
            return self.arguments
        return (self.arguments,) if self.name in (*SESSIONS, "file", "command", "took") else ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.arguments))})"


@dataclass
class Section:
    """A heading and what stands below it, to the next heading of any level.

    `id` is None where the heading gives none. `source` is the Markdown, heading included.
    """

    level: int
    id: str | None
    line: int
    source: str = ""
    blocks: list[Block] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    @property
    def pieces(self) -> Iterator[Piece]:
        """Yield all pieces, in order."""
        for block in self.blocks:
            yield from block.pieces

    def unverified(self) -> dict[str, str]:
        """Return the code that was not run, and the reasons that readers see."""
        return {
            piece.text: why
            for block in self.blocks
            for n, piece in enumerate(block.pieces)
            if piece.kind == "code" and (why := block.unverified(n))
        }

    @property
    def asides(self) -> list[str]:
        """The types of the admonitions, in order."""
        found = dict.fromkeys(aside for block in self.blocks for aside in block.asides)
        return [aside.type for aside in found]


@dataclass(frozen=True)
class Page:
    """One Markdown file. `front` is its front matter, `calls` are its macro calls, in order."""

    path: Path
    text: str
    front: dict[str, Any]
    calls: tuple[Call, ...]

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The sections; the first stands before headings."""
        sections = _Reader(_MARKDOWN.parse(_CALL.sub(HOLE, self.text))).sections
        _fill(sections, self.text.split("\n"), self.calls)
        return tuple(sections)

    @property
    def blocks(self) -> Iterator[Block]:
        """Yield every block, in order."""
        for section in self.sections:
            yield from section.blocks


def pages(docs: Path, language: Language) -> dict[str, Page]:
    """Read the pages of a language: slug («concepts/ports») to page, sorted.

    Raises BadInput with every page that cannot be read.
    """
    found: dict[str, Page] = {}
    problems: list[Problem] = []
    folder = docs / language
    for path in sorted(folder.rglob("*.md")):
        try:
            found[str(path.relative_to(folder).with_suffix(""))] = read(path)
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)
    return found


def navigated(nav: Any) -> Iterator[str]:
    """Yield the files that a `nav` leads to, in its order: that of mkdocs.yml, or Zensical's."""
    if isinstance(nav, str) and nav.endswith(".md"):
        yield nav
    elif isinstance(nav, dict | list):
        for entry in nav.values() if isinstance(nav, dict) else nav:
            yield from navigated(entry)


def read(path: Path) -> Page:
    """Read a page. Raises BadInput if it is no UTF-8, or its front matter no YAML."""
    text = settings.text(path)
    return Page(path, text, _front(path, text), tuple(_calls(path, text)))


def _front(path: Path, text: str) -> dict[str, Any]:
    found = _FRONT.match(text)
    try:
        front = yaml.safe_load(found["yaml"] if found else "") or {}
    except yaml.YAMLError:
        front = None
    if not isinstance(front, dict):
        problem = Problem(path, 1, "the front matter is not YAML", "write `key: value` lines")
        raise BadInput([problem])
    return front


def _calls(path: Path, text: str) -> Iterator[Call]:
    for n, line in enumerate(text.split("\n"), 1):
        for found in _CALL.finditer(line):
            try:
                arguments = ast.literal_eval(f"({found['arguments']},)" if found[2] else "()")
            except (SyntaxError, ValueError):
                what = f"«{found[0]}» cannot be read"
                problem = Problem(path, n, what, 'write `[[[ name("word", "word") ]]]`')
                raise BadInput([problem]) from None
            yield Call(found["name"], arguments, n)


def _fill(sections: list[Section], lines: list[str], calls: Sequence[Call]) -> None:
    """Give every section its source and its calls, by line."""
    ends = [section.line for section in sections[1:]] + [len(lines) + 1]
    for section, end in zip(sections, ends, strict=True):
        section.source = "\n".join(lines[section.line - 1 : end - 1])
        section.calls = [call for call in calls if section.line <= call.line < end]


class _Reader:
    """Goes through the tokens of a page once, and sorts what it meets into sections."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.sections = [Section(0, None, 1)]
        self._asides: list[Aside] = []
        for token in tokens:
            self._take(token)

    def _take(self, token: Token) -> None:
        line = token.map[0] + 1 if token.map else 0
        if token.type == "heading_open":
            self.sections.append(Section(int(token.tag[1]), None, line))
        elif token.type == "admonition_open":
            kind, _, title = token.info.strip().partition(" ")
            self._asides.append(Aside(kind, title.strip('"'), line))
        elif token.type == "admonition_close":
            self._asides.pop()
        elif token.type in ("fence", "code_block"):
            self._add(_fence(token, line), line, fenced=True)
        elif token.type == "html_block":
            self._add([Piece("html", token.content.strip(), line)], line)
        elif token.type == "inline":
            self._add(list(_pieces(token.children or [], line)), line)
            self._identify()

    def _add(self, pieces: list[Piece], line: int, fenced: bool = False) -> None:
        block = Block(tuple(pieces), line, fenced, tuple(self._asides))
        self.sections[-1].blocks.append(block)

    def _identify(self) -> None:
        """Take `{#id}` off the end of a heading; MkDocs's attr_list does the same."""
        section = self.sections[-1]
        if section.level == 0 or len(section.blocks) > 1 or not section.blocks[0].pieces:
            return
        *before, last = section.blocks[0].pieces
        if last.kind == "text" and (found := _HEADING_ID.search(last.text)):
            section.id = found["id"]
            cut = Piece("text", last.text[: found.start()], last.line)
            section.blocks[0] = Block((*before, cut), section.line)


def _fence(token: Token, line: int) -> list[Piece]:
    marks = tuple(re.findall(r"\.([\w-]+)", token.info))
    first = line + (token.type == "fence")
    rows = enumerate(token.content.rstrip("\n").split("\n"), first)
    return [Piece("code", text, n, marks) for n, text in rows]


def _pieces(children: Sequence[Token], line: int) -> Iterator[Piece]:
    tag = ""  # README.md has no attribute lists: <code class="…"> says the same
    for child in children:
        if child.type == "html_inline":
            tag = child.content
        elif child.type == "text" and tag.startswith("<code"):
            yield Piece("code", child.content, line, _html_classes(tag))
        elif child.type in _KINDS:
            yield Piece(_KINDS[child.type], _content(child), line, _classes(child))
        if child.type == "image":
            yield Piece("text", child.content, line)
        line += child.type in ("softbreak", "hardbreak")


_KINDS: dict[str, Kind] = {
    "text": "text",
    "softbreak": "text",
    "hardbreak": "text",
    "code_inline": "code",
    "link_open": "link",
    "image": "image",
}


def _content(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return str(token.attrGet("href") or token.attrGet("src") or token.content)


def _classes(token: Token) -> tuple[str, ...]:
    return tuple(str(token.attrGet("class") or "").split())


def _html_classes(tag: str) -> tuple[str, ...]:
    found = re.search(r'class="([^"]*)"', tag)
    return tuple(found[1].split()) if found else ()
