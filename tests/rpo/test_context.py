import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sda.configuration import packaged
from sda.elements import ObjectType, Satcat, SatcatEntry, newest, read_files
from sda.model import ElementSet
from sda.orbit import RelativeElements
from sda.rpo.context.companions import CompanionshipKind, formation_of, shares_slot, slot_mates
from sda.rpo.context.config import ContextConfig
from sda.rpo.context.constellations import constellations_of, members_of
from sda.rpo.context.families import families_of, second_name
from sda.rpo.context.objects import contexts_at
from sda.rpo.context.stations import hosts_of, is_alongside
from sda.rpo.model import Encounter

T0 = datetime(2025, 8, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def _config():
    text = (packaged("config") / "rpo.toml").read_text(encoding="utf-8")
    return ContextConfig.model_validate(tomllib.loads(text)["context"])


CONFIG = _config()


def _set(norad_id, name="", object_id="", epoch=T0, **orbit):
    return ElementSet(
        **{
            "norad_id": norad_id,
            "name": name,
            "object_id": object_id,
            "epoch": epoch,
            "mean_motion_rev_day": 15.0,
            "eccentricity": 0.001,
            "inclination_deg": 53.0,
            "ra_of_asc_node_deg": 0.0,
            "arg_of_pericenter_deg": 0.0,
            "mean_anomaly_deg": 0.0,
            "bstar_per_earth_radius": 0.0,
            "mean_motion_dot_rev_day2": 0.0,
            "mean_motion_ddot_rev_day3": 0.0,
            "classification": "U",
            "ephemeris_type": 0,
            "element_set_no": 1,
            "rev_at_epoch": 1,
            "source": "test",
        }
        | orbit
    )


def _contexts(*sets, at=T0 + DAY, **options):
    tracks = {}
    for one in sorted(sets, key=lambda one: one.epoch):
        tracks.setdefault(one.norad_id, []).append(one)
    return contexts_at(tracks, at, CONFIG, **options)


class TestFamilies:
    def _family(self, name, *others):
        return families_of([name, *others], CONFIG.families)[name]

    @pytest.mark.parametrize(
        ("name", "family"),
        [
            ("STARLINK-1008", "STARLINK"),
            ("STARLINK-11084 [DTC]", "STARLINK"),
            ("ONEWEB-0043", "ONEWEB"),
            ("O3B FM5", "O3B"),
            ("GSAT0210 (GALILEO 14)", "GSAT"),
            ("YAOGAN-35 03C", "YAOGAN"),
            ("COSMOS 2251 DEB", "COSMOS"),
            ("HOT BIRD 13F", "HOT BIRD"),
            ("ELSA-D CLIENT", "ELSA"),
            ("EXERCISE LEO TRAIN-1", "TRAIN"),
            ("OBJECT B", ""),
            ("2024-092D", ""),
            ("SHIYAN-27 OBJECT B", "SHIYAN"),
            ("TBA - TO BE ASSIGNED", ""),
            ("UNKNOWN", ""),
            ("EXERCISE GEO 0107", ""),
            ("H-2A R/B", ""),
            ("", ""),
        ],
    )
    def test_what_stands_before_the_serial_is_the_family(self, name, family):
        assert self._family(name) == family

    def test_a_longer_stem_joins_the_series_that_begins_it(self):
        series = [f"INTELSAT {k}" for k in range(17, 20)]
        assert self._family("INTELSAT NEW DAWN", *series) == "INTELSAT"
        assert self._family("INTELSAT NEW DAWN") == "INTELSAT NEW DAWN"

    def test_second_names_with_the_same_serial_are_the_same_family(self):
        names = ["SHIJIAN-17 (SJ-17)", "SHIJIAN-21 (SJ-21)", "SJ-25", "SJ-23", "SJ-20"]
        assert len(set(families_of(names, CONFIG.families).values())) == 1

    def test_second_names_with_another_serial_are_not(self):
        names = ["NAVSTAR 43 (USA 132)", "NAVSTAR 44 (USA 135)", "USA 270", "USA 271"]
        families = families_of(names, CONFIG.families)
        assert families["NAVSTAR 43 (USA 132)"] != families["USA 270"]

    def test_one_misnomer_joins_nothing(self):
        names = ["UME 2 (ISS 2)", "ISS (ZARYA)"]
        assert families_of(names, CONFIG.families)["ISS (ZARYA)"] == "ISS"

    def test_a_second_name_is_found(self):
        assert second_name("COSMOS 2584(GLONASS)", CONFIG.families) == "GLONASS"
        assert second_name("COSMOS 2569 [GLONASS-K2]", CONFIG.families) == "GLONASS"
        assert second_name("COSMOS 2581", CONFIG.families) == ""

    @given(st.lists(st.text(alphabet="AB1 -()[]/", max_size=12), max_size=8))
    def test_any_text_has_a_family_whatever_the_order(self, names):
        families = families_of(names, CONFIG.families)
        assert families.keys() == set(names)
        assert families == families_of(reversed(names), CONFIG.families)


class TestObjects:
    def test_a_launch_is_counted_and_its_payloads(self):
        contexts = _contexts(
            _set(1, "A-1", "2019-067A"),
            _set(2, "A-2", "2019-067B"),
            _set(3, "A-1 AKM", "2019-067C"),
            _set(4, "SL-8 R/B", "2019-067D"),
            _set(5, "B-1", "2019-068A"),
        )
        assert contexts[1].launch == "2019-067"
        assert (contexts[1].n_in_launch, contexts[1].n_payloads_in_launch) == (4, 2)
        assert contexts[5].n_in_launch == 1

    def test_objects_without_a_designator_share_no_launch(self):
        contexts = _contexts(_set(1), _set(2))
        assert contexts[1].launch == ""
        assert contexts[1].launched is None
        assert contexts[1].n_in_launch == 1

    @pytest.mark.parametrize(
        ("norad_id", "name"),
        [
            (1, "SL-8 R/B"),
            (1, "FENGYUN 1C DEB"),
            (1, "TJS-3 AKM"),
            (1, "NISAR UPPER STAGE"),
            (1, "cz-6a deb"),
            (80000, "TBA - TO BE ASSIGNED"),
            (89999, "X-1"),
            (270189, "TBA - TO BE ASSIGNED"),
        ],
    )
    def test_what_cannot_move_or_is_not_identified_is_passive(self, norad_id, name):
        assert _contexts(_set(norad_id, name))[norad_id].is_passive

    @pytest.mark.parametrize(
        ("norad_id", "name"),
        [(43874, "TJS-3"), (90000, "X-1"), (280000, "X-2"), (799501299, "STARSTAGE-3"), (7, "")],
    )
    def test_what_may_move_is_not(self, norad_id, name):
        context = _contexts(_set(norad_id, name))[norad_id]
        assert not context.is_passive
        assert not context.is_analyst

    def test_a_satellite_catalogue_goes_before_the_name(self):
        satcat = Satcat(
            {
                1: SatcatEntry(ObjectType.PAYLOAD, "PRC"),
                2: SatcatEntry(ObjectType.ROCKET_BODY, "CIS"),
                3: SatcatEntry(ObjectType.UNKNOWN, ""),
            },
            (),
        )
        contexts = _contexts(_set(1, "STAGE-1"), _set(2, "B-1"), _set(3, "C-1 DEB"), satcat=satcat)
        assert not contexts[1].is_passive
        assert contexts[1].owner == "PRC"
        assert contexts[2].is_passive
        assert contexts[3].type is ObjectType.DEBRIS

    def test_the_quiet_are_passive_and_no_payloads(self):
        contexts = _contexts(_set(1, "A-1", "2019-067A"), _set(2, "A-2", "2019-067B"), quiet={2})
        assert contexts[2].is_passive
        assert contexts[1].n_payloads_in_launch == 1

    def test_nothing_after_the_time_is_known(self):
        early, late = _set(1, "OBJECT A"), _set(1, "SJ-25", epoch=T0 + 5 * DAY)
        other = _set(2, "B-1", epoch=T0 + 5 * DAY)
        contexts = _contexts(early, late, other, at=T0 + DAY)
        assert contexts.keys() == {1}
        assert contexts[1].name == "OBJECT A"
        assert _contexts(other, at=T0) == {}

    def test_a_new_object_of_an_old_launch_is_newly_seen_only(self):
        old = _set(1, "A-1", "2019-067A", epoch=T0 - 8 * DAY)
        kept = _set(1, "A-1", "2019-067A")
        new = _set(2, "OBJECT C", "2019-067C")
        contexts = _contexts(old, kept, new)
        assert contexts[2].is_newly_seen
        assert not contexts[2].is_newly_launched
        assert not contexts[1].is_newly_seen

    def test_at_the_start_of_a_history_nothing_is_newly_seen(self):
        stale = _set(1, "A-1", "2019-067A", epoch=T0 - 20 * DAY)
        contexts = _contexts(stale, *(_set(k, f"B-{k}", "2020-001A") for k in range(2, 30)))
        assert not any(one.is_newly_seen for one in contexts.values())

    def test_the_last_launch_of_the_year_is_newly_launched(self):
        contexts = _contexts(
            *(_set(k, f"A-{k}", f"2025-{k:03}A") for k in range(1, 171)),
            _set(999, "B", "1999-001A"),
        )
        assert contexts[170].is_newly_launched
        assert not contexts[42].is_newly_launched
        # 2025-042 went up on 2 March, 2025-131 on 19 June, 2025-026 on 5 February.
        for number, true in ((42, (3, 2)), (131, (6, 19)), (26, (2, 5))):
            off = contexts[number].launched - datetime(2025, *true, tzinfo=UTC)
            assert abs(off) < 10 * DAY
        assert contexts[999].launched < datetime(2000, 1, 1, tzinfo=UTC)

    def test_a_launch_is_not_later_than_its_first_set(self):
        contexts = _contexts(_set(1, "A-1", "2025-100A", epoch=T0 - 60 * DAY))
        assert contexts[1].launched <= contexts[1].first_seen

    def test_an_impossible_designator_has_no_date(self):
        contexts = _contexts(_set(1, "A", "2999-001A"), _set(2, "B", "0000-000A"))
        assert contexts[1].launched is None
        assert contexts[2].launched is None

    def test_what_was_not_heard_of_for_long_is_stale(self):
        contexts = _contexts(_set(1, epoch=T0 - 20 * DAY), _set(2))
        assert contexts[1].is_stale
        assert not contexts[2].is_stale


class TestConstellations:
    def _found(self, *sets, config=CONFIG):
        return constellations_of(sets, _contexts(*sets), config)

    def _shell(self, name, n, first=1, **orbit):
        return [_set(first + k, f"{name}-{k + 1}", **orbit) for k in range(n)]

    def test_many_of_a_family_on_a_shell_are_one(self):
        (found,) = self._found(*self._shell("TEST", 6))
        assert found.members == {*range(1, 7)}
        assert "TEST" in found.name

    def test_few_are_none(self):
        assert self._found(*self._shell("TEST", 5)) == ()

    def test_many_of_different_families_are_none(self):
        sets = [_set(k, f"{name}-1") for k, name in enumerate(["AB", "CD", "EF", "GH", "IJ", "KL"])]
        assert self._found(*sets) == ()

    def test_two_shells_are_two(self):
        low = self._shell("TEST", 6)
        high = self._shell("TEST", 7, first=11, inclination_deg=97.0)
        found = self._found(*low, *high)
        assert [len(one.members) for one in found] == [7, 6]
        assert members_of(found)[1] is found[1]

    def test_who_is_off_the_shell_is_no_member(self):
        off = _set(99, "TEST-99", mean_motion_rev_day=14.0)
        (found,) = self._found(*self._shell("TEST", 6), off)
        assert 99 not in found.members

    def test_a_large_family_takes_in_who_is_still_raising_its_orbit(self):
        off = _set(99, "TEST-99", mean_motion_rev_day=15.5)
        (found,) = self._found(*self._shell("TEST", 40), off)
        assert 99 in found.members
        assert found.name == "TEST"

    def test_a_name_at_home_in_three_regimes_hides_nobody(self):
        """Cosmos 2491, an inspector, flies on the shell of the Strela series."""
        low = self._shell("COSMOS", 8)
        middle = [
            _set(20 + k, f"COSMOS {20 + k} (GLONASS)", mean_motion_rev_day=2.13) for k in range(8)
        ]
        belt = self._shell("COSMOS", 3, first=40, mean_motion_rev_day=1.0, inclination_deg=0.1)
        (found,) = self._found(*low, *middle, *belt)
        assert found.name.startswith("GLONASS")
        assert found.members == {*range(20, 28)}

    def test_one_set_under_a_wrong_number_undoes_no_family(self):
        wrong = [
            _set(98, "TEST-98", mean_motion_rev_day=1.0),
            _set(99, "TEST-99", mean_motion_rev_day=2.0),
        ]
        assert self._found(*self._shell("TEST", 30), *wrong)

    def test_neighbours_in_the_belt_are_no_constellation(self):
        belt = self._shell("TJS", 20, mean_motion_rev_day=1.0027, inclination_deg=0.05)
        assert self._found(*belt) == ()

    def test_debris_of_one_name_is_no_constellation(self):
        assert self._found(*(_set(k, "TEST 1 DEB") for k in range(1, 30))) == ()

    def test_the_nameless_count_by_launch(self):
        stack = [_set(k, f"OBJECT {chr(64 + k)}", f"2024-199{chr(64 + k)}") for k in range(1, 8)]
        (found,) = self._found(*stack)
        assert found.name.startswith("2024-199")

    @given(
        st.lists(st.tuples(st.floats(14.9, 15.1), st.floats(52.8, 53.2)), min_size=6, max_size=30)
    )
    def test_no_constellation_is_smaller_than_its_least(self, orbits):
        sets = [
            _set(k, f"TEST-{k}", mean_motion_rev_day=motion, inclination_deg=inclination)
            for k, (motion, inclination) in enumerate(orbits, 1)
        ]
        found = self._found(*sets)
        assert all(len(one.members) >= CONFIG.constellations.min_members for one in found)
        assert sum(len(one.members) for one in found) == len(members_of(found))

    def test_the_order_of_the_catalogue_changes_nothing(self):
        sets = [*self._shell("TEST", 9), *self._shell("OTHER", 9, first=30)]
        assert self._found(*sets) == self._found(*reversed(sets))


def _encounter(day, da_km=0.0, dlambda_km=50.0, one=None, two=None, **values):
    start = T0 + day * DAY
    return Encounter(
        **{
            "start": start,
            "end": start + DAY,
            "set_1": replace(one or _set(1, object_id="2018-047A"), epoch=start),
            "set_2": replace(two or _set(2, object_id="2018-047B"), epoch=start),
            "min_range_km": 50.0,
            "min_range_utc": start,
            "max_range_km": 55.0,
            "min_hill_speed_km_s": 0.001,
            "near_from": start,
            "near_to": start + DAY,
            "dwell_s": 86400.0,
            "approaches": (),
            "relative": RelativeElements(da_km, dlambda_km, 0.1, 0.1, 0.1, 0.1),
            "plane_rad": 1e-5,
            "sigma_km": 1.0,
        }
        | values
    )


class TestStations:
    def test_who_stays_in_the_plane_and_near_is_alongside(self):
        assert is_alongside(_encounter(0), CONFIG.stations)

    @pytest.mark.parametrize(
        "values",
        [{"dwell_s": 3600.0}, {"min_range_km": 80.0}, {"plane_rad": 0.01}, {"da_km": 5.0}],
    )
    def test_who_passes_is_not(self, values):
        assert not is_alongside(_encounter(0, **values), CONFIG.stations)

    def test_a_visitor_of_a_visitor_is_at_the_station(self):
        hosts = hosts_of([25544, 48274], [(25544, 50000), (50000, 60000), (7, 8), (9, 48274)])
        assert hosts == {25544: 25544, 48274: 48274, 50000: 25544, 60000: 25544, 9: 48274}

    @given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=20), st.randoms())
    def test_hosts_do_not_depend_on_the_order_of_pairs(self, pairs, random):
        shuffled = [(b, a) for a, b in pairs]
        random.shuffle(shuffled)
        hosts = hosts_of([1, 2], pairs)
        assert hosts == hosts_of([2, 1], shuffled)
        assert all(hosts[a] in (1, 2) for a, b in pairs if a in hosts)
        assert all((a in hosts) == (b in hosts) for a, b in pairs)


class TestFormations:
    def _of(self, *encounters):
        return formation_of(encounters, CONFIG.formations)

    def test_a_pair_that_holds_its_orbit_since_launch_is_one(self):
        found = self._of(*(_encounter(day, dlambda_km=200 + day / 5) for day in range(0, 101, 5)))
        assert found.kind is CompanionshipKind.FORMATION
        assert found.since == T0
        assert found.n_days == 21

    def test_who_came_is_none_however_long_it_stays(self):
        apart = [_encounter(day, dlambda_km=5000.0, da_km=3.0) for day in range(3)]
        stays = [_encounter(day) for day in range(3, 400)]
        assert self._of(*apart, *stays) is None

    def test_who_drifts_is_none(self):
        drifting = [_encounter(day, dlambda_km=3.0 * day - 140) for day in range(100)]
        assert self._of(*drifting) is None

    def test_a_few_days_tell_nothing(self):
        assert self._of() is None
        assert self._of(*(_encounter(day) for day in range(10))) is None
        assert self._of(_encounter(0), _encounter(100)) is None

    def test_another_launch_takes_a_longer_record(self):
        other = _set(2, object_id="2010-030A")
        assert self._of(*(_encounter(day, two=other) for day in range(0, 121, 10))) is None
        assert self._of(*(_encounter(day, two=other) for day in range(0, 201, 10)))

    def test_a_manoeuvre_now_and_then_breaks_nothing(self):
        days = [_encounter(day, da_km=0.5 if day == 30 else 0.0) for day in range(100)]
        assert self._of(*days)


class TestSlots:
    def _encounter(self, day, dlambda_km=70.0, motion_1=1.0027, motion_2=1.0027):
        one = _set(1, mean_motion_rev_day=motion_1, inclination_deg=0.05)
        two = _set(2, mean_motion_rev_day=motion_2, inclination_deg=0.05)
        return _encounter(day, dlambda_km=dlambda_km, one=one, two=two)

    def test_neighbours_all_along_are_slot_mates(self):
        found = slot_mates([self._encounter(day) for day in range(0, 90, 10)], CONFIG.slots)
        assert found.kind is CompanionshipKind.SLOT

    def test_who_arrived_is_none_however_long_it_stays(self):
        """Luch-5X at Intelsat 39."""
        came = [self._encounter(day, dlambda_km=9000.0) for day in range(3)]
        stays = [self._encounter(day) for day in range(3, 500)]
        assert slot_mates([*came, *stays], CONFIG.slots) is None

    def test_who_drifts_past_shares_no_slot(self):
        assert not shares_slot(self._encounter(0, motion_2=1.0035), CONFIG.slots)
        assert shares_slot(self._encounter(0), CONFIG.slots)
        assert not shares_slot(self._encounter(0, dlambda_km=300.0), CONFIG.slots)

    def test_a_pair_in_low_orbit_has_no_slot_and_one_in_the_belt_no_formation(self):
        assert slot_mates([_encounter(day) for day in range(90)], CONFIG.slots) is None
        belt = [self._encounter(day) for day in range(90)]
        assert formation_of(belt, CONFIG.formations) is None


@pytest.fixture(scope="module")
def catalogue(shared):
    file = shared / "catalogs" / "full-2025-08-08.3le.gz"
    return newest(read_files([file]).elements)


@pytest.fixture(scope="module")
def known(catalogue):
    at = datetime(2025, 8, 8, 12, tzinfo=UTC)
    return contexts_at({one.norad_id: (one,) for one in catalogue}, at, CONFIG)


class TestRealCatalogue:
    def test_constellations_are_groups_and_inspectors_are_in_none(self, catalogue, known):
        found = constellations_of(catalogue, known, CONFIG)
        names = " ".join(one.name for one in found)
        for name in ("STARLINK", "ONEWEB", "O3B", "IRIDIUM", "FLOCK", "NAVSTAR", "GALILEO",
                     "BEIDOU", "GLONASS", "QIANFAN", "HULIANWANG", "YAOGAN"):  # fmt: skip
            assert name in names
        assert found[0].name == "STARLINK"
        members = members_of(found)
        # Luch-5X and Luch, SJ-17, 20, 21, 23, 25, Cosmos 2581 to 2583, 2558, 2588, 2491 and 2499,
        # GSSAP, TJS-3, SY-12, MEV, ADRAS-J.
        for norad_id in (55841, 40258, 41838, 44910, 49330, 55131, 62485, 62902, 62903, 62904,
                         53323, 64095, 39497, 39765, 51280, 51281, 43874, 50321, 50322,
                         44625, 46113, 58992):  # fmt: skip
            if norad_id in known:
                assert norad_id not in members
                assert not known[norad_id].is_passive

    def test_kick_motors_are_passive(self, known):
        motors = [one for one in known.values() if " AKM" in one.name]
        assert 43917 in {one.norad_id for one in motors}  # of TJS-3
        assert all(one.is_passive for one in motors)
