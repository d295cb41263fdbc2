import csv
import shutil
import socket
import threading
import time
from datetime import timedelta
from io import StringIO

import httpx
import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from sda.configuration import packaged
from sda.model import Kind
from sda.times import parse_utc
from sharing.api.service import LOOKED_AT_MOST_S
from sharing.credentials import keyed_hash
from sharing.errors import FeedError
from sharing.feeds import seal, unseal
from sharing.schema import keys

FACTS = {"norad_id_1", "norad_id_2", "tca", "miss_distance"}


def _walk(server, key, limit, kind="", between=lambda: None):
    """Return ids and revisions of all items, page after page, and the last cursor."""
    seen, query, more = [], f"limit={limit}" + (f"&kind={kind}" if kind else ""), True
    after = ""
    while more:
        page = server.get(f"/v1/feed?{query}{after}", key).json()
        seen += [(item["id"], item["revision"]) for item in page["items"]]
        after, more = f"&after={page['next']}", page["more"]
        between()
    return seen, after


def test_a_feed_has_what_the_contract_says(serve, desk, database_url):
    server = serve(url=database_url)
    desk.publish(server.database, {"public": [desk.approach(100, 10)]})
    page = server.get("/v1/feed", server.key("bra")).json()
    assert page.keys() == {"items", "next", "more", "marking", "exercise"}
    assert page["more"] is False
    assert page["exercise"] is True
    (item,) = page["items"]
    assert (item["revision"], item["status"], item["kind"]) == (1, "active", "crossing")
    assert item["marking"] == {"banner": "UNCLASSIFIED", "portion": "(U)"}
    assert item["facts"]["miss_distance"] == {"value": 3.25, "unit": "km", "marking": "(U)"}
    assert item["facts"].keys() >= FACTS
    assert item["contact"]["role"]
    assert not {"omitted", "intervals"} & item.keys()
    one = server.get(f"/v1/items/{item['id']}", server.key("bra"))
    assert one.json() == item


def test_a_coarse_item_says_what_it_leaves_out(serve, desk):
    server = serve()
    desk.publish(server.database, {"commercial": [desk.approach(100, 10)]})
    (item,) = server.get("/v1/feed", server.key("aus")).json()["items"]
    assert item["rendition"] == "tear-line"
    assert {"radial", "sigma", "sources"} <= {*item["omitted"]}
    assert not item["facts"].keys() & {*item["omitted"]}
    start, end = item["intervals"].pop("tca").split("/")
    assert (start, item["intervals"]) == (item["facts"]["tca"]["value"], {})
    assert parse_utc(end) - parse_utc(start) == timedelta(minutes=desk.registry.rules.time_grid_min)
    assert parse_utc(start) <= desk.approach(100, 10).tca < parse_utc(end)


def test_an_empty_feed_has_a_cursor_that_later_finds_the_first_item(serve, desk):
    server = serve()
    key = server.key("aus")
    empty = server.get("/v1/feed", key).json()
    assert empty["items"] == []
    desk.publish(server.database, {"public": [desk.approach(100, 10)]})
    page = server.get(f"/v1/feed?after={empty['next']}", key).json()
    assert len(page["items"]) == 1
    again = server.get(f"/v1/feed?after={page['next']}", key).json()
    assert (again["items"], again["next"], again["more"]) == ([], page["next"], False)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_walking_the_pages_gives_the_whole_feed_and_nothing_twice(serve, desk, limit):
    server = serve()
    found = [desk.approach(100 + n, 10 + n) for n in range(7)]
    desk.publish(server.database, {"public": found})
    seen, _ = _walk(server, server.key("aus"), limit)
    assert len(seen) == len(set(seen)) == 7


def test_a_walk_misses_nothing_that_is_published_meanwhile(serve, desk):
    server = serve()
    found = [desk.approach(100 + n, 10 + n) for n in range(6)]
    desk.publish(server.database, {"public": found})
    runs = iter(range(1, 4))

    def publish_more():
        if (run := next(runs, None)) is not None:
            changed = desk.approach(100, 10, miss_km=3.25 + run)
            added = [desk.approach(200 + n, 20 + n) for n in range(run)]
            desk.publish(server.database, {"public": [changed, *found[1:], *added]}, f"{run}", run)

    seen, _ = _walk(server, server.key("aus"), 2, between=publish_more)
    assert len(seen) == len(set(seen))
    now, _ = _walk(server, server.key("aus"), 100)
    assert set(now) <= set(seen)
    assert {name for name, _ in seen} == {name for name, _ in now}
    assert len(now) == 9


def test_a_withdrawn_item_shows_no_facts_to_anyone_who_starts_anew(serve, desk):
    server = serve()
    desk.publish(server.database, {"public": [desk.approach(100, 30)]})
    desk.publish(server.database, {"public": []}, "run 2", 1)
    answer = server.get("/v1/feed", server.key("aus"))
    (item,) = answer.json()["items"]
    assert (item["status"], item["revision"], item["facts"]) == ("retracted", 2, {})
    assert "OBJECT 100" not in answer.text


def test_a_filter_shows_one_kind(serve, desk):
    server = serve()
    slow = desk.approach(
        300,
        12,
        kind=Kind.PROXIMITY,
        episode_start=desk.approach(1, 11).tca,
        episode_end=desk.approach(1, 13).tca,
    )
    desk.publish(server.database, {"public": [desk.approach(100, 10), slow]})
    key = server.key("aus")
    kinds = [i["kind"] for i in server.get("/v1/feed?kind=proximity", key).json()["items"]]
    assert kinds == ["proximity"]
    assert server.get("/v1/feed?kind=edge", key).json()["items"] == []


def test_cursors_are_bound_to_partner_and_filter_and_cannot_be_changed(serve, desk):
    server = serve()
    desk.publish(server.database, {"public": [desk.approach(100 + n, 10) for n in range(3)]})
    aus, bra = server.key("aus"), server.key("bra")
    cursor = server.get("/v1/feed?limit=1", aus).json()["next"]
    assert server.get(f"/v1/feed?after={cursor}", aus).status_code == 200
    swapped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for key, query in [
        (bra, f"after={cursor}"),
        (aus, f"after={cursor}&kind=crossing"),
        (aus, f"after={swapped}"),
        (aus, "after=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        (aus, "after=1"),
        (aus, "after="),
    ]:
        answer = server.get(f"/v1/feed?{query}", key)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
    assert server.get("/v1/feed?limit=1", bra).json()["next"] != cursor


@given(seq=st.integers(0, 2**63), other=st.integers(0, 2**63), kind=st.text(max_size=8))
def test_a_cursor_opens_for_its_owner_alone_and_hides_its_number(seq, other, kind):
    secret = b"s" * 32
    cursor = seal(seq, "aus", kind, secret)
    assert unseal(cursor, "aus", kind, secret) == seq
    assert (seal(other, "aus", kind, secret) == cursor) is (other == seq)
    assert len(cursor) == 32
    for partner, filter_, key in (("bra", kind, secret), ("aus", kind + "x", secret)):
        with pytest.raises(FeedError):
            unseal(cursor, partner, filter_, key)
    with pytest.raises(FeedError):
        unseal(cursor, "aus", kind, b"t" * 32)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text(max_size=40))
def test_an_invented_cursor_is_refused_in_one_way(cursor):
    with pytest.raises(FeedError, match="not given to you"):
        unseal(cursor, "aus", "", b"s" * 32)


def test_csv_has_the_columns_of_socrates_and_cannot_run_in_a_spreadsheet(serve, desk):
    server = serve()
    found = [
        desk.approach(100, 10, name_1="=HYPERLINK(1)"),
        desk.approach(101, 11, name_1="-A"),
        desk.approach(102, 12, name_1="\uff1dA"),
    ]
    desk.publish(server.database, {"public": found})
    key = server.key("aus")
    answer = server.get("/v1/feed?format=csv&limit=1", key)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert list(rows[0])[:4] == ["NORAD_CAT_ID_1", "OBJECT_NAME_1", "DSE_1", "NORAD_CAT_ID_2"]
    assert rows[0]["OBJECT_NAME_1"] == "'=HYPERLINK(1)"
    assert (rows[0]["TCA_RANGE"], rows[0]["MARKING"]) == ("3.25", "UNCLASSIFIED")
    assert rows[0]["DATA_MODE"] == "EXERCISE"
    assert answer.headers["tearline-more"] == "true"
    rest = server.get(
        f"/v1/feed?after={answer.headers['tearline-next']}", key, Accept="text/csv, */*;q=0.1"
    )
    names = [row["OBJECT_NAME_1"] for row in csv.DictReader(StringIO(rest.text))]
    assert names == ["'-A", "'\uff1dA"]
    assert server.get("/v1/feed", key, Accept="image/png").status_code == 406


def test_what_is_unchanged_need_not_be_sent_again(serve, desk):
    server = serve()
    desk.publish(server.database, {"public": [desk.approach(100, 10)]})
    key = server.key("aus")
    first = server.get("/v1/feed", key)
    again = server.get("/v1/feed", key, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    desk.publish(server.database, {"public": [desk.approach(100, 10, miss_km=1.0)]}, "run 2", 1)
    changed = server.get("/v1/feed", key, **{"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_a_partner_cannot_tell_whether_something_is_hidden_from_it(serve, desk):
    """Ask two servers that differ only in what is hidden; compare bodies and headers."""
    public = [desk.approach(100, 10), desk.approach(200, 30)]
    hidden = [desk.approach(150, 20), desk.approach(100, 10.01, miss_km=0.06)]
    answers = []
    theirs = _hidden_id(serve("probe"), desk, hidden)
    for name, marked in (("with", hidden), ("without", [])):
        server = serve(name)
        desk.publish(server.database, {"public": public, "trilateral": marked})
        key = _fixed_key(server, "bra")
        log = _conversation(server, key, theirs)
        later = {"public": [desk.approach(100, 10, miss_km=2.0)], "trilateral": marked[:1]}
        desk.publish(server.database, later, "run 2", 1)
        log += _conversation(server, key, theirs)
        answers.append(log)
        for_aus = server.get("/v1/feed", server.key("aus")).json()["items"]
        assert any(item["marking"]["banner"] != "UNCLASSIFIED" for item in for_aus) is bool(marked)
    assert answers[0] == answers[1]


def _hidden_id(server, desk, hidden):
    desk.publish(server.database, {"trilateral": hidden})
    return server.get("/v1/feed", server.key("aus")).json()["items"][0]["id"]


def _fixed_key(server, partner):
    """Put one and the same key into each server: what differs must be nothing else."""
    key = f"tl_0011223344556677_{'ab' * 32}"
    with server.database.begin() as connection:
        connection.execute(
            insert(keys).values(
                key_id=key.split("_")[1],
                partner=partner,
                hash=keyed_hash(server.secret, key),
                created=server.now,
                expires=server.now + timedelta(days=30),
            )
        )
    return key


def _conversation(server, key, foreign_id):
    first = server.get("/v1/feed?limit=1", key).json()
    paths = [
        "/v1/feed",
        "/v1/feed?limit=1",
        f"/v1/feed?after={first['next']}",
        *(f"/v1/feed?format={form}" for form in ("csv", "spacetrack", "udl", "czml")),
        "/v1/feed?kind=crossing",
        "/v1/feed?kind=nothing",
        f"/v1/items/{first['items'][0]['id']}",
        f"/v1/items/{first['items'][0]['id']}/cdm",
        f"/v1/items/{first['items'][0]['id']}/label",
        f"/v1/items/{foreign_id}",
        f"/v1/items/{foreign_id}/cdm",
        f"/v1/items/{foreign_id}/label",
        "/v1/items/nothing",
        "/v1/me",
        "/v1/nothing",
        "/openapi.json",
        "/readyz",
    ]
    answers = [server.get(path, key) for path in paths]
    return [
        (
            path,
            answer.status_code,
            [(k, v) for k, v in answer.headers.multi_items() if k != "date"],
            answer.content,
        )
        for path, answer in zip(paths, answers, strict=True)
    ]


def test_another_partners_item_and_no_item_look_the_same(serve, desk):
    server = serve()
    desk.publish(server.database, {"trilateral": [desk.approach(100, 10)]})
    theirs = server.get("/v1/feed", server.key("aus")).json()["items"][0]["id"]
    missing, foreign = (
        server.get(f"/v1/items/{one}", server.key("bra")) for one in ("none", theirs)
    )
    assert missing.status_code == foreign.status_code == 404
    assert (missing.content, missing.headers) == (foreign.content, foreign.headers)


def test_a_changed_policy_stops_the_feed_until_it_is_decided_again(serve, desk, tmp_path):
    config = tmp_path / "config"
    shutil.copytree(packaged("config"), config)
    server = serve(config=config)
    desk.publish(server.database, {"public": [desk.approach(100, 10)]})
    key = server.key("aus")
    assert server.get("/v1/feed", key).status_code == 200
    policy = config / "policy/20-forbids.cedar"
    policy.write_text(policy.read_text() + "\n// changed\n")
    time.sleep(LOOKED_AT_MOST_S)
    answer = server.get("/v1/feed", key)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    policy.write_text("nonsense")
    time.sleep(LOOKED_AT_MOST_S)
    assert server.get("/v1/feed", key).status_code == 503
    assert server.get("/readyz").status_code == 503
    assert server.get("/healthz").status_code == 200


@pytest.fixture
def address(serve, desk):
    """Serve over a real socket."""
    server = serve(exercise=False)
    desk.publish(server.database, {"public": [desk.approach(100 + n, 10) for n in range(3)]})
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        running = uvicorn.Server(
            uvicorn.Config(server.app, log_config=None, server_header=False, lifespan="off")
        )
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}", server.key("aus")
        running.should_exit = True
        thread.join()


def test_a_terminal_reads_its_feed_over_http(address):
    base, key = address
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}) as client:
        page = client.get("/v1/feed?limit=2")
        rest = client.get("/v1/feed", params={"limit": 2, "after": page.json()["next"]})
        assert [len(page.json()["items"]), len(rest.json()["items"])] == [2, 1]
        assert "server" not in page.headers
        assert page.headers["cache-control"] == "private, no-store"
        assert page.json()["exercise"] is False
        assert client.get("/v1/me").json()["partner"] == "aus"
        assert client.get("/v1/feed", headers={"Authorization": "Bearer no"}).status_code == 401
