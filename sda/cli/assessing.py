"""Do what `tearline cdm assess` is asked: read messages, weigh them, write a list."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from sda.ccsds import Cdm, read_cdm, warnings_of
from sda.ccsds.conjunctions import combined_radius, conjunction_of, norad_id_of
from sda.configuration import find_config, read_toml
from sda.console import progress, say
from sda.elements import files_of
from sda.errors import ElementError, MessageError, RiskError
from sda.outputs import opened
from sda.risk.assessment import Assessment, assessed
from sda.risk.config import RiskConfig
from sda.risk.conjunction import Conjunction
from sda.risk.element_errors import spread_of_range_km
from sda.times import format_utc

__all__ = ["AssessRequest", "answer", "document", "read_messages"]

Document = dict[str, Any]

_M_PER_KM: Final = 1000.0
_DECIMALS: Final = 6
_MISS_TOLERANCE: Final = 0.001
_MISS_TOLERANCE_M: Final = 1.0
"""MISS_DISTANCE is often rounded to a metre."""


@dataclass(frozen=True, slots=True)
class AssessRequest:
    """The options of `tearline cdm assess`."""

    files: tuple[Path, ...]
    hbr_m: float | None
    format: str
    out: Path | None
    config: Path | None


def answer(request: AssessRequest) -> None:
    """Assess as asked; the list goes to stdout or a file, what failed to stderr.

    Raises MessageError when nothing usable is left.
    """
    config = read_toml(find_config(request.config) / "risk.toml", RiskConfig)
    messages = list(read_messages(request.files))
    found: list[Document] = []
    with progress(f"assessing {len(messages)} messages") as told:
        for place, (file, cdm) in enumerate(messages):
            try:
                found.append(document(cdm, file, config, request.hbr_m))
            except (MessageError, RiskError) as error:
                say(f"{file}: {error}")
            told((place + 1) / len(messages))
    if not found:
        raise MessageError("none of the messages can be assessed: look at what is said above")
    with opened(request.out) as stream:
        for part in _written(found, request.format):
            stream.write(part)


def read_messages(paths: Sequence[Path]) -> Iterator[tuple[str, Cdm]]:
    """Yield each message with its file; a file that cannot be read is told on stderr.

    Raises MessageError for a path that does not exist, and when no message is left.
    """
    files: list[Path] = []
    for path in paths:
        try:
            files += files_of(path)
        except ElementError:
            raise MessageError(
                f"no file or directory {path}: check the path of the messages"
            ) from None
    if not files:
        raise MessageError(f"{paths[0]} holds no file: check the path of the messages")
    count = 0
    for file in files:
        try:
            messages = read_cdm(file)
        except MessageError as error:
            say(str(error))
            continue
        for cdm in messages:
            count += 1
            yield str(file), cdm
    if count == 0:
        raise MessageError("no usable message is left: look at what is said above")


def document(cdm: Cdm, file: str, config: RiskConfig, hbr_m: float | None) -> Document:
    """Return the assessment of a message as it is written.

    Raises MessageError and RiskError for a message whose states or covariances are none.
    """
    conjunction = conjunction_of(cdm)
    radius = combined_radius(cdm, config.radius.object_m, hbr_m)
    found = assessed(conjunction, radius.radius_km, config.validity)
    sigma_km = _range_sigma_km(conjunction)
    return {
        "file": file,
        "message_id": cdm.text("MESSAGE_ID"),
        "tca_utc": format_utc(conjunction.tca),
        "norad_id_1": norad_id_of(cdm, 1),
        "name_1": cdm.text("OBJECT_NAME", 1),
        "norad_id_2": norad_id_of(cdm, 2),
        "name_2": cdm.text("OBJECT_NAME", 2),
        "miss_km": round(conjunction.miss_km, _DECIMALS),
        "relative_speed_km_s": round(conjunction.relative_speed_km_s, 9),
        "sigma_km": round(sigma_km, _DECIMALS),
        "resolvable": conjunction.miss_km > sigma_km,
        **_probabilities(found),
        "hbr_m": round(radius.radius_km * _M_PER_KM, _DECIMALS),
        "hbr_source": radius.source,
        "stated_pc": cdm.number("COLLISION_PROBABILITY"),
        "stated_pc_method": cdm.text("COLLISION_PROBABILITY_METHOD"),
        "warnings": [*_about_distance(cdm, conjunction), *found.warnings, *warnings_of(cdm)],
    }


def _probabilities(found: Assessment) -> Document:
    return {
        "pc": found.probability,
        "pc_method": found.method,
        "pc_valid": found.probability is not None,
        "pc_invalid_reason": found.invalid_reason or None,
        "pc_2d_valid": found.valid_2d,
        "pc_2d_invalid_reason": found.invalid_2d_reason or None,
        "pc_3d": found.probability_3d,
        "max_pc": found.max_probability,
        "max_pc_method": found.max_method,
        "max_pc_scale": found.max_scale,
        "diluted": found.diluted,
    }


def _range_sigma_km(conjunction: Conjunction) -> float:
    """Return the 1-sigma error of the miss distance, as `tearline screen` gives it."""
    miss_km = conjunction.miss_vector_km
    covariance_km2 = conjunction.position_covariance_km2
    range_km = np.array(conjunction.miss_km)
    total_km2 = np.trace(covariance_km2)
    # With no direction all of the error lies along the miss.
    along_km2 = miss_km @ covariance_km2 @ miss_km / range_km**2 if range_km > 0 else total_km2
    return float(spread_of_range_km(range_km, along_km2, total_km2 - along_km2))


def _about_distance(cdm: Cdm, conjunction: Conjunction) -> Iterator[str]:
    stated_m, miss_m = cdm.number("MISS_DISTANCE"), conjunction.miss_km * _M_PER_KM
    if stated_m is None:
        return
    if abs(stated_m - miss_m) > max(_MISS_TOLERANCE * miss_m, _MISS_TOLERANCE_M):
        yield f"MISS_DISTANCE is {stated_m:g} m, the states are {miss_m:.1f} m apart"


def _written(found: Sequence[Document], format: str) -> Iterator[bytes]:
    if format == "json":
        yield orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n"
    elif format == "jsonl":
        for one in found:
            yield orjson.dumps(one) + b"\n"
    else:
        table = io.StringIO(newline="")
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(found[0])
        for one in found:
            writer.writerow([_cell(value) for value in one.values()])
        yield table.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "; ".join(value) if isinstance(value, list) else value
