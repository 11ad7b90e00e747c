"""``docs/howto/sandbox.md`` and its Russian twin: every command works, in order, and both have the same ones."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

BASH = shutil.which("bash")
ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "docs/howto/sandbox.md", ROOT / "docs/howto/sandbox.ru.md")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("language", ["sh", "python"])
def test_both_languages_have_the_same_commands(language):
    assert blocks(PAGES[0], language) == blocks(PAGES[1], language)


@pytest.mark.skipif(BASH is None or shutil.which("curl") is None, reason="there is no bash or no curl on this machine")
def test_the_commands_work(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script = "\n".join(blocks(PAGES[0], "sh")).replace("8400", str(port))
    tidy = "trap '[ -z \"${SANDBOX:-}\" ] || kill $SANDBOX ${TLS_SANDBOX:-} 2>/dev/null || true' EXIT\n"
    where = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": where, "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [str(BASH), "-euo", "pipefail", "-c", tidy + script],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert '"error"' not in done.stdout


def test_the_python_works():
    for block in blocks(PAGES[0], "python"):
        exec(compile(block, str(PAGES[0]), "exec"), {})  # noqa: S102 - our own page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pictures_and_links_are_there(page):
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
