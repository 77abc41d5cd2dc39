/* media/recall: the packets of segments that were looked at lately. */
#include "recall.h"

#include <stdlib.h>
#include <string.h>

/* Packets of all segments kept, 32 bytes each: forty minutes of pictures and sound. */
enum { MOST_KEPT = 96000, MOST_SEGMENTS = 1024 };

static struct {
    struct seen *at[MOST_SEGMENTS];
    size_t count, packets;
} kept;

static void forget_outline(struct seen *seen)
{
    if (seen->outline)
        outline_clear(seen->outline);
    exh_freep(&seen->outline);
}

void seen_freep(struct seen **seen)
{
    if (!*seen)
        return;
    forget_outline(*seen);
    free((*seen)->packets);
    free((*seen)->trouble);
    free(*seen);
    *seen = NULL;
}

/* ---- noting ---- */

struct seen *seen_begin(const struct source *source)
{
    EXH_CLEANUP(seen_freep) struct seen *seen = exh_alloc(sizeof *seen);
    EXH_CLEANUP(exh_text_clear) struct exh_text remarks = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    /* An MP4's tables are read again in no time, and packets take memory. */
    if (source->is_mov)
        return NULL;
    seen->outline = exh_alloc(sizeof *seen->outline);
    if (kept.count == MOST_SEGMENTS || !source_facts(source->fd, &seen->about)
        || !outline_take(seen->outline, source, &remarks, &err))
        return NULL;
    seen->rate = source->rate;
    return exh_steal(&seen);
}

static void add(struct seen *seen, const struct packet *packet)
{
    if (seen->count == seen->room) {
        seen->room = seen->room ? 2 * seen->room : 512;
        seen->packets = exh_realloc_array(seen->packets, seen->room, sizeof *seen->packets);
    }
    seen->packets[seen->count++] = *packet;
}

void seen_hear(struct seen **slot, struct source *source, const struct unit *unit)
{
    struct seen *seen = *slot;
    struct packet packet;

    if (!seen)
        return;
    uint64_t number = seen->units++;
    if (seen->outline->tracks[unit->track].left_out)
        return;
    if (!make_packet(seen->outline, unit, number, &packet))
        seen->empty++;
    else if (kept.packets + seen->count < MOST_KEPT)
        add(seen, &packet);
    else {
        seen_freep(slot);
        source_skim(source);
    }
}

void seen_keep(struct seen **slot, const struct source *source)
{
    EXH_CLEANUP(seen_freep) struct seen *seen = exh_steal(slot);

    if (!seen || source->late)
        return;
    seen->trouble = source->trouble ? exh_strdup(source->trouble) : NULL;
    seen->strange = source->strange;
    source_last_steps(source, 0, seen->ends);
    for (size_t i = 0; i < seen->outline->count; i++)
        memcpy(seen->digests[i], seen->outline->tracks[i].digest, sizeof *seen->digests);
    seen->track_count = seen->outline->count;
    forget_outline(seen);
    seen->packets = exh_realloc_array(seen->packets, seen->count, sizeof *seen->packets);
    kept.packets += seen->count;
    kept.at[kept.count++] = exh_steal(&seen);
}

/* ---- recalling ---- */

bool is_same_file(const struct stat *one, const struct stat *other)
{
    return one->st_ino == other->st_ino && one->st_dev == other->st_dev && one->st_size == other->st_size
        && one->st_mtim.tv_sec == other->st_mtim.tv_sec && one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

static bool is_of(const struct seen *seen, const struct stat *about, struct exh_media_rate rate)
{
    return is_same_file(&seen->about, about) && seen->rate.numerator == rate.numerator
        && seen->rate.denominator == rate.denominator;
}

struct seen *seen_take(const struct stat *about, struct exh_media_rate rate)
{
    for (size_t i = 0; i < kept.count; i++) {
        if (!is_of(kept.at[i], about, rate))
            continue;
        struct seen *seen = kept.at[i];
        memmove(kept.at + i, kept.at + i + 1, (--kept.count - i) * sizeof *kept.at);
        kept.packets -= seen->count;
        return seen;
    }
    return NULL;
}
