"""``crm.*``: types, funnels, dictionaries, items of both generations, user fields, product rows."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conformity.recipes.recipe import DOCUMENTED, Recipes

CRM = {"moduleId": "crm"}
NEW_DEAL = {
    "title": "Поставка", "typeId": "SALE", "sourceId": "WEB", "sourceDescription": "Сайт", "companyId": "$company",
    "contactIds": ["$contact"], "opportunity": 999.99, "comments": "Срочно", "utmSource": "web", "utmMedium": "cpc",
    "additionalInfo": "Да", "probability": 50, "begindate": "2026-01-15T03:00:00+03:00", "observers": ["$boss"],
    "closedate": "2026-02-15T03:00:00+03:00",
}  # fmt: skip
NEW_FIELD = {
    "LABEL": "Вид", "USER_TYPE_ID": "string", "FIELD_NAME": "NEWS", "EDIT_FORM_LABEL": {"ru": "Вид", "en": "Kind"},
    "SETTINGS": {"DEFAULT_VALUE": "Да", "ROWS": 3},
}  # fmt: skip
ROW = {"PRODUCT_NAME": "Доставка", "PRICE": 100.5, "QUANTITY": 2, "MEASURE_CODE": 796, "TAX_RATE": 20, "SORT": 10}
NEW_ROW = {"ownerId": "$deal", "ownerType": "D", "productName": "Доставка", "price": 100, "quantity": 2}


def entity(word: str, new: dict[str, Any]) -> Recipes:
    """``crm.deal.*`` and its like."""
    thing = f"${word}"
    return {
        f"crm.{word}.add": {"fields": new},
        f"crm.{word}.delete": {"id": thing},
        f"crm.{word}.fields": {},
        f"crm.{word}.get": {"id": thing},
        f"crm.{word}.list": {"select": DOCUMENTED},
        f"crm.{word}.update": {"id": thing, "fields": {"COMMENTS": "Иначе"}},
        f"crm.{word}.userfield.add": {"fields": NEW_FIELD},
        f"crm.{word}.userfield.delete": {"id": f"${word}_field"},
        f"crm.{word}.userfield.get": {"id": f"${word}_field"},
        f"crm.{word}.userfield.list": {"filter": {"LANG": "ru"}},
        f"crm.{word}.userfield.update": {"id": f"${word}_field", "fields": {"SORT": 10}},
    }


def rows(word: str) -> Recipes:
    return {
        f"crm.{word}.productrows.get": {"id": f"${word}"},
        f"crm.{word}.productrows.set": {"id": f"${word}", "rows": [ROW]},
    }


def bound(word: str, other: str) -> Recipes:
    """``crm.deal.contact.*``: ``other`` things bound to a thing."""
    thing, key = {"id": f"${word}"}, f"{other.upper()}_ID"
    return {
        f"crm.{word}.{other}.add": {**thing, "fields": {key: f"$other_{other}", "SORT": 20}},
        f"crm.{word}.{other}.delete": {**thing, "fields": {key: f"${other}"}},
        f"crm.{word}.{other}.fields": {},
        f"crm.{word}.{other}.items.delete": thing,
        f"crm.{word}.{other}.items.get": thing,
        f"crm.{word}.{other}.items.set": {**thing, "items": [{key: f"$other_{other}", "IS_PRIMARY": "Y"}]},
    }


RELATIONS = {side: [{"entityTypeId": 3, "isChildrenListEnabled": "true"}] for side in ("parent", "child")}

RECIPES: Recipes = {
    "crm.category.add": {"entityTypeId": 2, "fields": {"name": "Розница", "sort": 100}},
    "crm.category.delete": {"entityTypeId": "$process", "id": "$funnel"},
    "crm.category.fields": {"entityTypeId": 2},
    "crm.category.get": {"entityTypeId": 2, "id": "$deal_funnel"},
    "crm.category.list": {"entityTypeId": 2},
    "crm.category.update": {"entityTypeId": "$process", "id": "$funnel", "fields": {"name": "Оптовая"}},
    "crm.enum.ownertype": {},
    "crm.item.add": {"entityTypeId": 2, "fields": NEW_DEAL},
    "crm.item.delete": {"entityTypeId": 2, "id": "$spare_deal"},
    "crm.item.fields": {"entityTypeId": "$process"},
    "crm.item.get": {"entityTypeId": 1, "id": "$lead"},
    "crm.item.list": {"entityTypeId": 1, "select": DOCUMENTED},
    "crm.item.update": {"entityTypeId": 2, "id": "$deal", "fields": {"title": "Отгрузка"}},
    "crm.stagehistory.list": {"entityTypeId": 2},
    "crm.status.add": {"fields": {"ENTITY_ID": "SOURCE", "STATUS_ID": "NEWS", "NAME": "Газета"}},
    "crm.status.delete": {"id": "$status"},
    "crm.status.entity.items": {"entityId": "SOURCE"},
    "crm.status.entity.types": {},
    "crm.status.fields": {},
    "crm.status.get": {"id": "$status"},
    "crm.status.list": {"filter": {"ENTITY_ID": "DEAL_STAGE"}},
    "crm.status.update": {"id": "$status", "fields": {"NAME": "Базар"}},
    "crm.timeline.comment.add": {"fields": {"ENTITY_ID": "$deal", "ENTITY_TYPE": "deal", "COMMENT": "Да"}},
    "crm.timeline.comment.delete": {"id": "$plain_note"},
    "crm.timeline.comment.fields": {},
    "crm.timeline.comment.get": {"id": "$note"},
    "crm.timeline.comment.list": {"filter": {"ENTITY_ID": "$deal", "ENTITY_TYPE": "deal"}, "select": DOCUMENTED},
    "crm.timeline.comment.update": {"id": "$note", "fields": {"COMMENT": "Позвонил"}},
    "crm.type.add": {"fields": {"title": "Заявки", "relations": RELATIONS}},
    "crm.type.delete": {"id": "$spare_type"},
    "crm.type.fields": {},
    "crm.type.get": {"id": "$type"},
    "crm.type.getByEntityTypeId": {"entityTypeId": "$process"},
    "crm.type.list": {},
    "crm.type.update": {"id": "$type", "fields": {"title": "Анализ"}},
    "userfieldconfig.add": {
        **CRM,
        "field": {
            "entityId": "CRM_$type",
            "fieldName": "UF_CRM_1_NEW",
            "userTypeId": "enumeration",
            "editFormLabel": {"ru": "Новое", "en": "New"},
            "enum": [{"value": "Первый", "xmlId": "one"}],
        },
    },
    "userfieldconfig.delete": {**CRM, "id": "$field"},
    "userfieldconfig.get": {**CRM, "id": "$field"},
    "userfieldconfig.getTypes": CRM,
    "userfieldconfig.list": {**CRM, "select": {"0": "*", "language": "ru"}, "filter": {"entityId": "CRM_$type"}},
    "userfieldconfig.update": {**CRM, "id": "$field", "field": {"sort": 10}},
    **entity("company", {"TITLE": "ООО «Новое»"}),
    **entity("contact", {"NAME": "Пётр", "LAST_NAME": "Новый"}),
    **entity("deal", {"TITLE": "Новая"}),
    **entity("lead", {"TITLE": "Новый"}),
    **entity("quote", {"TITLE": "Новое"}),
    **rows("deal"),
    **rows("lead"),
    **rows("quote"),
    **bound("company", "contact"),
    **bound("contact", "company"),
    **bound("deal", "contact"),
    **bound("lead", "contact"),
    **bound("quote", "contact"),
    **{
        f"crm.enum.{one}": {}
        for one in (
            "activitydirection",
            "activitynotifytype",
            "activitypriority",
            "activitystatus",
            "activitytype",
            "addresstype",
            "contenttype",
            "fields",
            "getorderownertypes",
            "settings.mode",
        )
    },
    "crm.automatedsolution.add": {"fields": {"title": "Новое", "typeIds": ["$spare_type"]}},
    "crm.automatedsolution.delete": {"id": "$empty_solution"},
    "crm.automatedsolution.fields": {},
    "crm.automatedsolution.get": {"id": "$solution"},
    "crm.automatedsolution.list": {"filter": {"id": "$solution"}},
    "crm.automatedsolution.update": {"id": "$solution", "fields": {"title": "Иначе"}},
    "crm.currency.base.get": {},
    "crm.currency.fields": {},
    "crm.currency.get": {"id": "RUB"},
    "crm.currency.list": {},
    "crm.currency.localizations.get": {"id": "RUB"},
    "crm.dealcategory.stage.list": {"id": 0},
    "crm.duplicate.findbycomm": {"entity_type": "CONTACT", "type": "PHONE", "values": ["+74950000001"]},
    "crm.item.batchImport": {"entityTypeId": 2, "data": [{"title": "Один"}, {"title": "Два", "stageId": "NOWHERE"}]},
    "crm.item.import": {"entityTypeId": 2, "fields": {"title": "Один"}},
    "crm.multifield.fields": {},
    "crm.settings.mode.get": {},
    "crm.item.productrow.add": {"fields": NEW_ROW},
    "crm.item.productrow.delete": {"id": "$product_row"},
    "crm.item.productrow.fields": {},
    "crm.item.productrow.get": {"id": "$product_row"},
    "crm.item.productrow.list": {"filter": {"=ownerType": "D", "=ownerId": "$deal"}},
    "crm.item.productrow.set": {"ownerType": "D", "ownerId": "$deal", "productRows": [{"productName": "Ещё"}]},
    "crm.item.productrow.update": {"id": "$product_row", "fields": {"quantity": 3}},
    "crm.userfield.enumeration.fields": {},
    "crm.userfield.fields": {},
    "crm.userfield.types": {},
}
