"""Answers of real portals, recorded by the authors of fast-bitrix24 (github.com/leshchenko1979/fast_bitrix24, MIT).

They are Python modules with a ``response``: one answer, several pages, or a batch. Only their shapes are kept.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox.coverage.shapes import JSON, Shape, merge, shape_of

REPOSITORY = "https://github.com/leshchenko1979/fast_bitrix24"
FOLDER = "tests/real_responses"

METHODS = {
    "call_single_success": "crm.lead.get",
    "crm_category_list": "crm.category.list",
    "crm_company_contact_items_get": "crm.company.contact.items.get",
    "crm_contact_add_batch": "crm.contact.add",
    "crm_dealcategory_stage_list": "crm.dealcategory.stage.list",
    "crm_item_add": "crm.item.add",
    "crm_item_list": "crm.item.list",
    "crm_lead_fields_success": "crm.lead.fields",
    "crm_lead_list_one_page_success": "crm.lead.list",
    "crm_stagehistory_list": "crm.stagehistory.list",
    "get_all_tasks": "tasks.task.list",
    "single_add": "tasks.task.add",
    "socialnetwork_api_workgroup_list": "socialnetwork.api.workgroup.list",
    "stagehistory": "crm.stagehistory.list",
    "task_elapseditem_getlist_mixed_types": "task.elapseditem.getlist",
    "user_fields": "user.fields",
}
"""Which method each recording answers."""


def recorded_shapes(checkout: Path) -> dict[str, Shape]:
    """By method; everything recorded of a method is merged. The envelope is reduced to ``result``."""
    found: dict[str, Shape] = {}
    for name, method in METHODS.items():
        module = ast.parse((checkout / FOLDER / f"{name}.py").read_text(encoding="utf-8"))
        for result in results(response(module)):
            shape = shape_of({"result": result})
            found[method] = merge(found[method], shape) if method in found else shape
    return found


def response(module: ast.Module) -> JSON:
    """The literal assigned to ``response``; raises ``LookupError`` without one."""
    for statement in module.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "response":
            value: JSON = ast.literal_eval(statement.value)
            return value
    raise LookupError("there is no response in this recording")


def results(answer: JSON) -> Iterator[JSON]:
    """The ``result`` of one answer, of every page, or of every command of a batch."""
    for page in answer if isinstance(answer, list) else [answer]:
        result = page["result"] if isinstance(page, Mapping) else None
        if isinstance(result, Mapping) and "result_error" in result:
            commands = result["result"]
            yield from commands.values() if isinstance(commands, Mapping) else ()
        else:
            yield result
