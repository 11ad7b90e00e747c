"""Events of a portal by the scope that may hear them.

api-reference/events/events.md lists those of CRM and tasks; the others are on the pages of their sections. Events of
sections this sandbox has not built are here too: one may bind them, they just never happen.
"""

from __future__ import annotations

from collections.abc import Iterable

BASE = ""
"""The scope everybody has; ``events`` with an empty ``SCOPE`` means it."""


def family(stem: str, whats: str = "ADD UPDATE DELETE") -> tuple[str, ...]:
    """``family("ONTASK")``: ``ONTASKADD``, ``ONTASKUPDATE``, ``ONTASKDELETE``."""
    return tuple(stem + what for what in whats.split())


def user_fields(stem: str) -> tuple[str, ...]:
    return family(stem + "USERFIELD", "ADD UPDATE DELETE SETENUMVALUES")


DYNAMIC_ITEM = family("ONCRMDYNAMICITEM")
"""Also bindable for one smart process: ``ONCRMDYNAMICITEMADD_1030``."""

EVENTS: dict[str, tuple[str, ...]] = {
    BASE: (
        "ONAPPUNINSTALL",
        "ONAPPINSTALL",
        "ONAPPUPDATE",
        "ONAPPPAYMENT",
        "ONAPPTEST",
        "ONAPPMETHODCONFIRM",
        "ONOFFLINEEVENT",
    ),
    "user": ("ONUSERADD",),
    "crm": (
        *family("ONCRMINVOICE", "ADD UPDATE DELETE SETSTATUS"),
        *family("ONCRMLEAD"),
        *user_fields("ONCRMLEAD"),
        *family("ONCRMDEAL", "ADD UPDATE DELETE MOVETOCATEGORY"),
        *user_fields("ONCRMDEAL"),
        *family("ONCRMCOMPANY"),
        *user_fields("ONCRMCOMPANY"),
        *family("ONCRMCONTACT"),
        *user_fields("ONCRMCONTACT"),
        *family("ONCRMQUOTE"),
        *user_fields("ONCRMQUOTE"),
        *user_fields("ONCRMINVOICE"),
        *family("ONCRMCURRENCY"),
        *family("ONCRMPRODUCT"),
        *family("ONCRMPRODUCTPROPERTY"),
        *family("ONCRMPRODUCTSECTION"),
        *family("ONCRMACTIVITY"),
        *family("ONCRMREQUISITE"),
        *user_fields("ONCRMREQUISITE"),
        *family("ONCRMBANKDETAIL"),
        "ONCRMADDRESSREGISTER",
        "ONCRMADDRESSUNREGISTER",
        *family("ONCRMMEASURE"),
        *family("ONCRMDEALRECURRING", "ADD UPDATE DELETE EXPOSE"),
        *family("ONCRMINVOICERECURRING", "ADD UPDATE DELETE EXPOSE"),
        *family("ONCRMTIMELINECOMMENT"),
        "ONCRMTIMELINEITEMACTION",
        *DYNAMIC_ITEM,
        *family("ONCRMTYPE"),
        *user_fields("ONCRMTYPE"),
        *family("ONCRMDOCUMENTGENERATORDOCUMENT"),
    ),
    "task": (*family("ONTASK"), *family("ONTASKCOMMENT")),
    "sonet_group": family("ONSONETGROUP"),
    "log": family("ONLIVEFEEDPOST"),
    "calendar": (*family("ONCALENDARENTRY"), *family("ONCALENDARSECTION")),
    "booking": (
        *family("ONBOOKING"),
        *family("ONBOOKINGRESOURCE"),
        *family("ONBOOKINGRESOURCETYPE"),
        *family("ONBOOKINGWAITLISTITEM"),
    ),
    "telephony": (
        *family("ONVOXIMPLANTCALL", "INIT START END"),
        "ONEXTERNALCALLSTART",
        "ONEXTERNALCALLBACKSTART",
    ),
    "imbot": (
        *family("ONIMBOTMESSAGE"),
        "ONIMBOTJOINCHAT",
        "ONIMBOTDELETE",
        "ONIMCOMMANDADD",
        *family("ONIMBOTV2MESSAGE"),
        "ONIMBOTV2JOINCHAT",
        "ONIMBOTV2DELETE",
    ),
    "sale": (
        "ONSALEORDERSAVED",
        "ONSALEBEFOREORDERDELETE",
        "ONORDERENTITYSAVED",
        "ONORDERDELETED",
        "ONPAYMENTENTITYSAVED",
        "ONPAYMENTDELETED",
        "ONSHIPMENTENTITYSAVED",
        "ONSHIPMENTDELETED",
        "ONPROPERTYVALUEENTITYSAVED",
        "ONPROPERTYVALUEDELETED",
    ),
}

ALIASES = {"sonet": "sonet_group", "tasks": "task", "user_basic": "user", "user_brief": "user"}
"""Names of scopes are not consistent (contract 11)."""

APPLICATIONS_ONLY = frozenset({"ONCRMDEALMOVETOCATEGORY", "ONCRMTIMELINEITEMACTION"})
"""Not selectable in an outgoing webhook (api-reference/crm/deals/events/index.md)."""

ONLINE_ONLY = frozenset({"ONOFFLINEEVENT"})
"""Cannot be bound with ``event_type=offline`` (api-reference/events/event-bind.md)."""

WITH_REFRESH_TOKEN = frozenset({"ONAPPINSTALL", "ONAPPUPDATE", "ONAPPTEST", "ONOFFLINEEVENT"})
"""Their application will need access for long; the other events bring no ``refresh_token``
(api-reference/events/index.md, and for ``ONAPPTEST`` the vendor's module ``rest``)."""

WITHOUT_TOKENS = frozenset({"ONAPPUNINSTALL", "ONAPPMETHODCONFIRM"})
"""There is nothing a token could open any more, or yet (api-reference/common/events/on-app-uninstall.md)."""


def known_events(scopes: Iterable[str], smart_processes: Iterable[int]) -> list[str]:
    """Those of these scopes, and per smart process by its ``entityTypeId``. Unknown scopes have none."""
    wanted = {ALIASES.get(scope, scope) for scope in scopes}
    names = [event for scope, events in EVENTS.items() if scope in wanted for event in events]
    if "crm" in wanted:
        names += [f"{event}_{number}" for number in smart_processes for event in DYNAMIC_ITEM]
    return names
