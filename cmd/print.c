/* cmd: printing, as text and as JSON. */
#include "cmd.h"

#include "exhibit/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void print_json(struct exh_json *object)
{
    EXH_CLEANUP(exh_freep) char *line = exh_json_canonical(object);

    puts(line);
    exh_json_free(object);
}

struct exh_json *json_of_type(const char *type)
{
    struct exh_json *object = exh_json_object();

    exh_json_set_text(object, "type", type);
    return object;
}

void json_set_path(struct exh_json *object, const char *name, const char *path)
{
    bool its_own = strcmp(name, "path") == 0 || strcmp(name, "file") == 0 || strcmp(name, "subject") == 0;

    if (!path || exh_text_is_utf8(path, strlen(path))) {
        exh_json_set_text(object, name, path);
        return;
    }
    EXH_CLEANUP(exh_freep) char *other = exh_format("%s_b64", its_own ? "path" : name), *bytes = exh_base64(path, strlen(path));
    exh_json_set_text(object, other, bytes);
}

struct exh_json *texts_json(const struct exh_strings *texts)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < texts->count; i++)
        exh_json_add_text(array, texts->at[i]);
    return array;
}

struct exh_json *moment_json(struct exh_moment moment)
{
    char words[EXH_MOMENT_SIZE];

    if (moment.ns == INT64_MAX)
        return exh_json_text(NULL);
    exh_moment_utc(moment, words);
    return exh_json_text(words);
}

void say(const struct session *session, const char *format, ...)
{
    va_list arguments;

    if (session->quiet)
        return;
    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *words = exh_vformat(format, arguments);
    va_end(arguments);
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(words);
    fprintf(stderr, "exhibit: %s\n", shown);
}

static const char *kind_name(enum exh_kind kind)
{
    static const char *const names[] = { "ok", "no", "usage", "io", "malformed", "refused", "busy" };

    return names[kind];
}

int print_error(const struct session *session, const struct exh_error *err, const char *camera)
{
    if (session->json) {
        struct exh_json *object = json_of_type("error");
        if (camera)
            exh_json_set_text(object, "camera", camera);
        exh_json_set_text(object, "kind", kind_name(err->kind));
        exh_json_set_int(object, "status", err->kind);
        exh_json_set_text(object, "text", err->text);
        print_json(object);
    }
    fprintf(stderr, "exhibit: %s\n", err->text);
    return (int)err->kind;
}

void print_field(const char *label, const char *value)
{
    if (!value || !*value)
        return;
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(value);
    printf("%-12s %s\n", label, shown);
}

void print_interval(const char *label, const struct exh_json *window)
{
    if (!exh_json_text_or(window, "from", NULL))
        return;
    EXH_CLEANUP(exh_freep) char *words = exh_format("%s to %s (%s to %s)", exh_json_text_or(window, "from_local", ""),
        exh_json_text_or(window, "to_local", ""), exh_json_text_or(window, "from", ""), exh_json_text_or(window, "to", ""));

    print_field(label, words);
}

struct exh_json *json_of_made(const struct exh_made *made, const char *type)
{
    struct exh_json *object = json_of_type(type);

    exh_json_set_text(object, "exhibit", *made->reference ? made->reference : NULL);
    json_set_path(object, "package", made->package);
    exh_json_set_int(object, "size", (int64_t)made->size);
    exh_json_set_text(object, "sha256", *made->digest ? made->digest : NULL);
    exh_json_set_text(object, "tagmanifest_sha256", *made->tagmanifest ? made->tagmanifest : NULL);
    exh_json_set_int(object, "findings", (int64_t)made->findings);
    exh_json_set(object, "record", exh_json_copy(made->record));
    return object;
}

void print_problem(const struct session *session, const char *what, struct problem problem)
{
    if (session->json) {
        struct exh_json *object = json_of_type("problem");
        exh_json_set_int(object, "line", (int64_t)problem.line);
        exh_json_set_text(object, "column", problem.column);
        exh_json_set_text(object, "text", problem.text);
        print_json(object);
    }
    EXH_CLEANUP(exh_freep) char *words = exh_format("%s line %zu%s%s: %s", what, problem.line, problem.column ? ", " : "",
                                                    problem.column ? problem.column : "", problem.text);
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(words);
    fprintf(stderr, "exhibit: %s\n", shown);
}

void print_more_problems(size_t count, size_t told)
{
    if (count > told)
        fprintf(stderr, "exhibit: and %zu more\n", count - told);
}
