"""Product rows of leads, deals, quotes, invoices and smart processes.

Source: api-reference/crm/universal/product-rows/. A row knows the price a customer pays for a unit; what it is without
tax and discount follows from it. There is no catalog here: products are the ids and names a client sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.currencies import in_base_currency
from sandbox.portal.crm.kinds import DEAL, LEAD, QUOTE, SMART_INVOICE, Kind
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_number, as_text
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

MONETARY, PERCENTAGE = 1, 2
MEASURES = {796: "шт", 166: "кг", 168: "т", 6: "м", 112: "л", 163: "г"}
"""Names of the units of the classifier a portal starts with; another code keeps the name that was sent."""
SELLABLE = (LEAD, DEAL, QUOTE, SMART_INVOICE)


@dataclass(frozen=True)
class ProductRow:
    id: int
    owner_id: int
    owner_type: str
    product_id: int = 0
    product_name: str = ""
    price: float = 0
    """For one unit, with discount and tax."""
    quantity: float = 1
    discount_type_id: int = PERCENTAGE
    discount_rate: float = 0
    discount_sum: float = 0
    tax_rate: float | None = None
    tax_included: bool = False
    measure_code: int = 796
    measure_name: str = "шт"
    sort: int = 0
    xml_id: str = ""

    @property
    def price_exclusive(self) -> float:
        """Without tax, with discount."""
        return money(self.price / (1 + (self.tax_rate or 0) / 100))

    @property
    def price_netto(self) -> float:
        """Without tax, without discount."""
        if self.discount_type_id == MONETARY:
            return money(self.price_exclusive + self.discount_sum)
        if self.discount_rate >= 100:
            return money(self.discount_sum)
        return money(self.price_exclusive / (1 - self.discount_rate / 100))

    @property
    def price_brutto(self) -> float:
        """With tax, without discount."""
        return money(self.price_netto * (1 + (self.tax_rate or 0) / 100))

    def settled(self) -> ProductRow:
        """Rate and sum of the discount say the same."""
        netto, exclusive = self.price_netto, self.price_exclusive
        if self.discount_type_id == MONETARY:
            return replace(self, discount_rate=money(self.discount_sum / netto * 100) if netto else 0)
        return self if self.discount_rate >= 100 else replace(self, discount_sum=money(netto - exclusive))


class ProductRows:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._rows: dict[int, ProductRow] = {}
        self._of_owner: dict[tuple[str, int], list[int]] = {}

    def get(self, number: int) -> ProductRow | None:
        return self._rows.get(number)

    def of(self, kind: Kind, item: Item) -> list[ProductRow]:
        """By sort, then by id."""
        numbers = self._of_owner.get((kind.short, item.id), [])
        return sorted((self._rows[number] for number in numbers), key=lambda row: (row.sort, row.id))

    def add(self, kind: Kind, item: Item, sent: Mapping[str, JSON], by: int) -> ProductRow:
        """``sent`` has the names of ``crm.item.productrow.add``. Raises ``ERROR_CORE`` for half a discount."""
        row = self._store(kind, item, sent)
        self._recalculate(kind, item, by)
        return row

    def update(self, kind: Kind, item: Item, row: ProductRow, sent: Mapping[str, JSON], by: int) -> ProductRow:
        changed = self._rows[row.id] = read_row(row, sent)
        self._recalculate(kind, item, by)
        return changed

    def delete(self, kind: Kind, item: Item, row: ProductRow, by: int) -> None:
        self._drop(row.id)
        self._recalculate(kind, item, by)

    def replace_all(self, kind: Kind, item: Item, sent: Iterable[Mapping[str, JSON]], by: int) -> list[ProductRow]:
        """All rows of an item at once: rows with a known id stay the same rows, the others are new."""
        known = {row.id: row for row in self.of(kind, item)}
        kept: set[int] = set()
        changed: list[tuple[ProductRow | None, Mapping[str, JSON]]] = []
        for one in sent:
            number = as_int(one.get("id")) or 0
            read_row(known.get(number, blank(kind, item)), one)
            changed.append((known.get(number), one))
            kept.add(number)
        for number in known.keys() - kept:
            self._drop(number)
        for place, (row, one) in enumerate(changed, start=1):
            if row is not None:
                self._rows[row.id] = read_row(row, one)
            else:
                self._store(kind, item, {"sort": place * 10, **one})
        self._recalculate(kind, item, by)
        return self.of(kind, item)

    def forget(self, kind: Kind, item: Item) -> None:
        """Rows of a deleted item go with it."""
        for number in self._of_owner.pop((kind.short, item.id), []):
            del self._rows[number]

    def _store(self, kind: Kind, item: Item, sent: Mapping[str, JSON]) -> ProductRow:
        row = read_row(blank(kind, item), sent)
        row = replace(row, id=self._portal.next_id("crm_product_row"))
        self._rows[row.id] = row
        self._of_owner.setdefault((kind.short, item.id), []).append(row.id)
        return row

    def _drop(self, number: int) -> None:
        row = self._rows.pop(number)
        self._of_owner[row.owner_type, row.owner_id].remove(number)

    def _recalculate(self, kind: Kind, item: Item, by: int) -> None:
        """The sum of an item is that of its rows, unless a person keeps it by hand."""
        if item.values.get("isManualOpportunity"):
            return
        rows = self.of(kind, item)
        tax = money(sum((row.price - row.price_exclusive) * row.quantity for row in rows))
        sums: dict[str, JSON] = {"opportunity": money(sum(row.price * row.quantity for row in rows)), "taxValue": tax}
        self._portal.crm.saving.update(self._portal.crm.schema(kind.entity_type_id), item, sums, by)


def require_sellable(kind: Kind) -> None:
    """Raises ``ENTITY_TYPE_NOT_SUPPORTED`` for objects without product rows."""
    sells = kind.smart.has("isLinkWithProductsEnabled") if kind.smart else kind.entity_type_id in SELLABLE
    if not sells:
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type `{kind.symbol}` is not supported")


def blank(kind: Kind, item: Item) -> ProductRow:
    return ProductRow(0, item.id, kind.short)


def read_row(row: ProductRow, sent: Mapping[str, JSON]) -> ProductRow:
    """The row with what was sent. Raises ``ERROR_CORE``, see crm-deal-productrows-set.md."""
    values: dict[str, object] = {}
    for name, (attribute, read) in READERS.items():
        value = read(sent[name]) if name in sent else None
        if value is not None:
            values[attribute] = value
    if "taxRate" in sent:
        values["tax_rate"] = as_number(sent["taxRate"])
    if "measureCode" in sent and "measureName" not in sent:
        values["measure_name"] = MEASURES.get(as_int(sent["measureCode"]) or 0, row.measure_name)
    check_discount(sent)
    return replace(row, **values).settled()  # type: ignore[arg-type]


READERS = {
    "productId": ("product_id", as_int),
    "productName": ("product_name", as_text),
    "price": ("price", as_number),
    "quantity": ("quantity", as_number),
    "discountTypeId": ("discount_type_id", as_int),
    "discountRate": ("discount_rate", as_number),
    "discountSum": ("discount_sum", as_number),
    "taxIncluded": ("tax_included", as_flag),
    "measureCode": ("measure_code", as_int),
    "measureName": ("measure_name", as_text),
    "sort": ("sort", as_int),
    "xmlId": ("xml_id", as_text),
}


def check_discount(sent: Mapping[str, JSON]) -> None:
    kind, rate, sum_ = as_int(sent.get("discountTypeId")), as_number(sent.get("discountRate")), sent.get("discountSum")
    mistake = ""
    if kind == PERCENTAGE and rate is None:
        mistake = "Discount Rate (DISCOUNT_RATE) is required if Percentage Discount Type (DISCOUNT_TYPE_ID) is defined"
    elif kind == PERCENTAGE and rate == 100 and sum_ is None:
        mistake = (
            "Discount Sum (DISCOUNT_SUM) is required if Percentage Discount Type (DISCOUNT_TYPE_ID) is defined"
            " and Discount Rate (DISCOUNT_RATE) is 100%"
        )
    elif kind == MONETARY and sum_ is None:
        mistake = "Discount Sum (DISCOUNT_SUM) is required if Monetary Discount Type (DISCOUNT_TYPE_ID) is defined"
    if mistake:
        raise RestError("ERROR_CORE", f"{mistake}<br>")


def show_row(row: ProductRow, item: Item) -> dict[str, JSON]:
    """As ``crm.item.productrow.get`` shows it."""
    return {
        "id": row.id,
        "ownerId": row.owner_id,
        "ownerType": row.owner_type,
        "productId": row.product_id,
        "productName": row.product_name,
        "price": whole(row.price),
        "priceAccount": whole(money(in_base_currency(row.price, as_text_or_none(item.values.get("currencyId"))))),
        "priceExclusive": whole(row.price_exclusive),
        "priceNetto": whole(row.price_netto),
        "priceBrutto": whole(row.price_brutto),
        "quantity": whole(row.quantity),
        "discountTypeId": row.discount_type_id,
        "discountRate": whole(row.discount_rate),
        "discountSum": whole(row.discount_sum),
        "taxRate": None if row.tax_rate is None else whole(row.tax_rate),
        "taxIncluded": "Y" if row.tax_included else "N",
        "customized": "Y",
        "measureCode": row.measure_code,
        "measureName": row.measure_name,
        "sort": row.sort,
        "xmlId": row.xml_id,
        "type": 1,
    }


def money(amount: float) -> float:
    return round(amount + 1e-9, 2)


def whole(number: float) -> float:
    """Whole amounts look so: ``899.1``, ``1``."""
    return int(number) if float(number).is_integer() else number


def as_text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
