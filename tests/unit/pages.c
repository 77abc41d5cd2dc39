/* What `report` makes of JSON files, for tests of pages in a browser and of the commands in VERIFY.txt: a program of its own,
 * since no command takes a record that was not sealed.
 *
 *     pages page|text SIGNER FINGERPRINT MINISIGN package.json RECORD...       of a package
 *     pages exhibit-page|exhibit-text SIGNER FINGERPRINT MINISIGN RECORD      of one exhibit
 */
#include "exhibit/crypto.h"
#include "exhibit/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct exh_json *read_json(const char *path)
{
    static char bytes[8 << 20];
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_json *value = NULL;
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;

    if (!file || !exh_json_parse(bytes, size, path, &value, &err)) {
        fprintf(stderr, "pages: %s: %s\n", path, err.text ? err.text : "cannot be read");
        exit(3);
    }
    fclose(file);
    return value;
}

int main(int argc, char **argv)
{
    enum { MOST = 64 };
    struct exh_report_item items[MOST];
    struct exh_json *records[MOST];
    size_t count = 0;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_crypto_init(&err)) {
        fprintf(stderr, "pages: %s\n", err.text);
        return 3;
    }
    if (argc < 6 || argc > 6 + MOST)
        return 2;
    EXH_CLEANUP(exh_json_freep) struct exh_json *first = read_json(argv[5]);
    for (int i = 6; i < argc; i++, count++)
        items[count].record = records[count] = read_json(argv[i]);
    const struct exh_json *log = exh_json_get(first, "log");
    const struct exh_report_facts facts = {
        .signer = argv[2], .fingerprint = argv[3], .minisign = argv[4], .sealed = exh_json_text_or(first, "sealed", "2026-11-26T10:00:00Z"),
        .sealed_local = exh_json_text_or(first, "sealed_local", "2026-11-26 10:00:00 GMT"),
        .log_head = exh_json_text_or(log, "last_entry_sha256", ""), .log_entries = (uint64_t)exh_json_int_or(log, "entries", 0) };
    EXH_CLEANUP(exh_freep) char *words = strcmp(argv[1], "page") == 0         ? exh_report_package_page(first, items, count, &facts)
                : strcmp(argv[1], "text") == 0         ? exh_report_package_text(first, items, count, &facts)
                : strcmp(argv[1], "exhibit-page") == 0 ? exh_report_page(first, &facts)
                                                       : exh_report_verify_text(first, &facts);
    fputs(words, stdout);
    for (size_t i = 0; i < count; i++)
        exh_json_free(records[i]);
    return 0;
}
