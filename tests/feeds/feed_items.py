"""Items as a partner reads them, without a database, and the page in each format."""

from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path

import orjson
from desks import NOW, Desk

from sda.ccsds import read_cdm
from sda.ccsds.close_approaches import approach_of
from sda.configuration import packaged, read_toml
from sda.model import CloseApproach, Found
from sda.risk.config import RiskConfig
from sda.screening import ScreeningConfig
from sharing.feeds import FeedItem, Page
from sharing.feeds.bodies import Writer, withdrawn
from sharing.feeds.formats import (
    Letterhead,
    czml_packets,
    item_table,
    page_document,
    spacetrack_records,
    udl_records,
)
from sharing.ids import ID_BYTES, id_text

SAMPLE = Path(__file__).parents[2] / "tle_samples/messages/exercise-crossing.cdm.kvn"
SCREENING = read_toml(packaged("config") / "screening.toml", ScreeningConfig)
RISK = read_toml(packaged("config") / "risk.toml", RiskConfig)


def head_of(desk: Desk, exercise: bool = True) -> Letterhead:
    return Letterhead(desk.registry, "TEARLINE", exercise)


def items_of(desk: Desk, partner: str, source: str, *found: Found) -> list[FeedItem]:
    """Return what a partner gets of close approaches of a source, as items at revision 1."""
    decided = desk.releases({source: found}, partners=[partner])[partner]
    bodies = [Writer().body_of(one.release)[1] for one in decided if one.release]
    return [
        FeedItem(_id_of(body), n, 1, "active", orjson.loads(body))
        for n, body in enumerate(bodies, 1)
    ]


def item_of(desk: Desk, partner: str, source: str, approach: Found) -> FeedItem:
    (item,) = items_of(desk, partner, source, approach)
    return item


def near(desk: Desk, hours: float = 10, **changed: object) -> CloseApproach:
    """Return a crossing as a message tells it: with states, covariances and a probability."""
    told = approach_of(*read_cdm(SAMPLE), SCREENING, RISK)
    tca = NOW + timedelta(hours=hours, microseconds=123_457)
    return replace(told, tca=tca, minima=(), **changed)


def _id_of(body: bytes) -> str:
    return id_text(blake2b(body, digest_size=ID_BYTES).digest())


def ended(item: FeedItem, status: str = "retracted") -> FeedItem:
    """Return the item as it is once retracted or closed."""
    body = orjson.loads(withdrawn(orjson.dumps(item.body))[1])
    return replace(item, revision=item.revision + 1, status=status, body=body)


def written(items: list[FeedItem], desk: Desk) -> dict[str, str]:
    """Return a page in each format."""
    head, page = head_of(desk), Page(tuple(items), 1, False)
    documents = {
        "json": page_document(page, "cursor", head),
        "spacetrack": spacetrack_records(items, head, {}),
        "udl": udl_records(items, head),
        "czml": czml_packets(items, head),
    }
    texts = {form: orjson.dumps(document).decode() for form, document in documents.items()}
    return texts | {"csv": item_table(items, head_of(desk))}
