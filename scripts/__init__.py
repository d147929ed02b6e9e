"""Examples that are typed in front of a real Docker Engine, and the site that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs_macros.plugin import MacrosPlugin


def define_env(env: MacrosPlugin) -> None:
    """Offer the site's macros to MkDocs, which looks for them here (`module_name: scripts`)."""
    from scripts.site import macros

    macros.define(env)
