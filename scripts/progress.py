"""Progress, on stderr: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from scripts import report
from scripts.example import Example


class Progress:
    """What the examples of a run are doing, until `__exit__`."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._doing = {example.slug: "waiting" for example in examples}
        self._began: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._lock = threading.Lock()  # examples report from threads of their own
        self._live = Live(
            get_renderable=self._table,
            console=self._console,
            transient=True,
            auto_refresh=self._console.is_terminal,
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def doing(self, example: Example, what: str) -> None:
        """Note what an example is doing now."""
        with self._lock:
            self._doing[example.slug] = what
            self._began.setdefault(example.slug, time.monotonic())
        if not self._console.is_terminal:
            self._console.print(f"{example.slug}: {what}", style="dim", soft_wrap=True)

    def done(self, result: report.Example) -> None:
        """Note that an example has ended, and how."""
        with self._lock:
            self._doing[result.slug] = result.verdict
            self._ended[result.slug] = time.monotonic()

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        with self._lock:
            for slug, doing in self._doing.items():
                began = self._began.get(slug)
                spent = self._ended.get(slug, time.monotonic()) - began if began else None
                table.add_row(slug, doing, f"{spent:.1f} s" if spent is not None else "")
        return table
