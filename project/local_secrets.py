"""Secrets of the embedded mode: generated once into the data folder, readable by their owner only."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.fernet import Fernet

FILE_NAME = "secrets.json"


class SecretsUnavailableError(Exception):
    """The data folder cannot be written or its secrets cannot be read."""


def new_secret_key() -> str:
    """64 URL-safe characters, 384 random bits."""
    return secrets.token_urlsafe(48)


def new_encryption_key() -> str:
    """A Fernet key: url-safe base64 of 32 random bytes."""
    return Fernet.generate_key().decode()


@dataclass(frozen=True, repr=False)
class LocalSecrets:
    """What production takes from the environment and the embedded mode makes for itself."""

    secret_key: str
    encryption_key: str

    def __post_init__(self) -> None:
        """Raises ValueError or TypeError for what a damaged file may hold."""
        Fernet(self.encryption_key)
        if not (isinstance(self.secret_key, str) and self.secret_key):
            raise ValueError("the secret key is no text")

    @classmethod
    def in_folder(cls, folder: Path) -> LocalSecrets:
        """Read the folder's secrets, making folder and secrets when they are missing."""
        path = folder / FILE_NAME
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _create_once(path)
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else f"{path.name} is damaged; restore or remove it"
            raise SecretsUnavailableError(f"cannot use {folder}: {reason}") from exc


def _create_once(path: Path) -> None:
    """Two processes may start at once: the file appears whole, and only one of them makes it."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(LocalSecrets(new_secret_key(), new_encryption_key())), file)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
