"""Workgroups and projects (``sonet_group.*``, scope ``sonet_group``). Refusals come with an empty code and a text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bitrix.call import JSON, Answer, Call, Page, given
from bitrix.readers import Row, many, new_id, page
from bitrix.tidy import as_bool, as_id, as_ids, as_int, as_text


@dataclass(frozen=True)
class Group:
    id: int
    name: str
    active: bool
    owner_id: int | None


@dataclass(frozen=True)
class Member:
    user_id: int
    role: str
    """A owner, E moderator, K member."""


def list_groups(
    where: Mapping[str, JSON] | None = None, *, start: int | None = None, as_admin: bool = False
) -> Call[Page[Group]]:
    """By growing id; those the caller may see, or all of them when a portal administrator asks ``as_admin``.

    Source: api-reference/sonet-group/sonet-group-get.md.
    """
    return Call(
        "sonet_group.get",
        {"ORDER": {"ID": "ASC"}, **given(FILTER=where, start=start, IS_ADMIN="Y" if as_admin else None)},
        read=page(_read),
    )


def add_group(
    name: str,
    description: str,
    owner_id: int | None = None,
    *,
    visible: bool = True,
    opened: bool = False,
    project: bool = False,
) -> Call[int]:
    """The id of the group. Only a portal administrator may name another owner than themselves.

    Nothing prevents a second group with the same name: look before adding.
    Source: api-reference/sonet-group/sonet-group-create.md.
    """
    params: dict[str, JSON] = {
        "NAME": name,
        "DESCRIPTION": description,
        "VISIBLE": "Y" if visible else "N",
        "OPENED": "Y" if opened else "N",
        "PROJECT": "Y" if project else "N",
        **given(OWNER_ID=owner_id),
    }
    return Call("sonet_group.create", params, read=new_id, writes=True)


def list_members(group_id: int) -> Call[tuple[Member, ...]]:
    """Source: api-reference/sonet-group/members/sonet-group-user-get.md."""
    return Call("sonet_group.user.get", {"ID": group_id}, read=many(_read_member))


def add_members(group_id: int, user_ids: Sequence[int]) -> Call[tuple[int, ...]]:
    """Without an invitation; returns who was added. The caller must administer the portal.

    Source: api-reference/sonet-group/members/sonet-group-user-add.md.
    """
    return Call("sonet_group.user.add", {"GROUP_ID": group_id, "USER_ID": list(user_ids)}, read=_read_ids, writes=True)


def _read(row: Row) -> Group:
    return Group(
        id=as_int(row.get("ID"), "ID"),
        name=as_text(row.get("NAME"), "NAME"),
        active=as_bool(row.get("ACTIVE"), "ACTIVE"),
        owner_id=as_id(row.get("OWNER_ID"), "OWNER_ID"),
    )


def _read_member(row: Row) -> Member:
    return Member(user_id=as_int(row.get("USER_ID"), "USER_ID"), role=as_text(row.get("ROLE"), "ROLE"))


def _read_ids(answer: Answer) -> tuple[int, ...]:
    return as_ids(answer.result, "result")
