"""How the CRM names a field in JSON: ``ASSIGNED_BY_ID`` is ``assignedById``, ``UF_CRM_7_CAUSE`` is ``ufCrm7Cause``.

Source: api-reference/crm/universal/index.md (two ways to convert the name of a user field).
"""

from __future__ import annotations

import re

WORD_END = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
NUMBERED = re.compile(r"UF_CRM_(\d+)_(.+)")
PARENT = re.compile(r"parentId(\d+)")


def upper_name(name: str) -> str:
    """``assignedById`` -> ``ASSIGNED_BY_ID``, ``parentId2`` -> ``PARENT_ID_2``."""
    parent = PARENT.fullmatch(name)
    return f"PARENT_ID_{parent.group(1)}" if parent else WORD_END.sub("_", name).upper()


def user_field_name(original: str) -> str:
    """The converted name of a user field.

    Usual conversion when the blocks after the prefix are all letters or all digits, simplified otherwise:
    ``UF_CRM_3_DIGIT`` -> ``ufCrm3Digit``, ``UF_CRM_3_DIGIT10`` -> ``ufCrm_3_DIGIT10``. Without a number in the prefix
    digits are simplified (documented), letters converted as usual (unverified).
    """
    numbered = NUMBERED.fullmatch(original)
    prefix, rest = (f"ufCrm{numbered[1]}", numbered[2]) if numbered else ("ufCrm", original.removeprefix("UF_CRM_"))
    blocks = rest.split("_")
    if all(block.isalpha() for block in blocks):
        return prefix + "".join(block.capitalize() for block in blocks)
    if numbered and all(block.isdigit() for block in blocks):
        return f"{prefix}_{'_'.join(blocks)}"
    return f"ufCrm_{original.removeprefix('UF_CRM_')}"
