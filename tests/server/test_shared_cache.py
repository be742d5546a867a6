"""Two real services over one state folder: what one has answered, the other gives again; both forget at once."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from terrinclus_kg.server.cache import Cache, Entry
from tests.server.conftest import small_release
from tests.service import Response, Service, fetch, running
from tests.small_store import until

OTHER = "/en/projet/essai"
PAGE = "/fr/projet/essai"
DATA = "/data/projet/essai.ttl"


def hits(service: Service, log: Path) -> int:
    """Requests that a service has answered from what it keeps, after its own log."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith('{"')]
    return sum(line.get("cache") == "hit" for line in lines)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared") / "home"
    small_release(folder, "one")
    return folder


@pytest.fixture(scope="module")
def pair(home: Path) -> Iterator[list[tuple[Service, Path]]]:
    """Two services of one operator, each with its log."""
    with ExitStack() as stack:
        logs = [home.parent / f"log{number}" for number in range(2)]
        yield [(stack.enter_context(running(home, log=log, public_url="https://data.test")), log) for log in logs]


def entries(home: Path) -> list[str]:
    return sorted(f"{file.parent.name}/{file.name}" for file in (home / "cache").rglob("[!.]*") if file.is_file())


def get(service: Service, path: str, **headers: str) -> Response:
    return fetch(service.url + path, **headers)


def test_damaged_entries_are_made_again(pair: list[tuple[Service, Path]], home: Path) -> None:
    (first, _), (second, log) = pair
    before = set(entries(home))
    made = get(first, "/data/projet/essai.nt")
    until(lambda: set(entries(home)) - before)
    (name,) = set(entries(home)) - before
    entry = home / "cache" / name
    entry.write_bytes(entry.read_bytes()[:-1] + b"?")
    assert get(second, "/data/projet/essai.nt").body == made.body
    assert hits(second, log) == 0
    until(lambda: entry.exists() and entry.read_bytes().endswith(made.body))


def test_codings_over_http(pair: list[tuple[Service, Path]]) -> None:
    service = pair[0][0]
    plain = get(service, OTHER)
    sizes = {}
    for coding in ("gzip", "br", "zstd"):
        answers = [get(service, OTHER, Accept_Encoding=coding) for _ in range(2)]
        assert answers[0].body == answers[1].body
        for answer in answers:
            assert answer.headers["content-encoding"] == coding
            assert answer.headers["etag"] == plain.headers["etag"][:-1] + f'-{coding}"'
            assert "Accept-Encoding" in answer.headers["vary"]
        head = fetch(service.url + OTHER, method="HEAD", Accept_Encoding=coding)
        assert head.headers["content-encoding"] == coding
        assert head.headers["content-length"] == str(len(answers[0].body))
        sizes[coding] = len(answers[0].body)
    unknown = fetch(service.url + OTHER + "?page=1", method="HEAD", Accept_Encoding="gzip")
    assert unknown.headers["content-encoding"] == "gzip"
    assert "content-length" not in unknown.headers  # rather than a wrong one
    assert max(sizes.values()) < len(plain.body) / 3


def test_a_header_in_two_lines_is_read_as_one(pair: list[tuple[Service, Path]]) -> None:
    service = pair[0][0]
    for _ in range(2):
        assert get(service, "/ns", Accept="text/html;q=0.5").headers["content-type"].startswith("text/html")
    connection = http.client.HTTPConnection(service.url.removeprefix("http://"), timeout=30)
    for _ in range(2):
        connection.putrequest("GET", "/ns")
        connection.putheader("Accept", "text/html;q=0.5")
        connection.putheader("Accept", "text/turtle")
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.headers["Content-Type"].startswith("text/turtle")
        answer.read()
    connection.close()


def test_one_answers_for_both_until_the_release_changes(pair: list[tuple[Service, Path]], home: Path) -> None:
    (first, _), (second, log) = pair
    before, given = len(entries(home)), hits(second, log)
    made = {path: get(first, path) for path in (PAGE, DATA)}
    until(lambda: len(entries(home)) >= before + 2)
    for path, answer in made.items():
        again = get(second, path)
        assert again.body == answer.body
        assert again.headers["etag"] == answer.headers["etag"]
        assert get(second, path, If_None_Match=answer.headers["etag"]).status == 304
    assert hits(second, log) == given + 4
    small_release(home, "two")
    for service, _ in pair:
        until(lambda service=service: get(service, DATA).headers["etag"] != made[DATA].headers["etag"])  # type: ignore[misc]
    until(lambda: {entry.split("/")[0] for entry in entries(home)} == {"two"})


def test_a_home_that_nobody_can_write_to_is_served_all_the_same(tmp_path: Path) -> None:
    home = tmp_path / "home"
    small_release(home, "one")
    (home / "cache").write_text("")  # root may write to any folder, but not into a file
    with running(home, log=tmp_path / "log") as service:
        answers = [get(service, DATA) for _ in range(3)]
        assert {answer.status for answer in answers} == {200}
        assert len({answer.body for answer in answers}) == 1
        assert get(service, PAGE).status == 200
    told = [line for line in (tmp_path / "log").read_text().splitlines() if "cannot be kept" in line]
    assert len(told) == 1


def test_a_process_without_the_right_to_write_keeps_nothing_and_harms_nothing() -> None:
    """As another user than the owner of the folder, which root can become."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    program = (
        "import os, sys; from pathlib import Path; from terrinclus_kg.server.cache import Cache, Entry\n"
        "os.setuid(65534)\n"
        "cache = Cache(Path(sys.argv[1]), 1 << 20, 1 << 10)\n"
        "assert cache.find('one', 'a').body == b'x'\n"
        "cache.keep('one', 'b', Entry('200 OK', [], b'y'))\n"
        "assert cache.find('one', 'b').body == b'y'\n"
    )
    with TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "cache"
        Cache(folder, 1 << 20, 1 << 10).keep("one", "a", Entry("200 OK", [], b"x"))
        subprocess.run([sys.executable, "-c", program, str(folder)], check=True)
        assert [file.name for file in (folder / "one").iterdir()] == ["a"]
