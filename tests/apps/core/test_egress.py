"""What tenants name is called on the public internet only, in whatever notation they write something else."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.egress import addresses, connector, lookup, urls
from apps.core.egress.connector import guarded_connector
from apps.core.egress.urls import UrlRefused
from tests.receivers import Receiver, serving

HOSTILE = (
    # this machine, in every notation
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.01/",
    "https://127.0.0.0x1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://reknit.localhost/",
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[::1%25lo]/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    # inside: private, link-local, metadata, carrier, benchmark, protocol, reserved, multicast
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.170.2/v2/credentials",
    "https://100.100.100.200/",
    "https://100.64.0.1/",
    "https://168.63.129.16/",
    "https://192.0.0.192/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://203.0.113.9/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[fd00:ec2::254]/",
    "https://[fc00::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
    "https://[2001:db8::1]/",
    "https://[2001:2::1]/",
    "https://[3fff::1]/",
    # IPv4 inside IPv6: mapped, 6to4, NAT64, Teredo
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2001:0:5ef5:79fd::1]/",
    # two readers, two hosts
    "https://hooks.acme.test@127.0.0.1/",
    "https://user:secret@hooks.acme.test/",
    "https://hooks.acme.test\\@127.0.0.1/",
    "https://127.0.0.1#@hooks.acme.test/",
    "https://127.0.0.1 .acme.test/",
    "https://hooks.acme.test%2f@127.0.0.1/",
    "https://127.0.0.1%00.acme.test/",
    "https://hooks.acme.test\r\nHost: inside/",
    "https://hooks.acme.test\t/",
    "https:///127.0.0.1/",
    "https:127.0.0.1/",
    "//127.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://ⓛocalhost/",
    "https://127。0。0。1/",
    # other ways and other doors
    "http://hooks.acme.test/",
    "file:///etc/passwd",
    "gopher://hooks.acme.test:70/_x",
    "ftp://hooks.acme.test/",
    "unix:///var/run/docker.sock",
    "https://hooks.acme.test:22/",
    "https://hooks.acme.test:6379/",
    "https://hooks.acme.test:99999/",
    "https://hooks.acme.test:/x:80/",
    # names of the inside
    "https://metadata/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://router.lan/",
    "https://nas.home.arpa/",
    "https://kubernetes.default.svc.localdomain/",
    "https://-acme.test/",
    "https://acme..test/",
    f"https://{'a' * 64}.test/",
    f"https://acme.test/{'a' * 2000}",
    "",
)
# Where a setting lets this machine in, these are it.
OWN = {
    "https://127.0.0.1/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://reknit.localhost/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
}
# What a name server may answer instead of the truth.
INSIDE = (
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "192.0.0.192",
    "::1",
    "fe80::1%2",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:a00:1::",
    "fd00:ec2::254",
)
INNER = [
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
NOTATIONS: tuple[Callable[[IPv4Address], str], ...] = (
    str,
    lambda one: str(int(one)),
    lambda one: hex(int(one)),
    lambda one: f"0{int(one):o}",
    lambda one: ".".join(f"0x{byte:x}" for byte in one.packed),
    lambda one: ".".join(f"0{byte:o}" for byte in one.packed),
    lambda one: f"{one.packed[0]}.{int(one) & 0xFFFFFF}",
    lambda one: f"[::ffff:{one}]",
    lambda one: f"[::{one}]",
    lambda one: f"[64:ff9b::{one}]",
    lambda one: f"[2002:{one.packed.hex()[:4]}:{one.packed.hex()[4:]}::1]",
    lambda one: (
        f"[2001:0:5ef5:79fd:0:0:{int(one) >> 16 ^ 0xFFFF:x}:{int(one) & 0xFFFF ^ 0xFFFF:x}]"
    ),  # Teredo
    lambda one: f"hooks.acme.test@{one}",
)
PUBLIC = "8.8.8.8"
Names = Callable[..., None]


def addresses_in(network: IPv4Network) -> st.SearchStrategy[IPv4Address]:
    """Any address of a network."""
    return st.integers(int(network[0]), int(network[-1])).map(IPv4Address)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Be the name server: each question gets the next answer, the last one for ever."""

    def answers(*said: list[str]) -> None:
        left = list(said)
        monkeypatch.setattr(lookup, "ask_system", lambda _: left.pop(0) if len(left) > 1 else left[0])

    return answers


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server on this machine that must never be reached."""
    with serving(Receiver()) as server:
        yield server


def call(url: str) -> int:
    """Call a URL as a sender does, without looking at its words first."""

    async def ask() -> int:
        async with (
            aiohttp.ClientSession(connector=guarded_connector()) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            return answer.status

    return asyncio.run(ask())


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_is_refused(url: str, names: Names) -> None:
    names([PUBLIC])

    with pytest.raises(UrlRefused):
        lookup.reach(urls.read(url))


@pytest.mark.parametrize("url", sorted(set(HOSTILE) - OWN))
def test_a_development_machine_may_call_itself_and_nothing_else_inside(
    url: str, names: Names, settings: Any
) -> None:
    settings.EGRESS_LOOPBACK = True
    names([PUBLIC])

    assert all(urls.read(one).is_loopback for one in OWN)
    with pytest.raises(UrlRefused):
        lookup.reach(urls.read(url))


@given(st.sampled_from(INNER).flatmap(addresses_in), st.sampled_from(NOTATIONS))
def test_no_notation_of_an_inner_address_is_taken(
    address: IPv4Address, write: Callable[[IPv4Address], str]
) -> None:
    with pytest.raises(UrlRefused):
        urls.read(f"https://{write(address)}/")


@given(st.text(max_size=60))
def test_any_text_is_a_destination_or_refused_in_words(text: str) -> None:
    for url in (text, f"https://{text}", f"https://hooks.acme.test/{text}"):
        with suppress(UrlRefused):
            read = urls.read(url)
            assert re.fullmatch(r"[a-z0-9.:-]+", read.host)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.acme.test/",
        "https://hooks.acme.test",
        "https://hooks.acme.test:8443/a/b?c=d&e=%20f",
        "https://xn--bcher-kva.test/in",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
    ],
)
def test_a_public_url_is_taken(url: str, names: Names) -> None:
    names([PUBLIC, "2606:4700::1111"])

    assert lookup.reach(urls.read(url))


@pytest.mark.parametrize("inside", INSIDE)
def test_one_bad_address_among_good_ones_is_refused(inside: str, names: Names) -> None:
    names([PUBLIC, inside])

    with pytest.raises(UrlRefused):
        lookup.reach(urls.read("https://hooks.acme.test/"))


def test_a_name_that_turns_inside_after_it_was_checked_is_refused_at_the_call(
    names: Names, receiver: Receiver
) -> None:
    names([PUBLIC], ["127.0.0.1"])
    url = f"http://hooks.acme.test:{receiver.server_port}/"
    lookup.checked(lookup.ask_system("hooks.acme.test"))

    with pytest.raises(UrlRefused):
        call(url)

    assert receiver.taken == []


def test_the_call_goes_to_the_address_that_was_checked_and_asks_once(
    monkeypatch: pytest.MonkeyPatch, settings: Any, receiver: Receiver
) -> None:
    settings.EGRESS_LOOPBACK = True
    asked: list[str] = []
    monkeypatch.setattr(lookup, "ask_system", lambda host: asked.append(host) or ["127.0.0.1"])

    status = call(f"http://hooks.acme.test:{receiver.server_port}/")

    assert (status, asked) == (200, ["hooks.acme.test"])
    assert receiver.taken[0].headers["Host"] == f"hooks.acme.test:{receiver.server_port}"


def test_a_literal_address_meets_the_wall_at_the_socket(receiver: Receiver) -> None:
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        call(f"http://127.0.0.1:{receiver.server_port}/")

    assert isinstance(refused.value.os_error, connector.AddressRefused)
    assert receiver.taken == []


def test_a_name_is_asked_once_however_many_wait_for_it(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def many() -> list[list[str]]:
        waiting = [asyncio.create_task(lookup.addresses_of("hooks.acme.test")) for _ in range(20)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        release.set()
        return await asyncio.gather(*waiting[1:])

    release = threading.Event()

    def slowly(host: str) -> list[str]:
        release.wait(5)
        asked.append(host)
        return [PUBLIC]

    monkeypatch.setattr(lookup, "ask_system", slowly)

    found = asyncio.run(many())

    assert (asked, found) == (["hooks.acme.test"], [[PUBLIC]] * 19)


def test_a_name_that_leads_nowhere_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(_host: str) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(lookup, "ask_system", nowhere)

    with pytest.raises(UrlRefused) as refused:
        lookup.reach(urls.read("https://hooks.acme.test/"))

    assert "spelling" in refused.value.detail


def test_special_addresses_that_python_calls_global_are_refused() -> None:
    found = [
        addresses.read(text) for text in ("192.0.0.192", "168.63.129.16", "2002:7f00:1::", "64:ff9b::7f00:1")
    ]

    assert not any(one and addresses.is_public(one) for one in found)
