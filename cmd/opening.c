/* cmd: what opens an encrypted package: an age identity, a passphrase. */
#include "opening.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

bool read_signers(struct session *session, const char *path, struct exh_signers *ret_signers, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (path)
        return exh_file_read(AT_FDCWD, path, 1 << 20, &bytes, &size, err)
            && (exh_signers_read(bytes, size, session->store ? session->store->zone : "UTC", ret_signers, err) || exh_while(err, "'%s'", path));
    if (!session->store_path)
        return true;
    return session_open_store(session, err) && exh_store_signers(session->store, ret_signers, err);
}

static bool read_identity(const char *path, struct exh_identity **ret_identity, struct exh_error *err)
{
    enum { LARGEST = 64 << 10 };
    const struct exh_secret_file file = { AT_FDCWD, path, path, "identity file", LARGEST, true };
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *text = NULL;

    return exh_secret_file_read(&file, &text, err)
        && (exh_identity_read(text, ret_identity, err) || exh_while(err, "identity file '%s'", path));
}

bool opening_read(struct opening *opening, struct exh_error *err)
{
    const struct secret_source source = { opening->passphrase_file, opening->passphrase_fd,
                                          opening->asks ? "Passphrase of the package: " : NULL };

    if ((opening->identity_file && !read_identity(opening->identity_file, &opening->identity, err))
        || !session_secret(&source, &opening->passphrase, err))
        return false;
    /* An age file may be locked with a passphrase, too. */
    return !opening->passphrase || opening->identity
        || exh_identity_from_passphrase(opening->passphrase, &opening->identity, err);
}

void opening_clear(struct opening *opening)
{
    exh_identity_freep(&opening->identity);
    exh_secret_text_freep(&opening->passphrase);
}

/* A folder's bytes are not known before they are read. */
static uint64_t size_of(const char *path)
{
    struct stat facts;

    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode) ? (uint64_t)facts.st_size : 0;
}

static bool tell(void *context, uint64_t done)
{
    const uint64_t *size = context;

    watch_tell(&(struct watch_state){ .done = done, .whole = *size });
    return !watch_is_interrupted();
}

bool check_watched(const struct session *session, const char *path, struct exh_package_ask *ask, struct exh_package_report *ret_report,
                   struct exh_error *err)
{
    uint64_t size = size_of(path);
    struct watch watch = watch_begin(session, ask->into < 0 ? "verifying" : "unpacking");

    ask->progress = tell;
    ask->context = &size;
    bool done = exh_package_check(AT_FDCWD, path, ask, ret_report, err);
    watch_end(&watch, done, err);
    return done;
}

char *package_stem(const char *path)
{
    const char *base = strcmp(path, "-") == 0 ? "package" : exh_text_base_name(path);
    static const char *const endings[] = { ".zip.age", ".zip", ".age" };
    size_t size = strlen(base);

    for (size_t i = 0; i < EXH_COUNT(endings); i++) {
        size_t tail = strlen(endings[i]);
        if (size > tail && strcmp(base + size - tail, endings[i]) == 0)
            return exh_strndup(base, size - tail);
    }
    return exh_format("%s.checked", base);
}
