"""Code that asks a query: whatever the query holds, it stays a string, and the same one."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrinclus_kg.results import snippets
from terrinclus_kg.results.snippets import javascript_string, python_string, r_string, shell_string
from tests.service import Service, running

breakers = st.sampled_from(
    ["'", '"', '"""', "'''", "\\", "\\\\", "`", "${x}", "$(id)", "$", ")-", ')"', ')--"', "\n", "\r", "\r\n", "\t", "%",
     "@", "!", ";", "\u2028", "\u202e", "é", "😀", "#", "{", "}", "-", "--"]
)  # fmt: skip
texts = st.lists(breakers | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))).map("".join)


@given(texts | st.just("\0x"))
def test_a_string_of_python(text: str) -> None:
    assert ast.literal_eval(python_string(text)) == text


@settings(max_examples=25)
@given(st.lists(texts, min_size=8, max_size=8))
def test_a_word_of_the_shell(given_: list[str]) -> None:
    code = "printf '%s\\0' " + " ".join(map(shell_string, given_))
    out = subprocess.run(["sh", "-c", code], capture_output=True, check=True).stdout.decode()
    assert out.split("\0")[:-1] == given_


def script(tool: str, file: Path, code: str) -> str:
    if shutil.which(tool) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{tool} is missing")
        pytest.skip(f"{tool} is missing: its code is not run")
    file.write_bytes(code.encode())
    done = subprocess.run([tool, str(file)], capture_output=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="module")
def examples() -> list[str]:
    """Texts that break strings, as many as a test of one process takes."""
    found = [')-"', ')"', ')---"', "a`${1}`\\", "'\"\\'", "\\u0041", "\r\r\n", 'ends with "', "é😀\u2028\u202e", ""]

    @settings(max_examples=60, database=None, derandomize=True)
    @given(texts)
    def collect(text: str) -> None:
        found.append(text)

    collect()
    return found


def test_a_template_of_javascript(examples: list[str], tmp_path: Path) -> None:
    code = "".join(f"process.stdout.write({javascript_string(text)} + '\\0');\n" for text in examples)
    assert script("node", tmp_path / "x.js", code).split("\0")[:-1] == examples


def test_a_raw_string_of_r(examples: list[str], tmp_path: Path) -> None:
    code = "".join(f'cat({r_string(text)}, "<\\x1f>", sep = "")\n' for text in examples)
    assert script("Rscript", tmp_path / "x.r", code).split("<\x1f>")[:-1] == examples


# ---- against the service

SELECT = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\r
# it's "quoted", \\ and `ticked` ${HOME} $(id) )-"\r
SELECT ?name ("it's \\"so\\" $HOME `x` \\\\ é" AS ?odd) WHERE {
  <https://w3id.org/terrinclus/id/projet/terrinclus> skos:prefLabel ?name
}"""
ODD = 'it\'s "so" $HOME `x` \\ é'
COMMANDS = {
    "sh": ["bash", "-euo", "pipefail"],
    "python": [sys.executable],
    "r": ["Rscript", "--vanilla"],
    "javascript": ["node"],
}
PERSONS = "CONSTRUCT WHERE { ?s a <http://xmlns.com/foaf/0.1/Person> }"


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[Service]:
    with running(home) as service:
        yield service


def run(code: str, language: str, folder: Path) -> str:
    command = COMMANDS[language]
    if shutil.which(command[0]) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{command[0]} is missing")
        pytest.skip(f"{command[0]} is missing: its code is not run")
    file = folder / ("code.mjs" if language == "javascript" else "code")
    file.write_text(code, encoding="utf-8")
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "200", "NO_PROXY": "*"}
    done = subprocess.run(
        [*command, str(file)], capture_output=True, encoding="utf-8", env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("number", range(5), ids=["curl", "sparqlwrapper", "pandas", "r", "javascript"])
def test_code_for_rows_really_asks(service: Service, tmp_path: Path, number: int) -> None:
    found = snippets(f"{service.url}/sparql", SELECT, "SELECT")
    assert [each.language for each in found] == ["sh", "python", "python", "r", "javascript"]
    printed = run(found[number].code, found[number].language, tmp_path)
    assert "Terrinclus" in printed
    plain = printed.replace('""', '"').replace("\\'", "'").replace('\\"', '"').replace("\\\\", "\\")
    assert ODD in plain


@pytest.mark.parametrize("form", ["ASK", "CONSTRUCT"])
def test_code_for_other_answers(service: Service, tmp_path: Path, form: str) -> None:
    query = {"ASK": "ASK { ?s ?p ?o }", "CONSTRUCT": "CONSTRUCT WHERE { ?s a <http://xmlns.com/foaf/0.1/Person> }"}[
        form
    ]
    found = snippets(f"{service.url}/sparql", query, form)
    assert [each.language for each in found] == ["sh", "python", "javascript"]
    for each in found:
        printed = run(each.code, each.language, tmp_path)
        assert ("rue" if form == "ASK" else "andre-viola") in printed


def test_what_no_shell_can_hold_is_not_shown_for_it() -> None:
    assert [each.language for each in snippets("http://x", "ASK {} # \0", "ASK")] == ["python", "javascript"]
