/* Lives and policies for the tests of policy. */
#ifndef POLICY_HELP_H
#define POLICY_HELP_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONDON "Europe/London"

/* xorshift: the same on every machine, from the seed. */
static inline uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static inline unsigned below(uint64_t *seed, unsigned limit)
{
    return (unsigned)(next_random(seed) >> 16) % limit;
}

static inline struct exh_date date(const char *words)
{
    struct exh_date d = { 0, 0, 0 };

    if (sscanf(words, "%d-%d-%d", &d.year, &d.month, &d.day) != 3)
        fail_msg("'%s' is no date", words);
    return d;
}

static inline struct exh_moment instant(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment moment = { 0 };

    if (!exh_moment_parse_utc(words, &moment, &err))
        fail_msg("%s", err.text);
    return moment;
}

/* On a day ("2026-08-31"), at an instant ("2026-08-31T10:00:00Z"), or never (""). */
static inline struct exh_effect on(const char *words)
{
    if (!*words)
        return (struct exh_effect){ .kind = EXH_EFFECT_NONE };
    if (strchr(words, 'T'))
        return (struct exh_effect){ .kind = EXH_EFFECT_INSTANT, .instant = instant(words) };
    return (struct exh_effect){ .kind = EXH_EFFECT_DAY, .day = date(words) };
}

/* Under the top of the tree, wherever the test is run from. */
static inline char *tree_path(const char *name)
{
    const char *top = getenv("EXHIBIT_TOP");

    return exh_format("%s/%s", top ? top : ".", name);
}

static inline void read_policy(const char *name, struct exh_policy *ret_policy)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *path = tree_path(name);

    if (!exh_crypto_init(&err) || !exh_policy_read(path, ret_policy, &err))
        fail_msg("%s", err.text);
}

static inline void says(const char *words, const char *part)
{
    if (!words || !strstr(words, part))
        fail_msg("'%s' does not say '%s'", words ? words : "(nothing)", part);
}

#endif
