"""Refusals carry what an answer needs."""

import pytest

from erp.errors import InvalidFieldError, refusing


def test_a_broken_rule_names_its_field() -> None:
    with pytest.raises(InvalidFieldError) as caught, refusing("amount"):
        raise ValueError("too much")
    assert (caught.value.field, caught.value.message) == ("amount", "too much")
