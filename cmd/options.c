/* cmd: the options of a command as its parsers have them, and the nearest to one that it has not. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What argp itself adds to every command. */
static const struct argp_option everywhere[] = {
    { "help", '?', NULL, 0, "Give this help list", 0 },
    { "usage", 0, NULL, 0, "Give a short usage message", 0 },
    { "version", 'V', NULL, 0, "Print program version", 0 },
    { 0 },
};

static void add_table(struct option_list *list, const struct argp_option *option)
{
    for (; option && option->name; option++) {
        list->at = exh_realloc_array(list->at, list->count + 1, sizeof *list->at);
        list->at[list->count++] = option;
    }
}

struct option_list command_options(const struct command *command)
{
    const struct argp_option *tables[COMMAND_TABLES];
    struct option_list list = { NULL, 0 };

    command_tables(command, tables);
    for (size_t i = 0; i < COMMAND_TABLES; i++)
        add_table(&list, tables[i]);
    add_table(&list, everywhere);
    return list;
}

void option_list_clear(struct option_list *list)
{
    free(list->at);
    *list = (struct option_list){ NULL, 0 };
}

/* As getopt_long reads a word: an option may be cut short. NULL: it is none of them. */
static const struct argp_option *find(const struct option_list *list, const char *name, size_t size)
{
    const struct argp_option *found = NULL;

    for (size_t i = 0; i < list->count; i++) {
        if (strncmp(list->at[i]->name, name, size) != 0)
            continue;
        if (!found || strlen(list->at[i]->name) == size)
            found = list->at[i];
    }
    return found;
}

/* The first word that begins as an option and is none; NULL. */
static const char *first_unknown(const struct option_list *list, int argc, char **argv, bool in_order)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        size_t size = strcspn(argv[i], "=");
        if (in_order && *argv[i] != '-')
            return NULL;
        if (strncmp(argv[i], "--", 2) != 0)
            continue;
        const struct argp_option *option = find(list, argv[i] + 2, size - 2);
        if (!option)
            return argv[i];
        i += option->arg && !argv[i][size];
    }
    return NULL;
}

bool option_is_unknown(const struct command *command, int argc, char **argv)
{
    EXH_CLEANUP(option_list_clear) struct option_list list = command_options(command);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;
    const char *word = first_unknown(&list, argc, argv, !command);

    if (!word)
        return false;
    EXH_CLEANUP(exh_freep) char *name = exh_strndup(word, strcspn(word, "="));
    EXH_CLEANUP(exh_freep) char *shown = exh_text_brief(name, 60);
    for (size_t i = 0; i < list.count; i++)
        if (!(list.at[i]->flags & OPTION_HIDDEN))        /* nobody means those */
            exh_strings_add(&names, list.at[i]->name);
    const char *nearest = exh_text_nearest(&names, name + 2);
    if (nearest)
        fprintf(stderr, "%s: there is no option '%s'; did you mean '--%s'? ('%s --help' lists them)\n", argv[0], shown, nearest, argv[0]);
    else
        fprintf(stderr, "%s: there is no option '%s'; '%s --help' lists those there are\n", argv[0], shown, argv[0]);
    return true;
}
