"""What readers take along: the whole site, to be read from files, and the cheat sheets on paper.

All of it stands at the root of the site, which offers it only if it was built with it: nothing
that is offered is older than the pages, and an ordinary build does not take twice as long.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

from scripts.errors import MachineError
from scripts.example import LANGUAGES, Language
from scripts.lab import host
from scripts.site.build import build
from scripts.site.sources import ROOT

NAME = "docker-fr-en"
SHEETS: dict[Language, str] = {one: f"cheat-sheet-{one}.pdf" for one in LANGUAGES}
# What only servers read; search has its index in a script.
IDLE = (".", "sitemap.", "404.", "search_index.json")
NO_CHROMIUM = "no Chromium, so no PDF of the cheat sheets; type: sudo apt-get install chromium"
SECONDS = 60  # for a sheet, however busy the machine


def make(site: Path, address: str) -> list[Path]:
    """Build the site with all that can be taken along, and return where that is.

    Without Chromium there are no cheat sheets as PDF. Raises BadInput, BuildFailed, MachineError.
    """
    browser = host.chromium()
    sheets = list(SHEETS.values()) if browser else []
    if not browser:
        print(NO_CHROMIUM, file=sys.stderr)
    archive = site / f"{NAME}.zip"
    build(site, address, taken=[archive.name, *sheets])
    folder = ROOT / "build" / "offline" / NAME
    build(folder, "", taken=sheets)
    if browser:
        for language, name in SHEETS.items():
            _print(browser, site / language / "cheat-sheet", address, site / name)
            shutil.copy(site / name, folder)
    _pack(folder, archive)
    return [archive, *(site / name for name in sheets)]


def _print(browser: str, folder: Path, address: str, target: Path) -> None:
    """Print a page of the site; its links lead to where the site is served."""
    page = folder / "printed.html"
    here = f"{address.rstrip('/')}/{folder.parent.name}/{folder.name}/"
    text = (folder / "index.html").read_text(encoding="utf-8")
    page.write_text(_LINK.sub(lambda link: link[1] + urljoin(here, link[2]), text), "utf-8")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = [
            *("--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"),
            *(("--no-sandbox",) if os.geteuid() == 0 else ()),  # it refuses to be root's
            *(f"--user-data-dir={profile}", f"--print-to-pdf={target}"),
        ]
        command = [browser, *flags, page.resolve().as_uri()]
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=SECONDS)
        except (subprocess.SubprocessError, OSError) as error:
            raise MachineError(f"{browser} does not print: {error}", "make site") from None
        finally:
            page.unlink()


_LINK = re.compile(r'(<a\b[^>]*?\bhref=")([^"]+)')


def _pack(folder: Path, archive: Path) -> None:
    """Put a folder into an archive, under its own name."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in _read(folder):
            packed.write(path, Path(NAME, path.relative_to(folder)))


def _read(folder: Path) -> Iterator[Path]:
    """Yield the files that somebody reads: not what is for servers, or for those who debug."""
    for path in sorted(folder.rglob("*")):
        idle = path.name.startswith(IDLE) or path.suffix == ".map"
        if path.is_file() and not idle:
            yield path
