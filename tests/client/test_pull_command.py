"""`tearline pull` keeps a feed in a folder, and `tearline verify` says what lies there."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import typer
from filelock import FileLock

from sharing.cli.pulling import pull_feed, verify_file
from sharing.client.contents import Contents, contents_of
from sharing.errors import FeedError


@pytest.fixture
def tearline(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEARLINE_")}

    def call(*arguments, **more):
        command = [Path(sys.executable).with_name("tearline"), *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, env=kept | more, capture_output=True, text=True, check=False
        )

    return call


def test_a_feed_is_pulled_once_and_verified_offline(served, tearline, tmp_path):
    key = served.key()
    (tmp_path / "key").write_text(f"{key}\n")
    asked = ("pull", "--url", served.url, "--out", "feed", "--limit", "4")
    done = tearline(*asked, "--key-file", "key")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "feed/000001.json, 4 items\nfeed/000002.json, 3 items\n"
    again = tearline(*asked, TEARLINE_KEY=key)
    assert (again.returncode, again.stdout) == (0, "")
    assert "nothing new" in again.stderr
    with FileLock(tmp_path / "feed" / ".lock"):
        busy = tearline(*asked, "--key-file", "key")
    assert (busy.returncode, busy.stdout) == (1, "")
    assert "another call" in busy.stderr
    served.kill()
    told = tearline("verify", "feed/000001.json")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(
        "feed/000001.json: EXERCISE, page of 4 items, marking UNCLASSIFIED, signed by "
    )
    _fails_in_one_line(tmp_path, told.stdout.split()[-1])
    failed = tearline("verify", "feed/000001.json")
    assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (1, "", 1)
    failed = tearline("pull", "--url", "http://feed.example", "--out", "x", "--key-file", "key")
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
    assert key not in failed.stderr


def _fails_in_one_line(folder, kid):
    first, second = (folder / "feed" / f"00000{n}.json" for n in (1, 2))
    verify_file(second, pin=[kid])
    first.write_bytes(first.read_bytes().replace(b"3.25", b"9.25", 1))
    for file, options, words in [
        (first, {}, "does not hold"),
        (second, {"pin": ["A" * 43]}, "no key that is trusted"),
        (second, {"signature": first}, "no signature"),
        (second, {"jwks": first}, "no Ed25519 keys"),
        (folder / "feed" / "jwks.json", {}, "jwks.json.jws"),
        (folder / "none.json", {}, "cannot read"),
    ]:
        with pytest.raises(FeedError, match=words) as failed:
            verify_file(file, **options)
        assert "\n" not in str(failed.value)


def test_an_item_and_its_label_are_held_together_offline(served, tearline, tmp_path):
    held = {"Authorization": f"Bearer {served.key()}"}
    one, other, *_ = httpx.get(f"{served.url}/v1/feed", headers=held).json()["items"]
    asked = {
        "item.json": f"/v1/items/{one['id']}",
        "label.xml": f"/v1/items/{one['id']}/label",
        "other.xml": f"/v1/items/{other['id']}/label",
        "jwks.json": "/.well-known/jwks.json",
    }
    for name, path in asked.items():
        answer = httpx.get(served.url + path, headers=held)
        (tmp_path / name).write_bytes(answer.content)
        (tmp_path / f"{name}.jws").write_text(answer.headers.get("Tearline-Signature", ""))
    served.kill()
    told = tearline("verify", "item.json", "--label", "label.xml")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("item.json: EXERCISE, item, marking UNCLASSIFIED, signed by ")
    assert told.stdout.endswith(", bound to label.xml\n")
    failed = tearline("verify", "item.json", "--label", "other.xml")
    assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (1, "", 1)
    assert "bound to other bytes" in failed.stderr
    label = tmp_path / "label.xml"
    label.write_text(label.read_text().replace("UNCLASSIFIED", "RESTRICTED"))
    with pytest.raises(FeedError, match=r"label\.xml: .* does not hold"):
        verify_file(tmp_path / "item.json", label=label)
    with pytest.raises(FeedError, match=r"cannot read .*none\.xml"):
        verify_file(tmp_path / "item.json", label=tmp_path / "none.xml")


def test_a_pull_without_a_key_is_wrong_usage(tmp_path, monkeypatch):
    monkeypatch.delenv("TEARLINE_KEY", raising=False)
    with pytest.raises(typer.BadParameter, match="--key-file"):
        pull_feed("https://feed.example", tmp_path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"items":[],"exercise":true}', Contents("page", 0, (), True)),
        (
            b'{"items":[{"marking":{"banner":"B"},"facts":{}},{"marking":{"banner":"A"}}]}',
            Contents("page", 2, ("A", "B"), False),
        ),
        (
            b'{"items":[{"marking":{"banner":"B"}}],"marking":{"banner":"W"}}',
            Contents("page", 1, ("W",), False),
        ),
        (b'{"facts":{},"marking":{"banner":"A"}}', Contents("item", 1, ("A",), False)),
        (b'[{"classificationMarking":"U"}]', Contents("page", 1, ("U",), False)),
        (b"A,MARKING\r\n1,U\r\n2,U\r\n", Contents("page", 2, ("U",), False)),
        (
            b"CCSDS_CDM_VERS = 1.0\r\nCOMMENT MARKING: U//X\r\n",
            Contents("message", None, ("U//X",), False),
        ),
        (b"\xff\x00", Contents("unknown", None, (), False)),
        (b"3", Contents("unknown", None, (), False)),
    ],
)
def test_what_a_file_is_and_its_marking_are_told(content, expected):
    assert contents_of(content) == expected
