/* path: names in bags, and which of them are unsafe somewhere or alike. */
#include "parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

enum { LONGEST_PART = 255 };             /* bytes that a name of Linux may have */

/* The character that the three at @c stand for; 0 for none. */
static char escaped(const char *c, int edition)
{
    if (strncasecmp(c, "%0a", 3) == 0)
        return '\n';
    if (strncasecmp(c, "%0d", 3) == 0)
        return '\r';
    return edition == BAGIT_1_0 && strncmp(c, "%25", 3) == 0 ? '%' : 0;
}

char *exh_bagit_unescape(const char *path, int edition, bool *ret_bare)
{
    char *plain = exh_strdup(path), *to = plain;

    *ret_bare = false;
    for (const char *c = path; *c; c++) {
        char meant = escaped(c, edition);
        *ret_bare = *ret_bare || (*c == '%' && !meant);
        *to++ = meant ? meant : *c;
        c += meant ? 2 : 0;
    }
    *to = '\0';
    return plain;
}

static const char *part_problem(const char *part, size_t size)
{
    if (size == 0 || (size == 1 && *part == '.'))
        return "has an empty part or a '.' in it";
    if (size == 2 && strncmp(part, "..", 2) == 0)
        return "climbs with '..'";
    return size > LONGEST_PART ? "has a part that is longer than a file name may be" : NULL;
}

/* What would be elsewhere on some system, before parts are looked at. */
static const char *start_problem(const char *path)
{
    if (*path == '/')
        return "is absolute";
    if (*path == '~')
        return "begins with '~', which shells take for somebody's home";
    if (isalpha((unsigned char)path[0]) && path[1] == ':')
        return "begins with a drive of Windows";
    if (strchr(path, '\\'))
        return "has a backslash, which Windows takes for a separator";
    return *path == '%' && strchr(path + 1, '%') ? "begins with a variable of Windows" : NULL;
}

const char *exh_bagit_path_problem(const char *path)
{
    const char *problem = strlen(path) > EXH_BAGIT_LONGEST_PATH ? "is longer than 4096 bytes" : start_problem(path);

    for (const char *part = path; !problem; ) {
        size_t size = strcspn(part, "/");
        problem = part_problem(part, size);
        if (!part[size])
            break;
        part += size + 1;
    }
    return problem;
}

bool exh_bagit_is_system_file(const char *path)
{
    static const char *const names[] = { ".DS_Store", "Thumbs.db", "desktop.ini" };
    const char *name = exh_text_base_name(path);

    for (size_t i = 0; i < EXH_COUNT(names); i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

bool exh_bagit_is_payload(const char *path)
{
    return strncmp(path, "data/", 5) == 0;
}

bool exh_bagit_is_tag_manifest(const char *name)
{
    EXH_CLEANUP(exh_freep) char *algorithm = exh_bagit_manifest_algorithm(name);

    return algorithm && *name == 't';
}

char *exh_bagit_manifest_algorithm(const char *name)
{
    static const char lead[] = "manifest-", end[] = ".txt";
    const char *rest = strncmp(name, "tag", 3) == 0 ? name + 3 : name;
    size_t size = strlen(rest), least = strlen(lead) + strlen(end);

    if (size <= least || strncmp(rest, lead, strlen(lead)) != 0 || strchr(rest, '/') || strcmp(rest + size - strlen(end), end) != 0)
        return NULL;
    return exh_strndup(rest + strlen(lead), size - least);
}

bool exh_bagit_is_ascii(const char *name)
{
    while (*name && (unsigned char)*name < 0x80)
        name++;
    return !*name;
}

static char *ascii_key(const char *name, bool folded)
{
    char *key = exh_strdup(name);

    for (char *c = key; *c && folded; c++)
        *c = (char)tolower((unsigned char)*c);
    return key;
}

char *exh_bagit_name_key(const char *name, bool folded)
{
    const utf8proc_option_t how = (utf8proc_option_t)(UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_DECOMPOSE
                                                      | (folded ? UTF8PROC_CASEFOLD : 0));
    utf8proc_uint8_t *key = NULL;

    if (exh_bagit_is_ascii(name))
        return ascii_key(name, folded);
    /* A name on disk need not be UTF-8: then it is like no other. */
    return utf8proc_map((const utf8proc_uint8_t *)name, 0, &key, how) < 0 ? exh_strdup(name) : (char *)key;
}
