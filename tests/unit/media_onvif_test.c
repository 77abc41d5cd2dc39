/* media: what a part says of itself: the boxes of the ONVIF Export File Format, chapters, creation times. The reader
 * of boxes here shares nothing with the code that writes them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "exhibit/media.h"
#include "footage.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
static const int64_t start_ns = INT64_C(1638738600) * SECOND + 280 * INT64_C(1000000);     /* 2021-12-05 21:10:00.280 */
static char directory[64];

/* ---- cutting, without the helper's process ---- */

enum { MOST_PIECES = 1000 };
struct job {
    char *paths[MOST_PIECES];
    struct exh_media_piece pieces[MOST_PIECES];
    size_t count;
    struct exh_media_cut cut;
    struct exh_text bytes, runs;
    struct exh_media_join joins[MOST_PIECES];
    size_t join_count;
    int64_t video_packets, first_ns, end_ns;
};

static bool open_piece(void *context, size_t piece, int *ret_fd, struct exh_error *err)
{
    struct job *job = context;

    *ret_fd = open(job->paths[piece], O_RDONLY | O_CLOEXEC);
    return *ret_fd >= 0 || exh_fail_os(err, "cannot open '%s'", job->paths[piece]);
}

static bool take_literal(void *context, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    struct job *job = context;

    (void)err;
    exh_text_add(&job->bytes, bytes, size);
    return true;
}

static bool take_run(void *context, size_t piece, uint64_t offset, uint64_t size, struct exh_error *err)
{
    struct job *job = context;
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(size);
    int fd;

    exh_text_printf(&job->runs, "%zu %" PRIu64 " %" PRIu64 "\n", piece, offset, size);
    assert_true(open_piece(context, piece, &fd, err));
    assert_int_equal(pread(fd, bytes, size, (off_t)offset), size);
    close(fd);
    exh_text_add(&job->bytes, bytes, size);
    return true;
}

static void free_job(struct job **job)
{
    for (size_t i = 0; i < (*job)->count; i++)
        free((*job)->paths[i]);
    exh_media_about_clear(&(*job)->cut.about);
    exh_text_clear(&(*job)->bytes);
    exh_text_clear(&(*job)->runs);
    free(*job);
}

static void add_piece(struct job *job, const char *name, int64_t begin_ns, int64_t length_ns)
{
    job->paths[job->count] = exh_format("%s/%s", directory, name);
    job->pieces[job->count++] = (struct exh_media_piece){ .start_ns = begin_ns, .span_end_ns = length_ns };
}

/* A part of one piece, or of more: the same segment again and again, each @length_ns after the one before. */
static struct job *new_job(const char *name, size_t count, int64_t length_ns)
{
    struct job *job = exh_alloc(sizeof *job);

    for (size_t i = 0; i < count; i++)
        add_piece(job, name, start_ns + (int64_t)i * length_ns, length_ns);
    job->cut = (struct exh_media_cut){ .from_ns = start_ns, .to_ns = start_ns + (int64_t)count * length_ns };
    return job;
}

/* 2021-12-06 09:00:01.750 */
static void say_about(struct job *job, const char *unit, const char *person, const char *source, const char *url)
{
    job->cut.says_about = true;
    job->cut.about = (struct exh_media_about){ .unit = exh_strdup(unit), .person = exh_strdup(person),
                                               .source = exh_strdup(source), .url = exh_strdup(url),
                                               .time_ns = INT64_C(1638781201) * SECOND + 750 * INT64_C(1000000) };
}

static void set_zone(struct job *job, const struct exh_media_zone_step *steps, size_t count)
{
    job->cut.about.zone = exh_memdup(steps, count * sizeof *steps);
    job->cut.about.zone_count = count;
}

static void keep_plan(struct job *job, const struct exh_media_plan *plan)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *part = exh_media_plan_part(plan);
    const struct exh_media_join *joins = exh_media_plan_joins(plan, &job->join_count);

    memcpy(job->joins, joins, job->join_count * sizeof *joins);
    job->video_packets = exh_json_int_or(part, "video_packets", -1);
    job->first_ns = exh_json_int_or(part, "first_ns", -1);
    job->end_ns = exh_json_int_or(part, "end_ns", -1);
    assert_int_equal(exh_json_int_or(part, "size", -1), job->bytes.size);
}

static bool try_cut(struct job *job, struct exh_error *err)
{
    EXH_CLEANUP(exh_media_plan_freep) struct exh_media_plan *plan = NULL;
    struct exh_media_host host = { .open = open_piece, .context = job };
    struct exh_media_sink sink = { take_literal, take_run, job };

    exh_text_clear(&job->bytes);
    exh_text_clear(&job->runs);
    if (!exh_media_plan(job->pieces, job->count, &job->cut, &host, &plan, err)
        || !exh_media_deliver(plan, &host, &sink, err))
        return false;
    keep_plan(job, plan);
    return true;
}

static void cut(struct job *job)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!try_cut(job, &err))
        fail_msg("%s", err.text);
}

/* The part as a file, for stock programs. */
static const char *save(const struct job *job, const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_int_equal(fwrite(job->bytes.bytes, 1, job->bytes.size, file), job->bytes.size);
    fclose(file);
    return path;
}

/* ---- boxes ---- */

struct range { const uint8_t *at; size_t size; };

static uint64_t number(const uint8_t *bytes, int size)
{
    uint64_t value = 0;

    for (int i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* The contents of the @nth box of @type in @in. */
static struct range box_in(struct range in, const char *type, size_t nth)
{
    while (in.size >= 8) {
        uint64_t size = number(in.at, 4), header = 8;
        if (size == 1) {
            size = number(in.at + 8, 8);
            header = 16;
        }
        if (size < header || size > in.size)
            fail_msg("a box of %" PRIu64 " bytes where %zu are left", size, in.size);
        if (memcmp(in.at + 4, type, 4) == 0 && nth-- == 0)
            return (struct range){ in.at + header, size - header };
        in = (struct range){ in.at + size, in.size - size };
    }
    assert_int_equal(in.size, 0);
    return (struct range){ NULL, 0 };
}

static struct range file_of(const struct job *job)
{
    return (struct range){ (const uint8_t *)job->bytes.bytes, job->bytes.size };
}

static struct range meta_of(const struct job *job)
{
    struct range meta = box_in(file_of(job), "meta", 0);

    return meta.at ? (struct range){ meta.at + 4, meta.size - 4 } : meta;
}

static struct range track_box(const struct job *job, size_t track, const char *type)
{
    return box_in(box_in(box_in(file_of(job), "moov", 0), "trak", track), type, 0);
}

/* The types of the boxes on the top, in order: "ftyp moov". */
static char *order_of(const struct job *job)
{
    struct exh_text types = EXH_TEXT_NONE;
    struct range file = file_of(job);

    for (size_t at = 0; at < file.size; at += number(file.at + at, 4) == 1 ? number(file.at + at + 8, 8) : number(file.at + at, 4))
        exh_text_printf(&types, "%s%.4s", at ? " " : "", (const char *)file.at + at + 4);
    return exh_text_take(&types);
}

/* The time that cstb gives for track @id, as Unix time; 0 where it gives none. */
static int64_t cstb_ns(const struct job *job, uint32_t id)
{
    struct range cstb = box_in(meta_of(job), "cstb", 0);

    assert_non_null(cstb.at);
    assert_int_equal(cstb.size, 4 + 12 * number(cstb.at, 4));
    for (const uint8_t *entry = cstb.at + 4; entry < cstb.at + cstb.size; entry += 12)
        if (number(entry, 4) == id)
            return (int64_t)(number(entry + 4, 8) - UINT64_C(116444736000000000)) * 100;
    return 0;
}

/* ---- footage: 25 pictures a second ---- */

static void make(const char *name, const char *options)
{
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=192x108:r=25 "
                               "-f lavfi -i sine=r=16000 %s -pix_fmt yuv420p '%s/%s'", options, directory, name);

    if (!footage_run(command))
        fail_msg("cannot make %s", name);
}
#define X264 "-c:v libx264 -preset ultrafast -sc_threshold 0 -g 25 -keyint_min 25 -bf 0 "
#define SILENT "-t 2 -map 0:v " X264
#define AAC "-c:a aac -ac 1 -b:a 32k "

/* ---- the boxes ---- */

static void the_meta_box_is_these_bytes(void **state)
{
    /* The worked example of docs/formats/onvif.md. */
    static const char expected[] =
        "000000af" "6d657461" "00000000"
        "00000021" "68646c72" "00000000" "00000000" "6e756c6c" "000000000000000000000000" "00"
        "0000006a" "73756570" "01000000"
        "46656e6c616e64204469737472696374" "20436f756e63696c00" "00" "00"
        "00000000ddd38191" "4f5000" "00000001"
        "0001" "776973626563682d31322c204d61726b657420506c61636500"
        "727473703a2f2f3139322e302e322e31322f6c69766500" "00" "00"
        "00000018" "63737462" "00000001" "00000001" "01d7ea1c76bcfd80";
    EXH_CLEANUP(free_job) struct job *job = new_job("plain.mp4", 1, 2 * SECOND);

    (void)state;
    make("plain.mp4", SILENT);
    say_about(job, "Fenland District Council", "OP", "wisbech-12, Market Place", "rtsp://192.0.2.12/live");
    cut(job);
    struct range meta = meta_of(job);
    assert_non_null(meta.at);
    EXH_CLEANUP(exh_freep) char *got = exh_alloc(2 * (meta.size + 12) + 1);
    exh_hex(got, meta.at - 12, meta.size + 12);
    assert_string_equal(got, expected);
}

static void the_meta_box_stands_between_the_tables_and_the_packets_and_the_plan_knows_its_size(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job("plain.mp4", 1, 2 * SECOND);

    (void)state;
    say_about(job, "", "", "", "");
    cut(job);
    EXH_CLEANUP(exh_freep) char *order = order_of(job);
    assert_string_equal(order, "ftyp moov meta free free mdat");
}

static void a_part_that_has_nothing_to_say_says_nothing(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job("plain.mp4", 1, 2 * SECOND);

    (void)state;
    cut(job);
    EXH_CLEANUP(exh_freep) char *order = order_of(job);
    assert_string_equal(order, "ftyp moov free free mdat");
    assert_null(track_box(job, 1, "tkhd").at);
}

static void absent_values_are_a_terminator_alone(void **state)
{
    static const uint8_t expected[] = { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xdd, 0xd3, 0x81, 0x91, 0, 0, 0, 0, 1,
                                        0, 1, 0, 0, 0, 0 };
    EXH_CLEANUP(free_job) struct job *job = new_job("plain.mp4", 1, 2 * SECOND);

    (void)state;
    say_about(job, "", "", "", "");
    cut(job);
    struct range suep = box_in(meta_of(job), "suep", 0);
    assert_int_equal(suep.size, sizeof expected);
    assert_memory_equal(suep.at, expected, sizeof expected);
}

static void words_are_utf_8_and_as_long_as_they_are(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job("plain.mp4", 1, 2 * SECOND);
    char *source = exh_alloc(100001);

    (void)state;
    memset(source, 'x', 100000);
    say_about(job, "Cyngor Sir Ynys M\xc3\xb4n", "\xc3\x93P", source, "");
    cut(job);
    struct range suep = box_in(meta_of(job), "suep", 0);
    assert_string_equal((const char *)suep.at + 4, "Cyngor Sir Ynys M\xc3\xb4n");
    assert_string_equal((const char *)suep.at + 4 + 21 + 2 + 8, "\xc3\x93P");
    assert_string_equal((const char *)suep.at + 4 + 21 + 2 + 8 + 4 + 4 + 2, source);
    free(source);
}

static double time_of(const char *path, const char *stream, bool earliest)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings times = footage_field(path, stream, "pts_time");
    double least = 1e9;

    assert_true(times.count > 0);
    for (size_t i = 0; i < times.count; i++)
        least = atof(times.at[i]) < least ? atof(times.at[i]) : least;
    return earliest ? least : atof(times.at[0]);
}

static void a_track_that_begins_later_has_a_later_time(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job("late.mp4", 1, 2 * SECOND);

    (void)state;
    make("late.mp4", "-t 2 -filter_complex '[1:a]asetpts=PTS+0.7/TB[a]' -map 0:v -map [a] " X264 AAC);
    say_about(job, "", "", "camera", "");
    cut(job);
    const char *path = save(job, "part.mp4");
    double later = time_of(path, "a:0", true) - time_of(path, "v:0", true);
    assert_true(later > 0.5 && later < 0.8);
    assert_int_equal(cstb_ns(job, 1), job->first_ns);
    double told = (double)(cstb_ns(job, 2) - cstb_ns(job, 1)) / 1e9;
    if (told - later > 1e-6 || later - told > 1e-6)
        fail_msg("told %f, is %f", told, later);
    assert_int_equal(number(box_in(meta_of(job), "suep", 0).at + 16, 4), 2);
}

static void a_track_that_begins_earlier_has_an_earlier_time(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job("early.mp4", 1, 2 * SECOND);

    (void)state;
    make("early.mp4", "-t 2 -vsync passthrough -filter_complex '[0:v]setpts=PTS+0.6/TB[v]' -map [v] -map 1:a " X264 AAC);
    say_about(job, "", "", "", "");
    cut(job);
    const char *path = save(job, "part.mp4");
    double earlier = time_of(path, "v:0", true) - time_of(path, "a:0", true);
    double told = (double)(cstb_ns(job, 1) - cstb_ns(job, 2)) / 1e9;
    assert_int_equal(cstb_ns(job, 1), job->first_ns);
    if (earlier < 0.001 || told - earlier > 1e-6 || earlier - told > 1e-6)
        fail_msg("told %f, is %f", told, earlier);
}

/* Section 5.3: of the origin of the media timeline. Here pictures are shown that come before the first in order of
 * decoding, and that is not where the earliest is shown. */
static void the_time_is_that_of_the_origin_of_the_tracks_timeline(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job("open1.mp4", 1, 2 * SECOND);

    (void)state;
    make("open%d.mp4", "-t 4 -map 0:v -c:v libx264 -preset ultrafast -sc_threshold 0 -bf 2 -b_strategy 0 "
                       "-x264-params open-gop=1:keyint=24:min-keyint=24 -f segment -segment_time 1.9 -reset_timestamps 1");
    say_about(job, "", "", "", "");
    cut(job);
    const char *path = save(job, "part.mp4");
    double earliest = time_of(path, "v:0", true);
    assert_true(time_of(path, "v:0", false) > earliest + 0.03 && earliest > 0.03);
    double after = (double)(job->first_ns - cstb_ns(job, 1)) / 1e9;
    if (after - earliest > 1e-6 || earliest - after > 1e-6)
        fail_msg("the first picture is shown at %f, %f after the time told", earliest, after);
}

static void the_same_input_gives_the_same_bytes(void **state)
{
    EXH_CLEANUP(free_job) struct job *one = new_job("late.mp4", 3, 2 * SECOND);
    EXH_CLEANUP(free_job) struct job *two = new_job("late.mp4", 3, 2 * SECOND);

    (void)state;
    say_about(one, "unit", "OP", "camera", "url");
    say_about(two, "unit", "OP", "camera", "url");
    cut(one);
    cut(two);
    assert_int_equal(one->bytes.size, two->bytes.size);
    assert_memory_equal(one->bytes.bytes, two->bytes.bytes, one->bytes.size);
}

static void expect_same_packets(const char *with, const char *without, const char *stream)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings a = footage_hashes(with, stream, false);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings b = footage_hashes(without, stream, false);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings when_a = footage_field(with, stream, "pts,dts,duration");
    EXH_CLEANUP(exh_strings_clear) struct exh_strings when_b = footage_field(without, stream, "pts,dts,duration");

    assert_true(a.count > 0 && a.count == b.count && when_a.count == a.count && when_b.count == b.count);
    for (size_t i = 0; i < a.count; i++) {
        assert_string_equal(a.at[i], b.at[i]);
        assert_string_equal(when_a.at[i], when_b.at[i]);
    }
}

static uint64_t mvhd_duration(const struct job *job)
{
    return number(box_in(box_in(file_of(job), "moov", 0), "mvhd", 0).at + 16, 4);
}

static void runs_packets_and_times_are_those_of_a_part_that_says_nothing(void **state)
{
    static const char *const segments[] = { "late.mp4", "early.mp4", "open1.mp4" };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(segments); i++) {
        EXH_CLEANUP(free_job) struct job *with = new_job(segments[i], 4, 2 * SECOND);
        EXH_CLEANUP(free_job) struct job *without = new_job(segments[i], 4, 2 * SECOND);
        say_about(with, "unit", "OP", "camera", "url");
        cut(with);
        cut(without);
        EXH_CLEANUP(exh_freep) char *saved = exh_strdup(save(without, "without.mp4"));
        assert_string_equal(with->runs.bytes, without->runs.bytes);
        assert_int_equal(mvhd_duration(with), mvhd_duration(without));
        struct range said = box_in(file_of(with), "mdat", 0), unsaid = box_in(file_of(without), "mdat", 0);
        assert_int_equal(said.size, unsaid.size);
        assert_memory_equal(said.at, unsaid.at, said.size);
        expect_same_packets(save(with, "with.mp4"), saved, "v:0");
        if (i < 2)
            expect_same_packets(save(with, "with.mp4"), saved, "a:0");
    }
}

/* ---- chapters ---- */

/* "start,end,title" of each, milliseconds. */
static struct exh_strings chapters_of(const char *path)
{
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffprobe -v fatal -show_chapters -of json '%s' | jq -r '.chapters[] | "
                               "[.start_time, .end_time] + [.tags.title] | "
                               "\"\\(.[0] | tonumber * 1000 | round) \\(.[1] | tonumber * 1000 | round) \\(.[2])\"'", path);

    return footage_lines(command);
}

/* "start title" of each in the list itself, start in 100 ns. */
static struct exh_strings chapter_list(const struct job *job)
{
    struct exh_strings all = EXH_STRINGS_NONE;
    struct range chpl = box_in(box_in(box_in(file_of(job), "moov", 0), "udta", 0), "chpl", 0);

    assert_true(chpl.size >= 9 && number(chpl.at, 8) == UINT64_C(1) << 56);
    const uint8_t *at = chpl.at + 9, *end = chpl.at + chpl.size;
    for (uint64_t i = 0; i < chpl.at[8]; i++, at += 9 + at[8]) {
        assert_true(end - at >= 9 && end - at >= 9 + at[8]);
        exh_strings_addf(&all, "%" PRIu64 " %.*s", number(at, 8), at[8], (const char *)at + 9);
    }
    assert_ptr_equal(at, end);
    return all;
}

static void each_join_has_a_chapter_with_local_time_and_utc(void **state)
{
    static const char *const expected[] = {
        "0 2000 21:10:00 GMT, 2021-12-05T21:10:00Z",
        "2000 4000 21:10:02 GMT, 2021-12-05T21:10:02Z",
        "4000 6000 21:10:04 GMT, 2021-12-05T21:10:04Z",
    };
    static const struct exh_media_zone_step gmt = { .from_ns = 0, .offset_s = 0, .name = "GMT" };
    EXH_CLEANUP(free_job) struct job *job = new_job("plain.mp4", 3, 2 * SECOND);

    (void)state;
    say_about(job, "", "", "", "");
    set_zone(job, &gmt, 1);
    cut(job);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings got = chapters_of(save(job, "part.mp4"));
    assert_int_equal(got.count, EXH_COUNT(expected));
    for (size_t i = 0; i < got.count; i++)
        assert_string_equal(got.at[i], expected[i]);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings list = chapter_list(job);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.at[2], "40000000 21:10:04 GMT, 2021-12-05T21:10:04Z");
}

/* The local time of a chapter follows the clocks of the zone; without a zone there is UTC alone. */
static void chapters_follow_the_clocks_when_they_change(void **state)
{
    /* 2021-10-31 01:00:00 UTC: summer time ends, at the second of three joins. */
    static const int64_t change = INT64_C(1635642000) * SECOND;
    static const struct exh_media_zone_step steps[] = { { .from_ns = 0, .offset_s = 3600, .name = "BST" },
                                                        { .from_ns = change, .offset_s = 0, .name = "GMT" } };
    EXH_CLEANUP(free_job) struct job *job = new_job("plain.mp4", 3, 2 * SECOND);

    (void)state;
    for (size_t i = 0; i < 3; i++)
        job->pieces[i].start_ns += change - start_ns - 2 * SECOND;
    job->cut.from_ns = change - 2 * SECOND;
    job->cut.to_ns = change + 4 * SECOND;
    say_about(job, "", "", "", "");
    set_zone(job, steps, 2);
    cut(job);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings local = chapter_list(job);
    assert_string_equal(local.at[0], "0 01:59:58 BST, 2021-10-31T00:59:58Z");
    assert_string_equal(local.at[1], "20000000 01:00:00 GMT, 2021-10-31T01:00:00Z");
    assert_string_equal(local.at[2], "40000000 01:00:02 GMT, 2021-10-31T01:00:02Z");
    job->cut.about.zone_count = 0;
    cut(job);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings utc = chapter_list(job);
    assert_string_equal(utc.at[1], "20000000 2021-10-31T01:00:00Z");
}

static void of_very_many_joins_every_so_many_have_a_chapter(void **state)
{
    static const struct { size_t joins, chapters, every; } cases[] = {
        { 255, 255, 1 }, { 256, 128, 2 }, { 511, 171, 3 }, { 1000, 250, 4 },
    };

    (void)state;
    make("short.mp4", "-t 0.2 -map 0:v " X264);
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job("short.mp4", cases[i].joins, SECOND / 5);
        say_about(job, "", "", "", "");
        cut(job);
        assert_int_equal(job->join_count, cases[i].joins);
        EXH_CLEANUP(exh_strings_clear) struct exh_strings got = chapters_of(save(job, "part.mp4"));
        EXH_CLEANUP(exh_strings_clear) struct exh_strings list = chapter_list(job);
        assert_int_equal(got.count, cases[i].chapters);
        assert_int_equal(list.count, cases[i].chapters);
        assert_int_equal(atoi(got.at[1]), 200 * cases[i].every);
        assert_int_equal(job->video_packets, 5 * cases[i].joins);
    }
}

/* ---- creation times ---- */

static void all_tables_agree_when_the_first_frame_was_shown(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job("late.mp4", 1, 2 * SECOND);
    uint64_t expected = (uint64_t)(start_ns / SECOND) + UINT64_C(2082844800);

    (void)state;
    say_about(job, "", "", "", "");
    cut(job);
    assert_int_equal(job->first_ns, start_ns);
    assert_int_equal(number(box_in(box_in(file_of(job), "moov", 0), "mvhd", 0).at + 4, 4), expected);
    for (size_t track = 0; track < 2; track++) {
        assert_int_equal(number(track_box(job, track, "tkhd").at + 4, 4), expected);
        assert_int_equal(number(box_in(track_box(job, track, "mdia"), "mdhd", 0).at + 4, 4), expected);
    }
    assert_null(track_box(job, 2, "tkhd").at);
}

/* RFC 9559, 5.1.2.11: nanoseconds since 2001. */
static void matroska_keeps_the_fraction_of_the_second(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job("mulaw.mkv", 2, 2 * SECOND);

    (void)state;
    make("mulaw.mkv", "-t 2 -map 0:v -map 1:a " X264 "-c:a pcm_mulaw -ar 8000");
    say_about(job, "", "", "", "");
    cut(job);
    const uint8_t *date = memmem(job->bytes.bytes, job->bytes.size, "\x44\x61\x88", 3);
    assert_non_null(date);
    assert_int_equal(number(date + 3, 8), job->first_ns - INT64_C(978307200) * SECOND);
    assert_int_equal(job->first_ns, start_ns);
}

static void matroska_says_the_same_in_tags_and_has_the_chapters(void **state)
{
    static const char *const expected[] = {
        "EXPORT_OPERATOR=OP", "EXPORT_UNIT_NAME=Cyngor Sir Ynys M\xc3\xb4n", "EXPORT_UNIT_TIME=2021-12-06T09:00:01Z",
        "SOURCE_NAME=camera",
    };
    EXH_CLEANUP(free_job) struct job *job = new_job("mulaw.mkv", 2, 2 * SECOND);
    EXH_CLEANUP(free_job) struct job *again = new_job("mulaw.mkv", 2, 2 * SECOND);

    (void)state;
    say_about(job, "Cyngor Sir Ynys M\xc3\xb4n", "OP", "camera", "");
    say_about(again, "Cyngor Sir Ynys M\xc3\xb4n", "OP", "camera", "");
    cut(job);
    cut(again);
    assert_int_equal(job->bytes.size, again->bytes.size);
    assert_memory_equal(job->bytes.bytes, again->bytes.bytes, job->bytes.size);
    const char *path = save(job, "part.mkv");
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffprobe -v fatal -show_entries format_tags -of default=nk=0:nw=1 '%s' | sed -n "
                               "'s/^TAG:\\(EXPORT\\|SOURCE\\)/\\1/p' | sort", path);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings tags = footage_lines(command);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings chapters = chapters_of(path);
    assert_int_equal(tags.count, EXH_COUNT(expected));
    for (size_t i = 0; i < tags.count; i++)
        assert_string_equal(tags.at[i], expected[i]);
    assert_int_equal(chapters.count, 2);
    assert_string_equal(chapters.at[1], "2000 4000 2021-12-05T21:10:02Z");
}

/* ---- real footage ---- */

static size_t checked;

static struct job *job_of_path(const char *path, int64_t length_ns, bool says_about)
{
    struct job *job = new_job("", 1, length_ns);

    free(job->paths[0]);
    job->paths[0] = exh_strdup(path);
    if (says_about)
        say_about(job, "unit", "OP", "camera", "");
    return job;
}

/* The length of the first stretch without a hole; 0 where nothing can be used. */
static int64_t length_of(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct exh_media_host host = { .tick = NULL };
    EXH_CLEANUP(exh_json_freep) struct exh_json *found = exh_media_probe(fd, (struct exh_media_rate){ 0, 0 }, &host);

    close(fd);
    return exh_json_as_int(exh_json_at(exh_json_at(exh_json_get(found, "spans"), 0), 1));
}

static int try_file(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error one = EXH_ERROR_NONE, two = EXH_ERROR_NONE;
    int64_t length_ns = kind == FTW_F ? length_of(path) : 0;

    (void)about, (void)walk;
    if (length_ns <= 0)
        return 0;
    EXH_CLEANUP(free_job) struct job *with = job_of_path(path, length_ns, true);
    EXH_CLEANUP(free_job) struct job *without = job_of_path(path, length_ns, false);
    bool done = try_cut(with, &one);
    if (done != try_cut(without, &two))
        fail_msg("%s: %s", path, done ? two.text : one.text);
    if (!done || memcmp(with->bytes.bytes + 4, "ftyp", 4))
        return 0;
    struct range said = box_in(file_of(with), "mdat", 0), unsaid = box_in(file_of(without), "mdat", 0);
    if (said.size != unsaid.size || memcmp(said.at, unsaid.at, said.size) || !box_in(meta_of(with), "suep", 0).at
        || cstb_ns(with, 1) / 1000 > with->first_ns / 1000)
        fail_msg("%s: another part", path);
    checked++;
    return 0;
}

static void real_footage_gives_the_same_packets_whatever_is_said_of_it(void **state)
{
    const char *named = getenv("EXHIBIT_MATERIAL"), *material = named ? named : "../shared/material";
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/footage", material);

    (void)state;
    if (access(path, R_OK)) {
        print_message("no collection of footage at '%s'\n", material);
        free(exh_steal(&path));              /* skip() does not come back to free it */
        skip();
    }
    assert_int_equal(nftw(path, try_file, 16, FTW_PHYS), 0);
    assert_true(checked > 0);
}

/* ---- before and after ---- */

static int set_up(void **state)
{
    (void)state;
    exh_media_start();
    strcpy(directory, "/tmp/exhibit-onvif-XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int clean_up(void **state)
{
    EXH_CLEANUP(exh_freep) char *command = exh_format("rm -rf '%s'", directory);

    (void)state;
    return footage_run(command) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_meta_box_is_these_bytes),
        cmocka_unit_test(the_meta_box_stands_between_the_tables_and_the_packets_and_the_plan_knows_its_size),
        cmocka_unit_test(a_part_that_has_nothing_to_say_says_nothing),
        cmocka_unit_test(absent_values_are_a_terminator_alone),
        cmocka_unit_test(words_are_utf_8_and_as_long_as_they_are),
        cmocka_unit_test(a_track_that_begins_later_has_a_later_time),
        cmocka_unit_test(a_track_that_begins_earlier_has_an_earlier_time),
        cmocka_unit_test(the_time_is_that_of_the_origin_of_the_tracks_timeline),
        cmocka_unit_test(the_same_input_gives_the_same_bytes),
        cmocka_unit_test(runs_packets_and_times_are_those_of_a_part_that_says_nothing),
        cmocka_unit_test(each_join_has_a_chapter_with_local_time_and_utc),
        cmocka_unit_test(chapters_follow_the_clocks_when_they_change),
        cmocka_unit_test(of_very_many_joins_every_so_many_have_a_chapter),
        cmocka_unit_test(all_tables_agree_when_the_first_frame_was_shown),
        cmocka_unit_test(matroska_keeps_the_fraction_of_the_second),
        cmocka_unit_test(matroska_says_the_same_in_tags_and_has_the_chapters),
        cmocka_unit_test(real_footage_gives_the_same_packets_whatever_is_said_of_it),
    };

    return cmocka_run_group_tests(tests, set_up, clean_up);
}
