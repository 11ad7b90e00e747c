"""``telephony.externalCall.*`` over HTTP (api-reference/telephony/)."""

from __future__ import annotations

import base64

import pytest

PHONE = "+7 (906) 219-50-47"
SOUND = base64.b64encode(b"RIFF").decode()


@pytest.fixture
def contact(desk, company) -> int:
    point = [{"VALUE": "8 906 219-50-47", "VALUE_TYPE": "MOBILE"}]
    fields = {"NAME": "Иван", "LAST_NAME": "Иванов", "PHONE": point, "ASSIGNED_BY_ID": company.seller}
    return desk.call("crm.contact.add", {"fields": fields})


def ring(app, company, **more: object) -> dict:
    call = {"USER_ID": company.seller, "PHONE_NUMBER": PHONE, "TYPE": 2}
    return app.call("telephony.externalCall.register", {**call, **more})


def test_a_call_finds_its_contact_by_the_number_and_becomes_an_activity_there(desk, app, company, contact):
    call = ring(app, company, CALL_START_DATE="2026-01-15T11:00:00+03:00")
    assert (call["CRM_ENTITY_TYPE"], call["CRM_ENTITY_ID"]) == ("CONTACT", contact)
    assert (call["CRM_CREATED_LEAD"], call["CRM_CREATED_ENTITIES"]) == (None, [])
    over = {"CALL_ID": call["CALL_ID"], "USER_ID": company.seller, "DURATION": 95, "STATUS_CODE": "200"}
    done = app.call("telephony.externalCall.finish", over)
    assert (done["CALL_STATUS"], done["CALL_DURATION"], done["PHONE_NUMBER"]) == (1, 95, "79062195047")
    activity = desk.call("crm.activity.get", {"id": done["CRM_ACTIVITY_ID"]})
    assert (activity["OWNER_TYPE_ID"], activity["OWNER_ID"]) == ("3", str(contact))
    assert (activity["TYPE_ID"], activity["PROVIDER_ID"], activity["DIRECTION"]) == ("2", "VOXIMPLANT_CALL", "1")
    assert (activity["START_TIME"], activity["END_TIME"]) == (
        "2026-01-15T11:00:00+03:00",
        "2026-01-15T11:01:35+03:00",
    )
    assert (activity["COMPLETED"], activity["RESPONSIBLE_ID"]) == ("Y", str(company.seller))
    assert "ONCRMACTIVITYADD" in desk.events()


def test_a_missed_call_stays_to_be_done(desk, app, company, contact):
    call = ring(app, company)
    done = app.call("telephony.externalCall.finish", {"CALL_ID": call["CALL_ID"], "USER_ID": company.seller})
    assert (done["CALL_FAILED_CODE"], done["CALL_STATUS"]) == ("304", 0)
    assert desk.call("crm.activity.get", {"id": done["CRM_ACTIVITY_ID"]})["COMPLETED"] == "N"


def test_a_number_nobody_has_makes_a_lead_when_one_is_wanted(desk, app, company):
    assert ring(app, company)["CRM_ENTITY_ID"] == 0
    call = ring(app, company, CRM_CREATE=1, CRM_SOURCE="WEB")
    assert call["CRM_CREATED_ENTITIES"] == [{"ENTITY_TYPE": "LEAD", "ENTITY_ID": call["CRM_CREATED_LEAD"]}]
    lead = desk.call("crm.lead.get", {"id": call["CRM_CREATED_LEAD"]})
    assert (lead["SOURCE_ID"], lead["ASSIGNED_BY_ID"]) == ("WEB", str(company.seller))
    assert [point["VALUE"] for point in lead["PHONE"]] == [PHONE]


def test_an_inner_number_names_its_user(desk, app, company, contact):
    desk.portal.staff.update_user(company.seller, profile={"UF_PHONE_INNER": "104"})
    sent = {"USER_PHONE_INNER": "104", "PHONE_NUMBER": PHONE, "TYPE": 1}
    call = app.call("telephony.externalCall.register", sent)
    over = {"CALL_ID": call["CALL_ID"], "USER_PHONE_INNER": "104", "DURATION": 5}
    assert app.call("telephony.externalCall.finish", over)["PORTAL_USER_ID"] == company.seller


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"USER_ID": 0}, "USER_ID or USER_PHONE_INNER should be set"),
        ({"USER_ID": 999}, "User is not found or is not active"),
        ({"TYPE": 9}, "Unknown TYPE"),
        ({"CALL_START_DATE": "вчера"}, "CALL_START_DATE should be in the ISO-8601 format"),
        ({"PHONE_NUMBER": "нет"}, "Unsupported phone number format"),
    ],
)
def test_what_a_call_must_say(app, company, sent, words):
    good = {"USER_ID": company.seller, "PHONE_NUMBER": PHONE, "TYPE": 2}
    assert app.refusal("telephony.externalCall.register", {**good, **sent}) == (400, "ERROR_CORE", words)


def test_a_webhook_may_not_register_calls(desk, company):
    assert desk.refusal("telephony.externalCall.register", {"USER_ID": company.seller}) == (403, "WRONG_AUTH_TYPE")


def test_a_record_is_attached_to_a_finished_call_only(desk, app, company, contact):
    call = ring(app, company)
    record = {"CALL_ID": call["CALL_ID"], "FILENAME": "a.mp3", "FILE_CONTENT": SOUND}
    assert "not finished yet" in desk.words("telephony.externalCall.attachRecord", record)
    app.call("telephony.externalCall.finish", {"CALL_ID": call["CALL_ID"], "USER_ID": company.seller, "DURATION": 5})
    assert desk.call("telephony.externalCall.attachRecord", record)["FILE_ID"] > 0
    assert "Only wav and mp3" in desk.words("telephony.externalCall.attachRecord", {**record, "FILENAME": "a.exe"})
    assert "Base64" in desk.words("telephony.externalCall.attachRecord", {**record, "FILE_CONTENT": "???"})
    assert desk.call("telephony.externalCall.show", {"CALL_ID": call["CALL_ID"]}) is True
    assert desk.call("telephony.externalCall.hide", {"CALL_ID": "externalCall.no"}) is False


def test_who_calls_is_told_with_whom_to_connect(desk, company, contact):
    (found,) = desk.call("telephony.externalCall.searchCrmEntities", {"PHONE_NUMBER": PHONE})
    assert (found["CRM_ENTITY_TYPE"], found["CRM_ENTITY_ID"], found["NAME"]) == ("CONTACT", contact, "Иван Иванов")
    assert (found["ASSIGNED_BY_ID"], found["ASSIGNED_BY"]["TIMEMAN_STATUS"]) == (company.seller, "CLOSED")
