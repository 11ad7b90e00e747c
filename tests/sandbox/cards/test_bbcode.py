"""Texts as HTML: known codes, nothing dangerous, always well made."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cards.bbcode import as_html
from tests.sandbox.cards.conftest import Outline

HOME = "http://127.0.0.1:8000"
OUT = ' target="_blank" rel="noopener noreferrer"'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("просто", "просто"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("[b]да[/b] [I]нет[/I]", "<b>да</b> <i>нет</i>"),
        # crossed and forgotten ends
        ("[b][i]x[/b]y", "<b><i>x</i></b>y"),
        ("[b]x", "<b>x</b>"),
        ("x[/b]", "x[/b]"),
        # what nobody knows stays
        ("[мера 5] [x=1] [b onclick=x]", "[мера 5] [x=1] [b onclick=x]"),
        # lists, with and without ends of bullets
        ("Вот:\n[LIST]\n[*]раз\n[*]два\n[/LIST]\nи всё", "Вот:<ul><li>раз</li><li>два</li></ul>и всё"),
        ("[list=1][*]раз[/*][/list]", "<ol><li>раз</li></ol>"),
        ("[list][*]a[list][*]b[/list][*]c[/list]", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("[*]без списка", "[*]без списка"),
        # links: with words, bare, inside the portal, elsewhere
        ("[url=https://e.org/?a=1&b=2]тут[/url]", f'<a href="https://e.org/?a=1&amp;b=2"{OUT}>тут</a>'),
        ("[url]https://e.org[/url]", f'<a href="https://e.org"{OUT}>https://e.org</a>'),
        ("[URL=/crm/deal/details/5/]сделка[/URL]", '<a href="/crm/deal/details/5/">сделка</a>'),
        (f"[url={HOME}/stream/]лента[/url]", '<a href="/stream/">лента</a>'),
        ("см. https://e.org/a.", f'см. <a href="https://e.org/a"{OUT}>https://e.org/a</a>.'),
        (f"({HOME}/stream/)", f'(<a href="/stream/">{HOME}/stream/</a>)'),
        ("[url=mailto:a@e.org]почта[/url]", f'<a href="mailto:a@e.org"{OUT}>почта</a>'),
        ("[user=7]Илья[/user]", '<a href="/company/personal/user/7/">Илья</a>'),
        # links that lead nowhere good stay text
        ("[url=javascript:alert(1)]x[/url]", "[url=javascript:alert(1)]x[/url]"),
        ("[url=//elsewhere]x[/url]", "[url=//elsewhere]x[/url]"),
        ("[url=data:text/html,x]x[/url]", "[url=data:text/html,x]x[/url]"),
        ('[url=/x/" onclick="x]x[/url]', "[url=/x/&#34; onclick=&#34;x]x[/url]"),
        # pictures are links: nothing is loaded from elsewhere
        ("[img]https://e.org/a.png[/img]", f'<a href="https://e.org/a.png"{OUT}>https://e.org/a.png</a>'),
        ("[color=#ff0000]красный[/color]", '<span style="color:#ff0000">красный</span>'),
        ("[color=red;background:url(x)]x[/color]", "[color=red;background:url(x)]x[/color]"),
        ("[size=20pt]x[/size]", "<span>x</span>"),
        ("[code][b]<x>[/b][/code]", "<pre>[b]&lt;x&gt;[/b]</pre>"),
        ("[code]не кончается", "<pre>не кончается</pre>"),
        ("[quote]слова[/quote]", "<blockquote>слова</blockquote>"),
        ("a\r\nb", "a\nb"),
    ],
)  # fmt: skip
def test_it_reads_so(text, html):
    assert as_html(text, HOME) == html


PIECES = [
    *("[b]", "[/b]", "[list]", "[/list]", "[*]", "[url=https://e.org]", "[url=javascript:x]", "[/url]", "[code]"),
    *("[/code]", "[color=red]", "[/color]", "[quote]", "[/quote]", "[user=1]", "[/user]", "[img]", "[/img]", "[", "]"),
    *("<script>", "</a>", '"', "'", "&", "\n", 'https://e.org/?a="b', "onload=x ", "слово "),
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join))
def test_whatever_is_written_the_page_stays_whole(text):
    outline = Outline(f"<div>{as_html(text, HOME)}</div>")
    assert set(outline.tags) <= {"div", "b", "ul", "li", "a", "pre", "span", "blockquote"}
    assert outline.handlers == []
    assert all(re.match(r"https?://|/", link) for link in outline.links)


def test_long_texts_are_quick():
    assert len(as_html("[b][list][*]" * 20_000)) > 20_000
    assert as_html("\n" * 200_000 + "[b]x[/b]").endswith("<b>x</b>")
