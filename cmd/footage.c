/* exhibit footage: what there is of a window, before anything is extracted. */
#include "cmd.h"

#include "exhibit/helper.h"
#include "exhibit/item.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options { const char *camera, *from, *to; };
enum { OPT_CAMERA = 0x100, OPT_FROM, OPT_TO, BAR_WIDTH = 60 };

static const struct argp_option option_list[] = {
    { "camera", OPT_CAMERA, "ID", 0, "The camera", 0 },
    { "from", OPT_FROM, "TIME", 0, "Start of the window (inclusive): 2021-12-05 21:10 in the store's zone, or with Z, +01:00, GMT or BST", 0 },
    { "to", OPT_TO, "TIME", 0, "End of the window (exclusive)", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_CAMERA, offsetof(struct options, camera) }, { OPT_FROM, offsetof(struct options, from) },
        { OPT_TO, offsetof(struct options, to) }, { 0, 0 } };
    const struct options *o = state->input;

    if (key == ARGP_KEY_END && (!o->camera || !o->from || !o->to))
        argp_error(state, "--camera, --from and --to are needed");
    return parse_text_options(key, argument, state, texts);
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

/* '#' is covered, '-' is missing; a column with any gap in it shows '-', so that a short one is seen. */
static void print_bar(const struct exh_coverage *coverage)
{
    char bar[BAR_WIDTH + 1];
    int64_t from = coverage->window.from.ns, length = coverage->window.to.ns - from;

    memset(bar, '#', BAR_WIDTH);
    bar[BAR_WIDTH] = '\0';
    for (size_t i = 0; i < coverage->gap_count; i++) {
        int first = (int)((double)(coverage->gaps[i].missing.from.ns - from) / (double)length * BAR_WIDTH);
        int last = (int)((double)(coverage->gaps[i].missing.to.ns - 1 - from) / (double)length * BAR_WIDTH);
        for (int column = first; column <= last && column < BAR_WIDTH; column++)
            bar[column] = '-';
    }
    printf("%-12s [%s]\n", "coverage", bar);
}

static void print_text(const struct exh_coverage *coverage, const struct exh_camera *camera, const char *zone)
{
    char covered[EXH_MOMENT_SIZE];

    print_field("camera", camera->id);
    print_field("name", camera->name);
    print_window("window", coverage->window, zone);
    print_bar(coverage);
    exh_duration_words(exh_coverage_length(coverage), covered);
    printf("%-12s %s in %zu segments, %zu gaps\n", "covered", covered, coverage->segment_count, coverage->gap_count);
    for (size_t i = 0; i < coverage->gap_count; i++) {
        print_window("gap", coverage->gaps[i].missing, zone);
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

static void print_as_json(const struct exh_coverage *coverage, const struct exh_camera *camera, const char *zone)
{
    struct exh_json *object = json_of_type("footage");

    exh_json_set_text(object, "camera", camera->id);
    exh_json_set(object, "window", exh_window_json(coverage->window, zone));
    exh_json_set_int(object, "covered_ns", exh_coverage_length(coverage));
    exh_json_set_int(object, "segments", (int64_t)coverage->segment_count);
    exh_json_set(object, "stretches", stretches_json(coverage, zone));
    exh_json_set(object, "gaps", exh_gaps_json(coverage, zone));
    exh_json_set(object, "findings", exh_findings_json(coverage));
    print_json(object);
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = NULL;
    EXH_CLEANUP(exh_coverage_clear) struct exh_coverage coverage = { .root = -1 };
    const struct exh_camera *camera;
    struct exh_window window;

    if (!session_window(session, o->from, o->to, &window, err)
        || !exh_store_need_camera(session->store, o->camera, &camera, err)
        || !exh_window_check(window, err)
        || !exh_helper_start(&helper, err)
        || !exh_coverage_find(exh_store_source(session->store, camera->source), camera, window, session->store->tolerance_ns, helper, &coverage, err))
        return false;
    if (session->json)
        print_as_json(&coverage, camera, session->store->zone);
    else
        print_text(&coverage, camera, session->store->zone);
    session->status = coverage.stretch_count == 0 ? EXH_NO : coverage.finding_count ? 7 : 0;
    return true;
}

static const struct argp argp = { option_list, parse, NULL,
    "Show what footage of a camera there is in a window, and what is missing. Nothing is extracted.\v"
    "Exit status: 0 the window is covered, 7 with gaps or other findings, 1 no footage at all.\n\n"
    "Example:\n  exhibit footage --camera wisbech-12 \\\n      --from \"2021-12-05 21:10\" --to \"2021-12-05 21:25\"", NULL, NULL, NULL };
const struct command cmd_footage = { "footage", "show the footage and gaps of a window", &argp, sizeof(struct options), NEEDS_STORE, run, NULL };
