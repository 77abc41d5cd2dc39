/* stream: every taker sees every byte, in order, and a failure stops the whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/stream.h"

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct counter { uint64_t size, sum; bool slow; uint64_t fail_after; };

static bool count(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct counter *c = context;
    const uint8_t *b = bytes;

    if (c->slow)
        usleep(2000);
    for (size_t i = 0; i < size; i++)
        c->sum = c->sum * 31 + b[i];
    c->size += size;
    if (c->fail_after && c->size > c->fail_after)
        return exh_fail(err, EXH_IO, "the disk is full");
    return true;
}

static uint64_t put_pattern(struct exh_fan *fan, size_t total, bool *ret_done, struct exh_error *err)
{
    uint64_t sum = 0;
    uint8_t bytes[70001];

    *ret_done = true;
    for (size_t put = 0; put < total && *ret_done;) {
        size_t part = total - put < sizeof bytes ? total - put : sizeof bytes;
        for (size_t i = 0; i < part; i++)
            bytes[i] = (uint8_t)((put + i) * 7 + (put + i) / 251);
        for (size_t i = 0; i < part; i++)
            sum = sum * 31 + bytes[i];
        *ret_done = exh_fan_put(fan, bytes, part, err);
        put += part;
    }
    return sum;
}

static void every_taker_gets_every_byte_in_order(void **state)
{
    static const size_t sizes[] = { 0, 1, 4096, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 8 << 20, (8 << 20) + 1, 40 << 20 };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(sizes); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_fan_freep) struct exh_fan *fan = exh_fan_new();
        struct counter quick = { 0 }, slow = { .slow = true };
        bool done;
        exh_fan_add(fan, count, &quick);
        exh_fan_add(fan, count, &slow);
        assert_true(exh_fan_start(fan, &err));
        uint64_t sum = put_pattern(fan, sizes[i], &done, &err);
        assert_true(done);
        assert_true(exh_fan_finish(fan, &err));
        assert_int_equal(quick.size, sizes[i]);
        assert_int_equal(slow.size, sizes[i]);
        assert_true(quick.sum == sum && slow.sum == sum);
    }
}

struct late { sem_t begin; size_t largest; uint64_t size; bool aligned; };

static bool take_late(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct late *late = context;

    (void)err;
    if (late->size == 0)
        sem_wait(&late->begin);
    late->largest = size > late->largest ? size : late->largest;
    late->aligned = late->aligned && (uintptr_t)bytes % 4096 == 0;
    late->size += size;
    return true;
}

static void a_taker_that_lags_takes_more_at_once(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fan_freep) struct exh_fan *fan = exh_fan_new();
    struct late late = { .aligned = true };
    bool done;

    (void)state;
    sem_init(&late.begin, 0, 0);
    exh_fan_add(fan, take_late, &late);
    assert_true(exh_fan_start(fan, &err));
    put_pattern(fan, 8 << 20, &done, &err);
    sem_post(&late.begin);
    put_pattern(fan, (3 << 20) + 1, &done, &err);
    assert_true(exh_fan_finish(fan, &err));
    assert_int_equal(late.size, (11 << 20) + 1);
    assert_int_equal(late.largest, 4 << 20);
    assert_true(late.aligned);
    sem_destroy(&late.begin);
}

static void the_reader_waits_for_the_slowest_taker(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fan_freep) struct exh_fan *fan = exh_fan_new();
    struct counter quick = { 0 }, slow = { .slow = true };
    bool done = true;

    (void)state;
    exh_fan_add(fan, count, &slow);
    exh_fan_add(fan, count, &quick);
    assert_true(exh_fan_start(fan, &err));
    for (int i = 0; i < 100 && done; i++) {
        void *space;
        size_t room;
        assert_true(exh_fan_space(fan, &space, &room, &err));
        memset(space, i, room);          /* at once: what was there must be taken already */
        exh_fan_filled(fan, room);
    }
    assert_true(exh_fan_finish(fan, &err));
    assert_int_equal(slow.size, quick.size);
    assert_true(slow.sum == quick.sum);
}

static void a_takers_failure_reaches_the_writer_and_ends_it(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fan_freep) struct exh_fan *fan = exh_fan_new();
    struct counter good = { 0 }, bad = { .fail_after = 5 << 20 };
    bool done;

    (void)state;
    exh_fan_add(fan, count, &good);
    exh_fan_add(fan, count, &bad);
    assert_true(exh_fan_start(fan, &err));
    put_pattern(fan, 200 << 20, &done, &err);
    if (done)
        done = exh_fan_finish(fan, &err);
    assert_false(done);
    assert_int_equal(err.kind, EXH_IO);
    assert_string_equal(err.text, "the disk is full");
}

static void a_failure_on_the_last_bytes_is_seen_at_finish(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fan_freep) struct exh_fan *fan = exh_fan_new();
    struct counter bad = { .fail_after = 99 };
    bool done;

    (void)state;
    exh_fan_add(fan, count, &bad);
    assert_true(exh_fan_start(fan, &err));
    put_pattern(fan, 100, &done, &err);
    assert_true(done);
    assert_false(exh_fan_finish(fan, &err));
}

static void freeing_an_unfinished_fan_stops_its_threads(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_fan *fan = exh_fan_new();
    struct counter slow = { .slow = true };
    bool done;

    (void)state;
    exh_fan_add(fan, count, &slow);
    assert_true(exh_fan_start(fan, &err));
    put_pattern(fan, 7 << 20, &done, &err);
    assert_true(done);
    exh_fan_freep(&fan);
    assert_null(fan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_taker_gets_every_byte_in_order),
        cmocka_unit_test(a_taker_that_lags_takes_more_at_once),
        cmocka_unit_test(the_reader_waits_for_the_slowest_taker),
        cmocka_unit_test(a_takers_failure_reaches_the_writer_and_ends_it),
        cmocka_unit_test(a_failure_on_the_last_bytes_is_seen_at_finish),
        cmocka_unit_test(freeing_an_unfinished_fan_stops_its_threads),
    };

    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
