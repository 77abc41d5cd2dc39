/* admin: acts that set the store up: keys, sources, cameras, cases; each leaves its entry (floor 9). */
#ifndef EXHIBIT_ADMIN_H
#define EXHIBIT_ADMIN_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/moment.h"
#include "exhibit/person.h"
#include "exhibit/store.h"
#include "exhibit/text.h"

/* The store must have its actor. EXH_REFUSED: the actor's role may not do it. */

/* Trusts a key from now on. @until .ns INT64_MAX: without end. One that the store knows by these initials gets that end and
 * role in place of what it had. EXH_USAGE: initials or name not fit; EXH_REFUSED: the key is known by other initials, or was
 * revoked; another key has these; it is the last admin's, and would be no admin's any more. */
bool exh_admin_trust(struct exh_store *store, const struct exh_public_key *key, const char *name, const char *initials,
                     enum exh_role role, struct exh_moment until, struct exh_error *err) EXH_CHECK;
/* Revokes a key, named by its fingerprint or its person's initials. @since: from when it counts as
 * revoked; not later than now. EXH_USAGE: no such key; EXH_REFUSED: revoked already, or the last admin. */
bool exh_admin_revoke(struct exh_store *store, const char *who, const char *reason, struct exh_moment since, struct exh_error *err) EXH_CHECK;

/* Adds a source or a camera. EXH_USAGE: identifier, layout, zone, root or path not fit; EXH_REFUSED:
 * the identifier is in use. A source's root is kept as an absolute path. A source whose layout is a recorder's name may
 * leave root and zone NULL: the recorder's own are taken, and the store's zone for a recorder that writes local time. */
bool exh_admin_add_source(struct exh_store *store, const struct exh_source *source, struct exh_error *err) EXH_CHECK;
bool exh_admin_add_camera(struct exh_store *store, const struct exh_camera *camera, struct exh_error *err) EXH_CHECK;
/* EXH_USAGE where @id is not fit to name a @what ("camera"). */
bool exh_admin_check_identifier(const char *what, const char *id, struct exh_error *err) EXH_CHECK;

/* Adds a remote of the log; an act "config-set". EXH_USAGE: its name, or as exh_store_check_remote; EXH_REFUSED: the name is
 * in use. */
bool exh_admin_add_remote(struct exh_store *store, const struct exh_store_remote *remote, struct exh_error *err) EXH_CHECK;
/* Takes a remote out of the configuration; what is kept of the last push to it stays. EXH_USAGE: there is none. */
bool exh_admin_remove_remote(struct exh_store *store, const char *name, struct exh_error *err) EXH_CHECK;

/* Sets values of the configuration together, all or none; an act "config-set". Names: as exh_config_key_find reads them. Values that
 * are there already are passed over, and where all are there is no entry: ret_changed[i] says so of each. With @dry_run all is judged,
 * and nothing changed. EXH_USAGE: no such key, or the store could not be opened with these values; EXH_REFUSED: role;
 * EXH_BUSY. */
bool exh_admin_set_config(struct exh_store *store, const struct exh_config_value *values, size_t count, bool dry_run, bool ret_changed[],
                          struct exh_error *err) EXH_CHECK;

/* ---- many cameras from one file (exhibit-camera(1)) ---- */

enum { EXH_IMPORT_LARGEST = 16 << 20 };              /* bytes of such a file */
enum exh_import_act { EXH_IMPORT_ADD, EXH_IMPORT_CHANGE, EXH_IMPORT_SAME };
struct exh_import_row {
    size_t line;                     /* of the file, from 1 */
    struct exh_camera camera;        /* as it is to be */
    enum exh_import_act act;         /* what that means for the store */
    struct exh_json *changes;        /* EXH_IMPORT_CHANGE: {"town":{"from":"March","to":null}}; NULL else */
};
struct exh_import_problem {
    size_t line;
    const char *column;              /* NULL: of the whole line */
    enum exh_kind kind;              /* EXH_MALFORMED; EXH_REFUSED: the camera is there with other facts */
    char *text;                      /* one sentence; not made safe to show */
};
/* What a file says, held against the store. Clear with exh_import_clear. */
struct exh_import {
    struct exh_import_row *rows;     /* in the file's order */
    size_t row_count;
    size_t counts[3];                /* rows of each enum exh_import_act */
    struct exh_import_problem *problems;     /* in the file's order */
    size_t problem_count;
    char digest[EXH_SHA256_DIGITS];  /* of the file */
};
void exh_import_clear(struct exh_import *import);
/* Judges a CSV file of cameras: every row of it, 10,000 at most. Changes nothing. @update: cameras that are there
 * with other facts are to be changed, not refused. Of a column that the file has not got, a camera keeps what the
 * store knows; an empty field takes the fact away. */
void exh_import_read(const struct exh_store *store, const char *bytes, size_t size, bool update, struct exh_import *ret_import);
/* Fails where there are problems, with how many: EXH_MALFORMED, or EXH_REFUSED where all are of that kind. */
bool exh_import_check(const struct exh_import *import, const char *what, struct exh_error *err) EXH_CHECK;
/* Puts all of it in with one change of the configuration and one entry, or nothing. Where all cameras are there
 * already, there is no entry. Fails as exh_import_check and exh_store_configure do; EXH_USAGE also where the entry
 * would be larger than 2 MiB (ten thousand cameras with words of usual length fit). */
bool exh_import_apply(struct exh_store *store, const struct exh_import *import, struct exh_error *err) EXH_CHECK;

struct exh_check_options {
    const char *photo;               /* path of a photograph of the two clocks; NULL: none */
    bool large_difference;           /* the clock really was off by more than a day */
    bool dry_run;                    /* judge it only: nothing is kept, no entry is made */
};
/* Enters a check of a camera's clock in the log: one entry, never changed. The caller sets shown, actual, uncertainty_ns,
 * reference and method of @check; the rest is set here. The photograph is kept in the store before the entry is made.
 * EXH_USAGE: unknown camera, an actual time that is still to come, a text that is empty or too long;
 * EXH_REFUSED: more than a day of difference without @large_difference; EXH_MALFORMED: the photograph is not a
 * regular file of 1 byte to 50 MB; EXH_IO: it cannot be read or kept. After a failure there is no entry; a
 * photograph that was kept before the entry failed stays, and exh_store_unknown_photos names it. */
bool exh_admin_check_time(struct exh_store *store, const char *camera, const struct exh_check_options *options,
                          struct exh_clock_check *check, struct exh_error *err) EXH_CHECK;

/* ---- cases ---- */

/* In all acts on cases, @dry_run: all is judged, and nothing is entered. After a failure there is no entry. */

struct exh_case_draft {
    const char *type, *requested_by, *basis, *title;     /* title, town and authority may be NULL */
    const char *town, *authority;
    const struct exh_strings *references;
    const char *hold;                /* why it is held from the beginning (exh_hold_code_at); NULL: it is not */
    const char *note;                /* of the hold; NULL where none */
    struct exh_date review;          /* of the hold; none: of a case of type dhr in EXH_REVIEW_MONTHS */
    bool dry_run;
};
/* Opens a case and makes its key; a hold is placed with the same entry. One of type dhr always has such a hold of its own. The
 * hold's authority is who asked, its reference the first one, or the case. @ret_id: with dry_run, the one that would be next.
 * EXH_USAGE: type or reference not fit, nothing said of who asked and on what basis, a town or authority as
 * exh_case_outcome_check, a hold as exh_hold_check, a hold named for a case of type dhr, or a review or note without a hold. */
bool exh_admin_open_case(struct exh_store *store, const struct exh_case_draft *draft, char ret_id[24], struct exh_error *err) EXH_CHECK;

/* Enters what became of a case: one entry, "case-status", never changed; its day is judged in the store's zone. Where a review's
 * own hold can be released by it, and the actor may, a second entry, "case-release", does that. @ret_released: that hold; empty:
 * none. EXH_USAGE, EXH_REFUSED: as exh_case_event_check; also EXH_USAGE: no such case, a day that is still to come; EXH_IO: the
 * key of the case is gone. Killed, or failing, between the two entries, the hold stands, and may be released by hand. */
bool exh_admin_set_status(struct exh_store *store, const char *id, const struct exh_case_event *event, bool dry_run,
                          char ret_released[24], struct exh_error *err) EXH_CHECK;
/* Enters an outcome, or what else reports count a case by: one entry, "case-outcome"; what it says takes the place of what was
 * said before. EXH_USAGE: as exh_case_outcome_check, no such case, a day that is still to come; EXH_IO: as above. */
bool exh_admin_set_outcome(struct exh_store *store, const char *id, const struct exh_case_outcome *outcome, bool dry_run,
                           struct exh_error *err) EXH_CHECK;
/* Adds references to a case, or takes them out of those that stand: one entry, "case-reference"; what was taken out stays in the
 * log. EXH_USAGE, EXH_REFUSED: as exh_case_references_check; also EXH_USAGE: no such case; EXH_IO: as above. */
bool exh_admin_set_references(struct exh_store *store, const char *id, const struct exh_strings *references, bool remove, bool dry_run,
                              struct exh_error *err) EXH_CHECK;

/* Places a hold on a case, or on the exhibit that it names: one entry, "case-hold". @ret_id: the hold's, also with @dry_run.
 * EXH_USAGE, EXH_REFUSED: as exh_hold_check; also EXH_USAGE: no such case; EXH_IO: as above. */
bool exh_admin_place_hold(struct exh_store *store, const char *id, const struct exh_hold *hold, bool dry_run, char ret_id[24],
                          struct exh_error *err) EXH_CHECK;
/* What is said of a hold that stands. Strings are borrowed. */
struct exh_hold_change {
    const char *id;                  /* of the hold */
    const char *reason;              /* why it is released, or kept */
    const char *authority;           /* who wants it released; NULL where not said */
    struct exh_date review;          /* when it is to be looked at next */
    bool dry_run;
};
/* Releases a hold: one entry, "case-release". EXH_USAGE: no such hold, no reason, a text that is empty, too long or not UTF-8;
 * EXH_REFUSED: as exh_hold_release_check; EXH_IO: as above. */
bool exh_admin_release_hold(struct exh_store *store, const struct exh_hold_change *change, struct exh_error *err) EXH_CHECK;
/* Says that a hold was looked at and stands, until its next review: one entry, "case-review". EXH_USAGE: as above and
 * exh_hold_review_check; EXH_REFUSED: it was released; EXH_IO: as above. */
bool exh_admin_review_hold(struct exh_store *store, const struct exh_hold_change *change, struct exh_error *err) EXH_CHECK;

/* Enters that a copy has served its purpose, or takes that back: one entry, "case-purpose"; its day is judged in the store's zone.
 * EXH_USAGE, EXH_REFUSED: as exh_purpose_check; also EXH_USAGE: no such exhibit, a day that is still to come; EXH_IO: as above. */
bool exh_admin_set_purpose(struct exh_store *store, const char *reference, const struct exh_purpose *purpose, bool dry_run,
                           struct exh_error *err) EXH_CHECK;

/* ---- requests ---- */

/* Enters a request for footage of a case: one entry, "case-request". @request: its texts and its day; an emergency is entered by what is
 * made in it (exh_export_options). @ret_id: the request's, also with @dry_run. EXH_USAGE: as exh_request_check, no such case, a day that
 * is still to come; EXH_IO: as above. */
bool exh_admin_add_request(struct exh_store *store, const char *case_id, const struct exh_request *request, bool dry_run, char ret_id[24],
                           struct exh_error *err) EXH_CHECK;
/* Approves an emergency, named by its identifier or by an exhibit that was made in it: one entry, "case-approve". @ret_id: the
 * request's. EXH_USAGE: no such request or exhibit, no reason, or one that is empty, too long or not UTF-8; EXH_REFUSED: as
 * exh_request_approve_check, or the exhibit was made on no request; EXH_IO: as above. */
bool exh_admin_approve_request(struct exh_store *store, const char *what, const char *reason, bool dry_run, char ret_id[24],
                               struct exh_error *err) EXH_CHECK;

/* ---- what a crash left (exhibit-doctor(1)) ---- */

enum exh_doctor_state {
    EXH_DOCTOR_SETTLED,              /* it was finished, or cleared away */
    EXH_DOCTOR_DUE,                  /* it would be, were this no dry run */
    EXH_DOCTOR_LIVE,                 /* a command is working on it: left alone */
    EXH_DOCTOR_LEFT,                 /* a person must look at it: left alone */
};
const char *exh_doctor_state_name(enum exh_doctor_state state);   /* "settled", "due", "live", "left" */
/* One thing that was found. */
struct exh_doctor_item {
    enum exh_doctor_state state;
    const char *kind;                /* those of leftovers; "lock", "foreign", "exhibit", "rights", "log", "index", "key", "program", "cage",
                                        "font", "disk", "clock" */
    char *name;                      /* "OP3", "private/log.key" */
    char *text;                      /* one sentence: what was done or would be, or what to do */
};
/* Start zeroed, clear with exh_doctor_clear. */
struct exh_doctor_report { struct exh_doctor_item *items; size_t count; };
void exh_doctor_clear(struct exh_doctor_report *report);
/* Settles what exh_store_recover settles, and a lock file on the log's branch that a killed command left, and says of each thing what
 * became of it; looks at everything else that could keep the store from working, and leaves it alone. With @dry_run nothing
 * is changed and no actor is needed. Locks by itself. EXH_REFUSED: the actor's role may not end what others began; EXH_BUSY; EXH_IO:
 * the store cannot be read, or is full. */
bool exh_doctor(struct exh_store *store, bool dry_run, struct exh_doctor_report *ret_report, struct exh_error *err) EXH_CHECK;

#endif
