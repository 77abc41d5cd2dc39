/* casefile: packages handed over: what can be, and to whom it went. */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool exh_casefile_discloses(const char *act)
{
    return strncmp(act, "disclose", 8) == 0 || strncmp(act, "receipt-", 8) == 0;
}

void exh_disclosure_clear(struct exh_disclosure *disclosure)
{
    free(disclosure->to);
    free(disclosure->organisation);
    free(disclosure->method);
    free(disclosure->basis);
    free(disclosure->reason);
    free(disclosure->security);
    free(disclosure->approver);
    exh_strings_clear(&disclosure->issued);
    free(disclosure->receipt_key);
    free(disclosure->receipt_words);
    free(disclosure->taken_by);
    free(disclosure->taken_on);
    *disclosure = (struct exh_disclosure){ .to = NULL };
}

/* ---- packages ---- */

/* "package", or of several volumes "package-1", "package-2" and so on. */
static void take_volumes(const struct exh_json *digests, const char *name, struct exh_strings *ret_digests)
{
    const char *digest = exh_json_text_or(digests, name, NULL);

    if (digest)
        exh_strings_add(ret_digests, digest);
    for (size_t i = 1; !digest; i++) {
        EXH_CLEANUP(exh_freep) char *numbered = exh_format("%s-%zu", name, i);
        const char *one = exh_json_text_or(digests, numbered, NULL);
        if (!one)
            return;
        exh_strings_add(ret_digests, one);
    }
}

void exh_sealing_take_digests(struct exh_sealing *sealing, const struct exh_entry *entry)
{
    const struct exh_json *digests = exh_json_get(entry->whole, "digests");

    take_volumes(digests, "package", &sealing->digests);
    take_volumes(digests, "tagmanifest", &sealing->tagmanifests);
}

void exh_packed_clear(struct exh_packed *packed)
{
    exh_strings_clear(&packed->exhibits);
    exh_strings_clear(&packed->digests);
    exh_strings_clear(&packed->tagmanifests);
    *packed = (struct exh_packed){ .id = "" };
}

static void copy_strings(const struct exh_strings *from, struct exh_strings *to)
{
    for (size_t i = 0; i < from->count; i++)
        exh_strings_add(to, from->at[i]);
}

static bool pack_sealing(const struct exh_sealing *sealing, struct exh_packed *ret_packed)
{
    if (!sealing || sealing->state != EXH_EXHIBIT_DONE)
        return false;
    *ret_packed = (struct exh_packed){ .sealed = sealing->ended };
    memcpy(ret_packed->id, sealing->id, sizeof ret_packed->id);
    memcpy(ret_packed->case_id, sealing->case_id, sizeof ret_packed->case_id);
    copy_strings(&sealing->exhibits, &ret_packed->exhibits);
    copy_strings(&sealing->digests, &ret_packed->digests);
    copy_strings(&sealing->tagmanifests, &ret_packed->tagmanifests);
    return true;
}

/* What was made stays made: the package is out of the store's hands, whatever became of the exhibit. */
static bool was_done(const struct exh_exhibit *exhibit)
{
    return exhibit->state == EXH_EXHIBIT_DONE || exhibit->state == EXH_EXHIBIT_DESTROYING || exhibit->state == EXH_EXHIBIT_DESTROYED;
}

static bool pack_exhibit(const struct exh_exhibit *exhibit, struct exh_packed *ret_packed)
{
    if (!exhibit || !was_done(exhibit) || !*exhibit->package)
        return false;
    *ret_packed = (struct exh_packed){ .sealed = exhibit->ended };
    memcpy(ret_packed->id, exhibit->reference, sizeof ret_packed->id);
    memcpy(ret_packed->case_id, exhibit->case_id, sizeof ret_packed->case_id);
    exh_strings_add(&ret_packed->exhibits, exhibit->reference);
    exh_strings_add(&ret_packed->digests, exhibit->package);
    exh_strings_add(&ret_packed->tagmanifests, exhibit->tagmanifest);
    return true;
}

bool exh_casefile_packed(const struct exh_casefile *casefile, const char *id, struct exh_packed *ret_packed)
{
    return pack_sealing(exh_casefile_sealing(casefile, id), ret_packed) || pack_exhibit(exh_casefile_exhibit(casefile, id), ret_packed);
}

bool exh_casefile_packs(const struct exh_casefile *casefile, const char *package, const char *reference)
{
    EXH_CLEANUP(exh_packed_clear) struct exh_packed packed = { .id = "" };

    return exh_casefile_packed(casefile, package, &packed) && exh_strings_contain(&packed.exhibits, reference);
}

bool exh_casefile_hands_over(const struct exh_casefile *casefile, const struct exh_entry *entry, const char *reference)
{
    const struct exh_json *facts = exh_json_get(entry->whole, "facts");
    const char *id = exh_json_text_or(facts, "disclosure", NULL), *package = exh_json_text_or(facts, "package", NULL);
    const struct exh_disclosure *disclosure = id ? exh_casefile_disclosure(casefile, id) : NULL;

    if (disclosure)
        package = disclosure->package;
    return exh_casefile_discloses(entry->act) && package && exh_casefile_packs(casefile, package, reference);
}

bool exh_packed_check(const struct exh_casefile *casefile, const char *case_id, const char *package, struct exh_error *err)
{
    EXH_CLEANUP(exh_packed_clear) struct exh_packed packed = { .id = "" };

    return (exh_casefile_packed(casefile, package, &packed) && strcmp(packed.case_id, case_id) == 0)
        || exh_fail(err, EXH_REFUSED, "case %s has no package '%s' that is done", case_id, package);
}

bool exh_packed_check_day(const char *package, struct exh_date date, struct exh_date earliest, struct exh_error *err)
{
    char words[EXH_DATE_SIZE], first[EXH_DATE_SIZE];

    exh_date_words(date, words);
    exh_date_words(earliest, first);
    if (!date.year)
        return exh_fail(err, EXH_USAGE, "the day on which it was done is needed");
    return exh_date_compare(date, earliest) >= 0
        || exh_fail(err, EXH_USAGE, "package %s was sealed on %s: nothing can have been done with it on %s", package, first, words);
}

struct exh_date exh_packed_earliest(const struct exh_casefile *casefile, const char *package)
{
    EXH_CLEANUP(exh_packed_clear) struct exh_packed packed = { .id = "" };

    if (!exh_casefile_packed(casefile, package, &packed))
        return (struct exh_date)EXH_DATE_NONE;
    return exh_date_add_days(exh_date_of(packed.sealed, "UTC"), -1);
}

/* ---- disclosures ---- */

struct exh_disclosure *exh_casefile_disclosure(const struct exh_casefile *casefile, const char *id)
{
    for (size_t i = casefile->disclosure_count; i-- > 0;)
        if (strcmp(casefile->disclosures[i].id, id) == 0)
            return &casefile->disclosures[i];
    return NULL;
}

void exh_casefile_next_disclosure(const struct exh_casefile *casefile, const char *case_id, char ret_id[24])
{
    size_t count = 0;

    for (size_t i = 0; i < casefile->disclosure_count; i++)
        count += strcmp(casefile->disclosures[i].case_id, case_id) == 0;
    snprintf(ret_id, 24, "%.15s-D%zu", case_id, (count + 1) % 1000000);
}

static bool check_texts(const struct exh_disclosure *disclosure, struct exh_error *err)
{
    const struct { const char *what, *text; bool needed; } texts[] = {
        { "who took it", disclosure->to, true },
        { "the organisation", disclosure->organisation, true },
        { "the method", disclosure->method, true },
        { "the legal basis", disclosure->basis, true },
        { "the reason", disclosure->reason, false },
        { "the security of the transfer", disclosure->security, false },
        { "the approver", disclosure->approver, false },
    };

    for (size_t i = 0; i < EXH_COUNT(texts); i++) {
        if (!texts[i].text && texts[i].needed)
            return exh_fail(err, EXH_USAGE, "a disclosure needs who took it, their organisation, the method and the legal basis: "
                            "%s is missing", texts[i].what);
        if (!exh_case_text_check(texts[i].what, texts[i].text, EXH_CASE_LONGEST_TEXT, err))
            return false;
    }
    return true;
}

bool exh_disclosure_check(const struct exh_casefile *casefile, const struct exh_disclosure *disclosure, struct exh_date earliest,
                          struct exh_error *err)
{
    return exh_packed_check(casefile, disclosure->case_id, disclosure->package, err) && check_texts(disclosure, err)
        && exh_packed_check_day(disclosure->package, disclosure->date, earliest, err);
}

struct exh_json *exh_disclosure_details(const struct exh_disclosure *disclosure)
{
    struct exh_json *details = exh_json_object();

    exh_json_set_text(details, "to", disclosure->to);
    exh_json_set_text(details, "organisation", disclosure->organisation);
    exh_json_set_text(details, "method", disclosure->method);
    exh_json_set_text(details, "basis", disclosure->basis);
    exh_json_set_text(details, "reason", disclosure->reason);
    exh_json_set_text(details, "security", disclosure->security);
    exh_json_set_text(details, "approver", disclosure->approver);
    exh_case_set_date(details, "date", disclosure->date);
    return details;
}

static bool read_details(const struct exh_json *details, struct exh_disclosure *disclosure, struct exh_error *err)
{
    if (!exh_case_take_date(details, "date", &disclosure->date, err))
        return false;
    disclosure->to = exh_strdup(exh_json_text_or(details, "to", NULL));
    disclosure->organisation = exh_strdup(exh_json_text_or(details, "organisation", NULL));
    disclosure->method = exh_strdup(exh_json_text_or(details, "method", NULL));
    disclosure->basis = exh_strdup(exh_json_text_or(details, "basis", NULL));
    disclosure->reason = exh_strdup(exh_json_text_or(details, "reason", NULL));
    disclosure->security = exh_strdup(exh_json_text_or(details, "security", NULL));
    disclosure->approver = exh_strdup(exh_json_text_or(details, "approver", NULL));
    return true;
}

/* ---- replaying ---- */

bool exh_casefile_take_disclosure(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                                  const struct exh_json *details, struct exh_error *err)
{
    EXH_CLEANUP(exh_disclosure_clear) struct exh_disclosure disclosure = { .entered = entry->time };
    const struct exh_json *facts = exh_json_get(entry->whole, "facts");
    const char *id = exh_json_text_or(facts, "disclosure", "");

    exh_casefile_next_disclosure(casefile, one->id, disclosure.id);
    if (strcmp(id, disclosure.id) != 0)
        return exh_fail(err, EXH_MALFORMED, "makes disclosure '%s', and the next is '%s'", id, disclosure.id);
    memcpy(disclosure.case_id, one->id, sizeof disclosure.case_id);
    memcpy(disclosure.entered_by, entry->actor, sizeof disclosure.entered_by);
    snprintf(disclosure.package, sizeof disclosure.package, "%s", exh_json_text_or(facts, "package", ""));
    if (!(details ? read_details(details, &disclosure, err) && exh_case_check_not_to_come(entry, disclosure.date, err)
                        && exh_disclosure_check(casefile, &disclosure, exh_packed_earliest(casefile, disclosure.package), err)
                  : exh_packed_check(casefile, one->id, disclosure.package, err)))
        return false;
    casefile->disclosures = exh_realloc_array(casefile->disclosures, casefile->disclosure_count + 1, sizeof *casefile->disclosures);
    casefile->disclosures[casefile->disclosure_count++] = disclosure;
    disclosure = (struct exh_disclosure){ .to = NULL };
    return true;
}
