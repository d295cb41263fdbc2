import csv
from io import StringIO

import pytest

TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "spacetrack": "application/vnd.tearline.spacetrack+json",
    "udl": "application/vnd.tearline.udl+json",
    "czml": "application/vnd.tearline.czml+json",
}
LISTS = ("csv", "spacetrack", "udl", "czml")


@pytest.fixture
def served(serve, desk):
    server = serve()
    found = [desk.approach(100 + n, 10 + n) for n in range(5)]
    desk.publish(server.database, {"public": found})
    return server, server.key("aus")


@pytest.mark.parametrize(("form", "media"), TYPES.items())
def test_a_format_is_chosen_by_query_or_by_accept(served, form, media):
    server, key = served
    asked = server.get(f"/v1/feed?format={form}", key, Accept="text/csv")
    accepted = server.get("/v1/feed", key, Accept=f"image/png, {media};q=0.9, */*;q=0.1")
    assert asked.headers["content-type"].split(";")[0] == media
    assert asked.content == accepted.content
    # Each request leaves one fewer.
    assert {*asked.headers.items()} ^ {*accepted.headers.items()} == {
        (name, answer.headers[name]) for answer in (asked, accepted) for name in ("ratelimit",)
    }


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/json;q=0, */*", "csv"),
        ("text/csv;q=0, application/json;q=0, application/*;q=0.5, */*", "spacetrack"),
        ("text/*", "csv"),
        ("text/csv;q=0.1, */*", "json"),
        ("text/csv, application/json", "csv"),
        ("application/json, text/plain, */*", "json"),
        (", ,", "json"),
        ("text/csv;q=nan, application/json;q=0.1", "json"),
    ],
)
def test_the_most_particular_range_tells_how_much_a_format_is_wanted(served, accept, form):
    server, key = served
    answer = server.get("/v1/feed", key, Accept=accept)
    assert answer.headers["content-type"].split(";")[0] == TYPES[form]


def test_headers_accept_are_read_as_one(served):
    server, key = served
    told = [("Authorization", f"Bearer {key}"), ("Accept", "image/png"), ("Accept", "text/csv")]
    assert server.request("GET", "/v1/feed", told).headers["content-type"].startswith("text/csv")
    del told[-1]
    assert server.request("GET", "/v1/feed", told).status_code == 406


@pytest.mark.parametrize(
    "accept", ["image/png", "text/csv;q=0", "application/json;q=none", "*/*;q=2", "*/*;q=nan"]
)
def test_a_format_that_there_is_not_is_refused_by_name(served, accept):
    server, key = served
    answer = server.get("/v1/feed", key, Accept=accept)
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"
    assert all(media in answer.json()["detail"] for media in TYPES.values())
    assert server.get("/v1/feed?format=pdf", key).status_code == 422


def _ids(form, answer):
    """Return how a page names its items."""
    if form == "csv":
        return [row["ITEM_ID"] for row in csv.DictReader(StringIO(answer.text))]
    records = answer.json()
    if form == "czml":
        return [one["id"] for one in records[1:]]
    return [one["ITEM_ID" if form == "spacetrack" else "eventId"] for one in records]


@pytest.mark.parametrize("form", LISTS)
def test_a_bare_list_is_walked_by_its_headers(served, form):
    server, key = served
    page = server.get("/v1/feed", key).json()
    seen, after, more = [], "", "true"
    while more == "true":
        answer = server.get(f"/v1/feed?format={form}&limit=2{after}", key)
        seen += _ids(form, answer)
        after, more = f"&after={answer.headers['tearline-next']}", answer.headers["tearline-more"]
    assert seen == [item["id"] for item in page["items"]]
    assert answer.headers["tearline-next"] == page["next"]


@pytest.mark.parametrize("form", TYPES)
def test_every_page_carries_its_marking_and_is_not_sent_twice(served, form):
    server, key = served
    answer = server.get(f"/v1/feed?format={form}", key)
    assert answer.headers["tearline-marking"] == "UNCLASSIFIED"
    again = server.get(f"/v1/feed?format={form}", key, **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_cdm_public_tells_when_each_item_was_published_to_its_reader(serve, desk):
    server = serve()
    key, path = server.key("aus"), "/v1/feed?format=spacetrack"
    desk.publish(server.database, {"public": [desk.approach(100, 30), desk.approach(101, 31)]})
    changed = [desk.approach(100, 30), desk.approach(101, 31, miss_km=1.0)]
    desk.publish(server.database, {"public": changed}, "run 2", 1)
    first, second = server.get(path, key).json()
    assert [(one["REVISION"], one["CREATED"]) for one in (first, second)] == [
        ("1", "2026-11-01T12:00:00.000000"),
        ("2", "2026-11-01T13:00:00.000000"),
    ]
    one = server.get(f"/v1/items/{second['ITEM_ID']}?format=spacetrack", key).json()
    assert one == [second]
    others = server.get(path, server.key("bra")).json()
    assert {row["CREATED"] for row in others} <= {first["CREATED"], second["CREATED"]}


def test_what_the_library_cannot_hold_is_counted(serve, desk):
    server = serve()
    found = {"public": [desk.approach(100, 30)], "commercial": [desk.approach(101, 31)]}
    desk.publish(server.database, found)
    key = server.key("aus")
    answer = server.get("/v1/feed?format=udl", key)
    assert (len(answer.json()), answer.headers["tearline-left-out"]) == (1, "1")
    desk.publish(server.database, {"public": []}, "run 2", 1)
    assert server.get("/v1/feed?format=udl", key).json() == []


def test_the_description_names_every_format(served):
    server, _ = served
    operation = server.get("/openapi.json").json()["paths"]["/v1/feed"]["get"]
    assert operation["responses"]["200"]["content"].keys() == {*TYPES.values()}
    assert {"Tearline-Next", "Tearline-More"} <= operation["responses"]["200"]["headers"].keys()
