/* derive: the record of a copy, record/exhibit.json (docs/formats/copy.md). */
#include "derive.h"

#include <stdlib.h>
#include <string.h>

const char *exh_copy_item(const struct exh_derive_options *options)
{
    static const char *const names[] = { "copy", "redacted", "stills", "copy" };

    return names[options->copy];
}

const char *exh_copy_mode(const struct exh_derive_options *options)
{
    static const char *const names[] = { "transcode", "redact", "still", "grid" };

    return options->copy == EXH_COPY_FILM && options->exact ? "exact" : names[options->copy];
}

/* ---- names ---- */

/* "OP17_1_wisbech-12": as far as it is known whose it is. */
static char *stem_of(const struct deriving *d)
{
    const char *camera = d->original_count > 1 ? "grid" : exh_json_text_or(exh_json_get(d->originals[0].record, "camera"), "id", NULL);
    char folder[24];

    exh_reference_folder(d->making.reference, folder);
    return exh_format("%s%s%s", folder, camera ? "_" : "", camera ? camera : "");
}

char *exh_copy_stem(const struct deriving *d)
{
    EXH_CLEANUP(exh_freep) char *stem = stem_of(d);
    char when[EXH_MOMENT_SIZE];

    if (!d->plan.lines[0].timed)
        return exh_steal(&stem);
    exh_moment_compact((struct exh_moment){ exh_plan_is_interval(&d->plan) ? d->plan.lines[0].from_ns : d->plan.times[0] }, when);
    return exh_format("%s_%s", stem, when);
}

char *exh_copy_film_name(const struct deriving *d)
{
    EXH_CLEANUP(exh_freep) char *stem = exh_copy_stem(d);

    return exh_format("data/copy/%s.mp4", stem);
}

/* By the millisecond, so that the order of names is the order of time; where that is not known, by number. */
char *exh_copy_image_name(const struct deriving *d, size_t image)
{
    EXH_CLEANUP(exh_freep) char *stem = stem_of(d);
    const char *suffix = d->options->format && strcmp(d->options->format, "jpeg") == 0 ? "jpg" : "png";
    char when[EXH_MOMENT_SIZE];
    int64_t at = d->plan.times[image];

    if (d->options->columns)
        return exh_format("data/stills/%s_sheet.%s", stem, suffix);
    if (!d->plan.lines[0].timed)
        return exh_format("data/stills/%s_still%05zu.%s", stem, image + 1, suffix);
    exh_moment_compact((struct exh_moment){ at }, when);
    return exh_format("data/stills/%s_%.15s_%03dZ.%s", stem, when, (int)(at / 1000000 % 1000), suffix);
}

/* ---- times ---- */

static void set_moment(struct exh_json *object, const char *name, bool known, int64_t ns)
{
    char words[EXH_MOMENT_SIZE];

    exh_moment_utc((struct exh_moment){ known ? ns : 0 }, words);
    exh_json_set_text(object, name, known ? words : NULL);
}

/* An interval of the record; its members are null where true time is not known. */
static struct exh_json *interval_json(const struct plan *plan, int64_t from_ns, int64_t to_ns)
{
    static const char *const unknown[] = { "from", "to", "from_local", "to_local", "length_ns" };

    if (plan->lines[0].timed)
        return exh_window_json((struct exh_window){ { from_ns }, { to_ns } }, plan->zone);
    struct exh_json *json = exh_json_object();
    for (size_t i = 0; i < EXH_COUNT(unknown); i++)
        exh_json_set_text(json, unknown[i], NULL);
    return json;
}

/* ---- parts ---- */

static void set_file(struct exh_json *part, const char *file, uint64_t size, const char *digest)
{
    exh_json_set_text(part, "file", file);
    exh_json_set_int(part, "size", (int64_t)size);
    exh_json_set_text(part, "sha256", digest);
}

static void copy_int(struct exh_json *to, const char *name, const struct exh_json *from, const char *member)
{
    exh_json_set_int(to, name, exh_json_int_or(from, member, 0));
}

/* From the first picture to the end of the last. */
static void find_shown(const struct plan *plan, int64_t *ret_from, int64_t *ret_to)
{
    *ret_from = INT64_MAX;
    *ret_to = INT64_MIN;
    for (size_t i = 0; i < plan->line_count; i++)
        for (size_t j = 0; j < plan->lines[i].stretch_count; j++) {
            const struct stretch *s = &plan->lines[i].stretches[j];
            int64_t end = s->line_ns + (s->to_ns - s->from_ns);
            *ret_from = s->line_ns < *ret_from ? s->line_ns : *ret_from;
            *ret_to = end > *ret_to ? end : *ret_to;
        }
}

struct exh_json *exh_copy_film_part(const struct deriving *d, const char *file, uint64_t size, const char *digest)
{
    int64_t from, to;

    find_shown(&d->plan, &from, &to);
    struct exh_json *part = interval_json(&d->plan, from, to);

    set_file(part, file, size, digest);
    copy_int(part, "width", d->facts, "width");
    copy_int(part, "height", d->facts, "height");
    copy_int(part, "pictures", d->facts, "pictures");
    copy_int(part, "film_ns", d->facts, "length_ns");
    exh_json_set_bool(part, "sound", exh_json_type(exh_json_get(d->facts, "sound")) == EXH_JSON_OBJECT);
    return part;
}

/* One picture of an image: which was asked for, and which was on show then. */
static struct exh_json *picture_json(const struct deriving *d, size_t number, const struct exh_json *own)
{
    const struct line *line = &d->plan.lines[0];
    struct exh_json *json = exh_json_object();
    int64_t asked_own, shown = line->start_ns;
    size_t input = 0;

    if (exh_stills_find(line, d->plan.times[number], &input, &asked_own))
        shown = d->plan.times[number] - asked_own + exh_json_as_int(own);
    EXH_CLEANUP(exh_freep) char *local = exh_line_local_words(line, shown, d->plan.zone);
    exh_json_set_text(json, "master_file", exh_json_text_or(line->inputs[input].json, "file", ""));
    exh_json_set_int(json, "own_ns", exh_json_as_int(own));
    set_moment(json, "asked", line->timed, d->plan.times[number]);
    set_moment(json, "shown", line->timed, shown);
    exh_json_set_text(json, "shown_local", local);
    return json;
}

struct exh_json *exh_copy_image_part(const struct deriving *d, size_t image, const char *file, uint64_t size, const char *digest,
                                     const struct exh_json *facts)
{
    const struct exh_json *own = exh_json_get(facts, "own_ns");
    struct exh_json *part = exh_json_object(), *pictures = exh_json_array();

    for (size_t i = 0; i < exh_json_count(own) && image + i < d->plan.time_count; i++)
        exh_json_add(pictures, picture_json(d, image + i, exh_json_at(own, i)));
    set_file(part, file, size, digest);
    copy_int(part, "width", facts, "width");
    copy_int(part, "height", facts, "height");
    exh_json_set(part, "pictures", pictures);
    return part;
}

/* ---- what the engine found out ---- */

static int64_t pictures_in_files(const struct plan *plan)
{
    uint64_t all = 0;

    for (size_t i = 0; i < plan->line_count; i++)
        for (size_t j = 0; j < plan->lines[i].input_count; j++)
            all += plan->lines[i].inputs[j].survey.pictures;
    return (int64_t)all;
}

static void note_count(struct deriving *d, const char *member, const char *code, const char *words)
{
    int64_t count = exh_json_int_or(d->facts, member, 0);

    if (count)
        exh_finding_add(d->plan.findings, code, "%lld %s", (long long)count, words);
}

static void note_hole(struct deriving *d, const struct exh_json *hole)
{
    size_t number = (size_t)exh_json_as_int(exh_json_at(hole, 0)), at, own;
    int64_t from = exh_json_as_int(exh_json_at(hole, 1)), to = exh_json_as_int(exh_json_at(hole, 2));
    char words[EXH_MOMENT_SIZE];

    if (number >= exh_plan_input_count(&d->plan))
        return;
    const struct input *input = exh_plan_input(&d->plan, number, &at, &own);
    const struct line *line = &d->plan.lines[at];
    EXH_CLEANUP(exh_freep) char *when = exh_line_local_words(line, exh_line_at(line, own, from), d->plan.zone);
    exh_duration_words(to - from, words);
    exh_finding_add(d->plan.findings, "undecodable", "nothing could be shown of %s from %s on, in %s", words, when, input->name);
}

/* Where pictures are recorded as two half pictures each, a file may have a packet for each half. */
static bool are_halves(int64_t packets, int64_t decoded, int64_t interlaced)
{
    return interlaced > 0 && packets == 2 * decoded;
}

/* All of the Master at life's own pace: then every picture must be there. */
static void note_missing(struct deriving *d)
{
    int64_t all = pictures_in_files(&d->plan), shown = exh_json_int_or(d->facts, "pictures", 0);

    if (d->options->exact || d->options->speed > 1 || d->original_count > 1 || shown == all
        || are_halves(all, shown, exh_json_int_or(d->facts, "interlaced", 0)))
        return;
    exh_finding_add(d->plan.findings, "pictures-missing", "the files have %lld packets of pictures, and the copy shows %lld pictures",
                    (long long)all, (long long)shown);
}

void exh_copy_note_facts(struct deriving *d)
{
    const struct exh_json *holes = exh_json_get(d->facts, "holes");

    if (d->options->copy == EXH_COPY_STILLS)
        return;
    note_count(d, "damaged", "damaged-pictures", "pictures were damaged, and are shown as the decoder mended them");
    note_count(d, "refused", "undecodable", "packets could not be decoded");
    note_count(d, "hurried", "pictures-left-out", "pictures are left out, because the film runs faster than life");
    for (size_t i = 0; i < exh_json_count(holes); i++)
        note_hole(d, exh_json_at(holes, i));
    note_missing(d);
}

/* ---- what it was made of ---- */

static struct exh_json *master_parts(const struct deriving *d, const struct original *original)
{
    bool nameless = exh_plan_is_nameless(&d->plan, original->record);
    struct exh_json *parts = exh_json_array();

    for (size_t i = 0; i < original->part_count; i++) {
        struct exh_json *part = exh_json_object();
        set_file(part, nameless ? NULL : original->parts[i].file, (uint64_t)original->parts[i].facts.st_size, original->parts[i].digest);
        exh_json_add(parts, part);
    }
    return parts;
}

/* What the Master's record says, as it says it. Who handed files over is no business of who gets a redacted copy. */
static void carry(struct exh_json *to, const struct deriving *d, const struct original *original)
{
    static const char *const members[] = { "camera", "clock", "handover" };

    for (size_t i = 0; i < EXH_COUNT(members); i++) {
        const struct exh_json *member = exh_json_get(original->record, members[i]);
        bool hidden = d->options->copy == EXH_COPY_REDACTED && strcmp(members[i], "handover") == 0;
        if (member && !hidden)
            exh_json_set(to, members[i], exh_json_copy(member));
    }
}

static struct exh_json *master_json(const struct deriving *d, size_t number)
{
    const struct original *original = &d->originals[number];
    struct exh_json *master = exh_json_object();

    exh_json_set_text(master, "exhibit", original->reference);
    exh_json_set_text(master, "mode", exh_json_text_or(original->record, "mode", NULL));
    exh_json_set_text(master, "tagmanifest_sha256", original->tagmanifest);
    exh_json_set_text(master, "record_sha256", original->record_digest);
    exh_json_set(master, "parts", master_parts(d, original));
    if (d->original_count == 1)
        return master;
    carry(master, d, original);
    exh_json_set(master, "gaps", exh_shots_gaps(&d->plan.lines[number], d->plan.zone));
    return master;
}

static struct exh_json *of_json(const struct deriving *d)
{
    struct exh_json *of = exh_json_array();

    for (size_t i = 0; i < d->original_count; i++)
        exh_json_add(of, master_json(d, i));
    return of;
}

/* ---- how it was made ---- */

static struct exh_json *pictures_json(const struct deriving *d)
{
    static const char *const counts[][2] = { { "shown", "pictures" }, { "damaged", "damaged" }, { "refused", "refused" },
                                             { "left_out", "hurried" }, { "on_cards", "cards" } };
    struct exh_json *json = exh_json_object();

    exh_json_set_int(json, "in_files", pictures_in_files(&d->plan));
    for (size_t i = 0; i < EXH_COUNT(counts); i++)
        copy_int(json, counts[i][0], d->facts, counts[i][1]);
    return json;
}

/* Software encoders make the same bytes of the same pictures; a machine's own may not. */
static bool is_reproducible(const struct exh_derive_options *options)
{
    return options->copy == EXH_COPY_STILLS || !options->encoder || strcmp(options->encoder, "libx264") == 0;
}

static struct exh_json *conversion_json(const struct deriving *d)
{
    const struct exh_derive_options *o = d->options;
    struct exh_json *json = exh_json_object();

    exh_json_set(json, "job", exh_json_copy(d->job));
    exh_json_set(json, "facts", d->facts ? exh_json_copy(d->facts) : exh_json_text(NULL));
    exh_json_set(json, "changes", exh_json_copy(d->plan.changes));
    exh_json_set_text(json, "preset", o->copy == EXH_COPY_STILLS ? NULL : d->plan.preset->name);
    exh_json_set_bool(json, "reproducible", is_reproducible(o));
    exh_json_set_text(json, "reason", o->copy == EXH_COPY_REDACTED ? NULL : o->reason);
    if (o->copy != EXH_COPY_STILLS)
        exh_json_set(json, "pictures", pictures_json(d));
    return json;
}

/* An argument that is these words, or ends in "=" and them. */
static bool has_words(const char *argument, const char *words)
{
    size_t size = strlen(argument), end = words ? strlen(words) : 0;

    return end && size >= end && strcmp(argument + size - end, words) == 0
        && (size == end || (argument[0] == '-' && argument[size - end - 1] == '='));
}

static void hide(struct exh_text *argument, const char *words)
{
    size_t keep = argument->size - (words ? strlen(words) : 0);

    if (!has_words(argument->bytes, words))
        return;
    EXH_CLEANUP(exh_freep) char *kept = exh_strndup(argument->bytes, keep);
    exh_text_clear(argument);
    exh_text_printf(argument, "%s(in the custody log)", kept);
}

/* Why a copy is redacted, and what a mask file is called, may tell what is not to be seen: the log has the words, sealed. */
static struct exh_json *made_json(const struct deriving *d)
{
    const struct exh_derive_options *o = d->options;
    EXH_CLEANUP(exh_strings_clear) struct exh_strings arguments = EXH_STRINGS_NONE;

    for (size_t i = 0; i < o->arguments->count; i++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text argument = EXH_TEXT_NONE;
        exh_text_puts(&argument, o->arguments->at[i]);
        if (o->copy == EXH_COPY_REDACTED && argument.size) {
            hide(&argument, o->reason);
            hide(&argument, o->mask_file);
        }
        exh_strings_add(&arguments, argument.bytes ? argument.bytes : "");
    }
    return exh_made_json(d->making.made, d->libraries, d->cage, &arguments, d->producer);
}

struct exh_json *exh_copy_record(const struct deriving *d)
{
    const struct line *line = &d->plan.lines[0];
    struct exh_json *record = exh_json_object();

    exh_json_set_int(record, "version", 1);
    exh_json_set_text(record, "exhibit", d->making.reference);
    exh_json_set_text(record, "item", exh_copy_item(d->options));
    exh_json_set_text(record, "mode", exh_copy_mode(d->options));
    exh_json_set_text(record, "organisation", d->making.store->organisation);
    exh_json_set_text(record, "zone", d->making.store->zone);
    exh_json_set(record, "case", exh_json_copy(d->case_facts));
    exh_json_set(record, "made", made_json(d));
    exh_json_set(record, "of", of_json(d));
    bool interval = line->timed && exh_plan_is_interval(&d->plan);
    exh_json_set(record, "window", interval ? interval_json(&d->plan, line->from_ns, line->to_ns) : exh_json_text(NULL));
    exh_json_set(record, "gaps", exh_json_copy(d->plan.gaps));
    exh_json_set(record, "findings", exh_json_copy(d->plan.findings));
    exh_json_set(record, "parts", exh_json_copy(d->parts));
    exh_json_set(record, "conversion", conversion_json(d));
    if (d->original_count == 1)
        carry(record, d, &d->originals[0]);
    return record;
}
