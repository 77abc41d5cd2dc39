/* export: of a camera and a window: what is there, and which way it becomes an exhibit. */
#include "export.h"

#include <stdlib.h>

/* ---- look ---- */

static bool find_subjects(struct exporting *e, struct exh_error *err)
{
    const struct exh_export_options *o = e->options;

    if (!exh_store_need_camera(e->making.store, o->camera, &e->item.camera, err)
        || !exh_store_question(e->making.store, o->camera, o->window, o->recorder_time, &e->question, &e->clock, err))
        return false;
    e->item.source = exh_store_source(e->making.store, e->item.camera->source);
    e->item.clock = e->clock.json;
    e->item.mode = o->mode;
    e->description = exh_format("Master footage of camera %s", e->item.camera->id);
    e->making.description = e->description;
    e->making.takes_footage = true;
    e->making.request = o->request;
    e->making.emergency = o->emergency;
    exh_export_find_about(e);
    return true;
}

static struct exh_json *asked(const struct exporting *e)
{
    struct exh_json *details = exh_json_object(), *arguments = exh_json_array();

    for (size_t i = 0; i < e->item.arguments.count; i++)
        exh_json_add_text(arguments, e->item.arguments.at[i]);
    if (e->options->request)
        exh_json_set_text(details, "request", e->options->request);
    if (e->options->emergency)
        exh_json_set_text(details, "emergency", e->options->emergency);
    exh_json_set_text(details, "camera", e->options->camera);
    exh_json_set_text(details, "mode", exh_mode_name(e->options->mode));
    exh_json_set(details, "window", exh_window_json(e->question.window, e->making.store->zone));
    exh_json_set(details, "clock", exh_json_copy(e->clock.json));
    exh_json_set(details, "arguments", arguments);
    return details;
}

static bool look(struct exporting *e, struct exh_error *err)
{
    if (!exh_making_open(&e->making, err) || !exh_store_start_helper(e->making.store, &e->helper, err)
        || !exh_coverage_find(e->item.source, e->item.camera, &e->question, e->helper, &e->coverage, err))
        return false;
    if (e->clock.finding)
        exh_coverage_note(&e->coverage, e->clock.code, NULL, "%s", e->clock.finding);
    e->making.asked = asked(e);
    return true;
}

/* Nothing can be delivered. Of whole files damaged ones can be, too. */
static bool is_nothing(const struct exporting *e)
{
    return e->options->mode == EXH_NATIVE ? e->item.part_count == 0 : e->coverage.stretch_count == 0;
}

/* That somebody asked, and that nothing was there, is itself evidence. */
static bool record_nothing(struct exporting *e, struct exh_error *err)
{
    const char *cause = e->coverage.gap_count ? e->coverage.gaps[0].cause : "no recording";

    if (e->options->dry_run)
        return exh_fail(err, EXH_NO, "camera '%s' has no footage in this window (%s)", e->options->camera, cause);
    if (!exh_making_record(&e->making, "nothing", exh_exporting_missing(e), err))
        return false;
    return exh_fail(err, EXH_NO, "camera '%s' has no footage in this window (%s); no exhibit was made, and the log says so",
                    e->options->camera, cause);
}

/* ---- saying what would be made ---- */

/* The size of the clips to be made. Nothing is noted: they are planned again as each is written. */
static bool size_of_cuts(struct exporting *e, uint64_t *ret_size, struct exh_error *err)
{
    *ret_size = 0;
    for (size_t i = 0; i < e->cut_count; i++) {
        EXH_CLEANUP(exh_part_clear) struct exh_part plan = { .joins = NULL };
        if (!exh_export_plan_part(e, i, &plan, err) && err->kind != EXH_NO)
            return false;
        exh_error_clear(err);
        *ret_size += plan.size;
    }
    return true;
}

static bool tell_estimate(struct exporting *e, uint64_t size, struct exh_error *err)
{
    uint64_t rate;

    if (!e->options->estimated)
        return true;
    if (!exh_export_measure_rate(e, &rate, err))
        return false;
    e->options->estimated(e->options->context, size, (int64_t)((double)size / (double)rate * 1e9));
    return true;
}

static bool add_parts(struct exporting *e, struct exh_error *err)
{
    struct exh_item_part *part;

    for (size_t i = 0; i < e->cut_count; i++)
        if (!exh_export_add_part(e, i, &part, err))
            return false;
    return exh_export_need_part(e, err);
}

static bool dry_run(struct exporting *e, struct exh_made *result, struct exh_error *err)
{
    if (e->options->mode == EXH_CLIP && !add_parts(e, err))
        return false;
    exh_exporting_say(e, result);
    return tell_estimate(e, result->size, err);
}

/* ---- making it ---- */

static bool estimate(struct exporting *e, struct exh_error *err)
{
    uint64_t size = exh_exporting_size(e);

    if (!e->options->estimated)
        return true;
    return (e->options->mode == EXH_NATIVE || size_of_cuts(e, &size, err)) && tell_estimate(e, size, err);
}

static bool make(struct exporting *e, struct exh_made *result, struct exh_error *err)
{
    bool native = e->options->mode == EXH_NATIVE;

    e->write_payload = native ? exh_export_write_files : exh_export_write_master;
    return estimate(e, err) && exh_making_reserve(&e->making, err) && exh_exporting_run(e, result, err);
}

bool exh_export(struct exh_store *store, const struct exh_export_options *options, struct exh_made *ret_result, struct exh_error *err)
{
    EXH_CLEANUP(exh_exporting_clear) struct exporting e = EXPORTING_NONE;
    EXH_CLEANUP(exh_made_clear) struct exh_made result = { .record = NULL };

    e.options = options;
    if (!exh_exporting_begin(&e, store, options->out ? "export" : "extract", err) || !find_subjects(&e, err) || !look(&e, err))
        return false;
    if (options->mode == EXH_NATIVE)
        exh_export_find_files(&e);
    else
        exh_export_find_cuts(&e);
    if (is_nothing(&e))
        return record_nothing(&e, err);
    if (!(options->dry_run ? dry_run(&e, &result, err) : make(&e, &result, err)))
        return false;
    *ret_result = result;
    result = (struct exh_made){ .record = NULL };
    return true;
}
