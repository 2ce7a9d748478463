"""Where the whole writes of an append-only file end, at every length it may be cut to."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.aof import MANIFEST, cut_off_unfinished_write

_WORDS = st.lists(st.binary(max_size=20), min_size=1, max_size=4)


def command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def folder_with(content: bytes, folder: Path) -> Path:
    """A data folder whose append-only file holds this."""
    (folder / MANIFEST).parent.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_text(
        "file base.rdb seq 1 type b\nfile 1.aof seq 1 type h\nfile 2.aof seq 2 type i\n"
    )
    path = (folder / MANIFEST).parent / "2.aof"
    path.write_bytes(content)
    return path


@given(
    units=st.lists(
        st.one_of(
            _WORDS.map(lambda words: command(b"SET", *words)),
            st.lists(_WORDS.map(lambda words: command(b"XADD", *words)), max_size=3).map(
                lambda inner: command(b"MULTI") + b"".join(inner) + command(b"EXEC")
            ),
            st.just(b"#TS:1700000000\r\n"),
        ),
        max_size=5,
    ),
    data=st.data(),
)
def test_cut_anywhere_it_ends_after_the_last_whole_unit(
    units: list[bytes], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("aof")
    whole = b"".join(units)
    length = data.draw(st.integers(0, len(whole)))
    ends = [0]
    for unit in units:
        ends.append(ends[-1] + len(unit))
    expected = max(end for end in ends if end <= length)
    path = folder_with(whole[:length], folder)
    kept = cut_off_unfinished_write(folder)
    assert path.read_bytes() == whole[:expected]
    assert (kept.read_bytes() if kept else b"") == whole[expected:length]


@pytest.mark.parametrize(
    "damage",
    [b"\0\0\0", b"GET a\r\n", b"*x\r\n", b"*1\r\n#3\r\nGET\r\n", b"*1\r\n$3\r\nGETxx*1\r\n", b"*-1\r\n"],
)
def test_anything_else_at_the_end_is_left_alone(damage: bytes, tmp_path: Path) -> None:
    path = folder_with(command(b"SET", b"a", b"b") + damage + command(b"SET", b"c", b"d"), tmp_path)
    before = path.read_bytes()
    assert cut_off_unfinished_write(tmp_path) is None
    assert path.read_bytes() == before


def test_a_record_without_an_appended_file_is_left_alone(tmp_path: Path) -> None:
    folder_with(b"", tmp_path)
    (tmp_path / MANIFEST).write_text("file base.rdb seq 1 type b\n")
    assert cut_off_unfinished_write(tmp_path) is None


def test_a_folder_without_a_record_is_left_alone(tmp_path: Path) -> None:
    assert cut_off_unfinished_write(tmp_path) is None
    assert [] == list(tmp_path.iterdir())
