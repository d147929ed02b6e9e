"""The description of the machine in a tab: what a browser has to know to restore it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FOLDER = Path("build/tab")
NAME = "tab.json"

# The parts of a disk in a file, one after the other: number, and compressed size in bytes.
Sizes = tuple[tuple[int, int], ...]


class Machine(BaseModel):
    """A machine, by its `name`: other pieces, other name.

    `memory`, `size` (of the disk), `part` (of a part of it) and `first` (what is fetched before it
    starts) are in bytes. `parts` are the numbers of those that hold something; the `hot` ones,
    which first commands read, are in files of their own. `state` are the files that its memory is
    in. `versions` are those of the programs on it, as Debian has them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    memory: int
    size: int
    part: int
    parts: tuple[int, ...]
    hot: tuple[Sizes, ...]
    state: tuple[str, ...]
    first: int
    versions: Mapping[str, str]

    @property
    def later(self) -> int:
        """How many bytes follow while a reader begins to type."""
        return sum(size for file in self.hot for _, size in file)

    def version(self, program: str) -> str:
        """Return a version without what is Debian's: «28.5.2» for «28.5.2+dfsg4-5»."""
        return re.split(r"[+~-]", self.versions[program].split(":")[-1])[0]


def load(folder: Path) -> Machine | None:
    """Return the machine whose pieces are in a folder, None if there is none."""
    try:
        return Machine.model_validate_json((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
