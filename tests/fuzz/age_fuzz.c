/* age files of either form, for a key or a passphrase; identity files and recipients of any bytes. */
#include "../../lib/crypto/parts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The identity and the passphrase of the public test vectors, so that they can be seeds. */
static const char identity_words[] = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0\n";
static const char passphrase_words[] = "password";
/* What a passphrase's file may ask for: that of the vectors, a few milliseconds. */
enum { MOST_WORK = 10 };

struct source { const uint8_t *bytes; size_t size, at, step; };

static bool pull(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    struct source *source = context;
    size_t left = source->size - source->at, size = left < room ? left : room;

    (void)err;
    size = size < source->step ? size : source->step;
    if (size)
        memcpy(ret_bytes, source->bytes + source->at, size);
    source->at += size;
    *ret_size = size;
    return true;
}

static struct exh_identity *make_identity(bool passphrase)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const char *words = passphrase ? passphrase_words : identity_words;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *secret = exh_secret_text_new(words, strlen(words));
    struct exh_identity *identity = NULL;

    if (passphrase ? !exh_identity_from_passphrase(secret, &identity, &err) : !exh_identity_read(secret, &identity, &err))
        abort();
    if (passphrase)
        identity->most_work = MOST_WORK;
    return identity;
}

/* How a reading ended, and how much came out. */
struct reading { enum exh_kind kind; size_t total; };

static struct reading read_all(const uint8_t *bytes, size_t size, size_t step, unsigned threads,
                               const struct exh_identity *identity)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_age_reader_freep) struct exh_age_reader *reader = NULL;
    struct source source = { bytes, size, 0, step };
    struct reading reading = { EXH_OK, 0 };
    uint8_t block[4096];
    size_t got = 1;

    if (exh_age_reader_open(pull, &source, identity, threads, &reader, &err))
        while (got && exh_age_reader_get(reader, block, sizeof block, &got, &err))
            reading.total += got;
    reading.kind = err.kind;
    return reading;
}

static void must_equal(struct reading a, struct reading b)
{
    if (a.kind != b.kind || a.total != b.total)
        abort();
}

static void put_armour(struct exh_text *text, const uint8_t *bytes, size_t size)
{
    exh_text_puts(text, "-----BEGIN AGE ENCRYPTED FILE-----\n");
    for (size_t at = 0; at < size; at += 48) {
        EXH_CLEANUP(exh_freep) char *line = exh_base64(bytes + at, size - at < 48 ? size - at : 48);
        exh_text_printf(text, "%s\n", line);
    }
    exh_text_puts(text, "-----END AGE ENCRYPTED FILE-----\n");
}

/* Neither how the bytes come, nor threads, nor armour may change what is made of them. */
static void try_file(const uint8_t *bytes, size_t size, bool passphrase)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text armoured = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(passphrase);
    struct reading at_once = read_all(bytes, size, SIZE_MAX, 1, identity);

    must_equal(at_once, read_all(bytes, size, 13, 2, identity));
    if (exh_age_is(bytes, size) != EXH_AGE_BINARY)
        return;
    put_armour(&armoured, bytes, size);
    must_equal(at_once, read_all((const uint8_t *)armoured.bytes, armoured.size, 1000, 1, identity));
}

static void try_recipient(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_recipient recipient;

    if (!exh_recipient_parse(words, &recipient, &err))
        return;
    EXH_CLEANUP(exh_freep) char *back = exh_recipient_words(&recipient);
    if (strcmp(back, words) != 0)
        abort();
}

static void try_identity(const char *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = exh_secret_text_new(bytes, size);
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = NULL;

    if (!exh_identity_read(file, &identity, &err) && err.kind != EXH_MALFORMED)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *words = exh_strndup((const char *)bytes, size);

    if (!exh_crypto_init(&err))
        abort();
    try_file(bytes, size, false);
    try_file(bytes, size, true);
    try_recipient(words);
    try_identity((const char *)bytes, size);
    return 0;
}
