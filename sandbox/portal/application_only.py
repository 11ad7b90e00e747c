"""Methods that refuse an inbound webhook, and the words each group uses for it (contract 2.6).

The refusal is documented behaviour, so it is given even for methods that are not built.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from sandbox.portal.errors import RestError

WRONG_AUTH_TYPE = (
    "WRONG_AUTH_TYPE",
    "Current authorization type is denied for this method Application context required",
    403,
)
ACCESS_DENIED = ("ACCESS_DENIED", "Access denied! Application context required", 400)

REFUSALS: tuple[tuple[str, tuple[str, str, int]], ...] = (
    # api-reference/events/event-bind.md and neighbours: the code is not given on these pages, the widgets' one is
    ("event.*", WRONG_AUTH_TYPE),
    ("events", WRONG_AUTH_TYPE),
    # api-reference/widgets/placement-bind.md
    ("placement.*", WRONG_AUTH_TYPE),
    # api-reference/common/system/app-info.md
    ("app.info", ACCESS_DENIED),
    # api-reference/common/settings/app-option-set.md
    ("app.option.*", ("AccessException", "Application context required", 400)),
    # api-reference/bizproc/bizproc-robot/bizproc-robot-add.md
    ("bizproc.robot.*", ("ACCESS_DENIED", "Application context required", 400)),
    ("bizproc.activity.*", ("ACCESS_DENIED", "Application context required", 400)),
    ("bizproc.workflow.template.add", ("ACCESS_DENIED", "Application context required", 400)),
    ("bizproc.workflow.template.update", ("ACCESS_DENIED", "Application context required", 400)),
    ("bizproc.workflow.template.delete", ("ACCESS_DENIED", "Application context required", 400)),
    # api-reference/crm/timeline/activities/configurable/index.md, api-reference/crm/timeline/layout-blocks/index.md
    ("crm.activity.configurable.*", ("ERROR_WRONG_CONTEXT", "Application context required", 400)),
    ("crm.timeline.layout.blocks.*", ("ERROR_WRONG_CONTEXT", "Application context required", 400)),
    ("crm.activity.layout.blocks.*", ("ERROR_WRONG_CONTEXT", "Application context required", 400)),
    # api-reference/crm/timeline/activities/types/index.md
    ("crm.activity.type.*", ACCESS_DENIED),
    # api-reference/crm/automation/triggers/index.md; `crm.automation.trigger` itself works by webhook
    ("crm.automation.trigger.*", ACCESS_DENIED),
    # api-reference/entity/
    ("entity.*", ACCESS_DENIED),
    # api-reference/widgets/user-field/index.md says so, the method's own page shows a webhook sample (unverified)
    ("userfieldtype.*", ACCESS_DENIED),
)


def application_required() -> RestError:
    """What a method says that is not in the table."""
    code, description, status = WRONG_AUTH_TYPE
    return RestError(code, description, status)


def refusal_for(method: str) -> RestError | None:
    """The refusal for this lower-case method name, ``None`` when webhooks may call it."""
    for pattern, (code, description, status) in REFUSALS:
        if fnmatchcase(method, pattern):
            return RestError(code, description, status)
    return None
