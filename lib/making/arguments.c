/* making: the command as given, without what the custody log alone may know. */
#include "exhibit/making.h"

#include <string.h>

/* An argument that is these words, or ends in "=" and them. */
static bool has_words(const char *argument, const char *words)
{
    size_t size = strlen(argument), end = words ? strlen(words) : 0;

    return end && size >= end && strcmp(argument + size - end, words) == 0
        && (size == end || (argument[0] == '-' && argument[size - end - 1] == '='));
}

static void hide(struct exh_text *argument, const char *words)
{
    size_t keep = argument->size - (words ? strlen(words) : 0);

    if (!has_words(argument->bytes, words))
        return;
    EXH_CLEANUP(exh_freep) char *kept = exh_strndup(argument->bytes, keep);
    exh_text_clear(argument);
    exh_text_printf(argument, "%s(in the custody log)", kept);
}

void exh_making_arguments(const struct exh_strings *given, const char *const *hidden, size_t count,
                          struct exh_strings *arguments)
{
    for (size_t i = 0; i < given->count; i++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text argument = EXH_TEXT_NONE;
        exh_text_puts(&argument, given->at[i]);
        for (size_t k = 0; k < count && argument.size; k++)
            hide(&argument, hidden[k]);
        exh_strings_add(arguments, argument.bytes ? argument.bytes : "");
    }
}
