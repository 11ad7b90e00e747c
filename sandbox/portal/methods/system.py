"""Methods every portal has: ``api-reference/common/system/``."""

from __future__ import annotations

from sandbox.portal.access import SCOPES
from sandbox.portal.clock import iso
from sandbox.portal.errors import RestError
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, METHODS, Caller, Method, Params, rest_method


@rest_method("server.time", docs="api-reference/common/system/server-time.md")
def server_time(portal: Portal, caller: Caller, params: Params) -> JSON:
    return iso(portal.clock.now())


@rest_method("scope", docs="api-reference/common/system/scope.md")
def scope(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Permissions of this webhook or application; with ``full`` all there are."""
    return list(SCOPES) if params.flag("full") else [scope for scope in SCOPES if scope in caller.scopes]


@rest_method("methods", docs="api-reference/common/system/methods.md")
def methods(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Names of built methods: the available ones, those of one ``scope`` (empty: the base one), all with ``full``."""
    built = sorted(METHODS.values(), key=lambda method: method.name)
    if params.flag("full"):
        return [method.name for method in built]
    if params.has("scope"):
        wanted = params.text("scope")
        return [method.name for method in built if (wanted in method.scope if wanted else not method.scope)]
    return [method.name for method in built if available(method, caller)]


@rest_method("method.get", docs="api-reference/common/system/method-get.md")
def method_get(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The name is taken in lower case, as the page demands; no name is the name of no method."""
    method = METHODS.get(params.text("name"))
    return {"isExisting": method is not None, "isAvailable": method is not None and available(method, caller)}


@rest_method("feature.get", docs="api-reference/common/system/feature-get.md")
def feature_get(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Those of the highest plan, unless a test took one away."""
    code = params.upper().text("CODE")
    if not code:
        raise RestError("CODE_EMPTY", "CODE can't be empty")
    return {"value": "Y" if portal.features.has(code.lower()) else "N"}


def available(method: Method, caller: Caller) -> bool:
    if method.app_only and caller.application is None:
        return False
    return not method.scope or bool(caller.scopes.intersection(method.scope))
