/* media/matroska: a Matroska part, for what MP4 cannot hold. Its packets stand between its tables, so
 * the muxer runs with the real packets, twice: once to learn the size and what it writes over earlier
 * bytes at the end, once to deliver. Both runs write the same. */
#include "mux.h"

#include "onvif.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that are written over earlier ones. */
struct patch { uint64_t at; size_t size; uint8_t *bytes; };
enum { MOST_PATCHES = 1000, LARGEST_PATCH = 1 << 20 };

void matroska_clear(struct exh_media_plan *plan)
{
    for (size_t i = 0; i < plan->patch_count; i++)
        free(plan->patches[i].bytes);
    free(plan->patches);
}

/* ---- the first run: what is written over what ---- */

struct measure {
    struct exh_media_plan *plan;
    uint64_t end;                /* behind the last byte written */
};

static bool add_patch(struct exh_media_plan *plan, uint64_t at, const uint8_t *bytes, size_t size,
                      struct exh_error *err)
{
    if (plan->patch_count == MOST_PATCHES || size > LARGEST_PATCH)
        return exh_fail(err, EXH_IO, "the muxer rewrites more than is foreseen");
    plan->patches = exh_realloc_array(plan->patches, plan->patch_count + 1, sizeof *plan->patches);
    plan->patches[plan->patch_count++] = (struct patch){ at, size, exh_memdup(bytes, size) };
    return true;
}

static bool measure(void *context, uint64_t at, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    struct measure *m = context;

    if (at < m->end) {
        size_t over = size < m->end - at ? size : (size_t)(m->end - at);
        if (!add_patch(m->plan, at, bytes, over, err))
            return false;
        at += over;
        size -= over;
    }
    if (at > m->end)
        return exh_fail(err, EXH_IO, "the muxer leaves a hole");
    m->end += size;
    return true;
}

/* ---- the second: the bytes as they will be ---- */

struct outflow {
    const struct exh_media_plan *plan;
    const struct exh_media_sink *sink;
    uint64_t end;
};

static void apply_patches(const struct exh_media_plan *plan, uint64_t at, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < plan->patch_count; i++) {
        const struct patch *patch = &plan->patches[i];
        uint64_t from = patch->at > at ? patch->at : at;
        uint64_t to = patch->at + patch->size < at + size ? patch->at + patch->size : at + size;
        if (from < to)
            memcpy(bytes + (from - at), patch->bytes + (from - patch->at), (size_t)(to - from));
    }
}

static bool flow(void *context, uint64_t at, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    struct outflow *out = context;

    if (at < out->end) {
        size_t over = size < out->end - at ? size : (size_t)(out->end - at);
        at += over;
        bytes += over;
        size -= over;
    }
    if (size == 0)
        return true;
    if (at > out->end || size > out->plan->size - out->end)
        return exh_fail(err, EXH_MALFORMED, "the part became another while it was delivered");
    EXH_CLEANUP(exh_freep) uint8_t *whole = exh_memdup(bytes, size);
    apply_patches(out->plan, at, whole, size);
    out->end += size;
    return out->sink->literal(out->sink->context, whole, size, err);
}

/* ---- a run ---- */

static bool write_packet(void *context, const struct packet *packet, const AVPacket *bytes, struct exh_error *err)
{
    return mux_packet(context, packet, bytes->data, (size_t)bytes->size, err);
}

static bool run(const struct exh_media_plan *plan, const struct exh_media_host *host, struct mux *mux,
                struct exh_error *err)
{
    if (!mux_open(mux, plan, "matroska", host, err)
        || (plan->cut->says_about && !onvif_tags(plan, mux->format, err)))
        return false;
    mux->format->avoid_negative_ts = 0;          /* the part's time is made already */
    if (!mux_begin(mux, NULL, err))
        return false;
    for (size_t n = 0; n < plan->lot_count; n++)
        if (!read_lot(plan, &plan->lots[n], host, write_packet, mux, err))
            return false;
    return mux_end(mux, err);
}

bool matroska_plan(struct exh_media_plan *plan, const struct exh_media_host *host, struct exh_error *err)
{
    struct measure m = { .plan = plan };
    EXH_CLEANUP(mux_clear) struct mux mux = { .canvas = { .write = measure, .context = &m } };

    if (!run(plan, host, &mux, err))
        return false;
    plan->size = m.end;
    plan->moved = mux.moved;
    return true;
}

bool matroska_deliver(const struct exh_media_plan *plan, const struct exh_media_host *host,
                      const struct exh_media_sink *sink, struct exh_error *err)
{
    struct outflow out = { .plan = plan, .sink = sink };
    EXH_CLEANUP(mux_clear) struct mux mux = { .canvas = { .write = flow, .context = &out } };

    if (!run(plan, host, &mux, err))
        return false;
    return out.end == plan->size || exh_fail(err, EXH_MALFORMED, "the part became another while it was delivered");
}
