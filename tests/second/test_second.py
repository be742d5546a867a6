"""Another dataset in the same service: planets and moons. Nothing that it answers may speak of Terrinclus.

The dataset lies in this folder, as its publisher would write it; ``docs/publishers.md`` tells how. It is built and
served by processes of their own: which dataset it is, a process knows when it starts.
"""

from __future__ import annotations

import gzip
import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store, parse
from rdflib import DCTERMS, OWL, RDF, Graph, URIRef

from terrinclus_kg import resources
from tests.service import Response, Service, fetch, follow, running

SKY = Path(__file__).parent
BASE = "https://example.org/sky/"
FACTS = "https://w3id.org/terrinclus/ns#"
# What may speak of Terrinclus: the vocabulary of facts, headers, the name of the program and of its package.
PRODUCT = re.compile(
    r"https(?::|%3A)(?:/|%2F){2}w3id\.org(?:/|%2F)terrinclus(?:/|%2F)(?:ns(?:#|%23)?\w*|concept(?:/|%2F)statut(?:(?:/|%2F)\w+)?)"
    r"|Terrinclus-(?:Release|Left)|terrinclus-kg [0-9.]+|Terrinclus KG, Apache 2\.0|Logiciel : Terrinclus KG"
)
FOREIGN = re.compile(r"(?i)terrinclus|\bprojet\b|département|\bSDGs?\b|\bODD\b|/id/(?:acteur|territoire)/")
DOCUMENTS = (
    "/data/planet/mars.ttl",
    "/data/moon/io.jsonld",
    "/data/fact/size-mars.trig",
    "/ns.ttl",
    "/shapes",
    "/context.jsonld",
    "/sparql?format=turtle",
    "/questions",
    "/questions/moons?planet=planet/mars&format=csv",
    "/en/recherche?q=mars&format=json",
    "/suggest?q=ma&lang=en",
    "/opensearch.xml?lang=en",
    "/robots.txt",
    "/sitemap.xml?part=pages",
    "/cite/planet/mars.bib",
    "/data/flyby/voyager-1-jupiter.ics",
    "/.well-known/void",
    "/prefixes",
    "/catalog?format=ttl",
    "/llms.txt",
    "/openapi.json",
    "/fragments?format=ttl",
    "/nanopub/fact/size-mars.trig",
    "/api/resources/planet/mars",
    "/api/questions",
    "/reconcile/en",
    "/en/reseau?centre=moon/io&format=json",
)


def run(*arguments: str, dataset: Path | str = SKY, home: Path) -> subprocess.CompletedProcess[str]:
    """The program, at work on a dataset."""
    given = {"TERRINCLUS_DATASET": str(dataset), "TERRINCLUS_HOME": str(home), "TERRINCLUS_CONFIG": os.devnull}
    line = [sys.executable, "-m", "terrinclus_kg", *arguments]
    return subprocess.run(line, env=os.environ | given, capture_output=True, text=True)


def altered(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """A copy of the dataset in a folder, with other texts in some files: file, what stands there, what instead."""
    copy = shutil.copytree(SKY, folder / "sky")
    for name, old, new in changes:
        text = (copy / name).read_text()
        assert old in text, name
        (copy / name).write_text(text.replace(old, new, 1))
    return copy


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with a release of the dataset."""
    folder = tmp_path_factory.mktemp("sky")
    built = run("build", home=folder)
    assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[Service]:
    """The dataset, served."""
    with running(home, dataset=SKY) as site:
        yield site


def foreign(text: str) -> list[str]:
    """What a text says that only Terrinclus would."""
    told = PRODUCT.sub("", html.unescape(text).replace("\u00a0", " "))
    return [told[max(0, found.start() - 40) : found.end() + 40] for found in FOREIGN.finditer(told)]


def links(page: str) -> set[str]:
    """The pages of the site that a page leads to, without other states of the same."""
    found = {html.unescape(target).partition("#")[0] for target in re.findall(r'(?:href|src)="(/[^"/][^"]*)"', page)}
    endless = ("/fragments/", "/releases/", "/timemap/")
    return {
        path for path in found if path.partition("?")[2] in ("", "lang=fr", "lang=en") and not path.startswith(endless)
    }


def test_it_shares_no_class_with_terrinclus() -> None:
    ours = Graph()
    for name in ("terrinclus", "display-labels"):
        ours.parse(resources.root("ontology") / f"{name}.ttl")
    theirs, used = Graph().parse(SKY / "ontology" / "sky.ttl"), set()
    for file in SKY.glob("data/*/*/*.trig"):
        said = parse(path=file, format=RdfFormat.TRIG)
        used |= {quad.object.value for quad in said if quad.predicate.value == str(RDF.type)}
    assert used == {str(each) for each in theirs.subjects(RDF.type, OWL.Class)}
    assert used & {str(each) for each in ours.subjects()} == set()


def test_every_page_can_be_followed_and_is_about_its_own(service: Service) -> None:
    seen, open_, wrong = set(), ["/fr/", "/en/"], {}
    while open_ and len(seen) < 500:
        path = open_.pop(0)
        answer = follow(service.url + path, Accept="text/html, */*;q=0.1", Accept_Language="en")
        seen.add(path)
        assert answer.status == 200, path
        if "html" in answer.headers["content-type"]:
            if told := foreign(answer.text):
                wrong[path] = told
            open_ += sorted(links(answer.text) - seen - set(open_))
    assert wrong == {}
    assert {"/fr/planet", "/en/planet/mars", "/en/moon/io", "/fr/source/gazetteer", "/en/questions/moons"} <= seen


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_document_is_about_its_own(service: Service, path: str) -> None:
    answer = follow(service.url + path)
    assert answer.status == 200
    assert foreign(answer.text) == []


def test_the_head_of_a_page(service: Service) -> None:
    page = fetch(f"{service.url}/en/").text
    assert "<title>The sky, sourced – Sky</title>" in page
    assert 'class="brand" href="/en/">Sky</a>' in page
    assert 'placeholder="Planet, moon…"' in page
    assert "CC0 1.0" in page
    named = [text for _, text in re.findall(r'<li><a href="/en/(\w+)"[^>]*>([^<]+)</a></li>', page)]
    assert named[:6] == ["Planets", "Moons", "Astronomers", "Network", "Timeline", "Questions"]
    sheet = fetch(service.url + re.findall(r'href="(/static/dist/site-\w+\.css)"', page)[0]).text
    assert "--accent: #1f3a93" in sheet
    assert ".k-planet" in sheet
    assert "#f2b56b" in fetch(service.url + re.findall(r'href="(/static/dist/icon-\w+\.svg)"', page)[0]).text


def test_a_drawing_as_a_file_has_the_colours_of_the_dataset(service: Service) -> None:
    drawn = fetch(f"{service.url}/en/reseau?centre=planet/jupiter&format=svg").text
    assert ".k-planet { color: #8a4b00; }" in drawn
    assert "light-dark" not in drawn
    assert "var(--" not in drawn


def test_what_the_dataset_has_not_is_not_there(service: Service) -> None:
    for path in ("/en/carte", "/en/desaccords", "/en/odd", "/id/projet/terrinclus", "/en/planet/vulcan"):
        assert fetch(service.url + path, Accept="text/html").status == 404, path
    assert foreign(fetch(f"{service.url}/en/nothing", Accept="text/html").text) == []
    problem = json.loads(fetch(f"{service.url}/en/planet/vulcan", Accept="application/json").body)
    assert problem["type"].startswith(BASE)


def test_a_thing_leads_to_its_page_and_its_data(service: Service) -> None:
    assert fetch(f"{service.url}/id/moon/io", Accept="text/html").headers["location"] == "/fr/moon/io"
    assert fetch(f"{service.url}/id/moon/io", Accept="text/turtle").headers["location"] == "/data/moon/io.ttl"
    page = fetch(f"{service.url}/fr/moon/io").text
    for told in ("Io est une lune de Jupiter", "découverte en 1610", "Galilée", "Planet and Satellite Names"):
        assert told in page
    stored = Store()
    stored.load(fetch(f"{service.url}/data/moon/io.ttl").body, format=RdfFormat.TURTLE)
    assert stored.query(f"ASK {{ <{BASE}id/moon/io> <{BASE}ns#orbits> <{BASE}id/planet/jupiter> }}")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own JSON-LD reader
def test_a_thing_for_applications_is_json_ld_of_its_data(service: Service) -> None:
    told = json.loads(fetch(f"{service.url}/api/resources/moon/io", Accept="application/ld+json").body)
    told["@context"][0] = json.loads(fetch(f"{service.url}/context.jsonld").body)["@context"]
    read = Graph().parse(data=json.dumps(told), format="json-ld")
    given = Graph().parse(data=fetch(f"{service.url}/data/moon/io.ttl").text, format="turtle")
    assert set(given) <= set(read)


def test_the_page_of_the_ontology_has_its_terms(service: Service) -> None:
    page = fetch(f"{service.url}/ns?lang=en", Accept="text/html").text
    assert re.search(r"<h1>\s*(<[^>]*>)?Sky ontology<", page)
    assert '<article class="term" id="orbits">' in page
    assert "<code>sky:Planet</code>" in page
    assert "Classes (5)" in page
    assert "Concept schemes" not in page


def test_the_catalogue_offers_what_there_is(service: Service) -> None:
    told = Graph().parse(data=fetch(f"{service.url}/catalog?format=ttl").text)
    titles = {(str(each), each.language) for each in told.objects(URIRef(f"{BASE}ns"), DCTERMS.title)}
    assert titles == {("Ontologie du ciel", "fr"), ("Sky ontology", "en")}
    assert (None, None, URIRef(f"{BASE}dataset/sky/reference")) not in told


def test_what_the_product_does_with_dates(service: Service) -> None:
    page = fetch(f"{service.url}/en/chronologie").text
    assert page.index("Voyager 1 flyby of Jupiter") < page.index("Voyager 2 flyby of Neptune")
    assert "DTSTART;VALUE=DATE:19790305" in fetch(f"{service.url}/data/flyby/voyager-1-jupiter.ics?lang=en").text
    assert ".ics" in fetch(f"{service.url}/en/flyby/voyager-1-jupiter").text


def test_a_source_has_a_page_without_configuration(service: Service) -> None:
    page = fetch(f"{service.url}/en/source/voyager").text
    assert "What this source says" in page
    assert "graph:source" not in page
    assert "table of encounters" in page
    turtle = fetch(f"{service.url}/data/source/voyager.ttl").text
    assert "authority/language/ENG" in turtle
    assert '"Voyager Project Information"@en-' in turtle


def test_notes_for_who_edits_are_not_shown(service: Service) -> None:
    for path in ("/en/", "/en/sparql", "/en/planet/mars", "/en/reseau"):
        assert "\n# " not in re.sub(r"<(style|script)[\s\S]*?</\1>", "", fetch(service.url + path).text), path


def test_a_release_of_another_dataset_is_refused(home: Path) -> None:
    for command in (["serve", "--port", "0"], ["doctor"]):
        done = run(*command, dataset="", home=home)
        assert done.returncode == 1
        assert f"is of the dataset {BASE}" in done.stdout + done.stderr


def test_files_where_the_identifiers_begin(home: Path, tmp_path: Path) -> None:
    """Then an identifier and an address of the copy look alike, and each identifier that pages name has its file."""
    without = [word for suffix in ("rdf", "nt", "trig", "nq", "bib", "ris") for word in ("--without", suffix)]
    done = run("export", "--static", str(tmp_path / "sky"), "--base-url", BASE, *without, home=home)
    assert done.returncode == 0, done.stderr
    for page in ("id/moon/io", "ns", "dataset/sky", "en/moon/io"):
        assert (tmp_path / "sky" / page / "index.html").is_file(), page
    assert {path: told for path in tmp_path.rglob("*.html") if (told := foreign(path.read_text()))} == {}


def test_queries_and_questions(service: Service) -> None:
    query = f"SELECT ?s WHERE {{ GRAPH ?f {{ <id/moon/io> <{BASE}ns#discovered> ?y }} ?f <{FACTS}status> ?s }}"
    assert "concept/statut/enonce" in ask(service, query).text
    found = fetch(f"{service.url}/questions/moons?planet=Mars&lang=en&format=csv").text
    assert [line.split(",")[1] for line in found.splitlines()[1:]] == ["Deimos", "Phobos"]
    assert fetch(f"{service.url}/questions/sizes?least=100000&lang=fr&format=csv").text.count("\n") == 3


def test_the_dump_is_whole(service: Service) -> None:
    releases = json.loads(fetch(f"{service.url}/releases", Accept="application/json").body)
    text = json.dumps(releases)
    (release,) = set(re.findall(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}", text))
    dump = gzip.decompress(fetch(f"{service.url}/releases/{release}/dataset.nq.gz").body).decode()
    assert foreign(dump) == []
    assert f"<{BASE}id/fact/size-mars>" in dump
    (count,) = re.findall(r'"value" *: *"(\d+)"', ask(service, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").text)
    assert int(count) > 1000


def test_a_wrong_dataset_is_told(tmp_path: Path) -> None:
    (tmp_path / "ontology").mkdir()
    (tmp_path / "ontology" / "dataset.toml").write_text('base = "nowhere"')
    for folder, told in ((tmp_path, "ontology/dataset.toml: base: "), (tmp_path / "gone", "TERRINCLUS_DATASET: ")):
        done = run("validate", dataset=folder, home=tmp_path)
        assert done.returncode == 1
        assert done.stderr.startswith(f"terrinclus-kg: {told}")
        assert "Traceback" not in done.stderr


def test_all_faults_of_configuration_are_told_before_anything_starts(tmp_path: Path) -> None:
    folder = altered(
        tmp_path,
        ("web/site.toml", 'start = "planet/jupiter"', 'strt = "planet/jupiter"'),
        ("web/pages.toml", '"^sky:orbits"', '"^sky:orbit"'),
        ("ontology/context.jsonld", "sky:orbits", "nowhere:orbits"),
        ("queries/questions/moons.rq", '"year"', '"yaer"'),
        ("queries/questions/sizes.rq", "?planet sky:diameter", "?planet sky:diametre"),
    )
    (folder / "ontology/reconciliation.toml").write_text('any_order = ["comet"]')
    done = run("serve", dataset=folder, home=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "terrinclus-kg: ontology/context.jsonld: orbits: nowhere:orbits has no prefix that is declared",
        "web/site.toml: network.start: is missing; network.strt: there is no such key",
        "web/pages.toml: page.0.group.0.links.0: sky:orbit: the ontology has no such term: sky:orbits?",
        "ontology/reconciliation.toml: any_order.0: no such kind: comet",
        "queries/questions/moons.rq: columns: the query does not select yaer",
        "queries/questions/sizes.rq: sky:diametre: the ontology has no such term: sky:diameter?",
    ]


def test_doubts_are_told_and_block_nothing(tmp_path: Path) -> None:
    folder = altered(
        tmp_path,
        ("web/site.toml", 'example = "planet/mars"', 'example = "planet/vulcan"'),
        ("ontology/kinds.toml", 'base = "id/astronomer/"', 'base = "id/astronomers/"'),
        ("data/sources/nasa-fact-sheet/facts.trig", "sky:year 224.7", "<https://example.org/other#year> 224.7"),
        ("data/sources/gazetteer/facts.trig", ' , "Phobos orbits Mars; Asaph Hall, 1877"@en', ""),
    )
    done = run("validate", dataset=folder, home=tmp_path)
    assert done.returncode == 0, done.stderr
    for told in (
        "planet:vulcan",
        "web/site.toml: home.example names it, and nothing is said of it",
        "ontology/kinds.toml astronomer\n    rien n’a d’IRI de cette sorte",
        "described in fr only, not in en",
        "https://example.org/other#year\n    une propriété sans libellé",
    ):
        assert told in done.stdout, told


def ask(service: Service, query: str) -> Response:
    """The answer to a query, as JSON."""
    return fetch(f"{service.url}/sparql", data=query.encode(), Content_Type="application/sparql-query")
