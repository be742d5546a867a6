"""Every error that a person may be told of, and what they are told.

    TerrinclusError                  500
    ├── ConfigurationError               a setting does not make sense
    ├── BadRequest                   400
    │   ├── QuerySyntaxError              with line and column
    │   ├── ParameterError                a parameter of a request or a stored query
    │   ├── QueryTooDeep                  nesting or operators over the limit; a LimitMet too
    │   └── ClientLeft                    nobody is told: the client has gone
    ├── Unauthorized                 401  a write without a valid token
    ├── FeatureRefused               403  SERVICE, LOAD, writes where they are off
    ├── GraphProtected               403  a write into a graph that the service computes
    ├── NotFound                     404
    ├── MethodNotAllowed             405
    ├── NotAcceptable                406  lists what there is
    ├── Gone                         410  with what replaced it, when, since which release
    │   └── Merged                        into the successor: whoever asks for it is led there (301)
    ├── PreconditionFailed           412  If-Match and the like
    ├── UnsupportedMediaType         415
    ├── LimitMet                          names the limit and its value
    │   ├── QueryTooLarge            413
    │   ├── BatchTooLarge            413  more queries, things or properties than one request may have
    │   ├── UriTooLong               414
    │   ├── QueueFull                429  with Retry-After
    │   │   └── BudgetSpent
    │   ├── QueryTimeout             503
    │   ├── QueryMemory              503
    │   └── AnswerTooLarge           503
    ├── WorkerDied                   500
    ├── RemoteFailed                 502  an engine or endpoint elsewhere
    ├── NoRelease                    503  nothing has been built yet
    ├── NoIndex                      503  the release that is served has no index of words and facets
    ├── ExportFailed                      a copy of the site as files could not be made
    └── IngestError                  422
        ├── SourceError                   a file of a source: file, line, reason
        │   └── SourceTooLarge
        ├── ValidationFailed              required shapes or checks: the report
        ├── WriterBusy               503  another writer is at work: who
        └── ReleaseDamaged           503  a release is not what its manifest says

``status`` is the HTTP status (RFC 9110 §15), ``slug`` the last segment of the problem type
(RFC 9457), ``extra`` the further members of the problem document. The message is public: it never
holds a path of the machine or a traceback.
"""

from __future__ import annotations

from collections.abc import Mapping


class TerrinclusError(Exception):
    """Root of all errors that are told to people."""

    status: int = 500
    slug: str = "internal-error"
    title: str = "Internal error"

    def __init__(self, message: str, *, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.extra: dict[str, object] = dict(extra or {})


class ConfigurationError(TerrinclusError):
    slug = "configuration"
    title = "Configuration error"


class BadRequest(TerrinclusError):
    status = 400
    slug = "bad-request"
    title = "Bad request"


class QuerySyntaxError(BadRequest):
    """The query text does not parse. ``line`` and ``column`` count from 1, in characters."""

    slug = "query-syntax"
    title = "SPARQL syntax error"

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        extra = {k: v for k, v in (("line", line), ("column", column)) if v is not None}
        super().__init__(message, extra=extra)
        self.line, self.column = line, column


class ParameterError(BadRequest):
    slug = "parameter"
    title = "Wrong parameter"


class ClientLeft(BadRequest):
    slug = "client-gone"
    title = "The client has gone"


class Unauthorized(TerrinclusError):
    status = 401
    slug = "unauthorized"
    title = "Not authorised"


class FeatureRefused(TerrinclusError):
    status = 403
    slug = "feature-refused"
    title = "Feature refused"


class GraphProtected(TerrinclusError):
    status = 403
    slug = "graph-protected"
    title = "Graph protected"


class NotFound(TerrinclusError):
    status = 404
    slug = "not-found"
    title = "Not found"


class Gone(TerrinclusError):
    status = 410
    slug = "gone"
    title = "Gone"


class Merged(Gone):
    """The thing is one with another: ``extra`` has its own ``path`` and the IRI of the other, ``successor``."""

    title = "Merged"

    @property
    def into(self) -> str:
        """The IRI of the other, "" if it was not told."""
        return str(self.extra.get("successor", ""))


class MethodNotAllowed(TerrinclusError):
    status = 405
    slug = "method-not-allowed"
    title = "Method not allowed"


class NotAcceptable(TerrinclusError):
    """No offered variant is acceptable; ``extra["variants"]`` lists what there is."""

    status = 406
    slug = "not-acceptable"
    title = "Not acceptable"


class PreconditionFailed(TerrinclusError):
    status = 412
    slug = "precondition-failed"
    title = "Precondition failed"


class UnsupportedMediaType(TerrinclusError):
    status = 415
    slug = "unsupported-media-type"
    title = "Unsupported media type"


class LimitMet(TerrinclusError):
    """A published limit was met; ``limit`` is its name, ``value`` its value with unit."""

    def __init__(self, message: str, *, limit: str, value: object, **more: object) -> None:
        super().__init__(message, extra={"limit": limit, "value": value, **more})


class QueryTooDeep(LimitMet, BadRequest):
    status = 400
    slug = "query-too-deep"
    title = "Query too deep"


class QueryTooLarge(LimitMet):
    status = 413
    slug = "query-too-large"
    title = "Query too large"


class BatchTooLarge(LimitMet):
    """More in one request than it may have."""

    status = 413
    slug = "batch-too-large"
    title = "Batch too large"


class UriTooLong(LimitMet):
    status = 414
    slug = "uri-too-long"
    title = "URI too long"


class QueueFull(LimitMet):
    """``retry_after`` is in whole seconds (RFC 9110 §10.2.3)."""

    status = 429
    slug = "queue-full"
    title = "Too many queries"

    def __init__(self, message: str, *, limit: str, value: object, retry_after: int) -> None:
        super().__init__(message, limit=limit, value=value)
        self.retry_after = retry_after


class BudgetSpent(QueueFull):
    slug = "budget-spent"
    title = "Budget spent"


class QueryTimeout(LimitMet):
    """``retry_after`` is in whole seconds for a query that has not run; None: it will not help to ask again."""

    retry_after: int | None = None
    status = 503
    slug = "query-timeout"
    title = "Query time limit met"


class QueryMemory(LimitMet):
    status = 503
    slug = "query-memory"
    title = "Query memory limit met"


class AnswerTooLarge(LimitMet):
    status = 503
    slug = "answer-too-large"
    title = "Answer size limit met"


class WorkerDied(TerrinclusError):
    status = 500
    slug = "query-worker-died"
    title = "The query ended its worker process"


class RemoteFailed(TerrinclusError):
    status = 502
    slug = "remote-failed"
    title = "A remote engine failed"


class NoRelease(TerrinclusError):
    status = 503
    slug = "no-release"
    title = "No release yet"


class NoIndex(TerrinclusError):
    status = 503
    slug = "no-index"
    title = "No search index"


class ExportFailed(TerrinclusError):
    """A copy of the site could not be made. ``faults``: a line for each address that has no file."""

    slug = "export"
    title = "Not exported"

    def __init__(self, message: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class IngestError(TerrinclusError):
    """Something is wrong with what was to be published. Nothing has been changed."""

    status = 422
    slug = "ingest"
    title = "Not published"


class SourceError(IngestError):
    """A file of a source cannot be used. ``file`` is the name as the person gave it."""

    slug = "source"
    title = "Source not usable"

    def __init__(self, reason: str, *, file: str, line: int | None = None) -> None:
        place = f"{file}:{line}" if line is not None else file
        super().__init__(f"{place}: {reason}", extra={"file": file, "line": line})
        self.file, self.line, self.reason = file, line, reason


class SourceTooLarge(SourceError):
    """A file grows over a limit: inflated, or written out."""


class ValidationFailed(IngestError):
    slug = "validation"
    title = "Validation failed"

    def __init__(self, message: str, report: str) -> None:
        super().__init__(message, extra={"report": report})
        self.report = report


class WriterBusy(IngestError):
    """``retry_after`` is in whole seconds (RFC 9110 §10.2.3); 0: nobody knows."""

    status = 503
    slug = "writer-busy"
    title = "Another writer is at work"

    def __init__(self, message: str, *, retry_after: int = 0, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(message, extra=extra)
        self.retry_after = retry_after


class ReleaseDamaged(IngestError):
    status = 503
    slug = "release-damaged"
    title = "Damaged release"
