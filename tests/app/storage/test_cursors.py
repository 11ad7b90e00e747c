"""How far the sweep has read, by portal and list; and what a portal looked like."""

from app.storage.cursors import Cursors
from app.storage.portals import Portals


async def test_a_cursor_is_what_was_set_last(database):
    cursors = Cursors(database)
    assert await cursors.get("main", "stage-history:2") is None
    await cursors.set("main", "stage-history:2", "100")
    await cursors.set("main", "stage-history:2", "200")
    await cursors.set("main", "stage-history:1", "7")
    await cursors.set("another", "stage-history:2", "5")
    assert await cursors.get("main", "stage-history:2") == "200"
    assert await cursors.get("another", "stage-history:2") == "5"


async def test_a_portals_layout_is_what_was_saved_last(database):
    portals = Portals(database)
    assert await portals.layout("main") is None
    await portals.save_layout("main", {"case": 1030, "measure": None})
    await portals.save_layout("main", {"case": 1030, "measure": 1032})
    assert await portals.layout("main") == {"case": 1030, "measure": 1032}
    assert await portals.layout("another") is None
