"""Write a conjunction of our own as a Conjunction Data Message (CCSDS 508.0-B-1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sda.ccsds.cdm import Cdm
from sda.ccsds.entry import Entry
from sda.frames import ric_axes
from sda.orbit.reference_frames import ReferenceFrame
from sda.risk.conjunction import Conjunction, State
from sda.times import require_utc

__all__ = ["Contact", "MessageHeader", "ObjectDescription", "Probability", "compose"]

Floats = NDArray[np.float64]

_AXES: Final = ("R", "T", "N", "RDOT", "TDOT", "NDOT")
_STATE: Final = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_VERSION: Final = "1.0"
_M_PER_KM: Final = 1000.0
_ROUNDING: Final = 1e-13
_UNKNOWN: Final = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask about an object or a message: an office, never a person."""

    position: str
    organization: str
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class MessageHeader:
    """Who says it, when, to whom, and by what name."""

    message_id: str
    created: datetime
    originator: str
    message_for: str = ""
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectDescription:
    """What a message says of an object besides its state."""

    designator: str
    name: str
    international_designator: str
    contact: Contact
    covariance_method: str
    """CALCULATED, or DEFAULT for an assumed one."""
    object_type: str = _UNKNOWN
    catalogue: str = "SATCAT"
    ephemeris: str = "NONE"
    maneuverable: str = "N/A"
    comments: tuple[str, ...] = ()
    """Before the metadata."""
    covariance_comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Probability:
    """A probability of collision, by a method that holds, and the radius it is for, if known."""

    value: float | None
    method: str | None
    radius_km: float | None
    comments: tuple[str, ...] = ()


def compose(
    header: MessageHeader,
    conjunction: Conjunction,
    frame: ReferenceFrame,
    objects: tuple[ObjectDescription, ObjectDescription],
    probability: Probability,
) -> Cdm:
    """Return the message of a conjunction whose states are in a frame of the standard.

    Lengths become metres where the standard wants them, covariances RTN in m^2, m^2/s and
    m^2/s^2. Numbers keep the digits that they have: states a micrometre, covariances twelve. The
    probability is left out where there is none. Raises MessageError for what is no message.
    """
    states = (conjunction.object_1, conjunction.object_2)
    first, second = (
        _object(number, state, description, frame)
        for number, (state, description) in enumerate(zip(states, objects, strict=True), 1)
    )
    return Cdm(
        version=_VERSION,
        header=_header(header),
        relative=_relative(conjunction, probability),
        object_1=first,
        object_2=second,
    )


def _header(header: MessageHeader) -> tuple[Entry, ...]:
    entries = [
        Entry("CREATION_DATE", _time(header.created), comments=header.comments),
        Entry("ORIGINATOR", header.originator),
    ]
    if header.message_for:
        entries.append(Entry("MESSAGE_FOR", header.message_for))
    return (*entries, Entry("MESSAGE_ID", header.message_id))


def _relative(conjunction: Conjunction, probability: Probability) -> tuple[Entry, ...]:
    axes = ric_axes(conjunction.object_1.r_km, conjunction.object_1.v_km_s)
    miss_m = axes @ conjunction.miss_vector_km * _M_PER_KM
    velocity_m_s = axes @ conjunction.velocity_km_s * _M_PER_KM
    entries = [
        Entry("TCA", _time(conjunction.tca)),
        Entry("MISS_DISTANCE", f"{conjunction.miss_km * _M_PER_KM:.3f}", "m"),
        Entry("RELATIVE_SPEED", f"{conjunction.relative_speed_km_s * _M_PER_KM:.6f}", "m/s"),
    ]
    for name, values, digits, unit in (
        ("POSITION", miss_m, 3, "m"),
        ("VELOCITY", velocity_m_s, 6, "m/s"),
    ):
        entries += [
            Entry(f"RELATIVE_{name}_{axis}", f"{value:.{digits}f}", unit)
            for axis, value in zip(_AXES[:3], values.tolist(), strict=True)
        ]
    radius_km, comments = probability.radius_km, probability.comments
    if radius_km is not None:
        comments = (f"HBR = {radius_km * _M_PER_KM:g} [m]", *comments)
    if probability.value is None or probability.method is None:
        # The comments stand before an entry that there always is.
        entries[0] = Entry("TCA", entries[0].value, comments=comments)
        return tuple(entries)
    entries.append(Entry("COLLISION_PROBABILITY", f"{probability.value:.9e}", comments=comments))
    entries.append(Entry("COLLISION_PROBABILITY_METHOD", probability.method))
    return tuple(entries)


def _object(
    number: int, state: State, about: ObjectDescription, frame: ReferenceFrame
) -> tuple[Entry, ...]:
    metadata = {
        "OBJECT": f"OBJECT{number}",
        "OBJECT_DESIGNATOR": about.designator,
        "CATALOG_NAME": about.catalogue,
        "OBJECT_NAME": about.name or _UNKNOWN,
        "INTERNATIONAL_DESIGNATOR": about.international_designator or _UNKNOWN,
        "OBJECT_TYPE": about.object_type.replace("_", " "),
        "OPERATOR_CONTACT_POSITION": about.contact.position,
        "OPERATOR_ORGANIZATION": about.contact.organization,
        "OPERATOR_PHONE": about.contact.phone,
        "OPERATOR_EMAIL": about.contact.email,
        "EPHEMERIS_NAME": about.ephemeris,
        "COVARIANCE_METHOD": about.covariance_method,
        "MANEUVERABLE": about.maneuverable,
        "ORBIT_CENTER": "EARTH",
        "REF_FRAME": frame.value,
    }
    entries = [
        Entry(keyword, value, comments=about.comments if keyword == "OBJECT" else ())
        for keyword, value in metadata.items()
        if value
    ]
    values = np.concatenate([state.r_km, state.v_km_s]).tolist()
    for keyword, value in zip(_STATE, values, strict=True):
        rate = keyword.endswith("_DOT")
        text = f"{value:.{12 if rate else 9}f}"
        entries.append(Entry(keyword, text, "km/s" if rate else "km"))
    return (*entries, *_covariance(state, about.covariance_comments))


def _covariance(state: State, comments: tuple[str, ...]) -> list[Entry]:
    turn = np.zeros((6, 6))
    turn[:3, :3] = turn[3:, 3:] = ric_axes(state.r_km, state.v_km_s)
    matrix = turn @ state.covariance @ turn.T * _M_PER_KM**2
    scale = np.sqrt(np.diagonal(matrix))
    # What turning leaves of a correlation that is none.
    matrix[np.abs(matrix) < _ROUNDING * np.outer(scale, scale)] = 0.0
    entries = []
    for row, name in enumerate(_AXES):
        for column, other in enumerate(_AXES[: row + 1]):
            rates = (row > 2) + (column > 2)
            unit = ("m**2", "m**2/s", "m**2/s**2")[rates]
            keyword = f"C{name}_{other}"
            entries.append(
                Entry(
                    keyword, f"{matrix[row, column]:.12e}", unit,
                    comments if keyword == "CR_R" else (),
                )
            )  # fmt: skip
    return entries


def _time(time: datetime) -> str:
    """Write a time as the standard does, UTC to the microsecond, without a Z."""
    return require_utc(time).strftime("%Y-%m-%dT%H:%M:%S.%f")
