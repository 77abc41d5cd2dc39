/* store: the register of cases and exhibits, replayed from the log case by case, when it is asked for. */
#include "store.h"

#include "exhibit/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_store_forget_register(struct exh_store *store)
{
    struct exh_store_views *views = store->views;

    for (size_t i = 0; i < views->part_count; i++)
        exh_casefile_clear(&views->parts[i]->casefile);
    for (size_t i = 0; i < views->part_count; i++)
        free(views->parts[i]);
    free(views->parts);
    views->parts = NULL;
    views->part_count = 0;
}

static const struct exh_seal_key *key_of(void *context, const char *key_id)
{
    return exh_store_seal_key(context, key_id);
}

static bool replay(const struct exh_store *store, const char *id, struct exh_casefile *ret_casefile, struct exh_error *err)
{
    const struct exh_index_query query = { .case_id = id };
    struct exh_entry *entries;
    size_t count;

    if (!exh_store_list(store, &query, &entries, &count, err))
        return false;
    bool done = exh_casefile_replay(entries, count, key_of, (void *)(uintptr_t)store, ret_casefile, err);
    exh_entries_free(entries, count);
    return done;
}

/* The case's key is not kept where it was not before: a store may have very many. */
bool exh_store_replay(const struct exh_store *store, const char *id, struct exh_casefile *ret_casefile, struct exh_error *err)
{
    size_t keys = store->case_key_count;
    bool done = replay(store, id, ret_casefile, err);

    exh_store_drop_keys((void *)(uintptr_t)store, keys);
    return done;
}

bool exh_store_casefile(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile, struct exh_error *err)
{
    struct exh_store_views *views = store->views;
    EXH_CLEANUP(exh_freep) struct exh_store_part *part = NULL;

    for (size_t i = 0; i < views->part_count; i++)
        if (strcmp(views->parts[i]->id, id) == 0) {
            *ret_casefile = &views->parts[i]->casefile;
            return true;
        }
    part = exh_alloc(sizeof *part);
    snprintf(part->id, sizeof part->id, "%s", id);
    if (!replay(store, id, &part->casefile, err))
        return false;
    views->parts = exh_realloc_array(views->parts, views->part_count + 1, sizeof *views->parts);
    *ret_casefile = &part->casefile;
    views->parts[views->part_count++] = exh_steal(&part);
    return true;
}

bool exh_store_case(const struct exh_store *store, const char *id, const struct exh_case **ret_case, struct exh_error *err)
{
    const struct exh_casefile *casefile;

    if (!exh_store_casefile(store, id, &casefile, err))
        return false;
    *ret_case = exh_casefile_case(casefile, id);
    return true;
}

bool exh_store_find_casefile(const struct exh_store *store, const char *item, const struct exh_casefile **ret_casefile, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *case_id = NULL;

    *ret_casefile = NULL;
    return exh_index_item(store->views->index, item, &case_id, err)
        && (!case_id || exh_store_casefile(store, case_id, ret_casefile, err));
}

bool exh_store_exhibit(const struct exh_store *store, const char *reference, const struct exh_exhibit **ret_exhibit, struct exh_error *err)
{
    const struct exh_casefile *casefile;

    if (!exh_store_find_casefile(store, reference, &casefile, err))
        return false;
    *ret_exhibit = casefile ? exh_casefile_exhibit(casefile, reference) : NULL;
    return true;
}

bool exh_store_sealing(const struct exh_store *store, const char *id, const struct exh_sealing **ret_sealing, struct exh_error *err)
{
    const struct exh_casefile *casefile;

    if (!exh_store_find_casefile(store, id, &casefile, err))
        return false;
    *ret_sealing = casefile ? exh_casefile_sealing(casefile, id) : NULL;
    return true;
}

/* The register of the case that an identifier says it is of: "C3-H2" is of C3. NULL: it says none. */
static bool casefile_named(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile, struct exh_error *err)
{
    const char *dash = strchr(id, '-');
    EXH_CLEANUP(exh_freep) char *case_id = exh_strndup(id, dash ? (size_t)(dash - id) : 0);

    *ret_casefile = NULL;
    return !dash || !exh_text_is_identifier(case_id, 23) || exh_store_casefile(store, case_id, ret_casefile, err);
}

/* What the case has, of whose identifiers one is not known; where that case is not known either, the one that is nearest to it. */
static bool near_casefile(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings ids = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_freep) char *case_id = exh_strndup(id, strcspn(id, "-"));

    *ret_casefile = NULL;
    if (!exh_store_case_ids(store, &ids, err))
        return false;
    const char *nearest = exh_text_nearest(&ids, case_id);
    return !nearest || exh_store_casefile(store, nearest, ret_casefile, err);
}

static void add_ids(const struct exh_casefile *casefile, enum exh_numbered kind, struct exh_strings *ids)
{
    for (size_t i = 0; kind == EXH_NUMBERED_HOLD && i < casefile->hold_count; i++)
        exh_strings_add(ids, casefile->holds[i].id);
    for (size_t i = 0; kind == EXH_NUMBERED_DISCLOSURE && i < casefile->disclosure_count; i++)
        exh_strings_add(ids, casefile->disclosures[i].id);
    for (size_t i = 0; kind == EXH_NUMBERED_REQUEST && i < casefile->request_count; i++)
        exh_strings_add(ids, casefile->requests[i].id);
}

struct adding { enum exh_numbered kind; struct exh_strings *ids; };

static bool add_ids_of(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    const struct adding *adding = context;

    (void)err;
    add_ids(casefile, adding->kind, adding->ids);
    return true;
}

bool exh_store_numbered_ids(const struct exh_store *store, enum exh_numbered kind, const char *begin, struct exh_strings *ids, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings cases = EXH_STRINGS_NONE;
    struct adding adding = { kind, ids };
    const struct exh_casefile *casefile;

    if (!casefile_named(store, begin, &casefile, err))
        return false;
    if (casefile) {
        add_ids(casefile, kind, ids);
        return true;
    }
    return exh_store_case_ids(store, &cases, err) && (cases.count > EXH_NUMBERED_CASES || exh_store_each_of(store, &cases, add_ids_of, &adding, err));
}

static bool fail_unknown(const struct exh_store *store, enum exh_numbered kind, const char *id, struct exh_error *err)
{
    static const char *const words[] = { "hold", "disclosure", "request" };
    static const char *const remedies[] = { "'exhibit case show' lists those of a case", "'exhibit disclose list' lists them",
                                            "'exhibit request list' lists them" };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings ids = EXH_STRINGS_NONE;
    const struct exh_casefile *casefile;

    if (!near_casefile(store, id, &casefile, err))
        return false;
    if (casefile)
        add_ids(casefile, kind, &ids);
    return exh_text_unknown(&ids, id, remedies[kind], err, "%s '%s' is not known", words[kind], id);
}

bool exh_store_need_hold(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile,
                         const struct exh_hold **ret_hold, struct exh_error *err)
{
    if (!casefile_named(store, id, ret_casefile, err))
        return false;
    *ret_hold = *ret_casefile ? exh_casefile_hold(*ret_casefile, id) : NULL;
    return *ret_hold || fail_unknown(store, EXH_NUMBERED_HOLD, id, err);
}

bool exh_store_need_disclosure(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile,
                               const struct exh_disclosure **ret_disclosure, struct exh_error *err)
{
    if (!casefile_named(store, id, ret_casefile, err))
        return false;
    *ret_disclosure = *ret_casefile ? exh_casefile_disclosure(*ret_casefile, id) : NULL;
    return *ret_disclosure || fail_unknown(store, EXH_NUMBERED_DISCLOSURE, id, err);
}

bool exh_store_need_request(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile,
                            const struct exh_request **ret_request, struct exh_error *err)
{
    if (!casefile_named(store, id, ret_casefile, err))
        return false;
    *ret_request = *ret_casefile ? exh_casefile_request(*ret_casefile, id) : NULL;
    return *ret_request || fail_unknown(store, EXH_NUMBERED_REQUEST, id, err);
}

static bool take_id(void *context, const struct exh_index_row *row, struct exh_error *err)
{
    (void)err;
    if (row->case_id)
        exh_strings_add(context, row->case_id);
    return true;
}

bool exh_store_case_ids(const struct exh_store *store, struct exh_strings *ids, struct exh_error *err)
{
    static const struct exh_index_query openings = { .topic = EXH_TOPIC_CASES };

    return exh_index_visit(store->views->index, &openings, false, take_id, ids, err);
}

bool exh_store_item_ids(const struct exh_store *store, struct exh_strings *ids, struct exh_error *err)
{
    return exh_index_items(store->views->index, ids, err);
}

/* Nothing is kept: there may be very many. */
bool exh_store_each_of(const struct exh_store *store, const struct exh_strings *ids,
                       bool (*visit)(void *context, const struct exh_casefile *casefile, struct exh_error *err), void *context, struct exh_error *err)
{
    for (size_t i = 0; i < ids->count; i++) {
        EXH_CLEANUP(exh_casefile_clear) struct exh_casefile casefile = EXH_CASEFILE_NONE;
        if (!exh_store_replay(store, ids->at[i], &casefile, err) || !visit(context, &casefile, err))
            return false;
    }
    return true;
}

bool exh_store_each_case(const struct exh_store *store, bool (*visit)(void *context, const struct exh_casefile *casefile, struct exh_error *err),
                         void *context, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings ids = EXH_STRINGS_NONE;

    return exh_store_case_ids(store, &ids, err) && exh_store_each_of(store, &ids, visit, context, err);
}

bool exh_store_in_making(const struct exh_store *store, struct exh_strings *items, struct exh_error *err)
{
    return exh_index_in_making(store->views->index, items, err);
}

/* ---- the next identifiers ---- */

static bool next(const struct exh_store *store, const char *kind, const char *stem, char ret_id[24], struct exh_error *err)
{
    uint64_t last;

    if (!exh_index_last_number(store->views->index, kind, stem, &last, err))
        return false;
    snprintf(ret_id, 24, "%.12s%llu", stem, (unsigned long long)last + 1);
    return true;
}

bool exh_store_next_case(const struct exh_store *store, char ret_id[24], struct exh_error *err)
{
    return next(store, "case", "C", ret_id, err);
}

bool exh_store_next_exhibit(const struct exh_store *store, const char *initials, char ret_reference[24], struct exh_error *err)
{
    return next(store, "exhibit", initials, ret_reference, err);
}
