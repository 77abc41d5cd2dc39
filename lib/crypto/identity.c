/* identity: age recipients and identities as people see them. */
#include "parts.h"

#include <string.h>

static const char recipient_prefix[] = "age", secret_prefix[] = "AGE-SECRET-KEY-";
/* An identity tried costs an X25519 for each stanza of a header. */
enum { MOST_IDENTITIES = 100 };

bool exh_recipient_parse(const char *words, struct exh_recipient *ret_recipient, struct exh_error *err)
{
    struct exh_recipient recipient;
    struct exh_words given = { words, strlen(words) };

    if (exh_crypto_cut_prefix(&given, secret_prefix))
        return exh_fail(err, EXH_USAGE,
                        "that is a secret identity, not a recipient: give the 'age1...' line beside it, "
                        "and keep the identity secret");
    if (!exh_crypto_bech32_read(given, recipient_prefix, recipient.x25519)) {
        EXH_CLEANUP(exh_freep) char *shown = exh_crypto_words_shown(given);
        return exh_fail(err, EXH_USAGE, "'%s' is not an age recipient: give the whole 'age1...' line of 62 characters, "
                        "as age-keygen -y prints it", shown);
    }
    *ret_recipient = recipient;
    return true;
}

char *exh_recipient_words(const struct exh_recipient *recipient)
{
    char *words = exh_alloc(strlen(recipient_prefix) + 1 + EXH_BECH32_DATA + 1);

    exh_crypto_bech32_write(words, recipient_prefix, recipient->x25519);
    return words;
}

void exh_identity_freep(struct exh_identity **identity)
{
    if (!*identity)
        return;
    exh_secret_text_freep(&(*identity)->passphrase);
    exh_crypto_guarded_freep(identity);
}

bool exh_identity_new(struct exh_secret_text **ret_words, struct exh_recipient *ret_recipient, struct exh_error *err)
{
    EXH_CLEANUP(exh_crypto_guarded_freep) struct exh_age_one *one = exh_crypto_guarded(sizeof *one);

    randombytes_buf(one->secret, sizeof one->secret);
    if (crypto_scalarmult_base(one->public.x25519, one->secret) != 0)
        return exh_fail(err, EXH_IO, "libsodium could not make an age identity");

    EXH_CLEANUP(exh_freep) char *recipient = exh_recipient_words(&one->public);
    EXH_CLEANUP(exh_freep) char *comment = exh_format("# public key: %s\n", recipient);
    size_t start = strlen(comment), size = strlen(secret_prefix) + 1 + EXH_BECH32_DATA;
    struct exh_secret_text *words = exh_secret_text_room(start + size + 1);
    memcpy(words->bytes, comment, start);
    exh_crypto_bech32_write(words->bytes + start, secret_prefix, one->secret);
    words->bytes[start + size] = '\n';
    *ret_words = words;
    *ret_recipient = one->public;
    return true;
}

static bool is_key_line(struct exh_words line)
{
    return line.size && line.at[0] != '#';
}

static size_t count_key_lines(struct exh_words file)
{
    struct exh_words line;
    size_t count = 0;

    while (exh_crypto_next_line(&file, &line))
        count += is_key_line(line);
    return count;
}

/* Never shows the line: it may be most of a secret. */
static bool read_one(struct exh_words line, size_t number, struct exh_age_one *one, struct exh_error *err)
{
    if (!exh_crypto_bech32_read(line, secret_prefix, one->secret))
        return exh_fail(err, EXH_MALFORMED,
                        "line %zu of the identity file is not an identity: expected 'AGE-SECRET-KEY-1...' "
                        "of 74 characters, as age-keygen writes it", number);
    exh_crypto_must(crypto_scalarmult_base(one->public.x25519, one->secret) == 0);
    return true;
}

bool exh_identity_read(const struct exh_secret_text *file, struct exh_identity **ret_identity, struct exh_error *err)
{
    struct exh_words rest = { file->bytes, file->size }, line;
    size_t count = count_key_lines(rest);

    if (count == 0)
        return exh_fail(err, EXH_MALFORMED, "identity file holds no identity: expected a line 'AGE-SECRET-KEY-1...'");
    if (count > MOST_IDENTITIES)
        return exh_fail(err, EXH_MALFORMED, "identity file has more than %d lines of identities: is it another file?",
                        MOST_IDENTITIES);
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity =
        exh_crypto_guarded(sizeof *identity + count * sizeof *identity->at);
    for (size_t number = 1; exh_crypto_next_line(&rest, &line); number++)
        if (is_key_line(line) && !read_one(line, number, &identity->at[identity->count++], err))
            return false;
    *ret_identity = exh_steal(&identity);
    return true;
}

bool exh_identity_from_passphrase(const struct exh_secret_text *passphrase, struct exh_identity **ret_identity,
                                  struct exh_error *err)
{
    if (passphrase->size == 0)
        return exh_fail(err, EXH_USAGE, "passphrase is empty: give the one under which the age file was encrypted");
    struct exh_identity *identity = exh_crypto_guarded(sizeof *identity);
    identity->passphrase = exh_secret_text_new(passphrase->bytes, passphrase->size);
    identity->most_work = AGE_MOST_WORK;
    *ret_identity = identity;
    return true;
}
