"""Amounts, quantities and currencies: what is accepted, and how it is written. Amounts have exactly two decimals."""

from __future__ import annotations

import re
from decimal import Decimal

# ISO 4217 codes in use whose minor unit is 2 (list one of the maintenance agency, SIX). Currencies with another number
# of decimals (JPY, KWD, …) are left out: an amount would not fit the two decimals of the columns.
_TWO_DECIMALS = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
    CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
    KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY
    TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_TWO_DECIMALS.split())
MAX_DIGITS = 14
MAX_AMOUNT = Decimal("999999999999.99")
AMOUNT_PATTERN = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?$"
QUANTITY_DIGITS = 10
MAX_QUANTITY = Decimal("9999999.999")
QUANTITY_PATTERN = r"^(0|[1-9][0-9]{0,6})(\.[0-9]{1,3})?$"


def parse_amount(value: object) -> Decimal:
    """A positive amount from JSON: a string like `"12.50"` or a number, at most two decimals and `MAX_AMOUNT`.

    Raises ValueError, whose text says what is expected.
    """
    amount = _decimal(value, 2)
    if amount is None:
        raise ValueError("an amount is a number or a string of one, with at most two decimals, e.g. 12.50")
    if not 0 < amount <= MAX_AMOUNT:
        raise ValueError(f"an amount is more than 0 and at most {MAX_AMOUNT}")
    return amount


def parse_price(value: object) -> Decimal:
    """Like `parse_amount`, but something may be free of charge."""
    price = _decimal(value, 2)
    if price is None:
        raise ValueError("a price is a number or a string of one, with at most two decimals, e.g. 12.50")
    if not 0 <= price <= MAX_AMOUNT:
        raise ValueError(f"a price is at least 0 and at most {MAX_AMOUNT}")
    # A zero may be negative, which would be written as -0.00.
    return abs(price)


def parse_quantity(value: object) -> Decimal:
    """A positive quantity from JSON: a string or a number, at most three decimals and `MAX_QUANTITY`."""
    quantity = _decimal(value, 3)
    if quantity is None:
        raise ValueError("a quantity is a number or a string of one, with at most three decimals, e.g. 2 or 0.125")
    if not 0 < quantity <= MAX_QUANTITY:
        raise ValueError(f"a quantity is more than 0 and at most {MAX_QUANTITY}")
    return quantity


def _decimal(value: object, places: int) -> Decimal | None:
    """The value with so many decimals, or None when it is no number or has more decimals."""
    if isinstance(value, str):
        # Decimal() takes far more: exponents, underscores, digits of any script.
        if not re.fullmatch(rf"-?(0|[1-9][0-9]{{0,29}})(\.[0-9]{{1,{places}}})?", value):
            return None
        exact = Decimal(value)
    elif isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    else:
        # The shortest text of a float is what the sender wrote: 0.1 is 0.1, not 0.1000000000000000055….
        exact = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        return None
    if abs(exact) > MAX_AMOUNT:
        return exact
    rounded = exact.quantize(Decimal(1).scaleb(-places))
    return rounded if rounded == exact else None


def format_amount(amount: Decimal) -> str:
    """A string with two decimals, e.g. `"1250.00"`."""
    return f"{amount:.2f}"


def format_quantity(quantity: Decimal) -> str:
    """A string without needless zeros, e.g. `"2"` or `"0.125"`."""
    return f"{quantity:.3f}".rstrip("0").rstrip(".")


def check_currency(code: str) -> str:
    """The code itself. Raises ValueError when it is not one of `CURRENCIES`."""
    if code not in CURRENCIES:
        raise ValueError("a currency is an ISO 4217 code with two decimals, e.g. EUR")
    return code
