/* casefile, private: what its files share. */
#ifndef EXHIBIT_CASEFILE_PARTS_H
#define EXHIBIT_CASEFILE_PARTS_H

#include "exhibit/casefile.h"

/* Sets a member to a day; none is left out. */
void exh_case_set_date(struct exh_json *details, const char *name, struct exh_date date);
/* The day of a member; none where it is missing. EXH_MALFORMED: it is not a day. */
bool exh_case_take_date(const struct exh_json *details, const char *name, struct exh_date *ret_date, struct exh_error *err) EXH_CHECK;

/* ---- the table of statuses; "" is a case of which nothing is known yet ---- */

/* EXH_USAGE where cases of @type have no such status, naming those that they have. */
bool exh_status_need(const char *type, const char *name, struct exh_error *err) EXH_CHECK;
/* True where it needs an end, such as the release from custody; all others take none. */
bool exh_status_has_end(const char *type, const char *name) EXH_CHECK;
/* True where nothing more is expected of the case. */
bool exh_status_ends(const char *type, const char *name) EXH_CHECK;
bool exh_status_follows(const char *type, const char *before, const char *name) EXH_CHECK;
/* What may follow, in words: "paid, closed", or "none". Free with free(). */
char *exh_status_next_words(const char *type, const char *before) EXH_CHECK;

/* ---- events ---- */

void exh_case_event_clear(struct exh_case_event *event);
/* Takes an event out of the details of its entry. EXH_MALFORMED. */
bool exh_case_event_read(const struct exh_json *details, struct exh_case_event *ret_event, struct exh_error *err) EXH_CHECK;

/* True, false, or nothing said. */
enum exh_answer exh_case_take_answer(const struct exh_json *details, const char *name);

/* ---- outcomes and references ---- */

void exh_case_outcome_clear(struct exh_case_outcome *outcome);
/* Takes what is said out of the details of an entry, "case-open" too. EXH_MALFORMED. */
bool exh_case_outcome_read(const struct exh_json *details, struct exh_case_outcome *ret_outcome, struct exh_error *err) EXH_CHECK;
/* Puts what @later says in the place of what was known; takes it out of @later. */
void exh_case_outcome_merge(struct exh_case_outcome *known, struct exh_case_outcome *later);
/* Reads the details of "case-reference", judges and follows them. EXH_MALFORMED, or as exh_case_references_check. */
bool exh_case_references_take(struct exh_case *one, const struct exh_json *details, struct exh_error *err) EXH_CHECK;

/* ---- holds ---- */

void exh_hold_clear(struct exh_hold *hold);
/* Replays what places, reviews and releases a hold: "case-hold", "case-review", "case-release". @details NULL where the key of
 * the case is gone. EXH_MALFORMED, or as the checks. */
bool exh_casefile_take_hold(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                            const struct exh_json *details, struct exh_error *err) EXH_CHECK;
bool exh_casefile_take_review(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                              const struct exh_json *details, struct exh_error *err) EXH_CHECK;
bool exh_casefile_take_release(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                               const struct exh_json *details, struct exh_error *err) EXH_CHECK;
/* The same for the hold that "case-open" places, where its facts name one; a case of type dhr then has its own. */
bool exh_casefile_take_first_hold(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                                  const struct exh_json *details, struct exh_error *err) EXH_CHECK;

/* Replays an act on a case that is open, "case-status" and the like; @details NULL where the key is gone. EXH_MALFORMED: it
 * contradicts what is there. */
bool exh_casefile_act(struct exh_casefile *casefile, const struct exh_entry *entry, const struct exh_json *details,
                      struct exh_error *err) EXH_CHECK;

#endif
