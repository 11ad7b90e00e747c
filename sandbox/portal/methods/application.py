"""What an application asks about itself and its user. ``api-reference/common/``."""

from __future__ import annotations

from sandbox.portal.access import SCOPES
from sandbox.portal.errors import RestError
from sandbox.portal.events import LANGUAGE
from sandbox.portal.loose import as_object, as_text
from sandbox.portal.methods.events import application_of
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method

SETTINGS = "api-reference/common/settings/"
LICENSES = {"enterprise": "ent250"}
LICENSE = "pro100"
"""Of portals with any other plan of limits."""
EVERYONE = frozenset({"G2", "AU"})
"""Access codes of every user (api-reference/common/system/access-name.md)."""


@rest_method("app.info", docs="api-reference/common/system/app-info.md")
def app_info(portal: Portal, caller: Caller, params: Params) -> JSON:
    """A local application has its ``client_id`` for a code. The page refuses webhooks; real portals tell them what they
    may touch (b24pysdk, schemas/app.py; b24phpsdk calls it by webhook in its MainTest and CoreTest)."""
    license_type = LICENSES.get(portal.limits.plan, LICENSE)
    application = caller.application
    if application is None:
        return {"SCOPE": [name for name in SCOPES if name in caller.scopes], "LICENSE": f"{LANGUAGE}_{license_type}"}
    return {
        "ID": application.id,
        "CODE": application.client_id,
        "VERSION": application.version,
        "STATUS": application.status,
        "INSTALLED": application.installed,
        "PAYMENT_EXPIRED": "N" if application.paid else "Y",
        "DAYS": None,
        "LANGUAGE_ID": LANGUAGE,
        "LICENSE": f"{LANGUAGE}_{license_type}",
        "LICENSE_TYPE": license_type,
        "LICENSE_FAMILY": license_type.rstrip("0123456789"),
    }


@rest_method("app.option.get", docs=SETTINGS + "app-option-get.md", app_only=True)
def get_options(portal: Portal, caller: Caller, params: Params) -> JSON:
    return chosen(portal.options.of(application_of(caller).id), params)


@rest_method("app.option.set", docs=SETTINGS + "app-option-set.md", app_only=True)
def set_options(portal: Portal, caller: Caller, params: Params) -> JSON:
    values = options_in(params)
    if not caller.admin:
        raise RestError("ACCESS_DENIED", "Access denied! Administrator authorization required", 403)
    portal.options.put(values, application_of(caller).id)
    return True


@rest_method("user.option.get", docs=SETTINGS + "user-option-get.md", app_only=True)
def get_user_options(portal: Portal, caller: Caller, params: Params) -> JSON:
    return chosen(portal.options.of(application_of(caller).id, caller.user_id), params)


@rest_method("user.option.set", docs=SETTINGS + "user-option-set.md", app_only=True)
def set_user_options(portal: Portal, caller: Caller, params: Params) -> JSON:
    portal.options.put(options_in(params), application_of(caller).id, caller.user_id)
    return True


@rest_method("user.access", docs="api-reference/common/users/user-access.md")
def user_access(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Whether the user has one of these access codes; an administrator has them all."""
    codes = params.upper().text_list("ACCESS")
    return caller.admin or any(code in EVERYONE or code == f"U{caller.user_id}" for code in codes)


def chosen(options: dict[str, JSON], params: Params) -> JSON:
    """One option, ``null`` when it was never set; all of them without ``option``: PHP's empty array when none are."""
    if params.get("option") is not None:
        return options.get(as_text(params.get("option")) or "")
    return options or []


def options_in(params: Params) -> dict[str, JSON]:
    """Either under ``options`` or, as the vendor's module ``rest`` allows, all parameters themselves."""
    values = as_object(params.get("options")) if params.has("options") else params.raw
    if not values:
        raise RestError("ArgumentNullException", "options is empty")
    return values
