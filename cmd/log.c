/* exhibit log: the custody log. */
#include "cmd.h"

#include "exhibit/ledger.h"

#include <stdio.h>
#include <string.h>

struct options { bool details; };
enum { OPT_DETAILS = 0x100 };

static const struct argp_option show_options[] = {
    { "details", OPT_DETAILS, NULL, 0, "Open the sealed details too; needs --key, and is itself entered in the log", 0 },
    { 0 },
};

static error_t parse_show(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    (void)argument;
    if (key == OPT_DETAILS) {
        o->details = true;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* NULL where the key is gone, or there are none. */
static struct exh_json *open_details(struct session *session, const struct exh_entry *entry)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error sealed = EXH_ERROR_NONE;
    const char *key_id = exh_entry_key_id(entry);
    const struct exh_seal_key *key = key_id ? exh_store_seal_key(session->store, key_id) : NULL;
    struct exh_json *details = NULL;

    if (!key || !exh_entry_details(entry, key, &details, &sealed))
        return NULL;
    return details;
}

static void print_entry_json(struct session *session, const struct exh_entry *entry, bool with_details)
{
    struct exh_json *object = json_of_type("entry");

    exh_json_set(object, "entry", exh_json_copy(entry->whole));
    exh_json_set_text(object, "sha256", entry->digest);
    exh_json_set_text(object, "commit", entry->commit);
    if (with_details)
        exh_json_set(object, "details", open_details(session, entry));
    print_json(object);
}

static void print_entry(struct session *session, const struct exh_entry *entry, bool with_details)
{
    const struct exh_person *person = exh_keyring_find(&session->store->keyring, entry->actor);
    char when[EXH_MOMENT_SIZE];

    exh_moment_local((struct exh_moment){ entry->time.ns / EXH_SECOND * EXH_SECOND }, session->store->zone, when);
    printf("%6llu  %s  %-14s %-17s %-6s %-8s %-8s %.16s\n", (unsigned long long)entry->sequence, when, exh_verb_name(entry->verb), entry->act,
           entry->case_id ? entry->case_id : "-", entry->exhibit ? entry->exhibit : "-",
           person && person->initials ? person->initials : "-", entry->digest);
    if (!with_details)
        return;
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = open_details(session, entry);
    EXH_CLEANUP(exh_freep) char *words = details ? exh_json_canonical(details) : NULL;
    if (words)
        printf("        %s\n", words);
}

/* Reading what is sealed is an act: its entry comes before anything is shown. */
static bool enter_reading(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = { .verb = EXH_CONSULTATION, .act = "log-read" };

    return session_load_actor(session, err) && exh_store_record(session->store, &draft, err);
}

static bool run_show(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;

    if (o->details && !enter_reading(session, err))
        return false;
    for (size_t i = 0; i < session->store->entry_count; i++)
        if (session->json)
            print_entry_json(session, &session->store->entries[i], o->details);
        else
            print_entry(session, &session->store->entries[i], o->details);
    return true;
}

static bool run_verify(struct session *session, const void *options, struct exh_error *err)
{
    EXH_CLEANUP(exh_ledger_freep) struct exh_ledger *ledger = NULL;
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .entries = 0 };

    (void)options;
    if (!session->store_path || !*session->store_path)
        return exh_fail(err, EXH_USAGE, "which store? name it with --store DIR or in EXHIBIT_STORE");
    /* A log that is damaged must still be judged: only the log is opened, not the store. */
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/custody.git", session->store_path);
    if (!exh_ledger_open(path, &ledger, err) || !exh_ledger_verify(ledger, &report, err))
        return false;
    const char *verdict = report.problems.count ? "FAILED" : "VERIFIED";
    if (session->json) {
        struct exh_json *object = json_of_type("log-verify"), *problems = exh_json_array();
        for (size_t i = 0; i < report.problems.count; i++)
            exh_json_add_text(problems, report.problems.at[i]);
        exh_json_set_text(object, "verdict", verdict);
        exh_json_set_int(object, "entries", (int64_t)report.entries);
        exh_json_set_text(object, "head", report.head);
        exh_json_set_text(object, "commit", report.commit);
        exh_json_set(object, "problems", problems);
        print_json(object);
    } else {
        printf("custody log: %s\n", verdict);
        printf("%-12s %llu\n", "entries", (unsigned long long)report.entries);
        print_field("last entry", report.head);
        print_field("commit", report.commit);
        for (size_t i = 0; i < report.problems.count; i++)
            print_field("problem", report.problems.at[i]);
    }
    session->status = report.problems.count ? EXH_NO : 0;
    return true;
}

static const struct argp show_argp = { show_options, parse_show, NULL, "Show the entries of the custody log, the first one first.\v"
    "Example:\n  exhibit log show --json", NULL, NULL, NULL };
static const struct argp verify_argp = { NULL, NULL, NULL,
    "Check the custody log: chain, sequence, canonical form, every signature, and that each key was trusted for what it signed. "
    "No key is needed.\vExit status: 0 it verifies, 1 it does not.\n\nExample:\n  exhibit log verify", NULL, NULL, NULL };
const struct command cmd_log_show = { "log show", "show the custody log ('exhibit log' alone does it too)", &show_argp, sizeof(struct options), NEEDS_STORE | TAKES_KEY, run_show, NULL };
const struct command cmd_log_verify = { "log verify", "check the custody log", &verify_argp, 0, 0, run_verify, NULL };
