/* age_seal: our age writer and reader as a filter, for benchmarks and for tests beside stock age.
 *
 *   age_seal THREADS RECIPIENT... <plain >age
 *   age_seal THREADS -i IDENTITY-FILE <age >plain
 */
#include "exhibit/crypto.h"
#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1 << 17, MOST_RECIPIENTS = 100 };

static bool write_out(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)context;
    for (const char *at = bytes; size; ) {
        ssize_t n = write(STDOUT_FILENO, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return exh_fail_os(err, "cannot write");
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool read_in(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    ssize_t n;

    (void)context;
    while ((n = read(STDIN_FILENO, ret_bytes, room)) < 0)
        if (errno != EINTR)
            return exh_fail_os(err, "cannot read");
    *ret_size = (size_t)n;
    return true;
}

static bool seal(char *const *words, size_t count, unsigned threads, char *block, struct exh_error *err)
{
    EXH_CLEANUP(exh_age_writer_freep) struct exh_age_writer *writer = NULL;
    struct exh_recipient recipients[MOST_RECIPIENTS];
    size_t got;

    for (size_t i = 0; i < count; i++)
        if (!exh_recipient_parse(words[i], &recipients[i], err))
            return false;
    if (!exh_age_writer_open(recipients, count, threads, write_out, NULL, &writer, err))
        return false;
    while (read_in(NULL, block, BLOCK, &got, err) && got)
        if (!exh_age_writer_put(writer, block, got, err))
            return false;
    return err->kind == EXH_OK && exh_age_writer_finish(writer, err);
}

static bool open_sealed(const char *path, unsigned threads, char *block, struct exh_error *err)
{
    EXH_CLEANUP(exh_age_reader_freep) struct exh_age_reader *reader = NULL;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = NULL;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = NULL;
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (!exh_file_read(AT_FDCWD, path, 1 << 16, &bytes, &size, err))
        return false;
    file = exh_secret_text_new(bytes, size);
    if (!exh_identity_read(file, &identity, err)
        || !exh_age_reader_open(read_in, NULL, identity, threads, &reader, err))
        return false;
    for (size_t got = 1; got; )
        if (!exh_age_reader_get(reader, block, BLOCK, &got, err) || !write_out(NULL, block, got, err))
            return false;
    return true;
}

int main(int count, char **arguments)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    unsigned long threads = count > 2 && count - 2 <= MOST_RECIPIENTS ? strtoul(arguments[1], NULL, 10) : 0;
    EXH_CLEANUP(exh_freep) char *block = exh_alloc(BLOCK);

    if (threads < 1 || threads > EXH_AGE_MOST_THREADS) {
        fprintf(stderr, "usage: age_seal THREADS RECIPIENT... | age_seal THREADS -i IDENTITY-FILE\n");
        return EXH_USAGE;
    }
    if (exh_crypto_init(&err)) {
        if (count == 4 && strcmp(arguments[2], "-i") == 0)
            (void)!open_sealed(arguments[3], (unsigned)threads, block, &err);
        else
            (void)!seal(arguments + 2, (size_t)count - 2, (unsigned)threads, block, &err);
    }
    if (err.kind != EXH_OK)
        fprintf(stderr, "age_seal: %s\n", err.text);
    return err.kind;
}
