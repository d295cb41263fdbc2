"""The whole scenario: its tracks, its three networks and what each of them publishes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from sda.model import ElementSet
from sda.times import format_utc

from .background import background
from .crossings import DEMO_D, FIRST_SECONDARY, TIMES_D, crossings
from .event import Event, described
from .geo_events import (
    CLIENT_DOCK,
    CLIENT_FUEL,
    INSPECTOR,
    ROAMER,
    SERVICER,
    SUBSATELLITE,
    TANKER,
    TARGET_A,
    TARGET_B,
    TARGET_C,
    geo_events,
)
from .leo_events import leo_events
from .mean import DAYS, START, utc
from .publication import Network, published, shared_while_docked
from .track import Track

SEED = 20261001
ACTOR_LIMIT = 340_000
"""Numbers that Alpha-5 can write end below this."""

PUBLIC = Network("synthetic-public", 1.0)
COMMERCIAL = Network("commercial", 0.25)
TRILATERAL = Network("trilateral", 0.1)

INSPECTED = (INSPECTOR, TARGET_A, TARGET_B, TARGET_C)
COMMERCIAL_IDS = (
    *INSPECTED, TANKER, CLIENT_FUEL, SERVICER, CLIENT_DOCK, ROAMER,
    *range(FIRST_SECONDARY, FIRST_SECONDARY + len(TIMES_D)), *range(330101, 330112),
)  # fmt: skip
TRILATERAL_IDS = (*INSPECTED, SUBSATELLITE)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Actors and designed objects by number, and the events among them."""

    actors: dict[int, Track]
    events: tuple[Event, ...]


def random_of(network: Network, norad_id: int) -> np.random.Generator:
    """Return the generator of one object's noise, so that any part can be drawn alone."""
    return np.random.default_rng([SEED, int(network.noise * 100), norad_id])


def scenario() -> Scenario:
    """Return the actors and events; the same at every call."""
    stories = [*geo_events(), *leo_events(), crossings(np.random.default_rng([SEED, 1]))]
    actors = {t.norad_id: t for tracks, _ in stories for t in tracks}
    return Scenario(actors, tuple(chain.from_iterable(events for _, events in stories)))


def bystanders() -> Iterator[Track]:
    """Yield the background's tracks; the same at every call."""
    return background(np.random.default_rng([SEED, 2]))


def epochs(track: Track, step_d: float, rng: np.random.Generator) -> list[float]:
    """Return the epochs of a track's sets: about a step apart, from a random phase on."""
    first = track.start_d + step_d * rng.uniform(0.02, 0.98)
    times = np.arange(first, track.end_d, step_d)
    return [float(t) for t in times + step_d * rng.uniform(-0.15, 0.15, len(times)) if t >= 0]


def seen(tracks: Sequence[Track], network: Network, step_d: float) -> dict[int, list[ElementSet]]:
    """Return each track's element sets as one network publishes them."""
    own = {}
    for track in tracks:
        rng = random_of(network, track.norad_id)
        own[track.norad_id] = published(track, epochs(track, step_d, rng), network, rng)
    return {t.norad_id: shared_while_docked(t, own[t.norad_id], own) for t in tracks}


def public_actors(told: Scenario) -> dict[int, list[ElementSet]]:
    """Return the public sets of the actors whose numbers Alpha-5 can write: three a day."""
    return seen([t for n, t in told.actors.items() if n < ACTOR_LIMIT], PUBLIC, 1 / 3)


def public_others(told: Scenario, regime: str) -> dict[int, list[ElementSet]]:
    """Return the public sets of a regime's other objects.

    One a day for those with a part in an event, one every other day for the background.
    """
    parts = [
        t for n, t in told.actors.items()
        if n >= ACTOR_LIMIT and n != SUBSATELLITE and t.regime == regime
    ]  # fmt: skip
    rest = [t for t in bystanders() if t.regime == regime]
    return seen(parts, PUBLIC, 1.0) | seen(rest, PUBLIC, 2.0)


def commercial(told: Scenario) -> dict[int, list[ElementSet]]:
    """Return the commercial network's better sets of some forty objects, two a day."""
    return seen([told.actors[n] for n in COMMERCIAL_IDS], COMMERCIAL, 0.5)


def trilateral(told: Scenario) -> dict[int, list[ElementSet]]:
    """Return the trilateral sensor's best sets, four a day, companion included."""
    return seen([told.actors[n] for n in TRILATERAL_IDS], TRILATERAL, 0.25)


def truth(told: Scenario) -> dict[str, object]:
    """Return the truth file's content, its figures computed from the noise-free tracks."""
    return {
        "title": "EXERCISE - SYNTHETIC: every object, source and event is invented",
        "seed": SEED,
        "start_utc": format_utc(START),
        "end_utc": format_utc(utc(DAYS)),
        "demo": {"at_utc": format_utc(utc(DEMO_D)), "hours": 24},
        "only_trilateral": [SUBSATELLITE],
        "objects": [
            {"norad_id": n, "name": t.name, "object_id": t.object_id, "regime": t.regime}
            for n, t in sorted(told.actors.items())
        ],
        "events": [described(event, told.actors) for event in told.events],
    }
