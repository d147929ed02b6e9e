"""Build the site: both languages side by side, and the page that leads to them."""

from __future__ import annotations

import functools
import io
import multiprocessing
import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Template
from mkdocs.__main__ import cli
from mkdocs.livereload import LiveReloadServer

from scripts.errors import BadInput
from scripts.example import LANGUAGES, Language
from scripts.site import sources
from scripts.site.sources import DOCS, ROOT, Sources

CONFIGS = {"fr": "mkdocs.yml", "en": "mkdocs.en.yml"}
LOCAL = "http://127.0.0.1:8000/"

# Its children start with all that is imported and loaded here.
_FORK = multiprocessing.get_context("fork")


class BuildFailed(Exception):  # noqa: N818 - reads as what it is
    """A page asks for something that does not exist (exit 1)."""


def build(site: Path, address: str) -> None:
    """Build both languages into the folder `site`, to be served at `address`.

    Raises BadInput before anything is built, and BuildFailed; both leave an earlier site as it
    was.
    """
    _require_translations(sources.load())
    partial = site.with_name(site.name + ".partial")
    address = address.rstrip("/") + "/"
    try:
        _languages(partial, address)
        _root(partial, urlsplit(address).path)
        shutil.rmtree(site, ignore_errors=True)
        partial.rename(site)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _require_translations(read: Sources) -> None:
    for here, there in (LANGUAGES, LANGUAGES[::-1]):
        for slug in sorted(read.pages[here].keys() - read.pages[there]):
            missing = f"docs/{here}/{slug}.md has no counterpart; write docs/{there}/{slug}.md"
            raise BuildFailed(missing)


def _languages(site: Path, address: str) -> None:
    """Have MkDocs build both languages, side by side. Raises BuildFailed."""
    with ProcessPoolExecutor(len(CONFIGS), _FORK) as pool:
        problems = list(pool.map(functools.partial(_language, site, address), LANGUAGES))
    for problem in filter(None, problems):
        raise BuildFailed(problem)


def _language(site: Path, address: str, language: Language) -> str:
    """Have MkDocs build a language, in a process of its own; return what is wrong, if anything."""
    os.chdir(ROOT)
    os.environ |= {f"SITE_URL_{one.upper()}": f"{address}{one}/" for one in LANGUAGES}
    config, folder = CONFIGS[language], site.absolute() / language
    words = ["build", "--strict", "--config-file", config, "--site-dir", str(folder)]
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        try:
            cli.main(words, prog_name="mkdocs")
        except SystemExit as end:  # also of macros
            return "\n".join([f"{config}:", *_wrong(said.getvalue())]) if end.code else ""
    return ""


def _wrong(said: str) -> Iterator[str]:
    """Yield the lines of what MkDocs said that are not about how it went."""
    return (line for line in said.splitlines() if not line.startswith("INFO "))


def _root(site: Path, base: str) -> None:
    """Write what stands beside the languages, for a site whose path is `base`."""
    for name in ("index.html", "404.html"):
        page = Template((DOCS / "root" / name).read_text(encoding="utf-8"))
        (site / name).write_text(page.render(base=base), encoding="utf-8")
    (site / ".nojekyll").touch()  # GitHub Pages would leave out folders that start with _


def serve(port: int) -> None:
    """Serve the site on this machine, and build it anew whenever a page or an example changes."""
    site = ROOT / "build" / "preview"

    def rebuild() -> None:
        sources.load.cache_clear()
        try:
            build(site, LOCAL)
        except (BuildFailed, BadInput) as error:
            print(error, file=sys.stderr)

    rebuild()
    server = LiveReloadServer(rebuild, "127.0.0.1", port, str(site))
    for watched in ("docs", "examples", "mkdocs.yml", "mkdocs.en.yml"):
        server.watch(str(ROOT / watched))
    server.serve()  # type: ignore[no-untyped-call]
