"""Where deliveries may lead: whatever an address inside is called, nobody is connected to it."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.errors import Refused
from service.events import attempting
from service.events.attempting import ADDRESS_REFUSED, NAME_UNKNOWN, NOT_REACHED, TIMED_OUT, Outcome, Postman
from service.events.destinations import Bounds, Destination, check_url, is_public, parse_url, resolve
from tests.events.receiving import LOOPBACK, Receiver, receiver

INSIDE = """
127.0.0.1 127.0.0.1. 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 017700000001 0177.1 00177.0x0.0.1
127.255.255.254 0 0.0.0.0 0x0 10.0.0.1 10.1 0xa.1 167772161 012.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 192.168.257
3232235777 0xC0A80101 169.254.169.254 169.254.43518 2852039166 0xa9fea9fe 0251.0376.0251.0376 100.64.0.1 100.127.255.255
192.0.0.170 198.18.0.1 198.51.100.7 203.0.113.7 192.0.2.1 192.88.99.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
[::1] [0:0:0:0:0:0:0:1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::ffff:0:127.0.0.1] [::127.0.0.1]
[::7f00:1] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [64:ff9b:1::a00:1] [2002:7f00:1::] [2002:a00:1::1] [2001::1] [2001:db8::1]
[3fff::1] [fe80::1] [fec0::1] [fc00::1] [fd12:3456::1] [ff02::1] [100::1] [5f00::1]
""".split()
"""Addresses that no delivery goes to, in the spellings under which people try."""
OUTSIDE = "93.184.216.34 8.8.8.8 172.32.0.1 100.128.0.1 [2606:4700::1111] [::ffff:8.8.8.8] [64:ff9b::808:808]".split()
NO_URLS = """
ftp://example.org file:///etc/passwd //example.org https:// https:///x https://user@example.org https://user:pass@example.org
https://example.org@127.0.0.1 https://example.org#@127.0.0.1 https://example.org\\@127.0.0.1 https://127。0。0。1 https://①②⑦.0.0.1
https://example.org:0 https://example.org:65536 https://example.org:x https://[::1 https://[::1%25lo] https://[fe80::1%eth0]
https://exam%70le.org https://1.2.3.4.5 https://256.1.1.1 https://0x1ffffffff https://999999999999 https://08.1.1.1 https://a..b
https://.example.org https://exa_mple.org/a#b javascript:alert(1) gopher://127.0.0.1
""".split()
NO_URLS += ["https://example.org /", "https://example.org/\r\nHost: x", "", "https://" + "a" * 2000, "https://\texample.org"]
NAMES = {
    "inside.example": ["10.0.0.7"],
    "rebound.example": ["93.184.216.34", "127.0.0.1"],
    "mapped.example": ["::ffff:169.254.169.254"],
    "six.example": ["fd00::1"],
    "zoned.example": ["fe80::1%eth0"],
    "translated.example": ["64:ff9b::a9fe:a9fe"],
    "both.example": ["2606:4700::1111", "::1"],
    "nothing.example": [],
    "odd.example": ["not an address"],
}
"""What names lead to: one of their addresses inside is enough."""


class Connects(httpcore.SyncBackend):
    """Connects to this machine whatever the address, and remembers which one it was."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.asked: list[str] = []

    def connect_tcp(self, host: str, port: int, *rest: Any, **more: Any) -> httpcore.NetworkStream:
        self.asked.append(host)
        if not self.port:
            raise httpcore.ConnectError
        return super().connect_tcp("127.0.0.1", self.port, *rest, **more)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as listens:
        yield listens


def known(host: str, port: int) -> Sequence[str]:
    return NAMES[host]


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_an_address_inside_is_refused_in_every_spelling(scheme: str) -> None:
    assert len(INSIDE) >= 60
    context = ssl.create_default_context()
    for host in INSIDE:
        url, connects = f"{scheme}://{host}/hook", Connects()
        for bounds in (Bounds(), Bounds(("192.168.7.0/24",))):
            with pytest.raises(Refused) as refused:
                check_url(url, bounds)
            assert refused.value.code in ("destination_inside", "https_only"), host
            outcome = Postman(bounds, connects=connects, make_context=lambda: context).post(parse_url(url), {}, b"{}")
            assert outcome in (Outcome(None, ADDRESS_REFUSED), Outcome(None, NAME_UNKNOWN)), (host, outcome)
        assert connects.asked == [], host


def test_what_is_public_is_connected_to_over_tls_only() -> None:
    for host in OUTSIDE:
        connects = Connects()
        check_url(f"https://{host}/hook", Bounds())
        postman = Postman(Bounds(), lambda host, port: [host], connects)
        assert postman.post(parse_url(f"https://{host}/hook"), {}, b"{}") == Outcome(None, NOT_REACHED)
        assert connects.asked == [host.strip("[]")] and is_public(host.strip("[]"))
        plain = Postman(Bounds((LOOPBACK,)), lambda host, port: [host], connects)
        assert plain.post(parse_url(f"http://{host}/hook"), {}, b"{}") == Outcome(None, ADDRESS_REFUSED)


def test_what_is_no_url_of_a_webhook_is_refused() -> None:
    for url in NO_URLS:
        with pytest.raises(Refused) as refused:
            check_url(url, Bounds(("0.0.0.0/0",)))
        assert (refused.value.code, refused.value.faults[0].pointer) == ("not_a_destination", "/url"), url
    assert parse_url("https://example.org.:8443/a?b=c") == Destination("https", "example.org", 8443, "/a?b=c")


def test_a_name_is_as_good_as_the_worst_of_its_addresses() -> None:
    for name in NAMES:
        connects = Connects()
        outcome = Postman(Bounds(), known, connects).post(parse_url(f"https://{name}/"), {}, b"{}")
        assert (outcome, connects.asked) == (Outcome(None, ADDRESS_REFUSED), []), name


def test_a_name_that_is_bound_anew_leads_nowhere() -> None:
    """The address that is connected to is the one that was checked: there is no second look at the name in between."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34"]])
    connects = Connects()
    postman = Postman(Bounds(), lambda host, port: next(answers), connects)
    outcomes = [postman.post(parse_url("https://rebinding.example/"), {}, b"{}").error for _ in range(3)]
    assert outcomes == [NOT_REACHED, ADDRESS_REFUSED, NOT_REACHED]
    assert connects.asked == ["93.184.216.34"] * 2


def test_names_that_no_resolver_takes() -> None:
    for host in ("x" * 64 + ".example", "nowhere.invalid"):
        assert Postman(Bounds(), resolve, Connects()).post(parse_url(f"https://{host}/"), {}, b"") == Outcome(
            None, NAME_UNKNOWN
        )


def test_who_is_slow_drop_by_drop_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempting, "ANSWER_WITHIN", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as server:
        postman = Postman(Bounds((LOOPBACK,)))
        started = datetime.datetime.now(datetime.UTC)
        url = parse_url(f"http://127.0.0.1:{server.getsockname()[1]}/")

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 200:
                        connection.send(bytes([letter]))
                        stopped.wait(0.05)
                except OSError:
                    pass

        stopped = threading.Event()
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            assert postman.post(url, {}, b"{}") == Outcome(None, TIMED_OUT)
            assert datetime.datetime.now(datetime.UTC) - started < datetime.timedelta(seconds=5)
        finally:
            stopped.set()
            thread.join()


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for a name, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return folder / "certificate", folder / "key"


def test_the_certificate_and_the_host_are_those_of_the_name(tmp_path: Path) -> None:
    """Connected to by its address, asked for by its name."""
    trusted, key = certificate(tmp_path, "hooks.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, key)
    with receiver(context=context) as there:
        postman = Postman(
            Bounds(),
            lambda host, port: ["93.184.216.34"],
            Connects(there.port),
            lambda: ssl.create_default_context(cafile=str(trusted)),
        )
        assert postman.post(parse_url("https://hooks.example/hook?x=1"), {"X-Is": "there"}, b"{}") == Outcome(204, None)
        assert postman.post(parse_url("https://other.example/hook"), {}, b"{}") == Outcome(None, NOT_REACHED)
    (came,) = there.received
    assert (came.path, came.headers["host"], came.headers["x-is"], came.body) == ("/hook?x=1", "hooks.example", "there", b"{}")
