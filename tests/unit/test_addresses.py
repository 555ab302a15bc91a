"""What may be dialled. The lists are written out here apart from the code's."""

import pytest
from igny8.core.addresses import is_allowed

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
    "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255",
    "::", "::1", "::7f00:1", "::8.8.8.8",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:808:808::1", "2001::1", "2001:20::1", "2001:db8::1",
    "100::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.15.0.1",
    "172.32.0.1", "192.167.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.255",
    "2606:4700:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_not_public_not_dialled(address: str) -> None:
    assert not is_allowed(address, allow_loopback=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_unicast_is_dialled(address: str) -> None:
    assert is_allowed(address, allow_loopback=False)


def test_the_local_stage_adds_loopback_and_nothing_else() -> None:
    loopback = {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"}
    allowed = {one for one in PRIVATE if is_allowed(one, allow_loopback=True)}
    assert allowed == loopback


def test_a_name_is_not_an_address() -> None:
    with pytest.raises(ValueError, match="example"):
        is_allowed("example.com", allow_loopback=False)
