"""What MkDocs does after its own work: mend the theme, and let readers leave out accents."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority


@event_priority(-100)  # after the search plugin has written its index
def on_post_build(config: MkDocsConfig, **_: Any) -> None:
    """Add the field «folded» to every entry of the search index: its accented words without."""
    path = Path(config.site_dir, "search", "search_index.json")
    index = json.loads(path.read_text(encoding="utf-8"))
    for entry in index["docs"]:
        words = f"{entry['title']} {entry['text']}".split()
        entry["folded"] = " ".join(sorted({fold(word) for word in words if fold(word) != word}))
    path.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def on_post_page(output: str, config: MkDocsConfig, **_: Any) -> str:
    """Name the theme's search dialog, which a screen reader otherwise announces without a name."""
    name = "Recherche" if config.theme["language"] == "fr" else "Search"
    return output.replace('class="md-search"', f'class="md-search" aria-label="{name}"', 1)


def fold(word: str) -> str:
    """Return a word without its accents: «étiquette» becomes «etiquette»."""
    parts = unicodedata.normalize("NFD", word)
    return "".join(part for part in parts if not unicodedata.combining(part))
