/* report, private: what the pages of Masters, of copies and of packages share. */
#ifndef EXHIBIT_REPORT_PAGE_H
#define EXHIBIT_REPORT_PAGE_H

#include "exhibit/report.h"
#include "exhibit/text.h"

/* Where an exhibit is shown: alone on the page of its own bag, or in a section of a package's page. */
struct exh_page_place {
    const struct exh_json *package;          /* package.json; NULL: the exhibit is alone */
    const struct exh_report_item *items;     /* of the package's exhibits, this one among them */
    size_t count;
    size_t index;                            /* of this one */
};
#define EXH_PAGE_ALONE { .package = NULL }

/* ---- words, rows, links ---- */

/* Text of the record, safe inside HTML. */
void exh_page_safe(struct exh_text *page, const char *words);
/* A row of a table; nothing where there are no words. */
void exh_page_row(struct exh_text *page, const char *title, const char *words);
/* The same of a digest or a key. */
void exh_page_code_row(struct exh_text *page, const char *title, const char *words);
/* A row that holds an interval; nothing where it has no beginning. */
void exh_page_interval_row(struct exh_text *page, const char *title, const struct exh_json *window);
/* Both ends of an interval, local and UTC. */
void exh_page_interval(struct exh_text *page, const struct exh_json *window);
/* "2021-12-05 21:10:00 GMT" with "(2021-12-05T21:10:00Z)" after it. */
void exh_page_moment(struct exh_text *page, const char *local, const char *utc);
/* True of a name that a package's file can have: no other is ever a link or a source. */
bool exh_page_is_name(const char *file);
/* A link to a file of the package, by a name that every package's file has; any other name is text. */
void exh_page_file(struct exh_text *page, const char *file);
/* The same of a file that may be in another volume: it is named then, with its volume. */
void exh_page_link(struct exh_text *page, const struct exh_page_place *place, const char *file);
/* @words as one word of a shell's command, in quotes where it needs them. Free with free(). */
char *exh_page_shell_word(const char *words) EXH_CHECK;
/* The heading of a part of an exhibit, one below the exhibit's own. */
void exh_page_heading(struct exh_text *page, const struct exh_page_place *place, const char *words);
/* A table with a header over each column, whose widths add up to 100 percent. @kind: further classes, " files". */
struct exh_page_column { const char *title; int width; };
void exh_page_list_begin(struct exh_text *page, const char *kind, const struct exh_page_column *columns, size_t count);
void exh_page_list_end(struct exh_text *page);
/* What must not be overlooked: "<strong>Note:</strong> words." in a box. */
void exh_page_notice(struct exh_text *page, const char *title, const char *words);

/* ---- the frame ---- */

void exh_page_begin(struct exh_text *page, const char *title);
void exh_page_end(struct exh_text *page);

/* ---- where things are ---- */

/* The volume that has @file, where it is not this one; else 0. */
int64_t exh_page_elsewhere(const struct exh_page_place *place, const char *file);
/* The place in the package of exhibit @reference; -1 where it is not in it. */
long exh_page_find(const struct exh_page_place *place, const char *reference);
/* The place in the package of a copy of all of Master @reference, whose film is here; -1 where there is none. */
long exh_page_copy_of(const struct exh_page_place *place, const char *reference);
/* A link to that section: "OP1". */
void exh_page_to_section(struct exh_text *page, const struct exh_page_place *place, long index);

/* ---- a label ---- */

/* Rows: references of case @one, who asked, on what basis. */
void exh_page_references(struct exh_text *page, const struct exh_json *one);
/* A row: sealed when, by whom, with which key. */
void exh_page_sealed(struct exh_text *page, const struct exh_report_facts *facts);

/* ---- an exhibit ---- */

/* What it is, in a line. */
const char *exh_page_item_words(const struct exh_json *record);
/* The same in a word or two, for headings and lists. */
const char *exh_page_kind_words(const struct exh_json *record);
/* The camera's name, identifier and place. Free with free(). */
char *exh_page_camera_words(const struct exh_json *record) EXH_CHECK;
/* Rows: camera, or who handed it over. */
void exh_page_origin(struct exh_text *page, const struct exh_json *record);
/* Rows: the clock, the window. */
void exh_page_times(struct exh_text *page, const struct exh_json *record);
/* What there is of the window, to scale, and what is missing; nothing where there is no window. */
void exh_page_coverage(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record);
/* The picture of it alone. */
void exh_page_bar(struct exh_text *page, const struct exh_json *record);
void exh_page_findings(struct exh_text *page, const struct exh_json *record);
/* Its files, with players. */
void exh_page_master(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record);
/* A player of @part, where browsers play it and it is here; else what to do. */
void exh_page_player(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *part);

/* ---- copies ---- */

bool exh_page_is_copy(const struct exh_json *record);
/* What kind of copy it is, in a line. */
const char *exh_page_copy_words(const struct exh_json *record);
/* That it is a copy, and of what: the first thing said of it. */
void exh_page_copy_notice(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record);
/* How it differs from its Master, its files, and what it was made of. */
void exh_page_copy(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record);

/* ---- custody ---- */

/* The entries that package.json names, and the state of the log. */
void exh_page_custody(struct exh_text *page, const struct exh_json *package);

/* ---- checking ---- */

/* Commands for three systems, with @file for an example; then the signature and what it does not show. */
void exh_page_checking(struct exh_text *page, const char *file, const struct exh_report_facts *facts);

#endif
