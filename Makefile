# What a developer types. `make demo` and `make test` need Python 3.11, make and git, and nothing else.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready
TEST_WORKERS ?= auto

.PHONY: demo test check format lock mutants faults bench picture docs catalogues man wheel release deb deb-test clean

demo: $(READY)
	$(BIN)/cardwarden demo

test: check
	$(BIN)/pytest -n $(TEST_WORKERS) --dist worksteal

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

$(READY): requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Cardwarden needs Python 3.11 or newer")'
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Newer versions of what we depend on. The locks carry hashes and no addresses.
lock: $(READY)
	$(BIN)/uv pip compile pyproject.toml --upgrade --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements.lock
	$(BIN)/uv pip compile --upgrade --group build --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements-build.lock
	$(BIN)/uv pip compile pyproject.toml --upgrade --group dev --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements-dev.lock

# Small changes of the program that a test must notice: all parts, or one (`PART=cycle`); tests/mutants knows them.
mutants: $(READY)
	$(BIN)/python -m tests.mutants $(PART)

# Histories, kills, months of claims and journals in trouble, at length; `make test` runs a bounded part. Ends with 1 after a violation.
faults: $(READY)
	$(BIN)/python -W error -m tests.faults

# Pages that are written from the code; a test fails when they are not as the code says.
docs: $(READY)
	$(BIN)/python -m sidecar.policy > docs/policy.md
	$(BIN)/python -m sidecar.settings.reference > docs/settings.md

# The man page, from the help of all commands.
man: $(READY)
	mkdir -p dist
	$(BIN)/python -m sidecar.cli.manpage > dist/cardwarden.1

# The catalogues of translations, brought up to date with the sentences of the code: new ones are empty until somebody
# translates them, and a test fails as long as one is.
catalogues: $(READY)
	$(BIN)/python -m sidecar.language.extraction

# The README's picture, from a real run.
picture: $(READY)
	$(BIN)/python docs/picture.py

bench: $(READY)
	$(BIN)/python -m tests.bench

wheel: $(READY)
	rm -rf dist
	$(BIN)/uv build --wheel --no-build-isolation --python $(BIN)/python -q -o dist

# Wheel, source archive, plugin, man page, bill of materials and checksums; the same commit makes the same bytes.
release: $(READY)
	$(BIN)/python docs/operations/release.py dist

# The package for Debian 12 (amd64, arm64), by dpkg-deb; and its life in a fresh root, which takes minutes and root's rights.
deb: $(READY)
	$(BIN)/python docs/operations/debian/build.py --output dist

deb-test: deb
	CARDWARDEN_DEB="$$(ls -t dist/cardwarden_*.deb | head -1)" $(BIN)/pytest -v tests/install/test_deb_in_a_fresh_root.py

clean:
	rm -rf $(VENV) dist demo-output mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis
