/* record: record/exhibit.json against the files it describes, and against itself: what it says of sizes, of times, and of
 * the bytes that were taken from the recorder's files.
 */
#include "contents.h"

#include "exhibit/moment.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FAULTS_NAMED_MOST = 20 };

/* A part, by the name of its file. */
struct part { const char *file; const struct exh_json *json; };

/* A record on its way through judgement. */
struct record {
    struct exh_judging *judging;
    const struct exh_json *json;
    struct part *parts;                  /* in the order of names: a record may have very many, and runs of each */
    size_t part_count, faults;
};

static void say(struct record *record, const char *about, const char *what)
{
    if (record->faults++ < FAULTS_NAMED_MOST)
        exh_judging_finding(record->judging, "E-RECORD", EXH_BAG_RECORD, EXH_BAG_RECORD " %s: '%.200s'", what, about);
}

/* ---- files ---- */

/* What the record describes must be what is in the package. */
static bool is_listed_so(const struct exh_judging *judging, const char *file, const char *digest)
{
    const struct exh_bag_line *line = exh_bag_list_find(&judging->manifest, file);

    return line && exh_digest_equal(line->digest, digest);
}

static void judge_file(struct record *record, const struct exh_json *described)
{
    const char *file = exh_json_text_or(described, "file", NULL), *digest = exh_json_text_or(described, "sha256", NULL);
    const struct exh_found *found = file ? exh_contents_find(record->judging->contents, file) : NULL;

    if (!file || !digest)
        return;                          /* of another form than ours: it says nothing of a file */
    if (!is_listed_so(record->judging, file, digest))
        say(record, file, "describes otherwise than " EXH_BAG_MANIFEST);
    else if (found && !exh_judging_is_missed(record->judging, file)
             && exh_json_int_or(described, "size", (int64_t)found->size) != (int64_t)found->size)
        say(record, file, "has another size of");
}

/* ---- times ---- */

/* An interval's length is from its beginning to its end, which comes after; one of unknown time says nothing. */
static void judge_interval(struct record *record, const struct exh_json *interval, const char *about)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    const char *from = exh_json_text_or(interval, "from", NULL), *to = exh_json_text_or(interval, "to", NULL);
    struct exh_moment first, last;
    int64_t length;

    if (!from || !to || !exh_json_get(interval, "length_ns"))
        return;
    if (!exh_moment_parse_utc(from, &first, &unread) || !exh_moment_parse_utc(to, &last, &unread)
        || __builtin_sub_overflow(last.ns, first.ns, &length) || length < 0
        || length != exh_json_int_or(interval, "length_ns", -1))
        say(record, about, "has times that contradict each other, of");
}

static void judge_gaps(struct record *record)
{
    const struct exh_json *gaps = exh_json_get(record->json, "gaps"), *complete = exh_json_get(record->json, "complete");

    judge_interval(record, exh_json_get(record->json, "window"), "window");
    for (size_t i = 0; i < exh_json_count(gaps); i++)
        judge_interval(record, exh_json_at(gaps, i), "gaps");
    if (complete && exh_json_bool_or(record->json, "complete", false) != (exh_json_count(gaps) == 0))
        say(record, "complete", "contradicts its gaps in");
}

/* ---- the recorder's bytes ---- */

static int by_file(const void *a, const void *b)
{
    return strcmp(((const struct part *)a)->file, ((const struct part *)b)->file);
}

static void index_parts(struct record *record)
{
    const struct exh_json *parts = exh_json_get(record->json, "parts");

    record->part_count = exh_json_count(parts);
    record->parts = exh_alloc((record->part_count + 1) * sizeof *record->parts);
    for (size_t i = 0; i < record->part_count; i++)
        record->parts[i] = (struct part){ exh_json_text_or(exh_json_at(parts, i), "file", ""), exh_json_at(parts, i) };
    qsort(record->parts, record->part_count, sizeof *record->parts, by_file);
}

static const struct exh_json *part_of(const struct record *record, const char *file)
{
    const struct part key = { file, NULL };
    const struct part *part = bsearch(&key, record->parts, record->part_count, sizeof key, by_file);

    return part ? part->json : NULL;
}

/* A stretch of the segment that went to a part; one that is the whole part has its digest. */
static void judge_run(struct record *record, const struct exh_json *segment, const struct exh_json *run)
{
    const char *name = exh_json_text_or(segment, "name", "");
    const struct exh_json *part = part_of(record, exh_json_text_or(run, "part", ""));
    int64_t offset = exh_json_int_or(run, "offset", -1), length = exh_json_int_or(run, "length", 0), end;

    if (offset < 0 || length <= 0 || __builtin_add_overflow(offset, length, &end) || end > exh_json_int_or(segment, "size", 0))
        say(record, name, "took bytes that there are not from");
    else if (!part)
        say(record, name, "has no part for bytes of");
    else if (strcmp(exh_json_text_or(record->json, "mode", ""), "native") == 0
             && (length != exh_json_int_or(part, "size", 0)
                 || !exh_digest_equal(exh_json_text_or(run, "sha256", ""), exh_json_text_or(part, "sha256", ""))))
        say(record, name, "says that a part is the whole file, and has another size or digest of it:");
}

static void judge_segments(struct record *record)
{
    const struct exh_json *segments = exh_json_get(record->json, "segments");

    for (size_t i = 0; i < exh_json_count(segments) && record->faults < FAULTS_NAMED_MOST; i++) {
        const struct exh_json *runs = exh_json_get(exh_json_at(segments, i), "runs");
        for (size_t k = 0; k < exh_json_count(runs) && record->faults < FAULTS_NAMED_MOST; k++)
            judge_run(record, exh_json_at(segments, i), exh_json_at(runs, k));
    }
}

/* ---- the whole ---- */

static void judge_parts(struct record *record)
{
    for (size_t i = 0; i < record->part_count; i++) {
        const struct exh_json *part = record->parts[i].json;
        judge_file(record, part);
        judge_file(record, exh_json_get(part, "times"));
        judge_interval(record, part, exh_json_text_or(part, "file", ""));
    }
}

void exh_judging_record(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;
    struct record record = { .judging = judging, .json = report->record };
    const char *exhibit = exh_json_text_or(report->record, "exhibit", NULL);

    if (exhibit && report->identifier && strcmp(exhibit, report->identifier) != 0)
        exh_judging_finding(judging, "E-RECORD", EXH_BAG_RECORD, EXH_BAG_RECORD " is of exhibit '%.100s', " EXH_BAG_INFO
                            " of '%.100s'", exhibit, report->identifier);
    index_parts(&record);
    if (judging->has_manifest)
        judge_parts(&record);
    judge_gaps(&record);
    judge_segments(&record);
    if (record.faults > FAULTS_NAMED_MOST)
        exh_judging_finding(judging, "E-RECORD", EXH_BAG_RECORD, EXH_BAG_RECORD " contradicts itself or its files %zu times more",
                            record.faults - FAULTS_NAMED_MOST);
    free(record.parts);
}
