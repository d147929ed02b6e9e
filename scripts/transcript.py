"""The transcript: `session.console`, the single source of commands and of what they print.

    # step-name
    $ command typed
    > its second line
    what appeared
    ...
    [1]

A transcript is read into steps, a step into exchanges (a prompt, what was typed, what appeared),
and is written back byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from scripts.errors import BadInput, Problem

SHELL_PROMPT = "$ "
WILDCARD = "..."
INTERRUPT = "^C"

# Prompts of the programs that a learner enters: bash and sh in a container, and Python.
_PROMPT = re.compile(r"(?:\$|>>>|[\w.-]+@[\w.-]+:\S*[#$]|(?:/\S*|~) [#$]) (?=\S)")
_STEP = re.compile(r"# (?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)")
_STATUS = re.compile(r"\[(?P<status>[1-9]\d{0,2})\]")
_CONTINUATION = re.compile(r">(?: (?P<text>.*))?")


@dataclass(frozen=True)
class Output:
    """One line below a command, as it is written in the file."""

    raw: str
    line: int

    @property
    def is_wildcard(self) -> bool:
        """Whether the line stands for any lines, none included."""
        return self.raw == WILDCARD

    @property
    def is_interrupt(self) -> bool:
        """Whether the reader pressed Ctrl-C here."""
        return self.raw == INTERRUPT

    @property
    def text(self) -> str:
        """What the screen is to show."""
        return unescape(self.raw)


@dataclass(frozen=True)
class Exchange:
    """A prompt, the lines typed at it, and what appeared below.

    `status` is the exit status that the transcript states, None where it states none.
    """

    prompt: str
    command: tuple[str, ...]
    output: tuple[Output, ...]
    status: int | None
    line: int

    @property
    def in_shell(self) -> bool:
        """Whether this was typed at the reader's own shell, not in a program entered from it."""
        return self.prompt == SHELL_PROMPT

    @property
    def typed(self) -> str:
        """The command as one text, without prompts."""
        return "\n".join(self.command)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the file that this exchange was read from."""
        yield self.prompt + self.command[0]
        yield from (f"> {text}".rstrip() for text in self.command[1:])
        yield from (output.raw for output in self.output)
        if self.status is not None:
            yield f"[{self.status}]"


@dataclass(frozen=True)
class Step:
    """A named part of a transcript: what one caption describes; `path` is the file it is in."""

    name: str
    exchanges: tuple[Exchange, ...]
    line: int
    path: Path

    @property
    def typed(self) -> tuple[str, ...]:
        """The commands, without prompts."""
        return tuple(exchange.typed for exchange in self.exchanges)

    def same_as(self, other: Step) -> bool:
        """Say whether both steps would be written alike."""
        return _written(self) == _written(other)


@dataclass(frozen=True)
class Transcript:
    """A whole `session.console`."""

    path: Path
    steps: tuple[Step, ...]

    @property
    def exchanges(self) -> Iterator[Exchange]:
        """Yield every exchange, in the order in which it is typed."""
        for step in self.steps:
            yield from step.exchanges

    def with_steps(self, others: Iterable[Step]) -> Transcript:
        """Return the transcript with other steps in place of those of the same names."""
        by_name = {step.name: step for step in others}
        return replace(self, steps=tuple(by_name.get(step.name, step) for step in self.steps))

    def write(self) -> str:
        """Return the text of the file: `parse(path, transcript.write())` is the transcript."""
        return "\n".join(map(_written, self.steps))


def _written(step: Step) -> str:
    lines = [f"# {step.name}"]
    for exchange in step.exchanges:
        lines += exchange.lines()
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""Return the line to write for a line of output: one `\` before what would read as syntax."""
    return "\\" + text if _is_syntax(text) else text


def unescape(raw: str) -> str:
    r"""Return the line of output that a written line stands for."""
    return raw[1:] if raw.startswith("\\") and _is_syntax(raw[1:]) else raw


def _is_syntax(text: str) -> bool:
    return (
        text in (WILDCARD, INTERRUPT)
        or any(p.fullmatch(text) for p in (_STATUS, _CONTINUATION))
        or text.startswith("# ")
        or _PROMPT.match(text) is not None
        # A line that starts with the escape and would be read as one is escaped in turn.
        or (text.startswith("\\") and _is_syntax(text[1:]))
    )


def parse(path: Path, text: str) -> Transcript:
    """Read the text of a transcript; `path` is where messages say that it came from.

    Raises BadInput with every problem found, each with its line.
    """
    reader = _Reader(path, text.removesuffix("\n").split("\n") if text else [])
    transcript = Transcript(path, tuple(reader.steps()))
    if not reader.problems:
        reader.problems += _misplaced_statuses(transcript)
    if reader.problems:
        raise BadInput(reader.problems)
    return transcript


class _Reader:
    """Goes through the lines of a transcript once, and notes what is wrong on the way."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        self.path = path
        self.lines = lines
        self.problems: list[Problem] = []

    def steps(self) -> Iterator[Step]:
        starts = [n for n in range(len(self.lines)) if self._starts_step(n)]
        first = starts[0] if starts else len(self.lines)
        self._complain_before(first)
        if not starts:
            return
        names: dict[str, int] = {}
        for start, end in pairwise([*starts, len(self.lines) + 1]):
            step = self._step(start, end - 1)
            if step.name in names:
                what = f"a second step «{step.name}» (the first is on line {names[step.name]})"
                self._complain(start, what, "give each step a name of its own")
            names.setdefault(step.name, start + 1)
            yield step

    def _starts_step(self, n: int) -> bool:
        """A name counts only after a blank line and directly before a prompt."""
        if not self.lines[n].startswith("# ") or (n > 0 and self.lines[n - 1] != ""):
            return False
        if n + 1 == len(self.lines) or not _PROMPT.match(self.lines[n + 1]):
            return False
        if not _STEP.fullmatch(self.lines[n]):
            self._complain(
                n,
                f"«{self.lines[n]}» is not a step name",
                "write `# name` in lower-case words joined by hyphens, or `\\# …` if it is output",
            )
        return True

    def _complain_before(self, first: int) -> None:
        """Whatever stands before the first step is a mistake, and so is a file without steps."""
        instead = "start with `# step-name`, and `$ command` on the line below"
        if not any(map(_PROMPT.match, self.lines)):
            self._complain(0, "no command in this transcript", instead)
        elif _PROMPT.match(self.lines[0]):
            self._complain(0, "a command before the first step", "write `# step-name` above it")
        elif first > 0:
            self._complain(0, "output before the first prompt", instead)

    def _step(self, start: int, end: int) -> Step:
        name = self.lines[start][2:]
        prompts = [n for n in range(start + 1, end) if _PROMPT.match(self.lines[n])]
        exchanges = tuple(self._exchange(a, b) for a, b in pairwise([*prompts, end]))
        return Step(name, exchanges, start + 1, self.path)

    def _exchange(self, start: int, end: int) -> Exchange:
        found = _PROMPT.match(self.lines[start])
        assert found is not None
        command = [self.lines[start][found.end() :]]
        n = start + 1
        while n < end and (more := _CONTINUATION.fullmatch(self.lines[n])):
            command.append(more["text"] or "")
            n += 1
        outputs = [Output(self.lines[i], i + 1) for i in range(n, end)]
        status = self._status(outputs)
        return Exchange(found[0], tuple(command), tuple(outputs), status, start + 1)

    def _status(self, outputs: list[Output]) -> int | None:
        """Take the exit status off the end of the output, and complain of one anywhere else."""
        status = None
        if outputs and (found := _STATUS.fullmatch(outputs[-1].raw)):
            status = int(found["status"])
            del outputs[-1]
        for output in outputs:
            if _STATUS.fullmatch(output.raw):
                self._complain(output.line - 1, *_MISPLACED)
        return status

    def _complain(self, n: int, what: str, instead: str) -> None:
        self.problems.append(Problem(self.path, n + 1, what, instead))


_MISPLACED = (
    "an exit status in the wrong place",
    "write it on the last line of a command's output, or `\\[…]` if it is output",
)


def _misplaced_statuses(transcript: Transcript) -> Iterable[Problem]:
    """A program that goes on at its own prompt has no exit status yet."""
    for before, after in pairwise(transcript.exchanges):
        if before.status is not None and not after.in_shell:
            line = before.line + len(list(before.lines())) - 1
            yield Problem(transcript.path, line, *_MISPLACED)


def with_output(exchange: Exchange, raw: Iterable[str], status: int | None) -> Exchange:
    """Return the exchange with other output lines (as written in the file) and exit status."""
    outputs = tuple(Output(line, 0) for line in raw)
    return replace(exchange, output=outputs, status=status)
