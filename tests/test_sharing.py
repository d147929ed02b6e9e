"""What search engines read of the site, and what readers take along."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote, urldefrag
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page

from scripts.site import offline
from tests.conftest import requested, until_it_is_dressed
from tests.test_site import ADDRESSES, html, read

LANGUAGES = ("fr", "en")
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"


def translations(address: str, place: str) -> dict[str, str]:
    """Return where a page is, by language; the home page has a place where one chooses."""
    found = {language: f"{address}{language}/{place}" for language in LANGUAGES}
    return {**found, "x-default": found["en"] if place else address}


def head(page: Path, rel: str) -> dict[str, str]:
    """Return the links of a page that have a relation, by language."""
    return {
        link.get("hreflang", ""): link["href"]
        for link in read(page).heads
        if rel in link.get("rel", "").split()
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", ADDRESSES)
def test_a_page_names_itself_and_its_counterpart(
    site: Path, address: str, language: str, place: str
) -> None:
    page = site / language / place / "index.html"
    assert head(page, "canonical") == {"": f"{address}{language}/{place}"}
    assert head(page, "alternate") == translations(address, place)


def test_the_place_where_one_chooses_a_language_names_both(site: Path, address: str) -> None:
    assert head(site / "index.html", "canonical") == {"": address}
    assert head(site / "index.html", "alternate") == translations(address, "")


def test_every_page_has_a_title_and_a_description_of_its_own(site: Path) -> None:
    pages = [*site.rglob("index.html")]
    for pattern in (r"<title>(.+?)</title>", r'<meta name="description" content="(.{40,}?)">'):
        found = {one[1] for page in pages if (one := re.search(pattern, page.read_text("utf-8")))}
        assert len(found) == len(pages)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sitemap_has_every_page_with_its_counterpart(
    site: Path, address: str, language: str
) -> None:
    urls = ElementTree.parse(site / language / "sitemap.xml").getroot()
    found = {
        url.findtext(f"{SITEMAP}loc"): {one.attrib["hreflang"]: one.attrib["href"] for one in links}
        for url in urls
        if (links := url.findall(LINK))
    }
    assert found == {
        f"{address}{language}/{place}": translations(address, place) for place in ADDRESSES
    }


def test_one_sitemap_leads_to_those_of_the_languages(site: Path, address: str) -> None:
    found = ElementTree.parse(site / "sitemap.xml").getroot().iter(f"{SITEMAP}loc")
    assert [loc.text for loc in found] == [f"{address}{one}/sitemap.xml" for one in LANGUAGES]
    assert f"Sitemap: {address}sitemap.xml" in (site / "robots.txt").read_text()


def test_machines_are_led_to_every_page_by_its_title_and_description(
    site: Path, address: str
) -> None:
    text = (site / "llms.txt").read_text("utf-8")
    assert re.match(r"# .+\n\n> .+\n", text)
    links = re.findall(r"^- \[(.+)\]\((.+)\): .{40,}$", text, re.MULTILINE)
    assert {link for _, link in links} >= {
        f"{address}{language}/{place}" for language in LANGUAGES for place in ADDRESSES
    }
    assert ("Les ports", f"{address}fr/concepts/ports/") in links


def test_one_setting_gives_every_page_a_link_to_edit_it(copy: Path) -> None:
    edited = "https://forge.example/someone/course/edit/main"
    words = [sys.executable, "-m", "scripts", "site"]
    subprocess.run(words, cwd=copy, check=True, env={**os.environ, "EDITED": edited})
    for language in LANGUAGES:
        text = (copy / "site" / language / "concepts/ports/index.html").read_text("utf-8")
        assert f'href="{edited}/docs/{language}/concepts/ports.md"' in text


def test_without_it_there_is_no_such_link(site: Path) -> None:
    assert 'rel="edit"' not in (site / "fr/concepts/ports/index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("fr/no/such/page", "Cette page n’existe pas."),
        ("en/concepts/no-such-page/", "There is no such page."),
        ("no/such/page", "There is no such page."),  # the browser's language
    ],
)
def test_an_unknown_address_is_answered_in_the_reader_s_language_first(
    page: Page, address: str, asked: str, first: str
) -> None:
    page.goto(f"{address}{asked}")
    assert page.locator("h2").all_inner_texts()[0] == first
    language = "fr" if "Cette" in first else "en"
    page.locator(f"section[lang={language}] a").first.click()
    page.wait_for_url(f"{address}{language}/")


@pytest.mark.parametrize(
    ("language", "says"), [("fr", "Cette page n’existe pas."), ("en", "There is no such page.")]
)
def test_servers_that_look_for_a_page_in_the_language_find_it(
    site: Path, language: str, says: str
) -> None:
    text = (site / language / "404.html").read_text("utf-8")
    assert f"<h1>{says}</h1>" in text
    assert 'content="noindex"' in text
    assert head(site / language / "404.html", "alternate") == {}


def test_the_language_switch_follows_the_reader_from_page_to_section(
    page: Page, address: str
) -> None:
    page.goto(f"{address}en/concepts/ports/")
    until_it_is_dressed(page)
    page.locator(".md-footer__link--next").click()
    page.wait_for_url(f"{address}en/concepts/data/")
    page.locator("a.headerlink[href$='#volumes']").click(force=True)
    page.locator(".lang").focus()
    page.locator(".lang[hreflang=fr]").click()
    page.wait_for_url(f"{address}fr/concepts/data/#volumes")


def test_the_themes_script_comes_at_the_first_move_and_nothing_moves_then(
    page: Page, address: str
) -> None:
    asked = requested(page)
    page.goto(f"{address}en/concepts/ports/")
    page.wait_for_load_state("networkidle")
    assert not any("bundle" in url for url in asked)
    places = """[...document.querySelectorAll("article > *, .md-nav__link--active")].map(one => {
      const { x, y, width, height } = one.getBoundingClientRect()
      return [x, y, width, height].map(Math.round)
    })"""
    before = page.evaluate(places)
    until_it_is_dressed(page)
    assert any("bundle" in url for url in asked)
    assert page.evaluate(places) == before


def test_a_first_visit_takes_eight_requests(page: Page, address: str) -> None:
    asked = requested(page)
    page.goto(f"{address}en/concepts/ports/")
    until_it_is_dressed(page)
    page.wait_for_load_state("networkidle")
    assert len({url for url in asked if "search_index" not in url}) <= 8


@pytest.mark.parametrize("place", ["", "concepts/ports/"])
def test_without_javascript_the_switch_stays_on_the_page(site: Path, place: str) -> None:
    up = "../" * (place.count("/") + 1)
    assert f"{up}fr/{place}" in html(site, "en", place.rstrip("/") or "index").links


PAPER = 680  # pixels between the margins of A4


@pytest.mark.parametrize("place", ADDRESSES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_printed_page_shows_all_it_says_and_nothing_to_click(
    page: Page, address: str, language: str, place: str
) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": PAPER, "height": 900})
    page.goto(f"{address}{language}/{place}")
    until_it_is_dressed(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER + 1  # the edge of a code
    for hidden in ("header", ".md-sidebar", ".md-footer", ".md-code__nav", ".all", ".proof > p"):
        assert page.locator(f"{hidden} >> visible=true").count() == 0
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(DARK) == []


# Text that is not seen, or goes beyond its box.
CUT_OFF = """[...document.querySelectorAll(
    "article :is(pre > code, .rest, details:not(.proof) > p, .engine .version)"
  )]
  .filter(one => !one.checkVisibility({ contentVisibilityAuto: true })
    || getComputedStyle(one).display !== "inline" && one.scrollWidth > one.clientWidth + 1)
  .map(one => one.innerText)"""
# Text on a dark ground.
DARK = r"""[...document.querySelectorAll("article pre > code, article, body")]
  .map(one => getComputedStyle(one).backgroundColor.match(/[\d.]+/g).map(Number))
  .filter(([red, green, blue, alpha = 1]) => alpha && red + green + blue < 600)"""


@pytest.fixture(scope="module")
def taken(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a site and all that can be taken along; the archive is unpacked there."""
    site = tmp_path_factory.mktemp("taken")
    offline.make(site, PUBLISHED)
    with zipfile.ZipFile(site / "docker-fr-en.zip") as archive:
        archive.extractall(site)
    return site


PUBLISHED = "https://someone.example/course/"


@pytest.fixture
def unpacked(taken: Path) -> Path:
    return taken / "docker-fr-en"


def test_the_site_is_read_from_files_in_both_languages_with_its_search(
    page: Page, unpacked: Path
) -> None:
    asked = requested(page)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((unpacked / "index.html").as_uri())
    page.wait_for_url("**/en/index.html")
    page.get_by_role("link", name="Images and containers").first.click()
    page.wait_for_url("**/en/concepts/images-and-containers.html")
    page.locator(".lang").focus()
    page.locator(".lang[hreflang=fr]").click()
    page.wait_for_url("**/fr/concepts/images-and-containers.html")
    page.locator(".md-search__input").fill("bagages")
    page.locator(".md-search-result__link[href*=images-and-containers]").first.wait_for()
    page.locator(".md-search__input").fill("arreter")  # written «arrêter» on the page
    page.locator(".md-search-result__link[href*=container-life]").first.click()
    page.wait_for_url("**/fr/concepts/container-life.html*")
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []
    assert errors == []


def test_every_link_of_it_leads_to_a_file(unpacked: Path) -> None:
    broken = [
        (path.name, link)
        for path in unpacked.rglob("*.html")
        for link in read(path).links
        if not (path.parent / unquote(urldefrag(link).url)).is_file() and urldefrag(link).url
    ]
    assert broken == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cheat_sheet_is_one_page_whose_links_lead_to_the_site(taken: Path, language: str) -> None:
    printed = (taken / f"cheat-sheet-{language}.pdf").read_bytes()
    assert re.findall(rb"/Type\s*/Page\b", printed) == [b"/Type /Page"]
    links = {found.decode() for found in re.findall(rb"/URI \((.+?)\)", printed)}
    assert f"{PUBLISHED}{language}/concepts/ports/#publish-a-port-publish" in links
    assert all(link.startswith(PUBLISHED) for link in links)
    assert not list(taken.rglob("printed.html"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", ["", "cheat-sheet/"])
def test_what_can_be_taken_along_is_offered_and_is_there(
    taken: Path, language: str, place: str
) -> None:
    page = taken / language / place / "index.html"
    offered = [link for link in read(page).links if link.endswith((".zip", ".pdf"))]
    assert [Path(link).name for link in offered] == [
        "docker-fr-en.zip",
        f"cheat-sheet-{language}.pdf",
    ]
    assert all((page.parent / link).is_file() for link in offered)


def test_a_site_without_them_offers_nothing(site: Path) -> None:
    assert 'class="take"' not in (site / "en/index.html").read_text("utf-8")


def test_without_chromium_one_line_says_what_to_type_and_the_rest_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offered = []
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(offline, "build", lambda *_, taken: offered.append(taken))
    assert offline.make(tmp_path, PUBLISHED) == [tmp_path / "docker-fr-en.zip"]
    assert offered == [["docker-fr-en.zip"], []]
    assert "sudo apt-get install chromium" in capsys.readouterr().err
