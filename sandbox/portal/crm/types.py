"""Smart processes: what a portal's people may define beside leads and deals.

Source: api-reference/crm/universal/user-defined-object-types/.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

FLAGS = (
    "isCategoriesEnabled", "isStagesEnabled", "isBeginCloseDatesEnabled", "isClientEnabled", "isUseInUserfieldEnabled",
    "isLinkWithProductsEnabled", "isMycompanyEnabled", "isDocumentsEnabled", "isSourceEnabled", "isObserversEnabled",
    "isRecyclebinEnabled", "isAutomationEnabled", "isBizProcEnabled", "isSetOpenPermissions",
)  # fmt: skip
"""Writable flags in the order answers show them; all but the last are off by default."""

READ_ONLY_FLAGS = ("isPaymentsEnabled", "isCountersEnabled")

TASK_FIELD = "TASKS_TASK|UF_CRM_TASK"
LINKED_USER_FIELDS = ("CALENDAR_EVENT|UF_CRM_CAL_EVENT", TASK_FIELD, "TASKS_TASK_TEMPLATE|UF_CRM_TASK")

FIRST_RANGE = range(128, 193)
SECOND_RANGE_START = 1030


@dataclass
class SmartProcess:
    """``id`` names the definition (and its user fields), ``entity_type_id`` its items and everything else."""

    id: int
    entity_type_id: int
    title: str
    created_by: int
    created: datetime
    updated_by: int
    updated: datetime
    flags: dict[str, bool] = field(default_factory=dict)
    linked_user_fields: dict[str, bool] = field(default_factory=dict)
    code: str = ""

    def has(self, flag: str) -> bool:
        return self.flags.get(flag, flag == "isSetOpenPermissions")

    @property
    def task_binding(self) -> bool:
        """Both settings are needed (tutorials/tasks/how-to-connect-task-to-spa.md)."""
        return self.has("isUseInUserfieldEnabled") and self.linked_user_fields.get(TASK_FIELD, False)


def is_allowed_id(entity_type_id: int) -> bool:
    """128..192, or an even number from 1030 on (crm-type-add.md)."""
    return entity_type_id in FIRST_RANGE or (entity_type_id >= SECOND_RANGE_START and entity_type_id % 2 == 0)
