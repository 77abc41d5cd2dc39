/* The manifest parser: any bytes give an answer; what it takes, written again, is the same bytes. */
#include "../../lib/package/bag.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void try_list(const char *bytes, size_t size, bool payload)
{
    EXH_CLEANUP(exh_bag_list_clear) struct exh_bag_list list = { NULL, 0, 0 };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_bag_list_parse(bytes, size, payload, &list, &err))
        return;
    EXH_CLEANUP(exh_freep) char *words = exh_bag_list_words(&list);
    if (strlen(words) != size || memcmp(words, bytes, size) != 0)
        abort();
    for (size_t i = 0; i < list.count; i++)
        if (exh_bag_list_find(&list, list.at[i].name) != &list.at[i] || exh_bag_is_payload(list.at[i].name) != payload)
            abort();
}

static void try_info(const char *bytes, size_t size)
{
    EXH_CLEANUP(exh_bag_info_clear) struct exh_bag_info info = { { NULL } };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_bag_info_parse(bytes, size, &info, &err))
        return;
    EXH_CLEANUP(exh_freep) char *words = exh_bag_info_words((const char *const *)info.values);
    if (strlen(words) != size || memcmp(words, bytes, size) != 0)
        abort();
}

static void try_comment(const char *bytes, size_t size)
{
    static const char digest[] = "0000000000000000000000000000000000000000000000000000000000000000";
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *words = exh_strndup(bytes, size);
    struct exh_moment sealed;

    if (!exh_bag_trusted_parse(words, "OP1", digest, &sealed, &err))
        return;
    EXH_CLEANUP(exh_freep) char *again = exh_bag_trusted("OP1", sealed, digest);
    if (strcmp(words, again) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    /* A copy with a byte to spare, as kept files have. */
    EXH_CLEANUP(exh_freep) char *copy = exh_alloc(size + 1);

    if (size)
        memcpy(copy, bytes, size);
    try_list(copy, size, true);
    try_list(copy, size, false);
    try_info(copy, size);
    try_comment(copy, size);
    return 0;
}
