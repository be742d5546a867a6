"""The catalogue: what DCAT-AP 3.0.1 asks of it, in our words, and that what it points to is there.

The shapes of SEMIC are not ours to copy. With them in a folder (github.com/SEMICeu/DCAT-AP, releases/3.0.1, files
``dcat-ap*.ttl``) named by ``DCAT_AP_SHAPES``, the catalogue is held against those that are mandatory and of ranges too.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from terrinclus_kg.config import Settings
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.formats import RDF_FORMATS
from terrinclus_kg.rdf.namespaces import (
    BASE,
    DATASET,
    DCAT,
    DCT,
    ENDPOINT,
    FOAF,
    PROV,
    RDF,
    RDFS,
    SKOS,
    VOID,
    XSD,
    Namespace,
    sparql_prologue,
)
from terrinclus_kg.server import create_app
from terrinclus_kg.server.context import EXTENSION
from tests.server.conftest import Buffering

HOST = "https://kg.example.org"
SPDX, VCARD = Namespace("http://spdx.org/rdf/terms#"), Namespace("http://www.w3.org/2006/vcard/ns#")
Told = dict[NamedNode, dict[NamedNode, list[NamedNode | Literal]]]
SHAPES = os.environ.get("DCAT_AP_SHAPES")  # read before the settings of who runs this are put away


@pytest.fixture(scope="module")
def real(home: Path) -> Iterator[FlaskClient]:
    """The application over the real release."""
    app = create_app(Settings(home=home, public_url=HOST, contact="kg@example.org", client_seconds=1e6))
    app.test_client_class = Buffering
    yield app.test_client()
    app.extensions[EXTENSION].reader.close()


@pytest.fixture(scope="module")
def told(real: FlaskClient) -> Told:
    """The catalogue: subject → property → values."""
    found: Told = defaultdict(lambda: defaultdict(list))
    for quad in parse(real.get("/catalog.nt").data, format=RdfFormat.N_TRIPLES):
        found[quad.subject][quad.predicate].append(quad.object)
    return found


def of_class(told: Told, kind: NamedNode) -> list[dict[NamedNode, list[NamedNode | Literal]]]:
    return [values for values in told.values() if kind in values[RDF["type"]]]


@pytest.mark.parametrize("form", RDF_FORMATS, ids=lambda form: form.suffix)
def test_it_is_there_in_every_format(real: FlaskClient, form) -> None:
    answer = real.get("/catalog", headers={"Accept": form.media_type})
    assert (answer.status_code, answer.mimetype) == (200, form.media_type)
    assert len(list(parse(answer.data, format=form.rdf))) > 1000
    assert real.get(f"/catalog.{form.suffix}").mimetype == form.media_type


MANDATORY = {  # DCAT-AP 3.0.1, chapter 7: properties that each must have, those that it may have once
    DCAT["Catalog"]: ((DCT["title"], DCT["description"], DCT["publisher"]), (DCT["publisher"], DCT["license"])),
    DCAT["Dataset"]: (
        (DCT["title"], DCT["description"]),
        (DCT["publisher"], DCT["accrualPeriodicity"], DCT["accessRights"], DCT["issued"], DCAT["version"]),
    ),
    DCAT["Distribution"]: (
        (DCAT["accessURL"],),
        (DCT["format"], DCT["license"], DCAT["byteSize"], DCAT["mediaType"], DCAT["compressFormat"], SPDX["checksum"]),
    ),
    DCAT["DataService"]: ((DCT["title"], DCAT["endpointURL"]), (DCT["license"], DCT["publisher"])),
    DCAT["DatasetSeries"]: ((DCT["title"], DCT["description"]), (DCT["publisher"],)),
    SPDX["Checksum"]: ((SPDX["algorithm"], SPDX["checksumValue"]), (SPDX["algorithm"], SPDX["checksumValue"])),
    FOAF["Agent"]: ((FOAF["name"],), ()),
    VCARD["Kind"]: ((VCARD["fn"], VCARD["hasEmail"]), ()),
    SKOS["Concept"]: ((SKOS["prefLabel"],), ()),
}
RANGES = {
    DCT["publisher"]: FOAF["Agent"],
    DCT["language"]: DCT["LinguisticSystem"],
    DCT["spatial"]: DCT["Location"],
    DCT["license"]: DCT["LicenseDocument"],
    DCT["accessRights"]: DCT["RightsStatement"],
    DCT["conformsTo"]: DCT["Standard"],
    DCT["format"]: DCT["MediaTypeOrExtent"],
    DCT["accrualPeriodicity"]: DCT["Frequency"],
    DCAT["mediaType"]: DCT["MediaType"],
    DCAT["compressFormat"]: DCT["MediaType"],
    DCAT["dataset"]: DCAT["Dataset"],
    DCAT["service"]: DCAT["DataService"],
    DCAT["distribution"]: DCAT["Distribution"],
    DCAT["contactPoint"]: VCARD["Kind"],
    DCAT["theme"]: SKOS["Concept"],
    DCAT["landingPage"]: FOAF["Document"],
    DCAT["inSeries"]: DCAT["DatasetSeries"],
    DCAT["accessService"]: DCAT["DataService"],
    DCAT["servesDataset"]: DCAT["Dataset"],
    SPDX["checksum"]: SPDX["Checksum"],
}


@pytest.mark.parametrize("kind", list(MANDATORY), ids=lambda kind: kind.value)
def test_each_has_what_it_must_and_nothing_twice(told: Told, kind: NamedNode) -> None:
    needed, single = MANDATORY[kind]
    found = of_class(told, kind)
    assert found
    for values in found:
        assert not [term for term in needed if not values[term]]
        assert not [term for term in single if len(values[term]) > 1]
        for term in (DCT["title"], DCT["description"]):
            languages = [text.language for text in values[term] if isinstance(text, Literal) and text.language]
            assert len(languages) == len(set(languages))


def test_values_are_of_the_classes_that_are_asked(told: Told) -> None:
    for values in list(told.values()):
        for term, kind in RANGES.items():
            for value in values[term]:
                assert kind in told[value][RDF["type"]], (term, value)


def test_texts_are_in_both_languages_but_titles_of_sources_in_their_own(told: Told) -> None:
    for kind in (DCAT["Catalog"], DCAT["Dataset"], DCAT["DataService"]):
        for values in of_class(told, kind):
            assert {text.language for text in values[DCT["description"]]} == {"fr", "en"}
            if PROV["wasDerivedFrom"] in values:
                (source,) = values[PROV["wasDerivedFrom"]]
                assert {*values[DCT["title"]]} == {*told[source][DCT["title"]]}
            else:
                assert {text.language for text in values[DCT["title"]]} == {"fr", "en"}


def test_the_terms_are_those_of_each(told: Told) -> None:
    whole = {NamedNode(iri) for iri in about().licences}
    assert {*told[DATASET][DCT["license"]]} == whole
    for node in told[DATASET][DCAT["distribution"]]:  # may have one licence: the rights tell of all
        assert told[node][DCT["license"]] == [NamedNode(about().licences[0])]
        assert {*told[told[node][DCT["rights"]][0]][DCT["license"]]} == whole
    for key, licences, rights in (
        ("territoires-francais", ["https://www.etalab.gouv.fr/licence-ouverte-open-licence/"], ""),
        ("pays", [], "Names: CLDR (Unicode License v3)."),
        ("adf-terrinclus", [*about().licences], "At the choice of who uses the data"),
    ):
        dataset = told[NamedNode(f"{BASE}graph/source/{key}")]
        (distribution,) = dataset[DCAT["distribution"]]
        assert [value.value for value in dataset[DCT["license"]]] == licences
        assert [value.value for value in told[distribution][DCT["license"]]] == licences[:1]
        said = [text.value for node in told[distribution][DCT["rights"]] for text in told[node][RDFS["label"]]]
        assert any(text.startswith(rights) for text in said) if rights else not said


def test_files_are_there_as_large_as_told_and_unharmed(real: FlaskClient, told: Told) -> None:
    current = told[DATASET]
    files = [told[node] for node in current[DCAT["distribution"]]]
    assert files
    for file in files:
        (address,) = file[DCAT["downloadURL"]]
        answer = real.get(address.value.removeprefix(HOST))
        assert answer.status_code == 200
        (size,), (checksum,) = file[DCAT["byteSize"]], file[SPDX["checksum"]]
        assert int(size.value) == len(answer.data)
        (value,) = told[checksum][SPDX["checksumValue"]]
        assert value == Literal(hashlib.sha256(answer.data).hexdigest(), datatype=XSD["hexBinary"])
    media = {value.value.rpartition("media-types/")[2] for file in files for value in file[DCAT["mediaType"]]}
    assert {"application/n-quads", "text/turtle", "application/trig", "application/ld+json", "text/csv"} <= media


def test_services_that_are_told_answer(real: FlaskClient, told: Told) -> None:
    services = of_class(told, DCAT["DataService"])
    assert len(services) >= 3
    for values in services:
        for term in (DCAT["endpointURL"], DCAT["endpointDescription"]):
            for address in values[term]:
                assert address.value.startswith(HOST)
                assert real.get(address.value.removeprefix(HOST)).status_code in (200, 400), address


def test_every_source_is_a_dataset_whose_graph_can_be_had(real: FlaskClient, told: Told) -> None:
    derived = [values for values in told.values() if NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom") in values]
    rows = real.get("/sparql", query_string={"query": f"SELECT ?g {{ ?g a <{BASE}ns#SourceGraph> }}", "format": "csv"})
    assert len(derived) == len(rows.text.split()) - 1
    pages = {value.value for values in derived for value in values[DCAT["landingPage"]]}
    assert len(pages) == len(derived)
    for page in sorted(pages)[:3]:
        assert real.get(page.removeprefix(HOST)).status_code == 200


@pytest.mark.parametrize(
    ("key", "held"),
    [
        ("graph/source/adf-terrinclus", "GRAPH ?g { ?s ?p ?o } ?g dct:source source:adf-terrinclus"),
        ("dataset/terrinclus/facts", "GRAPH ?g { ?s ?p ?o } ?g a ti:Fact"),
        ("dataset/terrinclus/reference", "GRAPH <https://w3id.org/terrinclus/graph/source/pays> { ?s ?p ?o }"),
    ],
)
def test_what_a_query_gives_is_all_that_a_part_holds(real: FlaskClient, told: Told, key: str, held: str) -> None:
    (node,) = told[NamedNode(BASE + key)][DCAT["distribution"]]
    (address,), (media_type,) = told[node][DCAT["downloadURL"]], told[node][DCAT["mediaType"]]
    answer = real.get(address.value.removeprefix(HOST))
    assert (answer.status_code, answer.mimetype) == (200, media_type.value.rpartition("media-types/")[2])
    found = {str(quad.triple) for quad in parse(answer.data, format=RdfFormat.TURTLE)}
    text = f"CONSTRUCT {{ ?s ?p ?o }} {{ {held} }}"
    asked = real.get("/sparql", query_string={"query": sparql_prologue(text) + text, "format": "nt"})
    expected = {str(quad.triple) for quad in parse(asked.data, format=RdfFormat.N_TRIPLES)}
    assert expected
    assert expected <= found if key.endswith("reference") else expected == found


def test_void_service_description_and_catalogue_speak_of_one_dataset(real: FlaskClient, told: Told) -> None:
    (catalog,) = [node for node, values in told.items() if DCAT["Catalog"] in values[RDF["type"]]]
    assert DATASET in told[catalog][DCAT["dataset"]]
    described = list(parse(real.get("/sparql", headers={"Accept": "text/turtle"}).data, format=RdfFormat.TURTLE))
    assert {q.object for q in described if q.predicate.value.endswith("#defaultDataset")} == {DATASET}
    assert NamedNode(ENDPOINT) in told[catalog][DCAT["service"]]
    assert {q.subject for q in described if q.predicate.value.endswith("#endpoint")} == {NamedNode(ENDPOINT)}
    listed = {q.subject for q in described if q.predicate == DCAT["dataset"] and q.object == DATASET}
    assert listed == {catalog}
    parts = {q.object for q in described if q.predicate == VOID["classPartition"] and q.subject == DATASET}
    void = list(parse(real.get("/.well-known/void?format=nt").data, format=RdfFormat.N_TRIPLES))
    assert parts <= {q.object for q in void if q.predicate == VOID["classPartition"]}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_people_read_the_same(real: FlaskClient, told: Told, language: str) -> None:
    page = real.get(f"/catalog?lang={language}", headers={"Accept": "text/html"})
    assert page.headers["Content-Language"] == language
    for values in of_class(told, DCAT["DataService"]):
        (title,) = [text.value for text in values[DCT["title"]] if text.language == language]
        assert title in page.text
    assert about().title.of(language) in page.text
    assert "/catalog?lang=" in real.get(f"/{language}/donnees").text


def test_the_dataset_leads_to_its_description(real: FlaskClient) -> None:
    path = DATASET.value.removeprefix(BASE.rstrip("/"))
    for part, accept, target in (
        ("", "text/turtle", "/.well-known/void?format=ttl"),
        ("", "text/html", "/fr/donnees"),
        ("/facts", "text/turtle", "/catalog.ttl"),
        ("/facts", "text/html", "/catalog#facts"),
        ("/releases", "text/html", "/catalog#releases"),
    ):
        answer = real.get(path + part, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["Location"]) == (303, HOST + target)
        assert f'<{DATASET.value}{part}>; rel="cite-as"' in answer.headers["Link"]
    page = real.get("/catalog", headers={"Accept": "text/html"}).text
    assert all(f'id="{anchor}"' in page for anchor in ("facts", "reference", "releases"))
    assert real.get(f"{path}/nope").status_code == real.get("/dataset/nope").status_code == 404


@pytest.mark.skipif(not SHAPES, reason="DCAT_AP_SHAPES names no folder with the shapes of SEMIC")
@pytest.mark.parametrize("name", ["shapes", "range", "deprecateduris"])
def test_the_shapes_of_dcat_ap_pass(real: FlaskClient, name: str) -> None:
    pyshacl = pytest.importorskip("pyshacl")
    data = rdflib.Graph().parse(data=real.get("/catalog.ttl").data, format="turtle")
    shapes = rdflib.Graph().parse(Path(str(SHAPES)) / f"dcat-ap-3.0.1-{name}.ttl")
    conforms, _, text = pyshacl.validate(data, shacl_graph=shapes)
    assert conforms, text
