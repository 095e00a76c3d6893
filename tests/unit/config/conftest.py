from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from project import config


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., config.Config]:
    """Loads the configuration from these variables and a fresh DATA_DIR alone."""

    def load(**environment: str) -> config.Config:
        for name in config.Config.model_fields:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"DATA_DIR": str(tmp_path / "var"), **environment}.items():
            monkeypatch.setenv(name, value)
        return config.load()

    return load


@pytest.fixture
def problems(load: Callable[..., config.Config]) -> Callable[..., list[str]]:
    """What is wrong with these variables, one line each."""

    def problems(**environment: str) -> list[str]:
        with pytest.raises(config.ConfigurationError) as caught:
            load(**environment)
        return caught.value.problems

    return problems
