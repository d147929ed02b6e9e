"""What tests stand on: a shell without a lab, labs, a built site, a browser."""

from __future__ import annotations

import functools
import http.server
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from scripts.lab import host
from scripts.lab.bench import Bench
from scripts.lab.engine import DEFAULT_ENGINE
from scripts.site import build

ROOT = Path(__file__).parents[1]
# What a copy of the project needs.
PROJECT = ("docs", "examples", "scripts", ".ci", "README.md", "mkdocs.yml", "mkdocs.en.yml")
CHROMIUM_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

# Writes an example into the test's own folder and returns its folder.
Write = Callable[..., Path]
# Runs python -m scripts with these words, from the project.
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(session: str, slug: str = "sample", options: str | None = None) -> Path:
        folder = tmp_path / "examples" / slug
        folder.mkdir(parents=True)
        (folder / "session.console").write_text(session, encoding="utf-8")
        (folder / "example.toml").write_text(
            captions(session) if options is None else options, encoding="utf-8"
        )
        return folder

    return write


def captions(session: str, extra: str = "timeout = 20") -> str:
    """Return an example.toml with captions for every step of a transcript."""
    steps = [line[2:] for line in session.splitlines() if line.startswith("# ")]
    tables = [f'[steps.{name}]\nfr = "Une étape"\nen = "A step"\n{extra}\n' for name in steps]
    return '[fr]\ntitle = "Un essai"\n[en]\ntitle = "A try"\n' + "\n".join(tables)


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    """Poll until `condition()` holds, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def run() -> Run:
    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scripts", *map(str, words)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def stand_ins() -> Bench:
    """What labs with stand-in images are made of."""
    bench = Bench(DEFAULT_ENGINE, "standin")
    bench.prepare()
    return bench


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """A copy of the project that a test may break."""
    for name in PROJECT:
        source, target = ROOT / name, tmp_path / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    yield tmp_path


def pytest_configure() -> None:
    """Have Ctrl-C heard: what a script starts in its background ignores it, with all below it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Mark what opens a browser, and what builds or checks all pages."""
    for item in items:
        if "browser" in item.fixturenames:
            item.add_marker("browser")
        if {"copy", "site", "taken"} & set(item.fixturenames):
            item.add_marker("whole")


def pytest_sessionfinish() -> None:
    """Leave nothing that belongs to root in a person's clone."""
    host.give_back(ROOT)


class Silent(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing of it."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


class Handler(Silent):
    """Serves a folder below /some/path/ and answers 404.html for the rest, as Pages does."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/some/path"))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page)


@contextmanager
def serving(handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """Have a handler answer at a port of this machine; yields the address, with a slash."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the site, built once for that address, is served while the tests run."""
    folder = tmp_path_factory.mktemp("site") / "site"
    handler = functools.partial(Handler, directory=str(folder))
    with serving(handler) as root:
        address = f"{root}some/path/"
        build.build(folder, address)
        served[address] = folder
        yield address


@pytest.fixture(scope="session")
def site(address: str) -> Path:
    """The folder with the built site."""
    return served[address]


served: dict[str, Path] = {}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Each of the programs that run tests side by side comes here. Playwright's own Node.js wants a
    # library that a small Debian has not.
    host.install(["chromium"], host.chromium)
    host.install(["libatomic1"], lambda: any(Path("/").glob("usr/lib*/**/libatomic.so.1")))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=host.chromium(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def requested(page: Page) -> list[str]:
    """Return the addresses that a page asks for from now on: a list that grows."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def until_it_is_dressed(page: Page) -> None:
    """Move, and wait until the theme has done what it does to a page for whoever moves."""
    page.wait_for_load_state("load")
    page.keyboard.press("Shift")
    if page.locator(".highlight > pre").count():
        page.locator(".md-code__nav").first.wait_for(state="attached")
    # Half-way from one colour to another, nothing has contrast enough.
    # Asked from here: a page whose policy forbids `eval` cannot be told to ask itself again.
    changing = "document.getAnimations().some(one => one instanceof CSSTransition)"
    wait_for(lambda: not page.evaluate(changing))
