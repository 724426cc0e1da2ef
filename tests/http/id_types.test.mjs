// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// People with other documents than the ID card, wherever an ID number comes in; and how names and
// numbers are typed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, startService } from './harness.mjs';
import { booking, catalogue, TODAY, TOMORROW, withQueue } from './catalogue.mjs';
import { checkCharacter, person, phone, young } from './person.mjs';
import { Floor } from './tickets.mjs';

const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();
const of = (digits) => digits + checkCharacter(digits);

/** One of each document: [id_type, name, number, the same person's number written in another way]. */
const DOCUMENTS = [
  ['id_card', '王\u{2ebf0}', of('41040219800101003'), null],
  ['hk_macao_taiwan_resident', '陈大文', of('81000019940823001'), null],
  ['hk_macao_taiwan_resident', '何东', of('82000019860312001'), null],
  ['hk_macao_taiwan_resident', '林志玲', of('83000019751107003'), null],
  ['foreign_resident', 'SMITH, JOHN F.', '911124198108030024', '９１１１２４１９８１０８０３００２４'],
  ['foreign_resident', '约翰·史密斯', 'CAN110081080310', 'can110081080310'],
  ['passport', "ANNE-MARIE O'BRIEN", 'E12345678', ' ｅ12345678-'],
  ['hk_macao_permit', '李嘉欣', 'H12345678', 'h1234567802'],
  ['hk_macao_permit', 'José Müller', 'MA1234567', 'ma1234567'],
  ['taiwan_permit', '蔡英', '01234567', '0123456702(B)'],
];

let phones = 7000;
const holder = ([id_type, name, id_number]) => ({
  name,
  id_type,
  id_number,
  phone: phone(phones++),
});
/** As the staff of the hall see him: an ID card goes without saying. */
const seen = ({ id_type, ...rest }) => (id_type === 'id_card' ? rest : { id_type, ...rest });

describe('a document of each type', () => {
  let service;
  let tokens;
  before(async () => {
    service = await startService({ catalogue: catalogue({ capacity: 100 }) });
    tokens = {
      gateway: await service.gateway(),
      clerk: await service.token('clerk', { city: '410400', hall: '410400-01' }),
    };
  });
  after(() => service?.stop());
  const book = (body, options) =>
    service.post('/v1/reservations', body, { token: tokens.gateway, ...options });
  const read = async (id, token) => (await service.get(`/v1/reservations/${id}`, { token })).body;

  for (const document of DOCUMENTS) {
    const [id_type, , id_number, again] = document;
    test(`${id_type} ${id_number} books, is seen by staff, masked, and cannot book twice`, async () => {
      const applicant = holder(document);
      const { status, body, text } = await book(booking(applicant));
      assert.equal(status, 201, text);
      assert.deepEqual((await read(body.id, tokens.clerk)).applicant, seen(applicant));
      assert.equal(body.applicant.id_type, seen(applicant).id_type);
      assert.match(body.applicant.id_number, /^[0-9A-Z]{1,3}\*+[0-9A-Z]{1,4}$/);
      assert.equal(body.applicant.id_number.length, id_number.length);
      const twice = await book(
        booking({ ...applicant, id_number: again ?? id_number.toLowerCase() }, { start: '11:00' }),
      );
      assert.equal(assertProblem(twice, 409, 'already-reserved').reservation, body.id);
    });
  }

  test('the same characters on two documents are two people', async () => {
    const one = holder(['passport', 'JANE DOE', '76543210']);
    const other = holder(['taiwan_permit', '杜珍', '76543210']);
    assert.equal((await book(booking(one))).status, 201);
    assert.equal((await book(booking(other))).status, 201);
  });

  test('a residence permit given as an ID card is the same person', async () => {
    const permit = holder(['hk_macao_taiwan_resident', '陈小文', of('81000019940823007')]);
    const first = await book(booking(permit));
    assert.equal(first.status, 201, first.text);
    const { id_type, ...card } = permit;
    assert.equal(id_type, 'hk_macao_taiwan_resident');
    const refused = await book(booking(card, { start: '11:00' }));
    assert.equal(assertProblem(refused, 409, 'already-reserved').reservation, first.body.id);
  });

  test('agents and parties have them too', async () => {
    const agent = holder(['passport', 'AGENT SMITH', 'AG1234567']);
    const party = [
      holder(['hk_macao_permit', '黄大', 'H7654321000']),
      holder(['foreign_resident', 'LI WEI', of('91112419900102001')]),
    ];
    const { status, body, text } = await book(booking(person(3), { agent, party }));
    assert.equal(status, 201, text);
    const whole = await read(body.id, tokens.clerk);
    assert.deepEqual([whole.applicant, whole.agent], [person(3), agent]);
    for (const [n, one] of body.party.entries())
      assert.deepEqual((await read(one.id, tokens.clerk)).applicant, party[n]);
    const renewed = { ...party[0], id_number: 'H7654321001' };
    const faults = await book(booking(person(4), { party: [party[0], renewed] }));
    assertProblem(faults, 400, 'invalid-request');
    assert.deepEqual(pointers(faults), ['/party/1/id_number']);
    const self = await book(booking(party[0], { agent: renewed }));
    assert.deepEqual(pointers(self), ['/agent']);
  });

  test('waitlists have them too', async () => {
    const applicant = holder(['passport', 'WAI TING', 'W1234567']);
    const { status, body, text } = await service.post(
      '/v1/waitlist',
      { hall: '410400-01', service: 'card', date: TOMORROW, starts: ['09:00'], applicant },
      { token: tokens.gateway },
    );
    assert.equal(status, 201, text);
    const { body: entry } = await service.get(`/v1/waitlist/${body.id}`, { token: tokens.clerk });
    const kept = entry.reservation ? entry.reservation.applicant : entry.applicant;
    assert.deepEqual(kept, applicant);
  });

  test('one Idempotency-Key, one document', async () => {
    const key = { headers: { 'Idempotency-Key': 'type-1' } };
    const applicant = holder(['passport', 'IDA POTENT', '70000001']);
    const first = await book(booking(applicant), key);
    assert.equal(first.status, 201, first.text);
    const again = await book(booking({ ...applicant, id_number: '７0000001 ' }), key);
    assert.deepEqual([again.status, again.body], [201, first.body]);
    const other = await book(booking({ ...applicant, id_type: 'taiwan_permit' }), key);
    assertProblem(other, 422, 'idempotency-mismatch');
  });

  test('one dot or another is one name', async () => {
    const key = { headers: { 'Idempotency-Key': 'dot-1' } };
    const applicant = { ...person(20), name: '买买提·艾力' };
    const first = await book(booking(applicant), key);
    assert.equal(first.status, 201, first.text);
    for (const dot of '•・．‧') {
      const again = await book(booking({ ...applicant, name: `买买提${dot}艾力` }), key);
      assert.deepEqual([again.status, again.body], [201, first.body], dot);
    }
    assert.equal((await read(first.body.id, tokens.clerk)).applicant.name, applicant.name);
  });

  test('the age of priority people comes from a number that tells it, else it is believed', async () => {
    const elderly = (document) => book(booking(holder(document), { priority: 'elderly' }));
    assert.deepEqual(
      pointers(await elderly(['foreign_resident', 'YOUNG ONE', of('91112419900102003')])),
      ['/priority'],
    );
    assert.equal(
      (await elderly(['foreign_resident', 'OLD ONE', of('91112419500102003')])).status,
      201,
    );
    assert.equal((await elderly(['passport', 'SOME ONE', 'P7654321'])).status, 201);
  });

  /** Each fault is named where it is. */
  const faults = [
    [{ id_type: 'driving_licence' }, ['/applicant/id_type']],
    [{ id_type: 1 }, ['/applicant/id_type']],
    [{ id_type: null }, ['/applicant/id_type']],
    [{ id_type: 'ID_CARD' }, ['/applicant/id_type']],
    [{ id_type: 'passport' }, ['/applicant/id_number']],
    [{ id_type: 'passport', id_number: 'E1' }, ['/applicant/id_number']],
    [{ id_type: 'passport', id_number: 'E1234567890' }, ['/applicant/id_number']],
    [{ id_type: 'hk_macao_permit', id_number: 'H1234567' }, ['/applicant/id_number']],
    [{ id_type: 'hk_macao_permit', id_number: 'X12345678' }, ['/applicant/id_number']],
    [{ id_type: 'taiwan_permit', id_number: '012345678' }, ['/applicant/id_number']],
    [{ id_type: 'foreign_resident', id_number: '911124198108030025' }, ['/applicant/id_number']],
    [{ id_type: 'foreign_resident', id_number: 'CA1110081080310' }, ['/applicant/id_number']],
    [{ id_type: 'hk_macao_taiwan_resident' }, ['/applicant/id_number']],
    [{ id_number: '911124198108030024' }, ['/applicant/id_number']],
    [{ id_number: 'E12345678' }, ['/applicant/id_number']],
    [{ name: 'JOHN SMITH' }, ['/applicant/name']],
    [
      { id_type: 'hk_macao_taiwan_resident', name: 'JOHN SMITH', id_number: '810000199408230021' },
      ['/applicant/name'],
    ],
    [{ id_type: 'passport', id_number: 'E7654321', name: 'JOHN 史密斯' }, ['/applicant/name']],
    [{ id_type: 'passport', id_number: 'E7654321', name: '7 OF 9' }, ['/applicant/name']],
  ];
  for (const [wrong, where] of faults)
    test(`a fault is named: ${JSON.stringify(wrong)}`, async () => {
      const answer = await book(booking({ ...person(30), ...wrong }));
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), where);
      assert.ok(answer.body.errors[0].detail.length > 5);
    });

  test('a fault tells the document’s rule in both languages', async () => {
    const wrong = booking({ ...person(31), id_type: 'hk_macao_permit', id_number: 'X1' });
    assert.match((await book(wrong)).body.errors[0].detail, /H 或 M 加 8 位数字/);
    const english = await book(wrong, { language: 'en' });
    assert.match(english.body.errors[0].detail, /H or M and 8 digits/);
  });
});

describe('in the hall', () => {
  let service;
  let floor;
  before(async () => {
    service = await startService({
      catalogue: withQueue(catalogue({ capacity: 10 }), 'A', { walk_ins_per_slot: 100 }),
    });
    floor = await Floor.open(service);
  });
  after(() => service?.stop());
  const bookToday = async (document) => {
    const body = booking(holder(document), { date: TODAY, start: '11:00' });
    const answer = await service.post('/v1/reservations', body, { token: floor.tokens.gateway });
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  };

  test('who booked is found by his document, and by no other with its number', async () => {
    await bookToday(['passport', 'EARLY BIRD', '55555555']);
    const miss = await floor.show({ id_type: 'taiwan_permit', id_number: '55555555' });
    assertProblem(miss, 404, 'not-found');
    const found = await floor.show({ id_type: 'passport', id_number: '55555555' });
    assertProblem(found, 409, 'too-early');
    await bookToday(['taiwan_permit', '早起', '66666666']);
    const renewed = await floor.show({ id_type: 'taiwan_permit', id_number: '6666666603（A）' });
    assertProblem(renewed, 409, 'too-early');
  });

  test('faults of a check-in are named', async () => {
    const of = async (body) => pointers(await floor.show(body));
    assert.deepEqual(await of({ id_type: 'passport', id_number: 'X' }), ['/id_number']);
    assert.deepEqual(await of({ id_type: 'pass', id_number: 'E12345678' }), ['/id_type']);
    assert.deepEqual(await of({ id_type: 'passport', code: 'A-1-K7Q9X2' }), ['/id_type']);
    assert.deepEqual(await of({ id_type: 'passport' }), ['']);
  });

  test('walk-ins have them too', async () => {
    for (const document of DOCUMENTS) await floor.walkIn({ applicant: holder(document) });
    const old = holder(['foreign_resident', 'OLD ONE', of('91112419500102003')]);
    assert.equal((await floor.walkIn({ applicant: old })).priority, 'elderly');
    const unknown = holder(['passport', 'SOME ONE', 'P7654321']);
    assert.equal((await floor.walkIn({ applicant: unknown })).priority, 'normal');
    const wrong = { ...young(9), id_type: 'passport' };
    assert.deepEqual(pointers(await floor.issue({ applicant: wrong })), ['/applicant/id_number']);
  });
});

test('health codes are of a document', async (t) => {
  const service = await startService({
    catalogue: catalogue({ eligibility: { mode: 'required', on_unknown: 'refuse' } }),
  });
  t.after(() => service.stop());
  const token = await service.gateway();
  const authority = await service.token('health_authority', { city: '410400' });
  const push = (codes) => service.post('/v1/health-codes', { codes }, { token: authority });
  const book = (applicant) => service.post('/v1/reservations', booking(applicant), { token });
  const codes = [
    { id_type: 'passport', id_number: 'e12345678', code: 'green' },
    { id_type: 'hk_macao_permit', id_number: 'H1234567801', code: 'green' },
    { id_number: person(1).id_number, code: 'green' },
    { id_type: 'taiwan_permit', id_number: '01234567', code: 'red' },
  ];
  assert.deepEqual((await push(codes)).body, { accepted: 4 });
  assert.equal((await book(holder(['passport', 'GREEN ONE', 'E12345678']))).status, 201);
  assert.equal((await book(holder(['hk_macao_permit', '绿码', 'H12345678']))).status, 201);
  assert.equal((await book(person(1))).status, 201);
  const red = await book(holder(['taiwan_permit', '红码', '0123456701']));
  assert.equal(assertProblem(red, 403, 'health-code-not-green').code, 'red');
  const other = await book(holder(['passport', 'NOT KNOWN', '01234567']));
  assert.equal(assertProblem(other, 403, 'health-code-not-green').code, 'unknown');
  const wrong = await push([
    { id_type: 'passport', id_number: 'x', code: 'green' },
    { id_type: 'x', id_number: 'E12345678', code: 'green' },
  ]);
  assert.deepEqual(pointers(wrong), ['/codes/0/id_number', '/codes/1/id_type']);
});
