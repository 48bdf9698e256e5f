# SPDX-License-Identifier: GPL-3.0-or-later
# mime: the byte map of a message, what is already encrypted, composing and restoring

noinst_LIBRARIES += libmime.a
libmime_a_SOURCES = \
	%D%/armour.c %D%/armour.h \
	%D%/armour-header.c %D%/armour-header.h \
	%D%/base64.c %D%/base64.h \
	%D%/ciphertext.c %D%/ciphertext.h \
	%D%/claim.c %D%/claim.h \
	%D%/classify.c %D%/classify-find.c %D%/classify.h \
	%D%/compose.c %D%/compose.h \
	%D%/content.c %D%/content.h \
	%D%/cursor.c %D%/cursor.h \
	%D%/der.c %D%/der.h \
	%D%/harmless.c %D%/harmless.h \
	%D%/leaf.c %D%/leaf.h \
	%D%/lineend.c %D%/lineend.h \
	%D%/message.c %D%/message.h \
	%D%/multipart.c %D%/multipart.h \
	%D%/noise.c %D%/noise.h \
	%D%/outer-fields.c %D%/outer-fields.h \
	%D%/packet.c %D%/packet.h \
	%D%/part.c %D%/part.h \
	%D%/payload.c %D%/payload.h \
	%D%/recipient-info.c %D%/recipient-info.h \
	%D%/restore.c %D%/restore.h \
	%D%/session-key.c %D%/session-key.h \
	%D%/smime.c %D%/smime.h \
	%D%/structure.c %D%/structure.h %D%/structure-module.h \
	%D%/transfer.c %D%/transfer.h
libmime_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)

MIME_LIBS = libmime.a $(BASE_LIBS)

# The module that alone links GMime. It is looked for beside the program, so
# what is run from tests/ has a link there.
moduleexec_PROGRAMS += structure.so
structure_so_SOURCES = \
	%D%/spool-stream.c %D%/spool-stream.h \
	%D%/structure-module.c %D%/structure-module.h
structure_so_CFLAGS = $(MAILSEAL_CFLAGS) $(MODULE_CFLAGS) $(GMIME_CFLAGS)
structure_so_LDFLAGS = $(MAILSEAL_LDFLAGS) $(MODULE_LDFLAGS)
structure_so_LDADD = $(GMIME_LIBS)

structure_links = tests/unit/structure.so tests/fuzz/structure.so
check_DATA += $(structure_links)
CLEANFILES += $(structure_links)
$(structure_links): structure.so
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ln -sf ../../structure.so $@

# message, payload, compose, restore
if HAVE_CMOCKA
mime_message_tests = \
	tests/unit/test-message \
	tests/unit/test-payload \
	tests/unit/test-compose \
	tests/unit/test-restore \
	tests/unit/test-roundtrip
check_PROGRAMS += $(mime_message_tests)
TESTS += $(mime_message_tests)

mime_message_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(NETTLE_CFLAGS)
mime_message_test_libs = $(MIME_LIBS) $(CMOCKA_LIBS)
mime_message_test_headers = \
	tests/unit/shared.h tests/unit/spools.h tests/unit/unit.h

tests_unit_test_message_SOURCES = tests/unit/test-message.c $(mime_message_test_headers)
tests_unit_test_message_CFLAGS = $(mime_message_test_cflags)
tests_unit_test_message_LDADD = $(mime_message_test_libs)
tests_unit_test_payload_SOURCES = tests/unit/test-payload.c $(mime_message_test_headers)
tests_unit_test_payload_CFLAGS = $(mime_message_test_cflags)
tests_unit_test_payload_LDADD = $(mime_message_test_libs)
tests_unit_test_compose_SOURCES = tests/unit/test-compose.c $(mime_message_test_headers)
tests_unit_test_compose_CFLAGS = $(mime_message_test_cflags)
tests_unit_test_compose_LDADD = $(mime_message_test_libs)
tests_unit_test_restore_SOURCES = tests/unit/test-restore.c $(mime_message_test_headers)
tests_unit_test_restore_CFLAGS = $(mime_message_test_cflags)
tests_unit_test_restore_LDADD = $(mime_message_test_libs)
tests_unit_test_roundtrip_SOURCES = tests/unit/test-roundtrip.c $(mime_message_test_headers)
tests_unit_test_roundtrip_CFLAGS = $(mime_message_test_cflags)
tests_unit_test_roundtrip_LDADD = $(mime_message_test_libs)
endif

# ciphertext, classify, and what they are made of
if HAVE_CMOCKA
mime_class_tests = \
	tests/unit/test-ciphertext \
	tests/unit/test-classify \
	tests/unit/test-classify-mail \
	tests/unit/test-smime
check_PROGRAMS += $(mime_class_tests)
TESTS += $(mime_class_tests)

mime_class_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(NETTLE_CFLAGS)
mime_class_test_libs = $(MIME_LIBS) $(CMOCKA_LIBS)
mime_class_test_sources = \
	tests/unit/forge.c tests/unit/forge-smime.c tests/unit/forge.h \
	tests/unit/shapes.c tests/unit/shapes.h \
	tests/unit/shared.h tests/unit/spools.h tests/unit/unit.h

tests_unit_test_ciphertext_SOURCES = tests/unit/test-ciphertext.c $(mime_class_test_sources)
tests_unit_test_ciphertext_CFLAGS = $(mime_class_test_cflags)
tests_unit_test_ciphertext_LDADD = $(mime_class_test_libs)
tests_unit_test_classify_SOURCES = tests/unit/test-classify.c $(mime_class_test_sources)
tests_unit_test_classify_CFLAGS = $(mime_class_test_cflags)
tests_unit_test_classify_LDADD = $(mime_class_test_libs)
EXTRA_tests_unit_test_classify_DEPENDENCIES = tests/unit/structure.so
tests_unit_test_classify_mail_SOURCES = \
	tests/unit/test-classify-mail.c $(mime_class_test_sources)
tests_unit_test_classify_mail_CFLAGS = $(mime_class_test_cflags)
tests_unit_test_classify_mail_LDADD = $(mime_class_test_libs)
EXTRA_tests_unit_test_classify_mail_DEPENDENCIES = tests/unit/structure.so
tests_unit_test_smime_SOURCES = tests/unit/test-smime.c $(mime_class_test_sources)
tests_unit_test_smime_CFLAGS = $(mime_class_test_cflags)
tests_unit_test_smime_LDADD = $(mime_class_test_libs)
EXTRA_tests_unit_test_smime_DEPENDENCIES = tests/unit/structure.so
endif

# Fuzz targets: libFuzzer's with --enable-fuzzing, else a main program that
# replays the seeds; tests/fuzz/replay.sh runs either.
if FUZZING
fuzz_main = tests/fuzz/fuzz.h
else
fuzz_main = tests/fuzz/fuzz.h tests/fuzz/replay.c
endif
EXTRA_DIST += tests/fuzz/replay.sh tests/fuzz/run tests/fuzz/seeds
# Ten minutes for each target, or FUZZ_SECONDS.
.PHONY: fuzz
fuzz: all
	$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS) $(check_DATA)
	srcdir='$(abs_top_srcdir)' builddir='$(abs_top_builddir)' $(srcdir)/tests/fuzz/run
TESTS += tests/fuzz/replay.sh

check_PROGRAMS += tests/fuzz/fuzz-message tests/fuzz/fuzz-restore
tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz-message.c tests/unit/spools.h $(fuzz_main)
tests_fuzz_fuzz_message_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
tests_fuzz_fuzz_message_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_message_LDADD = $(MIME_LIBS)
tests_fuzz_fuzz_restore_SOURCES = tests/fuzz/fuzz-restore.c tests/unit/spools.h $(fuzz_main)
tests_fuzz_fuzz_restore_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
tests_fuzz_fuzz_restore_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_restore_LDADD = $(MIME_LIBS)

check_PROGRAMS += tests/fuzz/fuzz-ciphertext tests/fuzz/fuzz-classify
tests_fuzz_fuzz_ciphertext_SOURCES = tests/fuzz/fuzz-ciphertext.c $(fuzz_main)
tests_fuzz_fuzz_ciphertext_CFLAGS = $(AM_CFLAGS)
tests_fuzz_fuzz_ciphertext_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ciphertext_LDADD = $(MIME_LIBS)
tests_fuzz_fuzz_classify_SOURCES = tests/fuzz/fuzz-classify.c tests/unit/spools.h $(fuzz_main)
tests_fuzz_fuzz_classify_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
tests_fuzz_fuzz_classify_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_classify_LDADD = $(MIME_LIBS)
EXTRA_tests_fuzz_fuzz_classify_DEPENDENCIES = tests/fuzz/structure.so
