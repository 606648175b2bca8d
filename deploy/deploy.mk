# What needs a Docker engine; included by the Makefile.
DOCKER ?= docker
COMPOSE ?= $(shell $(DOCKER) compose version >/dev/null 2>&1 && echo $(DOCKER) compose || \
	{ [ -x $(BIN)/docker-compose ] && echo $(BIN)/docker-compose; } || echo docker-compose)
OUR_PYTHON = $(or $(PYTHON),python3)
BASE_IMAGE ?= python:3.11-slim-bookworm
EXAMLENS_TAG ?= dev
export EXAMLENS_TAG
# From the one list of services, asked when a target needs it.
IMAGES = $(or $(shell $(OUR_PYTHON) -c 'from shared.contract.services import IMAGES; print(*IMAGES)'),\
	$(error Python 3.11 or newer is needed to list the services))
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
# PIP_CONFIG=FILE: a pip.conf for the build alone, on machines with a package index of their own.
BUILD_SECRET = $(if $(PIP_CONFIG),--secret id=pip_config$(,)src=$(PIP_CONFIG))
, := ,
GATEWAY_URL = http://127.0.0.1:$(or $(EXAMLENS_PORT),8000)

# OCR=3 GATEWAY=2: replicas of these services.
REPLICAS = $(foreach name,gateway relay ingest ocr parse diagnose report,\
	$(if $($(shell echo $(name) | tr a-z A-Z)),$(name)=$($(shell echo $(name) | tr a-z A-Z))))
SCALES = $(foreach replica,$(REPLICAS),--scale $(replica))

.PHONY: images secrets up-docker demo-docker down-docker kill-docker sizes test-containers sbom audit

##@ In containers

images: ## Build the image of every service, one after the other
	@for service in $(IMAGES); do echo "examlens/$$service:$(EXAMLENS_TAG)"; \
		DOCKER_BUILDKIT=1 $(DOCKER) build -q --build-arg SERVICE=$$service \
			--build-arg BASE_IMAGE=$(BASE_IMAGE) --build-arg VERSION=$(VERSION) $(BUILD_SECRET) \
			-t examlens/$$service:$(EXAMLENS_TAG) -f deploy/docker/Dockerfile . || exit 1; done

secrets: ## Make the passwords that docker-compose.yml needs, once, in deploy/secrets
	@$(OUR_PYTHON) -m deploy.docker.make_secrets

up-docker: images secrets ## Start everything in containers: OCR=3 GATEWAY=2 for more of one
	@$(COMPOSE) up -d --no-build --wait --wait-timeout 300 $(SCALES)
	@echo "up at $(GATEWAY_URL)"

demo-docker: $(VENV)/.embedded ## Run the samples through the containers
	@EXAMLENS_API_KEY=$$($(COMPOSE) exec -T gateway python -m services.gateway.issue_key demo) \
		$(BIN)/examlens demo --url $(GATEWAY_URL)

kill-docker: $(VENV)/.embedded ## Kill each container in turn while exams pass; print what was lost
	@EXAMLENS_API_KEY=$$($(COMPOSE) exec -T gateway python -m services.gateway.issue_key kill) \
		$(BIN)/python deploy/docker/kill_each.py --compose "$(COMPOSE)" --docker $(DOCKER) --url $(GATEWAY_URL)

down-docker: ## Stop the containers; ALSO=volumes removes their data too
	@EXAMLENS_SECRETS=$${EXAMLENS_SECRETS:-./deploy/secrets} $(COMPOSE) --profile '*' down --remove-orphans \
		$(if $(filter volumes,$(ALSO)),--volumes)

sizes: ## Sizes of the images above their base; fails when one is over its budget
	@$(OUR_PYTHON) -m deploy.docker.sizes --docker $(DOCKER) --base $(BASE_IMAGE) --tag $(EXAMLENS_TAG)

test-containers: $(VENV)/.dev $(VENV)/.generator ## The integration tests on PostgreSQL and RabbitMQ in containers
	@env -u DATABASE_URL -u AMQP_URL EXAMLENS_TEST_SERVERS=containers $(BIN)/pytest -q tests/integration

##@ What is in it

.PHONY: licences
SUPPLY := .run/supply
$(SUPPLY)/bin/cyclonedx-py: $(BIN)/uv requirements/supply.txt
	@$(BIN)/uv venv -q --clear --python $(BIN)/python $(SUPPLY)
	@$(BIN)/uv pip install -q --python $(SUPPLY)/bin/python --require-hashes -r requirements/supply.txt
	@touch $@

sbom: $(SUPPLY)/bin/cyclonedx-py licences ## CycloneDX of every image's locked packages, in build/sbom
	@mkdir -p build/sbom
	@for group in $(IMAGES); do \
		$(SUPPLY)/bin/python -W ignore -m cyclonedx_py requirements requirements/$$group.txt \
			--pyproject pyproject.toml --output-reproducible --validate \
			-o build/sbom/$$group.cdx.json || exit 1; done
	@ls build/sbom

licences: $(VENV)/.embedded ## Licences of what the images hold, in build/licences.tsv; some are forbidden
	@mkdir -p build
	@$(BIN)/python deploy/supply/licences.py $(IMAGES) >build/licences.tsv && wc -l <build/licences.tsv

audit: $(SUPPLY)/bin/cyclonedx-py ## Known vulnerabilities of the locked packages; MUST_ASK=1 fails where nobody answers
	@$(SUPPLY)/bin/python deploy/supply/audit.py --pip-audit $(SUPPLY)/bin/pip-audit \
		$(if $(MUST_ASK),--must-ask) $(IMAGES)
