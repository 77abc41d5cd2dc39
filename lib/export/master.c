/* export: the Master: planning its parts and copying their bytes, each read once.
 *
 * A part is literal bytes from the helper (the container's tables) and runs of the recorder's files,
 * which are read here. While a run passes it is hashed as the recorder has it, so that the record can
 * name the bytes that were taken.
 */
#include "export.h"

#include "exhibit/file.h"
#include "exhibit/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    /* Runs this close belong to one stretch: between them lie only the container's own bytes
     * (fragment headers of about a second of footage), which are hashed along. */
    NEAR = 64 << 10,
    NO_SEGMENT = -1,
    /* A part of more packets than this goes on in another from the next key frame: tables take memory by the packet. */
    MOST_PACKETS = 90000,
};
/* Nor has a part more bytes of packets than this, 3.9 GB, so that seal can put each on any medium that it knows. What is
 * left on the smallest, 100 MB, is for the part's tables (44 bytes a packet, hardly more than twice MOST_PACKETS of them:
 * 8 MB), and for what else its volume holds: records, times, pages, log, and the tags of its encryption (1 MB). */
static const uint64_t most_bytes = EXH_SMALLEST_MEDIUM - 100000000;

/* Copying of one part. */
struct copying {
    struct exporting *e;
    struct exh_item_part *part;
    struct exh_fan *fan;
    int fd;                              /* of the open segment */
    ssize_t segment;                     /* its number, NO_SEGMENT when none */
    struct exh_sha256 *hash;             /* of the stretch in hand */
    uint64_t from, to;                   /* the stretch in hand */
    bool whole;                          /* it is the whole segment, whose packets come through the helper */
    uint64_t done;                       /* bytes of the part */
};

static bool open_piece(void *context, size_t segment, int *ret_fd, struct exh_error *err)
{
    struct exporting *e = context;

    return exh_segment_open(&e->coverage, segment, ret_fd, err);
}

/* ---- which pieces make which part ---- */

void exh_export_find_cuts(struct exporting *e)
{
    e->cut_count = e->coverage.stretch_count;
    e->cuts = exh_realloc_array(e->cuts, e->cut_count, sizeof *e->cuts);
    for (size_t i = 0; i < e->cut_count; i++)
        e->cuts[i] = (struct cut_plan){ .stretch = i };
}

/* Those that part @cut goes on in: planned anew, it may end elsewhere. */
static void forget_continuations(struct exporting *e, size_t cut)
{
    size_t next = cut + 1;

    while (next < e->cut_count && e->cuts[next].stretch == e->cuts[cut].stretch)
        next++;
    memmove(e->cuts + cut + 1, e->cuts + next, (e->cut_count - next) * sizeof *e->cuts);
    e->cut_count -= next - cut - 1;
}

static void add_continuation(struct exporting *e, size_t cut, const struct exh_part *plan)
{
    const struct cut_plan next = { e->cuts[cut].stretch, e->cuts[cut].first + plan->next_piece, plan->next_ns };

    e->cuts = exh_realloc_array(e->cuts, e->cut_count + 1, sizeof *e->cuts);
    memmove(e->cuts + cut + 2, e->cuts + cut + 1, (e->cut_count - cut - 1) * sizeof *e->cuts);
    e->cuts[cut + 1] = next;
    e->cut_count++;
}

/* What the recorder shows of part @cut, inside the window or not. */
static struct exh_window cut_shown(const struct exporting *e, size_t cut)
{
    struct exh_window shown = e->coverage.stretches[e->cuts[cut].stretch].shown;

    if (e->cuts[cut].begin_ns)
        shown.from.ns = e->cuts[cut].begin_ns;
    return shown;
}

static struct exh_cut cut_of(struct exporting *e, size_t cut, struct exh_cut_piece **ret_pieces)
{
    const struct cut_plan *c = &e->cuts[cut];
    const struct exh_stretch *stretch = &e->coverage.stretches[c->stretch];
    const struct exh_piece *from = stretch->pieces + c->first;
    size_t count = stretch->piece_count - c->first;
    struct exh_cut_piece *pieces = exh_alloc(count * sizeof *pieces);

    for (size_t i = 0; i < count; i++)
        pieces[i] = (struct exh_cut_piece){ from[i].segment, e->coverage.segments[from[i].segment].start.ns, from[i].span };
    *ret_pieces = pieces;
    e->about.time_ns = e->item.made.ns;
    return (struct exh_cut){
        .pieces = pieces, .piece_count = count, .from_ns = e->coverage.window.from.ns, .to_ns = e->coverage.window.to.ns,
        .begin_ns = c->begin_ns, .most_packets = MOST_PACKETS, .most_bytes = most_bytes,
        .rate = e->item.source->rate, .about = &e->about, .open = open_piece, .context = e };
}

bool exh_export_plan_part(struct exporting *e, size_t number, struct exh_part *ret_plan, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct exh_cut_piece *pieces = NULL;
    const struct exh_cut cut = cut_of(e, number, &pieces);

    forget_continuations(e, number);
    if (!exh_helper_plan(e->helper, &cut, ret_plan, err))
        return false;
    if (ret_plan->goes_on)
        add_continuation(e, number, ret_plan);
    return true;
}

/* ---- the stretch of a recorder's file that is being copied ---- */

static void end_stretch(struct copying *c)
{
    if (c->to > c->from) {
        struct exh_item_part *part = c->part;
        part->runs = exh_realloc_array(part->runs, part->run_count + 1, sizeof *part->runs);
        struct exh_item_run *run = &part->runs[part->run_count++];
        *run = (struct exh_item_run){ .segment = (size_t)c->segment, .offset = c->from, .size = c->to - c->from };
        exh_sha256_end(c->hash, run->digest);
    }
    c->from = c->to = 0;
}

static bool read_and_hash(struct copying *c, uint64_t to, struct exh_error *err)
{
    enum { BLOCK = 32 << 10 };
    uint8_t bytes[BLOCK];

    for (size_t part; c->to < to; c->to += part) {
        part = to - c->to < BLOCK ? (size_t)(to - c->to) : BLOCK;
        if (!exh_fd_read_at(c->fd, c->e->coverage.segments[c->segment].name, c->to, bytes, part, err))
            return false;
        exh_sha256_add(c->hash, bytes, part);
    }
    return true;
}

/* Where the recorder's container does not hold the packets in one piece (MPEG-TS), the whole segment is the run. */
static bool end_segment(struct copying *c, struct exh_error *err)
{
    if (c->whole && !read_and_hash(c, c->e->coverage.segments[c->segment].size, err))
        return false;
    end_stretch(c);
    c->whole = false;
    c->segment = NO_SEGMENT;
    exh_fd_close(&c->fd);
    return true;
}

static bool enter_segment(struct copying *c, size_t segment, struct exh_error *err)
{
    if (c->segment == (ssize_t)segment)
        return true;
    if (!end_segment(c, err) || !exh_segment_open(&c->e->coverage, segment, &c->fd, err))
        return false;
    c->segment = (ssize_t)segment;
    return true;
}

static bool continue_stretch(struct copying *c, uint64_t offset, struct exh_error *err)
{
    if (c->to > c->from && offset >= c->to && offset - c->to <= NEAR)
        return read_and_hash(c, offset, err);  /* the container's own bytes between two runs */
    end_stretch(c);
    c->from = c->to = offset;
    return true;
}

/* ---- bytes of the part ---- */

static bool check_going_on(struct copying *c, struct exh_error *err)
{
    return exh_exporting_goes_on(c->e, c->done, c->part->plan.size, err);
}

/* Hashes as much of the segment as its packets go on by, while the system still holds what the helper reads. */
static bool keep_up(struct copying *c, uint64_t size, struct exh_error *err)
{
    uint64_t end = c->whole ? c->e->coverage.segments[c->segment].size : c->to;

    return read_and_hash(c, size < end - c->to ? c->to + size : end, err);
}

static bool take_literal(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct copying *c = context;

    c->done += size;
    return exh_fan_put(c->fan, bytes, size, err) && keep_up(c, size, err) && check_going_on(c, err);
}

static bool copy_block(struct copying *c, uint64_t offset, uint64_t size, size_t *ret_copied, struct exh_error *err)
{
    void *space;
    size_t room;

    if (!exh_fan_space(c->fan, &space, &room, err))
        return false;
    size_t part = size < room ? (size_t)size : room;
    if (!exh_fd_read_at(c->fd, c->e->coverage.segments[c->segment].name, offset, space, part, err))
        return false;
    exh_sha256_add(c->hash, space, part);
    exh_fan_filled(c->fan, part);
    *ret_copied = part;
    return true;
}

static bool take_run(void *context, size_t segment, uint64_t offset, uint64_t size, struct exh_error *err)
{
    struct copying *c = context;

    if (!enter_segment(c, segment, err))
        return false;
    if (offset + size < offset || offset + size > c->e->coverage.segments[segment].size)
        return exh_fail(err, EXH_MALFORMED, "the reader of '%s' named bytes that the file does not have", c->e->coverage.segments[segment].name);
    if (!continue_stretch(c, offset, err))
        return false;
    for (size_t copied; size; offset += copied, size -= copied) {
        if (!copy_block(c, offset, size, &copied, err) || !check_going_on(c, err))
            return false;
        c->to = offset + copied;
        c->done += copied;
    }
    return true;
}

static void clear_copying(struct copying *c)
{
    exh_fd_close(&c->fd);
    exh_sha256_freep(&c->hash);
}

/* ---- segments whose bytes came through the helper ---- */

static bool has_run(const struct exh_item_part *part, size_t segment)
{
    for (size_t i = 0; i < part->run_count; i++)
        if (part->runs[i].segment == segment)
            return true;
    return false;
}

static bool hash_segment(struct copying *c, size_t segment, struct exh_error *err)
{
    if (c->segment == (ssize_t)segment || has_run(c->part, segment))
        return true;
    if (!end_segment(c, err) || !enter_segment(c, segment, err))
        return false;
    c->whole = true;
    return true;
}

/* The helper wants a segment to read packets from: its bytes are hashed as they come. */
static bool open_to_deliver(void *context, size_t segment, int *ret_fd, struct exh_error *err)
{
    struct copying *c = context;

    return exh_segment_open(&c->e->coverage, segment, ret_fd, err) && hash_segment(c, segment, err);
}

static bool hash_whole_segments(struct copying *c, struct exh_error *err)
{
    const struct exh_part *plan = &c->part->plan;

    if (!end_segment(c, err))
        return false;
    for (size_t i = 0; i < plan->join_count; i++)
        if (!hash_segment(c, plan->joins[i].segment, err))
            return false;
    return end_segment(c, err);
}

/* ---- one part, all parts ---- */

static bool deliver(struct exporting *e, size_t number, struct exh_item_part *part, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct exh_cut_piece *pieces = NULL;
    EXH_CLEANUP(clear_copying) struct copying c = { .e = e, .part = part, .fd = -1, .segment = NO_SEGMENT, .hash = exh_sha256_new() };
    struct exh_cut cut = cut_of(e, number, &pieces);
    const struct exh_part_sink sink = { take_literal, take_run, &c };

    cut.open = open_to_deliver;
    cut.context = &c;
    if (!exh_package_begin(e->making.package, part->file, part->plan.size, NULL, err))
        return false;
    c.fan = exh_package_fan(e->making.package);
    return exh_helper_deliver(e->helper, &cut, &part->plan, &sink, err)
        && exh_package_end(e->making.package, part->digest, err)
        && hash_whole_segments(&c, err);
}

static int by_start(const void *a, const void *b)
{
    const struct exh_gap *x = a, *y = b;

    return x->missing.from.ns < y->missing.from.ns ? -1 : x->missing.from.ns > y->missing.from.ns;
}

static void add_gap(struct exh_coverage *coverage, struct exh_window missing, const char *cause)
{
    coverage->gaps = exh_realloc_array(coverage->gaps, coverage->gap_count + 1, sizeof *coverage->gaps);
    coverage->gaps[coverage->gap_count++] = (struct exh_gap){ missing, exh_strdup(cause) };
    qsort(coverage->gaps, coverage->gap_count, sizeof *coverage->gaps, by_start);
}

/* What part @cut would show inside the window. */
static struct exh_window cut_asked(const struct exporting *e, size_t cut)
{
    struct exh_window asked = cut_shown(e, cut), window = e->coverage.window;

    if (asked.from.ns < window.from.ns)
        asked.from = window.from;
    if (asked.to.ns > window.to.ns)
        asked.to = window.to;
    return asked;
}

/* Another stretch shows some of that time, from a recorder that overlaps. */
static bool is_shown_elsewhere(const struct exporting *e, size_t cut, struct exh_window asked)
{
    for (size_t i = 0; i < e->coverage.stretch_count; i++) {
        struct exh_window shown = e->coverage.stretches[i].shown;
        if (i != e->cuts[cut].stretch && shown.from.ns < asked.to.ns && shown.to.ns > asked.from.ns)
            return true;
    }
    return false;
}

/* There is nothing to show: said, never passed over in silence. */
static void note_empty(struct exporting *e, size_t cut, const char *why)
{
    struct exh_window lost = cut_asked(e, cut);
    EXH_CLEANUP(exh_freep) char *cause = exh_format("recorded, but cannot be delivered: %s", why);
    char from[EXH_MOMENT_SIZE], to[EXH_MOMENT_SIZE];

    exh_moment_utc(lost.from, from);
    exh_moment_utc(lost.to, to);
    exh_coverage_note(&e->coverage, "not-deliverable", NULL, "the footage from %s to %s cannot be delivered: %s", from, to, why);
    if (lost.from.ns < lost.to.ns && !is_shown_elsewhere(e, cut, lost))
        add_gap(&e->coverage, lost, cause);
}

/* Pictures before the first key frame cannot be decoded: the time they stand for is missing. */
static void note_late_start(struct exporting *e, size_t cut, const struct exh_part *plan)
{
    struct exh_coverage *coverage = &e->coverage;
    struct exh_moment from = cut_asked(e, cut).from;
    char words[EXH_MOMENT_SIZE];

    if (plan->first_ns - from.ns <= coverage->tolerance_ns)
        return;
    exh_duration_words(plan->first_ns - from.ns, words);
    exh_coverage_note(coverage, "no-key-frame", NULL, "the first %s of part %zu cannot be shown: there is no key frame before", words,
                      e->item.part_count);
    add_gap(coverage, (struct exh_window){ from, { plan->first_ns } }, "recorded, but no key frame before it");
}

/* What was left out is said in the findings too, not only beside the part. */
static void note_problem(struct exporting *e, const struct exh_item_part *part)
{
    if (part->plan.problem)
        exh_coverage_note(&e->coverage, "left-out", NULL, "%s: %s", part->file, part->plan.problem);
}

/* A signature of the camera is for pictures before the one it travels with: what comes after the last has none. */
static void note_unsigned_end(struct exporting *e, const struct exh_item_part *part)
{
    char words[EXH_MOMENT_SIZE];

    if (part->plan.unsigned_end_ns == 0)
        return;
    exh_duration_words(part->plan.unsigned_end_ns, words);
    exh_coverage_note(&e->coverage, "unsigned-end", NULL,
                      part->plan.signed_groups
                          ? "%s: its last %s come after the last signature of the camera"
                          : "%s: its %s hold no signature of the camera, which signs its video otherwise",
                      part->file, words);
}

bool exh_export_add_part(struct exporting *e, size_t cut, struct exh_item_part **ret_part, struct exh_error *err)
{
    struct exh_item_part *part = exh_item_add_part(&e->item);

    *ret_part = NULL;
    if (!exh_export_plan_part(e, cut, &part->plan, err)) {
        e->item.part_count--;
        if (err->kind != EXH_NO)
            return false;
        note_empty(e, cut, err->text);
        exh_error_clear(err);
        return true;
    }
    part->file = exh_item_part_name(&e->item, e->item.part_count - 1, e->cut_count,
                                    (struct exh_moment){ part->plan.first_ns }, part->plan.suffix);
    note_late_start(e, cut, &part->plan);
    note_problem(e, part);
    note_unsigned_end(e, part);
    part->timed = true;
    *ret_part = part;
    return true;
}

static bool write_part(struct exporting *e, size_t cut, struct exh_error *err)
{
    struct exh_item_part *part;

    if (!exh_export_add_part(e, cut, &part, err))
        return false;
    return !part || (deliver(e, cut, part, err) && exh_export_write_times(e, part, err))
        || exh_while(err, "part %zu", e->item.part_count);
}

bool exh_export_need_part(const struct exporting *e, struct exh_error *err)
{
    return e->item.part_count
        || exh_fail(err, EXH_NO, "no footage of camera '%s' in this window can be delivered", e->options->camera);
}

bool exh_export_write_master(struct exporting *e, struct exh_error *err)
{
    for (size_t i = 0; i < e->cut_count; i++)
        if (!write_part(e, i, err))
            return false;
    return exh_export_need_part(e, err);
}
