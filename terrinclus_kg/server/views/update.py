"""``/update``: the update operation of the SPARQL 1.1 Protocol (§2.2), for those who hold a token."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from terrinclus_kg.errors import BadRequest, QueryTooLarge, UnsupportedMediaType
from terrinclus_kg.ingest import order
from terrinclus_kg.ingest.order import Order
from terrinclus_kg.server import protocol, writes
from terrinclus_kg.server.context import service
from terrinclus_kg.server.protocol import FORM, UPDATE

blueprint = Blueprint("update", __name__)


@blueprint.post("/update")
def update() -> Response:
    """An update, as a form or directly. It is published, whole and durable, when it is answered."""
    agent = writes.agent()
    if request.mimetype not in (FORM, UPDATE):
        accepted = [FORM, UPDATE]
        raise UnsupportedMediaType(f"an update is posted as {FORM} or {UPDATE}", extra={"accepted": accepted})
    direct = request.mimetype == UPDATE
    text = writes.text() if direct else _field()
    given = request.args if direct else request.form
    if "query" in given or (direct and "update" in given):
        raise BadRequest("exactly one update is needed, and no query")
    protocol.check_utf8(request)
    g.query = text
    using, using_named = (tuple(given.getlist(name)) for name in ("using-graph-uri", "using-named-graph-uri"))
    done = writes.submit(Order(order.UPDATE, agent, text, using=using, using_named=using_named))
    return writes.answered(done)


def _field() -> str:
    """The update of a form."""
    protocol.check_plain(request, "an update")
    request.get_data()  # kept, for a look at its bytes
    texts = request.form.getlist("update")
    if len(texts) != 1:
        raise BadRequest("exactly one update is needed" if texts else "the parameter update is missing")
    limit = service().settings.write_size
    if len(texts[0].encode("utf-8", "surrogatepass")) > limit:
        raise QueryTooLarge(f"the update has more than {limit} bytes (write_size)", limit="write_size", value=limit)
    return texts[0]
