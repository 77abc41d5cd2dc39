/* cmd: what the commands about cases share. */
#ifndef EXHIBIT_CMD_CASE_H
#define EXHIBIT_CMD_CASE_H

#include "cmd.h"

/* A case, and the part of the register that it is in. */
struct known_case { const struct exh_casefile *casefile; const struct exh_case *one; };
/* EXH_USAGE: there is no such case. */
bool find_case(const struct session *session, const char *id, struct known_case *ret_case, struct exh_error *err) EXH_CHECK;
/* The case as an object of type "case". */
struct exh_json *case_json(const struct session *session, const struct known_case *known) EXH_CHECK;
/* Where it stands, as fields. */
void print_case_state(const struct session *session, const struct exh_case *one);
/* All of it, as fields. */
void print_case(const struct session *session, const struct known_case *known);
/* The same in the form asked for, after something was entered of it. */
bool print_changed_case(const struct session *session, const char *id, struct exh_error *err) EXH_CHECK;
/* Says that so many cases could not be looked into; the exit status then says so too. */
void tell_sealed(struct session *session, size_t count);
/* Today, where the store's people are. */
struct exh_date today_of(const struct session *session) EXH_CHECK;
/* The holds of a case, released ones too: as an array, and as fields. */
struct exh_json *holds_json(const struct session *session, const struct known_case *known) EXH_CHECK;
void print_holds(const struct session *session, const struct known_case *known);
/* True where the day of a review is past, of a hold that stands; and of any hold of a case. */
bool hold_is_overdue(const struct session *session, const struct exh_case *one, const struct exh_hold *hold) EXH_CHECK;
bool case_has_overdue_hold(const struct session *session, const struct known_case *known) EXH_CHECK;
/* True where the answer to a request for somebody's own data is late. */
bool case_is_late(const struct session *session, const struct exh_case *one) EXH_CHECK;

/* Takes the one operand of a command, a case; it must be there. */
error_t parse_case_id(int key, char *argument, struct argp_state *state, const char **id);
/* Reads an option's day; NULL leaves none. */
bool read_date(const char *option, const char *words, struct exh_date *ret_date, struct exh_error *err) EXH_CHECK;
/* A day as text, null for none. */
struct exh_json *date_json(struct exh_date date) EXH_CHECK;
/* "yes", "no", or NULL for no answer. EXH_USAGE. */
bool read_answer(const char *option, const char *words, enum exh_answer *ret_answer, struct exh_error *err) EXH_CHECK;

#endif
