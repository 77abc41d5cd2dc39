/* derive: what masks and silences are in the own time, and the pixels, of each file. */
#include "derive.h"

#include <stdlib.h>

/* ---- when ---- */

/* On the line, once exh_masks_check passed. */
static int64_t line_ns(const struct line *line, struct exh_when when)
{
    return when.from_start ? line->start_ns + when.ns : when.ns;
}

struct span { int64_t from_ns, to_ns; };

static struct span span_of(const struct line *line, const struct exh_interval *when)
{
    return (struct span){ when->has_from ? line_ns(line, when->from) : INT64_MIN, when->has_to ? line_ns(line, when->to) : INT64_MAX };
}

/* What of the span lies in the stretch, in the file's own time. False: nothing. */
static bool own_span(const struct stretch *s, struct span span, struct span *ret_own)
{
    int64_t end = s->line_ns + (s->to_ns - s->from_ns);

    if (span.from_ns >= end || span.to_ns <= s->line_ns)
        return false;
    *ret_own = (struct span){ span.from_ns <= s->line_ns ? s->from_ns : s->from_ns + (span.from_ns - s->line_ns),
                              span.to_ns >= end ? s->to_ns : s->from_ns + (span.to_ns - s->line_ns) };
    return true;
}

static bool is_endless(const struct exh_interval *when)
{
    return !when->has_from && !when->has_to;
}

/* ---- where ---- */

static int64_t floor_scaled(int64_t value, int to, int from)
{
    int64_t product = value * to, whole = product / from;

    return product % from != 0 && product < 0 ? whole - 1 : whole;
}

static int64_t ceil_scaled(int64_t value, int to, int from)
{
    return -floor_scaled(-value, to, from);
}

/* Rounded so that more is covered, never less: outwards, or inwards where what is outside is covered. */
static struct exh_json *key_json(const struct exh_mask_key *key, bool outside, int64_t own_ns, const int shown[2], const int canvas[2])
{
    struct exh_json *json = exh_json_array();
    int64_t left = key->x, right = left + key->width, top = key->y, bottom = top + key->height;

    left = outside ? ceil_scaled(left, canvas[0], shown[0]) : floor_scaled(left, canvas[0], shown[0]);
    right = outside ? floor_scaled(right, canvas[0], shown[0]) : ceil_scaled(right, canvas[0], shown[0]);
    top = outside ? ceil_scaled(top, canvas[1], shown[1]) : floor_scaled(top, canvas[1], shown[1]);
    bottom = outside ? floor_scaled(bottom, canvas[1], shown[1]) : ceil_scaled(bottom, canvas[1], shown[1]);
    exh_json_add_int(json, own_ns);
    exh_json_add_int(json, left);
    exh_json_add_int(json, top);
    exh_json_add_int(json, right > left ? right - left : 1);
    exh_json_add_int(json, bottom > top ? bottom - top : 1);
    return json;
}

/* ---- masks ---- */

static void set_end(struct exh_json *mask, const char *name, bool endless, int64_t ns)
{
    exh_json_set(mask, name, endless ? exh_json_text(NULL) : exh_json_int(ns));
}

/* Its keys keep their places in time, whatever part of it the stretch shows. */
static struct exh_json *mask_json(const struct exh_mask *mask, const struct line *line, const struct stretch *s, struct span own,
                                  const int shown[2], const int canvas[2])
{
    struct exh_json *json = exh_json_object(), *keys = exh_json_array();
    bool moves = mask->key_count > 1, endless = is_endless(&mask->when) && !moves;

    for (size_t i = 0; i < mask->key_count; i++) {
        int64_t at = moves ? s->from_ns + (line_ns(line, mask->keys[i].at) - s->line_ns) : 0;
        exh_json_add(keys, key_json(&mask->keys[i], mask->outside, at, shown, canvas));
    }
    set_end(json, "from_ns", endless, own.from_ns);
    set_end(json, "to_ns", endless, own.to_ns);
    exh_json_set_bool(json, "outside", mask->outside);
    exh_json_set(json, "keys", keys);
    return json;
}

static void add_mask(struct exh_json *masks, const struct exh_mask *mask, const struct line *line, size_t input, const int shown[2],
                     const int canvas[2])
{
    struct span own;

    for (size_t i = 0; i < line->stretch_count; i++) {
        const struct stretch *s = &line->stretches[i];
        if (s->input != input || !own_span(s, span_of(line, &mask->when), &own))
            continue;
        exh_json_add(masks, mask_json(mask, line, s, own, shown, canvas));
        if (is_endless(&mask->when) && mask->key_count == 1)
            return;                      /* it holds for the whole file */
    }
}

struct exh_json *exh_masks_of_input(const struct exh_masks *masks, const struct line *line, size_t input, const int shown[2],
                                const int canvas[2])
{
    struct exh_json *json = exh_json_array();

    for (size_t i = 0; masks && i < masks->count; i++)
        add_mask(json, &masks->at[i], line, input, shown, canvas);
    return json;
}

static int by_from(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    return x->from_ns < y->from_ns ? -1 : x->from_ns > y->from_ns;
}

static struct exh_json *span_json(struct span span)
{
    struct exh_json *pair = exh_json_array();

    exh_json_add_int(pair, span.from_ns);
    exh_json_add_int(pair, span.to_ns);
    return pair;
}

/* In order, and joined where they touch. */
static struct exh_json *joined(struct span *spans, size_t count)
{
    struct exh_json *json = exh_json_array();

    if (count)
        qsort(spans, count, sizeof *spans, by_from);
    for (size_t i = 0, next; i < count; i = next) {
        struct span span = spans[i];
        for (next = i + 1; next < count && spans[next].from_ns <= span.to_ns; next++)
            span.to_ns = spans[next].to_ns > span.to_ns ? spans[next].to_ns : span.to_ns;
        exh_json_add(json, span_json(span));
    }
    return json;
}

struct exh_json *exh_mute_of_input(const struct exh_masks *masks, const struct line *line, size_t input)
{
    size_t most = masks ? masks->mute_count * line->stretch_count : 0, count = 0;
    EXH_CLEANUP(exh_freep) struct span *spans = exh_realloc_array(NULL, most + 1, sizeof *spans);

    for (size_t m = 0; masks && m < masks->mute_count; m++)
        for (size_t i = 0; i < line->stretch_count; i++)
            if (line->stretches[i].input == input && own_span(&line->stretches[i], span_of(line, &masks->mute[m]), &spans[count]))
                count++;
    return joined(spans, count);
}

/* ---- what cannot be meant ---- */

static bool check_time(const struct line *line, bool given, struct exh_when when, struct exh_error *err)
{
    int64_t ns;

    return !given || exh_line_time(line, when, &ns, err);
}

static bool check_interval(const struct line *line, const struct exh_interval *when, struct exh_error *err)
{
    struct span own;

    if (!check_time(line, when->has_from, when->from, err) || !check_time(line, when->has_to, when->to, err))
        return false;
    struct span span = span_of(line, when);
    if (span.from_ns >= span.to_ns)
        return exh_fail(err, EXH_USAGE, "ends before it begins");
    for (size_t i = 0; i < line->stretch_count; i++)
        if (own_span(&line->stretches[i], span, &own))
            return true;
    return exh_fail(err, EXH_USAGE, "lies at a time of which the copy shows nothing");
}

static bool touches(const struct exh_mask_key *key, const int shown[2])
{
    return key->x < shown[0] && key->y < shown[1] && key->x + key->width > 0 && key->y + key->height > 0;
}

static bool check_mask(const struct exh_mask *mask, const struct line *line, const int shown[2], struct exh_error *err)
{
    bool seen = false;

    for (size_t i = 0; i < mask->key_count; i++) {
        seen |= touches(&mask->keys[i], shown);
        if (!check_time(line, mask->key_count > 1, mask->keys[i].at, err))
            return false;
    }
    if (!seen)
        return exh_fail(err, EXH_USAGE, "lies outside the picture, which has %dx%d pixels", shown[0], shown[1]);
    return check_interval(line, &mask->when, err);
}

bool exh_masks_check(const struct exh_masks *masks, const struct line *line, const int shown[2], struct exh_error *err)
{
    for (size_t i = 0; i < masks->count; i++)
        if (!check_mask(&masks->at[i], line, shown, err))
            return exh_while(err, "mask %zu", i + 1);
    for (size_t i = 0; i < masks->mute_count; i++)
        if (!check_interval(line, &masks->mute[i], err))
            return exh_while(err, "silence %zu", i + 1);
    return true;
}
