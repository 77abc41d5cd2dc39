/* attention: what of a store needs somebody's attention today (floor 12).
 *
 * Nothing is decided here that other modules do not decide: holds, deadlines, what is due, what waits, what was not checked are
 * asked for, and put on one list. Nothing is entered, and no footage is read.
 */
#ifndef EXHIBIT_ATTENTION_H
#define EXHIBIT_ATTENTION_H

#include "exhibit/error.h"
#include "exhibit/moment.h"
#include "exhibit/store.h"

/* In the order in which they are listed. */
enum exh_attention_kind {
    EXH_ATTENTION_ANSWER,                /* a request for somebody's own data waits for its answer */
    EXH_ATTENTION_HOLD,                  /* the day of a hold's review is past, or near */
    EXH_ATTENTION_EMERGENCY,             /* footage was taken out in one that nobody approved yet */
    EXH_ATTENTION_UNCOLLECTED,           /* a package that was not handed over, or for which no receipt came back */
    EXH_ATTENTION_PLAN,                  /* a plan of disposal waits for its approval, or to be carried out */
    EXH_ATTENTION_DUE,                   /* due for deletion, or for review */
    EXH_ATTENTION_CLOCK,                 /* a camera's clock was not checked, or not for long */
    EXH_ATTENTION_STORE,                 /* what it keeps failed when it was verified last, or was not for long */
    EXH_ATTENTION_LOG,                   /* entries that were not verified since, or that nobody outside has seen */
    EXH_ATTENTION_KINDS
};
/* "answer", "hold", "emergency", "uncollected", "plan", "due", "clock", "store", "log". */
const char *exh_attention_word(enum exh_attention_kind kind);

struct exh_attention {
    enum exh_attention_kind kind;
    char *what;                          /* "C3", "C3-H1", "OP17", a plan's SHA-256, a camera; NULL: the log */
    struct exh_date by;                  /* the day that counts; none where there is none */
    bool late;                           /* that day is past; of an emergency, the hours are */
    char *text;                          /* one sentence */
};
struct exh_attentions {
    struct exh_attention *at;            /* by kind, then by day */
    size_t count;
    uint64_t held_bytes;                 /* of exhibits that a hold keeps, as their bags say */
    size_t held;                         /* how many those are */
};
#define EXH_ATTENTIONS_NONE { NULL, 0, 0, 0 }
void exh_attentions_clear(struct exh_attentions *attentions);

/* Days ahead at which holds and answers are told before they are late. */
enum { EXH_ATTENTION_DAYS = 7 };
/* So many hours after it an emergency is to be approved: this program's own choice, no law's. */
enum { EXH_EMERGENCY_HOURS = 24 };
/* So many days after its last verification a store is to be verified again. */
enum { EXH_ATTENTION_VERIFY_DAYS = 31 };
/* Finds all of it as of @now. What is asked of every case is kept in the store's index, and only cases with new entries are asked
 * again. EXH_MALFORMED: the register contradicts itself; EXH_BUSY: another process writes the index; EXH_IO. A store that goes by no policy has
 * nothing due. */
bool exh_attention_find(struct exh_store *store, struct exh_moment now, struct exh_attentions *ret_attentions, struct exh_error *err)
    EXH_CHECK;

#endif
