/* item: what an exhibit's Master is made of, and the names of its files. */
#include "exhibit/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_item_clear(struct exh_item *item)
{
    for (size_t i = 0; i < item->part_count; i++) {
        free(item->parts[i].file);
        free(item->parts[i].runs);
        exh_part_clear(&item->parts[i].plan);
    }
    free(item->parts);
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
