"""What was taken back is listed, in text and in JSON."""

import json
from datetime import UTC, datetime

from sqlalchemy import insert

from sharing.schema import open_sharing, retractions

AT = datetime(2026, 10, 20, 8, tzinfo=UTC)


def test_orders_about_sources_are_listed_the_oldest_first(tearline):
    assert json.loads(tearline("source", "list", "--format", "json").stdout) == []
    tearline("source", "withdraw", "commercial", "--reason", "licence suspended")
    tearline("source", "restore", "commercial")
    told = json.loads(tearline("source", "list", "--format", "json").stdout)
    assert all(one.pop("at_utc").endswith("Z") for one in told)
    assert told == [
        {"source": "commercial", "withdrawn": True, "reason": "licence suspended"},
        {"source": "commercial", "withdrawn": False, "reason": ""},
    ]
    lines = tearline("source", "list").stdout.splitlines()
    assert [line.partition(" ")[2] for line in lines] == [
        "withdrawn: commercial: licence suspended",
        "restored: commercial",
    ]


def test_orders_to_retract_are_listed_the_oldest_first(tearline, environment):
    orders = [
        {"n": 1, "retracted": True, "reason": "wrong object"},
        {"n": 2, "retracted": False, "reason": "was right"},
    ]
    engine = open_sharing(environment["TEARLINE_DATABASE_URL"])
    with engine.begin() as connection:
        rows = [{**one, "partner": "fra", "item_id": "2vqk7ycl5w3p", "at": AT} for one in orders]
        connection.execute(insert(retractions), rows)
    engine.dispose()
    told = json.loads(tearline("retractions", "--format", "json").stdout)
    assert [(one["item_id"], one["retracted"], one["at_utc"]) for one in told] == [
        ("2vqk7ycl5w3p", True, "2026-10-20T08:00:00.000000Z"),
        ("2vqk7ycl5w3p", False, "2026-10-20T08:00:00.000000Z"),
    ]
    assert tearline("retractions").stdout.splitlines() == [
        "2026-10-20T08:00:00.000000Z retracted: item 2vqk7ycl5w3p of fra: wrong object",
        "2026-10-20T08:00:00.000000Z undone: item 2vqk7ycl5w3p of fra: was right",
    ]
