"""Write who is where in the geostationary ring, and who moves where, as documents and rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sda.rpo.ring.arrivals import Arrival
from sda.rpo.ring.longitude import LongitudeHistory, Move, Station
from sda.times import format_utc

__all__ = ["LONGITUDE_COLUMNS", "longitude_document", "longitude_rows"]

LONGITUDE_COLUMNS: Final = (
    "kind",
    "norad_id",
    "name",
    "start_utc",
    "end_utc",
    "longitude_deg",
    "to_deg",
    "drift_deg_day",
    "conduct",
    "slot_norad_id",
    "slot_name",
)
"""A row is where an object is `now`, a `station`, a `move`, a `burn` or an `arrival` to come."""

_DEG: Final = 4
_RATE: Final = 5
_SPEED: Final = 4
_DAYS: Final = 3
_KM: Final = 3


def longitude_document(
    histories: Sequence[LongitudeHistory], coming: Sequence[Arrival], at: datetime
) -> dict[str, Any]:
    """Return all that is told of objects in the ring at a time, as JSON has it.

    Arrivals stand with the object that comes. Degrees are east positive, times UTC.
    """
    by_object: dict[int, list[Arrival]] = {}
    for one in coming:
        by_object.setdefault(one.norad_id, []).append(one)
    return {
        "at_utc": format_utc(at),
        "objects": [_object(one, by_object.get(one.norad_id, [])) for one in histories],
    }


def longitude_rows(
    histories: Sequence[LongitudeHistory], coming: Sequence[Arrival]
) -> Iterable[tuple[Any, ...]]:
    """Yield the same as rows of LONGITUDE_COLUMNS: object by object, then the arrivals by date."""
    for history in histories:
        who = (history.norad_id, history.sets[-1].name)
        epoch = format_utc(history.sets[-1].epoch)
        place, drift = round(history.longitude_deg, _DEG), round(history.drift_deg_day, _RATE)
        yield "now", *who, epoch, "", place, "", drift, history.conduct.value, "", ""
        for stay in history.held_stations:
            ends = (format_utc(stay.start), format_utc(stay.end))
            yield "station", *who, *ends, round(stay.longitude_deg, _DEG), "", "", "", "", ""
        for move in history.moves:
            ends = (format_utc(move.start), format_utc(move.end) if move.end else "")
            way = (round(move.from_deg, _DEG), round(move.to_deg, _DEG))
            yield "move", *who, *ends, *way, round(move.rate_deg_day, _RATE), "", "", ""
        for burn in history.unnatural_changes:
            ends = (format_utc(burn.start), format_utc(burn.end))
            yield "burn", *who, *ends, "", "", round(burn.drift_deg_day, _RATE), "", "", ""
    for one in coming:
        slot = (one.slot_norad_id, one.slot_name)
        utc, drift = format_utc(one.utc), round(one.drift_deg_day, _RATE)
        where = round(one.longitude_deg, _DEG)
        yield "arrival", one.norad_id, one.name, utc, "", where, "", drift, "", *slot


def _object(history: LongitudeHistory, coming: Sequence[Arrival]) -> dict[str, Any]:
    last = history.sets[-1]
    return {
        "norad_id": history.norad_id,
        "name": last.name,
        "conduct": history.conduct.value,
        "epoch_utc": format_utc(last.epoch),
        "longitude_deg": round(history.longitude_deg, _DEG),
        "drift_deg_day": round(history.drift_deg_day, _RATE),
        "inclination_deg": last.inclination_deg,
        "n_sets": len(history.sets),
        "days_without_burn": round(history.coasting_days, _DAYS),
        "n_stations_of_late": history.roamed(),
        "stations": [_station(one) for one in history.stations],
        "moves": [_move(one) for one in history.moves],
        "burns": [
            {
                "start_utc": format_utc(one.start),
                "end_utc": format_utc(one.end),
                "drift_change_deg_day": round(one.drift_deg_day, _RATE),
                "displaced_deg": round(one.displaced_deg, _DEG),
                "least_delta_v_m_s": round(one.delta_v_m_s, _SPEED),
            }
            for one in history.unnatural_changes
        ],
        "arrivals": [_arrival(one) for one in coming],
    }


def _station(stay: Station) -> dict[str, Any]:
    return {
        "start_utc": format_utc(stay.start),
        "end_utc": format_utc(stay.end),
        "longitude_deg": round(stay.longitude_deg, _DEG),
        "n_sets": stay.n_sets,
        "held": stay.is_held,
    }


def _move(move: Move) -> dict[str, Any]:
    return {
        "start_utc": format_utc(move.start),
        "end_utc": format_utc(move.end) if move.end else None,
        "from_deg": round(move.from_deg, _DEG),
        "to_deg": round(move.to_deg, _DEG),
        "moved_deg": round(move.moved_deg, _DEG),
        "rate_deg_day": round(move.rate_deg_day, _RATE),
    }


def _arrival(one: Arrival) -> dict[str, Any]:
    return {
        "utc": format_utc(one.utc),
        "sigma_days": round(one.sigma_days, _DAYS),
        "slot_norad_id": one.slot_norad_id,
        "slot_name": one.slot_name,
        "longitude_deg": round(one.longitude_deg, _DEG),
        "drift_deg_day": round(one.drift_deg_day, _RATE),
        "to_go_deg": round(one.to_go_deg, _DEG),
        "above_km": round(one.above_km, _KM),
    }
