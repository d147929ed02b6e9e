"""The macros that pages call; whatever they ask for and does not exist fails the build.

[[[ session("publish-a-port", "start") ]]]    steps of a session, or all of it
[[[ solution("exercises-images", "build") ]]] the same, folded away until the reader asks
[[[ practice("practice-a-web-server") ]]]     a terminal to practise in, with goals
[[[ file("flask-image", "Dockerfile") ]]]     a file of an example
[[[ command("hello-world", "run") ]]]         a command in a sentence
[[[ took("build-order", "good-again") ]]]     how long a step took when it was last verified
[[[ picture("layers") ]]]                     a drawing, with words in the page's language
[[[ commands(("hello-world", "run")) ]]]      some commands, with what each does
[[[ cheats(("hello-world", "run")) ]]]        the same, for the cheat sheet
[[[ question(("logs", "all"), ("logs", "times")) ]]]  which of these does the first show?
[[[ glossary() ]]]                            all terms
[[[ summary() ]]]                             what was verified, and when
[[[ verification() ]]]                        every example with its verdict
[[[ engines() ]]]                             what each engine shows of every example
[[[ taken() ]]]                               what readers can take along, if it was made
[[[ unverified() ]]]                          what the pages say and nobody ran, with the reason
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cache, cached_property
from html import escape
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Template
from mkdocs.exceptions import PluginError
from mkdocs.utils import get_relative_url
from mkdocs_macros.plugin import MacrosPlugin

from scripts import page
from scripts.example import LANGUAGES, Example, Language
from scripts.kinds import shape
from scripts.page import SESSIONS, UNVERIFIED, Page, Section
from scripts.site import blocks, casts, proof
from scripts.site.casts import Cast
from scripts.site.sources import DOCS, ROOT, Run, Sources, sources
from scripts.tab.machine import Machine
from scripts.transcript import Step
from scripts.words import say

# Where a command is exercised or looked up is worth a link only if no page explains it.
_LAST = ("exercises", "reference/", "cheat-sheet", "troubleshooting")
# Pages where every terminal is wanted.
_TYPED_ALONG = ("tutorials/", "how-to/compose.md", "exercises.md")
_OPEN = 2  # terminals of a section that are seen at once, elsewhere


class Book:
    """All that pages can show, in one language.

    `here` returns the address of the page that is being made, within the site of its language;
    `nav` are the files of its pages, in the order of the navigation; `folders` says whether a page
    is a folder to the server, or a file to be opened without one; `taken` are names of files that
    readers can take along, at the root of the site.
    """

    def __init__(
        self,
        found: Sources,
        language: Language,
        here: Callable[[], str],
        nav: Iterable[str],
        folders: bool,
        taken: Sequence[str] = (),
    ) -> None:
        self.language = language
        self._order = [file.removesuffix(".md") for file in nav]
        self._here = here
        self._folders = folders
        self._taken = taken
        self._sources = found
        self._pages = found.pages[language]
        self.examples = found.examples

    def session(self, slug: str, *names: str) -> str:
        """Return the blocks of the named steps, or of all steps.

        The telling ones of a section are open, or the first, the others behind a line with what
        they show.
        """
        behind = self._behind(self._here())
        return self._session(slug, names, {name for folder, name in behind if folder == slug})

    def _session(self, slug: str, names: Sequence[str], behind: Container[str] = ()) -> str:
        chosen = self._example(slug)
        steps = [self._step(chosen, name) for name in names] or chosen.transcript.steps
        runs = self._sources.runs(chosen)
        # The proof is beside the languages' folders.
        where = f"../{self._link(proof.address(slug))}"
        shown = (
            blocks.session(
                *(chosen, step, runs, where, self._replay(slug, step.name), self.language),
                folded=step.name in behind,
            )
            for step in steps
        )
        return "\n\n".join(shown) + "\n"

    @cache  # noqa: B019 - a book lives as long as a build
    def _behind(self, address: str) -> frozenset[tuple[str, str]]:
        """Return the steps, as (slug, name), that are not seen at once on a page."""
        slug = next(slug for slug in self._order if self._address(slug) == address)
        if f"{slug}.md".startswith(_TYPED_ALONG):
            return frozenset()
        return frozenset(
            shown
            for section in self._pages[slug].sections
            for shown in sorted(self._shown(section), key=self._tells, reverse=True)[_OPEN:]
        )

    def _tells(self, shown: tuple[str, str]) -> bool:
        slug, name = shown
        options = self._example(slug).options.steps.get(name)  # none: said where it is to be shown
        return options is not None and options.telling

    def _shown(self, section: Section) -> Iterator[tuple[str, str]]:
        """Yield the steps of a section's terminals, in order."""
        for call in (call for call in section.calls if call.name == "session"):
            slug, *names = call.arguments
            all_of_it = (step.name for step in self._example(slug).transcript.steps)
            yield from ((slug, name) for name in names or all_of_it)

    def _replay(self, slug: str, name: str) -> blocks.Replay | None:
        """Return where a step can be played as it happened, if it was recorded."""
        run, cast = self._casts.get(slug, (None, None))
        if not (run and cast and run.played(name)):
            return None
        address = f"../{self._link(casts.address(slug))}"
        return blocks.Replay(address, round(cast.steps[name], 2), run.report.version)

    @cached_property
    def _casts(self) -> dict[str, tuple[Run, Cast]]:
        return casts.casts(self._sources)

    def solution(self, slug: str, *names: str) -> str:
        """Return the blocks of the named files and steps, folded away."""
        title = escape(say("solution", self.language))
        files = [name for name in names if Path(name) in self._example(slug).files]
        body = "".join(self.file(slug, name) for name in files)
        body += self._session(slug, [name for name in names if name not in files])
        return f'<details class="success"><summary>{title}</summary>{body}</details>\n'

    def practice(self, slug: str) -> str:
        """Return a practice, with what was explored of it, if anything was."""
        if slug not in self._sources.exercises:
            raise PluginError(f"examples/{slug} has no practice.toml")
        exercise, graph = self._sources.exercises[slug], self._sources.graphs.get(slug)
        address = f"../{self._link(proof.practice(slug))}"
        solution = "".join(self.file(slug, str(name)) for name in exercise.example.files)
        solution += self._session(slug, ())
        engine = self._link(self._address("practise/engine-in-a-tab")) if self._machine else ""
        return blocks.practice(exercise, graph, address, engine, solution, self.language)

    def file(self, slug: str, name: str) -> str:
        """Return the block of a native file."""
        chosen = self._example(slug)
        if Path(name) not in chosen.files:
            raise PluginError(
                f"examples/{slug} has no file «{name}»; it has {', '.join(map(str, chosen.files))}"
            )
        return blocks.file(chosen, name, self.language)

    def command(self, slug: str, name: str, number: int = 1) -> str:
        """Return a command of a step (the first, unless `number` says otherwise) as inline code."""
        exchanges = self._step(self._example(slug), name).exchanges
        if not 1 <= number <= len(exchanges):
            raise PluginError(f"step «{name}» of examples/{slug} has {len(exchanges)} commands")
        return f"<code>{escape(exchanges[number - 1].typed)}</code>"

    def took(self, slug: str, name: str) -> str:
        """Return how long a step took in the last verification, if it was of this version."""
        chosen = self._example(slug)
        self._step(chosen, name)
        run = self._sources.run(chosen, name)
        played = run.played(name) if run else None
        if not played:
            return say("not measured", self.language)
        number = format_decimal(round(played.seconds, 1), locale=self.language)
        return say("seconds", self.language, number=number)

    def commands(self, *names: tuple[Any, ...]) -> str:
        """Return a table of chosen commands: (slug, step), or (slug, step, number)."""
        return blocks.commands((self._row(*name) for name in names), self.language)

    def cheats(self, *names: tuple[Any, ...]) -> str:
        """Return the same table, for the cheat sheet."""
        return blocks.cheats((self._row(*name) for name in names), self.language)

    def _row(self, slug: str, name: str, number: int = 1) -> tuple[str, str, str]:
        """Return a command, what it does, and a link to where it is shown."""
        chosen = self._example(slug)
        step = self._step(chosen, name)
        if (slug, name) not in self._places:
            raise PluginError(f"no page shows the step «{name}» of examples/{slug}")
        typed = step.exchanges[number - 1].typed
        if not (caption := chosen.caption(step, typed)):
            where = f"[steps.{name}.commands] of examples/{slug}/example.toml"
            raise PluginError(f"no caption for «{typed}»; add it to {where}")
        return typed, caption.caption(self.language), self._link(self._places[slug, name])

    def question(self, right: tuple[Any, ...], *wrong: tuple[Any, ...]) -> str:
        """Ask which of some screens a command shows: (slug, step), or (slug, step, number)."""
        screens = [self._screen(*one) for one in (right, *wrong)]
        if len({tuple(map(shape, one.lines)) for one in screens}) < len(screens):
            raise PluginError(f"two of the screens of question{right} are the same; choose others")
        place = "-".join(map(str, right))
        return blocks.question(place, screens[0], screens[1:], self.language) + "\n"

    def _screen(self, slug: str, name: str, number: int = 1) -> blocks.Screen:
        chosen = self._example(slug)
        step, run = self._step(chosen, name), self._sources.run(chosen, name)
        played = run.played(name) if run else None
        link = self._link(self._places[slug, name])
        if played:
            command = played.commands[number - 1]
            return blocks.Screen(command.typed, command.shown, link)
        exchange = step.exchanges[number - 1]
        return blocks.Screen(exchange.typed, tuple(o.text for o in exchange.output), link)

    @cached_property
    def _places(self) -> dict[tuple[str, str], str]:
        """Where each (example, step) is shown first: «concepts/ports/#publish-a-port-start»."""
        found: dict[tuple[str, str], str] = {}
        for slug in sorted(self._order, key=lambda slug: slug.startswith(_LAST)):
            for call in self._pages[slug].calls:
                if call.name in SESSIONS and call.arguments[0] in self.examples:
                    for step in self.examples[call.arguments[0]].transcript.steps:
                        if call.shows(call.arguments[0], step.name):
                            shown = (call.arguments[0], step.name)
                            found.setdefault(shown, f"{self._address(slug)}#{'-'.join(shown)}")
        return found

    def _first_place(self, chosen: Example) -> str:
        """Return where an example is shown first; the checks see to it that it is."""
        steps = ((chosen.slug, step.name) for step in chosen.transcript.steps)
        return next((self._places[step] for step in steps if step in self._places), "")

    def _address(self, slug: str) -> str:
        if not self._folders:
            return f"{slug}.html"
        return "" if slug == "index" else f"{slug}/"

    def _link(self, place: str) -> str:
        return get_relative_url(place, self._here())

    def glossary(self) -> str:
        """Return every term, by its word, with the other language's word and its meaning."""
        return blocks.glossary(self._sources.terms, self.language)

    def verification(self) -> str:
        """Return the table of the examples: title, verdict, date, images, where it is shown."""
        rows = []
        for one in self.examples.values():
            link = self._link(self._first_place(one))
            rows.append((one, next(iter(self._sources.runs(one)), None), link))
        return blocks.verification(rows, self.language)

    def engines(self) -> str:
        """Return the table of what each engine shows of each example, beside what is usual."""
        rows = [
            (one, self._link(self._first_place(one)), self._sources.runs(one))
            for one in self.examples.values()
        ]
        return blocks.engines(self._sources.reports, rows, self.language)

    def unverified(self) -> str:
        """Return a list of what the pages say that nobody ran: code, why, on which page."""
        rows: dict[tuple[str, str], tuple[str, str]] = {}
        for slug, read in self._pages.items():
            for key in _unverified(read):
                title = str(read.front.get("title", slug))
                rows.setdefault(key, (title, self._link(self._address(slug))))
        for one in self.examples.values():
            for name in (name for name, step in one.options.steps.items() if step.needs):
                step, run = self._step(one, name), self._sources.run(one, name)
                verdict = blocks.verdict(one, step, run, self.language)
                if verdict.mark != "passed":
                    link = self._link(self._places[one.slug, name])
                    row = (step.exchanges[0].typed, verdict.text)
                    rows.setdefault(row, (one.title(self.language), link))
        return blocks.unverified([(*key, *value) for key, value in rows.items()], self.language)

    def taken(self) -> str:
        """Offer what readers of this language can take along, if anything was made."""
        offered = [
            (one, f"../{self._link(one)}") for one in self._taken if _for(one, self.language)
        ]
        return blocks.taken(offered, self.language) if offered else ""

    def tab(self) -> str:
        """Return the engine in a tab, or that this site was built without it."""
        return blocks.tab(self._machine, f"../{self._link('tab/')}", self.language)

    def kernel_config(self) -> str:
        """Return a link to the configuration of the kernel in the tab, or its name without one."""
        text = say("tab kernel", self.language)
        if self._machine is None:
            return text
        return f'<a href="../{self._link("tab/kernel-config.txt")}">{text}</a>'

    def tab_programs(self) -> str:
        """Return the programs of the machine in the tab with their versions, folded away."""
        return blocks.tab_programs(self._machine, self.language)

    @property
    def _machine(self) -> Machine | None:
        """The machine in the tab, where the pages can start it: a browser does from no file."""
        return self._sources.machine if self._folders else None

    def picture(self, name: str) -> str:
        """Return a drawing of docs/assets/ as part of the page, so that it follows the theme."""
        path = DOCS / "assets" / f"{name}.svg"
        if not path.exists():
            raise PluginError(f"no picture {path.relative_to(ROOT)}")
        words = {"t": lambda fr, en: escape(fr if self.language == "fr" else en)}
        drawing = Template(path.read_text(encoding="utf-8")).render(words)
        return f'<figure class="picture" tabindex="0">{drawing}</figure>'

    def summary(self) -> str:
        """Say what was verified, when, and on what, if the report is about these examples."""
        runs = [runs[0] for one in self.examples.values() if (runs := self._sources.runs(one))]
        if not runs:
            return say("no_summary", self.language)
        passed = [s for run in runs for s in run.result.steps if s.verdict == "passed"]
        versions = dict.fromkeys(run.report.version for run in runs)
        return say(
            "summary",
            self.language,
            examples=len(runs),
            steps=len(passed),
            commands=sum(len(step.commands) for step in passed),
            date=format_date(max(run.result.started for run in runs), "long", locale=self.language),
            version=say("and", self.language).join(versions),
        )

    def _example(self, slug: str) -> Example:
        if slug not in self.examples:
            raise PluginError(f"no example «{slug}»; choose from: {', '.join(self.examples)}")
        return self.examples[slug]

    def _step(self, chosen: Example, name: str) -> Step:
        steps = {step.name: step for step in chosen.transcript.steps}
        if name not in steps:
            raise PluginError(
                f"examples/{chosen.slug} has no step «{name}»; choose from: {', '.join(steps)}"
            )
        return steps[name]


def define(env: MacrosPlugin) -> None:
    """Offer the macros to the pages of one language. Raises PluginError for a missing page."""
    _require_translations()
    language, nav = env.conf["theme"]["language"], page.navigated(env.conf["nav"])
    folders = env.conf["use_directory_urls"]
    taken = (env.conf["extra"]["take_along"] or "").split()
    book = Book(sources(), language, lambda: str(env.page.url), nav, folders, taken)
    for name in MACROS:
        env.macro(getattr(book, name), name)  # type: ignore[no-untyped-call]
    _tell_theme(env.conf, language)


def _tell_theme(config: Any, language: Language) -> None:
    """Tell the theme where pages can be edited, and what replaces a script of somebody else."""
    if not config["use_directory_urls"]:
        config["extra"]["polyfills"] = [_WORKER]
    if edited := config["extra"]["edited"]:
        config["edit_uri_template"] = f"{edited.rstrip('/')}/docs/{language}/{{path}}"


_WORKER = "assets/iframe-worker.js"  # ours; the theme's own comes from somebody else's host

MACROS = (
    *("session", "solution", "practice", "file", "command", "took", "picture"),
    *("commands", "cheats"),
    *("question", "glossary", "summary", "verification", "engines", "unverified", "taken"),
    *("tab", "tab_programs", "kernel_config"),
)


def _for(name: str, language: Language) -> bool:
    """Say whether a file to take along is for readers of a language: its name has it."""
    return f"-{language}" in name


def _unverified(read: Page) -> Iterator[tuple[str, str]]:
    """Yield the code of a page that nobody ran, and why; most pages need not be parsed for it."""
    if UNVERIFIED in read.text:
        for section in read.sections:
            yield from section.unverified().items()


def _require_translations() -> None:
    pages = {
        language: {path.relative_to(DOCS / language) for path in (DOCS / language).rglob("*.md")}
        for language in LANGUAGES
    }
    for here, there in (("fr", "en"), ("en", "fr")):
        for name in sorted(pages[here] - pages[there]):  # type: ignore[index]
            raise PluginError(f"docs/{here}/{name} has no counterpart; write docs/{there}/{name}")
