"""Settings: a TOML file held against a model, with the line of whatever is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from scripts.errors import BadInput, Problem


class Strict(BaseModel):
    """A table of a file: no key that is not named, no value of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Model = TypeVar("Model", bound=Strict)

# What nobody sees, though it changes what is typed or how it reads: control characters, spaces of
# no width, turns of the direction of writing, breaks of lines that are none to most programs.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


def text(path: Path) -> str:
    """Read a text, with ends of lines and a byte order mark of any system.

    Raises BadInput where it is missing, not UTF-8, or where something in it cannot be seen.
    """
    try:
        found = path.read_text(encoding="utf-8-sig")
        if not _UNSEEN.search(found):
            return found
        raise BadInput(_unseen(path, found))
    except FileNotFoundError:
        problem = Problem(path, 1, "no such file", "create it")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = Problem(path, line, "not UTF-8 text", "save the file as UTF-8")
    except OSError as error:
        problem = Problem(path, 1, f"cannot be read ({error.strerror})", "make it readable")
    raise BadInput([problem])


def _unseen(path: Path, found: str) -> Iterator[Problem]:
    for n, line in enumerate(found.split("\n"), 1):
        for character in sorted(set(_UNSEEN.findall(line))):
            what = f"a character that nobody sees, U+{ord(character):04X}"
            yield Problem(path, n, what, "remove it")


def read(path: Path, model: type[Model]) -> Model:
    """Read a TOML file into a model. Raises BadInput with every line that is wrong."""
    source = text(path)
    try:
        return model.model_validate(tomllib.loads(source))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else source.count("\n") + 1
        raise BadInput([Problem(path, line, f"not TOML ({error})", "mend the line")]) from None
    except ValidationError as error:
        raise BadInput(_invalid(path, source, error)) from None


def _invalid(path: Path, source: str, error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors():
        keys = [str(key) for key in detail["loc"]]
        table, key = ".".join(keys[:-1]), keys[-1]
        if detail["type"] == "extra_forbidden":
            what, instead = f"unknown key «{key}»", "remove it, or mend its spelling"
        elif detail["type"] == "missing":
            where = f"[{table}]" if table else "the file"
            what, instead = f"no «{key}» in {where}", f"add it to {where}"
        else:
            what, instead = f"«{'.'.join(keys)}»: {detail['msg']}", "mend the value"
        yield Problem(path, line_of(source, keys), what, instead)


def line_of(text: str, keys: list[str]) -> int:
    """Return the line of a TOML text on which a key, or else the table around it, is set.

    A number among the keys counts the tables of an array. tomllib keeps no positions; our files
    are flat enough for a search to find them.
    """
    lines = text.split("\n")
    found, end = 1, len(lines)
    for depth, last in enumerate(keys, 1):
        names = re.escape(".".join(key for key in keys[:depth] if not key.isdigit()))
        place = re.compile(rf"\s*\[{names}\]|\s*{re.escape(last)}\s*=")
        count = 0
        if last.isdigit():
            place, count = re.compile(rf"\s*\[\[{names}\]\]"), int(last)
        places = [n for n, line in enumerate(lines[:end], 1) if n >= found and place.match(line)]
        if count < len(places):
            found = places[count]
            # What belongs to it stands before the next table that is not below it.
            other = re.compile(rf"\s*\[(?!\[?{names}\.)")
            after = (n for n, line in enumerate(lines[found:], found) if other.match(line))
            end = next(after, len(lines))
    return found
