/* What the helper says, as the parent reads it: frames, and each kind of answer. Whatever is believed
 * keeps the promises of helper.h. */
#include "../../lib/helper/answer.h"
#include "exhibit/worker.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct exh_cut_piece pieces[] = {
    { 5, 1000000000000, { 0, 60000000000 } }, { 9, 1060000000000, { 0, 60000000000 } },
};
static const struct exh_cut cut = { .pieces = pieces,
                                    .piece_count = 2,
                                    .from_ns = 1010000000000,
                                    .to_ns = 1100000000000 };

static void promise(bool kept)
{
    if (!kept)
        abort();
}

static bool take_run(void *context, size_t segment, uint64_t offset, uint64_t size, struct exh_error *err)
{
    uint64_t *sum = context;

    (void)err;
    promise((segment == 5 || segment == 9) && size > 0 && offset <= INT64_MAX - size);
    *sum += size;
    return true;
}

static void read_probe(const uint8_t *bytes, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = { .tracks = NULL };
    int64_t after = 0;

    if (!exh_answer_probe(bytes, size, &probe, err))
        return;
    promise(probe.span_count || probe.problem);
    for (size_t i = 0; i < probe.span_count; i++) {
        promise(probe.spans[i].start_ns >= after && probe.spans[i].end_ns > probe.spans[i].start_ns);
        after = probe.spans[i].end_ns;
    }
    for (size_t i = 0; i < probe.track_count; i++)
        promise(strlen(probe.tracks[i].parameters) == 64 && probe.tracks[i].codec[0]);
}

static void read_part(const uint8_t *bytes, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_part_clear) struct exh_part part = { .joins = NULL };
    size_t next_piece = 0;
    const uint8_t *end = memchr(bytes, '\n', size);

    if (!end || !exh_answer_joins(bytes, (size_t)(end - bytes), &cut, &next_piece, &part, err)
        || !exh_answer_part(end + 1, size - (size_t)(end + 1 - bytes), &cut, &part, err))
        return;
    promise(part.first_ns < cut.to_ns && part.end_ns > cut.from_ns && part.lead_in_ns >= 0 && part.tail_ns >= 0);
    promise(part.unsigned_end_ns >= 0 && part.unsigned_end_ns <= part.end_ns - part.first_ns);
    promise(part.join_count >= 1 && part.join_count <= 2 && part.media_bytes < part.size && part.track_count <= 8);
}

static void read_runs(const uint8_t *bytes, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error own = EXH_ERROR_NONE;
    uint64_t sum = 0, left = 100000;
    struct exh_part_sink sink = { .run = take_run, .context = &sum };

    if (exh_answer_runs(bytes, size, &cut, &sink, &left, &own, err))
        promise(sum + left == 100000);
}

static void read_frames(const uint8_t *bytes, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_frame_clear) struct exh_frame frame = EXH_FRAME_NONE;
    int ends[2];

    if (size > 65536 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
        return;
    promise(write(ends[1], bytes, size) == (ssize_t)size);
    close(ends[1]);
    while (exh_frame_receive(ends[0], 1000, &frame, err))
        promise(frame.size <= EXH_FRAME_LONGEST && frame.bytes[frame.size] == '\0');
    close(ends[0]);
}

static void read_small(const uint8_t *bytes, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error failed = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error bad = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_hello_clear) struct exh_hello hello = { .libraries = NULL };
    size_t piece;

    if (exh_answer_hello(bytes, size, &hello, err))
        promise(strlen(hello.libraries) < 200 && hello.landlock >= 0);
    if (exh_answer_need(bytes, size, 2, &piece, &bad))
        promise(piece < 2);
    promise(!exh_answer_failed(bytes, size, &failed) && failed.kind != EXH_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    static void (*const readers[])(const uint8_t *, size_t, struct exh_error *) = {
        read_probe, read_part, read_runs, read_frames, read_small,
    };

    if (size == 0)
        return 0;
    readers[bytes[0] % EXH_COUNT(readers)](bytes + 1, size - 1, &err);
    return 0;
}
