import fc from 'fast-check'

/** Texts that have broken other services: injections, controls, half characters, what looks like something else. */
export const evilTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u202e\u2066',
  'ﷺ'.repeat(50),
  '😀'.repeat(300),
  'Z͑ͫ̓̚͠',
  'null',
  'undefined',
  'NaN',
  'Infinity',
  '-0',
  '1e400',
  '0x10',
  '1_000',
  '٣',
  '１',
  '9'.repeat(19),
  '9'.repeat(25),
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775809',
  '2147483648',
  '99999999999999999999999999999999999',
  '0.1',
  'true',
  '[]',
  '{}',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '../../../../etc/passwd',
  '..%2f..%2f',
  '%00',
  '%',
  '%zz',
  '%c0%af',
  "' or 1=1 --",
  "'; drop table products; --",
  '"; select pg_sleep(10); --',
  '\\',
  "\\'; --",
  '$1',
  '%s%n%x',
  `\${7*7}{{7*7}}`,
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "=cmd|' /C calc'!A0",
  '@SUM(1+1)*cmd',
  '\r\nSet-Cookie: a=b',
  '\n{"level":60,"msg":"forged"}',
  '\u001b[31m',
  '2026-02-30',
  '0000-00-00',
  '2026-01-31T25:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  '-000001-01-01T00:00:00Z',
  '294277-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
]

export const evilNumbers: readonly unknown[] = [
  0,
  -0,
  -1,
  0.1,
  1e-320,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  2 ** 63,
  1e21,
  1.797e308,
]

/** Any text: the known ones, any characters, and long ones. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...evilTexts) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  // Half a surrogate pair among others.
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 }), { maxLength: 6 }).map(ofUnits) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 70_000 }).map((length) => 'x'.repeat(length)) },
)

/** Anything JSON can say, the unpleasant first. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: anyText },
  { weight: 3, arbitrary: fc.constantFrom(...evilNumbers) },
  { weight: 2, arbitrary: fc.constantFrom(null, true, false, [], {}, [[]], [null], { length: 3 }, [{}]) },
  { weight: 1, arbitrary: fc.array(anyText, { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.dictionary(anyText, anyText, { maxKeys: 4 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: 50, max: 3_000 }).map(nested) },
  { weight: 1, arbitrary: fc.integer({ min: 500, max: 4_000 }).map((length) => Array.from({ length }, (_, n) => n)) },
)

function ofUnits(units: readonly number[]): string {
  return String.fromCharCode(...units)
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}
