/* media/log: libav's messages are kept for the answer instead of being printed. */
#include "source.h"

#include <libavutil/log.h>
#include <stdio.h>
#include <string.h>

/* av_log has no place for a context of ours, so these cannot be anywhere else. One thread reads footage. */
static char last[200];
static char taken[sizeof last];

static void keep(void *context, int level, const char *format, va_list arguments)
{
    char line[sizeof last];
    int prefix = 1;

    if (level > AV_LOG_ERROR)
        return;
    av_log_format_line(context, level, format, arguments, line, sizeof line, &prefix);
    line[strcspn(line, "\n")] = '\0';
    /* "[mov,mp4 @ 0x55d0a83c5a80] words": the address says nothing to anybody, and differs from run to run. */
    const char *words = line[0] == '[' ? strstr(line, "] ") : NULL;
    words = words ? words + 2 : line;
    if (*words)
        memmove(last, words, strlen(words) + 1);
}

void log_start(void)
{
    av_log_set_callback(keep);
}

const char *log_take(void)
{
    if (!last[0])
        return NULL;
    memcpy(taken, last, sizeof last);
    last[0] = '\0';
    return taken;
}
