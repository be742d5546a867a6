"""What the service counts of itself, as Prometheus reads it (text format 0.0.4, OpenMetrics).

One `Metrics` an application: nothing is global, so that two of them in one process do not mix.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from terrinclus_kg.errors import (
    AnswerTooLarge,
    ClientLeft,
    QueryMemory,
    QueryTimeout,
    QueueFull,
    RemoteFailed,
    TerrinclusError,
    WorkerDied,
)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_CAUSES: dict[type[TerrinclusError], str] = {
    QueryTimeout: "deadline",
    QueryMemory: "memory",
    AnswerTooLarge: "answer-size",
    ClientLeft: "client-gone",
    QueueFull: "crowded",
    WorkerDied: "died",
    RemoteFailed: "died",
}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"})


class Metrics:
    """The counters of one application. Names and labels are public: dashboards depend on them."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry(auto_describe=True)
        # fmt: off
        self.queries = Counter(
            "terrinclus_queries", "Queries by outcome: answered, or the slug of the error.", ["lane", "outcome"],
            registry=registry)
        self.seconds = Histogram(
            "terrinclus_query_seconds", "Time from asking for a slot to the last byte.", ["lane"],
            buckets=_SECONDS, registry=registry)
        self.waiting = Gauge("terrinclus_queue_length", "Queries that wait for a slot.", ["lane"], registry=registry)
        self.running = Gauge("terrinclus_queries_running", "Queries under way.", ["lane"], registry=registry)
        self.kills = Counter("terrinclus_worker_kills", "Workers ended, by cause.", ["cause"], registry=registry)
        self.switches = Counter("terrinclus_release_switches", "Releases taken into service.", registry=registry)
        self.release = Gauge("terrinclus_release_info", "The release served: 1.", ["release"], registry=registry)
        self.cache = Counter(
            "terrinclus_cache_requests", "Requests by what the cache said.", ["outcome"], registry=registry)
        self.cache_size = Gauge("terrinclus_cache_bytes", "Size of the answers kept.", registry=registry)
        self.requests = Counter(
            "terrinclus_http_requests", "HTTP answers by method and status.", ["method", "status"], registry=registry)
        # fmt: on
        self._serving = ""

    def serves(self, release: str) -> None:
        """A release has been taken into service; the same one again is no switch."""
        if release != self._serving:
            self._serving = release
            self.switches.inc()
            self.release.clear()
            self.release.labels(release).set(1)

    def stopped(self, error: TerrinclusError | None) -> None:
        """Counts a query that ran and is over by its cause, if it was not answered but stopped."""
        if error and (cause := _CAUSES.get(type(error))):
            self.kills.labels(cause).inc()

    def request(self, method: str, status: int) -> None:
        """Counts an HTTP answer. Methods that no address takes count as "other": strangers make up any number."""
        self.requests.labels(method if method in _METHODS else "other", str(status)).inc()
