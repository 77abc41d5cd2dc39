/* exhibit completion: scripts that have shells complete commands, options and names, and the names themselves. */
#include "completion.h"

#include "exhibit/casefile.h"
#include "exhibit/ledger.h"
#include "exhibit/person.h"
#include "exhibit/policy.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what options and arguments take ---- */

void takes_clear(struct takes *takes)
{
    free(takes->words);
    takes->words = NULL;
}

static const char *role_at(size_t index)
{
    return index < EXH_ROLE_COUNT ? exh_role_name((enum exh_role)index) : NULL;
}

static const char *case_type_at(size_t index)
{
    return index < EXH_CASE_TYPES ? exh_case_type_word((enum exh_case_type)index) : NULL;
}

static const char *verb_at(size_t index)
{
    return index < EXH_VERB_COUNT ? exh_verb_name((enum exh_verb)index) : NULL;
}

static const char *recorder_at(size_t index)
{
    size_t count;
    const struct exh_recorder *recorders = exh_recorders(&count);

    return index < count ? recorders[index].name : NULL;
}

/* Closed sets: @words, which the option's help has, or those that the library lists. @name NULL: of any option. */
static const struct { const char *name, *argument, *words, *(*at)(size_t index); } sets[] = {
    { NULL, "ROLE", NULL, role_at },
    { NULL, "TYPE", NULL, case_type_at },
    { NULL, "CODE", NULL, exh_hold_code_at },
    { NULL, "VERB", NULL, verb_at },
    { NULL, "LAYOUT", NULL, recorder_at },
    { NULL, "yes|no", "yes no", NULL },
    { NULL, "MODE", "clip native", NULL },
    { NULL, "FORMAT", "minisign ssh allowed-signers age", NULL },
    { NULL, "ITEMS", "master copy stills redacted", NULL },
    { "preset", "NAME", "court small full", NULL },
    { "style", "NAME", "black pixelate blur", NULL },
    { "format", "NAME", "png jpeg", NULL },
    { "profile", "NAME", "plain axon dvd fat32", NULL },
    { "progress", "WHEN", "auto json never", NULL },
};
static const struct { const char *name, *argument, *kinds; } kinds_of_options[] = {
    { NULL, "FILE", "file" }, { NULL, "DIR", "dir" }, { NULL, "EXHIBIT", "exhibit" }, { NULL, "REF", "exhibit" },
    { NULL, "WHO", "key" }, { "camera", "ID", "camera" }, { "case", "ID", "case" }, { "source", "ID", "source" },
    { "request", "ID", "request" },
};
/* By the command where one is named: there the word means something else. */
static const struct { const char *command, *argument, *kinds; } kinds_of_commands[] = {
    { "case show", "ID", "case" }, { "disclose", "PACKAGE", "package" }, { "disclose ready", "PACKAGE", "package" },
    { "log remote remove", "NAME", "remote" }, { "log witness", "REQUEST", "file" },
    { NULL, "EXHIBIT", "exhibit" }, { NULL, "COPY", "exhibit" }, { NULL, "CASE", "case" }, { NULL, "CAMERA", "camera" }, { NULL, "FILE", "file" }, { NULL, "[FILE", "file" },
    { NULL, "PACKAGE", "file" }, { NULL, "PATH|EXHIBIT", "file,exhibit" }, { NULL, "REQUEST|EXHIBIT", "request,exhibit" },
    { NULL, "HOLD", "hold" }, { NULL, "DISCLOSURE", "disclosure" }, { NULL, "STORE", "dir" },
    { NULL, "KEY", "key" }, { NULL, "[KEY", "key" }, { NULL, "[REMOTE", "remote" },
};

static char *words_of(const char *(*at)(size_t index))
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;

    for (size_t i = 0; at(i); i++)
        exh_text_printf(&words, "%s%s", i ? " " : "", at(i));
    return exh_text_take(&words);
}

struct takes option_takes(const struct argp_option *option)
{
    struct takes takes = { .words = NULL };

    for (size_t i = 0; option->arg && i < EXH_COUNT(sets) && !takes.words; i++)
        if (strcmp(sets[i].argument, option->arg) == 0 && (!sets[i].name || strcmp(sets[i].name, option->name) == 0))
            takes.words = sets[i].at ? words_of(sets[i].at) : exh_strdup(sets[i].words);
    for (size_t i = 0; option->arg && i < EXH_COUNT(kinds_of_options) && !*takes.kinds; i++)
        if (strcmp(kinds_of_options[i].argument, option->arg) == 0
            && (!kinds_of_options[i].name || strcmp(kinds_of_options[i].name, option->name) == 0))
            snprintf(takes.kinds, sizeof takes.kinds, "%s", kinds_of_options[i].kinds);
    return takes;
}

/* "EXHIBIT" of "EXHIBIT...", "FILE" of "FILE.csv|-". */
static bool begins_with_word(const char *words, const char *word)
{
    size_t size = strlen(word);

    return strncmp(words, word, size) == 0 && !isupper((unsigned char)words[size]);
}

struct takes command_takes(const struct command *command)
{
    struct takes takes = { .words = NULL };
    const char *words = command->argp->args_doc ? command->argp->args_doc : "";

    if (command == &cmd_completion)
        takes.words = exh_strdup("bash zsh fish");
    for (size_t i = 0; i < EXH_COUNT(kinds_of_commands) && !*takes.kinds; i++)
        if ((!kinds_of_commands[i].command || strcmp(kinds_of_commands[i].command, command->name) == 0)
            && begins_with_word(words, kinds_of_commands[i].argument))
            snprintf(takes.kinds, sizeof takes.kinds, "%s", kinds_of_commands[i].kinds);
    return takes;
}

/* ---- names of the store ---- */

static const char *const kinds[] = { "camera", "case", "disclosure", "exhibit", "hold", "key", "package", "remote", "request", "source" };
#define KINDS "camera, case, disclosure, exhibit, hold, key, package, remote, request or source"

static void add_keys(const struct exh_keyring *ring, struct exh_strings *names)
{
    for (size_t i = 0; i < ring->count; i++)
        if (ring->people[i].initials && !exh_strings_contain(names, ring->people[i].initials))
            exh_strings_add(names, ring->people[i].initials);
}

static bool add_items(const struct exh_store *store, bool packages, struct exh_strings *names, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = EXH_STRINGS_NONE;

    if (!exh_store_item_ids(store, &items, err))
        return false;
    for (size_t i = 0; i < items.count; i++)
        if (packages == exh_sealing_id_is_one(items.at[i]))
            exh_strings_add(names, items.at[i]);
    return true;
}

static bool add_numbered(const struct exh_store *store, const char *kind, const char *begin, struct exh_strings *names, struct exh_error *err)
{
    static const struct { const char *name; enum exh_numbered kind; } numbered[] = {
        { "disclosure", EXH_NUMBERED_DISCLOSURE }, { "hold", EXH_NUMBERED_HOLD }, { "request", EXH_NUMBERED_REQUEST },
    };

    for (size_t i = 0; i < EXH_COUNT(numbered); i++)
        if (strcmp(numbered[i].name, kind) == 0)
            return exh_store_numbered_ids(store, numbered[i].kind, begin, names, err);
    return true;
}

static bool add_names(const struct exh_store *store, const char *kind, const char *begin, struct exh_strings *names, struct exh_error *err)
{
    if (strcmp(kind, "case") == 0)
        return exh_store_case_ids(store, names, err);
    if (strcmp(kind, "exhibit") == 0 || strcmp(kind, "package") == 0)
        return add_items(store, strcmp(kind, "package") == 0, names, err);
    for (size_t i = 0; strcmp(kind, "camera") == 0 && i < store->camera_count; i++)
        exh_strings_add(names, store->cameras[i].id);
    for (size_t i = 0; strcmp(kind, "source") == 0 && i < store->source_count; i++)
        exh_strings_add(names, store->sources[i].id);
    for (size_t i = 0; strcmp(kind, "remote") == 0 && i < store->remote_count; i++)
        if (store->remotes[i].url)
            exh_strings_add(names, store->remotes[i].name);
    if (strcmp(kind, "key") == 0)
        add_keys(&store->keyring, names);
    return add_numbered(store, kind, begin, names, err);
}

/* A shell must take it as it is. */
static bool is_plain(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._/-", *c))
            return false;
    return *name && *name != '-';
}

/* Somebody waits for a key's answer: where there is no store, or it cannot be read, there are no names, and no word of that. */
static void print_names(struct session *session, const char *kind, const char *begin)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;
    const char *path;

    if (!session_find_store(session, &path, &ignored) || !path || !exh_store_open(path, NULL, &session->store, &ignored)
        || !add_names(session->store, kind, begin, &names, &ignored))
        return;
    for (size_t i = 0; i < names.count; i++) {
        if (!is_plain(names.at[i]) || strncmp(names.at[i], begin, strlen(begin)) != 0)
            continue;
        if (!session->json) {
            puts(names.at[i]);
            continue;
        }
        struct exh_json *object = json_of_type("name");
        exh_json_set_text(object, "kind", kind);
        exh_json_set_text(object, "name", names.at[i]);
        print_json(object);
    }
}

/* ---- the command ---- */

struct options { const char *shell, *names, *begin; };
enum { OPT_NAMES = 1, OPT_BEGIN };

static const struct argp_option option_list[] = {
    { "names", OPT_NAMES, "KIND", 0, "In place of a script the names of that kind that the store has, one a line: " KINDS
      "; none where there is no store to read", 0 },
    { "begin", OPT_BEGIN, "WORD", 0, "Of --names, only those that begin so", 0 },
    { 0 },
};

static void check(const struct options *o, struct argp_state *state)
{
    bool known = false;

    if (!o->shell == !o->names)
        argp_error(state, "name a shell: bash, zsh or fish; or a kind of names with --names");
    for (size_t i = 0; o->names && i < EXH_COUNT(kinds); i++)
        known |= strcmp(kinds[i], o->names) == 0;
    if (o->names && !known)
        argp_error(state, "'%s' is no kind of names: use " KINDS, o->names);
    if (o->begin && !o->names)
        argp_error(state, "--begin is of names: it goes with --names");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case OPT_NAMES: o->names = argument; return 0;
    case OPT_BEGIN: o->begin = argument; return 0;
    case ARGP_KEY_ARG:
        if (o->shell)
            argp_error(state, "one shell at a time");
        o->shell = argument;
        return 0;
    case ARGP_KEY_END: check(o, state); return 0;
    default:           return ARGP_ERR_UNKNOWN;
    }
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;

    if (o->names) {
        print_names(session, o->names, o->begin ? o->begin : "");
        return true;
    }
    EXH_CLEANUP(exh_freep) char *script = completion_script(o->shell);
    if (!script)
        return exh_fail(err, EXH_USAGE, "'%s' is no shell that is known here: use bash, zsh or fish", o->shell);
    if (!session->json) {
        fputs(script, stdout);
        return true;
    }
    struct exh_json *object = json_of_type("completion");
    exh_json_set_text(object, "shell", o->shell);
    exh_json_set_text(object, "script", script);
    print_json(object);
    return true;
}

static const struct argp argp = { option_list, parse, "bash|zsh|fish",
    "Print a script that has a shell complete commands, options, and the names that a store has.\v"
    "'make install' puts the three where the shells look. Exit status: 0 printed.\n\n"
    "Examples:\n  source <(exhibit completion bash)\n  exhibit completion --names camera", NULL, NULL, NULL };
const struct command cmd_completion = { "completion", "print a script that has a shell complete", &argp, sizeof(struct options), 0, run, NULL };
