/* retention: ten years of a service, case by case: what the log's entries lead to, against the model of the policy asked about what
 * happened.
 *
 * Each case lives by a seed: its statuses and their corrections, holds, clips, copies and what they are for, packages, receipts,
 * outcomes; the policy changes twice beside it. What happens is written down two times, as entries of a log, sealed, and as plain
 * facts. At days in between the entries are replayed and decided on by the program, the facts by the model; every decision must be
 * equal. What is due is destroyed at times, and the case goes on. EXHIBIT_LONG makes it larger than the service: 13,000 cases.
 */
#include "policy_model.h"

#include "caselog.h"

#include "../../lib/casefile/parts.h"
#include "../../lib/retention/life.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOME_CASES = 400, ALL_CASES = 13000, MASTERS = 5, ITEMS = 12, EVENTS = 16, PLANNED = 80, PACKAGES = 4, HOLDS_MOST = 4, VERSIONS = 3 };

static uint64_t seed;

static unsigned roll(unsigned limit)
{
    return below(&seed, limit);
}

/* ---- the policies ---- */

/* The shipped one, for the council; then one whose periods are shorter and that leaves the Masters to the police; then a longer one. */
static int shorter(int count)
{
    return (count + 2) / 3;
}

static int longer(int count)
{
    return 2 * count;
}

static const struct { const char *from; int days; int (*count)(int); enum exh_custodian custodian; } changes[VERSIONS] = {
    { "2015-06-01T09:30:00Z", 31, NULL, EXH_CUSTODIAN_COUNCIL },
    { "2019-03-31T00:30:00Z", 9, shorter, EXH_CUSTODIAN_POLICE },
    { "2022-08-15T23:10:00Z", 45, longer, EXH_CUSTODIAN_COUNCIL },
};
static struct exh_policy policies[VERSIONS];
static struct exh_policy_version versions[VERSIONS];

static void change_periods(struct exh_policy *changed, size_t version)
{
    changed->custodian = changes[version].custodian;
    for (size_t i = 0; i < changed->rule_count; i++)
        for (size_t j = 0; j < changed->rules[i].period.count; j++) {
            struct exh_period_step *step = &changed->rules[i].period.steps[j];
            step->count = step->unit == EXH_DAYS ? (unsigned)changes[version].days
                        : changes[version].count ? (unsigned)changes[version].count((int)step->count) : step->count;
        }
}

/* A version is in force, and each of its rules confirmed three months later. */
static void confirm_at(struct exh_moment now)
{
    exh_strings_clear(&confirmed);
    for (size_t i = VERSIONS; i-- > 0;)
        if (versions[i].effective.ns <= now.ns) {
            if (now.ns - versions[i].effective.ns > (int64_t)91 * 86400 * EXH_SECOND)
                for (size_t k = 0; k < policies[i].rule_count; k++)
                    exh_strings_add(&confirmed, policies[i].rules[k].id);
            return;
        }
}

/* ---- the facts of one case ---- */

enum what { STATUS, OUTCOME, MASTER, COPY, PACK, TELL, HAND_OVER, ACCEPT, HOLD, RELEASE, OWN_RELEASE, CORRECT, WITHDRAW, PURPOSE };
struct planned { int64_t at; enum what what; int index; const char *word; };
struct fact_status { const char *word; int day, until; bool withdrawn; int flags[2]; };
struct fact_item { char name[32]; enum exh_item_kind kind; int number, master; int64_t made, shows; int purpose; bool destroyed; };
struct fact_package { bool holds[ITEMS]; int64_t sealed; int told, handed; int64_t accepted; };
struct fact_hold { int item; bool released; };   /* @item -1: of the whole case */

static struct service {
    const char *type;
    int64_t opened;
    struct fact_status statuses[EVENTS];
    int status_count;
    const char *outcome;
    int outcome_day;
    struct fact_item items[ITEMS];
    int item_count, master_count;
    struct fact_package packages[PACKAGES];
    int package_count;
    struct fact_hold holds[HOLDS_MOST + 1];
    int hold_count;
    int born, injury;
    int64_t last_destroyed;
    struct planned plan[PLANNED];
    int planned, done;
} now_running;
static struct service *const s = &now_running;
static struct exh_store store;
static unsigned decided, due, destroyed, by_rule[EXH_COUNT(rules)], by_kind[4], corrections, records;

static int day_of(int64_t at)
{
    return effect_day(&(struct exh_effect){ .kind = EXH_EFFECT_INSTANT, .instant = { at * EXH_SECOND } });
}

static int64_t noon_of(int day)
{
    return (int64_t)day * 86400 + 631152000 + 43200;
}

/* ---- how cases go ---- */

static const struct path { const char *type; const char *words[EVENTS]; } paths[] = {
    { "arrest", { "reported", "arrested", "charged", "convicted", "custody", "appeal", "acquitted", "closed" } },
    { "arrest", { "reported", "arrested", "no-further-action", "closed", "reported", "arrested", "charged", "discontinued" } },
    { "arrest", { "arrested", "charged", "convicted", "suspended-sentence", "custody", "closed" } },
    { "arrest", { "reported", "closed", "reported", "charged", "acquitted", "closed" } },
    { "arrest", { "charged", "discontinued", "charged", "convicted", "closed" } },
    { "enforcement", { "reported", "issued", "paid", "closed" } },
    { "enforcement", { "issued", "challenged", "paid", "challenged", "challenge-closed", "closed" } },
    { "enforcement", { "issued", "prosecuted", "convicted", "appeal", "convicted", "closed" } },
    { "enforcement", { "reported", "no-further-action", "closed" } },
    { "dhr", { "notified", "scoping", "decision-review", "terms-of-reference", "imr-requested", "overview-draft", "csp-approved",
               "ho-qa-submitted", "ho-qa-revise", "overview-draft", "csp-approved", "ho-qa-submitted", "ho-qa-cleared", "published",
               "action-plan-closed" } },
    { "dhr", { "notified", "scoping", "decision-no-review" } },
    { "dhr", { "notified", "scoping", "decision-no-review", "scoping", "decision-review", "terms-of-reference" } },
    { "dhr", { "notified", "scoping", "decision-review", "terms-of-reference", "imr-requested", "overview-draft", "csp-approved",
               "ho-qa-submitted", "ho-qa-cleared", "not-published", "published" } },
    { "subject-access", { "received", "clarification", "received", "answered" } },
    { "subject-access", { "received", "extended", "refused", "answered" } },
    { "civil-claim", { "notified", "settled" } },
    { "civil-claim", { "notified", "withdrawn", "notified", "judgment" } },
    { "coroner", { "opened", "concluded", "opened", "concluded" } },
    { "complaint", { "opened", "closed", "opened", "closed" } },
    { "other", { "opened", "closed" } },
};

static void plan(int64_t at, enum what what, int index, const char *word)
{
    if (s->planned < PLANNED && noon_of(first_of_month[2026][1]) > at)
        s->plan[s->planned++] = (struct planned){ at, what, index, word };
}

static void plan_statuses(const struct path *path)
{
    int64_t at = s->opened + 3600;
    unsigned pace = 5 + roll(200);
    bool silent = roll(12) == 0;

    for (int i = 0; i < EVENTS && path->words[i] && !silent; i++) {
        at += (int64_t)(1 + roll(pace)) * 86400 + roll(3600);
        plan(at, STATUS, i, path->words[i]);
        if (roll(9) == 0)
            plan(at + 7200, CORRECT, 0, NULL);
        else if (roll(25) == 0 && i > 0)
            plan(at + 7200, WITHDRAW, 0, path->words[i]);
        if (roll(10) == 0)
            break;
    }
}

static void plan_footage(void)
{
    unsigned count = roll(9) ? 1 + roll(MASTERS) : 0;

    for (unsigned i = 0; i < count; i++) {
        int64_t at = s->opened + (int64_t)roll(60) * 86400 + 5000 + roll(5000);
        plan(at, MASTER, 0, NULL);
        for (unsigned k = roll(3); k > 0; k--)
            plan(at + (int64_t)(1 + roll(200)) * 86400, COPY, 0, NULL);
        if (roll(2))
            plan(at + (int64_t)(20 + roll(600)) * 86400, PURPOSE, 0, NULL);
    }
    for (int i = 0; count && i < (int)roll(PACKAGES); i++) {
        int64_t at = s->opened + (int64_t)(60 + roll(400)) * 86400 + 9000 + i;
        plan(at, PACK, i, NULL);
        for (unsigned k = roll(3); k > 0; k--)
            plan(at + (int64_t)(1 + roll(60)) * 86400, TELL, i, NULL);
        if (roll(3)) {
            int64_t handed = at + (int64_t)(1 + roll(90)) * 86400;
            plan(handed, HAND_OVER, i, NULL);
            if (roll(3))
                plan(handed + (int64_t)(1 + roll(60)) * 86400, ACCEPT, i, NULL);
        }
    }
}

static void plan_rest(void)
{
    static const char *const outcomes[] = { "fine", "penalty-notice", "warning", "arrest", "none" };

    for (unsigned i = roll(3); i > 0; i--) {
        int64_t at = s->opened + (int64_t)roll(1500) * 86400 + 11000;
        plan(at, HOLD, 0, NULL);
        if (roll(4))
            plan(at + (int64_t)(1 + roll(700)) * 86400, RELEASE, 0, NULL);
    }
    for (unsigned i = roll(2) + roll(2); i > 0; i--)
        plan(s->opened + (int64_t)(2 + roll(200)) * 86400 + 12000, OUTCOME, 0, outcomes[roll(EXH_COUNT(outcomes))]);
    for (int i = 0; strcmp(s->type, "dhr") == 0 && i < 6; i++)
        plan(s->opened + (int64_t)(200 + roll(3000)) * 86400 + 13000, OWN_RELEASE, 0, NULL);
}

static int in_time(const void *a, const void *b)
{
    const struct planned *one = a, *other = b;

    return one->at != other->at ? (one->at < other->at ? -1 : 1) : (one->what > other->what) - (one->what < other->what);
}

/* ---- what happens: as entries, and as facts ---- */

static struct exh_entry *enter_of(struct log *log, int64_t at, const char *act, const char *exhibit, const char *facts, const char *digests,
                                  struct exh_json *details)
{
    struct exh_entry *entry = add(log, act, "C1", NULL);

    /* The name lies in the log as long as the case lives. */
    entry->exhibit = exh_strdup(exhibit);
    entry->time.ns = at * EXH_SECOND;
    if (facts)
        exh_json_set(entry->whole, "facts", object_of(facts));
    if (digests)
        exh_json_set(entry->whole, "digests", object_of(digests));
    if (details)
        seal_details(log, entry, details);
    return entry;
}

static struct exh_json *words_of(const char *const pairs[][2])
{
    struct exh_json *details = exh_json_object();

    for (size_t i = 0; pairs[i][0]; i++)
        exh_json_set_text(details, pairs[i][0], pairs[i][1]);
    return details;
}

static void set_day(struct exh_json *details, const char *name, int day)
{
    char words[EXH_DATE_SIZE];

    exh_date_words(days[day], words);
    exh_json_set_text(details, name, words);
}

/* The events that count, in their order. */
static int counting(int order[EVENTS])
{
    int count = 0;

    for (int i = 0; i < s->status_count; i++)
        if (!s->statuses[i].withdrawn)
            order[count++] = i;
    return count;
}

static const char *const flag_words[] = { "criminal-proceedings", "inquest" };
static const char *const flag_values[] = { NULL, "none", "open", "ended" };

static void enter_status(struct log *log, int64_t at, const struct fact_status *status, int corrects)
{
    struct exh_json *details = words_of((const char *const[][2]){ { "status", status->word }, { "source", "email" }, { NULL, NULL } });
    struct exh_json *flags = exh_json_object();

    set_day(details, "date", status->day);
    if (status->until != NO_MATCH)
        set_day(details, "until", status->until);
    for (int i = 0; i < 2; i++)
        if (status->flags[i])
            exh_json_set_text(flags, flag_words[i], flag_values[status->flags[i]]);
    exh_json_set(details, "flags", flags);
    if (s->born != NO_MATCH && strcmp(status->word, "notified") == 0 && strcmp(s->type, "civil-claim") == 0)
        set_day(details, "born", s->born);
    if (s->injury && strcmp(status->word, "notified") == 0 && strcmp(s->type, "civil-claim") == 0)
        exh_json_set_bool(details, "injury", true);
    if (corrects)
        exh_json_set_int(details, "corrects", corrects);
    enter_of(log, at, "case-status", NULL, NULL, NULL, details);
}

/* Of a review, now and then, what runs beside it opens or ends. */
static void take_flags(struct fact_status *status, int before)
{
    for (int i = 0; strcmp(s->type, "dhr") == 0 && i < 2; i++) {
        int state = 0;
        for (int k = 0; k < before; k++)
            if (!s->statuses[k].withdrawn && s->statuses[k].flags[i])
                state = s->statuses[k].flags[i];
        if (roll(4) == 0)
            status->flags[i] = state == 2 ? 3 : 2;
    }
}

/* Statuses are corrected by their number among all events: this test corrects the last one only, once. */
static int event_numbers[EVENTS], event_count;

static void take_status(struct log *log, const struct planned *p)
{
    int order[EVENTS], count = counting(order);
    const char *before = count ? s->statuses[order[count - 1]].word : "";

    if (s->status_count == EVENTS || !exh_status_follows(s->type, before, p->word))
        return;                          /* one before it was taken back */
    struct fact_status *status = &s->statuses[s->status_count];
    *status = (struct fact_status){ .word = p->word, .day = day_of(p->at) - (int)roll(3), .until = NO_MATCH };
    if (count && status->day < s->statuses[order[count - 1]].day)
        status->day = s->statuses[order[count - 1]].day;
    if (strcmp(p->word, "custody") == 0 || strcmp(p->word, "suspended-sentence") == 0)
        status->until = status->day + (int)roll(900);
    take_flags(status, s->status_count);
    s->status_count++;
    event_numbers[s->status_count - 1] = ++event_count;
    enter_status(log, p->at, status, 0);
}

static void correct(struct log *log, const struct planned *p)
{
    int order[EVENTS], count = counting(order);

    if (!count)
        return;
    struct fact_status *status = &s->statuses[order[count - 1]];
    int earliest = count > 1 ? s->statuses[order[count - 2]].day : status->day - 20;
    if (p->what == WITHDRAW) {
        struct exh_json *details = words_of((const char *const[][2]){ { "source", "email" }, { NULL, NULL } });
        if (status->flags[0] || status->flags[1]) {
            exh_json_free(details);
            return;                      /* what follows it may need its flags */
        }
        set_day(details, "date", day_of(p->at));
        exh_json_set_int(details, "corrects", event_numbers[order[count - 1]]);
        exh_json_set_bool(details, "withdraws", true);
        enter_of(log, p->at, "case-status", NULL, NULL, NULL, details);
        status->withdrawn = true;
    } else {
        status->day = earliest + (int)roll((unsigned)(status->day - earliest) + 1);
        enter_status(log, p->at, status, event_numbers[order[count - 1]]);
    }
    event_numbers[order[count - 1]] = ++event_count;
    corrections++;
}

static void take_outcome(struct log *log, const struct planned *p)
{
    struct exh_json *details = words_of((const char *const[][2]){ { "outcome", p->word }, { NULL, NULL } });

    s->outcome = p->word;
    s->outcome_day = day_of(p->at) - (int)roll(5);
    set_day(details, "date", s->outcome_day);
    enter_of(log, p->at, "case-outcome", NULL, NULL, NULL, details);
}

static void write_record(const struct fact_item *item)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_format("exhibits/%s", item->name), *inner = exh_format("%s/record", folder);
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/exhibit.json", inner);
    char shows[EXH_MOMENT_SIZE];

    mkdirat(store.root, "exhibits", 0755);
    mkdirat(store.root, folder, 0755);
    mkdirat(store.root, inner, 0755);
    exh_moment_utc((struct exh_moment){ item->shows * EXH_SECOND }, shows);
    EXH_CLEANUP(exh_freep) char *words = item->shows ? exh_format("{\"window\":{\"to\":\"%s\"}}", shows) : exh_strdup("{}");
    int fd = openat(store.root, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0 && write(fd, words, strlen(words)) == (ssize_t)strlen(words));
    close(fd);
}

static void make(struct log *log, int64_t at, struct fact_item *item, const char *making)
{
    item->made = at;
    item->purpose = NO_MATCH;
    enter_of(log, at - 5, making, item->name, NULL, NULL, NULL)->act = exh_format("%s-begun", making);
    enter_of(log, at, making, item->name, NULL, "{\"tagmanifest\":\"aa\"}", NULL)->act = exh_format("%s-done", making);
    s->item_count++;
}

static void take_master(struct log *log, const struct planned *p)
{
    struct fact_item *item = &s->items[s->item_count];

    if (s->item_count == ITEMS)
        return;
    *item = (struct fact_item){ .kind = EXH_ITEM_MASTER, .master = s->item_count, .shows = roll(8) ? s->opened - (int64_t)roll(30 * 86400) : 0 };
    item->number = ++s->master_count;
    snprintf(item->name, sizeof item->name, "OP%d", item->number);
    write_record(item);
    make(log, p->at, item, "extract");
}

static void take_copy(struct log *log, const struct planned *p)
{
    static const struct { const char *making; enum exh_item_kind kind; } makings[] = {
        { "transcode", EXH_ITEM_WORKING }, { "redact", EXH_ITEM_REDACTED }, { "still", EXH_ITEM_STILL } };
    unsigned which = roll(EXH_COUNT(makings));
    struct fact_item *item = &s->items[s->item_count];
    int master = -1, number = 1;

    for (int i = 0; i < s->item_count; i++)
        if (s->items[i].kind == EXH_ITEM_MASTER && !s->items[i].destroyed && (master < 0 || roll(2)))
            master = i;
    if (s->item_count == ITEMS || master < 0)
        return;
    for (int i = 0; i < s->item_count; i++)
        number += s->items[i].kind != EXH_ITEM_MASTER && s->items[i].master == master;
    *item = (struct fact_item){ .kind = makings[which].kind, .master = master };
    snprintf(item->name, sizeof item->name, "OP%d/%d", s->items[master].number, number);
    make(log, p->at, item, makings[which].making);
}

/* Of a copy that there is: what it was made for is done, or, the second time, not done after all. */
static void meet_purpose(struct log *log, const struct planned *p)
{
    struct exh_json *details;
    int which = -1;

    for (int i = 0; i < s->item_count; i++)
        if (s->items[i].kind != EXH_ITEM_MASTER && !s->items[i].destroyed && (which < 0 || roll(2)))
            which = i;
    if (which < 0)
        return;
    details = words_of((const char *const[][2]){ { "reason", "shown in court" }, { NULL, NULL } });
    if (s->items[which].purpose != NO_MATCH) {
        exh_json_set_bool(details, "withdraws", true);
        s->items[which].purpose = NO_MATCH;
    } else {
        s->items[which].purpose = max(day_of(s->items[which].made), day_of(p->at) - (int)roll(3));
        set_day(details, "date", s->items[which].purpose);
    }
    enter_of(log, p->at, "case-purpose", s->items[which].name, NULL, NULL, details);
}

static void take_package(struct log *log, const struct planned *p)
{
    struct fact_package *package = &s->packages[s->package_count];
    EXH_CLEANUP(exh_text_clear) struct exh_text facts = EXH_TEXT_NONE;
    int any = 0;

    *package = (struct fact_package){ .sealed = 0 };
    exh_text_printf(&facts, "{\"package\":\"C1-P%d\",\"exhibits\":[", s->package_count + 1);
    for (int i = 0; i < s->item_count; i++)
        if (!s->items[i].destroyed && roll(3)) {
            package->holds[i] = true;
            exh_text_printf(&facts, "%s\"%s\"", any++ ? "," : "", s->items[i].name);
        }
    exh_text_puts(&facts, "]}");
    if (!any)
        return;
    enter_of(log, p->at, "seal-begun", NULL, facts.bytes, NULL, NULL);
    enter_of(log, p->at + 2, "seal-done", NULL, facts.bytes, NULL, NULL);
    package->sealed = p->at + 2;
    package->told = package->handed = NO_MATCH;
    s->package_count++;
}

/* @p->index is that of the plan: it may never have been made. */
static struct fact_package *package_of(const struct planned *p)
{
    return p->index < s->package_count ? &s->packages[p->index] : NULL;
}

static void tell_ready(struct log *log, const struct planned *p)
{
    struct fact_package *package = package_of(p);
    EXH_CLEANUP(exh_freep) char *facts = exh_format("{\"package\":\"C1-P%d\"}", p->index + 1);
    struct exh_json *details;

    if (!package || package->sealed > p->at)
        return;
    details = words_of((const char *const[][2]){ { "to", "DC Smith" }, { "method", "email" }, { NULL, NULL } });
    set_day(details, "date", day_of(p->at));
    enter_of(log, p->at, "disclose-ready", NULL, facts, NULL, details);
    package->told = max(package->told, day_of(p->at));
}

static int disclosures, disclosure_of[PACKAGES];

static void hand_over(struct log *log, const struct planned *p)
{
    struct fact_package *package = package_of(p);
    EXH_CLEANUP(exh_freep) char *facts = exh_format("{\"disclosure\":\"C1-D%d\",\"package\":\"C1-P%d\"}", disclosures + 1, p->index + 1);
    struct exh_json *details;

    if (!package || package->sealed > p->at || package->handed != NO_MATCH)
        return;
    details = words_of((const char *const[][2]){
        { "to", "DC Smith" }, { "organisation", "police" }, { "method", "by hand" }, { "basis", "DPA" }, { NULL, NULL } });
    package->handed = day_of(p->at);
    set_day(details, "date", package->handed);
    enter_of(log, p->at, "disclose", NULL, facts, NULL, details);
    disclosure_of[p->index] = ++disclosures;
}

static void accept_receipt(struct log *log, const struct planned *p)
{
    struct fact_package *package = package_of(p);
    if (!package || package->handed == NO_MATCH || package->accepted)
        return;
    bool on_paper = roll(4) == 0;
    EXH_CLEANUP(exh_freep) char *issue = exh_format("{\"disclosure\":\"C1-D%d\"}", disclosure_of[p->index]);
    EXH_CLEANUP(exh_freep) char *accept = exh_format("{\"disclosure\":\"C1-D%d\",\"receipt\":\"%s\"}", disclosure_of[p->index],
                                                     on_paper ? "on-paper" : "signed");
    enter_of(log, p->at - 60, "receipt-issue", NULL, issue, "{\"form\":\"bb\"}", words_of((const char *const[][2]){ { "receipt", "text" }, { NULL, NULL } }));
    if (on_paper) {
        enter_of(log, p->at, "receipt-accept", NULL, accept, NULL, words_of((const char *const[][2]){ { "on_paper", "in the folder" }, { NULL, NULL } }));
        return;
    }
    enter_of(log, p->at, "receipt-accept", NULL, accept, "{\"form\":\"bb\"}",
             words_of((const char *const[][2]){ { "receipt", "text" }, { "signature", "sig" }, { "key", "k" }, { "taken_by", "DC Smith" },
                                                { "taken_on", "today" }, { NULL, NULL } }));
    package->accepted = p->at;
}

static void place_hold(struct log *log, const struct planned *p)
{
    int item = s->item_count && roll(2) ? (int)roll((unsigned)s->item_count) : -1;
    EXH_CLEANUP(exh_freep) char *facts = exh_format("{\"hold\":\"C1-H%d\"}", s->hold_count + 1);
    struct exh_json *details;

    if (s->hold_count == HOLDS_MOST || (item >= 0 && s->items[item].destroyed))
        return;
    details = words_of((const char *const[][2]){ { "code", "court-order" }, { "authority", "court" }, { "reference", "1" }, { NULL, NULL } });
    set_day(details, "review", day_of(p->at) + 100);
    enter_of(log, p->at, "case-hold", item >= 0 ? s->items[item].name : NULL, facts, NULL, details);
    s->holds[s->hold_count++] = (struct fact_hold){ item, false };
}

/* The first that stands. A review's own is its first, and goes when the rules for it say so. */
static void release(struct log *log, const struct planned *p)
{
    bool own = p->what == OWN_RELEASE;

    for (int i = strcmp(s->type, "dhr") == 0 && !own; i < (own ? 1 : s->hold_count); i++) {
        EXH_CLEANUP(exh_freep) char *facts = exh_format("{\"hold\":\"C1-H%d\"}", i + 1);
        if (s->holds[i].released)
            continue;
        if (own) {
            assert_replays(log);
            if (!exh_casefile_own_hold_done(&log->casefile, &log->casefile.cases[0], days[day_of(p->at)]))
                return;
        }
        enter_of(log, p->at, "case-release", NULL, facts, NULL, words_of((const char *const[][2]){ { "reason", "over" }, { NULL, NULL } }));
        s->holds[i].released = true;
        return;
    }
}

static void happen(struct log *log, const struct planned *p)
{
    switch (p->what) {
    case STATUS:      take_status(log, p); break;
    case OUTCOME:     take_outcome(log, p); break;
    case MASTER:      take_master(log, p); break;
    case COPY:        take_copy(log, p); break;
    case PACK:        take_package(log, p); break;
    case TELL:        tell_ready(log, p); break;
    case HAND_OVER:   hand_over(log, p); break;
    case ACCEPT:      accept_receipt(log, p); break;
    case HOLD:        place_hold(log, p); break;
    case RELEASE:
    case OWN_RELEASE: release(log, p); break;
    case CORRECT:
    case WITHDRAW:    correct(log, p); break;
    case PURPOSE:     meet_purpose(log, p); break;
    }
}

/* ---- the facts as the model asks for them ---- */

static struct exh_effect on_day(int day)
{
    return day == NO_MATCH ? (struct exh_effect){ .kind = EXH_EFFECT_NONE } : (struct exh_effect){ .kind = EXH_EFFECT_DAY, .day = days[day] };
}

static struct exh_effect at_instant(int64_t at)
{
    return at ? (struct exh_effect){ .kind = EXH_EFFECT_INSTANT, .instant = { at * EXH_SECOND } } : (struct exh_effect){ .kind = EXH_EFFECT_NONE };
}

/* What a status opens, until the next. */
static int opened_matter(const char *word)
{
    if (strcmp(word, "appeal") == 0 || strcmp(word, "challenged") == 0)
        return EXH_MATTER_APPEAL;
    if (strcmp(s->type, "coroner") == 0 && strcmp(word, "opened") == 0)
        return EXH_MATTER_INQUEST;
    if (strcmp(s->type, "civil-claim") == 0 && strcmp(word, "notified") == 0)
        return s->injury ? EXH_MATTER_INJURY : EXH_MATTER_CLAIM;
    return -1;
}

static void tell_case(void)
{
    int order[EVENTS], count = counting(order);
    enum exh_case_type type;

    assert_true(exh_case_type_find(s->type, &type));
    a_case(type, EXH_ITEM_MASTER, EXH_CUSTODIAN_UNSAID);
    for (int i = 0; i < count; i++) {
        const struct fact_status *one = &s->statuses[order[i]];
        statuses[i] = (struct exh_status){ .word = one->word, .effect = on_day(one->day), .end = on_day(one->until) };
        int matter = opened_matter(one->word);
        if (matter >= 0)
            life.flags[matter] = i + 1 < count
                ? (struct exh_life_flag){ EXH_MATTER_ENDED, on_day(s->statuses[order[i + 1]].day) }
                : (struct exh_life_flag){ EXH_MATTER_OPEN, on_day(one->day) };
        for (int k = 0; k < 2; k++)
            if (one->flags[k] >= 2)
                life.flags[k ? EXH_MATTER_INQUEST : EXH_MATTER_CRIMINAL] =
                    (struct exh_life_flag){ one->flags[k] == 2 ? EXH_MATTER_OPEN : EXH_MATTER_ENDED, on_day(one->day) };
        if (strcmp(s->type, "civil-claim") == 0 && strcmp(one->word, "notified") == 0 && s->born != NO_MATCH)
            life.facts[EXH_FACT_MAJORITY] = on_day(plus_months(s->born, 18 * 12));
    }
    life.status_count = (size_t)count;
    life.outcome = s->outcome;
    life.outcome_since = s->outcome ? on_day(s->outcome_day) : on_day(NO_MATCH);
}

static void tell_item(int which)
{
    const struct fact_item *item = &s->items[which], *master = &s->items[item->master];

    life.item = item->kind;
    life.facts[EXH_FACT_COLLECTED] = at_instant(master->made);
    life.facts[EXH_FACT_RECORDED] = at_instant(master->shows);
    life.facts[EXH_FACT_PURPOSE] = on_day(item->purpose);
    int ready = NO_MATCH, handed = NO_MATCH;
    int64_t accepted = 0;
    for (int i = 0; i < s->package_count; i++) {
        const struct fact_package *package = &s->packages[i];
        if (!package->holds[which])
            continue;
        ready = max(ready, package->told);
        if (package->handed != NO_MATCH && (handed == NO_MATCH || package->handed < handed))
            handed = package->handed;
        if (package->accepted > accepted)
            accepted = package->accepted;
    }
    life.facts[EXH_FACT_READY] = on_day(ready);
    life.facts[EXH_FACT_HANDED_OVER] = on_day(handed);
    life.facts[EXH_FACT_RECEIPT] = at_instant(accepted);
}

static bool is_held(int which)
{
    for (int i = 0; i < s->hold_count; i++)
        if (!s->holds[i].released
            && (which < 0 || s->holds[i].item < 0 || s->holds[i].item == which || s->holds[i].item == s->items[which].master))
            return true;
    return false;
}

/* ---- the model under several versions ---- */

/* Whether what began a rule lies before a version was replaced; what has no date does. */
static bool was_before(const struct exh_effect *began, struct exh_moment replaced)
{
    if (began->kind == EXH_EFFECT_NONE)
        return true;
    return began->kind == EXH_EFFECT_INSTANT ? began->instant.ns < replaced.ns : end_of(number_of(began->day) - 1) * EXH_SECOND < replaced.ns;
}

static void ask_version(size_t version, int last[EXH_COUNT(rules)], struct exh_effect began[EXH_COUNT(rules)])
{
    the_days = changes[version].days;
    the_count = changes[version].count;
    life.custodian = changes[version].custodian;
    ask_rules(last, began);
}

/* Of a version that was replaced: what began while it was in force, and its rules that let go early. Where only such a rule began, all. */
static int choose_bound(size_t version, int last[EXH_COUNT(rules)])
{
    struct exh_effect began[EXH_COUNT(rules)];
    bool any = false, keeps = false, before[EXH_COUNT(rules)];

    ask_version(version, last, began);
    for (size_t i = 0; i < EXH_COUNT(rules); i++) {
        before[i] = last[i] != NO_MATCH && was_before(&began[i], versions[version + 1].effective);
        any |= before[i];
        keeps |= before[i] && !(rules[i].traits & FIRST);
    }
    for (size_t i = 0; i < EXH_COUNT(rules); i++)
        if (!any || (keeps && !(rules[i].traits & FIRST) && !before[i]))
            last[i] = NO_MATCH;
    return any ? choose(last) : -1;
}

static bool keeps_longer(int rule, int last, int other, int other_last)
{
    if (last != other_last)
        return last > other_last;
    bool review = !(rules[rule].traits & DELETES), other_review = !(rules[other].traits & DELETES);
    if (last != NO_END && review != other_review)
        return review;
    return is_taken(rule) && !is_taken(other);
}

static struct answer model_of_versions(void)
{
    int last[EXH_COUNT(rules)];
    struct exh_effect began[EXH_COUNT(rules)];
    size_t version = VERSIONS;

    while (versions[--version].effective.ns > life.now.ns)
        ;
    ask_version(version, last, began);
    int rule = choose(last), last_day = rule >= 0 ? last[rule] : NO_MATCH;
    for (size_t i = version; rule >= 0 && i-- > 0;) {
        int bound = choose_bound(i, last);
        if (bound >= 0 && keeps_longer(bound, last[bound], rule, last_day)) {
            rule = bound;
            last_day = last[bound];
        }
    }
    return conclude(rule, last_day);
}

/* ---- comparing ---- */

struct comparing { struct log *log; int64_t at; int seen; unsigned number; int to_destroy; };

static void tell_difference(const struct comparing *c, const char *name, const struct answer *answer, const struct exh_retained *retained)
{
    for (size_t i = 0; i < life.status_count; i++)
        print_message("  %s day %d\n", statuses[i].word, status_days[i]);
    for (size_t i = 0; i < retained->decision->match_count; i++)
        for (size_t j = 0; j < retained->decision->matches[i].lines.count; j++)
            print_message("  %s\n", retained->decision->matches[i].lines.at[j]);
    fail_msg("case %u (%s), %s, %lld: the model says %s by %s, last day %d; the program: %s", c->number, s->type, name, (long long)c->at,
             exh_decision_kind_word(answer->kind), answer->rule >= 0 ? rules[answer->rule].id : "none", answer->last_day,
             retained->decision->sentence);
}

static bool is_equal(const struct answer *answer, const struct exh_decision *d, bool held)
{
    bool ends = answer->rule >= 0 && answer->last_day != NO_END;

    return d->without_holds == answer->kind && d->kind == (held ? EXH_KEPT_HELD : answer->kind)
        && strcmp(d->decider ? d->decider->rule->id : "none", answer->rule >= 0 ? rules[answer->rule].id : "none") == 0
        && d->has_end == ends && (!ends || d->end.ns == end_of(answer->last_day) * EXH_SECOND)
        && (!ends || d->then == (rules[answer->rule].traits & DELETES ? EXH_THEN_DELETE : EXH_THEN_REVIEW));
}

static int find_item(const char *name)
{
    for (int i = 0; i < s->item_count; i++)
        if (strcmp(s->items[i].name, name) == 0)
            return i;
    fail_msg("the program knows '%s', and nothing else does", name);
    return -1;
}

static bool compare_one(void *context, const struct exh_retained *retained, struct exh_error *err)
{
    struct comparing *c = context;
    int which = retained->exhibit ? find_item(retained->exhibit->reference) : -1;

    (void)err;
    tell_case();
    life.now.ns = c->at * EXH_SECOND;
    today = day_of(c->at);
    if (which >= 0) {
        tell_item(which);
        assert_false(s->items[which].destroyed);
    } else {
        life.item = EXH_ITEM_CASE_RECORD;
        memset(life.facts, 0, sizeof life.facts);
        life.facts[EXH_FACT_DISPOSED] = at_instant(s->last_destroyed);
        records++;
    }
    const struct answer answer = model_of_versions();
    bool held = is_held(which);
    if (!is_equal(&answer, retained->decision, held))
        tell_difference(c, exh_retained_name(retained), &answer, retained);
    assert_true(retained->until.ns > life.now.ns);
    c->seen++;
    decided++;
    by_kind[retained->decision->kind]++;
    if (retained->decision->kind == EXH_DUE) {
        due++;
        by_rule[answer.rule]++;
        if (which >= 0 && roll(3) == 0)
            c->to_destroy = which;
    }
    return true;
}

static int count_present(void)
{
    int present = 0, gone = 0;

    for (int i = 0; i < s->item_count; i++) {
        present += !s->items[i].destroyed;
        gone += s->items[i].destroyed;
    }
    return present ? present : gone > 0;         /* the record of the case, once all are gone */
}

/* What two people agreed on, in the end: unless a copy leads back to it. */
static void destroy(struct log *log, int64_t at, int which)
{
    static const char digests[] = "{\"tagmanifest\":\"aa\",\"plan\":\"cc\"}";

    for (int i = 0; i < s->item_count; i++)
        if (i != which && s->items[i].master == which && !s->items[i].destroyed)
            return;
    enter_of(log, at + 1, "destroy-begun", s->items[which].name, NULL, digests, NULL);
    enter_of(log, at + 2, "destroy-done", s->items[which].name, NULL, digests, NULL);
    s->items[which].destroyed = true;
    s->last_destroyed = at + 2;
    destroyed++;
}

static void look(struct log *log, unsigned number, int64_t at)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_retention retention = { .policies = policies, .versions = versions, .count = VERSIONS, .confirmed = confirmed };
    struct comparing c = { .log = log, .at = at, .number = number, .to_destroy = -1 };
    struct exh_retention_walk walk = { &store, &retention, { LONDON, &confirmed }, { at * EXH_SECOND }, compare_one, &c, NULL };

    assert_replays(log);
    if (!exh_retention_walk_case(&walk, &log->casefile, &err))
        fail_msg("case %u: %s", number, err.text);
    if (c.seen != count_present())
        fail_msg("case %u: %d were decided on, and %d are there", number, c.seen, count_present());
    if (c.to_destroy >= 0 && !is_held(c.to_destroy))
        destroy(log, at, c.to_destroy);
}

/* ---- one case, ten years ---- */

static void begin_case(struct log *log)
{
    const struct path *path = &paths[roll(EXH_COUNT(paths))];
    struct exh_entry *entry = add(log, "case-open", "C1", NULL);
    struct exh_json *details = words_of((const char *const[][2]){ { "type", path->type }, { NULL, NULL } });

    *s = (struct service){ .type = path->type, .opened = noon_of(first_of_month[2016][1]) + (int64_t)roll(3500) * 86400 + roll(86400), .born = NO_MATCH };
    disclosures = event_count = 0;
    if (strcmp(s->type, "civil-claim") == 0) {
        s->injury = (int)roll(2);
        s->born = roll(3) ? NO_MATCH : day_of(s->opened) - 365 * (2 + (int)roll(15));
    }
    entry->time.ns = s->opened * EXH_SECOND;
    if (strcmp(s->type, "dhr") == 0) {
        struct exh_json *order = words_of((const char *const[][2]){ { "code", "dhr" }, { "authority", "csp" }, { "reference", "1" }, { NULL, NULL } });
        set_day(order, "review", day_of(s->opened) + 180);
        exh_json_set(details, "hold", order);
        exh_json_set(entry->whole, "facts", object_of("{\"hold\":\"C1-H1\"}"));
        s->holds[s->hold_count++] = (struct fact_hold){ -1, false };
    }
    seal_details(log, entry, details);
    plan_statuses(path);
    plan_footage();
    plan_rest();
    qsort(s->plan, (size_t)s->planned, sizeof *s->plan, in_time);
}

static void live(struct log *log, unsigned number)
{
    int64_t end = noon_of(first_of_month[2036][1]);

    begin_case(log);
    for (int64_t at = s->opened + 86400; at < end; at += (int64_t)(1 + roll(at - s->opened < 1000 * 86400LL ? 300 : 1500)) * 86400 + roll(86400)) {
        while (s->done < s->planned && s->plan[s->done].at < at - 10)
            happen(log, &s->plan[s->done++]);
        confirm_at((struct exh_moment){ at * EXH_SECOND });
        look(log, number, at);
    }
}

/* What the entries of a case borrow from this test's own. */
static void free_names(struct log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        struct exh_entry *entry = &log->entries[i];
        if (strstr(entry->act, "-begun") || strstr(entry->act, "-done"))
            if (strncmp(entry->act, "seal", 4) != 0 && strncmp(entry->act, "destroy", 7) != 0)
                free(entry->act);
        free(entry->exhibit);
    }
}

static void every_decision_of_ten_years_is_that_of_the_model(void **state)
{
    const char *wanted = getenv("EXHIBIT_LONG");
    unsigned cases = wanted && *wanted ? ALL_CASES : SOME_CASES, exhibits = 0;

    for (unsigned i = 0; i < cases; i++) {
        struct log *log = renew(state);
        log->key = exh_seal_key_new();
        live(log, i);
        exhibits += (unsigned)s->item_count;
        free_names(log);
    }
    print_message("# %u cases, %u exhibits, %u decisions, %u due, %u destroyed, %u of records, %u corrections\n", cases, exhibits, decided, due,
                  destroyed, records, corrections);
    for (size_t i = 0; i < EXH_COUNT(by_kind); i++)
        assert_true(by_kind[i] > 100);
    assert_true(destroyed > 100 && records > 100 && corrections > 100);
    for (size_t i = 0; i < EXH_COUNT(rules); i++) {
        int (*rule)(void) = rules[i].last_day;
        /* Those have no end, or are of what no case has. */
        bool never_due = rule == r05 || rule == r06 || rule == r09 || rule == r22;
        if (!never_due && by_rule[i] < 3)
            fail_msg("%s was due %u times only", rules[i].id, by_rule[i]);
    }
}

static int begin(void **state)
{
    char directory[] = "/tmp/ten_years_test.XXXXXX";

    for (size_t i = 0; i < VERSIONS; i++) {
        read_policy("policies/uk-local-authority.conf", &policies[i]);
        change_periods(&policies[i], i);
        versions[i] = (struct exh_policy_version){ &policies[i], instant(changes[i].from) };
    }
    seed = 20261127;
    assert_non_null(mkdtemp(directory));
    store = (struct exh_store){ .path = exh_strdup(directory), .root = open(directory, O_RDONLY | O_DIRECTORY), .lock = -1, .zone = exh_strdup(LONDON) };
    return set_up(state);
}

static int end(void **state)
{
    EXH_CLEANUP(exh_freep) char *command = exh_format("rm -rf '%s'", store.path);

    for (size_t i = 0; i < VERSIONS; i++)
        exh_policy_clear(&policies[i]);
    exh_strings_clear(&confirmed);
    close(store.root);
    free(store.path);
    free(store.zone);
    return tear_down(state) || system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_decision_of_ten_years_is_that_of_the_model, begin, end),
    };

    return cmocka_run_group_tests(tests, fill_calendar, NULL);
}
