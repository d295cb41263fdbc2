"""Write what was released as canonical JSON, and tell whether it says anything new.

A body holds nothing of one partner alone, so partners with the same rendition share it.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, TypeVar

import numpy as np
import orjson

from sda.ccsds.spelling import spelled_covariance, spelled_state
from sda.errors import MessageError, TimeError
from sda.times import parse_utc
from sharing.release import COVARIANCE_UNIT, STATE_UNIT, Release, Scalar

__all__ = [
    "MARGINS",
    "RELATIVE_MARGIN",
    "TIME_MARGIN_S",
    "Body",
    "Writer",
    "digest_of_all",
    "is_news",
    "withdrawn",
]

MARGINS: Final = {"km": 0.01, "km/s": 0.001, "d": 0.01, "deg": 1e-5}
"""By unit, the greatest difference that makes no revision.

A fresh public element set is wrong by about a kilometre (Vallado et al. 2006, AIAA 2006-6753),
so these are a hundredth of the error and less (1e-5 deg are 7 m in the geostationary belt).
Values are compared with those last published, so that small steps add up.
"""

TIME_MARGIN_S: Final = 0.1
RELATIVE_MARGIN: Final = 0.01
"""For numbers without a unit that are no counts: probabilities. And for covariances."""

_DECIMALS = 6
"""Of lengths, speeds, days and degrees, as in every other output."""

_Read = TypeVar("_Read")

Body = tuple[bytes, bytes]
"""SHA-256 digest, and the canonical JSON it is of."""


class Writer:
    """Writes bodies, each rendition once: partners who get the same share one tuple of facts."""

    def __init__(self) -> None:
        self._written: dict[tuple[object, ...], tuple[Release, Body]] = {}

    def body_of(self, release: Release) -> Body:
        """Return what a partner reads of a release, apart from id, revision and status."""
        key = (
            id(release.facts),
            release.kind,
            release.rendition,
            release.banner,
            release.portion,
            release.contact,
            release.omitted,
        )
        known = self._written.get(key)
        if known is None:
            # The release is kept too, so that the id of its facts stays theirs.
            known = self._written[key] = release, _body_of(release)
        return known[1]


def _body_of(release: Release) -> Body:
    facts = {
        name: {
            "marking": portion,
            "unit": unit,
            "value": _rounded(value) if unit in MARGINS else value,
        }
        for name, value, unit, portion in release.facts
    }
    body = {
        "contact": release.contact,
        "facts": facts,
        "kind": str(release.kind),
        "marking": {"banner": release.banner, "portion": release.portion},
        "rendition": str(release.rendition),
    }
    # Not even an empty list where nothing is said to be left out.
    return _sealed({**body, "omitted": release.omitted} if release.omitted else body)


def digest_of_all(digests: Iterable[bytes]) -> str:
    """Return a digest of many bodies, given by their own, in whatever order they come."""
    return sha256(b"".join(sorted(digests))).hexdigest()


@lru_cache(maxsize=4096)
def withdrawn(body: bytes) -> Body:
    """Return a body without facts. It keeps its marking: nothing says that it is lower now."""
    left = {name: value for name, value in orjson.loads(body).items() if name != "omitted"}
    return _sealed({**left, "facts": {}, "rendition": "none"})


@lru_cache(maxsize=65536)
def is_news(before: bytes, after: bytes) -> bool:
    """Return whether two bodies differ by more than the margins of their values."""
    old, new = orjson.loads(before), orjson.loads(after)
    old_facts, new_facts = old.pop("facts"), new.pop("facts")
    if old != new or old_facts.keys() != new_facts.keys():
        return True
    return any(_differs(fact, new_facts[name]) for name, fact in old_facts.items())


def _sealed(body: dict[str, Any]) -> Body:
    text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return sha256(text).digest(), text


def _rounded(value: Scalar) -> Scalar:
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0  # turns -0.0 into 0.0
    return value


def _differs(old: dict[str, Any], new: dict[str, Any]) -> bool:
    if old["marking"] != new["marking"] or old["unit"] != new["unit"]:
        return True
    before, after = old["value"], new["value"]
    if before == after:
        return False
    if isinstance(before, float) and isinstance(after, float):
        relative = RELATIVE_MARGIN * max(abs(before), abs(after))
        return abs(after - before) > MARGINS.get(old["unit"], relative)
    if isinstance(before, str) and isinstance(after, str):
        if old["unit"] in _COMPARED:
            return _COMPARED[old["unit"]](before, after)
        try:
            return abs((parse_utc(after) - parse_utc(before)).total_seconds()) > TIME_MARGIN_S
        except TimeError:
            return True
    return True


def _states_differ(before: str, after: str) -> bool:
    """Compare states, each at its own time: what a time that is no news moves is none either."""
    old, new = _spelled(spelled_state, before), _spelled(spelled_state, after)
    if old is None or new is None or old[0] is not new[0]:
        return True
    (_, r_km, v_km_s), (_, new_km, new_km_s) = old, new
    along_s = float((new_km - r_km) @ v_km_s / (v_km_s @ v_km_s))
    across_km = np.linalg.norm(new_km - r_km - along_s * v_km_s)
    return bool(
        not abs(along_s) <= TIME_MARGIN_S
        or not across_km <= MARGINS["km"]
        or not np.linalg.norm(new_km_s - v_km_s) <= MARGINS["km/s"]
    )


def _covariances_differ(before: str, after: str) -> bool:
    """Compare each term with the sizes of its two axes, as a correlation is."""
    old, new = _spelled(spelled_covariance, before), _spelled(spelled_covariance, after)
    if old is None or new is None or old[0] != new[0]:
        return True
    sizes = np.sqrt(np.maximum(np.diagonal(old[1]), np.diagonal(new[1])))
    limit = RELATIVE_MARGIN * np.multiply.outer(sizes, sizes)
    return not bool((np.abs(new[1] - old[1]) <= limit).all())


def _spelled(read: Callable[[str], _Read], text: str) -> _Read | None:
    try:
        return read(text)
    except MessageError:
        return None


_COMPARED: Final = {STATE_UNIT: _states_differ, COVARIANCE_UNIT: _covariances_differ}
