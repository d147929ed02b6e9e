"""Coverage: whatever a page says in code was typed, printed or shipped by an example.

A piece of code that no example vouches for is marked at its place: `docker run -p HOST:CONTAINER`
with `{.synopsis}`, or `{.unverified}` followed by «(not verified: why)», which readers see.
Nothing that examples hold is left unshown, either: each step, file and picture is on a page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scripts.check import texts
from scripts.check.evidence import Evidence, Fact
from scripts.errors import Problem
from scripts.example import OPTIONS_FILE, Example
from scripts.page import LISTS, Block, Call, Page, Piece
from scripts.settings import line_of
from scripts.transcript import Exchange, Step

State = Literal["run", "synopsis", "not verified", "unexplained"]

SYNOPSIS = "synopsis"
MOST = 10  # rows about one command that a list may have
_LABEL = re.compile(r">([^<>{}]+)</text>")
# What a README of a project like this one types besides: its own commands.
_OWN = ("make", "python")


@dataclass(frozen=True)
class Documented:
    """A command that a page shows or names, where, and what came of it; `witness` ran it."""

    path: Path
    line: int
    command: str
    state: State
    witness: str


@dataclass
class Coverage:
    """What was found: every documented command, and every piece of code without evidence."""

    commands: list[Documented]
    problems: list[Problem]

    def figures(self) -> str:
        """Return the line that sums it up."""
        count = Counter(command.state for command in self.commands)
        return (
            f"commands: {len(self.commands)} documented, {count['run']} run, "
            f"{count['synopsis']} synopses, {count['not verified']} not verified"
        )


def cover(
    examples: Sequence[Example],
    pages: Iterable[Page],
    readme: Page,
    pictures: Iterable[Path],
    evidence: Evidence,
) -> Coverage:
    """Hold the pages, the README and the labels of the pictures against the evidence."""
    coverage = Coverage([], [])
    steps = {one.slug: one for one in examples}
    pages, pictures = list(pages), list(pictures)
    for page in pages:
        _cover_calls(page, steps, coverage)
    for page in (*pages, readme):
        for section in page.sections:
            reasons = section.unverified()
            for block in section.blocks:
                kept = _commands_only(block, evidence) if page is readme else block
                _cover_block(page.path, kept, evidence, coverage, reasons)
    for path in pictures:
        for piece in _labels(path):
            block = _commands_only(Block((piece,), piece.line), evidence)
            _cover_block(path, block, evidence, coverage, {})
    coverage.problems += _unused(examples, [c for page in pages for c in page.calls], pictures)
    return coverage


def _cover_calls(page: Page, examples: Mapping[str, Example], coverage: Coverage) -> None:
    for call in page.calls:
        coverage.problems += _absent(page.path, call, examples)
        found = list(_exchanges(call, examples))
        if call.name in LISTS:
            coverage.problems += _misplaced(page.path, call, found)
        for example, step, exchange in found:
            hub = example.options.steps[step.name].needs == "hub"
            where = f"{example.slug}#{step.name}"
            state: State = "not verified" if hub else "run"
            coverage.commands.append(Documented(page.path, call.line, exchange.typed, state, where))


def _absent(path: Path, call: Call, examples: Mapping[str, Example]) -> Iterator[Problem]:
    """Complain of an example, a step or a file that a page asks for and that is not there."""
    for slug, *names in call.named:
        if slug not in examples:
            yield Problem(path, call.line, f"no example «{slug}»", "mend its name, or add it")
            continue
        one = examples[slug]
        there = {step.name for step in one.transcript.steps} | set(map(str, one.files))
        for name in (name for name in names if isinstance(name, str) and name not in there):
            what = f"{one.folder} has no step and no file «{name}»"
            yield Problem(path, call.line, what, "mend its name, or add it there")


def _misplaced(
    path: Path, call: Call, found: Sequence[tuple[Example, Step, Exchange]]
) -> Iterator[Problem]:
    """Complain of commands in a list whose only caption is about more than they do."""
    for example, step, exchange in found:
        if not example.caption(step, exchange.typed):
            what = f"`{exchange.typed}` would stand under words about its whole step"
            instead = f"add it to [steps.{step.name}.commands] of {example.folder / OPTIONS_FILE}"
            yield Problem(path, call.line, what, instead)
    programs = Counter(" ".join(exchange.typed.split()[:2]) for _, _, exchange in found)
    for program, number in programs.items():
        if number > MOST:
            what = f"{number} rows of `{program}` in one list, where {MOST} are to be read"
            yield Problem(path, call.line, what, "keep the telling ones")


def _exchanges(
    call: Call, examples: Mapping[str, Example]
) -> Iterator[tuple[Example, Step, Exchange]]:
    """Yield the commands that a call puts on a page."""
    named = call.named
    slugs = dict.fromkeys(words[0] for words in named if words)
    for example in (examples[slug] for slug in slugs if slug in examples):
        for step in example.transcript.steps:
            for n, exchange in enumerate(step.exchanges, 1):
                words = (example.slug, step.name, *((n,) if n > 1 else ()))
                if call.shows(example.slug, step.name) or (
                    call.name in ("command", *LISTS) and words in named
                ):
                    yield example, step, exchange


def _cover_block(
    path: Path,
    block: Block,
    evidence: Evidence,
    coverage: Coverage,
    reasons: Mapping[str, str],
) -> None:
    """Hold the code of a block against the evidence.

    `reasons` says why some code of its section was not run.
    """
    for n, piece in enumerate(block.pieces):
        if piece.kind != "code" or not piece.text.strip():
            continue
        why = reasons.get(piece.text, block.unverified(n))
        state, witness, problem = _explain(piece, why, evidence, block.fenced)
        if problem:
            what, instead = problem
            coverage.problems.append(Problem(path, piece.line, f"`{piece.text}`: {what}", instead))
        if state:
            found = Documented(path, piece.line, piece.text, state, witness)
            coverage.commands.append(found)


# What a piece of code is (None if it is no command), who vouches for it, what is wrong with it.
_Explanation = tuple[State | None, str, tuple[str, str] | None]


def _explain(piece: Piece, why: str | None, evidence: Evidence, fenced: bool) -> _Explanation:
    if why is not None:
        return ("not verified", why, None) if why else ("unexplained", "", _NO_REASON)
    if SYNOPSIS in piece.marks:
        fact = evidence.find_synopsis(piece.text)
        return ("synopsis", fact.where, None) if fact else ("unexplained", "", _NO_SUCH_SYNOPSIS)
    fact = evidence.find(_bare(piece.text) if fenced else piece.text)
    if fact is None:
        return "unexplained", "", _NO_EVIDENCE
    return "run" if _counts(piece.text, fact, evidence) else None, fact.where, None


_NO_EVIDENCE = (
    "no example types it, prints it or has it in a file",
    "add it to an example, or mark it `…`{.synopsis}, or `…`{.unverified} (not verified: why)",
)
_NO_SUCH_SYNOPSIS = (
    "no example types a command of this form",
    "mend the command or its options, or add an example that types one",
)
_NO_REASON = (
    "marked as not verified, without a reason that readers see",
    "write (not verified: why), in French (non vérifié\u00a0: pourquoi), directly after it",
)


def _bare(line: str) -> str:
    """Return a line of a fence without its prompt and its comment."""
    return re.sub(r"\s+# .*", "", line).strip().removeprefix("$ ")


def _counts(text: str, fact: Fact, evidence: Evidence) -> bool:
    """Say whether a text that an example vouches for is a command, or an option of one."""
    return fact.kind == "command" and (text == fact.text or _is_command(text, evidence))


def _is_command(text: str, evidence: Evidence) -> bool:
    """Say whether a text reads as a command: a program with words behind it, or an option."""
    words = _bare(text).split()
    if not words:
        return False
    programs = evidence.programs | set(_OWN)
    return words[0].startswith("-") or (len(words) > 1 and words[0] in programs)


def _commands_only(block: Block, evidence: Evidence) -> Block:
    """Leave out code that is no command: what the README or a picture names besides."""
    kept = (p for p in block.pieces if p.kind != "code" or _is_command(p.text, evidence))
    return Block(tuple(kept), block.line, block.fenced, block.asides)


def _labels(path: Path) -> Iterator[Piece]:
    """Yield the words of a drawing: those in one language each, and those in none."""
    for text in texts.of_pictures([path]):
        yield Piece("code", text.text, text.line)
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for found in _LABEL.finditer(line):
            yield Piece("code", found[1], n)


def _unused(
    examples: Sequence[Example], calls: Sequence[Call], pictures: Iterable[Path]
) -> Iterator[Problem]:
    """Complain of what no page shows; a file may stand for its equals in other examples."""
    files = set(_shown_files(examples, calls))
    shown = {call.arguments[0] for call in calls if call.name == "picture"}
    for one in examples:
        yield from _unused_steps(one, calls)
        for name in one.files:
            if (str(name), (one.folder / name).read_bytes()) not in files:
                instead = f'show it with [[[ file("{one.slug}", "{name}") ]]], or delete it'
                yield Problem(one.folder / name, 1, "no page shows this file", instead)
    for path in pictures:
        if path.stem not in shown:
            instead = f'show it with [[[ picture("{path.stem}") ]]], or delete it'
            yield Problem(path, 1, "no page shows this picture", instead)


def _shown_files(examples: Iterable[Example], calls: Iterable[Call]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every file that a page shows."""
    known = {one.slug: one for one in examples}
    for call in calls:
        if call.name in ("file", "solution", "practice") and call.arguments[0] in known:
            one = known[call.arguments[0]]
            names = one.files if call.name == "practice" else map(Path, call.arguments[1:])
            for name in names:
                if (one.folder / name).is_file():
                    yield str(name), (one.folder / name).read_bytes()


def _unused_steps(one: Example, calls: Sequence[Call]) -> Iterator[Problem]:
    path = one.transcript.path
    unused = [
        step
        for step in one.transcript.steps
        if not any(call.shows(one.slug, step.name) for call in calls)
    ]
    if len(unused) == len(one.transcript.steps):
        instead = f'show it with [[[ session("{one.slug}") ]]], or delete examples/{one.slug}'
        yield Problem(path, 1, "no page shows this example", instead)
        return
    for step in unused:
        instead = f'show it with [[[ session("{one.slug}", "{step.name}") ]]], or delete it'
        yield Problem(path, step.line, f"no page shows the step «{step.name}»", instead)
        text = (one.folder / OPTIONS_FILE).read_text(encoding="utf-8")
        line = line_of(text, ["steps", step.name])
        yield Problem(one.folder / OPTIONS_FILE, line, "nor its captions", "delete them with it")
