/* admin: checks of a camera's clock against true time. */
#include "exhibit/admin.h"

#include "exhibit/file.h"
#include "exhibit/json.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_WORDS = 500, LONGEST_SUFFIX = 8 };

static const char check_act[] = "camera-check-time";

/* A photograph on its way into the store. */
struct photo {
    char *bytes;
    size_t size;
    char suffix[LONGEST_SUFFIX + 2];
};

static void clear_photo(struct photo *photo)
{
    free(photo->bytes);
}

static bool check_words(const char *what, const char *words, struct exh_error *err)
{
    size_t size = strlen(words);

    if (size && strspn(words, " \t\r\n") < size && size <= LONGEST_WORDS && exh_text_is_utf8(words, size))
        return true;
    return exh_fail(err, EXH_USAGE, "the %s of a check must be said in 1 to %d bytes of UTF-8", what, LONGEST_WORDS);
}

static bool check_actual(const struct exh_clock_check *check, struct exh_error *err)
{
    struct exh_moment now = exh_moment_now();
    char actual[EXH_MOMENT_SIZE], now_words[EXH_MOMENT_SIZE];

    if (check->actual.ns <= now.ns || check->actual.ns - now.ns <= check->uncertainty_ns)
        return true;
    exh_moment_utc(check->actual, actual);
    exh_moment_utc(now, now_words);
    return exh_fail(err, EXH_USAGE,
                    "the actual time, %s, is still to come: this computer's clock says %s; give the time at which the "
                    "recorder was looked at, or set the clock right",
                    actual, now_words);
}

static bool check_difference(const struct exh_clock_check *check, bool large_difference, struct exh_error *err)
{
    char shown[EXH_MOMENT_SIZE], actual[EXH_MOMENT_SIZE];
    int64_t offset;

    if (!exh_clock_offset(check, &offset, err))
        return false;
    if (large_difference || (offset <= 86400 * EXH_SECOND && offset >= -86400 * EXH_SECOND))
        return true;
    exh_moment_utc(check->shown, shown);
    exh_moment_utc(check->actual, actual);
    EXH_CLEANUP(exh_freep) char *words = exh_clock_words(offset);
    return exh_fail(
        err, EXH_REFUSED,
        "the recorder would be %s: it showed %s at %s; where that is so, confirm it with --large-difference", words,
        shown, actual);
}

static bool judge(const struct exh_store *store, const char *id, bool large_difference, struct exh_clock_check *check,
                  struct exh_error *err)
{
    const struct exh_camera *camera;

    if (!exh_store_may(store, check_act, err) || !exh_store_need_camera(store, id, &camera, err)
        || !check_words("reference", check->reference, err) || !check_words("method", check->method, err)
        || !check_actual(check, err) || !check_difference(check, large_difference, err))
        return false;
    check->zone = exh_strdup(exh_store_source(store, camera->source)->zone);
    check->by = exh_strdup(exh_store_person(store)->initials);
    return true;
}

/* ".jpg" of "Clock.JPG", so that the photograph still opens; nothing where it has no such ending. */
static void take_suffix(const char *path, char ret_suffix[LONGEST_SUFFIX + 2])
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    size_t size = dot ? strlen(dot) : 0;

    ret_suffix[0] = '\0';
    if (size < 2 || size > LONGEST_SUFFIX + 1
        || strspn(dot + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != size - 1)
        return;
    for (size_t i = 0; i <= size; i++)
        ret_suffix[i] = (char)tolower((unsigned char)dot[i]);
}

static bool read_photo(const char *path, struct photo *photo, struct exh_clock_check *check, struct exh_error *err)
{
    char digest[EXH_SHA256_DIGITS];

    if (!exh_file_read(AT_FDCWD, path, EXH_PHOTO_MOST, &photo->bytes, &photo->size, err))
        return exh_while(err, "--photo");
    if (photo->size == 0)
        return exh_fail(err, EXH_MALFORMED, "--photo: '%s' is empty", path);
    take_suffix(path, photo->suffix);
    exh_sha256(photo->bytes, photo->size, digest);
    check->photo = exh_strdup(digest);
    return true;
}

static struct exh_json *check_details(const char *camera, const struct exh_clock_check *check)
{
    struct exh_json *details = exh_json_object();
    char shown[EXH_MOMENT_SIZE], actual[EXH_MOMENT_SIZE];

    exh_moment_utc(check->shown, shown);
    exh_moment_utc(check->actual, actual);
    exh_json_set_text(details, "camera", camera);
    exh_json_set_text(details, "shown", shown);
    exh_json_set_text(details, "recorder_zone", check->zone);
    exh_json_set_text(details, "actual", actual);
    exh_json_set_int(details, "uncertainty_ns", check->uncertainty_ns);
    exh_json_set_text(details, "reference", check->reference);
    exh_json_set_text(details, "method", check->method);
    exh_json_set_text(details, "photo_file", check->photo_file);
    return details;
}

/* The photograph first: an entry must not name one that is not there. The lock is held. */
static bool keep_and_enter(struct exh_store *store, const char *camera, const struct photo *photo,
                           struct exh_clock_check *check, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear)
    struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = check_act, .digests = exh_json_object() };

    if (check->photo && !exh_store_keep_photo(store, photo->bytes, photo->size, photo->suffix, &check->photo_file, err))
        return false;
    if (check->photo)
        exh_json_set_text(draft.digests, "photo", check->photo);
    draft.details = check_details(camera, check);
    if (!exh_store_append(store, &draft, err))
        return false;
    check->recorded = store->last.time;
    return true;
}

bool exh_admin_check_time(struct exh_store *store, const char *camera, const struct exh_check_options *options,
                          struct exh_clock_check *check, struct exh_error *err)
{
    EXH_CLEANUP(clear_photo) struct photo photo = { .bytes = NULL };

    if (!judge(store, camera, options->large_difference, check, err)
        || (options->photo && !read_photo(options->photo, &photo, check, err)))
        return false;
    if (options->dry_run)
        return true;
    if (!exh_store_lock(store, err))
        return false;
    bool done = keep_and_enter(store, camera, &photo, check, err);
    exh_store_unlock(store);
    return done;
}
