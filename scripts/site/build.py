"""Build the site: both languages side by side, and the page that leads to them."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from jinja2 import Template
from mkdocs.__main__ import cli
from mkdocs.config import load_config
from mkdocs.livereload import LiveReloadServer

from scripts import page
from scripts.errors import BadInput, MachineError
from scripts.example import LANGUAGES, Language
from scripts.site import casts, finish, proof
from scripts.site.policy import guarded
from scripts.site.sources import DOCS, ROOT, forget, sources
from scripts.tab import machine
from scripts.words import say

CONFIGS: dict[Language, str] = {"fr": "mkdocs.yml", "en": "mkdocs.en.yml"}
WATCHED = ("docs", "examples", "mkdocs.yml", "mkdocs.en.yml")
LOCAL = "http://127.0.0.1:8000/"


class BuildFailed(Exception):  # noqa: N818 - reads as what it is
    """A page asks for something that does not exist; MkDocs has said what (exit 1)."""


def build(
    site: Path,
    address: str,
    languages: tuple[Language, ...] = LANGUAGES,
    taken: Sequence[str] = (),
) -> None:
    """Build languages into the folder `site`, to be served at `address`.

    Without an address the site is read from files, without a server. Pages offer what can be
    `taken` along: names of files that will stand at the root of the site. Raises BadInput or
    BuildFailed, and leaves an earlier site as it was. A language that is not built stays as it is.
    """
    forget()
    sources()
    # Imports MkDocs' plugins, once for both languages.
    order = list(page.navigated(load_config(str(ROOT / CONFIGS["fr"])).nav))
    partial = site.with_name(site.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    address = address.rstrip("/") + "/" if address else ""
    settings = _settings(address, taken)
    runs = [_Run(language, partial / language, settings) for language in languages]
    failures = [failure for run in runs if (failure := run.failure())]
    if failures:
        shutil.rmtree(partial)
        raise BuildFailed("\n".join(failures))
    for language in languages:
        finish.finish(partial / language, language, address)
        _replace(partial / language, site / language)
    _write_root(site, address, order)
    proof.publish(sources(), site)
    casts.publish(sources(), site)
    _publish_tab(site / "tab", served=bool(address))
    (site / ".nojekyll").touch()  # GitHub Pages would leave out folders that start with _
    partial.rmdir()


def _replace(new: Path, old: Path) -> None:
    shutil.rmtree(old, ignore_errors=True)
    old.parent.mkdir(parents=True, exist_ok=True)
    new.rename(old)


def _publish_tab(target: Path, served: bool) -> None:
    """Put the pieces of the engine in a tab into the site, if made: from files, nothing starts."""
    shutil.rmtree(target, ignore_errors=True)
    if sources().machine and served:
        shutil.copytree(ROOT / machine.FOLDER, target, copy_function=os.link)


def _settings(address: str, taken: Sequence[str]) -> dict[str, str]:
    """Return what mkdocs.yml takes from the environment."""
    return {
        "SITE_URL_FR": f"{address}fr/" if address else "",
        "SITE_URL_EN": f"{address}en/" if address else "",
        "OFFLINE": "false" if address else "true",
        "TAKEN": " ".join(taken),
    }


def _write_root(site: Path, address: str, order: Sequence[str]) -> None:
    """Write what stands above both languages; pages come in the `order` of their files."""
    slugs = [name.removesuffix(".md") for name in order]
    pages = {one: {slug: sources().pages[one][slug] for slug in slugs} for one in LANGUAGES}
    words = {
        "address": address,
        "base": urlsplit(address).path,
        "home": "" if address else "index.html",
        "pages": pages,
        "say": say,
    }
    for path in (DOCS / "root").glob("*" if address else "index.html"):  # the rest is for servers
        text = Template(path.read_text(encoding="utf-8"), keep_trailing_newline=True)
        shown = text.render(words)
        guard = path.suffix == ".html" and address
        (site / path.name).write_text(guarded(shown) if guard else shown, encoding="utf-8")


class _Run:
    """MkDocs building one language, in a process that starts with all that we have read."""

    def __init__(self, language: Language, folder: Path, settings: dict[str, str]) -> None:
        self._config = CONFIGS[language]
        self._said = folder.with_suffix(".log")
        words = ["build", "--strict", "--config-file", self._config, "--site-dir", str(folder)]
        self._process = multiprocessing.Process(target=_mkdocs, args=(words, settings, self._said))
        self._process.start()

    def failure(self) -> str:
        """Wait until it has ended; return what was wrong, '' if nothing was."""
        self._process.join()
        lines = self._said.read_text(errors="replace").splitlines()
        self._said.unlink()
        wrong = [line for line in lines if not line.startswith("INFO ")]
        return "\n".join([f"{self._config}:", *wrong]) if self._process.exitcode else ""


def _mkdocs(words: list[str], settings: dict[str, str], said: Path) -> NoReturn:
    """Run a command of MkDocs; what it says goes into a file."""
    with said.open("wb") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
    os.chdir(ROOT)
    os.environ |= {**settings, "NO_MKDOCS_2_WARNING": "1"}
    sys.exit(cli(words))


class Preview:
    """The site as it is while somebody writes: built anew where something has changed."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self._seen: dict[Path, int] = {}

    def rebuild(self) -> None:
        """Build what has changed since the last time: a page is in one language only."""
        now = dict(_times())
        changed = {
            path for path in now.keys() | self._seen if now.get(path) != self._seen.get(path)
        }
        self._seen = now
        touched = {language for language in LANGUAGES for path in changed if _is_in(language, path)}
        everything = any(not any(_is_in(one, path) for one in LANGUAGES) for path in changed)
        languages = LANGUAGES if everything else tuple(sorted(touched))
        try:
            build(self.site, LOCAL, languages)
        except (BuildFailed, BadInput) as error:
            print(error, file=sys.stderr)
            self._seen = {}  # nothing is known to be as it should be


def _times() -> Iterator[tuple[Path, int]]:
    """Yield when each file that the site is made of was last written."""
    for name in WATCHED:
        path = ROOT / name
        for file in path.rglob("*") if path.is_dir() else [path]:
            yield file, file.stat().st_mtime_ns


def _is_in(language: Language, path: Path) -> bool:
    return path.is_relative_to(DOCS / language)


def serve(port: int) -> None:
    """Serve the site on this machine, and build it anew whenever a page or an example changes."""
    preview = Preview(ROOT / "build" / "preview")
    preview.rebuild()
    server = LiveReloadServer(
        preview.rebuild, "127.0.0.1", port, str(preview.site), polling_interval=0.2
    )
    for watched in WATCHED:
        server.watch(str(ROOT / watched))
    try:
        print(f"{server.url}: follows every change; Ctrl+C ends it", file=sys.stderr)
        server.serve()  # type: ignore[no-untyped-call]
    except OSError as error:
        remedy = f"python -m scripts serve --port {port + 1}"
        raise MachineError(f"{server.url} cannot be served: {error.strerror}", remedy) from None
    finally:
        server.shutdown()  # its threads would go on for ever
