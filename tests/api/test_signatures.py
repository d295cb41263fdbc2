"""What a server answers is signed, in a way that an independent reader of JWS holds to be right."""

import json
import stat
from hashlib import sha256

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet
from joserfc.util import urlsafe_b64decode

from sda.settings import Settings
from sharing.errors import CredentialError
from sharing.jws import feed_signer
from sharing.signing import signing_key

# RFC 9864 has a newer name for the algorithm, which few readers know yet.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

KEY, OTHER = "11" * 32, "22" * 32


def _registry():
    registry = jws.JWSRegistry(algorithms=["EdDSA"])
    registry.max_payload_length = 1 << 24
    return registry


def _holds(content, signature, jwks):
    """Say what joserfc says of a detached signature; it holds none of an empty payload."""
    keys = KeySet.import_key_set(jwks)
    try:
        jws.deserialize_compact(signature, keys, payload=content, registry=_registry())
    except BadSignatureError:
        return False
    return True


@pytest.fixture
def server(serve, desk):
    made = serve(feed_signing_key=KEY)
    desk.publish(made.database, {"public": [desk.approach(100 + n, 10 + n) for n in range(3)]})
    return made


def _paths(server, key):
    item = server.get("/v1/feed", key).json()["items"][0]["id"]
    return ["/v1/feed", "/v1/feed?limit=1", "/v1/feed?format=csv", f"/v1/items/{item}", "/v1/me"]


def test_every_answer_is_signed_as_an_independent_reader_verifies(server):
    key = server.key("aus")
    jwks = server.get("/.well-known/jwks.json").json()
    for path in _paths(server, key):
        answer = server.get(path, key)
        signature = answer.headers["tearline-signature"]
        assert _holds(answer.content, signature, jwks), path
        assert not _holds(answer.content + b" ", signature, jwks), path
        header = json.loads(urlsafe_b64decode(signature.split(".")[0].encode()))
        assert header == {"alg": "EdDSA", "b64": False, "crit": ["b64"], "kid": header["kid"]}


def test_the_published_key_is_named_by_its_thumbprint(server):
    answer = server.get("/.well-known/jwks.json")
    (key,) = KeySet.import_key_set(answer.json()).keys
    assert key.thumbprint() == key.kid == feed_signer(Settings(feed_signing_key=KEY)).kid
    assert "d" not in answer.json()["keys"][0]


def test_the_same_answer_has_the_same_signature_and_304_has_none(server):
    key = server.key("aus")
    first, again = server.get("/v1/feed", key), server.get("/v1/feed", key)
    assert first.headers["tearline-signature"] == again.headers["tearline-signature"]
    held = server.get("/v1/feed", key, **{"If-None-Match": first.headers["etag"]})
    assert held.status_code == 304
    assert "tearline-signature" not in held.headers


def test_a_refusal_is_not_signed(server):
    assert "tearline-signature" not in server.get("/v1/feed").headers
    assert "tearline-signature" not in server.get("/v1/items/none", server.key("aus")).headers


def test_json_has_one_form(server):
    content = server.get("/v1/feed", server.key("aus")).content
    ordered = json.dumps(json.loads(content), sort_keys=True, separators=(",", ":"))
    assert json.loads(ordered) == json.loads(content)
    assert list(json.loads(content)) == sorted(json.loads(content))
    assert b'": ' not in content


def test_what_an_earlier_key_signed_can_still_be_verified(serve, server):
    answer = server.get("/v1/me", server.key("aus"))
    (old,) = server.get("/.well-known/jwks.json").json()["keys"]
    later = serve("later", feed_signing_key=OTHER, feed_retired_keys=f" {old['x']} ,")
    jwks = later.get("/.well-known/jwks.json").json()
    assert [one["kid"] for one in jwks["keys"]][1:] == [old["kid"]]
    assert _holds(answer.content, answer.headers["tearline-signature"], jwks)
    fresh = later.get("/v1/me", later.key("aus"))
    assert _holds(fresh.content, fresh.headers["tearline-signature"], jwks)


@pytest.mark.parametrize("text", ["abc", "A" * 44, "é", "A" * 43 + "="])
def test_a_retired_key_that_is_none_stops_the_server(text):
    with pytest.raises(CredentialError, match="tearline feed key"):
        feed_signer(Settings(feed_signing_key=KEY, feed_retired_keys=text))


def test_the_key_of_feeds_is_its_own_and_only_its_owner_reads_it(tmp_path):
    chosen = Settings(database_url=f"sqlite:///{tmp_path / 'a.db'}")
    first = feed_signer(chosen)
    assert feed_signer(chosen).kid == first.kid
    path = tmp_path / "a.db.feed-signing"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    held = json.dumps(first.jwks())
    from_ledger = signing_key(chosen).public
    assert urlsafe_b64decode(json.loads(held)["keys"][0]["x"].encode()) != from_ledger
    elsewhere = Settings(database_url="postgresql://h/n", secret="s" * 32)
    assert feed_signer(elsewhere).kid != feed_signer(Settings(feed_signing_key=KEY)).kid
    with pytest.raises(CredentialError, match="TEARLINE_FEED_SIGNING_KEY"):
        feed_signer(Settings(feed_signing_key="x" * 64))


def test_no_signature_is_given_for_another_content_however_many_were_kept(monkeypatch):
    monkeypatch.setattr("sharing.jws._KEPT", 3)
    signer = feed_signer(Settings(feed_signing_key=KEY))
    contents = [b"%d" % n for n in range(8)] * 2
    found = [signer.sign(one, sha256(one).digest()) for one in contents]
    assert found[:8] == found[8:]
    assert len({*found}) == 8
    assert all(_holds(*one, signer.jwks()) for one in zip(contents, found, strict=True))
