"""What the service makes of an engine that is slow, broken, overloaded, or says strange things."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import (
    AnswerTooLarge,
    BadRequest,
    ClientLeft,
    NotFound,
    QuerySyntaxError,
    QueryTimeout,
    QueueFull,
    RemoteFailed,
    TerrinclusError,
)
from terrinclus_kg.rdf.formats import CSV, JSON, N_TRIPLES, TSV, TURTLE, XML, Format
from terrinclus_kg.store.engine import Client
from terrinclus_kg.store.reader import Reader
from tests.remote.engines import oxigraph
from tests.remote.fake import EMPTY, ROW, ROWS, Fake, answer, drop, fake_engine, half, silent, without_end
from tests.service import fetch, running
from tests.small_store import LOW, until

QUERY = "SELECT ?s { ?s ?p ?o }"
ONE = ROWS % ROW


@pytest.fixture
def fake() -> Iterator[Fake]:
    with fake_engine() as made:
        yield made


@contextmanager
def reading(fake: Fake, folder: Path, **limits: object) -> Iterator[Reader]:
    settings = {**LOW, "home": folder, "store": "remote", "public_deadline": 20.0, **fake.engine.settings(), **limits}
    reader = Reader(Settings(**settings))  # type: ignore[arg-type]
    try:
        yield reader
    finally:
        reader.close()


@pytest.fixture
def reader(fake: Fake, tmp_path: Path) -> Iterator[Reader]:
    with reading(fake, tmp_path) as made:
        yield made


# ---- before the first byte: tried again


@pytest.mark.parametrize("bad", [drop, answer(b"", 502), answer(b"", 503), answer(b"", 504)])
def test_a_bad_moment_is_survived(fake: Fake, reader: Reader, bad: object) -> None:
    fake.next(bad, bad, answer(ONE))  # type: ignore[arg-type]
    assert reader.query(QUERY, JSON).read() == ONE
    assert len(fake.questions()) == 3


@pytest.mark.parametrize("bad", [drop, answer(b"busy", 503)])
def test_more_than_a_bad_moment_is_told(fake: Fake, reader: Reader, bad: object) -> None:
    fake.next(*[bad] * 5)  # type: ignore[list-item]
    with pytest.raises(RemoteFailed):
        reader.query(QUERY, JSON).read()
    assert len(fake.questions()) == 3


def test_a_query_that_the_engine_has_stopped_is_not_asked_again(fake: Fake, reader: Reader) -> None:
    fake.next(answer(b"Query evaluation timed out", 503, "text/plain"))
    with pytest.raises(QueryTimeout):
        reader.query(QUERY, JSON)
    assert len(fake.questions()) == 1


# ---- after it: broken for all to see


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("form", [JSON, CSV])
def test_half_an_answer_raises(fake: Fake, reader: Reader, chunked: bool, form: Format) -> None:
    fake.next(half(ONE[:60], chunked=chunked))
    with pytest.raises(RemoteFailed, match="broke off"):
        reader.query(QUERY, form).read()
    assert len(fake.questions()) == 1


@pytest.mark.parametrize("form", [JSON, CSV])
def test_a_long_answer_breaks_where_it_breaks(fake: Fake, reader: Reader, form: Format) -> None:
    start = ROWS.partition(b"%s")[0] + b",".join([ROW] * 20_000)
    fake.next(half(start, chunked=True))
    answered = reader.query(QUERY, form)
    assert len(next(answered.chunks)) >= 64 * 1024
    with pytest.raises(RemoteFailed):
        answered.read()


CANCELLED = b"The SPARQL operation has been cancelled"  # how `oxigraph serve` ends an answer at its time limit


@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
@pytest.mark.parametrize(
    ("end", "error"), [(CANCELLED, QueryTimeout), (b"", RemoteFailed), (b"Out of disk", RemoteFailed)]
)
@pytest.mark.parametrize("rows", [0, 3, 20_000])
def test_a_part_that_ends_in_good_order_is_no_answer(
    fake: Fake, reader: Reader, rows: int, end: bytes, error: type[Exception], form: Format
) -> None:
    start = ROWS.partition(b"%s")[0] + b",".join([ROW] * rows)
    xml = b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head/><results>' + b"<result></result>" * rows
    content_type = XML.media_type if form is XML else JSON.media_type
    fake.next(answer((xml if form is XML else start) + end, content_type=content_type))
    with pytest.raises(error):
        reader.query(QUERY, form).read()


@pytest.mark.parametrize("form", [N_TRIPLES, TURTLE])
def test_a_part_of_a_graph_is_no_answer(fake: Fake, reader: Reader, form: Format) -> None:
    fake.next(answer(b"<http://e.test/s> <http://e.test/p> 'x' .\n" + CANCELLED, content_type=N_TRIPLES.media_type))
    with pytest.raises(QueryTimeout):
        reader.query("CONSTRUCT WHERE { ?s ?p ?o }", form).read()


def test_an_empty_graph_is_an_answer(fake: Fake, reader: Reader) -> None:
    fake.next(answer(b"", content_type=N_TRIPLES.media_type))
    assert reader.query("CONSTRUCT WHERE { ?s ?p ?o }", N_TRIPLES).read() == b""


def test_an_answer_whose_end_nobody_knows_is_refused(fake: Fake, reader: Reader) -> None:
    fake.next(without_end(ONE))
    with pytest.raises(RemoteFailed, match="where its answer ends"):
        reader.query(QUERY, JSON)


def test_an_answer_in_another_format_is_refused(fake: Fake, reader: Reader) -> None:
    fake.next(answer(b"<html>Please log in</html>", content_type="text/html"))
    with pytest.raises(RemoteFailed, match="text/html"):
        reader.query(QUERY, JSON)


@pytest.mark.parametrize(("form", "content_type"), [(CSV, "application/sparql-results+json"), (TURTLE, "text/plain")])
def test_nonsense_is_not_passed_on(fake: Fake, reader: Reader, form: Format, content_type: str) -> None:
    fake.next(answer(b"neither rows nor triples", content_type=content_type))
    query = QUERY if form is CSV else "CONSTRUCT WHERE { ?s ?p ?o }"
    with pytest.raises(RemoteFailed, match="broken"):
        reader.query(query, form).read()


def test_an_answer_over_our_limit_is_ended(fake: Fake, tmp_path: Path) -> None:
    with reading(fake, tmp_path, answer_size=100_000) as reader:
        fake.next(answer(ROWS % b",".join([ROW] * 10_000)))
        answered = reader.query(QUERY, JSON)
        with pytest.raises(AnswerTooLarge):
            answered.read()
        fake.next(answer(ONE))
        assert reader.query(QUERY, JSON).read() == ONE


# ---- time


@pytest.mark.parametrize("start", [b"", ROWS[:20]])
def test_at_its_deadline_the_connection_is_closed(fake: Fake, tmp_path: Path, start: bytes) -> None:
    with reading(fake, tmp_path, public_deadline=0.3) as reader:
        fake.next(silent(fake, start))
        with pytest.raises(QueryTimeout) as caught:
            reader.query(QUERY, JSON).read()
        assert caught.value.extra["limit"] == "public_deadline"
        assert fake.hung_up.wait(10)
        fake.next(answer(ONE))
        assert reader.query(QUERY, JSON).read() == ONE


@pytest.mark.parametrize("form", [JSON, CSV])
def test_when_its_client_leaves_the_connection_is_closed(fake: Fake, reader: Reader, form: Format) -> None:
    left = Event()
    fake.next(silent(fake, ROWS[:20]))
    outcome: list[TerrinclusError] = []

    def ask() -> None:
        try:
            reader.query(QUERY, form, client=Client(gone=left.is_set)).read()
        except TerrinclusError as error:
            outcome.append(error)

    thread = Thread(target=ask)
    thread.start()
    until(fake.questions)
    left.set()
    assert fake.hung_up.wait(10)
    thread.join(10)
    assert [type(error) for error in outcome] == [ClientLeft]


def test_an_answer_that_nobody_reads_is_given_up(fake: Fake, reader: Reader) -> None:
    fake.next(silent(fake, ROWS.partition(b"%s")[0] + b",".join([ROW] * 20_000)))
    reader.query(QUERY, JSON).close()
    assert fake.hung_up.wait(10)


LIMITS = {"virtuoso": "1500", "stardog": "1500", "graphdb": "2", "qlever": "2s", "sparql": None, "oxigraph": None}


@pytest.mark.parametrize("engine", list(LIMITS))
def test_the_deadline_is_passed_on_where_the_engine_takes_it(tmp_path: Path, engine: str) -> None:
    with fake_engine(engine) as fake, reading(fake, tmp_path, public_deadline=1.5) as reader:
        assert reader.query(QUERY, CSV).read().strip() in (b"", b"s")
        assert fake.asked[-1].get("timeout") == ([LIMITS[engine]] if LIMITS[engine] else None)


# ---- what it says of a query


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, "Parse error: line 2, column 7: expected }", QuerySyntaxError),
        (400, "this function is unknown", BadRequest),
        (401, "", RemoteFailed),
        (403, "", RemoteFailed),
        (404, "", RemoteFailed),
        (302, "", RemoteFailed),
        (429, "", QueueFull),
        (500, "Virtuoso S1T00 Error SR171: Transaction timed out", QueryTimeout),
        (500, '{"code":"TimeLimitExceededException"}', QueryTimeout),
        (500, "NullPointerException", RemoteFailed),
    ],
)
def test_a_refusal_is_told_as_what_it_is(
    fake: Fake, reader: Reader, status: int, said: str, kind: type[TerrinclusError]
) -> None:
    fake.next(answer(said.encode(), status, "text/plain", Location="http://127.0.0.1:1/", Retry_After="7"))
    with pytest.raises(kind) as caught:
        reader.query("SELECT ?s {\n ?s ?p }", JSON)
    assert type(caught.value) is kind
    if status == 429:
        assert caught.value.retry_after == 7  # type: ignore[attr-defined]
    if kind is QuerySyntaxError:
        assert caught.value.extra == {"line": 2, "column": 7}


def test_nothing_of_the_machine_of_the_engine_is_told(fake: Fake, reader: Reader) -> None:
    fake.next(answer(b"cannot open /var/lib/engine/secret", 500, "text/plain"))
    with pytest.raises(RemoteFailed) as caught:
        reader.query(QUERY, JSON)
    assert "secret" not in caught.value.message


# ---- who we are, and which release it is


def test_credentials(fake: Fake, tmp_path: Path) -> None:
    with reading(fake, tmp_path, remote_user="reader", remote_password="pass word") as reader:
        assert reader.query(QUERY, JSON).read() == EMPTY
    with reading(fake, tmp_path, remote_token="abc") as reader:
        assert reader.query(QUERY, JSON).read() == EMPTY
    sent = {headers["Authorization"] for headers in fake.headers}
    assert sent == {"Basic " + base64.b64encode(b"reader:pass word").decode(), "Bearer abc"}


def test_data_that_are_not_ours_have_a_release_of_their_own(fake: Fake, reader: Reader, tmp_path: Path) -> None:
    release = reader.release.id
    assert release.startswith("remote-")
    assert reader._engine.serving == ""  # type: ignore[attr-defined]  # nobody would know when to forget an answer
    assert reader.query(QUERY, JSON, release=release).release == release
    with pytest.raises(NotFound):
        reader.query(QUERY, JSON, release="20260101T000000-00000000")


def test_the_release_is_asked_for_once_in_a_while(fake: Fake, reader: Reader) -> None:
    for _ in range(20):
        reader.query(QUERY, JSON).read()
    assert len(fake.asked) - len(fake.questions()) <= 3  # in less than ten seconds


def test_an_engine_that_is_away_is_told_and_back_when_it_is_back(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with ExitStack() as stack:
        with oxigraph(store) as engine:
            settings = engine.settings(store="remote")
            service = stack.enter_context(running(tmp_path, **settings))
            assert fetch(f"{service.url}/fr/").status == 200
            assert fetch(f"{service.url}/sparql?query=ASK%7B%7D").status == 200
        for path in ("/sparql?query=ASK%7B%7D", "/fr/projet"):
            until(lambda path=path: fetch(service.url + path).status == 502, 10)
        assert fetch(f"{service.url}/health/ready").status == 503
        assert fetch(f"{service.url}/health/live").status == 200
        with oxigraph(store, engine.port):
            until(lambda: fetch(f"{service.url}/health/ready").status == 200, 10)
            assert fetch(f"{service.url}/sparql?query=ASK%7B%7D").status == 200


def test_many_clients_share_few_connections(fake: Fake, tmp_path: Path) -> None:
    with reading(fake, tmp_path, public_workers=4, queue_length=50, remote_connections=4) as reader:
        answers: list[bytes] = []
        threads = [Thread(target=lambda: answers.append(reader.query(QUERY, CSV).read())) for _ in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert answers == [b"s\r\n"] * 30
        began = time.monotonic()
        assert reader.query(QUERY, JSON).read() == EMPTY
        assert time.monotonic() - began < 10
