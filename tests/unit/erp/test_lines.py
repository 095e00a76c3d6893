"""How lines add up, whatever the lines are."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.errors import InvalidFieldError
from erp.lines import MAX_LINES, NewLine, check_lines, line_amount, total_of
from erp.money import MAX_AMOUNT, MAX_QUANTITY

prices = st.decimals(min_value=0, max_value=Decimal("99999.99"), places=2)
quantities = st.decimals(min_value=Decimal("0.001"), max_value=Decimal("9999.999"), places=3)
lines = st.builds(NewLine, st.just("SKU"), st.just(""), quantities, prices)


@given(quantities, prices)
def test_the_amount_of_a_line_is_the_nearest_cent_and_half_a_cent_goes_up(quantity: Decimal, price: Decimal) -> None:
    exact, amount = quantity * price, line_amount(quantity, price)
    assert amount.as_tuple().exponent == -2
    assert -Decimal("0.005") < exact - amount < Decimal("0.005") or amount - exact == Decimal("0.005")


@given(st.lists(lines, min_size=1, max_size=30))
def test_the_total_is_what_adding_up_the_shown_amounts_gives(ordered: list[NewLine]) -> None:
    assert check_lines(ordered) == total_of(ordered) == sum(line.amount for line in ordered)


@given(st.lists(lines, min_size=1, max_size=30), st.randoms())
def test_the_order_of_the_lines_does_not_matter(ordered: list[NewLine], dice) -> None:
    shuffled = list(ordered)
    dice.shuffle(shuffled)
    assert total_of(shuffled) == total_of(ordered)


@given(st.lists(lines, min_size=1, max_size=30))
def test_rounding_moves_a_total_by_at_most_half_a_cent_a_line(ordered: list[NewLine]) -> None:
    exact = sum((line.quantity * line.unit_price for line in ordered), Decimal(0))
    assert abs(total_of(ordered) - exact) <= Decimal("0.005") * len(ordered)


@given(st.lists(lines, min_size=1, max_size=10))
def test_the_callers_decimal_context_changes_nothing(ordered: list[NewLine]) -> None:
    with localcontext() as context:
        context.rounding = "ROUND_FLOOR"
        assert [line.amount for line in ordered] == [
            (line.quantity * line.unit_price).quantize(Decimal("0.01"), ROUND_HALF_UP) for line in ordered
        ]


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [("0.5", "0.01", "0.01"), ("0.125", "0.10", "0.01"), ("1.005", "1.00", "1.01"), ("0.333", "0.01", "0.00")],
)
def test_half_a_cent_is_rounded_up(quantity: str, price: str, amount: str) -> None:
    assert line_amount(Decimal(quantity), Decimal(price)) == Decimal(amount)


def _line(quantity: object = Decimal(1), price: object = Decimal(1)) -> NewLine:
    return NewLine("SKU", "", quantity, price)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ordered", "field"),
    [
        ([], "lines"),
        ([_line()] * (MAX_LINES + 1), "lines"),
        ([_line(Decimal(2), MAX_AMOUNT)], "lines"),
        ([_line(), _line(Decimal(0))], "lines.1.quantity"),
        ([_line(Decimal("0.0001"))], "lines.0.quantity"),
        ([_line(MAX_QUANTITY + 1)], "lines.0.quantity"),
        ([_line(price=Decimal("-0.01"))], "lines.0.unit_price"),
        ([_line(price=Decimal("0.001"))], "lines.0.unit_price"),
    ],
)
def test_lines_against_the_rules_are_refused_by_field(ordered: list[NewLine], field: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        check_lines(ordered)
    assert caught.value.field == field


def test_the_greatest_order_that_fits_is_accepted() -> None:
    assert check_lines([_line(price=MAX_AMOUNT)]) == MAX_AMOUNT
    assert check_lines([_line()] * MAX_LINES) == MAX_LINES
