# WendDB: `make help` lists the targets. Build output is kept in WEND_TARGET_DIR, outside the clone, so that RocksDB's C++
# is compiled once; everything uses the release profile for the same reason.

SHELL := /bin/bash
export WEND_TARGET_DIR ?= $(HOME)/.cache/wend-target
export PREFIX ?= $(HOME)/.local
ENV := . scripts/env.sh &&

.PHONY: help deps build demo test test-in-memory test-drivers test-console test-clients test-mcp dist test-dist wheel test-python test-spark campaigns soak conformance lint docs docs-update golden-update bench install uninstall fmt clean clean-not-target

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

deps: ## check for Rust, a C++ compiler and libclang; install what is missing
	@scripts/deps.sh

build: deps ## build the library and the binary `wend`
	@$(ENV) cargo build --release --workspace

demo: build ## build, load two real graphs, run all modes of algo.node2vec, query the vectors
	@demo/demo.sh

test: deps ## run all tests
	@scripts/test.sh $(TEST_ARGS)

test-in-memory: ## build the library without RocksDB and run an example on it; no C++, its own build output
	@$(ENV) CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 cargo run --quiet --package wenddb --no-default-features --example in_memory --target-dir "$$CARGO_TARGET_DIR/in-memory"

test-drivers: build ## run the drivers of the graph ecosystem against a server; needs network the first time, python3 and node
	@tests/drivers/run.sh $(DRIVERS)

test-console: build ## build the console's page again, compare it with console/dist, and test it in Chromium; needs node and network the first time
	@scripts/console.sh $(CONSOLE_ARGS)

test-clients: build ## run programs that live on such databases against a server; needs network the first time, and python3
	@scripts/clients.sh $(CLIENTS)

test-mcp: build ## run the Python package mcp, a client for language models, against `wend mcp` and a server
	@scripts/mcp.sh

wheel: deps ## build the Python package: a wheel for pip install, in WEND_TARGET_DIR/wheels
	@scripts/wheel.sh

dist: deps ## make the packages for this machine in WEND_TARGET_DIR/dist: tar.gz, .deb, wheel, formula, SHA256SUMS
	@scripts/dist.sh

test-dist: ## install each package of `make dist` into an empty root and run the README's tour with it
	@scripts/test-dist.sh

test-python: deps ## build the wheel and run its tests; needs python3, and a network the first time
	@scripts/python.sh $(PYTEST_ARGS)

test-spark: deps ## run the tests of wenddb.spark on Sail and on Spark; SPARK_ARGS=--sail for Sail alone; needs python3, Java 17, and a network the first time
	@scripts/spark.sh $(SPARK_ARGS)

campaigns: build ## run the campaigns of the reliability net twenty times as long as `make test` does, or WEND_CAMPAIGN=n times
	@$(ENV) WEND_CAMPAIGN=$${WEND_CAMPAIGN:-20} cargo test --release --workspace --test tests campaigns:: -- --nocapture --test-threads 1

soak: build ## run a database for ten minutes, or WEND_SOAK seconds, and watch memory, disk and file handles
	@$(ENV) WEND_SOAK=$${WEND_SOAK:-600} cargo test --release --workspace --test tests campaigns::soak -- --nocapture

conformance: build ## run the GQL cases, or those of FILES="a.jsonl b.jsonl", or of FAMILIES=a,b only
	@$(ENV) "$$CARGO_TARGET_DIR/release/conformance" $(if $(FAMILIES),--families $(FAMILIES)) $(FILES)

lint: ## formatting, clippy and rustdoc; warnings are errors
	@scripts/deps.sh --lint
	@scripts/lint.sh

docs: deps ## build the library's documentation
	@$(ENV) cargo doc --release --no-deps --workspace && echo "open $$CARGO_TARGET_DIR/doc/wenddb/index.html"

docs-update: deps ## write docs/algorithms again from the descriptions in the code, and compared output
	@$(ENV) export UPDATE_DOCS=1; cargo test --release --workspace --test tests docs && cargo test --release --workspace --test conformance

golden-update: deps ## write the expected output of tests/golden again; look at the difference before keeping it
	@$(ENV) UPDATE_GOLDEN=1 cargo test --release --workspace --test golden

bench: build ## run the benches (micro and whole process)
	@$(ENV) cargo bench --workspace --benches --profile release
	@bench/end_to_end.sh

install: build ## put `wend` into PREFIX/bin (default ~/.local/bin)
	@scripts/install.sh

uninstall: ## remove it from there
	rm -f "$(DESTDIR)$(PREFIX)/bin/wend"

fmt: ## format the code
	@$(ENV) cargo fmt --all

clean-not-target: ## remove what builds, tests and the demo leave in the clone; compiled code stays
	rm -rf bench/out demo/out
	find . -name '*.profraw' -not -path './.git/*' -delete

clean: clean-not-target ## the same: WEND_TARGET_DIR (4 minutes of RocksDB) is only removed by hand
	@echo "compiled code stays in $(WEND_TARGET_DIR)"
