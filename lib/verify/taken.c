/* verify: reads in a record which bytes of which recorder files were taken; the record may say anything. */
#include "source.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Parts may share bytes (what lies before a key frame that two of them need), but not without end: time spent
 * on a record is bounded by the files it names. */
enum { TIMES_OVER = 16 };

/* A file of the Master. */
struct part {
    const char *file, *digest;
    uint64_t size;
    bool taken;                          /* a run went to it */
};
struct parts {
    struct part *at;                     /* by name */
    size_t count;
};

static void clear_parts(struct parts *parts)
{
    free(parts->at);
}

static int by_file(const void *a, const void *b)
{
    return strcmp(((const struct part *)a)->file, ((const struct part *)b)->file);
}

static bool need_size(const struct exh_json *object, const char *name, uint64_t *ret_size, struct exh_error *err)
{
    int64_t number;

    if (!exh_json_need_int(object, name, &number, err))
        return false;
    if (number < 0)
        return exh_fail(err, EXH_MALFORMED, "'%s' is less than nothing", name);
    *ret_size = (uint64_t)number;
    return true;
}

static bool need_digest(const struct exh_json *object, const char **ret_digest, struct exh_error *err)
{
    if (!exh_json_need_text(object, "sha256", ret_digest, err))
        return false;
    size_t size = strlen(*ret_digest);
    return (size == EXH_SHA256_DIGITS - 1 && strspn(*ret_digest, "0123456789abcdef") == size)
        || exh_fail(err, EXH_MALFORMED, "'sha256' is not a SHA-256 digest");
}

static bool read_parts(const struct exh_json *record, struct parts *ret_parts, struct exh_error *err)
{
    struct exh_json *list;

    if (!exh_json_need_array(record, "parts", &list, err))
        return false;
    ret_parts->at = exh_realloc_array(NULL, exh_json_count(list) + 1, sizeof *ret_parts->at);
    for (size_t i = 0; i < exh_json_count(list); i++) {
        struct part *part = &ret_parts->at[i];
        const struct exh_json *json = exh_json_at(list, i);
        *part = (struct part){ NULL, NULL, 0, false };
        if (!exh_json_need_text(json, "file", &part->file, err) || !need_size(json, "size", &part->size, err)
            || !need_digest(json, &part->digest, err))
            return exh_while(err, "part %zu", i + 1);
    }
    ret_parts->count = exh_json_count(list);
    qsort(ret_parts->at, ret_parts->count, sizeof *ret_parts->at, by_file);
    return true;
}

/* "Equal" must not be said of a part that nothing was compared for. */
static bool check_parts(const struct parts *parts, struct exh_error *err)
{
    if (parts->count == 0)
        return exh_fail(err, EXH_MALFORMED, "it has no part");
    for (size_t i = 0; i < parts->count; i++) {
        if (i && by_file(&parts->at[i - 1], &parts->at[i]) == 0)
            return exh_fail(err, EXH_MALFORMED, "part '%s' is there twice", parts->at[i].file);
        if (!parts->at[i].taken)
            return exh_fail(err, EXH_MALFORMED, "it does not say which of the recorder's bytes went to '%s'",
                            parts->at[i].file);
    }
    return true;
}

/* ---- runs ---- */

static bool read_run(const struct exh_json *json, uint64_t size, const struct parts *parts,
                     struct exh_source_run *ret_run, struct exh_error *err)
{
    struct exh_source_run run = { .part = NULL };
    struct part key = { NULL, NULL, 0, false };
    const char *digest;

    if (!need_size(json, "offset", &run.offset, err) || !need_size(json, "length", &run.length, err)
        || !need_digest(json, &digest, err) || !exh_json_need_text(json, "part", &key.file, err))
        return false;
    if (run.length == 0 || run.offset > size || run.length > size - run.offset)
        return exh_fail(err, EXH_MALFORMED, "%llu bytes from byte %llu on were not taken from a file of %llu bytes",
                        (unsigned long long)run.length, (unsigned long long)run.offset, (unsigned long long)size);
    struct part *part = parts->count ? bsearch(&key, parts->at, parts->count, sizeof *parts->at, by_file) : NULL;
    if (!part)
        return exh_fail(err, EXH_MALFORMED, "it went to '%s', which is no part", key.file);
    part->taken = true;
    run.is_part = part->size == run.length && strcmp(part->digest, digest) == 0;
    run.part = exh_strdup(key.file);
    memcpy(run.expected, digest, sizeof run.expected);
    *ret_run = run;
    return true;
}

static int by_offset(const void *a, const void *b)
{
    const struct exh_source_run *x = a, *y = b;

    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->length > y->length) - (x->length < y->length);
}

static bool check_overlap(const struct exh_source_segment *segment, struct exh_error *err)
{
    uint64_t left = segment->size > UINT64_MAX / TIMES_OVER ? UINT64_MAX : TIMES_OVER * segment->size;

    for (size_t i = 0; i < segment->run_count; i++) {
        const struct exh_source_run *run = &segment->runs[i];
        if (i && by_offset(run - 1, run) == 0)
            continue;                    /* read once for both */
        if (run->length > left)
            return exh_fail(err, EXH_MALFORMED, "its bytes are said to be taken more than %d times over",
                            TIMES_OVER);
        left -= run->length;
    }
    return true;
}

static bool read_runs(const struct exh_json *list, const struct parts *parts, struct exh_source_segment *segment,
                      struct exh_error *err)
{
    segment->runs = exh_realloc_array(NULL, exh_json_count(list) + 1, sizeof *segment->runs);
    for (size_t i = 0; i < exh_json_count(list); i++, segment->run_count++)
        if (!read_run(exh_json_at(list, i), segment->size, parts, &segment->runs[i], err))
            return exh_while(err, "run %zu", i + 1);
    qsort(segment->runs, segment->run_count, sizeof *segment->runs, by_offset);
    return check_overlap(segment, err);
}

/* ---- segments ---- */

/* Written one way only, so that the same file cannot come under two names. */
static bool stays_below(const char *name)
{
    if (strlen(name) >= PATH_MAX)
        return false;
    for (const char *at = name;; at++) {
        size_t size = strcspn(at, "/");
        if (size == 0 || (size == 1 && at[0] == '.') || (size == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        at += size;
        if (!*at)
            return true;
    }
}

static bool fill_segment(const struct exh_json *json, const struct parts *parts, struct exh_source_segment *segment,
                         struct exh_error *err)
{
    const char *modified;
    struct exh_json *runs;

    return need_size(json, "size", &segment->size, err)
        && exh_json_need_text(json, "modified", &modified, err)
        && exh_moment_parse_utc(modified, &segment->modified, err)
        && exh_json_need_array(json, "runs", &runs, err)
        && read_runs(runs, parts, segment, err);
}

static bool read_segment(const struct exh_json *json, const struct parts *parts, struct exh_source_segment *segment,
                         struct exh_error *err)
{
    const char *name;

    if (!exh_json_need_text(json, "name", &name, err))
        return false;
    segment->name = exh_strdup(name);
    segment->state = EXH_SOURCE_UNREADABLE;      /* until it was read */
    if (!stays_below(name))
        return exh_fail(err, EXH_MALFORMED, "segment '%.200s' is no name below the source's root", name);
    return fill_segment(json, parts, segment, err) || exh_while(err, "segment '%.200s'", name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool check_names(const struct exh_source_report *report, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) const char **names = exh_realloc_array(NULL, report->segment_count + 1, sizeof *names);

    for (size_t i = 0; i < report->segment_count; i++)
        names[i] = report->segments[i].name;
    qsort(names, report->segment_count, sizeof *names, by_name);
    for (size_t i = 1; i < report->segment_count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return exh_fail(err, EXH_MALFORMED, "segment '%.200s' is there twice", names[i]);
    return true;
}

bool exh_source_read_record(const struct exh_json *record, struct exh_source_report *report, struct exh_error *err)
{
    EXH_CLEANUP(clear_parts) struct parts parts = { NULL, 0 };
    struct exh_json *list;

    if (!read_parts(record, &parts, err) || !exh_json_need_array(record, "segments", &list, err))
        return false;
    report->segments = exh_alloc((exh_json_count(list) + 1) * sizeof *report->segments);
    for (size_t i = 0; i < exh_json_count(list); i++) {
        report->segment_count = i + 1;
        if (!read_segment(exh_json_at(list, i), &parts, &report->segments[i], err))
            return false;
    }
    return check_names(report, err) && check_parts(&parts, err);
}
