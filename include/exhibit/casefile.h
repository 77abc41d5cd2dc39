/* casefile: the register of cases and exhibits, replayed from the custody log (floor 6).
 *
 * Nothing here is stored: delete it, and reading the log brings it back.
 */
#ifndef EXHIBIT_CASEFILE_H
#define EXHIBIT_CASEFILE_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/ledger.h"
#include "exhibit/moment.h"
#include "exhibit/person.h"
#include "exhibit/text.h"

/* What goes on beside a review, and holds back what is decided on it. */
enum exh_flag { EXH_FLAG_CRIMINAL_PROCEEDINGS, EXH_FLAG_INQUEST, EXH_FLAG_COUNT };
const char *exh_flag_name(enum exh_flag flag);
/* In an event, EXH_FLAG_UNSTATED is a flag that it says nothing of; of a case, one that nothing was ever said of. */
enum exh_flag_state { EXH_FLAG_UNSTATED, EXH_FLAG_NONE, EXH_FLAG_OPEN, EXH_FLAG_ENDED };
const char *exh_flag_state_words(enum exh_flag_state state);
/* Reads "criminal-proceedings=open" into @ret_states[flag]. EXH_USAGE: another form, or the flag is set there already. */
bool exh_flag_parse(const char *words, enum exh_flag_state states[EXH_FLAG_COUNT], struct exh_error *err) EXH_CHECK;

enum exh_answer { EXH_UNANSWERED, EXH_ANSWER_NO, EXH_ANSWER_YES };

/* Something that became known of a case: a status, flags of a review, or both. To draft one, zero it and set date, source and
 * what is known; strings are borrowed then. One of a case owns them. */
struct exh_case_event {
    char *status;                    /* "charged"; NULL: it states flags only, or takes an event back */
    struct exh_date date;            /* of effect */
    struct exh_date until;           /* only of a status that has an end: the release from custody, and the like */
    enum exh_flag_state flags[EXH_FLAG_COUNT];
    char *source;                    /* where it is known from: an email, a court's result */
    char *note;                      /* NULL where none */
    enum exh_answer injury;          /* only of a civil claim's "notified": whether somebody was injured */
    struct exh_date born;            /* only there: the day of birth of a claimant who is a minor */
    uint64_t corrects;               /* the event that it stands in the place of, from 1; 0: it follows the others */
    bool withdraws;                  /* takes that one back, with nothing in its place */
    uint64_t corrected_by;           /* set by the register: the event that stands in its place; 0: it counts */
    struct exh_moment entered;       /* set by the register: when, and by whom */
    char entered_by[EXH_FINGERPRINT_SIZE];
};
enum { EXH_CASE_MOST_EVENTS = 1000, EXH_CASE_LONGEST_TEXT = 2000 };

/* What the police did in the end, whether cameras led to it, and which town and council it counts for: what reports count by.
 * Strings of a draft are borrowed; what a case has, it owns. In a draft, what is NULL or unanswered is not said. */
struct exh_case_outcome {
    char *outcome;                   /* "arrest", "fine", "penalty-notice", "warning", "none" */
    struct exh_date date;            /* of the outcome; none without one */
    enum exh_answer cctv_led;
    char *town, *authority;
};
enum { EXH_CASE_LONGEST_NAME = 200, EXH_CASE_MOST_REFERENCES = 200 };

/* Why evidence is kept. */
struct exh_case {
    char id[24];                     /* "C1": opaque, in the order of opening */
    char *type;                      /* "arrest", ... (exh_case_type_check) */
    struct exh_strings references;   /* "police:35/91234/21" */
    char *requested_by, *basis;      /* who asked, and on what legal basis */
    char *title;                     /* NULL where none */
    struct exh_moment opened;
    char opened_by[EXH_FINGERPRINT_SIZE];
    bool sealed;                     /* its key is not to be had: id and times only, texts are NULL */
    bool key_destroyed;              /* by a sweep, at @key_destroyed_at */
    struct exh_moment key_destroyed_at;
    struct exh_case_outcome outcome; /* as far as it is known */
    size_t hold_count;               /* that were ever placed */
    struct exh_case_event *events;   /* in the order they were entered; event N is at N - 1 */
    size_t event_count;
};

/* DESTROYING: the log says that its destruction began; DESTROYED: that nothing of it is left in the store. */
enum exh_exhibit_state {
    EXH_EXHIBIT_BEGUN, EXH_EXHIBIT_DONE, EXH_EXHIBIT_FAILED, EXH_EXHIBIT_ABANDONED, EXH_EXHIBIT_DESTROYING, EXH_EXHIBIT_DESTROYED
};
const char *exh_exhibit_state_words(enum exh_exhibit_state state);

/* One evidential item, by its reference. */
struct exh_exhibit {
    char reference[24];              /* "OP1"; of a copy "OP1/2" */
    char of[24];                     /* of a copy: the Master that it is a copy of, "OP1"; else empty */
    char case_id[24];
    const char *making;              /* what made it: "export", "extract", "add"; of a copy "transcode", "combine", "still",
                                        "redact" */
    enum exh_exhibit_state state;
    struct exh_moment begun, ended;  /* ended: only when the state is not BEGUN */
    char producer[EXH_FINGERPRINT_SIZE];
    char tagmanifest[EXH_SHA256_DIGITS];   /* only when it was DONE; kept when it is DESTROYED */
    char plan[EXH_SHA256_DIGITS];    /* of a sweep, by which it is or was destroyed; else empty */
    struct exh_moment destroyed;     /* only when DESTROYED */
    char package[EXH_SHA256_DIGITS]; /* of the package that was made with it; empty: none was */
    char request[24];                /* the one that it was made on: "C1-R1"; empty: none was named */
    struct exh_date purpose_met;     /* of a copy: the day on which it had served its purpose, as it was last entered; none: it was not */
};

/* That a copy has served its purpose, or that what was said of that is taken back. What is said later takes the place of what was said
 * before. Strings are borrowed. */
struct exh_purpose {
    struct exh_date date;            /* the day on which it had; none where it is taken back */
    const char *reason;              /* how that is known */
    bool withdraws;                  /* nothing is to stand of it any more */
};

/* Why footage is taken out: somebody asked for it, or there was an emergency, and it was taken before anybody asked in form. To draft
 * one, zero it and set the texts, and the date of one that is no emergency; strings are borrowed then. One of the register owns them,
 * and where its case is sealed they are NULL, and there is no day. */
struct exh_request {
    char id[24];                     /* "C1-R2": the case, and the number of its requests */
    char case_id[24];
    bool emergency;
    char *by, *organisation, *rank;  /* who asked; rank: NULL where not said */
    char *basis, *purpose;           /* on what legal basis, and what for */
    char *authoriser;                /* who allowed them to ask */
    struct exh_date date;            /* when it was made */
    char *reason;                    /* of an emergency alone */
    struct exh_moment entered;       /* set by the register: when, and by whom */
    char entered_by[EXH_FINGERPRINT_SIZE];
    bool approved;                   /* of an emergency alone, by another */
    struct exh_moment approved_at;   /* only when approved; so are the others */
    char approved_by[EXH_FINGERPRINT_SIZE];
    char *approval;                  /* what was said of it; NULL where sealed */
};

/* A package made of exhibits of one case. */
struct exh_sealing {
    char id[24];                     /* "C1-P1": the case, and the number of its packages */
    char case_id[24];
    enum exh_exhibit_state state;
    struct exh_moment begun, ended;
    char sealer[EXH_FINGERPRINT_SIZE];
    struct exh_strings exhibits;     /* references, in the package's order */
    struct exh_strings digests;      /* of its files, one a volume; none of a folder; only when DONE */
    struct exh_strings tagmanifests; /* one a volume; only when DONE */
};

/* Whether who took a package said so: with a signature that holds, or on paper, which nobody but people can check. */
enum exh_receipt { EXH_RECEIPT_NONE, EXH_RECEIPT_ON_PAPER, EXH_RECEIPT_SIGNED };
const char *exh_receipt_words(enum exh_receipt receipt);      /* "none", "on-paper", "signed" */

/* A package handed over. To draft one, zero it and set package, date and the texts; strings are borrowed then. One of the register
 * owns them, and where its case is sealed they are NULL, and there is no day. */
struct exh_disclosure {
    char id[24];                     /* "C1-D2": the case, and the number of its disclosures */
    char case_id[24];
    char package[24];                /* "C1-P1"; of one that an exhibit was made with, the exhibit: "OP1" */
    struct exh_date date;            /* when it was handed over */
    char *to, *organisation;         /* who took it */
    char *method;                    /* how it went: by hand, upload */
    char *basis;                     /* on what legal basis */
    char *reason, *security, *approver;      /* NULL where not said; security: of the transfer */
    /* Set by the register. */
    struct exh_moment entered;       /* when, and by whom */
    char entered_by[EXH_FINGERPRINT_SIZE];
    struct exh_strings issued;       /* SHA-256 of the forms of its receipt that were issued */
    enum exh_receipt receipt;
    struct exh_moment accepted;      /* only of a receipt that there is; so are the others */
    char accepted_by[EXH_FINGERPRINT_SIZE];
    char *receipt_key;               /* fingerprint of the key that signed it; NULL on paper and where sealed */
    char *receipt_words;             /* what was said of one on paper; NULL of a signed one and where sealed */
    char *taken_by, *taken_on;       /* as it was filled in; NULL on paper and where sealed */
};

/* Somebody was told that a package is ready to be collected. To draft one, zero it and set package, date and the texts; strings are
 * borrowed then. One of the register owns them, and where its case is sealed they are NULL, and there is no day. */
struct exh_notice {
    char case_id[24];
    char package[24];                /* as of a disclosure */
    struct exh_date date;            /* when they were told */
    char *to, *method;               /* who, and how: by email */
    struct exh_moment entered;       /* set by the register: when, and by whom */
    char entered_by[EXH_FINGERPRINT_SIZE];
};

/* What is to be entered of a receipt that came back; strings are borrowed. */
struct exh_receipt_back {
    const char *form;                /* SHA-256 of the form that it is of; NULL: one on paper of which the form was not given */
    const char *text;                /* the file that came back, whole; NULL: only of one on paper */
    const char *signature;           /* the signature file; NULL: on paper */
    const char *key;                 /* fingerprint of the key that made it; NULL: on paper */
    const char *taken_by, *taken_on; /* as filled in; NULL: on paper */
    const char *words;               /* what is said of one on paper; NULL: it is signed */
};

/* An order not to dispose of a case, or of one exhibit of it; many may stand at once. To draft one, zero it and set exhibit, code,
 * authority, reference, review and note; strings are borrowed then. One of the register owns them, and where its case is sealed
 * they are NULL, and there is no review: that it stands is known all the same. */
struct exh_hold {
    char id[24];                     /* "C3-H2": the case, and the number of its holds */
    char case_id[24];
    char exhibit[24];                /* the one that it is on; empty: the whole case */
    bool own;                        /* of a case of type dhr, placed as it was opened: only the review's course ends it */
    char *code;                      /* why: exh_hold_code_at */
    char *authority, *reference;     /* who wants it, and what they call it */
    char *note;                      /* NULL where none */
    struct exh_date review;          /* when it must be looked at again, as ordered (exh_hold_review) */
    struct exh_moment reviewed;      /* when that day was set */
    struct exh_moment placed;
    char placed_by[EXH_FINGERPRINT_SIZE];
    bool released;
    struct exh_moment released_at;   /* only when released; so are the others */
    char released_by[EXH_FINGERPRINT_SIZE];
    char *release_reason, *release_authority;   /* NULL where sealed; the authority also where none was given */
};
enum { EXH_CASE_MOST_HOLDS = 1000, EXH_HOLD_MONTHS = 12, EXH_REVIEW_MONTHS = 6, EXH_NO_REVIEW_DAYS = 31 };

/* Start with EXH_CASEFILE_NONE. */
struct exh_casefile {
    struct exh_case *cases;
    size_t case_count;
    struct exh_exhibit *exhibits;
    size_t exhibit_count;
    struct exh_sealing *sealings;
    size_t sealing_count;
    struct exh_hold *holds;          /* in the order of placing, released ones too */
    size_t hold_count;
    struct exh_disclosure *disclosures;      /* in the order of entry */
    size_t disclosure_count;
    struct exh_notice *notices;      /* the same */
    size_t notice_count;
    struct exh_request *requests;    /* the same */
    size_t request_count;
};
#define EXH_CASEFILE_NONE { .cases = NULL }
void exh_casefile_clear(struct exh_casefile *casefile);

/* Replays the log's entries. @key_of gives the key named in an entry ("C1"), NULL where it is gone;
 * it stays @context's. EXH_MALFORMED: an entry that contradicts an earlier one, such as a copy whose Master is not done,
 * or is of another case. */
bool exh_casefile_replay(const struct exh_entry *entries, size_t count,
                         const struct exh_seal_key *(*key_of)(void *context, const char *key_id), void *context,
                         struct exh_casefile *ret_casefile, struct exh_error *err) EXH_CHECK;

/* True while something of it can be in the store: it is done, in the making, or being destroyed. */
bool exh_exhibit_is_there(const struct exh_exhibit *exhibit) EXH_CHECK;
/* Whether an exhibit may be destroyed, whatever the policies say of it. EXH_REFUSED: it is not done, or is destroyed already; a
 * hold on it, its Master or its case stands; it is a Master, and a copy of it is there; it is being packed. @with_copies: copies
 * that are done go before it, and do not count. */
bool exh_casefile_may_destroy(const struct exh_casefile *casefile, const struct exh_exhibit *exhibit, bool with_copies, struct exh_error *err)
    EXH_CHECK;
/* True when exhibits of the case were destroyed, the last of them at @ret_last, and none is there or in the making. */
bool exh_casefile_is_disposed(const struct exh_casefile *casefile, const struct exh_case *one, struct exh_moment *ret_last);
/* Whether the key of a case may be. EXH_REFUSED: it was; the case has, or makes, an exhibit or a package; a hold stands; no exhibit
 * of it was ever destroyed. */
bool exh_casefile_may_destroy_key(const struct exh_casefile *casefile, const struct exh_case *one, struct exh_error *err) EXH_CHECK;

/* The exhibit or package whose making an entry begins or ends, by its identifier, which is the entry's; NULL: neither. */
const char *exh_entry_item(const struct exh_entry *entry, bool *ret_begins) EXH_CHECK;

/* NULL where there is none. */
struct exh_case *exh_casefile_case(const struct exh_casefile *casefile, const char *id);
struct exh_exhibit *exh_casefile_exhibit(const struct exh_casefile *casefile, const char *reference);
struct exh_sealing *exh_casefile_sealing(const struct exh_casefile *casefile, const char *id);
/* The next package of a case: "C1-P2". */
void exh_casefile_next_sealing(const struct exh_casefile *casefile, const char *case_id, char ret_id[24]);
/* True when @words have the form of a package's identifier. */
bool exh_sealing_id_is_one(const char *words) EXH_CHECK;
/* The next copy of a Master: "OP17/3". */
void exh_casefile_next_copy(const struct exh_casefile *casefile, const char *master, char ret_reference[24]);

/* Takes the reference of a copy apart, "OP17/1" into "OP17" and 1. False where it is none: that of a Master, or none at
 * all. */
bool exh_reference_split(const char *reference, char ret_of[24], uint64_t *ret_number) EXH_CHECK;
/* True when @words have the form of a reference: of a Master or of a copy. */
bool exh_reference_is_one(const char *words) EXH_CHECK;
/* What an exhibit's files are called by in the store and in packages: "OP17_1". Initials have no '_', so that it leads back
 * to one reference only. */
void exh_reference_folder(const char *reference, char ret_name[24]);
/* The way back; false where @name is no exhibit's. */
bool exh_reference_of_folder(const char *name, char ret_reference[24]) EXH_CHECK;

/* ---- what became of a case ---- */

/* A text of a person's: NULL, or 1 to @longest bytes of UTF-8. @what names it in the message. EXH_USAGE. */
bool exh_case_text_check(const char *what, const char *text, size_t longest, struct exh_error *err) EXH_CHECK;

/* The statuses of cases of @type, one after the other from @index 0; NULL after the last. */
const char *exh_case_status_at(const char *type, size_t index);
/* EXH_USAGE where no type of case has a status @status, naming the nearest one. */
bool exh_case_status_check(const char *status, struct exh_error *err) EXH_CHECK;

/* The events that count, in their order: each in the place of the one that it corrects, those withdrawn left out. */
struct exh_case_line { const struct exh_case *one; const struct exh_case_event *next; size_t at; };
/* Begins with none; @one is borrowed. */
struct exh_case_line exh_case_line(const struct exh_case *one) EXH_CHECK;
/* The next one, the case's; NULL: there are no more. */
const struct exh_case_event *exh_case_line_next(struct exh_case_line *line);

/* Where a case stands. Borrowed from the case. */
struct exh_case_state {
    const struct exh_case_event *status;   /* the last event that gives one; NULL: nothing is known */
    enum exh_flag_state flags[EXH_FLAG_COUNT];
    struct exh_date since[EXH_FLAG_COUNT]; /* of each flag that was stated */
    bool ended;                            /* nothing more is expected of it */
};
struct exh_case_state exh_case_state(const struct exh_case *one) EXH_CHECK;

/* Judges what is to be entered of a case that is not sealed, by itself and after what is there. EXH_USAGE: an unknown status
 * (naming those there are), an end (until) that is missing, is not taken, or lies before the date, what other cases have only,
 * a text that is empty, too long or not UTF-8, an event to correct that is not there; EXH_REFUSED: the status or flag cannot
 * follow what is there (naming what can), its date is before that of the status before it, events after the one corrected could
 * not follow it, the one to correct was corrected already, or there are EXH_CASE_MOST_EVENTS. */
bool exh_case_event_check(const struct exh_case *one, const struct exh_case_event *event, struct exh_error *err) EXH_CHECK;
/* "custody until 2027-02-28, inquest open": what an event says, in words. Free with free(). */
char *exh_case_event_words(const struct exh_case_event *event) EXH_CHECK;
/* The sealed details of its entry (docs/formats/custody.md). */
struct exh_json *exh_case_event_details(const struct exh_case_event *event) EXH_CHECK;

/* Judges what is to be entered of an outcome. EXH_USAGE: nothing is said, an unknown outcome, one without its day or a day without
 * it, a text that is empty, longer than EXH_CASE_LONGEST_NAME or not UTF-8. */
bool exh_case_outcome_check(const struct exh_case_outcome *outcome, struct exh_error *err) EXH_CHECK;
struct exh_json *exh_case_outcome_details(const struct exh_case_outcome *outcome) EXH_CHECK;
/* Judges references that are to be added to a case, or taken out of those that stand. EXH_USAGE: there are none, one is not a
 * reference, or one to be taken out is not there; EXH_REFUSED: one to be added is there, or there would be more than
 * EXH_CASE_MOST_REFERENCES. */
bool exh_case_references_check(const struct exh_case *one, const struct exh_strings *references, bool remove, struct exh_error *err) EXH_CHECK;
struct exh_json *exh_case_references_details(const struct exh_strings *references, bool remove) EXH_CHECK;
/* True when a reference, the title or the town has @word in it, in upper or lower case of a to z. */
bool exh_case_mentions(const struct exh_case *one, const char *word) EXH_CHECK;

/* When a request for somebody's own data must be answered: a calendar month after it was received, three where that was
 * extended, and the days more for which the clock was stopped (Article 12(3) UK GDPR); where that is no working day, the next one
 * that is. */
struct exh_case_deadline {
    bool known;                      /* false: no such request, nothing received yet, or it is answered */
    struct exh_date due;             /* only while the clock goes; a stopped one has none */
    struct exh_date counted;         /* the day before it was moved to a working day: the same, or earlier */
    struct exh_date stopped;         /* since when; none: it goes */
};
struct exh_case_deadline exh_case_deadline(const struct exh_case *one, const struct exh_holidays *holidays) EXH_CHECK;
/* "2026-04-07, the next working day: counted to 2026-04-03, Good Friday"; where it was not moved, the day alone; NULL where there is
 * none. Free with free(). */
char *exh_case_deadline_words(const struct exh_case_deadline *deadline, const struct exh_holidays *holidays) EXH_CHECK;

/* ---- holds ---- */

/* The reasons of a hold, one after the other from @index 0; NULL after the last. */
const char *exh_hold_code_at(size_t index);
/* NULL where there is none. */
struct exh_hold *exh_casefile_hold(const struct exh_casefile *casefile, const char *id);
/* True for a hold of the exhibit's case on all of it, on the exhibit, or on the Master that it is a copy of: the copy leads back to that.
 * Whether the hold was released is not asked. */
bool exh_hold_is_on(const struct exh_hold *hold, const struct exh_exhibit *exhibit) EXH_CHECK;
/* The next hold of a case: "C3-H2". */
void exh_casefile_next_hold(const struct exh_case *one, char ret_id[24]);
/* When a hold must be looked at again. Of a review's own, once it is decided that there is none, EXH_NO_REVIEW_DAYS after that,
 * unless another day was set since. None where it is sealed. */
struct exh_date exh_hold_review(const struct exh_case *one, const struct exh_hold *hold);

/* Judges a hold that is to be placed on a case that is not sealed. EXH_USAGE: an unknown reason, "other" without a note, a missing
 * text, one that is empty, longer than EXH_CASE_LONGEST_TEXT or not UTF-8, an exhibit that is not of the case; and as
 * exh_hold_review_check; EXH_REFUSED: there were EXH_CASE_MOST_HOLDS. @today: where the store's people are. */
bool exh_hold_check(const struct exh_casefile *casefile, const struct exh_case *one, const struct exh_hold *hold, struct exh_date today,
                    struct exh_error *err) EXH_CHECK;
/* EXH_USAGE: no day, one that is past, or later than EXH_HOLD_MONTHS from @today. */
bool exh_hold_review_check(struct exh_date review, struct exh_date today, struct exh_error *err) EXH_CHECK;
/* Judges whether a hold can be released on @day (UTC). EXH_REFUSED: it was released; or it is a review's own, and what must happen
 * first has not: the report published or not published, or decided that there is no review and EXH_NO_REVIEW_DAYS gone by; and
 * neither criminal proceedings nor an inquest open. */
bool exh_hold_release_check(const struct exh_case *one, const struct exh_hold *hold, struct exh_date day, struct exh_error *err) EXH_CHECK;
/* The open hold of a review's own, where it can be released on @day; NULL: there is none, or it cannot. */
const struct exh_hold *exh_casefile_own_hold_done(const struct exh_casefile *casefile, const struct exh_case *one, struct exh_date day);
/* The sealed details of "case-hold", and the member "hold" of those of "case-open". */
struct exh_json *exh_hold_details(const struct exh_hold *hold) EXH_CHECK;

/* ---- the purpose of a copy ---- */

/* Judges what is to be entered of an exhibit of a case that is not sealed. @earliest: the day on which it was made. EXH_USAGE: it is of
 * another case; no reason, or one that is empty, longer than EXH_CASE_LONGEST_TEXT or not UTF-8; no day, one before @earliest, or one
 * of what is withdrawn; EXH_REFUSED: it is a Master, or not done, or there is nothing to be withdrawn. */
bool exh_purpose_check(const struct exh_case *one, const struct exh_exhibit *exhibit, const struct exh_purpose *purpose,
                       struct exh_date earliest, struct exh_error *err) EXH_CHECK;
/* The sealed details of "case-purpose". */
struct exh_json *exh_purpose_details(const struct exh_purpose *purpose) EXH_CHECK;

/* ---- requests ---- */

/* NULL where there is none. */
struct exh_request *exh_casefile_request(const struct exh_casefile *casefile, const char *id);
/* True when @words have the form of a request's identifier. */
bool exh_request_id_is_one(const char *words) EXH_CHECK;
/* The next one of a case: "C1-R2". */
void exh_casefile_next_request(const struct exh_casefile *casefile, const char *case_id, char ret_id[24]);
/* Judges what is to be entered of a case that is not sealed. EXH_USAGE: a missing text (by, organisation, basis, purpose, authoriser; of
 * an emergency its reason), one that is empty, longer than EXH_CASE_LONGEST_TEXT or not UTF-8; no day. */
bool exh_request_check(const struct exh_request *request, struct exh_error *err) EXH_CHECK;
/* The facts and the sealed details of "case-request". */
struct exh_json *exh_request_facts(const struct exh_request *request) EXH_CHECK;
struct exh_json *exh_request_details(const struct exh_request *request) EXH_CHECK;
/* Judges whether the person with the key @actor can approve an emergency. EXH_REFUSED: it is none, it was approved already, or they
 * entered it themselves. */
bool exh_request_approve_check(const struct exh_request *request, const char *actor, struct exh_error *err) EXH_CHECK;
/* Judges whether footage of a case can be taken out on it. EXH_REFUSED: it is of another case, or an emergency that nobody approved. */
bool exh_request_covers(const struct exh_request *request, const char *case_id, struct exh_error *err) EXH_CHECK;

/* ---- packages handed over ---- */

/* A package that can be handed over: one of exhibits, or one that was made with an exhibit. Start zeroed, clear with
 * exh_packed_clear. */
struct exh_packed {
    char id[24];                     /* "C1-P1", or "OP1" */
    char case_id[24];
    struct exh_moment sealed;        /* when it was done */
    struct exh_strings exhibits;     /* in its order */
    struct exh_strings digests;      /* of its files; none of a folder */
    struct exh_strings tagmanifests; /* of the same; of a folder these alone */
};
void exh_packed_clear(struct exh_packed *packed);
/* False where there is none of that identifier that is done. */
bool exh_casefile_packed(const struct exh_casefile *casefile, const char *id, struct exh_packed *ret_packed) EXH_CHECK;
/* True when an exhibit is in a package that is done. */
bool exh_casefile_packs(const struct exh_casefile *casefile, const char *package, const char *reference) EXH_CHECK;
/* True of an entry that says something of a package that holds an exhibit: that it is ready, was handed over, or of its receipt. */
bool exh_casefile_hands_over(const struct exh_casefile *casefile, const struct exh_entry *entry, const char *reference) EXH_CHECK;

/* NULL where there is none. */
struct exh_disclosure *exh_casefile_disclosure(const struct exh_casefile *casefile, const char *id);
/* True when @words have the form of a disclosure's identifier. */
bool exh_disclosure_id_is_one(const char *words) EXH_CHECK;
/* The next one of a case: "C1-D2". */
void exh_casefile_next_disclosure(const struct exh_casefile *casefile, const char *case_id, char ret_id[24]);
/* Judges what is to be entered of a case that is not sealed. @earliest: the day on which its package was sealed. EXH_USAGE: a
 * missing text (to, organisation, method, basis), one that is empty, longer than EXH_CASE_LONGEST_TEXT or not UTF-8; no day, or one
 * before @earliest; EXH_REFUSED: the case has no such package that is done. */
bool exh_disclosure_check(const struct exh_casefile *casefile, const struct exh_disclosure *disclosure, struct exh_date earliest,
                          struct exh_error *err) EXH_CHECK;
/* The sealed details of "disclose". */
struct exh_json *exh_disclosure_details(const struct exh_disclosure *disclosure) EXH_CHECK;
/* Judges a notice that a package is ready, as exh_disclosure_check does a disclosure; it needs to and method. */
bool exh_notice_check(const struct exh_casefile *casefile, const struct exh_notice *notice, struct exh_date earliest, struct exh_error *err)
    EXH_CHECK;
/* The sealed details of "disclose-ready". */
struct exh_json *exh_notice_details(const struct exh_notice *notice) EXH_CHECK;
/* The last notice of a package; NULL: nobody was told. */
const struct exh_notice *exh_casefile_last_notice(const struct exh_casefile *casefile, const char *package);
/* Judges a receipt that came back, its signature not. EXH_USAGE: one on paper of which nothing is said, or a text that is empty,
 * longer than EXH_CASE_LONGEST_TEXT or not UTF-8; EXH_REFUSED: one was accepted before; EXH_NO: of a form that was not issued for
 * this disclosure, or a signed one that does not say who took the package over, and when. */
bool exh_receipt_check(const struct exh_disclosure *disclosure, const struct exh_receipt_back *receipt, struct exh_error *err) EXH_CHECK;
/* The sealed details of "receipt-accept". */
struct exh_json *exh_receipt_details(const struct exh_receipt_back *receipt) EXH_CHECK;

/* ---- the register of reviews ---- */

/* The partnership's key: green, progressing well; amber, needs intervention to meet the target; red, needs it urgently. None: the
 * review is finished, or there is none. */
enum exh_rag { EXH_RAG_NONE, EXH_RAG_GREEN, EXH_RAG_AMBER, EXH_RAG_RED };
const char *exh_rag_name(enum exh_rag rag);   /* "green"; NULL for none */
/* The decision is due a month after the notification, the report at the Home Office six months after the decision; days on which
 * criminal proceedings were open are not counted. Amber in the last week of the month, and in the last 31 days of the six months. */
enum { EXH_DECISION_MONTHS = 1, EXH_DECISION_WARN_DAYS = 7, EXH_REPORT_MONTHS = 6, EXH_REPORT_WARN_DAYS = 31 };
/* A case of type dhr as a line of the register. Strings are its own; clear with exh_review_row_clear. */
struct exh_review_row {
    char *urn, *home_office;         /* references of the systems "dhr-urn" and "home-office"; NULL where none */
    char *town;                      /* NULL where none */
    char *status, *action_plan;
    struct exh_strings progress;     /* "2020-11-24 notified", one for each event that counts */
    enum exh_rag rag;
    char *why;                       /* of the rag, with the dates that it was computed from */
};
void exh_review_row_clear(struct exh_review_row *row);
/* @one is not sealed. */
void exh_review_row(const struct exh_case *one, struct exh_date today, struct exh_review_row *ret_row);

/* The types a case can have; EXH_USAGE naming them all for another. "dardr" is read as "dhr". */
bool exh_case_type_check(const char *type, const char **ret_type, struct exh_error *err) EXH_CHECK;
/* An external reference: a system's name, ':', an identifier: "police:35/91234/21". EXH_USAGE. */
bool exh_case_reference_check(const char *reference, struct exh_error *err) EXH_CHECK;

#endif
