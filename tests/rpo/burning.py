"""Make histories of element sets of invented satellites that burn now and then."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from sda.model import ElementSet
from sda.orbit import Propagator
from sda.times import julian

BEGIN = datetime(2019, 3, 1, tzinfo=UTC)

LOW = ElementSet(
    norad_id=91001, name="INVENTED LOW", object_id="", epoch=BEGIN, mean_motion_rev_day=14.26,
    eccentricity=0.0012, inclination_deg=98.6, ra_of_asc_node_deg=120.0,
    arg_of_pericenter_deg=80.0, mean_anomaly_deg=10.0, bstar_per_earth_radius=2e-5,
    mean_motion_dot_rev_day2=0.0, mean_motion_ddot_rev_day3=0.0, classification="U",
    ephemeris_type=0, element_set_no=1, rev_at_epoch=1, source="test",
)  # fmt: skip
HIGH = replace(
    LOW, norad_id=91002, name="INVENTED HIGH", mean_motion_rev_day=1.0027, eccentricity=2e-4,
    inclination_deg=1.2, bstar_per_earth_radius=0.0,
)  # fmt: skip


@dataclass(frozen=True)
class Burn:
    """An impulse: what it does to the semi-major axis and to the inclination."""

    axis_m: float = 0.0
    inclination_deg: float = 0.0


def history(
    first: ElementSet,
    burns: Mapping[float, Burn] | None = None,
    *,
    days: float = 200.0,
    step_days: float = 1.0,
    axis_sigma_m: float = 0.0,
    seed: int = 0,
) -> tuple[ElementSet, ...]:
    """Return the sets of a satellite, each where SGP4 takes the one before it, and its burns.

    They come at steps that vary by a third. Noise is that of fits: of the mean motion, of the
    other elements, and of the last digit of a TLE; it does not add up.
    """
    random = np.random.default_rng(seed)
    ahead = dict(sorted((burns or {}).items()))
    true, sets, now = first, [], 0.0
    while now <= days:
        sets.append(_seen(true, random, axis_sigma_m))
        then = now + step_days * random.uniform(2 / 3, 4 / 3)
        for day in [day for day in ahead if now < day <= then]:
            true = _burnt(_moved(true, first.epoch + timedelta(days=day)), ahead.pop(day))
        true, now = _moved(true, first.epoch + timedelta(days=then)), then
    return tuple(sets)


def _moved(one: ElementSet, epoch: datetime) -> ElementSet:
    """Return a set with SGP4's own mean elements at a later time."""
    record = Propagator([one]).record(0)
    published_over_kept = record.no_kozai / record.nm
    code, _, _ = record.sgp4(*julian(epoch))
    assert code == 0
    angles = np.degrees([record.im, record.Om, record.om, record.mm])
    return replace(
        one,
        epoch=epoch,
        mean_motion_rev_day=record.nm * published_over_kept * 1440 / (2 * np.pi),
        eccentricity=record.em,
        inclination_deg=float(angles[0]),
        ra_of_asc_node_deg=float(angles[1] % 360),
        arg_of_pericenter_deg=float(angles[2] % 360),
        mean_anomaly_deg=float(angles[3] % 360),
    )


def _burnt(one: ElementSet, burn: Burn) -> ElementSet:
    return replace(
        _shifted(one, burn.axis_m), inclination_deg=one.inclination_deg + burn.inclination_deg
    )


def _shifted(one: ElementSet, axis_m: float) -> ElementSet:
    """Return a set with another semi-major axis."""
    axis_km = (398600.8 / (one.mean_motion_rev_day * 2 * np.pi / 86400) ** 2) ** (1 / 3)
    ratio = (1 + axis_m / 1e3 / axis_km) ** -1.5
    return replace(one, mean_motion_rev_day=one.mean_motion_rev_day * ratio)


def _seen(one: ElementSet, random: np.random.Generator, axis_sigma_m: float) -> ElementSet:
    noisy = _shifted(one, axis_sigma_m * random.standard_normal())
    return replace(
        noisy,
        mean_motion_rev_day=round(noisy.mean_motion_rev_day, 8),
        inclination_deg=round(noisy.inclination_deg + 1e-4 * random.standard_normal(), 4),
        ra_of_asc_node_deg=round(noisy.ra_of_asc_node_deg, 4),
        eccentricity=round(noisy.eccentricity, 7),
    )
