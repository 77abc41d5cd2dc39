/* contents: takes a package's files in, hashing each and keeping the small ones that are read later. */
#include "contents.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Below this a thread costs more than it gains. */
enum { BESIDE_FROM = 1 << 20 };

void exh_contents_clear(struct exh_contents *contents)
{
    exh_fan_freep(&contents->fan);
    exh_sha256_freep(&contents->hash);
    for (size_t i = 0; i < contents->count; i++) {
        free(contents->at[i].name);
        free(contents->at[i].fault);
        free(contents->at[i].bytes);
    }
    free(contents->at);
    exh_strings_clear(&contents->faults);
    *contents = (struct exh_contents){ .whole = false };
}

void exh_contents_fault(struct exh_contents *contents, const char *format, ...)
{
    va_list arguments;

    if (contents->faults.count > EXH_FAULTS_MOST)
        return;
    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *words = exh_vformat(format, arguments);
    va_end(arguments);
    exh_strings_add(&contents->faults, contents->faults.count == EXH_FAULTS_MOST ? "and more is wrong with it" : words);
}

static struct exh_found *add(struct exh_contents *contents, const char *name)
{
    if (contents->count == contents->capacity) {
        contents->capacity = contents->capacity ? 2 * contents->capacity : 64;
        contents->at = exh_realloc_array(contents->at, contents->capacity, sizeof *contents->at);
    }
    struct exh_found *found = &contents->at[contents->count++];
    *found = (struct exh_found){ .name = exh_text_printable(name) };
    return found;
}

static struct exh_found *current(struct exh_contents *contents)
{
    assert(contents->count);
    return &contents->at[contents->count - 1];
}

/* The files whose words are judged, not only their digests. */
static bool is_kept(const char *name)
{
    static const char *const names[] = { EXH_BAG_DECLARATION,  EXH_BAG_INFO, EXH_BAG_MANIFEST,
                                         EXH_BAG_TAGMANIFEST,  EXH_BAG_SSH,  EXH_BAG_MINISIGN,
                                         "record/exhibit.json" };

    for (size_t i = 0; i < EXH_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, EXH_BAG_SIGNERS, strlen(EXH_BAG_SIGNERS)) == 0;
}

static bool take_hash(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_sha256_add(context, bytes, size);
    return true;
}

bool exh_contents_begin(struct exh_contents *contents, const char *name, uint64_t size, struct exh_error *err)
{
    struct exh_found *found = add(contents, name);

    contents->open = true;
    if (!contents->hash)
        contents->hash = exh_sha256_new();
    if (is_kept(name) && size <= EXH_KEPT_MOST && size <= EXH_KEPT_ALL_MOST - contents->kept) {
        found->bytes = exh_alloc((size_t)size + 1);
        contents->kept += (size_t)size;
    } else if (is_kept(name)) {
        found->fault = exh_format("larger than it may be (%d MiB)", EXH_KEPT_MOST >> 20);
    }
    if (size < BESIDE_FROM)
        return true;
    contents->fan = exh_fan_new();
    exh_fan_add(contents->fan, take_hash, contents->hash);
    return exh_fan_start(contents->fan, err);
}

bool exh_contents_data(struct exh_contents *contents, const void *bytes, size_t size, struct exh_error *err)
{
    struct exh_found *found = current(contents);

    if (found->bytes)
        memcpy(found->bytes + found->size, bytes, size);
    found->size += size;
    if (contents->fan)
        return exh_fan_put(contents->fan, bytes, size, err);
    exh_sha256_add(contents->hash, bytes, size);
    return true;
}

bool exh_contents_end(struct exh_contents *contents, const char *fault, struct exh_error *err)
{
    struct exh_found *found = current(contents);

    contents->open = false;
    if (contents->fan && !exh_fan_finish(contents->fan, err))
        return false;
    exh_fan_freep(&contents->fan);
    exh_sha256_end(contents->hash, found->digest);
    if (fault && !found->fault)
        found->fault = exh_strdup(fault);
    return true;
}

void exh_contents_odd(struct exh_contents *contents, const char *name, const char *fault)
{
    add(contents, name)->fault = exh_strdup(fault);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct exh_found *)a)->name, ((const struct exh_found *)b)->name);
}

void exh_contents_sort(struct exh_contents *contents)
{
    if (contents->count)
        qsort(contents->at, contents->count, sizeof *contents->at, by_name);
}

struct exh_found *exh_contents_find(const struct exh_contents *contents, const char *name)
{
    const struct exh_found key = { .name = (char *)(uintptr_t)name };

    return contents->count ? bsearch(&key, contents->at, contents->count, sizeof *contents->at, by_name) : NULL;
}
