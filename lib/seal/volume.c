/* volume: what goes on which medium, where one does not hold it all. */
#include "seal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What anybody needs; a store's configuration may say otherwise, since portals change their limits. */
static const struct { const char *name; uint64_t file, volume; } known[] = {
    { "plain", 0, 0 },
    { "axon", EXH_SMALLEST_MEDIUM, EXH_SMALLEST_MEDIUM },    /* uploads of at most 4 GB a file */
    { "dvd", 4617089843, 4617089843 },                       /* 4.3 GiB */
    { "fat32", 4294967295, 0 },                              /* a file has less than 4 GiB */
};

bool exh_seal_medium(const struct exh_store *store, const char *name, struct exh_medium *ret_medium, struct exh_error *err)
{
    for (size_t i = 0; i < store->medium_count; i++)
        if (strcmp(store->media[i].name, name) == 0) {
            *ret_medium = store->media[i];
            return true;
        }
    for (size_t i = 0; i < EXH_COUNT(known); i++)
        if (strcmp(known[i].name, name) == 0) {
            *ret_medium = (struct exh_medium){ (char *)(uintptr_t)known[i].name, known[i].file, known[i].volume };
            return true;
        }
    return exh_fail(err, EXH_USAGE, "'%s' is no profile: use plain, axon, dvd, fat32, or one of the store's configuration "
                    "(profile.%s.file, profile.%s.volume)", name, name, name);
}

/* ---- the files, in the order in which they are packed ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct sealing_file *)a)->file->name, ((const struct sealing_file *)b)->file->name);
}

static void collect_files(struct sealing *s)
{
    for (size_t i = 0; i < s->exhibit_count; i++) {
        const struct exh_sealed *sealed = s->exhibits[i].sealed;
        s->files = exh_realloc_array(s->files, s->file_count + sealed->file_count + 1, sizeof *s->files);
        for (size_t k = 0; k < sealed->file_count; k++) {
            s->files[s->file_count++] = (struct sealing_file){ &s->exhibits[i], &sealed->files[k], 1 };
            s->size += sealed->files[k].size;
        }
    }
    qsort(s->files, s->file_count, sizeof *s->files, by_name);
}

/* ---- room ---- */

enum {
    OWN_PAGES = 1 << 20,         /* package.json, START-HERE.html, VERIFY.txt and the manifests, with room to spare */
    A_MEMBER = 1024,             /* headers, descriptor, directory entry, manifest lines and what package.json says of a file */
    AN_ENTRY = 16 << 10,         /* what goes with an entry of the log: its commit, which has up to 64 digests, and its proof */
    CHUNK = 65536, TAG = 16,     /* what age adds to each chunk */
};

/* Room, as the entries take it. */
struct room { const struct sealing *sealing; uint64_t size; };      /* bytes */

static bool add_entry(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    struct room *room = context;

    (void)err;
    if (exh_sealing_is_about(room->sealing, entry)) {
        EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(entry->whole);
        room->size += strlen(bytes) + AN_ENTRY;
    }
    return true;
}

/* Only entries about the exhibits are carried, however long the log is. */
static bool add_custody(struct room *room, struct exh_error *err)
{
    const struct exh_index_query query = { .case_id = room->sealing->case_id };

    return exh_store_entries(room->sealing->store, &query, false, add_entry, room, err);
}

/* What every volume holds besides footage: the records of all exhibits, and their custody. */
static bool size_of_rest(const struct sealing *s, uint64_t *ret_size, struct exh_error *err)
{
    struct room room = { s, OWN_PAGES + (uint64_t)s->file_count * A_MEMBER };

    for (size_t i = 0; i < s->exhibit_count; i++)
        for (size_t k = 0; k < s->exhibits[i].sealed->text_count; k++)
            room.size += s->exhibits[i].sealed->texts[k].size + A_MEMBER;
    if (!add_custody(&room, err))
        return false;
    *ret_size = room.size;
    return true;
}

/* A container is one file, so that a limit on files is one on it. */
static uint64_t limit_of(const struct sealing *s)
{
    const struct exh_medium *medium = &s->options->medium;
    uint64_t limit = medium->volume;

    if (!s->options->folder && medium->file && (!limit || medium->file < limit))
        limit = medium->file;
    return limit ? limit - limit / CHUNK * TAG - CHUNK : 0;
}

static bool fits(const struct sealing *s, const struct sealing_file *file, uint64_t limit, uint64_t rest, struct exh_error *err)
{
    const struct exh_medium *medium = &s->options->medium;
    uint64_t size = file->file->size;

    if ((!limit || (rest < limit && size <= limit - rest)) && (!medium->file || size <= medium->file))
        return true;
    EXH_CLEANUP(exh_freep) char *words = exh_text_size(size);
    return exh_fail(err, EXH_REFUSED, "'%s' (%s) does not fit profile %s, and the file of an exhibit is never cut; extract "
                    "the window in shorter parts, or choose another profile", file->file->name, words, medium->name);
}

bool exh_sealing_divide(struct sealing *s, struct exh_error *err)
{
    collect_files(s);
    uint64_t limit = limit_of(s), rest, used = 0;

    s->volumes = 1;
    if (!size_of_rest(s, &rest, err))
        return false;
    for (size_t i = 0; i < s->file_count; i++) {
        if (!fits(s, &s->files[i], limit, rest, err))
            return false;
        if (limit && used && s->files[i].file->size > limit - rest - used) {
            s->volumes++;
            used = 0;
        }
        s->files[i].volume = s->volumes;
        used += s->files[i].file->size;
    }
    return true;
}
