// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Synthetic people by index: valid in form, born before 2000, of a division that exists.

const surnames = [...'赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜'];
const given = [...'翀焱淼垚喆赟骉麤燚鑫犇羴猋贠堃珺甯怡'];
const YOUNG_FROM = 8000 * 999; // 999 people a day of birth
const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** The check character of the first 17 digits (GB 11643, ISO 7064 MOD 11-2). */
export function checkCharacter(digits) {
  const sum = weights.reduce((total, weight, n) => total + weight * Number(digits[n]), 0);
  return '10X98765432'[sum % 11];
}

export function idNumber(index) {
  const day = new Date(Date.UTC(1960, 0, 1) + Math.floor(index / 999) * 86_400_000);
  const birth = day.toISOString().slice(0, 10).replaceAll('-', '');
  const digits = `410402${birth}${String((index % 999) + 1).padStart(3, '0')}`;
  return digits + checkCharacter(digits);
}

export function name(index) {
  const first = given[Math.floor(index / surnames.length) % given.length];
  const second = given[Math.floor(index / surnames.length / given.length) % given.length];
  return surnames[index % surnames.length] + first + second;
}

export const phone = (index) => `138${String(50_000_000 + index).padStart(8, '0')}`;

/** The applicant of a reservation. */
export function person(index) {
  return { name: name(index), id_number: idNumber(index), phone: phone(index) };
}

/** The same for somebody who is not 60 yet; the others are. */
export const young = (index) => person(YOUNG_FROM + index);

/** The same person as those who may not see all of them are shown. */
export function masked({ name: full, id_number, phone: number }) {
  return {
    name: full[0] + '*'.repeat([...full].length - 1),
    id_number: `${id_number.slice(0, 3)}***********${id_number.slice(-4)}`,
    phone: `${number.slice(0, 3)}****${number.slice(-4)}`,
  };
}
