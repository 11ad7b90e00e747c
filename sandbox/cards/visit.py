"""One request of a browser: which portal, who is sitting there, what was sent.

Who sits there is a cookie that anybody may change: this is a desk, not a bank. Calls go through the very methods REST
clients use, with this person's rights, but they are clicks and no REST requests: they spend no limits and the journal
keeps only what they changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

from sandbox.portal import dispatch
from sandbox.portal.access import SCOPES
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_list, as_object
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Answer, Caller, Params
from sandbox.portal.staff import FIRST_ADMINISTRATOR, User

COOKIE = "sandbox_person"
LARGEST_FORM = 1024 * 1024
"""Bytes."""
MOST_FIELDS = 5000

Row = dict[str, JSON]


@dataclass(frozen=True)
class Form:
    """What a browser sent, in a form or in the query of an address."""

    fields: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, text: str) -> Form:
        """Browsers end lines with CR LF in forms. Raises ``ValueError`` for more than ``MOST_FIELDS``."""
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
        return cls(tuple((name, value.replace("\r\n", "\n")) for name, value in pairs))

    def text(self, name: str) -> str:
        """The first value; empty when there is none."""
        return next((value for key, value in self.fields if key == name), "").strip()

    def texts(self, name: str) -> list[str]:
        """All values that are not empty."""
        return [value.strip() for key, value in self.fields if key == name and value.strip()]

    def number(self, name: str) -> int:
        """0 for what is no number."""
        return as_int(self.text(name)) or 0

    def names(self, prefix: str) -> list[str]:
        """What follows this prefix in the names that have it."""
        return [key.removeprefix(prefix) for key in dict(self.fields) if key.startswith(prefix)]


@dataclass(frozen=True)
class Visit:
    request: Request
    portal: Portal
    person: User
    query: Form
    form: Form = field(default_factory=Form)

    @property
    def path(self) -> str:
        """Of the page, with its query: where to come back to."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    def number(self, name: str) -> int:
        """A part of the path that is a number."""
        return int(self.request.path_params[name])

    def call(self, method: str, params: Mapping[str, JSON] | list[JSON]) -> JSON:
        """``result`` of a method called as this person. Raises ``RestError`` as the portal would answer."""
        return self.answer(method, params).result

    def answer(self, method: str, params: Mapping[str, JSON] | list[JSON]) -> Answer:
        """The same with ``total`` and ``next``."""
        caller = Caller(self.person.id, self.person.admin, frozenset(SCOPES), webhook_id=0)
        outcome = dispatch.run(dispatch.find(method.lower(), method, caller), self.portal, caller, Params(params))
        if isinstance(outcome, RestError):
            raise outcome
        return outcome

    def rows(self, method: str, params: Mapping[str, JSON] | list[JSON], key: str = "") -> list[Row]:
        """The rows of a list method; ``key`` names where in the result they are."""
        return read_rows(self.call(method, params), key)


def read_rows(result: JSON, key: str = "") -> list[Row]:
    if key:
        result = (as_object(result) or {}).get(key)
    return [row for row in map(as_object, as_list(result)) if row is not None]


def recognise(portal: Portal, request: Request) -> User:
    """The person of the cookie; the administrator when there is none, or when that person works here no more."""
    chosen = portal.staff.user(as_int(request.cookies.get(COOKIE, "")) or FIRST_ADMINISTRATOR)
    if chosen is not None and chosen.active:
        return chosen
    active = next((user for user in portal.staff.users() if user.active), None)
    if active is None:
        raise RestError("ACCESS_DENIED", "На портале не осталось ни одного сотрудника", status=403)
    return active
