import json
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from cryptography.fernet import Fernet

from project.local_secrets import FILE_NAME, LocalSecrets, SecretsUnavailableError


def test_secrets_are_readable_by_their_owner_only(tmp_path):
    folder = tmp_path / "var" / "deep"
    LocalSecrets.in_folder(folder)
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_secrets_are_made_once(tmp_path):
    first = LocalSecrets.in_folder(tmp_path)
    assert LocalSecrets.in_folder(tmp_path) == first
    assert LocalSecrets.in_folder(tmp_path / "other") != first


def test_secrets_are_strong_enough_to_be_used(tmp_path):
    secrets = LocalSecrets.in_folder(tmp_path)
    assert len(secrets.secret_key) >= 50
    assert Fernet(secrets.encryption_key).decrypt(Fernet(secrets.encryption_key).encrypt(b"x")) == b"x"


def test_processes_that_start_at_once_agree(tmp_path):
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(LocalSecrets.in_folder, [tmp_path] * 8))
    assert len(set(found)) == 1


@pytest.mark.parametrize("content", ["", "no json", "[]", "{}", '{"secret_key": "only"}', '{"unknown": 1}', "\0"])
def test_damaged_file_is_an_error_that_says_what_to_do(tmp_path, content):
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(SecretsUnavailableError, match=r"secrets\.json is damaged; restore or remove it"):
        LocalSecrets.in_folder(tmp_path)
    assert (tmp_path / FILE_NAME).read_text() == content


@pytest.mark.parametrize("value", [None, 7, "", ["a"]])
def test_file_whose_values_are_no_secrets_is_damaged(tmp_path, value):
    (tmp_path / FILE_NAME).write_text(json.dumps({"secret_key": value, "encryption_key": value}))
    with pytest.raises(SecretsUnavailableError, match="damaged"):
        LocalSecrets.in_folder(tmp_path)


def test_folder_that_is_a_file_is_an_error(tmp_path):
    (tmp_path / "var").write_text("")
    with pytest.raises(SecretsUnavailableError, match="cannot use"):
        LocalSecrets.in_folder(tmp_path / "var")


def test_representation_shows_no_secret(tmp_path):
    secrets = LocalSecrets.in_folder(tmp_path)
    assert secrets.secret_key not in repr(secrets)
    assert secrets.encryption_key not in f"{secrets}"


def test_damaged_file_is_reported_without_its_content(problems, tmp_path):
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / FILE_NAME).write_text('{"secret_key": "leaked-if-shown", "encryption_key"')
    (line,) = problems()
    assert line.startswith("DATA_DIR: ")
    assert "leaked-if-shown" not in line
