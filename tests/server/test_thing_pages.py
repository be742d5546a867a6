"""What a person reads: statements with their sources, in both languages."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from flask.testing import FlaskClient

from terrinclus_kg.rdf.queries import query
from terrinclus_kg.resource.document import DATASET_LIMIT, DOCUMENT_LIMIT, LINKS_LIMIT
from tests.server.conftest import MANY

PAGES = [
    "",
    "projet",
    "evenement",
    "projet/essai",
    "acteur/equipe",
    "acteur/hostile",
    "fait/T01",
    "source/journal",
    "concept/role/porteur",
    "desaccord/debut",
    "odd/10",
    "participation/essai-equipe",
    "periode/depuis-2015",
]
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reading(HTMLParser):
    """Text and structure of a page; complains of tags that do not close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", "".join(self.words))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_structure(client: FlaskClient, path: str, lang: str) -> None:
    answer = client.get(f"/{lang}/{path}")
    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == lang
    page = Reading(answer.text)
    assert not page.open
    assert page.all("html")[0]["lang"] == lang
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    levels = [int(name[1]) for name, _ in page.seen if re.fullmatch("h[1-6]", name)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {script.get("type") for script in page.all("script")} <= {"application/ld+json", "module"}
    assert not [a for _, a in page.seen if "style" in a or any(key.startswith("on") for key in a)]
    assert all(scope.get("scope") in ("col", "row", "rowgroup") for scope in page.all("th"))
    alternates = {link.get("hreflang"): link["href"] for link in page.all("link") if link.get("hreflang")}
    assert alternates["fr"] == f"/fr/{path}"
    assert alternates["en"] == f"/en/{path}"
    for link in page.all("a"):
        href = link["href"] or ""
        if href.startswith("/") and not href.startswith("/sparql"):
            assert client.get(href).status_code in (200, 404, 410), href


def test_statements_carry_their_sources(client: FlaskClient) -> None:
    french = Reading(client.get("/fr/projet/essai").text).text
    assert "depuis 2015" in french
    assert "depuis 2013" in french
    assert (
        "Le journal du matin, publiée par L’éditeur · «\u00a0lancé en 2015\u00a0» · énoncé · 2015 · fait T01" in french
    )
    assert "«\u00a0dès 2013\u00a0» · inféré · fait T03 · Des sources se contredisent\u00a0: Début de l’essai" in french
    english = Reading(client.get("/en/projet/essai").text).text
    assert (
        "Le journal du matin, published by L’éditeur · «\u00a0lancé en 2015\u00a0» · stated · 2015 · fact T01"
        in english
    )
    assert "since 2013" in english


def test_nodes_are_unfolded_from_both_ends(client: FlaskClient) -> None:
    assert re.search("porteur – .*L’équipe – .*depuis 2015", Reading(client.get("/fr/projet/essai").text).text)
    assert re.search("porteur – .*L’essai – .*depuis 2015", Reading(client.get("/fr/acteur/equipe").text).text)


def test_a_label_in_another_language_says_so(client: FlaskClient) -> None:
    assert '<bdi lang="fr">L’éditeur</bdi>' in client.get("/en/source/journal").text
    assert '<bdi lang="en">' not in client.get("/en/projet/essai").text


def test_a_withdrawn_thing_leads_to_what_replaced_it(client: FlaskClient) -> None:
    answer = client.get("/fr/acteur/retire")
    assert answer.status_code == 410
    assert '<a href="/fr/acteur/equipe"><bdi>L’équipe</bdi></a>' in answer.text


def test_hostile_labels_are_text(client: FlaskClient) -> None:
    for lang in ("fr", "en"):
        page = client.get(f"/{lang}/acteur/hostile").text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "\u202e" not in page
        assert 'href="javascript:' not in page
        assert 'href="https://exemple.test/ok"' in page


def test_derived_statements_are_told_apart(client: FlaskClient) -> None:
    assert "Derived by our rules" in client.get("/en/acteur/equipe").text
    assert "Décrit par Terrinclus KG" in client.get("/fr/concept/role/porteur").text


def test_a_fact_shows_its_triples_and_a_source_its_facts(client: FlaskClient) -> None:
    fact = Reading(client.get("/en/fait/T02").text)
    assert "Led by the team" in fact.text
    assert "27 March 2017" in fact.text
    assert len(fact.all("tr")) == (1 + 5) + (1 + 1)  # its triples, and T01, which speaks of the trial too
    source = Reading(client.get("/fr/source/journal").text).text
    assert re.search("L’essai ?fait:T01 ?«\u00a0lancé en 2015\u00a0» ?énoncé ?2015 ?fait:T02", source)


def test_incoming_links_are_counted_and_paged(client: FlaskClient) -> None:
    page = client.get("/fr/projet/essai").text
    assert f"({MANY})" in page
    assert page.count("/fr/evenement/e") == 10
    address = re.search(r'href="(/fr/projet/essai\?group=[^"]+)"', page)
    assert address
    first = client.get(address[1]).text
    second = client.get(f"{address[1]}&page=2").text
    assert first.count("/fr/evenement/e") + second.count("/fr/evenement/e") == MANY
    assert client.get(f"{address[1]}&page=3").status_code == 404
    assert client.get("/fr/projet/essai?group=no-such").status_code == 404
    assert client.get("/fr/projet/essai?links=no:such").status_code == 404
    assert client.get("/fr/projet/essai?links=dct:creator").status_code == 404


def test_lists_are_alphabetical_and_paged(client: FlaskClient) -> None:
    first = client.get("/fr/evenement").text
    found = re.findall(r"Événement (\d\d)", first)
    assert found == sorted(found)
    assert len(found) == 20
    assert 'rel="next" href="/fr/evenement?page=2"' in first
    pages = [client.get(f"/fr/evenement?page={page}").text for page in range(1, MANY // 20 + 1)]
    assert [one for page in pages for one in re.findall(r"Événement (\d\d)", page)] == sorted(
        f"{number:02}" for number in range(MANY)
    )
    for wrong in ("0", "-1", str(MANY // 20 + 1), "x", "1.5", "9" * 5000):
        assert client.get(f"/fr/evenement?page={wrong}").status_code == 404
    assert client.get("/fr/participation").status_code == 404
    assert client.get("/fr/nokind").status_code == 404


def test_home_tells_what_there_is(client: FlaskClient) -> None:
    home = Reading(client.get("/en/").text).text
    assert f"{MANY} events" in home
    assert "1 project" in home
    assert "2 sources" in home
    assert "curl -L -H 'Accept: text/turtle' http://127.0.0.1:8000/id/projet/terrinclus" in home
    assert "one, of 1 January 2026" in home


@pytest.mark.parametrize(("header", "path"), [("en", "/en/"), ("fr", "/fr/"), (None, "/fr/"), ("de", "/fr/")])
def test_the_root_leads_home_by_language(client: FlaskClient, header: str | None, path: str) -> None:
    answer = client.get("/", headers={"Accept-Language": header} if header else {})
    assert (answer.status_code, answer.headers["Location"]) == (302, path)


def test_the_data_panel(client: FlaskClient) -> None:
    page = Reading(client.get("/fr/projet/essai").text)
    assert "https://w3id.org/terrinclus/id/projet/essai" in page.text
    (address,) = {a["href"] for a in page.all("a") if (a["href"] or "").startswith("/sparql?query")}
    assert address
    assert len(client.get(address).get_json()["results"]["bindings"]) > 60


def test_limits_agree_with_the_query() -> None:
    for slug, limit in (("links", LINKS_LIMIT), ("document", DOCUMENT_LIMIT), ("dataset", DATASET_LIMIT)):
        assert f"LIMIT {limit}\n" in query("pages", slug).text + "\n"
