"""What an operator tells of its own passages: conjunction data messages in KVN.

One bears out what the element sets show. In the other the operator's object is where a burn has
taken it that no element set shows yet: the two contradict each other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from sda.constants import SECONDS_PER_DAY
from sda.frames import to_ric
from sda.orbit.reference_frames import ReferenceFrame, to_gcrf

from .crossings import DEMO_D
from .event import Event
from .mean import Floats, utc
from .track import Track

AHEAD_S = {"CROSSING-10": 0.0, "CROSSING-11": 0.12}
"""By event, how far the operator's object is ahead of its element sets."""

OWN_M = (8.0, 60.0, 6.0)
DEBRIS_M = (25.0, 250.0, 20.0)
"""1-sigma errors, radial, in-track, cross-track: of the operator's object, and of the other."""

BANNER = "EXERCISE - SYNTHETIC: every object, source and event is invented"

_AXES = ("R", "T", "N", "RDOT", "TDOT", "NDOT")


@dataclass(frozen=True, slots=True)
class Side:
    """One object of a message at closest approach: TEME state and 1-sigma RTN errors."""

    norad_id: int
    name: str
    r_km: Floats
    v_km_s: Floats
    sigma_m: tuple[float, float, float]


def composed(
    message_id: str, created: datetime, tca: datetime, sides: Sequence[Side], radius_m: float = 12.0
) -> str:
    """Return one message as KVN text; what it says of the pair follows from the states."""
    one, two = sides
    miss_m = to_ric(two.r_km - one.r_km, one.r_km, one.v_km_s) * 1e3
    speed_m_s = np.linalg.norm(two.v_km_s - one.v_km_s) * 1e3
    lines = [
        "CCSDS_CDM_VERS = 1.0",
        f"COMMENT {BANNER}",
        f"CREATION_DATE = {_time(created)}",
        "ORIGINATOR = EXERCISE OPERATOR",
        f"MESSAGE_ID = {message_id}",
        f"TCA = {_time(tca)}",
        f"MISS_DISTANCE = {np.linalg.norm(miss_m):.3f} [m]",
        f"RELATIVE_SPEED = {speed_m_s:.3f} [m/s]",
        *(
            f"RELATIVE_POSITION_{axis} = {value:.3f} [m]"
            for axis, value in zip("RTN", miss_m, strict=True)
        ),
        f"COMMENT HBR = {radius_m:g} [m]",
    ]
    for number, side in enumerate(sides, 1):
        lines += _object(number, side, tca)
    return "\n".join(lines) + "\n"


def operator_messages(actors: Mapping[int, Track], events: Iterable[Event]) -> str:
    """Return the messages about some crossings, from the noise-free tracks."""
    return "\n".join(_messages(actors, events))


def _messages(actors: Mapping[int, Track], events: Iterable[Event]) -> Iterator[str]:
    created = utc(DEMO_D) - timedelta(hours=6)
    for event in events:
        ahead_s = AHEAD_S.get(event.event_id)
        if ahead_s is None:
            continue
        one, two = (actors[number] for number in event.norad_ids)
        time_d = (event.start_d + event.end_d) / 2
        for _ in range(4):
            (r_1,), (v_1,) = one.states([time_d + ahead_s / SECONDS_PER_DAY])
            (r_2,), (v_2,) = two.states([time_d])
            d, v = r_2 - r_1, v_2 - v_1
            time_d -= float(d @ v / (v @ v)) / SECONDS_PER_DAY
        sides = (
            Side(one.norad_id, one.name, r_1, v_1, OWN_M),
            Side(two.norad_id, two.name, r_2, v_2, DEBRIS_M),
        )
        yield composed(f"EXERCISE-{event.event_id}-1", created, utc(time_d), sides)


def _object(number: int, side: Side, tca: datetime) -> list[str]:
    r_km, v_km_s = to_gcrf(ReferenceFrame.TEME, side.r_km, side.v_km_s, tca)
    state = zip(("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT"), (*r_km, *v_km_s), strict=True)
    return [
        f"OBJECT = OBJECT{number}",
        f"OBJECT_DESIGNATOR = {side.norad_id}",
        "CATALOG_NAME = EXERCISE",
        f"OBJECT_NAME = {side.name}",
        "INTERNATIONAL_DESIGNATOR = UNKNOWN",
        "EPHEMERIS_NAME = NONE",
        "COVARIANCE_METHOD = CALCULATED",
        "MANEUVERABLE = N/A",
        "REF_FRAME = GCRF",
        *(
            f"{axis} = {value:.9f} [{'km/s' if axis.endswith('DOT') else 'km'}]"
            for axis, value in state
        ),
        *_covariance(side),
    ]


def _covariance(side: Side) -> Iterator[str]:
    """Yield the RTN covariance: an object ahead falls faster, one that is high is slower."""
    radial, in_track, cross_track = side.sigma_m
    n = float(np.linalg.norm(side.v_km_s) / np.linalg.norm(side.r_km))
    matrix = np.diag(np.square([radial, in_track, cross_track, 0.0, 0.0, n * cross_track]))
    # A little more than what follows from the positions keeps it positive definite.
    for place, velocity, sign in ((1, 3, -n), (0, 4, -n)):
        matrix[velocity, velocity] = 1.05 * n**2 * matrix[place, place]
        matrix[velocity, place] = sign * matrix[place, place]
    for row, name in enumerate(_AXES):
        for column, other in enumerate(_AXES[: row + 1]):
            unit = f"m**2{('', '/s', '/s**2')[(row > 2) + (column > 2)]}"
            yield f"C{name}_{other} = {matrix[row, column] + 0.0:.6E} [{unit}]"


def _time(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f")
