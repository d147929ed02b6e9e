"""World: a transcript is of one run, in which an id is one thing and time goes on.

That values stand one to one for those of a run is seen to when it is verified (kinds.Bindings).
What that cannot see, as a time or an age may be any, and a value may be of no use afterwards,
is seen here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

from scripts.errors import Problem
from scripts.kinds import shape, tokens
from scripts.transcript import Exchange, Transcript

_ID = re.compile(r"\b[0-9a-f]{12}(?:[0-9a-f]{52})?\b")
_ALONE = re.compile(r"[0-9a-f]{64}")  # what `docker run -d` prints
# Where ids stand, by how a table's head starts: what they are ids of.
_TABLES = {"CONTAINER ID": "container", "NETWORK ID": "network", "REPOSITORY": "image"}
_NAMED = re.compile(r"docker (?:run|create) .*--name[ =](\S+)")
_LOGS = re.compile(r"docker logs (?:[^|]* )?(\w[^\s|]*)(?: \||$)")
# What prints as it happens; others, such as ls, print times in any order.
_AS_IT_HAPPENS = re.compile(r"docker (?:run|logs|start|attach|compose logs)\b")
_FORMATS = ("%Y/%m/%d %H:%M:%S", "%d/%b/%Y:%H:%M:%S %z", "%a %b %d %H:%M:%S %Z %Y")


def check(transcript: Transcript) -> Iterator[Problem]:
    """Yield where an id stands for two things, or a time runs backwards."""
    yield from _two_things(transcript)
    yield from _backwards(transcript)


def _two_things(transcript: Transcript) -> Iterator[Problem]:
    things: dict[str, str] = {}
    for line, value, thing in _things(transcript.exchanges):
        before = things.setdefault(value, thing)
        if before != thing:
            what = f"{value} is an id of the {thing} here, and of the {before} above"
            yield Problem(transcript.path, line, what, _INSTEAD)


def _things(exchanges: Iterable[Exchange]) -> Iterator[tuple[int, str, str]]:
    """Yield (line, id, what it is the id of) wherever that can be told."""
    for exchange in exchanges:
        head, started = "", exchange.typed.startswith(("docker run -d", "docker create"))
        for line, output in enumerate(exchange.output, exchange.line + len(exchange.command)):
            heads = (kind for start, kind in _TABLES.items() if output.text.startswith(start))
            head = next(heads, head)
            found = _ID.search(output.text) if head else _ALONE.fullmatch(output.text)
            if found and (head or started):
                yield line, found[0][:12], head or "container"


def _backwards(transcript: Transcript) -> Iterator[Problem]:
    """Yield times before those that had been printed when their container was made."""
    latest = datetime.min.replace(tzinfo=UTC)
    made: dict[str, datetime] = {}
    for exchange in transcript.exchanges:
        typed = exchange.typed
        if named := _NAMED.match(typed):
            made[named[1]] = latest
        if not _AS_IT_HAPPENS.match(typed):
            continue
        rows = list(_times(exchange))
        logs = _LOGS.match(typed)
        floor = made.get(logs[1]) if logs else None
        for line, _, time in rows[:1]:
            if floor and time < floor:
                what = "a time before those printed when its container was not there yet"
                yield Problem(transcript.path, line, what, _INSTEAD)
        for (_, one, before), (line, other, after) in pairwise(rows):
            if one == other and after < before:
                what = "a time before that of the line above it"
                yield Problem(transcript.path, line, what, _INSTEAD)
        latest = max([latest, *(time for _, _, time in rows)])


_INSTEAD = "type `python -m scripts record --fresh`, and the example’s name"


def _times(exchange: Exchange) -> Iterator[tuple[int, tuple[str, ...], datetime]]:
    """Yield (line, the shape of what stands before the time, the time) for lines that say when."""
    for line, output in enumerate(exchange.output, exchange.line + len(exchange.command)):
        for token in tokens(output.text):
            if token.kind and token.kind.name == "time" and (time := moment(token.text)):
                yield line, shape(output.text.partition(token.text)[0]), time
                break


def moment(text: str) -> datetime | None:
    """Return when a date with a time of day is, to the second, in UTC unless it says otherwise."""
    if found := re.match(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)", text):
        return datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00")
    for form in _FORMATS:
        try:
            time = datetime.strptime(text, form)
        except ValueError:
            continue
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return None
