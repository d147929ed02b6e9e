"""A desk: a practice on a machine, in front of a new engine that is asked what has been reached.

A lab is brought to the situation, and its shell handed to the person at the terminal. Whenever the
shell is about to show its prompt, the engine gives account of itself (see state), and what has been
reached is said above the prompt. The shell knows some words more, which it passes on as marks.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from scripts import exercises, page, practice
from scripts.example import LANGUAGES, Example, Language
from scripts.inspection import observe
from scripts.lab import host
from scripts.lab.lab import Lab
from scripts.practice import Exercise
from scripts.terminal import Terminal
from scripts.verify import Verifier, session_in, type_step
from scripts.words import say

ONWARDS = ("reset", "next")  # words with which a desk is left for a new one
WORDS = ("goals", "hint", "solution", *ONWARDS)
PROMPT = b"\x1b]133;A"  # the mark with which the shell announces its prompt
_SAID = re.compile(rb"\x1b\]133;P;(\w+)\x07")
_OUTPUT = re.compile(rb".*\x1b\]133;C\x07", re.DOTALL)  # what stands before a command's output


def to_practise(examples: Sequence[Example], docs: Path) -> list[Exercise]:
    """Return the practices, then the exercises, in the order in which pages of `docs` show them.

    A practice that no page shows comes last. Raises BadInput with what cannot be read.
    """
    pages = {language: page.pages(docs, language) for language in LANGUAGES}
    by_name = (pages["en"][slug] for slug in sorted(pages["en"]))
    calls = [call.arguments[0] for one in by_name for call in one.calls if call.name == "practice"]
    order = {slug: n for n, slug in enumerate(calls)}
    practices = practice.load_all(examples)
    practices.sort(key=lambda one: order.get(one.example.slug, len(order)))
    there = {language: pages[language][exercises.PAGE] for language in LANGUAGES}
    return [*practices, *exercises.load(examples, there)]


class Progress:
    """The practices that somebody has finished, kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def done(self) -> set[str]:
        """Their names; what cannot be read counts as nothing."""
        try:
            return {str(slug) for slug in json.loads(self._path.read_text(encoding="utf-8"))}
        except (OSError, ValueError, TypeError):
            return set()

    def add(self, slug: str) -> None:
        """Note that one is finished."""
        self._path.write_text(json.dumps(sorted(self.done | {slug})), encoding="utf-8")

    def forget(self) -> None:
        """Begin anew."""
        self._path.unlink(missing_ok=True)


def practise_all(
    verifier: Verifier, left: Sequence[Exercise], language: Language, progress: Progress
) -> None:
    """Have one practised after the other, until somebody leaves; say it when none is left.

    Raises MachineError if a lab does not start.
    """
    while left:
        word = practise(verifier, left[0], language, progress)
        if word not in ONWARDS:
            return
        left = left[word == "next" :]
    host.say(say("desk none left", language))


def practise(verifier: Verifier, exercise: Exercise, language: Language, progress: Progress) -> str:
    """Have one practised, and return the word with which it was left; '' if the shell ended.

    Raises MachineError if the lab does not start.
    """
    example = exercise.example
    with verifier.lab(example) as lab:
        with session_in(lab, example) as session:
            for step in exercise.setup:
                type_step(session, step, example.options.steps[step.name], lab.pace)
        user = example.options.lab.user
        for name in exercise.hidden:
            lab.path(f"/home/{user}/{example.slug}/{name}").unlink()
        with Terminal(lab.shell(example.slug, user, WORDS)) as terminal:
            desk = Desk(lab, exercise, language, progress)
            terminal.interact(desk.pass_on)
            return desk.left


class Desk:
    """Watches what a shell prints, and says above each prompt what has been reached.

    `left` is the word with which it is to be left, reset or next, once it was typed.
    """

    def __init__(
        self, lab: Lab, exercise: Exercise, language: Language, progress: Progress
    ) -> None:
        self._lab = lab
        self._exercise = exercise
        self._language = language
        self._progress = progress
        self._goals = exercise.practice.goals
        self._reached = 0
        self._shown: set[int] = set()  # goals about what is printed: once seen, they are met
        self._held = b""  # what may be the beginning of a mark
        self._printed = b""  # since the last prompt
        self._begun = False
        self.left = ""

    def pass_on(self, data: bytes) -> bytes | None:
        """Return what to show of what the shell has printed; None when it is to be left."""
        shown, rest = b"", self._held + data
        while PROMPT in rest:
            before, _, rest = rest.partition(PROMPT)
            said = self._look(self._printed + before)
            if self.left:
                return None
            shown += before + said + PROMPT
            self._printed = b""
        starts = (PROMPT[:n] for n in range(len(PROMPT), -1, -1))
        self._held = next(start for start in starts if rest.endswith(start))
        rest = rest.removesuffix(self._held)
        self._printed += rest
        return shown + rest

    def _look(self, printed: bytes) -> bytes:
        """Return what is to be said above a prompt, after a command that printed this."""
        if not self._begun:
            self._begun = True
            return self._written(self._beginning())
        word = _SAID.search(printed)
        if word and word[1].decode() in ONWARDS:
            self.left = word[1].decode()
        elif word:
            return self._written(self._asked(word[1].decode()))
        shown = _OUTPUT.sub(b"", printed).decode(errors="replace")
        return self._written(self._news(shown))

    def _news(self, shown: str) -> list[Text]:
        """Say which goals have been reached since the last prompt, and whether those are all."""
        if self._reached == len(self._goals):
            return []
        account = observe(self._lab, self._exercise.practice.addresses)
        before = self._reached
        met = {n for n, goal in enumerate(self._goals) if goal.met(account, shown)}
        self._shown |= {n for n in met if self._goals[n].printed}
        while self._reached in met | self._shown:
            self._reached += 1
        news = [self._goal(n) for n in range(before, self._reached)]
        if self._reached == len(self._goals):
            self._progress.add(self._exercise.slug)
            words = self._exercise.practice.words(self._language)
            news += [self._say("practice over"), _styled(words.remember), self._say("desk next")]
        return news

    def _beginning(self) -> list[Text]:
        words = self._exercise.practice.words(self._language)
        return [
            Text(words.title, style="bold"),
            _styled(words.situation),
            *self._list(),
            self._say("desk words"),
        ]

    def _asked(self, word: str) -> list[Text]:
        if word == "solution":
            return [*self._files(), *(Text(one, style="bold") for one in self._exercise.solution)]
        if word == "hint" and self._reached < len(self._goals):
            return [_styled(self._goals[self._reached].hint.caption(self._language))]
        return self._list()

    def _list(self) -> list[Text]:
        """Return the goals, and that they count one after the other where there are several."""
        goals = [self._goal(n) for n in range(len(self._goals))]
        return [self._say("goals"), *goals] if len(goals) > 1 else goals

    def _files(self) -> Iterator[Text]:
        """Yield the files that belong to the solution, each below its name."""
        for name in self._exercise.hidden:
            text = (self._exercise.example.folder / name).read_text(encoding="utf-8")
            yield Text(f"{name}:\n{text}")

    def _goal(self, n: int) -> Text:
        met = n < self._reached
        text = _styled(f"{'✓' if met else f'{n + 1}.'} {self._goals[n].caption(self._language)}")
        text.stylize("green" if met else "")
        return text

    def _say(self, key: str) -> Text:
        return Text(say(key, self._language), style="italic")

    def _written(self, texts: list[Text]) -> bytes:
        """Return texts as a raw terminal wants them, as wide as the person's own."""
        console = Console(
            file=io.StringIO(),
            force_terminal=True,
            color_system="standard",
            width=shutil.get_terminal_size().columns,
        )
        for text in texts:
            console.print(Padding(text, (0, 2)), highlight=False)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue().replace("\n", "\r\n").encode()


def _styled(text: str) -> Text:
    """Return a text in which what stands between backticks is code."""
    shown = Text()
    for n, part in enumerate(text.split("`")):
        shown.append(part, style="cyan" if n % 2 else "")
    return shown
