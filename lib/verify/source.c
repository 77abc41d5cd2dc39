/* verify: compares the runs that a record names with the recorder's files, a file a thread, two at once. */
#include "source.h"

#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 1 << 20 };

struct comparing {
    const struct exh_against *against;
    int root, package;
    struct exh_source_report *report;
    uint64_t size;                       /* bytes that there are to compare */
    atomic_size_t next;                  /* segment that nobody took yet */
    atomic_uint_fast64_t done;           /* bytes compared */
};

/* One of the threads. */
struct worker {
    struct comparing *all;
    bool tells;                          /* of progress: only the caller's own thread */
    struct timespec told;
    uint8_t *block, *other;              /* BLOCK bytes each */
    struct exh_sha256 *hash;
};

const char *exh_source_state_name(enum exh_source_state state)
{
    static const char *const names[] = { "equal", "differs", "missing", "unreadable", "unused" };

    return names[state];
}

const char *exh_source_result_name(const struct exh_source_report *report)
{
    if (report->failure.kind != EXH_OK)
        return "not compared";
    if (report->counts[EXH_SOURCE_DIFFERS])
        return "differs";
    return report->counts[EXH_SOURCE_MISSING] || report->counts[EXH_SOURCE_UNREADABLE] ? "incomplete" : "equal";
}

static void clear_segment(struct exh_source_segment *segment)
{
    for (size_t i = 0; i < segment->run_count; i++)
        free(segment->runs[i].part);
    free(segment->runs);
    free(segment->name);
    free(segment->reason);
}

void exh_source_report_clear(struct exh_source_report *report)
{
    for (size_t i = 0; i < report->segment_count; i++)
        clear_segment(&report->segments[i]);
    free(report->segments);
    free(report->source);
    free(report->root);
    exh_error_clear(&report->failure);
    *report = (struct exh_source_report){ .segments = NULL };
}

static void tell(struct worker *worker)
{
    const struct exh_against *against = worker->all->against;
    struct timespec now;

    if (!worker->tells || !against->progress)
        return;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (now.tv_sec == worker->told.tv_sec && now.tv_nsec - worker->told.tv_nsec < 100000000)
        return;
    worker->told = now;
    against->progress(against->context, atomic_load(&worker->all->done), worker->all->size);
}

static void set_reason(struct exh_source_segment *segment, const char *words)
{
    free(segment->reason);
    segment->reason = exh_strdup(words);
}

/* ---- opening ---- */

/* The record shows bytes that are not UTF-8, and control characters, as \xNN: the name behind that. NULL where there
 * is none. */
static char *name_behind(const char *shown)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text name = EXH_TEXT_NONE;
    bool differs = false;

    for (const char *at = shown; *at;) {
        char digits[3] = { 0 };
        uint8_t byte = 0;
        bool is_byte = at[0] == '\\' && at[1] == 'x' && at[2] && at[3] && memcpy(digits, at + 2, 2)
                    && exh_unhex(&byte, 1, digits) && (byte >= 0x7f || (byte > 0 && byte < ' '));
        exh_text_add(&name, is_byte ? (const char *)&byte : at, 1);
        differs |= is_byte;
        at += is_byte ? 4 : 1;
    }
    return differs ? exh_text_take(&name) : NULL;
}

static bool is_gone(const struct exh_error *err)
{
    return err->os == ENOENT || err->os == ENOTDIR;
}

static bool open_either(int root, const char *name, int *ret_fd, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *behind = NULL;

    if (exh_file_open_beneath(root, name, ret_fd, err))
        return true;
    if (!is_gone(err) || !(behind = name_behind(name)))
        return false;
    exh_error_clear(err);
    return exh_file_open_beneath(root, behind, ret_fd, err);
}

static void not_opened(struct exh_source_segment *segment, const struct exh_error *err)
{
    segment->state = is_gone(err) ? EXH_SOURCE_MISSING : EXH_SOURCE_UNREADABLE;
    if (is_gone(err))
        set_reason(segment, "the recorder no longer has it");
    else if (err->os == EXDEV || err->os == ELOOP)
        set_reason(segment, "a link that leads out of the source's root, or nowhere; not followed");
    else
        set_reason(segment, err->text);
}

/* A file system may hold years that no moment can. */
static struct exh_moment moment_of(struct timespec time)
{
    int64_t ns;

    if (__builtin_mul_overflow((int64_t)time.tv_sec, EXH_SECOND, &ns)
        || __builtin_add_overflow(ns, (int64_t)time.tv_nsec, &ns))
        ns = time.tv_sec < 0 ? INT64_MIN : INT64_MAX;
    return (struct exh_moment){ ns };
}

static bool open_segment(const struct comparing *all, struct exh_source_segment *segment, int *ret_fd)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    struct stat facts;

    if (!open_either(all->root, segment->name, &fd, &err)) {
        not_opened(segment, &err);
        return false;
    }
    if (fstat(fd, &facts) || !S_ISREG(facts.st_mode)) {
        set_reason(segment, "not a regular file; not read");
        return false;
    }
    segment->found = true;
    segment->found_size = (uint64_t)facts.st_size;
    segment->found_modified = moment_of(facts.st_mtim);
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *ret_fd = fd;
    fd = -1;
    return true;
}

/* ---- one run ---- */

static size_t block_of(uint64_t left)
{
    return left < BLOCK ? (size_t)left : BLOCK;
}

static bool hash_run(struct worker *worker, int fd, struct exh_source_segment *segment,
                     const struct exh_source_run *run, char ret_digest[EXH_SHA256_DIGITS], struct exh_error *err)
{
    bool read = true;

    for (uint64_t done = 0; read && done < run->length;) {
        size_t size = block_of(run->length - done);
        read = exh_fd_read_at(fd, segment->name, run->offset + done, worker->block, size, err);
        if (read) {
            exh_sha256_add(worker->hash, worker->block, size);
            done += size;
            segment->compared += size;
            atomic_fetch_add(&worker->all->done, size);
            tell(worker);
        }
    }
    exh_sha256_end(worker->hash, ret_digest);    /* ready for the next, whatever came of this one */
    return read;
}

static size_t equal_bytes(const uint8_t *a, const uint8_t *b, size_t size)
{
    size_t i = 0;

    while (i < size && a[i] == b[i])
        i++;
    return i;
}

/* Where the run is a whole part, the part's file shows what the recorder's held: the first byte that differs.
 * That is a help, no judgement: what cannot be read leaves the place unknown. */
static void locate(struct worker *worker, int fd, const struct exh_source_segment *segment, struct exh_source_run *run)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fd_close) int part = -1;
    struct stat facts;

    if (!run->is_part || worker->all->package < 0
        || !exh_file_open_beneath(worker->all->package, run->part, &part, &err)
        || fstat(part, &facts) || !S_ISREG(facts.st_mode))
        return;
    for (uint64_t done = 0, size, same; done < run->length; done += size) {
        size = block_of(run->length - done);
        if (!exh_fd_read_at(part, run->part, done, worker->block, (size_t)size, &err)
            || !exh_fd_read_at(fd, segment->name, run->offset + done, worker->other, (size_t)size, &err))
            return;
        same = equal_bytes(worker->block, worker->other, (size_t)size);
        if (same < size) {
            run->located = true;
            run->first = run->offset + done + same;
            return;
        }
    }
}

static bool goes_beyond(const struct exh_source_segment *segment, const struct exh_source_run *run)
{
    return run->offset + run->length > segment->found_size;
}

/* False when the file can be read no further. */
static bool compare_run(struct worker *worker, int fd, struct exh_source_segment *segment, struct exh_source_run *run)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    char digest[EXH_SHA256_DIGITS];

    run->differs = goes_beyond(segment, run);
    if (run->differs)
        return true;
    if (!hash_run(worker, fd, segment, run, digest, &err)) {
        set_reason(segment, err.text);
        return false;
    }
    memcpy(run->found, digest, sizeof run->found);
    run->differs = !exh_digest_equal(run->found, run->expected);
    if (run->differs)
        locate(worker, fd, segment, run);
    return true;
}

/* The same bytes, taken for another part, were read already; only what is expected of them may be another. */
static bool is_again(const struct exh_source_run *before, const struct exh_source_run *run)
{
    return before->offset == run->offset && before->length == run->length && *before->found;
}

/* ---- one segment ---- */

/* Of footage this is no difference, but whoever reads the report should know. */
static void note_changes(struct exh_source_segment *segment)
{
    char was[EXH_MOMENT_SIZE], is[EXH_MOMENT_SIZE];
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;

    exh_moment_utc(segment->modified, was);
    exh_moment_utc(segment->found_modified, is);
    if (segment->found_size != segment->size)
        exh_text_printf(&words, "its size is %llu bytes, and was %llu", (unsigned long long)segment->found_size,
                        (unsigned long long)segment->size);
    if (segment->found_modified.ns != segment->modified.ns)
        exh_text_printf(&words, "%sits time of modification is %s, and was %s", words.size ? "; " : "", is, was);
    if (words.size)
        set_reason(segment, words.bytes);
}

static enum exh_source_state read_all(struct worker *worker, int fd, struct exh_source_segment *segment)
{
    enum exh_source_state state = EXH_SOURCE_EQUAL;

    for (size_t i = 0; i < segment->run_count; i++) {
        struct exh_source_run *run = &segment->runs[i];
        if (i && is_again(run - 1, run)) {
            memcpy(run->found, run[-1].found, sizeof run->found);
            run->differs = !exh_digest_equal(run->found, run->expected);
        } else if (!compare_run(worker, fd, segment, run)) {
            return state == EXH_SOURCE_DIFFERS ? state : EXH_SOURCE_UNREADABLE;
        }
        if (run->differs)
            state = EXH_SOURCE_DIFFERS;
    }
    note_changes(segment);
    return state;
}

static void compare_segment(struct worker *worker, struct exh_source_segment *segment)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    if (segment->run_count == 0)
        segment->state = EXH_SOURCE_UNUSED;
    else if (open_segment(worker->all, segment, &fd))
        segment->state = read_all(worker, fd, segment);
}

/* ---- all of them ---- */

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct exh_source_report *report = worker->all->report;

    worker->block = exh_alloc(BLOCK);
    worker->other = exh_alloc(BLOCK);
    worker->hash = exh_sha256_new();
    for (size_t i; (i = atomic_fetch_add(&worker->all->next, 1)) < report->segment_count;)
        compare_segment(worker, &report->segments[i]);
    exh_sha256_freep(&worker->hash);
    free(worker->block);
    free(worker->other);
    return NULL;
}

static uint64_t bytes_to_compare(const struct exh_source_report *report)
{
    uint64_t size = 0;

    for (size_t i = 0; i < report->segment_count; i++)
        for (size_t r = 0; r < report->segments[i].run_count; r++)
            size += report->segments[i].runs[r].length;
    return size;
}

static void add_up(struct exh_source_report *report)
{
    for (size_t i = 0; i < report->segment_count; i++) {
        report->counts[report->segments[i].state]++;
        report->compared += report->segments[i].compared;
    }
}

void exh_source_compare(const struct exh_against *against, int root, int package, struct exh_source_report *report)
{
    struct comparing all = { .against = against, .root = root, .package = package, .report = report,
                             .size = bytes_to_compare(report) };
    struct worker own = { .all = &all, .tells = true }, second = { .all = &all };
    pthread_t thread;
    bool helped = report->segment_count > 1 && pthread_create(&thread, NULL, work, &second) == 0;

    work(&own);
    if (helped)
        pthread_join(thread, NULL);
    add_up(report);
}
