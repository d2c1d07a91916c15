"""Our reader of a callback's XML and xmltodict say the same of everything a platform sends."""

from xml.parsers import expat

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import composite

from bot.channels.fields import read_fields, read_flat, read_nested

NAMES = st.text("abcdefgXYZ", min_size=1, max_size=8)
# what XML 1.0 can carry, without what would end a CDATA section or be folded as a line end
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=30).filter(
    lambda text: "]]>" not in text
)


@composite
def elements(draw, depth=0):
    name = draw(NAMES)
    if depth < 3 and draw(st.booleans()):
        inner = "".join(draw(st.lists(elements(depth=depth + 1), min_size=1, max_size=4)))
    else:
        inner = f"<![CDATA[{draw(WORDS)}]]>"
    return f"<{name}>{inner}</{name}>"


@given(st.lists(elements(), min_size=1, max_size=8))
def test_it_reads_what_xmltodict_reads(parts):
    body = f"<xml>{''.join(parts)}</xml>".encode()
    assert read_fields(body) == xmltodict.parse(body, encoding="utf-8", strip_whitespace=False)["xml"]


# pieces that break things: half tags, two sections, line ends, what XML forbids
BITS = st.sampled_from(
    (
        *(
            "<A>",
            "</A>",
            "<B>",
            "</B>",
            "<![CDATA[",
            "]]>",
            "]]",
            ">",
            "&amp;",
            "&",
            "<",
            " ",
            "\n",
            "\r\n",
            "\t",
            "一",
        ),
        *("\x01", "\x0b", "\x85", "\u2028", "\ufffe", "<A/>", "<!-- -->", "<xml>", "</xml>", "<A>1</A>"),
        "<A><![CDATA[<B>]]></A>",
    )
)


@given(st.lists(BITS, max_size=10).map("".join))
def test_the_quick_reader_answers_only_where_it_agrees_with_expat(inside):
    body = f"<xml>{inside}</xml>".encode()
    if (quick := read_flat(body)) is not None:
        assert quick == read_nested(body)


@given(st.dictionaries(NAMES, WORDS, min_size=1, max_size=8))
def test_the_quick_reader_takes_what_a_platform_writes(fields):
    body = "".join(f"<{name}><![CDATA[{words}]]></{name}>\n" for name, words in fields.items())
    assert read_flat(f"<xml>{body}</xml>".encode()) == {name: words or None for name, words in fields.items()}


def test_pretty_printed_xml_has_the_same_fields():
    body = b"<xml>\n  <A><![CDATA[1]]></A>\n  <B>\n    <C> 2 </C>\n  </B>\n</xml>"
    assert read_fields(body) == {"A": "1", "B": {"C": " 2 "}}


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><A>&a;</A></xml>',
        b'<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml/>',
        b"<xml>" + b"<a>" * 40 + b"</a>" * 40 + b"</xml>",
    ],
    ids=["entity", "external", "deep"],
)
def test_what_xml_can_do_beyond_words_is_refused(body):
    with pytest.raises(ValueError):
        read_fields(body)


@pytest.mark.parametrize("body", [b"", b"<xml>", b"<xml></xml><xml></xml>", b"words"])
def test_what_is_no_xml_is_said_to_be_none(body):
    with pytest.raises(expat.ExpatError):
        read_fields(body)
