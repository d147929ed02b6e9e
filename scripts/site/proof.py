"""Proof: what the engines answered, as files beside the pages, for whoever wants to check or reuse.

`verified.json` holds all of it, `verified/SLUG.json` one example, `verified/schema.json` says what
each field means (JSON Schema, from the models of report.py). `verified/practise-SLUG.json` is all
that was answered in a practice.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from scripts.report import Example as Result
from scripts.site.sources import Run, Sources

FOLDER = "verified"


class Proven(BaseModel):
    """A run of an example on an engine, in the version that the pages show.

    `held` engines have to show what the pages say; others are only observed. `versions` are those
    of the engine and of all that comes with it, `images` where images came from.
    """

    model_config = ConfigDict(frozen=True)

    engine: str
    held: bool
    versions: Mapping[str, str]
    images: Literal["hub", "standin"]
    result: Result

    @classmethod
    def of(cls, run: Run) -> Proven:
        """Return what is published of a run."""
        report = run.report
        return cls(
            engine=report.engine,
            held=report.held,
            versions=report.versions,
            images=report.images,
            result=run.result,
        )


class Proof(BaseModel):
    """All runs of all examples, by the name of the example, the newest engine first."""

    model_config = ConfigDict(frozen=True)

    examples: Mapping[str, tuple[Proven, ...]]


def publish(found: Sources, site: Path) -> None:
    """Write the files of the proof into a site."""
    examples = {
        slug: tuple(map(Proven.of, found.runs(one))) for slug, one in found.examples.items()
    }
    folder = site / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for slug, runs in examples.items():
        _write(folder / f"{slug}.json", Proof(examples={slug: runs}))
    _write(site / f"{FOLDER}.json", Proof(examples=examples))
    for slug, graph in found.graphs.items():
        graph.save(site / practice(slug))
    schema = json.dumps(Proof.model_json_schema(), indent=1)
    (folder / "schema.json").write_text(schema + "\n", encoding="utf-8")


# Recordings are published as replays, see casts.
_ALL = "__all__"
_RECORDINGS = {"result": {"steps": {_ALL: {"commands": {_ALL: {"recording"}}}}}}


def _write(path: Path, proof: Proof) -> None:
    recordings = {slug: {_ALL: _RECORDINGS} for slug in proof.examples}
    text = proof.model_dump_json(indent=1, exclude={"examples": recordings})
    path.write_text(text + "\n", encoding="utf-8")


def address(slug: str) -> str:
    """Return where the proof of an example is, as seen from the root of the site."""
    return f"{FOLDER}/{slug}.json"


def practice(slug: str) -> str:
    """Return where what was explored of a practice is, as seen from the root of the site."""
    return f"{FOLDER}/practise-{slug}.json"
