# Tributary. `make run` and `make test` set up what is missing by themselves.

SWIFT ?= swift
# A release binary carries the Swift standard library with it: it runs where no toolchain is.
RELEASE = --configuration release --static-swift-stdlib --product tributary
# What is packed: a release binary of your own with BINARY=PATH.
BINARY ?= .build/release/tributary
QUICKSTART = packaging/examples/quickstart.yaml
FORMATTED = Package.swift Sources Tests

.PHONY: help setup setup-tests build run test lint format bench fuzz sanitize stress torture package test-system clean

help:
	@echo 'make setup    install the Debian packages that building needs'
	@echo 'make build    build the release binary: .build/release/tributary'
	@echo 'make run      build it and run the daemon in the foreground on $(QUICKSTART)'
	@echo 'make test     build without warnings, check the format, run all tests'
	@echo 'make lint     check the systemd units and the format only'
	@echo 'make format   format the sources'
	@echo 'make bench    measure beside a bare walk, rsyslog, syslog-ng and journalctl, and how costs grow, in some 15 minutes;'
	@echo '              less with ENTRIES=50000 ROUNDS=2 GROWTH=100000 SEGMENTS=100 or PARTS="field growth idle maas query";'
	@echo '              more with GROWTH=10000000; UPDATE=1 puts the results into Benchmarks/results and README.md'
	@echo 'make fuzz     feed all that reads bytes from outside with changed inputs, SECONDS=30 each'
	@echo 'make sanitize   run all tests under AddressSanitizer and ThreadSanitizer, or one: SANITIZER=address'
	@echo 'make stress   ask the rules about 10 million random and changed texts'
	@echo 'make torture  torment the daemon for SECONDS=60 with random seeds, or with SEEDS=1,2,3; KEEP=FOLDER keeps failed ones'
	@echo 'make package  build the Debian package: .build/package/; BINARY=PATH packs that release binary'
	@echo 'make test-system   install the package in a booted systemd in a container, and try it'
	@echo 'make clean    remove what was built, and ./run'

setup:
	@packaging/setup.sh

setup-tests:
	@packaging/setup.sh tests

build: setup
	$(SWIFT) build $(RELEASE)

run: build
	@packaging/examples/quickstart.sh .build/release/tributary $(QUICKSTART)

test: setup-tests lint
	$(SWIFT) build --build-tests
	@SWIFT="$(SWIFT)" Tests/run.sh

lint:
	packaging/verify-units.sh
	$(SWIFT) format lint --strict --recursive --parallel $(FORMATTED)

format:
	$(SWIFT) format --in-place --recursive --parallel $(FORMATTED)

bench: setup-tests $(if $(filter file,$(origin BINARY)),build)
	Benchmarks/bench.py $(BINARY) $(if $(ENTRIES),--entries $(ENTRIES)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(GROWTH),--growth $(GROWTH)) $(if $(SEGMENTS),--segments $(SEGMENTS)) $(if $(PARTS),--parts $(PARTS)) \
		$(if $(UPDATE),--update)

fuzz: setup
	Tests/Fuzz/run.sh $(or $(SECONDS),30)

sanitize: setup-tests
	@status=0; for sanitizer in $(or $(SANITIZER),address thread); do \
		Tests/Sanitizers/run.sh $$sanitizer || status=1; done; exit $$status

stress: build
	.build/release/tributary rules --shipped packaging/rules --stress 10000000

torture: setup-tests $(if $(filter file,$(origin BINARY)),build)
	Tests/Torture/torture.py $(BINARY) $(if $(SEEDS),--seeds $(SEEDS),--seconds $(or $(SECONDS),60)) \
		$(if $(KEEP),--keep $(KEEP))

package: $(if $(filter file,$(origin BINARY)),build)
	@packaging/setup.sh package
	packaging/package.sh $(BINARY)

test-system:
	@if Tests/System/run.sh --allowed; then \
		$(if $(filter file,$(origin BINARY)),$(MAKE) build &&) Tests/System/run.sh $(BINARY); fi

clean:
	rm -rf .build .build-address .build-thread run
