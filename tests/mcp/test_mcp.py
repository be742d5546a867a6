"""What an assistant meets: `terrinclus-kg mcp` in a process of its own, asked by the client of the official SDK."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from mcp import Client, StdioServerParameters

from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.store.releases.layout import Release

Call = Callable[..., dict[str, Any]]
TOOLS = {"search", "describe", "schema", "list_questions", "ask_question", "sparql"}
LONGEST = 24_000  # characters of an answer to a question that sets no limit itself
TERRINCLUS = BASE + "id/projet/terrinclus"


class Assistant:
    """The client of an assistant, in a thread of its own."""

    def __init__(self, run: Callable[..., Any], client: Client) -> None:
        self.client, self._run = client, run

    def tools(self) -> list[Any]:
        found: list[Any] = self._run(self.client.list_tools).tools
        return found

    def call(self, name: str, **given: Any) -> dict[str, Any]:
        """The answer of a tool, which is not long."""
        result = self._run(self.client.call_tool, name, given)
        assert not result.is_error, result.content
        answer: dict[str, Any] = result.structured_content
        assert json.loads(result.content[0].text) == answer
        assert len(result.content[0].text) < LONGEST
        return answer

    def refused(self, name: str, **given: Any) -> str:
        """The reason why a tool refuses."""
        result = self._run(self.client.call_tool, name, given)
        assert result.is_error, result.content
        return str(result.content[0].text)


def started(home: Path) -> Client:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TERRINCLUS_")}
    environment |= {"TERRINCLUS_HOME": str(home), "TERRINCLUS_CONFIG": os.devnull}
    parameters = StdioServerParameters(command=sys.executable, args=["-m", "terrinclus_kg", "mcp"], env=environment)
    return Client(parameters, mode="legacy", read_timeout_seconds=60)


@pytest.fixture(scope="module")
def assistant(home: Path) -> Iterator[Assistant]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(started(home)) as client:
        yield Assistant(portal.call, client)


@pytest.fixture
def call(assistant: Assistant) -> Call:
    return assistant.call


def test_it_says_what_it_is_and_that_it_only_reads(assistant: Assistant) -> None:
    assert "Every statement of this graph has a source" in (assistant.client.instructions or "")
    tools = assistant.tools()
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.annotations.read_only_hint
        assert tool.description
        assert all("description" in each for each in tool.input_schema["properties"].values()), tool.name


def test_search(call: Call, release: Release) -> None:
    found = call("search", text="terrinclus", kind="projet", language="fr", limit=3)
    assert found["release"] == release.id
    assert found["results"][0]["iri"] == TERRINCLUS
    assert (len(found["results"]), found["total"] > 3) == (3, True)
    assert "offset" in found["more"]
    assert TERRINCLUS in {iri for source in found["sources"] for iri in source["says_something_of"]}
    named = call("search", text="Aude", kind="territoire", limit=1)["results"][0]
    assert len(named["texts"]) == len(set(named["texts"])) > 0
    assert call("search", text="terinclus")["did_you_mean"].lower() == "terrinclus"


def test_describe(call: Call, release: Release) -> None:
    for thing in (TERRINCLUS, "projet/terrinclus", "projet:terrinclus"):
        told = call("describe", thing=thing, language="en")
        assert (told["release"], told["iri"], told["kind"]) == (release.id, TERRINCLUS, "projet")
    said = [value for group in told["statements"] for value in group["values"]]
    marks = [mark for value in said for mark in value["according_to"]]
    assert said
    assert all(value["according_to"] for value in said)
    sources = {source["iri"]: source for source in told["sources"]}
    assert sources.keys() == {mark["source"] for mark in marks if "source" in mark}
    assert all(source["label"] and source["facts"] for source in sources.values())
    assert any(mark.get("locator") and mark["status"] == "stated" for mark in marks)
    assert all(len(value["according_to"]) <= 3 for value in said)
    (cut,) = [group for group in told["statements"] if group["total"] > len(group["values"])][:1]
    assert cut["group"] in told["more"]
    (whole,) = call("describe", thing=TERRINCLUS, group=cut["group"])["statements"]
    assert len(whole["values"]) == whole["total"] == cut["total"]
    (some,) = call("describe", thing=TERRINCLUS, group=cut["group"], limit=2)["statements"]
    assert some["values"] == whole["values"][:2]


def test_a_fact_is_described_with_what_it_says(call: Call) -> None:
    told = call("describe", thing="fait/A01")
    assert {"iri": TERRINCLUS, "label": "Terrinclus", "kind": "projet"} in [each["subject"] for each in told["says"]]
    assert told["sources"]


def test_schema(call: Call, release: Release) -> None:
    card = call("schema")
    (facts,) = [line for line in card["classes"] if line.startswith("ti:Fact ")]
    assert facts.startswith(f"ti:Fact ({release.manifest['facts']}, fact): ")
    assert {f"{name} {release.manifest['facts']}" for name in ("dct:source", "ti:locator")} <= set(
        facts[20:].split(", ")
    )
    assert card["prefixes"]["dct"] == "http://purl.org/dc/terms/"
    assert "projet" in card["kinds"]
    assert "`of`" in card["more"]
    one = call("schema", of="ti:CooperationProject", language="fr")
    assert one["label"] == "projet de coopération"
    assert all(each["iri"] and each["count"] for each in one["properties"])


def test_questions(call: Call) -> None:
    listed = call("list_questions", words="départements", language="fr")["questions"]
    assert listed
    assert len(listed) < len(call("list_questions")["questions"])
    (terse,) = call("list_questions", words="travaillent partenariat donné")["questions"]
    assert terse["parameters"] == {"partnership": "resource: partenariat, projet"}
    (one,) = call("list_questions", slug=terse["slug"], language="en")["questions"]
    assert {"columns", "description"} <= one.keys()
    assert one["parameters"][0]["label"] == "Partnership"
    answer = call("ask_question", slug="q05-departements-participants", parameters={"project": "projet/terrinclus"})
    assert answer["rows"]
    assert answer["sources"]
    assert answer["headings"].keys() == set(answer["columns"])


def test_a_question_is_asked_in_a_language_and_by_parts(call: Call) -> None:
    slug = "q05-departements-participants"
    english = call("ask_question", slug=slug, language="en", limit=2)
    assert english["rows"][0]["authorityLabel"]["value"] == "Department of Aude"
    assert english["more"].endswith("offset 2")
    assert call("ask_question", slug=slug, language="fr", limit=1)["rows"][0]["authorityLabel"]["language"] == "fr"
    following = call("ask_question", slug=slug, language="en", limit=2, offset=1)
    assert following["rows"][0] == english["rows"][1]
    assert "OFFSET" not in following["query"]
    assert "more" not in call("ask_question", slug=slug, language="en", offset=5)


def test_sparql(call: Call, release: Release) -> None:
    text = "SELECT ?project ?label { ?project a ti:CooperationProject ; skos:prefLabel ?label }"
    prologue = f"PREFIX ti: <{BASE}ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
    answer = call("sparql", query=prologue + text, limit=5)
    assert (answer["release"], len(answer["rows"])) == (release.id, 5)
    assert "only the first 5 rows" in answer["more"]
    row = answer["rows"][0]
    assert row["project"]["iri"].startswith(BASE)
    assert row["label"]["language"] in ("fr", "en")
    assert answer["sources"]
    assert f"/releases/{release.id}/sparql?query=" in answer["cite"]
    assert call("sparql", query="ASK { ?s ?p ?o }")["answer"] is True
    triples = call("sparql", query=f"CONSTRUCT WHERE {{ <{TERRINCLUS}> ?p ?o }}")
    assert triples["columns"] == ["subject", "predicate", "object"]
    assert "more" not in call("sparql", query="SELECT * { VALUES ?x { 1 } }")
    facts = prologue + "SELECT ?fact { ?fact a ti:Fact } LIMIT "
    assert "more_sources" not in call("sparql", query=facts + "10")
    assert "first 50 things" in call("sparql", query=facts + "51")["more_sources"]


@pytest.mark.parametrize(
    ("tool", "given", "reason"),
    [
        ("sparql", {"query": "DELETE WHERE { ?s ?p ?o }"}, "read-only"),
        ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"}, "SERVICE"),
        ("sparql", {"query": "SELECT * { " + "{" * 2000 + "}" * 2001}, "query_depth"),
        ("sparql", {"query": "SELECT nonsense"}, "line 1"),
        ("sparql", {"query": "ASK {}", "limit": 100_000}, "1000"),
        (
            "sparql",
            {"query": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?i) }", "timeout": 0.3},
            "limit: timeout",
        ),
        ("describe", {"thing": "../../etc/passwd"}, "names nothing here"),
        ("describe", {"thing": "projet/nothing"}, "nothing is known"),
        ("describe", {"thing": TERRINCLUS, "group": "nothing"}, "no such|group"),
        ("search", {"text": "x", "kind": "nothing"}, "there is no 'nothing'"),
        ("search", {"text": "x" * 100_000}, "at most"),
        ("schema", {"of": "ti:Nothing"}, "ti:Nothing"),
        ("ask_question", {"slug": "nothing"}, "nothing"),
        ("ask_question", {"slug": "q05-departements-participants", "parameters": {"nothing": "1"}}, "no parameter"),
        ("ask_question", {"slug": "q05-departements-participants", "parameters": {"project": "zzzz"}}, "zzzz"),
    ],
)
def test_what_is_refused_is_told_why(assistant: Assistant, tool: str, given: dict[str, Any], reason: str) -> None:
    told = assistant.refused(tool, **given)
    assert any(one in told for one in reason.split("|")), told
    assert "Traceback" not in told
    assert assistant.call("sparql", query="ASK {}")["answer"] is True


def test_without_a_release_it_says_so_and_ends(tmp_path: Path) -> None:
    done = run_mcp(tmp_path)
    assert done.returncode == 1
    assert "no release" in done.stderr.lower()
    assert not done.stdout


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "mcp.py").write_text("raise ModuleNotFoundError('none here', name='mcp')")
    done = run_mcp(tmp_path, PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path]))
    assert done.returncode == 1
    assert "pip install 'terrinclus-kg[mcp]'" in done.stderr


def run_mcp(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "terrinclus_kg", "mcp"],
        env={**os.environ, "TERRINCLUS_HOME": str(home), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
