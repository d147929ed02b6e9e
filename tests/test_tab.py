"""The engine in a tab: what it is made of, and what its page says where it cannot run.

That it answers as the pages say is for `verify --tab`, in a browser with the real machine.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.site import blocks
from scripts.tab import guest, machine, pieces
from scripts.tab.bench import Tab
from scripts.tab.machine import Machine
from scripts.terminal import Closed, Terminal
from tests.conftest import Silent, requested, serving

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
ASSETS = ROOT / "docs" / "theme" / "assets"


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def store(folder: Path, layer: bytes) -> None:
    """Write what docker-registry keeps of an image, library/alpine:1, with one layer."""
    root = folder / "docker/registry/v2"

    def keep(data: bytes) -> str:
        name = digest(data).removeprefix("sha256:")
        path = root / "blobs/sha256" / name[:2] / name / "data"
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        return f"sha256:{name}"

    packed = gzip.compress(layer)
    manifest = {
        "config": {"digest": keep(b"{}"), "size": 2},
        "layers": [{"mediaType": "gzip", "digest": keep(packed), "size": len(packed)}],
    }
    link = root / "repositories/library/alpine/_manifests/tags/1/current/link"
    link.parent.mkdir(parents=True)
    link.write_text(keep(json.dumps(manifest).encode()))


@pytest.mark.browser
@pytest.mark.parametrize("when", ["before it starts", "while it waits for the machine"])
def test_a_tab_that_is_stopped_ends_with_its_browser(browser: Browser, when: str) -> None:
    asked = threading.Event()
    ended = threading.Event()

    class Hanging(Silent):
        def do_GET(self) -> None:  # noqa: N802 - its name there
            asked.set()
            ended.wait(60)

    with serving(Hanging) as address, Tab(address) as tab:
        if when == "before it starts":
            tab.stop()
        with Terminal(tab.shell("sample")) as terminal:
            assert when == "before it starts" or asked.wait(60)
            tab.stop()
            with pytest.raises(Closed):
                terminal.wait(lambda: None, time.monotonic() + 30)
        ended.set()


def test_a_registry_of_files_has_what_its_manifests_name(tmp_path: Path) -> None:
    store(tmp_path / "store", b"all of the layer")
    guest.registry(tmp_path / "v2", tmp_path / "store")
    image = tmp_path / "v2/library/alpine"
    text = (image / "manifests/1").read_bytes()
    assert (image / "manifests" / digest(text)).read_bytes() == text
    found = json.loads(text)
    for one in (found["config"], *found["layers"]):
        data = (image / "blobs" / one["digest"]).read_bytes()
        assert (digest(data), len(data)) == (one["digest"], one["size"])
    assert (image / "blobs" / found["layers"][0]["digest"]).read_bytes() == b"all of the layer"


def test_pip_finds_packages_by_their_normal_names(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels/Flask_Thing-1.0-py3-none-any.whl").write_bytes(b"wheel")
    guest.index(tmp_path / "served", tmp_path / "wheels")
    page = (tmp_path / "served/simple/flask-thing/index.html").read_text()
    assert 'href="/files/Flask_Thing-1.0-py3-none-any.whl"' in page
    assert (tmp_path / "served/files/Flask_Thing-1.0-py3-none-any.whl").read_bytes() == b"wheel"


def test_a_machine_of_other_files_has_another_name(tmp_path: Path) -> None:
    for name in pieces.KEPT:
        shutil.copytree(EXAMPLES / name, tmp_path / name)
    before = pieces.name(tmp_path)
    assert before == pieces.name(EXAMPLES)
    (tmp_path / pieces.KEPT[0] / "app.py").write_text("print()\n")
    assert pieces.name(tmp_path) != before


def a_machine() -> Machine:
    return Machine(
        name="made-up",
        memory=2**29,
        size=2**20,
        part=2**19,
        parts=(0,),
        hot=(((0, 47_000_000),),),
        state=("00",),
        first=21_600_000,
        versions={"docker.io": "28.5.2+dfsg4-5", "linux": "6.1.192-2", "less": "1:2.0-1"},
    )


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with the description of a machine, and nothing else of it."""
    (tmp_path / "tab").mkdir()
    (tmp_path / "tab" / machine.NAME).write_text(a_machine().model_dump_json())
    return tmp_path / "tab"


def served(made: Path) -> Iterator[str]:
    """Serve a page with nothing on it but the engine made of these pieces, until it is closed."""
    folder = made.parent
    shutil.copytree(ASSETS, folder / "assets")
    body = blocks.tab(machine.load(made), "tab/", "en")
    script = 'import open from "./assets/tab.js"; open(document.querySelector(".tab"))'
    page = (
        f'<!doctype html><meta charset="utf-8"><body>{body}<script type="module">{script}</script>'
    )
    (folder / "index.html").write_text(page)
    handler = functools.partial(Silent, directory=str(folder))
    with serving(handler) as address:
        yield address


@pytest.fixture
def address(made: Path) -> Iterator[str]:
    """Where the page of such a machine is."""
    yield from served(made)


def test_a_damaged_description_is_no_machine(made: Path) -> None:
    assert machine.load(made) == a_machine()
    (made / machine.NAME).write_text('{"name": "half')
    assert machine.load(made) is None


def test_versions_are_what_upstream_calls_them() -> None:
    assert a_machine().version("docker.io") == "28.5.2"
    assert a_machine().version("less") == "2.0"


@pytest.mark.parametrize(("language", "says"), [("fr", "make tab"), ("en", "make tab")])
def test_a_site_without_the_machine_says_so(language: str, says: str) -> None:
    assert says in blocks.tab(None, "../tab/", "fr" if language == "fr" else "en")


@pytest.mark.browser
def test_nothing_is_fetched_before_a_reader_asks(page: Page, address: str) -> None:
    asked = requested(page)
    page.goto(address)
    expect(
        page.get_by_role("button", name="Start the engine (22 MB, then 47 in the background)")
    ).to_be_visible()
    assert not [url for url in asked if "/tab/" in url or "worker" in url]


@pytest.mark.browser
def test_what_cannot_be_loaded_is_said_and_can_be_tried_again(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("status").first).to_contain_text("could not start")
    expect(page.get_by_role("button", name="Start")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("delete window.WebAssembly", "no WebAssembly"),
        ("Object.defineProperty(navigator, 'deviceMemory', {value: 1})", "too little memory"),
        ("Object.defineProperty(window, 'caches', {value: undefined})", "served by https"),
    ],
)
def test_a_browser_that_lacks_something_is_told_what(
    page: Page, address: str, lacking: str, said: str
) -> None:
    page.add_init_script(lacking)
    page.goto(address)
    expect(page.get_by_role("status").first).to_contain_text(said)
    expect(page.get_by_role("button", name="Start")).to_be_hidden()


@pytest.mark.browser
def test_without_javascript_the_page_says_what_it_would_need(
    browser: Browser, address: str
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_text("Without JavaScript")).to_be_visible()
        expect(page.get_by_role("button")).to_have_count(0)


MADE = ROOT / machine.FOLDER
REAL = pytest.mark.skipif(not machine.load(MADE), reason="make tab has not made the machine")
MINUTES = 4 * 60_000  # milliseconds; an emulated machine is slow, more so beside others


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[str]:
    """Where the page of the real machine is."""
    (tmp_path / "tab").symlink_to(MADE)
    yield from served(tmp_path / "tab")


def start(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Start").click()
    page.locator('.tab[data-ready="yes"]').wait_for(timeout=MINUTES)


def types(page: Page, line: str, shows: str) -> str:
    """Type a line at the terminal, as a reader does; return what it shows, once that is there."""
    page.keyboard.type(f"{line}\n")
    rows = page.locator(".xterm-rows")
    expect(rows).to_contain_text(re.compile(shows), timeout=MINUTES, use_inner_text=True)
    return rows.inner_text()


@REAL
@pytest.mark.browser
def test_a_real_engine_answers_and_is_restored_without_the_network(page: Page, engine: str) -> None:
    start(page, engine)
    types(page, "docker ps", "CONTAINER ID")
    page.route("**/tab/**", lambda route: route.abort())
    start(page, engine)
    types(page, "echo $((6 * 7))", r"\b42\b")


@REAL
@pytest.mark.browser
def test_two_readers_have_the_time_and_no_number_of_each_other(page: Page, engine: str) -> None:
    seen: list[str] = []
    for _ in range(2):
        start(page, engine)
        now = re.findall(r"\b\d{10}\b", types(page, "date +%s", r"\b\d{10}\b"))
        assert abs(int(now[0]) - time.time()) < 60
        number = r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b"
        seen += re.findall(number, types(page, "cat /proc/sys/kernel/random/uuid", number))
    assert len({*seen}) == 2
