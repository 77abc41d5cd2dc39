/* exhibit redact: a copy in which parts of pictures are covered, and sound is taken out. */
#include "copy.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <string.h>

enum { LARGEST_FILE = 16 << 20 };

struct options {
    struct copy_options copy;
    struct film_options film;
    struct exh_strings masks, outside, mute;
    const char *file, *style;
};
enum { OPT_MASK = OPT_FILM_LAST, OPT_OUTSIDE, OPT_MASKS, OPT_STYLE, OPT_MUTE };

static const struct argp_option option_list[] = {
    { "mask", OPT_MASK, "X,Y,W,H[@FROM..TO]", 0, "Cover this rectangle, in pixels of the picture, always or from one time to "
      "another: 100,40,320,240@+5s..+20s; may be repeated", 0 },
    { "outside", OPT_OUTSIDE, "X,Y,W,H[@FROM..TO]", 0, "Cover all but this rectangle; may be repeated", 0 },
    { "masks", OPT_MASKS, "FILE", 0, "Read masks that move from a JSON file (docs/formats/masks.md); the copy's record keeps it", 0 },
    { "style", OPT_STYLE, "NAME", 0, "How parts are covered: black (this is the default), pixelate or blur", 0 },
    { "mute", OPT_MUTE, "FROM..TO|all", 0, "Take the sound out then, or altogether; may be repeated", 0 },
    WINDOW_OPTIONS,
    FILM_OPTIONS,
    COPY_OPTIONS,
    { 0 },
};

static error_t check(const struct options *o, struct argp_state *state)
{
    if (!o->copy.reason || !*o->copy.reason)
        argp_error(state, "--reason is needed: why it is redacted; the log keeps it, sealed");
    if (!o->masks.count && !o->outside.count && !o->file && !o->mute.count)
        argp_error(state, "what is to be covered? give --mask, --outside, --masks or --mute");
    if (o->style && strcmp(o->style, "black") != 0 && strcmp(o->style, "pixelate") != 0 && strcmp(o->style, "blur") != 0)
        argp_error(state, "--style is 'black', 'pixelate' or 'blur', not '%s'", o->style);
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;
    error_t copy, film;

    switch (key) {
    case OPT_MASK:    exh_strings_add(&o->masks, argument); return 0;
    case OPT_OUTSIDE: exh_strings_add(&o->outside, argument); return 0;
    case OPT_MASKS:   o->file = argument; return 0;
    case OPT_STYLE:   o->style = argument; return 0;
    case OPT_MUTE:    exh_strings_add(&o->mute, argument); return 0;
    case ARGP_KEY_END: check(o, state);  /* fall through */
    default:
        film = parse_film(key, argument, state, &o->film);
        copy = parse_copy(key, argument, state, &o->copy);
        return film == 0 || copy == 0 ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static bool read_file(const char *path, const char *zone, struct exh_masks *masks, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    return exh_file_read(AT_FDCWD, path, LARGEST_FILE, &bytes, &size, err)
        && (exh_masks_read(masks, bytes, size, zone, err) || exh_while(err, "mask file '%s'", path));
}

static bool read_masks(const struct session *session, const struct options *o, struct exh_masks *masks, struct exh_error *err)
{
    const char *zone = session->store->zone;

    for (size_t i = 0; i < o->masks.count; i++)
        if (!exh_masks_add(masks, o->masks.at[i], false, zone, err))
            return exh_while(err, "--mask");
    for (size_t i = 0; i < o->outside.count; i++)
        if (!exh_masks_add(masks, o->outside.at[i], true, zone, err))
            return exh_while(err, "--outside");
    for (size_t i = 0; i < o->mute.count; i++)
        if (!exh_masks_mute(masks, o->mute.at[i], zone, err))
            return exh_while(err, "--mute");
    return !o->file || read_file(o->file, zone, masks, err);
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_masks_clear) struct exh_masks masks = { .at = NULL };
    struct exh_derive_options derive = {
        .copy = EXH_COPY_REDACTED, .preset = o->film.preset, .burn_in = o->film.burn_in, .over = o->film.over,
        .card_ns = o->film.card_ns, .encoder = o->film.encoder, .masks = &masks, .mask_file = o->file, .style = o->style ? o->style : "black" };

    return read_masks(session, o, &masks, err) && make_copy(session, &o->copy, &derive, "redact", false, err);
}

static void clear(void *options)
{
    struct options *o = options;

    exh_strings_clear(&o->masks);
    exh_strings_clear(&o->outside);
    exh_strings_clear(&o->mute);
    copy_options_clear(&o->copy);
}

static const struct argp argp = { option_list, parse, "EXHIBIT",
    "Make a redacted copy of a Master: parts of its pictures covered, sound taken out; an exhibit of its own. What was covered is not in "
    "the copy, nor in its record: that has the rectangles, and nothing of what they hide. The Master is verified first, and never "
    "changed.\v"
    "Exit status: 0 made, 7 made with findings, 1 no picture of what was asked for, 5 the Master does not verify.\n\n"
    "Examples:\n  exhibit redact OP17 --reason \"subject access\" --mask 100,40,320,240\n"
    "  exhibit redact OP17 --reason \"subject access\" --style blur \\\n"
    "      --outside \"600,200,400,500@+5s..+20s\" --mute all", NULL, NULL, NULL };
const struct command cmd_redact = { "redact", "make a redacted copy", &argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run,
                                    clear };
