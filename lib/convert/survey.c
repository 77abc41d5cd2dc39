/* convert/survey: what the helper says of a file, read without trust. */
#include "exhibit/convert.h"

#include "exhibit/moment.h"
#include "exhibit/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_SIDE = 32768, MOST_STARTS = 8192, MOST_SPANS = 10000, ALLOWANCE_MS = 120000 };
static const int64_t LONGEST_NS = INT64_C(400) * 86400 * EXH_SECOND;

void exh_survey_clear(struct exh_survey *survey)
{
    free(survey->starts);
    free(survey->spans);
    free(survey->left_out);
    free(survey->undecodable);
    free(survey->problem);
    *survey = (struct exh_survey){ .starts = NULL };
}

static bool number(const struct exh_json *from, const char *name, int64_t least, int64_t most, int64_t *ret_number, struct exh_error *err)
{
    if (!exh_json_need_int(from, name, ret_number, err))
        return false;
    return (*ret_number >= least && *ret_number <= most) || exh_fail(err, EXH_MALFORMED, "the helper's '%s' is out of bounds", name);
}

static bool small(const struct exh_json *from, const char *name, int least, int most, int *ret_number, struct exh_error *err)
{
    int64_t value = 0;

    if (!number(from, name, least, most, &value, err))
        return false;
    *ret_number = (int)value;
    return true;
}

static int64_t at(const struct exh_json *pair, size_t index)
{
    return exh_json_as_int(exh_json_at(pair, index));
}

static bool read_starts(const struct exh_json *from, struct exh_survey *survey, struct exh_error *err)
{
    struct exh_json *starts = NULL;
    int64_t packet = -1, own = -1;

    if (!exh_json_need_array(from, "starts", &starts, err))
        return false;
    if (exh_json_count(starts) > MOST_STARTS)
        return exh_fail(err, EXH_MALFORMED, "the helper names too many starts");
    survey->starts = exh_alloc((exh_json_count(starts) + 1) * sizeof *survey->starts);
    for (size_t i = 0; i < exh_json_count(starts); i++) {
        const struct exh_json *pair = exh_json_at(starts, i);
        if (at(pair, 0) <= packet || at(pair, 1) <= own || at(pair, 1) > LONGEST_NS)
            return exh_fail(err, EXH_MALFORMED, "the helper's starts are not in order");
        packet = at(pair, 0);
        own = at(pair, 1);
        survey->starts[survey->start_count++] = (struct exh_start){ packet, own };
    }
    return true;
}

static bool read_spans(const struct exh_json *from, struct exh_survey *survey, struct exh_error *err)
{
    struct exh_json *spans = NULL;
    int64_t end = 0;

    if (!exh_json_need_array(from, "spans", &spans, err))
        return false;
    if (exh_json_count(spans) > MOST_SPANS)
        return exh_fail(err, EXH_MALFORMED, "the helper names too many spans");
    survey->spans = exh_alloc((exh_json_count(spans) + 1) * sizeof *survey->spans);
    for (size_t i = 0; i < exh_json_count(spans); i++) {
        const struct exh_span span = { at(exh_json_at(spans, i), 0), at(exh_json_at(spans, i), 1) };
        if (span.start_ns < end || span.end_ns <= span.start_ns || span.end_ns > LONGEST_NS)
            return exh_fail(err, EXH_MALFORMED, "the helper's spans are not in order");
        end = span.end_ns;
        survey->spans[survey->span_count++] = span;
    }
    survey->end_ns = end;
    return true;
}

static bool read_look(const struct exh_json *from, struct exh_survey *s, struct exh_error *err)
{
    const struct exh_json *aspect = exh_json_get(from, "aspect");

    s->mirrored = exh_json_bool_or(from, "mirrored", false);
    s->odd_matrix = exh_json_bool_or(from, "odd_matrix", false);
    s->stated_aspect = exh_json_bool_or(from, "stated_aspect", false);
    s->aspect_numerator = (int)at(aspect, 0);
    s->aspect_denominator = (int)at(aspect, 1);
    if (at(aspect, 0) < 1 || at(aspect, 1) < 1 || at(aspect, 0) > 65536 || at(aspect, 1) > 65536)
        return exh_fail(err, EXH_MALFORMED, "the helper's 'aspect' is out of bounds");
    return small(from, "width", 1, LARGEST_SIDE, &s->width, err) && small(from, "height", 1, LARGEST_SIDE, &s->height, err)
        && small(from, "rotation", 0, 270, &s->rotation, err)
        && exh_helper_name(from, "pixels", sizeof s->pixels, s->pixels, err)
        && exh_helper_name(from, "fields", sizeof s->fields, s->fields, err)
        && exh_helper_name(from, "range", sizeof s->range, s->range, err)
        && exh_helper_name(from, "primaries", sizeof s->primaries, s->primaries, err)
        && exh_helper_name(from, "transfer", sizeof s->transfer, s->transfer, err)
        && exh_helper_name(from, "matrix", sizeof s->matrix, s->matrix, err);
}

static bool read_tracks(const struct exh_json *from, struct exh_survey *s, struct exh_error *err)
{
    const struct exh_json *video = exh_json_get(from, "track"), *sound = exh_json_get(from, "sound");
    int sounds = 0;

    if (!exh_helper_name(video, "codec", sizeof s->codec, s->codec, err)
        || !exh_helper_name(video, "profile", sizeof s->profile, s->profile, err)
        || !small(video, "rate_numerator", 0, INT32_MAX, &s->rate_numerator, err)
        || !small(video, "rate_denominator", 1, INT32_MAX, &s->rate_denominator, err) || !small(from, "sounds", 0, 8, &sounds, err))
        return false;
    s->sounds = (size_t)sounds;
    return sounds == 0
        || (exh_helper_name(sound, "codec", sizeof s->sound_codec, s->sound_codec, err)
            && small(sound, "sample_rate", 1, INT32_MAX, &s->sample_rate, err)
            && small(sound, "channels", 1, LARGEST_SIDE, &s->channels, err));
}

static bool read_survey(const struct exh_json *from, struct exh_survey *s, struct exh_error *err)
{
    int64_t pictures = 0;

    s->problem = exh_helper_sentence(from, "problem");
    if (exh_json_type(exh_json_get(from, "track")) != EXH_JSON_OBJECT)
        return s->problem || exh_fail(err, EXH_MALFORMED, "the helper found nothing and does not say why");
    s->left_out = exh_helper_sentence(from, "left_out");
    s->undecodable = exh_helper_sentence(from, "undecodable");
    if (!read_tracks(from, s, err) || !read_look(from, s, err) || !read_starts(from, s, err) || !read_spans(from, s, err)
        || !number(from, "step_ns", 1, LONGEST_NS, &s->step_ns, err) || !number(from, "pictures", 0, INT64_C(1) << 40, &pictures, err)
        || !number(from, "zero", -(INT64_C(1) << 56), INT64_C(1) << 56, &s->zero, err))
        return false;
    s->pictures = (uint64_t)pictures;
    return true;
}

static struct exh_json *question_of(struct exh_rate rate)
{
    struct exh_json *question = exh_json_object(), *pair = NULL;

    if (rate.numerator > 0 && rate.denominator > 0) {
        pair = exh_json_array();
        exh_json_add_int(pair, rate.numerator);
        exh_json_add_int(pair, rate.denominator);
    }
    exh_json_set(question, "rate", pair ? pair : exh_json_text(NULL));
    return question;
}

bool exh_convert_survey(struct exh_helper *helper, int fd, struct exh_rate rate, struct exh_survey *ret_survey, struct exh_error *err)
{
    EXH_CLEANUP(exh_survey_clear) struct exh_survey survey = { .starts = NULL };
    EXH_CLEANUP(exh_json_freep) struct exh_json *body = question_of(rate), *answer = NULL;
    const struct exh_helper_question question = { .type = EXH_HELPER_SURVEY, .body = body, .fd = fd, .allowance_ms = ALLOWANCE_MS };

    if (!exh_helper_ask(helper, &question, &answer, err) || !read_survey(answer, &survey, err))
        return false;
    *ret_survey = survey;
    survey = (struct exh_survey){ .starts = NULL };
    return true;
}

/* a * b / c, rounded to the nearest. */
static int64_t scaled(int64_t a, int64_t b, int64_t c)
{
    return (a * b + c / 2) / c;
}

/* Pixels that are not square are stretched, never squeezed: nothing that was recorded is thrown away. */
void exh_convert_canvas(const struct exh_survey *survey, int most_width, int most_height, int *ret_width, int *ret_height)
{
    int64_t n = survey->aspect_numerator, d = survey->aspect_denominator;
    int64_t width = n > d ? scaled(survey->width, n, d) : survey->width;
    int64_t height = n < d ? scaled(survey->height, d, n) : survey->height;

    if (survey->rotation % 180) {
        int64_t lying = width;
        width = height;
        height = lying;
    }
    if (height > width) {
        int lying = most_width;
        most_width = most_height;
        most_height = lying;
    }
    if (most_width && (width > most_width || height > most_height)) {
        bool wide = width * most_height > height * most_width;
        int64_t w = wide ? most_width : scaled(width, most_height, height), h = wide ? scaled(height, most_width, width) : most_height;
        width = w;
        height = h;
    }
    *ret_width = (int)((width < 1 ? 1 : width) + 1) / 2 * 2;
    *ret_height = (int)((height < 1 ? 1 : height) + 1) / 2 * 2;
}
