"""Laws that reading and writing element sets obey, for any element set."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sda.elements import (
    ALPHA5_MAX,
    OmmFormat,
    from_alpha5,
    newest,
    read_files,
    read_text,
    to_alpha5,
    write_3le,
    write_omm,
    write_tle,
)
from sda.errors import ElementError
from sda.model import ElementSet

SOURCE = "law"
names = st.text("ABCXYZ abc019-/&<>\"'()[],=#é", max_size=24).map(str.strip)
designators = st.one_of(
    st.just(""),
    st.builds(
        "{}-{:03d}{}".format,
        st.integers(1957, 2056),
        st.integers(1, 999),
        st.sampled_from(["A", "B", "ZZ", "ABC"]),
    ),
)
epochs = st.datetimes(datetime(1957, 1, 1), datetime(2056, 12, 31), timezones=st.just(UTC))


def finite(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


def element_sets(norad_ids: st.SearchStrategy[int]) -> st.SearchStrategy[ElementSet]:
    angles = finite(0.0, 360.0)
    return st.builds(
        ElementSet,
        norad_id=norad_ids,
        name=names,
        object_id=designators,
        epoch=epochs,
        mean_motion_rev_day=finite(1e-3, 18.0),
        eccentricity=finite(0.0, 0.999),
        inclination_deg=finite(0.0, 180.0),
        ra_of_asc_node_deg=angles,
        arg_of_pericenter_deg=angles,
        mean_anomaly_deg=angles,
        bstar_per_earth_radius=finite(-100.0, 100.0),
        mean_motion_dot_rev_day2=finite(-0.9, 0.9),
        mean_motion_ddot_rev_day3=finite(-0.1, 0.1),
        classification=st.sampled_from("UCST"),
        ephemeris_type=st.sampled_from((0, 2, 3)),
        element_set_no=st.integers(0, 9999),
        rev_at_epoch=st.integers(0, 99_999),
        source=st.just(SOURCE),
    )


any_set = element_sets(st.integers(1, 999_999_999))
tle_set = element_sets(st.integers(1, ALPHA5_MAX))


@given(st.integers(0, ALPHA5_MAX))
def test_alpha5_comes_back(norad_id):
    columns = to_alpha5(norad_id)
    assert len(columns) == 5
    assert not {"I", "O"} & set(columns)
    assert from_alpha5(columns) == norad_id


@given(st.lists(any_set, min_size=1, max_size=4), st.sampled_from(OmmFormat))
def test_an_omm_reads_back_as_it_was_written(elements, format):
    reading = read_text(write_omm(elements, format), "file", SOURCE)
    assert reading.rejects == ()
    assert reading.elements == tuple(elements)


@given(st.lists(tle_set, min_size=1, max_size=4), st.booleans())
def test_what_a_tle_can_hold_reads_back_as_it_was_written(elements, zero_prefix):
    text = write_3le(elements, zero_prefix)
    held = read_text(text, "file", SOURCE)
    assert held.rejects == ()
    assert write_3le(held.elements, zero_prefix) == text
    assert read_text(write_3le(held.elements), "file", SOURCE).elements == held.elements


@given(tle_set)
def test_a_tle_keeps_each_value_to_the_last_digit_of_its_column(e):
    (held,) = read_text(write_3le([e]), "file", SOURCE).elements

    assert abs(held.epoch - e.epoch) <= timedelta(microseconds=432)
    assert held.mean_motion_rev_day == pytest.approx(e.mean_motion_rev_day, abs=0.51e-8)
    assert held.eccentricity == pytest.approx(e.eccentricity, abs=0.51e-7)
    assert held.inclination_deg == pytest.approx(e.inclination_deg, abs=0.51e-4)
    for name in ("ra_of_asc_node_deg", "arg_of_pericenter_deg", "mean_anomaly_deg"):
        turn = (getattr(held, name) - getattr(e, name) + 180.0) % 360.0 - 180.0
        assert abs(turn) <= 0.51e-4
    assert held.bstar_per_earth_radius == pytest.approx(
        e.bstar_per_earth_radius, rel=0.51e-4, abs=0.51e-14
    )
    assert held.mean_motion_dot_rev_day2 == pytest.approx(e.mean_motion_dot_rev_day2, abs=0.51e-8)
    same = ("norad_id", "name", "object_id", "classification", "element_set_no", "rev_at_epoch")
    for name in same:
        # Runs of blanks in a name are one blank on a line.
        assert getattr(held, name) == (
            " ".join(e.name.split()) if name == "name" else getattr(e, name)
        )


@given(tle_set, st.integers(0, 1), st.data())
def test_a_single_changed_digit_is_always_detected(e, which, data):
    lines = list(write_tle(e))
    line = lines[which]
    at = data.draw(st.sampled_from([k for k in range(2, 69) if line[k].isdigit()]))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != line[at]]))
    lines[which] = line[:at] + digit + line[at + 1 :]

    reading = read_text("\n".join(lines), "file")

    assert reading.elements == ()
    assert len(reading.rejects) == 1


@given(tle_set, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.sampled_from(["", "  "]))
def test_line_ends_marks_and_trailing_blanks_change_nothing(e, end, mark, tail):
    text = write_3le([e])
    dressed = "".join(f"{line}{tail}{end}" for line in text.splitlines())
    reading = read_text(("\ufeff" if mark else "") + dressed, "file", SOURCE)
    assert reading == read_text(text, "file", SOURCE)


@given(tle_set)
def test_lines_without_a_checksum_are_read(e):
    bare = "\n".join(line[:68] for line in write_tle(e))
    assert read_text(bare, "file").elements == read_text("\n".join(write_tle(e)), "file").elements


@given(st.lists(any_set, max_size=6))
def test_newest_keeps_one_set_an_object_the_latest_of_them(elements):
    kept = newest(elements)
    assert [e.norad_id for e in kept] == sorted({e.norad_id for e in elements})
    for e in kept:
        rivals = [rival for rival in elements if rival.norad_id == e.norad_id]
        assert e.epoch == max(rival.epoch for rival in rivals)
        assert e is [rival for rival in rivals if rival.epoch == e.epoch][-1]


@given(st.lists(st.text("12 0.U-A,{}[]<>=\n", max_size=80), max_size=6).map("\n".join))
def test_no_text_is_passed_over_or_stops_the_reading(text):
    reading = read_text(text, "file")
    assert reading.elements or reading.rejects
    for reject in reading.rejects:
        assert 1 <= reject.line <= text.count("\n") + 1
        assert reject.reason
        assert reject.expected


@given(st.lists(any_set, min_size=1, max_size=3), st.sampled_from(OmmFormat), st.data())
def test_a_cut_file_gives_whole_sets_or_a_reject_never_a_changed_set(elements, format, data):
    text = write_omm(elements, format).rstrip()
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    reading = read_text(cut, "file", SOURCE)

    # A row or message may be cut inside its very last number, which nothing betrays.
    betrayed = format in (OmmFormat.JSON, OmmFormat.XML)
    certain = reading.elements if betrayed else reading.elements[:-1]
    assert certain == tuple(elements[: len(certain)])
    assert reading.rejects or not betrayed


def test_a_number_that_five_columns_cannot_hold_is_refused():
    for norad_id in (-1, ALPHA5_MAX + 1, 799_501_299):
        with pytest.raises(ElementError, match="write an OMM"):
            to_alpha5(norad_id)


def test_files_directories_and_gzip_read_alike(tmp_path: Path):
    text = "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\n"
    text += "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667\n"
    (tmp_path / "below").mkdir()
    (tmp_path / "b.tle").write_text(text)
    (tmp_path / "below" / "a.dat").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "README.md").write_text("about the data")
    (tmp_path / ".hidden").write_text("not data")

    reading = read_files([tmp_path])

    assert [e.source for e in reading.elements] == ["b.tle", "a.dat"]
    assert reading.rejects == ()
    assert {e.norad_id for e in reading.elements} == {5}


def test_a_missing_path_says_what_to_do(tmp_path: Path):
    with pytest.raises(ElementError, match="check the path"):
        read_files([tmp_path / "absent.tle"])
