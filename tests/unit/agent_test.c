/* The agent's protocol, against an agent of our own that misbehaves in every way, and the real one. */
#include "crypto_help.h"
#include "sign.h"

#include "exhibit/agent.h"
#include "exhibit/wire.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

enum { FAILURE = 5, ASK_KEYS = 11, KEYS = 12, ASK_SIGNATURE = 13, SIGNATURE = 14 };
enum { WAIT_MS = 400, PATIENCE_MS = 20000 };

/* ---- the agent that misbehaves ---- */

/* What is to be answered to one kind of question. */
struct answer {
    struct exh_text bytes;               /* with the size before them, whatever that says */
    bool is_silent;                      /* never answers */
    bool trickles;                       /* a byte each 20 ms */
};
struct fake {
    char directory[64], path[128];
    int listening, stop[2];
    pthread_t thread;
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    struct exh_public_key public;
    struct answer keys, signature;
    bool signs;                          /* makes a good signature in place of @signature */
    bool spoils;                         /* and turns one bit of it */
    unsigned asked;
};

static void add_message(struct exh_text *text, char kind, const struct exh_text *content)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text whole = EXH_TEXT_NONE;

    exh_text_add(&whole, &kind, 1);
    exh_text_add(&whole, content->bytes, content->size);
    exh_wire_put(text, whole.bytes, whole.size);
}

/* True while the test has not ended the agent. */
static bool wait_ms(const struct fake *fake, int fd, int ms)
{
    struct pollfd both[] = { { .fd = fake->stop[0], .events = POLLIN }, { .fd = fd, .events = POLLIN } };

    poll(both, fd >= 0 ? 2 : 1, ms);
    return !(both[0].revents & POLLIN);
}

static void give(const struct fake *fake, int fd, const struct answer *answer)
{
    if (answer->is_silent)
        wait_ms(fake, -1, -1);
    else if (!answer->trickles)
        assert_true(send(fd, answer->bytes.bytes, answer->bytes.size, MSG_NOSIGNAL) >= -1);
    for (size_t i = 0; answer->trickles && i < answer->bytes.size && wait_ms(fake, -1, 20); i++)
        if (send(fd, answer->bytes.bytes + i, 1, MSG_NOSIGNAL) != 1)
            return;
}

static void sign_for_real(struct fake *fake, struct exh_words question, struct answer *ret_answer)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text inner = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text outer = EXH_TEXT_NONE;
    struct exh_words blob, bytes;
    uint8_t signature[crypto_sign_BYTES];
    uint32_t flags;

    assert_true(exh_wire_get(&question, &blob) && exh_wire_get(&question, &bytes)
                && exh_wire_get_number(&question, &flags) && question.size == 0 && flags == 0);
    crypto_sign_detached(signature, NULL, (const uint8_t *)bytes.at, bytes.size, fake->secret);
    signature[5] ^= fake->spoils;
    exh_wire_put(&inner, "ssh-ed25519", 11);
    exh_wire_put(&inner, signature, sizeof signature);
    exh_wire_put(&outer, inner.bytes, inner.size);
    add_message(&ret_answer->bytes, SIGNATURE, &outer);
}

static void serve_one(struct fake *fake, int fd)
{
    char bytes[65536];
    struct exh_words question = { bytes, 0 }, rest;

    for (;;) {
        rest = (struct exh_words){ bytes, question.size };
        struct exh_words whole;
        if (exh_wire_get(&rest, &whole)) {
            question = whole;
            break;
        }
        ssize_t n = wait_ms(fake, fd, -1) ? recv(fd, bytes + question.size, sizeof bytes - question.size, 0) : 0;
        if (n <= 0)
            return;
        question.size += (size_t)n;
    }
    fake->asked++;
    char kind = *question.at++;
    question.size--;
    struct answer made = { .bytes = EXH_TEXT_NONE };
    if (kind == ASK_SIGNATURE && fake->signs)
        sign_for_real(fake, question, &made);
    give(fake, fd, made.bytes.size ? &made : kind == ASK_KEYS ? &fake->keys : &fake->signature);
    exh_text_clear(&made.bytes);
}

static void *serve(void *context)
{
    struct fake *fake = context;

    while (wait_ms(fake, fake->listening, -1)) {
        int fd = accept(fake->listening, NULL, NULL);
        if (fd < 0)
            continue;
        serve_one(fake, fd);
        close(fd);
    }
    return NULL;
}

static void add_key(struct exh_text *text, const char *type, const void *bytes, size_t size, const char *comment)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text blob = EXH_TEXT_NONE;

    exh_wire_put(&blob, type, strlen(type));
    exh_wire_put(&blob, bytes, size);
    exh_wire_put(text, blob.bytes, blob.size);
    exh_wire_put(text, comment, strlen(comment));
}

/* One that holds one key, shows it, and signs with it. */
static struct fake *start_fake(void)
{
    struct fake *fake = exh_alloc(sizeof *fake);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    EXH_CLEANUP(exh_text_clear) struct exh_text keys = EXH_TEXT_NONE;

    strcpy(fake->directory, "/tmp/exhibit-agent-XXXXXX");
    assert_non_null(mkdtemp(fake->directory));
    snprintf(fake->path, sizeof fake->path, "%s/socket", fake->directory);
    strcpy(address.sun_path, fake->path);
    fake->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fake->listening, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fake->listening, 4), 0);
    assert_int_equal(pipe(fake->stop), 0);
    crypto_sign_keypair(fake->public.ed25519, fake->secret);
    exh_key_derive_number(&fake->public);
    exh_wire_put_number(&keys, 1);
    add_key(&keys, "ssh-ed25519", fake->public.ed25519, 32, "me@here");
    add_message(&fake->keys.bytes, KEYS, &keys);
    fake->signs = true;
    return fake;
}

static void serve_fake(struct fake *fake)
{
    assert_int_equal(pthread_create(&fake->thread, NULL, serve, fake), 0);
}

static void stop_fake(struct fake **slot)
{
    struct fake *fake = *slot;

    assert_int_equal(write(fake->stop[1], "", 1), 1);
    if (fake->thread)
        pthread_join(fake->thread, NULL);
    close(fake->listening);
    close(fake->stop[0]);
    close(fake->stop[1]);
    unlink(fake->path);
    rmdir(fake->directory);
    exh_text_clear(&fake->keys.bytes);
    exh_text_clear(&fake->signature.bytes);
    free(fake);
}
#define FAKE(name) EXH_CLEANUP(stop_fake) struct fake *name = start_fake()

/* ---- what is asked of an agent ---- */

static enum exh_kind judge_open(const struct fake *fake, int patience_ms, const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_agent_freep) struct exh_agent *agent = NULL;

    bool done = exh_agent_open(fake->path, patience_ms, &agent, &err);
    assert_int_equal(done, err.kind == EXH_OK);
    assert_int_equal(done, agent != NULL);
    if (!done && !strstr(err.text, words))
        fail_msg("'%s' does not say '%s'", err.text, words);
    return err.kind;
}

static struct exh_secret_key *take(const struct fake *fake, int patience_ms)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_agent_freep) struct exh_agent *agent = NULL;
    struct exh_secret_key *key = NULL;
    char fingerprint[EXH_FINGERPRINT_SIZE];

    exh_key_fingerprint(&fake->public, fingerprint);
    ASSERT_DONE(exh_agent_open(fake->path, patience_ms, &agent, &err), &err);
    ASSERT_DONE(exh_agent_take(agent, fingerprint, &key, &err), &err);
    return key;
}

static enum exh_kind judge_sign(const struct fake *fake, int patience_ms, const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = take(fake, patience_ms);
    EXH_CLEANUP(exh_freep) char *armour = NULL;

    bool done = exh_sign_ssh(key, "exhibit", "words", 5, &armour, &err);
    assert_int_equal(done, err.kind == EXH_OK);
    assert_int_equal(done, armour != NULL);
    if (!done && !strstr(err.text, words))
        fail_msg("'%s' does not say '%s'", err.text, words);
    return err.kind;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- promises ---- */

static void a_key_of_an_agent_signs_after_the_list_is_forgotten(void **state)
{
    FAKE(fake);
    serve_fake(fake);
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = take(fake, PATIENCE_MS);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *ssh = signed_ssh(key, "exhibit", "words", 5);
    EXH_CLEANUP(exh_freep) char *minisign = signed_minisign(key, "u", "t", "words", 5);
    struct exh_public_key by;

    (void)state;
    assert_int_equal(fake->asked, 4);
    ASSERT_DONE(exh_verify_ssh(ssh, strlen(ssh), "exhibit", "words", 5, true, &by, &err), &err);
    assert_memory_equal(by.ed25519, fake->public.ed25519, 32);
    ASSERT_DONE(exh_verify_minisign(minisign, strlen(minisign), &fake->public, "words", 5, "u", NULL, &err), &err);
}

static void an_answer_in_single_bytes_is_an_answer(void **state)
{
    FAKE(fake);
    fake->keys.trickles = true;
    serve_fake(fake);

    (void)state;
    assert_int_equal(judge_open(fake, PATIENCE_MS, ""), EXH_OK);
}

/* But the time is for the whole of it: one who keeps talking gets no more. */
static void an_answer_that_never_ends_is_waited_for_once(void **state)
{
    FAKE(fake);
    static const char zeros[4096];
    int64_t start = now_ms();

    (void)state;
    fake->keys.trickles = true;
    exh_text_clear(&fake->keys.bytes);
    exh_wire_put(&fake->keys.bytes, zeros, sizeof zeros);
    serve_fake(fake);
    assert_int_equal(judge_open(fake, WAIT_MS, "did not answer within 0.4 s: does it wait for a touch"), EXH_IO);
    assert_in_range(now_ms() - start, WAIT_MS, 10 * WAIT_MS);
}

static void an_agent_that_never_answers_is_waited_for_as_long_as_was_said(void **state)
{
    FAKE(fake);
    int64_t start = now_ms();

    (void)state;
    fake->keys.is_silent = true;
    serve_fake(fake);
    assert_int_equal(judge_open(fake, WAIT_MS, "did not answer within 0.4 s: does it wait for a touch"), EXH_IO);
    assert_in_range(now_ms() - start, WAIT_MS, 10 * WAIT_MS);
}

static void an_agent_that_never_signs_is_waited_for_as_long_as_was_said(void **state)
{
    FAKE(fake);
    int64_t start = now_ms();

    (void)state;
    fake->signs = false;
    fake->signature.is_silent = true;
    serve_fake(fake);
    assert_int_equal(judge_sign(fake, WAIT_MS, "touch"), EXH_IO);
    assert_in_range(now_ms() - start, WAIT_MS, 10 * WAIT_MS);
}

/* Nobody accepts: the kernel's queue is full. */
static void an_agent_that_takes_no_connection_is_not_waited_for_longer(void **state)
{
    FAKE(fake);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int waiting[16];
    int64_t start = now_ms();

    (void)state;
    strcpy(address.sun_path, fake->path);
    for (size_t i = 0; i < EXH_COUNT(waiting); i++) {
        waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(waiting[i], (const struct sockaddr *)&address, sizeof address) != 0)
            assert_int_equal(errno, EAGAIN);
    }
    assert_int_equal(judge_open(fake, WAIT_MS, "did not answer"), EXH_IO);
    assert_in_range(now_ms() - start, WAIT_MS, 10 * WAIT_MS);
    for (size_t i = 0; i < EXH_COUNT(waiting); i++)
        close(waiting[i]);
}

static void no_agent_is_named_with_the_remedy(void **state)
{
    struct fake nowhere = { .path = "/tmp/exhibit-agent-nowhere/socket" };
    char longest[200] = "";

    (void)state;
    assert_int_equal(judge_open(&nowhere, WAIT_MS, "SSH_AUTH_SOCK names it; is it running?"), EXH_IO);
    memset(longest, 'x', sizeof longest - 1);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_agent_freep) struct exh_agent *agent = NULL;
    ASSERT_FAILS(exh_agent_open(longest, WAIT_MS, &agent, &err), &err, EXH_USAGE);
}

/* An answer's bytes, the announced size too, cut at every place. */
static void an_answer_cut_short_anywhere_is_refused(void **state)
{
    (void)state;
    FAKE(whole);
    for (size_t size = 0; size < whole->keys.bytes.size; size++) {
        FAKE(fake);
        exh_text_clear(&fake->keys.bytes);
        exh_text_add(&fake->keys.bytes, whole->keys.bytes.bytes, size);
        serve_fake(fake);
        assert_int_equal(judge_open(fake, PATIENCE_MS, "hung up before its answer was whole"), EXH_IO);
    }
}

/* The same where the agent announces what it gives, and its inner sizes do not fit. */
static void an_answer_whose_parts_are_cut_short_is_refused(void **state)
{
    (void)state;
    FAKE(whole);
    for (size_t size = 0; size < whole->keys.bytes.size - 4; size++) {
        FAKE(fake);
        exh_text_clear(&fake->keys.bytes);
        exh_wire_put(&fake->keys.bytes, whole->keys.bytes.bytes + 4, size);
        serve_fake(fake);
        assert_int_equal(judge_open(fake, PATIENCE_MS, size ? "damaged" : "announced an answer of 0 bytes"), EXH_MALFORMED);
    }
}

static void an_answer_with_more_behind_it_is_refused(void **state)
{
    FAKE(fake);

    (void)state;
    exh_text_puts(&fake->keys.bytes, "x");
    fake->keys.bytes.bytes[3]++;
    serve_fake(fake);
    assert_int_equal(judge_open(fake, PATIENCE_MS, "bytes follow"), EXH_MALFORMED);
}

static void an_answer_that_is_too_long_is_not_taken(void **state)
{
    static const uint32_t sizes[] = { (256 << 10) + 1, INT32_MAX, UINT32_MAX };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(sizes); i++) {
        FAKE(fake);
        exh_text_clear(&fake->keys.bytes);
        exh_wire_put_number(&fake->keys.bytes, sizes[i]);
        fake->keys.bytes.size = 4;
        serve_fake(fake);
        assert_int_equal(judge_open(fake, PATIENCE_MS, "announced an answer of"), EXH_MALFORMED);
    }
}

/* Four thousand million keys in a few bytes cost nothing. */
static void a_list_that_announces_more_than_it_holds_is_refused(void **state)
{
    FAKE(fake);

    (void)state;
    memset(fake->keys.bytes.bytes + 5, 0xff, 4);
    serve_fake(fake);
    assert_int_equal(judge_open(fake, PATIENCE_MS, "cut short"), EXH_MALFORMED);
}

static void an_ed25519_key_that_is_none_is_refused(void **state)
{
    (void)state;
    for (size_t size = 31; size <= 33; size += 2) {
        FAKE(fake);
        static const uint8_t bytes[33];
        EXH_CLEANUP(exh_text_clear) struct exh_text keys = EXH_TEXT_NONE;
        exh_wire_put_number(&keys, 1);
        add_key(&keys, "ssh-ed25519", bytes, size, "");
        exh_text_clear(&fake->keys.bytes);
        add_message(&fake->keys.bytes, KEYS, &keys);
        serve_fake(fake);
        assert_int_equal(judge_open(fake, PATIENCE_MS, "not of its type"), EXH_MALFORMED);
    }
}

static void an_agent_that_shows_no_key_is_taken_for_locked(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text none = EXH_TEXT_NONE;

    (void)state;
    exh_wire_put_number(&none, 0);
    for (int kind = KEYS; kind >= FAILURE; kind -= KEYS - FAILURE) {
        FAKE(fake);
        exh_text_clear(&fake->keys.bytes);
        add_message(&fake->keys.bytes, (char)kind, &none);
        serve_fake(fake);
        assert_int_equal(judge_open(fake, PATIENCE_MS, "ssh-add -X"), EXH_REFUSED);
    }
}

/* ---- choosing ---- */

static bool any_fits(const void *context, const struct exh_agent_key *key)
{
    (void)key;
    return !context;
}

static void a_key_is_chosen_by_its_whole_fingerprint_or_where_it_is_alone(void **state)
{
    FAKE(fake);
    EXH_CLEANUP(exh_text_clear) struct exh_text keys = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_agent_freep) struct exh_agent *agent = NULL;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = NULL;
    static const uint8_t other[32] = { 1 };
    char words[EXH_FINGERPRINT_SIZE];

    (void)state;
    exh_wire_put_number(&keys, 3);
    add_key(&keys, "sk-ssh-ed25519@openssh.com", other, 32, "token\033[2J");
    add_key(&keys, "ssh-ed25519", fake->public.ed25519, 32, "me@here");
    add_key(&keys, "ssh-ed25519", other, 32, "other@here");
    exh_text_clear(&fake->keys.bytes);
    add_message(&fake->keys.bytes, KEYS, &keys);
    serve_fake(fake);
    ASSERT_DONE(exh_agent_open(fake->path, PATIENCE_MS, &agent, &err), &err);
    assert_int_equal(agent->count, 3);
    assert_string_equal(agent->keys[0].comment, "token\\x1b[2J");

    ASSERT_FAILS(exh_agent_take(agent, agent->keys[0].fingerprint, &key, &err), &err, EXH_REFUSED);
    assert_non_null(strstr(err.text, "is of type 'sk-ssh-ed25519@openssh.com', which cannot sign here"));
    exh_error_clear(&err);
    strcpy(words, agent->keys[1].fingerprint);
    words[20] = '\0';
    ASSERT_FAILS(exh_agent_take(agent, words, &key, &err), &err, EXH_USAGE);
    exh_error_clear(&err);
    strcpy(words, agent->keys[1].fingerprint);
    words[20] = words[20] == 'a' ? 'b' : 'a';
    ASSERT_FAILS(exh_agent_take(agent, words, &key, &err), &err, EXH_REFUSED);
    for (size_t i = 0; i < 3; i++)
        assert_non_null(strstr(err.text, agent->keys[i].fingerprint));
    exh_error_clear(&err);
    ASSERT_FAILS(exh_agent_take_only(agent, any_fits, NULL, &key, &err), &err, EXH_REFUSED);
    assert_non_null(strstr(err.text, "more than one key that may act"));
    assert_null(strstr(err.text, agent->keys[0].fingerprint));
    exh_error_clear(&err);
    ASSERT_FAILS(exh_agent_take_only(agent, any_fits, agent, &key, &err), &err, EXH_REFUSED);
    assert_non_null(strstr(err.text, "no key that may act; it has SHA256:"));
    exh_error_clear(&err);
    agent->keys[2].is_ed25519 = false;
    ASSERT_DONE(exh_agent_take_only(agent, any_fits, NULL, &key, &err), &err);
    assert_memory_equal(exh_secret_key_public(key), &fake->public, sizeof fake->public);
}

/* ---- signatures ---- */

static void a_wrong_signature_of_an_agent_is_not_used(void **state)
{
    FAKE(fake);

    (void)state;
    fake->spoils = true;
    serve_fake(fake);
    assert_int_equal(judge_sign(fake, PATIENCE_MS, "what came back is no signature by key SHA256:"), EXH_MALFORMED);
}

static void a_refusal_to_sign_is_told_with_the_remedy(void **state)
{
    FAKE(fake);
    EXH_CLEANUP(exh_text_clear) struct exh_text nothing = EXH_TEXT_NONE;

    (void)state;
    fake->signs = false;
    add_message(&fake->signature.bytes, FAILURE, &nothing);
    serve_fake(fake);
    assert_int_equal(judge_sign(fake, PATIENCE_MS, "refused to sign"), EXH_REFUSED);
}

static void an_answer_that_is_no_ed25519_signature_is_refused(void **state)
{
    static const uint8_t bytes[65];
    static const struct { const char *type; size_t size, more; char kind; } odd[] = {
        { "ssh-ed25519", 63, 0, SIGNATURE }, { "ssh-ed25519", 65, 0, SIGNATURE }, { "ssh-rsa", 64, 0, SIGNATURE },
        { "sk-ssh-ed25519@openssh.com", 64, 5, SIGNATURE }, { "ssh-ed25519", 64, 1, SIGNATURE },
        { "ssh-ed25519", 64, 0, KEYS }, { "ssh-ed25519", 64, 0, 99 },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(odd); i++) {
        FAKE(fake);
        EXH_CLEANUP(exh_text_clear) struct exh_text inner = EXH_TEXT_NONE;
        EXH_CLEANUP(exh_text_clear) struct exh_text outer = EXH_TEXT_NONE;
        fake->signs = false;
        exh_wire_put(&inner, odd[i].type, strlen(odd[i].type));
        exh_wire_put(&inner, bytes, odd[i].size);
        exh_text_add(&inner, bytes, odd[i].more);
        exh_wire_put(&outer, inner.bytes, inner.size);
        add_message(&fake->signature.bytes, odd[i].kind, &outer);
        serve_fake(fake);
        assert_int_equal(judge_sign(fake, PATIENCE_MS, "damaged"), EXH_MALFORMED);
    }
}

/* ---- the real one ---- */

static void openssh_s_agent_signs_what_verifies(void **state)
{
    help_need("ssh-agent");
    HELP_DIRECTORY(directory);
    struct fake real = { .asked = 0 };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_agent_freep) struct exh_agent *agent = NULL;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = NULL;

    (void)state;
    snprintf(real.path, sizeof real.path, "%s/socket", directory);
    assert_true(help_run(directory, "ssh-agent -a socket >agent && . ./agent && ssh-keygen -q -t ed25519 -N '' -f k &&"
                         " ssh-add k && ssh-keygen -q -t ecdsa -N '' -f e && ssh-add e"));
    ASSERT_DONE(exh_agent_open(real.path, PATIENCE_MS, &agent, &err), &err);
    assert_int_equal(agent->count, 2);
    ASSERT_DONE(exh_agent_take_only(agent, any_fits, NULL, &key, &err), &err);
    EXH_CLEANUP(exh_freep) char *ssh = signed_ssh(key, "exhibit", "words", 5);
    EXH_CLEANUP(exh_freep) char *minisign = signed_minisign(key, "u", "t", "words", 5);
    EXH_CLEANUP(exh_freep) char *line = exh_key_minisign_line(exh_secret_key_public(key));
    EXH_CLEANUP(exh_freep) char *m_path = exh_format("%s/m", directory), *sig_path = exh_format("%s/m.sig", directory);
    EXH_CLEANUP(exh_freep) char *minisig_path = exh_format("%s/m.minisig", directory);
    help_write(m_path, "words", 5);
    help_write(sig_path, ssh, strlen(ssh));
    help_write(minisig_path, minisign, strlen(minisign));
    bool is_good = help_run(directory, "echo \"me $(cat k.pub)\" >a && ssh-keygen -Y verify -f a -I me -n exhibit -s m.sig <m")
                   && help_run(directory, "minisign -V -P %s -m m", line);
    bool is_gone = help_run(directory, ". ./agent && ssh-add -D");
    EXH_CLEANUP(exh_freep) char *none = NULL;
    bool is_signed = exh_sign_ssh(key, "exhibit", "words", 5, &none, &err);
    assert_true(help_run(directory, ". ./agent && kill $SSH_AGENT_PID"));
    assert_true(is_good && is_gone && !is_signed);
    assert_int_equal(err.kind, EXH_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_of_an_agent_signs_after_the_list_is_forgotten),
        cmocka_unit_test(an_answer_in_single_bytes_is_an_answer),
        cmocka_unit_test(an_answer_that_never_ends_is_waited_for_once),
        cmocka_unit_test(an_agent_that_never_answers_is_waited_for_as_long_as_was_said),
        cmocka_unit_test(an_agent_that_never_signs_is_waited_for_as_long_as_was_said),
        cmocka_unit_test(an_agent_that_takes_no_connection_is_not_waited_for_longer),
        cmocka_unit_test(no_agent_is_named_with_the_remedy),
        cmocka_unit_test(an_answer_cut_short_anywhere_is_refused),
        cmocka_unit_test(an_answer_whose_parts_are_cut_short_is_refused),
        cmocka_unit_test(an_answer_with_more_behind_it_is_refused),
        cmocka_unit_test(an_answer_that_is_too_long_is_not_taken),
        cmocka_unit_test(a_list_that_announces_more_than_it_holds_is_refused),
        cmocka_unit_test(an_ed25519_key_that_is_none_is_refused),
        cmocka_unit_test(an_agent_that_shows_no_key_is_taken_for_locked),
        cmocka_unit_test(a_key_is_chosen_by_its_whole_fingerprint_or_where_it_is_alone),
        cmocka_unit_test(a_wrong_signature_of_an_agent_is_not_used),
        cmocka_unit_test(a_refusal_to_sign_is_told_with_the_remedy),
        cmocka_unit_test(an_answer_that_is_no_ed25519_signature_is_refused),
        cmocka_unit_test(openssh_s_agent_signs_what_verifies),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
