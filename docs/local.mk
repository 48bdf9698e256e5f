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
	%D%/keystore.md \
	%D%/keystore.sql \
	%D%/mailseal.conf.example \
	%D%/performance.md \
	%D%/recipes.md

# Bash looks for the program's name.
EXTRA_DIST += %D%/mailseal.bash-completion
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(bashcompdir)'
	$(INSTALL_DATA) $(srcdir)/%D%/mailseal.bash-completion '$(DESTDIR)$(bashcompdir)/mailseal'
uninstall-local:
	rm -f '$(DESTDIR)$(bashcompdir)/mailseal'
