/* choose: which exhibits go into a package, and whether they are as they were sealed. */
#include "seal.h"

#include "exhibit/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const item_names[EXH_SEAL_ITEMS] = { "master", "copy", "stills", "redacted" };

const char *exh_seal_item_name(enum exh_seal_item item)
{
    return item_names[item];
}

static bool set_item(const char *word, bool items[EXH_SEAL_ITEMS])
{
    for (size_t i = 0; i < EXH_SEAL_ITEMS; i++)
        if (strcmp(word, item_names[i]) == 0)
            return items[i] = true;
    return false;
}

bool exh_seal_items_parse(const char *words, bool ret_items[EXH_SEAL_ITEMS], struct exh_error *err)
{
    for (const char *at = words, *next; at; at = next) {
        const char *comma = strchr(at, ',');
        EXH_CLEANUP(exh_freep) char *word = comma ? exh_strndup(at, (size_t)(comma - at)) : exh_strdup(at);
        next = comma ? comma + 1 : NULL;
        if (!set_item(word, ret_items))
            return exh_fail(err, EXH_USAGE, "'%s' is no kind of item: use master, copy, stills, redacted, with commas between",
                            word);
    }
    return true;
}

/* ---- which ---- */

static enum exh_seal_item item_of(const struct exh_exhibit *exhibit)
{
    if (!*exhibit->of)
        return EXH_SEAL_MASTER;
    if (strcmp(exhibit->making, "still") == 0)
        return EXH_SEAL_STILLS;
    return strcmp(exhibit->making, "redact") == 0 ? EXH_SEAL_REDACTED : EXH_SEAL_COPY;
}

static bool is_chosen(const struct sealing *s, const char *reference)
{
    for (size_t i = 0; i < s->exhibit_count; i++)
        if (strcmp(s->exhibits[i].reference, reference) == 0)
            return true;
    return false;
}

static void add(struct sealing *s, const struct exh_exhibit *exhibit)
{
    if (is_chosen(s, exhibit->reference))
        return;
    s->exhibits = exh_realloc_array(s->exhibits, s->exhibit_count + 1, sizeof *s->exhibits);
    struct sealing_exhibit *one = &s->exhibits[s->exhibit_count++];
    *one = (struct sealing_exhibit){ .item = item_of(exhibit), .made = exhibit->ended, .fd = -1 };
    memcpy(one->reference, exhibit->reference, sizeof one->reference);
    memcpy(one->of, exhibit->of, sizeof one->of);
    exh_reference_folder(exhibit->reference, one->folder);
}

/* The newest copy of that kind: earlier ones were made for a reason that a later one may have mended. */
static const struct exh_exhibit *newest(const struct exh_casefile *casefile, const char *master, enum exh_seal_item item)
{
    const struct exh_exhibit *found = NULL;

    for (size_t i = 0; i < casefile->exhibit_count; i++) {
        const struct exh_exhibit *exhibit = &casefile->exhibits[i];
        if (strcmp(exhibit->of, master) == 0 && exhibit->state == EXH_EXHIBIT_DONE && item_of(exhibit) == item)
            found = exhibit;
    }
    return found;
}

static bool add_items(struct sealing *s, const struct exh_exhibit *master, struct exh_error *err)
{
    static const char *const makers[EXH_SEAL_ITEMS] = { "extract", "transcode", "still", "redact" };
    const struct exh_casefile *casefile;
    bool any = false;

    if (!exh_store_casefile(s->store, master->case_id, &casefile, err))
        return false;
    for (size_t i = 0; i < EXH_SEAL_ITEMS; i++) {
        if (!s->options->items[i])
            continue;
        const struct exh_exhibit *found = i == EXH_SEAL_MASTER ? master : newest(casefile, master->reference, i);
        if (!found)
            return exh_fail(err, EXH_USAGE, "exhibit %s has no item '%s'; 'exhibit %s %s' makes one", master->reference,
                            item_names[i], makers[i], master->reference);
        add(s, found);
        any = true;
    }
    if (!any)
        add(s, master);
    return true;
}

static bool add_named(struct sealing *s, const char *reference, struct exh_error *err)
{
    const struct exh_exhibit *exhibit;

    if (!exh_store_need_exhibit(s->store, reference, &exhibit, err))
        return false;
    if (*s->case_id && strcmp(s->case_id, exhibit->case_id) != 0)
        return exh_fail(err, EXH_USAGE, "%s is of case %s and %s of case %s; a package is of one case",
                        s->options->exhibits->at[0], s->case_id, reference, exhibit->case_id);
    memcpy(s->case_id, exhibit->case_id, sizeof s->case_id);
    if (!*exhibit->of)
        return add_items(s, exhibit, err);
    add(s, exhibit);
    return true;
}

/* What there is of a Master and is not packed must be known to who packs it. */
static bool tell_left_out(struct sealing *s, struct exh_error *err)
{
    const struct exh_casefile *casefile;

    if (!exh_store_casefile(s->store, s->case_id, &casefile, err))
        return false;
    for (size_t i = 0; i < casefile->exhibit_count; i++) {
        const struct exh_exhibit *exhibit = &casefile->exhibits[i];
        if (*exhibit->of && exhibit->state == EXH_EXHIBIT_DONE && !is_chosen(s, exhibit->reference)
            && exh_strings_contain(s->options->exhibits, exhibit->of))
            exh_strings_addf(&s->made->left_out, "%s (%s) is not packed", exhibit->reference, item_names[item_of(exhibit)]);
    }
    return true;
}

static int by_number(const char *a, const char *b)
{
    size_t size_a = strlen(a), size_b = strlen(b);

    return size_a != size_b && strncmp(a, b, 1) == 0 ? (size_a < size_b ? -1 : 1) : strcmp(a, b);
}

/* OP2 before OP10, and each copy behind its Master. */
static int by_reference(const void *a, const void *b)
{
    const struct sealing_exhibit *x = a, *y = b;
    int order = by_number(*x->of ? x->of : x->reference, *y->of ? y->of : y->reference);

    return order ? order : by_number(x->reference, y->reference);
}

/* ---- are they as they were sealed? ---- */

bool exh_sealing_refuse(struct sealing *s, const struct sealing_exhibit *exhibit, const char *why, struct exh_error *err)
{
    struct exh_package_report *report = &exhibit->sealed->report;

    report->verdict = EXH_FAILED;
    if (!exh_store_enter_verdict(s->store, exhibit->reference, report, NULL, err))
        return false;
    return exh_fail(err, EXH_REFUSED, "exhibit %s is not as it was sealed (%s), so it is not packed; 'exhibit verify %s' says more",
                    exhibit->reference, why, exhibit->reference);
}

static bool judge(struct sealing *s, struct sealing_exhibit *exhibit, const struct exh_signers *signers, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = exh_store_exhibit_path(exhibit->reference);
    const struct exh_exhibit *logged;

    if (!exh_store_need_exhibit(s->store, exhibit->reference, &logged, err) || !exh_directory_open(s->store->root, path, &exhibit->fd, err)
        || !exh_sealed_open(s->store->root, path, signers, &exhibit->sealed, err))
        return false;
    struct exh_package_report *report = &exhibit->sealed->report;
    if (!exh_digest_equal(report->tagmanifest, logged->tagmanifest))
        exh_check_findings_add(&report->findings, "E-LOG", NULL, "tagmanifest-sha256.txt is not the one the custody log names");
    else if (report->verdict == EXH_VERIFIED)
        return true;
    return exh_sealing_refuse(s, exhibit, report->findings.count ? report->findings.at[0].text : "not signed", err);
}

bool exh_sealing_choose(struct sealing *s, struct exh_error *err)
{
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;

    for (size_t i = 0; i < s->options->exhibits->count; i++)
        if (!add_named(s, s->options->exhibits->at[i], err))
            return false;
    if (!tell_left_out(s, err))
        return false;
    qsort(s->exhibits, s->exhibit_count, sizeof *s->exhibits, by_reference);
    if (!exh_store_signers(s->store, &signers, err))
        return false;
    for (size_t i = 0; i < s->exhibit_count; i++)
        if (!judge(s, &s->exhibits[i], &signers, err))
            return false;
    return true;
}
