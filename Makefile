# Everything that terabin needs is installed by these targets.
# `make demo` and `make test` are the two to know.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
ROWS ?= 20000000
DEMO := demo
# HDF5 needs a newer cmake than Debian has; the virtual environment brings one.
export CMAKE := $(CURDIR)/$(BIN)/cmake
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python

.PHONY: demo test soak lint bench wheel clean

demo: $(VENV)/.ready
	cargo build --release --package terabin-cli
	rm -rf $(DEMO)
	target/release/terabin generate $(DEMO)/raw --rows $(ROWS) --files 2 --compress none,gzip:4
	target/release/terabin inspect $(DEMO)/raw
	target/release/terabin bin --data $(DEMO)/raw --output $(DEMO)/results \
		--by x:64:-4..4 --by y:64:-4..4 --stat 'mean(temperature)' --stat 'std(mass)'
	target/release/terabin bin --data $(DEMO)/raw --by x:16:-4..4 --stat 'mean(mass)' --stat 'std(mass)'
	@echo; echo "Pictures and numbers:"; ls $(DEMO)/results/*.png $(DEMO)/results/result.h5

test: $(VENV)/.ready
	cargo test --workspace --quiet
	cargo run --package terabin --quiet --example arrays
	cargo run --package terabin --quiet --example files
	cargo build --package terabin-cli
	$(BIN)/maturin develop --quiet --manifest-path crates/terabin-python/Cargo.toml
	$(BIN)/pytest --quiet tests/python

# Full counts: 20,000 property cases each, 5,000 random conformance jobs.
soak: $(VENV)/.ready
	PROPTEST_CASES=20000 PROPTEST_MAX_GLOBAL_REJECTS=1000000 cargo test --workspace --quiet
	cargo build --package terabin-cli
	$(BIN)/maturin develop --quiet --manifest-path crates/terabin-python/Cargo.toml
	TERABIN_JOBS=5000 $(BIN)/pytest --quiet tests/python

lint: $(VENV)/.ready
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --quiet
	$(BIN)/ruff check benchmarks tests/python
	$(BIN)/ruff format --check benchmarks tests/python

# Rows per second beside the programs of the field, and memory over rows.
bench: $(VENV)/.ready $(PEERS)/.ready
	cargo build --release --package terabin-cli
	$(PEERS)/bin/python benchmarks/compare.py --rows 20000000 --repeats 5
	$(PYTHON) benchmarks/memory.py --rows 2000000 200000000

wheel: $(VENV)/.ready
	$(BIN)/maturin build --release --manifest-path crates/terabin-python/Cargo.toml --out target/wheels

clean:
	rm -rf $(DEMO) build $(VENV) $(PEERS)
	cargo clean

$(VENV)/.ready: requirements/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(PEERS)/.ready: requirements/peers.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@
