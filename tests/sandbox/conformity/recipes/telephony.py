"""``telephony.externalCall.*``."""

from __future__ import annotations

from tests.sandbox.conformity.recipes.recipe import Recipes, by_application

NEW_CALL = {"USER_ID": "$seller", "PHONE_NUMBER": "79062195047", "TYPE": 2, "LINE_NUMBER": "3"}

RECIPES: Recipes = {
    "telephony.externalCall.attachRecord": {
        "CALL_ID": "$finished_call", "FILENAME": "record.mp3", "FILE_CONTENT": "UklGRg==",
    },
    "telephony.externalCall.finish": by_application(
        {"CALL_ID": "$external_call", "USER_ID": "$seller", "DURATION": 95, "STATUS_CODE": "200", "VOTE": 5}
    ),
    "telephony.externalCall.hide": {"CALL_ID": "$external_call"},
    "telephony.externalCall.register": by_application(NEW_CALL),
    "telephony.externalCall.searchCrmEntities": {"PHONE_NUMBER": "79062195047"},
    "telephony.externalCall.show": {"CALL_ID": "$external_call"},
}  # fmt: skip
