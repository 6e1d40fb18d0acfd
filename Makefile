# Veza. Two commands matter to a newcomer: make run and make test.

SHELL := /bin/sh
BUILD := $(CURDIR)/.build
PG_CONFIG ?= $(shell test/env/pg-config)
export BUILD PG_CONFIG

help:
	@echo 'make run               build, and run everything with demo data in the foreground (APP_PORT=9000 make run)'
	@echo 'make dev               the same, built for a debugger, with a talkative log'
	@echo 'make test              everything that CI runs; N passed, N failed counts files'
	@echo 'make test-fast         unit tests, pgTAP and catalogue lint; ONLY=FILE runs that one'
	@echo 'make test-integration  the tests that start the whole stack; ONLY=FILE runs that one'
	@echo 'make test-property     webhooks in any order end as in order (VEZA_PROPERTY_CASES=1000000 make test-property)'
	@echo 'make fuzz              each parser of hostile input for half an hour (VEZA_FUZZ_SECONDS=60 make fuzz)'
	@echo 'make test-releases     make run and make test in a chroot of each Debian release, as root (FAST=1 make test-releases)'
	@echo 'make bench             speed, as ratios inside one run; beside other servers where PEERS=DIRECTORY has them'
	@echo 'make bench-tracks      lists, searches and likes of a million tracks (TRACKS=50000, DIRECTORY=where to keep them)'
	@echo 'make test-coverage     line coverage of the C programs under the tests'
	@echo 'make lint vet security format and comments; static analysis; secrets and hardening'
	@echo 'make psql              psql as an operator beside make run; make psql-analyst as an analyst'
	@echo 'make admin USER=name   makes an account an administrator beside make run (REASON="why")'
	@echo 'make build install     build; install into the system, for real servers'
	@echo 'make docs bench        write the generated pages anew; measure'
	@echo 'make clean             removes what was built'

# ---- building

build:
	@$(MAKE) -s -C extension PG_CONFIG=$(PG_CONFIG)
	@$(MAKE) -s -C httpd BUILD=$(BUILD)/httpd
	@$(MAKE) -s -C test/psp BUILD=$(BUILD)/psp >/dev/null

packages-run packages-test:
	@test/env/packages $(@:packages-%=%)

install:
	$(MAKE) -C extension install PG_CONFIG=$(PG_CONFIG)
	$(MAKE) -C httpd install BUILD=$(BUILD)/httpd

# Other servers to compare with, when they are there.
PEERS ?= ../shared/bench
bench: packages-run
	@$(MAKE) -s build
	@perl test/bench/bench
	@[ ! -d $(PEERS)/gin ] || perl test/bench/peers $(PEERS)

bench-tracks: packages-run
	@$(MAKE) -s build
	@perl test/bench/tracks

docs: packages-test
	@$(MAKE) -s build
	@docs/generate

clean:
	$(MAKE) -s -C extension clean PG_CONFIG=$(PG_CONFIG)
	rm -rf $(BUILD)

# ---- running

run: packages-run
	@$(MAKE) -s build
	@perl test/env/run

dev: packages-run
	@$(MAKE) -s build VEZA_CFLAGS='-O0 -g3'
	@LOG_LEVEL=DEBUG perl test/env/run

psql:
	@test/env/psql veza_dba

psql-analyst:
	@test/env/psql veza_analyst

# USER is in most environments: only a name on the command line is meant.
admin: export VEZA_ACCOUNT = $(if $(filter command%,$(origin USER)),$(USER))
admin: export VEZA_REASON = $(or $(REASON),make admin)
admin:
	@test/env/admin

# ---- testing

test: packages-test
	@$(MAKE) -s build
	@test/run all

test-fast: packages-test
	@$(MAKE) -s build
	@test/run fast

test-integration: packages-test
	@$(MAKE) -s build
	@test/run integration

test-property: packages-test
	@$(MAKE) -s build
	@test/run test/property/property.t

fuzz: packages-test
	@$(MAKE) -s build
	@test/run fuzz

test-coverage: packages-test
	@test/coverage

test-releases:
	@test/releases $(RELEASES)

lint: packages-test
	@test/lint

vet: packages-test
	@$(MAKE) -s build
	@test/vet

security: packages-test
	@$(MAKE) -s build
	@test/security

.PHONY: help admin build bench bench-tracks docs packages-run packages-test install clean run dev psql psql-analyst test test-fast \
	test-integration test-property test-releases test-coverage fuzz lint vet security
