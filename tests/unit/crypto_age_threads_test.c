/* age files written and read with several threads: the same bytes, in order, on the caller's thread, and a clean end
 * wherever it comes. */
#include "age_help.h"

#include <pthread.h>

static const unsigned thread_counts[] = { 1, 2, 3, 8 };

/* ---- what comes back ---- */

static void any_number_of_threads_writes_and_reads_the_same(void **state)
{
    static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 524288, 524289, 1048576, 2097152, 2097153, 10485760 };
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(10485760);
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(sizes); i++)
        for (size_t k = 0; k < EXH_COUNT(thread_counts); k++) {
            EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, plain = EXH_TEXT_NONE;
            bool opened;
            encrypt_with(thread_counts[k], &recipient, 1, bytes, sizes[i], k % 2 ? 30000 : 10485760, &age);
            assert_int_equal(age.size, exh_age_size(1, sizes[i]));
            assert_int_equal(decrypt_with(thread_counts[(k + 1) % EXH_COUNT(thread_counts)], age.bytes, age.size,
                                          k % 2 ? 0 : 100001, 77777, identity, &plain, &opened, NULL), EXH_OK);
            assert_int_equal(plain.size, sizes[i]);
            assert_true(sizes[i] == 0 || memcmp(plain.bytes, bytes, sizes[i]) == 0);
        }
}

/* ---- the taker ---- */

struct taker { pthread_t caller; size_t calls, fail_at, size; };

static bool take_counted(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct taker *taker = context;

    (void)bytes;
    assert_true(pthread_equal(pthread_self(), taker->caller));
    taker->size += size;
    if (++taker->calls == taker->fail_at)
        return exh_fail(err, EXH_IO, "disk full");
    return true;
}

static void a_taker_that_fails_stops_the_writer_at_once(void **state)
{
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(10000000);
    const struct exh_recipient recipient = { { 9 } };

    (void)state;
    for (size_t k = 0; k < EXH_COUNT(thread_counts); k++)
        for (size_t fail_at = 1; fail_at <= 19; fail_at += 6) {
            EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
            EXH_CLEANUP(exh_age_writer_freep) struct exh_age_writer *writer = NULL;
            struct taker taker = { pthread_self(), 0, fail_at, 0 };
            ASSERT_DONE(exh_age_writer_open(&recipient, 1, thread_counts[k], take_counted, &taker, &writer, &err), &err);
            bool done = exh_age_writer_put(writer, bytes, 10000000, &err) && exh_age_writer_finish(writer, &err);
            assert_false(done);
            assert_string_equal(err.text, "disk full");
            exh_age_writer_freep(&writer);
            assert_int_equal(taker.calls, fail_at);
        }
}

static void a_writer_freed_in_the_midst_hands_nothing_more_on(void **state)
{
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(3000000);
    const struct exh_recipient recipient = { { 9 } };

    (void)state;
    for (size_t k = 0; k < EXH_COUNT(thread_counts); k++)
        for (size_t size = 0; size <= 3000000; size += 300000) {
            EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
            struct exh_age_writer *writer = NULL;
            struct taker taker = { pthread_self(), 0, 0, 0 };
            ASSERT_DONE(exh_age_writer_open(&recipient, 1, thread_counts[k], take_counted, &taker, &writer, &err), &err);
            ASSERT_DONE(exh_age_writer_put(writer, bytes, size, &err), &err);
            size_t calls = taker.calls;
            exh_age_writer_freep(&writer);
            assert_null(writer);
            assert_int_equal(taker.calls, calls);
            assert_true(taker.size < exh_age_size(1, size));
        }
}

/* ---- the reader ---- */

/* Opens, and takes out at most @most bytes. */
static enum exh_kind read_some(unsigned threads, struct source *source, exh_age_pull *pull, const struct exh_identity *identity,
                               size_t most, struct exh_text *plain)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_age_reader_freep) struct exh_age_reader *reader = NULL;
    EXH_CLEANUP(exh_freep) char *block = exh_alloc(70000);
    size_t got = 1;

    ASSERT_DONE(exh_age_reader_open(pull, source, identity, threads, &reader, &err), &err);
    while (got && plain->size < most && exh_age_reader_get(reader, block, 70000, &got, &err))
        exh_text_add(plain, block, got);
    if (err.kind != EXH_OK) {
        EXH_CLEANUP(exh_error_clear) struct exh_error again = EXH_ERROR_NONE;
        ASSERT_FAILS(exh_age_reader_get(reader, block, 70000, &got, &again), &again, EXH_NO);
    }
    return err.kind;
}

static void a_reader_freed_in_the_midst_leaves_nothing_behind(void **state)
{
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(6000000);
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;

    (void)state;
    encrypt(&recipient, 1, bytes, 6000000, 6000000, &age);
    for (size_t k = 0; k < EXH_COUNT(thread_counts); k++)
        for (size_t most = 0; most <= 6000000; most += 500000) {
            EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE;
            struct source source = { age.bytes, age.size, 0, 0 };
            assert_int_equal(read_some(thread_counts[k], &source, pull_source, identity, most, &plain), EXH_OK);
            assert_true(plain.size == 0 || memcmp(plain.bytes, bytes, plain.size) == 0);
        }
}

/* Whatever the threads have opened behind it: what is given out ends where the damage begins. */
static void all_chunks_before_the_damaged_one_are_given_out_and_none_behind_it(void **state)
{
    enum { CHUNKS = 70, SIZE = CHUNKS * AGE_CHUNK - 1000 };
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(SIZE);
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;
    size_t header = exh_age_size(1, 0) - AGE_TAG;

    (void)state;
    encrypt(&recipient, 1, bytes, SIZE, SIZE, &age);
    for (size_t k = 0; k < EXH_COUNT(thread_counts); k++)
        for (size_t chunk = 0; chunk < CHUNKS; chunk += chunk % 8 == 7 ? 1 : 7) {
            EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE;
            struct source source = { age.bytes, age.size, 0, 0 };
            age.bytes[header + chunk * AGE_SEALED + 500] ^= 1;
            assert_int_equal(read_some(thread_counts[k], &source, pull_source, identity, SIZE_MAX, &plain), EXH_NO);
            age.bytes[header + chunk * AGE_SEALED + 500] ^= 1;
            assert_int_equal(plain.size, chunk * AGE_CHUNK);
            assert_true(chunk == 0 || memcmp(plain.bytes, bytes, plain.size) == 0);
        }
}

/* Two chunks that changed places are each whole, and neither is where it says it is. */
static void chunks_that_changed_places_are_refused(void **state)
{
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(1000000), *kept = exh_alloc(AGE_SEALED);
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;

    (void)state;
    encrypt(&recipient, 1, bytes, 1000000, 1000000, &age);
    char *second = age.bytes + exh_age_size(1, 0) - AGE_TAG + AGE_SEALED;
    memcpy(kept, second, AGE_SEALED);
    memmove(second, second + AGE_SEALED, AGE_SEALED);
    memcpy(second + AGE_SEALED, kept, AGE_SEALED);
    for (size_t k = 0; k < EXH_COUNT(thread_counts); k++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE;
        struct source source = { age.bytes, age.size, 0, 0 };
        assert_int_equal(read_some(thread_counts[k], &source, pull_source, identity, SIZE_MAX, &plain), EXH_NO);
        assert_int_equal(plain.size, AGE_CHUNK);
    }
}

static bool pull_then_fail(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    const struct source *source = context;

    if (source->at == source->size)
        return exh_fail(err, EXH_IO, "disk gone");
    return pull_source(context, ret_bytes, room, ret_size, err);
}

static void what_was_whole_before_the_puller_failed_is_given_out(void **state)
{
    enum { SIZE = 40 * AGE_CHUNK };
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(SIZE);
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;
    size_t header = exh_age_size(1, 0) - AGE_TAG;

    (void)state;
    encrypt(&recipient, 1, bytes, SIZE, SIZE, &age);
    for (size_t k = 0; k < EXH_COUNT(thread_counts); k++)
        for (size_t chunks = 0; chunks < 40; chunks += 3)
            for (size_t more = 0; more < 2; more++) {
                EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE;
                struct source source = { age.bytes, header + chunks * AGE_SEALED + more, 0, 5000 };
                assert_int_equal(read_some(thread_counts[k], &source, pull_then_fail, identity, SIZE_MAX, &plain), EXH_IO);
                size_t whole = chunks && !more ? chunks - 1 : chunks;      /* the last may be the file's last: nobody knows */
                assert_int_equal(plain.size, whole * AGE_CHUNK);
                assert_true(whole == 0 || memcmp(plain.bytes, bytes, plain.size) == 0);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_writes_and_reads_the_same),
        cmocka_unit_test(a_taker_that_fails_stops_the_writer_at_once),
        cmocka_unit_test(a_writer_freed_in_the_midst_hands_nothing_more_on),
        cmocka_unit_test(a_reader_freed_in_the_midst_leaves_nothing_behind),
        cmocka_unit_test(all_chunks_before_the_damaged_one_are_given_out_and_none_behind_it),
        cmocka_unit_test(chunks_that_changed_places_are_refused),
        cmocka_unit_test(what_was_whole_before_the_puller_failed_is_given_out),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
