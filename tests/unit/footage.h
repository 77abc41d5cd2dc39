/* Footage made for a test with the ffmpeg program, and what that program says of a file. */
#ifndef EXHIBIT_TESTS_FOOTAGE_H
#define EXHIBIT_TESTS_FOOTAGE_H

#include "exhibit/error.h"
#include "exhibit/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs a command of the shell; true when it succeeds. */
static inline bool footage_run(const char *command)
{
    return system(command) == 0;
}

/* The lines a command prints, without their ends. */
static inline struct exh_strings footage_lines(const char *command)
{
    struct exh_strings lines = EXH_STRINGS_NONE;
    char line[4096];
    FILE *pipe = popen(command, "r");

    while (pipe && fgets(line, sizeof line, pipe)) {
        line[strcspn(line, "\n")] = '\0';
        exh_strings_add(&lines, line);
    }
    if (pipe)
        pclose(pipe);
    return lines;
}

/* Size and digest of each packet (or decoded frame) of a stream ("v:0"), in order. */
static inline struct exh_strings footage_hashes(const char *path, const char *stream, bool decoded)
{
    EXH_CLEANUP(exh_freep) char *command =
        exh_format("ffmpeg -v fatal -nostdin %s -i '%s' -map 0:%s %s -f framemd5 - | grep -v '^#' | cut -d, -f5-6",
                   strstr(path, ".mp4") && !strstr(path, "clip") ? "-ignore_editlist 1" : "", path, stream,
                   decoded ? stream[0] == 'v' ? "-vsync passthrough" : "" : "-c copy -copyinkf");

    return footage_lines(command);
}

/* One field of each packet of a stream, as ffprobe shows it. */
static inline struct exh_strings footage_field(const char *path, const char *stream, const char *field)
{
    EXH_CLEANUP(exh_freep)
    char *command = exh_format("ffprobe -v fatal -select_streams %s -show_entries packet=%s -of csv=p=0 '%s' | tr -d ,",
                               stream, field, path);

    return footage_lines(command);
}

#endif
