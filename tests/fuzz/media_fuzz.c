/* A segment of any bytes: it is looked at, and where it has a span, cut and delivered whole, and in parts of at most
 * so many bytes. What is delivered has the size that was planned, runs lie inside the segment, and parts go forward. */
#include "exhibit/media.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct segment { int fd; uint64_t size, delivered; };

static bool open_segment(void *context, size_t piece, int *ret_fd, struct exh_error *err)
{
    struct segment *segment = context;

    (void)piece;
    *ret_fd = dup(segment->fd);
    return *ret_fd >= 0 || exh_fail_os(err, "cannot duplicate a descriptor");
}

static bool take_literal(void *context, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    struct segment *segment = context;

    (void)bytes, (void)err;
    segment->delivered += size;
    return true;
}

static bool take_run(void *context, size_t piece, uint64_t offset, uint64_t size, struct exh_error *err)
{
    struct segment *segment = context;

    (void)err;
    if (piece || offset > segment->size || size > segment->size - offset)
        abort();
    segment->delivered += size;
    return true;
}

/* Plans and delivers what @cut says; where it goes on, @cut says that next. */
static bool cut_out(struct segment *segment, int64_t end_ns, struct exh_media_cut *cut)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_media_plan_freep) struct exh_media_plan *plan = NULL;
    EXH_CLEANUP(exh_json_freep) struct exh_json *part = NULL;
    const struct exh_media_piece piece = { 0, 0, end_ns };
    const struct exh_media_host host = { .open = open_segment, .context = segment };
    const struct exh_media_sink sink = { take_literal, take_run, segment };

    segment->delivered = 0;
    if (!exh_media_plan(&piece, 1, cut, &host, &plan, &err)) {
        if (cut->begin_ns && err.kind != EXH_NO)
            abort();
        return false;
    }
    part = exh_media_plan_part(plan);
    int64_t next_ns = exh_json_int_or(part, "next_ns", INT64_MAX);
    if (next_ns <= cut->begin_ns || next_ns <= exh_json_int_or(part, "first_ns", INT64_MAX))
        abort();
    cut->begin_ns = next_ns;
    if (!exh_media_deliver(plan, &host, &sink, &err)
        || segment->delivered != (uint64_t)exh_json_int_or(part, "size", -1))
        abort();
    return next_ns != INT64_MAX;
}

static void cut_all(struct segment *segment, int64_t end_ns)
{
    struct exh_media_cut whole = { .from_ns = end_ns / 4, .to_ns = end_ns }, parts = whole;

    cut_out(segment, end_ns, &whole);
    parts.most_bytes = segment->size / 4;
    for (int n = 0; n < 8; n++)
        if (!cut_out(segment, end_ns, &parts))
            return;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct segment segment = { memfd_create("segment", MFD_CLOEXEC), size, 0 };
    EXH_CLEANUP(exh_json_freep) struct exh_json *found = NULL;

    exh_media_start();
    if (segment.fd < 0 || write(segment.fd, bytes, size) != (ssize_t)size)
        abort();
    found = exh_media_probe(segment.fd, (struct exh_media_rate){ 0, 0 }, NULL);
    const struct exh_json *span = exh_json_at(exh_json_get(found, "spans"), 0);
    if (span)
        cut_all(&segment, exh_json_as_int(exh_json_at(span, 1)));
    else if (!exh_json_text_or(found, "problem", NULL))
        abort();
    close(segment.fd);
    return 0;
}
