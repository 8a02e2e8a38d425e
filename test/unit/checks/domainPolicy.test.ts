// checks: SPF, DKIM, DMARC, MTA-STS and TLS reporting of zones that BIND serves: whole runs, one line a case.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { createResolver } from '../../../src/checks/dns/resolver.ts';
import { judgeSpf } from '../../../src/checks/policy/spfEvaluation.ts';
import { isSkipped } from '../../peers/cache.ts';
import { getPythonAuthentication } from '../../peers/pythonAuthentication.ts';
import { contextOf } from './asserting.ts';
import { casesOf, describeCases, startNames } from './domainRun.ts';

const table = `
# SPF (RFC 7208)
SPF with an include                          | spf good.policy.test                         | pass spf-all, pass spf-look-ups, pass spf-record             | SPF refuses all other servers: it ends in "-all".
SPF in two strings                           | spf split.policy.test                        | pass spf-all, pass spf-look-ups, pass spf-record             | SPF refuses all other servers: it ends in "-all".
SPF of an alias                              | spf aliased.policy.test                      | pass spf-all, pass spf-look-ups, pass spf-record             | SPF refuses all other servers: it ends in "-all".
SPF of a wildcard                            | spf any.wild.policy.test                     | pass spf-all, pass spf-look-ups, pass spf-record             | SPF refuses all other servers: it ends in "-all".
SPF in capitals                              | spf capitals.policy.test                     | pass spf-all, pass spf-look-ups, pass spf-record             | SPF refuses all other servers: it ends in "-all".
two SPF records                              | spf two.policy.test                          | fail spf-multiple                                            | Failed: two SPF records (permerror).
no SPF                                       | spf bare.policy.test                         | warn spf-none                                                | A warning: no SPF record.
no domain to have SPF                        | spf gone.policy.test                         | skipped spf-none                                             | No SPF to look at: the domain does not exist.
SPF that cannot be looked up                 | spf broken.invalid                           | unknown spf-look-up                                          | Not known: SPF could not be looked up.
SPF of a silent server                       | spf good.policy.test at=silent limit=400     | unknown spf-look-up                                          | Not known: SPF could not be looked up.
SPF +all                                     | spf open.policy.test                         | pass spf-look-ups, pass spf-record, warn spf-all             | A warning: SPF lets every server send.
SPF ~all                                     | spf soft.policy.test                         | pass spf-all, pass spf-look-ups, pass spf-record             | SPF marks mail of all other servers: it ends in "~all": such mail is suspicious, but not refused for it.
SPF ?all                                     | spf neutral.policy.test                      | advice spf-all, pass spf-look-ups, pass spf-record           | SPF says nothing about other servers: it ends in "?all".
SPF without all                              | spf endless.policy.test                      | advice spf-all, pass spf-look-ups, pass spf-record           | SPF says nothing about other servers: it has no "all" at its end.
SPF of nothing but the version               | spf empty.policy.test                        | advice spf-all, pass spf-look-ups, pass spf-record           | SPF says nothing about other servers: it has no "all" at its end.
SPF that nobody may send with                | spf parked.policy.test                       | pass spf-all, pass spf-look-ups, pass spf-record             | SPF refuses all other servers: it ends in "-all".
SPF with terms behind all                    | spf late.policy.test                         | pass spf-all, pass spf-look-ups, pass spf-record, warn spf-after-all | A warning: Terms after "all" have no effect.
SPF for a sixteenth of the internet          | spf wide.policy.test                         | pass spf-all, pass spf-look-ups, pass spf-record, warn spf-wide | A warning: "ip4:10.0.0.0/4" lets in a large part of the internet.
SPF with ptr                                 | spf pointer.policy.test                      | advice spf-ptr, pass spf-all, pass spf-look-ups, pass spf-record | SPF refuses all other servers: it ends in "-all".
SPF of more than 450 octets                  | spf lengthy.policy.test                      | advice spf-long, pass spf-all, pass spf-look-ups, pass spf-record | SPF refuses all other servers: it ends in "-all".
SPF with a macro                             | spf macro.policy.test                        | pass spf-all, pass spf-look-ups, pass spf-record             | SPF refuses all other servers: it ends in "-all".
SPF beside Sender ID                         | spf leftover.policy.test                     | advice spf-sender-id, pass spf-all, pass spf-look-ups, pass spf-record | SPF refuses all other servers: it ends in "-all".
SPF beside other records                     | spf others.policy.test                       | pass spf-all, pass spf-look-ups, pass spf-record, warn spf-not-recognised | A warning: a record that looks like SPF, but is none.
SPF glued with a semicolon                   | spf glued.policy.test                        | fail spf-not-recognised                                      | Failed: a record that looks like SPF, but is none.
SPF in quotes                                | spf quoted.policy.test                       | fail spf-not-recognised                                      | Failed: a record that looks like SPF, but is none.
SPF with a mistyped term                     | spf mistyped.policy.test                     | fail spf-syntax | Failed: the SPF record is not well formed (permerror).
SPF with a control character                 | spf odd.policy.test                          | fail spf-syntax | Failed: the SPF record is not well formed (permerror).
SPF with a wrong macro                       | spf badmacro.policy.test                     | fail spf-syntax | Failed: the SPF record is not well formed (permerror).
SPF with a wrong address                     | spf badnetwork.policy.test                   | fail spf-syntax | Failed: the SPF record is not well formed (permerror).
SPF with a wrong prefix                      | spf badprefix.policy.test                    | fail spf-syntax | Failed: the SPF record is not well formed (permerror).
SPF with two redirects                       | spf twoends.policy.test                      | fail spf-syntax | Failed: the SPF record is not well formed (permerror).
SPF that includes itself                     | spf itself.policy.test                       | fail spf-loop | Failed: the SPF record includes itself (permerror).
SPF that includes itself through another     | spf round.policy.test                        | fail spf-loop | Failed: the SPF record includes itself (permerror).
SPF that includes what is not there          | spf includesnone.policy.test                 | fail spf-include-broken | Failed: gone.policy.test is included, but has no SPF record (permerror).
SPF that includes two records                | spf includestwo.policy.test                  | fail spf-include-broken | Failed: two.policy.test is included, but has several SPF records (permerror).
SPF that includes a wrong record             | spf includeswrong.policy.test                | fail spf-syntax | Failed: the included SPF record of mistyped.policy.test is not well formed (permerror).
SPF that includes what cannot be looked up   | spf down.policy.test                         | pass spf-all, pass spf-record, unknown spf-include-look-up   | Not known: broken.invalid could not be looked up.
SPF redirected                               | spf redirected.policy.test                   | pass spf-all, pass spf-look-ups, pass spf-record             | SPF marks mail of all other servers: it ends in "~all": such mail is suspicious, but not refused for it.
SPF redirected to nothing                    | spf redirectlost.policy.test                 | fail spf-include-broken                                      | Failed: gone.policy.test is included, but has no SPF record (permerror).
SPF with a redirect that all hides           | spf redirectidle.policy.test                 | advice spf-redirect-ignored, pass spf-all, pass spf-look-ups, pass spf-record | SPF marks mail of all other servers: it ends in "~all": such mail is suspicious, but not refused for it.
ten look-ups                                 | spf ten.policy.test                          | advice spf-look-ups, pass spf-all, pass spf-record           | SPF refuses all other servers: it ends in "-all".
eleven look-ups                              | spf costly.policy.test                       | fail spf-look-ups, pass spf-record | Failed: SPF needs 11 look-ups (permerror).
a tree of six look-ups                       | spf tree.policy.test                         | pass spf-all, pass spf-look-ups, pass spf-record             | SPF refuses all other servers: it ends in "-all".
a tree of fourteen look-ups                  | spf treeover.policy.test                     | fail spf-look-ups, pass spf-record | Failed: SPF needs 14 look-ups (permerror).
twelve includes in each other                | spf deep.policy.test                         | fail spf-look-ups, pass spf-record | Failed: SPF needs more than 12 look-ups (permerror).
two names that lead nowhere                  | spf twovoids.policy.test                     | advice spf-void-look-ups, pass spf-all, pass spf-look-ups, pass spf-record | SPF refuses all other servers: it ends in "-all".
three names that lead nowhere                | spf nowhere.policy.test                      | fail spf-void-look-ups, pass spf-look-ups, pass spf-record | Failed: 3 names in the SPF record lead nowhere (permerror).
mx of 25 hosts                               | spf crowded.policy.test                      | fail spf-mx-many, pass spf-look-ups, pass spf-record | Failed: "mx:many.test" leads to more than ten mail exchangers (permerror).

# SPF for a client address
pass                                         | spf good.policy.test ip=192.0.2.7            | pass spf-all, pass spf-evaluation, pass spf-look-ups, pass spf-record | Mail from 192.0.2.7 passes SPF because of "ip4:192.0.2.0/24" in the record of sender.policy.test.
pass in IPv6                                 | spf good.policy.test ip=2001:db8::7          | pass spf-all, pass spf-evaluation, pass spf-look-ups, pass spf-record | Mail from 2001:db8::7 passes SPF because of "ip6:2001:db8::/32" in the record of sender.policy.test.
pass by a macro                              | spf macro.policy.test ip=192.0.2.7           | pass spf-all, pass spf-evaluation, pass spf-look-ups, pass spf-record | Mail from 192.0.2.7 passes SPF:…
fail                                         | spf good.policy.test ip=203.0.113.7          | fail spf-evaluation, pass spf-all, pass spf-look-ups, pass spf-record | Mail from 203.0.113.7 fails SPF because of "-all" in the record of good.policy.test.
softfail                                     | spf sender.policy.test ip=203.0.113.7        | pass spf-all, pass spf-look-ups, pass spf-record, warn spf-evaluation | Mail from 203.0.113.7 is marked by SPF as suspicious (softfail) because of "~all" in the record of sender.policy.test.
neutral                                      | spf neutral.policy.test ip=203.0.113.7       | advice spf-all, info spf-evaluation, pass spf-look-ups, pass spf-record | Mail from 203.0.113.7 is neutral to SPF because of "?all" in the record of neutral.policy.test.
neutral without all                          | spf endless.policy.test ip=203.0.113.7       | advice spf-all, info spf-evaluation, pass spf-look-ups, pass spf-record | Mail from 203.0.113.7 is neutral to SPF:…
permerror of eleven look-ups                 | spf costly.policy.test ip=203.0.113.7        | fail spf-evaluation, fail spf-look-ups, pass spf-record | Mail from 203.0.113.7 makes receivers stop with a permanent error…
permerror of void look-ups                   | spf nowhere.policy.test ip=203.0.113.7       | fail spf-evaluation, fail spf-void-look-ups, pass spf-look-ups, pass spf-record | Mail from 203.0.113.7 makes receivers stop with a permanent error…
permerror of depth                           | spf deep.policy.test ip=192.0.2.7            | fail spf-evaluation, fail spf-look-ups, pass spf-record | Mail from 192.0.2.7 makes receivers stop with a permanent error…
temperror                                    | spf down.policy.test ip=203.0.113.7          | pass spf-all, pass spf-record, unknown spf-evaluation, unknown spf-include-look-up | Mail from 203.0.113.7 could not be judged: a look-up failed…

# DKIM (RFC 6376, 8301, 8463)
Ed25519 key                                  | dkim good.policy.test selector=ed25519       | pass dkim-record                                             | The DKIM key is well formed: Ed25519; some receivers know only RSA, so sign with both.
RSA key of 2048 bits in two strings          | dkim good.policy.test selector=rsa2048       | pass dkim-record                                             | The DKIM key is well formed: RSA, 2048 bits.
RSA key without its frame (PKCS #1)          | dkim good.policy.test selector=pkcs1         | pass dkim-record                                             | The DKIM key is well formed: RSA, 2048 bits.
RSA key of 1024 bits                         | dkim good.policy.test selector=rsa1024       | advice dkim-key-size                                         | The DKIM key has 1024 bits: 2048 are recommended.
RSA key of 512 bits                          | dkim good.policy.test selector=rsa512        | warn dkim-key-size                                           | A warning: the DKIM key has 512 bits.
key kept by another domain                   | dkim good.policy.test selector=hosted        | info dkim-alias, pass dkim-record                            | The DKIM key is well formed: Ed25519; some receivers know only RSA, so sign with both.
revoked key                                  | dkim good.policy.test selector=revoked       | info dkim-revoked                                            | The DKIM key is revoked: the record has an empty "p=".
key for tests                                | dkim good.policy.test selector=testing       | info dkim-testing, pass dkim-record                          | The DKIM key is well formed: Ed25519; some receivers know only RSA, so sign with both.
key for another service                      | dkim good.policy.test selector=service       | pass dkim-record, warn dkim-service                          | A warning: the DKIM key is not meant for mail.
key for SHA-1 only                           | dkim good.policy.test selector=sha1          | fail dkim-syntax                                             | Failed: the DKIM record cannot be used.
key of an unknown kind                       | dkim good.policy.test selector=elliptic      | fail dkim-syntax                                             | Failed: the DKIM record cannot be used.
key cut off                                  | dkim good.policy.test selector=broken        | fail dkim-syntax                                             | Failed: the DKIM record cannot be used.
version not first                            | dkim good.policy.test selector=version       | fail dkim-syntax                                             | Failed: the DKIM record cannot be used.
no key in the record                         | dkim good.policy.test selector=keyless       | fail dkim-syntax                                             | Failed: the DKIM record cannot be used.
two keys                                     | dkim good.policy.test selector=double        | fail dkim-multiple                                           | Failed: 2 records for one DKIM selector.
no record                                    | dkim good.policy.test selector=gone          | fail dkim-missing                                            | Failed: no DKIM key under the selector "gone".
a wildcard that is SPF                       | dkim wild.policy.test selector=any           | fail dkim-syntax                                             | Failed: the DKIM record cannot be used.
a zone that fails                            | dkim broken.invalid selector=k1              | unknown dkim-look-up                                         | Not known: the DKIM key could not be looked up.

# DMARC (RFC 9989)
reject, reports to a domain that takes them  | dmarc good.policy.test                       | pass dmarc-policy, pass dmarc-record, pass dmarc-reports     | DMARC has forged mail refused: the policy is "reject", for all names below too.
two DMARC records                            | dmarc two.policy.test                        | fail dmarc-multiple                                          | Failed: two DMARC records.
no DMARC                                     | dmarc bare.policy.test                       | warn dmarc-none                                              | A warning: no DMARC policy.
no domain to have DMARC                      | dmarc gone.policy.test                       | skipped dmarc-none                                           | No DMARC to look at: the domain does not exist.
p=none                                       | dmarc watching.policy.test                   | advice dmarc-policy, pass dmarc-record, pass dmarc-reports   | DMARC only watches: the policy is "none", for all names below too.
p=quarantine                                 | dmarc aside.policy.test                      | pass dmarc-policy, pass dmarc-record, pass dmarc-reports     | DMARC has forged mail put aside: the policy is "quarantine", for all names below too.
t=y                                          | dmarc trial.policy.test                      | advice dmarc-policy, pass dmarc-record, pass dmarc-reports   | DMARC is in test mode: the policy is "reject", for all names below too, but "t=y" asks receivers to apply the next weaker one.
sp=none                                      | dmarc weakbelow.policy.test                  | advice dmarc-subdomains, pass dmarc-policy, pass dmarc-record, pass dmarc-reports | DMARC has forged mail refused: the policy is "reject", "none" for subdomains.
np=quarantine                                | dmarc weakabsent.policy.test                 | advice dmarc-subdomains, pass dmarc-policy, pass dmarc-record, pass dmarc-reports | DMARC has forged mail refused: the policy is "reject", "quarantine" for names that do not exist.
pct, rf and ri, which are gone               | dmarc former.policy.test                     | advice dmarc-removed-tags, pass dmarc-policy, pass dmarc-record, pass dmarc-reports | DMARC has forged mail refused: the policy is "reject", for all names below too.
an unknown tag                               | dmarc unknown.policy.test                    | advice dmarc-unknown-tags, pass dmarc-policy, pass dmarc-record, pass dmarc-reports | DMARC has forged mail refused: the policy is "reject", for all names below too.
a wrong value                                | dmarc strict.policy.test                     | pass dmarc-policy, pass dmarc-record, pass dmarc-reports, warn dmarc-tag-values | A warning: Values that DMARC does not know.
a wrong policy                               | dmarc wrong.policy.test                      | fail dmarc-syntax, pass dmarc-reports                        | Failed: the DMARC record is not well formed.
no policy in the record                      | dmarc without.policy.test                    | fail dmarc-syntax, pass dmarc-reports                        | Failed: the DMARC record is not well formed.
a version in small letters                   | dmarc small.policy.test                      | fail dmarc-not-recognised                                    | Failed: a record that looks like DMARC, but is none.
SPF beside DMARC                             | dmarc mixed.policy.test                      | advice dmarc-unrelated, pass dmarc-policy, pass dmarc-record, pass dmarc-reports | DMARC has forged mail refused: the policy is "reject", for all names below too.
no report address                            | dmarc nowhere.policy.test                    | advice dmarc-reports, pass dmarc-policy, pass dmarc-record   | DMARC has forged mail refused: the policy is "reject", for all names below too.
a report address without mailto:             | dmarc address.policy.test                    | pass dmarc-policy, pass dmarc-record, warn dmarc-report-address | A warning: an address for DMARC reports is not well formed.
reports to a domain that does not say that it takes them | dmarc foreign.policy.test                    | pass dmarc-policy, pass dmarc-record, warn dmarc-report-authorisation | A warning: silent.policy.test does not say that it takes the DMARC reports.
reports to a domain that takes no mail           | dmarc deaf.policy.test                       | pass dmarc-policy, pass dmarc-record, warn dmarc-report-mail | A warning: deaf.policy.test cannot take the DMARC reports.
reports to a domain that cannot be looked up | dmarc downthere.policy.test                  | pass dmarc-policy, pass dmarc-record, unknown dmarc-report-authorisation | Not known: whether broken.invalid takes the DMARC reports.
DMARC by CNAME                               | dmarc hosted.policy.test                     | pass dmarc-policy, pass dmarc-record, warn dmarc-report-authorisation | A warning: aside.policy.test does not say that it takes the DMARC reports.
sp for names below                           | dmarc parent.policy.test                     | advice dmarc-subdomains, pass dmarc-policy, pass dmarc-record, pass dmarc-reports | DMARC has forged mail refused: the policy is "reject", "quarantine" for subdomains.
a name below, by the tree                    | dmarc below.parent.policy.test               | pass dmarc-policy, pass dmarc-record, pass dmarc-reports     | The policy for below.parent.policy.test is "quarantine", by "sp=" of parent.policy.test: forged mail is put aside.
psd=y                                        | dmarc suffix.policy.test                     | pass dmarc-policy, pass dmarc-record, pass dmarc-reports     | DMARC has forged mail refused: the policy is "reject", for all names below too.
a name below a public suffix, by the tree    | dmarc shop.suffix.policy.test                | pass dmarc-policy, pass dmarc-record, pass dmarc-reports     | The policy for shop.suffix.policy.test is "reject", by "p=" of suffix.policy.test: forged mail is refused.
ten labels, by the tree                      | dmarc a.b.c.d.e.f.g.top.policy.test          | pass dmarc-policy, pass dmarc-record, pass dmarc-reports     | The policy for a.b.c.d.e.f.g.top.policy.test is "quarantine", by "p=" of top.policy.test: forged mail is put aside.
DMARC of a zone that fails                   | dmarc broken.invalid                         | unknown dmarc-look-up                                        | Not known: the DMARC policy could not be looked up.
DMARC of a silent server                     | dmarc good.policy.test at=silent limit=400   | unknown dmarc-look-up                                        | Not known: the DMARC policy could not be looked up.

# MTA-STS (RFC 8461) and TLS reporting (RFC 8460)
no MTA-STS                                   | mtaSts bare.policy.test                      | advice tls-rpt-none, skipped mta-sts-none                    | No TLS reporting: senders have nowhere to report failed TLS to.
a policy host without address                | mtaSts nohost.policy.test                    | fail mta-sts-host, pass mta-sts-record, pass tls-rpt-record  | Failed: mta-sts.nohost.policy.test has no address.
a policy host that cannot be looked up       | mtaSts hostdown.policy.test                  | advice tls-rpt-none, pass mta-sts-record, unknown mta-sts-host | Not known: the policy host of MTA-STS could not be looked up.
a policy host that refuses                   | mtaSts absent.policy.test                    | advice tls-rpt-none, fail mta-sts-fetch, pass mta-sts-record | Failed: the MTA-STS policy could not be fetched.
two records each                             | mtaSts twice.policy.test                     | fail mta-sts-multiple, fail tls-rpt-multiple                 | Failed: 2 records for TLS reporting; 2 MTA-STS records.
records that are not well formed             | mtaSts noid.policy.test                      | fail mta-sts-syntax, fail tls-rpt-syntax                     | Failed: the record for TLS reporting is not well formed; the MTA-STS record is not well formed.
MTA-STS of a zone that fails                 | mtaSts broken.invalid                        | unknown mta-sts-look-up, unknown tls-rpt-look-up             | Not known: TLS reporting could not be looked up; MTA-STS could not be looked up.
`;

const names = await startNames();
const python = await getPythonAuthentication();
const { bind } = names;
after(() => names.stop());
describeCases(names, table);

const missing = [bind, python].find((partner) => isSkipped(partner));

describe('beside pyspf, which asks the same BIND', { skip: missing && isSkipped(missing) ? missing.skipped : false }, () => {
  const domains = [...new Set(casesOf(table).flatMap(({ question: { kind, subject } }) => (kind === 'spf' ? [subject] : [])))];
  const addresses = ['192.0.2.7', '198.51.100.7', '203.0.113.7', '2001:db8::7'];
  const questions = domains.flatMap((domain) => addresses.map((ip) => ({ ip, sender: `ann@${domain}`, helo: 'mail.good.policy.test' })));

  test(`SPF has the same result ${questions.length} times`, async () => {
    assert.ok(!isSkipped(bind) && !isSkipped(python));
    const theirs = await python.judgeSpf({ server: { address: bind.address, port: bind.port } }, questions);
    const world = contextOf(createResolver({ servers: [bind], timeout: 20_000, clock: systemClock, signal: new AbortController().signal }));
    const ours = await Promise.all(questions.map(async ({ ip, sender, helo }) => (await judgeSpf(ip, sender, helo, world)).result));
    const named = (results: readonly string[]) => questions.map(({ ip, sender }, index) => `${ip} ${sender}: ${results[index]}`);
    assert.deepEqual(named(ours), named(theirs));
  });
});
