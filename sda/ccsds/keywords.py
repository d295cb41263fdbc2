"""The keywords of a Conjunction Data Message, in the order of the standard.

Version 1.0 is CCSDS 508.0-B-1, tables 3-1 to 3-4, with the blocks of XML of its tables 4-1 and
4-2. Version 2.0 is the draft 508.0-P-1.0.2 as its published examples show it; where they differ,
the order here is that of Orekit's tables.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = [
    "ALTERNATE",
    "KEYWORDS",
    "OF_SECTION",
    "USER_DEFINED",
    "VERSION",
    "Block",
    "Keyword",
    "Kind",
    "Section",
]

VERSION: Final = "CCSDS_CDM_VERS"
USER_DEFINED: Final = "USER_DEFINED_"
"""Starts a keyword that the parties have agreed on; version 2.0 has them after the objects."""


class Section(StrEnum):
    """Part of a message; both objects have the same keywords."""

    HEADER = "header"
    RELATIVE = "relative"
    OBJECT = "object"


class Block(StrEnum):
    """Part of a section that is an element of its own in XML."""

    HEADER = "header"
    ENCOUNTER = "relativeMetadataData"
    RELATIVE_STATE = "relativeStateVector"
    METADATA = "metadata"
    OD_PARAMETERS = "odParameters"
    ADDITIONAL = "additionalParameters"
    STATE = "stateVector"
    COVARIANCE = "covarianceMatrix"
    ALTERNATE = "covarianceMatrix, alternate"
    COVARIANCE_METADATA = "covarianceMatrix, metadata"
    USER_DEFINED = "userDefinedParameters"

    @property
    def tag(self) -> str:
        """Return the name of the element; three blocks of version 2.0 share one."""
        return self.partition(",")[0]


class Kind(StrEnum):
    """What a value must be."""

    TEXT = "text"
    NUMBER = "number"
    NUMBERS = "numbers"
    COUNT = "count"
    PROBABILITY = "probability"
    TIME = "time"
    CHOICE = "choice"


_NUMERIC: Final = frozenset({Kind.NUMBER, Kind.NUMBERS, Kind.COUNT, Kind.PROBABILITY})


@dataclass(frozen=True, slots=True)
class Keyword:
    """What the standard says of one keyword."""

    name: str
    section: Section
    block: Block
    kind: Kind
    unit: str | None
    """The only unit that is allowed; None where the standard names none."""
    obligatory: bool
    computed: bool
    """Whether something is computed with it, so that a wrong unit or NaN is refused."""
    since: str
    choices: tuple[str, ...]
    order: int = 0

    @property
    def numeric(self) -> bool:
        """Return whether `[unit]` may follow; a text may end in brackets of its own."""
        return self.kind in _NUMERIC


_TABLE: Final = """
[HEADER HEADER]
CREATION_DATE time !
ORIGINATOR text !
MESSAGE_FOR text
MESSAGE_ID text !
CLASSIFICATION text 2.0
[RELATIVE ENCOUNTER]
CONJUNCTION_ID text 2.0
TCA time ! *
MISS_DISTANCE number m ! *
MAHALANOBIS_DISTANCE number 2.0
RELATIVE_SPEED number m/s
[RELATIVE RELATIVE_STATE]
RELATIVE_POSITION_R number m
RELATIVE_POSITION_T number m
RELATIVE_POSITION_N number m
RELATIVE_VELOCITY_R number m/s
RELATIVE_VELOCITY_T number m/s
RELATIVE_VELOCITY_N number m/s
[RELATIVE ENCOUNTER]
APPROACH_ANGLE number deg 2.0
START_SCREEN_PERIOD time
STOP_SCREEN_PERIOD time
SCREEN_TYPE choice SHAPE|PC|PC_MAX 2.0
SCREEN_VOLUME_FRAME choice RTN|TVN
SCREEN_VOLUME_SHAPE choice ELLIPSOID|BOX|SPHERE
SCREEN_VOLUME_RADIUS number m 2.0
SCREEN_VOLUME_X number m
SCREEN_VOLUME_Y number m
SCREEN_VOLUME_Z number m
SCREEN_ENTRY_TIME time
SCREEN_EXIT_TIME time
SCREEN_PC_THRESHOLD probability 2.0
COLLISION_PERCENTILE numbers 2.0
COLLISION_PROBABILITY probability
COLLISION_PROBABILITY_METHOD text
COLLISION_MAX_PROBABILITY probability 2.0
COLLISION_MAX_PC_METHOD text 2.0
SEFI_COLLISION_PROBABILITY probability 2.0
SEFI_COLLISION_PROBABILITY_METHOD text 2.0
SEFI_FRAGMENTATION_MODEL text 2.0
PREVIOUS_MESSAGE_ID text 2.0
PREVIOUS_MESSAGE_EPOCH time 2.0
NEXT_MESSAGE_EPOCH time 2.0
[OBJECT METADATA]
OBJECT choice OBJECT1|OBJECT2 !
OBJECT_DESIGNATOR text !
CATALOG_NAME text !
OBJECT_NAME text !
INTERNATIONAL_DESIGNATOR text !
OBJECT_TYPE choice PAYLOAD|ROCKET_BODY|DEBRIS|UNKNOWN|OTHER
OPERATOR_CONTACT_POSITION text
OPERATOR_ORGANIZATION text
OPERATOR_PHONE text
OPERATOR_EMAIL text
ODM_MSG_LINK text 2.0
ADM_MSG_LINK text 2.0
EPHEMERIS_NAME text !
OBS_BEFORE_NEXT_MESSAGE choice YES|NO 2.0
COVARIANCE_METHOD choice CALCULATED|DEFAULT !
COVARIANCE_SOURCE text 2.0
MANEUVERABLE choice YES|NO|N/A !
ORBIT_CENTER text
REF_FRAME choice GCRF|EME2000|ITRF ! *
ALT_COV_TYPE choice XYZ|CSIG3EIGVEC3 2.0
ALT_COV_REF_FRAME text 2.0
GRAVITY_MODEL text
ATMOSPHERIC_MODEL text
N_BODY_PERTURBATIONS text
SOLAR_RAD_PRESSURE choice YES|NO
EARTH_TIDES choice YES|NO
INTRACK_THRUST choice YES|NO
[OBJECT OD_PARAMETERS]
TIME_LASTOB_START time
TIME_LASTOB_END time
RECOMMENDED_OD_SPAN number d
ACTUAL_OD_SPAN number d
OBS_AVAILABLE count
OBS_USED count
TRACKS_AVAILABLE count
TRACKS_USED count
RESIDUALS_ACCEPTED number %
WEIGHTED_RMS number
OD_EPOCH time 2.0
[OBJECT ADDITIONAL]
AREA_PC number m**2
AREA_PC_MIN number m**2 2.0
AREA_PC_MAX number m**2 2.0
AREA_DRG number m**2
AREA_SRP number m**2
OEB_PARENT_FRAME text 2.0
OEB_PARENT_FRAME_EPOCH time 2.0
OEB_Q1 number 2.0
OEB_Q2 number 2.0
OEB_Q3 number 2.0
OEB_QC number 2.0
OEB_MAX number m 2.0
OEB_INT number m 2.0
OEB_MIN number m 2.0
AREA_ALONG_OEB_MAX number m**2 2.0
AREA_ALONG_OEB_INT number m**2 2.0
AREA_ALONG_OEB_MIN number m**2 2.0
RCS number m**2 2.0
RCS_MIN number m**2 2.0
RCS_MAX number m**2 2.0
VM_ABSOLUTE number 2.0
VM_APPARENT_MIN number 2.0
VM_APPARENT number 2.0
VM_APPARENT_MAX number 2.0
REFLECTANCE number 2.0
MASS number kg
HBR number m * 2.0
CD_AREA_OVER_MASS number m**2/kg
CR_AREA_OVER_MASS number m**2/kg
THRUST_ACCELERATION number m/s**2
SEDR number W/kg
MIN_DV numbers m/s 2.0
MAX_DV numbers m/s 2.0
LEAD_TIME_REQD_BEFORE_TCA number h 2.0
APOAPSIS_ALTITUDE number km 2.0
PERIAPSIS_ALTITUDE number km 2.0
INCLINATION number deg 2.0
COV_CONFIDENCE number 2.0
COV_CONFIDENCE_METHOD text 2.0
[OBJECT STATE]
X number km ! *
Y number km ! *
Z number km ! *
X_DOT number km/s ! *
Y_DOT number km/s ! *
Z_DOT number km/s ! *
[OBJECT COVARIANCE]
axes R T N RDOT TDOT NDOT DRG SRP THR
[OBJECT ALTERNATE]
axes X Y Z XDOT YDOT ZDOT DRG SRP THR
CSIG3EIGVEC3 numbers 2.0
[OBJECT COVARIANCE_METADATA]
DENSITY_FORECAST_UNCERTAINTY number 2.0
CSCALE_FACTOR_MIN number 2.0
CSCALE_FACTOR number 2.0
CSCALE_FACTOR_MAX number 2.0
SCREENING_DATA_SOURCE text 2.0
DCP_SENSITIVITY_VECTOR_POSITION numbers m 2.0
DCP_SENSITIVITY_VECTOR_VELOCITY numbers m/s 2.0
"""
"""Section and block, then a keyword a line: its kind, its unit or choices, and marks.

The marks: ! obligatory, * computed with, 2.0 of the draft. A matrix is given by its axes.
"""

_UNITS: Final = {
    "position": ("m**2", "m**2/s", "m**3/kg", "m**2/s**2"),
    "velocity": ("m**2/s", "m**2/s**2", "m**3/(kg*s)", "m**2/s**3"),
    "area over mass": ("m**3/kg", "m**3/(kg*s)", "m**4/kg**2", "m**3/(kg*s**2)"),
    "thrust": ("m**2/s**2", "m**2/s**3", "m**3/(kg*s**2)", "m**2/s**4"),
}
"""Unit of a covariance term: by what its row and its column measure, in the same order."""
_QUANTITIES: Final = tuple(_UNITS)
_OF_AXIS: Final = (0, 0, 0, 1, 1, 1, 2, 2, 3)
"""Which quantity each of the nine axes measures."""
_POSITION_AND_VELOCITY: Final = 6


def _table() -> Iterator[Keyword]:
    section, block = Section.HEADER, Block.HEADER
    for row in _TABLE.strip().split("\n"):
        words = row.strip("[]").split()
        if row.startswith("["):
            section, block = Section[words[0]], Block[words[1]]
        elif words[0] == "axes":
            yield from _triangle(block, words[1:])
        else:
            yield _keyword(section, block, words)


def _keyword(section: Section, block: Block, words: list[str]) -> Keyword:
    """Return a row of the table."""
    name, kind, *rest = words
    marks = {"!", "*", "2.0"} & set(rest)
    (said,) = [word for word in rest if word not in marks] or [""]
    choices = tuple(said.replace("_BODY", " BODY").split("|")) if kind == Kind.CHOICE else ()
    return Keyword(
        name,
        section,
        block,
        Kind(kind),
        (said or None) if not choices else None,
        "!" in marks,
        "*" in marks,
        "2.0" if "2.0" in marks else "1.0",
        choices,
    )


def _triangle(block: Block, axes: list[str]) -> Iterator[Keyword]:
    """Yield the lower triangle of a covariance row by row; of the RTN matrix six rows are a must.

    Source: CCSDS 508.0-B-1, table 3-4.
    """
    must = block is Block.COVARIANCE
    for at, row in enumerate(axes):
        for column, axis in enumerate(axes[: at + 1]):
            yield Keyword(
                f"C{row}_{axis}",
                Section.OBJECT,
                block,
                Kind.NUMBER,
                _UNITS[_QUANTITIES[_OF_AXIS[at]]][_OF_AXIS[column]],
                must and at < _POSITION_AND_VELOCITY,
                True,
                "1.0" if must else "2.0",
                (),
            )


KEYWORDS: Final = tuple(replace(one, order=at) for at, one in enumerate(_table()))
"""Every keyword but the version, which stands before the sections, and the user's own."""

ALTERNATE: Final[Mapping[str, Keyword]] = MappingProxyType(
    {one.name: one for one in KEYWORDS if one.block is Block.ALTERNATE}
)
"""The alternate covariance; six of its names are names of the RTN matrix too."""

OF_SECTION: Final[Mapping[Section, Mapping[str, Keyword]]] = MappingProxyType(
    {
        section: MappingProxyType(
            # The earlier row wins: of the six names in two blocks, that of the RTN matrix.
            {one.name: one for one in reversed(KEYWORDS) if one.section is section}
        )
        for section in Section
    }
)
"""The keywords of each section by name."""
