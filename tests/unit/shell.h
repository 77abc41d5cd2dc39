/* tests: what stock programs say. */
#ifndef TESTS_SHELL_H
#define TESTS_SHELL_H

#include "exhibit/error.h"
#include "exhibit/text.h"

#include <stdarg.h>
#include <stdio.h>

/* What a command prints, without its last newline. Free with free(). */
static char *output_of(const char *format, ...) EXH_PRINTF(1, 2);
static char *output_of(const char *format, ...)
{
    va_list arguments;
    char words[65536];

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *command = exh_vformat(format, arguments);
    va_end(arguments);
    FILE *pipe = popen(command, "r");
    size_t size = fread(words, 1, sizeof words - 1, pipe);
    pclose(pipe);
    while (size && words[size - 1] == '\n')
        size--;
    words[size] = '\0';
    return exh_strdup(words);
}

#endif
