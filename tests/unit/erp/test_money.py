"""Which amounts, prices, quantities and currencies are accepted, and how they are written."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.money import (
    CURRENCIES,
    MAX_AMOUNT,
    MAX_QUANTITY,
    check_currency,
    format_amount,
    format_quantity,
    parse_amount,
    parse_price,
    parse_quantity,
)

amounts = st.decimals(min_value=Decimal("0.01"), max_value=MAX_AMOUNT, places=2)


@given(amounts)
def test_a_written_amount_reads_back_as_itself(amount: Decimal) -> None:
    assert parse_amount(format_amount(amount)) == amount


@given(amounts)
def test_string_and_number_mean_the_same_amount(amount: Decimal) -> None:
    assert parse_amount(float(amount)) == parse_amount(format_amount(amount))


@given(amounts)
def test_an_accepted_amount_is_written_with_two_decimals(amount: Decimal) -> None:
    for given_as in (amount, amount.normalize(), float(amount)):
        assert re.fullmatch(r"\d+\.\d\d", format_amount(parse_amount(given_as)))


@given(st.decimals(min_value=Decimal("0.001"), max_value=MAX_AMOUNT, places=3).filter(lambda a: a != round(a, 2)))
def test_more_than_two_decimals_are_refused(amount: Decimal) -> None:
    for given_as in (amount, str(amount)):
        with pytest.raises(ValueError, match="two decimals"):
            parse_amount(given_as)


@given(st.one_of(st.integers(max_value=0), st.integers(min_value=10**12), st.floats(max_value=0, allow_infinity=False)))
def test_nothing_and_too_much_are_refused(amount: float) -> None:
    with pytest.raises(ValueError, match="amount"):
        parse_amount(amount)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans(), st.lists(st.integers())))
def test_whatever_comes_is_accepted_as_an_amount_of_the_column_or_refused(value: object) -> None:
    try:
        amount = parse_amount(value)
    except ValueError:
        return
    assert 0 < amount <= MAX_AMOUNT
    assert amount == round(amount, 2)


@pytest.mark.parametrize("text", ["1e3", "1_000", " 1", "+1", "1.", ".5", "١٢", "1,50", "0x1", "NaN", "007", ""])
def test_only_plain_decimal_text_is_an_amount(text: str) -> None:
    with pytest.raises(ValueError, match="a number or a string of one"):
        parse_amount(text)


@pytest.mark.parametrize("value", ["-1", -1, "0", "0.00", 0, "1000000000000", 10**12, "9" * 30])
def test_an_amount_out_of_range_is_refused_for_that_whether_text_or_number(value: object) -> None:
    with pytest.raises(ValueError, match="an amount is more than 0 and at most"):
        parse_amount(value)


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), Decimal("sNaN"), None, ["1"]])
def test_what_is_no_number_is_no_amount(value: object) -> None:
    with pytest.raises(ValueError, match="a number or a string of one"):
        parse_amount(value)


@pytest.mark.parametrize("code", ["EUR", "USD", "MXN"])
def test_currencies_with_two_decimals_are_accepted(code: str) -> None:
    assert check_currency(code) == code


@pytest.mark.parametrize("code", ["JPY", "KWD", "XXX", "eur", "EU", "", "EUR "])
def test_other_currencies_are_refused(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        check_currency(code)


def test_every_currency_is_a_three_letter_code() -> None:
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in CURRENCIES)


quantities = st.decimals(min_value=Decimal("0.001"), max_value=MAX_QUANTITY, places=3)


@given(quantities)
def test_a_written_quantity_reads_back_as_itself(quantity: Decimal) -> None:
    assert parse_quantity(format_quantity(quantity)) == parse_quantity(float(quantity)) == quantity
    assert re.fullmatch(r"\d+(\.\d*[1-9])?", format_quantity(quantity))


@pytest.mark.parametrize("value", [0, -1, "0", "1.0001", 1.0001, 10**7, "1e3", "", None, True, "abc"])
def test_a_wrong_quantity_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="a quantity is"):
        parse_quantity(value)


@pytest.mark.parametrize("value", [0, "0", "0.00", 0.0, -0.0])
def test_something_may_be_free(value: object) -> None:
    assert format_amount(parse_price(value)) == "0.00"


@pytest.mark.parametrize("value", [-1, "-1", "1.001", 1e12, "free", None, False])
def test_a_wrong_price_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="a price is"):
        parse_price(value)
