"""A session: a transcript typed into a terminal, exchange by exchange, and what came of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from scripts import recording
from scripts.kinds import Bindings, pattern, shape
from scripts.matching import Comparison, agree, compare
from scripts.terminal import LONGEST, Terminal, TimedOut
from scripts.transcript import SHELL_PROMPT, Exchange, Step, Transcript


@dataclass(frozen=True)
class Answer:
    """What a terminal shows after a command: the lines below it, and how it went on.

    `status` is the exit status, None while a program that was entered goes on. `prompt` is
    what the terminal waits with, None if it showed no prompt in time.
    """

    lines: tuple[str, ...]
    status: int | None
    prompt: str | None


@dataclass(frozen=True)
class Judgement:
    """What came of holding an answer against a transcript; the bindings are in `comparison`."""

    comparison: Comparison
    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the screen, the status and the next prompt are as expected."""
        return self.comparison.matches and not self.problems


def judge(exchange: Exchange, following: str, answer: Answer, bindings: Bindings) -> Judgement:
    """Hold an answer against what a transcript says; `following` is its next prompt.

    `bindings` is what the session has bound so far; it is not changed.
    """
    comparison = compare(exchange.output, answer.lines, bindings)
    problems = tuple(_problems(exchange, following, answer, comparison.bindings))
    return Judgement(comparison, problems)


def _problems(
    exchange: Exchange, following: str, answer: Answer, bindings: Bindings
) -> Iterator[str]:
    if answer.prompt is None:
        yield f"no prompt came back in time, or within {LONGEST:,} lines; below, what came so far"
        return
    if agree(following, answer.prompt, bindings):
        bindings.bind(following, answer.prompt)
    else:
        yield f"the prompt «{following}» was to follow, and «{answer.prompt}» appeared"
    if answer.status is not None and answer.status != (exchange.status or 0):
        yield f"exit status {answer.status}, where {exchange.status or 0} is expected"


@dataclass(frozen=True)
class Played:
    """One exchange after it was typed: what appeared, held against what was expected.

    `ready` says that the terminal came back to the prompt of the program to which the next
    command is to be typed. `recording` is what it printed, and when.
    """

    exchange: Exchange
    typed: str
    answer: Answer
    judgement: Judgement
    seconds: float
    ready: bool
    recording: tuple[tuple[float, str], ...]

    @property
    def passed(self) -> bool:
        """Whether the screen, the status and the next prompt are as expected."""
        return self.judgement.holds


def following_prompts(transcript: Transcript) -> dict[int, str]:
    """Return the prompt that is to follow each exchange, by the exchange's identity.

    Lines do not tell exchanges apart: a transcript can be made of two files.
    """
    exchanges = list(transcript.exchanges)
    return {
        id(before): after.prompt if after else SHELL_PROMPT
        for before, after in zip_longest(exchanges, exchanges[1:])
        if before
    }


class Session:
    """Types a transcript into a terminal, and remembers what this run calls things.

    The terminal is at its shell's prompt when a session begins.
    When `recording`, what appears unexpectedly is to be written into the transcript, so the
    names in it stand for themselves from there on.
    """

    def __init__(self, terminal: Terminal, transcript: Transcript, recording: bool = False) -> None:
        self._terminal = terminal
        self.recording = recording
        self.bindings = Bindings()
        self._following = following_prompts(transcript)
        self._inner = {e.prompt: pattern(e.prompt) for e in transcript.exchanges if not e.in_shell}
        self._questions: frozenset[str] = frozenset()
        self._awaited: frozenset[str] = frozenset()
        self._typed_at = -1  # row of the last prompt of an entered program

    def expect(self, prompts: Iterable[str], questions: Iterable[str]) -> None:
        """Know prompts of programs that the transcript does not enter; ids in them may be any.

        `questions` are answered with a line, so their program does not read key by key.
        """
        self._questions = frozenset(questions)
        self._inner |= {prompt: pattern(prompt) for prompt in (*prompts, *self._questions)}

    def play(self, step: Step, deadline: float) -> Iterator[Played]:
        """Type the commands of a step, one by one as the caller asks for them.

        `deadline` is on the clock of time.monotonic(). Stops early where the terminal did not
        come back to the prompt of the next one. Raises Closed if the shell went away.
        """
        for exchange in step.exchanges:
            played = self._play(exchange, deadline)
            self.bindings = played.judgement.comparison.bindings
            yield played
            if not played.ready:
                return

    def ask(self, command: str, deadline: float, prompt: str = SHELL_PROMPT) -> Answer:
        """Type a command of no transcript at a `prompt`, and return what appears."""
        exchange = Exchange(prompt, tuple(command.split("\n")), (), None, 0)
        self._type(exchange, self.bindings.to_seen(command), self._questions)
        return self._answer(exchange, deadline)

    def cancel(self, deadline: float, prompt: str) -> Answer:
        """Press Ctrl-C at the `prompt` of a program, and return what appears below it."""
        self._typed_at = self._terminal.screen.cursor.y
        self._terminal.press_interrupt()
        return self._answer(Exchange(prompt, (), (), None, 0), deadline)

    def watch(
        self,
        command: str,
        begun: Callable[[], bool],
        quiet: float,
        deadline: float,
        meanwhile: Callable[[], None],
        prompt: str = SHELL_PROMPT,
        again: float = math.inf,
    ) -> tuple[int, Answer]:
        """Type a command that goes on at a prompt; press Ctrl-C once it has begun and is quiet.

        The key is pressed `again`, twice at most, after so many seconds in which it goes on.
        `quiet` is for how many seconds; before the key is pressed, `meanwhile` is called. Returns
        how many lines had appeared by then, and all that appeared.
        """
        exchange = Exchange(prompt, (command,), (), None, 0)
        self._type(exchange, self.bindings.to_seen(command), self._questions)
        pieces, ready = -1, False
        while not (ready and pieces == len(self._terminal.pieces)) and time.monotonic() < deadline:
            pieces, ready = len(self._terminal.pieces), begun()
            with suppress(TimedOut):
                self._terminal.wait(self._prompt, time.monotonic() + quiet)
                break
        before = len(self._seen(exchange))
        if not self._prompt():
            meanwhile()
            self._press(again, deadline)
        return before, self._answer(exchange, deadline)

    def _press(self, again: float, deadline: float) -> None:
        """Press Ctrl-C, and again after some seconds: at the third, Docker's client gives up."""
        for _ in range(3):
            self._terminal.press_interrupt()
            with suppress(TimedOut):
                self._terminal.wait(self._prompt, min(time.monotonic() + again, deadline))
                return
            if time.monotonic() > deadline:
                return

    def _answer(self, exchange: Exchange, deadline: float) -> Answer:
        """Wait for the next prompt, and return what appeared before it."""
        try:
            prompt: str | None = self._terminal.wait(self._prompt, deadline)
        except TimedOut:
            prompt = None
        status = self._status() if prompt == SHELL_PROMPT else None
        return Answer(tuple(self._seen(exchange)), status, prompt)

    def _play(self, exchange: Exchange, deadline: float) -> Played:
        began = time.monotonic()
        self.bindings.adopt(exchange.typed)
        typed = self.bindings.to_seen(exchange.typed)
        following = self._following[id(exchange)]
        self._type(exchange, typed, frozenset([following]))
        with suppress(TimedOut):
            self._interrupt(exchange, deadline)
        answer = self._answer(exchange, deadline)
        judgement = judge(exchange, following, answer, self.bindings)
        if self.recording:
            _adopt_unexpected(judgement.comparison)
        ready = answer.prompt is not None and shape(answer.prompt) == shape(following)
        took = time.monotonic() - began
        printed = recording.output(self._terminal.pieces, typed, exchange.in_shell)
        return Played(exchange, typed, answer, judgement, took, ready, tuple(printed))

    def _type(self, exchange: Exchange, typed: str, awaited: frozenset[str]) -> None:
        if exchange.in_shell:
            self._terminal.screen.reset()
            self._typed_at = -1
        else:
            self._typed_at = self._terminal.screen.cursor.y
        self._awaited = awaited
        self._terminal.type(typed)

    def _interrupt(self, exchange: Exchange, deadline: float) -> None:
        """Press Ctrl-C wherever the transcript says so, once the lines above it have appeared."""
        for n, output in enumerate(exchange.output):
            if output.is_interrupt:
                self._terminal.wait(partial(self._shows, exchange, n), deadline)
                self._terminal.press_interrupt()

    def _shows(self, exchange: Exchange, n: int) -> bool | None:
        """Say whether the first `n` lines have appeared: True, or None as `wait` wants it."""
        above = exchange.output[:n]
        return compare(above, self._seen(exchange), self.bindings).matches or None

    def _prompt(self) -> str | None:
        """Return the prompt at which the terminal waits for input, None if it does not.

        One that is not awaited may be part of a log, unless a program has been entered.
        """
        if self._terminal.at_shell_prompt() and self._terminal.mark("D"):
            return SHELL_PROMPT
        screen = self._terminal.screen
        if screen.cursor.y <= self._typed_at or not self._terminal.mark("C"):
            return None
        text = screen.row(screen.cursor.y, screen.cursor.x)
        known = {prompt for prompt, p in self._inner.items() if p.fullmatch(text)}
        return text if known & self._awaited or (known and self._terminal.entered) else None

    def _seen(self, exchange: Exchange) -> list[str]:
        """Return the rows below what was typed, without the prompt that follows them."""
        began, ended = self._terminal.mark("C"), self._terminal.mark("D")
        screen = self._terminal.screen
        if began is None:
            return []
        start = began.row if exchange.in_shell else self._typed_at + 1
        if ended is not None:
            # Output that ends within a row is followed by the prompt on the same row.
            last = [screen.row(ended.row, ended.column)] if ended.column else []
            return [*screen.rows(start, ended.row), *last]
        return screen.rows(start, screen.cursor.y + (screen.cursor.x > 0 and not self._prompt()))

    def _status(self) -> int | None:
        mark = self._terminal.mark("D")
        return mark.status if mark else None


def _adopt_unexpected(comparison: Comparison) -> None:
    for pair in comparison.pairs:
        if pair.op == "extra" and pair.seen is not None:
            comparison.bindings.adopt(comparison.bindings.to_expected(pair.seen))
