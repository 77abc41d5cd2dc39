/* note: the formats of C2SP, read strictly, judged by key, and written so that they read back. The note of golang.org/x/mod's
 * sumdb/note and the examples of the specifications are the foreign ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/note.h"
#include "exhibit/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char neumann[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char enoch[] = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
static const char foreign[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    "\xe2\x80\x94 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

static struct exh_secret_key *log_key, *witness_key;
static struct exh_verifier log_verifier, witness_verifier;

static int set_up(void **state)
{
    struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    if (!exh_crypto_init(&err))
        return -1;
    log_key = exh_secret_key_new();
    witness_key = exh_secret_key_new();
    return exh_verifier_make("example.com/log", EXH_NOTE_LOG, exh_secret_key_public(log_key), &log_verifier, &err)
        && exh_verifier_make("example.com/witness", EXH_NOTE_WITNESS, exh_secret_key_public(witness_key), &witness_verifier, &err)
               ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    exh_secret_key_freep(&log_key);
    exh_secret_key_freep(&witness_key);
    return 0;
}

static bool reads(const void *bytes, size_t size, struct exh_note *ret_note)
{
    struct exh_error err = EXH_ERROR_NONE;

    if (exh_note_read(bytes, size, ret_note, &err))
        return true;
    assert_int_equal(err.kind, EXH_MALFORMED);
    exh_error_clear(&err);
    return false;
}

static struct exh_verifier verifier_of(const char *words)
{
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_verifier verifier;

    if (!exh_verifier_read(words, &verifier, &err))
        fail_msg("%s", err.text);
    return verifier;
}

static enum exh_note_verdict judged(const char *words, const struct exh_verifier *verifier)
{
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;

    assert_true(reads(words, strlen(words), &note));
    return exh_note_judge(&note, verifier, NULL);
}

static char *signed_note(const char *text)
{
    struct exh_error err = EXH_ERROR_NONE;
    char *words = NULL;

    if (!exh_note_sign(text, log_verifier.name, log_key, &words, &err))
        fail_msg("%s", err.text);
    return words;
}

/* The note with a witness's line added. */
static char *cosigned(const char *words, int64_t seconds)
{
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    EXH_CLEANUP(exh_freep) char *line = NULL;
    struct exh_error err = EXH_ERROR_NONE;

    assert_true(reads(words, strlen(words), &note));
    if (!exh_note_cosign(&note, witness_verifier.name, (struct exh_moment){ seconds * EXH_SECOND }, witness_key, &line, &err))
        fail_msg("%s", err.text);
    return exh_format("%s%s", words, line);
}

static const char three_lines[] = "example.com/log\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

/* ---- keys ---- */

static void a_foreign_verifier_key_is_read_and_written_as_it_was(void **state)
{
    static const char *const keys[] = { neumann, enoch };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(keys); i++) {
        struct exh_verifier verifier = verifier_of(keys[i]);
        EXH_CLEANUP(exh_freep) char *words = exh_verifier_words(&verifier);
        assert_string_equal(words, keys[i]);
        assert_int_equal(verifier.kind, EXH_NOTE_LOG);
    }
}

static void a_witness_and_a_log_of_one_key_have_different_identifiers(void **state)
{
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_verifier other;

    (void)state;
    assert_true(exh_verifier_make(witness_verifier.name, EXH_NOTE_LOG, &witness_verifier.key, &other, &err));
    assert_memory_not_equal(other.id, witness_verifier.id, sizeof other.id);
    EXH_CLEANUP(exh_freep) char *words = exh_verifier_words(&witness_verifier);
    other = verifier_of(words);
    assert_int_equal(other.kind, EXH_NOTE_WITNESS);
    assert_memory_equal(other.id, witness_verifier.id, sizeof other.id);
}

static void what_is_no_verifier_key_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "PeterNeumann", "PeterNeumann+c74f20a3", "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",       /* other digits */
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",       /* upper case */
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",        /* short */
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW=",
        "PeterNeumann+c74f20a3+AhpcQQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",       /* another algorithm */
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Petra+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",              /* another name */
        "\xc3\xa9+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        struct exh_error err = EXH_ERROR_NONE;
        struct exh_verifier verifier;
        if (exh_verifier_read(bad[i], &verifier, &err))
            fail_msg("read: %s", bad[i]);
        assert_int_equal(err.kind, EXH_MALFORMED);
        exh_error_clear(&err);
    }
}

static void a_key_of_another_algorithm_is_refused(void **state)
{
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_verifier verifier, read;

    (void)state;
    for (int kind = 0; kind < 256; kind++) {
        if (kind == '\0' || kind == EXH_NOTE_LOG || kind == EXH_NOTE_WITNESS)
            continue;
        assert_true(exh_verifier_make("name", (enum exh_note_kind)kind, &log_verifier.key, &verifier, &err));
        EXH_CLEANUP(exh_freep) char *words = exh_verifier_words(&verifier);
        assert_false(exh_verifier_read(words, &read, &err));
        assert_non_null(strstr(err.text, "another algorithm"));
        exh_error_clear(&err);
    }
}

static void a_key_must_have_a_plain_name(void **state)
{
    char longest[EXH_NOTE_NAME + 1];
    const char *const bad[] = { "", "a b", "a+b", "a\nb", "\xc3\xa9", longest };

    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[EXH_NOTE_NAME] = '\0';
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        struct exh_error err = EXH_ERROR_NONE;
        struct exh_verifier verifier;
        assert_false(exh_verifier_make(bad[i], EXH_NOTE_LOG, &log_verifier.key, &verifier, &err));
        assert_int_equal(err.kind, EXH_USAGE);
        exh_error_clear(&err);
    }
    longest[EXH_NOTE_NAME - 1] = '\0';
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_verifier verifier;
    assert_true(exh_verifier_make(longest, EXH_NOTE_LOG, &log_verifier.key, &verifier, &err));
}

/* ---- notes ---- */

static void a_foreign_note_is_good_for_both_that_signed_it(void **state)
{
    const struct exh_verifier first = verifier_of(neumann), second = verifier_of(enoch);
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;

    (void)state;
    assert_true(reads(foreign, strlen(foreign), &note));
    assert_int_equal(note.count, 2);
    assert_string_equal(note.at[1].name, "EnochRoot");
    assert_int_equal(note.text_size, strstr(foreign, "\n\n") + 1 - foreign);
    assert_int_equal(exh_note_judge(&note, &first, NULL), EXH_NOTE_GOOD);
    assert_int_equal(exh_note_judge(&note, &second, NULL), EXH_NOTE_GOOD);
    assert_int_equal(exh_note_judge(&note, &log_verifier, NULL), EXH_NOTE_ABSENT);
}

static void a_note_that_we_sign_is_good_for_our_key_and_no_other(void **state)
{
    EXH_CLEANUP(exh_freep) char *words = signed_note("one\n\ntwo\n");
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    struct exh_verifier other = log_verifier;

    (void)state;
    assert_int_equal(judged(words, &log_verifier), EXH_NOTE_GOOD);
    assert_true(reads(words, strlen(words), &note));
    assert_string_equal(note.text, "one\n\ntwo\n");
    /* The same name and identifier, which are four bytes only, and another key: bad, not absent. */
    other.key = *exh_secret_key_public(witness_key);
    assert_int_equal(exh_note_judge(&note, &other, NULL), EXH_NOTE_BAD);
    other = log_verifier;
    other.id[3] ^= 1;
    assert_int_equal(exh_note_judge(&note, &other, NULL), EXH_NOTE_ABSENT);
    other = log_verifier;
    other.name[0] = 'E';
    assert_int_equal(exh_note_judge(&note, &other, NULL), EXH_NOTE_ABSENT);
}

static void a_byte_changed_anywhere_is_never_good(void **state)
{
    EXH_CLEANUP(exh_freep) char *words = signed_note(three_lines);
    size_t size = strlen(words);

    (void)state;
    for (size_t i = 0; i < size; i++)
        for (unsigned bit = 1; bit < 256; bit <<= 1) {
            EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
            words[i] = (char)(words[i] ^ bit);
            if (reads(words, size, &note) && exh_note_judge(&note, &log_verifier, NULL) == EXH_NOTE_GOOD)
                fail_msg("byte %zu, bit %u", i, bit);
            words[i] = (char)(words[i] ^ bit);
        }
}

static void a_note_cut_anywhere_is_never_good(void **state)
{
    EXH_CLEANUP(exh_freep) char *words = signed_note(three_lines);

    (void)state;
    for (size_t size = 0; size < strlen(words); size++) {
        EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
        if (reads(words, size, &note))
            fail_msg("read at %zu bytes", size);
    }
}

static void what_is_no_note_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "\n", "\n\n", "text\n", "text\n\n", "text\n\nsignature\n",
        "text\n\n\xe2\x80\x94 name\n", "text\n\n\xe2\x80\x94 name AAAAAA==", "text\n\n\xe2\x80\x94 name AAAAAA==\n",
        "text\n\n\xe2\x80\x94  AAAAAAA=\n", "text\n\n\xe2\x80\x94 na+me AAAAAAA=\n", "text\n\n\xe2\x80\x93 name AAAAAAA=\n",
        "text\n\n- name AAAAAAA=\n", "text\n\n\xe2\x80\x94 name AAAAAAA=\r\n", "te\rxt\n\n\xe2\x80\x94 name AAAAAAA=\n",
        "te\txt\n\n\xe2\x80\x94 name AAAAAAA=\n", "te\xffxt\n\n\xe2\x80\x94 name AAAAAAA=\n",
        "text\n\n\xe2\x80\x94 name AAAAAAA\n", "text\n\n\xe2\x80\x94 name AAAAAAB=\n",    /* no padding; a stray bit */
        "text\n\n\xe2\x80\x94 name AAAAAAA= \n", "text\n\n\xe2\x80\x94 name AAAAAAA=\n\n",
        "text\n\n\xe2\x80\x94 name AAAAAAA=\nmore\n", "text\n\xe2\x80\x94 name AAAAAAA=\n",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
        if (reads(bad[i], strlen(bad[i]), &note))
            fail_msg("read: %s", bad[i]);
    }
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    assert_false(reads("te\0xt\n\n\xe2\x80\x94 name AAAAAAA=\n", 25, &note));
    assert_true(reads("text\n\n\xe2\x80\x94 name AAAAAAA=\n", 24, &note));
}

static void a_note_has_an_end_to_its_size_and_signatures(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) char *long_text = exh_alloc(EXH_NOTE_MOST + 2);

    (void)state;
    exh_text_puts(&text, "text\n\n");
    for (size_t i = 0; i <= EXH_NOTE_SIGNATURES; i++) {
        EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
        assert_int_equal(i > 0 && reads(text.bytes, text.size, &note), i > 0);
        exh_text_puts(&text, "\xe2\x80\x94 name AAAAAAA=\n");
    }
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    assert_false(reads(text.bytes, text.size, &note));
    memset(long_text, 'x', EXH_NOTE_MOST);
    static const char end[] = "\n\n\xe2\x80\x94 name AAAAAAA=\n";
    memcpy(long_text + EXH_NOTE_MOST - strlen(end), end, strlen(end));
    assert_true(reads(long_text, EXH_NOTE_MOST, &note));
    exh_note_clear(&note);
    memset(long_text, 'x', EXH_NOTE_MOST);
    memcpy(long_text + EXH_NOTE_MOST + 1 - strlen(end), end, strlen(end));
    assert_false(reads(long_text, EXH_NOTE_MOST + 1, &note));
}

static void two_signatures_of_one_key_are_bad(void **state)
{
    EXH_CLEANUP(exh_freep) char *words = signed_note(three_lines);
    EXH_CLEANUP(exh_freep) char *twice = exh_format("%s%s", words, strstr(words, "\xe2\x80\x94"));

    (void)state;
    assert_int_equal(judged(twice, &log_verifier), EXH_NOTE_BAD);
}

/* ---- witnesses ---- */

static void a_cosignature_says_when_and_is_good_for_that_witness_only(void **state)
{
    EXH_CLEANUP(exh_freep) char *words = signed_note(three_lines);
    EXH_CLEANUP(exh_freep) char *seen = cosigned(words, 1795341550);
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    struct exh_moment at = { 0 };
    struct exh_verifier as_log = witness_verifier;

    (void)state;
    assert_true(reads(seen, strlen(seen), &note));
    assert_int_equal(exh_note_judge(&note, &log_verifier, NULL), EXH_NOTE_GOOD);
    assert_int_equal(exh_note_judge(&note, &witness_verifier, &at), EXH_NOTE_GOOD);
    assert_int_equal(at.ns, INT64_C(1795341550) * EXH_SECOND);
    as_log.kind = EXH_NOTE_LOG;
    assert_int_equal(exh_note_judge(&note, &as_log, NULL), EXH_NOTE_BAD);
    /* What is signed, letter by letter as the specification has it. */
    EXH_CLEANUP(exh_freep) char *said = exh_format("cosignature/v1\ntime 1795341550\n%s", three_lines);
    assert_true(exh_verify_bytes(&witness_verifier.key, said, strlen(said), note.at[1].bytes + 8));
}

static void a_cosignature_with_another_time_or_checkpoint_is_bad(void **state)
{
    EXH_CLEANUP(exh_freep) char *words = signed_note(three_lines);
    EXH_CLEANUP(exh_freep) char *seen = cosigned(words, 1795341550);
    struct exh_moment at = { 7 };

    (void)state;
    for (size_t i = 0; i < 72; i++) {
        EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
        assert_true(reads(seen, strlen(seen), &note));
        note.at[1].bytes[i] ^= 1;
        assert_int_equal(exh_note_judge(&note, &witness_verifier, &at), EXH_NOTE_BAD);
    }
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    assert_true(reads(seen, strlen(seen), &note));
    note.text[16] = '4';
    assert_int_equal(exh_note_judge(&note, &witness_verifier, &at), EXH_NOTE_BAD);
    note.text[16] = '3';
    note.at[1].size = 71;
    assert_int_equal(exh_note_judge(&note, &witness_verifier, &at), EXH_NOTE_BAD);
    assert_int_equal(at.ns, 7);
}

/* ---- checkpoints ---- */

static bool checkpoint_reads(const char *text, struct exh_checkpoint *ret_checkpoint)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_note note = { (char *)(uintptr_t)text, strlen(text), NULL, 0 };

    return exh_checkpoint_read(&note, ret_checkpoint, &err);
}

static void a_checkpoint_reads_back_as_it_was_written(void **state)
{
    static const char *const texts[] = {
        three_lines, "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "o\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(texts); i++) {
        struct exh_checkpoint checkpoint;
        assert_true(checkpoint_reads(texts[i], &checkpoint));
        EXH_CLEANUP(exh_freep) char *text = exh_checkpoint_text(&checkpoint);
        assert_string_equal(text, texts[i]);
    }
}

static void what_is_no_checkpoint_is_refused(void **state)
{
#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    static const char *const bad[] = {
        "", "o\n", "o\n1\n", "o\n1\n" ROOT, "\n1\n" ROOT "\n", "o\n\n" ROOT "\n", "o\n01\n" ROOT "\n", "o\n-1\n" ROOT "\n",
        "o\n+1\n" ROOT "\n", "o\n1 \n" ROOT "\n", "o\n9223372036854775809\n" ROOT "\n", "o\n18446744073709551617\n" ROOT "\n",
        "o\n1\n\n", "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", "o\n1\n" ROOT "=\n", "o\n1\nCsUYapGG\n",
        "o\n1\n" ROOT "\nextension\n", "o\n1\n" ROOT "\n\n",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        struct exh_checkpoint checkpoint;
        if (checkpoint_reads(bad[i], &checkpoint))
            fail_msg("read: %s", bad[i]);
    }
}

/* ---- proofs ---- */

static struct exh_merkle_path path_of(size_t count)
{
    struct exh_merkle_path path = { .count = count };

    for (size_t i = 0; i < count; i++)
        memset(path.at[i].bytes, (int)i + 1, sizeof path.at[i].bytes);
    return path;
}

static void proofs_read_back_as_they_were_written(void **state)
{
    EXH_CLEANUP(exh_freep) char *note = signed_note(three_lines);
    static const size_t counts[] = { 0, 1, 5, EXH_MERKLE_PATH };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(counts); i++) {
        const struct exh_merkle_path path = path_of(counts[i]);
        EXH_CLEANUP(exh_freep) char *in = exh_proof_inclusion_words(7, &path, note), *con = exh_proof_consistency_words(0, &path, note);
        EXH_CLEANUP(exh_proof_clear) struct exh_proof inclusion = EXH_PROOF_NONE, consistency = EXH_PROOF_NONE;
        struct exh_error err = EXH_ERROR_NONE;
        assert_true(exh_proof_inclusion_read(in, strlen(in), &inclusion, &err));
        assert_true(exh_proof_consistency_read(con, strlen(con), &consistency, &err));
        assert_int_equal(inclusion.number, 7);
        assert_int_equal(consistency.number, 0);
        assert_int_equal(inclusion.path.count, counts[i]);
        assert_memory_equal(inclusion.path.at, path.at, counts[i] * sizeof *path.at);
        assert_memory_equal(consistency.path.at, path.at, counts[i] * sizeof *path.at);
        assert_string_equal(inclusion.checkpoint, note);
        assert_string_equal(consistency.checkpoint, note);
        /* One is never taken for the other. */
        EXH_CLEANUP(exh_proof_clear) struct exh_proof none = EXH_PROOF_NONE;
        assert_false(exh_proof_inclusion_read(con, strlen(con), &none, &err));
        exh_error_clear(&err);
        assert_false(exh_proof_consistency_read(in, strlen(in), &none, &err));
        exh_error_clear(&err);
    }
}

static void a_proof_begins_as_the_specification_has_it(void **state)
{
    const struct exh_merkle_path path = path_of(1);
    EXH_CLEANUP(exh_freep) char *in = exh_proof_inclusion_words(73894, &path, "checkpoint\n");
    EXH_CLEANUP(exh_freep) char *con = exh_proof_consistency_words(20852014, &path, "checkpoint\n");

    (void)state;
    assert_string_equal(in, "c2sp.org/tlog-proof@v1\nindex 73894\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n\ncheckpoint\n");
    assert_string_equal(con, "old 20852014\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n\ncheckpoint\n");
}

static bool inclusion_reads(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_proof_clear) struct exh_proof proof = EXH_PROOF_NONE;

    return exh_proof_inclusion_read(words, strlen(words), &proof, &err);
}

static void what_is_no_proof_is_refused(void **state)
{
#define HEAD "c2sp.org/tlog-proof@v1\n"
#define HASH "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
    static const char *const bad[] = {
        "", HEAD, HEAD "index 1\n", HEAD "index 1\n\n", HEAD "index 1\n" HASH "\n", HEAD "index 1\n" HASH "\n\n",
        "c2sp.org/tlog-proof@v2\nindex 1\n\nc\n", " " HEAD "index 1\n\nc\n", HEAD "index 01\n\nc\n", HEAD "index\n\nc\n",
        HEAD "index -1\n\nc\n", HEAD "index 1\n" HASH " \n\nc\n", HEAD "index 1\nAQEB\n\nc\n", HEAD "Index 1\n\nc\n",
        HEAD "extra AAA\nindex 1\n\nc\n", HEAD "extra AAAA\nextra AAAA\nindex 1\n\nc\n", HEAD "index 1\nextra AAAA\n\nc\n",
        HEAD "index 1\r\n\r\nc\n",
    };
    EXH_CLEANUP(exh_text_clear) struct exh_text many = EXH_TEXT_NONE;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++)
        if (inclusion_reads(bad[i]))
            fail_msg("read: %s", bad[i]);
    assert_true(inclusion_reads(HEAD "index 1\n\nc\n"));
    assert_true(inclusion_reads(HEAD "extra AAAA\nindex 1\n" HASH "\n\nc\n"));
    exh_text_puts(&many, HEAD "index 1\n");
    for (size_t i = 0; i <= EXH_MERKLE_PATH; i++)
        exh_text_puts(&many, HASH "\n");
    exh_text_puts(&many, "\nc\n");
    assert_false(inclusion_reads(many.bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_foreign_verifier_key_is_read_and_written_as_it_was),
        cmocka_unit_test(a_witness_and_a_log_of_one_key_have_different_identifiers),
        cmocka_unit_test(what_is_no_verifier_key_is_refused),
        cmocka_unit_test(a_key_of_another_algorithm_is_refused),
        cmocka_unit_test(a_key_must_have_a_plain_name),
        cmocka_unit_test(a_foreign_note_is_good_for_both_that_signed_it),
        cmocka_unit_test(a_note_that_we_sign_is_good_for_our_key_and_no_other),
        cmocka_unit_test(a_byte_changed_anywhere_is_never_good),
        cmocka_unit_test(a_note_cut_anywhere_is_never_good),
        cmocka_unit_test(what_is_no_note_is_refused),
        cmocka_unit_test(a_note_has_an_end_to_its_size_and_signatures),
        cmocka_unit_test(two_signatures_of_one_key_are_bad),
        cmocka_unit_test(a_cosignature_says_when_and_is_good_for_that_witness_only),
        cmocka_unit_test(a_cosignature_with_another_time_or_checkpoint_is_bad),
        cmocka_unit_test(a_checkpoint_reads_back_as_it_was_written),
        cmocka_unit_test(what_is_no_checkpoint_is_refused),
        cmocka_unit_test(proofs_read_back_as_they_were_written),
        cmocka_unit_test(a_proof_begins_as_the_specification_has_it),
        cmocka_unit_test(what_is_no_proof_is_refused),
    };

    return cmocka_run_group_tests_name("note", tests, set_up, tear_down);
}
