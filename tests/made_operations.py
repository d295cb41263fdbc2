"""Operations as runs tell them: made up, for tests of what becomes of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sda.model import Evidence, Operation

__all__ = ["CAME", "EVIDENCE", "STANDS", "goes_on", "operation"]

CAME = datetime(2026, 10, 20, 6, tzinfo=UTC)
STANDS = datetime(2026, 11, 1, tzinfo=UTC)
EVIDENCE = (
    Evidence("least-range", 3.171, "km", "< 5", 15.0),
    Evidence("arrival", 3.25, "deg", ">= 0.3", 25.0),
    Evidence("other-launch", "2010-990 and 2012-031", "", "differ", 8.0),
)


def operation(first: int = 100, second: int = 90000, **changed: Any) -> Operation:
    """Return an inspector that came and stays, as it stood half a day before the desks' NOW."""
    values: dict[str, Any] = {
        "event_id": f"{first}-{second}-20261020",
        "norad_id_1": first,
        "name_1": "INSPECTOR",
        "norad_id_2": second,
        "name_2": "TARGET",
        "tca": datetime(2026, 10, 28, 3, 4, 5, 678_901, tzinfo=UTC),
        "miss_km": 3.171,
        "hill_speed_km_s": 0.000376,
        "episode_start": CAME,
        "episode_end": STANDS,
        "regime": "GEO",
        "operation_class": "loiter",
        "verdict": "probable",
        "score": 98.5,
        "declared": False,
        "actor_norad_id": first,
        "dwell_h": 210.25,
        "sigma_km": 2.1,
        "resolvable": True,
        "evidence": EVIDENCE,
    }
    return Operation(**(values | changed))


def goes_on(one: Operation, hours: float, **changed: Any) -> Operation:
    """Return an operation as it stands some hours later."""
    return replace(one, **({"episode_end": one.episode_end + timedelta(hours=hours)} | changed))
