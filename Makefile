# The two commands are `make run` and `make test`; the rest is for people who work on Soundings.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test check fmt docs bench bench-quick bench-themes theme-model tools clean-data config compose-up compose-down compose-test

DATA ?= .data
PROFILE ?= release
CARGO_TEST := $(shell command -v cargo-nextest >/dev/null 2>&1 && echo "cargo nextest run" || echo "cargo test")

help: ## What there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | column -t -s '|'

tools: ## Fetch the pinned nats-server and PostgreSQL where none is on PATH
	@scripts/fetch-tools

run: ## Build and start everything on loopback, with the reference case loaded
	@scripts/fetch-tools nats-server
	cargo build --release --locked -p soundings-cli
	target/release/soundings up --seed --data-dir $(DATA)

test: ## Every test, on SQLite and PostgreSQL, against real servers
	@scripts/fetch-tools
	cargo build --locked --workspace --bins
	scripts/with-postgres $(CARGO_TEST) --locked --workspace
	cargo test --locked --workspace --doc

check: ## Formatting, lints, licences, the contract
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	@scripts/python-env >/dev/null
	cd proto && ../.tools/python/bin/buf lint && ../.tools/python/bin/buf format --diff --exit-code
	@if command -v cargo-deny >/dev/null 2>&1; then cargo deny check; \
	else echo "cargo-deny is not installed: licences and advisories were not checked" >&2; fi

fmt: ## Format everything
	cargo fmt --all

docs: ## Write docs/reference from the contract
	cargo run --quiet --locked -p soundings-proto --example write_reference

bench: ## Measure; one JSON object a line, appended to target/bench/results.jsonl
	@scripts/fetch-tools
	cargo build --release --locked -p soundings-cli -p soundings-themes
	scripts/with-postgres cargo bench --locked -p soundings-integration-tests --bench soundings

bench-quick: ## The same in two minutes or less
	BENCH_QUICK=1 $(MAKE) bench

bench-themes: ## How well themes are found and assigned, on the labelled sets in DATA=<folder>; BERTopic beside it, or PEER=none
	@mkdir -p target/bench && rm -f target/bench/bertopic.json
	@test "$(PEER)" = none || scripts/bertopic "$(abspath $(DATA))" target/bench/bertopic.json
	DATA=$(abspath $(DATA)) cargo bench --locked -p soundings-themes-engine --bench themes
	DATA=$(abspath $(DATA)) cargo bench --locked -p soundings-integration-tests --bench themes_learning

theme-model: ## Make the embedded theme model anew under target/theme-model, from ROWS=<n> sentences (15 minutes or more)
	scripts/build-theme-model build $(if $(ROWS),--rows $(ROWS))

config: ## Write deploy/config: every setting of each service with its default
	cargo build --locked -p soundings-cli
	@for service in consultation themes portfolio; do \
	    env -i target/debug/soundings config dump $$service >deploy/config/$$service.toml; done

compose-up: ## Build the images and start the whole deployment in Docker, on loopback (see docs/operating.md)
	docker compose -f deploy/compose.yaml up --build --detach --wait

compose-down: ## Stop it; its volumes stay
	docker compose -f deploy/compose.yaml --profile '*' down

compose-test: ## Start a deployment of its own in Docker, kill every container, show that nothing is lost
	@deploy/compose-test

clean-data: ## Delete what `make run` keeps
	rm -rf $(DATA)
