/* archive: what is written reads back, stock readers take it, and a byte changed anywhere shows. */
#include "archive_help.h"

#include <errno.h>
#include <sys/resource.h>

/* True when nothing is said against these bytes: what must never happen to changed ones. */
static bool passes(const void *bytes, size_t size)
{
    EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment time;
    bool read = read_back(bytes, size, SIZE_MAX, &seen, &time, &err);

    assert_true(read || err.kind == EXH_NO || err.kind == EXH_MALFORMED);
    return read && !seen.damaged;
}

static const struct piece small[] = {
    { "data/master/OP1_1.mp4", "hello, this stands for a picture" }, { "bagit.txt", "BagIt" }, { "empty.txt", "" },
};

/* ---- tests ---- */

static void names_that_lead_elsewhere_or_collide_on_windows_are_refused(void **state)
{
    static const char *const bad[] = {
        "",         "/",           "/etc/passwd",
        "..",       "../x",        "a/../b",
        "a/..",     "./a",         "a//b",
        "a/",       ".hidden",     "a/.b",
        "-rf",      "a.",          "a./b",
        "a b",      "a\\b",        "C:x",
        "C:/x",     "caf\xc3\xa9", "a\nb",
        "a\x1b[0m", "nul",         "NUL.txt",
        "a/CON",    "com1.log",    "LPT9",
        "a*",       "a:b",         "a123456789012345678901234567890123456789012345678901234567890123456789012345",
    };
    static const char *const good[] = {
        "a",
        "_a",
        "data/master/OP1_1.mp4",
        "record/signers/OP.pub",
        "null",
        "common.txt",
        "com10",
        "a..b",
        "a-_.b",
        "START-HERE.html",
        "a12345678901234567890123456789012345678901234567890123456789012345678901234",
    };
    char longest[300] = "";

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        if (exh_zip_name_check(bad[i], &err))
            fail_msg("'%s' was taken", bad[i]);
        assert_int_equal(err.kind, EXH_MALFORMED);
    }
    for (size_t i = 0; i < EXH_COUNT(good); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        if (!exh_zip_name_check(good[i], &err))
            fail_msg("%s", err.text);
    }
    for (size_t i = 0; i < 256; i++)
        longest[i] = i % 2 ? '/' : 'a';
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    longest[255] = '\0';
    assert_true(exh_zip_name_check(longest, &err));
    strcpy(longest + 255, "bc");
    assert_false(exh_zip_name_check(longest, &err));
}

static void a_member_longer_or_shorter_than_promised_is_refused(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    assert_true(exh_zip_open(take_text, &bytes, sealed, NULL, &zip, &err));
    assert_true(exh_zip_begin(zip, "a", 4, &err));
    assert_true(exh_zip_put(zip, "abc", 3, &err));
    assert_false(exh_zip_put(zip, "de", 2, &err));
    assert_int_equal(err.kind, EXH_MALFORMED);
    exh_error_clear(&err);
    assert_false(exh_zip_end(zip, &err));
    assert_int_equal(err.kind, EXH_MALFORMED);
    assert_non_null(strstr(err.text, "1 bytes before the 4"));
}

static void a_time_no_zip_can_hold_is_refused(void **state)
{
    static const int64_t seconds[] = { -1, 0, 315532799, INT64_C(4294967296) };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(seconds); i++) {
        EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        assert_false(exh_zip_open(take_text, NULL, (struct exh_moment){ seconds[i] * EXH_SECOND }, NULL, &zip, &err));
        assert_int_equal(err.kind, EXH_USAGE);
    }
}

static bool take_until_full(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    size_t *room = context;

    (void)bytes;
    if (size > *room)
        return exh_fail(err, EXH_IO, "disk full");
    *room -= size;
    return true;
}

static bool write_small(size_t room, struct exh_error *err)
{
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;

    if (!exh_zip_open(take_until_full, &room, sealed, NULL, &zip, err))
        return false;
    for (size_t i = 0; i < EXH_COUNT(small); i++) {
        size_t size = strlen(small[i].bytes);
        if (!exh_zip_begin(zip, small[i].name, size, err) || !exh_zip_put(zip, small[i].bytes, size, err)
            || !exh_zip_end(zip, err))
            return false;
    }
    return exh_zip_finish(zip, err);
}

static void a_failing_taker_fails_the_zip_with_its_own_words(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text whole = EXH_TEXT_NONE;

    (void)state;
    make(small, EXH_COUNT(small), &whole);
    for (size_t room = 0; room < whole.size; room++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        assert_false(write_small(room, &err));
        assert_int_equal(err.kind, EXH_IO);
        assert_string_equal(err.text, "disk full");
    }
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    assert_true(write_small(whole.size, &err));
}

static void a_zip_in_local_time_is_refused_when_written(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    setenv("TZ", "EST5EDT", 1);
    tzset();
    bool written = write_small(SIZE_MAX, &err);
    setenv("TZ", "UTC0", 1);
    tzset();
    assert_false(written);
    assert_int_equal(err.kind, EXH_IO);
    assert_non_null(strstr(err.text, "TZ"));
}

static void what_is_written_reads_back_in_steps_of_any_size(void **state)
{
    static const size_t steps[] = { 1, 2, 3, 7, 30, 64, 1000, SIZE_MAX };
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;

    (void)state;
    make(small, EXH_COUNT(small), &zip);
    for (size_t i = 0; i < EXH_COUNT(steps); i++) {
        EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
        struct exh_error err = EXH_ERROR_NONE;
        struct exh_moment time = { 0 };
        if (!read_back(zip.bytes, zip.size, steps[i], &seen, &time, &err))
            fail_msg("%s", err.text);
        assert_false(seen.damaged);
        assert_int_equal(time.ns, sealed.ns);
        assert_string_equal(
            seen.words.bytes,
            "data/master/OP1_1.mp4(32):hello, this stands for a picture;bagit.txt(5):BagIt;empty.txt(0):;");
    }
}

static void the_same_members_always_give_the_same_bytes(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text one = EXH_TEXT_NONE, two = EXH_TEXT_NONE;

    (void)state;
    make(small, EXH_COUNT(small), &one);
    make(small, EXH_COUNT(small), &two);
    assert_int_equal(one.size, two.size);
    assert_memory_equal(one.bytes, two.bytes, one.size);
}

/* The bytes of docs/formats/package.md's example. */
static void the_form_is_the_documented_one(void **state)
{
    static const char expected[] =
        "504b03040a00080000000088765d000000000200000002000000010018006155540500019"
        "11f036b75780b000104000000000400000000"
        "6869"
        "504b0708ac2a93d80200000002000000"
        "504b01020a030a00080000000088765dac2a93d802000000020000000100180000000000000000"
        "00a481000000006155540500019"
        "11f036b75780b000104000000000400000000"
        "504b050600000000010001004700000049000000"
        "0000";
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;

    (void)state;
    make(&(struct piece){ "a", "hi" }, 1, &zip);
    EXH_CLEANUP(exh_freep) char *digits = exh_alloc(2 * zip.size + 1);
    exh_hex(digits, zip.bytes, zip.size);
    assert_string_equal(digits, expected);
}

static void a_byte_changed_anywhere_never_passes(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;

    (void)state;
    make(small, EXH_COUNT(small), &zip);
    assert_true(passes(zip.bytes, zip.size));
    for (size_t i = 0; i < zip.size; i++) {
        char was = zip.bytes[i];
        for (int value = 0; value < 256; value++) {
            zip.bytes[i] = (char)value;
            if (zip.bytes[i] != was && passes(zip.bytes, zip.size))
                fail_msg("byte %zu changed from %02x to %02x passed", i, (unsigned char)was, (unsigned)value);
        }
        zip.bytes[i] = was;
    }
}

/* Our reader and libarchive compute it apart: by folding, by tables, and by what zlib does. */
static void checksums_agree_at_every_size_and_step(void **state)
{
    uint8_t bytes[300];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 3);
    for (size_t size = 0; size < sizeof bytes; size++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;
        EXH_CLEANUP(exh_zip_freep) struct exh_zip *writer = NULL;
        EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_moment time;
        assert_true(exh_zip_open(take_text, &zip, sealed, NULL, &writer, &err));
        add(writer, "a", bytes, size);
        assert_true(exh_zip_finish(writer, &err));
        assert_true(read_back(zip.bytes, zip.size, size % 2 ? SIZE_MAX : 1 + size / 2, &seen, &time, &err));
        assert_false(seen.damaged);
    }
}

static void a_zip_cut_anywhere_never_passes(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;

    (void)state;
    make(small, EXH_COUNT(small), &zip);
    for (size_t size = 0; size < zip.size; size++)
        assert_false(passes(zip.bytes, size));
}

static void bytes_before_between_and_after_never_pass(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;

    (void)state;
    make(small, EXH_COUNT(small), &zip);
    for (size_t at = 0; at <= zip.size; at++)
        for (int value = 0; value < 256; value += 85) {
            EXH_CLEANUP(exh_text_clear) struct exh_text more = EXH_TEXT_NONE;
            exh_text_add(&more, zip.bytes, at);
            exh_text_add(&more, &(char){ (char)value }, 1);
            exh_text_add(&more, zip.bytes + at, zip.size - at);
            if (passes(more.bytes, more.size))
                fail_msg("a byte %02x put in at %zu passed", (unsigned)value, at);
        }
    EXH_CLEANUP(exh_text_clear) struct exh_text twice = EXH_TEXT_NONE;
    exh_text_add(&twice, zip.bytes, zip.size);
    exh_text_add(&twice, zip.bytes, zip.size);
    assert_false(passes(twice.bytes, twice.size));
}

static void a_damaged_member_is_shown_and_the_rest_is_read(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;
    EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment time;

    (void)state;
    make(small, EXH_COUNT(small), &zip);
    char *at = memmem(zip.bytes, zip.size, "hello", 5);
    *at = 'j';
    assert_true(read_back(zip.bytes, zip.size, SIZE_MAX, &seen, &time, &err));
    assert_true(seen.damaged);
    assert_int_equal(seen.members, 3);
}

static void members_with_unfit_names_are_refused_when_read(void **state)
{
    static const char *const names[] = { "../evil",       "/tmp/abc", "a\\..\\b1", "C:/ab.c",
                                         "caf\xc3\xa9.1", "a/./b.1",  "nul.txt" };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;
        EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_moment time;
        EXH_CLEANUP(exh_freep) char *stand_in = exh_strdup(names[i]);
        memset(stand_in, 'q', strlen(stand_in));
        make(&(struct piece){ stand_in, "x" }, 1, &zip);
        for (char *at; (at = memmem(zip.bytes, zip.size, stand_in, strlen(stand_in))); )
            memcpy(at, names[i], strlen(stand_in));
        assert_false(read_back(zip.bytes, zip.size, SIZE_MAX, &seen, &time, &err));
        assert_int_equal(err.kind, EXH_NO);
        assert_int_equal(seen.members, 0);
        assert_non_null(strstr(err.text, "not a name"));
    }
}

static void what_is_no_zip_is_malformed(void **state)
{
    static const struct { const char *bytes; size_t size; } foreign[] = {
        { "", 0 },
        { "P", 1 },
        { "PK\3", 3 },
        { "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22 },
        { "age-encryption.org/v1\n", 22 },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(foreign); i++) {
        EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_moment time;
        assert_false(read_back(foreign[i].bytes, foreign[i].size, SIZE_MAX, &seen, &time, &err));
        assert_int_equal(err.kind, EXH_MALFORMED);
    }
}

static bool pull_broken(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    struct source *source = context;

    if (source->at == source->size)
        return exh_fail(err, EXH_IO, "cannot read");
    return pull_bytes(context, ret_bytes, room, ret_size, err);
}

static void a_reading_error_is_not_taken_for_a_bad_zip(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;

    (void)state;
    make(small, EXH_COUNT(small), &zip);
    for (size_t size = 0; size <= zip.size; size++) {
        EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct source source = { (const uint8_t *)zip.bytes, size, 0, SIZE_MAX };
        struct exh_zip_visitor visitor = { .begin = see_begin, .data = see_data, .end = see_end, .context = &seen };
        struct exh_moment time;
        assert_false(exh_zip_read(pull_broken, &source, &visitor, NULL, &time, &err));
        assert_int_equal(err.kind, EXH_IO);
    }
}

/* ---- ZIP64 ---- */

static void members_over_4_gib_stream_in_little_memory(void **state)
{
    struct rusage usage;

    (void)state;
    large_reads_under(UINT64_C(4831838208), NULL);          /* 4.5 GiB: size and offset are ZIP64 */
    getrusage(RUSAGE_SELF, &usage);
#ifndef __SANITIZE_ADDRESS__
    assert_in_range(usage.ru_maxrss, 1, 32 << 10);   /* KiB */
#endif
}

static void members_at_the_edges_of_zip64_read_back(void **state)
{
    (void)state;
    if (!getenv("EXHIBIT_SLOW_TESTS")) {
        print_message("# skipped: set EXHIBIT_SLOW_TESTS to write four members of 4 GiB\n");
        return;
    }
    large_reads_under(UINT64_C(0xfffffffe), NULL);
    large_reads_under(UINT64_C(0xffffffff), NULL);          /* the largest file of FAT32 */
    large_reads_under(UINT64_C(0x100000000), NULL);
    large_reads_under(UINT64_C(0xffffffff) - 84, NULL);    /* the second member's offset is 2^32 - 1 */
}

/* ---- other people's readers ---- */

static void stock_readers_take_it(void **state)
{
    static const char *const commands[] = { "unzip -tqq %s", "7z t -bd %s", "python3 -m zipfile -t %s",
                                            "bsdtar -tf %s" };
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;
    char path[] = "/tmp/archive_test.XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    make(small, EXH_COUNT(small), &zip);
    assert_int_equal(write(fd, zip.bytes, zip.size), zip.size);
    close(fd);
    for (size_t i = 0; i < EXH_COUNT(commands); i++) {
        char first[16], command[200], there[100];
        sscanf(commands[i], "%15s", first);
        snprintf(there, sizeof there, "command -v %s >/dev/null", first);
        if (system(there)) {
            print_message("# %s is not installed: not tried\n", first);
            continue;
        }
        int length =
            snprintf(command, sizeof command, "%.*s%s%s >/dev/null", (int)(strstr(commands[i], "%s") - commands[i]),
                     commands[i], path, strstr(commands[i], "%s") + 2);
        assert_in_range(length, 1, sizeof command - 1);
        int status = system(command);
        if (status)
            print_message("# %s: status %d\n", command, WEXITSTATUS(status));
        assert_int_equal(status, 0);
    }
    unlink(path);
}

/* ---- other people's readers, at the edges ---- */

static void make_many(size_t count, const char *path)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    ASSERT_DONE(exh_zip_open(take_text, &bytes, sealed, NULL, &zip, &err), &err);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        int length = snprintf(name, sizeof name, "data/%06zu", i);
        add(zip, name, name, (size_t)length);
    }
    ASSERT_DONE(exh_zip_finish(zip, &err), &err);
    EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
    struct exh_moment time;
    ASSERT_DONE(read_back(bytes.bytes, bytes.size, SIZE_MAX, &seen, &time, &err), &err);
    assert_int_equal(seen.members, count);
    assert_false(seen.damaged);
    help_write(path, bytes.bytes, bytes.size);
}

/* What each tool calls the number of files in it must be the number, and it must read them all. */
static void stock_readers_take_more_files_than_a_zip_had_room_for(void **state)
{
    static const size_t counts[] = { 65535, 65536, 100000 };

    (void)state;
    HELP_DIRECTORY(directory);
    for (size_t i = 0; i < EXH_COUNT(counts); i++) {
        EXH_CLEANUP(exh_freep) char *path = exh_format("%s/many.zip", directory);
        make_many(counts[i], path);
        assert_true(help_stock(directory, "unzip", "unzip -tqq many.zip && unzip -Z1 many.zip | wc -l | grep -qx %zu",
                               counts[i]));
        assert_true(help_stock(directory, "7z", "7z t -bd many.zip >said && grep -qx 'Files: %zu' said", counts[i]));
        assert_true(help_stock(directory, "python3",
                               "python3 -c \"import zipfile; z = zipfile.ZipFile('many.zip'); "
                               "assert len(z.namelist()) == %zu and z.testzip() is None\"", counts[i]));
        assert_true(help_stock(directory, "bsdtar", "bsdtar -tf many.zip | wc -l | grep -qx %zu", counts[i]));
    }
}

static void one_file_more_than_a_package_may_hold_is_refused(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    ASSERT_DONE(exh_zip_open(take_text, &bytes, sealed, NULL, &zip, &err), &err);
    for (size_t i = 0; i < 100000; i++)
        add(zip, "a", "", 0);
    ASSERT_FAILS(exh_zip_begin(zip, "a", 0, &err), &err, EXH_USAGE);
}

/* Zeros become holes: eight GiB take no room, and little time. */
static bool take_sparse(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    int fd = *(int *)context;
    const char *at = bytes;

    if (size > 4096 && at[0] == 0 && memcmp(at, at + 1, size - 1) == 0)
        return lseek(fd, (off_t)size, SEEK_CUR) >= 0 || exh_fail_os(err, "cannot seek");
    return take_pipe(context, bytes, size, err);
}

static void make_large(const char *path)
{
    static const uint64_t sizes[] = { UINT64_C(0xffffffff), UINT64_C(0x100000000) };
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *zeros = exh_alloc(1 << 20);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    ASSERT_DONE(exh_zip_open(take_sparse, &fd, sealed, NULL, &zip, &err), &err);
    for (size_t i = 0; i < EXH_COUNT(sizes); i++) {
        char name[16];
        snprintf(name, sizeof name, "large%zu.bin", i);
        ASSERT_DONE(exh_zip_begin(zip, name, sizes[i], &err), &err);
        for (uint64_t left = sizes[i], part; left; left -= part) {
            part = left < 1 << 20 ? left : 1 << 20;
            ASSERT_DONE(exh_zip_put(zip, zeros, (size_t)part, &err), &err);
        }
        ASSERT_DONE(exh_zip_end(zip, &err), &err);
        snprintf(name, sizeof name, "after%zu.txt", i);
        add(zip, name, name, strlen(name));
    }
    ASSERT_DONE(exh_zip_finish(zip, &err), &err);
    assert_int_equal(close(fd), 0);
}

/* Each tool must see the two sizes and read what stands behind: bytes it finds only with offsets right. */
static void stock_readers_find_what_lies_beyond_4_gib(void **state)
{
    (void)state;
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/large.zip", directory);
    make_large(path);
    assert_true(help_stock(directory, "unzip",
                           "unzip -Zl large.zip | grep -c -e ' 4294967295 ' -e ' 4294967296 ' | grep -qx 2 && "
                           "unzip -p large.zip after0.txt | grep -qx after0.txt && "
                           "unzip -p large.zip after1.txt | grep -qx after1.txt"));
    assert_true(help_stock(directory, "7z",
                           "7z l -slt large.zip | grep -c -x -e 'Size = 4294967295' -e 'Size = 4294967296' | grep -qx 2 "
                           "&& 7z e -so large.zip after0.txt after1.txt | grep -qx after0.txtafter1.txt"));
    assert_true(help_stock(directory, "python3",
                           "python3 -c \"import zipfile; z = zipfile.ZipFile('large.zip'); "
                           "assert [i.file_size for i in z.infolist()] == [0xffffffff, 10, 0x100000000, 10] "
                           "and z.read('after0.txt') == b'after0.txt' and z.read('after1.txt') == b'after1.txt'\""));
    assert_true(help_stock(directory, "bsdtar", "bsdtar -xOf large.zip after0.txt after1.txt | "
                           "grep -qx after0.txtafter1.txt"));
}

/* ---- members that go straight to the visitor ---- */

enum { LARGE = 600000 };

/* A large member between small ones. @ret_at: where its bytes begin. */
static void make_with_large(struct exh_text *ret_zip, size_t *ret_at)
{
    EXH_CLEANUP(exh_freep) char *large = exh_alloc(LARGE + 1);

    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)('a' + i * 7 % 23);
    const struct piece pieces[] = { { "a", "small" }, { "b", large }, { "c", "small again" } };
    make(pieces, EXH_COUNT(pieces), ret_zip);
    *ret_at = (size_t)((const char *)memmem(ret_zip->bytes, ret_zip->size, large, 100) - ret_zip->bytes);
}

static void a_large_member_goes_straight_to_where_the_visitor_says(void **state)
{
    static const struct { size_t step, room; } how[] = { { 1, 1000 }, { 999, 1000 }, { 1000, 1000 }, { 1000000, 1 },
                                                         { 262144, 1000 }, { 1000000, 1 << 20 } };
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;
    EXH_CLEANUP(seen_clear) struct seen copied = { .words = EXH_TEXT_NONE };
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment at;
    size_t begin;

    (void)state;
    make_with_large(&zip, &begin);
    assert_true(read_back(zip.bytes, zip.size, zip.size, &copied, &at, &err));
    for (size_t i = 0; i < EXH_COUNT(how); i++) {
        EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE, .room_size = how[i].room };
        assert_true(read_straight(zip.bytes, zip.size, how[i].step, NULL, &seen, &err));
        assert_string_equal(seen.words.bytes, copied.words.bytes);
        assert_true(seen.straight > 0 && seen.straight < LARGE);
        assert_false(seen.damaged);
    }
}

static void what_goes_straight_is_judged_as_all_bytes_are(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;
    struct exh_error err = EXH_ERROR_NONE;
    size_t begin;

    (void)state;
    make_with_large(&zip, &begin);
    for (size_t at = begin; at < begin + LARGE; at += 99991) {
        EXH_CLEANUP(seen_clear) struct seen damaged = { .words = EXH_TEXT_NONE, .room_size = 1000 };
        EXH_CLEANUP(seen_clear) struct seen cut = { .words = EXH_TEXT_NONE, .room_size = 1000 };
        zip.bytes[at] ^= 1;
        assert_true(read_straight(zip.bytes, zip.size, 5000, NULL, &damaged, &err));
        assert_true(damaged.damaged);
        zip.bytes[at] ^= 1;
        assert_false(read_straight(zip.bytes, at, 5000, NULL, &cut, &err));
        assert_int_equal(err.kind, EXH_NO);
        assert_non_null(strstr(err.text, "cut short"));
        exh_error_clear(&err);
    }
}

int main(void)
{
    setenv("TZ", "UTC0", 1);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_lead_elsewhere_or_collide_on_windows_are_refused),
        cmocka_unit_test(a_member_longer_or_shorter_than_promised_is_refused),
        cmocka_unit_test(a_time_no_zip_can_hold_is_refused),
        cmocka_unit_test(a_failing_taker_fails_the_zip_with_its_own_words),
        cmocka_unit_test(a_zip_in_local_time_is_refused_when_written),
        cmocka_unit_test(what_is_written_reads_back_in_steps_of_any_size),
        cmocka_unit_test(the_same_members_always_give_the_same_bytes),
        cmocka_unit_test(the_form_is_the_documented_one),
        cmocka_unit_test(a_byte_changed_anywhere_never_passes),
        cmocka_unit_test(checksums_agree_at_every_size_and_step),
        cmocka_unit_test(a_zip_cut_anywhere_never_passes),
        cmocka_unit_test(bytes_before_between_and_after_never_pass),
        cmocka_unit_test(a_damaged_member_is_shown_and_the_rest_is_read),
        cmocka_unit_test(members_with_unfit_names_are_refused_when_read),
        cmocka_unit_test(what_is_no_zip_is_malformed),
        cmocka_unit_test(a_large_member_goes_straight_to_where_the_visitor_says),
        cmocka_unit_test(what_goes_straight_is_judged_as_all_bytes_are),
        cmocka_unit_test(a_reading_error_is_not_taken_for_a_bad_zip),
        cmocka_unit_test(members_over_4_gib_stream_in_little_memory),
        cmocka_unit_test(members_at_the_edges_of_zip64_read_back),
        cmocka_unit_test(stock_readers_take_it),
        cmocka_unit_test(stock_readers_take_more_files_than_a_zip_had_room_for),
        cmocka_unit_test(one_file_more_than_a_package_may_hold_is_refused),
        cmocka_unit_test(stock_readers_find_what_lies_beyond_4_gib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
