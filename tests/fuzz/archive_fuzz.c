/* The strict ZIP reader, with a passphrase: any bytes give an answer; what it takes, written again, is the
 * same bytes, but for what is random in an encrypted ZIP, which then decrypts to the same bytes.
 *
 * No fuzzer finds a MAC by itself. So an input that begins with 'E' changes a ZIP that is encrypted: each
 * three bytes are a place and what is done to the byte there. */
#include "exhibit/archive.h"

#include "exhibit/text.h"

#include <stdlib.h>
#include <string.h>

/* The files a ("hi"), b ("hello, this stands for a picture") and c (empty). */
static const char passphrase[] = "correct horse battery staple";
static const char encrypted[] =
    "\x50\x4b\x03\x04\x14\x00\x09\x00\x63\x00\x00\x88\x76\x5d\x00\x00\x00\x00\x1e\x00"
    "\x00\x00\x02\x00\x00\x00\x01\x00\x23\x00\x61\x55\x54\x05\x00\x01\x91\x1f\x03\x6b"
    "\x75\x78\x0b\x00\x01\x04\x00\x00\x00\x00\x04\x00\x00\x00\x00\x01\x99\x07\x00\x02"
    "\x00\x41\x45\x03\x00\x00\x7b\x65\xeb\xcf\x4e\xdc\xde\x47\x59\xfe\xaa\x7a\x26\x0b"
    "\xd2\x72\xc3\x4d\x1c\xe4\xbb\x21\x11\x25\xc8\x5d\x21\x1c\x67\x81\x50\x4b\x07\x08"
    "\x00\x00\x00\x00\x1e\x00\x00\x00\x02\x00\x00\x00\x50\x4b\x03\x04\x14\x00\x09\x00"
    "\x63\x00\x00\x88\x76\x5d\x00\x00\x00\x00\x3c\x00\x00\x00\x20\x00\x00\x00\x01\x00"
    "\x23\x00\x62\x55\x54\x05\x00\x01\x91\x1f\x03\x6b\x75\x78\x0b\x00\x01\x04\x00\x00"
    "\x00\x00\x04\x00\x00\x00\x00\x01\x99\x07\x00\x01\x00\x41\x45\x03\x00\x00\x22\xc2"
    "\x86\x61\x72\xe9\xd2\xa6\x1e\xa3\x0d\xd1\xe8\x45\x8e\xd1\x2f\xfd\x75\x06\x1b\x07"
    "\xc2\x82\x5d\xc8\x04\xd6\x75\xd2\xe9\x35\x36\x81\x54\x5c\x0d\xfe\x8b\xba\x71\x8f"
    "\x50\x7b\x52\x70\x6e\x20\x46\x71\x8e\x8e\x71\x12\xb1\xf0\xe6\xfb\xb1\xfd\x50\x4b"
    "\x07\x08\xaf\x01\xd4\x80\x3c\x00\x00\x00\x20\x00\x00\x00\x50\x4b\x03\x04\x0a\x00"
    "\x08\x00\x00\x00\x00\x88\x76\x5d\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x01\x00\x18\x00\x63\x55\x54\x05\x00\x01\x91\x1f\x03\x6b\x75\x78\x0b\x00\x01\x04"
    "\x00\x00\x00\x00\x04\x00\x00\x00\x00\x50\x4b\x07\x08\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x50\x4b\x01\x02\x14\x03\x14\x00\x09\x00\x63\x00\x00\x88\x76"
    "\x5d\x00\x00\x00\x00\x1e\x00\x00\x00\x02\x00\x00\x00\x01\x00\x23\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\xa4\x81\x00\x00\x00\x00\x61\x55\x54\x05\x00\x01\x91\x1f\x03"
    "\x6b\x75\x78\x0b\x00\x01\x04\x00\x00\x00\x00\x04\x00\x00\x00\x00\x01\x99\x07\x00"
    "\x02\x00\x41\x45\x03\x00\x00\x50\x4b\x01\x02\x14\x03\x14\x00\x09\x00\x63\x00\x00"
    "\x88\x76\x5d\xaf\x01\xd4\x80\x3c\x00\x00\x00\x20\x00\x00\x00\x01\x00\x23\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\xa4\x81\x70\x00\x00\x00\x62\x55\x54\x05\x00\x01\x91"
    "\x1f\x03\x6b\x75\x78\x0b\x00\x01\x04\x00\x00\x00\x00\x04\x00\x00\x00\x00\x01\x99"
    "\x07\x00\x01\x00\x41\x45\x03\x00\x00\x50\x4b\x01\x02\x0a\x03\x0a\x00\x08\x00\x00"
    "\x00\x00\x88\x76\x5d\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x18"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\xa4\x81\xfe\x00\x00\x00\x63\x55\x54\x05\x00"
    "\x01\x91\x1f\x03\x6b\x75\x78\x0b\x00\x01\x04\x00\x00\x00\x00\x04\x00\x00\x00\x00"
    "\x50\x4b\x05\x06\x00\x00\x00\x00\x03\x00\x03\x00\xeb\x00\x00\x00\x45\x01\x00\x00"
    "\x00\x00";

enum { LOCAL = 30, EXTRA = 24, EXTRA_AES = 11, SEALING = 28, DESCRIPTOR = 16 };

struct input { const uint8_t *bytes; size_t size, at; };
struct copy { struct exh_text *bytes; char **names; size_t count; bool whole; };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool pull(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    struct input *input = context;
    size_t part = input->size - input->at < room ? input->size - input->at : room;

    (void)err;
    if (part)
        memcpy(ret_bytes, input->bytes + input->at, part);
    input->at += part;
    *ret_size = part;
    return true;
}

static bool begin(void *context, const char *name, uint64_t size, struct exh_error *err)
{
    struct copy *copy = context;

    (void)size, (void)err;
    copy->names = exh_realloc_array(copy->names, copy->count + 1, sizeof *copy->names);
    copy->bytes = exh_realloc_array(copy->bytes, copy->count + 1, sizeof *copy->bytes);
    copy->names[copy->count] = exh_strdup(name);
    copy->bytes[copy->count++] = (struct exh_text)EXH_TEXT_NONE;
    return true;
}

static bool data(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct copy *copy = context;

    (void)err;
    exh_text_add(&copy->bytes[copy->count - 1], bytes, size);
    return true;
}

static bool end(void *context, bool whole, struct exh_error *err)
{
    struct copy *copy = context;

    (void)err;
    copy->whole = copy->whole && whole;
    return true;
}

static bool take(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_text_add(context, bytes, size);
    return true;
}

static void write_again(struct copy *copy, struct exh_moment sealed, const struct exh_secret_text *words,
                        struct exh_text *out)
{
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_zip_open(take, out, sealed, words, &zip, &err))
        abort();
    for (size_t i = 0; i < copy->count; i++)
        if (!exh_zip_begin(zip, copy->names[i], copy->bytes[i].size, &err)
            || !exh_zip_put(zip, copy->bytes[i].bytes, copy->bytes[i].size, &err) || !exh_zip_end(zip, &err))
            abort();
    if (!exh_zip_finish(zip, &err))
        abort();
}

static void copy_clear(struct copy *copy)
{
    for (size_t i = 0; i < copy->count; i++) {
        free(copy->names[i]);
        exh_text_clear(&copy->bytes[i]);
    }
    free(copy->names);
    free(copy->bytes);
}

static bool read_copy(const uint8_t *bytes, size_t size, const struct exh_secret_text *words, struct copy *ret_copy,
                      struct exh_moment *ret_sealed)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct input input = { bytes, size, 0 };
    struct exh_zip_visitor visitor = { .begin = begin, .data = data, .end = end, .context = ret_copy };

    return exh_zip_read(pull, &input, &visitor, words, ret_sealed, &err) && ret_copy->whole;
}

static void must_hold_the_same(const struct exh_text *zip, const struct exh_secret_text *words,
                               const struct copy *copy)
{
    EXH_CLEANUP(copy_clear) struct copy other = { .whole = true };
    struct exh_moment sealed;

    if (!read_copy((const uint8_t *)zip->bytes, zip->size, words, &other, &sealed) || other.count != copy->count)
        abort();
    for (size_t i = 0; i < copy->count; i++)
        if (other.bytes[i].size != copy->bytes[i].size
            || (other.bytes[i].size && memcmp(other.bytes[i].bytes, copy->bytes[i].bytes, other.bytes[i].size) != 0))
            abort();
}

/* Puts what is random of the first ZIP into the second. */
static void take_random(const uint8_t *bytes, const struct copy *copy, struct exh_text *ret_zip)
{
    size_t at = 0;

    for (size_t i = 0; i < copy->count; i++) {
        bool empty = copy->bytes[i].size == 0;
        size_t stored = empty ? 0 : copy->bytes[i].size + SEALING;
        at += LOCAL + strlen(copy->names[i]) + EXTRA + (empty ? 0 : EXTRA_AES);
        memcpy(ret_zip->bytes + at, bytes + at, stored);
        at += stored + DESCRIPTOR;
    }
}

static void judge(const uint8_t *bytes, size_t size, const struct exh_secret_text *words)
{
    EXH_CLEANUP(copy_clear) struct copy copy = { .whole = true };
    EXH_CLEANUP(exh_text_clear) struct exh_text again = EXH_TEXT_NONE;
    bool sealing = exh_zip_is_encrypted(bytes, size);
    struct exh_moment sealed;

    if (!read_copy(bytes, size, words, &copy, &sealed))
        return;
    write_again(&copy, sealed, sealing ? words : NULL, &again);
    if (again.size != size)
        abort();
    if (sealing) {
        must_hold_the_same(&again, words, &copy);
        take_random(bytes, &copy, &again);
    }
    if (memcmp(again.bytes, bytes, size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    uint8_t changed[sizeof encrypted - 1];

    setenv("TZ", "UTC0", 1);
    if (!exh_crypto_init(&err))
        abort();
    words = exh_secret_text_new(passphrase, strlen(passphrase));
    if (size == 0 || bytes[0] != 'E') {
        judge(bytes, size, words);
        return 0;
    }
    memcpy(changed, encrypted, sizeof changed);
    for (size_t i = 1; i + 3 <= size; i += 3)
        changed[(bytes[i] | (size_t)bytes[i + 1] << 8) % sizeof changed] ^= bytes[i + 2];
    judge(changed, sizeof changed, words);
    return 0;
}
