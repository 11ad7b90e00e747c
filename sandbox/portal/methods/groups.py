"""``sonet_group.*`` and ``socialnetwork.api.workgroup.*``: api-reference/sonet-group/.

The older methods take flat upper-case parameters and refuse with an empty error code and English words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sandbox.portal.clock import iso
from sandbox.portal.conditions import Column, Kind, read_conditions
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method
from sandbox.portal.workgroups import MEMBER, MODERATOR, OWNER, Workgroup

SCOPES = ("sonet_group", "sonet", "socialnetwork")
"""Pages and list of scopes do not agree on the name (contract 7.3)."""

SITE = "s1"
SUBJECT = "Рабочие группы"

GET_PREFIXES = ("!><", "><", "!=", "!%", ">=", "<=", ">", "<", "?", "%", "=", "!")
LIST_PREFIXES = ("!=%", "!%=", "=%", "%=", "!%", "!=", ">=", "<=", ">", "<", "%", "=", "!")

COLUMNS: dict[str, Column[Workgroup]] = {
    "ID": Column(Kind.NUMBER, lambda group: group.id),
    "NAME": Column(Kind.TEXT, lambda group: group.name),
    "OWNER_ID": Column(Kind.NUMBER, lambda group: group.owner),
    "ACTIVE": Column(Kind.FLAG, lambda group: 1),
    "VISIBLE": Column(Kind.FLAG, lambda group: int(group.visible)),
    "OPENED": Column(Kind.FLAG, lambda group: int(group.opened)),
    "CLOSED": Column(Kind.FLAG, lambda group: int(group.closed)),
    "PROJECT": Column(Kind.FLAG, lambda group: int(group.project)),
    "IS_EXTRANET": Column(Kind.FLAG, lambda group: 0),
    "SUBJECT_ID": Column(Kind.NUMBER, lambda group: group.subject_id),
    "SITE_ID": Column(Kind.TEXT, lambda group: SITE),
    "DATE_CREATE": Column(Kind.MOMENT, lambda group: group.created),
    "DATE_UPDATE": Column(Kind.MOMENT, lambda group: group.updated),
    "DATE_ACTIVITY": Column(Kind.MOMENT, lambda group: group.updated),
}

GET_FILTERS = {
    name: COLUMNS[name]
    for name in (
        "ID", "NAME", "OWNER_ID", "ACTIVE", "VISIBLE", "OPENED", "CLOSED", "DATE_CREATE", "DATE_UPDATE",
        "DATE_ACTIVITY", "IS_EXTRANET",
    )
}  # fmt: skip

FEATURES = {
    "photo": ("view", "write"),
    "calendar": ("view", "write"),
    "tasks": ("view", "view_all", "sort", "create_tasks", "edit_tasks", "delete_tasks"),
    "files": ("view", "write"),
    "blog": (
        "view_post", "premoderate_post", "write_post", "moderate_post", "full_post", "view_comment",
        "premoderate_comment", "write_comment", "moderate_comment", "full_comment",
    ),
}  # fmt: skip

FOR_MODERATORS = frozenset(
    {"edit_tasks", "delete_tasks", "moderate_post", "full_post", "moderate_comment", "full_comment"}
)
"""Operations of moderators and the owner; the others are every member's (defaults, unverified)."""


@rest_method("sonet_group.create", scope=SCOPES, docs="api-reference/sonet-group/sonet-group-create.md")
def create_group(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper().raw
    if not (as_text(fields.get("NAME")) or "").strip():
        raise refusal("Cannot create group")
    values = read_group(fields)
    owner = as_int(fields.get("OWNER_ID")) if caller.admin else None
    if owner is not None and portal.staff.user(owner) is None:
        raise refusal("Cannot create group")
    group = portal.workgroups.add(
        str(values.pop("name")),
        owner=owner or caller.user_id,
        project=bool(as_flag(fields.get("PROJECT"))),
        scrum_master=as_int(fields.get("SCRUM_MASTER_ID")) or 0,
        subject_id=as_int(fields.get("SUBJECT_ID")) or 1,
        **values,  # type: ignore[arg-type]
    )
    return group.id


@rest_method("sonet_group.update", scope=SCOPES, docs="api-reference/sonet-group/sonet-group-update.md")
def update_group(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper().raw
    group = require_group(portal, fields, "GROUP_ID", "Wrong group ID", "Wrong group ID")
    if not manages(caller, group):
        raise refusal("User has no permissions to update group")
    values = read_group(fields)
    owner = as_int(fields.get("OWNER_ID"))
    if owner:
        if portal.staff.user(owner) is None:
            raise refusal("Cannot update group")
        values["owner"] = owner
    if values.get("name") == "":
        raise refusal("Cannot update group")
    portal.workgroups.update(group, **values)
    return group.id


@rest_method("sonet_group.delete", scope=SCOPES, docs="api-reference/sonet-group/sonet-group-delete.md")
def delete_group(portal: Portal, caller: Caller, params: Params) -> JSON:
    group = require_group(portal, params.upper().raw, "GROUP_ID", "Wrong group ID")
    if not manages(caller, group):
        raise refusal("User has no permissions to delete group")
    portal.workgroups.delete(group)
    return True


@rest_method("sonet_group.setowner", scope=SCOPES, docs="api-reference/sonet-group/sonet-group-setowner.md")
def set_owner(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper().raw
    words = "Invalid workgroup/project ID"
    group = require_group(portal, fields, "GROUP_ID", words, words)
    owner = as_int(fields.get("USER_ID")) or 0
    if portal.staff.user(owner) is None:
        raise refusal("Invalid user ID")
    if not manages(caller, group):
        raise refusal("User has no permissions to set owner")
    portal.workgroups.update(group, owner=owner)
    return True


@rest_method("sonet_group.get", scope=SCOPES, docs="api-reference/sonet-group/sonet-group-get.md")
def get_groups(portal: Portal, caller: Caller, params: Params) -> Answer:
    """An administrator sees the hidden groups of others only with ``IS_ADMIN``."""
    upper = params.upper()
    sent = {name.upper(): value for name, value in upper.filter("FILTER").items()}
    if upper.has("GROUP_ID"):
        sent["ID"] = upper.get("GROUP_ID")
    order = upper.order("ORDER") or [("ID", "DESC")]
    groups = find_groups(portal, caller, sent, GET_FILTERS, GET_PREFIXES, order, as_admin=upper.flag("IS_ADMIN"))
    return page([show(portal, group) for group in groups], upper.start("START"))


@rest_method("sonet_group.user.add", scope=SCOPES, docs="api-reference/sonet-group/members/sonet-group-user-add.md")
def add_members(portal: Portal, caller: Caller, params: Params) -> JSON:
    group, user_ids = members_request(portal, caller, params, "No permissions to add users")
    return texts(portal.workgroups.add_members(group, user_ids))


@rest_method(
    "sonet_group.user.invite", scope=SCOPES, docs="api-reference/sonet-group/members/sonet-group-user-invite.md"
)
def invite_members(portal: Portal, caller: Caller, params: Params) -> JSON:
    """An empty answer, too, for somebody who may not invite."""
    fields = params.upper()
    group = visible_group(portal, caller, fields)
    user_ids = [number for number in map(as_int, fields.values("USER_ID")) if number and number > 0]
    if not user_ids:
        raise refusal("Wrong user IDs")
    if not may_invite(caller, group):
        return []
    return texts(portal.workgroups.invite(group, user_ids, by=caller.user_id))


@rest_method(
    "sonet_group.user.request", scope=SCOPES, docs="api-reference/sonet-group/members/sonet-group-user-request.md"
)
def request_membership(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The caller's own wish to join."""
    if not portal.workgroups.request(visible_group(portal, caller, params.upper()), caller.user_id):
        raise refusal("Cannot request to join group")
    return True


@rest_method(
    "sonet_group.user.update", scope=SCOPES, docs="api-reference/sonet-group/members/sonet-group-user-update.md"
)
def update_members(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The owner's role does not change: an empty answer."""
    group, user_ids = members_request(portal, caller, params, "No permissions to update users role")
    role = as_text(params.upper().get("ROLE"))
    if role not in {MODERATOR, MEMBER}:
        raise refusal("Incorrect role code")
    return texts(portal.workgroups.set_role(group, user_ids, str(role)))


@rest_method(
    "sonet_group.user.delete", scope=SCOPES, docs="api-reference/sonet-group/members/sonet-group-user-delete.md"
)
def delete_members(portal: Portal, caller: Caller, params: Params) -> JSON:
    group, user_ids = members_request(portal, caller, params, "No permissions to update users role")
    return texts(portal.workgroups.remove_members(group, user_ids))


@rest_method("sonet_group.user.get", scope=SCOPES, docs="api-reference/sonet-group/members/sonet-group-user-get.md")
def get_members(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Active members. A hidden group is "not found" for people from outside."""
    group = require_group(portal, params.upper().raw, "ID", "Wrong socialnetwork group ID")
    if not portal.workgroups.can_see(group, caller.user_id) and not caller.admin:
        raise refusal("Socialnetwork group not found")
    return [
        {"USER_ID": str(user_id), "ROLE": role}
        for user_id, role in group.members.items()
        if portal.staff.is_active(user_id)
    ]


@rest_method("sonet_group.user.groups", scope=SCOPES, docs="api-reference/sonet-group/sonet-group-user-groups.md")
def own_groups(portal: Portal, caller: Caller, params: Params) -> JSON:
    groups = [group for group in portal.workgroups.all() if caller.user_id in group.members]
    return [
        {
            "GROUP_ID": str(group.id),
            "GROUP_NAME": group.name,
            "ROLE": group.members[caller.user_id],
            "GROUP_IMAGE_ID": None,
            "GROUP_IMAGE": "",
        }
        for group in groups
    ]


@rest_method("sonet_group.feature.access", scope=SCOPES, docs="api-reference/sonet-group/sonet-group-feature-access.md")
def feature_access(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper().raw
    words = "Wrong socialnetwork group ID"
    group = require_group(portal, fields, "GROUP_ID", words, words)
    feature, operation = as_text(fields.get("FEATURE")) or "", as_text(fields.get("OPERATION")) or ""
    if feature not in FEATURES:
        raise refusal("Wrong feature")
    if operation not in FEATURES[feature]:
        raise refusal("Wrong operation")
    role = group.members.get(caller.user_id)
    if operation in FOR_MODERATORS:
        return caller.admin or role in {OWNER, MODERATOR}
    return caller.admin or role is not None


@rest_method(
    "socialnetwork.api.workgroup.list",
    scope=("socialnetwork", "sonet_group", "sonet"),
    docs="api-reference/sonet-group/socialnetwork-api-workgroup-list.md",
)
def list_workgroups(portal: Portal, caller: Caller, params: Params) -> Answer:
    """Only the id unless more is selected; ``start=-1`` leaves ``total`` out."""
    options = params.optional_object("params")
    groups = find_groups(
        portal,
        caller,
        params.filter(),
        COLUMNS,
        LIST_PREFIXES,
        params.order(),
        as_admin=bool(as_flag(options.get("IS_ADMIN"))),
    )
    select = params.select() or ["ID"]
    rows = [row(portal, caller, group, select, options) for group in groups]
    answer = page(rows, params.start(), wrap=lambda shown: {"workgroups": shown})
    return Answer(answer.result) if params.start() < 0 else answer


@rest_method(
    "socialnetwork.api.workgroup.get",
    scope=("socialnetwork", "sonet_group", "sonet"),
    docs="api-reference/sonet-group/socialnetwork-api-workgroup-get.md",
)
def get_workgroup(portal: Portal, caller: Caller, params: Params) -> JSON:
    """An administrator sees every group, others what they may see."""
    options = params.require_object("params")
    if not options.get("groupId"):
        raise RestError("SONET_CONTROLLER_WORKGROUP_EMPTY", "Не передано значение ID рабочей группы.")
    group = portal.workgroups.get(as_int(options.get("groupId")) or 0)
    if group is None or not (caller.admin or portal.workgroups.can_see(group, caller.user_id)):
        raise RestError("SONET_CONTROLLER_WORKGROUP_NOT_FOUND", "Рабочая группа не найдена.")
    return card(portal, caller, group, [as_text(name) or "" for name in as_list(options.get("select"))])


def refusal(words: str) -> RestError:
    """The code is an empty text."""
    return RestError("", words)


def require_group(
    portal: Portal, fields: Mapping[str, JSON], name: str, wrong: str, absent: str = "Socialnetwork group not found"
) -> Workgroup:
    """The group of this parameter; ``wrong`` is said of what is no number, ``absent`` of a group that is not there."""
    group_id = as_int(fields.get(name)) or 0
    if group_id <= 0:
        raise refusal(wrong)
    group = portal.workgroups.get(group_id)
    if group is None:
        raise refusal(absent)
    return group


def visible_group(portal: Portal, caller: Caller, fields: Params) -> Workgroup:
    group = require_group(portal, fields.raw, "GROUP_ID", "Wrong group ID")
    if not caller.admin and not portal.workgroups.can_see(group, caller.user_id):
        raise refusal("Socialnetwork group not found")
    return group


def may_invite(caller: Caller, group: Workgroup) -> bool:
    """Everyone with at least the role the group's settings name (``INITIATE_PERMS``), and administrators."""
    allowed = {OWNER: {OWNER}, MODERATOR: {OWNER, MODERATOR}}.get(group.initiate_perms, {OWNER, MODERATOR, MEMBER})
    return caller.admin or group.members.get(caller.user_id) in allowed


def members_request(portal: Portal, caller: Caller, params: Params, not_allowed: str) -> tuple[Workgroup, list[int]]:
    """``GROUP_ID`` and ``USER_ID`` of the methods that change members; administrators only."""
    fields = params.upper().raw
    group_id = as_int(fields.get("GROUP_ID")) or 0
    if group_id <= 0:
        raise refusal("Wrong group ID")
    if not caller.admin:
        raise refusal(not_allowed)
    user_ids = [number for number in map(as_int, as_list(fields.get("USER_ID"))) if number]
    if not user_ids:
        raise refusal("Wrong user IDs")
    return require_group(portal, fields, "GROUP_ID", "Wrong group ID"), user_ids


def manages(caller: Caller, group: Workgroup) -> bool:
    return caller.admin or group.owner == caller.user_id


def read_group(fields: Mapping[str, JSON]) -> dict[str, object]:
    """Fields of ``Workgroup`` among what was sent."""
    values: dict[str, object] = {}
    readers: dict[str, tuple[str, Callable[[JSON], object]]] = {
        "NAME": ("name", lambda value: (as_text(value) or "").strip()),
        "DESCRIPTION": ("description", lambda value: as_text(value) or ""),
        "KEYWORDS": ("keywords", lambda value: as_text(value) or ""),
        "VISIBLE": ("visible", lambda value: bool(as_flag(value))),
        "OPENED": ("opened", lambda value: bool(as_flag(value))),
        "CLOSED": ("closed", lambda value: bool(as_flag(value))),
        "INITIATE_PERMS": ("initiate_perms", read_role),
        "PROJECT_DATE_START": ("project_start", read_moment),
        "PROJECT_DATE_FINISH": ("project_finish", read_moment),
    }
    for name, (attribute, read) in readers.items():
        if name in fields:
            values[attribute] = read(fields[name])
    return values


def read_role(value: JSON) -> str:
    word = as_text(value)
    return word if word in {OWNER, MODERATOR, MEMBER} else MEMBER


def find_groups(
    portal: Portal,
    caller: Caller,
    sent: Mapping[str, JSON],
    columns: Mapping[str, Column[Workgroup]],
    prefixes: tuple[str, ...],
    order: list[tuple[str, str]],
    *,
    as_admin: bool,
) -> list[Workgroup]:
    """What fits and may be seen; ``as_admin`` counts for administrators only."""
    conditions = read_conditions(sent, columns, prefixes)
    everything = caller.admin and as_admin
    groups = [
        group
        for group in portal.workgroups.all()
        if (everything or portal.workgroups.can_see(group, caller.user_id))
        and all(condition.test(columns[condition.name].read(group)) for condition in conditions)
    ]
    for name, way in reversed(order):
        column = columns.get(name.upper())
        if column is not None:
            groups.sort(key=sort_key(column), reverse=way.startswith("DESC"))
    return groups


def sort_key(column: Column[Workgroup]) -> Callable[[Workgroup], float | str]:
    return lambda group: sortable(column.read(group))


def sortable(value: object) -> float | str:
    if isinstance(value, datetime):
        return value.timestamp()
    return float(value) if isinstance(value, int) else str(value).casefold()


def texts(numbers: list[int]) -> list[str]:
    return [str(number) for number in numbers]


def yes(value: bool) -> str:
    return "Y" if value else "N"


def kind(group: Workgroup) -> str:
    if group.scrum_master:
        return "scrum"
    return "project" if group.project else "group"


def show(portal: Portal, group: Workgroup) -> dict[str, JSON]:
    """A row of ``sonet_group.get``."""
    return {
        "ID": str(group.id),
        "SITE_ID": SITE,
        "NAME": group.name,
        "DESCRIPTION": group.description or None,
        "DATE_CREATE": iso(group.created),
        "DATE_UPDATE": iso(group.updated),
        "ACTIVE": "Y",
        "VISIBLE": yes(group.visible),
        "OPENED": yes(group.opened),
        "CLOSED": yes(group.closed),
        "SUBJECT_ID": str(group.subject_id),
        "OWNER_ID": str(group.owner),
        "KEYWORDS": group.keywords or None,
        "NUMBER_OF_MEMBERS": str(len(group.members)),
        "DATE_ACTIVITY": iso(group.updated),
        "SUBJECT_NAME": SUBJECT,
        "PROJECT": yes(group.project),
        "IS_EXTRANET": "N",
    }


def moderators(group: Workgroup) -> list[int]:
    return [user_id for user_id, role in group.members.items() if role in {OWNER, MODERATOR}]


SELECTABLE: dict[str, tuple[str, Callable[[Workgroup], JSON]]] = {
    "ID": ("id", lambda group: str(group.id)),
    "ACTIVE": ("active", lambda group: "Y"),
    "SUBJECT_ID": ("subjectId", lambda group: str(group.subject_id)),
    "NAME": ("name", lambda group: group.name),
    "DESCRIPTION": ("description", lambda group: group.description),
    "KEYWORDS": ("keywords", lambda group: group.keywords),
    "CLOSED": ("closed", lambda group: yes(group.closed)),
    "VISIBLE": ("visible", lambda group: yes(group.visible)),
    "OPENED": ("opened", lambda group: yes(group.opened)),
    "PROJECT": ("project", lambda group: yes(group.project)),
    "LANDING": ("landing", lambda group: "N"),
    "DATE_CREATE": ("dateCreate", lambda group: iso(group.created)),
    "DATE_UPDATE": ("dateUpdate", lambda group: iso(group.updated)),
    "DATE_ACTIVITY": ("dateActivity", lambda group: iso(group.updated)),
    "TYPE": ("type", kind),
    "IMAGE_ID": ("imageId", lambda group: None),
    "AVATAR_TYPE": ("avatarType", lambda group: None),
    "OWNER_ID": ("ownerId", lambda group: str(group.owner)),
    "NUMBER_OF_MEMBERS": ("numberOfMembers", lambda group: str(len(group.members))),
    "NUMBER_OF_MODERATORS": ("numberOfModerators", lambda group: str(len(moderators(group)))),
    "INITIATE_PERMS": ("initiatePerms", lambda group: group.initiate_perms),
    "PROJECT_DATE_START": ("projectDateStart", lambda group: iso(group.project_start) if group.project_start else None),
    "PROJECT_DATE_FINISH": (
        "projectDateFinish",
        lambda group: iso(group.project_finish) if group.project_finish else None,
    ),
    "SCRUM_MASTER_ID": ("scrumMasterId", lambda group: str(group.scrum_master) if group.scrum_master else None),
    "AVATAR": ("avatar", lambda group: ""),
}
"""Names for ``select`` of ``socialnetwork.api.workgroup.list``, and what they show."""

WITH_AVATAR = ("IMAGE_ID", "AVATAR_TYPE")
"""Come along with ``AVATAR`` (the sample of the page)."""


def row(
    portal: Portal, caller: Caller, group: Workgroup, select: list[str], options: Mapping[str, JSON]
) -> dict[str, JSON]:
    wanted = {"ID", *select, *(WITH_AVATAR if "AVATAR" in select else ())}
    shown = {key: read(group) for name, (key, read) in SELECTABLE.items() if name in wanted}
    if options.get("mode") == "mobile":
        shown["additionalData"] = {"role": group.members.get(caller.user_id, ""), "initiatedByType": ""}
    if as_flag(options.get("shouldSelectDialogId")):
        # Groups of the sandbox have no chats.
        shown["dialogId"] = ""
    return shown


def card(portal: Portal, caller: Caller, group: Workgroup, select: list[str]) -> dict[str, JSON]:
    """``socialnetwork.api.workgroup.get``; of the additional fields only those the sandbox knows something about."""
    ordinary = [user_id for user_id, role in group.members.items() if role == MEMBER]
    shown: dict[str, JSON] = {
        "ID": group.id,
        "ACTIVE": "Y",
        "SITE_ID": SITE,
        "SUBJECT_ID": group.subject_id,
        "NAME": group.name,
        "DESCRIPTION": group.description,
        "KEYWORDS": group.keywords,
        "CLOSED": yes(group.closed),
        "VISIBLE": yes(group.visible),
        "OPENED": yes(group.opened),
        "DATE_CREATE": russian(group.created),
        "DATE_UPDATE": russian(group.updated),
        "DATE_ACTIVITY": russian(group.updated),
        "IMAGE_ID": 0,
        "AVATAR_TYPE": "folder",
        "OWNER_ID": group.owner,
        "INITIATE_PERMS": group.initiate_perms,
        "NUMBER_OF_MEMBERS": len(group.members),
        "NUMBER_OF_MODERATORS": len(moderators(group)),
        "PROJECT": yes(group.project),
        "PROJECT_DATE_START": russian(group.project_start),
        "PROJECT_DATE_FINISH": russian(group.project_finish),
        "SEARCH_INDEX": f"{group.name} {group.description} {group.keywords}".strip(),
        "LANDING": "N",
        "SCRUM_OWNER_ID": 0,
        "SCRUM_MASTER_ID": group.scrum_master,
        "SCRUM_SPRINT_DURATION": 0,
        "SCRUM_TASK_RESPONSIBLE": "",
        "TYPE": kind(group),
        "MEMBERS": list(group.members),
        "CHAT_ID": 0,
        "DIALOG_ID": "",
        "ORDINARY_MEMBERS": ordinary,
        "INVITED_MEMBERS": [],
        "MODERATOR_MEMBERS": moderators(group),
        "SITE_IDS": [SITE],
        "NUMBER_OF_MEMBERS_PLURAL": 0,
    }
    owner = portal.staff.user(group.owner)
    manage = manages(caller, group)
    additional: dict[str, JSON] = {
        "AVATAR": "",
        "TAGS": [tag.strip() for tag in group.keywords.split(",") if tag.strip()],
        "DEPARTMENTS": [],
        "OWNER_DATA": {"ID": group.owner, "PHOTO": "", "FORMATTED_NAME": owner.full_name if owner else ""},
        "SUBJECT_DATA": {"ID": group.subject_id, "NAME": SUBJECT},
        "USER_DATA": {
            "ROLE": group.members.get(caller.user_id) or False,
            "INITIATED_BY_TYPE": False,
        },
        "ACTIONS": {"EDIT": manage, "DELETE": manage, "INVITE": manage},
    }
    privacy = "open" if group.opened else "closed"
    if "PRIVACY_TYPE" in select:
        additional["PRIVACY_CODE"] = privacy if group.visible else "secret"
    chosen = {*select, *({"PRIVACY_CODE"} if "PRIVACY_TYPE" in select else set())}
    return {**shown, **{name: value for name, value in additional.items() if name in chosen}}


def russian(moment: datetime | None) -> str | None:
    """``17.04.2025 19:37:55``, as this one method writes its dates."""
    return None if moment is None else moment.strftime("%d.%m.%Y %H:%M:%S")
