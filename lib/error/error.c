/* error: the error value, and memory that is there or ends the program. */
#include "exhibit/error.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
    fputs("exhibit: out of memory\n", stderr);
    abort();
}

void exh_error_clear(struct exh_error *err)
{
    free(err->text);
    *err = (struct exh_error)EXH_ERROR_NONE;
}

/* Names come from footage and packages: they must not move a terminal's cursor. */
static char *without_controls(char *text)
{
    for (char *c = text; *c; c++)
        if (iscntrl((unsigned char)*c))
            *c = '?';
    return text;
}

bool exh_fail(struct exh_error *err, enum exh_kind kind, const char *format, ...)
{
    va_list arguments;

    assert(err->kind == EXH_OK && kind != EXH_OK);
    va_start(arguments, format);
    err->text = without_controls(exh_vformat(format, arguments));
    va_end(arguments);
    err->kind = kind;
    return false;
}

bool exh_fail_os(struct exh_error *err, const char *format, ...)
{
    int os = errno;
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *what = exh_vformat(format, arguments);
    va_end(arguments);
    exh_fail(err, EXH_IO, "%s: %s", what, strerror(os));
    err->os = os;
    return false;
}

bool exh_while(struct exh_error *err, const char *format, ...)
{
    va_list arguments;

    assert(err->kind != EXH_OK);
    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *what = exh_vformat(format, arguments);
    va_end(arguments);
    char *whole = exh_format("%s: %s", without_controls(what), err->text);
    free(err->text);
    err->text = whole;
    return false;
}

bool exh_error_move(struct exh_error *to, struct exh_error *from)
{
    assert(to->kind == EXH_OK && from->kind != EXH_OK);
    *to = *from;
    *from = (struct exh_error)EXH_ERROR_NONE;
    return false;
}

void *exh_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);

    if (!memory)
        out_of_memory();
    return memory;
}

void *exh_realloc(void *memory, size_t size)
{
    void *grown = realloc(memory, size ? size : 1);

    if (!grown)
        out_of_memory();
    return grown;
}

void *exh_realloc_array(void *memory, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    return exh_realloc(memory, count * size);
}

void *exh_memdup(const void *bytes, size_t size)
{
    void *copy = exh_alloc(size);

    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

char *exh_strdup(const char *text)
{
    return text ? exh_memdup(text, strlen(text) + 1) : NULL;
}

char *exh_strndup(const char *text, size_t length)
{
    size_t have = strnlen(text, length);
    char *copy = exh_alloc(have + 1);

    memcpy(copy, text, have);
    return copy;
}

char *exh_vformat(const char *format, va_list arguments)
{
    char *text = NULL;

    if (vasprintf(&text, format, arguments) < 0)
        out_of_memory();
    return text;
}

char *exh_format(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = exh_vformat(format, arguments);
    va_end(arguments);
    return text;
}

void exh_freep(void *pointer_to_pointer)
{
    void *memory;

    memcpy(&memory, pointer_to_pointer, sizeof memory);
    free(memory);
    memset(pointer_to_pointer, 0, sizeof memory);
}
