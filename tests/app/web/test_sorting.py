"""Which key an event makes dirty."""

import pytest

from app.keys import CaseKey, MeasureKey, SourceKey
from app.web.sorting import NOBODY, OwnTypes, Sorted, hint_for, sort_event
from bitrix.events import Event

OWN = OwnTypes(case=1030, measure=1032)
ID = "data[FIELDS][ID]=42"
DYNAMIC = "event=ONCRMDYNAMICITEMUPDATE&" + ID + "&data[FIELDS][ENTITY_TYPE_ID]="


def event(form: str) -> Event:
    return Event.parse(form.encode())


@pytest.mark.parametrize(
    ("form", "sorted_"),
    [
        # what may have been finished
        ("event=ONCRMDEALUPDATE&" + ID, Sorted((SourceKey("main", 2, 42),))),
        ("event=ONCRMDEALADD&" + ID, Sorted((SourceKey("main", 2, 42),))),
        ("event=ONCRMDEALDELETE&" + ID, Sorted((SourceKey("main", 2, 42),))),
        ("event=ONCRMDEALMOVETOCATEGORY&" + ID, Sorted((SourceKey("main", 2, 42),))),
        ("event=ONCRMLEADUPDATE&" + ID, Sorted((SourceKey("main", 1, 42),))),
        (DYNAMIC + "1220", Sorted((SourceKey("main", 1220, 42),))),
        ("document_id[0]=crm&document_id[1]=Deal&document_id[2]=DEAL_42", Sorted((SourceKey("main", 2, 42),))),
        # the service's own smart processes
        (DYNAMIC + "1030", Sorted((CaseKey("main", 42),))),
        ("event=ONCRMDYNAMICITEMUPDATE_1030&" + ID, Sorted((CaseKey("main", 42),))),
        ("document_id[0]=crm&document_id[1]=Dynamic&document_id[2]=DYNAMIC_1030_42", Sorted((CaseKey("main", 42),))),
        (DYNAMIC + "1032", Sorted((MeasureKey("main", 42),))),
        # tasks: whose they are only the inbox may know
        ("event=ONTASKADD&data[FIELDS_BEFORE]=undefined&data[FIELDS_AFTER][ID]=101", Sorted(task_id=101)),
        ("event=ONTASKUPDATE&data[FIELDS_BEFORE][ID]=101&data[FIELDS_AFTER][ID]=101", Sorted(task_id=101)),
        ("event=ONTASKDELETE&data[FIELDS_BEFORE][ID]=101&data[FIELDS_AFTER]=undefined", Sorted(task_id=101)),
        ("event=ONTASKCOMMENTADD&data[FIELDS_AFTER][ID]=0&data[FIELDS_AFTER][TASK_ID]=101", Sorted(task_id=101)),
        # what moves nothing
        ("event=ONCRMCONTACTUPDATE&" + ID, NOBODY),
        ("event=ONCRMCOMPANYUPDATE&" + ID, NOBODY),
        (DYNAMIC + "31", NOBODY),
        ("event=ONCRMQUOTEUPDATE&" + ID, NOBODY),
        ("document_id[0]=crm&document_id[1]=CCrmDocumentContact&document_id[2]=CONTACT_42", NOBODY),
        ("event=onCrmTimelineCommentAdd&data[ID]=9", NOBODY),
        ("event=ONCRMACTIVITYADD&" + ID, NOBODY),
        ("event=ONUSERADD&data[ID]=5", NOBODY),
        ("event=ONAPPTEST&data[QUERY][a]=b", NOBODY),
        ("event=ONSOMETHINGNEW&" + ID, NOBODY),
    ],
)  # fmt: skip
def test_an_event_makes_dirty_what_it_is_about(form, sorted_):
    assert sort_event(event(form), "main", OWN) == sorted_


@pytest.mark.parametrize("entity_type_id", [1030, 1032])
def test_before_the_portal_was_read_its_items_are_sorted_by_the_look(entity_type_id):
    sorted_ = sort_event(event(f"{DYNAMIC}{entity_type_id}"), "main", OwnTypes())
    assert sorted_ == Sorted((SourceKey("main", entity_type_id, 42),))


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("event=ONCRMTIMELINECOMMENTADD&data[FIELDS][ID]=9", "untick"),
        ("event=ONCRMCONTACTUPDATE&" + ID, "untick"),
        ("event=ONAPPINSTALL&data[VERSION]=1", "application"),
        ("event=ONSOMETHINGNEW&" + ID, "app.web.sorting"),
    ],
)
def test_an_event_that_concerns_nobody_has_a_hint(form, says):
    assert says in hint_for(event(form))
