"""Damage: the ways in which a transcript can come to say something that is not so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, islice, pairwise
from math import inf

from scripts.kinds import Bindings, Token, shape, tokens
from scripts.matching import agree, is_layer_row, is_work_row
from scripts.transcript import WILDCARD, Exchange, Output, Transcript, escape

# The part of a row of BuildKit that is certain at any length of its time (see kinds).
_CERTAIN = 71


@dataclass(frozen=True)
class Mutant:
    """A transcript with one thing changed.

    `line` is where, `what` says how. `at` is the first exchange whose outcome can differ.
    `equivalent` is the reason why nothing need notice, where there is one.
    """

    line: int
    what: str
    transcript: Transcript
    at: int
    equivalent: str = ""

    @property
    def typed(self) -> str:
        """The command that is typed at the place of the damage."""
        return list(self.transcript.exchanges)[self.at].typed


ORDER = "BuildKit prints its rows as its parallel work is done: their order says nothing"
LAYERS = "how many layers a pull or push has is the image’s affair"
BESIDE = "the `...` beside it stands for it"
TIDY = "without --rm a container is left over, which shows only where containers are listed"
UNUSED = "nothing after it uses that name or port"
CUT = "BuildKit cuts its rows to the window, a letter more or less with the time they took"


def of_output(transcript: Transcript) -> Iterator[Mutant]:
    """Yield the transcript with each line of output, id and exit status damaged in turn."""
    exchanges = list(transcript.exchanges)
    for n in range(len(exchanges)):
        for line, what, damaged, reason in _outputs(exchanges, n):
            yield Mutant(line, what, _with(transcript, n, damaged), n, reason)
    for n, exchange in enumerate(exchanges):
        for what, prompt, _ in _names(exchange.prompt, _named(exchanges[:n])):
            damaged = replace(exchange, prompt=prompt)
            yield Mutant(exchange.line, what, _with(transcript, n, damaged), max(n - 1, 0))


def _with(transcript: Transcript, n: int, damaged: Exchange) -> Transcript:
    """Return the transcript with another nth exchange."""
    numbers = count()
    steps = (
        replace(step, exchanges=tuple(damaged if next(numbers) == n else e for e in step.exchanges))
        for step in transcript.steps
    )
    return replace(transcript, steps=tuple(steps))


# Where, what was done, the exchange with it, and why nothing need notice, if so.
_Damage = tuple[int, str, Exchange, str]


def _outputs(exchanges: Sequence[Exchange], at: int) -> Iterator[_Damage]:
    exchange, so_far = exchanges[at], exchanges[: at + 1]
    lines = exchange.output
    for n, line in enumerate(lines):
        if line.is_wildcard:
            yield _lines(exchange, n, "`...` removed", [])
            continue
        for what, text, reason in _texts(line.text):
            yield _lines(exchange, n, what, [text], reason)
        for what, text, reason in _names(line.text, _named(so_far, line.line)):
            yield _lines(exchange, n, what, [text], reason)
        few = LAYERS if is_layer_row(line.text) else ""
        beside = BESIDE if _is_beside_wildcard(lines, n) else ""
        yield _lines(exchange, n, "line dropped", [], few or beside)
        yield _lines(exchange, n, "line doubled", [line.text, line.text], few)
    yield from _swaps(exchange, _named(exchanges))
    yield from _wildcards(exchange)
    yield from _statuses(exchange)


def _lines(
    exchange: Exchange, n: int, what: str, texts: Sequence[str], reason: str = "", many: int = 1
) -> _Damage:
    """Put other texts in place of so many lines of output, from the nth."""
    old = exchange.output[n : n + many]
    line = old[0].line if old else exchange.line
    new = tuple(Output(escape(text), line) for text in texts)
    output = (*exchange.output[:n], *new, *exchange.output[n + many :])
    return line, what, replace(exchange, output=output), reason


def _is_beside_wildcard(lines: Sequence[Output], n: int) -> bool:
    """Say whether a `...` would stand for a line.

    It stands beside it, behind lines like it, or anywhere among its rows of parallel work.
    """
    if is_work_row(lines[n].text):
        return any(line.is_wildcard for line in lines)
    other = partial(_is_unlike, lines[n].text)
    nearest = (*islice(filter(other, lines[n:]), 1), *islice(filter(other, lines[n::-1]), 1))
    return any(line.is_wildcard for line in nearest)


def _is_unlike(text: str, line: Output) -> bool:
    return shape(text) != shape(line.text)


def _texts(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the text with each of its words changed, then with each of its numbers.

    A value that differs on every run, in place of another of its kind, would be no damage.
    """
    for word in re.finditer(r"\S+", text):
        changed = word[0][:-1] + ("y" if word[0].endswith("x") else "x")
        damaged = _spliced(text, word.start(), word.end(), changed)
        if shape(damaged[1]) != shape(text) or damaged[2]:
            yield damaged
    end = 0
    for token in tokens(text):
        start, end = end, end + len(token.text)
        for number in re.finditer(r"\d+", token.text) if not token.kind else ():
            changed = str(int(number[0]) + 1)
            yield _spliced(text, start + number.start(), start + number.end(), changed)


def _spliced(text: str, start: int, end: int, changed: str) -> tuple[str, str, str]:
    reason = CUT if is_work_row(text) and end > _CERTAIN else ""
    return f"«{text[start:end]}» → «{changed}»", text[:start] + changed + text[end:], reason


def _named(exchanges: Sequence[Exchange], before: float = inf) -> Counter[str]:
    """Count what is named in exchanges, up to a line of output."""
    return Counter(
        name
        for exchange in exchanges
        for text in (
            *(exchange.typed, exchange.prompt),
            *(output.text for output in exchange.output if output.line < before),
        )
        for name in _names_in(text)
    )


def _names(text: str, known: Counter[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the text with each id, name or address that appeared before made another."""
    end = 0
    for token in tokens(text) if not is_layer_row(text) else ():
        start, end = end, end + len(token.text)
        if token.kind and _name(token) in known:
            yield _spliced(text, start, end, _other(token.text, token.kind.name))


def _other(value: str, kind: str) -> str:
    """Return another value of the same kind."""
    if kind in ("id", "digest", "mac"):
        _, prefix, digits = value.rpartition("sha256:")
        return f"{prefix}{'1' if digits[0] == '0' else '0'}{digits[1:]}"
    if kind in ("address", "port"):
        return value[:-1] + str((int(value[-1]) + 1) % 10)
    return value[:-1] + ("y" if value.endswith("x") else "x")


def _swaps(exchange: Exchange, named: Counter[str]) -> Iterator[_Damage]:
    for n, (one, two) in enumerate(pairwise(exchange.output)):
        if one.is_wildcard or two.is_wildcard or _interchangeable(one.text, two.text, named):
            continue
        reason = ORDER if is_work_row(one.text) and is_work_row(two.text) else ""
        reason = reason or (LAYERS if is_layer_row(one.text) and is_layer_row(two.text) else "")
        yield _lines(exchange, n, "swapped with the next", [two.text, one.text], reason, 2)


def _interchangeable(one: str, two: str, named: Counter[str]) -> bool:
    """Say whether two lines look alike, and name nothing that appears anywhere else."""
    alike = agree(one, two, Bindings())
    return alike and all(named[name] < 2 for text in (one, two) for name in _names_in(text))


def _names_in(text: str) -> Iterator[str]:
    """Yield the ids, names and addresses of a line, as far as they bind."""
    yield from filter(None, map(_name, tokens(text) if not is_layer_row(text) else ()))


def _name(token: Token) -> str:
    """Return what a token is known by, if it binds: the first digits of an id, or all of it."""
    binds = token.kind and token.kind.space
    return token.text.removeprefix("sha256:")[:12] if binds else ""


def _wildcards(exchange: Exchange) -> Iterator[_Damage]:
    """Yield the exchange with a `...` before each line and at the end, where there is none."""
    lines = exchange.output
    for n in range(len(lines) + 1):
        around = lines[max(n - 1, 0) : n + 1]
        if any(line.is_wildcard for line in around):
            continue
        line = around[-1].line if around else exchange.line
        output = (*lines[:n], Output(WILDCARD, line), *lines[n:])
        reason = LAYERS if any(is_layer_row(row.text) for row in around) else ""
        yield line, "`...` added", replace(exchange, output=output), reason


def _statuses(exchange: Exchange) -> Iterator[_Damage]:
    for status in (None, 1) if exchange.status else (1,):
        changed = status if status != exchange.status else (exchange.status or 0) + 1
        line = exchange.line + len(list(exchange.lines())) - 1
        what = f"exit status {exchange.status or 0} → {changed or 0}"
        yield line, what, replace(exchange, status=changed), ""


# Options of Docker's commands, and of those around them, that take the next word as a value.
_VALUED = set(
    "-p --publish --name -v --volume --mount -e --env --env-file -t --tag --filter --format "
    "--network --build-arg -m --memory --user -u --pull --tail --tmpfs --entrypoint -w "
    "--workdir --restart --platform --target -o -n -H --host".split()
)
_PORT = re.compile(r"(?<=:)\d{2,5}\b|\b\d{2,5}(?=:\d)")
_NAMED = re.compile(r"(?:--name|--tag|-t|--network|volume create|network create)[ =]([\w./:-]+)")


def of_commands(transcript: Transcript) -> Iterator[Mutant]:
    """Yield the transcript with each option dropped, each port and each name moved."""
    exchanges = list(transcript.exchanges)
    names = {name for e in exchanges for name in _NAMED.findall(e.typed)}
    for n, exchange in enumerate(exchanges):
        later = _later(exchanges, n)
        damaged = dict([*_dropped(exchange.typed, later), *_moved(exchange.typed, names, later)])
        for typed, reason in damaged.items():
            changed = replace(exchange, command=tuple(typed.split("\n")))
            what = f"{exchange.typed} → {typed}"
            yield Mutant(exchange.line, what, _with(transcript, n, changed), n, reason)


def _later(exchanges: Sequence[Exchange], n: int) -> str:
    """Return all that is shown from the output of the nth exchange on."""
    typed = (exchange.typed for exchange in exchanges[n + 1 :])
    shown = (output.text for exchange in exchanges[n:] for output in exchange.output)
    return "\n".join([*typed, *shown])


def _unused(word: str, later: str) -> str:
    found = re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", later)
    return "" if found else UNUSED


def _dropped(typed: str, later: str) -> Iterator[tuple[str, str]]:
    """Yield the command without each of its options, and why that need not be noticed."""
    words = list(re.finditer(r"\S+\s*", typed))
    for n, word in enumerate(words):
        option = word[0].strip()
        if not option.startswith("-") or option == "-" or n == 0:
            continue
        valued = option in _VALUED or (option == "-f" and "build" in typed)
        last = words[n + 1] if valued and n + 1 < len(words) else word
        reason = TIDY if option == "--rm" else ""
        if option in ("--name", "-t", "-p"):
            # Of «127.0.0.1:8080:80», it is the 8080 that could be used.
            value = last[0].strip().rsplit(":", 1)[0].rsplit(":", 1)[-1]
            reason = _unused(value, later)
        yield (typed[: word.start()] + typed[last.end() :]).strip(), reason


def _moved(typed: str, names: set[str], later: str) -> Iterator[tuple[str, str]]:
    """Yield the command with each port and name made another, and why, if so."""
    for port in _PORT.finditer(typed):
        changed = f"{typed[: port.start()]}{int(port[0]) + 1}{typed[port.end() :]}"
        yield changed, _unused(port[0], later)
    for word in re.finditer(r"[\w./:-]+", typed):
        if word[0] in names:
            yield f"{typed[: word.end()]}x{typed[word.end() :]}", _unused(word[0], later)
