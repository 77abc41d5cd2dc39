/* prove: audit paths and consistency proofs, level by level from the leaves up (RFC 6962, 2.1.1 and 2.1.2). */
#include "exhibit/merkle.h"

/* The tree that is asked about. */
struct subject { uint64_t size; exh_merkle_fetch *fetch; void *context; };

/* Fetches the peaks of the levels @which, bits of its size. */
static bool fetch_peaks(const struct subject *tree, uint64_t which, struct exh_merkle_edge *ret_edge,
                        struct exh_error *err)
{
    ret_edge->size = which;
    for (; which; which &= which - 1) {
        unsigned level = (unsigned)__builtin_ctzll(which);
        if (!tree->fetch(tree->context, level, (tree->size >> level) - 1, &ret_edge->peaks[level], err))
            return false;
    }
    return true;
}

/* The hash of a node that is there, whole or, at the right edge, over as many leaves as there are. */
static bool find_node(const struct subject *tree, unsigned level, uint64_t index, struct exh_merkle_hash *ret_hash,
                      struct exh_error *err)
{
    struct exh_merkle_edge edge;

    if (index < tree->size >> level)
        return tree->fetch(tree->context, level, index, ret_hash, err);
    if (!fetch_peaks(tree, tree->size & ((UINT64_C(1) << level) - 1), &edge, err))
        return false;
    exh_merkle_root(&edge, ret_hash);
    return true;
}

/* Adds what a node is joined with on its way to the root. The last node of a level with an even index has nobody to
 * its right: it goes up as it is. */
static bool add_siblings(const struct subject *tree, unsigned level, uint64_t index, struct exh_merkle_path *path,
                         struct exh_error *err)
{
    for (uint64_t last = (tree->size - 1) >> level; last; level++, index >>= 1, last >>= 1)
        if ((index ^ 1) <= last && !find_node(tree, level, index ^ 1, &path->at[path->count++], err))
            return false;
    return true;
}

static bool check_size(uint64_t size, struct exh_error *err)
{
    return size <= EXH_MERKLE_MOST
           || exh_fail(err, EXH_USAGE, "a tree of %llu leaves is larger than any here: 2^63 are the most",
                       (unsigned long long)size);
}

bool exh_merkle_edge_fetch(uint64_t size, exh_merkle_fetch *fetch, void *context, struct exh_merkle_edge *ret_edge,
                           struct exh_error *err)
{
    const struct subject tree = { size, fetch, context };
    struct exh_merkle_edge edge = EXH_MERKLE_EDGE_NONE;

    if (!check_size(size, err) || !fetch_peaks(&tree, size, &edge, err))
        return false;
    *ret_edge = edge;
    return true;
}

bool exh_merkle_prove_inclusion(uint64_t index, uint64_t size, exh_merkle_fetch *fetch, void *context,
                                struct exh_merkle_path *ret_path, struct exh_error *err)
{
    const struct subject tree = { size, fetch, context };
    struct exh_merkle_path path = { 0 };

    if (!check_size(size, err))
        return false;
    if (index >= size)
        return exh_fail(err, EXH_USAGE, "a tree of %llu leaves has no leaf %llu: they count from 0",
                        (unsigned long long)size, (unsigned long long)index);
    if (!add_siblings(&tree, 0, index, &path, err))
        return false;
    *ret_path = path;
    return true;
}

/* The proof is the way up from the smallest peak of the shorter tree: all the others are to its left, and are met on
 * it. A sole peak is the shorter tree's root, which who checks has. */
static bool add_extension(const struct subject *tree, uint64_t from, struct exh_merkle_path *path,
                          struct exh_error *err)
{
    unsigned level = (unsigned)__builtin_ctzll(from);
    uint64_t index = (from >> level) - 1;

    if (index && !find_node(tree, level, index, &path->at[path->count++], err))
        return false;
    return add_siblings(tree, level, index, path, err);
}

bool exh_merkle_prove_consistency(uint64_t from, uint64_t to, exh_merkle_fetch *fetch, void *context,
                                  struct exh_merkle_path *ret_path, struct exh_error *err)
{
    const struct subject tree = { to, fetch, context };
    struct exh_merkle_path path = { 0 };

    if (!check_size(to, err))
        return false;
    if (from > to)
        return exh_fail(err, EXH_USAGE, "a tree of %llu leaves cannot begin with %llu: give the smaller size first",
                        (unsigned long long)to, (unsigned long long)from);
    if (from && from < to && !add_extension(&tree, from, &path, err))
        return false;
    *ret_path = path;
    return true;
}
