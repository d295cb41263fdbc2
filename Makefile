# Two commands do all the set-up: `make demo` runs the main job, `make test` passes the tests.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo test check mutants lock bench bench-reading bench-ingesting bench-screening bench-publish bench-manoeuvres bench-rpo bench-covariance bench-messages bench-probability bench-api clean

demo: $(STAMP)
	$(BIN)/tearline demo

test: $(STAMP)
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Plants mistakes in what decides on releases, and tells which the tests do not find: some hours,
# not a part of `make check`; resumes where it was cut short, unless something has changed.
mutants: $(STAMP)
	$(BIN)/python benchmarks/mutants.py

# The lock holds names, versions and hashes, and no address.
$(STAMP): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tearline needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header \
		--group dev --all-extras pyproject.toml --output-file requirements.lock

bench: bench-reading bench-ingesting bench-screening bench-publish bench-manoeuvres bench-rpo bench-covariance bench-messages bench-probability bench-api

# Needs wrk, a package of Debian's.
bench-api: $(STAMP)
	$(BIN)/python benchmarks/api.py
	$(BIN)/python benchmarks/push.py
	$(BIN)/python benchmarks/leaks.py

bench-reading: $(STAMP)
	$(BIN)/python benchmarks/reading.py

bench-ingesting: $(STAMP)
	$(BIN)/python benchmarks/ingesting.py

bench-screening: $(STAMP)
	$(BIN)/python benchmarks/screening.py

bench-publish: $(STAMP)
	$(BIN)/python benchmarks/publishing.py --events 200000

bench-manoeuvres: $(STAMP)
	$(BIN)/python benchmarks/manoeuvres.py

bench-rpo: $(STAMP)
	$(BIN)/python benchmarks/rpo.py scenario

bench-covariance: $(STAMP)
	$(BIN)/python benchmarks/covariance.py

bench-messages: $(STAMP)
	$(BIN)/python benchmarks/messages.py

bench-probability: $(STAMP)
	$(BIN)/python benchmarks/probability.py

clean:
	rm -rf .venv demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
