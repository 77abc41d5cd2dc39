/* agent: keys that an ssh-agent holds, for this program to sign with (floor 4).
 *
 * The agent may be OpenSSH's, gpg-agent, or the front of a token: what speaks the protocol of
 * draft-miller-ssh-agent over a UNIX socket. Its keys of type ssh-ed25519 sign here; the others are shown and
 * refused. Each question has a connection of its own, so an agent that was started anew is found again.
 */
#ifndef EXHIBIT_AGENT_H
#define EXHIBIT_AGENT_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"

/* How long a person may take to touch a token or to answer the agent's question. */
enum { EXH_AGENT_WAIT_MS = 60000 };

struct exh_agent_key {
    char fingerprint[EXH_FINGERPRINT_SIZE];
    char *type;                          /* "ssh-ed25519", "ssh-rsa", ...; made fit to be shown */
    char *comment;                       /* the same */
    bool is_ed25519;                     /* one that can sign here */
    struct exh_public_key key;           /* of one that can; its minisign number is the derived one */
};
/* What an agent holds, in its order. Read it; everything is owned by it. */
struct exh_agent {
    char *socket;                        /* its path */
    int wait_ms;
    struct exh_agent_key *keys;
    size_t count;                        /* at least 1 */
};

/* Asks the agent behind the socket at path @socket which keys it holds. @wait_ms: for each of its answers.
 * EXH_IO: it cannot be reached, ended, was waited for too long, or the wait was interrupted by a signal;
 * EXH_REFUSED: it shows no key, as one that is locked does; EXH_MALFORMED: what it says is no answer, or longer than
 * 256 KiB. */
bool exh_agent_open(const char *socket, int wait_ms, struct exh_agent **ret_agent, struct exh_error *err) EXH_CHECK;
void exh_agent_freep(struct exh_agent **agent);

/* The key of this fingerprint. It signs as long as the agent is there, also after @agent was freed; it fails as
 * exh_agent_open does, and with EXH_REFUSED where the agent does not sign (locked, taken out, answered no).
 * EXH_REFUSED: the agent has it not, and what it has; or it is of another type, named. EXH_USAGE: no fingerprint. */
bool exh_agent_take(const struct exh_agent *agent, const char *fingerprint, struct exh_secret_key **ret_key,
                    struct exh_error *err) EXH_CHECK;
/* The only Ed25519 key that @fits. EXH_REFUSED: there is none, or there are several; they are named. */
typedef bool exh_agent_fits(const void *context, const struct exh_agent_key *key);
bool exh_agent_take_only(const struct exh_agent *agent, exh_agent_fits *fits, const void *context,
                         struct exh_secret_key **ret_key, struct exh_error *err) EXH_CHECK;

#endif
