/* Jobs of copies built for tests, what becomes of them, and what stock programs say of the result.
 * A job is built here from a survey by a hand of its own: what builds jobs for people is another's to test. */
#ifndef EXHIBIT_TESTS_JOB_H
#define EXHIBIT_TESTS_JOB_H

#include "exhibit/convert.h"
#include "exhibit/text.h"
#include "footage.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

/* One directory for all footage and copies of this run, an empty one for what waits, and the real helper. */
static struct {
    char directory[64], spool[80], helper[PATH_MAX];
} place;

static inline const char *at(char buffer[PATH_MAX], const char *name)
{
    snprintf(buffer, PATH_MAX, "%s/%s", place.directory, name);
    return buffer;
}

static inline bool run(const char *format, ...) EXH_PRINTF(1, 2);
static inline bool run(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *command = exh_vformat(format, arguments);
    va_end(arguments);
    return footage_run(command);
}

static inline struct exh_strings lines_of(const char *format, ...) EXH_PRINTF(1, 2);
static inline struct exh_strings lines_of(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *command = exh_vformat(format, arguments);
    va_end(arguments);
    return footage_lines(command);
}

static inline int job_set_up(void **state)
{
    (void)state;
    strcpy(place.directory, "/tmp/exhibit-convert-XXXXXX");
    ssize_t n = readlink("/proc/self/exe", place.helper, sizeof place.helper - 32);
    if (n <= 0 || !mkdtemp(place.directory))
        return -1;
    place.helper[n] = '\0';
    char *end = strstr(place.helper, "/tests/unit/");
    if (!end)
        return -1;
    strcpy(end, "/exhibit-media");
    exh_helper_set_program(place.helper);
    snprintf(place.spool, sizeof place.spool, "%s/spool", place.directory);
    return mkdir(place.spool, 0700);
}

static inline int job_clean_up(void **state)
{
    (void)state;
    return run("rm -rf '%s'", place.directory) ? 0 : -1;
}

/* A file of the collection; the test is skipped where it is not there. */
static inline const char *material(const char *name, char path[PATH_MAX])
{
    const char *named = getenv("EXHIBIT_MATERIAL");

    snprintf(path, PATH_MAX, "%s/%s", named ? named : "../shared/material", name);
    if (access(path, R_OK)) {
        print_message("no footage at '%s'\n", path);
        skip();
    }
    return path;
}

/* Makes footage: what follows "ffmpeg" up to the name of the file. */
static inline const char *make_footage(char path[PATH_MAX], const char *name, const char *how)
{
    if (!run("ffmpeg -v error -nostdin -y %s '%s'", how, at(path, name)))
        fail_msg("cannot make %s", name);
    return path;
}

/* ---- what is in a file ---- */

static inline struct exh_survey survey_at_rate(const char *path, struct exh_rate rate)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = NULL;
    struct exh_survey survey = { .starts = NULL };
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    if (!exh_helper_start(&helper, &err) || !exh_convert_survey(helper, fd, rate, &survey, &err))
        fail_msg("%s: %s", path, err.text);
    close(fd);
    return survey;
}

/* ---- a job ---- */

enum { MOST_INPUTS_OF_A_TEST = 4 };

struct copying {
    struct exh_json *job, *facts;
    struct exh_survey surveys[MOST_INPUTS_OF_A_TEST];
    char paths[MOST_INPUTS_OF_A_TEST][PATH_MAX];
    size_t count;
    int64_t length_ns; /* of the shots so far, at the speed of life */
    unsigned workers;
    bool (*interrupted)(void);
    int font;
};

static inline void copying_clear(struct copying *c)
{
    exh_json_free(c->job);
    exh_json_free(c->facts);
    for (size_t i = 0; i < c->count; i++)
        exh_survey_clear(&c->surveys[i]);
    if (c->font >= 0)
        close(c->font);
}

static inline struct exh_json *numbers(size_t count, const int64_t *from)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < count; i++)
        exh_json_add_int(array, from[i]);
    return array;
}
#define NUMBERS(...) numbers(sizeof(int64_t[]){ __VA_ARGS__ } / sizeof(int64_t), (int64_t[]){ __VA_ARGS__ })

static inline struct exh_json *parsed(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_json *value = NULL;

    if (!exh_json_parse(words, strlen(words), "the test's JSON", &value, &err))
        fail_msg("%s", err.text);
    return value;
}

static inline struct copying new_copying(const char *kind)
{
    struct copying c = {
        .job = parsed("{\"version\": 1, \"inputs\": [], \"zone\": [], \"font\": null, \"shots\": [], \"speed\": [1, 1],"
                      " \"encoder\": \"libx264\", \"crf\": 23, \"preset\": \"superfast\", \"key_ns\": 2000000000,"
                      " \"pictures_a_second\": [25, 1], \"sound\": null, \"caption\": null, \"style\": \"black\","
                      " \"title\": \"A test\", \"format\": \"png\", \"quality\": 90, \"images\": [],"
                      " \"colour\": {\"primaries\": \"unknown\", \"transfer\": \"unknown\", \"matrix\": \"unknown\"}}"),
        .workers = 2,
        .font = -1
    };

    exh_json_set_text(c.job, "kind", kind);
    return c;
}

/* Texts are drawn; the test is skipped where there is no font. */
static inline void give_font(struct copying *c)
{
    static const char path[] = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";

    c->font = open(path, O_RDONLY | O_CLOEXEC);
    if (c->font < 0) {
        print_message("no font at '%s'\n", path);
        skip();
    }
}

static inline struct exh_json *input_of(const struct exh_survey *s, struct exh_rate rate)
{
    struct exh_json *input = exh_json_object(), *starts = exh_json_array();

    exh_json_set(input, "rate", rate.numerator ? NUMBERS(rate.numerator, rate.denominator) : exh_json_text(NULL));
    exh_json_set_int(input, "zero", s->zero);
    exh_json_set_int(input, "step_ns", s->step_ns);
    exh_json_set_int(input, "end_ns", s->end_ns);
    exh_json_set(input, "aspect", NUMBERS(s->aspect_numerator, s->aspect_denominator));
    exh_json_set_bool(input, "deinterlace", strstr(s->fields, "first") != NULL);
    exh_json_set_int(input, "rotation", s->rotation);
    exh_json_set_bool(input, "mirrored", s->mirrored);
    for (size_t i = 0; i < s->start_count; i++)
        exh_json_add(starts, NUMBERS(s->starts[i].packet, s->starts[i].own_ns));
    exh_json_set(input, "starts", starts);
    exh_json_set(input, "clock", exh_json_array());
    exh_json_set(input, "masks", exh_json_array());
    exh_json_set(input, "mute", exh_json_array());
    return input;
}

/* What the whole job takes from its first input. @most: of each side of the pictures; 0: no limit. */
static inline void set_look(struct copying *c, const struct exh_survey *s, int most)
{
    struct exh_json *colour = exh_json_get(c->job, "colour");
    int width, height;

    exh_convert_canvas(s, most, most, &width, &height);
    exh_json_set(c->job, "canvas", NUMBERS(width, height));
    exh_json_set_text(colour, "primaries", s->primaries);
    exh_json_set_text(colour, "transfer", s->transfer);
    exh_json_set_text(colour, "matrix", s->matrix);
    if (s->rate_numerator)
        exh_json_set(c->job, "pictures_a_second", NUMBERS(s->rate_numerator, s->rate_denominator));
}

/* Gives the job's input, for the test to change; NULL: nothing in the file can be decoded. */
static inline struct exh_json *add_input(struct copying *c, const char *path, int most, struct exh_rate rate)
{
    struct exh_survey *s = &c->surveys[c->count];
    struct exh_json *inputs = exh_json_get(c->job, "inputs");

    *s = survey_at_rate(path, rate);
    snprintf(c->paths[c->count++], PATH_MAX, "%s", path);
    if (s->start_count == 0)
        return NULL;
    if (c->count == 1)
        set_look(c, s, most);
    if (s->sounds)
        exh_json_set(c->job, "sound", parsed("{\"bit_rate\": 96000}"));
    exh_json_add(inputs, input_of(s, rate));
    return exh_json_at(inputs, c->count - 1);
}

static inline void add_shot(struct copying *c, size_t input, int64_t from_ns, int64_t to_ns)
{
    struct exh_json *shot = exh_json_object();

    exh_json_set_int(shot, "input", (int64_t)input);
    exh_json_set_int(shot, "from_ns", from_ns);
    exh_json_set_int(shot, "to_ns", to_ns);
    exh_json_add(exh_json_get(c->job, "shots"), shot);
    c->length_ns += to_ns - from_ns;
}

static inline void add_card(struct copying *c, const char *line, int64_t length_ns)
{
    struct exh_json *shot = exh_json_object(), *lines = exh_json_array();

    exh_json_add_text(lines, line);
    exh_json_set(shot, "card", lines);
    exh_json_set_int(shot, "length_ns", length_ns);
    exh_json_add(exh_json_get(c->job, "shots"), shot);
    c->length_ns += length_ns;
}

/* A film of one whole file. */
static inline struct copying film_of(const char *path, int most)
{
    struct copying c = new_copying("film");

    if (!add_input(&c, path, most, (struct exh_rate){ 0, 0 }))
        fail_msg("%s: %s", path, c.surveys[0].problem ? c.surveys[0].problem : "no key frame");
    add_shot(&c, 0, 0, c.surveys[0].end_ns);
    return c;
}

/* ---- making it ---- */

static inline bool open_input(void *context, size_t input, int *ret_fd, struct exh_error *err)
{
    const struct copying *c = context;

    *ret_fd = open(c->paths[input], O_RDONLY | O_CLOEXEC);
    return *ret_fd >= 0 || exh_fail_os(err, "cannot open '%s'", c->paths[input]);
}

static inline bool write_bytes_of_film(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    return fwrite(bytes, 1, size, context) == size || exh_fail_os(err, "cannot write");
}

static inline struct exh_convert conversion(struct copying *c)
{
    int spool = open(place.spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(spool >= 0);
    return (struct exh_convert){ .job = c->job,
                                 .open = open_input,
                                 .font = c->font,
                                 .spool = spool,
                                 .workers = c->workers,
                                 .interrupted = c->interrupted,
                                 .context = c };
}

static inline bool try_film(struct copying *c, const char *name, char path[PATH_MAX], struct exh_error *err)
{
    EXH_CLEANUP(exh_film_freep) struct exh_film *film = NULL;
    const struct exh_convert convert = conversion(c);
    bool done = exh_convert_film(&convert, &film, err);

    close(convert.spool);
    if (!done)
        return false;
    FILE *file = fopen(at(path, name), "w");
    assert_non_null(file);
    done = exh_film_write(film, write_bytes_of_film, file, err);
    uint64_t size = (uint64_t)ftello(file);
    fclose(file);
    if (done)
        assert_int_equal(size, exh_film_size(film));
    exh_json_free(c->facts);
    c->facts = exh_json_copy(exh_film_facts(film));
    return done;
}

static inline const char *make_film(struct copying *c, const char *name, char path[PATH_MAX])
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!try_film(c, name, path, &err))
        fail_msg("%s of %s: %s", name, c->count ? c->paths[0] : "cards", err.text);
    return path;
}

static inline int64_t fact(const struct copying *c, const char *name)
{
    return exh_json_int_or(c->facts, name, -1);
}

/* ---- what stock programs say of it ---- */

/* Numbers in the order told; NAN where none was. */
struct series {
    double *at;
    size_t count;
};

static inline int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static inline void series_clear(struct series *series)
{
    free(series->at);
}

static inline struct series series_of(const struct exh_strings *lines)
{
    struct series series = { exh_alloc((lines->count + 1) * sizeof(double)), 0 };
    double number;

    for (size_t i = 0; i < lines->count; i++)
        if (sscanf(lines->at[i], "%lf", &number) == 1)
            series.at[series.count++] = number;
        else if (strncmp(lines->at[i], "N/A", 3) == 0)
            series.at[series.count++] = NAN;
    return series;
}

/* Seconds at which the pictures of a copy are shown, and when the last one ends. */
static inline struct series copy_times(const char *path, double *ret_end)
{
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings lines = lines_of(
        "ffprobe -v error -select_streams v:0 -show_entries packet=pts_time,duration_time -of csv=p=0 '%s' 2>&1", path);
    struct series series = series_of(&lines);
    const char *comma = lines.count ? strchr(lines.at[lines.count - 1], ',') : NULL;
    double duration = comma ? atof(comma + 1) : 0;

    if (series.count != lines.count)
        fail_msg("%s: %s", path, lines.at[0]);
    if (ret_end)
        *ret_end = series.count ? series.at[series.count - 1] + duration : 0;
    return series;
}

/* Seconds at which ffmpeg shows the pictures of a source that it can decode. */
static inline struct series shown_times(const char *path, const char *options)
{
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings lines = lines_of(
        "ffprobe -v fatal %s %s -select_streams v:0 -show_entries frame=best_effort_timestamp_time -of csv=p=0 '%s'",
        strstr(path, ".mp4") || strstr(path, ".mov") || strstr(path, ".MP4") ? "-advanced_editlist 0" : "", options,
        path);

    return series_of(&lines);
}

/* Mean luma of each picture, of a part of it where @crop ("crop=w:h:x:y,") says so. */
static inline struct series lumas(const char *path, const char *crop, const char *which)
{
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings lines =
        lines_of("ffmpeg -v fatal -nostdin -i '%s' -map 0:v:0 -vf "
                 "\"%ssignalstats,metadata=print:key=lavfi.signalstats.%s:file=-\" -vsync passthrough"
                 " -f null /dev/null | sed -n 's/^lavfi.*=//p'",
                 path, crop, which);

    return series_of(&lines);
}

/* How like the pictures of two inputs are, in dB (100: the same), one by one. */
static inline struct series likeness(const char *one, const char *one_filter, const char *other,
                                     const char *other_filter)
{
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings lines = lines_of("ffmpeg -v fatal -nostdin -noautorotate -i '%s' -noautorotate -i '%s' "
                                        "-filter_complex \"[0:v]%ssettb=1/25,setpts=N[a];[1:v]%ssettb=1/25,setpts=N[b];"
                                        "[a][b]psnr=stats_file=-\" -vsync passthrough -f null /dev/null | sed -n "
                                        "'s/.*psnr_avg:\\([^ ]*\\).*/\\1/p' | sed 's/inf/100/'",
                                        one, other, one_filter, other_filter);

    return series_of(&lines);
}

static inline double smaller(double one, double other)
{
    return one < other ? one : other;
}

static inline double larger(double one, double other)
{
    return one > other ? one : other;
}

static inline double least(const struct series *series)
{
    double number = INFINITY;

    for (size_t i = 0; i < series->count; i++)
        number = smaller(number, series->at[i]);
    return number;
}

static inline double most(const struct series *series)
{
    double number = -INFINITY;

    for (size_t i = 0; i < series->count; i++)
        number = larger(number, series->at[i]);
    return number;
}

static inline void expect_no_word(const struct exh_strings *lines, const char *path)
{
    if (lines->count)
        fail_msg("%s: %s", path, lines->at[0]);
}

/* One value of a stream, as ffprobe shows it. */
static inline void expect_entry(const char *path, const char *stream, const char *entry, const char *value)
{
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings lines = lines_of(
        "ffprobe -v error -select_streams %s -show_entries stream=%s -of csv=p=0 '%s' 2>&1", stream, entry, path);

    if (lines.count != 1 || strcmp(lines.at[0], value) != 0)
        fail_msg("%s: %s is %s, not %s", path, entry, lines.count ? lines.at[0] : "not there", value);
}

/* ---- boxes ---- */

static inline uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The kinds of all boxes of a file, "moov/trak/mdia", in order. */
static inline void add_boxes(const uint8_t *bytes, size_t size, const char *within, struct exh_strings *kinds)
{
    static const char holders[] = "moov trak mdia minf dinf stbl udta edts";

    for (size_t i = 0; i + 8 <= size;) {
        size_t box = big_endian(bytes + i), head = 8;
        char kind[5] = { 0 };
        memcpy(kind, bytes + i + 4, 4);
        if (box == 1 && i + 16 <= size) {
            box = (size_t)big_endian(bytes + i + 8) << 32 | big_endian(bytes + i + 12);
            head = 16;
        }
        assert_true(box >= head && box <= size - i);
        EXH_CLEANUP(exh_freep) char *path = exh_format("%s%s%s", within, *within ? "/" : "", kind);
        exh_strings_add(kinds, path);
        if (strstr(holders, kind))
            add_boxes(bytes + i + head, box - head, path, kinds);
        i += box;
    }
}

static inline uint8_t *whole_file(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "r");
    struct stat about;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &about), 0);
    uint8_t *bytes = exh_alloc((size_t)about.st_size + 1);
    *ret_size = fread(bytes, 1, (size_t)about.st_size, file);
    fclose(file);
    return bytes;
}

static inline struct exh_strings boxes_of(const char *path)
{
    struct exh_strings kinds = EXH_STRINGS_NONE;
    size_t size;
    EXH_CLEANUP(exh_freep) uint8_t *bytes = whole_file(path, &size);

    add_boxes(bytes, size, "", &kinds);
    return kinds;
}

static inline size_t place_of(const struct exh_strings *kinds, const char *kind)
{
    for (size_t i = 0; i < kinds->count; i++)
        if (strcmp(kinds->at[i], kind) == 0)
            return i;
    return SIZE_MAX;
}

/* ---- what holds of every copy ---- */

static inline void expect_boxes(const char *path)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings kinds = boxes_of(path);
    size_t tracks = 0;

    assert_true(place_of(&kinds, "moov") < place_of(&kinds, "mdat"));
    for (size_t i = 0; i < kinds.count; i++) {
        assert_null(strstr(kinds.at[i], "edts"));
        tracks += strcmp(kinds.at[i], "moov/trak") == 0;
    }
    assert_true(tracks == 1 || tracks == 2);
}

static inline void expect_streams(const char *path)
{
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings streams =
        lines_of("ffprobe -v error -show_entries stream=codec_name,profile,pix_fmt,field_order,sample_aspect_ratio"
                 " -of csv=p=0 '%s' 2>&1",
                 path);

    assert_true(streams.count == 1 || streams.count == 2);
    assert_string_equal(streams.at[0], "h264,High,1:1,yuv420p,progressive");
    if (streams.count == 2)
        assert_string_equal(streams.at[1], "aac,LC");
}

static inline void expect_no_complaint(const char *path)
{
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings complaints = lines_of("ffmpeg -v error -nostdin -err_detect explode -i '%s' -vsync passthrough "
                                             "-enc_time_base:v 1:90000 -f null - 2>&1",
                                             path);

    expect_no_word(&complaints, path);
}

static inline void expect_sound_copy(const char *path)
{
    expect_boxes(path);
    expect_streams(path);
    expect_no_complaint(path);
}

/* Times are those wanted, counted from the first, to within a tick and what ffprobe rounds. Pictures whose times stand
 * still come a tick after one another: no player shows two at once. */
static inline void expect_times(const struct series *got, const struct series *wanted, const char *name)
{
    double earliest = -1;

    if (got->count != wanted->count)
        fail_msg("%s: %zu pictures, not %zu", name, got->count, wanted->count);
    for (size_t i = 0; i < got->count; i++) {
        double due = larger(wanted->at[i] - wanted->at[0], earliest);
        if (!isnan(wanted->at[i]) && fabs(got->at[i] - due) > 2.1 / 90000)
            fail_msg("%s: picture %zu is shown at %f, not at %f", name, i, got->at[i], due);
        earliest = got->at[i] + 1.0 / 90000;
    }
}

static inline void expect_near(double got, double wanted, double by, const char *what)
{
    if (!(fabs(got - wanted) <= by))
        fail_msg("%s: %f, not %f", what, got, wanted);
}

#endif
