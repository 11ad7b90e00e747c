"""How the methods named ``fields`` describe a field."""

from __future__ import annotations

from sandbox.portal.php import JSON


def describe(
    type_: str,
    title: str,
    upper: str = "",
    *,
    required: bool = False,
    read_only: bool = False,
    immutable: bool = False,
    multiple: bool = False,
    dynamic: bool = False,
) -> dict[str, JSON]:
    """``upper`` is missing where the method's names are in upper case already."""
    described: dict[str, JSON] = {
        "type": type_,
        "isRequired": required,
        "isReadOnly": read_only,
        "isImmutable": immutable,
        "isMultiple": multiple,
        "isDynamic": dynamic,
        "title": title,
    }
    if upper:
        described["upperName"] = upper
    return described
