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
#include <inttypes.h>
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
    struct exh_rate rate;
    FILE *clip;
    uint64_t literal, runs;
    size_t opened;
};

static bool open_segment(void *context, size_t segment, int *ret_fd, struct exh_error *err)
{
    struct job *job = context;

    job->opened++;
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

static struct exh_probe probe_at_rate(struct job *job, const char *path, struct exh_rate rate)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_probe probe = { .tracks = NULL };
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    if (!exh_helper_probe(job->helper, fd, rate, &probe, &err))
        fail_msg("%s: %s", path, err.text);
    close(fd);
    return probe;
}

static struct exh_probe probe_path(struct job *job, const char *path)
{
    return probe_at_rate(job, path, (struct exh_rate){ 0, 0 });
}

/* Adds a segment that begins where the one before it ended. Returns whether anything of it can be used. */
static bool add_segment(struct job *job, const char *path)
{
    EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, path);
    if (probe.problem && strstr(probe.problem, "system call"))
        fail_msg("%s: %s", path, probe.problem);
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
        .rate = job->rate, .open = open_segment, .context = job,
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
    assert_string_equal(job->part.signing, "");
    assert_int_equal(job->part.signed_groups + (uint64_t)job->part.unsigned_end_ns, 0);
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

/* ---- one stretch in several parts ---- */

static void add_all(struct exh_strings *all, const char *clip, const char *stream, bool decoded)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings one = footage_hashes(clip, stream, decoded);

    for (size_t i = 0; i < one.count; i++)
        exh_strings_add(all, one.at[i]);
}

/* What the parts of one stretch are together. */
struct parts {
    struct exh_strings pictures, sounds;
    struct exh_strings frames;           /* decoded, each part alone; only where there is a limit of bytes */
    uint64_t left_out, bytes, signatures;
    size_t count;
    struct { uint64_t bytes, key_frames; int64_t from_ns, to_ns; } each[64];
};

static void clear_parts(struct parts *parts)
{
    exh_strings_clear(&parts->pictures);
    exh_strings_clear(&parts->sounds);
    exh_strings_clear(&parts->frames);
}

/* A part that is planned: what can be said of it without its bytes. */
static void note_part(struct parts *parts, const struct exh_cut *cut, const struct exh_part *part)
{
    size_t n = parts->count;

    assert_true(n < EXH_COUNT(parts->each));
    parts->each[n].bytes = part->media_bytes;
    parts->each[n].key_frames = part->key_frames;
    parts->each[n].from_ns = part->first_ns;
    parts->each[n].to_ns = part->goes_on ? part->next_ns : part->end_ns;
    parts->left_out += part->leading_left_out;
    parts->bytes += part->media_bytes;
    parts->signatures += part->signed_groups;
    assert_true(n == 0 || part->first_ns <= cut->begin_ns);
    if (part->goes_on && !cut->most_bytes)
        assert_true(part->video_packets + part->audio_packets >= cut->most_packets);
    if (part->goes_on)
        assert_true(part->end_ns <= part->next_ns);
}

/* And what its file holds. */
static void add_clip(struct parts *parts, const struct exh_cut *cut, const char *clip)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings flags = footage_field(clip, "v:0", "flags");

    add_all(&parts->pictures, clip, "v:0", false);
    add_all(&parts->sounds, clip, "a:0", false);
    if (cut->most_bytes)
        add_all(&parts->frames, clip, "v:0", true);
    assert_true(flags.count > 0 && flags.at[0][0] == 'K');
}

/* Cuts a window into parts of at most @packets or one group of pictures more, and of at most @bytes, each beginning where
 * the one before it ended. 0: no limit. */
static struct parts cut_into_parts(struct job *job, double from, double to, uint64_t packets, uint64_t bytes)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct parts parts = { .count = 0 };
    struct exh_part_sink sink = { take_literal, take_run, job };
    struct exh_cut cut = cut_of(job, from, to);
    char clip[PATH_MAX];

    cut.most_packets = packets;
    cut.most_bytes = bytes;
    for (;; parts.count++) {
        EXH_CLEANUP(exh_part_clear) struct exh_part part = { .joins = NULL };
        job->clip = NULL;
        if (!exh_helper_plan(job->helper, &cut, &part, &err))
            fail_msg("part %zu: %s", parts.count, err.text);
        job->clip = fopen(at(clip, strcmp(part.suffix, "mp4") ? "clip.mkv" : "clip.mp4"), "w");
        if (!exh_helper_deliver(job->helper, &cut, &part, &sink, &err))
            fail_msg("part %zu: %s", parts.count, err.text);
        fclose(job->clip);
        note_part(&parts, &cut, &part);
        add_clip(&parts, &cut, clip);
        if (!part.goes_on)
            break;
        cut.begin_ns = part.next_ns;
        cut.pieces += part.next_piece;
        cut.piece_count -= part.next_piece;
    }
    parts.count++;
    return parts;
}

static void expect_same(const struct exh_strings *got, const struct exh_strings *expected, const char *what)
{
    if (got->count != expected->count)
        fail_msg("%s: %zu packets instead of %zu", what, got->count, expected->count);
    for (size_t i = 0; i < got->count; i++)
        if (strcmp(got->at[i], expected->at[i]))
            fail_msg("%s: packet %zu is another", what, i);
}

static void parts_of_a_stretch_hold_together_what_one_would(void **state)
{
    static const struct { const char *name, *codec, *sound, *format; } cases[] = {
        { "cont%d.mp4", X264 "-bf 0", AAC, "" },
        { "contb%d.mp4", X264 "-bf 2 -b_strategy 0", AAC, "" },
        { "contf%d.mp4", X264 "-bf 2 -b_strategy 0", AAC,
          "-segment_format_options movflags=frag_keyframe+empty_moov+default_base_moof" },
        { "contt%d.ts", X264 "-bf 2 -b_strategy 0", AAC, "-segment_format mpegts" },
        { "contk%d.mkv", X264 "-bf 2 -b_strategy 0", "-map 1:a -c:a pcm_alaw -ar 8000", "" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        make(cases[i].name, cases[i].codec, 12, cases[i].sound, cases[i].format);
        add_segments(job, cases[i].name, 6);
        EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(job, 1.5, 10.7, 0, 0);
        EXH_CLEANUP(clear_parts) struct parts parts = cut_into_parts(job, 1.5, 10.7, 20, 0);
        EXH_CLEANUP(clear_parts) struct parts large = cut_into_parts(job, 1.5, 10.7, 150, 0);
        assert_int_equal(one.count, 1);
        if (parts.count != 10 || large.count < 2 || large.count > 4)
            fail_msg("%s: %zu and %zu parts", cases[i].name, parts.count, large.count);
        expect_same(&parts.pictures, &one.pictures, cases[i].name);
        expect_same(&parts.sounds, &one.sounds, cases[i].name);
        expect_same(&large.pictures, &one.pictures, cases[i].name);
        expect_same(&large.sounds, &one.sounds, cases[i].name);
    }
}

/* Every other group of pictures is open: no part begins with one of those. */
static void parts_end_before_closed_groups_where_there_are_some(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=192x108:r=25 -t 12 -c:v libx264 -preset "
                               "ultrafast -sc_threshold 0 -bf 2 -b_strategy 0 -forced-idr 1 -force_key_frames "
                               "'expr:gte(t,n_forced*1.92)' -x264-params open-gop=1:keyint=24:min-keyint=24 '%s/mixed.mp4'",
                               place.directory);
    char path[PATH_MAX];

    (void)state;
    assert_true(footage_run(command) && add_segment(job, at(path, "mixed.mp4")));
    EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(job, 0, 100, 0, 0);
    EXH_CLEANUP(clear_parts) struct parts parts = cut_into_parts(job, 0, 100, 20, 0);
    assert_int_equal(parts.left_out, 0);
    assert_true(parts.count >= 3);
    expect_same(&parts.pictures, &one.pictures, "pictures");
}

/* Segments that are said to overlap by a few frames: all of both are delivered, in their order. */
static void parts_of_segments_that_overlap_lose_nothing(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();

    (void)state;                          /* made by the test before */
    add_segments(job, "contb%d.mp4", 6);
    for (size_t i = 0; i < job->count; i++)
        job->pieces[i].start_ns = start_ns + (int64_t)i * 19 * SECOND / 10;
    EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(job, 1.5, 10.7, 0, 0);
    EXH_CLEANUP(clear_parts) struct parts parts = cut_into_parts(job, 1.5, 10.7, 20, 0);
    assert_true(one.pictures.count > 230 && parts.count > 8);
    expect_same(&parts.pictures, &one.pictures, "pictures");
    expect_same(&parts.sounds, &one.sounds, "sound");
}

/* Where every group of pictures is open, a part grows to twice its size; what is then torn off is counted. */
static void pictures_torn_off_between_parts_are_counted(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();

    (void)state;
    make("contopen%d.mp4", X264 "-bf 2 -b_strategy 0 -x264-params open-gop=1:keyint=24:min-keyint=24", 12, AAC, "");
    add_segments(job, "contopen%d.mp4", 6);
    EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(job, 0, 100, 0, 0);
    EXH_CLEANUP(clear_parts) struct parts parts = cut_into_parts(job, 0, 100, 20, 0);
    EXH_CLEANUP(clear_parts) struct parts few = cut_into_parts(job, 0, 100, one.pictures.count + one.sounds.count, 0);
    assert_true(parts.count > 1 && parts.left_out > 0);
    assert_int_equal(parts.pictures.count + parts.left_out, one.pictures.count);
    expect_same(&parts.sounds, &one.sounds, "sound");
    assert_int_equal(few.count, 1);
}

/* ---- parts by their bytes ---- */

/* The parts hold what one would, abut, and are as large as they may be: none is over @most but where it is a single group
 * of pictures, and none could have had the next one's first group too. */
static void expect_parts_of(const struct parts *parts, const struct parts *one, uint64_t most, const char *name)
{
    expect_same(&parts->pictures, &one->pictures, name);
    expect_same(&parts->sounds, &one->sounds, name);
    expect_same(&parts->frames, &one->frames, name);
    assert_int_equal(parts->bytes, one->bytes);
    assert_int_equal(parts->left_out, one->left_out);
    assert_int_equal(parts->each[0].from_ns, one->each[0].from_ns);
    assert_int_equal(parts->each[parts->count - 1].to_ns, one->each[0].to_ns);
    for (size_t i = 0; i < parts->count; i++) {
        if (parts->each[i].bytes > most && parts->each[i].key_frames > 1)
            fail_msg("%s: part %zu has %" PRIu64 " bytes", name, i + 1, parts->each[i].bytes);
        if (i && parts->each[i - 1].bytes + parts->each[i].bytes <= most)
            fail_msg("%s: parts %zu and %zu could be one", name, i, i + 1);
        if (i && parts->each[i].from_ns != parts->each[i - 1].to_ns)
            fail_msg("%s: part %zu does not begin where the one before ends", name, i + 1);
    }
}

static void parts_of_so_many_bytes_hold_together_what_one_would(void **state)
{
    static const char *const names[] = { "cont%d.mp4", "contb%d.mp4", "contf%d.mp4", "contt%d.ts", "contk%d.mkv" };

    (void)state;                          /* made by a test before */
    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        add_segments(job, names[i], 6);
        EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(job, 1.5, 10.7, 0, INT64_MAX);
        assert_int_equal(one.count, 1);
        EXH_CLEANUP(clear_parts) struct parts parts = cut_into_parts(job, 1.5, 10.7, 0, one.bytes / 4);
        expect_parts_of(&parts, &one, one.bytes / 4, names[i]);
        assert_true(parts.count > 4);
    }
}

static void a_part_that_just_fits_is_not_cut_and_one_byte_less_cuts_it(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();

    (void)state;                          /* made by a test before */
    add_segments(job, "cont%d.mp4", 6);
    EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(job, 1.5, 10.7, 0, INT64_MAX);
    EXH_CLEANUP(clear_parts) struct parts same = cut_into_parts(job, 1.5, 10.7, 0, one.bytes);
    EXH_CLEANUP(clear_parts) struct parts two = cut_into_parts(job, 1.5, 10.7, 0, one.bytes - 1);
    EXH_CLEANUP(clear_parts) struct parts again = cut_into_parts(job, 1.5, 10.7, 0, two.each[0].bytes);
    assert_int_equal(same.count, 1);
    assert_int_equal(two.count, 2);
    assert_int_equal(two.each[0].to_ns, start_ns + 10 * SECOND);        /* the last key frame in the window */
    assert_int_equal(again.each[0].bytes, two.each[0].bytes);
    expect_parts_of(&two, &one, one.bytes - 1, "one byte less");
}

/* The second group of four is larger than the limit. */
static void a_group_of_pictures_over_the_limit_is_a_part_of_its_own(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=192x108:r=25 -t 12 " X264 "-bf 0 -g 1000 "
                               "-force_key_frames 2,3,9,10 '%s/uneven.mp4'", place.directory);
    char path[PATH_MAX];

    (void)state;
    assert_true(footage_run(command) && add_segment(job, at(path, "uneven.mp4")));
    EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(job, 0, 100, 0, INT64_MAX);
    EXH_CLEANUP(clear_parts) struct parts groups = cut_into_parts(job, 0, 100, 0, 1);
    assert_int_equal(groups.count, 5);
    expect_parts_of(&groups, &one, 1, "groups");
    EXH_CLEANUP(clear_parts) struct parts parts = cut_into_parts(job, 0, 100, 0, groups.each[2].bytes - 1);
    assert_int_equal(parts.count, 3);
    assert_true(parts.each[1].bytes == groups.each[2].bytes && parts.each[0].key_frames == 2 && parts.each[2].key_frames == 2);
    expect_parts_of(&parts, &one, groups.each[2].bytes - 1, "parts");
}

/* One begins with a key frame in the window, and the other shows some of it before: not the second that ends where a hole
 * is small enough to be none, from 2 s to 2.8 s. */
static void every_part_shows_some_of_the_window(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();

    (void)state;                          /* made by a test before */
    add_segments(job, "cont%d.mp4", 6);
    EXH_CLEANUP(clear_parts) struct parts none = cut_into_parts(job, 1.5, 2, 0, 1);
    EXH_CLEANUP(clear_parts) struct parts both = cut_into_parts(job, 1.5, 2.1, 0, 1);
    EXH_CLEANUP(clear_parts) struct parts exact = cut_into_parts(job, 2, 4, 0, 1);
    for (size_t i = 1; i < job->count; i++)
        job->pieces[i].start_ns += 8 * SECOND / 10;
    EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(job, 2.4, 4.5, 0, INT64_MAX);
    EXH_CLEANUP(clear_parts) struct parts hole = cut_into_parts(job, 2.4, 4.5, 0, 1);
    EXH_CLEANUP(clear_parts) struct parts drawn = cut_into_parts(job, 2.4, 4.5, 0, one.bytes / 2);
    assert_int_equal(none.count, 1);
    assert_int_equal(both.count, 2);
    assert_int_equal(exact.count, 2);
    assert_int_equal(hole.count, 2);
    assert_int_equal(hole.each[1].from_ns, start_ns + 38 * SECOND / 10);
    assert_int_equal(drawn.count, 2);
    assert_int_equal(drawn.each[1].from_ns, start_ns + 38 * SECOND / 10);
    expect_same(&hole.pictures, &one.pictures, "pictures");
}

static void the_earlier_of_two_limits_ends_a_part(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();

    (void)state;                          /* made by a test before */
    add_segments(job, "cont%d.mp4", 6);
    EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(job, 1.5, 10.7, 0, INT64_MAX);
    EXH_CLEANUP(clear_parts) struct parts packets = cut_into_parts(job, 1.5, 10.7, 150, INT64_MAX);
    EXH_CLEANUP(clear_parts) struct parts bytes = cut_into_parts(job, 1.5, 10.7, 150, one.bytes / 6);
    EXH_CLEANUP(clear_parts) struct parts alone = cut_into_parts(job, 1.5, 10.7, 0, one.bytes / 6);
    assert_true(packets.count > 1 && packets.count < 5 && bytes.count > 6);
    assert_int_equal(bytes.count, alone.count);
    expect_same(&packets.pictures, &one.pictures, "by packets");
    expect_parts_of(&bytes, &one, one.bytes / 6, "by bytes");
}

/* No picture is given up for the size: where every group is open, the part stays as large as it is. */
static void for_its_size_alone_no_picture_is_torn_off(void **state)
{
    EXH_CLEANUP(free_job) struct job *open = new_job(), *mixed = new_job();
    char path[PATH_MAX];

    (void)state;                          /* made by tests before */
    add_segments(open, "contopen%d.mp4", 6);
    assert_true(add_segment(mixed, at(path, "mixed.mp4")));
    EXH_CLEANUP(clear_parts) struct parts whole = cut_into_parts(open, 0, 100, 0, 1);
    EXH_CLEANUP(clear_parts) struct parts torn = cut_into_parts(open, 0, 100, 20, 1);
    EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(mixed, 1.5, 100, 0, INT64_MAX);
    EXH_CLEANUP(clear_parts) struct parts parts = cut_into_parts(mixed, 1.5, 100, 0, one.bytes / 3);
    assert_int_equal(whole.count, 1);
    assert_int_equal(whole.left_out, 0);
    assert_true(torn.count > 1 && torn.left_out > 0);
    assert_true(one.left_out > 0 && parts.count >= 3);
    expect_parts_of(&parts, &one, one.bytes / 3, "mixed");
}

/* Segments hold two groups of pictures each, and a part here two and a half, or 60 packets: the next key frame ends it. */
static void what_comes_behind_a_full_part_is_not_read(void **state)
{
    static const struct { double from; uint64_t packets, bytes; size_t opened; } cases[] = {
        { 0, 0, 5, 2 }, { 1.5, 0, 5, 3 }, { 0, 60, 0, 2 }, { 0, 60, 5, 2 }, { 0, 0, 0, 6 },
    };

    (void)state;                          /* made by a test before */
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(free_job) struct job *job = new_job();
        add_segments(job, "cont%d.mp4", 6);
        EXH_CLEANUP(exh_part_clear) struct exh_part one = { .joins = NULL };
        struct exh_cut cut = cut_of(job, 0, 1);
        assert_true(exh_helper_plan(job->helper, &cut, &one, &err));
        cut = cut_of(job, cases[i].from, 12);
        cut.most_packets = cases[i].packets;
        cut.most_bytes = one.media_bytes * cases[i].bytes / 2;
        job->opened = 0;
        assert_true(exh_helper_plan(job->helper, &cut, &job->part, &err));
        if (job->opened != cases[i].opened)
            fail_msg("case %zu: %zu segments are opened, not %zu", i, job->opened, cases[i].opened);
    }
}

static void parts_by_bytes_of_segments_that_overlap_lose_nothing(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();

    (void)state;                          /* made by a test before */
    add_segments(job, "contb%d.mp4", 6);
    for (size_t i = 0; i < job->count; i++)
        job->pieces[i].start_ns = start_ns + (int64_t)i * 19 * SECOND / 10;
    EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(job, 1.5, 10.7, 0, INT64_MAX);
    EXH_CLEANUP(clear_parts) struct parts parts = cut_into_parts(job, 1.5, 10.7, 0, one.bytes / 5);
    assert_true(parts.count > 5);
    expect_same(&parts.pictures, &one.pictures, "pictures");
    expect_same(&parts.sounds, &one.sounds, "sound");
}

/* Real footage of a camera, and one that signs: 62 pictures a group. */
static void real_footage_cut_by_bytes_is_whole(void **state)
{
    static const char *const names[] = {
        "footage/axis/test_h264.mp4", "footage/axis/test_h265.mp4", "footage/onvif-media-signing/test_signed_h264.mp4",
        "footage/intel-sample-videos/car-detection.mp4", "footage/dvr-scan/traffic_camera.mp4",
    };
    const char *named = getenv("EXHIBIT_MATERIAL"), *material = named ? named : "../shared/material";

    (void)state;
    if (access(material, R_OK)) {
        print_message("no collection of footage at '%s'\n", material);
        skip();
    }
    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%s", material, names[i]);
        assert_true(add_segment(job, path));
        EXH_CLEANUP(clear_parts) struct parts one = cut_into_parts(job, 0, 100, 0, INT64_MAX);
        EXH_CLEANUP(clear_parts) struct parts parts = cut_into_parts(job, 0, 100, 0, one.bytes / 3);
        assert_true(parts.count >= 3 && parts.count <= 5);
        expect_parts_of(&parts, &one, one.bytes / 3, names[i]);
        assert_int_equal(parts.signatures, one.signatures);
    }
}

/* ---- times ---- */

/* Packets of a stream as ffprobe has them, edit lists left aside: when each is shown, and a digest of its bytes. */
static struct exh_strings timed_packets(const char *path, const char *stream)
{
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffprobe -v fatal %s -select_streams %s -show_data_hash md5 -show_entries "
                               "packet=pts_time%s -of csv=p=0 '%s' | grep '^-*[0-9]'",
                               strstr(path, ".mp4") ? "-advanced_editlist 0" : "", stream,
                               strstr(path, ".ts") ? "" : ",data_hash", path);

    return footage_lines(command);
}

static const char *bytes_of(const char *packet)
{
    const char *comma = strchr(packet, ',');

    return comma ? comma : "";
}

/* Every packet of the clip's stream is shown as long after the clip's first picture as in the recorder's file. The
 * clip's first packet is the file's first with its bytes; where bytes are converted, the file's first. */
static void expect_times_kept(const char *path, const char *clip, const char *stream, bool converted)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings own_pictures = timed_packets(path, "v:0");
    EXH_CLEANUP(exh_strings_clear) struct exh_strings pictures = timed_packets(clip, "v:0");
    EXH_CLEANUP(exh_strings_clear) struct exh_strings own = timed_packets(path, stream);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings got = timed_packets(clip, stream);
    size_t first = 0;

    if (got.count == 0 || pictures.count == 0 || own_pictures.count != pictures.count)
        fail_msg("%s: %zu of %zu pictures, %zu of %s", path, pictures.count, own_pictures.count, got.count, stream);
    while (!converted && first < own.count && strcmp(bytes_of(own.at[first]), bytes_of(got.at[0])))
        first++;
    assert_true(first + got.count <= own.count);
    for (size_t i = 0; i < got.count; i++) {
        double was = atof(own.at[first + i]) - atof(own_pictures.at[0]), is = atof(got.at[i]) - atof(pictures.at[0]);
        if (is - was > 1.5e-3 || is - was < -1.5e-3)
            fail_msg("%s: packet %zu of %s is shown %f s after the first picture, not %f", path, i, stream, is, was);
        if (!converted && strcmp(bytes_of(own.at[first + i]), bytes_of(got.at[i])))
            fail_msg("%s: packet %zu of %s is another", path, i, stream);
    }
}

static void true_times_of_presentation_are_kept(void **state)
{
    static const struct { const char *name, *options; bool sound, converted; } cases[] = {
        { "vfr.mp4", "-map 0:v -vf \"select='gt(random(1),0.5)'\" -vsync vfr -bf 0", false, false },
        { "vfrb.mkv", "-map 0:v -vf \"select='gt(random(1),0.5)'\" -vsync vfr -bf 2", false, false },
        { "negative.mp4", "-map 0:v -map 1:a -bf 2 -movflags negative_cts_offsets", true, false },
        { "offset.mp4", "-map 0:v -map 1:a -bf 2 -output_ts_offset 7 -use_editlist 0", true, false },
        { "late.mkv", "-map 0:v -map 1:a -bf 2 -output_ts_offset 7 -avoid_negative_ts disabled", true, false },
        { "late.ts", "-map 0:v -map 1:a -bf 2 -output_ts_offset 7", false, true },
        { "wrap.ts", "-map 0:v -map 1:a -bf 2 -output_ts_offset 95441.5", false, true },
        { "priming.mp4", "-map 0:v -map 1:a -bf 0", true, false },
        { "latesound.mp4", "-map 0:v -map 2:a -bf 0", true, false },
        { "longsound.mkv", "-map 0:v -map 1:a -bf 0 -t 6", true, false },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        EXH_CLEANUP(exh_freep)
        char *command = exh_format("ffmpeg -v error -nostdin -y -f lavfi -t 4 -i testsrc2=s=192x108:r=25 -f lavfi -t 5 -i "
                                   "sine=r=16000 -itsoffset 1.3 -f lavfi -t 2 -i sine=r=16000 " X264 "-g 25 -c:a aac "
                                   "%s '%s/%s'", cases[i].options, place.directory, cases[i].name);
        char path[PATH_MAX], clip[PATH_MAX];
        assert_true(footage_run(command) && add_segment(job, at(path, cases[i].name)));
        cut(job, -10, 100, clip);
        assert_null(job->part.problem);
        expect_times_kept(path, clip, "v:0", cases[i].converted);
        if (cases[i].sound)
            expect_times_kept(path, clip, "a:0", false);
    }
}

/* Between two segments of one recording the clock of MPEG-TS may begin anew. */
static void a_clock_that_begins_anew_between_segments_moves_no_frame(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char clip[PATH_MAX];

    (void)state;
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=192x108:r=25 -t 6 " X264 "-bf 2 -g 25 "
                               "-output_ts_offset 95439.5 -f segment -segment_time 1 -segment_format mpegts '%s/anew%%d.ts'",
                               place.directory);
    assert_true(footage_run(command));
    add_segments(job, "anew%d.ts", 6);           /* a second each; the clock's 33 bits end in the fifth */
    cut(job, 0, 6, clip);
    assert_int_equal(job->part.video_packets, 150);
    assert_null(job->part.problem);
    expect_own_frames(job, clip, 0, 150);
    expect_steady(clip, (double)job->part.joins[0].part_ns / 1e9, 0.04);
}

/* Sets the duration of the samples that entry @entry of the time-to-sample box counts; the last one's is -1. */
static void set_duration(const char *path, int entry, uint32_t duration)
{
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(1 << 20);
    FILE *file = fopen(path, "r+");
    size_t size = fread(bytes, 1, 1 << 20, file);
    const uint8_t *box = memmem(bytes, size, "stts", 4);

    assert_non_null(box);
    int count = (int)big_endian(box + 8);
    assert_true(count > entry);
    long place_of = box + 12 + 8 * (entry < 0 ? count - 1 : entry) + 4 - bytes;
    const uint8_t value[4] = { (uint8_t)(duration >> 24), (uint8_t)(duration >> 16), (uint8_t)(duration >> 8),
                               (uint8_t)duration };
    fseek(file, place_of, SEEK_SET);
    assert_int_equal(fwrite(value, 1, 4, file), 4);
    fclose(file);
}

/* Where the recorder's times of decoding stand still, no packet is lost, and what was moved is told. */
static void times_that_stand_still_lose_no_frame(void **state)
{
    static const struct { const char *name; int entry; bool told; } cases[] = {
        { "still.mp4", 3, true }, { "zerolast.mp4", -1, false },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        EXH_CLEANUP(exh_freep)
        char *command = exh_format("ffmpeg -v error -nostdin -y -f lavfi -t 4 -i testsrc2=s=192x108:r=25 -vf "
                                   "\"select='gt(random(1),0.5)'\" -vsync vfr " X264 "-bf 0 -g 25 '%s/%s'",
                                   place.directory, cases[i].name);
        char path[PATH_MAX], clip[PATH_MAX];
        assert_true(footage_run(command));
        set_duration(at(path, cases[i].name), cases[i].entry, 0);
        assert_true(add_segment(job, path));
        cut(job, 0, 100, clip);
        EXH_CLEANUP(exh_strings_clear) struct exh_strings own = footage_hashes(path, "v:0", false);
        expect_own_packets(job, clip, "v:0", 0, own.count);
        assert_int_equal(job->part.problem != NULL, cases[i].told);
    }
}

/* Whether or not its segments were looked at before, by this helper or another, a part is the same to the byte. */
static void a_part_is_the_same_whether_its_segments_were_looked_at_or_not(void **state)
{
    static const char *const patterns[] = { "cont%d.mp4", "contb%d.mp4", "contf%d.mp4", "contt%d.ts", "contk%d.mkv" };

    (void)state;                          /* made by a test before */
    for (size_t i = 0; i < EXH_COUNT(patterns); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char clip[PATH_MAX], first[PATH_MAX];
        add_segments(job, patterns[i], 6);
        cut(job, 1.5, 10.7, clip);
        assert_int_equal(rename(clip, at(first, "first")), 0);
        exh_part_clear(&job->part);
        exh_helper_freep(&job->helper);
        assert_true(exh_helper_start(&job->helper, &err));
        cut(job, 1.5, 10.7, clip);
        EXH_CLEANUP(exh_freep) char *compare = exh_format("cmp '%s' '%s'", first, clip);
        assert_true(footage_run(compare));
    }
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

/* ---- what a segment says of its time ---- */

static void make_timed(const char *name, const char *codec, const char *options)
{
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=192x108:r=25 -f lavfi -i "
                               "sine=r=16000 -t 2 %s -g 25 -pix_fmt yuv420p %s '%s/%s'",
                               codec, options, place.directory, name);

    if (!footage_run(command))
        fail_msg("cannot make %s", name);
}

static void put_big_endian(uint8_t *bytes, uint64_t number, int count)
{
    for (int i = 0; i < count; i++)
        bytes[i] = (uint8_t)(number >> 8 * (count - 1 - i));
}

/* Puts a box into udta at the end of moov, as MediaMTX does. The fragments' places do not depend on where they are. */
static void add_time_box(const char *name, const uint8_t *box, size_t box_size)
{
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(1 << 20);
    uint8_t udta[8] = "\0\0\0\0udta";
    char path[PATH_MAX];
    FILE *file = fopen(at(path, name), "r+");
    size_t size = fread(bytes, 1, 1 << 20, file);
    uint8_t *moov = memmem(bytes, size, "moov", 4);

    assert_non_null(moov);
    moov -= 4;
    size_t end = (size_t)(moov - bytes) + big_endian(moov);
    put_big_endian(udta, 8 + box_size, 4);
    put_big_endian(moov, big_endian(moov) + 8 + box_size, 4);
    rewind(file);
    fwrite(bytes, 1, end, file);
    fwrite(udta, 1, sizeof udta, file);
    fwrite(box, 1, box_size, file);
    fwrite(bytes + end, 1, size - end, file);
    fclose(file);
}

/* Moves the first track of a fragmented MP4: its pictures begin later than its sound. */
static void delay_pictures(const char *name, uint64_t ticks)
{
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(1 << 20);
    char path[PATH_MAX];
    FILE *file = fopen(at(path, name), "r+");
    size_t size = fread(bytes, 1, 1 << 20, file);

    for (uint8_t *tfhd = bytes; ticks && (tfhd = memmem(tfhd, (size_t)(bytes + size - tfhd), "tfhd", 4)); tfhd += 4) {
        uint8_t *tfdt = memmem(tfhd, 100, "tfdt", 4);
        if (big_endian(tfhd + 8) == 1)
            put_big_endian(tfdt + 12, big_endian(tfdt + 12) + ticks, 4); /* of 64 bits, the lower half */
    }
    rewind(file);
    fwrite(bytes, 1, size, file);
    fclose(file);
}

enum { MTXI = 52 };

static void make_mtxi(uint8_t box[MTXI], int64_t ntp)
{
    memset(box, 0x11, MTXI);
    memcpy(box, "\0\0\0\x34mtxi\0\0\0\0", 12);
    put_big_endian(box + 44, (uint64_t)ntp, 8);
}
#define FRAGMENTS "-use_editlist 0 -movflags frag_keyframe+empty_moov+default_base_moof"

static void the_recorders_time_box_tells_the_first_picture(void **state)
{
    static const struct {
        const char *name, *codec, *options;
        double late;
    } cases[] = {
        { "box-plain.mp4", X264 "-bf 0", "-map 0:v " FRAGMENTS, 0 },
        { "box-reordered.mp4", X264 "-bf 2", "-map 0:v " FRAGMENTS, 0 },
        { "box-sound.mp4", X264 "-bf 0", "-map 0:v -map 1:a -c:a aac -video_track_timescale 90000 " FRAGMENTS, 0.4 },
        { "box-table.mp4", X264 "-bf 0", "-map 0:v", 0 },
    };
    const int64_t ntp = start_ns + 123456789;
    uint8_t box[MTXI];

    (void)state;
    make_mtxi(box, ntp);
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char path[PATH_MAX];
        make_timed(cases[i].name, cases[i].codec, cases[i].options);
        add_time_box(cases[i].name, box, sizeof box);
        delay_pictures(cases[i].name, (uint64_t)(cases[i].late * 90000));
        EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, at(path, cases[i].name));
        if (probe.problem || probe.box_ns != ntp + (int64_t)(cases[i].late * 1e9))
            fail_msg("%s: %lld ns, %s", cases[i].name, (long long)(probe.box_ns - ntp), probe.problem);
        assert_int_equal(probe.creation_ns, 0);
    }
}

static void a_time_box_that_makes_no_sense_is_none(void **state)
{
    uint8_t version[MTXI], negative[MTXI], huge[MTXI], small[MTXI];
    const uint8_t *const boxes[] = { version, negative, huge, small };

    (void)state;
    make_mtxi(version, start_ns);
    version[8] = 1;
    make_mtxi(negative, INT64_MIN);
    make_mtxi(huge, start_ns);
    put_big_endian(huge, 0xffffff00, 4);
    make_mtxi(small, start_ns);
    put_big_endian(small, 51, 4);
    for (size_t i = 0; i < EXH_COUNT(boxes); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char path[PATH_MAX];
        make_timed("box-bad.mp4", X264 "-bf 0", "-map 0:v " FRAGMENTS);
        add_time_box("box-bad.mp4", boxes[i], MTXI);
        EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, at(path, "box-bad.mp4"));
        assert_int_equal(probe.box_ns, 0);
        assert_int_equal(probe.spans[0].end_ns, 2 * SECOND);
    }
}

static void the_containers_creation_time_is_told_unless_it_is_an_epoch(void **state)
{
    static const struct {
        const char *name, *time;
        int64_t seconds;
    } cases[] = {
        { "born.mp4", "2021-12-05T21:10:00Z", 1638738600 }, { "born.mkv", "2021-12-05T21:10:00Z", 1638738600 },
        { "unborn.mp4", "1970-01-01T00:00:00Z", 0 },        { "unset.mp4", "1970-01-01T00:05:00Z", 0 },
        { "early.mp4", "1904-01-01T00:00:00Z", 0 },         { "unborn.mkv", "1970-01-01T00:00:00Z", 0 },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        EXH_CLEANUP(exh_freep) char *options = exh_format("-map 0:v -metadata creation_time=%s", cases[i].time);
        char path[PATH_MAX];
        make_timed(cases[i].name, X264 "-bf 0", options);
        EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, at(path, cases[i].name));
        if (probe.creation_ns != cases[i].seconds * SECOND || probe.box_ns)
            fail_msg("%s: %lld", cases[i].name, (long long)probe.creation_ns);
    }
}

static void a_bare_stream_lasts_as_long_as_its_declared_rate_says(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char path[PATH_MAX], clip[PATH_MAX];
    static const struct {
        struct exh_rate rate;
        int64_t ns;
    } cases[] = {
        { { 25, 1 }, 2 * SECOND },
        { { 30000, 1001 }, 1668333333 },
        { { 5, 1 }, 10 * SECOND },
    };

    (void)state;
    make_timed("bare.h264", X264 "-bf 0", "-map 0:v");
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_at_rate(job, at(path, "bare.h264"), cases[i].rate);
        assert_true(probe.own_rate_only);
        assert_in_range(probe.spans[0].end_ns, cases[i].ns - 50000, cases[i].ns + 50000);
    }
    assert_true(add_segment(job, at(path, "bare.h264")));
    job->pieces[0].span.end_ns = 10 * SECOND;
    job->rate = (struct exh_rate){ 5, 1 };
    cut(job, 0, 10, clip);
    assert_int_equal(job->part.end_ns - job->part.first_ns, 10 * SECOND);
    assert_int_equal(job->part.video_packets, 50);
}

/* ---- video that the camera signs (and a collection of it, where that is there) ---- */

static const char *material(const char *name, char path[PATH_MAX])
{
    const char *named = getenv("EXHIBIT_MATERIAL");

    snprintf(path, PATH_MAX, "%s/%s", named ? named : "../shared/material", name);
    if (access(path, R_OK)) {
        print_message("no signed footage at '%s'\n", path);
        skip();
    }
    return path;
}

/* A test is left here or not at all: what it has made by then is not freed when it is left. */
static void need_material(void)
{
    char path[PATH_MAX];

    material("footage/onvif-media-signing/test_signed_h264.mp4", path);
    material("footage/axis/signed_test_h264.mp4", path);
}

#define ONVIF_UUID "\x00\x5b\xc9\x3f\x2d\x71\x5e\x95\xad\xa4\x79\x6f\x90\x87\x7a\x6f"
#define AXIS_UUID  "Signed Video...0"

/* The numbers of the pictures whose bytes hold a UUID: of a file whose packets lie in it as they are. */
struct carriers {
    size_t at[64], count, packets;
};

static struct carriers carriers_of(const char *path, const char *uuid)
{
    EXH_CLEANUP(exh_freep)
    char *command =
        exh_format("ffprobe -v fatal -select_streams v:0 -show_entries packet=pos,size -of csv=p=0 '%s'", path);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings packets = footage_lines(command);
    struct carriers carriers = { .packets = packets.count };
    FILE *file = fopen(path, "r");

    for (size_t i = 0; i < packets.count; i++) {
        long size = strtol(packets.at[i], NULL, 10), pos = strtol(strchr(packets.at[i], ',') + 1, NULL, 10);
        EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc((size_t)size);
        fseek(file, pos, SEEK_SET);
        assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
        for (uint8_t *b = bytes; (b = memmem(b, (size_t)(bytes + size - b), uuid, 16)); b++)
            carriers.at[carriers.count++] = i;
    }
    fclose(file);
    return carriers;
}

static void a_clip_of_signed_video_ends_with_a_signature(void **state)
{
    static const struct {
        const char *name, *scheme, *uuid;
        double from, to;
        size_t first, last, signatures;
    } cases[] = {
        { "footage/onvif-media-signing/test_signed_h264.mp4", "onvif", ONVIF_UUID, 3, 4, 62, 125, 2 },
        { "footage/onvif-media-signing/test_signed_h264.mp4", "onvif", ONVIF_UUID, 0.5, 1, 0, 63, 1 },
        { "footage/onvif-media-signing/test_signed_h264.mp4", "onvif", ONVIF_UUID, 2.24, 2.32, 62, 63, 1 },
        { "footage/onvif-media-signing/test_signed_h264.mp4", "onvif", ONVIF_UUID, 5, 9.8, 124, 256, 4 },
        { "footage/onvif-media-signing/test_signed_h264.mp4", "onvif", ONVIF_UUID, 0, 100, 0, 256, 5 },
        { "footage/axis/signed_test_h264.mp4", "axis", AXIS_UUID, 3, 4, 62, 125, 2 },
        { "footage/axis/signed_test_h264.mp4", "axis", AXIS_UUID, 4.8, 7, 124, 187, 2 },
        { "footage/axis/signed_test_h264_modified_frame_137.mp4", "axis", AXIS_UUID, 5, 7.21, 124, 186, 2 },
        { "footage/axis/signed_test_h264_modified_frame_137.mp4", "axis", AXIS_UUID, 5, 6, 124, 186, 2 },
    };

    (void)state;
    need_material();
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char path[PATH_MAX], clip[PATH_MAX];
        assert_true(add_segment(job, material(cases[i].name, path)));
        cut(job, cases[i].from, cases[i].to, clip);
        struct carriers carriers = carriers_of(clip, cases[i].uuid);
        size_t count = cases[i].last + 1 - cases[i].first;
        if (carriers.count != cases[i].signatures || carriers.at[carriers.count - 1] != count - 1)
            fail_msg("case %zu: %zu of %zu", i, carriers.count, cases[i].signatures);
        assert_string_equal(job->part.signing, cases[i].scheme);
        assert_int_equal(job->part.signed_groups, carriers.count);
        assert_int_equal(job->part.unsigned_end_ns, 0);
        assert_int_equal(job->part.tail_ns,
                         job->part.end_ns > start_ns + (int64_t)(cases[i].to * 1e9)
                             ? job->part.end_ns - start_ns - (int64_t)(cases[i].to * 1e9)
                             : 0);
        expect_own_packets(job, clip, "v:0", cases[i].first, count);
    }
}

/* Matroska is not skimmed; a transport stream and a bare one have start codes. */
static void signatures_are_found_in_any_container(void **state)
{
    static const struct {
        const char *name, *from, *options;
        size_t first, count, signatures;
    } cases[] = {
        { "signed.mkv", "footage/onvif-media-signing/test_signed_h264.mp4", "", 62, 64, 2 },
        { "signed.ts", "footage/axis/signed_test_h264.mp4", "-muxdelay 0", 62, 64, 2 },
        { "signed.h264", "footage/axis/signed_test_h264.mp4", "", 62, 64, 2 },
    };

    (void)state;
    need_material();
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char path[PATH_MAX], clip[PATH_MAX];
        EXH_CLEANUP(exh_freep)
        char *command =
            exh_format("ffmpeg -v error -nostdin -y -ignore_editlist 1 -i '%s' -map 0:v -c copy %s '%s/%s' 2>/dev/null",
                       material(cases[i].from, path), cases[i].options, place.directory, cases[i].name);
        assert_true(footage_run(command));
        job->rate = (struct exh_rate){ 25, 1 };
        assert_true(add_segment(job, at(path, cases[i].name)));
        cut(job, 3, 4, clip);
        bool onvif = strstr(cases[i].from, "onvif") != NULL;
        struct carriers carriers = carriers_of(clip, onvif ? ONVIF_UUID : AXIS_UUID);
        assert_string_equal(job->part.signing, onvif ? "onvif" : "axis");
        assert_int_equal(carriers.count, cases[i].signatures);
        assert_int_equal(carriers.at[carriers.count - 1], carriers.packets - 1);
        assert_int_equal(job->part.signed_groups, cases[i].signatures);
        assert_int_equal(job->part.unsigned_end_ns, 0);
        assert_int_equal(job->part.video_packets, cases[i].count);
        expect_own_frames(job, clip, cases[i].first, cases[i].count - 4);
    }
}

static void a_probe_tells_who_signs(void **state)
{
    static const struct {
        const char *name, *scheme;
    } cases[] = {
        { "footage/onvif-media-signing/test_signed_h264.mp4", "onvif" },
        { "footage/axis/signed_test_h264.mp4", "axis" },
        { "footage/axis/signed_vendor_axis.h264", "axis" },
        { "footage/axis/test_h264.mp4", "" },
        { "footage/axis/test_h265.mp4", "" },
    };

    (void)state;
    need_material();
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char path[PATH_MAX];
        EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, material(cases[i].name, path));
        assert_string_equal(probe.signing, cases[i].scheme);
    }
}

/* Axis's UUID, a byte of flags, and a tag of a signature of 257 bytes: what the ffmpeg program can put before the first
 * key frame, and before the picture after each other one. */
static void make_signed(const char *name, const char *codec, int seconds)
{
    char signature[258] = "";

    memset(signature, 'x', 257);
    EXH_CLEANUP(exh_freep)
    char *command =
        exh_format("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=192x108:r=5 -t %d %s -pix_fmt yuv420p "
                   "-bsf:v h264_metadata=sei_user_data='5369676e656420566964656f2e2e2e30+!\5\1\1%s' '%s/%s'",
                   seconds, codec, signature, place.directory, name);

    if (!footage_run(command))
        fail_msg("cannot make %s", name);
}

/* Of an open group only the first key frame is an IDR picture, with which a signed group can begin. */
static void a_clip_of_signed_video_begins_with_a_group_that_is_signed(void **state)
{
    static const struct {
        double from;
        double first;
    } cases[] = { { 4.5, 0 }, { 9.9, 0 }, { 11.5, 11 } };

    (void)state;
    make_signed("opened.ts", X264 "-bf 0 -x264-params open-gop=1:keyint=5:min-keyint=5:bframes=1:b-adapt=0", 16);
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char path[PATH_MAX], clip[PATH_MAX];
        assert_true(add_segment(job, at(path, "opened.ts")));
        cut(job, cases[i].from, 12.2, clip);
        assert_string_equal(job->part.signing, "axis");
        assert_in_range(job->part.first_ns - start_ns, (int64_t)(cases[i].first * 1e9),
                        (int64_t)(cases[i].first * 1e9) + SECOND / 2);
        assert_int_equal(carriers_of(clip, AXIS_UUID).count, job->part.signed_groups);
    }
}

static void a_signature_long_after_the_window_is_not_waited_for(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char path[PATH_MAX], clip[PATH_MAX];

    (void)state;
    make_signed("rare.ts", X264 "-bf 0 -g 100", 44); /* a signature each twenty seconds */
    assert_true(add_segment(job, at(path, "rare.ts")));
    cut(job, 1, 5, clip);
    assert_int_equal(job->part.tail_ns, 0);
    assert_int_equal(job->part.signed_groups, 1);
    assert_int_equal(job->part.unsigned_end_ns, 48 * SECOND / 10);
    exh_part_clear(&job->part);
    cut(job, 1, 12, clip);
    assert_int_equal(job->part.tail_ns, 84 * SECOND / 10);
    assert_int_equal(job->part.signed_groups, 2);
    assert_int_equal(job->part.unsigned_end_ns, 0);
}

static void a_camera_that_begins_to_sign_within_a_segment_is_noticed_in_a_minute(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    EXH_CLEANUP(exh_freep)
    char *command =
        exh_format("cd '%s' && ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=192x108:r=5 -t 20 " X264
                   "-bf 0 -g 10 -pix_fmt yuv420p late0.ts && printf 'file late0.ts\nfile late1.ts\n' >late.txt && "
                   "ffmpeg -v error -nostdin -y -f concat -i late.txt -c copy late.mp4",
                   place.directory);
    char path[PATH_MAX], clip[PATH_MAX];

    (void)state;
    make_signed("late1.ts", X264 "-bf 0 -g 10", 100);
    assert_true(footage_run(command));
    EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, at(path, "late.mp4"));
    assert_string_equal(probe.signing, "axis");
    assert_true(add_segment(job, path));
    cut(job, 70, 100.5, clip);
    struct carriers carriers = carriers_of(clip, AXIS_UUID);
    assert_int_equal(job->part.signed_groups, carriers.count);
    assert_int_equal(carriers.at[carriers.count - 1], carriers.packets - 1);
    assert_int_equal(job->part.unsigned_end_ns, 0);
}

/* Splits signed footage at its key frames: pictures 0-61 without a signature, 62-123 with one, and so on. */
static void split(const char *name, const char *pattern)
{
    char path[PATH_MAX];
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffmpeg -v error -nostdin -y -ignore_editlist 1 -i '%s' -map 0:v -c copy -f segment "
                               "-segment_time 2 -reset_timestamps 1 '%s/%s'",
                               material(name, path), place.directory, pattern);

    assert_true(footage_run(command));
}

static void the_signature_behind_the_window_may_lie_in_the_next_segment(void **state)
{
    need_material();
    EXH_CLEANUP(free_job) struct job *job = new_job();
    char clip[PATH_MAX];

    (void)state;
    split("footage/onvif-media-signing/test_signed_h264.mp4", "sign%d.mp4");
    add_segments(job, "sign%d.mp4", 4);
    cut(job, 3, 4, clip);
    assert_int_equal(job->part.join_count, 2);
    assert_int_equal(job->part.signed_groups, 2);
    assert_int_equal(job->part.unsigned_end_ns, 0);
    expect_own_packets(job, clip, "v:0", 62, 64);
}

static void an_end_without_a_signature_is_measured(void **state)
{
    static const struct {
        const char *name;
        double from, to;
        size_t first, count, signatures;
        double unsigned_end;
    } cases[] = {
        { "sign1.mp4", 1, 2, 0, 50, 1, 48 * 0.04 }, /* the only one is with picture 1 */
        { "sign1.mp4", 0, 0.08, 0, 2, 1, 0 },
    };

    (void)state;
    need_material();
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_job) struct job *job = new_job();
        char path[PATH_MAX], clip[PATH_MAX];
        split("footage/axis/signed_test_h264.mp4", "sign%d.mp4");
        assert_true(add_segment(job, at(path, cases[i].name)));
        cut(job, cases[i].from, cases[i].to, clip);
        assert_string_equal(job->part.signing, "axis");
        assert_int_equal(job->part.signed_groups, cases[i].signatures);
        assert_int_equal(job->part.unsigned_end_ns, (int64_t)(cases[i].unsigned_end * 1e3 + 0.5) * 1000000);
        expect_own_packets(job, clip, "v:0", cases[i].first, cases[i].count);
    }
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

/* Bytes of no format, always the same: most are told as such. Some by chance look like a frame of some
 * format, whose reader then says what it misses: a file without video, or one that cannot be read. */
static void random_bytes_are_told_to_be_no_footage(void **state)
{
    EXH_CLEANUP(free_job) struct job *job = new_job();
    uint64_t random = 88172645463325252u;
    char path[PATH_MAX];

    (void)state;
    for (int file = 0; file < 40; file++) {
        uint8_t bytes[20000];
        for (size_t i = 0; i < sizeof bytes; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes[i] = (uint8_t)(random >> 24);
        }
        write_bytes(at(path, "random.mp4"), bytes, sizeof bytes);
        EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = probe_path(job, path);
        bool told = probe.problem && (strstr(probe.problem, "is in no known footage format")
            || strstr(probe.problem, "holds no video") || strstr(probe.problem, "holds video whose pictures have no size")
            || strstr(probe.problem, "cannot be read as footage"));
        if (!told || probe.span_count)
            fail_msg("file %d: %s", file, probe.problem ? probe.problem : "no problem");
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

#define IN_CAGE(cage) "{\"cage\":" cage ",\"libraries\":\"libavformat 0\",\"protocol\":4}"
#define HELLO IN_CAGE("{\"landlock\":7,\"seccomp\":true}")
#define TRACK "{\"audio\":0,\"channels\":0,\"codec\":\"h264\",\"height\":9,\"parameters\":" \
    "\"0000000000000000000000000000000000000000000000000000000000000000\",\"profile\":\"\",\"rate_denominator\":1," \
    "\"rate_numerator\":25,\"sample_rate\":0,\"video\":true,\"width\":16}"
#define PART(first, end, size, media) SIGNED_PART(first, end, size, media, "0", "", "0")
#define SIGNED_PART(first, end, size, media, groups, scheme, unsigned_end)                                             \
    "{" PART_BODY(first, end, size, media, groups, scheme, unsigned_end)
#define PART_BODY(first, end, size, media, groups, scheme, unsigned_end)                                               \
    "\"audio_packets\":0,\"end_ns\":" end ",\"first_ns\":" first ",\"key_frames\":1,"                                 \
    "\"leading_left_out\":0,\"media_bytes\":" media ",\"problem\":null,\"reframed\":false,\"signed_groups\":" groups   \
    ",\"signing\":\"" scheme "\",\"unsigned_end_ns\":" unsigned_end ",\"size\":" size ",\"suffix\":\"mp4\","           \
    "\"tracks\":[" TRACK "],\"video_packets\":2}"
/* The window of these tests is the second from 1638738600 on, their one piece that second too. */
#define FIRST "1638738600000000000"
#define END "1638738601000000000"
#define GOOD_PART PART(FIRST, END, "1000", "900")
#define GOOD_PART_BODY PART_BODY(FIRST, END, "1000", "900", "0", "", "0")
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
        { "signatures of a camera that does not sign", JOIN, SIGNED_PART(FIRST, END, "1000", "900", "1", "", "0") },
        { "an unsigned end where nothing is signed", JOIN, SIGNED_PART(FIRST, END, "1000", "900", "0", "", "1") },
        { "an unsigned end longer than the part", JOIN,
          SIGNED_PART(FIRST, END, "1000", "900", "1", "onvif", "1000000001") },
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

/* A part of two packets that goes on, of a segment of so many bytes that are asked for so often. */
static bool goes_on_falsely(uint64_t packets, uint64_t bytes, const char *segment, int asked, struct exh_error *err)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text talk = EXH_TEXT_NONE;
    EXH_CLEANUP(free_job) struct job *job = new_job();
    struct exh_cut cut = cut_of(job, 0, 1);

    add_words(&talk, EXH_HELPER_HELLO, HELLO);
    for (int i = 0; i < asked; i++)
        add_words(&talk, EXH_HELPER_NEED, "{\"piece\":0}");
    add_words(&talk, EXH_HELPER_JOINS, JOIN);
    add_words(&talk, EXH_HELPER_PART, "{\"goes_on\":true,\"next_piece\":0,\"next_ns\":1638738600500000000," GOOD_PART_BODY);
    start_fake(job, &talk, "exec sleep 20");
    add_fake_piece(job);
    free(job->paths[0]);
    job->paths[0] = exh_strdup(segment);
    cut.piece_count = 1;
    cut.most_packets = packets;
    cut.most_bytes = bytes;
    return exh_helper_plan(job->helper, &cut, &job->part, err);
}

static void a_part_that_goes_on_before_it_is_full_is_refused(void **state)
{
    static const struct { uint64_t packets, bytes; int asked; bool believed; } cases[] = {
        { 0, 0, 1, false }, { 3, 0, 1, false }, { 2, 0, 1, true }, { 3, 16000, 1, false }, { 3, 15999, 1, true },
        { 0, 16000, 1, false }, { 0, 16000, 2, true }, { 0, 1, 0, false }, { 2, 16000, 1, true },
    };
    char path[PATH_MAX];

    (void)state;
    write_bytes(at(path, "thousand"), (const char[1000]){ 0 }, 1000);
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        bool believed = goes_on_falsely(cases[i].packets, cases[i].bytes, path, cases[i].asked, &err);
        if (believed != cases[i].believed)
            fail_msg("case %zu: %s", i, err.text ? err.text : "believed");
        if (!believed)
            assert_non_null(strstr(err.text, "too early"));
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

/* A kernel without a layer of the cage: what the helper then says of itself. */
static void a_helper_that_is_not_in_the_whole_cage_is_refused_unless_allowed(void **state)
{
    static const struct { const char *hello, *lacks, *words; } cases[] = {
        { IN_CAGE("{\"landlock\":0,\"seccomp\":true}"), "Landlock", "seccomp alone: " },
        { IN_CAGE("{\"landlock\":3,\"seccomp\":false}"), "seccomp", "Landlock ABI 3 alone: " },
        { IN_CAGE("{\"landlock\":3}"), "seccomp", "Landlock ABI 3 alone: " },
        { IN_CAGE("{\"landlock\":0,\"seccomp\":false}"), "Landlock and seccomp", "none: " },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_text_clear) struct exh_text talk = EXH_TEXT_NONE;
        EXH_CLEANUP(free_job) struct job *job = new_job();
        add_words(&talk, EXH_HELPER_HELLO, cases[i].hello);
        start_fake(job, &talk, "exec sleep 20");
        assert_false(exh_helper_ready(job->helper, &err));
        assert_int_equal(err.kind, EXH_REFUSED);
        assert_non_null(strstr(err.text, cases[i].words));
        assert_non_null(strstr(err.text, "media.cage"));
        exh_error_clear(&err);
        exh_helper_allow_bare(job->helper, true);
        assert_true(exh_helper_ready(job->helper, &err));
        assert_string_equal(exh_helper_lacks(job->helper), cases[i].lacks);
        assert_non_null(strstr(exh_helper_cage(job->helper), cases[i].words));
    }
}

static void a_helper_that_does_not_say_which_cage_it_is_in_is_none(void **state)
{
    static const char *const hellos[] = {
        "{\"libraries\":\"libavformat 0\",\"protocol\":4}", IN_CAGE("7"), IN_CAGE("{\"seccomp\":true}"),
        IN_CAGE("{\"landlock\":-1,\"seccomp\":true}"),
        "{\"cage\":{\"landlock\":7,\"seccomp\":true},\"libraries\":\"libavformat 0\",\"protocol\":2}",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(hellos); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_text_clear) struct exh_text talk = EXH_TEXT_NONE;
        EXH_CLEANUP(free_job) struct job *job = new_job();
        add_words(&talk, EXH_HELPER_HELLO, hellos[i]);
        start_fake(job, &talk, "exec sleep 20");
        assert_false(exh_helper_ready(job->helper, &err));
        assert_int_equal(err.kind, EXH_IO);
    }
}

static void what_a_helper_that_does_not_start_says_is_told(void **state)
{
    (void)state;
#ifdef EXH_SANITIZED
    skip();                              /* there it goes to the caller's standard error */
#endif
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text talk = EXH_TEXT_NONE;
    EXH_CLEANUP(free_job) struct job *job = new_job();
    start_fake(job, &talk, "echo 'libavformat.so.59: cannot open' >&2; exit 127");
    assert_false(exh_helper_ready(job->helper, &err));
    assert_int_equal(err.kind, EXH_IO);
    assert_non_null(strstr(err.text, "(status 127): libavformat.so.59: cannot open"));
}

static void a_probe_that_cannot_be_true_is_a_problem_of_the_segment(void **state)
{
#define STEP(ns) "{\"box_ns\":null,\"container\":\"mov\",\"creation_ns\":null,\"longest_step_ns\":" ns ",\"own_rate_only\":false," \
    "\"packets\":1,\"problem\":null,\"signing\":\"\",\"spans\":[[0,9]],\"starts_with_key\":true,\"tracks\":[" TRACK "],\"unread\":false}"
    static const char *const answers[] = {
        "[]",
        "{\"container\":\"mov\",\"own_rate_only\":false,\"packets\":1,\"problem\":null,\"signing\":\"\",\"spans\":[],\"starts_with_"
        "key\":true,\"tracks\":[]}",
        "{\"container\":\"mov\",\"own_rate_only\":false,\"packets\":1,\"problem\":null,\"signing\":\"\",\"spans\":[[0,9],[5,20]],"
        "\"starts_with_key\":true,"
        "\"tracks\":[" TRACK "]}",
        STEP("-1"),
        STEP("34560000000000001"),
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
        assert_true(probe.unread);
    }
#undef STEP
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
    assert_true(exh_helper_start(&helper, &err));
    assert_false(exh_helper_ready(helper, &err));
    assert_int_equal(err.kind, EXH_IO);
    exh_helper_freep(&helper);
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
        cmocka_unit_test(parts_of_a_stretch_hold_together_what_one_would),
        cmocka_unit_test(parts_end_before_closed_groups_where_there_are_some),
        cmocka_unit_test(parts_of_segments_that_overlap_lose_nothing),
        cmocka_unit_test(pictures_torn_off_between_parts_are_counted),
        cmocka_unit_test(parts_of_so_many_bytes_hold_together_what_one_would),
        cmocka_unit_test(a_part_that_just_fits_is_not_cut_and_one_byte_less_cuts_it),
        cmocka_unit_test(a_group_of_pictures_over_the_limit_is_a_part_of_its_own),
        cmocka_unit_test(every_part_shows_some_of_the_window),
        cmocka_unit_test(the_earlier_of_two_limits_ends_a_part),
        cmocka_unit_test(for_its_size_alone_no_picture_is_torn_off),
        cmocka_unit_test(what_comes_behind_a_full_part_is_not_read),
        cmocka_unit_test(parts_by_bytes_of_segments_that_overlap_lose_nothing),
        cmocka_unit_test(real_footage_cut_by_bytes_is_whole),
        cmocka_unit_test(true_times_of_presentation_are_kept),
        cmocka_unit_test(a_clock_that_begins_anew_between_segments_moves_no_frame),
        cmocka_unit_test(times_that_stand_still_lose_no_frame),
        cmocka_unit_test(a_part_is_the_same_whether_its_segments_were_looked_at_or_not),
        cmocka_unit_test(a_probe_tells_what_a_segment_holds),
        cmocka_unit_test(parameters_differ_when_the_picture_does),
        cmocka_unit_test(a_hole_parts_the_spans_and_a_slow_camera_has_none),
        cmocka_unit_test(the_recorders_time_box_tells_the_first_picture),
        cmocka_unit_test(a_time_box_that_makes_no_sense_is_none),
        cmocka_unit_test(the_containers_creation_time_is_told_unless_it_is_an_epoch),
        cmocka_unit_test(a_bare_stream_lasts_as_long_as_its_declared_rate_says),
        cmocka_unit_test(a_clip_of_signed_video_ends_with_a_signature),
        cmocka_unit_test(signatures_are_found_in_any_container),
        cmocka_unit_test(a_probe_tells_who_signs),
        cmocka_unit_test(a_clip_of_signed_video_begins_with_a_group_that_is_signed),
        cmocka_unit_test(a_signature_long_after_the_window_is_not_waited_for),
        cmocka_unit_test(a_camera_that_begins_to_sign_within_a_segment_is_noticed_in_a_minute),
        cmocka_unit_test(the_signature_behind_the_window_may_lie_in_the_next_segment),
        cmocka_unit_test(an_end_without_a_signature_is_measured),
        cmocka_unit_test(damage_is_told_in_a_sentence),
        cmocka_unit_test(random_bytes_are_told_to_be_no_footage),
        cmocka_unit_test(a_cut_segment_is_used_to_its_last_whole_frame),
        cmocka_unit_test(every_file_of_the_collection_is_answered),
        cmocka_unit_test(a_plan_that_cannot_be_true_is_refused),
        cmocka_unit_test(a_part_that_goes_on_before_it_is_full_is_refused),
        cmocka_unit_test(a_delivery_that_is_not_what_was_planned_is_refused),
        cmocka_unit_test(a_helper_that_asks_for_segments_without_end_is_stopped),
        cmocka_unit_test(a_helper_that_crashes_is_a_problem_of_the_segment_and_started_anew),
        cmocka_unit_test(a_helper_that_died_unasked_is_no_problem_of_the_next_segment),
        cmocka_unit_test(a_helper_that_is_not_in_the_whole_cage_is_refused_unless_allowed),
        cmocka_unit_test(a_helper_that_does_not_say_which_cage_it_is_in_is_none),
        cmocka_unit_test(what_a_helper_that_does_not_start_says_is_told),
        cmocka_unit_test(a_probe_that_cannot_be_true_is_a_problem_of_the_segment),
        cmocka_unit_test(a_helper_that_hangs_is_given_up),
        cmocka_unit_test(without_a_helper_there_is_an_error_and_not_a_problem),
    };

    return cmocka_run_group_tests(tests, set_up, clean_up);
}
