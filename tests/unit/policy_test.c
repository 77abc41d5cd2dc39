/* policy: files that are none, the shipped rules one by one, the laws, versions, lint, and the example of the manual.
 * */
#include "policy_life.h"

#include <time.h>

#define ARREST  EXH_CASE_ARREST
#define MASTER  EXH_ITEM_MASTER
#define COUNCIL EXH_CUSTODIAN_COUNCIL
#define POLICE  EXH_CUSTODIAN_POLICE
#define REVIEW  EXH_THEN_REVIEW
#define DELETE  EXH_THEN_DELETE

static int begin(void **state)
{
    read_policy("policies/uk-local-authority.conf", &policy);
    confirm_all();
    return clear_life(state);
}

static int end(void **state)
{
    exh_decision_clear(&decision);
    exh_policy_clear(&policy);
    exh_strings_clear(&confirmed);
    (void)state;
    return 0;
}

/* ---- files that are no policies ---- */

#define HEAD "[policy]\n name = n\n version = 1\n custodian = police\n"
#define RULE                                                                                                           \
    "[rule \"R1\"]\n title = t\n legal = l\n sure = yes\n trigger = collected\n period = 31 days\n then = delete\n"

static const struct { const char *bytes, *says;
} wrong_files[] = {
    { "", "the section [policy] has no 'name'" },
    { "[policy]\n name = n\n", "the section [policy] has no 'version'" },
    { "[policy]\n name = n\n version = 1\n", "who the custodian" },
    { HEAD, "has no rule" },
    { HEAD " names = x\n" RULE, "line 5, key 'names': key 'names' is not known: did you mean 'name'?" },
    { HEAD " zone = Europe/Londom\n" RULE, "line 5, key 'zone': unknown time zone 'Europe/Londom'" },
    { HEAD " custodian = council\n" RULE, "key 'custodian': it stands there twice" },
    { HEAD "[rul \"R1\"]\n title = t\n", "section 'rul' is not known: did you mean 'rule'?" },
    { HEAD "[policy \"x\"]\n title = t\n" RULE, "[policy] has no name behind it" },
    { HEAD "[rule]\n title = t\n", "cannot name a rule" },
    { HEAD "[rule \"R 1\"]\n title = t\n", "'R 1' cannot name a rule" },
    { HEAD "[rule \"../x\"]\n title = t\n", "cannot name a rule" },
    { HEAD RULE " perod = 1 day\n",
      "line 12, rule 'R1', key 'perod': key 'perod' is not known: did you mean 'period'?" },
    { HEAD RULE " title = again\n", "rule 'R1', key 'title': it stands there twice" },
    { HEAD RULE "[rule \"R1\"]\n items = still\n", "line 12: there is a rule 'R1' already, in line 5" },
    { HEAD RULE "[rule.R1]\n items = still\n", "line 12: write the rule's name in quotes" },
    { HEAD RULE "[rule \"R2\"]\n", "line 12: rule 'R2' says nothing" },
    { HEAD RULE " cases = arest\n",
      "line 12, rule 'R1', key 'cases': case type 'arest' is not known: did you mean 'arrest'?" },
    { HEAD RULE " cases = arrest, zebra\n", "case type 'zebra' is not known: use arrest, dhr, " },
    { HEAD RULE " cases = \n", "case type '' is not known" },
    { HEAD RULE " items = masters\n", "did you mean 'master'?" },
    { HEAD RULE " custodian = polise\n", "did you mean 'police'?" },
    { HEAD RULE " needs-status = maybe\n", "value 'maybe' is not known: use no or yes" },
    { HEAD RULE " stops-with = handed-ovr\n", "term 'handed-ovr' is not known: did you mean 'handed-over'?" },
    { HEAD RULE " stops-with = status\n", "'status' wants one word after it" },
    { HEAD RULE " stops-with = status a b\n", "'status' wants one word after it" },
    { HEAD RULE " stops-with = status a/b\n", "'a/b' is not a word" },
    { HEAD RULE " stops-with = status a,\n", "a term is missing" },
    { HEAD RULE " stops-with = status a and status b\n", "'and' is for trigger and also-until" },
    { HEAD RULE " stops-with = collected ready\n", "'collected' has words after it that mean nothing" },
    { HEAD RULE " also-until = flag inquest\n", "'flag' wants its name and a state" },
    { HEAD RULE " also-until = flag inquests ended\n", "flag 'inquests' is not known: did you mean 'inquest'?" },
    { HEAD RULE " also-until = flag inquest closed\n",
      "state of a flag 'closed' is not known: use open, ended or not-open" },
    { HEAD RULE " remind = 7 days, soon\n", "'soon' is not a period" },
    { HEAD RULE " remind = no end\n", "'no end' is no reminder" },
    { HEAD RULE " remind = 1 day, 2 days, 3 days, 4 days, 5 days, 6 days, 7 days, 8 days, 9 days\n",
      "more than 8 reminders" },
    { HEAD RULE " review-every = 0 days\n", "is no interval" },
    { HEAD " statuses = a b\n" RULE, "'a b' is not a status" },
    { HEAD "[rule \"R1\"]\n title = t\n legal = l\n trigger = collected\n period = 31 days\n then = delete\n",
      "rule 'R1': it has no 'sure'" },
    { HEAD "[rule \"R1\"]\n title = t\n legal = l\n sure = yes\n period = 31 days\n then = delete\n",
      "it has no 'trigger'" },
    { HEAD "[rule \"R1\"]\n title = t\n legal = l\n sure = yes\n trigger = collected\n then = delete\n",
      "it has no 'period'" },
    { HEAD "[rule \"R1\"]\n title = t\n legal = l\n sure = yes\n trigger = collected\n period = 31 days\n",
      "it has no 'then'" },
    { HEAD
      "[rule \"R1\"]\n title = t\n legal = l\n sure = yes\n trigger = collected\n period = 5 weeks\n then = review\n",
      "line 10, rule 'R1', key 'period': '5 weeks' is not a period" },
    { HEAD
      "[rule \"R1\"]\n title = t\n legal = l\n sure = yes\n trigger = collected\n period = 31 days\n then = destroy\n",
      "what then 'destroy' is not known: use review or delete" },
    { HEAD "[rule \"R1\"]\n title =\n", "the value is empty" },
    { HEAD "[rule \"R1\"]\n title = \xff\n", "not UTF-8" },
    { HEAD "[rule \"R1\"]\n title = \"a\\nb\"\n", "control character" },
    { HEAD "[rule \"R1\"]\n information = yes\n title = t\n legal = l\n sure = no\n trigger = collected\n",
      "matches no item: take this key away" },
    { HEAD "[rule \"R1\"]\n title = t\n legal = l\n sure = yes\n trigger = collected\n period = no end\n "
           "whichever-first = yes\n",
      "never comes first" },
    { HEAD "[include]\n path = x\n" RULE, "other files are not included" },
    { HEAD "[rule \"R1\n title = t\n", "line 5" },
};

static void refuses(const char *bytes, size_t size, const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_policy none = EXH_POLICY_NONE;

    if (exh_policy_parse("my.conf", bytes, size, &none, &err))
        fail_msg("taken for a policy, where was to be said '%s':\n%s", words, bytes);
    assert_int_equal(err.kind, EXH_MALFORMED);
    says(err.text, "'my.conf'");
    says(err.text, words);
    assert_null(strchr(err.text, '\n'));
    assert_null(none.name);
}

static void a_file_that_is_no_policy_is_refused_with_place_and_remedy(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXH_COUNT(wrong_files); i++)
        refuses(wrong_files[i].bytes, strlen(wrong_files[i].bytes), wrong_files[i].says);
    refuses(HEAD RULE "\0", sizeof HEAD RULE, "holds a NUL");
}

static void sizes_are_bounded(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE, terms = EXH_TEXT_NONE, large = EXH_TEXT_NONE;

    (void)state;
    exh_text_puts(&text, HEAD);
    for (int i = 0; i <= EXH_RULES_MOST; i++)
        exh_text_printf(&text, "[rule \"R%d\"]\n title = t\n", i);
    refuses(text.bytes, text.size, "more than 200 rules");
    exh_text_puts(&terms, HEAD RULE " stops-with = collected");
    for (int i = 0; i < EXH_TERMS_MOST; i++)
        exh_text_puts(&terms, ", collected");
    refuses(terms.bytes, terms.size, "more than 32 terms");
    exh_text_clear(&terms);
    exh_text_puts(&terms, HEAD RULE " also-until = collected");
    for (int i = 0; i < EXH_GROUPS_MOST; i++)
        exh_text_puts(&terms, " and collected");
    refuses(terms.bytes, terms.size, "more than 8 parts");
    exh_text_clear(&terms);
    exh_text_puts(&terms, HEAD "[rule \"R1\"]\n title = ");
    for (int i = 0; i < 1001; i++)
        exh_text_puts(&terms, "x");
    refuses(terms.bytes, terms.size, "longer than 1000 bytes");
    while (large.size <= EXH_POLICY_LARGEST)
        exh_text_puts(&large, "# nothing here\n");
    refuses(large.bytes, large.size, "larger than a policy can be");
}

/* Rules and terms as many and as alike as may be, and a case with a thousand statuses: what is compared with what must
 * not grow out of hand. */
static void the_largest_policy_is_judged_in_good_time(void **state)
{
    enum { MANY = 1000 };
    static struct exh_status many[MANY];
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_lint_clear) struct exh_lint found = EXH_LINT_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_policy_clear) struct exh_policy large = EXH_POLICY_NONE;

    (void)state;
    exh_text_puts(&text, HEAD);
    for (int i = 0; i < EXH_RULES_MOST; i++) {
        exh_text_printf(&text, "[rule \"R%d\"]\n title = t\n legal = l\n sure = yes\n period = 1 day\n then = %s\n"
                        " trigger = status a0", i, i % 2 ? "delete" : "review");
        for (int j = 1; j < EXH_TERMS_MOST - 1; j++)
            exh_text_printf(&text, "%s status a%d", j % 4 == 0 ? " and" : ",", j);
        exh_text_printf(&text, ", status b%d\n", i);
    }
    for (int i = 0; i < MANY; i++)
        many[i] = (struct exh_status){ .word = "a30", .effect = on("2026-01-01") };
    life.statuses = many;
    life.status_count = MANY;
    clock_t before = clock();
    assert_true(exh_policy_parse("large", text.bytes, text.size, &large, &err));
    exh_policy_lint(&large, NULL, NULL, &found);
    assert_true(exh_policy_decide(&large, &setting, &life, &decision, &err));
    assert_true(clock() - before < 10 * CLOCKS_PER_SEC);
}

static void a_policy_that_is_not_there_is_told(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_policy none = EXH_POLICY_NONE;

    (void)state;
    assert_false(exh_policy_read("/nowhere/my.conf", &none, &err));
    assert_int_equal(err.kind, EXH_IO);
    says(err.text, "/nowhere/my.conf");
}

static void the_digest_is_that_of_the_file_s_bytes(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_policy_clear) struct exh_policy one = EXH_POLICY_NONE, other = EXH_POLICY_NONE;
    static const char bytes[] = HEAD RULE, more[] = HEAD RULE "# a note\n";
    char digest[EXH_SHA256_DIGITS];

    (void)state;
    assert_true(exh_policy_parse("x", bytes, sizeof bytes - 1, &one, &err));
    assert_true(exh_policy_parse("x", more, sizeof more - 1, &other, &err));
    exh_sha256(bytes, sizeof bytes - 1, digest);
    assert_string_equal(one.digest, digest);
    assert_string_not_equal(one.digest, other.digest);
}

/* The bytes with CR before each LF, behind a byte order mark. */
static char *as_windows_saves_it(const char *bytes)
{
    struct exh_text text = EXH_TEXT_NONE;

    exh_text_puts(&text, "\xef\xbb\xbf");
    for (const char *c = bytes; *c; c++)
        exh_text_printf(&text, *c == '\n' ? "\r%c" : "%c", *c);
    return exh_text_take(&text);
}

static void a_file_as_windows_saves_it_is_read_alike(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *good = as_windows_saves_it(HEAD RULE " stops-with = status a, \\\n  status b\n");
    EXH_CLEANUP(exh_freep) char *wrong = as_windows_saves_it(HEAD RULE " stops-with = status a, \\\n  status b\n perod = 1 day\n");
    EXH_CLEANUP(exh_policy_clear) struct exh_policy read = EXH_POLICY_NONE;

    (void)state;
    if (!exh_policy_parse("x", good, strlen(good), &read, &err))
        fail_msg("%s", err.text);
    assert_string_equal(read.name, "n");
    assert_int_equal(read.rules[0].stops.count, 2);
    assert_string_equal(read.rules[0].stops.at[1].word, "b");
    refuses(wrong, strlen(wrong), "line 14, rule 'R1', key 'perod'");
}

static void lines_that_are_carried_on_are_no_headers(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_policy_clear) struct exh_policy read = EXH_POLICY_NONE;
    static const char good[] = HEAD "[rule \"R1\"]\n title = see \\\n[rule]\n legal = l\n sure = yes\n information = yes\n";
    static const char noted[] = HEAD RULE " # a note \\\n[rule \"R1\"]\n items = still\n";
    static const char slashed[] = HEAD "[rule \"R1\"]\n title = a\\\\\n[rule \"R1\"]\n sure = no\n";

    (void)state;
    if (!exh_policy_parse("x", good, sizeof good - 1, &read, &err))
        fail_msg("%s", err.text);
    assert_string_equal(read.rules[0].title, "see [rule]");
    refuses(noted, sizeof noted - 1, "there is a rule 'R1' already");
    refuses(slashed, sizeof slashed - 1, "there is a rule 'R1' already");
}

static void both_shipped_policies_are_read(void **state)
{
    EXH_CLEANUP(exh_policy_clear) struct exh_policy minimal = EXH_POLICY_NONE;
    char id[8];

    (void)state;
    read_policy("policies/minimal.conf", &minimal);
    assert_int_equal(minimal.rule_count, 4);
    for (int i = 1; i <= 23; i++) {
        snprintf(id, sizeof id, "R%02d", i);
        if (!exh_policy_rule(&policy, id))
            fail_msg("there is no %s", id);
    }
    assert_string_equal(policy.zone, LONDON);
    assert_int_equal(policy.custodian, POLICE);
}

/* ---- facts that cannot be meant ---- */

static void is_no_life(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (exh_policy_decide(&policy, &setting, &life, &decision, &err))
        fail_msg("decided, where was to be said '%s'", words);
    assert_int_equal(err.kind, EXH_USAGE);
    says(err.text, words);
    assert_null(decision.sentence);
}

static void facts_that_cannot_be_meant_are_refused(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("convicted", "2026-02-30");
    is_no_life("status 'convicted' has the date 2026-02-30");
    a_case(ARREST, MASTER, COUNCIL);
    status("convicted", "2201-01-01");
    is_no_life("up to the year 2200");
    a_case(ARREST, MASTER, COUNCIL);
    status("convicted", "");
    is_no_life("status 'convicted' has no date");
    a_case(ARREST, MASTER, COUNCIL);
    status_until("custody", "2026-02-03", "2026-02-02");
    is_no_life("status 'custody' ends before it begins");
    a_case(ARREST, MASTER, COUNCIL);
    flag(EXH_MATTER_INQUEST, EXH_MATTER_ENDED, "");
    is_no_life("flag 'inquest' has no date: say since when it is ended");
    a_case(ARREST, MASTER, COUNCIL);
    fact(EXH_FACT_RECEIPT, "2026-00-10");
    is_no_life("date 'receipt-accepted'");
    a_case(ARREST, MASTER, COUNCIL);
    hold("H1", "x", "2026-02-29", "");
    is_no_life("hold 'H1'");
    a_case(ARREST, MASTER, COUNCIL);
    life.outcome = "fine";
    is_no_life("outcome 'fine' has no date");
}

/* ---- the laws ---- */

static void a_hold_beats_every_rule_and_tells_what_would_be(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("acquitted", "2026-01-10");
    hold("H1", "appeal by a co-defendant", "2026-01-11", "2026-06-01");
    hold("H2", "civil claim", "", "");
    decide("2028-01-01T00:00:00Z");
    is(EXH_KEPT_HELD, "R10");
    assert_int_equal(decision.without_holds, EXH_DUE);
    assert_int_equal(decision.holds.count, 2);
    says(decision.holds.at[0],
         "hold H1: appeal by a co-defendant; placed on 2026-01-11; to be reviewed on 2026-06-01, which is past");
    says(decision.sentence, "kept because held by 2 holds; without them: due for deletion");
    assert_true(is_among(&decision.changes, "hold H2 is released"));
    holds[0].released = true;
    decide("2028-01-01T00:00:00Z");
    is(EXH_KEPT_HELD, "R10");
    holds[1].released = true;
    decide("2028-01-01T00:00:00Z");
    is(EXH_DUE, "R10");
}

static void the_longest_of_the_rules_that_match_decides(void **state)
{
    (void)state;
    a_case(EXH_CASE_ENFORCEMENT, MASTER, COUNCIL);
    fact(EXH_FACT_RECORDED, "2026-01-05");
    outcome("warning", "2026-02-01");
    status("convicted", "2026-02-02");
    fact(EXH_FACT_READY, "2026-01-08");
    due_from("2032-02-03T00:00:00Z", "R13", REVIEW);
    assert_int_equal(decision.match_count, 4);
    assert_true(line_says("R07 (Convicted)") && line_says("R12 (Warning)") && line_says("R03 (Ready"));
}

static void a_status_that_the_policy_does_not_name_keeps_and_is_told(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("convicted", "2026-01-10");
    status("remanded-sine-die", "2026-01-11");
    unknown(EXH_UNKNOWN_STATUS);
    says(decision.sentence, "does not name status 'remanded-sine-die'");
    assert_true(is_among(&decision.findings, "status 'remanded-sine-die' is not named by the policy"));
    assert_true(is_among(&decision.changes, "is corrected, or a version of the policy names it"));
    statuses[1].superseded = true;
    decide("2030-01-01T00:00:00Z");
    is(EXH_DUE, "R07");
}

static void without_a_rule_or_a_status_it_is_kept(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    unknown(EXH_UNKNOWN_NO_RULE);
    says(decision.sentence, "kept because nothing is known: no rule matches");
    assert_true(is_among(&decision.changes, "begins a rule for a master of a case of type arrest"));
    a_case(EXH_CASE_ENFORCEMENT, MASTER, POLICE);
    fact(EXH_FACT_RECORDED, "2026-01-01");
    outcome("arrest", "2026-01-02");
    status("convicted", "2026-01-01")->superseded = true;
    unknown(EXH_UNKNOWN_NO_RULE);
}

static void a_rule_that_is_not_sure_makes_nothing_due_until_it_is_confirmed(void **state)
{
    (void)state;
    exh_strings_clear(&confirmed);
    a_case(ARREST, MASTER, COUNCIL);
    status("acquitted", "2026-01-10");
    decide("2026-02-10T23:59:59Z");
    is(EXH_KEPT_UNTIL, "R10");
    unknown(EXH_UNKNOWN_UNCONFIRMED);
    says(decision.sentence, "only R10 (Acquitted, no further action, or discontinued) would make it due");
    assert_true(is_among(&decision.changes, "the store confirms rule R10"));
    assert_true(is_among(&decision.findings, "rule R10 is not sure"));
    exh_strings_add(&confirmed, "R10");
    decide("2026-02-11T00:00:00Z");
    is(EXH_DUE, "R10");
}

static void review_never_becomes_deletion_by_itself(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("convicted", "1990-01-10");
    fact(EXH_FACT_RECEIPT, "1990-01-10");
    decide("2199-12-31T00:00:00Z");
    is(EXH_DUE, "R07");
    assert_int_equal(decision.then, REVIEW);
}

static void of_one_day_the_later_entered_status_counts_as_later(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("charged", "2026-01-10");
    status("acquitted", "2026-01-10");
    due_from("2026-02-11T00:00:00Z", "R10", DELETE);
    a_case(ARREST, MASTER, COUNCIL);
    status("acquitted", "2026-01-10");
    status("charged", "2026-01-10");
    kept_without_an_end("R06");
}

static void what_lies_in_the_future_ends_nothing_yet(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("charged", "2026-01-10");
    status("acquitted", "2026-06-10");
    decide("2026-06-09T22:59:59Z");
    is(EXH_KEPT_UNTIL, "R06");
    assert_true(is_among(&decision.findings, "status 'acquitted' takes effect on 2026-06-10, which is still to come"));
    decide("2026-06-09T23:00:00Z");
    is(EXH_KEPT_UNTIL, "R10");
}

static void an_instant_counts_as_its_day_in_the_policy_s_zone(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("convicted", "2026-08-30T23:30:00Z");
    due_from("2027-03-01T00:00:00Z", "R07", REVIEW);
    assert_true(line_says("status convicted on 2026-08-31 (2026-08-30T23:30:00Z)"));
}

static void the_reckoning_stands_line_by_line(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("convicted", "2026-08-31");
    decide("2026-12-01T00:00:00Z");
    assert_string_equal(decision.sentence,
                        "kept until 2027-03-01 00:00:00 GMT (2027-03-01T00:00:00Z) by R07 (Convicted), then review");
    const struct exh_strings *lines = &decision.matches[0].lines;
    assert_string_equal(lines->at[0], "R07 (Convicted): status convicted on 2026-08-31");
    assert_string_equal(lines->at[1], "2026-08-31 + 6 months = 2027-02-28 (clipped to the end of the month)");
    assert_string_equal(
        lines->at[2],
        "kept to the end of 2027-02-28 in Europe/London: due from 2027-03-01T00:00:00Z (2027-03-01 00:00:00 GMT) on");
    assert_string_equal(lines->at[3], "then: review");
    assert_string_equal(lines->at[4], "legal source: CPIA code 5.9: at least six months from the date of conviction");
    assert_true(is_among(&decision.changes, "a hold is placed"));
}

static void what_ends_after_2200_has_no_end(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("convicted", "2200-08-31");
    kept_without_an_end("R07");
    assert_true(line_says("later than days are reckoned here"));
}

/* ---- the rules, one by one ---- */

static void r01_r21_and_r23_inform_and_match_no_item(void **state)
{
    static const char *const ids[] = { "R01", "R21", "R23" };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(ids); i++)
        assert_true(exh_policy_rule(&policy, ids[i])->information);
    a_case(EXH_CASE_OTHER, MASTER, COUNCIL);
    for (int i = 0; i < EXH_FACTS; i++)
        fact((enum exh_fact)i, "2026-01-01");
    decide("2030-01-01T00:00:00Z");
    for (size_t i = 0; i < decision.match_count; i++)
        assert_false(decision.matches[i].rule->information);
}

static void r02_a_clip_that_nobody_asked_for_is_reviewed_after_31_days(void **state)
{
    (void)state;
    a_case(EXH_CASE_OTHER, MASTER, POLICE);
    fact(EXH_FACT_COLLECTED, "2026-01-01T12:00:00Z");
    due_from("2026-02-02T00:00:00Z", "R02", REVIEW);
    fact(EXH_FACT_HANDED_OVER, "2026-01-05");
    unknown(EXH_UNKNOWN_NO_RULE);
}

static void r03_what_nobody_collects_is_reviewed_after_31_days_with_reminders(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, POLICE);
    fact(EXH_FACT_READY, "2026-01-01");
    due_from("2026-02-02T00:00:00Z", "R03", REVIEW);
    decide("2026-01-10T00:00:00Z");
    assert_true(decision.decider->has_reminder_past && decision.decider->has_reminder_next);
    assert_int_equal(decision.decider->reminder_past.ns, instant("2026-01-09T00:00:00Z").ns);
    assert_int_equal(decision.decider->reminder_next.ns, instant("2026-01-16T00:00:00Z").ns);
    fact(EXH_FACT_HANDED_OVER, "2026-01-01");
    unknown(EXH_UNKNOWN_NO_RULE);
}

static void r04_a_duplicate_goes_31_days_after_the_receipt(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, EXH_CUSTODIAN_UNSAID);
    fact(EXH_FACT_READY, "2026-01-01");
    fact(EXH_FACT_HANDED_OVER, "2026-01-02");
    fact(EXH_FACT_RECEIPT, "2026-01-03");
    due_from("2026-02-04T00:00:00Z", "R04", DELETE);
    life.custodian = COUNCIL;
    unknown(EXH_UNKNOWN_NO_RULE);
}

static void r05_keeps_until_a_decision_and_again_after_a_new_arrest(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("arrested", "2026-01-01");
    kept_without_an_end("R05");
    status("no-further-action", "2026-03-01");
    due_from("2026-04-01T23:00:00Z", "R10", DELETE);
    status("arrested", "2026-05-01");
    kept_without_an_end("R05");
}

static void r06_keeps_until_acquittal_conviction_or_discontinuance(void **state)
{
    static const char *const ended[] = { "acquitted", "convicted", "discontinued" };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(ended); i++) {
        a_case(ARREST, MASTER, COUNCIL);
        status("arrested", "2026-01-01");
        status("charged", "2026-01-02");
        kept_without_an_end("R06");
        status(ended[i], "2026-06-01");
        decide("2026-06-01T12:00:00Z");
        is(EXH_KEPT_UNTIL, i == 1 ? "R07" : "R10");
    }
}

static void r07_is_reviewed_six_months_after_conviction(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("charged", "2026-01-01");
    status("convicted", "2026-04-30");
    due_from("2026-10-31T00:00:00Z", "R07", REVIEW);
}

static void r08_keeps_until_release_and_at_least_six_months_from_conviction(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("convicted", "2026-08-31");
    status_until("custody", "2026-09-20", "2030-05-04");
    due_from("2030-05-04T23:00:00Z", "R08", REVIEW);
    assert_true(line_says("also until end-of-status custody on 2030-05-04: later, so 2030-05-04"));
    statuses[1].end = on("2026-12-01");
    decide("2027-02-28T23:59:59Z");
    assert_int_equal(decision.kind, EXH_KEPT_UNTIL);
    ends_at("2027-03-01T00:00:00Z");
    assert_true(line_says("not later, so it stays 2027-02-28"));
    /* By itself, where nobody recorded the conviction: from the custody on. */
    a_case(ARREST, MASTER, COUNCIL);
    status_until("custody", "2026-09-20", "2026-12-01");
    due_from("2027-03-21T00:00:00Z", "R08", REVIEW);
    assert_true(line_says("counted from the trigger"));
}

static void r08_has_no_end_while_a_release_date_is_not_known(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("convicted", "2026-08-31");
    status("custody", "2026-08-31");
    kept_without_an_end("R08");
    assert_true(is_among(&decision.changes, "R08 gets an end: end-of-status custody"));
    /* A second person's release says nothing of the first's. */
    status_until("custody", "2026-09-01", "2027-01-01");
    kept_without_an_end("R08");
    status_until("custody", "2026-09-02", "2027-01-01");
    kept_without_an_end("R08");
    statuses[1].superseded = true;
    status_until("custody", "2026-08-31", "2031-01-31");
    due_from("2031-02-01T00:00:00Z", "R08", REVIEW);
}

static void r08_ends_with_a_quashed_conviction(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status_until("custody", "2026-08-31", "2040-01-01");
    status("acquitted", "2027-09-01");
    due_from("2027-10-02T23:00:00Z", "R10", DELETE);
}

static void r09_keeps_while_an_appeal_is_open(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("convicted", "2026-01-01");
    flag(EXH_MATTER_APPEAL, EXH_MATTER_OPEN, "2026-02-01");
    kept_without_an_end("R09");
    flag(EXH_MATTER_APPEAL, EXH_MATTER_ENDED, "2026-09-01");
    due_from("2026-07-01T23:00:00Z", "R07", REVIEW);
}

static void r10_goes_after_31_days_and_is_looked_at_at_once(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("discontinued", "2026-01-01");
    due_from("2026-02-02T00:00:00Z", "R10", DELETE);
    assert_int_equal(decision.decider->reminder_past.ns, instant("2026-01-02T00:00:00Z").ns);
}

static void r11_is_reviewed_six_months_after_the_operational_period(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("suspended-sentence", "2026-01-01");
    kept_without_an_end("R11");
    statuses[0].end = on("2028-02-29");
    due_from("2028-08-29T23:00:00Z", "R11", REVIEW);
}

static void r12_goes_six_months_and_31_days_after_the_offence(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    fact(EXH_FACT_RECORDED, "2026-08-31");
    status("no-further-action", "2026-09-01");
    outcome("warning", "2026-10-01");
    due_from("2027-03-31T23:00:00Z", "R12", DELETE);
    assert_true(line_says("2026-08-31 + 6 months = 2027-02-28 (clipped"));
    assert_true(line_says("2027-02-28 + 31 days = 2027-03-31"));
}

static void r12_a_fine_waits_for_payment_and_challenge(void **state)
{
    (void)state;
    a_case(EXH_CASE_ENFORCEMENT, MASTER, POLICE);
    fact(EXH_FACT_RECORDED, "2026-01-01");
    status("issued", "2026-02-01");
    outcome("fine", "2026-02-01");
    kept_without_an_end("R12-fine");
    status("paid", "2026-03-01");
    due_from("2026-08-01T23:00:00Z", "R12-fine", DELETE);
    flag(EXH_MATTER_APPEAL, EXH_MATTER_OPEN, "2026-03-02");
    decide("2199-01-01T00:00:00Z");
    assert_int_equal(decision.kind, EXH_KEPT_UNTIL);
    assert_false(decision.has_end);
    flag(EXH_MATTER_APPEAL, EXH_MATTER_ENDED, "2026-11-05");
    due_from("2026-11-06T00:00:00Z", "R12-fine", DELETE);
}

static void r13_a_council_s_own_prosecution_is_kept_six_years(void **state)
{
    (void)state;
    a_case(EXH_CASE_ENFORCEMENT, MASTER, COUNCIL);
    status("convicted", "2024-02-29");
    due_from("2030-03-01T00:00:00Z", "R13", REVIEW);
}

static void r14_keeps_until_published_and_proceedings_are_not_open(void **state)
{
    (void)state;
    a_case(EXH_CASE_DHR, MASTER, POLICE);
    kept_without_an_end("R14");
    status("notified", "2020-11-01");
    status("decision-review", "2020-12-01");
    flag(EXH_MATTER_CRIMINAL, EXH_MATTER_OPEN, "2020-11-02");
    flag(EXH_MATTER_INQUEST, EXH_MATTER_OPEN, "2020-11-02");
    kept_without_an_end("R14");
    assert_true(
        is_among(&decision.changes,
                 "R14 ends its waiting: status published or status not-published, and flag criminal-proceedings"));
    assert_true(
        line_says("no end: it waits for status published or status not-published, and flag criminal-proceedings"));
    status("published", "2021-09-03");
    status("action-plan-closed", "2022-01-15");
    kept_without_an_end("R14");
    flag(EXH_MATTER_CRIMINAL, EXH_MATTER_ENDED, "2021-02-01");
    kept_without_an_end("R14");
    flag(EXH_MATTER_INQUEST, EXH_MATTER_ENDED, "2021-03-01");
    decide("2022-09-01T00:00:00Z");
    ends_at("2022-09-03T23:00:00Z");
    flag(EXH_MATTER_INQUEST, EXH_MATTER_ENDED, "2023-03-01");
    due_from("2024-03-02T00:00:00Z", "R14", REVIEW);
    flag(EXH_MATTER_INQUEST, EXH_MATTER_NONE, "");
    due_from("2022-09-03T23:00:00Z", "R14", REVIEW);
    /* A review that goes on again is waited for again. */
    status("imr-requested", "2022-10-01");
    kept_without_an_end("R14");
    status("not-published", "2023-10-01");
    due_from("2024-10-01T23:00:00Z", "R14", REVIEW);
}

static void r14_is_looked_at_every_six_months(void **state)
{
    (void)state;
    a_case(EXH_CASE_DHR, MASTER, POLICE);
    status("notified", "2026-08-31");
    decide("2028-05-01T00:00:00Z");
    assert_int_equal(decision.decider->reminder_past.ns, instant("2028-03-01T00:00:00Z").ns);
    assert_int_equal(decision.decider->reminder_next.ns, instant("2028-08-31T23:00:00Z").ns);
}

static void what_has_no_end_is_looked_at_as_often_as_the_policy_says(void **state)
{
    (void)state;
    a_case(ARREST, MASTER, COUNCIL);
    status("charged", "2026-01-31");
    decide("2026-08-01T00:00:00Z");
    assert_true(decision.decider->has_reminder_past && decision.decider->has_reminder_next);
    assert_int_equal(decision.decider->reminder_past.ns, instant("2026-07-31T23:00:00Z").ns);
    assert_int_equal(decision.decider->reminder_next.ns, instant("2027-02-01T00:00:00Z").ns);
    assert_true(line_says("somebody is to look at it by 2027-02-01T00:00:00Z"));
    status("convicted", "2026-02-01");
    decide("2026-07-01T00:00:00Z");
    is(EXH_KEPT_UNTIL, "R07");
    assert_false(decision.decider->has_reminder_past || decision.decider->has_reminder_next);
}

static void r14_no_review_is_a_review_after_31_days_and_never_a_deletion(void **state)
{
    (void)state;
    a_case(EXH_CASE_DHR, MASTER, POLICE);
    status("notified", "2026-01-01");
    status("decision-no-review", "2026-01-10");
    due_from("2026-02-11T00:00:00Z", "R14-no-review", REVIEW);
    decide("2190-01-01T00:00:00Z");
    is(EXH_DUE, "R14-no-review");
    assert_int_equal(decision.then, REVIEW);
    flag(EXH_MATTER_CRIMINAL, EXH_MATTER_OPEN, "2026-01-02");
    kept_without_an_end("R14-no-review");
    flag(EXH_MATTER_CRIMINAL, EXH_MATTER_ENDED, "2026-05-02");
    due_from("2026-06-02T23:00:00Z", "R14-no-review", REVIEW);
    status("decision-review", "2026-07-01");
    kept_without_an_end("R14");
}

static void r14_and_the_criminal_rules_run_together(void **state)
{
    (void)state;
    a_case(EXH_CASE_DHR, MASTER, POLICE);
    status("published", "2026-01-10");
    fact(EXH_FACT_RECEIPT, "2020-01-01");
    due_from("2027-01-11T00:00:00Z", "R14", REVIEW);
    assert_int_equal(decision.match_count, 2);
}

static void r15_waits_for_the_inquest_and_six_months(void **state)
{
    (void)state;
    a_case(EXH_CASE_CORONER, MASTER, POLICE);
    flag(EXH_MATTER_INQUEST, EXH_MATTER_OPEN, "2026-01-01");
    kept_without_an_end("R15");
    flag(EXH_MATTER_INQUEST, EXH_MATTER_ENDED, "2026-08-31");
    due_from("2027-03-01T00:00:00Z", "R15", REVIEW);
}

static void r16_keeps_six_years_only_where_a_claim_was_notified(void **state)
{
    (void)state;
    a_case(EXH_CASE_CIVIL_CLAIM, MASTER, POLICE);
    fact(EXH_FACT_RECORDED, "2020-02-29");
    unknown(EXH_UNKNOWN_NO_RULE);
    flag(EXH_MATTER_CLAIM, EXH_MATTER_OPEN, "2021-01-01");
    kept_without_an_end("R16");
    flag(EXH_MATTER_CLAIM, EXH_MATTER_ENDED, "2022-01-01");
    due_from("2026-03-01T00:00:00Z", "R16", DELETE);
    flag(EXH_MATTER_CLAIM, EXH_MATTER_ENDED, "2027-01-01");
    due_from("2027-01-02T00:00:00Z", "R16", DELETE);
    fact(EXH_FACT_MAJORITY, "2030-06-15");
    due_from("2036-06-15T23:00:00Z", "R16", DELETE);
}

static void r16_of_an_injury_keeps_three_years(void **state)
{
    (void)state;
    a_case(EXH_CASE_CIVIL_CLAIM, MASTER, POLICE);
    fact(EXH_FACT_RECORDED, "2020-02-29");
    flag(EXH_MATTER_INJURY, EXH_MATTER_ENDED, "2021-01-01");
    due_from("2023-03-01T00:00:00Z", "R16-injury", DELETE);
    fact(EXH_FACT_MAJORITY, "2024-01-10");
    due_from("2027-01-11T00:00:00Z", "R16-injury", DELETE);
}

static void r17_waits_for_the_answer_and_three_months(void **state)
{
    (void)state;
    a_case(EXH_CASE_SUBJECT_ACCESS, MASTER, POLICE);
    kept_without_an_end("R17");
    status("received", "2026-01-01");
    kept_without_an_end("R17");
    status("answered", "2026-01-30");
    due_from("2026-04-30T23:00:00Z", "R17", REVIEW);
}

static void r18_waits_for_the_complaint_to_close_and_six_months(void **state)
{
    (void)state;
    a_case(EXH_CASE_COMPLAINT, MASTER, POLICE);
    status("opened", "2026-01-01");
    kept_without_an_end("R18");
    status("closed", "2026-02-01");
    due_from("2026-08-01T23:00:00Z", "R18", REVIEW);
}

static void r19_a_copy_goes_with_the_master_or_31_days_after_its_purpose(void **state)
{
    static const enum exh_item_kind copies[] = { EXH_ITEM_WORKING, EXH_ITEM_REDACTED, EXH_ITEM_STILL };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(copies); i++) {
        a_case(ARREST, copies[i], COUNCIL);
        status("convicted", "2026-01-01");
        due_from("2026-07-01T23:00:00Z", "R07", REVIEW);
        fact(EXH_FACT_PURPOSE, "2026-02-01");
        due_from("2026-03-05T00:00:00Z", "R19", DELETE);
        fact(EXH_FACT_PURPOSE, "2026-06-20");
        due_from("2026-07-01T23:00:00Z", "R07", REVIEW);
    }
    life.item = MASTER;
    fact(EXH_FACT_PURPOSE, "2026-02-01");
    due_from("2026-07-01T23:00:00Z", "R07", REVIEW);
}

static void r19_lets_go_of_a_copy_of_what_has_no_end_but_not_of_a_held_one(void **state)
{
    (void)state;
    a_case(EXH_CASE_DHR, EXH_ITEM_REDACTED, POLICE);
    status("notified", "2026-01-01");
    fact(EXH_FACT_PURPOSE, "2026-02-01");
    due_from("2026-03-05T00:00:00Z", "R19", DELETE);
    exh_strings_clear(&confirmed);
    kept_without_an_end("R14");
    hold("H1", "court order", "", "");
    confirm_all();
    decide("2030-01-01T00:00:00Z");
    is(EXH_KEPT_HELD, "R19");
}

static void r22_training_exports_go_after_31_days_and_no_other_rule_is_for_them(void **state)
{
    (void)state;
    a_case(EXH_CASE_OTHER, EXH_ITEM_TRAINING, POLICE);
    fact(EXH_FACT_COLLECTED, "2026-01-01");
    fact(EXH_FACT_RECEIPT, "2026-01-02");
    due_from("2026-02-02T00:00:00Z", "R22", DELETE);
    assert_int_equal(decision.match_count, 1);
}

static void r20_a_cases_record_goes_six_years_after_its_last_exhibit_and_no_other_rule_is_for_it(void **state)
{
    (void)state;
    a_case(ARREST, EXH_ITEM_CASE_RECORD, COUNCIL);
    status("convicted", "2020-01-01");
    fact(EXH_FACT_COLLECTED, "2020-01-01");
    fact(EXH_FACT_RECEIPT, "2020-01-02");
    decide("2030-01-01T00:00:00Z");
    is(EXH_KEPT_UNKNOWN, "none");
    fact(EXH_FACT_DISPOSED, "2026-02-28");
    due_from("2032-02-29T00:00:00Z", "R20", DELETE);
    assert_int_equal(decision.match_count, 1);
}

static void what_is_known_of_the_cases_end_says_nothing_of_an_exhibit(void **state)
{
    (void)state;
    a_case(EXH_CASE_OTHER, MASTER, COUNCIL);
    fact(EXH_FACT_DISPOSED, "2020-01-01");
    decide("2030-01-01T00:00:00Z");
    is(EXH_KEPT_UNKNOWN, "none");
}

/* ---- other policies ---- */

static void use(const char *bytes)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    exh_decision_clear(&decision);
    exh_policy_clear(&policy);
    if (!exh_policy_parse("test.conf", bytes, strlen(bytes), &policy, &err))
        fail_msg("%s", err.text);
}

#define RULE_OF(id, rest) "[rule \"" id "\"]\n title = t\n legal = l\n sure = yes\n" rest "\n"

static void a_policy_without_a_zone_takes_the_store_s(void **state)
{
    (void)state;
    use(HEAD RULE " needs-status = no\n");
    fact(EXH_FACT_COLLECTED, "2026-06-01");
    setting.zone = "America/New_York";
    due_from("2026-07-03T04:00:00Z", "R1", DELETE);
    setting.zone = LONDON;
}

static void without_a_status_a_rule_makes_nothing_due_unless_it_says_so(void **state)
{
    (void)state;
    use(HEAD RULE);
    fact(EXH_FACT_COLLECTED, "2026-06-01");
    unknown(EXH_UNKNOWN_NO_STATUS);
    says(decision.sentence, "the case has no status, and R1 (t) needs one");
    assert_true(is_among(&decision.changes, "the case gets a status"));
    use(HEAD " statuses = pending\n" RULE);
    status("pending", "2026-06-01");
    due_from("2026-07-02T23:00:00Z", "R1", DELETE);
}

static void of_two_that_keep_equally_long_review_comes_before_deletion(void **state)
{
    (void)state;
    use(HEAD RULE " needs-status = no\n" RULE_OF(
        "R2", " trigger = collected\n period = 31 days\n then = review\n needs-status = no"));
    fact(EXH_FACT_COLLECTED, "2026-06-01");
    due_from("2026-07-02T23:00:00Z", "R2", REVIEW);
}

static void an_outcome_can_begin_a_rule(void **state)
{
    (void)state;
    use(HEAD RULE_OF("R1", " trigger = outcome fine\n period = 1 year\n then = delete\n needs-status = no"));
    unknown(EXH_UNKNOWN_NO_RULE);
    life.outcome = "warning";
    life.outcome_since = on("2024-02-29");
    unknown(EXH_UNKNOWN_NO_RULE);
    life.outcome = "fine";
    due_from("2025-03-01T00:00:00Z", "R1", DELETE);
}

static void what_a_flag_never_was_has_no_date_to_count_from(void **state)
{
    (void)state;
    use(HEAD RULE_OF("R1", " trigger = flag inquest not-open\n period = 1 day\n then = delete\n needs-status = no"));
    kept_without_an_end("R1");
    assert_true(line_says("what it is counted from has no date"));
}

/* ---- versions ---- */

static void versions_of(struct exh_policy made[], const char *const bytes[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        made[i] = (struct exh_policy)EXH_POLICY_NONE;
        if (!exh_policy_parse("v.conf", bytes[i], strlen(bytes[i]), &made[i], &err))
            fail_msg("%s", err.text);
    }
}

static void clear_versions(struct exh_policy made[], size_t count)
{
    exh_decision_clear(&decision);
    for (size_t i = 0; i < count; i++)
        exh_policy_clear(&made[i]);
}

static void decide_versions(const struct exh_policy_version *versions, size_t count, const char *now)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    exh_decision_clear(&decision);
    life.now = instant(now);
    if (!exh_policy_decide_versions(versions, count, &setting, &life, &decision, &err))
        fail_msg("%s", err.text);
}

#define VERSION(number, zone, period, more)                                                                            \
    "[policy]\n name = n\n version = " number "\n custodian = police\n" zone                                           \
    "[rule \"R1\"]\n title = t\n legal = l\n sure = yes\n trigger = collected\n period = " period                      \
    "\n then = delete\n needs-status = no\n" more

static void a_shortened_rule_binds_only_what_begins_after_the_change(void **state)
{
    static const char *const bytes[] = { VERSION("1", "", "90 days", ""), VERSION("2", "", "31 days", "") };
    struct exh_policy made[2];

    (void)state;
    versions_of(made, bytes, 2);
    const struct exh_policy_version versions[] = { { &made[0], instant("2020-01-01T00:00:00Z") },
                                                   { &made[1], instant("2026-01-10T12:00:00Z") } };
    fact(EXH_FACT_COLLECTED, "2026-01-09");
    decide_versions(versions, 2, "2026-03-01T00:00:00Z");
    is(EXH_KEPT_UNTIL, "R1");
    ends_at("2026-04-09T23:00:00Z");
    says(decision.sentence, "of version 1 of the policy, which was in force when that began");
    /* Of a day on which the policy changed the longer holds; of an instant it is known. */
    fact(EXH_FACT_COLLECTED, "2026-01-10");
    decide_versions(versions, 2, "2026-03-01T00:00:00Z");
    ends_at("2026-04-10T23:00:00Z");
    fact(EXH_FACT_COLLECTED, "2026-01-10T12:00:00Z");
    decide_versions(versions, 2, "2026-03-01T00:00:00Z");
    is(EXH_DUE, "R1");
    ends_at("2026-02-11T00:00:00Z");
    fact(EXH_FACT_COLLECTED, "2026-01-10T11:59:59Z");
    decide_versions(versions, 2, "2026-03-01T00:00:00Z");
    ends_at("2026-04-10T23:00:00Z");
    /* A version that is not yet in force says nothing. */
    decide_versions(versions, 2, "2026-01-10T11:59:59Z");
    assert_ptr_equal(decision.decider->policy, &made[0]);
    clear_versions(made, 2);
}

static void a_lengthened_rule_binds_at_once(void **state)
{
    static const char *const bytes[] = { VERSION("1", "", "31 days", ""), VERSION("2", "", "90 days", "") };
    struct exh_policy made[2];

    (void)state;
    versions_of(made, bytes, 2);
    const struct exh_policy_version versions[] = { { &made[0], instant("2020-01-01T00:00:00Z") },
                                                   { &made[1], instant("2026-01-10T12:00:00Z") } };
    fact(EXH_FACT_COLLECTED, "2025-12-09");
    decide_versions(versions, 2, "2026-03-01T00:00:00Z");
    is(EXH_KEPT_UNTIL, "R1");
    ends_at("2026-03-10T00:00:00Z");
    clear_versions(made, 2);
}

static void the_longest_of_all_versions_since_the_beginning_binds(void **state)
{
    static const char *const bytes[] = { VERSION("1", "", "60 days", ""), VERSION("2", "", "1 year", ""),
                                         VERSION("3", "", "31 days", "") };
    struct exh_policy made[3];

    (void)state;
    versions_of(made, bytes, 3);
    const struct exh_policy_version versions[] = { { &made[0], instant("2020-01-01T00:00:00Z") },
                                                   { &made[1], instant("2025-01-01T00:00:00Z") },
                                                   { &made[2], instant("2026-01-01T00:00:00Z") } };
    fact(EXH_FACT_COLLECTED, "2024-06-01");
    decide_versions(versions, 3, "2026-03-01T00:00:00Z");
    ends_at("2025-06-01T23:00:00Z");
    fact(EXH_FACT_COLLECTED, "2025-06-01");
    decide_versions(versions, 3, "2026-03-01T00:00:00Z");
    ends_at("2026-06-01T23:00:00Z");
    fact(EXH_FACT_COLLECTED, "2026-01-01");
    decide_versions(versions, 3, "2026-03-01T00:00:00Z");
    ends_at("2026-02-02T00:00:00Z");
    clear_versions(made, 3);
}

static void a_copy_is_let_go_early_under_every_version_alike(void **state)
{
    static const char cap[] = "[rule \"C\"]\n title = t\n legal = l\n sure = yes\n items = still\n trigger = "
                              "purpose-met\n period = 1 day\n then = delete\n"
                              " needs-status = no\n whichever-first = yes\n";
    EXH_CLEANUP(exh_freep) char *one = exh_format("%s%s", VERSION("1", "", "2 years", ""), cap);
    EXH_CLEANUP(exh_freep) char *two = exh_format("%s%s", VERSION("2", "", "1 year", ""), cap);
    const char *const bytes[] = { one, two };
    struct exh_policy made[2];

    (void)state;
    versions_of(made, bytes, 2);
    const struct exh_policy_version versions[] = { { &made[0], instant("2020-01-01T00:00:00Z") },
                                                   { &made[1], instant("2026-01-01T00:00:00Z") } };
    life.item = EXH_ITEM_STILL;
    fact(EXH_FACT_COLLECTED, "2025-12-01");
    fact(EXH_FACT_PURPOSE, "2026-02-01");
    decide_versions(versions, 2, "2026-03-01T00:00:00Z");
    is(EXH_DUE, "C");
    ends_at("2026-02-03T00:00:00Z");
    clear_versions(made, 2);
}

static void a_copy_that_began_to_be_let_go_before_is_kept_as_the_old_version_would(void **state)
{
    static const char cap[] = "[rule \"C\"]\n title = t\n legal = l\n sure = yes\n items = still\n trigger = purpose-met\n"
                              " period = %d days\n then = delete\n needs-status = no\n whichever-first = yes\n";
    EXH_CLEANUP(exh_freep) char *long_cap = exh_format("%s%s", VERSION("1", "", "10 days", ""), cap);
    EXH_CLEANUP(exh_freep) char *short_cap = exh_format("%s%s", VERSION("2", "", "9 days", ""), cap);
    char one[1000], two[1000];
    const char *const bytes[] = { one, two };
    struct exh_policy made[2];

    (void)state;
    snprintf(one, sizeof one, "%.*s60%s", (int)(strstr(long_cap, "%d") - long_cap), long_cap, strstr(long_cap, "%d") + 2);
    snprintf(two, sizeof two, "%.*s9%s", (int)(strstr(short_cap, "%d") - short_cap), short_cap, strstr(short_cap, "%d") + 2);
    versions_of(made, bytes, 2);
    const struct exh_policy_version versions[] = { { &made[0], instant("2020-01-01T00:00:00Z") },
                                                   { &made[1], instant("2026-01-10T00:00:00Z") } };
    life.item = EXH_ITEM_STILL;
    fact(EXH_FACT_COLLECTED, "2026-02-01");
    fact(EXH_FACT_PURPOSE, "2026-01-05");
    decide_versions(versions, 2, "2026-02-10T00:00:00Z");
    is(EXH_KEPT_UNTIL, "R1");
    ends_at("2026-02-12T00:00:00Z");
    fact(EXH_FACT_PURPOSE, "2026-01-10");
    decide_versions(versions, 2, "2026-02-10T00:00:00Z");
    is(EXH_DUE, "C");
    ends_at("2026-01-20T00:00:00Z");
    clear_versions(made, 2);
}

static void where_the_version_in_force_has_no_rule_nothing_is_known(void **state)
{
    static const char *const bytes[] = { VERSION("1", "", "90 days", ""), HEAD RULE " items = training\n" };
    struct exh_policy made[2];

    (void)state;
    versions_of(made, bytes, 2);
    const struct exh_policy_version versions[] = { { &made[0], instant("2020-01-01T00:00:00Z") },
                                                   { &made[1], instant("2026-01-10T00:00:00Z") } };
    fact(EXH_FACT_COLLECTED, "2021-01-01");
    decide_versions(versions, 2, "2026-02-10T00:00:00Z");
    assert_int_equal(decision.kind, EXH_KEPT_UNKNOWN);
    assert_int_equal(decision.unknown, EXH_UNKNOWN_NO_RULE);
    clear_versions(made, 2);
}

static void what_holds_from_the_beginning_began_with_the_collection(void **state)
{
    static const char *const bytes[] = {
        HEAD RULE_OF("W", " begins-with = always\n trigger = status published\n period = 1 day\n then = review"),
        VERSION("2", "", "31 days", "")
    };
    struct exh_policy made[2];

    (void)state;
    versions_of(made, bytes, 2);
    const struct exh_policy_version versions[] = { { &made[0], instant("2020-01-01T00:00:00Z") },
                                                   { &made[1], instant("2026-01-10T00:00:00Z") } };
    fact(EXH_FACT_COLLECTED, "2026-01-09");
    decide_versions(versions, 2, "2027-02-10T00:00:00Z");
    is(EXH_KEPT_UNTIL, "W");
    fact(EXH_FACT_COLLECTED, "2026-01-10");
    decide_versions(versions, 2, "2027-02-10T00:00:00Z");
    is(EXH_DUE, "R1");
    fact(EXH_FACT_COLLECTED, "");
    fact(EXH_FACT_READY, "2026-01-10");
    decide_versions(versions, 2, "2027-02-10T00:00:00Z");
    assert_int_equal(decision.unknown, EXH_UNKNOWN_NO_RULE);
    clear_versions(made, 2);
}

static void versions_out_of_order_or_none_in_force_are_refused(void **state)
{
    static const char *const bytes[] = { VERSION("1", "", "31 days", ""), VERSION("2", "", "90 days", "") };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE, other = EXH_ERROR_NONE;
    struct exh_policy made[2];

    (void)state;
    versions_of(made, bytes, 2);
    const struct exh_policy_version versions[] = { { &made[0], instant("2026-01-01T00:00:00Z") },
                                                   { &made[1], instant("2026-01-01T00:00:00Z") } };
    assert_false(exh_policy_decide_versions(versions, 2, &setting, &life, &decision, &err));
    says(err.text, "in force no later than version '1'");
    life.now = instant("2025-12-31T23:59:59Z");
    assert_false(exh_policy_decide_versions(versions, 1, &setting, &life, &decision, &other));
    assert_int_equal(other.kind, EXH_USAGE);
    says(other.text, "no policy is in force");
    clear_versions(made, 2);
}

static void two_policies_are_compared_for_one_life(void **state)
{
    static const char *const bytes[] = { VERSION("1", "", "90 days", ""), VERSION("2", "", "31 days", "") };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_comparison_clear) struct exh_comparison c = EXH_COMPARISON_NONE,
                          back = EXH_COMPARISON_NONE, same = EXH_COMPARISON_NONE;
    struct exh_policy made[2];

    (void)state;
    versions_of(made, bytes, 2);
    fact(EXH_FACT_COLLECTED, "2026-01-09");
    life.now = instant("2026-03-01T00:00:00Z");
    assert_true(exh_policy_compare(&made[0], &made[1], life.now, &setting, &life, &c, &err));
    assert_true(c.shortened && !c.lengthened);
    assert_int_equal(c.before.kind, EXH_KEPT_UNTIL);
    assert_int_equal(c.after.kind, EXH_DUE);
    assert_int_equal(c.forward.kind, EXH_KEPT_UNTIL);
    says(c.sentence, "shortened: before, kept until");
    assert_true(exh_policy_compare(&made[1], &made[0], life.now, &setting, &life, &back, &err));
    assert_true(back.lengthened && !back.shortened);
    assert_true(exh_policy_compare(&made[0], &made[0], life.now, &setting, &life, &same, &err));
    assert_true(!same.lengthened && !same.shortened);
    clear_versions(made, 2);
}

/* ---- lint ---- */

static struct exh_lint lint;

static bool found(enum exh_lint_kind kind, const char *rule, const char *part)
{
    for (size_t i = 0; i < lint.count; i++)
        if (lint.findings[i].kind == kind && strcmp(lint.findings[i].rule ? lint.findings[i].rule->id : "", rule) == 0
            && strstr(lint.findings[i].sentence, part))
            return true;
    return false;
}

static size_t count_of(enum exh_lint_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < lint.count; i++)
        count += lint.findings[i].kind == kind;
    return count;
}

static void lint_with(const struct exh_strings *vocabulary)
{
    exh_lint_clear(&lint);
    exh_policy_lint(&policy, vocabulary, &confirmed, &lint);
}

static void the_shipped_policy_holds_together(void **state)
{
    (void)state;
    lint_with(NULL);
    for (size_t i = 0; i < lint.count; i++)
        fail_msg("%s", lint.findings[i].sentence);
    exh_strings_clear(&confirmed);
    lint_with(NULL);
    assert_int_equal(count_of(EXH_LINT_UNCONFIRMED), lint.count);
    assert_true(found(EXH_LINT_UNCONFIRMED, "R14", "makes nothing due until"));
    assert_false(found(EXH_LINT_UNCONFIRMED, "R07", ""));
    assert_false(found(EXH_LINT_UNCONFIRMED, "R21", ""));
    exh_lint_clear(&lint);
}

static void statuses_and_the_vocabulary_are_held_against_each_other(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings vocabulary = EXH_STRINGS_NONE;

    (void)state;
    use(HEAD " statuses = pending\n" RULE_OF(
        "R1", " trigger = status convicted\n period = 1 day\n then = delete\n stops-with = status aquitted"));
    exh_strings_add(&vocabulary, "convicted");
    exh_strings_add(&vocabulary, "acquitted");
    exh_strings_add(&vocabulary, "pending");
    lint_with(&vocabulary);
    assert_int_equal(lint.count, 2);
    assert_true(found(EXH_LINT_STATUS_WITHOUT_RULE, "", "no rule names status 'acquitted'"));
    assert_true(found(EXH_LINT_STATUS_NOT_IN_VOCABULARY, "R1", "did you mean 'acquitted'?"));
    exh_lint_clear(&lint);
}

#define SHORT " trigger = status a\n period = 6 months\n then = review\n"

static void a_rule_that_never_decides_is_told(void **state)
{
    static const char *const longer[] = {
        " trigger = status a\n period = 7 months\n then = review\n",
        " trigger = status a\n period = 200 days\n then = review\n",
        " trigger = status a\n period = 1 year\n then = review\n",
        " trigger = status a, status b\n period = 6 months\n then = review\n",
        " trigger = status a\n period = no end\n",
        " trigger = status a\n period = 6 months\n then = review\n also-until = flag inquest not-open\n",
        " trigger = status a\n begins-with = collected\n period = 6 months\n then = review\n",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(longer); i++) {
        EXH_CLEANUP(exh_freep) char *bytes = exh_format("%s%s%s", HEAD, RULE_OF("S", SHORT), RULE_OF("L", ""));
        EXH_CLEANUP(exh_freep) char *whole = exh_format("%s%s", bytes, longer[i]);
        use(whole);
        lint_with(NULL);
        if (lint.count != 1 || !found(EXH_LINT_UNREACHABLE, "S", "rule S never decides: L matches"))
            fail_msg("%s", longer[i]);
    }
    exh_lint_clear(&lint);
}

static void a_rule_that_decides_sometimes_is_not_told(void **state)
{
    static const char *const other[] = {
        " trigger = status a\n period = 5 months\n then = review\n items = still\n",
        " trigger = status a\n period = 1 year\n then = review\n cases = dhr\n",
        " trigger = status a\n period = 1 year\n then = review\n custodian = council\n",
        " trigger = status b\n period = 1 year\n then = review\n",
        " trigger = status a and flag inquest ended\n period = 1 year\n then = review\n",
        " trigger = status a\n period = 181 days\n then = review\n items = master\n",
        " trigger = status a\n period = 1 year\n then = review\n stops-with = status b\n",
        " trigger = status a\n period = 1 year\n then = review\n counted-from = recorded\n",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(other); i++) {
        EXH_CLEANUP(exh_freep) char *bytes = exh_format("%s%s%s%s", HEAD, RULE_OF("S", SHORT), RULE_OF("L", ""), other[i]);
        use(bytes);
        lint_with(NULL);
        if (found(EXH_LINT_UNREACHABLE, "S", ""))
            fail_msg("%s", other[i]);
    }
    exh_lint_clear(&lint);
}

static void a_rule_that_waits_for_more_may_decide(void **state)
{
    (void)state;
    use(HEAD RULE_OF("S", " trigger = status a and status b\n period = 6 months\n then = review")
        RULE_OF("L", " trigger = status a\n period = 7 months\n then = review"));
    lint_with(NULL);
    assert_int_equal(count_of(EXH_LINT_UNREACHABLE), 0);
    exh_lint_clear(&lint);
}

/* Six months are 181 to 184 days: which is longer is not always the same. */
static void lengths_that_cross_are_not_told(void **state)
{
    (void)state;
    use(HEAD RULE_OF("S", SHORT) RULE_OF("L", " trigger = status a\n period = 182 days\n then = review"));
    lint_with(NULL);
    assert_int_equal(lint.count, 0);
    exh_lint_clear(&lint);
}

static void of_two_equal_rules_the_later_is_told(void **state)
{
    (void)state;
    use(HEAD RULE_OF("A", SHORT) RULE_OF("B", SHORT));
    lint_with(NULL);
    assert_int_equal(lint.count, 1);
    assert_true(found(EXH_LINT_UNREACHABLE, "B", "A matches wherever it does"));
    exh_lint_clear(&lint);
}

static void rules_that_begin_alike_and_end_otherwise_are_told(void **state)
{
    (void)state;
    use(HEAD RULE_OF("A", SHORT " cases = arrest, dhr\n")
            RULE_OF("B", " trigger = status a\n period = 1 day\n then = delete\n cases = dhr, other"));
    lint_with(NULL);
    assert_int_equal(lint.count, 1);
    assert_true(found(EXH_LINT_OVERLAP, "B", "rules A and B both begin with 'status a', and end in review and delete"));
    use(HEAD RULE_OF("A", SHORT " cases = arrest\n")
            RULE_OF("B", " trigger = status a\n period = 1 day\n then = delete\n cases = dhr, other"));
    lint_with(NULL);
    assert_int_equal(lint.count, 0);
    exh_lint_clear(&lint);
}

/* ---- the manual's example ---- */

/* The @number-th block of code in a document. */
static char *block_of(const char *document, int number)
{
    const char *at = document;

    for (int fence = 0; fence < 2 * number - 1; fence++) {
        at = strstr(at, "\n```");
        assert_non_null(at);
        at += 4;
    }
    at = strchr(at, '\n') + 1;
    return exh_strndup(at, (size_t)(strstr(at, "\n```") - at + 1));
}

static void take_line(char *line)
{
    char kind[16], first[40], second[40], third[40];
    int count = sscanf(line, "%15s %39s %39s until %39s", kind, first, second, third);

    if (strcmp(kind, "case") == 0)
        assert_true(exh_case_type_find(first, &life.case_type));
    else if (strcmp(kind, "item") == 0)
        assert_true(exh_item_kind_find(first, &life.item));
    else if (strcmp(kind, "status") == 0)
        status_until(exh_strdup(first), second, count == 4 ? third : "");
    else if (strcmp(kind, "now") == 0)
        life.now = instant(first);
    else
        fail_msg("the manual's example says '%s'", line);
}

static void the_manual_s_example_is_decided_as_it_says(void **state)
{
    EXH_CLEANUP(exh_freep) char *path = tree_path("docs/policies.md"), *document = exh_alloc(1 << 20);
    FILE *file = fopen(path, "r");
    char now[EXH_MOMENT_SIZE], *rest = NULL;

    (void)state;
    assert_non_null(file);
    assert_true(fread(document, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    EXH_CLEANUP(exh_freep) char *bytes = block_of(document, 1),
         *facts = block_of(document, 2), *answer = block_of(document, 3);
    use(bytes);
    for (char *line = strtok_r(facts, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        take_line(line);
    exh_moment_utc(life.now, now);
    decide(now);
    EXH_CLEANUP(exh_text_clear) struct exh_text said = EXH_TEXT_NONE;
    exh_text_printf(&said, "%s\n", decision.sentence);
    for (size_t i = 0; i < decision.match_count; i++)
        for (size_t j = 0; j < decision.matches[i].lines.count; j++)
            exh_text_printf(&said, "    %s\n", decision.matches[i].lines.at[j]);
    assert_string_equal(said.bytes, answer);
    for (size_t i = 0; i < life.status_count; i++)
        free((void *)(uintptr_t)statuses[i].word);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_that_is_no_policy_is_refused_with_place_and_remedy),
        TEST(sizes_are_bounded),
        TEST(a_policy_that_is_not_there_is_told),
        TEST(facts_that_cannot_be_meant_are_refused),
        TEST(the_digest_is_that_of_the_file_s_bytes),
        TEST(a_file_as_windows_saves_it_is_read_alike),
        TEST(lines_that_are_carried_on_are_no_headers),
        TEST(both_shipped_policies_are_read),
        TEST(the_largest_policy_is_judged_in_good_time),
        TEST(a_hold_beats_every_rule_and_tells_what_would_be),
        TEST(the_longest_of_the_rules_that_match_decides),
        TEST(a_status_that_the_policy_does_not_name_keeps_and_is_told),
        TEST(without_a_rule_or_a_status_it_is_kept),
        TEST(a_rule_that_is_not_sure_makes_nothing_due_until_it_is_confirmed),
        TEST(review_never_becomes_deletion_by_itself),
        TEST(of_one_day_the_later_entered_status_counts_as_later),
        TEST(what_lies_in_the_future_ends_nothing_yet),
        TEST(an_instant_counts_as_its_day_in_the_policy_s_zone),
        TEST(the_reckoning_stands_line_by_line),
        TEST(what_ends_after_2200_has_no_end),
        TEST(r01_r21_and_r23_inform_and_match_no_item),
        TEST(r02_a_clip_that_nobody_asked_for_is_reviewed_after_31_days),
        TEST(r03_what_nobody_collects_is_reviewed_after_31_days_with_reminders),
        TEST(r04_a_duplicate_goes_31_days_after_the_receipt),
        TEST(r05_keeps_until_a_decision_and_again_after_a_new_arrest),
        TEST(r06_keeps_until_acquittal_conviction_or_discontinuance),
        TEST(r07_is_reviewed_six_months_after_conviction),
        TEST(r08_keeps_until_release_and_at_least_six_months_from_conviction),
        TEST(r08_has_no_end_while_a_release_date_is_not_known),
        TEST(r08_ends_with_a_quashed_conviction),
        TEST(r09_keeps_while_an_appeal_is_open),
        TEST(r10_goes_after_31_days_and_is_looked_at_at_once),
        TEST(r11_is_reviewed_six_months_after_the_operational_period),
        TEST(r12_goes_six_months_and_31_days_after_the_offence),
        TEST(r12_a_fine_waits_for_payment_and_challenge),
        TEST(r13_a_council_s_own_prosecution_is_kept_six_years),
        TEST(r14_keeps_until_published_and_proceedings_are_not_open),
        TEST(r14_is_looked_at_every_six_months),
        TEST(what_has_no_end_is_looked_at_as_often_as_the_policy_says),
        TEST(r14_no_review_is_a_review_after_31_days_and_never_a_deletion),
        TEST(r14_and_the_criminal_rules_run_together),
        TEST(r15_waits_for_the_inquest_and_six_months),
        TEST(r16_keeps_six_years_only_where_a_claim_was_notified),
        TEST(r16_of_an_injury_keeps_three_years),
        TEST(r17_waits_for_the_answer_and_three_months),
        TEST(r18_waits_for_the_complaint_to_close_and_six_months),
        TEST(r19_a_copy_goes_with_the_master_or_31_days_after_its_purpose),
        TEST(r19_lets_go_of_a_copy_of_what_has_no_end_but_not_of_a_held_one),
        TEST(r22_training_exports_go_after_31_days_and_no_other_rule_is_for_them),
        TEST(r20_a_cases_record_goes_six_years_after_its_last_exhibit_and_no_other_rule_is_for_it),
        TEST(what_is_known_of_the_cases_end_says_nothing_of_an_exhibit),
        TEST(a_policy_without_a_zone_takes_the_store_s),
        TEST(without_a_status_a_rule_makes_nothing_due_unless_it_says_so),
        TEST(of_two_that_keep_equally_long_review_comes_before_deletion),
        TEST(an_outcome_can_begin_a_rule),
        TEST(what_a_flag_never_was_has_no_date_to_count_from),
        TEST(a_shortened_rule_binds_only_what_begins_after_the_change),
        TEST(a_lengthened_rule_binds_at_once),
        TEST(the_longest_of_all_versions_since_the_beginning_binds),
        TEST(a_copy_is_let_go_early_under_every_version_alike),
        TEST(a_copy_that_began_to_be_let_go_before_is_kept_as_the_old_version_would),
        TEST(where_the_version_in_force_has_no_rule_nothing_is_known),
        TEST(what_holds_from_the_beginning_began_with_the_collection),
        TEST(versions_out_of_order_or_none_in_force_are_refused),
        TEST(two_policies_are_compared_for_one_life),
        TEST(the_shipped_policy_holds_together),
        TEST(statuses_and_the_vocabulary_are_held_against_each_other),
        TEST(a_rule_that_never_decides_is_told),
        TEST(a_rule_that_decides_sometimes_is_not_told),
        TEST(a_rule_that_waits_for_more_may_decide),
        TEST(lengths_that_cross_are_not_told),
        TEST(of_two_equal_rules_the_later_is_told),
        TEST(rules_that_begin_alike_and_end_otherwise_are_told),
        TEST(the_manual_s_example_is_decided_as_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
