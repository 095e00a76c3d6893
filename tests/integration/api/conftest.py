"""Every test has the database; `api_client` is a tenant's program, `stranger` another tenant's."""

from __future__ import annotations

import pytest

from tests.conftest import ApiClient
from tests.factories import make_tenant


@pytest.fixture(autouse=True)
def database(db):
    pass


@pytest.fixture
def stranger():
    return ApiClient(make_tenant())
