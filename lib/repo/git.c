/* repo: a bare repository made, opened, and added to. */
#include "object.h"

#include "exhibit/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <git2/sys/mempack.h>
#include <git2/sys/repository.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static void begin(void)
{
    git_libgit2_init();
    for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    /* Each object is looked at once: keeping it would only make a long walk large. */
    git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
    /* A pack is seen through windows: whole, a long log would be in memory once for each thread that reads it. */
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)(4 << 20));
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)(64 << 20));
}

void exh_git_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, begin);
}

bool exh_git_fail(struct exh_error *err, enum exh_kind kind, const char *format, ...)
{
    const git_error *problem = git_error_last();
    bool by_system = problem && problem->klass == GIT_ERROR_OS;
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *what = exh_vformat(format, arguments);
    va_end(arguments);
    const char *words = problem ? problem->message : "no reason given";
    size_t size = strlen(words);
    while (size && words[size - 1] == '\n')     /* a remote's own words are lines */
        size--;
    return exh_fail(err, by_system ? EXH_IO : kind, "%s: %.*s", what, (int)size, words);
}

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- making ---- */

static void free_git_repository(git_repository **git)
{
    git_repository_free(*git);
}

static void free_git_config(git_config **config)
{
    git_config_free(*config);
}

static bool init_at(const char *path, const char *branch, struct exh_error *err)
{
    EXH_CLEANUP(free_git_repository) git_repository *git = NULL;
    EXH_CLEANUP(free_git_config) git_config *config = NULL;
    git_repository_init_options options;

    git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_NO_REINIT;
    options.initial_head = branch;
    if (git_repository_init_ext(&git, path, &options)
        || git_repository_config(&config, git)
        || git_config_set_bool(config, "receive.denyNonFastForwards", 1)
        || git_config_set_bool(config, "receive.denyDeletes", 1))
        return exh_git_fail(err, EXH_IO, "cannot make a repository at '%s'", path);
    return true;
}

struct sync { int directory; };

static bool sync_tree(int directory, const char *path, struct exh_error *err);

static bool sync_one(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    const struct sync *in = context;
    EXH_CLEANUP(exh_fd_close) int fd = openat(in->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return exh_fail_os(err, "cannot open '%s'", name);
    if (kind == DT_DIR)
        return sync_tree(fd, name, err);
    return exh_system.fsync(fd) == 0 || exh_fail_os(err, "cannot sync '%s'", name);
}

/* libgit2 syncs the files it writes later, but not all of those it makes first. */
static bool sync_tree(int directory, const char *path, struct exh_error *err)
{
    struct sync in = { directory };

    return exh_directory_visit(directory, ".", sync_one, &in, err) && exh_directory_sync(directory, path, err);
}

static bool sync_path(const char *path, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    return exh_directory_open(AT_FDCWD, path, &fd, err) && sync_tree(fd, path, err);
}

char *exh_git_staging_path(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    unsigned random = 0;

    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = (unsigned)getpid();
    return exh_format("%.*s.%s.%08x.partial", (int)(name - path), path, name, random);
}

/* Gives the finished repository its name. */
static bool name_it(const char *staging, const char *path, struct exh_error *err)
{
    const char *slash = strrchr(path, '/');
    size_t folder_size = slash ? (size_t)(slash - path) + 1 : 0;
    EXH_CLEANUP(exh_freep) char *folder = slash ? exh_strndup(path, folder_size) : exh_strdup(".");
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    return exh_directory_open(AT_FDCWD, folder, &fd, err)
        && exh_file_rename(fd, staging + folder_size, fd, path + folder_size, err);
}

bool exh_repo_create(const char *path, const char *branch, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *staging = exh_git_staging_path(path);
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;

    exh_git_begin();
    if (exh_file_exists(AT_FDCWD, path))
        return exh_fail(err, EXH_REFUSED, "'%s' exists already", path);
    /* Made here: libgit2 would make a missing parent too. */
    if (!exh_directory_make(AT_FDCWD, staging, 0755, err))
        return false;
    if (init_at(staging, branch, err) && sync_path(staging, err) && name_it(staging, path, err))
        return true;
    if (!exh_tree_remove(AT_FDCWD, staging, &ignored))
        exh_while(err, "'%s' is left behind and can be removed", staging);
    return false;
}

/* ---- opening ---- */

/* Files by which git shows another history than the objects hold, or takes objects from elsewhere. */
static bool refuse_marks(const char *path, struct exh_error *err)
{
    static const char *const marks[] = { "info/grafts", "shallow", "objects/info/alternates", "commondir" };

    for (size_t i = 0; i < EXH_COUNT(marks); i++) {
        EXH_CLEANUP(exh_freep) char *mark = exh_format("%s/%s", path, marks[i]);
        struct stat st;
        if (lstat(mark, &st) == 0 && (st.st_size || !S_ISREG(st.st_mode)))
            return exh_fail(err, EXH_MALFORMED, "repository '%s' holds '%s', which changes what its history "
                            "appears to be: clone it whole, without '%s'", path, marks[i], marks[i]);
    }
    return true;
}

static bool refuse_replacements(const struct exh_repo *repo, struct exh_error *err)
{
    git_reference_iterator *each = NULL;
    const char *name = NULL;
    int r = git_reference_iterator_glob_new(&each, repo->git, "refs/replace/*");

    if (r == 0)
        r = git_reference_next_name(&name, each);
    if (r == 0)
        exh_fail(err, EXH_MALFORMED, "repository '%s' holds '%s', which puts another object in the place of one: "
                 "remove it with git replace -d", repo->path, name);
    else if (r != GIT_ITEROVER)
        exh_git_fail(err, EXH_MALFORMED, "cannot list the references of '%s'", repo->path);
    git_reference_iterator_free(each);
    return r == GIT_ITEROVER;
}

bool exh_repo_open(const char *path, const char *branch, struct exh_repo **ret_repo, struct exh_error *err)
{
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = exh_alloc(sizeof *repo);

    exh_git_begin();
    repo->path = exh_strdup(path);
    repo->reference = exh_format("refs/heads/%s", branch);
    if (!is_directory(path))
        return exh_fail(err, EXH_IO, "no repository at '%s'", path);
    if (!refuse_marks(path, err))
        return false;
    if (git_repository_open_bare(&repo->git, path))
        return exh_git_fail(err, EXH_MALFORMED, "'%s' is not a repository, or is damaged", path);
    if (!refuse_replacements(repo, err))
        return false;
    *ret_repo = exh_steal(&repo);
    return true;
}

void exh_repo_freep(struct exh_repo **repo)
{
    if (*repo) {
        git_repository_free((*repo)->git);
        exh_git_maker_clear(&(*repo)->maker);
        free((*repo)->path);
        free((*repo)->reference);
        if ((*repo)->objects)
            exh_objects_clear((*repo)->objects);
        free((*repo)->objects);
        free(*repo);
    }
    *repo = NULL;
}

static void free_reference(git_reference **reference)
{
    git_reference_free(*reference);
}

static bool check_head_file(const struct exh_repo *repo, struct exh_error *err)
{
    EXH_CLEANUP(free_reference) git_reference *head = NULL;
    int r = git_reference_lookup(&head, repo->git, "HEAD");

    if (r == 0 && git_reference_type(head) == GIT_REFERENCE_SYMBOLIC && strncmp(git_reference_symbolic_target(head), "refs/heads/", 11) != 0)
        r = GIT_ERROR;
    return r == 0 || exh_fail(err, EXH_MALFORMED, "'%s/HEAD' is damaged: git itself may not open the repository until it says 'ref: %s'",
                              repo->path, repo->reference);
}

static void free_config(git_config **config)
{
    git_config_free(*config);
}

/* By these git itself refuses to cut the branch short, or to delete it, when somebody pushes. A clone has them not, and says where
 * it is from. */
static bool check_denials(const struct exh_repo *repo, const char *path, const git_config *config, struct exh_error *err)
{
    static const char *const keys[] = { "receive.denyNonFastForwards", "receive.denyDeletes" };
    const char *origin;
    bool is_clone = git_config_get_string(&origin, config, "remote.origin.url") == 0;

    for (size_t i = 0; i < EXH_COUNT(keys) && !is_clone; i++) {
        int denies = 0;
        if (git_config_get_bool(&denies, config, keys[i]) || !denies)
            return exh_fail(err, EXH_MALFORMED, "'%s' does not set '%s', so git would take a push that cuts the branch short or deletes it: "
                            "git -C '%s' config %s true", path, keys[i], repo->path, keys[i]);
    }
    return true;
}

/* What git asks it for before anything else. */
static bool check_config_file(const struct exh_repo *repo, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/config", repo->path);
    EXH_CLEANUP(free_config) git_config *opened = NULL, *config = NULL;
    int version, bare, r = git_config_open_ondisk(&opened, path);

    if (r == 0)
        r = git_config_snapshot(&config, opened);

    if (r == 0)
        r = git_config_get_int32(&version, config, "core.repositoryformatversion");
    if (r == 0)
        r = git_config_get_bool(&bare, config, "core.bare");
    if (r)
        return exh_fail(err, EXH_MALFORMED, "'%s' is damaged: git itself may not open the repository until that of a mirror or a "
                        "backup is copied there", path);
    return check_denials(repo, path, config, err);
}

bool exh_repo_check_files(struct exh_repo *repo, struct exh_error *err)
{
    return check_head_file(repo, err) && check_config_file(repo, err);
}

bool exh_repo_head(struct exh_repo *repo, char ret_oid[EXH_OID_DIGITS], struct exh_error *err)
{
    EXH_CLEANUP(free_reference) git_reference *reference = NULL;
    int r = git_reference_lookup(&reference, repo->git, repo->reference);

    if (r && r != GIT_ENOTFOUND)
        return exh_git_fail(err, EXH_MALFORMED, "cannot read '%s' of '%s'", repo->reference, repo->path);
    if (r == 0 && git_reference_type(reference) != GIT_REFERENCE_DIRECT)
        return exh_fail(err, EXH_MALFORMED, "'%s' of '%s' is a link to another reference", repo->reference, repo->path);
    if (r == 0)
        git_oid_tostr(ret_oid, EXH_OID_DIGITS, git_reference_target(reference));
    else
        ret_oid[0] = '\0';
    return true;
}

/* ---- what objects are made by ---- */

static void free_odb(git_odb **odb)
{
    git_odb_free(*odb);
}

bool exh_git_add_backend(git_odb *odb, git_odb_backend *backend, int priority)
{
    if (git_odb_add_backend(odb, backend, priority) == 0)
        return true;
    backend->free(backend);
    return false;
}

static bool add_backends(const char *path, bool loose, git_odb *odb, git_odb_backend **ret_memory)
{
    enum { BEFORE_MEMORY = 2, MEMORY = 1 };              /* the first is written to */
    EXH_CLEANUP(exh_freep) char *objects = exh_format("%s/objects", path);
    git_odb_backend *files = NULL;

    if (loose && (git_odb_backend_loose(&files, objects, -1, 0, 0, 0) || !exh_git_add_backend(odb, files, BEFORE_MEMORY)))
        return false;
    return git_mempack_new(ret_memory) == 0 && exh_git_add_backend(odb, *ret_memory, MEMORY);
}

bool exh_git_maker_open(const char *path, bool loose, struct exh_git_maker *ret_maker, struct exh_error *err)
{
    EXH_CLEANUP(exh_git_maker_clear) struct exh_git_maker maker = { NULL, NULL };
    EXH_CLEANUP(free_odb) git_odb *odb = NULL;

    if (git_odb_new(&odb) || !add_backends(path, loose, odb, &maker.memory) || git_repository_open_bare(&maker.git, path)
        || git_repository_set_odb(maker.git, odb))
        return exh_git_fail(err, EXH_IO, "cannot open '%s' a second time", path);
    *ret_maker = maker;
    maker.git = NULL;
    return true;
}

void exh_git_maker_clear(struct exh_git_maker *maker)
{
    git_repository_free(maker->git);
    *maker = (struct exh_git_maker){ NULL, NULL };
}

/* A commit is made after its parent, which is read, and judged, as everything is. */
static bool know_parent(struct exh_repo *repo, const struct exh_git_maker *maker, const char *parent, struct exh_error *err)
{
    EXH_CLEANUP(exh_object_clear) struct exh_object object = EXH_OBJECT_NONE;
    EXH_CLEANUP(free_odb) git_odb *odb = NULL;
    struct exh_objects *objects;
    git_oid id;

    if (!*parent)
        return true;
    if (git_oid_fromstr(&id, parent) || git_repository_odb(&odb, maker->git))
        return exh_git_fail(err, EXH_MALFORMED, "cannot read commit %s of '%s'", parent, repo->path);
    if (maker->memory->exists(maker->memory, &id))
        return true;
    if (!exh_repo_objects(repo, &objects, err) || !exh_object_read(objects, parent, GIT_OBJECT_COMMIT, &object, err))
        return exh_while(err, "cannot read commit %s of '%s'", parent, repo->path);
    return git_odb_exists_ext(odb, &id, GIT_ODB_LOOKUP_NO_REFRESH)
        || maker->memory->write(maker->memory, &id, object.bytes, object.size, GIT_OBJECT_COMMIT) == 0
        || exh_git_fail(err, EXH_IO, "cannot hold commit %s of '%s'", parent, repo->path);
}

/* ---- adding ---- */

static void free_treebuilder(git_treebuilder **builder)
{
    git_treebuilder_free(*builder);
}

static void free_tree(git_tree **tree)
{
    git_tree_free(*tree);
}

static bool write_tree(const struct exh_repo *repo, const struct exh_git_maker *maker, const struct exh_repo_commit *commit,
                       struct exh_git_made *made, git_tree **ret_tree, struct exh_error *err)
{
    EXH_CLEANUP(free_treebuilder) git_treebuilder *builder = NULL;
    git_oid *blob = made->files;

    if (git_treebuilder_new(&builder, maker->git, NULL))
        return exh_git_fail(err, EXH_IO, "cannot write to '%s'", repo->path);
    for (const struct exh_repo_file *file = commit->files; file < commit->files + commit->file_count; file++, blob++)
        if (git_blob_create_from_buffer(blob, maker->git, file->bytes, file->size)
            || git_treebuilder_insert(NULL, builder, file->name, blob, GIT_FILEMODE_BLOB))
            return exh_git_fail(err, EXH_IO, "cannot write '%s' to '%s'", file->name, repo->path);
    if (git_treebuilder_write(&made->tree, builder) || git_tree_lookup(ret_tree, maker->git, &made->tree))
        return exh_git_fail(err, EXH_IO, "cannot write a tree to '%s'", repo->path);
    return true;
}

static void free_signature(git_signature **signature)
{
    git_signature_free(*signature);
}

static void free_commit(git_commit **commit)
{
    git_commit_free(*commit);
}

/* The bytes of the commit object, without its signature. */
static bool describe(const struct exh_repo *repo, const struct exh_git_maker *maker, const struct exh_repo_commit *commit,
                     const git_tree *tree, git_buf *ret_bytes, struct exh_error *err)
{
    EXH_CLEANUP(free_signature) git_signature *author = NULL;
    EXH_CLEANUP(free_commit) git_commit *parent = NULL;
    const git_commit *parents[1];
    git_oid id;

    if (*commit->parent && (git_oid_fromstr(&id, commit->parent) || git_commit_lookup(&parent, maker->git, &id)))
        return exh_git_fail(err, EXH_MALFORMED, "cannot read commit %s of '%s'", commit->parent, repo->path);
    parents[0] = parent;
    if (git_signature_new(&author, commit->author, commit->email, commit->time, 0)
        || git_commit_create_buffer(ret_bytes, maker->git, author, author, NULL, commit->message, tree,
                                    parent ? 1 : 0, parents))
        return exh_git_fail(err, EXH_USAGE, "cannot make a commit by '%s'", commit->author);
    return true;
}

static bool write_signed(const struct exh_repo *repo, const struct exh_git_maker *maker, const struct exh_repo_commit *commit,
                         const git_buf *bytes, git_oid *ret_id, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *signature = NULL;

    if (!commit->sign(commit->context, bytes->ptr, bytes->size, &signature, err))
        return false;
    size_t size = strlen(signature);
    if (!size)
        return exh_fail(err, EXH_REFUSED, "the commit was not signed");
    /* git's header ends with the last line of the armour: a newline more would be a line more. */
    if (signature[size - 1] == '\n')
        signature[size - 1] = '\0';
    if (git_commit_create_with_signature(ret_id, maker->git, bytes->ptr, signature, "gpgsig"))
        return exh_git_fail(err, EXH_IO, "cannot write a commit to '%s'", repo->path);
    return true;
}

/* The files of what one commit is made of. */
struct loose { char *folder, *path; int file; };         /* @file -1: it is in a pack, and was synced with it */
struct all_loose { struct loose at[EXH_REPO_FILES + 2]; size_t count; };

static void clear_loose(struct all_loose *all)
{
    for (size_t i = 0; i < all->count; i++) {
        exh_fd_close(&all->at[i].file);
        free(all->at[i].path);
        free(all->at[i].folder);
    }
}

/* It is written at once, not when it is synced: a journaling file system then takes all of them to the disk together. */
static bool begin_writing(const struct exh_repo *repo, const git_oid *id, struct all_loose *all, struct exh_error *err)
{
    struct loose *loose = &all->at[all->count++];
    char oid[EXH_OID_DIGITS];

    git_oid_tostr(oid, sizeof oid, id);
    loose->folder = exh_format("%s/objects/%.2s", repo->path, oid);
    loose->path = exh_format("%s/%s", loose->folder, oid + 2);
    loose->file = open(loose->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (loose->file < 0)
        return errno == ENOENT || exh_fail_os(err, "cannot open '%s'", loose->path);
    sync_file_range(loose->file, 0, 0, SYNC_FILE_RANGE_WRITE);           /* no more than a hint: fsync tells what fails */
    return true;
}

/* The file and its name. */
static bool sync_loose(const struct loose *loose, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int directory = -1;

    if (loose->file < 0)
        return true;
    if (exh_system.fsync(loose->file))
        return exh_fail_os(err, "cannot make '%s' durable", loose->path);
    return exh_directory_open(AT_FDCWD, loose->folder, &directory, err) && exh_directory_sync(directory, loose->folder, err);
}

static bool sync_objects(const struct exh_repo *repo, const struct exh_git_made *made, size_t files, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/objects", repo->path);
    EXH_CLEANUP(clear_loose) struct all_loose all = { .count = 0 };
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    for (size_t i = 0; i < files; i++)
        if (!begin_writing(repo, &made->files[i], &all, err))
            return false;
    if (!begin_writing(repo, &made->tree, &all, err) || !begin_writing(repo, &made->commit, &all, err))
        return false;
    for (size_t i = 0; i < all.count; i++)
        if (!sync_loose(&all.at[i], err))
            return false;
    return exh_directory_open(AT_FDCWD, path, &fd, err) && exh_directory_sync(fd, path, err);
}

/* What a reference's lock file can be, of ours or of git's: no more than a reference on its way. */
static bool is_of_writer(const char *lock)
{
    struct stat st;

    return lstat(lock, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= 41;
}

/* True when a reference's lock file was left by a writer that is gone. Our caller holds a lock of our
 * own, so no other of ours is at work; git's own tools hold this file for milliseconds. It is
 * taken for dead when it is no more than a reference on its way (41 bytes) and was last written 2 s
 * before now or earlier. */
static bool is_stale(const char *lock)
{
    struct timespec now;
    struct stat st;

    clock_gettime(CLOCK_REALTIME, &now);
    return is_of_writer(lock) && lstat(lock, &st) == 0 && st.st_mtim.tv_sec < now.tv_sec - 2;
}

bool exh_git_wait_for_lock(const char *path, const char *reference, int attempt, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *lock = exh_format("%s/%s.lock", path, reference);

    if (is_stale(lock) && unlink(lock) == 0)
        return true;
    if (attempt >= 200)
        return exh_fail(err, EXH_BUSY, "another program holds '%s': when none is at work there, remove that file",
                        lock);
    nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
    return true;
}

/* Until whoever holds it is done, or it is old enough to be nobody's. */
static bool clear_lock(const struct exh_repo *repo, const char *lock, struct exh_error *err)
{
    for (int attempt = 0; exh_file_exists(AT_FDCWD, lock); attempt++)
        if (!exh_git_wait_for_lock(repo->path, repo->reference, attempt, err))
            return false;
    return true;
}

bool exh_repo_locks(struct exh_repo *repo, bool clear, struct exh_strings *stale, struct exh_strings *held, struct exh_error *err)
{
    const char *const names[] = { repo->reference, "HEAD", "config", "packed-refs" };

    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        EXH_CLEANUP(exh_freep) char *lock = exh_format("%s/%s.lock", repo->path, names[i]);
        bool of_writer = names[i] == repo->reference && is_of_writer(lock);
        if (!exh_file_exists(AT_FDCWD, lock))
            continue;
        if (of_writer && clear && !clear_lock(repo, lock, err))
            return false;
        exh_strings_add(of_writer ? stale : held, lock);
    }
    return true;
}

static bool moved_on(const struct exh_repo *repo, struct exh_error *err)
{
    return exh_fail(err, EXH_BUSY, "'%s' of '%s' has moved on meanwhile: try again", repo->reference, repo->path);
}

/* Compares and swaps: the branch moves from @parent to @id, or not at all. */
bool exh_git_point_branch(const struct exh_repo *repo, const struct exh_git_maker *maker, const char *parent, const git_oid *id,
                          struct exh_error *err)
{
    git_oid expected;
    bool first = !*parent;

    if (!first && git_oid_fromstr(&expected, parent))
        return exh_git_fail(err, EXH_USAGE, "'%s' is no commit", parent);
    for (int attempt = 0;; attempt++) {
        EXH_CLEANUP(free_reference) git_reference *reference = NULL;
        int r = git_reference_create_matching(&reference, maker->git, repo->reference, id, !first,
                                              first ? NULL : &expected, NULL);
        if (r == 0)
            return true;
        if (r == GIT_EMODIFIED || r == GIT_EEXISTS || r == GIT_ENOTFOUND)
            return moved_on(repo, err);
        if (r != GIT_ELOCKED)
            return exh_git_fail(err, EXH_IO, "cannot move '%s' of '%s'", repo->reference, repo->path);
        if (!exh_git_wait_for_lock(repo->path, repo->reference, attempt, err))
            return false;
    }
}

bool exh_git_make_commit(struct exh_repo *repo, const struct exh_git_maker *maker, const struct exh_repo_commit *commit,
                         struct exh_git_made *ret_made, struct exh_error *err)
{
    EXH_CLEANUP(free_tree) git_tree *tree = NULL;
    EXH_CLEANUP(git_buf_dispose) git_buf bytes = { 0 };

    for (size_t i = 0; i < commit->file_count; i++)
        if (commit->files[i].size > EXH_GIT_LARGEST)
            return exh_fail(err, EXH_USAGE, "'%s' is larger than %d bytes", commit->files[i].name, EXH_GIT_LARGEST);
    return know_parent(repo, maker, commit->parent, err) && write_tree(repo, maker, commit, ret_made, &tree, err)
        && describe(repo, maker, commit, tree, &bytes, err) && write_signed(repo, maker, commit, &bytes, &ret_made->commit, err);
}

/* libgit2 would sync each by itself. */
static bool make_unsynced(struct exh_repo *repo, const struct exh_repo_commit *commit, struct exh_git_made *ret_made,
                          struct exh_error *err)
{
    if (!repo->maker.git && !exh_git_maker_open(repo->path, true, &repo->maker, err))
        return false;
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);
    bool done = exh_git_make_commit(repo, &repo->maker, commit, ret_made, err);
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    return done;
}

static bool check_head(struct exh_repo *repo, const struct exh_repo_commit *commit, struct exh_error *err)
{
    char head[EXH_OID_DIGITS];

    if (!exh_repo_head(repo, head, err))
        return false;
    return strcmp(head, commit->parent) == 0 || moved_on(repo, err);
}

bool exh_repo_add(struct exh_repo *repo, const struct exh_repo_commit *commit, char ret_oid[EXH_OID_DIGITS],
                  struct exh_error *err)
{
    struct exh_git_made made;

    if (!check_head(repo, commit, err)
        || !make_unsynced(repo, commit, &made, err)
        || !sync_objects(repo, &made, commit->file_count, err)
        || !exh_git_point_branch(repo, &repo->maker, commit->parent, &made.commit, err))
        return false;
    git_oid_tostr(ret_oid, EXH_OID_DIGITS, &made.commit);
    return true;
}
