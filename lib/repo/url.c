/* repo: where a remote is. */
#include "push.h"

#include "exhibit/text.h"

#include <string.h>

static bool begins(const char *words, const char *with)
{
    return strncmp(words, with, strlen(with)) == 0;
}

const char *exh_remote_path(const char *url)
{
    return begins(url, "file://") ? url + strlen("file://") : url;
}

/* How long the host's name at @host is: "host" or "[::1]"; 0 where there is none. */
static size_t host_size(const char *host)
{
    static const char of_name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
    size_t size;

    if (*host != '[')
        return *host == '-' ? 0 : strspn(host, of_name);
    size = strspn(host + 1, "0123456789abcdefABCDEF:.");
    return size && host[size + 1] == ']' ? size + 2 : 0;
}

/* Judges "host/path" or "host:22/path" at @host. */
static bool check_place(const char *url, const char *host, const char **ret_path, struct exh_error *err)
{
    const char *next = host + host_size(host);
    uint64_t port = 1;

    if (next == host)
        return exh_fail(err, EXH_USAGE, "'%s' names no host", url);
    if (*next == ':') {
        EXH_CLEANUP(exh_freep) char *digits = exh_strndup(next + 1, strcspn(next + 1, "/"));
        next += 1 + strlen(digits);
        if (!exh_text_number(digits, 65535, &port))
            port = 0;
    }
    if (port == 0 || *next != '/')
        return exh_fail(err, EXH_USAGE, "'%s' is not of the form host/path or host:port/path behind '://'", url);
    *ret_path = next;
    return true;
}

/* The path of ssh goes to a shell on the other side within '...', and libgit2 1.5 puts nothing before a quote in it. */
static bool check_path(const char *url, const char *path, struct exh_error *err)
{
    if (!path[*path == '/'])
        return exh_fail(err, EXH_USAGE, "'%s' has no path", url);
    return !strpbrk(path, " '\"\\`$!?#%")
        || exh_fail(err, EXH_USAGE,
                    "'%s': a path there may hold no space and none of ' \" \\ ` $ ! ? # %%; "
                    "give the mirror a plainer name",
                    url);
}

/* What stands before '@', when anything does: a user's name and no password. */
static bool pass_user(const char *url, const char *start, const char **ret_host, struct exh_error *err)
{
    size_t size = strcspn(start, "/@:"), whole = strcspn(start, "/@");

    *ret_host = start;
    if (start[whole] != '@')
        return true;
    if (start[size] == ':')
        return exh_fail(err, EXH_USAGE,
                        "the URL holds a password, which would stand in the configuration and in the log for "
                        "ever: leave it out, and name a key file or use ssh-agent; for https name a file with --login");
    if (size == 0 || *start == '-' || memchr(start, '\'', size) || memchr(start, ' ', size))
        return exh_fail(err, EXH_USAGE, "'%s' names no user before the '@'", url);
    *ret_host = start + size + 1;
    return true;
}

static bool check_ssh(const char *url, struct exh_error *err)
{
    const char *user = url + strlen("ssh://"), *host, *path;

    if (!pass_user(url, user, &host, err))
        return false;
    if (host == user)
        return exh_fail(err, EXH_USAGE, "'%s' does not say as which user: write ssh://user@host/path", url);
    return check_place(url, host, &path, err) && check_path(url, path, err);
}

/* "user@host:path" */
static bool check_short_ssh(const char *url, struct exh_error *err)
{
    const char *host;

    if (!pass_user(url, url, &host, err))
        return false;
    if (host == url)
        return exh_fail(err, EXH_USAGE,
                        "'%s' is no remote that can be pushed to: use an absolute path, ssh://user@host/path, "
                        "user@host:path or https://host/path",
                        url);
    size_t size = host_size(host);
    return size && host[size] == ':' ? check_path(url, host + size + 1, err)
                                     : exh_fail(err, EXH_USAGE, "'%s' is not of the form user@host:path", url);
}

static bool check_https(const char *url, struct exh_error *err)
{
    const char *host = url + strlen("https://"), *path;

    if (memchr(host, '@', strcspn(host, "/")))
        return exh_fail(err, EXH_USAGE,
                        "the URL holds a user's name or password, which would stand in the configuration and "
                        "in the log for ever: leave it out, and name a file that holds user:password with --login");
    return check_place(url, host, &path, err) && check_path(url, path, err);
}

static bool has_controls(const char *words)
{
    for (; *words; words++)
        if ((unsigned char)*words < 0x20 || *words == 0x7f)
            return true;
    return false;
}

static bool check_file(const char *url, struct exh_error *err)
{
    const char *path = exh_remote_path(url);

    if (*path != '/' || path[1] == '\0')
        return exh_fail(err, EXH_USAGE, "'%s' has no absolute path", url);
    return path == url || !strchr(path, '%')
        || exh_fail(err, EXH_USAGE, "'%s' holds a '%%': name the path itself, without file://", url);
}

bool exh_remote_check_url(const char *url, enum exh_remote_form *ret_form, struct exh_error *err)
{
    static const struct {
        const char *with;
        enum exh_remote_form form;
        bool (*check)(const char *, struct exh_error *);
    } forms[] = {
        { "/", EXH_REMOTE_PATH, check_file },    { "file://", EXH_REMOTE_PATH, check_file },
        { "ssh://", EXH_REMOTE_SSH, check_ssh }, { "https://", EXH_REMOTE_HTTPS, check_https },
        { "", EXH_REMOTE_SSH, check_short_ssh },
    };
    size_t i = 0;

    if (has_controls(url))
        return exh_fail(err, EXH_USAGE, "'%s' holds control characters", url);
    if (begins(url, "http://") || begins(url, "git://"))
        return exh_fail(err, EXH_USAGE,
                        "'%s' would be spoken to in clear, and anybody on the way could answer in its place: "
                        "use https or ssh",
                        url);
    while (!begins(url, forms[i].with))
        i++;
    if (!forms[i].check(url, err))
        return false;
    *ret_form = forms[i].form;
    return true;
}
