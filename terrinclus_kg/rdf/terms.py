"""Which statements we can publish in every format that we serve."""

from __future__ import annotations

import re

from pyoxigraph import Literal, Quad, Triple

# Characters that XML 1.0 cannot carry: one such literal would break every XML answer that holds it.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def fault_of(quad: Quad) -> str | None:
    """Why a quad cannot be published, in words for people; None if it can.

    We publish RDF 1.1 (Concepts §3): no triple term, no base direction. Blank nodes are the caller's matter.
    """
    value = quad.object
    if isinstance(value, Triple):
        return "triple terms (RDF 1.2) are not supported: say it with a resource"
    if isinstance(value, Literal):
        if value.direction is not None:
            return f"the literal {value} has a base direction (RDF 1.2), which is not supported"
        if _NOT_XML.search(value.value):
            return f"a literal of {quad.subject} {quad.predicate} holds a control character"
    return None
