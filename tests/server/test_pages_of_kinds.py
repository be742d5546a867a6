"""What a visitor reads on the page of each kind of thing of the real graph, in both languages."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize

from terrinclus_kg import resource
from terrinclus_kg.config import Settings
from terrinclus_kg.rdf.iri import Name
from terrinclus_kg.rdf.namespaces import BASE, DCT, GRAPH, RDF, SKOS, TI, Namespace
from terrinclus_kg.server import create_app
from terrinclus_kg.store.reader import Reader
from tests.small_store import make_release, reading

CV = Namespace("http://data.europa.eu/m8g/")
BUDGET = 30_000  # bytes of a reading page, compressed
N, B = "\u202f", "\u00a0"


@pytest.fixture(scope="module")
def reader(home: Path) -> Iterator[Reader]:
    reader = Reader(Settings(home=home))
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def client(reader: Reader) -> FlaskClient:
    return create_app(reader._settings, reader).test_client()


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert len(gzip.compress(answer.data)) < BUDGET
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.text).replace("&#39;", "'").replace("&amp;", "&"))


def read(client: FlaskClient, path: str) -> str:
    """As `text`, without the blanks that tags leave."""
    answer = client.get(path)
    return re.sub("[ \n]+", " ", re.sub("<[^>]+>", "", answer.text))


READ = {
    "projet/terrinclus": (
        [
            "Terrinclus est un projet de coopération, avec 12 participants",
            "En bref",
            "Participants (13)",
            "Sources de cette page",
        ],
        ["Terrinclus is a cooperation project, with 12 participants", "Participants (13)", "Sources of this page"],
    ),
    "partenariat/savoie-bignona": (
        ["partenariat entre territoires depuis 1988, dont la collectivité membre est", "Collectivités membres"],
        ["a partnership between territories since 1988", "Member authorities"],
    ),
    "acteur/departement-44": (
        ["qui prend part à 10 projets et partenariats, avec 13 autres acteurs.", "Voir les projets communs", "Filtrer"],
        ["takes part in 10 projects and partnerships, with 13 other actors.", "See the common projects"],
    ),
    "personne/andre-viola": (
        ["André Viola est une personne, avec ces fonctions", "Fonctions (6)"],
        ["with these functions", "Functions (6)"],
    ),
    "territoire/departement-44": (
        [
            "Loire-Atlantique est un département français (Pays de la Loire)",
            "Projets d’acteurs d’ici (10)",
            "Fait partie de",
        ],
        ["Loire-Atlantique is a French département", "Projects of actors from here (10)"],
    ),
    "territoire/pays-ma": (
        ["Maroc est un pays", "Projets menés ici (11)", "Comprend (5)"],
        ["Projects carried out here (11)"],
    ),
    "evenement/restitution-2017-03-27": (
        ["événement passé", "qui a lieu le 27 mars 2017", "Ajouter à un agenda", "Organisateurs et participants (9)"],
        ["past event", "held on 27 March 2017", "Add to a calendar"],
    ),
    "publication/agir-en-cooperation-2015": (
        ["paru en mars 2015", "auteurs\u00a0: Michèle Pasteur et Simon Letonturier"],
        ["issued in March 2015; authors: Michèle Pasteur and Simon Letonturier"],
    ),
    "defi/juridique": (
        ["affirmé par\u00a0: Villes de France", "Affirmé par (1)", "Rapporté par (1)"],
        ["asserted by: Villes de France", "Reported by (1)"],
    ),
    "constat/cooperation-sociale-peu-couteuse": (["Affirmé par", "Rapporté par"], ["Asserted by", "Reported by"]),
    "odd/10": (
        [
            "Objectif 10",
            "Objectif précédent\u00a0: 9",
            "qui compte 10 cibles",
            "Cibles (10)",
            "Réduire les inégalités dans les pays",
        ],
        ["Goal 10", "Next goal: 11", "with 10 targets", "Reduce inequality within and among countries"],
    ),
    "odd/10.2": (
        ["Cible 10.2", "Objectif de cette cible", "10 Inégalités réduites"],
        ["Target 10.2", "aligned with it"],
    ),
    "source/villes-de-france-ondes-urbaines-460": (
        ["43 faits en sont tirés", "Ce que dit cette source (43)"],
        ["43 facts are drawn from it"],
    ),
    "fait/A01": (
        [
            "Les triplets de ce fait",
            "énoncé",
            "Contredit par d’autres faits (1)",
            "Autres faits de la même source sur le même sujet (5)",
        ],
        ["The triples of this fact", "Contradicted by other facts (1)"],
    ),
    "concept/role/porteur": (
        ["porteur est un concept de la liste Rôles dans une activité.", "À ce titre"],
        ["In this role"],
    ),
    "concept/role": (["une liste de concepts", "Concepts ("], ["a list of concepts"]),
}


@pytest.mark.parametrize("path", READ)
def test_what_a_visitor_reads(client: FlaskClient, path: str) -> None:
    for lang, wanted in zip(("fr", "en"), READ[path], strict=True):
        plain = read(client, f"/{lang}/{path}")
        for words in wanted:
            assert words in plain, f"/{lang}/{path}: {words}"


def test_sources_that_disagree_stand_side_by_side(client: FlaskClient) -> None:
    plain = text(client, "/fr/projet/terrinclus")
    facts = plain[plain.index("En bref") : plain.index("Participants (13)") if "Participants (13)" in plain else None]
    assert re.search("depuis 2013 Source.*2013.*fait A06.*Des sources se contredisent.*depuis 2015.*fait A01", facts)
    assert " depuis 2013 , " not in plain  # the sentence takes no side


@pytest.mark.parametrize(
    "name", [Name("projet", "terrinclus"), Name("acteur", "adf"), Name("odd", "10.2"), Name("territoire", "pays-ma")]
)
def test_counts_are_those_of_sparql(reader: Reader, name: Name) -> None:
    page = resource.describe(reader, name, "fr")
    assert page.groups
    for group in page.groups:
        count = 0
        for link in group.links:
            ends = f"?x <{link.property}> <{name.iri}>" if link.inverse else f"<{name.iri}> <{link.property}> ?x"
            (row,) = reader.rows(f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {ends} }}")
            count += int(row["n"].value)
        assert group.count == count, group.key


def test_a_table_is_filtered_and_paged_by_address(client: FlaskClient) -> None:
    path = "/fr/acteur/departement-44?table=projets"
    assert "10 au total" in text(client, path)
    only = text(client, f"{path}&country={BASE}id/territoire/pays-tn")
    assert "1 sur 10" in only
    assert "Loire-Atlantique – Tunisie" in only
    assert "Recentrage" not in only
    assert client.get(f"{path}&page=2").status_code == 404
    assert client.get("/fr/acteur/departement-44?table=nothing").status_code == 404
    assert text(client, f"{path}&role=%3Cscript%3E&year=x").count("0 sur 10") == 1


def test_partners_lead_to_what_is_common(client: FlaskClient, reader: Reader) -> None:
    page = client.get("/en/acteur/departement-44").text
    addresses = re.findall(r'href="(/en/acteur/departement-44\?with=[^"]+)"', page)
    assert len(addresses) == 13
    told = resource.describe(reader, Name("acteur", "departement-44"), "en").table("partenaires")
    assert told
    for line, address in zip(told.lines, addresses, strict=True):
        common = client.get(address).text
        assert len(re.findall("<li><a href=./en/(?:projet|partenariat)/", common)) == int(line.cells[1][0].value)
    assert client.get("/en/acteur/departement-44?with=x").status_code == 404
    assert client.get(f"/en/odd/10?with={BASE}id/acteur/adf").status_code == 404


def test_drawings_hold_no_links_and_have_their_words(client: FlaskClient) -> None:
    page = client.get("/fr/personne/andre-viola").text
    drawn = re.findall("<svg[^>]*role=.img.*?</svg>", page, re.DOTALL)
    assert drawn
    assert all("aria-label" in each and "<a " not in each for each in drawn)


def hub() -> str:
    """A role of 700 involvements, and one thing that mentions it by a rare property."""
    graph, role = GRAPH["source/site"], NamedNode(BASE + "concept/role/porteur")
    quads = [Quad(role, RDF["type"], SKOS["Concept"], graph), Quad(role, SKOS["prefLabel"], Literal("x"), graph)]
    for number in range(700):
        node, thing = (NamedNode(f"{BASE}id/{kind}/{number}") for kind in ("participation", "projet"))
        quads += [
            Quad(thing, CV["hasParticipation"], node, graph),
            Quad(node, RDF["type"], TI["Involvement"], graph),
            Quad(node, CV["role"], role, graph),
        ]
    quads.append(Quad(NamedNode(f"{BASE}id/projet/rare"), DCT["subject"], role, graph))
    return serialize(quads + [Quad(q.subject, q.predicate, q.object) for q in quads], format=RdfFormat.TRIG).decode()


def test_a_hub_is_counted_and_shows_the_first_of_each_relation(tmp_path: Path) -> None:
    make_release(tmp_path, "hub", hub(), {})
    with reading(tmp_path) as reader:
        page = resource.describe(reader, Name("concept", "role/porteur"), "fr")
        counts = {group.key: (group.count, group.whole, len(group.first)) for group in page.groups}
        assert counts == {"roles": (700, False, 10), "themes": (1, True, 1)}
        assert page.groups[1].statements[0].cells[0].key == CV["hasParticipation"].value
        client = create_app(reader._settings, reader).test_client()
        shown = read(client, "/fr/concept/role/porteur")
        assert "10 sur 700 sont affichés ici." in shown
        assert "/fr/concept/role/porteur?links=cv%3Arole" in client.get("/fr/concept/role/porteur").text


def test_a_page_with_nothing_but_a_type_reads_well(tmp_path: Path) -> None:
    thing = NamedNode(BASE + "id/acteur/bare")
    quads = [
        Quad(thing, RDF["type"], NamedNode("http://e/Unheard"), graph) for graph in (GRAPH["source/x"], None) if graph
    ]
    data = [*quads, *(Quad(q.subject, q.predicate, q.object) for q in quads)]
    make_release(tmp_path, "bare", serialize(data, format=RdfFormat.TRIG).decode(), {})
    with reading(tmp_path) as reader:
        shown = read(create_app(reader._settings, reader).test_client(), "/fr/acteur/bare")
    assert "acteur:bare" in shown
    assert "est un" not in shown
    assert "En bref" not in shown
