"""What is done to a language's folder once it is built, by whatever builder of Material's theme.

The theme's search asks our worker (docs/theme/assets/search.js), and what there is to search is in
a file of its own; its colours are part of our style: one request less for whoever comes first.
"""

from __future__ import annotations

import re
from pathlib import Path

from scripts.example import Language
from scripts.site import search
from scripts.site.words import say


def finish(site: Path, language: Language, served: bool) -> None:
    """Mend the pages in `site`, and its search; not `served`, it is read from files."""
    search.publish(site, language, served)
    _take_colours(site)
    for page in site.rglob("*.html"):
        page.write_text(_mended(page.read_text(encoding="utf-8"), language), encoding="utf-8")


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
    label = f'class="md-search" aria-label="{say("search", language)}"'  # for screen readers
    return html.replace('class="md-search"', label, 1)


_COLOURS = re.compile(r'<link rel="stylesheet" href="[^"]*/palette\.\w+\.min\.css">\s*')
_WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js")
