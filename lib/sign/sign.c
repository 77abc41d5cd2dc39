/* sign: both signatures of a file: read, sign, stage, log, name. */
#include "exhibit/sign.h"

#include "exhibit/file.h"
#include "exhibit/json.h"
#include "exhibit/ledger.h"
#include "exhibit/moment.h"
#include "exhibit/text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SSH, MINISIGN, BOTH };
static const char *const endings[BOTH] = { ".sig", ".minisig" };

void exh_signed_clear(struct exh_signed *made)
{
    free(made->ssh);
    free(made->minisign);
    free(made->trusted);
    *made = (struct exh_signed){ .ssh = NULL };
}

/* A file on its way to be signed. */
struct signing {
    struct exh_store *store;
    const char *path;
    int fd, directory;                   /* the file; where its signatures go */
    char *directory_path;                /* absolute */
    char *names[BOTH];                   /* of the signatures, in the directory */
    char *words[BOTH];                   /* theirs */
    struct exh_file_digests digests;
    struct exh_staged staged[BOTH];
    struct exh_signing note;
};

static void clear_signing(struct signing *s)
{
    for (size_t i = 0; i < BOTH; i++) {
        exh_staged_clear(&s->staged[i]);
        free(s->names[i]);
        free(s->words[i]);
    }
    exh_signing_clear(&s->note);
    exh_file_digests_clear(&s->digests);
    exh_fd_close(&s->fd);
    exh_fd_close(&s->directory);
    free(s->directory_path);
}

/* ---- looking ---- */

static bool open_directory(struct signing *s, struct exh_error *err)
{
    const char *name;

    if (!exh_directory_open_of(s->path, &s->directory, &name, &s->directory_path, err))
        return false;
    for (size_t i = 0; i < BOTH; i++) {
        s->names[i] = exh_format("%s%s", name, endings[i]);
        if (exh_file_exists(s->directory, s->names[i]))
            return exh_fail(err, EXH_REFUSED, "'%s%s' exists already; it is not overwritten", s->path, endings[i]);
    }
    return true;
}

/* Without waiting: a fifo must not stop us. */
static bool open_file(struct signing *s, struct stat *ret_facts, struct exh_error *err)
{
    s->fd = exh_system.open(AT_FDCWD, s->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
    if (s->fd < 0 || fstat(s->fd, ret_facts))
        return exh_fail_os(err, "cannot open '%s'", s->path);
    return S_ISREG(ret_facts->st_mode)
        || exh_fail(err, EXH_MALFORMED, "'%s' is not a regular file: its signatures could not stand beside it",
                    s->path);
}

static bool is_same(const struct stat *one, const struct stat *other)
{
    return one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec
        && one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

static bool read_file(struct signing *s, const struct exh_sign_options *options, struct exh_error *err)
{
    const unsigned wanted = 1u << EXH_SIGNED_SHA512 | 1u << EXH_SIGNED_BLAKE2B;
    struct stat before, after;

    if (!open_file(s, &before, err)
        || !exh_file_digests_read(s->fd, s->path, wanted, options->progress, options->context, &s->digests, err))
        return false;
    if (fstat(s->fd, &after) || !is_same(&before, &after) || (uint64_t)after.st_size != s->digests.size)
        return exh_fail(err, EXH_MALFORMED, "'%s' changed while it was read; wait until nothing writes to it", s->path);
    return true;
}

/* ---- signing ---- */

/* As minisign words it, so that who knows those knows ours. */
static char *trusted_words(const struct signing *s)
{
    EXH_CLEANUP(exh_freep) char *name = exh_text_printable(exh_text_base_name(s->path));

    return exh_format("timestamp:%" PRId64 "\tfile:%s\thashed", exh_moment_now().ns / EXH_SECOND, name);
}

static bool sign_both(struct signing *s, const char *trusted, struct exh_error *err)
{
    const struct exh_secret_key *key = s->store->key;

    return exh_sign_ssh_digest(key, EXH_SIGNATURE_NAMESPACE, s->digests.of[EXH_SIGNED_SHA512], &s->words[SSH], err)
        && exh_sign_minisign_digest(key, "signature by exhibit", trusted, s->digests.of[EXH_SIGNED_BLAKE2B],
                                    &s->words[MINISIGN], err);
}

static bool stage_both(struct signing *s, struct exh_error *err)
{
    if (!exh_signing_begin(s->store, s->directory_path, (const char *const *)s->names, &s->note, err))
        return false;
    for (size_t i = 0; i < BOTH; i++)
        if (!exh_staged_open_as(&s->staged[i], s->directory, s->names[i], s->note.staging[i], 0644, err)
            || !exh_staged_write(&s->staged[i], s->words[i], strlen(s->words[i]), err)
            || !exh_staged_sync(&s->staged[i], err))
            return false;
    return exh_directory_sync(s->directory, s->directory_path, err);
}

static struct exh_json *digests_json(const struct signing *s)
{
    static const char *const names[BOTH] = { "signature_ssh", "signature_minisign" };
    struct exh_json *digests = exh_json_object();
    char digest[EXH_SHA256_DIGITS];

    exh_json_set_text(digests, "file", s->digests.sha256);
    for (size_t i = 0; i < BOTH; i++) {
        exh_sha256(s->words[i], strlen(s->words[i]), digest);
        exh_json_set_text(digests, names[i], digest);
    }
    return digests;
}

/* The file's name may be anybody's: it is sealed. */
static bool enter(struct signing *s, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = {
        .verb = exh_act_verb("sign"), .act = "sign", .digests = digests_json(s),
        .facts = exh_json_object(), .details = exh_json_object() };

    exh_json_set_text(draft.facts, "signing", s->note.id);
    exh_json_set_text(draft.details, "directory", s->directory_path);
    exh_json_set_text(draft.details, "file", exh_text_base_name(s->path));
    exh_json_set_int(draft.details, "size", (int64_t)s->digests.size);
    return exh_store_record(s->store, &draft, err);
}

/* From the entry on, the staging files are no longer this process's to remove. */
static void let_go(struct signing *s)
{
    for (size_t i = 0; i < BOTH; i++) {
        free(s->staged[i].staging);
        s->staged[i].staging = NULL;
    }
}

/* What failed before the entry leaves nothing: files first, then what was noted of them. */
static bool give_up(struct signing *s)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;

    for (size_t i = 0; i < BOTH; i++)
        exh_staged_clear(&s->staged[i]);
    if (s->note.fd >= 0 && !exh_signing_end(s->store, &s->note, &ignored))
        return false;                    /* exh_store_recover will */
    return false;
}

static bool make(struct signing *s, const char *trusted, struct exh_error *err)
{
    if (!sign_both(s, trusted, err) || !stage_both(s, err) || !enter(s, err))
        return give_up(s);
    let_go(s);
    return exh_signing_finish(s->store, &s->note, err);
}

bool exh_sign_file(struct exh_store *store, const char *path, const struct exh_sign_options *options,
                   struct exh_signed *ret_made, struct exh_error *err)
{
    EXH_CLEANUP(clear_signing) struct signing s = {
        .store = store, .path = path, .fd = -1, .directory = -1, .digests = EXH_FILE_DIGESTS_NONE,
        .staged = { EXH_STAGED_NONE, EXH_STAGED_NONE }, .note = EXH_SIGNING_NONE };

    if (!exh_store_may(store, "sign", err) || !open_directory(&s, err) || !read_file(&s, options, err))
        return false;
    EXH_CLEANUP(exh_freep) char *trusted = options->dry_run ? NULL : trusted_words(&s);
    if (!options->dry_run && !make(&s, trusted, err))
        return exh_while(err, "signing '%s'", path);
    *ret_made = (struct exh_signed){ .size = s.digests.size, .trusted = exh_steal(&trusted) };
    memcpy(ret_made->sha256, s.digests.sha256, sizeof ret_made->sha256);
    ret_made->ssh = exh_format("%s%s", path, endings[SSH]);
    ret_made->minisign = exh_format("%s%s", path, endings[MINISIGN]);
    return true;
}
