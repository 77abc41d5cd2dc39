/* export: what a part says of itself, for players that show it. */
#include "export.h"

#include <stdlib.h>

void exh_export_find_about(struct exporting *e)
{
    e->about_source = exh_format("%s, %s", e->item.camera->id, e->item.camera->name);
    e->about = (struct exh_cut_about){ .unit = e->item.organisation, .source = e->about_source, .url = "",
                                       .person = exh_json_text_or(e->item.producer, "initials", "") };
    e->zone_steps = exh_zone_steps(e->question.window, e->item.zone, &e->about.zone_count);
    e->about.zone = e->zone_steps;
}

void exh_export_clear_about(struct exporting *e)
{
    free(e->about_source);
    free(e->zone_steps);
}
