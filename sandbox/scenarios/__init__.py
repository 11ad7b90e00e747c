"""Ready-made portals, one YAML file each, in the words of ``sandbox.portal.seed``. A new file is a new scenario."""

from __future__ import annotations

from pathlib import Path

import yaml

from sandbox.portal.loose import as_object
from sandbox.portal.php import JSON


class UnknownScenario(ValueError):
    """The text names the scenarios that exist."""


def names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("*.yaml"))


def load(name: str) -> dict[str, JSON]:
    """The description behind a name; raises ``UnknownScenario``."""
    if name not in names():
        raise UnknownScenario(f"there is no scenario {name!r}; there are: {', '.join(names())}")
    text = Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8")
    return as_object(yaml.safe_load(text)) or {}
