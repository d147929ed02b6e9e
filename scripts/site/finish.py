"""What is done to a language's folder once it is built, by whatever builder of Material's theme.

The theme's search asks our worker (docs/theme/assets/search.js), and what there is to search is in
a file of its own; its colours are part of our style: one request less for whoever comes first. Its
script comes when a reader moves (docs/theme/assets/site.js).
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from scripts.example import Language
from scripts.site import search
from scripts.site.policy import guarded
from scripts.words import say


def finish(site: Path, language: Language, address: str) -> None:
    """Mend the pages in `site`, and its search; without an `address`, it is read from files."""
    search.publish(site, language, served=bool(address))
    _take_colours(site)
    _say_where_home_is(site / "404.html", language, address)
    for page in site.rglob("*.html"):
        html = _mended(page.read_text(encoding="utf-8"), language)
        # «The site itself» means nothing to a browser that reads files.
        page.write_text(guarded(html) if address else html, encoding="utf-8")


def _say_where_home_is(page: Path, language: Language, address: str) -> None:
    """Say in the reader's language that there is no such page, on any depth, and lead home."""
    home = f"{urlsplit(address).path}{language}/"
    said = (
        f'<h1>{say("no page", language)}</h1><p><a href="{home}">{say("back home", language)}</a>'
    )
    html = page.read_text(encoding="utf-8")
    page.write_text(html.replace("<h1>404 - Not found</h1>", f"{said}</p>"), encoding="utf-8")


def _take_colours(site: Path) -> None:
    """Put the colours of the theme into our own style; of its some forty, we have our own."""
    style = site / "assets" / "site.css"
    for colours in site.glob("assets/stylesheets/palette.*.min.css"):
        used = _UNUSED.sub("", colours.read_text(encoding="utf-8"))
        style.write_text(used + style.read_text(encoding="utf-8"), encoding="utf-8")
        colours.unlink()


_UNUSED = re.compile(r"\[data-md-color-(?:accent|primary)=[\w-]+\]\{[^{}]*\}")


def _mended(html: str, language: Language) -> str:
    html = _COLOURS.sub("", html, count=1)
    html = _WORKER.sub("assets/search.js", html)
    html = _THEME.sub(r'<script src="\2" data-theme="\1">', html)
    label = f'class="md-search" aria-label="{say("search", language)}"'  # for screen readers
    return html.replace('class="md-search"', label, 1)


_COLOURS = re.compile(r'<link rel="stylesheet" href="[^"]*/palette\.\w+\.min\.css">\s*')
_THEME = re.compile(
    r'<script src="([^"]*/bundle\.\w+\.min\.js)"></script>\s*<script src="([^"]*/site\.js)">'
)
_WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js")
