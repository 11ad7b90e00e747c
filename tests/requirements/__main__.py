"""``python -m tests.requirements``"""

from tests.requirements.table import TABLE, as_markdown

TABLE.write_text(as_markdown(), encoding="utf-8")
