"""Section ``portal.feed``: posts of the live feed, who they are for, who has read the important ones.

Requests and answers are in ``methods/feed.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

EVERYONE = "UA"


@dataclass(slots=True)
class Post:
    id: int
    author: int
    title: str
    text: str
    published: datetime
    audience: tuple[str, ...] = (EVERYONE,)
    """``UA`` everyone, ``U5`` a user, ``SG77`` a group, ``DR4`` a department with all below it."""
    important: bool = False
    important_until: datetime | None = None
    tags: tuple[str, ...] = ()
    files: tuple[int, ...] = ()
    readers: dict[int, datetime] = field(default_factory=dict)
    """Who said "I have read it" under an important post, and when."""


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    post_id: int
    author: int
    text: str
    at: datetime
    files: tuple[int, ...] = ()
    """Attachments of files on the drive."""


class DuplicateError(Exception):
    """The same was said by the same person under the same post."""


class Feed:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._posts: dict[int, Post] = {}
        self._comments: dict[int, Comment] = {}

    def add(
        self,
        text: str,
        *,
        author: int,
        title: str = "",
        audience: Iterable[str] = (EVERYONE,),
        important: bool = False,
        important_until: datetime | None = None,
        tags: Iterable[str] = (),
        files: Iterable[int] = (),
    ) -> Post:
        """Announces ``ONLIVEFEEDPOSTADD``."""
        post = Post(
            id=self._portal.next_id("blog_post"),
            author=author,
            title=title,
            text=text,
            published=self._portal.clock.now(),
            audience=tuple(audience),
            important=important,
            important_until=important_until,
            tags=tuple(tags),
            files=tuple(files),
        )
        self._posts[post.id] = post
        self._tell("ADD", post)
        return post

    def update(self, post: Post, **changes: object) -> bool:
        """Change fields of ``Post`` by their names. ``False`` when nothing differs: then nothing is announced
        (unverified)."""
        unknown = sorted(changes.keys() - EDITABLE)
        if unknown:
            raise TypeError(f"a post has no editable field {unknown[0]!r}; there are {', '.join(sorted(EDITABLE))}")
        different = {name: value for name, value in changes.items() if getattr(post, name) != value}
        for name, value in different.items():
            setattr(post, name, value)
        if different:
            self._tell("UPDATE", post)
        return bool(different)

    def delete(self, post: Post) -> None:
        del self._posts[post.id]
        for comment in self.comments(post.id):
            del self._comments[comment.id]
        self._tell("DELETE", post)

    def comment(self, post: Post, text: str, *, author: int, files: Iterable[int] = ()) -> Comment:
        """Raises ``DuplicateError``, which is not looked for where there are files. No event is documented for it."""
        attached = tuple(files)
        said = [known for known in self.comments(post.id) if (known.author, known.text) == (author, text)]
        if said and not attached:
            raise DuplicateError(text)
        number = self._portal.next_id("blog_comment")
        comment = Comment(number, post.id, author, text, self._portal.clock.now(), attached)
        self._comments[number] = comment
        self._portal.changed("feed.comment", id=number, post=post.id, by=author)
        return comment

    def comments(self, post_id: int) -> list[Comment]:
        """Oldest first."""
        return [comment for comment in self._comments.values() if comment.post_id == post_id]

    def comments_of(self, user_id: int) -> list[Comment]:
        """What this user wrote, wherever; newest first."""
        return [comment for comment in reversed(self._comments.values()) if comment.author == user_id]

    def get_comment(self, comment_id: int) -> Comment | None:
        return self._comments.get(comment_id)

    def delete_comment(self, comment: Comment, *, by: int) -> None:
        del self._comments[comment.id]
        self._portal.changed("feed.comment.delete", id=comment.id, by=by)

    def share(self, post: Post, audience: Iterable[str]) -> bool:
        """More people to see it. ``False`` when they could see it before."""
        return self.update(post, audience=tuple(dict.fromkeys((*post.audience, *audience))))

    def get(self, post_id: int) -> Post | None:
        return self._posts.get(post_id)

    def all(self) -> list[Post]:
        """Oldest first."""
        return list(self._posts.values())

    def can_see(self, post: Post, user_id: int) -> bool:
        """The author and those it is for. An administrator is nobody special here (unverified)."""
        return user_id == post.author or any(self._is_for(code, user_id) for code in post.audience)

    def mark_read(self, post: Post, user_id: int) -> None:
        """The button under an important post; pressing it again changes nothing."""
        if user_id not in post.readers:
            post.readers[user_id] = self._portal.clock.now()
            self._portal.changed("feed.read", id=post.id, by=user_id)

    def knows(self, code: str) -> bool:
        """Whether this is an audience: ``UA``, or an existing user, group or department."""
        kind, number = split_code(code)
        exists = {
            "U": lambda: self._portal.staff.user(number) is not None,
            "SG": lambda: self._portal.workgroups.get(number) is not None,
            "DR": lambda: self._portal.staff.department(number) is not None,
        }
        return code == EVERYONE or (kind in exists and exists[kind]())

    def _is_for(self, code: str, user_id: int) -> bool:
        kind, number = split_code(code)
        if code == EVERYONE:
            return self._portal.staff.is_active(user_id)
        if kind == "U":
            return number == user_id
        if kind == "SG":
            return self._portal.workgroups.role(number, user_id) is not None
        return kind == "DR" and user_id in self._portal.staff.people_below(number)

    def _tell(self, what: str, post: Post) -> None:
        self._portal.changed(f"feed.{what.lower()}", id=post.id, by=post.author)
        self._portal.emit(f"ONLIVEFEEDPOST{what}", {"FIELDS": {"POST_ID": str(post.id)}})


EDITABLE = frozenset(Post.__dataclass_fields__) - {"id", "author", "published", "readers"}


def split_code(code: str) -> tuple[str, int]:
    """``SG77`` -> ``("SG", 77)``; the number is 0 when there is none."""
    kind = code.rstrip("0123456789")
    return kind, int(code[len(kind) :] or 0)
