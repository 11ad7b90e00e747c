"""``crm.deal.contact.*``, ``crm.lead.contact.*``, ``crm.quote.contact.*``, ``crm.company.contact.*`` and
``crm.contact.company.*``: which contacts and companies an object is bound to.

Source: the folders ``contacts``, ``management-communication`` and ``company`` of api-reference/crm/. The links are
those of ``contactIds`` and ``companyIds`` in ``crm.item.*``; the primary one stands first there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sandbox.portal.crm.client_links import as_links
from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.kinds import COMPANY, CONTACT, DEAL, LEAD, QUOTE
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, is_array
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Answer, Caller, Params, rest_method


@dataclass(frozen=True)
class Binding:
    """One family of methods: ``crm.{word}.{other}.*``."""

    owner_type: int
    word: str
    other: str
    field: str
    docs: str
    not_found: str = ""
    """Code of the refusal for an owner that does not exist."""

    @property
    def key(self) -> str:
        return f"{self.other.upper()}_ID"


BINDINGS = (
    Binding(DEAL, "deal", "contact", "contactIds", "api-reference/crm/deals/contacts/"),
    Binding(LEAD, "lead", "contact", "contactIds", "api-reference/crm/leads/management-communication/", "NOT_FOUND"),
    Binding(QUOTE, "quote", "contact", "contactIds", "api-reference/crm/quote/contacts/"),
    Binding(COMPANY, "company", "contact", "contactIds", "api-reference/crm/companies/contacts/"),
    Binding(CONTACT, "contact", "company", "companyIds", "api-reference/crm/contacts/company/"),
)


def add(binding: Binding, portal: Portal, caller: Caller, params: Params) -> JSON:
    """``false`` when it is bound already."""
    owner = find_owner(binding, portal, params)
    sent = sent_link(binding, params, "fields")
    number, links = require_link(binding, sent), as_links(owner.values.get(binding.field))
    if number in links:
        return False
    sorts = known_sorts(binding, portal, owner)
    sorts[number] = sort if (sort := as_int(sent.get("SORT"))) is not None else max(sorts.values(), default=0) + 10
    first = as_flag(sent.get("IS_PRIMARY")) is True
    save(binding, portal, caller, owner, (number, *links) if first else (*links, number), sorts)
    return True


def delete(binding: Binding, portal: Portal, caller: Caller, params: Params) -> JSON:
    """``false`` when it is not bound. Of a primary link the first of the others takes the place."""
    owner = find_owner(binding, portal, params)
    number, links = require_link(binding, sent_link(binding, params, "item")), as_links(owner.values.get(binding.field))
    if number not in links:
        return False
    save(
        binding,
        portal,
        caller,
        owner,
        tuple(one for one in links if one != number),
        known_sorts(binding, portal, owner),
    )
    return True


def get_items(binding: Binding, portal: Portal, caller: Caller, params: Params) -> JSON:
    """By sort. ``ROLE_ID`` is always 0. A company's contact is primary when the company is the contact's primary one:
    recorded so, several times Y (``crm_company_contact_items_get`` of leshchenko1979/fast_bitrix24)."""
    owner = find_owner(binding, portal, params)
    links, sorts = as_links(owner.values.get(binding.field)), known_sorts(binding, portal, owner)
    rows: list[JSON] = [
        {
            binding.key: one,
            "SORT": sorts[one],
            "ROLE_ID": 0,
            "IS_PRIMARY": "Y" if is_primary(binding, portal, owner, one) else "N",
        }
        for one in sorted(links, key=lambda one: sorts[one])
    ]
    return rows


def set_items(binding: Binding, portal: Portal, caller: Caller, params: Params) -> JSON:
    owner = find_owner(binding, portal, params)
    if not is_array(params.get("ITEMS")):
        raise RestError("", "The parameter items must be array.")
    sorts: dict[int, int] = {}
    primary: list[int] = []
    for place, element in enumerate(as_list(params.get("ITEMS")), start=1):
        sent = as_object(element) or {}
        number = as_int(sent.get(binding.key)) or 0
        if number <= 0:
            continue
        sort = as_int(sent.get("SORT"))
        sorts[number] = place * 10 if sort is None else sort
        if as_flag(sent.get("IS_PRIMARY")):
            primary.append(number)
    first = primary[:1]
    save(binding, portal, caller, owner, (*first, *(one for one in sorts if one not in first)), sorts)
    return True


def delete_items(binding: Binding, portal: Portal, caller: Caller, params: Params) -> JSON:
    save(binding, portal, caller, find_owner(binding, portal, params), (), {})
    return True


def fields(binding: Binding, portal: Portal, caller: Caller, params: Params) -> JSON:
    title = {"contact": "Контакт", "company": "Компания"}[binding.other]
    return {
        binding.key: describe("integer", title, required=True),
        "SORT": describe("integer", "Сортировка"),
        "IS_PRIMARY": describe("char", "Первичный"),
    }


Action: TypeAlias = "Callable[[Binding, Portal, Caller, Params], Answer | JSON]"
ACTIONS: Mapping[str, Action] = {
    "add": add,
    "delete": delete,
    "fields": fields,
    "items.get": get_items,
    "items.set": set_items,
    "items.delete": delete_items,
}


def register(binding: Binding, name: str, action: Action) -> None:
    method = f"crm.{binding.word}.{binding.other}.{name}"

    @rest_method(method, scope="crm", docs=f"{binding.docs}{method.replace('.', '-')}.md")
    def call(portal: Portal, caller: Caller, params: Params) -> Answer | JSON:
        return action(binding, portal, caller, params.upper())


for each in BINDINGS:
    for name, action in ACTIONS.items():
        register(each, name, action)


def find_owner(binding: Binding, portal: Portal, params: Params) -> Item:
    """Raises the refusals the pages share; ``ACCESS_DENIED`` when one may not see the object."""
    number = as_int(params.get("ID"))
    if number is None or number <= 0:
        raise RestError("", "The parameter 'ownerEntityID' is invalid or not defined.")
    if portal.crm.items(binding.owner_type).get(number) is None:
        raise RestError(binding.not_found, "Not found.")
    return portal.crm.require_item(binding.owner_type, number)


def sent_link(binding: Binding, params: Params, called: str) -> dict[str, JSON]:
    """``called`` is what the refusal calls the parameter."""
    sent = as_object(params.get("FIELDS"))
    if sent is None:
        raise RestError("", f"The parameter '{called}' must be array.")
    return sent


def require_link(binding: Binding, sent: Mapping[str, JSON]) -> int:
    number = as_int(sent.get(binding.key))
    if number is None or number <= 0:
        raise RestError("", "The parameter 'fields' is not valid.")
    return number


def known_sorts(binding: Binding, portal: Portal, owner: Item) -> dict[int, int]:
    links = as_links(owner.values.get(binding.field))
    sort_of = portal.crm.client_links.sort_of
    return {one: sort_of(binding.owner_type, owner, binding.field, one) for one in links}


def is_primary(binding: Binding, portal: Portal, owner: Item, link: int) -> bool:
    if binding.owner_type != COMPANY:
        return as_links(owner.values.get(binding.field))[:1] == (link,)
    contact = portal.crm.items(CONTACT).get(link)
    return contact is None or contact.values.get("companyId") == owner.id


def save(
    binding: Binding, portal: Portal, caller: Caller, owner: Item, links: tuple[int, ...], sorts: Mapping[int, int]
) -> None:
    """An ordinary update of the object, with all that follows from one."""
    schema = portal.crm.schema(binding.owner_type)
    portal.crm.saving.update(schema, owner, {binding.field: list(links)}, caller.user_id)
    kept = {one: sort for one, sort in sorts.items() if one in links}
    portal.crm.client_links.set_sorts(binding.owner_type, owner, binding.field, kept)
