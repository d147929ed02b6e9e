"""Mutation: the damage that is done is the damage we mean, and what lets it pass is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scripts import example, matching, report
from scripts.mutation import damage
from scripts.mutation.trial import Outcome, Recording, summary
from scripts.transcript import parse
from tests.conftest import Write

PATH = Path("session.console")
ID = "7c7428b9e5b65e4edc9c231de6d792c6ec07fe52f439c7c33a9ce4680ae0d568"
SESSION = f"""\
# start
$ docker run -d --name web -p 8080:80 nginx
...
{ID}

# look
$ docker ps
{ID[:12]}   nginx   Up 2 seconds   web
$ docker logs wab
No such container: wab
[1]

# inside
$ docker exec -it web bash
root@{ID[:12]}:/# hostname
{ID[:12]}
root@{ID[:12]}:/# exit
exit
"""


def recording(folder: Path, hidden: tuple[str, ...] = ("pulled",)) -> Recording:
    """Record the session as a run that showed just what it says."""
    one = example.load(folder)
    exchanges = list(one.transcript.exchanges)
    prompts = [e.prompt for e in exchanges[1:]] + ["$ "]
    outputs = [
        tuple(text for o in e.output for text in (hidden if o.is_wildcard else (o.text,)))
        for e in exchanges
    ]
    commands = {
        e.line: report.Command(
            line=e.line,
            prompt=e.prompt,
            command=e.typed,
            typed=e.typed,
            status=(e.status or 0) if after == "$ " else None,
            output=output,
            next_prompt=after,
            seconds=0.1,
        )
        for e, after, output in zip(exchanges, prompts, outputs, strict=True)
    }
    steps = tuple(
        report.Step(
            name=step.name,
            verdict="passed",
            seconds=0.1,
            commands=tuple(commands[e.line] for e in step.exchanges),
        )
        for step in one.transcript.steps
    )
    result = report.Example(
        slug=one.slug,
        digest=one.digest,
        basis="",
        verdict="passed",
        started=datetime.now(UTC),
        seconds=1,
        images=(),
        steps=steps,
    )
    return Recording(one, result)


def test_every_kind_of_damage_is_done_and_noticed(write: Write) -> None:
    outcomes = recording(write(SESSION)).outcomes()
    done = {(o.mutant.line, o.mutant.what) for o in outcomes}
    assert done >= {
        (3, "`...` removed"),
        (4, "exit status 0 → 1"),
        (8, "«nginx» → «nginy»"),
        (8, f"«{ID[:12]}» → «0{ID[1:12]}»"),
        (8, "line dropped"),
        (8, "line doubled"),
        (8, "`...` added"),
        (10, "«wab» → «wax»"),
        (11, "exit status 1 → 0"),
        (11, "exit status 1 → 2"),
        (15, f"«{ID[:12]}» → «0{ID[1:12]}»"),
    }
    assert [str(o) for o in outcomes if o.unexplained] == []


def test_a_matcher_that_lets_everything_pass_is_found_out(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = recording(write(SESSION))
    monkeypatch.setattr(matching, "agree", lambda *_: True)
    monkeypatch.setattr("scripts.kinds.Bindings.bind", lambda *_: True)
    survivors = [o.mutant.what for o in recorded.outcomes() if o.unexplained]
    assert "«nginx» → «nginy»" in survivors
    assert f"«{ID[:12]}» → «0{ID[1:12]}»" in survivors


def test_an_id_that_is_wrong_shows_where_it_is_used_next(write: Write) -> None:
    outcomes = recording(write(SESSION)).outcomes()
    (first,) = {o.killed for o in outcomes if o.mutant.what.startswith("«7c7428b9e5b6»")}
    assert first


def test_a_wildcard_that_hides_nothing_is_a_fault(write: Write) -> None:
    (fault,) = recording(write(SESSION), hidden=()).faults()
    assert (fault.line, fault.what) == (2, "a `...` below it hides nothing")
    assert list(recording(write(SESSION, slug="other")).faults()) == []


@pytest.mark.parametrize(
    ("session", "what", "reason"),
    [
        ("a\n...\n", "line dropped", damage.BESIDE),
        (f"{ID[:12]}: Pull complete\n" * 2, "line dropped", damage.LAYERS),
        (" => [a] RUN one 0.1s\n => [b] RUN two 0.1s\n", "swapped with the next", damage.ORDER),
    ],
)
def test_damage_that_need_not_be_noticed_has_its_reason(
    session: str, what: str, reason: str
) -> None:
    transcript = parse(PATH, f"# a\n$ x\n{session}")
    found = {m.equivalent for m in damage.of_output(transcript) if m.what == what}
    assert reason in found


def test_lines_that_nobody_could_tell_apart_are_not_swapped() -> None:
    rows = "gallant_curie   Up 2 seconds\nquirky_wozniak   Up 3 seconds\n"
    once = parse(PATH, f"# a\n$ docker ps\n{rows}")
    twice = parse(PATH, f"# a\n$ docker ps\n{rows}$ docker rm gallant_curie\ngallant_curie\n")
    swaps = [[m for m in damage.of_output(t) if "swapped" in m.what] for t in (once, twice)]
    assert [bool(found) for found in swaps] == [False, True]


def test_commands_lose_their_options_and_their_ports_and_names_move() -> None:
    transcript = parse(
        PATH,
        "# a\n$ docker run -d --name web -p 127.0.0.1:8080:80 nginx\n"
        "$ docker rm -f web\n$ docker build -f Dockerfile.bad -t app .\n",
    )
    mutants = list(damage.of_commands(transcript))
    assert [m.typed for m in mutants] == [
        "docker run --name web -p 127.0.0.1:8080:80 nginx",
        "docker run -d -p 127.0.0.1:8080:80 nginx",
        "docker run -d --name web nginx",
        "docker run -d --name web -p 127.0.0.1:8081:80 nginx",
        "docker run -d --name web -p 127.0.0.1:8080:81 nginx",
        "docker run -d --name webx -p 127.0.0.1:8080:80 nginx",
        "docker rm web",
        "docker rm -f webx",
        "docker build -t app .",
        "docker build -f Dockerfile.bad .",
        "docker build -f Dockerfile.bad -t appx .",
    ]
    unused = {m.typed for m in mutants if m.equivalent == damage.UNUSED}
    assert "docker build -f Dockerfile.bad -t appx ." in unused
    assert "docker run -d --name webx -p 127.0.0.1:8080:80 nginx" not in unused


def test_the_summary_counts_survivors_and_names_the_unexplained(write: Write) -> None:
    recorded = recording(write(SESSION))
    mutant = next(damage.of_output(recorded.transcript))
    outcomes = [
        Outcome(recorded.example, mutant, killed=True),
        Outcome(recorded.example, mutant, killed=False),
        Outcome(recorded.example, mutant, killed=False, reason="by design"),
    ]
    place = f"{recorded.example.transcript.path}:{mutant.line}"
    assert list(summary(outcomes)) == [
        f"survived {place}: {mutant.what}",
        "1 need not be noticed: by design",
        "mutants: 3, killed: 1, survived: 2 (1 explained)",
    ]
