/* repo, private: objects by their names, from files of their own and from packs. libgit2 1.5 cannot be given damaged ones:
 * it reads a file that was cut short for ever, and reads where a damaged index points, be that behind the pack's end. */
#ifndef EXHIBIT_REPO_OBJECT_H
#define EXHIBIT_REPO_OBJECT_H

#include "git.h"

#include "exhibit/text.h"

/* Packs, the newest first, a database each: one for all would ask them one after another, and most objects are in the pack that the
 * last one was in. Each is opened when it is first asked: most commands need the newest only. */
struct exh_pack {
    char *index;                         /* its path */
    int64_t made_ns;
    git_odb *odb;                        /* NULL: not opened yet, or it cannot be used */
    bool tried;
};
struct exh_packs { struct exh_pack *at; size_t count, last; };
void exh_packs_clear(struct exh_packs *packs);
/* The pack of this index can be asked through @odb. libgit2's own words are left for exh_git_fail. */
bool exh_packs_add(git_odb *odb, const char *index) EXH_CHECK;
/* The one that has the object; NULL: none. A pack whose index leads to places outside of it is not asked, and @unusable has a sentence on
 * it. */
git_odb *exh_packs_find(struct exh_packs *packs, const git_oid *id, struct exh_strings *unusable);
/* The one that had the last object, most likely to have the next; NULL: none had any yet. */
git_odb *exh_packs_last(const struct exh_packs *packs);

/* Where from. Clear with exh_objects_clear. */
struct exh_objects {
    const struct exh_repo *repo;
    struct exh_packs packs;
    struct exh_strings unusable;         /* why others cannot be, one sentence each */
};
/* Those of @repo, which keeps them. */
bool exh_repo_objects(struct exh_repo *repo, struct exh_objects **ret_objects, struct exh_error *err) EXH_CHECK;
void exh_objects_clear(struct exh_objects *objects);

/* An object's bytes. Start with EXH_OBJECT_NONE, clear with exh_object_clear. */
struct exh_object { const char *bytes; size_t size; char *own; git_odb_object *packed; };
#define EXH_OBJECT_NONE { NULL, 0, NULL, NULL }
void exh_object_clear(struct exh_object *object);
/* Reads an object, checked against its name: from the pack that the last was in, from its own file, or from any other pack, the first
 * of them where it is and is whole.
 * EXH_MALFORMED: missing, damaged, of another type, or larger than EXH_GIT_LARGEST; EXH_IO: the system failed. */
bool exh_object_read(struct exh_objects *objects, const char *oid, git_object_t type, struct exh_object *ret_object,
                     struct exh_error *err) EXH_CHECK;

/* Reads a commit, its tree and each file of it; nothing is kept. What libgit2 is to pack must be whole. Failures as above. */
bool exh_objects_check_commit(struct exh_objects *objects, const char *oid, struct exh_error *err) EXH_CHECK;

/* Lists the packs below "<path>/objects" (packs.c). @unusable: a sentence for each that has no index. */
bool exh_packs_open(const char *path, struct exh_packs *ret_packs, struct exh_strings *unusable, struct exh_error *err) EXH_CHECK;
/* Fails where a pack cannot be used: libgit2 must not be let at it. EXH_MALFORMED. */
bool exh_packs_check(const char *path, struct exh_error *err) EXH_CHECK;
/* How many objects the pack of this index holds, by the size of the index; 0 where there is none. */
size_t exh_packs_objects(const char *index);

/* Reads the file that an object has of its own (loose.c). *@ret_bytes NULL: it has none. EXH_MALFORMED: damaged, with what is
 * wrong with it. Free *@ret_bytes with free(). */
bool exh_loose_read(const char *path, const char *oid, char **ret_bytes, size_t *ret_size, git_object_t *ret_type,
                    struct exh_error *err) EXH_CHECK;

#endif
