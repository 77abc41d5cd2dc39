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

/* ---- the purpose of a copy ---- */

/* Replays "case-purpose". EXH_MALFORMED, or as exh_purpose_check. */
bool exh_casefile_take_purpose(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                               const struct exh_json *details, struct exh_error *err) EXH_CHECK;

/* ---- destruction ---- */

/* Replays "destroy-begun", "destroy-done" and "destroy-key". EXH_MALFORMED: it contradicts what is there. */
bool exh_casefile_take_destruction(struct exh_casefile *casefile, const struct exh_entry *entry, struct exh_error *err) EXH_CHECK;

/* ---- requests ---- */

void exh_request_clear(struct exh_request *request);
/* Replay "case-request" and "case-approve". @details NULL where the key of the case is gone. EXH_MALFORMED, or as the checks. */
bool exh_casefile_take_request(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                               const struct exh_json *details, struct exh_error *err) EXH_CHECK;
bool exh_casefile_take_approval(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                                const struct exh_json *details, struct exh_error *err) EXH_CHECK;
/* The request that an exhibit is begun on, where the entry names one. EXH_MALFORMED: it is none of its case,
 * or an emergency that was used before, or is another's, and that nobody has approved. */
bool exh_request_of_exhibit(const struct exh_casefile *casefile, const struct exh_entry *entry, char ret_id[24], struct exh_error *err)
    EXH_CHECK;

/* ---- packages handed over ---- */

/* True of an act about a package that is handed over. */
bool exh_casefile_discloses(const char *act) EXH_CHECK;
void exh_disclosure_clear(struct exh_disclosure *disclosure);
void exh_notice_clear(struct exh_notice *notice);
/* EXH_REFUSED where the case has no such package that is done. */
bool exh_packed_check(const struct exh_casefile *casefile, const char *case_id, const char *package, struct exh_error *err) EXH_CHECK;
/* EXH_USAGE: no day, or one before @earliest, on which the package was sealed. */
bool exh_packed_check_day(const char *package, struct exh_date date, struct exh_date earliest, struct exh_error *err) EXH_CHECK;
/* The earliest day that an entry may say something of a package on: by UTC it may be a day off. None where there is no such package. */
struct exh_date exh_packed_earliest(const struct exh_casefile *casefile, const char *package);
/* Keeps what the entry that ends a sealing says of its files. */
void exh_sealing_take_digests(struct exh_sealing *sealing, const struct exh_entry *entry);
/* Replays "disclose". @details NULL where the key of the case is gone. EXH_MALFORMED, or as exh_disclosure_check. */
bool exh_casefile_take_disclosure(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                                  const struct exh_json *details, struct exh_error *err) EXH_CHECK;
/* Replays "disclose-ready". As above. */
bool exh_casefile_take_notice(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                              const struct exh_json *details, struct exh_error *err) EXH_CHECK;
/* Replay what is issued and accepted for one: "receipt-issue", "receipt-accept". As above, and as exh_receipt_check. */
bool exh_casefile_take_receipt_form(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                                    const struct exh_json *details, struct exh_error *err) EXH_CHECK;
bool exh_casefile_take_receipt(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                               const struct exh_json *details, struct exh_error *err) EXH_CHECK;

/* EXH_MALFORMED where @date was still to come when it was entered; no zone is further from UTC than a day. */
bool exh_case_check_not_to_come(const struct exh_entry *entry, struct exh_date date, struct exh_error *err) EXH_CHECK;

/* Replays an act on a case that is open, "case-status" and the like; @details NULL where the key is gone. EXH_MALFORMED: it
 * contradicts what is there. */
bool exh_casefile_act(struct exh_casefile *casefile, const struct exh_entry *entry, const struct exh_json *details,
                      struct exh_error *err) EXH_CHECK;

#endif
