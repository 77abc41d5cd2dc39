/* Tag files of bags, of any bytes: lines are the same whatever pieces the bytes come in; what is taken of a line keeps its promises. */
#include "../../lib/bagit/parts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void try_path(const char *written)
{
    for (int edition = 97; edition <= BAGIT_1_0; edition += 3) {
        bool bare;
        EXH_CLEANUP(exh_freep) char *path = exh_bagit_unescape(written, edition, &bare);
        EXH_CLEANUP(exh_freep) char *key = exh_bagit_name_key(path, false);
        EXH_CLEANUP(exh_freep) char *again = exh_bagit_name_key(key, false);
        EXH_CLEANUP(exh_freep) char *folded = exh_bagit_name_key(path, true);
        must(strcmp(key, again) == 0);
        if (exh_bagit_path_problem(path))
            continue;
        must(*path && *path != '/' && *path != '~' && !strchr(path, '\\') && !strstr(path, "//"));
        must(strcmp(path, "..") != 0 && strncmp(path, "../", 3) != 0 && !strstr(path, "/../"));
        must(strlen(path) < 3 || strcmp(path + strlen(path) - 3, "/..") != 0);
    }
}

static void try_entry(const char *line, size_t size)
{
    EXH_CLEANUP(exh_freep) char *copy = exh_memdup(line, size + 1);
    struct exh_bagit_entry entry;

    if (exh_bagit_entry_parse(copy, size, &entry))
        return;
    must(*entry.digest && !strpbrk(entry.digest, " \t") && *entry.path);
    try_path(entry.path);
}

static void try_fetch(const char *line, size_t size)
{
    EXH_CLEANUP(exh_freep) char *copy = exh_memdup(line, size + 1);
    struct exh_bagit_fetch fetch;

    if (exh_bagit_fetch_parse(copy, size, &fetch))
        return;
    must(strchr(fetch.url, ':') && !strpbrk(fetch.url, " \t") && *fetch.path);
    try_path(fetch.path);
}

static void try_element(const char *line, size_t size, int edition)
{
    EXH_CLEANUP(exh_freep) char *copy = exh_memdup(line, size + 1);
    struct exh_bagit_element element;
    uint64_t octets, files;

    if (exh_bagit_element_parse(copy, size, edition, &element))
        return;
    must(!element.label || !strchr(element.label, ':'));
    (void)!exh_bagit_oxum_parse(element.value, &octets, &files);
}

static bool take(void *context, char *line, size_t size, uint64_t number, struct exh_error *err)
{
    (void)err;
    must(exh_text_is_utf8(line, size) && line[size] == '\0' && !memchr(line, '\n', size) && !memchr(line, '\r', size));
    exh_text_printf(context, "%llu ", (unsigned long long)number);
    exh_text_add(context, line, size);
    try_entry(line, size);
    try_fetch(line, size);
    try_element(line, size, 97);
    try_element(line, size, BAGIT_1_0);
    return true;
}

static bool read_all(enum exh_bagit_encoding encoding, const uint8_t *bytes, size_t size, size_t step, struct exh_text *all)
{
    EXH_CLEANUP(exh_bagit_lines_clear) struct exh_bagit_lines lines;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    exh_bagit_lines_begin(&lines, encoding, take, all);
    for (size_t at = 0, n = step < 3 ? 3 : step; at < size; at += n, n = step)
        if (!exh_bagit_lines_put(&lines, bytes + at, n < size - at ? n : size - at, &err))
            return false;
    return exh_bagit_lines_end(&lines, &err);
}

/* The first byte is the encoding and how large the pieces are. */
static void try_lines(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text whole = EXH_TEXT_NONE, pieces = EXH_TEXT_NONE;
    enum exh_bagit_encoding encoding = bytes[0] % (BAGIT_US_ASCII + 1);
    bool a = read_all(encoding, bytes + 1, size - 1, size + 2, &whole);
    bool b = read_all(encoding, bytes + 1, size - 1, bytes[0] / 8 + 1, &pieces);

    must(a == b);
    must(!a || (whole.size == pieces.size && (!whole.size || memcmp(whole.bytes, pieces.bytes, whole.size) == 0)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_bagit_declaration_clear) struct exh_bagit_declaration declaration = { "", 0, NULL, false };

    if (!exh_bagit_declaration_parse((const char *)bytes, size, &declaration))
        must(declaration.encoding && *declaration.encoding && !(declaration.spaced && declaration.edition == BAGIT_1_0));
    if (size)
        try_lines(bytes, size);
    return 0;
}
