/* exhibit log pack: the log's many small files put into few. */
#include "cmd.h"

#include "exhibit/ledger.h"

#include <inttypes.h>
#include <stdio.h>

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    size_t entries;

    (void)options;
    if (!exh_ledger_pack(session->store->ledger, true, &entries, err))
        return false;
    if (session->json) {
        struct exh_json *object = json_of_type("log-pack");
        exh_json_set_int(object, "entries", (int64_t)entries);
        print_json(object);
    } else {
        printf("%-12s %zu\n", "entries", entries);
    }
    return true;
}

static const struct argp argp = { NULL, NULL, NULL,
    "Put the log's many small files into few: about one kilobyte an entry. Nothing of what the log says changes, and others read and write "
    "it meanwhile. A command that fills five hundred entries does as much for those by itself; this packs all anew, best in a quiet hour.\v"
    "Example:\n  exhibit log pack", NULL, NULL, NULL };
const struct command cmd_log_pack = { "log pack", "put the log's many small files into few", &argp, 0, NEEDS_STORE, run, NULL };
