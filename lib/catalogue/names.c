/* names: which names in a source's tree can hold a window. Directories that cannot are not opened. */
#include "catalogue.h"

#include "exhibit/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Clocks differ from UTC by less than a day, whichever way. */
enum { DAY_SECONDS = 86400 };
/* No zone keeps summer time for fewer days than this. */
enum { OFFSET_STEP_SECONDS = 10 * DAY_SECONDS };

/* The offset of an hour that was asked for: names come in any order, and asking the system for each one
 * of thousands would cost more than reading them. */
enum { HOURS = 64 };
struct hour {
    bool known;
    int64_t number;          /* hours since 1970 as clocks show them */
    bool whole;              /* one offset held from its beginning to its end */
    int64_t offset;          /* clock time less UTC, seconds; only if @whole */
};
/* Clock seconds, from @first to before @last. */
struct range { int64_t first, last; };

struct search {
    int root;
    const struct exh_layout *layout;
    const char *zone;
    struct exh_window starts;        /* what is sought */
    int64_t written_ns;
    struct range utc, shown;         /* what is sought, as clocks show it in UTC and in the zone */
    struct hour hours[HOURS];        /* each at its number's rest */
    struct exh_names *names;
};

/* A template that still fits, how far, and what the names so far said under it. */
struct state {
    const struct exh_template *template;
    size_t component;
    struct exh_fields fields;
};
struct states {
    struct state *at;
    size_t count;
};

/* A directory in the one at hand that some templates lead into. */
struct child {
    char *name;
    struct states states;
};
struct listing {
    struct search *search;
    const char *path;
    int fd;
    const struct states *states;
    struct child *children;
    size_t count;
    bool own;                        /* all that is in it is the camera's */
    bool known;                      /* something in it is named as a template says */
    char *odd;                       /* a directory in it that is not, the first by its name; NULL */
};

static void clear_names(struct exh_name *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(at[i].path);
    free(at);
}

void exh_names_clear(struct exh_names *names)
{
    clear_names(names->at, names->count);
    clear_names(names->undated, names->undated_count);
    free(names->absent);
    free(names->stranger);
    exh_strings_clear(&names->problems);
    *names = (struct exh_names){ 0 };
}

static void states_clear(struct states *states)
{
    free(states->at);
    *states = (struct states){ NULL, 0 };
}

static void add_state(struct states *states, const struct state *state)
{
    states->at = exh_realloc_array(states->at, states->count + 1, sizeof *states->at);
    states->at[states->count++] = *state;
}

static void listing_clear(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        free(listing->children[i].name);
        states_clear(&listing->children[i].states);
    }
    free(listing->children);
    free(listing->odd);
    exh_fd_close(&listing->fd);
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

/* The hour of @shown; it is whole when it has one offset from end to end. */
static const struct hour *hour_of(struct search *search, int64_t shown)
{
    int64_t number = floor_divide(shown, 3600), first = number * 3600, last = first + 3599;
    struct hour *hour = &search->hours[(uint64_t)number % HOURS];
    struct exh_name begin = { 0 }, end = { 0 };

    if (hour->known && hour->number == number)
        return hour;
    bool whole = instants_shown(first, search->zone, &begin) == 1 && instants_shown(last, search->zone, &end) == 1
              && !begin.impossible && !end.impossible
              && end.starts[0].ns - begin.starts[0].ns == 3599 * EXH_SECOND;
    *hour = (struct hour){ true, number, whole, first - floor_divide(begin.starts[0].ns, EXH_SECOND) };
    return hour;
}

static void find_starts(struct search *search, const struct exh_fields *fields, int64_t shown, struct exh_name *name)
{
    int64_t fraction = fields->at[EXH_NANOSECOND] == EXH_UNKNOWN ? 0 : fields->at[EXH_NANOSECOND];

    name->count = 1;
    if (fields->at[EXH_UNIX_TIME] != EXH_UNKNOWN)
        name->starts[0].ns = shown * EXH_SECOND;
    else if (fields->at[EXH_OFFSET] != EXH_UNKNOWN)
        name->starts[0].ns = (shown - fields->at[EXH_OFFSET]) * EXH_SECOND;
    else if (hour_of(search, shown)->whole)
        name->starts[0].ns = (shown - hour_of(search, shown)->offset) * EXH_SECOND;
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
    return name->starts[name->count - 1].ns >= search->starts.from.ns && name->starts[0].ns < search->starts.to.ns;
}

/* Doubling by powers of two: there may be many thousands. */
static void add_name(struct exh_name **at, size_t *count, const struct exh_name *name)
{
    if ((*count & (*count - 1)) == 0)
        *at = exh_realloc_array(*at, *count ? 2 * *count : 1, sizeof **at);
    (*at)[(*count)++] = *name;
}

/* When what stands at @path was last written; links are not followed. */
static int64_t written_at(const struct search *search, const char *path)
{
    struct stat facts;

    if (fstatat(search->root, path, &facts, AT_SYMLINK_NOFOLLOW) || S_ISLNK(facts.st_mode))
        return INT64_MAX;
    return exh_modified(&facts);
}

/* A file that was last written before the window holds nothing of it. */
static void add_undated(struct search *search, const char *path)
{
    struct exh_names *names = search->names;
    struct exh_name name = { .modified.ns = written_at(search, path) };

    if (name.modified.ns < search->written_ns) {
        names->earlier = true;
        return;
    }
    name.path = exh_strdup(path);
    add_name(&names->undated, &names->undated_count, &name);
}

static void add_segment(struct search *search, const struct state *state, const char *path)
{
    struct exh_name name = { 0 };
    int64_t shown, end;

    if (state->template->undated) {
        add_undated(search, path);
        return;
    }
    if (!exh_fields_range(&state->fields, &shown, &end))
        return;
    find_starts(search, &state->fields, shown, &name);
    if (!is_sought(search, &name))
        return;
    name.path = exh_strdup(path);
    add_name(&search->names->at, &search->names->count, &name);
}

/* ---- walking ---- */

/* True when a name with these fields can begin where starts are sought. */
static bool can_hold(const struct search *search, const struct state *state)
{
    struct range range = search->shown;
    int64_t first, last;

    if (!exh_fields_range(&state->fields, &first, &last))
        return false;
    if (state->fields.at[EXH_UNIX_TIME] != EXH_UNKNOWN)
        range = search->utc;
    else if (state->template->has_offset)
        range = (struct range){ search->utc.first - DAY_SECONDS, search->utc.last + DAY_SECONDS };
    return last > range.first && first < range.last;
}

/* A directory changes when something begins in it: what was last changed before the starts sought has none. */
static bool changed_too_early(const struct search *search, const char *path)
{
    return written_at(search, path) < search->starts.from.ns;
}

static bool is_last(const struct state *state)
{
    return state->component + 1 == state->template->count;
}

static char *below(const char *path, const char *name)
{
    return strcmp(path, ".") == 0 ? exh_strdup(name) : exh_format("%s/%s", path, name);
}

/* Takes @name under one template. @ret_next: what it leads to, where it is a directory on the way. */
static bool match_state(struct listing *listing, const struct state *state, const char *name, struct state *ret_next)
{
    *ret_next = *state;
    return exh_layout_match(listing->search->layout, state->template, state->component, name, &ret_next->fields);
}

static void add_child(struct listing *listing, const char *name, struct states *states)
{
    if ((listing->count & (listing->count - 1)) == 0)
        listing->children = exh_realloc_array(listing->children, listing->count ? 2 * listing->count : 1,
                                              sizeof *listing->children);
    listing->children[listing->count++] = (struct child){ exh_strdup(name), *states };
    *states = (struct states){ NULL, 0 };
}

/* ---- what no template knows ---- */

/* Keeps the first of them by name, so that one and the same is told however the directory is read. *ret_more: there is another. */
static void keep_first(char **kept, const char *name, bool *ret_more)
{
    int order = *kept ? strcmp(name, *kept) : -1;

    *ret_more |= *kept && order;
    if (order >= 0)
        return;
    free(*kept);
    *kept = exh_strdup(name);
}

static void note_stranger(struct listing *listing, const char *name)
{
    struct exh_names *names = listing->search->names;
    EXH_CLEANUP(exh_freep) char *whole = below(listing->path, name);

    keep_first(&names->stranger, whole, &names->strangers);
}

/* Names that begin with a dot are of files in the making, and of systems. */
static void take_unknown(struct listing *listing, const char *name, unsigned char kind)
{
    bool ignored = false;

    if (!listing->own || *name == '.')
        return;
    if (kind == DT_DIR)
        keep_first(&listing->odd, name, &ignored);
    else if (exh_layout_is_video(name))
        note_stranger(listing, name);
}

static bool all_own(const struct states *states)
{
    bool own = true;

    for (size_t i = 0; i < states->count; i++)
        own &= states->at[i].component >= states->at[i].template->own;
    return own;
}

/* A file belongs to the first template that it matches; a directory may lead on under several. */
static bool take_child(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    struct listing *listing = context;
    EXH_CLEANUP(states_clear) struct states onward = { NULL, 0 };
    bool may_be_directory = kind == DT_DIR || kind == DT_LNK || kind == DT_UNKNOWN, taken = false, known = false;
    struct state next;

    (void)err;
    for (size_t i = 0; i < listing->states->count; i++) {
        const struct state *state = &listing->states->at[i];
        bool last = is_last(state);
        if ((last ? taken : !may_be_directory) || !match_state(listing, state, name, &next))
            continue;
        known = true;
        taken |= last;
        if (!can_hold(listing->search, &next))
            continue;
        EXH_CLEANUP(exh_freep) char *whole = below(listing->path, name);
        if (last)
            add_segment(listing->search, &next, whole);
        else if (!next.template->undated || !changed_too_early(listing->search, whole))
            add_state(&onward, (next.component++, &next));
    }
    if (onward.count)
        add_child(listing, name, &onward);
    listing->known |= known;
    if (!known)
        take_unknown(listing, name, kind);
    return true;
}

/* A directory that is not there holds nothing; one that cannot be read may hold footage, so it is told. */
static void tell_problem(struct search *search, const char *path, bool named_by_us, struct exh_error *err)
{
    struct exh_names *names = search->names;

    if (err->os == ENOENT || err->os == ENOTDIR) {
        if (named_by_us && !names->absent)
            names->absent = exh_strdup(path);
        return;
    }
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(path);
    EXH_CLEANUP(exh_freep) char *words = err->os == EXDEV
        ? exh_format("directory '%s' leads out of the source", shown)
        : exh_format("directory '%s' cannot be read: %s", shown, strerror(err->os));
    if (!exh_strings_contain(&names->problems, words))
        exh_strings_add(&names->problems, words);
}

static void walk(struct search *search, const char *path, bool named_by_us, const struct states *states);

static void walk_listed(struct search *search, const char *path, bool named_by_us, const struct states *states)
{
    EXH_CLEANUP(listing_clear) struct listing listing = { .search = search, .path = path, .fd = -1, .states = states, .own = all_own(states) };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_file_open_beneath(search->root, path, &listing.fd, &err)
        || !exh_directory_visit(listing.fd, ".", take_child, &listing, &err))
        tell_problem(search, path, named_by_us, &err);
    if (!listing.known && listing.odd)
        note_stranger(&listing, listing.odd);
    for (size_t i = 0; i < listing.count; i++) {
        EXH_CLEANUP(exh_freep) char *whole = below(path, listing.children[i].name);
        walk(search, whole, false, &listing.children[i].states);
    }
}

static char *literal_name(const struct state *state)
{
    return exh_component_name(&state->template->components[state->component]);
}

/* Goes on to @name with those templates that call for it, from number @first on. */
static void step_to(struct search *search, const char *path, const char *name, const struct states *states,
                    size_t first)
{
    EXH_CLEANUP(exh_freep) char *whole = below(path, name);
    EXH_CLEANUP(states_clear) struct states onward = { NULL, 0 };
    bool taken = false;

    for (size_t i = first; i < states->count; i++) {
        EXH_CLEANUP(exh_freep) char *other = literal_name(&states->at[i]);
        struct state next = states->at[i];
        if (strcmp(other, name) != 0)
            continue;
        if (!is_last(&next))
            add_state(&onward, (next.component++, &next));
        /* A last component without fields was not seen in a listing. */
        else if (!taken && exh_file_exists(search->root, whole))
            add_segment(search, &next, (taken = true, whole));
    }
    if (onward.count)
        walk(search, whole, true, &onward);
}

static void walk_literals(struct search *search, const char *path, const struct states *states)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings done = EXH_STRINGS_NONE;

    for (size_t i = 0; i < states->count; i++) {
        EXH_CLEANUP(exh_freep) char *name = literal_name(&states->at[i]);
        if (!exh_strings_contain(&done, name))
            step_to(search, path, name, states, i);
        exh_strings_add(&done, name);
    }
}

/* As deep as the layout has components. @named_by_us: no listing showed @path. */
static void walk(struct search *search, const char *path, bool named_by_us, const struct states *states)
{
    bool literal = true;

    for (size_t i = 0; i < states->count; i++)
        literal &= states->at[i].template->components[states->at[i].component].literal;
    if (literal)
        walk_literals(search, path, states);
    else
        walk_listed(search, path, named_by_us, states);
}

/* ---- what was found ---- */

static int by_start(const void *a, const void *b)
{
    const struct exh_name *left = a, *right = b;

    if (left->starts[0].ns != right->starts[0].ns)
        return left->starts[0].ns < right->starts[0].ns ? -1 : 1;
    int order = strcmp(left->path, right->path);
    return order ? order : right->looked - left->looked;
}

static int by_path(const void *a, const void *b)
{
    const struct exh_name *left = a, *right = b;
    int order = strcmp(left->path, right->path);

    return order ? order : right->looked - left->looked;
}

static int by_modified(const void *a, const void *b)
{
    const struct exh_name *left = a, *right = b;

    if (left->modified.ns != right->modified.ns)
        return left->modified.ns < right->modified.ns ? -1 : 1;
    return strcmp(left->path, right->path);
}

/* Sorts by @order, and keeps each path once: the one that was looked at, if any. */
static void sort_names(struct exh_name *at, size_t *count, int (*order)(const void *, const void *))
{
    size_t kept = 0;

    if (*count)
        qsort(at, *count, sizeof *at, order);
    for (size_t i = 0; i < *count; i++)
        if (kept && strcmp(at[kept - 1].path, at[i].path) == 0)
            free(at[i].path);
        else
            at[kept++] = at[i];
    *count = kept;
}

/* What clocks in the zone can show between the two ends of @utc. A day earlier and later, for names of the hour that
 * was skipped are placed by the offset before. */
static struct range shown_range(struct range utc, const char *zone)
{
    int lowest = DAY_SECONDS, highest = -DAY_SECONDS, offset;
    struct exh_calendar c;

    for (int64_t at = utc.first - DAY_SECONDS;; at += OFFSET_STEP_SECONDS) {
        int64_t asked = at < utc.last + DAY_SECONDS ? at : utc.last + DAY_SECONDS;
        exh_zone_calendar((struct exh_moment){ asked * EXH_SECOND }, zone, &c, &offset, NULL);
        lowest = offset < lowest ? offset : lowest;
        highest = offset > highest ? offset : highest;
        if (asked != at)
            return (struct range){ utc.first + lowest, utc.last + highest };
    }
}

void exh_names_find(int root, const struct exh_layout *layout, const char *zone, struct exh_window starts,
                    int64_t written_ns, struct exh_names *names)
{
    /* A leap second of the minute before is shown as its 61st. */
    struct range utc = { floor_divide(starts.from.ns, EXH_SECOND) - 1, floor_divide(starts.to.ns, EXH_SECOND) + 1 };
    struct search search = {
        .root = root, .layout = layout, .zone = zone, .starts = starts, .written_ns = written_ns, .utc = utc,
        .shown = shown_range(utc, zone), .names = names,
    };
    EXH_CLEANUP(states_clear) struct states states = { NULL, 0 };
    struct state state = { .component = 0 };

    exh_fields_clear(&state.fields);
    for (size_t i = 0; i < layout->count; i++) {
        state.template = &layout->templates[i];
        add_state(&states, &state);
    }
    walk(&search, ".", true, &states);
    sort_names(names->at, &names->count, by_start);
    sort_names(names->undated, &names->undated_count, by_path);
    if (names->undated_count)
        qsort(names->undated, names->undated_count, sizeof *names->undated, by_modified);
    if (names->count || names->undated_count)
        exh_freep(&names->absent);
}
