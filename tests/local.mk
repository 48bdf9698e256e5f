# SPDX-License-Identifier: GPL-3.0-or-later
# tests: unit tests (in C, beside nothing), end-to-end tests and lint (shell), all TAP

TEST_EXTENSIONS = .sh
SH_LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(SH_LOG_DRIVER)
AM_TESTS_ENVIRONMENT = \
	MAILSEAL='$(abs_top_builddir)/mailseal'; export MAILSEAL; \
	srcdir='$(abs_top_srcdir)'; export srcdir; \
	builddir='$(abs_top_builddir)'; export builddir; \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT;

# Lint and end-to-end tests are scripts. `make check E2E_TESTS=` leaves the
# end-to-end tests out, LINT_TESTS= the lint.
lint_tests = \
	%D%/lint/docs.sh \
	%D%/lint/house.sh
e2e_tests = \
	%D%/e2e/completion.sh
LINT_TESTS = $(lint_tests)
E2E_TESTS = $(e2e_tests)
TESTS += $(LINT_TESTS) $(E2E_TESTS)
EXTRA_DIST += $(lint_tests) $(e2e_tests) \
	%D%/lib/canary.sh %D%/lib/daemon.sh %D%/lib/keys.sh %D%/lib/tap.sh
