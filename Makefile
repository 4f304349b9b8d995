# Everything below needs Python 3.11 to 3.14 and make; the rest is brought into .venv.

PYTHON ?= python3
# Extra words for pytest, for uv's resolver: make test ARGS="-k lens", make lock ARGS=--upgrade
ARGS ?=
# The private key of OpenSSH that signs a release
SIGNING_KEY ?=
# Processes that share the tests; 0 runs them in pytest's own. One more than cores: some wait for Neo4j or a browser.
WORKERS ?= 3

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Tests start many processes, each of which would compile every library again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check audit reliability audit-dependencies sbom release fairness bench bench-quick lock graphiql picture font clean setup

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s  %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: setup ## Load seeds/ and serve GraphQL and reports on 127.0.0.1:8000
	@$(BIN)/wattgraph load
	@$(BIN)/wattgraph serve

test: setup ## Run all tests, the ones on a real Neo4j included (ARGS="-k name" for some)
	@bash tests/setup.sh
	@$(BIN)/pytest -n $(WORKERS) $(ARGS)

check: setup ## Check style, types, container files and the facts in seeds/
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@$(BIN)/wattgraph check

audit: setup ## Try random tests thousands of times, then let outside judges flood a real server (ARGS="--cases 1000" for a shorter flood)
	@bash tests/setup.sh audit
	@WATTGRAPH_TEST_AUDIT=1 $(BIN)/pytest -n $(WORKERS) --timeout=3600 -m "hypothesis or audited"
	@$(BIN)/python -m tests.clients $(ARGS)

reliability: setup ## Try network faults, kills and damaged requests, and say what came of it: half an hour (ARGS="--kills 1 --statements 300")
	@bash tests/setup.sh
	@$(BIN)/python -m tests.reliability $(ARGS)

bench: setup ## Measure beside peers, into benchmarks/README.md: half an hour in which nothing else should run (ARGS="--only race")
	@$(BIN)/python -m benchmarks $(ARGS)

bench-quick: setup ## The same, small, into build/benchmarks: under ten minutes
	@$(BIN)/python -m benchmarks --quick $(ARGS)

fairness: setup ## What others keep while one client asks for all it can, of 23 kinds: twelve minutes in which nothing else should run
	@$(BIN)/python -m benchmarks.fairness --write $(ARGS)

audit-dependencies: setup ## Ask whether a locked dependency has a known vulnerability (needs the internet; what cannot be asked is a failure)
	@$(BIN)/python -m operations.audit_dependencies $(ARGS)

sbom: setup ## Write dist/wattgraph-VERSION.cdx.json, what an installation is made of (CycloneDX)
	@$(BIN)/python -m operations.sbom $(ARGS)

release: setup ## Write wheel, source distribution, SBOM and signed SHA256SUMS to dist (SIGNING_KEY=~/.ssh/id_ed25519)
	@$(BIN)/python -m operations.release build $(if $(SIGNING_KEY),--signing-key $(SIGNING_KEY)) $(ARGS)

lock: $(BIN)/uv ## Write requirements.lock anew (ARGS=--upgrade for newer versions)
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --fork-strategy fewest \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  --quiet $(ARGS) --output-file requirements.lock

# In a folder of its own: what npm installs stays out of the package.
graphiql: ## Build api/static/graphiql anew from its lock (needs Node.js; not part of anything else)
	@rm -rf build/graphiql && mkdir -p build && cp -r api/static/graphiql/source build/graphiql
	@cd build/graphiql && npm ci --ignore-scripts --no-audit --no-fund --silent && \
	  node build.mjs $(CURDIR)/api/static/graphiql

picture: ## Build api/static/graph, the script of /graph, anew from its lock (needs Node.js; not part of anything else)
	@rm -rf build/graph && mkdir -p build && cp -r api/static/graph/source build/graph
	@cd build/graph && npm ci --ignore-scripts --no-audit --no-fund --silent && node build.mjs $(CURDIR)/api/static/graph

font: setup ## Cut graph/pictures/font anew from its lock (needs Node.js; not part of anything else)
	@rm -rf build/font && mkdir -p build && cp -r graph/pictures/font/source build/font
	@cd build/font && npm ci --ignore-scripts --no-audit --no-fund --silent
	@$(BIN)/python graph/pictures/font/source/build.py build/font/node_modules/source-sans/WOFF2/VF/SourceSans3VF-Upright.ttf.woff2

clean: ## Remove .venv and what tools have cached here
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find graph api cli tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

setup: $(READY) ## Bring the dependencies into .venv (the others do this by themselves)
	@:

# The stamp is written last, so an interrupted installation starts again.
$(READY): requirements.lock pyproject.toml | $(BIN)/uv
	@echo "Installing the dependencies into $(VENV) ..."
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# uv itself comes by the version and hashes that the lock gives.
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null || { \
	  echo "Wattgraph needs Python 3.11 to 3.14, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv" >&2; \
	  rm -rf $(VENV); exit 1; }
	@awk '/^uv==/ { found = 1 } found { print } found && !/\\$$/ { exit }' requirements.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/uv.txt
