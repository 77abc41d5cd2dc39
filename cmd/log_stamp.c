/* exhibit log stamp: a time-stamp authority (RFC 3161) states when the log's checkpoint existed. */
#include "stamp.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct options { const char *request, *response, *ca, *wait; bool dry_run; };
enum { OPT_REQUEST = 0x100, OPT_RESPONSE, OPT_CA, OPT_WAIT, OPT_DRY_RUN };

static const struct argp_option option_list[] = {
    { "request", OPT_REQUEST, "FILE", 0, "Write a request for a time stamp of the log's checkpoint to FILE, which must not exist; with "
      "--response: the request that it answers", 0 },
    { "response", OPT_RESPONSE, "FILE", 0, "Check what came back from the authority, and enter it", 0 },
    { "tsa-ca", OPT_CA, "FILE", 0, "Certificates (PEM) that the authority is believed by (else tsa.ca of the configuration)", 0 },
    { "timeout", OPT_WAIT, "SECONDS", 0, "Give an authority up that has not answered for so long (30)", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Check, and say what would be done; write, ask and enter nothing", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_REQUEST, offsetof(struct options, request) }, { OPT_RESPONSE, offsetof(struct options, response) },
        { OPT_CA, offsetof(struct options, ca) }, { OPT_WAIT, offsetof(struct options, wait) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_DRY_RUN: o->dry_run = true; return 0;
    case ARGP_KEY_END:
        if (o->wait && (o->request || o->response))
            argp_error(state, "--timeout is for asking the configured authority, without --request and --response");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

/* ---- the request ---- */

/* What is asked for, and of which checkpoint. */
struct asked { struct exh_checkpoint checkpoint; struct exh_stamp_request request; uint8_t *bytes; size_t size; };

static void clear_asked(struct asked *asked)
{
    free(asked->bytes);
}

static bool ask(const struct session *session, struct asked *asked, struct exh_error *err)
{
    return exh_store_stamp_request(session->store, &asked->bytes, &asked->size, &asked->checkpoint, err)
        && exh_stamp_request_read(asked->bytes, asked->size, &asked->request, err);
}

/* @to: the file that has the request, or would; the authority that would be asked. */
static void print_asked(const struct session *session, const struct asked *asked, const char *to, bool dry_run)
{
    EXH_CLEANUP(exh_freep) char *root = exh_base64(&asked->checkpoint.root, sizeof asked->checkpoint.root);
    EXH_CLEANUP(exh_freep) char *words = exh_format("the first %" PRIu64 " entries", asked->checkpoint.size);
    char digits[EXH_SHA256_DIGITS];

    exh_hex(digits, asked->request.sha256, sizeof asked->request.sha256);
    if (session->json) {
        struct exh_json *object = json_of_type("log-stamp-request");
        exh_json_set_int(object, "entries", (int64_t)asked->checkpoint.size);
        exh_json_set_text(object, "root", root);
        exh_json_set_text(object, "sha256", digits);
        exh_json_set_text(object, "nonce", asked->request.nonce);
        json_set_path(object, "to", to);
        exh_json_set_bool(object, "dry_run", dry_run);
        print_json(object);
        return;
    }
    print_field(dry_run ? "would ask" : "asks", words);
    print_field("root", root);
    print_field("checkpoint", digits);
    print_field("nonce", asked->request.nonce);
    print_field(dry_run ? "would go to" : "file", to);
}

static bool run_request(const struct session *session, const struct options *o, struct exh_error *err)
{
    EXH_CLEANUP(clear_asked) struct asked asked = { .bytes = NULL };

    if (exh_file_exists(AT_FDCWD, o->request))
        return exh_fail(err, EXH_REFUSED, "'%s' exists already; it is not overwritten", o->request);
    if (!ask(session, &asked, err)
        || (!o->dry_run && !exh_file_write(AT_FDCWD, o->request, asked.bytes, asked.size, 0644, false, err)))
        return false;
    print_asked(session, &asked, o->request, o->dry_run);
    return true;
}

/* ---- what came back ---- */

static void print_stamp(const struct session *session, const struct exh_log_stamp *stamp, bool dry_run)
{
    char at[EXH_MOMENT_SIZE];

    if (session->json) {
        struct exh_json *object = json_of_type("log-stamp");
        exh_json_set_int(object, "entries", (int64_t)stamp->size);
        exh_json_set(object, "at", moment_json(stamp->at));
        exh_json_set_text(object, "authority", stamp->authority);
        exh_json_set(object, "entry", dry_run ? exh_json_text(NULL) : exh_json_int((int64_t)stamp->entry));
        exh_json_set_bool(object, "dry_run", dry_run);
        print_json(object);
        return;
    }
    exh_moment_utc(stamp->at, at);
    EXH_CLEANUP(exh_freep) char *words = exh_format("the first %" PRIu64 " entries, at %s by %s", stamp->size, at, stamp->authority);
    print_field(dry_run ? "would enter" : "stamped", words);
}

static bool enter(struct session *session, struct exh_log_stamp *stamp, bool dry_run, struct exh_error *err)
{
    if (!(dry_run ? exh_store_stamp_is_new(session->store, stamp, err) : exh_store_stamp_enter(session->store, stamp, err)))
        return false;
    print_stamp(session, stamp, dry_run);
    return true;
}

bool stamp_roots(const char *path, struct exh_stamp_roots **ret_roots, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *pem = NULL;
    size_t size;

    return exh_file_read(AT_FDCWD, path, EXH_STAMP_ROOTS_MOST, &pem, &size, err)
        && (exh_stamp_roots_read(pem, size, ret_roots, err) || exh_while(err, "'%s'", path));
}

static bool find_roots(const struct session *session, const struct options *o, struct exh_stamp_roots **ret_roots, struct exh_error *err)
{
    const char *path = o->ca ? o->ca : session->store->tsa_ca;

    if (!path)
        return exh_fail(err, EXH_USAGE, "by whose certificate is the authority believed? name its file with --tsa-ca, or with "
                        "'git config -f %s/config tsa.ca FILE'", session->store->path);
    return stamp_roots(path, ret_roots, err);
}

static bool read_request(const char *path, struct exh_stamp_request *ret_request, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    return exh_file_read(AT_FDCWD, path, EXH_STAMP_MOST, &bytes, &size, err)
        && (exh_stamp_request_read(bytes, size, ret_request, err) || exh_while(err, "'%s'", path));
}

/* Strangers' bytes are judged before the actor's key is in memory. */
static bool run_response(struct session *session, const struct options *o, struct exh_error *err)
{
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = NULL;
    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp stamp = EXH_LOG_STAMP_NONE;
    EXH_CLEANUP(exh_freep) char *response = NULL;
    struct exh_stamp_request request;
    size_t size;

    if (!find_roots(session, o, &roots, err) || (o->request && !read_request(o->request, &request, err))
        || !exh_file_read(AT_FDCWD, o->response, EXH_STAMP_MOST, &response, &size, err))
        return false;
    if (!exh_store_stamp_judge(session->store, (uint8_t *)response, size, roots, o->request ? &request : NULL, &stamp, err))
        return exh_while(err, "'%s'", o->response);
    return (o->dry_run || session_load_actor(session, err)) && enter(session, &stamp, o->dry_run, err);
}

/* ---- asking directly ---- */

static bool ask_authority(struct session *session, const struct asked *asked, unsigned wait_s, struct exh_stamp_roots *roots,
                          struct exh_log_stamp *ret_stamp, struct exh_error *err)
{
    struct exh_store *store = session->store;
    EXH_CLEANUP(exh_freep) uint8_t *response = NULL;
    size_t size;

    say(session, "asking '%s'", store->tsa_url);
    return exh_store_stamp_ask(store, wait_s, asked->bytes, asked->size, &response, &size, err)
        && (exh_store_stamp_judge(store, response, size, roots, &asked->request, ret_stamp, err)
            || exh_while(err, "authority '%s'", store->tsa_url));
}

static bool run_direct(struct session *session, const struct options *o, struct exh_error *err)
{
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = NULL;
    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp stamp = EXH_LOG_STAMP_NONE;
    EXH_CLEANUP(clear_asked) struct asked asked = { .bytes = NULL };
    uint64_t wait = EXH_STAMP_WAIT_S;

    if (o->wait && (!exh_text_number(o->wait, EXH_STAMP_WAIT_MOST_S, &wait) || wait == 0))
        return exh_fail(err, EXH_USAGE, "--timeout '%s' is not a number of seconds from 1 to %d", o->wait, EXH_STAMP_WAIT_MOST_S);
    if (!exh_store_stamp_need_url(session->store, err) || !find_roots(session, o, &roots, err)
        || (!o->dry_run && !(session_load_actor(session, err) && exh_store_may(session->store, "log-stamp", err)))
        || !ask(session, &asked, err))
        return false;
    if (o->dry_run) {
        print_asked(session, &asked, session->store->tsa_url, true);
        return true;
    }
    return ask_authority(session, &asked, (unsigned)wait, roots, &stamp, err) && enter(session, &stamp, false, err);
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;

    if (o->response)
        return run_response(session, o, err);
    return o->request ? run_request(session, o, err) : run_direct(session, o, err);
}

static const struct argp argp = { option_list, parse, NULL,
    "Have a time-stamp authority (RFC 3161) state that the log's checkpoint existed at a time, and enter that in the log. Without --request and "
    "--response the authority is asked that the configuration names as tsa.url. Where the room has no network, --request writes what is "
    "to be carried to it, and --response takes what comes back; the log may have grown meanwhile. 'exhibit log verify --tsa-ca' says then "
    "which entries are stamped by whom and when.\v"
    "Exit status: 1 the authority did not grant it, or what came back is not of this log, or not by that authority; 3 it cannot be "
    "reached, or gives no response.\n\n"
    "Examples:\n  exhibit log stamp --request stamp.tsq\n"
    "  curl -H 'Content-Type: application/timestamp-query' --data-binary @stamp.tsq http://tsa.example/tsa >stamp.tsr\n"
    "  exhibit log stamp --response stamp.tsr --request stamp.tsq --tsa-ca tsa-roots.pem\n  exhibit log stamp", NULL, NULL, NULL };
const struct command cmd_log_stamp = { "log stamp", "have an authority state when the log existed", &argp, sizeof(struct options),
                                       NEEDS_STORE | TAKES_KEY, run, NULL };
