/* report: where the files and the other exhibits of a package are. */
#include "page.h"

#include <string.h>

static int64_t volume_in(const struct exh_json *files, const char *file)
{
    return exh_json_int_or(exh_json_find(files, "file", file), "volume", 0);
}

int64_t exh_page_elsewhere(const struct exh_page_place *place, const char *file)
{
    const struct exh_json *exhibits = exh_json_get(place->package, "exhibits");
    int64_t own = exh_json_int_or(place->package, "volume", 1), volume = 0;

    for (size_t i = 0; i < exh_json_count(exhibits) && !volume; i++)
        volume = volume_in(exh_json_get(exh_json_at(exhibits, i), "files"), file);
    return volume == own ? 0 : volume;
}

static const char *reference_of(const struct exh_page_place *place, size_t index)
{
    return exh_json_text_or(exh_json_at(exh_json_get(place->package, "exhibits"), index), "exhibit", "");
}

long exh_page_find(const struct exh_page_place *place, const char *reference)
{
    for (size_t i = 0; i < place->count; i++)
        if (*reference && strcmp(reference_of(place, i), reference) == 0)
            return (long)i;
    return -1;
}

static bool is_of(const struct exh_json *record, const char *reference)
{
    return exh_json_find(exh_json_get(record, "of"), "exhibit", reference);
}

/* Another copy shows a part, or has something covered. */
static bool shows_all_of(const struct exh_json *record, const char *reference)
{
    return strcmp(exh_json_text_or(record, "item", ""), "copy") == 0 && strcmp(exh_json_text_or(record, "mode", ""), "transcode") == 0
        && is_of(record, reference);
}

long exh_page_copy_of(const struct exh_page_place *place, const char *reference)
{
    for (size_t i = 0; i < place->count; i++) {
        const struct exh_json *record = place->items[i].record;
        const char *film = exh_json_text_or(exh_json_at(exh_json_get(record, "parts"), 0), "file", NULL);
        if (film && shows_all_of(record, reference) && !exh_page_elsewhere(place, film))
            return (long)i;
    }
    return -1;
}

void exh_page_to_section(struct exh_text *page, const struct exh_page_place *place, long index)
{
    exh_text_printf(page, "<a href=\"#exhibit-%ld\">", index + 1);
    exh_page_safe(page, reference_of(place, (size_t)index));
    exh_text_puts(page, "</a>");
}
