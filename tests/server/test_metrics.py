"""``/metrics``, as Prometheus reads it."""

from __future__ import annotations

from flask.testing import FlaskClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain

OPEN = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


def samples(client: FlaskClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = plain(client.get("/metrics").text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def test_plain_text_by_default(client: FlaskClient) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"
    names = {family.name for family in plain(answer.text)}
    assert names >= {
        "terrinclus_queries",
        "terrinclus_query_seconds",
        "terrinclus_queue_length",
        "terrinclus_queries_running",
        "terrinclus_worker_kills",
        "terrinclus_release_switches",
        "terrinclus_release_info",
        "terrinclus_cache_requests",
        "terrinclus_http_requests",
    }


def test_open_metrics_where_asked_for(client: FlaskClient) -> None:
    answer = client.get("/metrics", headers={"Accept": OPEN})
    assert answer.content_type.startswith("application/openmetrics-text")
    assert "terrinclus_queries" in {family.name for family in open_metrics(answer.text)}


def test_queries_and_answers_are_counted(client: FlaskClient) -> None:
    answered = ("terrinclus_queries_total", (("lane", "public"), ("outcome", "answered")))
    refused = ("terrinclus_queries_total", (("lane", "public"), ("outcome", "feature-refused")))
    got = ("terrinclus_http_requests_total", (("method", "GET"), ("status", "200")))
    before = samples(client)
    assert client.get("/sparql?query=ASK%7B%7D").status_code == 200
    assert client.get("/sparql?query=ASK%7BSERVICE%20%3Cx:y%3E%7B%7D%7D").status_code == 403
    after = samples(client)
    assert after[answered] == before.get(answered, 0) + 1
    assert after[refused] == before.get(refused, 0) + 1
    assert after[got] == before.get(got, 0) + 2  # the query, and the first look at the metrics


def test_a_stranger_cannot_make_labels(client: FlaskClient) -> None:
    for number in range(50):
        client.open("/", method=f"METHOD{number}")
        client.get(f"/nothing-{number}", headers={"User-Agent": f"agent-{number}"})
    found = samples(client)
    labels = {pair for _, pairs in found for pair in pairs}
    methods = {value for key, value in labels if key == "method"}
    assert methods <= {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY", "other"}
    assert "other" in methods
    assert {key for key, _ in labels} <= {"lane", "outcome", "cause", "method", "status", "release", "le"}
    assert "agent-1" not in client.get("/metrics").text
