"""The kinds of request that spreadsheets.batchUpdate takes, one file per subject of the API reference.

``apply`` is the way in. A kind of Google's that has no function here answers 501 with its name.
"""

from sandbox.sheets.requests import cells, dimensions, metadata, objects, ranges, sheets
from sandbox.sheets.requests.registry import HANDLERS, apply

__all__ = ["HANDLERS", "apply", "cells", "dimensions", "metadata", "objects", "ranges", "sheets"]
