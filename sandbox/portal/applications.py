"""The life of an application on a portal, beyond its keys (``access.py``) and tokens (``oauth.py``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.portal.access import Application

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal


class Applications:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def finish_installation(self, application: Application) -> None:
        """``installFinish``, or the end of adding an application that has no installer: from now on it hears events,
        first of all ``ONAPPINSTALL`` (settings/app-installation/installation-finish.md)."""
        application.installed = True
        self._portal.changed("app.install", id=application.id, by=application.user_id)
        self._portal.events.installed(application)

    def uninstall(self, application: Application, *, clean: bool = True) -> None:
        """``ONAPPUNINSTALL``, then everything it left behind is removed: handlers, queues, widgets, robots, options,
        tokens (settings/app-uninstallation.md). Raises ``KeyError`` for one that is gone already."""
        self._portal.access.uninstall(application.id)
        self._portal.events.uninstalled(application, clean=clean)
        self._portal.events.forget(application)
        self._portal.placements.forget(application)
        self._portal.robots.forget(application)
        self._portal.options.forget(application.id)
        self._portal.changed("app.uninstall", id=application.id)
