"""``crm.requisite.*`` and ``crm.address.*``."""

from __future__ import annotations

from tests.sandbox.conformity.recipes.recipe import DOCUMENTED, Recipes

NEW_REQUISITE = {
    "ENTITY_TYPE_ID": 4, "ENTITY_ID": "$company", "PRESET_ID": 1, "NAME": "Организация", "XML_ID": "1c-27",
    "RQ_COMPANY_NAME": "ООО «Пример»", "RQ_COMPANY_FULL_NAME": "Общество «Пример»", "RQ_COMPANY_REG_DATE": "06.04.2007",
    "RQ_DIRECTOR": "Иванов Иван", "RQ_INN": "7717586110", "RQ_KPP": "770501001", "RQ_OGRN": "5077746476209",
}  # fmt: skip
NEW_ACCOUNT = {
    "NAME": "Банк", "XML_ID": "1c-357", "SORT": 600, "RQ_BANK_NAME": "Банк", "RQ_BANK_ADDR": "Москва",
    "RQ_BIK": "044525225", "RQ_ACC_NUM": "40702810938000060473", "RQ_ACC_CURRENCY": "RUR",
    "RQ_COR_ACC_NUM": "30101810400000000225",
}  # fmt: skip
NEW_TEMPLATE = {"ENTITY_TYPE_ID": 8, "COUNTRY_ID": 1, "NAME": "ИП", "XML_ID": "1c-347", "ACTIVE": "Y", "SORT": 520}
NEW_ADDRESS = {
    "TYPE_ID": 1, "ENTITY_TYPE_ID": 8, "ADDRESS_1": "Ленина 2", "ADDRESS_2": "701", "CITY": "Тюмень",
    "POSTAL_CODE": "625003", "REGION": "Тюменская обл", "PROVINCE": "Тюменская обл", "COUNTRY": "Россия",
}  # fmt: skip
ADDRESS = {"TYPE_ID": 1, "ENTITY_TYPE_ID": 8, "ENTITY_ID": "$requisite"}

RECIPES: Recipes = {
    "crm.address.add": {"fields": {**NEW_ADDRESS, "TYPE_ID": 6, "ENTITY_ID": "$requisite"}},
    "crm.address.delete": {"fields": ADDRESS},
    "crm.address.fields": {},
    "crm.address.list": {"filter": {"ANCHOR_TYPE_ID": 4, "ANCHOR_ID": "$company"}},
    "crm.address.update": {"fields": {**ADDRESS, "CITY": "Тобольск"}},
    "crm.requisite.add": {"fields": NEW_REQUISITE},
    "crm.requisite.bankdetail.add": {"fields": {**NEW_ACCOUNT, "ENTITY_ID": "$requisite"}},
    "crm.requisite.bankdetail.delete": {"id": "$account"},
    "crm.requisite.bankdetail.fields": {},
    "crm.requisite.bankdetail.get": {"id": "$account"},
    "crm.requisite.bankdetail.list": {
        "order": {"DATE_CREATE": "ASC"}, "filter": {"COUNTRY_ID": "1"}, "select": ["ENTITY_ID", "ID", "NAME"],
    },
    "crm.requisite.bankdetail.update": {"id": "$account", "fields": {"NAME": "Другой банк"}},
    "crm.requisite.delete": {"id": "$requisite"},
    "crm.requisite.fields": {},
    "crm.requisite.get": {"id": "$requisite"},
    "crm.requisite.list": {"select": DOCUMENTED},
    "crm.requisite.preset.add": {"fields": NEW_TEMPLATE},
    "crm.requisite.preset.countries": {},
    "crm.requisite.preset.delete": {"id": "$template"},
    "crm.requisite.preset.fields": {},
    "crm.requisite.preset.get": {"id": "$template"},
    "crm.requisite.preset.list": {"select": ["ID", "NAME"]},
    "crm.requisite.preset.update": {"id": "$template", "fields": {"NAME": "Предприниматель"}},
    "crm.requisite.update": {"id": "$requisite", "fields": {"RQ_INN": "7700000000"}},
}  # fmt: skip
