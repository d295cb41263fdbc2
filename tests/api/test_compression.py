"""Answers are compressed for those who take that; tags, signatures and Vary stay right."""

import pytest

from sharing.api.headers import common_headers


@pytest.fixture
def server(serve, desk):
    made = serve()
    desk.publish(made.database, {"public": [desk.approach(100 + n, 10 + n) for n in range(9)]})
    return made


@pytest.mark.parametrize("path", ["/v1/feed", "/v1/feed?format=csv"])
@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_the_content_is_the_same_and_so_is_its_signature(server, path, coding):
    key = server.key("aus")
    plain = server.get(path, key, **{"Accept-Encoding": "identity"})
    packed = server.get(path, key, **{"Accept-Encoding": coding})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == coding
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.content == plain.content
    assert packed.headers["tearline-signature"] == plain.headers["tearline-signature"]
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    assert packed.headers["vary"] == plain.headers["vary"] == common_headers(True)["Vary"]
    for tag in (plain.headers["etag"], packed.headers["etag"]):
        for accepted in ("identity", coding):
            asked = {"If-None-Match": tag, "Accept-Encoding": accepted}
            held = server.get(path, key, **asked)
            assert (held.status_code, held.content) == (304, b"")
            assert held.headers["vary"] == common_headers(True)["Vary"]


def test_what_is_small_and_what_is_refused_stays_as_it_is(server):
    asked = {"Accept-Encoding": "gzip, br"}
    small = server.get("/v1/me", server.key("aus"), **asked)
    assert (small.status_code, small.headers.get("content-encoding")) == (200, None)
    assert not small.headers["etag"].startswith("W/")
    assert "content-encoding" not in server.get("/v1/feed", "no", **asked).headers


@pytest.mark.parametrize("accepted", ["gzip;q=0, br;q=0", "zstd", "identity", "nonsense;;q=x", ""])
def test_what_a_reader_does_not_take_it_is_not_given(server, accepted):
    answer = server.get("/v1/feed", server.key("aus"), **{"Accept-Encoding": accepted})
    assert "content-encoding" not in answer.headers
