"""How our service compares with other engines, measured side by side in one run: `python -m tests.bench --help`.

data      a shop like that of the Berlin SPARQL Benchmark, of any size, by seed
mixes     the queries that are asked of it
clients   who asks: processes with a socket each, the same for all engines
engines   who answers: ours with and without cache, oxigraph serve, rdflib-endpoint
loads     how fast data come in
measure   cells (size × mix × clients), engines in turns
extras    what is asked once a size: pages beside runaway queries, the first byte of a large answer
report    docs/benchmarks.md; plots: docs/img/
"""
