/* report, private: what the pages of Masters and of copies share. */
#ifndef EXHIBIT_REPORT_PAGE_H
#define EXHIBIT_REPORT_PAGE_H

#include "exhibit/report.h"
#include "exhibit/text.h"

/* Text of the record, safe inside HTML. */
void exh_page_safe(struct exh_text *page, const char *words);
/* A row of a table; nothing where there are no words. */
void exh_page_row(struct exh_text *page, const char *title, const char *words);
/* Both ends of an interval, local and UTC. */
void exh_page_interval(struct exh_text *page, const struct exh_json *window);
/* A player, for what browsers play; else that one is needed. */
void exh_page_player(struct exh_text *page, const char *file);

/* ---- copies ---- */

bool exh_page_is_copy(const struct exh_json *record);
/* What kind of copy it is, in a line. */
const char *exh_page_copy_words(const struct exh_json *record);
/* That it is a copy, and of what: the first thing on the page. */
void exh_page_copy_notice(struct exh_text *page, const struct exh_json *record);
/* How it differs from its Master, its files, and what it was made of. */
void exh_page_copy(struct exh_text *page, const struct exh_json *record);

#endif
