"""What a portal lacks of what a rulebook names."""

from __future__ import annotations

import pytest

from app.rulebook.against_portal import compare
from rules.rulebook import Role, Rulebook
from tests.app.fake_portal import FakePortal


async def sentences(portal: FakePortal, book: Rulebook) -> list[tuple[str, bool]]:
    return [(each.sentence, each.remark) for each in await compare(portal, book)]  # type: ignore[arg-type]


async def test_a_portal_that_has_everything_is_told_nothing(bare_portal: FakePortal, book: Rulebook) -> None:
    assert await sentences(bare_portal, book) == []
    assert bare_portal.writes == []


async def test_a_department_without_a_head_is_remarked_with_who_stands_in(
    bare_portal: FakePortal, book: Rulebook
) -> None:
    """S45: the head above decides; that is allowed, and said."""
    next(each for each in bare_portal.departments if each["NAME"] == "Маркетинг")["UF_HEAD"] = "0"
    found = await sentences(bare_portal, book)
    assert {sentence for sentence, _ in found} == {"у отдела «Маркетинг» нет руководителя: за него решает Директор"}
    assert all(remark for _, remark in found)


async def test_a_company_without_any_head_can_not_decide(bare_portal: FakePortal, book: Rulebook) -> None:
    for each in bare_portal.departments:
        each["UF_HEAD"] = "0"
    found = await sentences(bare_portal, book)
    assert (
        "у отдела «Сервис» и у отделов над ним нет руководителя: назначьте его в структуре компании",
        False,
    ) in found


async def test_a_quality_department_without_inspectors_is_noticed(bare_portal: FakePortal, book: Rulebook) -> None:
    quality = next(int(each["ID"]) for each in bare_portal.departments if each["NAME"] == book.quality.department)
    head, inspector = (each for each in bare_portal.users if quality in each["UF_DEPARTMENT"])
    inspector["ACTIVE"] = False
    alone = f"в отделе «{book.quality.department}» только руководитель: разбирать будет он сам"
    assert await sentences(bare_portal, book) == [(alone, True)]
    head["ACTIVE"] = False
    nobody = (f"в отделе «{book.quality.department}» никого нет: разбирать некому", False)
    assert nobody in await sentences(bare_portal, book)


@pytest.mark.parametrize(
    ("name", "active", "says"),
    [
        ("Пётр Пропавший", True, "сотрудника «Пётр Пропавший» на портале нет"),
        ("Иван Петров", False, "Иван Петров больше не работает"),
        ("Иван Петров", True, None),
    ],
)
async def test_a_person_named_in_a_role_works_here(
    bare_portal: FakePortal, book: Rulebook, name: str, active: bool, says: str | None
) -> None:
    last = bare_portal.users[-1]
    last |= {"NAME": "Иван", "LAST_NAME": "Петров", "ACTIVE": active}
    roles = {**book.roles, "expert": Role(title="Эксперт", person=name)}
    found = await sentences(bare_portal, book.model_copy(update={"roles": roles}))
    told = [sentence for sentence, _ in found if "Пропавший" in sentence or "Петров" in sentence]
    assert told[0].startswith(says) if says else not told, found
