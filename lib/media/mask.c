/* media/mask: which parts of a picture are masked while it is on show. */
#include "mask.h"

#include "cover.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_MASKS = 1000, MOST_KEYS = 100000, MOST_SIDE = 16384, MOST_BOXES = 64 };

void masks_clear(struct masks *masks)
{
    for (size_t i = 0; i < masks->count; i++)
        free(masks->at[i].keys);
    free(masks->at);
    *masks = (struct masks){ .at = NULL };
}

/* ---- reading ---- */

static bool read_number(const struct exh_json *array, size_t at, int64_t least, int64_t most, int64_t *ret_number)
{
    const struct exh_json *value = exh_json_at(array, at);

    *ret_number = exh_json_as_int(value);
    return exh_json_type(value) == EXH_JSON_INT && *ret_number >= least && *ret_number <= most;
}

static bool read_key(const struct exh_json *array, struct mask_key *ret_key)
{
    int64_t x, y, width, height;
    bool good = exh_json_type(array) == EXH_JSON_ARRAY && exh_json_count(array) == 5
        && read_number(array, 0, INT64_MIN, INT64_MAX, &ret_key->own_ns)
        && read_number(array, 1, -MOST_SIDE, MOST_SIDE, &x) && read_number(array, 2, -MOST_SIDE, MOST_SIDE, &y)
        && read_number(array, 3, 1, MOST_SIDE, &width) && read_number(array, 4, 1, MOST_SIDE, &height);

    if (good)
        *ret_key = (struct mask_key){ ret_key->own_ns, (int)x, (int)y, (int)width, (int)height };
    return good;
}

static bool read_keys(const struct exh_json *array, size_t *room, struct mask *mask, struct exh_error *err)
{
    size_t count = exh_json_count(array);

    if (!count || count > *room)
        return exh_fail(err, EXH_MALFORMED, count ? "it has more keys than masks may have" : "it has no keys");
    *room -= count;
    mask->keys = exh_alloc(count * sizeof *mask->keys);
    mask->count = count;
    for (size_t i = 0; i < count; i++) {
        if (!read_key(exh_json_at(array, i), &mask->keys[i]))
            return exh_fail(err, EXH_MALFORMED, "key %zu is not one position in a picture", i + 1);
        if (i && mask->keys[i].own_ns <= mask->keys[i - 1].own_ns)
            return exh_fail(err, EXH_MALFORMED, "key %zu is not later than the one before it", i + 1);
    }
    return true;
}

/* A number, or null: @otherwise. */
static bool read_end(const struct exh_json *object, const char *name, int64_t otherwise, int64_t *ret_ns,
                     struct exh_error *err)
{
    const struct exh_json *value = exh_json_get(object, name);

    *ret_ns = otherwise;
    return (value && exh_json_type(value) == EXH_JSON_NULL) || exh_json_need_int(object, name, ret_ns, err);
}

static bool read_mask(const struct exh_json *object, size_t *room, struct mask *mask, struct exh_error *err)
{
    const struct exh_json *outside = exh_json_get(object, "outside");
    struct exh_json *keys;

    if (exh_json_type(object) != EXH_JSON_OBJECT || exh_json_members(object) != 4)
        return exh_fail(err, EXH_MALFORMED, "it has not the members of a mask");
    if (!outside || exh_json_type(outside) != EXH_JSON_BOOL)
        return exh_fail(err, EXH_MALFORMED, "'outside' is neither true nor false");
    mask->outside = exh_json_bool_or(object, "outside", false);
    if (!read_end(object, "from_ns", INT64_MIN, &mask->from_ns, err)
        || !read_end(object, "to_ns", INT64_MAX, &mask->to_ns, err) || !exh_json_need_array(object, "keys", &keys, err))
        return false;
    return mask->from_ns < mask->to_ns ? read_keys(keys, room, mask, err)
                                       : exh_fail(err, EXH_MALFORMED, "it ends before it begins");
}

static bool read_style(const char *style, enum mask_style *ret_style)
{
    static const char *const styles[] = { [MASK_BLACK] = "black", [MASK_PIXELATE] = "pixelate", [MASK_BLUR] = "blur" };

    for (size_t i = 0; style && i < EXH_COUNT(styles); i++)
        if (!strcmp(style, styles[i])) {
            *ret_style = (enum mask_style)i;
            return true;
        }
    return false;
}

bool masks_read(const struct exh_json *array, const char *style, struct masks *ret_masks, struct exh_error *err)
{
    EXH_CLEANUP(masks_clear) struct masks masks = { .at = NULL };
    size_t count = exh_json_count(array), room = MOST_KEYS;

    if (!read_style(style, &masks.style))
        return exh_fail(err, EXH_MALFORMED, "there is no style of masks '%s'", style ? style : "");
    if (!array || exh_json_type(array) != EXH_JSON_ARRAY || count > MOST_MASKS)
        return exh_fail(err, EXH_MALFORMED, "there is no list of masks, or it is too long");
    masks.at = count ? exh_alloc(count * sizeof *masks.at) : NULL;
    for (size_t i = 0; i < count; i++) {
        masks.count = i + 1;
        if (!read_mask(exh_json_at(array, i), &room, &masks.at[i], err))
            return exh_while(err, "mask %zu", i + 1);
    }
    *ret_masks = masks;
    masks = (struct masks){ .at = NULL };
    return true;
}

/* ---- where a mask is ---- */

static int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static int64_t later(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

/* From @a to @b between two keys, in pixels; where it is between two, the one before (or the one after: @up). */
static int between(int a, int b, const struct mask_key *from, const struct mask_key *to, int64_t ns, bool up)
{
    if (from == to)
        return a;
    __int128 whole = (__int128)to->own_ns - from->own_ns;
    __int128 moved = (__int128)(b - a) * ((__int128)ns - from->own_ns) + (up ? whole - 1 : 0);
    return a + (int)(moved / whole - (moved % whole < 0));
}

/* At a moment between two keys, rounded outward; or inward. */
static struct box place_at(const struct mask_key *from, const struct mask_key *to, int64_t ns, bool inward)
{
    return (struct box){ between(from->x, to->x, from, to, ns, inward), between(from->y, to->y, from, to, ns, inward),
                         between(from->x + from->width, to->x + to->width, from, to, ns, !inward),
                         between(from->y + from->height, to->y + to->height, from, to, ns, !inward) };
}

static struct box hull(struct box one, struct box other)
{
    return (struct box){ one.x0 < other.x0 ? one.x0 : other.x0, one.y0 < other.y0 ? one.y0 : other.y0,
                         one.x1 > other.x1 ? one.x1 : other.x1, one.y1 > other.y1 ? one.y1 : other.y1 };
}

/* One straight way of a mask from key @number - 1 to key @number, as far as it lies in @from_ns to @to_ns. Before the
 * first key and after the last it stays. Each side moves evenly, so it is furthest out at one of the two ends. */
static bool way_of(const struct mask *mask, size_t number, int64_t from_ns, int64_t to_ns, struct box *ret_start,
                   struct box *ret_end)
{
    const struct mask_key *from = &mask->keys[number ? number - 1 : 0];
    const struct mask_key *to = &mask->keys[number < mask->count ? number : mask->count - 1];

    from_ns = number ? later(from_ns, from->own_ns) : from_ns;
    to_ns = number < mask->count ? earlier(to_ns, mask->keys[number].own_ns) : to_ns;
    if (from_ns > to_ns)
        return false;
    *ret_start = place_at(from, to, from_ns, mask->outside);
    *ret_end = place_at(from, to, to_ns, mask->outside);
    return true;
}

/* Where it is at every moment. */
static struct box stays_at(const struct mask *mask, int64_t from_ns, int64_t to_ns)
{
    struct box all = { INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX }, start, end;

    for (size_t i = 0; i <= mask->count; i++)
        if (way_of(mask, i, from_ns, to_ns, &start, &end))
            all = box_common(all, box_common(start, end));
    return all;
}

/* ---- a picture on show ---- */

struct show {
    struct field field;
    int left, top;               /* of the canvas */
    int64_t from_ns, to_ns;      /* the second is not before the first */
    struct box bare[MOST_BOXES]; /* squares in none of the "outside" masks' reach */
    size_t bare_count;
    struct cover *covers;
    size_t count, room;
};

static bool applies(const struct mask *mask, int64_t from_ns, int64_t to_ns)
{
    return mask->count && mask->from_ns < to_ns && mask->to_ns > from_ns;
}

static struct box in_frame(const struct show *show, struct box canvas)
{
    return (struct box){ canvas.x0 + show->left, canvas.y0 + show->top, canvas.x1 + show->left, canvas.y1 + show->top };
}

static struct cover *add_cover(struct show *show)
{
    if (show->count == show->room) {
        show->room = show->room ? show->room * 2 : 16;
        show->covers = exh_realloc_array(show->covers, show->room, sizeof *show->covers);
    }
    show->covers[show->count] = (struct cover){ .holes = NULL };
    return &show->covers[show->count++];
}

static void show_clear(struct show *show)
{
    for (size_t i = 0; i < show->count; i++)
        cover_clear(&show->covers[i]);
    free(show->covers);
}

/* ---- masks of what is inside ---- */

/* The blocks of a mask are those of its largest key, always, so that they do not change while it moves and grows. */
static void add_box(struct show *show, const struct mask *mask, struct box canvas)
{
    struct box at = field_outward(&show->field, in_frame(show, canvas));
    int width = 0, height = 0;

    if (box_is_empty(at))
        return;
    for (size_t i = 0; i < mask->count; i++) {
        width = mask->keys[i].width > width ? mask->keys[i].width : width;
        height = mask->keys[i].height > height ? mask->keys[i].height : height;
    }
    struct cover *cover = add_cover(show);
    cover->at = at;
    cover_size(cover, width, height);
}

/* Each straight way has a box; where there are very many in one picture, one box takes the rest. */
static void add_inside(struct show *show, const struct mask *mask)
{
    int64_t from_ns = later(show->from_ns, mask->from_ns), to_ns = earlier(show->to_ns, mask->to_ns);
    struct box start, end, box = { 0, 0, 0, 0 };
    size_t boxes = 0;

    for (size_t i = 0; i <= mask->count; i++) {
        if (!way_of(mask, i, from_ns, to_ns, &start, &end))
            continue;
        if (boxes && boxes < MOST_BOXES)
            add_box(show, mask, box);
        box = boxes && boxes >= MOST_BOXES ? hull(box, hull(start, end)) : hull(start, end);
        boxes++;
    }
    if (boxes)
        add_box(show, mask, box);
}

/* ---- masks of what is outside ---- */

/* Adds a box to a list unless one of it holds it all. Where there is no room for it, more is masked. */
static void add_bare(struct box *list, size_t *count, struct box box)
{
    for (size_t i = 0; i < *count; i++) {
        struct box common = box_common(list[i], box);
        if (!memcmp(&common, &box, sizeof box))
            return;
    }
    if (!box_is_empty(box) && *count < MOST_BOXES)
        list[(*count)++] = box;
}

/* A time in which no "outside" mask begins or ends: what is in none of them is not bare. False where there is none. */
static bool keep_bare(struct show *show, const struct masks *masks, int64_t from_ns, int64_t to_ns)
{
    struct box list[MOST_BOXES];
    size_t count = 0;
    bool any = false;

    for (size_t i = 0; i < masks->count; i++) {
        const struct mask *mask = &masks->at[i];
        if (!mask->outside || !applies(mask, from_ns, to_ns))
            continue;
        struct box box = field_inward(&show->field, in_frame(show, stays_at(mask, from_ns, to_ns)));
        for (size_t old = 0; old < show->bare_count; old++)
            add_bare(list, &count, box_common(box, show->bare[old]));
        any = true;
    }
    if (!any)
        return false;
    memcpy(show->bare, list, count * sizeof *list);
    show->bare_count = count;
    return true;
}

/* When after @ns the next "outside" mask begins or ends; at most @end_ns. */
static int64_t next_change(const struct masks *masks, int64_t ns, int64_t end_ns)
{
    for (size_t i = 0; i < masks->count; i++) {
        const struct mask *mask = &masks->at[i];
        if (mask->outside && mask->from_ns > ns)
            end_ns = earlier(end_ns, mask->from_ns);
        if (mask->outside && mask->to_ns > ns)
            end_ns = earlier(end_ns, mask->to_ns);
    }
    return end_ns;
}

static int by_left(const void *one, const void *other)
{
    const struct box *a = one, *b = other;

    return a->x0 - b->x0;
}

static void add_outside(struct show *show, const struct masks *masks)
{
    struct box all = { 0, 0, show->field.columns, show->field.rows };
    bool any = false;

    show->bare[0] = all;
    show->bare_count = 1;
    for (int64_t ns = show->from_ns, next; ns < show->to_ns; ns = next) {
        next = next_change(masks, ns, show->to_ns);
        any = keep_bare(show, masks, ns, next) || any;
    }
    if (!any)
        return;
    qsort(show->bare, show->bare_count, sizeof *show->bare, by_left);
    struct cover *cover = add_cover(show);
    *cover = (struct cover){ .at = all, .holes = show->bare, .hole_count = show->bare_count };
    cover_size_all(&show->field, cover);
}

/* ---- all of them ---- */

/* Small blocks first: where masks overlap, the coarser is seen. The rest makes the order that of the masks' places, not
 * of their list. */
static int by_blocks(const void *one, const void *other)
{
    const struct cover *a = one, *b = other;
    const int ways[] = { a->shift_x + a->shift_y - b->shift_x - b->shift_y, a->shift_x - b->shift_x, a->at.x0 - b->at.x0,
                         a->at.y0 - b->at.y0, a->at.x1 - b->at.x1, a->at.y1 - b->at.y1 };

    for (size_t i = 0; i < EXH_COUNT(ways); i++)
        if (ways[i])
            return ways[i];
    return 0;
}

void masks_apply(const struct masks *masks, int64_t from_ns, int64_t to_ns, AVFrame *frame, int left, int top,
                 int width, int height)
{
    EXH_CLEANUP(show_clear) struct show show = { .field = field_of(frame, masks->style, left, top, width, height),
                                                 .left = left, .top = top, .from_ns = from_ns, .to_ns = to_ns };

    if (to_ns <= from_ns)
        show.to_ns = from_ns < INT64_MAX ? from_ns + 1 : from_ns;
    if (show.field.columns < 1 || show.field.rows < 1)
        return;
    add_outside(&show, masks);
    for (size_t i = 0; i < masks->count; i++)
        if (!masks->at[i].outside && applies(&masks->at[i], show.from_ns, show.to_ns))
            add_inside(&show, &masks->at[i]);
    if (show.count)
        qsort(show.covers, show.count, sizeof *show.covers, by_blocks);
    for (size_t i = 0; i < show.count; i++)
        cover_measure(&show.field, &show.covers[i]);
    for (size_t i = 0; i < show.count; i++)
        cover_lay(&show.field, &show.covers[i]);
}
