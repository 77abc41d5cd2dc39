/* exhibit log verify: check the custody log, by itself and against what was seen of it outside. */
#include "opening.h"
#include "stamp.h"

#include "exhibit/file.h"
#include "exhibit/ledger.h"
#include "exhibit/package.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options { struct exh_strings against; const char *identity, *ca; bool new; };
enum { OPT_AGAINST = 0x100, OPT_IDENTITY, OPT_CA, OPT_NEW };

static const struct argp_option option_list[] = {
    { "against", OPT_AGAINST, "FILE", 0, "Hold the log against a package or a checkpoint that left the room; may be given again and again, and "
      "others may follow", 0 },
    { "identity", OPT_IDENTITY, "FILE", 0, "The age identity that opens encrypted packages", 0 },
    { "new", OPT_NEW, NULL, 0, "Check only what was added since all of it verified in this store before, in milliseconds", 0 },
    { "tsa-ca", OPT_CA, "FILE", 0, "Check the time stamps too: certificates (PEM) that their authorities are believed by", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case OPT_IDENTITY: o->identity = argument; return 0;
    case OPT_CA:       o->ca = argument; return 0;
    case OPT_NEW:      o->new = true; return 0;
    case ARGP_KEY_END:
        if (o->new && (o->against.count || o->ca))
            argp_error(state, "--new looks at new entries only; --against and --tsa-ca are of the whole log: choose one");
        return 0;
    case ARGP_KEY_ARG:
        if (!o->against.count)
            argp_error(state, "packages and checkpoints to compare with follow --against");
        /* fallthrough */
    case OPT_AGAINST:
        exh_strings_add(&o->against, argument);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void clear(void *options)
{
    exh_strings_clear(&((struct options *)options)->against);
}

/* ---- what left the room ---- */

/* What one of them says. */
struct witness { const char *path; uint64_t size; char *problem; };
struct compared { struct witness *at; size_t count; };

static void clear_compared(struct compared *compared)
{
    for (size_t i = 0; i < compared->count; i++)
        free(compared->at[i].problem);
    free(compared->at);
}

static bool is_checkpoint(const char *bytes)
{
    return strncmp(bytes, "custody.invalid/", strlen("custody.invalid/")) == 0;
}

/* A checkpoint by itself, or that of a package: only a package whose signature holds says anything. */
static bool read_note(const char *path, const struct exh_identity *identity, char **ret_note, size_t *ret_size, struct exh_error *err)
{
    const struct exh_package_ask ask = { .identity = identity, .into = -1 };
    EXH_CLEANUP(exh_error_clear) struct exh_error too_large = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (exh_file_read(AT_FDCWD, path, EXH_NOTE_MOST, &bytes, &size, &too_large) && is_checkpoint(bytes)) {
        *ret_note = exh_steal(&bytes);
        *ret_size = size;
        return true;
    }
    if (!exh_package_check(AT_FDCWD, path, &ask, &report, err))
        return false;
    if (!report.checkpoint || (report.verdict != EXH_VERIFIED && report.verdict != EXH_PARTIAL))
        return exh_fail(err, EXH_NO, "it is no checkpoint, nor a package that holds and has one; 'exhibit verify' says more");
    *ret_note = exh_steal(&report.checkpoint);
    *ret_size = strlen(*ret_note);
    return true;
}

static bool hold(const char *path, const struct exh_identity *identity, const struct exh_ledger_report *report, struct compared *compared,
                 struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *note = NULL;
    struct exh_checkpoint checkpoint = { .size = 0 };
    size_t size = 0;

    bool holds = read_note(path, identity, &note, &size, &wrong)
              && exh_ledger_holds(report, note, size, &checkpoint, &wrong);
    if (!holds && wrong.kind != EXH_NO && wrong.kind != EXH_MALFORMED) {
        exh_error_move(err, &wrong);
        return exh_while(err, "'%s'", path);
    }
    compared->at = exh_realloc_array(compared->at, compared->count + 1, sizeof *compared->at);
    compared->at[compared->count++] = (struct witness){ path, checkpoint.size, holds ? NULL : exh_strdup(wrong.text) };
    return true;
}

static bool compare(const struct options *o, const struct exh_ledger_report *report, struct compared *compared, struct exh_error *err)
{
    EXH_CLEANUP(opening_clear) struct opening opening = { .identity_file = o->identity };

    if (!opening_read(&opening, err))
        return false;
    for (size_t i = 0; i < o->against.count; i++)
        if (!hold(o->against.at[i], opening.identity, report, compared, err))
            return false;
    return true;
}

/* How many entries somebody outside has seen: by what the log itself has of witnesses, and by what was given. */
static uint64_t anchored(const struct exh_ledger_report *report, const struct compared *compared)
{
    uint64_t most = 0;

    for (size_t i = 0; i < report->anchors.count; i++)
        most = report->anchors.at[i].size > most ? report->anchors.at[i].size : most;
    for (size_t i = 0; i < compared->count; i++)
        if (!compared->at[i].problem && compared->at[i].size > most)
            most = compared->at[i].size;
    return most;
}

/* ---- telling ---- */

static struct exh_json *anchors_json(const struct exh_ledger_report *report)
{
    struct exh_json *anchors = exh_json_array();

    for (size_t i = 0; i < report->anchors.count; i++) {
        const struct exh_anchor *anchor = &report->anchors.at[i];
        struct exh_json *json = exh_json_object();
        exh_json_set_int(json, "entries", (int64_t)anchor->size);
        exh_json_set_text(json, "witness", anchor->witness);
        exh_json_set(json, "at", moment_json(anchor->at));
        exh_json_set_int(json, "entry", (int64_t)anchor->entry);
        exh_json_add(anchors, json);
    }
    return anchors;
}

static struct exh_json *lost_json(const struct exh_ledger_report *report)
{
    struct exh_json *all = exh_json_array();

    for (size_t i = 0; i < report->lost_count; i++) {
        struct exh_json *range = exh_json_object();
        exh_json_set_int(range, "from", (int64_t)report->lost[i].from);
        exh_json_set_int(range, "to", (int64_t)report->lost[i].to);
        exh_json_add(all, range);
    }
    return all;
}

static struct exh_json *compared_json(const struct compared *compared)
{
    struct exh_json *all = exh_json_array();

    for (size_t i = 0; i < compared->count; i++) {
        struct exh_json *json = exh_json_object();
        json_set_path(json, "file", compared->at[i].path);
        exh_json_set_int(json, "entries", (int64_t)compared->at[i].size);
        exh_json_set_bool(json, "holds", !compared->at[i].problem);
        exh_json_set_text(json, "problem", compared->at[i].problem);
        exh_json_add(all, json);
    }
    return all;
}

/* One that was not checked says what its entry does; one that was checked and does not hold is a problem too. */
static struct exh_json *stamps_json(const struct exh_ledger_report *report, bool checked)
{
    struct exh_json *stamps = exh_json_array();

    for (size_t i = 0; i < report->stamps.count; i++) {
        const struct exh_log_stamp *stamp = &report->stamps.at[i];
        struct exh_json *json = exh_json_object();
        exh_json_set_int(json, "entries", (int64_t)stamp->size);
        exh_json_set(json, "at", moment_json(stamp->at));
        exh_json_set_int(json, "entry", (int64_t)stamp->entry);
        exh_json_set_bool(json, "checked", checked);
        exh_json_set_text(json, "authority", stamp->authority);
        exh_json_set_text(json, "holds", NULL);
        if (checked)
            exh_json_set_bool(json, "holds", stamp->authority != NULL);
        exh_json_add(stamps, json);
    }
    return stamps;
}

/* How many entries an authority is known to have stamped. */
static uint64_t stamped(const struct exh_ledger_report *report)
{
    uint64_t most = 0;

    for (size_t i = 0; i < report->stamps.count; i++)
        if (report->stamps.at[i].authority && report->stamps.at[i].size > most)
            most = report->stamps.at[i].size;
    return most;
}

static struct exh_json *report_json(const struct exh_ledger_report *report, const struct compared *compared, bool stamps_checked,
                                    const char *verdict)
{
    struct exh_json *object = json_of_type("log-verify"), *problems = exh_json_array();

    for (size_t i = 0; i < report->problems.count; i++)
        exh_json_add_text(problems, report->problems.at[i]);
    exh_json_set_text(object, "verdict", verdict);
    exh_json_set_int(object, "entries", (int64_t)report->entries);
    exh_json_set_text(object, "head", *report->head ? report->head : NULL);
    exh_json_set_text(object, "commit", report->commit);
    exh_json_set_text(object, "log", report->has_log ? report->log.name : NULL);
    exh_json_set_int(object, "anchored", (int64_t)anchored(report, compared));
    exh_json_set(object, "anchors", anchors_json(report));
    exh_json_set(object, "lost", lost_json(report));
    exh_json_set(object, "against", compared_json(compared));
    exh_json_set_int(object, "stamped", (int64_t)stamped(report));
    exh_json_set(object, "stamps", stamps_json(report, stamps_checked));
    exh_json_set_int(object, "keys_destroyed", (int64_t)report->keys_destroyed);
    exh_json_set_int(object, "sealed_for_ever", (int64_t)report->sealed_for_ever);
    exh_json_set(object, "problems", problems);
    return object;
}

static void print_as_json(const struct exh_ledger_report *report, const struct compared *compared, bool stamps_checked,
                          const char *verdict)
{
    print_json(report_json(report, compared, stamps_checked, verdict));
}

static void print_range(const char *field, uint64_t from, uint64_t to, const char *words)
{
    EXH_CLEANUP(exh_freep) char *range = from == to ? exh_format("entry %" PRIu64 "%s", from, words)
                                                    : exh_format("entries %" PRIu64 " to %" PRIu64 "%s", from, to, words);

    print_field(field, range);
}

/* What is lost, and what stands between and behind it. */
static void print_lost(const struct exh_ledger_report *report)
{
    uint64_t next = 0;

    for (size_t i = 0; i < report->lost_count; i++) {
        if (report->lost[i].from > next)
            print_range("readable", next, report->lost[i].from - 1, "");
        print_range("lost", report->lost[i].from, report->lost[i].to, ": missing or damaged in this repository");
        next = report->lost[i].to + 1;
    }
    if (report->lost_count && next < report->entries)
        print_range("readable", next, report->entries - 1, "");
    if (report->lost_count)
        print_field("remedy", "fetch what is missing from a mirror or a backup: exhibit-log(1), Damage");
}

static void print_anchors(const struct exh_ledger_report *report, const struct compared *compared)
{
    uint64_t seen = anchored(report, compared);
    char at[EXH_MOMENT_SIZE];

    for (size_t i = 0; i < report->anchors.count; i++) {
        const struct exh_anchor *anchor = &report->anchors.at[i];
        exh_moment_utc(anchor->at, at);
        EXH_CLEANUP(exh_freep) char *words = exh_format("the first %" PRIu64 " entries, seen by %s at %s (entry %" PRIu64 ")", anchor->size,
                                                        anchor->witness, at, anchor->entry);
        print_field("anchored", words);
    }
    for (size_t i = 0; i < compared->count; i++) {
        const struct witness *one = &compared->at[i];
        EXH_CLEANUP(exh_freep) char *words = one->problem ? exh_format("%s: %s", one->path, one->problem)
                                                          : exh_format("the first %" PRIu64 " entries, by %s", one->size, one->path);
        print_field(one->problem ? "problem" : "anchored", words);
    }
    if (seen >= report->entries)
        return;
    EXH_CLEANUP(exh_freep) char *words = exh_format("entries %" PRIu64 " to %" PRIu64 ": nobody outside is known to have seen them", seen,
                                                    report->entries - 1);
    print_field("not anchored", words);
}

static void print_stamps(const struct exh_ledger_report *report, bool checked)
{
    char at[EXH_MOMENT_SIZE];

    for (size_t i = 0; checked && i < report->stamps.count; i++) {
        const struct exh_log_stamp *stamp = &report->stamps.at[i];
        if (!stamp->authority)
            continue;
        exh_moment_utc(stamp->at, at);
        EXH_CLEANUP(exh_freep) char *words = exh_format("the first %" PRIu64 " entries, at %s by %s (entry %" PRIu64 ")", stamp->size,
                                                        at, stamp->authority, stamp->entry);
        print_field("stamped", words);
    }
    if (checked || !report->stamps.count)
        return;
    EXH_CLEANUP(exh_freep) char *words = exh_format("time stamps in %zu entr%s: name whom to believe with --tsa-ca", report->stamps.count,
                                                    report->stamps.count == 1 ? "y" : "ies");
    print_field("not checked", words);
}

static void print_head(const struct exh_ledger_report *report, const char *verdict)
{
    printf("custody log: %s\n", verdict);
    printf("%-12s %" PRIu64 "\n", "entries", report->entries);
    print_field("last entry", *report->head ? report->head : NULL);
    print_field("commit", report->commit);
    print_field("log", report->has_log ? report->log.name : NULL);
}

static void print_sealed(const struct exh_ledger_report *report)
{
    EXH_CLEANUP(exh_freep) char *words = exh_format("the details of %" PRIu64 " entries, by the destruction of the keys of %" PRIu64
                                                    " cases; all else they say is checked", report->sealed_for_ever, report->keys_destroyed);

    print_field("sealed for ever", report->keys_destroyed ? words : NULL);
}

static void print_problems(const struct exh_ledger_report *report)
{
    for (size_t i = 0; i < report->problems.count; i++)
        print_field("problem", report->problems.at[i]);
}

static void print_as_text(const struct exh_ledger_report *report, const struct compared *compared, bool stamps_checked,
                          const char *verdict)
{
    print_head(report, verdict);
    print_lost(report);
    print_anchors(report, compared);
    print_stamps(report, stamps_checked);
    print_sealed(report);
    print_problems(report);
}

static bool has_problem(const struct exh_ledger_report *report, const struct compared *compared)
{
    for (size_t i = 0; i < compared->count; i++)
        if (compared->at[i].problem)
            return true;
    return report->problems.count != 0;
}

static bool check_stamps(const char *ca, struct exh_ledger_report *report, struct exh_error *err)
{
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = NULL;

    if (!ca)
        return true;
    if (!stamp_roots(ca, &roots, err))
        return false;
    exh_ledger_check_stamps(report, roots);
    return true;
}

/* ---- only what is new ---- */

static void print_new(const struct session *session, const struct exh_ledger_report *report, uint64_t before)
{
    const struct compared none = { NULL, 0 };
    const char *verdict = report->problems.count ? "FAILED" : "VERIFIED";

    if (session->json) {
        struct exh_json *object = report_json(report, &none, false, verdict);
        exh_json_set_int(object, "verified_before", (int64_t)before);
        print_json(object);
        return;
    }
    EXH_CLEANUP(exh_freep) char *words = exh_format("%" PRIu64 " entries, and not checked again", before);
    print_head(report, verdict);
    print_field("before", before ? words : NULL);
    print_lost(report);
    print_problems(report);
}

static bool run_new(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .entries = 0 };
    uint64_t before;

    if (!session_open_store(session, err))
        return false;
    exh_ledger_watch(session->store->ledger, (struct exh_repo_watch){ watch_entries, NULL });
    bool done = exh_store_verify_log(session->store, &before, &report, err);
    exh_ledger_watch(session->store->ledger, (struct exh_repo_watch){ NULL, NULL });
    if (!done)
        return false;
    print_new(session, &report, before);
    session->status = report.problems.count ? EXH_NO : 0;
    return true;
}

static bool run_whole(struct session *session, const struct options *o, const char *store, struct exh_error *err)
{
    EXH_CLEANUP(exh_ledger_freep) struct exh_ledger *ledger = NULL;
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .entries = 0 };
    EXH_CLEANUP(clear_compared) struct compared compared = { NULL, 0 };
    /* A log that is damaged must still be judged: only the log is opened, not the store. */
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/custody.git", store);

    if (!exh_ledger_open(path, &ledger, err))
        return false;
    exh_ledger_watch(ledger, (struct exh_repo_watch){ watch_entries, NULL });
    if (!exh_ledger_verify(ledger, &report, err) || !compare(o, &report, &compared, err)
        || !check_stamps(o->ca, &report, err))
        return false;
    bool failed = has_problem(&report, &compared);
    (session->json ? print_as_json : print_as_text)(&report, &compared, o->ca != NULL, failed ? "FAILED" : "VERIFIED");
    session->status = failed ? EXH_NO : 0;
    return true;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    const char *store;

    if (!session_need_store(session, &store, err))
        return false;
    struct watch watch = watch_reading(session, "verifying the log", "there is no verdict, and the log is as it was");
    bool done = o->new ? run_new(session, err) : run_whole(session, o, store, err);
    watch_end(&watch, done, err);
    return done;
}

static const struct argp argp = { option_list, parse, NULL,
    "Check the custody log: chain, sequence, canonical form, every signature, that each key was trusted for what it signed, the tree over "
    "all entries, and what came back from witnesses; with --tsa-ca also its time stamps. No key is needed. A log that was cut short, or "
    "made anew by who holds all its keys, shows by what left the room: packages, checkpoints.\v"
    "Exit status: 0 it verifies, 1 it does not.\n\n"
    "Examples:\n  exhibit log verify\n  exhibit log verify --new\n  exhibit log verify --against out/*.zip monday.checkpoint\n"
    "  exhibit log verify --tsa-ca tsa-roots.pem", NULL, NULL, NULL };
const struct command cmd_log_verify = { "log verify", "check the custody log", &argp, sizeof(struct options), 0, run, clear };
