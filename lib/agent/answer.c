/* agent/answer: what an agent says, taken apart: every length is checked, nothing is believed. */
#include "agent.h"

#include <stdlib.h>
#include <string.h>

static const char ed25519[] = "ssh-ed25519";

static bool malformed(struct exh_error *err, const char *what)
{
    return exh_fail(err, EXH_MALFORMED, "the ssh-agent's answer is damaged: %s; is it an ssh-agent that SSH_AUTH_SOCK "
                    "names?", what);
}

/* Takes the kind off the front of an answer. */
static uint8_t take_kind(struct exh_words *answer)
{
    uint8_t kind = answer->size ? (uint8_t)*answer->at : 0;

    answer->at += answer->size != 0;
    answer->size -= answer->size != 0;
    return kind;
}

/* ---- keys ---- */

static char *shown(struct exh_words words)
{
    enum { LONGEST_SHOWN = 100 };
    EXH_CLEANUP(exh_freep) char *whole = exh_strndup(words.at, words.size);

    return exh_text_brief(whole, LONGEST_SHOWN);
}

static bool add_key(struct exh_agent *agent, struct exh_words blob, struct exh_words comment)
{
    struct exh_words rest = blob, type;
    struct exh_public_key key = { .ed25519 = { 0 } };

    if (!exh_wire_get(&rest, &type))
        return false;
    bool is_ed25519 = exh_words_is(type, ed25519);
    if (is_ed25519 && !exh_key_from_ssh_blob(blob.at, blob.size, &key))
        return false;
    exh_key_derive_number(&key);
    agent->keys = exh_realloc_array(agent->keys, agent->count + 1, sizeof *agent->keys);
    struct exh_agent_key *one = &agent->keys[agent->count++];
    *one = (struct exh_agent_key){ .type = shown(type), .comment = shown(comment), .is_ed25519 = is_ed25519, .key = key };
    exh_ssh_fingerprint(blob.at, blob.size, one->fingerprint);
    return true;
}

bool exh_agent_read_keys(struct exh_words answer, struct exh_agent *agent, struct exh_error *err)
{
    uint8_t kind = take_kind(&answer);
    struct exh_words blob, comment;
    uint32_t count;

    if (kind == AGENT_FAILURE)
        return exh_fail(err, EXH_REFUSED, "the ssh-agent does not show its keys; where it is locked, 'ssh-add -X' unlocks it");
    if (kind != AGENT_KEYS || !exh_wire_get_number(&answer, &count))
        return malformed(err, "it is no list of keys");
    for (uint32_t i = 0; i < count; i++) {
        if (!exh_wire_get(&answer, &blob) || !exh_wire_get(&answer, &comment))
            return malformed(err, "its list of keys is cut short");
        if (!add_key(agent, blob, comment))
            return malformed(err, "a key in its list is not of its type");
    }
    return answer.size == 0 || malformed(err, "bytes follow its list of keys");
}

/* ---- signatures ---- */

bool exh_agent_read_signature(struct exh_words answer, uint8_t ret_signature[EXH_SIGNATURE_SIZE], struct exh_error *err)
{
    uint8_t kind = take_kind(&answer);
    struct exh_words blob, type, bytes;

    if (kind == AGENT_FAILURE)
        return exh_fail(err, EXH_REFUSED, "the ssh-agent refused to sign: it is locked ('ssh-add -X' unlocks it), no longer "
                        "has the key ('ssh-add -l' lists those it has), or somebody answered no");
    if (kind != AGENT_SIGNATURE || !exh_wire_get(&answer, &blob) || answer.size != 0)
        return malformed(err, "it is no signature");
    if (!exh_wire_get(&blob, &type) || !exh_words_is(type, ed25519) || !exh_wire_get(&blob, &bytes)
        || bytes.size != EXH_SIGNATURE_SIZE || blob.size != 0)
        return malformed(err, "its signature is not of type ssh-ed25519");
    memcpy(ret_signature, bytes.at, EXH_SIGNATURE_SIZE);
    return true;
}
