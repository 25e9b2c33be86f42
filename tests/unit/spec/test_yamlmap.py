"""YAML text -> a tree with places: the limits, the traps, and where faults stand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from devenv.errors import SpecInvalid
from devenv.spec.merge import plain
from devenv.spec.yamlmap import MOST_BYTES, MOST_DEPTH, MOST_VALUES, decode, parse

if TYPE_CHECKING:
    from tests.unit.spec.conftest import Bench


def read(text: str) -> Any:
    tree, faults = parse(text, "f")
    assert not faults
    return plain(tree)


def refusal(text: str | bytes) -> str:
    with pytest.raises(SpecInvalid) as caught:
        parse(decode(text if isinstance(text, bytes) else text.encode(), "f"), "f")
    return str(caught.value)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "f:1:1: is empty"),
        (b"# nothing but a comment\n", "f:1:1: is empty"),
        (b"a: 1\n---\nb: 2\n", "f:2:1: holds a second document"),
        (b"\xff\xfea\x00", "f:1:1: is UTF-16 or UTF-32; save it as UTF-8"),
        (b"a: 1\nb: \xff\n", "f:2:4: is not UTF-8: byte 0xff"),
        (b"a: 1\nb: x\x00y\n", "f:2:5: has the character U+0000"),
        (b"a: \x1b[31m\n", "f:1:4: has the character U+001B"),
        (b"a: [1, 2\n", "f:2:1: is not YAML"),
        (b"a: b: c\n", "f:1:5: is not YAML: mapping values are not allowed in this context; a text that holds"),
        (b"a:\n\tb: 1\n", "tabs"),
        (b"a: 'x\n", "a quote is not closed"),
        (b"a: *b\n", "f:1:4: *b names no anchor &b"),
        (b"a: &a [*a]\n", "f:1:8: *a names no anchor &a that ends before it"),
        (b"a: @x\n", "needs quotes"),
        (b"x" * (MOST_BYTES + 1), f"at most {MOST_BYTES} are read"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(raw: bytes, said: str) -> None:
    assert said in refusal(raw)


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert read(decode(b"\xef\xbb\xbfa: 1\n", "f")) == {"a": 1}


def test_windows_line_ends_do_not_shift_lines() -> None:
    tree, _ = parse("a: 1\r\nb: 2\r\n", "f")
    assert tree.keys["b"].line == 2


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_depth_is_bounded_before_it_hurts(opening: str) -> None:
    assert f"nested deeper than {MOST_DEPTH}" in refusal(opening * 20_000)


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    start = time.perf_counter()
    assert f"more than {MOST_VALUES} values, its aliases expanded" in refusal("\n".join(lines))
    assert time.perf_counter() - start < 1


def test_a_bomb_of_merges_is_refused_at_once() -> None:
    lines = ["a0: &a0 {" + ", ".join(f"k{n}: [x, x, x, x, x, x, x, x, x, x]" for n in range(20)) + "}"]
    lines += [f"a{n}: &a{n} {{b: *a{n - 1}, c: *a{n - 1}, <<: *a{n - 1}}}" for n in range(1, 30)]
    assert "its aliases expanded" in refusal("\n".join(lines))


def test_depth_through_aliases_is_bounded() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)]
    assert f"nested deeper than {MOST_DEPTH}, its aliases expanded" in refusal("\n".join(lines))


def test_more_values_than_a_spec_needs_are_refused() -> None:
    assert f"f:{MOST_VALUES}:3: holds more than {MOST_VALUES} values" in refusal("- a\n" * MOST_VALUES)


def test_a_merge_key_takes_in_what_the_map_does_not_say_itself() -> None:
    text = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {c: 3, <<: [*y, *x]}\n"
    assert read(text)["z"] == {"c": 3, "b": 2, "a": 1}


def test_a_merged_key_keeps_the_place_of_its_anchor() -> None:
    tree, _ = parse("x: &x {a: 1}\nz: {<<: *x}\n", "f")
    assert isinstance(tree.value, dict)
    assert tree.value["z"].keys["a"].line == 1


def test_a_quoted_merge_key_is_a_key() -> None:
    assert read('{"<<": 1}') == {"<<": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("env: {A: 1, A: 2}\n", "devenv.yaml:4:13: env.A: stands twice; the first is on line 4"),
        ("name: again\n", "devenv.yaml:4:1: name: stands twice; the first is on line 2"),
        ("env: {8080: x}\n", 'devenv.yaml:4:7: env: has the key 8080, which is not text; did you mean "8080"?'),
        ("env: {true: x}\n", 'devenv.yaml:4:7: env: has the key true, which is not text; did you mean "true"?'),
        ("env: {~: x}\n", 'devenv.yaml:4:7: env: has the key ~, which is not text; did you mean "~"?'),
        ("env: {[a]: x}\n", "devenv.yaml:4:7: env: has the key a list or a map, which is not text"),
        (
            "env: {A: !!python/name:os.system x}\n",
            "devenv.yaml:4:10: env.A: has the tag tag:yaml.org,2002:python/name:os",
        ),
        ("env: {A: !Ref x}\n", "devenv.yaml:4:10: env.A: has the tag !Ref; tags are not allowed"),
        ("env: !!map {A: b}\n", "devenv.yaml:4:6: env: has the tag tag:yaml.org,2002:map; tags are not allowed"),
        ("env: {<<: 3}\n", "devenv.yaml:4:11: env.<<: must be a map or a list of maps, such as *anchor"),
    ],
)
def test_what_yaml_allows_and_a_spec_does_not_is_one_fault(bench: Bench, text: str, said: str) -> None:
    assert bench.fault(text).startswith(said)


def test_keys_that_yaml_1_1_takes_for_booleans_are_text(bench: Bench) -> None:
    assert bench.load("env: {on: 1, yes: 2, n: 3}\n").env == {"on": "1", "yes": "2", "n": "3"}


def test_faults_of_yaml_and_of_fields_are_reported_together(bench: Bench) -> None:
    found = bench.faults("env: {A: 1, A: 2}\nresources: {cpus: 0}\n")
    assert [line.split(": ")[1] for line in found] == ["env.A", "resources.cpus"]
