# 连心 lianxin: the same verbs on a laptop and in CI.
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: run test fuzz check fmt migrate migration load bench bench-understanding soak lock licences audit clean

run: $(VENV)/.run         ## set everything up and start the service with the emulated platforms
	$(PY) run.py demo

test: $(VENV)/.test       ## set everything up and pass the tests
	tools/test_needs
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: $(VENV)/.test       ## the doors with twenty times as many odd inputs, other ones each time (docs/threats.md)
	LIANXIN_FUZZ=20 $(PY) -m pytest tests/fuzz $(ARGS)

check: $(VENV)/.test      ## ruff and mypy --strict
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

fmt: $(VENV)/.test        ## let ruff write the code
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

migrate: $(VENV)/.run     ## bring the database up to date
	$(PY) run.py migrate

migration: $(VENV)/.test  ## make migration m="what changes" n=0002
	PYTHONPATH=. $(PY) tools/new_migration.py "$(m)" "$(n)"

load: $(VENV)/.run        ## load config/office into the database
	$(PY) run.py load

bench: $(VENV)/.test      ## measure; prints the table of docs/bench.md
	$(PY) -m bench

bench-understanding: $(VENV)/.test  ## how well the bot understands, beside baselines and targets (docs/understanding.md)
	$(PY) -m bench.understanding

soak: $(VENV)/.test       ## three workers, kills and restarts, many times over; prints the table of docs/bench.md
	$(PY) -m bench.soak

lock:                     ## write the lock files anew: versions and hashes, no addresses
	tools/lock

licences: $(VENV)/.test   ## write docs/licences.md anew, or name the dependency we may not pass on
	$(PY) tools/licences.py

audit:                    ## ask the public service for known flaws in every locked version (wants the internet)
	tools/setup $(VENV)-audit requirements-audit.lock
	$(VENV)-audit/bin/python tools/audit.py

clean:                    ## remove what can be made again; the data in var/ stays
	rm -rf $(VENV) $(VENV)-audit .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.run: requirements.lock tools/setup
	tools/setup $(VENV) requirements.lock
	touch $@

$(VENV)/.test: requirements-dev.lock tools/setup
	tools/setup $(VENV) requirements-dev.lock
	touch $@ $(VENV)/.run
