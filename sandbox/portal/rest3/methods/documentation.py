"""What there is: the OpenAPI document and the permissions of every method (rest-v3.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.entities import Entity
from sandbox.portal.rest3.query import Query
from sandbox.portal.rest3.registry import METHODS, STRING, Method, Parameter, reference, rest3_method

DOCS = "api-reference/rest-v3.md"


@rest3_method("rest.documentation.openapi", docs=DOCS, bare=True)
@rest3_method("documentation", docs=DOCS, bare=True)
def describe_api(portal: Portal, caller: Caller, query: Query) -> JSON:
    """The document alone, without ``result`` and ``time`` around it (b24jssdk, measured on three portals). It shows
    what this sandbox has built."""
    methods = sorted(METHODS.values(), key=lambda method: method.name)
    modules = sorted({method.module for method in methods})
    return {
        "openapi": "3.0.0",
        "info": {"title": "Bitrix24 REST V3 API", "version": "1.0.0"},
        "servers": [],
        "tags": [{"name": module, "description": f"{module} module methods"} for module in modules],
        "paths": {
            **{f"/{method.name}": path_of(method) for method in methods},
            "/batch": {"post": {"tags": [], "requestBody": body_of({"type": "object"}), "responses": {}}},
        },
        "components": {"schemas": schemas(methods)},
    }


def path_of(method: Method) -> JSON:
    """Without parameters there is a GET as well."""
    properties: dict[str, JSON] = {one.name: dict(one.schema) for one in method.takes}
    required: list[JSON] = [one.name for one in method.takes if one.required]
    schema: dict[str, JSON] = {"type": "object", "properties": properties}
    answer: dict[str, JSON] = {"type": "object", "properties": {"result": dict(method.answers)}}
    responses: JSON = {"200": {"description": "Success response", **content(answer)}}
    post: JSON = {
        "tags": [method.module],
        "requestBody": body_of({**schema, "required": required} if required else schema),
        "responses": responses,
    }
    if method.takes:
        return {"post": post}
    return {"post": post, "get": {"tags": [method.module], "responses": responses}}


def body_of(schema: JSON) -> JSON:
    return content(schema)


def content(schema: JSON) -> dict[str, JSON]:
    return {"content": {"application/json": {"schema": schema}}}


def schemas(methods: Iterable[Method]) -> JSON:
    """Every object of an answer, and those related to it."""
    found: dict[str, JSON] = {}
    waiting: list[Entity[Any]] = [entity for method in methods for entity in method.entities]
    while waiting:
        entity = waiting.pop()
        if entity.schema_name in found:
            continue
        properties: dict[str, JSON] = {}
        for field in entity.fields:
            title = field.title or field.name
            if field.related is None:
                properties[field.name] = {**field.kind.schema, "title": title}
                continue
            related = field.related()
            waiting.append(related)
            link: JSON = dict(reference(related))
            properties[field.name] = {"type": "array", "items": link, "title": title} if field.many else link
        found[entity.schema_name] = {"type": "object", "properties": properties}
    return dict(sorted(found.items()))


@rest3_method(
    "rest.scope.list",
    docs=DOCS,
    takes=(
        Parameter("filterModule", STRING),
        Parameter("filterController", STRING),
        Parameter("filterMethod", STRING),
    ),
)
@rest3_method("scopes", docs=DOCS)
def list_scopes(portal: Portal, caller: Caller, query: Query) -> JSON:
    """Module, controller, method: the shape of the sample in b24phpsdk #408. A controller of several words is one key
    with dots (unverified)."""
    wanted = [query.optional_text(name) for name in ("filterModule", "filterController", "filterMethod")]
    answer: dict[str, dict[str, dict[str, JSON]]] = {}
    for method in sorted(METHODS.values(), key=lambda one: one.name):
        if "." not in method.name:
            continue
        module, _, rest = method.name.partition(".")
        controller, _, action = rest.rpartition(".")
        path = (module, controller, action)
        if any(asked and asked.lower() != step.lower() for asked, step in zip(wanted, path, strict=True)):
            continue
        answer.setdefault(module, {}).setdefault(controller, {})[action] = {
            "scope": method.name,
            "title": f"{action.capitalize()} метод для {controller}",
            "description": None,
            "fields": None,
        }
    return answer
