# On a fresh machine (Python 3.11 or later, nothing else of ours) `make serve` and `make test` do all set-up.
#
#   make serve    build the graph from data/ and serve it     HOST=127.0.0.1 PORT=8000 TERRINCLUS_HOME=./var
#   make test     everything that continuous integration runs
#   make build    build the graph only
#   make bench    measure us beside other engines, and write docs/benchmarks.md (25 minutes)
#   make format   put the code into shape
#   make catalogue   gather the strings of the interface for translation
#   make clean    forget the environment and the built graph

PYTHON ?= python3
HOST   ?= 127.0.0.1
PORT   ?= 8000
export TERRINCLUS_HOME ?= $(CURDIR)/var

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt

# What an installation is made of: the package, and what is built for its pages.
SOURCES := pyproject.toml constraints.txt hatch_build.py $(wildcard web/*.json web/.npmrc web/*.mjs web/build.py web/src/*.js web/src/*/*.js)
BUILT := test -f web/static/dist/manifest.json \
  || echo "make: npm cannot be reached: pages are complete, but have no maps, and lack what scripts add" >&2

.PHONY: serve build test bench lint comunica chromium java r virtuoso format catalogue clean

serve: build
	exec $(BIN)/terrinclus-kg serve --host $(HOST) --port $(PORT)

build: $(VENV)/installed
	$(BIN)/terrinclus-kg build

test: $(VENV)/installed-dev lint comunica chromium java r virtuoso
	$(BIN)/python -m pytest -n 2

bench: $(VENV)/installed-bench
	$(BIN)/python -m tests.bench

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python web/build.py --dev

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

catalogue: $(VENV)/installed-dev
	$(BIN)/python -m tests.catalogue

# The client of fragments that tests ask.
comunica: $(VENV)/installed-dev
	$(BIN)/python web/build.py --packages tests/fragments/comunica

# Browser tests need Chromium. It is installed where that is allowed; else they are skipped loudly (and fail under CI).
chromium:
	@command -v chromium >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	} || echo "make: Chromium is missing and cannot be installed: browser tests will be skipped" >&2

# The Nu Html Checker needs Java, in the same way.
java:
	@command -v java >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends default-jre-headless >/dev/null; \
	} || echo "make: Java is missing and cannot be installed: pages will not pass the HTML checker" >&2

# The recipes for R need R (60 packages, about 125 MB once installed): as with Chromium.
r:
	@command -v Rscript >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends r-base-core >/dev/null; \
	} || echo "make: R is missing and cannot be installed: its recipes will be skipped" >&2

# The tests over an engine that is not ours need Virtuoso, in the same way.
virtuoso:
	@command -v virtuoso-t >/dev/null && command -v isql-vt >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	     virtuoso-opensource-7-bin virtuoso-opensource-7-common >/dev/null; \
	} || echo "make: Virtuoso is missing and cannot be installed: tests over it will be skipped" >&2

$(VENV)/python:
	$(PYTHON) -m venv --clear $(VENV) || { \
	  test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv --clear $(VENV); }
	touch $@

$(VENV)/installed: $(SOURCES) | $(VENV)/python
	$(PIP) --editable .
	@$(BUILT)
	touch $@

$(VENV)/installed-dev: $(SOURCES) | $(VENV)/python
	$(PIP) --editable '.[dev]'
	touch $@ $(VENV)/installed

$(VENV)/installed-bench: $(SOURCES) | $(VENV)/python
	$(PIP) --editable '.[bench]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) var dist
