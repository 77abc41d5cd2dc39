/* stamp: an authority asked over HTTP, in a process apart: it has no secrets, little memory, and an end. */
#include "parts.h"

#include "exhibit/worker.h"

#include <openssl/http.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum frame_type { ANSWERED = 1, FAILED };
enum { SEND_MS = 5000, GRACE_S = 2, BUFFER = 8192 };
#define MOST_MEMORY ((rlim_t)1 << 30)    /* bytes of address space, whatever an authority sends */
#define SENT "application/timestamp-query"
#define WANTED "application/timestamp-reply"

static void free_bio(BIO **bio)
{
    BIO_free_all(*bio);
}

/* ---- the URL ---- */

struct place { char *user, *host, *port, *path, *query, *fragment; int secure; };

static void clear_place(struct place *place)
{
    OPENSSL_free(place->user);
    OPENSSL_free(place->host);
    OPENSSL_free(place->port);
    OPENSSL_free(place->path);
    OPENSSL_free(place->query);
    OPENSSL_free(place->fragment);
}

/* What libcrypto would take and put into a header as it is. */
static bool is_printable(const char *url)
{
    for (; *url; url++)
        if (*url <= ' ' || *url > '~')
            return false;
    return true;
}

/* Judged before the URL is shown in any message. */
static bool has_user(const char *url)
{
    const char *host = strstr(url, "://");
    size_t size = host ? strcspn(host + 3, "/") : strlen(url);

    return memchr(host ? host + 3 : url, '@', size) != NULL;
}

static bool split(const char *url, struct place *place, struct exh_error *err)
{
    bool read = strlen(url) <= 1000 && is_printable(url)
             && OSSL_HTTP_parse_url(url, &place->secure, &place->user, &place->host, &place->port, NULL, &place->path,
                                    &place->query, &place->fragment);

    exh_crypto_forget_errors();
    if (has_user(url))
        return exh_fail(err, EXH_USAGE, "the URL of an authority holds a user or a password: leave it out");
    if (strncmp(url, "https://", strlen("https://")) == 0)
        return exh_fail(err, EXH_USAGE, "'%s': https is not spoken here; a time stamp is signed and holds no secret, so that "
                        "http://host/path will do, or carry it: --request and --response", url);
    if (!read || strncmp(url, "http://", strlen("http://")) != 0 || !*place->host)
        return exh_fail(err, EXH_USAGE, "'%s' is not of the form http://host[:port]/path", url);
    return !place->fragment || !*place->fragment
        || exh_fail(err, EXH_USAGE, "'%s' is not of the form http://host[:port]/path: take the '#' out", url);
}

bool exh_stamp_check_url(const char *url, struct exh_error *err)
{
    EXH_CLEANUP(clear_place) struct place place = { NULL, NULL, NULL, NULL, NULL, NULL, 0 };

    return split(url, &place, err);
}

/* ---- the process apart ---- */

static bool transfer(const struct exh_stamp_errand *errand, const void *request, size_t size, BIO **ret_response,
                     struct exh_error *err)
{
    EXH_CLEANUP(clear_place) struct place place = { NULL, NULL, NULL, NULL, NULL, NULL, 0 };

    if (!split(errand->url, &place, err))
        return false;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s%s%s", place.path, *place.query ? "?" : "", place.query);
    EXH_CLEANUP(free_bio) BIO *body = BIO_new_mem_buf(request, (int)size);
    exh_crypto_must(body);
    exh_crypto_forget_errors();
    /* An empty proxy is none, whatever the environment says. */
    *ret_response = OSSL_HTTP_transfer(NULL, place.host, place.port, path, 0, "", NULL, NULL, NULL, NULL, NULL, BUFFER, NULL,
                                       SENT, body, WANTED, 1, EXH_STAMP_MOST, (int)errand->wait_s, 0);
    if (*ret_response)
        return true;
    EXH_CLEANUP(exh_freep) char *words = exh_crypto_error_words("no reason known");
    return exh_fail(err, EXH_IO, "no time stamp came from it (%s); try again, or carry the request: --request FILE", words);
}

static bool send_frame(int socket, enum frame_type type, const void *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error gone = EXH_ERROR_NONE;

    return exh_frame_send(socket, type, bytes, size, -1, SEND_MS, &gone);
}

static bool read_all(BIO *response, uint8_t ret_bytes[EXH_STAMP_MOST], size_t *ret_size, struct exh_error *err)
{
    uint8_t more;

    *ret_size = 0;
    for (int got; *ret_size < EXH_STAMP_MOST; *ret_size += (size_t)got) {
        got = BIO_read(response, ret_bytes + *ret_size, (int)(EXH_STAMP_MOST - *ret_size));
        if (got <= 0)
            return true;
    }
    return BIO_read(response, &more, 1) <= 0
        || exh_fail(err, EXH_IO, "it answered with more than %d bytes", EXH_STAMP_MOST);
}

static bool answer(const struct exh_stamp_errand *errand, int socket, const void *request, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(free_bio) BIO *response = NULL;
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(EXH_STAMP_MOST);
    size_t response_size;

    return transfer(errand, request, size, &response, err) && read_all(response, bytes, &response_size, err)
        && (send_frame(socket, ANSWERED, bytes, response_size) || exh_fail(err, EXH_IO, "nobody waits for it any more"));
}

/* Memory is not limited in a build with sanitizers, which need terabytes. */
static bool confine(pid_t parent)
{
    const struct rlimit memory = { MOST_MEMORY, MOST_MEMORY };

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
        return false;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
#ifdef EXH_SANITIZED
    (void)memory;
    return true;
#else
    return setrlimit(RLIMIT_AS, &memory) == 0;
#endif
}

static _Noreturn void go(const struct exh_stamp_errand *errand, int socket, pid_t parent, const void *request, size_t size)
{
    struct exh_error err = EXH_ERROR_NONE;

    if (errand->forget)
        errand->forget(errand->context);
    if (!confine(parent))
        _exit(127);
    if (!answer(errand, socket, request, size, &err) && !send_frame(socket, FAILED, err.text, strlen(err.text)))
        _exit(1);
    _exit(0);
}

/* ---- the process that waits ---- */

struct apart { pid_t pid; int socket; };

static void end_apart(struct apart *apart)
{
    if (apart->socket >= 0)
        close(apart->socket);
    if (apart->pid <= 0)
        return;
    kill(apart->pid, SIGKILL);
    waitpid(apart->pid, NULL, 0);
}

static bool start(const struct exh_stamp_errand *errand, const void *request, size_t size, struct apart *apart,
                  struct exh_error *err)
{
    pid_t parent = getpid();
    int both[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both))
        return exh_fail_os(err, "cannot make a socket");
    apart->socket = both[0];
    apart->pid = fork();
    if (apart->pid == 0) {
        close(both[0]);
        go(errand, both[1], parent, request, size);
    }
    close(both[1]);
    return apart->pid > 0 || exh_fail_os(err, "cannot start a process");
}

static bool wait_for(const struct exh_stamp_errand *errand, const struct apart *apart, struct exh_frame *frame,
                     struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    int most_ms = (int)(errand->wait_s + GRACE_S) * 1000;

    if (!exh_frame_receive(apart->socket, most_ms, frame, &why))
        return why.kind == EXH_BUSY ? exh_fail(err, EXH_IO, "no answer within %u s: given up", errand->wait_s)
                                    : exh_fail(err, EXH_IO, "the process that spoke with it ended without an answer");
    return frame->type == ANSWERED || exh_fail(err, EXH_IO, "%s", frame->size ? (const char *)frame->bytes : "no answer");
}

bool exh_stamp_ask(const struct exh_stamp_errand *errand, const void *request, size_t size, uint8_t **ret_response,
                   size_t *ret_response_size, struct exh_error *err)
{
    EXH_CLEANUP(end_apart) struct apart apart = { 0, -1 };
    EXH_CLEANUP(exh_frame_clear) struct exh_frame frame = EXH_FRAME_NONE;

    if (!exh_stamp_check_url(errand->url, err))
        return false;
    if (!start(errand, request, size, &apart, err) || !wait_for(errand, &apart, &frame, err))
        return exh_while(err, "authority '%s'", errand->url);
    *ret_response = exh_memdup(frame.bytes, frame.size);
    *ret_response_size = frame.size;
    return true;
}
