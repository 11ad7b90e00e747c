"""``user.*`` and ``profile``: api-reference/user/, api-reference/common/users/.

Names of parameters may come in any case: the pages themselves write ``FILTER``, ``filter`` and ``SORT`` (user-get.md).
Dates are in the server's zone whatever the zone of the user.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from sandbox.portal.clock import iso
from sandbox.portal.conditions import Column, Condition, Kind, read_conditions
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method
from sandbox.portal.staff import User

SCOPES = ("user", "user_basic", "user_brief")

PREFIXES = ("!=%", "!%=", "=%", "%=", "!%", "!@", "!=", ">=", "<=", ">", "<", "@", "%", "=", "!")

PERSONAL = (
    "PERSONAL_PROFESSION", "PERSONAL_WWW", "PERSONAL_BIRTHDAY", "PERSONAL_PHOTO", "PERSONAL_ICQ", "PERSONAL_PHONE",
    "PERSONAL_FAX", "PERSONAL_MOBILE", "PERSONAL_PAGER", "PERSONAL_STREET", "PERSONAL_CITY", "PERSONAL_STATE",
    "PERSONAL_ZIP", "PERSONAL_COUNTRY", "PERSONAL_MAILBOX", "PERSONAL_NOTES", "WORK_PHONE", "WORK_COMPANY",
    "WORK_DEPARTMENT", "WORK_WWW", "WORK_FAX", "WORK_PAGER", "WORK_STREET", "WORK_MAILBOX", "WORK_CITY", "WORK_STATE",
    "WORK_ZIP", "WORK_COUNTRY", "WORK_PROFILE", "WORK_LOGO", "WORK_NOTES", "UF_SKYPE_LINK", "UF_ZOOM",
    "UF_EMPLOYMENT_DATE", "UF_TIMEMAN", "UF_INTERESTS", "UF_SKILLS", "UF_WEB_SITES", "UF_XING", "UF_LINKEDIN",
    "UF_TWITTER", "UF_SKYPE", "UF_DISTRICT", "UF_PHONE_INNER", "XML_ID", "TITLE",
)  # fmt: skip
"""Fields that are only kept and shown (api-reference/user/user-fields.md)."""

ALWAYS = frozenset(
    {
        "XML_ID",
        "PERSONAL_WWW",
        "PERSONAL_BIRTHDAY",
        "PERSONAL_MOBILE",
        "PERSONAL_CITY",
        "WORK_PHONE",
        "UF_EMPLOYMENT_DATE",
    }
)
"""Those of them the samples show even when they are empty."""

ONLY_FULL = frozenset({"LAST_LOGIN", "PERSONAL_WWW", "PERSONAL_ICQ"})
"""What the scope ``user_basic`` does not show (api-reference/user/user-scope.md)."""

BRIEF = frozenset({
    "ID", "XML_ID", "ACTIVE", "NAME", "LAST_NAME", "SECOND_NAME", "TITLE", "IS_ONLINE", "TIME_ZONE", "PERSONAL_PHOTO",
    "TIMESTAMP_X", "DATE_REGISTER", "PERSONAL_PROFESSION", "PERSONAL_GENDER", "PERSONAL_BIRTHDAY", "PERSONAL_CITY",
    "PERSONAL_STATE", "PERSONAL_COUNTRY", "WORK_POSITION", "WORK_CITY", "WORK_STATE", "WORK_COUNTRY",
    "LAST_ACTIVITY_DATE", "UF_EMPLOYMENT_DATE", "UF_TIMEMAN", "UF_SKILLS", "UF_INTERESTS", "UF_DEPARTMENT",
    "UF_PHONE_INNER", "USER_TYPE",
})  # fmt: skip
"""What the scope ``user_brief`` shows."""

FieldReader: TypeAlias = "Callable[[User], JSON]"

FIELDS: dict[str, FieldReader] = {
    "ID": lambda user: str(user.id),
    "ACTIVE": lambda user: user.active,
    "NAME": lambda user: user.name,
    "LAST_NAME": lambda user: user.last_name,
    "SECOND_NAME": lambda user: user.second_name,
    "EMAIL": lambda user: user.email,
    "LAST_LOGIN": lambda user: iso(user.last_login) if user.last_login else "",
    "DATE_REGISTER": lambda user: iso(user.registered) if user.registered else "",
    "TIME_ZONE": lambda user: user.time_zone,
    "IS_ONLINE": lambda user: "Y" if user.online else "N",
    "TIMESTAMP_X": lambda user: {},
    "LAST_ACTIVITY_DATE": lambda user: {},
    "PERSONAL_GENDER": lambda user: user.gender,
    "WORK_POSITION": lambda user: user.position,
    "UF_DEPARTMENT": lambda user: list(user.departments),
    "USER_TYPE": lambda user: user.user_type,
}


def kept_column(name: str) -> Column[User]:
    return Column(Kind.MASK, lambda user: user.profile.get(name, ""))


FILTERS: dict[str, Column[User]] = {
    "ID": Column(Kind.NUMBER, lambda user: user.id),
    "ACTIVE": Column(Kind.FLAG, lambda user: int(user.active)),
    "NAME": Column(Kind.MASK, lambda user: user.name),
    "LAST_NAME": Column(Kind.MASK, lambda user: user.last_name),
    "SECOND_NAME": Column(Kind.MASK, lambda user: user.second_name),
    "EMAIL": Column(Kind.MASK, lambda user: user.email),
    "WORK_POSITION": Column(Kind.MASK, lambda user: user.position),
    "PERSONAL_GENDER": Column(Kind.TEXT, lambda user: user.gender),
    "TIME_ZONE": Column(Kind.TEXT, lambda user: user.time_zone),
    "IS_ONLINE": Column(Kind.FLAG, lambda user: int(user.online)),
    "USER_TYPE": Column(Kind.TEXT, lambda user: user.user_type),
    "UF_DEPARTMENT": Column(Kind.NUMBER, lambda user: frozenset(user.departments)),
    "DATE_REGISTER": Column(Kind.MOMENT, lambda user: user.registered),
    "LAST_LOGIN": Column(Kind.MOMENT, lambda user: user.last_login),
    **{name: kept_column(name) for name in PERSONAL},
}

ARGUMENTS = frozenset({"SORT", "ORDER", "FILTER", "ADMIN_MODE", "SELECT", "IMAGE_RESIZE", "START"})


@rest_method("user.get", scope=SCOPES, docs="api-reference/user/user-get.md")
def get_users(portal: Portal, caller: Caller, params: Params) -> Answer:
    """Conditions stand in ``FILTER`` or beside it. Mail users are shown only when ``USER_TYPE`` asks for them."""
    upper = params.upper()
    sent = {**beside_filter(upper), **upper.filter("FILTER")}
    words = (as_text(sent.get("NAME_SEARCH")) or "").casefold().split()
    conditions = read_conditions(sent, FILTERS, PREFIXES)
    users = [
        user
        for user in portal.staff.users()
        if fits(user, conditions) and all(word in searchable(portal, user) for word in words)
    ]
    return listed(caller, upper, users, types={condition.name for condition in conditions})


@rest_method("user.search", scope=SCOPES, docs="api-reference/user/user-search.md")
def search_users(portal: Portal, caller: Caller, params: Params) -> Answer:
    """``FIND`` looks through names, positions and departments; other keys of ``FILTER`` through their own field, by the
    beginning of words or parts of them alike (which of both a portal does is unverified)."""
    upper = params.upper()
    sent = {**beside_filter(upper), **upper.filter("FILTER")}
    words = (as_text(sent.pop("FIND", None)) or "").casefold().split()
    parts = {name: sent.pop(name) for name in ("NAME", "LAST_NAME", "WORK_POSITION") if name in sent}
    department = (as_text(sent.pop("UF_DEPARTMENT_NAME", None)) or "").casefold()
    conditions = read_conditions({**{f"%{name}": value for name, value in parts.items()}, **sent}, FILTERS, PREFIXES)
    users = [
        user
        for user in portal.staff.users()
        if fits(user, conditions)
        and department in department_names(portal, user)
        and all(word in searchable(portal, user) for word in words)
    ]
    return listed(caller, upper, users, types={condition.name for condition in conditions})


@rest_method("user.current", scope=SCOPES, docs="api-reference/user/user-current.md")
def current_user(portal: Portal, caller: Caller, params: Params) -> JSON:
    user = portal.staff.user(caller.user_id)
    if user is None:
        raise LookupError(f"the caller {caller.user_id} is not a user of this portal")
    shown = show(user, allowed_fields(caller), [])
    # Dates of users come in several formats (user-current.md; of a live portal TIMESTAMP_X is a string, as the tests of
    # b24pysdk have it); the caller is online by the very call.
    now = portal.clock.now()
    seen = {"LAST_ACTIVITY_DATE": now.strftime("%Y-%m-%d %H:%M:%S"), "IS_ONLINE": "Y"}
    changed = {"TIMESTAMP_X": now.strftime("%d.%m.%Y %H:%M:%S")} if "TIMESTAMP_X" in shown else {}
    return {**shown, **changed, **seen}


@rest_method("user.fields", scope=SCOPES, docs="api-reference/user/user-fields.md")
def user_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    allowed = allowed_fields(caller)
    own = {known.name: known.title for known in portal.staff.fields.all()} if allowed >= ONLY_FULL else {}
    return {**{name: title for name, title in TITLES.items() if name in allowed}, **own}


@rest_method("user.add", scope="user", docs="api-reference/user/user-add.md")
def add_user(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Invites. In the sandbox the invited are at work at once, so ``ONUSERADD``, which a real portal raises when they
    have registered, comes at once too."""
    fields = params.upper().raw
    if not caller.admin:
        raise RestError("ERROR_CORE", "access_denied")
    email = (as_text(fields.get("EMAIL")) or "").strip()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise RestError("ERROR_ARGUMENT", "wrong_email", extra={"argument": ""})
    if any(user.email.casefold() == email.casefold() for user in portal.staff.users()):
        raise RestError("ERROR_ARGUMENT", "Пользователь с таким email уже существует", extra={"argument": ""})
    changes = {**read_user(fields), "custom": portal.staff.fields.read(fields)}
    if as_flag(fields.get("EXTRANET")):
        changes["user_type"] = "extranet"
    elif not changes.get("departments"):
        raise RestError("ERROR_ARGUMENT", "no_extranet_field", extra={"argument": ""})
    user = portal.staff.add_user("", email=email)
    portal.staff.update_user(user.id, **changes)
    portal.emit("ONUSERADD", announced(user))
    return user.id


@rest_method("user.update", scope="user", docs="api-reference/user/user-update.md")
def update_user(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``ACTIVE`` ``N`` fires."""
    fields = params.upper().raw
    user = portal.staff.user(as_int(fields.get("ID")) or 0)
    if not caller.admin or user is None:
        raise RestError("ERROR_CORE", "access_denied")
    changes = read_user(fields)
    changes["custom"] = {**user.custom, **portal.staff.fields.read(fields)}
    if "profile" in changes:
        changes["profile"] = {**user.profile, **read_profile(fields)}
    portal.staff.update_user(user.id, **changes)
    return True


@rest_method("user.admin", docs="api-reference/common/users/user-admin.md")
def is_admin(portal: Portal, caller: Caller, params: Params) -> JSON:
    return caller.admin


@rest_method("profile", docs="api-reference/common/users/profile.md")
def profile(portal: Portal, caller: Caller, params: Params) -> JSON:
    user = portal.staff.user(caller.user_id)
    if user is None or not user.active:
        return {}
    return {
        "ID": str(user.id),
        "ADMIN": caller.admin,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "PERSONAL_GENDER": user.gender,
        "TIME_ZONE": user.time_zone,
    }


def beside_filter(params: Params) -> dict[str, JSON]:
    return {name: value for name, value in params.raw.items() if name not in ARGUMENTS}


def fits(user: User, conditions: list[Condition]) -> bool:
    return all(condition.test(FILTERS[condition.name].read(user)) for condition in conditions)


def listed(caller: Caller, params: Params, users: list[User], types: set[str]) -> Answer:
    """Sorted, paged, with the fields that were asked for."""
    if "USER_TYPE" not in types:
        users = [user for user in users if user.user_type != "email"]
    name, way = read_order(params)
    field = FILTERS.get(name)
    if field is not None:
        reverse = way == "DESC"
        users.sort(key=lambda user: sortable(field.read(user)), reverse=reverse)
    allowed = allowed_fields(caller)
    by_id = {user.id: user for user in users}
    select = params.select("SELECT")
    return page(
        list(by_id),
        params.start("START"),
        wrap=lambda ids: [show(by_id[number], allowed, select) for number in ids if isinstance(number, int)],
    )


def read_order(params: Params) -> tuple[str, str]:
    """A field and its direction. The page has them in ``SORT`` and ``ORDER``; a map in either is taken, as b24phpsdk
    sends ``sort[ID]=ASC`` and, in a batch, ``order[ID]=ASC``."""
    for name in ("SORT", "ORDER"):
        sent = as_object(params.get(name))
        if sent:
            field, way = next(iter(sent.items()))
            return field.upper(), (as_text(way) or "").upper()
    return (as_text(params.get("SORT")) or "").upper(), (as_text(params.get("ORDER")) or "").upper()


def sortable(value: object) -> tuple[bool, str | float]:
    """Numbers and texts of one column side by side with nothing."""
    if isinstance(value, int):
        return (True, float(value))
    if isinstance(value, frozenset):
        return (bool(value), float(min(value, default=0)))
    return (value is not None, "" if value is None else str(value).casefold())


def show(user: User, allowed: frozenset[str], select: list[str]) -> dict[str, JSON]:
    """Unknown names in ``select`` are passed over; ``UF_DEPARTMENT`` is missing for people from outside."""
    kept: dict[str, JSON] = {name: user.profile.get(name, "") for name in PERSONAL if name in user.profile}
    every: dict[str, JSON] = {
        **{name: read(user) for name, read in FIELDS.items() if name != "UF_DEPARTMENT" or user.departments},
        **{name: "" for name in PERSONAL if name in ALWAYS},
        **kept,
    }
    wanted = {name: value for name, value in every.items() if name in allowed}
    if allowed >= ONLY_FULL:
        wanted.update(user.custom)
    if not select or "*" in select:
        return wanted
    return {
        name: value for name, value in wanted.items() if name in select or ("UF_*" in select and name.startswith("UF_"))
    }


def announced(user: User) -> dict[str, JSON]:
    """``data`` of ``ONUSERADD``, flat (api-reference/common/events/on-user-add.md)."""
    return {
        "ID": user.id,
        "ACTIVE": "Y" if user.active else "N",
        "EMAIL": user.email,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "PERSONAL_GENDER": user.gender,
        "PERSONAL_BIRTHDAY": user.profile.get("PERSONAL_BIRTHDAY", ""),
        "UF_DEPARTMENT": list(user.departments),
        "DATE_REGISTER": iso(user.registered) if user.registered else "",
        "WORK_POSITION": user.position,
        "UF_EMPLOYMENT_DATE": user.profile.get("UF_EMPLOYMENT_DATE", ""),
    }


def allowed_fields(caller: Caller) -> frozenset[str]:
    """What the widest of the caller's user scopes shows."""
    everything = frozenset({*FIELDS, *PERSONAL})
    if "user" in caller.scopes:
        return everything
    return everything - ONLY_FULL if "user_basic" in caller.scopes else BRIEF


def department_names(portal: Portal, user: User) -> str:
    departments = (portal.staff.department(number) for number in user.departments)
    return " ".join(department.name for department in departments if department is not None).casefold()


def searchable(portal: Portal, user: User) -> str:
    names = f"{user.last_name} {user.name} {user.second_name} {user.position}"
    return f"{names.casefold()} {department_names(portal, user)}"


def read_user(fields: Mapping[str, JSON]) -> dict[str, object]:
    """Fields of ``staff.User`` among what was sent."""
    texts = {
        "NAME": "name",
        "LAST_NAME": "last_name",
        "SECOND_NAME": "second_name",
        "EMAIL": "email",
        "WORK_POSITION": "position",
        "PERSONAL_GENDER": "gender",
    }
    changes: dict[str, object] = {
        attribute: as_text(fields[name]) or "" for name, attribute in texts.items() if name in fields
    }
    if "ACTIVE" in fields:
        changes["active"] = bool(as_flag(fields["ACTIVE"]))
    if "UF_DEPARTMENT" in fields:
        numbers = [as_int(value) for value in as_list(fields["UF_DEPARTMENT"])]
        changes["departments"] = [number for number in numbers if number is not None]
    kept = read_profile(fields)
    if kept:
        changes["profile"] = kept
    return changes


def read_profile(fields: Mapping[str, JSON]) -> dict[str, str]:
    return {name: as_text(fields[name]) or "" for name in PERSONAL if name in fields}


TITLES = {
    "ID": "ID",
    "XML_ID": "Внешний код",
    "ACTIVE": "Активность",
    "NAME": "Имя",
    "LAST_NAME": "Фамилия",
    "SECOND_NAME": "Отчество",
    "TITLE": "Список пользователей",
    "EMAIL": "E-Mail",
    "LAST_LOGIN": "Последняя авторизация",
    "DATE_REGISTER": "Дата регистрации",
    "TIME_ZONE": "TIME_ZONE",
    "IS_ONLINE": "IS_ONLINE",
    "TIMESTAMP_X": "TIMESTAMP_X",
    "LAST_ACTIVITY_DATE": "LAST_ACTIVITY_DATE",
    "PERSONAL_GENDER": "Пол",
    "PERSONAL_PROFESSION": "Профессия",
    "PERSONAL_WWW": "Домашняя страничка",
    "PERSONAL_BIRTHDAY": "Дата рождения",
    "PERSONAL_PHOTO": "Фотография",
    "PERSONAL_ICQ": "ICQ",
    "PERSONAL_PHONE": "Личный телефон",
    "PERSONAL_FAX": "Факс",
    "PERSONAL_MOBILE": "Личный мобильный",
    "PERSONAL_PAGER": "Пейджер",
    "PERSONAL_STREET": "Улица проживания",
    "PERSONAL_CITY": "Город проживания",
    "PERSONAL_STATE": "Область / край",
    "PERSONAL_ZIP": "Почтовый индекс",
    "PERSONAL_COUNTRY": "Страна",
    "PERSONAL_MAILBOX": "Почтовый ящик",
    "PERSONAL_NOTES": "Дополнительные заметки",
    "WORK_PHONE": "Телефон компании",
    "WORK_COMPANY": "Компания",
    "WORK_POSITION": "Должность",
    "WORK_DEPARTMENT": "Отдел",
    "WORK_WWW": "Сайт компании",
    "WORK_FAX": "WORK_FAX",
    "WORK_PAGER": "WORK_PAGER",
    "WORK_STREET": "WORK_STREET",
    "WORK_MAILBOX": "WORK_MAILBOX",
    "WORK_CITY": "Город работы",
    "WORK_STATE": "WORK_STATE",
    "WORK_ZIP": "WORK_ZIP",
    "WORK_COUNTRY": "WORK_COUNTRY",
    "WORK_PROFILE": "WORK_PROFILE",
    "WORK_LOGO": "WORK_LOGO",
    "WORK_NOTES": "WORK_NOTES",
    "UF_SKYPE_LINK": "Ссылка на чат в Skype",
    "UF_ZOOM": "Zoom",
    "UF_EMPLOYMENT_DATE": "Дата принятия на работу",
    "UF_TIMEMAN": "Учет рабочего времени",
    "UF_DEPARTMENT": "Подразделения",
    "UF_INTERESTS": "Интересы",
    "UF_SKILLS": "Навыки",
    "UF_WEB_SITES": "Другие сайты",
    "UF_XING": "Xing",
    "UF_LINKEDIN": "LinkedIn",
    "UF_TWITTER": "Twitter",
    "UF_SKYPE": "Skype",
    "UF_DISTRICT": "Район",
    "UF_PHONE_INNER": "Внутренний телефон",
    "USER_TYPE": "USER_TYPE",
}
"""What ``user.fields`` answers."""
