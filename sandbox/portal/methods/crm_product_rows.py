"""``crm.item.productrow.*`` and the older ``crm.deal.productrows.*`` (leads and quotes too).

Source: api-reference/crm/universal/product-rows/, api-reference/crm/deals/crm-deal-productrows-*.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.filters import Column, compile_filter, sort_rows
from sandbox.portal.crm.kinds import Kind
from sandbox.portal.crm.legacy.declarations import DEAL_ENTITY, LEAD_ENTITY, QUOTE_ENTITY, Entity
from sandbox.portal.crm.legacy.refusals import older_refusals
from sandbox.portal.crm.product_rows import ProductRow, require_sellable, show_row
from sandbox.portal.crm.rights import UPDATE
from sandbox.portal.crm.values import INTEGER, NUMBER, TEXT
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_list, as_object, as_text, is_array
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Answer, Caller, Params, page, rest_method

DOCS = "api-reference/crm/universal/product-rows/"


@rest_method("crm.item.productrow.add", scope="crm", docs=DOCS + "crm-item-productrow-add.md")
def add_row(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.require_object("fields")
    kind, owner = find_owner(portal, Params(fields))
    return {"productRow": show_row(portal.crm.product_rows.add(kind, owner, fields, caller.user_id), owner)}


@rest_method("crm.item.productrow.update", scope="crm", docs=DOCS + "crm-item-productrow-update.md")
def update_row(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The owner of a row does not change."""
    kind, owner, row = find_row(portal, params)
    require_change(portal, kind, owner)
    fields = params.require_object("fields")
    return {"productRow": show_row(portal.crm.product_rows.update(kind, owner, row, fields, caller.user_id), owner)}


@rest_method("crm.item.productrow.get", scope="crm", docs=DOCS + "crm-item-productrow-get.md")
def get_row(portal: Portal, caller: Caller, params: Params) -> JSON:
    _, owner, row = find_row(portal, params)
    return {"productRow": show_row(row, owner)}


@rest_method("crm.item.productrow.delete", scope="crm", docs=DOCS + "crm-item-productrow-delete.md")
def delete_row(portal: Portal, caller: Caller, params: Params) -> JSON:
    kind, owner, row = find_row(portal, params)
    require_change(portal, kind, owner)
    portal.crm.product_rows.delete(kind, owner, row, caller.user_id)
    return None


@rest_method("crm.item.productrow.set", scope="crm", docs=DOCS + "crm-item-productrow-set.md")
def set_rows(portal: Portal, caller: Caller, params: Params) -> JSON:
    kind, owner = find_owner(portal, params)
    sent = [as_object(row) or {} for row in as_list(params.require("productRows"))]
    rows = portal.crm.product_rows.replace_all(kind, owner, sent, caller.user_id)
    return {"productRows": [show_row(row, owner) for row in rows]}


@rest_method("crm.item.productrow.list", scope="crm", docs=DOCS + "crm-item-productrow-list.md")
def list_rows(portal: Portal, caller: Caller, params: Params) -> Answer:
    """``=ownerType`` and ``=ownerId`` are wanted in the filter."""
    sent = params.filter()
    owner_of = {name: sent.get(f"={name}", sent.get(name)) for name in ("ownerType", "ownerId")}
    if None in owner_of.values():
        raise RestError("INVALID_ARG_VALUE", "Invalid filter: fields '=ownerType' and '=ownerId' are required")
    kind = kind_of_short(portal, as_text(owner_of["ownerType"]) or "")
    owner = portal.crm.items(kind.entity_type_id).get(as_int(owner_of["ownerId"]) or 0)
    if owner is None:
        return Answer({"productRows": []}, total=0)
    portal.crm.require_item(kind.entity_type_id, owner.id)
    wanted = compile_filter(sent, COLUMNS)
    found = [row for row in portal.crm.product_rows.of(kind, owner) if wanted.matches(row)]
    # fast_bitrix24 sorts by ID; its recorded answer (real_responses/crm_item_productrow_list.py) shows it may.
    order = [("id" if name == "ID" else name, way) for name, way in params.order()]
    rows: list[JSON] = [show_row(row, owner) for row in sort_rows(found, order, COLUMNS)]
    return page(rows, params.start(), wrap=lambda shown: {"productRows": shown})


@rest_method("crm.item.productrow.fields", scope="crm", docs=DOCS + "crm-item-productrow-fields.md")
def row_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {
        "fields": {
            "id": describe("integer", "ID", read_only=True),
            "ownerId": describe("integer", "ID владельца", required=True, immutable=True),
            "ownerType": describe("string", "Тип владельца", required=True, immutable=True),
            "productId": describe("integer", "Товар", required=True),
            "productName": describe("string", "Название товара"),
            "price": describe("double", "Цена"),
            "priceExclusive": describe("double", "Цена без налога со скидкой", read_only=True),
            "priceNetto": describe("double", "PRICE_NETTO", read_only=True),
            "priceBrutto": describe("double", "PRICE_BRUTTO", read_only=True),
            "quantity": describe("double", "Количество"),
            "discountTypeId": describe("integer", "Тип скидки"),
            "discountRate": describe("double", "Величина скидки"),
            "discountSum": describe("double", "Сумма скидки"),
            "taxRate": describe("double", "Налог"),
            "taxIncluded": describe("char", "Налог включен в цену"),
            "customized": describe("char", "Изменен"),
            "measureCode": describe("integer", "Код единицы измерения"),
            "measureName": describe("string", "Единица измерения"),
            "sort": describe("integer", "Сортировка"),
            "type": describe("integer", "TYPE", read_only=True),
            "storeId": describe("integer", "STORE_ID", read_only=True),
        }
    }


def register_older(entity: Entity) -> None:
    """``crm.{word}.productrows.get`` and ``set``: names in upper case, two of the numbers as strings."""
    word = entity.word
    page_name = "product-rows" if word == "quote" else "productrows"

    @rest_method(f"crm.{word}.productrows.get", scope="crm", docs=f"{entity.docs}crm-{word}-{page_name}-get.md")
    def get_rows(portal: Portal, caller: Caller, params: Params) -> JSON:
        kind, owner = older_owner(entity, portal, params.upper())
        return [show_older(row, owner) for row in portal.crm.product_rows.of(kind, owner)]

    @rest_method(f"crm.{word}.productrows.set", scope="crm", docs=f"{entity.docs}crm-{word}-{page_name}-set.md")
    def set_older_rows(portal: Portal, caller: Caller, params: Params) -> JSON:
        sent = params.upper()
        kind, owner = older_owner(entity, portal, sent)
        if not is_array(sent.get("ROWS")):
            raise RestError("", "The parameter rows must be array.")
        rows = [camel_keys(as_object(row) or {}) for row in as_list(sent.get("ROWS"))]
        with older_refusals():
            require_change(portal, kind, owner)
            portal.crm.product_rows.replace_all(kind, owner, rows, caller.user_id)
        return True


for each in (DEAL_ENTITY, LEAD_ENTITY, QUOTE_ENTITY):
    register_older(each)


# Owners


def find_owner(portal: Portal, params: Params) -> tuple[Kind, Item]:
    """The object rows are written to. Raises ``100``, ``ENTITY_TYPE_NOT_SUPPORTED``, ``OWNER_NOT_FOUND``,
    ``ACCESS_DENIED``."""
    number = params.require_int("ownerId")
    kind = kind_of_short(portal, params.require_text("ownerType"))
    owner = portal.crm.items(kind.entity_type_id).get(number)
    if owner is None:
        raise RestError("OWNER_NOT_FOUND", "Owner was not found")
    require_change(portal, kind, owner)
    return kind, owner


def kind_of_short(portal: Portal, short: str) -> Kind:
    """``D``, ``SI``, ``Tb3``; raises ``ENTITY_TYPE_NOT_SUPPORTED``."""
    kind = next((kind for kind in portal.crm.kinds() if kind.short.casefold() == short.casefold()), None)
    if kind is None:
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type `{short}` is not supported")
    require_sellable(kind)
    return kind


def find_row(portal: Portal, params: Params) -> tuple[Kind, Item, ProductRow]:
    row = portal.crm.product_rows.get(params.require_int("id"))
    if row is None:
        raise RestError("NOT_FOUND", "Элемент не найден")
    kind = kind_of_short(portal, row.owner_type)
    return kind, portal.crm.require_item(kind.entity_type_id, row.owner_id), row


def older_owner(entity: Entity, portal: Portal, params: Params) -> tuple[Kind, Item]:
    number = as_int(params.get("ID"))
    if number is None or number <= 0:
        raise RestError("", "The parameter id is invalid or not defined.")
    owner = portal.crm.items(entity.entity_type_id).get(number)
    if owner is None:
        raise RestError("", "Not found.")
    with older_refusals():
        return portal.crm.kind(entity.entity_type_id), portal.crm.require_item(entity.entity_type_id, owner.id)


def require_change(portal: Portal, kind: Kind, owner: Item) -> None:
    """Rows belong to their object: whoever may change it may change them."""
    portal.crm.rights.require(portal.actor.user_id, UPDATE, kind, owner.values)


# Rows in upper case


def camel_keys(sent: Mapping[str, JSON]) -> dict[str, JSON]:
    """``DISCOUNT_TYPE_ID`` -> ``discountTypeId``."""
    return {re.sub(r"_(.)", lambda match: match[1].upper(), name.lower()): value for name, value in sent.items()}


def show_older(row: ProductRow, owner: Item) -> dict[str, JSON]:
    shown = show_row(row, owner)
    upper = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper(): value for name, value in shown.items()}
    account = shown["priceAccount"]
    replaced: dict[str, JSON] = {
        "ID": str(row.id),
        "OWNER_ID": str(row.owner_id),
        "ORIGINAL_PRODUCT_NAME": row.product_name,
        "PRODUCT_DESCRIPTION": None,
        "PRICE_ACCOUNT": f"{account:.2f}" if isinstance(account, (int, float)) else None,
        "XML_ID": row.xml_id or None,
        "STORE_ID": None,
        "RESERVE_ID": None,
        "DATE_RESERVE_END": None,
        "RESERVE_QUANTITY": None,
    }
    return {name: replaced[name] if name in replaced else upper[name] for name in OLDER_ROW}


OLDER_ROW = (
    "ID", "OWNER_ID", "OWNER_TYPE", "PRODUCT_ID", "PRODUCT_NAME", "ORIGINAL_PRODUCT_NAME", "PRODUCT_DESCRIPTION",
    "PRICE", "PRICE_EXCLUSIVE", "PRICE_NETTO", "PRICE_BRUTTO", "PRICE_ACCOUNT", "QUANTITY", "DISCOUNT_TYPE_ID",
    "DISCOUNT_RATE", "DISCOUNT_SUM", "TAX_RATE", "TAX_INCLUDED", "CUSTOMIZED", "MEASURE_CODE", "MEASURE_NAME", "SORT",
    "XML_ID", "TYPE", "STORE_ID", "RESERVE_ID", "DATE_RESERVE_END", "RESERVE_QUANTITY",
)  # fmt: skip
"""In the order of api-reference/crm/deals/crm-deal-productrows-get.md; b24phpsdk's DealProductRowsTest minds it."""


COLUMNS: dict[str, Column[ProductRow]] = {
    "id": Column("id", INTEGER, lambda row: row.id),
    "ownerId": Column("ownerId", INTEGER, lambda row: row.owner_id),
    "ownerType": Column("ownerType", TEXT, lambda row: row.owner_type),
    "productId": Column("productId", INTEGER, lambda row: row.product_id),
    "productName": Column("productName", TEXT, lambda row: row.product_name),
    "price": Column("price", NUMBER, lambda row: row.price),
    "quantity": Column("quantity", NUMBER, lambda row: row.quantity),
    "discountTypeId": Column("discountTypeId", INTEGER, lambda row: row.discount_type_id),
    "discountRate": Column("discountRate", NUMBER, lambda row: row.discount_rate),
    "discountSum": Column("discountSum", NUMBER, lambda row: row.discount_sum),
    "taxRate": Column("taxRate", NUMBER, lambda row: row.tax_rate),
    "measureCode": Column("measureCode", INTEGER, lambda row: row.measure_code),
    "measureName": Column("measureName", TEXT, lambda row: row.measure_name),
    "sort": Column("sort", INTEGER, lambda row: row.sort),
    "xmlId": Column("xmlId", TEXT, lambda row: row.xml_id),
}
