"""How REST 3.0 refuses: ``{"error": {"code", "message", "validation"?}}`` (api-reference/rest-v3.md, "Единый формат
ответа").

What goes wrong before a method is reached (authorisation, limits) is told by the shared code in the older flat form:
the pages list those errors as "system errors" common to both versions (their envelope under ``/rest/api/`` is
unverified).
"""

from __future__ import annotations

import json

from sandbox.portal.php import JSON

PREFIX = "BITRIX_REST_V3_EXCEPTION_"
FIELD_NOT_FOUND = "BITRIX_REST_V3_REALISATION_EXCEPTION_FIELDNOTFOUNDEXCEPTION"


class Refusal(Exception):
    """``validation`` names the fields at fault; an entry may have no ``field``, as in tasks-task-result-delete.md."""

    def __init__(self, code: str, message: str, *, status: int = 400, validation: list[dict[str, str]] | None = None):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.validation = validation or []

    def as_json(self) -> dict[str, JSON]:
        error: dict[str, JSON] = {"code": self.code, "message": self.message}
        if self.validation:
            error["validation"] = list(self.validation)
        return {"error": error}


def refused(exception: str, message: str, *, status: int = 400) -> Refusal:
    """``exception`` is what comes behind the common prefix of all codes."""
    return Refusal(PREFIX + exception, message, status=status)


def invalid_request(*faults: tuple[str | None, str]) -> Refusal:
    """Pairs of a field, if there is one to blame, and what is wrong with it."""
    return Refusal(
        PREFIX + "VALIDATION_REQUESTVALIDATIONEXCEPTION",
        "Ошибка при валидации объекта запроса",
        validation=told(faults),
    )


def invalid_object(*faults: tuple[str | None, str]) -> Refusal:
    """Like ``invalid_request``, about the object in ``fields`` (results and messages of tasks)."""
    return Refusal(
        PREFIX + "VALIDATION_DTOVALIDATIONEXCEPTION", "Ошибка при валидации объекта", validation=told(faults)
    )


def told(faults: tuple[tuple[str | None, str], ...]) -> list[dict[str, str]]:
    return [{"message": words} if field is None else {"message": words, "field": field} for field, words in faults]


def missing(name: str) -> tuple[str, str]:
    return name, f"Обязательное поле `{name}` не указано"


def mistyped(name: str, wanted: str) -> tuple[str, str]:
    return name, f"В поле `{name}` требуется тип данных `{wanted}` для такого запроса"


def lacks_attribute(entity: str, name: str, attribute: str) -> tuple[str, str]:
    """``attribute`` is ``Filterable``, ``Sortable`` or ``Editable``."""
    return name, f"В DTO `{entity}` в поле `{name}` требуется наличие атрибута `{attribute}` для такого запроса"


def invalid_json() -> Refusal:
    return refused("INVALIDJSONEXCEPTION", "Некорректный JSON")


def only_post() -> Refusal:
    return refused("WRONGHTTPREQUESTMETHODEXCEPTION", "Допустимы только POST-запросы")


def no_such_method(name: str) -> Refusal:
    """400, unlike the 404 of the older version (settings/how-to-call-rest-api/batch-v3.md; b24jssdk takes it for any
    unknown name)."""
    return refused("METHODNOTFOUNDEXCEPTION", f"Метод `{name}` не найден")


def access_denied() -> Refusal:
    """403 by the overview and the pages of results; some pages show it under "HTTP 400"."""
    return refused("ACCESSDENIEDEXCEPTION", "Доступ запрещен", status=403)


def insufficient_scope() -> Refusal:
    return refused("INSUFFICIENTSCOPEEXCEPTION", "Недостаточно прав доступа: отсутствует необходимый scope", status=403)


def not_found(number: object) -> Refusal:
    return refused("ENTITYNOTFOUNDEXCEPTION", f"Запись с ID = `{number}` не найдена")


def unknown_property(entity: str, name: str) -> Refusal:
    return refused("UNKNOWNDTOPROPERTYEXCEPTION", f"Неизвестное поле `{name}` для сущности `{entity}`")


def unknown_operator(operator: JSON) -> Refusal:
    return refused("UNKNOWNFILTEROPERATOREXCEPTION", f"Неизвестный оператор фильтра `{printed(operator)}`")


def invalid_filter(said: JSON) -> Refusal:
    return refused("INVALIDFILTEREXCEPTION", f"Не удается распознать выражение фильтра `{printed(said)}`")


def invalid_select(said: JSON) -> Refusal:
    return refused("INVALIDSELECTEXCEPTION", f"Не удается распознать выражение select `{printed(said)}`")


def invalid_order(said: JSON) -> Refusal:
    return refused("INVALIDORDEREXCEPTION", f"Не удается распознать параметр сортировки `{printed(said)}`")


def invalid_pagination(said: JSON) -> Refusal:
    return refused("INVALIDPAGINATIONEXCEPTION", f"Не удается распознать параметр пагинации `{printed(said)}`")


def printed(said: JSON) -> str:
    """Words as they are, anything else as JSON: ``{"limit":"abc"}``."""
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, separators=(",", ":"))
