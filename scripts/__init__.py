"""Examples that are typed in front of a real Docker Engine, and the site that shows them."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs_macros.plugin import MacrosPlugin

# While our modules are found (Python calls the program «-m» until then), Ctrl-C ends it at once.
# Python would raise an exception, and lose it where it comes while something is cleared up
# (https://docs.python.org/3/library/sys.html#sys.unraisablehook).
if sys.argv[0] == "-m":
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def define_env(env: MacrosPlugin) -> None:
    """Offer the site's macros to MkDocs, which looks for them here (`module_name: scripts`)."""
    from scripts.site import macros

    macros.define(env)
