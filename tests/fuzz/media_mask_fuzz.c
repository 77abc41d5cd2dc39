/* Masks of any JSON. What is read keeps its bounds, and laying it over a picture stays inside of that. */
#include "../../lib/media/mask.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(const struct masks *masks)
{
    size_t keys = 0;

    for (size_t i = 0; i < masks->count; i++) {
        const struct mask *mask = &masks->at[i];
        keys += mask->count;
        if (!mask->count || mask->from_ns >= mask->to_ns)
            abort();
        for (size_t j = 1; j < mask->count; j++)
            if (mask->keys[j].own_ns <= mask->keys[j - 1].own_ns)
                abort();
    }
    if (masks->count > 1000 || keys > 100000)
        abort();
}

static void lay(const struct masks *masks)
{
    static uint8_t luma[40][64], chroma[2][20][32];
    AVFrame frame = { .data = { luma[0], chroma[0][0], chroma[1][0] }, .linesize = { 64, 32, 32 }, .width = 61,
                      .height = 39 };

    masks_apply(masks, 0, 40, &frame, 0, 0, 61, 39);
    masks_apply(masks, INT64_MIN, INT64_MAX, &frame, 4, 2, 50, 30);
    masks_apply(masks, 1000, 1000, &frame, -4, -2, 70, 70);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const styles[] = { "black", "pixelate", "blur" };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *json = NULL;

    if (!exh_json_parse((const char *)bytes, size, "masks", &json, &err))
        return 0;
    for (size_t i = 0; i < EXH_COUNT(styles); i++) {
        EXH_CLEANUP(masks_clear) struct masks masks = { .at = NULL };
        exh_error_clear(&err);
        if (!masks_read(json, styles[i], &masks, &err))
            return 0;
        check(&masks);
        lay(&masks);
    }
    return 0;
}
