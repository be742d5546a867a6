"""What a request may be, and what is answered to one that is wrong."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from terrinclus_kg.reconciliation import MOST_QUERIES
from tests.reconciliation.client import Client
from tests.reconciliation.rules import check_batch
from tests.service import fetch

WRONG: list[tuple[str, str]] = [
    ("{", "not JSON"),
    ("[]", "an object"),
    ('{"q0": {"query": "\\ud800"}}', "not JSON"),
    ('{"q0": 1}', "q0 must be an object"),
    ('{"q0": {}}', "neither a query nor properties"),
    ('{"q0": {"query": 5}}', "q0.query must be a string"),
    (json.dumps({"q0": {"query": "x" * 301}}), "more than 300"),
    ('{"q0": {"query": "x", "type": "planète"}}', "no type"),
    ('{"q0": {"query": "x", "type": [[]]}}', "q0.type"),
    ('{"q0": {"query": "x", "type_strict": "maybe"}}', "type_strict"),
    ('{"q0": {"query": "x", "limit": -1}}', "limit"),
    ('{"q0": {"query": "x", "limit": NaN}}', "limit"),
    ('{"q0": {"query": "x", "properties": [{"v": 1}]}}', "pid"),
    ('{"q0": {"query": "x", "properties": [{"pid": "nope", "v": 1}]}}', "no property"),
    ('{"q0": {"query": "x", "properties": [{"pid": "dct:title> } #", "v": 1}]}}', "no property"),
    ('{"q0": {"query": "x", "properties": [{"pid": "dct:title"}]}}', "has no v"),
    ('{"q0": {"query": "x", "properties": [{"pid": "dct:title", "v": {"a": 1}}]}}', "must be a string"),
    ("[" * 50_000, "not JSON"),
]


@pytest.mark.parametrize(("text", "reason"), WRONG)
def test_a_wrong_batch_is_told_why(french: Client, text: str, reason: str) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    answer = fetch(french.address, data=f"queries={quote(text)}".encode(), **form)
    assert answer.status == 400
    assert reason in json.loads(answer.text)["detail"]
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_wrong_query_leaves_the_others_alone(french: Client) -> None:
    wrong = {"query": "Aude", "properties": [{"pid": "nope", "v": 1}]}
    found = french.batch({"good": {"query": "Aude", "type": "territoire"}, "bad": wrong})
    assert found["good"]["result"][0]["id"] == "territoire/departement-11"
    assert found["bad"].keys() == {"error"}
    assert "nope" in found["bad"]["error"]["detail"]


def test_too_many_queries_are_told_the_limit(french: Client) -> None:
    answer = french.post(queries={str(n): {"query": "x"} for n in range(MOST_QUERIES + 1)})
    assert answer.status == 413
    assert json.loads(answer.text)["value"] == MOST_QUERIES
    assert french.manifest()["batchSize"] == MOST_QUERIES


@pytest.mark.parametrize("extend", [[], {"ids": "x", "properties": []}, {"ids": [], "properties": [{}]}, {"ids": []}])
def test_a_wrong_extension_is_told_why(french: Client, extend: Any) -> None:
    answer = french.post(extend=extend)
    assert answer.status == 400
    assert "extend." in json.loads(answer.text)["detail"]


def test_too_many_things_are_told_the_limit(french: Client) -> None:
    answer = french.post(extend={"ids": [f"acteur/{n}" for n in range(501)], "properties": []})
    assert (answer.status, json.loads(answer.text)["limit"]) == (413, "extend.ids")


def test_a_post_of_nothing(french: Client) -> None:
    assert french.post().status == 400


@pytest.mark.parametrize("query", ["Sénégal", '{"query": "Sénégal"}'])
def test_clients_of_0_1_send_one_query(french: Client, query: str) -> None:
    found = json.loads(fetch(f"{french.address}?query={quote(query)}").text)
    assert found["result"][0]["id"] == "territoire/pays-sn"


def test_a_batch_by_get(french: Client) -> None:
    found = json.loads(fetch(f"{french.address}?queries={quote(json.dumps({'q0': {'query': 'Maroc'}}))}").text)
    check_batch(found, {"q0"})
    assert found["q0"]["result"][0]["id"] == "territoire/pays-ma"


@pytest.mark.parametrize(
    "text", ["", " ", "(", "l’", "%", "\x00", "a" * 300, "é " * 150, "\u202e(((", "-.-.-", "💥", "St."]
)
def test_strange_names_are_answered(french: Client, text: str) -> None:
    check_batch(french.batch({"q": {"query": text, "type": "acteur"}}), {"q"})


def test_pages_of_others_may_ask(french: Client) -> None:
    answer = fetch(french.address, method="OPTIONS")
    assert "POST" in answer.headers["access-control-allow-methods"]


def test_what_is_not_there(french: Client) -> None:
    for path in (
        "preview?id=acteur/nobody",
        "preview",
        "flyout/type?id=x",
        "flyout/property?id=x",
        "flyout/entity?id=x",
    ):
        answer = fetch(f"{french.address}/{path}", Accept="application/json")
        assert answer.status == 404
    assert fetch(f"{french.address}/suggest/entity?cursor=x").status == 400
    assert fetch(f"{french.address}/properties?type=x").status == 400


def test_the_manifest_is_kept_until_the_release_changes(french: Client) -> None:
    first = fetch(french.address)
    assert fetch(french.address, If_None_Match=first.headers["etag"]).status == 304


def test_letters_that_are_sent_as_they_are(french: Client) -> None:
    """Some clients do not percent-encode."""
    where = urlsplit(french.address)
    request = f"GET {where.path}/suggest/entity?prefix=Sénégal HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=30) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert b"territoire/pays-sn" in answer
