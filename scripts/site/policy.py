"""A Content-Security-Policy in each page: it loads and runs the site's own files, and nothing else.

GitHub Pages lets nobody set headers, so it is a <meta> (https://www.w3.org/TR/CSP3/#meta-element).
A script that stands in a page is known by its hash: whatever else gets into a page does not run.
"""

from __future__ import annotations

import base64
import hashlib
import re

# Replays and the engine in the tab are WebAssembly; styles and pictures stand in pages, too.
_RULES = (
    "default-src 'none'; connect-src 'self'; font-src 'self'; img-src 'self' data:; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "style-src 'self' 'unsafe-inline'{more}; script-src 'self' 'wasm-unsafe-eval'{more}{scripts}"
)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_TAB = 'class="tab"'  # its pieces are kept by the browser, and come from there


def guarded(html: str) -> str:
    """Return a page with the policy that lets it work, right after its character set."""
    digests = sorted({f" '{_digest(script)}'" for script in _SCRIPT.findall(html)})
    more = " blob:" if _TAB in html else ""
    rules = _RULES.format(more=more, scripts="".join(digests))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{rules}">'
    return _CHARSET.sub(lambda found: f"{found[0]}{meta}", html, count=1)


_CHARSET = re.compile(r'<meta charset="utf-8"\s*/?>')


def _digest(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
