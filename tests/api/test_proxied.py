"""What a proxy says of a client counts when the proxy proves itself, and only then."""

from datetime import timedelta
from hashlib import sha256
from ssl import DER_cert_to_PEM_cert
from urllib.parse import quote

import pytest

from sharing.api.proxy import fingerprint_of
from sharing.credentials import Holder, bind_certificate, list_keys, revoke_key, rotate_key, suspend
from sharing.errors import CredentialError

SECRET = "a secret that proxy and server share"
DER = bytes(range(200))
ESCAPED = quote(DER_cert_to_PEM_cert(DER))
FINGERPRINT = sha256(DER).digest()
PROVED = {"Tearline-Proxy-Secret": SECRET, "Tearline-Client-Certificate": ESCAPED}


@pytest.fixture
def server(serve):
    return serve(proxy_secret=SECRET)


def bind(server, partner="aus", days=30, ends=365, scopes=()):
    return bind_certificate(
        server.database,
        Holder(partner, scopes=scopes),
        FINGERPRINT,
        server.now,
        days,
        server.now + timedelta(days=ends),
    )


def test_a_certificate_stands_for_the_partner_that_it_is_bound_to(server):
    assert server.get("/v1/me", **PROVED).status_code == 401
    key_id = bind(server)
    told = server.get("/v1/me", **PROVED).json()
    assert (told["partner"], told["key"]["id"]) == ("aus", key_id)
    (kept,) = list_keys(server.database)
    assert kept.by_certificate
    assert kept.last_used == server.now


def test_a_certificate_has_the_scopes_and_the_life_that_it_was_bound_with(server):
    bind(server, days=2, scopes=("feed:read",))
    assert server.get("/v1/feed", **PROVED).status_code == 200
    assert server.get("/v1/me", **PROVED).status_code == 403
    server.now += timedelta(days=2)
    assert server.get("/v1/feed", **PROVED).status_code == 401
    bind(server, days=10, ends=1)
    assert server.get("/v1/feed", **PROVED).status_code == 200
    server.now += timedelta(days=1)
    assert server.get("/v1/feed", **PROVED).status_code == 401


def test_a_certificate_is_revoked_and_suspended_as_a_key_is(server):
    key_id = bind(server)
    suspend(server.database, "aus")
    assert server.get("/v1/feed", **PROVED).status_code == 403
    revoke_key(server.database, key_id, server.now)
    assert server.get("/v1/feed", **PROVED).status_code == 401
    bind(server, "bra")
    assert server.get("/v1/me", **PROVED).json()["partner"] == "bra"


def test_a_certificate_stands_for_one_alone(server):
    key_id = bind(server)
    with pytest.raises(CredentialError, match=f"stands for {key_id} already"):
        bind(server, "bra")
    with pytest.raises(CredentialError, match="ended"):
        bind(server, ends=0)
    with pytest.raises(CredentialError, match="cannot live"):
        bind(server, days=float("nan"))
    with pytest.raises(CredentialError, match="certificate stands for"):
        rotate_key(server.database, key_id, server.secret, server.now, timedelta())


@pytest.mark.parametrize("proof", [None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper()])
def test_who_does_not_prove_to_be_the_proxy_is_not_believed(server, proof):
    bind(server)
    headers = {"Tearline-Client-Certificate": ESCAPED, "X-Forwarded-For": "192.0.2.9"}
    headers |= {} if proof is None else {"Tearline-Proxy-Secret": proof}
    assert server.get("/v1/me", **headers).status_code == 401


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::1", "10.0.0.1", "testclient"])
def test_a_proxy_on_another_machine_is_not_believed_whatever_it_knows(server, address):
    bind(server)
    assert server.get("/v1/me", address=address, **PROVED).status_code == 401
    assert server.get("/v1/me", address="::1", **PROVED).status_code == 200


def test_no_proxy_is_believed_unless_a_secret_is_set(serve):
    server = serve()
    bind(server)
    for proof in ("", "None", SECRET):
        assert server.get("/v1/me", **PROVED | {"Tearline-Proxy-Secret": proof}).status_code == 401


def test_a_key_that_is_given_counts_before_the_certificate(server):
    bind(server)
    assert server.get("/v1/me", server.key("bra"), **PROVED).json()["partner"] == "bra"
    assert server.get("/v1/me", "tl_x_y", **PROVED).status_code == 401


def test_failures_count_for_the_client_behind_the_proxy(serve):
    server = serve(proxy_secret=SECRET, failures_per_minute=1)
    key = server.key("aus")
    proof = {"Tearline-Proxy-Secret": SECRET}

    def status(key, told):
        return server.get("/v1/feed", key, **proof, **{"X-Forwarded-For": told}).status_code

    # The proxy puts the client last, whatever the client claimed before that.
    assert status("x", "192.0.2.1, 192.0.2.9") == 401
    assert status(key, "192.0.2.9") == 429
    assert status(key, "192.0.2.9, 192.0.2.1") == 200


@pytest.mark.parametrize("escaped", ["", "x", "%ff", "é", quote("-----BEGIN CERTIFICATE-----")])
def test_what_is_no_certificate_is_none(escaped):
    assert fingerprint_of(escaped) is None
    assert fingerprint_of(ESCAPED) == FINGERPRINT
