"""``log.blogcomment.*``: api-reference/log/blogcomment/. Refusals have an empty code and English words."""

from __future__ import annotations

from sandbox.portal.clock import iso
from sandbox.portal.errors import RestError
from sandbox.portal.feed import Comment, DuplicateError
from sandbox.portal.loose import as_int, as_text
from sandbox.portal.methods.feed import acting_user, upload
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Params, rest_method

PAGES = "api-reference/log/blogcomment/log-blogcomment"
MOST_COMMENTS = 100


@rest_method("log.blogcomment.add", scope="log", docs=f"{PAGES}-add.md")
def add_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """An administrator may write as somebody else (``USER_ID``)."""
    fields = params.upper().raw
    user_id = acting_user(portal, caller, fields)
    post = portal.feed.get(as_int(fields.get("POST_ID")) or 0)
    if post is None or not portal.feed.can_see(post, user_id):
        raise RestError("", "No post found")
    text = (as_text(fields.get("TEXT")) or "").strip()
    if not text:
        raise RestError("", "Blog comment hasn't been added")
    try:
        comment = portal.feed.comment(post, text, author=user_id, files=upload(portal, user_id, fields))
    except DuplicateError:
        raise RestError("", "Duplicate comment") from None
    return comment.id


@rest_method("log.blogcomment.delete", scope="log", docs=f"{PAGES}-delete.md")
def delete_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """One's own; an administrator every one."""
    fields = params.upper().raw
    number = as_int(fields.get("COMMENT_ID")) or 0
    if number <= 0:
        raise RestError("", "Wrong comment ID")
    comment = portal.feed.get_comment(number)
    if comment is None:
        raise RestError("", "No comment found")
    if comment.author != caller.user_id and not caller.admin:
        raise RestError("", "No delete perms")
    portal.feed.delete_comment(comment, by=caller.user_id)
    return True


@rest_method("log.blogcomment.user.get", scope="log", docs=f"{PAGES}-user-get.md")
def comments_of_user(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Under posts the caller may see; an administrator sees all, but not what others wrote ("may be empty")."""
    fields = params.upper().raw
    user_id = as_int(fields.get("USER_ID")) or 0
    if portal.staff.user(user_id) is None:
        user_id = caller.user_id
    first, last = as_int(fields.get("FIRST_ID")), as_int(fields.get("LAST_ID"))
    limit = as_int(fields.get("LIMIT")) or MOST_COMMENTS
    found = [
        comment
        for comment in portal.feed.comments_of(user_id)
        if (first is None or comment.id > first) and (last is None or comment.id < last)
        if caller.admin or sees(portal, caller, comment)
    ][: min(max(limit, 1), MOST_COMMENTS)]
    files = {str(number): describe(portal, number) for comment in found for number in comment.files}
    return {
        "comments": [
            {
                "id": comment.id,
                "comment_id": comment.id,
                "log_id": comment.post_id,
                "date": iso(comment.at),
                "text": comment.text if sees(portal, caller, comment) else "",
                "attach": list(comment.files),
            }
            for comment in found
        ],
        "files": dict(files) or [],
    }


def sees(portal: Portal, caller: Caller, comment: Comment) -> bool:
    post = portal.feed.get(comment.post_id)
    return post is not None and portal.feed.can_see(post, caller.user_id)


def describe(portal: Portal, file_id: int) -> JSON:
    file = portal.drive.get(file_id)
    if file is None:
        return None
    user = portal.staff.user(file.created_by)
    picture = file.name.lower().endswith((".png", ".jpg", ".jpeg", ".gif"))
    return {
        "id": file.id,
        "date": iso(file.created),
        "type": "image" if picture else "file",
        "name": file.name,
        "size": file.size,
        "image": {"width": 0, "height": 0} if picture else False,
        "authorId": file.created_by,
        "authorName": user.full_name if user else "",
        "urlPreview": f"{portal.address}/disk/showPreview/{file.id}",
        "urlShow": f"{portal.address}/disk/showFile/{file.id}",
        "urlDownload": f"{portal.address}/disk/downloadFile/{file.id}",
    }
