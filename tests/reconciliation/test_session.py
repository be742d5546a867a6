"""A session as OpenRefine has it, over real HTTP: manifest, a type, a messy list in batches, a look, new columns."""

from __future__ import annotations

import json

import pytest

from tests.reconciliation.client import BATCH, Client, figures, rows
from tests.reconciliation.rules import check_batch, check_extension, check_manifest, check_suggestions, check_types
from tests.service import Service, fetch, follow

# What is promised of the labelled lists: precision, recall, first candidate. "held" are the rows that were held back
# while the scores were made. The figures that were measured are in docs/reconciliation.md.
PROMISED = {
    ("fr", "tuning"): (0.99, 0.93, 0.98),
    ("fr", "held"): (0.97, 0.92, 0.96),
    ("en", "tuning"): (0.99, 0.88, 0.95),
    ("en", "held"): (0.99, 0.95, 0.95),
}


def test_every_third_row_is_held_back() -> None:
    for language, least in (("fr", 150), ("en", 30)):
        found = rows(language)
        assert len(found) >= least
        assert [row.part for row in found] == ["held" if n % 3 == 0 else "tuning" for n in range(1, len(found) + 1)]


@pytest.mark.parametrize(("language", "part"), PROMISED)
def test_a_messy_list(service: Service, language: str, part: str) -> None:
    client = Client(f"{service.url}/reconcile/{language}")
    found = figures(client.reconcile(row for row in rows(language) if row.part == part))
    precision, recall, first = PROMISED[language, part]
    assert found.precision >= precision
    assert found.recall >= recall
    assert found.first >= first


def test_a_session(french: Client, service: Service) -> None:
    manifest = french.manifest()
    check_manifest(manifest)
    chosen = french.suggest("type", "départ")["result"]
    check_types(chosen)
    assert [one["name"] for one in chosen] == ["département"]
    texts = ["Aude (11)", "Bouche du Rhône", "34", "Ille et Villaine", "dpt du Gers", "Seine St Denis", "Narnia", "2A"]
    found = french.batch({str(n): {"query": text, "type": chosen[0]["id"], "limit": 3} for n, text in enumerate(texts)})
    check_batch(found, set(map(str, range(len(texts)))))
    matched = [one["id"] for answer in found.values() for one in answer["result"] if one["match"]]
    numbers = ["11", "13", "34", "35", "32", "93", "2A"]
    assert matched == [f"territoire/departement-{number}" for number in numbers]
    preview = fetch(manifest["preview"]["url"].replace("{{id}}", matched[0]), Accept="text/html")
    assert "Aude" in preview.text
    assert "frame-ancestors *" in preview.headers["content-security-policy"]
    assert follow(manifest["view"]["url"].replace("{{id}}", matched[0])).status == 200
    propose = manifest["extend"]["propose_properties"]
    proposed = json.loads(fetch(f"{propose['service_url']}{propose['service_path']}?type={chosen[0]['id']}").text)
    names = {one["name"]: one["id"] for one in proposed["properties"]}
    columns = [names["code Insee"], names["subdivision directe de"], names["IRI"]]
    extended = french.extend(matched, [{"id": column} for column in columns])
    check_extension(extended, matched, columns)
    assert extended["meta"][1]["type"] == {"id": "territoire", "name": "territoire"}
    aude = extended["rows"][matched[0]]
    assert aude[columns[0]] == [{"str": "11"}]
    assert aude[columns[1]] == [{"id": "territoire/region-76", "name": "Occitanie"}]
    assert aude["iri"] == [{"str": "https://w3id.org/terrinclus/id/territoire/departement-11"}]
    assert len(texts) <= BATCH


def test_an_exact_code_wins(french: Client) -> None:
    found = french.batch({"q": {"query": "FR-11"}, "iso": {"query": "mar"}, "sdg": {"query": "10.2", "type": "odd"}})
    check_batch(found, {"q", "iso", "sdg"})
    assert found["q"]["result"][0]["id"] == "territoire/departement-11"
    assert found["iso"]["result"][0]["id"] == "territoire/pays-ma"
    assert found["sdg"]["result"][0]["id"] == "odd/10.2"
    for answer in found.values():
        assert answer["result"][0]["match"]
        assert {"id": "code", "value": True} in answer["result"][0]["features"]


def test_what_may_be_two_things_is_no_match(french: Client) -> None:
    (region, departement) = french.batch({"q": {"query": "11", "type": "territoire"}})["q"]["result"][:2]
    assert {region["id"], departement["id"]} == {"territoire/region-11", "territoire/departement-11"}
    assert not region["match"]


def test_a_known_word_is_no_slip_for_another(french: Client) -> None:
    found = french.batch({"q": {"query": "Conseil départemental de l’Aube", "type": "acteur"}})["q"]["result"]
    assert not any(one["match"] for one in found)


@pytest.mark.parametrize("text", ["Association des maires de France", "Association de l’Insee", "Groupe AFD"])
def test_another_body_is_no_match(french: Client, text: str) -> None:
    assert not any(one["match"] for one in french.batch({"q": {"query": text}})["q"]["result"])


def test_reasons_are_told(french: Client) -> None:
    queries = {
        "acronym": {"query": "FVM", "type": "acteur"},
        "initials": {"query": "CUF", "type": "acteur"},
        "id": {"query": "https://w3id.org/terrinclus/id/acteur/adf"},
    }
    found = french.batch(queries)
    features = {
        key: {one["id"]: one["value"] for one in answer["result"][0]["features"]} for key, answer in found.items()
    }
    assert features["acronym"]["same_dated_name"]
    assert features["initials"]["by_initials"]
    assert not found["initials"]["result"][0]["match"]
    assert features["id"]["code"]


def test_properties_decide(french: Client) -> None:
    place = {"pid": "igeo:subdivisionDirecteDe", "v": {"id": "territoire/region-76"}}
    wrong = {"pid": "igeo:codeINSEE", "v": "34"}
    queries = {
        "agree": {"query": "Aude", "properties": [place, {"pid": "igeo:codeINSEE", "v": [11, "99"]}]},
        "contradict": {"query": "Aude", "type": "territoire", "properties": [wrong]},
        "alone": {"properties": [wrong], "type": "igeo:Departement"},
    }
    found = french.batch(queries)
    check_batch(found, set(queries))
    assert found["agree"]["result"][0]["match"]
    assert found["agree"]["result"][0]["id"] == "territoire/departement-11"
    assert not found["contradict"]["result"][0]["match"]
    assert found["alone"]["result"][0]["id"] == "territoire/departement-34"


def test_a_type_may_be_preferred_only(french: Client) -> None:
    asked = {"query": "Villes de France", "type": "territoire"}
    found = french.batch({"any": asked, "should": {**asked, "type_strict": "should"}})
    assert all(one["type"][0]["id"] == "territoire" for one in found["any"]["result"])
    best = found["should"]["result"][0]
    assert (best["id"], best["score"], best["match"]) == ("acteur/villes-de-france", 80.0, False)


def test_classes_are_types_where_a_kind_has_several(french: Client) -> None:
    names = {one["id"]: one["broader"] for one in french.suggest("type", "")["result"]}
    assert names["acteur"] == []
    assert names["ti:LocalAuthority"] == [{"id": "acteur"}]
    everything = [one["id"] for cursor in (0, 20, 40) for one in french.suggest("type", "", cursor)["result"]]
    assert "fait" in everything
    assert "ti:Fact" not in everything


def test_suggestions(french: Client) -> None:
    found = french.suggest("entity", "dép")
    check_suggestions(found)
    assert len(found["result"]) == 20
    following = french.suggest("entity", "dép", 20)["result"]
    assert not {one["id"] for one in found["result"]} & {one["id"] for one in following}
    properties = french.suggest("property", "code insee")["result"]
    assert [one["id"] for one in properties] == ["igeo:codeINSEE"]


@pytest.mark.parametrize("prefix", ["acteur/adf", "https://w3id.org/terrinclus/id/acteur/adf", "odd/8", "ODD 8", "8.a"])
def test_identifiers_and_codes_are_suggested(french: Client, prefix: str) -> None:
    first = french.suggest("entity", prefix)["result"][0]["id"]
    assert first == {"8.a": "odd/8.a", "ODD 8": "odd/8"}.get(prefix, prefix.partition("/id/")[2] or prefix)


def test_what_is_suggested_begins_so_in_the_language(french: Client, english: Client) -> None:
    assert french.suggest("entity", "aud")["result"][0]["name"].startswith("Aude")
    names = [one["name"] for one in english.suggest("entity", "aud")["result"]]
    assert names[0] == "Audiences"


def test_suggestions_of_a_type(french: Client) -> None:
    found = json.loads(fetch(f"{french.address}/suggest/entity?prefix=aud&type=acteur").text)["result"]
    assert {one["notable"][0]["id"] for one in found} == {"acteur"}
    by_class = json.loads(fetch(f"{french.address}/suggest/entity?prefix=aud&type=igeo:Departement").text)["result"]
    assert [one["id"] for one in by_class] == ["territoire/departement-11"]
    assert json.loads(fetch(f"{french.address}/suggest/entity?prefix=odd/8&type=acteur").text) == {"result": []}
    assert fetch(f"{french.address}/suggest/entity?prefix=aud&type=x").status == 400


def test_properties_of_listed_things(french: Client) -> None:
    assert french.suggest("property", "IRI")["result"][0]["id"] == "iri"
    every = json.loads(fetch(f"{french.address}/properties").text)["properties"]
    assert not {one["id"] for one in every} & {"void:triples", "sh:path"}


@pytest.mark.parametrize(
    ("what", "id_", "said"),
    [
        ("entity", "acteur/adf", "Assemblée"),
        ("type", "igeo:Pays", "249"),
        ("property", "igeo:codeINSEE", "geo#codeINSEE"),
        ("property", "iri", "IRI"),
    ],
)
def test_flyouts(french: Client, what: str, id_: str, said: str) -> None:
    service = french.manifest()["suggest"][what]
    answer = fetch(service["flyout_service_url"] + service["flyout_service_path"].replace("${id}", id_))
    found = json.loads(answer.text)
    assert found["id"] == id_
    assert said in found["html"]


def test_values_of_all_forms(french: Client) -> None:
    columns = ["schema:foundingDate", "skos:prefLabel", "ti:confidence", "skos:exactMatch"]
    ids = ["acteur/adf", "territoire/departement-11", "alignement/pilote-loire-atlantique-10.2", "nothing/at-all"]
    found = french.extend(ids, [{"id": column} for column in columns])
    check_extension(found, ids, columns)
    assert found["rows"][ids[0]]["schema:foundingDate"] == [{"str": "1946"}, {"date": "1946-09-11T00:00:00Z"}]
    assert found["rows"][ids[2]]["ti:confidence"] == [{"float": 0.8}]
    assert found["rows"]["territoire/departement-11"]["skos:prefLabel"] == [{"str": "Aude"}]
    assert {"str": "http://www.wikidata.org/entity/Q3207"} in found["rows"]["territoire/departement-11"][
        "skos:exactMatch"
    ]
    values = french.extend(["projet/terrinclus", "acteur/nobody", *ids[-1:]], [{"id": "dct:temporal"}, {"id": "iri"}])[
        "rows"
    ]
    assert {"str": "depuis 2013"} in values["projet/terrinclus"]["dct:temporal"]
    assert values["nothing/at-all"] == values["acteur/nobody"] == {"dct:temporal": [], "iri": []}
    counted = french.extend(ids[1:2], [{"id": "skos:exactMatch", "settings": {"count": "on"}}])
    assert counted["rows"][ids[1]]["skos:exactMatch"] == [{"int": 3}]


def test_descriptions_are_in_the_language(french: Client) -> None:
    assert french.batch({"q": {"query": "odd/8"}})["q"]["result"][0]["description"].startswith("Promouvoir")


def test_the_english_service_speaks_english(english: Client) -> None:
    found = english.batch({"q": {"query": "Assemblée des départements de France"}})["q"]["result"][0]
    assert found["name"] == "Assembly of French Départements"
    assert found["type"][0]["name"] == "actor"
