"""Who decides: violation types name roles, roles name places, the live structure names people (S33, S45, S46, R12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from rules import commission, formulation
from rules.decision import Command, Tell, UpdateCase
from rules.model import Case, CaseField, Staff, Stage
from rules.rulebook import Rulebook
from tests.builders import (
    BOOK,
    DEVELOPER,
    DIRECTOR,
    INSPECTOR,
    IT,
    LOGISTICS_HEAD,
    MANAGER,
    NOON,
    QUALITY_HEAD,
    SALES_HEAD,
    a_case,
    a_staff,
    reached,
)


def a_book(
    *, substitutes: dict[str, tuple[str, ...]] | None = None, critical: str | None = None, **quality: Any
) -> Rulebook:
    """The small rulebook with another composition of commissions; a quality role may stand in too."""
    roles = {
        **BOOK.roles,
        "quality_head": BOOK.roles["it_head"].model_copy(update={"title": "Глава ОКК", "head_of": "Отдел качества"}),
    }
    for code, instead in (substitutes or {}).items():
        roles[code] = roles[code].model_copy(update={"substitutes": instead})
    return BOOK.model_copy(
        update={
            "roles": roles,
            "quality": BOOK.quality.model_copy(update=quality),
            "approval": BOOK.approval.model_copy(update={"critical_needs": critical}),
        }
    )


def on_the_card(changes: Sequence[Command]) -> dict[CaseField, Any]:
    return {field: value for each in changes if isinstance(each, UpdateCase) for field, value in each.changes.items()}


# --- Which roles -----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S33")
@pytest.mark.parametrize(
    ("violations", "book", "roles"),
    [
        (("terms",), BOOK, ("sales_head", "logistics_head")),
        # each role once, in the order of what was found
        (("gap", "documents", "terms"), BOOK, ("it_head", "sales_head", "logistics_head")),
        # nothing found, or a type that has left the rulebook since
        ((), BOOK, ()),
        (("abolished",), BOOK, ()),
        # somebody sits in every commission
        (("documents",), a_book(commission_always=("it_head",)), ("sales_head", "it_head")),
        # the chair comes first, called for or not
        (("terms",), a_book(chair="logistics_head"), ("logistics_head", "sales_head")),
        (("documents",), a_book(chair="it_head"), ("it_head", "sales_head")),
        # a critical violation isn't decided without this role
        (("documents",), a_book(critical="it_head"), ("sales_head", "it_head")),
        (("terms",), a_book(critical="it_head"), ("sales_head", "logistics_head")),
    ],
)
def test_violations_call_for_roles(violations: tuple[str, ...], book: Rulebook, roles: tuple[str, ...]) -> None:
    assert commission.roles(a_case(violations=violations), book) == roles


# --- Who fills them --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S45", "S46")
@pytest.mark.parametrize(
    ("violations", "staff", "responsible", "members"),
    [
        (("terms",), a_staff(), MANAGER, (SALES_HEAD, LOGISTICS_HEAD)),
        # IT has no head: the director
        (("gap",), a_staff(), MANAGER, (DIRECTOR,)),
        (("gap",), a_staff(heads={IT: DEVELOPER}), MANAGER, (DEVELOPER,)),
        # two places, one person
        (("terms", "gap"), a_staff(fired=[LOGISTICS_HEAD]), MANAGER, (SALES_HEAD, DIRECTOR)),
        # nobody judges measures about their own work
        (("documents",), a_staff(), SALES_HEAD, (DIRECTOR,)),
        # no violation: the head of quality alone (S38)
        ((), a_staff(), MANAGER, (QUALITY_HEAD,)),
        ((), a_staff(), QUALITY_HEAD, (DIRECTOR,)),
        # everybody called for is gone: the head of quality rather than nobody
        (("terms",), a_staff(fired=[SALES_HEAD, LOGISTICS_HEAD, DIRECTOR]), MANAGER, (QUALITY_HEAD,)),
        (("terms",), a_staff(fired=[SALES_HEAD, LOGISTICS_HEAD, DIRECTOR, QUALITY_HEAD]), MANAGER, ()),
        # on leave, and nobody stands in: the next above; also above him
        (("documents",), a_staff(absent=[SALES_HEAD]), MANAGER, (DIRECTOR,)),
        # nobody is there: better somebody who comes back than nobody
        (("documents",), a_staff(absent=[SALES_HEAD, DIRECTOR]), MANAGER, (SALES_HEAD,)),
        (("gap",), a_staff(absent=[DIRECTOR]), MANAGER, (DIRECTOR,)),
        ((), a_staff(absent=[QUALITY_HEAD]), MANAGER, (DIRECTOR,)),
    ],
)
def test_roles_become_the_people_who_fill_them_today(
    violations: tuple[str, ...], staff: Staff, responsible: int, members: tuple[int, ...]
) -> None:
    case = a_case(violations=violations, staff=staff, responsible_id=responsible)
    assert commission.compose(case, BOOK) == members


@pytest.mark.requirement("S12", "R12")
@pytest.mark.parametrize(
    ("staff", "member"),
    [
        (a_staff(), SALES_HEAD),
        # in the rulebook's order, whoever is there
        (a_staff(absent=[SALES_HEAD]), LOGISTICS_HEAD),
        (a_staff(absent=[SALES_HEAD, LOGISTICS_HEAD]), QUALITY_HEAD),
        (a_staff(absent=[SALES_HEAD, LOGISTICS_HEAD, QUALITY_HEAD]), DIRECTOR),
        (a_staff(absent=[SALES_HEAD], fired=[LOGISTICS_HEAD]), QUALITY_HEAD),
        # substitutes are for absence; whoever has left has no place to stand in for
        (a_staff(fired=[SALES_HEAD]), DIRECTOR),
    ],
)
def test_substitutes_stand_in_for_the_absent(staff: Staff, member: int) -> None:
    book = a_book(substitutes={"sales_head": ("logistics_head", "quality_head")})
    assert commission.compose(a_case(violations=("documents",), staff=staff), book) == (member,)


# --- How many --------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S33")
@pytest.mark.parametrize(
    ("violations", "book", "members"),
    [
        # filled up: the head of quality, then heads above
        (("documents",), a_book(commission_smallest=2), (SALES_HEAD, QUALITY_HEAD)),
        (("documents",), a_book(commission_smallest=3), (SALES_HEAD, QUALITY_HEAD, DIRECTOR)),
        (("documents",), a_book(commission_smallest=9), (SALES_HEAD, QUALITY_HEAD, DIRECTOR)),
        # cut down: the gravest violations keep their heads
        (("gap", "terms", "documents"), a_book(commission_largest=1), (SALES_HEAD,)),
        (("gap", "terms"), a_book(commission_largest=2), (SALES_HEAD, LOGISTICS_HEAD)),
        # but for those whom the rulebook always wants
        (("gap", "documents"), a_book(commission_largest=1, chair="it_head"), (DIRECTOR,)),
        (
            ("terms",),
            a_book(commission_largest=1, commission_always=("it_head", "quality_head")),
            (DIRECTOR, QUALITY_HEAD),
        ),
    ],
)
def test_a_commission_is_neither_too_small_nor_too_large(
    violations: tuple[str, ...], book: Rulebook, members: tuple[int, ...]
) -> None:
    assert commission.compose(a_case(violations=violations), book) == members


# --- What the card says ----------------------------------------------------------------------------------------------


@pytest.mark.requirement("R12")
@pytest.mark.parametrize(
    ("violations", "staff", "book", "says"),
    [
        (
            ("terms", "documents"),
            a_staff(),
            BOOK,
            (
                "№5 Сергей Сбытов — Руководитель продаж: нарушения «Нарушены сроки», «Ошибка в документах»",
                "№6 Лев Складов — Руководитель логистики: нарушение «Нарушены сроки»",
            ),
        ),
        (
            ("documents",),
            a_staff(absent=[SALES_HEAD]),
            a_book(substitutes={"sales_head": ("logistics_head",)}, chair="sales_head", critical="quality_head"),
            (
                "№6 Лев Складов — Руководитель продаж: председатель, нарушение «Ошибка в документах» "
                "(замещает: Сергей Сбытов отсутствует)",
                "№4 Вера Качественная — Глава ОКК: без этой роли критическое нарушение не решается",
            ),
        ),
        (
            ("gap",),
            a_staff(),
            a_book(commission_always=("quality_head",), commission_smallest=3),
            (
                "№7 Дарья Директорова — Руководитель ИТ: нарушение «Случай не предусмотрен» "
                "(в отделе «ИТ» нет руководителя, решает вышестоящий)",
                "№4 Вера Качественная — Глава ОКК: входит в каждую комиссию",
            ),
        ),
        (
            ("documents",),
            a_staff(fired=[SALES_HEAD]),
            BOOK,
            (
                "№7 Дарья Директорова — Руководитель продаж: нарушение «Ошибка в документах» "
                "(Сергей Сбытов больше не работает, решает вышестоящий)",
            ),
        ),
        (
            ("documents",),
            a_staff(absent=[SALES_HEAD, DIRECTOR]),
            BOOK,
            ("№5 Сергей Сбытов — Руководитель продаж: нарушение «Ошибка в документах» (отсутствует, заменить некем)",),
        ),
        ((), a_staff(), BOOK, ("№4 Вера Качественная — ролей для решения нет, решает отдел качества",)),
        (
            ("terms",),
            a_staff(),
            a_book(commission_largest=1),
            (
                "№5 Сергей Сбытов — Руководитель продаж: нарушение «Нарушены сроки»",
                "Не вошли, в комиссии не больше 1: Руководитель логистики",
            ),
        ),
    ],
)
def test_the_rule_that_seated_each_member_stands_on_the_card(
    violations: tuple[str, ...], staff: Staff, book: Rulebook, says: tuple[str, ...]
) -> None:
    case = a_case(Stage.ANALYSIS, violations=violations, staff=staff)
    assert commission.appoint(case, book)[CaseField.COMMISSION_RULE] == "\n".join(says)


@pytest.mark.requirement("R12")
def test_a_head_whose_own_work_is_analysed_gives_way_and_the_card_says_so() -> None:
    case = a_case(violations=("documents",), responsible_id=SALES_HEAD)
    assert "(разбирается работа участника: Сергей Сбытов, решает вышестоящий)" in str(
        commission.appoint(case, BOOK)[CaseField.COMMISSION_RULE]
    )


# --- From the analysis to the vote -----------------------------------------------------------------------------------


def seated(stage: Stage = Stage.FORMULATION, **changes: Any) -> Case:
    """A case whose commission stands on the card, sales and logistics, and whatever happened then."""
    return reached(stage, **changes)


def test_a_commission_that_fits_is_left_alone() -> None:
    assert commission.recompose(seated(), BOOK) == ()
    # in whatever order, and however the portal keeps spaces
    case = seated(commission=(LOGISTICS_HEAD, SALES_HEAD))
    assert commission.recompose(replace(case, commission_rule=case.commission_rule.replace("\n", " ")), BOOK) == ()


@pytest.mark.requirement("S33", "R12")
@pytest.mark.parametrize(
    ("changes", "members"),
    [
        # violations change while measures are written
        ({"violations": ("documents",)}, (SALES_HEAD,)),
        ({"violations": ("terms", "gap")}, (SALES_HEAD, LOGISTICS_HEAD, DIRECTOR)),
        # so does the company
        ({"staff": a_staff(fired=[LOGISTICS_HEAD])}, (SALES_HEAD, DIRECTOR)),
        ({"staff": a_staff(absent=[LOGISTICS_HEAD])}, (SALES_HEAD, DIRECTOR)),
        ({"staff": a_staff(fired=[SALES_HEAD, LOGISTICS_HEAD, DIRECTOR, QUALITY_HEAD])}, ()),
        # whom a person added stays, whom a person struck comes back
        (
            {"commission": (SALES_HEAD, LOGISTICS_HEAD, DEVELOPER), "violations": ("documents",)},
            (SALES_HEAD, DEVELOPER),
        ),
        ({"commission": (SALES_HEAD,)}, (SALES_HEAD, LOGISTICS_HEAD)),
        # unless they can't vote
        ({"commission": (SALES_HEAD, LOGISTICS_HEAD, MANAGER)}, (SALES_HEAD, LOGISTICS_HEAD)),
    ],
)
def test_before_the_vote_the_commission_follows_what_was_found(
    changes: dict[str, Any], members: tuple[int, ...]
) -> None:
    assert on_the_card(commission.recompose(seated(**changes), BOOK))[CaseField.COMMISSION] == members


@pytest.mark.requirement("R12")
def test_who_joins_and_who_leaves_is_said_once() -> None:
    case = seated(violations=("documents", "gap"))
    told, written = commission.recompose(case, BOOK)
    assert isinstance(told, Tell)
    assert "вошли: Дарья Директорова; вышли: Лев Складов" in told.text
    assert told.to == (DIRECTOR, LOGISTICS_HEAD)
    # after a power cut between the two, the note isn't repeated
    assert commission.recompose(replace(case, told=case.told | {told.mark}), BOOK) == (written,)


def test_writing_measures_comes_after_the_commission_and_the_second_look_is_quiet() -> None:
    case = seated(violations=("documents",))
    told, written, _task = formulation.work(case, BOOK, NOON).commands
    assert isinstance(written, UpdateCase)
    card = written.changes
    then = replace(
        case,
        told=case.told | {told.mark} if isinstance(told, Tell) else case.told,
        commission=card[CaseField.COMMISSION],
        commission_rule=card[CaseField.COMMISSION_RULE],
    )
    assert commission.recompose(then, BOOK) == ()


@pytest.mark.parametrize(
    ("card", "staff", "members"),
    [
        # whoever sits stays, called for or not; whoever is called for joins
        ((DIRECTOR, SALES_HEAD), a_staff(), (SALES_HEAD, LOGISTICS_HEAD, DIRECTOR)),
        # whoever left, and whoever is analysed, gives way
        ((DEVELOPER, SALES_HEAD, LOGISTICS_HEAD), a_staff(fired=[DEVELOPER]), (SALES_HEAD, LOGISTICS_HEAD)),
        ((MANAGER, SALES_HEAD, LOGISTICS_HEAD), a_staff(), (SALES_HEAD, LOGISTICS_HEAD)),
        # leave doesn't cost a seat once voting has begun
        ((DEVELOPER, SALES_HEAD), a_staff(fired=[DEVELOPER], absent=[SALES_HEAD]), (SALES_HEAD, LOGISTICS_HEAD)),
    ],
)
def test_during_the_vote_seats_are_filled_without_undoing_what_people_chose(
    card: tuple[int, ...], staff: Staff, members: tuple[int, ...]
) -> None:
    case = seated(Stage.APPROVAL, commission=card, staff=staff)
    assert on_the_card(commission.fill(case, BOOK))[CaseField.COMMISSION] == members


def test_whoever_voted_for_an_absent_head_keeps_the_seat() -> None:
    """He came back while the vote was on, and somebody else left."""
    book = a_book(substitutes={"sales_head": ("quality_head",)})
    before = seated(Stage.APPROVAL, staff=a_staff(absent=[SALES_HEAD]), commission=())
    card = on_the_card(commission.fill(before, book))
    assert card[CaseField.COMMISSION] == (QUALITY_HEAD, LOGISTICS_HEAD)
    rule = card[CaseField.COMMISSION_RULE]
    now = replace(
        before, staff=a_staff(fired=[LOGISTICS_HEAD]), commission=(QUALITY_HEAD, LOGISTICS_HEAD), commission_rule=rule
    )
    assert on_the_card(commission.fill(now, book))[CaseField.COMMISSION] == (QUALITY_HEAD, DIRECTOR)


# --- What the vote asks ----------------------------------------------------------------------------------------------


def test_each_role_is_represented_by_a_member() -> None:
    case = seated(Stage.APPROVAL, violations=("terms", "gap"), commission=(DIRECTOR, LOGISTICS_HEAD, INSPECTOR))
    assert commission.members_by_role(case, BOOK) == {
        "sales_head": DIRECTOR,  # nobody nearer sits for sales
        "logistics_head": LOGISTICS_HEAD,
        "it_head": DIRECTOR,
    }


@pytest.mark.parametrize(
    ("book", "card", "chair"),
    [
        # the first of the roles, however the portal sorts people
        (BOOK, (LOGISTICS_HEAD, SALES_HEAD), SALES_HEAD),
        (a_book(chair="logistics_head"), (SALES_HEAD, LOGISTICS_HEAD), LOGISTICS_HEAD),
        # nobody of the roles: the first on the card
        (BOOK, (INSPECTOR,), INSPECTOR),
        (BOOK, (), None),
    ],
)
def test_the_chair(book: Rulebook, card: tuple[int, ...], chair: int | None) -> None:
    assert commission.chair(seated(Stage.APPROVAL, commission=card), book) == chair


@pytest.mark.requirement("R12")
@pytest.mark.parametrize(
    ("member", "staff", "book", "substitute"),
    [
        # the rulebook's substitute, else the head above
        (SALES_HEAD, a_staff(), a_book(substitutes={"sales_head": ("quality_head",)}), QUALITY_HEAD),
        (SALES_HEAD, a_staff(), BOOK, DIRECTOR),
        # never somebody who votes already, is away, or is analysed
        (SALES_HEAD, a_staff(), a_book(substitutes={"sales_head": ("logistics_head",)}), DIRECTOR),
        (SALES_HEAD, a_staff(absent=[QUALITY_HEAD]), a_book(substitutes={"sales_head": ("quality_head",)}), DIRECTOR),
        (SALES_HEAD, a_staff(absent=[DIRECTOR, QUALITY_HEAD]), BOOK, None),
        # a member without a role: the head of the person's department
        (INSPECTOR, a_staff(), BOOK, QUALITY_HEAD),
    ],
)
def test_who_may_vote_instead(member: int, staff: Staff, book: Rulebook, substitute: int | None) -> None:
    case = seated(Stage.APPROVAL, commission=(SALES_HEAD, LOGISTICS_HEAD, INSPECTOR), staff=staff)
    assert commission.substitute_for(case, book, member) == substitute
