/* A file of cameras of any bytes, against a small store: bounded, and nothing unsound is let through. */
#include "exhibit/admin.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct exh_source source = { .id = (char[]){ "nvr" } };
    struct exh_camera camera = { .id = (char[]){ "a" }, .source = (char[]){ "nvr" }, .path = (char[]){ "a" }, .name = (char[]){ "A" } };
    const struct exh_store store = { .sources = &source, .source_count = 1, .cameras = &camera, .camera_count = 1 };
    EXH_CLEANUP(exh_import_clear) struct exh_import import = { 0 };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_crypto_init(&err))
        abort();
    exh_import_read(&store, (const char *)data, size, size % 2, &import);
    for (size_t i = 0; i < import.row_count && !import.problem_count; i++) {
        const struct exh_camera *c = &import.rows[i].camera;
        if (!c->id || !c->path || !c->name || !exh_store_source(&store, c->source) || !exh_admin_check_identifier("camera", c->id, &err)
            || !exh_camera_check_path(c->path, &err) || !exh_camera_check_place(c->latitude, c->longitude, &err))
            abort();
    }
    return 0;
}
