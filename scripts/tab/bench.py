"""The bench of the tab: machines in a browser where others have labs."""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import sys
import threading
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from scripts.errors import MachineError
from scripts.lab import host, images
from scripts.lab.bench import Bench
from scripts.lab.engine import Store
from scripts.lab.lab import Lab
from scripts.lab.system import USER
from scripts.tab import machine, pieces

ASSETS = Path(__file__).parents[2] / "docs" / "theme" / "assets"
# What `verify --tab` types: examples of each kind that a tab can answer.
EXAMPLES = (
    *("hello-world", "getting-started", "ubuntu-shell", "run-start-stop", "names", "exit-codes"),
    *("list-images-and-containers", "exec-into-a-container", "publish-a-port", "logs"),
    *("what-survives", "networks", "counter"),
)
# What the report calls the parts of an engine, and the packages that they are in.
_PARTS = {
    "engine": "docker.io",
    "client": "docker-cli",
    "buildx": "docker-buildx",
    "compose": "docker-compose",
    "containerd": "containerd",
}


class Tab(Lab):
    """A machine in a browser tab: a lab that is its own browser, with a shell and nothing else.

    Its life hangs on a pipe, as that of other labs does.
    """

    patience = 300.0  # seconds: the browser starts, and restores the machine
    pace = 5.0

    def __init__(self, address: str) -> None:
        self._address = address
        self._files: tuple[Path, ...] = ()
        self._folder = Path()
        lifeline, alive = os.pipe()
        self._lifeline, self._living = os.fdopen(lifeline, "rb"), os.fdopen(alive, "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._lifeline.close()

    def stop(self) -> None:
        """End the browser, and so what is typed into it. Harmless when already done."""
        self._living.close()

    def put(self, folder: Path, files: Iterable[Path], user: str = USER) -> None:
        """Have files (relative to `folder`) in the user's home once the shell is there."""
        self._folder, self._files = folder, tuple(files)

    def shell(self, folder: str = "", user: str = USER, words: Iterable[str] = ()) -> list[str]:
        """Return the command line of a user's shell, standing in a folder of their home."""
        where = (str(self._folder), *map(str, self._files))
        lifeline = f"/proc/{os.getpid()}/fd/{self._lifeline.fileno()}"
        return [sys.executable, "-m", "scripts.tab.browser", self._address, lifeline, user, *where]

    def trouble(self) -> str:
        """Say that nothing is known to be wrong: who looks from outside sees a browser."""
        return ""

    def reaches_internet(self) -> bool:
        """Say that what examples need of the internet is there: on the machine's own disk."""
        return True


class TabBench(Bench):
    """What machines in a browser are made of; `folders` begins with that of the examples."""

    @property
    def _examples(self) -> Path:
        return self._folders[0]

    @cached_property
    def basis(self) -> str:
        """A hash of what verdicts rest on besides the example: the pieces, the verifier."""
        parts = [super().basis, pieces.name(self._examples)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def prepare(self) -> None:
        """Make the pieces, and serve them. Raises MachineError."""
        _ = self._address

    @cached_property
    def _pieces(self) -> Path:
        return pieces.pieces(self._examples)

    @cached_property
    def _address(self) -> str:
        if not host.chromium():
            host.install(["chromium"], host.chromium)
        handler = functools.partial(_Handler, self._pieces)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    def open_lab(self, store: Store = "docker") -> Lab:
        """Return a new machine."""
        return Tab(self._address)

    def pulled(self, lab: Lab) -> list[images.Pulled]:
        """Return nothing: the images are the machine's own."""
        return []

    def versions(self) -> dict[str, str]:
        """Return the versions of all that matters in the machine. Raises MachineError."""
        found = machine.load(self._pieces)
        if found is None:
            raise MachineError(f"no machine in {self._pieces}", "remove that folder")
        return {part: found.version(package) for part, package in _PARTS.items()}


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the pieces as tab/, and the code of pages as assets/."""

    def __init__(self, made: Path, *rest: Any) -> None:
        self._roots = {"assets": ASSETS, "tab": made}
        super().__init__(*rest)

    def translate_path(self, path: str) -> str:
        """Return the file of an address."""
        folder, _, name = path.lstrip("/").partition("/")
        return str(self._roots.get(folder, ASSETS) / name)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
