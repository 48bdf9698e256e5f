# SPDX-License-Identifier: GPL-3.0-or-later
# auth: who sent it, as far as that can be known, and how that is recorded

noinst_LIBRARIES += libauth.a
libauth_a_SOURCES = \
	%D%/author.c %D%/author.h \
	%D%/author-list.c %D%/author-list.h \
	%D%/author-loose.c %D%/author-loose.h \
	%D%/arc.c %D%/arc.h \
	%D%/arc-check.c %D%/arc-check.h \
	%D%/arc-sets.c %D%/arc-sets.h \
	%D%/authres.c %D%/authres.h \
	%D%/authres-read.c \
	%D%/authres-write.c \
	%D%/body-hash.c %D%/body-hash.h \
	%D%/canon.c %D%/canon.h \
	%D%/dkim.c %D%/dkim.h \
	%D%/dmarc.c %D%/dmarc.h \
	%D%/dmarc-record.c %D%/dmarc-record.h \
	%D%/dmarc-uri.c %D%/dmarc-uri.h \
	%D%/dmarc-walk.c %D%/dmarc-walk.h \
	%D%/digest.c %D%/digest.h \
	%D%/dns.c %D%/dns.h \
	%D%/dns-packet.c %D%/dns-packet.h \
	%D%/encoded-word.c %D%/encoded-word.h \
	%D%/exchange.c %D%/exchange.h \
	%D%/header.c %D%/header.h \
	%D%/ip.c %D%/ip.h \
	%D%/iprev.c %D%/iprev.h \
	%D%/key-record.c %D%/key-record.h \
	%D%/lookups.c %D%/lookups.h \
	%D%/received.c %D%/received.h \
	%D%/received-comment.c %D%/received-comment.h \
	%D%/received-spf.c %D%/received-spf.h \
	%D%/results.c %D%/results.h \
	%D%/results-own.c %D%/results-own.h \
	%D%/recorded-keys.c %D%/recorded-keys.h \
	%D%/reverse.c %D%/reverse.h \
	%D%/rescue.c %D%/rescue.h \
	%D%/rsa.c %D%/rsa.h %D%/rsa-module.h \
	%D%/signature.c %D%/signature-check.c %D%/signature.h \
	%D%/spf.c %D%/spf.h \
	%D%/spf-check.c %D%/spf-check.h \
	%D%/spf-macro.c %D%/spf-macro.h \
	%D%/spf-mechanism.c \
	%D%/spf-record.c %D%/spf-record.h \
	%D%/tag-list.c %D%/tag-list.h \
	%D%/resolver.c %D%/resolver.h %D%/resolver-kind.h \
	%D%/resolver-stub.c \
	%D%/resolver-unbound.c %D%/unbound-module.h \
	%D%/token.c %D%/token.h \
	%D%/border.c %D%/border.h \
	%D%/trust.c %D%/trust.h \
	%D%/verify.c %D%/verify.h
libauth_a_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(NETTLE_CFLAGS)

# The module that alone links hogweed and GMP.
moduleexec_PROGRAMS += rsa.so
rsa_so_SOURCES = %D%/rsa-module.c %D%/rsa-module.h %D%/rsa.h
rsa_so_CFLAGS = $(MAILSEAL_CFLAGS) $(MODULE_CFLAGS) $(HOGWEED_CFLAGS)
rsa_so_LDFLAGS = $(MAILSEAL_LDFLAGS) $(MODULE_LDFLAGS)
rsa_so_LDADD = $(HOGWEED_LIBS)

rsa_links = tests/unit/rsa.so tests/fuzz/rsa.so tests/suites/rsa.so
check_DATA += $(rsa_links)
CLEANFILES += $(rsa_links) tests/bench/rsa.so
$(rsa_links) tests/bench/rsa.so: rsa.so
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ln -sf ../../rsa.so $@

AUTH_LIBS = libauth.a $(MIME_LIBS)

# The module that alone links libunbound.
moduleexec_PROGRAMS += unbound.so
unbound_so_SOURCES = %D%/unbound-module.c %D%/unbound-module.h
unbound_so_CFLAGS = $(MAILSEAL_CFLAGS) $(MODULE_CFLAGS) $(UNBOUND_CFLAGS)
unbound_so_LDFLAGS = $(MAILSEAL_LDFLAGS) $(MODULE_LDFLAGS)
unbound_so_LDADD = $(UNBOUND_LIBS)

unbound_links = tests/unit/unbound.so tests/suites/unbound.so
check_DATA += $(unbound_links)
CLEANFILES += $(unbound_links)
$(unbound_links): unbound.so
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ln -sf ../../unbound.so $@

# DKIM
if HAVE_CMOCKA
dkim_tests = tests/unit/test-canon tests/unit/test-dkim tests/unit/test-key-record \
	tests/unit/test-tag-list
check_PROGRAMS += $(dkim_tests)
TESTS += $(dkim_tests)
signer = tests/unit/signer.c tests/unit/signer.h tests/unit/unit.h
dkim_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SODIUM_CFLAGS) $(HOGWEED_CFLAGS)
dkim_test_libs = $(AUTH_LIBS) $(HOGWEED_LIBS) $(CMOCKA_LIBS)
tests_unit_test_canon_SOURCES = tests/unit/test-canon.c tests/unit/spools.h $(signer)
tests_unit_test_canon_CFLAGS = $(dkim_test_cflags)
tests_unit_test_canon_LDADD = $(dkim_test_libs)
tests_unit_test_dkim_SOURCES = tests/unit/test-dkim.c tests/unit/edit.h tests/unit/spools.h \
	tests/suites/zone.c tests/suites/zone.h $(signer)
tests_unit_test_dkim_CFLAGS = $(dkim_test_cflags)
tests_unit_test_dkim_LDADD = $(dkim_test_libs)
tests_unit_test_key_record_SOURCES = tests/unit/test-key-record.c $(signer)
tests_unit_test_key_record_CFLAGS = $(dkim_test_cflags)
tests_unit_test_key_record_LDADD = $(dkim_test_libs)
tests_unit_test_tag_list_SOURCES = tests/unit/test-tag-list.c tests/unit/spools.h \
	tests/unit/unit.h
tests_unit_test_tag_list_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_tag_list_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
endif

# DMARC
if HAVE_CMOCKA
dmarc_tests = tests/unit/test-author tests/unit/test-dmarc tests/unit/test-dmarc-record
check_PROGRAMS += $(dmarc_tests)
TESTS += $(dmarc_tests)
tests_unit_test_author_SOURCES = tests/unit/test-author.c tests/unit/spools.h \
	tests/unit/unit.h
tests_unit_test_author_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_author_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
tests_unit_test_dmarc_SOURCES = tests/unit/test-dmarc.c tests/unit/unit.h \
	tests/suites/zone.c tests/suites/zone.h
tests_unit_test_dmarc_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dmarc_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
tests_unit_test_dmarc_record_SOURCES = tests/unit/test-dmarc-record.c tests/unit/unit.h
tests_unit_test_dmarc_record_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dmarc_record_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
endif
check_PROGRAMS += tests/fuzz/fuzz-author tests/fuzz/fuzz-dmarc
tests_fuzz_fuzz_author_SOURCES = tests/fuzz/fuzz-author.c $(fuzz_main)
tests_fuzz_fuzz_author_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_author_LDADD = $(AUTH_LIBS)
tests_fuzz_fuzz_dmarc_SOURCES = tests/fuzz/fuzz-dmarc.c \
	tests/suites/zone.c tests/suites/zone.h $(fuzz_main)
tests_fuzz_fuzz_dmarc_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_dmarc_LDADD = $(AUTH_LIBS)

# SPF and iprev
if HAVE_CMOCKA
spf_tests = tests/unit/test-iprev tests/unit/test-spf
check_PROGRAMS += $(spf_tests)
TESTS += $(spf_tests)
spf_test_sources = tests/unit/unit.h tests/suites/zone.c tests/suites/zone.h
tests_unit_test_iprev_SOURCES = tests/unit/test-iprev.c $(spf_test_sources)
tests_unit_test_iprev_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_iprev_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
tests_unit_test_spf_SOURCES = tests/unit/test-spf.c $(spf_test_sources)
tests_unit_test_spf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_spf_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
endif
check_PROGRAMS += tests/fuzz/fuzz-spf
tests_fuzz_fuzz_spf_SOURCES = tests/fuzz/fuzz-spf.c $(fuzz_main)
tests_fuzz_fuzz_spf_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_spf_LDADD = $(AUTH_LIBS)

if HAVE_CMOCKA
auth_tests = tests/unit/test-authres tests/unit/test-received tests/unit/test-border \
	tests/unit/test-results tests/unit/test-recorded-keys
check_PROGRAMS += $(auth_tests)
TESTS += $(auth_tests)
auth_test_headers = tests/unit/shared.h tests/unit/spools.h tests/unit/unit.h
tests_unit_test_authres_SOURCES = tests/unit/test-authres.c $(auth_test_headers)
tests_unit_test_authres_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_authres_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
tests_unit_test_received_SOURCES = tests/unit/test-received.c $(auth_test_headers)
tests_unit_test_received_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_received_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
tests_unit_test_border_SOURCES = tests/unit/test-border.c $(auth_test_headers)
tests_unit_test_border_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_border_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
tests_unit_test_results_SOURCES = tests/unit/test-results.c $(auth_test_headers)
tests_unit_test_results_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_results_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)

# Messages signed in the test, names that answer in memory.
auth_signed_tests = tests/unit/test-arc tests/unit/test-composition tests/unit/test-verify
check_PROGRAMS += $(auth_signed_tests)
TESTS += $(auth_signed_tests)
auth_signed_sources = $(auth_test_headers) \
	tests/suites/zone.c tests/suites/zone.h \
	tests/unit/signing.c tests/unit/signing.h
auth_signed_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SODIUM_CFLAGS)
auth_signed_ldadd = $(AUTH_LIBS) $(CMOCKA_LIBS) $(SODIUM_LIBS)
tests_unit_test_arc_SOURCES = tests/unit/test-arc.c tests/unit/edit.h $(auth_signed_sources)
tests_unit_test_arc_CFLAGS = $(auth_signed_cflags)
tests_unit_test_arc_LDADD = $(auth_signed_ldadd)
tests_unit_test_recorded_keys_SOURCES = tests/unit/test-recorded-keys.c \
	tests/unit/signed-message.h $(auth_signed_sources)
tests_unit_test_recorded_keys_CFLAGS = $(auth_signed_cflags)
tests_unit_test_recorded_keys_LDADD = $(auth_signed_ldadd)
tests_unit_test_composition_SOURCES = tests/unit/test-composition.c tests/unit/edit.h \
	tests/unit/attack.c tests/unit/attack.h $(auth_signed_sources)
tests_unit_test_composition_CFLAGS = $(auth_signed_cflags)
tests_unit_test_composition_LDADD = $(auth_signed_ldadd)
tests_unit_test_verify_SOURCES = tests/unit/test-verify.c tests/unit/edit.h $(auth_signed_sources)
tests_unit_test_verify_CFLAGS = $(auth_signed_cflags)
tests_unit_test_verify_LDADD = $(auth_signed_ldadd)
endif

# Built as mime/local.mk says.
check_PROGRAMS += tests/fuzz/fuzz-authres tests/fuzz/fuzz-received
tests_fuzz_fuzz_authres_SOURCES = tests/fuzz/fuzz-authres.c $(fuzz_main)
tests_fuzz_fuzz_authres_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_authres_LDADD = $(AUTH_LIBS)
tests_fuzz_fuzz_received_SOURCES = tests/fuzz/fuzz-received.c $(fuzz_main)
tests_fuzz_fuzz_received_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_received_LDADD = $(AUTH_LIBS)
check_PROGRAMS += tests/fuzz/fuzz-recorded-keys
tests_fuzz_fuzz_recorded_keys_SOURCES = tests/fuzz/fuzz-recorded-keys.c \
	tests/unit/signed-message.h tests/unit/spools.h $(fuzz_main)
tests_fuzz_fuzz_recorded_keys_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_recorded_keys_LDADD = $(AUTH_LIBS)
check_PROGRAMS += tests/fuzz/fuzz-arc tests/fuzz/fuzz-verify
tests_fuzz_fuzz_arc_SOURCES = tests/fuzz/fuzz-arc.c tests/unit/spools.h $(fuzz_main)
tests_fuzz_fuzz_arc_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_arc_LDADD = $(AUTH_LIBS)
tests_fuzz_fuzz_verify_SOURCES = tests/fuzz/fuzz-verify.c tests/unit/spools.h $(fuzz_main)
tests_fuzz_fuzz_verify_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_verify_LDADD = $(AUTH_LIBS)

# DKIM's.
check_PROGRAMS += tests/fuzz/fuzz-canon tests/fuzz/fuzz-dkim tests/fuzz/fuzz-key-record \
	tests/fuzz/fuzz-tag-list
tests_fuzz_fuzz_canon_SOURCES = tests/fuzz/fuzz-canon.c $(fuzz_main)
tests_fuzz_fuzz_canon_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_canon_LDADD = $(AUTH_LIBS)
tests_fuzz_fuzz_dkim_SOURCES = tests/fuzz/fuzz-dkim.c tests/unit/spools.h $(fuzz_main)
tests_fuzz_fuzz_dkim_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_dkim_LDADD = $(AUTH_LIBS)
tests_fuzz_fuzz_key_record_SOURCES = tests/fuzz/fuzz-key-record.c $(fuzz_main)
tests_fuzz_fuzz_key_record_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_key_record_LDADD = $(AUTH_LIBS)
tests_fuzz_fuzz_tag_list_SOURCES = tests/fuzz/fuzz-tag-list.c $(fuzz_main)
tests_fuzz_fuzz_tag_list_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_tag_list_LDADD = $(AUTH_LIBS)

# Public test suites (tests/suites/run); the cases themselves are not part of the project.
noinst_PROGRAMS += tests/suites/evaluate
tests_suites_evaluate_SOURCES = tests/suites/evaluate.c tests/suites/suite.h \
	tests/suites/suite-arc.c \
	tests/suites/suite-attacks.c \
	tests/suites/suite-authres.c \
	tests/suites/suite-dkim.c \
	tests/suites/suite-dmarc.c \
	tests/suites/suite-spf.c \
	tests/suites/zone.c tests/suites/zone.h \
	tests/unit/attack.c tests/unit/attack.h \
	tests/unit/signing.c tests/unit/signing.h tests/unit/spools.h
EXTRA_tests_suites_evaluate_DEPENDENCIES = tests/suites/rsa.so tests/suites/idn.so
tests_suites_evaluate_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
tests_suites_evaluate_LDADD = $(AUTH_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)

# Asks a resolver as the verifier does, for tests/e2e/dnssec.sh.
noinst_PROGRAMS += tests/suites/ask
tests_suites_ask_SOURCES = tests/suites/ask.c
tests_suites_ask_LDADD = $(AUTH_LIBS)
EXTRA_tests_suites_ask_DEPENDENCIES = tests/suites/unbound.so tests/suites/idn.so

EXTRA_DIST += tests/suites/run tests/suites/command

# DNS: packets, the table of questions, resolvers
if HAVE_CMOCKA
dns_tests = \
	tests/unit/test-dns-packet \
	tests/unit/test-lookups \
	tests/unit/test-resolver
check_PROGRAMS += $(dns_tests)
TESTS += $(dns_tests)
tests_unit_test_dns_packet_SOURCES = tests/unit/test-dns-packet.c tests/unit/unit.h
tests_unit_test_dns_packet_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dns_packet_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lookups_SOURCES = tests/unit/test-lookups.c tests/unit/unit.h
tests_unit_test_lookups_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lookups_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
tests_unit_test_resolver_SOURCES = tests/unit/test-resolver.c tests/unit/unit.h
tests_unit_test_resolver_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_resolver_LDADD = $(AUTH_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_unit_test_resolver_DEPENDENCIES = tests/unit/unbound.so
endif
check_PROGRAMS += tests/fuzz/fuzz-dns-packet
tests_fuzz_fuzz_dns_packet_SOURCES = tests/fuzz/fuzz-dns-packet.c $(fuzz_main)
tests_fuzz_fuzz_dns_packet_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_dns_packet_LDADD = $(AUTH_LIBS)
