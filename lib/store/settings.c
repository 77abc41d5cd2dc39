/* store: the settings that its configuration can have, by their names. What they may be, config.c and remote.c judge. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

static const struct exh_config_key keys[] = {
    { "camera.*.latitude", NULL, "where it stands, in degrees north" },
    { "camera.*.longitude", NULL, "where it stands, in degrees east" },
    { "camera.*.name", NULL, "what people call it" },
    { "camera.*.path", NULL, "where its footage lies in the source" },
    { "camera.*.source", NULL, "the source that records it" },
    { "camera.*.town", NULL, "the town that it is in" },
    { "export.request", "optional", "whether footage is taken out on a request only: required, or optional" },
    { "media.cage", "required", "whether footage is read by a confined program only: required, or optional" },
    { "media.font", "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf", "the font that texts on copies are drawn with" },
    { "profile.*.file", NULL, "the largest file that a medium takes, in bytes" },
    { "profile.*.volume", NULL, "what a medium holds, in bytes" },
    { "remote.*.hostkey", NULL, "the keys that its host may show, SHA256:..." },
    { "remote.*.key", NULL, "the file of the ssh key it is reached with" },
    { "remote.*.login", NULL, "the file that holds user:password for https" },
    { "remote.*.timeout", "120", "how many seconds it may do nothing" },
    { "remote.*.url", NULL, "where the log is pushed to" },
    { "source.*.layout", NULL, "how its files are named" },
    { "source.*.rate", NULL, "pictures a second of bare streams" },
    { "source.*.root", NULL, "the directory that its footage is below" },
    { "source.*.zone", NULL, "the zone of the times in its names" },
    { "store.clockage", "31", "how many days from a check of the clock footage may lie" },
    { "store.gaptolerance", "1000", "holes up to so many milliseconds are no gaps" },
    { "store.organisation", NULL, "who keeps the store" },
    { "store.publicholidays", NULL, "public holidays that follow from no rule, and with - before them days that are none" },
    { "store.recovery", NULL, "the age recipient that every encrypted package opens for too" },
    { "store.version", NULL, "the form of the store" },
    { "store.zone", NULL, "the zone that people see times in" },
    { "tsa.ca", NULL, "the file of certificates that the time-stamp authority is believed by" },
    { "tsa.url", NULL, "the time-stamp authority that is asked" },
};

size_t exh_config_keys(const struct exh_config_key **ret_keys)
{
    *ret_keys = keys;
    return EXH_COUNT(keys);
}

/* "camera.wisbech-12.path" for "camera.*.path"; the setting's own name where it has no star. Free with free(). */
static char *name_in(const struct exh_config_key *key, const char *middle, size_t size)
{
    const char *star = strchr(key->name, '*');

    return star && size ? exh_format("%.*s%.*s%s", (int)(star - key->name), key->name, (int)size, middle, star + 1)
                        : exh_strdup(key->name);
}

/* What stands between the first dot and the last. */
static const char *middle_of(const char *name, size_t *ret_size)
{
    const char *first = strchr(name, '.'), *last = strrchr(name, '.');

    *ret_size = last > first ? (size_t)(last - first - 1) : 0;
    return first ? first + 1 : name;
}

bool exh_config_key_refuse(const char *name, enum exh_kind kind, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;
    size_t size;
    const char *middle = middle_of(name, &size);

    for (size_t i = 0; i < EXH_COUNT(keys); i++) {
        EXH_CLEANUP(exh_freep) char *known = name_in(&keys[i], middle, size);
        exh_strings_add(&names, known);
    }
    const char *nearest = exh_text_nearest(&names, name);
    if (nearest)
        return exh_fail(err, kind, "key '%s' is not known; did you mean '%s'? ('exhibit config list --all' lists them)", name, nearest);
    return exh_fail(err, kind, "key '%s' is not known; 'exhibit config list --all' lists those there are", name);
}

/* Section and key in lower case, as git has them. */
static char *normal_of(const char *words)
{
    char *name = exh_strdup(words), *first = strchr(name, '.'), *last = strrchr(name, '.');

    for (char *at = name; *at; at++)
        if ((!first || at < first || at > last) && *at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return name;
}

bool exh_config_key_find(const char *words, const struct exh_config_key **ret_key, char **ret_name, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *name = normal_of(words);
    size_t size;
    const char *middle = middle_of(name, &size);
    EXH_CLEANUP(exh_freep) char *identifier = exh_strndup(middle, size);

    for (size_t i = 0; i < EXH_COUNT(keys); i++) {
        EXH_CLEANUP(exh_freep) char *known = name_in(&keys[i], middle, size);
        bool starred = strchr(keys[i].name, '*');
        if (strcmp(known, name) != 0 || starred != (size != 0) || (starred && !exh_text_is_identifier(identifier, 32)))
            continue;
        *ret_key = &keys[i];
        *ret_name = exh_steal(&name);
        return true;
    }
    return exh_config_key_refuse(name, EXH_USAGE, err);
}
