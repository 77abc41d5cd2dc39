/* json: values, strict reading and canonical writing, over jansson. */
#include "exhibit/json.h"

#include "exhibit/text.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64 };

/* struct exh_json is never defined: a pointer to it is a pointer to jansson's value. */
static json_t *raw(const struct exh_json *value)
{
    return (json_t *)(uintptr_t)value;
}

/* jansson gives NULL only where memory ended or the caller broke its promise. */
static struct exh_json *made(json_t *value)
{
    if (!value)
        abort();
    return (struct exh_json *)value;
}

struct exh_json *exh_json_object(void)
{
    return made(json_object());
}

struct exh_json *exh_json_array(void)
{
    return made(json_array());
}

struct exh_json *exh_json_text(const char *words)
{
    if (!words)
        return made(json_null());
    if (exh_text_is_utf8(words, strlen(words)))
        return made(json_string(words));
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(words);
    return made(json_string(shown));
}

struct exh_json *exh_json_int(int64_t number)
{
    return made(json_integer(number));
}

struct exh_json *exh_json_copy(const struct exh_json *value)
{
    return made(json_deep_copy(raw(value)));
}

void exh_json_free(struct exh_json *value)
{
    json_decref(raw(value));
}

void exh_json_freep(struct exh_json **value)
{
    exh_json_free(*value);
    *value = NULL;
}

void exh_json_set(struct exh_json *object, const char *name, struct exh_json *child)
{
    if (child && json_object_set_new(raw(object), name, raw(child)))
        abort();
}

void exh_json_set_text(struct exh_json *object, const char *name, const char *words)
{
    exh_json_set(object, name, exh_json_text(words));
}

void exh_json_set_int(struct exh_json *object, const char *name, int64_t number)
{
    exh_json_set(object, name, exh_json_int(number));
}

void exh_json_set_bool(struct exh_json *object, const char *name, bool truth)
{
    exh_json_set(object, name, made(json_boolean(truth)));
}

void exh_json_merge(struct exh_json *object, struct exh_json *other)
{
    if (other && json_object_update(raw(object), raw(other)))
        abort();
    exh_json_free(other);
}

void exh_json_remove(struct exh_json *object, const char *name)
{
    json_object_del(raw(object), name);
}

void exh_json_add(struct exh_json *array, struct exh_json *child)
{
    if (child && json_array_append_new(raw(array), raw(child)))
        abort();
}

void exh_json_add_text(struct exh_json *array, const char *words)
{
    exh_json_add(array, exh_json_text(words));
}

void exh_json_add_int(struct exh_json *array, int64_t number)
{
    exh_json_add(array, exh_json_int(number));
}

enum exh_json_type exh_json_type(const struct exh_json *value)
{
    if (!value)
        return EXH_JSON_NULL;
    switch (json_typeof(raw(value))) {
    case JSON_OBJECT:  return EXH_JSON_OBJECT;
    case JSON_ARRAY:   return EXH_JSON_ARRAY;
    case JSON_STRING:  return EXH_JSON_TEXT;
    case JSON_INTEGER: return EXH_JSON_INT;
    case JSON_TRUE:
    case JSON_FALSE:   return EXH_JSON_BOOL;
    default:           return EXH_JSON_NULL;
    }
}

struct exh_json *exh_json_get(const struct exh_json *object, const char *name)
{
    return (struct exh_json *)json_object_get(raw(object), name);
}

const char *exh_json_text_or(const struct exh_json *object, const char *name, const char *otherwise)
{
    const char *words = json_string_value(json_object_get(raw(object), name));

    return words ? words : otherwise;
}

int64_t exh_json_int_or(const struct exh_json *object, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(raw(object), name);

    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool exh_json_bool_or(const struct exh_json *object, const char *name, bool otherwise)
{
    const json_t *value = json_object_get(raw(object), name);

    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

const char *exh_json_as_text(const struct exh_json *value)
{
    return json_string_value(raw(value));
}

int64_t exh_json_as_int(const struct exh_json *value)
{
    return json_integer_value(raw(value));
}

size_t exh_json_count(const struct exh_json *array)
{
    return json_array_size(raw(array));
}

struct exh_json *exh_json_at(const struct exh_json *array, size_t index)
{
    return (struct exh_json *)json_array_get(raw(array), index);
}

struct exh_json *exh_json_find(const struct exh_json *array, const char *member, const char *words)
{
    for (size_t i = 0; i < exh_json_count(array); i++) {
        struct exh_json *object = exh_json_at(array, i);
        const char *found = exh_json_text_or(object, member, NULL);
        if (found && strcmp(found, words) == 0)
            return object;
    }
    return NULL;
}

size_t exh_json_members(const struct exh_json *object)
{
    return json_object_size(raw(object));
}

const char *exh_json_member_name(const struct exh_json *object, size_t index)
{
    const char *name, *found = NULL;
    json_t *value = NULL;

    /* The index-th name in byte order: the one with exactly index smaller names. */
    json_object_foreach(raw(object), name, value) {
        const char *other;
        json_t *ignored;
        size_t smaller = 0;
        json_object_foreach(raw(object), other, ignored)
            smaller += strcmp(other, name) < 0;
        if (smaller == index)
            found = name;
    }
    return found;
}

static bool need(const struct exh_json *object, const char *name, json_type type, const char *type_name,
                 json_t **ret_value, struct exh_error *err)
{
    json_t *value = json_object_get(raw(object), name);

    if (!value)
        return exh_fail(err, EXH_MALFORMED, "member '%s' is missing", name);
    if (json_typeof(value) != type)
        return exh_fail(err, EXH_MALFORMED, "member '%s' is not %s", name, type_name);
    *ret_value = value;
    return true;
}

bool exh_json_need_text(const struct exh_json *object, const char *name, const char **ret_words, struct exh_error *err)
{
    json_t *value = NULL;

    if (!need(object, name, JSON_STRING, "text", &value, err))
        return false;
    *ret_words = json_string_value(value);
    return true;
}

bool exh_json_need_int(const struct exh_json *object, const char *name, int64_t *ret_number, struct exh_error *err)
{
    json_t *value = NULL;

    if (!need(object, name, JSON_INTEGER, "a whole number", &value, err))
        return false;
    *ret_number = json_integer_value(value);
    return true;
}

bool exh_json_need_array(const struct exh_json *object, const char *name, struct exh_json **ret_array, struct exh_error *err)
{
    json_t *value = NULL;

    if (!need(object, name, JSON_ARRAY, "an array", &value, err))
        return false;
    *ret_array = (struct exh_json *)value;
    return true;
}

bool exh_json_need_object(const struct exh_json *object, const char *name, struct exh_json **ret_object, struct exh_error *err)
{
    json_t *value = NULL;

    if (!need(object, name, JSON_OBJECT, "an object", &value, err))
        return false;
    *ret_object = (struct exh_json *)value;
    return true;
}

char *exh_json_canonical(const struct exh_json *value)
{
    char *bytes = json_dumps(raw(value), JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);

    if (!bytes)
        abort();
    return bytes;
}

char *exh_json_pretty(const struct exh_json *value)
{
    char *bytes = json_dumps(raw(value), JSON_SORT_KEYS | JSON_INDENT(2) | JSON_ENCODE_ANY);

    if (!bytes)
        abort();
    return bytes;
}

/* jansson reads fractions and any depth to 2048; evidence has neither. */
static bool is_acceptable(json_t *value, int depth)
{
    const char *name;
    json_t *child;
    size_t i;

    if (json_is_real(value) || depth > DEEPEST)
        return false;
    json_array_foreach(value, i, child)
        if (!is_acceptable(child, depth + 1))
            return false;
    json_object_foreach(value, name, child)
        if (!is_acceptable(child, depth + 1))
            return false;
    return true;
}

bool exh_json_parse(const char *bytes, size_t size, const char *what, struct exh_json **ret_value, struct exh_error *err)
{
    json_error_t problem;
    json_t *value = json_loadb(bytes, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);

    if (!value)
        return exh_fail(err, EXH_MALFORMED, "%s is not JSON: line %d: %s", what, problem.line, problem.text);
    if (!is_acceptable(value, 1)) {
        json_decref(value);
        return exh_fail(err, EXH_MALFORMED, "%s holds a number with a fraction, or is nested deeper than %d", what, DEEPEST);
    }
    *ret_value = (struct exh_json *)value;
    return true;
}
