"""Files of tasks: what is written as ``UF_TASK_WEBDAV_FILES`` becomes attachments of drive files.

Written are drive objects with ``n`` in front (``n123``) or attachments the task has already (``45``), read are
attachments (contract 6.1). The words of the refusal are those of tasks-task-files-attach.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sandbox.portal.drive import Right, Thing
from sandbox.portal.errors import RestError

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal
    from sandbox.portal.tasks import Task


def check_files(portal: Portal, codes: Iterable[str], task: Task | None, by: int) -> None:
    """Raises ``ERROR_CORE`` for a file that is not there or that this user may not read."""
    for code in codes:
        if code.startswith("n"):
            require_file(portal, code[1:], by)
        elif task is None or not code.isdigit() or int(code) not in task.files:
            raise no_rights()


def attach_files(portal: Portal, task: Task, codes: Iterable[str], by: int) -> tuple[int, ...]:
    """Ids of the attachments for these codes, new ones and those the task had."""
    return tuple(
        portal.drive.attach(require_file(portal, code[1:], by), task.id, by=by).id
        if code.startswith("n")
        else int(code)
        for code in codes
    )


def require_file(portal: Portal, number: str, by: int) -> Thing:
    file = portal.drive.get(int(number)) if number.isascii() and number.isdigit() else None
    if file is None or not file.is_file or not portal.drive.may(by, file, Right.READ):
        raise no_rights()
    return file


def no_rights() -> RestError:
    return RestError("ERROR_CORE", "Недостаточно прав.<br>")
