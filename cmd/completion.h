/* cmd: what shells complete: what each option and argument takes. */
#ifndef EXHIBIT_COMPLETION_H
#define EXHIBIT_COMPLETION_H

#include "cmd.h"

/* A thing of the store that has a name, as --names takes it; "file" and "dir" are of the shell. */
struct takes {
    char kinds[32];                  /* "camera", "file,exhibit"; empty: anything, or what @words has */
    char *words;                     /* a closed set, spaces between; NULL */
};
void takes_clear(struct takes *takes);
/* What an option takes; nothing of either: anything. */
struct takes option_takes(const struct argp_option *option) EXH_CHECK;
/* What stands beside the options of a command; nothing of either: nothing, or anything. */
struct takes command_takes(const struct command *command) EXH_CHECK;

/* The script for a shell; NULL: no such shell is known. Free with free(). */
char *completion_script(const char *shell) EXH_CHECK;

#endif
