"""How cost grows with data and with clients, as small SVG files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.engines import CACHED, OURS, PEER, RDFLIB
from tests.bench.loads import TWICE

if TYPE_CHECKING:
    from tests.bench.report import Results

_STYLE = {
    OURS: ("#0b5cad", "o-"),
    CACHED: ("#0b5cad", "o:"),
    PEER: ("#c2410c", "s-"),
    RDFLIB: ("#6b7280", "^-"),
    TWICE: ("#c2410c", "s:"),
}
_Points = dict[str, list[tuple[float, float]]]


def draw(results: Results, folder: Path) -> dict[str, str]:
    """Draws what there are points for.

    Returns:
        file name → title; nothing without matplotlib.
    """
    try:
        import matplotlib
    except ModuleNotFoundError:
        results.notes.append("matplotlib is not installed: no plots")
        return {}
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "bench", "font.size": 9})
    size = max((s for s in results.sizes if s <= 1_000_000), default=min(results.sizes))
    drawings: dict[str, tuple[str, str, str, _Points]] = {
        "bench-size.svg": ("p50 of the explore mix by size of data, one client", "triples", "ms", _by_size(results)),
        "bench-load.svg": ("Loading by size of the data", "triples", "s", _loading(results)),
        "bench-throughput.svg": (
            f"Lookups a second by number of clients, {results.triples[str(size)]:,} triples",
            "clients", "queries/s", _by_clients(results, size, lambda cell: cell.throughput),
        ),
        "bench-latency.svg": (
            f"p99 of lookups by number of clients, {results.triples[str(size)]:,} triples",
            "clients", "ms", _by_clients(results, size, lambda cell: cell.p99 * 1e3),
        ),
    }  # fmt: skip
    for name, drawing in drawings.items():
        _plot(folder / name, *drawing)
    return {name: drawing[0] for name, drawing in drawings.items()}


def _plot(file: Path, title: str, across: str, up: str, points: _Points) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 3.2), layout="constrained")
    axes = figure.subplots()
    for name, pairs in points.items():
        colour, line = _STYLE[name]
        axes.plot(*zip(*sorted(pairs), strict=True), line, color=colour, label=name, markersize=4, linewidth=1.4)
    axes.set(title=title, xlabel=across, ylabel=up, xscale="log", yscale="log")
    ticks = sorted({x for pairs in points.values() for x, _ in pairs})
    axes.set_xticks(ticks, [_short(tick) for tick in ticks])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(file, metadata={"Date": None, "Creator": None})


def _short(count: float) -> str:
    return f"{count / 1e6:.3g} M" if count >= 1e6 else f"{count / 1e3:.3g} k" if count >= 1e3 else f"{count:g}"


def _by_size(results: Results) -> _Points:
    points: _Points = {}
    for cell in results.cells:
        if cell.mix == "explore" and cell.clients == min(results.clients("explore")) and cell.p50 == cell.p50:
            points.setdefault(cell.engine, []).append((cell.size, cell.p50 * 1e3))
    return points


def _loading(results: Results) -> _Points:
    points: _Points = {}
    for load in results.loads:
        points.setdefault(load.engine, []).append((load.size, load.seconds))
    return points


def _by_clients(results: Results, size: int, value: Callable[[Any], float]) -> _Points:
    points: _Points = {}
    for cell in results.cells:
        if cell.mix == "lookups" and cell.size == size and cell.p99 == cell.p99:
            points.setdefault(cell.engine, []).append((cell.clients, value(cell)))
    return points
