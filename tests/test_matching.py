"""Matching: what may differ between two honest runs does, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.kinds import Bindings, tokens
from scripts.matching import compare, diff
from scripts.transcript import Output

ID, OTHER = "7c7428b9e5b6", "0d0b4d65ed01"
LONG, OTHER_LONG = ID + "5e84edc9c231de6d792c6ec07fe52f439c7c33a9ce4680ae0d56", OTHER + "f" * 52


def lines(text: str) -> list[Output]:
    return [Output(line, n) for n, line in enumerate(text.split("\n"), 1)]


def matches(expected: str, seen: str, bindings: Bindings | None = None) -> bool:
    return compare(lines(expected), seen.split("\n"), bindings or Bindings()).matches


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        (ID, OTHER),
        (LONG, OTHER_LONG),
        (f"sha256:{LONG}", f"sha256:{OTHER_LONG}"),
        ("Up 2 seconds", "Up About a minute"),
        ("Exited (0) Less than a second ago", "Exited (0) 3 weeks ago"),
        ("CREATED 5 months ago", "CREATED 2 years ago"),
        ("[+] Building 0.5s (8/8) FINISHED", "[+] Building 12.3s (8/8) FINISHED"),
        ("real 1m2.5s", "real 59.1s"),
        ("78.1MB", "1.84kB"),
        (f"1.0: digest: sha256:{LONG} size: 527", f"1.0: digest: sha256:{OTHER_LONG} size: 1234"),
        ("0B (0%)", "12.5MB (0%)"),
        ("2026-11-23T23:54:42.15Z", "2027-01-02T00:00:00.5Z"),
        ("[23/Nov/2026:23:54:42 +0000]", "[02/Jan/2027:00:00:00 +0000]"),
        ("Date: Mon, 23 Nov 2026 23:54:42 GMT", "Date: Sat, 02 Jan 2027 00:00:00 GMT"),
        ("quirky_wozniak", "sad_curie"),
        ("172.17.0.2", "172.18.0.5"),
        ("0.0.0.0:32768->80/tcp", "0.0.0.0:49153->80/tcp"),
        (
            "127.0.0.1 port 80 from 127.0.0.1 port 42132",
            "127.0.0.1 port 80 from 127.0.0.1 port 60000",
        ),
        ("0.418 error", "1.007 error"),
        ("time=0.047 ms", "time=12 ms"),
        ("12.5MB (63%)", "1MB (7%)"),
        (
            "root   283   262   0   07:09   ?   00:00:00   sleep",
            "root 9 1 3 23:59 ? 00:01:07 sleep",
        ),
        (
            "ref 5c1f0b7e-2f0a-4b1c-9d53-1f6f0e1b2c3d::s0k9x2m4q7w1e5r8t3y6u0i2o not found",
            "ref a0k9x2m4q7w1e5r8t3y6u0i2o::b0k9x2m4q7w1e5r8t3y6u0i2o not found",
        ),
        ("s0k9x2m4q7w1e5r8t3y6u0i2o", "a0k9x2m4q7w1e5r8t3y6u0i2o"),
        (
            f"{ID}: Download complete\n{ID}: Pull complete\nDigest: x",
            f"{OTHER}: Pull complete\n{ID}: Download complete\n{OTHER}: Pull complete\nDigest: x",
        ),
        (
            "failed to bind host port 0.0.0.0:80/tcp: address already in use",
            "failed to bind host port [::]:80/tcp: address already in use",
        ),
        ("a  b      c", "a b c"),
        ("trailing", "trailing   "),
    ],
)
def test_what_differs_on_every_run_is_recognised_by_kind(expected: str, seen: str) -> None:
    assert matches(expected, seen)


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        ("web", "wab"),
        ("<none>", "nginx"),
        ("hello", "hello world"),
        ("Exited (0) 2 seconds ago", "Exited (1) 2 seconds ago"),
        ("Up 2 seconds", "Exited 2 seconds"),
        ("no_proxy", "no_praxy"),
        ("root 283 262 0 07:09 ? 00:00:00 sleep", "alex 283 262 0 07:09 ? 00:00:00 sleep"),
        ("0.0.0.0:8080->80/tcp", "0.0.0.0:8081->80/tcp"),
        ("127.0.0.1", "172.17.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        (ID, "7c7428b9e5b"),
        ("indented", " indented"),
        ("a...b", "a and b"),
        ("one\n\ntwo", "one\ntwo"),
        ("one\ntwo", "one\n\ntwo"),
        ("one\ntwo", "two\none"),
        ("one", "one\none"),
        ("one\none", "one"),
    ],
)
def test_everything_else_is_literal(expected: str, seen: str) -> None:
    assert not matches(expected, seen)


@pytest.mark.parametrize("seen", ["a\nz", "a\nb\nz", "a\nb\n\nc\nz"])
def test_three_dots_stand_for_any_lines_none_included(seen: str) -> None:
    assert matches("a\n...\nz", seen)


def test_three_dots_hide_nothing_around_them() -> None:
    assert not matches("a\n...\nz", "a\nb")
    assert not matches("a\n...\nz", "b\nz")


def test_an_id_must_stand_for_the_same_container_through_the_session() -> None:
    first = compare(lines(LONG), [OTHER_LONG], Bindings())
    assert matches(f"{ID}  web", f"{OTHER}  web", first.bindings)
    assert not matches(f"{ID}  web", f"{'a' * 12}  web", first.bindings)


def test_two_containers_must_not_become_one() -> None:
    first = compare(lines(f"{ID} a"), [f"{OTHER} a"], Bindings())
    assert not matches(f"{'b' * 12} b", f"{OTHER} b", first.bindings)


def test_a_contradiction_within_one_output_is_noticed() -> None:
    assert not matches(f"{ID} a\n{ID} b", f"{OTHER} a\n{'c' * 12} b")


def test_a_value_of_the_page_is_replaced_by_that_of_the_run() -> None:
    bindings = compare(lines(LONG), [OTHER_LONG], Bindings()).bindings
    assert bindings.to_seen(f"docker logs {ID}") == f"docker logs {OTHER}"
    assert bindings.to_seen(f"docker inspect {LONG}") == f"docker inspect {OTHER_LONG}"
    assert bindings.to_expected(f"removed {OTHER}") == f"removed {ID}"


def test_what_an_author_typed_stands_for_itself() -> None:
    bindings = Bindings()
    bindings.adopt("docker run --name happy_panda nginx")
    assert matches("happy_panda", "happy_panda", bindings)
    assert not matches("happy_panda", "happy_turtle", bindings)


def test_rows_of_a_build_may_come_in_any_order() -> None:
    expected = " => [a] 0.1s\n => [b] 0.2s\nend"
    assert matches(expected, " => [b] 3.2s\n => [a] 0.0s\nend")
    assert not matches(expected, " => [b] 3.2s\n => [c] 0.0s\nend")
    assert not matches(expected, " => [a] 3.2s\nend")
    assert not matches(expected, " => [a] 0.1s\n => CACHED [b] 0.0s\nend")


def test_rows_of_compose_may_come_in_any_order() -> None:
    expected = "[+] Running 2/2\n ✔ Network a  Removed  0.1s\n ✔ Volume b  Removed  0.0s"
    assert matches(
        expected, "[+] Running 2/2\n ✔ Volume b  Removed  0.0s\n ✔ Network a  Removed  0.3s"
    )
    assert not matches(
        expected, "[+] Running 2/2\n ✔ Volume b  Created  0.0s\n ✔ Network a  Removed  0.3s"
    )


def test_a_wildcard_hides_a_block_of_rows_and_the_next_block_still_comes_in_any_order() -> None:
    expected = "...\n[+] Running 2/2\n ✔ a  Started  0.1s\n ✔ b  Started  0.1s"
    hidden = "[+] Running 2/2\n ✔ a  Pulled  0.1s\n   ✔ 7c7428b9e5b6 Pull complete  0.1s\n"
    built = "[+] Building 0.1s (1/1) FINISHED\n => [a] 0.1s\n"
    rows = "[+] Running 2/2\n ✔ b  Started  0.2s\n ✔ a  Started  0.3s"
    assert matches(expected, hidden + built + rows)
    assert not matches(expected, hidden + built + rows.replace("a  Started", "a  Pulled"))
    assert not matches(expected, hidden + built + rows + "\n ✔ c  Started  0.1s")


def test_a_wildcard_among_rows_of_a_build_hides_rows() -> None:
    assert matches(" => [a] 0.1s\n...\n => [b] 0.2s", " => [b] 0.2s\n => [x] 1s\n => [a] 0.0s")


def test_a_build_row_that_was_cut_to_make_room_for_its_time_still_matches() -> None:
    row = " => [2/3] RUN apt-get update && apt-get install -y --no-install-recommends curl"
    assert matches(f"{row[:74]}  8.1s", f"{row[:73]}  10.4s")
    assert not matches(f"{row[:74]}  8.1s", f"{row[:40]}X{row[41:73]}  10.4s")


def test_a_digest_that_was_cut_with_its_row_may_be_another() -> None:
    row = " => CACHED [1/2] FROM docker.io/library/alpine:latest@sha256:{}  0.0s"
    assert matches(row.format("702fc79da5d9"), row.format("14a88bd1c46e"))


def test_a_layer_may_have_another_size_to_the_last_digit() -> None:
    row = " => => sha256:16ce1aa9ce4df70818b96c58350789e2624ec1c8a 32.75MB / 32.75MB  0.1s"
    other = " => => sha256:a93a779a9dae7e4c9235d559f9b1f8b6e197aaded 28.53MB / 28.53MB  0.1s"
    assert matches(row, other)


def test_an_image_may_have_another_number_of_layers() -> None:
    expected = f"Pulling\n{ID}: Pull complete\nDigest"
    assert matches(expected, f"Pulling\n{OTHER}: Pull complete\n{'a' * 12}: Pull complete\nDigest")
    assert not matches(expected, "Pulling\nDigest")
    assert not matches(expected, f"Pulling\n{OTHER}: Already exists\nDigest")


def test_a_diff_names_the_line_and_leaves_volatile_values_quiet() -> None:
    expected = lines(f"{ID}  nginx  web\nsecond")
    rows = diff(compare(expected, [f"{OTHER}  nginx  web", "2nd"], Bindings()))
    assert rows == [f"   1 |   {ID}  nginx  web", "   2 | - second", "     | + 2nd"]


@given(st.text(max_size=80))
def test_the_pieces_of_a_line_are_the_line(text: str) -> None:
    assert "".join(token.text for token in tokens(text)) == text


@given(st.lists(st.text(st.characters(exclude_characters="\n"), max_size=40), max_size=8))
def test_any_output_matches_itself(output: list[str]) -> None:
    expected = [Output(line, n) for n, line in enumerate(output)]
    assert compare(expected, output, Bindings()).matches


def test_an_id_that_was_cut_short_is_translated_as_one_id() -> None:
    bindings = Bindings()
    bindings.bind(f"sha256:{'ab' * 32}", f"sha256:{'cd' * 32}")
    assert bindings.to_expected(f"sha256:{'cd' * 20}") == f"sha256:{'ab' * 20}"
