/* helper: what exhibit-media finds in footage and cuts from it, and what becomes of one that lies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "exhibit/helper.h"
#include "exhibit/text.h"
#include "footage.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
static const int64_t start_ns = INT64_C(1638738600) * SECOND;      /* 2021-12-05 21:10 */

/* One directory for all footage of this run, and the real helper. */
struct place { char directory[64]; char helper[PATH_MAX]; };
static struct place place;

static const char *at(char buffer[PATH_MAX], const char *name)
{
    snprintf(buffer, PATH_MAX, "%s/%s", place.directory, name);
    return buffer;
}

/* ---- cutting, as an export does ---- */

enum { MOST_SEGMENTS = 4000 };
struct job {
    struct exh_helper *helper;
    char *paths[MOST_SEGMENTS];
    struct exh_cut_piece pieces[MOST_SEGMENTS];
    size_t count;
    struct exh_part part;
    FILE *clip;
    uint64_t literal, runs;
};

static bool open_segment(void *context, size_t segment, int *ret_fd, struct exh_error *err)
{
    struct job *job = context;

    *ret_fd = open(job->paths[segment], O_RDONLY | O_CLOEXEC);
    return *ret_fd >= 0 || exh_fail_os(err, "cannot open '%s'", job->paths[segment]);
}

static bool take_literal(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct job *job = context;

    job->literal += size;
    return fwrite(bytes, 1, size, job->clip) == size || exh_fail_os(err, "cannot write");
}

static bool take_run(void *context, size_t segment, uint64_t offset, uint64_t size, struct exh_error *err)
{
    struct job *job = context;
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(size);
    int fd;

    job->runs++;
    if (!open_segment(context, segment, &fd, err))
        return false;
    ssize_t n = pread(fd, bytes, size, (off_t)offset);
    close(fd);
    if (n != (ssize_t)size)
        return exh_fail(err, EXH_MALFORMED, "a run lies outside its segment");
    return fwrite(bytes, 1, size, job->clip) == size || exh_fail_os(err, "cannot write");
}

static struct job *new_job(void)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct job *job = exh_alloc(sizeof *job);

    exh_helper_set_program(place.helper);
    if (!exh_helper_start(&job->helper, &err))
        fail_msg("%s", err.text);
    return job;
}

static void free_job(struct job **job)
{
    exh_helper_freep(&(*job)->helper);
    exh_part_clear(&(*job)->part);
    for (size_t i = 0; i < (*job)->count; i++)
        free((*job)->paths[i]);
    free(*job);
}

static struct exh_probe probe_path(struct job *job, const char *path)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_probe probe = { .tracks = NULL };
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    if (!exh_helper_probe(job->helper, fd, &probe, &err))
        fail_msg("%s: %s", path, err.text);
    close(fd);
    return probe;
}

/* Adds a segment that begins where the one before it ended. Returns whether anything of it can be used. */
static bool add_segment(struct job *job, const char *path)
{
    EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, path);
    const struct exh_cut_piece *before = job->count ? &job->pieces[job->count - 1] : NULL;

    if (probe.span_count == 0)
        return false;
    job->paths[job->count] = exh_strdup(path);
    job->pieces[job->count] = (struct exh_cut_piece){
        .segment = job->count,
        .start_ns = before ? before->start_ns + before->span.end_ns : start_ns,
        .span = probe.spans[0],
    };
    job->count++;
    return true;
}

static void add_segments(struct job *job, const char *pattern, int count)
{
    char path[PATH_MAX];

    for (int i = 0; i < count; i++) {
        EXH_CLEANUP(exh_freep) char *number = exh_format("%d", i);
        EXH_CLEANUP(exh_freep)
        char *name = exh_format("%.*s%s%s", (int)strcspn(pattern, "%"), pattern, number, strchr(pattern, '%') + 2);
        assert_true(add_segment(job, at(path, name)));
    }
}

static struct exh_cut cut_of(struct job *job, double from, double to)
{
    return (struct exh_cut){
        .pieces = job->pieces, .piece_count = job->count,
        .from_ns = start_ns + (int64_t)(from * 1e9), .to_ns = start_ns + (int64_t)(to * 1e9),
        .open = open_segment, .context = job,
    };
}

/* Cuts a part into the file "clip.<suffix>"; gives its path. */
static bool try_cut(struct job *job, double from, double to, char path[PATH_MAX], struct exh_error *err)
{
    struct exh_cut cut = cut_of(job, from, to);
    struct exh_part_sink sink = { take_literal, take_run, job };
    char name[32];

    if (!exh_helper_plan(job->helper, &cut, &job->part, err))
        return false;
    snprintf(name, sizeof name, "clip.%s", job->part.suffix);
    job->clip = fopen(at(path, name), "w");
    bool done = exh_helper_deliver(job->helper, &cut, &job->part, &sink, err);
    uint64_t size = (uint64_t)ftello(job->clip);
    fclose(job->clip);
    if (done)
        assert_int_equal(size, job->part.size);
    return done;
}

static void cut(struct job *job, double from, double to, char path[PATH_MAX])
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!try_cut(job, from, to, path, &err))
        fail_msg("%s", err.text);
}

/* ---- what must hold of every clip ---- */

/* Size and digest of every packet of the segments, one after the other. */
static struct exh_strings source_hashes(const struct job *job, const char *stream, bool decoded)
{
    struct exh_strings all = EXH_STRINGS_NONE;

    for (size_t i = 0; i < job->count; i++) {
        EXH_CLEANUP(exh_strings_clear) struct exh_strings one = footage_hashes(job->paths[i], stream, decoded);
        for (size_t k = 0; k < one.count; k++)
            exh_strings_add(&all, one.at[k]);
    }
    return all;
}

/* The clip's packets are the segments', from number @first on, without one missing, added or changed. */
static void expect_own(const struct job *job, const char *clip, const char *stream, bool decoded, size_t first,
                       size_t count)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings source = source_hashes(job, stream, decoded);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings got = footage_hashes(clip, stream, decoded);

    assert_true(got.count >= count);
    assert_true(first + count <= source.count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(got.at[i], source.at[first + i]);
}

static void expect_own_packets(const struct job *job, const char *clip, const char *stream, size_t first, size_t count)
{
    assert_int_equal(job->part.video_packets, count);
    expect_own(job, clip, stream, false, first, count);
}

/* The decoded frames; a few may follow that others need. */
static void expect_own_frames(const struct job *job, const char *clip, size_t first, size_t count)
{
    expect_own(job, clip, "v:0", true, first, count);
}

/* Some run of the segments' sound, as long as the plan said. */
static void expect_own_sound(const struct job *job, const char *clip)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings source = source_hashes(job, "a:0", false);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings got = footage_hashes(clip, "a:0", false);
    size_t first = 0;

    assert_int_equal(got.count, job->part.audio_packets);
    assert_true(got.count > 0);
    while (first < source.count && strcmp(source.at[first], got.at[0]))
        first++;
    assert_true(first + got.count <= source.count);
    for (size_t i = 0; i < got.count; i++)
        assert_string_equal(got.at[i], source.at[first + i]);
}

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* An entry of an edit list may add empty time (-1), or begin with the first sample: 0. */
static void expect_harmless_edits(const uint8_t *bytes, size_t size)
{
    for (const uint8_t *box = bytes; (box = memmem(box, size - (size_t)(box - bytes), "elst", 4)); box += 4) {
        bool wide = box[4] == 1;
        uint32_t count = big_endian(box + 8);
        for (uint32_t i = 0; i < count; i++) {
            const uint8_t *entry = box + 12 + i * (wide ? 20 : 12);
            uint32_t media_time = big_endian(entry + (wide ? 12 : 4));
            assert_true(media_time == UINT32_MAX || media_time == 0);
        }
    }
}

static void expect_sound_mp4(const char *clip)
{
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(1 << 20);
    FILE *file = fopen(clip, "r");
    size_t size = fread(bytes, 1, 1 << 20, file);

    fclose(file);
    const uint8_t *moov = memmem(bytes, size, "moov", 4), *mdat = memmem(bytes, size, "mdat", 4);
    assert_true(moov && mdat && moov < mdat);
    expect_harmless_edits(bytes, (size_t)(mdat - bytes));
    EXH_CLEANUP(exh_freep) char *decode = exh_format("ffmpeg -v error -nostdin -i '%s' -f null - 2>&1", clip);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings complaints = footage_lines(decode);
    if (complaints.count)
        fail_msg("%s: %s", clip, complaints.at[0]);
}

static int by_number(const void *a, const void *b)
{
    double x = atof(*(char *const *)a), y = atof(*(char *const *)b);

    return x < y ? -1 : x > y;
}

/* Pictures are shown every @step seconds from @first on: no join lost, doubled or delayed one. */
static void expect_steady(const char *clip, double first, double step)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings times = footage_field(clip, "v:0", "pts_time");

    qsort(times.at, times.count, sizeof *times.at, by_number);
    for (size_t i = 0; i < times.count; i++)
        if (atof(times.at[i]) - first - step * (double)i > 1.5e-3
            || atof(times.at[i]) - first - step * (double)i < -1.5e-3)
            fail_msg("picture %zu is shown at %s", i, times.at[i]);
}

static void expect_times(const struct job *job, double first, double end, double lead_in, double tail)
{
    assert_int_equal(job->part.first_ns - start_ns, (int64_t)(first * 1e6 + 0.5) * 1000);
    assert_int_equal(job->part.end_ns - start_ns, (int64_t)(end * 1e6 + 0.5) * 1000);
    assert_int_equal(job->part.lead_in_ns, (int64_t)(lead_in * 1e6 + 0.5) * 1000);
    assert_int_equal(job->part.tail_ns, (int64_t)(tail * 1e6 + 0.5) * 1000);
}

/* ---- footage: 25 pictures a second, a key frame each second, two seconds a segment ---- */

static void make(const char *name, const char *codec, int seconds, const char *sound, const char *format)
{
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=192x108:r=25 -f lavfi -i "
                               "sine=r=16000 -t %d -map 0:v %s -g 25 -keyint_min 25 "
                               "-pix_fmt yuv420p %s -f segment -segment_time 2 -reset_timestamps 1 %s '%s/%s'",
                               seconds, codec, sound, format, place.directory, name);

    if (!footage_run(command))
        fail_msg("cannot make %s", name);
}
#define X264 "-c:v libx264 -preset ultrafast -sc_threshold 0 "
#define X265 "-c:v libx265 -preset ultrafast -x265-params log-level=none:scenecut=0:open-gop=0:"
#define AAC "-map 1:a -c:a aac -ac 1 -b:a 32k"

static void twelve_segments_join_without_losing_or_doubling_a_frame(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char clip[PATH_MAX];

    (void)state;
    make("plain%d.mp4", X264 "-bf 0", 24, AAC, "");
    add_segments(job, "plain%d.mp4", 12);
    cut(job, 3.3, 21.9, clip);
    assert_string_equal(job->part.suffix, "mp4");
    expect_times(job, 3.0, 21.92, 0.3, 0.02);
    assert_int_equal(job->part.video_packets, 473);
    assert_int_equal(job->part.key_frames, 19);
    assert_false(job->part.reframed);
    expect_own_packets(job, clip, "v:0", 75, 473);
    expect_own_sound(job, clip);
    expect_sound_mp4(clip);
    expect_steady(clip, (double)job->part.joins[0].part_ns / 1e9, 0.04);
    assert_int_equal(job->part.join_count, 10);
    for (size_t i = 0; i < job->part.join_count; i++) {
        assert_int_equal(job->part.joins[i].segment, i + 1);
        assert_int_equal(job->part.joins[i].true_ns - start_ns, i ? (int64_t)(i + 1) * 2 * SECOND : 3 * SECOND);
        assert_int_equal(job->part.joins[i].part_ns - job->part.joins[0].part_ns,
                         i ? (int64_t)(2 * i - 1) * SECOND : 0);
    }
    assert_true(job->runs >= 10 && job->literal < 40000);
}

static void a_window_on_a_frame_begins_and_ends_with_it(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char clip[PATH_MAX];

    (void)state;
    make("exact%d.mp4", X264 "-bf 0", 4, "", "");
    add_segments(job, "exact%d.mp4", 2);
    cut(job, 1.0, 3.0, clip);
    expect_times(job, 1.0, 3.0, 0, 0);
    expect_own_packets(job, clip, "v:0", 25, 50);
    expect_steady(clip, 0, 0.04);
    assert_null(job->part.problem);
}

/* What is shown last in the window may need one that is shown after it. */
static void frames_shown_out_of_order_are_delivered_whole(void **state)
{
    static const struct { const char *name, *codec, *sound, *format;
    } cases[] = {
        { "b264-%d.mp4", X264 "-bf 2 -b_strategy 0", AAC, "" },
        { "b264f-%d.mp4", X264 "-bf 2 -b_strategy 0", AAC,
          "-segment_format_options movflags=frag_keyframe+empty_moov+default_base_moof" },
        { "b264n-%d.mp4", X264 "-bf 2 -b_strategy 0", "", "-segment_format_options movflags=frag_keyframe+empty_moov" },
        { "b265-%d.mp4", X265 "bframes=2", AAC, "" },
        { "b265n-%d.mp4", X265 "bframes=3", "-tag:v hvc1",
          "-segment_format_options movflags=frag_keyframe+empty_moov" },
        { "p265-%d.mp4", X265 "bframes=0", "", "" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char clip[PATH_MAX];
        make(cases[i].name, cases[i].codec, 6, cases[i].sound, cases[i].format);
        add_segments(job, cases[i].name, 3);
        cut(job, 1.5, 4.5, clip);
        assert_int_equal(job->part.first_ns, start_ns + SECOND);
        assert_true(job->part.end_ns >= start_ns + 45 * SECOND / 10
                    && job->part.end_ns <= start_ns + 465 * SECOND / 100);
        assert_int_equal(job->part.lead_in_ns, SECOND / 2);
        assert_int_equal(job->part.tail_ns, job->part.end_ns - start_ns - 45 * SECOND / 10);
        expect_own_packets(job, clip, "v:0", 25, job->part.video_packets);
        if (job->part.audio_packets)
            expect_own_sound(job, clip);
        expect_sound_mp4(clip);
        EXH_CLEANUP(exh_strings_clear) struct exh_strings frames = footage_hashes(clip, "v:0", true);
        assert_int_equal(frames.count, job->part.video_packets);
        if (strstr(cases[i].codec, "264")) {
            expect_steady(clip, (double)job->part.joins[0].part_ns / 1e9, 0.04);
            expect_own_frames(job, clip, 25, 88);
        }
    }
}

static void leading_pictures_of_an_open_group_are_left_out_and_counted(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char clip[PATH_MAX];

    (void)state;
    make("open%d.mp4", X264 "-bf 2 -b_strategy 0 -x264-params open-gop=1:keyint=24:min-keyint=24", 4, "", "");
    add_segments(job, "open%d.mp4", 1);
    cut(job, 1.5, 1.9, clip);
    assert_int_equal(job->part.leading_left_out, 2);
    assert_int_equal(job->part.first_ns, start_ns + 96 * SECOND / 100);
    expect_sound_mp4(clip);
    expect_steady(clip, 0, 0.04);
}

static void a_transport_stream_decodes_to_the_same_frames(void **state)
{
    static const struct { const char *name, *codec, *sound; double tail; } cases[] = {
        { "t264-%d.ts", X264 "-bf 2 -b_strategy 0", AAC, 0.08 }, { "t265-%d.ts", X265 "bframes=0", "", 0 },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char clip[PATH_MAX];
        make(cases[i].name, cases[i].codec, 6, cases[i].sound, "-segment_format mpegts");
        add_segments(job, cases[i].name, 3);
        cut(job, 1.2, 4.8, clip);
        assert_true(job->part.reframed);
        assert_int_equal(job->runs, 0);
        expect_times(job, 1.0, 4.8 + cases[i].tail, 0.2, cases[i].tail);
        expect_own_frames(job, clip, 25, 95);
        expect_sound_mp4(clip);
    }
}

static void what_mp4_cannot_hold_becomes_matroska(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char clip[PATH_MAX];

    (void)state;
    make("law%d.mkv", X264 "-bf 0", 4, "-map 1:a -c:a pcm_alaw -ar 8000", "");
    add_segments(job, "law%d.mkv", 2);
    cut(job, 1.5, 3.5, clip);
    assert_string_equal(job->part.suffix, "mkv");
    expect_times(job, 1.0, 3.52, 0.5, 0.02);
    expect_own_packets(job, clip, "v:0", 25, 63);
    expect_own_sound(job, clip);
    expect_steady(clip, (double)job->part.joins[0].part_ns / 1e9, 0.04);
    assert_non_null(strstr(job->part.problem, "1 ms"));
}

static void no_frame_in_the_window_is_a_no(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char clip[PATH_MAX];

    (void)state;
    make("none%d.mp4", X264 "-bf 0", 2, "", "");
    add_segments(job, "none%d.mp4", 1);
    for (int i = 0; i < 2; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        assert_false(try_cut(job, i ? -9 : 5, i ? -3 : 9, clip, &err));
        assert_int_equal(err.kind, EXH_NO);
    }
    cut(job, 0, 1, clip);          /* and the helper is still there */
}

/* More segments than descriptors; and joins of more than one frame of the protocol would be no different. */
static void segments_are_opened_one_at_a_time(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    struct rlimit usual, few = { 40, 40 };
    char path[PATH_MAX], clip[PATH_MAX];

    (void)state;
    make("one%d.mp4", X264 "-bf 0", 2, "", "");
    for (int i = 0; i < 1000; i++) {
        job->paths[i] = exh_strdup(at(path, "one0.mp4"));
        job->pieces[i] = (struct exh_cut_piece){ (size_t)i, start_ns + 2 * i * SECOND, { 0, 2 * SECOND } };
        job->count++;
    }
    getrlimit(RLIMIT_NOFILE, &usual);
    few.rlim_max = usual.rlim_max;
    setrlimit(RLIMIT_NOFILE, &few);
    cut(job, 0, 2000, clip);
    setrlimit(RLIMIT_NOFILE, &usual);
    assert_int_equal(job->part.video_packets, 50000);
    assert_int_equal(job->part.join_count, 1000);
    assert_int_equal(job->part.end_ns - job->part.first_ns, 2000 * SECOND);
}

/* ---- looking ---- */

static void a_probe_tells_what_a_segment_holds(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char path[PATH_MAX];

    (void)state;
    make("look%d.mp4", X264 "-bf 0", 2, AAC, "");
    EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, at(path, "look0.mp4"));
    assert_null(probe.problem);
    assert_int_equal(probe.span_count, 1);
    assert_int_equal(probe.spans[0].end_ns, 2 * SECOND);
    assert_int_equal(probe.track_count, 2);
    assert_true(probe.tracks[0].video && probe.starts_with_key && !probe.own_rate_only);
    assert_string_equal(probe.tracks[0].codec, "h264");
    assert_string_equal(probe.tracks[0].profile, "Constrained Baseline");
    assert_int_equal(probe.tracks[0].width, 192);
    assert_int_equal(probe.tracks[0].rate_numerator, 25 * probe.tracks[0].rate_denominator);
    assert_string_equal(probe.tracks[1].codec, "aac");
    assert_int_equal(probe.tracks[1].sample_rate, 16000);
}

static void parameters_differ_when_the_picture_does(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char path[PATH_MAX];

    (void)state;
    make("same%d.mp4", X264 "-bf 0", 4, "", "");
    make("other%d.mp4", X264 "-bf 0 -s 96x54", 2, "", "");
    EXH_CLEANUP(exh_probe_clear) struct exh_probe one = probe_path(job, at(path, "same0.mp4"));
    EXH_CLEANUP(exh_probe_clear) struct exh_probe two = probe_path(job, at(path, "same1.mp4"));
    EXH_CLEANUP(exh_probe_clear) struct exh_probe other = probe_path(job, at(path, "other0.mp4"));
    assert_string_equal(one.tracks[0].parameters, two.tracks[0].parameters);
    assert_string_not_equal(one.tracks[0].parameters, other.tracks[0].parameters);
}

static void write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void a_hole_parts_the_spans_and_a_slow_camera_has_none(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=192x108:r=25 -t 8 -vf "
                               "\"select='lt(t,2)+gte(t,5)'\" -vsync passthrough " X264 "-bf 0 -g 25 %s/hole.mp4 && "
                               "ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=192x108:r=1 -t 30 " X264
                               "-bf 0 -g 4 %s/slow.mp4",
                               place.directory, place.directory);
    char path[PATH_MAX];

    (void)state;
    assert_true(footage_run(command));
    EXH_CLEANUP(exh_probe_clear) struct exh_probe hole = probe_path(job, at(path, "hole.mp4"));
    EXH_CLEANUP(exh_probe_clear) struct exh_probe slow = probe_path(job, at(path, "slow.mp4"));
    assert_int_equal(hole.span_count, 2);
    assert_int_equal(hole.spans[0].end_ns, 2 * SECOND);
    assert_int_equal(hole.spans[1].start_ns, 5 * SECOND);
    assert_int_equal(hole.spans[1].end_ns, 8 * SECOND);
    assert_int_equal(slow.span_count, 1);
    assert_int_equal(slow.spans[0].end_ns, 30 * SECOND);
}

/* ---- damage ---- */

static void damage_is_told_in_a_sentence(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    EXH_CLEANUP(exh_freep)
    char *command = exh_format(
        "cd %s && ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=192x108:r=25 -t 4 " X264 "-bf 0 -g 25 late.mp4 && "
        "ffmpeg -v error -nostdin -y -i late.mp4 -c copy -movflags +faststart early.mp4 && "
        "head -c $(($(stat -c %%s early.mp4) * 3 / 4)) early.mp4 >cut.mp4 && head -c 20000 late.mp4 >unfinished.mp4 && "
        ": >empty.mp4 && seq 1 9999 >foreign.mp4 && "
        "ffmpeg -v error -nostdin -y -f lavfi -i sine -t 1 -c:a aac sound.mp4 && "
        "ffmpeg -v error -nostdin -y -i late.mp4 -c copy zeros.ts && head -c 100000 /dev/zero >>zeros.ts",
        place.directory);
    static const struct { const char *name, *says; bool usable; } cases[] = {
        { "empty.mp4", "empty file", false }, { "unfinished.mp4", "holds no index (moov box)", false },
        { "foreign.mp4", "no known footage format", false }, { "sound.mp4", "holds no video", false },
        { "cut.mp4", "cut short: ", true }, { "zeros.ts", "bytes are zero", true },
    };
    char path[PATH_MAX];

    (void)state;
    assert_true(footage_run(command));
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, at(path, cases[i].name));
        if (!probe.problem || !strstr(probe.problem, cases[i].says))
            fail_msg("%s: %s", cases[i].name, probe.problem ? probe.problem : "no problem");
        assert_int_equal(probe.span_count, cases[i].usable);
    }
}

static void a_cut_segment_is_used_to_its_last_whole_frame(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char path[PATH_MAX], clip[PATH_MAX];

    (void)state;                          /* made by the test before */
    EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, at(path, "cut.mp4"));
    assert_true(probe.packets > 25 && probe.packets < 100);
    assert_int_equal(probe.spans[0].end_ns, (int64_t)probe.packets * SECOND / 25);
    assert_true(add_segment(job, path));
    cut(job, 0, 100, clip);
    assert_int_equal(job->part.video_packets, probe.packets);
    expect_sound_mp4(clip);
}

/* Every file of the collection that is there: an answer in time, and a part where there are spans. */
static struct job *material_job;

static int try_file(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct timespec before, after;
    char clip[PATH_MAX];

    (void)about, (void)walk;
    if (kind != FTW_F)
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &before);
    bool usable = add_segment(material_job, path);
    if (usable && !try_cut(material_job, 0, 1e5, clip, &err) && err.kind != EXH_NO)
        fail_msg("%s: %s", path, err.text);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec < 10);
    if (usable) {
        free(material_job->paths[--material_job->count]);
        exh_part_clear(&material_job->part);
    }
    return 0;
}

static void every_file_of_the_collection_is_answered(void **state)
{
    const char *named = getenv("EXHIBIT_MATERIAL"), *material = named ? named : "../shared/material";
    static const char *const folders[] = { "malformed", "footage" };

    (void)state;
    if (access(material, R_OK)) {
        print_message("no collection of footage at '%s'\n", material);
        skip();
    }
    material_job = new_job();
    for (size_t i = 0; i < EXH_COUNT(folders); i++) {
        EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%s", material, folders[i]);
        assert_int_equal(nftw(path, try_file, 16, FTW_PHYS), 0);
    }
    free_job(&material_job);
}

/* ---- helpers that do not keep their promises ---- */

static void add_frame(struct exh_text *talk, uint32_t type, const char *bytes, size_t size)
{
    uint8_t header[8] = { (uint8_t)type, 0, 0, 0, (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16), 0 };

    exh_text_add(talk, header, sizeof header);
    exh_text_add(talk, bytes, size);
}

static void add_words(struct exh_text *talk, uint32_t type, const char *words)
{
    add_frame(talk, type, words, strlen(words));
}

/* A helper that says what it says, whatever it is asked, and then does @last. */
static void start_fake(struct job *job, const struct exh_text *talk, const char *last)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    static char script[PATH_MAX];
    char words[PATH_MAX];

    write_bytes(at(words, "talk"), talk->bytes, talk->size);
    FILE *file = fopen(at(script, "fake"), "w");
    fprintf(file, "#!/bin/sh\ncat '%s' >&3\n%s\n", words, last);
    fchmod(fileno(file), 0700);
    fclose(file);
    exh_helper_set_program(script);
    exh_helper_freep(&job->helper);
    if (!exh_helper_start(&job->helper, &err))
        fail_msg("%s", err.text);
}

#define HELLO "{\"libraries\":\"libavformat 0\",\"protocol\":1}"
#define TRACK "{\"audio\":0,\"channels\":0,\"codec\":\"h264\",\"height\":9,\"parameters\":" \
    "\"0000000000000000000000000000000000000000000000000000000000000000\",\"profile\":\"\",\"rate_denominator\":1," \
    "\"rate_numerator\":25,\"sample_rate\":0,\"video\":true,\"width\":16}"
#define PART(first, end, size, media)                                                                                  \
    "{\"audio_packets\":0,\"end_ns\":" end ",\"first_ns\":" first ",\"key_frames\":1,"                                 \
    "\"leading_left_out\":0,\"media_bytes\":" media ",\"problem\":null,\"reframed\":false,\"size\":" size              \
    ",\"suffix\":\"mp4\","                                                                                             \
    "\"tracks\":[" TRACK "],\"video_packets\":2}"
/* The window of these tests is the second from 1638738600 on, their one piece that second too. */
#define FIRST "1638738600000000000"
#define END "1638738601000000000"
#define GOOD_PART PART(FIRST, END, "1000", "900")
#define JOIN "[[0,0," FIRST "]]"

static void add_fake_piece(struct job *job)
{
    job->paths[0] = exh_strdup("/dev/null");
    job->pieces[0] = (struct exh_cut_piece){ 0, start_ns, { 0, SECOND } };
    job->count = 1;
}

static void a_plan_that_cannot_be_true_is_refused(void **state)
{
    static const struct { const char *what, *joins, *part; } cases[] = {
        { "not JSON", JOIN, "{" }, { "no join", NULL, GOOD_PART },
        { "a join to no piece", "[[1,0," FIRST "]]", GOOD_PART },
        { "a join twice", "[[0,0," FIRST "],[0,0," FIRST "]]", GOOD_PART },
        { "a join at another time", "[[0,0,1638738590000000000]]", PART("1638738590000000000", END, "1000", "900") },
        { "a first frame that is not its join's", JOIN, PART("1638738600000000001", END, "1000", "900") },
        { "a part that ends before it begins", JOIN, PART(FIRST, "1638738599000000000", "1000", "900") },
        { "a part that ends after the footage", JOIN, PART(FIRST, "1638738609000000000", "1000", "900") },
        { "less than its packets", JOIN, PART(FIRST, END, "1000", "1000") },
        { "a negative size", JOIN, PART(FIRST, END, "-1", "-2") },
        { "a size beyond all files", JOIN, PART(FIRST, END, "9223372036854775807", "900") },
        { "a member missing", JOIN, "{}" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_text_clear) struct exh_text talk = EXH_TEXT_NONE;
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char clip[PATH_MAX];
        add_words(&talk, EXH_HELPER_HELLO, HELLO);
        if (cases[i].joins)
            add_words(&talk, EXH_HELPER_JOINS, cases[i].joins);
        add_words(&talk, EXH_HELPER_PART, cases[i].part);
        start_fake(job, &talk, "exec sleep 20");
        add_fake_piece(job);
        if (try_cut(job, 0, 1, clip, &err) || err.kind != EXH_MALFORMED)
            fail_msg("%s: %s", cases[i].what, err.text ? err.text : "believed");
    }
}

static void put_number(char *bytes, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(number >> 8 * i);
}

static void a_delivery_that_is_not_what_was_planned_is_refused(void **state)
{
    static const struct { const char *what; uint64_t piece, offset, size; size_t literal; } cases[] = {
        { "a run of no piece", 1, 0, 900, 100 }, { "a run of nothing", 0, 0, 0, 1000 },
        { "a run too large", 0, 0, 901, 100 }, { "a run beyond all files", 0, UINT64_MAX - 10, 900, 100 },
        { "too many bytes", 0, 0, 0, 1001 }, { "too few bytes", 0, 0, 800, 100 },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_text_clear) struct exh_text talk = EXH_TEXT_NONE;
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char clip[PATH_MAX], run[EXH_HELPER_RUN_SIZE], bytes[2000] = "";
        add_words(&talk, EXH_HELPER_HELLO, HELLO);
        add_words(&talk, EXH_HELPER_JOINS, JOIN);
        add_words(&talk, EXH_HELPER_PART, GOOD_PART);
        add_frame(&talk, EXH_HELPER_LITERAL, bytes, cases[i].literal);
        put_number(run, cases[i].piece);
        put_number(run + 8, cases[i].offset);
        put_number(run + 16, cases[i].size);
        add_frame(&talk, EXH_HELPER_RUNS, run, sizeof run);
        add_words(&talk, EXH_HELPER_DONE, "");
        start_fake(job, &talk, "exec sleep 20");
        add_fake_piece(job);
        free(job->paths[0]);
        job->paths[0] = exh_strdup("/dev/zero");
        if (try_cut(job, 0, 1, clip, &err) || err.kind != EXH_MALFORMED)
            fail_msg("%s: %s", cases[i].what, err.text ? err.text : "believed");
    }
}

static void a_helper_that_asks_for_segments_without_end_is_stopped(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text talk = EXH_TEXT_NONE;
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char clip[PATH_MAX];

    (void)state;
    add_words(&talk, EXH_HELPER_HELLO, HELLO);
    for (int i = 0; i < 100; i++)
        add_words(&talk, EXH_HELPER_NEED, "{\"piece\":0}");
    start_fake(job, &talk, "exec sleep 20");
    add_fake_piece(job);
    assert_false(try_cut(job, 0, 1, clip, &err));
    assert_int_equal(err.kind, EXH_MALFORMED);
    assert_non_null(strstr(err.text, "without end"));
}

static void a_helper_that_crashes_is_a_problem_of_the_segment_and_started_anew(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text talk = EXH_TEXT_NONE;
    EXH_CLEANUP(free_job) struct job *job = new_job();

    (void)state;
    add_words(&talk, EXH_HELPER_HELLO, HELLO);
    start_fake(job, &talk, "head -c 8 <&3 >/dev/null; kill -SEGV $$");
    for (int i = 0; i < 2; i++) {
        EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, "/dev/null");
        assert_int_equal(probe.span_count, 0);
        assert_string_equal(probe.problem, "the reader crashed on it (signal 11)");
    }
    assert_string_equal(exh_helper_libraries(job->helper), "libavformat 0");
}

static void a_helper_that_died_unasked_is_no_problem_of_the_next_segment(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text talk = EXH_TEXT_NONE;
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char path[PATH_MAX];

    (void)state;                          /* the segment was made by a test before */
    add_words(&talk, EXH_HELPER_HELLO, HELLO);
    start_fake(job, &talk, "exit 0");
    usleep(300000);
    exh_helper_set_program(place.helper);
    EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, at(path, "look0.mp4"));
    assert_null(probe.problem);
}

static void a_probe_that_cannot_be_true_is_a_problem_of_the_segment(void **state)
{
    static const char *const answers[] = {
        "[]",
        "{\"container\":\"mov\",\"own_rate_only\":false,\"packets\":1,\"problem\":null,\"spans\":[],\"starts_with_"
        "key\":true,\"tracks\":[]}",
        "{\"container\":\"mov\",\"own_rate_only\":false,\"packets\":1,\"problem\":null,\"spans\":[[0,9],[5,20]],"
        "\"starts_with_key\":true,"
        "\"tracks\":[" TRACK "]}",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(answers); i++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text talk = EXH_TEXT_NONE;
        EXH_CLEANUP(free_job) struct job *job = new_job();
        add_words(&talk, EXH_HELPER_HELLO, HELLO);
        add_words(&talk, EXH_HELPER_FOUND, answers[i]);
        start_fake(job, &talk, "exec sleep 20");
        EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, "/dev/null");
        assert_int_equal(probe.span_count, 0);
        assert_non_null(strstr(probe.problem, "breaks a promise"));
    }
}

static void a_helper_that_hangs_is_given_up(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text talk = EXH_TEXT_NONE;
    EXH_CLEANUP(free_job) struct job *job = new_job();
    struct timespec before, after;

    (void)state;
    add_words(&talk, EXH_HELPER_HELLO, HELLO);
    start_fake(job, &talk, "exec sleep 60");
    clock_gettime(CLOCK_MONOTONIC, &before);
    EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, "/dev/null");
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_string_equal(probe.problem, "the reader took more than 10 s");
    assert_true(after.tv_sec - before.tv_sec <= 12);
}

static void without_a_helper_there_is_an_error_and_not_a_problem(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_helper *helper = NULL;

    (void)state;
    exh_helper_set_program("/bin/false");
    assert_false(exh_helper_start(&helper, &err));
    assert_int_equal(err.kind, EXH_IO);
    exh_helper_set_program(NULL);
    exh_error_clear(&err);
    assert_false(exh_helper_start(&helper, &err));      /* beside a unit test there is none */
    assert_int_equal(err.kind, EXH_IO);
    assert_non_null(strstr(err.text, "libexec/exhibit"));
}

/* ---- before and after ---- */

static int set_up(void **state)
{
    (void)state;
    strcpy(place.directory, "/tmp/exhibit-helper-XXXXXX");
    if (!mkdtemp(place.directory))
        return -1;
    ssize_t n = readlink("/proc/self/exe", place.helper, sizeof place.helper - 32);
    if (n <= 0)
        return -1;
    place.helper[n] = '\0';
    char *end = strstr(place.helper, "/tests/unit/");
    if (!end)
        return -1;
    strcpy(end, "/exhibit-media");
    return 0;
}

static int clean_up(void **state)
{
    EXH_CLEANUP(exh_freep) char *command = exh_format("rm -rf '%s'", place.directory);

    (void)state;
    return footage_run(command) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twelve_segments_join_without_losing_or_doubling_a_frame),
        cmocka_unit_test(a_window_on_a_frame_begins_and_ends_with_it),
        cmocka_unit_test(frames_shown_out_of_order_are_delivered_whole),
        cmocka_unit_test(leading_pictures_of_an_open_group_are_left_out_and_counted),
        cmocka_unit_test(a_transport_stream_decodes_to_the_same_frames),
        cmocka_unit_test(what_mp4_cannot_hold_becomes_matroska),
        cmocka_unit_test(no_frame_in_the_window_is_a_no),
        cmocka_unit_test(segments_are_opened_one_at_a_time),
        cmocka_unit_test(a_probe_tells_what_a_segment_holds),
        cmocka_unit_test(parameters_differ_when_the_picture_does),
        cmocka_unit_test(a_hole_parts_the_spans_and_a_slow_camera_has_none),
        cmocka_unit_test(damage_is_told_in_a_sentence),
        cmocka_unit_test(a_cut_segment_is_used_to_its_last_whole_frame),
        cmocka_unit_test(every_file_of_the_collection_is_answered),
        cmocka_unit_test(a_plan_that_cannot_be_true_is_refused),
        cmocka_unit_test(a_delivery_that_is_not_what_was_planned_is_refused),
        cmocka_unit_test(a_helper_that_asks_for_segments_without_end_is_stopped),
        cmocka_unit_test(a_helper_that_crashes_is_a_problem_of_the_segment_and_started_anew),
        cmocka_unit_test(a_helper_that_died_unasked_is_no_problem_of_the_next_segment),
        cmocka_unit_test(a_probe_that_cannot_be_true_is_a_problem_of_the_segment),
        cmocka_unit_test(a_helper_that_hangs_is_given_up),
        cmocka_unit_test(without_a_helper_there_is_an_error_and_not_a_problem),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
