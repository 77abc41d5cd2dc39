/* exhibit doctor: finish or clear what a crash left, and say what else keeps a store from working. */
#include "cmd.h"

#include "exhibit/admin.h"

#include <stdio.h>

struct options { bool dry_run; };
enum { OPT_DRY_RUN = 1 };

static const struct argp_option option_list[] = {
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Look only, and say what would be done; needs no key", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    (void)argument;
    if (key != OPT_DRY_RUN)
        return ARGP_ERR_UNKNOWN;
    o->dry_run = true;
    return 0;
}

static size_t count_of(const struct exh_doctor_report *report, enum exh_doctor_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < report->count; i++)
        count += report->items[i].state == state;
    return count;
}

static void print_as_json(const struct exh_doctor_report *report)
{
    struct exh_json *object = json_of_type("doctor");

    for (size_t i = 0; i < report->count; i++) {
        struct exh_json *item = json_of_type("doctor-item");
        exh_json_set_text(item, "state", exh_doctor_state_name(report->items[i].state));
        exh_json_set_text(item, "kind", report->items[i].kind);
        json_set_path(item, "name", report->items[i].name);
        exh_json_set_text(item, "text", report->items[i].text);
        print_json(item);
    }
    for (enum exh_doctor_state state = 0; state <= EXH_DOCTOR_LEFT; state++)
        exh_json_set_int(object, exh_doctor_state_name(state), (int64_t)count_of(report, state));
    print_json(object);
}

static void print_as_text(const struct exh_doctor_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        EXH_CLEANUP(exh_freep) char *name = exh_text_printable(report->items[i].name), *text = exh_text_printable(report->items[i].text);
        printf("%-8s %-8s %s: %s\n", exh_doctor_state_name(report->items[i].state), report->items[i].kind, name, text);
    }
    if (!report->count)
        puts("nothing was left, and nothing is in the way");
}

/* Who acts, without the settling that any other command begins with: here it is told. */
static bool load_actor(struct session *session, struct exh_error *err)
{
    struct exh_secret_key *key;

    return session_load_key(session, &key, NULL, err) && exh_store_actor(session->store, key, err);
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_doctor_clear) struct exh_doctor_report report = { NULL, 0 };

    if ((!o->dry_run && !load_actor(session, err)) || !exh_doctor(session->store, o->dry_run, &report, err))
        return false;
    if (session->json)
        print_as_json(&report);
    else
        print_as_text(&report);
    session->status = count_of(&report, EXH_DOCTOR_LEFT) || count_of(&report, EXH_DOCTOR_DUE) ? 7 : 0;
    return true;
}

static const struct argp argp = { option_list, parse, NULL,
    "Finish or clear away what killed commands left in the store, as the log says, and tell what was done of each thing. Look at what "
    "else could keep the store from working: files that the log does not know, rights, lock files, keys, the index, the helper "
    "program and its sandbox, the font, the disk, the clock. What is not known is never touched.\v"
    "Exit status: 0 nothing was left, or all of it is settled; 7 something is left that a person must look at, or with --dry-run "
    "something is due.\n\n"
    "Examples:\n  exhibit doctor --dry-run\n  exhibit doctor --json", NULL, NULL, NULL };
const struct command cmd_doctor = { "doctor", "finish or clear what a crash left", &argp, sizeof(struct options), NEEDS_STORE | TAKES_KEY, run, NULL };
