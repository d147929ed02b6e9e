"""An example: a folder with a transcript, captions in both languages, and the files it needs."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scripts import transcript
from scripts.errors import BadInput, Problem
from scripts.transcript import Transcript

OPTIONS_FILE = "example.toml"
TRANSCRIPT_FILE = "session.console"

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Title(_Strict):
    """What an example is called in one language."""

    title: str = Field(min_length=1)


class StepOptions(_Strict):
    """The captions of a step, and how it is run.

    `timeout` is in seconds. `eventually` repeats the step until it matches, for commands that
    change nothing. `needs = "hub"` says that only the original image can answer.
    """

    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)
    timeout: float = Field(default=60, gt=0, strict=False)
    eventually: bool = False
    needs: Literal["hub"] | None = None

    def caption(self, language: Language) -> str:
        """Return the one-line caption in a language."""
        return self.fr if language == "fr" else self.en


class LabOptions(_Strict):
    """What is out of the ordinary in the lab.

    `user` types the commands: alex is in the docker group, sam is not. `store` is where the
    engine keeps images: its own, or containerd's, which new installs of Docker 29 use.
    """

    user: Literal["alex", "sam"] = "alex"
    store: Literal["docker", "containerd"] = "docker"


class Options(_Strict):
    """The whole of `example.toml`."""

    fr: Title
    en: Title
    lab: LabOptions = LabOptions()
    steps: Mapping[str, StepOptions] = Field(default_factory=dict)


@dataclass(frozen=True)
class Example:
    """One folder of examples/, read and checked."""

    folder: Path
    options: Options
    transcript: Transcript

    @property
    def slug(self) -> str:
        """The name of the folder, which is the name of the example everywhere."""
        return self.folder.name

    def title(self, language: Language) -> str:
        """Return the title in a language."""
        return self.options.fr.title if language == "fr" else self.options.en.title

    @property
    def files(self) -> tuple[Path, ...]:
        """The native files, relative to the folder: what a reader has there before the start."""
        return native_files(self.folder)

    @property
    def digest(self) -> str:
        """A hash of all that a verdict depends on, to tell whether it still holds."""
        seen = hashlib.sha256()
        for name in (Path(OPTIONS_FILE), Path(TRANSCRIPT_FILE), *self.files):
            content = (self.folder / name).read_bytes()
            seen.update(f"{name}\0{len(content)}\0".encode() + content)
        return seen.hexdigest()


def native_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of an example other than its own two, sorted, relative to the folder."""
    ours = {OPTIONS_FILE, TRANSCRIPT_FILE}
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if str(path) not in ours))


def load_all(examples: Path, slugs: Iterable[str] = ()) -> list[Example]:
    """Read the examples of a folder: those named, or all of them, sorted by name.

    Raises BadInput with every problem of every example, also when none is selected.
    """
    available = _slugs(examples)
    chosen = sorted(set(slugs)) or available
    problems = [_unknown(examples, slug, available) for slug in chosen if slug not in available]
    if not chosen:
        path = examples / "<name>" / TRANSCRIPT_FILE
        problems.append(Problem(path, 1, "no example here", "create it, or name another folder"))
    loaded = []
    for slug in chosen if not problems else ():
        try:
            loaded.append(load(examples / slug))
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)
    return loaded


def _slugs(examples: Path) -> list[str]:
    if not examples.is_dir():
        return []
    return sorted(path.name for path in examples.iterdir() if path.is_dir())


def _unknown(examples: Path, slug: str, available: list[str]) -> Problem:
    instead = f"choose from: {', '.join(available)}" if available else "create it"
    return Problem(examples / slug / TRANSCRIPT_FILE, 1, "no such example", instead)


def load(folder: Path) -> Example:
    """Read one example. Raises BadInput with every problem in its two files."""
    problems: list[Problem] = []
    options = told = None
    try:
        options = _options(folder / OPTIONS_FILE)
    except BadInput as error:
        problems += error.problems
    try:
        told = transcript.parse(folder / TRANSCRIPT_FILE, _read(folder / TRANSCRIPT_FILE))
    except BadInput as error:
        problems += error.problems
    if options and told:
        problems += _unmatched(folder, options, told)
    if problems or not options or not told:
        raise BadInput(problems)
    return Example(folder, options, told)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        problem = Problem(path, 1, "no such file", "create it")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = Problem(path, line, "not UTF-8 text", "save the file as UTF-8")
    except OSError as error:
        problem = Problem(path, 1, f"cannot be read ({error.strerror})", "make it readable")
    raise BadInput([problem])


def _options(path: Path) -> Options:
    text = _read(path)
    try:
        return Options.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise BadInput([Problem(path, line, f"not TOML ({error})", "mend the line")]) from None
    except ValidationError as error:
        raise BadInput(_invalid(path, text, error)) from None


def _invalid(path: Path, text: str, error: ValidationError) -> Iterator[Problem]:
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
        yield Problem(path, line_of(text, keys), what, instead)


def _unmatched(folder: Path, options: Options, told: Transcript) -> Iterator[Problem]:
    """Every step has captions, and every caption a step."""
    named = {step.name for step in told.steps}
    for step in told.steps:
        if step.name not in options.steps:
            what = f"the step «{step.name}» has no caption"
            instead = f"add [steps.{step.name}] with fr = and en = to {OPTIONS_FILE}"
            yield Problem(told.path, step.line, what, instead)
    path = folder / OPTIONS_FILE
    text = path.read_text(encoding="utf-8")
    for name in options.steps:
        if name not in named:
            what = f"a caption for «{name}», which is no step of {TRANSCRIPT_FILE}"
            yield Problem(path, line_of(text, ["steps", name]), what, "remove it, or add the step")


def line_of(text: str, keys: list[str]) -> int:
    """Return the line of a TOML text on which a key, or else the table around it, is set.

    tomllib keeps no positions; example files are flat enough for a search to find them.
    """
    lines = text.split("\n")
    found = 1
    for depth in range(1, len(keys) + 1):
        table = re.compile(rf"\s*\[{re.escape('.'.join(keys[:depth]))}\]")
        key = re.compile(rf"\s*{re.escape(keys[depth - 1])}\s*=")
        for n in range(found - 1, len(lines)):
            if table.match(lines[n]) or key.match(lines[n]):
                found = n + 1
                break
    return found
