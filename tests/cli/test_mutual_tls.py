"""The example of nginx as it is delivered: real certificates, a real proxy, a real server."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

EXAMPLE = Path(__file__).parents[2] / "deploy" / "nginx" / "tearline.conf"
SECRET = "a secret that proxy and server share"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.sign(name, self.key.public_key(), x509.BasicConstraints(True, 0))
        self.write(name, self.certificate, self.key)

    def issue(self, name: str, *extensions: x509.ExtensionType) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        basic = x509.BasicConstraints(False, None)
        self.write(name, self.sign(name, key.public_key(), basic, *extensions), key)

    def sign(self, name, public, *extensions):
        now = datetime.now(UTC)
        subject, issuer = (
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, self.name)
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=10))
        )
        for one in extensions:
            builder = builder.add_extension(one, critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def write(self, name, certificate, key) -> None:
        pem = serialization.Encoding.PEM
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
        (self.folder / f"{name}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command, ready, log, **options):
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, **options)
    try:
        for _ in range(600):
            assert process.poll() is None, log.read_text()
            try:
                ready()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


@pytest.fixture
def certificates(tmp_path):
    folder = tmp_path / "certificates"
    folder.mkdir()
    ours, theirs = Authority(folder, "partners-ca"), Authority(folder, "another-ca")
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    ours.issue("server", names)
    for name in ("aus", "unbound"):
        ours.issue(name)
    theirs.issue("stranger")
    return folder


@pytest.fixture
def served(tearline, environment, certificates, tmp_path):
    """Serve behind nginx; return a way to ask through it, where the server is, and its log."""
    inner, outer = free_port(), free_port()
    folder = tmp_path / "nginx"
    folder.mkdir()
    secret = folder / "proxy-secret.conf"
    secret.write_text(f'proxy_set_header Tearline-Proxy-Secret "{SECRET}";\n')
    text = EXAMPLE.read_text()
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{outer} ssl"),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{inner}"),
        ("/etc/tearline/proxy-secret.conf;", f"{secret};"),
        ("/etc/tearline/", f"{certificates}/"),
        ("/var/log/nginx/", f"{folder}/"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
        f"events {{}}\nhttp {{\n{temporary}{text}}}\n"
    )

    def ask(path, certificate="", **headers):
        context = ssl.create_default_context(cafile=certificates / "partners-ca.pem")
        if certificate:
            context.load_cert_chain(
                certificates / f"{certificate}.pem", certificates / f"{certificate}.key"
            )
        with httpx.Client(verify=context) as client:
            return client.get(f"https://127.0.0.1:{outer}{path}", headers=headers)

    log = tmp_path / "serve.log"
    direct = f"http://127.0.0.1:{inner}"
    command = [Path(sys.executable).with_name("tearline"), "serve", "--port", str(inner)]
    told = {**environment, "TEARLINE_PROXY_SECRET": SECRET}
    with (
        running(command, lambda: httpx.get(f"{direct}/healthz"), log, env=told, cwd=tmp_path),
        running(
            [NGINX, "-p", folder, "-c", folder / "nginx.conf"],
            lambda: ask("/healthz"),
            tmp_path / "nginx.log",
            env=dict(os.environ),
        ),
    ):
        yield ask, direct, log


def test_a_certificate_that_nginx_checked_stands_in_the_place_of_a_key(
    served, tearline, certificates, tmp_path
):
    ask, direct, log = served
    assert ask("/v1/me", "aus").status_code == 401
    pem = certificates / "aus.pem"
    done = tearline("key", "issue", "--partner", "aus", "--certificate", pem)
    key_id = done.stdout.strip()
    assert done.returncode == 0, done.stderr
    told = ask("/v1/me", "aus").json()
    assert (told["partner"], told["key"]["id"]) == ("aus", key_id)

    # A key does as well, without a certificate; and nobody gets in with neither.
    key = tearline("key", "issue", "--partner", "bra").stdout.strip()
    assert ask("/v1/me", Authorization=f"Bearer {key}").json()["partner"] == "bra"
    assert ask("/v1/me").status_code == 401
    assert ask("/v1/me", "unbound").status_code == 401
    assert ask("/v1/me", "stranger").status_code == 400

    # What a client claims of itself counts neither through the proxy nor beside it.
    claimed = {
        "Tearline-Client-Certificate": quote(pem.read_text()),
        "Tearline-Proxy-Secret": SECRET,
        "X-Forwarded-For": "192.0.2.9",
    }
    assert ask("/v1/me", **claimed).status_code == 401
    wrong = claimed | {"Tearline-Proxy-Secret": SECRET[:-1]}
    assert httpx.get(f"{direct}/v1/me", headers=wrong).status_code == 401
    assert httpx.get(f"{direct}/v1/me", headers=claimed).json()["partner"] == "aus"

    tearline("key", "revoke", key_id)
    refused = ask("/v1/me?after=CANARY", "aus")
    assert refused.status_code == 401
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert refused.headers.get("server", "nginx") == "nginx"
    assert "server" not in httpx.get(f"{direct}/v1/me").headers

    lines = [json.loads(line) for line in log.read_text().splitlines() if line[0] == "{"]
    assert {one["reason"] for one in lines} == {"key-unknown", "key-revoked"}
    assert {one["address"] for one in lines} == {"127.0.0.1"}
    for written in (log, tmp_path / "nginx.log", tmp_path / "nginx" / "tearline.log"):
        assert written.exists()
        for secret in ("CANARY", SECRET, key.split("_")[2]):
            assert secret not in written.read_text()


def test_what_is_no_certificate_is_refused_in_a_line(tearline, tmp_path):
    (tmp_path / "some.pem").write_text("-----BEGIN CERTIFICATE-----\nnone\n")
    for name, words in (("some.pem", "neither PEM nor DER"), ("none.pem", "No such file")):
        done = tearline("key", "issue", "--partner", "aus", "--certificate", name)
        assert (done.returncode, done.stdout) == (1, "")
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
