/* completion: the scripts, made from the table of commands and their options. */
#include "completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the three share ---- */

/* The words that may follow @prefix ("" or "log remote") in the names of commands: the next one of each, once. */
static void add_next_words(const char *prefix, struct exh_strings *words)
{
    size_t size = strlen(prefix);

    for (size_t i = 0; command_at(i); i++) {
        const char *name = command_at(i)->name;
        if (size && (strncmp(name, prefix, size) != 0 || name[size] != ' '))
            continue;
        const char *word = name + size + (size > 0);
        EXH_CLEANUP(exh_freep) char *next = exh_strndup(word, strcspn(word, " "));
        if (!exh_strings_contain(words, next))
            exh_strings_add(words, next);
    }
}

/* "", "key", "log", "log remote": what is not a whole command, or can go on. */
static void add_prefixes(struct exh_strings *prefixes)
{
    exh_strings_add(prefixes, "");
    for (size_t i = 0; command_at(i); i++)
        for (const char *space = strchr(command_at(i)->name, ' '); space; space = strchr(space + 1, ' ')) {
            EXH_CLEANUP(exh_freep) char *prefix = exh_strndup(command_at(i)->name, (size_t)(space - command_at(i)->name));
            if (!exh_strings_contain(prefixes, prefix))
                exh_strings_add(prefixes, prefix);
        }
}

static const char *command_summary(const char *name)
{
    for (size_t i = 0; command_at(i); i++)
        if (strcmp(command_at(i)->name, name) == 0)
            return command_at(i)->summary;
    return NULL;
}

/* ---- bash and zsh: one table, which a function of either reads ---- */

/* "--camera=@camera", "--role=operator,auditor", "--from=", "--copy". */
static void put_option(struct exh_text *script, const struct argp_option *option)
{
    EXH_CLEANUP(takes_clear) struct takes takes = option_takes(option);

    exh_text_printf(script, " --%s%s", option->name, option->arg ? "=" : "");
    if (*takes.kinds)
        exh_text_printf(script, "@%s", takes.kinds);
    for (const char *c = takes.words ? takes.words : ""; *c; c++)
        exh_text_add(script, *c == ' ' ? "," : c, 1);
}

static void put_options(struct exh_text *script, const struct command *command)
{
    EXH_CLEANUP(option_list_clear) struct option_list list = command_options(command);

    for (size_t i = 0; i < list.count; i++)
        if (!(list.at[i]->flags & OPTION_HIDDEN))
            put_option(script, list.at[i]);
}

static void put_command_case(struct exh_text *script, const struct command *command)
{
    EXH_CLEANUP(takes_clear) struct takes takes = command_takes(command);

    exh_text_printf(script, "    '%s')\n        arguments='%s%s%s'\n        opts='", command->name, *takes.kinds ? "@" : "", takes.kinds,
                    takes.words ? takes.words : "");
    put_options(script, command);
    exh_text_puts(script, "' ;;\n");
}

static void put_tables(struct exh_text *script)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings prefixes = EXH_STRINGS_NONE;

    add_prefixes(&prefixes);
    exh_text_puts(script, "_exhibit_follow() {\n    case $1 in\n");
    for (size_t i = 0; i < prefixes.count; i++) {
        EXH_CLEANUP(exh_strings_clear) struct exh_strings words = EXH_STRINGS_NONE;
        add_next_words(prefixes.at[i], &words);
        exh_text_printf(script, "    '%s') follow='", prefixes.at[i]);
        for (size_t j = 0; j < words.count; j++)
            exh_text_printf(script, "%s%s", j ? " " : "", words.at[j]);
        exh_text_puts(script, "' ;;\n");
    }
    exh_text_puts(script, "    *) follow='' ;;\n    esac\n}\n_exhibit_take() {\n    case $1 in\n");
    for (size_t i = 0; command_at(i); i++)
        put_command_case(script, command_at(i));
    exh_text_puts(script, "    *)\n        arguments=''\n        opts='");
    put_options(script, NULL);
    exh_text_puts(script, "' ;;\n    esac\n}\n");
}

/* What both then do, on variables of their caller: 'command', 'store' from 'line', which are the words before the one that is typed;
 * 'entry' of an option from 'option', out of 'opts'. */
static const char shared_functions[] =
    "_exhibit_read() {\n"
    "    local word skip=''\n"
    "    command='' store=''\n"
    "    for word in \"${line[@]}\"; do\n"
    "        case $skip:$word in\n"
    "        *:=) ;;\n"
    "        store:*) store=$word skip= ;;\n"
    "        :--store) skip=store ;;\n"
    "        :--store=*) store=${word#--store=} ;;\n"
    "        :-*) ;;\n"
    "        *)\n"
    "            _exhibit_follow \"$command\"\n"
    "            case \" $follow \" in\n"
    "            *\" $word \"*) command=\"$command${command:+ }$word\" ;;\n"
    "            *) break ;;\n"
    "            esac ;;\n"
    "        esac\n"
    "    done\n"
    "    _exhibit_follow \"$command\"\n"
    "    _exhibit_take \"$command\"\n"
    "}\n"
    "_exhibit_entry() {\n"
    "    entry=''\n"
    "    case \"$opts \" in\n"
    "    *\" $option=\"*) entry=${opts#*\" $option=\"} entry=\"=${entry%% *}\" ;;\n"
    "    esac\n"
    "}\n"
    "_exhibit_names() {\n"
    "    exhibit completion --names=\"$1\" --begin=\"${cur##*=}\" ${store:+--store=\"$store\"} 2>/dev/null </dev/null\n"
    "}\n";

static const char bash_function[] =
    "_exhibit() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} option='' entry='' command='' store='' follow='' opts='' arguments='' kind word\n"
    "    local line=(\"${COMP_WORDS[@]:1:COMP_CWORD - 1}\")\n"
    "    COMPREPLY=()\n"
    "    if [[ $cur == = ]]; then\n"
    "        option=$prev cur=''\n"
    "    elif [[ $prev == = ]]; then\n"
    "        option=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    elif [[ $prev == --* ]]; then\n"
    "        option=$prev\n"
    "    fi\n"
    "    _exhibit_read\n"
    "    [[ -z $option ]] || _exhibit_entry\n"
    "    if [[ $entry == \"=\"* ]]; then\n"
    "        _exhibit_offer \"${entry#=}\"\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        for word in $opts; do _exhibit_add \"${word%%=*}\"; done\n"
    "    else\n"
    "        for word in $follow; do _exhibit_add \"$word\"; done\n"
    "        _exhibit_offer \"${arguments// /,}\"\n"
    "    fi\n"
    "}\n"
    "_exhibit_add() {\n"
    "    [[ $1 != \"$cur\"* ]] || COMPREPLY+=(\"$1\")\n"
    "}\n"
    "_exhibit_offer() {\n"
    "    local IFS=$'\\n,' value=$1\n"
    "    for kind in ${value#@}; do\n"
    "        case $value/$kind in\n"
    "        @*/file | @*/dir)\n"
    "            compopt -o filenames 2>/dev/null\n"
    "            while IFS= read -r word; do COMPREPLY+=(\"$word\"); done < <(compgen \"-${kind:0:1}\" -- \"$cur\") ;;\n"
    "        @*) while IFS= read -r word; do _exhibit_add \"$word\"; done < <(_exhibit_names \"$kind\") ;;\n"
    "        *) _exhibit_add \"$kind\" ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "complete -F _exhibit exhibit\n";

static const char zsh_function[] =
    "_exhibit() {\n"
    "    emulate -L zsh\n"
    "    local cur=${words[CURRENT]} prev=${words[CURRENT - 1]} option='' entry='' command='' store='' follow='' opts='' arguments=''\n"
    "    local -a line\n"
    "    line=(\"${(@)words[2,CURRENT - 1]}\")\n"
    "    if [[ $cur == --*=* ]]; then\n"
    "        option=${cur%%=*}\n"
    "        compset -P '*='\n"
    "    elif [[ $prev == --* ]]; then\n"
    "        option=$prev\n"
    "    fi\n"
    "    _exhibit_read\n"
    "    [[ -z $option ]] || _exhibit_entry\n"
    "    if [[ $entry == \"=\"* ]]; then\n"
    "        _exhibit_offer \"${entry#=}\"\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        compadd -- ${${=opts}%%=*}\n"
    "    else\n"
    "        compadd -- ${=follow}\n"
    "        _exhibit_offer \"${arguments// /,}\"\n"
    "    fi\n"
    "}\n"
    "_exhibit_offer() {\n"
    "    local kind\n"
    "    if [[ $1 != @* ]]; then\n"
    "        compadd -- ${(s:,:)1}\n"
    "        return\n"
    "    fi\n"
    "    for kind in ${(s:,:)${1#@}}; do\n"
    "        case $kind in\n"
    "        file) _files ;;\n"
    "        dir) _files -/ ;;\n"
    "        *) compadd -- ${(f)\"$(_exhibit_names $kind)\"} ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
    "    _exhibit \"$@\"\n"
    "else\n"
    "    compdef _exhibit exhibit\n"
    "fi\n";

static void put_bash(struct exh_text *script)
{
    exh_text_puts(script, "# bash completion for exhibit, as 'exhibit completion bash' prints it\n");
    put_tables(script);
    exh_text_puts(script, shared_functions);
    exh_text_puts(script, bash_function);
}

static void put_zsh(struct exh_text *script)
{
    exh_text_puts(script, "#compdef exhibit\n# zsh completion for exhibit, as 'exhibit completion zsh' prints it\n");
    put_tables(script);
    exh_text_puts(script, shared_functions);
    exh_text_puts(script, zsh_function);
}

/* ---- fish ---- */

static const char fish_functions[] =
    "function __exhibit_names\n"
    "    set -l tokens (commandline -opc)\n"
    "    set -l store (string match -- '--store=*' $tokens)\n"
    "    set -l at (contains -i -- --store $tokens)\n"
    "    and set store --store=$tokens[(math $at + 1)]\n"
    "    set -l word (string replace -r '^--[^=]*=' '' -- (commandline -ct))\n"
    "    exhibit completion --names=$argv[1] --begin=\"$word\" $store 2>/dev/null </dev/null\n"
    "end\n"
    "function __exhibit_command\n"
    "    set -l tokens (commandline -opc)\n"
    "    set -l command ''\n"
    "    set -l skip no\n"
    "    for token in $tokens[2..-1]\n"
    "        if test $skip = yes\n"
    "            set skip no\n"
    "            continue\n"
    "        end\n"
    "        switch $token\n"
    "            case --store\n"
    "                set skip yes\n"
    "            case '-*'\n"
    "            case '*'\n"
    "                set -l next (string trim -- \"$command $token\")\n"
    "                contains -- $next $__exhibit_known; or break\n"
    "                set command $next\n"
    "        end\n"
    "    end\n"
    "    echo $command\n"
    "end\n"
    "function __exhibit_is\n"
    "    set -l command (__exhibit_command)\n"
    "    test \"$command\" = \"$argv\"\n"
    "end\n"
    "complete -c exhibit -f\n";

/* In single quotes, up to the first clause's end. */
static void put_description(struct exh_text *script, const char *words)
{
    EXH_CLEANUP(exh_freep) char *clause = exh_strndup(words ? words : "", words ? strcspn(words, ";\n") : 0);
    EXH_CLEANUP(exh_freep) char *brief = exh_text_brief(clause, 70);

    exh_text_puts(script, " -d '");
    for (const char *c = brief; *c; c++)
        exh_text_printf(script, "%s%c", *c == '\'' || *c == '\\' ? "\\" : "", *c);
    exh_text_puts(script, "'\n");
}

/* " -a '(__exhibit_names camera)'", " -a 'yes no'"; files where the kinds have them. */
static void put_values(struct exh_text *script, const struct takes *takes)
{
    EXH_CLEANUP(exh_freep) char *kinds = exh_strdup(takes->kinds);
    char *rest = kinds, *kind;

    exh_text_puts(script, strstr(kinds, "file") ? " -F" : " -f");
    while ((kind = strsep(&rest, ",")))
        if (strcmp(kind, "dir") == 0)
            exh_text_puts(script, " -a '(__fish_complete_directories (commandline -ct) \"\")'");
        else if (*kind && strcmp(kind, "file") != 0)
            exh_text_printf(script, " -a '(__exhibit_names %s)'", kind);
    if (takes->words)
        exh_text_printf(script, " -a '%s'", takes->words);
}

static void put_fish_option(struct exh_text *script, const char *command, const struct argp_option *option)
{
    EXH_CLEANUP(takes_clear) struct takes takes = option_takes(option);

    exh_text_printf(script, "complete -c exhibit -n '__exhibit_is %s' -l %s", command, option->name);
    if (option->arg) {
        exh_text_puts(script, " -r");
        put_values(script, &takes);
    }
    put_description(script, option->doc);
}

static void put_fish_command(struct exh_text *script, const struct command *command)
{
    EXH_CLEANUP(option_list_clear) struct option_list list = command_options(command);
    const char *name = command ? command->name : "";

    if (command) {
        EXH_CLEANUP(takes_clear) struct takes takes = command_takes(command);
        exh_text_printf(script, "complete -c exhibit -n '__exhibit_is %s'", name);
        put_values(script, &takes);
        exh_text_puts(script, "\n");
    }
    for (size_t i = 0; i < list.count; i++)
        if (!(list.at[i]->flags & OPTION_HIDDEN))
            put_fish_option(script, name, list.at[i]);
}

static void put_fish_words(struct exh_text *script, const char *prefix)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings words = EXH_STRINGS_NONE;

    add_next_words(prefix, &words);
    for (size_t i = 0; i < words.count; i++) {
        EXH_CLEANUP(exh_freep) char *name = exh_format("%s%s%s", prefix, *prefix ? " " : "", words.at[i]);
        exh_text_printf(script, "set -a __exhibit_known '%s'\ncomplete -c exhibit -n '__exhibit_is %s' -a %s", name, prefix, words.at[i]);
        put_description(script, command_summary(name));
    }
}

static void put_fish(struct exh_text *script)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings prefixes = EXH_STRINGS_NONE;

    exh_text_puts(script, "# fish completion for exhibit, as 'exhibit completion fish' prints it\nset -g __exhibit_known\n");
    exh_text_puts(script, fish_functions);
    add_prefixes(&prefixes);
    for (size_t i = 0; i < prefixes.count; i++)
        put_fish_words(script, prefixes.at[i]);
    put_fish_command(script, NULL);
    for (size_t i = 0; command_at(i); i++)
        put_fish_command(script, command_at(i));
}

/* ---- which ---- */

static const struct { const char *shell; void (*put)(struct exh_text *script); } shells[] = {
    { "bash", put_bash }, { "zsh", put_zsh }, { "fish", put_fish },
};

char *completion_script(const char *shell)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text script = EXH_TEXT_NONE;

    for (size_t i = 0; i < EXH_COUNT(shells); i++)
        if (strcmp(shells[i].shell, shell) == 0) {
            shells[i].put(&script);
            return exh_text_take(&script);
        }
    return NULL;
}
