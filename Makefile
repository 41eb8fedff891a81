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

.PHONY: demo test soak fuzz lint bench bench-hdf5 bench-kernels wheel clean

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
	cargo build --package terabin-hdf5 --example columns
	$(BIN)/maturin develop --quiet --manifest-path crates/terabin-python/Cargo.toml
	$(BIN)/pytest --quiet tests/python

# Full counts: 20,000 property cases each, 1,000,000 cells against exact rationals, 5,000
# random conformance jobs.
soak: $(VENV)/.ready
	PROPTEST_CASES=20000 PROPTEST_MAX_GLOBAL_REJECTS=1000000 cargo test --workspace --quiet
	TERABIN_CELLS=1000000 cargo test --release --package terabin-core --test accuracy -- --nocapture
	cargo build --package terabin-cli
	cargo build --package terabin-hdf5 --example columns
	$(BIN)/maturin develop --quiet --manifest-path crates/terabin-python/Cargo.toml
	TERABIN_JOBS=5000 TERABIN_SOAK=1 $(BIN)/pytest --quiet tests/python

# Each decoder for SECONDS, the description of files as long; `description` is the one that needs HDF5.
SECONDS ?= 300
FUZZ := bitshuffle blosc blosc2 bzip2 deflate fletcher32 lz4 lzf nbit scaleoffset shuffle szip zstd
fuzz: $(VENV)/.ready $(VENV)/bin/cargo-fuzz
	for target in $(FUZZ); do mkdir -p fuzz/corpus/$$target; (cd fuzz && PATH=$(CURDIR)/$(BIN):$$PATH \
		RUSTC_BOOTSTRAP=1 cargo fuzz run $$target corpus/$$target seeds/$$target -- \
		-max_total_time=$(SECONDS) -malloc_limit_mb=64 -timeout=10) || exit 1; done
	mkdir -p fuzz/corpus/description; cd fuzz && PATH=$(CURDIR)/$(BIN):$$PATH \
		ASAN_OPTIONS=allocator_may_return_null=1 RUSTC_BOOTSTRAP=1 cargo fuzz run description \
		--features description corpus/description seeds/description -- \
		-max_total_time=$(SECONDS) -malloc_limit_mb=1000000 -timeout=30

$(VENV)/bin/cargo-fuzz: $(VENV)/.ready
	cargo install --quiet --locked --root $(VENV) --version 0.13.2 cargo-fuzz

lint: $(VENV)/.ready
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --quiet
	$(BIN)/ruff check benchmarks tests/python
	$(BIN)/ruff format --check benchmarks tests/python
	$(BIN)/ruff check fuzz/seeds.py

# Rows per second beside the programs of the field, and memory over rows.
bench: $(VENV)/.ready $(PEERS)/.ready
	cargo build --release --package terabin-cli
	$(PEERS)/bin/python benchmarks/compare.py --rows 20000000 --repeats 5
	$(PYTHON) benchmarks/memory.py --rows 2000000 200000000

# One job from three layouts of HDF5 beside the peers; scaling, cold files, many chunks and files.
bench-hdf5: $(VENV)/.ready $(PEERS)/.ready
	cargo build --release --package terabin-cli
	$(PEERS)/bin/python benchmarks/hdf5.py

# Arrays in memory beside naive loops, pure reads and the peers, held to its targets.
bench-kernels: $(VENV)/.ready $(PEERS)/.ready
	cargo build --release --package terabin --example kernels
	$(PEERS)/bin/python benchmarks/kernels.py

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
