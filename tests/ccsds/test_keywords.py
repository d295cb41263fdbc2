"""The table of keywords holds what the standard and the messages of publishers say."""

import re

from sda import ccsds
from sda.ccsds.keywords import ALTERNATE, KEYWORDS, OF_SECTION, Block, Kind, Section


def test_the_obligatory_keywords_are_those_of_the_standard():
    def of(section):
        return {one.name for one in KEYWORDS if one.obligatory and one.section is section}

    assert of(Section.HEADER) == {"CREATION_DATE", "ORIGINATOR", "MESSAGE_ID"}
    assert of(Section.RELATIVE) == {"TCA", "MISS_DISTANCE"}
    objects = of(Section.OBJECT)
    assert len([name for name in objects if re.fullmatch("C[RTN].*_[RTN].*", name)]) == 21
    assert {"X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT"} < objects
    assert len(objects) == 21 + 6 + 9
    assert all(one.since == "1.0" for one in KEYWORDS if one.obligatory)


def test_each_covariance_has_its_lower_triangle_with_the_units_of_the_standard():
    for block, table in (
        (Block.COVARIANCE, OF_SECTION[Section.OBJECT]),
        (Block.ALTERNATE, ALTERNATE),
    ):
        terms = [one for one in KEYWORDS if one.block is block and one.kind is Kind.NUMBER]
        assert len(terms) == 45
        assert all(table[one.name] is one for one in terms)
    units = {
        "CR_R": "m**2",
        "CTDOT_N": "m**2/s",
        "CNDOT_NDOT": "m**2/s**2",
        "CDRG_T": "m**3/kg",
        "CDRG_RDOT": "m**3/(kg*s)",
        "CSRP_DRG": "m**4/kg**2",
        "CTHR_N": "m**2/s**2",
        "CTHR_TDOT": "m**2/s**3",
        "CTHR_SRP": "m**3/(kg*s**2)",
        "CTHR_THR": "m**2/s**4",
    }
    for name, unit in units.items():
        assert OF_SECTION[Section.OBJECT][name].unit == unit


def test_units_are_those_that_publishers_give(shared):
    """Apart from the velocities in metres of one publisher, and its bracket that is not closed."""
    found: set[tuple[str, str]] = set()
    for path in sorted((shared / "cdm").rglob("*")):
        if path.is_file():
            text = path.read_text()
            found |= set(re.findall(r"^([A-Z_0-9]+) *=[^\[\n]*\[(.*)\]\s*$", text, re.MULTILINE))
            found |= set(re.findall(r'<([A-Z_0-9]+) [^>]*units="(.+?)"', text))
    units = {one.name: one.unit for one in KEYWORDS}
    wrong = {name for name, unit in found if units[name] != unit}
    assert wrong == {"RELATIVE_VELOCITY_R", "RELATIVE_VELOCITY_T", "RELATIVE_VELOCITY_N"}
    assert len(found) > 100


def test_the_package_exports_what_it_says():
    assert sorted(ccsds.__all__) == ccsds.__all__
    assert all(hasattr(ccsds, name) for name in ccsds.__all__)
