"""Users, departments, groups."""

from __future__ import annotations

from tests.sandbox.conformity.recipes.recipe import DOCUMENTED, IN_CAPITALS, Recipe, Recipes

FIELD = {
    "USER_TYPE_ID": "crm",
    "SETTINGS": {"DEAL": "Y"},
    "FIELD_NAME": "UF_USR_NEWS",
    "LABEL": "Вид",
    "EDIT_FORM_LABEL": {"ru": "Вид"},
}

RECIPES: Recipes = {
    "calendar.accessibility.get": {"from": "2026-01-14", "to": "2026-01-16", "users": [1, "$seller", "$boss"]},
    "department.add": {"NAME": "Склад", "PARENT": 1},
    "department.delete": {"ID": "$empty_department"},
    "department.fields": {},
    "department.get": {"ID": "$sales"},
    "department.update": {"ID": "$sales", "NAME": "Продажи"},
    "profile": {},
    "user.add": {"EMAIL": "new@example.org", "NAME": "Новый", "UF_DEPARTMENT": [1]},
    "user.admin": {},
    "user.current": {},
    "user.fields": {},
    "user.get": {"ID": 1},
    "user.search": {"FILTER": {"NAME": "Светлана"}},
    "user.update": {"ID": "$seller", "NAME": "Лана"},
    "socialnetwork.api.workgroup.get": {"params": {"groupId": "$group", "select": DOCUMENTED}},
    "socialnetwork.api.workgroup.list": {"select": IN_CAPITALS},
    "sonet_group.create": {"NAME": "Клуб"},
    "sonet_group.delete": {"GROUP_ID": "$group"},
    "sonet_group.feature.access": {"GROUP_ID": "$group", "FEATURE": "blog", "OPERATION": "write_post"},
    "sonet_group.get": {"FILTER": {"ID": "$group"}},
    "sonet_group.setowner": {"GROUP_ID": "$group", "USER_ID": "$seller"},
    "sonet_group.update": {"GROUP_ID": "$group", "NAME": "Кружок"},
    "sonet_group.user.add": {"GROUP_ID": "$group", "USER_ID": ["$boss"]},
    "sonet_group.user.delete": {"GROUP_ID": "$group", "USER_ID": ["$seller"]},
    "sonet_group.user.get": {"ID": "$group"},
    "sonet_group.user.groups": {},
    "sonet_group.user.update": {"GROUP_ID": "$group", "USER_ID": ["$seller"], "ROLE": "E"},
    "sonet_group.user.invite": {"GROUP_ID": "$group", "USER_ID": "$outsider"},
    "sonet_group.user.request": Recipe({"GROUP_ID": "$group"}, by="outsider"),
    "access.name": {"ACCESS": ["U1", "AU"]},
    "user.access": {"ACCESS": ["U1", "AU"]},
    "user.userfield.add": {"fields": FIELD},
    "user.userfield.delete": {"id": "$user_field"},
    "user.userfield.list": {"filter": {"id": "$user_field"}},
    "user.userfield.update": {"id": "$user_field", "fields": {"SORT": 10}},
}
