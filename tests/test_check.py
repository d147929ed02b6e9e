"""Check: nothing on a page rots, differs between the languages or is misspelt unnoticed."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import example
from scripts.check import dependencies, machines, prose, world
from scripts.check.texts import Text
from scripts.transcript import parse
from tests.conftest import ROOT, Write, serving

PORTS = "docs/{}/concepts/ports.md"
FR, EN = PORTS.format("fr"), PORTS.format("en")


def check(project: Path, *words: str, ci: str = "") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "scripts", "check", *words],
        cwd=project,
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def confirm(project: Path, *sections: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts", "confirm", *sections]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def edit(path: Path, old: str, new: str) -> int:
    """Replace the first `old` in a file, and return the line that it was on."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path} has no «{old}»"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def append(path: Path, text: str) -> int:
    """Add a paragraph at the end of a file, and return its line."""
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{text}\n", encoding="utf-8")
    return before.count("\n") + 2


def test_the_project_is_clean_and_its_figures_are_printed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts", "check", "--frozen"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    # Results are on stdout; that something installs itself is said elsewhere.
    commands, sections, readers, packages, words = done.stdout.splitlines()
    numbers = list(map(int, re.findall(r"\d+", commands)))
    assert re.fullmatch(
        r"commands: \d+ documented, \d+ run, \d+ synopses, \d+ not verified", commands
    )
    assert numbers[0] == sum(numbers[1:]) > 200
    assert re.fullmatch(r"sections: \d+ in step, 0 out of step", sections)
    assert re.fullmatch(r"readers: \d+ commands .* \d+ of them not for PowerShell", readers)
    assert re.fullmatch(r"dependencies: \d+ locked, (0 known faults|OSV .* not scanned)", packages)
    assert re.fullmatch(r"words: \d+ in French, \d+ in English", words)


ADVISED = {"typer": ["GHSA-1111-2222-3333"], "v86": ["MAL-2026-1"]}


@pytest.fixture
def osv(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """One who knows of faults in packages, and what was asked of it, as NAME VERSION."""
    asked: list[str] = []

    class Advisories(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            queries = json.loads(self.rfile.read(size))["queries"]
            names = [query["package"]["name"] for query in queries]
            asked.extend(f"{query['package']['name']} {query['version']}" for query in queries)
            known = {name: {"vulns": [{"id": one} for one in ids]} for name, ids in ADVISED.items()}
            answer = {"results": [known.get(name, {}) for name in names]}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

    with serving(Advisories) as address:
        monkeypatch.setattr(dependencies, "OSV", address)
        yield asked


def test_a_locked_package_with_a_known_fault_is_named_with_its_line(osv: list[str]) -> None:
    found = dependencies.faults(dependencies.locked(ROOT))
    assert found is not None
    by_line = {f"{one.path.name}:{one.line}": one.what for one in found}
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    typer = next(row for row in lock if row.startswith("typer==")).split()[0]
    place = f"requirements.txt:{1 + next(n for n, row in enumerate(lock) if row.startswith(typer))}"
    assert by_line[place] == f"{typer.replace('==', ' ')} has a known fault, GHSA-1111-2222-3333"
    assert any("v86" in what for place, what in by_line.items() if place.startswith("emulator.py"))
    names = {row.split()[0] for row in osv}
    assert names >= {"mkdocs-material", "asciinema-player", "v86", "@xterm/xterm"}


def test_where_nobody_knows_of_faults_it_is_said_and_nothing_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dependencies, "OSV", "http://127.0.0.1:9/")
    packages = dependencies.locked(ROOT)
    found = dependencies.faults(packages)
    assert found is None
    assert dependencies.figures(packages, found).endswith("not scanned")


def test_every_documented_command_is_listed_with_the_step_that_ran_it() -> None:
    _, said = check(ROOT, "--list", "--frozen")
    assert re.search(r"docs/fr/concepts/ports\.md:\d+: run: -p  \(\S+#\S+\)", said)
    assert re.search(r"synopsis: docker run IMAGE  \(\S+#\S+\)", said)
    assert re.search(r"not verified: docker scan  \(removed by Docker", said)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Type `lsof -i :80`.", "`lsof -i :80`: no example types it"),
        ("Type `docker ps --al`.", "`docker ps --al`: no example types it"),
        ("```\ndocker rnu nginx\n```", "`docker rnu nginx`: no example types it"),
        ("| a |\n|---|\n| `docker top web` x |", "`docker top web`: no example types it"),
        ("> Type `docker-compose`.", "`docker-compose`: no example types it"),
        ("`docker rnu IMAGE`{.synopsis}", "no example types a command of this form"),
        ("`docker run --nmae NAME IMAGE`{.synopsis}", "no example types a command of this form"),
        ("`docker scan`{.unverified} is gone.", "without a reason that readers see"),
    ],
)
def test_code_that_no_example_vouches_for_is_named_with_its_place(
    copy: Path, text: str, what: str
) -> None:
    for page in (EN, FR):
        line = append(copy / page, text)
    code, said = check(copy)
    assert code == 1
    found = re.search(rf"{re.escape(EN)}:(\d+): (.*)", said)
    assert found, said
    assert line <= int(found[1]) <= line + 2
    assert what in found[2]


@pytest.mark.parametrize(
    "text",
    [
        "Type `docker run -p 8080:80 IMAGE`{.synopsis}.",
        "Type `docker scan`{.unverified} (not verified: it is gone).",
        '!!! unverified "Not verified: we have no such machine"\n    Type `docker machine ls`.',
        "## `docker-machine` {#old}\n\n`docker-machine`{.unverified} (not verified: it is gone)",
        "Type `docker ps`, and read `port is already allocated` and `REPOSITORY`.",
    ],
)
def test_code_that_is_marked_at_its_place_passes(copy: Path, text: str) -> None:
    append(copy / EN, text)
    append(copy / FR, text.replace("not verified: ", "non vérifié\u00a0: "))
    _, said = check(copy)
    assert "no example" not in said
    assert "readers see" not in said


@pytest.mark.parametrize(
    ("session", "line", "what"),
    [
        (
            "# a\n$ docker ps -q --format table\nCONTAINER ID   NAMES\nbd2901834717   web\n"
            "$ docker images\nREPOSITORY   TAG      IMAGE ID\nnginx        latest   bd2901834717\n",
            7,
            "bd2901834717 is an id of the image here, and of the container above",
        ),
        (
            "# a\n$ docker logs -t job\n2026-11-24T07:09:03.123456789Z part 1\n"
            "2026-11-24T07:09:01.123456789Z part 2\n",
            4,
            "a time before that of the line above it",
        ),
        (
            "# a\n$ docker run alpine date\nTue Nov 24 07:09:03 UTC 2026\n"
            "$ docker run --name later alpine date\n$ docker logs later | head -n 2\n"
            "Tue Nov 24 07:09:02 UTC 2026\n",
            6,
            "a time before those printed when its container was not there yet",
        ),
    ],
)
def test_a_transcript_that_is_of_several_runs_is_named(session: str, line: int, what: str) -> None:
    (problem,) = world.check(parse(Path("session.console"), session))
    assert (problem.line, problem.what) == (line, what)


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ('sed -i "s/a/b/" app.py', "«sed -i or --in-place» is not as on a Mac"),
        ("docker run -d -p 5000:80 nginx", "port 5000 of a Mac is taken, by AirPlay"),
        ("docker images -q | truncate -s 0 list", "«truncate» is not as on a Mac"),
        ("docker run \\\n> hello-world", "a command on more than one line"),
    ],
)
def test_a_command_that_a_mac_cannot_run_is_named(write: Write, typed: str, what: str) -> None:
    (problem,) = machines.check(example.load(write(f"# a\n$ {typed}\n")))
    assert (problem.line, problem.what) == (2, what)


@pytest.mark.parametrize(
    "typed",
    [
        'sed "s/a/b/" app.py > new.py && mv new.py app.py',
        'docker exec web sed -i "s/a/b/" /page',
        "docker run -d -p 8080:5000 visits",
    ],
)
def test_what_a_mac_or_a_container_can_do_is_left_alone(write: Write, typed: str) -> None:
    assert list(machines.check(example.load(write(f"# a\n$ {typed}\n")))) == []


def test_what_powershell_would_not_do_is_told_with_the_reason(write: Write) -> None:
    lines = ("docker ps", 'docker run -v "$PWD:/work" alpine', "docker logs web | grep error")
    steps = (f"# s{n}\n$ {one}\n" for n, one in enumerate(lines))
    found = example.load(write("\n".join(steps)))
    told = [line.partition("PowerShell: ")[2] for line in machines.not_for_powershell(found)]
    assert told == [f"$NAME: is a drive: {lines[1]}", f"no grep: {lines[2]}"]


def test_a_command_in_a_list_under_words_about_others_is_named(copy: Path) -> None:
    for page in (EN, FR):
        line = append(copy / page, '[[[ commands(("run-start-stop", "started")) ]]]')
    code, said = check(copy)
    assert code == 1
    assert f"{EN}:{line}: `docker ps` would stand under words about its whole step" in said


def test_a_list_of_too_many_rows_about_one_command_is_named(copy: Path) -> None:
    reference = "docs/en/reference/commands.md"
    line = edit(
        copy / reference, '("hello-world", "run")', '("layers", "run"), ("hello-world", "run")'
    )
    code, said = check(copy)
    assert code == 1
    assert f"{reference}:{line}: 11 rows of `docker run` in one list" in said


def test_an_unknown_command_in_a_picture_or_in_the_readme_is_named(copy: Path) -> None:
    line = edit(copy / "docs/assets/ports.svg", "-p 8080:80", "--publsh 8080:80")
    edit(copy / "README.md", "make site\n", "make sight\n")
    code, said = check(copy)
    assert code == 1
    assert f"docs/assets/ports.svg:{line}: `--publsh 8080:80`: no example" in said
    assert re.search(r"README\.md:\d+: `\$ make sight`: no example", said)


def test_an_example_a_step_a_file_or_a_picture_that_no_page_shows_is_named(copy: Path) -> None:
    shutil.copytree(copy / "examples/hello-world", copy / "examples/unseen")
    (copy / "examples/flask-image/extra.txt").write_text("more\n")
    shutil.copy(copy / "docs/assets/ports.svg", copy / "docs/assets/unseen.svg")
    for page in (EN, FR):
        edit(copy / page, ', "browse")', ")")
    code, said = check(copy)
    assert code == 1
    assert "examples/unseen/session.console:1: no page shows this example" in said
    assert "examples/flask-image/extra.txt:1: no page shows this file" in said
    assert "docs/assets/unseen.svg:1: no page shows this picture" in said
    assert re.search(r"publish-a-port/session\.console:\d+: no page shows the step «browse»", said)
    assert re.search(r"publish-a-port/example\.toml:\d+: nor its captions", said)


@pytest.mark.parametrize(("page", "other"), [(FR, EN), (EN, FR)], ids=["French", "English"])
def test_prose_that_changed_in_one_language_only_is_out_of_step(
    copy: Path, page: str, other: str
) -> None:
    before = (copy / "docs/in-step.json").read_bytes()
    text = {FR: "un numéro", EN: "a number"}
    edit(copy / page, text[page], text[page].replace("un", "une").replace("a ", "the "))
    code, said = check(copy)
    assert code == 1
    assert re.search(rf"{page}:\d+: «concepts/ports#isolation» has changed here", said)
    assert f"and not in {other}:" in said
    assert "1 out of step" in said
    assert (copy / "docs/in-step.json").read_bytes() == before
    confirmed = confirm(copy, "concepts/ports#isolation")
    assert confirmed.returncode == 0, confirmed.stderr
    assert "out of step" in check(copy)[1]
    assert "has changed here" not in check(copy)[1]


def test_prose_that_changed_in_both_languages_is_in_step_again_and_noted(copy: Path) -> None:
    edit(copy / FR, "Un serveur web attend", "Un serveur attend")
    edit(copy / EN, "A web server waits", "A server waits")
    code, said = check(copy, ci="true")
    assert (code, "docs/in-step.json:1: does not know of the latest changes" in said) == (1, True)
    assert check(copy)[0] == 0
    assert check(copy, ci="true")[0] == 0, "it was noted"
    edit(copy / FR, "Un serveur attend", "Un serveur web attend")
    assert check(copy)[0] == 1, "from then on, each change counts"


def test_a_line_that_is_only_broken_elsewhere_changes_nothing(copy: Path) -> None:
    edit(copy / FR, "Un serveur web attend", "Un serveur\nweb attend")
    assert check(copy, ci="true")[0] == 0


def test_confirming_a_section_that_does_not_exist_is_bad_input(copy: Path) -> None:
    done = confirm(copy, "concepts/ports#nowhere")
    assert done.returncode == 2
    assert "no such section" in done.stderr


@pytest.mark.parametrize(
    ("page", "old", "new", "what"),
    [
        (EN, "## For you alone {#loopback}", "For you alone", "the heading ## {#loopback}"),
        (EN, "{#loopback}", "{#loop-back}", "the heading ## {#loopback} stands where"),
        (EN, "{#loopback}", "", "a heading without an id"),
        (EN, '"closed", "refused"', '"closed"', "examples, files or pictures: "),
        (EN, "](build-an-image.md)", "](ports.md)", "links: "),
        (EN, "description: ", "summary: ", "front matter: "),
        ("mkdocs.en.yml", "      - Ports: concepts/ports.md\n", "", "nav: ['concepts/ports.md']"),
    ],
)
def test_what_one_language_has_and_the_other_has_not_is_named(
    copy: Path, page: str, old: str, new: str, what: str
) -> None:
    if old.startswith("]("):
        page = "docs/en/tutorials/first-containers.md"
    edit(copy / page, old, new)
    code, said = check(copy)
    assert (code, what in said) == (1, True), said


@pytest.mark.parametrize(
    ("lost", "name"),
    [("examples/bind-mounts/site/index.html", "site/index.html"), ("examples/logs", "logs")],
)
def test_what_a_page_shows_and_is_not_there_is_named_with_its_line(
    copy: Path, lost: str, name: str
) -> None:
    path = copy / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    code, said = check(copy)
    assert code == 1
    assert re.search(rf"docs/fr/concepts/data.md:\d+: .*«{name}»|no example «{name}»", said), said


def test_a_page_that_the_navigation_leaves_out_is_named(copy: Path) -> None:
    edit(copy / "mkdocs.yml", "      - Les ports: concepts/ports.md\n", "")
    edit(copy / "mkdocs.en.yml", "      - Ports: concepts/ports.md\n", "")
    code, said = check(copy)
    assert (code, "mkdocs.yml:1: nav: nothing leads to concepts/ports.md" in said) == (1, True)


def test_a_page_that_only_one_language_has_is_named(copy: Path) -> None:
    (copy / EN).unlink()
    code, said = check(copy)
    assert code == 1
    assert f"{FR}:1: the page «concepts/ports» has no counterpart; write {EN}" in said


@pytest.mark.parametrize(
    ("page", "text", "what"),
    [
        (FR, "Un connteneur.", "«connteneur» is in no French dictionary"),
        (EN, "A contaner.", "«contaner» is in no English dictionary"),
        (FR, 'Un mot "droit".', "a quotation mark that is not French"),
        (FR, "Un mot d'ici.", "a straight apostrophe"),
        (FR, "Vraiment ?", "no no-break space beside"),
        (FR, "Voici \u00a0: deux espaces.", "two spaces"),
        (FR, "«\u00a0Oui»", "no no-break space beside"),
        (FR, "Lancez le container.", "«container» is not a word of this site; write conteneur"),
        (FR, "Regardez les logs.", "«logs» is not a word of this site; write journaux"),
        (EN, 'A "straight" one.', "a straight quotation mark"),
        (EN, "It's here.", "a straight apostrophe"),
        (EN, "Wait...", "three dots"),
        (EN, "See [there](ports.md#nowhere).", "where «#nowhere» is no heading or session"),
        (EN, "See [there](nowhere.md).", "which is no page"),
        (EN, "<div>raw</div>", "HTML in a page"),
    ],
)
def test_what_is_misspelt_or_leads_nowhere_is_named_with_its_place(
    copy: Path, page: str, text: str, what: str
) -> None:
    line = append(copy / page, text)
    code, said = check(copy)
    assert code == 1
    assert any(f"{page}:{line}: " in row and what in row for row in said.splitlines()), said


def test_captions_and_labels_are_read_too(copy: Path) -> None:
    toml = copy / "examples/hello-world/example.toml"
    line = edit(toml, 'en = "Run a container', 'en = "Rum a containr')
    edit(copy / "docs/assets/ports.svg", '"browser"', '"browzer"')
    code, said = check(copy)
    assert code == 1
    assert f"examples/hello-world/example.toml:{line}: «containr» is in no English" in said
    assert "«browzer» is in no English dictionary" in said


def test_a_listed_word_that_nothing_needs_is_to_be_removed(copy: Path) -> None:
    line = edit(copy / "docs/words.toml", "both = [\n", 'both = [\n    "Zzyzx",\n') + 1
    code, said = check(copy)
    assert (code, f"docs/words.toml:{line}: no text needs «Zzyzx»; remove it" in said) == (1, True)


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        ("docs/words.toml", "both = 3\n", "docs/words.toml:1: «both»"),
        ("docs/words.toml", "nope = 3\n", "docs/words.toml:1: unknown key «nope»"),
        (
            "docs/glossary.toml",
            '[[term]]\nid = "a"\nfr = { forms = ["a"], text = "b" }\nen = 1\n' * 2,
            "docs/glossary.toml:8: «term.1.en»",
        ),
        (FR, "---\n: : :\n---\n# a\n", f"{FR}:1: the front matter is not YAML"),
        (FR, "[[[ session(a) ]]]\n", f"{FR}:1: «[[[ session(a) ]]]» cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_bad_input(
    copy: Path, path: str, text: str, what: str
) -> None:
    (copy / path).write_text(text, encoding="utf-8")
    code, said = check(copy)
    assert (code, what in said) == (2, True), said


def test_outside_a_project_there_is_nothing_to_check_and_that_is_bad_input(
    copy: Path,
) -> None:
    shutil.rmtree(copy / "docs/fr")
    code, said = check(copy)
    assert (code, "no page here" in said) == (2, True), said


@pytest.mark.parametrize(
    "text",
    [
        "Voilà\u00a0: c’est «\u00a0vu\u00a0»\u00a0!",
        "à 10:30, http://localhost:8080",
        "(oui\u00a0; non)",
        "Quoi\u202f?!",
    ],
)
def test_good_french_typography_passes(text: str) -> None:
    path = Path("page.md")
    assert list(prose.typography([Text(path, 1, "fr", text)])) == []
