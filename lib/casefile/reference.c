/* casefile: references of exhibits, and of copies of them. */
#include "exhibit/casefile.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 23 };

/* A number as references have it: from 1, without leading zeros. */
static bool read_number(const char *digits, uint64_t *ret_number)
{
    return *digits != '0' && exh_text_number(digits, UINT32_MAX, ret_number);
}

bool exh_reference_split(const char *reference, char ret_of[24], uint64_t *ret_number)
{
    const char *slash = strchr(reference, '/');
    uint64_t number;

    if (!slash || slash == reference || strlen(reference) > LONGEST || !read_number(slash + 1, &number))
        return false;
    snprintf(ret_of, 24, "%.*s", (int)(slash - reference), reference);
    if (!exh_text_is_identifier(ret_of, LONGEST) || strchr(ret_of, '_'))
        return false;
    *ret_number = number;
    return true;
}

bool exh_reference_is_one(const char *words)
{
    char of[24];
    uint64_t number;

    return exh_text_is_identifier(words, LONGEST) || exh_reference_split(words, of, &number);
}

static void replace(char *words, char from, char to)
{
    char *at = strchr(words, from);

    if (at)
        *at = to;
}

void exh_reference_folder(const char *reference, char ret_name[24])
{
    snprintf(ret_name, 24, "%s", reference);
    replace(ret_name, '/', '_');
}

bool exh_reference_of_folder(const char *name, char ret_reference[24])
{
    if (!exh_text_is_identifier(name, LONGEST))
        return false;
    snprintf(ret_reference, 24, "%s", name);
    replace(ret_reference, '_', '/');
    return exh_reference_is_one(ret_reference);
}

/* A case's identifier, a mark, and a number: "C1-P12". */
static bool is_numbered(const char *words, const char *mark)
{
    const char *dash = strstr(words, mark);
    uint64_t number;

    return exh_text_is_identifier(words, LONGEST) && words[0] == 'C' && dash && dash[2] != '0'
        && exh_text_number(dash + 2, UINT32_MAX, &number);
}

bool exh_sealing_id_is_one(const char *words)
{
    return is_numbered(words, "-P");
}

bool exh_disclosure_id_is_one(const char *words)
{
    return is_numbered(words, "-D");
}

bool exh_request_id_is_one(const char *words)
{
    return is_numbered(words, "-R");
}
