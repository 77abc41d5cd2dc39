/* repo: an object read by its name, from its own file or from a pack, and checked against it. */
#include "commit.h"
#include "object.h"

#include <stdlib.h>
#include <string.h>

static bool open_objects(const struct exh_repo *repo, struct exh_objects *ret_objects, struct exh_error *err)
{
    *ret_objects = (struct exh_objects){ .repo = repo };
    return exh_packs_open(repo->path, &ret_objects->packs, &ret_objects->unusable, err);
}

bool exh_repo_objects(struct exh_repo *repo, struct exh_objects **ret_objects, struct exh_error *err)
{
    if (!repo->objects) {
        EXH_CLEANUP(exh_objects_clear) struct exh_objects objects = { .repo = NULL };
        if (!open_objects(repo, &objects, err))
            return false;
        repo->objects = exh_alloc(sizeof *repo->objects);
        *repo->objects = objects;
        objects = (struct exh_objects){ .repo = NULL };
    }
    *ret_objects = repo->objects;
    return true;
}

void exh_objects_clear(struct exh_objects *objects)
{
    exh_packs_clear(&objects->packs);
    exh_strings_clear(&objects->unusable);
}

void exh_object_clear(struct exh_object *object)
{
    free(object->own);
    git_odb_object_free(object->packed);
}

static bool check_type(const char *oid, git_object_t found, git_object_t type, struct exh_error *err)
{
    return found == type
        || exh_fail(err, EXH_MALFORMED, "object %s is a %s, not a %s", oid, git_object_type2string(found), git_object_type2string(type));
}

/* *@ret_pack NULL: in none. */
static bool find_pack(struct exh_objects *objects, const git_oid *id, git_odb **ret_pack, struct exh_error *err)
{
    if ((*ret_pack = exh_packs_find(&objects->packs, id, &objects->unusable)))
        return true;
    /* 'git gc' may just have packed it. */
    EXH_CLEANUP(exh_objects_clear) struct exh_objects anew = { .repo = NULL };
    if (!open_objects(objects->repo, &anew, err))
        return false;
    const struct exh_objects old = *objects;
    *objects = anew;
    anew = old;
    *ret_pack = exh_packs_find(&objects->packs, id, &objects->unusable);
    return true;
}

static bool read_from(git_odb *pack, const git_oid *id, const char *oid, git_object_t type, struct exh_object *object,
                      struct exh_error *err)
{
    git_object_t found;
    size_t size;

    /* A small pack can unpack to any size: looked at first. */
    if (git_odb_read_header(&size, &found, pack, id))
        return exh_git_fail(err, EXH_MALFORMED, "object %s is missing or damaged", oid);
    if (size > EXH_GIT_LARGEST)
        return exh_fail(err, EXH_MALFORMED, "object %s is larger than %d bytes", oid, EXH_GIT_LARGEST);
    if (git_odb_read(&object->packed, pack, id))
        return exh_git_fail(err, EXH_MALFORMED, "object %s is missing or damaged", oid);
    object->bytes = git_odb_object_data(object->packed);
    object->size = git_odb_object_size(object->packed);
    return check_type(oid, git_odb_object_type(object->packed), type, err);
}

/* @why it is not read from a file of its own; NULL: it has none. */
static bool read_packed(struct exh_objects *objects, const char *oid, git_object_t type, const char *why, struct exh_object *object,
                        struct exh_error *err)
{
    git_oid id;
    git_odb *pack;

    if (git_oid_fromstr(&id, oid))
        return exh_git_fail(err, EXH_MALFORMED, "'%s' names no object", oid);
    if (!find_pack(objects, &id, &pack, err))
        return false;
    if (!pack)
        return exh_fail(err, EXH_MALFORMED, "object %s is missing or damaged: %s%s%s", oid, why ? why : "it is not there",
                        objects->unusable.count ? "; " : "", objects->unusable.count ? objects->unusable.at[0] : "");
    return read_from(pack, &id, oid, type, object, err);
}

/* Most lie in the pack that the last one was in. What is not, or is damaged there, is looked for everywhere. */
static bool read_near(struct exh_objects *objects, const char *oid, git_object_t type, struct exh_object *ret_object)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error damaged = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_object_clear) struct exh_object object = EXH_OBJECT_NONE;
    git_oid id;

    if (git_oid_fromstr(&id, oid))
        return false;
    git_odb *pack = exh_packs_last(&objects->packs);
    if (!pack || !read_from(pack, &id, oid, type, &object, &damaged))
        return false;
    *ret_object = object;
    object = (struct exh_object)EXH_OBJECT_NONE;
    return true;
}

bool exh_object_read(struct exh_objects *objects, const char *oid, git_object_t type, struct exh_object *ret_object,
                     struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_object_clear) struct exh_object object = EXH_OBJECT_NONE;
    git_object_t found = GIT_OBJECT_INVALID;

    if (read_near(objects, oid, type, ret_object))
        return true;
    if (!exh_loose_read(objects->repo->path, oid, &object.own, &object.size, &found, &wrong) && wrong.kind != EXH_MALFORMED)
        return exh_error_move(err, &wrong);
    object.bytes = object.own;
    if (object.own ? !check_type(oid, found, type, err) : !read_packed(objects, oid, type, wrong.text, &object, err))
        return false;
    *ret_object = object;
    object = (struct exh_object)EXH_OBJECT_NONE;
    return true;
}

/* ---- whole commits ---- */

/* The files of a tree: "<mode> <name>", a NUL, the 20 bytes of a name. */
static bool check_files(struct exh_objects *objects, const char *at, const char *end, struct exh_error *err)
{
    while (at < end) {
        EXH_CLEANUP(exh_object_clear) struct exh_object blob = EXH_OBJECT_NONE;
        const char *nul = memchr(at, '\0', (size_t)(end - at));
        char oid[EXH_OID_DIGITS];
        git_oid id;
        if (!nul || end - nul <= GIT_OID_RAWSZ)
            return exh_fail(err, EXH_MALFORMED, "a tree is malformed");
        git_oid_fromraw(&id, (const unsigned char *)nul + 1);
        git_oid_tostr(oid, sizeof oid, &id);
        if (!exh_object_read(objects, oid, GIT_OBJECT_BLOB, &blob, err))
            return false;
        at = nul + 1 + GIT_OID_RAWSZ;
    }
    return true;
}

bool exh_objects_check_commit(struct exh_objects *objects, const char *oid, struct exh_error *err)
{
    EXH_CLEANUP(exh_object_clear) struct exh_object object = EXH_OBJECT_NONE, tree = EXH_OBJECT_NONE;
    EXH_CLEANUP(exh_commit_clear) struct exh_commit commit = EXH_COMMIT_NONE;

    return (exh_object_read(objects, oid, GIT_OBJECT_COMMIT, &object, err) && exh_commit_split(object.bytes, object.size, &commit, err)
            && exh_object_read(objects, commit.tree, GIT_OBJECT_TREE, &tree, err)
            && check_files(objects, tree.bytes, tree.bytes + tree.size, err))
        || exh_while(err, "commit %s", oid);
}
