"""Which case a task or measure belongs to."""

import pytest

from app.storage.known_objects import KnownObjects


@pytest.fixture
def known(database) -> KnownObjects:
    return KnownObjects(database)


async def test_objects_are_known_by_portal_and_kind(known):
    await known.remember("main", 24, tasks=[101, 102], measures=[5])
    assert await known.case_of("main", "task", 101) == 24
    assert await known.case_of("main", "measure", 5) == 24
    assert await known.case_of("main", "measure", 101) is None
    assert await known.case_of("another", "task", 101) is None


async def test_an_object_that_went_to_another_case_belongs_there(known):
    await known.remember("main", 24, tasks=[], measures=[5, 6])
    await known.remember("main", 25, tasks=[], measures=[5])
    assert [await known.case_of("main", "measure", measure) for measure in (5, 6)] == [25, 24]


async def test_what_a_look_does_not_show_is_not_forgotten(known):
    """A portal may show a fresh task late; a needless look is cheaper than a missed event."""
    await known.remember("main", 24, tasks=[101], measures=[])
    await known.remember("main", 24, tasks=[102], measures=[])
    assert await known.case_of("main", "task", 101) == 24


async def test_the_cases_of_a_portal(known):
    await known.remember("main", 24, tasks=[101, 102], measures=[5])
    await known.remember("main", 7, tasks=[103, 103], measures=[])
    await known.remember("main", 8, tasks=[], measures=[])
    await known.remember("another", 9, tasks=[101], measures=[])
    assert await known.cases("main") == [7, 24]
