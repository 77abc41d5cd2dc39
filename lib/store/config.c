/* store: its configuration: settings, sources, cameras. */
#include "store.h"

#include "exhibit/file.h"
#include "exhibit/repo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST = 16 << 20 };
static const char usual_font[] = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";   /* Debian: fonts-dejavu-core */

/* "camera.wisbech-12.path" taken apart; the subsection may hold dots. */
struct name_parts { char *section, *subsection, *key; };

static void clear_parts(struct name_parts *parts)
{
    free(parts->section);
    free(parts->subsection);
    free(parts->key);
}

static bool split_name(const char *name, struct name_parts *ret_parts)
{
    const char *first = strchr(name, '.'), *last = strrchr(name, '.');

    if (!first)
        return false;
    ret_parts->section = exh_strndup(name, (size_t)(first - name));
    ret_parts->subsection = last > first ? exh_strndup(first + 1, (size_t)(last - first - 1)) : exh_strdup("");
    ret_parts->key = exh_strdup(last + 1);
    return true;
}

static struct exh_source *source_of(struct exh_store *store, const char *id)
{
    for (size_t i = 0; i < store->source_count; i++)
        if (strcmp(store->sources[i].id, id) == 0)
            return &store->sources[i];
    store->sources = exh_realloc_array(store->sources, store->source_count + 1, sizeof *store->sources);
    store->sources[store->source_count] = (struct exh_source){ .id = exh_strdup(id) };
    return &store->sources[store->source_count++];
}

static struct exh_camera *camera_of(struct exh_store *store, const char *id)
{
    for (size_t i = store->camera_count; i-- > 0;)       /* a camera's keys stand together: most often it is the last */
        if (strcmp(store->cameras[i].id, id) == 0)
            return &store->cameras[i];
    store->cameras = exh_realloc_array(store->cameras, store->camera_count + 1, sizeof *store->cameras);
    store->cameras[store->camera_count] = (struct exh_camera){ .id = exh_strdup(id) };
    return &store->cameras[store->camera_count++];
}

static struct exh_medium *medium_of(struct exh_store *store, const char *name)
{
    for (size_t i = 0; i < store->medium_count; i++)
        if (strcmp(store->media[i].name, name) == 0)
            return &store->media[i];
    store->media = exh_realloc_array(store->media, store->medium_count + 1, sizeof *store->media);
    store->media[store->medium_count] = (struct exh_medium){ .name = exh_strdup(name) };
    return &store->media[store->medium_count++];
}

/* The store, and the values of its configuration that are no text of its own. */
struct reading { struct exh_store *store; char *version, *recovery, *tolerance, *age, *holidays, *cage, *request; };

/* Where a key's value belongs; NULL for a key we do not know. */
static char **slot_of(struct reading *reading, const struct name_parts *parts)
{
    struct exh_store *store = reading->store;

    if (strcmp(parts->section, "store") == 0 && !*parts->subsection) {
        if (strcmp(parts->key, "version") == 0)         return &reading->version;
        if (strcmp(parts->key, "organisation") == 0)    return &store->organisation;
        if (strcmp(parts->key, "zone") == 0)            return &store->zone;
        if (strcmp(parts->key, "recovery") == 0)        return &reading->recovery;
        if (strcmp(parts->key, "gaptolerance") == 0)    return &reading->tolerance;
        if (strcmp(parts->key, "clockage") == 0)        return &reading->age;
        if (strcmp(parts->key, "publicholidays") == 0)  return &reading->holidays;
    } else if (strcmp(parts->section, "media") == 0 && !*parts->subsection) {
        if (strcmp(parts->key, "cage") == 0)            return &reading->cage;
        if (strcmp(parts->key, "font") == 0)            return &store->font;
    } else if (strcmp(parts->section, "export") == 0 && !*parts->subsection) {
        if (strcmp(parts->key, "request") == 0)         return &reading->request;
    } else if (strcmp(parts->section, "tsa") == 0 && !*parts->subsection) {
        if (strcmp(parts->key, "url") == 0)             return &store->tsa_url;
        if (strcmp(parts->key, "ca") == 0)              return &store->tsa_ca;
    } else if (strcmp(parts->section, "source") == 0 && exh_text_is_identifier(parts->subsection, 32)) {
        struct exh_source *source = source_of(store, parts->subsection);
        if (strcmp(parts->key, "root") == 0)            return &source->root;
        if (strcmp(parts->key, "layout") == 0)          return &source->layout;
        if (strcmp(parts->key, "zone") == 0)            return &source->zone;
    } else if (strcmp(parts->section, "camera") == 0 && exh_text_is_identifier(parts->subsection, 32)) {
        struct exh_camera *camera = camera_of(store, parts->subsection);
        if (strcmp(parts->key, "source") == 0)          return &camera->source;
        if (strcmp(parts->key, "path") == 0)            return &camera->path;
        if (strcmp(parts->key, "name") == 0)            return &camera->name;
        if (strcmp(parts->key, "town") == 0)            return &camera->town;
        if (strcmp(parts->key, "latitude") == 0)        return &camera->latitude;
        if (strcmp(parts->key, "longitude") == 0)       return &camera->longitude;
    } else if (strcmp(parts->section, "remote") == 0 && exh_text_is_identifier(parts->subsection, 32)) {
        return exh_store_remote_slot(store, parts->subsection, parts->key);
    }
    return NULL;
}

/* The one key of a source whose value is not text. */
static bool is_rate(const struct name_parts *parts)
{
    return strcmp(parts->section, "source") == 0 && strcmp(parts->key, "rate") == 0
        && exh_text_is_identifier(parts->subsection, 32);
}

/* "profile.stick.volume": a size. */
static uint64_t *size_slot(struct exh_store *store, const struct name_parts *parts)
{
    if (strcmp(parts->section, "profile") != 0 || !exh_text_is_identifier(parts->subsection, 32))
        return NULL;
    if (strcmp(parts->key, "file") == 0)
        return &medium_of(store, parts->subsection)->file;
    return strcmp(parts->key, "volume") == 0 ? &medium_of(store, parts->subsection)->volume : NULL;
}

static bool read_size(const char *name, const char *value, uint64_t *ret_size, struct exh_error *err)
{
    return exh_text_number(value, INT64_MAX, ret_size)
        || exh_fail(err, EXH_MALFORMED, "config: %s '%s' is not a number of bytes", name, value);
}

static void clear_reading(struct reading *reading)
{
    free(reading->version);
    free(reading->recovery);
    free(reading->tolerance);
    free(reading->age);
    free(reading->holidays);
    free(reading->cage);
    free(reading->request);
}

static bool read_value(void *context, const char *name, const char *value, struct exh_error *err)
{
    struct reading *r = context;
    EXH_CLEANUP(clear_parts) struct name_parts parts = { NULL, NULL, NULL };
    bool named = split_name(name, &parts);
    if (named && value && is_rate(&parts))
        return exh_rate_parse(value, &source_of(r->store, parts.subsection)->rate, err)
            || exh_while(err, "config: key '%s'", name);
    if (named && value && exh_store_is_remote_wait(parts.section, parts.key))
        return exh_store_read_remote_wait(r->store, parts.subsection, value, err);
    uint64_t *size = named && value ? size_slot(r->store, &parts) : NULL;
    if (size)
        return read_size(name, value, size, err);
    char **slot = named ? slot_of(r, &parts) : NULL;

    if (!slot)
        return exh_config_key_refuse(name, EXH_MALFORMED, err) || exh_while(err, "config");
    if (!value)
        return exh_fail(err, EXH_MALFORMED, "config: key '%s' has no value", name);
    free(*slot);
    *slot = exh_strdup(value);
    return true;
}

static bool check_sources(const struct exh_store *store, struct exh_error *err)
{
    for (size_t i = 0; i < store->source_count; i++) {
        const struct exh_source *s = &store->sources[i];
        if (!s->root || !s->layout || !s->zone)
            return exh_fail(err, EXH_MALFORMED, "config: source '%s' needs root, layout and zone", s->id);
        if (!exh_layout_check(s->layout, err) || !exh_zone_check(s->zone, err))
            return exh_while(err, "config: source '%s'", s->id);
    }
    return true;
}

/* An empty value says nothing. */
static void drop_empty(char **value)
{
    if (*value && !**value) {
        free(*value);
        *value = NULL;
    }
}

static bool check_cameras(struct exh_store *store, struct exh_error *err)
{
    for (size_t i = 0; i < store->camera_count; i++) {
        struct exh_camera *c = &store->cameras[i];
        drop_empty(&c->town);
        drop_empty(&c->latitude);
        drop_empty(&c->longitude);
        if (!c->source || !c->path || !c->name)
            return exh_fail(err, EXH_MALFORMED, "config: camera '%s' needs source, path and name", c->id);
        if (!exh_store_source(store, c->source))
            return exh_fail(err, EXH_MALFORMED, "config: camera '%s' names source '%s', which is not there", c->id, c->source);
        if (!exh_camera_check_place(c->latitude, c->longitude, err))
            return exh_while(err, "config: camera '%s'", c->id);
    }
    return true;
}

static bool check_tsa(struct exh_store *store, struct exh_error *err)
{
    drop_empty(&store->tsa_url);
    drop_empty(&store->tsa_ca);
    if (store->tsa_url && !exh_stamp_check_url(store->tsa_url, err))
        return exh_while(err, "config: tsa.url");
    return !store->tsa_ca || *store->tsa_ca == '/'
        || exh_fail(err, EXH_MALFORMED, "config: tsa.ca '%s' is not an absolute path", store->tsa_ca);
}

/* A value of the configuration that is wrong is malformed input, whatever a typed one would be. */
static bool malformed(struct exh_error *err)
{
    err->kind = EXH_MALFORMED;
    return false;
}

static bool check_store(struct exh_store *store, const struct reading *r, struct exh_error *err)
{
    uint64_t milliseconds = 1000, days = 31;

    if (!r->version || strcmp(r->version, STORE_VERSION) != 0)
        return exh_fail(err, EXH_MALFORMED, "config: store.version is %s, this program reads version " STORE_VERSION,
                        r->version ? r->version : "missing");
    if (!store->organisation || !store->zone || !r->recovery)
        return exh_fail(err, EXH_MALFORMED, "config: store.organisation, store.zone or store.recovery is missing");
    if (!exh_zone_check(store->zone, err) || !exh_recipient_parse(r->recovery, &store->recovery, err))
        return exh_while(err, "config");
    if (r->tolerance && !exh_text_number(r->tolerance, 3600000, &milliseconds))
        return exh_fail(err, EXH_MALFORMED, "config: store.gapTolerance '%s' is not a number of milliseconds up to 3600000", r->tolerance);
    if (r->age && !exh_text_number(r->age, 36500, &days))
        return exh_fail(err, EXH_MALFORMED, "config: store.clockAge '%s' is not a number of days up to 36500", r->age);
    if (r->holidays && !exh_holidays_parse(r->holidays, &store->holidays, err))
        return exh_while(err, "config: store.publicHolidays");
    if (!store->font)
        store->font = exh_strdup(usual_font);
    store->cage_optional = r->cage && strcmp(r->cage, "optional") == 0;
    if (r->cage && !store->cage_optional && strcmp(r->cage, "required") != 0)
        return exh_fail(err, EXH_MALFORMED, "config: media.cage '%s' is neither 'required' nor 'optional'", r->cage);
    store->request_required = r->request && strcmp(r->request, "required") == 0;
    if (r->request && !store->request_required && strcmp(r->request, "optional") != 0)
        return exh_fail(err, EXH_MALFORMED, "config: export.request '%s' is neither 'required' nor 'optional'", r->request);
    store->tolerance_ns = (int64_t)milliseconds * 1000000;
    store->clock_age_ns = (int64_t)days * 86400 * EXH_SECOND;
    return check_sources(store, err) && check_cameras(store, err) && exh_store_check_remotes(store, err)
        && check_tsa(store, err);
}

void exh_store_forget_config(struct exh_store *store)
{
    for (size_t i = 0; i < store->source_count; i++)
        exh_source_clear(&store->sources[i]);
    for (size_t i = 0; i < store->camera_count; i++)
        exh_camera_clear(&store->cameras[i]);
    for (size_t i = 0; i < store->medium_count; i++)
        free(store->media[i].name);
    free(store->media);
    free(store->sources);
    free(store->cameras);
    store->media = NULL;
    store->medium_count = 0;
    exh_store_forget_remotes(store);
    store->sources = NULL;
    store->cameras = NULL;
    store->source_count = store->camera_count = 0;
    exh_holidays_clear(&store->holidays);
    free(store->font);
    free(store->tsa_url);
    free(store->tsa_ca);
    store->font = store->tsa_url = store->tsa_ca = NULL;
}

/* Taken before the file is read: a change in between shows as one. */
static bool digest_config(const struct exh_store *store, const char *name, char ret_digest[EXH_SHA256_DIGITS],
                          struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (!exh_file_read(store->root, name, LARGEST, &bytes, &size, err))
        return false;
    exh_sha256(bytes, size, ret_digest);
    return true;
}

static bool read_config(struct exh_store *store, const char *name, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = exh_store_path(store, name);
    EXH_CLEANUP(clear_reading) struct reading reading = { .store = store };

    exh_store_forget_config(store);
    if (!digest_config(store, name, store->config, err) || !exh_config_read(path, read_value, &reading, err)
        || !check_store(store, &reading, err))
        return err->kind == EXH_USAGE ? malformed(err) : false;
    return true;
}

bool exh_store_read_config(struct exh_store *store, struct exh_error *err)
{
    return read_config(store, CONFIG, err);
}

/* As if a store were opened with that file. */
static bool judge_config(const struct exh_store *store, const char *name, struct exh_error *err)
{
    struct exh_store judged = { .path = store->path, .root = store->root };

    bool fit = read_config(&judged, name, err);
    exh_store_forget_config(&judged);
    free(judged.organisation);
    free(judged.zone);
    return fit;
}

bool exh_store_check_config(const char *path, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int root = -1;

    if (!exh_directory_open(AT_FDCWD, path, &root, err))
        return false;
    const struct exh_store store = { .path = (char *)(uintptr_t)path, .root = root };
    return judge_config(&store, CONFIG, err);
}

/* The configuration with the new settings, as a file beside it. */
static bool stage_config(struct exh_store *store, const struct exh_config_value *settings, size_t count,
                         struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    EXH_CLEANUP(exh_freep) struct exh_config_value *values = exh_alloc((count + 1) * sizeof *values);
    EXH_CLEANUP(exh_freep) char *path = exh_store_path(store, STAGED_CONFIG);
    char digest[EXH_SHA256_DIGITS];
    size_t size = 0, used = 0;

    for (size_t i = 0; i < count; i++)
        if (settings[i].value)
            values[used++] = (struct exh_config_value){ settings[i].name, settings[i].value };
    if (!exh_file_read(store->root, CONFIG, LARGEST, &bytes, &size, err))
        return false;
    exh_sha256(bytes, size, digest);
    if (strcmp(digest, store->config) != 0)
        return exh_fail(err, EXH_BUSY,
                        "somebody changed the store's config meanwhile: nothing was changed here, try again");
    if (!exh_file_write(store->root, STAGED_CONFIG, bytes, size, 0644, true, err) || !exh_config_write(path, values, used, err))
        return false;
    if (judge_config(store, STAGED_CONFIG, err))
        return true;
    err->kind = err->kind == EXH_MALFORMED ? EXH_USAGE : err->kind;
    return exh_while(err, "the store could not be opened with that: nothing was changed");
}

static bool put_config(struct exh_store *store, struct exh_error *err)
{
    if (renameat(store->root, STAGED_CONFIG, store->root, CONFIG))
        return exh_fail_os(err, "cannot replace the store's config");
    return exh_directory_sync(store->root, CONFIG, err) && exh_store_read_config(store, err);
}

/* The entry that names the staged configuration's digest. */
static bool log_config(struct exh_store *store, struct exh_entry_draft *draft, struct exh_error *err)
{
    char digest[EXH_SHA256_DIGITS];

    if (!digest_config(store, STAGED_CONFIG, digest, err))
        return false;
    if (!draft->digests)
        draft->digests = exh_json_object();
    exh_json_set_text(draft->digests, "config", digest);
    return exh_store_append(store, draft, err);
}

bool exh_store_configure(struct exh_store *store, const struct exh_config_value *settings, size_t count,
                         struct exh_entry_draft *draft, struct exh_error *err)
{
    if (!exh_store_lock(store, err))
        return false;
    bool logged = stage_config(store, settings, count, err) && log_config(store, draft, err);
    bool done = logged && put_config(store, err);
    if (!logged)                         /* what is logged is finished by who writes next */
        unlinkat(store->root, STAGED_CONFIG, 0);
    exh_store_unlock(store);
    return done;
}

bool exh_store_try_config(struct exh_store *store, const struct exh_config_value *settings, size_t count, struct exh_error *err)
{
    if (!exh_store_lock(store, err))
        return false;
    bool fit = stage_config(store, settings, count, err);
    unlinkat(store->root, STAGED_CONFIG, 0);
    exh_store_unlock(store);
    return fit;
}

/* ---- after a kill ---- */

/* What the log has as the configuration: the digest in the last entry that names one. */
struct logged { char digest[EXH_SHA256_DIGITS]; };

static bool take_last(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    struct logged *logged = context;

    (void)err;
    if (!*logged->digest)
        snprintf(logged->digest, sizeof logged->digest, "%s", exh_json_text_or(exh_json_get(entry->whole, "digests"), "config", ""));
    return true;
}

static bool is_logged(const struct exh_store *store, const char *digest, bool *ret_logged, struct exh_error *err)
{
    static const struct exh_index_query changes = { .topic = EXH_TOPIC_CONFIG };
    struct logged logged = { "" };

    if (!exh_store_entries(store, &changes, true, take_last, &logged, err))
        return false;
    *ret_logged = strcmp(logged.digest, digest) == 0;
    return true;
}

bool exh_store_is_staged_config(const char *name)
{
    static const char prefix[] = "." STAGED_CONFIG ".", suffix[] = ".partial";
    size_t size = strlen(name);

    return strncmp(name, prefix, strlen(prefix)) == 0 && size >= strlen(suffix) && strcmp(name + size - strlen(suffix), suffix) == 0;
}

static bool clear_staging(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    int root = *(int *)context;

    (void)kind;
    if (!exh_store_is_staged_config(name))
        return true;
    return unlinkat(root, name, 0) == 0 || exh_tree_remove(root, name, err);
}

bool exh_store_config_finishes(const struct exh_store *store, bool *ret_finishes, struct exh_error *err)
{
    char digest[EXH_SHA256_DIGITS];

    if (!digest_config(store, STAGED_CONFIG, digest, err) || !is_logged(store, digest, ret_finishes, err))
        return false;
    *ret_finishes = *ret_finishes && strcmp(digest, store->config) != 0;
    return true;
}

bool exh_store_settle_config(struct exh_store *store, struct exh_strings *notes, struct exh_error *err)
{
    bool finish;

    if (!exh_directory_visit(store->root, ".", clear_staging, &store->root, err))
        return false;
    if (!exh_file_exists(store->root, STAGED_CONFIG))
        return true;
    if (!exh_store_config_finishes(store, &finish, err))
        return false;
    if (finish && !put_config(store, err))
        return false;
    if (!finish && unlinkat(store->root, STAGED_CONFIG, 0))
        return exh_fail_os(err, "cannot remove '" STAGED_CONFIG "'");
    exh_strings_addf(notes, "a change of the configuration that was cut off was %s",
                     finish ? "finished" : "cleared away; nothing was changed");
    return true;
}
