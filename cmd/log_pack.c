/* exhibit log pack: the log's many small files put into few. */
#include "cmd.h"

#include "exhibit/ledger.h"

#include <inttypes.h>
#include <stdio.h>

struct options { bool dry_run; };
enum { OPT_DRY_RUN = 0x100 };

static const struct argp_option pack_options[] = {
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Say how many entries would be packed, and change nothing", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    if (key != OPT_DRY_RUN)
        return ARGP_ERR_UNKNOWN;
    ((struct options *)state->input)->dry_run = true;
    return 0;
}

static bool pack(const struct session *session, size_t *ret_entries, struct exh_error *err)
{
    struct watch watch = watch_reading(session, "packing the log", "the log says what it said; pack it again");
    exh_ledger_watch(session->store->ledger, (struct exh_repo_watch){ watch_entries, NULL });
    bool done = exh_ledger_pack(session->store->ledger, true, ret_entries, err);
    exh_ledger_watch(session->store->ledger, (struct exh_repo_watch){ NULL, NULL });
    watch_end(&watch, done, err);
    return done;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    size_t entries = (size_t)session->store->entry_count;

    if (!o->dry_run && !pack(session, &entries, err))
        return false;
    if (session->json) {
        struct exh_json *object = json_of_type("log-pack");
        exh_json_set_int(object, "entries", (int64_t)entries);
        print_json(object);
    } else {
        printf("%-12s %zu\n", "entries", entries);
    }
    if (o->dry_run)
        say(session, "nothing was packed");
    return true;
}

static const struct argp argp = { pack_options, parse, NULL,
    "Put the log's many small files into few: about one kilobyte an entry. Nothing of what the log says changes, and others read and write "
    "it meanwhile. A command that fills five hundred entries does as much for those by itself; this packs all anew, best in a quiet hour.\v"
    "Examples:\n  exhibit log pack\n  exhibit log pack --dry-run", NULL, NULL, NULL };
const struct command cmd_log_pack = { "log pack", "put the log's many small files into few", &argp, sizeof(struct options), NEEDS_STORE, run, NULL };
