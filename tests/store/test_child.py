"""Processes for one job: what their parent makes of how they end."""

from __future__ import annotations

from terrinclus_kg.store.children import child


def test_what_a_child_tells_last_is_its_outcome() -> None:
    told: list[dict[str, object]] = []
    done = child.run(
        "json.tool", "--no-indent", "--json-lines", given=b'{"n": 1}\n{"n": 2}', deadline=60, listen=told.append
    )
    assert told == [{"n": 1}, {"n": 2}]
    assert (done.last, done.status, done.late) == ({"n": 2}, 0, False)


def test_a_child_that_ends_in_the_middle_of_a_line_has_no_outcome() -> None:
    done = child.run("quopri", given=b'{"n": 1}\n{"done": tr', deadline=60)  # writes as it comes
    assert done.last == {}


def test_a_child_that_is_late_is_told() -> None:
    done = child.run("http.server", "--bind", "127.0.0.1", "0", deadline=0.2)
    assert (done.status, done.late) == (-9, True)
