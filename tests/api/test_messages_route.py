import sys
from dataclasses import replace
from pathlib import Path

import ccsds_ndm
import orjson
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "feeds"))

from feed_items import near

from sda.ccsds import read_cdm_text

TYPES = {"kvn": "text/plain", "xml": "application/xml", "json": "application/json"}


def _item(server, key):
    (item,) = server.get("/v1/feed", key).json()["items"]
    return item


def test_an_item_released_in_full_is_a_message_in_three_formats(serve, desk, database_url):
    server = serve(url=database_url)
    desk.publish(server.database, {"public": [near(desk)]})
    key = server.key("aus")
    item = _item(server, key)
    answers = {form: server.get(f"/v1/items/{item['id']}/cdm?format={form}", key) for form in TYPES}
    for form, answer in answers.items():
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";")[0] == TYPES[form]
        assert answer.headers["tearline-marking"] == "UNCLASSIFIED"
        (cdm,) = read_cdm_text(answer.text, form)
        assert cdm.text("MESSAGE_ID") == f"{item['id']}-{item['revision']}"
        assert "EXERCISE" in cdm.comments()
        again = server.get(
            f"/v1/items/{item['id']}/cdm", key, Accept=TYPES[form], **{
                "If-None-Match": answer.headers["etag"]
            }
        )  # fmt: skip
        assert again.status_code == 304
    theirs = ccsds_ndm.Cdm.from_str(answers["kvn"].text)
    miss_km = item["facts"]["miss_distance"]["value"]
    assert theirs.body.relative_metadata_data.miss_distance == pytest.approx(
        miss_km * 1000, abs=2e-3
    )
    assert server.get(f"/v1/items/{item['id']}/cdm", key).content == answers["kvn"].content


def test_a_message_is_the_same_until_its_item_changes(serve, desk):
    server = serve()
    approach = near(desk, hours=30)
    desk.publish(server.database, {"public": [approach]})
    key = server.key("aus")
    path = f"/v1/items/{_item(server, key)['id']}/cdm"
    first = server.get(path, key)
    desk.publish(server.database, {"public": [approach]}, "run 2", 1)
    assert server.get(path, key).content == first.content
    changed = replace(approach, miss_km=approach.miss_km + 0.05)
    desk.publish(server.database, {"public": [changed]}, "run 3", 2)
    (cdm,) = read_cdm_text(server.get(path, key).text, "x")
    (before,) = read_cdm_text(first.text, "x")
    assert cdm.text("MESSAGE_ID") == before.text("MESSAGE_ID")[:-1] + "2"
    assert cdm.time("CREATION_DATE") > before.time("CREATION_DATE")


def test_partners_messages_about_one_event_have_names_of_their_own(serve, desk):
    server = serve()
    desk.publish(server.database, {"public": [near(desk)]})
    names = set()
    for partner in ("aus", "bra", "deu"):
        key = server.key(partner)
        answer = server.get(f"/v1/items/{_item(server, key)['id']}/cdm", key)
        (cdm,) = read_cdm_text(answer.text, "x")
        names.add(cdm.text("MESSAGE_ID"))
    assert len(names) == 3


def test_what_is_withheld_and_what_never_was_answer_alike(serve, desk):
    bare = {"state_1": None, "state_2": None, "covariance_1": None, "covariance_2": None}
    answers = []
    for name, changed in (("with", {}), ("without", bare)):
        server = serve(name)
        desk.publish(server.database, {"commercial": [near(desk, **changed)]})
        key = server.key("aus")
        item = _item(server, key)
        paths = [f"/v1/items/{item['id']}{rest}" for rest in ("/cdm", "/cdm?format=xml", "")]
        got = [server.get(path, key) for path in paths]
        assert [one.status_code for one in got] == [409, 409, 200]
        answers.append([(one.content, dict(one.headers)) for one in got])
    assert answers[0] == answers[1]
    # That one never had states is told in the same words to who may see all of it.
    server = serve("open")
    desk.publish(server.database, {"public": [near(desk, **bare)]})
    key = server.key("aus")
    item = _item(server, key)
    answer = server.get(f"/v1/items/{item['id']}/cdm", key)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() | {"detail": ""} == orjson.loads(answers[0][0][0]) | {"detail": ""}
    assert answer.json()["detail"].replace(item["id"], "ID") == (
        "this item is not complete enough for a message: read it as /v1/items/ID, in JSON or with "
        "?format=spacetrack"
    )


def test_a_retracted_item_is_no_message_and_anothers_none_at_all(serve, desk):
    server = serve()
    desk.publish(server.database, {"public": [near(desk, hours=30)]})
    aus, bra = server.key("aus"), server.key("bra")
    mine = _item(server, aus)["id"]
    foreign = server.get(f"/v1/items/{mine}/cdm", bra)
    missing = server.get("/v1/items/none/cdm", server.key("bra"))
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert foreign.headers == missing.headers
    desk.publish(server.database, {"public": []}, "run 2", 1)
    assert server.get(f"/v1/items/{mine}/cdm", aus).status_code == 409
    assert server.get(f"/v1/items/{mine}/cdm?format=pdf", aus).status_code == 422
    assert server.get(f"/v1/items/{mine}/cdm", aus, Accept="image/png").status_code == 406
    assert server.get(f"/v1/items/{mine}/cdm").status_code == 401


@pytest.mark.parametrize("form", ["csv", "spacetrack", "udl", "czml"])
def test_an_item_is_read_in_every_format_of_a_feed(serve, desk, form):
    server = serve()
    desk.publish(server.database, {"public": [near(desk)]})
    key = server.key("aus")
    item = _item(server, key)
    one = server.get(f"/v1/items/{item['id']}?format={form}", key)
    page = server.get(f"/v1/feed?format={form}", key)
    assert one.content == page.content
    assert one.headers["tearline-marking"] == "UNCLASSIFIED"
