"""``crm.duplicate.findbycomm``. ``api-reference/crm/duplicates/crm-duplicate-find-by-comm.md``."""

from __future__ import annotations

from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.kinds import COMPANY, CONTACT, LEAD
from sandbox.portal.crm.legacy.contact_points import points_of
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_text
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Params, rest_method

TYPES = {"LEAD": LEAD, "CONTACT": CONTACT, "COMPANY": COMPANY}
MOST = 20
"""Values looked for, and duplicates of one type after which the other types are not looked at."""


@rest_method("crm.duplicate.findbycomm", scope="crm", docs="api-reference/crm/duplicates/crm-duplicate-find-by-comm.md")
def find_by_communication(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Ids by type of object, an empty list when there are none. The page prints the texts of its errors as codes."""
    sent = params.upper()
    type_id = (as_text(sent.get("TYPE")) or "").upper()
    if not type_id:
        raise RestError("Communication type is not defined", "Parameter 'type' is required.")
    if type_id not in ("PHONE", "EMAIL"):
        mistake = f"Communication type '{type_id}' is not supported in current context"
        raise RestError(mistake, mistake)
    wanted = {normal(type_id, value) for value in sent.text_list("VALUES")[:MOST]} - {""}
    if not wanted:
        raise RestError("Communication values is not defined", "Parameter 'values' is required.")
    only = (as_text(sent.get("ENTITY_TYPE")) or "").upper()
    found: dict[str, JSON] = {}
    for name, entity_type_id in TYPES.items():
        if only in TYPES and name != only:
            continue
        ids = [item.id for item in portal.crm.items(entity_type_id) if has_any(item, type_id, wanted)]
        if ids:
            found[name] = list(ids)
        if len(ids) >= MOST:
            break
    return found or []


def has_any(item: Item, type_id: str, wanted: set[str]) -> bool:
    return any(normal(type_id, point.value) in wanted for point in points_of(item, type_id))


def normal(type_id: str, value: str) -> str:
    """A phone number is its digits, a Russian one begins with 7 whether it was written with 8 or +7 (unverified)."""
    if type_id == "EMAIL":
        return value.strip().casefold()
    digits = "".join(character for character in value if character.isdigit())
    return f"7{digits[1:]}" if len(digits) == 11 and digits.startswith("8") else digits
