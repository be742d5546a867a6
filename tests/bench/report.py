"""docs/benchmarks.md: the tables, the machine, and how to read them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from math import exp, isnan, log, nan
from pathlib import Path
from typing import Any

from tests.bench import plots, words
from tests.bench.engines import CACHED, OURS, PEER, RDFLIB
from tests.bench.extras import Beside
from tests.bench.loads import TWICE, Load
from tests.bench.measure import Cell
from tests.bench.mixes import MIXES
from tests.bench.reading import Reading
from tests.bench.search import Searching

_PROGRAMS = ("terrinclus-kg", "pyoxigraph", "granian", "oxigraph", "rdflib-endpoint", "rdflib")
_MS = 1e3


@dataclass
class Results:
    """All that a run has measured, and where. ``idle``: size → engine → bytes."""

    date: str
    machine: str
    versions: str
    quick: bool
    build: float = 0.0
    minutes: float = 0.0
    triples: dict[str, int] = field(default_factory=dict)
    idle: dict[str, dict[str, int]] = field(default_factory=dict)
    loads: list[Load] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    reading: list[Reading] = field(default_factory=list)
    searching: list[Searching] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def begun(cls, quick: bool) -> Results:
        return cls(datetime.now(UTC).strftime("%Y-%m-%d"), _machine(), _versions(), quick)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Results:
        """From what `asdict` made of one."""
        for name, kind in (
            ("loads", Load),
            ("cells", Cell),
            ("beside", Beside),
            ("reading", Reading),
            ("searching", Searching),
        ):
            kept[name] = [kind(**entry) for entry in kept.get(name, [])]
        return cls(**kept)

    @property
    def sizes(self) -> list[int]:
        return [int(size) for size in self.triples]

    def cell(self, size: int, mix: str, clients: int, engine: str) -> Cell | None:
        found = [c for c in self.cells if (c.size, c.mix, c.clients, c.engine) == (size, mix, clients, engine)]
        return found[0] if found else None

    def clients(self, mix: str) -> list[int]:
        return sorted({cell.clients for cell in self.cells if cell.mix == mix})


def write(results: Results, folder: Path) -> None:
    """Writes benchmarks.md and img/*.svg into a folder."""
    (folder / "img").mkdir(parents=True, exist_ok=True)
    shown = plots.draw(results, folder / "img")
    parts = [
        words.intro(results.date, results.machine, results.versions, results.minutes, results.quick),
        "## In short\n\n" + _short(results),
        "## Queries by weight, one client\n\n" + words.WEIGHT + _weights(results),
        "## Mixes by number of clients\n\n" + words.MIXES + _mixes(results),
        "## Each query, one client\n\n" + words.EACH + _each(results),
        "## Loading\n\n" + words.LOADING.format(build=results.build) + _loads(results),
        "## Memory\n\n" + words.MEMORY + _memory(results),
        "## Pages\n\n" + words.PAGES + _reading(results),
        *(
            "## Search\n\n" + words.SEARCH.format(megabytes=found.megabytes, **vars(found)) + _searching(found)
            for found in results.searching
        ),
        "## Beside runaway queries\n\n" + words.BESIDE + _beside(results),
        "## How cost grows\n\n" + "\n\n".join(f"![{title}](img/{name})" for name, title in shown.items()),
        words.OUTRO,
        "## Notes of this run\n\n"
        + ("\n".join(f"- {note}" for note in _notes(results)) or "None: all answers agreed."),
    ]
    (folder / "benchmarks.md").write_text("\n\n".join(part.strip() for part in parts) + "\n", encoding="utf-8")


def _notes(results: Results) -> list[str]:
    faults = [f"{c.engine}, {c.mix} × {c.clients}, {c.size:,} triples: {f}" for c in results.cells for f in c.faults]
    return [*dict.fromkeys(results.notes), *faults[:40]]


def _short(results: Results) -> str:
    rows = []
    for size in results.sizes:
        groups = _groups(results, size)
        cached = _ratio(results, size, "lookups", 1, CACHED, "throughput")
        loads = {load.engine: load.seconds for load in results.loads if load.size == size}
        pages = [b for b in results.beside if b.size == size and b.what == "pages"]
        rows.append([
            f"{results.triples[str(size)]:,}",
            _x(groups.get("small", nan)),
            _x(geomean(groups[name] for name in ("medium", "large") if name in groups)),
            _x(cached),
            _x(loads[OURS] / loads[PEER] if PEER in loads else nan),
            _x(loads[OURS] / loads[TWICE] if TWICE in loads else nan),
            _x(pages[0].busy_p99 / pages[0].idle_p99 if pages else nan),
        ])  # fmt: skip
    head = ["triples", "small queries, p50", "over 5 ms, p50", "repeated, throughput", "loading, time",
            "loading what we store, time", "page p99, busy : idle"]  # fmt: skip
    aims = ["*aim*", "≤ 2 ×", "≤ 1.2 ×", "≥ 3 ×", "≤ 1.2 ×", "–", "< 2 ×"]
    return words.SHORT + table(head, [*rows, aims])


def _groups(results: Results, size: int) -> dict[str, float]:
    """By weight of query on the peer: the geometric mean of our p50 over its."""
    found: dict[str, list[float]] = {}
    for mix in MIXES:
        mine, peer = (results.cell(size, mix, min(results.clients(mix)), name) for name in (OURS, PEER))
        if mine and peer:
            for query, (p50, _) in peer.queries.items():
                if query in mine.queries:
                    found.setdefault(weight(p50), []).append(mine.queries[query][0] / p50)
    return {name: geomean(ratios) for name, ratios in found.items()}


def weight(seconds: float) -> str:
    """The group of a query, by its time on the peer."""
    return "small" if seconds < 0.005 else "medium" if seconds < 0.1 else "large"


def _weights(results: Results) -> str:
    names = ("small", "medium", "large")
    rows = [
        [f"{results.triples[str(size)]:,}", *(_x(_groups(results, size).get(name, nan)) for name in names)]
        for size in results.sizes
    ]
    return table(["triples", "small, under 5 ms", "medium, 5 to 100 ms", "large, over 100 ms"], rows)


def _mixes(results: Results) -> str:
    rows = []
    for size in results.sizes:
        for mix in MIXES:
            for clients in results.clients(mix):
                peer = results.cell(size, mix, clients, PEER)
                for name in (OURS, CACHED, RDFLIB):
                    if cell := results.cell(size, mix, clients, name):
                        rows.append([f"{results.triples[str(size)]:,}", mix, str(clients), name, *_against(cell, peer)])
    head = ["triples", "mix", "clients", "engine", "p50", "p99", "throughput", "p50 ms", "p99 ms", "queries/s"]
    return table(head, rows)


def _against(cell: Cell, peer: Cell | None) -> list[str]:
    own = [f"{cell.p50 * _MS:.2f}", f"{cell.p99 * _MS:.1f}", f"{cell.throughput:,.0f}"]
    if peer is None:
        return ["–", "–", "–", *own]
    ratios = (cell.p50 / peer.p50, cell.p99 / peer.p99, cell.throughput / peer.throughput)
    pairs = (peer.p50 * _MS, peer.p99 * _MS, peer.throughput)
    shown = ("{:.2f}", "{:.1f}", "{:,.0f}")
    return [*map(_x, ratios), *(f"{a} : {form.format(b)}" for a, b, form in zip(own, pairs, shown, strict=True))]


def _each(results: Results) -> str:
    largest = results.sizes
    rows = []
    for mix in MIXES:
        clients = min(results.clients(mix), default=1)
        names = [query for size in largest if (c := results.cell(size, mix, clients, OURS)) for query in c.queries]
        for query in dict.fromkeys(names):
            rows.append([mix, query, *(_query(results, size, mix, clients, query) for size in largest)])
    return table(["mix", "query", *(f"{results.triples[str(size)]:,} triples" for size in largest)], rows)


def _query(results: Results, size: int, mix: str, clients: int, query: str) -> str:
    mine, peer = (results.cell(size, mix, clients, name) for name in (OURS, PEER))
    if not mine or query not in mine.queries:
        return "–"
    p50, first = mine.queries[query]
    if not peer or query not in peer.queries:
        return f"{p50 * _MS:.2f} ms"
    other, other_first = peer.queries[query]
    late = f"; first byte {first * _MS:.1f} : {other_first * _MS:.1f}" if query == "many-rows" else ""
    return f"{_x(p50 / other)} ({p50 * _MS:.2f} : {other * _MS:.2f} ms{late})"


def _ratio(results: Results, size: int, mix: str, clients: int, name: str, member: str) -> float:
    mine, peer = results.cell(size, mix, clients, name), results.cell(size, mix, clients, PEER)
    return getattr(mine, member) / getattr(peer, member) if mine and peer else nan


def _loads(results: Results) -> str:
    rows = []
    for size in results.sizes:
        found = {load.engine: load for load in results.loads if load.size == size}
        for name, load in found.items():
            against = _x(load.seconds / found[PEER].seconds) if PEER in found else "–"
            twice = _x(load.seconds / found[TWICE].seconds) if TWICE in found else "–"
            count = results.triples[str(size)]
            shown = "terrinclus-kg load" if name == OURS else "oxigraph load" if name == PEER else name
            rows.append([
                f"{count:,}", shown, against, twice, f"{load.seconds:.1f}", f"{load.cpu:.1f}",
                f"{count / load.seconds:,.0f}", _mib(load.memory), _mib(load.disk),
            ])  # fmt: skip
    head = ["triples", "command", "time : oxigraph load", "time : the same, what we store", "s", "processor s",
            "triples/s", "largest process, MiB", "on disk, MiB"]  # fmt: skip
    return table(head, rows)


def _memory(results: Results) -> str:
    rows = []
    for size in results.sizes:
        for name, idle in results.idle[str(size)].items():
            most = max((c.memory for c in results.cells if (c.size, c.engine) == (size, name)), default=idle)
            rows.append([f"{results.triples[str(size)]:,}", name, _mib(idle), _mib(most)])
    return table(["triples", "engine", "at the start, MiB", "most, MiB"], rows)


def _reading(results: Results) -> str:
    sizes = sorted({found.size for found in results.reading})
    told = {(found.page, found.size): found for found in results.reading}
    rows = [
        [page, *(_page(told[page, size]) for size in sizes), _x(told[page, sizes[-1]].p50 / told[page, sizes[0]].p50)]
        for page in dict.fromkeys(found.page for found in results.reading)
    ]
    return table(["page", *(f"{size:,} triples" for size in sizes), "growth of p50"], rows)


def _searching(found: Searching) -> str:
    rows = [[name, *(f"{each:.1f}" for each in times)] for name, times in found.milliseconds.items()]
    return table(["question", "p50, ms", "p95, ms", "p99, ms"], rows)


def _page(found: Reading) -> str:
    return f"{found.p50 * _MS:.1f} ms (p99 {found.p99 * _MS:.1f}; {found.bytes / 1000:.0f} kB)"


def _beside(results: Results) -> str:
    rows = [
        [
            f"{results.triples[str(b.size)]:,}", b.engine, b.what,
            _x(b.busy_p50 / b.idle_p50), _x(b.busy_p99 / b.idle_p99),
            f"{b.idle_p99 * _MS:.1f} → {b.busy_p99 * _MS:.1f}", f"{b.share:.1%}",
        ]
        for b in results.beside
    ]  # fmt: skip
    return table(["triples", "engine", "what", "p50, busy : idle", "p99, busy : idle", "p99 ms", "failed"], rows)


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def geomean(ratios: Iterable[float]) -> float:
    """The geometric mean; not a number if there is none."""
    found = [ratio for ratio in ratios if not isnan(ratio)]
    return exp(sum(map(log, found)) / len(found)) if found else nan


def _x(ratio: float) -> str:
    return "–" if isnan(ratio) else f"{ratio:.2f} ×" if ratio < 10 else f"{ratio:,.0f} ×"


def _mib(count: int) -> str:
    return f"{count / 1024**2:,.0f}"


def _machine() -> str:
    info = Path("/proc/cpuinfo")
    models = [row.split(":", 1)[1].strip() for row in info.read_text().splitlines() if row.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return f"{(models or [platform.machine()])[0]}, {os.cpu_count()} cores, {memory:.0f} GiB of memory, {_system()}"


def _system() -> str:
    release = Path("/etc/os-release")
    names = [
        row.split("=", 1)[1].strip('"') for row in release.read_text().splitlines() if row.startswith("PRETTY_NAME=")
    ]
    return f"{(names or ['Linux'])[0]}, Linux {platform.release()}"


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for name in _PROGRAMS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name}: not installed")
    return ", ".join(found)
