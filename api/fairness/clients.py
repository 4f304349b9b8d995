"""Who a client is: the bearer of a valid token, else the address that the request comes from."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

MAX_TOKENS = 1_000
NETWORK_BITS = 64
"""Of an IPv6 address: what one household or server is given, who may send from each address in it."""


class Clients:
    """The names of clients. A token counts once a request with it was authenticated; until then, and where it is not
    valid, its bearer is an address like others."""

    def __init__(self) -> None:
        self._bearers: OrderedDict[bytes, str] = OrderedDict()

    def name(self, scope: Scope) -> str:
        """The name of the client that sends a request."""
        authorization = _authorization(scope)
        return self._bearers.get(_key(authorization), "") or _address(scope) if authorization else _address(scope)

    def confirm(self, scope: Scope, bearer: str) -> None:
        """The token that came with a request is that of `bearer`."""
        self._bearers[_key(_authorization(scope))] = bearer
        if len(self._bearers) > MAX_TOKENS:
            self._bearers.popitem(last=False)


def _authorization(scope: Scope) -> bytes:
    return b"\n".join(value for name, value in scope["headers"] if name == b"authorization")


def _key(authorization: bytes) -> bytes:
    return sha256(authorization).digest()


def _address(scope: Scope) -> str:
    return client_address(scope["client"][0] if scope.get("client") else "")


@lru_cache(1_024)
def client_address(host: str) -> str:
    """The address of the client; of IPv6 the network."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    network = int(address) >> (128 - NETWORK_BITS) << (128 - NETWORK_BITS)
    return f"{IPv6Address(network)}/{NETWORK_BITS}"
