/* repo: many commits at once, and many objects in one file. Stock git is the judge wherever it can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/file.h"
#include "exhibit/repo.h"
#include "shell.h"

#include <fcntl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SIGNATURE "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"

struct place { char directory[64], path[96]; struct exh_repo *repo; char head[EXH_OID_DIGITS]; unsigned count; struct exh_error err; };

static const struct exh_repo_watch nobody = { NULL, NULL };

static void reopen(struct place *place)
{
    exh_repo_freep(&place->repo);
    assert_true(exh_repo_open(place->path, "custody", &place->repo, &place->err));
}

static int set_up(void **state)
{
    struct place *place = exh_alloc(sizeof *place);

    *state = place;
    strcpy(place->directory, "/tmp/exhibit-pack-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/custody.git", place->directory);
    assert_true(exh_repo_create(place->path, "custody", &place->err));
    reopen(place);
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *command = exh_format("rm -rf '%s'", place->directory);

    exh_repo_freep(&place->repo);
    exh_error_clear(&place->err);
    free(place);
    return system(command);
}

static bool sign(void *context, const void *bytes, size_t size, char **ret_signature, struct exh_error *err)
{
    (void)bytes, (void)size;
    if (context && --*(int *)context < 0)
        return exh_fail(err, EXH_IO, "the token was pulled out");
    *ret_signature = exh_strdup(SIGNATURE);
    return true;
}

static struct exh_repo_commit draft(const struct place *place, const char *parent, char words[64], int *signatures)
{
    snprintf(words, 64, "entry %u of a log that grows", place->count);
    return (struct exh_repo_commit){ .parent = parent, .files = { { "entry.json", words, strlen(words) } }, .file_count = 1,
        .message = words, .author = "exhibit", .email = "0@custody.invalid", .time = 1795341550, .sign = sign, .context = signatures };
}

static void add(struct place *place)
{
    char words[64], oid[EXH_OID_DIGITS];
    const struct exh_repo_commit commit = draft(place, place->head, words, NULL);

    if (!exh_repo_add(place->repo, &commit, oid, &place->err))
        fail_msg("%s", place->err.text);
    memcpy(place->head, oid, sizeof oid);
    place->count++;
}

/* Adds @count commits to a batch, of which @signatures can be signed (NULL: all). */
static bool fill(struct place *place, struct exh_repo_batch *batch, unsigned count, int *signatures, char ret_head[EXH_OID_DIGITS])
{
    char words[64], parent[EXH_OID_DIGITS];

    memcpy(ret_head, place->head, EXH_OID_DIGITS);
    for (unsigned i = 0; i < count; i++) {
        memcpy(parent, ret_head, sizeof parent);
        const struct exh_repo_commit commit = draft(place, parent, words, signatures);
        if (!exh_repo_batch_add(batch, &commit, ret_head, &place->err))
            return false;
        place->count++;
    }
    return true;
}

static void add_together(struct place *place, unsigned count)
{
    EXH_CLEANUP(exh_repo_batch_freep) struct exh_repo_batch *batch = NULL;

    if (!exh_repo_batch_begin(place->repo, &batch, &place->err) || !fill(place, batch, count, NULL, place->head)
        || !exh_repo_batch_commit(batch, &place->err))
        fail_msg("%s", place->err.text);
}

static void assert_says(const char *expected, const char *format, ...) EXH_PRINTF(2, 3);
static void assert_says(const char *expected, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *command = exh_vformat(format, arguments);
    va_end(arguments);
    EXH_CLEANUP(exh_freep) char *said = output_of("%s", command);
    assert_string_equal(said, expected);
}

/* So many commits from the head on, each with its own file, and nothing wrong with any object. */
static void assert_whole(const struct place *place, unsigned count)
{
    char head[EXH_OID_DIGITS];
    EXH_CLEANUP(exh_freep) char *number = exh_format("%u", count);
    struct exh_error err = EXH_ERROR_NONE;

    assert_true(exh_repo_head(place->repo, head, &err));
    assert_string_equal(head, place->head);
    assert_says(number, "git -C '%s' rev-list --count custody", place->path);
    assert_says("", "git -C '%s' fsck --full --strict --no-dangling 2>&1", place->path);
    EXH_CLEANUP(exh_freep) char *last = exh_format("entry %u of a log that grows", place->count - 1);
    assert_says(last, "git -C '%s' show custody:entry.json", place->path);
}

static void assert_files(const struct place *place, const char *loose, const char *packs)
{
    assert_says(loose, "find '%s/objects' -type f -path '*/objects/[0-9a-f][0-9a-f]/*' | wc -l", place->path);
    assert_says(packs, "find '%s/objects/pack' -name '*.pack' | wc -l", place->path);
    assert_says(packs, "find '%s/objects/pack' -name '*.idx' | wc -l", place->path);
    assert_says("", "ls -A '%s' | grep partial", place->path);
}

static size_t pack(struct place *place, bool all)
{
    size_t commits;

    if (!exh_repo_pack(place->repo, all, &nobody, &commits, &place->err))
        fail_msg("%s", place->err.text);
    return commits;
}

/* ---- together ---- */

static void a_batch_is_one_pack_and_reads_as_single_commits_do(void **state)
{
    struct place *place = *state;

    add(place);
    add_together(place, 40);
    assert_whole(place, 41);
    assert_files(place, "3", "1");
    add(place);
    add_together(place, 1);
    assert_whole(place, 43);
    reopen(place);
    assert_whole(place, 43);
}

static void a_first_commit_can_be_of_a_batch(void **state)
{
    struct place *place = *state;

    add_together(place, 3);
    assert_whole(place, 3);
}

static void a_batch_that_is_given_up_leaves_nothing(void **state)
{
    struct place *place = *state;
    struct exh_repo_batch *batch = NULL;
    char head[EXH_OID_DIGITS];
    int signatures = 2;

    add(place);
    assert_true(exh_repo_batch_begin(place->repo, &batch, &place->err));
    assert_false(fill(place, batch, 5, &signatures, head));
    assert_int_equal(place->err.kind, EXH_IO);
    exh_error_clear(&place->err);
    exh_repo_batch_freep(&batch);
    place->count = 1;
    assert_whole(place, 1);
    assert_files(place, "3", "0");
}

static int no_sync(int fd)
{
    (void)fd;
    errno = EIO;
    return -1;
}

static void a_batch_that_cannot_be_made_durable_does_not_count(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_batch_freep) struct exh_repo_batch *batch = NULL;
    char head[EXH_OID_DIGITS];

    add(place);
    assert_true(exh_repo_batch_begin(place->repo, &batch, &place->err));
    assert_true(fill(place, batch, 5, NULL, head));
    exh_system.fsync = no_sync;
    bool done = exh_repo_batch_commit(batch, &place->err);
    exh_system.fsync = fsync;
    assert_false(done);
    assert_int_equal(place->err.kind, EXH_IO);
    exh_error_clear(&place->err);
    place->count = 1;
    assert_says("1", "git -C '%s' rev-list --count custody", place->path);
    assert_says("", "ls -A '%s' | grep partial", place->path);
}

static void a_batch_on_top_of_another_head_is_refused(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_batch_freep) struct exh_repo_batch *batch = NULL, *late = NULL;
    char head[EXH_OID_DIGITS], words[64];

    add(place);
    assert_true(exh_repo_batch_begin(place->repo, &batch, &place->err));
    const struct exh_repo_commit wrong = draft(place, "0123456789012345678901234567890123456789", words, NULL);
    assert_false(exh_repo_batch_add(batch, &wrong, head, &place->err));
    assert_int_equal(place->err.kind, EXH_BUSY);
    exh_error_clear(&place->err);
    assert_true(exh_repo_batch_begin(place->repo, &late, &place->err));
    assert_true(fill(place, late, 2, NULL, head));
    place->count = 1;
    add(place);
    assert_false(exh_repo_batch_commit(late, &place->err));
    assert_int_equal(place->err.kind, EXH_BUSY);
    exh_error_clear(&place->err);
    assert_whole(place, 2);
}

/* ---- packing ---- */

static void what_lies_loose_becomes_one_file(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < 20; i++)
        add(place);
    assert_files(place, "60", "0");
    assert_int_equal(pack(place, false), 20);
    assert_files(place, "0", "1");
    assert_whole(place, 20);
    assert_int_equal(pack(place, false), 0);
    add(place);                              /* by the handle that was open meanwhile */
    assert_whole(place, 21);
    assert_int_equal(pack(place, false), 21);
    assert_files(place, "0", "1");
    assert_whole(place, 21);
}

static void packs_of_few_become_one_with_what_lies_loose(void **state)
{
    struct place *place = *state;

    add_together(place, EXH_PACK_SOME);
    for (int i = 0; i < 6; i++) {
        add_together(place, 2);
        add(place);
    }
    assert_files(place, "18", "7");
    assert_int_equal(pack(place, false), 18);
    assert_files(place, "0", "2");           /* the large one is left as it was */
    assert_whole(place, EXH_PACK_SOME + 18);
    add_together(place, 2);
    assert_int_equal(pack(place, false), 20);
    assert_files(place, "0", "2");
    assert_whole(place, EXH_PACK_SOME + 20);
}

static void packs_of_many_become_one(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < 8; i++)
        add_together(place, EXH_PACK_SOME - (i == 7));
    assert_files(place, "0", "8");
    add(place);
    add(place);
    assert_int_equal(pack(place, false), EXH_PACK_MANY + 1);
    assert_files(place, "0", "1");
    assert_whole(place, EXH_PACK_MANY + 1);
    add(place);
    assert_int_equal(pack(place, false), 1);
    assert_files(place, "0", "2");
    assert_int_equal(pack(place, true), EXH_PACK_MANY + 2);
    assert_files(place, "0", "1");
    assert_whole(place, EXH_PACK_MANY + 2);
}

static bool count_entry(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    (void)err;
    *(unsigned *)context += commit->files[0].bytes != NULL;
    return true;
}

/* The commit at the head is in the pack alone, and whole there; a file of the first one is damaged there, and whole by itself. */
static void what_is_damaged_in_the_pack_is_read_from_its_own_file(void **state)
{
    static const char *const names[] = { "entry.json" };
    struct place *place = *state;
    unsigned count = 0;

    add_together(place, 3);
    exh_repo_freep(&place->repo);
    assert_says("", "cd '%s' && mv objects/pack/pack-*.pack . && cat pack-*.pack | git unpack-objects -q && mv pack-*.pack objects/pack/ && "
                "head=$(git rev-parse custody) && rm -f objects/${head%%\"${head#??}\"}/${head#??}", place->path);
    assert_says("", "cd '%s' && oid=$(git rev-parse custody~2:entry.json) && at=$(git verify-pack -v objects/pack/*.idx | "
                "awk -v oid=$oid '$1 == oid { print $5 + 4 }') && chmod u+w objects/pack/*.pack && "
                "printf xx | dd of=$(echo objects/pack/*.pack) bs=1 seek=$at conv=notrunc status=none", place->path);
    reopen(place);
    if (!exh_repo_walk(place->repo, names, 1, count_entry, &count, &place->err))
        fail_msg("%s", place->err.text);
    assert_int_equal(count, 3);
}

/* Small packs of more commits than one pack takes. Where the parts begin is another when all is packed than when some were. */
static void of_too_many_for_one_pack_nothing_stays_twice(void **state)
{
    enum { BATCHES = 5 };
    const size_t some = BATCHES * (EXH_PACK_MANY - 1);
    struct place *place = *state;

    add_together(place, EXH_PACK_MANY + 1);              /* large enough to be left as it is */
    for (int i = 0; i < BATCHES; i++)
        add_together(place, EXH_PACK_MANY - 1);
    add(place);
    assert_true(some > EXH_PACK_MOST);
    assert_int_equal(pack(place, false), some + 1);
    assert_files(place, "0", "3");
    assert_int_equal(pack(place, true), EXH_PACK_MANY + 1 + some + 1);
    assert_files(place, "0", "2");
    assert_whole(place, EXH_PACK_MANY + 1 + some + 1);
}

struct told { uint64_t times, done, count; bool back; };

static void note_told(void *context, uint64_t done, uint64_t count)
{
    struct told *told = context;

    told->back |= done < told->done || done > count || (told->times && count != told->count);
    told->times++;
    told->done = done;
    told->count = count;
}

static void how_much_is_packed_is_told_and_never_goes_back(void **state)
{
    struct place *place = *state;
    struct told told = { 0 };
    const struct exh_repo_watch watch = { note_told, &told };
    size_t commits;

    for (int i = 0; i < 3; i++)
        add_together(place, 100);
    assert_true(exh_repo_pack(place->repo, true, &watch, &commits, &place->err));
    assert_int_equal(commits, 300);
    assert_false(told.back);
    assert_true(told.times > 300);
    assert_int_equal(told.done, 300);
    assert_int_equal(told.count, 300);
}

static void what_is_not_of_the_branch_is_left_alone(void **state)
{
    struct place *place = *state;

    add(place);
    EXH_CLEANUP(exh_freep) char *other = output_of("echo foreign | git -C '%s' hash-object -w --stdin", place->path);
    EXH_CLEANUP(exh_freep) char *foreign = output_of("echo packed | git -C '%s' hash-object -w --stdin | git -C '%s' pack-objects -q "
                                                     "objects/pack/pack", place->path, place->path);
    assert_int_equal(pack(place, true), 1);
    assert_files(place, "2", "2");
    other[40] = '\0';
    assert_says("foreign", "git -C '%s' cat-file blob %s", place->path, other);
    assert_whole(place, 1);
}

static void a_reader_goes_on_while_it_is_packed(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *reader = NULL;
    EXH_CLEANUP(exh_repo_line_clear) struct exh_repo_line line = EXH_REPO_LINE_NONE;
    bool met;

    for (int i = 0; i < 10; i++)
        add(place);
    assert_true(exh_repo_open(place->path, "custody", &reader, &place->err));
    assert_true(exh_repo_line(reader, "", &line, &met, &place->err));
    exh_repo_line_clear(&line);
    pack(place, false);
    assert_true(exh_repo_line(reader, "", &line, &met, &place->err));
    assert_int_equal(line.count, 10);
}

static void one_packs_at_a_time(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *lock = exh_format("%s/exhibit-pack.lock", place->path);
    EXH_CLEANUP(exh_fd_close) int directory = -1, held = -1;
    size_t commits;

    add(place);
    assert_true(exh_directory_open(AT_FDCWD, place->path, &directory, &place->err));
    assert_true(exh_lock_take(directory, "exhibit-pack.lock", 0, &held, &place->err));
    assert_false(exh_repo_pack(place->repo, false, &nobody, &commits, &place->err));
    assert_int_equal(place->err.kind, EXH_BUSY);
    exh_error_clear(&place->err);
    exh_fd_close(&held);
    assert_int_equal(pack(place, false), 1);
}

static void what_a_killed_one_left_is_cleared(void **state)
{
    struct place *place = *state;

    add(place);
    assert_says("", "mkdir '%s/exhibit-pack.partial' '%s/exhibit-batch.partial'; echo x >'%s/exhibit-pack.partial/pack-1.pack'; "
                "echo x >'%s/exhibit-batch.partial/pack-1.pack'", place->path, place->path, place->path, place->path);
    pack(place, false);
    add_together(place, 2);
    assert_files(place, "0", "2");
    assert_whole(place, 3);
}

static void nothing_is_removed_where_something_cannot_be_read(void **state)
{
    struct place *place = *state;
    size_t commits;

    for (int i = 0; i < 5; i++)
        add(place);
    EXH_CLEANUP(exh_freep) char *blob = output_of("git -C '%s' rev-parse custody~2:entry.json", place->path);
    assert_says("", "rm '%s/objects/%.2s/%.38s'", place->path, blob, blob + 2);
    assert_false(exh_repo_pack(place->repo, false, &nobody, &commits, &place->err));
    exh_error_clear(&place->err);
    assert_says("14", "find '%s/objects' -type f | wc -l", place->path);
}

static void what_cannot_be_made_durable_is_not_removed_where_it_lay(void **state)
{
    struct place *place = *state;
    size_t commits;

    for (int i = 0; i < 5; i++)
        add(place);
    exh_system.fsync = no_sync;
    bool done = exh_repo_pack(place->repo, false, &nobody, &commits, &place->err);
    exh_system.fsync = fsync;
    assert_false(done);
    exh_error_clear(&place->err);
    assert_says("15", "find '%s/objects' -type f -path '*/objects/[0-9a-f][0-9a-f]/*' | wc -l", place->path);
    assert_whole(place, 5);
    pack(place, false);
    assert_files(place, "0", "1");
    assert_whole(place, 5);
}

/* How many problems there are, each naming @file. */
static size_t problems(struct place *place, const char *file)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings found = EXH_STRINGS_NONE;

    assert_true(exh_repo_check_objects(place->repo, &found, &place->err));
    for (size_t i = 0; i < found.count; i++)
        assert_non_null(strstr(found.at[i], file));
    return found.count;
}

/* The lowest bit of each byte in turn: of the last one of what is deflated, others may be padding. */
static size_t flip_each(struct place *place, const char *path)
{
    EXH_CLEANUP(exh_fd_close) int fd = open(path, O_RDWR);
    off_t size = lseek(fd, 0, SEEK_END);
    uint8_t byte;

    assert_true(size > 20);
    for (off_t at = 0; at < size; at++) {
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        if (problems(place, path) != 1)
            fail_msg("byte %lld of '%s' is not found out", (long long)at, path);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    return problems(place, path);
}

static void a_bit_flipped_in_any_file_of_objects_is_found(void **state)
{
    struct place *place = *state;

    add(place);
    add(place);
    EXH_CLEANUP(exh_freep) char *loose = output_of("find '%s/objects' -type f | sort; chmod -R u+w '%s'", place->path, place->path);
    assert_int_equal(problems(place, ""), 0);
    for (char *save = NULL, *path = strtok_r(loose, "\n", &save); path; path = strtok_r(NULL, "\n", &save))
        assert_int_equal(flip_each(place, path), 0);
    EXH_CLEANUP(exh_freep) char *packed = output_of("git -C '%s' gc -q && chmod -R u+w '%s' && find '%s/objects/pack' -type f | sort",
                                                    place->path, place->path, place->path);
    assert_non_null(strstr(packed, ".pack"));
    assert_int_equal(problems(place, ""), 0);
    for (char *save = NULL, *path = strtok_r(packed, "\n", &save); path; path = strtok_r(NULL, "\n", &save))
        assert_int_equal(flip_each(place, path), 0);
}

static void what_is_no_object_is_no_problem_and_what_takes_its_place_is(void **state)
{
    struct place *place = *state;

    add(place);
    EXH_CLEANUP(exh_freep) char *first = output_of("cd '%s/objects' && mkdir -p zz info pack && touch zz/x info/y pack/tmp_pack_1 pack/z.keep "
                                                   "&& f=$(find [0-9a-f]* -type f | head -n 1) && touch ${f%%/*}/tmp_obj_1 && echo $f", place->path);
    assert_int_equal(problems(place, ""), 0);
    EXH_CLEANUP(exh_freep) char *none = output_of("cd '%s/objects' && : >%s.new && mv -f %s.new %s", place->path, first, first, first);
    assert_int_equal(problems(place, first), 1);
    EXH_CLEANUP(exh_freep) char *folder = output_of("cd '%s/objects' && rm -f %s && mkdir %s", place->path, first, first);
    assert_int_equal(problems(place, first), 1);
    EXH_CLEANUP(exh_freep) char *gone = output_of("cd '%s' && rm -r objects", place->path);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings found = EXH_STRINGS_NONE;
    assert_false(exh_repo_check_objects(place->repo, &found, &place->err));
    assert_int_equal(place->err.kind, EXH_IO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_bit_flipped_in_any_file_of_objects_is_found),
        TEST(what_is_no_object_is_no_problem_and_what_takes_its_place_is),
        TEST(a_batch_is_one_pack_and_reads_as_single_commits_do),
        TEST(a_first_commit_can_be_of_a_batch),
        TEST(a_batch_that_is_given_up_leaves_nothing),
        TEST(a_batch_that_cannot_be_made_durable_does_not_count),
        TEST(a_batch_on_top_of_another_head_is_refused),
        TEST(what_lies_loose_becomes_one_file),
        TEST(packs_of_few_become_one_with_what_lies_loose),
        TEST(packs_of_many_become_one),
        TEST(of_too_many_for_one_pack_nothing_stays_twice),
        TEST(what_is_damaged_in_the_pack_is_read_from_its_own_file),
        TEST(how_much_is_packed_is_told_and_never_goes_back),
        TEST(what_is_not_of_the_branch_is_left_alone),
        TEST(a_reader_goes_on_while_it_is_packed),
        TEST(one_packs_at_a_time),
        TEST(what_a_killed_one_left_is_cleared),
        TEST(nothing_is_removed_where_something_cannot_be_read),
        TEST(what_cannot_be_made_durable_is_not_removed_where_it_lay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
