"""Search: what there is to find, as the browser's side of it (search.js) wants it."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

from scripts.example import Language
from scripts.glossary import Words
from scripts.site.sources import sources

# Sections that only repeat others, and ids that are different on every machine.
_ASIDE = re.compile("#(next|questions)$")
_ID = re.compile(r"\b(?=[a-f]*[0-9])[0-9a-f]{12,64}\b")
_CODE = re.compile("<pre>.*?</pre>", re.DOTALL)


def publish(site: Path, language: Language, served: bool) -> None:
    """Put what there is to search into a file of its own, which is loaded once somebody searches.

    What the search plugin wrote is loaded on every page: its settings alone stay there. Where the
    site is not `served`, a browser reads scripts only, so the file is one.
    """
    index = site / "search" / "search_index.json"
    written = json.loads(index.read_text(encoding="utf-8"))
    sections = [_section(one) for one in written["docs"] if not _ASIDE.search(one["location"])]
    glossary = next(one for one in sections if one["location"] in ("glossary/", "glossary.html"))
    sections += [_definition(glossary, one.id, one.words(language)) for one in sources().terms]
    text = json.dumps(sections, ensure_ascii=False, separators=(",", ":"))
    name, text = ("sections.json", text) if served else ("sections.js", f"var sections = {text}\n")
    index.with_name(name).write_text(text, encoding="utf-8")
    settings = json.dumps({"config": written["config"], "docs": []})
    index.write_text(settings, encoding="utf-8")
    if not served:  # as Material's offline plugin has it
        index.with_suffix(".js").write_text(f"var __index = {settings}", encoding="utf-8")


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
