import stat
from datetime import timedelta

import pytest
from enumerating import declared
from sqlalchemy import select

from sda.settings import Settings
from sharing.api import OPEN_PATHS
from sharing.credentials import list_keys, resume, revoke_key, suspend
from sharing.errors import CredentialError
from sharing.schema import keys, open_sharing
from sharing.secret import server_secret


def test_every_route_but_the_open_ones_demands_a_key(serve):
    server = serve()
    routes = {(one.path, one.method) for one in declared(server.app)}
    assert {("/v1/feed", "GET"), ("/v1/items/{id}", "GET"), ("/v1/me", "GET")} <= routes
    for path, method in routes:
        answer = server.request(method, path.replace("{id}", "x"))
        if path in OPEN_PATHS:
            assert answer.status_code == 200, path
        else:
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_works_until_it_expires(serve):
    server = serve()
    key = server.key("aus", days=2)
    assert server.get("/v1/me", key).status_code == 200
    server.now += timedelta(days=2)
    assert server.get("/v1/me", key).status_code == 401


def test_revoking_and_suspending_act_at_once(serve):
    server = serve()
    first, second = server.key("aus"), server.key("aus")
    key_id = first.split("_")[1]
    assert server.get("/v1/me", first).status_code == 200
    revoke_key(server.database, key_id, server.now)
    assert server.get("/v1/me", first).status_code == 401
    assert server.get("/v1/me", second).status_code == 200
    elsewhere = open_sharing(server.url)
    suspend(elsewhere, "aus")
    elsewhere.dispose()
    assert server.get("/v1/feed", second).status_code == 403
    assert server.get("/v1/me", server.key("bra")).status_code == 200
    resume(server.database, "aus")
    assert server.get("/v1/feed", second).status_code == 200
    with pytest.raises(CredentialError, match="no key 'x'"):
        revoke_key(server.database, "x", server.now)


def test_every_refused_key_is_refused_in_the_same_words(serve):
    server = serve()
    good = server.key("aus")
    assert server.get("/v1/feed", good).status_code == 200
    revoked = server.key("aus")
    revoke_key(server.database, revoked.split("_")[1], server.now)
    bad = [
        "",
        "x",
        "tl_x_y",
        "tl__",
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        good.replace("tl_", "tl-", 1),
        good.replace("tl_", "xx_", 1),
        good + "0",
        f"tl_{good.split('_')[1]}_{revoked.split('_')[2]}",
        revoked,
    ]
    answers = {(a.status_code, a.content) for a in (server.get("/v1/feed", key) for key in bad)}
    answers.add((server.get("/v1/feed").status_code, server.get("/v1/feed").content))
    assert len(answers) == 1
    assert answers.pop()[0] == 401


def test_a_partner_that_left_the_registry_is_not_served(serve):
    server = serve()
    assert server.get("/v1/me", server.key("atlantis")).status_code == 403


def test_keys_are_long_random_and_stored_as_a_hash(serve):
    server = serve()
    key = server.key("aus")
    prefix, key_id, proof = key.split("_")
    assert (prefix, len(bytes.fromhex(proof))) == ("tl", 32)
    with server.database.connect() as connection:
        row = connection.execute(select(keys)).one()
    assert proof.encode() not in row.hash
    assert bytes.fromhex(proof) not in row.hash
    (listed,) = list_keys(server.database)
    assert (listed.key_id, listed.partner, listed.last_used) == (key_id, "aus", None)
    server.get("/v1/me", key)
    assert list_keys(server.database, "aus")[0].last_used == server.now
    assert list_keys(server.database, "bra") == []


@pytest.mark.parametrize("days", [0, -1, float("nan")])
def test_a_key_without_a_life_is_refused(serve, days):
    with pytest.raises(CredentialError, match="cannot live"):
        serve().key("aus", days=days)


def test_a_server_without_a_secret_makes_one_that_only_its_owner_reads(tmp_path):
    chosen = Settings(database_url=f"sqlite:///{tmp_path / 'a.db'}", secret=None)
    made = server_secret(chosen)
    assert server_secret(chosen) == made
    assert len(made) >= 32
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("short")
    with pytest.raises(CredentialError, match="has 5 characters"):
        server_secret(chosen)
    with pytest.raises(CredentialError, match="TEARLINE_SECRET"):
        server_secret(Settings(database_url="postgresql://h/n"))
    with pytest.raises(CredentialError, match="TEARLINE_SECRET has 3"):
        server_secret(Settings(secret="abc"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/feed?limit=0", 422),
        ("/v1/feed?limit=1001", 422),
        ("/v1/feed?limit=x", 422),
        ("/v1/feed?knd=crossing", 422),
        ("/v1/feed?format=xml", 422),
        ("/v1/items/none", 404),
        ("/v1/nothing", 404),
        ("/v1/feed/", 404),
        ("/", 404),
    ],
)
def test_errors_are_problems_that_are_labelled(serve, path, status):
    server = serve()
    answer = server.get(path, server.key("aus"))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["exercise"] is True
    assert answer.headers["tearline-mode"] == "EXERCISE"


def test_a_wrong_method_is_a_problem_that_names_the_right_one(serve):
    server = serve()
    answer = server.request("POST", "/v1/feed")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_broken_database_tells_nothing_of_itself(serve):
    server = serve()
    key = server.key("aus")
    with server.database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE items")
    answer = server.get("/v1/feed", key)
    assert answer.status_code in (500, 503)
    assert "items" not in answer.text
    assert ".db" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["tearline-mode"] == "EXERCISE"


def test_an_unforeseen_failure_is_a_problem_with_all_headers(serve):
    server = serve()
    key = server.key("aus")

    def broken():
        raise RuntimeError("secret detail")

    server.app.add_api_route("/broken", broken)
    answer = server.get("/broken", key)
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["exercise"] is True


def test_the_documentation_works_offline(serve):
    answer = serve().get("/docs")
    assert "/v1/feed" in answer.text
    assert "Example of an answer" in answer.text
    # Examples name addresses; nothing may load or lead to one.
    assert not [one for one in ("<script", "src=", "url(", 'href="http') if one in answer.text]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
