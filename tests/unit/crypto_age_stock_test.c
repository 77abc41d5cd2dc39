/* age files beside stock age: it opens what we write, and we open what it writes, in every form. */
#include "age_help.h"

static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 131072, 1048576, 2500000, 10485760 };
enum { LARGEST = 10485760 };

struct stock {
    char *directory, *plain, *age, *key, *bytes;
    struct exh_identity *identity;       /* of key */
};

static void start_stock(struct stock *stock)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    size_t size;

    *stock = (struct stock){ .directory = help_directory(), .bytes = some_bytes(LARGEST) };
    stock->plain = exh_format("%s/plain", stock->directory);
    stock->age = exh_format("%s/age", stock->directory);
    stock->key = exh_format("%s/key", stock->directory);
    assert_true(help_run(stock->directory, "age-keygen -o key && age-keygen -o other && age-keygen -o third"));
    EXH_CLEANUP(exh_freep) char *key = help_read(stock->key, &size);
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = exh_secret_text_new(key, size);
    ASSERT_DONE(exh_identity_read(file, &stock->identity, &err), &err);
}

static void end_stock(struct stock *stock)
{
    help_directory_free(&stock->directory);
    free(stock->plain);
    free(stock->age);
    free(stock->key);
    free(stock->bytes);
    exh_identity_freep(&stock->identity);
}

/* ---- ours to theirs ---- */

static void stock_age_opens_what_we_write(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words = NULL;
    EXH_CLEANUP(end_stock) struct stock stock = { 0 };
    struct exh_recipient recipients[2] = { { { 9 } } };

    (void)state;
    help_need("age");
    start_stock(&stock);
    ASSERT_DONE(exh_identity_new(&words, &recipients[1], &err), &err);
    help_write(stock.key, words->bytes, words->size);
    EXH_CLEANUP(exh_freep) char *recipient = exh_recipient_words(&recipients[1]);
    assert_true(help_run(stock.directory, "age-keygen -y key | grep -x '%s'", recipient));
    for (size_t i = 0; i < EXH_COUNT(sizes); i++)
        for (unsigned k = 0; k < 4; k++) {           /* one recipient or two, one thread or two */
            EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;
            encrypt_with(1 + k / 2, recipients + k % 2, 2 - k % 2, stock.bytes, sizes[i], 100000, &age);
            help_write(stock.plain, stock.bytes, sizes[i]);
            help_write(stock.age, age.bytes, age.size);
            if (!help_run(stock.directory, "age -d -i key age >opened && cmp opened plain"))
                fail_msg("%zu bytes do not come back, way %u", sizes[i], k);
        }
}

/* ---- theirs to ours ---- */

/* Opens the file with one thread and with two, and holds it against the plain bytes. */
static void open_theirs(const struct stock *stock, const struct exh_identity *identity, size_t plain_size, const char *how)
{
    size_t size;
    EXH_CLEANUP(exh_freep) char *age = help_read(stock->age, &size);

    for (unsigned threads = 1; threads <= 2; threads++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE;
        EXH_CLEANUP(exh_freep) char *text = NULL;
        bool opened;
        enum exh_kind kind = decrypt_with(threads, age, size, 0, 65536, identity, &plain, &opened, &text);
        if (kind != EXH_OK || plain.size != plain_size || memcmp(plain.bytes ? plain.bytes : "", stock->bytes, plain_size) != 0)
            fail_msg("%zu bytes by age %s, %u threads: %s", plain_size, how, threads, text);
    }
}

static void we_open_what_stock_age_writes(void **state)
{
    static const char *const ways[] = { "-r $(age-keygen -y key)", "-a -r $(age-keygen -y key)",
        "-r $(age-keygen -y other) -r $(age-keygen -y key) -r $(age-keygen -y third)",
        "-a -r $(age-keygen -y other) -r $(age-keygen -y key)", "-i key -e" };
    EXH_CLEANUP(end_stock) struct stock stock = { 0 };

    (void)state;
    help_need("age");
    start_stock(&stock);
    for (size_t i = 0; i < EXH_COUNT(sizes); i++)
        for (size_t k = 0; k < EXH_COUNT(ways); k++) {
            help_write(stock.plain, stock.bytes, sizes[i]);
            assert_true(help_run(stock.directory, "age %s -o age plain", ways[k]));
            open_theirs(&stock, stock.identity, sizes[i], ways[k]);
        }
}

/* age asks for a passphrase on a terminal only: this gives it one, and says the passphrase at each prompt. */
static const char terminal[] =
    "import os, pty, sys\n"
    "pid, fd = pty.fork()\n"
    "if pid == 0: os.execvp(sys.argv[2], sys.argv[2:])\n"
    "try:\n"
    "    while True:\n"
    "        said = os.read(fd, 1000)\n"
    "        if not said: break\n"
    "        if b'passphrase' in said: os.write(fd, sys.argv[1].encode() + b'\\n')\n"
    "except OSError: pass\n"
    "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n";

/* Each takes age and us a second and 256 MiB: that is what its passphrases cost. */
static void we_open_what_stock_age_writes_under_a_passphrase(void **state)
{
    static const struct { const char *options; size_t size; } ways[] = { { "-p", 0 }, { "-p", 65536 }, { "-p -a", LARGEST } };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = NULL;
    EXH_CLEANUP(end_stock) struct stock stock = { 0 };

    (void)state;
    help_need("age");
    help_need("python3");
    start_stock(&stock);
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *passphrase = help_secret("correct horse battery");
    ASSERT_DONE(exh_identity_from_passphrase(passphrase, &identity, &err), &err);
    EXH_CLEANUP(exh_freep) char *script = exh_format("%s/terminal", stock.directory);
    help_write(script, terminal, strlen(terminal));
    for (size_t i = 0; i < EXH_COUNT(ways); i++) {
        help_write(stock.plain, stock.bytes, ways[i].size);
        assert_true(help_run(stock.directory, "python3 terminal 'correct horse battery' age %s -o age plain", ways[i].options));
        open_theirs(&stock, identity, ways[i].size, ways[i].options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stock_age_opens_what_we_write),
        cmocka_unit_test(we_open_what_stock_age_writes),
        cmocka_unit_test(we_open_what_stock_age_writes_under_a_passphrase),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
