"""How values look in the answers of the older methods: numbers as strings, flags as Y and N, dates as ``crm.item.*``
has them.

Recorded answers of real portals stand behind this (``tests/real_responses`` of leshchenko1979/fast_bitrix24), the
examples of the pages named ``get`` behind what they do not hold.
"""

from __future__ import annotations

from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.fields import Field
from sandbox.portal.crm.values import Scalar, Stored, StoredFile
from sandbox.portal.loose import as_text
from sandbox.portal.php import JSON

MONEY_FIELDS = frozenset({"opportunity", "taxValue"})
DATES = frozenset({"date", "datetime"})


def show_whole(field: Field, item: Item, word: str) -> JSON:
    """As ``get`` shows it: an empty user field is an empty string, an empty multiple one an empty list. ``word`` is the
    object's in the names of methods (``deal``)."""
    stored = stored_value(field, item)
    if is_empty(stored):
        if field.multiple:
            return []
        return "" if field.dynamic else empty_look(field)
    return show_filled(field, stored, item, word)


def show_in_list(field: Field, item: Item, word: str) -> JSON:
    """As ``list`` shows it: an empty user field is null, an empty multiple one false (crm-lead-list.md)."""
    stored = stored_value(field, item)
    if is_empty(stored):
        if field.multiple:
            return False
        return None if field.dynamic and field.type not in DATES else empty_look(field)
    return show_filled(field, stored, item, word)


def stored_value(field: Field, item: Item) -> Stored:
    return item.id if field.name == "id" else item.values.get(field.name)


def is_empty(stored: Stored) -> bool:
    return stored is None or stored == ()


def empty_look(field: Field) -> JSON:
    """``BIRTHDATE`` of a lead without one is an empty string, a flag nobody set is N, an amount 0.00, the rest null."""
    if field.type in DATES:
        return ""
    if field.empty is not None:
        return field.empty
    if field.type == "boolean":
        return "N"
    return "0.00" if field.name in MONEY_FIELDS else None


def show_filled(field: Field, stored: Stored, item: Item, word: str) -> JSON:
    """Elements of multiple fields are not strings: ``[503, 505]``."""
    if isinstance(stored, tuple):
        return [show_file(field, one, item, word) if is_file(one) else field.values.show(one) for one in stored]
    if stored is None:
        raise TypeError(f"{field.name} is empty")
    return show_file(field, stored, item, word) if is_file(stored) else show_scalar(field, stored)


def show_scalar(field: Field, stored: Scalar) -> JSON:
    if field.type == "boolean":
        return ("1" if stored else "0") if field.dynamic else ("Y" if stored else "N")
    if field.name in MONEY_FIELDS and isinstance(stored, (int, float)):
        return f"{stored:.2f}"
    shown = field.values.show(stored)
    return as_text(shown) if isinstance(shown, (int, float)) else shown


def is_file(stored: Scalar) -> bool:
    return isinstance(stored, StoredFile)


def show_file(field: Field, stored: Scalar, item: Item, word: str) -> JSON:
    """Addresses relative to the portal, as recorded; they lead to the same file as those of ``crm.item.*``."""
    if not isinstance(stored, StoredFile):
        raise TypeError(f"not a file: {stored!r}")
    path = f"/bitrix/components/bitrix/crm.{word}.show/show_file.php"
    query = f"ownerId={item.id}&fieldName={field.upper}&dynamic={'Y' if field.dynamic else 'N'}&fileId={stored.id}"
    return {"id": stored.id, "showUrl": f"{path}?{query}", "downloadUrl": f"{path}?auth=&{query}"}
