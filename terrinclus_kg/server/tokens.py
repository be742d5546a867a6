"""Who sends a request: the holder of a token, who sends it as ``Authorization: Bearer`` (RFC 6750 §2.1), or anybody.

No cookie says who somebody is, so no other site can make a browser write. Never in a URL, never logged.
"""

from __future__ import annotations

from flask import Request, current_app

from terrinclus_kg.errors import FeatureRefused, Unauthorized
from terrinclus_kg.ingest.tokens import Tokens

EXTENSION = "terrinclus.tokens"


def holder(request: Request) -> str:
    """The name of the token holder who sends a request; "" when it holds no token, or nobody could: an
    ``Authorization`` of another scheme is for a proxy in front.

    Raises:
        Unauthorized: the token is wrong.
    """
    authorization = request.headers.get("Authorization", "")
    if not tokens() or not authorization.lower().startswith("bearer"):
        return ""
    return tokens().holder(authorization)


def writer(request: Request) -> str:
    """The name of one who may write.

    Raises:
        FeatureRefused: no token is configured: writes are off.
        Unauthorized: the token is missing or wrong.
    """
    if not tokens():
        raise FeatureRefused("writes are off here: the operator has configured no token")
    name = holder(request)
    if not name:
        raise Unauthorized("a write needs a token: send it as Authorization: Bearer TOKEN")
    return name


def tokens() -> Tokens:
    """The tokens of this application."""
    found: Tokens = current_app.extensions[EXTENSION]
    return found
