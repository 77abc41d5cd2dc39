/* agent: what its files share. */
#ifndef EXHIBIT_AGENT_PRIVATE_H
#define EXHIBIT_AGENT_PRIVATE_H

#include "exhibit/agent.h"
#include "exhibit/text.h"
#include "exhibit/wire.h"

/* Kinds of messages (draft-miller-ssh-agent). */
enum { AGENT_FAILURE = 5, AGENT_ASK_KEYS = 11, AGENT_KEYS = 12, AGENT_ASK_SIGNATURE = 13, AGENT_SIGNATURE = 14 };
enum { AGENT_LONGEST = 256 << 10 };

/* Sends one message, its kind first, and receives the answer into the empty @answer, 1 to AGENT_LONGEST bytes. */
bool exh_agent_ask(const char *socket, int wait_ms, const struct exh_text *question, struct exh_text *answer,
                   struct exh_error *err) EXH_CHECK;

/* Takes answers apart. EXH_REFUSED: it is a refusal; EXH_MALFORMED. */
bool exh_agent_read_keys(struct exh_words answer, struct exh_agent *agent, struct exh_error *err) EXH_CHECK;
bool exh_agent_read_signature(struct exh_words answer, uint8_t ret_signature[EXH_SIGNATURE_SIZE],
                              struct exh_error *err) EXH_CHECK;

#endif
