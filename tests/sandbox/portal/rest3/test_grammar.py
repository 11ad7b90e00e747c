"""``filter``, ``order``, ``pagination``, ``cursor``, ``select``: one grammar, shown on results and the event log."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.portal.access import SCOPES
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.calls import call
from sandbox.portal.rest3.registry import load_methods
from tests.sandbox.portal.rest3.conftest import REQUEST

load_methods()


@pytest.fixture
def results(desk3, task, company):
    """1 and 2 by the boss, 3 and 4 by the seller; 1 is closed, 4 comes from the chat."""
    kept = desk3.portal.tasks.results
    for author, message in ((company.boss, None), (company.boss, None), (company.seller, None), (company.seller, 9)):
        kept.add(task, "Готово", by=author, message=message)
        desk3.portal.clock.advance(60)
    kept.get(1).closed = True
    return kept


def ids(desk3, task, conditions, **more):
    said = {"filter": [["taskId", task.id], *conditions], "select": ["id"], **more}
    return [row["id"] for row in desk3.call("tasks.task.result.list", said)["items"]]


@pytest.mark.usefixtures("results")
class TestFilter:
    @pytest.mark.parametrize(
        ("conditions", "found"),
        [
            ([], [1, 2, 3, 4]),
            ([["id", 2]], [2]),
            ([["id", "=", 2]], [2]),
            ([["id", [2, 3, 99]]], [2, 3]),
            ([["id", "in", [2, 3]]], [2, 3]),
            ([["id", "!=", 2]], [1, 3, 4]),
            ([["id", ">", 2]], [3, 4]),
            ([["id", ">=", 2], ["id", "<", 4]], [2, 3]),
            ([["id", "<=", 1]], [1]),
            ([["id", "between", [2, 3]]], [2, 3]),
            ([["status", "closed"]], [1]),
            ([["messageId", None]], [1, 2, 3]),
            ([["messageId", "!=", None]], [4]),
            # no value is in no range
            ([["messageId", "<", 100]], [4]),
            ([{"logic": "or", "conditions": [["id", 1], ["id", "in", [3]]]}], [1, 3]),
            ([{"conditions": [["id", ">", 1], ["id", "<", 3]]}], [2]),
            ([{"logic": "or", "negative": True, "conditions": [["id", 1], ["id", 2]]}], [3, 4]),
            ([{"logic": "or", "conditions": [["id", 1], {"conditions": [["id", ">", 2], ["id", "<", 4]]}]}], [1, 3]),
            ([{"type": "condition", "leftOperand": "id", "operator": ">", "rightOperand": 3}], [4]),
        ],
    )
    def test_what_fits(self, desk3, task, conditions, found):
        assert ids(desk3, task, conditions) == found

    def test_a_lone_condition_needs_no_list_around_it(self, desk3, task):
        rows = desk3.call("tasks.task.result.list", {"filter": ["taskId", task.id], "select": ["id"]})["items"]
        assert len(rows) == 4

    @pytest.mark.parametrize(
        ("condition", "code"),
        [
            (["nope", 1], "UNKNOWNDTOPROPERTYEXCEPTION"),
            (["author.id", 1], "UNKNOWNDTOPROPERTYEXCEPTION"),
            (["id", "like", 1], "UNKNOWNFILTEROPERATOREXCEPTION"),
            (["id", "%", 1], "UNKNOWNFILTEROPERATOREXCEPTION"),
            (["text", "Готово"], REQUEST),
            (["id", "2"], REQUEST),
            (["id", True], REQUEST),
            (["id", ">", None], REQUEST),
            (["id", "in", ["2"]], REQUEST),
            (["id", "in", 2], "INVALIDFILTEREXCEPTION"),
            (["id", "in", []], "INVALIDFILTEREXCEPTION"),
            (["id", "between", [1]], "INVALIDFILTEREXCEPTION"),
            (["id"], "INVALIDFILTEREXCEPTION"),
            (["id", "=", 1, 2], "INVALIDFILTEREXCEPTION"),
            ([1, "=", 1], "INVALIDFILTEREXCEPTION"),
            ("id", "INVALIDFILTEREXCEPTION"),
            (5, "INVALIDFILTEREXCEPTION"),
            ({}, "INVALIDFILTEREXCEPTION"),
            ({">id": 5}, "INVALIDFILTEREXCEPTION"),
            ({"logic": "xor", "conditions": []}, "INVALIDFILTEREXCEPTION"),
            ({"logic": "or", "conditions": 5}, "INVALIDFILTEREXCEPTION"),
        ],
    )
    def test_what_is_refused(self, desk3, task, condition, code):
        said = {"filter": [["taskId", task.id], condition]}
        assert desk3.refusal("tasks.task.result.list", said) == (400, code)

    def test_the_words_name_field_and_entity(self, desk3, task):
        body = desk3.send("tasks.task.result.list", {"filter": [["taskId", task.id], ["nope", 1]]}).json()
        assert body["error"]["message"] == "Неизвестное поле `nope` для сущности `ResultDto`"

    def test_a_field_that_is_not_filterable_is_named(self, desk3, task):
        [(field, words)] = desk3.faults("tasks.task.result.list", {"filter": [["taskId", task.id], ["text", "x"]]})
        assert field == "text"
        assert "ResultDto" in words
        assert "Filterable" in words


@pytest.mark.usefixtures("results")
class TestOrderAndPages:
    @pytest.mark.parametrize(
        ("order", "found"),
        [
            ({"id": "DESC"}, [4, 3, 2, 1]),
            ({"id": "desc"}, [4, 3, 2, 1]),
            ({"authorId": "DESC", "id": "ASC"}, [3, 4, 1, 2]),
            ({"createdAt": "DESC"}, [4, 3, 2, 1]),
            # without a value first, as in MySQL
            ({"messageId": "ASC"}, [1, 2, 3, 4]),
            ({"messageId": "DESC"}, [4, 1, 2, 3]),
            ([], [1, 2, 3, 4]),
        ],
    )
    def test_order(self, desk3, task, order, found):
        assert ids(desk3, task, [], order=order) == found

    @pytest.mark.parametrize(
        ("order", "code"),
        [
            ({"id": "up"}, "INVALIDORDEREXCEPTION"),
            ({"id": 1}, "INVALIDORDEREXCEPTION"),
            (["id"], "INVALIDORDEREXCEPTION"),
            ("id", "INVALIDORDEREXCEPTION"),
            ({"nope": "ASC"}, "UNKNOWNDTOPROPERTYEXCEPTION"),
            ({"text": "ASC"}, REQUEST),
        ],
    )
    def test_orders_that_are_refused(self, desk3, task, order, code):
        said = {"filter": [["taskId", task.id]], "order": order}
        assert desk3.refusal("tasks.task.result.list", said) == (400, code)

    @pytest.mark.parametrize(
        ("pagination", "found"),
        [
            ({"limit": 2}, [1, 2]),
            ({"limit": 2, "page": 2}, [3, 4]),
            ({"limit": "3", "offset": "2"}, [3, 4]),
            # the page outweighs the offset, and counting from 0 does no harm
            ({"limit": 1, "page": 3, "offset": 1}, [3]),
            ({"limit": 2, "page": 0}, [1, 2]),
            ({"limit": 100_000}, [1, 2, 3, 4]),
            ({"offset": 4}, []),
            ([], [1, 2, 3, 4]),
        ],
    )
    def test_pages(self, desk3, task, pagination, found):
        assert ids(desk3, task, [], pagination=pagination) == found

    @pytest.mark.parametrize(
        "pagination",
        [{"limit": "abc"}, {"limit": 0}, {"limit": -1}, {"page": []}, {"offset": True}, {"offset": -5}, 5, "x", [1]],
    )
    def test_pages_that_are_refused(self, desk3, task, pagination):
        said = {"filter": [["taskId", task.id]], "pagination": pagination}
        assert desk3.refusal("tasks.task.result.list", said) == (400, "INVALIDPAGINATIONEXCEPTION")

    def test_the_words_repeat_what_was_sent(self, desk3, task):
        said = {"filter": [["taskId", task.id]], "pagination": {"limit": "abc"}}
        message = desk3.send("tasks.task.result.list", said).json()["error"]["message"]
        assert message == 'Не удается распознать параметр пагинации `{"limit":"abc"}`'


class TestSelect:
    @pytest.mark.parametrize(
        ("select", "code"),
        [
            (["nope"], "UNKNOWNDTOPROPERTYEXCEPTION"),
            (["author.nope"], "UNKNOWNDTOPROPERTYEXCEPTION"),
            (["status.id"], "UNKNOWNDTOPROPERTYEXCEPTION"),
            ("id", "INVALIDSELECTEXCEPTION"),
            ([["id"]], "INVALIDSELECTEXCEPTION"),
            ({"id": "id"}, "INVALIDSELECTEXCEPTION"),
            ([5], "INVALIDSELECTEXCEPTION"),
        ],
    )
    def test_what_is_refused(self, desk3, task, select, code):
        said = {"filter": [["taskId", task.id]], "select": select}
        assert desk3.refusal("tasks.task.result.list", said) == (400, code)

    @pytest.mark.usefixtures("results")
    def test_related_fields_alone_come_with_the_base_set(self, desk3, task, company):
        said = {"filter": [["taskId", task.id]], "select": ["author.name"], "pagination": {"limit": 1}}
        [row] = desk3.call("tasks.task.result.list", said)["items"]
        assert row["author"] == {"name": "Борис Начальников"}
        assert row["id"] == 1

    @pytest.mark.usefixtures("results")
    def test_a_whole_related_object(self, desk3, task, company):
        said = {"filter": [["taskId", task.id]], "select": ["id", "author"], "pagination": {"limit": 1}}
        [row] = desk3.call("tasks.task.result.list", said)["items"]
        assert row["author"].keys() == {"id", "name", "role", "gender", "email", "externalAuthId", "rights"}
        assert row["author"]["id"] == company.boss


class TestCursor:
    @pytest.fixture
    def entries(self, desk3, company):
        """Four authorisations, an hour apart, by two users."""
        for by in (1, company.boss, 1, company.boss):
            desk3.send("humanresources.node.count", by=by)
            desk3.portal.clock.advance(3600)
        return desk3.portal.rest3.event_log.all()

    def tail(self, desk3, **said):
        return [row["id"] for row in desk3.call("main.eventlog.tail", {"select": ["id"], **said})["items"]]

    @pytest.mark.usefixtures("entries")
    def test_what_comes_behind(self, desk3):
        assert self.tail(desk3)[:4] == [1, 2, 3, 4]
        assert self.tail(desk3, cursor={"field": "id", "value": 2, "limit": 1}) == [3]
        assert self.tail(desk3, cursor={"value": 4, "order": "DESC"}) == [3, 2, 1]
        assert self.tail(desk3, cursor={"value": 0, "limit": 2, "order": "asc"}) == [1, 2]

    def test_by_a_moment(self, desk3, entries):
        moment = "2026-01-15T13:00:00+03:00"
        assert self.tail(desk3, cursor={"field": "timestampX", "value": moment, "limit": 2}) == [3, 4]

    def test_a_filter_beside_the_cursor(self, desk3, entries, company):
        assert self.tail(desk3, filter=[["userId", company.boss]]) == [2, 4]

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"filter": [["id", ">", 1]]}, "INVALIDFILTEREXCEPTION"),
            ({"filter": [{"logic": "or", "conditions": [["id", 1]]}]}, "INVALIDFILTEREXCEPTION"),
            ({"filter": {">id": 1}}, "INVALIDFILTEREXCEPTION"),
            ({"cursor": {"limit": 0}}, "INVALIDPAGINATIONEXCEPTION"),
            ({"cursor": {"limit": "x"}}, "INVALIDPAGINATIONEXCEPTION"),
            ({"cursor": 5}, "INVALIDPAGINATIONEXCEPTION"),
            ({"cursor": {"field": "nope"}}, "UNKNOWNDTOPROPERTYEXCEPTION"),
            ({"cursor": {"field": "description"}}, REQUEST),
            ({"cursor": {"field": "timestampX", "value": 0}}, REQUEST),
            ({"cursor": {"value": "x"}}, REQUEST),
            ({"cursor": {"order": "up"}}, "INVALIDORDEREXCEPTION"),
        ],
    )
    def test_what_is_refused(self, desk3, said, code):
        assert desk3.refusal("main.eventlog.tail", said) == (400, code)

    def test_the_words_about_the_cursor(self, desk3):
        message = desk3.send("main.eventlog.tail", {"filter": [["id", 1]]}).json()["error"]["message"]
        assert message == "Не удается распознать выражение фильтра `Cursor field id cannot be used at filter.`"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
    | st.sampled_from(["id", "taskId", "status", "=", "in", "between", "or", "and", "ASC", "limit", "author.name"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["logic", "conditions", "negative", "leftOperand", "operator", "rightOperand", "id", "limit"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    said=st.fixed_dictionaries({}, optional=dict.fromkeys(("filter", "order", "select", "pagination", "cursor"), JSON))
)
@pytest.mark.parametrize(
    "method", ["tasks.task.list", "tasks.task.result.list", "main.eventlog.list", "main.eventlog.tail"]
)
def test_nonsense_is_refused_or_answered(method, said):
    portal = Portal()
    task = portal.tasks.add("Задача", responsible=1)
    portal.tasks.results.add(task, "Готово", by=1)
    caller = Caller(user_id=1, admin=True, scopes=frozenset(SCOPES), webhook_id=1)
    if method == "tasks.task.result.list" and isinstance(said.get("filter"), list):
        said = {**said, "filter": [["taskId", task.id], *said["filter"]]}

    assert call(portal, caller, method, said).status in (200, 400)
