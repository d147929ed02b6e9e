"""What search engines read of the site, and what readers take along."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page

from tests.conftest import until_it_is_dressed
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
    page.locator(".md-select button").focus()
    page.locator(".md-select__link[hreflang=fr]").click()
    page.wait_for_url(f"{address}fr/concepts/data/#volumes")


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
