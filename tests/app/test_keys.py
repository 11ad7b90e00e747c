"""The names of what may be dirty, written and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.keys import BadKey, CaseKey, Key, MeasureKey, SourceKey, parse_key

PORTALS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
IDS = st.integers(0, 2**63 - 1)
KEYS: st.SearchStrategy[Key] = st.one_of(
    st.builds(SourceKey, PORTALS, IDS, IDS), st.builds(CaseKey, PORTALS, IDS), st.builds(MeasureKey, PORTALS, IDS)
)


@given(KEYS)
def test_a_key_reads_back_what_it_wrote(key):
    assert parse_key(str(key)) == key
    assert parse_key(str(key), default_portal="another") == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("deal:42", SourceKey("main", 2, 42)),
        ("lead:7", SourceKey("main", 1, 7)),
        ("case:24", CaseKey("main", 24)),
        ("measure:5", MeasureKey("main", 5)),
        # the portal named after all
        ("deal:branch:42", SourceKey("branch", 2, 42)),
        ("case:branch:24", CaseKey("branch", 24)),
        ("source:branch:1030:8", SourceKey("branch", 1030, 8)),
        # copied with the line's end
        (" case:24\n", CaseKey("main", 24)),
    ],
)
def test_short_forms_belong_to_the_only_portal(text, key):
    assert parse_key(text, default_portal="main") == key


@pytest.mark.parametrize("text", ["deal:42", "case:24", "lead:7"])
def test_short_forms_need_to_know_the_portal(text):
    with pytest.raises(BadKey, match="case:ПОРТАЛ:24"):
        parse_key(text)


@pytest.mark.parametrize(
    "text",
    ["", "case", "case:", "case::24", "case:main:-1", "case:main:٢٤", "case:main:1_0", "case:main:x", "case:main: 1",
     "source:main:2", "source:2:42:7:1", "invoice:main:1", "CASE:main:1", "case:main:" + "9" * 5000],
)  # fmt: skip
def test_what_names_nothing_is_refused_with_the_forms_there_are(text):
    with pytest.raises(BadKey, match="deal:42") as refusal:
        parse_key(text, default_portal="main")
    assert len(str(refusal.value)) < 400


@given(st.text(), st.none() | PORTALS)
def test_nonsense_raises_nothing_else(text, portal):
    try:
        key = parse_key(text, portal)
    except BadKey:
        return
    assert parse_key(str(key)) == key
