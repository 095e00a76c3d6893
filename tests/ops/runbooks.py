"""docs/runbooks.md, taken apart."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/runbooks.md"


def sections() -> dict[str, str]:
    """Each alert's section by its name, in their order."""
    parts = re.split(r"^## (Webhook\w+)$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def queries() -> list[str]:
    """What it asks Prometheus: one query a line."""
    return [line.strip() for block in _blocks("promql") for line in block.splitlines() if line.strip()]


def questions() -> list[str]:
    """What it asks the database."""
    return _blocks("sql")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
