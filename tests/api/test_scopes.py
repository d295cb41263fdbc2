"""No route answers a key that may not use it: tested over all routes that there are."""

from datetime import timedelta

import pytest
from enumerating import ask, declared
from fastapi import APIRouter

from sharing.api import OPEN_PATHS
from sharing.api.access import needs
from sharing.credentials import list_keys, rotate_key, suspend
from sharing.delivery.webhooks import register
from sharing.errors import CredentialError
from sharing.roles import SCOPES_OF, Role, Scope

UNKNOWN = "a" * 26
"""Stands in the place of every parameter of a path."""


BODIES = {
    (f"/v1/releaser/cases/{{case}}/{verdict}", "POST"): b"{}" for verdict in ("approval", "refusal")
}
"""What a route wants to be sent, by path and method, where that is not nothing."""
BODIES["/v1/items/{id}/requests", "POST"] = b'{"reason": "We plan a manoeuvre."}'
BODIES["/v1/releaser/requests/{id}/answer", "POST"] = b"{}"
BODIES["/v1/webhooks", "POST"] = b'{"url": "https://example.org/"}'
OBJECTS = {
    "/v1/items/{id}": "item",
    "/v1/requests/{id}": "request",
    "/v1/webhooks/{id}": "webhook",
}
"""Whose the thing is that a path names: each route that names one stands below one of these."""


class Anything(dict):
    def __missing__(self, _):
        return UNKNOWN


def asked(server, route, key, **values):
    path = route.path.format_map(Anything(values))
    return ask(server.app, route.method, path, key, BODIES.get((route.path, route.method), b""))


def guarded(server):
    return [one for one in declared(server.app) if one.path not in OPEN_PATHS]


def unruled(app):
    return {
        (one.path, one.method)
        for one in declared(app)
        if (one.path in OPEN_PATHS) == bool(one.scopes)
    }


def test_every_route_names_a_scope_or_is_open(serve):
    app = serve().app
    assert unruled(app) == set()
    documented = {
        (path, method.upper())
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }
    assert documented <= {(one.path, one.method) for one in declared(app)}


def test_a_route_without_a_rule_is_found(serve):
    app, router = serve().app, APIRouter(prefix="/v1")
    router.add_api_route("/bare", lambda: None, methods=["POST"])
    app.include_router(router)
    app.add_api_route("/v1/barer", lambda: None)
    assert unruled(app) == {("/v1/bare", "POST"), ("/v1/barer", "GET")}


def test_a_scope_that_there_is_not_cannot_be_named():
    with pytest.raises(ValueError, match="feed:write"):
        needs("feed:write")


def test_a_key_without_its_scope_is_refused_by_every_route(serve):
    server = serve(requests_per_minute=100_000)
    for route in guarded(server):
        (scope,) = route.scopes
        for role, most in SCOPES_OF.items():
            others = most - {scope}
            if not others:
                continue
            answer = asked(server, route, server.key("aus", role=role, scopes=others))
            assert answer.status == 403, (route, role)
            assert answer.headers["content-type"] == "application/problem+json"
            if scope in most:
                assert scope in answer.body.decode()


def test_a_key_with_the_scope_is_not_refused(serve):
    server = serve(requests_per_minute=100_000)
    for route in guarded(server):
        (scope,) = route.scopes
        (role, *_) = (role for role, most in SCOPES_OF.items() if scope in most)
        answer = asked(server, route, server.key("aus", role=role, scopes={scope}))
        assert answer.status not in (401, 403, 500), route


def test_an_expired_key_is_refused_by_every_route(serve):
    server = serve(requests_per_minute=100_000, failures_per_minute=100_000)
    keys = {role: server.key("aus", days=1, role=role) for role in Role}
    server.now += timedelta(days=1)
    for route in guarded(server):
        for key in keys.values():
            answer = asked(server, route, key)
            assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_suspended_partner_is_refused_by_every_route(serve):
    server = serve(requests_per_minute=100_000)
    key = server.key("aus")
    suspend(server.database, "aus")
    for route in guarded(server):
        answer = asked(server, route, key)
        assert answer.status == 403
        assert "suspended" in answer.body.decode()


def test_what_is_anothers_answers_as_what_is_not_there(serve, desk):
    server = serve(requests_per_minute=100_000)
    desk.publish(server.database, {"public": [desk.approach(100, 10)]})
    desk.publish(server.database, {"commercial": [desk.approach(101, 12)]}, run="run 2")
    mine, others = (
        [item["id"] for item in server.get("/v1/feed", server.key(one)).json()["items"]]
        for one in ("bra", "aus")
    )
    assert mine
    assert others
    key = server.key("bra")
    wish = {"reason": "We plan a manoeuvre."}
    requests = [
        server.post(f"/v1/items/{item}/requests", server.key(one), wish).json()["id"]
        for one, item in (("bra", mine[0]), ("aus", others[0]))
    ]
    for route in guarded(server):
        if "{" not in route.path or route.scopes.isdisjoint(SCOPES_OF[Role.PARTNER]):
            continue
        (thing,) = (of for path, of in OBJECTS.items() if route.path.startswith(path))
        # New ones each time: one of the routes removes its own. They may not be called.
        hooks = [
            register(server.database, one, "key", "http://127.0.0.1/", None, 0, server.now, 99)
            for one in ("bra", "aus")
        ]
        names = [hook.webhook_id for hook in hooks]
        own, foreign = {
            "item": (mine[-1:], others),
            "request": (requests[:1], requests[1:]),
            "webhook": (names[:1], names[1:]),
        }[thing]
        none = asked(server, route, key)
        assert none.status == 404, route
        told = {asked(server, route, key, id=one).body for one in (*foreign, "%00", "x")}
        assert told == {none.body}, route
        assert asked(server, route, key, id=own[0]).status != 404, route


def test_no_route_shows_a_property_that_is_withheld(serve, desk):
    server = serve()
    near = desk.approach(100, 10, radial_km=1.73773, cross_track_km=2.68682)
    desk.publish(server.database, {"commercial": [near]})
    key, licensed = server.key("aus"), server.key("deu")
    (mine,) = server.get("/v1/feed", key).json()["items"]
    (full,) = server.get("/v1/feed", licensed).json()["items"]
    withheld = [str(full["facts"][name]["value"]) for name in ("radial", "cross_track")]
    assert withheld == ["1.73773", "2.68682"]
    assert {"radial", "cross_track"} <= {*mine["omitted"]}
    asked_for = [one for one in guarded(server) if one.scopes == {"feed:read"}]
    assert len(asked_for) >= 2
    for route in asked_for:
        path = route.path.format_map(Anything(id=mine["id"]))
        for form in ("", "?format=csv", "?format=json"):
            shown = server.get(path + form, key).text
            assert not [value for value in withheld if value in shown], route
        # Nor by the id under which another knows it.
        theirs = route.path.format_map(Anything(id=full["id"]))
        if theirs != path:
            assert server.get(theirs, key).status_code == 404, route


def test_every_guarded_route_describes_how_it_refuses(serve):
    app = serve().app
    paths = app.openapi()["paths"]
    for route in declared(app):
        operation = paths.get(route.path, {}).get(route.method.lower())
        if operation is None or route.path in OPEN_PATHS:
            continue
        for status in ("401", "403", "422", "429", "503"):
            assert "application/problem+json" in operation["responses"][status]["content"], route


def test_no_route_takes_a_property_that_it_does_not_name(serve):
    described = serve().app.openapi()
    bodies = [
        (path, method, operation["requestBody"]["content"])
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation
    ]
    assert bodies
    for path, method, content in bodies:
        for kind in content.values():
            assert kind["schema"]["additionalProperties"] is False, (path, method)


def test_partners_and_offices_have_no_scope_in_common():
    offices = frozenset().union(*(SCOPES_OF[role] for role in Role if role is not Role.PARTNER))
    assert not offices & SCOPES_OF[Role.PARTNER]
    assert offices | SCOPES_OF[Role.PARTNER] == set(Scope)
    assert Scope.CASES_DECIDE not in SCOPES_OF[Role.ADMIN]


def test_a_key_of_an_office_that_left_the_configuration_is_refused(serve):
    server = serve()
    key = server.key("", role=Role.ADMIN, office="atlantis-desk")
    for route in guarded(server):
        assert asked(server, route, key).status == 403


@pytest.mark.parametrize(
    ("partner", "office", "role", "scopes", "told"),
    [
        ("aus", "", Role.PARTNER, ("cases:read",), "cannot have cases:read"),
        ("aus", "", Role.PARTNER, ("feed:write",), "cannot have feed:write"),
        ("", "duty-officer", Role.ADMIN, ("feed:read",), "cannot have feed:read"),
        ("aus", "", Role.ADMIN, (), "for an office"),
        ("", "duty-officer", Role.PARTNER, (), "for a partner"),
        ("aus", "duty-officer", Role.PARTNER, (), "for a partner"),
        ("", "", Role.ANALYST, (), "for an office"),
    ],
)
def test_no_key_is_issued_beyond_its_role(serve, partner, office, role, scopes, told):
    server = serve()
    with pytest.raises(CredentialError, match=told):
        server.key(partner, role=role, office=office, scopes=scopes)
    assert list_keys(server.database) == []


def test_a_rotated_key_works_for_the_overlap_and_the_new_one_as_the_old_one_did(serve):
    server = serve()
    old = server.key("aus", days=10, scopes=("feed:read", "me:read"))
    server.now += timedelta(days=1)
    overlap = timedelta(hours=2)
    new = rotate_key(server.database, old.split("_")[1], server.secret, server.now, overlap)
    assert server.get("/v1/feed", old).status_code == 200
    told = server.get("/v1/me", new).json()["key"]
    assert told["scopes"] == ["feed:read", "me:read"]
    assert told["expires"].startswith(f"{server.now + timedelta(days=10):%Y-%m-%d}")
    assert server.get("/v1/feed", old).content == server.get("/v1/feed", new).content
    server.now += overlap
    assert server.get("/v1/feed", old).status_code == 401
    assert server.get("/v1/feed", new).status_code == 200


def test_an_overlap_does_not_lengthen_the_life_of_a_key(serve):
    server = serve()
    old = server.key("aus", days=1)
    rotate_key(server.database, old.split("_")[1], server.secret, server.now, timedelta(days=7))
    server.now += timedelta(days=1)
    assert server.get("/v1/feed", old).status_code == 401


def test_a_key_that_works_no_more_cannot_be_rotated(serve):
    server = serve()
    old = server.key("aus", days=1)
    server.now += timedelta(days=1)
    with pytest.raises(CredentialError, match="works no more"):
        rotate_key(server.database, old.split("_")[1], server.secret, server.now, timedelta())
    with pytest.raises(CredentialError, match="no key 'x'"):
        rotate_key(server.database, "x", server.secret, server.now, timedelta())
