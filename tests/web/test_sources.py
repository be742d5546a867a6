"""Templates, scripts and sheets hold nothing that the policy of their content would block, or that would weaken it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SCRIPTS = sorted((WEB / "src").rglob("*.js"))
SHEETS = sorted((WEB / "src" / "css").glob("*.css"))
IN_MARKUP = {
    "a style": r"""\sstyle\s*=|<style""",
    "a handler": r"""\son(?!e=)[a-z]+\s*=""",
    "a script in the page": r"""<script(?![^>]*(?:\ssrc=|type="application/(?:ld\+)?json"))""",
    "an address of another scheme": r"""(?:href|src|action)="(?:javascript|data|http):""",
    "a file of another host": r"""<(?:script|img|link rel="stylesheet"|iframe|use)[^>]*(?:src|href)="(?:https?:)?//""",
}
# Names that only look like addresses: nobody fetches them.
_NAMES = r"www\.w3\.org/(?:2000/svg|1999/xlink|1999/xhtml|1999/02/22-rdf-syntax-ns#type)|w3id\.org/terrinclus/"
NOT_ESCAPED = {"text that is not escaped": r"""(?<!application/ld\+json">{{ json)\|\s*safe\b|autoescape\s+false"""}
IN_SCRIPTS = {
    "markup in strings": r"\b(?:innerHTML|outerHTML|srcdoc|insertAdjacentHTML|createContextualFragment)\b",
    "text as a program": r"\beval\s*\(|document\.write|new Function\b|set(?:Timeout|Interval)\(\s*[\"'`]",
    "a handler or a style as an attribute": r"setAttribute\(\s*[\"'](?:on|style)",
    "another host": rf"""["'`](?:https?:)?//(?!(?:{_NAMES})["'`])""",
}
IN_SHEETS = {"a file": r"url\(|@import|@font-face", "a rule that cannot be overruled": r"!important"}


def found(patterns: dict[str, str], text: str) -> dict[str, str]:
    """What a text holds of what it must not hold."""
    return {name: match[0] for name, pattern in patterns.items() if (match := re.search(pattern, text))}


def test_templates() -> None:
    for file in TEMPLATES:
        text = file.read_text()
        assert (
            found(NOT_ESCAPED, text) | found(IN_MARKUP, re.sub(r"{[{%#].*?[}%#]}", "", text, flags=re.DOTALL)) == {}
        ), file


def test_scripts() -> None:
    assert SCRIPTS
    assert {file.name: faults for file in SCRIPTS if (faults := found(IN_SCRIPTS, file.read_text()))} == {}


def test_sheets() -> None:
    assert SHEETS
    assert {file.name: faults for file in SHEETS if (faults := found(IN_SHEETS, file.read_text()))} == {}


@pytest.mark.parametrize(
    ("patterns", "text"),
    [
        (IN_MARKUP, '<p style="color: red">'),
        (IN_MARKUP, "<a onclick='x()'>"),
        (IN_MARKUP, "<script>x</script>"),
        (NOT_ESCAPED, "{{ label|safe }}"),
        (IN_MARKUP, '<script type="module" src="//cdn.test/x.js">'),
        (IN_MARKUP, '<a href="javascript:x">'),
        (IN_SCRIPTS, "place.innerHTML = text"),
        (IN_SCRIPTS, "place.insertAdjacentHTML('beforeend', text)"),
        (IN_SCRIPTS, "eval(text)"),
        (IN_SCRIPTS, "setTimeout('x()', 1)"),
        (IN_SCRIPTS, "fetch('https://other.test/')"),
        (IN_SHEETS, "a { background: url(x.png) }"),
    ],
)
def test_the_checker_sees_a_fault(patterns: dict[str, str], text: str) -> None:
    assert len(found(patterns, text)) == 1


def test_nothing_of_what_is_built_is_committed() -> None:
    ignored = (WEB.parent / ".gitignore").read_text().split()
    assert {"dist/", "node_modules/"} <= set(ignored)
