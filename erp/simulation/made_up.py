"""Made-up names, goods and amounts. The dice decide everything that varies."""

from __future__ import annotations

import random
from decimal import Decimal

from erp.crm.models import Customer
from erp.crm.services import CustomerChanges
from erp.lines import NewLine

COMPANIES = (
    "Almazara del Sur", "Bodegas Ribera", "Cobalt Machining", "Delta Packaging", "Estudio Norte", "Ferreteria Molina",
    "Granja Verde", "Harbour Foods", "Iberica de Cables", "Juniper Textiles", "Kestrel Optics", "Lumen Lighting",
    "Meridian Tools", "Nordwind Logistik", "Olive & Thyme", "Paloma Cosmetics", "Quarry Stone Works", "Rioja Glass",
    "Sierra Paper", "Talleres Vega", "Umbra Interiors", "Vale Dairy", "Wexford Pumps", "Zephyr Bicycles",
)  # fmt: skip
SUFFIXES = ("S.L.", "S.A.", "GmbH", "Ltd", "& Sons", "Group", "B.V.")
PEOPLE = (
    "ana.garcia", "ben.carter", "carla.ruiz", "david.moore", "elena.novak", "frank.meyer", "grace.hill", "hugo.prieto",
    "ines.costa", "jonas.weber", "karin.lund", "lucia.ferrer", "marta.soler", "nils.berg", "olga.petrova", "paul.roy",
)  # fmt: skip
CURRENCIES, CURRENCY_WEIGHTS = ("EUR", "USD", "GBP", "MXN", "CHF", "PLN"), (58, 18, 10, 6, 5, 3)
METHODS, METHOD_WEIGHTS = ("bank_transfer", "card", "direct_debit", "cash", "cheque"), (45, 28, 20, 4, 3)
FAILURES = (
    "insufficient funds", "card expired", "account closed", "mandate revoked", "rejected by the bank",
    "charged back by the payer",
)  # fmt: skip
CANCELLATIONS = ("ordered twice", "out of stock", "the customer changed their mind", "agreed by phone", "")
REJECTIONS = ("the tax id is wrong", "the purchase order number is missing", "the amount was not agreed")
# Article, what it is, and some price.
GOODS = (
    ("CASK-225", "Oak cask, 225 l", 640), ("BOT-075", "Bottle, 0.75 l", 0.38), ("CORK-45", "Cork, 45 mm", 0.11),
    ("LBL-A6", "Label roll, A6", 17.5), ("PAL-EUR", "Euro pallet", 14.9), ("BOX-6", "Carton for six", 1.25),
    ("PUMP-12", "Transfer pump", 389), ("HOSE-50", "Hose, 50 mm, by the metre", 8.4),
    ("VALVE-2", "Ball valve, 2 in", 23), ("TANK-5K", "Steel tank, 5,000 l", 4150),
    ("SVC-HR", "Technician, by the hour", 58), ("FRT-EU", "Freight", 120),
)  # fmt: skip


def new_customer(dice: random.Random) -> CustomerChanges:
    """The fields of a customer."""
    company = dice.choice(COMPANIES)
    domain = "".join(character for character in company.lower() if character.isalnum()) + ".example"
    return CustomerChanges(
        name=f"{company} {dice.choice(SUFFIXES)}", email=f"{dice.choice(PEOPLE)}@{domain}", tax_id=_tax_id(dice)
    )


def changes_of(customer: Customer, dice: random.Random) -> CustomerChanges:
    """Another contact person, and now and then a corrected tax id."""
    person, _, domain = customer.email.partition("@")
    changes = CustomerChanges(email=f"{dice.choice([p for p in PEOPLE if p != person])}@{domain}")
    if dice.random() < 0.2:
        changes["tax_id"] = _tax_id(dice)
    return changes


def currency_of(customer: Customer) -> str:
    """Always the same for a customer."""
    return random.Random(customer.id.int).choices(CURRENCIES, CURRENCY_WEIGHTS)[0]


def any_currency(dice: random.Random) -> str:
    return dice.choices(CURRENCIES, CURRENCY_WEIGHTS)[0]


def method(dice: random.Random) -> str:
    """How somebody pays."""
    return dice.choices(METHODS, METHOD_WEIGHTS)[0]


def reference(dice: random.Random) -> str:
    """What a bank statement shows."""
    return f"RF{dice.randrange(10, 99)}-{dice.randrange(10**6):06}"


def amount(dice: random.Random) -> Decimal:
    """Many small amounts and a few large ones; the median is some 240."""
    return Decimal(int(dice.lognormvariate(10.1, 1.2)) + 100) / 100


def lines(dice: random.Random) -> list[NewLine]:
    """One to six articles; the dearer one is, the fewer are bought."""
    count = dice.choices(range(1, 7), (34, 26, 17, 11, 7, 5))[0]
    return [_line(dice, *goods) for goods in dice.sample(GOODS, count)]


def _line(dice: random.Random, sku: str, description: str, price: float) -> NewLine:
    quantity = max(1, round(dice.lognormvariate(4.5, 0.7) / (price**0.8 + 1)))
    unit_price = Decimal(round(price * dice.uniform(0.9, 1.15) * 100)) / 100
    by_parts = Decimal(dice.randrange(0, 4)) / 4 if sku in ("SVC-HR", "HOSE-50") else Decimal(0)
    return NewLine(sku, description, quantity + by_parts, unit_price)


def _tax_id(dice: random.Random) -> str:
    return f"{dice.choice('ABEGN')}{dice.randrange(10**7, 10**8)}"
