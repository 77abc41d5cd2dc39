/* derive: a copy, from its Master to its names. */
#include "derive.h"

#include "exhibit/file.h"

#include <stdlib.h>
#include <string.h>

static void clear(struct deriving *d)
{
    exh_making_clear(&d->making);
    exh_plan_clear(&d->plan);
    for (size_t i = 0; i < d->original_count; i++)
        exh_original_clear(&d->originals[i]);
    free(d->originals);
    exh_engine_clear(&d->engine);
    exh_helper_freep(&d->helper);
    exh_json_free(d->case_facts);
    exh_json_free(d->producer);
    exh_json_free(d->job);
    exh_json_free(d->facts);
    exh_json_free(d->parts);
    free(d->description);
    free(d->libraries);
    free(d->cage);
    free(d->places);
}

/* ---- what is there ---- */

static void clear_subjects(struct deriving *d, struct subject *subjects)
{
    for (size_t i = 0; i < d->original_count; i++) {
        for (size_t j = 0; subjects[i].surveys && j < d->originals[i].part_count; j++)
            exh_survey_clear(&subjects[i].surveys[j]);   /* those that the plan did not take */
        free(subjects[i].surveys);
    }
    free(subjects);
}

static bool survey(struct deriving *d, const struct original *original, struct subject *subject, struct exh_error *err)
{
    *subject = (struct subject){ original->reference, original->record,
                                 exh_alloc((original->part_count + 1) * sizeof *subject->surveys), original->rate };
    for (size_t i = 0; i < original->part_count; i++) {
        EXH_CLEANUP(exh_fd_close) int fd = -1;
        if (!exh_original_open(original, i, &fd, err)
            || !exh_convert_survey(d->helper, fd, original->rate, &subject->surveys[i], err))
            return exh_while(err, "'%s' of %s", original->parts[i].file, original->reference);
    }
    return true;
}

static bool survey_all(struct deriving *d, struct subject *subjects, struct exh_error *err)
{
    if (!exh_store_start_helper(d->making.store, &d->helper, err))
        return false;
    for (size_t i = 0; i < d->original_count; i++)
        if (!survey(d, &d->originals[i], &subjects[i], err))
            return false;
    return true;
}

/* The helpers that make the copy are in the same cage as the one that surveyed its Master. */
static void note_reader(struct deriving *d)
{
    EXH_CLEANUP(exh_coverage_clear) struct exh_coverage coverage = { .root = -1 };

    exh_coverage_note_reader(&coverage, d->helper);
    d->libraries = exh_steal(&coverage.libraries);
    d->cage = exh_steal(&coverage.cage);
    for (size_t i = 0; i < coverage.finding_count; i++)
        exh_finding_add(d->plan.findings, coverage.findings[i].code, "%s", coverage.findings[i].text);
}

static bool plan(struct deriving *d, struct exh_error *err)
{
    struct subject *subjects = exh_alloc((d->original_count + 1) * sizeof *subjects);

    bool done = survey_all(d, subjects, err)
        && exh_plan_make(d->options, subjects, d->original_count, d->making.store->zone, &d->plan, err);
    clear_subjects(d, subjects);
    if (done)
        note_reader(d);
    return done;
}

static bool open_engine(struct deriving *d, struct exh_error *err)
{
    size_t count = exh_plan_input_count(&d->plan), line, own;

    if (!exh_engine_open(d->making.store, exh_plan_draws(&d->plan), d->options->encoder, &d->engine, err))
        return false;
    d->plan.font = *d->engine.font_digest ? d->engine.font_digest : NULL;
    d->places = exh_alloc((count + 1) * sizeof *d->places);
    for (size_t i = 0; i < count; i++) {
        const struct input *input = exh_plan_input(&d->plan, i, &line, &own);
        d->places[i] = (struct location){ &d->originals[line], input->part };
    }
    d->engine.places = d->places;
    d->engine.place_count = count;
    d->engine.progress = d->options->progress;
    d->engine.context = d->options->context;
    d->engine.interrupted = d->options->interrupted;
    return true;
}

static void find_job(struct deriving *d, const char *reference)
{
    d->job = d->options->copy == EXH_COPY_STILLS ? exh_job_stills(&d->plan, reference) : exh_job_film(&d->plan, reference);
    d->engine.job = d->job;
}

/* ---- films ---- */

static bool take_bytes(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct deriving *d = context;

    return exh_making_goes_on(&d->making, err) && exh_fan_put(exh_package_fan(d->making.package), bytes, size, err);
}

static bool put_film(struct deriving *d, const struct exh_film *film, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *name = exh_copy_film_name(d);
    char digest[EXH_SHA256_DIGITS];

    if (!exh_package_begin(d->making.package, name, exh_film_size(film), NULL, err) || !exh_film_write(film, take_bytes, d, err)
        || !exh_package_end(d->making.package, digest, err))
        return false;
    exh_json_add(d->parts, exh_copy_film_part(d, name, exh_film_size(film), digest));
    return true;
}

/* Those that the copy's bytes depend on. */
static void set_libraries(struct deriving *d, const struct exh_json *facts)
{
    free(d->libraries);
    d->libraries = exh_strdup(exh_json_text_or(facts, "libraries", ""));
}

static bool write_film(struct deriving *d, struct exh_error *err)
{
    EXH_CLEANUP(exh_film_freep) struct exh_film *film = NULL;

    if (!exh_engine_film(&d->engine, &film, err))
        return false;
    d->facts = exh_json_copy(exh_film_facts(film));
    set_libraries(d, d->facts);
    return put_film(d, film, err);
}

/* ---- stills ---- */

static bool take_image(void *context, size_t image, const void *bytes, size_t size, const struct exh_json *facts, struct exh_error *err)
{
    struct deriving *d = context;
    EXH_CLEANUP(exh_freep) char *name = exh_copy_image_name(d, image);
    char digest[EXH_SHA256_DIGITS];

    if (!exh_making_put(&d->making, name, bytes, size, digest, err))
        return false;
    exh_json_add(d->parts, exh_copy_image_part(d, image, name, size, digest, facts));
    exh_json_add(d->facts, exh_json_copy(facts));
    return true;
}

static bool write_stills(struct deriving *d, struct exh_error *err)
{
    d->facts = exh_json_array();
    if (!exh_engine_stills(&d->engine, take_image, d, err))
        return false;
    set_libraries(d, exh_json_at(d->facts, 0));
    return true;
}

/* ---- what the making asks for ---- */

static bool write_payload(void *context, struct exh_error *err)
{
    struct deriving *d = context;

    find_job(d, d->making.reference);
    if (!(d->options->copy == EXH_COPY_STILLS ? write_stills(d, err) : write_film(d, err)))
        return false;
    exh_copy_note_facts(d);
    for (size_t i = 0; i < d->original_count; i++)
        if (!exh_original_is_unchanged(&d->originals[i], err))
            return false;
    return true;
}

static struct exh_json *record(void *context)
{
    return exh_copy_record(context);
}

static char *stem(void *context)
{
    return exh_copy_stem(context);
}

static void add_digests(const struct exh_json *parts, struct exh_json *digests)
{
    for (size_t i = 0; i < exh_json_count(parts); i++)
        exh_json_add_text(digests, exh_json_text_or(exh_json_at(parts, i), "sha256", ""));
}

static void conclude(void *context, struct exh_entry_draft *draft)
{
    const struct deriving *d = context;
    struct exh_json *masters = exh_json_array(), *copies = exh_json_array();

    for (size_t i = 0; i < d->original_count; i++)
        add_digests(exh_json_get(d->originals[i].record, "parts"), masters);
    add_digests(d->parts, copies);
    exh_json_set(draft->facts, "masters", masters);
    exh_json_set(draft->facts, "copies", copies);
    exh_json_set_int(draft->facts, "findings", (int64_t)exh_json_count(d->plan.findings));
    exh_json_set(draft->details, "findings", exh_json_copy(d->plan.findings));
}

static void keep(void *context, const struct exh_json *sealed)
{
    const struct deriving *d = context;

    (void)sealed;
    if (!d->options->masks || !d->options->masks->file)
        return;
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(d->options->masks->file);
    exh_package_text(d->making.package, "record/masks.json", bytes, strlen(bytes));
}

static const struct exh_making_ways ways = { write_payload, record, stem, conclude, keep };

/* ---- the act ---- */

static const char *making_name(const struct exh_derive_options *options)
{
    static const char *const names[] = { "transcode", "redact", "still", "combine" };

    return names[options->copy];
}

static struct exh_json *asked(const struct deriving *d)
{
    struct exh_json *details = exh_json_object(), *arguments = exh_json_array();

    for (size_t i = 0; i < d->options->arguments->count; i++)
        exh_json_add_text(arguments, d->options->arguments->at[i]);
    exh_json_set_text(details, "mode", exh_copy_mode(d->options));
    exh_json_set_text(details, "reason", d->options->reason);
    exh_json_set(details, "arguments", arguments);
    return details;
}

/* The others of a grid, in clear: whoever reads the log must know what was combined. */
static struct exh_json *with(const struct deriving *d)
{
    struct exh_json *facts = exh_json_object(), *others = exh_json_array();

    for (size_t i = 1; i < d->original_count; i++)
        exh_json_add_text(others, d->originals[i].reference);
    exh_json_set(facts, "with", others);
    return facts;
}

static void set_making(struct deriving *d, struct exh_store *store)
{
    static const char *const words[] = { "Copy", "Redacted copy", "Stills", "Copy, with others," };
    const struct exh_derive_options *o = d->options;
    const struct original *first = &d->originals[0];

    d->description = exh_format("%s of exhibit %s, not the Master", words[o->copy], first->reference);
    d->making.store = store;
    d->making.name = making_name(o);
    d->making.case_id = first->case_id;
    d->making.of = first->reference;
    d->making.description = d->description;
    d->making.out = o->out;
    d->making.recipients = o->recipients;
    d->making.recipient_count = o->recipient_count;
    d->making.interrupted = o->interrupted;
    d->making.ways = &ways;
    d->making.context = d;
    d->making.asked = asked(d);
    if (d->original_count > 1)
        d->making.facts = with(d);
}

static uint64_t size_of(const struct exh_json *parts)
{
    uint64_t size = 0;

    for (size_t i = 0; i < exh_json_count(parts); i++)
        size += (uint64_t)exh_json_int_or(exh_json_at(parts, i), "size", 0);
    return size;
}

static bool say(struct deriving *d, struct exh_made *made, struct exh_error *err)
{
    const struct exh_casefile *casefile;
    char reference[24];

    if (!exh_store_casefile(d->making.store, d->originals[0].case_id, &casefile, err))
        return false;
    exh_casefile_next_copy(casefile, d->originals[0].reference, reference);
    find_job(d, reference);
    made->record = exh_copy_record(d);
    return true;
}

static bool make(struct deriving *d, struct exh_made *made, struct exh_error *err)
{
    if (!exh_making_reserve(&d->making, err) || !exh_making_run(&d->making, made, err))
        return false;
    if (!made->package)
        made->size = size_of(d->parts);
    return true;
}

/* ---- of which Masters ---- */

enum { MOST_MASTERS = 9 };

static bool load(struct exh_store *store, struct deriving *d, const char *reference, struct exh_error *err)
{
    struct original *next = &d->originals[d->original_count];

    for (size_t i = 0; i < d->original_count; i++)
        if (strcmp(d->originals[i].reference, reference) == 0)
            return exh_fail(err, EXH_USAGE, "%s is named twice", reference);
    if (!exh_original_load(store, reference, next, err))
        return false;
    d->original_count++;
    return strcmp(next->case_id, d->originals[0].case_id) == 0
        || exh_fail(err, EXH_REFUSED, "%s is of case %s, and %s of case %s: what is of two cases is not put into one exhibit",
                    next->reference, next->case_id, d->originals[0].reference, d->originals[0].case_id);
}

static bool load_all(struct exh_store *store, struct deriving *d, struct exh_error *err)
{
    const struct exh_strings *with = d->options->copy == EXH_COPY_GRID ? d->options->with : NULL;
    size_t count = 1 + (with ? with->count : 0);

    if (count > MOST_MASTERS)
        return exh_fail(err, EXH_USAGE, "%d exhibits at most stand side by side, not %zu", MOST_MASTERS, count);
    d->originals = exh_alloc(count * sizeof *d->originals);
    if (!load(store, d, d->options->master, err))
        return false;
    for (size_t i = 1; i < count; i++) {
        char reference[24];
        if (!exh_original_named(store, d->originals[0].case_id, with->at[i - 1], reference, err) || !load(store, d, reference, err))
            return false;
    }
    return true;
}

bool exh_derive(struct exh_store *store, const struct exh_derive_options *options, struct exh_made *ret_made, struct exh_error *err)
{
    EXH_CLEANUP(clear) struct deriving d = { .making = EXH_MAKING_NONE, .engine = EXH_ENGINE_NONE, .options = options,
                                             .parts = exh_json_array() };
    EXH_CLEANUP(exh_made_clear) struct exh_made made = { .record = NULL };
    EXH_CLEANUP(exh_freep) char *act = exh_format("%s-begun", making_name(options));

    if (!exh_store_may(store, act, err) || !load_all(store, &d, err))
        return false;
    set_making(&d, store);
    if (!exh_making_for_case(store, d.originals[0].case_id, &d.case_facts, &d.producer, err) || !exh_making_open(&d.making, err)
        || !plan(&d, err) || !open_engine(&d, err))
        return false;
    if (!(options->dry_run ? say : make)(&d, &made, err))
        return false;
    made.findings = exh_json_count(d.plan.findings);
    *ret_made = made;
    made = (struct exh_made){ .record = NULL };
    return true;
}
