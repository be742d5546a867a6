"""The forms of others hold any text: what is written is read again, by small readers of each form."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from terrinclus_kg.resource.exchange import Author, Citation, bibtex, embedded, plain, ris
from terrinclus_kg.resource.exchange.calendar import FOLD, escaped, folded

TEXTS = st.text(max_size=300)
HOSTILE = '</script><!-- {}}{ \\ "} @book{x, %&$#_^~ \u2028\u202e\r\nER  - \r\nSUMMARY:x; , é🏞'
_TEX = {
    r"\textbackslash{}": "\\", r"\textbraceleft{}": "{", r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~", r"\textasciicircum{}": "^", **{"\\" + c: c for c in "&%$#_"},
}  # fmt: skip


def cited(text: str) -> Citation:
    return Citation("a-key", text, "fr", "misc", "GEN", "https://e.org/é{}", (Author(text), Author(text, True)), text)


def fields(entry: str) -> dict[str, str]:
    """The fields of one BibTeX entry whose values stand in braces; complains of braces that do not balance."""
    found = {}
    body = entry[entry.index(",") + 1 :]
    while match := re.match(r"[\s,]*(\w+) = (?={)", body):
        body = body[match.end() :]
        depth = end = 0
        while depth or not end:
            depth += {"{": 1, "}": -1}.get(body[end], 0)
            end += 1
        found[match[1]], body = body[1 : end - 1], body[end:]
    assert re.fullmatch(r"(?:,\s+month = [a-z]{3})?\s*}\s*", body)
    return found


def read_tex(text: str) -> str:
    return re.sub("|".join(map(re.escape, _TEX)), lambda match: _TEX[match[0]], text)


class Scripts(HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(TEXTS)
@example(HOSTILE)
def test_nothing_ends_the_script(text: str) -> None:
    written = embedded({"name": text, text: [text]})
    assert written.isascii()
    page = Scripts(f'<script type="application/ld+json">{written}</script>')
    assert page.tags == ["script"]
    assert json.loads(page.text) == {"name": text, text: [text]}


@given(TEXTS)
@example(HOSTILE)
def test_bibtex_is_read_again(text: str) -> None:
    found = fields(bibtex([cited(text)]))
    if plain(text):
        assert read_tex(found["title"][1:-1]) == plain(text)
        assert read_tex(found["publisher"]) == plain(text)
    assert found["url"] == "https://e.org/%C3%A9%7B%7D"


def test_bibtex_does_not_split_names() -> None:
    people = Author("Simon Letonturier", person=True), Author("Rock and Roll", person=True), Author("Afrique and Co")
    found = fields(bibtex([Citation("k", "t", "fr", "misc", "GEN", "", people)]))
    assert found["author"] == "Simon Letonturier and {Rock and Roll} and {Afrique and Co}"


@given(TEXTS)
@example(HOSTILE)
def test_ris_has_a_line_a_value(text: str) -> None:
    written = ris([cited(text)])
    lines = written.split("\r\n")
    assert lines.pop() == ""
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines)
    assert [line[:2] for line in lines].count("TY") == [line[:2] for line in lines].count("ER") == 1
    assert (lines[0], lines[-1]) == ("TY  - GEN", "ER  - ")
    assert [line[6:] for line in lines if line.startswith("TI")] == [plain(text)]
    assert not [line for line in lines if line.startswith("AU") and "*" in line]


def test_sources_that_disagree_on_the_date_are_not_decided_upon() -> None:
    citation = Citation("k", "t", "fr", "misc", "GEN", "", dates=("2013-06", "2015"))
    assert "year" not in bibtex([citation])
    assert "note = {2013-06, 2015}" in bibtex([citation])
    assert "PY" not in ris([citation])
    assert "N1  - 2013-06, 2015\r\n" in ris([citation])


@given(TEXTS)
@example(HOSTILE * 10)
def test_calendar_lines_are_unfolded_and_read_again(text: str) -> None:
    line = f"SUMMARY:{escaped(text)}"
    parts = folded(line).split("\r\n")
    assert all(len(part.encode()) <= FOLD for part in parts)
    assert all(part.startswith(" ") for part in parts[1:])
    assert "".join([parts[0], *(part[1:] for part in parts[1:])]) == line
    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line)
    value = re.sub(r"\\([\\;,n])", lambda match: "\n" if match[1] == "n" else match[1], line[8:])
    lines = re.sub(r"\r\n?|[\u2028\u2029\x85]", "\n", text)
    assert value == re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", lines)
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", line[8:])
