"""The blocks of HTML that pages are made of: sessions with their verdicts, files, commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_decimal
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from scripts.example import Example, Language
from scripts.glossary import Term
from scripts.report import Command, Image, Report
from scripts.report import Example as Result
from scripts.report import Step as Played
from scripts.report import differing as differing_lines
from scripts.site.sources import Run
from scripts.site.terms import fold
from scripts.site.words import say
from scripts.transcript import WILDCARD, Exchange, Step

WINDOW = 80  # columns


@dataclass(frozen=True)
class Verdict:
    """What the report says of a step, in words; `mark` is passed, failed or unverified."""

    mark: str
    text: str
    note: str = ""


def verdict(example: Example, step: Step, run: Run | None, language: Language) -> Verdict:
    """Return the verdict of a step in a run of this version of the example, if there is one."""
    found = run.steps.get(step.name) if run else None
    if run is None or found is None:
        return Verdict("unverified", say("unknown", language))
    if found.verdict == "not run":
        needed = example.options.steps[step.name].needs or "lost"
        return Verdict("unverified", say(f"not run {needed}", language))
    date = format_date(run.result.started, "long", locale=language)
    if found.verdict == "failed" and not run.report.held:
        text = say("observed", language, date=date, version=run.report.version)
        return Verdict("unverified", text)
    if found.verdict == "failed":
        return Verdict("failed", say("failed", language, date=date))
    text = say("passed", language, date=date, version=run.report.version)
    stand_ins = ", ".join(image.name for image in run.result.images if image.stand_in)
    if not stand_ins:
        return Verdict("passed", text)
    text += say("stand_ins", language, names=stand_ins)
    return Verdict("passed", text, say("stand_in_note", language))


def session(
    example: Example, step: Step, runs: Sequence[Run], proof: str, language: Language
) -> str:
    """Return the block of a step: caption, what appeared, verdict; only its commands are copied.

    `proof` is the address of the file with all that is known of the example.

    What is shown is the newest run in which the step was typed, with what older engines show
    differently folded below; the transcript where there is none. A reader may choose another
    engine, see site.js.
    """
    caption = example.options.steps[step.name].caption(language)
    first, *others = _groups(step, runs) or [_Group(runs[:1])]
    return (
        f'<figure class="session" id="{example.slug}-{step.name}">'
        f"<figcaption>{escape(caption)}</figcaption>"
        f"{_run(example, step, first, first, proof, language)}"
        f"{''.join(_other(example, step, one, first, proof, language) for one in others)}</figure>"
    )


class _Group(tuple[Run, ...]):
    """Runs that show the same of a step, the newest engine first; none where none typed it."""

    @property
    def engines(self) -> str:
        """Their engines, as an attribute of HTML."""
        return " ".join(run.report.engine for run in self)

    def played(self, step: Step) -> Played | None:
        """Return what the first of them shows of a step."""
        return self[0].played(step.name) if self else None


def _groups(step: Step, runs: Sequence[Run]) -> list[_Group]:
    """Put together the runs that show the same of a step, in the order of the runs."""
    groups: list[list[Run]] = []
    for run in runs:
        if played := run.played(step.name):
            same = (g for g in groups if not _differ(played, g[0].steps[step.name]))
            if (group := next(same, None)) is None:
                groups.append(group := [])
            group.append(run)
    return [_Group(group) for group in groups]


def _run(
    example: Example, step: Step, group: _Group, first: _Group, proof: str, language: Language
) -> str:
    """Return a terminal and its verdict; lines that the first of the groups lacks are marked."""
    said = verdict(example, step, group[0] if group else None, language)
    note = f' title="{escape(said.note)}"' if said.note else ""
    played, newest = group.played(step), first.played(step)
    marks = differing_lines(played, newest) if played and newest and group is not first else ()
    version = group[0].report.version if group else ""
    other = escape(say("other engine", language, version=version))
    text = escape(said.text)
    text = f'<a href="{escape(proof)}">{text}</a>' if group else text
    return (
        f'<div class="run" data-engines="{group.engines}" data-other="{other}">'
        f"{terminal(played, marks) if played else _terminal(step)}"
        f'<p class="verdict verdict--{said.mark}"{note}>{text}</p></div>'
    )


def terminal(played: Played, differing: Sequence[set[int]] = ()) -> str:
    """Return the terminal of a step as it was in a run; lines that differ are marked."""
    commands = "\n".join(command.typed for command in played.commands)
    marks = [*differing, *[set[int]()] * len(played.commands)]
    lines = (line for pair in zip(played.commands, marks, strict=False) for line in _seen(*pair))
    return _block(commands, lines)


def _seen(command: Command, differing: set[int]) -> Iterator[str]:
    yield from _typed(command.prompt, command.typed.split("\n"))
    for n, text in enumerate(command.shown):
        yield _output(text, text == WILDCARD, n in differing)


def _terminal(step: Step) -> str:
    """Return the terminal of a step as the transcript has it."""
    lines = (line for exchange in step.exchanges for line in _told(exchange))
    return _block("\n".join(step.typed), lines)


def _told(exchange: Exchange) -> Iterator[str]:
    yield from _typed(exchange.prompt, exchange.command)
    for output in exchange.output:
        yield _output(output.text, output.is_wildcard)


def _block(commands: str, lines: Iterable[str]) -> str:
    body = "\n".join(lines)
    return (
        f'<div class="highlight" data-copy="{escape(commands)}">'
        f"<pre><code>{body}\n</code></pre></div>"
    )


def _typed(prompt: str, lines: Sequence[str]) -> Iterator[str]:
    for before, typed in zip([prompt, *["> "] * (len(lines) - 1)], lines, strict=True):
        yield (
            f'<span class="prompt">{escape(before)}</span>'
            f'<span class="command">{escape(typed)}</span>'
        )


def _output(text: str, hidden: bool, differs: bool = False) -> str:
    kind = "hidden" if hidden else "output"
    if len(text) > WINDOW and "   " not in text:
        kind += " prose"  # a long message is wrapped as a terminal would, a table is not
    if differs:
        kind += " differs"
    return f'<span class="{kind}">{escape(text)}</span>'


def _differ(one: Played, other: Played) -> bool:
    return any(differing_lines(one, other)) or any(differing_lines(other, one))


def _other(
    example: Example, step: Step, group: _Group, first: _Group, proof: str, language: Language
) -> str:
    """Return what other engines show of a step, folded away."""
    title = say("other engine", language, version=group[0].report.version)
    return (
        f'<details class="engine"><summary>{escape(title)}</summary>'
        f"{_run(example, step, group, first, proof, language)}</details>"
    )


def file(example: Example, name: str) -> str:
    """Return a native file of an example as a block, highlighted, with its name above."""
    text = (example.folder / name).read_text(encoding="utf-8")
    body = highlight(text, get_lexer_by_name(_language(Path(name))), HtmlFormatter(nowrap=True))
    return (
        f'<figure class="file"><figcaption><code>{escape(name)}</code></figcaption>'
        f'<div class="highlight" data-copy="{escape(text)}">'
        f"<pre><code>{body}</code></pre></div></figure>"
    )


def _language(path: Path) -> str:
    """Return what Pygments calls the language of a file, by its name.

    Its own search tries the patterns of some five hundred languages, half a second of them.
    """
    if path.name.startswith("Dockerfile"):
        return "docker"
    return _LANGUAGES.get(path.suffix, "text")


_LANGUAGES = {
    ".c": "c",
    ".css": "css",
    ".html": "html",
    ".js": "javascript",
    ".json": "json",
    ".py": "python",
    ".sh": "bash",
    ".toml": "toml",
    ".yaml": "yaml",
    ".yml": "yaml",
}


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


def verification(rows: Iterable[tuple[Example, Run | None, str]], language: Language) -> str:
    """Return a table of (example, its newest run, link to where it is shown)."""
    body = "".join(_verified(*row, language) for row in rows)
    heads = ("example", "verdict", "steps", "duration", "images", "engine", "date")
    return _table(heads, body, language)


def _verified(example: Example, run: Run | None, link: str, language: Language) -> str:
    title = escape(example.title(language))
    first = f'<td><a href="{escape(link)}">{title}</a></td>' if link else f"<td>{title}</td>"
    if run is None:
        return f'<tr>{first}<td colspan="6">{say("unknown", language)}</td></tr>'
    last = run.result
    passed = sum(step.verdict == "passed" for step in last.steps)
    seconds = format_decimal(round(last.seconds, 1), locale=language)
    cells = (
        say(f"verdict {last.verdict}", language),
        f"{passed}/{len(last.steps)}",
        say("seconds", language, number=seconds),
        ", ".join(_image(image, language) for image in last.images) or "–",
        run.report.version,
        format_date(last.started, "medium", locale=language),
    )
    return f"<tr>{first}{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _image(image: Image, language: Language) -> str:
    return image.name + (say("stood in", language) if image.stand_in else "")


def engines(
    reports: Sequence[Report],
    rows: Iterable[tuple[Example, str, Sequence[Run]]],
    language: Language,
) -> str:
    """Return a table of examples (with links to where they are shown), and engines."""
    body = "".join(_on_engines(reports, *row, language) for row in rows)
    heads = "".join(f'<th scope="col">{escape(engine(one))}</th>' for one in reports)
    first = f'<th scope="col">{escape(say("example", language))}</th>'
    return f"<table><thead><tr>{first}{heads}</tr></thead><tbody>{body}</tbody></table>"


def engine(report: Report) -> str:
    """Return what an engine is called in a table: «Docker 28.5.2, containerd»."""
    store = ", containerd" if report.engine.endswith("-containerd") else ""
    return f"Docker {report.version}{store}"


def _on_engines(
    reports: Sequence[Report],
    example: Example,
    link: str,
    runs: Sequence[Run],
    language: Language,
) -> str:
    results = {run.report.engine: run.result for run in runs}
    cells = (_outcome(example, one, results.get(one.engine), language) for one in reports)
    title = f'<a href="{escape(link)}">{escape(example.title(language))}</a>'
    return f"<tr><td>{title}</td>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _outcome(example: Example, report: Report, last: Result | None, language: Language) -> str:
    """Return what came of an example on an engine, held against what is usual."""
    if last is None:
        return say("not available", language)
    failed = [step for step in last.steps if step.verdict == "failed"]
    refused = [step for step in failed if step.refused]
    other = len(example.overrides.get(report.engine, ())) + len(failed) - len(refused)
    parts = [say("shows other", language, number=other)] if other else []
    parts += [say("refuses", language, number=len(refused))] if refused else []
    return ", ".join(parts) or say("shows same", language)


def unverified(rows: Iterable[tuple[str, str, str, str]], language: Language) -> str:
    """Return a table of (code that was not run, why, title of the page, link to it)."""
    body = "".join(
        f"<tr><td><code>{escape(code)}</code></td><td>{escape(why)}</td>"
        f'<td><a href="{escape(link)}">{escape(title)}</a></td></tr>'
        for code, why, title, link in rows
    )
    return _table(["code", "why", "page"], body, language)
