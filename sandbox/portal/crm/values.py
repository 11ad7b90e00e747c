"""Types of CRM values: how each is read from a request, kept, shown in an answer, and compared in a filter.

Source: api-reference/crm/universal/crm-item-add.md, contract 4.4. Readers raise ``ValueError``; what the portal says
then is the business of whoever asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TypeAlias

from sandbox.portal.clock import iso
from sandbox.portal.loose import as_flag, as_int, as_number, as_object, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON

CRM_CODE = re.compile(r"([A-Z]{1,3}|T[0-9a-f]+)_(\d+)")
"""``D_1``, ``CO_5``, ``T406_24`` (api-reference/crm/data-types.md)."""


@dataclass(frozen=True)
class NewFile:
    """A file as it is sent: its name and its content in base64."""

    name: str
    content: str


@dataclass(frozen=True)
class KeptFile:
    """``{"id": 433}``: the file that is there already stays."""

    id: int


@dataclass(frozen=True)
class StoredFile:
    id: int
    name: str
    content: str
    url: str


@dataclass(frozen=True)
class ContactPoint:
    """One phone number or address of a lead, contact or company (``fm``)."""

    id: int
    type_id: str
    value_type: str
    value: str


Scalar: TypeAlias = "str | int | float | bool | date | datetime | NewFile | KeptFile | StoredFile | ContactPoint"
Stored: TypeAlias = "Scalar | tuple[Scalar, ...] | None"
"""What an item keeps under a name. Multiple fields keep tuples, empty ones ``None`` or an empty tuple."""

Comparable: TypeAlias = "str | int | float | date | datetime"
"""What filters and sorting work with; text is compared without regard to case, as the portal's database does."""


@dataclass(frozen=True)
class ValueType:
    read: Callable[[JSON], Scalar]
    show: Callable[[Scalar], JSON]
    wanted: Callable[[JSON], Comparable]
    """A value of a filter."""
    key: Callable[[Scalar], Comparable]
    """A kept value, comparable with ``wanted``."""
    empty: JSON = None
    """What an empty value looks like in an answer."""


def read_text(value: JSON) -> str:
    text = as_text(value)
    if text is None:
        raise ValueError("text expected")
    return text


def read_int(value: JSON) -> int:
    number = as_int(value)
    if number is None:
        raise ValueError("a whole number expected")
    return number


def read_number(value: JSON) -> float:
    """Whole amounts stay whole, so that they look so in an answer."""
    number = as_number(value)
    if number is None:
        raise ValueError("a number expected")
    return int(number) if number.is_integer() else number


def read_flag(value: JSON) -> bool:
    flag = as_flag(value)
    if flag is None:
        raise ValueError("Y or N expected")
    return flag


def read_digit_flag(value: JSON) -> int:
    """User fields of type boolean are filtered by 1 and 0 only (api-reference/crm/universal/crm-item-list.md)."""
    number = int(value) if isinstance(value, bool) else as_int(value)
    if number not in (0, 1):
        raise ValueError("1 or 0 expected")
    return number


def read_datetime(value: JSON) -> datetime:
    moment = read_moment(value)
    if moment is None:
        raise ValueError("a date with time expected")
    return moment


def read_date(value: JSON) -> date:
    """The day as it is written, in the server's zone. The portal's own way to show a date (midnight UTC with the
    server's offset) is understood too, so that what was read can be written back."""
    moment = read_datetime(value)
    universal = moment.astimezone(UTC)
    return universal.date() if universal.time() == time() else moment.date()


def show_date(value: Scalar) -> JSON:
    """Midnight UTC in the server's offset: ``2026-01-15T03:00:00+03:00`` (contract 4.4)."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError(f"not a date: {value!r}")
    return iso(datetime.combine(value, time(), UTC))


def read_crm_code(value: JSON) -> str:
    text = read_text(value)
    if not CRM_CODE.fullmatch(text):
        raise ValueError("a code like D_1 expected")
    return text


def read_money(value: JSON) -> str:
    """``300|RUB``; a bare number takes the base currency."""
    amount, _, currency = read_text(value).partition("|")
    if as_number(amount) is None:
        raise ValueError("an amount with currency expected")
    return f"{amount}|{currency or 'RUB'}"


def read_file(value: JSON) -> NewFile | KeptFile:
    """``["name.ext", "<base64>"]``, ``{"fileData": [...]}`` or ``{"id": 433}`` (api-reference/files/)."""
    sent = as_object(value)
    if sent is None:
        raise ValueError("a file expected")
    kept = as_int(sent.get("id"))
    if kept is not None:
        return KeptFile(kept)
    pair = as_object(sent.get("fileData")) or sent
    name, content = as_text(pair.get("0")), as_text(pair.get("1"))
    if not name or content is None:
        raise ValueError("the name and the content of a file expected")
    return NewFile(name, content)


def show_file(value: Scalar) -> JSON:
    if not isinstance(value, StoredFile):
        raise TypeError(f"not a stored file: {value!r}")
    return {"id": value.id, "url": value.url, "urlMachine": f"{value.url}&machine=1"}


def read_contact_point(value: JSON) -> ContactPoint:
    """``id`` 0 marks a new one."""
    sent = as_object(value)
    if sent is None:
        raise ValueError("a contact point expected")
    return ContactPoint(
        as_int(sent.get("id")) or 0,
        (as_text(sent.get("typeId")) or "PHONE").upper(),
        as_text(sent.get("valueType")) or "WORK",
        as_text(sent.get("value")) or "",
    )


def show_contact_point(value: Scalar) -> JSON:
    if not isinstance(value, ContactPoint):
        raise TypeError(f"not a contact point: {value!r}")
    return {"id": value.id, "valueType": value.value_type, "value": value.value, "typeId": value.type_id}


def folded(value: Scalar) -> Comparable:
    return str(value).casefold()


def wanted_text(value: JSON) -> str:
    return read_text(value).casefold()


def as_is(value: Scalar) -> Comparable:
    if not isinstance(value, (str, int, float, date)):
        raise TypeError(f"not comparable: {value!r}")
    return value


def plain(value: Scalar) -> JSON:
    if not isinstance(value, (str, int, float)):
        raise TypeError(f"not a JSON scalar: {value!r}")
    return value


def show_flag(value: Scalar) -> JSON:
    return "Y" if value else "N"


def show_moment(value: Scalar) -> JSON:
    if not isinstance(value, datetime):
        raise TypeError(f"not a moment: {value!r}")
    return iso(value)


def flag_key(value: Scalar) -> Comparable:
    return 1 if value else 0


def no_filter(value: JSON) -> Comparable:
    raise ValueError("not filterable")


def no_key(value: Scalar) -> Comparable:
    raise TypeError("not comparable")


TEXT = ValueType(read_text, plain, wanted_text, folded)
INTEGER = ValueType(read_int, plain, read_int, as_is)
NUMBER = ValueType(read_number, plain, read_number, as_is)
FLAG = ValueType(read_flag, show_flag, read_flag, flag_key, empty="N")
DIGIT_FLAG = ValueType(read_flag, show_flag, read_digit_flag, flag_key, empty="N")
DATE = ValueType(read_date, show_date, read_date, as_is)
MOMENT = ValueType(read_datetime, show_moment, read_datetime, as_is)
CODE = ValueType(read_crm_code, plain, wanted_text, folded)
MONEY = ValueType(read_money, plain, wanted_text, folded)
FILE = ValueType(read_file, show_file, no_filter, no_key)
CONTACT_POINT = ValueType(read_contact_point, show_contact_point, no_filter, no_key)

SYSTEM_TYPES: dict[str, ValueType] = {
    "integer": INTEGER, "user": INTEGER, "crm_category": INTEGER, "crm_company": INTEGER, "crm_contact": INTEGER,
    "crm_lead": INTEGER, "crm_deal": INTEGER, "crm_quote": INTEGER, "crm_entity": INTEGER,
    "string": TEXT, "text": TEXT, "crm_status": TEXT, "crm_currency": TEXT, "location": TEXT,
    "double": NUMBER, "boolean": FLAG, "date": DATE, "datetime": MOMENT,
    "file": FILE, "crm_multifield": CONTACT_POINT,
}  # fmt: skip

USER_TYPES: dict[str, ValueType] = {
    "string": TEXT, "url": TEXT, "address": TEXT, "crm_status": TEXT, "integer": INTEGER, "double": NUMBER,
    "boolean": DIGIT_FLAG, "enumeration": INTEGER, "date": DATE, "datetime": MOMENT, "money": MONEY, "file": FILE,
    "employee": INTEGER, "crm": CODE, "iblock_section": INTEGER, "iblock_element": INTEGER,
}  # fmt: skip
"""Types ``userfieldconfig.add`` takes; what an application registers (``rest_*``) is not built."""
