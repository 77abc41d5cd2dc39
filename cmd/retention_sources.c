/* exhibit retention check --sources: how long recorders keep what they record, held against the rules that say so. */
#include "retention.h"

#include "exhibit/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A camera's footage, against one rule. */
struct kept {
    const struct exh_camera *camera;
    const struct exh_rule *rule;
    struct exh_oldest oldest;
    struct exh_date day, wanted;         /* of the oldest footage; the oldest day that the rule asks for */
    int days;                            /* from the one to the other: above zero, kept longer */
    char *failure;                       /* why it could not be looked at; NULL */
};

static struct exh_date wanted_day(const struct exh_rule *rule, struct exh_date today)
{
    struct exh_date day = today;

    for (size_t i = 0; i < rule->period.count; i++) {
        const struct exh_period_step *step = &rule->period.steps[i];
        day = step->unit == EXH_DAYS ? exh_date_add_days(day, -(int)step->count)
                                     : exh_date_add_months(day, -(int)step->count * (step->unit == EXH_YEARS ? 12 : 1));
    }
    return day;
}

/* A recorder writes over its files when it comes to it: a day more or less is none. */
static const char *verdict_of(const struct kept *kept)
{
    return kept->failure       ? "unknown"
         : !kept->oldest.found ? "none"
         : kept->days > 1      ? "longer"
         : kept->days < -1     ? "shorter"
                               : "as-asked";
}

static void print_json_kept(const struct kept *kept)
{
    struct exh_json *object = json_of_type("source-kept");

    exh_json_set_text(object, "camera", kept->camera->id);
    exh_json_set_text(object, "source", kept->camera->source);
    exh_json_set_text(object, "rule", kept->rule->id);
    exh_json_set_text(object, "verdict", verdict_of(kept));
    exh_json_set(object, "oldest", kept->oldest.found ? moment_json(kept->oldest.start) : exh_json_text(NULL));
    exh_json_set_int(object, "segments", (int64_t)kept->oldest.segments);
    exh_json_set_text(object, "text", kept->failure);
    print_json(object);
}

static void print_kept(const struct session *session, const struct kept *kept)
{
    char day[EXH_DATE_SIZE], wanted[EXH_DATE_SIZE];
    const char *verdict = verdict_of(kept);

    if (session->json) {
        print_json_kept(kept);
        return;
    }
    exh_date_words(kept->day, day);
    exh_date_words(kept->wanted, wanted);
    printf("%-20s %-12s %-8s %s", kept->camera->id, kept->camera->source, kept->rule->id, verdict);
    if (kept->failure)
        printf(": %s\n", kept->failure);
    else if (!kept->oldest.found)
        printf(": no footage was found\n");
    else
        printf(": oldest of %s, and the rule asks for %s on (%d days %s)\n", day, wanted, kept->days < 0 ? -kept->days : kept->days,
               kept->days < 0 ? "less" : "more");
}

static bool look(const struct session *session, struct kept *kept, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    const struct exh_source *source;

    if (!exh_store_need_source(session->store, kept->camera->source, &source, err))
        return false;
    if (!exh_catalogue_oldest(source, kept->camera, &kept->oldest, &why)) {
        kept->failure = exh_text_printable(why.text);
        return true;
    }
    if (!kept->oldest.found)
        return true;
    kept->day = exh_date_of(kept->oldest.start, session->store->zone);
    kept->days = exh_date_days(kept->day, kept->wanted);
    return true;
}

static bool check_camera(struct session *session, const struct exh_camera *camera, const struct exh_rule *rule, struct exh_date today,
                         struct exh_error *err)
{
    struct kept kept = { .camera = camera, .rule = rule, .wanted = wanted_day(rule, today) };
    bool done = look(session, &kept, err);

    if (done) {
        print_kept(session, &kept);
        if (strcmp(verdict_of(&kept), "as-asked") != 0)
            session->status = 7;         /* done, with findings */
    }
    exh_freep(&kept.failure);
    return done;
}

bool check_sources(struct session *session, const struct exh_policy *policy, struct exh_moment now, struct exh_error *err)
{
    const struct exh_date today = exh_date_of(now, session->store->zone);
    size_t rules = 0;

    for (size_t i = 0; policy && i < policy->rule_count; i++) {
        const struct exh_rule *rule = &policy->rules[i];
        if (!rule->information || !rule->period.count)
            continue;
        rules++;
        for (size_t k = 0; k < session->store->camera_count; k++)
            if (!check_camera(session, &session->store->cameras[k], rule, today, err))
                return false;
    }
    return rules || exh_fail(err, EXH_USAGE, "no rule of the policy in force says how long recorders keep: one with 'information = yes' and a "
                             "'period' does");
}
