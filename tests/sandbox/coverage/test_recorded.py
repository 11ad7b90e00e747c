"""Recordings of real answers, as Python modules."""

from __future__ import annotations

import ast

import pytest

from sandbox.coverage.recorded import response, results


@pytest.mark.parametrize(
    ("recorded", "found"),
    [
        ({"result": [1], "total": 1}, [[1]]),
        ([{"result": {"a": 1}}, {"result": {"a": 2}}], [{"a": 1}, {"a": 2}]),
        ({"result": {"result": {"one": 1, "two": 2}, "result_error": []}}, [1, 2]),
        ({"result": {"result": [], "result_error": {"one": {}}}}, []),
    ],
)
def test_one_answer_many_pages_or_a_batch(recorded, found):
    assert list(results(recorded)) == found


def test_only_a_literal_named_response_is_read():
    assert response(ast.parse("request = 1\nresponse = {'result': True}")) == {"result": True}
    with pytest.raises(LookupError):
        response(ast.parse("request = 1"))
