/* policy: its words, and the terms that are made of them. */
#include "policy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const case_words[] = {
    [EXH_CASE_ARREST] = "arrest", [EXH_CASE_DHR] = "dhr", [EXH_CASE_ENFORCEMENT] = "enforcement",
    [EXH_CASE_SUBJECT_ACCESS] = "subject-access", [EXH_CASE_CIVIL_CLAIM] = "civil-claim",
    [EXH_CASE_CORONER] = "coroner", [EXH_CASE_COMPLAINT] = "complaint", [EXH_CASE_OTHER] = "other",
};
static const char *const item_words[] = {
    [EXH_ITEM_MASTER] = "master", [EXH_ITEM_WORKING] = "working-copy", [EXH_ITEM_REDACTED] = "redacted-copy",
    [EXH_ITEM_STILL] = "still", [EXH_ITEM_TRAINING] = "training",
    [EXH_ITEM_CASE_RECORD] = "case-record",
};
static const char *const custodian_words[] = {
    [EXH_CUSTODIAN_UNSAID] = "any", [EXH_CUSTODIAN_POLICE] = "police", [EXH_CUSTODIAN_COUNCIL] = "council",
};
static const char *const flag_words[] = {
    [EXH_MATTER_CRIMINAL] = "criminal-proceedings", [EXH_MATTER_INQUEST] = "inquest", [EXH_MATTER_APPEAL] = "appeal",
    [EXH_MATTER_CLAIM] = "claim", [EXH_MATTER_INJURY] = "injury-claim",
};
static const char *const fact_words[] = {
    [EXH_FACT_RECORDED] = "recorded", [EXH_FACT_COLLECTED] = "collected", [EXH_FACT_READY] = "made-ready",
    [EXH_FACT_HANDED_OVER] = "handed-over", [EXH_FACT_RECEIPT] = "receipt-accepted",
    [EXH_FACT_PURPOSE] = "purpose-met", [EXH_FACT_MAJORITY] = "majority",
    [EXH_FACT_DISPOSED] = "exhibits-destroyed",
};
static const char *const then_words[] = { [EXH_THEN_REVIEW] = "review", [EXH_THEN_DELETE] = "delete" };
static const char *const yes_words[] = { "no", "yes" };
static const char *const test_words[] = { "open", "ended", "not-open" };
static const char *const term_words[] = { "status",      "end-of-status",    "outcome",     "flag",
                                          "always",      "recorded",         "collected",   "made-ready",
                                          "handed-over", "receipt-accepted", "purpose-met", "majority",
                                          "exhibits-destroyed" };

const struct policy_words exh_policy_case_words = { case_words, EXH_COUNT(case_words) };
const struct policy_words exh_policy_item_words = { item_words, EXH_COUNT(item_words) };
const struct policy_words exh_policy_custodian_words = { custodian_words, EXH_COUNT(custodian_words) };
const struct policy_words exh_policy_flag_words = { flag_words, EXH_COUNT(flag_words) };
const struct policy_words exh_policy_fact_words = { fact_words, EXH_COUNT(fact_words) };
const struct policy_words exh_policy_then_words = { then_words, EXH_COUNT(then_words) };
const struct policy_words exh_policy_yes_words = { yes_words, EXH_COUNT(yes_words) };
static const struct policy_words policy_test_words = { test_words, EXH_COUNT(test_words) };
static const struct policy_words policy_term_words = { term_words, EXH_COUNT(term_words) };

const char *exh_case_type_word(enum exh_case_type type)
{
    return case_words[type];
}

const char *exh_item_kind_word(enum exh_item_kind kind)
{
    return item_words[kind];
}

const char *exh_custodian_word(enum exh_custodian custodian)
{
    return custodian_words[custodian];
}

const char *exh_life_matter_word(enum exh_life_matter flag)
{
    return flag_words[flag];
}

const char *exh_fact_word(enum exh_fact fact)
{
    return fact_words[fact];
}

const char *exh_then_word(enum exh_then then)
{
    return then_words[then];
}

bool exh_policy_find(const struct policy_words *words, const char *word, size_t size, size_t *ret_at)
{
    for (size_t i = 0; i < words->count; i++)
        if (strlen(words->at[i]) == size && memcmp(words->at[i], word, size) == 0) {
            *ret_at = i;
            return true;
        }
    return false;
}

bool exh_case_type_find(const char *word, enum exh_case_type *ret_type)
{
    size_t at;

    if (!exh_policy_find(&exh_policy_case_words, word, strlen(word), &at))
        return false;
    *ret_type = (enum exh_case_type)at;
    return true;
}

bool exh_item_kind_find(const char *word, enum exh_item_kind *ret_kind)
{
    size_t at;

    if (!exh_policy_find(&exh_policy_item_words, word, strlen(word), &at))
        return false;
    *ret_kind = (enum exh_item_kind)at;
    return true;
}

bool exh_life_matter_find(const char *word, enum exh_life_matter *ret_flag)
{
    size_t at;

    if (!exh_policy_find(&exh_policy_flag_words, word, strlen(word), &at))
        return false;
    *ret_flag = (enum exh_life_matter)at;
    return true;
}

/* ---- taking values apart ---- */

bool exh_policy_unknown(const char *what, const struct policy_words *words, const char *word, size_t size,
                        struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings list = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text all = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) char *copy = exh_strndup(word, size);
    EXH_CLEANUP(exh_freep) char *shown = exh_text_brief(copy, 60);

    for (size_t i = 0; i < words->count; i++) {
        exh_strings_add(&list, words->at[i]);
        exh_text_printf(&all, "%s%s", i == 0 ? "" : i + 1 == words->count ? " or " : ", ", words->at[i]);
    }
    const char *nearest = exh_text_nearest(&list, shown);
    if (nearest)
        return exh_fail(err, EXH_USAGE, "%s '%s' is not known: did you mean '%s'?", what, shown, nearest);
    return exh_fail(err, EXH_USAGE, "%s '%s' is not known: use %s", what, shown, all.bytes);
}

bool exh_policy_piece(const char **words, const char *by, const char **ret_piece, size_t *ret_size)
{
    const char *begin = *words;

    if (!begin)
        return false;
    const char *found = strstr(begin, by), *end = found ? found : begin + strlen(begin);
    *words = found ? found + strlen(by) : NULL;
    while (begin < end && isspace((unsigned char)*begin))
        begin++;
    while (end > begin && isspace((unsigned char)end[-1]))
        end--;
    *ret_piece = begin;
    *ret_size = (size_t)(end - begin);
    return true;
}

/* A status or outcome: it is the store's to say which there are. */
static bool is_free_word(const char *word)
{
    return exh_text_is_identifier(word, 40);
}

/* ---- terms ---- */

/* Up to four words of @size bytes, in place. */
static size_t split_words(char *bytes, char *ret_words[4])
{
    size_t count = 0;
    char *rest = NULL;

    for (char *word = strtok_r(bytes, " \t", &rest); word && count < 4; word = strtok_r(NULL, " \t", &rest))
        ret_words[count++] = word;
    return count;
}

static bool parse_named(enum exh_term_kind kind, char *const words[], size_t count, struct exh_term *ret_term,
                        struct exh_error *err)
{
    if (count != 2)
        return exh_fail(err, EXH_USAGE, "'%s' wants one word after it, such as '%s'", words[0],
                        kind == EXH_TERM_OUTCOME ? "outcome fine" : "status convicted");
    EXH_CLEANUP(exh_freep) char *shown = exh_text_brief(words[1], 60);
    if (!is_free_word(words[1]))
        return exh_fail(err, EXH_USAGE,
                        "'%s' is not a word that a status or an outcome can be: use letters, digits, '-' "
                        "and '_', 40 at most",
                        shown);
    ret_term->kind = kind;
    ret_term->word = exh_strdup(words[1]);
    return true;
}

static bool parse_flag(char *const words[], size_t count, struct exh_term *ret_term, struct exh_error *err)
{
    static const enum exh_term_kind kinds[] = { EXH_TERM_FLAG_OPEN, EXH_TERM_FLAG_ENDED, EXH_TERM_FLAG_NOT_OPEN };
    size_t flag, test;

    if (count != 3)
        return exh_fail(err, EXH_USAGE, "'flag' wants its name and a state after it, such as 'flag inquest not-open'");
    if (!exh_policy_find(&exh_policy_flag_words, words[1], strlen(words[1]), &flag))
        return exh_policy_unknown("flag", &exh_policy_flag_words, words[1], strlen(words[1]), err);
    if (!exh_policy_find(&policy_test_words, words[2], strlen(words[2]), &test))
        return exh_policy_unknown("state of a flag", &policy_test_words, words[2], strlen(words[2]), err);
    ret_term->kind = kinds[test];
    ret_term->flag = (enum exh_life_matter)flag;
    return true;
}

static bool parse_term(const char *bytes, size_t size, struct exh_term *ret_term, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *copy = exh_strndup(bytes, size);
    char *words[4];
    size_t count = split_words(copy, words), fact;

    if (count == 0)
        return exh_fail(err, EXH_USAGE,
                        "a term is missing: between ',' and 'and' stands one such as 'status convicted'");
    if (strcmp(words[0], "status") == 0)
        return parse_named(EXH_TERM_STATUS, words, count, ret_term, err);
    if (strcmp(words[0], "end-of-status") == 0)
        return parse_named(EXH_TERM_STATUS_END, words, count, ret_term, err);
    if (strcmp(words[0], "outcome") == 0)
        return parse_named(EXH_TERM_OUTCOME, words, count, ret_term, err);
    if (strcmp(words[0], "flag") == 0)
        return parse_flag(words, count, ret_term, err);
    bool is_fact = exh_policy_find(&exh_policy_fact_words, words[0], strlen(words[0]), &fact);
    if (!is_fact && strcmp(words[0], "always") != 0)
        return exh_policy_unknown("term", &policy_term_words, words[0], strlen(words[0]), err);
    if (count != 1)
        return exh_fail(err, EXH_USAGE, "'%s' has words after it that mean nothing: terms are joined by ',' or 'and'",
                        words[0]);
    ret_term->kind = is_fact ? EXH_TERM_FACT : EXH_TERM_ALWAYS;
    ret_term->fact = is_fact ? (enum exh_fact)fact : 0;
    return true;
}

static bool add_group(const char *words, size_t size, unsigned group, struct exh_terms *terms, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *copy = exh_strndup(words, size);
    const char *left = copy, *piece;

    while (exh_policy_piece(&left, ",", &piece, &size)) {
        struct exh_term term = { .group = group };
        if (terms->count == EXH_TERMS_MOST)
            return exh_fail(err, EXH_USAGE, "there are more than %d terms", EXH_TERMS_MOST);
        if (!parse_term(piece, size, &term, err))
            return false;
        terms->at = exh_realloc_array(terms->at, terms->count + 1, sizeof *terms->at);
        terms->at[terms->count++] = term;
    }
    return true;
}

bool exh_terms_parse(const char *words, struct exh_terms *ret_terms, struct exh_error *err)
{
    EXH_CLEANUP(exh_terms_clear) struct exh_terms terms = { NULL, 0 };
    EXH_CLEANUP(exh_freep) char *copy = exh_strdup(words);
    const char *left = copy, *piece;
    size_t size;

    for (char *c = copy; *c; c++)        /* so that ' and ' is found whatever white space there is */
        *c = *c == '\t' ? ' ' : *c;
    for (unsigned group = 0; exh_policy_piece(&left, " and ", &piece, &size); group++) {
        if (group == EXH_GROUPS_MOST)
            return exh_fail(err, EXH_USAGE, "there are more than %d parts joined by 'and'", EXH_GROUPS_MOST);
        if (!add_group(piece, size, group, &terms, err))
            return false;
    }
    *ret_terms = terms;
    terms = (struct exh_terms){ NULL, 0 };
    return true;
}

void exh_terms_clear(struct exh_terms *terms)
{
    for (size_t i = 0; i < terms->count; i++)
        free(terms->at[i].word);
    free(terms->at);
    *terms = (struct exh_terms){ NULL, 0 };
}

char *exh_term_words(const struct exh_term *term)
{
    switch (term->kind) {
    case EXH_TERM_ALWAYS:        break;
    case EXH_TERM_STATUS:        return exh_format("status %s", term->word);
    case EXH_TERM_STATUS_END:    return exh_format("end-of-status %s", term->word);
    case EXH_TERM_OUTCOME:       return exh_format("outcome %s", term->word);
    case EXH_TERM_FLAG_OPEN:     return exh_format("flag %s open", flag_words[term->flag]);
    case EXH_TERM_FLAG_ENDED:    return exh_format("flag %s ended", flag_words[term->flag]);
    case EXH_TERM_FLAG_NOT_OPEN: return exh_format("flag %s not-open", flag_words[term->flag]);
    case EXH_TERM_FACT:          return exh_strdup(fact_words[term->fact]);
    }
    return exh_strdup("always");
}

char *exh_terms_words(const struct exh_terms *terms)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    for (size_t i = 0; i < terms->count; i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_term_words(&terms->at[i]);
        bool joins = i > 0 && terms->at[i].group != terms->at[i - 1].group;
        exh_text_printf(&text, "%s%s", i == 0 ? "" : joins ? ", and " : " or ", words);
    }
    return exh_text_take(&text);
}

bool exh_term_equal(const struct exh_term *a, const struct exh_term *b)
{
    return a->kind == b->kind && a->flag == b->flag && a->fact == b->fact
        && (a->word ? strcmp(a->word, b->word) == 0 : !b->word);
}

bool exh_terms_have(const struct exh_terms *terms, const struct exh_term *term)
{
    for (size_t i = 0; i < terms->count; i++)
        if (exh_term_equal(&terms->at[i], term))
            return true;
    return false;
}

/* ---- what a policy as a whole says ---- */

bool exh_rule_is_confirmed(const struct exh_rule *rule, const struct exh_strings *confirmed)
{
    return rule->sure || (confirmed && exh_strings_contain(confirmed, rule->id));
}

static bool terms_name_status(const struct exh_terms *terms, const char *word)
{
    for (size_t i = 0; i < terms->count; i++) {
        const struct exh_term *term = &terms->at[i];
        if ((term->kind == EXH_TERM_STATUS || term->kind == EXH_TERM_STATUS_END) && strcmp(term->word, word) == 0)
            return true;
    }
    return false;
}

bool exh_policy_names_status(const struct exh_policy *policy, const char *word)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct exh_rule *r = &policy->rules[i];
        if (terms_name_status(&r->begins, word) || terms_name_status(&r->trigger, word)
            || terms_name_status(&r->from, word) || terms_name_status(&r->also_until, word)
            || terms_name_status(&r->stops, word))
            return true;
    }
    return exh_strings_contain(&policy->statuses, word);
}
