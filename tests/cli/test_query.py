"""``query``: what it prints for people and for programs, here and elsewhere, and how it ends."""

from __future__ import annotations

import gzip
import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result
from pyoxigraph import RdfFormat, parse

from terrinclus_kg import cli
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import (
    FeatureRefused,
    NotAcceptable,
    NotFound,
    QuerySyntaxError,
    QueryTimeout,
    RemoteFailed,
    TerrinclusError,
)
from terrinclus_kg.store.reader import Answer, Reader
from tests.service import Service, running
from tests.small_store import CROSS, PREFIX, children, make_release, until

NAMES = PREFIX + "SELECT ?thing ?name { ?thing ex:name ?name } ORDER BY ?name"
DATA = """\
@prefix ex: <http://example.org/> .
@prefix acteur: <https://w3id.org/terrinclus/id/acteur/> .
acteur:adf ex:name "Nord"@fr , "\\u001B[31mred\\u0007", "a, \\"b\\"" ; ex:knows ex:b .
""" + "".join(f"ex:n{i} ex:value {i} .\n" for i in range(500))


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("small")
    make_release(home, "one", DATA)
    return home


@pytest.fixture
def settings(small_home: Path) -> Settings:
    return Settings(home=small_home)


@pytest.fixture(scope="module")
def service(small_home: Path) -> Iterator[Service]:
    with running(small_home, public_deadline=1) as service:
        yield service


def run(settings: Settings, *arguments: str | Path, text: str | None = None) -> Result:
    environment = {"COLUMNS": "100"}
    return CliRunner().invoke(cli.group, list(map(str, arguments)), obj=settings, input=text, env=environment)


def error_of(result: Result) -> TerrinclusError:
    assert isinstance(result.exception, TerrinclusError), result.output
    assert result.stdout == ""
    return result.exception


def started(home: Path, *arguments: str, **more: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "TERRINCLUS_HOME": str(home), "COLUMNS": "100"}
    command = [sys.executable, "-m", "terrinclus_kg", "query", *arguments]
    return subprocess.Popen(command, env=environment, **more)  # type: ignore[call-overload,no-any-return]


def test_from_a_file_from_standard_input_and_as_an_option(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "names.rq"
    file.write_text(NAMES)
    answers = [
        run(settings, "query", file),
        run(settings, "query", "-", text=NAMES),
        run(settings, "query", text=NAMES),
        run(settings, "query", "--text", NAMES),
        run(settings, "query", "-e", NAMES),
    ]
    assert {answer.exit_code for answer in answers} == {0}
    assert len({answer.stdout for answer in answers}) == 1
    assert answers[0].stdout.startswith("thing,name\n")


def test_what_suits_a_program(settings: Settings) -> None:
    value = PREFIX + "SELECT ?v { ex:n7 ex:value ?v }"
    assert run(settings, "query", "-e", value).stdout == "v\n7\n"
    assert json.loads(run(settings, "query", "-e", "ASK {}").stdout)["boolean"] is True
    turtle = run(settings, "query", "-e", PREFIX + "CONSTRUCT WHERE { ex:n7 ex:value ?v }").stdout
    assert len(list(parse(turtle, format=RdfFormat.TURTLE))) == 1
    assert json.loads(run(settings, "query", "-e", value, "--format", "json").stdout)["results"]["bindings"]
    assert run(settings, "query", "-e", value, "--format", "tsv").stdout == "?v\n7\n"


@pytest.mark.parametrize(
    ("names", "syntax"),
    [
        (("ttl", "turtle"), RdfFormat.TURTLE),
        (("nt", "n-triples"), RdfFormat.N_TRIPLES),
        (("jsonld", "json-ld", "json"), RdfFormat.JSON_LD),
        (("rdf", "rdf-xml", "xml"), RdfFormat.RDF_XML),
    ],
)
def test_formats_of_triples_by_name_and_suffix(settings: Settings, names: tuple[str, ...], syntax: RdfFormat) -> None:
    text = PREFIX + "CONSTRUCT WHERE { ex:n7 ex:value ?v }"
    answers = {run(settings, "query", "--format", name, "-e", text).stdout for name in names}
    assert len(answers) == 1
    assert len(list(parse(answers.pop(), format=syntax))) == 1


def test_wrong_usage(settings: Settings, tmp_path: Path) -> None:
    missing = run(settings, "query", "SELECT * { ?s ?p ?o }")
    assert missing.exit_code == 2
    assert "a query itself is given with -e" in missing.stderr
    wrong = run(settings, "query", "--format", "docx", "-e", "ASK {}")
    assert wrong.exit_code == 2
    assert "'ttl'" in wrong.stderr
    (tmp_path / "latin.rq").write_bytes("# é".encode("latin-1"))
    assert "not UTF-8" in run(settings, "query", tmp_path / "latin.rq").stderr
    assert run(settings, "query", "--timeout", "0", "-e", "ASK {}").exit_code == 2
    both = run(settings, "query", "--remote", "http://127.0.0.1:9/sparql", "--release", "one", "-e", "ASK {}")
    assert both.exit_code == 2
    assert "/releases/ID/sparql" in both.stderr
    (tmp_path / "ask.rq").write_text("ASK {}")
    twice = run(settings, "query", tmp_path / "ask.rq", "-e", "ASK {}")
    assert twice.exit_code == 2
    assert "not both" in twice.stderr


@pytest.mark.parametrize(
    ("text", "error"),
    [("SELECT * {", QuerySyntaxError), ("SELECT * { SERVICE <x:y> {} }", FeatureRefused)],
)
def test_a_refusal_is_told(settings: Settings, text: str, error: type[TerrinclusError]) -> None:
    result = run(settings, "query", "-e", text)
    assert isinstance(error_of(result), error)
    assert result.exit_code == 1


def test_a_timeout(settings: Settings) -> None:
    refused = error_of(run(settings, "query", "--timeout", "0.3", "-e", CROSS))
    assert isinstance(refused, QueryTimeout)
    assert refused.extra["value"] == 0.3


def test_the_owner_may_take_longer_than_strangers(small_home: Path) -> None:
    low = Settings(home=small_home, public_deadline=0.2, token_deadline=0.6)
    assert error_of(run(low, "query", "-e", CROSS)).extra["value"] == 0.2
    assert error_of(run(low, "query", "--timeout", "9", "-e", CROSS)).extra["value"] == 0.6


def test_an_explanation(settings: Settings) -> None:
    found = json.loads(run(settings, "query", "--explain", "-e", NAMES).stdout)
    assert (found["form"], found["release"], found["count"]) == ("SELECT", "one", 3)
    assert found["algebra"].startswith("(select")


# Tables


def test_a_table(settings: Settings) -> None:
    lines = run(settings, "query", "--format", "table", "-e", NAMES).stdout.splitlines()
    assert lines[1].split() == ["thing", "name"]
    cells = [line.split(None, 1) for line in lines[3:6]]
    assert [cell[0] for cell in cells] == ["acteur:adf"] * 3
    assert {cell[1].strip() for cell in cells} == {"Nord @fr", 'a, "b"', "\ufffd[31mred\ufffd"}
    assert lines[-1] == "3 rows, release one"


def test_nothing_of_a_value_reaches_the_terminal_as_a_command(settings: Settings) -> None:
    table = run(settings, "query", "--format", "table", "-e", NAMES).stdout
    assert "\x1b" not in table
    assert "\x07" not in table
    assert "\ufffd[31mred\ufffd" in table


def test_a_cut_table_says_so(settings: Settings) -> None:
    values = PREFIX + "SELECT ?n { ?n ex:value ?v }"
    lines = run(settings, "query", "--format", "table", "-e", values).stdout.splitlines()
    assert sum("example.org" in line for line in lines) == 200
    assert lines[-1] == "The first 200 rows, release one. There are more: --format csv prints all of them."
    whole = run(settings, "query", "--format", "table", "-e", values + " LIMIT 200").stdout.splitlines()
    assert whole[-1] == "200 rows, release one"


def test_columns_that_do_not_fit_become_blocks(settings: Settings) -> None:
    names = " ".join(f"(?v + {i} AS ?sum{i})" for i in range(12))
    text = PREFIX + f"SELECT ?none {names} {{ ex:n1 ex:value ?v }}"
    lines = [line.split() for line in run(settings, "query", "--format", "table", "-e", text).stdout.splitlines()]
    assert ["1"] in lines
    assert ["sum11", "12"] in lines
    assert not any(line[0] == "none" for line in lines if line)  # unbound
    assert lines[-1][:2] == ["1", "row,"]


def test_yes_and_no(settings: Settings) -> None:
    answers = [run(settings, "query", "--format", "table", "-e", f"ASK {{ FILTER({v}) }}") for v in ("true", "false")]
    assert [(answer.stdout, answer.exit_code) for answer in answers] == [("yes\n", 0), ("no\n", 0)]


def test_triples_are_no_table(settings: Settings) -> None:
    refused = error_of(run(settings, "query", "--format", "table", "-e", "CONSTRUCT WHERE { ?s ?p ?o }"))
    assert isinstance(refused, NotAcceptable)


def test_a_terminal_gets_a_table_and_a_pipe_gets_csv(small_home: Path) -> None:
    ours, theirs = pty.openpty()
    process = started(small_home, "-e", NAMES, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while chunk := _read(ours):
        seen += chunk
    assert process.wait(30) == 0
    assert "3 rows, release one" in seen.decode()
    with started(small_home, "-e", NAMES, stdout=subprocess.PIPE) as piped:
        assert piped.communicate()[0].startswith(b"thing,name\r\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # so ends a terminal whose other side is closed
        return b""


# How it ends


def test_a_pipe_that_is_closed_early(small_home: Path) -> None:
    text = PREFIX + "SELECT ?x ?y ?z { ?a ex:value ?x . ?b ex:value ?y . ?c ex:value ?z }"  # 125 million rows
    with started(small_home, "-e", text, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"x,y,z\r\n"
        process.stdout.close()
        assert process.wait(30) == 1
        assert process.stderr.read() == b""


def test_an_interruption(small_home: Path) -> None:
    with started(small_home, "-e", CROSS, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until(lambda: [worker for zygote in children(process.pid) for worker in children(zygote)])
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, b"")
    assert err.strip() == b"Aborted!"


def test_an_answer_that_breaks_off_is_told(small_home: Path) -> None:
    text = PREFIX + "SELECT * { ?a ex:value ?x . ?b ex:value ?y }"
    settings = Settings(home=small_home, answer_size=200_000)
    result = run(settings, "query", "-e", text)
    assert isinstance(result.exception, TerrinclusError)
    assert "what was printed is NOT the whole answer" in result.stderr
    assert result.stdout.count("\n") > 1000


def test_a_release_that_is_not_there_is_told_in_one_line(small_home: Path) -> None:
    process = started(small_home, "--release", "none", "-e", "ASK {}", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, told = process.communicate(timeout=60)
    assert (process.returncode, out, told) == (1, b"", b"terrinclus-kg: no release none\n")


# Elsewhere


def test_another_service_answers_alike(settings: Settings, service: Service) -> None:
    remote = ("--remote", f"{service.url}/sparql")
    for arguments in (
        ["-e", NAMES],
        ["-e", NAMES, "--format", "json"],
        ["-e", NAMES, "--format", "tsv"],
        ["-e", "ASK {}"],
        ["-e", "ASK {}", "--format", "table"],
        ["-e", PREFIX + "CONSTRUCT WHERE { ex:n7 ex:value ?v }"],
        ["-e", PREFIX + "CONSTRUCT WHERE { ex:n7 ex:value ?v }", "--format", "json"],
        ["-e", PREFIX + "CONSTRUCT WHERE { ex:n7 ex:value ?v }", "--format", "nt"],
        ["-e", PREFIX + "SELECT * { ?a ex:value ?b . ?c ex:value ?d } LIMIT 5000"],  # coded, and in parts
    ):
        here, there = run(settings, "query", *arguments), run(settings, "query", *remote, *arguments)
        assert here.exit_code == there.exit_code == 0, there.exception
        assert here.stdout == there.stdout != ""


def test_another_service_in_a_table(settings: Settings, service: Service) -> None:
    remote = ("--remote", f"{service.url}/sparql")
    assert "3 rows" in run(settings, "query", *remote, "--format", "table", "-e", NAMES).stdout
    many = run(settings, "query", *remote, "--format", "table", "-e", PREFIX + "SELECT * { ?n ex:value ?v }")
    assert "There are more" in many.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT * {", "answers 400: SPARQL syntax error: line 1, column 10: { is not closed"),
        (CROSS, "answers 503: Query time limit met: the query was stopped after"),
        ("SELECT * { SERVICE <x:y> {} }", "answers 403: Feature refused: SERVICE"),
    ],
)
def test_the_words_of_another_service(settings: Settings, service: Service, text: str, words: str) -> None:
    refused = error_of(run(settings, "query", "--remote", f"{service.url}/sparql", "-e", text))
    assert isinstance(refused, RemoteFailed)
    assert words in refused.message


class _Strange(BaseHTTPRequestHandler):
    """An endpoint that answers what it was told to."""

    protocol_version = "HTTP/1.1"
    answer: ClassVar[tuple[int, dict[str, str], bytes]]
    asked: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.headers["Accept"], body))
        status, headers, body = self.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def strange(status: int, body: bytes, **headers: str) -> Iterator[str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = type("Handler", (_Strange,), {"answer": (status, {"Content-Length": str(len(body))} | named, body)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sparql"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "headers", "words"),
    [
        (200, b"a,b\r\n1", {"Content_Length": "99", "Content_Type": "text/csv"}, "broke the answer off"),
        (301, b"", {"Location": "http://127.0.0.1/new"}, "it has moved to http://127.0.0.1/new"),
        (500, b"<h1>x</h1>", {"Content_Type": "text/html"}, "answers 500"),
        (400, b"Parse error\x1b[31m at 1\nmore", {"Content_Type": "text/plain"}, "answers 400: Parse error [31m at 1"),
        (429, b'{"detail": "slow down"}', {"Content_Type": "application/problem+json", "Retry_After": "7"},
         "answers 429: slow down (come back in 7 seconds)"),
        (429, b"[1", {"Content_Type": "application/json"}, "answers 429"),
    ],
)  # fmt: skip
def test_what_strange_endpoints_say(
    settings: Settings, status: int, body: bytes, headers: dict[str, str], words: str
) -> None:
    with strange(status, body, **headers) as url:
        result = run(settings, "query", "--remote", url, "-e", "ASK {}")
    assert isinstance(result.exception, RemoteFailed)
    assert words in result.exception.message
    assert "\x1b" not in result.exception.message


def test_what_is_not_what_it_says(settings: Settings) -> None:
    with strange(200, b"<html>", Content_Type="application/sparql-results+json") as url:
        refused = error_of(run(settings, "query", "--remote", url, "--format", "table", "-e", "ASK {}"))
    assert refused.message == f"what {url} has sent is not application/sparql-results+json"
    with strange(200, b"a\r\n1\r\n", Content_Type="text/csv") as url:
        refused = error_of(run(settings, "query", "--remote", url, "--explain", "-e", "ASK {}"))
    assert refused.message == f"{url} does not explain queries: it has sent text/csv"


def test_an_explanation_from_elsewhere(settings: Settings) -> None:
    _Strange.asked.clear()
    with strange(200, b'{"form": "ASK", "algebra": "(ask)"}', Content_Type="application/json") as url:
        result = run(settings, "query", "--remote", url, "--explain", "-e", "ASK {}")
    assert json.loads(result.stdout) == {"form": "ASK", "algebra": "(ask)"}
    assert _Strange.asked[-1][1] == b"query=ASK+%7B%7D&explain=true"


def test_a_compressed_answer_and_what_is_asked_for(settings: Settings) -> None:
    _Strange.asked.clear()
    packed = {"Content_Encoding": "gzip", "Content_Type": "text/csv"}
    with strange(200, gzip.compress(b"a\r\n1\r\n"), **packed) as url:
        assert run(settings, "query", "--remote", url, "-e", "ASK {}").stdout == "a\n1\n"
        run(settings, "query", "--remote", url, "--format", "json", "-e", "ASK {}")
    assert [accept for accept, _ in _Strange.asked] == [
        "text/csv;q=1, application/sparql-results+json;q=0.9, text/turtle;q=0.8",
        "application/sparql-results+json, application/ld+json;q=0.9",
    ]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9/sparql", "http://127.0.0.1:9/sparql cannot be reached: Failed to establish"),
        ("127.0.0.1/sparql", "write http:// or https:// before it"),
        ("http://", "cannot be reached"),
    ],
)
def test_addresses_where_nobody_is(settings: Settings, url: str, words: str) -> None:
    assert words in error_of(run(settings, "query", "--remote", url, "-e", "ASK {}")).message


def test_an_endpoint_that_does_not_answer(settings: Settings, service: Service) -> None:
    remote = ("--remote", f"{service.url}/sparql", "--timeout", "0.3")
    assert "does not answer within 0.3 seconds" in error_of(run(settings, "query", *remote, "-e", CROSS)).message


def test_a_release_by_its_name(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def note(reader: Reader, text: str, wanted: object, *, release: str = "", **_: object) -> Answer:
        asked.append(release)
        raise NotFound("no such release")

    monkeypatch.setattr(Reader, "query", note)
    assert isinstance(error_of(run(settings, "query", "--release", "none", "-e", "ASK {}")), NotFound)
    assert asked == ["none"]
