"""Build the site: both languages side by side, and the page that leads to them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Template
from mkdocs.livereload import LiveReloadServer

from scripts.errors import BadInput
from scripts.site.macros import DOCS, ROOT

CONFIGS = {"fr": "mkdocs.yml", "en": "mkdocs.en.yml"}
LOCAL = "http://127.0.0.1:8000/"


class BuildFailed(Exception):  # noqa: N818 - reads as what it is
    """A page asks for something that does not exist; MkDocs has said what (exit 1)."""


def build(site: Path, address: str) -> None:
    """Build both languages into the folder `site`, to be served at `address`.

    Raises BuildFailed, and leaves an earlier site as it was.
    """
    partial = site.with_name(site.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    address = address.rstrip("/") + "/"
    runs = {language: _start(language, partial, address) for language in CONFIGS}
    outputs = {language: run.communicate()[0] for language, run in runs.items()}
    for language, run in runs.items():
        if run.returncode != 0:
            raise BuildFailed(f"{CONFIGS[language]}:\n{outputs[language]}")
    for name in ("index.html", "404.html"):
        page = Template((DOCS / "root" / name).read_text(encoding="utf-8"))
        (partial / name).write_text(page.render(base=urlsplit(address).path), encoding="utf-8")
    (partial / ".nojekyll").touch()  # GitHub Pages would leave out folders that start with _
    shutil.rmtree(site, ignore_errors=True)
    partial.rename(site)


def _start(language: str, site: Path, address: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "SITE_URL_FR": f"{address}fr/",
        "SITE_URL_EN": f"{address}en/",
        "NO_MKDOCS_2_WARNING": "1",
    }
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "mkdocs", "build", "--strict"),
            *("--config-file", CONFIGS[language], "--site-dir", str(site / language)),
        ],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def serve(port: int) -> None:
    """Serve the site on this machine, and build it anew whenever a page or an example changes."""
    site = ROOT / "build" / "preview"

    def rebuild() -> None:
        try:
            build(site, LOCAL)
        except (BuildFailed, BadInput) as error:
            print(error, file=sys.stderr)

    rebuild()
    server = LiveReloadServer(rebuild, "127.0.0.1", port, str(site))
    for watched in ("docs", "examples", "mkdocs.yml", "mkdocs.en.yml"):
        server.watch(str(ROOT / watched))
    server.serve()  # type: ignore[no-untyped-call]
