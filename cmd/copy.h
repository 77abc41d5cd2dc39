/* cmd: what the commands that make copies share: options, progress, results. */
#ifndef EXHIBIT_CMD_COPY_H
#define EXHIBIT_CMD_COPY_H

#include "cmd.h"

#include "exhibit/derive.h"

#include <time.h>

/* Options of every copy. Start zeroed; clear with copy_options_clear. */
struct copy_options {
    const char *master, *from, *to, *reason, *out;
    struct exh_strings recipients;
    bool dry_run;
};
enum { OPT_FROM = 0x100, OPT_TO, OPT_REASON, OPT_OUT, OPT_RECIPIENT, OPT_DRY_RUN, OPT_COPY_LAST };

#define COPY_OPTIONS                                                                                                     \
    { "reason", OPT_REASON, "WORDS", 0, "Why it is made", 0 },                                                           \
    { "out", OPT_OUT, "DIR", 0, "Also pack it: the directory the package is written to", 0 },                            \
    { "recipient", OPT_RECIPIENT, "AGE1...", 0, "Encrypt the package for this age recipient, and for the store's "        \
      "recovery; may be repeated", 0 },                                                                                  \
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Say what would be made, and make nothing", 0 }
#define WINDOW_OPTIONS                                                                                                   \
    { "from", OPT_FROM, "TIME", 0, "Only from then on: a true time, as 2021-12-05 21:10 in the store's zone, or with "    \
      "Z, +01:00, GMT or BST; or +12.5s, from the start of the Master", 0 },                                             \
    { "to", OPT_TO, "TIME", 0, "Only until then", 0 }

/* One argp parser's part: these options, and the one operand. */
error_t parse_copy(int key, char *argument, struct argp_state *state, struct copy_options *options);
void copy_options_clear(struct copy_options *options);

/* Options of films. */
struct film_options { const char *preset, *encoder; int64_t card_ns; bool burn_in, over; };
enum { OPT_PRESET = OPT_COPY_LAST, OPT_ENCODER, OPT_CARD, OPT_BURN_IN, OPT_OVER, OPT_FILM_LAST };
#define FILM_OPTIONS                                                                                                     \
    { "preset", OPT_PRESET, "NAME", 0, "court: at most 1920x1080 (this is the default); small: at most 1280x720; "        \
      "full: the recorder's own size", 0 },                                                                              \
    { "burn-in", OPT_BURN_IN, NULL, 0, "Camera, local time, UTC and reference in a band below the picture", 0 },         \
    { "over-picture", OPT_OVER, NULL, 0, "With --burn-in: over the picture, which hides a part of it", 0 },              \
    { "card", OPT_CARD, "LENGTH", 0, "How long the card stands that is shown in place of a gap; 2s where not given", 0 }, \
    { "encoder", OPT_ENCODER, "NAME", 0, "libx264 (this is the default), or a hardware encoder; its copies cannot be "    \
      "made again byte for byte", 0 }
error_t parse_film(int key, char *argument, struct argp_state *state, struct film_options *options);

/* Makes the copy that @derive says, beyond what the options say: watches it, prints it as @type, sets the exit status. @images: it
 * is counted in images. */
bool make_copy(struct session *session, const struct copy_options *options, const struct exh_derive_options *derive,
               const char *type, bool images, struct exh_error *err);

/* Progress of a copy: as watch_tell; with --json as an object a second at most on standard output instead. */
struct copy_watch { const struct session *session; bool images, tells_json; struct timespec begun, told; };
struct copy_watch copy_watch_begin(const struct session *session, bool images);
/* For exh_derive_options and exh_reproduce; @context is a struct copy_watch. */
void copy_watch_tell(void *context, int64_t done, int64_t whole);

#endif
