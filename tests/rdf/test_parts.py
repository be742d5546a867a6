"""Bytes in parts, read as a file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg.rdf.parts import PartsFile


@given(st.lists(st.binary(max_size=8)), st.lists(st.integers(-1, 5).filter(bool)))
def test_all_bytes_come_in_order_and_never_more_than_asked_for(parts: list[bytes], sizes: list[int]) -> None:
    file, found = PartsFile(parts), b""
    for size in sizes:
        some = file.read(size)
        assert size < 0 or len(some) <= size
        assert some or found == b"".join(parts)
        found += some
    while some := file.read():
        found += some
    assert found == b"".join(parts)
    assert file.read(3) == b""
