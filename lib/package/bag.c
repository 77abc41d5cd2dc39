/* bag: the texts of the bag: manifests, bag-info.txt, the trusted comment. */
#include "bag.h"

#include "exhibit/archive.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool exh_bag_is_payload(const char *name)
{
    return strncmp(name, "data/", 5) == 0;
}

bool exh_bag_is_seal(const char *name)
{
    return strcmp(name, EXH_BAG_TAGMANIFEST) == 0 || strcmp(name, EXH_BAG_SSH) == 0
        || strcmp(name, EXH_BAG_MINISIGN) == 0;
}

const char *exh_bag_within(const char *name)
{
    size_t lead = strlen(EXH_BAG_EXHIBITS);
    const char *slash = strncmp(name, EXH_BAG_EXHIBITS, lead) == 0 ? strchr(name + lead, '/') : NULL;

    return slash && slash > name + lead ? slash + 1 : NULL;
}

/* ---- manifests ---- */

void exh_bag_list_clear(struct exh_bag_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->at[i].name);
    free(list->at);
    *list = (struct exh_bag_list){ NULL, 0, 0 };
}

void exh_bag_list_add(struct exh_bag_list *list, const char *name, const char *digest)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 16;
        list->at = exh_realloc_array(list->at, list->capacity, sizeof *list->at);
    }
    struct exh_bag_line *line = &list->at[list->count++];
    line->name = exh_strdup(name);
    memcpy(line->digest, digest, sizeof line->digest);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct exh_bag_line *)a)->name, ((const struct exh_bag_line *)b)->name);
}

void exh_bag_list_sort(struct exh_bag_list *list)
{
    if (list->count)
        qsort(list->at, list->count, sizeof *list->at, by_name);
}

const struct exh_bag_line *exh_bag_list_find(const struct exh_bag_list *list, const char *name)
{
    const struct exh_bag_line key = { .name = (char *)(uintptr_t)name };

    return list->count ? bsearch(&key, list->at, list->count, sizeof *list->at, by_name) : NULL;
}

char *exh_bag_list_words(const struct exh_bag_list *list)
{
    struct exh_text words = EXH_TEXT_NONE;

    for (size_t i = 0; i < list->count; i++)
        exh_text_printf(&words, "%s  %s\n", list->at[i].digest, list->at[i].name);
    return exh_text_take(&words);
}

enum { DIGEST = EXH_SHA256_DIGITS - 1, GAP = 2, LINE_MOST = DIGEST + GAP + 255 };

/* One line without its newline. */
static bool parse_line(const char *line, bool payload, struct exh_bag_list *list, struct exh_error *err)
{
    char digest[EXH_SHA256_DIGITS];
    const char *name = line + DIGEST + GAP;

    if (strspn(line, "0123456789abcdef") != DIGEST || strncmp(line + DIGEST, "  ", GAP) != 0)
        return exh_fail(err, EXH_NO, "it is not a SHA-256 digest, two spaces and a name");
    if (!exh_zip_name_check(name, err)) {
        err->kind = EXH_NO;
        return false;
    }
    if (exh_bag_is_payload(name) != payload || exh_bag_is_seal(name))
        return exh_fail(err, EXH_NO, "'%s' does not belong in this manifest", name);
    if (list->count && strcmp(list->at[list->count - 1].name, name) >= 0)
        return exh_fail(err, EXH_NO, "'%s' is listed twice or out of order", name);
    memcpy(digest, line, DIGEST);
    digest[DIGEST] = '\0';
    exh_bag_list_add(list, name, digest);
    return true;
}

bool exh_bag_list_parse(const char *bytes, size_t size, bool payload, struct exh_bag_list *ret_list,
                        struct exh_error *err)
{
    EXH_CLEANUP(exh_bag_list_clear) struct exh_bag_list list = { NULL, 0, 0 };
    char line[LINE_MOST + 1];

    for (size_t at = 0, number = 1; at < size; number++) {
        const char *end = memchr(bytes + at, '\n', size - at);
        size_t length = end ? (size_t)(end - (bytes + at)) : 0;
        if (!end || length > LINE_MOST || number > EXH_BAG_MEMBERS_MOST || memchr(bytes + at, '\0', length))
            return exh_fail(err, EXH_NO, "line %zu is not a manifest's", number);
        memcpy(line, bytes + at, length);
        line[length] = '\0';
        if (!parse_line(line, payload, &list, err))
            return exh_while(err, "line %zu", number);
        at += length + 1;
    }
    *ret_list = list;
    list = (struct exh_bag_list){ NULL, 0, 0 };
    return true;
}

/* ---- names that must not be taken for one another ---- */

/* As Windows and macOS compare, with '/' before every other character, so that a folder's content
 * follows at once on a file of the folder's name. */
static int folded(char c)
{
    return c == '/' ? 1 : tolower((unsigned char)c);
}

static int by_folded(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;

    while (*x && folded(*x) == folded(*y))
        x++, y++;
    return folded(*x) - folded(*y);
}

static bool are_apart(const char *a, const char *b)
{
    bool same_letters = true;

    for (; *a && folded(*a) == folded(*b); a++, b++) {
        same_letters = same_letters && *a == *b;
        if (*a == '/' && !same_letters)
            return false;                /* one folder under two names */
    }
    return *a || (*b && *b != '/');
}

bool exh_bag_names_apart(const char **names, size_t count, struct exh_error *err)
{
    if (count)
        qsort(names, count, sizeof *names, by_folded);
    for (size_t i = 1; i < count; i++)
        if (!are_apart(names[i - 1], names[i]))
            return exh_fail(err, EXH_NO, "'%s' and '%s' are one file or folder on some systems", names[i - 1],
                            names[i]);
    return true;
}

/* ---- bag-info.txt ---- */

enum { VALUE_MOST = 1000 };

static const char *const labels[EXH_BAG_LABELS] = {
    [EXH_BAG_ORGANISATION] = "Source-Organization", [EXH_BAG_IDENTIFIER] = "External-Identifier",
    [EXH_BAG_DESCRIPTION] = "External-Description", [EXH_BAG_DATE] = "Bagging-Date",
    [EXH_BAG_OXUM] = "Payload-Oxum", [EXH_BAG_AGENT] = "Bag-Software-Agent",
    [EXH_BAG_GROUP] = "Bag-Group-Identifier", [EXH_BAG_COUNT] = "Bag-Count",
};

void exh_bag_info_clear(struct exh_bag_info *info)
{
    for (size_t i = 0; i < EXH_BAG_LABELS; i++)
        exh_freep(&info->values[i]);
}

char *exh_bag_info_words(const char *const values[EXH_BAG_LABELS])
{
    struct exh_text words = EXH_TEXT_NONE;

    for (size_t i = 0; i < EXH_BAG_LABELS; i++)
        if (values[i])
            exh_text_printf(&words, "%s: %s\n", labels[i], values[i]);
    return exh_text_take(&words);
}

bool exh_bag_value_is_fit(const char *value)
{
    size_t size = strlen(value);

    if (size == 0 || size > VALUE_MOST || value[0] == ' ' || value[size - 1] == ' ' || !exh_text_is_utf8(value, size))
        return false;
    for (size_t i = 0; i < size; i++)
        if (iscntrl((unsigned char)value[i]))
            return false;
    return true;
}

/* Takes one "Label: value" line off the front. */
static bool take_value(const char **at, const char *end, const char *label, char **ret_value)
{
    size_t lead = strlen(label);
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));

    if (!newline || (size_t)(newline - *at) < lead + 2 || strncmp(*at, label, lead) != 0
        || strncmp(*at + lead, ": ", 2) != 0)
        return false;
    EXH_CLEANUP(exh_freep) char *value = exh_strndup(*at + lead + 2, (size_t)(newline - *at) - lead - 2);
    if (strlen(value) != (size_t)(newline - *at) - lead - 2 || !exh_bag_value_is_fit(value))
        return false;
    *ret_value = exh_steal(&value);
    *at = newline + 1;
    return true;
}

bool exh_bag_info_parse(const char *bytes, size_t size, struct exh_bag_info *ret_info, struct exh_error *err)
{
    EXH_CLEANUP(exh_bag_info_clear) struct exh_bag_info info = { { NULL } };
    const char *at = bytes, *end = bytes + size;

    for (size_t i = 0; i < EXH_BAG_LABELS && (i < EXH_BAG_ALWAYS || at != end); i++)
        if (!take_value(&at, end, labels[i], &info.values[i]))
            return exh_fail(err, EXH_NO, "it has no line '%s: ...' in its place", labels[i]);
    if (info.values[EXH_BAG_GROUP] && !info.values[EXH_BAG_COUNT])
        return exh_fail(err, EXH_NO, "it has no line '%s: ...' in its place", labels[EXH_BAG_COUNT]);
    if (at != end)
        return exh_fail(err, EXH_NO, "it has more lines than it may");
    *ret_info = info;
    info = (struct exh_bag_info){ { NULL } };
    return true;
}

char *exh_bag_oxum(uint64_t bytes, size_t files)
{
    return exh_format("%" PRIu64 ".%zu", bytes, files);
}

char *exh_bag_count(size_t volume, size_t volumes)
{
    return volumes ? exh_format("%zu of %zu", volume, volumes) : NULL;
}

bool exh_bag_count_parse(const char *words, size_t *ret_volume, size_t *ret_volumes, struct exh_error *err)
{
    const char *of = strstr(words, " of ");
    EXH_CLEANUP(exh_freep) char *first = of ? exh_strndup(words, (size_t)(of - words)) : exh_strdup("");
    uint64_t volume, volumes;

    if (!of || !exh_text_number(first, EXH_BAG_MEMBERS_MOST, &volume)
        || !exh_text_number(of + strlen(" of "), EXH_BAG_MEMBERS_MOST, &volumes) || volume == 0 || volume > volumes)
        return exh_fail(err, EXH_NO, "its Bag-Count '%.50s' is not of the form '1 of 2'", words);
    *ret_volume = (size_t)volume;
    *ret_volumes = (size_t)volumes;
    return true;
}

char *exh_bag_date(struct exh_moment sealed)
{
    char words[EXH_MOMENT_SIZE];

    exh_moment_utc(sealed, words);
    return exh_strndup(words, strcspn(words, "T"));
}

/* ---- the trusted comment ---- */

char *exh_bag_trusted(const char *identifier, struct exh_moment sealed, const char *tagmanifest_digest)
{
    char time[EXH_MOMENT_SIZE];

    exh_moment_utc(sealed, time);
    return exh_format("exhibit %s sealed %s tagmanifest-sha256 %s", identifier, time, tagmanifest_digest);
}

bool exh_bag_trusted_parse(const char *words, const char *identifier, const char *tagmanifest_digest,
                           struct exh_moment *ret_sealed, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    const char *at = strstr(words, " sealed ");
    struct exh_moment sealed;

    if (at) {
        at += strlen(" sealed ");
        EXH_CLEANUP(exh_freep) char *time = exh_strndup(at, strcspn(at, " "));
        if (exh_moment_parse_utc(time, &sealed, &unread)) {
            EXH_CLEANUP(exh_freep) char *expected = exh_bag_trusted(identifier, sealed, tagmanifest_digest);
            if (sealed.ns % EXH_SECOND == 0 && strcmp(words, expected) == 0) {
                *ret_sealed = sealed;
                return true;
            }
        }
    }
    return exh_fail(err, EXH_NO, "the signed comment '%.200s' is not of this package", words);
}
