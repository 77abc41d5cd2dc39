/* merkle: roots and proofs beside the definitions of RFC 6962, written here as they stand there, and every way to alter
 * a proof. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "exhibit/crypto.h"
#include "exhibit/merkle.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ASSERT_DONE(call, err) do { if (!(call)) fail_msg("%s: %s", #call, (err)->text); } while (0)
#define ASSERT_SAME(a, b) assert_memory_equal((a).bytes, (b).bytes, EXH_MERKLE_HASH)

/* ---- RFC 6962, section 2.1, by its own words; SHA-256 is libsodium's ---- */

static struct exh_merkle_hash naive_node(struct exh_merkle_hash left, struct exh_merkle_hash right)
{
    uint8_t message[65] = { 0x01 };
    struct exh_merkle_hash node;

    memcpy(message + 1, left.bytes, 32);
    memcpy(message + 33, right.bytes, 32);
    crypto_hash_sha256(node.bytes, message, sizeof message);
    return node;
}

/* The largest power of two smaller than @n, which is above 1. */
static uint64_t split(uint64_t n)
{
    uint64_t k = 1;

    while (k < n - k)
        k *= 2;
    return k;
}

/* MTH(D[first:past]) of the list that a test is about. */
static struct exh_merkle_hash (*mth)(uint64_t first, uint64_t past);

/* The hashes of a proof, and for each the side on which it is joined: 'L' or 'R'; or 'S', where the way up starts. */
struct naive_proof { size_t count; struct exh_merkle_hash at[80]; char sides[81]; };

static void naive_put(struct naive_proof *proof, struct exh_merkle_hash put, char side)
{
    proof->at[proof->count] = put;
    proof->sides[proof->count++] = side;
    proof->sides[proof->count] = '\0';
}

/* PATH(m, D[first:past]) */
static void naive_path(uint64_t m, uint64_t first, uint64_t past, struct naive_proof *proof)
{
    uint64_t n = past - first, k = n > 1 ? split(n) : 0;

    if (n == 1)
        return;
    if (m < k) {
        naive_path(m, first, first + k, proof);
        naive_put(proof, mth(first + k, past), 'R');
    } else {
        naive_path(m - k, first + k, past, proof);
        naive_put(proof, mth(first, first + k), 'L');
    }
}

/* SUBPROOF(m, D[first:past], whole) */
static void naive_subproof(uint64_t m, uint64_t first, uint64_t past, bool whole, struct naive_proof *proof)
{
    uint64_t n = past - first, k = n > 1 ? split(n) : 0;

    if (m == n) {
        if (!whole)
            naive_put(proof, mth(first, past), 'S');
    } else if (m <= k) {
        naive_subproof(m, first, first + k, whole, proof);
        naive_put(proof, mth(first + k, past), 'R');
    } else {
        naive_subproof(m - k, first + k, past, false, proof);
        naive_put(proof, mth(first, first + k), 'L');
    }
}

/* Of sizes where there is no such proof, one that is like no other. */
static struct naive_proof naive_inclusion(uint64_t index, uint64_t size)
{
    struct naive_proof proof = { .sides = "" };

    if (index < size)
        naive_path(index, 0, size, &proof);
    else
        naive_put(&proof, (struct exh_merkle_hash){ { 0 } }, '-');
    return proof;
}

static struct naive_proof naive_consistency(uint64_t from, uint64_t to)
{
    struct naive_proof proof = { .sides = "" };

    if (from > 0 && from < to)
        naive_subproof(from, 0, to, true, &proof);
    else
        naive_put(&proof, (struct exh_merkle_hash){ { 0 } }, '-');
    return proof;
}

static void assert_path(const struct exh_merkle_path *path, const struct naive_proof *expected)
{
    assert_int_equal(path->count, expected->count);
    for (size_t i = 0; i < path->count; i++)
        ASSERT_SAME(path->at[i], expected->at[i]);
}

/* ---- a list of up to 300 leaves, all different ---- */

enum { LIST = 300 };
static struct exh_merkle_hash list[LIST + 1];
static struct { bool known; struct exh_merkle_hash hash; } known[LIST + 1][LIST + 2];

static struct exh_merkle_hash list_mth(uint64_t first, uint64_t past)
{
    uint64_t n = past - first;

    if (n == 0) {
        struct exh_merkle_hash none;
        crypto_hash_sha256(none.bytes, NULL, 0);
        return none;
    }
    if (!known[first][past].known) {
        known[first][past].hash = n == 1 ? list[first] : naive_node(list_mth(first, first + split(n)),
                                                                    list_mth(first + split(n), past));
        known[first][past].known = true;
    }
    return known[first][past].hash;
}

static void make_list(void)
{
    for (size_t i = 0; i <= LIST; i++) {
        uint8_t message[1 + 4] = { 0x00, (uint8_t)i, (uint8_t)(i >> 8), 'x', 'y' };
        crypto_hash_sha256(list[i].bytes, message, sizeof message);
    }
}

#define TREE(name) EXH_CLEANUP(exh_merkle_tree_clear) struct exh_merkle_tree name = EXH_MERKLE_TREE_NONE

static void grow(struct exh_merkle_tree *tree, uint64_t size)
{
    while (tree->size < size)
        exh_merkle_tree_add(tree, &list[tree->size]);
}

/* ---- lists of up to 2^63 leaves, all alike but one ---- */

static uint64_t odd_one;

/* @n leaves that are all alike. */
static struct exh_merkle_hash alike(uint64_t n)
{
    static struct { bool known; struct exh_merkle_hash hash; } whole[64];
    unsigned level = (unsigned)__builtin_ctzll(n);

    if (n & (n - 1))
        return naive_node(alike(split(n)), alike(n - split(n)));
    if (!whole[level].known) {
        whole[level].hash = n == 1 ? list[0] : naive_node(alike(n / 2), alike(n / 2));
        whole[level].known = true;
    }
    return whole[level].hash;
}

static struct exh_merkle_hash vast_mth(uint64_t first, uint64_t past)
{
    uint64_t n = past - first;

    if (odd_one < first || odd_one >= past)
        return alike(n);
    return n == 1 ? list[1] : naive_node(vast_mth(first, first + split(n)), vast_mth(first + split(n), past));
}

/* What a proof may ask for, what it did ask for, and which fetch fails. */
struct watched { uint64_t size; size_t fetched, fail_at; };
#define WATCHED(size) { (size), 0, SIZE_MAX }

static bool watch(void *context, unsigned level, uint64_t index, struct exh_merkle_hash *ret_hash,
                  struct exh_error *err)
{
    struct watched *watched = context;

    assert_true(level < EXH_MERKLE_LEVELS && index < watched->size >> level);
    if (watched->fetched++ == watched->fail_at)
        return exh_fail(err, EXH_BUSY, "the table is locked");
    *ret_hash = mth(index << level, (index + 1) << level);
    return true;
}

/* ---- altering ---- */

struct claim {
    uint64_t from, to;
    struct exh_merkle_hash a, b;
    struct exh_merkle_path path;
    bool (*judge)(const struct claim *claim);
};

/* from: the index, to: the size, a: the leaf, b: the root */
static bool judge_inclusion(const struct claim *claim)
{
    return exh_merkle_holds(&claim->a, claim->from, claim->to, &claim->path, &claim->b);
}

static bool judge_consistency(const struct claim *claim)
{
    return exh_merkle_extends(claim->from, &claim->a, claim->to, &claim->b, &claim->path);
}

static struct exh_merkle_hash flipped(struct exh_merkle_hash h, unsigned bit)
{
    h.bytes[bit / 8 % EXH_MERKLE_HASH] ^= (uint8_t)(1u << bit % 8);
    return h;
}

static void drop(struct exh_merkle_path *path, size_t i)
{
    memmove(&path->at[i], &path->at[i + 1], (--path->count - i) * sizeof *path->at);
}

static void insert(struct exh_merkle_path *path, size_t i, struct exh_merkle_hash put)
{
    memmove(&path->at[i + 1], &path->at[i], (path->count++ - i) * sizeof *path->at);
    path->at[i] = put;
}

#define REFUSE(claim, change) do { \
    struct claim altered = *(claim); \
    change; \
    if (altered.judge(&altered)) \
        fail_msg("%s: passes for %ju and %ju", #change, (uintmax_t)(claim)->from, (uintmax_t)(claim)->to); \
    } while (0)

static void refuse_altered_hashes(const struct claim *claim, unsigned bit)
{
    for (size_t i = 0; i < claim->path.count; i++) {
        REFUSE(claim, altered.path.at[i] = flipped(altered.path.at[i], bit + 7 * (unsigned)i));
        REFUSE(claim, drop(&altered.path, i));
    }
    REFUSE(claim, altered.a = flipped(altered.a, bit));
    REFUSE(claim, altered.b = flipped(altered.b, bit));
    if (claim->path.count == EXH_MERKLE_PATH)
        return;
    REFUSE(claim, insert(&altered.path, 0, claim->a));
    REFUSE(claim, insert(&altered.path, 0, claim->b));
    REFUSE(claim, insert(&altered.path, claim->path.count, claim->a));
    REFUSE(claim, insert(&altered.path, claim->path.count, claim->b));
}

/* A root does not tell its size: what @naive lays out alike for another size passes for that too, and nothing else. */
static void judge_other_size(const struct claim *claim, uint64_t size,
                             struct naive_proof (*naive)(uint64_t from, uint64_t to))
{
    const struct naive_proof own = naive(claim->from, claim->to), other = naive(claim->from, size);
    struct claim altered = *claim;

    altered.to = size;
    if (altered.judge(&altered) != (strcmp(own.sides, other.sides) == 0))
        fail_msg("judged wrongly: %ju and %ju, as %ju", (uintmax_t)claim->from, (uintmax_t)claim->to, (uintmax_t)size);
}

static void refuse_altered(const struct claim *claim, unsigned bit,
                           struct naive_proof (*naive)(uint64_t from, uint64_t to))
{
    assert_true(claim->judge(claim));
    refuse_altered_hashes(claim, bit);
    REFUSE(claim, altered.from--);
    REFUSE(claim, altered.from++);
    judge_other_size(claim, claim->to - 1, naive);
    judge_other_size(claim, claim->to + 1, naive);
}

static void prove_and_alter_inclusion(uint64_t index, uint64_t size, exh_merkle_fetch *fetch, void *context)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct naive_proof expected = naive_inclusion(index, size);
    struct claim claim = { .from = index, .to = size, .judge = judge_inclusion };

    ASSERT_DONE(exh_merkle_prove_inclusion(index, size, fetch, context, &claim.path, &err), &err);
    assert_path(&claim.path, &expected);
    claim.a = mth(index, index + 1);
    claim.b = mth(0, size);
    refuse_altered(&claim, (unsigned)(index * 5 + size), naive_inclusion);
}

static void prove_and_alter_consistency(uint64_t from, uint64_t to, exh_merkle_fetch *fetch, void *context)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct naive_proof expected = naive_consistency(from, to);
    struct claim claim = { .from = from, .to = to, .judge = judge_consistency };

    ASSERT_DONE(exh_merkle_prove_consistency(from, to, fetch, context, &claim.path, &err), &err);
    assert_path(&claim.path, &expected);
    claim.a = mth(0, from);
    claim.b = mth(0, to);
    refuse_altered(&claim, (unsigned)(from * 5 + to), naive_consistency);
}

/* ---- the vectors of the Certificate Transparency reference implementation: 8 leaves, roots of 0 to 8 of them ---- */

static const struct { size_t size; uint8_t bytes[16]; } reference_leaves[8] = {
    { 0, { 0 } },          { 1, { 0x00 } },       { 1, { 0x10 } },
    { 2, { 0x20, 0x21 } }, { 2, { 0x30, 0x31 } }, { 4, { 0x40, 0x41, 0x42, 0x43 } },
    { 8, { 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57 } },
    { 16, { 0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f } },
};

static const char *const reference_roots[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

struct reference { uint64_t from, to; const char *path[5]; };

static const struct reference reference_inclusions[] = {
    { 0, 1, { NULL } },
    { 0, 8, { "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
              "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
              "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4" } },
    { 5, 8, { "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
              "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
              "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" } },
    { 2, 3, { "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" } },
    { 1, 5, { "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
              "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
              "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b" } },
};

static const struct reference reference_consistencies[] = {
    { 1, 1, { NULL } },
    { 1, 8, { "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
              "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
              "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4" } },
    { 6, 8, { "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
              "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
              "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" } },
    { 2, 5, { "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
              "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b" } },
};

static void assert_hex(const struct exh_merkle_hash *actual, const char *expected)
{
    char digits[2 * EXH_MERKLE_HASH + 1];

    exh_hex(digits, actual->bytes, EXH_MERKLE_HASH);
    assert_string_equal(digits, expected);
}

static void assert_reference(const struct exh_merkle_path *path, const struct reference *expected)
{
    for (size_t i = 0; i < path->count; i++) {
        assert_non_null(expected->path[i]);
        assert_hex(&path->at[i], expected->path[i]);
    }
    assert_null(expected->path[path->count]);
}

static struct exh_merkle_hash reference_leaf(uint64_t index)
{
    struct exh_merkle_hash leaf;

    exh_merkle_leaf(reference_leaves[index].bytes, reference_leaves[index].size, &leaf);
    return leaf;
}

static struct exh_merkle_hash reference_root(uint64_t size)
{
    struct exh_merkle_hash root;

    assert_true(exh_unhex(root.bytes, sizeof root.bytes, reference_roots[size]));
    return root;
}

static void grow_reference(struct exh_merkle_tree *tree)
{
    for (uint64_t i = 0; i < 8; i++) {
        const struct exh_merkle_hash leaf = reference_leaf(i);
        exh_merkle_tree_add(tree, &leaf);
    }
}

static void roots_are_those_of_the_reference_implementation(void **state)
{
    struct exh_merkle_edge edge = EXH_MERKLE_EDGE_NONE;
    struct exh_merkle_hash root, leaf;

    (void)state;
    for (uint64_t size = 0; size <= 8; size++) {
        exh_merkle_root(&edge, &root);
        assert_hex(&root, reference_roots[size]);
        if (size < 8) {
            leaf = reference_leaf(size);
            exh_merkle_add(&edge, &leaf);
        }
    }
    exh_merkle_leaf(NULL, 0, &leaf);
    assert_hex(&leaf, reference_roots[1]);
}

static void inclusion_proofs_are_those_of_the_reference_implementation(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    TREE(tree);

    (void)state;
    grow_reference(&tree);
    for (size_t i = 0; i < EXH_COUNT(reference_inclusions); i++) {
        const struct reference *expected = &reference_inclusions[i];
        const struct exh_merkle_hash leaf = reference_leaf(expected->from), root = reference_root(expected->to);
        struct exh_merkle_path path;
        ASSERT_DONE(exh_merkle_prove_inclusion(expected->from, expected->to, exh_merkle_tree_fetch, &tree, &path, &err),
                    &err);
        assert_reference(&path, expected);
        assert_true(exh_merkle_holds(&leaf, expected->from, expected->to, &path, &root));
    }
}

static void consistency_proofs_are_those_of_the_reference_implementation(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    TREE(tree);

    (void)state;
    grow_reference(&tree);
    for (size_t i = 0; i < EXH_COUNT(reference_consistencies); i++) {
        const struct reference *expected = &reference_consistencies[i];
        const struct exh_merkle_hash from = reference_root(expected->from), to = reference_root(expected->to);
        struct exh_merkle_path path;
        ASSERT_DONE(exh_merkle_prove_consistency(expected->from, expected->to, exh_merkle_tree_fetch, &tree, &path,
                                                 &err), &err);
        assert_reference(&path, expected);
        assert_true(exh_merkle_extends(expected->from, &from, expected->to, &to, &path));
    }
}

static void an_altered_proof_is_refused_whichever_bit_is_flipped(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct claim inclusion = { .from = 5, .to = 8, .judge = judge_inclusion };
    struct claim consistency = { .from = 3, .to = 7, .judge = judge_consistency };
    TREE(tree);

    (void)state;
    grow_reference(&tree);
    inclusion.a = reference_leaf(5);
    inclusion.b = reference_root(8);
    consistency.a = reference_root(3);
    consistency.b = reference_root(7);
    ASSERT_DONE(exh_merkle_prove_inclusion(5, 8, exh_merkle_tree_fetch, &tree, &inclusion.path, &err), &err);
    ASSERT_DONE(exh_merkle_prove_consistency(3, 7, exh_merkle_tree_fetch, &tree, &consistency.path, &err), &err);
    assert_true(judge_inclusion(&inclusion) && judge_consistency(&consistency));
    for (unsigned bit = 0; bit < 8 * EXH_MERKLE_HASH; bit++) {
        refuse_altered_hashes(&inclusion, bit);
        refuse_altered_hashes(&consistency, bit);
    }
}

/* ---- every tree up to 300 leaves ---- */

static void the_root_of_every_tree_is_as_the_rfc_defines_it(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_merkle_edge edge = EXH_MERKLE_EDGE_NONE, fetched;
    TREE(tree);

    (void)state;
    mth = list_mth;
    grow(&tree, LIST);
    for (uint64_t size = 0; size <= LIST; size++) {
        const struct exh_merkle_hash expected = mth(0, size);
        struct exh_merkle_hash root;
        assert_int_equal(edge.size, size);
        exh_merkle_root(&edge, &root);
        ASSERT_SAME(root, expected);
        ASSERT_DONE(exh_merkle_edge_fetch(size, exh_merkle_tree_fetch, &tree, &fetched, &err), &err);
        exh_merkle_root(&fetched, &root);
        ASSERT_SAME(root, expected);
        exh_merkle_add(&edge, &list[size]);
    }
}

static void an_edge_that_was_fetched_goes_on_as_the_tree_does(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_merkle_edge edge;
    TREE(tree);

    (void)state;
    mth = list_mth;
    for (uint64_t size = 0; size <= LIST - 20; size += 7) {
        grow(&tree, size);
        ASSERT_DONE(exh_merkle_edge_fetch(size, exh_merkle_tree_fetch, &tree, &edge, &err), &err);
        for (uint64_t more = size; more < size + 20; more++) {
            const struct exh_merkle_hash expected = mth(0, more + 1);
            struct exh_merkle_hash root;
            exh_merkle_add(&edge, &list[more]);
            exh_merkle_root(&edge, &root);
            ASSERT_SAME(root, expected);
        }
    }
}

static void a_tree_gives_every_complete_subtree_and_no_other(void **state)
{
    TREE(tree);

    (void)state;
    mth = list_mth;
    for (uint64_t size = 0; size <= LIST; size++) {
        grow(&tree, size);
        assert_true(tree.count <= 2 * size && tree.room <= (tree.count > 32 ? 2 * tree.count : 64));
        for (unsigned level = 0; level < EXH_MERKLE_LEVELS; level++) {
            uint64_t complete = size >> level;
            for (uint64_t index = 0; index < complete + 2; index++) {
                EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
                struct exh_merkle_hash got = { { 0x5a } };
                const struct exh_merkle_hash expected =
                    index < complete ? mth(index << level, (index + 1) << level) : got;
                assert_int_equal(exh_merkle_tree_fetch(&tree, level, index, &got, &err), index < complete);
                assert_int_equal(err.kind, index < complete ? EXH_OK : EXH_USAGE);
                ASSERT_SAME(got, expected);
            }
        }
    }
}

static void a_tree_refuses_levels_and_places_that_no_tree_has(void **state)
{
    static const struct { unsigned level; uint64_t index; } beyond[] = {
        { 64, 0 }, { 65, 0 }, { UINT32_MAX, 0 }, { 0, UINT64_MAX }, { 63, UINT64_MAX }, { 1, UINT64_C(1) << 63 },
        { 63, 0 },
    };
    TREE(tree);

    (void)state;
    grow(&tree, LIST);
    for (size_t i = 0; i < EXH_COUNT(beyond); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_merkle_hash got;
        assert_false(exh_merkle_tree_fetch(&tree, beyond[i].level, beyond[i].index, &got, &err));
        assert_int_equal(err.kind, EXH_USAGE);
    }
}

static void a_tree_that_was_cleared_is_as_new(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    TREE(tree);
    struct exh_merkle_hash got;

    (void)state;
    grow(&tree, 5);
    exh_merkle_tree_clear(&tree);
    assert_false(exh_merkle_tree_fetch(&tree, 0, 0, &got, &err));
    grow(&tree, 1);
    exh_error_clear(&err);
    ASSERT_DONE(exh_merkle_tree_fetch(&tree, 0, 0, &got, &err), &err);
    ASSERT_SAME(got, list[0]);
}

static void every_inclusion_proof_holds_and_altered_ones_do_not(void **state)
{
    TREE(tree);

    (void)state;
    mth = list_mth;
    grow(&tree, LIST);
    for (uint64_t size = 1; size <= LIST; size++)
        for (uint64_t index = 0; index < size; index++)
            prove_and_alter_inclusion(index, size, exh_merkle_tree_fetch, &tree);
}

static void every_consistency_proof_holds_and_altered_ones_do_not(void **state)
{
    TREE(tree);

    (void)state;
    mth = list_mth;
    grow(&tree, LIST);
    for (uint64_t to = 2; to <= LIST; to++)
        for (uint64_t from = 1; from < to; from++)
            prove_and_alter_consistency(from, to, exh_merkle_tree_fetch, &tree);
}

static void a_leaf_of_the_tree_is_refused_in_the_place_of_another(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_merkle_path path;
    TREE(tree);

    (void)state;
    mth = list_mth;
    grow(&tree, 40);
    const struct exh_merkle_hash root = mth(0, 40);
    for (uint64_t index = 0; index < 40; index++) {
        ASSERT_DONE(exh_merkle_prove_inclusion(index, 40, exh_merkle_tree_fetch, &tree, &path, &err), &err);
        for (uint64_t leaf = 0; leaf < 40; leaf++)
            for (uint64_t at = 0; at < 42; at++)
                assert_int_equal(exh_merkle_holds(&list[leaf], at, 40, &path, &root), leaf == index && at == index);
    }
}

static void a_tree_whose_past_was_rewritten_extends_nothing(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_merkle_path path;
    TREE(tree);

    (void)state;
    mth = list_mth;
    for (uint64_t i = 0; i < 40; i++)
        exh_merkle_tree_add(&tree, &list[i == 3 ? LIST : i]);
    struct exh_merkle_edge edge;
    struct exh_merkle_hash rewritten;
    ASSERT_DONE(exh_merkle_edge_fetch(40, exh_merkle_tree_fetch, &tree, &edge, &err), &err);
    exh_merkle_root(&edge, &rewritten);
    for (uint64_t from = 1; from < 40; from++) {
        const struct exh_merkle_hash seen = mth(0, from);
        ASSERT_DONE(exh_merkle_prove_consistency(from, 40, exh_merkle_tree_fetch, &tree, &path, &err), &err);
        assert_int_equal(exh_merkle_extends(from, &seen, 40, &rewritten, &path), from <= 3);
    }
}

/* As the header warns: size and root must come together. */
static void a_proof_does_not_tell_the_size_of_its_tree(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_merkle_path path;
    TREE(tree);

    (void)state;
    mth = list_mth;
    grow(&tree, 5);
    const struct exh_merkle_hash root = mth(0, 4);
    ASSERT_DONE(exh_merkle_prove_inclusion(0, 4, exh_merkle_tree_fetch, &tree, &path, &err), &err);
    assert_false(exh_merkle_holds(&list[0], 0, 2, &path, &root));
    assert_true(exh_merkle_holds(&list[0], 0, 3, &path, &root));
    assert_true(exh_merkle_holds(&list[0], 0, 4, &path, &root));
    assert_false(exh_merkle_holds(&list[0], 0, 5, &path, &root));
}

/* ---- sizes up to 2^63 ---- */

static const uint64_t vast_sizes[] = {
    EXH_MERKLE_MOST, EXH_MERKLE_MOST - 1, EXH_MERKLE_MOST / 2 + 1, EXH_MERKLE_MOST / 2,
    EXH_MERKLE_MOST - (1u << 31) + 12345, UINT64_C(0x5555555555555555), UINT64_C(3) << 40,
    (UINT64_C(1) << 32) + 1, UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1,
};

static void proofs_hold_in_trees_of_any_size(void **state)
{
    (void)state;
    mth = vast_mth;
    for (size_t i = 0; i < EXH_COUNT(vast_sizes); i++) {
        uint64_t size = vast_sizes[i];
        const uint64_t at[] = { 0, 1, 2, size / 3, size / 2 - 1, size / 2, size / 2 + 1, size - 2, size - 1 };
        for (size_t j = 0; j < EXH_COUNT(at); j++) {
            struct watched watched = WATCHED(size);
            odd_one = at[j];
            prove_and_alter_inclusion(at[j], size, watch, &watched);
            assert_true(watched.fetched <= 63 + (size_t)__builtin_popcountll(size));
            watched.fetched = 0;
            prove_and_alter_consistency(at[j] + (at[j] < size - 1), size, watch, &watched);
            assert_true(watched.fetched <= 64 + (size_t)__builtin_popcountll(size));
        }
    }
}

static void the_longest_proofs_are_as_long_as_the_header_says(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct watched watched = WATCHED(EXH_MERKLE_MOST);
    struct exh_merkle_path path;

    (void)state;
    mth = vast_mth;
    odd_one = 0;
    ASSERT_DONE(exh_merkle_prove_inclusion(7, EXH_MERKLE_MOST, watch, &watched, &path, &err), &err);
    assert_int_equal(path.count, 63);
    ASSERT_DONE(exh_merkle_prove_consistency(3, EXH_MERKLE_MOST, watch, &watched, &path, &err), &err);
    assert_int_equal(path.count, EXH_MERKLE_PATH);
}

static void an_edge_grows_up_to_the_most_leaves_that_there_can_be(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct watched watched = WATCHED(EXH_MERKLE_MOST);
    struct exh_merkle_edge edge;
    struct exh_merkle_hash root;

    (void)state;
    mth = vast_mth;
    odd_one = EXH_MERKLE_MOST - 1;
    const struct exh_merkle_hash expected = mth(0, EXH_MERKLE_MOST);
    ASSERT_DONE(exh_merkle_edge_fetch(EXH_MERKLE_MOST - 1, watch, &watched, &edge, &err), &err);
    assert_int_equal(watched.fetched, 63);
    exh_merkle_add(&edge, &list[1]);
    exh_merkle_root(&edge, &root);
    ASSERT_SAME(root, expected);
    assert_true(edge.size == EXH_MERKLE_MOST);

    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        exh_merkle_add(&edge, &list[1]);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* ---- what is not there, and fetches that fail ---- */

static void assert_usage(bool done, struct exh_error *err, const char *words)
{
    assert_false(done);
    assert_int_equal(err->kind, EXH_USAGE);
    assert_non_null(strstr(err->text, words));
    exh_error_clear(err);
}

static void what_no_tree_has_is_not_proved(void **state)
{
    static const uint64_t over = EXH_MERKLE_MOST + 1;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_merkle_path path, before;
    struct exh_merkle_edge edge, edge_before;
    struct watched watched = WATCHED(0);      /* no fetch may be tried */

    (void)state;
    memset(&path, 0x5a, sizeof path);
    memset(&edge, 0x5a, sizeof edge);
    before = path;
    edge_before = edge;
    assert_usage(exh_merkle_prove_inclusion(0, 0, watch, &watched, &path, &err), &err, "no leaf 0");
    assert_usage(exh_merkle_prove_inclusion(8, 8, watch, &watched, &path, &err), &err, "no leaf 8");
    assert_usage(exh_merkle_prove_inclusion(UINT64_MAX, 8, watch, &watched, &path, &err), &err, "no leaf");
    assert_usage(exh_merkle_prove_inclusion(0, over, watch, &watched, &path, &err), &err, "2^63");
    assert_usage(exh_merkle_prove_consistency(9, 8, watch, &watched, &path, &err), &err, "cannot begin with 9");
    assert_usage(exh_merkle_prove_consistency(1, 0, watch, &watched, &path, &err), &err, "cannot begin with 1");
    assert_usage(exh_merkle_prove_consistency(1, over, watch, &watched, &path, &err), &err, "2^63");
    assert_usage(exh_merkle_prove_consistency(0, UINT64_MAX, watch, &watched, &path, &err), &err, "2^63");
    assert_usage(exh_merkle_edge_fetch(over, watch, &watched, &edge, &err), &err, "2^63");
    assert_memory_equal(&path, &before, sizeof path);
    assert_memory_equal(&edge, &edge_before, sizeof edge);
}

static void a_tree_that_is_too_small_proves_nothing_of_a_larger_one(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_merkle_path path;
    TREE(tree);

    (void)state;
    grow(&tree, 8);
    assert_usage(exh_merkle_prove_inclusion(0, 9, exh_merkle_tree_fetch, &tree, &path, &err), &err, "8 leaves");
    assert_usage(exh_merkle_prove_consistency(8, 9, exh_merkle_tree_fetch, &tree, &path, &err), &err, "8 leaves");
}

static bool prove_any(int which, struct watched *watched, void *ret, struct exh_error *err)
{
    switch (which) {
    case 0: return exh_merkle_prove_inclusion(100, watched->size, watch, watched, ret, err);
    case 1: return exh_merkle_prove_consistency(101, watched->size, watch, watched, ret, err);
    default: return exh_merkle_edge_fetch(watched->size, watch, watched, ret, err);
    }
}

static void a_fetch_that_fails_fails_the_proof_and_nothing_is_written(void **state)
{
    union { struct exh_merkle_path path; struct exh_merkle_edge edge; } result, before;

    (void)state;
    mth = list_mth;
    memset(&before, 0x5a, sizeof before);
    for (int which = 0; which < 3; which++) {
        bool done = false;
        for (size_t fail_at = 0; !done; fail_at++) {
            EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
            struct watched watched = { 299, 0, fail_at };
            result = before;
            done = prove_any(which, &watched, &result, &err);
            assert_int_equal(watched.fetched, done ? fail_at : fail_at + 1);
            if (done)
                break;
            assert_int_equal(err.kind, EXH_BUSY);
            assert_string_equal(err.text, "the table is locked");
            assert_memory_equal(&result, &before, sizeof result);
            assert_true(fail_at < 2 * EXH_MERKLE_LEVELS);
        }
        assert_memory_not_equal(&result, &before, sizeof result);
    }
}

static void what_is_in_no_tree_does_not_hold(void **state)
{
    const struct exh_merkle_path none = { .count = 0 };
    struct exh_merkle_hash empty;

    (void)state;
    crypto_hash_sha256(empty.bytes, NULL, 0);
    assert_true(exh_merkle_holds(&list[0], 0, 1, &none, &list[0]));
    assert_false(exh_merkle_holds(&list[0], 0, 1, &none, &list[1]));
    assert_false(exh_merkle_holds(&list[0], 0, 0, &none, &list[0]));
    assert_false(exh_merkle_holds(&empty, 0, 0, &none, &empty));
    assert_false(exh_merkle_holds(&list[0], 1, 1, &none, &list[0]));
    assert_false(exh_merkle_holds(&list[0], 1, 0, &none, &list[0]));
    assert_false(exh_merkle_holds(&list[0], UINT64_MAX, 1, &none, &list[0]));
    assert_false(exh_merkle_holds(&list[0], UINT64_MAX, UINT64_MAX, &none, &list[0]));
    assert_false(exh_merkle_holds(&list[0], 0, 2, &none, &list[0]));
}

static void a_tree_extends_itself_and_the_empty_one_by_an_empty_path(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct watched watched = WATCHED(0);      /* no fetch may be tried */
    const struct exh_merkle_path one = { .count = 1 };
    struct exh_merkle_path path;

    (void)state;
    mth = list_mth;
    const struct exh_merkle_hash empty = mth(0, 0);
    for (uint64_t size = 0; size <= 20; size++) {
        const struct exh_merkle_hash root = mth(0, size);
        ASSERT_DONE(exh_merkle_prove_consistency(size, size, watch, &watched, &path, &err), &err);
        assert_int_equal(path.count, 0);
        assert_true(exh_merkle_extends(size, &root, size, &root, &path));
        assert_false(exh_merkle_extends(size, &root, size, &list[LIST], &path));
        assert_false(exh_merkle_extends(size, &list[LIST], size, &root, &path));
        assert_false(exh_merkle_extends(size, &root, size, &root, &one));
        assert_int_equal(exh_merkle_extends(size, &list[LIST], size, &list[LIST], &path), size > 0);
        ASSERT_DONE(exh_merkle_prove_consistency(0, size, watch, &watched, &path, &err), &err);
        assert_int_equal(path.count, 0);
        assert_true(exh_merkle_extends(0, &empty, size, &root, &path));
        assert_false(exh_merkle_extends(0, &list[LIST], size, &root, &path));
        assert_false(exh_merkle_extends(0, &empty, size, &root, &one));
    }
}

static void sizes_in_the_wrong_order_or_without_a_path_extend_nothing(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_merkle_path none = { .count = 0 };
    struct exh_merkle_path path;
    TREE(tree);

    (void)state;
    mth = list_mth;
    grow(&tree, 20);
    for (uint64_t from = 1; from < 20; from++) {
        const struct exh_merkle_hash a = mth(0, from), b = mth(0, 20);
        ASSERT_DONE(exh_merkle_prove_consistency(from, 20, exh_merkle_tree_fetch, &tree, &path, &err), &err);
        assert_true(exh_merkle_extends(from, &a, 20, &b, &path));
        assert_false(exh_merkle_extends(20, &b, from, &a, &path));
        assert_false(exh_merkle_extends(20, &a, from, &b, &path));
        assert_false(exh_merkle_extends(20, &b, from, &a, &none));
        assert_false(exh_merkle_extends(20, &b, from, &b, &none));
        assert_false(exh_merkle_extends(from, &b, 20, &a, &path));
        assert_false(exh_merkle_extends(from, &a, 20, &b, &none));
        assert_false(exh_merkle_extends(from, &b, 20, &b, &none));
        assert_false(exh_merkle_extends(20, &b, 0, &list[0], &none));
    }
}

/* Were it worked out, this one would come out right. */
static void a_longer_tree_in_the_place_of_a_leaf_is_not_extended(void **state)
{
    const struct exh_merkle_hash longer = list[0], shorter = naive_node(list[0], list[1]);
    const struct exh_merkle_path path = { 2, { list[0], list[1] } };

    (void)state;
    assert_false(exh_merkle_extends(3, &longer, 2, &shorter, &path));
}

/* Proofs for sizes above 2^63 would be of 64 and 65 hashes: they are refused though all of it fits. */
static void what_is_too_large_is_refused_before_it_is_read(void **state)
{
    EXH_CLEANUP(exh_freep) struct exh_merkle_path *path = exh_alloc(sizeof *path);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct watched watched = WATCHED(EXH_MERKLE_MOST);
    static const size_t counts[] = { EXH_MERKLE_PATH + 1, EXH_MERKLE_PATH + 2, SIZE_MAX };

    (void)state;
    mth = vast_mth;
    odd_one = 0;
    const struct exh_merkle_hash one = mth(0, 1), three = mth(0, 3), all = mth(0, EXH_MERKLE_MOST);
    const struct exh_merkle_hash more = naive_node(all, one);
    for (size_t i = 0; i < EXH_COUNT(counts); i++) {
        path->count = counts[i];
        assert_false(exh_merkle_holds(&one, 0, EXH_MERKLE_MOST, path, &all));
        assert_false(exh_merkle_extends(3, &three, EXH_MERKLE_MOST, &all, path));
        assert_false(exh_merkle_extends(1, &one, EXH_MERKLE_MOST, &all, path));
        assert_false(exh_merkle_extends(4, &one, 4, &one, path));
    }
    ASSERT_DONE(exh_merkle_prove_inclusion(0, EXH_MERKLE_MOST, watch, &watched, path, &err), &err);
    path->at[path->count++] = one;
    assert_int_equal(path->count, EXH_MERKLE_PATH);
    assert_false(exh_merkle_holds(&one, 0, EXH_MERKLE_MOST + 1, path, &more));
    assert_false(exh_merkle_extends(1, &one, EXH_MERKLE_MOST + 1, &more, path));
    path->count = 0;
    assert_false(exh_merkle_extends(UINT64_MAX, &one, UINT64_MAX, &one, path));
}

static int start(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    make_list();
    return exh_crypto_init(&err) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_tree_has_is_not_proved),
        cmocka_unit_test(a_fetch_that_fails_fails_the_proof_and_nothing_is_written),
        cmocka_unit_test(a_tree_that_is_too_small_proves_nothing_of_a_larger_one),
        cmocka_unit_test(what_is_in_no_tree_does_not_hold),
        cmocka_unit_test(sizes_in_the_wrong_order_or_without_a_path_extend_nothing),
        cmocka_unit_test(a_longer_tree_in_the_place_of_a_leaf_is_not_extended),
        cmocka_unit_test(what_is_too_large_is_refused_before_it_is_read),
        cmocka_unit_test(an_altered_proof_is_refused_whichever_bit_is_flipped),
        cmocka_unit_test(a_leaf_of_the_tree_is_refused_in_the_place_of_another),
        cmocka_unit_test(a_tree_whose_past_was_rewritten_extends_nothing),
        cmocka_unit_test(a_proof_does_not_tell_the_size_of_its_tree),
        cmocka_unit_test(a_tree_extends_itself_and_the_empty_one_by_an_empty_path),
        cmocka_unit_test(roots_are_those_of_the_reference_implementation),
        cmocka_unit_test(inclusion_proofs_are_those_of_the_reference_implementation),
        cmocka_unit_test(consistency_proofs_are_those_of_the_reference_implementation),
        cmocka_unit_test(the_root_of_every_tree_is_as_the_rfc_defines_it),
        cmocka_unit_test(an_edge_that_was_fetched_goes_on_as_the_tree_does),
        cmocka_unit_test(a_tree_gives_every_complete_subtree_and_no_other),
        cmocka_unit_test(a_tree_refuses_levels_and_places_that_no_tree_has),
        cmocka_unit_test(a_tree_that_was_cleared_is_as_new),
        cmocka_unit_test(every_inclusion_proof_holds_and_altered_ones_do_not),
        cmocka_unit_test(every_consistency_proof_holds_and_altered_ones_do_not),
        cmocka_unit_test(proofs_hold_in_trees_of_any_size),
        cmocka_unit_test(the_longest_proofs_are_as_long_as_the_header_says),
        cmocka_unit_test(an_edge_grows_up_to_the_most_leaves_that_there_can_be),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
