from __future__ import annotations

import pytest

from sandbox.portal.bbcode import as_html


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("просто", "просто"),
        ("[B]жирно[/B] и [i]косо[/i]", "<b>жирно</b> и <i>косо</i>"),
        ("[URL=https://x.example/?a=1&b=2]тут[/URL]", '<a href="https://x.example/?a=1&amp;b=2">тут</a>'),
        ("[url]https://x.example[/url]", '<a href="https://x.example">https://x.example</a>'),
        ("раз\nдва", "раз<br />\nдва"),
        ("<script>", "&lt;script&gt;"),
        ("[B]не закрыто", "[B]не закрыто"),
        ("[TABLE][/TABLE]", "[TABLE][/TABLE]"),
    ],
)
def test_codes_become_tags(written, shown):
    assert as_html(written) == shown
