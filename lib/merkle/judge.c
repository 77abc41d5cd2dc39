/* judge: whether a proof shows what it should (RFC 9162, 2.1.3.2 and 2.1.4.2). */
#include "exhibit/merkle.h"

#include <string.h>

static bool equal(const struct exh_merkle_hash *a, const struct exh_merkle_hash *b)
{
    return memcmp(a->bytes, b->bytes, EXH_MERKLE_HASH) == 0;
}

static bool is_root_of_none(const struct exh_merkle_hash *root)
{
    const struct exh_merkle_edge none = EXH_MERKLE_EDGE_NONE;
    struct exh_merkle_hash hash;

    exh_merkle_root(&none, &hash);
    return equal(root, &hash);
}

/* A node on the way up: its index in its level, and that of the level's last. The RFC calls them fn and sn. */
struct spot { uint64_t index, last; };

static void rise(struct spot *spot)
{
    spot->index >>= 1;
    spot->last >>= 1;
}

/* Goes up to the next node that is joined of two, and tells on which side the sibling is. False: this one is the root.
 * From anywhere in a tree of 2^63 leaves that is after 63 times at most, so no path is read past its room, whatever its
 * count says. */
static bool join(struct spot *spot, bool *ret_on_left)
{
    if (spot->last == 0)
        return false;
    *ret_on_left = spot->index & 1 || spot->index == spot->last;
    while (*ret_on_left && !(spot->index & 1))       /* the last of its level, alone: goes up as it is */
        rise(spot);
    rise(spot);
    return true;
}

bool exh_merkle_holds(const struct exh_merkle_hash *leaf, uint64_t index, uint64_t size,
                      const struct exh_merkle_path *path, const struct exh_merkle_hash *root)
{
    struct spot spot = { index, size - 1 };
    struct exh_merkle_hash hash = *leaf;

    if (index >= size || size > EXH_MERKLE_MOST)
        return false;
    for (size_t i = 0; i < path->count; i++) {
        bool on_left;
        if (!join(&spot, &on_left))
            return false;
        exh_merkle_node(on_left ? &path->at[i] : &hash, on_left ? &hash : &path->at[i], &hash);
    }
    return spot.last == 0 && equal(&hash, root);
}

/* One way up leads to both roots: what is to the left of it belongs to both trees, what is to the right to the longer.
 * It starts at the smallest peak of the shorter tree. @from is not 0 and less than @to; @path is not empty. */
static bool leads_to_both(uint64_t from, const struct exh_merkle_hash *from_root, uint64_t to,
                          const struct exh_merkle_hash *to_root, const struct exh_merkle_path *path)
{
    bool sole_peak = (from & (from - 1)) == 0;
    struct spot spot = { from - 1, to - 1 };
    struct exh_merkle_hash shorter = sole_peak ? *from_root : path->at[0], longer = shorter;

    while (spot.index & 1)
        rise(&spot);
    for (size_t i = sole_peak ? 0 : 1; i < path->count; i++) {
        bool on_left;
        if (!join(&spot, &on_left))
            return false;
        if (on_left)
            exh_merkle_node(&path->at[i], &shorter, &shorter);
        exh_merkle_node(on_left ? &path->at[i] : &longer, on_left ? &longer : &path->at[i], &longer);
    }
    return spot.last == 0 && equal(&shorter, from_root) && equal(&longer, to_root);
}

bool exh_merkle_extends(uint64_t from, const struct exh_merkle_hash *from_root, uint64_t to,
                        const struct exh_merkle_hash *to_root, const struct exh_merkle_path *path)
{
    if (from > to || to > EXH_MERKLE_MOST)
        return false;
    if (from == 0 && !is_root_of_none(from_root))
        return false;
    if (from == to)
        return path->count == 0 && equal(from_root, to_root);
    if (from == 0)
        return path->count == 0;
    return path->count > 0 && leads_to_both(from, from_root, to, to_root, path);
}
