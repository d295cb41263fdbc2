"""Decide a publication again from what the ledger keeps of it, and compare to the last bit.

Configuration and all that counted come from the documents of the publication, the close
approaches from its run. Another version of Tearline may decide otherwise: the document names it.
"""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlalchemy import Engine, select

from sda.store import Runs
from sda.times import parse_utc
from sharing.deciding import Decisions, Given, asked_of
from sharing.errors import LedgerError
from sharing.feeds.bodies import Writer, digest_of_all
from sharing.policy import read_engine
from sharing.registry import FOLDERS, load_registry
from sharing.release import Approval
from sharing.review.cases import read_classes
from sharing.schema import documents, publications

__all__ = ["Replay", "replay"]


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of deciding again; partners of whom another digest comes out are `differing`."""

    publication: int
    version: str
    partners: tuple[str, ...]
    differing: tuple[str, ...]


def replay(engine: Engine, publication: int) -> Replay:
    """Decide a publication again.

    Raises LedgerError when there is no such publication, or nothing was decided in it.
    """
    said, config = _kept(engine, publication)
    runs = {one.run_id: one for one in Runs(engine).list(1_000_000)}
    if said["run_id"] not in runs:
        raise LedgerError(f"run {said['run_id']} is not kept: it cannot be decided again")
    with TemporaryDirectory() as folder:
        # They were there, if only with nothing in them that decides.
        for name in FOLDERS:
            Path(folder, name).mkdir()
        for name, text in orjson.loads(config).items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        registry = load_registry(Path(folder))
        policy = read_engine(Path(folder), registry)
    given, at = _given(said["inputs"]), parse_utc(said["at"])
    run = runs[said["run_id"]]
    decisions = Decisions(engine, registry, policy, run, at, given)
    digests: dict[str, list[bytes]] = {name: [] for name in registry.partners}
    for part in decisions.parts():
        writer = Writer()
        for name, decided in asked_of(part.decided, registry).items():
            released = (one.release for one in decided if one.release is not None)
            digests[name] += (writer.body_of(one)[0] for one in released)
    found = {name: digest_of_all(some) for name, some in digests.items()}
    names = tuple(sorted({*found, *said["decided"]}))
    differing = tuple(name for name in names if found.get(name) != said["decided"].get(name))
    return Replay(publication, said["version"], names, differing)


def _kept(engine: Engine, publication: int) -> tuple[dict[str, Any], bytes]:
    by_basis = select(documents.c.document).join(
        publications, publications.c.basis == documents.c.digest
    )
    with engine.connect() as connection:
        text = connection.scalar(by_basis.where(publications.c.publication == publication))
        said: dict[str, Any] = orjson.loads(text) if text is not None else {}
        digest = bytes.fromhex(said.get("config") or "")
        chosen = select(documents.c.document).where(documents.c.digest == digest)
        config = connection.scalar(chosen)
    if config is None:
        raise LedgerError(f"publication {publication} keeps no decision that could be made again")
    return said, config


def _given(inputs: dict[str, Any]) -> Given:
    approvals = tuple(
        Approval(
            case_id=one["case"],
            solution=one["solution"],
            pair=(one["pair"][0], one["pair"][1]),
            kind=one["kind"],
            tca=parse_utc(one["tca_utc"]),
            partner=one["partner"],
            classes=read_classes(one["classes"]),
            until=parse_utc(one["until_utc"]),
            offices=frozenset(one["offices"]),
            apart=frozenset(one["apart"]),
        )
        for one in inputs["approvals"]
    )
    due = {
        partner: tuple(((pair[0], pair[1]), parse_utc(tca)) for pair, tca in some)
        for partner, some in inputs["due"].items()
    }
    return Given(approvals, frozenset(inputs["withdrawn"]), due)
