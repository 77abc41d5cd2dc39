/* person: roles, keys in time, and allowed_signers files. ssh-keygen is the judge wherever it can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/person.h"
#include "sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDDZTk7u/N389XKas/KCjfXNPpQkAmeG8PtO/AbHGh76"

static char *signature_directory(void)
{
    const char *material = getenv("EXHIBIT_MATERIAL");

    return exh_format("%s/signatures/sshsig-debian", material ? material : "../shared/material");
}

static struct exh_moment at(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment moment = { 0 };

    if (!exh_moment_parse_utc(words, &moment, &err))
        fail_msg("%s", err.text);
    return moment;
}

static struct exh_public_key test_key(void)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_public_key key = { 0 };

    if (!exh_key_from_ssh_line(KEY, &key, &err))
        fail_msg("%s", err.text);
    return key;
}

/* ---- roles and initials ---- */

static void a_role_that_is_none_is_refused(void **state)
{
    static const char *const names[] = { "", "Admin", "operator ", "root" };
    enum exh_role role = EXH_ROLE_DPO;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        assert_false(exh_role_parse(names[i], &role, &err));
        assert_int_equal(err.kind, EXH_USAGE);
        assert_int_equal(role, EXH_ROLE_DPO);
    }
}

static void each_role_is_read_as_it_is_named(void **state)
{
    (void)state;
    for (int i = 0; i < EXH_ROLE_COUNT; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        enum exh_role role;
        assert_true(exh_role_parse(exh_role_name((enum exh_role)i), &role, &err));
        assert_int_equal(role, i);
    }
}

static void initials_are_short_and_plain(void **state)
{
    static const char *const bad[] = { "", "op", "1A", "ABCDEFGHI", "O P", "O/P", "É" };
    static const char *const good[] = { "A", "OP", "JS2", "ABCDEFGH" };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        assert_false(exh_initials_check(bad[i], &err));
        assert_int_equal(err.kind, EXH_USAGE);
    }
    for (size_t i = 0; i < EXH_COUNT(good); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        assert_true(exh_initials_check(good[i], &err));
    }
}

/* ---- keys in time ---- */

static void a_key_is_valid_from_its_entry_until_its_end_or_revocation(void **state)
{
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    struct exh_public_key key = test_key();
    struct exh_moment trusted = at("2026-01-01T00:00:00Z"), until = at("2027-01-01T00:00:00Z");
    char fingerprint[EXH_FINGERPRINT_SIZE];

    (void)state;
    exh_key_fingerprint(&key, fingerprint);
    assert_int_equal(exh_keyring_state(&ring, fingerprint, trusted), EXH_KEY_UNKNOWN);
    struct exh_person *person = exh_keyring_add(&ring, &key, EXH_ROLE_OPERATOR, NULL, NULL, trusted);
    assert_int_equal(exh_keyring_state(&ring, fingerprint, (struct exh_moment){ trusted.ns - 1 }), EXH_KEY_NOT_YET);
    assert_int_equal(exh_keyring_state(&ring, fingerprint, trusted), EXH_KEY_VALID);
    assert_int_equal(exh_keyring_state(&ring, "SHA256:other", trusted), EXH_KEY_UNKNOWN);
    person->until = until;
    assert_int_equal(exh_keyring_state(&ring, fingerprint, (struct exh_moment){ until.ns - 1 }), EXH_KEY_VALID);
    assert_int_equal(exh_keyring_state(&ring, fingerprint, until), EXH_KEY_EXPIRED);
    person->revoked = at("2026-06-01T00:00:00Z");
    assert_int_equal(exh_keyring_state(&ring, fingerprint, person->revoked), EXH_KEY_REVOKED);
    assert_int_equal(exh_keyring_state(&ring, fingerprint, until), EXH_KEY_REVOKED);
    assert_int_equal(exh_keyring_state(&ring, fingerprint, at("2026-05-31T23:59:59Z")), EXH_KEY_VALID);
}

static void a_key_trusted_anew_is_valid_in_both_its_times(void **state)
{
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    struct exh_public_key key = test_key();

    (void)state;
    exh_keyring_add(&ring, &key, EXH_ROLE_OPERATOR, "A", "A",
                    at("2026-01-01T00:00:00Z"))->until = at("2026-02-01T00:00:00Z");
    exh_keyring_add(&ring, &key, EXH_ROLE_ADMIN, "A", "A", at("2026-03-01T00:00:00Z"));
    const char *fingerprint = ring.people[0].fingerprint;
    assert_int_equal(exh_keyring_find(&ring, fingerprint)->role, EXH_ROLE_ADMIN);
    assert_int_equal(exh_keyring_state(&ring, fingerprint, at("2026-01-15T00:00:00Z")), EXH_KEY_VALID);
    assert_int_not_equal(exh_keyring_state(&ring, fingerprint, at("2026-02-15T00:00:00Z")), EXH_KEY_VALID);
    assert_int_equal(exh_keyring_state(&ring, fingerprint, at("2026-03-15T00:00:00Z")), EXH_KEY_VALID);
}

/* ---- reading a list of signers ---- */

static bool read_list(const char *words, struct exh_signers *signers, struct exh_error *err)
{
    return exh_signers_read(words, strlen(words), "Europe/London", signers, err);
}

/* One key's history, what is asked, and what is to be said. */
struct history { const char *trusted, *until, *revoked, *why; };

static void add_times(struct exh_keyring *ring, const struct exh_public_key *key, const struct history *history)
{
    struct exh_person *person = exh_keyring_add(ring, key, EXH_ROLE_OPERATOR, "A", "OP", at(history->trusted));

    if (history->until)
        person->until = at(history->until);
    if (history->revoked)
        person->revoked = at(history->revoked);
    person->revoked_why = exh_strdup(history->why);
}

#define Y(year) #year "-01-01T00:00:00Z"

static void a_key_is_accounted_for_then_and_now(void **state)
{
    static const struct {
        struct history times[2];
        const char *at, *code, *words;
    } cases[] = {
        { { { 0 } }, Y(2024), "unknown", "never trusted" },
        { { { Y(2022), NULL, NULL, NULL } }, Y(2022), "valid", "valid then" },
        { { { Y(2022), NULL, NULL, NULL } }, "2021-12-31T23:59:59Z", "not-yet-valid",
          "not yet valid then; trusted from 2022-01-01 00:00:00 GMT (2022-01-01T00:00:00Z)" },
        /* An end that is still to come says nothing now. */
        { { { Y(2022), Y(2027), NULL, NULL } }, Y(2024), "valid", "valid then" },
        { { { Y(2022), Y(2025), NULL, NULL } }, Y(2024), "valid-expired-since",
          "valid then; expired since 2025-01-01 00:00:00 GMT (2025-01-01T00:00:00Z)" },
        { { { Y(2022), Y(2024), NULL, NULL } }, Y(2024), "expired",
          "expired then, since 2024-01-01 00:00:00 GMT (2024-01-01T00:00:00Z)" },
        { { { Y(2022), NULL, "2025-07-01T00:00:00Z", "token\nlost" } }, Y(2024), "valid-revoked-since",
          "valid then; revoked since 2025-07-01 01:00:00 BST (2025-07-01T00:00:00Z): token\\x0alost" },
        { { { Y(2022), NULL, Y(2025), NULL } }, Y(2024), "valid-revoked-since",
          "valid then; revoked since 2025-01-01 00:00:00 GMT (2025-01-01T00:00:00Z)" },
        { { { Y(2022), NULL, Y(2024), "lost" } }, Y(2024), "revoked",
          "revoked then, since 2024-01-01 00:00:00 GMT (2024-01-01T00:00:00Z): lost" },
        /* Revoked from before it was trusted: it never counted. */
        { { { Y(2024), NULL, Y(2023), "lost" } }, Y(2024), "revoked",
          "revoked then, since 2023-01-01 00:00:00 GMT (2023-01-01T00:00:00Z): lost" },
        /* Expired first, then revoked: each counts from its own time. */
        { { { Y(2022), Y(2023), Y(2025), "lost" } }, Y(2024), "expired",
          "expired then, since 2023-01-01 00:00:00 GMT (2023-01-01T00:00:00Z)" },
        /* Trusted anew: valid in its first time, and now. */
        { { { Y(2022), Y(2024), NULL, NULL }, { Y(2024), NULL, NULL, NULL } }, Y(2023), "valid", "valid then" },
        /* Between its times it had expired, or was revoked: not "not yet". */
        { { { Y(2021), Y(2022), NULL, NULL }, { Y(2024), NULL, NULL, NULL } }, Y(2023), "expired",
          "expired then, since 2022-01-01 00:00:00 GMT (2022-01-01T00:00:00Z)" },
        { { { Y(2021), NULL, Y(2022), "lost" }, { Y(2024), NULL, NULL, NULL } }, Y(2023), "revoked",
          "revoked then, since 2022-01-01 00:00:00 GMT (2022-01-01T00:00:00Z): lost" },
        /* The reason stands at its last time only, as the log gives it. */
        { { { Y(2021), Y(2023), Y(2025), NULL }, { Y(2023), NULL, Y(2025), "lost" } }, Y(2022), "valid-revoked-since",
          "valid then; revoked since 2025-01-01 00:00:00 GMT (2025-01-01T00:00:00Z): lost" },
        { { { Y(2021), Y(2022), NULL, NULL }, { Y(2022), Y(2025), NULL, NULL } }, "2021-06-01T00:00:00Z",
          "valid-expired-since", "valid then; expired since 2025-01-01 00:00:00 GMT (2025-01-01T00:00:00Z)" },
    };
    struct exh_public_key key = test_key();
    char fingerprint[EXH_FINGERPRINT_SIZE];

    (void)state;
    exh_key_fingerprint(&key, fingerprint);
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
        for (size_t j = 0; j < 2 && cases[i].times[j].trusted; j++)
            add_times(&ring, &key, &cases[i].times[j]);
        struct exh_key_account account = exh_keyring_explain(&ring, fingerprint, at(cases[i].at), at(Y(2026)));
        EXH_CLEANUP(exh_freep) char *words = exh_key_account_words(&account, "Europe/London");
        if (strcmp(exh_key_past_code(account.past), cases[i].code) != 0 || strcmp(words, cases[i].words) != 0)
            fail_msg("case %zu: %s, %s", i, exh_key_past_code(account.past), words);
        assert_int_equal(exh_key_past_counted(account.past),
                         exh_keyring_state(&ring, fingerprint, at(cases[i].at)) == EXH_KEY_VALID);
        assert_int_equal(account.person != NULL, ring.count != 0);
    }
}

static void an_account_is_in_utc_where_there_is_no_zone(void **state)
{
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    struct exh_public_key key = test_key();

    (void)state;
    add_times(&ring, &key, &(struct history){ Y(2022), Y(2023), NULL, NULL });
    struct exh_key_account account = exh_keyring_explain(&ring, ring.people[0].fingerprint, at(Y(2022)), at(Y(2026)));
    EXH_CLEANUP(exh_freep) char *words = exh_key_account_words(&account, NULL);
    assert_string_equal(words, "valid then; expired since 2023-01-01T00:00:00Z");
}

static void a_line_that_is_not_of_the_form_is_refused_with_its_number(void **state)
{
    static const char *const lines[] = {
        "OP", "OP ssh-ed25519", "OP ssh-ed25519 AAAA", "OP " KEY "x", "OP foo=\"x\" " KEY, "OP namespaces=git " KEY,
        "OP namespaces=\"git " KEY, "OP namespaces=\"git\" valid-after=\"20260101Z\" " KEY,
        "OP namespaces=\"git\",namespaces=\"git\" " KEY, "OP namespaces=\"git\", " KEY,
        "OP valid-after=\"2026\" " KEY, "OP valid-after=\"20260230\" " KEY, "OP valid-after=\"202601012460Z\" " KEY,
        "OP valid-after=\"-2026010\" " KEY, "OP valid-after=\"Z\" " KEY, "OP valid-after=\"\" " KEY,
        "OP valid-after=\"20260101Z\",valid-after=\"20260101Z\" " KEY,
        "OP valid-after=\"20260101Z\",valid-before=\"20260101Z\" " KEY,
        "OP valid-after=\"20250330013000\" " KEY, "OP cert-authorityx " KEY,
        "OP namespaces=\"git\";cert-authority " KEY,
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(lines); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_freep) char *list = exh_format("# c\n\nOK %s\n%s\n", KEY, lines[i]);
        struct exh_signers signers = EXH_SIGNERS_NONE;
        if (read_list(list, &signers, &err))
            fail_msg("taken: %s", lines[i]);
        assert_int_equal(err.kind, EXH_MALFORMED);
        assert_non_null(strstr(err.text, "line 4"));
        assert_null(signers.at);
    }
}

static void a_list_with_a_nul_or_too_large_is_refused(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *large = exh_alloc((1 << 20) + 1);
    struct exh_signers signers;

    (void)state;
    assert_false(exh_signers_read("# a\0b\n", 6, "UTC", &signers, &err));
    assert_int_equal(err.kind, EXH_MALFORMED);
    exh_error_clear(&err);
    memset(large, '\n', (1 << 20) + 1);
    assert_false(exh_signers_read(large, (1 << 20) + 1, "UTC", &signers, &err));
    assert_int_equal(err.kind, EXH_MALFORMED);
}

static void what_users_write_is_read(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    static const char list[] =
        "# comment\r\n   \t\n\n"
        "  a@b,c@d\t" KEY " a comment of \"words\"\r\n"
        "\"x y\" NameSpaces=\"file,ex\\\"h*\",VALID-AFTER=\"20260101z\",valid-before=\"202701021504UTC\" " KEY "\n"
        "*@exhibit cert-authority " KEY "\n"
        "r ssh-rsa AAAAB3NzaC1yc2E=\n"
        "s namespaces=\"git\" sk-ssh-ed25519@openssh.com AAAAGnNr\n"
        "OP valid-before=\"99991231\",valid-after=\"00010101\" " KEY;

    (void)state;
    if (!read_list(list, &signers, &err))
        fail_msg("%s", err.text);
    assert_int_equal(signers.count, 3);
    assert_string_equal(signers.at[0].principals, "a@b,c@d");
    assert_null(signers.at[0].namespaces);
    assert_true(signers.at[0].after.ns == INT64_MIN && signers.at[0].before.ns == INT64_MAX);
    assert_string_equal(signers.at[1].principals, "x y");
    assert_string_equal(signers.at[1].namespaces, "file,ex\"h*");
    assert_int_equal(signers.at[1].after.ns, at("2026-01-01T00:00:00Z").ns);
    assert_int_equal(signers.at[1].before.ns, at("2027-01-02T15:04:00Z").ns);
    assert_true(signers.at[2].after.ns == INT64_MIN && signers.at[2].before.ns == INT64_MAX);
}

static void local_times_of_a_list_are_read_so_that_less_is_valid(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;

    (void)state;
    assert_true(read_list("OP valid-after=\"20260701120000\" " KEY "\nOP valid-after=\"20251026013000\" " KEY
                          "\nOP valid-before=\"20251026013000\" " KEY "\n", &signers, &err));
    assert_int_equal(signers.at[0].after.ns, at("2026-07-01T11:00:00Z").ns);
    assert_int_equal(signers.at[1].after.ns, at("2025-10-26T01:30:00Z").ns);
    assert_int_equal(signers.at[2].before.ns, at("2025-10-26T00:30:00Z").ns);
}

static enum exh_key_state state_by(const char *list, const char *name_space, const char *time)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    struct exh_public_key key = test_key();
    enum exh_key_state found;

    if (!read_list(list, &signers, &err))
        fail_msg("%s", err.text);
    const struct exh_signer *signer = exh_signers_find(&signers, &key, name_space, at(time), &found);
    assert_int_equal(signer != NULL, found == EXH_KEY_VALID);
    return found;
}

static void namespaces_are_patterns(void **state)
{
    static const struct { const char *list; bool matches; } cases[] = {
        { "exhibit", true }, { "git", false }, { "git,exhibit", true }, { "*", true }, { "ex*", true }, { "*t", true },
        { "ex*x*t", false }, { "e?hibi?", true }, { "exhibit?", false }, { "?exhibit", false }, { "", false },
        { "*,!exhibit", false }, { "!exhibit,*", false }, { "!git,*", true }, { "!git", false }, { "Exhibit", false },
        { "*****************************************z", false }, { ",", false }, { "exhibit,", true },
        { "**exhibit**", true },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *line = exh_format("OP namespaces=\"%s\" %s\n", cases[i].list, KEY);
        enum exh_key_state found = state_by(line, "exhibit", "2026-01-01T00:00:00Z");
        if (found != (cases[i].matches ? EXH_KEY_VALID : EXH_KEY_UNKNOWN))
            fail_msg("%s: %s", cases[i].list, exh_key_state_words(found));
    }
}

static void a_key_outside_its_times_is_told_so(void **state)
{
    static const char list[] = "OP valid-after=\"20260101Z\",valid-before=\"20260201000000Z\" " KEY "\n";

    (void)state;
    assert_int_equal(state_by("", "exhibit", "2026-01-15T00:00:00Z"), EXH_KEY_UNKNOWN);
    assert_int_equal(state_by(list, "exhibit", "2025-12-31T23:59:59.999999999Z"), EXH_KEY_NOT_YET);
    assert_int_equal(state_by(list, "exhibit", "2026-01-01T00:00:00Z"), EXH_KEY_VALID);
    assert_int_equal(state_by(list, "exhibit", "2026-02-01T00:00:00.999Z"), EXH_KEY_VALID);
    assert_int_equal(state_by(list, "exhibit", "2026-02-01T00:00:01Z"), EXH_KEY_EXPIRED);
    assert_int_equal(state_by("A valid-before=\"20200101Z\" " KEY "\nB " KEY "\n", "git", "2026-02-01T00:00:01Z"),
                     EXH_KEY_VALID);
}

static void the_lists_of_openssh_are_judged_as_openssh_judges_them(void **state)
{
    static const struct { const char *file; size_t count; enum exh_key_state state; } cases[] = {
        { "allowed_signers", 1, EXH_KEY_VALID }, { "allowed_signers.namespaces", 1, EXH_KEY_VALID },
        { "allowed_signers.othernamespace", 1, EXH_KEY_UNKNOWN }, { "allowed_signers.expired", 1, EXH_KEY_EXPIRED },
        { "allowed_signers.future", 1, EXH_KEY_NOT_YET }, { "allowed_signers.ca", 0, EXH_KEY_UNKNOWN },
    };
    EXH_CLEANUP(exh_freep) char *directory = signature_directory();

    (void)state;
    if (access(directory, R_OK)) {
        print_message("no material at %s\n", directory);
        exh_freep(&directory);           /* skip() jumps over the cleanup */
        skip();
    }
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
        EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%s", directory, cases[i].file);
        struct exh_public_key key = test_key();
        enum exh_key_state found;
        char bytes[4096];
        FILE *file = fopen(path, "r");
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        assert_true(exh_signers_read(bytes, size, "UTC", &signers, &err));
        assert_int_equal(signers.count, cases[i].count);
        exh_signers_find(&signers, &key, "exhibit", at("2026-11-22T10:30:17Z"), &found);
        assert_int_equal(found, cases[i].state);
    }
}

/* ---- writing the store's list ---- */

static void the_list_of_a_keyring_holds_its_times_in_whole_seconds(void **state)
{
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    struct exh_public_key key = test_key();

    (void)state;
    exh_keyring_add(&ring, &key, EXH_ROLE_ADMIN, "A", "OP", at("2026-01-01T10:00:00.9Z"));
    struct exh_person *person = exh_keyring_add(&ring, &key, EXH_ROLE_ADMIN, NULL, NULL, at("2026-01-01T10:00:00Z"));
    person->until = at("2027-01-01T00:00:00Z");
    person->revoked = at("2026-02-01T00:00:00.5Z");
    exh_keyring_add(&ring, &key, EXH_ROLE_ADMIN, "B", "B2",
                    at("2026-01-01T10:00:00Z"))->until = at("2027-01-01T00:00:00Z");
    exh_keyring_add(&ring, &key, EXH_ROLE_ADMIN, "C", "CC",
                    at("2026-01-01T10:00:00Z"))->until = at("2026-01-01T10:00:00Z");
    EXH_CLEANUP(exh_freep) char *list = exh_keyring_allowed_signers(&ring);
    EXH_CLEANUP(exh_freep) char *expected = exh_format(
        "OP namespaces=\"exhibit,git\",valid-after=\"20260101100000Z\" " KEY "\n"
        "%s namespaces=\"exhibit,git\",valid-after=\"20260101100000Z\",valid-before=\"20260201000000Z\" " KEY "\n"
        "B2 namespaces=\"exhibit,git\",valid-after=\"20260101100000Z\",valid-before=\"20261231235959Z\" " KEY "\n"
        "# CC %s is not valid at any time\n", ring.people[0].fingerprint, ring.people[0].fingerprint);
    assert_string_equal(list, expected);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    assert_true(read_list(list, &signers, &err));
    assert_int_equal(signers.count, 3);
}

/* Signs with exhibit, checks with ssh-keygen by the list written for @trusted (seconds from now) and @until. */
static int judged_by_ssh_keygen(int64_t trusted, int64_t until)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    char directory[] = "/tmp/exhibit-person-XXXXXX";
    int64_t now = (int64_t)time(NULL);

    assert_non_null(mkdtemp(directory));
    exh_keyring_add(&ring, exh_secret_key_public(key), EXH_ROLE_ADMIN, "A", "OP",
                    (struct exh_moment){ (now + trusted) * EXH_SECOND })
        ->until = (struct exh_moment){ (now + until) * EXH_SECOND };
    EXH_CLEANUP(exh_freep) char *list = exh_keyring_allowed_signers(&ring);
    EXH_CLEANUP(exh_freep) char *signature = signed_ssh(key, "exhibit", "hello", 5);
    EXH_CLEANUP(exh_freep) char *command = exh_format(
        "cd %s && cat >list <<'.'\n%s.\ncat >sig <<'.'\n%s.\n"
        "printf hello | ssh-keygen -Y verify -f list -I OP -n exhibit -s sig >out 2>&1; r=$?; rm -rf %s; exit $r",
        directory, list, signature, directory);
    return system(command);
}

static void ssh_keygen_takes_the_list_and_keeps_its_times(void **state)
{
    (void)state;
    assert_int_equal(judged_by_ssh_keygen(-60, 60), 0);
    assert_int_not_equal(judged_by_ssh_keygen(30, 60), 0);
    assert_int_not_equal(judged_by_ssh_keygen(-60, -30), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_that_is_none_is_refused),
        cmocka_unit_test(each_role_is_read_as_it_is_named),
        cmocka_unit_test(initials_are_short_and_plain),
        cmocka_unit_test(a_key_is_valid_from_its_entry_until_its_end_or_revocation),
        cmocka_unit_test(a_key_trusted_anew_is_valid_in_both_its_times),
        cmocka_unit_test(a_key_is_accounted_for_then_and_now),
        cmocka_unit_test(an_account_is_in_utc_where_there_is_no_zone),
        cmocka_unit_test(a_line_that_is_not_of_the_form_is_refused_with_its_number),
        cmocka_unit_test(a_list_with_a_nul_or_too_large_is_refused),
        cmocka_unit_test(what_users_write_is_read),
        cmocka_unit_test(local_times_of_a_list_are_read_so_that_less_is_valid),
        cmocka_unit_test(namespaces_are_patterns),
        cmocka_unit_test(a_key_outside_its_times_is_told_so),
        cmocka_unit_test(the_lists_of_openssh_are_judged_as_openssh_judges_them),
        cmocka_unit_test(the_list_of_a_keyring_holds_its_times_in_whole_seconds),
        cmocka_unit_test(ssh_keygen_takes_the_list_and_keeps_its_times),
    };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_crypto_init(&err))
        return 1;
    return cmocka_run_group_tests_name("person", tests, NULL, NULL);
}
