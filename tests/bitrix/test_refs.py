"""One item, four spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitrix.refs import COMPANY, CONTACT, DEAL, LEAD, ItemRef

SPELLINGS = [
    (ItemRef(LEAD, 7), "L_7", "LEAD_7", "lead"),
    (ItemRef(DEAL, 42), "D_42", "DEAL_42", "deal"),
    (ItemRef(CONTACT, 1), "C_1", "CONTACT_1", "contact"),
    (ItemRef(COMPANY, 2), "CO_2", "COMPANY_2", "company"),
    (ItemRef(31, 3), "SI_3", "SMART_INVOICE_3", "smart_invoice"),
    # smart processes: T and the number in lower-case hexadecimal
    (ItemRef(128, 5), "T80_5", "DYNAMIC_128_5", "dynamic_128"),
    (ItemRef(177, 5), "Tb1_5", "DYNAMIC_177_5", "dynamic_177"),
    (ItemRef(1030, 24), "T406_24", "DYNAMIC_1030_24", "dynamic_1030"),
]


@pytest.mark.parametrize(("ref", "binding", "document", "timeline_type"), SPELLINGS)
def test_an_item_is_spelled_as_each_module_wants_it(
    ref: ItemRef, binding: str, document: str, timeline_type: str
) -> None:
    assert (ref.binding, ref.document, ref.timeline_type) == (binding, document, timeline_type)
    assert ItemRef.from_binding(binding) == ref
    assert ItemRef.from_document(document) == ref


@given(
    st.builds(
        ItemRef,
        st.sampled_from([LEAD, DEAL, CONTACT, COMPANY]) | st.integers(128, 100_000),
        st.integers(1, 2**63 - 1),
    )
)
def test_every_spelling_can_be_read_back(ref: ItemRef) -> None:
    assert ItemRef.from_binding(ref.binding) == ref
    assert ItemRef.from_document(ref.document) == ref


def test_upper_case_hexadecimal_is_read_too() -> None:
    assert ItemRef.from_binding("T9C_5") == ItemRef(156, 5)


@pytest.mark.parametrize("text", ["", "D", "D_", "_7", "X_7", "D_7x", "D_-7", "T_5", "T1_5", "D_٣", "D_" + "9" * 30])
def test_what_is_no_binding_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a binding"):
        ItemRef.from_binding(text)


@pytest.mark.parametrize("text", ["", "DEAL", "DEAL_", "ORDER_5", "DYNAMIC_1030", "DYNAMIC_2_5", "deal_5"])
def test_what_is_no_document_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a document id"):
        ItemRef.from_document(text)


def test_refs_sort_by_type_and_number() -> None:
    assert sorted([ItemRef(DEAL, 2), ItemRef(LEAD, 9), ItemRef(DEAL, 1)]) == [
        ItemRef(LEAD, 9),
        ItemRef(DEAL, 1),
        ItemRef(DEAL, 2),
    ]
