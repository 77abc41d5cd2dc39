/* casefile: that a copy has served its purpose, which rules of retention count from. */
#include "parts.h"

#include <string.h>

static bool check_copy(const struct exh_case *one, const struct exh_exhibit *exhibit, struct exh_error *err)
{
    if (strcmp(exhibit->case_id, one->id) != 0)
        return exh_fail(err, EXH_USAGE, "exhibit %s is not of case %s", exhibit->reference, one->id);
    if (!*exhibit->of)
        return exh_fail(err, EXH_REFUSED, "exhibit %s is a Master: how long it is kept follows from its case, not from a purpose",
                        exhibit->reference);
    return exhibit->state == EXH_EXHIBIT_DONE
        || exh_fail(err, EXH_REFUSED, "exhibit %s is %s: nothing is said of its purpose", exhibit->reference, exh_exhibit_state_words(exhibit->state));
}

static bool check_day(const struct exh_exhibit *exhibit, struct exh_date date, struct exh_date earliest, struct exh_error *err)
{
    char words[EXH_DATE_SIZE], made[EXH_DATE_SIZE];

    exh_date_words(date, words);
    exh_date_words(earliest, made);
    if (!date.year)
        return exh_fail(err, EXH_USAGE, "the day on which the purpose of exhibit %s was met is missing", exhibit->reference);
    return exh_date_compare(date, earliest) >= 0
        || exh_fail(err, EXH_USAGE, "the purpose of exhibit %s was not met on %s, before it was made (%s)", exhibit->reference, words, made);
}

bool exh_purpose_check(const struct exh_case *one, const struct exh_exhibit *exhibit, const struct exh_purpose *purpose,
                       struct exh_date earliest, struct exh_error *err)
{
    if (!check_copy(one, exhibit, err))
        return false;
    if (!purpose->reason)
        return exh_fail(err, EXH_USAGE, "a reason is needed");
    if (!exh_case_text_check("the reason", purpose->reason, EXH_CASE_LONGEST_TEXT, err))
        return false;
    if (!purpose->withdraws)
        return check_day(exhibit, purpose->date, earliest, err);
    if (purpose->date.year)
        return exh_fail(err, EXH_USAGE, "what is withdrawn has no day");
    return exhibit->purpose_met.year
        || exh_fail(err, EXH_REFUSED, "nothing stands of the purpose of exhibit %s that could be withdrawn", exhibit->reference);
}

struct exh_json *exh_purpose_details(const struct exh_purpose *purpose)
{
    struct exh_json *details = exh_json_object();

    exh_case_set_date(details, "date", purpose->date);
    exh_json_set_text(details, "reason", purpose->reason);
    if (purpose->withdraws)
        exh_json_set_bool(details, "withdraws", true);
    return details;
}

bool exh_casefile_take_purpose(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                               const struct exh_json *details, struct exh_error *err)
{
    struct exh_exhibit *exhibit = entry->exhibit ? exh_casefile_exhibit(casefile, entry->exhibit) : NULL;
    struct exh_purpose purpose = { .reason = exh_json_text_or(details, "reason", NULL),
                                   .withdraws = exh_json_bool_or(details, "withdraws", false) };

    if (!exhibit)
        return exh_fail(err, EXH_MALFORMED, "says of '%s', which is no exhibit, that its purpose was met", entry->exhibit ? entry->exhibit : "");
    /* The day was judged where the people are, which may be a day off from UTC. */
    if (!exh_case_take_date(details, "date", &purpose.date, err) || !exh_case_check_not_to_come(entry, purpose.date, err)
        || !exh_purpose_check(one, exhibit, &purpose, exh_date_add_days(exh_date_of(exhibit->ended, "UTC"), -1), err))
        return false;
    exhibit->purpose_met = purpose.date;
    return true;
}
