"""The events of the geostationary belt. Goals and offsets are relative orbital elements in km.

The slots lie near 75 deg east, where the belt's own drift is least; nobody keeps station
within the window except as said.
"""

from dataclasses import replace

import numpy as np

from .event import Event
from .mean import DAYS, Orbit, geostationary, offset
from .track import Track, burned, coasting, joined, transferred

Story = tuple[list[Track], list[Event]]

INSPECTOR, TANKER, SERVICER, ROAMER = 330001, 330002, 330003, 330004
TARGET_A, TARGET_B, TARGET_C, CLIENT_FUEL, CLIENT_DOCK = 330011, 330012, 330013, 330014, 330015
BOX = (330021, 330022, 330023, 330024)
SUBSATELLITE = 900900001
DRIFTER = 900200001


def _track(norad_id: int, name: str, launch: str, arc: Orbit) -> Track:
    return Track(norad_id, f"EXERCISE {name}", launch, "GEO", coasting(arc))


def _burn_times(start_d: float, arrival_d: float) -> list[float]:
    """Return three burns a third of a day apart at the start, and three before arrival."""
    third = 0.3
    return [start_d + k * third for k in range(3)] + [arrival_d - k * third for k in (2, 1, 0.02)]


def inspector() -> Story:
    """Visit three slots in turn; at the third, fly round the target and release a companion."""
    a = _track(TARGET_A, "GEO TARGET-A", "2012-911A", geostationary(70.0))
    b = _track(TARGET_B, "GEO TARGET-B", "2014-912A", geostationary(74.0, argp=1.0))
    c = _track(TARGET_C, "GEO TARGET-C", "2016-913A", geostationary(79.0, argp=2.0))
    start = offset(a.orbit(0.0), [0.0, 45.0, 8.0, 4.0, 5.0, 3.0])
    one = _track(INSPECTOR, "GEO INSPECTOR", "2023-914A", start)
    one = transferred(one, b, _burn_times(4.0, 8.0), 8.1, [0, 12.0, 10.0, 0.0, 8.0, 0.0])
    one = transferred(one, c, _burn_times(12.0, 16.0), 16.1, [0, 30.0, 6.0, 3.0, 5.0, 2.0])
    one = transferred(one, c, [16.3, 16.6, 16.9, 17.2], 17.3, [0, 0.0, 0.0, 3.2, 0.0, 3.0])
    companion = replace(
        one, norad_id=SUBSATELLITE, name="EXERCISE GEO COMPANION", object_id="2023-914C",
        burns=(), start_d=17.5,
    )  # fmt: skip
    companion = transferred(
        companion, c, [17.4, 17.7, 18.0, 18.3], 18.4, [0.0, 0.0, 0.35, 0.55, 0.25, 0.5]
    )
    one = transferred(one, c, [24.0, 24.3, 24.6, 24.9], 26.0, [0, -60.0, 8.0, 0.0, 6.0, 0.0])
    return [a, b, c, one, companion], [
        Event("GEO-INSPECTOR-A", "loiter", (INSPECTOR, TARGET_A), INSPECTOR, 0, 4, False,
              "first stay, 45 km east of the target"),
        Event("GEO-INSPECTOR-B", "loiter", (INSPECTOR, TARGET_B), INSPECTOR, 8, 12, False,
              "second stay, after a drift of 4 deg"),
        Event("GEO-INSPECTOR-C", "loiter", (INSPECTOR, TARGET_C), INSPECTOR, 16, 24, False,
              "third stay; from day 17.3 a walk round the target at 3 to 6 km"),
        Event("GEO-COMPANION-RELEASE", "release", (INSPECTOR, SUBSATELLITE), INSPECTOR, 17.5, 24,
              False, "a companion let go at the third slot; only the trilateral source has it"),
        Event("GEO-COMPANION-C", "loiter", (TARGET_C, SUBSATELLITE), SUBSATELLITE, 18.5, DAYS,
              False, "the companion within 1 km of the target; only the trilateral source has it"),
    ]  # fmt: skip


def refuelling() -> Story:
    """Let a tanker drift in, dock, stay sixteen days and leave."""
    client = _track(CLIENT_FUEL, "GEO CLIENT-FUEL", "2015-915A", geostationary(62.0))
    tanker = _track(TANKER, "GEO TANKER", "2024-916A",
                    offset(client.orbit(0.0), [0.0, 900.0, 5.0, 5.0, 8.0, 4.0]))  # fmt: skip
    tanker = transferred(tanker, client, _burn_times(1.0, 6.0), 6.1, [0, 30.0, 4.0, 0, 4.0, 0])
    tanker = transferred(tanker, client, [8.0, 8.3, 8.6, 9.99], 10.0, np.zeros(6))
    tanker = joined(tanker, client, 10.0, 26.0)
    tanker = burned(tanker, 26.0, [0.02, 0.06, 0.05])
    return [client, tanker], [
        Event("GEO-REFUELLING", "merged", (TANKER, CLIENT_FUEL), TANKER, 5.0, DAYS, False,
              "docked from day 10 to day 26, then apart"),
    ]  # fmt: skip


def servicing() -> Story:
    """Let a declared servicer wait 20 km off, dock on day 12 and stay."""
    client = _track(CLIENT_DOCK, "GEO CLIENT-DOCK", "2003-917A", geostationary(86.0, argp=3.0))
    servicer = _track(SERVICER, "GEO SERVICER", "2025-918A",
                      offset(client.orbit(0.0), [0.0, -350.0, 6.0, 0.0, 6.0, 3.0]))  # fmt: skip
    servicer = transferred(servicer, client, _burn_times(1.0, 4.0), 4.1, [0, -20, 3, 0, 3, 0])
    servicer = transferred(servicer, client, [11.0, 11.3, 11.6, 11.99], 12.0, np.zeros(6))
    servicer = joined(servicer, client, 12.0)
    return [client, servicer], [
        Event("GEO-SERVICING", "servicing", (SERVICER, CLIENT_DOCK), SERVICER, 4.0, DAYS, True,
              "announced life extension: docked from day 12 on"),
    ]  # fmt: skip


def roamer() -> Story:
    """Let a second inspector below the belt trim its orbit to pass by the box of four."""
    centre = _track(0, "", "", geostationary(66.0))
    start = offset(centre.orbit(0.0), [-16.0, -3600.0, 4.0, 0.0, 6.0, 0.0])
    one = _track(ROAMER, "GEO ROAMER", "2022-919A", start)
    one = transferred(one, centre, [9.0, 9.3, 9.6, 9.9], 22.0, [-12.0, 0.0, 4.0, 0.0, 4.0, 0.0])
    return [one], [
        *(Event(f"GEO-ROAMER-BOX-{k + 1}", "inspection-fly-by", (ROAMER, n), ROAMER, 20.0, 24.0,
                False, "passes below the box of four after a trim on day 9")
          for k, n in enumerate(BOX)),
        Event("GEO-ROAMER-FUEL", "drift-by", (ROAMER, CLIENT_FUEL), None, 3.0, 6.0, False,
              "drifts below the client on its way, without a burn"),
        Event("GEO-ROAMER-TANKER", "drift-by", (ROAMER, TANKER), None, 3.5, 6.0, False,
              "drifts below the tanker, which is on its own way to the client"),
    ]  # fmt: skip


def box_of_four() -> Story:
    """Four licensed neighbours in one slot, kept apart by e- and i-vectors that are parallel."""
    centre = geostationary(66.0)
    tracks = []
    for k, norad_id in enumerate(BOX):
        x, y = np.cos(k * np.pi / 2), np.sin(k * np.pi / 2)
        arc = offset(centre, [0.0, 0.0, 11 * x, 11 * y, 9 * x, 9 * y])
        tracks.append(_track(norad_id, f"GEO BOX-{k + 1}", f"20{8 + k:02d}-92{k}A", arc))
    return tracks, [
        Event(f"GEO-BOX-{i + 1}{j + 1}", "co-location", (BOX[i], BOX[j]), None, 0, DAYS, True,
              "one licensed slot, e/i-vector separation")
        for i in range(4) for j in range(i + 1, 4)
    ]  # fmt: skip


def drift_by() -> Story:
    """Let a dead satellite of small inclination drift slowly past TARGET-B: nobody steers."""
    passing = geostationary(74.0, argp=1.0)
    arc = offset(passing, [9.0, 9.0 * 1.5 * 6.2832 * 14.0, 6.0, -4.0, 12.0, 5.0])
    track = _track(DRIFTER, "GEO DEBRIS DRIFT", "1998-930B", arc)
    return [track], [
        Event("GEO-DRIFT-BY", "drift-by", (TARGET_B, DRIFTER), None, 11.0, 18.0, False,
              "trap: dead, about 0.12 deg a day, no burn by either"),
    ]  # fmt: skip


def geo_events() -> list[Story]:
    """Return every story of the belt."""
    return [inspector(), refuelling(), servicing(), roamer(), box_of_four(), drift_by()]
