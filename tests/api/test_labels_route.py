"""Labels of items (NATO 4774), bound to what the same partner reads of them."""

import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).parents[1] / "feeds"))

from feed_items import near

from sda.times import parse_utc
from sharing.feeds import published_at, read_page
from sharing.markings import binding_fault

SLAB = "{urn:nato:stanag:4774:confidentialitymetadatalabel:1:0}"


def _item(server, key):
    (item,) = server.get("/v1/feed", key).json()["items"]
    return item["id"]


def _words(xml, name):
    return [one.text for one in ElementTree.fromstring(xml).iter(f"{SLAB}{name}")]


def test_a_label_is_bound_to_the_item_that_the_partner_reads(serve, desk, database_url):
    server = serve(url=database_url)
    desk.publish(server.database, {"public": [near(desk)]})
    key = server.key("aus")
    path = f"/v1/items/{_item(server, key)}"
    item, label = server.get(path, key), server.get(f"{path}/label", key)
    assert (label.status_code, label.headers["content-type"]) == (200, "application/xml")
    assert label.headers["tearline-marking"] == item.headers["tearline-marking"]
    assert binding_fault(label.text, item.content) is None
    assert f'URI="{path}"' in label.text
    assert _words(label.text, "Classification") == ["UNCLASSIFIED"]
    assert _words(label.text, "GenericValue") == ["EXERCISE"]
    (stands,) = read_page(server.database, "aus", 0, 9).items
    (created,) = published_at(server.database, "aus", [stands]).values()
    assert [parse_utc(str(one)) for one in _words(label.text, "CreationDateTime")] == [created]
    kept = {"If-None-Match": label.headers["etag"]}
    assert server.get(f"{path}/label", key, **kept).status_code == 304


def test_a_label_bears_the_marking_of_what_its_reader_gets(serve, desk):
    server = serve()
    desk.publish(server.database, {"trilateral": [near(desk)]})
    key = server.key("aus")
    path = f"/v1/items/{_item(server, key)}"
    item, label = server.get(path, key), server.get(f"{path}/label", key)
    assert item.json()["marking"]["banner"] == "SECRET//REL TO USA, AUS, GBR"
    assert binding_fault(label.text, item.content) is None
    assert _words(label.text, "Classification") == ["SECRET"]
    assert _words(label.text, "GenericValue") == ["USA", "AUS", "GBR", "EXERCISE"]


def test_a_label_changes_with_its_item_alone(serve, desk):
    server = serve()
    approach = near(desk, hours=30)
    desk.publish(server.database, {"public": [approach]})
    key = server.key("aus")
    path = f"/v1/items/{_item(server, key)}/label"
    first = server.get(path, key)
    desk.publish(server.database, {"public": [approach]}, "run 2", 1)
    assert server.get(path, key).content == first.content
    changed = replace(approach, miss_km=approach.miss_km + 0.05)
    desk.publish(server.database, {"public": [changed]}, "run 3", 2)
    assert server.get(path, key).content != first.content


def test_a_label_of_anothers_item_is_as_unknown_as_one_that_never_was(serve, desk):
    server = serve()
    desk.publish(server.database, {"public": [near(desk)]})
    mine, bra = _item(server, server.key("aus")), server.key("bra")
    foreign = server.get(f"/v1/items/{mine}/label", bra)
    missing = server.get("/v1/items/none/label", server.key("bra"))
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.content == missing.content
    assert server.get(f"/v1/items/{mine}/label").status_code == 401
