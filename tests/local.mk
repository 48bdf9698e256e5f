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
	%D%/e2e/auth.sh \
	%D%/e2e/auth-command.sh \
	%D%/e2e/bad-gpg.sh \
	%D%/e2e/bad-input.sh \
	%D%/e2e/clients.sh \
	%D%/e2e/completion.sh \
	%D%/e2e/corpus.sh \
	%D%/e2e/dnssec.sh \
	%D%/e2e/doctor.sh \
	%D%/e2e/dovecot-lda.sh \
	%D%/e2e/dovecot-lmtp.sh \
	%D%/e2e/dovecot-sieve.sh \
	%D%/e2e/environment.sh \
	%D%/e2e/filter.sh \
	%D%/e2e/handover.sh \
	%D%/e2e/hold.sh \
	%D%/e2e/hold-dovecot.sh \
	%D%/e2e/key.sh \
	%D%/e2e/key-health.sh \
	%D%/e2e/key-interchange.sh \
	%D%/e2e/key-migrate.sh \
	%D%/e2e/key-dane.sh \
	%D%/e2e/key-fetch.sh \
	%D%/e2e/key-publish.sh \
	%D%/e2e/keys-page-care.sh \
	%D%/e2e/keys-page.sh \
	%D%/e2e/key-policy.sh \
	%D%/e2e/key-renew.sh \
	%D%/e2e/large.sh \
	%D%/e2e/ldap.sh \
	%D%/e2e/maildrop.sh \
	%D%/e2e/module.sh \
	%D%/e2e/open.sh \
	%D%/e2e/opendkim.sh \
	%D%/e2e/open-verify.sh \
	%D%/e2e/pgsql.sh \
	%D%/e2e/pgsql-failover.sh \
	%D%/e2e/pgsql-table.sh \
	%D%/e2e/postfix-mda.sh \
	%D%/e2e/postfix.sh \
	%D%/e2e/procmail.sh \
	%D%/e2e/resolver.sh \
	%D%/e2e/settings.sh \
	%D%/e2e/suites.sh \
	%D%/e2e/systemd.sh \
	%D%/e2e/trace.sh \
	%D%/e2e/vectors.sh
LINT_TESTS = $(lint_tests)
E2E_TESTS = $(e2e_tests)
EXTRA_DIST += $(lint_tests) $(e2e_tests) \
	%D%/lib/canary.sh %D%/lib/daemon.sh %D%/lib/dns.sh %D%/lib/dovecot.sh %D%/lib/keys.sh \
	%D%/lib/mda.sh %D%/lib/pgsql.sh %D%/lib/slapd.sh %D%/lib/postfix.sh %D%/lib/tap.sh \
	%D%/lib/corpus.py %D%/lib/dkim-sign.py %D%/lib/dns-stub.py %D%/lib/imap-fetch.py %D%/lib/send.py
EXTRA_DIST += %D%/lib/https.sh %D%/lib/https-server.py %D%/lib/zones.sh

# Each system call fails in turn, three minutes; `make check FAULT_TESTS=` leaves it
# out, FAULT=all tests more (tests/fault/fault.sh).
fault_tests = %D%/fault/fault.sh %D%/fault/writers.sh
FAULT_TESTS = $(fault_tests)
# The longest first, so that the end of a parallel run is short.
TESTS += $(FAULT_TESTS) $(LINT_TESTS) $(E2E_TESTS)
EXTRA_DIST += $(fault_tests) %D%/fault/calls.py %D%/fault/forks.py \
	%D%/fault/legs.py %D%/fault/place.py %D%/fault/run.py %D%/fault/writers.py

# Outside `make check` (docs/performance.md): what a delivery costs beside bare gpg, then what
# verifying the sender adds to it.
EXTRA_PROGRAMS += %D%/bench/bare-gpgme
%C%_bench_bare_gpgme_SOURCES = %D%/bench/bare-gpgme.c
%C%_bench_bare_gpgme_CFLAGS = $(AM_CFLAGS) $(GPGME_CFLAGS)
%C%_bench_bare_gpgme_LDADD = $(GPGME_LIBS)
CLEANFILES += %D%/bench/bare-gpgme
EXTRA_DIST += %D%/bench/auth %D%/bench/keystore %D%/bench/measure.py %D%/bench/run
.PHONY: bench bench-auth bench-keystore bench-verify
bench: all %D%/bench/bare-gpgme
	$(srcdir)/%D%/bench/run ./mailseal
	$(srcdir)/%D%/bench/auth ./mailseal
bench-auth: all
	$(srcdir)/%D%/bench/auth ./mailseal

# DKIM beside libopendkim, if that is there.
EXTRA_PROGRAMS += %D%/bench/verify %D%/bench/peer.so
bench_verify = %D%/bench/verify %D%/bench/rsa.so
if HAVE_OPENDKIM
bench_verify += %D%/bench/peer.so
endif
%C%_bench_verify_SOURCES = %D%/bench/verify.c %D%/bench/peer.h \
	%D%/suites/zone.c %D%/suites/zone.h %D%/unit/signer.c %D%/unit/signer.h
%C%_bench_verify_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(HOGWEED_CFLAGS)
%C%_bench_verify_LDADD = $(AUTH_LIBS) $(HOGWEED_LIBS)
%C%_bench_peer_so_SOURCES = %D%/bench/peer.c %D%/bench/peer.h
%C%_bench_peer_so_CFLAGS = $(MAILSEAL_CFLAGS) $(MODULE_CFLAGS) $(OPENDKIM_CFLAGS)
%C%_bench_peer_so_LDFLAGS = $(MAILSEAL_LDFLAGS) $(MODULE_LDFLAGS)
%C%_bench_peer_so_LDADD = $(OPENDKIM_LIBS)
CLEANFILES += %D%/bench/verify %D%/bench/peer.so
bench-verify: $(bench_verify)
	%D%/bench/verify

# A delivery and lookups with 1 to 1 000 000 recipients; RECIPIENTS='1 1000' for fewer.
EXTRA_PROGRAMS += %D%/bench/lookups %D%/bench/make-entries
%C%_bench_lookups_SOURCES = %D%/bench/lookups.c
%C%_bench_lookups_LDADD = $(KEYSTORE_LIBS)
%C%_bench_make_entries_SOURCES = %D%/bench/make-entries.c
%C%_bench_make_entries_LDADD = $(KEYSTORE_LIBS)
CLEANFILES += %D%/bench/lookups %D%/bench/make-entries %D%/bench/pgsql.so
%D%/bench/pgsql.so: pgsql.so
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ln -sf ../../pgsql.so $@
bench-keystore: all %D%/bench/lookups %D%/bench/make-entries %D%/bench/pgsql.so
	$(srcdir)/%D%/bench/keystore ./mailseal $(RECIPIENTS)
