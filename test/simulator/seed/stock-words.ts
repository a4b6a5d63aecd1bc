type Words = readonly [string, ...string[]]

export const adjustmentReasons: Words = [
  'Stock on fire',
  'Damaged goods',
  'Stocktaking results',
  'Stolen goods',
  'جرد سنوي',
]
export const transferNotes: Words = ['Weekly supply', 'نقل بضاعة', 'Returned to the store', 'Urgent\nbefore noon']
