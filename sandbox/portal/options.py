"""What applications keep on the portal: settings of their own, and per user (api-reference/common/settings/)."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.portal.php import JSON


class Options:
    def __init__(self) -> None:
        self._of: dict[tuple[int, int], dict[str, JSON]] = {}

    def of(self, application_id: int, user_id: int = 0) -> dict[str, JSON]:
        """``user_id`` 0 is the application itself."""
        return dict(self._of.get((application_id, user_id), {}))

    def put(self, values: Mapping[str, JSON], application_id: int, user_id: int = 0) -> None:
        """New keys are added, known ones replaced, the others stay."""
        self._of.setdefault((application_id, user_id), {}).update(values)

    def forget(self, application_id: int) -> None:
        self._of = {key: values for key, values in self._of.items() if key[0] != application_id}
