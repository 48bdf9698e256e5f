# SPDX-License-Identifier: GPL-3.0-or-later
# base: what every room needs; nothing that mentions mail

noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	%D%/adopted.c %D%/adopted.h \
	%D%/buf.c %D%/buf.h \
	%D%/capture.c %D%/capture.h \
	%D%/child.c %D%/child.h \
	%D%/guard.c %D%/guard.h \
	%D%/idn.c %D%/idn.h %D%/idn-module.h \
	%D%/clock.c %D%/clock.h \
	%D%/crc24.c %D%/crc24.h \
	%D%/err.c %D%/err.h \
	%D%/io.c %D%/io.h \
	%D%/log.c %D%/log.h \
	%D%/mem.c %D%/mem.h \
	%D%/module.c %D%/module.h \
	%D%/names.c %D%/names.h \
	%D%/program.c %D%/program.h \
	%D%/secret.c %D%/secret.h \
	%D%/sha256.c %D%/sha256.h \
	%D%/signals.c %D%/signals.h \
	%D%/spool.c %D%/spool.h \
	%D%/stream.c %D%/stream.h
libbase_a_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(NETTLE_CFLAGS)

# The module that alone links libidn2.
moduleexec_PROGRAMS += idn.so
idn_so_SOURCES = %D%/idn-module.c %D%/idn-module.h
idn_so_CFLAGS = $(MAILSEAL_CFLAGS) $(MODULE_CFLAGS) $(IDN2_CFLAGS)
idn_so_LDFLAGS = $(MAILSEAL_LDFLAGS) $(MODULE_LDFLAGS)
idn_so_LDADD = $(IDN2_LIBS)

# A module is looked for beside the program, so what is run from tests/ has links there.
module_links = tests/unit/idn.so tests/fuzz/idn.so tests/suites/idn.so
check_DATA += $(module_links)
CLEANFILES += $(module_links)
$(module_links): idn.so
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ln -sf ../../idn.so $@

BASE_LIBS = libbase.a $(SODIUM_LIBS) $(NETTLE_LIBS)

if HAVE_CMOCKA
base_tests = tests/unit/test-base
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
tests_unit_test_base_SOURCES = tests/unit/test-base.c tests/unit/unit.h
tests_unit_test_base_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SODIUM_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_test_base_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
endif

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test-capture
TESTS += tests/unit/test-capture
tests_unit_test_capture_SOURCES = tests/unit/test-capture.c tests/unit/unit.h
tests_unit_test_capture_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_capture_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
endif

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test-child
TESTS += tests/unit/test-child
tests_unit_test_child_SOURCES = tests/unit/test-child.c tests/unit/folder.h tests/unit/unit.h
tests_unit_test_child_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_child_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=syscall -Wl,--wrap=waitid
tests_unit_test_child_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
endif
