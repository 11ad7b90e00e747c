"""From a checkout of the documentation to the stored facts; the documentation here is made up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.coverage.facts import Parameter, from_json, section_of
from sandbox.coverage.gather import gather, pretty
from tests.sandbox.coverage.test_pages import TEXT

SPECIFICATION = {
    "source": {"file": "api-reference/zoo/cat-get.md"},
    "params": [
        {"name": "id", "base": "integer", "required": True},
        {"name": "select", "base": "array", "required": "unknown"},
    ],
    "defs": {},
    "entityFields": ["NAME"],
}
FIELDS = '# Поля cat.fields\n\n## Обработка ответа\n\n```json\n{"result": {"TAIL": {"type": "string"}}}\n```\n'
DOG = TEXT.replace("cat.get", "dog.get")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    pages = tmp_path / "api-reference" / "zoo"
    specifications = tmp_path / "_assets" / "simulator" / "spec" / "methods"
    for folder in (pages, specifications):
        folder.mkdir(parents=True)
    for name, text in {
        "cat-get.md": TEXT,
        "cat-fields.md": FIELDS,
        "dog-get.md": DOG,
        "index.md": "# Зоопарк\n",
    }.items():
        (pages / name).write_text(text, encoding="utf-8")
    (specifications / "cat.get.json").write_text(json.dumps(SPECIFICATION), encoding="utf-8")
    return tmp_path


@pytest.fixture
def stored(docs: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "documented"
    gather(docs, "c0ffee", [("cat.get", 2)], {"cat.get": {"result": {"ID": "digits"}}}, folder)
    return folder


def test_every_method_is_in_the_index(stored):
    index = json.loads((stored / "index.json").read_text(encoding="utf-8"))
    assert index["source"]["commit"] == "c0ffee"
    assert [row[0] for row in index["methods"]] == ["cat.fields", "cat.get", "dog.get"]
    assert index["methods"][1] == ["cat.get", 2, "api-reference/zoo/cat-get.md", "zoo", False, False]


def test_facts_are_kept_for_sections_with_a_built_method(stored):
    assert sorted(path.name for path in stored.iterdir()) == ["cat.json", "index.json"]
    cats = json.loads((stored / "cat.json").read_text(encoding="utf-8"))
    found = from_json(cats["cat.get"])
    assert found.parameters == {
        "id": Parameter("integer", True),
        "select": Parameter("array", None, {"NAME": "string"}),
    }
    assert found.request == {"id": "number"}
    assert found.answers == ({"result": {"ID": "digits", "tail": "bool"}},)
    assert found.recorded == ({"result": {"ID": "digits"}},)
    assert found.named == {"COLOR", "NAME", "TAIL"}


def test_the_words_of_the_documentation_are_not_kept(stored):
    text = (stored / "cat.json").read_text(encoding="utf-8")
    assert "кот" not in text.lower()


def test_gathering_anew_forgets_sections_no_longer_built(docs, stored):
    gather(docs, "c0ffee", [("dog.get", 2)], {}, stored)
    assert sorted(path.name for path in stored.iterdir()) == ["dog.json", "index.json"]


@pytest.mark.parametrize(
    ("method", "section"),
    [
        ("user.get", "user"),
        ("crm.deal.list", "crm.deal"),
        ("tasks.task.result.list", "tasks.task"),
        ("methods", "methods"),
        ("im.notify.system.add", "im"),
    ],
)
def test_methods_are_stored_by_section(method, section):
    assert section_of(method) == section


def test_stored_json_has_short_lines_and_stays_json():
    value = {"long": ["x" * 50, "y" * 50, "z" * 50], "map": {"a" * 60: "b" * 60, "c": []}, "short": {"a": 1}}
    text = pretty(value)
    assert json.loads(text) == value
    assert max(map(len, text.splitlines())) < 140
