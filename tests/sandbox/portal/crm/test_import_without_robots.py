"""``crm.item.import`` does not start automation (api-reference/crm/universal/import/index.md)."""

from __future__ import annotations


def test_robots_run_for_new_items_and_not_for_imported_ones(box, listen):
    listener = listen()
    box.control("robots", {"entityTypeId": 2, "stageId": "NEW", "url": listener.url})
    box.call("crm.item.import", entityTypeId=2, fields={"title": "Перенесённая"})
    box.call("crm.item.batchImport", entityTypeId=2, data=[{"title": "Вторая"}])
    box.control("settle")
    assert listener.events == []
    box.call("crm.deal.add", fields={"TITLE": "Новая"})
    box.control("settle")
    assert [event["document_id"][2] for event in listener.events] == ["DEAL_3"]
