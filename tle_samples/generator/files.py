"""The files of the scenario: what each holds, its text, and its compressed bytes."""

import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from sda.elements import OmmFormat, write_3le, write_omm
from sda.model import ElementSet

from .messages import operator_messages
from .scenario import (
    Scenario,
    commercial,
    public_actors,
    public_others,
    trilateral,
    truth,
)

BANNER = "EXERCISE - SYNTHETIC element sets: every object and every source is invented"

Sets = Mapping[int, list[ElementSet]]


def _flat(sets: Sets) -> Iterable[ElementSet]:
    return (s for norad_id in sorted(sets) for s in sets[norad_id])


def three_line(sets: Sets) -> str:
    """Return 3LE text under a comment that names it synthetic."""
    return f"# {BANNER}\n" + write_3le(_flat(sets))


def omm(sets: Sets, form: OmmFormat) -> str:
    """Return OMM text; where the form knows comments, under one that names it synthetic."""
    text = write_omm(_flat(sets), form)
    if form is OmmFormat.KVN:
        head, _, rest = text.partition("\n")
        return f"{head}\nCOMMENT {BANNER}\n{rest}"
    if form is OmmFormat.XML:
        head, _, rest = text.partition("\n")
        return f"{head}\n<!-- {BANNER.replace(' - ', ': ')} -->\n{rest}"
    return text


TEXTS: Mapping[str, Callable[[Scenario], str]] = {
    "truth.json": lambda s: json.dumps(truth(s), indent=1) + "\n",
    "public/synthetic-actors.3le.gz": lambda s: three_line(public_actors(s)),
    "public/synthetic-leo.omm.csv.gz": lambda s: omm(public_others(s, "LEO"), OmmFormat.CSV),
    "public/synthetic-meo.omm.kvn.gz": lambda s: omm(public_others(s, "MEO"), OmmFormat.KVN),
    "public/synthetic-geo.omm.json.gz": lambda s: omm(public_others(s, "GEO"), OmmFormat.JSON),
    "public/synthetic-heo.omm.xml.gz": lambda s: omm(public_others(s, "HEO"), OmmFormat.XML),
    "commercial/synthetic-commercial.omm.json.gz": lambda s: omm(commercial(s), OmmFormat.JSON),
    "operator/synthetic-operator.cdm.kvn": lambda s: operator_messages(s.actors, s.events),
    "trilateral/synthetic-trilateral.omm.xml.gz": lambda s: omm(trilateral(s), OmmFormat.XML),
}
"""Each file's path and how its text is drawn; a name that ends in .gz is compressed."""


def written(told: Scenario, directory: Path) -> list[Path]:
    """Write every file under a directory and return the paths.

    The compressed bytes carry no time; they depend on the zlib that Python was built with,
    the text within does not.
    """
    paths = []
    for name, text_of in TEXTS.items():
        data = text_of(told).encode()
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data, 9, mtime=0) if name.endswith(".gz") else data)
        paths.append(path)
    return paths
