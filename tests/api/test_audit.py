"""Every refusal leaves a line in the log that says who, where and why, and holds no secret."""

import io
import json
import logging
import logging.config
from datetime import timedelta

import pytest
import structlog
from enumerating import declared
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from sda.settings import Settings
from sharing.api import LOGGING, OPEN_PATHS, log_to
from sharing.api.audit import masked
from sharing.credentials import authenticate, list_keys, revoke_key, suspend
from sharing.roles import Role
from sharing.schema import keys


@pytest.fixture
def log():
    """Return the lines that are logged as the server logs them."""
    stream = io.StringIO()
    log_to(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()


def test_what_is_answered_leaves_no_line(serve, log):
    server = serve()
    assert server.get("/v1/feed", server.key("aus")).status_code == 200
    assert log() == []


def test_a_refusal_is_logged_with_who_where_and_why(serve, log):
    server = serve(requests_per_minute=4)
    key = server.key("aus", scopes=("feed:read",))
    key_id = key.split("_")[1]
    for path in ("items/none?format=csv", "me", "feed?after=forged", "feed?limit=0", "feed"):
        server.get(f"/v1/{path}", key)
    lines = log()
    assert [(one["status"], one["reason"], one["route"]) for one in lines] == [
        (404, "not-there", "/v1/items/{id}"),
        (403, "scope", "/v1/me"),
        (400, "malformed", "/v1/feed"),
        (422, "invalid", "/v1/feed"),
        (429, "limit", "/v1/feed"),
    ]
    for one in lines:
        assert (one["event"], one["partner"], one["key_id"]) == ("refused", "aus", key_id)
        assert (one["method"], one["address"], one["exercise"]) == ("GET", "127.0.0.1", True)
        assert one["time"].startswith(f"{server.now:%Y-%m-%dT%H:%M:%S}")


def test_why_a_key_is_refused_is_told_to_the_log_alone(serve, log):
    server = serve(failures_per_minute=5)
    expired, revoked = server.key("aus", days=1), server.key("aus")
    suspended, office = server.key("bra"), server.key("", role=Role.ANALYST)
    revoke_key(server.database, revoked.split("_")[1], server.now)
    suspend(server.database, "bra")
    server.now += timedelta(days=1)
    wrong = expired[:-1] + ("0" if expired[-1] != "0" else "1")
    answers = [server.get("/v1/feed", key) for key in (expired, revoked, wrong, "", "x")]
    assert len({answer.content for answer in answers}) == 1
    for key in ("x", suspended):
        server.get("/v1/feed", key)
    for key in (suspended, office):
        server.get("/v1/feed", key, address="192.0.2.7")
    told = [(one["status"], one["reason"], one.get("key_id")) for one in log()]
    assert told == [
        (401, "key-expired", expired.split("_")[1]),
        (401, "key-revoked", revoked.split("_")[1]),
        (401, "key-unknown", None),
        (401, "key-unknown", None),
        (401, "key-unknown", None),
        (429, "address-blocked", None),
        (429, "address-blocked", None),
        (403, "suspended", suspended.split("_")[1]),
        (403, "role", office.split("_")[1]),
    ]


def test_every_route_logs_its_refusals_by_its_template(serve, log):
    server = serve()
    routes = [one for one in declared(server.app) if one.path not in OPEN_PATHS]
    for route in routes:
        server.request(route.method, route.path.replace("{", "").replace("}", ""))
    assert [(one["route"], one["method"]) for one in log()] == [
        (one.path, one.method) for one in routes
    ]


def test_no_log_holds_a_key_a_cursor_an_id_or_a_query(serve, log, capfd):
    server = serve()
    logging.config.dictConfig(LOGGING)
    key = server.key("aus", scopes=("feed:read",))
    server.app.add_api_route("/broken", _broken)
    for path in ("/v1/items/CANARY", "/v1/feed?after=CANARY", "/CANARY?CANARY", "/v1/me?q=CANARY"):
        server.get(path, key, **{"Cookie": "CANARY", "User-Agent": "CANARY"})
        server.get(path, "CANARY")
        server.get(path, f"tl_CANARY_{key.split('_')[2]}")
    server.request("CANARY", "/v1/feed")
    try:
        _broken(key)
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("failed", exc_info=True)
    structlog.get_logger().error("odd", header=f"Bearer {key}", other=key)
    with server.database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE keys")
    assert server.get("/v1/me", key).status_code in (500, 503)
    written = "".join(map(json.dumps, log())) + "".join(capfd.readouterr())
    assert len(log()) > 10
    assert "Traceback" in written
    assert "CANARY" not in written
    assert key.split("_")[2] not in written
    assert "***" in written


def _broken(key: str = "") -> None:
    raise RuntimeError(f"could not take {key}, Authorization: Bearer {key}")


def test_an_error_of_the_database_shows_no_values(serve, database_url):
    server = serve(url=database_url)
    server.key("CANARY")
    with server.database.connect() as connection:
        again = insert(keys).values(connection.execute(select(keys)).one()._asdict())
        with pytest.raises(IntegrityError) as caught:
            connection.execute(again)
    assert "INSERT" in str(caught.value)
    assert "CANARY" not in str(caught.value)


def test_secrets_are_masked_in_what_is_printed_of_values(serve):
    server = serve()
    key = server.key("aus")
    credential = authenticate(server.database, key, server.secret, server.now)
    settings = Settings(
        database_url="postgresql://u:passphrase@h/n", secret="s" * 40, signing_key="5" * 64
    )
    printed = repr(
        (server.app.state.service, credential, list_keys(server.database), settings, str(settings))
    )
    for secret in (
        key.split("_")[2],
        server.secret.hex(),
        repr(server.secret),
        "passphrase",
        "s" * 40,
        "5" * 64,
    ):
        assert secret not in printed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tl_0123456789abcdef_" + "ab" * 32, "tl_0123456789abcdef_***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("{'authorization': 'bearer abc'}", "{'authorization': 'bearer ***'}"),
        ("no secret at all", "no secret at all"),
    ],
)
def test_a_mask_hides_the_secret_and_leaves_the_rest(text, shown):
    assert masked(text) == shown
