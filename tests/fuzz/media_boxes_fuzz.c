/* A file of any bytes: media data lie where boxes are, and looking for the recorder's time ends. */
#include "../../lib/media/boxes.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct boxes boxes = { .media = NULL };
    int fd = memfd_create("boxes", MFD_CLOEXEC);
    int64_t ns;

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    boxes_find(fd, size, &boxes);
    if (boxes.whole_size > size || boxes.moov.end > size || (boxes_mtxi(fd, &boxes, &ns) && !boxes.has_moov))
        abort();
    for (size_t i = 0; i < boxes.media_count; i++)
        if (boxes.media[i].start > boxes.media[i].end)
            abort();
    boxes_clear(&boxes);
    close(fd);
    return 0;
}
