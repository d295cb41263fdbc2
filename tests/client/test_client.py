"""A partner reads its feed from a real server, whatever happens to that."""

import json
import threading
from datetime import UTC, datetime

import httpx
import pandas
import pytest

from sharing.client import (
    Bookmark,
    BookmarkError,
    Client,
    ClientError,
    RefusedError,
    SignatureError,
    TrustedKeys,
    UnavailableError,
    pull,
    rows,
)
from sharing.client.bookmarks import Place
from sharing.client.retries import Retries

QUICK = Retries(attempts=40, first_s=0.05, longest_s=2.0)


def test_a_partner_reads_resumes_and_loses_nothing_though_the_server_is_killed(
    served, desk, tmp_path
):
    key = served.key()
    with Client(served.url, key, retries=QUICK) as client:
        bookmark, seen = Bookmark(tmp_path / "cursor"), []
        for item in client.feed(bookmark=bookmark, limit=2):
            seen.append(item["id"])
            if len(seen) == 3:
                served.kill()
                threading.Timer(0.2, served.start).start()
        assert len(seen) == len(set(seen)) == 7
        assert list(client.feed(bookmark=bookmark, limit=2)) == []
        assert client.item(seen[0])["id"] == seen[0]
    with Client(served.url, key) as later:
        stopped = later.feed(bookmark=Bookmark(tmp_path / "third"), limit=3)
        first = [next(stopped)["id"] for _ in range(4)]
        stopped.close()
        again = [item["id"] for item in later.feed(bookmark=Bookmark(tmp_path / "third"))]
        assert [*first[:3], *again] == seen
        table = pandas.DataFrame(rows(later.feed()))
        assert table["miss_distance"].tolist() == [3.25] * 7
        assert set(table["miss_distance_unit"]) == {"km"}
        assert set(table["miss_distance_marking"]) == {"(U)"}
        frame = pandas.to_datetime(table["tca"])
        assert frame.is_monotonic_increasing
        with pytest.raises(BookmarkError, match="another request"):
            list(later.feed(bookmark=Bookmark(tmp_path / "third"), kind="edge"))
        _pulls_what_is_new(later, served, desk, tmp_path / "out")
        with pytest.raises(RefusedError, match="no such item"):
            later.item("none")
        assert key not in repr(later)
        assert "***" in repr(later)
    with Client(served.url, "tl_no", retries=QUICK) as stranger:
        with pytest.raises(RefusedError, match="401") as refused:
            stranger.page()
        assert refused.value.status == 401


def _pulls_what_is_new(client, served, desk, out):
    first = list(pull(client, out, limit=4))
    assert [(one.path.name, one.items) for one in first] == [("000001.json", 4), ("000002.json", 3)]
    assert list(pull(client, out, limit=4)) == []
    found = [desk.approach(100 + n, 10 + n) for n in range(8)]
    desk.publish(served.database, {"public": found}, "run 2")
    (new,) = pull(client, out, limit=4)
    assert (new.path.name, new.items) == ("000003.json", 1)
    for path in out.glob("*.json"):
        if path.name != "jwks.json":
            client.trusted.verify(path.read_bytes(), path.with_name(f"{path.name}.jws").read_text())
    # As after a loss of power between the page and the cursor: that page is asked for anew.
    cursor = out / "cursor"
    kept, before = json.loads(cursor.read_bytes()), new.path.read_bytes()
    cursor.write_text(json.dumps({**kept, "after": json.loads(_first(out))["next"], "pages": 1}))
    assert [one.path.name for one in pull(client, out)] == ["000002.json"]
    items = [json.loads(path.read_bytes())["items"] for path in sorted(out.glob("00000[12].json"))]
    assert len({one["id"] for page in items for one in page}) == 8
    assert before == new.path.read_bytes()
    with pytest.raises(BookmarkError, match="another request"):
        list(pull(client, out, "csv"))
    names = [one.path.name for one in pull(client, out.parent / "csv", "csv")]
    assert names == ["000001.csv"]


def _first(out):
    return (out / "000001.json").read_bytes()


def test_a_page_in_another_kind_of_json_goes_by_its_headers(tmp_path):
    media = {"content-type": "application/vnd.tearline.udl+json"}
    more = {"tearline-next": "a", "tearline-more": "true"}
    end = {"tearline-next": "b", "tearline-more": "false"}
    answers = [
        httpx.Response(200, content=b"[{}]", headers=media | more),
        httpx.Response(200, content=b"[]", headers=media | end),
    ]
    with Client(
        "https://feed", "k", verify=False, trusted=TrustedKeys({}), transport=Told(*answers)
    ) as client:
        (one,) = pull(client, tmp_path, "udl")
    assert (one.path.name, one.path.read_bytes()) == ("000001.udl.json", b"[{}]")
    assert json.loads((tmp_path / "cursor").read_bytes())["after"] == "b"


class Told(httpx.BaseTransport):
    """Answers with what a test says, one after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def handle_request(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def _page(items=(), more=False):
    body = {"items": list(items), "next": "n", "more": more, "exercise": True}
    return httpx.Response(200, json=body)


def test_a_busy_server_is_asked_again_after_the_time_it_says(monkeypatch):
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    busy = httpx.Response(429, headers={"Retry-After": "7"})
    down = httpx.ConnectError("refused")
    seam = Told(busy, down, httpx.Response(503), _page())
    with Client("https://feed", "k", verify=False, transport=seam) as client:
        assert client.page().next == "n"
    assert 7 <= waits[0] < 8
    assert 1 <= waits[1] <= 2
    assert 2 <= waits[2] <= 4


def test_what_is_wrong_with_a_parameter_is_told():
    wrong = [{"where": "query.kind", "what": "give it once"}, {"where": "query.own", "what": "no"}]
    seam = Told(httpx.Response(422, json={"detail": "see `errors`", "errors": wrong}))
    with (
        Client("https://feed", "k", verify=False, transport=seam) as client,
        pytest.raises(RefusedError, match=r"query\.kind: give it once; query\.own: no"),
    ):
        client.page()
    for odd in ([], {"errors": 3}, {"errors": [1]}, "x"):
        seam = Told(httpx.Response(400, json=odd))
        with (
            Client("https://feed", "k", verify=False, transport=seam) as client,
            pytest.raises(RefusedError, match="Bad Request"),
        ):
            client.page()


def test_what_a_format_cannot_hold_is_counted_though_nothing_else_is_there(tmp_path):
    headers = {"Content-Type": "application/vnd.tearline.udl+json", "Tearline-Next": "n"}
    headers |= {"Tearline-More": "false", "Tearline-Left-Out": "2"}
    seam = Told(httpx.Response(200, headers=headers, content=b"[]"))
    keys = TrustedKeys({})
    with Client("https://feed", "k", verify=False, trusted=keys, transport=seam) as client:
        (one,) = pull(client, tmp_path, "udl")
    assert (one.path.name, one.items, one.left_out) == ("000001.udl.json", None, 2)


def test_a_place_that_the_server_does_not_know_is_told_with_its_file(tmp_path):
    seam = Told(*[httpx.Response(400, json={"detail": "no such cursor"})] * 2)
    with Client("https://feed", "k", verify=False, transport=seam) as client:
        with pytest.raises(RefusedError, match="no such cursor"):
            list(pull(client, tmp_path))
        Bookmark(tmp_path / "cursor").write(Place("a", 1), {"format": "json"})
        with pytest.raises(BookmarkError, match="cursor: that is another partner's"):
            list(pull(client, tmp_path))


def test_a_server_that_stays_away_is_given_up_in_one_line(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    seam = Told(*[httpx.Response(503, json={"detail": "not now"})] * 6)
    with (
        Client("https://feed", "k", verify=False, transport=seam) as client,
        pytest.raises(UnavailableError, match="6 attempts: not now"),
    ):
        client.page()
    far = Told(httpx.Response(429, headers={"Retry-After": "86400"}))
    with (
        Client("https://feed", "k", verify=False, transport=far) as client,
        pytest.raises(UnavailableError, match="1 attempts"),
    ):
        client.page()


def test_what_is_not_signed_is_not_handed_out():
    with (
        Client("https://feed", "k", trusted=TrustedKeys({}), transport=Told(_page())) as client,
        pytest.raises(SignatureError, match="not signed"),
    ):
        client.page()


@pytest.mark.parametrize(
    "url",
    [
        "http://feed.example",
        "ftp://feed",
        "feed",
        "",
        "https://",
        "https://a:b@feed",
        "https://f?x",
    ],
)
def test_a_key_goes_over_https_alone(url):
    with pytest.raises(ClientError):
        Client(url, "k")


@pytest.mark.parametrize("key", ["", " ", "a b", "tl_1\r\nX: y", "schlüssel", "a\x00"])
def test_what_is_no_key_is_not_sent(key):
    with pytest.raises(ClientError, match="no key"):
        Client("https://feed", key)


def test_a_key_does_not_follow_a_redirection_to_another_place():
    seam = Told(httpx.Response(302, headers={"Location": "https://elsewhere/v1/feed"}))
    with Client("https://feed", "k", verify=False, transport=seam) as client:
        with pytest.raises(RefusedError, match="302"):
            client.page()
        assert len(seam.asked) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"items":[]}', b"<html>"])
def test_what_is_no_page_is_told_so(body):
    answer = httpx.Response(200, content=body, headers={"content-type": "application/json"})
    with (
        Client("https://feed", "k", verify=False, transport=Told(answer)) as client,
        pytest.raises(ClientError, match="no page of a feed"),
    ):
        client.page()


def test_filters_are_asked_as_the_server_takes_them():
    seam = Told(_page())
    with Client("https://feed", "k", verify=False, transport=seam) as client:
        client.page(
            "c",
            limit=5,
            object=[1, 2],
            own=True,
            since=datetime(2026, 1, 2, tzinfo=UTC),
            kind=None,
            min_probability=1e-5,
        )
        with pytest.raises(ClientError, match="no time zone"):
            client.page(until=datetime(2026, 1, 2))
    assert seam.asked[0].url.params.multi_items() == [
        ("after", "c"),
        ("limit", "5"),
        ("object", "1"),
        ("object", "2"),
        ("own", "true"),
        ("since", "2026-01-02T00:00:00.000000Z"),
        ("min_probability", "1e-05"),
    ]


class Bells(httpx.BaseTransport):
    """Answers a page of one new item at each reading, and rings or breaks off in between."""

    def __init__(self, *bells):
        self.bells = list(bells)
        self.after = []

    def handle_request(self, request):
        after = int(request.url.params.get("after", "0"))
        if request.url.path == "/v1/feed":
            self.after.append(after)
            page = {"items": [{"id": after + 1}], "next": f"{after + 1}", "more": False}
            return httpx.Response(200, json=page)
        bell = self.bells.pop(0)
        if isinstance(bell, Exception):
            raise bell
        return bell


def test_a_stream_is_read_on_from_where_it_is_whatever_becomes_of_connections(
    monkeypatch, tmp_path
):
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    rung = b": listening\n\nevent: item\nid: x\ndata: {}\n\n"
    seam = Bells(
        httpx.Response(200, content=rung),
        httpx.ReadError("broken off"),
        httpx.Response(200, content=b": listening\n\n"),
        httpx.Response(503),
        httpx.Response(403, json={"detail": "your feed is suspended"}),
    )
    bookmark, seen = Bookmark(tmp_path / "cursor"), []
    with (
        Client("https://feed", "k", verify=False, transport=seam) as client,
        pytest.raises(RefusedError, match="suspended"),
    ):
        seen.extend(item["id"] for item in client.stream(bookmark=bookmark))
    assert seen == [1, 2, 3, 4, 5]
    assert seam.after == [0, 1, 2, 3, 4]
    assert bookmark.read({}).after == "5"
    assert len(waits) == 3


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", '{"after":1}'])
def test_a_file_that_is_no_bookmark_is_not_taken_for_the_beginning(tmp_path, text):
    path = tmp_path / "cursor"
    path.write_text(text)
    with pytest.raises(BookmarkError, match="read anew"):
        Bookmark(path).read({})


def test_a_coarse_value_leaves_its_column_to_numbers():
    item = {
        "id": "a",
        "revision": 1,
        "status": "active",
        "kind": "crossing",
        "marking": {"banner": "SECRET", "portion": "(S)"},
        "rendition": "tear-line",
        "facts": {
            "miss_distance": {"value": "<5", "unit": "km", "marking": "(S)"},
            "longitude": {"value": "-10 to 0", "unit": "deg", "marking": "(S)"},
            "name_1": {"value": "<NAME", "unit": "", "marking": "(U)"},
            "tca": {"value": "2026-11-01T12:00:00.000000Z", "unit": "", "marking": "(U)"},
        },
        "intervals": {"tca": "2026-11-01T12:00:00.000000Z/2026-11-01T12:10:00.000000Z"},
        "omitted": ["radial", "sigma"],
        "contact": {"office": "desk"},
        "exercise": True,
    }
    (row,) = rows([json.loads(json.dumps(item))])
    assert row["miss_distance"] is None
    assert (row["miss_distance_coarse"], row["miss_distance_unit"]) == ("<5", "km")
    assert row["tca_interval"] == f"{row['tca']}/2026-11-01T12:10:00.000000Z"
    assert "miss_distance_interval" not in row
    assert (row["longitude"], row["longitude_coarse"]) == (None, "-10 to 0")
    assert (row["name_1"], row["omitted"], row["contact"]) == ("<NAME", "radial sigma", "desk")
