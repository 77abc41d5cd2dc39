/* exhibit log checkpoint, exhibit log prove: what the log says of itself, and proofs of it, in C2SP's formats. */
#include "cmd.h"

#include "exhibit/file.h"
#include "exhibit/ledger.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_OUT = 0x100, OPT_EXHIBIT, OPT_ENTRY, OPT_FROM, OPT_TO };

/* Prints it, or writes it to a file that must not exist. @object: what is said of it with --json; taken. */
static bool give_words(const struct session *session, const char *words, const char *out, struct exh_json *object,
                       struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *owned = object;

    if (out && !exh_file_write(AT_FDCWD, out, words, strlen(words), 0644, false, err))
        return false;
    if (session->json) {
        json_set_path(owned, "file", out);
        exh_json_set_text(owned, "text", words);
        print_json(exh_steal(&owned));
    } else if (out) {
        print_field("file", out);
    } else {
        fputs(words, stdout);
    }
    return true;
}

/* ---- log checkpoint ---- */

struct checkpoint_options { const char *out; };

static const struct argp_option checkpoint_option_list[] = {
    { "out", OPT_OUT, "FILE", 0, "Write it to FILE, which must not exist, and not to standard output", 0 },
    { 0 },
};

static error_t parse_checkpoint(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = { { OPT_OUT, offsetof(struct checkpoint_options, out) }, { 0, 0 } };

    return parse_text_options(key, argument, state, texts);
}

static bool run_checkpoint(struct session *session, const void *options, struct exh_error *err)
{
    const struct checkpoint_options *o = options;
    const struct exh_store *store = session->store;
    struct exh_json *object = json_of_type("log-checkpoint");
    struct exh_verifier log;

    if (!exh_store_log_key(store, &log, err)) {
        exh_json_free(object);
        return false;
    }
    EXH_CLEANUP(exh_freep) char *key = exh_verifier_words(&log);
    exh_json_set_text(object, "origin", log.name);
    exh_json_set_text(object, "key", key);
    exh_json_set_int(object, "entries", (int64_t)store->entry_count);
    say(session, "the log's key is %s", key);
    return give_words(session, exh_ledger_checkpoint(store->ledger), o->out, object, err);
}

static const struct argp checkpoint_argp = { checkpoint_option_list, parse_checkpoint, NULL,
    "Show the log's checkpoint: its name, how many entries there are, the root of the tree over them, and the signature of the "
    "log's own key, as a C2SP checkpoint. Who keeps it can tell later whether the log still begins with these entries.\v"
    "Example:\n  exhibit log checkpoint --out monday.checkpoint", NULL, NULL, NULL };
const struct command cmd_log_checkpoint = { "log checkpoint", "show the log's size and root, signed by the log's key", &checkpoint_argp,
                                            sizeof(struct checkpoint_options), NEEDS_STORE, run_checkpoint, NULL };

/* ---- log prove ---- */

struct prove_options { const char *out, *exhibit, *entry, *from, *to; };

static const struct argp_option prove_option_list[] = {
    { "exhibit", OPT_EXHIBIT, "REF", 0, "Prove that the entry that says that this exhibit was made stands in the log", 0 },
    { "entry", OPT_ENTRY, "N", 0, "Prove it of entry N", 0 },
    { "from", OPT_FROM, "N", 0, "Prove that the log begins with the first N entries: what a witness asks for; 0 the first time", 0 },
    { "to", OPT_TO, "M", 0, "With --from: as the log was at M entries (else as it is)", 0 },
    { "out", OPT_OUT, "FILE", 0, "Write it to FILE, which must not exist, and not to standard output", 0 },
    { 0 },
};

static error_t parse_prove(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_OUT, offsetof(struct prove_options, out) }, { OPT_EXHIBIT, offsetof(struct prove_options, exhibit) },
        { OPT_ENTRY, offsetof(struct prove_options, entry) }, { OPT_FROM, offsetof(struct prove_options, from) },
        { OPT_TO, offsetof(struct prove_options, to) }, { 0, 0 } };
    const struct prove_options *o = state->input;

    if (key == ARGP_KEY_END && ((o->exhibit != NULL) + (o->entry != NULL) + (o->from != NULL) != 1 || (o->to && !o->from)))
        argp_error(state, "one of --exhibit, --entry and --from is needed");
    return parse_text_options(key, argument, state, texts);
}

static bool read_number(const char *words, const char *option, uint64_t least, uint64_t most, uint64_t *ret_number, struct exh_error *err)
{
    return (exh_text_number(words, most, ret_number) && *ret_number >= least)
        || exh_fail(err, EXH_USAGE, "%s: '%s' is not a number from %" PRIu64 " to %" PRIu64, option, words, least, most);
}

struct finding_done { const char *act, *reference; uint64_t index; bool found; };

static bool is_done(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    struct finding_done *finding = context;

    (void)err;
    if (strcmp(entry->act, finding->act) == 0 && entry->exhibit && strcmp(entry->exhibit, finding->reference) == 0) {
        finding->index = entry->sequence;
        finding->found = true;
    }
    return true;
}

/* The entry "...-done" of an exhibit, which names what it is by its digests. */
static bool find_done(const struct exh_store *store, const char *reference, uint64_t *ret_index, struct exh_error *err)
{
    const struct exh_exhibit *exhibit;

    if (!exh_store_need_exhibit(store, reference, &exhibit, err))
        return false;
    EXH_CLEANUP(exh_freep) char *act = exh_format("%s-done", exhibit->making);
    struct finding_done finding = { .act = act, .reference = reference };
    const struct exh_index_query query = { .case_id = exhibit->case_id };
    if (!exh_store_entries(store, &query, false, is_done, &finding, err))
        return false;
    *ret_index = finding.index;
    return finding.found || exh_fail(err, EXH_MALFORMED, "the log has no entry that says that %s was made", reference);
}

static bool prove_entry(const struct session *session, const struct prove_options *o, char **ret_words,
                        struct exh_json *object, struct exh_error *err)
{
    const struct exh_store *store = session->store;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };
    struct exh_merkle_path path;
    uint64_t index = 0;

    if (o->exhibit ? !find_done(store, o->exhibit, &index, err)
                   : !read_number(o->entry, "--entry", 0, store->entry_count - 1, &index, err))
        return false;
    if (!exh_store_entry(store, index, &entry, err)
        || !exh_merkle_prove_inclusion(index, store->entry_count, exh_store_fetch, session->store, &path, err))
        return false;
    exh_json_set_int(object, "entry", (int64_t)index);
    exh_json_set_text(object, "sha256", entry.digest);
    *ret_words = exh_proof_inclusion_words(index, &path, exh_ledger_checkpoint(store->ledger));
    return true;
}

static bool prove_growth(const struct session *session, const struct prove_options *o, char **ret_words,
                         struct exh_json *object, struct exh_error *err)
{
    const struct exh_store *store = session->store;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry last = { 0 };
    EXH_CLEANUP(exh_freep) char *checkpoint = NULL;
    struct exh_merkle_path path;
    uint64_t from, to = store->entry_count;

    if ((o->to && !read_number(o->to, "--to", 1, store->entry_count, &to, err))
        || !read_number(o->from, "--from", 0, to, &from, err)
        || !exh_store_entry(store, to - 1, &last, err) || !exh_ledger_checkpoint_of(store->ledger, &last, &checkpoint, err)
        || !exh_merkle_prove_consistency(from, to, exh_store_fetch, session->store, &path, err))
        return false;
    exh_json_set_int(object, "from", (int64_t)from);
    exh_json_set_int(object, "to", (int64_t)to);
    *ret_words = exh_proof_consistency_words(from, &path, checkpoint);
    return true;
}

static bool run_prove(struct session *session, const void *options, struct exh_error *err)
{
    const struct prove_options *o = options;
    EXH_CLEANUP(exh_json_freep) struct exh_json *object = json_of_type("log-proof");
    EXH_CLEANUP(exh_freep) char *words = NULL;

    return (o->from ? prove_growth : prove_entry)(session, o, &words, object, err)
        && give_words(session, words, o->out, exh_steal(&object), err);
}

static const struct argp prove_argp = { prove_option_list, parse_prove, NULL,
    "Prove that an entry stands in the log (a C2SP tlog-proof), or that the log begins with what was there before (a request to a C2SP "
    "witness). Nothing of other entries is shown.\v"
    "Examples:\n  exhibit log prove --exhibit OP17 --out OP17.tlog-proof\n  exhibit log prove --from 120 --out for-the-auditor",
    NULL, NULL, NULL };
const struct command cmd_log_prove = { "log prove", "prove that an entry is in the log, or that the log only grew", &prove_argp,
                                       sizeof(struct prove_options), NEEDS_STORE, run_prove, NULL };
