"""Currencies of a portal. Source: api-reference/crm/currency/. What a portal has is its own business; these four and
their rates are those of the page's example, and do not change here."""

from __future__ import annotations

from dataclasses import dataclass

BASE = "RUB"


@dataclass(frozen=True)
class Currency:
    code: str
    name: str
    english_name: str
    rate: float
    """Of one unit, in the base currency."""
    sort: int
    format: str
    thousands: str | None = "&nbsp;"


CURRENCIES = {
    currency.code: currency
    for currency in (
        Currency("RUB", "Российский рубль", "Russian Ruble", 1, 100, "# &#8381;"),
        Currency("USD", "Доллар США", "US Dollar", 68.79, 200, "$#", None),
        Currency("EUR", "Евро", "Euro", 78.32, 300, "# &euro;"),
        Currency("BYN", "Белорусский рубль", "Belarusian Ruble", 32.2, 500, "# руб."),
    )
}


def in_base_currency(amount: float, code: str | None) -> float:
    """An amount in a currency the portal does not know is left as it is."""
    currency = CURRENCIES.get(code or BASE)
    return amount * currency.rate if currency else amount
