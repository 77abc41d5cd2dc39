/* store: packages that left the room, by their identifiers and by the digests of their files. */
#include "store.h"

#include "exhibit/index.h"

#include <stdio.h>
#include <string.h>

static bool fail_unfinished(const struct exh_casefile *casefile, const char *id, struct exh_error *err)
{
    const struct exh_sealing *sealing = exh_casefile_sealing(casefile, id);
    const struct exh_exhibit *exhibit = exh_casefile_exhibit(casefile, id);

    if (exhibit && exhibit->state == EXH_EXHIBIT_DONE)
        return exh_fail(err, EXH_REFUSED, "no package was made with exhibit %s; 'exhibit seal %s' packs it, and gives the package an "
                        "identifier", id, id);
    return exh_fail(err, EXH_REFUSED, "package %s is not done: it is %s", id,
                    exh_exhibit_state_words(sealing ? sealing->state : exhibit->state));
}

bool exh_store_need_packed(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile,
                           struct exh_packed *ret_packed, struct exh_error *err)
{
    if (!exh_store_find_casefile(store, id, ret_casefile, err))
        return false;
    if (!*ret_casefile) {
        EXH_CLEANUP(exh_freep) char *words = exh_format("package '%s' is not known", id);
        return exh_store_unknown_item(store, id, "'exhibit case show' lists the exhibits of a case, and 'exhibit log show' what was sealed",
                                      words, err);
    }
    return exh_casefile_packed(*ret_casefile, id, ret_packed) || fail_unfinished(*ret_casefile, id, err);
}

/* ---- by a digest ---- */

/* What is looked for, and how an entry that holds the digest says what it is of; NULL: it is of none. */
struct hunt { const char *digest; const char *(*named)(const struct exh_entry *entry, const char *digest); char id[24]; };

static const char *package_named(const struct exh_entry *entry, const char *digest)
{
    const struct exh_json *digests = exh_json_get(entry->whole, "digests");
    bool begins = true;
    const char *item = exh_entry_item(entry, &begins);

    for (size_t i = 0; !begins && i < exh_json_members(digests); i++) {
        const char *name = exh_json_member_name(digests, i);
        if (strncmp(name, "package", 7) == 0 && exh_digest_equal(exh_json_text_or(digests, name, ""), digest))
            return item;
    }
    return NULL;
}

static const char *form_named(const struct exh_entry *entry, const char *digest)
{
    const char *form = exh_json_text_or(exh_json_get(entry->whole, "digests"), "form", "");

    if (strcmp(entry->act, "receipt-issue") != 0 || !exh_digest_equal(form, digest))
        return NULL;
    return exh_json_text_or(exh_json_get(entry->whole, "facts"), "disclosure", NULL);
}

/* Most entries do not hold the digest at all, and are not taken apart. */
static bool look_at(void *context, const struct exh_index_row *row, struct exh_error *err)
{
    struct hunt *hunt = context;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };

    if (*hunt->id || !memmem(row->bytes, row->size, hunt->digest, strlen(hunt->digest)))
        return true;
    if (!exh_entry_read(row->bytes, row->size, row->commit, &entry, err))
        return false;
    const char *id = hunt->named(&entry, hunt->digest);

    snprintf(hunt->id, sizeof hunt->id, "%s", id ? id : "");
    return true;
}

static bool find(const struct exh_store *store, struct hunt *hunt, char ret_id[24], struct exh_error *err)
{
    static const struct exh_index_query all = { .from = 0 };

    if (!exh_index_visit(store->views->index, &all, true, look_at, hunt, err))
        return false;
    memcpy(ret_id, hunt->id, sizeof hunt->id);
    return true;
}

bool exh_store_find_package(const struct exh_store *store, const char *digest, char ret_id[24], struct exh_error *err)
{
    struct hunt hunt = { .digest = digest, .named = package_named };

    if (!find(store, &hunt, ret_id, err))
        return false;
    return *ret_id || exh_fail(err, EXH_REFUSED, "the log knows of no package with SHA-256 %s: this store did not seal it, or it was "
                               "altered since", digest);
}

bool exh_store_find_receipt(const struct exh_store *store, const char *digest, char ret_id[24], struct exh_error *err)
{
    struct hunt hunt = { .digest = digest, .named = form_named };

    if (!find(store, &hunt, ret_id, err))
        return false;
    return *ret_id || exh_fail(err, EXH_NO, "the log knows of no receipt whose form has SHA-256 %s: this store did not issue it, or it was "
                               "altered above the line", digest);
}
