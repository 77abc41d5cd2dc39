/* archive, encrypted: stock programs open what is written, only the right passphrase reads it, and a byte
 * changed anywhere shows. */
#include "archive_help.h"

#include "../../lib/archive/form.h"

#include <fcntl.h>
#include <sys/resource.h>

#define WORDS "correct horse battery staple"

static struct exh_secret_text *right, *wrong;

/* One too small for a checksum (AE-2), one with it (AE-1), one with nothing to encrypt. */
static const struct piece small[] = {
    { "a", "hi" }, { "b", "hello, this stands for a picture" }, { "c", "" },
};
#define SMALL_SEEN "a(2):hi;b(32):hello, this stands for a picture;c(0):;"

/* Where its members lie: no length in it is random. */
enum {
    A_SALT = FORM_LOCAL_FIXED + 1 + FORM_EXTRA + FORM_EXTRA_AES,
    A_BYTES = A_SALT + FORM_KEYING,
    A_END = A_SALT + FORM_SEALING + 2,
    B_AT = A_END + FORM_DESCRIPTOR,
    B_SALT = B_AT + A_SALT,
    B_BYTES = B_SALT + FORM_KEYING,
    B_END = B_SALT + FORM_SEALING + 32,
    C_AT = B_END + FORM_DESCRIPTOR,
    C_END = C_AT + FORM_LOCAL_FIXED + 1 + FORM_EXTRA + FORM_DESCRIPTOR,
};

static void make_small(struct exh_text *ret_zip)
{
    make_under(small, EXH_COUNT(small), right, ret_zip);
    assert_memory_equal(ret_zip->bytes + B_AT, "PK\3\4", 4);
    assert_memory_equal(ret_zip->bytes + C_AT, "PK\3\4", 4);
    assert_memory_equal(ret_zip->bytes + C_END, "PK\1\2", 4);
}

/* What is said of these bytes: EXH_OK only when nothing is said against them. Damage counts as EXH_NO. */
static enum exh_kind judge(const void *bytes, size_t size, const struct exh_secret_text *passphrase)
{
    EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment time;

    if (!read_under(bytes, size, SIZE_MAX, passphrase, &seen, &time, &err))
        return err.kind;
    return seen.damaged ? EXH_NO : EXH_OK;
}

static void assert_says(const struct exh_text *zip, const struct exh_secret_text *passphrase, enum exh_kind kind,
                        size_t members, const char *words)
{
    EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment time;

    ASSERT_FAILS(read_under(zip->bytes, zip->size, SIZE_MAX, passphrase, &seen, &time, &err), &err, kind);
    if (!strstr(err.text, words))
        fail_msg("'%s' does not say '%s'", err.text, words);
    assert_int_equal(seen.members, members);
}

/* ---- the form ---- */

static void what_is_written_reads_back_in_steps_of_any_size(void **state)
{
    static const size_t steps[] = { 1, 2, 3, 7, 30, 64, 1000, SIZE_MAX };
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;

    (void)state;
    make_small(&zip);
    for (size_t i = 0; i < EXH_COUNT(steps); i++) {
        EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_moment time = { 0 };
        ASSERT_DONE(read_under(zip.bytes, zip.size, steps[i], right, &seen, &time, &err), &err);
        assert_false(seen.damaged);
        assert_int_equal(time.ns, sealed.ns);
        assert_string_equal(seen.words.bytes, SMALL_SEEN);
    }
}

/* The bytes of docs/formats/package.md's example. */
static const char documented[] =
    "504b03041400090063000088765d000000001e000000020000000100230061"
    "5554050001911f036b75780b000104000000000400000000"
    "0199070002004145030000"
    "31c60296ab64da9d876f653a80577207" "a953" "0f9e" "e6da7cd8f012c66cdc16"
    "504b0708000000001e00000002000000"
    "504b010214031400090063000088765d000000001e00000002000000010023000000000000000000a4810000000061"
    "5554050001911f036b75780b000104000000000400000000"
    "0199070002004145030000"
    "504b0506000000000100010052000000700000000000";

static void get_example(struct exh_text *ret_zip)
{
    for (const char *at = documented; *at; at += 2) {
        char pair[3] = { at[0], at[1], '\0' };
        exh_text_add(ret_zip, &(uint8_t){ (uint8_t)strtoul(pair, NULL, 16) }, 1);
    }
}

static void the_form_is_the_documented_one(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE, example = EXH_TEXT_NONE;
    EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment time;

    (void)state;
    get_example(&example);
    ASSERT_DONE(read_under(example.bytes, example.size, SIZE_MAX, right, &seen, &time, &err), &err);
    assert_string_equal(seen.words.bytes, "a(2):hi;");
    assert_false(seen.damaged);
    make_under(small, 1, right, &zip);
    assert_int_equal(zip.size, example.size);
    assert_memory_equal(zip.bytes, example.bytes, A_SALT);
    assert_memory_equal(zip.bytes + A_END, example.bytes + A_END, zip.size - A_END);
    assert_memory_not_equal(zip.bytes + A_SALT, example.bytes + A_SALT, EXH_ZIP_AES_SALT);
}

/* As libarchive 3.6.2 wrote them, of the letter x so many times. */
static const struct edge {
    const char *name;
    uint64_t size, offset;
    uint32_t crc;
    const char *local, *descriptor, *central;
} edges[] = {
    { "m1", 4294967267, 0, 0x2b303fbf,
      "504b03041400090063000088765d00000000ffffffffe3ffffff020023006d31"
      "5554050001911f036b75780b0001040000000004000000000199070001004145030000",
      "504b0708bf3f302bffffffffe3ffffff",
      "504b010214031400090063000088765dbf3f302bffffffffe3ffffff020023000000000000000000a481000000006d31"
      "5554050001911f036b75780b0001040000000004000000000199070001004145030000" },
    { "m1", 4294967268, 0, 0xd72988a1,
      "504b03042d00090063000088765d00000000ffffffffffffffff020037006d31"
      "5554050001911f036b75780b000104000000000400000000019907000100414503000001001000e4ffffff00000000"
      "0000000001000000",
      "504b0708a18829d70000000001000000e4ffffff00000000",
      "504b01022d032d00090063000088765da18829d7ffffffffe4ffffff02002f000000000000000000a481000000006d31"
      "5554050001911f036b75780b0001040000000004000000000199070001004145030000010008000000000001000000" },
    { "m1", 4294967295, 0, 0,
      "504b03042d00090063000088765d00000000ffffffffffffffff020037006d31"
      "5554050001911f036b75780b000104000000000400000000019907000100414503000001001000ffffffff00000000"
      "1b00000001000000",
      "504b0708000000001b00000001000000ffffffff00000000",
      "504b01022d032d00090063000088765d00000000ffffffffffffffff020037000000000000000000a481000000006d31"
      "5554050001911f036b75780b000104000000000400000000019907000100414503000001001000ffffffff00000000"
      "1b00000001000000" },
    { "m2", 1, 4294967377, 0,
      "504b03041400090063000088765d000000001d00000001000000020023006d32"
      "5554050001911f036b75780b0001040000000004000000000199070002004145030000",
      "504b0708000000001d00000001000000",
      "504b010214032d00090063000088765d000000001d0000000100000002002f000000000000000000a481ffffffff6d32"
      "5554050001911f036b75780b0001040000000004000000000199070002004145030000010008005100000001000000" },
};

static void assert_hex(struct exh_text *bytes, const char *expected)
{
    EXH_CLEANUP(exh_freep) char *digits = exh_alloc(2 * bytes->size + 1);

    exh_hex(digits, bytes->bytes, bytes->size);
    assert_string_equal(digits, expected);
    exh_text_clear(bytes);
}

static void the_edges_of_zip64_are_where_libarchive_has_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXH_COUNT(edges); i++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
        EXH_CLEANUP(exh_freep) char *name = exh_strdup(edges[i].name);
        const struct exh_zip_member member = { name, edges[i].size, edges[i].offset, edges[i].crc, true };
        exh_zip_form_local(&bytes, &member, (uint32_t)(sealed.ns / EXH_SECOND));
        assert_hex(&bytes, edges[i].local);
        exh_zip_form_descriptor(&bytes, &member);
        assert_hex(&bytes, edges[i].descriptor);
        exh_zip_form_central(&bytes, &member, (uint32_t)(sealed.ns / EXH_SECOND));
        assert_hex(&bytes, edges[i].central);
    }
}

static void only_empty_members_make_a_plain_zip(void **state)
{
    static const struct piece nothing[] = { { "a", "" }, { "b", "" } };
    EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE, zip = EXH_TEXT_NONE;

    (void)state;
    make(nothing, EXH_COUNT(nothing), &plain);
    make_under(nothing, EXH_COUNT(nothing), right, &zip);
    assert_int_equal(zip.size, plain.size);
    assert_memory_equal(zip.bytes, plain.bytes, zip.size);
    assert_int_equal(judge(zip.bytes, zip.size, NULL), EXH_OK);
}

static void salts_never_repeat(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;

    (void)state;
    make_under((const struct piece[]){ { "a", "hi" }, { "b", small[1].bytes } }, 2, right, &zip);
    assert_memory_not_equal(zip.bytes + A_SALT, zip.bytes + B_SALT, EXH_ZIP_AES_SALT);
    assert_null(memmem(zip.bytes, zip.size, small[1].bytes, 8));
}

static void peeking_tells_encrypted_from_plain(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE, zip = EXH_TEXT_NONE, late = EXH_TEXT_NONE;

    (void)state;
    make(small, EXH_COUNT(small), &plain);
    make_small(&zip);
    make_under((const struct piece[]){ { "c", "" }, { "a", "hi" } }, 2, right, &late);
    for (size_t size = 0; size <= plain.size; size++)
        assert_false(exh_zip_is_encrypted(plain.bytes, size));
    for (size_t size = 0; size <= zip.size; size++)
        assert_int_equal(exh_zip_is_encrypted(zip.bytes, size), size >= FORM_LOCAL_FIXED);
    for (size_t size = 0; size <= late.size; size++)
        assert_int_equal(exh_zip_is_encrypted(late.bytes, size), size >= C_END - C_AT + FORM_LOCAL_FIXED);
    assert_false(exh_zip_is_encrypted("age-encryption.org/v1\n-> X25519 ", 32));
}

/* ---- passphrases ---- */

static void only_the_right_passphrase_reads(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE, plain = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *none = help_secret("");

    (void)state;
    get_example(&zip);                       /* a salt that the wrong ones' verifiers do not fit by chance */
    make(small, EXH_COUNT(small), &plain);
    assert_int_equal(judge(zip.bytes, zip.size, right), EXH_OK);
    assert_says(&zip, NULL, EXH_REFUSED, 0, "the ZIP is encrypted: it opens with the passphrase");
    assert_says(&zip, wrong, EXH_REFUSED, 0, "the passphrase does not open this ZIP");
    assert_says(&zip, none, EXH_REFUSED, 0, "the passphrase does not open this ZIP");
    assert_int_equal(judge(plain.bytes, plain.size, right), EXH_OK);
}

/* Whoever says where large members go gets what was decrypted all the same. */
static void a_large_member_reaches_nobody_undecrypted(void **state)
{
    enum { LARGE = 600000 };
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;
    EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE, .room_size = 1000 };
    EXH_CLEANUP(exh_freep) char *large = exh_alloc(LARGE + 1);
    struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    memset(large, 'x', LARGE);
    make_under(&(struct piece){ "a", large }, 1, right, &zip);
    assert_true(read_straight(zip.bytes, zip.size, zip.size, right, &seen, &err));
    EXH_CLEANUP(exh_freep) char *expected = exh_format("a(%d):%s;", LARGE, large);
    assert_string_equal(seen.words.bytes, expected);
    assert_int_equal(seen.straight, 0);
    assert_false(seen.damaged);
}

/* One wrong passphrase in 65,536 agrees with the verifier. Here the wrong one's own salt and verifier are
 * put in place, which is the same to the reader. */
static void a_passphrase_that_fits_by_chance_shows_as_damage(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE, other = EXH_TEXT_NONE;
    EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment time;

    (void)state;
    make_under(small, 2, right, &zip);
    make_under(small, 2, wrong, &other);
    memcpy(zip.bytes + A_SALT, other.bytes + A_SALT, FORM_KEYING);
    memcpy(zip.bytes + B_SALT, other.bytes + B_SALT, FORM_KEYING);
    ASSERT_DONE(read_under(zip.bytes, zip.size, SIZE_MAX, wrong, &seen, &time, &err), &err);
    assert_true(seen.damaged);
    assert_int_equal(seen.members, 2);
}

static void a_passphrase_that_others_do_not_take_is_refused(void **state)
{
    char longest[EXH_ZIP_PASSPHRASE_MOST + 2];
    static const char *const bad[] = { "", "caf\xc3\xa9", "two\nlines", "\x7f", "tab\there" };

    (void)state;
    memset(longest, '~', sizeof longest);
    for (size_t i = 0; i < EXH_COUNT(bad) + 3; i++) {
        size_t more = i - EXH_COUNT(bad);
        EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words =
            i < EXH_COUNT(bad) ? help_secret(bad[i])
            : more == 0 ? exh_secret_text_new("a\0b", 3) : exh_secret_text_new(longest, sizeof longest - 2 + more % 2);
        EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
        EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        bool open = exh_zip_open(take_text, &bytes, sealed, words, &zip, &err);
        assert_int_equal(open, more == 2);
        assert_true(open || err.kind == EXH_USAGE);
    }
}

/* Counts in this process's memory what @shifted, each letter one further on, stands for: so the words that
 * are looked for are in no place of their own. Only the second half counts: a freed block's first bytes
 * are its allocator's. */
static int count_in_memory(const char *shifted)
{
    size_t size = strlen(shifted), half = size / 2;
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512], rights[5];
    unsigned long from, to;
    int found = 0;

    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) != 3 || strncmp(rights, "rw", 2) != 0)
            continue;
        for (const char *at = (const char *)from; at + size <= (const char *)to; at++) {
            size_t i = half;
            while (i < size && at[i] == shifted[i] - 1)
                i++;
            found += i == size;
        }
    }
    fclose(maps);
    return found;
}

static void no_passphrase_is_left_in_memory(void **state)
{
    static const char shifted[] = "Uijt!jt!b!qbttqisbtf!pg!uijsuz.tjy!mfuufst";
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words = help_secret(shifted);
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
#ifdef EXH_SANITIZED
    print_message("# skipped: a sanitizer's own memory is too much to search\n");
    return;
#endif
    for (size_t i = 0; i < words->size; i++)
        words->bytes[i]--;
    assert_int_equal(count_in_memory(shifted), 1);       /* ours: so the search finds */
    ASSERT_DONE(exh_zip_open(take_text, &bytes, sealed, words, &zip, &err), &err);
    add(zip, "a", "hi", 2);
    assert_int_equal(count_in_memory(shifted), 2);       /* and libarchive's */
    ASSERT_DONE(exh_zip_finish(zip, &err), &err);
    assert_int_equal(count_in_memory(shifted), 1);
    assert_int_equal(judge(bytes.bytes, bytes.size, words), EXH_OK);
    exh_secret_text_freep(&words);
    assert_int_equal(count_in_memory(shifted), 0);
}

/* ---- damage ---- */

static bool is_in(size_t at, size_t from, size_t to)
{
    return at >= from && at < to;
}

/* Refused, rather than found wrong, may only be what cannot be told from a wrong passphrase. */
static void a_byte_changed_anywhere_never_passes(void **state)
{
    static const uint8_t flips[] = { 0x01, 0x10, 0xff };
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;

    (void)state;
    make_small(&zip);
    for (size_t at = 0; at < zip.size; at++)
        for (size_t i = 0; i < EXH_COUNT(flips); i++) {
            zip.bytes[at] = (char)(zip.bytes[at] ^ flips[i]);
            enum exh_kind kind = judge(zip.bytes, zip.size, right);
            zip.bytes[at] = (char)(zip.bytes[at] ^ flips[i]);
            bool keying = is_in(at, A_SALT, A_BYTES);
            if (kind != EXH_NO && !(kind == EXH_MALFORMED && at < 4) && !(kind == EXH_REFUSED && keying))
                fail_msg("byte %zu changed by %02x: kind %d", at, (unsigned)flips[i], (int)kind);
        }
}

static void a_damaged_member_is_shown_and_the_rest_is_read(void **state)
{
    static const size_t places[] = { A_BYTES, A_END - 1, B_BYTES, B_BYTES + 31, B_END - EXH_ZIP_AES_MAC, B_END - 1 };
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;

    (void)state;
    make_small(&zip);
    for (size_t i = 0; i < EXH_COUNT(places); i++) {
        EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_moment time;
        zip.bytes[places[i]] ^= 1;
        ASSERT_DONE(read_under(zip.bytes, zip.size, SIZE_MAX, right, &seen, &time, &err), &err);
        zip.bytes[places[i]] ^= 1;
        assert_true(seen.damaged);
        assert_int_equal(seen.members, 3);
    }
}

/* Whoever can make the checksum right without the passphrase changes nothing: the MAC is of what he changed. */
static void a_right_checksum_does_not_make_up_for_a_wrong_mac(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE, plain = EXH_TEXT_NONE;
    const struct piece changed = { "b", "jello, this stands for a picture" };

    (void)state;
    make_small(&zip);
    make(&changed, 1, &plain);
    const char *crc = plain.bytes + plain.size - 22 - (46 + 1 + FORM_EXTRA) + 16;
    zip.bytes[B_BYTES] ^= 'h' ^ 'j';
    memcpy(zip.bytes + B_END + FORM_CRC_AT, crc, 4);
    memcpy(zip.bytes + C_END + 46 + 1 + FORM_EXTRA + FORM_EXTRA_AES + 16, crc, 4);
    assert_int_equal(judge(zip.bytes, zip.size, right), EXH_NO);
}

static void a_zip_cut_anywhere_never_passes(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;

    (void)state;
    make_small(&zip);
    for (size_t size = 0; size < zip.size; size++) {
        enum exh_kind kind = judge(zip.bytes, size, right);
        assert_true(kind == EXH_NO || (kind == EXH_MALFORMED && size < 4));
    }
}

/* @zip with @size bytes from @bytes in place of those in [@from, @to). */
static void put_in_place(const struct exh_text *zip, size_t from, size_t to, const char *bytes, size_t size,
                         struct exh_text *ret_zip)
{
    exh_text_clear(ret_zip);
    exh_text_add(ret_zip, zip->bytes, from);
    exh_text_add(ret_zip, bytes, size);
    exh_text_add(ret_zip, zip->bytes + to, zip->size - to);
}

static void bytes_before_between_and_after_never_pass(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE, more = EXH_TEXT_NONE;

    (void)state;
    make_small(&zip);
    for (size_t at = 0; at <= zip.size; at++) {
        put_in_place(&zip, at, at, at % 2 ? "\0" : "P", 1, &more);
        assert_int_not_equal(judge(more.bytes, more.size, right), EXH_OK);
    }
    put_in_place(&zip, zip.size, zip.size, zip.bytes, zip.size, &more);
    assert_int_equal(judge(more.bytes, more.size, right), EXH_NO);
}

static void members_dropped_doubled_or_out_of_order_never_pass(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE, other = EXH_TEXT_NONE;

    (void)state;
    make_small(&zip);
    put_in_place(&zip, 0, B_AT, "", 0, &other);
    assert_int_equal(judge(other.bytes, other.size, right), EXH_NO);
    put_in_place(&zip, B_AT, C_AT, "", 0, &other);
    assert_int_equal(judge(other.bytes, other.size, right), EXH_NO);
    put_in_place(&zip, C_AT, C_END, "", 0, &other);
    assert_int_equal(judge(other.bytes, other.size, right), EXH_NO);
    put_in_place(&zip, C_AT, C_AT, zip.bytes + B_AT, C_AT - B_AT, &other);
    assert_int_equal(judge(other.bytes, other.size, right), EXH_NO);
    put_in_place(&zip, 0, 0, zip.bytes + B_AT, C_AT - B_AT, &other);
    assert_int_equal(judge(other.bytes, other.size, right), EXH_NO);
}

static bool fits(const struct exh_text *zip, size_t salt, const struct exh_secret_text *passphrase)
{
    EXH_CLEANUP(exh_zip_aes_freep) struct exh_zip_aes *aes = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const uint8_t *at = (const uint8_t *)zip->bytes + salt;

    ASSERT_DONE(exh_zip_aes_new(passphrase, &aes, &err), &err);
    return exh_zip_aes_begin(aes, at, at + EXH_ZIP_AES_SALT);
}

static void members_of_a_zip_under_another_passphrase_never_pass(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE, other = EXH_TEXT_NONE, mixed = EXH_TEXT_NONE;

    (void)state;
    do {                                     /* until no passphrase fits by chance */
        exh_text_clear(&zip);
        exh_text_clear(&other);
        make_small(&zip);
        make_under(small, EXH_COUNT(small), wrong, &other);
    } while (fits(&zip, B_SALT, wrong) || fits(&other, A_SALT, right) || fits(&other, B_SALT, right));
    put_in_place(&zip, B_AT, C_AT, other.bytes + B_AT, C_AT - B_AT, &mixed);
    assert_says(&mixed, right, EXH_NO, 1, "under another passphrase than the files before it");
    put_in_place(&zip, 0, B_AT, other.bytes, B_AT, &mixed);
    assert_says(&mixed, right, EXH_REFUSED, 0, "does not open");
    assert_says(&mixed, wrong, EXH_NO, 1, "under another passphrase than the files before it");
}

/* Under one passphrase, bytes moved without what stands in clear beside them show by the checksum; with
 * all of it, as any member does, only by the signed manifests inside. */
static void bytes_of_another_zip_under_the_same_passphrase_show_by_their_checksum(void **state)
{
    static const struct piece others[] = { { "a", "ho" }, { "b", "jello, this stands for a picture" }, { "c", "" } };
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE, other = EXH_TEXT_NONE, mixed = EXH_TEXT_NONE;

    (void)state;
    make_small(&zip);
    make_under(others, EXH_COUNT(others), right, &other);
    put_in_place(&zip, B_SALT, B_END, other.bytes + B_SALT, B_END - B_SALT, &mixed);
    assert_int_equal(judge(mixed.bytes, mixed.size, right), EXH_NO);
    put_in_place(&zip, B_AT, C_AT, other.bytes + B_AT, C_AT - B_AT, &mixed);
    assert_says(&mixed, right, EXH_NO, 3, "directory entry of 'b'");
}

static void encrypted_and_plain_members_never_pass_together(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE, plain = EXH_TEXT_NONE, mixed = EXH_TEXT_NONE;
    const size_t plain_b = FORM_LOCAL_FIXED + 1 + FORM_EXTRA + 2 + FORM_DESCRIPTOR;

    (void)state;
    make_small(&zip);
    make(small, EXH_COUNT(small), &plain);
    const char *at = plain.bytes + plain_b;
    assert_memory_equal(at, "PK\3\4", 4);
    put_in_place(&zip, B_AT, C_AT, at, FORM_LOCAL_FIXED + 1 + FORM_EXTRA + 32 + FORM_DESCRIPTOR, &mixed);
    assert_says(&mixed, right, EXH_NO, 1, "both encrypted and plain files, from 'b' on");
    put_in_place(&plain, plain_b, plain.size, zip.bytes + B_AT, zip.size - B_AT, &mixed);
    assert_says(&mixed, right, EXH_NO, 1, "both encrypted and plain files, from 'b' on");
    assert_says(&mixed, NULL, EXH_NO, 1, "both encrypted and plain files, from 'b' on");
}

/* Version, strength and method of the extra field, in both places that give them. */
static void other_strengths_versions_and_methods_never_pass(void **state)
{
    static const struct { size_t at; char value; } changes[] = {
        { 4, 2 }, { 4, 1 }, { 4, 3 }, { 8, 1 }, { 8, 2 }, { 8, 4 }, { 9, 8 },
    };
    const size_t local = A_SALT - FORM_EXTRA_AES, central = C_END + 46 + 1 + FORM_EXTRA;
    EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE, other = EXH_TEXT_NONE;

    (void)state;
    make_small(&zip);
    for (size_t i = 0; i < EXH_COUNT(changes); i++) {
        put_in_place(&zip, local + changes[i].at, local + changes[i].at + 1, &changes[i].value, 1, &other);
        other.bytes[central + changes[i].at] = changes[i].value;
        bool same = memcmp(zip.bytes, other.bytes, zip.size) == 0;
        assert_int_equal(judge(other.bytes, other.size, right), same ? EXH_OK : EXH_NO);
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
    make_small(&zip);
    for (size_t size = 0; size <= zip.size; size++) {
        EXH_CLEANUP(seen_clear) struct seen seen = { .words = EXH_TEXT_NONE };
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct source source = { (const uint8_t *)zip.bytes, size, 0, SIZE_MAX };
        struct exh_zip_visitor visitor = { .begin = see_begin, .data = see_data, .end = see_end, .context = &seen };
        struct exh_moment time;
        ASSERT_FAILS(exh_zip_read(pull_broken, &source, &visitor, right, &time, &err), &err, EXH_IO);
    }
}

struct room { size_t left; };

static bool take_until_full(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct room *room = context;

    (void)bytes;
    if (size > room->left)
        return exh_fail(err, EXH_IO, "disk full");
    room->left -= size;
    return true;
}

static bool write_small(size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    struct room room = { size };

    if (!exh_zip_open(take_until_full, &room, sealed, right, &zip, err))
        return false;
    for (size_t i = 0; i < EXH_COUNT(small); i++) {
        size_t length = strlen(small[i].bytes);
        if (!exh_zip_begin(zip, small[i].name, length, err) || !exh_zip_put(zip, small[i].bytes, length, err)
            || !exh_zip_end(zip, err))
            return false;
    }
    return exh_zip_finish(zip, err);
}

static void a_failing_taker_fails_the_zip_with_its_own_words(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text whole = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error none = EXH_ERROR_NONE;

    (void)state;
    make_small(&whole);
    for (size_t room = 0; room < whole.size; room++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        ASSERT_FAILS(write_small(room, &err), &err, EXH_IO);
        assert_string_equal(err.text, "disk full");
    }
    ASSERT_DONE(write_small(whole.size, &none), &none);
}

static void a_member_longer_or_shorter_than_promised_is_refused(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    ASSERT_DONE(exh_zip_open(take_text, &bytes, sealed, right, &zip, &err), &err);
    ASSERT_DONE(exh_zip_begin(zip, "a", 4, &err) && exh_zip_put(zip, "abc", 3, &err), &err);
    ASSERT_FAILS(exh_zip_put(zip, "de", 2, &err), &err, EXH_MALFORMED);
    exh_error_clear(&err);
    ASSERT_FAILS(exh_zip_end(zip, &err), &err, EXH_MALFORMED);
}

/* ---- large members ---- */

/* Either side holds less than its buffers, whatever the length. */
static void members_stream_in_little_memory(void **state)
{
    struct rusage usage;

    (void)state;
    large_reads_under(64 << 20, right);
    getrusage(RUSAGE_SELF, &usage);
#ifndef EXH_SANITIZED
    assert_in_range(usage.ru_maxrss, 1, 32 << 10);   /* KiB */
#endif
}

static void members_at_the_edges_of_zip64_read_back(void **state)
{
    (void)state;
    if (!getenv("EXHIBIT_SLOW_TESTS")) {
        print_message("# skipped: set EXHIBIT_SLOW_TESTS to encrypt four members of 4 GiB\n");
        return;
    }
    large_reads_under(UINT64_C(0xffffffff) - FORM_SEALING, right);
    large_reads_under(UINT64_C(0x100000000) - FORM_SEALING, right);
    large_reads_under(UINT64_C(0xffffffff), right);
    large_reads_under(UINT64_C(4831838208), right);
}

/* ---- other people's programs ---- */

static const size_t sizes[] = { 0, 1, 15, 16, 17, 19, 20, 21, 300, 16384, 70000, 1048577 };

/* Random bytes of @sizes, in @directory/ours as files and in @directory/our.zip. */
static void make_files(const char *directory)
{
    EXH_CLEANUP(exh_freep) char *bytes = exh_alloc(sizes[EXH_COUNT(sizes) - 1]);
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/our.zip", directory);
    EXH_CLEANUP(exh_text_clear) struct exh_text out = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    assert_true(help_run(directory, "mkdir ours"));
    ASSERT_DONE(exh_zip_open(take_text, &out, sealed, right, &zip, &err), &err);
    for (size_t i = 0; i < EXH_COUNT(sizes); i++) {
        EXH_CLEANUP(exh_freep) char *name = exh_format("%zu", sizes[i]);
        EXH_CLEANUP(exh_freep) char *file = exh_format("%s/ours/%s", directory, name);
        exh_random(bytes, sizes[i]);
        add(zip, name, bytes, sizes[i]);
        help_write(file, bytes, sizes[i]);
    }
    ASSERT_DONE(exh_zip_finish(zip, &err), &err);
    assert_int_equal(judge(out.bytes, out.size, right), EXH_OK);
    help_write(path, out.bytes, out.size);
}

static void stock_programs_open_it(void **state)
{
    (void)state;
    HELP_DIRECTORY(directory);
    make_files(directory);
    assert_true(help_stock(directory, "7z", "7z x -bd -p'" WORDS "' -o7z our.zip && diff -r ours 7z"));
    assert_true(help_stock(directory, "bsdtar", "mkdir bsdtar && bsdtar -x -f our.zip -C bsdtar --passphrase '" WORDS
                           "' && diff -r ours bsdtar"));
    assert_true(help_stock(directory, "unzip", "unzip -Z1 our.zip | wc -l | grep -qx %zu", EXH_COUNT(sizes)));
    assert_true(help_stock(directory, "7z", "if 7z t -bd -p'another' our.zip; then false; fi"));
}

/* A longest passphrase, and every mark in one: what is allowed here is what they take. */
static void stock_programs_take_every_passphrase_that_is_allowed(void **state)
{
    char marks[] = " !\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~0aA";
    char longest[EXH_ZIP_PASSPHRASE_MOST + 1] = "";
    const char *const all[] = { longest, marks, "1" };

    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/a.zip", directory);
    for (size_t i = 0; i < EXH_COUNT(all); i++) {
        EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words = help_secret(all[i]);
        EXH_CLEANUP(exh_text_clear) struct exh_text zip = EXH_TEXT_NONE;
        make_under(small, EXH_COUNT(small), words, &zip);
        help_write(path, zip.bytes, zip.size);
        assert_true(help_stock(directory, "7z", "7z t -bd -p'%s' a.zip", all[i]));
        assert_true(help_stock(directory, "bsdtar", "bsdtar -t -f a.zip --passphrase '%s'", all[i]));
    }
}

static void what_other_programs_encrypt_is_not_our_form(void **state)
{
    static const char *const commands[] = {
        "7z a -bd -tzip -mx0 -mem=AES256 -p'" WORDS "' a.zip a b c",
        "7z a -bd -tzip -mx0 -mem=AES128 -p'" WORDS "' a.zip a b c",
        "7z a -bd -tzip -mx0 -p'" WORDS "' a.zip a b c",
        "bsdtar -c -f a.zip --format zip --options zip:compression=store,zip:encryption=aes128 "
        "--passphrase '" WORDS "' a b c",
        "bsdtar -c -f a.zip --format zip --options zip:encryption=aes256 --passphrase '" WORDS "' a b c",
    };

    (void)state;
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/a.zip", directory);
    assert_true(help_run(directory, "printf hi >a; printf 'hello, this stands for a picture' >b; : >c"));
    for (size_t i = 0; i < EXH_COUNT(commands); i++) {
        char tool[16];
        size_t size;
        sscanf(commands[i], "%15s", tool);
        assert_true(help_stock(directory, tool, "rm -f a.zip; %s", commands[i]));
        if (access(path, R_OK) != 0)
            continue;
        EXH_CLEANUP(exh_freep) char *bytes = help_read(path, &size);
        assert_int_equal(judge(bytes, size, right), EXH_NO);
        assert_int_equal(judge(bytes, size, NULL), EXH_NO);
        assert_true(exh_zip_is_encrypted(bytes, size));
    }
}

static int start(void **state)
{
    (void)state;
    if (help_start(state) != 0)
        return -1;
    right = help_secret(WORDS);
    wrong = help_secret("Correct horse battery staple");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    exh_secret_text_freep(&right);
    exh_secret_text_freep(&wrong);
    return 0;
}

int main(void)
{
    setenv("TZ", "UTC0", 1);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back_in_steps_of_any_size),
        cmocka_unit_test(the_form_is_the_documented_one),
        cmocka_unit_test(the_edges_of_zip64_are_where_libarchive_has_them),
        cmocka_unit_test(only_empty_members_make_a_plain_zip),
        cmocka_unit_test(salts_never_repeat),
        cmocka_unit_test(peeking_tells_encrypted_from_plain),
        cmocka_unit_test(only_the_right_passphrase_reads),
        cmocka_unit_test(a_large_member_reaches_nobody_undecrypted),
        cmocka_unit_test(a_passphrase_that_fits_by_chance_shows_as_damage),
        cmocka_unit_test(a_passphrase_that_others_do_not_take_is_refused),
        cmocka_unit_test(no_passphrase_is_left_in_memory),
        cmocka_unit_test(a_byte_changed_anywhere_never_passes),
        cmocka_unit_test(a_damaged_member_is_shown_and_the_rest_is_read),
        cmocka_unit_test(a_right_checksum_does_not_make_up_for_a_wrong_mac),
        cmocka_unit_test(a_zip_cut_anywhere_never_passes),
        cmocka_unit_test(bytes_before_between_and_after_never_pass),
        cmocka_unit_test(members_dropped_doubled_or_out_of_order_never_pass),
        cmocka_unit_test(members_of_a_zip_under_another_passphrase_never_pass),
        cmocka_unit_test(bytes_of_another_zip_under_the_same_passphrase_show_by_their_checksum),
        cmocka_unit_test(encrypted_and_plain_members_never_pass_together),
        cmocka_unit_test(other_strengths_versions_and_methods_never_pass),
        cmocka_unit_test(a_reading_error_is_not_taken_for_a_bad_zip),
        cmocka_unit_test(a_failing_taker_fails_the_zip_with_its_own_words),
        cmocka_unit_test(a_member_longer_or_shorter_than_promised_is_refused),
        cmocka_unit_test(members_stream_in_little_memory),
        cmocka_unit_test(members_at_the_edges_of_zip64_read_back),
        cmocka_unit_test(stock_programs_open_it),
        cmocka_unit_test(stock_programs_take_every_passphrase_that_is_allowed),
        cmocka_unit_test(what_other_programs_encrypt_is_not_our_form),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
