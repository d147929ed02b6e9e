"""What the site costs its readers: python -m tests.measure builds, serves and measures it.

Each page, new to a browser: its height on a wide and on a narrow screen, requests and compressed
bytes of the first load, those of the search, which come later, requests to other hosts, how much
the page moves while it loads, what axe finds in the light and in the dark. Then Lighthouse, as on
a phone. Whoever names pages, such as fr/concepts/ports/, has those measured alone.
"""

from __future__ import annotations

import functools
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from scripts.example import LANGUAGES
from scripts.lab import host
from scripts.site import build
from tests.conftest import CHROMIUM_FLAGS, Silent, requested, serving, until_it_is_dressed
from tests.test_site import ADDRESSES

Scheme = Literal["light", "dark"]
HEADS = f"{'page':42}   1280    390 requests    KiB search others  moves  axe light / dark"
AIMS = "aims: at most 90 KiB and 8 requests, 0 to others, nothing that moves or that axe finds"
LIGHTHOUSE = "lighthouse@12.8.2"  # the last that Debian's Node.js runs
PLACES = ("", "concepts/ports/", "cheat-sheet/")
TIMES = (
    ("first paint", "first-contentful-paint"),
    ("largest", "largest-contentful-paint"),
    ("blocked", "total-blocking-time"),
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


class Compressed(Silent):
    """Serves a folder compressed, as any host does; `sent` says how many bytes, by address."""

    sent: ClassVar[dict[str, int]] = {}

    def do_GET(self) -> None:  # noqa: N802 - its name there
        """Send a file; there is nothing else here."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")  # as GitHub Pages says
        self.end_headers()
        self.wfile.write(body)
        self.sent[self.path] = len(body)


@contextmanager
def served() -> Iterator[str]:
    """Build the site for an address, and serve it there."""
    with tempfile.TemporaryDirectory() as folder:
        handler = functools.partial(Compressed, directory=folder)
        with serving(handler) as address:
            build.build(Path(folder), address)
            yield address


@dataclass(frozen=True)
class Load:
    """A page as a browser had it that never saw the site before.

    `sent` is what came for the page, and `search` what came for the search, by address, in bytes;
    `others` is what somebody else was asked for.
    """

    height: int
    sent: dict[str, int]
    search: dict[str, int]
    others: list[str]
    shift: float
    violations: list[str]


def load(browser: Browser, address: str, place: str, width: int, scheme: Scheme) -> Load:
    """Open a page in a browser that knows nothing of the site, and look at it."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked = requested(page)
    Compressed.sent.clear()
    page.goto(address + place)
    until_it_is_dressed(page)
    page.wait_for_load_state("networkidle")
    sent = Compressed.sent.copy()
    search = {path: sent.pop(path) for path in [*sent] if SEARCH.search(path)}
    found = Load(
        height=page.evaluate("document.documentElement.scrollHeight"),
        sent=sent,
        search=search,
        others=[url for url in asked if not url.startswith((address, "data:", "blob:"))],
        shift=page.evaluate(MOVED),
        violations=[one["id"] for one in Axe().run(page).response["violations"]],
    )
    page.close()
    return found


SEARCH = re.compile(r"/(search|workers|lunr)/")
# How much of the page moved by itself, as browsers count it.
MOVED = """new Promise(resolve => {
  const sum = list => list.getEntries().reduce((all, one) => all + one.value, 0)
  const seen = new PerformanceObserver(list => resolve(sum(list)))
  seen.observe({ type: "layout-shift", buffered: true })
  setTimeout(resolve, 200, 0)
})"""


def row(browser: Browser, address: str, place: str) -> str:
    """Return the figures of a page, in a line."""
    wide = load(browser, address, place, 1280, "light")
    narrow = load(browser, address, place, 390, "dark")
    return (
        f"{place:42} {wide.height:6} {narrow.height:6} {len(wide.sent):8} "
        f"{_kib(wide.sent):6.1f} {_kib(wide.search):6.1f} {len(wide.others + narrow.others):6} "
        f"{max(wide.shift, narrow.shift):6.3f}  "
        f"{_count(wide.violations)} / {_count(narrow.violations)}"
    )


def _kib(sent: dict[str, int]) -> float:
    return sum(sent.values()) / 1024


def _count(violations: list[str]) -> str:
    return " ".join([str(len(violations)), *violations])


def lighthouse(chromium: str, url: str) -> str:
    """Return the four scores of a page on a slow phone, and what took how long.

    Another program can only make it worse: a page that misses the aim is tried twice more.
    """
    best: dict[str, Any] = {}
    for _ in range(3):
        found = _lighthouse(chromium, url)
        best = max(best or found, found, key=lambda one: _score(one, CATEGORIES[0]))
        if _score(best, CATEGORIES[0]) >= 98:
            break
    scores = "/".join(str(_score(best, one)) for one in CATEGORIES)
    times = ", ".join(f"{name} {best['audits'][one]['displayValue']}" for name, one in TIMES)
    return f"{scores}  {times}"


def _score(found: dict[str, Any], category: str) -> int:
    return round(float(found["categories"][category]["score"]) * 100)


def _lighthouse(chromium: str, url: str) -> dict[str, Any]:
    flags = "--headless --no-sandbox --disable-gpu"
    words = ["npx", "--yes", LIGHTHOUSE, url, "--output=json", "--quiet", f"--chrome-flags={flags}"]
    words.append(f"--only-categories={','.join(CATEGORIES)}")
    environment = {**os.environ, "CHROME_PATH": chromium}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, check=True
        )
    return dict(json.loads(done.stdout))


def main() -> None:
    """Print a line as soon as its page is measured."""
    chosen = sys.argv[1:]
    chromium = host.chromium()
    if not chromium:
        sys.exit("no Chromium; type: sudo apt-get install chromium")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        print(HEADS)
        for place in chosen or _everywhere(ADDRESSES):
            print(row(browser, address, place), flush=True)
        browser.close()
        print(AIMS)
        if not shutil.which("npx"):
            sys.exit("no Lighthouse without npx; type: sudo apt-get install npm")
        for place in chosen or _everywhere(PLACES):
            print(f"{place:42} {lighthouse(chromium, address + place)}", flush=True)
    print(f"{LIGHTHOUSE}, mobile: {', '.join(CATEGORIES)}; aim 98/100/100/100")


def _everywhere(places: Iterable[str]) -> list[str]:
    return [f"{language}/{place}" for language in LANGUAGES for place in places]


if __name__ == "__main__":
    main()
