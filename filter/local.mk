# SPDX-License-Identifier: GPL-3.0-or-later
# filter: the program

noinst_LIBRARIES += libfilter.a
libfilter_a_SOURCES = \
	%D%/ask.c %D%/ask.h \
	%D%/authenticate.c %D%/authenticate.h \
	%D%/client.c %D%/client.h \
	%D%/auth-explain.c \
	%D%/auth-json.c \
	%D%/auth-print.h \
	%D%/cmd-auth.c \
	%D%/cmd-deliver.c \
	%D%/cmd-doctor.c \
	%D%/cmd-filter.c \
	%D%/cmd-hold.c \
	%D%/cmd-key.c \
	%D%/cmd-open.c \
	%D%/command.h \
	%D%/config.c %D%/config.h \
	%D%/config-value.c %D%/config-value.h \
	%D%/decide.c %D%/decide.h \
	%D%/doctor-access.c \
	%D%/doctor-dns.c \
	%D%/doctor-hold.c \
	%D%/doctor-hook.c \
	%D%/doctor-host.c \
	%D%/doctor-keystore.c \
	%D%/doctor-cf.c \
	%D%/doctor-site.c \
	%D%/doctor.h \
	%D%/envelope.c %D%/envelope.h \
	%D%/held.c %D%/held.h \
	%D%/hold.c %D%/hold.h \
	%D%/hold-envelope.c %D%/hold-envelope.h \
	%D%/hold-release.c \
	%D%/hold-target.c %D%/hold-target.h \
	%D%/intake.c %D%/intake.h \
	%D%/seal.c %D%/seal.h \
	%D%/fetch.c %D%/fetch.h \
	%D%/site-store.c %D%/site-store.h \
	%D%/key-fetch.c %D%/key-refresh.c \
	%D%/key-offer.c %D%/key-offer.h \
	%D%/key-publish.c %D%/key-publish-wkd.c %D%/key-publish.h \
	%D%/key-source.c %D%/key-source.h \
	%D%/wkd-tree.c %D%/wkd-tree.h \
	%D%/key-audit.c \
	%D%/key-batch.c %D%/key-batch.h %D%/key-write.c \
	%D%/key-addresses.c %D%/key-change.c \
	%D%/key-check.c %D%/key-health.c %D%/key-health.h \
	%D%/key-import.c %D%/key-letter.c %D%/key-letter.h %D%/key-list.c \
	%D%/interchange.c %D%/interchange.h \
	%D%/key-interchange.c %D%/key-interchange.h %D%/key-deposit.c \
	%D%/key-migrate.c \
	%D%/key-progress.c %D%/key-progress.h \
	%D%/key-notify.c %D%/key-notify.h %D%/key-print.c %D%/key-remind.c \
	%D%/remind-mail.c %D%/remind-mail.h %D%/reminders.c %D%/reminders.h \
	%D%/key-sync.c %D%/key-sync.h %D%/key-sync-ldap.c %D%/key-sync-rows.c \
	%D%/key.h \
	%D%/mta.c %D%/mta.h \
	%D%/open-compare.c %D%/open-check.h \
	%D%/open-verify.c %D%/open-verify.h \
	%D%/outcome.c %D%/outcome.h \
	%D%/pipeline.c %D%/pipeline.h \
	%D%/report.c %D%/report.h \
	%D%/unseal.c %D%/unseal.h
libfilter_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS) $(JANSSON_CFLAGS)

FILTER_LIBS = libfilter.a libauth.a libkeystore.a libdeliver.a $(MIME_LIBS) \
	$(GPGME_LIBS) $(JANSSON_LIBS)

bin_PROGRAMS += mailseal
mailseal_SOURCES = %D%/main.c
mailseal_LDADD = $(FILTER_LIBS)
EXTRA_mailseal_DEPENDENCIES = $(moduleexec_PROGRAMS) $(pkglibexec_PROGRAMS)

# What alone links libcurl.
pkglibexec_PROGRAMS += mailseal-fetch
mailseal_fetch_SOURCES = %D%/fetch-https.c %D%/fetch.h
mailseal_fetch_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
mailseal_fetch_LDADD = $(BASE_LIBS) $(CURL_LIBS)

# gpg's read-only home: made here for the program that is run from the build
# folder, installed for the other one. Any uid must be able to read it.
gnupgdir = $(pkgdatadir)/gnupg
dist_gnupg_DATA = keystore/gnupg/gpg.conf
noinst_DATA += gnupg/gpg.conf
gnupg/gpg.conf: keystore/gnupg/gpg.conf
	$(AM_V_GEN)$(MKDIR_P) gnupg && chmod 755 gnupg && \
	rm -f $@ && cp $(srcdir)/keystore/gnupg/gpg.conf $@ && chmod 644 $@
CLEANFILES += gnupg/gpg.conf

if HAVE_CMOCKA
filter_tests = \
	tests/unit/test-client \
	tests/unit/test-config \
	tests/unit/test-decide \
	tests/unit/test-hold-envelope \
	tests/unit/test-intake
check_PROGRAMS += $(filter_tests)
TESTS += $(filter_tests)
tests_unit_test_client_SOURCES = tests/unit/test-client.c tests/unit/spools.h tests/unit/unit.h
tests_unit_test_client_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_test_client_LDADD = $(FILTER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_config_SOURCES = tests/unit/test-config.c tests/unit/unit.h
tests_unit_test_config_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_config_LDADD = $(FILTER_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_unit_test_config_DEPENDENCIES = tests/unit/idn.so
tests_unit_test_decide_SOURCES = tests/unit/test-decide.c tests/unit/unit.h
tests_unit_test_decide_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_decide_LDADD = $(FILTER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_hold_envelope_SOURCES = tests/unit/test-hold-envelope.c tests/unit/unit.h
tests_unit_test_hold_envelope_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_hold_envelope_LDADD = $(FILTER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_intake_SOURCES = tests/unit/test-intake.c tests/unit/unit.h
tests_unit_test_intake_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_test_intake_LDADD = $(FILTER_LIBS) $(CMOCKA_LIBS)
endif

check_PROGRAMS += tests/fuzz/fuzz-hold-envelope
tests_fuzz_fuzz_hold_envelope_SOURCES = tests/fuzz/fuzz-hold-envelope.c $(fuzz_main)
tests_fuzz_fuzz_hold_envelope_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_hold_envelope_LDADD = $(FILTER_LIBS)
