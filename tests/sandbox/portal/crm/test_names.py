"""Names of fields: api-reference/crm/universal/index.md."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.crm.names import upper_name, user_field_name


@pytest.mark.parametrize(
    ("original", "converted"),
    [
        ("UF_CRM_3_DIGIT", "ufCrm3Digit"),
        ("UF_CRM_3_1747309727", "ufCrm3_1747309727"),
        ("UF_CRM_10_5186744711", "ufCrm10_5186744711"),
        ("UF_CRM_10_5_18", "ufCrm10_5_18"),
        ("UF_CRM_7_ROOT_CAUSE", "ufCrm7RootCause"),
        # letters and digits mixed: only the prefix changes, so that it can be undone
        ("UF_CRM_3_DIGIT10", "ufCrm_3_DIGIT10"),
        ("UF_CRM_3_DIGIT_10", "ufCrm_3_DIGIT_10"),
        ("UF_CRM_1747309879", "ufCrm_1747309879"),
        ("UF_CRM_DEAL_RATING", "ufCrmDealRating"),
    ],
)
def test_user_fields(original: str, converted: str) -> None:
    assert user_field_name(original) == converted


@pytest.mark.parametrize(
    ("name", "upper"),
    [
        ("id", "ID"),
        ("assignedById", "ASSIGNED_BY_ID"),
        ("begindate", "BEGINDATE"),
        ("isManualOpportunity", "IS_MANUAL_OPPORTUNITY"),
        ("parentId2", "PARENT_ID_2"),
        ("xmlId", "XML_ID"),
    ],
)
def test_system_fields(name: str, upper: str) -> None:
    assert upper_name(name) == upper


field_codes = st.text(alphabet="AB12_", min_size=1, max_size=8)


@given(field_codes, field_codes)
def test_two_fields_never_convert_to_the_same_name(one: str, other: str) -> None:
    names = {user_field_name(f"UF_CRM_7_{code}") for code in (one, other)}
    assert len(names) == len({one, other})
