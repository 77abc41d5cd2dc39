/* exhibit disclose, disclose ready, disclose list: packages handed over, and the register of them. */
#include "disclose.h"

#include "case.h"

#include "exhibit/disclose.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options { const char *package, *to, *organisation, *method, *basis, *reason, *security, *approver, *date, *case_id, *after; bool dry_run, uncollected; };
enum { OPT_TO = 0x100, OPT_ORGANISATION, OPT_METHOD, OPT_BASIS, OPT_REASON, OPT_SECURITY, OPT_APPROVER, OPT_DATE, OPT_DRY_RUN, OPT_CASE,
       OPT_UNCOLLECTED, OPT_AFTER };

/* ---- showing them ---- */

static struct exh_json *exhibits_json(const struct exh_casefile *casefile, const char *package)
{
    EXH_CLEANUP(exh_packed_clear) struct exh_packed packed = { .id = "" };
    struct exh_json *array = exh_json_array();

    (void)!exh_casefile_packed(casefile, package, &packed);      /* it was there when it was handed over */
    for (size_t i = 0; i < packed.exhibits.count; i++)
        exh_json_add_text(array, packed.exhibits.at[i]);
    return array;
}

static void set_receipt(struct exh_json *object, const struct exh_disclosure *disclosure)
{
    exh_json_set_text(object, "receipt", exh_receipt_words(disclosure->receipt));
    if (!disclosure->receipt)
        return;
    exh_json_set(object, "receipt_accepted", moment_json(disclosure->accepted));
    exh_json_set_text(object, "receipt_accepted_by", disclosure->accepted_by);
    exh_json_set_text(object, "receipt_key", disclosure->receipt_key);
    exh_json_set_text(object, "receipt_on_paper", disclosure->receipt_words);
    exh_json_set_text(object, "taken_by", disclosure->taken_by);
    exh_json_set_text(object, "taken_on", disclosure->taken_on);
}

static struct exh_json *disclosure_json(const struct exh_casefile *casefile, const struct exh_disclosure *disclosure)
{
    struct exh_json *object = json_of_type("disclosure");

    exh_json_merge(object, exh_disclosure_details(disclosure));
    exh_json_set(object, "date", date_json(disclosure->date));
    exh_json_set_text(object, "id", disclosure->id);
    exh_json_set_text(object, "case", disclosure->case_id);
    exh_json_set_text(object, "package", disclosure->package);
    exh_json_set(object, "exhibits", exhibits_json(casefile, disclosure->package));
    exh_json_set(object, "entered", moment_json(disclosure->entered));
    exh_json_set_text(object, "entered_by", disclosure->entered_by);
    set_receipt(object, disclosure);
    return object;
}

/* "C1-P1 (OP1, OP1/1)"; of a package that is named by its one exhibit, that alone. Free with free(). */
static char *package_words(const struct exh_casefile *casefile, const char *package)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *exhibits = exhibits_json(casefile, package);
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    exh_text_puts(&text, package);
    for (size_t i = 0; exh_sealing_id_is_one(package) && i < exh_json_count(exhibits); i++)
        exh_text_printf(&text, "%s%s", i ? ", " : " (", exh_json_as_text(exh_json_at(exhibits, i)));
    if (exh_sealing_id_is_one(package))
        exh_text_puts(&text, ")");
    return exh_text_take(&text);
}

/* "none", or "signed by key SHA256:..., accepted on 2026-12-01". Free with free(). */
static char *receipt_words(const struct session *session, const struct exh_disclosure *disclosure)
{
    const char *key = disclosure->receipt_key;
    char date[EXH_DATE_SIZE];

    exh_date_words(exh_date_of(disclosure->accepted, session->store->zone), date);
    if (!disclosure->receipt)
        return exh_strdup("none");
    if (disclosure->receipt == EXH_RECEIPT_SIGNED)
        return exh_format("signed%s%s, accepted on %s", key ? " by key " : "", key ? key : "", date);
    return exh_format("on paper, not verified by signature, accepted on %s", date);
}

/* "2026-11-26: C1-P1 (OP1) to DC Smith, Cambridgeshire Constabulary, by hand, for the trial; receipt: none". Free with free(). */
static char *disclosure_words(const struct session *session, const struct exh_casefile *casefile, const struct exh_disclosure *disclosure)
{
    EXH_CLEANUP(exh_freep) char *package = package_words(casefile, disclosure->package), *receipt = receipt_words(session, disclosure);
    char date[EXH_DATE_SIZE];

    if (!disclosure->to) {
        exh_date_words(exh_date_of(disclosure->entered, session->store->zone), date);
        return exh_format("(sealed), entered on %s: %s; receipt: %s", date, package, receipt);
    }
    exh_date_words(disclosure->date, date);
    return exh_format("%s: %s to %s, %s, %s%s%s; receipt: %s", date, package, disclosure->to, disclosure->organisation, disclosure->method,
                      disclosure->reason ? ", " : "", disclosure->reason ? disclosure->reason : "", receipt);
}

static struct exh_json *notice_json(const struct exh_notice *notice)
{
    struct exh_json *object = json_of_type("notice");

    exh_json_merge(object, exh_notice_details(notice));
    exh_json_set(object, "date", date_json(notice->date));
    exh_json_set_text(object, "package", notice->package);
    exh_json_set_text(object, "case", notice->case_id);
    exh_json_set(object, "entered", moment_json(notice->entered));
    exh_json_set_text(object, "entered_by", notice->entered_by);
    return object;
}

struct exh_json *notices_json(const struct exh_casefile *casefile)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < casefile->notice_count; i++)
        exh_json_add(array, notice_json(&casefile->notices[i]));
    return array;
}

struct exh_json *disclosures_json(const struct exh_casefile *casefile)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < casefile->disclosure_count; i++)
        exh_json_add(array, disclosure_json(casefile, &casefile->disclosures[i]));
    return array;
}

/* ", DC Smith told on 2026-11-26 by email"; of none "". Free with free(). */
static char *notice_words(const struct session *session, const struct exh_notice *notice)
{
    char date[EXH_DATE_SIZE];

    if (!notice)
        return exh_strdup("");
    exh_date_words(notice->date.year ? notice->date : exh_date_of(notice->entered, session->store->zone), date);
    return notice->to ? exh_format(", %s told on %s %s", notice->to, date, notice->method) : exh_format(", (sealed) told, entered on %s", date);
}

void print_disclosures(const struct session *session, const struct exh_casefile *casefile)
{
    for (size_t i = 0; i < casefile->notice_count; i++) {
        EXH_CLEANUP(exh_freep) char *words = notice_words(session, &casefile->notices[i]);
        EXH_CLEANUP(exh_freep) char *line = exh_format("%s%s", casefile->notices[i].package, words);
        print_field("ready", line);
    }
    for (size_t i = 0; i < casefile->disclosure_count; i++) {
        EXH_CLEANUP(exh_freep) char *words = disclosure_words(session, casefile, &casefile->disclosures[i]);
        EXH_CLEANUP(exh_freep) char *line = exh_format("%s, %s", casefile->disclosures[i].id, words);
        print_field("disclosed", line);
    }
}

static void print_disclosure(const struct session *session, const struct exh_casefile *casefile, const struct exh_disclosure *disclosure)
{
    EXH_CLEANUP(exh_freep) char *package = package_words(casefile, disclosure->package), *receipt = receipt_words(session, disclosure);
    char date[EXH_DATE_SIZE];

    exh_date_words(disclosure->date, date);
    print_field("disclosure", disclosure->id);
    print_field("package", package);
    print_field("date", date);
    print_field("to", disclosure->to);
    print_field("organisation", disclosure->organisation);
    print_field("method", disclosure->method);
    print_field("security", disclosure->security);
    print_field("basis", disclosure->basis);
    print_field("reason", disclosure->reason);
    print_field("approver", disclosure->approver);
    print_field("receipt", receipt);
    print_field("taken by", disclosure->taken_by);
    print_field("taken on", disclosure->taken_on);
    print_field("on paper", disclosure->receipt_words);
}

/* ---- disclose ---- */

static const struct argp_option disclose_options[] = {
    { "to", OPT_TO, "WORDS", 0, "Who took it: name, and rank or number", 0 },
    { "organisation", OPT_ORGANISATION, "WORDS", 0, "The organisation they took it for", 0 },
    { "method", OPT_METHOD, "WORDS", 0, "How it went: by hand, upload, courier", 0 },
    { "basis", OPT_BASIS, "WORDS", 0, "The legal basis", 0 },
    { "reason", OPT_REASON, "WORDS", 0, "What it is for", 0 },
    { "security", OPT_SECURITY, "WORDS", 0, "How the transfer was secured", 0 },
    { "approver", OPT_APPROVER, "WORDS", 0, "Who approved it", 0 },
    { "date", OPT_DATE, "DATE", 0, "The day on which it was handed over (this is today where it is not given)", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static void check(const struct options *o, struct argp_state *state)
{
    if (!o->package)
        argp_error(state, "which package? name its identifier, such as C1-P1, or its file");
    if (!o->to || !o->organisation || !o->method || !o->basis)
        argp_error(state, "--to, --organisation, --method and --basis are needed");
}

static error_t parse_disclose(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_TO, offsetof(struct options, to) }, { OPT_ORGANISATION, offsetof(struct options, organisation) },
        { OPT_METHOD, offsetof(struct options, method) }, { OPT_BASIS, offsetof(struct options, basis) },
        { OPT_REASON, offsetof(struct options, reason) }, { OPT_SECURITY, offsetof(struct options, security) },
        { OPT_APPROVER, offsetof(struct options, approver) }, { OPT_DATE, offsetof(struct options, date) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_DRY_RUN: o->dry_run = true; return 0;
    case ARGP_KEY_ARG:
        if (o->package)
            argp_error(state, "one package at a time");
        o->package = argument;
        return 0;
    case ARGP_KEY_END: check(o, state); return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static bool tell(void *context, uint64_t done)
{
    const struct watch *watch = context;

    if (watch->progress)
        watch->progress(NULL, 1, 1, done, 0);
    return !watch_is_interrupted();
}

static bool find(const struct session *session, const char *words, char ret_id[24], struct exh_error *err)
{
    struct watch watch = watch_begin(session, "hashing");
    bool done = exh_disclose_find(session->store, words, tell, &watch, ret_id, err);

    watch_end(&watch, done, err);
    return done;
}

bool show_disclosure(const struct session *session, const char *id, struct exh_error *err)
{
    const struct exh_casefile *casefile;
    const struct exh_disclosure *disclosure;

    if (!exh_store_need_disclosure(session->store, id, &casefile, &disclosure, err))
        return false;
    if (session->json)
        print_json(disclosure_json(casefile, disclosure));
    else
        print_disclosure(session, casefile, disclosure);
    return true;
}

static bool run_disclose(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct exh_disclosure disclosure = {
        .to = (char *)(uintptr_t)o->to, .organisation = (char *)(uintptr_t)o->organisation, .method = (char *)(uintptr_t)o->method,
        .basis = (char *)(uintptr_t)o->basis, .reason = (char *)(uintptr_t)o->reason, .security = (char *)(uintptr_t)o->security,
        .approver = (char *)(uintptr_t)o->approver };
    char id[24];

    if (!read_date("--date", o->date, &disclosure.date, err) || !find(session, o->package, disclosure.package, err)
        || !exh_disclose(session->store, &disclosure, o->dry_run, id, err))
        return false;
    if (!o->dry_run)
        return show_disclosure(session, id, err);
    say(session, "it can be entered, as %s; nothing was", id);
    return true;
}

/* ---- disclose ready ---- */

static const struct argp_option ready_options[] = {
    { "to", OPT_TO, "WORDS", 0, "Who was told", 0 },
    { "method", OPT_METHOD, "WORDS", 0, "How they were told: by email", 0 },
    { "date", OPT_DATE, "DATE", 0, "The day on which they were told (this is today where it is not given)", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static error_t parse_ready(int key, char *argument, struct argp_state *state)
{
    const struct options *o = state->input;

    if (key != ARGP_KEY_END)
        return parse_disclose(key, argument, state);
    if (!o->package || !o->to || !o->method)
        argp_error(state, "a package, --to and --method are needed");
    return 0;
}

static bool show_notice(const struct session *session, const char *package, struct exh_error *err)
{
    EXH_CLEANUP(exh_packed_clear) struct exh_packed packed = { .id = "" };
    const struct exh_casefile *casefile;

    if (!exh_store_need_packed(session->store, package, &casefile, &packed, err))
        return false;
    const struct exh_notice *notice = &casefile->notices[casefile->notice_count - 1];
    EXH_CLEANUP(exh_freep) char *words = package_words(casefile, package);
    char date[EXH_DATE_SIZE];

    if (session->json) {
        print_json(notice_json(notice));
        return true;
    }
    exh_date_words(notice->date, date);
    print_field("ready", words);
    print_field("date", date);
    print_field("to", notice->to);
    print_field("method", notice->method);
    return true;
}

static bool run_ready(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct exh_notice notice = { .to = (char *)(uintptr_t)o->to, .method = (char *)(uintptr_t)o->method };

    if (!read_date("--date", o->date, &notice.date, err) || !find(session, o->package, notice.package, err)
        || !exh_disclose_ready(session->store, &notice, o->dry_run, err))
        return false;
    if (!o->dry_run)
        return show_notice(session, notice.package, err);
    say(session, "it can be entered, of package %s; nothing was", notice.package);
    return true;
}

/* ---- disclose list ---- */

static const struct argp_option list_options[] = {
    { "case", OPT_CASE, "ID", 0, "Only those of this case", 0 },
    { "uncollected", OPT_UNCOLLECTED, NULL, 0, "List what no receipt came back for, and packages that were never handed over", 0 },
    { "after", OPT_AFTER, "DAYS", 0, "With --uncollected: for so many days or longer (31 where it is not given)", 0 },
    { 0 },
};

static error_t parse_list(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_CASE, offsetof(struct options, case_id) }, { OPT_AFTER, offsetof(struct options, after) }, { 0, 0 } };
    struct options *o = state->input;

    if (key == ARGP_KEY_END && o->after && !o->uncollected)
        argp_error(state, "--after goes with --uncollected");
    if (key != OPT_UNCOLLECTED)
        return parse_text_options(key, argument, state, texts);
    o->uncollected = true;
    return 0;
}

static void list_one(const struct session *session, const struct exh_casefile *casefile, const struct exh_disclosure *disclosure)
{
    EXH_CLEANUP(exh_freep) char *words = disclosure_words(session, casefile, disclosure), *shown = exh_text_printable(words);

    if (session->json)
        print_json(disclosure_json(casefile, disclosure));
    else
        printf("%-12s %s\n", disclosure->id, shown);
}

static bool list_case(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    (void)err;
    for (size_t i = 0; i < casefile->disclosure_count; i++)
        list_one(context, casefile, &casefile->disclosures[i]);
    return true;
}

static void list_package(const struct session *session, const struct exh_uncollected *one)
{
    const struct exh_notice *notice = exh_casefile_last_notice(one->casefile, one->packed->id);
    EXH_CLEANUP(exh_freep) char *words = package_words(one->casefile, one->packed->id), *told = notice_words(session, notice);
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(told);
    char since[EXH_DATE_SIZE];

    exh_date_words(one->since, since);
    if (!session->json) {
        printf("%-12s %s: %s was sealed, and never handed over%s\n", one->packed->id, since, words, shown);
        return;
    }
    struct exh_json *object = json_of_type("package");
    exh_json_set_text(object, "package", one->packed->id);
    exh_json_set_text(object, "case", one->packed->case_id);
    exh_json_set(object, "exhibits", exhibits_json(one->casefile, one->packed->id));
    exh_json_set(object, "sealed", moment_json(one->packed->sealed));
    exh_json_set(object, "told", notice ? date_json(notice->date) : exh_json_text(NULL));
    print_json(object);
}

static bool list_uncollected(void *context, const struct exh_uncollected *one, struct exh_error *err)
{
    struct session *session = context;

    (void)err;
    if (one->disclosure)
        list_one(session, one->casefile, one->disclosure);
    else
        list_package(session, one);
    session->status = 7;                 /* done, with findings */
    return true;
}

static bool run_uncollected(struct session *session, const struct options *o, struct exh_error *err)
{
    enum { MOST_DAYS = 36525 };
    uint64_t days = EXH_UNCOLLECTED_DAYS;

    if (o->after && !exh_text_number(o->after, MOST_DAYS, &days))
        return exh_fail(err, EXH_USAGE, "--after: '%s' is not a number of days from 0 to %d", o->after, MOST_DAYS);
    return exh_disclose_each_uncollected(session->store, o->case_id, (unsigned)days, list_uncollected, session, err);
}

static bool run_list(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct known_case known;

    if (o->uncollected)
        return run_uncollected(session, o, err);
    if (!o->case_id)
        return exh_store_each_case(session->store, list_case, session, err);
    return find_case(session, o->case_id, &known, err) && list_case(session, known.casefile, err);
}

static const struct argp disclose_argp = { disclose_options, parse_disclose, "PACKAGE",
    "Enter in the disclosure register that a package was handed over: to whom, how, and on what legal basis. PACKAGE is its identifier: "
    "C1-P1, or of one that export made, its exhibit, OP1; or its file, which is found by its digest.\v"
    "Exit status: 0 entered, 5 this store did not seal it, or it is not done.\n\n"
    "Examples:\n  exhibit disclose C1-P1 --to \"DC 1234 Smith\" \\\n      --organisation \"Cambridgeshire Constabulary\" --method \"by hand\" \\\n"
    "      --basis \"DPA 2018 Sch 2 Pt 1 para 2\"\n  exhibit disclose list", NULL, NULL, NULL };
static const struct argp list_argp = { list_options, parse_list, NULL,
    "List the packages that were handed over: the disclosure register. With --uncollected, what waits to be collected or "
    "acknowledged.\v"
    "Exit status: 0 done, 7 with --uncollected where there is any.\n\n"
    "Examples:\n  exhibit disclose list\n  exhibit disclose list --case C1 --json\n  exhibit disclose list --uncollected --after 14", NULL, NULL, NULL };
static const struct argp ready_argp = { ready_options, parse_ready, "PACKAGE",
    "Enter that somebody was told that a package is ready to be collected. Each time may be entered; rules of retention count from the "
    "last.\v"
    "Example:\n  exhibit disclose ready C1-P1 --to \"DC 1234 Smith\" --method \"by email\"", NULL, NULL, NULL };
const struct command cmd_disclose = { "disclose", "enter that a package was handed over", &disclose_argp, sizeof(struct options),
    NEEDS_STORE | NEEDS_ACTOR, run_disclose, NULL };
const struct command cmd_disclose_list = { "disclose list", "list the packages that were handed over", &list_argp, sizeof(struct options),
    NEEDS_STORE, run_list, NULL };
const struct command cmd_disclose_ready = { "disclose ready", "enter that somebody was told that a package is ready", &ready_argp,
    sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR, run_ready, NULL };
