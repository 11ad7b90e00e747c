"""When the votes are enough: everyone, a majority with the chair, one of each department (S47)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import quorum
from rules.model import Case
from rules.quorum import POLICIES, Outcome
from tests.builders import DEVELOPER, DIRECTOR, INSPECTOR, LOGISTICS_HEAD, MANAGER, QUALITY_HEAD, SALES_HEAD, a_staff
from tests.rules.votes import BOTH, NONE, a_book, ballots

YES, NO, SILENT = BOTH, NONE, None
Said = tuple[str, ...] | None
MEMBERS = (SALES_HEAD, LOGISTICS_HEAD, QUALITY_HEAD, DIRECTOR)


def asked(*said: Said) -> Case:
    return ballots(dict(zip(MEMBERS, said, strict=False)))


def outcome(case: Case, policy: str, chair: str | None = None) -> Outcome:
    return quorum.outcomes(case, a_book(quorum=policy, chair=chair))[case.measures[0]]


@pytest.mark.requirement("S47")
@pytest.mark.parametrize(
    ("said", "found"),
    [
        ((YES, YES), Outcome.APPROVED),
        ((YES, SILENT), Outcome.OPEN),
        ((SILENT, SILENT), Outcome.OPEN),
        # one no is enough, whoever is still silent
        ((NO, SILENT), Outcome.REFUSED),
        ((YES, NO), Outcome.REFUSED),
        ((YES,), Outcome.APPROVED),
    ],
)
def test_everyone(said: tuple[Said, ...], found: Outcome) -> None:
    assert outcome(asked(*said), "everyone") is found


@pytest.mark.requirement("S47")
@pytest.mark.parametrize(
    ("said", "found"),
    [
        ((YES, YES, SILENT), Outcome.APPROVED),
        ((NO, NO, SILENT), Outcome.REFUSED),
        ((YES, NO, SILENT), Outcome.OPEN),
        # half isn't a majority of the members, even if nobody is against it
        ((YES, YES, SILENT, SILENT), Outcome.OPEN),
        ((YES, YES, NO, SILENT), Outcome.OPEN),
        # a tie is decided by the chair: without a role for it, the first member
        ((YES, YES, NO, NO), Outcome.APPROVED),
        ((NO, YES, NO, YES), Outcome.REFUSED),
        ((YES, NO), Outcome.APPROVED),
        ((NO, YES), Outcome.REFUSED),
        ((NO,), Outcome.REFUSED),
    ],
)
def test_majority(said: tuple[Said, ...], found: Outcome) -> None:
    assert outcome(asked(*said), "majority") is found


@pytest.mark.requirement("S47")
def test_the_chair_named_in_the_rulebook_decides_a_tie() -> None:
    assert outcome(asked(YES, NO), "majority", chair="logistics_head") is Outcome.REFUSED
    assert outcome(asked(NO, YES), "majority", chair="logistics_head") is Outcome.APPROVED


def by_department(said: dict[int, Said], **changes: object) -> Outcome:
    return outcome(replace(ballots(said), **changes), "one_per_department")  # type: ignore[arg-type]


@pytest.mark.requirement("S47")
@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({SALES_HEAD: YES, LOGISTICS_HEAD: YES}, Outcome.APPROVED),
        ({SALES_HEAD: YES, LOGISTICS_HEAD: SILENT}, Outcome.OPEN),
        ({SALES_HEAD: YES, LOGISTICS_HEAD: NO}, Outcome.REFUSED),
        # a colleague of the same department may say yes instead, a no of one alone isn't the department's
        ({SALES_HEAD: NO, MANAGER: YES, LOGISTICS_HEAD: YES}, Outcome.APPROVED),
        ({SALES_HEAD: NO, MANAGER: SILENT, LOGISTICS_HEAD: YES}, Outcome.OPEN),
        ({SALES_HEAD: NO, MANAGER: NO, LOGISTICS_HEAD: SILENT}, Outcome.REFUSED),
        # whom a person added speaks for their own department
        ({SALES_HEAD: YES, LOGISTICS_HEAD: YES, DEVELOPER: SILENT}, Outcome.OPEN),
        ({SALES_HEAD: YES, LOGISTICS_HEAD: YES, DEVELOPER: YES}, Outcome.APPROVED),
    ],
)
def test_one_of_each_department(said: dict[int, Said], found: Outcome) -> None:
    assert by_department(said, responsible_id=INSPECTOR) is found


def test_who_sits_for_two_departments_speaks_for_both() -> None:
    """Logistics has no head: the director decides for it, and for whatever else falls to the director."""
    heads = {2: DIRECTOR, 3: None}
    assert by_department({DIRECTOR: YES}, staff=a_staff(heads=heads)) is Outcome.APPROVED
    case = replace(ballots({DIRECTOR: YES}), staff=a_staff(heads=heads))
    assert quorum.departments(case, a_book()) == {"Продажи": {DIRECTOR}, "Логистика": {DIRECTOR}}


@given(
    policy=st.sampled_from(sorted(POLICIES)),
    said=st.dictionaries(st.sampled_from(MEMBERS), st.sampled_from([YES, NO, SILENT]), min_size=1),
    later=st.sampled_from([YES, NO]),
)
def test_what_is_decided_stays_decided_whatever_the_missing_votes_say(
    policy: str, said: dict[int, Said], later: Said
) -> None:
    before = outcome(ballots(said), policy)
    after = outcome(ballots({member: later if vote is SILENT else vote for member, vote in said.items()}), policy)
    assert after is not Outcome.OPEN, "everybody has voted"
    assert before in (Outcome.OPEN, after)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("everyone", "каждого участника"),
        ("majority", "при равенстве решает председатель (Сергей Сбытов)"),
        ("one_per_department", "от каждого отдела"),
    ],
)
def test_the_rule_is_told_in_words(policy: str, words: str) -> None:
    assert words in quorum.rule(asked(SILENT, SILENT), a_book(quorum=policy))
