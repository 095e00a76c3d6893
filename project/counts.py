"""How the cache `shared` stores values: whole numbers and nothing else."""

from __future__ import annotations


class CountSerializer:
    """Django's own unpickles what it reads, so that whoever can write to Redis could run code here."""

    def dumps(self, value: object) -> int:
        """Raises TypeError for anything but an int."""
        if type(value) is not int:
            raise TypeError(f"only whole numbers are kept, not {type(value).__name__}")
        return value

    def loads(self, data: bytes) -> int:
        """Raises ValueError for what somebody else has written."""
        return int(data)
