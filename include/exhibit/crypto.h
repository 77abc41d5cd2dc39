/* crypto: digests, keys, signatures, age files and sealed text (floor 2).
 *
 * libsodium does everything secret (keys, Ed25519, X25519, guarded memory); libcrypto does bulk
 * (SHA-256, ChaCha20-Poly1305 of age payloads, WinZip's AES), where it uses the CPU's own instructions, and what there is
 * of certificates: time stamps.
 * exh_crypto_init must be called once, first.
 */
#ifndef EXHIBIT_CRYPTO_H
#define EXHIBIT_CRYPTO_H

#include "exhibit/error.h"
#include "exhibit/moment.h"
#include "exhibit/text.h"

#include <stdint.h>

bool exh_crypto_init(struct exh_error *err) EXH_CHECK;
void exh_random(void *ret_bytes, size_t size);
/* RFC 4648 base64 with padding. Free with free(). */
char *exh_base64(const void *bytes, size_t size) EXH_CHECK;
/* Strict: padding required, no white space, no stray bits. @size is the exact size expected. */
bool exh_unbase64(void *ret_bytes, size_t size, const char *words) EXH_CHECK;
/* The same for any size up to @most. */
bool exh_unbase64_any(void *ret_bytes, size_t most, size_t *ret_size, const char *words, size_t words_size) EXH_CHECK;

/* ---- digests: SHA-256 (FIPS 180-4) ---- */

enum { EXH_SHA256_SIZE = 32, EXH_SHA256_DIGITS = 65 };
struct exh_sha256;
struct exh_sha256 *exh_sha256_new(void) EXH_CHECK;
void exh_sha256_add(struct exh_sha256 *hash, const void *bytes, size_t size);
/* Writes the digest as hex and makes the object ready for the next. */
void exh_sha256_end(struct exh_sha256 *hash, char ret_digits[EXH_SHA256_DIGITS]);
void exh_sha256_freep(struct exh_sha256 **hash);
void exh_sha256(const void *bytes, size_t size, char ret_digits[EXH_SHA256_DIGITS]);
/* The digest's bytes, of two parts as one message; either may be empty, then NULL will do. @ret_digest may lie in one of
 * them. */
void exh_sha256_join(const void *first, size_t first_size, const void *second, size_t second_size,
                     uint8_t ret_digest[EXH_SHA256_SIZE]);
/* Compares two digests (or other text) in constant time. */
bool exh_digest_equal(const char *a, const char *b) EXH_CHECK;

/* ---- digests of several algorithms in one reading (RFC 1321, FIPS 180-4) ---- */

/* What foreign manifests are made with. MD5 and SHA-1 tell damage, but whoever means to can make another file of the
 * same digest. */
enum exh_algorithm { EXH_MD5, EXH_SHA1, EXH_SHA224, EXH_SHA256, EXH_SHA384, EXH_SHA512 };
enum { EXH_ALGORITHMS = EXH_SHA512 + 1, EXH_DIGEST_MOST = 64 };
/* As manifests name it: "md5", "sha256". */
const char *exh_algorithm_name(enum exh_algorithm algorithm);
/* Bytes of a digest. */
size_t exh_algorithm_size(enum exh_algorithm algorithm);
/* False: no algorithm of that name, or libcrypto of this machine does not give it. */
bool exh_algorithm_find(const char *name, enum exh_algorithm *ret_algorithm) EXH_CHECK;

struct exh_digests;
struct exh_digests *exh_digests_new(void) EXH_CHECK;
/* Begins digests of the set @algorithms (1u << EXH_MD5 | ...), each of which exh_algorithm_find gave; none is allowed. */
void exh_digests_begin(struct exh_digests *digests, unsigned algorithms);
void exh_digests_add(struct exh_digests *digests, const void *bytes, size_t size);
/* Writes the digests that were begun, and leaves the others' places alone. The next thing is exh_digests_begin. */
void exh_digests_end(struct exh_digests *digests, uint8_t ret_digests[EXH_ALGORITHMS][EXH_DIGEST_MOST]);
void exh_digests_freep(struct exh_digests **digests);

/* ---- keys ---- */

/* The public side of a person's Ed25519 key. */
struct exh_public_key {
    uint8_t ed25519[32];
    uint8_t minisign_id[8];      /* minisign's key number, chosen at random when the key was made */
};
/* "SHA256:..." as ssh-keygen -l shows it (base64 without padding of the SHA-256 of the OpenSSH
 * public key blob): this is how a key is named everywhere. */
enum { EXH_FINGERPRINT_SIZE = 51 };
void exh_key_fingerprint(const struct exh_public_key *key, char ret_words[EXH_FINGERPRINT_SIZE]);
/* OpenSSH's public key blob (RFC 8709): added to @text; read, its minisign_id left zero, false where @blob is not
 * exactly one of an Ed25519 key; and the fingerprint of one of any type of key. */
void exh_key_ssh_blob(const struct exh_public_key *key, struct exh_text *text);
bool exh_key_from_ssh_blob(const void *blob, size_t size, struct exh_public_key *ret_key) EXH_CHECK;
void exh_ssh_fingerprint(const void *blob, size_t size, char ret_words[EXH_FINGERPRINT_SIZE]);
/* "ssh-ed25519 AAAA..." without comment. Free with free(). */
char *exh_key_ssh_line(const struct exh_public_key *key) EXH_CHECK;
/* Reads "ssh-ed25519 AAAA..." (what follows the base64 is ignored); minisign_id is left zero.
 * EXH_MALFORMED: another key type (named) or broken. */
bool exh_key_from_ssh_line(const char *line, struct exh_public_key *ret_key, struct exh_error *err) EXH_CHECK;
/* "RW..." : minisign's base64 line, without comment. Free with free(). */
char *exh_key_minisign_line(const struct exh_public_key *key) EXH_CHECK;
/* The same as a public key file that minisign -p reads: two lines, the comment naming the key's number as minisign
 * shows it. Free with free(). */
char *exh_key_minisign_file(const struct exh_public_key *key) EXH_CHECK;
bool exh_key_from_minisign_line(const char *line, struct exh_public_key *ret_key, struct exh_error *err) EXH_CHECK;

/* The key number of a key that nobody gave one, as OpenSSH keys have none: the first 8 bytes of the SHA-256 of its 32
 * bytes (docs/formats/custody.md). Sets minisign_id. */
void exh_key_derive_number(struct exh_public_key *key);

/* A secret key, in guarded memory, wiped when freed; or the way to one that is held elsewhere. */
struct exh_secret_key;
void exh_secret_key_freep(struct exh_secret_key **key);
struct exh_secret_key *exh_secret_key_new(void) EXH_CHECK;
/* Has @bytes signed by a key that is held elsewhere, in an agent or a token: pure Ed25519 (RFC 8032). May ask a person,
 * and so take long. Fails where it is not signed, saying why. */
enum { EXH_SIGNATURE_SIZE = 64 };
typedef bool exh_remote_sign(void *context, const void *bytes, size_t size, uint8_t ret_signature[EXH_SIGNATURE_SIZE],
                             struct exh_error *err);
/* A key whose secret half is behind @sign. What @sign gives is checked with @key before it is used. @release (may be
 * NULL) frees @context when the key is freed. */
struct exh_secret_key *exh_secret_key_remote(const struct exh_public_key *key, exh_remote_sign *sign, void *context,
                                             void (*release)(void *context)) EXH_CHECK;
const struct exh_public_key *exh_secret_key_public(const struct exh_secret_key *key);
/* From now on the key's minisign signatures bear this key number: the one it is known by where they are checked. */
void exh_secret_key_renumber(struct exh_secret_key *key, const uint8_t minisign_id[8]);
/* The bytes of a stock minisign secret key file (also opened by minisign -S). @comment: one line,
 * goes after "untrusted comment: ". @passphrase NULL: stored without one (as minisign -W does);
 * else scrypt with 64 MiB. @ret_file is in guarded memory: free with exh_secret_text_freep.
 * EXH_USAGE: comment or passphrase not fit; EXH_REFUSED: the key is held elsewhere; EXH_IO: no memory for scrypt. */
struct exh_secret_text { char *bytes; size_t size; };
void exh_secret_text_freep(struct exh_secret_text **text);
struct exh_secret_text *exh_secret_text_new(const char *bytes, size_t size) EXH_CHECK;   /* copies; the caller wipes his */
struct exh_secret_text *exh_secret_text_room(size_t size) EXH_CHECK;                     /* of @size NULs, to be filled */
bool exh_secret_key_write(const struct exh_secret_key *key, const char *comment, const struct exh_secret_text *passphrase,
                          struct exh_secret_text **ret_file, struct exh_error *err) EXH_CHECK;
/* True when the file of a secret key needs a passphrase. */
bool exh_secret_key_is_locked(const struct exh_secret_text *file);
/* Reads a minisign secret key file, made by us or by minisign. @ret_comment: what follows
 * "untrusted comment: ", free with free(); may be NULL.
 * EXH_MALFORMED: not such a file, or damaged (its checksum fails); EXH_REFUSED: no or the wrong
 * passphrase. Memory and time that the file asks for are bounded (scrypt at most 1 GiB). */
bool exh_secret_key_read(const struct exh_secret_text *file, const struct exh_secret_text *passphrase,
                         struct exh_secret_key **ret_key, char **ret_comment, struct exh_error *err) EXH_CHECK;

/* ---- signatures: Ed25519 as SSHSIG and as minisign ---- */

/* Signing with a key in memory cannot fail. With one that is held elsewhere it fails as its exh_remote_sign does, and
 * with EXH_MALFORMED where what came back is not a signature by this key over these bytes.
 *
 * Pure Ed25519 (RFC 8032) over @bytes themselves. */
bool exh_sign_bytes(const struct exh_secret_key *key, const void *bytes, size_t size, uint8_t ret_signature[EXH_SIGNATURE_SIZE],
                    struct exh_error *err) EXH_CHECK;
/* True when the signature is @key's over @bytes. */
bool exh_verify_bytes(const struct exh_public_key *key, const void *bytes, size_t size,
                      const uint8_t signature[EXH_SIGNATURE_SIZE]) EXH_CHECK;
/* The armoured SSHSIG (OpenSSH PROTOCOL.sshsig, hash sha512) over @bytes in @name_space; ends with a newline.
 * Free with free(). */
bool exh_sign_ssh(const struct exh_secret_key *key, const char *name_space, const void *bytes, size_t size,
                  char **ret_words, struct exh_error *err) EXH_CHECK;
/* Checks an armoured SSHSIG. @ret_key is the key that made it, valid or not known to anyone: the
 * caller decides whom it trusts. The armour must be exactly as ssh-keygen writes it when @exact.
 * EXH_NO: the signature does not match @bytes or @name_space; EXH_MALFORMED: not an SSHSIG;
 * EXH_REFUSED: another algorithm, named. */
bool exh_verify_ssh(const char *armour, size_t armour_size, const char *name_space, const void *bytes, size_t size, bool exact,
                    struct exh_public_key *ret_key, struct exh_error *err) EXH_CHECK;
/* A minisign signature file, pre-hashed (BLAKE2b-512). @untrusted and @trusted: comments, one line
 * each without their labels. Two signatures: one held elsewhere is asked for twice. Free with free(). */
bool exh_sign_minisign(const struct exh_secret_key *key, const char *untrusted, const char *trusted, const void *bytes,
                       size_t size, char **ret_words, struct exh_error *err) EXH_CHECK;
/* Checks a minisign signature file against @key, pre-hashed or legacy. @ret_trusted: the trusted
 * comment, free with free(); may be NULL. EXH_NO, EXH_MALFORMED as above; EXH_NO also for a
 * signature by another key number. When @untrusted is given the untrusted comment must be it and
 * the file exactly as we write it. */
bool exh_verify_minisign(const char *file, size_t file_size, const struct exh_public_key *key, const void *bytes, size_t size,
                         const char *untrusted, char **ret_trusted, struct exh_error *err) EXH_CHECK;

/* ---- the same of files that are too large for memory: read the signature, digest the file, ask ---- */

/* What of a message is under the signature: a digest of it, or, of legacy forms, its bytes themselves. */
enum exh_signed_as { EXH_SIGNED_SHA256, EXH_SIGNED_SHA512, EXH_SIGNED_BLAKE2B, EXH_SIGNED_BYTES };
/* "sha256", "sha512", "blake2b-512"; NULL of bytes. */
const char *exh_signed_as_name(enum exh_signed_as as);

/* A digest of a stream: SHA-256 or SHA-512 (FIPS 180-4), or BLAKE2b-512 (RFC 7693). Not of EXH_SIGNED_BYTES. */
enum { EXH_HASH_MOST = 64 };
struct exh_hash;
struct exh_hash *exh_hash_new(enum exh_signed_as as) EXH_CHECK;
void exh_hash_add(struct exh_hash *hash, const void *bytes, size_t size);
/* Gives the digest's size, 32 or 64. The object is used up. */
size_t exh_hash_end(struct exh_hash *hash, uint8_t ret_digest[EXH_HASH_MOST]);
void exh_hash_freep(struct exh_hash **hash);

/* A detached signature as it was read. Start with EXH_DETACHED_NONE, clear with exh_detached_clear. */
struct exh_detached {
    enum exh_signed_as as;
    struct exh_public_key key;           /* of an SSHSIG: whose it is; else only minisign_id, by which the key is found */
    char *name_space;                    /* of an SSHSIG; else NULL */
    char *untrusted, *trusted;           /* minisign's comments; signify has no trusted one; NULL where there is none */
    uint8_t bytes[EXH_SIGNATURE_SIZE];
    uint8_t global[EXH_SIGNATURE_SIZE];  /* minisign: over bytes and the trusted comment */
};
#define EXH_DETACHED_NONE { .as = EXH_SIGNED_SHA512 }
void exh_detached_clear(struct exh_detached *detached);
/* Reads an armoured SSHSIG, as ssh-keygen -Y verify does. EXH_MALFORMED: not one, damaged, or larger than 64 KiB;
 * EXH_REFUSED: another algorithm, named. */
bool exh_detached_read_ssh(const char *armour, size_t size, struct exh_detached *ret_detached, struct exh_error *err) EXH_CHECK;
/* Reads a minisign signature file, as minisign -V does, or a signify one: of the same form, but that it ends after two
 * lines, and its trusted comment is NULL here. Errors as above. */
bool exh_detached_read_minisign(const char *file, size_t size, struct exh_detached *ret_detached, struct exh_error *err) EXH_CHECK;
/* True when the signature is @key's over the message of which @message is the digest, or the bytes, as detached->as says. */
bool exh_detached_matches(const struct exh_detached *detached, const struct exh_public_key *key, const void *message,
                          size_t size) EXH_CHECK;
/* True when minisign's second signature is @key's over the first and the trusted comment, which is not NULL. */
bool exh_detached_comment_matches(const struct exh_detached *detached, const struct exh_public_key *key) EXH_CHECK;

/* exh_sign_ssh and exh_sign_minisign, given the message's SHA-512 or BLAKE2b-512. */
bool exh_sign_ssh_digest(const struct exh_secret_key *key, const char *name_space, const uint8_t sha512[EXH_HASH_MOST],
                         char **ret_words, struct exh_error *err) EXH_CHECK;
bool exh_sign_minisign_digest(const struct exh_secret_key *key, const char *untrusted, const char *trusted,
                              const uint8_t blake2b[EXH_HASH_MOST], char **ret_words, struct exh_error *err) EXH_CHECK;

/* minisign's and signify's key number (minisign_id) as minisign shows it: "B98E58F07375BC80". */
enum { EXH_KEY_NUMBER_DIGITS = 17 };
void exh_key_number(const struct exh_public_key *key, char ret_digits[EXH_KEY_NUMBER_DIGITS]);

/* ---- age v1 (age-encryption.org/v1): X25519 recipients; passphrases and armour are read, not written ---- */

struct exh_recipient { uint8_t x25519[32]; };
/* Reads "age1..." (Bech32). EXH_USAGE: not one, with a remedy. */
bool exh_recipient_parse(const char *words, struct exh_recipient *ret_recipient, struct exh_error *err) EXH_CHECK;
char *exh_recipient_words(const struct exh_recipient *recipient) EXH_CHECK;

/* What opens age files, in guarded memory: one or more X25519 identities, or a passphrase. */
struct exh_identity;
void exh_identity_freep(struct exh_identity **identity);
/* Makes a new one: its file's words (a comment with the recipient, as age-keygen writes it, then
 * "AGE-SECRET-KEY-1...") and its recipient. */
bool exh_identity_new(struct exh_secret_text **ret_words, struct exh_recipient *ret_recipient, struct exh_error *err) EXH_CHECK;
/* Reads an identity file: lines "AGE-SECRET-KEY-1...", '#' comments and empty lines. EXH_MALFORMED. */
bool exh_identity_read(const struct exh_secret_text *file, struct exh_identity **ret_identity, struct exh_error *err) EXH_CHECK;
/* A passphrase (copied), for files encrypted with `age -p`. EXH_USAGE: it is empty. */
bool exh_identity_from_passphrase(const struct exh_secret_text *passphrase, struct exh_identity **ret_identity,
                                  struct exh_error *err) EXH_CHECK;

/* A writer or reader works with 1 to so many threads, the caller's among them. 1: no other is started, and each batch
 * is worked on as it comes. More: they seal or open up to 4 batches of 512 KiB at the same time, while the caller's
 * thread does other things, and it helps while it would wait. @take and @pull are always called on the caller's thread.
 * Memory: 1 MiB for one thread, 2 MiB (writer) or 4 MiB (reader) for any more. */
enum { EXH_AGE_MOST_THREADS = 8 };

/* Writing: bytes in, age bytes out through @take, in order. */
struct exh_age_writer;
typedef bool exh_age_take(void *context, const void *bytes, size_t size, struct exh_error *err);
/* EXH_USAGE: no recipient, too many of them (668 is the most), or one that is no usable key; EXH_IO: a thread cannot be
 * started. */
bool exh_age_writer_open(const struct exh_recipient *recipients, size_t count, unsigned threads, exh_age_take *take,
                         void *context, struct exh_age_writer **ret_writer, struct exh_error *err) EXH_CHECK;
/* Fails as @take does; then the writer can only be freed. */
bool exh_age_writer_put(struct exh_age_writer *writer, const void *bytes, size_t size, struct exh_error *err) EXH_CHECK;
/* Seals the last chunk, and hands all on. Without it the file never opens. */
bool exh_age_writer_finish(struct exh_age_writer *writer, struct exh_error *err) EXH_CHECK;
/* Ends the threads, finished or not, and frees; nothing more is handed on. Accepts NULL inside. */
void exh_age_writer_freep(struct exh_age_writer **writer);
/* The size of an age file with @count X25519 recipients round @size bytes. */
uint64_t exh_age_size(size_t count, uint64_t size);

/* Reading: pulls age bytes through @pull (returns the number of bytes, 0 at the end), in either form, gives plain
 * bytes that were authenticated, in order, never any others. */
struct exh_age_reader;
typedef bool exh_age_pull(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err);
/* Reads the header. EXH_MALFORMED: not age v1, or its armour or its header fails (form or MAC); EXH_REFUSED: @identity
 * does not open it, and why: it is encrypted to others, under a passphrase (or not), to post-quantum hybrid recipients
 * only, or asks for a scrypt work factor above 22 (4 GiB of memory); EXH_IO: @pull failed so, or there is not the memory
 * that its scrypt work factor asks for (2^factor KiB), or a thread cannot be started. Limits: a header of at most
 * 64 KiB, 1,000 stanzas; 1 KiB of white space before armour, and behind it. */
bool exh_age_reader_open(exh_age_pull *pull, void *context, const struct exh_identity *identity, unsigned threads,
                         struct exh_age_reader **ret_reader, struct exh_error *err) EXH_CHECK;
/* Up to @room plain bytes; *ret_size 0 only at the authenticated end. EXH_NO: damaged or cut short; or as @pull fails.
 * All that was whole before the damage was given out first. */
bool exh_age_reader_get(struct exh_age_reader *reader, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err) EXH_CHECK;
/* Ends the threads, at the end or not, and frees. Accepts NULL inside. */
void exh_age_reader_freep(struct exh_age_reader **reader);
/* Which form of an age v1 file @bytes begin as: armoured, with white space before it or none, or binary. 64 bytes tell,
 * where not much white space stands before armour. */
enum exh_age_form { EXH_AGE_NONE = 0, EXH_AGE_BINARY, EXH_AGE_ARMOURED };
enum exh_age_form exh_age_is(const void *bytes, size_t size);

/* ---- ZIPs under a passphrase: WinZip's AES-256 (AE-1 and AE-2), opening only ---- */

enum { EXH_ZIP_AES_SALT = 16, EXH_ZIP_AES_VERIFIER = 2, EXH_ZIP_AES_MAC = 10 };
/* Opens the members of one ZIP, one after the other. @passphrase stays the caller's and must outlive it.
 * EXH_IO: libcrypto lacks what it takes. */
struct exh_zip_aes;
bool exh_zip_aes_new(const struct exh_secret_text *passphrase, struct exh_zip_aes **ret_aes,
                     struct exh_error *err) EXH_CHECK;
void exh_zip_aes_freep(struct exh_zip_aes **aes);
/* Begins a member: derives its keys (PBKDF2-HMAC-SHA1, 1,000 rounds: some two milliseconds). False: another
 * passphrase, or salt or verifier were altered. One in 65,536 wrong ones passes here, and fails at the end. */
bool exh_zip_aes_begin(struct exh_zip_aes *aes, const uint8_t salt[EXH_ZIP_AES_SALT],
                       const uint8_t verifier[EXH_ZIP_AES_VERIFIER]) EXH_CHECK;
/* Decrypts the member's next bytes in place. They are not authenticated: use nothing of them, but for
 * judging, before the end says that it may be. */
void exh_zip_aes_decrypt(struct exh_zip_aes *aes, uint8_t *bytes, size_t size);
/* Ends the member. True when @mac is that of all its bytes (HMAC-SHA1, first 10 bytes; constant time). */
bool exh_zip_aes_end(struct exh_zip_aes *aes, const uint8_t mac[EXH_ZIP_AES_MAC]) EXH_CHECK;

/* ---- sealed text: XChaCha20-Poly1305 under a symmetric key ---- */

/* A 256-bit key in guarded memory. */
struct exh_seal_key;
struct exh_seal_key *exh_seal_key_new(void) EXH_CHECK;                        /* random */
void exh_seal_key_freep(struct exh_seal_key **key);
/* The key as one line of base64 and a newline, for a private file, or wrapped under another key. */
struct exh_secret_text *exh_seal_key_write(const struct exh_seal_key *key) EXH_CHECK;
bool exh_seal_key_read(const struct exh_secret_text *file, struct exh_seal_key **ret_key, struct exh_error *err) EXH_CHECK;
/* Opens such a line sealed under another key by exh_seal_text, in guarded memory. Fails as exh_unseal_text and
 * exh_seal_key_read do. */
bool exh_seal_key_unwrap(const struct exh_seal_key *wrapping, const void *context, size_t context_size,
                         const char *sealed, struct exh_seal_key **ret_key, struct exh_error *err) EXH_CHECK;
/* HMAC-SHA256 of @bytes under the key, in digits: names something to who has the key, and tells nobody else what it is. */
void exh_seal_key_digest(const struct exh_seal_key *key, const void *bytes, size_t size, char ret_digits[EXH_SHA256_DIGITS]);
/* base64 of nonce (24) and ciphertext with tag. @context is authenticated, not hidden. Free with free(). */
char *exh_seal_text(const struct exh_seal_key *key, const void *context, size_t context_size, const void *bytes, size_t size) EXH_CHECK;
/* EXH_NO: another key, another context, or altered. @ret_bytes: NUL-terminated, free with free(). */
bool exh_unseal_text(const struct exh_seal_key *key, const void *context, size_t context_size, const char *sealed,
                     char **ret_bytes, size_t *ret_size, struct exh_error *err) EXH_CHECK;

/* ---- time stamps (RFC 3161, RFC 5816) ---- */

enum {
    EXH_STAMP_MOST = 64 << 10,           /* bytes of a request, a response or a token */
    EXH_STAMP_ROOTS_MOST = 4 << 20,      /* of a file of authorities' certificates */
    EXH_STAMP_NONCE_SIZE = 65,           /* a nonce as hexadecimal digits, with its NUL */
    EXH_STAMP_WAIT_S = 30,               /* how long an authority is waited for */
    EXH_STAMP_WAIT_MOST_S = 300,
};

/* What is asked for. Owns nothing. */
struct exh_stamp_request { uint8_t sha256[EXH_SHA256_SIZE]; char nonce[EXH_STAMP_NONCE_SIZE]; };
/* A TimeStampReq (DER) of version 1: @sha256 as the imprint, 8 random bytes as the nonce, no policy, certReq true. Free
 * with free(). */
uint8_t *exh_stamp_request_make(const uint8_t sha256[EXH_SHA256_SIZE], size_t *ret_size) EXH_CHECK;
/* Reads one, of anybody's making; a request without a nonce gives "". EXH_MALFORMED: not one, larger than EXH_STAMP_MOST,
 * its imprint is no SHA-256, or its nonce has more than 32 bytes. */
bool exh_stamp_request_read(const void *bytes, size_t size, struct exh_stamp_request *ret_request, struct exh_error *err) EXH_CHECK;

/* Takes the token (DER) out of a TimeStampResp. It is not judged. @ret_token: free with free(). EXH_MALFORMED: not a
 * response, larger than EXH_STAMP_MOST, or granted without a token; EXH_NO: the authority did not grant it, in its words. */
bool exh_stamp_response_read(const void *bytes, size_t size, uint8_t **ret_token, size_t *ret_token_size,
                             struct exh_error *err) EXH_CHECK;

/* Certificates that chains may end at: self-signed ones; others in the file may stand in between. */
struct exh_stamp_roots;
/* Reads PEM certificates. EXH_MALFORMED: there is none, or one is damaged. */
bool exh_stamp_roots_read(const void *pem, size_t size, struct exh_stamp_roots **ret_roots, struct exh_error *err) EXH_CHECK;
void exh_stamp_roots_freep(struct exh_stamp_roots **roots);

/* What a token states, and who does. Start with EXH_STAMP_NONE, clear with exh_stamp_clear. */
struct exh_stamp {
    uint8_t sha256[EXH_SHA256_SIZE];     /* of what existed then */
    struct exh_moment at;
    int64_t accuracy_ns;                 /* by how much @at may be off, either way; 0: the token does not say; at most an hour */
    char nonce[EXH_STAMP_NONCE_SIZE];    /* "": none */
    char *authority;                     /* subject of the signer's certificate (RFC 4514), fit to be shown */
};
#define EXH_STAMP_NONE { .authority = NULL }
void exh_stamp_clear(struct exh_stamp *stamp);
/* Judges a token: one signer, whose certificate is in it, by an algorithm with SHA-2; the signature; the chain to @roots at the
 * time stated, of keys and signatures of 112 bits of security and more; the certificate's purpose, time stamps alone,
 * marked critical. Whether a certificate was revoked is not looked up. What the token is about, and when, is for the caller
 * to compare.
 * EXH_MALFORMED: not a token, not in DER, larger than EXH_STAMP_MOST, its imprint is no SHA-256, its time is not one, or is
 * only accurate to more than an hour; EXH_NO: the signature, or the chain, does not hold. */
bool exh_stamp_check(const void *token, size_t size, struct exh_stamp_roots *roots, struct exh_stamp *ret_stamp,
                     struct exh_error *err) EXH_CHECK;

/* True when @url is "http://host[:port]/path[?query]". EXH_USAGE: it is not; https and a password in it each with a remedy. */
bool exh_stamp_check_url(const char *url, struct exh_error *err) EXH_CHECK;
/* Posts a request to an authority (RFC 3161, 3.4), in a process apart that is ended after @wait_s seconds (1 to
 * EXH_STAMP_WAIT_MOST_S). There @forget is called first, with @context: to free every secret that it must not have, as far as
 * that process goes; the caller keeps his. No proxy is asked, no redirection followed. The response is not judged:
 * @ret_response: free with free().
 * EXH_USAGE: as above; EXH_IO: it cannot be reached, does not answer in time, or not with a response of EXH_STAMP_MOST bytes
 * at most and the right type; or no process can be started. */
struct exh_stamp_errand { const char *url; unsigned wait_s; void (*forget)(void *context); void *context; };
bool exh_stamp_ask(const struct exh_stamp_errand *errand, const void *request, size_t size, uint8_t **ret_response,
                   size_t *ret_response_size, struct exh_error *err) EXH_CHECK;

#endif
