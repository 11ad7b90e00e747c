"""Requisites of contacts and companies, their templates and bank accounts, and addresses.

Source: api-reference/crm/requisites/. Everything is kept as the portal shows it: texts, ``None`` for what is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.portal.crm.kinds import COMPANY, CONTACT, LEAD

REQUISITE = 8
"""Entity type of a requisite: what templates are of, bank accounts and addresses hang on."""
OWNERS = (CONTACT, COMPANY)
RUSSIA = 1

Values: TypeAlias = dict[str, str | None]


@dataclass(frozen=True)
class Declared:
    """A field as the methods named ``fields`` tell it."""

    name: str
    type: str
    title: str
    required: bool = False
    read_only: bool = False
    immutable: bool = False
    initial: str | None = None


@dataclass
class Record:
    id: int
    values: Values


class Records:
    """Numbered records of one kind."""

    def __init__(self) -> None:
        self._records: dict[int, Record] = {}
        self._last_id = 0

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def get(self, number: int) -> Record | None:
        return self._records.get(number)

    def add(self, values: Mapping[str, str | None]) -> Record:
        self._last_id += 1
        record = Record(self._last_id, {"ID": str(self._last_id), **values})
        self._records[record.id] = record
        return record

    def delete(self, record: Record) -> None:
        del self._records[record.id]


AddressKey: TypeAlias = tuple[int, int, int]
"""Type of the address, type and id of what it belongs to: one address a type."""


@dataclass
class Requisites:
    templates: Records = field(default_factory=Records)
    requisites: Records = field(default_factory=Records)
    bank_details: Records = field(default_factory=Records)
    addresses: dict[AddressKey, Values] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The templates that every portal of this country begins with (crm-requisite-preset-list.md)."""
        for place, name in enumerate(("Организация", "ИП", "Физ. лицо", "Организация (доп.)"), start=1):
            marker = f"#CRM_REQUISITE_PRESET_DEF_{place}#"  # reserved by the page; how they are numbered is unverified
            stamps = {"DATE_CREATE": "", "DATE_MODIFY": "", "CREATED_BY_ID": None, "MODIFY_BY_ID": None}
            rest = {"NAME": name, "XML_ID": marker, "ACTIVE": "Y", "SORT": str(500 + place * 10)}
            self.templates.add({"ENTITY_TYPE_ID": str(REQUISITE), "COUNTRY_ID": str(RUSSIA), **stamps, **rest})

    def delete_requisite(self, record: Record) -> None:
        """With it go its bank accounts and addresses (unverified)."""
        for account in [one for one in self.bank_details if one.values["ENTITY_ID"] == str(record.id)]:
            self.bank_details.delete(account)
        self.addresses = {key: kept for key, kept in self.addresses.items() if key[1:] != (REQUISITE, record.id)}
        self.requisites.delete(record)


def _stamps() -> tuple[Declared, ...]:
    return (
        Declared("DATE_CREATE", "datetime", "Дата создания", read_only=True),
        Declared("DATE_MODIFY", "datetime", "Дата изменения", read_only=True, initial=""),
        Declared("CREATED_BY_ID", "user", "Создал", read_only=True),
        Declared("MODIFY_BY_ID", "user", "Изменил", read_only=True),
    )


def _texts(names: str, titles: Mapping[str, str]) -> tuple[Declared, ...]:
    """Most of them have no title outside of their country."""
    return tuple(Declared(name, "string", titles.get(name, name)) for name in names.split())


ID = Declared("ID", "integer", "ID", read_only=True)
ACTIVE = Declared("ACTIVE", "char", "Активен", initial="Y")
SORT = Declared("SORT", "integer", "Сортировка", initial="500")

TEMPLATE_FIELDS = (
    ID,
    Declared("ENTITY_TYPE_ID", "integer", "ID типа объекта", required=True, immutable=True),
    Declared("COUNTRY_ID", "integer", "ID страны", required=True, immutable=True),
    Declared("NAME", "string", "Название", required=True),
    *_stamps(),
    ACTIVE,
    SORT,
    Declared("XML_ID", "string", "Внешний код"),
)

REQUISITE_FIELDS = (
    ID,
    Declared("ENTITY_TYPE_ID", "integer", "ID типа сущности", required=True, immutable=True),
    Declared("ENTITY_ID", "integer", "ID сущности", required=True, immutable=True),
    Declared("PRESET_ID", "integer", "ID пресета", required=True, immutable=True),
    *_stamps(),
    Declared("NAME", "string", "Название"),
    Declared("CODE", "string", "Код"),
    Declared("XML_ID", "string", "Внешний код"),
    Declared("ORIGINATOR_ID", "string", "ORIGINATOR_ID"),
    ACTIVE,
    Declared("ADDRESS_ONLY", "char", "ADDRESS_ONLY", initial="N"),
    SORT,
    *_texts(
        "RQ_NAME RQ_FIRST_NAME RQ_LAST_NAME RQ_SECOND_NAME RQ_COMPANY_ID RQ_COMPANY_NAME RQ_COMPANY_FULL_NAME "
        "RQ_COMPANY_REG_DATE RQ_DIRECTOR RQ_ACCOUNTANT RQ_CEO_NAME RQ_CEO_WORK_POS RQ_CONTACT RQ_EMAIL RQ_PHONE RQ_FAX",
        {
            "RQ_NAME": "Ф.И.О.",
            "RQ_FIRST_NAME": "Имя",
            "RQ_LAST_NAME": "Фамилия",
            "RQ_SECOND_NAME": "Отчество",
            "RQ_COMPANY_NAME": "Сокращенное наименование организации",
            "RQ_COMPANY_FULL_NAME": "Полное наименование организации",
            "RQ_COMPANY_REG_DATE": "Дата государственной регистрации",
            "RQ_DIRECTOR": "Ген. директор",
            "RQ_ACCOUNTANT": "Гл. бухгалтер",
            "RQ_CONTACT": "Контактное лицо",
            "RQ_EMAIL": "E-Mail",
            "RQ_PHONE": "Телефон",
            "RQ_FAX": "Факс",
        },
    ),
    Declared("RQ_IDENT_TYPE", "crm_status", "RQ_IDENT_TYPE"),
    *_texts(
        "RQ_IDENT_DOC RQ_IDENT_DOC_SER RQ_IDENT_DOC_NUM RQ_IDENT_DOC_PERS_NUM RQ_IDENT_DOC_DATE RQ_IDENT_DOC_ISSUED_BY "
        "RQ_IDENT_DOC_DEP_CODE RQ_INN RQ_KPP RQ_USRLE RQ_IFNS RQ_OGRN RQ_OGRNIP RQ_OKPO RQ_OKTMO RQ_OKVED RQ_EDRPOU "
        "RQ_DRFO RQ_KBE RQ_IIN RQ_BIN RQ_ST_CERT_SER RQ_ST_CERT_NUM RQ_ST_CERT_DATE",
        {
            "RQ_IDENT_DOC": "Вид документа",
            "RQ_INN": "ИНН",
            "RQ_KPP": "КПП",
            "RQ_IFNS": "ИФНС",
            "RQ_OGRN": "ОГРН",
            "RQ_OGRNIP": "ОГРНИП",
            "RQ_OKPO": "ОКПО",
            "RQ_OKTMO": "ОКТМО",
            "RQ_OKVED": "ОКВЭД",
        },
    ),
    Declared("RQ_VAT_PAYER", "char", "RQ_VAT_PAYER", initial="N"),
    *_texts(
        "RQ_VAT_ID RQ_VAT_CERT_SER RQ_VAT_CERT_NUM RQ_VAT_CERT_DATE RQ_RESIDENCE_COUNTRY RQ_BASE_DOC RQ_REGON RQ_KRS "
        "RQ_PESEL RQ_LEGAL_FORM RQ_SIRET RQ_SIREN RQ_CAPITAL RQ_RCS RQ_CNPJ RQ_STATE_REG RQ_MNPL_REG RQ_CPF",
        {},
    ),
)

BANK_FIELDS = (
    ID,
    Declared("ENTITY_ID", "integer", "ID объекта", required=True, immutable=True),
    Declared("COUNTRY_ID", "integer", "ID страны"),
    *_stamps(),
    Declared("NAME", "string", "Название"),
    Declared("CODE", "string", "Код"),
    Declared("XML_ID", "string", "Внешний код"),
    ACTIVE,
    SORT,
    *_texts(
        "RQ_BANK_NAME RQ_BANK_ADDR RQ_BANK_CODE RQ_AGENCY_NAME RQ_BANK_ROUTE_NUM RQ_BIK RQ_MFO RQ_ACC_NAME RQ_ACC_NUM "
        "RQ_ACC_TYPE RQ_IIK RQ_ACC_CURRENCY RQ_COR_ACC_NUM RQ_IBAN RQ_SWIFT RQ_BIC RQ_CODEB RQ_CODEG RQ_RIB",
        {
            "RQ_BANK_NAME": "Наименование банка",
            "RQ_BANK_ADDR": "Адрес банка",
            "RQ_BIK": "БИК",
            "RQ_ACC_NUM": "Расчетный счёт",
            "RQ_ACC_CURRENCY": "Валюта счёта",
            "RQ_COR_ACC_NUM": "Кор. счёт",
            "RQ_SWIFT": "SWIFT",
        },
    ),
    Declared("COMMENTS", "string", "Комментарий"),
    Declared("ORIGINATOR_ID", "string", "Внешний источник"),
)

ADDRESS_FIELDS = (
    Declared("TYPE_ID", "integer", "TYPE_ID", required=True, immutable=True),
    Declared("ENTITY_TYPE_ID", "integer", "ENTITY_TYPE_ID", required=True, immutable=True),
    Declared("ENTITY_ID", "integer", "ENTITY_ID", required=True, immutable=True),
    *_texts(
        "ADDRESS_1 ADDRESS_2 CITY POSTAL_CODE REGION PROVINCE COUNTRY COUNTRY_CODE",
        {
            "ADDRESS_1": "Улица, дом, корпус, строение",
            "ADDRESS_2": "Квартира / офис",
            "CITY": "Город",
            "POSTAL_CODE": "Почтовый индекс",
            "REGION": "Район",
            "PROVINCE": "Область",
            "COUNTRY": "Страна",
        },
    ),
    Declared("LOC_ADDR_ID", "integer", "Идентификатор адреса местоположения"),
    Declared("ANCHOR_TYPE_ID", "integer", "ANCHOR_TYPE_ID", read_only=True),
    Declared("ANCHOR_ID", "integer", "ANCHOR_ID", read_only=True),
)
ADDRESS_OWNERS = (REQUISITE, LEAD)

COUNTRIES = (
    (1, "RU", "Россия"),
    (4, "BY", "Беларусь"),
    (6, "KZ", "Казахстан"),
    (14, "UA", "Украина"),
    (34, "BR", "Бразилия"),
    (46, "DE", "Германия"),
    (77, "CO", "Колумбия"),
    (110, "PL", "Польша"),
    (122, "US", "США"),
    (132, "FR", "Франция"),
)
"""Whose fields a template may have."""
