/* media/chapters: where a part's pieces join, for people who jump from one to the next. */
#ifndef EXHIBIT_MEDIA_CHAPTERS_H
#define EXHIBIT_MEDIA_CHAPTERS_H

#include "plan.h"

/* A list of an MP4 file's chapters holds no more. */
enum { MOST_CHAPTERS = 255 };

/* The clocks in the people's zone at an instant; NULL where nothing is known of them. */
const struct exh_media_zone_step *zone_step_at(const struct exh_media_about *about, int64_t ns);

struct chapter {
    int64_t from_ns, to_ns;      /* in the part's time */
    char *title;                 /* "21:11:00 GMT, 2021-12-05T21:11:00Z" */
};
void chapter_clear(struct chapter *chapter);

/* How many the part has: one at its beginning and one at each join; of more than MOST_CHAPTERS, one at every so
 * many joins. */
size_t chapters_count(const struct exh_media_plan *plan);
/* The one with that number. Clear with chapter_clear. */
struct chapter chapters_at(const struct exh_media_plan *plan, size_t number);

/* Gives @format all of them. False: no memory. */
bool chapters_add(const struct exh_media_plan *plan, AVFormatContext *format) EXH_CHECK;

#endif
