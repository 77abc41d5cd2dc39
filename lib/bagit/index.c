/* index: every name that a manifest or fetch.txt lists, and what is said of it. */
#include "parts.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct alias { char *key; struct exh_bagit_name *name; };

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct exh_bagit_name *)a)->name, ((const struct exh_bagit_name *)b)->name);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct alias *)a)->key, ((const struct alias *)b)->key);
}

static void free_name(void *memory)
{
    struct exh_bagit_name *name = memory;

    for (struct exh_bagit_claim *claim = name->claims, *next; claim; claim = next) {
        next = claim->next;
        free(claim);
    }
    free(name->name);
    free(name->found_as);
    free(name);
}

static void free_alias(void *memory)
{
    free(((struct alias *)memory)->key);
    free(memory);
}

void exh_bagit_index_clear(struct exh_bagit_index *index)
{
    tdestroy(index->aliases, free_alias);
    tdestroy(index->tree, free_name);
    free(index->at);
    *index = (struct exh_bagit_index){ NULL, 0, 0, 0, NULL, NULL };
}

struct exh_bagit_name *exh_bagit_index_get(const struct exh_bagit_index *index, const char *name)
{
    const struct exh_bagit_name key = { .name = (char *)(uintptr_t)name };
    void *node = tfind(&key, &index->tree, by_name);

    return node ? *(struct exh_bagit_name **)node : NULL;
}

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

struct exh_bagit_name *exh_bagit_index_add(struct exh_bagit_index *index, const char *name)
{
    struct exh_bagit_name *there = exh_bagit_index_get(index, name);

    if (there)
        return there;
    if (index->count == index->capacity) {
        index->capacity = index->capacity ? 2 * index->capacity : 64;
        index->at = exh_realloc_array(index->at, index->capacity, sizeof *index->at);
    }
    there = exh_alloc(sizeof *there);
    there->name = exh_strdup(name);
    index->at[index->count++] = there;
    index->bytes += strlen(name);
    must(tsearch(there, &index->tree, by_name));
    return there;
}

static char *alias_key(enum exh_bagit_alias kind, const char *key)
{
    return exh_format("%c%s", (char)kind, key);
}

void exh_bagit_index_alias(struct exh_bagit_index *index, enum exh_bagit_alias kind, const char *key, struct exh_bagit_name *name)
{
    struct alias *alias = exh_alloc(sizeof *alias);

    *alias = (struct alias){ alias_key(kind, key), name };
    if (*(struct alias **)must(tsearch(alias, &index->aliases, by_key)) != alias)
        free_alias(alias);
}

struct exh_bagit_name *exh_bagit_index_by_alias(const struct exh_bagit_index *index, enum exh_bagit_alias kind, const char *key)
{
    EXH_CLEANUP(exh_freep) char *whole = alias_key(kind, key);
    const struct alias wanted = { whole, NULL };
    void *node = tfind(&wanted, &index->aliases, by_key);

    return node ? (*(struct alias **)node)->name : NULL;
}

struct exh_bagit_claim *exh_bagit_claim_of(const struct exh_bagit_name *name, size_t manifest)
{
    struct exh_bagit_claim *claim = name->claims;

    while (claim && claim->manifest != manifest)
        claim = claim->next;
    return claim;
}

void exh_bagit_claim_add(struct exh_bagit_name *name, size_t manifest, const void *digest, size_t size)
{
    struct exh_bagit_claim *claim = exh_alloc(sizeof *claim + size);

    *claim = (struct exh_bagit_claim){ name->claims, manifest, size };
    if (size)
        memcpy(claim->digest, digest, size);
    name->claims = claim;
}
