"""``explain=true``: how a query was read and where its time went, instead of its answer."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

from terrinclus_kg.server.context import reader
from terrinclus_kg.server.releases import RELEASE


def explained(text: str, **conditions: Any) -> Response:
    """The explanation of a query, as JSON whatever ``Accept`` says. ``conditions`` and errors are those of
    `Reader.explain`. It holds times, so nobody keeps it."""
    members = reader().explain(text, **conditions)
    body = json.dumps(members, ensure_ascii=False, indent=2, default=list) + "\n"
    response = Response(body, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers[RELEASE] = members["release"]
    return response
