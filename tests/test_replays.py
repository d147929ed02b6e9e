"""Replays: what was recorded, played in a page at the pace of a person."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from scripts import example
from scripts.report import Command, Report, Step
from scripts.site import blocks
from scripts.site.casts import LONGEST, Cast
from scripts.site.sources import Run
from tests.conftest import requested
from tests.test_site import report_of, result

ROOT = Path(__file__).parents[1]


def run_of(report: Report) -> Run:
    return Run(report, report.examples[0])


def recorded(one: example.Example, recording: tuple[tuple[float, str], ...]) -> Run:
    """A run of an example, each command of which printed the same."""
    steps = tuple(
        Step(
            name=step.name,
            verdict="passed",
            seconds=1,
            commands=tuple(
                Command(
                    line=exchange.line,
                    prompt=exchange.prompt,
                    command=exchange.typed,
                    typed=exchange.typed,
                    status=0,
                    output=("seen",),
                    shown=("seen",),
                    next_prompt="$ ",
                    seconds=1,
                    recording=recording,
                )
                for exchange in step.exchanges
            ),
        )
        for step in one.transcript.steps
    )
    return run_of(report_of(result(one, steps=steps)))


@pytest.fixture
def hello() -> example.Example:
    return example.load(ROOT / "examples" / "hello-world")


def test_a_replay_types_what_was_typed_and_prints_what_was_printed(
    hello: example.Example, tmp_path: Path
) -> None:
    cast = Cast.of(recorded(hello, ((0.1, "seen"), (90.0, "\r\n"))))
    assert cast
    cast.save(tmp_path / "x.cast")
    header, *events = map(json.loads, (tmp_path / "x.cast").read_text("utf-8").splitlines())
    assert header == {"version": 2, "width": 80, "height": 24}
    assert "".join(text for _, kind, text in events if kind == "o").startswith(
        "$ docker run hello-world\r\nseen\r\n"
    )
    assert [text for _, kind, text in events if kind == "m"] == list(cast.steps)
    times = [when for when, _, _ in events]
    assert times == sorted(times)
    assert max(b - a for a, b in itertools.pairwise(times)) <= LONGEST + 1


def test_what_was_not_recorded_has_no_replay(hello: example.Example) -> None:
    assert Cast.of(recorded(hello, ())) is None


def test_a_reader_plays_a_terminal_and_goes_back_to_its_text(
    browser: Browser, address: str, site: Path, hello: example.Example, tmp_path: Path
) -> None:
    run = recorded(hello, ((0.1, "Hello from the recording\r\n"),))
    cast = Cast.of(run)
    assert cast
    cast.save(tmp_path / "x.cast")
    step = hello.transcript.steps[0]
    replay = blocks.Replay(f"{address}verified/x.cast", cast.steps[step.name], "28.5.2")
    block = blocks.session(hello, step, [run], "x", replay, "en")
    text = (site / "en" / "index.html").read_text("utf-8")
    page = browser.new_page()
    page.route(f"{address}en/", lambda r: r.fulfill(body=text.replace("<h2", f"{block}<h2", 1)))
    page.route("**/*.cast", lambda r: r.fulfill(path=tmp_path / "x.cast"))
    asked = requested(page)
    page.goto(f"{address}en/")
    terminal = page.locator(".session:has(.replay)").last
    button = terminal.get_by_role("button", name="Replay (Docker 28.5.2)")
    expect(button).to_be_visible()
    assert not any("player" in url for url in asked)
    button.press("Enter")
    expect(terminal.locator(".stage")).to_contain_text("Hello from the recording", timeout=20_000)
    expect(terminal.locator(".run").first).to_be_hidden()
    assert all(url.startswith((address, "data:", "blob:")) for url in asked)
    button.press("Enter")
    expect(terminal.locator(".stage")).to_have_count(0)
    expect(terminal.locator(".run").first).to_be_visible()
    page.close()
