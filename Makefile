# `make` or `make help` lists the targets. Everything they need is installed inside the checkout, once.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# The first interpreter that runs and has a version we support; or give one: make PYTHON=/path/to/python up
PYTHON ?= $(shell for candidate in python3 python3.13 python3.12 python3.11; do \
	"$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& { echo "$$candidate"; break; }; done)
VENV := .venv/bin
LOCAL := $(VENV)/python -m local
STAGE ?= dev

export API_PORT WP_PORT WP_ENGINE WP_VERSION ENFORCE_IAM SITES

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'
	@echo "  Variables: API_PORT and WP_PORT choose ports, WP_ENGINE and WP_VERSION the WordPress, STAGE what to deploy."

# --- Environment -------------------------------------------------------------------------------------

.PHONY: setup
setup: .venv/ready ## Make .venv from the lock file

.venv/ready: requirements-dev.txt pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11, 3.12 or 3.13 is needed and none was found: https://www.python.org/downloads/ or" >&2; \
		echo "your package manager; then, if it is not on PATH, make PYTHON=/path/to/python $(MAKECMDGOALS)" >&2; exit 1; fi
	@begun=$$SECONDS; printf '  making .venv with %s (once) … ' "$$("$(PYTHON)" -V)"; \
	"$(PYTHON)" -m venv .venv || { echo "the venv module is missing; Debian: apt-get install python3-venv" >&2; exit 1; }; \
	$(VENV)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt; \
	$(VENV)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .; \
	touch $@; echo "$$((SECONDS - begun)) s"

LOCK := $(VENV)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --no-header \
	--no-emit-index-url --no-emit-find-links

.PHONY: lock
lock: .venv/ready ## Lock the dependencies of pyproject.toml anew (add LOCK_FLAGS=--upgrade for newer ones)
	$(LOCK) $(LOCK_FLAGS) -o layers/dependencies/requirements.txt
	$(LOCK) $(LOCK_FLAGS) --extra dev -c layers/dependencies/requirements.txt -o requirements-dev.txt

# --- Local stage -------------------------------------------------------------------------------------

.PHONY: up down redeploy status logs demo demo-once
up: .venv/ready ## Start the local cloud and WordPress, connect them, leave them running
	@$(LOCAL) up
down: .venv/ready ## Stop them and remove their state
	@$(LOCAL) down
redeploy: .venv/ready ## Bring the running stage up to the tree
	@$(LOCAL) redeploy
status: .venv/ready ## Show what runs and where
	@$(LOCAL) status
logs: .venv/ready ## Follow all logs
	@$(LOCAL) logs
demo: .venv/ready ## Up, publish a sample article, look around until Ctrl-C
	@$(LOCAL) demo
demo-once: .venv/ready ## The same, then stop; fails when the post is not right
	@$(LOCAL) demo-once

.PHONY: demo-update
demo-update: .venv/ready ## Release an update of the bridge, install it, and have a tampered one refused
	@$(LOCAL) demo-update

.PHONY: drill
drill: .venv/ready ## Restore the tables while WordPress goes on; fails unless all ends true and single (SITES=2)
	@$(LOCAL) drill

# --- Checks ------------------------------------------------------------------------------------------

.PHONY: check lint types arrows template document php test
check: lint types arrows template document php ## Everything but the tests

lint: .venv/ready
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .

types: .venv/ready
	$(VENV)/mypy

arrows: .venv/ready
	$(VENV)/lint-imports
	$(VENV)/pytest -q tests/unit/test_bridge_rooms.py tests/unit/test_bridge_standards.py

template: .venv/ready
	@for stage in local dev prod; do $(LOCAL) sam validate --lint --config-env $$stage; done

document: .venv/ready
	@POWERTOOLS_SERVICE_NAME=openapi $(LOCAL) openapi-drift && echo "docs/openapi.json: as the rows say"

# local/site/wp-config.php is a form to be filled in, not PHP yet.
php: .venv/ready
	@if command -v php > /dev/null; then \
		find plugins local/site tests/plugin -name '*.php' ! -name wp-config.php -print0 | xargs -0 -n 1 php -l > /dev/null && echo "php -l: no syntax errors"; \
	else echo "php -l: skipped, php is not installed (the plugin tests run in WordPress all the same)"; fi
	@if command -v phpcs > /dev/null; then phpcs -q --standard=plugins/phpcs.xml && echo "phpcs: no findings"; \
	else echo "phpcs: skipped, php-codesniffer is not installed"; fi

test: .venv/ready ## All tests, side by side; starts the local stage where they need it
	$(VENV)/pytest --numprocesses auto --maxprocesses 4 $(PYTEST_ARGS)

.PHONY: stories
stories: .venv/ready ## For a night: 50,000 stories of publishing with everything going wrong; a new seed each time
	$(VENV)/pytest --numprocesses 0 --hypothesis-profile night --hypothesis-show-statistics tests/property $(PYTEST_ARGS)

.PHONY: bench
bench: .venv/ready ## Tables: cold starts, AWS calls, CPU, articles a second, what the bridge costs a site
	@POWERTOOLS_SERVICE_NAME=bench POWERTOOLS_LOG_LEVEL=CRITICAL $(VENV)/python -m benchmarks $(PARTS)

.PHONY: openapi
openapi: .venv/ready ## Write docs/openapi.json anew from the rows that the functions serve
	@POWERTOOLS_SERVICE_NAME=openapi $(LOCAL) openapi

.PHONY: plugin-pot
plugin-pot: .venv/ready ## Write the WordPress plugin's template for translators anew
	@$(LOCAL) pot

.PHONY: plugin-zip
plugin-zip: .venv/ready ## Build the WordPress plugin's ZIP in dist/
	@$(LOCAL) pack

.PHONY: release-plugin
release-plugin: .venv/ready ## Release the WordPress plugin: VERSION=x.y.z [STATE=beta|released ROLLOUT=5] STAGE=local|dev|prod
	@[ -n "$(VERSION)" ] || { echo "say which: make release-plugin VERSION=x.y.z STAGE=$(STAGE)" >&2; exit 1; }
	@$(LOCAL) release-plugin --stage "$(STAGE)" --version "$(VERSION)" \
		$(if $(STATE),--state "$(STATE)") $(if $(ROLLOUT),--rollout "$(ROLLOUT)")

.PHONY: change-release releases
change-release: .venv/ready ## Change a version: VERSION=x.y.z [STATE=yanked] [ROLLOUT=25] [HALTED=yes|no] [NOTICE=…] STAGE=…
	@[ -n "$(VERSION)" ] || { echo "say which: make change-release VERSION=x.y.z STAGE=$(STAGE)" >&2; exit 1; }
	@$(LOCAL) change-release --stage "$(STAGE)" --version "$(VERSION)" $(if $(STATE),--state "$(STATE)") \
		$(if $(ROLLOUT),--rollout "$(ROLLOUT)") $(if $(HALTED),--halted "$(HALTED)") $(if $(NOTICE),--notice "$(NOTICE)")
releases: .venv/ready ## Tell of every version of the plugin on a stage
	@$(LOCAL) releases --stage "$(STAGE)"

# --- AWS ---------------------------------------------------------------------------------------------

# The cache does not know whether an interpreter of the target's version was there to compile.
CACHE = .aws-sam/cache-$(shell python3.13 -c 'print("compiled")' 2>/dev/null || echo plain)

.PHONY: build deploy
build: .venv/ready ## Build for AWS: python3.13 on arm64, without Docker
	PYTHON="$(CURDIR)/$(VENV)/python" $(LOCAL) sam build --config-env $(STAGE) --cache-dir $(CACHE)

deploy: build ## Deploy to AWS: make deploy STAGE=dev|prod, with AWS credentials in the environment
	$(LOCAL) stamp
	$(LOCAL) sam deploy --config-env $(STAGE)

.PHONY: redrive
redrive: .venv/ready ## Put a stage's dead letters back on their queues: make redrive STAGE=dev|prod|local
	@$(LOCAL) redrive --stage $(STAGE)

.PHONY: clean
clean: ## Stop the stage and remove everything that was built or installed here
	@[ ! -x $(VENV)/python ] || $(LOCAL) down
	rm -rf .venv .local .aws-sam local/node_modules .mypy_cache .ruff_cache .pytest_cache
