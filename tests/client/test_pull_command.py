"""`tearline pull` keeps a feed in a folder, and `tearline verify` says what lies there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sharing.client.contents import Contents, contents_of


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
    served.kill()
    told = tearline("verify", "feed/000001.json")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(
        "feed/000001.json: EXERCISE, page of 4 items, marking UNCLASSIFIED, signed by "
    )
    kid = told.stdout.split()[-1]
    assert tearline("verify", "feed/000002.json", "--pin", kid).returncode == 0
    page = tmp_path / "feed" / "000001.json"
    page.write_bytes(page.read_bytes().replace(b"3.25", b"9.25", 1))
    for arguments, words in [
        (("feed/000001.json",), "does not hold"),
        (("feed/000002.json", "--pin", "A" * 43), "no key that is trusted"),
        (("feed/000002.json", "--signature", "key"), "no signature"),
        (("feed/000002.json", "--jwks", "key"), "no Ed25519 keys"),
        (("feed/jwks.json",), "jwks.json.jws"),
        (("none.json",), "cannot read none.json"),
    ]:
        failed = tearline("verify", *arguments)
        assert failed.returncode == 1, arguments
        assert words in failed.stderr
        assert failed.stderr.count("\n") == 1
        assert failed.stdout == ""
    for arguments in [("--url", "http://feed.example"), ("--url", "nonsense")]:
        failed = tearline("pull", *arguments, "--out", "x", "--key-file", "key")
        assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
        assert key not in failed.stderr
    assert tearline("pull", "--url", served.url, "--out", "x").returncode == 2


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
