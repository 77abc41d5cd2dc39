/* repo: a commit object, split strictly (git's commit-object format).
 *
 * The plain form, and the only one exhibit writes: tree, at most one parent, author, committer,
 * gpgsig, in this order, then an empty line and the message. Anything else that is still a commit
 * is split as far as it goes and called irregular.
 */
#include "commit.h"

#include "exhibit/text.h"

#include <stdlib.h>
#include <string.h>

/* What is left to read. */
struct cursor { const char *at, *end; };

void exh_commit_clear(struct exh_commit *commit)
{
    free(commit->author);
    free(commit->committer);
    free(commit->signature);
    free(commit->message);
    free(commit->signed_bytes);
    *commit = (struct exh_commit)EXH_COMMIT_NONE;
}

/* The next line without its newline; false at the end, and where no newline ends it. */
static bool next_line(struct cursor *left, const char **ret_line, size_t *ret_size)
{
    const char *newline = memchr(left->at, '\n', (size_t)(left->end - left->at));

    if (!newline)
        return false;
    *ret_line = left->at;
    *ret_size = (size_t)(newline - left->at);
    left->at = newline + 1;
    return true;
}

/* True when the next line is header @name; then the cursor moves past it. */
static bool next_header(struct cursor *left, const char *name, const char **ret_value, size_t *ret_size)
{
    struct cursor ahead = *left;
    size_t name_size = strlen(name), size;
    const char *line;

    if (!next_line(&ahead, &line, &size) || size <= name_size || memcmp(line, name, name_size) != 0
        || line[name_size] != ' ')
        return false;
    *ret_value = line + name_size + 1;
    *ret_size = size - name_size - 1;
    *left = ahead;
    return true;
}

static bool take_oid(const char *value, size_t size, char ret_oid[EXH_OID_DIGITS])
{
    if (size != EXH_OID_DIGITS - 1)
        return false;
    for (size_t i = 0; i < size; i++)
        if (!((value[i] >= '0' && value[i] <= '9') || (value[i] >= 'a' && value[i] <= 'f')))
            return false;
    memcpy(ret_oid, value, size);
    ret_oid[size] = '\0';
    return true;
}

/* "name <email> seconds +0000" */
static bool take_time(const char *person, int64_t *ret_time)
{
    const char *close = strrchr(person, '>'), *zone = close ? strrchr(close, ' ') : NULL;
    uint64_t seconds;

    if (!close || close[1] != ' ' || !zone || zone <= close + 2)
        return false;
    EXH_CLEANUP(exh_freep) char *digits = exh_strndup(close + 2, (size_t)(zone - close - 2));
    if (!exh_text_number(digits, INT64_MAX / 1000000000, &seconds))
        return false;
    *ret_time = (int64_t)seconds;
    return true;
}

static bool take_head(struct cursor *left, struct exh_commit *commit, struct exh_error *err)
{
    const char *value;
    char other[EXH_OID_DIGITS];
    size_t size;

    if (!next_header(left, "tree", &value, &size) || !take_oid(value, size, commit->tree))
        return exh_fail(err, EXH_MALFORMED, "has no tree");
    for (; next_header(left, "parent", &value, &size); commit->parent_count++)
        if (!take_oid(value, size, commit->parent_count ? other : commit->parent))
            return exh_fail(err, EXH_MALFORMED, "names a parent that is no commit");
    return true;
}

static bool take_people(struct cursor *left, struct exh_commit *commit, struct exh_error *err)
{
    const char *value;
    size_t size;

    if (!next_header(left, "author", &value, &size))
        return exh_fail(err, EXH_MALFORMED, "has no author");
    commit->author = exh_strndup(value, size);
    if (!next_header(left, "committer", &value, &size))
        return exh_fail(err, EXH_MALFORMED, "has no committer");
    commit->committer = exh_strndup(value, size);
    if (!take_time(commit->committer, &commit->time))
        commit->irregular = "its committer has no time that can be read";
    return true;
}

/* A header's further lines begin with a space (git's folding). */
static void take_signature(struct cursor *left, const char *value, size_t size, struct exh_commit *commit)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text signature = EXH_TEXT_NONE;

    do {
        exh_text_add(&signature, value, size);
        exh_text_add(&signature, "\n", 1);
    } while (next_header(left, "", &value, &size));
    commit->signature = exh_text_take(&signature);
}

/* What follows the committer, up to the empty line. */
static bool take_rest(struct cursor *left, struct exh_commit *commit, struct exh_error *err)
{
    const char *line;
    size_t size;

    while (next_line(left, &line, &size)) {
        if (size == 0)
            return true;
        commit->irregular = "it has headers besides tree, parent, author, committer and gpgsig";
    }
    return exh_fail(err, EXH_MALFORMED, "ends within its headers");
}

bool exh_commit_split(const char *bytes, size_t size, struct exh_commit *ret_commit, struct exh_error *err)
{
    struct cursor left = { bytes, bytes + size };
    const char *value, *from;
    size_t value_size;

    if (memchr(bytes, '\0', size))
        return exh_fail(err, EXH_MALFORMED, "has a NUL in it");
    if (!take_head(&left, ret_commit, err) || !take_people(&left, ret_commit, err))
        return false;
    from = left.at;
    if (next_header(&left, "gpgsig", &value, &value_size))
        take_signature(&left, value, value_size, ret_commit);
    ret_commit->signed_size = size - (size_t)(left.at - from);
    ret_commit->signed_bytes = exh_alloc(ret_commit->signed_size + 1);
    memcpy(ret_commit->signed_bytes, bytes, (size_t)(from - bytes));
    memcpy(ret_commit->signed_bytes + (from - bytes), left.at, (size_t)(left.end - left.at));
    if (!take_rest(&left, ret_commit, err))
        return false;
    ret_commit->message = exh_strndup(left.at, (size_t)(left.end - left.at));
    return true;
}
