/* policy: its file, read into rules.
 *
 * The parser of the syntax (repo) tells neither lines nor empty sections: both are found in the bytes, by looking for
 * the headers of sections. What is found so serves messages, and to see that no rule is written twice or left without a
 * word.
 */
#include "policy.h"

#include "exhibit/file.h"
#include "exhibit/repo.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_ID = 32, LONGEST_NAME = 80, LONGEST_VALUE = 1000 };

/* ---- where things stand in the file ---- */

/* A line that begins something: not a comment, not the rest of a line that '\' carries on. */
struct line { const char *at, *end; size_t number; bool continued; };

static bool is_carried_on(const struct line *line)
{
    const char *begin = line->at + strspn(line->at, " \t"), *end = line->end;
    size_t slashes = 0;

    if (end > begin && end[-1] == '\r')
        end--;
    while (end - slashes > begin && end[-1 - (long)slashes] == '\\')
        slashes++;
    return *begin != '#' && *begin != ';' && slashes % 2 == 1;
}

static bool next_line(struct line *line)
{
    if (line->number && !*line->end)
        return false;
    const char *begin = line->number ? line->end + 1 : line->at;
    line->continued = line->number && is_carried_on(line);
    line->at = begin;
    line->end = begin + strcspn(begin, "\n");
    line->number++;
    return true;
}

/* '[rule "R07"]': the identifier, and what follows on the line. '[policy]' has the identifier "". */
static bool header_of(const struct line *line, const char *section, const char **ret_id, size_t *ret_size,
                      const char **ret_rest)
{
    const char *c = line->at + strspn(line->at, " \t");
    size_t size = strlen(section);

    if (line->continued || *c != '[' || strncasecmp(c + 1, section, size) != 0)
        return false;
    c += 1 + size;
    c += strspn(c, " \t");
    *ret_id = c;
    *ret_size = 0;
    if (*c == '"') {
        *ret_id = c + 1;
        *ret_size = strcspn(c + 1, "\"\n");
        c += 1 + *ret_size + (c[1 + *ret_size] == '"');
    }
    *ret_rest = c + 1;
    return *c == ']';
}

/* "[rule.R07]": the syntax has it, in lower case only, so that it would be another rule than it seems. */
static bool is_dotted_rule(const struct line *line)
{
    return !line->continued && strncasecmp(line->at + strspn(line->at, " \t"), "[rule.", 6) == 0;
}

static bool is_header_of(const struct line *line, const char *section, const char *id, const char **ret_rest)
{
    const char *found;
    size_t size;

    return header_of(line, section, &found, &size, ret_rest) && size == strlen(id) && strncmp(found, id, size) == 0;
}

static bool begins_with_key(const char *words, const char *key)
{
    size_t size = strlen(key);

    words += strspn(words, " \t");
    return strncasecmp(words, key, size) == 0 && !isalnum((unsigned char)words[size]) && words[size] != '-';
}

/* The line of a key of a section, else the section's, else 0. */
static size_t line_of(const char *bytes, const char *section, const char *id, const char *key)
{
    struct line line = { .at = bytes };
    size_t header = 0;
    const char *rest;

    while (next_line(&line)) {
        const char *words = line.at + strspn(line.at, " \t");
        bool is_header = !line.continued && *words == '[';
        if (is_header && header)
            break;
        if (is_header && is_header_of(&line, section, id, &rest)) {
            header = line.number;
            words = rest;
        }
        if (header && key && !line.continued && begins_with_key(words, key))
            return line.number;
    }
    return header;
}

/* ---- values ---- */

struct reading {
    const char *name, *bytes;            /* of the file */
    struct exh_policy policy;
    struct exh_strings seen;             /* full names of the keys so far */
    struct exh_strings given;            /* "R07.trigger": which keys each rule has */
};

static bool take_text(const char *value, char **ret_text, struct exh_error *err)
{
    for (const char *c = value; *c; c++)
        if (iscntrl((unsigned char)*c))
            return exh_fail(err, EXH_USAGE, "the value has a control character in it: write one line of plain text");
    if (!*value || !exh_text_is_utf8(value, strlen(value)))
        return exh_fail(err, EXH_USAGE, "the value is %s", *value ? "not UTF-8 text: save the file as UTF-8" : "empty");
    *ret_text = exh_strdup(value);
    return true;
}

static bool take_word(const char *what, const struct policy_words *words, const char *value, size_t *ret_at,
                      struct exh_error *err)
{
    return exh_policy_find(words, value, strlen(value), ret_at)
        || exh_policy_unknown(what, words, value, strlen(value), err);
}

static bool take_yes(const char *value, bool *ret_yes, struct exh_error *err)
{
    size_t at;

    if (!take_word("value", &exh_policy_yes_words, value, &at, err))
        return false;
    *ret_yes = at == 1;
    return true;
}

/* A list of words, or "any" for all of them. */
static bool take_set(const char *what, const struct policy_words *words, const char *value, unsigned *ret_set,
                     struct exh_error *err)
{
    const char *piece;
    size_t size, at;
    unsigned set = 0;

    if (strcmp(value, "any") == 0) {
        *ret_set = (1u << words->count) - 1;
        return true;
    }
    while (exh_policy_piece(&value, ",", &piece, &size)) {
        if (!exh_policy_find(words, piece, size, &at))
            return exh_policy_unknown(what, words, piece, size, err);
        set |= 1u << at;
    }
    *ret_set = set;
    return true;
}

static bool take_custodian(const char *value, enum exh_custodian *ret_custodian, struct exh_error *err)
{
    size_t at;

    if (!take_word("custodian", &exh_policy_custodian_words, value, &at, err))
        return false;
    *ret_custodian = (enum exh_custodian)at;
    return true;
}

static bool take_any_of(const char *value, struct exh_terms *ret_terms, struct exh_error *err)
{
    if (!exh_terms_parse(value, ret_terms, err))
        return false;
    return ret_terms->at[ret_terms->count - 1].group == 0
        || exh_fail(err, EXH_USAGE, "this key takes terms joined by ',' only: 'and' is for trigger and also-until");
}

/* A length between looks: it has an end, and is one day or more. */
static bool take_interval(const char *value, struct exh_period *ret_period, struct exh_error *err)
{
    if (!exh_period_parse(value, ret_period, err))
        return false;
    return (!ret_period->no_end && ret_period->steps[0].count > 0)
        || exh_fail(err, EXH_USAGE, "'%s' is no interval: write one such as '6 months', or leave the key out", value);
}

static bool take_reminders(const char *value, struct exh_rule *rule, struct exh_error *err)
{
    const char *piece;
    size_t size;

    while (exh_policy_piece(&value, ",", &piece, &size)) {
        EXH_CLEANUP(exh_freep) char *words = exh_strndup(piece, size);
        if (rule->reminder_count == EXH_REMINDERS_MOST)
            return exh_fail(err, EXH_USAGE, "there are more than %d reminders", EXH_REMINDERS_MOST);
        if (!exh_period_parse(words, &rule->reminders[rule->reminder_count++], err))
            return false;
        if (rule->reminders[rule->reminder_count - 1].no_end)
            return exh_fail(err, EXH_USAGE, "'no end' is no reminder");
    }
    return true;
}

static bool take_statuses(const char *value, struct exh_strings *ret_statuses, struct exh_error *err)
{
    const char *piece;
    size_t size;

    while (exh_policy_piece(&value, ",", &piece, &size)) {
        EXH_CLEANUP(exh_freep) char *word = exh_strndup(piece, size), *shown = exh_text_brief(word, 60);
        if (!exh_text_is_identifier(word, 40))
            return exh_fail(err, EXH_USAGE, "'%s' is not a status: use letters, digits, '-' and '_', 40 at most",
                            shown);
        exh_strings_add(ret_statuses, word);
    }
    return true;
}

/* ---- keys ---- */

static const char *const rule_keys[] = { "title", "legal", "cases", "items", "custodian", "information", "begins-with",
    "trigger", "counted-from", "also-until", "stops-with", "period", "then", "sure", "needs-status", "whichever-first",
    "remind", "review-every" };
static const char *const policy_keys[] = { "name", "version", "zone", "custodian", "review-every", "statuses" };
static const char *const sections[] = { "policy", "rule" };
static const struct policy_words rule_key_words = { rule_keys, EXH_COUNT(rule_keys) };
static const struct policy_words policy_key_words = { policy_keys, EXH_COUNT(policy_keys) };
static const struct policy_words section_words = { sections, EXH_COUNT(sections) };

/* Whom a rule is for, and what it is. */
static bool take_rule_head(struct exh_rule *rule, const char *key, const char *value, bool *ret_known,
                           struct exh_error *err)
{
    size_t then;

    *ret_known = true;
    if (strcmp(key, "title") == 0)           return take_text(value, &rule->title, err);
    if (strcmp(key, "legal") == 0)           return take_text(value, &rule->legal, err);
    if (strcmp(key, "cases") == 0)
        return take_set("case type", &exh_policy_case_words, value, &rule->cases, err);
    if (strcmp(key, "items") == 0)           return take_set("item", &exh_policy_item_words, value, &rule->items, err);
    if (strcmp(key, "custodian") == 0)       return take_custodian(value, &rule->custodian, err);
    if (strcmp(key, "information") == 0)     return take_yes(value, &rule->information, err);
    if (strcmp(key, "sure") == 0)            return take_yes(value, &rule->sure, err);
    if (strcmp(key, "needs-status") == 0)    return take_yes(value, &rule->needs_status, err);
    if (strcmp(key, "whichever-first") == 0) return take_yes(value, &rule->whichever_first, err);
    if (strcmp(key, "then") == 0) {
        if (!take_word("what then", &exh_policy_then_words, value, &then, err))
            return false;
        rule->then = (enum exh_then)then;
        return true;
    }
    *ret_known = false;
    return true;
}

/* When it keeps, and how long. */
static bool take_rule_time(struct exh_rule *rule, const char *key, const char *value, struct exh_error *err)
{
    if (strcmp(key, "trigger") == 0)      return exh_terms_parse(value, &rule->trigger, err);
    if (strcmp(key, "also-until") == 0)   return exh_terms_parse(value, &rule->also_until, err);
    if (strcmp(key, "begins-with") == 0)  return take_any_of(value, &rule->begins, err);
    if (strcmp(key, "counted-from") == 0) return take_any_of(value, &rule->from, err);
    if (strcmp(key, "stops-with") == 0)   return take_any_of(value, &rule->stops, err);
    if (strcmp(key, "period") == 0)       return exh_period_parse(value, &rule->period, err);
    if (strcmp(key, "remind") == 0)       return take_reminders(value, rule, err);
    if (strcmp(key, "review-every") == 0) return take_interval(value, &rule->review_every, err);
    return exh_policy_unknown("key", &rule_key_words, key, strlen(key), err);
}

static bool take_policy(struct exh_policy *policy, const char *key, const char *value, struct exh_error *err)
{
    if (strcmp(key, "name") == 0)         return take_text(value, &policy->name, err);
    if (strcmp(key, "version") == 0)      return take_text(value, &policy->version, err);
    if (strcmp(key, "custodian") == 0)    return take_custodian(value, &policy->custodian, err);
    if (strcmp(key, "review-every") == 0) return take_interval(value, &policy->review_every, err);
    if (strcmp(key, "statuses") == 0)     return take_statuses(value, &policy->statuses, err);
    if (strcmp(key, "zone") == 0)         return exh_zone_check(value, err) && take_text(value, &policy->zone, err);
    return exh_policy_unknown("key", &policy_key_words, key, strlen(key), err);
}

/* ---- rules ---- */

static struct exh_rule *find_rule(const struct exh_policy *policy, const char *id)
{
    for (size_t i = 0; i < policy->rule_count; i++)
        if (strcmp(policy->rules[i].id, id) == 0)
            return &policy->rules[i];
    return NULL;
}

const struct exh_rule *exh_policy_rule(const struct exh_policy *policy, const char *id)
{
    return find_rule(policy, id);
}

/* The rule, a new one where it is not there yet. */
static bool rule_of(struct exh_policy *policy, const char *id, struct exh_rule **ret_rule, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *shown = exh_text_brief(id, 60);

    *ret_rule = find_rule(policy, id);
    if (*ret_rule)
        return true;
    if (!exh_text_is_identifier(id, LONGEST_ID))
        return exh_fail(err, EXH_USAGE,
                        "'%s' cannot name a rule: write [rule \"R07\"], with letters, digits, '-' and '_', "
                        "%d at most",
                        shown, LONGEST_ID);
    if (policy->rule_count == EXH_RULES_MOST)
        return exh_fail(err, EXH_USAGE, "there are more than %d rules", EXH_RULES_MOST);
    policy->rules = exh_realloc_array(policy->rules, policy->rule_count + 1, sizeof *policy->rules);
    *ret_rule = &policy->rules[policy->rule_count++];
    **ret_rule = (struct exh_rule){ .id = exh_strdup(id),
                                    .cases = (1u << EXH_CASE_TYPES) - 1,
                                    .items = ((1u << EXH_ITEM_KINDS) - 1) & ~(1u << EXH_ITEM_TRAINING | 1u << EXH_ITEM_CASE_RECORD),
                                    .needs_status = true };
    return true;
}

static bool take_value(struct reading *r, const char *section, const char *id, const char *key, const char *value,
                       struct exh_error *err)
{
    struct exh_rule *rule;
    bool known;

    if (strcmp(section, "policy") == 0 && !*id)
        return take_policy(&r->policy, key, value, err);
    if (strcmp(section, "policy") == 0)
        return exh_fail(err, EXH_USAGE, "[policy] has no name behind it: there is one a file");
    if (strcmp(section, "rule") != 0)
        return exh_policy_unknown("section", &section_words, section, strlen(section), err);
    if (!rule_of(&r->policy, id, &rule, err) || !take_rule_head(rule, key, value, &known, err))
        return false;
    exh_strings_addf(&r->given, "%s.%s", rule->id, key);
    return known || take_rule_time(rule, key, value, err);
}

/* Puts the place before an error's words; whatever kind it had, the file is malformed. */
static bool misplaced(const struct reading *r, const char *section, const char *id, const char *key,
                      struct exh_error *err)
{
    size_t line = line_of(r->bytes, section, id, key);
    EXH_CLEANUP(exh_text_clear) struct exh_text place = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) char *file = exh_text_printable(r->name), *shown_id = exh_text_brief(id, 60);
    EXH_CLEANUP(exh_freep) char *shown_key = exh_text_brief(key ? key : "", 60);

    exh_text_printf(&place, "'%s'", file);
    if (line)
        exh_text_printf(&place, " line %zu", line);
    if (*id)
        exh_text_printf(&place, ", rule '%s'", shown_id);
    if (key)
        exh_text_printf(&place, ", key '%s'", shown_key);
    err->kind = EXH_MALFORMED;
    return exh_while(err, "%s", place.bytes);
}

static bool visit_value(void *context, const char *name, const char *value, struct exh_error *err)
{
    struct reading *r = context;
    const char *first = strchr(name, '.'), *last = strrchr(name, '.');

    if (!first)
        return exh_fail(err, EXH_MALFORMED, "'%s': key '%s' stands outside of any section", r->name, name);
    EXH_CLEANUP(exh_freep) char *section = exh_strndup(name, (size_t)(first - name));
    EXH_CLEANUP(exh_freep) char *id = exh_strndup(first + 1, last > first ? (size_t)(last - first - 1) : 0);
    if (exh_strings_contain(&r->seen, name)) {
        exh_fail(err, EXH_MALFORMED, "it stands there twice: take one of the two away");
        return misplaced(r, section, id, last + 1, err);
    }
    exh_strings_add(&r->seen, name);
    if (strlen(value) > LONGEST_VALUE) {
        exh_fail(err, EXH_MALFORMED, "the value is longer than %d bytes", LONGEST_VALUE);
        return misplaced(r, section, id, last + 1, err);
    }
    return take_value(r, section, id, last + 1, value, err) || misplaced(r, section, id, last + 1, err);
}

/* ---- the whole ---- */

/* Two sections of one name are one to the parser, and an empty one is none. */
static bool check_headers(const struct reading *r, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings ids = EXH_STRINGS_NONE;
    struct line line = { .at = r->bytes };
    const char *found, *rest;
    size_t size;

    while (next_line(&line)) {
        bool is_rule = header_of(&line, "rule", &found, &size, &rest);
        if (!is_rule && is_dotted_rule(&line))
            return exh_fail(err, EXH_MALFORMED, "'%s' line %zu: write the rule's name in quotes, as in [rule \"R07\"]",
                            r->name, line.number);
        if (!is_rule)
            continue;
        EXH_CLEANUP(exh_freep) char *id = exh_strndup(found, size), *shown = exh_text_brief(id, 60);
        if (exh_strings_contain(&ids, id))
            return exh_fail(err, EXH_MALFORMED,
                            "'%s' line %zu: there is a rule '%s' already, in line %zu: give this one another "
                            "name",
                            r->name, line.number, shown, line_of(r->bytes, "rule", id, NULL));
        exh_strings_add(&ids, id);
        if (!find_rule(&r->policy, id))
            return exh_fail(err, EXH_MALFORMED,
                            "'%s' line %zu: rule '%s' says nothing: write what it is, or take it away", r->name,
                            line.number, shown);
    }
    return true;
}

static bool has_key(const struct reading *r, const char *id, const char *key)
{
    EXH_CLEANUP(exh_freep) char *name = exh_format("%s.%s", id, key);

    return exh_strings_contain(&r->given, name);
}

/* A rule that only informs says who it is, and nothing that an item could match. */
static bool check_information(const struct reading *r, const struct exh_rule *rule, struct exh_error *err)
{
    static const char *const allowed[] = { "title", "legal", "information", "sure", "period" };

    for (size_t i = 0; i < EXH_COUNT(rule_keys); i++) {
        bool fits = false;
        for (size_t j = 0; j < EXH_COUNT(allowed); j++)
            fits |= strcmp(rule_keys[i], allowed[j]) == 0;
        if (fits || !has_key(r, rule->id, rule_keys[i]))
            continue;
        exh_fail(err, EXH_MALFORMED, "a rule with 'information = yes' matches no item: take this key away");
        return misplaced(r, "rule", rule->id, rule_keys[i], err);
    }
    return true;
}

static bool check_rule(const struct reading *r, const struct exh_rule *rule, struct exh_error *err)
{
    static const char *const always[] = { "title", "legal", "sure" }, *const deciding[] = { "trigger", "period" };
    const char *missing = NULL;

    for (size_t i = 0; i < EXH_COUNT(always) && !missing; i++)
        missing = has_key(r, rule->id, always[i]) ? NULL : always[i];
    for (size_t i = 0; i < EXH_COUNT(deciding) && !missing && !rule->information; i++)
        missing = has_key(r, rule->id, deciding[i]) ? NULL : deciding[i];
    if (!missing && !rule->information && !rule->period.no_end && !has_key(r, rule->id, "then"))
        missing = "then";
    if (missing) {
        exh_fail(err, EXH_MALFORMED, "it has no '%s'", missing);
        return misplaced(r, "rule", rule->id, NULL, err);
    }
    if (rule->whichever_first && rule->period.no_end) {
        exh_fail(err, EXH_MALFORMED, "what keeps with no end never comes first: take one of the two away");
        return misplaced(r, "rule", rule->id, "whichever-first", err);
    }
    return !rule->information || check_information(r, rule, err);
}

static bool check_all(const struct reading *r, struct exh_error *err)
{
    if (!r->policy.name || !r->policy.version)
        return exh_fail(err, EXH_MALFORMED, "'%s': the section [policy] has no '%s'", r->name,
                        r->policy.name ? "version" : "name");
    if (strlen(r->policy.name) > LONGEST_NAME || strlen(r->policy.version) > LONGEST_NAME)
        return exh_fail(err, EXH_MALFORMED, "'%s': the policy's name and its version are at most %d bytes", r->name,
                        LONGEST_NAME);
    if (r->policy.custodian == EXH_CUSTODIAN_UNSAID)
        return exh_fail(err, EXH_MALFORMED,
                        "'%s': the section [policy] does not say who the custodian of Masters is: write "
                        "'custodian = police' or 'custodian = council'",
                        r->name);
    if (!check_headers(r, err))
        return false;
    for (size_t i = 0; i < r->policy.rule_count; i++)
        if (!check_rule(r, &r->policy.rules[i], err))
            return false;
    return r->policy.rule_count > 0 || exh_fail(err, EXH_MALFORMED, "'%s': it has no rule", r->name);
}

static void clear_reading(struct reading *reading)
{
    exh_policy_clear(&reading->policy);
    exh_strings_clear(&reading->seen);
    exh_strings_clear(&reading->given);
}

bool exh_policy_parse(const char *name, const char *bytes, size_t size, struct exh_policy *ret_policy,
                      struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *copy = exh_strndup(bytes, size);
    EXH_CLEANUP(clear_reading) struct reading reading = { .name = name, .bytes = copy };

    if (size > EXH_POLICY_LARGEST)
        return exh_fail(err, EXH_MALFORMED, "'%s' is larger than a policy can be: %d bytes", name, EXH_POLICY_LARGEST);
    if (!exh_config_parse(name, bytes, size, visit_value, &reading, err) || !check_all(&reading, err))
        return false;
    exh_sha256(bytes, size, reading.policy.digest);
    *ret_policy = reading.policy;
    reading.policy = (struct exh_policy)EXH_POLICY_NONE;
    return true;
}

bool exh_policy_read(const char *path, struct exh_policy *ret_policy, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    return exh_file_read(AT_FDCWD, path, EXH_POLICY_LARGEST, &bytes, &size, err)
        && exh_policy_parse(path, bytes, size, ret_policy, err);
}

static void clear_rule(struct exh_rule *rule)
{
    free(rule->id);
    free(rule->title);
    free(rule->legal);
    exh_terms_clear(&rule->begins);
    exh_terms_clear(&rule->trigger);
    exh_terms_clear(&rule->from);
    exh_terms_clear(&rule->also_until);
    exh_terms_clear(&rule->stops);
}

void exh_policy_clear(struct exh_policy *policy)
{
    for (size_t i = 0; i < policy->rule_count; i++)
        clear_rule(&policy->rules[i]);
    free(policy->rules);
    free(policy->name);
    free(policy->version);
    free(policy->zone);
    exh_strings_clear(&policy->statuses);
    *policy = (struct exh_policy)EXH_POLICY_NONE;
}
