# The few verbs; each is a script that says more with --help or in its first lines.
PREFIX ?= /usr/local
UNITDIR ?= /etc/systemd/system
APPARMOR ?= /etc/apparmor.d
BASH_COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
FISH_COMPLETIONS ?= $(PREFIX)/share/fish/vendor_completions.d
MANUALS ?= $(PREFIX)/share/man/man1
# What is installed and packaged.
BINARY ?= bin/podrun

.PHONY: build check test format install uninstall deb clean

build:
	scripts/setup
	scripts/build

check:
	scripts/check

test:
	scripts/test

format:
	scripts/check --format

install: $(BINARY)
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/podrun
	install -D -m 644 packaging/apparmor/podrun-default $(DESTDIR)$(APPARMOR)/podrun-default
	install -d -m 755 $(DESTDIR)$(UNITDIR) $(DESTDIR)$(BASH_COMPLETIONS) $(DESTDIR)$(ZSH_COMPLETIONS) \
		$(DESTDIR)$(FISH_COMPLETIONS) $(DESTDIR)$(MANUALS)
	sed 's|/usr/local/bin|$(PREFIX)/bin|' packaging/podrun.service >$(DESTDIR)$(UNITDIR)/podrun.service
	$(BINARY) completion bash >$(DESTDIR)$(BASH_COMPLETIONS)/podrun
	$(BINARY) completion zsh >$(DESTDIR)$(ZSH_COMPLETIONS)/_podrun
	$(BINARY) completion fish >$(DESTDIR)$(FISH_COMPLETIONS)/podrun.fish
	$(BINARY) help --man $(DESTDIR)$(MANUALS)

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/podrun $(DESTDIR)$(UNITDIR)/podrun.service $(DESTDIR)$(APPARMOR)/podrun-default \
		$(DESTDIR)$(BASH_COMPLETIONS)/podrun \
		$(DESTDIR)$(ZSH_COMPLETIONS)/_podrun $(DESTDIR)$(FISH_COMPLETIONS)/podrun.fish $(DESTDIR)$(MANUALS)/podrun.1 \
		$(DESTDIR)$(MANUALS)/podrun-*.1

deb: $(BINARY)
	packaging/deb $(BINARY) bin

bin/podrun:
	scripts/build

clean:
	rm -rf .build bin
