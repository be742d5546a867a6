"""The prose of docs/benchmarks.md."""

from __future__ import annotations

_INTRO = """\
# Benchmarks

Our service beside `oxigraph serve` (the same engine, without our walls) and `rdflib-endpoint`, measured **in the same
run, in turns**. Written by `make bench`; do not edit it by hand.

{quick}| | |
| --- | --- |
| date | {date} |
| machine | {machine} |
| versions | {versions} |
| the run took | {minutes:.1f} minutes |

**Read the ratios, not the milliseconds.** Clients and engines share the machine; another machine, or a busy one,
moves all numbers of a run alike and leaves the ratios about where they are. A ratio is ours : `oxigraph serve`. For
times less is better, for throughput more.
"""

SHORT = """\
The aims are those we have set ourselves; where a row misses one, the sections below say by how much.

"""

WEIGHT = """\
The geometric mean, over the queries of all mixes, of our p50 (from the request to the last byte, no cache) divided by
that of `oxigraph serve`. A query is small, medium or large by its time there.

"""

MIXES = """\
*lookups* (star of a product, two hops, ASK, DESCRIBE, CONSTRUCT), *explore* (eleven queries like those of the Berlin
SPARQL Benchmark), *scans* (aggregate, search in labels, 586 rows, count, up to 100 000 rows). Clients ask in a loop
over one connection each, every client from another place in the same list. The first three columns are ratios, the
rest is `measured : oxigraph serve` for orientation. *cached* is the same service with its answer cache as it is by
default, which these repeated queries hit.

"""

EACH = """\
p50 without cache, ours : `oxigraph serve`.

"""

LOADING = """\
`terrinclus-kg load FILE` on a home that holds the project's own data (built in {build:.1f} s), against `oxigraph
load` into a new store. They do not do the same: a load of ours also checks every term, keeps a sorted copy of the
file, runs shapes, rules and checks, stores each triple twice (in the graph of its source and in the default graph),
compacts the store (queries on it take a fifth less), counts classes and properties, compares the release with the one
before, and writes a dump with a digest and in three more formats. Storing twice costs nine index entries a triple
instead of three. So there is a second peer: `oxigraph load` of an N-Quads file with just what our release stores.

"""

MEMORY = """\
All processes of a service, pages that several share counted once (PSS), at the start and at the end of the turn of a
cell where it was largest. Ours is one process that answers HTTP, one that forks, and the workers. The cap of each
worker is a setting (`worker_memory`).

"""

PAGES = """\
Pages of a made-up atlas in the project's own model (`tests/bench/atlas.py`), each asked once by one client of a service
that keeps no answers: p50, and of 30 the slowest. A page of anything is one query and one look-up of labels; of hubs,
to which very many link, only the first links are read, and all are counted. The aim is 50 ms at p50 at a million.

"""

SEARCH = """\
The index of {size:,} made-up resources (`tests/bench/search.py`), whose words follow Zipf's law; the most common ones
are in every second label. It was built in {built:.0f} s, and takes {megabytes:,.0f} MB. {processes} processes ask at
a time; each answer has 20 results, their texts, the exact total and exact counts by seven facets of up to 400 values.
The aim is 50 ms at p95.

"""

BESIDE = """\
One client, while six runaway queries (a product of all triples with themselves, twice) hold all public slots of ours
(`public_workers` + `slow_workers`); for `oxigraph serve`, the same six queries and lookups only, as it has no pages.
With six runaway queries our lookups find no free slot unless one is ended for them; pages have a lane of their own.

"""

OUTRO = """\
## How to run it

```sh
make bench    # 100 k, 1 M and 10 M triples; about 25 minutes on two cores, 12 GB of disk
.venv/bin/python -m tests.bench --quick --out /tmp/bench      # under a minute
.venv/bin/python -m tests.bench --sizes 100k,1m --clients 1,8 --seconds 10
```

## How it is measured

- The data are made by `tests/bench/data.py`: products, features, offers, reviews and people, by seed, so that all
  machines get the same bytes.
- All engines of a size run all the time; in each cell they take three turns each, in changing order, so that what
  disturbs the machine disturbs all.
- First every engine is asked everything once, and the numbers of rows must agree; from then on each answer must be
  whole and have the same length, or it counts as a fault and not as an answer.
- Clients are processes of their own with a bare socket, the same for all engines. They need processor time as well,
  which the engines then do not get.
- p50 and p99 of a mix are over all its answers. Scans are not asked by sixteen clients: on two cores that measures
  the queue.
- `rdflib-endpoint` takes part at 100 k only: it holds all in memory, and one query takes it seconds.
- Each client has an address of its own, as in life (127.0.0.0/8; ours shares its slots fairly among addresses). Ours
  runs with all settings as by default: two public workers, four for slow queries; without the answer cache unless a
  row says *cached*. `oxigraph serve` runs as by default, without a timeout.

## What the ratios mean

- A small query costs the engine a fraction of a millisecond; what is left of the ratio is our way from HTTP to a
  worker and back: Python reads the request, the guard reads the query, a pipe goes to another process. That is the
  price of being able to end a query.
- A query over some milliseconds runs in the same engine on the same files, so the ratio tends to one. Our store is
  larger, as every triple is in it twice.
- A query that takes more than 100 ms is demoted, and its worker is not used again. The next worker begins with an
  empty cache of blocks: a medium query that follows a long one, as in *scans*, pays some milliseconds for it.
- With more clients than cores our processes compete with each other where `oxigraph serve` has threads.
"""


def intro(date: str, machine: str, versions: str, minutes: float, quick: bool) -> str:
    """Title, and what has been measured where."""
    warning = "**A quick run: it shows that the bench works, its numbers say nothing.**\n\n" if quick else ""
    return _INTRO.format(date=date, machine=machine, versions=versions, minutes=minutes, quick=warning)
