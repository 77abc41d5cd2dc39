/* exhibit retention why, of what was destroyed: the tombstone. */
#include "retention.h"

#include "exhibit/sweep.h"

#include <stdio.h>

static const char *name_of(const struct session *session, const char *fingerprint)
{
    const struct exh_person *person = exh_keyring_find(&session->store->keyring, fingerprint);

    return person && person->name ? person->name : fingerprint;
}

static char *who_and_when(const struct session *session, const char *fingerprint, struct exh_moment at)
{
    char when[EXH_MOMENT_SIZE];

    exh_moment_local((struct exh_moment){ at.ns / EXH_SECOND * EXH_SECOND }, session->store->zone, when);
    return exh_format("%s, %s", name_of(session, fingerprint), when);
}

static void print_json_tombstone(const struct exh_exhibit *exhibit, const struct exh_tombstone *t)
{
    struct exh_json *object = json_of_type("retained");
    bool known = *t->item.exhibit, gone = exhibit->state == EXH_EXHIBIT_DESTROYED;

    exh_json_set_text(object, "exhibit", exhibit->reference);
    exh_json_set_text(object, "case", exhibit->case_id);
    exh_json_set_text(object, "decision", gone ? "destroyed" : "being-destroyed");
    exh_json_set_text(object, "tagmanifest_sha256", exhibit->tagmanifest);
    exh_json_set_text(object, "rule", known ? t->item.rule : NULL);
    exh_json_set_text(object, "legal", known ? t->item.legal : NULL);
    exh_json_set(object, "end", known ? moment_json(t->item.due) : exh_json_text(NULL));
    exh_json_set_text(object, "plan", t->disposal.plan);
    exh_json_set_text(object, "proposed_by", t->disposal.proposed_by);
    exh_json_set_text(object, "approved_by", t->disposal.approved_by);
    exh_json_set(object, "destroyed", gone ? moment_json(exhibit->destroyed) : exh_json_text(NULL));
    print_json(object);
}

static void print_rule(const struct session *session, const struct exh_disposal_item *item)
{
    char due[EXH_MOMENT_SIZE];

    if (!*item->exhibit) {
        print_field("rule", "the plan's file is lost, or was altered: see the certificate");
        return;
    }
    exh_moment_local(item->due, session->store->zone, due);
    EXH_CLEANUP(exh_freep) char *rule = exh_format("%s, %s: %s. Due %s", item->rule, item->title, item->legal, due);
    print_field("rule", rule);
}

static void print_tombstone(const struct session *session, const struct exh_exhibit *exhibit, const struct exh_tombstone *t)
{
    EXH_CLEANUP(exh_freep) char *proposed = who_and_when(session, t->disposal.proposed_by, t->disposal.proposed);
    EXH_CLEANUP(exh_freep) char *approved = who_and_when(session, t->disposal.approved_by, t->disposal.approved);
    EXH_CLEANUP(exh_freep) char *certificate = exh_format("disposals/%s/certificate", t->disposal.plan);
    char when[EXH_MOMENT_SIZE] = "";

    exh_moment_local((struct exh_moment){ exhibit->destroyed.ns / EXH_SECOND * EXH_SECOND }, session->store->zone, when);
    EXH_CLEANUP(exh_freep) char *decision = exhibit->state == EXH_EXHIBIT_DESTROYED
                                                ? exh_format("destroyed on %s", when)
                                                : exh_strdup("being destroyed: 'exhibit retention apply' goes on");
    print_field("exhibit", exhibit->reference);
    print_field("case", exhibit->case_id);
    print_field("decision", decision);
    print_rule(session, &t->item);
    print_field("proposed by", proposed);
    print_field("approved by", approved);
    print_field("seal", exhibit->tagmanifest);
    print_field("plan", t->disposal.plan);
    if (t->disposal.state == EXH_DISPOSAL_DONE)
        print_field("certificate", certificate);
}

bool tell_tombstone(const struct session *session, const struct exh_exhibit *exhibit, struct exh_error *err)
{
    EXH_CLEANUP(exh_tombstone_clear) struct exh_tombstone tombstone = { .item = { .title = NULL } };

    if (!exh_sweep_tombstone(session->store, exhibit, &tombstone, err))
        return false;
    if (session->json)
        print_json_tombstone(exhibit, &tombstone);
    else
        print_tombstone(session, exhibit, &tombstone);
    return true;
}
