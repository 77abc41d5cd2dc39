/* What an ssh-agent answers, as it is read: the first byte says what it is an answer to. */
#include "../../lib/agent/agent.h"
#include "crypto_start.h"

#include <stdlib.h>
#include <string.h>

static void promise(bool kept)
{
    if (!kept)
        abort();
}

static void read_keys(struct exh_words answer)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_agent_freep) struct exh_agent *agent = exh_alloc(sizeof *agent);

    promise(exh_agent_read_keys(answer, agent, &err) == (err.kind == EXH_OK));
    for (size_t i = 0; i < agent->count; i++) {
        const struct exh_agent_key *key = &agent->keys[i];
        promise(strlen(key->fingerprint) == EXH_FINGERPRINT_SIZE - 1);
        promise(exh_text_is_utf8(key->comment, strlen(key->comment)) && exh_text_is_utf8(key->type, strlen(key->type)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    uint8_t signature[EXH_SIGNATURE_SIZE];

    if (size == 0)
        return 0;
    struct exh_words answer = { (const char *)bytes + 1, size - 1 };
    if (*bytes & 1)
        read_keys(answer);
    else
        promise(exh_agent_read_signature(answer, signature, &err) == (err.kind == EXH_OK));
    return 0;
}
