"""Evidence: all that examples type, print and ship, to hold what pages say against.

The project's own commands, which only the README names, are typed by the script that CI runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Literal

from scripts.example import Example

# A placeholder of a synopsis: HOST, CONTAINER, and the French ones, CONTENEUR, HÔTE.
_PLACEHOLDER = re.compile(r"[A-ZÀ-Ý]{2,}")


@dataclass(frozen=True)
class Fact:
    """A text that an example vouches for, and where: `slug#step`, or `slug/file:line`."""

    kind: Literal["command", "file", "output", "name"]
    text: str
    where: str


class Evidence:
    """Everything that the examples vouch for."""

    def __init__(self, examples: Iterable[Example], script: Path) -> None:
        self.facts = [fact for one in examples for fact in _facts(one)]
        lines = enumerate(script.read_text(encoding="utf-8").splitlines(), 1)
        self.facts += (Fact("command", line, f"{script.name}:{n}") for n, line in lines if line)
        self._found: dict[str, Fact | None] = {}

    @cached_property
    def programs(self) -> set[str]:
        """The programs that examples type commands of."""
        return {fact.text.split()[0] for fact in self.facts if fact.kind == "command"}

    def shown(self) -> str:
        """Return all that appeared on screens, as one text."""
        return "\n".join(fact.text for fact in self.facts if fact.kind == "output")

    def find(self, text: str) -> Fact | None:
        """Return who vouches for a text: a command that it starts is better than any other."""
        if text not in self._found:
            words = _whole(text)
            # Most facts are told apart by looking for the text alone, which costs far less.
            found = (fact for fact in self.facts if text in fact.text and words.search(fact.text))
            self._found[text] = min(found, key=lambda fact: _rank(fact, text), default=None)
        return self._found[text]

    def find_synopsis(self, text: str) -> Fact | None:
        """Return a command, or a line of a file, that is written as a synopsis says.

        It starts with the same words, up to the first option or PLACEHOLDER, and has every
        other word and option that is no placeholder.
        """
        words = text.split()
        start = list(takewhile(lambda word: not _is_variable(word), words[1:]))
        # A Dockerfile's instructions are in capitals, and no placeholders.
        start = start if words[0].startswith("-") else [words[0], *start]
        rest = [word.strip("[]").partition("=")[0] for word in words[len(start) :]]
        wanted = [_whole(word) for word in rest if word and not _PLACEHOLDER.search(word)]
        for fact in self.facts:
            starts = fact.kind in ("command", "file") and _starts(fact.text, " ".join(start))
            if starts and all(word.search(fact.text) for word in wanted):
                return fact
        return None


def _facts(example: Example) -> Iterator[Fact]:
    yield Fact("name", example.slug, example.slug)
    # What another engine shows counts, too.
    others = (step for steps in example.overrides.values() for step in steps)
    for step in (*example.transcript.steps, *others):
        where = f"{example.slug}#{step.name}"
        for exchange in step.exchanges:
            yield Fact("command", exchange.typed, where)
            for output in exchange.output:
                yield Fact("output", output.text, where)
    for name in example.files:
        where = f"{example.slug}/{name}"
        yield Fact("name", str(name), where)
        text = (example.folder / name).read_text(encoding="utf-8")
        for n, line in enumerate(text.splitlines(), 1):
            yield Fact("file", line.strip(), f"{where}:{n}")


def _whole(text: str) -> re.Pattern[str]:
    """Match a text where it is not part of a longer word; `:ro` may well be."""
    before = r"(?<![\w-])" if re.match(r"[\w-]", text) else ""
    after = r"(?![\w-])" if re.search(r"[\w-]$", text) else ""
    return re.compile(before + re.escape(text) + after)


def _starts(text: str, start: str) -> bool:
    return not start or f"{text} ".startswith(f"{start} ")


def _rank(fact: Fact, text: str) -> tuple[bool, bool, int]:
    return fact.kind != "command", not _starts(fact.text, text), len(fact.text)


def _is_variable(word: str) -> bool:
    return word.startswith(("-", "[")) or _PLACEHOLDER.search(word) is not None
