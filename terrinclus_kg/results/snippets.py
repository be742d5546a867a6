"""The code that asks a query elsewhere: a query is put into each language as a string of it, never as code."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Characters that turn the text around them, so that code would not read as it runs: written as escapes.
_TURNING = {chr(code): f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_PYTHON = {"\\": "\\\\", '"""': '""\\"', "\r": "\\r", "\0": "\\x00"} | _TURNING
_JAVASCRIPT = {"\\": "\\\\", "`": "\\`", "${": "\\${", "\r": "\\r", "\0": "\\x00"} | _TURNING
_R = {"\\": "\\\\", '"': '\\"', "\r": "\\r"} | _TURNING


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of code, what it is for people, and the language it is in."""

    title: str
    language: str
    code: str


def snippets(endpoint: str, query: str, form: str) -> list[Snippet]:
    """Code that asks a query and shows its answer: curl, Python, R, JavaScript.

    Args:
        endpoint: the address of an endpoint.
        form: of the query; what cannot take its answer is left out.

    The line ends are those of the code, as forms send others. A text with a NUL, which no argument of a command
    and no string of R can hold, has only the other languages.
    """
    text = query.replace("\r\n", "\n")
    found = [Snippet("Python, SPARQLWrapper", "python", _sparqlwrapper(endpoint, text, form))]
    if form == "SELECT":
        found.append(Snippet("Python, pandas", "python", _pandas(endpoint, text)))
    found.append(Snippet("JavaScript", "javascript", _javascript(endpoint, text, form)))
    if "\0" in text:
        return found
    found.insert(0, Snippet("curl", "sh", _curl(endpoint, text, form)))
    if form == "SELECT":
        found.insert(3, Snippet("R", "r", _r(endpoint, text)))
    return found


def python_string(text: str) -> str:
    """A text as a string of Python, in lines."""
    return f'"""{_escaped(text, _PYTHON)}"""' if not text.endswith('"') else f'"""{_escaped(text[:-1], _PYTHON)}\\""""'


def shell_string(text: str) -> str:
    """A text without NUL as a word of a shell (POSIX, Shell Command Language §2.2.2)."""
    return "'" + text.replace("'", "'\\''") + "'"


def javascript_string(text: str) -> str:
    """A text as a template of JavaScript without any substitution (ECMA-262 §12.9.6)."""
    return f"`{_escaped(text, _JAVASCRIPT)}`"


def r_string(text: str) -> str:
    """A text without NUL as a string of R.

    A raw one (4.0 and later), closed by more dashes than it holds; escaped where R would refuse or change it.
    """
    if "\r" in text or any(character in text for character in _TURNING):
        return f'"{_escaped(text, _R)}"'
    dashes = "-" * (1 + max((len(run) for run in re.findall("-+", text)), default=0))
    return f'r"{dashes}({text}){dashes}"'


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return re.sub("|".join(map(re.escape, escapes)), lambda found: escapes[found[0]], text)


def _wanted(form: str) -> str:
    return {"SELECT": "text/csv", "ASK": "application/sparql-results+json"}.get(form, "text/turtle")


def _curl(endpoint: str, query: str, form: str) -> str:
    return (
        f"curl --silent --fail {shell_string(endpoint)} --header 'Accept: {_wanted(form)}' \\\n"
        f"  --data-urlencode {shell_string('query=' + query)}\n"
    )


_SHOW = {
    "SELECT": 'for row in endpoint.queryAndConvert()["results"]["bindings"]:\n'
    '    print({name: term["value"] for name, term in row.items()})\n',
    "ASK": 'print(endpoint.queryAndConvert()["boolean"])\n',
}


def _sparqlwrapper(endpoint: str, query: str, form: str) -> str:
    wanted = "JSON" if form in _SHOW else "TURTLE"
    show = _SHOW.get(form, "print(endpoint.queryAndConvert().decode())\n")
    return (
        f"from SPARQLWrapper import {wanted}, POST, SPARQLWrapper\n\n"
        f"endpoint = SPARQLWrapper({_quoted(endpoint)})\n"
        f"endpoint.setMethod(POST)\nendpoint.setReturnFormat({wanted})\n"
        f"endpoint.setQuery({python_string(query)})\n{show}"
    )


def _pandas(endpoint: str, query: str) -> str:
    return (
        "from io import BytesIO\nfrom urllib.parse import urlencode\nfrom urllib.request import Request, urlopen\n\n"
        f"import pandas as pd\n\nquery = {python_string(query)}\n"
        'body = urlencode({"query": query}).encode()\n'
        f'request = Request({_quoted(endpoint)}, body, {{"Accept": "text/csv"}})\n'
        "with urlopen(request) as answer:\n"
        "    table = pd.read_csv(BytesIO(answer.read()), dtype=str, keep_default_na=False)\n"
        "print(table)\n"
    )


def _r(endpoint: str, query: str) -> str:
    return (
        f"query <- {r_string(query)}\n"
        'file <- tempfile()\nwriteLines(enc2utf8(query), file, sep = "", useBytes = TRUE)\n'
        'status <- system2("curl", shQuote(c("--silent", "--fail", "--header", "Accept: text/csv",\n'
        f'  "--data-urlencode", paste0("query@", file), {_quoted(endpoint)}, "--output", paste0(file, ".csv"))))\n'
        "stopifnot(status == 0)\n"
        'print(read.csv(paste0(file, ".csv"), colClasses = "character", encoding = "UTF-8"))\n'
    )


def _quoted(text: str) -> str:
    """A text of one line as a string of Python, R or JavaScript."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _javascript(endpoint: str, query: str, form: str) -> str:
    wanted = "text/turtle" if form not in _SHOW else "application/sparql-results+json"
    show = {"SELECT": "(await answer.json()).results.bindings", "ASK": "(await answer.json()).boolean"}
    return (
        f"const query = {javascript_string(query)};\n"
        f'const answer = await fetch({_quoted(endpoint)}, {{\n  method: "POST",\n'
        f'  headers: {{ Accept: "{wanted}" }},\n  body: new URLSearchParams({{ query }}),\n}});\n'
        "if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);\n"
        f"console.log({show.get(form, 'await answer.text()')});\n"
    )
