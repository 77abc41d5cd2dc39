/* guard: memory for secrets: locked, between guard pages, wiped when freed. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

void *exh_crypto_guarded(size_t size)
{
    void *memory = sodium_malloc(size ? size : 1);

    exh_crypto_must(memory);
    memset(memory, 0, size);
    return memory;
}

void exh_crypto_guarded_freep(void *pointer_to_pointer)
{
    void *memory;

    memcpy(&memory, pointer_to_pointer, sizeof memory);
    sodium_free(memory);
    memset(pointer_to_pointer, 0, sizeof memory);
}

struct exh_secret_text *exh_secret_text_room(size_t size)
{
    struct exh_secret_text *text = exh_alloc(sizeof *text);

    text->bytes = exh_crypto_guarded(size + 1);
    text->size = size;
    return text;
}

struct exh_secret_text *exh_secret_text_new(const char *bytes, size_t size)
{
    struct exh_secret_text *text = exh_secret_text_room(size);

    if (size)
        memcpy(text->bytes, bytes, size);
    return text;
}

void exh_secret_text_freep(struct exh_secret_text **text)
{
    if (!*text)
        return;
    sodium_free((*text)->bytes);
    free(exh_steal(text));
}
