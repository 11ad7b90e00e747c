"""The news about a case (S61, S84, R18): drafted, confirmed if the rulebook wants it, posted, its readers counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.assignment import term
from rules.calendar import WorkingTime, working_time
from rules.decision import NOTHING, CreateTask, Decision, PostNews, Tell, UpdateCase, do
from rules.effectiveness import attempt
from rules.model import Case, CaseField, NewsReaders, Stage, UserId
from rules.rulebook import NEWS_WORDS, Rulebook

PREFIX = "news"
_SHARE = re.compile(r"\s*(\d{1,6}) из (\d{1,6})\b")
WATCHED_DAYS = 10
"""Working days after the closing during which readers are counted."""
AFTER_REMINDER_DAYS = 5
"""At least so many of them are left to those who were reminded."""


def is_due(case: Case) -> bool:
    """A case without measures has changed nothing that employees should know."""
    return case.news_post_id is None and bool(case.measures)


# --- Before it is posted ---------------------------------------------------------------------------------------------


def slot(case: Case) -> str:
    """Other measures are other news."""
    number = attempt(case)
    return PREFIX if number == 1 else f"{PREFIX}:{number}"


def confirmation(case: Case, book: Rulebook, person: UserId, now: datetime) -> CreateTask:
    """The draft, for whoever leads the case."""
    return CreateTask(
        slot=slot(case),
        title=f"Подтвердить новость: {case.source_title}",
        description=(
            f"Черновик новости.\n\n{_title(case, book)}\n\n{_draft(case, book)}\n\n"
            "Если текст подходит, завершите задачу. Если нет, напишите свой текст в результате задачи и завершите её: "
            "он заменит черновик, заголовок останется."
        ),
        responsible_id=person,
        deadline=term(case, book, person, now, book.terms.finalization),
    )


def post(case: Case, book: Rulebook) -> PostNews:
    """To the people who use the process; the text is the draft, or what the confirming task's result says instead."""
    task = case.task(slot(case)) if book.finalization.news.confirm else None
    number = attempt(case)
    return PostNews(
        signature=f"Разбор №{case.id}" if number == 1 else f"Разбор №{case.id}, новые меры ({number})",
        title=_title(case, book),
        text=(task.result.strip() if task is not None else "") or _draft(case, book),
        departments=book.funnel(case.funnel).news_for,
        important=book.finalization.news.important,
        since=case.entries[0].at,
    )


def _title(case: Case, book: Rulebook) -> str:
    return _filled(book.finalization.news.title, _words(case, book))


def _draft(case: Case, book: Rulebook) -> str:
    return _filled(book.finalization.news.text, _words(case, book))


def _words(case: Case, book: Rulebook) -> Mapping[str, str]:
    return {
        "funnel": book.funnel(case.funnel).title,
        "title": case.source_title,
        "measures": "\n".join(f"• {measure.title}: {measure.expected}" for measure in case.measures),
    }


def _filled(template: str, words: Mapping[str, str]) -> str:
    """One pass over the template, so that a deal called «{measures}» stays what it is called."""
    return re.sub(rf"\{{({'|'.join(NEWS_WORDS)})\}}", lambda found: words[found.group(1)], template)


# --- After it was posted ---------------------------------------------------------------------------------------------


def audience(case: Case, book: Rulebook) -> frozenset[UserId]:
    """Who works today in the departments the news goes to, or below them; everybody, when it goes to all."""
    staff = case.staff
    named = {
        department.id
        for name in book.funnel(case.funnel).news_for
        if (department := staff.department_named(name)) is not None
    }
    members: set[UserId] = set()
    for department in staff.departments.values():
        if not named or named & {each.id for each in staff.chain_of(department)}:
            members.update(person.id for person in staff.people.values() if department.id in person.department_ids)
            members.update(() if department.head_id is None else (department.head_id,))
    return frozenset(member for member in members if staff.is_active(member) and member != staff.service_id)


def at_closing(case: Case, book: Rulebook) -> dict[CaseField, str]:
    """The counting begins with the closing; a post that nobody was asked to confirm isn't counted."""
    if case.news_post_id is None or not book.finalization.news.important or case.news_read:
        return {}
    return {CaseField.NEWS_READ: _share(NewsReaders(asked=audience(case, book)))}


def waits_for_readers(case: Case, book: Rulebook) -> bool:
    """Must somebody look who has read the news?"""
    begun = case.stage is Stage.SUCCESS and case.news_post_id is not None and bool(case.news_read)
    return begun and book.finalization.news.important and _end_mark(case) not in case.told


def follow(case: Case, book: Rulebook, now: datetime) -> Decision:
    """The share is written down once a working day; those who haven't read are reminded once; then it is closed."""
    if not waits_for_readers(case, book):
        return NOTHING
    time = working_time(book.calendar, case.staff)
    end = _end(case, book, time)
    if case.readers is None:
        return Decision(look_again_at=_next_morning(now, time) if now < end else None)
    unread = case.readers.asked - case.readers.read
    share = _share(case.readers)
    counted = None if case.news_read == share else UpdateCase({CaseField.NEWS_READ: share})
    if not unread or now >= end:
        return do((counted, _ended(case, share, unread)), because=(f"новость прочитали {share}",))
    because = (f"новость прочитали {share}, ждём остальных до {end:%d.%m.%Y}",)
    reminded = _reminder(case, book, unread)
    remind_at = _remind_at(case, book, time)
    due = remind_at is not None and now >= remind_at and reminded.mark not in case.told
    return Decision(
        tuple(each for each in (counted, reminded if due else None) if each is not None),
        look_again_at=_next_morning(now, time),
        because=because,
    )


@dataclass(frozen=True)
class Read:
    """How many were asked to read the news, and how many have confirmed it (S84)."""

    asked: int
    read: int


def readers(case: Case) -> Read | None:
    """As the card tells it; ``None`` before the counting has begun."""
    told = _SHARE.match(case.news_read)
    return Read(asked=int(told[2]), read=int(told[1])) if told is not None else None


def _share(readers: NewsReaders) -> str:
    """«12 из 30 (40 %)»."""
    read, asked = len(readers.read & readers.asked), len(readers.asked)
    return f"{read} из {asked} ({round(100 * read / asked) if asked else 100} %)"


def _remind_at(case: Case, book: Rulebook, time: WorkingTime) -> datetime | None:
    days = book.finalization.news.remind_readers_after_days
    return time.due(case.arrived.at, days) if days else None


def _end(case: Case, book: Rulebook, time: WorkingTime) -> datetime:
    reminded = book.finalization.news.remind_readers_after_days
    return time.due(case.arrived.at, max(WATCHED_DAYS, reminded + AFTER_REMINDER_DAYS if reminded else 0))


def _next_morning(now: datetime, time: WorkingTime) -> datetime:
    """When people begin to work on the next working day."""
    day = now.astimezone(time.zone).date() + timedelta(days=1)
    while not time.is_working(day):
        day += timedelta(days=1)
    return time.begin_of(day)


def _reminder(case: Case, book: Rulebook, unread: frozenset[UserId]) -> Tell:
    return Tell(
        f"unread-{case.news_post_id}",
        f"Прочитайте новость «{_title(case, book)}» и подтвердите прочтение: она о вашем процессе.",
        to=tuple(sorted(unread)),
    )


def _end_mark(case: Case) -> str:
    return f"readers-{case.news_post_id}"


def _ended(case: Case, share: str, unread: frozenset[UserId]) -> Tell:
    """The record of who was informed (R18)."""
    names = ", ".join(case.staff.name_of(person) for person in sorted(unread))
    return Tell(_end_mark(case), f"Новость прочитали: {share}." + (f"\nНе подтвердили: {names}." if names else ""))
