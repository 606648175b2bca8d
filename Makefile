# ExamLens. `make demo` and `make test` need Python 3.11 or newer and nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
GROUPS = $(IMAGES) embedded test generator peers load lint supply bootstrap dev

.PHONY: help setup demo serve up down check format revision lock dashboards clean \
	test test-unit coverage chaos simulate fuzz vendor messages eval-reading eval-duplicates eval-diagnosis bench bench-peers load

$(BIN)/uv: requirements/bootstrap.txt
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed and was not found in PATH."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Creating $(VENV) failed; on Debian: apt install python3-venv"; exit 1; }
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

$(VENV)/.embedded: $(BIN)/uv requirements/embedded.txt pyproject.toml
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/embedded.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.embedded requirements/dev.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

# An environment of its own: it wants another typer than our command line.
$(VENV)/.generator: $(BIN)/uv requirements/generator.txt
	@$(BIN)/uv venv -q --clear --python $(BIN)/python $(VENV)/generator
	@$(BIN)/uv pip install -q --python $(VENV)/generator/bin/python --require-hashes \
		-r requirements/generator.txt
	@touch $@

# An environment of its own: no part of the product knows what it is compared with.
$(VENV)/.peers: $(BIN)/uv requirements/peers.txt
	@$(BIN)/uv venv -q --clear --python $(BIN)/python $(VENV)/peers
	@$(BIN)/uv pip install -q --python $(VENV)/peers/bin/python --require-hashes \
		-r requirements/peers.txt
	@touch $@

# An environment of its own: no part of the product asks for what drives it from outside.
$(VENV)/.load: $(BIN)/uv requirements/load.txt
	@$(BIN)/uv venv -q --clear --python $(BIN)/python $(VENV)/load
	@$(BIN)/uv pip install -q --python $(VENV)/load/bin/python --require-hashes \
		-r requirements/load.txt
	@touch $@

##@ Run it

demo: $(VENV)/.embedded ## Read, score and report the sample papers in one process
	@$(BIN)/examlens demo

serve: $(VENV)/.embedded ## Run everything in one process until Ctrl-C
	@$(BIN)/examlens serve

up: $(VENV)/.embedded ## Start every service as a process of its own, on RabbitMQ: OCR=2 GATEWAY=2 for more of one
	@$(BIN)/python -m examlens.separate up $(REPLICAS)

down: $(VENV)/.embedded ## Stop what `make up` started
	@$(BIN)/python -m examlens.separate down

##@ Work on it

help: ## List the targets
	@awk '/^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {split($$0, part, ":.*## "); \
		printf "  make %-16s %s\n", part[1], part[2]}' $(MAKEFILE_LIST)

setup: $(VENV)/.dev ## Create .venv with everything a developer needs

check: $(VENV)/.dev ## Format, lint, types, import contracts, schema drift
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/lint-imports --no-cache | tail -n 3
	@$(BIN)/mypy | tail -n 20
	@$(BIN)/python -m examlens.servers.drift

format: $(VENV)/.dev ## Apply the formatter and the safe fixes
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

revision: $(VENV)/.dev ## Draft a migration of what the tables say by now: m="what changes"
	@file=$$($(BIN)/python -m examlens.servers.revision "$(m)") || exit 1; \
		$(BIN)/ruff format -q "$$file"; $(BIN)/ruff check -q --fix "$$file"; echo "$$file"

lock: $(BIN)/uv ## Resolve every dependency group to requirements/
	@for group in $(GROUPS); do \
		$(BIN)/uv pip compile -q --group $$group --generate-hashes --universal \
			--python-version 3.11 --no-header -o requirements/$$group.txt || exit 1; done

vendor: ## Copy htmx and its licence into the pages, from a locked npm install
	@deploy/vendor/vendor

messages: $(VENV)/.dev ## Bring the pages' Chinese catalogue up to date with their templates
	@mkdir -p .run
	@$(BIN)/pybabel -q extract -F deploy/vendor/babel.toml --no-location -o .run/pages.pot services/gateway/templates/pages
	@$(BIN)/pybabel -q update --no-fuzzy-matching --no-wrap --ignore-obsolete --ignore-pot-creation-date -l zh_Hans_CN -i .run/pages.pot \
		-o services/gateway/templates/catalogues/zh.po
	@sed -i -E '/^"(Project-Id|Report-|POT-|PO-Rev|Last-|Language-Team|Generated)/d' services/gateway/templates/catalogues/zh.po

dashboards: $(VENV)/.dev ## Write the Grafana dashboards from their Python
	@$(BIN)/python deploy/grafana/build.py

clean: ## Remove what was built and what `make up` keeps
	@rm -rf $(VENV) .run build dist *.egg-info

##@ Test it

test: $(VENV)/.dev $(VENV)/.generator ## Run all tests on real servers
	@tests/ensure-servers
	@$(BIN)/pytest -n 2 --dist loadgroup --durations=15

test-unit: $(VENV)/.dev ## Run the tests that need no server, on all cores
	@$(BIN)/pytest -q -n auto --dist loadgroup --durations=15 tests/unit

coverage: $(VENV)/.dev ## Percent of the contract and of each domain's rooms that unit tests run
	@mkdir -p .run
	@$(BIN)/pytest -q -n auto --dist loadgroup --cov --cov-report= tests/unit; status=$$?; \
		$(BIN)/python -m tests.coverage_by_room && exit $$status

chaos: $(VENV)/.dev ## Faults on real servers and processes while 300 exams pass
	@tests/ensure-servers
	@$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED))

simulate: $(VENV)/.dev ## Runner, relay and gateway on a fake clock: 3,000 stories, or SEEDS=n, or SEED=n once more
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS))

fuzz: $(VENV)/.dev ## Over 400 hostile inputs, and schemathesis with all checks, to a process of their own
	@$(BIN)/python -m tests.fuzz

##@ Measure it

PAPERS ?= samples
eval-reading: $(VENV)/.embedded ## Reading figures of PAPERS=DIR; or the targets of CLEAN=, DEGRADED=, DATA=DIR
ifneq ($(CLEAN)$(DEGRADED)$(DATA),)
	@$(BIN)/python benchmarks/reading/targets.py $(if $(CLEAN),--clean $(CLEAN)) \
		$(if $(DEGRADED),--degraded $(DEGRADED)) $(if $(DATA),--data $(DATA))
else
	@$(BIN)/examlens evaluate reading $(PAPERS)
endif

eval-duplicates: $(VENV)/.embedded ## Precision and recall of the search for repeated sheets; SHEETS=DIR adds scans
	@$(BIN)/python benchmarks/duplicates/evaluate.py $(if $(SHEETS),--sheets $(SHEETS)) \
		$(if $(BANK),--bank $(BANK))

eval-diagnosis: $(VENV)/.embedded ## All figures of the diagnosis; RESPONSES=DIR, ITEMS="FILE.jsonl ..." for those on data
	@$(BIN)/python benchmarks/diagnosis/measure.py $(if $(RESPONSES),--responses $(RESPONSES)) \
		$(if $(ITEMS),--items $(ITEMS))

bench: $(VENV)/.dev ## Seconds a page: stock RapidOCR, ours, alternatives, one and two worker threads
	@$(BIN)/python benchmarks/ocr_timing.py $(PAGES)

bench-peers: $(VENV)/.dev $(VENV)/.peers ## Our pipeline beside Celery + Redis and bare Dramatiq + RabbitMQ
	@tests/ensure-servers
	@$(BIN)/python -m benchmarks.peers

load: $(VENV)/.dev $(VENV)/.load ## 10, 50 and 100 papers at once over HTTP; PAPERS_AT_ONCE="10 50" for others
	@tests/ensure-servers
	@$(BIN)/python -m benchmarks.load $(if $(PAPERS_AT_ONCE),--papers $(PAPERS_AT_ONCE))

include deploy/deploy.mk
