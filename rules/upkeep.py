"""Fields of the card that the service keeps true by itself, besides what the rooms write there.

The pass of the gate stands there exactly when the service gave it. Reasons that were used up leave their fields. The
progress of the changes can be read without opening a task. All of that is put in order once nothing more important is
to be done, in one write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from rules import cancellation, execution, gate, gate_pass, override
from rules.decision import Decision, FieldValue, UpdateCase
from rules.model import Case, CaseField, Stage
from rules.rulebook import Rulebook


def on_the_way_to(to: Stage, case: Case, book: Rulebook, now: datetime) -> Mapping[CaseField, FieldValue]:
    """What a move of the service's own writes beside the stage."""
    if not gate_pass.is_needed_at(to):
        return {}
    changes: dict[CaseField, FieldValue] = {}
    if not case.gate_pass or not gate_pass.is_needed_at(case.stage):
        changes[CaseField.PASS] = gate_pass.given(case, book, now)
    return changes | _progress(case)


def in_order(decision: Decision, case: Case, book: Rulebook, now: datetime) -> Decision:
    """The decision, or, when it asks for nothing, what the card still lacks."""
    if decision.commands or case.stage is Stage.CANCELLED:
        return decision
    changes: dict[CaseField, FieldValue] = {}
    if override.spent(case):
        changes[CaseField.OVERRIDE] = ""
    if cancellation.spent(case):
        changes[CaseField.CANCEL_REASON] = ""
    if case.gate_pass and not gate_pass.is_needed_at(case.stage):
        changes[CaseField.PASS] = ""  # written by hand: nobody gives out a pass but the service
    elif case.stage is Stage.FINALIZATION and not case.gate_pass and gate.held_at(case, book) is None:
        changes[CaseField.PASS] = gate_pass.given(case, book, now)
    if case.stage in (Stage.CHANGES, Stage.FINALIZATION):
        changes |= _progress(case)
    return replace(decision, commands=(UpdateCase(changes),)) if changes else decision


def _progress(case: Case) -> dict[CaseField, FieldValue]:
    progress = execution.progress(case)
    return {CaseField.PROGRESS: progress} if progress and progress != case.progress else {}
