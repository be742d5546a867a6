"""``/update``: the update operation of the SPARQL 1.1 Protocol (§2.2), for those who hold a token."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from terrinclus_kg.errors import BadRequest, QueryTooLarge, UnsupportedMediaType
from terrinclus_kg.ingest import order
from terrinclus_kg.ingest.order import Order
from terrinclus_kg.server import protocol, writes
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import service
from terrinclus_kg.server.operations import TEXT, Operation, Schema, record
from terrinclus_kg.server.protocol import FORM, UPDATE, check_utf8
from terrinclus_kg.store.queries.tokens import BYTE_ORDER_MARK

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
    given = request.values  # what somebody says of the dataset is never passed over, wherever it stands
    if "query" in given or "update" in request.args:
        raise BadRequest("exactly one update is needed, in the body, and no query")
    check_utf8(request, given)
    g.query = text
    using, using_named = (tuple(given.getlist(name)) for name in ("using-graph-uri", "using-named-graph-uri"))
    done = writes.submit(Order(order.UPDATE, agent, text, using=using, using_named=using_named))
    return writes.answered(done)


def _field() -> str:
    """The update of a form."""
    protocol.check_plain(request, "an update")
    limit = service().settings.write_size
    too_large = QueryTooLarge(f"the update has more than {limit} bytes (write_size)", limit="write_size", value=limit)
    try:
        request.get_data()  # kept, for `check_utf8` to look at its bytes
    except RequestEntityTooLarge:
        raise too_large from None
    texts = request.form.getlist("update")
    if len(texts) != 1:
        raise BadRequest("exactly one update is needed" if texts else "the parameter update is missing")
    if len(texts[0].encode("utf-8", "surrogatepass")) > limit:
        raise too_large
    return texts[0].removeprefix(BYTE_ORDER_MARK)


def operations() -> Iterator[Operation]:
    """The update."""
    bodies: dict[str, Schema] = {UPDATE: TEXT, FORM: record(update=TEXT)}
    told = N_("A SPARQL update, which makes a release")
    yield Operation("update", N_("Writing"), "/update", told, {}, method="post", status=204, body=bodies, secured=True)
