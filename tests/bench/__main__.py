"""`python -m tests.bench`: measures, writes docs/benchmarks.md and its plots, and ends all that it started."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from tests.bench import extras, loads, measure, mixes, reading, report, search
from tests.bench.data import Shop, write
from tests.bench.engines import CACHED, OURS, PEER, RDFLIB, ours, program, run, serving

_SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000, "10m": 10_000_000}
_SMALL = 100_000  # rdflib-endpoint holds all in memory and is slow: no more than that
_DOCS = Path(__file__).parent.parent.parent / "docs"


def main() -> None:
    """Runs what the arguments say."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # all that it started is ended on its way out
    if options.render:
        results = report.Results.of(json.loads(options.render.read_text()))
    else:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=options.scratch) as scratch:
            results = _Bench(options, Path(scratch)).run()
    results.notes += options.note
    if options.results:
        options.results.write_text(json.dumps(asdict(results)))
    report.write(results, options.out)
    _say(f"written to {options.out / 'benchmarks.md'}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", default="100k,1m,10m", help="triples: %(default)s")
    parser.add_argument("--clients", default="1,4,16", help="how many ask at a time: %(default)s")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each engine in a cell: %(default)s")
    parser.add_argument("--quick", action="store_true", help="10k triples, 1 and 4 clients, a fifth of a second a cell")
    parser.add_argument("--out", type=Path, default=_DOCS, help="folder of benchmarks.md and img/: docs/")
    parser.add_argument("--scratch", type=Path, help="folder for data and stores; needs 12 GB for 10m")
    parser.add_argument("--results", type=Path, help="also keep the results in this file, as JSON")
    parser.add_argument("--render", type=Path, help="measure nothing: write the report of such a file again")
    parser.add_argument("--note", action="append", default=[], help="a sentence for the notes of the report")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.clients, options.seconds = "10k", "1,4", 0.2
    return options


class _Bench:
    """One run."""

    def __init__(self, options: argparse.Namespace, scratch: Path) -> None:
        self._scratch = scratch
        self._sizes = [_SIZES[name] for name in options.sizes.split(",")]
        self._clients = [int(count) for count in options.clients.split(",")]
        self._seconds: float = options.seconds
        self._results = report.Results.begun(options.quick)

    def run(self) -> report.Results:
        began = time.monotonic()
        for command in ("oxigraph", "rdflib-endpoint"):
            if not program(command):
                self._note(f"{command} is not installed: not measured")
        home = self._scratch / "home"
        self._results.build = run(ours("build"), home).seconds
        for size in self._sizes:
            self._size(size, home)
        self._search()
        self._results.minutes = (time.monotonic() - began) / 60
        return self._results

    def _size(self, size: int, home: Path) -> None:
        shop, file = Shop.of(size), self._scratch / f"shop-{size}.nt"
        count = write(file, shop)
        _say(f"{size}: {count} triples")
        base = (home / "releases/CURRENT").resolve().name
        self._results.triples[str(size)] = count
        store = self._load(size, home, file)
        places = {OURS: home, CACHED: home} | ({PEER: store} if program("oxigraph") else {})
        if size <= _SMALL and program("rdflib-endpoint"):
            places[RDFLIB] = file
        self._queries(size, shop, places)
        self._reading(size)
        self._beside(size, shop, places)
        run(ours("release", "switch", base), home)  # the next size starts from our own data again
        run(["rm", "-rf", str(store), str(file)])

    def _load(self, size: int, home: Path, file: Path) -> Path:
        store, all_of_it = self._scratch / f"store-{size}", self._scratch / "stored.nq"
        found = [loads.load_ours(home, file, size)]
        if program("oxigraph"):
            found.append(loads.load_peer(store, file, size))
            twice = self._scratch / "store-twice"
            found.append(loads.load_peer(twice, loads.stored(home, all_of_it), size, loads.TWICE))
            run(["rm", "-rf", str(twice), str(all_of_it)])
        for load in found:
            _say(f"  {load.engine}: loaded in {load.seconds:.1f} s ({load.cpu:.1f} s of processors)")
        self._results.loads += found
        return store

    def _queries(self, size: int, shop: Shop, places: dict[str, Path]) -> None:
        with ExitStack() as stack:
            engines = [stack.enter_context(serving(name, place)) for name, place in places.items()]
            engines.sort(key=lambda engine: engine.name != PEER)  # what it answers is expected of the others
            self._results.idle[str(size)] = {engine.name: engine.memory() for engine in engines}
            for mix in mixes.MIXES:
                requests = measure.checked(engines, mix, mixes.asks(mix, shop), self._note)
                for clients in self._clients if mix != "scans" else self._clients[:2]:
                    cells = measure.cell(engines, requests, size, mix, clients, self._seconds)
                    self._results.cells += cells
                    for cell in cells:
                        _say(f"  {mix} × {clients}: {cell.engine} {cell.throughput:.0f}/s {cell.faults[:2] or ''}")

    def _reading(self, size: int) -> None:
        found = reading.measured(size, self._scratch)
        self._results.reading += found
        for page in found:
            _say(f"  page of {page.page}: {page.p50 * 1e3:.1f} ms")
        run(["rm", "-rf", str(self._scratch / f"atlas-{size}")])

    def _search(self) -> None:
        file = self._scratch / "search.db"
        found = search.measure(search.FEW if self._results.quick else search.MANY, file, seconds=self._seconds)
        self._results.searching = [found]
        slowest = max(p95 for _, p95, _ in found.milliseconds.values())
        _say(f"search in {found.size} resources: built in {found.built:.0f} s, p95 {slowest:.0f} ms")
        run(["rm", "-f", str(file)])

    def _beside(self, size: int, shop: Shop, places: dict[str, Path]) -> None:
        for name in (OURS, PEER):
            if name not in places:
                continue
            with serving(name, places[name]) as engine:
                lookups = measure.checked([engine], "lookups", mixes.asks("lookups", shop)[:20], self._note)[name]
                asked = {"lookups": lookups} | ({"pages": extras.pages(engine.url)} if name == OURS else {})
                for what, requests in asked.items():
                    found = extras.beside_runaways(engine, size, what, requests, self._seconds)
                    self._results.beside.append(found)
                    slower = f"{found.idle_p99 * 1e3:.1f} → {found.busy_p99 * 1e3:.1f} ms"
                    _say(f"  {name}, {what} beside runaways: p99 {slower}")

    def _note(self, text: str) -> None:
        _say(f"  note: {text}")
        self._results.notes.append(text)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    main()
