"""What holds for all tests: none depends on how quick the machine is, and none on chance.

Whoever searches for what nobody thought of lets chance in: ``pytest --hypothesis-profile searching``.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "searching",
    deadline=None,
    # fixtures hold what is made once for all examples; an example that is slow to make is no fault of the test
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("repeatable", settings.get_profile("searching"), derandomize=True)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of half a minute come first: begun last, one would keep a worker when the other has nothing left."""
    items.sort(key=lambda item: "simulation" not in item.path.parts)
