/* repo: pushing the branch to a remote: what it has is compared first, and what was done is read back. */
#include "push.h"

#include "exhibit/file.h"
#include "exhibit/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void free_remote(git_remote **link)
{
    git_remote_free(*link);
}

static void free_repository(git_repository **git)
{
    git_repository_free(*git);
}

static void free_reference(git_reference **reference)
{
    git_reference_free(*reference);
}

static void free_odb(git_odb **odb)
{
    git_odb_free(*odb);
}

/* ---- what a remote has ---- */

struct heads {
    char ours[EXH_OID_DIGITS]; /* of the branch; "" where there is none */
    bool others; /* it has other branches */
};

static bool take_heads(struct exh_errand *errand, git_remote *link, struct heads *ret_heads, struct exh_error *err)
{
    const git_remote_head **heads;
    size_t count;

    *ret_heads = (struct heads){ .ours = "" };
    if (!exh_errand_tell(errand, 0, 0))
        return exh_fail(err, EXH_IO, "nobody waits for it any more");
    if (git_remote_ls(&heads, &count, link))
        return exh_errand_fail(errand, err, EXH_IO, "cannot read its references");
    for (size_t i = 0; i < count; i++)
        if (strcmp(heads[i]->name, errand->repo->reference) == 0)
            git_oid_tostr(ret_heads->ours, EXH_OID_DIGITS, &heads[i]->oid);
        else if (strncmp(heads[i]->name, "refs/heads/", strlen("refs/heads/")) == 0)
            ret_heads->others = true;
    return true;
}

static bool open_link(struct exh_errand *errand, git_repository *git, git_remote **ret_link, struct exh_error *err)
{
    return git_remote_create_anonymous(ret_link, git, errand->remote->url) == 0
        || exh_errand_fail(errand, err, EXH_USAGE, "cannot use its URL");
}

static git_remote_connect_options how_to_connect(struct exh_errand *errand)
{
    git_remote_connect_options how;

    git_remote_connect_options_init(&how, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
    how.callbacks = exh_errand_callbacks(errand);
    how.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    return how;
}

/* Connects anew each time: what is read is what the remote has now. */
static bool read_heads(struct exh_errand *errand, struct heads *ret_heads, struct exh_error *err)
{
    EXH_CLEANUP(free_remote) git_remote *link = NULL;
    git_remote_connect_options how = how_to_connect(errand);

    if (!open_link(errand, errand->repo->git, &link, err))
        return false;
    if (git_remote_connect_ext(link, GIT_DIRECTION_PUSH, &how))
        return exh_errand_fail(errand, err, EXH_IO, "cannot connect");
    return take_heads(errand, link, ret_heads, err);
}

/* ---- comparing ---- */

static void oid_of(const char *digits, git_oid *ret_oid)
{
    git_oid_fromstr(ret_oid, digits); /* 40 digits, as libgit2 wrote them */
}

/* Compares our head with the remote's in a repository that has both. */
static bool compare(struct exh_errand *errand, git_repository *git, const git_oid *ours, const git_oid *theirs,
                    struct exh_push *push, struct exh_error *err)
{
    git_object_t type = GIT_OBJECT_INVALID;
    EXH_CLEANUP(free_odb) git_odb *odb = NULL;
    size_t ours_more, theirs_more, size;
    git_oid common;

    push->state = EXH_REMOTE_OTHER;
    if (git_repository_odb(&odb, git) || git_odb_read_header(&size, &type, odb, theirs))
        return exh_errand_fail(errand, err, EXH_IO, "cannot read its head");
    if (type != GIT_OBJECT_COMMIT)
        return true;
    int r = git_merge_base(&common, git, ours, theirs);
    if (r == GIT_ENOTFOUND)
        return true;
    if (r || git_graph_ahead_behind(&ours_more, &theirs_more, git, ours, theirs))
        return exh_errand_fail(errand, err, EXH_IO, "cannot compare its history with ours");
    push->ours_more = ours_more;
    push->theirs_more = theirs_more;
    push->state = !theirs_more ? EXH_REMOTE_BEHIND : !ours_more ? EXH_REMOTE_AHEAD : EXH_REMOTE_FORKED;
    git_oid_tostr(push->common, sizeof push->common, &common);
    return true;
}

/* A repository that sees our objects, and takes others without us seeing them. */
static bool make_scratch(struct exh_errand *errand, const git_oid *ours, git_repository **ret_git,
                         struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *objects = exh_format("%s/objects", errand->repo->path);
    EXH_CLEANUP(exh_freep) char *whole = objects[0] == '/' ? NULL : realpath(objects, NULL);
    EXH_CLEANUP(free_reference) git_reference *reference = NULL;
    EXH_CLEANUP(free_repository) git_repository *git = NULL;
    EXH_CLEANUP(free_odb) git_odb *odb = NULL;
    git_repository_init_options options;

    git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_NO_REINIT;
    if (!exh_directory_make(AT_FDCWD, errand->scratch, 0700, err))
        return false;
    if (git_repository_init_ext(&git, errand->scratch, &options) || git_repository_odb(&odb, git)
        || git_odb_add_disk_alternate(odb, whole ? whole : objects)
        || git_reference_create(&reference, git, "refs/heads/ours", ours, 0, NULL))
        return exh_errand_fail(errand, err, EXH_IO, "cannot make a repository at '%s'", errand->scratch);
    *ret_git = exh_steal(&git);
    return true;
}

static bool fetch_theirs(struct exh_errand *errand, git_repository *git, const char *head, git_oid *ret_theirs,
                         struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *spec = exh_format("+%s:refs/heads/theirs", errand->repo->reference);
    EXH_CLEANUP(free_remote) git_remote *link = NULL;
    const git_strarray specs = { &spec, 1 };
    git_fetch_options how;

    git_fetch_options_init(&how, GIT_FETCH_OPTIONS_VERSION);
    how.callbacks = exh_errand_callbacks(errand);
    how.update_fetchhead = 0;
    how.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    how.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    if (!open_link(errand, git, &link, err))
        return false;
    errand->asked = 0;
    if (git_remote_fetch(link, &specs, &how, NULL) || git_reference_name_to_id(ret_theirs, git, "refs/heads/theirs"))
        return exh_errand_fail(errand, err, EXH_IO,
                               "its head %s is not in this log, and cannot be fetched to be compared", head);
    return true;
}

static bool compare_fetched(struct exh_errand *errand, const git_oid *ours, const char *head, struct exh_push *push,
                            struct exh_error *err)
{
    EXH_CLEANUP(free_repository) git_repository *git = NULL;
    git_oid theirs;

    return make_scratch(errand, ours, &git, err) && fetch_theirs(errand, git, head, &theirs, err)
        && compare(errand, git, ours, &theirs, push, err);
}

static bool count_all(struct exh_errand *errand, const git_oid *head, uint64_t *ret_count, struct exh_error *err)
{
    git_revwalk *walk = NULL;
    git_oid id;
    int r = git_revwalk_new(&walk, errand->repo->git);

    if (r == 0)
        r = git_revwalk_push(walk, head);
    for (*ret_count = 0; r == 0 && (r = git_revwalk_next(&id, walk)) == 0;)
        ++*ret_count;
    git_revwalk_free(walk);
    return r == GIT_ITEROVER || exh_errand_fail(errand, err, EXH_MALFORMED, "cannot read the whole of our own branch");
}

static bool compare_heads(struct exh_errand *errand, const char *head, const struct heads *heads, struct exh_push *push,
                          struct exh_error *err)
{
    EXH_CLEANUP(free_odb) git_odb *odb = NULL;
    git_oid ours, theirs;

    oid_of(head, &ours);
    if (!*heads->ours) {
        push->state = heads->others ? EXH_REMOTE_OTHER : EXH_REMOTE_EMPTY;
        return heads->others || count_all(errand, &ours, &push->ours_more, err);
    }
    if (strcmp(heads->ours, head) == 0) {
        push->state = EXH_REMOTE_EQUAL;
        memcpy(push->common, head, sizeof push->common);
        return true;
    }
    oid_of(heads->ours, &theirs);
    if (git_repository_odb(&odb, errand->repo->git))
        return exh_errand_fail(errand, err, EXH_MALFORMED, "cannot read our own objects");
    return git_odb_exists(odb, &theirs) ? compare(errand, errand->repo->git, &ours, &theirs, push, err)
                                        : compare_fetched(errand, &ours, heads->ours, push, err);
}

/* ---- pushing ---- */

static bool moved_on(struct exh_error *err)
{
    return exh_fail(err, EXH_BUSY, "its branch has moved meanwhile: try again");
}

/* The server moves its branch from the head that it showed, or not at all. */
static bool upload(struct exh_errand *errand, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *spec = exh_format("%s:%s", errand->repo->reference, errand->repo->reference);
    EXH_CLEANUP(free_remote) git_remote *link = NULL;
    const git_strarray specs = { &spec, 1 };
    git_push_options how;

    git_push_options_init(&how, GIT_PUSH_OPTIONS_VERSION);
    how.callbacks = exh_errand_callbacks(errand);
    how.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    if (!open_link(errand, errand->repo->git, &link, err))
        return false;
    errand->asked = 0;
    int r = git_remote_upload(link, &specs, &how);
    if (errand->refusal)
        return exh_fail(err, EXH_IO, "it did not take the push: %s%s%s", errand->refusal,
                        errand->words ? "; it said: " : "", errand->words ? errand->words : "");
    if (r == GIT_ENONFASTFORWARD)
        return moved_on(err);
    return r == 0 || exh_errand_fail(errand, err, EXH_IO, "cannot push");
}

/* True when what was read back is what was pushed: our head, or one that our branch got meanwhile. */
static bool is_ours(const struct exh_errand *errand, const char *head, const char *after)
{
    git_oid ours, theirs;

    if (strcmp(head, after) == 0)
        return true;
    if (!*after)
        return false;
    oid_of(head, &ours);
    oid_of(after, &theirs);
    return git_graph_descendant_of(errand->repo->git, &theirs, &ours) == 1;
}

static bool read_back(struct exh_errand *errand, const char *head, struct exh_push *push, struct exh_error *err)
{
    struct heads heads;

    errand->asked = 0;
    if (!read_heads(errand, &heads, err))
        return exh_while(err, "pushed, but what it has now could not be read back");
    if (!is_ours(errand, head, heads.ours))
        return moved_on(err);
    memcpy(push->after, heads.ours, sizeof push->after);
    push->pushed = true;
    return true;
}

/* Keeps what the remote has as git does. Written only where it has changed: its file's time is when that was seen. */
static bool note(const struct exh_errand *errand, const char *head, struct exh_error *err)
{
    const char *branch = errand->repo->reference + strlen("refs/heads/");
    EXH_CLEANUP(exh_freep) char *name = exh_format("refs/remotes/%s/%s", errand->remote->name, branch);
    git_oid id;

    oid_of(head, &id);
    for (int attempt = 0;; attempt++) {
        EXH_CLEANUP(free_reference) git_reference *reference = NULL;
        int r = git_reference_create(&reference, errand->repo->git, name, &id, 1, NULL);
        if (r == 0)
            return true;
        if (r != GIT_ELOCKED)
            return exh_git_fail(err, EXH_IO, "it is up to date, but '%s' could not be written", name);
        if (!exh_git_wait_for_lock(errand->repo->path, name, attempt, err))
            return false;
    }
}

static bool send_all(struct exh_errand *errand, const char *head, struct exh_push *push, struct exh_error *err)
{
    bool sent =
        errand->form == EXH_REMOTE_PATH ? exh_errand_copy(errand, push->before, head, err) : upload(errand, err);

    return sent && read_back(errand, head, push, err);
}

/* A path that leads to this repository would always be up to date. */
static bool check_path(const struct exh_errand *errand, struct exh_error *err)
{
    const char *path = exh_remote_path(errand->remote->url);
    EXH_CLEANUP(free_repository) git_repository *git = NULL;
    struct stat here, there;

    if (errand->form != EXH_REMOTE_PATH)
        return true;
    if (!exh_mirror_open(path, &git, err))
        return false;
    if (stat(path, &there) || stat(errand->repo->path, &here) || here.st_dev != there.st_dev
        || here.st_ino != there.st_ino)
        return true;
    return exh_fail(err, EXH_USAGE, "it is this log itself: a mirror is another repository, on another disk or host");
}

static bool act_on(struct exh_errand *errand, const char *head, struct exh_push *push, struct exh_error *err)
{
    switch (push->state) {
    case EXH_REMOTE_EMPTY:
    case EXH_REMOTE_BEHIND: return send_all(errand, head, push, err) && note(errand, push->after, err);
    case EXH_REMOTE_EQUAL:
        return (errand->form != EXH_REMOTE_PATH || exh_mirror_settle(exh_remote_path(errand->remote->url), err))
            && note(errand, head, err);
    default: return true;
    }
}

bool exh_errand_do(struct exh_errand *errand, struct exh_push *ret_push, struct exh_error *err)
{
    struct exh_push push = { .before = "" };
    char head[EXH_OID_DIGITS];
    struct heads heads;

    if ((errand->form == EXH_REMOTE_HTTPS && !exh_git_read_authorities(err)) || !exh_repo_head(errand->repo, head, err)
        || !check_path(errand, err))
        return false;
    if (!*head)
        return exh_fail(err, EXH_MALFORMED, "'%s' has no commit to push", errand->repo->path);
    if (!read_heads(errand, &heads, err) || !compare_heads(errand, head, &heads, &push, err))
        return false;
    memcpy(push.before, heads.ours, sizeof push.before);
    memcpy(push.after, heads.ours, sizeof push.after);
    if (!errand->options->dry_run && !act_on(errand, head, &push, err))
        return false;
    *ret_push = push;
    return true;
}
