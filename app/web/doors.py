"""Who may bring events: the portals by name, with their tokens and secrets."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from bitrix.events import Event, token_matches


@dataclass(frozen=True)
class Door:
    """What one portal must show to be let in."""

    portal: str
    host: str
    member_id: str | None
    tokens: tuple[str, ...]
    robot_secret: str | None


class Refusal(Exception):
    """Why an event isn't taken: a code for programs, a sentence for the integrator."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence


class Doors:
    """Those of one deployment, which may be thousands."""

    def __init__(self, doors: Iterable[Door]) -> None:
        self._by_name = {each.portal: each for each in doors}
        self._by_host = {each.host: each for each in self._by_name.values()}
        self._by_member = {each.member_id: each for each in self._by_name.values() if each.member_id is not None}

    def named(self, portal: str) -> Door | None:
        return self._by_name.get(portal)

    def of(self, event: Event) -> Door | None:
        """The door that the event claims to be sent to: by the portal's permanent number where we know it, else by its
        address. An address may have passed on to somebody else."""
        if event.member_id is not None and event.member_id in self._by_member:
            return self._by_member[event.member_id]
        door = self._by_host.get(event.domain.lower()) if event.domain is not None else None
        if door is not None and door.member_id is not None and event.member_id is not None:
            return None
        return door


def admit(event: Event, doors: Doors) -> Door:
    """The portal an event comes from, by its permanent number or its address; the token is what proves it.

    Raises Refusal when the portal is unknown or the token is wrong.
    """
    door = doors.of(event)
    if door is None:
        raise Refusal(
            403,
            "unknown_portal",
            f"Портал «{_name_of(event)}» не подключён. Укажите его вебхук: CAPA24_PORTALS__ИМЯ__WEBHOOK; если портал "
            "сменил адрес, укажите и CAPA24_PORTALS__ИМЯ__MEMBER_ID",
        )
    if not token_matches(event, door.tokens):
        raise Refusal(
            403,
            "wrong_token",
            "Токен события не подходит. Скопируйте токен исходящего вебхука из Битрикс24 в "
            f"CAPA24_PORTALS__{door.portal.upper()}__APPLICATION_TOKENS",
        )
    return door


def admit_robot(portal: str, secret: str, doors: Doors) -> Door:
    """The portal whose robot calls. A wrong name and a wrong secret are refused alike."""
    door = doors.named(portal)
    expected = door.robot_secret if door is not None else None
    if door is None or not expected or not hmac.compare_digest(secret.encode(), expected.encode()):
        raise Refusal(
            403,
            "wrong_secret",
            "Адрес робота не подходит: имя портала или секрет неверны (CAPA24_PORTALS__ИМЯ__ROBOT_SECRET)",
        )
    return door


def _name_of(event: Event) -> str:
    """What a stranger calls itself, fit for a log."""
    name = event.domain or event.member_id or "без имени"
    return "".join(character if character.isprintable() else "?" for character in name[:100])
