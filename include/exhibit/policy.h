/* policy: retention rules as data: read, held against each other, and asked about one item (floor 5).
 *
 *     EXH_CLEANUP(exh_policy_clear) struct exh_policy policy = EXH_POLICY_NONE;
 *     EXH_CLEANUP(exh_decision_clear) struct exh_decision decision = EXH_DECISION_NONE;
 *     if (!exh_policy_read("policies/uk-local-authority.conf", &policy, err)
 *         || !exh_policy_decide(&policy, &setting, &life, &decision, err))
 *         return false;
 *
 * Nothing here knows a store, a log or the clock: what is known of an item is told (struct exh_life), and what follows
 * is answered, with every step of the reckoning in words. Nothing is written anywhere. docs/policies.md teaches how a
 * policy is written; the syntax is git's configuration file format (git-config(1), "CONFIGURATION FILE").
 *
 * The laws: a hold beats every rule; of the rules that match, the one that keeps longest decides; what is not known
 * keeps, and is told; a rule that nobody is sure of makes nothing due until the store has confirmed it; 'review' stays
 * review, however long nobody looks.
 */
#ifndef EXHIBIT_POLICY_H
#define EXHIBIT_POLICY_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/moment.h"
#include "exhibit/text.h"

/* ---- days and periods ---- */

enum { EXH_DATE_LAST_YEAR = 2200 };
/* True for a day that exists, from 1678 to 2200. */
bool exh_date_is_valid(struct exh_date date) EXH_CHECK;
/* The end of a day, as the first instant that is no more of it: the next midnight in @zone. Where clocks skip that
 * midnight, the instant after the gap; where they show it twice, the one after which the day does not come back. */
struct exh_moment exh_date_end(struct exh_date date, const char *zone);

enum exh_period_unit { EXH_DAYS, EXH_MONTHS, EXH_YEARS };
struct exh_period_step { enum exh_period_unit unit; unsigned count; };
enum { EXH_PERIOD_STEPS = 3, EXH_PERIOD_YEARS = 100 };
/* Calendar steps, taken one after the other. */
struct exh_period {
    struct exh_period_step steps[EXH_PERIOD_STEPS];
    size_t count;
    bool no_end;                         /* kept for good; then no steps */
};
/* Reads "31 days", "6 months", "1 year", "6 months + 31 days" or "no end". EXH_USAGE: anything else; more than
 * EXH_PERIOD_STEPS steps; more than 100 years in one (36525 days, 1200 months). */
bool exh_period_parse(const char *words, struct exh_period *ret_period, struct exh_error *err) EXH_CHECK;
/* "6 months + 31 days". Free with free(). */
char *exh_period_words(const struct exh_period *period) EXH_CHECK;
/* One step on from @date. Months and years keep the day of the month, or clip to the month's last (@ret_clipped, may be
 * NULL). A day after 2200 may come out: exh_date_is_valid tells. */
struct exh_date exh_date_add(struct exh_date date, struct exh_period_step step, bool *ret_clipped);

/* ---- words of a policy ---- */

/* The types a case can have, in the order of enum exh_case_type. */
enum exh_case_type {
    EXH_CASE_ARREST,
    EXH_CASE_DHR,
    EXH_CASE_ENFORCEMENT,
    EXH_CASE_SUBJECT_ACCESS,
    EXH_CASE_CIVIL_CLAIM,
    EXH_CASE_CORONER,
    EXH_CASE_COMPLAINT,
    EXH_CASE_OTHER,
    EXH_CASE_TYPES
};
enum exh_item_kind {
    EXH_ITEM_MASTER, EXH_ITEM_WORKING, EXH_ITEM_REDACTED, EXH_ITEM_STILL, EXH_ITEM_TRAINING,
    EXH_ITEM_CASE_RECORD,                /* what is known of a case: no exhibit, and no rule is about it that does not name it */
    EXH_ITEM_KINDS
};
/* Who keeps the Master for the courts. */
enum exh_custodian { EXH_CUSTODIAN_UNSAID, EXH_CUSTODIAN_POLICE, EXH_CUSTODIAN_COUNCIL, EXH_CUSTODIANS };
/* What runs beside a case. The claims are those notified to the council. */
enum exh_life_matter { EXH_MATTER_CRIMINAL, EXH_MATTER_INQUEST, EXH_MATTER_APPEAL, EXH_MATTER_CLAIM, EXH_MATTER_INJURY, EXH_MATTERS };
enum exh_life_state { EXH_MATTER_NONE, EXH_MATTER_OPEN, EXH_MATTER_ENDED };
/* The dates of an item that a rule can count from. */
enum exh_fact {
    EXH_FACT_RECORDED,                   /* what it shows happened: the end of its window */
    EXH_FACT_COLLECTED,                  /* it was made or locked: the clip exists since */
    EXH_FACT_READY,                      /* who asked for it was told that it is ready */
    EXH_FACT_HANDED_OVER,
    EXH_FACT_RECEIPT,                    /* a verified receipt for it was accepted */
    EXH_FACT_PURPOSE,                    /* of a copy: what it was made for is done */
    EXH_FACT_MAJORITY,                   /* the 18th birthday of a claimant who was a minor */
    EXH_FACT_DISPOSED,                   /* of a case's record: the last exhibit of the case was destroyed */
    EXH_FACTS
};
/* As policies write them: "subject-access", "redacted-copy", "council", "injury-claim", "receipt-accepted". */
const char *exh_case_type_word(enum exh_case_type type);
const char *exh_item_kind_word(enum exh_item_kind kind);
const char *exh_custodian_word(enum exh_custodian custodian);
const char *exh_life_matter_word(enum exh_life_matter flag);
const char *exh_fact_word(enum exh_fact fact);
/* False: no such word. */
bool exh_case_type_find(const char *word, enum exh_case_type *ret_type) EXH_CHECK;
bool exh_item_kind_find(const char *word, enum exh_item_kind *ret_kind) EXH_CHECK;
bool exh_life_matter_find(const char *word, enum exh_life_matter *ret_flag) EXH_CHECK;

/* ---- policies ---- */

enum exh_term_kind {
    EXH_TERM_ALWAYS,                     /* "always": true from the beginning, without a date */
    EXH_TERM_STATUS,                     /* "status convicted": the latest of that word that is not superseded */
    EXH_TERM_STATUS_END,                 /* "end-of-status custody": the last end that those of that word name;
                                          * while one of them has none, it is waited for */
    EXH_TERM_OUTCOME,                    /* "outcome fine" */
    EXH_TERM_FLAG_OPEN, EXH_TERM_FLAG_ENDED, EXH_TERM_FLAG_NOT_OPEN,   /* "flag inquest not-open": none, or ended */
    EXH_TERM_FACT,                       /* "receipt-accepted" */
};
struct exh_term {
    enum exh_term_kind kind;
    char *word;                          /* of a status or an outcome; else NULL */
    enum exh_life_matter flag;                  /* only of a flag */
    enum exh_fact fact;                  /* only of a fact */
    unsigned group;                      /* terms of one group are joined by ',', groups by 'and' */
};
/* Holds when each group has a term that holds; its date is the latest of those. */
struct exh_terms { struct exh_term *at; size_t count; };

enum exh_then { EXH_THEN_REVIEW, EXH_THEN_DELETE };
const char *exh_then_word(enum exh_then then);

enum {
    EXH_RULES_MOST = 200,
    EXH_TERMS_MOST = 32,
    EXH_GROUPS_MOST = 8,
    EXH_REMINDERS_MOST = 8,
    EXH_POLICY_LARGEST = 256 << 10
};
struct exh_rule {
    char *id;                            /* "R07": an identifier, at most 32 characters */
    char *title, *legal;                 /* one line each */
    unsigned cases, items;               /* sets: 1u << EXH_CASE_ARREST | ... */
    enum exh_custodian custodian;        /* EXH_CUSTODIAN_UNSAID: whoever it is */
    bool information;                    /* says what is so elsewhere; never matches an item */
    struct exh_terms begins;             /* keeps from here on, until @trigger; may be empty */
    struct exh_terms trigger;            /* begins the period */
    struct exh_terms from;               /* the period is counted from here where it is known; else from the trigger */
    struct exh_terms also_until;         /* and kept until the end of this day; without an end until it is known */
    struct exh_terms stops;              /* matches no more, once this came after what began it */
    struct exh_period period;
    enum exh_then then;
    bool sure;                           /* false: makes nothing due before the store has confirmed it */
    bool needs_status;                   /* makes nothing due in a case that has no status */
    bool whichever_first;                /* comes before longer rules: the item may go when either allows it */
    struct exh_period reminders[EXH_REMINDERS_MOST];   /* when somebody should look, from the trigger on */
    size_t reminder_count;
    struct exh_period review_every;      /* and again and again; count 0: as the policy says */
};

/* Start with EXH_POLICY_NONE, end with exh_policy_clear. */
struct exh_policy {
    char *name, *version;
    char *zone;                          /* NULL: the store's */
    enum exh_custodian custodian;        /* where a life does not say */
    struct exh_period review_every;      /* of what is kept without an end; count 0: never */
    struct exh_strings statuses;         /* words that are known, though no rule need name them */
    struct exh_rule *rules;              /* in the file's order */
    size_t rule_count;
    char digest[EXH_SHA256_DIGITS];      /* SHA-256 of the file's bytes */
};
#define EXH_POLICY_NONE { .name = NULL }
void exh_policy_clear(struct exh_policy *policy);

/* Reads a policy file. EXH_IO: cannot read it. EXH_MALFORMED, naming the file, the line, the rule and the key, and the
 * nearest word that is known: syntax; a section, key or word that is not known; a key twice, a rule twice; what a rule
 * needs and has not; larger than EXH_POLICY_LARGEST, more than EXH_RULES_MOST rules, EXH_TERMS_MOST terms or
 * EXH_GROUPS_MOST groups in one value, or 1000 bytes in it. @ret_policy is untouched then. */
bool exh_policy_read(const char *path, struct exh_policy *ret_policy, struct exh_error *err) EXH_CHECK;
/* The same from bytes, which @name names in messages. */
bool exh_policy_parse(const char *name, const char *bytes, size_t size, struct exh_policy *ret_policy,
                      struct exh_error *err) EXH_CHECK;
/* NULL where there is none. */
const struct exh_rule *exh_policy_rule(const struct exh_policy *policy, const char *id);

/* ---- what is known of one item ---- */

/* When something took effect: a day, or an instant, whose day is that of the zone. */
enum exh_effect_kind { EXH_EFFECT_NONE, EXH_EFFECT_DAY, EXH_EFFECT_INSTANT };
struct exh_effect {
    enum exh_effect_kind kind;           /* NONE: it has not happened, or nobody said when */
    struct exh_date day;                 /* only of a day */
    struct exh_moment instant;           /* only of an instant */
};
struct exh_status {
    const char *word;
    struct exh_effect effect;            /* not NONE */
    struct exh_effect end; /* of a status that ends by itself, as custody with a release date; else NONE */
    bool superseded;                     /* a later event corrects this one: it counts no more */
};
struct exh_life_flag {
    enum exh_life_state state;
    struct exh_effect since;             /* of OPEN and ENDED: not NONE */
};
struct exh_life_hold {
    const char *id, *reason;             /* reason: NULL where it is sealed and its key is gone */
    struct exh_effect placed, review;    /* each may be NONE */
    bool released;
};
/* All strings and lists are the caller's. */
struct exh_life {
    enum exh_case_type case_type;
    enum exh_item_kind item;
    enum exh_custodian custodian;        /* UNSAID: the policy's */
    const struct exh_status
        *statuses; /* in the order in which they were entered; of one day, the later entered counts as later */
    size_t status_count;
    const char *outcome;                 /* NULL: none */
    struct exh_effect outcome_since;
    struct exh_life_flag flags[EXH_MATTERS];
    struct exh_effect facts[EXH_FACTS];  /* of a copy: its Master's, but for EXH_FACT_PURPOSE */
    const struct exh_life_hold *holds;
    size_t hold_count;
    struct exh_moment now;
};
/* What the store has decided. */
struct exh_setting {
    const char *zone;                    /* of policies without one (exh_zone_check) */
    const struct exh_strings
        *confirmed; /* identifiers of rules that are not sure, and taken all the same; NULL: none */
};

/* ---- the decision ---- */

enum exh_decision_kind {
    EXH_KEPT_HELD,                       /* a hold is open */
    EXH_KEPT_UNKNOWN,                    /* nothing is known that would make it due */
    EXH_KEPT_UNTIL,                      /* until @end by @rule; without an end where @has_end is false */
    EXH_DUE,                             /* since @end by @rule, for what @then says */
};
enum exh_unknown {
    EXH_KNOWN,
    EXH_UNKNOWN_STATUS,                  /* a status that the policy does not name */
    EXH_UNKNOWN_NO_STATUS,               /* no status at all, and the rule needs one */
    EXH_UNKNOWN_NO_RULE,                 /* no rule matches */
    EXH_UNKNOWN_UNCONFIRMED,             /* due only by a rule that is not sure, and not confirmed */
};
/* "held", "unknown", "kept", "due"; "status", "no-status", "no-rule", "unconfirmed". For JSON. */
const char *exh_decision_kind_word(enum exh_decision_kind kind);
const char *exh_unknown_word(enum exh_unknown unknown);

/* A rule that matches. */
struct exh_match {
    const struct exh_policy *policy;     /* the caller's */
    const struct exh_rule *rule;         /* of the policy */
    bool triggered;                      /* false: waits for its trigger */
    struct exh_date trigger;             /* its day, or that of the beginning where it waits; year 0: it has none */
    struct exh_effect begun;             /* the same, as it was told; without one, when the item was collected */
    bool has_end;
    struct exh_date last_day;            /* the day that it is kept to the end of; only when @has_end */
    struct exh_moment end;               /* exclusive: due from here on; only when @has_end */
    bool confirmed;                      /* sure, or confirmed */
    bool has_reminder_past, has_reminder_next;
    struct exh_moment reminder_past, reminder_next;    /* when somebody should have looked last, and should next */
    struct exh_strings lines;            /* the reckoning, one sentence a step */
};
struct exh_decision {
    enum exh_decision_kind kind;
    enum exh_decision_kind without_holds;   /* what @kind would be if no hold were open */
    enum exh_unknown unknown;            /* why; not EXH_KNOWN only where @without_holds is EXH_KEPT_UNKNOWN */
    const struct exh_match *decider;     /* one of @matches; NULL where none */
    bool has_end;
    struct exh_moment end;               /* as the decider has it */
    enum exh_then then;                  /* as the decider has it; REVIEW where there is none */
    struct exh_match *matches;
    size_t match_count;
    char *sentence;                      /* the decision, in one sentence */
    struct exh_strings holds;            /* each open hold, in a sentence */
    struct exh_strings findings;         /* what is not known, or odd */
    struct exh_strings changes;          /* what would change the decision */
};
#define EXH_DECISION_NONE { .sentence = NULL }
void exh_decision_clear(struct exh_decision *decision);

/* Decides for one item under one policy. EXH_USAGE: a fact that cannot be meant: a day that does not exist or lies
 * after 2200, a status without a date, a flag that is open or ended without a date; an end before its beginning. The
 * decision borrows from @policy. */
bool exh_policy_decide(const struct exh_policy *policy, const struct exh_setting *setting, const struct exh_life *life,
                       struct exh_decision *ret_decision, struct exh_error *err) EXH_CHECK;

/* A policy, and from when on it is in force. */
struct exh_policy_version { const struct exh_policy *policy; struct exh_moment effective; };
/* Decides under the version in force at the life's now, and so that a change shortens forward only: what an earlier
 * version asked for is asked for still by each of its rules whose trigger (or beginning) lies before the version that
 * replaced it, as its rules that come before longer ones (whichever_first) allow; the longest decides. A day counts as
 * before where it began before. @versions are in order of their instants; later ones than now are passed over. Where
 * the version in force has no rule for the item, nothing is known. EXH_USAGE: as above; out of order; none in force
 * yet. */
bool exh_policy_decide_versions(const struct exh_policy_version *versions, size_t count,
                                const struct exh_setting *setting, const struct exh_life *life,
                                struct exh_decision *ret_decision, struct exh_error *err) EXH_CHECK;

/* Until when a decision by exh_policy_decide_versions stands while nothing more becomes known: asked at any instant from the life's
 * now up to before it, kind, unknown, decider, end and then are the same; sentences may count days otherwise. INT64_MAX: for good. */
struct exh_moment exh_decision_until(const struct exh_decision *decision, const struct exh_policy_version *versions, size_t count,
                                     const struct exh_setting *setting, const struct exh_life *life);

/* What one life is under two policies, by themselves and when the second replaces the first. */
struct exh_comparison {
    struct exh_decision before, after;   /* each policy alone */
    struct exh_decision forward;         /* @after replaces @before at its instant */
    bool shortened, lengthened;          /* what @after alone does to the end */
    char *sentence;
};
#define EXH_COMPARISON_NONE { .sentence = NULL }
void exh_comparison_clear(struct exh_comparison *comparison);
/* @effective: when @after takes the place of @before; where that lies after the life's now, @forward is as it is
 * decided now. EXH_USAGE: as exh_policy_decide. */
bool exh_policy_compare(const struct exh_policy *before, const struct exh_policy *after, struct exh_moment effective,
                        const struct exh_setting *setting, const struct exh_life *life,
                        struct exh_comparison *ret_comparison, struct exh_error *err) EXH_CHECK;

/* ---- lint ---- */

enum exh_lint_kind {
    EXH_LINT_UNREACHABLE, /* another rule matches wherever this one does, and keeps as long or longer */
    EXH_LINT_OVERLAP, /* one event begins both rules, and they end in different ways */
    EXH_LINT_STATUS_WITHOUT_RULE, /* a status of the vocabulary that the policy does not name: it keeps for good */
    EXH_LINT_STATUS_NOT_IN_VOCABULARY, /* a status of the policy that no case can have */
    EXH_LINT_UNCONFIRMED, /* not sure, and not confirmed: makes nothing due */
};
/* "unreachable", "overlap", "status-without-rule", "status-not-in-vocabulary", "unconfirmed". */
const char *exh_lint_kind_word(enum exh_lint_kind kind);
struct exh_lint_finding {
    enum exh_lint_kind kind;
    const struct exh_rule *rule;         /* NULL: of the policy as a whole */
    char *sentence;
};
struct exh_lint { struct exh_lint_finding *findings; size_t count; };
#define EXH_LINT_NONE { NULL, 0 }
void exh_lint_clear(struct exh_lint *lint);
/* Holds the rules against each other, and against what the store knows. @vocabulary: every status that a case can
 * have; NULL: not known, nothing is said of statuses. @confirmed: as in struct exh_setting. Unreachable and
 * overlapping rules are told where the words of the rules alone show it: no finding is no proof. The findings borrow
 * from @policy. */
void exh_policy_lint(const struct exh_policy *policy, const struct exh_strings *vocabulary,
                     const struct exh_strings *confirmed, struct exh_lint *ret_lint);

#endif
