/* names: which names in a source's tree can hold a window. Directories that cannot are not opened. */
#include "catalogue.h"

#include "exhibit/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Clocks differ from UTC by less than a day, whichever way. */
enum { SLACK_SECONDS = 86400 };

/* The offset of the hour last asked for: names come in order, and asking the system for each one
 * of thousands would cost more than reading them. */
struct hour {
    int64_t number;          /* hours since 1970 as clocks show them; INT64_MIN: none asked for yet */
    bool whole;              /* one offset held from its beginning to its end */
    int64_t offset;          /* clock time less UTC, seconds; only if @whole */
};

struct search {
    int root;
    const struct exh_layout *layout;
    const char *zone;
    int64_t first_ns, last_ns;       /* starts from @first_ns to before @last_ns are sought */
    struct hour hour;
    struct exh_names *names;
};

/* A name in the directory at hand that matches its component. */
struct child {
    char *name;
    struct exh_fields fields;
    bool may_be_directory;
};
struct listing {
    const struct search *search;
    size_t component;
    const struct exh_fields *fields;
    struct child *children;
    size_t count;
};

void exh_names_clear(struct exh_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->at[i].path);
    free(names->at);
    free(names->absent);
    exh_strings_clear(&names->problems);
    *names = (struct exh_names){ 0 };
}

static void listing_clear(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->children[i].name);
    free(listing->children);
}

/* ---- when a name began ---- */

static int64_t floor_divide(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

static size_t instants_shown(int64_t shown, const char *zone, struct exh_name *name)
{
    struct exh_calendar c;
    struct exh_moment skipped[2], change;

    exh_zone_calendar((struct exh_moment){ shown * EXH_SECOND }, "UTC", &c, NULL, NULL);
    size_t count = exh_zone_instants(&c, zone, name->starts);
    if (count)
        return count;
    exh_zone_skipped(&c, zone, skipped, &change);
    name->starts[0] = skipped[1];
    name->impossible = true;
    return 1;
}

/* True when the hour of @shown has one offset from end to end, which is then known. */
static bool one_offset(struct search *search, int64_t shown)
{
    int64_t number = floor_divide(shown, 3600), first = number * 3600, last = first + 3599;
    struct exh_name begin = { 0 }, end = { 0 };

    if (search->hour.number != number) {
        search->hour.whole = instants_shown(first, search->zone, &begin) == 1
                          && instants_shown(last, search->zone, &end) == 1
                          && !begin.impossible && !end.impossible
                          && end.starts[0].ns - begin.starts[0].ns == 3599 * EXH_SECOND;
        search->hour.number = number;
        search->hour.offset = first - floor_divide(begin.starts[0].ns, EXH_SECOND);
    }
    return search->hour.whole;
}

static void find_starts(struct search *search, const struct exh_fields *fields, int64_t shown, struct exh_name *name)
{
    int64_t fraction = fields->at[EXH_NANOSECOND] == EXH_UNKNOWN ? 0 : fields->at[EXH_NANOSECOND];

    name->count = 1;
    if (fields->at[EXH_UNIX_TIME] != EXH_UNKNOWN)
        name->starts[0].ns = shown * EXH_SECOND;
    else if (fields->at[EXH_OFFSET] != EXH_UNKNOWN)
        name->starts[0].ns = (shown - fields->at[EXH_OFFSET]) * EXH_SECOND;
    else if (one_offset(search, shown))
        name->starts[0].ns = (shown - search->hour.offset) * EXH_SECOND;
    else
        name->count = instants_shown(shown, search->zone, name);
    for (size_t i = 0; i < name->count; i++)
        name->starts[i].ns += fraction;
    name->resolution_ns = EXH_SECOND;
    for (int64_t digits = fields->at[EXH_FRACTION_DIGITS]; digits > 0; digits--)
        name->resolution_ns /= 10;
}

/* In one way of reading it at least. */
static bool is_sought(const struct search *search, const struct exh_name *name)
{
    return name->starts[name->count - 1].ns >= search->first_ns && name->starts[0].ns < search->last_ns;
}

static void add_segment(struct search *search, const char *path, const struct exh_fields *fields)
{
    struct exh_names *names = search->names;
    struct exh_name name = { 0 };
    int64_t shown, end;

    if (!exh_fields_range(fields, &shown, &end))
        return;
    find_starts(search, fields, shown, &name);
    if (!is_sought(search, &name))
        return;
    name.path = exh_strdup(path);
    /* Doubling by powers of two: there may be many thousands. */
    if ((names->count & (names->count - 1)) == 0)
        names->at = exh_realloc_array(names->at, names->count ? 2 * names->count : 1, sizeof *names->at);
    names->at[names->count++] = name;
}

/* ---- walking ---- */

/* True when a name with these fields can begin where starts are sought. */
static bool can_hold(const struct search *search, const struct exh_fields *fields)
{
    int64_t first, last;

    return exh_fields_range(fields, &first, &last)
        && last + SLACK_SECONDS > floor_divide(search->first_ns, EXH_SECOND)
        && first - SLACK_SECONDS < floor_divide(search->last_ns, EXH_SECOND) + 1;
}

static bool take_child(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    struct listing *listing = context;
    struct child child = { NULL, *listing->fields, kind == DT_DIR || kind == DT_LNK || kind == DT_UNKNOWN };

    (void)err;
    if (!exh_layout_match(listing->search->layout, listing->component, name, &child.fields)
        || !can_hold(listing->search, &child.fields))
        return true;
    child.name = exh_strdup(name);
    if ((listing->count & (listing->count - 1)) == 0)
        listing->children = exh_realloc_array(listing->children, listing->count ? 2 * listing->count : 1,
                                              sizeof *listing->children);
    listing->children[listing->count++] = child;
    return true;
}

/* A directory that is not there holds nothing; one that cannot be read may hold footage, so it is told. */
static void tell_problem(struct search *search, const char *path, bool named_by_us, struct exh_error *err)
{
    if (err->os == ENOENT || err->os == ENOTDIR) {
        if (named_by_us && !search->names->absent)
            search->names->absent = exh_strdup(path);
        return;
    }
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(path);
    if (err->os == EXDEV)
        exh_strings_addf(&search->names->problems, "directory '%s' leads out of the source", shown);
    else
        exh_strings_addf(&search->names->problems, "directory '%s' cannot be read: %s", shown, strerror(err->os));
}

static void list_directory(struct search *search, const char *path, bool named_by_us, struct listing *listing)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    if (!exh_file_open_beneath(search->root, path, &fd, &err)
        || !exh_directory_visit(fd, ".", take_child, listing, &err))
        tell_problem(search, path, named_by_us, &err);
}

static char *below(const char *path, const char *name)
{
    return strcmp(path, ".") == 0 ? exh_strdup(name) : exh_format("%s/%s", path, name);
}

static void walk(struct search *search, size_t component, const char *path, bool named_by_us,
                 const struct exh_fields *fields);

/* Goes on with @name below @path: the segment itself, or a directory on the way. */
static void step(struct search *search, size_t component, const char *path, const char *name, bool named_by_us,
                 const struct exh_fields *fields)
{
    EXH_CLEANUP(exh_freep) char *whole = below(path, name);

    if (component + 1 == search->layout->count)
        add_segment(search, whole, fields);
    else
        walk(search, component + 1, whole, named_by_us, fields);
}

static void walk_literal(struct search *search, size_t component, const char *path, bool named_by_us,
                         const struct exh_fields *fields)
{
    EXH_CLEANUP(exh_freep) char *name = exh_component_name(&search->layout->components[component]);
    EXH_CLEANUP(exh_freep) char *whole = below(path, name);

    /* A last component without fields was not seen in a listing. */
    if (component + 1 < search->layout->count || exh_file_exists(search->root, whole))
        step(search, component, path, name, named_by_us, fields);
}

/* As deep as the layout has components. @named_by_us: no listing showed @path. */
static void walk(struct search *search, size_t component, const char *path, bool named_by_us,
                 const struct exh_fields *fields)
{
    EXH_CLEANUP(listing_clear) struct listing listing = { search, component, fields, NULL, 0 };
    bool last = component + 1 == search->layout->count;

    if (search->layout->components[component].literal) {
        walk_literal(search, component, path, named_by_us, fields);
        return;
    }
    list_directory(search, path, named_by_us, &listing);
    for (size_t i = 0; i < listing.count; i++)
        if (last || listing.children[i].may_be_directory)
            step(search, component, path, listing.children[i].name, false, &listing.children[i].fields);
}

static int by_start(const void *a, const void *b)
{
    const struct exh_name *left = a, *right = b;

    if (left->starts[0].ns != right->starts[0].ns)
        return left->starts[0].ns < right->starts[0].ns ? -1 : 1;
    return strcmp(left->path, right->path);
}

void exh_names_find(int root, const struct exh_layout *layout, const char *zone, struct exh_window window,
                    int64_t lookback_ns, struct exh_names *ret_names)
{
    struct search search = { root, layout, zone, window.from.ns - lookback_ns, window.to.ns,
                             { INT64_MIN, false, 0 }, ret_names };
    struct exh_fields nothing;

    *ret_names = (struct exh_names){ 0 };
    exh_fields_clear(&nothing);
    walk(&search, 0, ".", true, &nothing);
    if (ret_names->count)
        qsort(ret_names->at, ret_names->count, sizeof *ret_names->at, by_start);
}
