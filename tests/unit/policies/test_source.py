"""Less than YAML: what reads differently to different parsers, or to people, is refused with its line."""

from __future__ import annotations

import pytest

from policies.source import LONGEST_FILE, read_source


def told(content: str | bytes) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.key, fault.message) for fault in read_source("a.yaml", content).faults]


@pytest.mark.parametrize(
    ("text", "line", "key", "message"),
    [
        ("a: &x 1\nb: 2", 1, "", "an anchor `&x`; write the value out where it is needed"),
        ("a: 1\nb: !!python/name:os x", 2, "", "a tag `tag:yaml.org,2002:python/name:os`; take it out"),
        ("a: 1\nb: !env HOME", 2, "", "a tag `!env`; take it out"),
        ("a:\n  <<: {b: 1}", 2, "a.<<", "a merge; write the keys out"),
        ("a: 1\n---\nb: 2", 2, "", "a second document; keep one in a file"),
        ("%YAML 1.1\n---\na: 1", 1, "", "a YAML directive; take it out"),
        ("a: 1\nb:\n\tc: 1", 3, "", "a tab; write spaces instead"),
        ("a: 1 # \u202ereversed", 1, "", "an invisible character (U+202E); take it out"),
        ("a: 1\nb\u200b: 2", 2, "", "an invisible character (U+200B); take it out"),
        ("a: 1\nb: \x07", 2, "", "an invisible character (U+0007); take it out"),
        ("a: 1\u2028b: 2", 1, "", "an invisible character (U+2028); take it out"),
        ("", 1, "", "the file is empty; docs/policies.md shows what belongs in it"),
        ("# only a comment\n", 1, "", "the file is empty; docs/policies.md shows what belongs in it"),
        ("\n- a\n", 2, "", "the file must be made of `key: value` lines"),
        ("just words", 1, "", "the file must be made of `key: value` lines"),
        ("a: 1\nb:\n", 2, "b", "nothing is written here; give it a value or take the line out"),
        ("a: 1\nb: ~\n", 2, "b", "nothing is written here; give it a value or take the line out"),
        ("a: 1\nb: null\n", 2, "b", "nothing is written here; give it a value or take the line out"),
        ("a:\n  - 1\n  -\n", 3, "a[1]", "an empty entry; give it a value or take it out"),
        ("a: 1\nb: 2\na: 3", 3, "a", "`a` stands twice, first on line 1; keep one"),
        ("a:\n  - {b: 1, b: 2}", 2, "a[0].b", "`b` stands twice, first on line 2; keep one"),
        ("? [a, b]\n: 1", 1, "", "a key must be a plain word"),
    ],
)  # fmt: skip
def test_what_could_be_misread_is_refused_with_its_line(text: str, line: int, key: str, message: str) -> None:
    assert [(line, key, message)] == told(text)


def test_an_alias_is_refused_like_its_anchor() -> None:
    assert [1, 2] == [line for line, _, _ in told("a: &x {b: 1}\nc: *x")]


def test_a_bomb_of_aliases_is_refused_before_anything_is_built() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )

    source = read_source("a.yaml", bomb)

    assert {} == source.value
    assert source.faults


def test_deep_nesting_is_refused_without_recursion() -> None:
    assert [(1, "", "nested too deeply; a policy needs no more than a few levels")] == told("[" * 30_000)


def test_text_that_is_not_yaml_is_refused_with_its_line() -> None:
    ((line, key, message),) = told("a: 1\nb: [1, 2\nc: 3\n")

    assert (3, "") == (line, key)
    assert message.startswith("not readable as YAML here (")
    assert message.endswith("); look at the indentation, colons and quotes")


def test_a_long_file_is_refused() -> None:
    assert [] == told("a: 1 #".ljust(LONGEST_FILE, "x"))
    assert [(1, "", "the file is longer than 64 KiB; split the system or shorten it")] == told(
        "a: 1 #".ljust(LONGEST_FILE + 1, "x")
    )


def test_a_file_that_is_not_utf8_is_refused_with_its_line() -> None:
    assert [(2, "", "this line is not UTF-8; save the file as UTF-8")] == told(
        "a: 1\nb: é\n".encode("latin-1")
    )


def test_utf8_with_a_mark_and_windows_line_ends_is_read() -> None:
    source = read_source("a.yaml", "\ufeffa: é\r\nb: 2\r\n".encode())

    assert ({"a": "é", "b": 2}, []) == (source.value, source.faults)
    assert 2 == source.line(("b",))


def test_words_stay_words_whatever_older_yaml_made_of_them() -> None:
    source = read_source(
        "a.yaml", "a: yes\nb: on\nc: 1:30\nd: 0x10\ne: 010\nf: 2024-01-01\ng: 1e3\nh: 1_000\ni: No"
    )

    assert ["yes", "on", "1:30", "0x10", "010", "2024-01-01", "1e3", "1_000", "No"] == [
        *source.value.values()
    ]


def test_numbers_truth_and_quoted_text_are_told_apart() -> None:
    source = read_source("a.yaml", "a: 10\nb: -1\nc: true\nd: '10'\ne: \"true\"\nf: ''\ng: 12345678901")

    assert [10, -1, True, "10", "true", "", "12345678901"] == [*source.value.values()]


def test_a_path_that_the_file_lacks_has_the_line_of_its_nearest_part() -> None:
    source = read_source("a.yaml", "a: 1\nb:\n  c:\n    - d: 1\n")

    assert [4, 4, 2, 1] == [
        source.line(path) for path in (("b", "c", 0, "d"), ("b", "c", 0, "x"), ("b", "y"), ("z",))
    ]
