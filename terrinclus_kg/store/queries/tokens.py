"""The tokens of a SPARQL text (SPARQL 1.1 §19.8, and those of 1.2), read in time linear in its length."""

from __future__ import annotations

import re
from collections.abc import Iterator

from terrinclus_kg.errors import QuerySyntaxError

BYTE_ORDER_MARK = "\ufeff"  # some editors begin a file with it; it is no part of the text (Unicode §23.8)
# The further characters of PN_CHARS that \w does not have, and the escapes of PN_LOCAL (§19.8).
_MORE = "\u00b7\u0300-\u036f\u203f\u2040"
_SPACE = r"[ \t\r\n]++ | \#[^\r\n]*+"
_BLANKS = r"[ \t\r\n]*+ (?: \#[^\r\n]*+ [ \t\r\n]*+ )*+"
_IRI = r"""<(?: [^<>"{}|^`\\\x00-\x20]++ | \\u[0-9A-Fa-f]{4} | \\U[0-9A-Fa-f]{8} )*+>"""
_STRING = r"""
    \"\"\"(?: [^"\\]++ | \\. | "(?!"") )*+\"\"\" | '''(?: [^'\\]++ | \\. | '(?!'') )*+'''
    | (?!\"\"\"|''') (?: "(?: [^"\\\r\n]++ | \\. )*+" | '(?: [^'\\\r\n]++ | \\. )*+' )"""
_VARIABLE = rf"[?$][\w{_MORE}]++"
_TAG = "@[A-Za-z0-9-]++"
_PREFIXED = rf"""(?: [^\W\d][\w.{_MORE}-]*+ )?+
    :(?: [\w:.{_MORE}-]++ | %[0-9A-Fa-f]{{2}} | \\[_~.!$&'()*+,;=/?\#@%-] )*+"""
_NUMBER = r"[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
_OTHERS = rf"""
    (?P<unclosed> ["'] )
    | (?P<word> [^\W\d][\w.{_MORE}-]*+ )
    | (?P<open> <<\(? | \{{\| | [({{\[] )
    | (?P<close> \)?>> | \|\}} | [)}}\]] )
    | (?P<operator> \|\| | && | [<>!]= | \^\^ | [+*/|^!=<>?-] )
    | (?P<separator> [.;] )
    | (?P<other> . )"""
_TOKEN = re.compile(
    rf"""(?P<space> {_SPACE} ) | (?P<iri> {_IRI} ) | (?P<string> {_STRING} ) | (?P<variable> {_VARIABLE} )
    | (?P<tag> {_TAG} ) | (?P<prefixed> {_PREFIXED} ) | (?P<number> {_NUMBER} ) | {_OTHERS}""",
    re.VERBOSE | re.DOTALL,
)
# The same with blanks passed over and operands taken together, which is twice as fast.
_RUN = re.compile(
    rf"""{_BLANKS} (?:
      (?P<operands> (?: (?: {_VARIABLE} | {_PREFIXED} | {_STRING} | {_TAG} | {_NUMBER} ) {_BLANKS} )++ )
    | (?P<iri> {_IRI} ) | {_OTHERS} | \Z )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")

Token = re.Match[str]


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text but blanks and comments; ``lastgroup`` is their kind."""
    return (token for token in _TOKEN.finditer(text) if token.lastgroup != "space")


def runs(text: str) -> Iterator[Token]:
    """The same, quicker: operands that follow each other are one run, and blanks belong to what they precede.

    ``lastgroup`` is the kind of a run, "operands" or as above, and its group the text without blanks before it; the
    last match has none.
    """
    return _RUN.finditer(text)


def token_at(text: str, position: int) -> Token | None:
    """The token that begins at a position, blanks and comments included; None at the end of the text."""
    return _TOKEN.match(text, position)


def decoded(text: str) -> str:
    """The text with its codepoint escapes decoded (§19.2), those of no character left as they are."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def announced(text: str) -> str:
    """What the directive ``VERSION "1.2"`` of a query says (SPARQL 1.2 §4.1.4), the last one; "" without one."""
    found = previous = ""
    for token in tokens(text) if "version" in text.lower() else ():
        if token.lastgroup == "string" and previous == "VERSION":
            found = token[0].strip("\"'")
        previous = token[0].upper()
        if previous in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"):
            break
    return found


def place(text: str, position: int) -> tuple[int, int]:
    """Line and column of a position, both from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def fault(text: str, position: int, reason: str) -> QuerySyntaxError:
    """The error of a text that has a fault at a position."""
    line, column = place(text, position)
    return QuerySyntaxError(f"line {line}, column {column}: {reason}", line=line, column=column)


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code < 0x110000 else escape[0]
