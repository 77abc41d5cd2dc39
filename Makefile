# exhibit: one Makefile, no recursion; everything built lands in build/$(variant).
#   make              both programs and the library    make check    every test
#   make demo         the whole job, end to end        make help     every target, one line each
#   make SAN=address,undefined check    the tests under sanitizers
#   make BUILD=debug                    no optimisation
# On Debian, as root or with sudo, demo, check and the like first install what .ci/packages names.

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

BUILD   ?= $(if $(filter coverage,$(MAKECMDGOALS)),coverage,release)
SAN     ?=
comma   := ,
empty   :=
space   := $(empty) $(empty)
out     := build/$(BUILD)$(if $(SAN),-$(subst $(comma),-,$(SAN)))

PREFIX      ?= /usr/local
BINDIR      ?= $(PREFIX)/bin
LIBEXECDIR  ?= $(PREFIX)/libexec/exhibit
MANDIR      ?= $(PREFIX)/share/man
DATADIR     ?= $(PREFIX)/share/exhibit
BASHDIR     ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR      ?= $(PREFIX)/share/zsh/site-functions
FISHDIR     ?= $(PREFIX)/share/fish/vendor_completions.d

# exhibit never links libav: only the helper reads footage (docs/architecture.md).
deps       := libsodium libcrypto libarchive libgit2 zlib jansson libutf8proc sqlite3
deps_media := libavformat libavcodec libavfilter libswscale libswresample libavutil freetype2 libpng libjpeg
deps_cage  := libseccomp

opt.release := -O2 -g -D_FORTIFY_SOURCE=2
opt.debug   := -O0 -g3
opt.coverage  := -O0 -g --coverage
link.coverage := --coverage
warn    := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wshadow -Wwrite-strings \
           -Wpointer-arith -Wundef -Wformat=2 -Wimplicit-fallthrough
CFLAGS  ?= $(opt.$(BUILD))
hard    := -fstack-protector-strong -fPIE
base    := -std=gnu11 -pthread $(warn) $(hard) -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
           $(shell pkg-config --cflags $(deps) $(deps_media) $(deps_cage) 2>/dev/null)
cflags  := $(base) $(CFLAGS) $(WERROR) \
           $(SAN:%=-fsanitize=%) $(if $(SAN),-fno-sanitize-recover=all -fno-omit-frame-pointer -DEXH_SANITIZED)
ldflags := -pthread -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS) $(link.$(BUILD)) $(SAN:%=-fsanitize=%)
ldlibs   = $(shell pkg-config --libs $(deps))
ldmedia  = $(shell pkg-config --libs $(deps_media))
ldcage   = $(shell pkg-config --libs $(deps_cage))

media_src := $(sort $(wildcard lib/media/*.c))
lib_src   := $(filter-out $(media_src),$(sort $(wildcard lib/*/*.c)))
cmd_src   := $(sort $(wildcard cmd/*.c))
help_src  := $(sort $(wildcard cmd/helper/*.c))
unit_src  := $(sort $(wildcard tests/unit/*_test.c))
stand_src := $(filter-out $(unit_src),$(sort $(wildcard tests/unit/*.c)))
fuzz_src  := $(sort $(wildcard tests/fuzz/*_fuzz.c))
obj        = $(patsubst %.c,$(out)/%.o,$(1))
units     := $(patsubst %.c,$(out)/%,$(unit_src))
stand_ins := $(patsubst %.c,$(out)/%,$(stand_src))
fuzz_out  := build/fuzz
fuzzers   := $(patsubst %.c,$(fuzz_out)/%,$(fuzz_src))
programs  := $(out)/exhibit $(out)/exhibit-media
pages     := $(sort $(wildcard docs/man/*.[1-8]))

$(V).SILENT:

all: $(programs) $(out)/libexhibit.a  ## build both programs and the library

$(out)/libexhibit.a: $(call obj,$(lib_src))
	echo "  AR    $@"
	rm -f $@
	$(AR) rcs $@ $^

$(out)/exhibit: $(call obj,$(cmd_src)) $(out)/libexhibit.a
	echo "  LINK  $@"
	$(CC) $(ldflags) -o $@ $^ $(ldlibs)

$(out)/exhibit-media: $(call obj,$(help_src)) $(call obj,$(media_src)) $(out)/libexhibit.a
	echo "  LINK  $@"
	$(CC) $(ldflags) -o $@ $^ $(ldmedia) $(ldcage) $(ldlibs)

# Tests of the media module link libav; the others must not need it.
media_units := $(filter $(out)/tests/unit/media%,$(units))
$(media_units): $(out)/%: $(out)/%.o $(call obj,$(media_src)) $(out)/libexhibit.a
	echo "  LINK  $@"
	$(CC) $(ldflags) -o $@ $^ -lcmocka $(ldmedia) $(ldlibs)

$(filter-out $(media_units),$(units)): $(out)/%: $(out)/%.o $(out)/libexhibit.a
	echo "  LINK  $@"
	$(CC) $(ldflags) -o $@ $^ -lcmocka $(ldcage) $(ldlibs)

# Programs that tests put in the helper's place, and filters that benchmarks time.
$(stand_ins): $(out)/%: $(out)/%.o $(out)/libexhibit.a
	echo "  LINK  $@"
	$(CC) $(ldflags) -o $@ $^ $(ldcage) $(ldlibs)

# What this variant was built with, and from: a change in either rebuilds it.
built_with = $(CC) $(cflags) $(ldflags) : $(lib_src) $(media_src) $(cmd_src) $(help_src)
$(out)/built-with: FORCE
	mkdir -p $(@D)
	echo '$(built_with)' | cmp -s - $@ || echo '$(built_with)' >$@

$(out)/%.o: %.c $(out)/built-with
	mkdir -p $(@D)
	echo "  CC    $<"
	$(CC) $(cflags) -MMD -MP -c -o $@ $<

-include $(patsubst %.c,$(out)/%.d,$(lib_src) $(media_src) $(cmd_src) $(help_src) $(unit_src) $(stand_src)) \
         $(patsubst %.c,$(fuzz_out)/%.d,$(lib_src) $(media_src) $(fuzz_src))

# ---- what the targets below need on this machine ----

needs.demo  := demo
needs.bench := bench
needs.check := check
needs.coverage := check
needs.fuzz  := tools
needs.lint  := tools
needs.format := tools
needs := $(sort $(foreach t,$(filter demo check bench fuzz lint format coverage,$(MAKECMDGOALS)),build $(needs.$(t))))
ifneq ($(needs),)
include build/packages.mk
build/packages.mk: FORCE
	.ci/install --stamp $@ $(needs)
endif

# ---- tests ----

cli   := $(sort $(wildcard tests/cli/*.bats))
style := $(if $(SAN),,$(sort $(wildcard tests/style/*.t)))
JOBS  ?= $(shell nproc)
# A sanitizer's exit status is none of ours, so that it is never taken for an answer.
tests_env = EXHIBIT='$(abspath $(out)/exhibit)' EXHIBIT_OUT='$(abspath $(out))' EXHIBIT_TOP='$(CURDIR)' \
            EXHIBIT_MATERIAL='$(or $(EXHIBIT_MATERIAL),$(abspath ../shared/material))' SAN='$(SAN)' MAKEFLAGS= CC='$(CC)' \
            ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
prove     = env -u EXHIBIT_STORE -u EXHIBIT_KEY $(tests_env) prove --exec tests/run --failures --comments --timer --jobs $(JOBS)

# Fuzzers are built, not run, where clang and its fuzzer are there, so that they cannot rot.
libfuzzer := $(wildcard $(shell clang --print-runtime-dir 2>/dev/null)/libclang_rt.fuzzer-*.a)
check: all $(units) $(stand_ins) $(if $(libfuzzer),$(fuzzers))  ## unit, command-line and style tests
	$(prove) $(cli) $(style) $(units)

demo: all  ## the whole job end to end, checked with stock tools
	env $(tests_env) tests/demo.sh build/demo

bench: all $(stand_ins)  ## what we take beside what stock tools take; BENCH="mp4 ts" some of it (tests/bench/bench.sh --help)
	env $(tests_env) tests/bench/bench.sh build/bench-footage $(BENCH)

coverage: all $(units) $(stand_ins)  ## lines of each module that the tests run, by gcov
	find $(out) -name '*.gcda' -delete
	-$(prove) $(cli) $(units)
	tests/coverage.sh $(out) $(lib_src) $(media_src) $(cmd_src) $(help_src)

# ---- fuzzing: every parser of foreign bytes, with clang's libFuzzer ----

FUZZ_SECONDS ?= 30
fuzz_san  := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -O1 -g -Wno-format-nonliteral
fuzz_link  = clang -pthread -fsanitize=fuzzer,address,undefined -o $@ $^

$(fuzz_out)/%.o: %.c Makefile
	mkdir -p $(@D)
	echo "  FUZZ  $<"
	clang $(base) $(fuzz_san) -MMD -MP -c -o $@ $<

$(fuzz_out)/libexhibit.a: $(patsubst %.c,$(fuzz_out)/%.o,$(lib_src))
	rm -f $@
	$(AR) rcs $@ $^

media_fuzzers := $(filter $(fuzz_out)/tests/fuzz/media%,$(fuzzers))
$(media_fuzzers): %: %.o $(patsubst %.c,$(fuzz_out)/%.o,$(media_src)) $(fuzz_out)/libexhibit.a
	$(fuzz_link) $(ldmedia) $(ldlibs)
$(filter-out $(media_fuzzers),$(fuzzers)): %: %.o $(fuzz_out)/libexhibit.a
	$(fuzz_link) $(ldlibs)

fuzz: $(fuzzers)  ## run each fuzzer for FUZZ_SECONDS (30)
	set -e; for f in $(fuzzers); do \
	    name=$$(basename $$f); corpus=$(fuzz_out)/corpus/$$name; mkdir -p $$corpus; \
	    echo "  RUN   $$name"; \
	    $$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 \
	        -artifact_prefix=$(fuzz_out)/$$name- $$corpus >$$f.log 2>&1 || { tail -n 40 $$f.log; exit 1; }; \
	    grep -E 'number_of_executed|peak_rss' $$f.log; \
	done

# ---- judging the source ----

all_c   := $(lib_src) $(media_src) $(cmd_src) $(help_src)
scripts := $(wildcard .ci/run .ci/install tests/run tests/*.sh tests/footage/*.sh tests/bench/*.sh tests/style/*.t tests/cli/*.bash)

lint:  ## clang-tidy, cppcheck, gcc -fanalyzer, shellcheck
	shellcheck $(scripts)
	shellcheck --shell=bats $(cli)
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem --suppress=uninitvar --suppress=legacyUninitvar --suppress=internalAstError \
	    --suppress=arrayIndexThenCheck -D__GNUC__ -Iinclude $(all_c)
	set -e; for f in $(all_c); do $(CC) $(base) -O2 -fanalyzer -c -o /dev/null $$f; done
	clang-tidy --quiet $(all_c) -- $(base)

format:  ## rewrite the source in the house style
	clang-format -i $(all_c) $(unit_src) $(stand_src) $(fuzz_src) $(wildcard include/exhibit/*.h lib/*/*.h cmd/*.h)

# ---- installing ----

policies := $(sort $(wildcard policies/*))
schemas  := $(sort $(wildcard docs/schema/*.schema.json docs/formats/*.schema.json))

# Each shell's script is the program's own word, so that it has the options that the program has.
completions := bash:$(BASHDIR)/exhibit zsh:$(ZSHDIR)/_exhibit fish:$(FISHDIR)/exhibit.fish

install: all  ## copy programs, pages, completions, policies and schemas under DESTDIR
	install -D -m755 $(out)/exhibit $(DESTDIR)$(BINDIR)/exhibit
	install -D -m755 $(out)/exhibit-media $(DESTDIR)$(LIBEXECDIR)/exhibit-media
	for f in $(pages); do install -D -m644 $$f $(DESTDIR)$(MANDIR)/man$${f##*.}/$$(basename $$f); done
	for f in $(policies); do install -D -m644 $$f $(DESTDIR)$(DATADIR)/policies/$$(basename $$f); done
	for f in $(schemas); do install -D -m644 $$f $(DESTDIR)$(DATADIR)/$${f#docs/}; done
	set -e; for c in $(completions); do \
	    $(out)/exhibit completion $${c%%:*} >$(out)/completion; install -D -m644 $(out)/completion $(DESTDIR)$${c#*:}; \
	done

uninstall:  ## remove what install put there
	rm -f $(DESTDIR)$(BINDIR)/exhibit $(DESTDIR)$(LIBEXECDIR)/exhibit-media
	for f in $(pages); do rm -f $(DESTDIR)$(MANDIR)/man$${f##*.}/$$(basename $$f); done
	rm -f $(addprefix $(DESTDIR)$(DATADIR)/,$(policies) $(schemas:docs/%=%))
	for c in $(completions); do rm -f $(DESTDIR)$${c#*:}; done
	for d in $(DESTDIR)$(LIBEXECDIR) $(addprefix $(DESTDIR)$(DATADIR)/,policies schema formats) $(DESTDIR)$(DATADIR); do \
	    [ ! -d $$d ] || rmdir --ignore-fail-on-non-empty $$d; \
	done

help:  ## this list
	sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | sort

clean:  ## remove build/
	rm -rf build

.PHONY: all check demo bench coverage fuzz lint format install uninstall help clean FORCE
FORCE:
