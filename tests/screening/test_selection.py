"""Filters keep what they name, leave primaries alone, and say what there is when none is left."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orbits import element_set

from sda.elements import ObjectType, SatcatEntry
from sda.errors import CatalogueError, ScreeningError
from sda.orbit import Regime, regime_of
from sda.screening.selection import Selection, select

STATION = element_set(1)
STAGE = replace(element_set(2), name="SL-8 R/B")
SPLINTER = replace(element_set(3), name="SL-8 DEB")
RELAY = element_set(4, mean_motion_rev_day=1.0027, inclination_deg=0.1)
SPENT = replace(element_set(5, mean_motion_rev_day=2.3, eccentricity=0.7), name="BREEZE-M R/B")
ELEMENTS = (STATION, STAGE, SPLINTER, RELAY, SPENT)
SATCAT = {
    1: SatcatEntry(ObjectType.PAYLOAD, "ISS"),
    2: SatcatEntry(ObjectType.ROCKET_BODY, "CIS"),
    3: SatcatEntry(ObjectType.DEBRIS, "CIS"),
    4: SatcatEntry(ObjectType.PAYLOAD, ""),
}


def numbers(selection, satcat=None, primaries=frozenset()):
    return [one.norad_id for one in select(ELEMENTS, selection, satcat, primaries)]


def regimes(*names):
    return Selection(regimes=frozenset(Regime(name) for name in names))


def types(*names):
    return Selection(types=frozenset(ObjectType(name) for name in names))


def owners(*names):
    return Selection(owners=frozenset(names))


def test_no_filter_keeps_everything():
    assert select(ELEMENTS, Selection()) == ELEMENTS


def test_each_filter_keeps_what_it_names():
    assert numbers(regimes("LEO")) == [1, 2, 3]
    assert numbers(regimes("GEO", "HEO")) == [4, 5]
    assert numbers(types("PAYLOAD"), SATCAT) == [1, 4]
    assert numbers(owners("CIS", "ISS"), SATCAT) == [1, 2, 3]


def test_the_name_tells_the_type_of_what_no_catalogue_holds():
    assert numbers(types("ROCKET_BODY")) == [2, 5]
    assert numbers(types("ROCKET_BODY"), SATCAT) == [2, 5]
    assert numbers(types("DEBRIS", "UNKNOWN")) == [1, 3, 4]


def test_filters_together_keep_what_satisfies_all():
    both = Selection(frozenset({Regime.LEO}), frozenset({ObjectType.ROCKET_BODY}))
    assert numbers(both) == [2]
    with pytest.raises(CatalogueError, match="together"):
        numbers(Selection(frozenset({Regime.GEO}), frozenset({ObjectType.ROCKET_BODY})))


def test_primaries_stay_whatever_they_are():
    assert numbers(types("DEBRIS"), SATCAT, frozenset({4})) == [3, 4]
    # One that is a primary is nobody to screen it against.
    with pytest.raises(CatalogueError, match="DEBRIS"):
        numbers(types("DEBRIS"), SATCAT, frozenset({3, 4}))
    # With nothing asked for, primaries alone are screened against each other.
    assert numbers(Selection(), None, frozenset({1, 2, 3, 4, 5})) == [1, 2, 3, 4, 5]


def test_a_filter_that_nothing_satisfies_says_what_there_is():
    with pytest.raises(CatalogueError, match=r"regime MEO or OTHER: there are LEO 3, GEO 1, HEO 1"):
        numbers(regimes("MEO", "OTHER"))
    with pytest.raises(CatalogueError, match=r"type PAYLOAD: there are UNKNOWN 2, ROCKET_BODY 2"):
        numbers(types("PAYLOAD"))


def test_owners_need_a_catalogue_that_knows_them():
    with pytest.raises(ScreeningError, match="give a satellite catalogue"):
        numbers(owners("CIS"))
    with pytest.raises(ScreeningError, match=r"no owner 'RUS': it has CIS 2, ISS 1"):
        numbers(owners("CIS", "RUS"), SATCAT)
    far = {**SATCAT, 99: SatcatEntry(ObjectType.PAYLOAD, "NOR")}
    with pytest.raises(CatalogueError, match=r"owner NOR: there are CIS 2, unknown 2, ISS 1"):
        numbers(owners("NOR"), far)


@given(
    asked=st.frozensets(st.sampled_from(Regime), min_size=1),
    kinds=st.frozensets(st.sampled_from(ObjectType)),
)
def test_what_is_kept_is_what_is_asked_and_nothing_that_is_asked_is_left_out(asked, kinds):
    try:
        kept = select(ELEMENTS, Selection(asked, kinds), SATCAT)
    except CatalogueError:
        kept = ()
    for one in ELEMENTS:
        of_type = {1: "PAYLOAD", 2: "ROCKET_BODY", 3: "DEBRIS", 4: "PAYLOAD", 5: "ROCKET_BODY"}
        fits = regime_of(one) in asked and (not kinds or of_type[one.norad_id] in kinds)
        assert (one in kept) == fits
