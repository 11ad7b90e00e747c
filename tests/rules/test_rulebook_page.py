"""``docs/howto/rulebook.ru.md`` teaches a quality manager: its examples load, its messages are really said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml

import rules
from rules.rulebook import RulebookError, load
from rules.rulebook.schema import Rulebook

ROOT = Path(rules.__file__).parent.parent
PAGE = (ROOT / "docs" / "howto" / "rulebook.ru.md").read_text(encoding="utf-8")
SHIPPED = (ROOT / "rules" / "books" / "trading-house.ru.yaml").read_text(encoding="utf-8")
EXAMPLES: Sequence[str] = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def table(heading: str) -> list[list[str]]:
    """The code in each cell of the rows below the table's heading."""
    start = PAGE.index(heading)
    rows = takewhile(lambda line: line.startswith("|"), PAGE[start:].splitlines()[2:])
    return [[cell.strip().strip("`") for cell in row.strip("|").split(" | ")[:3]] for row in rows]


MISTAKES = table("| Было | Написали | Что скажет `rules check` |")


def merged(fragment: dict[str, Any]) -> dict[str, Any]:
    """The shipped book with these sections added or replaced."""
    book = yaml.safe_load(SHIPPED)
    for section, content in fragment.items():
        if section == "funnels":
            book[section] += content
        elif isinstance(content, dict) and section in book:
            book[section] |= content
        else:
            book[section] = content
    return book


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split(":")[0].strip()[:20])
def test_every_example_loads(example: str) -> None:
    """A section of the page fits into the shipped book; the one that says so is a whole book."""
    whole = example.startswith("# целиком")
    load(example if whole else yaml.safe_dump(merged(yaml.safe_load(example)), allow_unicode=True))


def test_the_page_explains_every_section() -> None:
    explained = {section for example in EXAMPLES for section in yaml.safe_load(example)}
    assert explained == set(Rulebook.model_fields)


def test_the_page_names_every_setting_of_the_sections() -> None:
    """What the schema allows, the page mentions."""
    nested = {
        name
        for section in Rulebook.model_json_schema()["$defs"].values()
        for name in section.get("properties", {})
    }  # fmt: skip
    assert {name for name in nested if not re.search(rf"\b{name}\b", PAGE)} == set()


@pytest.mark.parametrize(("before", "after", "message"), MISTAKES, ids=[row[1] for row in MISTAKES])
def test_a_quoted_message_is_really_said(before: str, after: str, message: str) -> None:
    assert before in SHIPPED
    place = SHIPPED[: SHIPPED.index(before)].count("\n") + 1
    with pytest.raises(RulebookError) as caught:
        load(SHIPPED.replace(before, after, 1))
    problem = next(each for each in caught.value.problems if message in each.sentence)
    assert abs(problem.line - place) <= 3, f"made in line {place}"


def test_there_are_mistakes_to_learn_from() -> None:
    assert len(MISTAKES) > 15


def test_the_first_steps_of_the_page_give_a_sound_book() -> None:
    """Copy, keep one funnel, rename it: nothing else has to change."""
    book = yaml.safe_load(SHIPPED)
    book["funnels"] = [each for each in book["funnels"] if each["code"] == "retail"]
    book["funnels"][0]["source"]["funnel"] = "Магазины"
    assert [funnel.title for funnel in load(yaml.safe_dump(book, allow_unicode=True)).funnels] == ["Розничные продажи"]
