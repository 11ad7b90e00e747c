"""BB codes as HTML, for the answers that show a text "with formatting"."""

from __future__ import annotations

import html
import re

PAIRS = (
    (re.compile(r"\[(b|i|u|s)\](.*?)\[/\1\]", re.IGNORECASE | re.DOTALL), r"<\1>\2</\1>"),
    (re.compile(r"\[url=([^\]]+)\](.*?)\[/url\]", re.IGNORECASE | re.DOTALL), r'<a href="\1">\2</a>'),
    (re.compile(r"\[url\](.*?)\[/url\]", re.IGNORECASE | re.DOTALL), r'<a href="\1">\1</a>'),
)


def as_html(text: str) -> str:
    """Bold, italic, underlined, struck, links and line breaks; other codes stay as they are written."""
    shown = html.escape(text)
    for pattern, replacement in PAIRS:
        shown = pattern.sub(lambda found, to=replacement: found.expand(to), shown)  # type: ignore[misc]
    shown = re.sub(r"</?[BIUS]>", lambda found: found.group().lower(), shown)
    return shown.replace("\n", "<br />\n")
