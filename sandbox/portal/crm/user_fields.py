"""User fields: what people add to leads, deals and smart processes.

Source: api-reference/crm/universal/userfieldconfig/. Refusals have an empty code there, only a text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.portal.crm.fields import Field
from sandbox.portal.crm.values import USER_TYPES, Scalar
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_number, as_object, as_text
from sandbox.portal.php import JSON

LANGUAGES = ("en", "ru")
FIELD_NAME = re.compile(r"[A-Z0-9_]+")
LONGEST_NAME = 50

TYPE_TITLES = {
    "crm": "Привязка к элементам CRM",
    "crm_status": "Привязка к справочникам CRM",
    "money": "Деньги",
    "employee": "Привязка к сотруднику",
    "string": "Строка",
    "integer": "Целое число",
    "double": "Число",
    "datetime": "Дата со временем",
    "date": "Дата",
    "boolean": "Да/Нет",
    "address": "Адрес",
    "url": "Ссылка",
    "file": "Файл",
    "enumeration": "Список",
    "iblock_section": "Привязка к разделам инф. блоков",
    "iblock_element": "Привязка к элементам инф. блоков",
}

DEFAULT_SETTINGS: dict[str, dict[str, JSON]] = {
    "string": {"SIZE": 20, "ROWS": 1, "REGEXP": "", "MIN_LENGTH": 0, "MAX_LENGTH": 0, "DEFAULT_VALUE": ""},
    "url": {"POPUP": "Y", "SIZE": 20, "MIN_LENGTH": 0, "MAX_LENGTH": 0, "DEFAULT_VALUE": "", "ROWS": 1},
    "address": {"SHOW_MAP": "Y"},
    "integer": {"SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": None},
    "double": {"PRECISION": 2, "SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": None},
    "boolean": {"DEFAULT_VALUE": 0, "DISPLAY": "CHECKBOX", "LABEL": ["", ""], "LABEL_CHECKBOX": ""},
    "date": {"DEFAULT_VALUE": {"TYPE": "NONE", "VALUE": ""}},
    "datetime": {"DEFAULT_VALUE": {"TYPE": "NONE", "VALUE": ""}, "USE_SECOND": "Y", "USE_TIMEZONE": "N"},
    "enumeration": {"DISPLAY": "LIST", "LIST_HEIGHT": 1, "CAPTION_NO_VALUE": "", "SHOW_NO_VALUE": "Y"},
    "money": {"DEFAULT_VALUE": ""},
    "file": {"SIZE": 20, "LIST_WIDTH": 200, "LIST_HEIGHT": 200, "MAX_ALLOWED_SIZE": 0, "EXTENSIONS": []},
    "crm": {"LEAD": "N", "CONTACT": "N", "COMPANY": "N", "DEAL": "N"},
    "crm_status": {"ENTITY_TYPE": ""},
}


@dataclass
class Option:
    """An element of an enumeration; its id is the value items keep."""

    id: int
    value: str
    default: bool
    sort: int
    xml_id: str


@dataclass
class UserField:
    id: int
    entity_id: str
    name: str
    type: str
    xml_id: str | None = None
    sort: int = 100
    multiple: bool = False
    mandatory: bool = False
    show_filter: str = "N"
    show_in_list: bool = True
    edit_in_list: bool = True
    searchable: bool = False
    settings: dict[str, JSON] = field(default_factory=dict)
    label: dict[str, str | None] = field(default_factory=dict)
    help: dict[str, str | None] = field(default_factory=dict)
    older_labels: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """Labels that only ``crm.*.userfield.*`` set, by their upper-case names: column, filter, error."""
    options: list[Option] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.label.get("ru") or self.label.get("en") or self.name

    def as_field(self) -> Field:
        """The field of an item it makes."""
        return Field(
            self.name,
            self.type,
            self.title,
            USER_TYPES[self.type],
            upper=self.name,
            multiple=self.multiple,
            required=self.mandatory,
            dynamic=True,
            status_type=str(self.settings.get("ENTITY_TYPE", "")) if self.type == "crm_status" else "",
            settings=self.settings,
            options={option.id: option.value for option in self.options} if self.type == "enumeration" else {},
            fits=value_check(self.type, self.settings),
        )

    def default_value(self, now: datetime) -> JSON:
        """What a new item gets; ``None`` when nothing was set."""
        if self.type == "enumeration":
            chosen: list[JSON] = [option.id for option in self.options if option.default]
            return chosen if self.multiple else (chosen[0] if chosen else None)
        default = self.settings.get("DEFAULT_VALUE")
        if isinstance(default, Mapping):
            fixed = default.get("VALUE") if default.get("TYPE") == "FIXED" else None
            return now.isoformat() if default.get("TYPE") == "NOW" else fixed
        return None if self.multiple else default


class UserFields:
    """User fields of all objects, by ``entityId`` (``CRM_7``, ``CRM_DEAL``)."""

    def __init__(self) -> None:
        self._by_id: dict[int, UserField] = {}
        self._next_field = 1
        self._next_option = 1

    def all(self) -> list[UserField]:
        return list(self._by_id.values())

    def of(self, entity_id: str) -> list[UserField]:
        """By sort, then by id."""
        return sorted(
            (known for known in self._by_id.values() if known.entity_id == entity_id),
            key=lambda known: (known.sort, known.id),
        )

    def get(self, number: int) -> UserField | None:
        return self._by_id.get(number)

    def forget(self, entity_id: str) -> None:
        self._by_id = {number: known for number, known in self._by_id.items() if known.entity_id != entity_id}

    def add(self, entity_id: str, sent: Mapping[str, JSON]) -> UserField:
        """Keys of ``userfieldconfig.add``; unknown ones are ignored, as documented."""
        name, type_ = as_text(sent.get("fieldName")) or "", as_text(sent.get("userTypeId")) or ""
        if not type_:
            raise refusal("The 'USER_TYPE_ID' field is not found")
        if not name:
            raise refusal("The 'FIELD_NAME' field is not found")
        if not name.startswith(f"UF_{entity_id}_"):
            raise refusal("Вы не можете создавать пользовательские поля")
        if not FIELD_NAME.fullmatch(name) or len(name) > LONGEST_NAME or type_ not in USER_TYPES:
            raise refusal("Fail to create new user field")
        return self.create(entity_id, name, type_, sent)

    def create(self, entity_id: str, name: str, type_: str, sent: Mapping[str, JSON]) -> UserField:
        """A field whose name and type somebody has checked. Raises for a name that is taken, and for an element of an
        enumeration without a value."""
        if any(known.name == name for known in self.of(entity_id)):
            raise refusal(f"Поле {name} уже существует")
        label = language_map(sent.get("editFormLabel"))
        created = UserField(
            id=self._next_field,
            entity_id=entity_id,
            name=name,
            type=type_,
            multiple=as_flag(sent.get("multiple")) or False,
            settings=dict(DEFAULT_SETTINGS.get(type_, {})),
            label=label or dict.fromkeys(LANGUAGES),
            help=dict.fromkeys(LANGUAGES),
        )
        apply_common(created, sent)
        if type_ == "enumeration":
            created.options = self._new_options(as_list(sent.get("enum")))
        self._by_id[created.id] = created
        self._next_field += 1
        return created

    def update(self, known: UserField, sent: Mapping[str, JSON]) -> bool:
        """Type, name and ``multiple`` do not change. Elements of an enumeration change only when ``userTypeId`` says
        ``enumeration`` (userfieldconfig-update.md). Answers whether they were touched."""
        apply_common(known, sent)
        label = language_map(sent.get("editFormLabel"))
        if label:
            known.label |= label
        if known.type != "enumeration" or sent.get("userTypeId") != "enumeration" or "enum" not in sent:
            return False
        for element in as_list(sent.get("enum")):
            self._change_option(known, as_object(element) or {})
        known.options.sort(key=lambda option: (option.sort, option.id))
        return True

    def delete(self, known: UserField) -> None:
        del self._by_id[known.id]

    def _new_options(self, elements: Sequence[JSON]) -> list[Option]:
        options = [self._new_option(as_object(element) or {}, place) for place, element in enumerate(elements, 1)]
        return sorted(options, key=lambda option: (option.sort, option.id))

    def _new_option(self, element: Mapping[str, JSON], place: int) -> Option:
        value = as_text(element.get("value"))
        if not value:
            raise refusal("Fail to save enumeration field values")
        number = self._next_option
        self._next_option += 1
        return Option(
            number,
            value,
            as_flag(element.get("def")) or False,
            as_int(element.get("sort")) or place * 100,
            as_text(element.get("xmlId"))
            or hashlib.md5(f"{number}{value}".encode(), usedforsecurity=False).hexdigest(),
        )

    def _change_option(self, known: UserField, element: Mapping[str, JSON]) -> None:
        number = as_int(element.get("id"))
        option = next((option for option in known.options if option.id == number), None)
        if option is None:
            known.options.append(self._new_option(element, len(known.options) + 1))
            return
        if as_flag(element.get("del")):
            known.options.remove(option)
            return
        option.value = as_text(element.get("value")) or option.value
        option.sort = as_int(element.get("sort")) or option.sort
        option.xml_id = as_text(element.get("xmlId")) or option.xml_id
        default = as_flag(element.get("def"))
        option.default = option.default if default is None else default


def value_check(type_: str, settings: Mapping[str, JSON]) -> Callable[[Scalar], bool]:
    """Whether a value keeps to the settings of its field; a limit of 0 is none. How a real portal refuses one that does
    not is not documented (unverified)."""
    if type_ in ("integer", "double"):
        least, most = as_number(settings.get("MIN_VALUE")) or 0, as_number(settings.get("MAX_VALUE")) or 0
        return lambda value: (
            isinstance(value, (int, float)) and (not least or value >= least) and (not most or value <= most)
        )
    if type_ != "string":
        return lambda value: True
    shortest, longest = as_int(settings.get("MIN_LENGTH")) or 0, as_int(settings.get("MAX_LENGTH")) or 0
    pattern = php_pattern(as_text(settings.get("REGEXP")) or "")

    def fits(value: Scalar) -> bool:
        text = str(value)
        length = shortest <= len(text) <= (longest or len(text))
        return length and (pattern is None or pattern.search(text) is not None)

    return fits


def php_pattern(sent: str) -> re.Pattern[str] | None:
    """``/^\\d+$/i`` as PHP writes it; one that cannot be read restricts nothing."""
    delimited = re.fullmatch(r"(?s)([^\w\s\\\\])(.*)\1([a-z]*)", sent)
    if delimited is None:
        return None
    try:
        return re.compile(delimited[2], re.IGNORECASE if "i" in delimited[3] else 0)
    except re.error:
        return None


def apply_common(target: UserField, sent: Mapping[str, JSON]) -> None:
    """What ``add`` and ``update`` may both set."""
    if "xmlId" in sent:
        target.xml_id = as_text(sent["xmlId"])
    target.sort = as_int(sent.get("sort")) or target.sort
    for key, attribute in (("mandatory", "mandatory"), ("editInList", "edit_in_list"), ("isSearchable", "searchable")):
        flag = as_flag(sent.get(key))
        if flag is not None:
            setattr(target, attribute, flag)
    shown = as_text(sent.get("showFilter"))
    if shown is not None:
        target.show_filter = "E" if shown == "Y" else shown or "N"
    settings = as_object(sent.get("settings"))
    if settings:
        target.settings |= settings
    help_message = language_map(sent.get("helpMessage"))
    if help_message:
        target.help |= help_message


def language_map(sent: JSON) -> dict[str, str | None]:
    """A text for all languages, or a map by language; empty when nothing was sent."""
    texts = as_object(sent)
    if texts is not None:
        return {language: as_text(text) for language, text in texts.items()}
    text = as_text(sent)
    return dict.fromkeys(LANGUAGES, text) if text else {}


def refusal(text: str) -> RestError:
    return RestError("", text)
