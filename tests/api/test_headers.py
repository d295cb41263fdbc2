"""Headers that every answer carries, whatever comes of the request."""

import pytest
from enumerating import declared

from sharing.api.headers import common_headers

WANTED = {
    "cache-control": "no-store",
    "content-security-policy": "frame-ancestors 'none'",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=()",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-permitted-cross-domain-policies": "none",
    "tearline-mode": "EXERCISE",
}
TELLING = {"server", "x-powered-by", "via", "last-modified", "set-cookie"}
"""Headers that say what one has no need to know."""


def dressed(answer):
    for name, value in WANTED.items():
        (told,) = answer.headers.get_list(name)
        assert value in told, name
    assert not TELLING & answer.headers.keys()
    assert answer.status_code in (204, 304) or "content-type" in answer.headers


def test_every_route_answers_with_the_headers_without_a_key_too(serve):
    server = serve()
    for route in declared(server.app):
        dressed(server.request(route.method, route.path.replace("{", "").replace("}", "")))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/feed", 200),
        ("GET", "/v1/items/none", 404),
        ("GET", "/nothing", 404),
        ("PUT", "/v1/feed", 405),
        ("GET", "/v1/feed?limit=0", 422),
        ("GET", "/broken", 500),
    ],
)
def test_whatever_comes_of_a_request_it_carries_the_headers(serve, method, path, status):
    server = serve()
    server.app.add_api_route("/broken", lambda: 1 / 0)
    key = {"Authorization": f"Bearer {server.key('aus')}"}
    answer = server.request(method, path, key)
    assert answer.status_code == status
    dressed(answer)


def test_not_modified_carries_the_headers(serve):
    server = serve()
    key = server.key("aus")
    tag = server.get("/v1/feed", key).headers["etag"]
    answer = server.get("/v1/feed", key, **{"If-None-Match": tag})
    assert answer.status_code == 304
    dressed(answer)


def test_head_answers_as_get_does_without_the_content(serve, desk):
    server = serve()
    desk.publish(server.database, {"public": [desk.approach(100, 10)]})
    key = {"Authorization": f"Bearer {server.key('aus')}"}
    paths = ["/healthz", "/readyz", "/v1/feed", "/v1/feed?limit=0", "/v1/items/none", "/nothing"]
    for path in paths:
        told, bare = (server.request(method, path, key) for method in ("GET", "HEAD"))
        assert (bare.status_code, bare.content) == (told.status_code, b""), path
        left = [{**one.headers, "ratelimit": ""} for one in (told, bare)]
        assert left[0] == left[1], path
    assert server.request("HEAD", "/v1/feed").status_code == 401
    assert server.request("PUT", "/v1/feed", key).headers["allow"] == "GET, HEAD"


def test_head_of_a_stream_ends(serve):
    server = serve()
    key = {"Authorization": f"Bearer {server.key('aus')}"}
    answer = server.request("HEAD", "/v1/stream", key)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_only_an_exercise_is_called_one():
    assert common_headers(True).keys() - common_headers(False).keys() == {"Tearline-Mode"}
