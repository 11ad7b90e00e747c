"""The kinds of request that spreadsheets.batchUpdate takes, one file per subject of the API reference.

``apply`` is the way in. A kind of Google's that has no function here answers 501 with its name.
"""

from sandbox.sheets.requests import (  # noqa: F401 - importing them registers their requests
    cells,
    dimensions,
    embedded,
    filters,
    metadata,
    named,
    ranges,
    sheets,
    styles,
    tables,
)
from sandbox.sheets.requests.registry import HANDLERS, apply

__all__ = ["HANDLERS", "apply"]
