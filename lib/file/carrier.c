/* file: what a directory lies on, as far as the system says. */
#include "exhibit/file.h"

#include "exhibit/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

void exh_carrier_clear(struct exh_carrier *carrier)
{
    free(carrier->file_system);
    free(carrier->device);
    free(carrier->vendor);
    free(carrier->model);
    free(carrier->serial);
    *carrier = (struct exh_carrier)EXH_CARRIER_NONE;
}

/* A word of the system's, without the blanks round it; NULL where there is none. */
static char *read_word(const char *path)
{
    enum { LARGEST = 4096 };
    EXH_CLEANUP(exh_error_clear) struct exh_error absent = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (!exh_file_read(AT_FDCWD, path, LARGEST, &bytes, &size, &absent))
        return NULL;
    const char *begin = bytes + strspn(bytes, " \t\n");
    size_t length = strlen(begin);
    while (length && strchr(" \t\n", begin[length - 1]))
        length--;
    EXH_CLEANUP(exh_freep) char *word = exh_strndup(begin, length);
    return length ? exh_text_printable(word) : NULL;
}

/* Of a disk, or of the disk that a partition is of. */
static char *read_fact(dev_t device, const char *fact)
{
    EXH_CLEANUP(exh_freep) char *own = exh_format("/sys/dev/block/%u:%u/%s", major(device), minor(device), fact);
    EXH_CLEANUP(exh_freep) char *of_disk = exh_format("/sys/dev/block/%u:%u/../%s", major(device), minor(device), fact);
    char *word = read_word(own);

    return word ? word : read_word(of_disk);
}

/* proc_pid_mountinfo(5): "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw" */
static char *file_system_of(const char *line, dev_t device)
{
    unsigned first, second;
    const char *type = strstr(line, " - ");

    if (!type || sscanf(line, "%*d %*d %u:%u ", &first, &second) != 2 || makedev(first, second) != device)
        return NULL;
    EXH_CLEANUP(exh_freep) char *word = exh_strndup(type + 3, strcspn(type + 3, " "));
    return exh_text_printable(word);
}

static char *find_file_system(dev_t device)
{
    EXH_CLEANUP(exh_freep) char *line = NULL;
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    char *found = NULL;
    size_t room = 0;

    while (mounts && !found && getline(&line, &room, mounts) > 0)
        found = file_system_of(line, device);
    if (mounts)
        fclose(mounts);
    return found;
}

void exh_carrier_describe(int fd, struct exh_carrier *ret_carrier)
{
    struct stat facts;

    *ret_carrier = (struct exh_carrier)EXH_CARRIER_NONE;
    if (fstat(fd, &facts))
        return;
    ret_carrier->file_system = find_file_system(facts.st_dev);
    if (major(facts.st_dev))             /* else there is no disk behind it that could be asked */
        ret_carrier->device = exh_format("%u:%u", major(facts.st_dev), minor(facts.st_dev));
    ret_carrier->vendor = read_fact(facts.st_dev, "device/vendor");
    ret_carrier->model = read_fact(facts.st_dev, "device/model");
    ret_carrier->serial = read_fact(facts.st_dev, "device/serial");
    EXH_CLEANUP(exh_freep) char *rotates = read_fact(facts.st_dev, "queue/rotational");
    ret_carrier->kind = !rotates ? EXH_CARRIER_UNKNOWN : *rotates == '1' ? EXH_CARRIER_ROTATES : EXH_CARRIER_SOLID;
}
