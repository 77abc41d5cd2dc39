/* tree: the roots of all complete subtrees, in memory, in the order in which they become complete. */
#include "exhibit/merkle.h"

#include <stdlib.h>

/* Where a subtree's root lies. It is complete when its last leaf is added: before that, the n leaves that precede
 * that one, and the subtrees complete among them, made 2n hashes less one for each peak. Then come the leaf itself
 * and the subtrees that end with it, one a level. */
static size_t place(unsigned level, uint64_t index)
{
    uint64_t before = ((index + 1) << level) - 1;

    return 2 * before - (size_t)__builtin_popcountll(before) + level;
}

static void put(struct exh_merkle_tree *tree, const struct exh_merkle_hash *hash)
{
    if (tree->count == tree->room) {
        tree->room = tree->room ? 2 * tree->room : 64;
        tree->hashes = exh_realloc_array(tree->hashes, tree->room, sizeof *tree->hashes);
    }
    tree->hashes[tree->count++] = *hash;
}

void exh_merkle_tree_add(struct exh_merkle_tree *tree, const struct exh_merkle_hash *leaf)
{
    struct exh_merkle_hash hash = *leaf;

    put(tree, &hash);
    for (unsigned level = 0; tree->size >> level & 1; level++) {
        exh_merkle_node(&tree->hashes[place(level, (tree->size >> level) - 1)], &hash, &hash);
        put(tree, &hash);
    }
    tree->size++;
}

bool exh_merkle_tree_fetch(void *context, unsigned level, uint64_t index, struct exh_merkle_hash *ret_hash,
                           struct exh_error *err)
{
    const struct exh_merkle_tree *tree = context;

    if (level >= EXH_MERKLE_LEVELS || index >= tree->size >> level)
        return exh_fail(err, EXH_USAGE, "a tree of %llu leaves has no complete subtree %llu of level %u: ask for one "
                        "whose leaves are all there", (unsigned long long)tree->size, (unsigned long long)index, level);
    *ret_hash = tree->hashes[place(level, index)];
    return true;
}

void exh_merkle_tree_clear(struct exh_merkle_tree *tree)
{
    free(tree->hashes);
    *tree = (struct exh_merkle_tree)EXH_MERKLE_TREE_NONE;
}
