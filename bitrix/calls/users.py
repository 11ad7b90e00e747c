"""People (``user.get``, scope ``user`` or narrower: ``user_basic``, ``user_brief`` without e-mail; ``profile``)."""

from collections.abc import Mapping
from dataclasses import dataclass

from bitrix.call import JSON, Call, Keyset, Page, given
from bitrix.readers import Row, one, page
from bitrix.tidy import as_bool, as_ids, as_int, as_text


@dataclass(frozen=True)
class User:
    id: int
    active: bool
    name: str
    """``Имя Фамилия``."""
    email: str
    department_ids: tuple[int, ...]
    position: str
    time_zone: str | None
    user_type: str
    """employee, extranet or email."""


@dataclass(frozen=True)
class Profile:
    """Whose rights a webhook or token has."""

    id: int
    admin: bool
    name: str
    time_zone: str | None


_SELECT: tuple[str, ...] = (
    "ID",
    "ACTIVE",
    "NAME",
    "LAST_NAME",
    "EMAIL",
    "UF_DEPARTMENT",
    "WORK_POSITION",
    "TIME_ZONE",
    "USER_TYPE",
)


def list_users(where: Mapping[str, JSON] | None = None, start: int | None = None) -> Call[Page[User]]:
    """By growing id. Fired people are listed too, unless ``{"ACTIVE": True}``. Bots and system users never are.

    Source: api-reference/user/user-get.md.
    """
    return Call(
        "user.get",
        {"sort": "ID", "order": "ASC", "select": list(_SELECT), **given(FILTER=where, start=start)},
        read=page(_read),
        keyset=Keyset("ID", order={"sort": "ID", "order": "ASC"}, id_of=_id_of, filter="FILTER", row_id="ID"),
    )


def profile() -> Call[Profile]:
    """Needs no scope. Source: api-reference/common/users/profile.md."""
    return Call("profile", read=one(_read_profile))


def _read(row: Row) -> User:
    return User(
        id=as_int(row.get("ID"), "ID"),
        active=as_bool(row.get("ACTIVE"), "ACTIVE"),
        name=_full_name(row),
        email=as_text(row.get("EMAIL"), "EMAIL"),
        department_ids=as_ids(row.get("UF_DEPARTMENT"), "UF_DEPARTMENT"),
        position=as_text(row.get("WORK_POSITION"), "WORK_POSITION"),
        time_zone=as_text(row.get("TIME_ZONE"), "TIME_ZONE") or None,
        user_type=as_text(row.get("USER_TYPE"), "USER_TYPE"),
    )


def _read_profile(row: Row) -> Profile:
    return Profile(
        id=as_int(row.get("ID"), "ID"),
        admin=as_bool(row.get("ADMIN"), "ADMIN"),
        name=_full_name(row),
        time_zone=as_text(row.get("TIME_ZONE"), "TIME_ZONE") or None,
    )


def _full_name(row: Row) -> str:
    parts = (as_text(row.get("NAME"), "NAME").strip(), as_text(row.get("LAST_NAME"), "LAST_NAME").strip())
    return " ".join(part for part in parts if part)


def _id_of(user: User) -> int:
    return user.id
