"""The bench: what the labs of one run are made of, made once a machine and only when needed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterable
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from scripts.errors import MachineError
from scripts.lab import host, images, way
from scripts.lab.engine import ENGINES, Store
from scripts.lab.images import Pulled, Source
from scripts.lab.lab import HERE, Images, Lab
from scripts.lab.system import system, system_name

# What decides what is typed, what is seen and what matches.
_VERIFIER = ("kinds", "matching", "session", "terminal", "transcript", "verify")
_MEMORY = 2.0  # GB that a lab may need, with what it pulls and builds in it


class Bench:
    """What labs are made of: an engine, a source of images, a way to have them.

    `folders` are what a run reads and writes besides the project.
    """

    def __init__(
        self,
        engine: str,
        wanted: Literal["auto"] | Source,
        lab: way.Name | None = None,
        folders: Iterable[Path] = (),
    ) -> None:
        self.engine = ENGINES[engine]
        self.source: Source = images.source() if wanted == "auto" else wanted
        self._lab = lab
        self._folders = tuple(folders)

    @cached_property
    def basis(self) -> str:
        """A hash of what verdicts rest on besides the example: engine, images, verifier.

        The images of Docker Hub are not in it: they can change at any time (see `outdated`).
        """
        code = [HERE.parent / f"{name}.py" for name in _VERIFIER]
        code += [HERE / name for name in ("lab.py", "init.sh", "bashrc", "packages.conf")]
        stand_ins = images.stand_in_store().name if self.source == "standin" else "hub"
        parts = [system_name(self.engine), str(self.engine.store), stand_ins, version("pyte")]
        parts += [path.read_text(encoding="utf-8") for path in code]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def prepare(self) -> None:
        """Make what labs are made of. Raises MachineError; may run the command again elsewhere."""
        _ = self._made

    @cached_property
    def _made(self) -> tuple[Path, Images]:
        host.prepare(self._lab, self._folders)
        folder = system(self.engine)
        return folder, images.images(self.source, folder)

    def open_lab(self, store: Store = "docker") -> Lab:
        """Return a new lab, not entered yet, whose engine keeps its images in that store.

        Some engines have a store of their own choice.
        """
        folder, found = self._made
        return Lab(folder, found, self.engine.store or store)

    def pulled(self, lab: Lab) -> list[Pulled]:
        """Return what the engine of a lab has fetched so far."""
        return images.pulled(lab)

    def outdated(self, known: Iterable[tuple[str, str]]) -> set[str]:
        """Return which of some images, by name and digest, are no longer what their source has."""
        wanted = set(known)
        if self.source == "standin" or not wanted:
            return set()  # another stand-in is another basis
        with self.open_lab() as lab:
            return {name for name, digest in wanted if images.digest(lab, name) != digest}

    def versions(self) -> dict[str, str]:
        """Return the versions of all that matters in a lab: engine, client, buildx and so on.

        Raises MachineError if the engine is not what its name says.
        """
        with self.open_lab() as lab:
            said = json.loads(lab.run("docker", "version", "--format", "{{json .}}"))
            parts = {part["Name"].lower(): part["Version"] for part in said["Server"]["Components"]}
            parts["client"] = said["Client"]["Version"]
            parts |= {name: said for name in _PLUGINS if (said := _plugin(lab, name))}
        found = {name: _bare(version) for name, version in parts.items() if name in _PARTS}
        if not found["engine"].startswith(self.engine.version):
            what = f"the engine of {self.engine.name} is {found['engine']} here"
            remedy = "choose another with --engine, or mend scripts/lab/engine.py: it has moved on"
            raise MachineError(what, remedy)
        return found


_PARTS = ("engine", "client", "buildx", "compose", "containerd", "runc")
_PLUGINS = {"buildx": ["buildx", "version"], "compose": ["compose", "version", "--short"]}


def _plugin(lab: Lab, name: str) -> str:
    """Return the version of a plugin of the client, '' if it has none of that name."""
    words = lab.command("docker", *_PLUGINS[name])
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    found = re.search(r"\d+\.\d+\.\d+\S*", done.stdout)
    return found[0] if found and done.returncode == 0 else ""


def _bare(version: str) -> str:
    """Return a version without what a distribution adds: «28.5.2» for «v28.5.2+dfsg4»."""
    return re.split(r"[+~-]", version.removeprefix("v"))[0]


def jobs(per_core: int = 1, memory: float = _MEMORY) -> int:
    """Return how many labs this machine has room for at once: by its cores and its free memory.

    Those that mostly wait may be several `per_core`; `memory` is what each may need, in GB.
    """
    cores = per_core * (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
    rows = Path("/proc/meminfo").read_text().splitlines() if cores > 1 else []
    free = next((int(row.split()[1]) / 1e6 for row in rows if row.startswith("MemAvail")), memory)
    return max(1, min(cores, int(free / memory)))
