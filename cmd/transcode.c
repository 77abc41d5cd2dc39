/* exhibit transcode: a working copy, encoded anew, for common players. */
#include "copy.h"

#include <string.h>

struct options { struct copy_options copy; struct film_options film; struct exh_strings with; bool exact; int speed; };
enum { OPT_EXACT = OPT_FILM_LAST, OPT_SPEED, OPT_GRID };

static const struct argp_option option_list[] = {
    WINDOW_OPTIONS,
    { "exact", OPT_EXACT, NULL, 0, "Only what the Master was asked for, cut to the picture: without lead-in and tail; --from and --to "
      "cut to the picture too", 0 },
    FILM_OPTIONS,
    { "speed", OPT_SPEED, "N", 0, "So many times as fast as life, 1 to 1000; the sound is left out", 0 },
    { "grid", OPT_GRID, "LIST", 0, "Beside these exhibits, in step by true time: OP18,OP19, or cameras of which the case has one: wisbech-13; 9 in all at most. "
      "The sound is left out", 0 },
    COPY_OPTIONS,
    { 0 },
};

static void parse_grid(const char *list, struct exh_strings *with)
{
    EXH_CLEANUP(exh_freep) char *words = exh_strdup(list);
    char *rest = words, *word;

    while ((word = strsep(&rest, ",")))
        exh_strings_add(with, word);
}

static error_t check(const struct options *o, struct argp_state *state)
{
    if (o->with.count && (o->speed > 1 || o->exact))
        argp_error(state, "--grid goes with --from and --to, not with --speed or --exact");
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;
    uint64_t number = 0;
    error_t copy, film;

    switch (key) {
    case OPT_EXACT: o->exact = true; return 0;
    case OPT_GRID:  parse_grid(argument, &o->with); return 0;
    case OPT_SPEED:
        if (!exh_text_number(argument, 1000, &number) || number == 0)
            argp_error(state, "--speed is a whole number from 1 to 1000, not '%s'", argument);
        o->speed = (int)number;
        return 0;
    case ARGP_KEY_END: check(o, state);  /* fall through */
    default:
        film = parse_film(key, argument, state, &o->film);
        copy = parse_copy(key, argument, state, &o->copy);
        return film == 0 || copy == 0 ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct exh_derive_options derive = {
        .copy = o->with.count ? EXH_COPY_GRID : EXH_COPY_FILM, .with = &o->with, .exact = o->exact, .preset = o->film.preset, .burn_in = o->film.burn_in, .over = o->film.over,
        .card_ns = o->film.card_ns, .encoder = o->film.encoder, .speed = o->speed };

    return make_copy(session, &o->copy, &derive, "transcode", false, err);
}

static void clear(void *options)
{
    struct options *o = options;

    exh_strings_clear(&o->with);
    copy_options_clear(&o->copy);
}

static const struct argp argp = { option_list, parse, "EXHIBIT",
    "Make a working copy of a Master: H.264 and AAC in one MP4 file for common players, an exhibit of its own. A card stands in place "
    "of each gap. With --from and --to it is cut to the picture. The Master is verified first, and never changed.\v"
    "Exit status: 0 made, 7 made with findings (gaps, pictures that cannot be decoded, ...), 1 no picture of what was asked for, "
    "5 the Master does not verify.\n\n"
    "Examples:\n  exhibit transcode OP17\n  exhibit transcode OP17 --burn-in --preset small \\\n"
    "      --from \"2021-12-05 21:10:05\" --to \"2021-12-05 21:10:20\"\n"
    "  exhibit transcode OP17 --grid OP18,OP19", NULL, NULL, NULL };
const struct command cmd_transcode = { "transcode", "make a working copy for common players", &argp, sizeof(struct options),
                                       NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run, clear };
