/* exhibit log verify: check the custody log. */
#include "cmd.h"

#include "exhibit/ledger.h"

#include <stdio.h>

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

static const struct argp verify_argp = { NULL, NULL, NULL,
    "Check the custody log: chain, sequence, canonical form, every signature, and that each key was trusted for what it signed. "
    "No key is needed.\vExit status: 0 it verifies, 1 it does not.\n\nExample:\n  exhibit log verify", NULL, NULL, NULL };
const struct command cmd_log_verify = { "log verify", "check the custody log", &verify_argp, 0, 0, run_verify, NULL };
