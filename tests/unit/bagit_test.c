/* bagit: each rule of a bag, by a bag that breaks it; hostile bags; what each line of a tag file may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/bagit/parts.h"

#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- bags ---- */

static char *place;                      /* the bag of this test; the working directory is above it */

static char *in_bag(const char *name)
{
    return exh_format("%s/%s", place, name);
}

static void put_bytes(const char *name, const void *bytes, size_t size)
{
    EXH_CLEANUP(exh_freep) char *path = in_bag(name);

    for (char *slash = strchr(path + strlen(place) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void put(const char *name, const char *words)
{
    put_bytes(name, words, strlen(words));
}

static void take_away(const char *name)
{
    EXH_CLEANUP(exh_freep) char *path = in_bag(name);

    assert_int_equal(remove(path), 0);
}

/* "hello\n" in the algorithms. */
#define MD5_HELLO "b1946ac92492d2347c6235b4d2611184"
#define SHA1_HELLO "f572d396fae9206628714fb2ce00f72e94f2258f"
#define HELLO "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
#define OTHER "0000000000000000000000000000000000000000000000000000000000000000"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define DRAFT "BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"
#define FINAL "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

/* A bag of one file, data/a, that is valid. */
static void make_bag(const char *declaration)
{
    put("bagit.txt", declaration);
    put("data/a", "hello\n");
    put("manifest-sha256.txt", HELLO "  data/a\n");
}

static void list_tag(const char *name)
{
    EXH_CLEANUP(exh_freep) char *path = in_bag(name), *tags = in_bag("tagmanifest-sha256.txt"), *bytes = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    char digits[EXH_SHA256_DIGITS];
    size_t size;
    FILE *file = fopen(tags, "ab");

    assert_true(exh_file_read(AT_FDCWD, path, 1 << 20, &bytes, &size, &err));
    exh_sha256(bytes, size, digits);
    fprintf(file, "%s  %s\n", digits, name);
    assert_int_equal(fclose(file), 0);
}

/* "VERDICT: CODE CODE", each code once; notices only where asked for. */
static char *judged_with(bool notices)
{
    EXH_CLEANUP(exh_bagit_report_clear) struct exh_bagit_report report = EXH_BAGIT_REPORT_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;

    if (!exh_bagit_judge(AT_FDCWD, place, NULL, NULL, &report, &err))
        return exh_format("error %d: %s", err.kind, err.text);
    exh_text_printf(&words, "%s:", exh_bagit_verdict_words(report.verdict));
    for (size_t i = 0; i < report.count; i++) {
        const struct exh_bagit_code *code = report.findings[i].code;
        assert_true(strlen(report.findings[i].text) > 10);
        if ((notices || code->severity != EXH_BAGIT_NOTICE) && !strstr(words.bytes, code->code))
            exh_text_printf(&words, " %s", code->code);
    }
    return exh_text_take(&words);
}

/* How many findings have the code. */
static size_t count_of(const char *code)
{
    EXH_CLEANUP(exh_bagit_report_clear) struct exh_bagit_report report = EXH_BAGIT_REPORT_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    size_t count = 0;

    assert_true(exh_bagit_judge(AT_FDCWD, place, NULL, NULL, &report, &err));
    for (size_t i = 0; i < report.count; i++)
        count += strcmp(report.findings[i].code->code, code) == 0;
    return count;
}

#define ASSERT_JUDGED(expected) do { \
    EXH_CLEANUP(exh_freep) char *judged_ = judged_with(false); \
    assert_string_equal(judged_, expected); } while (0)
#define ASSERT_JUDGED_WITH_NOTICES(expected) do { \
    EXH_CLEANUP(exh_freep) char *judged_ = judged_with(true); \
    assert_string_equal(judged_, expected); } while (0)

static int begin(void **state)
{
    char name[] = "/tmp/exhibit-bagit-XXXXXX";

    (void)state;
    place = mkdtemp(name) ? exh_format("%s/bag", name) : NULL;
    return place && mkdir(place, 0755) == 0 ? 0 : -1;
}

static int end(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    *strrchr(place, '/') = '\0';
    bool done = exh_tree_remove(AT_FDCWD, place, &err);
    exh_freep(&place);
    return done ? 0 : -1;
}

/* ---- what a bag must have ---- */

static void a_bag_as_it_should_be_is_valid(void **state)
{
    (void)state;
    make_bag(FINAL);
    put("bag-info.txt", "Bagging-Date: 2026-11-22\nPayload-Oxum: 6.1\nExternal-Description: one\n  and two\n");
    list_tag("bagit.txt");
    list_tag("bag-info.txt");
    list_tag("manifest-sha256.txt");
    ASSERT_JUDGED_WITH_NOTICES("VALID:");
}

static void what_is_no_bag_is_invalid_and_what_is_not_there_is_an_error(void **state)
{
    EXH_CLEANUP(exh_freep) char *file = in_bag("file");
    EXH_CLEANUP(exh_bagit_report_clear) struct exh_bagit_report report = EXH_BAGIT_REPORT_NONE, none = EXH_BAGIT_REPORT_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    ASSERT_JUDGED("INVALID: E-BAG-DECLARATION-MISSING");
    put("file", "words");
    assert_true(exh_bagit_judge(AT_FDCWD, file, NULL, NULL, &report, &err));
    assert_int_equal(report.verdict, EXH_BAGIT_INVALID);
    assert_string_equal(report.findings[0].code->code, "E-BAG-NOT-A-FOLDER");
    assert_false(exh_bagit_judge(AT_FDCWD, "/tmp/no/such/bag", NULL, NULL, &none, &err));
    assert_int_equal(err.kind, EXH_IO);
    assert_int_equal(none.verdict, EXH_BAGIT_INVALID);
}

static void the_parts_of_a_bag_must_be_there(void **state)
{
    (void)state;
    make_bag(DRAFT);
    take_away("manifest-sha256.txt");
    ASSERT_JUDGED("INVALID: E-BAG-MANIFEST-MISSING E-BAG-FILE-UNLISTED");
    take_away("data/a");
    take_away("data");
    put("manifest-sha256.txt", "");
    ASSERT_JUDGED("INVALID: E-BAG-PAYLOAD-MISSING");
}

static void an_empty_payload_is_valid(void **state)
{
    (void)state;
    make_bag(FINAL);
    take_away("data/a");
    put("manifest-sha256.txt", "");
    ASSERT_JUDGED_WITH_NOTICES("VALID: N-BAG-NO-TAG-MANIFEST");
}

static void bagit_txt_is_read_as_its_version_has_it(void **state)
{
    static const struct { const char *bytes, *judged; } cases[] = {
        { "BagIt-Version: 0.93\nTag-File-Character-Encoding: UTF-8", "VALID:" },
        { "BagIt-Version: 1.0\r\nTag-File-Character-Encoding: utf-8\r\n", "VALID:" },
        { "BagIt-Version: 1.0\rTag-File-Character-Encoding: US-ASCII\r", "VALID:" },
        { "BagIt-Version : 0.97\nTag-File-Character-Encoding: UTF-8\n", "VALID, WITH WARNINGS: W-BAG-DECLARATION" },
        { "BagIt-Version: 0.97 \nTag-File-Character-Encoding:UTF-8\n", "VALID, WITH WARNINGS: W-BAG-DECLARATION" },
        { "BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n", "INVALID: E-BAG-DECLARATION" },
        { "BagIt-Version: 1.0 \nTag-File-Character-Encoding: UTF-8\n", "INVALID: E-BAG-DECLARATION" },
        { "BagIt-Version:1.0\nTag-File-Character-Encoding: UTF-8\n", "INVALID: E-BAG-DECLARATION" },
        { "BagIt-Version:\t1.0\nTag-File-Character-Encoding: UTF-8\n", "INVALID: E-BAG-DECLARATION" },
        { " BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "INVALID: E-BAG-DECLARATION" },
        { "\xef\xbb\xbf" "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "INVALID: E-BAG-DECLARATION" },
        { "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n\n", "INVALID: E-BAG-DECLARATION" },
        { "Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n", "INVALID: E-BAG-DECLARATION" },
        { "BagIt-Version: 1.0\n", "INVALID: E-BAG-DECLARATION" },
        { "BagIt-Version: 1.0\nTag-File-Character-Encoding: \n", "INVALID: E-BAG-DECLARATION" },
        { "", "INVALID: E-BAG-DECLARATION" },
        { "BagIt-Version: .97\nTag-File-Character-Encoding: UTF-8\n", "INVALID: E-BAG-VERSION" },
        { "BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n", "INVALID: E-BAG-VERSION" },
        { "BagIt-Version: 1.00000000\nTag-File-Character-Encoding: UTF-8\n", "INVALID: E-BAG-VERSION" },
        { "BagIt-Version: 1.0\nTag-File-Character-Encoding: EBCDIC-UK\n", "INVALID: E-BAG-ENCODING" },
        { "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8//TRANSLIT\n", "INVALID: E-BAG-ENCODING" },
        { "BagIt-Version: 1.0\nTag-File-Character-Encoding: ../../../tmp/x\n", "INVALID: E-BAG-ENCODING" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        make_bag(cases[i].bytes);
        ASSERT_JUDGED(cases[i].judged);
    }
    put_bytes("bagit.txt", FINAL "\0", sizeof FINAL);
    ASSERT_JUDGED("INVALID: E-BAG-DECLARATION");
}

/* ---- manifests ---- */

static void a_file_that_changed_went_or_came_is_found(void **state)
{
    (void)state;
    make_bag(FINAL);
    put("data/a", "hellO\n");
    ASSERT_JUDGED("INVALID: E-BAG-DIGEST");
    put("data/a", "hello\n\n");
    ASSERT_JUDGED("INVALID: E-BAG-DIGEST");
    put("data/a", "hello\n");
    put("data/b/c", "more");
    ASSERT_JUDGED("INVALID: E-BAG-FILE-UNLISTED");
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/gone\n");
    take_away("data/b/c");
    ASSERT_JUDGED("INVALID: E-BAG-FILE-MISSING");
}

static void lines_of_manifests_are_a_digest_and_a_plain_path(void **state)
{
    static const struct { const char *line, *judged; } cases[] = {
        { HELLO " data/a\n", "VALID:" },
        { HELLO " \t  data/a\r\n", "VALID:" },
        { HELLO "  data/a", "VALID:" },
        { "5891B5B522D5DF086D0FF0B110FBD9D21BB4FC7163AF34D08286A2E846F6BE03  data/a\n", "VALID:" },
        { HELLO "  data/a\n\n", "VALID, WITH WARNINGS: W-BAG-EMPTY-LINE" },
        { HELLO " *data/a\n", "VALID, WITH WARNINGS: W-BAG-MD5SUM-MARKER" },
        { HELLO "  ./data/a\n", "VALID, WITH WARNINGS: W-BAG-DOT-SLASH" },
        { "\xef\xbb\xbf" HELLO "  data/a\n", "VALID, WITH WARNINGS: W-BAG-BOM" },
        { HELLO "  data/a\n" HELLO "  data/a\n", "VALID, WITH WARNINGS: W-BAG-TWICE" },
        { HELLO "  data/a\n" OTHER "  data/a\n", "INVALID: E-BAG-TWICE" },
        { HELLO "  data/a\n" "# words\n", "INVALID: E-BAG-MANIFEST-LINE" },
        { HELLO "  data/a\n" HELLO "\n", "INVALID: E-BAG-MANIFEST-LINE" },
        { HELLO "  data/a\n" HELLO "  \n", "INVALID: E-BAG-MANIFEST-LINE" },
        { HELLO "  data/a\n" MD5_HELLO "  data/a\n", "INVALID: E-BAG-MANIFEST-LINE" },
        { HELLO "  data/a\n" HELLO "00  data/a\n", "INVALID: E-BAG-MANIFEST-LINE" },
        { HELLO "  data/a\nx" HELLO "  data/a\n", "INVALID: E-BAG-MANIFEST-LINE" },
        { HELLO "  data/a\n" HELLO "  bagit.txt\n", "INVALID: E-BAG-PLACE" },
        { HELLO "  data/a\n" HELLO "  data\n", "INVALID: E-BAG-PLACE" },
        { HELLO "  data/a\n" HELLO "  data/../../x\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  data/..\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  /etc/passwd\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  ~/x\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  C:/x\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  c:x\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  data\\x\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  \\\\server\\share\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  %TEMP%/x\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  data//a\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  data/./a\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  data/a/\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  ././data/a\n", "INVALID: E-BAG-PATH" },
        { HELLO "  data/a\n" HELLO "  data/\xff\n", "INVALID: E-BAG-TAG-TEXT" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        make_bag(DRAFT);
        put("manifest-sha256.txt", cases[i].line);
        ASSERT_JUDGED(cases[i].judged);
    }
    put_bytes("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/\0b\n", 2 * 64 + 9 + 10 + 1);
    ASSERT_JUDGED("INVALID: E-BAG-MANIFEST-LINE");
}

static void some_dot_slashes_are_a_notice_and_all_a_warning(void **state)
{
    (void)state;
    make_bag(DRAFT);
    put("data/b", "hello\n");
    put("manifest-sha256.txt", HELLO "  ./data/a\n" HELLO "  data/b\n");
    ASSERT_JUDGED_WITH_NOTICES("VALID: N-BAG-NO-TAG-MANIFEST N-BAG-DOT-SLASH");
    put("manifest-sha256.txt", HELLO "  ./data/a\n" HELLO "  ./data/b\n");
    ASSERT_JUDGED("VALID, WITH WARNINGS: W-BAG-DOT-SLASH");
}

static void a_bag_of_1_0_lists_each_file_once_in_every_manifest(void **state)
{
    (void)state;
    make_bag(FINAL);
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/a\n");
    ASSERT_JUDGED("INVALID: E-BAG-TWICE");
    make_bag(FINAL);
    put("data/b", "hello\n");
    put("manifest-md5.txt", MD5_HELLO "  data/a\n" MD5_HELLO "  data/b\n");
    ASSERT_JUDGED("INVALID: E-BAG-FILE-UNLISTED");
    put("bagit.txt", DRAFT);
    ASSERT_JUDGED("VALID:");
    put("data/b", "hellO\n");
    ASSERT_JUDGED("INVALID: E-BAG-DIGEST");
}

static void every_algorithm_is_checked(void **state)
{
    static const char *const names[] = { "md5", "sha1", "sha224", "sha256", "sha384", "sha512" };
    EXH_CLEANUP(exh_digests_freep) struct exh_digests *digests = exh_digests_new();
    uint8_t found[EXH_ALGORITHMS][EXH_DIGEST_MOST];
    char digits[2 * EXH_DIGEST_MOST + 1];

    (void)state;
    make_bag(FINAL);
    exh_digests_begin(digests, (1u << EXH_ALGORITHMS) - 1);
    exh_digests_add(digests, "hello\n", 6);
    exh_digests_end(digests, found);
    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        EXH_CLEANUP(exh_freep) char *file = exh_format("manifest-%s.txt", names[i]);
        exh_hex(digits, found[i], exh_algorithm_size((enum exh_algorithm)i));
        EXH_CLEANUP(exh_freep) char *line = exh_format("%s  data/a\n", digits);
        put(file, line);
        ASSERT_JUDGED("VALID:");
        line[0] = line[0] == '0' ? '1' : '0';
        put(file, line);
        ASSERT_JUDGED("INVALID: E-BAG-DIGEST");
        line[0] = digits[0];
        put(file, line);
    }
}

static void old_digests_alone_are_a_notice(void **state)
{
    (void)state;
    make_bag(FINAL);
    put("manifest-md5.txt", MD5_HELLO "  data/a\n");
    ASSERT_JUDGED_WITH_NOTICES("VALID: N-BAG-NO-TAG-MANIFEST");
    take_away("manifest-sha256.txt");
    ASSERT_JUDGED_WITH_NOTICES("VALID: N-BAG-OLD-DIGEST N-BAG-NO-TAG-MANIFEST");
    put("manifest-sha1.txt", SHA1_HELLO "  data/a\n");
    ASSERT_JUDGED_WITH_NOTICES("VALID: N-BAG-OLD-DIGEST N-BAG-NO-TAG-MANIFEST");
}

static void an_unknown_algorithm_is_a_warning_where_another_covers_the_payload(void **state)
{
    (void)state;
    make_bag(DRAFT);
    put("manifest-blake9.txt", "AAAA=  data/a\n");
    ASSERT_JUDGED("VALID, WITH WARNINGS: W-BAG-ALGORITHM");
    put("data/b", "hello\n");
    put("manifest-blake9.txt", "AAAA=  data/a\nAAAA=  data/b\n");
    ASSERT_JUDGED("INVALID: E-BAG-UNCHECKED W-BAG-ALGORITHM");
    take_away("manifest-sha256.txt");
    ASSERT_JUDGED("INVALID: E-BAG-ALGORITHM W-BAG-ALGORITHM");
}

static void tag_manifests_are_held_against_tag_files(void **state)
{
    (void)state;
    make_bag(FINAL);
    put("notes/n.txt", "hello\n");
    put("other.txt", "words");
    list_tag("bagit.txt");
    list_tag("notes/n.txt");
    ASSERT_JUDGED_WITH_NOTICES("INVALID: E-BAG-MANIFEST-UNLISTED N-BAG-TAG-UNLISTED");
    list_tag("manifest-sha256.txt");
    put("tagmanifest-sha256.txt.sig", "a signature cannot be listed in what it signs");
    ASSERT_JUDGED_WITH_NOTICES("VALID: N-BAG-TAG-UNLISTED");
    list_tag("other.txt");
    ASSERT_JUDGED_WITH_NOTICES("VALID:");
    put("notes/n.txt", "hellO\n");
    ASSERT_JUDGED("INVALID: E-BAG-DIGEST");
    take_away("notes/n.txt");
    ASSERT_JUDGED("INVALID: E-BAG-FILE-MISSING");
}

static void tag_manifests_list_no_payload_and_in_1_0_no_tag_manifest(void **state)
{
    (void)state;
    make_bag(FINAL);
    list_tag("manifest-sha256.txt");
    list_tag("data/a");
    ASSERT_JUDGED("INVALID: E-BAG-PLACE");
    take_away("tagmanifest-sha256.txt");
    list_tag("manifest-sha256.txt");
    put("tagmanifest-md5.txt", MD5_HELLO "  tagmanifest-sha256.txt\n");
    ASSERT_JUDGED("INVALID: E-BAG-PLACE E-BAG-MANIFEST-UNLISTED");
    put("bagit.txt", DRAFT);
    ASSERT_JUDGED("INVALID: E-BAG-DIGEST");
}

static void a_manifest_that_changed_is_found_by_the_bytes_that_were_believed(void **state)
{
    (void)state;
    make_bag(FINAL);
    list_tag("manifest-sha256.txt");
    list_tag("bagit.txt");
    put("data/b", "hello\n");
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/b\n");
    ASSERT_JUDGED("INVALID: E-BAG-DIGEST");
}

/* ---- bag-info.txt, fetch.txt ---- */

static void payload_oxum_is_held_against_the_payload(void **state)
{
    static const struct { const char *info, *judged; } cases[] = {
        { "Payload-Oxum: 6.1\n", "VALID:" },
        { "payload-oxum: 6.1\r\n", "VALID:" },
        { "Payload-Oxum: 6\n .1\n", "VALID:" },
        { "Payload-Oxum: 6.1\nX: 1\n 7\n", "VALID:" },
        { "X: Payload-Oxum: 7.1\n", "VALID:" },
        { "Payload-Oxum: 7.1\n", "INVALID: E-BAG-OXUM" },
        { "Payload-Oxum: 6.2\n", "INVALID: E-BAG-OXUM" },
        { "Payload-Oxum: 6\n", "INVALID: E-BAG-OXUM" },
        { "Payload-Oxum: six.one\n", "INVALID: E-BAG-OXUM" },
        { "Payload-Oxum: 6.1.1\n", "INVALID: E-BAG-OXUM" },
        { "Payload-Oxum: -6.1\n", "INVALID: E-BAG-OXUM" },
        { "Payload-Oxum: 99999999999999999999999.1\n", "INVALID: E-BAG-OXUM" },
        { "Payload-Oxum: \n", "INVALID: E-BAG-OXUM" },
        { "Payload-Oxum: 6.1\nPayload-Oxum: 6.1\n", "VALID, WITH WARNINGS: W-BAG-OXUM-REPEATED" },
        { "Payload-Oxum: 7.1\nPayload-Oxum: 6.1\n", "INVALID: E-BAG-OXUM" },
    };

    (void)state;
    make_bag(DRAFT);
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        put("bag-info.txt", cases[i].info);
        ASSERT_JUDGED(cases[i].judged);
    }
}

static void bag_info_is_read_as_its_version_has_it(void **state)
{
    static const struct { const char *declaration, *info, *judged; } cases[] = {
        { DRAFT, "A : 1\nB:2\nC:\n", "VALID:" },
        { FINAL, "A: 1\nB:\t2\nC: a: b\n d\n", "VALID:" },
        { FINAL, "A : 1\n", "INVALID: E-BAG-INFO-LINE" },
        { FINAL, "A:1\n", "INVALID: E-BAG-INFO-LINE" },
        { DRAFT, "no colon\n", "INVALID: E-BAG-INFO-LINE" },
        { DRAFT, ": no label\n", "INVALID: E-BAG-INFO-LINE" },
        { DRAFT, " goes on\n", "INVALID: E-BAG-INFO-LINE" },
        { DRAFT, "A: 1\n\nB: 2\n", "VALID, WITH WARNINGS: W-BAG-EMPTY-LINE" },
        { DRAFT, "A: \xe9\n", "INVALID: E-BAG-TAG-TEXT" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        make_bag(cases[i].declaration);
        put("bag-info.txt", cases[i].info);
        ASSERT_JUDGED(cases[i].judged);
    }
}

static void drafts_before_0_96_have_package_info(void **state)
{
    (void)state;
    make_bag("BagIt-Version: 0.95\nTag-File-Character-Encoding: UTF-8\n");
    put("package-info.txt", "Payload-Oxum: 7.1\n");
    ASSERT_JUDGED("INVALID: E-BAG-OXUM");
    put("bagit.txt", "BagIt-Version: 0.96\nTag-File-Character-Encoding: UTF-8\n");
    ASSERT_JUDGED("VALID:");
}

static void fetch_lists_what_is_there_or_the_bag_is_not_complete(void **state)
{
    static const struct { const char *fetch, *judged; } cases[] = {
        { "http://x/a - data/a\n", "VALID:" },
        { "http://x/a 6 data/a\r\n", "VALID:" },
        { "http://x/a\t6\t./data/a\n", "VALID:" },
        { "http://x/a 7 data/a\n", "VALID, WITH WARNINGS: W-BAG-FETCH-LENGTH" },
        { "http://x/b - data/b\n", "INVALID: E-BAG-FETCH-UNLISTED E-BAG-NOT-FETCHED" },
        { "x/a - data/a\n", "INVALID: E-BAG-FETCH-LINE" },
        { "://x/a - data/a\n", "INVALID: E-BAG-FETCH-LINE" },
        { "http://x/a six data/a\n", "INVALID: E-BAG-FETCH-LINE" },
        { "http://x/a -1 data/a\n", "INVALID: E-BAG-FETCH-LINE" },
        { "http://x/a data/a\n", "INVALID: E-BAG-FETCH-LINE" },
        { "http://x/a -\n", "INVALID: E-BAG-FETCH-LINE" },
        { "http://x/a - bagit.txt\n", "INVALID: E-BAG-PLACE" },
        { "http://x/a - ../a\n", "INVALID: E-BAG-PATH" },
        { "http://x/a - /tmp/a\n", "INVALID: E-BAG-PATH" },
    };

    (void)state;
    make_bag(FINAL);
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        put("fetch.txt", cases[i].fetch);
        ASSERT_JUDGED(cases[i].judged);
    }
    put("fetch.txt", "http://x/a - data/a\n");
    take_away("data/a");
    ASSERT_JUDGED("INVALID: E-BAG-NOT-FETCHED");
}

/* ---- names ---- */

static void escapes_stand_for_cr_lf_and_percent_only(void **state)
{
    (void)state;
    make_bag(FINAL);
    put("data/two\nlines", "hello\n");
    put("data/50%", "hello\n");
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/two%0Alines\n" HELLO "  data/50%25\n");
    ASSERT_JUDGED("VALID:");
    put("manifest-sha256.txt", HELLO "  data/%61\n" HELLO "  data/two%0alines\n" HELLO "  data/50%25\n");
    ASSERT_JUDGED("INVALID: E-BAG-FILE-MISSING E-BAG-FILE-UNLISTED W-BAG-PERCENT");
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/two%0alines\n" HELLO "  data/50%\n");
    ASSERT_JUDGED("VALID, WITH WARNINGS: W-BAG-PERCENT");
    put("bagit.txt", DRAFT);
    ASSERT_JUDGED("VALID:");
}

static void a_name_on_disk_as_the_manifest_writes_it_is_found_with_a_warning(void **state)
{
    (void)state;
    make_bag(FINAL);
    put("data/50%25", "hello\n");
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/50%25\n");
    ASSERT_JUDGED("VALID, WITH WARNINGS: W-BAG-PERCENT");
    put("data/50%25", "hellO\n");
    ASSERT_JUDGED("INVALID: E-BAG-DIGEST W-BAG-PERCENT");
    put("data/50%25", "hello\n");
    put("bagit.txt", DRAFT);
    ASSERT_JUDGED("VALID:");
}

/* In whatever order the folder gives them. */
static void a_file_under_each_of_two_spellings_is_listed_once(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text lines = EXH_TEXT_NONE;

    (void)state;
    make_bag(FINAL);
    exh_text_puts(&lines, HELLO "  data/a\n");
    for (int i = 10; i < 40; i++) {
        EXH_CLEANUP(exh_freep) char *plain = exh_format("data/%d%%", i), *written = exh_format("data/%d%%25", i);
        put(plain, "hello\n");
        put(written, "hello\n");
        exh_text_printf(&lines, HELLO "  %s\n", written);
    }
    put("manifest-sha256.txt", lines.bytes);
    ASSERT_JUDGED("INVALID: E-BAG-FILE-UNLISTED");
    assert_int_equal(count_of("E-BAG-FILE-UNLISTED"), 30);
}

static void other_bytes_for_the_same_letters_are_a_warning(void **state)
{
    (void)state;
    make_bag(DRAFT);
    put("data/caf\xc3\xa9", "hello\n");
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/cafe\xcc\x81\n");
    ASSERT_JUDGED("VALID, WITH WARNINGS: W-BAG-NAME-NORMALIZATION");
    put("data/caf\xc3\xa9", "hellO\n");
    ASSERT_JUDGED("INVALID: E-BAG-DIGEST W-BAG-NAME-NORMALIZATION");
    put("data/caf\xc3\xa9", "hello\n");
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/cafe\xcc\x81\n" HELLO "  data/caf\xc3\xa9\n");
    ASSERT_JUDGED("VALID, WITH WARNINGS: W-BAG-NAME-NORMALIZATION");
    put("manifest-sha256.txt", HELLO "  data/a\n" OTHER "  data/cafe\xcc\x81\n" HELLO "  data/caf\xc3\xa9\n");
    ASSERT_JUDGED("INVALID: E-BAG-FILE-MISSING W-BAG-NAME-NORMALIZATION");
    put("data/cafe\xcc\x81", "hello\n");
    ASSERT_JUDGED("INVALID: E-BAG-DIGEST W-BAG-NAME-NORMALIZATION");
}

static void names_of_another_case_are_a_warning_where_nothing_is_lost(void **state)
{
    (void)state;
    make_bag(DRAFT);
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/A\n");
    ASSERT_JUDGED("VALID, WITH WARNINGS: W-BAG-NAME-CASE");
    put("data/A", "hello\n");
    ASSERT_JUDGED("VALID, WITH WARNINGS: W-BAG-NAME-CASE");
    take_away("data/A");
    put("manifest-sha256.txt", HELLO "  data/a\n" OTHER "  data/A\n");
    ASSERT_JUDGED("INVALID: E-BAG-FILE-MISSING W-BAG-NAME-CASE");
    put("manifest-sha256.txt", HELLO "  data/A\n");
    ASSERT_JUDGED("INVALID: E-BAG-FILE-MISSING E-BAG-FILE-UNLISTED");
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/b\n" HELLO "  data/B\n");
    ASSERT_JUDGED("INVALID: E-BAG-FILE-MISSING W-BAG-NAME-CASE");
    assert_int_equal(count_of("E-BAG-FILE-MISSING"), 2);
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/\xc3\x89\n" HELLO "  data/e\xcc\x81\n");
    put("data/\xc3\x89", "hello\n");
    ASSERT_JUDGED("VALID, WITH WARNINGS: W-BAG-NAME-CASE");
}

static void files_of_operating_systems_are_a_warning(void **state)
{
    (void)state;
    make_bag(DRAFT);
    put("data/Thumbs.db", "hello\n");
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/Thumbs.db\n");
    ASSERT_JUDGED("VALID, WITH WARNINGS: W-BAG-SYSTEM-FILE");
    take_away("data/Thumbs.db");
    ASSERT_JUDGED("INVALID: E-BAG-FILE-MISSING");
    put("manifest-sha256.txt", HELLO "  data/a\n" EMPTY "  data/.DS_Store\n");
    put("bag-info.txt", "Payload-Oxum: 6.2\n");
    ASSERT_JUDGED("VALID, WITH WARNINGS: W-BAG-SYSTEM-FILE");
    put("manifest-sha256.txt", HELLO "  data/a\n" EMPTY "  data/empty\n");
    ASSERT_JUDGED("INVALID: E-BAG-OXUM E-BAG-FILE-MISSING");
}

/* ---- encodings ---- */

static void tag_files_are_read_in_the_encoding_that_is_declared(void **state)
{
    static const char le[] = "\xff\xfe" "A\0:\0 \0\xac\x20\n\0", be[] = "\xfe\xff" "\0A\0:\0 \x20\xac\0\n";
    static const struct { const char *encoding, *bytes; size_t size; const char *judged; } cases[] = {
        { "UTF-16", le, sizeof le - 1, "VALID:" },
        { "UTF-16", be, sizeof be - 1, "VALID:" },
        { "UTF-16", be + 2, sizeof be - 3, "VALID:" },
        { "UTF-16LE", le + 2, sizeof le - 3, "VALID:" },
        { "UTF-16LE", le, sizeof le - 1, "VALID, WITH WARNINGS: W-BAG-BOM" },
        { "UTF-16BE", be + 2, sizeof be - 3, "VALID:" },
        { "UTF-16", le, sizeof le - 2, "INVALID: E-BAG-TAG-TEXT" },
        { "UTF-16LE", "A\0:\0 \0\x00\xdc\n\0", 10, "INVALID: E-BAG-TAG-TEXT" },
        { "ISO-8859-1", "A: \xe9\n", 5, "VALID:" },
        { "US-ASCII", "A: \xe9\n", 5, "INVALID: E-BAG-TAG-TEXT" },
        { "UTF-8", "A: \xc3\xa9\n", 6, "VALID:" },
        { "UTF-8", "A: \xed\xa0\x80\n", 7, "INVALID: E-BAG-TAG-TEXT" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *declaration = exh_format("BagIt-Version: 0.97\nTag-File-Character-Encoding: %s\n", cases[i].encoding);
        make_bag(declaration);
        put("manifest-sha256.txt", "");              /* a bag without payload: no bytes are text in every encoding */
        take_away("data/a");
        put_bytes("bag-info.txt", cases[i].bytes, cases[i].size);
        ASSERT_JUDGED(cases[i].judged);
    }
}

static void a_path_in_latin_1_names_the_file_in_utf_8(void **state)
{
    (void)state;
    make_bag("BagIt-Version: 0.97\nTag-File-Character-Encoding: ISO-8859-1\n");
    put("data/caf\xc3\xa9", "hello\n");
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/caf\xe9\n");
    ASSERT_JUDGED("VALID:");
}

struct gathered { struct exh_text all; };

static bool gather(void *context, char *line, size_t size, uint64_t number, struct exh_error *err)
{
    (void)err;
    exh_text_printf(context, "%llu:%.*s;", (unsigned long long)number, (int)size, line);
    return true;
}

static void lines_are_the_same_however_the_bytes_come(void **state)
{
    static const char text[] = "\xff\xfe" "a\0\r\0\n\0\n\0b\0\r\0c\0\n\0\r\0\xac\x20\x3d\xd8\x00\xde";

    (void)state;
    for (size_t first = 3; first < sizeof text; first++)
        for (size_t step = 1; step < 6; step++) {
            EXH_CLEANUP(exh_bagit_lines_clear) struct exh_bagit_lines lines;
            EXH_CLEANUP(exh_text_clear) struct exh_text all = EXH_TEXT_NONE;
            EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
            exh_bagit_lines_begin(&lines, BAGIT_UTF_16, gather, &all);
            for (size_t at = 0, size = first; at < sizeof text - 1; at += size, size = step) {
                if (size > sizeof text - 1 - at)
                    size = sizeof text - 1 - at;
                assert_true(exh_bagit_lines_put(&lines, text + at, size, &err));
            }
            assert_true(exh_bagit_lines_end(&lines, &err));
            assert_string_equal(all.bytes, "1:a;2:;3:b;4:c;5:;6:\xe2\x82\xac\xf0\x9f\x98\x80;");
        }
}

/* ---- hostile bags ---- */

static void links_are_named_and_not_followed(void **state)
{
    EXH_CLEANUP(exh_freep) char *link = in_bag("data/l"), *outside = exh_format("%s/../outside", place), *folder = in_bag("data");
    FILE *file = fopen(outside, "w");

    (void)state;
    fputs("hello\n", file);
    fclose(file);
    make_bag(FINAL);
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/l\n");
    assert_int_equal(symlink("../../outside", link), 0);
    ASSERT_JUDGED("INVALID: E-BAG-LINK");
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("a", link), 0);                     /* not even inside */
    ASSERT_JUDGED("INVALID: E-BAG-LINK");
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("../..", link), 0);
    ASSERT_JUDGED("INVALID: E-BAG-LINK");
    assert_int_equal(unlink(link), 0);
    take_away("data/a");
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(symlink("..", folder), 0);
    ASSERT_JUDGED("INVALID: E-BAG-PAYLOAD-MISSING E-BAG-LINK E-BAG-FILE-MISSING");
}

static void tag_files_that_are_links_are_not_read(void **state)
{
    EXH_CLEANUP(exh_freep) char *bagit = in_bag("bagit.txt"), *manifest = in_bag("manifest-sha256.txt");

    (void)state;
    make_bag(FINAL);
    put("elsewhere", HELLO "  data/a\n");
    take_away("manifest-sha256.txt");
    assert_int_equal(symlink("elsewhere", manifest), 0);
    ASSERT_JUDGED("INVALID: E-BAG-MANIFEST-MISSING E-BAG-FILE-UNLISTED E-BAG-LINK");
    put("declaration", FINAL);
    take_away("bagit.txt");
    assert_int_equal(symlink("declaration", bagit), 0);
    ASSERT_JUDGED("INVALID: E-BAG-DECLARATION-MISSING");
}

static void fifos_and_sockets_are_never_opened(void **state)
{
    EXH_CLEANUP(exh_freep) char *fifo = in_bag("data/f"), *socket_path = in_bag("s");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    EXH_CLEANUP(exh_fd_close) int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    make_bag(FINAL);
    put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/f\n");
    assert_int_equal(mkfifo(fifo, 0644), 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ASSERT_JUDGED("INVALID: E-BAG-SPECIAL-FILE");
}

static void depth_lines_and_sizes_are_bounded(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text deep = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) char *manifest = in_bag("manifest-sha256.txt"), *long_line = exh_alloc((2 << 20) + 1);

    (void)state;
    make_bag(FINAL);
    memset(long_line, 'x', 2 << 20);
    put("manifest-sha256.txt", long_line);
    ASSERT_JUDGED("INVALID: E-BAG-LIMIT");
    memset(long_line, '\0', 10);
    assert_int_equal(truncate(manifest, (off_t)EXH_BAGIT_LARGEST_TAG_FILE + 1), 0);
    ASSERT_JUDGED("INVALID: E-BAG-LIMIT");
    make_bag(FINAL);
    exh_text_puts(&deep, "data/");
    for (int i = 0; i < EXH_BAGIT_DEEPEST - 1; i++)
        exh_text_puts(&deep, "d/");
    exh_text_puts(&deep, "b");
    put(deep.bytes, "hello\n");
    EXH_CLEANUP(exh_freep) char *lines = exh_format(HELLO "  data/a\n" HELLO "  %s\n", deep.bytes);
    put("manifest-sha256.txt", lines);
    ASSERT_JUDGED("VALID:");
    exh_text_puts(&deep, "/c");
    take_away("data/a");
    put("data/a", "hello\n");
    deep.bytes[deep.size - 3] = 'e';
    put(deep.bytes, "hello\n");
    ASSERT_JUDGED("INVALID: E-BAG-LIMIT");
}

static void more_names_than_a_bag_may_list_end_the_judging(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text lines = EXH_TEXT_NONE;

    (void)state;
    make_bag(FINAL);
    take_away("manifest-sha256.txt");
    for (size_t i = 0; i <= EXH_BAGIT_MOST_FILES; i++)
        exh_text_printf(&lines, MD5_HELLO " data/%zx\n", i);
    put_bytes("manifest-md5.txt", lines.bytes, lines.size);
    ASSERT_JUDGED("INVALID: E-BAG-LIMIT");
}

static void findings_are_bounded_and_the_rest_is_counted(void **state)
{
    EXH_CLEANUP(exh_bagit_report_clear) struct exh_bagit_report report = EXH_BAGIT_REPORT_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text lines = EXH_TEXT_NONE;

    (void)state;
    make_bag(FINAL);
    exh_text_puts(&lines, HELLO "  data/a\n");
    for (int i = 0; i < 1500; i++)
        exh_text_printf(&lines, HELLO "  data/missing-%d\n", i);
    put("manifest-sha256.txt", lines.bytes);
    assert_true(exh_bagit_judge(AT_FDCWD, place, NULL, NULL, &report, &err));
    assert_int_equal(report.count, 1000 + 1);                    /* and that there is no tag manifest */
    assert_int_equal(report.withheld, 500);
    assert_int_equal(report.verdict, EXH_BAGIT_INVALID);
    assert_int_equal(report.files, 1);
    assert_int_equal(report.bytes, 6);
}

static void control_characters_of_names_do_not_reach_the_words(void **state)
{
    EXH_CLEANUP(exh_bagit_report_clear) struct exh_bagit_report report = EXH_BAGIT_REPORT_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    make_bag(FINAL);
    put("data/\x1b[31mred\n", "words");
    assert_true(exh_bagit_judge(AT_FDCWD, place, NULL, NULL, &report, &err));
    assert_string_equal(report.findings[0].code->code, "E-BAG-FILE-UNLISTED");
    assert_string_equal(report.findings[0].file, "data/\x1b[31mred\n");
    assert_string_equal(report.findings[0].text, "'data/\\x1b[31mred\\x0a' is in no manifest");
}

/* ---- bags that change while they are judged, and disks that fail ---- */

static int (*plain_open)(int directory, const char *name, int flags, mode_t mode);
static ssize_t (*plain_pread)(int fd, void *bytes, size_t size, off_t offset);
static struct { const char *name; void (*act)(void); int opened; } trap;

static int trapped_open(int directory, const char *name, int flags, mode_t mode)
{
    if (strcmp(name, trap.name) == 0 && trap.opened++ == 0 && trap.act)
        trap.act();
    return plain_open(directory, name, flags, mode);
}

static void set_trap(const char *name, void (*act)(void))
{
    trap.name = name;
    trap.act = act;
    trap.opened = 0;
    plain_open = exh_system.open;
    exh_system.open = trapped_open;
}

static void lift_trap(void)
{
    exh_system.open = plain_open;
}

static void put_link_for_folder(void)
{
    EXH_CLEANUP(exh_freep) char *folder = in_bag("data/d"), *away = in_bag("data/away");

    rename(folder, away);
    assert_int_equal(symlink("/etc", folder), 0);
}

static void put_link_for_file(void)
{
    EXH_CLEANUP(exh_freep) char *file = in_bag("data/a");

    take_away("data/a");
    assert_int_equal(symlink("/etc/passwd", file), 0);
}

static void put_fifo_for_file(void)
{
    EXH_CLEANUP(exh_freep) char *file = in_bag("data/a");

    take_away("data/a");
    assert_int_equal(mkfifo(file, 0644), 0);
}

static void take_file_away(void)
{
    take_away("data/a");
}

static void what_is_put_in_place_of_what_was_listed_is_not_read(void **state)
{
    static const struct { const char *name; void (*act)(void); const char *judged; } cases[] = {
        { "a", put_link_for_file, "INVALID: E-BAG-LINK" },
        { "a", put_fifo_for_file, "INVALID: E-BAG-CHANGED" },
        { "a", take_file_away, "INVALID: E-BAG-CHANGED" },
        { "d", put_link_for_folder, "INVALID: E-BAG-CHANGED E-BAG-FILE-MISSING" },
    };
    EXH_CLEANUP(exh_freep) char *file = in_bag("data/a");

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        unlink(file);
        make_bag(FINAL);
        put("data/d/e", "hello\n");
        put("manifest-sha256.txt", HELLO "  data/a\n" HELLO "  data/d/e\n");
        set_trap(cases[i].name, cases[i].act);
        EXH_CLEANUP(exh_freep) char *judged = judged_with(false);
        lift_trap();
        assert_string_equal(judged, cases[i].judged);
    }
}

static void each_file_is_opened_once(void **state)
{
    static const char *const names[] = { "bagit.txt", "a", "manifest-sha256.txt", "manifest-md5.txt", "bag-info.txt" };

    (void)state;
    make_bag(FINAL);
    put("manifest-md5.txt", MD5_HELLO "  data/a\n");
    put("bag-info.txt", "A: 1\n");
    list_tag("bagit.txt");
    list_tag("bag-info.txt");
    list_tag("manifest-sha256.txt");
    list_tag("manifest-md5.txt");
    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        set_trap(names[i], NULL);
        EXH_CLEANUP(exh_freep) char *judged = judged_with(false);
        lift_trap();
        assert_string_equal(judged, "VALID:");
        assert_int_equal(trap.opened, 1);
    }
}

static ssize_t failing_pread(int fd, void *bytes, size_t size, off_t offset)
{
    ssize_t n = plain_pread(fd, bytes, size, offset);

    if (n == 6) {                        /* the payload's file */
        errno = EIO;
        return -1;
    }
    return n;
}

static ssize_t growing_pread(int fd, void *bytes, size_t size, off_t offset)
{
    ssize_t n = plain_pread(fd, bytes, size, offset);

    if (n != 6)
        return n;
    memcpy((char *)bytes + 6, "x", 1);
    return 7;
}

static ssize_t shrinking_pread(int fd, void *bytes, size_t size, off_t offset)
{
    ssize_t n = plain_pread(fd, bytes, size, offset);

    return n == 6 ? 5 : offset == 5 ? 0 : n;
}

static void a_disk_that_fails_gives_no_verdict_and_a_file_that_grows_is_found(void **state)
{
    (void)state;
    make_bag(FINAL);
    plain_pread = exh_system.pread;
    exh_system.pread = failing_pread;
    EXH_CLEANUP(exh_freep) char *failed = judged_with(false);
    exh_system.pread = growing_pread;
    EXH_CLEANUP(exh_freep) char *grown = judged_with(false);
    exh_system.pread = shrinking_pread;
    EXH_CLEANUP(exh_freep) char *shrunk = judged_with(false);
    exh_system.pread = plain_pread;
    assert_non_null(strstr(failed, "error 3:"));
    assert_non_null(strstr(failed, "data/a"));
    assert_string_equal(grown, "INVALID: E-BAG-CHANGED");
    assert_string_equal(shrunk, "INVALID: E-BAG-CHANGED");
}

/* ---- the table of codes ---- */

static void every_code_is_explained_once_and_begins_with_its_severity(void **state)
{
    size_t count;
    const struct exh_bagit_code *codes = exh_bagit_codes(&count);

    (void)state;
    assert_int_equal(count, EXH_BAGIT_CODES);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(codes[i].code);
        assert_non_null(codes[i].meaning);
        assert_int_equal(codes[i].code[0], "NWE"[codes[i].severity]);
        assert_int_equal(codes[i].meaning[strlen(codes[i].meaning) - 1], '.');
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(codes[i].code, codes[j].code);
    }
}

/* ".It Sy CODE" and the meaning on the next line; and no code there that there is not. */
static void the_manual_gives_every_code_as_the_table_does(void **state)
{
    EXH_CLEANUP(exh_freep) char *page = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    size_t count, size, said = 0;
    const struct exh_bagit_code *codes = exh_bagit_codes(&count);
    const char *top = getenv("EXHIBIT_TOP");
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/docs/man/exhibit-findings.7", top ? top : ".");

    (void)state;
    assert_true(exh_file_read(AT_FDCWD, path, 1 << 20, &page, &size, &err));
    for (size_t i = 0; i < count; i++) {
        EXH_CLEANUP(exh_freep) char *item = exh_format(".It Sy %s\n%s\n", codes[i].code, codes[i].meaning);
        if (!strstr(page, item))
            fail_msg("exhibit-findings(7) does not say: %s", item);
    }
    const char *bags = strstr(page, "\n.Sh BAGS\n");      /* packages have codes of these letters, too */
    assert_non_null(bags);
    for (const char *at = bags; (at = strstr(at, "-BAG-")); at++)
        said += at - page > 7 && strncmp(at - 5, " Sy ", 4) == 0;
    assert_int_equal(said, count);
}

static int start(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    return exh_crypto_init(&err) ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_bag_as_it_should_be_is_valid),
        TEST(what_is_no_bag_is_invalid_and_what_is_not_there_is_an_error),
        TEST(the_parts_of_a_bag_must_be_there),
        TEST(an_empty_payload_is_valid),
        TEST(bagit_txt_is_read_as_its_version_has_it),
        TEST(a_file_that_changed_went_or_came_is_found),
        TEST(lines_of_manifests_are_a_digest_and_a_plain_path),
        TEST(some_dot_slashes_are_a_notice_and_all_a_warning),
        TEST(a_bag_of_1_0_lists_each_file_once_in_every_manifest),
        TEST(every_algorithm_is_checked),
        TEST(old_digests_alone_are_a_notice),
        TEST(an_unknown_algorithm_is_a_warning_where_another_covers_the_payload),
        TEST(tag_manifests_are_held_against_tag_files),
        TEST(tag_manifests_list_no_payload_and_in_1_0_no_tag_manifest),
        TEST(a_manifest_that_changed_is_found_by_the_bytes_that_were_believed),
        TEST(payload_oxum_is_held_against_the_payload),
        TEST(bag_info_is_read_as_its_version_has_it),
        TEST(drafts_before_0_96_have_package_info),
        TEST(fetch_lists_what_is_there_or_the_bag_is_not_complete),
        TEST(escapes_stand_for_cr_lf_and_percent_only),
        TEST(a_name_on_disk_as_the_manifest_writes_it_is_found_with_a_warning),
        TEST(a_file_under_each_of_two_spellings_is_listed_once),
        TEST(other_bytes_for_the_same_letters_are_a_warning),
        TEST(names_of_another_case_are_a_warning_where_nothing_is_lost),
        TEST(files_of_operating_systems_are_a_warning),
        TEST(tag_files_are_read_in_the_encoding_that_is_declared),
        TEST(a_path_in_latin_1_names_the_file_in_utf_8),
        TEST(lines_are_the_same_however_the_bytes_come),
        TEST(links_are_named_and_not_followed),
        TEST(tag_files_that_are_links_are_not_read),
        TEST(fifos_and_sockets_are_never_opened),
        TEST(depth_lines_and_sizes_are_bounded),
        TEST(more_names_than_a_bag_may_list_end_the_judging),
        TEST(findings_are_bounded_and_the_rest_is_counted),
        TEST(control_characters_of_names_do_not_reach_the_words),
        TEST(what_is_put_in_place_of_what_was_listed_is_not_read),
        TEST(each_file_is_opened_once),
        TEST(a_disk_that_fails_gives_no_verdict_and_a_file_that_grows_is_found),
        TEST(every_code_is_explained_once_and_begins_with_its_severity),
        TEST(the_manual_gives_every_code_as_the_table_does),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
