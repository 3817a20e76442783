# The few verbs; each is a script that says more with --help or in its first lines.
PREFIX ?= /usr/local

.PHONY: build check test format install uninstall clean

build:
	scripts/setup
	scripts/build

check:
	scripts/check

test:
	scripts/test

format:
	scripts/check --format

install: bin/podrun
	install -D -m 755 bin/podrun $(DESTDIR)$(PREFIX)/bin/podrun
	install -d -m 755 $(DESTDIR)/etc/systemd/system
	sed 's|/usr/local/bin|$(PREFIX)/bin|' packaging/podrun.service >$(DESTDIR)/etc/systemd/system/podrun.service

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/podrun $(DESTDIR)/etc/systemd/system/podrun.service

bin/podrun:
	scripts/build

clean:
	rm -rf .build bin
