/* agent: the keys of an ssh-agent, and one of them as a key that signs. */
#include "agent.h"

#include <stdlib.h>
#include <string.h>

void exh_agent_freep(struct exh_agent **slot)
{
    struct exh_agent *agent = exh_steal(slot);

    if (!agent)
        return;
    for (size_t i = 0; i < agent->count; i++) {
        free(agent->keys[i].type);
        free(agent->keys[i].comment);
    }
    free(agent->keys);
    free(agent->socket);
    free(agent);
}

static void begin(struct exh_text *question, char kind)
{
    exh_text_add(question, &kind, sizeof kind);
}

bool exh_agent_open(const char *socket, int wait_ms, struct exh_agent **ret_agent, struct exh_error *err)
{
    EXH_CLEANUP(exh_agent_freep) struct exh_agent *agent = exh_alloc(sizeof *agent);
    EXH_CLEANUP(exh_text_clear) struct exh_text question = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text answer = EXH_TEXT_NONE;

    agent->socket = exh_strdup(socket);
    agent->wait_ms = wait_ms;
    begin(&question, AGENT_ASK_KEYS);
    if (!exh_agent_ask(socket, wait_ms, &question, &answer, err)
        || !exh_agent_read_keys((struct exh_words){ answer.bytes, answer.size }, agent, err))
        return false;
    if (agent->count == 0)
        return exh_fail(err, EXH_REFUSED, "the ssh-agent shows no keys: it is locked ('ssh-add -X' unlocks it), or it holds "
                        "none ('ssh-add FILE' adds one)");
    *ret_agent = exh_steal(&agent);
    return true;
}

/* ---- a key that signs ---- */

/* What a key needs of its agent. */
struct holder { char *socket; int wait_ms; struct exh_public_key key; };

static void free_holder(void *context)
{
    struct holder *holder = context;

    free(holder->socket);
    free(holder);
}

static bool sign(void *context, const void *bytes, size_t size, uint8_t ret_signature[EXH_SIGNATURE_SIZE],
                 struct exh_error *err)
{
    enum { NO_FLAGS = 0 };
    const struct holder *holder = context;
    EXH_CLEANUP(exh_text_clear) struct exh_text blob = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text question = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text answer = EXH_TEXT_NONE;

    exh_key_ssh_blob(&holder->key, &blob);
    begin(&question, AGENT_ASK_SIGNATURE);
    exh_wire_put(&question, blob.bytes, blob.size);
    exh_wire_put(&question, bytes, size);
    exh_wire_put_number(&question, NO_FLAGS);
    return exh_agent_ask(holder->socket, holder->wait_ms, &question, &answer, err)
        && exh_agent_read_signature((struct exh_words){ answer.bytes, answer.size }, ret_signature, err);
}

static struct exh_secret_key *key_of(const struct exh_agent *agent, const struct exh_agent_key *one)
{
    struct holder *holder = exh_alloc(sizeof *holder);

    *holder = (struct holder){ exh_strdup(agent->socket), agent->wait_ms, one->key };
    return exh_secret_key_remote(&one->key, sign, holder, free_holder);
}

/* ---- choosing one ---- */

/* "SHA256:... (ssh-rsa, me@here), ...": those that @fits, or all. */
static char *name_keys(const struct exh_agent *agent, exh_agent_fits *fits, const void *context)
{
    enum { MOST_NAMED = 8 };
    EXH_CLEANUP(exh_text_clear) struct exh_text names = EXH_TEXT_NONE;
    size_t count = 0;

    for (size_t i = 0; i < agent->count; i++) {
        const struct exh_agent_key *one = &agent->keys[i];
        if ((!fits || (one->is_ed25519 && fits(context, one))) && count++ < MOST_NAMED)
            exh_text_printf(&names, "%s%s (%s, %s)", names.size ? ", " : "", one->fingerprint, one->type, one->comment);
    }
    if (count > MOST_NAMED)
        exh_text_printf(&names, " and %zu more", count - MOST_NAMED);
    return exh_text_take(&names);
}

static bool check_fingerprint(const char *words, struct exh_error *err)
{
    if (strncmp(words, "SHA256:", strlen("SHA256:")) == 0 && strlen(words) == EXH_FINGERPRINT_SIZE - 1)
        return true;
    return exh_fail(err, EXH_USAGE, "'%s' is not a key's whole fingerprint: write agent:SHA256:... as 'ssh-add -l' shows it",
                    words);
}

bool exh_agent_take(const struct exh_agent *agent, const char *fingerprint, struct exh_secret_key **ret_key,
                    struct exh_error *err)
{
    if (!check_fingerprint(fingerprint, err))
        return false;
    for (size_t i = 0; i < agent->count; i++) {
        const struct exh_agent_key *one = &agent->keys[i];
        if (strcmp(one->fingerprint, fingerprint) != 0)
            continue;
        if (!one->is_ed25519)
            return exh_fail(err, EXH_REFUSED, "key %s of the ssh-agent is of type '%s', which cannot sign here; use a key of "
                            "type ssh-ed25519", fingerprint, one->type);
        *ret_key = key_of(agent, one);
        return true;
    }
    EXH_CLEANUP(exh_freep) char *names = name_keys(agent, NULL, NULL);
    return exh_fail(err, EXH_REFUSED, "the ssh-agent has no key %s; it has %s; 'ssh-add FILE' adds one", fingerprint, names);
}

bool exh_agent_take_only(const struct exh_agent *agent, exh_agent_fits *fits, const void *context,
                         struct exh_secret_key **ret_key, struct exh_error *err)
{
    const struct exh_agent_key *only = NULL;
    size_t count = 0;

    for (size_t i = 0; i < agent->count; i++)
        if (agent->keys[i].is_ed25519 && fits(context, &agent->keys[i])) {
            only = &agent->keys[i];
            count++;
        }
    if (count == 1) {
        *ret_key = key_of(agent, only);
        return true;
    }
    EXH_CLEANUP(exh_freep) char *names = name_keys(agent, count ? fits : NULL, context);
    if (count)
        return exh_fail(err, EXH_REFUSED, "the ssh-agent has more than one key that may act: %s; say which with "
                        "--key agent:SHA256:...", names);
    return exh_fail(err, EXH_REFUSED, "the ssh-agent has no key that may act; it has %s; 'ssh-add FILE' adds one", names);
}
