/* casefile: the register of cases and exhibits, replayed from the custody log. */
#include "parts.h"

#include "exhibit/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool exh_case_type_check(const char *type, const char **ret_type, struct exh_error *err)
{
    enum exh_case_type meant = EXH_CASE_DHR;

    if (strcmp(type, "dardr") == 0 || exh_case_type_find(type, &meant)) {
        *ret_type = exh_case_type_word(meant);
        return true;
    }
    return exh_fail(err, EXH_USAGE, "'%s' is not a type of case: use arrest, dhr, enforcement, subject-access, civil-claim, "
                    "coroner, complaint or other", type);
}

bool exh_case_reference_check(const char *reference, struct exh_error *err)
{
    const char *colon = strchr(reference, ':');

    if (!colon || colon == reference || !colon[1] || strlen(reference) > 200
        || strspn(reference, "abcdefghijklmnopqrstuvwxyz0123456789-") != (size_t)(colon - reference))
        return exh_fail(err, EXH_USAGE, "'%s' is not a reference: write SYSTEM:IDENTIFIER, for example police:35/91234/21", reference);
    return true;
}

const char *exh_exhibit_state_words(enum exh_exhibit_state state)
{
    switch (state) {
    case EXH_EXHIBIT_BEGUN:      return "begun";
    case EXH_EXHIBIT_DONE:       return "done";
    case EXH_EXHIBIT_FAILED:     return "failed";
    case EXH_EXHIBIT_DESTROYING: return "being destroyed";
    case EXH_EXHIBIT_DESTROYED:  return "destroyed";
    default:                     return "abandoned";
    }
}

static void clear_case(struct exh_case *one)
{
    free(one->type);
    exh_strings_clear(&one->references);
    free(one->requested_by);
    free(one->basis);
    free(one->title);
    exh_case_outcome_clear(&one->outcome);
    for (size_t i = 0; i < one->event_count; i++)
        exh_case_event_clear(&one->events[i]);
    free(one->events);
}

void exh_casefile_clear(struct exh_casefile *casefile)
{
    for (size_t i = 0; i < casefile->case_count; i++)
        clear_case(&casefile->cases[i]);
    free(casefile->cases);
    free(casefile->exhibits);
    for (size_t i = 0; i < casefile->sealing_count; i++) {
        exh_strings_clear(&casefile->sealings[i].exhibits);
        exh_strings_clear(&casefile->sealings[i].digests);
        exh_strings_clear(&casefile->sealings[i].tagmanifests);
    }
    free(casefile->sealings);
    for (size_t i = 0; i < casefile->hold_count; i++)
        exh_hold_clear(&casefile->holds[i]);
    free(casefile->holds);
    for (size_t i = 0; i < casefile->disclosure_count; i++)
        exh_disclosure_clear(&casefile->disclosures[i]);
    free(casefile->disclosures);
    for (size_t i = 0; i < casefile->notice_count; i++)
        exh_notice_clear(&casefile->notices[i]);
    free(casefile->notices);
    for (size_t i = 0; i < casefile->request_count; i++)
        exh_request_clear(&casefile->requests[i]);
    free(casefile->requests);
    *casefile = (struct exh_casefile)EXH_CASEFILE_NONE;
}

struct exh_case *exh_casefile_case(const struct exh_casefile *casefile, const char *id)
{
    for (size_t i = 0; i < casefile->case_count; i++)
        if (strcmp(casefile->cases[i].id, id) == 0)
            return &casefile->cases[i];
    return NULL;
}

struct exh_exhibit *exh_casefile_exhibit(const struct exh_casefile *casefile, const char *reference)
{
    for (size_t i = casefile->exhibit_count; i-- > 0;)
        if (strcmp(casefile->exhibits[i].reference, reference) == 0)
            return &casefile->exhibits[i];
    return NULL;
}

void exh_casefile_next_copy(const struct exh_casefile *casefile, const char *master, char ret_reference[24])
{
    uint64_t last = 0, number;
    char of[24];

    for (size_t i = 0; i < casefile->exhibit_count; i++)
        if (strcmp(casefile->exhibits[i].of, master) == 0
            && exh_reference_split(casefile->exhibits[i].reference, of, &number) && number > last)
            last = number;
    snprintf(ret_reference, 24, "%s/%llu", master, (unsigned long long)(last + 1));
}

static void read_case_details(struct exh_case *one, const struct exh_json *details)
{
    const struct exh_json *references = exh_json_get(details, "references");

    one->type = exh_strdup(exh_json_text_or(details, "type", "other"));
    one->requested_by = exh_strdup(exh_json_text_or(details, "requested_by", ""));
    one->basis = exh_strdup(exh_json_text_or(details, "basis", ""));
    one->title = exh_strdup(exh_json_text_or(details, "title", NULL));
    for (size_t i = 0; i < exh_json_count(references); i++)
        if (exh_json_as_text(exh_json_at(references, i)))
            exh_strings_add(&one->references, exh_json_as_text(exh_json_at(references, i)));
}

static bool replay_case(struct exh_casefile *casefile, const struct exh_entry *entry, const struct exh_seal_key *key, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = NULL;
    struct exh_case *one;

    if (!entry->case_id || strlen(entry->case_id) >= sizeof one->id || exh_casefile_case(casefile, entry->case_id))
        return exh_fail(err, EXH_MALFORMED, "opens a case without an identifier of its own");
    if (key && !exh_entry_details(entry, key, &details, err))
        return false;
    casefile->cases = exh_realloc_array(casefile->cases, casefile->case_count + 1, sizeof *casefile->cases);
    one = &casefile->cases[casefile->case_count++];
    *one = (struct exh_case){ .opened = entry->time, .sealed = !details };
    snprintf(one->id, sizeof one->id, "%s", entry->case_id);
    snprintf(one->opened_by, sizeof one->opened_by, "%s", entry->actor);
    if (details)
        read_case_details(one, details);
    return (!details || exh_case_outcome_read(details, &one->outcome, err))
        && exh_casefile_take_first_hold(casefile, one, entry, details, err);
}

/* What makes exhibits, and which of it makes copies of Masters. */
static const struct making { const char *name; bool copies; } makings[] = {
    { "add", false },      { "export", false }, { "extract", false }, { "transcode", true },
    { "combine", true },   { "still", true },   { "redact", true },
};

/* A Master that a copy may be made of, for this case. */
static bool check_master(const struct exh_casefile *casefile, const char *reference, const struct exh_entry *entry,
                         struct exh_error *err)
{
    const struct exh_exhibit *master = exh_casefile_exhibit(casefile, reference);

    if (!master || *master->of)
        return exh_fail(err, EXH_MALFORMED, "begins '%s', a copy of '%s', which is no Master", entry->exhibit, reference);
    if (master->state != EXH_EXHIBIT_DONE)
        return exh_fail(err, EXH_MALFORMED, "begins '%s', a copy of '%s', which is not done", entry->exhibit, reference);
    return strcmp(master->case_id, entry->case_id ? entry->case_id : "") == 0
        || exh_fail(err, EXH_MALFORMED, "begins '%s', a copy of '%s', which is of another case", entry->exhibit, reference);
}

/* A copy has the next number of its Master; those that it is combined with are named beside. */
static bool check_copy(const struct exh_casefile *casefile, const struct exh_entry *entry, const char *of, struct exh_error *err)
{
    const struct exh_json *with = exh_json_get(exh_json_get(entry->whole, "facts"), "with");
    char next[24];

    if (!check_master(casefile, of, entry, err))
        return false;
    exh_casefile_next_copy(casefile, of, next);
    if (strcmp(entry->exhibit, next) != 0)
        return exh_fail(err, EXH_MALFORMED, "begins copy '%s', and the next is '%s'", entry->exhibit, next);
    for (size_t i = 0; i < exh_json_count(with); i++) {
        const char *other = exh_json_as_text(exh_json_at(with, i));
        if (!check_master(casefile, other ? other : "", entry, err))
            return false;
    }
    return true;
}

static bool check_reference(const struct exh_casefile *casefile, const struct exh_entry *entry, const struct making *making,
                            char ret_of[24], struct exh_error *err)
{
    uint64_t number;

    ret_of[0] = '\0';
    if (strlen(entry->exhibit) >= 24 || exh_casefile_exhibit(casefile, entry->exhibit))
        return exh_fail(err, EXH_MALFORMED, "begins exhibit '%s' a second time", entry->exhibit);
    if (exh_reference_split(entry->exhibit, ret_of, &number) != making->copies)
        return exh_fail(err, EXH_MALFORMED, "'%s' is no reference of what '%s' makes", entry->exhibit, making->name);
    return !making->copies || check_copy(casefile, entry, ret_of, err);
}

static bool begin_exhibit(struct exh_casefile *casefile, const struct exh_entry *entry, const struct making *making,
                          struct exh_error *err)
{
    struct exh_exhibit *one;
    char of[24], request[24];

    if (!check_reference(casefile, entry, making, of, err) || !exh_request_of_exhibit(casefile, entry, request, err))
        return false;
    casefile->exhibits = exh_realloc_array(casefile->exhibits, casefile->exhibit_count + 1, sizeof *casefile->exhibits);
    one = &casefile->exhibits[casefile->exhibit_count++];
    *one = (struct exh_exhibit){ .state = EXH_EXHIBIT_BEGUN, .begun = entry->time, .making = making->name };
    snprintf(one->reference, sizeof one->reference, "%s", entry->exhibit);
    snprintf(one->of, sizeof one->of, "%s", of);
    memcpy(one->request, request, sizeof one->request);
    snprintf(one->case_id, sizeof one->case_id, "%s", entry->case_id ? entry->case_id : "");
    snprintf(one->producer, sizeof one->producer, "%s", entry->actor);
    return true;
}

static bool end_exhibit(struct exh_casefile *casefile, const struct exh_entry *entry, const struct making *making,
                        enum exh_exhibit_state state, struct exh_error *err)
{
    struct exh_exhibit *one = exh_casefile_exhibit(casefile, entry->exhibit);

    if (!one || one->state != EXH_EXHIBIT_BEGUN || strcmp(one->making, making->name) != 0)
        return exh_fail(err, EXH_MALFORMED, "ends exhibit '%s', which is not in the making", entry->exhibit);
    one->state = state;
    one->ended = entry->time;
    snprintf(one->tagmanifest, sizeof one->tagmanifest, "%s",
             exh_json_text_or(exh_json_get(entry->whole, "digests"), "tagmanifest", ""));
    snprintf(one->package, sizeof one->package, "%s", exh_json_text_or(exh_json_get(entry->whole, "digests"), "package", ""));
    return true;
}

/* An act such as "extract-done", taken apart: the making, and where it stands. NULL where it makes no exhibit. */
static const struct making *making_of(const char *act, const char **ret_stage)
{
    for (size_t i = 0; i < EXH_COUNT(makings); i++) {
        size_t size = strlen(makings[i].name);
        if (strncmp(act, makings[i].name, size) == 0 && act[size] == '-') {
            *ret_stage = act + size + 1;
            return &makings[i];
        }
    }
    return NULL;
}

/* The states that a making and a sealing end in. */
static const struct { const char *stage; enum exh_exhibit_state state; } ends[] = {
    { "done", EXH_EXHIBIT_DONE }, { "failed", EXH_EXHIBIT_FAILED }, { "abandoned", EXH_EXHIBIT_ABANDONED },
};

static bool replay_exhibit(struct exh_casefile *casefile, const struct exh_entry *entry, struct exh_error *err)
{
    const char *stage = "";
    const struct making *making = entry->exhibit ? making_of(entry->act, &stage) : NULL;

    if (making && strcmp(stage, "begun") == 0)
        return begin_exhibit(casefile, entry, making, err);
    for (size_t i = 0; making && i < EXH_COUNT(ends); i++)
        if (strcmp(stage, ends[i].stage) == 0)
            return end_exhibit(casefile, entry, making, ends[i].state, err);
    return true;
}

const char *exh_entry_item(const struct exh_entry *entry, bool *ret_begins)
{
    static const char seal[] = "seal-";
    bool seals = strncmp(entry->act, seal, strlen(seal)) == 0;
    const char *stage = seals ? entry->act + strlen(seal) : "";

    if (!seals && !(entry->exhibit && making_of(entry->act, &stage)))
        return NULL;
    bool moves = *ret_begins = strcmp(stage, "begun") == 0;
    for (size_t i = 0; i < EXH_COUNT(ends); i++)
        moves |= strcmp(stage, ends[i].stage) == 0;
    if (!moves)
        return NULL;
    return seals ? exh_json_text_or(exh_json_get(entry->whole, "facts"), "package", NULL) : entry->exhibit;
}

/* ---- packages ---- */

/* Only exhibits that are done, of the package's case. */
static bool take_sealed(const struct exh_casefile *casefile, const struct exh_entry *entry, struct exh_strings *exhibits,
                        struct exh_error *err)
{
    const struct exh_json *listed = exh_json_get(exh_json_get(entry->whole, "facts"), "exhibits");

    for (size_t i = 0; i < exh_json_count(listed); i++) {
        const char *reference = exh_json_as_text(exh_json_at(listed, i));
        const struct exh_exhibit *exhibit = reference ? exh_casefile_exhibit(casefile, reference) : NULL;
        if (!exhibit || exhibit->state != EXH_EXHIBIT_DONE || strcmp(exhibit->case_id, entry->case_id) != 0)
            return exh_fail(err, EXH_MALFORMED, "packs '%s', which is no exhibit of case %s that is done",
                            reference ? reference : "", entry->case_id);
        exh_strings_add(exhibits, reference);
    }
    return exhibits->count || exh_fail(err, EXH_MALFORMED, "packs no exhibit");
}

static bool begin_sealing(struct exh_casefile *casefile, const struct exh_entry *entry, const char *id, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings exhibits = EXH_STRINGS_NONE;
    char next[24] = "";

    if (entry->case_id)
        exh_casefile_next_sealing(casefile, entry->case_id, next);
    if (strcmp(id, next) != 0)
        return exh_fail(err, EXH_MALFORMED, "begins package '%s', and the next is '%s'", id, next);
    if (!take_sealed(casefile, entry, &exhibits, err))
        return false;
    casefile->sealings = exh_realloc_array(casefile->sealings, casefile->sealing_count + 1, sizeof *casefile->sealings);
    struct exh_sealing *one = &casefile->sealings[casefile->sealing_count++];
    *one = (struct exh_sealing){ .state = EXH_EXHIBIT_BEGUN, .begun = entry->time, .exhibits = exhibits };
    exhibits = (struct exh_strings)EXH_STRINGS_NONE;
    memcpy(one->id, next, sizeof one->id);
    snprintf(one->case_id, sizeof one->case_id, "%s", entry->case_id);
    memcpy(one->sealer, entry->actor, sizeof one->sealer);
    return true;
}

static bool end_sealing(struct exh_casefile *casefile, const struct exh_entry *entry, const char *id,
                        enum exh_exhibit_state state, struct exh_error *err)
{
    struct exh_sealing *one = exh_casefile_sealing(casefile, id);

    if (!one || one->state != EXH_EXHIBIT_BEGUN)
        return exh_fail(err, EXH_MALFORMED, "ends package '%s', which is not in the making", id);
    one->state = state;
    one->ended = entry->time;
    exh_sealing_take_digests(one, entry);
    return true;
}

static bool replay_sealing(struct exh_casefile *casefile, const struct exh_entry *entry, struct exh_error *err)
{
    const char *id = exh_json_text_or(exh_json_get(entry->whole, "facts"), "package", "");

    if (strcmp(entry->act, "seal-begun") == 0)
        return begin_sealing(casefile, entry, id, err);
    for (size_t i = 0; i < EXH_COUNT(ends); i++)
        if (strcmp(entry->act + strlen("seal-"), ends[i].stage) == 0)
            return end_sealing(casefile, entry, id, ends[i].state, err);
    return true;
}

struct exh_sealing *exh_casefile_sealing(const struct exh_casefile *casefile, const char *id)
{
    for (size_t i = casefile->sealing_count; i-- > 0;)
        if (strcmp(casefile->sealings[i].id, id) == 0)
            return &casefile->sealings[i];
    return NULL;
}

void exh_casefile_next_sealing(const struct exh_casefile *casefile, const char *case_id, char ret_id[24])
{
    size_t count = 0;

    for (size_t i = 0; i < casefile->sealing_count; i++)
        count += strcmp(casefile->sealings[i].case_id, case_id) == 0;
    snprintf(ret_id, 24, "%.15s-P%zu", case_id, (count + 1) % 1000000);
}

static bool replay_act(struct exh_casefile *casefile, const struct exh_entry *entry, const struct exh_seal_key *key, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = NULL;

    return (!key || exh_entry_details(entry, key, &details, err)) && exh_casefile_act(casefile, entry, details, err);
}

static bool is_of_case(const struct exh_entry *entry)
{
    return strncmp(entry->act, "case-", 5) == 0 || exh_casefile_discloses(entry->act);
}

static bool replay_entry(struct exh_casefile *casefile, const struct exh_entry *entry, const struct exh_seal_key *key, struct exh_error *err)
{
    bool done = strcmp(entry->act, "case-open") == 0    ? replay_case(casefile, entry, key, err)
              : is_of_case(entry)                       ? replay_act(casefile, entry, key, err)
              : strncmp(entry->act, "seal-", 5) == 0    ? replay_sealing(casefile, entry, err)
              : strncmp(entry->act, "destroy-", 8) == 0 ? exh_casefile_take_destruction(casefile, entry, err)
                                                        : replay_exhibit(casefile, entry, err);

    return done || exh_while(err, "custody log: entry %llu", (unsigned long long)entry->sequence);
}

bool exh_casefile_replay(const struct exh_entry *entries, size_t count,
                         const struct exh_seal_key *(*key_of)(void *context, const char *key_id), void *context,
                         struct exh_casefile *ret_casefile, struct exh_error *err)
{
    EXH_CLEANUP(exh_casefile_clear) struct exh_casefile casefile = EXH_CASEFILE_NONE;

    for (size_t i = 0; i < count; i++) {
        const char *key_id = is_of_case(&entries[i]) ? exh_entry_key_id(&entries[i]) : NULL;
        if (!replay_entry(&casefile, &entries[i], key_id ? key_of(context, key_id) : NULL, err))
            return false;
    }
    *ret_casefile = casefile;
    casefile = (struct exh_casefile)EXH_CASEFILE_NONE;
    return true;
}
