"""The blocks of HTML that pages are made of: sessions with their verdicts, files, commands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from scripts.example import Example, Language
from scripts.glossary import Term
from scripts.graph import Graph
from scripts.practice import Exercise
from scripts.report import COLUMNS, Image, Report
from scripts.report import Example as Result
from scripts.report import Step as Played
from scripts.report import differing as differing_lines
from scripts.site.sources import DOCS, Run
from scripts.site.terms import fold
from scripts.tab.machine import Machine
from scripts.transcript import WILDCARD, Step
from scripts.words import say

LONG, HEAD, TAIL = 14, 8, 3  # lines: of an output longer than LONG, the first and last are seen


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


@dataclass(frozen=True)
class Line:
    """A line of a terminal: typed at a prompt, or of a kind: output, hidden, and how it looks."""

    text: str
    kind: str = ""
    prompt: str = ""
    typed: bool = False


@dataclass(frozen=True)
class Part:
    """Lines that stand together; those of the middle of a long output are folded at first."""

    lines: Sequence[Line]
    folded: bool = False


@dataclass(frozen=True)
class Shown:
    """A terminal as a template wants it: what to show, what to say of it, what was typed."""

    parts: Sequence[Part]
    commands: str
    verdict: Verdict
    engines: str
    version: str
    length: int

    @property
    def folded(self) -> bool:
        """Whether some of its lines are not seen at first."""
        return any(part.folded for part in self.parts)


@dataclass(frozen=True)
class Replay:
    """Where on the site the replay of a run is, when a step begins in it, and on which engine."""

    address: str
    begins: float
    version: str


def session(
    example: Example,
    step: Step,
    runs: Sequence[Run],
    proof: str,
    replay: Replay | None,
    language: Language,
    folded: bool = False,
) -> str:
    """Return the block of a step: caption, what appeared, verdict; only its commands are copied.

    What is shown is the newest run in which the step was typed, with what older engines show
    differently folded below; the transcript where there is none. A reader may choose another
    engine, and play it as it happened, see site.js. `proof` is the address of the file with all
    that is known of the example.
    """
    groups = _groups(step, runs) or [tuple(runs[:1])]
    return _fill(
        "session",
        language,
        id=f"{example.slug}-{step.name}",
        caption=example.options.steps[step.name].caption(language),
        runs=[_shown(example, step, group, groups[0], language) for group in groups],
        proof=proof,
        replay=replay,
        folded=folded,
    )


_TEMPLATES = Environment(
    loader=FileSystemLoader(DOCS / "theme" / "blocks"), autoescape=True, keep_trailing_newline=False
)


def _fill(block: str, language: Language, /, **values: object) -> str:
    """Fill a template of docs/theme/blocks/, which says what a block looks like."""
    return _TEMPLATES.get_template(f"{block}.html").render(
        values, say=partial(say, language=language)
    )


def practice(
    exercise: Exercise,
    graph: Graph | None,
    address: str,
    engine: str,
    solution: str,
    language: Language,
) -> str:
    """Return a practice: its goals and its `solution`, and a terminal where it was explored.

    `address` is where the page finds what was explored, `engine` that of the page with an engine
    for all else, "" without one.
    """
    said = exercise.practice.words(language)
    return _fill(
        "practice",
        language,
        id=f"practise-{exercise.example.slug}",
        explored=_explored(graph, language) if graph else "",
        case=exercise.practice.case,
        address=address,
        engine=engine,
        title=said.title,
        situation=_coded(said.situation),
        remember=_coded(said.remember),
        goals=[
            {"text": _coded(goal.caption(language)), "hint": _coded(goal.hint.caption(language))}
            for goal in exercise.practice.goals
        ],
        solution=Markup(solution),
        words={key: say(f"practice {key}", language, **_LATER) for key in _PRACTICE}
        | {"shows": [goal.printed for goal in exercise.practice.goals]},
    )


def _explored(graph: Graph, language: Language) -> str:
    date = format_date(graph.started, "long", locale=language)
    text = say("explored", language, answers=graph.answers, date=date, version=graph.version)
    return text + (say("explored stand-ins", language) if graph.images == "standin" else "") + "."


def tab(machine: Machine | None, address: str, language: Language) -> str:
    """Return the engine in a tab, if its pieces are there; `address` is where a page finds them."""
    if machine is None:
        return f"<p><em>{Markup.escape(say('tab missing', language))}</em></p>\n"
    size, later = round(machine.first / 1e6), round(machine.later / 1e6)
    inside = {
        "engine": machine.version("docker.io"),
        "kernel": machine.version("linux"),
        "memory": machine.memory // 2**20,
    }
    return _fill(
        "tab",
        language,
        address=address,
        key=f"tab-{machine.name}",
        size=machine.first,
        start=say("tab start", language, size=size, later=later),
        inside=say("tab inside", language, **inside),
        # The page fills in how much is done.
        words={key: say(f"tab {key}", language, size=size, done="{done}") for key in _TAB},
    )


def tab_programs(machine: Machine | None, language: Language) -> str:
    """Return a folded table of the programs of the machine in a tab, if there is one."""
    if machine is None:
        return ""
    return _fill("programs", language, programs=sorted(machine.versions.items()))


# What the engine in a tab says.
_TAB = (
    *("loading", "restored", "ready", "failed", "stopped", "lost", "phone"),
    *("no wasm", "no cache", "no memory", "asking", "silent"),
)


def _coded(text: str) -> Markup:
    """Return a text as HTML, with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(Markup.escape(text))))


_CODE = re.compile("`([^`]*)`")
# What the page itself puts in.
_LATER = {name: f"{{{name}}}" for name in ("line", "network", "count", "least")}
# What the terminal of a practice says.
_PRACTICE = (
    *("images", "containers", "volumes", "networks", "none", "hidden", "within"),
    *("met", "early", "over", "count", "unexplored", "beyond", "nearest", "astray"),
    *("instead", "meter", "engine", "lower", "held", "welcome", "keys"),
    *("created", "running", "paused", "exited"),
)


@dataclass(frozen=True)
class Screen:
    """What a command showed in a run, and where that is on the site."""

    typed: str
    lines: tuple[str, ...]
    link: str


def question(place: str, right: Screen, wrong: Sequence[Screen], language: Language) -> str:
    """Return a choice among what a command showed and what others did; `place` names it.

    The screens stand in an order that says nothing, and stays the same.
    """
    order = sorted(
        (right, *wrong), key=lambda one: hashlib.sha256(repr(one.lines).encode()).digest()
    )
    screens = [
        {
            "letter": letter,
            "lines": one.lines,
            "right": one is right,
            "link": one.link,
            "typed": one.typed,
        }
        for letter, one in zip("ABCDE", order, strict=False)
    ]
    return _fill(
        "question",
        language,
        id=f"question-{place}",
        ask=say("question", language, command="\0").split("\0"),
        typed=right.typed,
        screens=screens,
    )


def _groups(step: Step, runs: Sequence[Run]) -> list[tuple[Run, ...]]:
    """Put together the runs that show the same of a step, in the order of the runs."""
    groups: list[tuple[Run, ...]] = []
    for run in runs:
        if played := run.played(step.name):
            same = (n for n, g in enumerate(groups) if not _differ(played, g[0].steps[step.name]))
            if (n := next(same, None)) is None:
                groups.append((run,))
            else:
                groups[n] = (*groups[n], run)
    return groups


def _shown(
    example: Example, step: Step, group: Sequence[Run], first: Sequence[Run], language: Language
) -> Shown:
    """Return what runs show that show the same; lines that the first of them lack are marked."""
    run = group[0] if group else None
    played, newest = (runs[0].played(step.name) if runs else None for runs in (group, first))
    marks = differing_lines(played, newest) if played and newest and played is not newest else []
    outputs = list(_seen(played, marks) if played else _told(step))
    length = sum(not line.typed for lines in outputs for line in lines)
    return Shown(
        parts=[part for lines in outputs for part in _parts(lines)],
        commands="\n".join(command.typed for command in played.commands)
        if played
        else "\n".join(step.typed),
        verdict=verdict(example, step, run, language),
        engines=" ".join(run.report.engine for run in group),
        version=" · ".join(dict.fromkeys(engine(run.report, language) for run in group)),
        length=length,
    )


def _parts(lines: Sequence[Line]) -> Iterator[Part]:
    """Fold what says least in what a command showed, if that is long."""
    typed = [line for line in lines if line.typed]
    output = lines[len(typed) :]
    if len(output) <= LONG:
        yield Part(lines)
        return
    yield Part(typed)
    seen = _telling(output)
    for told, group in groupby(range(len(output)), seen.__contains__):
        part = [output[n] for n in group]
        yield Part(part, folded=not told and len(part) > 1)


def _telling(output: Sequence[Line]) -> set[int]:
    """Return which lines of a long output are seen at once: the first that tell, and the last."""
    built = output[0].text.startswith("[+] Building ")
    told = [n for n, line in enumerate(output) if not (built and _ITS_OWN_WORK.match(line.text))]
    return {*(told[:HEAD] if len(told) > LONG else told), *range(len(output) - TAIL, len(output))}


# What BuildKit says neither of an instruction nor of a context. (Two bytes are the answer that
# there is no .dockerignore.)
_ITS_OWN_WORK = re.compile(
    r" => (?!(?:CACHED |ERROR )?\[(?:\S+ +)?\d+/\d+\] |=> transferring context: (?!2B))"
)


def _seen(played: Played, differing: Sequence[set[int]]) -> Iterator[list[Line]]:
    """Yield what each command showed in a run, below what was typed."""
    marks = [*differing, *[set[int]()] * len(played.commands)]
    for command, marked in zip(played.commands, marks, strict=False):
        shown = enumerate(command.shown)
        output = [_output(text, text == WILDCARD, n in marked) for n, text in shown]
        yield [*_typed(command.prompt, command.typed.split("\n")), *output]


def _told(step: Step) -> Iterator[list[Line]]:
    """Yield what each command shows as the transcript has it."""
    for exchange in step.exchanges:
        output = [_output(line.text, line.is_wildcard) for line in exchange.output]
        yield [*_typed(exchange.prompt, exchange.command), *output]


def _typed(prompt: str, lines: Sequence[str]) -> Iterator[Line]:
    for before, typed in zip([prompt, *["> "] * (len(lines) - 1)], lines, strict=True):
        yield Line(typed, prompt=before, typed=True)


def _output(text: str, hidden: bool, differs: bool = False) -> Line:
    kind = "hidden" if hidden else "output"
    if len(text) > COLUMNS and "   " not in text:
        kind += " prose"  # a long message is wrapped as a terminal would, a table is not
    return Line(text, kind + (" differs" if differs else ""))


def _differ(one: Played, other: Played) -> bool:
    return any(differing_lines(one, other)) or any(differing_lines(other, one))


def file(example: Example, name: str, language: Language) -> str:
    """Return a native file of an example as a block, highlighted, with its name above."""
    text = (example.folder / name).read_text(encoding="utf-8")
    body = highlight(text, get_lexer_by_name(_language(Path(name))), HtmlFormatter(nowrap=True))
    return _fill("file", language, name=name, text=text, body=Markup(body))


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
    return _fill("commands", language, rows=list(rows))


def cheats(rows: Iterable[tuple[str, str, str]], language: Language) -> str:
    """Return the same table, to be printed small."""
    return _fill("cheats", language, rows=list(rows))


def glossary(terms: Iterable[Term], language: Language) -> str:
    """Return the terms as a list of definitions, in the order of the language's alphabet."""
    other: Language = "en" if language == "fr" else "fr"
    order = sorted(terms, key=lambda term: fold(term.words(language).word).lower())
    rows = [(term.id, term.words(language), term.words(other)) for term in order]
    return _fill("glossary", language, terms=rows, other=other)


@dataclass(frozen=True)
class Row:
    """An example in a table: its title, where it is shown, and what there is to say of it."""

    title: str
    link: str
    cells: Sequence[str]


def verification(rows: Iterable[tuple[Example, Run | None, str]], language: Language) -> str:
    """Return a table of (example, its newest run, link to where it is shown)."""
    heads = ("example", "verdict", "steps", "duration", "images", "engine", "date")
    shown = [
        Row(example.title(language), link, _verified(run, language) if run else ())
        for example, run, link in rows
    ]
    titles = [say(head, language) for head in heads]
    return _fill("verification", language, titles=titles, rows=shown)


def _verified(run: Run, language: Language) -> Sequence[str]:
    """Return what there is to say of the last run of an example."""
    last = run.result
    passed = sum(step.verdict == "passed" for step in last.steps)
    seconds = format_decimal(round(last.seconds, 1), locale=language)
    return (
        say(f"verdict {last.verdict}", language),
        f"{passed}/{len(last.steps)}",
        say("seconds", language, number=seconds),
        ", ".join(_image(image, language) for image in last.images) or "–",
        run.report.version,
        format_date(last.started, "medium", locale=language),
    )


def _image(image: Image, language: Language) -> str:
    return image.name + (say("stood in", language) if image.stand_in else "")


def engines(
    reports: Sequence[Report],
    rows: Iterable[tuple[Example, str, Sequence[Run]]],
    language: Language,
) -> str:
    """Return a table of examples (with links to where they are shown), and engines."""
    titles = [say("example", language), *(engine(one, language) for one in reports)]
    shown = [
        Row(one.title(language), link, _on_engines(reports, one, runs, language))
        for one, link, runs in rows
    ]
    return _fill("verification", language, titles=titles, rows=shown)


def proven(shown: Sequence[tuple[Run | None, str]], language: Language) -> str:
    """Say how many of a page's terminals, each a run and a step's name, were verified, and when."""
    passed = [run for run, step in shown if run and run.steps[step].verdict == "passed"]
    if not passed:
        return ""
    return say(
        "proven",
        language,
        passed=len(passed),
        number=len(shown),
        date=format_date(max(run.result.started for run in passed), "long", locale=language),
        version=say("and", language).join(dict.fromkeys(run.report.version for run in passed)),
    )


def choice(reports: Sequence[Report], language: Language) -> str:
    """Return what readers choose their engine with, if there is a choice."""
    engines = [(one.engine, engine(one, language)) for one in reports]
    return _fill("choice", language, engines=engines) if len(engines) > 1 else ""


def taken(offered: Sequence[tuple[str, str]], language: Language) -> str:
    """Return the line that offers files, each (name, address), to take along."""
    return _fill("taken", language, taken=offered)


def engine(report: Report, language: Language) -> str:
    """Return what an engine is called in a table: «Docker 28.5.2, containerd»."""
    kinds = {"containerd": "containerd", "tab": say("in a tab", language)}
    kind = kinds.get(report.engine.rpartition("-")[2])
    return f"Docker {report.version}, {kind}" if kind else f"Docker {report.version}"


def _on_engines(
    reports: Sequence[Report], example: Example, runs: Sequence[Run], language: Language
) -> Sequence[str]:
    """Return what came of an example on each engine."""
    results = {run.report.engine: run.result for run in runs}
    return [_outcome(example, one, results.get(one.engine), language) for one in reports]


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
    return _fill("unverified", language, rows=list(rows))
