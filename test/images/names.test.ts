import fc from 'fast-check'
import t from 'tap'
import { fileNameFor, parseFileName } from '../../src/images/names.ts'

t.test('the name is the item id and what is safe of the image name', async (t) => {
  t.equal(fileNameFor('12', 'Photo of TSH-1 (new).JPEG', 'png'), 'item_12_Photo-of-TSH-1-new.png')
  t.equal(fileNameFor('12', 'front_view.jpg', 'jpg'), 'item_12_front_view.jpg')
  t.equal(fileNameFor('12', 'café.jpg', 'jpg'), 'item_12_cafe.jpg')
  t.equal(fileNameFor('12', null, 'gif'), 'item_12_image.gif')
})

t.test('a name in Arabic gives a stable name of its own', async (t) => {
  const name = fileNameFor('12', 'صورة.jpg', 'jpg')
  t.match(name, /^item_12_[0-9a-f]{12}\.jpg$/)
  t.equal(fileNameFor('12', 'صورة.jpg', 'jpg'), name)
  t.not(fileNameFor('12', 'شاشة.jpg', 'jpg'), name)
})

t.test('no image name leads out of the folder', async (t) => {
  for (const name of [
    '../../etc/passwd',
    '..\\..\\boot.ini',
    '/etc/shadow',
    'a\0b.png',
    '.htaccess',
    '%2e%2e%2f',
    '..',
    '.',
  ]) {
    t.match(fileNameFor('1', name, 'jpg'), /^item_1_[A-Za-z0-9_-]+\.jpg$/, name)
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      const made = fileNameFor('1', name, 'jpg')
      return made.length <= 100 && parseFileName(made)?.itemId === '1'
    }),
  )
})

t.test('an id that is not digits makes no name', async (t) => {
  for (const id of ['../1', '', '1/2', '1'.repeat(26)]) {
    t.throws(() => fileNameFor(id, 'a.png', 'png'), { code: 'IMAGE_BAD_ITEM_ID' })
  }
})

t.test('only names of ours are recognised', async (t) => {
  t.same(parseFileName('item_7_a-b.webp'), { itemId: '7', extension: 'webp' })
  for (const name of ['item_7_.webp', 'item_7_a.svg', '../item_7_a.png', 'item_7_a.png\n', '.tmp', 'item_7_a/b.png']) {
    t.equal(parseFileName(name), undefined, JSON.stringify(name))
  }
})
