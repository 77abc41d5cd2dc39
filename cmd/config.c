/* exhibit config: settings of a store: what they are, what they can be, and changing one. */
#include "cmd.h"

#include "exhibit/admin.h"
#include "exhibit/repo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options { const char *name; char **words; int count; bool all, dry_run; };
enum { OPT_ALL = 1, OPT_DRY_RUN };

/* ---- the file, without opening the store: so that a damaged one can be looked at ---- */

/* What it has, in order; of a key that comes twice, the last value counts. */
struct values { struct exh_strings names, values; };

static void clear_values(struct values *values)
{
    exh_strings_clear(&values->names);
    exh_strings_clear(&values->values);
}

static bool take(void *context, const char *name, const char *value, struct exh_error *err)
{
    struct values *values = context;

    (void)err;
    exh_strings_add(&values->names, name);
    exh_strings_add(&values->values, value ? value : "");
    return true;
}

static const char *value_of(const struct values *values, const char *name)
{
    const char *found = NULL;

    for (size_t i = 0; i < values->names.count; i++)
        if (strcmp(values->names.at[i], name) == 0)
            found = values->values.at[i];
    return found;
}

static bool read_file(struct session *session, struct values *values, struct exh_error *err)
{
    const char *store;

    if (!session_need_store(session, &store, err))
        return false;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/config", store);
    return exh_config_read(path, take, values, err);
}

/* ---- telling ---- */

static void print_setting(const struct session *session, const char *name, const char *value, const char *usual, const char *meaning)
{
    const char *holds = value ? value : usual;

    if (session->json) {
        struct exh_json *object = json_of_type("setting");
        exh_json_set_text(object, "name", name);
        json_set_path(object, "value", holds);
        exh_json_set_bool(object, "set", value != NULL);
        exh_json_set_text(object, "usual", usual);
        exh_json_set_text(object, "meaning", meaning);
        print_json(object);
        return;
    }
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(holds ? holds : "");
    printf("%-32s %s%s%s%s\n", name, shown, value ? "" : usual ? " (usual)" : "(not set)", meaning ? "  # " : "", meaning ? meaning : "");
}

/* ---- get ---- */

static bool run_get(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(clear_values) struct values values = { EXH_STRINGS_NONE, EXH_STRINGS_NONE };
    EXH_CLEANUP(exh_freep) char *name = NULL;
    const struct exh_config_key *key;

    if (!exh_config_key_find(o->name, &key, &name, err) || !read_file(session, &values, err))
        return false;
    const char *value = value_of(&values, name);
    if (session->json)
        print_setting(session, name, value, key->usual, NULL);
    else if (value || key->usual)
        puts(value ? value : key->usual);
    session->status = value || key->usual ? 0 : EXH_NO;
    return true;
}

/* ---- list ---- */

static bool is_last(const struct values *values, size_t at)
{
    for (size_t i = at + 1; i < values->names.count; i++)
        if (strcmp(values->names.at[i], values->names.at[at]) == 0)
            return false;
    return true;
}

static bool run_list(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(clear_values) struct values values = { EXH_STRINGS_NONE, EXH_STRINGS_NONE };
    const struct exh_config_key *keys;
    size_t count = exh_config_keys(&keys);

    if (!read_file(session, &values, err))
        return false;
    for (size_t i = 0; i < values.names.count; i++)
        if (is_last(&values, i))
            print_setting(session, values.names.at[i], values.values.at[i], NULL, NULL);
    for (size_t i = 0; i < count; i++)
        if (o->all ? !value_of(&values, keys[i].name) : keys[i].usual && !strchr(keys[i].name, '*') && !value_of(&values, keys[i].name))
            print_setting(session, keys[i].name, NULL, keys[i].usual, o->all ? keys[i].meaning : NULL);
    return true;
}

/* ---- check ---- */

static bool run_check(struct session *session, const void *options, struct exh_error *err)
{
    const char *store;

    (void)options;
    if (!session_need_store(session, &store, err) || !exh_store_check_config(store, err))
        return false;
    if (session->json) {
        struct exh_json *object = json_of_type("config-check");
        exh_json_set_bool(object, "ok", true);
        json_set_path(object, "store", store);
        print_json(object);
    } else {
        print_field("config", "each key is known, and a store can be opened with it");
    }
    return true;
}

/* ---- set ---- */

static void print_change(const struct session *session, const struct exh_config_value *value, bool changed, bool dry_run)
{
    if (session->json) {
        struct exh_json *object = json_of_type("config-set");
        exh_json_set_text(object, "name", value->name);
        json_set_path(object, "value", value->value);
        exh_json_set_bool(object, "changed", changed && !dry_run);
        exh_json_set_bool(object, "dry_run", dry_run);
        print_json(object);
        return;
    }
    EXH_CLEANUP(exh_freep) char *words = exh_format("%s = %s%s", value->name, value->value,
        !changed ? " (it was that already)" : dry_run ? " (dry run: nothing was changed)" : "");
    print_field("set", words);
}

static bool run_set(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    size_t count = (size_t)o->count / 2;
    EXH_CLEANUP(exh_freep) struct exh_config_value *values = exh_alloc((count + 1) * sizeof *values);
    EXH_CLEANUP(exh_freep) bool *changed = exh_alloc((count + 1) * sizeof *changed);

    for (size_t i = 0; i < count; i++)
        values[i] = (struct exh_config_value){ o->words[2 * i], o->words[2 * i + 1] };
    if (!exh_admin_set_config(session->store, values, count, o->dry_run, changed, err))
        return false;
    for (size_t i = 0; i < count; i++)
        print_change(session, &values[i], changed[i], o->dry_run);
    return true;
}

/* ---- options ---- */

static const struct argp_option list_options[] = {
    { "all", OPT_ALL, NULL, 0, "Also those that could be set, and what each means", 0 }, { 0 } };
static const struct argp_option set_options[] = {
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge the value, and change nothing", 0 }, { 0 } };

static error_t parse_list(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    (void)argument;
    if (key != OPT_ALL)
        return ARGP_ERR_UNKNOWN;
    o->all = true;
    return 0;
}

static error_t parse_get(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->name)
            argp_error(state, "one name at a time");
        o->name = argument;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which setting? 'exhibit config list --all' lists them"); return EINVAL;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_set(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    (void)argument;
    switch (key) {
    case OPT_DRY_RUN: o->dry_run = true; return 0;
    case ARGP_KEY_ARGS:
        o->words = state->argv + state->next;
        o->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (!o->count || o->count % 2)
            argp_error(state, "name a setting and its value, or several of them");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp get_argp = { NULL, parse_get, "NAME",
    "Print what a setting is: its value in the store's config, or else what holds where it is not set. Needs no key.\v"
    "Exit status: 1 it is not set, and nothing holds in its place; 2 there is no such setting.\n\n"
    "Example:\n  exhibit config get store.clockAge", NULL, NULL, NULL };
static const struct argp list_argp = { list_options, parse_list, NULL,
    "List the settings of the store, and the usual values of those that are not set. Needs no key.\v"
    "Examples:\n  exhibit config list\n  exhibit config list --all", NULL, NULL, NULL };
static const struct argp check_argp = { NULL, parse_list, NULL,
    "Judge the store's config as if the store were opened with it: each key is known, each value can be meant. Needs no key.\v"
    "Exit status: 4 it is not so; the sentence names the key.\n\nExample:\n  exhibit config check", NULL, NULL, NULL };
static const struct argp set_argp = { set_options, parse_set, "NAME VALUE...",
    "Change a setting, or several together. A key that is not known, or a value that the store could not be opened with, is refused before anything is "
    "written. The change is an entry in the custody log; only an admin may.\v"
    "Examples:\n  exhibit config set store.clockAge 14 --dry-run\n  exhibit config set camera.wisbech-12.latitude 52.66 camera.wisbech-12.longitude 0.16", NULL, NULL, NULL };

const struct command cmd_config_get = { "config get", "print a setting", &get_argp, sizeof(struct options), 0, run_get, NULL };
const struct command cmd_config_list = { "config list", "list the settings", &list_argp, sizeof(struct options), 0, run_list, NULL };
const struct command cmd_config_check = { "config check", "judge the store's config", &check_argp, sizeof(struct options), 0, run_check, NULL };
const struct command cmd_config_set = { "config set", "change a setting", &set_argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR, run_set,
                                        NULL };
