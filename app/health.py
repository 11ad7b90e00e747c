"""Is the work getting done? What ``/health`` and ``/metrics`` tell of one process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from app.controller.loss_meter import Silence, silence
from app.controller.resync import last_swept
from app.service import Service
from app.storage.dirty_keys import Failing

LOSSES_SHOWN = timedelta(days=7)
MISSED_SWEEPS = 3


async def health_of(service: Service) -> Mapping[str, Any]:
    """What ``/health`` answers; ``status`` is ``ok`` or ``degraded``."""
    queue = await service.dirty.overview()
    losses = await service.losses.by_event(service.surroundings.clock() - LOSSES_SHOWN)
    silences = {name: await silence_of(service, name) for name in service.states}
    swept = {name: await last_swept(name, service.sweeping.cursors) for name in service.states}
    connected = {
        name: state.connected if service.attends else _is_recent(service, swept[name])
        for name, state in service.states.items()
    }
    portals = {
        name: {
            "connected": connected[name],
            "error": state.error,
            "last_sweep": at.isoformat() if (at := state.last_sweep or swept[name]) else None,
            "silence": _plain(silences[name]),
            "remarks": service.connections[name].remarks() if name in service.connections else (),
            "events": {event: asdict(counted) for event, counted in losses.get(name, {}).items()},
        }
        for name, state in service.states.items()
    }
    refused = await service.refused_rows()
    mirror_error = next((each.health.error for each in service.reports.values() if each.health.error), None)
    healthy = all(connected.values()) and not any(each.error for each in service.states.values())
    healthy = healthy and not queue.failing and not any(silences.values()) and not refused
    return {
        "status": "ok" if healthy and service.states and mirror_error is None else "degraded",
        "portals": portals,
        "keys_waiting": queue.waiting,
        "keys_running": queue.running,
        "oldest_due": queue.oldest_due.isoformat() if queue.oldest_due else None,
        "failing": [_failing(each) for each in queue.failing],
        "parked": queue.parked_count,
        "rows_refused": [asdict(row) for row in refused],
        "events_stored": await service.inbox.count(),
        "found_by_sweep": await service.journal.count("found_by_sweep"),
        "left_out": dict(await service.desk.left_out.count()),
        "rows_not_mirrored": sum([await each.rows_waiting() for each in service.reports.values()]),
        "mirror_error": mirror_error,
        "reports": [await each.told() for each in service.reports.values()],
    }


async def silence_of(service: Service, portal: str) -> Silence | None:
    """Does the portal change without telling?"""
    now, patience = service.surroundings.clock(), service.settings.silence_after
    counted = await service.losses.by_event(now - patience)
    changes = sum(each.changes for each in counted.get(portal, {}).values())
    return silence(await service.inbox.last_received(portal), changes, now, patience)


def _is_recent(service: Service, swept: datetime | None) -> bool:
    """A process that only receives events knows by the sweeps of the others that they work."""
    return swept is not None and service.surroundings.clock() - swept < MISSED_SWEEPS * service.settings.sweep_every


def _failing(each: Failing) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(each).items()}


def _plain(found: Silence | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"since": found.since.isoformat() if found.since else None, "changes": found.changes}
