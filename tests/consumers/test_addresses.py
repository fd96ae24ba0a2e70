"""To which addresses a user's endpoint may lead, and to which it never does."""

from collections.abc import Sequence

import pytest

from consumers.notifications.addresses import Address, NotPublic, is_public, public_only

PUBLIC = ["8.8.8.8", "1.1.1.1", "142.250.74.110", "2001:4860:4860::8888", "2606:4700::6810:84e5", "2a00:1450::1"]

NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%lo",
    "2606:4700::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "localhost",
    "8.8.8",
    "0x7f000001",
    "",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_nothing_else_is(address: str) -> None:
    assert not is_public(address)


async def test_the_first_public_address_is_gone_to() -> None:
    async def look_up(host: str, port: int) -> Sequence[str]:
        return ["2606:4700::1", "1.1.1.1"]

    assert await public_only(look_up)("push.example.org", 443) == Address("2606:4700::1", 443)


@pytest.mark.parametrize("addresses", [[], ["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["::1", "1.1.1.1"]])
async def test_a_name_that_leads_anywhere_else_is_refused_whole(addresses: Sequence[str]) -> None:
    async def look_up(host: str, port: int) -> Sequence[str]:
        return addresses

    with pytest.raises(NotPublic):
        await public_only(look_up)("push.example.org", 443)


async def test_names_of_this_machine_lead_nowhere() -> None:
    with pytest.raises(NotPublic):
        await public_only()("localhost", 443)
