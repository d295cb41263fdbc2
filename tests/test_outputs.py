"""Rows that come in blocks end up as if they had all been sorted at once, or not at all."""

import csv
import io
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import nan
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sda.errors import OutputError
from sda.outputs import (
    Format,
    Lists,
    Texts,
    Words,
    opened,
    require_writable,
    sorted_rows,
)

ORDER = ("at", "number", "word")
DAY = datetime(2025, 8, 8, tzinfo=UTC)
BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
WORDS = Words(
    ("plain", 'say "hi"', "a, b", "", "100 %b", "two\nlines", "carriage\rreturn", "Ωß", "null")
)

row = st.tuples(
    st.integers(0, 5).map(lambda k: k * 700_000),  # microseconds: ties, whole seconds and others
    st.integers(1, 4),
    st.sampled_from(range(len(WORDS.texts))),
    st.floats(allow_nan=False, allow_infinity=False) | st.none(),
    st.none() | st.integers(0, 10**12),
    st.booleans(),
    st.lists(st.floats(-1e3, 1e3), max_size=2),
)
blocks = st.lists(st.lists(row, max_size=4), min_size=1, max_size=5)


def _table(rows):
    at, number, word, value, until, known, parts = zip(*rows, strict=True) if rows else [()] * 7
    listed = np.array([part for several in parts for part in several], np.float64)
    return {
        "at": np.datetime64("2025-08-08", "us") + np.array(at, "m8[us]"),
        "number": np.array(number, np.int64),
        "word": Texts(WORDS, np.array(word, np.intp)),
        "value": np.array([nan if one is None else one for one in value], np.float64),
        "until": np.array(["NaT" if one is None else one for one in until], "M8[us]"),
        "known": np.array(known, np.bool_),
        "parts": Lists(
            {"x": listed, "twice": 2 * listed},
            np.cumsum([len(several) for several in parts], dtype=np.intp),
        ),
    }


def _write(out, format, blocks):
    with sorted_rows(out, format, ORDER) as spool:
        for rows in blocks:
            spool.add(_table(rows))


def _interrupted(*blocks):
    yield from blocks
    raise KeyboardInterrupt


def _read(path, format):
    """Return rows by another reader, times as datetimes; without the lists for CSV."""
    if format is Format.PARQUET:
        return pq.read_table(path).to_pylist()
    text = path.read_bytes().decode()
    if format is Format.CSV:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        return [
            {
                "at": datetime.fromisoformat(one["at"]),
                "number": int(one["number"]),
                "word": one["word"],
                "value": float(one["value"]) if one["value"] else None,
                "until": datetime.fromisoformat(one["until"]) if one["until"] else None,
                "known": {"true": True, "false": False}[one["known"]],
            }
            for one in rows
        ]
    rows = (
        json.loads(text)
        if format is Format.JSON
        else [json.loads(x) for x in text.split("\n") if x]
    )
    for one in rows:
        one["at"] = datetime.fromisoformat(one["at"])
        one["until"] = datetime.fromisoformat(one["until"]) if one["until"] else None
    return rows


def _expected(rows, format):
    printed = [
        {
            "at": DAY + timedelta(microseconds=at),
            "number": number,
            "word": WORDS.texts[word],
            "value": value,
            "until": None if until is None else BEGIN + timedelta(microseconds=until),
            "known": known,
            "parts": [{"x": x, "twice": 2 * x} for x in parts],
        }
        for at, number, word, value, until, known, parts in sorted(rows, key=lambda one: one[:3])
    ]
    if format is Format.CSV:
        for one in printed:
            del one["parts"]
    return printed


@pytest.mark.parametrize("format", Format)
@settings(max_examples=40)
@given(blocks=blocks)
def test_rows_of_any_blocks_are_read_back_whole_and_sorted(format, blocks):
    with TemporaryDirectory() as folder:
        out = Path(folder) / "rows"
        _write(out, format, blocks)
        rows = [row for rows in blocks for row in rows]
        assert _read(out, format) == _expected(rows, format)
        assert _names(Path(folder)) == ["rows"]


@pytest.mark.parametrize("format", Format)
@settings(max_examples=40)
@given(blocks=blocks)
def test_a_file_is_the_same_however_its_rows_came(format, blocks):
    rows = sorted((row for rows in blocks for row in rows), key=lambda one: one[:3])
    with TemporaryDirectory() as folder:
        parts, whole = Path(folder) / "parts", Path(folder) / "whole"
        _write(parts, format, blocks)
        _write(whole, format, [rows])
        assert parts.read_bytes() == whole.read_bytes()


@given(st.lists(row, min_size=1, max_size=5))
def test_texts_are_quoted_as_the_csv_module_does(rows):
    rows.sort(key=lambda one: one[:3])
    with TemporaryDirectory() as folder:
        out = Path(folder) / "rows"
        _write(out, Format.CSV, [rows])
        written = out.read_bytes().decode()
    theirs = io.StringIO(newline="")
    writer = csv.writer(theirs, lineterminator="\r\n")
    writer.writerows((number, WORDS.texts[word], "") for _, number, word, *_ in rows)
    for line in theirs.getvalue().removesuffix(",\r\n").split(",\r\n"):
        assert f",{line}," in written


def test_groups_of_parquet_are_merged_in_order(tmp_path):
    """More rows than a group holds, and late ones that belong all over."""
    rng = np.random.default_rng(7)
    at = np.sort(rng.integers(0, 10**9, 150_000))
    late = rng.choice(len(at), 500, replace=False)
    early = np.setdiff1d(np.arange(len(at)), late)
    with sorted_rows(tmp_path / "rows", Format.PARQUET, ("at",)) as spool:
        for part in (*np.array_split(early, 7), late[np.argsort(at[late])]):
            spool.add({"at": at[part], "place": part})
    found = pq.read_table(tmp_path / "rows")
    assert found["at"].to_numpy().tolist() == at.tolist()
    assert sorted(found["place"].to_pylist()) == list(range(len(at)))
    assert (at[found["place"].to_numpy()] == found["at"].to_numpy()).all()
    assert pq.ParquetFile(tmp_path / "rows").num_row_groups > 1


def test_parquet_has_the_types_of_the_columns(tmp_path):
    _write(tmp_path / "rows", Format.PARQUET, [[(0, 1, 0, 0.5, None, True, [1.0])]])
    schema = pq.read_schema(tmp_path / "rows")
    types = {name: str(schema.field(name).type) for name in schema.names}
    assert types == {
        "at": "timestamp[us, tz=UTC]",
        "number": "int64",
        "word": "string",
        "value": "double",
        "until": "timestamp[us, tz=UTC]",
        "known": "bool",
        "parts": "list<element: struct<x: double, twice: double>>",
    }


@pytest.mark.parametrize("format", Format)
def test_an_interrupted_job_leaves_a_whole_file_of_its_rows_and_the_older_result(format, tmp_path):
    out, partial = tmp_path / "rows", tmp_path / "rows.partial"
    out.write_text("the result of yesterday")
    late, early = [(700_000, 2, 0, 1.0, None, False, [])], [(0, 1, 1, 2.0, None, True, [3.0])]
    with pytest.raises(KeyboardInterrupt):
        _write(out, format, _interrupted(late, early))
    assert out.read_text() == "the result of yesterday"
    assert sorted(_read(partial, format), key=lambda one: one["at"]) == _expected(
        [*late, *early], format
    )


@pytest.mark.parametrize("format", Format)
def test_a_job_interrupted_before_its_first_rows_leaves_an_empty_file(format, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        _write(tmp_path / "rows", format, _interrupted())
    assert _names(tmp_path) == ["rows.partial"]
    assert (tmp_path / "rows.partial").read_bytes() == b""


@pytest.mark.parametrize("format", [Format.CSV, Format.JSONL])
def test_a_reader_can_follow_text_while_it_is_written(format, tmp_path):
    first, second = (0, 1, 0, 1.0, None, False, []), (5, 2, 0, 1.0, None, False, [])
    with sorted_rows(tmp_path / "rows", format, ORDER) as spool:
        for rows in ([first], [second]):
            spool.add(_table(rows))
            (*_, last) = _read(tmp_path / "rows.partial", format)
            assert last == _expected(rows, format)[0]


@pytest.mark.parametrize("format", Format)
def test_stdout_gets_all_rows_at_the_end_in_order(format, tmp_path, capfdbinary):
    blocks = [[(700_000, 2, 0, 1.0, None, False, [])], [(0, 1, 1, 2.0, None, True, [3.0])]]
    _write(None, format, blocks)
    _write(tmp_path / "rows", format, blocks)
    assert capfdbinary.readouterr().out == (tmp_path / "rows").read_bytes()


@pytest.mark.parametrize("format", Format)
def test_a_full_disk_is_one_line_and_leaves_the_older_result(format, tmp_path):
    out = tmp_path / "rows"
    out.write_text("the result of yesterday")
    rows = [(k, 1, 2, 1.0 / (k + 1), k, True, [1.0 / (k + 1)]) for k in range(20_000)]
    with _files_of_at_most(10_000), pytest.raises(OutputError, match=f"cannot write {out}"):
        _write(out, format, [rows])
    assert out.read_text() == "the result of yesterday"
    assert _names(tmp_path) == ["rows", "rows.partial"]


def test_a_device_is_written_and_never_replaced():
    require_writable(Path("/dev/null"))
    _write(Path("/dev/null"), Format.CSV, [[(0, 1, 0, 1.0, None, False, [])]])
    assert Path("/dev/null").is_char_device()
    with pytest.raises(OutputError, match="/dev/full: No space left"):
        _write(Path("/dev/full"), Format.CSV, [[(0, 1, 0, 1.0, None, False, [])]])


def test_what_cannot_be_written_is_told_before_the_work(tmp_path):
    require_writable(None)
    require_writable(tmp_path / "rows.csv")
    with pytest.raises(OutputError, match="make the folder"):
        require_writable(tmp_path / "nowhere" / "rows.csv")
    with pytest.raises(OutputError, match="is a directory"):
        require_writable(tmp_path)
    with pytest.raises(OutputError, match="name too long"):
        require_writable(tmp_path / ("long" * 100))
    assert _names(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_told_before_the_work(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="no permission"):
        require_writable(tmp_path / "rows.csv")


def test_a_single_file_appears_whole_or_not_at_all(tmp_path):
    out = tmp_path / "report.json"
    with opened(out) as stream:
        stream.write(b"{}")
        assert not out.exists()
    with pytest.raises(TypeError), opened(out) as stream:
        stream.writelines([b"half of", None])
    assert out.read_bytes() == b"{}"
    assert _names(tmp_path) == ["report.json"]


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
