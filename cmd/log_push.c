/* exhibit log push: copies of the custody log elsewhere. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct options {
    struct exh_strings names;
    bool dry_run;
};
enum { OPT_DRY_RUN = 0x100 };

static const struct argp_option option_list[] = {
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Look at each remote and say what would be pushed; push nothing", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case OPT_DRY_RUN: o->dry_run = true; return 0;
    case ARGP_KEY_ARG: exh_strings_add(&o->names, argument); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void clear_options(void *options)
{
    struct options *o = options;

    exh_strings_clear(&o->names);
}

/* ---- what was found ---- */

/* One remote's push, and how it ended. */
struct outcome {
    const struct exh_store_remote *remote;
    struct exh_store_push found;
    double seconds;
};

static const char *state_words(const struct outcome *outcome)
{
    if (outcome->found.push.pushed)
        return "pushed";
    switch (outcome->found.push.state) {
    case EXH_REMOTE_EQUAL: return "up-to-date";
    case EXH_REMOTE_EMPTY:
    case EXH_REMOTE_BEHIND: return "would-push";
    case EXH_REMOTE_AHEAD: return "ahead";
    case EXH_REMOTE_FORKED: return "forked";
    default: return "other";
    }
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "y" : "ies";
}

/* What differs, and what it means; NULL where nothing is wrong. Free with free(). */
static char *difference(const struct outcome *outcome)
{
    const struct exh_push *push = &outcome->found.push;
    const char *name = outcome->remote->name;
    unsigned long long theirs = push->theirs_more, ours = push->ours_more, common = outcome->found.common;

    switch (push->state) {
    case EXH_REMOTE_AHEAD:
        return exh_format("remote '%s' is AHEAD: after entry %llu (%s), the last one here, it has %llu entr%s more "
                          "(head %s); this log "
                          "was cut short, or restored from an old copy; nothing was pushed",
                          name, common, push->common, theirs, plural(theirs), push->before);
    case EXH_REMOTE_FORKED:
        return exh_format("remote '%s' is FORKED: entry %llu (%s) is the last in common; after it the remote has %llu "
                          "entr%s (head %s), "
                          "and this log %llu of its own; one of the two was rewritten; nothing was pushed",
                          name, common, push->common, theirs, plural(theirs), push->before, ours);
    case EXH_REMOTE_OTHER:
        if (*push->before)
            return exh_format(
                "remote '%s' holds ANOTHER LOG: no entry in common with this one (head %s); nothing was pushed", name,
                push->before);
        return exh_format("remote '%s' holds other branches and no custody log: give the log a repository of its own "
                          "('git init --bare -b custody DIR'); nothing was pushed",
                          name);
    default: return NULL;
    }
}

static bool is_wrong(const struct outcome *outcome)
{
    return outcome->found.push.state >= EXH_REMOTE_AHEAD;
}

static void print_outcome_json(const struct outcome *outcome, const char *words)
{
    const struct exh_push *push = &outcome->found.push;
    struct exh_json *object = json_of_type("log-push");

    exh_json_set_text(object, "remote", outcome->remote->name);
    json_set_path(object, "url", outcome->remote->url);
    exh_json_set_text(object, "state", state_words(outcome));
    exh_json_set_int(object, "status", is_wrong(outcome) ? EXH_NO : 0);
    exh_json_set_text(object, "head", *push->after ? push->after : NULL);
    exh_json_set_int(object, "entries", (int64_t)outcome->found.entries);
    exh_json_set_int(object, "pushed", push->pushed ? (int64_t)push->ours_more : 0);
    exh_json_set_int(object, "ours_more", push->pushed ? 0 : (int64_t)push->ours_more);
    exh_json_set_int(object, "theirs_more", (int64_t)push->theirs_more);
    exh_json_set_text(object, "common", *push->common ? push->common : NULL);
    exh_json_set(object, "common_entry",
                 *push->common ? exh_json_int((int64_t)outcome->found.common) : exh_json_text(NULL));
    exh_json_set_int(object, "milliseconds", (int64_t)(outcome->seconds * 1000));
    exh_json_set_text(object, "text", words);
    print_json(object);
}

static void print_outcome(const struct session *session, const struct outcome *outcome)
{
    const struct exh_push *push = &outcome->found.push;
    EXH_CLEANUP(exh_freep) char *words = difference(outcome);
    EXH_CLEANUP(exh_freep) char *entries = exh_format("%llu", (unsigned long long)outcome->found.entries);
    EXH_CLEANUP(exh_freep) char *more = exh_format("%llu", (unsigned long long)push->ours_more);
    EXH_CLEANUP(exh_freep) char *seconds = exh_format("%.1f s", outcome->seconds);

    if (session->json)
        print_outcome_json(outcome, words);
    else {
        print_field("remote", outcome->remote->name);
        print_field("url", outcome->remote->url);
        print_field("state", state_words(outcome));
        print_field("head", push->after);
        print_field("entries", push->state == EXH_REMOTE_OTHER ? NULL : entries);
        print_field(push->pushed ? "pushed" : "to push",
                    is_wrong(outcome) || push->state == EXH_REMOTE_EQUAL ? NULL : more);
        print_field("time", seconds);
    }
    if (words)
        fprintf(stderr, "exhibit: %s\n", words);
}

/* One object a remote, also where it could not be reached. */
static void print_failure(const struct session *session, const struct outcome *outcome, const struct exh_error *err)
{
    if (session->json) {
        struct exh_json *object = json_of_type("log-push");
        exh_json_set_text(object, "remote", outcome->remote->name);
        json_set_path(object, "url", outcome->remote->url);
        exh_json_set_text(object, "state", "failed");
        exh_json_set_int(object, "status", err->kind);
        exh_json_set_int(object, "milliseconds", (int64_t)(outcome->seconds * 1000));
        exh_json_set_text(object, "text", err->text);
        print_json(object);
    }
    fprintf(stderr, "exhibit: %s\n", err->text);
}

/* ---- pushing ---- */

static bool go_on(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    if (total)
        watch_tell(&(struct watch_state){ .unit = WATCH_COUNT, .noun = "objects", .done = done, .whole = total });
    return !watch_is_interrupted();
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The exit status of one remote. */
static int push_one(struct session *session, const struct exh_store_remote *remote, bool dry_run, size_t before)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct watch watch = watch_begin(session, "pushing");
    const char *scratch = getenv("TMPDIR");
    const struct exh_push_options how = { .dry_run = dry_run,
                                          .scratch = scratch && *scratch == '/' ? scratch : "/tmp",
                                          .go_on = go_on };
    struct outcome outcome = { .remote = remote };
    double begun = now();

    bool done = exh_store_push(session->store, remote, &how, &outcome.found, &err);
    outcome.seconds = now() - begun;
    if (!done && watch_is_interrupted())
        (void)exh_while(&err, "interrupted, with %zu remote%s up to date", before, before == 1 ? "" : "s");
    watch_end(&watch, done, &err);
    if (!done) {
        print_failure(session, &outcome, &err);
        return (int)err.kind;
    }
    print_outcome(session, &outcome);
    return is_wrong(&outcome) ? EXH_NO : 0;
}

/* A remote that holds something else counts most, then one that cannot be pushed to, then one that is busy. */
static int worse(int one, int other)
{
    static const int order[] = { EXH_NO, EXH_REFUSED, EXH_MALFORMED, EXH_USAGE, EXH_IO, EXH_BUSY };

    for (size_t i = 0; i < EXH_COUNT(order); i++)
        if (one == order[i] || other == order[i])
            return order[i];
    return 0;
}

static bool check_names(const struct exh_store *store, const struct exh_strings *names, struct exh_error *err)
{
    const struct exh_store_remote *remote;
    size_t there = 0;

    for (size_t i = 0; i < names->count; i++)
        if (!exh_store_need_remote(store, names->at[i], &remote, err))
            return false;
    for (size_t i = 0; i < store->remote_count; i++)
        there += store->remotes[i].url != NULL;
    return there || exh_fail(err, EXH_USAGE, "the log has no remote: add one with 'exhibit log remote add NAME URL'");
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    const struct exh_store *store = session->store;
    size_t pushed = 0;

    if (!check_names(store, &o->names, err))
        return false;
    exh_store_forget_keys(session->store);
    for (size_t i = 0; i < store->remote_count; i++) {
        const struct exh_store_remote *remote = &store->remotes[i];
        if (!remote->url || (o->names.count && !exh_strings_contain(&o->names, remote->name)))
            continue;
        int status = push_one(session, remote, o->dry_run, pushed);
        pushed += status == 0;
        session->status = worse(session->status, status);
    }
    return true;
}

static const struct argp argp = { option_list,
                                  parse,
                                  "[REMOTE...]",
                                  "Push the custody log to its remotes, or those named: forward only, what each has is "
                                  "read back. No key is needed. A remote that "
                                  "is ahead, forked, or another log is left as it is, and what differs is said.\v"
                                  "Exit status: 0 all are up to date now, 1 one is ahead, forked or another log, 3 one "
                                  "cannot be reached, 6 one is busy.\n\n"
                                  "Example:\n  exhibit log push mirror",
                                  NULL,
                                  NULL,
                                  NULL };
const struct command cmd_log_push = {
    "log push", "push the custody log to its remotes", &argp, sizeof(struct options), NEEDS_STORE, run, clear_options
};
