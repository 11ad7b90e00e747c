"""Answers in XML: settings/how-to-call-rest-api/general-principles.md."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.rendering import xml_response

anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(st.text(), below, max_size=4)),
    max_leaves=15,
)


def xml(body: dict) -> str:
    return bytes(xml_response(body, 200).body).decode()


@pytest.mark.parametrize(
    ("body", "written"),
    [
        # the example of the page
        (
            {"result": {"result": {"get_user": {"ID": "1", "NAME": "Иван"}}}},
            "<result><result><get_user><ID>1</ID><NAME>Иван</NAME></get_user></result></result>",
        ),
        ({"result": [{"ID": 1}, {"ID": 2}]}, "<result><item><ID>1</ID></item><item><ID>2</ID></item></result>"),
        ({"result": {"35": "x", "a b": "y"}}, "<result><item>x</item><item>y</item></result>"),
        ({"result": True, "no": False, "null": None}, "<result>1</result><no></no><null></null>"),
        ({"result": [], "map": {}}, "<result></result><map></map>"),
        ({"error": "X", "text": "A < B & C"}, "<error>X</error><text>A &lt; B &amp; C</text>"),
    ],
)
def test_what_becomes_of_what(body, written):
    assert xml(body) == f'<?xml version="1.0" encoding="utf-8"?>\n<response>{written}</response>'


@given(anything)
def test_whatever_is_answered_can_be_read(value):
    assert ET.fromstring(xml({"result": value})).tag == "response"  # noqa: S314 - our own text
