# SPDX-License-Identifier: GPL-3.0-or-later
# keystore: certificates by address, and the OpenPGP engine that seals to them

noinst_LIBRARIES += libkeystore.a
libkeystore_a_SOURCES = \
	%D%/address.c %D%/address.h \
	%D%/audit.c %D%/audit.h \
	%D%/change.c %D%/change.h \
	%D%/cert-armour.c %D%/cert-armour.h \
	%D%/cf.c %D%/cf.h \
	%D%/engine.h %D%/engine-private.h \
	%D%/engine-cert.c %D%/engine-gpgme.c %D%/engine-home.c \
	%D%/engine-inspect.c %D%/engine-open.c %D%/engine-seal.c %D%/engine-stream.c \
	%D%/engine-trial.c \
	%D%/entry.c %D%/entry-read.c %D%/entry-text.c %D%/entry.h %D%/entry-private.h \
	%D%/health.c %D%/health.h \
	%D%/keyblock.c %D%/keyblock.h \
	%D%/keybox.c %D%/keybox.h \
	%D%/ldap-conf.c %D%/ldap-conf.h \
	%D%/ldap-directory.c %D%/ldap-directory.h \
	%D%/ldap-filter.c %D%/ldap-filter.h %D%/ldap-module.h \
	%D%/migrate.c %D%/migrate.h \
	%D%/pgsql-conf.c %D%/pgsql-conf.h \
	%D%/pgsql-host.c %D%/pgsql-host.h \
	%D%/pgsql-fill.c %D%/pgsql-fill.h \
	%D%/pgsql-link.c %D%/pgsql-link.h %D%/pgsql-module.h \
	%D%/pgsql-list.c %D%/pgsql-sync.c %D%/pgsql-sync.h \
	%D%/pgsql-options.c %D%/pgsql-options.h \
	%D%/pgsql-query.c %D%/pgsql-query.h \
	%D%/pgsql-table.c %D%/pgsql-table.h \
	%D%/signing.c %D%/signing.h \
	%D%/wkd.c %D%/wkd.h \
	%D%/store.c %D%/store.h %D%/store-private.h \
	%D%/store-cache.c %D%/store-cache.h \
	%D%/store-ldap.c \
	%D%/store-pgsql.c %D%/store-pgsql.h \
	%D%/store-dir.c %D%/store-dir-fill.c %D%/store-dir-list.c %D%/store-dir-log.c \
	%D%/store-dir-write.c %D%/store-dir.h
libkeystore_a_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(GPGME_CFLAGS) $(NETTLE_CFLAGS)

pkglibexec_PROGRAMS += gpg-then
gpg_then_SOURCES = %D%/gpg-then.c

# It is looked for beside the program.
check_DATA += tests/unit/gpg-then
CLEANFILES += tests/unit/gpg-then
tests/unit/gpg-then: gpg-then
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ln -sf ../../gpg-then $@

# The module that alone links libpq.
moduleexec_PROGRAMS += pgsql.so
pgsql_so_SOURCES = %D%/pgsql-module.c %D%/pgsql-module.h
pgsql_so_CFLAGS = $(MAILSEAL_CFLAGS) $(MODULE_CFLAGS) $(PQ_CFLAGS)
pgsql_so_LDFLAGS = $(MAILSEAL_LDFLAGS) $(MODULE_LDFLAGS)
pgsql_so_LDADD = $(PQ_LIBS)

# The module that alone links libldap.
moduleexec_PROGRAMS += ldap.so
ldap_so_SOURCES = %D%/ldap-module.c %D%/ldap-module.h
ldap_so_CFLAGS = $(MAILSEAL_CFLAGS) $(MODULE_CFLAGS) $(LDAP_CFLAGS)
ldap_so_LDFLAGS = $(MAILSEAL_LDFLAGS) $(MODULE_LDFLAGS)
ldap_so_LDADD = $(LDAP_LIBS)

KEYSTORE_LIBS = libkeystore.a libmime.a $(BASE_LIBS) $(GPGME_LIBS)

if HAVE_CMOCKA
keystore_tests = \
	tests/unit/test-address \
	tests/unit/test-bad-cert \
	tests/unit/test-engine \
	tests/unit/test-entry \
	tests/unit/test-health \
	tests/unit/test-inspect \
	tests/unit/test-keyblock \
	tests/unit/test-open \
	tests/unit/test-ldap-conf \
	tests/unit/test-pgsql-conf \
	tests/unit/test-store \
	tests/unit/test-store-cache \
	tests/unit/test-store-change \
	tests/unit/test-store-log \
	tests/unit/test-wkd
check_PROGRAMS += $(keystore_tests)
TESTS += $(keystore_tests)
tests_unit_test_address_SOURCES = tests/unit/test-address.c tests/unit/unit.h
tests_unit_test_address_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_address_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
gnupg_test_headers = \
	tests/unit/bytes.h tests/unit/gnupg.h tests/unit/folder.h tests/unit/unit.h
tests_unit_test_engine_SOURCES = tests/unit/test-engine.c $(gnupg_test_headers)
tests_unit_test_engine_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_engine_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_unit_test_engine_DEPENDENCIES = tests/unit/gpg-then
tests_unit_test_open_SOURCES = tests/unit/test-open.c $(gnupg_test_headers)
tests_unit_test_open_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_open_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_inspect_SOURCES = tests/unit/test-inspect.c $(gnupg_test_headers)
tests_unit_test_inspect_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_inspect_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_bad_cert_SOURCES = tests/unit/test-bad-cert.c tests/unit/forge.c tests/unit/forge.h \
	tests/unit/forge-cert.c tests/unit/forge-cert.h $(gnupg_test_headers)
tests_unit_test_bad_cert_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SODIUM_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_test_bad_cert_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_health_SOURCES = tests/unit/test-health.c tests/unit/unit.h
tests_unit_test_health_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_health_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_wkd_SOURCES = tests/unit/test-wkd.c tests/unit/unit.h
tests_unit_test_wkd_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wkd_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_keyblock_SOURCES = tests/unit/test-keyblock.c tests/unit/unit.h
tests_unit_test_keyblock_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_keyblock_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_ldap_conf_SOURCES = tests/unit/test-ldap-conf.c tests/unit/unit.h
tests_unit_test_ldap_conf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_ldap_conf_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pgsql_conf_SOURCES = tests/unit/test-pgsql-conf.c tests/unit/unit.h
tests_unit_test_pgsql_conf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pgsql_conf_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_entry_SOURCES = tests/unit/test-entry.c tests/unit/unit.h
tests_unit_test_entry_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_entry_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
store_test_headers = \
	tests/unit/folder.h tests/unit/stores.h tests/unit/unit.h
tests_unit_test_store_SOURCES = tests/unit/test-store.c $(store_test_headers)
tests_unit_test_store_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_store_cache_SOURCES = tests/unit/test-store-cache.c $(store_test_headers)
tests_unit_test_store_cache_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_test_store_cache_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_store_change_SOURCES = tests/unit/test-store-change.c $(store_test_headers)
tests_unit_test_store_log_SOURCES = tests/unit/test-store-log.c $(store_test_headers)
tests_unit_test_store_log_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SODIUM_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_test_store_log_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_store_change_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_change_LDADD = $(KEYSTORE_LIBS) $(CMOCKA_LIBS)
endif

check_PROGRAMS += tests/fuzz/fuzz-address tests/fuzz/fuzz-entry \
	tests/fuzz/fuzz-keyblock tests/fuzz/fuzz-keybox tests/fuzz/fuzz-ldap-conf \
	tests/fuzz/fuzz-pgsql-conf
tests_fuzz_fuzz_keybox_SOURCES = tests/fuzz/fuzz-keybox.c $(fuzz_main)
tests_fuzz_fuzz_keybox_CFLAGS = $(AM_CFLAGS)
tests_fuzz_fuzz_keybox_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_keybox_LDADD = $(KEYSTORE_LIBS)
tests_fuzz_fuzz_address_SOURCES = tests/fuzz/fuzz-address.c $(fuzz_main)
tests_fuzz_fuzz_address_CFLAGS = $(AM_CFLAGS)
tests_fuzz_fuzz_address_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_address_LDADD = $(KEYSTORE_LIBS)
tests_fuzz_fuzz_entry_SOURCES = tests/fuzz/fuzz-entry.c $(fuzz_main)
tests_fuzz_fuzz_entry_CFLAGS = $(AM_CFLAGS)
tests_fuzz_fuzz_entry_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_entry_LDADD = $(KEYSTORE_LIBS)
tests_fuzz_fuzz_keyblock_SOURCES = tests/fuzz/fuzz-keyblock.c $(fuzz_main)
tests_fuzz_fuzz_keyblock_CFLAGS = $(AM_CFLAGS)
tests_fuzz_fuzz_keyblock_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_keyblock_LDADD = $(KEYSTORE_LIBS)
tests_fuzz_fuzz_ldap_conf_SOURCES = tests/fuzz/fuzz-ldap-conf.c $(fuzz_main)
tests_fuzz_fuzz_ldap_conf_CFLAGS = $(AM_CFLAGS)
tests_fuzz_fuzz_ldap_conf_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ldap_conf_LDADD = $(KEYSTORE_LIBS)
tests_fuzz_fuzz_pgsql_conf_SOURCES = tests/fuzz/fuzz-pgsql-conf.c $(fuzz_main)
tests_fuzz_fuzz_pgsql_conf_CFLAGS = $(AM_CFLAGS)
tests_fuzz_fuzz_pgsql_conf_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_pgsql_conf_LDADD = $(KEYSTORE_LIBS)
