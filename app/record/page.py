"""The record as a document: one HTML file that needs nothing else, A4 when printed (to paper or PDF); or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.record.dossier import Dossier
from app.record.section import Group, as_json
from rules.model import STAGE_TITLES

LONGEST_WORD = 24
"""A longer one (a link, a hash) may be broken anywhere; a date or a name never is."""


def _has_long_word(text: str) -> bool:
    return any(len(word) > LONGEST_WORD for word in text.split())


_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.tests["unbroken"] = _has_long_word


def as_html(dossier: Dossier, groups: Sequence[Group]) -> str:
    case, book = dossier.case, dossier.book
    verdict = book.verdicts.get(case.verdict or "")
    funnel = book.find_funnel(case.funnel)
    sections = [each for group in groups for each in group.sections]
    return _PAGES.get_template("record.html.j2").render(
        title=case.title,
        process=book.names.case,
        funnel=funnel.title if funnel is not None else case.funnel,
        number=case.id,
        summary=(
            ("Стадия", STAGE_TITLES[case.stage]),
            ("Вердикт", verdict.title if verdict is not None else "ещё нет"),
            ("Чья работа", dossier.name(case.responsible_id) or "не назначен"),
            ("Сотрудник ОКК", dossier.name(case.inspector_id) or "не назначен"),
        ),
        groups=groups,
        filled=sum(1 for each in sections if not each.no_data),
        total=len(sections),
        card_url=dossier.card_url,
        source_url=dossier.source_url,
        made_at=dossier.moment(dossier.made_at),
        zone=book.calendar.time_zone,
        retention_years=book.retention.years,
        newest=dossier.chain.newest,
        broken=dossier.chain.broken,
    )


def as_data(dossier: Dossier, groups: Sequence[Group]) -> dict[str, Any]:
    """The sections by their numbers, and what the record is about."""
    case, newest = dossier.case, dossier.chain.newest
    return {
        "case": {"id": case.id, "name": case.source.round_key(case.round), "portal": dossier.portal},
        "title": case.title,
        "stage": str(case.stage),
        "made_at": dossier.made_at.isoformat(timespec="seconds"),
        "journal": {
            "whole": dossier.chain.broken is None,
            "newest": None if newest is None else {"id": newest.id, "hash": newest.hash},
        },
        "record": {each.number: as_json(each) for group in groups for each in group.sections},
    }
