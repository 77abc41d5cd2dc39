/* exhibit still: single pictures of a Master, or a sheet of them. */
#include "copy.h"

#include <stdlib.h>
#include <string.h>

struct options {
    struct copy_options copy;
    struct exh_strings at;
    int64_t every_ns;
    int columns, rows, quality;
    const char *format;
};
enum { OPT_AT = OPT_COPY_LAST, OPT_EVERY, OPT_SHEET, OPT_FORMAT, OPT_QUALITY };

static const struct argp_option option_list[] = {
    { "at", OPT_AT, "TIME", 0, "The picture on show then; may be repeated. Times are written as for --from", 0 },
    { "every", OPT_EVERY, "LENGTH", 0, "A picture every so often: 10s, 500ms", 0 },
    { "sheet", OPT_SHEET, "CxR", 0, "One image of C times R pictures, evenly spread, with the time of each", 0 },
    WINDOW_OPTIONS,
    { "format", OPT_FORMAT, "NAME", 0, "png (this is the default): every pixel as it was decoded; jpeg: smaller", 0 },
    { "quality", OPT_QUALITY, "N", 0, "Of jpeg, 1 to 100; 90 where not given", 0 },
    COPY_OPTIONS,
    { 0 },
};

static void parse_sheet(const char *words, struct options *o, struct argp_state *state)
{
    const char *by = strchr(words, 'x');
    EXH_CLEANUP(exh_freep) char *columns = exh_strndup(words, by ? (size_t)(by - words) : 0);
    uint64_t c = 0, r = 0;

    if (!by || !exh_text_number(columns, 100, &c) || !exh_text_number(by + 1, 100, &r) || c == 0 || r == 0 || c * r > 400) {
        argp_error(state, "--sheet is columns x rows, for example 5x4, and has 400 pictures at most");
        return;
    }
    o->columns = (int)c;
    o->rows = (int)r;
}

static void parse_every(const char *words, struct options *o, struct argp_state *state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_duration_parse(words, 86400 * EXH_SECOND, &o->every_ns, &err))
        argp_error(state, "--every: %s", err.text);
    else if (o->every_ns < EXH_SECOND / 1000)
        argp_error(state, "--every: stills are a millisecond apart at least");
}

static error_t check(const struct options *o, struct argp_state *state)
{
    if ((o->at.count != 0) + (o->every_ns != 0) + (o->columns != 0) != 1)
        argp_error(state, "which pictures? give one of --at, --every and --sheet");
    if (o->quality && (!o->format || strcmp(o->format, "jpeg") != 0))
        argp_error(state, "--quality is of --format jpeg");
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;
    uint64_t number = 0;

    switch (key) {
    case OPT_AT:    exh_strings_add(&o->at, argument); return 0;
    case OPT_EVERY: parse_every(argument, o, state); return 0;
    case OPT_SHEET: parse_sheet(argument, o, state); return 0;
    case OPT_FORMAT:
        if (strcmp(argument, "png") != 0 && strcmp(argument, "jpeg") != 0)
            argp_error(state, "--format is 'png' or 'jpeg', not '%s'", argument);
        o->format = argument;
        return 0;
    case OPT_QUALITY:
        if (!exh_text_number(argument, 100, &number) || number == 0)
            argp_error(state, "--quality is a whole number from 1 to 100, not '%s'", argument);
        o->quality = (int)number;
        return 0;
    case ARGP_KEY_END: check(o, state); return parse_copy(key, argument, state, &o->copy);
    default:           return parse_copy(key, argument, state, &o->copy);
    }
}

static bool read_times(const struct session *session, const struct exh_strings *words, struct exh_when **ret_at, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct exh_when *at = exh_alloc((words->count + 1) * sizeof *at);

    for (size_t i = 0; i < words->count; i++)
        if (!exh_when_parse(words->at[i], session->store->zone, &at[i], err))
            return exh_while(err, "--at");
    *ret_at = exh_steal(&at);
    return true;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_freep) struct exh_when *at = NULL;
    struct exh_derive_options derive = { .copy = EXH_COPY_STILLS, .preset = "full", .at_count = o->at.count, .every_ns = o->every_ns,
                                         .columns = o->columns, .rows = o->rows, .format = o->format, .quality = o->quality };

    if (!read_times(session, &o->at, &at, err))
        return false;
    derive.at = at;
    return make_copy(session, &o->copy, &derive, "still", true, err);
}

static void clear(void *options)
{
    struct options *o = options;

    exh_strings_clear(&o->at);
    copy_options_clear(&o->copy);
}

static const struct argp argp = { option_list, parse, "EXHIBIT",
    "Make stills of a Master: single pictures, or a contact sheet; an exhibit of its own. Each is named by its time. The Master is "
    "verified first, and never changed.\v"
    "Exit status: 0 made, 7 made with findings, 1 no picture at a time that was asked for, 5 the Master does not verify.\n\n"
    "Examples:\n  exhibit still OP17 --at \"2021-12-05 21:10:05.280\" --at +12.5s\n  exhibit still OP17 --every 10s --format jpeg\n"
    "  exhibit still OP17 --sheet 5x4", NULL, NULL, NULL };
const struct command cmd_still = { "still", "make stills of an exhibit", &argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run,
                                   clear };
