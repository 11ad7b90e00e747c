"""Notifications to one person (``im.notify.*``, scope ``im``)."""

from bitrix.call import JSON, Answer, Call
from bitrix.tidy import as_id

CLIENT_ID = "bitrix-client"
"""Tags belong to an application; through a webhook, which has none, the portal wants a name to keep them under."""


def notify(user_id: int, text: str, tag: str | None = None, *, client_id: str = CLIENT_ID) -> Call[int | None]:
    """The id of a system notification, or None when the portal made none. BB codes work.

    With a ``tag`` it replaces earlier notifications of the same tag, so sending it again is harmless.
    Source: api-reference/chats/notifications/im-notify-system-add.md.
    """
    params: dict[str, JSON] = {"USER_ID": user_id, "MESSAGE": text}
    if tag is not None:
        params |= {"TAG": tag, "CLIENT_ID": client_id}
    return Call("im.notify.system.add", params, read=_read, writes=True)


def _read(answer: Answer) -> int | None:
    return as_id(answer.result, "result")
