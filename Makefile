# The two commands a newcomer needs: make demo, make test. `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash

SWIFT ?= swift
PREFIX ?= /usr/local
BUILD := .build
RELEASE := .build-release
BINARY := $(RELEASE)/release/masthead
RELEASE_FLAGS := -c release --static-swift-stdlib --scratch-path $(RELEASE)

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

deps: ## install what is missing, and only that (apt or brew)
	@.ci/deps

demo: deps release ## the whole job on a made newsroom, in a data folder of its own
	@Config/demo/run $(BINARY)

test: deps ## every test, on a real PostgreSQL that the tests start and stop
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

release: ## the release binary
	@$(SWIFT) build $(RELEASE_FLAGS) --product masthead

bench: deps release ## measure against pgbench, GoAccess and psql, as ratios in one run
	@$(SWIFT) build $(RELEASE_FLAGS) --product Benchmarks
	@$(RELEASE)/release/Benchmarks $(BENCH)

lint: ## formatting and house rules, without changing anything
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift

format: ## format the code
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

install: release ## install to PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/masthead
	install -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/masthead
	cp -R Migrations Config $(DESTDIR)$(PREFIX)/share/masthead/

clean: ## remove what was built
	rm -rf $(BUILD) $(RELEASE)

.PHONY: help deps demo test release bench lint format install clean
