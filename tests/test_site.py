"""The site: what it shows is what was recorded, in both languages, from its own host alone."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urldefrag, urljoin

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from scripts import example, glossary
from scripts.report import Report
from scripts.site import blocks, sources
from scripts.site.proof import Proof
from scripts.site.sources import Run
from scripts.site.terms import fold
from tests.conftest import ROOT, Write, requested, until_it_is_dressed, wait_for

PAGES = sorted(
    str(path.relative_to(ROOT / "docs" / "fr").with_suffix(""))
    for path in (ROOT / "docs" / "fr").rglob("*.md")
)
SEARCHES = tomllib.loads((ROOT / "tests" / "searches.toml").read_text(encoding="utf-8"))
ADDRESSES = ["" if page == "index" else f"{page}/" for page in PAGES]


class Html(HTMLParser):
    """The ids, headings and links of a page; `heads` are those that stand in its head."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.headings: list[tuple[str, str | None]] = []
        self.links: list[str] = []
        self.heads: list[dict[str, str]] = []
        self.figures: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if identity := found.get("id"):
            self.ids.add(identity)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((tag, found.get("id")))
        if tag == "figure":
            self.figures.append(found.get("id") or found.get("class") or "")
        if tag == "link":
            self.heads.append({key: value or "" for key, value in attrs})
        for key in ("href", "src"):
            value = found.get(key)
            # A link may lead to somebody else's page; nothing may be loaded from there.
            if value and not (tag == "a" and value.startswith("https://")):
                self.links.append(value)


@cache
def read(path: Path) -> Html:
    """Read a page once, however many links lead to it."""
    return Html(path.read_text(encoding="utf-8"))


def html(site: Path, language: str, page: str) -> Html:
    return read(site / language / ("" if page == "index" else page) / "index.html")


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_have_the_same_headings_and_examples(site: Path, page: str) -> None:
    french, english = html(site, "fr", page), html(site, "en", page)
    assert french.headings == english.headings
    assert french.figures == english.figures


def test_french_question_marks_stay_with_their_word_in_the_contents_too(site: Path) -> None:
    page = (site / "fr/concepts/container-life/index.html").read_text(encoding="utf-8")
    assert "aussitôt\u00a0?" in page
    assert "aussitôt ?" not in page


def test_every_link_leads_somewhere(site: Path, address: str) -> None:
    broken = []
    for path in [*site.rglob("*.html")]:
        base = f"/some/path/{path.relative_to(site)}"
        for link in read(path).links:
            target, fragment = urldefrag(urljoin(urljoin(address, base), link))
            if not _leads(site, target.removeprefix(address), fragment):
                broken.append((base, link))
    assert not broken


def _leads(site: Path, target: str, fragment: str) -> bool:
    """Say whether a link leads to a page and an id of the site; none may lead out of it."""
    path = site / unquote(target)
    path = path / "index.html" if path.is_dir() else path
    if ":" in target or not path.exists():
        return False
    skips = not fragment or fragment.startswith("__")
    return skips or unquote(fragment) in read(path).ids


class Terminals(HTMLParser):
    """The terminals of a page: (session, kind of line, text), the folded ones included."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[tuple[str, str, str]] = []
        self._session = self._kind = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if tag == "figure" and found.get("class") == "session":
            self._session = found["id"]
        self._kind = found.get("class", "").split(" ")[0] if tag == "span" else ""

    def handle_endtag(self, tag: str) -> None:
        self._kind = ""

    def handle_data(self, data: str) -> None:
        if self._kind in ("command", "output"):
            self.lines.append((self._session, self._kind, data))


def test_terminals_show_what_was_typed_and_what_appeared_in_that_very_step(site: Path) -> None:
    there: dict[tuple[str, str], set[str]] = {}
    for one in example.load_all(ROOT / "examples"):
        for step in one.transcript.steps:
            place = f"{one.slug}-{step.name}"
            known = there.setdefault((place, "command"), set())
            output = there.setdefault((place, "output"), set())
            runs = sources.sources().runs(one)
            played = [found for run in runs if (found := run.played(step.name))]
            for command in (command for found in played for command in found.commands):
                known.update(command.typed.split("\n"))
                output.update(command.output)
            if not played:
                known.update(line for text in step.typed for line in text.split("\n"))
                output.update(line.text for e in step.exchanges for line in e.output)
    for path in site.rglob("*.html"):
        for place, kind, line in Terminals(path.read_text(encoding="utf-8")).lines:
            assert line in there[place, kind], f"{path}: {place}"


def test_a_terminal_leads_to_the_file_that_proves_it(site: Path) -> None:
    page = site / "en" / "tutorials" / "first-containers" / "index.html"
    found = re.search(
        r'id="ubuntu-shell-look".*?class="proof".*?<a href="([^"]+)"',
        page.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert found
    proof = Proof.model_validate_json((page.parent / found[1]).read_text(encoding="utf-8"))
    (runs,) = proof.examples.values()
    (step,) = (step for step in runs[0].result.steps if step.name == "look")
    assert [command.typed for command in step.commands][:2] == ["whoami", "cat /etc/hostname"]
    everything = Proof.model_validate_json((site / "verified.json").read_text(encoding="utf-8"))
    assert everything.examples["ubuntu-shell"] == runs
    assert set(everything.examples) == {one.slug for one in example.load_all(ROOT / "examples")}


def build(project: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "scripts", "site"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("macro", "said"),
    [
        ('session("no-such-example")', "no example «no-such-example»"),
        ('session("hello-world", "no-such-step")', "has no step «no-such-step»"),
        ('file("flask-image", "no-such-file")', "has no file «no-such-file»"),
        ('picture("no-such-picture")', "no picture docs/assets/no-such-picture.svg"),
        ('command("hello-world", "run", 9)', "has 1 commands"),
        ('took("hello-world", "no-such-step")', "has no step «no-such-step»"),
        ('solution("hello-world", "no-such-step")', "has no step «no-such-step»"),
        ('cheats(("hello-world", "no-such-step"))', "has no step «no-such-step»"),
        ('commands(("run-start-stop", "started"))', "no caption for"),
        ('question(("logs", "all"), ("logs", "all"))', "two of the screens"),
        ("no_such_macro()", "no_such_macro"),
    ],
)
def test_what_does_not_exist_fails_the_build(copy: Path, macro: str, said: str) -> None:
    with (copy / "docs/en/concepts/ports.md").open("a") as page:
        page.write(f"\n[[[ {macro} ]]]\n")
    code, output = build(copy)
    assert (code, said in output) == (1, True), output
    assert not (copy / "site").exists()


def test_a_page_without_its_counterpart_fails_the_build(copy: Path) -> None:
    (copy / "docs/en/concepts/ports.md").unlink()
    code, output = build(copy)
    assert (code, "has no counterpart; write docs/en/concepts/ports.md" in output) == (1, True)


def test_a_caption_that_is_missing_is_bad_input_with_its_line(copy: Path) -> None:
    toml = copy / "examples/hello-world/example.toml"
    lines = toml.read_text(encoding="utf-8").splitlines()
    place = lines.index("[steps.run]") + 1
    kept = [line for n, line in enumerate(lines) if n <= place or not line.startswith("en = ")]
    toml.write_text("\n".join(kept), encoding="utf-8")
    code, output = build(copy)
    assert code == 2, output
    assert f"examples/hello-world/example.toml:{place}: no «en» in [steps.run]" in output
    assert "Traceback" not in output


def test_an_edit_shows_while_one_writes_and_the_other_language_is_left_alone(copy: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "scripts", "serve", "--port", str(port)]
    server = subprocess.Popen(words, cwd=copy, stderr=subprocess.DEVNULL)
    page, other = (f"http://127.0.0.1:{port}/{one}/concepts/ports/" for one in ("en", "fr"))
    built = copy / "build/preview/fr/concepts/ports/index.html"
    try:
        wait_for(lambda: "A web server waits" in served_at(page) and served_at(other), 60)
        before = built.stat().st_mtime_ns
        path = copy / "docs/en/concepts/ports.md"
        path.write_text(path.read_text().replace("A web server waits", "A web server sits"))
        wait_for(lambda: "A web server sits" in served_at(page), 60)
        assert built.stat().st_mtime_ns == before
    finally:
        server.terminate()
        server.wait()


def served_at(address: str) -> str:
    try:
        return requests.get(address, timeout=5).text
    except requests.RequestException:  # not there yet
        return ""


def test_without_a_report_the_site_says_that_nothing_was_verified(copy: Path) -> None:
    code, output = build(copy)
    assert code == 0, output
    page = (copy / "site/en/tutorials/first-containers/index.html").read_text()
    assert "verdict--unverified" in page
    assert 'class="proof"' not in page
    assert "Not verified in this build of the site" in page


def result(one: example.Example, **changes: object) -> dict[str, object]:
    """What a report says of an example: passed, as far as it goes."""
    now = "2026-11-24T00:00:00Z"
    steps = [{"name": s.name, "verdict": "passed", "seconds": 1} for s in one.transcript.steps]
    found = {"slug": one.slug, "digest": one.digest, "basis": "", "verdict": "passed"}
    return found | {"started": now, "seconds": 1, "images": (), "steps": steps} | changes


def report_of(*results: dict[str, object], engine: str = "docker-28") -> Report:
    versions = {"engine": f"{engine.partition('-')[2]}.5.2"}
    held = engine in ("docker-28", "docker-29")
    run = {"engine": engine, "held": held, "versions": versions, "images": "hub", "seconds": 1}
    now = "2026-11-24T00:00:00Z"
    return Report.model_validate(run | {"started": now, "examples": results})


def test_a_verdict_is_about_one_version_of_an_example() -> None:
    (one,) = example.load_all(ROOT / "examples", ["hello-world"])
    report = report_of(result(one))
    assert report.result(one.slug, "another") is None
    found = report.result(one.slug, one.digest)
    assert found
    fresh = blocks.verdict(one, one.transcript.steps[0], Run(report, found), "fr")
    assert fresh.text == "Vérifié le 24 novembre 2026 avec Docker 28.5.2"
    assert blocks.verdict(one, one.transcript.steps[0], None, "fr").mark == "unverified"


def test_what_an_observed_engine_shows_differently_is_no_failure() -> None:
    (one,) = example.load_all(ROOT / "examples", ["hello-world"])
    steps = [{"name": s.name, "verdict": "failed", "seconds": 1} for s in one.transcript.steps]
    for engine, mark in (("docker-28", "failed"), ("docker-26", "unverified")):
        report = report_of(result(one, steps=steps), engine=engine)
        found = report.result(one.slug, one.digest)
        assert found
        verdict = blocks.verdict(one, one.transcript.steps[0], Run(report, found), "en")
        assert verdict.mark == mark


def test_a_caption_may_change_without_losing_the_verdict(write: Write) -> None:
    folder = write("# first\n$ docker ps\n")
    before = example.load(folder).digest
    options = folder / "example.toml"
    options.write_text(options.read_text().replace("A step", "Another step"))
    assert example.load(folder).digest == before
    options.write_text(options.read_text().replace("timeout = 20", "timeout = 30"))
    assert example.load(folder).digest != before


def test_accents_are_folded() -> None:
    assert fold("étiquette déjà çà") == "etiquette deja ca"


@pytest.fixture(scope="module")
def windows(browser: Browser) -> Iterator[dict[tuple[int, str], Page]]:
    """A window for each width and scheme, which pages are opened in one after the other."""
    yield {
        (width, scheme): browser.new_page(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
        )
        for width in (390, 1280)
        for scheme in ("light", "dark")
    }


@pytest.mark.parametrize("place", ADDRESSES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_request_leaves_the_host_and_nothing_fails(
    page: Page, address: str, language: str, place: str
) -> None:
    requests = requested(page)
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}{language}/{place}")
    until_it_is_dressed(page)
    assert [url for url in requests if not url.startswith((address, "data:", "blob:"))] == []
    assert errors == []


@pytest.mark.parametrize("place", ["404.html", "en/", "en/practise/engine-in-a-tab/"])
def test_a_script_that_is_not_the_sites_own_does_not_run(
    page: Page, address: str, place: str
) -> None:
    foreign = """<script>document.title = "taken"</script>
      <img src="/nothing.png" onerror="document.title = 'taken'"></body>"""

    def smuggle(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</body>", foreign))

    page.route(f"{address}{place}", smuggle)
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    page.goto(f"{address}{place}")
    page.wait_for_load_state("networkidle")
    assert page.title() != "taken"
    assert any("Content Security Policy" in text for text in refused)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_those_of_the_system_and_the_first_press_changes_them(
    browser: Browser, address: str, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(color_scheme=scheme)
    waiting: list[Route] = []
    page.route("**/bundle.*.js", lambda route: waiting.append(route))  # noqa: PLW0108 - see below
    page.goto(f"{address}en/")
    colours = {"light": "default", "dark": "slate"}
    assert page.locator("body").get_attribute(COLOURS) == colours.pop(scheme)
    page.locator(".md-header__option label:visible").click()
    wait_for(lambda: page.title() and waiting)  # pressed before the theme could hear it
    waiting.pop().continue_()
    (other,) = colours.values()
    page.locator(f"body[{COLOURS}={other}]").wait_for()
    page.close()


COLOURS = "data-md-color-scheme"


def test_the_first_key_opens_the_search_already(page: Page, address: str) -> None:
    page.goto(f"{address}en/")
    page.keyboard.press("/")
    page.locator(".md-search__input:focus").wait_for()


def test_where_the_themes_script_does_not_come_the_next_move_asks_again(
    page: Page, address: str
) -> None:
    page.route("**/bundle.*.js", lambda route: route.abort(), times=1)
    page.goto(f"{address}en/")
    with page.expect_event("requestfailed"):
        page.keyboard.press("Shift")
    until_it_is_dressed(page)


def test_a_move_while_the_themes_script_was_awaited_in_vain_is_such_a_next_move(
    page: Page, address: str
) -> None:
    waiting: list[Route] = []
    page.route("**/bundle.*.js", lambda route: waiting.append(route), times=1)  # noqa: PLW0108
    page.goto(f"{address}en/")
    page.keyboard.press("/")
    wait_for(lambda: page.title() and waiting)
    page.keyboard.press("Shift")
    waiting.pop().abort()
    page.locator(".md-search__input:focus").wait_for()  # the first key has not been forgotten


@pytest.mark.parametrize("place", ADDRESSES)
def test_the_language_switch_stays_on_the_page(page: Page, address: str, place: str) -> None:
    page.goto(f"{address}fr/{place}")
    until_it_is_dressed(page)
    for language in ("en", "fr"):
        page.locator(".lang").focus()
        page.locator(f".lang[hreflang={language}]").click()
        page.wait_for_url(f"{address}{language}/{place}")
        until_it_is_dressed(page)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_search_leads_to_the_answer(page: Page, address: str, language: str) -> None:
    page.goto(f"{address}{language}/")
    missed = {}
    for query, answers in {**SEARCHES["both"], **SEARCHES[language]}.items():
        found = links_found(page, query)
        if not found & {f"{address}{language}/{answer}" for answer in answers}:
            missed[query] = found
    assert missed == {}


def links_found(page: Page, query: str) -> set[str]:
    """Search, and return the links in sight of the first two pages that are found."""
    results = page.locator(".md-search-result__list")
    results.evaluate("list => list.innerHTML = '<li id=earlier>'")
    page.locator(".md-search__input").fill(query)
    results.locator("#earlier").wait_for(state="detached")
    links = results.locator(".md-search-result__item:nth-child(-n + 2) > a")
    # What is to be marked on the page stands between the address and the section.
    return set(links.evaluate_all("links => links.map(link => link.href.replace(/\\?[^#]*/, ''))"))


def test_what_there_is_to_search_is_not_loaded_before_somebody_searches(
    page: Page, address: str
) -> None:
    loaded = requested(page)
    page.goto(f"{address}en/concepts/ports/")
    until_it_is_dressed(page)
    page.locator(".md-search__input").click()
    page.get_by_text("Type to start searching").wait_for()
    sections = f"{address}en/search/sections.json"
    assert sections not in loaded
    for query in ("volume", "network"):
        assert links_found(page, query)
    assert loaded.count(sections) == 1
    assert not any("workers" in url for url in loaded)  # the theme's own


def test_what_is_typed_before_the_sections_have_arrived_is_searched_when_they_have(
    page: Page, address: str
) -> None:
    waiting: list[Route] = []
    page.route("**/sections.json", lambda route: waiting.append(route))  # noqa: PLW0108 - Playwright looks into it
    page.goto(f"{address}en/")
    with page.expect_request("**/sections.json"):
        page.locator(".md-search__input").fill("lug")
    page.locator(".md-search__input").fill("luggage")
    wait_for(lambda: page.title() and waiting)  # Playwright hears nothing while it is not asked
    for route in waiting:
        route.continue_()
    page.locator(".md-search-result__link[href$='#car-and-luggage']").first.wait_for()


def test_sections_that_could_not_be_loaded_are_asked_for_again(page: Page, address: str) -> None:
    page.route("**/sections.json", lambda route: route.abort(), times=1)
    page.goto(f"{address}en/")
    with page.expect_event("requestfailed"):
        page.locator(".md-search__input").fill("lug")
    page.locator(".md-search__input").fill("luggage")
    page.locator(".md-search-result__link").first.wait_for()


def test_what_is_pasted_is_searched(page: Page, address: str) -> None:
    page.goto(f"{address}en/")
    page.locator(".md-search__input").click()
    page.get_by_text("Type to start searching").wait_for()
    page.keyboard.insert_text("luggage")
    page.locator(".md-search-result__link").first.wait_for()


def test_what_is_found_is_marked_and_can_be_used_by_everyone(page: Page, address: str) -> None:
    page.goto(f"{address}fr/")
    links_found(page, "arreter un conteneur")
    assert "arrêter" in page.locator(".md-search-result mark").all_inner_texts()
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
    page.keyboard.press("Enter")
    page.locator(".md-content mark:visible").first.wait_for()


def test_the_copy_button_takes_commands_only(page: Page, address: str) -> None:
    page.goto(f"{address}en/tutorials/first-containers/#ubuntu-shell-look")
    block = page.locator("#ubuntu-shell-look")
    block.hover()
    block.locator("button[data-clipboard-target], button.md-clipboard").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines() == [
        "whoami",
        "cat /etc/hostname",
        "python3 --version",
        'echo "I was here" > /root/note.txt',
    ]


def test_every_terminal_is_copied_as_its_commands_and_nothing_else(
    browser: Browser, address: str
) -> None:
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    seen: set[str] = set()
    for slug in ADDRESSES:
        page.goto(f"{address}en/{slug}")
        until_it_is_dressed(page)
        for place, typed, copied in page.evaluate(COPY_ALL, list(seen)):
            assert copied == typed, place
            seen.add(place)
    context.close()
    steps = {
        f"{one.slug}-{s.name}"
        for one in example.load_all(ROOT / "examples")
        for s in one.transcript.steps
    }
    assert seen == steps


# Clicks the copy button of each terminal not seen before; answers with what was typed in it,
# and what was copied.
COPY_ALL = """async seen => {
  const found = []
  for (const session of document.querySelectorAll(".session")) {
    if (seen.includes(session.id)) continue
    const run = session.querySelector(".run")
    const typed = [...run.querySelectorAll(".command")].map(one => one.textContent).join("\\n")
    await navigator.clipboard.writeText("nothing yet")
    run.querySelector(".md-clipboard, .md-code__button").click()
    let copied, asked = 0
    do copied = await navigator.clipboard.readText()
    while (copied === "nothing yet" && ++asked < 1000)
    found.push([session.id, typed, copied])
  }
  return found
}"""


def test_readers_choose_their_engine_once_and_see_its_lines_first(page: Page, address: str) -> None:
    unfold = page.locator("details:has(> #list-images-and-containers-empty) > summary")
    page.goto(f"{address}en/reference/commands/")
    unfold.click()
    shown = page.locator("#list-images-and-containers-empty > .run")
    folded = page.locator("#list-images-and-containers-empty > details")
    assert "docker images" in shown.inner_text()
    assert "REPOSITORY" not in shown.inner_text()
    page.get_by_label("My engine").select_option("docker-26")
    assert "REPOSITORY" in shown.inner_text()
    folded.locator("summary").first.click()
    assert "Docker 29.7.2" in folded.inner_text()
    assert "Docker 26." not in folded.inner_text()
    page.goto(f"{address}fr/reference/commands/")
    unfold.click()
    assert "REPOSITORY" in shown.inner_text()
    page.get_by_label("Mon moteur").select_option("docker-29")
    assert "REPOSITORY" not in shown.inner_text()


def test_of_many_terminals_the_telling_ones_are_seen_at_once(page: Page, address: str) -> None:
    page.goto(f"{address}en/concepts/build-cache/")
    seen = {
        name: page.locator(f"#build-order-{name} pre").first.is_visible()
        for name in ("bad", "good", "change", "bad-again", "good-again")
    }
    assert [name for name, visible in seen.items() if visible] == ["bad-again", "good-again"]


def test_of_a_long_build_what_became_of_each_instruction_is_seen(page: Page, address: str) -> None:
    page.goto(f"{address}en/concepts/build-cache/")
    build = page.locator("#build-order-good-again .run").first
    for seen in ("[+] Building", "CACHED [4/5] RUN pip install", "[5/5] COPY app.py", "naming to"):
        assert build.get_by_text(seen).first.is_visible()
    assert not build.get_by_text("load metadata").is_visible()
    page.locator("details:has(> #build-context-everything) > summary").click()
    context = page.locator("#build-context-everything .run").first
    assert context.get_by_text("transferring context: 20").is_visible()


def test_the_middle_of_a_long_output_is_folded_and_one_click_away(page: Page, address: str) -> None:
    page.goto(f"{address}en/")
    middle = page.get_by_text("The Docker client contacted the Docker daemon").first
    assert not middle.is_visible()
    page.get_by_label("Show all 27 lines").first.check()
    assert middle.is_visible()
    page.get_by_label("Show all 27 lines").first.uncheck()
    assert not middle.is_visible()
    page.emulate_media(media="print")
    assert middle.is_visible()


def test_a_question_says_without_javascript_whether_the_answer_is_right(
    browser: Browser, address: str
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}en/concepts/ports/")
    question = page.locator(".question").first
    assert question.locator("legend").inner_text() == "What does curl http://localhost:8080 show?"
    said = question.locator(".feedback:visible")
    assert said.count() == 0
    question.get_by_label("Failed to connect").check()
    assert said.all_inner_texts() == ["Yes."]
    question.get_by_label("First version").check()
    (other,) = said.all_inner_texts()
    assert other.startswith("No: that is what was shown by")
    assert page.locator(".question").count() == 3
    page.context.close()


CONCEPTS = [place for place in ADDRESSES if place.startswith("concepts/")]


@pytest.mark.parametrize("place", CONCEPTS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_concept_is_of_human_size_and_keeps_to_two_open_terminals_a_section(
    page: Page, address: str, language: str, place: str
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{address}{language}/{place}")
    until_it_is_dressed(page)
    assert page.evaluate("document.documentElement.scrollHeight") <= 9000
    sections = page.evaluate(
        """[...document.querySelectorAll('article > :is(h1, h2, h3, .session)')].reduce(
             (found, one) => one.matches('.session') ? [...found.slice(0, -1), found.at(-1) + 1]
                                                     : [...found, 0], [0])"""
    )
    assert max(sections) in (1, 2)


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("fr", 390, "light"), ("fr", 1280, "dark"), ("en", 390, "dark"), ("en", 1280, "light")],
)
@pytest.mark.parametrize("place", ADDRESSES)
def test_pages_fit_and_can_be_used_by_everyone(
    windows: dict[tuple[int, str], Page],
    address: str,
    language: str,
    place: str,
    width: int,
    scheme: str,
) -> None:
    page = windows[width, scheme]
    page.goto(f"{address}{language}/{place}")
    until_it_is_dressed(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []


def test_the_course_has_its_pages_and_words() -> None:
    assert set(PAGES) >= {
        *("index", "exercises", "cheat-sheet", "glossary", "troubleshooting"),
        *("tutorials/first-containers", "tutorials/build-an-image", "reference/commands"),
        *("concepts/images-and-containers", "concepts/dockerfile", "concepts/ports"),
        *("concepts/data", "concepts/networks", "how-to/compose", "how-to/look-inside"),
        *("how-to/clean-up", "how-to/publish-an-image", "about/verification"),
    }
    assert len(glossary.load(ROOT / "docs")) >= 40


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_cheat_sheet_prints_on_one_sheet_of_a4(page: Page, address: str, language: str) -> None:
    page.goto(f"{address}{language}/cheat-sheet/")
    until_it_is_dressed(page)
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert re.findall(rb"/Type\s*/Page\b", printed) == [b"/Type /Page"]


def test_a_term_is_explained_and_linked_where_it_is_first_met(page: Page, address: str) -> None:
    page.goto(f"{address}en/concepts/ports/")
    terms = page.locator("a.term", has_text=re.compile("^container$"))
    assert terms.count() == 1
    terms.first.focus()
    page.get_by_text("A program run from an image").first.wait_for()
    terms.first.press("Enter")
    page.wait_for_url(f"{address}en/glossary/#container")
    assert page.locator("dt#container").inner_text() == "container conteneur"


def test_a_solution_is_folded_away_and_opens_without_javascript(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{address}fr/exercises/")
    solution = page.locator("details.success").first
    terminal = solution.locator("pre").first
    assert not terminal.is_visible()
    solution.locator("summary").first.press("Enter")
    assert terminal.is_visible()
    page.close()


def test_the_table_of_verification_has_every_example_and_what_was_not_run(site: Path) -> None:
    text = (site / "en/about/verification/index.html").read_text(encoding="utf-8")
    for one in example.load_all(ROOT / "examples"):
        assert one.title("en").replace("<", "&lt;").replace(">", "&gt;") in text
    assert "docker pull ngnix" in text
    assert "only the original image on Docker Hub can answer" in text


def test_an_unknown_address_leads_back_in_both_languages(page: Page, address: str) -> None:
    page.goto(f"{address}no/such/page")
    assert page.locator("a[href='/some/path/fr/']").count() == 1
    assert page.locator("a[href='/some/path/en/']").count() == 1


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_error_says_what_to_do_before_it_shows_itself(language: str) -> None:
    text = (ROOT / "docs" / language / "troubleshooting.md").read_text(encoding="utf-8")
    for section in re.split(r"(?m)^### ", text)[1:]:
        heading, first, *_ = section.split("\n\n")
        assert not first.startswith("[[["), heading
