/* index: what is found again, and what becomes of a file that is not one. */
#include "exhibit/index.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "exhibit/crypto.h"

struct place { char directory[64]; char *path; struct exh_index *index; struct exh_error err; };

static int set_up(void **state)
{
    struct place *place = exh_alloc(sizeof *place);

    *state = place;
    strcpy(place->directory, "/tmp/index_test.XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    place->path = exh_format("%s/index", place->directory);
    assert_true(exh_index_open(place->path, &place->index, &place->err));
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *command = exh_format("rm -rf '%s'", place->directory);

    exh_index_freep(&place->index);
    exh_error_clear(&place->err);
    free(place->path);
    free(place);
    return system(command);
}

static void reopen(struct place *place)
{
    exh_index_freep(&place->index);
    if (!exh_index_open(place->path, &place->index, &place->err))
        fail_msg("%s", place->err.text);
}

/* Entry @sequence of a log in which each says its own number. */
static struct exh_index_row row_of(uint64_t sequence, char words[24])
{
    struct exh_index_row row = { .sequence = sequence, .commit = "0123456789012345678901234567890123456789" };

    snprintf(words, 24, "entry %llu", (unsigned long long)sequence);
    row.bytes = words;
    row.size = strlen(words);
    exh_merkle_leaf(words, strlen(words), &row.leaf);
    return row;
}

static void add(struct place *place, const struct exh_index_row *row)
{
    if (!exh_index_begin(place->index, &place->err) || !exh_index_add(place->index, row, &place->err)
        || !exh_index_commit(place->index, &place->err))
        fail_msg("%s", place->err.text);
}

static uint64_t count(struct place *place)
{
    struct exh_merkle_edge edge;

    assert_true(exh_index_state(place->index, &edge, &place->err));
    return edge.size;
}

static void add_many(struct place *place, uint64_t until)
{
    char words[24];

    assert_true(exh_index_begin(place->index, &place->err));
    for (uint64_t i = place->err.kind ? 0 : count(place); i < until; i++) {
        struct exh_index_row row = row_of(i, words);
        row.case_id = i % 3 ? "C1" : NULL;
        row.topic = i % 5 == 0 ? "clock a" : i % 5 == 1 ? "clock b" : i % 5 == 2 ? "clocks" : NULL;
        assert_true(exh_index_add(place->index, &row, &place->err));
    }
    assert_true(exh_index_commit(place->index, &place->err));
}

/* What a visit saw: the numbers, in order. */
struct seen { char words[400]; };

static bool see(void *context, const struct exh_index_row *row, struct exh_error *err)
{
    struct seen *seen = context;
    EXH_CLEANUP(exh_freep) char *expected = exh_format("entry %llu", (unsigned long long)row->sequence);
    size_t size = strlen(seen->words);

    (void)err;
    assert_int_equal(row->size, strlen(expected));
    assert_memory_equal(row->bytes, expected, row->size);
    assert_string_equal(row->commit, "0123456789012345678901234567890123456789");
    snprintf(seen->words + size, sizeof seen->words - size, "%llu ", (unsigned long long)row->sequence);
    return true;
}

static void assert_finds(struct place *place, struct exh_index_query query, bool backwards, const char *numbers)
{
    struct seen seen = { "" };

    assert_true(exh_index_visit(place->index, &query, backwards, see, &seen, &place->err));
    assert_string_equal(seen.words, numbers);
}

static void entries_are_found_by_number_case_and_topic(void **state)
{
    struct place *place = *state;

    add_many(place, 12);
    reopen(place);
    assert_finds(place, (struct exh_index_query){ .case_id = "C1" }, false, "1 2 4 5 7 8 10 11 ");
    assert_finds(place, (struct exh_index_query){ .case_id = "C1" }, true, "11 10 8 7 5 4 2 1 ");
    assert_finds(place, (struct exh_index_query){ .case_id = "C1", .from = 4, .to = 8 }, false, "4 5 7 ");
    assert_finds(place, (struct exh_index_query){ .case_id = "C2" }, false, "");
    assert_finds(place, (struct exh_index_query){ .topic = "clock b" }, false, "1 6 11 ");
    assert_finds(place, (struct exh_index_query){ .topics = "clock " }, false, "0 1 5 6 10 11 ");
    assert_finds(place, (struct exh_index_query){ .topic = "clock b", .case_id = "C1" }, false, "1 11 ");
    assert_finds(place, (struct exh_index_query){ .from = 10 }, false, "10 11 ");
}

static bool stop(void *context, const struct exh_index_row *row, struct exh_error *err)
{
    (void)row;
    ++*(int *)context;
    return exh_fail(err, EXH_NO, "enough");
}

static void a_visit_ends_where_the_visitor_says_so(void **state)
{
    static const struct exh_index_query all = { .from = 0 };
    struct place *place = *state;
    int visits = 0;

    add_many(place, 5);
    assert_false(exh_index_visit(place->index, &all, false, stop, &visits, &place->err));
    assert_int_equal(place->err.kind, EXH_NO);
    assert_int_equal(visits, 1);
    exh_error_clear(&place->err);
    add_many(place, 6);                      /* nothing is left open */
}

static void its_nodes_are_those_of_the_tree_at_every_size(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_merkle_tree_clear) struct exh_merkle_tree tree = EXH_MERKLE_TREE_NONE;
    struct exh_merkle_path here, there;
    struct exh_merkle_edge edge;
    struct exh_merkle_hash root, expected;
    char words[24];

    for (uint64_t size = 1; size <= 70; size++) {
        struct exh_index_row row = row_of(size - 1, words);
        add(place, &row);
        exh_merkle_tree_add(&tree, &row.leaf);
        assert_true(exh_index_state(place->index, &edge, &place->err));
        assert_int_equal(edge.size, size);
        exh_merkle_root(&edge, &root);
        assert_true(exh_merkle_edge_fetch(size, exh_merkle_tree_fetch, &tree, &edge, &place->err));
        exh_merkle_root(&edge, &expected);
        assert_memory_equal(&root, &expected, sizeof root);
        for (uint64_t i = 0; i < size; i += 7) {
            assert_true(exh_merkle_prove_inclusion(i, size, exh_index_fetch, place->index, &here, &place->err));
            assert_true(exh_merkle_prove_inclusion(i, size, exh_merkle_tree_fetch, &tree, &there, &place->err));
            assert_int_equal(here.count, there.count);
            assert_memory_equal(here.at, there.at, here.count * sizeof *here.at);
        }
    }
    assert_false(exh_index_fetch(place->index, 6, 1, &root, &place->err));      /* leaves 64 to 127 */
    assert_int_equal(place->err.kind, EXH_USAGE);
}

static void what_is_taken_back_was_never_there(void **state)
{
    struct place *place = *state;
    char words[24];

    add_many(place, 3);
    assert_true(exh_index_begin(place->index, &place->err));
    struct exh_index_row row = row_of(3, words);
    row.kind = "exhibit";
    row.numbered = "OP9";
    assert_true(exh_index_add(place->index, &row, &place->err));
    exh_index_undo(place->index);
    exh_index_undo(place->index);
    uint64_t last;
    assert_int_equal(count(place), 3);
    assert_true(exh_index_last_number(place->index, "exhibit", "OP", &last, &place->err));
    assert_int_equal(last, 0);
    add_many(place, 4);
}

static void add_numbered(struct place *place, uint64_t sequence, const char *kind, const char *name)
{
    char words[24];
    struct exh_index_row row = row_of(sequence, words);

    row.kind = kind;
    row.numbered = name;
    add(place, &row);
}

static void assert_last(struct place *place, const char *kind, const char *stem, uint64_t expected)
{
    uint64_t last;

    assert_true(exh_index_last_number(place->index, kind, stem, &last, &place->err));
    assert_int_equal(last, expected);
}

static void the_highest_number_of_a_stem_is_known_whatever_digits_it_ends_in(void **state)
{
    struct place *place = *state;

    add_numbered(place, 0, "exhibit", "OP7");
    add_numbered(place, 1, "exhibit", "OP12");
    add_numbered(place, 2, "exhibit", "OP3");
    add_numbered(place, 3, "exhibit", "A15");      /* the 15th of A, or the 5th of A1 */
    add_numbered(place, 4, "case", "C4");
    assert_last(place, "exhibit", "OP", 12);
    assert_last(place, "exhibit", "A", 15);
    assert_last(place, "exhibit", "A1", 5);
    assert_last(place, "exhibit", "C", 0);
    assert_last(place, "case", "C", 4);
}

static void add_item(struct place *place, uint64_t sequence, const char *item, enum exh_index_stage stage)
{
    char words[24];
    struct exh_index_row row = row_of(sequence, words);

    row.item = item;
    row.stage = stage;
    row.case_id = "C2";
    add(place, &row);
}

static void what_is_in_the_making_is_known_until_it_ends(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_freep) char *case_id = NULL, *none = NULL;

    add_item(place, 0, "OP1", EXH_INDEX_BEGINS);
    add_item(place, 1, "OP2", EXH_INDEX_BEGINS);
    add_item(place, 2, "OP1", EXH_INDEX_ENDS);
    add_item(place, 3, "C2-P1", EXH_INDEX_BEGINS);
    assert_true(exh_index_in_making(place->index, &items, &place->err));
    assert_int_equal(items.count, 2);
    assert_string_equal(items.at[0], "C2-P1");
    assert_string_equal(items.at[1], "OP2");
    assert_true(exh_index_item(place->index, "OP1", &case_id, &place->err));
    assert_string_equal(case_id, "C2");
    assert_true(exh_index_item(place->index, "OP3", &none, &place->err));
    assert_null(none);
}

static void an_identifier_is_begun_once(void **state)
{
    struct place *place = *state;
    char words[24];
    struct exh_index_row row = row_of(1, words);

    add_item(place, 0, "OP1", EXH_INDEX_BEGINS);
    row.item = "OP1";
    row.stage = EXH_INDEX_BEGINS;
    assert_true(exh_index_begin(place->index, &place->err));
    assert_false(exh_index_add(place->index, &row, &place->err));
    assert_int_equal(place->err.kind, EXH_MALFORMED);
    assert_non_null(strstr(place->err.text, "'OP1' a second time"));
    exh_index_undo(place->index);
    assert_int_equal(count(place), 1);
}

static void emptied_it_is_as_new(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *value = NULL;

    add_many(place, 9);
    assert_true(exh_index_keep(place->index, "verified", "9", &place->err));
    assert_true(exh_index_begin(place->index, &place->err) && exh_index_empty(place->index, &place->err)
                && exh_index_commit(place->index, &place->err));
    assert_int_equal(count(place), 0);
    assert_true(exh_index_kept(place->index, "verified", &value, &place->err));
    assert_null(value);
    add_many(place, 2);
}

static void values_are_kept_under_their_names(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *value = NULL;

    assert_true(exh_index_keep(place->index, "a", "1", &place->err));
    assert_true(exh_index_keep(place->index, "a", "2", &place->err));
    reopen(place);
    assert_true(exh_index_kept(place->index, "a", &value, &place->err));
    assert_string_equal(value, "2");
}

static void only_its_owner_may_read_it(void **state)
{
    static const char *const endings[] = { "", "-wal", "-shm" };
    struct place *place = *state;
    mode_t before = umask(0);

    exh_index_freep(&place->index);
    assert_int_equal(unlink(place->path), 0);
    reopen(place);
    add_many(place, 3);
    umask(before);
    for (size_t i = 0; i < EXH_COUNT(endings); i++) {
        EXH_CLEANUP(exh_freep) char *file = exh_format("%s%s", place->path, endings[i]);
        struct stat facts;
        assert_int_equal(stat(file, &facts), 0);
        assert_int_equal(facts.st_mode & 077, 0);
    }
}

/* ---- files that are not an index ---- */

static void write_over(const char *path, off_t at, const char *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, size, at), (ssize_t)size);
    close(fd);
}

static void made_anew(struct place *place)
{
    reopen(place);
    assert_int_equal(count(place), 0);
    add_many(place, 4);
    reopen(place);
    assert_int_equal(count(place), 4);
}

static void garbage_in_its_place_is_made_anew(void **state)
{
    struct place *place = *state;
    char garbage[9000];

    memset(garbage, 'x', sizeof garbage);
    exh_index_freep(&place->index);
    write_over(place->path, 0, garbage, sizeof garbage);
    made_anew(place);
}

static void an_index_of_another_version_is_made_anew(void **state)
{
    struct place *place = *state;

    add_many(place, 3);
    exh_index_freep(&place->index);
    EXH_CLEANUP(exh_freep) char *command = exh_format("python3 -c \"import sqlite3; d = sqlite3.connect('%s', isolation_level=None); "
                                                      "d.execute('PRAGMA user_version = 99')\"", place->path);
    assert_int_equal(system(command), 0);
    made_anew(place);
}

static void another_programs_database_is_made_anew(void **state)
{
    struct place *place = *state;

    exh_index_freep(&place->index);
    EXH_CLEANUP(exh_freep) char *command = exh_format("rm -f '%s'*; python3 -c \"import sqlite3; d = sqlite3.connect('%s', isolation_level=None); "
                                                      "d.execute('PRAGMA application_id = 5'); d.execute('CREATE TABLE entry(a)')\"",
                                                      place->path, place->path);
    assert_int_equal(system(command), 0);
    made_anew(place);
}

static void one_that_cannot_be_made_is_said(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_index_freep) struct exh_index *index = NULL;

    assert_false(exh_index_open("/nowhere/index", &index, &place->err));
    assert_int_equal(place->err.kind, EXH_IO);
    assert_non_null(strstr(place->err.text, "/nowhere/index"));
}

static void in_memory_it_does_the_same(void **state)
{
    struct place *place = *state;

    exh_index_freep(&place->index);
    assert_true(exh_index_open(NULL, &place->index, &place->err));
    add_many(place, 12);
    assert_finds(place, (struct exh_index_query){ .topic = "clock b" }, false, "1 6 11 ");
}

/* ---- two at once ---- */

static void a_reader_sees_what_was_committed_while_another_writes(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_index_freep) struct exh_index *other = NULL;
    struct exh_merkle_edge edge;
    char words[24];

    add_many(place, 3);
    assert_true(exh_index_open(place->path, &other, &place->err));
    assert_true(exh_index_begin(place->index, &place->err));
    struct exh_index_row row = row_of(3, words);
    assert_true(exh_index_add(place->index, &row, &place->err));
    assert_true(exh_index_state(other, &edge, &place->err));
    assert_int_equal(edge.size, 3);
    assert_true(exh_index_commit(place->index, &place->err));
    assert_true(exh_index_state(other, &edge, &place->err));
    assert_int_equal(edge.size, 4);
}

static void killed_while_it_writes_all_or_nothing_is_there(void **state)
{
    struct place *place = *state;

    add_many(place, 100);
    exh_index_freep(&place->index);
    pid_t child = fork();
    if (child == 0) {
        char words[24];
        if (!exh_index_open(place->path, &place->index, &place->err) || !exh_index_begin(place->index, &place->err))
            _exit(1);
        for (uint64_t i = 100; i < 5000; i++) {
            struct exh_index_row row = row_of(i, words);
            if (!exh_index_add(place->index, &row, &place->err))
                _exit(1);
        }
        kill(getpid(), SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    reopen(place);
    assert_int_equal(count(place), 100);
    add_many(place, 101);
}

static off_t wal_size(const struct place *place)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s-wal", place->path);
    struct stat facts;

    assert_int_equal(stat(path, &facts), 0);
    return facts.st_size;
}

/* Each opening reads it whole. */
static void its_write_ahead_log_stays_short_over_many_openings(void **state)
{
    struct place *place = *state;
    char words[24];

    for (uint64_t i = 0; i < 300; i++) {
        const struct exh_index_row row = row_of(i, words);
        add(place, &row);
        assert_in_range(wal_size(place), 0, 640 << 10);
        reopen(place);
    }
    assert_int_equal(count(place), 300);
}

static bool write_much(void *context, const struct exh_index_row *row, struct exh_error *err)
{
    struct place *place = context;
    char words[24];

    (void)row, (void)err;
    for (uint64_t i = 1; i < 200; i++) {
        const struct exh_index_row another = row_of(i, words);
        add(place, &another);
    }
    return true;
}

static void writing_waits_for_no_reader_however_long_the_write_ahead_log_grows(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_index_freep) struct exh_index *reader = NULL;
    const struct exh_index_query first = { .to = 1 };
    struct timespec from, to;
    char words[24];

    add_many(place, 1);
    assert_true(exh_index_open(place->path, &reader, &place->err));
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_true(exh_index_visit(reader, &first, false, write_much, place, &place->err));
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_in_range(to.tv_sec - from.tv_sec, 0, 4);
    assert_in_range(wal_size(place), 640 << 10, INT64_MAX);
    const struct exh_index_row row = row_of(200, words);
    add(place, &row);
    assert_int_equal(wal_size(place), 0);
    assert_int_equal(count(place), 201);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(entries_are_found_by_number_case_and_topic),
        TEST(a_visit_ends_where_the_visitor_says_so),
        TEST(its_nodes_are_those_of_the_tree_at_every_size),
        TEST(what_is_taken_back_was_never_there),
        TEST(the_highest_number_of_a_stem_is_known_whatever_digits_it_ends_in),
        TEST(what_is_in_the_making_is_known_until_it_ends),
        TEST(an_identifier_is_begun_once),
        TEST(emptied_it_is_as_new),
        TEST(values_are_kept_under_their_names),
        TEST(only_its_owner_may_read_it),
        TEST(garbage_in_its_place_is_made_anew),
        TEST(an_index_of_another_version_is_made_anew),
        TEST(another_programs_database_is_made_anew),
        TEST(one_that_cannot_be_made_is_said),
        TEST(in_memory_it_does_the_same),
        TEST(a_reader_sees_what_was_committed_while_another_writes),
        TEST(killed_while_it_writes_all_or_nothing_is_there),
        TEST(its_write_ahead_log_stays_short_over_many_openings),
        TEST(writing_waits_for_no_reader_however_long_the_write_ahead_log_grows),
    };

    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_crypto_init(&err))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
