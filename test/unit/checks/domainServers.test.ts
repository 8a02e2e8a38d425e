// checks: whole checks of domains whose servers are there: from the name through MX, SMTP, TLS and MTA-STS to the verdict, one line a case. What a
// domain check would ask on port 25 it asks on the port of this lab.
import { after } from 'node:test';
import { readRig, startRigs } from './domainRigs.ts';
import { casesOf, describeCases, startNames } from './domainRun.ts';

const table = `
# servers
one sound host                               | domain sound.rigs.test hosts=sound                             | info spf-mx-hosts, pass certificate, pass connect, pass mx, pass postmaster, pass spf-record, pass tls-handshake, pass vrfy | Nothing is wrong: …
two sound hosts                              | domain both.rigs.test hosts=sound,sound                        | 2x pass certificate, 2x pass connect, pass mx, 2x pass postmaster | Nothing is wrong: …
a host with IPv6 only                        | domain six.rigs.test hosts=six                                 | pass address, pass connect, pass mx, pass ptr, pass tls-handshake, warn ptr-greeting | It works, with a warning: the server calls itself by another name than its address has.
no MX: the domain's own address takes it     | domain implicit.rigs.test hosts=sound mx=none                  | advice mx-implicit, pass connect, pass postmaster            | Nothing is wrong: …
no MX, and its own address is shut           | domain ownshut.rigs.test hosts=shut mx=none                    | advice mx-implicit, fail connect-refused, skipped checks-skipped | Failed: 127.…
the second host is not there                 | domain half.rigs.test hosts=sound,gone                         | warn mx-dangling                                             | It works, with a warning: MX host mx2-half.rigs.test does not exist.
no host is there                             | domain gone.rigs.test hosts=gone                               | fail mx-dangling, skipped servers-none                       | Failed: MX host mx-gone.rigs.test does not exist.
every host refuses connections               | domain shut.rigs.test hosts=shut,shut                          | 2x fail connect-refused, 2x skipped checks-skipped | Failed: 127.…
one host refuses connections                 | domain oneshut.rigs.test hosts=sound,shut                      | fail connect-refused                                         | Mail for oneshut.rigs.test is accepted at mx-oneshut.rigs.test. Failed: 127.…
a host that never greets                     | domain silent.rigs.test hosts=silent limit=2500                | skipped checks-skipped, unknown greeting | Not known: the server did not greet.
a host that greets and never answers         | domain hushed.rigs.test hosts=hushed limit=2500                | skipped checks-skipped, unknown ehlo | Not known: EHLO was not answered.
a host that hangs up                         | domain dropping.rigs.test hosts=dropping                       | skipped checks-skipped, unknown greeting | Not known: the server did not greet.
a host that is busy                          | domain busy.rigs.test hosts=busy                               | skipped checks-skipped, unknown greeting | Not known: the server does not talk to us now.
a host that does not want us                 | domain unwelcoming.rigs.test hosts=unwelcoming                 | fail greeting, skipped checks-skipped | Failed: the server refuses to talk to us.
a host that puts off (greylisting)           | domain putoff.rigs.test hosts=putoff                           | 2x skipped checks-skipped, unknown put-off, warn starttls | A warning: STARTTLS is not offered. Not known: Greylisted: try again in some minutes.
no STARTTLS                                  | domain noplan.rigs.test hosts=plain                            | skipped checks-skipped, warn starttls                           | It works, with a warning: STARTTLS is not offered.
STARTTLS that leads to no handshake          | domain garbled.rigs.test hosts=garbled                         | skipped checks-skipped, warn tls-handshake                      | A warning: the TLS handshake fails.
an expired certificate without any policy    | domain opportunistic.rigs.test hosts=expired                   | warn certificate-dates                                       | It works, with a warning: the certificate has expired.
a certificate for another without any policy | domain another.rigs.test hosts=misnamed                        |                                                              | Nothing is wrong: …
null MX: no server is asked                  | domain nullmx.test                                             | advice parked, info mx-null, skipped servers-none, warn dmarc-none, warn spf-none | nullmx.test takes no mail, and says so. 2 warnings: no SPF record; no DMARC policy.

# MTA-STS
enforced, and everything is right            | domain enforced.rigs.test hosts=sound sts=enforce              | pass mta-sts-mode, pass mta-sts-mx, pass mta-sts-record, pass mta-sts-tls | Nothing is wrong: …
enforced by a wildcard                       | domain wide.rigs.test hosts=sound sts=wildcard                 | pass mta-sts-mode, pass mta-sts-mx, pass mta-sts-record, pass mta-sts-tls | Nothing is wrong: …
enforced, an MX is not in it                 | domain mismatched.rigs.test hosts=sound sts=others             | fail mta-sts-mx, pass mta-sts-mode, pass mta-sts-record, pass mta-sts-tls | Mail for mismatched.rigs.test is accepted. Failed: an MX is not in the MTA-STS policy.
enforced, no STARTTLS                        | domain plain.rigs.test hosts=plain sts=enforce                 | fail mta-sts-tls, pass mta-sts-mode, pass mta-sts-mx, pass mta-sts-record, skipped checks-skipped, warn starttls | Mail for plain.rigs.test is accepted. Failed: TLS is not as MTA-STS wants it.
enforced, an expired certificate             | domain renamed.rigs.test hosts=expired sts=enforce             | fail mta-sts-tls, pass mta-sts-mode, pass mta-sts-mx, pass mta-sts-record, warn certificate-dates | Mail for renamed.rigs.test is accepted. Failed: TLS is not as MTA-STS wants it.
testing, no STARTTLS                         | domain testing.rigs.test hosts=plain sts=testing               | pass mta-sts-mx, pass mta-sts-record, skipped checks-skipped, warn mta-sts-mode, warn mta-sts-tls, warn starttls | It works, with 3 warnings: STARTTLS is not offered; MTA-STS is in test mode; and 1 more.
switched off                                 | domain off.rigs.test hosts=plain sts=none                      | info mta-sts-mode, pass mta-sts-record, skipped checks-skipped, warn starttls | It works, with a warning: STARTTLS is not offered.
kept for an hour                             | domain short.rigs.test hosts=sound sts=short                   | advice mta-sts-max-age, pass mta-sts-mode, pass mta-sts-mx, pass mta-sts-record, pass mta-sts-tls | Nothing is wrong: …
the policy is not there                      | domain missing.rigs.test hosts=sound sts=missing               | fail mta-sts-fetch, pass mta-sts-record                      | Mail for missing.rigs.test is accepted. Failed: the MTA-STS policy is not there.
the policy has moved                         | domain moved.rigs.test hosts=sound sts=moved                   | fail mta-sts-fetch, pass mta-sts-record                      | Mail for moved.rigs.test is accepted. Failed: the MTA-STS policy is not there.
a page in place of the policy                | domain page.rigs.test hosts=sound sts=page                     | fail mta-sts-policy, pass mta-sts-record                     | Mail for page.rigs.test is accepted. Failed: the MTA-STS policy is not well formed.
a policy host with an expired certificate    | domain expired.rigs.test hosts=sound sts=expired               | fail mta-sts-fetch, pass mta-sts-record                      | Mail for expired.rigs.test is accepted. Failed: the MTA-STS policy could not be fetched.
a policy host with a certificate for another | domain misnamed.rigs.test hosts=sound sts=misnamed             | fail mta-sts-fetch, pass mta-sts-record                      | Mail for misnamed.rigs.test is accepted. Failed: the MTA-STS policy could not be fetched.

# DANE
TLSA of the key                              | domain dane.signed.invalid hosts=sound tlsa=right at=unbound   | info dnssec, pass dane                                       | Nothing is wrong: …
TLSA of the authority                        | domain anchor.signed.invalid hosts=sound tlsa=anchor at=unbound | info dnssec, pass dane                                       | Nothing is wrong: …
TLSA in a change of keys                     | domain rollover.signed.invalid hosts=sound tlsa=rollover at=unbound | info dnssec, pass dane                                       | Nothing is wrong: …
TLSA of another key                          | domain wrong.signed.invalid hosts=sound tlsa=wrong at=unbound  | fail dane, info dnssec                                       | Mail for wrong.signed.invalid is accepted. Failed: the certificate is not the one that DANE names.
TLSA of the key, expired certificate         | domain lapsed.signed.invalid hosts=expired tlsa=right at=unbound | info dnssec, pass dane, warn certificate-dates               | It works, with a warning: the certificate has expired.
TLSA, and a second host that is shut         | domain second.signed.invalid hosts=sound,shut tlsa=right at=unbound | fail connect-refused, info dnssec, pass dane, skipped dane   | Mail for second.signed.invalid is accepted at mx-second.signed.invalid. Failed: 127.…
TLSA of a use that is not for mail           | domain pkix.signed.invalid hosts=sound tlsa=pkix at=unbound    | info dnssec, warn dane-unusable                              | It works, with a warning: no TLSA record is of use for mail.
TLSA cut off                                 | domain cut.signed.invalid hosts=sound tlsa=short at=unbound    | info dnssec, warn dane-unusable                              | It works, with a warning: no TLSA record is of use for mail.
TLSA, and no STARTTLS                        | domain nostarttls.signed.invalid hosts=plain tlsa=right at=unbound | fail dane, info dnssec, skipped checks-skipped, warn starttls   | Mail for nostarttls.signed.invalid is accepted. Failed: DANE names a certificate, and the server has no TLS.
TLSA without DNSSEC                          | domain unsigned.rigs.test hosts=sound tlsa=right at=unbound    | unknown dane-dnssec                                          | Not known: whether DANE holds.
TLSA with wrong signatures                   | domain dane.bogus.invalid at=unbound                           | fail dnssec-bogus, skipped servers-none, unknown bimi-look-up, unknown client-settings-look-up, unknown dmarc-look-up, unknown mta-sts-look-up, unknown mx-look-up, unknown spf-look-up, unknown tls-rpt-look-up | Failed: the signatures of the domain are wrong.

# domains that take no mail
parked in every way                          | domain parked.policy.test                                      | info mx-null, pass parked, skipped servers-none | parked.policy.test takes no mail, and says so.
parked without DMARC                         | domain halfparked.policy.test                                  | advice parked, info mx-null, skipped servers-none, warn dmarc-none | halfparked.policy.test takes no mail, and says so. A warning: no DMARC policy.
a logo                                       | domain logo.policy.test                                        | info bimi-record, info mx-null, pass parked, skipped servers-none | logo.policy.test takes no mail, and says so.
a logo that DMARC does not let show          | domain logoweak.policy.test                                    | advice bimi-dmarc, advice parked, info bimi-record, info mx-null, skipped servers-none | logoweak.policy.test takes no mail, and says so.
a logo that is no SVG                        | domain logowrong.policy.test                                   | info mx-null, pass parked, skipped servers-none, warn bimi-syntax | logowrong.policy.test takes no mail, and says so. A warning: the BIMI record cannot be used.
no logo wanted                               | domain logoless.policy.test                                    | info bimi-declined, info mx-null, pass parked, skipped servers-none | logoless.policy.test takes no mail, and says so.
two logos                                    | domain logotwice.policy.test                                   | info mx-null, pass parked, skipped servers-none, warn bimi-syntax | logotwice.policy.test takes no mail, and says so. A warning: the BIMI record cannot be used.
no such domain                               | domain not-there.test                                          | fail domain-missing, skipped servers-none                    | Failed: there is no domain not-there.test.
neither MX nor address                       | domain nodata.test                                             | fail mx-missing, skipped servers-none, warn dmarc-none, warn spf-none | Failed: nodata.test cannot receive mail.
a zone that fails                            | domain broken.invalid                                          | skipped servers-none, unknown bimi-look-up, unknown client-settings-look-up, unknown dmarc-look-up, unknown mta-sts-look-up, unknown mx-look-up, unknown spf-look-up, unknown tls-rpt-look-up | Not known: 7 checks have no answer, all for one reason: the server failed (SERVFAIL), asked of 127.…
`;

const rigs = await startRigs(
  casesOf(table)
    .filter(({ words }) => words['hosts'] !== undefined)
    .map(({ question, words }) => readRig(question.subject, words)),
);
const names = await startNames({ plain: { 'rigs.test': rigs.plain }, signed: rigs.signed });

after(() => Promise.all([names.stop(), rigs.stop()]));

describeCases(names, table, { labPort: rigs.port, skip: ({ question }) => rigs.missing.get(question.subject.split('.')[0] ?? '') });
