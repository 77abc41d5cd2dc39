/* admin: adding sources, cameras and remotes. */
#include "exhibit/admin.h"

#include "exhibit/file.h"
#include "exhibit/json.h"
#include "exhibit/repo.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool exh_admin_check_identifier(const char *what, const char *id, struct exh_error *err)
{
    if (exh_text_is_identifier(id, 32))
        return true;
    return exh_fail(err, EXH_USAGE, "'%s' cannot name a %s: use 1 to 32 letters, digits, '-' and '_', beginning with a letter or digit", id, what);
}

static struct exh_json *as_details(const struct exh_config_value *settings, size_t count)
{
    struct exh_json *details = exh_json_object();

    for (size_t i = 0; i < count; i++)
        exh_json_set_text(details, settings[i].name, settings[i].value);
    return details;
}

static bool configure(struct exh_store *store, const char *act, const struct exh_config_value *settings, size_t count, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = act };

    draft.details = as_details(settings, count);
    return exh_store_configure(store, settings, count, &draft, err);
}

/* What is to be set, and which of it is there already. */
struct setting { const struct exh_config_value *values; size_t count; char **names; bool *changed; };

static void clear_names(struct setting *setting)
{
    for (size_t i = 0; setting->names && i < setting->count; i++)
        free(setting->names[i]);
    free(setting->names);
}

static bool compare(void *context, const char *name, const char *value, struct exh_error *err)
{
    struct setting *setting = context;

    (void)err;
    for (size_t i = 0; i < setting->count; i++)
        if (strcmp(name, setting->names[i]) == 0)
            setting->changed[i] = strcmp(value, setting->values[i].value) != 0;      /* the last one counts */
    return true;
}

static bool find_names(const struct exh_store *store, struct setting *setting, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/config", store->path);
    const struct exh_config_key *key;

    setting->names = exh_alloc((setting->count + 1) * sizeof *setting->names);
    for (size_t i = 0; i < setting->count; i++) {
        if (!exh_config_key_find(setting->values[i].name, &key, &setting->names[i], err))
            return false;
        setting->changed[i] = true;
    }
    return exh_config_read(path, compare, setting, err);
}

bool exh_admin_set_config(struct exh_store *store, const struct exh_config_value *values, size_t count, bool dry_run, bool ret_changed[],
                          struct exh_error *err)
{
    EXH_CLEANUP(clear_names) struct setting setting = { values, count, NULL, ret_changed };
    EXH_CLEANUP(exh_freep) struct exh_config_value *changes = exh_alloc((count + 1) * sizeof *changes);
    size_t used = 0;

    if (!exh_store_may(store, "config-set", err) || !find_names(store, &setting, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (ret_changed[i])
            changes[used++] = (struct exh_config_value){ setting.names[i], values[i].value };
    if (!used)
        return true;
    return dry_run ? exh_store_try_config(store, changes, used, err) : configure(store, "config-set", changes, used, err);
}

/* A recorder known by name says where it writes, and by what clock, unless @source does. */
static bool take_defaults(const struct exh_store *store, const struct exh_source *source, const char **ret_root,
                          const char **ret_zone, struct exh_error *err)
{
    const struct exh_recorder *recorder = exh_recorder_find(source->layout);
    const char *zone = recorder && recorder->zone ? recorder->zone : store->zone;

    *ret_root = source->root ? source->root : recorder ? recorder->root : NULL;
    *ret_zone = source->zone ? source->zone : recorder ? zone : NULL;
    if (!*ret_root)
        return exh_fail(err, EXH_USAGE, "layout '%s' does not tell where the footage is: give --root", source->layout);
    if (!*ret_zone)
        return exh_fail(err, EXH_USAGE, "layout '%s' does not tell the zone of its times: give --zone", source->layout);
    return exh_zone_check(*ret_zone, err);
}

/* The absolute path of a directory that is there. */
static bool find_root(const char *named, char **ret_root, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    EXH_CLEANUP(exh_freep) char *root = realpath(named, NULL);

    if (!root || !exh_directory_open(AT_FDCWD, root, &fd, err))
        return err->kind ? false : exh_fail_os(err, "cannot find the source's directory '%s'", named);
    *ret_root = exh_steal(&root);
    return true;
}

bool exh_admin_add_source(struct exh_store *store, const struct exh_source *source, struct exh_error *err)
{
    const char *named, *zone;
    EXH_CLEANUP(exh_freep) char *root = NULL;

    if (!exh_admin_check_identifier("source", source->id, err) || !exh_layout_check(source->layout, err) || !take_defaults(store, source, &named, &zone, err))
        return false;
    if (exh_store_source(store, source->id))
        return exh_fail(err, EXH_REFUSED, "source '%s' is there already; 'exhibit source list' shows it", source->id);
    if (!find_root(named, &root, err))
        return false;
    EXH_CLEANUP(exh_freep) char *name_root = exh_format("source.%s.root", source->id), *name_layout = exh_format("source.%s.layout", source->id),
        *name_zone = exh_format("source.%s.zone", source->id), *name_rate = exh_format("source.%s.rate", source->id), *rate = exh_rate_words(source->rate);
    const struct exh_config_value settings[] = { { name_root, root }, { name_layout, source->layout }, { name_zone, zone }, { name_rate, rate } };
    return configure(store, "source-add", settings, EXH_COUNT(settings), err);
}

bool exh_admin_add_camera(struct exh_store *store, const struct exh_camera *camera, struct exh_error *err)
{
    const struct exh_source *source;

    if (!exh_admin_check_identifier("camera", camera->id, err)
        || !exh_store_need_source(store, camera->source, &source, err) || !exh_camera_check_path(camera->path, err)
        || !exh_camera_check_place(camera->latitude, camera->longitude, err))
        return false;
    if (exh_store_camera(store, camera->id))
        return exh_fail(err, EXH_REFUSED, "camera '%s' is there already; 'exhibit camera list' shows it", camera->id);
    EXH_CLEANUP(exh_freep) char *name_source = exh_format("camera.%s.source", camera->id), *name_path = exh_format("camera.%s.path", camera->id),
        *name_name = exh_format("camera.%s.name", camera->id), *name_town = exh_format("camera.%s.town", camera->id),
        *name_latitude = exh_format("camera.%s.latitude", camera->id), *name_longitude = exh_format("camera.%s.longitude", camera->id);
    const struct exh_config_value settings[] = {
        { name_source, camera->source }, { name_path, camera->path }, { name_name, camera->name },
        { name_town, camera->town }, { name_latitude, camera->latitude }, { name_longitude, camera->longitude } };
    return configure(store, "camera-add", settings, EXH_COUNT(settings), err);
}

/* Sets each of a remote's keys: an empty value takes away what an earlier remote of that name left; in a section that is
 * new there is nothing to be taken away. */
static bool set_remote(struct exh_store *store, const struct exh_store_remote *remote, bool is_new, struct exh_error *err)
{
    const char *none = is_new ? NULL : "";
    EXH_CLEANUP(exh_freep) char *name_url = exh_format("remote.%s.url", remote->name), *name_key = exh_format("remote.%s.key", remote->name),
        *name_host = exh_format("remote.%s.hostkey", remote->name), *name_login = exh_format("remote.%s.login", remote->name),
        *name_wait = exh_format("remote.%s.timeout", remote->name), *wait = remote->wait_s ? exh_format("%u", remote->wait_s) : NULL;
    const struct exh_config_value settings[] = {
        { name_url, remote->url ? remote->url : none }, { name_key, remote->ssh_key ? remote->ssh_key : none },
        { name_host, remote->host_keys ? remote->host_keys : none }, { name_login, remote->login ? remote->login : none },
        { name_wait, wait ? wait : none } };

    return configure(store, "config-set", settings, EXH_COUNT(settings), err);
}

bool exh_admin_add_remote(struct exh_store *store, const struct exh_store_remote *remote, struct exh_error *err)
{
    bool is_new = true;

    if (!exh_admin_check_identifier("remote", remote->name, err) || !exh_store_check_remote(remote, err))
        return false;
    if (exh_store_remote(store, remote->name))
        return exh_fail(err, EXH_REFUSED, "remote '%s' is there already; 'exhibit log remote list' shows it", remote->name);
    for (size_t i = 0; i < store->remote_count; i++)
        is_new = is_new && strcmp(store->remotes[i].name, remote->name) != 0;
    return set_remote(store, remote, is_new, err);
}

bool exh_admin_remove_remote(struct exh_store *store, const char *name, struct exh_error *err)
{
    const struct exh_store_remote *remote;
    const struct exh_store_remote nothing = { .name = (char *)(uintptr_t)name };

    return exh_store_need_remote(store, name, &remote, err) && set_remote(store, &nothing, false, err);
}
