/* media/still: single pictures of a job's inputs, and sheets of them. */
#ifndef EXHIBIT_MEDIA_STILL_H
#define EXHIBIT_MEDIA_STILL_H

#include "job.h"

/* Makes image @image of the job. @ret_bytes: added to. @ret_facts: the answer to EXH_HELPER_IMAGE. */
bool still_make(struct exh_media_job *job, size_t image, struct exh_text *ret_bytes, struct exh_json **ret_facts, struct exh_error *err)
    EXH_CHECK;

#endif
