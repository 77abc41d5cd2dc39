/* crypto, private: what its files share.
 *
 * Secrets live in guarded memory (exh_crypto_guarded) or, for the moment of one calculation, in a
 * struct whose cleanup wipes it; never in an array that a return can leave behind.
 */
#ifndef EXHIBIT_CRYPTO_PARTS_H
#define EXHIBIT_CRYPTO_PARTS_H

#include "exhibit/crypto.h"
#include "exhibit/wire.h"

#include <openssl/evp.h>
#include <sodium.h>

/* libsodium and libcrypto fail here only where memory ends or a promise is broken: going on would
 * give a wrong digest or an unsealed secret, so the program ends. */
void exh_crypto_must(bool done);

/* Why libcrypto failed, in its own words (@otherwise: where it has none), which are forgotten then; or forgets them unread.
 * Free with free(). */
char *exh_crypto_error_words(const char *otherwise) EXH_CHECK;
void exh_crypto_forget_errors(void);

/* Counts so many bytes more that are to be hashed in memory. True: by libcrypto, which is slow to start and fast then; false: by
 * libsodium. */
bool exh_crypto_is_bulk(size_t size);
/* The bulk algorithms, each fetched when it is first asked for. The program ends where libcrypto lacks one: every OpenSSL 3 has
 * them, unless it was altered. */
const EVP_MD *exh_crypto_sha256(void);
const EVP_MD *exh_crypto_sha512(void);
const EVP_CIPHER *exh_crypto_chacha(void);

/* The digest of bytes in memory; gives its size. */
size_t exh_crypto_hash(enum exh_signed_as as, const void *bytes, size_t size, uint8_t ret_digest[EXH_HASH_MOST]);

/* ---- what of a detached signature is signed, beside the message ---- */

/* SSHSIG: what the key signs: namespace, name of the hash and digest of the message. */
void exh_crypto_add_ssh_signed(struct exh_text *text, const struct exh_detached *detached, const void *digest, size_t size);
/* minisign: what the second signature is over. */
void exh_crypto_add_global(struct exh_text *text, const struct exh_detached *detached);

/* ---- guarded memory ---- */

/* Zeroed; never NULL. @size must be a multiple of the alignment of what is put there. */
void *exh_crypto_guarded(size_t size) EXH_CHECK;
/* EXH_CLEANUP(exh_crypto_guarded_freep) struct x *x = exh_crypto_guarded(sizeof *x); wipes and frees. */
void exh_crypto_guarded_freep(void *pointer_to_pointer);

struct exh_secret_key {
    uint8_t ed25519[crypto_sign_SECRETKEYBYTES];      /* seed and public key; zeros where it is held elsewhere */
    struct exh_public_key public;
    exh_remote_sign *remote;                          /* signs where it is held elsewhere; NULL: it is here */
    void *context;
    void (*release)(void *context);
};
/* @key filled in: its memory becomes read-only. */
void exh_crypto_key_settle(struct exh_secret_key *key);

/* ---- words, and lines of them ---- */

/* Its bytes made fit to show, at most 64 of them. Free with free(). */
char *exh_crypto_words_shown(struct exh_words words) EXH_CHECK;
/* Takes the next line, without its end (LF or CR LF), off @rest; false when nothing is left. */
bool exh_crypto_next_line(struct exh_words *rest, struct exh_words *ret_line);
/* Takes @prefix off the front. */
bool exh_crypto_cut_prefix(struct exh_words *words, const char *prefix);

/* base64 without padding, canonical only, of exactly @size bytes. */
bool exh_crypto_unbase64_bare(void *ret_bytes, size_t size, struct exh_words words) EXH_CHECK;
/* The same with padding. */
bool exh_crypto_unbase64(void *ret_bytes, size_t size, struct exh_words words) EXH_CHECK;

/* ---- Bech32 (BIP 173) of 32 bytes, in the case of @prefix ---- */

enum { EXH_BECH32_DATA = 58 };       /* characters after the separator '1' */
/* Adds prefix, '1' and data. The text must have room already where @bytes are secret. */
void exh_crypto_bech32_write(char *ret_words, const char *prefix, const uint8_t bytes[32]);
bool exh_crypto_bech32_read(struct exh_words words, const char *prefix, uint8_t ret_bytes[32]) EXH_CHECK;

/* ---- age v1 ---- */

enum {
    AGE_CHUNK = 65536,               /* plain bytes in each chunk but the last */
    AGE_TAG = 16,
    AGE_SEALED = AGE_CHUNK + AGE_TAG,
    AGE_BATCH = 8,                   /* chunks handed on at once: 512 KiB */
    AGE_BATCHES = 4,                 /* at work at once, where there are threads to work on them */
    AGE_IN_FLIGHT = AGE_BATCH * AGE_BATCHES,
    AGE_FILE_KEY = 16,
    AGE_NONCE = 16,
    AGE_SALT = 16,
    AGE_MOST_WORK = 22,              /* the binary logarithm of scrypt's cost: 4 GiB of memory, half a minute */
    AGE_BODY = AGE_FILE_KEY + AGE_TAG,
    AGE_LONGEST_HEADER = 65536,
    AGE_MOST_STANZAS = 1000,
};
#define AGE_VERSION_LINE "age-encryption.org/v1\n"
#define AGE_X25519_START "-> X25519 "

struct exh_age_one { uint8_t secret[32]; struct exh_recipient public; };
/* Keys, or a passphrase. */
struct exh_identity {
    struct exh_secret_text *passphrase;
    uint64_t most_work;              /* what its files may ask for; AGE_MOST_WORK */
    size_t count;
    struct exh_age_one at[];
};
/* The two values of an X25519 stanza. */
struct exh_age_stanza { uint8_t share[32]; uint8_t body[AGE_BODY]; };
/* Those of a scrypt stanza. */
struct exh_age_lock { uint8_t salt[AGE_SALT]; uint64_t work; uint8_t body[AGE_BODY]; };

/* Wraps a file key. False: @recipient is a point of low order, for which nothing would be secret. */
bool exh_crypto_age_wrap(const uint8_t file_key[AGE_FILE_KEY], const struct exh_recipient *recipient,
                         struct exh_age_stanza *ret_stanza) EXH_CHECK;
enum exh_age_unwrapped { AGE_OPENED, AGE_NOT_FOR_THIS, AGE_LOW_ORDER };
enum exh_age_unwrapped exh_crypto_age_unwrap(const struct exh_age_stanza *stanza, const struct exh_age_one *identity,
                                             uint8_t ret_file_key[AGE_FILE_KEY]) EXH_CHECK;
/* Derives a passphrase's key, which takes 2^work KiB of memory. EXH_IO: there is not as much. */
bool exh_crypto_age_unlock(const struct exh_age_lock *lock, const struct exh_secret_text *passphrase,
                           uint8_t ret_file_key[AGE_FILE_KEY], bool *ret_opened, struct exh_error *err) EXH_CHECK;
/* The MAC over a header up to and with "---". */
void exh_crypto_age_mac(const uint8_t file_key[AGE_FILE_KEY], const void *header, size_t size, uint8_t ret_mac[32]);

/* The payload's cipher. One serves one thread at a time, and either seals or opens. */
struct exh_age_cipher;
struct exh_age_cipher *exh_crypto_age_cipher_new(const uint8_t file_key[AGE_FILE_KEY], const uint8_t nonce[AGE_NONCE],
                                                 bool sealing) EXH_CHECK;
void exh_crypto_age_cipher_freep(struct exh_age_cipher **cipher);
/* Seals chunk @number (from 0); @ret_sealed gets @size + AGE_TAG bytes and may be @plain. */
void exh_crypto_age_seal(struct exh_age_cipher *cipher, uint64_t number, const uint8_t *plain, size_t size, bool last,
                         uint8_t *ret_sealed);
/* Opens a chunk of @size sealed bytes (AGE_TAG at least). False: not that chunk, or not with this @last;
 * then @ret_plain holds nothing of use, and another try is free. */
bool exh_crypto_age_open(struct exh_age_cipher *cipher, uint64_t number, const uint8_t *sealed, size_t size, bool last,
                         uint8_t *ret_plain) EXH_CHECK;

/* A payload's chunks, sealed or opened by @threads threads: the caller's, which works while it waits, and others.
 * One caller's thread only; it gives chunks in their order, at most AGE_IN_FLIGHT that it has not waited for. */
struct exh_age_crew;
enum exh_age_chunk {
    AGE_CHUNK_PENDING,
    AGE_CHUNK_DONE,
    AGE_CHUNK_OTHERWISE,             /* opened, but last where it should not be, or the other way round */
    AGE_CHUNK_DAMAGED,               /* its place for plain bytes is wiped */
};
/* @threads: 1 to EXH_AGE_MOST_THREADS. EXH_IO: a thread cannot be started. */
bool exh_crypto_age_crew_new(const uint8_t file_key[AGE_FILE_KEY], const uint8_t nonce[AGE_NONCE], bool sealing,
                             unsigned threads, struct exh_age_crew **ret_crew, struct exh_error *err) EXH_CHECK;
/* Waits for the chunks that are being worked on, and for no others. */
void exh_crypto_age_crew_freep(struct exh_age_crew **crew);
/* True: each chunk is done as soon as it is given. */
bool exh_crypto_age_crew_is_alone(const struct exh_age_crew *crew) EXH_CHECK;
/* @in and @out stay the crew's until the chunk was waited for. */
void exh_crypto_age_crew_give(struct exh_age_crew *crew, const uint8_t *in, size_t size, bool last, uint8_t *out);
/* Waits for a chunk of the last AGE_IN_FLIGHT that were given. */
enum exh_age_chunk exh_crypto_age_crew_wait(struct exh_age_crew *crew, uint64_t number);

/* The bytes of an age file of either form, armour taken off. Armour that is damaged: EXH_MALFORMED. */
struct exh_age_source;
struct exh_age_source *exh_crypto_age_source_new(exh_age_pull *pull, void *context) EXH_CHECK;
void exh_crypto_age_source_freep(struct exh_age_source **source);
/* Gives at least the next @wanted bytes, or all that are left; they stay next. Those looked at and skipped together
 * are at most a header and its nonce. */
bool exh_crypto_age_source_look(struct exh_age_source *source, size_t wanted, struct exh_words *ret_bytes,
                                struct exh_error *err) EXH_CHECK;
/* Goes past bytes that were looked at. */
void exh_crypto_age_source_skip(struct exh_age_source *source, size_t size);
/* *ret_size 0: the end. */
bool exh_crypto_age_source_pull(struct exh_age_source *source, uint8_t *ret_bytes, size_t room, size_t *ret_size,
                                struct exh_error *err) EXH_CHECK;

/* Reads the header and the nonce behind it, and finds the file key. Errors as of exh_age_reader_open. */
bool exh_crypto_age_header_read(struct exh_age_source *source, const struct exh_identity *identity,
                                uint8_t ret_file_key[AGE_FILE_KEY], uint8_t ret_nonce[AGE_NONCE],
                                struct exh_error *err) EXH_CHECK;

#endif
