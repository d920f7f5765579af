# `make` alone lists what there is.
SHELL := /bin/bash
UV := $(shell command -v uv 2>/dev/null || echo $(HOME)/.local/bin/uv)
RUN := $(UV) run --frozen
# Without compiled modules each process compiles the 3,000 of pulumi_aws that it loads: many images of containers set this.
unexport PYTHONDONTWRITEBYTECODE
# `make check` is the inner loop and tries fewer examples; `make test` and `make unit` try all (tests/conftest.py).
export HYPOTHESIS_PROFILE ?= $(if $(filter check,$(MAKECMDGOALS)),check,aifactory)
# What runs in containers is checked and tested on the image's own packages, which Pulumi's cannot stand beside.
APPS_ENV := $(HOME)/.cache/aifactory/apps
APPS := UV_PROJECT_ENVIRONMENT=$(APPS_ENV) $(UV) run --frozen --only-group apps --no-sync
# The target: the lab on this machine, or an environment of stacks/config on a cluster and stores that stand already.
ENV ?= lab
# What `make up ENV=onprem` takes, each only where it is given; `aifactory up --help` says what each is.
SITE_OPTIONS := kubeconfig s3 vault-s3 offsite-s3 profile vault-profile offsite-profile registry registry-auth images-lock storage-class \
  local-volume stores ca recipe
variable = $(subst -,_,$(shell echo $(1) | tr a-z A-Z))
given = $(foreach option,$(1),$(if $($(call variable,$(option))),--$(option) '$($(call variable,$(option)))'))

program = aifactory $(1) --env '$(ENV)' $(call given,$(if $(filter status check,$(1)),$(filter-out recipe,$(SITE_OPTIONS)),$(SITE_OPTIONS)))

.DEFAULT_GOAL := help
.PHONY: help up preview bootstrap status fetch doctor images down test contracts apps factory reliability check unit imports types types-apps bench

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(UV) ## The whole factory: the lab, or ENV=onprem KUBECONFIG=… S3=… on what stands
	@$(RUN) $(call program,up)

preview: $(UV) ## Say what `make up` would change, and change nothing
	@$(RUN) $(call program,preview)

bootstrap: $(UV) ## State bucket, key and CI role of ENV=aws, before any state; DRY_RUN=1 only says what it would make
	@$(RUN) aifactory bootstrap --env '$(filter-out lab,$(ENV))' $(if $(DRY_RUN),--dry-run)

status: $(UV) ## Show services and stacks
	@$(RUN) $(call program,status)

fetch: $(UV) ## Bring tools and the base image; after it `make up` needs no network
	@$(RUN) aifactory fetch

doctor: $(UV) ## Check this machine: what a lab needs, and what one may have left
	@$(RUN) aifactory doctor

images: $(UV) ## Build the images and push them: make images REGISTRY=host/folder
	@$(RUN) aifactory images --registry "$(REGISTRY)"

down: $(UV) ## End every process of the lab; its state stays
	@$(if $(filter-out lab,$(ENV)),echo 'error: ENV = $(ENV): `make down` ends the lab; what a site holds is removed by `pulumi destroy`'; exit 1)
	@$(RUN) aifactory down

check: $(UV) ## Lint, types and unit tests
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target unit imports types types-apps

unit: # Tests that start nothing: the longest part of `check`, so the first
	@$(RUN) pytest -q --numprocesses 2 --dist loadfile tests/unit tests/policies tests/architecture

imports:
	@$(RUN) lint-imports

types:
	@$(RUN) basedpyright

types-apps: # Programs of the containers, on the image's own packages
	@UV_PROJECT_ENVIRONMENT=$(APPS_ENV) $(UV) sync --quiet --frozen --only-group apps --no-install-project
	@$(RUN) basedpyright --project pyrightconfig.apps.json --pythonpath $(APPS_ENV)/bin/python

test: check fetch ## Everything: `check`, contracts and simulated nodes, beside them the lab for real
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target contracts factory apps

contracts: # Plugins, engine and stores by contract; simulated nodes
	@$(RUN) pytest -q --durations 12 --numprocesses 2 --dist loadfile --no-loadscope-reorder tests/contract tests/simulated

apps: # Programs of the containers, on the image's own packages
	@$(APPS) pytest -q --durations 5 tests/apps

factory: # A whole lab; it waits for containers most of the time, so that the contracts have the cores
	@$(RUN) pytest -q --durations 12 tests/lab

reliability: check fetch ## The long forms: faults while work is done, labs side by side, kills, disks (about an hour)
	@$(RUN) pytest -q tests/reliability

bench: $(UV) ## Measure, on a quiet machine with a running lab: make bench [NAMES="engine start"]
	@$(RUN) python -m benchmarks $(NAMES)

$(HOME)/.local/bin/uv:
	@python3 -m pip install --quiet --user uv 2>/dev/null || \
	  (python3 -m venv $(HOME)/.local/share/aifactory-uv && $(HOME)/.local/share/aifactory-uv/bin/pip install --quiet uv && \
	   mkdir -p $(HOME)/.local/bin && ln -sf $(HOME)/.local/share/aifactory-uv/bin/uv $@)
