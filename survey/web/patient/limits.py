"""A generous limit on requests per address, in memory: nothing of it is stored, logged or shared."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import time
from collections.abc import Callable
from threading import Lock

WINDOW = 600  # seconds; then the key is thrown away and with it every count
# Requests per address and window: a hospital's patients may all share one address, its tablets too. A tablet
# asks four times a person and has a person a minute: fifty stay below it, so that they need no other limit.
MOST = 3000
ADDRESSES = (
    50_000  # beyond this new addresses go uncounted: a flood must not lock patients out or fill memory
)


class Limiter:
    """Counts requests by HMAC(key of these ten minutes, address)."""

    def __init__(self, *, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock, self._lock = most, clock, Lock()
        self._begin()

    def allows(self, address: str | None) -> bool:
        """Whether one more request from `address` is within the limit.

        Addresses of one's own network are not counted: there stands a proxy, and behind it everybody.
        """
        network = _public_network(address)
        if network is None:
            return True
        with self._lock:
            if self._clock() - self._since > WINDOW:
                self._begin()
            return self._count(hmac.digest(self._key, network, "sha256")[:16])

    def _begin(self) -> None:
        self._key, self._since = secrets.token_bytes(32), self._clock()
        self._counts: dict[bytes, int] = {}

    def _count(self, who: bytes) -> bool:
        n = self._counts.get(who, 0) + 1
        if n > 1 or len(self._counts) < ADDRESSES:
            self._counts[who] = n
        return n <= self._most


def _public_network(address: str | None) -> bytes | None:
    try:
        found = ipaddress.ip_address(_without_port(address or ""))
    except ValueError:
        return None
    if found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    if not found.is_global:
        return None
    return found.packed if found.version == 4 else found.packed[:8]  # a subscriber holds a whole /64


def _without_port(address: str) -> str:
    # Some proxies write '8.8.8.8:5001' or '[2001:db8::1]:443' into X-Forwarded-For.
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
