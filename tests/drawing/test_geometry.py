"""Whatever is drawn: within the drawing, no label over another, the same each time, nothing lost without a word."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg import drawing
from terrinclus_kg.drawing import Group, Item, Link, Node, Row, Sheet, Spot
from terrinclus_kg.drawing.maps import classes
from terrinclus_kg.drawing.model import SIZE
from terrinclus_kg.drawing.neighbourhood import LINE
from terrinclus_kg.drawing.shapes import MARKS
from terrinclus_kg.drawing.text import fit, width
from terrinclus_kg.drawing.timeline import span

HOSTILE = [
    "",
    "<script>alert(1)</script>",
    "W" * 5000,
    "م" * 300,
    "\u202e gnp.exe",
    "東京" * 80,
    "e\u0301" * 90,
    "a\n\tb",
]
LABELS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))
KINDS = ("acteur", "projet", "territoire", "evenement", "")


def box(spot: Spot) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of a label that is not turned."""
    wide = width(spot.text, SIZE)
    left = spot.text_x - {"start": 0, "middle": wide / 2, "end": wide}[spot.anchor]
    return left, spot.text_y - SIZE * 0.8, left + wide, spot.text_y + SIZE * 0.25


def overlapping(boxes: Iterable[tuple[float, float, float, float]]) -> list[object]:
    return [(a, b) for a, b in combinations([box for box in boxes if box[2] > box[0]], 2)
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]]  # fmt: skip


@st.composite
def groups(draw: st.DrawFn) -> list[Group]:
    found = []
    for kind in KINDS[: draw(st.integers(0, len(KINDS)))]:
        labels = draw(st.lists(LABELS, max_size=25))
        nodes = [Node(f"{kind}{n}", label, kind) for n, label in enumerate(labels)]
        found.append(Group(kind, draw(LABELS), len(nodes) + draw(st.integers(0, 100)), nodes))
    return found


def few(number: int) -> Group:
    return Group("acteur", f"{number} acteurs", number, [Node(str(n), f"acteur {n}", "acteur") for n in range(number)])


@given(groups(), st.sampled_from([*KINDS, "none"]))
def test_a_neighbourhood_covers_nothing(around: list[Group], opened: str) -> None:
    drawn = drawing.neighbourhood(Node("c", HOSTILE[2], "projet"), around, opened)
    for spot in (drawn.centre, *drawn.spots):
        left, top, right, bottom = box(spot)
        assert left >= 0
        assert top >= 0
        assert right <= drawn.width
        assert bottom <= drawn.height
    assert overlapping(map(box, [drawn.centre, *drawn.spots])) == []
    assert drawn == drawing.neighbourhood(Node("c", HOSTILE[2], "projet"), around, opened)
    told = sum(spot.role == "node" for spot in drawn.spots) + drawn.left_out
    assert told == sum(group.count for group in around)
    assert sum(spot.count for spot in drawn.spots) == drawn.left_out


@pytest.mark.parametrize(("number", "nodes", "left_out"), [(0, 0, 0), (1, 1, 0), (60, 60, 0), (61, 0, 61)])
def test_up_to_sixty_neighbours_have_a_place_each(number: int, nodes: int, left_out: int) -> None:
    drawn = drawing.neighbourhood(Node("c", "centre"), [few(number)])
    assert sum(spot.role == "node" for spot in drawn.spots) == nodes
    assert drawn.left_out == left_out
    heights = {spot.y for spot in drawn.spots}
    assert min((abs(a - b) for a, b in combinations(heights, 2)), default=LINE) > SIZE / 2


def test_a_large_group_can_be_opened() -> None:
    drawn = drawing.neighbourhood(Node("c", "centre"), [few(500), Group("projet", "3 projets", 3)], "acteur")
    assert [spot.text for spot in drawn.spots if spot.role == "group"] == ["3 projets"]
    assert sum(spot.role == "node" for spot in drawn.spots) == 58
    assert [spot.count for spot in drawn.spots if spot.role == "rest"] == [442]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Node], list[Link]]:
    number = draw(st.integers(0, 40))
    nodes = [Node(str(n), draw(LABELS), draw(st.sampled_from(KINDS))) for n in range(number)]
    keys = st.integers(-1, number).map(str)
    return nodes, [Link(draw(keys), draw(keys)) for _ in range(draw(st.integers(0, 60)))]


@given(graphs())
def test_a_network_stays_within_and_is_the_same_each_time(graph: tuple[list[Node], list[Link]]) -> None:
    nodes, links = graph
    drawn = drawing.network(nodes, links)
    assert drawn == drawing.network(list(reversed(nodes)), list(reversed(links))) or links
    assert drawn == drawing.network(nodes, links)
    assert len(drawn.spots) + drawn.left_out == len(nodes)
    middle = drawn.width / 2
    for spot in drawn.spots:
        reach = ((spot.x - middle) ** 2 + (spot.y - middle) ** 2) ** 0.5
        assert reach + (spot.angle != 0) * (abs(spot.text_x - spot.x) + width(spot.text, SIZE)) <= middle + 0.01


@pytest.mark.parametrize(("number", "left_out"), [(0, 0), (1, 0), (60, 0), (61, 0), (300, 0), (301, 1)])
def test_marks_of_a_network_do_not_cover_each_other(number: int, left_out: int) -> None:
    nodes = [Node(f"n{n:03}", f"thing {n}", KINDS[n % 4]) for n in range(number)]
    links = [Link(f"n{n // 7:03}", f"n{n:03}") for n in range(1, number)]
    drawn = drawing.network(nodes, links, "n000")
    assert drawn.left_out == left_out
    assert not number or drawn.spots[0].key == "n000"
    for a, b in combinations(drawn.spots, 2):
        assert (a.x - b.x) ** 2 + (a.y - b.y) ** 2 >= 15**2
    assert len(drawn.edges) == max(0, min(number, 300) - 1)


def test_a_network_keeps_what_is_near_its_centre() -> None:
    nodes = [Node(str(n), str(n)) for n in range(400)]
    links = [Link("399", "398"), *(Link("398", str(n)) for n in range(398))]
    kept = {spot.key for spot in drawing.network(nodes, links, "399").spots}
    assert {"399", "398"} <= kept


DATES = st.one_of(
    st.sampled_from(["", "2015", "2015-03", "2015-03-27", "vers 2012", "-0044", "99999", "2012~", "2015-13", "2015Z"]),
    st.dates().map(str),
    st.text(max_size=12),
)


@given(st.lists(st.builds(Item, label=LABELS, start=DATES, end=DATES), max_size=30))
def test_a_timeline_holds_every_item(items: list[Item]) -> None:
    drawn = drawing.timeline(items)
    assert drawn == drawing.timeline(items)
    assert len(drawn.lines) + len(drawn.undated) + drawn.left_out == len(items)
    for line in drawn.lines:
        assert line.x >= 0
        assert line.x + line.width <= drawn.width + 0.01
        assert 0 <= line.y <= drawn.height
        wide = width(f"{line.text} {line.told}", 13)
        assert line.text_x - (wide if line.anchor == "end" else 0) >= -1
    places = [place for place, _ in drawn.ticks]
    assert all(0 <= place <= drawn.width for place in [*places, *drawn.gaps])
    assert all(after - before >= 40 for before, after in pairwise(places))


def test_a_year_is_drawn_as_a_year() -> None:
    assert span("2015") == (2015, 2016, False)
    assert span("2012~") == (2012, 2013, True)
    assert span("2015-03") == (2015 + 2 / 12, 2015 + 3 / 12, False)
    day = span("2015-01-01")
    assert day
    assert day[1] - day[0] < 1 / 300
    for text in ("", "vers 2012", "2015-13", "2015-02-32", "9" * 80, "2015T", "1/2/2015"):
        assert span(text) is None


def test_a_timeline_says_what_is_open_and_what_has_no_date() -> None:
    drawn = drawing.timeline(
        [Item("since", "2015"), Item("until", end="2009"), Item("none"), Item("wrong", "2015", "2009")]
    )
    assert [(line.text, line.opens) for line in drawn.lines] == [("until", (True, False)), ("since", (False, True))]
    assert [item.label for item in drawn.undated] == ["none", "wrong"]


def test_empty_decades_take_no_room() -> None:
    near = drawing.timeline([Item("a", "2010", "2010"), Item("b", "2020", "2020")])
    far = drawing.timeline([Item("a", "1010", "1010"), Item("b", "2020", "2020")])
    assert not near.gaps
    assert len(far.gaps) == 1
    assert far.lines[1].x - far.lines[0].x < far.width


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2), max_size=20), LABELS)
def test_bars_stay_within(values: list[list[float]], label: str) -> None:
    drawn = drawing.bars([Row(label, row, f"{sum(row):g}") for row in values])
    for bar in drawn.rows:
        assert width(bar.text, 14) + width(bar.told, 14) <= drawn.width
        for segment in bar.segments:
            assert segment.x >= -0.01
            assert segment.x + segment.width <= drawn.width + 0.01
    assert len(drawn.rows) + drawn.left_out == len(values)


def test_bars_are_as_long_as_their_values() -> None:
    one, two = drawing.bars([Row("a", (3, 1)), Row("b", (2,))]).rows
    assert sum(s.width for s in one.segments) == pytest.approx(2 * two.segments[0].width)
    assert one.segments[1].x == pytest.approx(one.segments[0].x + one.segments[0].width)
    assert drawing.bars([Row("n", (1,))] * 301).left_out == 201


SHEET = Sheet.read(
    "/map.svg",
    {
        "width": 2000,
        "height": 1500,
        "shapes": {
            "departement-75": {"centre": [1000, 500], "box": [990, 490, 20, 20]},
            "departement-92": {"centre": [990, 505], "box": [980, 490, 20, 20]},
            "departement-974": {"centre": [150, 1200], "box": [50, 1100, 200, 200]},
            "departement-00": {"centre": [10, 10], "box": None},
        },
        "insets": {"departement-974": [20, 1050, 290, 340]},
        "background": ["sans-code"],
    },
)


def test_a_map_shows_each_value_once() -> None:
    drawn = drawing.choropleth(
        SHEET, {"departement-75": 3, "departement-92": 2, "departement-974": 1, "pays-xx": 4, "departement-00": 0}
    )
    assert {area.key: area.level for area in drawn.areas} == {
        "": 0,
        "departement-75": 3,
        "departement-92": 2,
        "departement-974": 1,
    }
    assert drawn.missing == ("pays-xx",)
    assert [(dot.key, dot.text) for dot in drawn.dots] == [
        ("departement-75", "3"),
        ("departement-92", ""),
        ("departement-974", "1"),
    ]
    assert drawn.areas[-1].href == "/map.svg#departement-75"


def test_a_map_in_focus_keeps_to_the_picture() -> None:
    drawn = drawing.choropleth(SHEET, {"departement-974": 1}, {"departement-974": HOSTILE[2]}, focus=True)
    x, y, w, h = drawn.view
    assert x >= 0
    assert x + w <= 2000
    assert y >= 0
    assert y + h <= 1500
    assert w < 2000
    assert width(drawn.insets[0].text, drawn.size) < 290 * 1.2


@given(st.lists(st.floats(0.1, 1e6)))
def test_each_value_has_one_class(values: list[float]) -> None:
    found = classes(values)
    assert len(found) == min(5, len(set(values)))
    for value in values:
        assert sum(c.low <= value <= c.high for c in found) == 1
    assert sorted(found, key=lambda c: c.low) == list(found)


@given(LABELS, st.floats(20, 400))
def test_a_text_that_fits_is_whole(text: str, room: float) -> None:
    short = fit(text, room, 13)
    assert width(short, 13) <= room
    assert width(" ".join(text.split()), 13) > room or short == " ".join(text.split())


def test_marks_are_told_apart_by_their_outlines() -> None:
    marks = [drawing.mark(name) for name in ("circle", *MARKS)]
    assert len(set(marks)) == len(marks)
    assert drawing.mark("nothing") == drawing.mark("acteur")
