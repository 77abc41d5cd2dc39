/* parse: what bagit.txt and the lines of tag files say. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static size_t spaces(const char *words)
{
    return strspn(words, " \t");
}

/* ---- bagit.txt (RFC 8493, section 2.1.1) ---- */

void exh_bagit_declaration_clear(struct exh_bagit_declaration *declaration)
{
    exh_freep(&declaration->encoding);
}

static int edition_of(const char *version)
{
    static const struct { const char *version; int edition; } known[] = {
        { "0.93", 93 }, { "0.94", 94 }, { "0.95", 95 }, { "0.96", BAGIT_0_96 }, { "0.97", 97 }, { "1.0", BAGIT_1_0 } };

    for (size_t i = 0; i < EXH_COUNT(known); i++)
        if (strcmp(version, known[i].version) == 0)
            return known[i].edition;
    return 0;
}

/* One line without its end, NUL-terminated, off the front of @rest; NULL where there is none. */
static char *cut_line(char **rest)
{
    char *line = *rest;
    size_t size = strcspn(line, "\r\n");

    if (!*line)
        return NULL;
    *rest += size + (strncmp(line + size, "\r\n", 2) == 0 ? 2 : line[size] ? 1 : 0);
    line[size] = '\0';
    return line;
}

/* "Label: value" with one space; what is looser is told, for drafts. NULL: not that label. */
static char *value_of(char *line, const char *label, bool *spaced)
{
    size_t size = strlen(label);
    char *at = line + size;

    if (strncmp(line, label, size) != 0)
        return NULL;
    *spaced = *spaced || is_space(*at);
    at += spaces(at);
    if (*at++ != ':')
        return NULL;
    *spaced = *spaced || spaces(at) != 1 || *at != ' ';
    at += spaces(at);
    for (size_t end = strlen(at); end && is_space(at[end - 1]); end--) {
        at[end - 1] = '\0';
        *spaced = true;
    }
    return at;
}

const char *exh_bagit_declaration_parse(const char *bytes, size_t size, struct exh_bagit_declaration *ret_declaration)
{
    EXH_CLEANUP(exh_freep) char *text = exh_strndup(bytes, size);
    struct exh_bagit_declaration said = { "", 0, NULL, false };
    char *rest = text;

    if (strlen(text) != size || !exh_text_is_utf8(text, size))
        return "it is not UTF-8 text";
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        return "it begins with a byte-order mark";
    char *first = cut_line(&rest), *second = cut_line(&rest);
    char *version = first ? value_of(first, "BagIt-Version", &said.spaced) : NULL;
    char *encoding = second ? value_of(second, "Tag-File-Character-Encoding", &said.spaced) : NULL;
    if (!version || !*version)
        return "its first line is not 'BagIt-Version: ' and a version";
    if (strlen(version) < sizeof said.version)
        memcpy(said.version, version, strlen(version) + 1);
    said.edition = edition_of(version);
    if (!encoding || !*encoding)
        return "its second line is not 'Tag-File-Character-Encoding: ' and an encoding";
    if (*rest)
        return "it has more than two lines";
    if (said.spaced && said.edition == BAGIT_1_0)
        return "it has white space where BagIt 1.0 allows none";
    said.encoding = exh_strdup(encoding);
    *ret_declaration = said;
    return NULL;
}

/* ---- manifests (section 2.1.3) ---- */

static bool cut_dot_slash(const char **path)
{
    bool dotted = strncmp(*path, "./", 2) == 0;

    *path += dotted ? 2 : 0;
    return dotted;
}

const char *exh_bagit_entry_parse(char *line, size_t size, struct exh_bagit_entry *ret_entry)
{
    struct exh_bagit_entry entry = { line, NULL, false, false };
    size_t digest = strcspn(line, " \t");

    if (strlen(line) != size)
        return "holds a NUL byte";
    if (!digest || digest == size)
        return "is not a digest, white space and a path";
    entry.path = line + digest + spaces(line + digest);
    line[digest] = '\0';
    entry.marked = *entry.path == '*';
    entry.path += entry.marked;
    entry.dotted = cut_dot_slash(&entry.path);
    if (!*entry.path)
        return "has no path";
    *ret_entry = entry;
    return NULL;
}

/* ---- fetch.txt (section 2.2.3) ---- */

/* A scheme and a colon (RFC 3986, section 3.1), and something after it. */
static bool is_address(const char *url)
{
    size_t scheme = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    return scheme && !strchr("0123456789+-.", url[0]) && url[scheme] == ':' && url[scheme + 1];
}

/* The next word, NUL-terminated, and the white space after it, off the front. */
static char *cut_word(char **rest)
{
    char *word = *rest;
    size_t size = strcspn(word, " \t"), gap = spaces(word + size);

    *rest += size + gap;
    word[size] = '\0';
    return word;
}

const char *exh_bagit_fetch_parse(char *line, size_t size, struct exh_bagit_fetch *ret_fetch)
{
    struct exh_bagit_fetch fetch = { NULL, NULL, false, false, 0 };
    char *rest = line;

    if (strlen(line) != size)
        return "holds a NUL byte";
    fetch.url = cut_word(&rest);
    const char *length = cut_word(&rest);
    fetch.path = rest;
    fetch.dotted = cut_dot_slash(&fetch.path);
    if (!is_address(fetch.url))
        return "does not begin with an absolute address";
    fetch.has_length = strcmp(length, "-") != 0;
    if (fetch.has_length && !exh_text_number(length, INT64_MAX, &fetch.length))
        return "has no length, nor a '-' in its place";
    if (!*fetch.path)
        return "has no path";
    *ret_fetch = fetch;
    return NULL;
}

/* ---- bag-info.txt (section 2.2.2) ---- */

const char *exh_bagit_element_parse(char *line, size_t size, int edition, struct exh_bagit_element *ret_element)
{
    char *colon = strchr(line, ':');

    if (strlen(line) != size)
        return "holds a NUL byte";
    if (is_space(*line)) {
        *ret_element = (struct exh_bagit_element){ NULL, line + spaces(line) };
        return NULL;
    }
    if (!colon || colon == line)
        return "is not a label, a colon and a value";
    if (edition == BAGIT_1_0 && (is_space(colon[-1]) || !is_space(colon[1])))
        return "has no label, colon and white space as BagIt 1.0 wants them";
    for (char *end = colon; end > line && is_space(end[-1]); end--)
        end[-1] = '\0';
    *colon = '\0';
    *ret_element = (struct exh_bagit_element){ line, colon + 1 + spaces(colon + 1) };
    return NULL;
}

bool exh_bagit_oxum_parse(const char *value, uint64_t *ret_bytes, uint64_t *ret_files)
{
    const char *dot = strchr(value, '.');
    EXH_CLEANUP(exh_freep) char *bytes = exh_strndup(value, dot ? (size_t)(dot - value) : 0);
    EXH_CLEANUP(exh_freep) char *files = exh_strdup(dot ? dot + 1 : "");

    for (size_t end = strlen(files); end && is_space(files[end - 1]); end--)
        files[end - 1] = '\0';
    return exh_text_number(bytes, INT64_MAX, ret_bytes) && exh_text_number(files, INT64_MAX, ret_files);
}
