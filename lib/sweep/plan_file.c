/* sweep: a plan as a file (docs/formats/disposal.md). */
#include "sweep.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_disposal_plan_clear(struct exh_disposal_plan *plan)
{
    for (size_t i = 0; i < plan->item_count; i++) {
        free(plan->items[i].title);
        free(plan->items[i].legal);
    }
    free(plan->items);
    free(plan->bytes);
    free(plan->reason);
    exh_strings_clear(&plan->waits);
    *plan = (struct exh_disposal_plan)EXH_DISPOSAL_PLAN_NONE;
}

size_t exh_disposal_plan_exhibits(const struct exh_disposal_plan *plan)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->item_count; i++)
        count += *plan->items[i].exhibit != '\0';
    return count;
}

unsigned exh_disposal_plan_share(const struct exh_disposal_plan *plan)
{
    return plan->exhibits ? (unsigned)((100 * exh_disposal_plan_exhibits(plan) + plan->exhibits - 1) / plan->exhibits) : 0;
}

/* ---- writing ---- */

static void set_moment(struct exh_json *object, const char *name, struct exh_moment moment)
{
    char words[EXH_MOMENT_SIZE];

    exh_moment_utc(moment, words);
    exh_json_set_text(object, name, words);
}

static struct exh_json *item_json(const struct exh_disposal_item *item)
{
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "exhibit", *item->exhibit ? item->exhibit : NULL);
    exh_json_set_text(json, "case", item->case_id);
    exh_json_set_text(json, "tagmanifest_sha256", *item->exhibit ? item->tagmanifest : NULL);
    exh_json_set_text(json, "rule", item->rule);
    exh_json_set_text(json, "title", item->title);
    exh_json_set_text(json, "legal", item->legal);
    exh_json_set_text(json, "policy_sha256", item->policy);
    exh_json_set_text(json, "then", exh_then_word(item->then));
    set_moment(json, "due", item->due);
    return json;
}

char *exh_disposal_plan_words(const struct exh_store *store, const struct exh_disposal_plan *plan)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *json = exh_json_object();
    struct exh_json *items = exh_json_array();

    exh_json_set_int(json, "version", 1);
    exh_json_set_text(json, "type", "disposal-plan");
    exh_json_set_text(json, "organisation", store->organisation);
    exh_json_set_text(json, "zone", store->zone);
    exh_json_set_int(json, "log_entries", (int64_t)store->entry_count);
    exh_json_set_text(json, "log_head", store->last.digest);
    set_moment(json, "made", plan->made);
    set_moment(json, "expires", plan->expires);
    exh_json_set_int(json, "grace_days", plan->grace_days);
    exh_json_set_text(json, "policy_sha256", plan->policy);
    exh_json_set_text(json, "reason", plan->reason);
    exh_json_set_int(json, "exhibits", (int64_t)plan->exhibits);
    for (size_t i = 0; i < plan->item_count; i++)
        exh_json_add(items, item_json(&plan->items[i]));
    exh_json_set(json, "items", items);
    EXH_CLEANUP(exh_freep) char *canonical = exh_json_canonical(json);
    return exh_format("%s\n", canonical);
}

/* ---- reading ---- */

static bool take_digest(const struct exh_json *json, const char *name, char ret_digest[EXH_SHA256_DIGITS], struct exh_error *err)
{
    uint8_t bytes[EXH_SHA256_SIZE];
    const char *words;

    if (!exh_json_need_text(json, name, &words, err))
        return false;
    if (!exh_unhex(bytes, sizeof bytes, words))
        return exh_fail(err, EXH_MALFORMED, "'%s' is no SHA-256", name);
    exh_hex(ret_digest, bytes, sizeof bytes);
    return true;
}

static bool take_moment(const struct exh_json *json, const char *name, struct exh_moment *ret_moment, struct exh_error *err)
{
    const char *words;

    return exh_json_need_text(json, name, &words, err) && exh_moment_parse_utc(words, ret_moment, err);
}

static bool take_number(const struct exh_json *json, const char *name, int64_t most, int64_t *ret_number, struct exh_error *err)
{
    if (!exh_json_need_int(json, name, ret_number, err))
        return false;
    return (*ret_number >= 0 && *ret_number <= most) || exh_fail(err, EXH_MALFORMED, "'%s' is out of its range", name);
}

static bool take_name(const struct exh_json *json, const char *name, char *ret_words, size_t size, struct exh_error *err)
{
    const char *words;

    if (!exh_json_need_text(json, name, &words, err))
        return false;
    if (strlen(words) >= size)
        return exh_fail(err, EXH_MALFORMED, "'%s' is too long", name);
    memcpy(ret_words, words, strlen(words) + 1);
    return true;
}

static bool read_exhibit(const struct exh_json *json, struct exh_disposal_item *item, struct exh_error *err)
{
    if (exh_json_type(exh_json_get(json, "exhibit")) == EXH_JSON_NULL)
        return true;
    return take_name(json, "exhibit", item->exhibit, sizeof item->exhibit, err)
        && (exh_reference_is_one(item->exhibit) || exh_fail(err, EXH_MALFORMED, "'%s' is no exhibit's reference", item->exhibit))
        && take_digest(json, "tagmanifest_sha256", item->tagmanifest, err);
}

static bool read_item(const struct exh_json *json, struct exh_disposal_item *item, struct exh_error *err)
{
    item->then = strcmp(exh_json_text_or(json, "then", ""), exh_then_word(EXH_THEN_REVIEW)) == 0 ? EXH_THEN_REVIEW : EXH_THEN_DELETE;
    item->title = exh_strdup(exh_json_text_or(json, "title", ""));
    item->legal = exh_strdup(exh_json_text_or(json, "legal", ""));
    return take_name(json, "case", item->case_id, sizeof item->case_id, err) && take_name(json, "rule", item->rule, sizeof item->rule, err)
        && take_digest(json, "policy_sha256", item->policy, err) && take_moment(json, "due", &item->due, err)
        && read_exhibit(json, item, err);
}

static bool read_items(const struct exh_json *json, struct exh_disposal_plan *plan, struct exh_error *err)
{
    struct exh_json *items;

    if (!exh_json_need_array(json, "items", &items, err))
        return false;
    plan->items = exh_alloc((exh_json_count(items) + 1) * sizeof *plan->items);
    for (size_t i = 0; i < exh_json_count(items); i++, plan->item_count++)
        if (!read_item(exh_json_at(items, i), &plan->items[i], err)) {
            plan->item_count++;
            return exh_while(err, "item %zu", i + 1);
        }
    return true;
}

static bool read_head(const struct exh_json *json, struct exh_disposal_plan *plan, struct exh_error *err)
{
    int64_t grace, exhibits;

    if (exh_json_int_or(json, "version", 0) != 1 || strcmp(exh_json_text_or(json, "type", ""), "disposal-plan") != 0)
        return exh_fail(err, EXH_MALFORMED, "it is no plan of disposal, version 1");
    if (!take_moment(json, "made", &plan->made, err) || !take_moment(json, "expires", &plan->expires, err)
        || !take_number(json, "grace_days", EXH_GRACE_DAYS_MOST, &grace, err)
        || !take_number(json, "exhibits", INT64_C(1) << 40, &exhibits, err) || !take_digest(json, "policy_sha256", plan->policy, err))
        return false;
    plan->grace_days = (unsigned)grace;
    plan->exhibits = (size_t)exhibits;
    plan->reason = exh_strdup(exh_json_text_or(json, "reason", NULL));
    return true;
}

bool exh_disposal_plan_parse(const char *bytes, size_t size, struct exh_disposal_plan *ret_plan, struct exh_error *err)
{
    EXH_CLEANUP(exh_disposal_plan_clear) struct exh_disposal_plan plan = EXH_DISPOSAL_PLAN_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *json = NULL;

    if (!exh_json_parse(bytes, size, "plan", &json, err) || !read_head(json, &plan, err) || !read_items(json, &plan, err))
        return false;
    plan.bytes = exh_strndup(bytes, size);
    *ret_plan = plan;
    plan = (struct exh_disposal_plan)EXH_DISPOSAL_PLAN_NONE;
    return true;
}

bool exh_disposal_plan_read(const struct exh_store *store, const char *path, struct exh_disposal_plan *ret_plan, struct exh_disposal *ret_disposal,
                   struct exh_error *err)
{
    EXH_CLEANUP(exh_disposals_clear) struct exh_disposals disposals = EXH_DISPOSALS_NONE;
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    char digest[EXH_SHA256_DIGITS];
    size_t size;

    if (!exh_file_read(AT_FDCWD, path, EXH_PLAN_LARGEST, &bytes, &size, err) || !exh_disposals_read(store, &disposals, err))
        return false;
    exh_sha256(bytes, size, digest);
    const struct exh_disposal *found = exh_disposals_find(&disposals, digest);
    if (!found)
        return exh_fail(err, EXH_REFUSED, "'%s' is no plan that was proposed here: it was altered since, or is of another store; "
                        "'exhibit retention plan' makes a new one", path);
    if (!exh_disposal_plan_parse(bytes, size, ret_plan, err))
        return exh_while(err, "'%s'", path);
    memcpy(ret_plan->digest, digest, sizeof digest);
    *ret_disposal = *found;
    return true;
}

bool exh_disposal_plan_read_own(const struct exh_store *store, const char *digest, struct exh_disposal_plan *ret_plan)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *folder = exh_sweep_folder(digest), *name = exh_format("%s/plan.json", folder), *bytes = NULL;
    char is[EXH_SHA256_DIGITS];
    size_t size;

    if (!exh_file_read(store->root, name, EXH_PLAN_LARGEST, &bytes, &size, &unread))
        return false;
    exh_sha256(bytes, size, is);
    if (!exh_digest_equal(is, digest) || !exh_disposal_plan_parse(bytes, size, ret_plan, &unread))
        return false;
    memcpy(ret_plan->digest, is, sizeof is);
    return true;
}
