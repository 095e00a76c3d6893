"""The engine's errors.

EngineError
└── BlockedAddressError   the address may not be dialled; permanent, an attempt that meets it fails at once

Everything else that goes wrong in an attempt is data: an `Outcome`.
"""

from __future__ import annotations


class EngineError(Exception):
    """Base of the engine's errors."""


class BlockedAddressError(EngineError):
    """A target's address is private, reserved or otherwise off limits."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} is {reason}")
        self.address = address
