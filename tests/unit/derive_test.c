/* derive: what becomes of a Master's record and of what is in its files: lines, shots, cards, masks, jobs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/derive/derive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S EXH_SECOND
#define ZONE "Europe/London"
/* 2021-12-05T21:10:00Z */
#define TEN (INT64_C(1638738600) * S)

enum { MOST = 8 };

struct place {
    struct exh_json *record;
    struct exh_survey surveys[MOST];
    struct exh_derive_options options;
    struct exh_masks masks;
    struct plan plan;
    struct line line;
    struct exh_error err;
};

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct place));
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    exh_plan_clear(&place->plan);
    exh_line_clear(&place->line);
    for (size_t i = 0; i < MOST; i++)
        exh_survey_clear(&place->surveys[i]);
    exh_masks_clear(&place->masks);
    exh_json_free(place->record);
    exh_error_clear(&place->err);
    free(place);
    return 0;
}

static struct exh_json *parse(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_json *json = NULL;

    if (!exh_json_parse(words, strlen(words), "test", &json, &err))
        fail_msg("%s", err.text);
    return json;
}

/* A file of so many seconds of pictures, 10 a second, that can be decoded from own time @start on. */
static void survey(struct place *place, size_t part, int64_t start_ns, int64_t end_ns)
{
    struct exh_survey *s = &place->surveys[part];

    *s = (struct exh_survey){ .codec = "h264", .width = 640, .height = 360, .aspect_numerator = 1, .aspect_denominator = 1,
        .fields = "progressive", .primaries = "bt709", .transfer = "bt709", .matrix = "bt709", .rate_numerator = 10,
        .rate_denominator = 1, .step_ns = S / 10, .end_ns = end_ns, .start_count = 1, .span_count = 1 };
    s->starts = exh_memdup(&(struct exh_start){ 0, start_ns }, sizeof *s->starts);
    s->spans = exh_memdup(&(struct exh_span){ 0, end_ns }, sizeof *s->spans);
}

/* Parts its pictures: none from @from to @to. */
static void part_span(struct place *place, size_t part, int64_t from_ns, int64_t to_ns)
{
    struct exh_survey *s = &place->surveys[part];

    s->spans = exh_realloc_array(s->spans, 2, sizeof *s->spans);
    s->spans[1] = (struct exh_span){ to_ns, s->spans[0].end_ns };
    s->spans[0].end_ns = from_ns;
    s->span_count = 2;
}

/* A clip of two parts, a minute each, with the minute between them missing. */
static void clip(struct place *place)
{
    place->record = parse("{\"camera\":{\"name\":\"Market Place\"},\"gap_tolerance_ns\":1000000000,\"window\":{"
        "\"from\":\"2021-12-05T21:10:05Z\",\"to\":\"2021-12-05T21:12:55Z\"},\"gaps\":[{\"from\":\"2021-12-05T21:11:00Z\","
        "\"to\":\"2021-12-05T21:12:00Z\",\"cause\":\"no recording\"}],\"findings\":[{\"code\":\"gap\",\"text\":\"old\","
        "\"segment\":null},{\"code\":\"no-time-check\",\"text\":\"no check\",\"segment\":null}],\"parts\":["
        "{\"file\":\"data/master/a.mp4\",\"sha256\":\"aa\",\"joins\":[{\"part_ns\":0,\"true_time\":\"2021-12-05T21:10:00Z\"}]},"
        "{\"file\":\"data/master/b.mp4\",\"sha256\":\"bb\",\"joins\":[{\"part_ns\":500,\"true_time\":\"2021-12-05T21:12:00Z\"},"
        "{\"part_ns\":30000000500,\"true_time\":\"2021-12-05T21:12:30.500Z\"}]}]}");
    survey(place, 0, 0, 60 * S);
    survey(place, 1, 0, 60 * S);
}

/* A file from elsewhere of which no time is known. */
static void untimed(struct place *place)
{
    place->record = parse("{\"findings\":[],\"parts\":[{\"file\":\"data/master/a.avi\",\"sha256\":\"aa\",\"from\":null},"
        "{\"file\":\"data/master/b.avi\",\"sha256\":\"bb\",\"from\":null}]}");
    survey(place, 0, 0, 20 * S);
    survey(place, 1, 0, 10 * S);
}

static void find(struct place *place)
{
    exh_line_find("OP1", place->record, place->surveys, false, &place->line);
}

static char *shots(const struct line *line)
{
    const struct cards cards = { 2 * S, ZONE };
    EXH_CLEANUP(exh_json_freep) struct exh_json *json = exh_shots_json(line, &cards);

    return exh_json_canonical(json);
}

static void assert_shots(const struct line *line, const char *expected)
{
    EXH_CLEANUP(exh_freep) char *found = shots(line);

    assert_string_equal(found, expected);
}

static void assert_fails(struct place *place, bool done, enum exh_kind kind, const char *words)
{
    assert_false(done);
    if (place->err.kind != kind || !strstr(place->err.text, words))
        fail_msg("kind %d, words: %s", place->err.kind, place->err.text);
    exh_error_clear(&place->err);
}

static void assert_done(struct place *place, bool done)
{
    if (!done)
        fail_msg("%s", place->err.text);
}

/* ---- the line ---- */

#define GAP_CARD "{\"card\":[\"NO RECORDING\",\"2021-12-05 21:11:00 GMT to 2021-12-05 21:12:00 GMT\"," \
    "\"2021-12-05T21:11:00Z to 2021-12-05T21:12:00Z\",\"1 min\",\"no recording\"],\"length_ns\":2000000000}"

static void a_gap_of_the_record_is_a_card_between_the_pictures(void **state)
{
    struct place *place = *state;

    clip(place);
    find(place);
    assert_true(place->line.timed);
    assert_shots(&place->line, "[{\"from_ns\":0,\"input\":0,\"to_ns\":60000000000}," GAP_CARD
                 ",{\"from_ns\":0,\"input\":1,\"to_ns\":60000000000}]");
}

static void a_cut_is_to_the_picture_and_a_gap_to_the_cut(void **state)
{
    struct place *place = *state;

    clip(place);
    find(place);
    assert_done(place, exh_line_cut(&place->line, TEN + 50 * S, TEN + 131 * S + 5, &place->err));
    assert_shots(&place->line, "[{\"from_ns\":50000000000,\"input\":0,\"to_ns\":60000000000}," GAP_CARD
                 ",{\"from_ns\":0,\"input\":1,\"to_ns\":11000000005}]");
    assert_done(place, exh_line_cut(&place->line, TEN + 115 * S, TEN + 125 * S, &place->err));
    EXH_CLEANUP(exh_freep) char *found = shots(&place->line);
    assert_non_null(strstr(found, "21:11:55 GMT to 2021-12-05 21:12:00 GMT"));
    assert_non_null(strstr(found, "\"to_ns\":5000000000"));
}

static void times_follow_the_joins_of_a_part(void **state)
{
    struct place *place = *state;

    clip(place);
    find(place);
    /* From own time 30 s on, the second part is half a second later than it would be. */
    assert_done(place, exh_line_cut(&place->line, TEN + 155 * S, TEN + 156 * S, &place->err));
    assert_shots(&place->line, "[{\"from_ns\":34500000000,\"input\":1,\"to_ns\":35500000000}]");
}

static void what_is_asked_for_beyond_the_master_is_said_to_be_no_part_of_it(void **state)
{
    struct place *place = *state;

    clip(place);
    find(place);
    assert_done(place, exh_line_cut(&place->line, TEN - 10 * S, TEN + 10 * S, &place->err));
    assert_shots(&place->line, "[{\"card\":[\"NOT PART OF EXHIBIT OP1\",\"2021-12-05 21:09:50 GMT to 2021-12-05 21:10:00 GMT\","
        "\"2021-12-05T21:09:50Z to 2021-12-05T21:10:00Z\",\"10 s\",\"OP1 begins later\"],\"length_ns\":2000000000},"
        "{\"from_ns\":0,\"input\":0,\"to_ns\":10000000000}]");
    assert_fails(place, exh_line_cut(&place->line, TEN + 900 * S, TEN + 910 * S, &place->err), EXH_NO, "no picture");
}

static void a_hole_in_a_file_is_a_card_when_it_is_longer_than_one(void **state)
{
    struct place *place = *state;

    clip(place);
    part_span(place, 0, 20 * S, 25 * S);
    find(place);
    EXH_CLEANUP(exh_freep) char *found = shots(&place->line);
    assert_non_null(strstr(found, "{\"from_ns\":0,\"input\":0,\"to_ns\":20000000000},{\"card\":[\"NO RECORDING\","
        "\"2021-12-05 21:10:20 GMT to 2021-12-05 21:10:25 GMT\",\"2021-12-05T21:10:20Z to 2021-12-05T21:10:25Z\",\"5 s\","
        "\"a.mp4 has no pictures there\"],\"length_ns\":2000000000},{\"from_ns\":25000000000,"));
}

static void a_short_hole_has_no_card_and_is_said(void **state)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *findings = exh_json_array();
    struct place *place = *state;

    clip(place);
    part_span(place, 0, 20 * S, 21 * S + S / 2);
    find(place);
    exh_shots_note(&place->line, "", findings);
    EXH_CLEANUP(exh_freep) char *words = exh_json_canonical(findings), *found = shots(&place->line);
    assert_null(strstr(found, "has no pictures there"));
    assert_non_null(strstr(words, "no pictures from 2021-12-05T21:10:20Z to 2021-12-05T21:10:21.500Z (1.500 s): a.mp4 has no pictures"));
}

static void a_file_of_which_nothing_can_be_shown_is_a_card(void **state)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *findings = exh_json_array();
    struct place *place = *state;

    clip(place);
    place->surveys[0].start_count = 0;
    place->surveys[0].problem = exh_strdup("it is cut off");
    exh_json_set_text(exh_json_at(exh_json_get(place->record, "parts"), 0), "from", "2021-12-05T21:10:00Z");
    exh_json_set_text(exh_json_at(exh_json_get(place->record, "parts"), 0), "to", "2021-12-05T21:11:00Z");
    find(place);
    assert_shots(&place->line, "[{\"card\":[\"RECORDED, BUT CANNOT BE SHOWN\",\"2021-12-05 21:10:00 GMT to 2021-12-05 21:11:00 GMT\","
        "\"2021-12-05T21:10:00Z to 2021-12-05T21:11:00Z\",\"1 min\",\"a.mp4: it is cut off\"],\"length_ns\":2000000000}," GAP_CARD
        ",{\"from_ns\":0,\"input\":1,\"to_ns\":60000000000}]");
    exh_shots_note(&place->line, "", findings);
    assert_string_equal(exh_json_text_or(exh_json_at(findings, 0), "code", ""), "undecodable");
    assert_string_equal(exh_json_text_or(exh_json_at(findings, 1), "code", ""), "gap");
}

static void the_beginning_of_a_file_that_cannot_be_decoded_is_a_card(void **state)
{
    struct place *place = *state;

    clip(place);
    place->surveys[0].starts[0].own_ns = 4 * S;
    find(place);
    EXH_CLEANUP(exh_freep) char *found = shots(&place->line);
    assert_non_null(strstr(found, "[{\"card\":[\"RECORDED, BUT CANNOT BE SHOWN\",\"2021-12-05 21:10:00 GMT to 2021-12-05 21:10:04 GMT\""));
    assert_non_null(strstr(found, "{\"from_ns\":4000000000,\"input\":0,"));
}

static void files_of_unknown_time_follow_one_another(void **state)
{
    struct place *place = *state;

    untimed(place);
    part_span(place, 0, 5 * S, 10 * S);
    find(place);
    assert_false(place->line.timed);
    assert_shots(&place->line, "[{\"from_ns\":0,\"input\":0,\"to_ns\":5000000000},{\"card\":[\"NO RECORDING\","
        "\"+0:00:05.000 from the start to +0:00:10.000 from the start\",\"5 s\",\"a.avi has no pictures there\"],"
        "\"length_ns\":2000000000},{\"from_ns\":10000000000,\"input\":0,\"to_ns\":20000000000},"
        "{\"from_ns\":0,\"input\":1,\"to_ns\":10000000000}]");
}

static void a_true_time_of_what_has_none_is_refused_with_the_remedy(void **state)
{
    struct place *place = *state;
    int64_t ns;

    untimed(place);
    find(place);
    assert_fails(place, exh_line_time(&place->line, (struct exh_when){ false, TEN }, &ns, &place->err), EXH_USAGE, "+12.5s");
    assert_done(place, exh_line_time(&place->line, (struct exh_when){ true, 21 * S }, &ns, &place->err));
    assert_int_equal(ns, 21 * S);
}

static void a_time_too_far_off_is_refused(void **state)
{
    const struct exh_moment far[] = { { INT64_MIN }, { INT64_MAX }, { TEN - INT64_C(401) * 86400 * S } };
    struct place *place = *state;
    int64_t ns;

    clip(place);
    find(place);
    for (size_t i = 0; i < EXH_COUNT(far); i++)
        assert_fails(place, exh_line_time(&place->line, (struct exh_when){ false, far[i].ns }, &ns, &place->err), EXH_USAGE, "400 days");
}

/* ---- the plan ---- */

static bool plan(struct place *place)
{
    exh_plan_clear(&place->plan);
    const struct subject subject = { "OP1", place->record, place->surveys, { 0, 0 } };

    return exh_plan_make(&place->options, &subject, 1, ZONE, &place->plan, &place->err);
}

static char *job(struct place *place)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *json =
        place->options.copy == EXH_COPY_STILLS ? exh_job_stills(&place->plan, "OP1/2") : exh_job_film(&place->plan, "OP1/2");

    return exh_json_canonical(json);
}

static void the_job_is_all_that_the_copy_depends_on(void **state)
{
    struct place *place = *state;

    clip(place);
    place->options = (struct exh_derive_options){ .exact = true, .burn_in = true };
    place->options.when = (struct exh_interval){ true, true, { true, 125 * S }, { true, 128 * S } };
    assert_done(place, plan(place));
    place->plan.font = "ff";
    EXH_CLEANUP(exh_freep) char *found = job(place);
    assert_string_equal(found, "{\"canvas\":[640,360],\"caption\":{\"items\":[\"Market Place\",{\"time\":\"local\"},{\"time\":\"utc\"},"
        "\"OP1/2 COPY\"],\"over\":false},\"colour\":{\"matrix\":\"bt709\",\"primaries\":\"bt709\",\"transfer\":\"bt709\"},\"crf\":20,"
        "\"encoder\":\"libx264\",\"font\":\"ff\",\"inputs\":[{\"aspect\":[1,1],\"clock\":[[0,1638738720000000000],"
        "[30000000000,1638738750500000000]],\"deinterlace\":false,\"end_ns\":60000000000,\"masks\":[],\"mirrored\":false,\"mute\":[],"
        "\"rate\":null,\"rotation\":0,\"sha256\":\"bb\",\"starts\":[[0,0]],\"step_ns\":100000000,\"zero\":0}],\"key_ns\":2000000000,"
        "\"kind\":\"film\",\"pictures_a_second\":[10,1],\"preset\":\"veryfast\",\"shots\":[{\"from_ns\":5000000000,\"input\":0,"
        "\"to_ns\":8000000000}],\"sound\":null,\"speed\":[1,1],\"style\":\"black\",\"title\":\"OP1/2: copy of OP1, not the Master\","
        "\"version\":1,\"zone\":[[1638652325000000000,0,\"GMT\"]]}");
}

static void findings_of_the_master_go_along_and_gaps_are_told_anew(void **state)
{
    struct place *place = *state;

    clip(place);
    assert_done(place, plan(place));
    EXH_CLEANUP(exh_freep) char *all = exh_json_canonical(place->plan.findings);
    assert_string_equal(all, "[{\"code\":\"no-time-check\",\"segment\":null,\"text\":\"no check\"},{\"code\":\"gap\",\"segment\":null,"
        "\"text\":\"no footage from 2021-12-05T21:11:00Z to 2021-12-05T21:12:00Z (1 min): no recording\"}]");
    assert_int_equal(exh_json_count(place->plan.gaps), 1);
    exh_json_free(place->record);
    clip(place);
    place->options.exact = true;
    place->options.when = (struct exh_interval){ true, true, { true, 10 * S }, { true, 20 * S } };
    assert_done(place, plan(place));
    assert_int_equal(exh_json_count(place->plan.gaps), 0);
    assert_int_equal(exh_json_count(place->plan.findings), 1);
}

static void exact_alone_is_the_window_of_the_master(void **state)
{
    struct place *place = *state;

    clip(place);
    place->options.exact = true;
    assert_done(place, plan(place));
    assert_int_equal(place->plan.lines[0].from_ns, TEN + 5 * S);
    assert_int_equal(place->plan.lines[0].to_ns, TEN + 175 * S);
    exh_json_free(place->record);
    untimed(place);
    assert_fails(place, plan(place), EXH_USAGE, "--from and --to");
}

static void sound_goes_where_it_would_not_fit_and_that_is_said(void **state)
{
    struct place *place = *state;

    clip(place);
    place->surveys[1].sounds = 1;
    place->surveys[1].channels = 2;
    place->options.speed = 4;
    assert_done(place, plan(place));
    EXH_CLEANUP(exh_freep) char *fast = job(place), *all = exh_json_canonical(place->plan.findings);
    assert_non_null(strstr(fast, "\"sound\":null"));
    assert_non_null(strstr(fast, "\"speed\":[4,1]"));
    assert_non_null(strstr(all, "\"sound-left-out\""));
}

static void sound_is_as_good_as_its_channels(void **state)
{
    struct place *place = *state;

    clip(place);
    place->surveys[1].sounds = place->surveys[1].channels = 1;
    assert_done(place, plan(place));
    EXH_CLEANUP(exh_freep) char *mono = job(place);
    assert_non_null(strstr(mono, "\"sound\":{\"bit_rate\":64000}"));
}

static void what_is_changed_is_said_in_words(void **state)
{
    struct place *place = *state;

    clip(place);
    for (size_t i = 0; i < 2; i++) {
        place->surveys[i].width = 2880;
        place->surveys[i].height = 1620;
        snprintf(place->surveys[i].fields, sizeof place->surveys[i].fields, "top first");
    }
    assert_done(place, plan(place));
    EXH_CLEANUP(exh_freep) char *all = exh_json_canonical(place->plan.changes);
    assert_non_null(strstr(all, "\"pictures of 2880x1620 pixels were made 1920x1080\""));
    assert_non_null(strstr(all, "two half pictures each (top first)"));
    assert_non_null(strstr(all, "no picture is bit for bit the recorder's"));
}

static bool is_marked_reproducible(struct place *place, const char *encoder)
{
    const struct exh_strings arguments = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *none = exh_json_object();
    char organisation[] = "O", zone[] = ZONE;
    struct exh_store store = { .organisation = organisation, .zone = zone };

    exh_json_free(place->record);
    clip(place);
    place->options.encoder = encoder;
    place->options.arguments = &arguments;
    assert_done(place, plan(place));
    EXH_CLEANUP(exh_json_freep) struct exh_json *film = exh_job_film(&place->plan, "OP1/2");
    const struct deriving copy = { .making.store = &store, .making.reference = "OP1/2", .options = &place->options,
                                   .plan = place->plan, .case_facts = none, .producer = none, .parts = none, .job = film };
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = exh_copy_record(&copy);
    const struct exh_json *conversion = exh_json_get(record, "conversion");
    assert_string_equal(exh_json_text_or(exh_json_get(conversion, "job"), "encoder", ""), encoder ? encoder : "libx264");
    return exh_json_bool_or(conversion, "reproducible", false);
}

static void a_machine_s_own_encoder_is_in_the_record_and_not_marked_reproducible(void **state)
{
    struct place *place = *state;

    assert_true(is_marked_reproducible(place, NULL));
    assert_true(is_marked_reproducible(place, "libx264"));
    assert_false(is_marked_reproducible(place, "h264_vaapi"));
}

/* ---- masks ---- */

static void assert_mask(struct place *place, const char *words, bool outside)
{
    assert_done(place, exh_masks_add(&place->masks, words, outside, ZONE, &place->err));
}

static void a_mask_is_in_the_own_time_of_each_file(void **state)
{
    struct place *place = *state;

    clip(place);
    place->options = (struct exh_derive_options){ .copy = EXH_COPY_REDACTED, .masks = &place->masks };
    assert_mask(place, "10,20,30,40@2021-12-05 21:10:50..2021-12-05 21:12:31", false);
    assert_mask(place, "0,0,640,100", true);
    assert_done(place, plan(place));
    EXH_CLEANUP(exh_freep) char *found = job(place);
    assert_non_null(strstr(found, "\"masks\":[{\"from_ns\":50000000000,\"keys\":[[0,10,20,30,40]],\"outside\":false,"
        "\"to_ns\":60000000000},{\"from_ns\":null,\"keys\":[[0,0,0,640,100]],\"outside\":true,\"to_ns\":null}]"));
    assert_non_null(strstr(found, "\"masks\":[{\"from_ns\":0,\"keys\":[[0,10,20,30,40]],\"outside\":false,\"to_ns\":30000000000},"
        "{\"from_ns\":30000000000,\"keys\":[[0,10,20,30,40]],\"outside\":false,\"to_ns\":30500000000},"));
}

static void a_mask_grows_where_pixels_do_not_divide(void **state)
{
    struct place *place = *state;

    clip(place);
    for (size_t i = 0; i < 2; i++) {
        place->surveys[i].width = 2560;
        place->surveys[i].height = 1440;
    }
    place->options = (struct exh_derive_options){ .copy = EXH_COPY_REDACTED, .masks = &place->masks };
    assert_mask(place, "101,101,100,100", false);
    assert_mask(place, "101,101,100,100", true);
    assert_done(place, plan(place));
    EXH_CLEANUP(exh_freep) char *found = job(place);
    /* 3/4: 75.75 to 150.75 */
    assert_non_null(strstr(found, "\"keys\":[[0,75,75,76,76]],\"outside\":false"));
    assert_non_null(strstr(found, "\"keys\":[[0,76,76,74,74]],\"outside\":true"));
}

static void a_mask_that_covers_nothing_is_refused(void **state)
{
    static const struct { const char *words, *says; } wrong[] = {
        { "700,0,10,10", "640x360 pixels" }, { "0,0,10,10@+130s..+2min", "ends before" },
        { "0,0,10,10@+60min..", "shows nothing" }, { "0,0,10,10@2021-12-05 21:11:10..2021-12-05 21:11:20", "shows nothing" } };
    struct place *place = *state;

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        exh_json_free(place->record);
        clip(place);
        exh_masks_clear(&place->masks);
        place->options = (struct exh_derive_options){ .copy = EXH_COPY_REDACTED, .masks = &place->masks };
        if (exh_masks_add(&place->masks, wrong[i].words, false, ZONE, &place->err))
            assert_fails(place, plan(place), EXH_USAGE, wrong[i].says);
        else
            assert_fails(place, false, EXH_USAGE, wrong[i].says);
        for (size_t j = 0; j < MOST; j++)
            exh_survey_clear(&place->surveys[j]);
    }
}

static void what_is_no_mask_is_refused(void **state)
{
    static const char *const wrong[] = { "", "1,2,3", "1,2,3,4,5", "1,2,0,4", "-1,2,3,4", "1,2,3,4@", "1,2,3,4@5", "1,2,3,4@+5..+9",
                                         "1,2,3,4@+9s..+5s", "a,b,c,d", "1,2,3,99999999999" };
    struct place *place = *state;

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        if (exh_masks_add(&place->masks, wrong[i], false, ZONE, &place->err))
            fail_msg("'%s' is taken", wrong[i]);
        assert_int_equal(place->err.kind, EXH_USAGE);
        exh_error_clear(&place->err);
    }
    assert_fails(place, exh_masks_mute(&place->masks, "some", ZONE, &place->err), EXH_USAGE, "FROM..TO");
}

static void silences_are_joined_and_in_order(void **state)
{
    struct place *place = *state;

    clip(place);
    place->options = (struct exh_derive_options){ .copy = EXH_COPY_REDACTED, .masks = &place->masks };
    assert_done(place, exh_masks_mute(&place->masks, "+20s..+30s", ZONE, &place->err));
    assert_done(place, exh_masks_mute(&place->masks, "..+5s", ZONE, &place->err));
    assert_done(place, exh_masks_mute(&place->masks, "+25s..+40s", ZONE, &place->err));
    assert_done(place, plan(place));
    EXH_CLEANUP(exh_freep) char *found = job(place);
    assert_non_null(strstr(found, "\"mute\":[[0,5000000000],[20000000000,40000000000]]"));
}

static bool read(struct place *place, const char *words)
{
    exh_masks_clear(&place->masks);
    return exh_masks_read(&place->masks, words, strlen(words), ZONE, &place->err);
}

static void a_mask_file_says_where_masks_move(void **state)
{
    struct place *place = *state;

    clip(place);
    assert_done(place, read(place, "{\"version\":1,\"masks\":[{\"from\":\"+10s\",\"to\":\"+20s\",\"keys\":["
        "{\"at\":\"+10s\",\"rectangle\":[0,0,10,10]},{\"at\":\"+20s\",\"rectangle\":[100,-5,10,10]}]}],"
        "\"mute\":[{\"to\":\"+5s\"}]}"));
    place->options = (struct exh_derive_options){ .copy = EXH_COPY_REDACTED, .masks = &place->masks };
    assert_done(place, plan(place));
    EXH_CLEANUP(exh_freep) char *found = job(place);
    assert_non_null(strstr(found, "\"masks\":[{\"from_ns\":10000000000,\"keys\":[[10000000000,0,0,10,10],[20000000000,100,-5,10,10]],"
        "\"outside\":false,\"to_ns\":20000000000}],\"mirrored\":false,\"mute\":[[0,5000000000]]"));
    assert_done(place, read(place, "{\"version\":1,\"masks\":[],\"mute\":\"all\"}"));
    assert_true(place->masks.mute_all);
}

static void a_mask_file_that_is_not_of_the_form_is_malformed(void **state)
{
    static const char *const wrong[] = {
        "", "[]", "{}", "{\"version\":2,\"masks\":[]}", "{\"version\":1}", "{\"version\":1,\"masks\":[],\"note\":\"x\"}",
        "{\"version\":1,\"masks\":[5]}", "{\"version\":1,\"masks\":[{}]}",
        "{\"version\":1,\"masks\":[{\"rectangle\":[1,2,3]}]}", "{\"version\":1,\"masks\":[{\"rectangle\":[1,2,3,\"4\"]}]}",
        "{\"version\":1,\"masks\":[{\"rectangle\":[1,2,0,4]}]}",
        "{\"version\":1,\"masks\":[{\"rectangle\":[1,2,3,4],\"who\":\"x\"}]}",
        "{\"version\":1,\"masks\":[{\"rectangle\":[1,2,3,4],\"from\":5}]}",
        "{\"version\":1,\"masks\":[{\"rectangle\":[1,2,3,4],\"from\":\"soon\"}]}",
        "{\"version\":1,\"masks\":[{\"rectangle\":[1,2,3,4],\"outside\":1}]}",
        "{\"version\":1,\"masks\":[{\"keys\":[]}]}",
        "{\"version\":1,\"masks\":[{\"keys\":[{\"at\":\"+2s\",\"rectangle\":[1,2,3,4]},{\"at\":\"+1s\",\"rectangle\":[1,2,3,4]}]}]}",
        "{\"version\":1,\"masks\":[],\"mute\":\"some\"}", "{\"version\":1,\"masks\":[],\"mute\":[{\"at\":\"+1s\"}]}" };
    struct place *place = *state;

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        if (read(place, wrong[i]))
            fail_msg("'%s' is taken", wrong[i]);
        assert_int_equal(place->err.kind, EXH_MALFORMED);
        exh_error_clear(&place->err);
    }
}

/* ---- stills ---- */

static void stills_are_in_order_and_once_each(void **state)
{
    const struct exh_when at[] = { { true, 125 * S }, { false, TEN + 10 * S } }, twice[] = { { true, 10 * S }, { true, 10 * S } };
    struct place *place = *state;

    clip(place);
    place->options = (struct exh_derive_options){ .copy = EXH_COPY_STILLS, .at = at, .at_count = 2 };
    assert_done(place, plan(place));
    place->plan.font = NULL;
    EXH_CLEANUP(exh_freep) char *found = job(place);
    assert_non_null(strstr(found, "\"images\":[{\"columns\":1,\"notes\":[[\"Title\",\"OP1/2: still of OP1, not the Master\"],"
        "[\"Creation Time\",\"2021-12-05 21:10:10 GMT / 2021-12-05T21:10:10Z\"],[\"Source\",\"Market Place\"]],"
        "\"pictures\":[[0,10000000000]]},"));
    assert_non_null(strstr(found, "\"pictures\":[[1,5000000000]]"));
    exh_json_free(place->record);
    clip(place);
    place->options.at = twice;
    assert_fails(place, plan(place), EXH_USAGE, "twice");
}

static void a_still_of_a_gap_is_not_there(void **state)
{
    const struct exh_when at = { true, 90 * S };
    struct place *place = *state;

    clip(place);
    place->options = (struct exh_derive_options){ .copy = EXH_COPY_STILLS, .at = &at, .at_count = 1 };
    assert_fails(place, plan(place), EXH_NO, "no picture at 2021-12-05 21:11:30 GMT");
}

static void stills_every_so_often_pass_over_a_gap_and_say_so(void **state)
{
    struct place *place = *state;

    clip(place);
    place->options = (struct exh_derive_options){ .copy = EXH_COPY_STILLS, .every_ns = 30 * S };
    assert_done(place, plan(place));
    /* 0 and 30 s; not 60 and 90 s; 120 s; not 150 s, from when on the clock is half a second later; 180 s. */
    assert_int_equal(place->plan.time_count, 4);
    EXH_CLEANUP(exh_freep) char *all = exh_json_canonical(place->plan.findings);
    assert_non_null(strstr(all, "\"no-picture\""));
}

static void a_sheet_is_one_image_of_many_pictures(void **state)
{
    struct place *place = *state;

    untimed(place);
    place->options = (struct exh_derive_options){ .copy = EXH_COPY_STILLS, .columns = 3, .rows = 2, .format = "jpeg" };
    assert_done(place, plan(place));
    assert_true(exh_plan_draws(&place->plan));
    EXH_CLEANUP(exh_freep) char *found = job(place);
    assert_non_null(strstr(found, "\"pictures\":[[0,2500000000],[0,7500000000],[0,12500000000],[0,17500000000],[1,2500000000],"
                           "[1,7500000000]]}],"));
    assert_non_null(strstr(found, "\"format\":\"jpeg\""));
    assert_non_null(strstr(found, "\"quality\":90"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_gap_of_the_record_is_a_card_between_the_pictures),
        TEST(a_cut_is_to_the_picture_and_a_gap_to_the_cut),
        TEST(times_follow_the_joins_of_a_part),
        TEST(what_is_asked_for_beyond_the_master_is_said_to_be_no_part_of_it),
        TEST(a_hole_in_a_file_is_a_card_when_it_is_longer_than_one),
        TEST(a_short_hole_has_no_card_and_is_said),
        TEST(a_file_of_which_nothing_can_be_shown_is_a_card),
        TEST(the_beginning_of_a_file_that_cannot_be_decoded_is_a_card),
        TEST(files_of_unknown_time_follow_one_another),
        TEST(a_true_time_of_what_has_none_is_refused_with_the_remedy),
        TEST(a_time_too_far_off_is_refused),
        TEST(the_job_is_all_that_the_copy_depends_on),
        TEST(findings_of_the_master_go_along_and_gaps_are_told_anew),
        TEST(exact_alone_is_the_window_of_the_master),
        TEST(sound_goes_where_it_would_not_fit_and_that_is_said),
        TEST(sound_is_as_good_as_its_channels),
        TEST(what_is_changed_is_said_in_words),
        TEST(a_machine_s_own_encoder_is_in_the_record_and_not_marked_reproducible),
        TEST(a_mask_is_in_the_own_time_of_each_file),
        TEST(a_mask_grows_where_pixels_do_not_divide),
        TEST(a_mask_that_covers_nothing_is_refused),
        TEST(what_is_no_mask_is_refused),
        TEST(silences_are_joined_and_in_order),
        TEST(a_mask_file_says_where_masks_move),
        TEST(a_mask_file_that_is_not_of_the_form_is_malformed),
        TEST(stills_are_in_order_and_once_each),
        TEST(a_still_of_a_gap_is_not_there),
        TEST(stills_every_so_often_pass_over_a_gap_and_say_so),
        TEST(a_sheet_is_one_image_of_many_pictures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
