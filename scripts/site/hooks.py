"""What MkDocs does beside its own work: explain terms, fold terminals, mend the theme’s search."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from jinja2 import Environment, FileSystemBytecodeCache
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink
from mkdocs.utils import get_relative_url

from scripts.site import blocks, search
from scripts.site.sources import ROOT, sources
from scripts.site.terms import Terms
from scripts.site.words import say

WORKER = "assets/iframe-worker.js"  # ours; the theme's own comes from somebody else's host


def on_config(config: MkDocsConfig, **_: Any) -> MkDocsConfig:
    """Have the terms of the glossary explained on all pages, and engines offered for choice.

    Templates get phrases, and the root of the site, which both languages share.
    """
    language = config.theme["language"]
    terms = Terms(sources().terms, language)
    config.extra["say"] = partial(say, language=language)
    config.extra["root"] = urljoin(config.site_url, "..") if config.site_url else ""
    config.extra["taken"] = (config.extra["taken"] or "").split()
    if not config.use_directory_urls:
        config.extra["polyfills"] = [WORKER]
    if edited := config.extra["edited"]:
        config.edit_uri_template = f"{edited.rstrip('/')}/docs/{language}/{{path}}"
    config.extra["engines"] = [(one.engine, blocks.engine(one)) for one in sources().reports]
    config.markdown_extensions.append(terms)  # type: ignore[arg-type]  # Python-Markdown takes these, too
    config.extra["terms"] = terms
    return config


def on_files(files: Files, **_: Any) -> Files:
    """Put the colours of the theme into our own style: one request less for whoever comes first."""
    colours = next(file for file in files if _COLOURS.search(file.src_uri))
    ours = files.src_uris["assets/site.css"]
    ours.content_string = _UNUSED.sub("", colours.content_string) + ours.content_string
    files.remove(colours)
    return files


_COLOURS = re.compile(r"\bstylesheets/palette\.\w+\.min\.css$")
# Of its some forty colours, we have our own.
_UNUSED = re.compile(r"\[data-md-color-(?:accent|primary)=[\w-]+\]\{[^{}]*\}")
_COLOURS_LINK = re.compile(r'<link rel="stylesheet" href="[^"]*/palette\.\w+\.min\.css">\s*')


def on_env(env: Environment, **_: Any) -> Environment:
    """Keep compiled templates from one build to the next: the theme has some sixty."""
    folder = ROOT / "build" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = FileSystemBytecodeCache(str(folder))
    return env


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files, **_: Any
) -> None:
    """Tell where the glossary is, as seen from the page that is being made."""
    glossary = files.src_uris["glossary.md"]
    there = None if page.file is glossary else get_relative_url(glossary.url, str(page.url))
    config.extra["terms"].address = there


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Keep the first terminals of each section open; on pages to be typed along, all of them."""
    _bind_again(page.toc)
    html = _CELL.sub(r"\g<0> ", html)  # else the search plugin runs their words together
    return html if page.file.src_uri.startswith(TYPED_ALONG) else folded(html)


def _bind_again(entries: Iterable[AnchorLink]) -> None:
    """Put back the no-break spaces of French, which Python-Markdown takes out of contents."""
    for entry in entries:
        entry.title = re.sub(r" (?=[?!:;])", "\u00a0", entry.title)
        _bind_again(entry.children)


_CELL = re.compile("</(td|th|dt|dd|figcaption|summary)>")
TYPED_ALONG = ("tutorials/", "exercises")
OPEN = 2  # terminals of a section that are seen at once
_HEADING = re.compile(r"(?=<h[1-6][ >])")
_SESSION = re.compile(
    r'<figure class="session" id="[^"]+"><figcaption>(?P<caption>.*?)</figcaption>.*?</figure>',
    re.DOTALL,
)


def folded(html: str) -> str:
    """Fold all but the first terminals of each section behind a line with what they show."""
    return "".join(map(_fold, _HEADING.split(html)))


def _fold(section: str) -> str:
    numbers = itertools.count(1)

    def fold(found: re.Match[str]) -> str:
        if next(numbers) <= OPEN:
            return found[0]
        return f'<details class="folded"><summary>{found["caption"]}</summary>{found[0]}</details>'

    return _SESSION.sub(fold, section)


@event_priority(-50)  # after the search plugin has written its index, before it is copied offline
def on_post_build(config: MkDocsConfig, **_: Any) -> None:
    """Put what there is to search into a file of its own."""
    search.publish(Path(config.site_dir), config.theme["language"], config.use_directory_urls)


def on_post_page(output: str, config: MkDocsConfig, **_: Any) -> str:
    """Have the theme's search dialog ask our worker, and name it for screen readers.

    The colours of the theme are in our own style.
    """
    name = "Recherche" if config.theme["language"] == "fr" else "Search"
    output = _WORKER.sub("assets/search.js", output)
    output = output.replace('class="md-search"', f'class="md-search" aria-label="{name}"', 1)
    return _COLOURS_LINK.sub("", output, count=1)


_WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js")


def on_post_template(output: str, config: MkDocsConfig, **_: Any) -> str:
    """Do the same to the page for addresses that do not exist, which is no page to MkDocs."""
    return on_post_page(output, config)
