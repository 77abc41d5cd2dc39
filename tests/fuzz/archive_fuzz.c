/* The strict ZIP reader: any bytes give an answer; what it takes, written again, is the same bytes. */
#include "exhibit/archive.h"

#include "exhibit/text.h"

#include <stdlib.h>
#include <string.h>

struct input { const uint8_t *bytes; size_t size, at; };
struct copy { struct exh_text *bytes; char **names; size_t count; bool whole; };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool pull(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    struct input *input = context;
    size_t part = input->size - input->at < room ? input->size - input->at : room;

    (void)err;
    if (part)
        memcpy(ret_bytes, input->bytes + input->at, part);
    input->at += part;
    *ret_size = part;
    return true;
}

static bool begin(void *context, const char *name, uint64_t size, struct exh_error *err)
{
    struct copy *copy = context;

    (void)size, (void)err;
    copy->names = exh_realloc_array(copy->names, copy->count + 1, sizeof *copy->names);
    copy->bytes = exh_realloc_array(copy->bytes, copy->count + 1, sizeof *copy->bytes);
    copy->names[copy->count] = exh_strdup(name);
    copy->bytes[copy->count++] = (struct exh_text)EXH_TEXT_NONE;
    return true;
}

static bool data(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct copy *copy = context;

    (void)err;
    exh_text_add(&copy->bytes[copy->count - 1], bytes, size);
    return true;
}

static bool end(void *context, bool whole, struct exh_error *err)
{
    struct copy *copy = context;

    (void)err;
    copy->whole = copy->whole && whole;
    return true;
}

static bool take(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_text_add(context, bytes, size);
    return true;
}

static void write_again(struct copy *copy, struct exh_moment sealed, struct exh_text *out)
{
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_zip_open(take, out, sealed, &zip, &err))
        abort();
    for (size_t i = 0; i < copy->count; i++)
        if (!exh_zip_begin(zip, copy->names[i], copy->bytes[i].size, &err)
            || !exh_zip_put(zip, copy->bytes[i].bytes, copy->bytes[i].size, &err) || !exh_zip_end(zip, &err))
            abort();
    if (!exh_zip_finish(zip, &err))
        abort();
}

static void copy_clear(struct copy *copy)
{
    for (size_t i = 0; i < copy->count; i++) {
        free(copy->names[i]);
        exh_text_clear(&copy->bytes[i]);
    }
    free(copy->names);
    free(copy->bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(copy_clear) struct copy copy = { .whole = true };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text again = EXH_TEXT_NONE;
    struct input input = { bytes, size, 0 };
    struct exh_zip_visitor visitor = { begin, data, end, &copy };
    struct exh_moment sealed;

    setenv("TZ", "UTC0", 1);
    if (!exh_zip_read(pull, &input, &visitor, &sealed, &err) || !copy.whole)
        return 0;
    write_again(&copy, sealed, &again);
    if (again.size != size || memcmp(again.bytes, bytes, size) != 0)
        abort();
    return 0;
}
