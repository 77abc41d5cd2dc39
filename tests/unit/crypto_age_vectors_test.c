/* age files of others: every vector gets the outcome that it states. */
#include "age_help.h"

#include <dirent.h>

/* Where a vector names no X25519 identity: one that opens nothing of it. */
#define STRANGER "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0\n"
#define HYBRID_WORDS "encrypted to a post-quantum hybrid recipient (mlkem768x25519), which is not opened here: use age 1.3 or later"

/* How the bytes come and are asked for, and who opens them. None of it may change an outcome. */
static const struct { size_t step, room; unsigned threads; } ways[] = {
    { 0, 65536, 1 }, { 1, 4096, 1 }, { 13, 100000, 2 }, { 70000, 1000, 3 }, { 0, 1000000, 8 },
};

struct vector_file {
    char *expect, *payload, *passphrase;
    struct exh_text identities;
    bool compressed, hybrid;
};

static void clear_vector(struct vector_file *vector)
{
    free(vector->expect);
    free(vector->payload);
    free(vector->passphrase);
    exh_text_clear(&vector->identities);
}

static const char *after(const char *line, const char *key)
{
    size_t size = strlen(key);

    return strncmp(line, key, size) == 0 ? line + size : NULL;
}

static void read_vector_key(const char *name, struct vector_file *vector, const char *line)
{
    const char *value;

    if ((value = after(line, "expect: ")))
        vector->expect = exh_strdup(value);
    else if ((value = after(line, "payload: ")))
        vector->payload = exh_strdup(value);
    else if ((value = after(line, "passphrase: ")) && !vector->passphrase)
        vector->passphrase = exh_strdup(value);
    else if (after(line, "identity: AGE-SECRET-KEY-1"))
        exh_text_printf(&vector->identities, "%s\n", line + strlen("identity: "));
    else if (after(line, "identity: AGE-SECRET-KEY-PQ-1"))
        vector->hybrid = true;
    else if (after(line, "compressed: zlib"))
        vector->compressed = true;
    else if (!after(line, "file key: ") && !after(line, "comment: ") && !after(line, "armored: yes"))
        fail_msg("%s: nobody knows what '%s' means", name, line);
}

/* Reads the header; gives the offset of the age file. */
static size_t read_vector(const char *name, char *bytes, struct vector_file *ret_vector)
{
    char *line = bytes;

    *ret_vector = (struct vector_file){ 0 };
    for (char *end; (end = strchr(line, '\n')) != line; line = end + 1) {
        *end = '\0';
        read_vector_key(name, ret_vector, line);
    }
    return (size_t)(line + 1 - bytes);
}

/* gzip reads the deflate stream inside zlib's; what it says of the missing trailer is of no interest. */
static char *decompress(const char *path, size_t offset, size_t *ret_size)
{
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_freep) char *out = exh_format("%s/out", directory);

    help_run(directory, "{ printf '\\037\\213\\010\\0\\0\\0\\0\\0\\0\\0'; tail -c +%zu \"%s\"; } | gzip -dc >out",
             offset + 3, path);
    return help_read(out, ret_size);
}

static const char *outcome(enum exh_kind kind, bool opened, const char *text)
{
    if (kind == EXH_OK)
        return "success";
    if (strstr(text, "armour is damaged"))
        return kind == (opened ? EXH_NO : EXH_MALFORMED) ? "armor failure" : "wrong kind";
    if (opened)
        return kind == EXH_NO ? "payload failure" : "wrong kind";
    if (kind == EXH_REFUSED)
        return strstr(text, HYBRID_WORDS) ? "hybrid, refused by name"
             : strstr(text, "work factor") ? "header failure" : "no match";
    if (kind != EXH_MALFORMED)
        return "wrong kind";
    return strstr(text, "MAC does not match") ? "HMAC failure" : "header failure";
}

static struct exh_identity *vector_identity(const struct vector_file *vector)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const char *lines = vector->identities.size ? vector->identities.bytes : STRANGER;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *secret =
        help_secret(vector->passphrase ? vector->passphrase : lines);
    struct exh_identity *identity = NULL;

    if (vector->passphrase)
        ASSERT_DONE(exh_identity_from_passphrase(secret, &identity, &err), &err);
    else
        ASSERT_DONE(exh_identity_read(secret, &identity, &err), &err);
    return identity;
}

/* The only outcome that is not the one stated: a file for a hybrid identity is refused by name. */
static void judge_vector(const char *name, const struct vector_file *vector, const char *age, size_t size)
{
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = vector_identity(vector);
    bool refused = vector->hybrid && vector->identities.size == 0;
    const char *expected = refused ? "hybrid, refused by name" : vector->expect;
    char digits[EXH_SHA256_DIGITS];

    for (size_t i = 0; i < EXH_COUNT(ways); i++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE;
        EXH_CLEANUP(exh_freep) char *text = NULL;
        bool opened;
        enum exh_kind kind = decrypt_with(ways[i].threads, age, size, ways[i].step, ways[i].room, identity, &plain,
                                          &opened, &text);
        if (strcmp(outcome(kind, opened, text), expected) != 0)
            fail_msg("%s, way %zu: '%s', not '%s': %s", name, i, outcome(kind, opened, text), expected, text);
        exh_sha256(plain.bytes, plain.size, digits);
        if (vector->payload && !refused && strcmp(digits, vector->payload) != 0)
            fail_msg("%s, way %zu: %zu bytes given out are not the ones expected", name, i, plain.size);
        if (!vector->payload && plain.size && kind == EXH_OK)
            fail_msg("%s, way %zu: %zu bytes given out, and none expected", name, i, plain.size);
    }
}

static bool is_vector(const char *bytes)
{
    return after(bytes, "expect: ") != NULL;
}

static void check_vector(const char *path, const char *name, char *bytes, size_t size)
{
    EXH_CLEANUP(clear_vector) struct vector_file vector;
    EXH_CLEANUP(exh_freep) char *real = realpath(path, NULL), *unpacked = NULL;
    size_t offset = read_vector(name, bytes, &vector);

    size -= offset;
    if (vector.compressed)
        unpacked = decompress(real, offset, &size);
    judge_vector(name, &vector, unpacked ? unpacked : bytes + offset, size);
}

/* Files without a header of their own: what is known of each. */
static const struct { const char *age, *key; bool opened; enum exh_kind kind; const char *said; } plain_files[] = {
    { "filippo-age/example.age", "filippo-age/example_keys.txt", true, EXH_OK, "" },
    { "filippo-age/example.zip.age", "filippo-age/example_keys.txt", true, EXH_OK, "" },
    { "rage/fail_large_filekey_x25519.age", "rage/fail_large_filekey_x25519_key.txt", false, EXH_MALFORMED, "file key's size" },
    /* A stanza without the short line that must end its body; stock age refuses it too. */
    { "rage/empty_recipient_body.age", NULL, false, EXH_MALFORMED, "a stanza's body" },
};

static struct exh_identity *read_key(const char *name)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *place = exh_format("age/%s", name), *path = help_material(place);
    size_t size;
    EXH_CLEANUP(exh_freep) char *key = help_read(path, &size);
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = exh_secret_text_new(key, size);
    struct exh_identity *identity = NULL;

    ASSERT_DONE(exh_identity_read(file, &identity, &err), &err);
    return identity;
}

static void check_plain_file(const char *name, const char *age, size_t size)
{
    static const struct vector_file none = { 0 };
    EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) char *text = NULL;
    size_t i = 0;
    bool opened;

    while (i < EXH_COUNT(plain_files) && strcmp(plain_files[i].age, name) != 0)
        i++;
    if (i == EXH_COUNT(plain_files))
        fail_msg("%s: nobody said what is to come of it", name);
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity =
        plain_files[i].key ? read_key(plain_files[i].key) : vector_identity(&none);
    enum exh_kind kind = decrypt_steps(age, size, 0, 65536, identity, &plain, &opened, &text);
    if (kind != plain_files[i].kind || opened != plain_files[i].opened || !strstr(text, plain_files[i].said))
        fail_msg("%s: kind %d, not %d: %s", name, kind, plain_files[i].kind, text);
}

/* Every file of a directory, but the keys. */
static int check_directory(const char *name)
{
    EXH_CLEANUP(exh_freep) char *place = exh_format("age/%s", name), *directory = help_material(place);
    DIR *entries = opendir(directory);
    int checked = 0;

    assert_non_null(entries);
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL; ) {
        if (entry->d_name[0] == '.' || strstr(entry->d_name, ".txt"))
            continue;
        EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%s", directory, entry->d_name);
        EXH_CLEANUP(exh_freep) char *shown = exh_format("%s/%s", name, entry->d_name);
        size_t size;
        EXH_CLEANUP(exh_freep) char *bytes = help_read(path, &size);
        if (is_vector(bytes))
            check_vector(path, shown, bytes, size);
        else
            check_plain_file(shown, bytes, size);
        checked++;
    }
    closedir(entries);
    print_message("# %s: %d files checked\n", name, checked);
    return checked;
}

static void cctv_vectors_get_the_outcome_they_state(void **state)
{
    (void)state;
    help_need_material();
    help_need("gzip");
    assert_true(check_directory("cctv") >= 80);
}

static void other_programs_files_open_or_are_refused(void **state)
{
    (void)state;
    help_need_material();
    assert_int_equal(check_directory("filippo-age"), 2);
    assert_int_equal(check_directory("rage"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cctv_vectors_get_the_outcome_they_state),
        cmocka_unit_test(other_programs_files_open_or_are_refused),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
