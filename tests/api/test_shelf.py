"""What was answered before is answered again only while nothing that it rests on has changed."""

import shutil
from datetime import timedelta
from time import sleep

import pytest

from sda.configuration import packaged
from sda.store.schema import metadata as found
from sharing.api.service import LOOKED_AT_MOST_S
from sharing.api.shelf import Answer, Shelf
from sharing.credentials import list_keys, resume, revoke_key, suspend
from sharing.schema import metadata
from sharing.withdrawals import order_source


def _answer(size: int) -> Answer:
    return Answer(bytes(size), "text/plain", {}, '"tag"', "signature")


def test_a_shelf_keeps_what_was_asked_for_last_and_no_more_than_it_may():
    registry, shelf = object(), Shelf(10_000)
    for name in "abc":
        shelf.keep(name, registry, _answer(2_000))
    assert shelf.find("a", registry) is not None
    shelf.keep("d", registry, _answer(2_000))
    found = {name for name in "abcd" if shelf.find(name, registry)}
    assert found == {"a", "c", "d"}
    shelf.keep("e", registry, _answer(10_001))
    assert not any(shelf.find(name, registry) for name in "abcde")


def test_an_answer_counts_under_the_configuration_that_it_was_made_under_alone():
    before, after, shelf = object(), object(), Shelf(10_000)
    shelf.keep("a", before, _answer(10))
    assert shelf.find("a", after) is None
    shelf.keep("a", after, _answer(10))
    assert shelf.find("a", before) is None
    assert shelf.find("a", after) is not None


@pytest.fixture
def served(serve, desk):
    server = serve()
    desk.publish(server.database, {"public": [desk.approach(100, 10), desk.approach(101, 20)]})
    return server, server.key("aus")


def test_the_same_is_answered_again_and_something_else_to_others(served):
    server, key = served
    first, again = server.get("/v1/feed", key), server.get("/v1/feed", key)
    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    assert first.headers["tearline-signature"] == again.headers["tearline-signature"]
    held = server.get("/v1/feed", key, **{"If-None-Match": first.headers["etag"]})
    assert (held.status_code, held.content) == (304, b"")
    others = server.get("/v1/feed", server.key("bra"))
    assert others.status_code == 200
    assert others.content != first.content
    assert server.get("/v1/feed", key, Accept="text/csv").headers["content-type"] == (
        "text/csv; charset=utf-8"
    )
    assert len(server.get("/v1/feed?limit=1", key).json()["items"]) == 1


def test_what_a_request_says_at_length_is_not_kept_with_its_answer(served):
    server, key = served
    kept = server.app.state.service.shelf
    for n in range(3):
        answer = server.get("/v1/feed", key, Accept=f"application/json;v={n}{'x' * 60_000}")
        assert answer.status_code == 200
    asked = [*kept._kept]
    assert len(asked) == 3
    assert all(len(repr(one)) < 1024 for one in asked)


def test_each_request_counts_also_where_its_answer_was_at_hand(served):
    server, key = served
    left = [server.get("/v1/feed", key).headers["ratelimit"] for _ in range(3)]
    assert [one.split(";")[1] for one in left] == ["r=599", "r=598", "r=597"]


def test_what_is_published_is_read_at_once(served, desk):
    server, key = served
    assert len(server.get("/v1/feed", key).json()["items"]) == 2
    desk.publish(server.database, {"public": [desk.approach(100, 10)]}, "run 2")
    statuses = [one["status"] for one in server.get("/v1/feed", key).json()["items"]]
    assert statuses == ["active", "retracted"]


def test_a_database_that_is_put_back_from_a_copy_is_read_as_it_stands(serve, desk):
    server = serve()
    read = []
    for miss in (0.2, 0.7):
        with server.database.begin() as connection:
            for table in (*reversed(metadata.sorted_tables), *reversed(found.sorted_tables)):
                connection.execute(table.delete())
        desk.publish(server.database, {"public": [desk.approach(100, miss)]})
        read.append(server.get("/v1/feed", server.key("aus")).json()["items"][0]["facts"])
    assert read[0] != read[1]


def test_what_rests_on_a_withdrawn_source_is_gone_at_once_and_comes_back(served):
    server, key = served
    before = server.get("/v1/feed", key).content
    for withdraw, expected in ((True, 0), (False, 2)):
        order_source(server.database, "public", withdraw, server.now, "exercise")
        assert len(server.get("/v1/feed", key).json()["items"]) == expected
    assert server.get("/v1/feed", key).content == before


def test_who_may_not_read_any_more_is_refused_at_once(served):
    server, key = served
    assert server.get("/v1/feed", key).status_code == 200
    suspend(server.database, "aus")
    assert server.get("/v1/feed", key).status_code == 403
    resume(server.database, "aus")
    assert server.get("/v1/feed", key).status_code == 200
    (known,) = list_keys(server.database, "aus")
    revoke_key(server.database, known.key_id, server.now)
    assert server.get("/v1/feed", key).status_code == 401
    other = server.key("aus", days=1)
    assert server.get("/v1/feed", other).status_code == 200
    server.now += timedelta(days=2)
    assert server.get("/v1/feed", other).status_code == 401


def test_another_office_is_named_as_soon_as_the_configuration_says_so(serve, desk, tmp_path):
    config = tmp_path / "config"
    shutil.copytree(packaged("config"), config)
    server = serve(config=config)
    desk.publish(server.database, {"public": [desk.approach(100, 10)]})
    key = server.key("aus")
    (item,) = server.get("/v1/feed", key).json()["items"]
    file = config / "offices" / f"{item['contact']['office']}.toml"
    file.write_text(file.read_text().replace("filled = true", "filled = false"))
    sleep(LOOKED_AT_MOST_S)
    (after,) = server.get("/v1/feed", key).json()["items"]
    assert after["contact"]["office"] != item["contact"]["office"]


def test_a_database_that_fails_is_told_as_one_that_cannot_be_read_just_now(served):
    server, key = served
    with server.database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE keys RENAME TO elsewhere")
    answer = server.get("/v1/feed", key)
    assert answer.status_code == server.get("/v1/me", key).status_code == 503
    assert answer.headers["retry-after"]
