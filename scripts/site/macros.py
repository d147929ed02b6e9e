"""The macros that pages call; whatever they ask for and does not exist fails the build.

[[[ session("publish-a-port", "start") ]]]    steps of a session, or all of it
[[[ file("flask-image", "Dockerfile") ]]]     a file of an example
[[[ command("hello-world", "run") ]]]         a command in a sentence
[[[ picture("layers") ]]]                     a drawing, with words in the page's language
[[[ commands("docker run") ]]]                every command that starts so, with captions
[[[ summary() ]]]                             what was verified, and when
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from babel.dates import format_date
from jinja2 import Template
from mkdocs.exceptions import PluginError
from mkdocs_macros.plugin import MacrosPlugin

from scripts import example, report
from scripts.example import LANGUAGES, Example, Language
from scripts.site import blocks
from scripts.site.words import say
from scripts.transcript import Step

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_SESSION = re.compile(r'session\("([\w-]+)"((?:, *"[\w-]+")*)\)')


class Book:
    """All that pages can show: the examples, the report, and the pictures, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.examples = {one.slug: one for one in example.load_all(ROOT / "examples")}
        self.report = report.load(ROOT / report.PATH)

    def session(self, slug: str, *names: str) -> str:
        """Return the blocks of the named steps, or of all steps."""
        chosen = self._example(slug)
        steps = [self._step(chosen, name) for name in names] or chosen.transcript.steps
        shown = (blocks.session(chosen, step, self.report, self.language) for step in steps)
        return "\n\n".join(shown) + "\n"

    def file(self, slug: str, name: str) -> str:
        """Return the block of a native file."""
        chosen = self._example(slug)
        if Path(name) not in chosen.files:
            raise PluginError(f"examples/{slug} has no file «{name}»; it has {chosen.files}")
        return blocks.file(chosen, name)

    def command(self, slug: str, name: str, number: int = 1) -> str:
        """Return a command of a step (the first, unless `number` says otherwise) as inline code."""
        exchanges = self._step(self._example(slug), name).exchanges
        if not 1 <= number <= len(exchanges):
            raise PluginError(f"step «{name}» of examples/{slug} has {len(exchanges)} commands")
        return f"<code>{escape(exchanges[number - 1].typed)}</code>"

    def commands(self, start: str) -> str:
        """Return a table of every command that starts with these words and is shown on a page."""
        rows = list(self._rows(start))
        if not rows:
            raise PluginError(f"no page shows a command that starts with «{start}»")
        return blocks.commands(rows, self.language)

    def _rows(self, start: str) -> Iterator[tuple[str, str, str]]:
        """Yield (command, caption, link from a page one folder deep), each command once."""
        seen = set()
        for (slug, name), page in shown(DOCS / self.language).items():
            chosen = self._example(slug)
            steps = [self._step(chosen, name)] if name else chosen.transcript.steps
            for step in steps:
                caption = chosen.options.steps[step.name].caption(self.language)
                for exchange in step.exchanges:
                    if f"{exchange.typed} ".startswith(f"{start} ") and exchange.typed not in seen:
                        seen.add(exchange.typed)
                        yield exchange.typed, caption, f"../../{page}/#{slug}-{step.name}"

    def picture(self, name: str) -> str:
        """Return a drawing of docs/assets/ as part of the page, so that it follows the theme."""
        path = DOCS / "assets" / f"{name}.svg"
        if not path.exists():
            raise PluginError(f"no picture {path.relative_to(ROOT)}")
        words = {"t": lambda fr, en: escape(fr if self.language == "fr" else en)}
        drawing = Template(path.read_text(encoding="utf-8")).render(words)
        return f'<figure class="picture" tabindex="0">{drawing}</figure>'

    def summary(self) -> str:
        """Say what was verified, when, and on what, if the report is about these examples."""
        if self.report is None:
            return say("no_summary", self.language)
        passed = [s for e in self.report.examples for s in e.steps if s.verdict == "passed"]
        return say(
            "summary",
            self.language,
            examples=len(self.report.examples),
            steps=len(passed),
            date=format_date(self.report.started, "long", locale=self.language),
            version=self.report.version,
        )

    def _example(self, slug: str) -> Example:
        if slug not in self.examples:
            raise PluginError(f"no example «{slug}»; choose from: {', '.join(self.examples)}")
        return self.examples[slug]

    def _step(self, chosen: Example, name: str) -> Step:
        steps = {step.name: step for step in chosen.transcript.steps}
        if name not in steps:
            raise PluginError(
                f"examples/{chosen.slug} has no step «{name}»; choose from: {', '.join(steps)}"
            )
        return steps[name]


def define(env: MacrosPlugin) -> None:
    """Offer the macros to the pages of one language. Raises PluginError for a missing page."""
    _require_translations()
    book = Book(env.conf["theme"]["language"])
    for name in ("session", "file", "command", "picture", "summary", "commands"):
        env.macro(getattr(book, name), name)  # type: ignore[no-untyped-call]


def shown(docs: Path) -> dict[tuple[str, str | None], str]:
    """Return which page (its path without .md) first shows (example, step); all steps is None."""
    found: dict[tuple[str, str | None], str] = {}
    for path in sorted(docs.rglob("*.md")):
        page = str(path.relative_to(docs).with_suffix(""))
        for slug, steps in _SESSION.findall(path.read_text(encoding="utf-8")):
            for name in re.findall(r'"([\w-]+)"', steps) or [None]:
                found.setdefault((slug, name), page)
    return found


def _require_translations() -> None:
    pages = {
        language: {path.relative_to(DOCS / language) for path in (DOCS / language).rglob("*.md")}
        for language in LANGUAGES
    }
    for here, there in (("fr", "en"), ("en", "fr")):
        for page in sorted(pages[here] - pages[there]):  # type: ignore[index]
            raise PluginError(f"docs/{here}/{page} has no counterpart; write docs/{there}/{page}")
