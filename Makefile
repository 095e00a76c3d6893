# `make help` lists what there is. Everything runs from .venv, which is made when it is missing.
.DEFAULT_GOAL := help
VENV := .venv/bin
# The front end's Node comes with the development packages, so that no other is needed.
NODE := PATH="$(CURDIR)/.venv/bin:$$PATH"
# Each process has servers and databases of its own.
IN_TWO := -n 2 --dist loadfile --no-loadscope-reorder
SOURCES := bench erp monitor project rest tenancy webhooks manage.py

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install
install: ## make .venv with all that running needs (EXTRAS=otel: traces, too)
	@bin/install

.PHONY: run
run: install ## everything in one process on http://127.0.0.1:8000, with demo data (PORT, DEMO=0, DATA_DIR)
	@WEBHOOK_ALLOW_INSECURE_TARGETS=$${WEBHOOK_ALLOW_INSECURE_TARGETS:-1} exec $(VENV)/python manage.py serve

.PHONY: release
release: install ## migrations, static files, checks: once before a new version starts
	@$(VENV)/python manage.py release

.PHONY: test
test: dev test-tools frontend-test ## every test: Python, front end, browser; starts its own servers
	$(VENV)/python -m pytest $(IN_TWO)
	$(VENV)/python -m pytest $(IN_TWO) --production tests/integration

.PHONY: lint
lint: dev node_modules ## ruff, mypy, import-linter, tsc
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy $(SOURCES)
	$(VENV)/lint-imports
	cd frontend && $(NODE) npm run --silent check

.PHONY: chaos
chaos: dev test-tools ## fault tests: processes, Redis and PostgreSQL die under load; says what was lost, what came twice
	$(VENV)/python -m pytest -q --chaos tests/e2e/test_outages.py tests/e2e/chaos_backlog.py

.PHONY: bench
bench: dev test-tools ## the benchmarks, on servers of their own (some fifteen minutes; one of them: python -m bench NAME)
	$(VENV)/python -m bench

.PHONY: format
format: dev ## put the sources into shape
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

.PHONY: bundle
bundle: dev node_modules ## build the front end into monitor/static/monitor
	cd frontend && $(NODE) npm run --silent build

.PHONY: messages
messages: ## compile the server's texts, locale/*/LC_MESSAGES/django.po
	$(VENV)/python bin/compile-messages

.PHONY: screenshots
screenshots: dev test-tools ## the pictures in docs/img, of the demo after SECONDS=90 of traffic
	$(VENV)/python bin/screenshots $(SECONDS)

.PHONY: lock
lock: ## pin the packages anew, from pyproject.toml (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" pyproject.toml --extra otel -c requirements.txt -o requirements-otel.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" pyproject.toml --extra otel --group dev -c requirements-otel.txt -o requirements-dev.txt

.PHONY: frontend-test
frontend-test: dev node_modules
	cd frontend && $(NODE) npm run --silent check
	cd frontend && $(NODE) npm run --silent test
	$(NODE) bin/check-bundle

.PHONY: dev
dev:
	@bin/install dev

.PHONY: test-tools
test-tools:
	@bin/install-test-tools

.PHONY: node_modules
node_modules: frontend/node_modules/.installed

frontend/node_modules/.installed: frontend/package-lock.json | dev
	cd frontend && $(NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@
