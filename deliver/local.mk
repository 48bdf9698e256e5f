# SPDX-License-Identifier: GPL-3.0-or-later
# deliver: the finished message is handed on, durably; knows neither keys nor policy

noinst_LIBRARIES += libdeliver.a
libdeliver_a_SOURCES = \
	%D%/backend.h \
	%D%/command.c \
	%D%/deliver.c %D%/deliver.h \
	%D%/dot.c %D%/dot.h \
	%D%/hold.c \
	%D%/hold-folder.c %D%/hold-folder.h \
	%D%/lmtp.c \
	%D%/maildir.c \
	%D%/maildir-name.c %D%/maildir-name.h \
	%D%/reply.c %D%/reply.h \
	%D%/stdout.c
libdeliver_a_CFLAGS = $(AM_CFLAGS)

DELIVER_LIBS = libdeliver.a $(BASE_LIBS)

EXTRA_DIST += tests/lib/lmtp-server.py

if HAVE_CMOCKA
deliver_tests = \
	tests/unit/test-deliver \
	tests/unit/test-hold \
	tests/unit/test-lmtp \
	tests/unit/test-maildir \
	tests/unit/test-maildir-folder \
	tests/unit/test-maildir-name \
	tests/unit/test-wire
check_PROGRAMS += $(deliver_tests)
TESTS += $(deliver_tests)
tests_unit_test_deliver_SOURCES = \
	tests/unit/test-deliver.c tests/unit/folder.h tests/unit/unit.h
tests_unit_test_deliver_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_deliver_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fsync
tests_unit_test_deliver_LDADD = $(DELIVER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_maildir_SOURCES = \
	tests/unit/test-maildir.c tests/unit/folder.h tests/unit/unit.h
tests_unit_test_maildir_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_maildir_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fsync \
	-Wl,--wrap=renameat2 -Wl,--wrap=secret_random -Wl,--wrap=clock_gettime
tests_unit_test_maildir_LDADD = $(DELIVER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_hold_SOURCES = \
	tests/unit/test-hold.c tests/unit/folder.h tests/unit/unit.h
tests_unit_test_hold_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_hold_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fsync
tests_unit_test_hold_LDADD = $(DELIVER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lmtp_SOURCES = \
	tests/unit/test-lmtp.c tests/unit/folder.h tests/unit/unit.h
tests_unit_test_lmtp_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lmtp_LDADD = $(DELIVER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_maildir_folder_SOURCES = \
	tests/unit/test-maildir-folder.c tests/unit/folder.h tests/unit/unit.h
tests_unit_test_maildir_folder_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_maildir_folder_LDADD = $(DELIVER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_maildir_name_SOURCES = \
	tests/unit/test-maildir-name.c tests/unit/unit.h
tests_unit_test_maildir_name_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_maildir_name_LDADD = $(DELIVER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_wire_SOURCES = tests/unit/test-wire.c tests/unit/unit.h
tests_unit_test_wire_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wire_LDADD = $(DELIVER_LIBS) $(CMOCKA_LIBS)
endif
