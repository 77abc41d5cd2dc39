/* exhibit footage: what there is of a window, before anything is extracted. */
#include "cmd.h"

#include "exhibit/helper.h"
#include "exhibit/item.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct options { struct exh_strings cameras, towns; bool all, recorder_time; const char *from, *to; };
enum { OPT_CAMERA = 0x100, OPT_TOWN, OPT_ALL, OPT_FROM, OPT_TO, OPT_RECORDER_TIME, BAR_WIDTH = 60 };

/* Where it is shown: a terminal gets bars as wide as it has room for. */
struct view {
    const char *zone;
    bool many, terminal;
    bool own_windows;            /* recorder time: each camera's window is its own */
    int columns;                 /* of the terminal */
    int id_width;                /* of the longest identifier */
};

static const struct argp_option option_list[] = {
    { "camera", OPT_CAMERA, "ID", 0, "The camera; may be given several times", 0 },
    { "town", OPT_TOWN, "WORDS", 0,
      "All cameras of this town; the whole name, in either case; may be given several times", 0 },
    { "all", OPT_ALL, NULL, 0, "All cameras", 0 },
    { "from", OPT_FROM, "TIME", 0,
      "Start of the window (inclusive): 2021-12-05 21:10 in the store's zone, or with Z, +01:00, GMT or BST", 0 },
    { "to", OPT_TO, "TIME", 0, "End of the window (exclusive)", 0 },
    { "recorder-time", OPT_RECORDER_TIME, NULL, 0,
      "--from and --to are what the recorder's clock showed, in its own zone; otherwise they are true times", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = { { OPT_FROM, offsetof(struct options, from) },
                                                { OPT_TO, offsetof(struct options, to) },
                                                { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_CAMERA: exh_strings_add(&o->cameras, argument); return 0;
    case OPT_TOWN:   exh_strings_add(&o->towns, argument); return 0;
    case OPT_ALL:    o->all = true; return 0;
    case OPT_RECORDER_TIME: o->recorder_time = true; return 0;
    case ARGP_KEY_END:
        if ((!o->cameras.count && !o->towns.count && !o->all) || !o->from || !o->to)
            argp_error(state, "--camera (or --town, or --all), --from and --to are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static void clear(void *options)
{
    struct options *o = options;

    exh_strings_clear(&o->cameras);
    exh_strings_clear(&o->towns);
}

/* ---- one camera ---- */

/* What is known of one camera's window. */
struct sight { struct exh_coverage coverage; struct exh_clock_statement clock; };

static void clear_sight(struct sight *sight)
{
    exh_coverage_clear(&sight->coverage);
    exh_clock_statement_clear(&sight->clock);
}

static void print_window(const char *label, struct exh_window window, const char *zone)
{
    char from[EXH_MOMENT_SIZE], to[EXH_MOMENT_SIZE], from_utc[EXH_MOMENT_SIZE], to_utc[EXH_MOMENT_SIZE], length[EXH_MOMENT_SIZE];

    exh_moment_local(window.from, zone, from);
    exh_moment_local(window.to, zone, to);
    exh_moment_utc(window.from, from_utc);
    exh_moment_utc(window.to, to_utc);
    exh_duration_words(window.to.ns - window.from.ns, length);
    printf("%-12s %s to %s (%s to %s), %s\n", label, from, to, from_utc, to_utc, length);
}

/* '#' is covered, '-' is missing; a column with any gap in it shows '-', so that a short one is seen.
 * Free with free(). */
static char *make_bar(const struct exh_coverage *coverage, int width)
{
    int64_t from = coverage->window.from.ns;
    __int128 length = coverage->window.to.ns - from;     /* times a width it may be more than 64 bits hold */
    char *bar = exh_alloc((size_t)width + 1);

    memset(bar, '#', (size_t)width);
    for (size_t i = 0; i < coverage->gap_count; i++) {
        int first = (int)((coverage->gaps[i].missing.from.ns - from) * (__int128)width / length);
        int last = (int)((coverage->gaps[i].missing.to.ns - 1 - from) * (__int128)width / length);
        for (int column = first; column <= last && column < width; column++)
            bar[column] = '-';
    }
    return bar;
}

/* The window's times under the ends of a bar, on two lines where one has no room for both. */
static void print_ends(struct exh_window window, const char *zone, int indent, int width)
{
    char from[EXH_MOMENT_SIZE], to[EXH_MOMENT_SIZE];

    exh_moment_local(window.from, zone, from);
    exh_moment_local(window.to, zone, to);
    int room = width - (int)strlen(from);
    if (room > (int)strlen(to))
        printf("%*s%s%*s\n", indent, "", from, room, to);
    else
        printf("%*s%s\n%*s%*s\n", indent, "", from, indent, "", width, to);
}

static int between(int least, int number, int most)
{
    return number < least ? least : number > most ? most : number;
}

static void print_bar(const struct exh_coverage *coverage, const struct view *view)
{
    int width = view->terminal ? between(20, view->columns - 15, 200) : BAR_WIDTH;
    EXH_CLEANUP(exh_freep) char *bar = make_bar(coverage, width);

    printf("%-12s [%s]\n", "coverage", bar);
    if (view->terminal)
        print_ends(coverage->window, view->zone, 14, width);
}

/* Findings that are not told as gaps already. */
static size_t other_findings(const struct exh_coverage *coverage)
{
    size_t count = 0;

    for (size_t i = 0; i < coverage->finding_count; i++)
        count += strcmp(coverage->findings[i].code, "gap") != 0;
    return count;
}

static void print_text(const struct sight *sight, const struct exh_camera *camera, const struct view *view)
{
    const struct exh_coverage *coverage = &sight->coverage;
    char covered[EXH_MOMENT_SIZE];

    print_field("camera", camera->id);
    print_field("name", camera->name);
    if (!view->many || view->own_windows)
        print_window("window", coverage->window, view->zone);
    print_field("clock", sight->clock.words);
    print_bar(coverage, view);
    exh_duration_words(exh_coverage_length(coverage), covered);
    printf("%-12s %s in %zu segments, %zu gaps\n", "covered", covered, coverage->segment_count, coverage->gap_count);
    for (size_t i = 0; i < coverage->gap_count; i++) {
        print_window("gap", coverage->gaps[i].missing, view->zone);
        print_field("  cause", coverage->gaps[i].cause);
    }
    for (size_t i = 0; i < coverage->finding_count; i++)
        if (strcmp(coverage->findings[i].code, "gap") != 0)
            print_field("finding", coverage->findings[i].text);
}

static struct exh_json *stretches_json(const struct exh_coverage *coverage, const char *zone)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < coverage->stretch_count; i++) {
        struct exh_json *stretch = exh_window_json(coverage->stretches[i].shown, zone);
        exh_json_set_int(stretch, "segments", (int64_t)coverage->stretches[i].piece_count);
        exh_json_add(array, stretch);
    }
    return array;
}

static void print_as_json(const struct sight *sight, const struct exh_camera *camera, const char *zone)
{
    const struct exh_coverage *coverage = &sight->coverage;
    struct exh_json *object = json_of_type("footage");

    exh_json_set_text(object, "camera", camera->id);
    exh_json_set(object, "window", exh_window_json(coverage->window, zone));
    exh_json_set_int(object, "covered_ns", exh_coverage_length(coverage));
    exh_json_set_int(object, "segments", (int64_t)coverage->segment_count);
    exh_json_set(object, "clock", exh_json_copy(sight->clock.json));
    exh_json_set(object, "stretches", stretches_json(coverage, zone));
    exh_json_set(object, "gaps", exh_gaps_json(coverage, zone));
    exh_json_set(object, "findings", exh_findings_json(coverage));
    print_json(object);
}

/* True time is the same for all cameras; what a recorder showed is in the zone of its source. */
static bool read_window(const struct session *session, const struct options *o, const char *camera,
                        struct exh_window *ret_window, struct exh_error *err)
{
    if (o->recorder_time)
        return session_recorder_window(session, camera, o->from, o->to, ret_window, err);
    return session_window(session, o->from, o->to, ret_window, err);
}

static bool look(const struct session *session, const struct options *o, const struct exh_camera *camera,
                 struct exh_helper *helper, struct sight *sight, struct exh_error *err)
{
    const struct exh_store *store = session->store;
    struct exh_question question;
    struct exh_window window;

    if (!read_window(session, o, camera->id, &window, err)
        || !exh_store_question(store, camera->id, window, o->recorder_time, &question, &sight->clock, err)
        || !exh_coverage_find(exh_store_source(store, camera->source), camera, &question, helper, &sight->coverage, err))
        return false;
    if (sight->clock.finding)
        exh_coverage_note(&sight->coverage, sight->clock.code, NULL, "%s", sight->clock.finding);
    return true;
}

/* ---- several, on a terminal: one line each ---- */

enum { TAIL = 36 };                  /* "23 h 59 min 59.250 s, 12 gaps" */

static int table_bar(const struct view *view)
{
    return between(20, view->columns - view->id_width - 4 - TAIL, 200);
}

static void print_line(const struct exh_coverage *coverage, const struct exh_camera *camera, const struct view *view)
{
    EXH_CLEANUP(exh_freep) char *bar = make_bar(coverage, table_bar(view));
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;
    size_t others = other_findings(coverage);
    char covered[EXH_MOMENT_SIZE];

    exh_duration_words(exh_coverage_length(coverage), covered);
    if (coverage->stretch_count == 0)
        exh_text_puts(&words, "no footage");
    else
        exh_text_printf(&words, "%s, %zu gap%s", covered, coverage->gap_count, coverage->gap_count == 1 ? "" : "s");
    if (others)
        exh_text_printf(&words, ", %zu other finding%s", others, others == 1 ? "" : "s");
    printf("%-*s [%s] %s\n", view->id_width, camera->id, bar, words.bytes);
}

/* ---- all that were asked for ---- */

static bool is_chosen(const struct options *o, const struct exh_camera *camera)
{
    for (size_t i = 0; i < o->towns.count; i++)
        if (exh_camera_is_in(camera, o->towns.at[i]))
            return true;
    return o->all || exh_strings_contain(&o->cameras, camera->id);
}

/* In the order of 'exhibit camera list', each once. */
static bool choose(const struct exh_store *store, const struct options *o, const struct exh_camera ***ret_chosen,
                   size_t *ret_count, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) const struct exh_camera **chosen = exh_alloc((store->camera_count + 1) * sizeof *chosen);
    const struct exh_camera *one;
    size_t count = 0;

    for (size_t i = 0; i < o->cameras.count; i++)
        if (!exh_store_need_camera(store, o->cameras.at[i], &one, err))
            return false;
    for (size_t i = 0; i < o->towns.count; i++)
        if (!exh_store_need_town(store, o->towns.at[i], err))
            return false;
    for (size_t i = 0; i < store->camera_count; i++)
        if (is_chosen(o, &store->cameras[i]))
            chosen[count++] = &store->cameras[i];
    if (!count)
        return exh_fail(err, EXH_USAGE,
                        "the store has no camera yet; 'exhibit camera add' and 'exhibit camera import' add some");
    *ret_chosen = exh_steal(&chosen);
    *ret_count = count;
    return true;
}

/* What has been seen of several cameras, for the status and the last line. */
struct tally { size_t covered, lacking, none, failed; };

static void print_sum(const struct tally *tally, const struct view *view, struct exh_window window)
{
    if (view->terminal && !view->own_windows)
        print_ends(window, view->zone, view->id_width + 2, table_bar(view));
    else
        puts("");
    printf("%zu cameras: %zu covered, %zu with gaps or other findings, ",
           tally->covered + tally->lacking + tally->none + tally->failed, tally->covered, tally->lacking);
    printf("%zu without footage, %zu could not be looked at\n", tally->none, tally->failed);
    if (view->terminal && (tally->lacking || tally->none))
        puts("'#' is covered, '-' is missing; 'exhibit footage --camera ID' gives each gap's times and cause");
}

static int status_of(const struct tally *tally)
{
    if (tally->failed)
        return EXH_IO;
    if (tally->none && !tally->covered && !tally->lacking)
        return EXH_NO;
    return tally->none || tally->lacking ? 7 : 0;
}

static void show(const struct session *session, const struct sight *sight, const struct exh_camera *camera,
                 const struct view *view)
{
    if (session->json) {
        print_as_json(sight, camera, view->zone);
    } else if (view->many && view->terminal) {
        print_line(&sight->coverage, camera, view);
    } else {
        if (view->many)
            puts("");
        print_text(sight, camera, view);
    }
    fflush(stdout);
}

/* One camera of several that cannot be looked at; the others go on. */
static void show_failure(const struct session *session, const struct exh_camera *camera, const struct view *view,
                         struct exh_error *err)
{
    exh_while(err, "camera '%s'", camera->id);
    if (!session->json && view->terminal)
        printf("%-*s could not be looked at\n", view->id_width, camera->id);
    else if (!session->json)
        printf("\n%-12s %s\n%-12s %s\n", "camera", camera->id, "problem", err->text);
    fflush(stdout);
    print_error(session, err, camera->id);
    exh_error_clear(err);
}

static void count(struct tally *tally, const struct exh_coverage *coverage)
{
    if (coverage->stretch_count == 0)
        tally->none++;
    else if (coverage->finding_count)
        tally->lacking++;
    else
        tally->covered++;
}

/* "looking at wisbech-12: 3 of 43 cameras" while it lasts. */
static void show_progress(const struct exh_camera *camera, size_t number, size_t cameras)
{
    EXH_CLEANUP(exh_freep) char *doing = exh_format("looking at %s", camera->id);

    watch_doing(doing);
    watch_tell(&(struct watch_state){ .unit = WATCH_COUNT, .noun = "cameras", .done = number, .whole = cameras });
}

static bool look_at_each(struct session *session, const struct options *o, const struct exh_camera *const *cameras,
                         size_t number, const struct view *view, struct tally *tally, struct exh_error *err)
{
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = NULL;

    if (!exh_store_start_helper(session->store, &helper, err))
        return false;
    for (size_t i = 0; i < number; i++) {
        EXH_CLEANUP(clear_sight) struct sight sight = { .coverage = { .root = -1 } };
        show_progress(cameras[i], i + 1, number);
        bool done = look(session, o, cameras[i], helper, &sight, err);
        watch_clear();
        if (!done && (!view->many || err->kind == EXH_REFUSED))       /* refused is what holds for every camera */
            return false;
        if (done) {
            count(tally, &sight.coverage);
            show(session, &sight, cameras[i], view);
        } else {
            tally->failed++;
            show_failure(session, cameras[i], view, err);
        }
    }
    return true;
}

/* ---- run ---- */

static int terminal_columns(void)
{
    const char *given = getenv("COLUMNS");
    struct winsize size;
    uint64_t columns;

    if (given && exh_text_number(given, 1000, &columns) && columns)
        return (int)columns;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

static struct view view_of(const struct session *session, const struct options *o,
                           const struct exh_camera *const *cameras, size_t number)
{
    struct view view = { .zone = session->store->zone, .many = number > 1, .terminal = isatty(STDOUT_FILENO) == 1,
                         .own_windows = o->recorder_time };

    view.columns = view.terminal ? terminal_columns() : 0;
    for (size_t i = 0; i < number; i++)
        view.id_width = between(view.id_width, (int)strlen(cameras[i]->id), 32);
    return view;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_freep) const struct exh_camera **cameras = NULL;
    struct exh_window window;
    struct tally tally = { 0 };
    size_t number = 0;

    if (!choose(session->store, o, &cameras, &number, err) || !read_window(session, o, cameras[0]->id, &window, err))
        return false;
    struct view view = view_of(session, o, cameras, number);
    if (view.many && !view.own_windows && !session->json)
        print_window("window", window, view.zone);
    struct watch watch = watch_reading(session, "looking", "nothing was extracted");
    bool done = look_at_each(session, o, cameras, number, &view, &tally, err);
    watch_end(&watch, done, err);
    if (!done)
        return false;
    if (view.many && !session->json)
        print_sum(&tally, &view, window);
    session->status = status_of(&tally);
    return true;
}

static const struct argp argp = { option_list, parse, NULL,
    "Show what footage of cameras there is in a window, and what is missing. Nothing is extracted.\v"
    "Exit status: 0 the window is covered, 7 with gaps or other findings, 1 no footage at all; of several cameras: "
    "0 covered by all, 7 gaps or findings of any, 1 no footage of any, 3 one could not be looked at.\n\n"
    "Example:\n  exhibit footage --camera wisbech-12 \\\n      --from \"2021-12-05 21:10\" --to \"2021-12-05 21:25\"\n"
    "  exhibit footage --town Wisbech \\\n      --from \"2021-12-05 21:10\" --to \"2021-12-05 21:25\"",
    NULL, NULL, NULL };
const struct command cmd_footage = { "footage", "show the footage and gaps of a window", &argp,
    sizeof(struct options), NEEDS_STORE, run, clear };
