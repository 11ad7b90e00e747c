"""``GET /metrics``: the numbers of the health report as Prometheus reads them. Names and counts, no keys and no texts.

Source of the format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text, version 0.0.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Sample:
    name: str
    value: float
    labels: Mapping[str, str]


HELP: Mapping[str, tuple[str, str]] = {
    "capa24_healthy": ("gauge", "1 when /health answers ok."),
    "capa24_portal_connected": ("gauge", "1 when the portal was read."),
    "capa24_portal_silent": ("gauge", "1 when the portal changes and no event comes."),
    "capa24_changes": ("gauge", "Changes the sweep saw in the last seven days, by the event that tells of them."),
    "capa24_changes_untold": ("gauge", "Those of them that no event told of."),
    "capa24_keys_waiting": ("gauge", "Keys that wait for a look."),
    "capa24_keys_running": ("gauge", "Keys being looked at."),
    "capa24_keys_failing": ("gauge", "Keys at which looks fail, fifty at most."),
    "capa24_keys_parked": ("gauge", "Keys given up until somebody retries them."),
    "capa24_events_stored": ("gauge", "Events in the database."),
    "capa24_found_by_sweep_total": ("counter", "Looks that found something to do and that no event had asked for."),
    "capa24_left_out": ("gauge", "Finished items without a case, by the funnel."),
    "capa24_rows_not_mirrored": ("gauge", "Rows that are not in the spreadsheet yet."),
    "capa24_rows_refused": ("gauge", "Rows that Google does not take."),
}


def as_text(report: Mapping[str, Any]) -> str:
    """``report`` is that of ``/health``; what it doesn't tell is left out."""
    lines = []
    samples = list(_samples(report))
    for name, (kind, meaning) in HELP.items():
        found = [each for each in samples if each.name == name]
        if found:
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
            lines += [f"{name}{_labels(each.labels)} {each.value:g}" for each in found]
    return "\n".join([*lines, ""])


def _samples(report: Mapping[str, Any]) -> Iterator[Sample]:
    yield Sample("capa24_healthy", float(report.get("status") == "ok"), {})
    for portal, state in report.get("portals", {}).items():
        here = {"portal": portal}
        yield Sample("capa24_portal_connected", float(bool(state.get("connected"))), here)
        yield Sample("capa24_portal_silent", float(state.get("silence") is not None), here)
        for event, counted in state.get("events", {}).items():
            yield Sample("capa24_changes", counted["changes"], {**here, "event": event})
            yield Sample("capa24_changes_untold", counted["untold"], {**here, "event": event})
    for field, name in (
        ("keys_waiting", "capa24_keys_waiting"),
        ("keys_running", "capa24_keys_running"),
        ("parked", "capa24_keys_parked"),
        ("events_stored", "capa24_events_stored"),
        ("found_by_sweep", "capa24_found_by_sweep_total"),
        ("rows_not_mirrored", "capa24_rows_not_mirrored"),
    ):
        if field in report:
            yield Sample(name, report[field], {})
    for field, name in (("failing", "capa24_keys_failing"), ("rows_refused", "capa24_rows_refused")):
        if field in report:
            yield Sample(name, len(report[field]), {})
    for funnel, number in report.get("left_out", {}).items():
        yield Sample("capa24_left_out", number, {"funnel": funnel})


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
