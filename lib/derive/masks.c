/* derive: masks and silences as people give them: on the command line, or in a file (docs/formats/masks.md). */
#include "derive.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_MASKS = 1000, MOST_KEYS = 100000, MOST_SIDE = 16384 };
static const int64_t longest_ns = INT64_C(400) * 86400 * EXH_SECOND;

void exh_masks_clear(struct exh_masks *masks)
{
    for (size_t i = 0; i < masks->count; i++)
        free(masks->at[i].keys);
    free(masks->at);
    free(masks->mute);
    exh_json_free(masks->file);
    *masks = (struct exh_masks){ .at = NULL };
}

/* ---- times ---- */

bool exh_when_parse(const char *words, const char *zone, struct exh_when *ret_when, struct exh_error *err)
{
    struct exh_moment moment;

    if (*words == '+') {
        *ret_when = (struct exh_when){ .from_start = true };
        return exh_duration_parse(words + 1, longest_ns, &ret_when->ns, err);
    }
    if (!exh_moment_parse(words, zone, &moment, err))
        return false;
    *ret_when = (struct exh_when){ false, moment.ns };
    return true;
}

static bool check_interval(const struct exh_interval *when, struct exh_error *err)
{
    if (!when->has_from || !when->has_to || when->from.from_start != when->to.from_start || when->from.ns < when->to.ns)
        return true;
    return exh_fail(err, EXH_USAGE, "it ends before it begins");
}

/* One side; empty words, or none: without end. */
static bool parse_side(const char *words, const char *zone, bool *ret_given, struct exh_when *ret_when, struct exh_error *err)
{
    *ret_given = words && *words;
    return !*ret_given || exh_when_parse(words, zone, ret_when, err);
}

static bool parse_sides(const char *from, const char *to, const char *zone, struct exh_interval *ret_when, struct exh_error *err)
{
    *ret_when = (struct exh_interval){ .has_from = false };
    return parse_side(from, zone, &ret_when->has_from, &ret_when->from, err)
        && parse_side(to, zone, &ret_when->has_to, &ret_when->to, err) && check_interval(ret_when, err);
}

static bool parse_interval(const char *words, const char *zone, struct exh_interval *ret_when, struct exh_error *err)
{
    const char *dots = strstr(words, "..");

    if (!dots)
        return exh_fail(err, EXH_USAGE, "'%s' is no interval: write FROM..TO, for example +5s..+20s", words);
    EXH_CLEANUP(exh_freep) char *from = exh_strndup(words, (size_t)(dots - words));
    return parse_sides(from, dots + 2, zone, ret_when, err);
}

/* ---- on the command line ---- */

static struct exh_mask *add_mask(struct exh_masks *masks, bool outside)
{
    masks->at = exh_realloc_array(masks->at, masks->count + 1, sizeof *masks->at);
    masks->at[masks->count] = (struct exh_mask){ .outside = outside };
    return &masks->at[masks->count++];
}

static bool check_key(const struct exh_mask_key *key)
{
    return key->x >= -MOST_SIDE && key->x <= MOST_SIDE && key->y >= -MOST_SIDE && key->y <= MOST_SIDE && key->width >= 1
        && key->width <= 2 * MOST_SIDE && key->height >= 1 && key->height <= 2 * MOST_SIDE;
}

static struct exh_mask_key *add_key(struct exh_mask *mask)
{
    mask->keys = exh_realloc_array(mask->keys, mask->key_count + 1, sizeof *mask->keys);
    mask->keys[mask->key_count] = (struct exh_mask_key){ .at = { false, 0 } };
    return &mask->keys[mask->key_count++];
}

/* Four whole numbers, parted by commas. */
static bool parse_rectangle(const char *words, struct exh_mask_key *key, struct exh_error *err)
{
    int *const into[] = { &key->x, &key->y, &key->width, &key->height };
    EXH_CLEANUP(exh_freep) char *copy = exh_strdup(words);
    char *rest = copy, *word;
    size_t count = 0;
    uint64_t number;
    bool good = true;

    for (; good && (word = strsep(&rest, ",")); count++)
        if ((good = count < EXH_COUNT(into) && exh_text_number(word, MOST_SIDE, &number)))
            *into[count] = (int)number;
    if (!good || count != EXH_COUNT(into) || !check_key(key))
        return exh_fail(err, EXH_USAGE, "'%s' is no rectangle: write X,Y,WIDTH,HEIGHT in pixels, for example 100,40,320,240", words);
    return true;
}

bool exh_masks_add(struct exh_masks *masks, const char *words, bool outside, const char *zone, struct exh_error *err)
{
    const char *at = strchr(words, '@');
    EXH_CLEANUP(exh_freep) char *rectangle = exh_strndup(words, at ? (size_t)(at - words) : strlen(words));

    if (masks->count == MOST_MASKS)
        return exh_fail(err, EXH_USAGE, "more than %d masks", MOST_MASKS);
    struct exh_mask *mask = add_mask(masks, outside);
    return parse_rectangle(rectangle, add_key(mask), err)
        && (!at || parse_interval(at + 1, zone, &mask->when, err) || exh_while(err, "mask '%s'", words));
}

static struct exh_interval *add_silence(struct exh_masks *masks)
{
    masks->mute = exh_realloc_array(masks->mute, masks->mute_count + 1, sizeof *masks->mute);
    masks->mute[masks->mute_count] = (struct exh_interval){ .has_from = false };
    return &masks->mute[masks->mute_count++];
}

bool exh_masks_mute(struct exh_masks *masks, const char *words, const char *zone, struct exh_error *err)
{
    if (strcmp(words, "all") == 0) {
        masks->mute_all = true;
        return true;
    }
    return parse_interval(words, zone, add_silence(masks), err);
}

/* ---- from a file ---- */

/* Any member that is not known is refused: it may be what was to be covered. */
static bool check_members(const struct exh_json *object, const char *const *known, struct exh_error *err)
{
    if (!object || exh_json_type(object) != EXH_JSON_OBJECT)
        return exh_fail(err, EXH_MALFORMED, "is not an object");
    for (size_t i = 0; i < exh_json_members(object); i++) {
        const char *name = exh_json_member_name(object, i);
        size_t j = 0;
        while (known[j] && strcmp(known[j], name) != 0)
            j++;
        if (!known[j])
            return exh_fail(err, EXH_MALFORMED, "has a member '%s', which is not known", name);
    }
    return true;
}

static bool read_when(const struct exh_json *object, const char *zone, struct exh_interval *ret_when, struct exh_error *err)
{
    const char *from = exh_json_text_or(object, "from", NULL), *to = exh_json_text_or(object, "to", NULL);
    const struct exh_json *sides[] = { exh_json_get(object, "from"), exh_json_get(object, "to") };

    for (size_t i = 0; i < EXH_COUNT(sides); i++)
        if (sides[i] && exh_json_type(sides[i]) != EXH_JSON_TEXT && exh_json_type(sides[i]) != EXH_JSON_NULL)
            return exh_fail(err, EXH_MALFORMED, "has a time that is no text");
    return parse_sides(from, to, zone, ret_when, err);
}

static bool read_rectangle(const struct exh_json *array, struct exh_mask_key *key, struct exh_error *err)
{
    int *const into[] = { &key->x, &key->y, &key->width, &key->height };

    if (exh_json_count(array) != EXH_COUNT(into))
        return exh_fail(err, EXH_MALFORMED, "has no rectangle of four numbers");
    for (size_t i = 0; i < EXH_COUNT(into); i++) {
        int64_t number = exh_json_as_int(exh_json_at(array, i));
        if (exh_json_type(exh_json_at(array, i)) != EXH_JSON_INT || number < -MOST_SIDE || number > 2 * MOST_SIDE)
            return exh_fail(err, EXH_MALFORMED, "has a rectangle that is out of bounds");
        *into[i] = (int)number;
    }
    return check_key(key) || exh_fail(err, EXH_MALFORMED, "has a rectangle that is out of bounds");
}

static bool read_key(const struct exh_json *json, const char *zone, struct exh_mask *mask, struct exh_error *err)
{
    static const char *const known[] = { "at", "rectangle", NULL };
    const char *words = NULL;
    struct exh_mask_key *key = add_key(mask), *last = mask->key_count > 1 ? key - 1 : NULL;

    if (!check_members(json, known, err) || !exh_json_need_text(json, "at", &words, err)
        || !exh_when_parse(words, zone, &key->at, err) || !read_rectangle(exh_json_get(json, "rectangle"), key, err))
        return false;
    if (last && (last->at.from_start != key->at.from_start || last->at.ns >= key->at.ns))
        return exh_fail(err, EXH_MALFORMED, "has keys that do not follow one another in time");
    return true;
}

static bool read_keys(const struct exh_json *json, const char *zone, struct exh_mask *mask, size_t *keys, struct exh_error *err)
{
    const struct exh_json *array = exh_json_get(json, "keys"), *rectangle = exh_json_get(json, "rectangle");

    if (!array == !rectangle)
        return exh_fail(err, EXH_MALFORMED, "needs 'rectangle', or 'keys', and not both");
    if (rectangle)
        return read_rectangle(rectangle, add_key(mask), err);
    *keys += exh_json_count(array);
    if (exh_json_count(array) == 0 || *keys > MOST_KEYS)
        return exh_fail(err, EXH_MALFORMED, "has no keys, or there are more than %d in all", MOST_KEYS);
    for (size_t i = 0; i < exh_json_count(array); i++)
        if (!read_key(exh_json_at(array, i), zone, mask, err))
            return exh_while(err, "key %zu", i + 1);
    return true;
}

static bool read_mask(struct exh_masks *masks, const struct exh_json *json, const char *zone, size_t *keys, struct exh_error *err)
{
    static const char *const known[] = { "from", "to", "outside", "rectangle", "keys", NULL };
    const struct exh_json *outside = exh_json_get(json, "outside");

    if (!check_members(json, known, err))
        return false;
    if (masks->count == MOST_MASKS)
        return exh_fail(err, EXH_MALFORMED, "is one more than %d", MOST_MASKS);
    if (outside && exh_json_type(outside) != EXH_JSON_BOOL)
        return exh_fail(err, EXH_MALFORMED, "has a member 'outside' that is neither true nor false");
    struct exh_mask *mask = add_mask(masks, exh_json_bool_or(json, "outside", false));
    return read_when(json, zone, &mask->when, err) && read_keys(json, zone, mask, keys, err);
}

static bool read_silences(struct exh_masks *masks, const struct exh_json *file, const char *zone, struct exh_error *err)
{
    static const char *const known[] = { "from", "to", NULL };
    const struct exh_json *mute = exh_json_get(file, "mute");

    if (!mute || strcmp(exh_json_text_or(file, "mute", ""), "all") == 0) {
        masks->mute_all |= mute != NULL;
        return true;
    }
    if (exh_json_type(mute) != EXH_JSON_ARRAY || exh_json_count(mute) > MOST_MASKS)
        return exh_fail(err, EXH_MALFORMED, "'mute' is neither \"all\" nor an array of at most %d", MOST_MASKS);
    for (size_t i = 0; i < exh_json_count(mute); i++)
        if (!check_members(exh_json_at(mute, i), known, err)
            || !read_when(exh_json_at(mute, i), zone, add_silence(masks), err))
            return exh_while(err, "mute %zu", i + 1);
    return true;
}

static bool read_file(struct exh_masks *masks, const struct exh_json *file, const char *zone, struct exh_error *err)
{
    static const char *const known[] = { "version", "masks", "mute", NULL };
    struct exh_json *array = NULL;
    size_t keys = 0;

    if (!check_members(file, known, err))
        return exh_while(err, "it");
    if (exh_json_int_or(file, "version", 0) != 1)
        return exh_fail(err, EXH_MALFORMED, "it is not of version 1");
    if (!exh_json_need_array(file, "masks", &array, err))
        return false;
    for (size_t i = 0; i < exh_json_count(array); i++)
        if (!read_mask(masks, exh_json_at(array, i), zone, &keys, err))
            return exh_while(err, "mask %zu", i + 1);
    return read_silences(masks, file, zone, err);
}

bool exh_masks_read(struct exh_masks *masks, const char *bytes, size_t size, const char *zone, struct exh_error *err)
{
    if (masks->file)
        return exh_fail(err, EXH_USAGE, "one mask file at a time");
    if (exh_json_parse(bytes, size, "it", &masks->file, err) && read_file(masks, masks->file, zone, err))
        return true;
    if (err->kind == EXH_USAGE)          /* a time: whatever it would be on the command line, here it is malformed input */
        err->kind = EXH_MALFORMED;
    return false;
}
