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
WRONG_AUTH_TYPE_ALONE = ("WRONG_AUTH_TYPE", "Current authorization type is denied for this method", 403)
ACCESS_DENIED = ("ACCESS_DENIED", "Access denied! Application context required", 403)
"""Pages of before August 2026 give 400, and some of them the words without the beginning or the name of the exception;
a real portal says this (b24pysdk, test_error_bitrix_api_access_denied), and so do the pages mended since."""
WRONG_CONTEXT = ("ERROR_WRONG_CONTEXT", "Вызов метода возможен только в контексте rest приложения", 400)

REFUSALS: tuple[tuple[str, tuple[str, str, int]], ...] = (
    # api-reference/events/event-bind.md and neighbours: the code is not given on these pages, the widgets' one is
    ("event.*", WRONG_AUTH_TYPE),
    ("events", WRONG_AUTH_TYPE),
    # api-reference/widgets/placement-bind.md
    ("placement.*", WRONG_AUTH_TYPE),
    # api-reference/common/settings/app-option-set.md
    ("app.option.*", ACCESS_DENIED),
    # api-reference/common/settings/user-option-get.md
    ("user.option.*", ACCESS_DENIED),
    # api-reference/bizproc/bizproc-robot/bizproc-robot-add.md
    ("bizproc.robot.*", ACCESS_DENIED),
    ("bizproc.activity.*", ACCESS_DENIED),
    ("bizproc.workflow.template.add", ACCESS_DENIED),
    ("bizproc.workflow.template.update", ACCESS_DENIED),
    ("bizproc.workflow.template.delete", ACCESS_DENIED),
    # api-reference/crm/timeline/activities/configurable/index.md, api-reference/crm/timeline/layout-blocks/index.md
    ("crm.activity.configurable.*", WRONG_CONTEXT),
    ("crm.timeline.layout.blocks.*", WRONG_CONTEXT),
    ("crm.activity.layout.blocks.*", WRONG_CONTEXT),
    # api-reference/crm/timeline/activities/types/index.md
    ("crm.activity.type.*", ACCESS_DENIED),
    # api-reference/crm/automation/triggers/index.md; `crm.automation.trigger` itself works by webhook
    ("crm.automation.trigger.*", ACCESS_DENIED),
    # api-reference/entity/
    ("entity.*", ACCESS_DENIED),
    # api-reference/widgets/user-field/index.md says so, the method's own page shows a webhook sample (unverified)
    ("userfieldtype.*", ACCESS_DENIED),
    # api-reference/disk/storage/disk-storage-get-for-app.md
    ("disk.storage.getforapp", ACCESS_DENIED),
    # api-reference/messageservice/
    ("messageservice.*", ACCESS_DENIED),
    # api-reference/imopenlines/imconnector/
    ("imconnector.*", WRONG_AUTH_TYPE),
    # api-reference/sign/hcm-link/: one page shows status 200, the others none (unverified)
    ("humanresources.hcmlink.*", ("WRONG_AUTH_TYPE", "Application context required", 403)),
    # api-reference/sign/
    ("sign.b2e.*.tail", (WRONG_AUTH_TYPE[0], WRONG_AUTH_TYPE[1], 401)),
    ("sign.b2e.*", WRONG_AUTH_TYPE_ALONE),
    # api-reference/telephony/: the pages of lines give 400 for what writes
    ("telephony.externalline.get", WRONG_AUTH_TYPE_ALONE),
    ("telephony.externalline.*", (WRONG_AUTH_TYPE_ALONE[0], WRONG_AUTH_TYPE_ALONE[1], 400)),
    ("telephony.externalcall.register", WRONG_AUTH_TYPE_ALONE),
    ("telephony.externalcall.finish", WRONG_AUTH_TYPE_ALONE),
)


CONFIRMED_BY_ADMINISTRATOR = frozenset({"voximplant.user.get"})
"""Methods an application may call when the administrator allowed it for its present token; nobody here ever does
(api-reference/scopes/confirmation.md)."""


def application_required() -> RestError:
    """What a method says that is not in the table."""
    code, description, status = WRONG_AUTH_TYPE
    return RestError(code, description, status)


def confirmation_for(method: str) -> RestError | None:
    """What an application hears from this lower-case method name, ``None`` when it may just call."""
    if method in CONFIRMED_BY_ADMINISTRATOR:
        return RestError("METHOD_CONFIRM_WAITING", "Waiting for confirmation", status=401)
    return None


def refusal_for(method: str) -> RestError | None:
    """The refusal for this lower-case method name, ``None`` when webhooks may call it."""
    for pattern, (code, description, status) in REFUSALS:
        if fnmatchcase(method, pattern):
            return RestError(code, description, status)
    return None
