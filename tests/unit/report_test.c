/* report: pages say what the records say, whatever those say: hostile text is text, and what is missing is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/crypto.h"
#include "exhibit/json.h"
#include "exhibit/report.h"
#include "exhibit/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- records, as their formats have them ---- */

#define LOG_KEY "exhibit.example/fenland+f7462d15+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
#define RULE "============================================================"
#define DIGEST "'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'"
#define KEY "'SHA256:cEOflfQUKuS1Er9YLdcv/HnG7v2IrhGBGJXMlLl4OkQ'"
#define CASE "'case':{'id':'C1','type':'arrest','references':['police:1','police:2'],'requested_by':'police','basis':'DPA 2018'}"
#define CAMERA "'camera':{'id':'w12','name':'Market Place','town':'Wisbech','latitude':'52.66','longitude':'0.16'}"
#define CLOCK "'clock':{'checked':true,'statement':'recorder is right','words':'recorder is right; true = shown'}"
#define WINDOW "'window':{'from':'2021-12-05T21:00:00Z','to':'2021-12-05T21:10:00Z','from_local':'2021-12-05 21:00:00 GMT'," \
               "'to_local':'2021-12-05 21:10:00 GMT','length_ns':600000000000}"
#define GAPS "'gaps':[{'from':'2021-12-05T21:05:00Z','to':'2021-12-05T21:06:00Z','from_local':'2021-12-05 21:05:00 GMT'," \
             "'to_local':'2021-12-05 21:06:00 GMT','length_ns':60000000000,'cause':'no recording'}]"
#define MADE "'made':{'time':'2026-11-26T09:00:00Z','libraries':'libavformat 59','by':{'fingerprint':" KEY ",'initials':'OP'," \
             "'name':'A Person','role':'operator'}}"
#define COMMON "'version':1,'organisation':'Fenland CCTV','zone':'Europe/London'," CASE "," CAMERA "," CLOCK "," WINDOW "," GAPS "," MADE

static const char master[] = "{'exhibit':'OP1','item':'master','mode':'clip'," COMMON ",'covered_ns':540000000000,'complete':false,"
    "'findings':[{'code':'gap','text':'no footage','segment':null},{'code':'left-out','text':'a data track','segment':'a.mp4'}],"
    "'parts':[{'file':'data/master/OP1_a.mp4','size':20000000,'sha256':" DIGEST ",'from':'2021-12-05T21:00:00Z','to':'2021-12-05T21:05:00Z',"
    "'from_local':'2021-12-05 21:00:00 GMT','to_local':'2021-12-05 21:05:00 GMT','lead_in_ns':1,'tail_ns':2,'video_packets':100,"
    "'camera_signing':{'scheme':'onvif','signatures':2,'unsigned_end_ns':5},'original':'a.mp4','problem':'a problem',"
    "'tracks':[{'kind':'video','codec':'h264','width':320,'height':180},{'kind':'audio','codec':'aac','sample_rate':16000}],"
    "'times':{'file':'data/master/OP1_a.vtt','size':10,'sha256':" DIGEST "}}],"
    "'segments':[{'name':'w12/a.mp4','runs':[{'offset':10,'length':20,'sha256':" DIGEST ",'part':1}]}]}";

#define OF "'of':[{'exhibit':'OP1','mode':'clip','tagmanifest_sha256':" DIGEST ",'parts':[{'file':'data/master/OP1_a.mp4','sha256':" DIGEST ",'size':1}]," \
           CAMERA "," CLOCK "}]"
#define CONVERSION(facts) "'conversion':{'changes':['pictures were encoded anew'],'reproducible':true,'reason':'for the court'," facts "}"

static const char copy[] = "{'exhibit':'OP1/1','item':'copy','mode':'transcode'," COMMON "," OF ",'findings':[],"
    CONVERSION("'pictures':{'in_files':10,'shown':9}")
    ",'parts':[{'file':'data/copy/OP1_1.mp4','size':9,'sha256':" DIGEST ",'width':320,'height':180,'film_ns':5000000000,'from':'2021-12-05T21:00:00Z',"
    "'to':'2021-12-05T21:05:00Z','from_local':'2021-12-05 21:00:00 GMT','to_local':'2021-12-05 21:05:00 GMT','pictures':9,'sound':false}]}";

static const char stills[] = "{'exhibit':'OP1/2','item':'stills','mode':'still'," COMMON "," OF ",'findings':[]," CONVERSION("'preset':null")
    ",'parts':[{'file':'data/stills/OP1_2.png','size':9,'sha256':" DIGEST ",'width':320,'height':180,'pictures':[{'shown':'2021-12-05T21:00:00Z',"
    "'shown_local':'2021-12-05 21:00:00 GMT'}]}]}";

static const char added[] = "{'exhibit':'OP2','item':'master','mode':'added','organisation':'Fenland CCTV','zone':'Europe/London'," CASE "," MADE ","
    "'clock':{'checked':false,'statement':'nothing is known'},'handover':{'from':'J. Smith','organisation':'a shop','received':'2021-12-06T10:15:00Z',"
    "'received_local':'2021-12-06 10:15:00 GMT','method':'by hand','description':'a till'},'findings':[],"
    "'parts':[{'file':'data/master/OP2_b.avi','size':5,'sha256':" DIGEST ",'from':null,'original':'b.avi','tracks':[],'problem':null}]}";

#define FILE_OF(name, size, volume) "{'file':'" name "','size':" size ",'sha256':" DIGEST ",'volume':" volume "}"
#define EXHIBIT(reference, item, folder, files) "{'exhibit':'" reference "','of':null,'item':'" item "','folder':'" folder "','tagmanifest_sha256':" DIGEST \
    ",'made':'2026-11-26T09:00:00Z','made_local':'2026-11-26 09:00:00 GMT','signer':" KEY ",'files':[" files "]}"
#define ENTRY(act, name) "{'sequence':7,'time':'2026-11-26T09:00:00.5Z','time_local':'2026-11-26 09:00:00 GMT','act':'" act "','verb':'collection','actor':" KEY \
    ",'initials':'OP','exhibit':'OP1','entry_sha256':" DIGEST ",'file':'record/custody/" name ".json'}"

static const char package[] = "{'version':1,'package':'C1-P1','organisation':'Fenland CCTV','zone':'Europe/London'," CASE
    ",'sealed':'2026-11-26T10:00:00Z','sealed_local':'2026-11-26 10:00:00 GMT','by':{'fingerprint':" KEY ",'initials':'OP','name':'A Person','role':'operator'},"
    "'program':'exhibit 0.1','arguments':['seal'],'profile':'plain','volume':1,'volumes':2,'exhibits':["
    EXHIBIT("OP1", "master", "record/exhibits/OP1", FILE_OF("data/master/OP1_a.mp4", "20000000", "1") "," FILE_OF("data/master/OP1_a.vtt", "10", "1")) ","
    EXHIBIT("OP1/1", "copy", "record/exhibits/OP1_1", FILE_OF("data/copy/OP1_1.mp4", "9", "1")) ","
    EXHIBIT("OP1/2", "stills", "record/exhibits/OP1_2", FILE_OF("data/stills/OP1_2.png", "9", "1")) ","
    EXHIBIT("OP2", "master", "record/exhibits/OP2", FILE_OF("data/master/OP2_b.avi", "5", "2")) "],"
    "'log':{'entries':12,'last_entry_sha256':" DIGEST ",'commit':'aa','key':'" LOG_KEY "'},'custody':[" ENTRY("export-begun", "000007") "," ENTRY("verify", "000008") "]}";

static const struct exh_report_facts facts = {
    .signer = "OP", .fingerprint = "SHA256:cEOflfQUKuS1Er9YLdcv/HnG7v2IrhGBGJXMlLl4OkQ", .minisign = "RWQ5SIdBYdZ6", .sealed = "2026-11-26T10:00:00Z",
    .sealed_local = "2026-11-26 10:00:00 GMT", .log_head = "00", .log_entries = 12, .log_key = LOG_KEY };

enum { PARTS = 5 };                      /* package.json and four records */
struct sample { struct exh_json *parts[PARTS]; };

static void clear_sample(struct sample *sample)
{
    for (size_t i = 0; i < PARTS; i++)
        exh_json_free(sample->parts[i]);
}

/* ' stands for " above. */
static struct exh_json *parse(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *bytes = exh_strdup(words);
    struct exh_json *value = NULL;

    for (char *quote = bytes; (quote = strchr(quote, '\''));)
        *quote = '"';
    if (!exh_json_parse(bytes, strlen(bytes), "fixture", &value, &err))
        fail_msg("%s", err.text);
    return value;
}

static struct sample make_sample(void)
{
    static const char *const words[PARTS] = { package, master, copy, stills, added };
    struct sample sample;

    for (size_t i = 0; i < PARTS; i++)
        sample.parts[i] = parse(words[i]);
    return sample;
}

enum kind { PACKAGE_PAGE, PACKAGE_TEXT, PAGE, TEXT, KINDS };

static char *write_kind(const struct sample *sample, enum kind kind, size_t record)
{
    struct exh_report_item items[PARTS - 1];

    for (size_t i = 1; i < PARTS; i++)
        items[i - 1].record = sample->parts[i];
    switch (kind) {
    case PACKAGE_PAGE: return exh_report_package_page(sample->parts[0], items, PARTS - 1, &facts);
    case PACKAGE_TEXT: return exh_report_package_text(sample->parts[0], items, PARTS - 1, &facts);
    case PAGE: return exh_report_page(sample->parts[record], &facts);
    default: return exh_report_verify_text(sample->parts[record], &facts);
    }
}

static char *sample_page(enum kind kind)
{
    EXH_CLEANUP(clear_sample) struct sample sample = make_sample();

    return write_kind(&sample, kind, 1);
}

static void says(const char *page, const char *words)
{
    if (!strstr(page, words))
        fail_msg("does not say: %s\n%s", words, page);
}

static void says_not(const char *page, const char *words)
{
    const char *found = strstr(page, words);

    if (found)
        fail_msg("says: %.200s", found);
}

/* ---- what a page may be made of ---- */

static bool is_among(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

/* A file of the package, or a section of the page. */
static void check_target(const char *target)
{
    if (strncmp(target, "#exhibit-", 9) == 0) {
        assert_int_equal(strspn(target + 9, "0123456789"), strlen(target + 9));
        return;
    }
    if (!*target || *target == '/' || strstr(target, "..") || strpbrk(target, ":?#\\% &"))
        fail_msg("leads out of the package: %s", target);
}

static void check_attribute(const char *tag, const char *name, const char *value)
{
    static const char *const known[] = {
        "lang", "charset", "name", "content", "http-equiv", "width", "height", "style", "aria-hidden", "aria-label", "aria-labelledby", "id", "class",
        "patternUnits", "patternTransform", "fill", "scope", "href", "src", "alt", "controls", "preload", "role", "x", "y", "x1", "x2", "y1", "y2",
        "text-anchor", "data-title", NULL };

    if (!is_among(name, known))
        fail_msg("<%s> has %s", tag, name);
    if (strcmp(name, "href") == 0 || strcmp(name, "src") == 0)
        check_target(value);
    if (strcmp(name, "src") != 0 && strcmp(name, "content") != 0 && strcmp(name, "alt") != 0 && strcmp(name, "aria-label") != 0
        && (strstr(value, "HOSTILE") || strstr(value, "http")))
        fail_msg("<%s %s=\"%s\">", tag, name, value);
}

/* Past @at, a name of letters, digits and '-'. */
static const char *take_name(const char *at, char ret_name[32])
{
    size_t size = 0;

    while (isalnum((unsigned char)at[size]) || at[size] == '-')
        size++;
    assert_in_range(size, 1, 31);
    memcpy(ret_name, at, size);
    ret_name[size] = '\0';
    return at + size;
}

static const char *take_attribute(const char *at, const char *tag)
{
    EXH_CLEANUP(exh_freep) char *value = NULL;
    char name[32];

    at = take_name(at, name);
    if (*at != '=') {
        check_attribute(tag, name, "");
        return at;
    }
    assert_int_equal(at[1], '"');
    const char *end = strchr(at + 2, '"');
    assert_non_null(end);
    value = exh_format("%.*s", (int)(end - at - 2), at + 2);
    if (strpbrk(value, "<>"))
        fail_msg("<%s %s> holds mark-up", tag, name);
    check_attribute(tag, name, value);
    return end + 1;
}

struct nest { char names[64][32]; size_t depth; };

static bool is_alone(const char *tag, const char *end)
{
    static const char *const alone[] = { "meta", "img", "br", "col", NULL };

    return is_among(tag, alone) || end[-1] == '/';
}

/* One tag, from behind its '<' to behind its '>'. */
static const char *take_tag(const char *at, struct nest *nest)
{
    static const char *const known[] = {
        "html", "head", "meta", "title", "style", "body", "main", "svg", "pattern", "rect", "line", "text", "h1", "h2", "h3", "p", "table", "colgroup",
        "col", "thead", "tbody", "tr", "th", "td", "a", "small", "span", "strong", "code", "pre", "video", "img", "figure", "figcaption", "ol", "ul",
        "li", "section", NULL };
    bool closing = *at == '/';
    char tag[32];

    at = take_name(at + closing, tag);
    if (!is_among(tag, known))
        fail_msg("<%s>", tag);
    while (*at == ' ')
        at = take_attribute(at + 1, tag);
    at += *at == '/';
    assert_int_equal(*at, '>');
    if (closing) {
        assert_true(nest->depth > 0);
        assert_string_equal(nest->names[--nest->depth], tag);
    } else if (!is_alone(tag, at)) {
        assert_true(nest->depth < EXH_COUNT(nest->names));
        memcpy(nest->names[nest->depth++], tag, sizeof tag);
    }
    return at + 1;
}

/* Every tag is one of ours, in order, and none does or fetches anything. What lies between them is text. */
static void check_page(const char *page)
{
    static const char doctype[] = "<!DOCTYPE html>\n";
    struct nest nest = { .depth = 0 };
    const char *at = page + strlen(doctype);

    assert_memory_equal(page, doctype, strlen(doctype));
    while ((at = strpbrk(at, "<>"))) {
        if (*at == '>')
            fail_msg("a stray >: %.60s", at);
        at = take_tag(at + 1, &nest);
    }
    assert_int_equal(nest.depth, 0);
}

/* Headings go down one level at a time. */
static void check_headings(const char *page)
{
    int level = 0;

    for (const char *at = page; (at = strstr(at, "<h")); at++) {
        if (!isdigit((unsigned char)at[2]))
            continue;
        assert_true(at[2] - '0' <= level + 1);
        level = at[2] - '0';
    }
    assert_true(level > 0);
}

/* What is left of a command outside single quotes is ours. */
static void check_command(const char *line, size_t size)
{
    bool quoted = false;

    for (size_t i = 0; i < size; i++) {
        if (line[i] == '\'' && (i == 0 || line[i - 1] != '\\'))
            quoted = !quoted;
        else if (!quoted && strncmp(line + i, "HOSTILE", 7) == 0)
            fail_msg("a command says %.*s", (int)size, line);
    }
    assert_false(quoted);
}

/* Of the lines between the two rules nothing is anybody's words: a command has Python run them. */
static void check_program(const char *text)
{
    const char *first = strstr(text, "\n" RULE), *last = first ? strstr(first + 1, "\n" RULE) : NULL;

    if (!first)
        return;
    assert_non_null(last);
    assert_null(strstr(last + 1, "\n" RULE));
    EXH_CLEANUP(exh_freep) char *program = exh_strndup(first, (size_t)(last - first));
    says_not(program, "HOSTILE");
    says(program, "hashlib");
}

/* Plain ASCII in lines, each command whole. */
static void check_text(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c >= 0x7f || ((unsigned char)*c < 0x20 && *c != '\n'))
            fail_msg("byte 0x%02x in %.40s", (unsigned char)*c, c);
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line, "     ", 5) == 0 && line[5] != ' ')
            check_command(line, strcspn(line, "\n"));
    check_program(text);
}

static void check_all(const struct sample *sample)
{
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (size_t record = 1; record < (kind < PAGE ? 2 : PARTS); record++) {
            EXH_CLEANUP(exh_freep) char *words = write_kind(sample, kind, record);
            if (kind == PAGE || kind == PACKAGE_PAGE)
                check_page(words);
            else
                check_text(words);
        }
}

/* ---- hostile text ---- */

#define HOSTILE "'HOSTILE\"><script>alert(1)</script><a href=\"https://evil.example/\" onclick=\"x\">&$(HOSTILE)`HOSTILE`;\n     HOSTILE\n\xc3\xa9"

/* Puts @words into the text at place @number of @value, counted over everything in it; gives how many were passed. */
static size_t poison(struct exh_json *value, size_t number, const char *words)
{
    size_t passed = 0;

    for (size_t i = 0; i < exh_json_members(value); i++) {
        const char *name = exh_json_member_name(value, i);
        struct exh_json *child = exh_json_get(value, name);
        if (exh_json_type(child) == EXH_JSON_TEXT && passed++ == number) {
            EXH_CLEANUP(exh_freep) char *own = exh_strdup(name);
            exh_json_set_text(value, own, words);
            return number + 1;
        }
        passed += poison(child, number - passed, words);
        if (passed > number)
            return passed;
    }
    for (size_t i = 0; i < exh_json_count(value); i++) {
        passed += poison(exh_json_at(value, i), number - passed, words);
        if (passed > number)
            return passed;
    }
    return passed;
}

static bool poison_sample(struct sample *sample, size_t number, const char *words)
{
    for (size_t i = 0; i < PARTS; i++) {
        size_t passed = poison(sample->parts[i], number, words);
        if (passed > number)
            return true;
        number -= passed;
    }
    return false;
}

static void hostile_text_in_any_one_field_is_shown_as_text(void **state)
{
    static const char *const words[] = { HOSTILE, "javascript:alert(1).mp4", "https://evil.example/x.png", "../../x.mp4", "\n" RULE "\nHOSTILE\n" RULE, "" };
    size_t fields = 0;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(words); i++)
        for (size_t number = 0;; number++) {
            EXH_CLEANUP(clear_sample) struct sample sample = make_sample();
            if (!poison_sample(&sample, number, words[i]))
                break;
            check_all(&sample);
            fields++;
        }
    assert_true(fields > 200 * EXH_COUNT(words));
}

static void hostile_text_in_all_fields_at_once_is_shown_as_text(void **state)
{
    EXH_CLEANUP(clear_sample) struct sample sample = make_sample();

    (void)state;
    for (size_t number = 0; poison_sample(&sample, number, HOSTILE); number++)
        ;
    check_all(&sample);
    EXH_CLEANUP(exh_freep) char *page = write_kind(&sample, PACKAGE_PAGE, 0);
    says(page, "HOSTILE&quot;&gt;&lt;script&gt;");
    says_not(page, "<video");
}

/* ---- missing members ---- */

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static struct exh_json *something(uint64_t *seed)
{
    switch (next(seed) % 6) {
    case 0: return exh_json_text(HOSTILE);
    case 1: return exh_json_int(next(seed) % 2 ? INT64_MIN : INT64_MAX);
    case 2: return exh_json_array();
    case 3: return exh_json_object();
    case 4: return exh_json_text("9999-99-99T99:99:99Z");
    default: return exh_json_text(NULL);
    }
}

/* Takes members away, or puts something else in their place, here and there in @value. */
static void damage(struct exh_json *value, uint64_t *seed)
{
    for (size_t i = exh_json_members(value); i-- > 0;) {
        EXH_CLEANUP(exh_freep) char *name = exh_strdup(exh_json_member_name(value, i));
        if (next(seed) % 40 == 0)
            exh_json_remove(value, name);
        else if (next(seed) % 40 == 0)
            exh_json_set(value, name, something(seed));
        else
            damage(exh_json_get(value, name), seed);
    }
    for (size_t i = 0; i < exh_json_count(value); i++)
        damage(exh_json_at(value, i), seed);
}

static void missing_and_wrong_members_are_left_out(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15;

    (void)state;
    for (int round = 0; round < 1500; round++) {
        EXH_CLEANUP(clear_sample) struct sample sample = make_sample();
        for (size_t i = 0; i < PARTS; i++)
            damage(sample.parts[i], &seed);
        check_all(&sample);
    }
}

static void records_that_are_not_there_at_all_are_left_out(void **state)
{
    const struct exh_report_item none[2] = { { NULL }, { NULL } };
    EXH_CLEANUP(clear_sample) struct sample sample = make_sample();

    (void)state;
    EXH_CLEANUP(exh_freep) char *nothing = exh_report_package_page(NULL, none, 2, &facts);
    EXH_CLEANUP(exh_freep) char *empty = exh_report_package_page(sample.parts[0], NULL, 0, &facts);
    EXH_CLEANUP(exh_freep) char *text = exh_report_package_text(sample.parts[0], none, 2, &facts);
    check_page(nothing);
    check_page(empty);
    check_text(text);
}

/* ---- what is said ---- */

static void a_package_is_said_in_order(void **state)
{
    static const char *const order[] = {
        "Package C1-P1</h1>", "police:1, police:2", "DPA 2018", "Fenland CCTV", "2026-11-26 10:00:00 GMT", "2026-11-26T10:00:00Z", "SHA256:cEOf",
        "What this package holds", "Exhibit OP1: Master", "Market Place (w12), Wisbech", "Exhibit OP1/1: working copy", "Exhibit OP1/2: still pictures",
        "Exhibit OP2: Master", "Custody of these exhibits", "How to check it", "On Windows", "certutil -hashfile data\\master\\OP1_a.mp4 SHA256", "On macOS",
        "shasum -a 256 -c manifest-sha256.txt", "On Linux", "sha256sum -c manifest-sha256.txt", "ssh-keygen -Y verify", "What this does not show" };
    EXH_CLEANUP(exh_freep) char *page = sample_page(PACKAGE_PAGE);
    const char *at = page;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(order); i++) {
        const char *found = strstr(at, order[i]);
        if (!found)
            fail_msg("not there, or not in order: %s", order[i]);
        at = found;
    }
    check_page(page);
    check_headings(page);
    says(page, "Content-Security-Policy");
    says(page, "script-src 'none'");
}

static void the_page_of_one_exhibit_has_the_same_parts(void **state)
{
    EXH_CLEANUP(exh_freep) char *page = sample_page(PAGE);

    (void)state;
    check_page(page);
    check_headings(page);
    says(page, "<video controls preload=\"metadata\" aria-label=\"Player of data/master/OP1_a.mp4\" src=\"data/master/OP1_a.mp4\">");
    says(page, "Gap of 1 min:");
    says(page, "On macOS");
    says(page, "What this does not show");
}

/* What stands between @from and the next "</section>". */
static char *section_of(const char *page, const char *from)
{
    const char *begin = strstr(page, from), *end = begin ? strstr(begin, "</section>") : NULL;

    if (!end)
        fail_msg("no section: %s", from);
    return exh_format("%.*s", (int)(end - begin), begin);
}

static void the_copy_is_played_where_there_is_one(void **state)
{
    EXH_CLEANUP(exh_freep) char *page = sample_page(PACKAGE_PAGE);
    EXH_CLEANUP(exh_freep) char *of_master = section_of(page, "Exhibit OP1: Master"), *of_copy = section_of(page, "Exhibit OP1/1:");

    (void)state;
    says_not(of_master, "<video");
    says(of_master, "play its copy, exhibit <a href=\"#exhibit-2\">OP1/1</a>");
    says(of_master, "<a href=\"data/master/OP1_a.mp4\">");
    says(of_copy, "<video controls preload=\"metadata\" aria-label=\"Player of data/copy/OP1_1.mp4\" src=\"data/copy/OP1_1.mp4\">");
}

/* The section of the Master after @name of its copy's record, and of its first track, was set. */
static char *master_section(const char *name, const char *words, const char *codec)
{
    EXH_CLEANUP(clear_sample) struct sample sample = make_sample();

    exh_json_set_text(sample.parts[2], name, words);
    exh_json_set_text(exh_json_at(exh_json_get(exh_json_at(exh_json_get(sample.parts[1], "parts"), 0), "tracks"), 0), "codec", codec);
    EXH_CLEANUP(exh_freep) char *page = write_kind(&sample, PACKAGE_PAGE, 0);
    check_page(page);
    return section_of(page, "Exhibit OP1: Master");
}

static void the_master_is_played_where_no_copy_shows_all_of_it_and_browsers_can(void **state)
{
    EXH_CLEANUP(exh_freep) char *part = master_section("mode", "exact", "h264"), *redacted = master_section("item", "redacted", "h264");
    EXH_CLEANUP(exh_freep) char *hevc = master_section("mode", "exact", "hevc");

    (void)state;
    says(part, "<video");
    says(redacted, "<video");
    says_not(hevc, "<video");
    says(hevc, "Not every browser plays this kind of file (hevc)");
    says(hevc, "<a href=\"data/master/OP1_a.mp4\">");
}

static void a_copy_in_another_volume_is_not_played_in_place_of_the_master(void **state)
{
    EXH_CLEANUP(clear_sample) struct sample sample = make_sample();
    struct exh_json *files = exh_json_get(exh_json_at(exh_json_get(sample.parts[0], "exhibits"), 1), "files");

    (void)state;
    exh_json_set_int(exh_json_at(files, 0), "volume", 2);
    EXH_CLEANUP(exh_freep) char *page = write_kind(&sample, PACKAGE_PAGE, 0);
    EXH_CLEANUP(exh_freep) char *of_master = section_of(page, "Exhibit OP1: Master"), *of_copy = section_of(page, "Exhibit OP1/1:");
    says(of_master, "<video");
    says_not(of_copy, "<video");
}

static void a_file_in_another_volume_is_named_and_is_no_link(void **state)
{
    EXH_CLEANUP(exh_freep) char *page = sample_page(PACKAGE_PAGE), *text = sample_page(PACKAGE_TEXT);
    EXH_CLEANUP(exh_freep) char *section = section_of(page, "Exhibit OP2: Master");

    (void)state;
    says(page, "This is volume 1 of 2.");
    says(page, "<li>Volume 2: data/master/OP2_b.avi</li>");
    says(section, "The file is in volume 2 of this package, not here.");
    says(section, "data/master/OP2_b.avi (in volume 2)");
    says_not(page, "href=\"data/master/OP2_b.avi\"");
    says_not(text, "certutil -hashfile data\\master\\OP2_b.avi");
    says_not(text, "sha256sum -c record/exhibits/OP2/manifest-sha256.txt");
    says(text, "(1 of its files is in other volumes)");
}

static void stills_are_pictures_with_words_in_their_place(void **state)
{
    EXH_CLEANUP(exh_freep) char *page = sample_page(PACKAGE_PAGE);

    (void)state;
    says(page, "<img alt=\"Still picture of 2021-12-05 21:00:00 GMT (2021-12-05T21:00:00Z)\" src=\"data/stills/OP1_2.png\">");
}

static void custody_is_a_table_with_whole_digests(void **state)
{
    EXH_CLEANUP(exh_freep) char *page = sample_page(PACKAGE_PAGE);

    (void)state;
    says(page, "Export of footage: begun <small>(export-begun, collection)</small>");
    says(page, "Check <small>(verify, collection)</small>");
    says(page, "<a href=\"record/custody/000007.json\"><code>001122334455...</code></a>");
    says(page, "2026-11-26T09:00:00.5Z");
    says(page, "OP signed with key <code>SHA256:cEOf");
}

/* ---- the bar ---- */

/* The page of a Master with this window and these gaps, each from and to. */
static char *bar_page(const char *from, const char *to, const char *gap_from, const char *gap_to)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = parse(master);
    struct exh_json *window = exh_json_get(record, "window"), *gap = exh_json_at(exh_json_get(record, "gaps"), 0);

    exh_json_set_text(window, "from", from);
    exh_json_set_text(window, "to", to);
    exh_json_set_text(gap, "from", gap_from);
    exh_json_set_text(gap, "to", gap_to);
    char *page = exh_report_page(record, &facts);
    check_page(page);
    return page;
}

static void gaps_are_drawn_to_scale(void **state)
{
    EXH_CLEANUP(exh_freep) char *page = sample_page(PAGE);

    (void)state;
    says(page, "<rect class=\"have\" y=\"16\" height=\"26\" x=\"0.000%\" width=\"100.000%\"/>");
    says(page, "<rect class=\"miss\" y=\"16\" height=\"26\" x=\"50.000%\" width=\"10.000%\"/>");
    says(page, "Start: 2021-12-05 21:00:00 GMT</span><span>End: 2021-12-05 21:10:00 GMT");
    says(page, ">21:04</text>");
    says(page, "drawn to scale: 1 gap, listed below\"");
}

static void a_gap_beyond_the_window_is_cut_to_it(void **state)
{
    EXH_CLEANUP(exh_freep) char *wide = bar_page("2021-12-05T21:00:00Z", "2021-12-05T21:10:00Z", "2021-12-05T20:00:00Z", "2021-12-05T21:05:00Z");
    EXH_CLEANUP(exh_freep) char *turned = bar_page("2021-12-05T21:00:00Z", "2021-12-05T21:10:00Z", "2021-12-05T21:05:00Z", "2021-12-05T21:04:00Z");

    (void)state;
    EXH_CLEANUP(exh_freep) char *late = bar_page("2021-12-05T21:00:00Z", "2021-12-05T21:10:00Z", "2021-12-05T21:05:00Z", "2021-12-05T23:00:00Z");
    says(wide, "<rect class=\"miss\" y=\"16\" height=\"26\" x=\"0.000%\" width=\"50.000%\"/>");
    says(late, "<rect class=\"miss\" y=\"16\" height=\"26\" x=\"50.000%\" width=\"50.000%\"/>");
    says_not(turned, "class=\"miss\"");
}

static void a_window_that_cannot_be_has_no_bar(void **state)
{
    EXH_CLEANUP(exh_freep) char *turned = bar_page("2021-12-05T21:10:00Z", "2021-12-05T21:00:00Z", "2021-12-05T21:05:00Z", "2021-12-05T21:06:00Z");
    EXH_CLEANUP(exh_freep) char *huge = bar_page("1678-01-01T00:00:00Z", "2261-12-31T00:00:00Z", "2021-12-05T21:05:00Z", "2021-12-05T21:06:00Z");
    EXH_CLEANUP(exh_freep) char *long_one = bar_page("1970-01-01T00:00:00Z", "2261-12-31T00:00:00Z", "2021-12-05T21:05:00Z", "2021-12-05T21:06:00Z");

    (void)state;
    says_not(turned, "class=\"have\"");
    says_not(huge, "class=\"have\"");
    says(long_one, "class=\"have\"");
    assert_true(strlen(long_one) < 100000);
}

static void the_axis_says_when_clocks_change(void **state)
{
    EXH_CLEANUP(exh_freep) char *page = bar_page("2021-10-31T00:00:00Z", "2021-10-31T02:00:00Z", "2021-10-31T00:10:00Z", "2021-10-31T00:11:00Z");

    (void)state;
    says(page, ">01:30</text>");
    says(page, ">01:00 GMT</text>");
    says(page, ">01:30 GMT</text>");
}

static void many_gaps_have_numbers_that_do_not_touch(void **state)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = parse(master);
    struct exh_json *gaps = exh_json_get(record, "gaps");

    (void)state;
    for (int i = 0; i < 200; i++)
        exh_json_add(gaps, exh_json_copy(exh_json_at(gaps, 0)));
    EXH_CLEANUP(exh_freep) char *page = exh_report_page(record, &facts);
    check_page(page);
    says(page, ">1</text>");
    says_not(page, ">2</text>");
    says(page, "201. <strong>Gap of 1 min:</strong>");
}

/* ---- VERIFY.txt ---- */

static void verify_names_what_each_command_must_give(void **state)
{
    EXH_CLEANUP(exh_freep) char *text = sample_page(PACKAGE_TEXT);

    (void)state;
    check_text(text);
    says(text, "     tail -c +16777217 data/master/OP1_a.mp4 | head -c 3222784 | sha256sum\n");
    says(text, "     (cd record/exhibits/OP1_1 && sha256sum -c tagmanifest-sha256.txt)\n");
    says(text, "     tail -c +11 w12/a.mp4 | head -c 20 | sha256sum\n       expected: 00112233");
    says(text, "record/custody/000007.commit | ssh-keygen -Y check-novalidate -n git");
    says(text, "     age -d -i YOUR-IDENTITY FILE.zip.age > FILE.zip\n");
    says(text, "     7z x FILE.zip\n");
}

static void a_name_that_cannot_be_typed_is_in_no_command(void **state)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = parse(master);
    struct exh_json *segment = exh_json_at(exh_json_get(record, "segments"), 0);

    (void)state;
    exh_json_set_text(segment, "name", "it's $(x).mp4");
    EXH_CLEANUP(exh_freep) char *quoted = exh_report_verify_text(record, &facts);
    says(quoted, "tail -c +11 'it'\\''s $(x).mp4' | head");
    exh_json_set_text(segment, "name", "a\nb.mp4");
    EXH_CLEANUP(exh_freep) char *none = exh_report_verify_text(record, &facts);
    says_not(none, "tail -c +11");
    check_text(quoted);
    check_text(none);
}

static void the_log_is_checked_with_its_key_or_the_section_is_left_out(void **state)
{
    static const char *const none[] = { NULL, "", "fenland", "exhibit.example/fenland+f7462d15+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29d", HOSTILE };
    EXH_CLEANUP(clear_sample) struct sample sample = make_sample();
    struct exh_report_facts own = facts;

    (void)state;
    for (enum kind kind = PACKAGE_TEXT; kind < KINDS; kind += TEXT - PACKAGE_TEXT) {
        EXH_CLEANUP(exh_freep) char *text = write_kind(&sample, kind, 1);
        says(text, "\n       " LOG_KEY "\n");
        says(text, "echo iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w= | base64 -d");
        says(text, "openssl pkeyutl -verify");
    }
    for (size_t i = 0; i < EXH_COUNT(none); i++) {
        own.log_key = none[i];
        exh_json_set_text(exh_json_get(sample.parts[0], "log"), "key", none[i]);
        EXH_CLEANUP(exh_freep) char *package_text = write_kind(&sample, PACKAGE_TEXT, 0), *text = exh_report_verify_text(sample.parts[1], &own);
        says_not(package_text, "CHECKPOINT");
        says_not(text, "CHECKPOINT");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_text_in_any_one_field_is_shown_as_text),
        cmocka_unit_test(hostile_text_in_all_fields_at_once_is_shown_as_text),
        cmocka_unit_test(missing_and_wrong_members_are_left_out),
        cmocka_unit_test(records_that_are_not_there_at_all_are_left_out),
        cmocka_unit_test(a_package_is_said_in_order),
        cmocka_unit_test(the_page_of_one_exhibit_has_the_same_parts),
        cmocka_unit_test(the_copy_is_played_where_there_is_one),
        cmocka_unit_test(the_master_is_played_where_no_copy_shows_all_of_it_and_browsers_can),
        cmocka_unit_test(a_copy_in_another_volume_is_not_played_in_place_of_the_master),
        cmocka_unit_test(a_file_in_another_volume_is_named_and_is_no_link),
        cmocka_unit_test(stills_are_pictures_with_words_in_their_place),
        cmocka_unit_test(custody_is_a_table_with_whole_digests),
        cmocka_unit_test(gaps_are_drawn_to_scale),
        cmocka_unit_test(a_gap_beyond_the_window_is_cut_to_it),
        cmocka_unit_test(a_window_that_cannot_be_has_no_bar),
        cmocka_unit_test(the_axis_says_when_clocks_change),
        cmocka_unit_test(many_gaps_have_numbers_that_do_not_touch),
        cmocka_unit_test(verify_names_what_each_command_must_give),
        cmocka_unit_test(the_log_is_checked_with_its_key_or_the_section_is_left_out),
        cmocka_unit_test(a_name_that_cannot_be_typed_is_in_no_command),
    };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    return exh_crypto_init(&err) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
