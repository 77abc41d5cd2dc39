/* admin: what a crash left is finished or cleared away, and what else keeps a store from working is told. What is not known is never
 * touched. */
#include "exhibit/admin.h"

#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Less than this is soon used up by one export. */
#define LEAST_FREE (UINT64_C(1) << 30)

const char *exh_doctor_state_name(enum exh_doctor_state state)
{
    static const char *const names[] = { "settled", "due", "live", "left" };

    return names[state];
}

void exh_doctor_clear(struct exh_doctor_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        free(report->items[i].name);
        free(report->items[i].text);
    }
    free(report->items);
    *report = (struct exh_doctor_report){ NULL, 0 };
}

struct doctor { struct exh_store *store; bool dry_run; struct exh_doctor_report *report; };

static void add(struct doctor *d, enum exh_doctor_state state, const char *kind, const char *name, const char *format, ...) EXH_PRINTF(5, 6);
static void add(struct doctor *d, enum exh_doctor_state state, const char *kind, const char *name, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    d->report->items = exh_realloc_array(d->report->items, d->report->count + 1, sizeof *d->report->items);
    d->report->items[d->report->count++] = (struct exh_doctor_item){ state, kind, exh_strdup(name), exh_vformat(format, arguments) };
    va_end(arguments);
}

/* What was tried, and failed, is for a person to look at. */
static void add_failure(struct doctor *d, const char *kind, const char *name, struct exh_error *err)
{
    add(d, EXH_DOCTOR_LEFT, kind, name, "%s", err->text);
    exh_error_clear(err);
}

/* ---- what a crash left ---- */

static const char *fate(const struct exh_leftover *leftover)
{
    switch (leftover->kind) {
    case EXH_LEFTOVER_MAKING:
        if (leftover->finishes)
            return "the log has it as done: it gets its names";
        return exh_sealing_id_is_one(leftover->name) ? "its making was cut off: it is cleared away, no package was made"
                                                     : "its making was cut off: it is cleared away, no exhibit was made";
    case EXH_LEFTOVER_SIGNING:
        return leftover->finishes ? "the log has the signatures, or the receipt: what was made gets its name"
                                  : "signing, or issuing a receipt, was cut off: it is cleared away, nothing was signed or issued";
    case EXH_LEFTOVER_CONFIG:
        return leftover->finishes ? "the log has this change of the configuration: it is put in place"
                                  : "a change of the configuration was cut off: it is cleared away, nothing was changed";
    case EXH_LEFTOVER_FILE:
        return "half written by a command that was cut off: it is removed, and no entry names it";
    default:
        return "it was not what the log says: it is written anew";
    }
}

static bool is_among(const struct exh_leftovers *leftovers, const struct exh_leftover *one)
{
    for (size_t i = 0; i < leftovers->count; i++)
        if (leftovers->at[i].kind == one->kind && strcmp(leftovers->at[i].name, one->name) == 0)
            return true;
    return false;
}

/* What the store said of it as it tried; NULL: nothing. */
static const char *note_on(const struct exh_strings *notes, const char *name)
{
    for (size_t i = 0; i < notes->count; i++)
        if (strncmp(notes->at[i], name, strlen(name)) == 0 && notes->at[i][strlen(name)] == ':')
            return notes->at[i];
    return NULL;
}

static void tell_leftovers(struct doctor *d, const struct exh_leftovers *before, const struct exh_leftovers *after, const struct exh_strings *notes)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct exh_leftover *one = &before->at[i];
        const char *kind = exh_leftover_kind_name(one->kind), *note = note_on(notes, one->name);
        if (one->live)
            add(d, EXH_DOCTOR_LIVE, kind, one->name, "a command is working on it");
        else if (d->dry_run)
            add(d, EXH_DOCTOR_DUE, kind, one->name, "%s", fate(one));
        else if (is_among(after, one))
            add(d, EXH_DOCTOR_LEFT, kind, one->name, "%s", note ? note : "it could not be settled yet: it is left for a later run");
        else
            add(d, EXH_DOCTOR_SETTLED, kind, one->name, "%s", fate(one));
    }
}

static bool settle_locks(struct doctor *d, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings stale = EXH_STRINGS_NONE, held = EXH_STRINGS_NONE;

    if (!exh_ledger_locks(d->store->ledger, !d->dry_run, &stale, &held, err))
        return false;
    for (size_t i = 0; i < stale.count; i++)
        add(d, d->dry_run ? EXH_DOCTOR_DUE : EXH_DOCTOR_SETTLED, "lock", stale.at[i], "a command that is gone left it on the log's branch: it is removed");
    for (size_t i = 0; i < held.count; i++)
        add(d, EXH_DOCTOR_LEFT, "lock", held.at[i], "git, or a command that is gone, holds it: when none is at work there, remove that file");
    return true;
}

/* Under the store's lock. */
static bool settle(struct doctor *d, struct exh_error *err)
{
    EXH_CLEANUP(exh_leftovers_clear) struct exh_leftovers before = { NULL, 0 }, after = { NULL, 0 };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings notes = EXH_STRINGS_NONE;

    if (!settle_locks(d, err) || !exh_store_leftovers(d->store, &before, err))
        return false;
    if (!d->dry_run && (!exh_store_recover(d->store, &notes, err) || !exh_store_leftovers(d->store, &after, err)))
        return false;
    tell_leftovers(d, &before, &after, &notes);
    return true;
}

/* ---- what else is there ---- */

/* Exhibits are only looked for here: whether they are whole, 'exhibit verify --store' says. */
static bool look_at_holdings(struct doctor *d, struct exh_error *err)
{
    EXH_CLEANUP(exh_holdings_clear) struct exh_holdings holdings = { .exhibits = NULL };

    if (!exh_store_holdings(d->store, &holdings, err))
        return false;
    for (size_t i = 0; i < holdings.foreign.count; i++)
        add(d, EXH_DOCTOR_LEFT, "foreign", holdings.foreign.at[i], "the custody log does not know it: somebody must say what it is");
    for (size_t i = 0; i < holdings.exhibit_count; i++) {
        const char *reference = holdings.exhibits[i].reference;
        EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference);
        if (!exh_file_exists(d->store->root, folder) && !exh_store_is_in_making(d->store, reference))
            add(d, EXH_DOCTOR_LEFT, "exhibit", reference, "its folder '%s' is gone: bring it back from a backup", folder);
    }
    return true;
}

/* ---- rights ---- */

struct look { struct doctor *doctor; const char *folder; mode_t forbidden; };

static void look_at_rights(struct doctor *d, const char *path, mode_t forbidden)
{
    enum { ALL_RIGHTS = 07777 };
    struct stat facts;

    if (fstatat(d->store->root, path, &facts, AT_SYMLINK_NOFOLLOW) || !(facts.st_mode & forbidden) || S_ISLNK(facts.st_mode))
        return;
    add(d, EXH_DOCTOR_LEFT, "rights", path, "others may %s it (mode %04o): chmod go-%s '%s/%s'", forbidden == 022 ? "write to" : "use",
        facts.st_mode & ALL_RIGHTS, forbidden == 022 ? "w" : "rwx", d->store->path, path);
}

static bool look_at_member(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    const struct look *look = context;
    EXH_CLEANUP(exh_freep) char *path = strcmp(look->folder, ".") == 0 ? exh_strdup(name) : exh_format("%s/%s", look->folder, name);

    (void)kind, (void)err;
    look_at_rights(look->doctor, path, look->forbidden);
    return true;
}

/* What is private is nobody else's to read; the rest nobody else's to write. */
static bool look_at_all_rights(struct doctor *d, struct exh_error *err)
{
    static const struct { const char *folder; mode_t forbidden; } places[] = {
        { ".", 022 }, { "exhibits", 022 }, { "private", 077 }, { "private/cases", 077 }, { "custody.git", 022 }, { "policies", 022 }, { "disposals", 022 }, { "checks", 022 },
    };

    for (size_t i = 0; i < EXH_COUNT(places); i++) {
        struct look look = { d, places[i].folder, places[i].forbidden };
        if (exh_file_exists(d->store->root, places[i].folder) && !exh_directory_visit(d->store->root, places[i].folder, look_at_member, &look, err))
            return false;
    }
    return true;
}

/* ---- the log and its keys ---- */

static void look_at_log(struct doctor *d)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;
    struct exh_moment now = exh_moment_now();
    char last[EXH_MOMENT_SIZE];

    if (!exh_store_check_log(d->store, &wrong))
        add_failure(d, "log", "custody.git", &wrong);
    if (!exh_ledger_is_held(d->store->ledger))
        add(d, EXH_DOCTOR_LEFT, "key", "private/log.key", "the log's key is not there, so nothing can be entered: bring it back from a backup");
    if (d->store->last.time.ns > now.ns + 2 * EXH_SECOND) {
        exh_moment_utc(d->store->last.time, last);
        add(d, EXH_DOCTOR_LEFT, "clock", "time", "this machine's clock is before the log's last entry (%s), so nothing can be entered: set it", last);
    }
    if (!exh_store_has_index(d->store))
        add(d, EXH_DOCTOR_LEFT, "index", "private/index", "it cannot be kept there, so each command reads the whole log: see the rights and the disk");
}

/* A case's key that was destroyed is not there; one that came back counts for nothing; any other must open. */
static bool look_at_case_key(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    struct doctor *d = context;
    EXH_CLEANUP(exh_freep) char *id = exh_strndup(name, strcspn(name, ".")), *path = exh_format("private/cases/%s", name);

    (void)kind, (void)err;
    if (!*id || strcmp(name + strlen(id), ".key") != 0)
        return true;
    if (exh_store_key_is_gone(d->store, id))
        add(d, EXH_DOCTOR_LEFT, "key", path, "the log says that it was destroyed, and it opens nothing here any more: remove it, and from backups too");
    else if (!exh_store_seal_key(d->store, id))
        add(d, EXH_DOCTOR_LEFT, "key", path, "it does not open with the store's key: it is damaged, or another store's; bring it back from a backup");
    return true;
}

/* ---- what the machine has ---- */

static void look_at_program(struct doctor *d)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = NULL;

    if (!exh_store_start_helper(d->store, &helper, &wrong) || !exh_helper_ready(helper, &wrong)) {
        add_failure(d, wrong.kind == EXH_REFUSED ? "cage" : "program", "exhibit-media", &wrong);
        return;
    }
    if (exh_helper_lacks(helper))
        add(d, EXH_DOCTOR_LEFT, "cage", "exhibit-media", "footage is read without %s, as the configuration allows (media.cage)", exh_helper_lacks(helper));
}

static void look_at_machine(struct doctor *d)
{
    struct statvfs facts;

    look_at_program(d);
    if (access(d->store->font, R_OK))
        add(d, EXH_DOCTOR_LEFT, "font", d->store->font, "the font that texts on copies are drawn with cannot be read: install fonts-dejavu-core, or set media.font");
    if (fstatvfs(d->store->root, &facts))
        return;
    uint64_t room = (uint64_t)facts.f_bavail * facts.f_frsize;
    EXH_CLEANUP(exh_freep) char *words = exh_text_size(room);
    if (room < LEAST_FREE)
        add(d, EXH_DOCTOR_LEFT, "disk", d->store->path, "%s are free where the store lies: make room before the next export", words);
}

/* ---- all of it ---- */

static bool examine(struct doctor *d, struct exh_error *err)
{
    if (!exh_store_lock(d->store, err))
        return false;
    bool done = settle(d, err);
    exh_store_unlock(d->store);
    if (!done || !look_at_holdings(d, err) || !look_at_all_rights(d, err)
        || !exh_directory_visit(d->store->root, "private/cases", look_at_case_key, d, err))
        return false;
    look_at_log(d);
    look_at_machine(d);
    return true;
}

bool exh_doctor(struct exh_store *store, bool dry_run, struct exh_doctor_report *ret_report, struct exh_error *err)
{
    EXH_CLEANUP(exh_doctor_clear) struct exh_doctor_report report = { NULL, 0 };
    struct doctor doctor = { store, dry_run, &report };

    if ((!dry_run && !exh_store_may(store, "export-abandoned", err)) || !examine(&doctor, err))
        return false;
    *ret_report = report;
    report = (struct exh_doctor_report){ NULL, 0 };
    return true;
}
