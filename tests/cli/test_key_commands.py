"""Keys as the person who gives them out meets them."""

import json

import pytest


def listed(tearline):
    return json.loads(tearline("key", "list", "--format", "json").stdout)


def test_a_key_is_issued_with_scopes_rotated_listed_and_revoked(tearline):
    scopes = ("--scope", "feed:read", "--scope", "me:read")
    first = tearline("key", "issue", "--partner", "aus", "--days", "30", *scopes).stdout
    assert first.startswith("tl_")
    assert first.count("\n") == 1
    key_id = first.split("_")[1]
    done = tearline("key", "rotate", key_id, "--overlap-hours", "0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tl_")
    assert done.stdout.count("\n") == 1
    new_id = done.stdout.split("_")[1]
    old, new = listed(tearline)
    assert (old["key_id"], new["key_id"]) == (key_id, new_id)
    assert old["expires_utc"] == new["created_utc"]
    assert (new["role"], new["scopes"], new["last_used_utc"]) == (
        "partner", ["feed:read", "me:read"], None,
    )  # fmt: skip
    text = tearline("key", "list").stdout
    assert f"{new_id} aus partner feed:read,me:read valid, expires " in text
    for secret in (first, done.stdout):
        assert secret.strip().split("_")[2] not in text
    assert "expired" in text.splitlines()[0]
    tearline("key", "revoke", new_id)
    assert "revoked" in tearline("key", "list").stdout.splitlines()[1]


def test_an_office_has_a_key_by_its_role(tearline):
    done = tearline("key", "issue", "--office", "duty-officer", "--role", "approver")
    assert done.returncode == 0, done.stderr
    (key,) = listed(tearline)
    assert (key["partner"], key["office"], key["role"]) == (None, "duty-officer", "approver")
    assert key["scopes"] == ["cases:decide", "cases:read", "explain:read"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 2, "--office"),
        (("--partner", "aus", "--office", "duty-officer"), 2, "--office"),
        (("--office", "atlantis-desk", "--role", "admin"), 1, "no office 'atlantis-desk'"),
        (("--office", "duty-officer"), 1, "for a partner"),
        (("--partner", "aus", "--role", "admin"), 1, "for an office"),
        (("--partner", "aus", "--scope", "cases:read"), 1, "cannot have cases:read"),
        (("--partner", "aus", "--days", "1e12"), 1, "cannot live"),
        (("--partner", "aus", "--role", "king"), 2, "king"),
    ],
)
def test_no_key_is_issued_to_nobody_or_for_too_much(tearline, arguments, status, words):
    done = tearline("key", "issue", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert words in " ".join(done.stderr.split())
    assert listed(tearline) == []


def test_what_cannot_be_rotated_is_said_in_a_line(tearline):
    done = tearline("key", "rotate", "0000")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no key '0000'" in done.stderr
    for hours in ("nan", "-1", "1e9"):
        done = tearline("key", "rotate", "0000", "--overlap-hours", hours)
        assert done.returncode == 2
        assert "between 0 and 8760" in " ".join(done.stderr.replace("│", " ").split())
