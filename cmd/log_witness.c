/* exhibit log witness, exhibit log anchor: the log countersigned outside the room, and what came back entered. */
#include "cmd.h"

#include "exhibit/file.h"
#include "exhibit/ledger.h"
#include "exhibit/witness.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- log witness: on the witness's machine ---- */

struct witness_options { const char *request, *kept, *log, *out; };
enum { OPT_KEPT = 0x100, OPT_LOG, OPT_OUT };

static const struct argp_option witness_option_list[] = {
    { "store-checkpoint", OPT_KEPT, "FILE", 0, "Where you keep the last checkpoint that you saw of this log", 0 },
    { "log", OPT_LOG, "KEY", 0, "The first time: the log's key, as somebody told it to you who knows it", 0 },
    { "out", OPT_OUT, "FILE", 0, "Write the countersigned checkpoint to FILE, which must not exist, and not to standard output", 0 },
    { 0 },
};

static error_t parse_witness(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_KEPT, offsetof(struct witness_options, kept) }, { OPT_LOG, offsetof(struct witness_options, log) },
        { OPT_OUT, offsetof(struct witness_options, out) }, { 0, 0 } };
    struct witness_options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->request)
            argp_error(state, "one request at a time");
        o->request = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->request || !o->kept)
            argp_error(state, "a request, and --store-checkpoint, are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static void print_witnessed(const struct session *session, const struct exh_witnessed *seen, const char *out)
{
    char before[EXH_MOMENT_SIZE];

    if (session->json) {
        struct exh_json *object = json_of_type("log-witness");
        exh_json_set_text(object, "origin", seen->origin);
        exh_json_set_int(object, "entries", (int64_t)seen->after);
        exh_json_set_int(object, "entries_before", (int64_t)seen->before);
        exh_json_set(object, "seen_before", seen->first ? exh_json_text(NULL) : moment_json(seen->seen));
        exh_json_set(object, "at", moment_json(seen->at));
        json_set_path(object, "file", out);
        exh_json_set_text(object, "text", seen->note);
        print_json(object);
        return;
    }
    exh_moment_utc(seen->seen, before);
    if (seen->first)
        say(session, "%s: %llu entries; you saw none of them before", seen->origin, (unsigned long long)seen->after);
    else
        say(session, "%s: %llu entries, which begin with the %llu that you saw at %s", seen->origin, (unsigned long long)seen->after,
            (unsigned long long)seen->before, before);
    if (out)
        print_field("file", out);
    else
        fputs(seen->note, stdout);
}

static bool run_witness(struct session *session, const void *options, struct exh_error *err)
{
    const struct witness_options *o = options;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = NULL;
    EXH_CLEANUP(exh_witnessed_clear) struct exh_witnessed seen = { .note = NULL };
    EXH_CLEANUP(exh_freep) char *request = NULL;
    size_t size;

    if (o->out && exh_file_exists(AT_FDCWD, o->out))
        return exh_fail(err, EXH_REFUSED, "'%s' exists already; it is not overwritten", o->out);
    if (!exh_file_read(AT_FDCWD, o->request, EXH_NOTE_MOST, &request, &size, err) || !session_load_key(session, &key, NULL, err))
        return false;
    if (!exh_witness_look(o->kept, o->log, request, size, key, &seen, err))
        return err->kind != EXH_USAGE && exh_while(err, "'%s'", o->request);
    if (o->out && !exh_file_write(AT_FDCWD, o->out, seen.note, strlen(seen.note), 0644, false, err))
        return false;
    print_witnessed(session, &seen, o->out);
    return true;
}

static const struct argp witness_argp = { witness_option_list, parse_witness, "REQUEST",
    "Countersign the log of a control room, as somebody outside it: REQUEST is what 'exhibit log prove --from N' gave. Its "
    "checkpoint must go on from the last one that you saw, which is kept in FILE; a log that is shorter, or other, than what you saw "
    "is refused, loudly. No store is needed; keep FILE where the room cannot write.\v"
    "Exit status: 1 the log does not go on from what you saw.\n\n"
    "Example:\n  exhibit log witness request --store-checkpoint fenland.checkpoint --key auditor.key --out for-the-room", NULL, NULL, NULL };
const struct command cmd_log_witness = { "log witness", "countersign a log's checkpoint, outside the room", &witness_argp,
                                         sizeof(struct witness_options), TAKES_KEY, run_witness, NULL };

/* ---- log anchor: back in the room ---- */

struct anchor_options { const char *path; };

static error_t parse_anchor(int key, char *argument, struct argp_state *state)
{
    struct anchor_options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->path)
            argp_error(state, "one countersigned checkpoint at a time");
        o->path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->path)
            argp_error(state, "the countersigned checkpoint is needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void free_anchors(struct exh_anchors *anchors)
{
    free(anchors->at);
}

static void print_anchors(const struct session *session, const struct exh_anchors *anchors)
{
    for (size_t i = 0; i < anchors->count; i++) {
        const struct exh_anchor *anchor = &anchors->at[i];
        const struct exh_person *person = exh_keyring_find(&session->store->keyring, anchor->witness);
        char at[EXH_MOMENT_SIZE];
        exh_moment_utc(anchor->at, at);
        if (session->json) {
            struct exh_json *object = json_of_type("log-anchor");
            exh_json_set_text(object, "witness", anchor->witness);
            exh_json_set_text(object, "initials", person ? person->initials : NULL);
            exh_json_set_int(object, "entries", (int64_t)anchor->size);
            exh_json_set(object, "at", moment_json(anchor->at));
            print_json(object);
            continue;
        }
        EXH_CLEANUP(exh_freep) char *words = exh_format("%llu entries, seen by %s at %s", (unsigned long long)anchor->size,
            person && person->initials ? person->initials : anchor->witness, at);
        print_field("anchored", words);
    }
}

static bool enter(struct exh_store *store, const char *note, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = "log-anchor" };

    draft.facts = exh_json_object();
    exh_json_set_text(draft.facts, "note", note);
    return exh_store_record(store, &draft, err);
}

/* The log itself must verify first: whom it trusts as an auditor is else nobody's word. */
static bool judge(const struct session *session, const char *note, size_t size, struct exh_anchors *anchors, struct exh_error *err)
{
    const struct exh_store *store = session->store;
    const struct exh_merkle_source tree = { store->entry_count, exh_store_fetch, session->store };
    struct exh_verifier log;

    return exh_store_check_log(store, err) && exh_store_log_key(store, &log, err)
        && exh_anchors_read(note, size, &log, &tree, &store->keyring, anchors, err);
}

static bool run_anchor(struct session *session, const void *options, struct exh_error *err)
{
    const struct anchor_options *o = options;
    EXH_CLEANUP(free_anchors) struct exh_anchors anchors = EXH_ANCHORS_NONE;
    EXH_CLEANUP(exh_freep) char *note = NULL;
    size_t size;

    if (!exh_file_read(AT_FDCWD, o->path, EXH_NOTE_MOST, &note, &size, err))
        return false;
    if (!judge(session, note, size, &anchors, err))
        return exh_while(err, "'%s'", o->path);
    if (!enter(session->store, note, err))
        return false;
    print_anchors(session, &anchors);
    return true;
}

static const struct argp anchor_argp = { NULL, parse_anchor, "FILE",
    "Enter a checkpoint that a witness countersigned ('exhibit log witness') in the log. The witness is a person whose key the log trusts "
    "as an auditor's. 'exhibit log verify' says then which entries are anchored by it.\v"
    "Exit status: 1 it is not of this log as it is, or no auditor's.\n\nExample:\n  exhibit log anchor for-the-room", NULL, NULL, NULL };
const struct command cmd_log_anchor = { "log anchor", "enter what a witness countersigned", &anchor_argp, sizeof(struct anchor_options),
                                        NEEDS_STORE | NEEDS_ACTOR, run_anchor, NULL };
