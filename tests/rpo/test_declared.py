import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sda.configuration import packaged
from sda.errors import ConfigError
from sda.rpo.context.declared import Declared, DeclaredKind, covering, hosts, read_declared
from sda.times import parse_utc

GOOD = """\
title = "A test"
kind = "docking"
norad_ids = [7, 3]
from = 2025-01-01
until = 2025-02-01
announced_by = "An agency"
source = "https://example.org/test"
"""


def _at(month, day=1, year=2025):
    return datetime(year, month, day, tzinfo=UTC)


@pytest.fixture
def config(tmp_path):
    (tmp_path / "declared").mkdir()
    return tmp_path


def _read(config, text=GOOD, name="a-test"):
    (config / "declared" / f"{name}.toml").write_text(text, encoding="utf-8")
    return read_declared(config)


class TestReading:
    def test_a_file_is_an_operation_named_by_the_file(self, config):
        (one,) = _read(config)
        assert one == Declared(
            id="a-test",
            title="A test",
            kind=DeclaredKind.DOCKING,
            norad_ids=(7, 3),
            anybody=False,
            start=_at(1),
            end=_at(2),
            announced_by="An agency",
            source="https://example.org/test",
            illustrative=False,
        )

    def test_without_the_folder_nothing_is_declared(self, tmp_path):
        assert read_declared(tmp_path) == ()

    def test_times_may_be_given_to_the_second(self, config):
        (one,) = _read(config, GOOD.replace("2025-01-01", "2025-01-01T12:00:00+02:00"))
        assert one.start == datetime(2025, 1, 1, 10, tzinfo=UTC)

    def test_what_is_not_reviewed_lapses(self, config):
        (one,) = _read(config, GOOD.replace("until", "review"))
        assert one.end == _at(2)
        (one,) = _read(config, GOOD + "review = 2025-01-15\n")
        assert one.end == _at(1, 15)

    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [
            ("[7, 3]", "[7]", "norad_ids"),
            ("[7, 3]", "[]", "norad_ids"),
            ("[7, 3]", "[7, 7]", "norad_ids"),
            ("[7, 3]", "[7, 0]", "norad_ids"),
            ("[7, 3]", "[7, -3]", "norad_ids"),
            ("[7, 3]", '[7, "3"]', "norad_ids"),
            ("[7, 3]", "[7, 3.5]", "norad_ids"),
            ("[7, 3]", "[7, 1000000000]", "norad_ids"),
            ("[7, 3]", "[7, 3]\nanybody = true", "norad_ids"),
            ("until = 2025-02-01", "until = 2025-01-01", "until"),
            ("until = 2025-02-01", "until = 2024-02-01", "until"),
            ("until = 2025-02-01", "", "review"),
            ("until = 2025-02-01", "review = 2024-02-01", "review"),
            ("2025-01-01", "2025-01-01T12:00:00", "from"),
            ("2025-01-01", "12:00:00", "from"),
            ("docking", "attack", "kind"),
            ("https:", "ftp:", "source"),
            ('"A test"', '""', "title"),
            ('"An agency"', "1", "announced_by"),
            ("title", "titel", "titel"),
            ("title", "actor = 7\ntitle", "actor"),
            ("[7, 3]", "[7, 3", "TOML"),
        ],
    )
    def test_what_is_wrong_is_refused_in_one_line_that_names_it(self, config, old, new, field):
        with pytest.raises(ConfigError) as refused:
            _read(config, GOOD.replace(old, new))
        message = str(refused.value)
        assert "a-test.toml" in message
        assert "\n" not in message
        # A missing field is named before an unknown one.
        assert field in message or "title" in message

    def test_only_what_is_invented_needs_no_announcement(self, config):
        text = GOOD.replace("https://example.org/test", "truth.json")
        with pytest.raises(ConfigError, match="https"):
            _read(config, text)
        (one,) = _read(config, text + "illustrative = true\n")
        assert one.illustrative


JANUARY = _at(1)
FEBRUARY = _at(2)


def _declared(*norad_ids, id="one", anybody=False, end=FEBRUARY):
    return Declared(
        id=id,
        title=id,
        kind=DeclaredKind.VISITING,
        norad_ids=norad_ids,
        anybody=anybody,
        start=JANUARY,
        end=end,
        announced_by="An agency",
        source="https://example.org",
        illustrative=False,
    )


class TestCovering:
    def test_a_pair_is_covered_from_its_start_to_before_its_end(self):
        one = _declared(3, 7)
        assert covering([one], (3, 7), JANUARY) is one
        assert covering([one], (3, 7), _at(2) - timedelta(seconds=1)) is one
        assert covering([one], (3, 7), _at(2)) is None
        assert covering([one], (3, 7), _at(1) - timedelta(seconds=1)) is None

    def test_what_has_no_end_goes_on(self):
        one = _declared(3, 7, end=None)
        assert covering([one], (3, 7), _at(1, year=2100)) is one

    def test_a_third_object_is_covered_by_nothing(self):
        """Luch-5X at Intelsat 10-02 and MEV-2."""
        servicing = _declared(28358, 46113)
        assert covering([servicing], (28358, 55841), JANUARY) is None
        assert covering([servicing], (46113, 55841), JANUARY) is None

    def test_any_two_of_several_are_covered(self):
        one = _declared(1, 2, 3)
        assert covering([one], (1, 3), JANUARY) is one
        assert covering([one], (3, 4), JANUARY) is None

    def test_anybody_may_visit_a_station(self):
        station = _declared(25544, anybody=True)
        assert covering([station], (25544, 60000), JANUARY) is station
        assert covering([station], (60000, 60001), JANUARY) is None
        assert hosts([station, _declared(3, 7)], JANUARY) == {25544}
        assert hosts([station], _at(3)) == frozenset()

    def test_what_names_both_goes_first(self):
        station = _declared(25544, anybody=True, id="a")
        docking = _declared(25544, 60000, id="b")
        assert covering([station, docking], (25544, 60000), JANUARY) is docking

    @given(st.integers(1, 9), st.integers(1, 9), st.booleans())
    def test_the_order_of_a_pair_changes_nothing(self, a, b, anybody):
        operations = [_declared(5, anybody=True), _declared(1, 2, 3, id="two")][anybody:]
        assert covering(operations, (a, b), JANUARY) == covering(operations, (b, a), JANUARY)

    def test_nobody_meets_himself(self):
        assert covering([_declared(5, anybody=True)], (5, 5), JANUARY) is None


@pytest.fixture(scope="module")
def declared():
    return read_declared(packaged("config"))


class TestPackaged:
    def test_the_packaged_operations_are_valid_and_marked(self, declared):
        assert declared
        for one in declared:
            exercise = any(norad_id >= 330001 for norad_id in one.norad_ids)
            assert one.illustrative == exercise == ("EXERCISE" in one.title)
            assert one.illustrative == one.id.startswith("exercise-")

    @pytest.mark.parametrize(
        ("pair", "day", "id"),
        [
            ((26824, 44625), _at(2, 14, 2020), "mev-1-intelsat-901"),
            ((28358, 46113), _at(5, 1, 2021), "mev-2-intelsat-10-02"),
            ((33500, 58992), _at(11, 30, 2024), "adras-j-h-2a"),
            ((47944, 51288), _at(2, 18, 2022), "elsa-d"),
            ((36599, 36827), _at(4, 3, 2011), "prisma"),
            ((31698, 36605), _at(8, 8), "tandem-x"),
            ((43476, 43477), _at(8, 8), "grace-fo"),
            ((25544, 63204), _at(8, 8), "iss-visitors"),
            ((48274, 61983), _at(8, 8), "css-visitors"),
        ],
    )
    def test_what_was_announced_is_covered(self, declared, pair, day, id):
        assert covering(declared, pair, day).id == id

    @pytest.mark.parametrize(
        "pair",
        [
            (44476, 55841),  # Luch-5X at Intelsat 39
            (49330, 62485),  # SJ-21 and SJ-25
            (62902, 62904),  # Cosmos 2581 and 2583
            (26824, 40258),  # Luch at Intelsat 901
            (44207, 44209),  # TH-2, which nobody announced as such
        ],
    )
    def test_what_was_not_announced_is_not(self, declared, pair):
        assert covering(declared, pair, _at(8, 8)) is None

    def test_stations_are_known(self, declared):
        assert {25544, 48274} <= hosts(declared, _at(8, 8))

    def test_the_scenario_is_covered_where_its_truth_says_declared_and_nowhere_else(self, declared):
        truth = json.loads((packaged("tle_samples") / "scenario" / "truth.json").read_text())
        assert any(event["declared"] for event in truth["events"])
        for event in truth["events"]:
            start, end = parse_utc(event["start_utc"]), parse_utc(event["end_utc"])
            for time in (start, start + (end - start) / 2, end):
                found = covering(declared, tuple(event["norad_ids"]), time)
                assert (found is not None) == event["declared"], event["event_id"]
