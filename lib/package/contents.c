/* contents: takes a package's files in, hashing each and keeping the small ones that are read later. */
#include "contents.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    BESIDE_FROM = 1 << 20,       /* below this a thread costs more than it gains */
    ROOM = BESIDE_FROM,
};

void exh_contents_clear(struct exh_contents *contents)
{
    exh_fan_freep(&contents->fan);
    exh_unpacking_freep(&contents->unpacking);
    exh_sha256_freep(&contents->hash);
    exh_piecing_freep(&contents->piecing);
    for (size_t i = 0; i < contents->count; i++) {
        free(contents->at[i].name);
        free(contents->at[i].fault);
        free(contents->at[i].bytes);
        exh_pieces_clear(&contents->at[i].pieces);
    }
    free(contents->at);
    free(contents->room);
    exh_check_findings_clear(&contents->faults);
    *contents = (struct exh_contents){ .whole = false };
}

void exh_contents_fault(struct exh_contents *contents, const char *code, const char *format, ...)
{
    va_list arguments;

    if (contents->faults.count > EXH_FAULTS_MOST)
        return;
    if (contents->faults.count == EXH_FAULTS_MOST) {
        exh_check_findings_add(&contents->faults, code, NULL, "and more is wrong with it");
        return;
    }
    va_start(arguments, format);
    exh_check_findings_vadd(&contents->faults, code, NULL, format, arguments);
    va_end(arguments);
}

static struct exh_found *add(struct exh_contents *contents, const char *name)
{
    if (contents->count == contents->capacity) {
        contents->capacity = contents->capacity ? 2 * contents->capacity : 64;
        contents->at = exh_realloc_array(contents->at, contents->capacity, sizeof *contents->at);
    }
    struct exh_found *found = &contents->at[contents->count++];
    *found = (struct exh_found){ .name = exh_text_printable(name) };
    return found;
}

static struct exh_found *current(struct exh_contents *contents)
{
    assert(contents->count);
    return &contents->at[contents->count - 1];
}

/* The files whose words are judged, not only their digests: of the bag, and of the bags of exhibits within. */
static bool is_kept(const struct exh_contents *contents, const char *name)
{
    static const char *const names[] = { EXH_BAG_DECLARATION, EXH_BAG_INFO,     EXH_BAG_MANIFEST, EXH_BAG_TAGMANIFEST,
                                         EXH_BAG_SSH,         EXH_BAG_MINISIGN, EXH_BAG_RECORD,   EXH_BAG_PACKAGE,
                                         EXH_PIECES_FILE,      EXH_BAG_CHECKPOINT,  EXH_BAG_OWN_CUSTODY, EXH_BAG_OWN_PROOF,
                                         EXH_BAG_CERTIFICATE };
    static const char *const folders[] = { EXH_BAG_SIGNERS, EXH_BAG_CUSTODY };
    const char *inner = exh_bag_within(name);

    if (exh_bag_is_payload(name))
        return false;
    if (contents->keeps_all)
        return true;
    if (inner)
        name = inner;
    for (size_t i = 0; i < EXH_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    for (size_t i = 0; i < EXH_COUNT(folders); i++)
        if (strncmp(name, folders[i], strlen(folders[i])) == 0)
            return true;
    return false;
}

static bool take_hash(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_sha256_add(context, bytes, size);
    return true;
}

static bool take_pieces(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_piecing_add(context, bytes, size);
    return true;
}

static bool take_unpacked(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    return exh_unpacking_data(context, bytes, size, err);
}

/* A large file is hashed beside the reading; one of several pieces also piece by piece. */
static bool start_fan(struct exh_contents *contents, uint64_t size, struct exh_error *err)
{
    contents->fan = exh_fan_new();
    exh_fan_add(contents->fan, take_hash, contents->hash);
    if (exh_pieces_are_due(size)) {
        contents->piecing = exh_piecing_new();
        exh_fan_add(contents->fan, take_pieces, contents->piecing);
    }
    if (contents->unpacking)
        exh_fan_add(contents->fan, take_unpacked, contents->unpacking);
    return exh_fan_start(contents->fan, err);
}

bool exh_contents_begin(struct exh_contents *contents, const char *name, uint64_t size, struct exh_error *err)
{
    if (contents->unpacking && !exh_unpacking_begin(contents->unpacking, name, err))
        return false;
    struct exh_found *found = add(contents, name);
    contents->open = true;
    if (!contents->hash)
        contents->hash = exh_sha256_new();
    if (is_kept(contents, name) && size <= EXH_KEPT_MOST && size <= EXH_KEPT_ALL_MOST - contents->kept) {
        found->bytes = exh_alloc((size_t)size + 1);
        contents->kept += (size_t)size;
    } else if (is_kept(contents, name)) {
        found->code = "E-FILE-LARGE";
        found->fault = exh_format("larger than it may be (%d MiB)", EXH_KEPT_MOST >> 20);
    }
    return size < BESIDE_FROM || start_fan(contents, size, err);
}

static void note(struct exh_contents *contents, const void *bytes, size_t size)
{
    struct exh_found *found = current(contents);

    if (found->bytes)
        memcpy(found->bytes + found->size, bytes, size);
    found->size += size;
}

bool exh_contents_go_on(struct exh_contents *contents, size_t size, struct exh_error *err)
{
    const struct exh_package_ask *ask = contents->ask;

    contents->bytes_read += size;
    return !ask || !ask->progress || ask->progress(ask->context, contents->bytes_read)
        || exh_fail(err, EXH_IO, "interrupted; there is no verdict, and nothing of the package is kept");
}

bool exh_contents_data(struct exh_contents *contents, const void *bytes, size_t size, struct exh_error *err)
{
    if (!exh_contents_go_on(contents, size, err))
        return false;
    note(contents, bytes, size);
    if (contents->fan)
        return exh_fan_put(contents->fan, bytes, size, err);
    exh_sha256_add(contents->hash, bytes, size);
    return !contents->unpacking || exh_unpacking_data(contents->unpacking, bytes, size, err);
}

bool exh_contents_space(struct exh_contents *contents, void **ret_space, size_t *ret_room, struct exh_error *err)
{
    if (contents->fan)
        return exh_fan_space(contents->fan, ret_space, ret_room, err);
    if (!contents->room)
        contents->room = exh_alloc(ROOM);
    *ret_space = contents->room;
    *ret_room = ROOM;
    return true;
}

bool exh_contents_filled(struct exh_contents *contents, const void *space, size_t size, struct exh_error *err)
{
    if (!contents->fan)
        return exh_contents_data(contents, space, size, err);
    if (!exh_contents_go_on(contents, size, err))
        return false;
    note(contents, space, size);
    exh_fan_filled(contents->fan, size);
    return true;
}

bool exh_contents_end(struct exh_contents *contents, const char *code, const char *fault, struct exh_error *err)
{
    struct exh_found *found = current(contents);

    contents->open = false;
    if (contents->fan && !exh_fan_finish(contents->fan, err))
        return false;
    exh_fan_freep(&contents->fan);
    exh_sha256_end(contents->hash, found->digest);
    if (contents->piecing)
        found->pieces = exh_piecing_end(contents->piecing);
    exh_piecing_freep(&contents->piecing);
    if (fault && !found->fault) {
        found->code = code;
        found->fault = exh_strdup(fault);
    }
    return !contents->unpacking || exh_unpacking_end(contents->unpacking, err);
}

void exh_contents_odd(struct exh_contents *contents, const char *name, const char *code, const char *fault)
{
    struct exh_found *found = add(contents, name);

    found->code = code;
    found->fault = exh_strdup(fault);
}

void exh_contents_pass(struct exh_contents *contents, const char *name, uint64_t size)
{
    struct exh_found *found = add(contents, name);

    found->size = size;
    found->unread = true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct exh_found *)a)->name, ((const struct exh_found *)b)->name);
}

void exh_contents_sort(struct exh_contents *contents)
{
    if (contents->count)
        qsort(contents->at, contents->count, sizeof *contents->at, by_name);
}

struct exh_found *exh_contents_find(const struct exh_contents *contents, const char *name)
{
    const struct exh_found key = { .name = (char *)(uintptr_t)name };

    return contents->count ? bsearch(&key, contents->at, contents->count, sizeof *contents->at, by_name) : NULL;
}
