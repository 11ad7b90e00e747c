"""``tasks.task.result.*`` of REST 2: api-reference/tasks/result/.

On a portal with the new task card, which this one is, results are made through REST 3.0 (``portal.tasks.results.add``
stands ready for it), and ``addFromComment`` and ``deleteFromComment`` do not work.
"""

from __future__ import annotations

from sandbox.portal.bbcode import as_html
from sandbox.portal.clock import iso
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_text
from sandbox.portal.params import missing
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method
from sandbox.portal.task_results import TaskResult


@rest_method("tasks.task.result.list", scope="task", docs="api-reference/tasks/result/tasks-task-result-list.md")
def list_results(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Newest first, as in the sample."""
    task = portal.tasks.get(require_number(params, "taskId"))
    if task is None or not portal.tasks.rights.may_read(task, caller.user_id):
        raise RestError("0", "Access denied.")
    return [shown(result) for result in reversed(portal.tasks.results.of_task(task.id))]


@rest_method(
    "tasks.task.result.addFromComment",
    scope="task",
    docs="api-reference/tasks/result/tasks-task-result-add-from-comment.md",
)
def add_from_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Comments of the new card are messages of a chat: none of them is found."""
    require_number(params, "commentId")
    raise RestError("0", "Comment not found.")


@rest_method(
    "tasks.task.result.deleteFromComment",
    scope="task",
    docs="api-reference/tasks/result/tasks-task-result-delete-from-comment.md",
)
def delete_from_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_number(params, "commentId")
    raise RestError("0", "Comment not found.")


def require_number(params: Params, name: str) -> int:
    value = params.get(name)
    if value is None:
        raise missing(name)
    number = as_int(value)
    if number is None:
        # The portal speaks of {commentId} whatever the parameter is called.
        words = (
            f"Invalid value {{{as_text(value)}}} to match with parameter {{commentId}}. Should be value of type int."
        )
        raise RestError("100", words)
    return number


def shown(result: TaskResult) -> dict[str, JSON]:
    return {
        "id": result.id,
        "taskId": result.task_id,
        "commentId": 0,
        "createdBy": result.author,
        "createdAt": iso(result.created),
        "updatedAt": iso(result.updated or result.created),
        "status": 1 if result.closed else 0,
        "text": result.text,
        "formattedText": as_html(result.text),
        "files": [],
    }
