"""Kinds of value that differ on every run: ids, ages, sizes, addresses, generated names …

An expected line carries a plausible value; a seen line matches with any value of the same kind
in that place. Kinds that name a thing bind: the same value must stand for the same thing
through the whole session.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# The first half of the names that Docker makes up (moby/moby, internal/namesgenerator).
# The list keeps words such as no_proxy from being taken for one.
_ADJECTIVES = """
admiring adoring affectionate agitated amazing angry awesome beautiful blissful bold boring brave
busy charming clever compassionate competent condescending confident cool cranky crazy dazzling
determined distracted dreamy eager ecstatic elastic elated elegant eloquent epic exciting fervent
festive flamboyant focused friendly frosty funny gallant gifted goofy gracious great happy hardcore
heuristic hopeful hungry infallible inspiring intelligent interesting jolly jovial keen kind
laughing loving lucid magical modest musing mystifying naughty nervous nice nifty nostalgic
objective optimistic peaceful pedantic pensive practical priceless quirky quizzical recursing
relaxed reverent romantic sad serene sharp silly sleepy stoic strange stupefied suspicious sweet
tender thirsty trusting unruffled upbeat vibrant vigilant vigorous wizardly wonderful xenodochial
youthful zealous zen
""".split()

_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d+)?"
_ZONE = r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d)"
_TIMES = (
    rf"\d{{4}}-\d\d-\d\d[T ]{_CLOCK}(?: ?{_ZONE})*",  # RFC 3339, and Go's own
    rf"\d{{4}}/\d\d/\d\d {_CLOCK}",  # nginx
    rf"\d\d/{_MONTH}/\d{{4}}:{_CLOCK} [+-]\d{{4}}",  # web servers' access logs
    rf"\d\d/{_MONTH}/\d{{4}} {_CLOCK}",  # Python's
    rf"{_DAY}, \d\d {_MONTH} \d{{4}} {_CLOCK} GMT",  # HTTP headers
    rf"{_DAY} {_MONTH} +\d\d? {_CLOCK} (?:[A-Z]{{3,4}} )?\d{{4}}",  # date
    rf"{_MONTH} +\d\d? +(?:\d\d:\d\d|\d{{4}})",  # ls -l
    r"\d{4}-\d\d-\d\d",
    _CLOCK,
)
_UNIT = r"(?:second|minute|hour|day|week|month|year)s?"
_AGES = (rf"\d+ {_UNIT}", rf"About an? {_UNIT}", "Less than a second")
# The last is how BuildKit starts each line of a log.
_DURATIONS = (
    r"(?:\d+h)?\d+m\d+(?:\.\d+)?s",
    r"\d+(?:\.\d+)?(?:ms|µs|ns|s)",
    r"\d+(?:\.\d+)? ms",
    r"^\d+\.\d{3}(?= |$)",
)
# Where the kernel takes free ports from: 32768 to 60999.
_FREE_PORT = r"(?:32(?:7[67]|[89]\d)\d|3[3-9]\d{3}|[45]\d{4}|60\d{3})(?!\d)"


@dataclass(frozen=True)
class Kind:
    """A kind of volatile value: how it looks, and what binds (its `space`), if it does.

    Ids and digests share a space, as an image's id is the start of its digest.
    """

    name: str
    pattern: str
    space: str | None = None


KINDS = (
    Kind("time", "|".join(_TIMES)),
    # BuildKit's name for what it could not copy.
    Kind("ref", r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-z]{25})::[0-9a-z]{25}"),
    # An entry of the build cache.
    Kind("cache", r"(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{25}"),
    # What ps -ef says of a process: its id, its parent's, its share of a processor, its start.
    Kind("process", r"\d+ +\d+ +\d+ +\d\d:\d\d(?= +\S+ +\d\d:\d\d:\d\d)"),
    Kind("digest", r"sha256:[0-9a-f]{12,64}", "id"),
    Kind("stub", r"sha256:[0-9a-f]{1,11}"),  # BuildKit cut the row in the middle of it
    Kind("id", r"[0-9a-f]{64}|[0-9a-f]{12}", "id"),
    Kind("mac", r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", "address"),
    # Not 127.* and 0.0.0.0, which mean the same on every machine.
    Kind("address", r"(?!127\.|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}", "address"),
    Kind("address6", r"f[de][0-9a-f]{2}:[0-9a-f:]+", "address"),  # link-local, unique local
    Kind("port", rf"(?<=:){_FREE_PORT}", "port"),
    # The one that a client asks from, as curl -v says.
    Kind("client", rf"(?<= port ){_FREE_PORT}"),
    # The engine tries both families, and which of them fails first differs.
    Kind(
        "listener",
        r"(?:0\.0\.0\.0|\[?::\]?)"
        r"(?=:\d+ failed: port is already allocated|:\d+(?:/\w+)?: address already in use"
        r"|:\d+:\S+: address already in use)",
    ),
    Kind("name", rf"(?:{'|'.join(_ADJECTIVES)})_[a-z]+\d?", "name"),
    Kind("age", "|".join(_AGES)),
    Kind("duration", "|".join(_DURATIONS)),
    # A push says the size of the manifest, without a unit.
    Kind("size", r"\d+(?:\.\d+)? ?(?:[kKMGT]i?B|B)|(?<=size: )\d+"),
    Kind("percentage", r"\d+(?:\.\d+)?%"),
)
_BY_NAME = {kind.name: kind for kind in KINDS}
# A value is a whole word: neither letters, digits nor underscores touch it.
_ANY = re.compile(
    r"(?<!\w)(?:" + "|".join(f"(?P<{kind.name}>{kind.pattern})" for kind in KINDS) + r")(?!\w)"
)

# BuildKit cuts what it does, to leave room for how long it took: a digit more, a letter less.
# What is left for certain at 80 columns, with a time of up to 9999.9s. Of a layer it cuts the
# digest, and keeps how much there is.
_BUILD_ROW = re.compile(r"^(?P<name> => (?!=> sha256:).{67}).*?(?P<time> +\d+\.\ds)$")


@dataclass(frozen=True)
class Token:
    """A piece of a line: literal text (no kind), or a volatile value."""

    text: str
    kind: Kind | None = None


@lru_cache(maxsize=65536)
def tokens(line: str) -> tuple[Token, ...]:
    """Split a line into literal texts and volatile values; joined, they are the line."""
    found = []
    end = 0
    for match in _ANY.finditer(line):
        if match.start() > end:
            found.append(Token(line[end : match.start()]))
        assert match.lastgroup is not None
        found.append(Token(match[0], _BY_NAME[match.lastgroup]))
        end = match.end()
    if end < len(line):
        found.append(Token(line[end:]))
    return tuple(found)


@lru_cache(maxsize=65536)
def shape(line: str) -> tuple[str, ...]:
    """Return what must be equal for two lines to match: literal texts, and kinds of values.

    A run of spaces counts as one, and spaces at the end of a line count for nothing.
    """
    parts = [f"\0{t.kind.name}" if t.kind else t.text for t in tokens(_compared(line))]
    return tuple(re.sub(r" +", " ", part) for part in parts)


def _compared(line: str) -> str:
    """Return the part of a line that counts."""
    return _BUILD_ROW.sub(r"\g<name>\g<time>", line.rstrip())


def pattern(line: str) -> re.Pattern[str]:
    """Return a regular expression for lines with other values of the same kinds."""
    return re.compile(
        "".join(f"(?:{t.kind.pattern})" if t.kind else re.escape(t.text) for t in tokens(line))
    )


class Bindings:
    """Which value of this run stands for which value of the transcript, one to one."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], str] = {}
        self._expected: dict[tuple[str, str], str] = {}

    def copy(self) -> Bindings:
        """Return bindings of its own that know the same."""
        other = Bindings()
        other._seen, other._expected = dict(self._seen), dict(self._expected)
        return other

    def bind(self, expected: str, seen: str) -> bool:
        """Take two lines of one shape for the same line; False if that contradicts an earlier one.

        After False the bindings may hold part of the line: bind on a copy.
        """
        pairs = zip(tokens(_compared(expected)), tokens(_compared(seen)), strict=True)
        return all(
            self._bind_value(old.kind.space, old.text, new.text)
            for old, new in pairs
            if old.kind and old.kind.space
        )

    def _bind_value(self, space: str, expected: str, seen: str) -> bool:
        for old, new in zip(_names(space, expected), _names(space, seen), strict=False):
            if self._seen.setdefault((space, old), new) != new:
                return False
            if self._expected.setdefault((space, new), old) != old:
                return False
        return True

    def adopt(self, command: str) -> None:
        """Take values that an author typed, and that stand for nothing yet, for themselves."""
        for token in tokens(command):
            space = token.kind.space if token.kind else None
            if space and (space, _names(space, token.text)[0]) not in self._seen:
                self._bind_value(space, token.text, token.text)

    def to_seen(self, line: str) -> str:
        """Return a line of the transcript with this run's own values in it."""
        return _translated(line, self._seen)

    def to_expected(self, line: str) -> str:
        """Return a line of the run with the transcript's values in it."""
        return _translated(line, self._expected)


def _names(space: str, text: str) -> list[str]:
    """Return what a value is known by: an id, its first 12 digits, and all of it if longer."""
    if space != "id":
        return [text]
    digits = text.removeprefix("sha256:")
    return [digits[:12], digits] if len(digits) == 64 else [digits[:12]]


def _translated(line: str, values: dict[tuple[str, str], str]) -> str:
    return "".join(_translate(token, values) for token in tokens(line))


def _translate(token: Token, values: dict[tuple[str, str], str]) -> str:
    space = token.kind.space if token.kind else None
    if not space:
        return token.text
    name = _names(space, token.text)[-1]
    cut = token.text.removeprefix("sha256:")
    if space == "id" and len(name) < len(cut) < 64:
        # What BuildKit cut short to fit the window keeps its length, and is of one id.
        whole = next((id_ for kind, id_ in values if kind == space and id_.startswith(cut)), None)
        if whole:
            return token.text.replace(cut, values[space, whole][: len(cut)], 1)
    return token.text.replace(name, values.get((space, name), name), 1)
