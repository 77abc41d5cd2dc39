/* cmd: what goes on while work lasts: progress on standard error, and interruption. */
#include "cmd.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { TERMINAL_MS = 100, JSON_MS = 1000, PLAIN_MS = 30000, WIDTH = 80, LONGEST_DOING = 96, LONGEST_KEPT = 160, LONGEST_FAREWELL = 512 };
static const char clears_line[] = "\r\033[K";
static const int interrupting[] = { SIGINT, SIGTERM };

/* There is one watch in a process. */
static struct {
    bool told_at_all, silent, json, on_terminal;
    char doing[LONGEST_DOING];
    struct watch_state last;
    struct timespec begun, told;         /* of the part that is in hand */
    struct sigaction before[EXH_COUNT(interrupting)];
    char kept[LONGEST_KEPT];             /* by watches before; empty: nothing */
    char farewell[LONGEST_FAREWELL];
    size_t farewell_size;
} progress;

static volatile sig_atomic_t caught;

bool watch_is_interrupted(void)
{
    return caught != 0;
}

/* ---- what is told ---- */

static int64_t ms_since(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)(now.tv_sec - then->tv_sec) * 1000 + (now.tv_nsec - then->tv_nsec) / 1000000;
}

/* Of what is counted, a second. */
static double rate_of(const struct watch_state *state)
{
    return (double)state->done * 1000 / (double)(ms_since(&progress.begun) + 1);
}

static bool knows_left(const struct watch_state *state)
{
    return state->whole && state->done && state->done <= state->whole;
}

static double seconds_left(const struct watch_state *state)
{
    return (double)(state->whole - state->done) / rate_of(state);
}

bool watch_form_parse(const char *word, enum watch_form *ret_form)
{
    static const char *const words[] = { "auto", "json", "never" };

    for (size_t i = 0; i < EXH_COUNT(words); i++)
        if (strcmp(word, words[i]) == 0) {
            *ret_form = (enum watch_form)i;
            return true;
        }
    return false;
}

/* ---- in words ---- */

enum { HEAD, AMOUNT, SHARE, RATE, LEFT, PIECES };
struct pieces { char *at[PIECES]; };     /* NULL: not known */

static void clear_pieces(struct pieces *pieces)
{
    for (size_t i = 0; i < PIECES; i++)
        free(pieces->at[i]);
}

/* "12.1 MB", "3m 20s", "12"; free with free(). */
static char *amount_words(uint64_t amount, const struct watch_state *state)
{
    char length[EXH_MOMENT_SIZE];

    if (state->unit == WATCH_BYTES)
        return exh_text_size(amount);
    if (state->unit == WATCH_COUNT)
        return exh_format("%llu", (unsigned long long)amount);
    exh_duration_words((int64_t)(amount / 1000) * EXH_SECOND, length);
    return exh_strdup(length);
}

static char *rate_words(const struct watch_state *state)
{
    if (state->unit == WATCH_COUNT || !state->done)
        return NULL;
    if (state->unit == WATCH_FILM)
        return exh_format("%.1f times life", rate_of(state) / 1000);
    EXH_CLEANUP(exh_freep) char *bytes = exh_text_size((uint64_t)rate_of(state));
    return exh_format("%s/s", bytes);
}

static void find_pieces(const struct watch_state *state, struct pieces *pieces)
{
    EXH_CLEANUP(exh_freep) char *done = amount_words(state->done, state), *whole = amount_words(state->whole, state);
    const char *noun = state->unit == WATCH_COUNT ? state->noun : "", *space = *noun ? " " : "";
    char left[EXH_MOMENT_SIZE];

    pieces->at[HEAD] = state->parts > 1 ? exh_format("%s part %zu of %zu", progress.doing, state->part, state->parts) : exh_strdup(progress.doing);
    pieces->at[AMOUNT] = state->whole ? exh_format("%s of %s%s%s", done, whole, space, noun) : exh_format("%s%s%s", done, space, noun);
    pieces->at[RATE] = rate_words(state);
    if (!knows_left(state))
        return;
    exh_duration_words((int64_t)seconds_left(state) * EXH_SECOND, left);
    pieces->at[SHARE] = exh_format("%u%%", (unsigned)(100 * (double)state->done / (double)state->whole));
    pieces->at[LEFT] = exh_format("%s left", left);
}

static char *join(const struct pieces *pieces, unsigned which)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;
    const char *between = "";

    for (size_t i = 0; i < PIECES; i++)
        if (pieces->at[i] && which & 1u << i) {
            exh_text_printf(&words, "%s%s", between, pieces->at[i]);
            between = i == HEAD ? ": " : ", ";
        }
    return exh_text_take(&words);
}

/* "sealing part 1 of 2: 12.1 MB of 60.6 MB, 19%, 40.3 MB/s, 1.2 s left", without what there is no room for. Free with free(). */
static char *progress_words(const struct watch_state *state, size_t room)
{
    static const unsigned forms[] = { ~0u, ~(1u << RATE), 1u << HEAD | 1u << SHARE | 1u << LEFT, 1u << HEAD | 1u << SHARE, 1u << SHARE };
    EXH_CLEANUP(clear_pieces) struct pieces pieces = { { NULL } };

    find_pieces(state, &pieces);
    for (size_t i = 0; i < EXH_COUNT(forms); i++) {
        EXH_CLEANUP(exh_freep) char *words = join(&pieces, forms[i]);
        if (*words && strlen(words) <= room)
            return exh_steal(&words);
    }
    return exh_strndup(pieces.at[HEAD], room);
}

/* ---- in JSON ---- */

static void tell_json(const char *stage)
{
    static const char *const units[] = { "bytes", "milliseconds", "count" };
    EXH_CLEANUP(exh_json_freep) struct exh_json *object = json_of_type("progress");
    const struct watch_state *state = &progress.last;

    exh_json_set_text(object, "stage", stage);
    exh_json_set_text(object, "doing", progress.doing);
    exh_json_set_int(object, "part", (int64_t)state->part);
    exh_json_set_int(object, "parts", (int64_t)state->parts);
    exh_json_set_text(object, "unit", state->unit == WATCH_COUNT ? state->noun : units[state->unit]);
    exh_json_set_int(object, "done", (int64_t)state->done);
    exh_json_set(object, "of", state->whole ? exh_json_int((int64_t)state->whole) : exh_json_text(NULL));
    exh_json_set_int(object, "rate", (int64_t)rate_of(state));
    exh_json_set(object, "seconds_left", knows_left(state) ? exh_json_int((int64_t)seconds_left(state)) : exh_json_text(NULL));
    EXH_CLEANUP(exh_freep) char *line = exh_json_canonical(object);
    fprintf(stderr, "%s\n", line);
}

/* ---- telling ---- */

/* A line that is broken over two cannot be written over. */
static size_t room_on_terminal(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1u : WIDTH - 1;
}

/* One write, over what stands there: a line that is cleared first flickers. */
static void tell_terminal(void)
{
    EXH_CLEANUP(exh_freep) char *words = progress_words(&progress.last, room_on_terminal());
    EXH_CLEANUP(exh_freep) char *line = exh_format("\r%s\033[K", words);

    fputs(line, stderr);
}

static void tell_plain(void)
{
    EXH_CLEANUP(exh_freep) char *words = progress_words(&progress.last, SIZE_MAX);

    fprintf(stderr, "%s\n", words);
}

void watch_tell(const struct watch_state *state)
{
    bool begins = state->part != progress.last.part;
    int64_t every = progress.json ? JSON_MS : progress.on_terminal ? TERMINAL_MS : PLAIN_MS;

    if (progress.silent)
        return;
    progress.last = *state;
    if (begins)
        clock_gettime(CLOCK_MONOTONIC, &progress.begun);
    if (ms_since(&progress.told) < every && !(progress.on_terminal && state->done == state->whole))
        return;
    clock_gettime(CLOCK_MONOTONIC, &progress.told);
    progress.told_at_all = true;
    if (progress.json)
        tell_json("working");
    else if (progress.on_terminal)
        tell_terminal();
    else
        tell_plain();
    fflush(stderr);
}

void watch_doing(const char *doing)
{
    snprintf(progress.doing, sizeof progress.doing, "%s", doing);
}

void watch_keeps(const char *what)
{
    snprintf(progress.kept, sizeof progress.kept, "; %s", what);
}

void watch_clear(void)
{
    if (progress.on_terminal && progress.told_at_all)
        fputs(clears_line, stderr);
}

static void tell_bytes(void *context, size_t part, size_t parts, uint64_t done, uint64_t size)
{
    (void)context;
    watch_tell(&(struct watch_state){ .part = part, .parts = parts, .done = done, .whole = size });
}

/* ---- interruption ---- */

static void die_of(int number)
{
    for (size_t i = 0; i < EXH_COUNT(interrupting); i++)
        sigaction(interrupting[i], &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
    raise(number);
}

/* Whoever interrupts again does not wait. */
static void catch(int number)
{
    if (caught)
        die_of(number);
    caught = number;
}

/* Where there is nothing to be undone, it ends at once. */
static void part(int number)
{
    ssize_t ignored = write(STDERR_FILENO, progress.farewell, progress.farewell_size);

    (void)ignored;
    die_of(number);
}

static void catch_signals(void (*handler)(int))
{
    const struct sigaction action = { .sa_handler = handler };

    for (size_t i = 0; i < EXH_COUNT(interrupting); i++)
        sigaction(interrupting[i], &action, &progress.before[i]);
}

static bool is_a_terminal(void)
{
    const char *kind = getenv("TERM");

    return isatty(STDERR_FILENO) && kind && *kind && strcmp(kind, "dumb") != 0;
}

static struct watch begin(const struct session *session, const char *doing)
{
    bool silent = session->quiet || session->progress == WATCH_NEVER, json = session->progress == WATCH_JSON;

    progress.last = (struct watch_state){ .whole = 0 };
    progress.silent = silent;
    progress.json = json;
    progress.on_terminal = !silent && !json && is_a_terminal();
    progress.told_at_all = false;
    watch_doing(doing);
    clock_gettime(CLOCK_MONOTONIC, &progress.told);
    progress.begun = progress.told;
    return (struct watch){ .progress = silent ? NULL : tell_bytes };
}

struct watch watch_begin(const struct session *session, const char *doing)
{
    struct watch watch = begin(session, doing);

    catch_signals(catch);
    return watch;
}

struct watch watch_reading(const struct session *session, const char *doing, const char *farewell)
{
    struct watch watch = begin(session, doing);

    snprintf(progress.farewell, sizeof progress.farewell, "%sexhibit: interrupted; %s\n", progress.on_terminal ? clears_line : "", farewell);
    progress.farewell_size = strlen(progress.farewell);
    catch_signals(part);
    return watch;
}

/* Ends as the signal would have ended it: 128 + n for whoever waits. */
static void die_of_signal(void)
{
    fflush(stdout);
    die_of(caught);
}

void watch_entries(void *context, uint64_t done, uint64_t count)
{
    (void)context;
    watch_tell(&(struct watch_state){ .unit = WATCH_COUNT, .noun = "entries", .done = done, .whole = count });
}

void watch_end(const struct watch *watch, bool done, const struct exh_error *err)
{
    if (done && progress.last.whole)
        progress.last.done = progress.last.whole;
    if (watch->progress && progress.json)
        tell_json(done ? "done" : "failed");
    watch_clear();
    if (!done && caught) {
        fprintf(stderr, "exhibit: %s%s\n", err->text, progress.kept);
        die_of_signal();
    }
    for (size_t i = 0; i < EXH_COUNT(interrupting); i++)
        sigaction(interrupting[i], &progress.before[i], NULL);
}
