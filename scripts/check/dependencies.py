"""Dependencies: what is known of the faults of the versions that the project is locked to.

Asked of OSV, which gathers the advisories of PyPI, npm and GitHub (https://osv.dev).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from scripts.errors import Problem

OSV = "https://api.osv.dev/v1/querybatch"  # https://google.github.io/osv.dev/post-v1-querybatch/
PATIENCE = 10.0  # seconds until it must have answered
# Where versions are locked: a line of such a file names a package and its version.
_LOCKS = {
    "requirements*.txt": ("PyPI", r"(?m)^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)"),
    "docs/theme/assets/player/SOURCE": ("npm", r"^(?P<name>\S+) (?P<version>[\d.]+),"),
    "scripts/tab/emulator.py": ("npm", r'(?m)^    "(?P<name>\S+)",\n    "(?P<version>[\d.]+)",'),
}


@dataclass(frozen=True)
class Locked:
    """A package, and where its version is locked."""

    path: Path
    line: int
    ecosystem: str
    name: str
    version: str


def locked(root: Path) -> list[Locked]:
    """Return the packages that a project in a folder is locked to."""
    return list(_locked(root))


def _locked(root: Path) -> Iterator[Locked]:
    for pattern, (ecosystem, entry) in _LOCKS.items():
        for path in sorted(root.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            for found in re.finditer(entry, text):
                line = text.count("\n", 0, found.start()) + 1
                yield Locked(path, line, ecosystem, found["name"], found["version"])


def faults(packages: Sequence[Locked]) -> list[Problem] | None:
    """Return the advisories about packages, None if nobody could be asked."""
    answers = _ask(packages)
    if answers is None:
        return None
    pairs = zip(packages, answers, strict=True)
    return [_problem(package, one) for package, ids in pairs for one in ids]


def _problem(package: Locked, advisory: str) -> Problem:
    what = f"{package.name} {package.version} has a known fault, {advisory}"
    instead = f"see https://osv.dev/{advisory}, and lock another version (`make lock`)"
    return Problem(package.path, package.line, what, instead)


def _ask(packages: Sequence[Locked]) -> list[list[str]] | None:
    queries = [
        {"package": {"name": one.name, "ecosystem": one.ecosystem}, "version": one.version}
        for one in packages
    ]
    try:
        answer = requests.post(OSV, json={"queries": queries}, timeout=PATIENCE)
        answer.raise_for_status()
        return [[one["id"] for one in found.get("vulns", ())] for found in answer.json()["results"]]
    except (requests.RequestException, KeyError):
        return None


def figures(packages: Sequence[Locked], found: Sequence[Problem] | None) -> str:
    """Return the line that sums it up."""
    known = "OSV does not answer: not scanned" if found is None else f"{len(found)} known faults"
    return f"dependencies: {len(packages)} locked, {known}"
