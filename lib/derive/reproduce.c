/* derive: runs the job of a copy again over its Master, and compares. */
#include "derive.h"

#include "exhibit/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *exh_reproduced_name(enum exh_reproduced reproduced)
{
    static const char *const names[] = { "same", "other", "not reproducible", "failed" };

    return names[reproduced];
}

void exh_reproduction_clear(struct exh_reproduction *reproduction)
{
    for (size_t i = 0; i < reproduction->file_count; i++)
        free(reproduction->files[i].name);
    free(reproduction->files);
    free(reproduction->libraries);
    free(reproduction->own_libraries);
    exh_error_clear(&reproduction->failure);
    *reproduction = (struct exh_reproduction){ .files = NULL };
}

struct remaking {
    const struct exh_json *record, *job; /* the copy's */
    struct original *originals;
    size_t original_count;
    struct engine engine;
    struct location *places;
    struct exh_reproduction *result;
    struct exh_sha256 *hash;
};

static void clear(struct remaking *r)
{
    for (size_t i = 0; i < r->original_count; i++)
        exh_original_clear(&r->originals[i]);
    free(r->originals);
    exh_engine_clear(&r->engine);
    exh_sha256_freep(&r->hash);
    free(r->places);
}

/* ---- what it was made with ---- */

/* The Master must be the one that the copy was made of: as its log entry is the same, only its name could be another's. */
static bool load_master(struct exh_store *store, struct remaking *r, const struct exh_json *of, struct exh_error *err)
{
    struct original *original = &r->originals[r->original_count];
    const char *reference = NULL;

    if (!exh_json_need_text(of, "exhibit", &reference, err) || !exh_original_load(store, reference, original, err))
        return false;
    r->original_count++;
    return strcmp(exh_json_text_or(of, "tagmanifest_sha256", ""), original->tagmanifest) == 0
        || exh_fail(err, EXH_MALFORMED, "the copy was made of another sealing of %s than lies in the store", original->reference);
}

static bool load_masters(struct exh_store *store, struct remaking *r, struct exh_error *err)
{
    struct exh_json *of = NULL;

    if (!exh_json_need_array(r->record, "of", &of, err))
        return false;
    r->originals = exh_alloc((exh_json_count(of) + 1) * sizeof *r->originals);
    for (size_t i = 0; i < exh_json_count(of); i++)
        if (!load_master(store, r, exh_json_at(of, i), err))
            return false;
    return true;
}

/* Inputs are named by their digests. */
static bool find_input(const struct remaking *r, const char *digest, struct location *ret_place, struct exh_error *err)
{
    for (size_t i = 0; i < r->original_count; i++)
        for (size_t j = 0; j < r->originals[i].part_count; j++)
            if (strcmp(r->originals[i].parts[j].digest, digest) == 0) {
                *ret_place = (struct location){ &r->originals[i], j };
                return true;
            }
    return exh_fail(err, EXH_MALFORMED, "no Master of the copy has a file with the SHA-256 %.64s, which the job names", digest);
}

static bool find_inputs(struct remaking *r, struct exh_error *err)
{
    struct exh_json *inputs = NULL;

    if (!exh_json_need_array(r->job, "inputs", &inputs, err))
        return false;
    r->places = exh_alloc((exh_json_count(inputs) + 1) * sizeof *r->places);
    for (size_t i = 0; i < exh_json_count(inputs); i++)
        if (!find_input(r, exh_json_text_or(exh_json_at(inputs, i), "sha256", ""), &r->places[i], err))
            return false;
    r->engine.places = r->places;
    r->engine.place_count = exh_json_count(inputs);
    return true;
}

static bool open_engine(struct exh_store *store, struct remaking *r, const struct exh_reproduce *how, struct exh_error *err)
{
    const char *font = exh_json_text_or(r->job, "font", NULL);

    if (!exh_engine_open(store, font != NULL, NULL, &r->engine, err))
        return false;
    if (font && strcmp(font, r->engine.font_digest) != 0)
        return exh_fail(err, EXH_IO, "the font here is not the one that the copy was drawn with (SHA-256 %.64s); name that one as "
                        "media.font in the store's config", font);
    if (!font)
        exh_fd_close(&r->engine.font);
    r->engine.job = r->job;
    r->engine.progress = how->progress;
    r->engine.context = how->context;
    r->engine.interrupted = how->interrupted;
    return true;
}

/* ---- making it again ---- */

static void add_found(struct remaking *r, size_t number, const char *digest)
{
    const struct exh_json *part = exh_json_at(exh_json_get(r->record, "parts"), number);
    struct exh_reproduction *result = r->result;

    result->files = exh_realloc_array(result->files, result->file_count + 1, sizeof *result->files);
    struct exh_reproduced_file *file = &result->files[result->file_count++];
    *file = (struct exh_reproduced_file){ .name = exh_strdup(exh_json_text_or(part, "file", "(no such file in the record)")) };
    snprintf(file->expected, sizeof file->expected, "%s", exh_json_text_or(part, "sha256", ""));
    snprintf(file->found, sizeof file->found, "%s", digest);
}

static bool take_bytes(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_sha256_add(((struct remaking *)context)->hash, bytes, size);
    return true;
}

static bool remake_film(struct remaking *r, struct exh_error *err)
{
    EXH_CLEANUP(exh_film_freep) struct exh_film *film = NULL;
    char digest[EXH_SHA256_DIGITS];

    if (!exh_engine_film(&r->engine, &film, err) || !exh_film_write(film, take_bytes, r, err))
        return false;
    exh_sha256_end(r->hash, digest);
    add_found(r, 0, digest);
    r->result->own_libraries = exh_strdup(exh_json_text_or(exh_film_facts(film), "libraries", NULL));
    return true;
}

static bool take_image(void *context, size_t image, const void *bytes, size_t size, const struct exh_json *facts, struct exh_error *err)
{
    struct remaking *r = context;
    char digest[EXH_SHA256_DIGITS];

    (void)err;
    exh_sha256(bytes, size, digest);
    add_found(r, image, digest);
    if (!r->result->own_libraries)
        r->result->own_libraries = exh_strdup(exh_json_text_or(facts, "libraries", NULL));
    return true;
}

static bool remake(struct remaking *r, struct exh_error *err)
{
    bool stills = strcmp(exh_json_text_or(r->job, "kind", ""), "stills") == 0;

    if (!(stills ? exh_engine_stills(&r->engine, take_image, r, err) : remake_film(r, err)))
        return false;
    for (size_t i = 0; i < r->original_count; i++)
        if (!exh_original_is_unchanged(&r->originals[i], err))
            return false;
    return true;
}

static enum exh_reproduced compare(const struct remaking *r)
{
    const struct exh_reproduction *result = r->result;

    if (result->file_count != exh_json_count(exh_json_get(r->record, "parts")))
        return EXH_REPRODUCED_OTHER;
    for (size_t i = 0; i < result->file_count; i++)
        if (strcmp(result->files[i].expected, result->files[i].found) != 0)
            return EXH_REPRODUCED_OTHER;
    return EXH_REPRODUCED_SAME;
}

/* ---- the whole ---- */

static bool run(struct exh_store *store, const struct exh_reproduce *how, struct remaking *r, struct exh_error *err)
{
    return load_masters(store, r, err) && open_engine(store, r, how, err) && find_inputs(r, err) && remake(r, err);
}

static void reproduce(struct exh_store *store, const struct exh_json *record, const struct exh_reproduce *how,
                      struct exh_reproduction *result)
{
    const struct exh_json *conversion = exh_json_get(record, "conversion");
    EXH_CLEANUP(clear) struct remaking r = { .record = record, .job = exh_json_get(conversion, "job"), .engine = EXH_ENGINE_NONE,
                                             .result = result, .hash = exh_sha256_new() };

    result->result = EXH_REPRODUCED_NOT;
    result->libraries = exh_strdup(exh_json_text_or(exh_json_get(record, "made"), "libraries", NULL));
    if (!conversion || !exh_json_bool_or(conversion, "reproducible", false))
        return;
    result->result = run(store, how, &r, &result->failure) ? compare(&r) : EXH_REPRODUCED_FAILED;
}

/* A record that is not as it was sealed says nothing that could be run. */
static void reproduce_judged(struct exh_store *store, const struct exh_package_report *report, const struct exh_reproduce *how,
                             struct exh_reproduction *result)
{
    if (report->verdict == EXH_VERIFIED && report->record) {
        reproduce(store, report->record, how, result);
        return;
    }
    result->result = EXH_REPRODUCED_FAILED;
    exh_fail(&result->failure, EXH_NO, "the copy does not verify, so its job was not run");
}

bool exh_derive_reproduce(struct exh_store *store, const char *reference, const struct exh_reproduce *how,
                          struct exh_package_report *ret_report, struct exh_reproduction *ret_reproduction, struct exh_error *err)
{
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
    EXH_CLEANUP(exh_reproduction_clear) struct exh_reproduction result = { .files = NULL };
    EXH_CLEANUP(exh_json_freep) struct exh_json *facts = exh_json_object();

    if (!exh_store_may(store, "verify", err) || !exh_store_judge(store, reference, NULL, &report, err))
        return false;
    reproduce_judged(store, &report, how, &result);
    exh_json_set_text(facts, "reproduced", exh_reproduced_name(result.result));
    if (!exh_store_enter_verdict(store, reference, &report, exh_steal(&facts), err))
        return false;
    *ret_report = report;
    *ret_reproduction = result;
    report = (struct exh_package_report){ .verdict = EXH_FAILED };
    result = (struct exh_reproduction){ .files = NULL };
    return true;
}
