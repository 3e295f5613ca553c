# `make help` lists what there is. Debug builds live in .build, release builds in .build-release.

SWIFT ?= swift
SIZE ?= 300
PREFIX ?= /usr/local
RELEASE := $(SWIFT) build -c release --product nightjar --static-swift-stdlib --scratch-path .build-release
NIGHTJAR := .build-release/release/nightjar
SOURCES := Sources Tests Package.swift
BENCH ?=
DEB_OUTPUT ?= .build-release
ONLY ?=
LOAD ?=
REMOTE ?=
FORMATS ?=
FAULTS ?= 270
UNITS := /usr/lib/systemd/system
FILTER ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-kills test-large test-formats build release lint format bench bench-formats bench-encryption bench-many integration test-systemd
.PHONY: test-browser test-api test-proposals test-metrics test-notify test-remote test-one-table test-faults test-faults-short test-sanitizers load screenshots deb install
.PHONY: uninstall clean
.PHONY: dependencies test-dependencies web-dependencies toolchain

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16

demo: release ## back up, verify, restore and compare a sample database; SIZE=20 for a quick one (MB, default 300)
	@Scripts/demo "$(SIZE)" "$(NIGHTJAR)"

test: test-dependencies toolchain ## build and run all tests; FILTER=Name runs some
	$(SWIFT) build --build-tests
	SWIFT=$(SWIFT) Scripts/run-tests $(if $(FILTER),--filter $(FILTER))

KILLS ?= 200
test-kills: test-dependencies toolchain ## the daemon killed 200 times (KILLS) in the middle of its backups, for each kind of store (minutes)
	$(SWIFT) build --build-tests
	SWIFT=$(SWIFT) NIGHTJAR_KILLS=$(KILLS) Scripts/run-tests --filter KillTests

test-large: release test-dependencies ## a 250 MB blob and a database over 1 GiB, there and back (10 GB of disk, minutes)
	$(SWIFT) build --build-tests
	NIGHTJAR_TEST_LARGE=1 NIGHTJAR_BINARY="$(CURDIR)/$(NIGHTJAR)" SWIFT=$(SWIFT) Scripts/run-tests --filter LargeSourceTests

build: dependencies toolchain ## debug build
	$(SWIFT) build

release: dependencies toolchain ## release build, a binary that needs no Swift runtime: .build-release/release/nightjar
	$(RELEASE)

lint: toolchain ## check the formatting
	$(SWIFT) format lint --strict --recursive $(SOURCES)

format: toolchain ## format the sources in place
	$(SWIFT) format --in-place --recursive $(SOURCES)

bench: release test-dependencies ## measure against the budgets, beside the shell and Litestream (PyPI), into docs/benchmarks.md; BENCH="--quick" for options
	Benchmarks/run --nightjar "$(NIGHTJAR)" $(BENCH)

bench-formats: release test-dependencies ## CSV and JSON against the sqlite3 shell, and their memory, into docs/benchmarks.md
	Benchmarks/formats --nightjar "$(NIGHTJAR)" $(BENCH)

bench-encryption: release test-dependencies ## what encryption and a second store cost, and their memory, into docs/benchmarks.md
	Benchmarks/encryption --nightjar "$(NIGHTJAR)" $(BENCH)

bench-many: release ## how long the daemon takes to start with 500 databases, and what it costs while it idles (two minutes)
	Benchmarks/many-databases --nightjar "$(NIGHTJAR)"

integration: release test-dependencies ## tests against real S3 servers on this machine
	Tests/Integration/s3-servers --nightjar "$(NIGHTJAR)"

test-systemd: release test-dependencies ## the package and the service in a container with a real systemd (root); ONLY=kill for one scenario
	Tests/Integration/systemd --nightjar "$(NIGHTJAR)" $(foreach name,$(ONLY),--only $(name))

test-browser: release web-dependencies ## the status page in a real browser: by mouse, by keyboard, without JavaScript, with axe
	Tests/Integration/browser --nightjar "$(NIGHTJAR)"

test-api: release web-dependencies ## Schemathesis with docs/openapi.yaml, and a look for a way around the tokens
	Tests/Integration/schemathesis --nightjar "$(NIGHTJAR)"

test-proposals: release web-dependencies ## the examples of the two proposals for exports, with curl
	Tests/Integration/proposals --nightjar "$(NIGHTJAR)"

test-metrics: release web-dependencies ## /metrics against the catalog, and the alert rules, with promtool
	Tests/Integration/metrics --nightjar "$(NIGHTJAR)"

test-notify: release web-dependencies ## messages to receivers that misbehave, mail servers, kills, 10,000 events (minutes); ONLY=kills for one scenario
	Tests/Integration/notify --nightjar "$(NIGHTJAR)" $(foreach name,$(ONLY),--only $(name))

test-remote: release web-dependencies ## StarbaseDB, D1 and libSQL, as doubles, with writers, kills and faults (minutes); REMOTE="--size 2048 --limit 14400" for the full size
	Tests/Integration/remote --nightjar "$(NIGHTJAR)" $(REMOTE) $(foreach name,$(ONLY),--only $(name))

test-formats: release test-dependencies ## CSV and JSON read by Python, DuckDB, pandas and unzip; ONLY=name runs some, FORMATS=--large a ZIP over 4 GiB
	Tests/Integration/formats --nightjar "$(NIGHTJAR)" $(foreach name,$(ONLY),--only $(name)) $(FORMATS)

test-one-table: release ## one table out of a dump of 3 GB, with all bytes counted at the server (6 GB of disk); TABLE="--size 100" for a quick one
	Tests/Integration/one-table --nightjar "$(NIGHTJAR)" $(TABLE)

test-faults: release test-dependencies ## calls, requests and processes that fail at random, and input that nobody wrote: 20 minutes and three builds; FAULTS=60 gives a minute to each but the requests
	Tests/Faults/write-faults --nightjar "$(NIGHTJAR)" --seconds $(FAULTS)
	Tests/Faults/kills --nightjar "$(NIGHTJAR)" --seconds $(FAULTS)
	$(SWIFT) build --build-tests
	NIGHTJAR_FAULTS=600 NIGHTJAR_FAULTS_SEED=$$(shuf -i 1-1000000000 -n 1) SWIFT=$(SWIFT) Scripts/run-tests --filter ApplianceTests.RequestFaultTests
	Tests/Fuzz/run --swift "$(SWIFT)" --seconds $$(($(FAULTS) / 12))

test-faults-short: release test-dependencies ## a minute each of calls that fail and of kills
	Tests/Faults/write-faults --nightjar "$(NIGHTJAR)" --seconds 60
	Tests/Faults/kills --nightjar "$(NIGHTJAR)" --seconds 60

test-sanitizers: test-dependencies toolchain ## all tests under the thread sanitizer, then under those for addresses and leaks (an hour, 4 GB of disk); ONLY=thread for one
	Tests/Sanitizers/run --swift "$(SWIFT)" $(foreach name,$(ONLY),--only $(name)) $(if $(FILTER),--filter "$(FILTER)")

load: release web-dependencies ## 200 + 50 + 200 connections and a backup, for a minute (5 GB of disk); LOAD=--quick for a short one
	Tests/Integration/load --nightjar "$(NIGHTJAR)" $(LOAD)

screenshots: release ## make docs/screenshots anew, from a sample site
	@Scripts/install-dependencies --screenshots
	Tests/Integration/browser --nightjar "$(NIGHTJAR)" --screenshots docs/screenshots

deb: release test-dependencies ## the Debian package, into .build-release
	packaging/build-deb --binary "$(NIGHTJAR)" --output "$(DEB_OUTPUT)" \
		--version "$$("$(NIGHTJAR)" --version | tail -n 1 | sed 's/.* //')"

install: ## install the release build and its systemd units under PREFIX (as root, after `make release`)
	@test -x "$(NIGHTJAR)" || { echo "run 'make release' first, as an ordinary user" >&2; exit 66; }
	install -D -m 0755 -s "$(NIGHTJAR)" "$(DESTDIR)$(PREFIX)/bin/nightjar"
	install -D -m 0644 etc/nightjar.yaml.example "$(DESTDIR)$(PREFIX)/share/doc/nightjar/nightjar.yaml.example"
	install -D -m 0644 systemd/sysusers.d/nightjar.conf "$(DESTDIR)/usr/lib/sysusers.d/nightjar.conf"
	install -D -m 0644 systemd/tmpfiles.d/nightjar.conf "$(DESTDIR)/usr/lib/tmpfiles.d/nightjar.conf"
	install -D -m 0644 systemd/nightjar.socket "$(DESTDIR)$(UNITS)/nightjar.socket"
	sed -e 's|/usr/bin/nightjar|$(PREFIX)/bin/nightjar|' -e 's|/usr/share/doc/nightjar|$(PREFIX)/share/doc/nightjar|' \
		systemd/nightjar.service > "$(DESTDIR)$(UNITS)/nightjar.service"
	chmod 0644 "$(DESTDIR)$(UNITS)/nightjar.service"

uninstall: ## remove what `make install` made; configuration, state and backups stay (as root)
	-test -n "$(DESTDIR)" || ! test -d /run/systemd/system || systemctl disable --now nightjar.service nightjar.socket
	rm -f "$(DESTDIR)$(PREFIX)/bin/nightjar" "$(DESTDIR)$(UNITS)/nightjar.service" "$(DESTDIR)$(UNITS)/nightjar.socket" \
		"$(DESTDIR)/usr/lib/sysusers.d/nightjar.conf" "$(DESTDIR)/usr/lib/tmpfiles.d/nightjar.conf"
	rm -rf "$(DESTDIR)$(PREFIX)/share/doc/nightjar"
	-test -n "$(DESTDIR)" || ! test -d /run/systemd/system || systemctl daemon-reload

clean: ## remove builds and the demo
	rm -rf .build .build-release .build-fuzz .build-thread .build-address demo

dependencies:
	@Scripts/install-dependencies

test-dependencies:
	@Scripts/install-dependencies --tests

web-dependencies:
	@Scripts/install-dependencies --web

toolchain:
	@SWIFT="$(SWIFT)" Scripts/check-toolchain
