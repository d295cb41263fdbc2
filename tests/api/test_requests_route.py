"""Partners ask for more and follow it; by asking they learn nothing of what is hidden."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from sharing.requests import answer_request

HOUR = timedelta(hours=1)
ASKED = {"reason": "We plan a manoeuvre.", "wanted": ["radial", "in_track"], "urgency": "urgent"}
OFFICE = "sensor-release-desk"


def item_of(server, key, n=0):
    return server.get("/v1/feed", key).json()["items"][n]["id"]


@pytest.fixture
def asking(serve, desk, database_url):
    """A server with one item of aus and of bra, and the keys of both."""
    server = serve(url=database_url)
    desk.publish(server.database, {"public": [desk.approach(100, 40), desk.approach(101, 50)]})
    return server, server.key("aus"), server.key("bra")


def test_a_request_is_open_then_closed_with_a_text(asking):
    server, key, _ = asking
    item = item_of(server, key)
    answer = server.post(f"/v1/items/{item}/requests", key, ASKED)
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"/v1/requests/{made['id']}"
    assert made["wanted"] == ["in_track", "radial"]
    assert (made["state"], made["closed"], made["answer"]) == ("open", None, None)
    assert (made["item"], made["asked_at_revision"], made["revision"]) == (item, 1, 1)
    assert made["contact"]["office"] == OFFICE
    assert made["exercise"] is True
    assert server.get(answer.headers["location"], key).json() == made
    listed = server.get("/v1/requests", key).json()
    assert listed == {"requests": [made], "next": None, "exercise": True}
    step = 12 * HOUR
    answer_request(server.database, made["id"], OFFICE, {OFFICE}, "Done.", step, server.now)
    assert server.get(f"/v1/requests/{made['id']}", key).json() == made
    server.now += step
    closed = server.get(f"/v1/requests/{made['id']}", key).json()
    assert (closed["state"], closed["answer"]) == ("closed", "Done.")
    assert closed["closed"] == "2026-11-02T00:00:00.000000Z"


def test_one_that_nobody_answers_closes_with_the_same_words_as_any_other(asking):
    server, key, _ = asking
    made = server.post(f"/v1/items/{item_of(server, key)}/requests", key, ASKED).json()
    server.now += 40 * HOUR
    closed = server.get(f"/v1/requests/{made['id']}", key).json()
    assert (closed["state"], closed["closed"]) == ("closed", made["expires"])
    assert "was considered" in closed["answer"]


def test_a_retry_by_key_makes_no_second_request(asking):
    server, key, _ = asking
    path = f"/v1/items/{item_of(server, key)}/requests"
    once = server.post(path, key, ASKED, **{"Idempotency-Key": "word"})
    again = server.post(path, key, ASKED, **{"Idempotency-Key": "word"})
    assert (again.status_code, again.content) == (201, once.content)
    other = server.post(path, key, {"reason": "x"}, **{"Idempotency-Key": "word"})
    assert other.status_code == 422
    assert server.post(path, key, ASKED).status_code == 409
    assert len(server.get("/v1/requests", key).json()["requests"]) == 1


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({}, {}),
        ({"reason": "  "}, {}),
        ({"reason": "x" * 1001}, {}),
        ({"reason": "two\nlines"}, {}),
        ({"reason": "\x1b[2J"}, {}),
        ({"reason": "\u202eback"}, {}),
        ({"reason": "x", "wanted": ["position"]}, {}),
        ({"reason": "x", "wanted": ["sigma", "sigma"]}, {}),
        ({"reason": "x", "wanted": "sigma"}, {}),
        ({"reason": "x", "urgency": "now"}, {}),
        ({"reason": "x", "office": "duty-officer"}, {}),
        ({"reason": "x"}, {"Idempotency-Key": "x" * 65}),
        ({"reason": "x"}, {"Idempotency-Key": "two words"}),
        ([], {}),
        (None, {}),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_field(asking, body, headers):
    server, key, _ = asking
    answer = server.post(f"/v1/items/{item_of(server, key)}/requests", key, body, **headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]


def test_nobody_reads_a_body_before_it_is_known_who_sends_it(asking):
    server, key, _ = asking
    path = f"/v1/items/{item_of(server, key)}/requests"
    long = b'{"reason": "' + b"x" * 2**14 + b'"}'
    for content, status in ((b"{bad", 422), (b"", 422), (b"\xff", 422), (long, 413)):
        held = {"Authorization": f"Bearer {key}"}
        assert server.request("POST", path, content=content).status_code == 401
        answer = server.request("POST", path, held, content=content)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


def test_another_partners_request_or_item_and_none_at_all_look_the_same(asking):
    server, aus, bra = asking
    theirs = item_of(server, aus)
    made = server.post(f"/v1/items/{theirs}/requests", aus, ASKED).json()["id"]
    for foreign, none in (
        [server.get(f"/v1/requests/{one}", server.key("bra")) for one in (made, "none")],
        [
            server.post(f"/v1/items/{one}/requests", server.key("bra"), ASKED)
            for one in (theirs, "none")
        ],
    ):
        assert foreign.status_code == none.status_code == 404
        assert (foreign.content, foreign.headers) == (none.content, none.headers)
    assert server.get("/v1/requests", bra).json()["requests"] == []


def test_a_cursor_of_the_list_goes_on_and_is_its_partners_alone(asking):
    server, aus, bra = asking
    for n in (0, 1):
        server.post(f"/v1/items/{item_of(server, aus, n)}/requests", aus, ASKED)
    first = server.get("/v1/requests?limit=1", aus).json()
    rest = server.get(f"/v1/requests?limit=1&after={first['next']}", aus).json()
    ids = [one["id"] for page in (first, rest) for one in page["requests"]]
    assert len(set(ids)) == 2
    assert rest["next"] is None
    assert server.get(f"/v1/requests?after={first['next']}", bra).status_code == 400
    assert server.get(f"/v1/feed?after={first['next']}", aus).status_code == 400


def test_asking_looks_and_sounds_the_same_whether_there_is_more_or_not(serve, desk):
    """Two archives that differ in what is hidden: same bytes, same queries, at every step."""
    logs = []
    for name, hidden in (("with", [desk.approach(100, 40.01, miss_km=0.06)]), ("without", [])):
        server = serve(name)
        found = [desk.approach(100, 40), desk.approach(101, 50)]
        desk.publish(server.database, {"public": found, "trilateral": hidden})
        for_aus = server.get("/v1/feed", server.key("aus")).json()["items"]
        marked = [one for one in for_aus if one["marking"]["banner"] != "UNCLASSIFIED"]
        assert bool(marked) is bool(hidden)
        key, queries = server.key("bra"), []

        @event.listens_for(server.database, "before_cursor_execute")
        def heard(_c, _cursor, statement, _parameters, _context, _many, queries=queries):
            queries.append(statement)

        logs.append((_conversation(server, key), queries))
        assert not [one for one in queries if "review_" in one or "ledger" in one]
    assert logs[0] == logs[1]


def _conversation(server, key):
    item, other = item_of(server, key), item_of(server, key, 1)
    said = []

    def note(answer):
        said.append((answer.status_code, sorted(answer.headers.items()), answer.content))
        return answer

    made = note(server.post(f"/v1/items/{item}/requests", key, ASKED)).json()
    note(server.post(f"/v1/items/{item}/requests", key, ASKED))
    note(server.post(f"/v1/items/{other}/requests", key, ASKED, **{"Idempotency-Key": "k"}))
    note(server.post(f"/v1/items/{other}/requests", key, ASKED, **{"Idempotency-Key": "k"}))
    note(server.post("/v1/items/none/requests", key, ASKED))
    note(server.get("/v1/requests", key))
    answer_request(server.database, made["id"], OFFICE, {OFFICE}, "Done.", 12 * HOUR, server.now)
    for hours in (1, 11, 30):
        server.now += hours * HOUR
        note(server.get(f"/v1/requests/{made['id']}", key))
        note(server.get("/v1/requests?limit=1", key))
    note(server.post(f"/v1/items/{item}/requests", key, ASKED))
    return said
