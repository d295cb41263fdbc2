"""Filters choose by what the partner was given, page rightly, and read its own rows alone."""

import re
from datetime import timedelta
from itertools import product

import pytest
from desks import NOW
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from sda.configuration import packaged
from sda.times import format_utc
from sharing.registry import load_registry
from sharing.release.grids import coarse_from, coarse_value

RULES = load_registry(packaged("config")).rules


def _objects(item):
    return {item["facts"][name]["value"] for name in ("norad_id_1", "norad_id_2")}


def _numbers(page):
    """Return the first object of each active item; None for one without facts."""
    facts = [item["facts"] for item in page["items"]]
    return [one["norad_id_1"]["value"] if one else None for one in facts]


@pytest.fixture
def server(serve, desk, database_url):
    """Six crossings an hour apart, the likelier the later; one is taken back."""
    made = serve(url=database_url)
    found = [
        desk.approach(100 + n, 10 + n, max_probability=10.0 ** (n - 7) if n else None)
        for n in range(6)
    ]
    desk.publish(made.database, {"public": [*found, desk.approach(300, 30)]})
    desk.publish(made.database, {"public": found}, "run 2", 1)
    return made


def _time(hours):
    return format_utc(NOW + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("object=101", [101, None]),
        ("object=101&object=103&object=7", [101, 103, None]),
        ("object=90000", [100, 101, 102, 103, 104, 105, None]),
        ("object=300", [None]),
        (f"since={_time(12)}", [102, 103, 104, 105, None]),
        (f"until={_time(12)}", [100, 101, None]),
        (f"since={_time(11)}&until={_time(13)}&object=101", [101, None]),
        ("min_probability=0.0001", [103, 104, 105, None]),
        ("min_probability=0.00011", [104, 105, None]),
        ("min_probability=0", [101, 102, 103, 104, 105, None]),
        ("min_probability=1", [None]),
        ("own=true", [None]),
        ("own=false", [100, 101, 102, 103, 104, 105, None]),
        ("kind=crossing&object=102", [102, None]),
        ("kind=edge&object=102", []),
    ],
)
def test_a_filter_gives_what_it_asks_for_and_every_item_without_facts(server, query, expected):
    key = server.key("bra")
    assert _numbers(server.get(f"/v1/feed?{query}", key).json()) == expected
    # The same a page at a time, by the cursor and by the link.
    seen, path, more = [], f"/v1/feed?{query}&limit=1", True
    while more:
        answer = server.get(path, key)
        page = answer.json()
        seen += _numbers(page)
        more = page["more"]
        link = re.fullmatch(r'<(\?.*)>; rel="next"', answer.headers.get("link", ""))
        assert bool(link) is more
        if link:
            assert f"after={page['next']}" in link[1]
            path = f"/v1/feed{link[1]}"
    assert seen == expected
    ended = server.get(f"/v1/feed?{query}&after={page['next']}", key).json()
    assert (ended["items"], ended["more"], ended["next"]) == ([], False, page["next"])


def test_a_filtered_reader_gets_what_comes_later_and_no_old_entry_again(server, desk):
    key = server.key("bra")
    end = server.get("/v1/feed?object=400", key).json()["next"]
    desk.publish(server.database, {"public": [desk.approach(400, 20)]}, "run 3", 2)
    page = server.get(f"/v1/feed?object=400&after={end}", key).json()
    assert 400 in _numbers(page)
    again = server.get(f"/v1/feed?object=400&after={page['next']}", key).json()
    assert (again["items"], again["next"]) == ([], page["next"])


def test_own_assets_are_those_of_the_partner_alone(serve, desk):
    server = serve()
    found = [desk.approach(330013, 10), desk.approach(100, 11)]
    desk.publish(server.database, {"public": found}, partners=("jpn", "bra"))
    own = server.get("/v1/feed?own=true", server.key("jpn")).json()["items"]
    assert [_objects(item) & {330013} for item in own] == [{330013}]
    assert server.get("/v1/feed?own=true", server.key("bra")).json()["items"] == []


def test_a_coarse_probability_counts_by_its_lower_edge(serve, desk):
    server = serve()
    found = [
        desk.approach(100 + n, 10 + n, max_probability=3.0 * 10.0 ** (n - 6)) for n in range(3)
    ]
    desk.publish(server.database, {"commercial": found})
    key = server.key("aus")
    items = server.get("/v1/feed", key).json()["items"]
    shown = [item["facts"]["max_probability"]["value"] for item in items]
    assert shown == ["<1e-05", "<0.0001", "<0.001"]
    for least, expected in [(1e-6, 3), (1.1e-6, 2), (1e-5, 2), (1e-4, 1), (2e-4, 0)]:
        page = server.get(f"/v1/feed?min_probability={least}", key).json()
        assert len(page["items"]) == expected, least


@given(value=st.floats(0, 1), least=st.floats(0, 1))
def test_a_coarse_value_is_chosen_only_where_all_that_it_may_be_is_enough(value, least):
    text = coarse_value("max_probability", value, RULES)
    if text in coarse_from("max_probability", least, RULES):
        assert value >= least
    else:
        low = max((e for e in _edges() if e <= value), default=0.0)
        assert low < least


def _edges():
    return next(grid.edges for grid in RULES.grids if grid.fact == "max_probability")


def test_a_cursor_is_bound_to_the_whole_filter(server):
    key = server.key("bra")
    queries = [
        "",
        "object=101",
        "object=101&object=102",
        "own=true",
        f"since={_time(1)}",
        f"until={_time(1)}",
        "min_probability=0.1",
        "min_probability=0.2",
    ]
    cursors = [server.get(f"/v1/feed?{query}", key).json()["next"] for query in queries]
    for (n, query), (k, cursor) in product(enumerate(queries), enumerate(cursors)):
        status = server.get(f"/v1/feed?{query}&after={cursor}", key).status_code
        assert status == (200 if n == k else 400)
    # The order in which objects are named says nothing.
    swapped = server.get(f"/v1/feed?object=102&object=101&after={cursors[2]}", key)
    assert swapped.status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "object=0",
        "object=x",
        "object=1e3",
        "object=99999999999999999999",
        "&".join(f"object={n}" for n in range(1, 102)),
        "since=2026-11-01T00:00:00",
        "since=5",
        "since=0001-01-01T00:00:00%2B05:00",
        "until=tomorrow",
        "min_probability=nan",
        "min_probability=-1",
        "min_probability=inf",
        "min_probability=1.1",
        "own=maybe",
    ],
)
def test_a_filter_that_means_nothing_is_refused(serve, query):
    server = serve()
    answer = server.get(f"/v1/feed?{query}", server.key("aus"))
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_every_query_of_a_partner_touches_its_own_rows_alone(serve, desk):
    """Ask SQLite how it finds the rows of each request: by partner and key, never by scanning."""
    server = serve()
    desk.publish(server.database, {"public": [desk.approach(100 + n, 10 + n) for n in range(9)]})
    key = server.key("aus")
    first = server.get("/v1/feed?limit=1", key).json()
    asked = []

    @event.listens_for(server.database, "before_cursor_execute")
    def _note(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    filters = {
        "kind": "crossing",
        "object": "101",
        "own": "true",
        "since": _time(1),
        "until": _time(99),
        "min_probability": "1e-7",
    }
    one_by_one = [f"{name}={value}" for name, value in filters.items()]
    queries = ["limit=3", f"after={first['next']}", *one_by_one, "&".join(one_by_one)]
    for query in queries:
        assert server.get(f"/v1/feed?{query}", key).status_code == 200
    assert server.get(f"/v1/items/{first['items'][0]['id']}", key).status_code == 200
    about_items = [one for one in asked if "FROM items" in one[0]]
    assert len(about_items) >= len(queries) + 1
    with server.database.connect() as connection:
        for statement, parameters in about_items:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plan = [row.detail for row in rows]
            assert not [step for step in plan if step.startswith("SCAN")], plan
            (of_items,) = [step for step in plan if step.startswith("SEARCH items ")]
            assert "(partner=?" in of_items
            assert not [step for step in plan if "AUTOMATIC" in step or "TEMP" in step], plan
            assert plan[0] == of_items


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/feed?kind=crossing&kind=proximity", "kind"),
        ("/v1/feed?limit=1&limit=2", "limit"),
        ("/v1/feed?format=json&format=csv", "format"),
        ("/v1/items/x?format=json&format=json", "format"),
        ("/v1/stream?object=1&own=true&own=false", "own"),
        ("/v1/contacts?topic=conjunction&topic=urgent", "topic"),
    ],
)
def test_what_may_be_said_once_alone_is_not_overlooked_when_said_twice(server, path, name):
    answer = server.get(path, server.key("aus"))
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"where": f"query.{name}", "what": "give it once"}]
    assert server.get(path).status_code == 401


@pytest.mark.parametrize("path", ["feed", "stream", "items/x", "items/x/cdm", "contacts"])
def test_a_parameter_that_there_is_not_is_refused(server, path):
    answer = server.get(f"/v1/{path}?fromat=csv", server.key("aus"))
    assert answer.status_code == 422
    assert [one["where"] for one in answer.json()["errors"]] == ["query.fromat"]
