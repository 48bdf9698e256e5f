# SPDX-License-Identifier: GPL-3.0-or-later
# docs: man pages, recipes, architecture, formats

dist_man_MANS += \
	%D%/mailseal.1 \
	%D%/mailseal.conf.5
dist_doc_DATA += \
	%D%/architecture.md \
	%D%/auth.md \
	%D%/dependencies.md \
	%D%/exit-codes.md \
	%D%/format.md \
	%D%/keys.md \
	%D%/keystore.md \
	%D%/keystore.sql \
	%D%/mailseal.conf.example \
	%D%/performance.md \
	%D%/recipes.md

# Examples, to be copied to /etc/systemd/system.
systemdexampledir = $(docdir)/systemd
dist_systemdexample_DATA = \
	%D%/systemd/mailseal-hold.service %D%/systemd/mailseal-hold.timer \
	%D%/systemd/mailseal-refresh.service %D%/systemd/mailseal-refresh.timer \
	%D%/systemd/mailseal-remind.service %D%/systemd/mailseal-remind.timer \
	%D%/systemd/mailseal-sync.service %D%/systemd/mailseal-sync.timer

# Bash looks for the program's name.
EXTRA_DIST += %D%/mailseal.bash-completion
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(bashcompdir)'
	$(INSTALL_DATA) $(srcdir)/%D%/mailseal.bash-completion '$(DESTDIR)$(bashcompdir)/mailseal'
uninstall-local:
	rm -f '$(DESTDIR)$(bashcompdir)/mailseal'
