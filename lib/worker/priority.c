/* worker/priority: work that nobody waits for gives way to work that somebody does. */
#include "exhibit/worker.h"

#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NICEST = 19, THIS_PROCESS = 0 };

/* Both are the calling thread's, and those that it starts have them from it: called before there is a second one. */
bool exh_process_give_way(void)
{
    bool processor = setpriority(PRIO_PROCESS, THIS_PROCESS, NICEST) == 0;
    bool disk = syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, THIS_PROCESS, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)) == 0;

    return processor && disk;
}
