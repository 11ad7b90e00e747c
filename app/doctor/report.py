"""Findings for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape

from app.doctor.findings import Finding, State

SIGNS = {
    State.GOOD: "[green]✓[/]",
    State.WRONG: "[bold red]✗[/]",
    State.NOTE: "[yellow]![/]",
    State.BY_HAND: "[cyan]?[/]",
}


def healthy(found: Mapping[str, Sequence[Finding]]) -> bool:
    return not any(finding.state is State.WRONG for findings in found.values() for finding in findings)


def as_json(found: Mapping[str, Sequence[Finding]]) -> dict[str, Any]:
    """By portal: ``{"healthy": …, "portals": {"main": [{"state", "about", "says", "remedy"}, …]}}``."""
    portals = {name: [asdict(finding) for finding in findings] for name, findings in found.items()}
    return {"healthy": healthy(found), "portals": portals}


def show(found: Mapping[str, Sequence[Finding]], out: Console) -> None:
    for name, findings in found.items():
        out.print(f"[bold]Портал {escape(name)}[/]")
        for finding in findings:
            out.print(
                f"{SIGNS[finding.state]} [bold]{escape(finding.about)}[/]: {escape(finding.says)}", soft_wrap=True
            )
            if finding.remedy and finding.state is not State.GOOD:
                out.print(f"    → {escape(finding.remedy)}", soft_wrap=True)
    if healthy(found):
        out.print("Исправлять нечего. Строки со знаком ? проверьте руками.")
    else:
        out.print("[bold red]Есть что исправить:[/] строки со знаком ✗.")
