/* A segment of any bytes: it is looked at, and where it has a span, cut and delivered whole. What is
 * delivered has the size that was planned, and runs lie inside the segment. */
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

static void cut_out(struct segment *segment, int64_t end_ns)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_media_plan_freep) struct exh_media_plan *plan = NULL;
    EXH_CLEANUP(exh_json_freep) struct exh_json *part = NULL;
    const struct exh_media_piece piece = { 0, 0, end_ns };
    const struct exh_media_host host = { .open = open_segment, .context = segment };
    const struct exh_media_sink sink = { take_literal, take_run, segment };

    const struct exh_media_cut cut = { .from_ns = end_ns / 4, .to_ns = end_ns };

    if (!exh_media_plan(&piece, 1, &cut, &host, &plan, &err))
        return;
    part = exh_media_plan_part(plan);
    if (!exh_media_deliver(plan, &host, &sink, &err)
        || segment->delivered != (uint64_t)exh_json_int_or(part, "size", -1))
        abort();
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
        cut_out(&segment, exh_json_as_int(exh_json_at(span, 1)));
    else if (!exh_json_text_or(found, "problem", NULL))
        abort();
    close(segment.fd);
    return 0;
}
