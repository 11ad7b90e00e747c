"""Parameters as PHP's methods take them."""

from __future__ import annotations

import pytest

from sandbox.portal.errors import RestError
from sandbox.portal.params import Params


@pytest.mark.parametrize(("sent", "number"), [(5, 5), ("5", 5), (" 5 ", 5), (5.0, 5), (True, 1), ("-3", -3)])
def test_whole_numbers(sent: object, number: int) -> None:
    assert Params({"id": sent}).require_int("id") == number


@pytest.mark.parametrize("sent", [None, "", "5abc", [], {}, 5.5, "9" * 40])
def test_what_is_no_number_is_error_100(sent: object) -> None:
    with pytest.raises(RestError) as refused:
        Params({"id": sent}).require_int("id")
    assert (refused.value.code, refused.value.status) == ("100", 400)


@pytest.mark.parametrize(
    ("sent", "numbers"),
    [([1, "2"], [1, 2]), ({"0": 1, "1": 2}, [1, 2]), (7, [7]), ("7", [7]), ([], []), (None, []), ("", [])],
)
def test_lists_maps_and_lone_values(sent: object, numbers: list[int]) -> None:
    assert Params({"ids": sent}).int_list("ids") == numbers


@pytest.mark.parametrize(
    ("sent", "flag"),
    [
        ("Y", True),
        ("y", True),
        ("N", False),
        (1, True),
        ("0", False),
        ("true", True),
        (False, False),
        ("perhaps", False),
    ],
)
def test_flags(sent: object, flag: bool) -> None:
    assert Params({"x": sent}).flag("x") is flag


@pytest.mark.parametrize(
    ("sent", "start"), [(50, 50), ("100", 100), (-1, -1), ("-1", -1), (-7, -1), ("next", 0), (None, 0)]
)
def test_start(sent: object, start: int) -> None:
    assert Params({"start": sent}).start() == start


def test_positional_parameters_come_from_lists_and_from_values_in_order() -> None:
    assert Params([7, {"TITLE": "x"}]).positional == [7, {"TITLE": "x"}]
    assert Params({"TASKID": 7, "FIELDS": {"TITLE": "x"}}).positional == [7, {"TITLE": "x"}]


def test_names_are_exact_unless_a_method_says_otherwise() -> None:
    assert not Params({"Fields": {}}).has("fields")
    assert Params({"user_id": 5}).upper().require_int("USER_ID") == 5
