/* A template, and a name under it (after the first NUL): bounded work, and instants that exist. */
#include "../../lib/catalogue/catalogue.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void match_component(const struct exh_layout *layout, const struct exh_template *template, size_t component,
                            const char *name)
{
    struct exh_fields fields;
    int64_t first, last;

    exh_fields_clear(&fields);
    if (exh_layout_match(layout, template, component, name, &fields) && exh_fields_range(&fields, &first, &last)
        && first >= last)
        abort();
}

static void match_all(const struct exh_layout *layout, const char *name)
{
    for (size_t i = 0; i < layout->count; i++)
        for (size_t j = 0; j < layout->templates[i].count; j++)
            match_component(layout, &layout->templates[i], j, name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EXH_CLEANUP(exh_freep) char *template = exh_strndup((const char *)data, size);
    size_t used = strlen(template) + 1;
    size_t left = used < size ? size - used : 0;
    EXH_CLEANUP(exh_freep) char *name = exh_strndup((const char *)data + (left ? used : 0), left);
    EXH_CLEANUP(exh_layout_clear) struct exh_layout layout = { 0 };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    size_t count;
    const struct exh_recorder *recorders = exh_recorders(&count);

    if (exh_layout_compile(template, "town/camera", &layout, &err))
        match_all(&layout, name);
    /* The first byte chooses a recorder, so that one run is one layout's work. */
    if (size > 0) {
        EXH_CLEANUP(exh_layout_clear) struct exh_layout known = { 0 };
        EXH_CLEANUP(exh_error_clear) struct exh_error path_err = EXH_ERROR_NONE;
        if (exh_layout_compile(recorders[data[0] % count].name, name, &known, &path_err))
            match_all(&known, template);
    }
    return 0;
}
