# `make` alone lists what there is.
SHELL := /bin/bash
UV := $(shell command -v uv 2>/dev/null || echo $(HOME)/.local/bin/uv)
RUN := $(UV) run --frozen

.DEFAULT_GOAL := help
.PHONY: help up preview status fetch doctor images down test check

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(UV) ## Bring up the lab's services and deploy the layers that stand
	@$(RUN) python -m lab up

preview: $(UV) ## Say what `make up` would change, and change nothing
	@$(RUN) python -m lab preview

status: $(UV) ## Show services and stacks
	@$(RUN) python -m lab status

fetch: $(UV) ## Bring tools and the base image; after it `make up` needs no network
	@$(RUN) python -m lab fetch

doctor: $(UV) ## Check this machine: what a lab needs, and what one may have left
	@$(RUN) python -m lab doctor

images: $(UV) ## Build the images and push them: make images REGISTRY=host/folder
	@$(RUN) python -m lab images --registry "$(REGISTRY)"

down: $(UV) ## End every process of the lab; its state stays
	@$(RUN) python -m lab down

check: $(UV) ## Lint, types and unit tests
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) basedpyright
	@$(RUN) pytest -q tests/unit tests/policies tests/architecture

test: check fetch ## Everything: `check`, the plugins by contract, then the lab for real
	@$(RUN) pytest -q tests/contract tests/lab

$(HOME)/.local/bin/uv:
	@python3 -m pip install --quiet --user uv 2>/dev/null || \
	  (python3 -m venv $(HOME)/.local/share/aifactory-uv && $(HOME)/.local/share/aifactory-uv/bin/pip install --quiet uv && \
	   mkdir -p $(HOME)/.local/bin && ln -sf $(HOME)/.local/share/aifactory-uv/bin/uv $@)
