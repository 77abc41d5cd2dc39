/* merkle: a Merkle tree over a growing list: its root, and proofs about it (floor 4).
 *
 * RFC 6962, section 2.1, with SHA-256: the root of n leaves is one hash, and nobody can find another list of n leaves
 * that has it; a proof of a few hashes shows that a leaf is in the list (inclusion), or that a longer list begins with
 * a shorter one (consistency), to somebody who has seen neither. Arithmetic only: nothing is read, written or signed
 * here.
 *
 *     struct exh_merkle_edge edge = EXH_MERKLE_EDGE_NONE;
 *     exh_merkle_leaf(entry, size, &leaf);
 *     exh_merkle_add(&edge, &leaf);
 *     exh_merkle_root(&edge, &root);
 *
 *     EXH_CLEANUP(exh_merkle_tree_clear) struct exh_merkle_tree tree = EXH_MERKLE_TREE_NONE;
 *     exh_merkle_tree_add(&tree, &leaf);
 *     exh_merkle_prove_inclusion(index, tree.size, exh_merkle_tree_fetch, &tree, &path, err) ...
 *     exh_merkle_holds(&leaf, index, size, &path, &root)
 *
 * A root does not tell how many leaves it stands for, and some proofs pass for neighbouring sizes too (that of leaf 0
 * of 4 as one of leaf 0 of 3): take size and root from one signed checkpoint, never from two places. exh_crypto_init
 * comes first.
 */
#ifndef EXHIBIT_MERKLE_H
#define EXHIBIT_MERKLE_H

#include "exhibit/error.h"

#include <stdint.h>

enum {
    EXH_MERKLE_HASH = 32,            /* bytes */
    EXH_MERKLE_LEVELS = 64,          /* 0, the leaves, to 63 */
    EXH_MERKLE_PATH = 64,            /* hashes of the longest proof */
};
/* The most leaves: 2^63. */
#define EXH_MERKLE_MOST (UINT64_C(1) << 63)

struct exh_merkle_hash { uint8_t bytes[EXH_MERKLE_HASH]; };
/* SHA-256(0x00 || bytes): what an entry is in the tree. @size 0 is allowed. */
void exh_merkle_leaf(const void *bytes, size_t size, struct exh_merkle_hash *ret_hash);
/* SHA-256(0x01 || left || right). @ret_hash may be either of them. */
void exh_merkle_node(const struct exh_merkle_hash *left, const struct exh_merkle_hash *right,
                     struct exh_merkle_hash *ret_hash);

/* ---- the edge: what it takes to go on, and for the root ---- */

/* The roots of the complete subtrees, from large to small, that the leaves fall into: one for each bit of their
 * number. Start with EXH_MERKLE_EDGE_NONE. It owns nothing and may be copied. */
struct exh_merkle_edge {
    uint64_t size;                                       /* leaves */
    struct exh_merkle_hash peaks[EXH_MERKLE_LEVELS];     /* [n]: of 2^n leaves; only valid where bit n of size is set */
};
#define EXH_MERKLE_EDGE_NONE { .size = 0 }
/* Adds one leaf. A size of EXH_MERKLE_MOST already is a bug, and aborts. */
void exh_merkle_add(struct exh_merkle_edge *edge, const struct exh_merkle_hash *leaf);
/* The root of all leaves; of none: SHA-256 of nothing. */
void exh_merkle_root(const struct exh_merkle_edge *edge, struct exh_merkle_hash *ret_root);

/* ---- proofs ---- */

/* Gives the root of the complete subtree over the leaves @index * 2^@level to (@index + 1) * 2^@level - 1; @level 0
 * is the leaf itself. Called only for subtrees that are complete in a tree of the size that was asked about, so what
 * it gives never changes as a tree grows: a tree in memory, a table or a file may serve. Fails where it cannot. */
typedef bool exh_merkle_fetch(void *context, unsigned level, uint64_t index, struct exh_merkle_hash *ret_hash,
                              struct exh_error *err);

/* A tree of so many leaves, wherever it is. */
struct exh_merkle_source { uint64_t size; exh_merkle_fetch *fetch; void *context; };

/* The edge of the first @size leaves, to go on from there or for the root they had. Fetches one hash for each bit
 * set in @size. EXH_USAGE: @size is above EXH_MERKLE_MOST; or as @fetch fails. Nothing is written on failure. */
bool exh_merkle_edge_fetch(uint64_t size, exh_merkle_fetch *fetch, void *context, struct exh_merkle_edge *ret_edge,
                           struct exh_error *err) EXH_CHECK;

/* A proof's hashes in the order of RFC 6962: from the leaves up. It owns nothing. */
struct exh_merkle_path {
    size_t count;                                        /* 0 to EXH_MERKLE_PATH */
    struct exh_merkle_hash at[EXH_MERKLE_PATH];
};

/* The audit path of leaf @index (from 0) in the tree of the first @size leaves (RFC 6962, 2.1.1): at most
 * ceil(log2(size)) hashes, which is 63; none in a tree of one leaf. Fetches at most as many hashes, and one more for
 * each bit set in @size. EXH_USAGE: there is no such leaf (@index >= @size, so always where @size is 0), or @size is
 * above EXH_MERKLE_MOST; or as @fetch fails. Nothing is written on failure. */
bool exh_merkle_prove_inclusion(uint64_t index, uint64_t size, exh_merkle_fetch *fetch, void *context,
                                struct exh_merkle_path *ret_path, struct exh_error *err) EXH_CHECK;
/* The proof that the tree of the first @to leaves begins with the first @from (RFC 6962, 2.1.2): at most
 * ceil(log2(to)) + 1 hashes, which is 64. The RFCs have none for @from 0 and for @from equal to @to, where nothing
 * is left to show: the path is empty, and nothing is fetched. EXH_USAGE: @from is more than @to, or @to is above
 * EXH_MERKLE_MOST; or as @fetch fails. Nothing is written on failure. */
bool exh_merkle_prove_consistency(uint64_t from, uint64_t to, exh_merkle_fetch *fetch, void *context,
                                  struct exh_merkle_path *ret_path, struct exh_error *err) EXH_CHECK;

/* Both of these judge what may come from anybody, in at most 128 hashes, and fail at nothing: false is the answer
 * no. */

/* True when @path shows that the hash @leaf is leaf @index (from 0) of the @size leaves under @root (RFC 9162,
 * 2.1.3.2). False too where @index >= @size, where @path is longer or shorter than it takes, and above
 * EXH_MERKLE_MOST. */
bool exh_merkle_holds(const struct exh_merkle_hash *leaf, uint64_t index, uint64_t size,
                      const struct exh_merkle_path *path, const struct exh_merkle_hash *root) EXH_CHECK;
/* True when @path shows that the @to leaves under @to_root begin with the @from leaves under @from_root (RFC 9162,
 * 2.1.4.2). False too where @from is more than @to, where @path is longer or shorter than it takes, and above
 * EXH_MERKLE_MOST. What RFC 9162 leaves open is decided as in C2SP's tlog-witness: @from equal to @to takes an empty
 * @path and equal roots; @from 0 takes an empty @path, and @from_root the root of no leaves. In the latter case
 * nothing is said about @to_root: every tree begins with nothing. */
bool exh_merkle_extends(uint64_t from, const struct exh_merkle_hash *from_root, uint64_t to,
                        const struct exh_merkle_hash *to_root, const struct exh_merkle_path *path) EXH_CHECK;

/* ---- a tree in memory, to fetch from ---- */

/* Keeps the roots of all complete subtrees, just under 2 for each leaf: 64 bytes a leaf, and up to as much again as
 * room to grow. Start with EXH_MERKLE_TREE_NONE, end with exh_merkle_tree_clear. */
struct exh_merkle_tree {
    uint64_t size;                       /* leaves */
    struct exh_merkle_hash *hashes;      /* each from when its last leaf is there, children before parents; owned */
    size_t count, room;                  /* hashes there are, and there is room for */
};
#define EXH_MERKLE_TREE_NONE { .size = 0 }
/* Frees what it holds; it is as new. */
void exh_merkle_tree_clear(struct exh_merkle_tree *tree);
void exh_merkle_tree_add(struct exh_merkle_tree *tree, const struct exh_merkle_hash *leaf);
/* The tree as a source; it must outlive it. */
#define EXH_MERKLE_TREE_SOURCE(tree) ((struct exh_merkle_source){ (tree)->size, exh_merkle_tree_fetch, (void *)(uintptr_t)(tree) })
/* An exh_merkle_fetch whose @context is the tree, for its own size and for every smaller one; the tree is only read.
 * EXH_USAGE: it has no such subtree, or not all of its leaves yet. */
bool exh_merkle_tree_fetch(void *tree, unsigned level, uint64_t index, struct exh_merkle_hash *ret_hash,
                           struct exh_error *err) EXH_CHECK;

#endif
