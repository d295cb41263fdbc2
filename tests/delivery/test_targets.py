"""What a webhook may call, case by case, and that a connection goes where it was checked."""

import asyncio
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from sda.configuration import packaged
from sharing.delivery import read_delivery
from sharing.delivery.sending import Answer, Sender
from sharing.delivery.targets import is_public, may_call, read_target
from sharing.errors import DeliveryError

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "2002:7f00:1::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_addresses_that_are_not_public_are_refused(text):
    host = f"[{text}]" if ":" in text else text
    assert not is_public(ip_address(text))
    with pytest.raises(DeliveryError, match="not a public one"):
        read_target(f"https://{host}/", ())


@pytest.mark.parametrize(
    "text", ["9.9.9.9", "193.0.6.139", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::9.9.9.9"]
)
def test_public_addresses_may_be_called(text):
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_address_wrapped_in_another_is_judged_as_itself(address):
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert is_public(ip_address(wrapped)) == is_public(address)
        for plain in (False, True):
            assert may_call(ip_address(wrapped), plain, LOOPBACK) == may_call(
                address, plain, LOOPBACK
            )


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://010.0.0.1/",
        "https://1.2.3.4.5/",
        "https://[::1%25lo]/",
        "https://[fe80::1%eth0]/",
        "https://[v1.x]/",
        "https://[::1",
        "https://user@example.org/",
        "https://user:word@example.org/",
        "https://@example.org/",
        "https://example.org\\@10.0.0.1/",
        "https://example.org/ x",
        "https://example.org/\r\nHost: x",
        "https://exämple.org/",
        "https://１２７.0.0.1/",
        "https://example.org/#part",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example..org/",
        "https://-example.org/",
        "https:///path",
        "https://",
        "//example.org/",
        "gopher://example.org/",
        "file:///etc/passwd",
        "http://example.org/",
        "http://9.9.9.9/",
        "http://localhost.example.org/",
        "https://example.org/" + "x" * 2048,
        "",
    ],
)
def test_urls_that_two_readers_may_read_differently_are_refused(url):
    for allowed in ((), LOOPBACK):
        with pytest.raises(DeliveryError):
            read_target(url, allowed)


def test_loopback_is_called_only_where_it_is_allowed():
    for url in ("http://127.0.0.1:80/", "http://[::1]/", "http://localhost:8080/x?y"):
        read_target(url, LOOPBACK)
        with pytest.raises(DeliveryError):
            read_target(url, ())
    with pytest.raises(DeliveryError):
        read_target("http://10.0.0.1/", (ip_network("10.0.0.0/8"), *LOOPBACK))
    assert read_target("https://10.0.0.1/", (ip_network("10.0.0.0/8"),)).host == "10.0.0.1"


def test_a_target_has_the_parts_of_its_url():
    target = read_target("https://Hooks.Example.org.:8443/a%20b?c=d&e", ())
    assert (target.host, target.port, target.path) == ("hooks.example.org", 8443, "/a%20b?c=d&e")
    assert read_target("https://example.org", ()).path == "/"


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.hosts.append(self.headers["Host"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listening():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Taking) as server:
        server.hosts = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _config(*networks: str):
    config = read_delivery(packaged("config")).webhooks
    return config.model_copy(update={"networks": tuple(map(ip_network, networks))})


def _called(url: str, resolve, *networks: str, times: int = 1) -> list[Answer]:
    """Call a URL with a resolver of our own, each time on a new connection."""
    config = _config(*networks)

    async def call() -> list[Answer]:
        answers = []
        for _ in range(times):
            async with Sender(config, resolve) as sender:
                answers.append(await sender.post(read_target(url, config.networks), {}, b"{}"))
        return answers

    return asyncio.run(call())


def _answering(*answers: list[str]):
    asked = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


def test_a_name_that_answers_otherwise_the_second_time_gains_nothing(listening):
    url = f"http://localhost:{listening.server_address[1]}/"
    resolve, asked = _answering(["127.0.0.1"], ["127.0.0.2"])
    first, second = _called(url, resolve, "127.0.0.1/32", times=2)
    assert first == Answer(204)
    assert second == Answer(None, "no public address")
    # One look for one connection: there is no second answer between check and use.
    assert asked == ["localhost", "localhost"]
    assert listening.hosts == [f"localhost:{listening.server_address[1]}"]


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["9.9.9.9", "127.0.0.1"],
        ["127.0.0.1", "9.9.9.9"],
        [],
    ],
)
def test_a_name_that_stands_for_a_private_address_is_not_connected_to(listening, addresses):
    resolve, _ = _answering(addresses)
    (answer,) = _called(f"https://example.org:{listening.server_address[1]}/", resolve)
    assert answer == Answer(None, "no public address")


def test_a_name_that_stands_for_nothing_looks_like_one_that_is_refused():
    async def resolve(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    assert _called("https://example.org/", resolve) == [Answer(None, "no public address")]


def test_plain_http_goes_to_loopback_alone():
    resolve, _ = _answering(["10.0.0.1"])
    (answer,) = _called("http://localhost/", resolve, "127.0.0.0/8", "10.0.0.0/8")
    assert answer == Answer(None, "no public address")


def test_tls_is_checked_against_the_name_though_the_address_is_called(
    listening, tmp_path, monkeypatch
):
    certificate = _certificate("hooks.example.org", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    port = listening.server_address[1]
    resolve, _ = _answering(["127.0.0.1"])
    for host, expected in (
        ("hooks.example.org", Answer(204)),
        ("other.example.org", Answer(None, "no connection")),
    ):
        assert _called(f"https://{host}:{port}/", resolve, "127.0.0.1/32") == [expected]
    monkeypatch.delenv("SSL_CERT_FILE")
    assert _called(f"https://hooks.example.org:{port}/", resolve, "127.0.0.1/32") == [
        Answer(None, "no connection")
    ]
    assert listening.hosts == [f"hooks.example.org:{port}"]


def _certificate(name: str, folder):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file
