"""Ready-made lists: ``crm.enum.*``, ``crm.multifield.fields``, ``crm.currency.*``, ``crm.settings.mode.get``.

Source: api-reference/crm/auxiliary/, api-reference/crm/currency/, api-reference/crm/crm-settings-mode-get.md.
"""

from __future__ import annotations

from sandbox.portal.crm.currencies import BASE, CURRENCIES, Currency
from sandbox.portal.crm.descriptions import describe
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_text
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Answer, Caller, Params, rest_method

DOCS = "api-reference/crm/auxiliary/"
CURRENCY_DOCS = "api-reference/crm/currency/"
CLASSIC = 1
"""The mode with leads."""
RATES_FROM = "2026-01-01T00:00:00+03:00"

ENUMERATIONS: dict[str, tuple[str, tuple[tuple[int, str], ...]]] = {
    "settings.mode": ("crm-enum-settings-mode", ((1, "Классическая CRM"), (2, "Простая CRM"))),
    "addresstype": (
        "crm-enum-address-type",
        (
            (11, "Адрес доставки"),
            (1, "Фактический адрес"),
            (6, "Юридический адрес"),
            (4, "Адрес регистрации"),
            (8, "Адрес для корреспонденции"),
            (9, "Адрес бенефициара"),
        ),
    ),
    "activitytype": (
        "outdated/crm-enum-activity-type",
        (
            (0, ""),
            (1, "Встреча"),
            (2, "Звонок"),
            (3, "Задача"),
            (4, "Письмо"),
            (5, "Действие"),
            (6, "Пользовательское действие"),
        ),
    ),
    "activitystatus": (
        "outdated/crm-enum-activity-status",
        ((0, ""), (1, "Ожидается"), (2, "Завершено"), (3, "Завершено автоматически")),
    ),
    "activitydirection": (
        "outdated/crm-enum-activity-direction",
        ((0, ""), (1, "Входящее"), (2, "Исходящее")),
    ),
    "activitypriority": (
        "outdated/crm-enum-activity-priority",
        ((0, ""), (1, "низкая"), (2, "средняя"), (3, "высокая")),
    ),
    "activitynotifytype": (
        "outdated/crm-enum-activity-notify-type",
        ((0, ""), (1, "мин."), (2, "ч."), (3, "дн.")),
    ),
    "contenttype": (
        "outdated/crm-enum-content-type",
        ((0, ""), (1, "Plain text"), (2, "bbCode"), (3, "HTML")),
    ),
}
"""Page and elements, by the last part of the method's name."""


def register_enumeration(name: str, page: str, elements: tuple[tuple[int, str], ...]) -> None:
    @rest_method(f"crm.enum.{name}", scope="crm", docs=f"{DOCS}enum/{page}.md")
    def list_elements(portal: Portal, caller: Caller, params: Params) -> JSON:
        return [
            {"ID": number, "NAME": title, "SYMBOL_CODE": None, "SYMBOL_CODE_SHORT": None} for number, title in elements
        ]


for name, (page, elements) in ENUMERATIONS.items():
    register_enumeration(name, page, elements)


@rest_method("crm.enum.fields", scope="crm", docs=DOCS + "enum/crm-enum-fields.md")
def enumeration_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {
        "ID": describe("int", "ID", read_only=True),
        "NAME": describe("string", "Название", read_only=True),
        "SYMBOL_CODE": describe("string", "Символьный код", read_only=True),
        "SYMBOL_CODE_SHORT": describe("string", "Краткий символьный код", read_only=True),
    }


@rest_method("crm.enum.getorderownertypes", scope="crm", docs=DOCS + "enum/crm-enum-get-order-owner-types.md")
def order_owner_types(portal: Portal, caller: Caller, params: Params) -> JSON:
    return [{"attribute": "DYN", "code": "DEAL", "id": 2, "name": "Сделка"}]


@rest_method("crm.multifield.fields", scope="crm", docs=DOCS + "multifield/crm-multifield-fields.md")
def multifield_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {
        "ID": describe("int", "ID", read_only=True),
        "TYPE_ID": describe("string", "Тип поля", read_only=True),
        "VALUE": describe("string", "Значение"),
        "VALUE_TYPE": describe("string", "Тип значения"),
    }


@rest_method("crm.settings.mode.get", scope="crm", docs="api-reference/crm/crm-settings-mode-get.md")
def settings_mode(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The simple mode, without leads, is not built."""
    return CLASSIC


# Currencies


@rest_method("crm.currency.list", scope="crm", docs=CURRENCY_DOCS + "crm-currency-list.md")
def list_currencies(portal: Portal, caller: Caller, params: Params) -> Answer:
    """All of them; ``total`` is 0 whatever their number, as in the page's example."""
    order = params.upper().order("ORDER")
    name, way = next(((name.upper(), way) for name, way in order if name.upper() in ("CURRENCY", "SORT")), ("", ""))
    found = sorted(CURRENCIES.values(), key=lambda one: one.code if name == "CURRENCY" else one.sort)
    return Answer([show(one) for one in (reversed(found) if way == "DESC" else found)], total=0)


@rest_method("crm.currency.get", scope="crm", docs=CURRENCY_DOCS + "crm-currency-get.md")
def get_currency(portal: Portal, caller: Caller, params: Params) -> JSON:
    currency = CURRENCIES.get((as_text(params.upper().get("ID")) or "").upper())
    if currency is None:
        raise RestError("", "Not found")
    return {**show(currency), "LANG": localizations(currency)}


@rest_method("crm.currency.base.get", scope="crm", docs=CURRENCY_DOCS + "crm-currency-base-get.md")
def base_currency(portal: Portal, caller: Caller, params: Params) -> JSON:
    return BASE


@rest_method(
    "crm.currency.localizations.get",
    scope="crm",
    docs=CURRENCY_DOCS + "localizations/crm-currency-localizations-get.md",
)
def currency_localizations(portal: Portal, caller: Caller, params: Params) -> JSON:
    currency = CURRENCIES.get((as_text(params.upper().get("ID")) or "").upper())
    if currency is None:
        raise RestError("", "The parameter id is invalid or not defined.")
    return localizations(currency)


@rest_method("crm.currency.fields", scope="crm", docs=CURRENCY_DOCS + "crm-currency-fields.md")
def currency_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {
        "CURRENCY": describe("string", "Валюта"),
        "AMOUNT_CNT": describe("int", "Номинал"),
        "AMOUNT": describe("double", "Курс обмена"),
        "BASE": describe("char", "Базовая валюта", read_only=True),
        "SORT": describe("int", "Сортировка"),
        "DATE_UPDATE": describe("datetime", "Дата изменения", read_only=True),
        "LID": describe("string", "Сайт", read_only=True),
        "FORMAT_STRING": describe("string", "Строка формата для вывода валюты", read_only=True),
        "FULL_NAME": describe("string", "Название", read_only=True),
        "DEC_POINT": describe("string", "Десятичная точка при выводе", read_only=True),
        "THOUSANDS_SEP": describe("string", "Свой разделитель тысяч при выводе", read_only=True),
        "DECIMALS": describe("int", "Количество десятичных знаков", read_only=True),
        "LANG": describe("currency_localization", "Привязка к языку", multiple=True),
    }


def show(currency: Currency) -> dict[str, JSON]:
    return {
        "CURRENCY": currency.code,
        "AMOUNT_CNT": "1",
        "AMOUNT": f"{currency.rate:.4f}",
        "SORT": str(currency.sort),
        "BASE": "Y" if currency.code == BASE else "N",
        "FULL_NAME": currency.name,
        "LID": "ru",
        "FORMAT_STRING": currency.format,
        "DEC_POINT": ".",
        "THOUSANDS_SEP": currency.thousands,
        "DECIMALS": "2",
        "DATE_UPDATE": RATES_FROM,
    }


def localizations(currency: Currency) -> dict[str, JSON]:
    common: dict[str, JSON] = {"FORMAT_STRING": currency.format, "DEC_POINT": ".", "DECIMALS": "2", "HIDE_ZERO": "Y"}
    return {
        "en": {**common, "FULL_NAME": currency.english_name, "THOUSANDS_SEP": None, "THOUSANDS_VARIANT": "C"},
        "ru": {**common, "FULL_NAME": currency.name, "THOUSANDS_SEP": "&nbsp;", "THOUSANDS_VARIANT": "B"},
    }
