/* names: what is listed held against what was found, and names that some systems take for one another. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- listed where it must be ---- */

void exh_bagit_check_covered(struct exh_bagit_bag *bag, const struct exh_bagit_name *name, enum exh_bagit_what what, const char *file)
{
    for (size_t i = 0; i < bag->manifest_count && bag->edition == BAGIT_1_0; i++)
        if (!bag->manifests[i].tag && !exh_bagit_claim_of(name, i))
            exh_bagit_find(bag->report, what, file, "'%s' is not in %s; in BagIt 1.0 every manifest lists the whole payload", file,
                           bag->manifests[i].file);
    if (!name->claims && bag->edition != BAGIT_1_0)
        exh_bagit_find(bag->report, what, file, "'%s' is in no manifest", file);
}

/* A tag manifest of BagIt 1.0 lists every payload manifest (RFC 8493, section 2.2.1). */
static void check_manifests_listed(struct exh_bagit_bag *bag, size_t tag)
{
    for (size_t i = 0; i < bag->manifest_count; i++) {
        const struct exh_bagit_name *name = exh_bagit_index_get(&bag->index, bag->manifests[i].file);
        if (!bag->manifests[i].tag && (!name || !exh_bagit_claim_of(name, tag)))
            exh_bagit_find(bag->report, E_MANIFEST_UNLISTED, bag->manifests[tag].file, "%s does not list %s", bag->manifests[tag].file,
                           bag->manifests[i].file);
    }
}

/* ---- names that are alike ---- */

struct twin { char *key; struct exh_bagit_name *name; };

static int by_key(const void *a, const void *b)
{
    const struct twin *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order ? order : strcmp(x->name->name, y->name->name);
}

static bool same_claims(const struct exh_bagit_name *a, const struct exh_bagit_name *b)
{
    size_t shared = 0;

    for (const struct exh_bagit_claim *claim = a->claims; claim; claim = claim->next) {
        const struct exh_bagit_claim *other = exh_bagit_claim_of(b, claim->manifest);
        if (!other || other->size != claim->size || memcmp(other->digest, claim->digest, claim->size) != 0)
            return false;
        shared++;
    }
    return shared > 0;
}

/* One that is not there is excused where its twin is, with the same digests: no byte is lost. */
static void judge_twins(struct exh_bagit_bag *bag, struct exh_bagit_name *kept, struct exh_bagit_name *other)
{
    EXH_CLEANUP(exh_freep) char *a = exh_bagit_name_key(kept->name, false);
    EXH_CLEANUP(exh_freep) char *b = exh_bagit_name_key(other->name, false);
    bool spelling = strcmp(a, b) == 0;

    if (kept->found && !other->found && !other->fetch && same_claims(other, kept))
        other->excused = true;
    exh_bagit_find(bag->report, spelling ? W_NAME_NORMALIZATION : W_NAME_CASE, other->name, "'%s' and '%s' %s%s", kept->name, other->name,
                   spelling ? "are the same letters in other bytes of Unicode" : "are one name where case is ignored",
                   other->excused ? "; the second is not there, and has the digests of the first" : "");
}

static void judge_group(struct exh_bagit_bag *bag, const struct twin *twins, size_t count)
{
    size_t kept = 0;

    while (kept + 1 < count && !twins[kept].name->found)
        kept++;
    for (size_t i = 0; i < count; i++)
        if (i != kept)
            judge_twins(bag, twins[kept].name, twins[i].name);
}

static void judge_alike(struct exh_bagit_bag *bag)
{
    size_t count = bag->index.count;
    struct twin *twins = exh_realloc_array(NULL, count + 1, sizeof *twins);

    for (size_t i = 0; i < count; i++)
        twins[i] = (struct twin){ exh_bagit_name_key(bag->index.at[i]->name, true), bag->index.at[i] };
    if (count)
        qsort(twins, count, sizeof *twins, by_key);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && strcmp(twins[end].key, twins[first].key) == 0; )
            end++;
        if (end - first > 1)
            judge_group(bag, twins + first, end - first);
    }
    for (size_t i = 0; i < count; i++)
        free(twins[i].key);
    free(twins);
}

/* ---- found or not ---- */

static bool is_of_no_bytes(struct exh_bagit_bag *bag, const struct exh_bagit_name *name)
{
    uint8_t digests[EXH_ALGORITHMS][EXH_DIGEST_MOST];
    bool known = false;

    for (const struct exh_bagit_claim *claim = name->claims; claim; claim = claim->next) {
        const struct exh_bagit_manifest *manifest = &bag->manifests[claim->manifest];
        if (!manifest->known)
            continue;
        exh_digests_begin(bag->digests, 1u << manifest->algorithm);
        exh_digests_end(bag->digests, digests);
        if (memcmp(claim->digest, digests[manifest->algorithm], claim->size) != 0)
            return false;
        known = true;
    }
    return known;
}

static void tell_missing(struct exh_bagit_bag *bag, struct exh_bagit_name *name)
{
    if (name->fetch) {
        exh_bagit_find(bag->report, E_NOT_FETCHED, name->name, "'%s' is still to be fetched: fetch.txt says from where", name->name);
    } else if (exh_bagit_is_system_file(name->name) && is_of_no_bytes(bag, name)) {
        exh_bagit_find(bag->report, W_SYSTEM_FILE, name->name, "'%s' is listed and not there: a file of no bytes that an operating system made by itself",
                       name->name);
        bag->excused += exh_bagit_is_payload(name->name);
    } else {
        exh_bagit_find(bag->report, E_FILE_MISSING, name->name, "'%s' is listed and not there", name->name);
    }
}

static void tell_spelling(struct exh_bagit_bag *bag, const struct exh_bagit_name *name)
{
    EXH_CLEANUP(exh_freep) char *a = exh_bagit_name_key(name->name, false);
    EXH_CLEANUP(exh_freep) char *b = exh_bagit_name_key(name->found_as, false);

    if (strcmp(a, b) == 0)
        exh_bagit_find(bag->report, W_NAME_NORMALIZATION, name->found_as, "'%s' is listed in other bytes of Unicode for the same letters",
                       name->found_as);
    else
        exh_bagit_find(bag->report, W_PERCENT, name->found_as, "'%s' is on disk as the manifest writes it, with the '%%' that should stand for another character",
                       name->found_as);
}

void exh_bagit_check_names(struct exh_bagit_bag *bag)
{
    judge_alike(bag);
    for (size_t i = 0; i < bag->index.count; i++) {
        struct exh_bagit_name *name = bag->index.at[i];
        if (name->fetch)
            exh_bagit_check_covered(bag, name, E_FETCH_UNLISTED, name->name);
        else if (name->found && exh_bagit_is_payload(name->name))
            exh_bagit_check_covered(bag, name, E_FILE_UNLISTED, name->name);
        if (name->found && name->found_as)
            tell_spelling(bag, name);
        if (!name->found && !name->excused)
            tell_missing(bag, name);
    }
    for (size_t i = 0; i < bag->manifest_count && bag->edition == BAGIT_1_0; i++)
        if (bag->manifests[i].tag)
            check_manifests_listed(bag, i);
}
