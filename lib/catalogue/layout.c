/* layout: templates of recorders' names, and what a name says about time. */
#include "catalogue.h"

#include <stdlib.h>
#include <string.h>

#define REMEDY "give a template such as '{camera}/%%Y-%%m-%%d/%%H-%%M-%%S.mp4', or a recorder's name " \
               "('exhibit source list --layouts' lists them)"

enum { LONGEST_LAYOUT = 1000 };

/* Fields of fixed width; %y, %f, %s and %z have their own readers. */
static const struct fixed { char letter; enum exh_field field; int width; int64_t low, high; } fixed[] = {
    { 'Y', EXH_YEAR, 4, 1678, 2261 },
    { 'm', EXH_MONTH, 2, 1, 12 },
    { 'd', EXH_DAY, 2, 1, 31 },
    { 'j', EXH_YEAR_DAY, 3, 1, 366 },
    { 'H', EXH_HOUR, 2, 0, 23 },
    { 'M', EXH_MINUTE, 2, 0, 59 },
    { 'S', EXH_SECOND_FIELD, 2, 0, 60 },
};

/* What recorders call video files; what lies beside them (.thumb, .jpg, .json) is none. */
static const char *const video_suffixes[] = {
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "ts", "m2ts", "mts", "flv", "mpg", "mpeg", "3gp", "asf", "wmv", "ogg",
    "ogv", "h264", "264", "avc", "h265", "265", "hevc",
};

/* ---- compiling ---- */

static void clear_template(struct exh_template *template)
{
    for (size_t i = 0; i < template->count; i++)
        free(template->components[i].marks);
    free(template->components);
    *template = (struct exh_template){ 0 };
}

void exh_layout_clear(struct exh_layout *layout)
{
    for (size_t i = 0; i < layout->count; i++)
        clear_template(&layout->templates[i]);
    free(layout->templates);
    *layout = (struct exh_layout){ 0 };
}

static void add_component(struct exh_template *template)
{
    template->components = exh_realloc_array(template->components, template->count + 1,
                                             sizeof *template->components);
    template->components[template->count++] = (struct exh_component){ .literal = true };
}

static void add_mark(struct exh_template *template, char kind, char byte)
{
    struct exh_component *last = &template->components[template->count - 1];

    last->marks = exh_realloc_array(last->marks, last->count + 1, sizeof *last->marks);
    last->marks[last->count++] = (struct exh_mark){ kind, byte };
    last->literal &= kind == '=';
}

static void add_bytes(struct exh_template *template, const char *bytes)
{
    for (const char *c = bytes; *c; c++)
        if (*c == '/')
            add_component(template);
        else
            add_mark(template, '=', *c);
}

/* Where fixed[] has it; 0 for the others, which do not ask. */
static char fixed_field(char letter)
{
    for (size_t i = 0; i < EXH_COUNT(fixed); i++)
        if (fixed[i].letter == letter)
            return (char)i;
    return 0;
}

/* {camera}, {number} or {millisecond}. */
static bool take_braces(const char **at, const char *camera_path, struct exh_template *template, struct exh_error *err)
{
    static const struct { const char *words; char kind; } fields[] = {
        { "{camera}", '=' }, { "{number}", '#' }, { "{millisecond}", 'L' } };

    for (size_t i = 0; i < EXH_COUNT(fields); i++) {
        if (strncmp(*at, fields[i].words, strlen(fields[i].words)) != 0)
            continue;
        if (fields[i].kind == '=')
            add_bytes(template, camera_path);
        else
            add_mark(template, fields[i].kind, fields[i].kind);
        *at += strlen(fields[i].words);
        return true;
    }
    return exh_fail(err, EXH_USAGE, "unknown field '%.*s' in the layout: only '{camera}', '{number}' and "
                    "'{millisecond}' are written in braces", (int)strcspn(*at, "}") + 1, *at);
}

/* Takes one element of the template: a field, '*', '/', or a byte. */
static bool take_element(const char **at, const char *camera_path, struct exh_template *layout, struct exh_error *err)
{
    char byte[2] = { **at, '\0' };

    if (**at == '{')
        return take_braces(at, camera_path, layout, err);
    if (**at == '*') {
        add_mark(layout, '*', '*');
    } else if (**at == '%' && (*at)[1] == '%') {
        add_mark(layout, '=', *(*at)++);
    } else if (**at == '%') {
        if (!*++*at || !strchr("YymdjHMSfsz", **at))
            return exh_fail(err, EXH_USAGE, "unknown field '%%%.1s' in the layout: use %%Y %%y %%m %%d %%j %%H %%M "
                            "%%S %%f %%s %%z, or %%%% for a percent sign", *at);
        add_mark(layout, **at, fixed_field(**at));
    } else {
        add_bytes(layout, byte);
    }
    (*at)++;
    return true;
}

static bool has_field(const struct exh_template *layout, char letter)
{
    for (size_t i = 0; i < layout->count; i++)
        for (size_t j = 0; j < layout->components[i].count; j++)
            if (layout->components[i].marks[j].kind == letter)
                return true;
    return false;
}

static bool gives_an_instant(const struct exh_template *layout)
{
    bool day = (has_field(layout, 'm') && has_field(layout, 'd')) || has_field(layout, 'j');
    bool date = (has_field(layout, 'Y') || has_field(layout, 'y')) && day;

    return has_field(layout, 's')
        || (date && has_field(layout, 'H') && has_field(layout, 'M') && has_field(layout, 'S'));
}

/* True for "a", "a/b": neither absolute nor with an empty, '.' or '..' component. */
static bool stays_below(const char *path)
{
    for (const char *c = path;; c++) {
        size_t size = strcspn(c, "/");
        if (size == 0 || (size == 1 && c[0] == '.') || (size == 2 && c[0] == '.' && c[1] == '.'))
            return false;
        c += size;
        if (!*c)
            return true;
    }
}

/* "unknown layout 'frigat'; did you mean 'frigate'?" */
static bool fail_unknown(const char *layout, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;
    size_t count;
    const struct exh_recorder *recorders = exh_recorders(&count);

    for (size_t i = 0; i < count; i++)
        exh_strings_add(&names, recorders[i].name);
    const char *nearest = exh_text_nearest(&names, layout);
    if (nearest)
        return exh_fail(err, EXH_USAGE, "unknown layout '%s'; did you mean '%s'? ('exhibit source list --layouts' "
                        "lists them)", layout, nearest);
    return exh_fail(err, EXH_USAGE, "unknown layout '%s': " REMEDY, layout);
}

static bool check_words(const char *layout, struct exh_error *err)
{
    size_t size = strnlen(layout, LONGEST_LAYOUT + 1);

    if (size > LONGEST_LAYOUT)
        return exh_fail(err, EXH_USAGE, "the layout is longer than %d characters", LONGEST_LAYOUT);
    if (!strpbrk(layout, "%{*/"))
        return fail_unknown(layout, err);
    if (!stays_below(layout))
        return exh_fail(err, EXH_USAGE, "layout '%s' does not stay below the source's root: write it relative, "
                        "without empty components, '.' and '..'", layout);
    if (!strstr(layout, "{camera}"))
        return exh_fail(err, EXH_USAGE, "layout '%s' does not say where the camera's name stands: " REMEDY, layout);
    return true;
}

static size_t count_slashes(const char *words, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += words[i] == '/';
    return count;
}

/* What follows the component in which the camera's name ends. */
static size_t own_component(const char *words, const char *camera_path, size_t count)
{
    const char *camera = strstr(words, "{camera}");

    return camera ? count_slashes(words, (size_t)(camera - words)) + count_slashes(camera_path, strlen(camera_path)) + 1 : count;
}

/* Adds @words as one more template of @layout. */
static bool compile_one(const char *words, const char *camera_path, struct exh_layout *layout, struct exh_error *err)
{
    EXH_CLEANUP(clear_template) struct exh_template made = { 0 };

    add_component(&made);
    for (const char *at = words; *at;)
        if (!take_element(&at, camera_path, &made, err))
            return false;
    made.undated = !gives_an_instant(&made);
    made.has_offset = has_field(&made, 'z');
    made.own = own_component(words, camera_path, made.count);
    layout->templates = exh_realloc_array(layout->templates, layout->count + 1, sizeof *layout->templates);
    layout->templates[layout->count++] = made;
    made = (struct exh_template){ 0 };
    return true;
}

bool exh_layout_compile(const char *layout, const char *camera_path, struct exh_layout *ret_layout,
                        struct exh_error *err)
{
    const struct exh_recorder *recorder = exh_recorder_find(layout);
    EXH_CLEANUP(exh_layout_clear) struct exh_layout made = { .video_only = recorder != NULL };

    if ((!recorder && !check_words(layout, err)) || !exh_camera_check_path(camera_path, err))
        return false;
    if (!recorder && !compile_one(layout, camera_path, &made, err))
        return false;
    for (const char *const *words = recorder ? recorder->templates : NULL; words && *words; words++)
        if (!compile_one(*words, camera_path, &made, err))
            return false;
    if (!recorder && made.templates[0].undated)
        return exh_fail(err, EXH_USAGE, "layout '%s' does not tell when a segment began: it needs %%s, or "
                        "%%Y %%m %%d %%H %%M %%S", layout);
    *ret_layout = made;
    made = (struct exh_layout){ 0 };
    return true;
}

bool exh_layout_check(const char *layout, struct exh_error *err)
{
    EXH_CLEANUP(exh_layout_clear) struct exh_layout compiled = { 0 };

    return exh_layout_compile(layout, "camera", &compiled, err);
}

bool exh_camera_check_path(const char *path, struct exh_error *err)
{
    if (strnlen(path, LONGEST_LAYOUT + 1) <= LONGEST_LAYOUT && stays_below(path))
        return true;
    return exh_fail(err, EXH_USAGE, "camera path '%.*s' does not stay below the source's root: write it relative, "
                    "without empty components, '.' and '..'", LONGEST_LAYOUT, path);
}

char *exh_component_name(const struct exh_component *component)
{
    char *name = exh_alloc(component->count + 1);

    for (size_t i = 0; i < component->count; i++)
        name[i] = component->marks[i].byte;
    return name;
}

/* ---- matching ---- */

void exh_fields_clear(struct exh_fields *fields)
{
    for (size_t i = 0; i < EXH_FIELD_COUNT; i++)
        fields->at[i] = EXH_UNKNOWN;
}

/* A name that says two things about one field says nothing. */
static bool set_field(struct exh_fields *fields, enum exh_field field, int64_t value)
{
    if (fields->at[field] != EXH_UNKNOWN)
        return fields->at[field] == value;
    fields->at[field] = value;
    return true;
}

/* Takes from @least to @most digits, as many as there are. Gives how many; 0 for too few. */
static int take_digits(const char **at, int least, int most, int64_t *ret_number)
{
    int count = 0;

    *ret_number = 0;
    for (; count < most && (*at)[count] >= '0' && (*at)[count] <= '9'; count++)
        *ret_number = *ret_number * 10 + ((*at)[count] - '0');
    if (count < least)
        return 0;
    *at += count;
    return count;
}

static bool take_fixed(const struct fixed *field, const char **at, struct exh_fields *fields)
{
    int64_t number;

    return take_digits(at, field->width, field->width, &number) && number >= field->low && number <= field->high
        && set_field(fields, field->field, number);
}

/* As strptime has it: 69 to 99 are of the last century. */
static bool take_short_year(const char **at, struct exh_fields *fields)
{
    int64_t number;

    return take_digits(at, 2, 2, &number) && set_field(fields, EXH_YEAR, number + (number < 69 ? 2000 : 1900));
}

static bool take_fraction(const char **at, struct exh_fields *fields)
{
    int64_t number;
    int digits = take_digits(at, 1, 9, &number);

    for (int i = digits; i < 9; i++)
        number *= 10;
    return digits && set_field(fields, EXH_NANOSECOND, number) && set_field(fields, EXH_FRACTION_DIGITS, digits);
}

static bool take_unix_time(const char **at, struct exh_fields *fields)
{
    const int64_t last = INT64_C(9214646399);    /* 2261-12-31T23:59:59Z */
    int64_t number;

    return take_digits(at, 1, 10, &number) && number <= last && set_field(fields, EXH_UNIX_TIME, number);
}

/* A count of thousandths, in as few digits as it takes or filled with noughts to three. */
static bool take_millisecond(const char **at, struct exh_fields *fields)
{
    int64_t number;

    return take_digits(at, 1, 3, &number) && set_field(fields, EXH_NANOSECOND, number * 1000000)
        && set_field(fields, EXH_FRACTION_DIGITS, 3);
}

/* Any whole number; it says nothing about time. */
static bool take_number(const char **at)
{
    const char *c = *at + (**at == '-');
    size_t digits = strspn(c, "0123456789");

    *at = c + digits;
    return digits > 0;
}

static bool take_offset(const char **at, struct exh_fields *fields)
{
    int64_t number;
    char sign = **at;

    if (sign == 'Z') {
        (*at)++;
        return set_field(fields, EXH_OFFSET, 0);
    }
    if (sign != '+' && sign != '-')
        return false;
    (*at)++;
    if (!take_digits(at, 4, 4, &number) || number / 100 > 23 || number % 100 > 59)
        return false;
    int64_t seconds = number / 100 * 3600 + number % 100 * 60;
    return set_field(fields, EXH_OFFSET, sign == '-' ? -seconds : seconds);
}

static bool take_mark(const struct exh_mark *mark, const char **at, struct exh_fields *fields)
{
    switch (mark->kind) {
    case '=': return **at == mark->byte && (*at)++;
    case 'y': return take_short_year(at, fields);
    case 'f': return take_fraction(at, fields);
    case 's': return take_unix_time(at, fields);
    case 'z': return take_offset(at, fields);
    case 'L': return take_millisecond(at, fields);
    case '#': return take_number(at);
    default:  return take_fixed(&fixed[(size_t)mark->byte], at, fields);
    }
}

/* Each '*' takes as little as lets the rest match; only the last one met is tried again, so the work
 * is bounded by the name's length times the component's. */
static bool match_marks(const struct exh_component *component, const char *name, struct exh_fields *fields)
{
    const char *at = name, *star_at = NULL;
    size_t i = 0, star = 0;
    struct exh_fields before_star;

    while (i < component->count || *at) {
        if (i < component->count && component->marks[i].kind == '*') {
            star = i++;
            star_at = at;
            before_star = *fields;
        } else if (i < component->count && take_mark(&component->marks[i], &at, fields)) {
            i++;
        } else {
            if (!star_at || !*star_at)
                return false;
            at = ++star_at;
            i = star + 1;
            *fields = before_star;
        }
    }
    return true;
}

bool exh_layout_is_video(const char *name)
{
    const char *suffix = strrchr(name, '.');

    for (size_t i = 0; suffix && i < EXH_COUNT(video_suffixes); i++)
        if (strcasecmp(suffix + 1, video_suffixes[i]) == 0)
            return true;
    return false;
}

bool exh_layout_match(const struct exh_layout *layout, const struct exh_template *template, size_t component,
                      const char *name, struct exh_fields *fields)
{
    return match_marks(&template->components[component], name, fields)
        && (!layout->video_only || component + 1 < template->count || exh_layout_is_video(name));
}

/* ---- what the fields say ---- */

static bool knows(const struct exh_fields *fields, enum exh_field field)
{
    return fields->at[field] != EXH_UNKNOWN;
}

/* How far down from the year the fields are known without a hole; what is below is open. */
enum depth { TO_YEAR, TO_MONTH, TO_DAY, TO_HOUR, TO_MINUTE, TO_SECOND };
static const int64_t open_seconds[] = { 366 * 86400, 31 * 86400, 86400, 3600, 60, 1 };

static enum depth depth_of(const struct exh_fields *fields)
{
    bool day = knows(fields, EXH_YEAR_DAY) || (knows(fields, EXH_MONTH) && knows(fields, EXH_DAY));

    if (!day)
        return knows(fields, EXH_MONTH) ? TO_MONTH : TO_YEAR;
    if (!knows(fields, EXH_HOUR))
        return TO_DAY;
    if (!knows(fields, EXH_MINUTE))
        return TO_HOUR;
    return knows(fields, EXH_SECOND_FIELD) ? TO_SECOND : TO_MINUTE;
}

/* True when what is known of month and day is so on the day that begins at @seconds. */
static bool days_agree(const struct exh_fields *fields, int64_t seconds)
{
    struct exh_calendar c;

    exh_zone_calendar((struct exh_moment){ seconds * EXH_SECOND }, "UTC", &c, NULL, NULL);
    return c.year == fields->at[EXH_YEAR]
        && (!knows(fields, EXH_MONTH) || c.month == fields->at[EXH_MONTH])
        && (!knows(fields, EXH_DAY) || c.day == fields->at[EXH_DAY]);
}

/* Days since 1970 of a day of the proleptic Gregorian calendar: years begin in March, so that the leap day ends one. */
static int64_t day_number(const struct exh_calendar *c)
{
    int64_t year = c->year - (c->month <= 2), era = year / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (c->month + (c->month > 2 ? -3 : 9)) + 2) / 5 + c->day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The first second of the first day the fields allow. False: there is no such day. */
static bool first_day(const struct exh_fields *fields, enum depth depth, int64_t *ret_seconds)
{
    bool by_year_day = knows(fields, EXH_YEAR_DAY);
    struct exh_calendar c = { (int)fields->at[EXH_YEAR], 1, 1, 0, 0, 0, 0 };

    if (depth >= TO_MONTH && !by_year_day)
        c.month = (int)fields->at[EXH_MONTH];
    if (depth >= TO_DAY && !by_year_day)
        c.day = (int)fields->at[EXH_DAY];
    if (!exh_calendar_is_valid(&c))
        return false;
    *ret_seconds = (day_number(&c) + (by_year_day ? fields->at[EXH_YEAR_DAY] - 1 : 0)) * 86400;
    return !by_year_day || days_agree(fields, *ret_seconds);
}

bool exh_fields_range(const struct exh_fields *fields, int64_t *ret_first, int64_t *ret_last)
{
    enum depth depth = depth_of(fields);
    int64_t first;

    if (knows(fields, EXH_UNIX_TIME)) {
        first = fields->at[EXH_UNIX_TIME];
        depth = TO_SECOND;
    } else if (!knows(fields, EXH_YEAR)) {
        *ret_first = INT64_MIN / 4;
        *ret_last = INT64_MAX / 4;
        return true;
    } else {
        if (!first_day(fields, depth, &first))
            return false;
        first += depth >= TO_HOUR ? fields->at[EXH_HOUR] * 3600 : 0;
        first += depth >= TO_MINUTE ? fields->at[EXH_MINUTE] * 60 : 0;
        first += depth >= TO_SECOND ? fields->at[EXH_SECOND_FIELD] : 0;
    }
    *ret_first = first;
    *ret_last = first + open_seconds[depth];
    return true;
}
