"""User fields of CRM types (``userfieldconfig.*``, scopes ``userfieldconfig`` and ``crm``).

They belong to ``CRM_DEAL``, ``CRM_LEAD`` or ``CRM_{id of the smart process}``; a code begins with ``UF_{that}_``.
Refusals of these methods come with an empty code and a text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bitrix.call import JSON, Call, Keyset, Page, given
from bitrix.readers import Row, one, page
from bitrix.tidy import as_bool, as_int, as_int_or_none, as_list, as_map, as_text

_MODULE: Mapping[str, JSON] = {"moduleId": "crm"}
_SORT_STEP = 100


@dataclass(frozen=True)
class EnumValue:
    """One value of a list. Items hold `id`; `xml_id` is the name that stays the same on every portal."""

    id: int
    value: str
    xml_id: str
    sort: int


@dataclass(frozen=True)
class UserField:
    id: int
    entity_id: str
    name: str
    """``UF_CRM_7_VERDICT``."""
    user_type: str
    multiple: bool
    mandatory: bool
    label: str
    """Empty when the answer was not asked for labels."""
    enum: tuple[EnumValue, ...] = ()
    """Lists of fields come without it: read the single field."""


def list_userfields(entity_id: str, start: int | None = None, *, language: str = "ru") -> Call[Page[UserField]]:
    """Without the values of lists. Source: api-reference/crm/universal/userfieldconfig/userfieldconfig-list.md.

    The filter by ``entityId`` is missing from that page's table, and used by
    tutorials/crm/how-to-add-crm-objects/how-to-add-user-field-to-spa.md.
    """
    return Call(
        "userfieldconfig.list",
        {
            **_MODULE,
            "select": {"0": "*", "language": language},
            "filter": {"entityId": entity_id},
            "order": {"id": "ASC"},
            **given(start=start),
        },
        read=page(_read, under="fields"),
        # start=-1: unverified for this method
        keyset=Keyset("id", order={"order": {"id": "ASC"}}, id_of=_id_of, rows=("fields",)),
    )


def get_userfield(id: int) -> Call[UserField]:  # noqa: A002  the vendor's word
    """With the values of a list. Source: api-reference/crm/universal/userfieldconfig/userfieldconfig-get.md."""
    return Call("userfieldconfig.get", {**_MODULE, "id": id}, read=one(_read, under="field"))


def add_userfield(
    entity_id: str,
    name: str,
    user_type: str,
    label: str,
    *,
    multiple: bool = False,
    mandatory: bool = False,
    sort: int = 100,
    enum: Sequence[tuple[str, str]] = (),
    settings: Mapping[str, JSON] | None = None,
) -> Call[UserField]:
    """``enum`` holds (xml_id, value) of a field of type ``enumeration``, in their order.

    Source: api-reference/crm/universal/userfieldconfig/userfieldconfig-add.md.
    """
    values = [_new_value(xml_id, value, place) for place, (xml_id, value) in enumerate(enum, start=1)]
    field: dict[str, JSON] = {
        "entityId": entity_id,
        "fieldName": name,
        "userTypeId": user_type,
        "multiple": "Y" if multiple else "N",
        "mandatory": "Y" if mandatory else "N",
        "sort": sort,
        "editFormLabel": label,
        **given(enum=values, settings=settings),
    }
    return Call("userfieldconfig.add", {**_MODULE, "field": field}, read=one(_read, under="field"), writes=True)


def update_userfield_enum(
    field: UserField, enum: Sequence[tuple[str, str]], *, delete_others: bool = False
) -> Call[UserField]:
    """Make the values of a list be these (xml_id, value), in this order. ``field`` comes from `get_userfield`.

    A value known by its xml_id keeps its id, so items that hold it keep it. Values not named stay, behind the others,
    unless ``delete_others``. They are always sent: what the portal does with values left out is not documented.
    Source: api-reference/crm/universal/userfieldconfig/userfieldconfig-update.md.
    """
    known = {value.xml_id: value for value in field.enum}
    wanted = {xml_id for xml_id, _ in enum}
    values: list[JSON] = []
    for place, (xml_id, text) in enumerate(enum, start=1):
        existing = known.get(xml_id)
        identity: dict[str, JSON] = {} if existing is None else {"id": existing.id}
        values.append({**identity, **_new_value(xml_id, text, place)})
    for place, other in enumerate((value for value in field.enum if value.xml_id not in wanted), start=len(enum) + 1):
        fate: dict[str, JSON] = {"del": "Y"} if delete_others else _new_value(other.xml_id, other.value, place)
        values.append({"id": other.id, **fate})
    return Call(
        "userfieldconfig.update",
        # Without the type the portal ignores the values.
        {**_MODULE, "id": field.id, "field": {"userTypeId": "enumeration", "enum": values}},
        read=one(_read, under="field"),
        writes=True,
    )


def add_options(field: UserField, options: Sequence[tuple[str, str]]) -> Call[UserField]:
    """Add (xml_id, value) behind the values the list has. ``field`` comes from `get_userfield`."""
    present = [(value.xml_id, value.value) for value in field.enum]
    return update_userfield_enum(field, [*present, *options])


def _new_value(xml_id: str, value: str, place: int) -> dict[str, JSON]:
    return {"xmlId": xml_id, "value": value, "sort": place * _SORT_STEP, "def": "N"}


def _read(row: Row) -> UserField:
    return UserField(
        id=as_int(row.get("id"), "id"),
        entity_id=as_text(row.get("entityId"), "entityId"),
        name=as_text(row.get("fieldName"), "fieldName"),
        user_type=as_text(row.get("userTypeId"), "userTypeId"),
        multiple=as_bool(row.get("multiple"), "multiple"),
        mandatory=as_bool(row.get("mandatory"), "mandatory"),
        label=_label(row.get("editFormLabel")),
        enum=tuple(_read_value(as_map(value, "enum")) for value in as_list(row.get("enum"), "enum")),
    )


def _read_value(row: Row) -> EnumValue:
    return EnumValue(
        id=as_int(row.get("id"), "enum.id"),
        value=as_text(row.get("value"), "enum.value"),
        xml_id=as_text(row.get("xmlId"), "enum.xmlId"),
        sort=as_int_or_none(row.get("sort"), "enum.sort") or 0,
    )


def _label(value: JSON) -> str:
    """A text, or a map by language: Russian first, else the first that is filled."""
    if not isinstance(value, Mapping):
        return as_text(None if value == [] else value, "editFormLabel")
    labels = {language: as_text(label, "editFormLabel") for language, label in value.items()}
    return labels.get("ru") or next((label for label in labels.values() if label), "")


def _id_of(field: UserField) -> int:
    return field.id
