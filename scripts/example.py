"""An example: a folder with a transcript, captions in both languages, and the files it needs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field

from scripts import settings, transcript
from scripts.errors import BadInput, Problem
from scripts.kinds import shape
from scripts.settings import Strict, line_of
from scripts.transcript import Step, Transcript

FOLDER = Path("examples")  # where the examples of this project are
OPTIONS_FILE = "example.toml"
PRACTICE_FILE = "practice.toml"
GOALS_FILE = "goals.toml"
TRANSCRIPT_FILE = "session.console"
OVERRIDES = "session.*.console"  # what differs on an engine, by the engine's name

Need = Literal["hub", "internet", "limits"]
Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")


class Title(Strict):
    """What an example is called in one language."""

    title: str = Field(min_length=1)


class Caption(Strict):
    """What something does, in a line, in both languages."""

    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def caption(self, language: Language) -> str:
        """Return the one-line caption in a language."""
        return self.fr if language == "fr" else self.en


class StepOptions(Caption):
    """The captions of a step, and how it is run.

    `commands` are captions of single commands, where lists show them alone. Of several terminals
    in a section of a page, the `telling` ones are those that are seen at once.
    `timeout` is in seconds. `eventually` repeats the step until it matches, for commands that
    change nothing. `needs` says what not every machine has: "hub", the original image; "internet",
    to download packages; "limits", cgroups to limit and count what containers use. `equivalent`
    lists commands that would do as well here, each with the reason why (see mutation).
    """

    telling: bool = False
    timeout: float = Field(default=60, gt=0, strict=False)
    eventually: bool = False
    needs: Need | None = None
    equivalent: Mapping[str, str] = Field(default_factory=dict)
    commands: Mapping[str, Caption] = Field(default_factory=dict)


class LabOptions(Strict):
    """What is out of the ordinary in the lab.

    `user` types the commands: alex is in the docker group, sam is not. `store` is where the
    engine keeps images: its own, or containerd's, which new installs of Docker 29 use.
    """

    user: Literal["alex", "sam"] = "alex"
    store: Literal["docker", "containerd"] = "docker"


class Options(Strict):
    """The whole of `example.toml`."""

    fr: Title
    en: Title
    lab: LabOptions = LabOptions()
    steps: Mapping[str, StepOptions] = Field(default_factory=dict)


@dataclass(frozen=True)
class Example:
    """One folder of examples/, read and checked.

    `overrides` are the steps that show something else on another engine, by its name.
    """

    folder: Path
    options: Options
    transcript: Transcript
    overrides: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The name of the folder, which is the name of the example everywhere."""
        return self.folder.name

    def title(self, language: Language) -> str:
        """Return the title in a language."""
        return self.options.fr.title if language == "fr" else self.options.en.title

    def caption(self, step: Step, typed: str) -> Caption | None:
        """Return what a command of a step does; None if the step's caption is about more.

        Ids and names that Docker makes up are other ones after every recording.
        """
        options = self.options.steps[step.name]
        own = {shape(command): caption for command, caption in options.commands.items()}
        alone = {shape(command) for command in step.typed} == {shape(typed)}
        return own.get(shape(typed), options if alone else None)

    @property
    def files(self) -> tuple[Path, ...]:
        """The native files, relative to the folder: what a reader has there before the start."""
        return native_files(self.folder)

    def on(self, engine: str) -> Example:
        """Return the example as it is on an engine: with the steps that differ there."""
        return replace(self, transcript=self.transcript.with_steps(self.overrides.get(engine, ())))

    @cached_property
    def digest(self) -> str:
        """A hash of all that a verdict depends on, to tell whether it still holds.

        That is the transcript, the files and how they are run, and not what it is called.
        """
        seen = hashlib.sha256(self.options.lab.model_dump_json().encode())
        for step, options in sorted(self.options.steps.items()):
            how = options.model_dump_json(include={"timeout", "eventually", "needs"})
            seen.update(f"{step}\0{how}\0".encode())
        contents = {str(name): (self.folder / name).read_bytes() for name in self.files}
        contents[TRANSCRIPT_FILE] = self.transcript.write().encode()
        for name, content in sorted(contents.items()):
            seen.update(f"{name}\0{len(content)}\0".encode() + content)
        return seen.hexdigest()


def native_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of an example other than its own, sorted, relative to the folder."""
    own = (OPTIONS_FILE, TRANSCRIPT_FILE, PRACTICE_FILE, GOALS_FILE)
    ours = {*(folder / name for name in own), *folder.glob(OVERRIDES)}
    found = (path for path in folder.rglob("*") if path.is_file() and path not in ours)
    return tuple(sorted(path.relative_to(folder) for path in found))


def transcript_file(example: Example, engine: str, usual: str) -> Path:
    """Return the file that says what an engine shows; all but the usual one differ from it."""
    name = TRANSCRIPT_FILE if engine == usual else OVERRIDES.replace("*", engine)
    return example.folder / name


def load_all(examples: Path, slugs: Iterable[str] = ()) -> list[Example]:
    """Read the examples of a folder: those named, or all of them, sorted by name.

    Raises BadInput with every problem of every example, also when none is selected.
    """
    available = _slugs(examples)
    chosen = sorted(set(slugs)) or available
    problems = [_unknown(examples, slug, available) for slug in chosen if slug not in available]
    problems += _same_elsewhere(examples, available)
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


def _same_elsewhere(examples: Path, available: Iterable[str]) -> Iterator[Problem]:
    """Two names that differ by case are one on a Mac, and on Windows."""
    known: dict[str, str] = {}
    for slug in available:
        other = known.setdefault(slug.casefold(), slug)
        if other != slug:
            what = f"its name differs from «{other}» by case only"
            yield Problem(examples / slug / TRANSCRIPT_FILE, 1, what, "give it another name")


def _unknown(examples: Path, slug: str, available: list[str]) -> Problem:
    instead = f"choose from: {', '.join(available)}" if available else "create it"
    return Problem(examples / slug / TRANSCRIPT_FILE, 1, "no such example", instead)


def load(folder: Path) -> Example:
    """Read one example. Raises BadInput with every problem in its two files."""
    problems = [*_links_out(folder)]
    options = told = None
    try:
        options = settings.read(folder / OPTIONS_FILE, Options)
    except BadInput as error:
        problems += error.problems
    try:
        told = transcript.parse(folder / TRANSCRIPT_FILE, settings.text(folder / TRANSCRIPT_FILE))
    except BadInput as error:
        problems += error.problems
    overrides: dict[str, tuple[Step, ...]] = {}
    if options and told:
        problems += _unmatched(folder, options, told)
        for path in sorted(folder.glob(OVERRIDES)):
            try:
                overrides[path.name.split(".")[1]] = _override(path, told)
            except BadInput as error:
                problems += error.problems
    if problems or not options or not told:
        raise BadInput(problems)
    return Example(folder, options, told, overrides)


def _links_out(folder: Path) -> Iterator[Problem]:
    """What is typed reaches the files of its example, and no other of this machine."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
            what = f"a link out of the example, to {path.readlink()}"
            yield Problem(path, 1, what, "put the file itself there")


def _override(path: Path, told: Transcript) -> tuple[Step, ...]:
    """Read the steps that show something else on an engine. Raises BadInput."""
    steps = transcript.parse(path, settings.text(path)).steps
    originals = {step.name: step for step in told.steps}
    problems = []
    for step in steps:
        original = originals.get(step.name)
        if original is None:
            what = f"«{step.name}» is no step of {TRANSCRIPT_FILE}"
            problems.append(Problem(path, step.line, what, "remove it, or mend its name"))
        elif step.same_as(original):
            what = f"the step «{step.name}» is the one of {TRANSCRIPT_FILE}"
            problems.append(Problem(path, step.line, what, "remove it: it is inherited"))
        elif step.typed != original.typed:
            what = f"the step «{step.name}» types something else than in {TRANSCRIPT_FILE}"
            problems.append(Problem(path, step.line, what, "type the same on every engine"))
    if problems:
        raise BadInput(problems)
    return steps


def _unmatched(folder: Path, options: Options, told: Transcript) -> Iterator[Problem]:
    """Every step has captions, and every caption a step."""
    named = {step.name for step in told.steps}
    for step in told.steps:
        if step.name not in options.steps:
            what = f"the step «{step.name}» has no caption"
            instead = f"add [steps.{step.name}] with fr = and en = to {OPTIONS_FILE}"
            yield Problem(told.path, step.line, what, instead)
    path = folder / OPTIONS_FILE
    text = settings.text(path)
    for name in options.steps:
        if name not in named:
            what = f"a caption for «{name}», which is no step of {TRANSCRIPT_FILE}"
            yield Problem(path, line_of(text, ["steps", name]), what, "remove it, or add the step")
    for step in told.steps:
        typed = set(map(shape, step.typed))
        for command in options.steps[step.name].commands if step.name in options.steps else ():
            if shape(command) not in typed:
                what = f"a caption for «{command}», which the step «{step.name}» does not type"
                line = line_of(text, ["steps", step.name, "commands"])
                yield Problem(path, line, what, "mend the command, or remove the caption")
