"""The tokens of a SPARQL text (SPARQL 1.1 §19.8, and those of 1.2), read in time linear in its length."""

from __future__ import annotations

import re
from collections.abc import Iterator

# The further characters of PN_CHARS that \w does not have, and the escapes of PN_LOCAL (§19.8).
_MORE = "\u00b7\u0300-\u036f\u203f\u2040"
_TOKEN = re.compile(
    rf"""
      (?P<space> [ \t\r\n]++ | \#[^\r\n]*+ )
    | (?P<iri> <(?: [^<>"{{}}|^`\\\x00-\x20]++ | \\u[0-9A-Fa-f]{{4}} | \\U[0-9A-Fa-f]{{8}} )*+> )
    | (?P<string> \"\"\"(?: [^"\\]++ | \\. | "(?!"") )*+\"\"\" | '''(?: [^'\\]++ | \\. | '(?!'') )*+'''
        | (?!\"\"\"|''') (?: "(?: [^"\\\r\n]++ | \\. )*+" | '(?: [^'\\\r\n]++ | \\. )*+' ) )
    | (?P<unclosed> ["'] )
    | (?P<variable> [?$][\w{_MORE}]++ )
    | (?P<tag> @[A-Za-z0-9-]++ )
    | (?P<prefixed> (?: [^\W\d][\w.{_MORE}-]*+ )?+
        :(?: [\w:.{_MORE}-]++ | %[0-9A-Fa-f]{{2}} | \\[_~.!$&'()*+,;=/?\#@%-] )*+ )
    | (?P<word> [^\W\d][\w.{_MORE}-]*+ )
    | (?P<number> [0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)? )
    | (?P<open> <<\(? | \{{\| | [({{\[] )
    | (?P<close> \)?>> | \|\}} | [)}}\]] )
    | (?P<operator> \|\| | && | [<>!]= | \^\^ | [+*/|^!=<>?-] )
    | (?P<separator> [.;] )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")

Token = re.Match[str]


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text but blanks and comments; ``lastgroup`` is their kind."""
    return (token for token in _TOKEN.finditer(text) if token.lastgroup != "space")


def token_at(text: str, position: int) -> Token | None:
    """The token that begins at a position, blanks and comments included; None at the end of the text."""
    return _TOKEN.match(text, position)


def decoded(text: str) -> str:
    """The text with its codepoint escapes decoded (§19.2), those of no character left as they are."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def place(text: str, position: int) -> tuple[int, int]:
    """Line and column of a position, both from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code < 0x110000 else escape[0]
