/* item: what an exhibit's Master is made of, and the names of its files. */
#include "exhibit/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name in a package has at most 75 characters; this much of an original one is kept. */
enum { LONGEST_STEM = 40, LONGEST_SUFFIX = 5 };

const char *exh_mode_name(enum exh_mode mode)
{
    static const char *const names[] = { "clip", "native", "added" };

    return names[mode];
}

static void clear_parts(struct exh_item *item)
{
    for (size_t i = 0; i < item->part_count; i++) {
        free(item->parts[i].file);
        free(item->parts[i].runs);
        free(item->parts[i].times.file);
        free(item->parts[i].original);
        exh_part_clear(&item->parts[i].plan);
    }
    free(item->parts);
}

void exh_item_clear(struct exh_item *item)
{
    clear_parts(item);
    exh_json_free(item->case_facts);
    exh_json_free(item->producer);
    exh_strings_clear(&item->arguments);
    *item = (struct exh_item){ .parts = NULL };
}

struct exh_item_part *exh_item_add_part(struct exh_item *item)
{
    item->parts = exh_realloc_array(item->parts, item->part_count + 1, sizeof *item->parts);
    item->parts[item->part_count] = (struct exh_item_part){ .file = NULL };
    return &item->parts[item->part_count++];
}

char *exh_item_part_name(const struct exh_item *item, size_t part, size_t parts, struct exh_moment first, const char *suffix)
{
    char when[EXH_MOMENT_SIZE];

    exh_moment_compact(first, when);
    if (parts == 1)
        return exh_format("data/master/%s_%s_%s.%s", item->reference, item->camera->id, when, suffix);
    /* Numbered first, so that the order of names is the order of time. */
    return exh_format("data/master/%s_part%04zu_%s_%s.%s", item->reference, part + 1, item->camera->id, when, suffix);
}

char *exh_item_stem(const struct exh_item *item)
{
    char when[EXH_MOMENT_SIZE];

    exh_moment_compact(item->coverage->window.from, when);
    return exh_format("%s_%s_%s", item->reference, item->camera->id, when);
}

/* ---- files that keep their names ---- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

char *exh_item_suffix(const char *name)
{
    const char *dot = strrchr(exh_text_base_name(name), '.');
    size_t size = dot ? strlen(dot + 1) : 0;

    if (size == 0 || size > LONGEST_SUFFIX)
        return exh_strdup("bin");
    char *suffix = exh_strdup(dot + 1);
    for (char *c = suffix; *c; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
        if (!is_plain(*c) || *c == '-' || *c == '_') {
            free(suffix);
            return exh_strdup("bin");
        }
    }
    return suffix;
}

/* As much of the original name as every file system takes. */
static char *plain_stem(const char *original)
{
    const char *base = exh_text_base_name(original), *dot = strrchr(base, '.');
    size_t size = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    char *stem = exh_strndup(base, size < LONGEST_STEM ? size : LONGEST_STEM);

    for (char *c = stem; *c; c++)
        if (!is_plain(*c))
            *c = '_';
    return stem;
}

char *exh_item_file_name(const struct exh_item *item, size_t part, size_t parts, const char *original)
{
    EXH_CLEANUP(exh_freep) char *stem = plain_stem(original), *suffix = exh_item_suffix(original);

    if (parts == 1)
        return exh_format("data/master/%s_%s.%s", item->reference, stem, suffix);
    return exh_format("data/master/%s_part%04zu_%s.%s", item->reference, part + 1, stem, suffix);
}

char *exh_item_sidecar_name(const char *file, const char *suffix)
{
    const char *dot = strrchr(file, '.');

    return exh_format("%.*s.%s", (int)(dot - file), file, suffix);
}
