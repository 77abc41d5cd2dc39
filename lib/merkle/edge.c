/* edge: the hashes of leaves and nodes, and the peaks of a tree that grows leaf by leaf. */
#include "exhibit/crypto.h"
#include "exhibit/merkle.h"

#include <assert.h>
#include <string.h>

static_assert((int)EXH_MERKLE_HASH == (int)EXH_SHA256_SIZE, "the tree's hash is SHA-256");

/* The first byte keeps leaves and nodes apart, so that no entry can pass for a node (RFC 6962, 2.1). */
enum { LEAF = 0x00, NODE = 0x01 };

void exh_merkle_leaf(const void *bytes, size_t size, struct exh_merkle_hash *ret_hash)
{
    const uint8_t tag = LEAF;

    exh_sha256_join(&tag, sizeof tag, bytes, size, ret_hash->bytes);
}

void exh_merkle_node(const struct exh_merkle_hash *left, const struct exh_merkle_hash *right,
                     struct exh_merkle_hash *ret_hash)
{
    uint8_t tagged[1 + EXH_MERKLE_HASH] = { NODE };

    memcpy(tagged + 1, left->bytes, EXH_MERKLE_HASH);
    exh_sha256_join(tagged, sizeof tagged, right->bytes, EXH_MERKLE_HASH, ret_hash->bytes);
}

/* As adding 1 carries from bit to bit of the size, so the new leaf joins one peak after the other. */
void exh_merkle_add(struct exh_merkle_edge *edge, const struct exh_merkle_hash *leaf)
{
    struct exh_merkle_hash hash = *leaf;
    unsigned level = 0;

    assert(edge->size < EXH_MERKLE_MOST);
    for (; edge->size >> level & 1; level++)
        exh_merkle_node(&edge->peaks[level], &hash, &hash);
    edge->peaks[level] = hash;
    edge->size++;
}

void exh_merkle_root(const struct exh_merkle_edge *edge, struct exh_merkle_hash *ret_root)
{
    uint64_t larger = edge->size & (edge->size - 1);
    struct exh_merkle_hash hash;

    if (edge->size == 0) {
        exh_sha256_join(NULL, 0, NULL, 0, ret_root->bytes);
        return;
    }
    hash = edge->peaks[__builtin_ctzll(edge->size)];
    for (; larger; larger &= larger - 1)
        exh_merkle_node(&edge->peaks[__builtin_ctzll(larger)], &hash, &hash);
    *ret_root = hash;
}
