/* repo: history, read object by object and checked against its names. */
#include "commit.h"
#include "object.h"

#include <stdlib.h>
#include <string.h>

/* What is read from. */
struct walk {
    struct exh_objects *objects;
    const char *const *names;
    size_t count;                        /* of names, and of files to a tree */
    bool goes_on;                        /* past files that cannot be read */
    bool (*visit)(void *context, const struct exh_repo_visit *commit, struct exh_error *err);
    void *context;
};

/* The blobs of a tree that is exactly the regular files asked for; false of any other tree. */
static bool match_tree(const struct walk *walk, const char *bytes, size_t size, char ret_blobs[][EXH_OID_DIGITS])
{
    git_oid blob;

    for (size_t i = 0; i < walk->count; i++) {
        EXH_CLEANUP(exh_freep) char *entry = exh_format("100644 %s", walk->names[i]);
        size_t name_size = strlen(entry) + 1;
        if (size < name_size + GIT_OID_RAWSZ || memcmp(bytes, entry, name_size) != 0)
            return false;
        git_oid_fromraw(&blob, (const unsigned char *)bytes + name_size);
        git_oid_tostr(ret_blobs[i], EXH_OID_DIGITS, &blob);
        bytes += name_size + GIT_OID_RAWSZ;
        size -= name_size + GIT_OID_RAWSZ;
    }
    return size == 0;
}

static bool read_tree(const struct walk *walk, const char *tree, char ret_blobs[][EXH_OID_DIGITS], bool *ret_is_plain,
                      struct exh_error *err)
{
    EXH_CLEANUP(exh_object_clear) struct exh_object object = EXH_OBJECT_NONE;

    if (!exh_object_read(walk->objects, tree, GIT_OBJECT_TREE, &object, err))
        return false;
    *ret_is_plain = match_tree(walk, object.bytes, object.size, ret_blobs);
    return true;
}

/* A commit as visitors see it; its files are put in by who has them. */
static struct exh_repo_visit visit_of(const char *oid, const struct exh_commit *commit)
{
    return (struct exh_repo_visit){
        .oid = oid,
        .parent = commit->parent,
        .parent_count = commit->parent_count,
        .irregular = commit->irregular,
        .author = commit->author,
        .committer = commit->committer,
        .message = commit->message,
        .signature = commit->signature,
        .signed_bytes = commit->signed_bytes,
        .signed_size = commit->signed_size,
        .time = commit->time,
    };
}

struct blobs { struct exh_object at[EXH_REPO_FILES]; };

static void free_blobs(struct blobs *blobs)
{
    for (size_t i = 0; i < EXH_REPO_FILES; i++)
        exh_object_clear(&blobs->at[i]);
}

static bool read_files(const struct walk *walk, const char *tree, struct blobs *blobs, struct exh_repo_visit *visit,
                       struct exh_error *err)
{
    char names[EXH_REPO_FILES][EXH_OID_DIGITS];
    bool is_plain;

    if (!read_tree(walk, tree, names, &is_plain, err))
        return false;
    for (size_t i = 0; i < walk->count && is_plain; i++)
        if (!exh_object_read(walk->objects, names[i], GIT_OBJECT_BLOB, &blobs->at[i], err))
            return false;
    for (size_t i = 0; i < walk->count && is_plain; i++)
        visit->files[i] = (struct exh_repo_file){ walk->names[i], blobs->at[i].bytes, blobs->at[i].size };
    return true;
}

/* Reads the commit's files and shows all to the visitor. */
static bool show(const struct walk *walk, const char *oid, const struct exh_commit *commit, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    EXH_CLEANUP(free_blobs) struct blobs blobs = { { EXH_OBJECT_NONE } };
    struct exh_repo_visit visit = visit_of(oid, commit);

    if (!read_files(walk, commit->tree, &blobs, &visit, &unread)) {
        if (!walk->goes_on || unread.kind != EXH_MALFORMED) {
            exh_error_move(err, &unread);
            return exh_while(err, "commit %s", oid);
        }
        visit.unread = unread.text;
    }
    return walk->visit(walk->context, &visit, err);
}

static bool read_commit(const struct walk *walk, const char *oid, size_t behind, struct exh_commit *commit, struct exh_error *err)
{
    EXH_CLEANUP(exh_object_clear) struct exh_object object = EXH_OBJECT_NONE;

    if (!exh_object_read(walk->objects, oid, GIT_OBJECT_COMMIT, &object, err))
        return exh_while(err, "%zu commits behind the head", behind);
    return exh_commit_split(object.bytes, object.size, commit, err)
        || exh_while(err, "commit %s, %zu behind the head", oid, behind);
}

/* Visits the commit called @oid and puts its parent's name there. */
static bool step(const struct walk *walk, char oid[EXH_OID_DIGITS], size_t behind, struct exh_error *err)
{
    EXH_CLEANUP(exh_commit_clear) struct exh_commit commit = EXH_COMMIT_NONE;

    if (!read_commit(walk, oid, behind, &commit, err) || !show(walk, oid, &commit, err))
        return false;
    memcpy(oid, commit.parent, EXH_OID_DIGITS);
    return true;
}

bool exh_repo_walk(struct exh_repo *repo, const char *const names[], size_t count,
                   bool (*visit)(void *context, const struct exh_repo_visit *commit, struct exh_error *err),
                   void *context, struct exh_error *err)
{
    struct exh_objects *objects = NULL;
    char oid[EXH_OID_DIGITS];

    if (!exh_repo_objects(repo, &objects, err) || !exh_repo_head(repo, oid, err))
        return false;
    const struct walk walk = { .objects = objects, .names = names, .count = count, .visit = visit, .context = context };
    for (size_t behind = 0; *oid; behind++)
        if (!step(&walk, oid, behind, err))
            return false;
    return true;
}

/* @walk: all but where from. */
static bool look_at(struct exh_repo *repo, const char *oid, struct walk *walk, struct exh_error *err)
{
    char at[EXH_OID_DIGITS] = "";

    strncat(at, oid, sizeof at - 1);
    return exh_repo_objects(repo, &walk->objects, err) && step(walk, at, 0, err);
}

bool exh_repo_look(struct exh_repo *repo, const char *oid, const char *const names[], size_t count,
                   bool (*visit)(void *context, const struct exh_repo_visit *commit, struct exh_error *err),
                   void *context, struct exh_error *err)
{
    struct walk walk = { .names = names, .count = count, .visit = visit, .context = context };

    return look_at(repo, oid, &walk, err);
}

bool exh_repo_look_on(struct exh_repo *repo, const char *oid, const char *const names[], size_t count,
                      bool (*visit)(void *context, const struct exh_repo_visit *commit, struct exh_error *err),
                      void *context, struct exh_error *err)
{
    struct walk walk = { .names = names, .count = count, .goes_on = true, .visit = visit, .context = context };

    return look_at(repo, oid, &walk, err);
}

/* ---- names only ---- */

void exh_repo_line_clear(struct exh_repo_line *line)
{
    free(line->at);
    free(line->trees);
    *line = (struct exh_repo_line)EXH_REPO_LINE_NONE;
}

static void add_name(struct exh_repo_line *line, const char *oid, const struct exh_commit *commit)
{
    if ((line->count & (line->count - 1)) == 0) {    /* room for the next power of two */
        size_t room = line->count ? 2 * line->count : 1;
        line->at = exh_realloc_array(line->at, room, sizeof *line->at);
        line->trees = exh_realloc_array(line->trees, room, sizeof *line->trees);
    }
    memcpy(line->at[line->count], oid, sizeof *line->at);
    memcpy(line->trees[line->count++], commit->parent_count > 1 ? "" : commit->tree, commit->parent_count > 1 ? 1 : sizeof *line->trees);
}

/* Puts the commit called @oid into the line, and its parent's name there. */
static bool take_step(const struct walk *walk, struct exh_repo_line *line, char oid[EXH_OID_DIGITS], struct exh_error *err)
{
    EXH_CLEANUP(exh_commit_clear) struct exh_commit commit = EXH_COMMIT_NONE;

    if (!read_commit(walk, oid, line->count, &commit, err))
        return false;
    add_name(line, oid, &commit);
    memcpy(oid, commit.parent, EXH_OID_DIGITS);
    return true;
}

bool exh_repo_line_until(struct exh_repo *repo, bool (*is_end)(void *context, const char *oid), void *context,
                         struct exh_repo_line *ret_line, struct exh_error *err)
{
    struct exh_objects *objects = NULL;
    char oid[EXH_OID_DIGITS];

    *ret_line = (struct exh_repo_line)EXH_REPO_LINE_NONE;
    if (!exh_repo_objects(repo, &objects, err) || !exh_repo_head(repo, oid, err))
        return false;
    const struct walk walk = { .objects = objects };
    while (*oid && !is_end(context, oid))
        if (!take_step(&walk, ret_line, oid, err))
            return false;
    return true;
}

struct wanted { const char *oid; bool met; };

static bool is_wanted(void *context, const char *oid)
{
    struct wanted *wanted = context;

    return wanted->met = strcmp(oid, wanted->oid) == 0;
}

bool exh_repo_line(struct exh_repo *repo, const char *until, struct exh_repo_line *ret_line, bool *ret_met, struct exh_error *err)
{
    struct wanted wanted = { until, false };

    if (!exh_repo_line_until(repo, is_wanted, &wanted, ret_line, err))
        return false;
    *ret_met = wanted.met || !*until;
    return true;
}

bool exh_repo_look_files(struct exh_repo *repo, const struct exh_repo_line *line, size_t at, const char *const names[], size_t count,
                         bool (*visit)(void *context, const struct exh_repo_visit *commit, struct exh_error *err),
                         void *context, struct exh_error *err)
{
    EXH_CLEANUP(free_blobs) struct blobs blobs = { { EXH_OBJECT_NONE } };
    struct walk walk = { .names = names, .count = count };
    struct exh_repo_visit shown = { .oid = line->at[at] };

    if (!*line->trees[at])
        return exh_repo_look(repo, line->at[at], names, count, visit, context, err);
    if (!exh_repo_objects(repo, &walk.objects, err))
        return false;
    if (!read_files(&walk, line->trees[at], &blobs, &shown, err))
        return exh_while(err, "commit %s", line->at[at]);
    return visit(context, &shown, err);
}

/* ---- one commit by itself ---- */

bool exh_repo_read_commit(struct exh_repo *repo, const char *oid, char **ret_bytes, size_t *ret_size, struct exh_error *err)
{
    struct exh_objects *objects = NULL;
    EXH_CLEANUP(exh_object_clear) struct exh_object object = EXH_OBJECT_NONE;

    if (!exh_repo_objects(repo, &objects, err) || !exh_object_read(objects, oid, GIT_OBJECT_COMMIT, &object, err))
        return false;
    *ret_size = object.size;
    *ret_bytes = exh_strndup(object.bytes, object.size);
    return true;
}

bool exh_repo_show_commit(const char *bytes, size_t size, bool (*visit)(void *context, const struct exh_repo_visit *commit, struct exh_error *err),
                          void *context, struct exh_error *err)
{
    EXH_CLEANUP(exh_commit_clear) struct exh_commit commit = EXH_COMMIT_NONE;

    if (!exh_commit_split(bytes, size, &commit, err))
        return exh_while(err, "commit");
    const struct exh_repo_visit shown = visit_of("", &commit);
    return visit(context, &shown, err);
}
