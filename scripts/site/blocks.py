"""The blocks of HTML that pages are made of: sessions with their verdicts, files, commands."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_decimal
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name

from scripts.example import Example, Language
from scripts.glossary import Term
from scripts.report import Image
from scripts.site.sources import Case
from scripts.site.terms import fold
from scripts.site.words import say
from scripts.transcript import Exchange, Step

WINDOW = 80  # columns

Length = Literal["medium", "long"]


@dataclass(frozen=True)
class Verdict:
    """What the report says of a step, in words; `mark` is passed, failed or unverified."""

    mark: str
    text: str
    note: str = ""


def verdict(case: Case, step: Step, language: Language) -> Verdict:
    """Return the verdict of a step, if this version of its example was verified."""
    last, found = case.result, case.found.get(step.name)
    if last is None or found is None:
        return Verdict("unverified", say("unknown", language))
    if found.verdict == "not run":
        needed = case.example.options.steps[step.name].needs
        return Verdict("unverified", say("not run" if needed else "lost", language))
    when = day(last.started, "long", language)
    if found.verdict == "failed":
        return Verdict("failed", say("failed", language, date=when))
    text = say("passed", language, date=when, version=case.version)
    stand_ins = ", ".join(image.name for image in last.images if image.stand_in)
    if not stand_ins:
        return Verdict("passed", text)
    text += say("stand_ins", language, names=stand_ins)
    return Verdict("passed", text, say("stand_in_note", language))


def day(when: datetime, length: Length, language: Language) -> str:
    """Return the day of a moment as people write it."""
    return _day(when.date(), length, language)


@functools.cache
def _day(one: date, length: Length, language: Language) -> str:
    return format_date(one, length, locale=language)


def session(case: Case, step: Step, language: Language) -> str:
    """Return the block of a step: caption, transcript, verdict; only its commands are copied."""
    example = case.example
    caption = example.options.steps[step.name].caption(language)
    commands = "\n".join(exchange.typed for exchange in step.exchanges)
    lines = "\n".join(_lines(step.exchanges))
    said = verdict(case, step, language)
    note = f' title="{escape(said.note)}"' if said.note else ""
    return (
        f'<figure class="session" id="{example.slug}-{step.name}">'
        f"<figcaption>{escape(caption)}</figcaption>"
        f'<div class="highlight" data-copy="{escape(commands)}">'
        f"<pre><code>{lines}\n</code></pre></div>"
        f'<p class="verdict verdict--{said.mark}"{note}>{escape(said.text)}</p>'
        "</figure>"
    )


def _lines(exchanges: Iterable[Exchange]) -> Iterator[str]:
    for exchange in exchanges:
        prompts = [exchange.prompt, *["> "] * (len(exchange.command) - 1)]
        for prompt, typed in zip(prompts, exchange.command, strict=True):
            yield (
                f'<span class="prompt">{escape(prompt)}</span>'
                f'<span class="command">{escape(typed)}</span>'
            )
        for output in exchange.output:
            kind = "hidden" if output.is_wildcard else "output"
            if len(output.text) > WINDOW and "   " not in output.text:
                kind += " prose"  # a long message is wrapped as a terminal would, a table is not
            yield f'<span class="{kind}">{escape(output.text)}</span>'


def file(example: Example, name: str) -> str:
    """Return a native file of an example as a block, highlighted, with its name above."""
    text = (example.folder / name).read_text(encoding="utf-8")
    body = highlight(text, _lexer(Path(name)), HtmlFormatter(nowrap=True))
    return (
        f'<figure class="file"><figcaption><code>{escape(name)}</code></figcaption>'
        f'<div class="highlight" data-copy="{escape(text)}">'
        f"<pre><code>{body}</code></pre></div></figure>"
    )


def _lexer(path: Path) -> Lexer:
    """Return what knows the language of a file; Dockerfile.bad and its like are Dockerfiles."""
    names = (path.name, path.stem, f"*{path.suffix}")
    return get_lexer_by_name(next(filter(None, map(_lexers().get, names)), "text"))


@functools.cache
def _lexers() -> dict[str, str]:
    """The lexer of each name or ending of files; to try all their patterns takes long."""
    lexers = get_all_lexers(plugins=False)
    return {pattern: names[0] for _, names, patterns, _ in lexers for pattern in patterns}


def commands(rows: Iterable[tuple[str, str, str]], language: Language) -> str:
    """Return a table of (command, what it does, where it is shown)."""
    body = "".join(
        f'<tr><td><a href="{escape(link)}"><code>{escape(command)}</code></a></td>'
        f"<td>{escape(purpose)}</td></tr>"
        for command, purpose, link in rows
    )
    return _table(["command", "purpose"], body, language)


def cheats(rows: Iterable[tuple[str, str, str]], language: Language) -> str:
    """Return the same table, to be printed small."""
    return f'<div class="cheats">{commands(rows, language)}</div>'


def _table(heads: Iterable[str], body: str, language: Language) -> str:
    row = "".join(f'<th scope="col">{escape(say(head, language))}</th>' for head in heads)
    return f"<table><thead><tr>{row}</tr></thead><tbody>{body}</tbody></table>"


def glossary(terms: Iterable[Term], language: Language) -> str:
    """Return the terms as a list of definitions, in the order of the language's alphabet."""
    other: Language = "en" if language == "fr" else "fr"
    rows = "".join(
        f'<dt id="{term.id}">{escape(term.words(language).word)} '
        f'<span class="other" lang="{other}">{escape(term.words(other).word)}</span></dt>'
        f"<dd>{escape(term.words(language).text)}</dd>"
        for term in sorted(terms, key=lambda term: fold(term.words(language).word).lower())
    )
    return f'<dl class="glossary">{rows}</dl>'


def verification(rows: Iterable[tuple[Case, str]], language: Language) -> str:
    """Return a table of examples and what was found of each; a row is (example, link to it)."""
    body = "".join(_verified(case, link, language) for case, link in rows)
    heads = ("example", "verdict", "steps", "duration", "images", "date")
    return _table(heads, body, language)


def _verified(case: Case, link: str, language: Language) -> str:
    title, last = escape(case.example.title(language)), case.result
    first = f'<td><a href="{escape(link)}">{title}</a></td>' if link else f"<td>{title}</td>"
    if last is None:
        return f'<tr>{first}<td colspan="5">{say("unknown", language)}</td></tr>'
    passed = sum(step.verdict == "passed" for step in last.steps)
    seconds = format_decimal(round(last.seconds, 1), locale=language)
    cells = (
        say(f"verdict {last.verdict}", language),
        f"{passed}/{len(last.steps)}",
        say("seconds", language, number=seconds),
        ", ".join(_image(image, language) for image in last.images) or "–",
        day(last.started, "medium", language),
    )
    return f"<tr>{first}{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _image(image: Image, language: Language) -> str:
    return image.name + (say("stood in", language) if image.stand_in else "")


def unverified(rows: Iterable[tuple[str, str, str, str]], language: Language) -> str:
    """Return a table of (code that was not run, why, title of the page, link to it)."""
    body = "".join(
        f"<tr><td><code>{escape(code)}</code></td><td>{escape(why)}</td>"
        f'<td><a href="{escape(link)}">{escape(title)}</a></td></tr>'
        for code, why, title, link in rows
    )
    return _table(["code", "why", "page"], body, language)
