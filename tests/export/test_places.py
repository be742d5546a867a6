"""Every address has a file of its own, and a link between any two of them is found by a file host."""

from __future__ import annotations

from posixpath import dirname, join, normpath
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg.export import places

_SEGMENT = st.one_of(
    st.text("aZ0_~.-", min_size=1, max_size=4).filter(lambda text: text not in (".", "..")),
    st.sampled_from(["index.html", "a.ttl", "A.HTML", "page-2", "x" * 300, "10.2"]),
)
_PAGE = st.builds("/{}/{}".format, st.sampled_from(["fr", "en"]), st.lists(_SEGMENT, min_size=1).map("/".join))
_DATA = st.builds("/data/{}.{}".format, st.lists(_SEGMENT, min_size=1).map("/".join), st.sampled_from(["ttl", "nq"]))
_STATE = st.one_of(
    st.just(""),
    st.builds("?page={}".format, st.integers(2, 99)),
    st.builds(lambda text: f"?links={quote(text, safe='')}", st.text(min_size=1, max_size=300)),
)
_ADDRESS = st.one_of(st.builds(str.__add__, _PAGE, _STATE), _DATA)


@given(_ADDRESS, _ADDRESS)
def test_two_addresses_have_two_files_and_none_is_the_folder_of_the_other(one: str, other: str) -> None:
    found = [places.place(one), places.place(other)]
    files = [each.file for each in found if each]
    assert len(files) == 2
    assert (files[0] == files[1]) == (found[0] == found[1])
    assert not files[0].startswith(f"{files[1]}/")


@given(_ADDRESS)
def test_each_name_is_one_that_hosts_and_sticks_take(address: str) -> None:
    found = places.place(address)
    assert found
    for segment in found.file.split("/"):
        assert 0 < len(segment) <= 255
        assert segment not in (".", "..")
        assert quote(segment, safe="=~") == segment


@given(_ADDRESS, _ADDRESS)
def test_a_link_leads_from_one_file_to_the_other(one: str, other: str) -> None:
    here, there = places.place(one), places.place(other)
    assert here
    assert there
    link = places.between(here.file, there.file)
    assert normpath(join(dirname(here.file), unquote(link))) == there.file


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/", "index.html"),
        ("/fr/", "fr/index.html"),
        ("/fr/odd/10.2", "fr/odd/10.2/index.html"),
        ("/fr/odd?page=2", "fr/odd/page=2/index.html"),
        ("/fr/projet/a?group=role&page=3", "fr/projet/a/group=role/page=3/index.html"),
        ("/fr/projet/a?page=3&group=role", "fr/projet/a/group=role/page=3/index.html"),
        ("/fr/projet/a?links=dct%3Asubject", "fr/projet/a/links=dct=3Asubject/index.html"),
        ("/data/odd/10.2.ttl", "data/odd/10.2.ttl"),
        ("/data/odd/10.ttl/2.ttl", "data/odd/10.ttl=/2.ttl"),
        ("/fr/odd/index.html", "fr/odd/index.html=/index.html"),
        ("/ns", "ns/index.html"),
        ("/ns?lang=fr", "ns/index.html"),
        ("/ns?lang=en", "ns/lang=en/index.html"),
        ("/ns.ttl", "ns.ttl"),
        ("/fr/projet?page=1", "fr/projet/index.html"),
        ("/feed.atom?lang=fr&page=1", "feed.page=1.atom"),
        ("/id/projet/a.ttl", "id/projet/a.ttl=/index.html"),
        ("/releases/r1/SHA256SUMS", "releases/r1/SHA256SUMS"),
        ("/ns/1.0.0", "ns/1.0.0/index.html"),
        ("/cite/odd/10.bib?lang=en", "cite/odd/10.lang=en.bib"),
        ("/questions/q01?lang=en&format=json", "questions/q01.lang=en.json"),
        ("/.well-known/void", ".well-known/void"),
        ("/releases/x/dataset.nq.gz", "releases/x/dataset.nq.gz"),
    ],
)
def test_a_file_is_called_as_its_address(address: str, file: str) -> None:
    found = places.place(address)
    assert found
    assert found.file == file


@pytest.mark.parametrize(
    "address",
    ["/sparql", "/sparql?query=x", "/releases/x/sparql", "/releases/x/fr/projet/a",
     "/api/resources/projet", "/fr/api/operations", "/limits", "/version/x/projet/a",
         "/fr/recherche?q=a", "/fr/projet?pays=pays-ma",
     "/fr/projet?page=1&page=2", "/fr/projet?format=csv", "/suggest?q=a", "/graph/source/x", "/data/../etc/passwd",
     "/fr/%2E%2E/x", "relative", "/questions/q01?format=../x"],
)  # fmt: skip
def test_what_has_no_end_of_answers_has_no_file(address: str) -> None:
    assert places.place(address) is None


@given(_PAGE)
def test_the_file_of_a_page_tells_its_address(address: str) -> None:
    found = places.place(address)
    assert found
    if len(max(found.segments, key=len)) < 200:
        assert places.address(found.file) == address
