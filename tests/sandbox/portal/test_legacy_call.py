from __future__ import annotations

import pytest

from sandbox.portal.errors import RestError
from sandbox.portal.legacy_call import LegacyCall, positional
from sandbox.portal.params import Params


@pytest.mark.parametrize(
    ("sent", "arguments"),
    [
        ([13, {"TITLE": "x"}], [13, {"TITLE": "x"}]),
        ({"0": "13", "1": {"TITLE": "x"}}, ["13", {"TITLE": "x"}]),
        ({"1": "b", "0": "a"}, ["a", "b"]),
        # names count for nothing
        ({"TASKID": 13, "FIELDS": {}}, [13, {}]),
        ({"FIELDS": 13, "TASKID": {}}, [13, {}]),
        # what a client adds to the address is no argument
        ({"bx24_request_id": "7", "0": "13"}, ["13"]),
        ({}, []),
    ],
)
def test_only_the_order_counts(sent, arguments):
    assert positional(Params(sent)) == arguments


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Param #0 (taskId) expected by method ctask::add(), but not given."),
        ([None], "Param #0 (taskId) expected by method ctask::add(), but not given."),
        (
            ["x"],
            'Param #0 (taskId) for method ctask::add() expected to be of type "integer", but given something else.',
        ),
        (
            [[1]],
            'Param #0 (taskId) for method ctask::add() expected to be of type "integer", but given something else.',
        ),
    ],
)
def test_a_missing_or_wrong_argument_is_named(arguments, words):
    call = LegacyCall("ctask::add", Params(arguments))

    with pytest.raises(RestError) as refused:
        call.integer(0, "taskId")
    assert refused.value.code == "ERROR_CORE"
    assert refused.value.description == f"TASKS_ERROR_EXCEPTION_#256; {words}; 256/TE/WRONG_ARGUMENTS<br>"
