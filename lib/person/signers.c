/* person: allowed_signers files (ssh-keygen(1), ALLOWED SIGNERS), read as OpenSSH 9.2 reads them and written. */
#include "exhibit/person.h"

#include "exhibit/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 20 };

/* ---- writing ---- */

/* The last whole second before @end: ssh-keygen counts the second of valid-before as valid, git gives it
 * whole seconds. */
static struct exh_moment last_second(struct exh_moment end)
{
    int64_t ns = end.ns - 1, second = ns / EXH_SECOND - (ns % EXH_SECOND < 0);

    return (struct exh_moment){ second * EXH_SECOND };
}

/* "20211205211000Z" */
static void add_time(struct exh_text *text, const char *option, struct exh_moment moment)
{
    char words[EXH_MOMENT_SIZE];

    exh_moment_compact(moment, words);
    exh_text_printf(text, ",%s=\"%.8s%s\"", option, words, words + strlen("20211205T"));
}

static void add_line(struct exh_text *text, const struct exh_person *person)
{
    EXH_CLEANUP(exh_freep) char *line = exh_key_ssh_line(&person->key);
    struct exh_moment end = person->until.ns < person->revoked.ns ? person->until : person->revoked;
    struct exh_moment last = end.ns == INT64_MAX ? end : last_second(end);
    const char *principal = person->initials ? person->initials : person->fingerprint;

    /* ssh-keygen refuses a line whose times leave nothing between them. */
    if (last.ns / EXH_SECOND <= person->trusted.ns / EXH_SECOND) {
        exh_text_printf(text, "# %s %s is not valid at any time\n", principal, person->fingerprint);
        return;
    }
    exh_text_printf(text, "%s namespaces=\"exhibit,git\"", principal);
    add_time(text, "valid-after", person->trusted);
    if (end.ns != INT64_MAX)
        add_time(text, "valid-before", last);
    exh_text_printf(text, " %s\n", line);
}

char *exh_keyring_allowed_signers(const struct exh_keyring *ring)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    for (size_t i = 0; i < ring->count; i++)
        add_line(&text, &ring->people[i]);
    return exh_text_take(&text);
}

/* ---- reading ---- */

void exh_signers_clear(struct exh_signers *signers)
{
    for (size_t i = 0; i < signers->count; i++) {
        free(signers->at[i].principals);
        free(signers->at[i].namespaces);
    }
    free(signers->at);
    *signers = (struct exh_signers)EXH_SIGNERS_NONE;
}

/* What a line's options say. */
struct options {
    char *namespaces;
    struct exh_moment after, before;
    bool authority, has_after, has_before;
};

static void clear_options(struct options *options)
{
    free(options->namespaces);
}

/* The text in double quotes at *@at, without them; '\"' inside is a quote. Moves *@at past it. */
static bool take_quoted(const char **at, char **ret_words, struct exh_error *err)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;
    const char *c = *at;

    if (*c++ != '"')
        return exh_fail(err, EXH_MALFORMED, "an option's value is not in double quotes");
    for (; *c && *c != '"'; c++) {
        if (c[0] == '\\' && c[1] == '"')
            c++;
        exh_text_add(&words, c, 1);
    }
    if (!*c)
        return exh_fail(err, EXH_MALFORMED, "a double quote is not closed");
    *at = c + 1;
    *ret_words = exh_text_take(&words);
    return true;
}

static bool take_digits(const char **at, int count, int *ret_number)
{
    *ret_number = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return false;
        *ret_number = *ret_number * 10 + **at - '0';
    }
    return true;
}

/* The calendar repeats after 400 years: a year with the same days that an instant can hold. */
static int year_like(int year)
{
    return year % 400 < 200 ? 2000 + year % 400 : 1600 + year % 400;
}

/* YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS in @size digits. @ret_beyond is above or below 0 for a year later
 * or earlier than an instant can hold, such as 9999. */
static bool take_calendar(const char *words, size_t size, struct exh_calendar *ret_calendar, int *ret_beyond)
{
    struct exh_calendar c = { 0 };
    int year;

    if (size != 8 && size != 12 && size != 14)
        return false;
    if (!take_digits(&words, 4, &year) || !take_digits(&words, 2, &c.month) || !take_digits(&words, 2, &c.day)
        || (size >= 12 && (!take_digits(&words, 2, &c.hour) || !take_digits(&words, 2, &c.minute)))
        || (size >= 14 && !take_digits(&words, 2, &c.second)))
        return false;
    *ret_beyond = year > 2261 ? 1 : year < 1679 ? -1 : 0;
    c.year = *ret_beyond ? year_like(year) : year;
    *ret_calendar = c;
    return exh_calendar_is_valid(&c);
}

/* Local times that come twice or never are read so that the key is valid for less, not for more. */
static bool take_time(const char *words, const char *zone, bool is_after, struct exh_moment *ret_moment,
                      struct exh_error *err)
{
    size_t size = strlen(words), suffix = 0;
    struct exh_calendar calendar;
    struct exh_moment at[2];
    int beyond;

    if (size > 1 && strcasecmp(words + size - 1, "Z") == 0)
        suffix = 1;
    else if (size > 3 && strcasecmp(words + size - 3, "UTC") == 0)
        suffix = 3;
    if (!take_calendar(words, size - suffix, &calendar, &beyond))
        return exh_fail(err, EXH_MALFORMED, "'%s' is not a time: write YYYYMMDD or YYYYMMDDHHMMSS, then Z for UTC",
                        words);
    if (beyond) {
        *ret_moment = (struct exh_moment){ beyond > 0 ? INT64_MAX : INT64_MIN };
        return true;
    }
    size_t count = exh_zone_instants(&calendar, suffix ? "UTC" : zone, at);
    if (count == 0)
        return exh_fail(err, EXH_MALFORMED, "'%s' was never shown by clocks in %s: write it in UTC, with a Z",
                        words, zone);
    *ret_moment = at[count == 2 && is_after ? 1 : 0];
    return true;
}

static bool take_limit(const char **at, const char *zone, bool is_after, bool *has, struct exh_moment *ret_moment,
                       struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *words = NULL;

    if (*has)
        return exh_fail(err, EXH_MALFORMED, "valid-%s is given twice", is_after ? "after" : "before");
    *has = true;
    return take_quoted(at, &words, err) && take_time(words, zone, is_after, ret_moment, err);
}

/* True when @name stands at *@at, in either case of letters; moves *@at past it. */
static bool take_name(const char **at, const char *name)
{
    if (strncasecmp(*at, name, strlen(name)) != 0)
        return false;
    *at += strlen(name);
    return true;
}

static bool take_option(const char **at, const char *zone, struct options *options, struct exh_error *err)
{
    if (take_name(at, "cert-authority")) {
        options->authority = true;
        return true;
    }
    if (take_name(at, "valid-after="))
        return take_limit(at, zone, true, &options->has_after, &options->after, err);
    if (take_name(at, "valid-before="))
        return take_limit(at, zone, false, &options->has_before, &options->before, err);
    if (!take_name(at, "namespaces="))
        return exh_fail(err, EXH_MALFORMED, "an option is not known: cert-authority, namespaces, valid-after and "
                        "valid-before are");
    if (options->namespaces)
        return exh_fail(err, EXH_MALFORMED, "namespaces is given twice");
    return take_quoted(at, &options->namespaces, err);
}

static bool take_options(const char *words, const char *zone, struct options *options, struct exh_error *err)
{
    for (;; words++) {
        if (!take_option(&words, zone, options, err))
            return false;
        if (!*words)
            break;
        if (*words != ',')
            return exh_fail(err, EXH_MALFORMED, "options are not separated by commas");
    }
    if (options->before.ns <= options->after.ns)
        return exh_fail(err, EXH_MALFORMED, "valid-before is not later than valid-after");
    return true;
}

/* Cuts the next field off *@at: it ends at white space outside double quotes. NULL at the end. */
static char *next_field(char **at)
{
    bool quoted = false;
    char *field = *at + strspn(*at, " \t\r"), *end;

    for (end = field; *end && (quoted || !strchr(" \t\r", *end)); end++) {
        if (end[0] == '\\' && end[1] == '"')
            end++;
        else if (*end == '"')
            quoted = !quoted;
    }
    *at = *end ? end + 1 : end;
    *end = '\0';
    return *field ? field : NULL;
}

static bool is_key_type(const char *field)
{
    static const char *const beginnings[] = { "ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "rsa-sha2-",
                                              "webauthn-sk-" };

    for (size_t i = 0; i < EXH_COUNT(beginnings); i++)
        if (strncmp(field, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

/* Principals may be in double quotes as a whole. */
static char *unquoted(const char *field)
{
    size_t size = strlen(field);

    if (size >= 2 && field[0] == '"' && field[size - 1] == '"')
        return exh_strndup(field + 1, size - 2);
    return exh_strdup(field);
}

static void add_signer(struct exh_signers *signers, const char *principals, const struct exh_public_key *key,
                       struct options *options)
{
    signers->at = exh_realloc_array(signers->at, signers->count + 1, sizeof *signers->at);
    signers->at[signers->count++] = (struct exh_signer){
        .principals = unquoted(principals),
        .key = *key,
        .namespaces = exh_steal(&options->namespaces),
        .after = options->after,
        .before = options->before,
    };
}

/* "principals [options] keytype base64 [comment]"; @line is cut up. */
static bool take_line(char *line, const char *zone, struct exh_signers *signers, struct exh_error *err)
{
    EXH_CLEANUP(clear_options) struct options options = { .after = { INT64_MIN }, .before = { INT64_MAX } };
    struct exh_public_key key;
    char *principals = next_field(&line), *type, *words;

    if (!principals || *principals == '#')
        return true;
    type = next_field(&line);
    if (type && !is_key_type(type)) {
        if (!take_options(type, zone, &options, err))
            return false;
        type = next_field(&line);
    }
    words = next_field(&line);
    if (!type || !words || !is_key_type(type))
        return exh_fail(err, EXH_MALFORMED, "no key: write principals, options if any, then ssh-ed25519 and the key");
    if (options.authority || strcmp(type, "ssh-ed25519") != 0)
        return true;
    EXH_CLEANUP(exh_freep) char *whole = exh_format("%s %s", type, words);
    if (!exh_key_from_ssh_line(whole, &key, err))
        return false;
    add_signer(signers, principals, &key, &options);
    return true;
}

bool exh_signers_read(const char *bytes, size_t size, const char *zone, struct exh_signers *ret_signers,
                      struct exh_error *err)
{
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    const char *end = bytes + size, *next;

    if (size > LARGEST)
        return exh_fail(err, EXH_MALFORMED, "list of signers is larger than %d bytes", LARGEST);
    if (size && memchr(bytes, '\0', size))
        return exh_fail(err, EXH_MALFORMED, "list of signers holds a NUL");
    for (size_t number = 1; bytes < end; bytes = next, number++) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t length = (size_t)((newline ? newline : end) - bytes);
        next = newline ? newline + 1 : end;
        EXH_CLEANUP(exh_freep) char *line = exh_strndup(bytes, length);
        if (!take_line(line, zone, &signers, err))
            return exh_while(err, "list of signers, line %zu", number);
    }
    *ret_signers = signers;
    signers = (struct exh_signers)EXH_SIGNERS_NONE;
    return true;
}

/* ---- finding ---- */

/* True when @pattern (up to @end; '*': any characters, '?': any one) is all of @words. Goes back to the last
 * star only, so the time is bounded by the product of both lengths. */
static bool matches(const char *words, const char *pattern, const char *end)
{
    const char *star = NULL, *from = NULL;

    while (*words) {
        if (pattern < end && *pattern == '*') {
            star = ++pattern;
            from = words;
        } else if (pattern < end && (*pattern == '?' || *pattern == *words)) {
            pattern++;
            words++;
        } else if (star) {
            pattern = star;
            words = ++from;
        } else {
            return false;
        }
    }
    while (pattern < end && *pattern == '*')
        pattern++;
    return pattern == end;
}

/* Comma-separated patterns; one with '!' before it that matches excludes. */
static bool list_matches(const char *words, const char *list)
{
    bool found = false;

    for (const char *end; ; list = end + 1) {
        end = list + strcspn(list, ",");
        bool excludes = *list == '!';
        if (matches(words, list + excludes, end)) {
            if (excludes)
                return false;
            found = true;
        }
        if (!*end)
            return found;
    }
}

/* In whole seconds, both limits included, as ssh-keygen counts them. */
static enum exh_key_state state_at(const struct exh_signer *signer, struct exh_moment at)
{
    if (at.ns < signer->after.ns)
        return EXH_KEY_NOT_YET;
    if (signer->before.ns <= INT64_MAX - EXH_SECOND && at.ns >= signer->before.ns + EXH_SECOND)
        return EXH_KEY_EXPIRED;
    return EXH_KEY_VALID;
}

const struct exh_signer *exh_signers_find(const struct exh_signers *signers, const struct exh_public_key *key,
                                          const char *name_space, struct exh_moment at, enum exh_key_state *ret_state)
{
    *ret_state = EXH_KEY_UNKNOWN;
    for (size_t i = 0; i < signers->count; i++) {
        const struct exh_signer *signer = &signers->at[i];
        if (memcmp(signer->key.ed25519, key->ed25519, sizeof key->ed25519) != 0
            || (signer->namespaces && !list_matches(name_space, signer->namespaces)))
            continue;
        *ret_state = state_at(signer, at);
        if (*ret_state == EXH_KEY_VALID)
            return signer;
    }
    return NULL;
}

const char *exh_signers_name(const struct exh_signers *signers, const struct exh_public_key *key)
{
    for (size_t i = 0; i < signers->count; i++)
        if (memcmp(signers->at[i].key.ed25519, key->ed25519, sizeof key->ed25519) == 0)
            return signers->at[i].principals;
    return NULL;
}
