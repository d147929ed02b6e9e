"""What MkDocs does beside its own work: explain terms, fold terminals, mend the theme’s search."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from jinja2 import Environment, FileSystemBytecodeCache
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink
from mkdocs.utils import get_relative_url

from scripts.glossary import Words
from scripts.site import blocks
from scripts.site.sources import ROOT, sources
from scripts.site.terms import Terms
from scripts.site.words import say


def on_config(config: MkDocsConfig, **_: Any) -> MkDocsConfig:
    """Have the terms of the glossary explained on all pages, and engines offered for choice.

    Templates get phrases, and the root of the site, which both languages share.
    """
    language = config.theme["language"]
    terms = Terms(sources().terms, language)
    config.extra["say"] = partial(say, language=language)
    config.extra["root"] = urljoin(config.site_url, "..") if config.site_url else ""
    if edited := config.extra["edited"]:
        config.edit_uri_template = f"{edited.rstrip('/')}/docs/{language}/{{path}}"
    config.extra["engines"] = [(one.engine, blocks.engine(one)) for one in sources().reports]
    config.markdown_extensions.append(terms)  # type: ignore[arg-type]  # Python-Markdown takes these, too
    config.extra["terms"] = terms
    return config


def on_env(env: Environment, **_: Any) -> Environment:
    """Keep compiled templates from one build to the next: the theme has some sixty."""
    folder = ROOT / "build" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = FileSystemBytecodeCache(str(folder))
    return env


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> None:
    """Tell where the glossary is, as seen from the page that is being made."""
    here = str(page.url)
    is_glossary = here == "glossary/"
    config.extra["terms"].address = None if is_glossary else get_relative_url("glossary/", here)


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Keep the first terminals of each section open; on pages to be typed along, all of them."""
    _bind_again(page.toc)
    html = _CELL.sub(r"\g<0> ", html)  # else the search plugin runs their words together
    return html if page.url.startswith(TYPED_ALONG) else folded(html)


def _bind_again(entries: Iterable[AnchorLink]) -> None:
    """Put back the no-break spaces of French, which Python-Markdown takes out of contents."""
    for entry in entries:
        entry.title = re.sub(r" (?=[?!:;])", "\u00a0", entry.title)
        _bind_again(entry.children)


_CELL = re.compile("</(td|th|dt|dd|figcaption|summary)>")
TYPED_ALONG = ("tutorials/", "exercises/")
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


@event_priority(-100)  # after the search plugin has written its index
def on_post_build(config: MkDocsConfig, **_: Any) -> None:
    """Put what there is to search into a file of its own, which is loaded once somebody searches.

    What the search plugin wrote is loaded on every page: its settings alone stay there.
    """
    index = Path(config.site_dir, "search", "search_index.json")
    written = json.loads(index.read_text(encoding="utf-8"))
    sections = [_section(one) for one in written["docs"] if not _ASIDE.search(one["location"])]
    glossary = (one for one in sections if one["location"] == "glossary/")
    words = [(term.id, term.words(config.theme["language"])) for term in sources().terms]
    sections += [_definition(page, *one) for page in list(glossary) for one in words]
    _write(index.with_name("sections.json"), sections)
    _write(index, {"config": written["config"], "docs": []})


# Sections that only repeat others, and ids that are different on every machine.
_ASIDE = re.compile("#(next|questions)$")
_ID = re.compile(r"\b(?=[a-f]*[0-9])[0-9a-f]{12,64}\b")
_CODE = re.compile("<pre>.*?</pre>", re.DOTALL)


def _section(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a section as plain text: its prose, and what its terminals show, each line once."""
    code = _ID.sub("", "\n".join(_CODE.findall(entry["text"])))
    text = re.sub("</p>|</li>", "\n", _CODE.sub("\n", entry["text"]))
    return entry | {"text": _lines(text), "code": _lines(code)}


def _definition(page: dict[str, Any], identity: str, words: Words) -> dict[str, Any]:
    """Return an entry of the glossary as a section of that page."""
    place = f"{page['location']}#{identity}"
    return page | {"location": place, "title": words.word, "text": words.text, "code": ""}


def _lines(html: str) -> str:
    text = unescape(re.sub("<[^>]+>", " ", html))
    lines = dict.fromkeys(" ".join(line.split()) for line in text.splitlines())
    return "\n".join(filter(None, lines))


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def on_post_page(output: str, config: MkDocsConfig, **_: Any) -> str:
    """Have the theme's search dialog ask our worker, and name it for screen readers."""
    name = "Recherche" if config.theme["language"] == "fr" else "Search"
    output = _WORKER.sub("assets/search.js", output)
    return output.replace('class="md-search"', f'class="md-search" aria-label="{name}"', 1)


_WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js")


def on_post_template(output: str, config: MkDocsConfig, **_: Any) -> str:
    """Do the same to the page for addresses that do not exist, which is no page to MkDocs."""
    return on_post_page(output, config)
