"""``capa24 doctor``: what is wrong is named with the way out; what REST can't tell is asked of a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

import app
from app.controller.loss_meter import Silence
from app.doctor import report
from app.doctor.examination import Examination, examine
from app.doctor.findings import LEAST_SCOPES, Finding, State, findings, unreachable
from app.provision.blueprint import Blueprint
from app.settings import PortalSettings
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.inbox import Inbox
from app.storage.known_objects import KnownObjects
from bitrix.errors import AccessLost, Refused
from rules.rulebook import Rulebook
from tests.app.conftest import MONDAY, Clock
from tests.app.fake_portal import FakePortal

SETTINGS = PortalSettings(
    webhook=SecretStr("https://shop.test/rest/1/t0psecret/"), application_tokens=[SecretStr("t0ken")]
)
Change = Callable[[Examination], Examination]


@pytest.fixture
def inbox(database: Database, clock: Clock) -> Inbox:
    return Inbox(database, DirtyKeys(database, clock), KnownObjects(database), wake=lambda: None)


@pytest.fixture
async def seen(portal: FakePortal, blueprint: Blueprint, inbox: Inbox, clock: Clock) -> Examination:
    """A healthy portal, told of by its events an hour ago; its webhook belongs to nobody who decides."""
    portal.hire(99, "Система качества", 1)
    found = await examine("shop", SETTINGS, portal, blueprint, inbox, clock)  # type: ignore[arg-type]
    return replace(found, caller=replace(found.caller, id=99), last_event=MONDAY - timedelta(hours=1))


def told(seen: Examination, blueprint: Blueprint, book: Rulebook, state: State) -> list[Finding]:
    return [finding for finding in findings(seen, blueprint, book) if finding.state is state]


def test_a_healthy_portal_has_nothing_to_mend(seen: Examination, blueprint: Blueprint, book: Rulebook) -> None:
    assert told(seen, blueprint, book, State.WRONG) == []
    good = {finding.about for finding in told(seen, blueprint, book, State.GOOD)}
    assert good == {
        "Связь", "Часы", "Права вебхука", "Владелец вебхука", "Отделы", "Портал", "Пропуск без завершённых задач",
        "События",
    }  # fmt: skip


def test_what_rest_cannot_tell_is_asked_of_a_person(seen: Examination, blueprint: Blueprint, book: Rulebook) -> None:
    """Stage rights and the pass demanded by the portal: two of the gate's four layers (S57)."""
    asked = told(seen, blueprint, book, State.BY_HAND)
    assert [finding.about for finding in asked] == ["Права на стадии", "Обязательный допуск", "Роботы"]
    assert all(finding.remedy for finding in asked)


@pytest.mark.parametrize(
    ("change", "about", "says"),
    [
        (lambda seen: replace(seen, scopes=seen.scopes - {"task"}), "Права вебхука", "не хватает: task"),
        # the sweep finds changes and no event comes: the outgoing webhook was removed
        (
            lambda seen: replace(seen, silence=Silence(seen.last_event, changes=17)),
            "События",
            "с тех пор обход нашёл изменений: 17",
        ),
        # any of the three is enough, none is not
        (lambda seen: replace(seen, scopes=seen.scopes - {"user"}), "Права вебхука", "user_brief или user_basic"),
        (lambda seen: replace(seen, caller=replace(seen.caller, admin=False)), "Владелец вебхука", "не администратор"),
        (lambda seen: with_staff(seen, fired=99), "Владелец вебхука", "уволен"),
        (
            lambda seen: replace(seen, portal_time=seen.portal_time + timedelta(minutes=5)),
            "Часы",
            "наши часы отстают на 299 с",
        ),
        (
            lambda seen: replace(seen, portal_time=seen.portal_time - timedelta(minutes=5)),
            "Часы",
            "наши часы спешат на 299 с",
        ),
        (lambda seen: without_heads(seen), "Отделы", "нет руководителя, и выше по структуре тоже"),
        (lambda seen: without_groups(seen), "Портал", "нужно: создать группу"),
        (lambda seen: without_departments(seen), "Портал", "нет в структуре компании"),
        (
            lambda seen: replace(seen, settings=SETTINGS.model_copy(update={"application_tokens": []})),
            "События",
            "не указан ни токен",
        ),
        (lambda seen: replace(seen, last_event=None), "События", "ещё не пришло ни одного"),
        (lambda seen: replace(seen, last_event=MONDAY - timedelta(days=8)), "События", "8 дн. назад"),
        (lambda seen: replace(seen, standing=None, refusal="insufficient_scope"), "Портал", "insufficient_scope"),
    ],
)
def test_what_is_wrong_is_named_with_the_way_out(
    seen: Examination, blueprint: Blueprint, book: Rulebook, change: Change, about: str, says: str
) -> None:
    wrong = told(change(seen), blueprint, book, State.WRONG)
    assert wrong
    assert {finding.about for finding in wrong} == {about}
    assert any(says in finding.says for finding in wrong), [finding.says for finding in wrong]
    assert all(finding.remedy for finding in wrong)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        # everybody counts as present
        (lambda seen: replace(seen, scopes=seen.scopes - {"calendar"}), "нет права calendar"),
        (lambda seen: replace(seen, scopes=seen.scopes | {"disk"}), "отмечено лишнее: disk"),
        # the head of quality: what is written in their name is the service's
        (lambda seen: replace(seen, caller=replace(seen.caller, id=20)), "сам участвует в разборах"),
        (lambda seen: with_staff(seen, fired=40), "нет работающего руководителя: вместо него Директор"),
        (lambda seen: seen, "50 запросов сразу и 2 в секунду"),
    ],
)
def test_what_works_and_should_be_known_is_no_mistake(
    seen: Examination, blueprint: Blueprint, book: Rulebook, change: Change, says: str
) -> None:
    examined = change(seen)
    assert told(examined, blueprint, book, State.WRONG) == []
    assert any(says in finding.says for finding in told(examined, blueprint, book, State.NOTE))


def test_nobody_to_override_is_worth_a_note(seen: Examination, blueprint: Blueprint, book: Rulebook) -> None:
    """R15."""
    nobody = book.model_copy(update={"gate": book.gate.model_copy(update={"override": ()})})
    notes = told(seen, blueprint, nobody, State.NOTE)
    assert "не может дать никто" in [finding.says for finding in notes]


def with_staff(seen: Examination, *, fired: int) -> Examination:
    assert seen.standing is not None
    staff = seen.standing.staff
    people = {**staff.people, fired: replace(staff.people[fired], active=False)}
    return replace(seen, standing=replace(seen.standing, staff=replace(staff, people=people)))


def without_heads(seen: Examination) -> Examination:
    assert seen.standing is not None
    staff = seen.standing.staff
    departments = {id_: replace(each, head_id=None) for id_, each in staff.departments.items()}
    return replace(seen, standing=replace(seen.standing, staff=replace(staff, departments=departments)))


def without_departments(seen: Examination) -> Examination:
    assert seen.standing is not None
    return replace(seen, standing=replace(seen.standing, staff=replace(seen.standing.staff, departments={})))


def without_groups(seen: Examination) -> Examination:
    assert seen.standing is not None
    return replace(seen, standing=replace(seen.standing, groups={}))


# --- Reading ---------------------------------------------------------------------------------------------------------


async def test_a_doctor_changes_nothing(portal: FakePortal, blueprint: Blueprint, inbox: Inbox, clock: Clock) -> None:
    await examine("shop", SETTINGS, portal, blueprint, inbox, clock)  # type: ignore[arg-type]
    assert portal.writes == []


async def test_a_right_that_is_missing_does_not_hide_the_rest(
    portal: FakePortal, blueprint: Blueprint, inbox: Inbox, clock: Clock
) -> None:
    portal.refuse(Refused("crm.type.list", code="insufficient_scope", status=401))
    seen = await examine("shop", SETTINGS, portal, blueprint, inbox, clock)  # type: ignore[arg-type]
    assert seen.standing is None
    assert seen.refusal is not None
    assert "insufficient_scope" in seen.refusal
    assert seen.caller.admin


async def test_a_portal_that_does_not_answer_ends_the_examination(
    portal: FakePortal, blueprint: Blueprint, inbox: Inbox, clock: Clock
) -> None:
    portal.refuse(AccessLost("server.time", code="NO_AUTH_FOUND"))
    with pytest.raises(AccessLost):
        await examine("shop", SETTINGS, portal, blueprint, inbox, clock)  # type: ignore[arg-type]


# --- Saying ----------------------------------------------------------------------------------------------------------


def said(found: dict[str, Sequence[Finding]]) -> str:
    written = StringIO()
    report.show(found, Console(file=written, width=200))
    return written.getvalue()


def test_a_report_says_in_the_end_whether_something_is_to_be_mended() -> None:
    fine = Finding(State.GOOD, "Часы", "идут")
    wrong = unreachable("shop", "NO_AUTH_FOUND", "создайте новый вебхук")
    assert report.healthy({"shop": [fine]})
    assert not report.healthy({"shop": [fine], "other": [wrong]})
    assert "✓ Часы: идут" in said({"shop": [fine]})
    assert "Исправлять нечего" in said({"shop": [fine]})
    assert "✗ Связь: портал shop не отвечает: NO_AUTH_FOUND\n    → создайте новый вебхук" in said({"shop": [wrong]})


def test_a_report_for_machines_holds_the_same() -> None:
    found = {"shop": [unreachable("shop", "NO_AUTH_FOUND", "создайте новый вебхук")]}
    data = json.loads(json.dumps(report.as_json(found)))
    assert data["healthy"] is False
    assert data["portals"]["shop"][0] == {
        "state": "wrong",
        "about": "Связь",
        "says": "портал shop не отвечает: NO_AUTH_FOUND",
        "remedy": "создайте новый вебхук",
    }


def test_the_guide_names_every_right_that_the_doctor_wants() -> None:
    guide = (Path(app.__file__).parent.parent / "docs" / "howto" / "connect.ru.md").read_text(encoding="utf-8")
    for scope in LEAST_SCOPES:
        assert any(f"| `{code}` |" in guide for code in scope.codes), scope
    assert "Замок на финализации" in guide
