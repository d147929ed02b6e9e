"""Prose: spelling, typography, and the words that the site has settled on, in both languages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from scripts import settings
from scripts.check.texts import Text
from scripts.errors import Problem
from scripts.example import Language
from scripts.lab import host
from scripts.page import HOLE

# Debian's dictionaries; the English of the site is British.
DICTIONARIES: dict[Language, str] = {"fr": "fr", "en": "en_GB"}
PACKAGES = {"fr": "hunspell-fr", "en": "hunspell-en-gb"}

_SPACE = "\u00a0\u202f"  # no-break spaces: the common one, and the narrow one
_WORD = re.compile(r"[^\W\d_]+(?:’[^\W\d_]+)*")
_QUOTE = re.compile(r"«[\s\u00a0\u202f]*(.*?)[\s\u00a0\u202f]*»|“(.*?)”")
_ADDRESS = re.compile(r"\b(?:https?://)?[\w-]+(?:\.[\w-]+)+(?:/\S*)?")  # docker.io, a.b/c
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu)’", re.IGNORECASE)


@dataclass(frozen=True)
class Rule:
    """A rule of typography: what must not be found, what it is, what to write instead."""

    pattern: re.Pattern[str]
    what: str
    instead: str


def _rule(pattern: str, what: str, instead: str) -> Rule:
    return Rule(re.compile(pattern), what, instead)


_BOTH = (
    _rule(r"'", "a straight apostrophe", "write ’"),
    _rule(r"\.\.\.", "three dots", "write …"),
    _rule(rf"(?<=\S)[ {_SPACE}]{{2,}}(?=\S)", "two spaces", "write one"),
    _rule(r" -{1,2} ", "a hyphen used as a dash", "write – between spaces, or another sentence"),
)
RULES: dict[Language, tuple[Rule, ...]] = {
    "fr": (
        *_BOTH,
        _rule(r"[\"“”]", "a quotation mark that is not French", "write «\u00a0…\u00a0»"),
        _rule(
            rf"(?:^|[^{_SPACE}:!?#])[:;!?](?=\s|$|[»)])|[^{_SPACE}]»|«(?![{_SPACE}])",
            "no no-break space beside : ; ! ? or guillemets",
            "put U+00A0 there",
        ),
        _rule(r"\d (?:%|€|[kMGT]?o\b)", "a unit that can be parted from its number", "put U+00A0"),
    ),
    "en": (
        *_BOTH,
        _rule(r"\"", "a straight quotation mark", "write “…”"),
        _rule(r"[«»]", "a French quotation mark", "write “…”"),
        _rule(rf"[\s{_SPACE}][:;!?](?=\s|$)", "a space before : ; ! ?", "remove it"),
    ),
}


class Vocabulary(settings.Strict):
    """The words of a language: those that no dictionary has, and those never to be used.

    `never` maps a pattern to what to write instead.
    """

    known: Sequence[str] = ()
    never: Mapping[str, str] = Field(default_factory=dict)


class Words(settings.Strict):
    """The whole of docs/words.toml; `both` holds names, the same in both languages."""

    both: Sequence[str] = ()
    fr: Vocabulary = Vocabulary()
    en: Vocabulary = Vocabulary()

    def vocabulary(self, language: Language) -> Vocabulary:
        """Return the words of a language."""
        return self.fr if language == "fr" else self.en


def load(path: Path) -> Words:
    """Read docs/words.toml. Raises BadInput with what is wrong in it."""
    return settings.read(path, Words)


def without_quotes(texts: Iterable[Text], is_quote: Callable[[str], bool]) -> Iterator[Text]:
    """Yield the texts with a hole in place of what they quote from a screen, in its own words."""
    for text in texts:

        def hole(found: re.Match[str]) -> str:
            quote = found[1] or found[2] or ""
            parts = [part.strip() for part in quote.split("…") if part.strip()]
            return HOLE if parts and all(map(is_quote, parts)) else found[0]

        yield replace(text, text=_QUOTE.sub(hole, text.text))


def typography(texts: Iterable[Text]) -> Iterator[Problem]:
    """Yield what typographers would mark."""
    for text in texts:
        for rule in RULES[text.language]:
            if found := rule.pattern.search(text.text):
                near = text.text[max(0, found.start() - 15) : found.end() + 15].replace(HOLE, "…")
                yield Problem(text.path, text.line, f"{rule.what} in «{near}»", rule.instead)


def vocabulary(texts: Iterable[Text], words: Words) -> Iterator[Problem]:
    """Yield the words that the site has settled never to use."""
    for text in texts:
        for pattern, instead in words.vocabulary(text.language).never.items():
            found = _never(pattern).search(text.text)
            if found and not found[0].isupper():  # EXPOSE is an instruction
                what = f"«{found[0]}» is not a word of this site"
                yield Problem(text.path, text.line, what, f"write {instead}")


@lru_cache
def _never(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/.-])(?:{pattern})(?![\w/]|[.-]\w)", re.IGNORECASE)


def spelling(texts: Sequence[Text], words: Words, path: Path) -> Iterator[Problem]:
    """Yield the words that neither hunspell nor the project's list knows, with their places.

    `path` is where the list is; words of it that nothing uses are a problem, too. Raises
    MachineError where hunspell or a dictionary is missing and cannot be installed.
    """
    source = path.read_text(encoding="utf-8")
    used: set[str] = set()
    for language in DICTIONARIES:
        own = (text for text in texts if text.language == language)
        places = [(text, word) for text in own for word in _words(text)]
        unknown = _unknown(language, {word for _, word in places})
        listed = {*words.both, *words.vocabulary(language).known}
        used |= unknown & listed
        for text, word in places:
            if word in unknown - listed:
                what = f"«{word}» is in no {_NAMES[language]} dictionary"
                instead = f"mend it, or add it to {path.name}"
                yield Problem(text.path, text.line, what, instead)
    for word in {*words.both, *words.fr.known, *words.en.known} - used:
        line = source[: source.find(f'"{word}"')].count("\n") + 1
        yield Problem(path, line, f"no text needs «{word}»", "remove it")


_NAMES = {"fr": "French", "en": "English"}


def _words(text: Text) -> Iterator[str]:
    for word in _WORD.findall(_ADDRESS.sub(" ", text.text)):
        bare = _ELISION.sub("", word) if text.language == "fr" else word.removesuffix("’s")
        if len(bare) > 1 and not bare.isupper():  # names of instructions, acronyms
            yield bare


def _unknown(language: Language, words: Iterable[str]) -> set[str]:
    """Ask hunspell for the words that it does not know."""
    _require(language)
    done = subprocess.run(
        ["hunspell", "-d", DICTIONARIES[language], "-i", "utf-8", "-l"],
        input="\n".join(sorted(words)).replace("’", "'"),
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    return {word.replace("'", "’") for word in done.stdout.split()}


def _require(language: Language) -> None:
    """Install hunspell and a dictionary where they are missing."""
    if not _can_spell(language):
        host.install(["hunspell", PACKAGES[language]], lambda: _can_spell(language))


def _can_spell(language: Language) -> bool:
    return bool(shutil.which("hunspell")) and _has_dictionary(language)


def _has_dictionary(language: Language) -> bool:
    folders = (Path("/usr/share/hunspell"), Path("/usr/share/myspell/dicts"))
    return any((folder / f"{DICTIONARIES[language]}.aff").exists() for folder in folders)


def count(texts: Iterable[Text]) -> Counter[Language]:
    """Return how many words the texts of each language have."""
    return Counter(text.language for text in texts for _ in _WORD.findall(text.text))
