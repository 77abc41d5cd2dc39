/* exhibit verify --bag: judge BagIt bags of anyone's making. */
#include "verify_bag.h"

#include "exhibit/bagit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static struct exh_json *finding_json(const struct exh_bagit_finding *finding)
{
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "code", finding->code->code);
    exh_json_set_text(json, "severity", exh_bagit_severity_word(finding->code->severity));
    json_set_path(json, "file", finding->file);
    exh_json_set_text(json, "text", finding->text);
    return json;
}

static void print_as_json(const char *subject, const struct exh_bagit_report *report)
{
    struct exh_json *object = json_of_type("bag"), *findings = exh_json_array();

    for (size_t i = 0; i < report->count; i++)
        exh_json_add(findings, finding_json(&report->findings[i]));
    json_set_path(object, "subject", subject);
    exh_json_set_text(object, "verdict", exh_bagit_verdict_words(report->verdict));
    exh_json_set_text(object, "version", *report->version ? report->version : NULL);
    exh_json_set(object, "findings", findings);
    exh_json_set_int(object, "findings_withheld", (int64_t)report->withheld);
    exh_json_set_int(object, "files", (int64_t)report->files);
    exh_json_set_int(object, "bytes", (int64_t)report->bytes);
    print_json(object);
}

static void print_as_text(const char *subject, const struct exh_bagit_report *report)
{
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(subject);
    EXH_CLEANUP(exh_freep) char *payload = exh_format("%llu files, %llu bytes", (unsigned long long)report->files,
                                                      (unsigned long long)report->bytes);

    printf("%s: %s\n", shown, exh_bagit_verdict_words(report->verdict));
    print_field("bagit", report->version);
    print_field("payload", payload);
    for (size_t i = 0; i < report->count; i++)
        printf("  %-7s %s: %s\n", exh_bagit_severity_word(report->findings[i].code->severity), report->findings[i].code->code,
               report->findings[i].text);
    if (report->withheld)
        printf("  and %zu more of the same kinds\n", report->withheld);
}

static void show_progress(void *context, uint64_t bytes)
{
    (void)context;
    watch_tell(&(struct watch_state){ .done = bytes });
}

bool verify_bag(struct session *session, const char *path, struct exh_error *err)
{
    EXH_CLEANUP(exh_bagit_report_clear) struct exh_bagit_report report = EXH_BAGIT_REPORT_NONE;
    struct watch watch = watch_reading(session, "verifying", "there is no verdict");
    bool judged = exh_bagit_judge(AT_FDCWD, path, show_progress, NULL, &report, err);

    watch_end(&watch, judged, err);
    if (!judged)
        return false;
    if (session->json)
        print_as_json(path, &report);
    else
        print_as_text(path, &report);
    if (report.verdict == EXH_BAGIT_INVALID)
        session->status = EXH_NO;
    else if (report.verdict == EXH_BAGIT_WARNED && session->status != EXH_NO)
        session->status = 7;
    return true;
}
