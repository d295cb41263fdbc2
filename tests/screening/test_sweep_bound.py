"""What the fast search's bound rests on, measured against dense SGP4."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import pi

import numpy as np
import pytest
from orbits import START, element_set
from sweeps import CONFIG, needs_catalogues, population, real_sets, ring, verification_sets

from sda.constants import MU_KM3_S2
from sda.model import Kind
from sda.orbit import Propagator
from sda.screening import bound as bounds
from sda.screening import screen
from sda.screening.bound import HIGH, INTERPOLATION_KM, LOW, OTHER_PULL, SPLIT_KM, Bound
from sda.screening.cells import _angle
from sda.screening.knots import (
    AFTER,
    BEFORE,
    SPACINGS_S,
    Knots,
    is_rough,
    may_jump,
    pack,
    sort_groups,
    weights,
)
from sda.times import julian_grid

REACH_KM = 5.0
SPAN_S = 7680.0
NOON = datetime(2025, 8, 8, 12, tzinfo=UTC)
IN_2006 = datetime(2006, 6, 25, tzinfo=UTC)

GROUPS = ("near-circular low", "eccentric", "near-circular high")


@dataclass(frozen=True)
class Group:
    """Knots of objects that the search trusts, and SGP4's own path between them."""

    name: str
    spacing_s: float
    members: np.ndarray
    knots_km: np.ndarray
    rough: np.ndarray
    propagator: Propagator
    start: datetime

    def dense_km(self, times_s):
        """Return SGP4's positions `(n_time, n, 3)`."""
        _, r_km, _ = self.propagator.grid_of(self.members, *julian_grid(self.start, times_s))
        return r_km.transpose(1, 0, 2)

    def interpolated(self, time_s):
        """Return positions and their derivative `(n, 3)` from knots of 64 bits."""
        knot = int(np.floor(time_s / self.spacing_s))
        value, slope = np.empty(8), np.empty(8)
        weights(time_s / self.spacing_s - knot, value, slope)
        rows = self.knots_km[knot + BEFORE - 3 : knot + BEFORE + 5]
        return np.tensordot(value, rows, 1), np.tensordot(slope, rows, 1) / self.spacing_s

    def smooth(self):
        """Return the group without its rough objects."""
        keep = ~self.rough
        return Group(self.name, self.spacing_s, self.members[keep], self.knots_km[:, keep],
                     self.rough[keep], self.propagator, self.start)  # fmt: skip


def groups_of(elements, start, span_s=SPAN_S) -> Iterator[Group]:
    propagator = Propagator(elements)
    divided = sort_groups(propagator.elements, REACH_KM)
    for name, members, spacing_s in zip(GROUPS, divided, SPACINGS_S, strict=True):
        if len(members) == 0:
            continue
        times_s = np.arange(-BEFORE, round(span_s / spacing_s) + AFTER) * spacing_s
        _, r_km, _ = propagator.grid_of(members, *julian_grid(start, times_s))
        r_km = np.ascontiguousarray(r_km.transpose(1, 0, 2))
        packed_km = np.empty((len(times_s), 3, len(members)), np.float32)
        pack(r_km, packed_km, 0)
        jumps = may_jump([propagator.elements[i] for i in members])
        rough = is_rough(Knots(packed_km, -BEFORE, spacing_s, members, jumps), REACH_KM)
        yield Group(name, spacing_s, members, r_km, rough, propagator, start)


def _lengths(x_km):
    return np.linalg.norm(x_km, axis=-1)


@pytest.fixture(scope="module")
def invented():
    return list(groups_of(population(400, 11), START))


@pytest.fixture(scope="module")
def real():
    catalogue = real_sets("full-2025-08-08.3le.gz")
    return [g.smooth() for g in groups_of(catalogue[::9], NOON)]


@pytest.fixture(params=["verification", pytest.param("real", marks=needs_catalogues), "invented"])
def groups(request):
    if request.param == "verification":
        fresh = [e for e in verification_sets() if abs(e.epoch - IN_2006) < timedelta(days=7)]
        return [g.smooth() for g in groups_of(fresh, IN_2006)]
    return [g.smooth() for g in request.getfixturevalue(request.param)]


def test_weights_are_lagranges_and_their_sums_are_what_the_bound_takes():
    value, slope = np.empty(8), np.empty(8)
    nodes = np.arange(-3.0, 5.0)
    sums, slope_sums = [], []
    for u in np.linspace(0.0, 1.0, 201):
        weights(u, value, slope)
        for power in range(8):
            assert value @ nodes**power == pytest.approx(u**power, abs=1e-10)
            expected = power * u ** (power - 1) if power else 0.0
            assert slope @ nodes**power == pytest.approx(expected, abs=1e-9)
        sums.append(np.abs(value).sum())
        slope_sums.append(np.abs(slope).sum())
    assert 1.0 < max(sums) < bounds._LEBESGUE
    assert 2.0 < max(slope_sums) < bounds._DERIVATIVE


def test_the_polynomial_of_the_angle_is_as_good_as_its_bound():
    rng = np.random.default_rng(0)
    angles = np.concatenate([rng.uniform(-pi, pi, 20_000), np.linspace(-pi, pi, 4001)])
    x, y = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    scale = np.float32(10.0) ** rng.integers(0, 5, len(x)).astype(np.float32)
    got = np.array([_angle(b, a) for a, b in zip(x * scale, y * scale, strict=True)])
    off = np.abs(got - np.arctan2(y.astype(np.float64), x.astype(np.float64)))
    off = np.minimum(off, 2 * pi - off)
    assert off.max() < 1.3e-5 < bounds._ANGLE_RAD / 10


def test_all_groups_are_measured(invented):
    assert {g.name for g in invented} == set(GROUPS)
    assert sum((~g.rough).sum() for g in invented) > 380


def test_between_knots_the_interpolant_is_as_good_as_the_bound_assumes(groups):
    for group in groups:
        shares = np.array([0.0, 0.05, 0.25, 0.4, 0.5, 0.6, 0.875])
        knots = np.arange(0, SPAN_S / group.spacing_s)
        times_s = (knots[:, np.newaxis] + shares).ravel() * group.spacing_s
        got_km = np.stack([group.interpolated(t)[0] for t in times_s])
        off_km = _lengths(got_km - group.dense_km(times_s))
        assert off_km.max() <= INTERPOLATION_KM
        at_knots = np.tile(shares == 0.0, len(knots))
        assert off_km[at_knots].max() < 1e-9


def test_the_derivative_of_the_interpolant_is_as_good_as_the_bound_assumes(groups):
    step_s = 1.0
    allowed_km_s = bounds._DERIVATIVE * INTERPOLATION_KM / min(SPACINGS_S)
    for group in groups:
        for time_s in np.arange(130.0, SPAN_S - 500.0, 777.0):
            around_km = group.dense_km(time_s + step_s * np.array([-2, -1, 1, 2]))
            rate_km_s = np.tensordot([1 / 12, -2 / 3, 2 / 3, -1 / 12], around_km, 1) / step_s
            off_km_s = _lengths(group.interpolated(time_s)[1] - rate_km_s)
            assert off_km_s.max() <= allowed_km_s


def _other_pull_km_s2(group, time_s):
    """Return what of SGP4's acceleration is not the point mass's, and the radius, `(n,)`."""
    step_s = 20.0
    around_km = group.dense_km(time_s + step_s * np.arange(-2, 3))
    pull_km_s2 = np.tensordot([-1, 16, -30, 16, -1], around_km, 1) / (12 * step_s**2)
    radius_km = _lengths(around_km[2])
    mass_km_s2 = -MU_KM3_S2 * around_km[2] / radius_km[:, np.newaxis] ** 3
    return _lengths(pull_km_s2 - mass_km_s2), radius_km


def _assert_pulls_are_bounded(group):
    """The allowance is that at the floor of the region that the object is in."""
    for time_s in np.arange(100.0, SPAN_S, 611.0):
        other_km_s2, radius_km = _other_pull_km_s2(group, time_s)
        floor_km = np.where(radius_km < HIGH.floor_km, LOW.floor_km, HIGH.floor_km)
        assert (other_km_s2 <= OTHER_PULL * MU_KM3_S2 / floor_km**2).all()


def test_what_is_not_the_point_masss_pull_is_as_small_as_the_bound_assumes(groups):
    for group in groups:
        _assert_pulls_are_bounded(group)


def test_an_old_set_whose_path_accelerates_otherwise_is_rough():
    """Object 16925, 24 days after its epoch: 4e-4 km/s^2, a tenth of the point mass's pull."""
    (old,) = (e for e in verification_sets() if e.norad_id == 16925)
    (group,) = groups_of([old], IN_2006)
    _assert_pulls_are_bounded(group.smooth())


def test_between_knots_the_interpolant_is_good_where_sgp4_jumps_by_a_little():
    """An inclination that passes a fifth of a radian: 181 m in the middle of nowhere."""
    element = ring(1, 35_780.0, 35_795.0, inclination_deg=11.4594, ra_of_asc_node_deg=358.0,
                   arg_of_pericenter_deg=0.0, mean_anomaly_deg=33.0)  # fmt: skip
    (group,) = groups_of([element], START, 86_400.0)
    times_s = np.arange(76_000.0, 78_000.0, 8.0)
    got_km = np.stack([group.smooth().interpolated(t)[0] for t in times_s])
    assert _lengths(got_km - group.smooth().dense_km(times_s)).max(initial=0.0) <= INTERPOLATION_KM


def _interval_gain(bound, r_km, v_km_s):
    """Return radius and its largest change in the step as part 4 of the bound has it, `(n,)`."""
    radius_km = _lengths(r_km)
    climb_km_s = np.einsum("ij,ij->i", r_km, v_km_s) / radius_km
    across2 = np.einsum("ij,ij->i", v_km_s, v_km_s) - climb_km_s**2
    pull_km_s2 = MU_KM3_S2 / radius_km**2
    bend_km_s2 = np.abs(across2 / radius_km - pull_km_s2) + 3 * OTHER_PULL * pull_km_s2
    h = bound.half_s
    change_km = bound.radial_gain * (np.abs(climb_km_s) * h + bend_km_s2 * h**2 / 2)
    return radius_km, change_km, across2


@pytest.mark.parametrize("region", [LOW, HIGH], ids=["low", "high"])
def test_radius_height_and_direction_stay_within_their_intervals(groups, region):
    bound = Bound.of(region, REACH_KM, CONFIG.slow_km_s, 2 * SPLIT_KM)
    h = bound.half_s
    seen = 0
    for group in groups:
        for middle_s in np.arange(1.5 * region.step_s, SPAN_S - h, 5 * region.step_s):
            r_km, v_km_s = group.interpolated(middle_s)
            radius_km, change_km, across2 = _interval_gain(bound, r_km, v_km_s)
            here = radius_km - change_km <= SPLIT_KM + REACH_KM
            if not region.is_low:
                here = radius_km + change_km >= SPLIT_KM
            if not here.any():
                continue
            path_km = group.dense_km(middle_s + np.linspace(-h, h, 25))
            off_km = np.abs(_lengths(path_km) - radius_km).max(axis=0)
            assert (off_km <= change_km + bound.radius_km)[here].all()
            rise_km = np.abs(path_km[..., 2] - r_km[:, 2]).max(axis=0)
            fall_km = (1 + OTHER_PULL) * MU_KM3_S2 / region.floor_km**2 * h**2 / 2
            assert (rise_km <= np.abs(v_km_s[:, 2]) * h + fall_km + bound.radius_km)[here].all()
            fraction = change_km / radius_km
            rate = np.sqrt(across2) / radius_km * (1.001 + 2.5 * fraction)
            cosine = np.einsum("tij,ij->ti", path_km, r_km) / (_lengths(path_km) * radius_km)
            turned = np.arccos(np.clip(cosine, -1, 1)).max(axis=0)
            assert (turned <= h * rate + 1e-6)[here & (fraction <= 0.1)].all()
            seen += int(here.sum())
    assert seen or region is HIGH


def _meetings(elements, start, hours, threshold_km):
    """Return the rows of fast passages: propagator indices `(m, 2)` and times."""
    screening = screen(elements, start, hours, threshold_km, CONFIG)
    propagator = Propagator(sorted(elements, key=lambda e: e.norad_id))
    places = {e.norad_id: k for k, e in enumerate(propagator.elements)}
    rows = [a for a in screening.approaches if a.kind is Kind.CROSSING]
    pairs = np.array([(places[a.norad_id_1], places[a.norad_id_2]) for a in rows])
    return propagator, pairs, np.array([(a.tca - start).total_seconds() for a in rows])


def _path_km(propagator, start, members, times_s):
    """Return SGP4's positions `(m, n_time, 3)` of one object each at its times `(m, n_time)`."""
    m, n_time = times_s.shape
    _, r_km, _ = propagator.at(np.repeat(members, n_time), *julian_grid(start, times_s.ravel()))
    return r_km.reshape(m, n_time, 3)


@pytest.mark.parametrize("threshold_km", [5.0, 50.0, 300.0])
@pytest.mark.parametrize("region", [LOW, HIGH], ids=["low", "high"])
def test_pairs_that_meet_anywhere_in_a_step_pass_the_linear_test_and_have_one_minimum(
    region, threshold_km
):
    """The middle of the step is put anywhere within half a step of a passage."""
    elements = population(250, 12)
    propagator, pairs, tca_s = _meetings(elements, START, 4.0, threshold_km)
    bound = Bound.of(region, threshold_km, CONFIG.slow_km_s, 2 * SPLIT_KM)
    h = bound.half_s
    radius_km = _lengths(_path_km(propagator, START, pairs[:, 0], tca_s[:, np.newaxis]))[:, 0]
    here = (radius_km < SPLIT_KM) == region.is_low
    pairs, tca_s = pairs[here], tca_s[here]
    fast_met = 0
    for share in (-1.0, -0.7, -0.2, 0.3, 0.9, 1.0):
        middle_s = tca_s + share * h
        around_s = middle_s[:, np.newaxis] + np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
        apart_km = (_path_km(propagator, START, pairs[:, 1], around_s)
                    - _path_km(propagator, START, pairs[:, 0], around_s))  # fmt: skip
        d_km = apart_km[:, 2]
        u_km_s = np.einsum("t,ptc->pc", [1 / 12, -2 / 3, 0, 2 / 3, -1 / 12], apart_km)
        speed2 = np.einsum("ij,ij->i", u_km_s, u_km_s)
        tau_s = np.clip(-np.einsum("ij,ij->i", d_km, u_km_s) / speed2, -h, h)
        least_km = _lengths(d_km + u_km_s * tau_s[:, np.newaxis])
        assert (least_km <= bound.linear_offset_km + bound.linear_slope_s * np.sqrt(speed2)).all()
        fast = speed2 > bound.slow_km_s**2
        times_s = middle_s[fast, np.newaxis] + np.linspace(-h, h, 61)
        paths = [_path_km(propagator, START, pairs[fast, k], times_s) for k in range(2)]
        range2 = ((paths[1] - paths[0]) ** 2).sum(axis=2)
        assert (np.diff(range2, 2, axis=1) > 0).all()
        fast_met += int(fast.sum())
    assert fast_met > 20 or not region.is_low


def test_a_decaying_object_is_rough_and_a_sound_one_is_not():
    sound = ring(1, 540.0, 550.0)
    sinking = element_set(2, mean_motion_rev_day=16.35, bstar_per_earth_radius=0.05)
    (low,) = groups_of([sound, sinking], START, 40_000.0)
    assert low.rough.tolist() == [False, True]


@needs_catalogues
def test_an_object_whose_positions_jump_by_kilometres_is_rough_while_they_do():
    (element,) = (e for e in real_sets("full-2025-08-08.3le.gz") if e.norad_id == 20205)
    found = []
    for hour in range(0, 24 * 14, 8):
        (group,) = groups_of([element], NOON + timedelta(hours=hour), 28_800.0)
        found.append(bool(group.rough[0]))
    assert any(found)
    assert not all(found)


def test_an_orbit_that_touches_the_ground_is_rough_and_one_near_the_split_is_not():
    (low,) = groups_of([ring(1, 50.0, 55.0, bstar_per_earth_radius=0.0)], START)
    assert low.rough.tolist() == [True]
    heights_km = (3300.0, 3400.0, 8000.0, 35_786.0)
    rings = [ring(k, height_km, height_km + 5) for k, height_km in enumerate(heights_km)]
    for group in groups_of(rings, START):
        assert not group.rough.any()


@needs_catalogues
def test_knots_reach_beyond_a_block_as_far_as_the_interpolant_and_its_check_do(real):
    """The polynomial in a block's first interval asks for three knots before it."""
    for group in real:
        last_s = SPAN_S - 1.0
        for time_s in (0.0, 1.0, last_s):
            off_km = _lengths(group.interpolated(time_s)[0] - group.dense_km(np.array([time_s]))[0])
            assert off_km.max() <= INTERPOLATION_KM
