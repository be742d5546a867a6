"""The rules of docs/data-model.md that no shape holds, over the whole release."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from terrinclus_kg.rdf.namespaces import BASE, DCT, TI, expand

NO_BREAK = "\u00a0\u202f"
SDG_ELEMENT = re.compile(r"http://metadata\.un\.org/sdg/\d")
MAY_NAME_SDG_ELEMENTS = {"odd-onu", "unstats-sdg-kos-turtle", "unstats-sdg-kos-void", "unstats-sdg-kos-wiki"}


def term(curie: str) -> NamedNode:
    return NamedNode(expand(curie))


def test_there_is_no_blank_node(content: Any) -> None:
    assert not [q for q in content.quads if BlankNode in {type(q.subject), type(q.object), type(q.graph_name)}]


def test_the_ten_disagreements_name_facts_and_both_values_stand(content: Any) -> None:
    disagreements = content.of_class("ti:Disagreement")
    assert len(disagreements) == 10
    for disagreement in disagreements:
        opposed = content.objects(disagreement, TI["opposes"])
        assert len(opposed) >= 2
        assert opposed <= set(content.facts.values())
        said = [frozenset(content.graphs[fact.value]) for fact in opposed]
        assert all(said)
        assert len(set(said)) == len(said), f"two facts that {disagreement} opposes say the same"
        assert all(triples <= content.default for triples in said)
        assert not {content.source_of(fact.value) for fact in opposed} & content.editors


def test_only_the_editors_and_the_united_nations_name_goals_and_targets(content: Any) -> None:
    allowed = MAY_NAME_SDG_ELEMENTS | content.editors
    for graph, triples in content.graphs.items():
        key = content.source_of(graph)
        if key and key not in allowed:
            named = [t for triple in triples for t in triple if SDG_ELEMENT.match(getattr(t, "value", ""))]
            assert not named, (graph, named)


def test_alignments_are_ours_and_say_why(content: Any) -> None:
    us = NamedNode(f"{BASE}id/acteur/terrinclus-kg")
    alignments = content.of_class("ti:SdgAlignment")
    assert alignments
    for alignment in alignments:
        assert content.objects(alignment, term("prov:wasAttributedTo")) == {us}
        assert content.objects(alignment, term("prov:wasDerivedFrom")) <= set(content.facts.values())
        assert set(content.texts(alignment, TI["claimText"])) == {"fr", "en"}
    claiming = {graph for graph, triples in content.graphs.items() for _, p, _ in triples if p == TI["sdgElement"]}
    assert {content.source_of(graph) for graph in claiming} == {"odd"}


def test_one_pilot_only_is_known(content: Any) -> None:
    assert content.of_class("ti:PilotProject") == {NamedNode(f"{BASE}id/projet/pilote-loire-atlantique")}


def test_an_authority_is_not_its_territory(content: Any) -> None:
    territories = content.of_class("dct:Location") | content.of_class("cv:AdminUnit")
    for kind in ("ti:LocalAuthority", "cv:PublicOrganisation", "org:FormalOrganization", "org:Organization"):
        assert not content.of_class(kind) & territories
    for authority in content.of_class("ti:LocalAuthority"):
        assert content.objects(authority, DCT["spatial"]) <= territories, authority


def test_reference_lists_are_whole(content: Any) -> None:
    counts = {"sdgo:Goal": 17, "sdgo:Target": 169, "igeo:Departement": 101, "igeo:Region": 18, "igeo:Pays": 249}
    assert {kind: len(content.of_class(kind)) for kind in counts} == counts


def test_persons_carry_names_and_functions_only(content: Any) -> None:
    people = content.of_class("foaf:Person")
    allowed = {"rdf:type", "foaf:name", "skos:editorialNote", "org:memberOf"}
    assert people
    assert {p for s, p, _ in content.default if s in people} <= {term(name) for name in allowed}
    pointing = {"cv:hasParticipant", "org:member", "dct:creator", "schema:founder"}
    pointing |= {"void:exampleResource", "sh:defaultValue"}  # what a release says of itself
    assert {p for _, p, o in content.default if o in people} <= {term(name) for name in pointing}


def test_nothing_private_is_anywhere(content: Any) -> None:
    private = re.compile(r"birth|death|mbox|email|telephone|phone|spouse|parent|gender", re.IGNORECASE)
    assert not {predicate for _, predicate, _ in content.default if private.search(predicate.value)}
    for _, _, value in content.default:
        text = getattr(value, "value", "")
        assert not re.search(r"\b[\w.+-]+@[\w-]+\.\w{2,}", text), text
        assert not text.startswith(("mailto:", "tel:")), text


def test_every_named_resource_has_a_label_in_both_languages(content: Any) -> None:
    """A person's name, an address and an amount have no language; a dated name has that of its users."""
    labels: dict[Any, set[str]] = {}
    for subject, predicate, value in content.default:
        if predicate in {term("skos:prefLabel"), term("rdfs:label"), term("foaf:name")}:
            labels.setdefault(subject, set()).add(value.language or "")
    nodes = {node for triple in content.default for node in triple if isinstance(node, NamedNode)}
    for node in nodes:
        kind = re.match(rf"{BASE}(?:id|concept)/(\w+)", node.value)
        if not kind or kind[1] in {"fait", "source"} or "/" not in node.value.removeprefix(f"{BASE}concept/"):
            continue
        found = labels.get(node, set())
        assert {"fr", "en"} <= found or "" in found or (kind[1] == "nom" and found), node


def test_facts_and_sources_are_told_in_words(content: Any) -> None:
    for name, fact in content.facts.items():
        assert set(content.texts(fact, DCT["description"])) == {"fr", "en"}, name
    assert all(content.texts(NamedNode(f"{BASE}id/source/{key}"), DCT["title"]) for key in content.source_keys)


def test_locators_have_at_most_eight_words(content: Any) -> None:
    for fact in content.facts.values():
        (locator,) = content.objects(fact, TI["locator"])
        words = [word for word in locator.value.split() if re.search(r"\w", word)]
        assert 1 <= len(words) <= 8, locator


def test_literals_are_nfc(content: Any) -> None:
    texts = {value.value for _, _, value in content.default if isinstance(value, Literal)}
    assert not [text for text in texts if not unicodedata.is_normalized("NFC", text)]


def test_french_typography(content: Any) -> None:
    """The apostrophe is curved; the tall signs and quotation marks have a no-break space on their inner side."""
    properties = {term(name) for name in ("dct:description", "skos:prefLabel", "skos:altLabel", "ti:claimText")}
    for _, predicate, value in content.default:
        if predicate not in properties or value.language != "fr":
            continue
        text = re.sub(r"https?://\S+", "", value.value)
        assert "'" not in text, text
        assert not re.search(rf"[^{NO_BREAK}][;?!»](?!\w)", text), text
        assert not re.search(rf"[^{NO_BREAK}]:(?!\S)", text), text
        assert not re.search(rf"«[^{NO_BREAK}]", text), text
        assert not re.search(rf"[ {NO_BREAK}]{{2}}", text), text
