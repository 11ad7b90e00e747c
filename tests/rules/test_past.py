"""What the rules ask of a funnel's other cases (R9, R20, R27)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules import past
from rules.model import PastCase, SourceRef, Stage
from tests.builders import NOON, a_case

DAY = timedelta(days=1)


def a_past_case(number: int, days_ago: float = 10, *, deal: int = 0, round_: int = 1, **changes: object) -> PastCase:
    plain: dict[str, object] = {"verdict": "partly_correct", "violations": ("terms",), "responsible_id": 1, **changes}
    return PastCase(
        id=number,
        title=f"Сделка №{deal or number}",
        source=SourceRef(2, deal or number),
        round=round_,
        opened_at=NOON - days_ago * DAY,
        **plain,  # type: ignore[arg-type]
    )


def test_the_share_of_cases_with_the_same_violations() -> None:
    found = [a_past_case(1), a_past_case(2, violations=("documents", "terms")), a_past_case(3, violations=())]
    assert past.share(found, ("terms",), least=3) == 66.7
    assert past.share(found, ("shipment",), least=3) == 0.0
    assert past.share(found, ("documents", "shipment"), least=1) == 33.3


@pytest.mark.parametrize("least", [1, 5])
def test_too_few_cases_have_no_share(least: int) -> None:
    assert past.share([a_past_case(1)][: least - 1], ("terms",), least) is None


def test_the_baseline_counts_decided_cases_before_this_one() -> None:
    case = a_case(
        past=(
            a_past_case(1, days_ago=5),
            a_past_case(2, days_ago=100),
            a_past_case(3, days_ago=-1),  # opened later
            a_past_case(4, days_ago=5, verdict=None),  # still being analysed
        )
    )
    assert [each.id for each in past.before(case, days=90)] == [1]


def test_earlier_rounds_are_those_of_the_same_item() -> None:
    case = a_case(round=3, past=(a_past_case(9, deal=42, round_=2), a_past_case(8, deal=42), a_past_case(7)))
    assert [each.round for each in past.earlier_rounds(case)] == [1, 2]
    assert past.earlier_rounds(a_case(round=1, past=case.past)) == ()


def test_the_other_cases_are_read_only_where_somebody_looks_at_them() -> None:
    assert {stage for stage in Stage if past.wanted(a_case(stage))} == {Stage.ANALYSIS, Stage.APPROVAL, Stage.SUCCESS}
