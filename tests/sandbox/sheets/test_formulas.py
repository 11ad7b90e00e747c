"""The calculator behind formula cells."""

from __future__ import annotations

import pytest

from tests.sandbox.sheets.conftest import Api


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("= 1 / 1024", 1 / 1024),
        ("=1+2*3", 7),
        ("=-2^2+10%", 4.1),
        ("=(1+2)*3", 9),
        ('="a"&1&TRUE', "a1TRUE"),
        ("=A1+B1", 3),
        ("=SUM(A1:C1)", 3),
        ("=sum(A1:B1, 10)", 13),
        ("=AVERAGE(A1:B1)", 1.5),
        ("=COUNT(A1:C1)", 2),
        ("=COUNTA(A1:D1)", 3),
        ("=MAX(A1:B1)-MIN(A1:B1)", 1),
        ('=IF(A1<B1,"less","more")', "less"),
        ("=ROUND(2.345, 2)", 2.35),
        ('=HYPERLINK("https://example.com", "here")', "here"),
        ("='Sheet1'!B1", 2),
        ("=A1=1", True),
        ('=C1="TEXT"', True),
    ],
)
def test_values(api: Api, formula: str, value: object) -> None:
    api.put("A1", [[1, 2, "text"]])
    api.put("A2", [[formula]], "USER_ENTERED")
    ((found,),) = api.values("A2", valueRenderOption="UNFORMATTED_VALUE")
    assert found == pytest.approx(value) if isinstance(value, float) else found == value


@pytest.mark.parametrize(
    ("formula", "kind", "shown"),
    [
        ("=1/0", "DIVIDE_BY_ZERO", "#DIV/0!"),
        ("=NOSUCH(1)", "NAME", "#NAME?"),
        ("=somewhere", "NAME", "#NAME?"),
        ('="a"+1', "VALUE", "#VALUE!"),
        ("=Nowhere!A1", "REF", "#REF!"),
        ("=A2", "REF", "#REF!"),
        ("=1+", "ERROR", "#ERROR!"),
        ("=)", "ERROR", "#ERROR!"),
    ],
)
def test_errors(api: Api, formula: str, kind: str, shown: str) -> None:
    api.put("A2", [[formula]], "USER_ENTERED")
    assert api.values("A2") == [[shown]]
    assert api.cell("A2", "effectiveValue")["effectiveValue"]["errorValue"]["type"] == kind


def test_an_error_travels_through_references(api: Api) -> None:
    api.put("A1", [["=1/0", "=A1+1"]], "USER_ENTERED")
    assert api.values("A1:B1") == [["#DIV/0!", "#DIV/0!"]]
