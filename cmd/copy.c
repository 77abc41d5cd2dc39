/* cmd: what the commands that make copies share: options, progress, results. */
#include "copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- options ---- */

error_t parse_copy(int key, char *argument, struct argp_state *state, struct copy_options *o)
{
    switch (key) {
    case OPT_FROM:      o->from = argument; return 0;
    case OPT_TO:        o->to = argument; return 0;
    case OPT_REASON:    o->reason = argument; return 0;
    case OPT_OUT:       o->out = argument; return 0;
    case OPT_RECIPIENT: exh_strings_add(&o->recipients, argument); return 0;
    case OPT_DRY_RUN:   o->dry_run = true; return 0;
    case ARGP_KEY_ARG:
        if (o->master)
            argp_error(state, "one exhibit at a time");
        o->master = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->master)
            argp_error(state, "of which exhibit? name a Master, for example OP17");
        if (o->recipients.count && !o->out)
            argp_error(state, "--recipient encrypts a package: give --out as well");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

void copy_options_clear(struct copy_options *options)
{
    exh_strings_clear(&options->recipients);
}

static int64_t parse_length(const char *words, struct argp_state *state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    int64_t ns = 0;

    if (!exh_duration_parse(words, 60 * EXH_SECOND, &ns, &err))
        argp_error(state, "--card: %s", err.text);
    else if (ns < EXH_SECOND / 10)
        argp_error(state, "--card: a card that is shown for less than 100ms cannot be read");
    return ns;
}

error_t parse_film(int key, char *argument, struct argp_state *state, struct film_options *o)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    switch (key) {
    case OPT_PRESET:
        if (!exh_preset_check(argument, &err))
            argp_error(state, "%s", err.text);
        o->preset = argument;
        return 0;
    case OPT_ENCODER: o->encoder = argument; return 0;
    case OPT_CARD:    o->card_ns = parse_length(argument, state); return 0;
    case OPT_BURN_IN: o->burn_in = true; return 0;
    case OPT_OVER:    o->over = true; return 0;
    case ARGP_KEY_END:
        if (o->over && !o->burn_in)
            argp_error(state, "--over-picture says where words stand: give --burn-in as well");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- progress ---- */

static int64_t since_ns(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)(now.tv_sec - then->tv_sec) * EXH_SECOND + (now.tv_nsec - then->tv_nsec);
}

struct copy_watch copy_watch_begin(const struct session *session, bool images)
{
    struct copy_watch watch = { .session = session, .images = images,
                                .tells_json = session->json && !session->quiet && session->progress != WATCH_NEVER };

    clock_gettime(CLOCK_MONOTONIC, &watch.begun);
    return watch;
}

static void tell_json(int64_t done, int64_t whole, int64_t taken_ns, int64_t left_ns, bool images)
{
    struct exh_json *object = json_of_type("progress");

    exh_json_set_int(object, images ? "done" : "done_ns", done);
    exh_json_set_int(object, images ? "whole" : "whole_ns", whole);
    exh_json_set_int(object, "taken_ns", taken_ns);
    exh_json_set_int(object, "left_ns", left_ns);
    print_json(object);
    fflush(stdout);
}

static bool is_too_soon(const struct copy_watch *watch)
{
    return watch->told.tv_sec && since_ns(&watch->told) < EXH_SECOND;
}

void copy_watch_tell(void *context, int64_t done, int64_t whole)
{
    struct copy_watch *watch = context;
    int64_t taken = since_ns(&watch->begun) + 1, unit = watch->images ? 1 : EXH_SECOND / 1000;

    if (whole <= 0 || done <= 0)
        return;
    if (!watch->session->json || watch->session->progress == WATCH_JSON)
        watch_tell(&(struct watch_state){ .unit = watch->images ? WATCH_COUNT : WATCH_FILM, .noun = "images",
                                          .done = (uint64_t)(done / unit), .whole = (uint64_t)(whole / unit) });
    if (!watch->tells_json || is_too_soon(watch))
        return;
    clock_gettime(CLOCK_MONOTONIC, &watch->told);
    tell_json(done, whole, taken, done < whole ? (int64_t)((double)taken * (double)(whole - done) / (double)done) : 0, watch->images);
}

/* ---- the result ---- */

static void print_lines(const char *label, const struct exh_json *lines)
{
    for (size_t i = 0; i < exh_json_count(lines); i++)
        print_field(label, exh_json_as_text(exh_json_at(lines, i)));
}

static char *picture_words(const struct exh_json *canvas)
{
    return exh_format("%lldx%lld pixels", (long long)exh_json_as_int(exh_json_at(canvas, 0)), (long long)exh_json_as_int(exh_json_at(canvas, 1)));
}

static void print_made(const struct exh_made *made)
{
    const struct exh_json *record = made->record, *parts = exh_json_get(record, "parts"), *findings = exh_json_get(record, "findings");
    EXH_CLEANUP(exh_freep) char *size = made->size ? exh_text_size(made->size) : NULL;

    print_field("exhibit", *made->reference ? made->reference : "(none: dry run)");
    EXH_CLEANUP(exh_freep) char *picture = picture_words(exh_json_get(exh_json_get(exh_json_get(record, "conversion"), "job"), "canvas"));
    for (size_t i = 0; i < exh_json_count(exh_json_get(record, "of")); i++)
        print_field("copy of", exh_json_text_or(exh_json_at(exh_json_get(record, "of"), i), "exhibit", ""));
    print_field("package", made->package);
    print_field("size", size);
    print_field("sha256", made->digest);
    print_interval("shows", exh_json_get(record, "window"));
    print_field("picture", picture);
    for (size_t i = 0; i < exh_json_count(parts); i++) {
        print_field("file", exh_json_text_or(exh_json_at(parts, i), "file", ""));
        print_field("  sha256", exh_json_text_or(exh_json_at(parts, i), "sha256", ""));
    }
    print_lines("changed", exh_json_get(exh_json_get(record, "conversion"), "changes"));
    for (size_t i = 0; i < exh_json_count(findings); i++)
        print_field("finding", exh_json_text_or(exh_json_at(findings, i), "text", ""));
}

/* ---- making ---- */

static bool read_window(const struct session *session, const struct copy_options *o, struct exh_interval *ret_when, struct exh_error *err)
{
    const char *zone = session->store->zone;

    *ret_when = (struct exh_interval){ .has_from = o->from != NULL, .has_to = o->to != NULL };
    if (o->from && !exh_when_parse(o->from, zone, &ret_when->from, err))
        return exh_while(err, "--from");
    return !o->to || exh_when_parse(o->to, zone, &ret_when->to, err) || exh_while(err, "--to");
}

bool make_copy(struct session *session, const struct copy_options *o, const struct exh_derive_options *derive, const char *type,
               bool images, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct exh_recipient *recipients = NULL;
    EXH_CLEANUP(exh_made_clear) struct exh_made made = { .record = NULL };
    struct copy_watch progress = copy_watch_begin(session, images);
    struct exh_derive_options all = *derive;

    if (!read_window(session, o, &all.when, err) || !session_recipients(&o->recipients, &recipients, err))
        return false;
    all.exact |= o->from || o->to;
    all.master = o->master;
    all.reason = o->reason;
    all.out = o->out;
    all.recipients = recipients;
    all.recipient_count = o->recipients.count;
    all.dry_run = o->dry_run;
    all.arguments = &session->arguments;
    all.progress = copy_watch_tell;
    all.context = &progress;
    all.interrupted = watch_is_interrupted;
    struct watch watch = watch_begin(session, images ? "taking stills" : "encoding");
    bool done = exh_derive(session->store, &all, &made, err);
    watch_end(&watch, done, err);
    if (!done)
        return false;
    if (session->json)
        print_json(json_of_made(&made, type));
    else
        print_made(&made);
    session->status = made.findings ? 7 : 0;
    return true;
}
