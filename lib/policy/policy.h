/* policy: what its files share. Private to policy. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "exhibit/policy.h"

/* ---- days: date.c ---- */

struct exh_date exh_date_before(struct exh_date date);

/* ---- words: words.c ---- */

/* A table of words that a value can be. */
struct policy_words { const char *const *at; size_t count; };
extern const struct policy_words exh_policy_case_words, exh_policy_item_words, exh_policy_custodian_words,
    exh_policy_flag_words, exh_policy_fact_words, exh_policy_then_words, exh_policy_yes_words;
/* Finds @size bytes of @word. */
bool exh_policy_find(const struct policy_words *words, const char *word, size_t size, size_t *ret_at) EXH_CHECK;
/* Fails with EXH_USAGE: "@what 'x' is not known; did you mean 'y'?", or naming all the words where none is near. */
bool exh_policy_unknown(const char *what, const struct policy_words *words, const char *word, size_t size,
                        struct exh_error *err);
/* Cuts the next piece off @words: what stands before @by, without white space around it. False where nothing is left.
 * */
bool exh_policy_piece(const char **words, const char *by, const char **ret_piece, size_t *ret_size);

/* "status convicted". Free with free(). */
char *exh_term_words(const struct exh_term *term) EXH_CHECK;
/* "status published or status not_published; and flag inquest not-open". Free with free(). */
char *exh_terms_words(const struct exh_terms *terms) EXH_CHECK;
/* Reads a list of terms. EXH_USAGE. */
bool exh_terms_parse(const char *words, struct exh_terms *ret_terms, struct exh_error *err) EXH_CHECK;
void exh_terms_clear(struct exh_terms *terms);
bool exh_term_equal(const struct exh_term *a, const struct exh_term *b) EXH_CHECK;
bool exh_terms_have(const struct exh_terms *terms, const struct exh_term *term) EXH_CHECK;
bool exh_rule_is_confirmed(const struct exh_rule *rule, const struct exh_strings *confirmed) EXH_CHECK;

/* True when a rule or the policy itself names the status. */
bool exh_policy_names_status(const struct exh_policy *policy, const char *word) EXH_CHECK;

/* ---- what happened: happen.c ---- */

/* When a term came true. */
struct happening {
    bool so;                             /* it did */
    bool awaited; /* not so, and nothing else may stand for it: a status's end that nobody named */
    bool dated;
    struct exh_date day;                 /* only when dated */
    int order;                           /* among the statuses of one day; -1 of all else */
    struct exh_effect effect;
    const struct exh_term *term;
};
/* Whether @a came after @b: a later day, or a later status of one day. What has no date came before everything. */
bool exh_happening_after(const struct happening *a, const struct happening *b) EXH_CHECK;
struct asked {
    const struct exh_life *life;
    const char *zone;
    struct exh_date today;
    bool only_past;                      /* what takes effect after today has not happened */
};
struct exh_date exh_effect_day(const struct exh_effect *effect, const char *zone);
/* A term; a status only where the status @overtaking (NULL, or not so: none) did not come after it. */
struct happening exh_happened(const struct asked *asked, const struct exh_term *term,
                              const struct happening *overtaking);
/* The latest of all terms, whatever their groups; not so where there is none. */
struct happening exh_happened_any(const struct asked *asked, const struct exh_terms *terms);
/* Of each group the latest, of those the latest; not so where a group has none, or awaits one. */
struct happening exh_happened_all(const struct asked *asked, const struct exh_terms *terms,
                                  const struct happening *overtaking);
/* The latest status among terms that are so; not so where there is none. */
struct happening exh_happened_status(const struct asked *asked, const struct exh_terms *terms);
/* EXH_USAGE: see exh_policy_decide. */
bool exh_life_check(const struct asked *asked, struct exh_error *err) EXH_CHECK;

/* ---- matching: match.c ---- */

/* True when @rule matches; fills @ret_match, whose lines the caller clears. */
bool exh_rule_match(const struct exh_policy *policy, const struct exh_rule *rule, const struct exh_setting *setting,
                    const struct asked *asked, struct exh_match *ret_match) EXH_CHECK;

/* ---- the decision in words: explain.c ---- */

/* Sets sentence, holds, findings and changes of a decision that is otherwise made under @policy. */
void exh_decision_explain(struct exh_decision *decision, const struct exh_policy *policy, const struct asked *asked);
/* True when a status that counts is not named by @policy; @ret_word stays the life's. */
bool exh_life_unknown_status(const struct exh_policy *policy, const struct exh_life *life, const char **ret_word)
    EXH_CHECK;

#endif
