"""Drawings as files of their own: SVG that needs nothing else, tables as CSV; which of them a request asks for."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from io import StringIO

from flask import Response, current_app, request
from flask_babel import force_locale

from terrinclus_kg import resources
from terrinclus_kg.server import assets, negotiate
from terrinclus_kg.server.catalogue import LOCALES
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.render import Shown
from terrinclus_kg.server.respond import attachment

FORMS = {"html": HTML, "csv": Variant("text/csv"), "svg": Variant("image/svg+xml")}
_USE = re.compile(r'<use href="([^"#]+)#([^"]+)" class="(\w+)"/>')
_PATH = re.compile(r'<path id="([^"]+)" d="([^"]+)"')
_VARIABLE = re.compile(r"--(\w+): (#\w+)")
_MARK = re.compile(r"\.k-[^{}]+\{[^{}]*\}\n?")  # the colour of a kind
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def asked(forms: Mapping[str, Variant]) -> str:
    """The name of the form that a request asks for: ``format=`` wins over ``Accept``. Raises NotAcceptable."""
    wanted = request.args.get("format", "")
    if wanted in forms:
        return wanted
    offered = tuple(forms.values())
    found = negotiate.by_name(wanted, offered) if wanted else negotiate.choose(request.headers.get("Accept"), offered)
    return next(name for name, variant in forms.items() if variant is found)


def svg(shown: Shown, macro: str, it: object, label: str, name: str) -> Response:
    """A drawing as an SVG file: ``macro`` of ``drawings.html`` makes it, in the colours of paper."""
    values = {"shown": shown, "lang": shown.language}
    with force_locale(LOCALES[shown.language]):
        module = current_app.jinja_env.get_template("drawings.html").make_module(values)
        text = str(getattr(module, macro)(it, label)).strip()
    start, _, rest = xml_text(text).partition(">")
    inlined = _USE.sub(lambda use: f'<path class="{use[3]}" d="{_outlines(use[1])[use[2]]}"/>', rest)
    whole = f"{start}><title>{escape(label)}</title><style>{_style()}</style>{inlined}\n"
    return attachment(Response(whole, content_type=FORMS["svg"].media_type), f"{name}.svg")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Response:
    """A table as CSV (RFC 4180), with a row of headings."""
    out = StringIO()
    csv.writer(out).writerows([headings, *rows])
    return attachment(Response(out.getvalue(), content_type="text/csv; charset=utf-8; header=present"), f"{name}.csv")


def xml_text(text: str) -> str:
    """A text without the characters that no XML 1.0 document may hold."""
    return _NOT_XML.sub("", text)


@cache
def _outlines(address: str) -> dict[str, str]:
    """The paths of a picture of maps, by their ids."""
    content = assets.served()[address.rpartition("/")[2]].content.decode()
    return dict(_PATH.findall(content))


@cache
def _style() -> str:
    """The part of the sheet that is about drawings, in its light colours: other programs know no variables."""
    own = "".join(file.read_text(encoding="utf-8") for file in resources.files("web", "colours.css"))
    colours = dict(_VARIABLE.findall(resources.text("web/src/css/00-base.css").partition("}")[0]))
    colours |= dict(_VARIABLE.findall(own.partition("@media")[0]))
    rules = resources.text("web/src/css/45-drawings.css").partition("/* Our own badges")[0]
    rules += "".join(_MARK.findall(own))
    plain = re.sub(r"light-dark\((#\w+), #\w+\)", r"\1", rules)
    return re.sub(r"var\(--(\w+)\)", lambda name: colours[name[1]], plain) + "svg { font-family: sans-serif; }"
