"""Texts of people and applications as safe HTML.

Everything is escaped first; only known codes become tags, always closed, and links lead to web pages, mail and the
portal itself only. A code nobody knows stays as it is written.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

CODE = re.compile(r"\[(/?)([a-z]+|\*)(?:=([^\[\]]*))?\]", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s<>\"\[\]«»]+[^\s<>\"\[\]«».,;:!?)]")
SAFE_LINK = re.compile(r"(https?://|mailto:|tel:|/(?![/\\]))[^\s]*", re.IGNORECASE)
COLOR = re.compile(r"#[0-9a-f]{3,8}|[a-z]{3,20}", re.IGNORECASE)

PLAIN = {"b": "b", "i": "i", "u": "u", "s": "s", "quote": "blockquote", "table": "table", "tr": "tr", "td": "td",
         "th": "th", "p": "div", "left": "div", "center": "div", "right": "div"}  # fmt: skip
DEEPEST = 60
"""Codes inside each other; deeper ones stay text."""
PASSED_OVER = frozenset({"size", "font", "justify"})
BLOCKS = frozenset({"ul", "ol", "li", "blockquote", "table", "tr", "td", "th", "div", "pre"})


def as_html(text: str, home: str = "") -> Markup:
    """``home`` is the portal's own address: links that begin with it stay in the portal."""
    return Rendering(home).of(text.replace("\r\n", "\n"))


class Rendering:
    def __init__(self, home: str) -> None:
        self._home = home
        self._out: list[str] = []
        self._open: list[tuple[str, str]] = []
        """Codes that wait for their end, with the tag each became; the innermost last."""

    def of(self, text: str) -> Markup:
        place = 0
        while found := CODE.search(text, place):
            self._words(text[place : found.start()])
            place = found.end()
            closing, name, value = bool(found[1]), found[2].lower(), found[3] or ""
            if name == "code" and not closing:
                place = self._code(text, place)
            elif not (self._end(name) if closing else self._begin(name, value, text, place)):
                self._words(found[0])
        self._words(text[place:])
        self._close_down_to(0)
        return Markup(drop_lines_around_blocks("".join(self._out)))  # noqa: S704 - built of escaped parts

    def _begin(self, name: str, value: str, text: str, place: int) -> bool:
        if len(self._open) >= DEEPEST:
            return False
        if name in PLAIN:
            self._push(name, PLAIN[name])
        elif name in PASSED_OVER:
            self._push(name, "span")
        elif name == "color" and COLOR.fullmatch(value):
            self._push(name, "span", f' style="color:{value}"')
        elif name == "list":
            self._push(name, "ol" if value else "ul")
        elif name == "*" and any(code == "list" for code, _ in self._open):
            self._next_bullet()
        elif name == "user" and value.isdigit():
            self._push(name, "a", f' href="/company/personal/user/{value}/"')
        elif name in ("url", "img"):
            return self._link(name, value or until_end(name, text, place))
        elif name == "br":
            self._out.append("<br>")
        else:
            return False
        return True

    def _link(self, name: str, address: str) -> bool:
        """A picture becomes a link to it: the page loads nothing from elsewhere."""
        address = self._from_home(address.strip())
        if not SAFE_LINK.fullmatch(address):
            return False
        self._push(name, "a", f' href="{escape(address)}"{elsewhere(address)}')
        return True

    def _end(self, name: str) -> bool:
        """``False`` for an end of what was never begun."""
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth][0] == name:
                self._close_down_to(depth)
                return True
        return name == "*"

    def _next_bullet(self) -> None:
        """A bullet ends where the next one begins."""
        depth = max(place for place, (code, _) in enumerate(self._open) if code == "list") + 1
        self._close_down_to(depth)
        self._push("*", "li")

    def _code(self, text: str, place: int) -> int:
        end = text.lower().find("[/code]", place)
        stop = len(text) if end < 0 else end
        self._out.append(f"<pre>{escape(text[place:stop])}</pre>")
        return stop if end < 0 else end + len("[/code]")

    def _push(self, name: str, tag: str, attributes: str = "") -> None:
        self._open.append((name, tag))
        self._out.append(f"<{tag}{attributes}>")

    def _close_down_to(self, depth: int) -> None:
        while len(self._open) > depth:
            self._out.append(f"</{self._open.pop()[1]}>")

    def _words(self, words: str) -> None:
        """Addresses in plain text become links, unless they stand inside one."""
        place = 0
        for found in () if any(tag == "a" for _, tag in self._open) else ADDRESS.finditer(words):
            self._out.append(str(escape(words[place : found.start()])))
            shown = self._from_home(found[0])
            self._out.append(f'<a href="{escape(shown)}"{elsewhere(shown)}>{escape(found[0])}</a>')
            place = found.end()
        self._out.append(str(escape(words[place:])))

    def _from_home(self, address: str) -> str:
        return address.removeprefix(self._home) if self._home and address.startswith(f"{self._home}/") else address


def until_end(name: str, text: str, place: int) -> str:
    end = text.lower().find(f"[/{name}]", place)
    return text[place:end] if end >= 0 else ""


def elsewhere(address: str) -> str:
    """Pages of others open beside the portal."""
    return "" if address.startswith("/") else ' target="_blank" rel="noopener noreferrer"'


def drop_lines_around_blocks(html: str) -> str:
    """Line breaks are kept by the style sheet; beside a list or a table they would be empty lines."""
    names = "|".join(sorted(BLOCKS))
    html = re.sub(r"\n{3,}", "\n\n", html)
    html = re.sub(rf"\s*\n\s*(</?(?:{names})[ >])", r"\1", html)
    return re.sub(rf"(</?(?:{names})(?: [^>]*)?>)[ \t]*\n", r"\1", html)
