/* verify: what is in the footage of a package, as the helper reads it, held against the record. */
#include "source.h"

#include "exhibit/file.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct judging {
    const struct exh_footage_ask *ask;
    int folder;                          /* the package's; -1: it cannot be read */
    struct exh_error *no_folder;         /* why */
    struct exh_package_report *package;
    struct exh_footage_report *report;
    uint64_t done, count;                /* files that the record says something of */
};

/* One file. */
struct looking {
    struct judging *all;
    const struct exh_json *record, *part;
    const char *file;
    struct exh_probe probe;
    bool differs;
};

const char *exh_footage_result_name(const struct exh_footage_report *report)
{
    if (report->differing)
        return "differs";
    if (report->unjudged)
        return "not judged";
    return report->same ? "same" : "nothing";
}

/* ---- what is said of it ---- */

static void differs(struct looking *l, const char *format, ...) EXH_PRINTF(2, 3);
static void differs(struct looking *l, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *words = exh_vformat(format, arguments);
    va_end(arguments);
    exh_check_findings_add(&l->all->package->findings, "E-FOOTAGE", l->file, "'%s': %s", l->file, words);
    l->differs = true;
}

static void cannot_judge(struct looking *l, const char *why)
{
    exh_check_findings_add(&l->all->package->findings, "W-FOOTAGE", l->file, "'%s' was not held against the record: %s", l->file, why);
    l->all->report->unjudged++;
}

/* ---- what a record is of ---- */

static bool is_one_of(const struct exh_json *record, const char *member, const char *one, const char *other)
{
    const char *words = exh_json_text_or(record, member, "");

    return strcmp(words, one) == 0 || strcmp(words, other) == 0;
}

static bool is_film(const struct exh_json *record)
{
    return is_one_of(record, "item", "copy", "redacted");
}

/* What other libraries find wrong they say in other words, and a decoder they may set up otherwise. */
static bool is_same_reader(const struct looking *l)
{
    return strcmp(exh_json_text_or(exh_json_get(l->record, "made"), "libraries", ""), exh_helper_libraries(l->all->ask->helper)) == 0;
}

/* The recorder's or somebody's own files, and no parts that were cut. */
static bool is_whole(const struct exh_json *record)
{
    return is_one_of(record, "mode", "native", "added");
}

/* ---- packets ---- */

static void hold_packets(struct looking *l, uint64_t said)
{
    if (said != l->probe.packets)
        differs(l, "the record says %" PRIu64 " packets, and there are %" PRIu64, said, l->probe.packets);
}

/* A packet of a film is a picture, or one of sound. */
static uint64_t film_packets(const struct looking *l)
{
    const struct exh_json *sound = exh_json_get(exh_json_get(exh_json_get(l->record, "conversion"), "facts"), "sound");

    return (uint64_t)exh_json_int_or(l->part, "pictures", 0) + (uint64_t)exh_json_int_or(sound, "packets", 0);
}

static uint64_t clip_packets(const struct looking *l)
{
    return (uint64_t)exh_json_int_or(l->part, "video_packets", 0) + (uint64_t)exh_json_int_or(l->part, "audio_packets", 0);
}

/* ---- how long it shows ---- */

/* How long the last picture shows is the container's word or a guess, and is read otherwise from one container than from
 * another; but it is no longer than others are. The file's own steps say how long that is: a rate that the record states could
 * make a frame as long as it likes. A second where there are none, as of a single picture: no recorder is slower. */
static int64_t frame_ns(const struct exh_probe *probe)
{
    int64_t usual = EXH_SECOND;

    for (size_t i = probe->track_count; i-- > 0;)
        if (probe->tracks[i].video && probe->tracks[i].rate_numerator > 0)
            usual = EXH_SECOND * probe->tracks[i].rate_denominator / probe->tracks[i].rate_numerator;
    return probe->longest_step_ns > usual ? probe->longest_step_ns : usual;
}

/* Sums of a record's numbers, which may be any. */
static int64_t sum(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t difference(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* What lies between the first picture and the last join: in the part's own time, less in true time. */
static int64_t shift_of_joins(const struct exh_json *joins)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_json *first = exh_json_at(joins, 0), *last = exh_json_at(joins, exh_json_count(joins) - 1);
    struct exh_moment from, to;

    if (!exh_moment_parse_utc(exh_json_text_or(first, "true_time", ""), &from, &err)
        || !exh_moment_parse_utc(exh_json_text_or(last, "true_time", ""), &to, &err))
        return 0;
    int64_t own = difference(exh_json_int_or(last, "part_ns", 0), exh_json_int_or(first, "part_ns", 0));
    return difference(own, difference(to.ns, from.ns));
}

/* In the file's own time: where recorder's files follow each other in a part, the one begins where the other ends,
 * whatever true time lies between. False: the record states none, as it may of a file that was taken whole. */
static bool stated_length(const struct looking *l, int64_t *ret_ns)
{
    const struct exh_json *joins = exh_json_get(l->part, "joins");
    const char *member = is_film(l->record) ? "film_ns" : "length_ns";

    if (is_whole(l->record) && exh_json_type(exh_json_get(l->part, member)) != EXH_JSON_INT)
        return false;
    *ret_ns = exh_json_int_or(l->part, member, 0);
    if (exh_json_count(joins) > 1)
        *ret_ns = sum(*ret_ns, shift_of_joins(joins));
    return true;
}

static void hold_length(struct looking *l)
{
    const struct exh_probe *probe = &l->probe;
    int64_t said = 0, frame = frame_ns(probe);
    int64_t found = probe->span_count ? probe->spans[probe->span_count - 1].end_ns - probe->spans[0].start_ns : 0;

    if (stated_length(l, &said) && (said < found - frame || said > found + frame))
        differs(l, "by the record it shows %.3f s, and it shows %.3f s", (double)said / 1e9, (double)found / 1e9);
}

/* ---- tracks ---- */

/* MP4 has one name for mp2 and mp3 (object type 0x6b), so of a part that was cut nothing tells one from the other. */
static void add_track(struct exh_text *words, bool video, const char *codec, int64_t width, int64_t height)
{
    bool is_mp2 = strcmp(codec, "mp2") == 0;

    exh_text_printf(words, "%s%s %s", words->size ? ", " : "", video ? "video" : "audio", is_mp2 ? "mp3" : codec);
    if (video)
        exh_text_printf(words, " %" PRId64 "x%" PRId64, width, height);
}

static char *found_tracks(const struct exh_probe *probe)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;

    for (size_t i = 0; i < probe->track_count; i++)
        add_track(&words, probe->tracks[i].video, probe->tracks[i].codec, probe->tracks[i].width, probe->tracks[i].height);
    return exh_strdup(words.size ? words.bytes : "none");
}

/* Sound of which a part has no packet has no track in its file. */
static char *stated_tracks(const struct looking *l)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;
    const struct exh_json *tracks = exh_json_get(l->part, "tracks");
    bool is_silent = !is_whole(l->record) && exh_json_int_or(l->part, "audio_packets", 0) == 0;

    for (size_t i = 0; i < exh_json_count(tracks); i++) {
        const struct exh_json *track = exh_json_at(tracks, i);
        bool video = strcmp(exh_json_text_or(track, "kind", ""), "video") == 0;
        if (video || !is_silent)
            add_track(&words, video, exh_json_text_or(track, "codec", ""), exh_json_int_or(track, "width", 0),
                      exh_json_int_or(track, "height", 0));
    }
    return exh_strdup(words.size ? words.bytes : "none");
}

/* Of a film the record says its size, and whether there is sound. */
static char *film_tracks(const struct looking *l)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;

    add_track(&words, true, "h264", exh_json_int_or(l->part, "width", 0), exh_json_int_or(l->part, "height", 0));
    if (exh_json_bool_or(l->part, "sound", false))
        add_track(&words, false, "aac", 0, 0);
    return exh_text_take(&words);
}

/* A part that was cut has tables of its own. */
static void hold_parameters(struct looking *l)
{
    const struct exh_json *tracks = exh_json_get(l->part, "tracks");

    if (!is_whole(l->record) || !is_same_reader(l))
        return;
    for (size_t i = 0; i < l->probe.track_count; i++)
        if (strcmp(exh_json_text_or(exh_json_at(tracks, i), "parameters_sha256", ""), l->probe.tracks[i].parameters) != 0)
            differs(l, "the parameters of track %zu have not the SHA-256 that the record says", i + 1);
}

static void hold_tracks(struct looking *l)
{
    EXH_CLEANUP(exh_freep) char *said = is_film(l->record) ? film_tracks(l) : stated_tracks(l);
    EXH_CLEANUP(exh_freep) char *found = found_tracks(&l->probe);

    if (strcmp(said, found) != 0)
        differs(l, "the record says its tracks are %s, and they are %s", said, found);
    else
        hold_parameters(l);
}

/* ---- one file ---- */

/* What was cut from a damaged file of the recorder's may show the damage: bytes that were never written, behind its end. */
static bool is_of_damaged(const struct looking *l)
{
    const struct exh_json *segments = exh_json_get(l->record, "segments");

    for (size_t i = 0; i < exh_json_count(segments); i++) {
        const struct exh_json *segment = exh_json_at(segments, i);
        if (exh_json_text_or(segment, "problem", NULL) && exh_json_find(exh_json_get(segment, "runs"), "part", l->file))
            return true;
    }
    return false;
}

/* False: there is nothing more to be held against the record. */
static bool hold_problem(struct looking *l)
{
    bool whole = is_whole(l->record), is_footage = *l->probe.container != '\0';
    const char *said = whole ? exh_json_text_or(l->part, "problem", NULL) : NULL, *found = l->probe.problem;

    bool agrees = said ? found && (!is_same_reader(l) || strcmp(said, found) == 0) : !found;

    if (agrees || (!whole && is_footage && is_of_damaged(l)))
        return true;
    differs(l, "the record says of it: %s; what reads it says: %s", said ? said : "nothing wrong", found ? found : "nothing wrong");
    return is_footage;
}

static void hold(struct looking *l)
{
    if (hold_problem(l)) {
        if (!is_whole(l->record))
            hold_packets(l, is_film(l->record) ? film_packets(l) : clip_packets(l));
        hold_length(l);
        hold_tracks(l);
    }
    *(l->differs ? &l->all->report->differing : &l->all->report->same) += 1;
}

/* What was judged to be as it was signed was read by this name; it must be that file still. */
static bool open_file(const struct looking *l, int *ret_fd, struct exh_error *err)
{
    const struct exh_package_file *file = exh_source_sound_file(l->all->package, l->file);
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    struct stat facts;

    if (l->all->folder < 0)
        return exh_fail(err, EXH_IO, "%s", l->all->no_folder->text);
    if (!exh_file_open_unlinked(l->all->folder, l->file, &fd, err))
        return false;
    if (fstat(fd, &facts) || !S_ISREG(facts.st_mode) || (uint64_t)facts.st_size != file->size)
        return exh_fail(err, EXH_IO, "it changed since it was judged");
    *ret_fd = fd;
    fd = -1;
    return true;
}

/* Of a bare stream the rate that it was read with before: it has no times of its own. */
static struct exh_rate rate_of(const struct exh_json *part)
{
    const struct exh_json *track = exh_json_at(exh_json_get(part, "tracks"), 0);
    int64_t numerator = exh_json_int_or(track, "rate_numerator", 0), denominator = exh_json_int_or(track, "rate_denominator", 0);
    bool stated = numerator > 0 && numerator <= INT32_MAX && denominator > 0 && denominator <= INT32_MAX;

    return stated ? (struct exh_rate){ (int)numerator, (int)denominator } : (struct exh_rate){ 0, 0 };
}

static void clear_looking(struct looking *l)
{
    exh_probe_clear(&l->probe);
}

static void judge_file(struct judging *all, const struct exh_json *record, const struct exh_json *part)
{
    EXH_CLEANUP(clear_looking) struct looking l = { .all = all, .record = record, .part = part, .file = exh_json_text_or(part, "file", "") };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    if (all->ask->progress)
        all->ask->progress(all->ask->context, all->done++, all->count);
    if (!open_file(&l, &fd, &err) || !exh_helper_probe(all->ask->helper, fd, rate_of(part), &l.probe, &err))
        cannot_judge(&l, err.text);
    else if (l.probe.unread)
        cannot_judge(&l, l.probe.problem);
    else
        hold(&l);
}

/* ---- all of them ---- */

/* Of a file that was taken whole and is no footage the record has no tracks; an image is not read. */
static bool says_something(const struct judging *all, const struct exh_json *record, const struct exh_json *part)
{
    bool is_footage = is_whole(record) ? exh_json_count(exh_json_get(part, "tracks")) > 0
                                        : strcmp(exh_json_text_or(record, "item", ""), "stills") != 0;

    return is_footage && exh_source_sound_file(all->package, exh_json_text_or(part, "file", ""));
}

/* A package of exhibits has a record of each. */
static const struct exh_json *record_of(const struct exh_package_report *package, size_t number)
{
    return number ? package->exhibits[number - 1].record : package->record;
}

static void each_file(struct judging *all, void (*act)(struct judging *all, const struct exh_json *record, const struct exh_json *part))
{
    for (size_t r = 0; r <= all->package->exhibit_count; r++) {
        const struct exh_json *record = record_of(all->package, r), *parts = exh_json_get(record, "parts");
        for (size_t i = 0; i < exh_json_count(parts); i++)
            if (says_something(all, record, exh_json_at(parts, i)))
                act(all, record, exh_json_at(parts, i));
    }
}

static void count_file(struct judging *all, const struct exh_json *record, const struct exh_json *part)
{
    (void)record;
    (void)part;
    all->count++;
}

void exh_verify_footage(const struct exh_footage_ask *ask, int directory, const char *path, struct exh_package_report *package,
                        struct exh_footage_report *ret_report)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error no_folder = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fd_close) int folder = -1;

    *ret_report = (struct exh_footage_report){ 0 };
    if (!path)
        exh_fail(&no_folder, EXH_IO, "the package was not unpacked");
    else if (!exh_directory_open(directory, path, &folder, &no_folder))
        folder = -1;
    struct judging all = { .ask = ask, .folder = folder, .no_folder = &no_folder, .package = package, .report = ret_report };
    each_file(&all, count_file);
    each_file(&all, judge_file);
    if (ret_report->differing)
        package->verdict = EXH_FAILED;
}
